//! Flat faces are cut as one, however the mesh divides them into triangles.

use geometry::boolean::BooleanOp::{Difference, Intersection, Union};
use geometry::{Channel, CornerRows, Mesh, Semantic};
use glam::DVec3;

use super::shapes::*;

/// A prism with a regular polygon as base; its sides are rectangles of two triangles each, flat to the last bit.
fn prism(num_sides: u32, radius: f64, center: DVec3, height: f64) -> Mesh {
    let mut positions = Vec::new();
    for z in [-height, height] {
        positions.extend((0..num_sides).map(|i| {
            let angle = f64::from(i) * std::f64::consts::TAU / f64::from(num_sides);
            center + DVec3::new(radius * angle.cos(), radius * angle.sin(), z)
        }));
    }
    let mut triangles = Vec::new();
    for i in 1..num_sides - 1 {
        triangles.push([0, i + 1, i]);
        triangles.push([num_sides, num_sides + i, num_sides + i + 1]);
    }
    for i in 0..num_sides {
        let j = (i + 1) % num_sides;
        triangles.extend([[i, j, num_sides + j], [i, num_sides + j, num_sides + i]]);
    }
    Mesh::new(positions, triangles)
}

/// A plate with a through hole of `n` sides: both rings have `n` corners and the rectangle 4, so that each face has
/// `n + 4` triangles, the wall `2 n` and the rim 8.
#[test]
fn diagonals_leave_no_points() {
    for num_sides in [3, 4, 7, 64] {
        let plate = cuboid([-2.0, -2.5, -0.5], [2.1, 2.2, 0.5]);
        let output = run(Difference, &[plate, prism(num_sides, 1.1, DVec3::new(0.1, 0.2, 0.0), 1.0)]);
        assert_eq!(output.mesh.triangles.len() as u32, 4 * num_sides + 16);
        assert_eq!(output.mesh.positions.len() as u32, 2 * num_sides + 8);
    }
}

/// What passes exactly through the diagonals of a face leaves what it has to.
#[test]
fn diagonals_through_corners_and_edges() {
    let cube = cuboid([0.0; 3], [2.0; 3]);
    for (low, high) in [
        // Corners on the diagonal, edges across it, an edge that begins on it.
        ([0.5, 0.5, 0.5], [1.5, 1.5, 3.0]),
        ([0.5, 0.25, 1.0], [1.5, 1.75, 3.0]),
        ([1.0, 1.0, 1.0], [3.0, 3.0, 3.0]),
        ([1.0, -1.0, 1.0], [3.0, 3.0, 3.0]),
        // Flush with the face, once on each side.
        ([0.5, 0.5, 2.0], [1.5, 1.5, 3.0]),
        ([0.5, 0.5, 1.0], [1.5, 1.5, 2.0]),
    ] {
        let tool = cuboid(low, high);
        let found = |op| volume(&run(op, &[cube.clone(), tool.clone()]).mesh);
        let common: f64 = (0..3).map(|i| (high[i].min(2.0) - low[i].max(0.0)).max(0.0)).product();
        let own: f64 = (0..3).map(|i| high[i] - low[i]).product();
        assert!((found(Intersection) - common).abs() < 1e-12, "{low:?} {high:?}");
        assert!((found(Difference) - (8.0 - common)).abs() < 1e-12, "{low:?} {high:?}");
        assert!((found(Union) - (8.0 + own - common)).abs() < 1e-12, "{low:?} {high:?}");
    }
}

/// A wall that stands on the diagonal is a reason to keep it.
#[test]
fn a_wall_along_a_diagonal() {
    let cube = cuboid([0.0; 3], [2.0; 3]);
    // Two of the sides of this prism stand on the line from corner to corner.
    let prism = prism(4, 2.0_f64.sqrt(), DVec3::new(1.0, 1.0, 2.0), 1.0);
    for op in [Union, Difference, Intersection] {
        run(op, &[cube.clone(), prism.clone()]);
    }
}

/// Values that are interpolated in each triangle by itself keep the triangles apart.
#[test]
fn channels_keep_triangles_apart() {
    let mut plate = cuboid([-2.0, -2.0, -0.5], [2.0, 2.0, 0.5]);
    let bar = prism(3, 1.0, DVec3::new(0.1, 0.2, 0.0), 1.0);
    let plain = run(Difference, &[plate.clone(), bar.clone()]).mesh.triangles.len();
    plate.channels.push(Channel {
        semantic: Semantic::Color(0),
        width: 4,
        values: (0..8 * 4).map(|i| i as f32).collect(),
        rows: CornerRows::PerPosition,
    });
    assert!(run(Difference, &[plate, bar]).mesh.triangles.len() > plain);
}

/// A large body keeps its arrays: what the cut does not reach stays in its place.
#[test]
fn a_small_cut_leaves_a_large_body_in_place() {
    let body = icosphere(20, 10.0, DVec3::ZERO);
    let tool = icosphere(3, 1.0, DVec3::new(0.0, 0.0, 10.0));
    for op in [Union, Difference] {
        let output = run(op, &[body.clone(), tool.clone()]);
        let in_place = (0..body.triangles.len().min(output.mesh.triangles.len()))
            .filter(|&i| output.mesh.triangles[i] == body.triangles[i])
            .filter(|&i| output.sources[i].operand == 0 && output.sources[i].triangle as usize == i)
            .count();
        assert!(in_place > body.triangles.len() * 9 / 10, "{in_place}");
        let kept = body.positions.iter().zip(&output.mesh.positions).filter(|(a, b)| a == b).count();
        assert!(kept > body.positions.len() * 9 / 10, "{kept}");
    }
}

/// Five triangles side by side in one plane, wound alike, that go round a corner until they lie upon each other, and one
/// that closes them: as one face they covered a place twice or not at all, and the body was said to be open.
#[test]
fn a_flat_face_that_lies_upon_itself() {
    let positions = [[0, 0], [10, 182], [10, 177], [20, 350], [4, 72]].map(|[y, z]| {
        DVec3::new(540_888.75, 30_609.908_203_125 + f64::from(y) / 512.0, -286_325.625 + f64::from(z) / 32.0)
    });
    let triangles = vec![[0, 1, 2], [2, 3, 4], [3, 1, 0], [2, 1, 3], [4, 3, 0], [2, 4, 0]];
    let output = run(Union, &[Mesh::new(positions.to_vec(), triangles)]);
    assert!(output.mesh.is_empty());
}
