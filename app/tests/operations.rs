//! Operations as a person meets them: put over parts, changed, undone, saved, reopened. Jobs run on real threads.

mod common;

use std::sync::Arc;

use common::{settle, state};
use document::{Content, Edit, NodeId};
use geometry::Primitive;
use glam::{DAffine3, DQuat, DVec3};
use jobs::{BooleanOp, FileRef, FileSource, Operation, Repair, Simplify};
use kerf::command::{Command, enabled};
use kerf::effect::Effect;
use kerf::modifiers::Modifier;
use kerf::notify::Remedy;
use kerf::parts::NodeStatus;
use kerf::state::State;

fn add(state: &mut State, primitive: Primitive, world_from_node: DAffine3) -> NodeId {
    state.apply(Command::Edit(Edit::AddPrimitive { primitive, world_from_node }, None));
    settle(state);
    state.view.selection[0]
}

fn sphere(state: &mut State) -> NodeId {
    add(state, Primitive::Sphere { radius: 10.0, segments: 32 }, DAffine3::IDENTITY)
}

fn open(state: &mut State, name: &str, text: &str) -> NodeId {
    let before = state.document().roots().len();
    let source = FileSource::Memory(Arc::new(text.as_bytes().to_vec()));
    state.apply(Command::OpenFiles(vec![FileRef { name: name.to_owned(), source }]));
    settle(state);
    state.document().roots()[before]
}

/// A box of 2 x 4 x 3 mm (the file's Y is up) with one side turned over and another one missing.
fn broken_box(state: &mut State) -> NodeId {
    let corners = "v 0 0 0\nv 2 0 0\nv 2 3 0\nv 0 3 0\nv 0 0 4\nv 2 0 4\nv 2 3 4\nv 0 3 4\n";
    let sides = "f 4 3 2 1\nf 5 6 2 1\nf 2 3 7 6\nf 3 4 8 7\nf 4 1 5 8\n";
    open(state, "crate.obj", &format!("{corners}{sides}"))
}

fn facts(state: &State, id: NodeId) -> &jobs::PartFacts {
    &state.parts.shown(state.document(), id).expect("the node has a result").facts
}

fn changes(state: &State, id: NodeId) -> Vec<(String, usize)> {
    let key = document::evaluation_key(state.document(), id).expect("it has a name");
    let remarks = &state.parts.evaluated(key).expect("it is done").remarks;
    remarks.changes.iter().map(|change| (change.code.clone(), change.count)).collect()
}

#[test]
fn a_repair_closes_what_is_open_and_tells() {
    let mut state = state();
    let broken = broken_box(&mut state);
    assert!(!facts(&state, broken).closed);
    assert_eq!(state.open_parts(broken), [broken]);
    // Nothing is selected, but there is only one thing that can be meant.
    assert_eq!(enabled(&Command::Modify(Modifier::Repair), &state), Ok(()));
    state.apply(Command::Modify(Modifier::Repair));
    settle(&mut state);
    let repaired = state.view.selection[0];
    assert_eq!(state.document().node(repaired).map(|node| node.name.as_str()), Some("crate repair"));
    assert!(facts(&state, repaired).closed);
    assert!((facts(&state, repaired).volume - 24.0).abs() < 1e-12);
    assert_eq!(
        changes(&state, repaired),
        [("turned".to_owned(), 2), ("filled-holes".to_owned(), 1), ("added".to_owned(), 2)]
    );
    assert!(state.is_shown(repaired) && !state.is_shown(broken));
    assert_eq!(state.project_name(), "crate", "the document is still about the same model");

    // Its parameters are live.
    let keeps = Operation::Repair(Repair { holes: None, ..Repair::default() });
    state.apply(Command::Edit(Edit::SetOperation(repaired, keeps), None));
    settle(&mut state);
    assert!(!facts(&state, repaired).closed);
    assert_eq!(state.open_parts(repaired), [], "a repair is not offered to be repaired");
    state.apply(Command::Undo);
    state.update();
    assert_eq!(state.jobs.jobs().count(), 0, "nothing is left to compute after undo");
    assert!(facts(&state, repaired).closed);
    state.apply(Command::Undo);
    assert!(state.is_shown(broken) && state.document().num_nodes() == 1);
}

#[test]
fn a_refused_boolean_offers_the_repair_that_makes_it_possible() {
    let mut state = state();
    let broken = broken_box(&mut state);
    let cutter = add(
        &mut state,
        Primitive::Box { size: DVec3::new(2.0, 2.0, 10.0) },
        DAffine3::from_translation(DVec3::new(2.0, 0.0, -1.0)),
    );
    state.apply(Command::Select(vec![broken, cutter]));
    state.apply(Command::Boolean(BooleanOp::Difference));
    settle(&mut state);
    let cut = state.view.selection[0];
    assert!(matches!(state.parts.status(state.document(), cut), NodeStatus::Failed(_)));
    let message = state.notifications.all.last().expect("somebody was told");
    let remedy = message.remedy.clone().expect("something helps");
    assert_eq!(remedy, Remedy::Repair(vec![broken]));
    state.apply(remedy.command());
    settle(&mut state);
    let document = state.document();
    let repair = document.node(broken).and_then(|node| node.parent).expect("it is an operand now");
    assert_eq!(document.node(repair).and_then(|node| node.parent), Some(cut));
    assert_eq!(document.node(cut).map(|node| node.children.clone()), Some(vec![repair, cutter]));
    assert_eq!(state.parts.status(document, cut), NodeStatus::Ready);
    let volume = facts(&state, cut).volume;
    assert!((volume - (24.0 - 1.0 * 1.0 * 3.0)).abs() < 1e-9, "{volume}");
}

#[test]
fn an_operation_stands_where_its_part_stands() {
    let mut state = state();
    let turn = DAffine3::from_rotation_translation(DQuat::from_rotation_z(0.3), DVec3::new(1e3, 2.0, -7.0));
    let part = add(&mut state, Primitive::Sphere { radius: 10.0, segments: 32 }, turn);
    let before = state.parts.shown(state.document(), part).expect("it is done").part.clone();
    state.apply(Command::Modify(Modifier::Simplify));
    settle(&mut state);
    let simple = state.view.selection[0];
    let document = state.document();
    assert_eq!(document.node(simple).map(|node| node.parent_from_node), Some(turn));
    assert_eq!(document.node(part).map(|node| node.parent_from_node), Some(DAffine3::IDENTITY));
    assert_eq!(document.world_from_node(part), turn);
    let num_before = before.surface.triangles.len();
    let after = facts(&state, simple);
    assert!(after.closed && after.num_triangles <= num_before.div_ceil(2), "{}", after.num_triangles);
    // Elsewhere it is the same.
    let there = DAffine3::from_translation(DVec3::X * 5.0);
    state.apply(Command::Edit(Edit::Place(vec![(simple, there)]), None));
    state.update();
    assert_eq!(state.jobs.jobs().count(), 0, "moving computes nothing");
}

#[test]
fn lengths_of_a_scaled_part_are_those_of_the_world() {
    let mut state = state();
    let tenfold = DAffine3::from_scale(DVec3::splat(10.0));
    let part = add(&mut state, Primitive::Box { size: DVec3::ONE }, tenfold);
    state.apply(Command::Modify(Modifier::Repair));
    settle(&mut state);
    let repaired = state.view.selection[0];
    assert_eq!(state.document().node(repaired).map(|node| node.parent_from_node), Some(DAffine3::IDENTITY));
    assert_eq!(state.document().world_from_node(part), tenfold);
    assert!((facts(&state, repaired).volume - 1000.0).abs() < 1e-9);
    assert_eq!(changes(&state, repaired), []);
}

#[test]
fn groups_are_worked_on_part_by_part_but_have_one_hull() {
    let mut state = state();
    let size = DVec3::splat(2.0);
    let one = add(&mut state, Primitive::Box { size }, DAffine3::IDENTITY);
    let other = add(&mut state, Primitive::Box { size }, DAffine3::from_translation(DVec3::X * 8.0));
    state.apply(Command::Select(vec![one, other]));
    state.apply(Command::Group);
    let group = state.view.selection[0];
    state.apply(Command::Modify(Modifier::Repair));
    settle(&mut state);
    assert_eq!(state.view.selection.len(), 2, "each part has its own");
    let document = state.document();
    assert!(
        state.view.selection.iter().all(|&id| document.node(id).is_some_and(|it| it.parent == Some(group)))
    );
    assert_eq!(state.history.undo_label(), Some("Repair of 2 parts"));
    state.apply(Command::Undo);
    state.apply(Command::Select(vec![group]));
    state.apply(Command::Modify(Modifier::Hull));
    settle(&mut state);
    let hull = state.view.selection[0];
    assert!((facts(&state, hull).volume - 10.0 * 2.0 * 2.0).abs() < 1e-9);
    assert_eq!(facts(&state, hull).num_shells, 1);
}

#[test]
fn a_project_keeps_operations_and_their_results() {
    let mut first = state();
    let broken = broken_box(&mut first);
    first.apply(Command::Modify(Modifier::Repair));
    first.apply(Command::Modify(Modifier::Hull));
    let hull = first.view.selection[0];
    let repair = first.document().node(broken).and_then(|node| node.parent).expect("it is repaired");
    let odd = Repair {
        tolerance: 0.1 + 0.2,
        max_shells: Some(3),
        holes: Some(geometry::HoleFill::Smooth),
        ..Repair::default()
    };
    first.apply(Command::Edit(Edit::SetOperation(repair, Operation::Repair(odd)), None));
    settle(&mut first);
    first.apply(Command::SaveProjectAs);
    settle(&mut first);
    let Some(Effect::SaveFile { bytes, .. }) = first.effects.pop() else { panic!("no file to save") };

    let mut second = state();
    let source = FileSource::Memory(Arc::new(bytes));
    second.apply(Command::OpenFiles(vec![FileRef { name: "there.kerf".to_owned(), source }]));
    settle(&mut second);
    assert_eq!(second.document(), first.document());
    let hash = |state: &State| state.parts.shown(state.document(), hull).map(|part| part.hash);
    assert_eq!(hash(&second), hash(&first), "the recipe gives the same bits again");
    assert!(hash(&first).is_some());
}

#[test]
fn parameters_that_make_no_sense_are_refused() {
    let mut state = state();
    sphere(&mut state);
    state.apply(Command::Modify(Modifier::Simplify));
    let simple = state.view.selection[0];
    let too_much = Operation::Simplify(Simplify { share: 1.5, ..Simplify::default() });
    state.apply(Command::Edit(Edit::SetOperation(simple, too_much), None));
    let content = &state.document().node(simple).expect("it is there").content;
    assert_eq!(*content, Content::Operation(Operation::Simplify(Simplify::default())));
    settle(&mut state);
}

#[test]
fn dissolving_an_operation_leaves_its_part_in_place() {
    let mut state = state();
    let place = DAffine3::from_translation(DVec3::new(1.0, 2.0, 3.0));
    let part = add(&mut state, Primitive::Box { size: DVec3::ONE }, place);
    state.apply(Command::Modify(Modifier::Hull));
    state.apply(Command::Dissolve);
    assert_eq!(state.view.selection, [part]);
    assert_eq!(state.document().node(part).map(|node| node.parent_from_node), Some(place));
    settle(&mut state);
}

#[test]
fn freezing_a_repair_makes_it_a_part() {
    let mut state = state();
    broken_box(&mut state);
    state.apply(Command::Modify(Modifier::Repair));
    settle(&mut state);
    let repaired = state.view.selection[0];
    state.apply(Command::Freeze);
    settle(&mut state);
    let node = state.document().node(repaired).expect("it is there");
    assert!(matches!(node.content, Content::Part(_)) && node.children.is_empty());
    assert!(facts(&state, repaired).closed);
    assert_eq!(state.document().num_nodes(), 1);
}

#[test]
fn a_cut_part_is_two_bodies_that_can_be_taken_apart() {
    let mut state = state();
    let place = DAffine3::from_translation(DVec3::new(100.0, 0.0, 0.0));
    let part = add(&mut state, Primitive::Box { size: DVec3::new(10.0, 20.0, 40.0) }, place);
    state.apply(Command::Modify(Modifier::Cut));
    settle(&mut state);
    let cut = state.view.selection[0];
    let Some(Content::Operation(Operation::Trim(trim))) =
        state.document().node(cut).map(|node| node.content.clone())
    else {
        panic!("it is cut")
    };
    assert_eq!((trim.normal, trim.height), (DVec3::Z, 20.0), "through the middle of the longest side");
    assert!((facts(&state, cut).volume - 8000.0).abs() < 1e-9);
    assert_eq!(facts(&state, cut).num_shells, 2);
    state.apply(Command::Separate);
    settle(&mut state);
    let group = state.document().node(cut).expect("it is a group now");
    assert!(matches!(group.content, Content::Group) && group.children.len() == 2);
    assert_eq!(group.parent_from_node, place);
    for &body in &group.children {
        assert!(facts(&state, body).closed && (facts(&state, body).volume - 4000.0).abs() < 1e-9);
    }
    assert!(state.document().node(part).is_none());
    state.apply(Command::Undo);
    state.update();
    assert!((facts(&state, cut).volume - 8000.0).abs() < 1e-9 && state.is_shown(cut));
}

#[test]
fn a_single_body_is_not_taken_apart() {
    let mut state = state();
    let ball = sphere(&mut state);
    state.apply(Command::Separate);
    settle(&mut state);
    assert!(matches!(state.document().node(ball).map(|node| &node.content), Some(Content::Primitive(_))));
    assert_eq!(
        state.notifications.all.last().map(|told| told.title.as_str()),
        Some("Sphere is a single body")
    );
}

#[test]
fn a_shell_is_hollow_and_exact_outside() {
    let mut state = state();
    let part = add(&mut state, Primitive::Box { size: DVec3::splat(20.0) }, DAffine3::IDENTITY);
    state.apply(Command::Modify(Modifier::Shell));
    settle(&mut state);
    let shell = state.view.selection[0];
    let Some(Content::Operation(Operation::Offset(offset))) =
        state.document().node(shell).map(|node| node.content.clone())
    else {
        panic!("it is hollow")
    };
    let wall = facts(&state, shell);
    let expected = 20.0_f64.powi(3) - (20.0 - 2.0 * offset.distance).powi(3);
    assert!(wall.closed && wall.num_shells == 2);
    assert!((wall.volume - expected).abs() < 1e-9 * expected, "{} instead of {expected}", wall.volume);
    assert_eq!(wall.bounds, facts(&state, part).bounds, "the outside is as it was");
    let round = Operation::Offset(jobs::Offset { corners: jobs::OffsetCorners::Rounded, ..offset });
    state.apply(Command::Edit(Edit::SetOperation(shell, round), None));
    settle(&mut state);
    let wall = facts(&state, shell);
    assert!((wall.volume - expected).abs() < 0.05 * expected, "{} instead of {expected}", wall.volume);
    // A wall that fills everything leaves the part as it is, and says so.
    let thick = Operation::Offset(jobs::Offset { distance: 15.0, ..offset });
    state.apply(Command::Edit(Edit::SetOperation(shell, thick), None));
    settle(&mut state);
    assert!((facts(&state, shell).volume - 8000.0).abs() < 1e-9);
    let key = document::evaluation_key(state.document(), shell).expect("it has a name");
    assert_eq!(state.parts.evaluated(key).expect("it is done").remarks.notes[0].code, "solid");
}

#[test]
fn a_split_keeps_what_a_difference_takes_away() {
    let mut state = state();
    let body = add(&mut state, Primitive::Box { size: DVec3::splat(10.0) }, DAffine3::IDENTITY);
    let hole = add(
        &mut state,
        Primitive::Box { size: DVec3::new(2.0, 2.0, 30.0) },
        DAffine3::from_translation(DVec3::new(0.0, 0.0, -5.0)),
    );
    state.apply(Command::Select(vec![body, hole]));
    state.apply(Command::Boolean(BooleanOp::Split));
    settle(&mut state);
    let split = state.view.selection[0];
    assert!((facts(&state, split).volume - 1000.0).abs() < 1e-9);
    assert_eq!(facts(&state, split).num_shells, 2);
    state.apply(Command::Edit(Edit::SetOperation(split, BooleanOp::Xor.into()), None));
    settle(&mut state);
    assert!((facts(&state, split).volume - (1000.0 - 40.0 + 80.0)).abs() < 1e-9);
}

#[test]
fn every_modifier_works_on_a_ball() {
    for modifier in [
        Modifier::Repair,
        Modifier::Simplify,
        Modifier::Hull,
        Modifier::Offset,
        Modifier::Shell,
        Modifier::Trim,
        Modifier::Cut,
        Modifier::Smooth,
        Modifier::Refine,
        Modifier::Subdivide,
    ] {
        let mut state = state();
        sphere(&mut state);
        state.apply(Command::Modify(modifier));
        settle(&mut state);
        let made = state.view.selection[0];
        assert!(facts(&state, made).closed, "{modifier:?}");
        let Some(Content::Operation(operation)) =
            state.document().node(made).map(|node| node.content.clone())
        else {
            panic!("{modifier:?} is an operation")
        };
        assert_eq!(operation.validate(), Ok(()));
        assert_eq!(operation.scaled(2.0).scaled(0.5), operation, "{modifier:?}");
        let shown = state.parts.shown(state.document(), made).expect("it is done");
        assert!(shown.part.surface.check().is_solid(), "{modifier:?}");
    }
}
