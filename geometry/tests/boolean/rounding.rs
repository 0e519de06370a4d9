//! What rounding does to operands before they are cut.

use geometry::boolean::BooleanOp::Difference;
use geometry::boolean::{BooleanOptions, SelfIntersections, boolean};
use geometry::{Mesh, Unwatched, self_intersections};
use glam::DVec3;

use super::chains::Random;
use super::shapes::*;

/// A cube with a roof that falls from a diagonal of its top to one corner. The roof has one more corner, which lies this far
/// beyond that ridge and above the top on the other side, so that edges from it go through the top.
fn folded_by(amount: f64) -> Mesh {
    let mut mesh = cuboid([0.0; 3], [1.0; 3]);
    let top = 2..4;
    assert_eq!(mesh.triangles[top.clone()], [[4, 5, 6], [4, 6, 7]]);
    mesh.positions[7].z = 0.5;
    mesh.positions.push(DVec3::new(0.5 + amount, 0.5 - amount, 1.0 + amount * 0.25));
    mesh.triangles.splice(top, [[4, 5, 6], [4, 6, 8], [6, 7, 8], [7, 4, 8]]);
    mesh
}

/// The rotation of a long chain turned slivers by as much, and it was said that a sound body overlapped itself.
#[test]
fn a_sliver_folded_by_rounding_is_no_fault_of_the_operand() {
    for (amount, is_told) in [(1e-2, true), (1e-6, true), (4e-16, false)] {
        for tool in [cuboid([2.0; 3], [3.0; 3]), cuboid([0.25, 0.25, 0.5], [0.75, 0.75, 2.0])] {
            let output = run(Difference, &[folded_by(amount), tool]);
            let is_odd = !output.report.inside_out.is_empty() || !output.report.overlapping.is_empty();
            assert_eq!(is_odd, is_told, "{amount}: {:?}", output.report);
        }
    }
}

/// Of a large body only some triangles are asked for directions, of a small tool all, so the tool told the frame, and
/// rounding to it folded slivers of the body.
#[test]
fn a_small_tool_tells_no_frame() {
    let mut ball = icosphere(64, 1.0, DVec3::ZERO);
    ball.positions.iter_mut().step_by(2).for_each(|point| *point = point.map(f64::next_up));
    let tool = cuboid([-0.2, -0.2, 0.8], [0.2, 0.2, 1.2]);
    let output = run(Difference, &[ball, tool]);
    assert_eq!(output.report.largest_alignment, 0.0);
}

/// Two boxes in one operand that overlap, cut through where they do, under the word that they do not.
#[test]
fn a_false_word_is_found_out_at_the_cut() {
    let operand_mesh = joined(&[cuboid([0.0; 3], [2.0; 3]), cuboid([1.0, 0.5, 0.25], [3.0, 2.5, 2.5])]);
    let tool = cuboid([0.5, 0.25, 1.0], [2.5, 2.25, 1.5]);
    let operands = [operand(operand_mesh), operand(tool)];
    let run = |self_intersections: SelfIntersections| {
        let options = BooleanOptions { self_intersections, ..BooleanOptions::default() };
        let output = boolean(Difference, &operands, &options, &Unwatched).unwrap();
        assert_sound(&output);
        volume(&output.mesh)
    };
    assert_close(run(SelfIntersections::Trust), run(SelfIntersections::Resolve), 1e-14);
}

/// Five triangles that a chain of 450 booleans had left, closed by a cone: corner 3 lies beside the edge of corners 0 and 2,
/// on one side of it before a rotation and on the other one after. Each step cut the fold anew and left thinner ones, a few
/// at first and thousands after four more steps.
#[test]
fn folded_slivers_do_not_multiply() {
    let corners = [
        [-0.5333686556921592, 0.7176127256263419, -0.5718015901951324],
        [-0.4862391180485287, 0.4586720570108931, -0.40106827889269214],
        [-0.5333686524785612, 0.71761272565196, -0.5718015906902588],
        [-0.5333686551548091, 0.7176127256306254, -0.5718015902779231],
        [-0.506125250772862, 0.739955559562077, -0.556487694560625],
        [-0.5061252504349639, 0.739955559330356, -0.5564876948194029],
        [0.0, 0.0, 0.0],
    ];
    let triangles = [
        [0, 1, 2],
        [0, 2, 3],
        [0, 3, 4],
        [5, 4, 3],
        [3, 2, 5],
        [1, 0, 6],
        [2, 1, 6],
        [5, 2, 6],
        [4, 5, 6],
        [0, 4, 6],
    ];
    let mut random = Random(5);
    let mut body = Mesh::new(corners.map(DVec3::from_array).to_vec(), triangles.to_vec());
    if volume(&body) < 0.0 {
        body = turned(body);
    }
    let mut place = body.positions[3];
    let mut num_collapsed = 0;
    for step in 0..60 {
        let turn = random.rotation();
        body.positions.iter_mut().for_each(|point| *point = turn * *point);
        place = turn * place;
        let tool = icosphere(1, 1e-9 * 30.0_f64.powf(random.part() * 4.0), place + random.point() * 1e-9);
        let output = run(Difference, &[body, tool]);
        num_collapsed += output.report.num_collapsed;
        body = output.mesh;
        let num_crossed = self_intersections(&body, &Unwatched).unwrap().len();
        assert!(num_crossed <= 8, "step {step}: {num_crossed} of {}", body.triangles.len());
    }
    assert!(num_collapsed > 0);
}
