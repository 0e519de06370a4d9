//! Several results of one arrangement: expressions, planes, both sides of a cut.

use geometry::boolean::BooleanOp::{Difference, Intersection, Union, Xor};
use geometry::boolean::{
    BooleanError, BooleanOptions, Expression, Operand, Side, Touching, boolean, cut_by_plane, evaluate,
    split_by, trim_by_plane,
};
use geometry::{Mesh, Plane, Unwatched};
use glam::{DAffine3, DVec3};
use proptest::prelude::*;

use super::shapes::*;

const OPTIONS: BooleanOptions = BooleanOptions {
    winding_rule: geometry::boolean::WindingRule::NonZero,
    self_intersections: geometry::boolean::SelfIntersections::Resolve,
    coincidence: geometry::boolean::Coincidence::ToRounding,
    cracks: geometry::boolean::Cracks::ToSingle,
    mixed_winding: geometry::boolean::MixedWinding::Turn,
    holes: geometry::boolean::Holes::Refuse,
    touching: Touching::Split,
    precision: geometry::boolean::Precision::Double,
    memory_limit: None,
};

fn operands(meshes: &[Mesh]) -> Vec<Operand> {
    meshes.iter().cloned().map(operand).collect()
}

#[test]
fn expressions_are_their_parts_one_after_the_other() {
    let meshes = [
        cuboid([0.0; 3], [4.0; 3]),
        icosphere(4, 1.5, DVec3::new(4.0, 2.0, 2.0)),
        cuboid([1.0, 1.0, -1.0], [2.0, 2.0, 5.0]),
        icosphere(4, 1.0, DVec3::new(0.3, 0.2, 0.1)),
    ];
    let leaf = Expression::Operand;
    // ((0 ∪ 1) − 2) ⊕ 3, and 1 ∩ (0 − (2 ∪ 3)).
    let first = Expression::Apply(
        Xor,
        vec![Expression::Apply(Difference, vec![Expression::of_operands(Union, [0, 1]), leaf(2)]), leaf(3)],
    );
    let second = Expression::Apply(
        Intersection,
        vec![leaf(1), Expression::Apply(Difference, vec![leaf(0), Expression::of_operands(Union, [2, 3])])],
    );
    let found = evaluate(&[first, second, leaf(2)], &operands(&meshes), &OPTIONS, &Unwatched).unwrap();
    found.iter().for_each(assert_sound);
    let step = |op, a: &Mesh, b: &Mesh| run(op, &[a.clone(), b.clone()]).mesh;
    let [a, b, c, d] = &meshes;
    let one = step(Xor, &step(Difference, &step(Union, a, b), c), d);
    let two = step(Intersection, b, &step(Difference, a, &step(Union, c, d)));
    for (found, expected) in found.iter().zip([&one, &two, c]) {
        assert_close(volume(&found.mesh), volume(expected), 1e-12);
        assert_close(area(&found.mesh), area(expected), 1e-12);
    }
}

#[test]
fn expressions_without_parts_are_empty_and_others_are_checked() {
    let operands = operands(&[cuboid([0.0; 3], [1.0; 3])]);
    for op in [Union, Difference, Intersection, Xor] {
        let found = evaluate(&[Expression::Apply(op, Vec::new())], &operands, &OPTIONS, &Unwatched).unwrap();
        assert!(found[0].mesh.is_empty());
    }
    let result = evaluate(&[Expression::Operand(1)], &operands, &OPTIONS, &Unwatched);
    assert_eq!(result, Err(BooleanError::NoSuchOperand { operand: 1, num_operands: 1 }));
}

/// The same as a boolean with the same operation, bit by bit.
#[test]
fn an_expression_of_one_operation_is_the_boolean() {
    let operands = operands(&[icosphere(5, 1.0, DVec3::ZERO), cuboid([0.0; 3], [1.0; 3])]);
    for op in [Union, Difference, Intersection, Xor] {
        let found =
            evaluate(&[Expression::of_operands(op, [0, 1])], &operands, &OPTIONS, &Unwatched).unwrap();
        assert_eq!(found[0], boolean(op, &operands, &OPTIONS, &Unwatched).unwrap());
    }
}

#[test]
fn both_sides_of_a_cut_fit_together() {
    let pair = operands(&[cuboid([0.0; 3], [2.0; 3]), icosphere(6, 1.0, DVec3::new(2.0, 1.0, 1.0))]);
    let [outside, inside] = split_by(&pair[0], &pair[1], &OPTIONS, &Unwatched).unwrap();
    [&outside, &inside].into_iter().for_each(assert_sound);
    assert_close(volume(&outside.mesh) + volume(&inside.mesh), 8.0, 1e-13);
    // What both have of the cutter is the same, and there is nothing else that is new.
    assert_close((area(&outside.mesh) + area(&inside.mesh) - 24.0) / 2.0, cutter_area(&outside), 1e-12);
    assert_close(cutter_area(&outside), cutter_area(&inside), 1e-15);
}

fn cutter_area(output: &geometry::boolean::BooleanOutput) -> f64 {
    let areas = (0..output.mesh.triangles.len()).map(|triangle| {
        let [a, b, c] = output.mesh.triangle_points(triangle);
        if output.sources[triangle].operand == 1 { (b - a).cross(c - a).length() * 0.5 } else { 0.0 }
    });
    areas.sum()
}

#[test]
fn a_plane_cuts_a_box_exactly() {
    let body = &operands(&[cuboid([0.0; 3], [2.0, 3.0, 4.0])])[0];
    let plane = Plane { origin: DVec3::new(7.0, 0.1, 0.7), normal: DVec3::Z * 3.0 };
    let [above, below] = cut_by_plane(body, &plane, 5, &OPTIONS, &Unwatched).unwrap();
    for (half, expected) in [(&above, 3.3), (&below, 0.7)] {
        assert_sound(half);
        assert_close(volume(&half.mesh), expected * 6.0, 1e-15);
        assert_close(cutter_area(half), 6.0, 1e-15);
        for (triangle, source) in half.sources.iter().enumerate() {
            let is_cap = source.operand == 1;
            assert_eq!(half.mesh.material_slot(triangle), if is_cap { 5 } else { 0 });
            let heights = half.mesh.triangle_points(triangle).map(|point| point.z);
            assert_eq!(is_cap, heights == [0.7; 3]);
        }
        assert_eq!(half.report.inside_out, [0; 0]);
    }
    for (side, expected) in [(Side::Above, &above), (Side::Below, &below)] {
        assert_eq!(trim_by_plane(body, &plane, side, 5, &OPTIONS, &Unwatched).unwrap().mesh, expected.mesh);
    }
}

#[test]
fn planes_beside_a_body_and_no_planes() {
    let body = &operands(&[cuboid([0.0; 3], [1.0; 3])])[0];
    for (height, volumes) in [(-1e3, [1.0, 0.0]), (0.0, [1.0, 0.0]), (1.0, [0.0, 1.0]), (1e6, [0.0, 1.0])] {
        let plane = Plane { origin: DVec3::Z * height, normal: DVec3::Z };
        let halves = cut_by_plane(body, &plane, 0, &OPTIONS, &Unwatched).unwrap();
        assert_eq!(halves.map(|half| volume(&half.mesh)), volumes);
    }
    for normal in [DVec3::ZERO, DVec3::NAN] {
        let plane = Plane { origin: DVec3::ZERO, normal };
        let result = cut_by_plane(body, &plane, 0, &OPTIONS, &Unwatched);
        assert_eq!(result, Err(BooleanError::Plane));
    }
    let nothing = &operands(&[Mesh::default()])[0];
    let plane = Plane { origin: DVec3::ZERO, normal: DVec3::Z };
    let halves = cut_by_plane(nothing, &plane, 0, &OPTIONS, &Unwatched).unwrap();
    assert!(halves.iter().all(|half| half.mesh.is_empty()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn halves_add_up(
        normal in [-1.0..1.0_f64, -1.0..1.0, -1.0..1.0],
        origin in [-0.9..0.9_f64, -0.9..0.9, -0.9..0.9],
        shift in -1e3..1e3_f64,
    ) {
        let normal = DVec3::from_array(normal);
        prop_assume!(normal.length() > 1e-3);
        let sphere = icosphere(4, 1.0, DVec3::ZERO);
        let whole = volume(&sphere);
        let place = DAffine3::from_translation(DVec3::splat(shift));
        let body = Operand { placement: place, ..operand(sphere) };
        let plane = Plane { origin: DVec3::from_array(origin) + shift, normal };
        let halves = cut_by_plane(&body, &plane, 0, &OPTIONS, &Unwatched).unwrap();
        halves.iter().for_each(assert_sound);
        assert_close(volume(&halves[0].mesh) + volume(&halves[1].mesh), whole, 1e-9);
        let normal = normal.normalize_or_zero();
        for (half, sign) in halves.iter().zip([1.0, -1.0]) {
            let heights = half.mesh.positions.iter().map(|&point| (point - plane.origin).dot(normal) * sign);
            prop_assert!(heights.fold(0.0_f64, f64::min) > -1e-11, "beyond the plane");
        }
    }
}

/// Two boxes that touch along an edge: split, that is two edges, or kept, one with four triangles.
#[test]
fn touching_can_be_kept() {
    let pair = operands(&[cuboid([0.0; 3], [1.0; 3]), cuboid([1.0, 1.0, 0.0], [2.0, 2.0, 1.0])]);
    let split = boolean(Union, &pair, &OPTIONS, &Unwatched).unwrap();
    assert_sound(&split);
    assert_eq!((split.mesh.positions.len(), split.report.num_kept), (16, 0));
    let options = BooleanOptions { touching: Touching::Keep, ..OPTIONS };
    let kept = boolean(Union, &pair, &options, &Unwatched).unwrap();
    let check = kept.mesh.check();
    assert!(check.is_closed() && !check.is_manifold(), "{check:?}");
    assert_eq!((kept.mesh.positions.len(), kept.report.num_kept, kept.report.num_split), (14, 1, 0));
    assert_close(volume(&kept.mesh), 2.0, 1e-15);
}
