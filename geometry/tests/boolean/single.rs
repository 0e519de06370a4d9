//! Results that survive single precision.

use geometry::boolean::BooleanOp::{Difference, Union};
use geometry::boolean::{BooleanOp, BooleanOptions, BooleanOutput, Operand, Precision, boolean};
use geometry::{Mesh, Solid, Unwatched, self_intersections};
use glam::{DMat3, DVec3};
use proptest::prelude::*;

use super::chains::Random;
use super::long_fuzz::needles;
use super::shapes::*;

fn single(op: BooleanOp, meshes: &[Mesh]) -> BooleanOutput {
    let operands: Vec<Operand> = meshes.iter().cloned().map(operand).collect();
    let options = BooleanOptions { precision: Precision::Single, ..BooleanOptions::default() };
    let output = boolean(op, &operands, &options, &Unwatched).unwrap();
    let positions = &output.mesh.positions;
    assert!(positions.iter().all(|point| point.as_vec3().as_dvec3() == *point), "not all are single");
    let check = output.mesh.check();
    assert!(output.mesh.is_empty() || check.is_closed() && check.is_oriented(), "{check:?}");
    assert!(check.is_manifold() || output.report.num_kept > 0, "{check:?}");
    // Exactly, since a needle may have an area that no `f64` can hold.
    let num_flat = Solid::new(output.mesh.clone(), &Unwatched).unwrap().condition().num_degenerate;
    assert_eq!((num_flat, check.num_degenerate, check.num_duplicate), (0, 0, 0));
    // Nothing passes through itself: cut anew, there is not one point more.
    let again = boolean(
        Union,
        &[Operand::new(Solid::new(output.mesh.clone(), &Unwatched).unwrap())],
        &BooleanOptions { coincidence: geometry::boolean::Coincidence::Exact, ..BooleanOptions::default() },
        &Unwatched,
    );
    assert_eq!(again.unwrap().report.num_constructed, 0);
    output
}

fn rotated(mut mesh: Mesh, axis: DVec3, angle: f64, shift: DVec3) -> Mesh {
    let turn = DMat3::from_axis_angle(axis.normalize_or_zero(), angle);
    mesh.positions.iter_mut().for_each(|point| *point = turn * *point + shift);
    mesh
}

#[test]
fn spheres_in_single_precision() {
    let meshes = [icosphere(12, 1.0, DVec3::ZERO), icosphere(12, 1.0, DVec3::new(0.5, 0.1, 0.2))];
    let exact = run(Difference, &meshes);
    let output = single(Difference, &meshes);
    assert!(output.report.num_snaps <= 4, "{:?}", output.report);
    assert!(output.report.snapping_bound <= 3.0 * 6e-8 * 1.5, "{:?}", output.report);
    assert_close(volume(&output.mesh), volume(&exact.mesh), area(&exact.mesh) * output.report.snapping_bound);
    assert!(self_intersections(&output.mesh, &Unwatched).is_ok_and(|found| found.is_empty()));
}

/// Far from the origin single precision is coarse: spheres of sixteen steps, of which most triangles fold or vanish.
#[test]
fn far_out_where_numbers_are_sparse() {
    let sphere = |offset: f64| icosphere(9, 1.0, DVec3::new(1e6 + offset, 1e6, 1e6 - offset));
    let meshes =
        [sphere(0.0), sphere(0.53), sphere(-0.71)].map(|mesh| rotated(mesh, DVec3::X, 1e-3, DVec3::ZERO));
    let output = single(Difference, &meshes);
    assert!(output.report.num_snaps > 1, "{:?}", output.report);
    let exact = run(Difference, &meshes);
    let bound = output.report.snapping_bound * area(&exact.mesh);
    assert!((volume(&output.mesh) - volume(&exact.mesh)).abs() <= bound, "{:?}", output.report);
}

#[test]
fn out_of_range() {
    let operands = [operand(cuboid([1e39; 3], [2e39; 3]))];
    let options = BooleanOptions { precision: Precision::Single, ..BooleanOptions::default() };
    let result = boolean(Union, &operands, &options, &Unwatched);
    assert_eq!(result, Err(geometry::boolean::BooleanError::BeyondSingle));
}

#[test]
fn sources_reach_through_all_rounds() {
    let meshes = [
        rotated(icosphere(5, 1.0, DVec3::ZERO), DVec3::ONE, 0.7, DVec3::splat(3000.0)),
        rotated(cuboid([0.0; 3], [1.0; 3]), DVec3::X, 0.4, DVec3::splat(3000.0)),
    ];
    let output = single(Difference, &meshes);
    for (triangle, source) in output.sources.iter().enumerate() {
        let [a, b, c] = meshes[source.operand as usize].triangle_points(source.triangle as usize);
        let normal = (b - a).cross(c - a).normalize_or_zero();
        let far = output.mesh.triangle_points(triangle).map(|point| (point - a).dot(normal).abs());
        assert!(far.iter().all(|&distance| distance < 2e-3), "{far:?}");
    }
}

/// Needles beside and through each other, down to a millionth of the distance of `f32` numbers: a few hundred triangles became
/// ten thousands by rounding and cutting in turn.
fn check_needles(seed: u64) {
    let mut random = Random(seed);
    let mut pair = [0, 1].map(|_| needles(&mut random));
    if random.below(2) == 0 {
        let (turn, scale, shift) =
            (random.rotation(), 10_f64.powi(random.below(9) as i32 - 4), random.point());
        let shift = shift * 10_f64.powi(random.below(5) as i32);
        let place = |point: DVec3| (turn * point + shift) * scale;
        pair.iter_mut().flat_map(|mesh| &mut mesh.positions).for_each(|point| *point = place(*point));
    }
    for op in [Union, BooleanOp::Intersection, Difference, BooleanOp::Xor] {
        let exact = run(op, &pair);
        let output = single(op, &pair);
        let far = exact.mesh.positions.iter().fold(0.0_f64, |far, point| far.max(point.abs().max_element()));
        // The last term is what is lost by adding up the volumes of needles, as far as these are long.
        let bound = (area(&exact.mesh) + area(&output.mesh))
            * (output.report.snapping_bound * 2.0 + far * 1e-14)
            + far.powi(3) * 1e-15;
        let off = (volume(&output.mesh) - volume(&exact.mesh)).abs();
        assert!(off <= bound, "seed {seed} {op:?}: {off:e} {bound:e} {:?}", output.report);
    }
}

#[test]
fn needles_in_single_precision() {
    (0..80).for_each(check_needles);
    // Where joining edges to positions once made more and more triangles.
    check_needles(216);
    // Where many needles along one line had to be divided at all ends of each other, and none of that was ever enough.
    check_needles(1049);
    // Where two corners of a triangle came to lie in one place after it had been turned too often.
    check_needles(973);
}

#[test]
#[ignore = "takes minutes"]
fn many_needles_in_single_precision() {
    (0..4000).for_each(check_needles);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Heaps of turned boxes so far out that hardly any number is left in them.
    #[test]
    fn coarse_heaps(
        boxes in prop::collection::vec(([-1.0..1.0_f64, -1.0..1.0, -1.0..1.0], 0.0..6.3_f64), 2..5),
        exponent in 0..20_i32,
        op in prop::sample::select(vec![Union, Difference, BooleanOp::Intersection, BooleanOp::Xor]),
    ) {
        let shift = DVec3::new(1.0, -1.0, 1.0) * f64::from(exponent).exp2();
        let meshes: Vec<Mesh> = boxes
            .iter()
            .map(|&(offset, angle)| {
                let offset = DVec3::from_array(offset);
                rotated(cuboid([-0.7; 3], [0.7; 3]), offset + DVec3::splat(1.1), angle, shift + offset)
            })
            .collect();
        let exact = run(op, &meshes);
        let output = single(op, &meshes);
        let bound = output.report.snapping_bound * (area(&exact.mesh) + 1.0) * 4.0;
        assert!((volume(&output.mesh) - volume(&exact.mesh)).abs() <= bound, "{:?}", output.report);
    }
}
