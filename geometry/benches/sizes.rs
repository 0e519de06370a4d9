//! How the kernel's hot paths grow with the size of their input, and what degenerate input costs: `cargo bench -p geometry
//! --bench sizes`. `README.md` says what each guards.

use std::sync::Arc;

use divan::{Bencher, black_box};
use geometry::boolean::{
    BooleanOp, BooleanOptions, BooleanOutput, Operand, SelfIntersections, Side, boolean, trim_by_plane,
};
use geometry::{
    Mesh, Plane, Primitive, RemeshOptions, SimplifyOptions, Solid, Unwatched, convex_hull, minkowski_sum,
    offset, remesh, repair, section, self_intersections, simplify,
};
use glam::{DAffine3, DVec3};

fn main() {
    divan::main();
}

/// Segments of balls: 1000 to a million triangles.
const SEGMENTS: [u32; 4] = [24, 72, 224, 708];
const FEW_SEGMENTS: [u32; 3] = [24, 72, 224];

fn ball(segments: u32) -> Mesh {
    Primitive::Sphere { radius: 1.0, segments }.mesh().expect("allowed")
}

fn solid(mesh: Mesh) -> Solid {
    Solid::new(mesh, &Unwatched).expect("sound")
}

fn placed(solid: &Solid, x: f64) -> Operand {
    let turn = DAffine3::from_axis_angle(DVec3::new(0.36, 0.48, 0.8), 0.4);
    Operand::placed(solid.clone(), DAffine3::from_translation(DVec3::new(x, 0.01, 0.02)) * turn)
}

fn run(op: BooleanOp, operands: &[Operand], self_intersections: SelfIntersections) -> BooleanOutput {
    let options = BooleanOptions { self_intersections, ..BooleanOptions::default() };
    boolean(op, operands, &options, &Unwatched).expect("sound")
}

/// Arrays in, a solid out.
#[divan::bench(args = SEGMENTS)]
fn prepare(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = Arc::new(ball(segments));
    bencher.bench(|| Solid::new(Arc::clone(&mesh), &Unwatched));
}

/// A ball less a turned and moved one, both prepared and known not to pass through themselves.
#[divan::bench(args = SEGMENTS)]
fn difference(bencher: Bencher<'_, '_>, segments: u32) {
    let solid = solid(ball(segments));
    let operands = [Operand::new(solid.clone()), placed(&solid, 0.5)];
    run(BooleanOp::Difference, &operands, SelfIntersections::Resolve);
    bencher.bench(|| run(BooleanOp::Difference, &operands, SelfIntersections::Resolve));
}

/// The first boolean of solids: they are searched for self-intersections.
#[divan::bench(args = FEW_SEGMENTS)]
fn first_difference(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = Arc::new(ball(segments));
    let prepared = || {
        let one = Solid::new(Arc::clone(&mesh), &Unwatched).expect("sound");
        [Operand::new(one.clone()), placed(&one, 0.5)]
    };
    bencher
        .with_inputs(prepared)
        .bench_refs(|operands| run(BooleanOp::Difference, operands, SelfIntersections::Resolve));
}

/// A small cutter in a large body: the time must hardly grow with the body.
#[divan::bench(args = SEGMENTS)]
fn drag(bencher: Bencher<'_, '_>, segments: u32) {
    let (body, cutter) = (solid(ball(segments)), solid(ball(24)));
    let scale = DAffine3::from_scale(DVec3::splat(0.1));
    let operands = [
        Operand::new(body),
        Operand::placed(cutter, DAffine3::from_translation(DVec3::new(0.6, 0.5, 0.62)) * scale),
    ];
    run(BooleanOp::Difference, &operands, SelfIntersections::Resolve);
    bencher.bench(|| run(BooleanOp::Difference, &operands, SelfIntersections::Resolve));
}

/// A union of many balls in a row, each overlapping the next.
#[divan::bench(args = [10, 100, 400])]
fn union_of_many(bencher: Bencher<'_, '_>, count: u32) {
    let solid = solid(ball(16));
    let operands: Vec<Operand> = (0..count).map(|i| placed(&solid, f64::from(i) * 0.7)).collect();
    bencher.bench(|| run(BooleanOp::Union, &operands, SelfIntersections::Trust));
}

/// Boxes face to face: everything coincides.
#[divan::bench(args = [3, 6, 10])]
fn union_of_touching_boxes(bencher: Bencher<'_, '_>, side: u32) {
    let solid = solid(Primitive::Box { size: DVec3::ONE }.mesh().expect("allowed"));
    let at = |i: u32| DVec3::new(f64::from(i % side), f64::from(i / side % side), f64::from(i / side / side));
    let operands: Vec<Operand> =
        (0..side.pow(3)).map(|i| Operand::placed(solid.clone(), DAffine3::from_translation(at(i)))).collect();
    bencher.bench(|| run(BooleanOp::Union, &operands, SelfIntersections::Trust));
}

/// The same body twice: every triangle lies on another one.
#[divan::bench(args = FEW_SEGMENTS)]
fn difference_of_the_same(bencher: Bencher<'_, '_>, segments: u32) {
    let operands = [ball(segments), ball(segments)].map(|mesh| Operand::new(solid(mesh)));
    bencher.bench(|| run(BooleanOp::Difference, &operands, SelfIntersections::Trust));
}

/// A body that passes through itself, in one mesh.
#[divan::bench(args = FEW_SEGMENTS)]
fn union_of_an_overlapping_mesh(bencher: Bencher<'_, '_>, segments: u32) {
    let mut mesh = ball(segments);
    let first = mesh.positions.len() as u32;
    let again: Vec<[u32; 3]> = mesh.triangles.iter().map(|it| it.map(|corner| corner + first)).collect();
    let moved: Vec<DVec3> = mesh.positions.iter().map(|&it| it + DVec3::new(0.5, 0.01, 0.02)).collect();
    mesh.triangles.extend(again);
    mesh.positions.extend(moved);
    let operands = [Operand::new(solid(mesh))];
    bencher.bench(|| run(BooleanOp::Union, &operands, SelfIntersections::Resolve));
}

#[divan::bench(args = FEW_SEGMENTS)]
fn trim(bencher: Bencher<'_, '_>, segments: u32) {
    let operand = Operand::new(solid(ball(segments)));
    let plane = Plane { origin: DVec3::Z * 0.1, normal: DVec3::new(0.1, 0.2, 1.0) };
    bencher.bench(|| trim_by_plane(&operand, &plane, Side::Above, 0, &BooleanOptions::default(), &Unwatched));
}

#[divan::bench(args = FEW_SEGMENTS)]
fn cross_section(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = ball(segments);
    let plane = Plane { origin: DVec3::Z * 0.1, normal: DVec3::new(0.1, 0.2, 1.0) };
    bencher.bench(|| section(black_box(&mesh), &plane, &Unwatched));
}

#[divan::bench(args = FEW_SEGMENTS)]
fn search_for_self_intersections(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = ball(segments);
    bencher.bench(|| self_intersections(black_box(&mesh), &Unwatched));
}

/// A soup of triangles with positions of their own.
#[divan::bench(args = FEW_SEGMENTS)]
fn repair_soup(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = ball(segments);
    let points: Vec<DVec3> = (0..mesh.triangles.len()).flat_map(|it| mesh.triangle_points(it)).collect();
    let soup =
        Mesh::new(points, (0..mesh.triangles.len() as u32).map(|i| [i * 3, i * 3 + 1, i * 3 + 2]).collect());
    bencher.bench(|| repair(black_box(&soup), &Default::default(), &Unwatched));
}

#[divan::bench(args = FEW_SEGMENTS)]
fn simplify_to_a_tenth(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = ball(segments);
    let options =
        SimplifyOptions { target_triangles: mesh.triangles.len() / 10, ..SimplifyOptions::default() };
    bencher.bench(|| simplify(black_box(&mesh), &options, &Unwatched));
}

/// Edges as long as they are on average: what counts is turning and moving.
#[divan::bench(args = FEW_SEGMENTS)]
fn remesh_evenly(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = ball(segments);
    let edge_length = 4.0 / f64::from(segments);
    let options = RemeshOptions { edge_length, ..RemeshOptions::default() };
    bencher.bench(|| remesh(black_box(&mesh), &options, &Unwatched));
}

#[divan::bench(args = FEW_SEGMENTS)]
fn hull(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = ball(segments);
    bencher.bench(|| convex_hull(black_box(&mesh.positions), &Unwatched));
}

/// Of convex bodies, and of one that is not.
#[divan::bench(args = [8, 16, 24])]
fn minkowski(bencher: Bencher<'_, '_>, segments: u32) {
    let cube = Primitive::Box { size: DVec3::splat(0.3) }.mesh().expect("allowed");
    let mesh = ball(segments);
    bencher.bench(|| minkowski_sum(black_box(&mesh), &cube, &Unwatched));
}

#[divan::bench(args = FEW_SEGMENTS)]
fn offset_with_sharp_corners(bencher: Bencher<'_, '_>, segments: u32) {
    let mesh = ball(segments);
    let corners = geometry::Corners::Sharp { limit: 2.0 };
    bencher.bench(|| offset(black_box(&mesh), 0.05, corners, &Unwatched));
}
