//! Long chains: each boolean works on the result of the one before, turned by a rotation that rounds every position.

use geometry::boolean::BooleanOp::{self, Difference, Union};
use geometry::boolean::{BooleanOptions, Expression, Operand, boolean, evaluate};
use geometry::{Mesh, Solid, Unwatched, self_intersections};
use glam::{DAffine3, DMat3, DVec3};

use super::shapes::*;

/// Numbers from 0 to 1, the same ones everywhere.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    pub(crate) fn part(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, count: usize) -> usize {
        (self.bits() % count as u64) as usize
    }

    /// Coordinates from −1 to 1.
    pub(crate) fn point(&mut self) -> DVec3 {
        DVec3::new(self.part(), self.part(), self.part()) * 2.0 - 1.0
    }

    pub(crate) fn rotation(&mut self) -> DMat3 {
        let axis = self.point().try_normalize().unwrap_or(DVec3::Z);
        DMat3::from_axis_angle(axis, self.part() * std::f64::consts::TAU)
    }
}

/// Rounds of a rotation and of new points, as a part of the size: what each step may add to the volume.
const STEP_BOUND: f64 = 1e-14;

/// Pairs of triangles that rounding may have brought through each other after any step, however many went before.
const MAX_CROSSED: usize = 8;

/// A ball that is turned, cut and added to, with what the volumes of each step say, and all of it at once in the end.
#[expect(clippy::print_stdout, reason = "how a long chain grows is asked for")]
fn chain(num_steps: usize, mut random: Random) {
    let ball = icosphere(8, 1.0, DVec3::ZERO);
    let mut body = ball.clone();
    let mut at_once = vec![Operand::new(Solid::new(ball, &Unwatched).unwrap())];
    let mut expression = Expression::Operand(0);
    // The first body's space from that of the body now.
    let mut first_from_body = DMat3::IDENTITY;
    let mut expected = volume(&body);
    for step in 0..num_steps {
        let turn = random.rotation();
        first_from_body *= turn.transpose();
        let is_cut = random.part() < 0.6;
        let size = 0.05 + 0.2 * random.part();
        let middle = random.rotation() * DVec3::X * (0.8 + 0.3 * random.part());
        let tool = match random.below(3) {
            0 => cuboid((middle - size).to_array(), (middle + size).to_array()),
            1 => icosphere(3, size, middle),
            _ => turned_about(
                cuboid((middle - size).to_array(), (middle + size).to_array()),
                random.rotation(),
                middle,
            ),
        };
        let pair = [
            Operand::placed(Solid::new(body, &Unwatched).unwrap(), DAffine3::from_mat3(turn)),
            operand(tool.clone()),
        ];
        let op = if is_cut { Difference } else { Union };
        let wanted = [op, BooleanOp::Intersection].map(|op| Expression::of_operands(op, [0, 1]));
        let found = evaluate(&wanted, &pair, &BooleanOptions::default(), &Unwatched).unwrap();
        let [next, common] = <[_; 2]>::try_from(found).unwrap();
        assert_sound(&next);
        // Nothing but what rotation does to coincident faces is ever assumed.
        assert!(next.report.closed_by_cutting.is_empty() && next.report.mended.is_empty(), "step {step}");
        assert!(next.report.inside_out.is_empty() && next.report.overlapping.is_empty(), "step {step}");
        let change = if is_cut { -volume(&common.mesh) } else { volume(&tool) - volume(&common.mesh) };
        let found = volume(&next.mesh);
        assert_close(found, expected + change, STEP_BOUND * area(&next.mesh));
        expected = found;
        body = next.mesh;
        if step % 100 == 99 {
            // Rounding may let needles pass through each other in one result; the next step cuts that away.
            let num_crossed = self_intersections(&body, &Unwatched).unwrap().len();
            assert!(num_crossed <= MAX_CROSSED, "step {step}: {num_crossed}");
            println!("{} steps: {} triangles, volume {expected}", step + 1, body.triangles.len());
        }
        let place = DAffine3::from_mat3(first_from_body);
        at_once.push(Operand::placed(Solid::new(tool, &Unwatched).unwrap(), place));
        expression = Expression::Apply(op, vec![expression, Expression::Operand(step + 1)]);
    }
    let direct = evaluate(&[expression], &at_once, &BooleanOptions::default(), &Unwatched).unwrap();
    assert_sound(&direct[0]);
    assert_close(expected, volume(&direct[0].mesh), STEP_BOUND * num_steps as f64 * area(&body));
    assert_close(area(&body), area(&direct[0].mesh), 1e-12 * num_steps as f64);
}

fn turned_about(mut mesh: Mesh, turn: DMat3, middle: DVec3) -> Mesh {
    mesh.positions.iter_mut().for_each(|point| *point = middle + turn * (*point - middle));
    mesh
}

#[test]
fn sixty_steps() {
    chain(60, Random(1));
}

/// By hand: `cargo test --release -p geometry --test boolean -- --ignored --nocapture a_thousand_steps`
#[test]
#[ignore = "takes minutes"]
fn a_thousand_steps() {
    for seed in 1..=3 {
        chain(1000, Random(seed));
    }
}

/// The same tool again and again, turned back by as much as it was turned before: what is cut stays cut.
#[test]
fn there_and_back() {
    let mut random = Random(7);
    let mut body = cuboid([-1.0; 3], [1.0; 3]);
    let tool = operand(cuboid([0.0; 3], [2.0; 3]));
    for _ in 0..40 {
        let turn = random.rotation();
        let cut = |mesh: Mesh, place: DMat3| {
            let pair = [
                Operand::placed(Solid::new(mesh, &Unwatched).unwrap(), DAffine3::from_mat3(place)),
                Operand { placement: DAffine3::from_mat3(place), ..tool.clone() },
            ];
            boolean(Difference, &pair, &BooleanOptions::default(), &Unwatched).unwrap()
        };
        let output = cut(body, turn);
        assert_sound(&output);
        let back = turn.transpose();
        body = output.mesh;
        body.positions.iter_mut().for_each(|point| *point = back * *point);
        assert_close(volume(&body), 7.0, 1e-12);
        assert_close(area(&body), 24.0, 1e-12);
    }
    assert!(body.triangles.len() < 60, "{}", body.triangles.len());
}
