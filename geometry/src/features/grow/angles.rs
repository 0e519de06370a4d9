//! Angles of generators around an axis: whether facets are meant as round.

use std::f64::consts::TAU;

use glam::DVec3;

use super::DEGREE;
use crate::features::surface::Surface;
use crate::math;

/// The most that a surface bends at an edge and may still be meant as round, like the sides of a regular octagon.
pub(super) const MAX_TURN_RAD: f64 = 46.0 * DEGREE;

/// What bends more at an edge are two faces, where nothing better is known.
pub(super) const CREASE_RAD: f64 = 30.0 * DEGREE;

/// How much of a surface there must be before its radius means anything.
pub(super) const LEAST_TURN_RAD: f64 = 8.0 * DEGREE;

/// Where points are around the axis of a surface, in radians; those on the axis are left out.
pub(super) fn angles_about(surface: &Surface, points: &[DVec3]) -> Vec<f64> {
    let (u, v) = surface.axis.any_orthonormal_pair();
    let mut angles = Vec::with_capacity(points.len());
    for &point in points {
        let at = surface.cylindrical(point);
        if at.outward != DVec3::ZERO && at.rho > 0.0 {
            angles.push(math::atan2(at.outward.dot(v), at.outward.dot(u)));
        }
    }
    angles
}

/// Angles on a circle, those that are all but equal as one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Steps {
    /// How many different ones there are.
    pub(super) count: usize,
    /// From the first to the last, around the side that has them.
    pub(super) turn_rad: f64,
    /// The largest step but for the gap.
    pub(super) most: f64,
    /// The smallest.
    pub(super) least: f64,
    /// The largest distance of neighbours.
    pub(super) gap: f64,
}

impl Steps {
    pub(super) fn of(angles: &[f64]) -> Self {
        let mut sorted = angles.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mut different: Vec<f64> = Vec::new();
        for angle in sorted {
            if different.last().is_none_or(|&last| angle - last > 1e-4) {
                different.push(angle);
            }
        }
        if let [first, .., last] = different[..]
            && first + TAU - last <= 1e-4
        {
            different.pop();
        }
        let count = different.len();
        if count < 2 {
            return Self { count, ..Self::default() };
        }
        let step = |i: usize| match i + 1 < count {
            true => different[i + 1] - different[i],
            false => different[0] + TAU - different[i],
        };
        let widest = (0..count).max_by(|&a, &b| step(a).total_cmp(&step(b))).unwrap_or(0);
        let mut steps =
            Self { count, turn_rad: TAU - step(widest), most: 0.0, least: f64::INFINITY, gap: step(widest) };
        for i in (0..count).filter(|&i| i != widest) {
            steps.most = steps.most.max(step(i));
            steps.least = steps.least.min(step(i));
        }
        steps
    }

    /// Whether they go all round.
    pub(super) fn is_closed(&self, turn_rad: f64) -> bool {
        self.gap <= 1.3 * self.most.max(turn_rad)
    }
}

/// Whether generators at some angles are meant as round: they turn little from one to the next, and where they are few they
/// are all alike, as anything of three sides may lie on a circle by chance.
pub(super) fn is_round(angles: &[f64]) -> bool {
    let steps = Steps::of(angles);
    let is_closed = steps.count >= 8 && steps.gap <= 1.3 * steps.most;
    let most = if is_closed { MAX_TURN_RAD } else { CREASE_RAD + DEGREE };
    let few = if is_closed { 12 } else { 7 };
    steps.count >= 4
        && steps.most <= most
        && (is_closed || steps.turn_rad >= LEAST_TURN_RAD)
        && (steps.count >= few || steps.most <= 1.3 * steps.least)
}
