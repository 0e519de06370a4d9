//! What the corners and triangles of a result carry.

use std::sync::Arc;

use geometry::boolean::BooleanOp::{self, Difference, Intersection, Union};
use geometry::boolean::{BooleanOptions, BooleanOutput, Operand, boolean};
use geometry::{Channel, CornerRows, Mesh, NO_ROW, Semantic, Solid, Unwatched};
use glam::{DAffine3, DVec3};

use super::shapes::*;

/// A colour that is the position, so that every interpolated value can be checked by itself.
fn with_positions_as_colors(mut mesh: Mesh) -> Mesh {
    let values = mesh.positions.iter().flat_map(|p| [p.x as f32, p.y as f32, p.z as f32, 1.0]).collect();
    mesh.channels.push(Channel {
        semantic: Semantic::Color(0),
        width: 4,
        values,
        rows: CornerRows::PerPosition,
    });
    mesh
}

/// Flat normals: one row per triangle.
fn with_normals(mut mesh: Mesh) -> Mesh {
    let normals = (0..mesh.triangles.len()).flat_map(|triangle| {
        let [a, b, c] = mesh.triangle_points(triangle);
        (b - a).cross(c - a).normalize_or_zero().to_array().map(|x| x as f32)
    });
    let values = normals.collect();
    let rows = (0..mesh.triangles.len() as u32).map(|row| [row; 3]).collect();
    let rows = CornerRows::PerCorner(Arc::new(rows));
    mesh.channels.push(Channel { semantic: Semantic::Normal, width: 3, values, rows });
    mesh
}

fn row(mesh: &Mesh, semantic: Semantic, triangle: usize, corner: usize) -> Option<&[f32]> {
    let channel = mesh.channel(semantic)?;
    Some(channel.row(channel.row_of_corner(mesh, triangle, corner)?))
}

fn run_operands(op: BooleanOp, operands: &[Operand]) -> BooleanOutput {
    let output = boolean(op, operands, &BooleanOptions::default(), &Unwatched).unwrap();
    assert_sound(&output);
    output
}

#[test]
fn values_are_interpolated() {
    let pair = [
        with_positions_as_colors(icosphere(6, 1.0, DVec3::ZERO)),
        with_positions_as_colors(cuboid([0.1, -0.3, -0.2], [2.0, 0.7, 1.9])),
    ];
    for op in [Union, Difference, Intersection] {
        let mesh = run(op, &pair).mesh;
        for triangle in 0..mesh.triangles.len() {
            let points = mesh.triangle_points(triangle);
            for (corner, point) in points.into_iter().enumerate() {
                let color = row(&mesh, Semantic::Color(0), triangle, corner).unwrap();
                let found = DVec3::new(color[0].into(), color[1].into(), color[2].into());
                assert!(found.distance(point) < 1e-6, "{found} at {point}");
                assert_eq!(color[3], 1.0);
            }
        }
    }
}

#[test]
fn normals_face_as_the_surface_does() {
    let body = operand(with_normals(cuboid([0.0; 3], [2.0; 3])));
    let cutter = with_normals(cuboid([-1.0, -0.4, -0.6], [1.0; 3]));
    let placements = [
        DAffine3::IDENTITY,
        DAffine3::from_scale(DVec3::new(-1.5, 0.7, 2.0)),
        DAffine3::from_axis_angle(DVec3::Z, 0.7) * DAffine3::from_scale(DVec3::new(1.0, 1.0, -1.0)),
    ];
    for placement in placements {
        let solid = Solid::new(cutter.clone(), &Unwatched).unwrap();
        let operands =
            [body.clone(), Operand::placed(solid, DAffine3::from_translation(DVec3::ONE) * placement)];
        for op in [Union, Difference, Intersection] {
            let mesh = run_operands(op, &operands).mesh;
            for triangle in 0..mesh.triangles.len() {
                let [a, b, c] = mesh.triangle_points(triangle);
                let expected = (b - a).cross(c - a).normalize_or_zero();
                for corner in 0..3 {
                    let normal = row(&mesh, Semantic::Normal, triangle, corner).unwrap();
                    let normal = DVec3::new(normal[0].into(), normal[1].into(), normal[2].into());
                    assert!(normal.distance(expected) < 1e-6, "{normal} for {expected}");
                }
            }
        }
    }
}

#[test]
fn missing_channels_stay_missing() {
    let colored = with_positions_as_colors(cuboid([0.0; 3], [2.0; 3]));
    let output = run(Union, &[colored, cuboid([1.0; 3], [3.0; 3])]);
    let channel = output.mesh.channel(Semantic::Color(0)).unwrap();
    let CornerRows::PerCorner(rows) = &channel.rows else { panic!("per corner") };
    for (source, rows) in output.sources.iter().zip(rows.iter()) {
        assert_eq!(rows.contains(&NO_ROW), source.operand == 1);
    }
}

#[test]
fn material_slots_are_mapped() {
    let with_slots = |low: f64, slots: [u32; 2]| {
        let mut mesh = cuboid([low; 3], [low + 2.0; 3]);
        mesh.material_slots = (0..12).map(|triangle| slots[triangle % 2]).collect();
        operand(mesh)
    };
    let mut second = with_slots(1.0, [0, 1]);
    second.material_slots = vec![7, 8];
    let output = run_operands(Union, &[with_slots(0.0, [0, 3]), second]);
    for (triangle, source) in output.sources.iter().enumerate() {
        let expected = [[0, 3], [7, 8]][source.operand as usize][source.triangle as usize % 2];
        assert_eq!(output.mesh.material_slot(triangle), expected);
    }
}

#[test]
fn placed_is_the_same_as_moved() {
    let placement = DAffine3::from_axis_angle(DVec3::new(0.0, 0.6, 0.8), 0.3)
        * DAffine3::from_translation(DVec3::new(0.3, 0.2, 0.1));
    let (a, b) = (cuboid([0.0; 3], [2.0; 3]), icosphere(5, 1.2, DVec3::ZERO));
    let mut moved = b.clone();
    moved.positions.iter_mut().for_each(|point| *point = placement.transform_point3(*point));
    let expected = run(Difference, &[a.clone(), moved]).mesh;
    let solid = Solid::new(b, &Unwatched).unwrap();
    let output = run_operands(Difference, &[operand(a), Operand::placed(solid, placement)]);
    assert_close(volume(&output.mesh), volume(&expected), 1e-14);
}
