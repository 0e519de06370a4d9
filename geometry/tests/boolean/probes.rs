//! Small cases of odd input, each with an answer that is beyond dispute or an error for the right reason.

use geometry::Mesh;
use geometry::boolean::BooleanOp::{Difference, Union};
use glam::{DMat3, DVec3};

use super::shapes::*;

fn quad(corners: [[f64; 3]; 4], triangles: &[[u32; 3]]) -> Mesh {
    Mesh::new(corners.map(DVec3::from_array).to_vec(), triangles.to_vec())
}

#[test]
fn touching_boxes() {
    let unit = cuboid([0.0; 3], [1.0; 3]);
    for (other, expected) in [
        (cuboid([1.0, 0.0, 0.0], [2.0, 1.0, 1.0]), 2.0),
        (cuboid([1.0, 0.25, 0.25], [2.0, 0.75, 0.75]), 1.25),
        (cuboid([1.0, 1.0, 0.0], [2.0, 2.0, 1.0]), 2.0),
        (cuboid([1.0; 3], [2.0; 3]), 2.0),
    ] {
        assert_eq!(volume(&run(Union, &[unit.clone(), other]).mesh), expected);
    }
}

#[test]
fn far_from_the_origin() {
    let m = 1e6;
    let meshes =
        [cuboid([m; 3], [m + 4.0; 3]), cuboid([m + 1.0, m + 1.0, m - 1.0], [m + 2.0, m + 2.0, m + 5.0])];
    assert_close(volume(&run(Difference, &meshes).mesh), 60.0, 1e-9);
}

#[test]
fn a_tiny_tilt() {
    let straight = cuboid([-1.0; 3], [1.0; 3]);
    let axis = DVec3::new(1.0, 2.0, 3.0) / 14.0_f64.sqrt();
    for angle in [1e-6, 1e-8, 1e-12, 1e-15] {
        let rotation = DMat3::from_axis_angle(axis, angle);
        let mut tilted = straight.clone();
        tilted.positions.iter_mut().for_each(|point| *point = rotation * *point);
        assert_close(volume(&run(Union, &[straight.clone(), tilted]).mesh), 8.0, 1e-5);
    }
}

#[test]
fn a_body_that_overlaps_itself() {
    let body = joined(&[cuboid([0.0; 3], [2.0; 3]), cuboid([1.0; 3], [3.0; 3])]);
    let output = run(Difference, &[body, cuboid([-1.0; 3], [0.5; 3])]);
    assert_close(volume(&output.mesh), 14.875, 1e-12);
    assert_eq!(output.report.overlapping, [0]);
}

#[test]
fn inside_out() {
    let meshes = [turned(cuboid([0.0; 3], [1.0; 3])), cuboid([0.5; 3], [1.5; 3])];
    let output = run(Union, &meshes);
    assert_close(volume(&output.mesh), 1.875, 1e-12);
    assert_eq!(output.report.inside_out, [0]);
}

#[test]
fn two_boxes_welded_along_an_edge() {
    let mut body = joined(&[cuboid([0.0; 3], [1.0; 3]), cuboid([1.0, 1.0, 0.0], [2.0, 2.0, 1.0])]);
    let points = body.positions.clone();
    let first =
        |corner: u32| points.iter().position(|point| *point == points[corner as usize]).unwrap() as u32;
    body.triangles.iter_mut().for_each(|corners| *corners = corners.map(first));
    let output = run(Difference, &[body.clone(), cuboid([0.5, 0.5, 0.25], [1.5, 1.5, 0.75])]);
    assert_close(volume(&output.mesh), 1.75, 1e-12);
    assert_close(volume(&run(Union, &[body]).mesh), 2.0, 1e-12);
}

#[test]
fn a_wall_of_two_sheets() {
    let wall = quad(
        [[1.0, 0.0, 0.0], [1.0, 1.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 1.0]],
        &[[0, 1, 2], [0, 2, 3], [2, 1, 0], [3, 2, 0]],
    );
    let body = joined(&[cuboid([0.0; 3], [2.0, 1.0, 1.0]), wall]);
    let output = run(Difference, &[body, cuboid([0.5, 0.25, 0.25], [1.5, 0.75, 0.75])]);
    assert_close(volume(&output.mesh), 1.75, 1e-12);
}

#[test]
fn every_triangle_twice() {
    let mut body = cuboid([0.0; 3], [1.0; 3]);
    body.triangles.extend(body.triangles.clone());
    let output = run(Difference, &[body, cuboid([0.5, -0.5, -0.5], [1.5; 3])]);
    assert_close(volume(&output.mesh), 0.5, 1e-12);
    assert_eq!(output.report.overlapping, [0]);
}

#[test]
fn triangles_without_area() {
    let mut body = cuboid([0.0; 3], [1.0; 3]);
    body.positions.push(DVec3::new(0.5, 0.5, 0.0));
    body.triangles.drain(..2);
    body.triangles.extend([[0, 8, 1], [8, 2, 1], [0, 3, 2], [0, 2, 8]]);
    let output = run(Difference, &[body, cuboid([0.25, 0.25, -0.5], [0.75, 0.75, 0.5])]);
    assert_close(volume(&output.mesh), 0.875, 1e-12);
    assert_eq!(output.report.num_degenerate, 1);
}

#[test]
fn a_side_that_is_divided_on_one_side_only() {
    let mut body = cuboid([0.0; 3], [1.0; 3]);
    body.positions.push(DVec3::new(0.5, 0.0, 0.0));
    body.triangles.drain(..2);
    body.triangles.extend([[0, 3, 8], [8, 3, 2], [8, 2, 1]]);
    let output = run(Difference, &[body, cuboid([0.25, 0.25, -0.5], [0.75, 0.75, 0.5])]);
    assert_close(volume(&output.mesh), 0.875, 1e-12);
    assert_eq!(output.report.closed_by_cutting, [0]);
}

#[test]
fn triangles_without_common_corners() {
    let sphere = icosphere(8, 1.0, DVec3::ZERO);
    let soup = Mesh::new(
        sphere.triangles.iter().flatten().map(|&corner| sphere.positions[corner as usize]).collect(),
        (0..sphere.triangles.len() as u32).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect(),
    );
    let cutter = cuboid([0.0, -2.0, -2.0], [2.0; 3]);
    let output = run(Difference, &[soup.clone(), cutter.clone()]);
    let expected = run(Difference, &[sphere, cutter]);
    assert_eq!(volume(&output.mesh), volume(&expected.mesh));
    assert!(output.report.num_welded > 0);
}
