//! Solids that seek trouble: small integer coordinates, where almost everything touches.

use geometry::Mesh;
use geometry::boolean::BooleanOp::{Difference, Intersection, Union, Xor};
use glam::DVec3;
use proptest::prelude::*;

use super::shapes::*;

fn lattice_point(size: i32) -> impl Strategy<Value = DVec3> {
    [0..=size, 0..=size, 0..=size].prop_map(|point| DVec3::from_array(point.map(f64::from)))
}

/// A tetrahedron with corners on a small grid; none when they lie in a plane.
fn tetrahedron(points: [DVec3; 4]) -> Option<Mesh> {
    let [a, b, c, d] = points;
    let volume = (b - a).cross(c - a).dot(d - a);
    let mesh = Mesh::new(points.to_vec(), vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]]);
    match volume {
        v if v > 0.0 => Some(mesh),
        v if v < 0.0 => Some(turned(mesh)),
        _ => None,
    }
}

/// A body of a few tetrahedra, which may overlap, touch and share faces.
fn body(size: i32, most: usize) -> impl Strategy<Value = Mesh> {
    let corners = [(); 4].map(|()| lattice_point(size));
    prop::collection::vec(corners, 1..=most).prop_filter_map("flat", |all| {
        let parts: Vec<Mesh> = all.into_iter().filter_map(tetrahedron).collect();
        (!parts.is_empty()).then(|| joined(&parts))
    })
}

#[track_caller]
fn check_identities(a: &Mesh, b: &Mesh) {
    let pair = [a.clone(), b.clone()];
    let single = |mesh: &Mesh| volume(&run(Union, std::slice::from_ref(mesh)).mesh);
    let (in_a, in_b) = (single(a), single(b));
    let [union, difference, intersection, xor] =
        [Union, Difference, Intersection, Xor].map(|op| volume(&run(op, &pair).mesh));
    let swapped = volume(&run(Union, &[b.clone(), a.clone()]).mesh);
    assert_close(union + intersection, in_a + in_b, 1e-12);
    assert_close(difference, in_a - intersection, 1e-12);
    assert_close(xor, union - intersection, 1e-12);
    assert_close(swapped, union, 1e-12);
}

proptest! {
    #[test]
    fn tetrahedra_on_a_small_grid(a in body(3, 2), b in body(3, 2)) {
        check_identities(&a, &b);
    }

    #[test]
    fn heaps_on_a_grid(a in body(6, 5), b in body(6, 5)) {
        check_identities(&a, &b);
    }

    /// The same scaled and turned, so that nothing is exact any more but everything nearly touches.
    #[test]
    fn nearly_touching(a in body(3, 3), b in body(3, 3), angle in 0.0..6.3_f64, scale in 0.01..100.0_f64) {
        let turn = glam::DMat3::from_axis_angle(DVec3::new(0.6, 0.0, 0.8), angle) * scale;
        let [a, b] = [a, b].map(|mut mesh| {
            mesh.positions.iter_mut().for_each(|point| *point = turn * *point);
            mesh
        });
        let pair = [a, b];
        let [in_a, in_b] = pair.each_ref().map(|mesh| volume(&run(Union, std::slice::from_ref(mesh)).mesh));
        let [union, intersection] = [Union, Intersection].map(|op| volume(&run(op, &pair).mesh));
        assert_close((union + intersection) / scale.powi(3), (in_a + in_b) / scale.powi(3), 1e-9);
    }
}

/// Two tetrahedra with a common edge, and a third one that touches both.
#[test]
fn tetrahedra_at_a_common_edge() {
    let a = [
        tetrahedron([[3, 1, 3], [0, 0, 1], [3, 0, 0], [1, 3, 0]].map(point)),
        tetrahedron([[3, 1, 3], [1, 3, 0], [0, 2, 0], [2, 1, 1]].map(point)),
    ];
    let b = tetrahedron([[0, 0, 0], [0, 0, 1], [1, 0, 0], [1, 2, 1]].map(point));
    let a = joined(&a.map(Option::unwrap));
    check_identities(&a, &b.unwrap());
}

fn point(coordinates: [i32; 3]) -> DVec3 {
    DVec3::from_array(coordinates.map(f64::from))
}

/// A turned pair that touches along edges: the middle of one, rounded, lay on a line with the other corner of a needle.
#[test]
fn halves_of_needles_have_an_area() {
    let tetrahedra = |corners: &[[i32; 3]], triangles: &[[u32; 3]]| {
        let turn = glam::DMat3::from_axis_angle(DVec3::new(0.6, 0.0, 0.8), 6.227_407_348_137_858_5);
        let place = |&corner: &[i32; 3]| turn * 29.182_322_755_501_396 * point(corner);
        Mesh::new(corners.iter().map(place).collect(), triangles.to_vec())
    };
    let a = tetrahedra(
        &[[1, 2, 2], [2, 1, 0], [1, 1, 2], [1, 1, 1], [0, 1, 1], [2, 1, 0], [0, 1, 3], [0, 3, 2]],
        &[[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3], [4, 5, 6], [4, 7, 5], [5, 7, 6], [6, 7, 4]],
    );
    let b = tetrahedra(
        &[[1, 0, 0], [2, 3, 2], [1, 0, 1], [1, 2, 3]],
        &[[0, 1, 2], [0, 3, 1], [1, 3, 2], [2, 3, 0]],
    );
    let alone = [&a, &b].map(|mesh| volume(&run(Union, std::slice::from_ref(mesh)).mesh));
    let pair = [a, b];
    let [union, intersection] = [Union, Intersection].map(|op| volume(&run(op, &pair).mesh));
    assert_close(union + intersection, alone[0] + alone[1], 1e-9);
}
