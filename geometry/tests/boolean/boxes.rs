//! Boxes in all positions relative to each other: everything that can coincide does.

use geometry::Mesh;
use geometry::boolean::BooleanOp::{Difference, Intersection, Union, Xor};

use super::shapes::*;

fn unit() -> Mesh {
    cuboid([0.0; 3], [1.0; 3])
}

/// Checks volume and area of all four operations on two boxes against counting.
#[track_caller]
fn check_pair(a: [[f64; 3]; 2], b: [[f64; 3]; 2]) {
    let size = |[low, high]: [[f64; 3]; 2]| (0..3).map(|i| (high[i] - low[i]).max(0.0)).product::<f64>();
    let overlap = [[0, 1, 2].map(|i| a[0][i].max(b[0][i])), [0, 1, 2].map(|i| a[1][i].min(b[1][i]))];
    let common = size(overlap);
    let meshes = [cuboid(a[0], a[1]), cuboid(b[0], b[1])];
    for (op, expected) in [
        (Union, size(a) + size(b) - common),
        (Difference, size(a) - common),
        (Intersection, common),
        (Xor, size(a) + size(b) - 2.0 * common),
    ] {
        let output = run(op, &meshes);
        assert_close(volume(&output.mesh), expected, 1e-12);
    }
}

#[test]
fn two_crossing_boxes() {
    check_pair([[0.0; 3], [2.0; 3]], [[1.0; 3], [3.0; 3]]);
}

#[test]
fn touching_overlapping_and_coincident() {
    // Along each axis one of the thirteen ways in which two intervals can lie to each other.
    let ways = [
        [3.0, 4.0],
        [2.0, 3.0],
        [1.0, 3.0],
        [0.0, 3.0],
        [1.0, 2.0],
        [0.0, 2.0],
        [-1.0, 2.0],
        [0.5, 1.5],
        [-1.0, 3.0],
        [0.0, 1.0],
        [-1.0, 1.0],
        [-1.0, 0.0],
        [-2.0, -1.0],
    ];
    for x in ways {
        for y in ways {
            for z in ways {
                check_pair([[0.0; 3], [2.0; 3]], [[x[0], y[0], z[0]], [x[1], y[1], z[1]]]);
            }
        }
    }
}

#[test]
fn a_solid_with_itself() {
    for mesh in [unit(), icosphere(3, 1.0, glam::DVec3::ZERO)] {
        let pair = [mesh.clone(), mesh.clone()];
        for op in [Union, Intersection] {
            let output = run(op, &pair);
            assert_close(volume(&output.mesh), volume(&mesh), 1e-12);
            assert_eq!(output.mesh.triangles.len(), mesh.triangles.len());
        }
        assert!(run(Difference, &pair).mesh.is_empty());
        assert!(run(Xor, &pair).mesh.is_empty());
    }
}

#[test]
fn a_void_and_what_fills_it() {
    let hollow = run(Difference, &[cuboid([0.0; 3], [3.0; 3]), cuboid([1.0; 3], [2.0; 3])]).mesh;
    assert_close(volume(&hollow), 26.0, 1e-12);
    let filled = run(Union, &[hollow, cuboid([1.0; 3], [2.0; 3])]).mesh;
    assert_close(volume(&filled), 27.0, 1e-12);
    assert_eq!(filled.triangles.len(), 12);
}

#[test]
fn nothing_in_nothing_out() {
    assert!(run(Union, &[]).mesh.is_empty());
    assert!(run(Intersection, &[]).mesh.is_empty());
    assert!(run(Difference, &[Mesh::default(), unit()]).mesh.is_empty());
    assert_close(volume(&run(Union, &[unit()]).mesh), 1.0, 1e-15);
}
