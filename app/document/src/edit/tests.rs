//! Operations over nodes.

use geometry::Primitive;
use glam::{DAffine3, DQuat, DVec3};
use jobs::{BooleanOp, Operation, Repair, Simplify};

use super::*;
use crate::evaluation_key;

fn cube(document: &Document, world_from_node: DAffine3) -> (Document, NodeId) {
    let primitive = Primitive::Box { size: DVec3::splat(10.0) };
    let (document, outcome) = Edit::AddPrimitive { primitive, world_from_node }.apply(document).unwrap();
    (document, outcome.select.unwrap()[0])
}

fn over(document: &Document, operation: Operation, operands: &[NodeId]) -> (Document, NodeId) {
    let (document, outcome) =
        Edit::AddOperations(vec![(operation, operands.to_vec())]).apply(document).unwrap();
    (document, outcome.select.unwrap()[0])
}

const REPAIR: fn() -> Operation = || Operation::Repair(Repair::default());

#[test]
fn an_operation_takes_the_place_of_its_part_to_the_bit() {
    let group_place = DAffine3::from_rotation_translation(DQuat::from_rotation_x(0.7), DVec3::splat(0.1));
    let place = DAffine3::from_rotation_translation(DQuat::from_rotation_y(1.1), DVec3::new(0.3, 7.0, 1e4));
    let (document, id) = cube(&Document::default(), place);
    let (document, outcome) = Edit::Group(vec![id]).apply(&document).unwrap();
    let group = outcome.select.unwrap()[0];
    let (document, _) = Edit::Place(vec![(group, group_place)]).apply(&document).unwrap();
    let before = document.node(id).unwrap().parent_from_node;
    let foreseen = world_from_new_operation(&document, &REPAIR(), &[id]);
    let (document, repair) = over(&document, REPAIR(), &[id]);
    assert_eq!(document.node(repair).unwrap().parent_from_node, before);
    assert_eq!(document.node(id).unwrap().parent_from_node, DAffine3::IDENTITY);
    assert_eq!(document.node(repair).unwrap().parent, Some(group));
    assert_eq!(document.world_from_node(repair), foreseen);
}

#[test]
fn only_rigid_motions_are_taken_over() {
    for place in [
        DAffine3::from_scale(DVec3::splat(25.4)),
        DAffine3::from_scale(DVec3::new(-1.0, 1.0, 1.0)),
        DAffine3::from_mat3(glam::DMat3::from_cols(DVec3::X, DVec3::new(0.5, 1.0, 0.0), DVec3::Z)),
    ] {
        let (document, id) = cube(&Document::default(), place);
        let (document, repair) = over(&document, REPAIR(), &[id]);
        assert_eq!(document.world_from_node(repair), DAffine3::IDENTITY);
        assert_eq!(document.world_from_node(id), place);
    }
}

#[test]
fn everything_that_goes_into_an_operation_is_in_its_name() {
    let (document, id) = cube(&Document::default(), DAffine3::IDENTITY);
    let key = |operation| {
        let (document, made) = over(&document, operation, &[id]);
        evaluation_key(&document, made).unwrap()
    };
    let simplify = |share| Operation::Simplify(Simplify { share, ..Simplify::default() });
    let keys = [REPAIR(), Operation::Hull, simplify(0.5), simplify(0.25)].map(key);
    for (number, one) in keys.iter().enumerate() {
        assert!(!keys[..number].contains(one));
    }
    assert_eq!(key(REPAIR()), keys[0]);
    // Where it stands does not matter; what it is put over does.
    let (made, repair) = over(&document, REPAIR(), &[id]);
    let (moved, _) = Edit::Place(vec![(repair, DAffine3::from_translation(DVec3::X))]).apply(&made).unwrap();
    assert_eq!(evaluation_key(&moved, repair).unwrap(), keys[0]);
    let (larger, _) =
        Edit::SetPrimitive(id, Primitive::Box { size: DVec3::splat(11.0) }).apply(&made).unwrap();
    assert_ne!(evaluation_key(&larger, repair).unwrap(), keys[0]);
}

#[test]
fn operations_stand_upon_each_other() {
    let (document, id) = cube(&Document::default(), DAffine3::IDENTITY);
    let (document, repair) = over(&document, REPAIR(), &[id]);
    let (document, hull) = over(&document, Operation::Hull, &[repair]);
    assert_eq!(document.roots(), [hull]);
    assert_eq!(document.operation_above(id), Some(repair));
    assert_eq!(document.node(hull).unwrap().name, "Box repair hull");
}

#[test]
fn a_boolean_needs_two_operands_and_becomes_another_one() {
    let (document, a) = cube(&Document::default(), DAffine3::IDENTITY);
    let (document, b) = cube(&document, DAffine3::IDENTITY);
    let alone = Edit::AddOperations(vec![(BooleanOp::Union.into(), vec![a])]);
    assert_eq!(alone.apply(&document).unwrap_err(), EditError::TooFewOperands);
    let (document, union) = over(&document, BooleanOp::Union.into(), &[b, a]);
    assert_eq!(document.node(union).unwrap().children, [b, a]);
    let (document, outcome) =
        Edit::SetOperation(union, BooleanOp::Difference.into()).apply(&document).unwrap();
    assert_eq!(document.node(union).unwrap().name, "Difference");
    assert_eq!(outcome.label, "Change to Difference");
}

#[test]
fn bodies_take_the_place_of_what_they_were_one_of() {
    let place = DAffine3::from_translation(DVec3::X);
    let (document, id) = cube(&Document::default(), place);
    let (document, _) = Edit::Paint(vec![id], Box::default()).apply(&document).unwrap();
    let materials = document.node(id).unwrap().materials.clone();
    let (document, repair) = over(&document, REPAIR(), &[id]);
    let body = |size| {
        let mesh = Primitive::Box { size: DVec3::splat(size) }.mesh().unwrap();
        let part = Arc::new(jobs::Part::from_mesh(mesh));
        PartContent { hash: part.content_hash(), part }
    };
    let bodies = vec![body(1.0), body(2.0)];
    let (document, outcome) = Edit::Separate(repair, bodies).apply(&document).unwrap();
    assert_eq!(outcome.select, Some(vec![repair]));
    let group = document.node(repair).unwrap();
    assert_eq!((&group.content, group.parent_from_node), (&Content::Group, place));
    assert!(document.node(id).is_none());
    for &child in &group.children {
        assert_eq!(document.node(child).unwrap().materials, materials);
    }
    assert_eq!(document.node(group.children[1]).unwrap().name, "Box repair 2");
}
