//! What was written comes back, and what older versions wrote can be read.

use geometry::HoleFill;
use geometry::boolean::WindingRule;
use glam::DVec3;
use jobs::{Boolean, Repair, Simplify};

use super::*;
use crate::Edit;

fn cube(document: &Document) -> (Document, NodeId) {
    let primitive = Primitive::Box { size: DVec3::splat(10.0) };
    let edit = Edit::AddPrimitive { primitive, world_from_node: DAffine3::from_translation(DVec3::X * 3.0) };
    let (document, outcome) = edit.apply(document).unwrap();
    (document, outcome.select.unwrap()[0])
}

fn again(json: &str) -> (Document, Vec<Warning>) {
    from_json(json, &|_| None, &|_| None).unwrap()
}

#[test]
fn every_operation_comes_back_as_it_was() {
    let repair = Repair {
        tolerance: 1.0 / 3.0,
        splits_t_junctions: false,
        drops_duplicates: false,
        max_shells: Some(7),
        orients: false,
        holes: Some(HoleFill::Smooth),
        max_hole_edges: Some(100),
        resolves_crossings: false,
    };
    let simplify = Simplify { share: 0.1, max_deviation: Some(1e-3), keeps_boundary: true };
    let operations = [
        Operation::Repair(Repair::default()),
        Operation::Repair(repair),
        Operation::Simplify(Simplify::default()),
        Operation::Simplify(simplify),
        Operation::Hull,
    ];
    let mut document = Document::default();
    for operation in operations {
        let (with_cube, id) = cube(&document);
        document = Edit::AddOperations(vec![(operation, vec![id])]).apply(&with_cube).unwrap().0;
    }
    for (op, rule) in [
        (BooleanOp::Union, WindingRule::AtLeast(2)),
        (BooleanOp::Difference, WindingRule::Odd),
        (BooleanOp::Intersection, WindingRule::Positive),
    ] {
        let (one, a) = cube(&document);
        let (both, b) = cube(&one);
        let boolean = Operation::Boolean(Boolean { op, rule });
        document = Edit::AddOperations(vec![(boolean, vec![a, b])]).apply(&both).unwrap().0;
    }
    let (read, warnings) = again(&to_json(&document).json);
    assert_eq!((read, warnings.len()), (document, 0));
}

#[test]
fn booleans_of_version_1_are_read() {
    let (one, a) = cube(&Document::default());
    let (both, b) = cube(&one);
    let edit = Edit::AddOperations(vec![(BooleanOp::Difference.into(), vec![a, b])]);
    let (document, _) = edit.apply(&both).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&to_json(&document).json).unwrap();
    json["version"] = 1.into();
    for node in json["nodes"].as_array_mut().unwrap() {
        if node["content"].get("operation").is_some() {
            node["content"] = serde_json::json!({ "boolean": "Difference" });
        }
    }
    let (read, warnings) = again(&json.to_string());
    assert_eq!((read, warnings.len()), (document, 0));
}

#[test]
fn parameters_left_out_are_the_usual_ones_and_senseless_ones_are_told() {
    let (document, id) = cube(&Document::default());
    let edit = Edit::AddOperations(vec![(Operation::Repair(Repair::default()), vec![id])]);
    let (document, _) = edit.apply(&document).unwrap();
    let json = |content: serde_json::Value| {
        let mut json: serde_json::Value = serde_json::from_str(&to_json(&document).json).unwrap();
        for node in json["nodes"].as_array_mut().unwrap() {
            if node["content"].get("operation").is_some() {
                node["content"] = content.clone();
            }
        }
        json.to_string()
    };
    let (read, warnings) = again(&json(serde_json::json!({ "operation": { "repair": {} } })));
    assert_eq!((read, warnings.len()), (document.clone(), 0));
    let senseless = serde_json::json!({ "operation": { "repair": { "tolerance": -1.0 } } });
    let (read, warnings) = again(&json(senseless));
    assert_eq!((read.num_nodes(), warnings[0].code.as_str()), (2, "bad-parameters"));
}
