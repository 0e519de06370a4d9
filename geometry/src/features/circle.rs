//! Circles through points.

use glam::{DVec2, DVec3};

use super::estimate::mean;
use super::linear::{eigen, solve};
use super::{Curve, Fit};
use crate::math;

/// The circle nearest to points of a plane: by the algebraic distance (I. Kåsa, “A circle fitting procedure and its error
/// analysis”, 1976), then by steps of Gauss and Newton. Centre and radius; `None` when they lie in a line.
pub(super) fn circle_in_plane(points: &[DVec2]) -> Option<(DVec2, f64)> {
    let middle = points.iter().sum::<DVec2>() / points.len().max(1) as f64;
    let mut matrix = [[0.0; 3]; 3];
    let mut right = [0.0; 3];
    for &point in points {
        let from = point - middle;
        let row = [2.0 * from.x, 2.0 * from.y, 1.0];
        add(&mut matrix, &mut right, row, from.length_squared());
    }
    let [x, y, rest] = solve(&matrix, &right, 3)?;
    let mut center = DVec2::new(x, y);
    let mut radius = (rest + center.length_squared()).sqrt();
    for _ in 0..8 {
        let mut matrix = [[0.0; 3]; 3];
        let mut right = [0.0; 3];
        for &point in points {
            let from = point - middle - center;
            let length = from.length();
            if length > 0.0 {
                add(&mut matrix, &mut right, [from.x / length, from.y / length, 1.0], length - radius);
            }
        }
        let Some([x, y, r]) = solve(&matrix, &right, 3) else { break };
        center += DVec2::new(x, y);
        radius += r;
        if x.abs() + y.abs() + r.abs() <= radius.abs() * 1e-14 {
            break;
        }
    }
    (radius > 0.0 && radius.is_finite() && center.is_finite()).then_some((middle + center, radius))
}

fn add(matrix: &mut [[f64; 3]; 3], right: &mut [f64; 3], row: [f64; 3], value: f64) {
    for i in 0..3 {
        right[i] += row[i] * value;
        for j in 0..3 {
            matrix[i][j] += row[i] * row[j];
        }
    }
}

/// The most that a chain may turn at a vertex and still be round: a regular octagon does, and no more.
const MAX_TURN_RAD: f64 = 46.0 / 180.0 * std::f64::consts::PI;

/// The same for a chain that is not closed.
const MAX_OPEN_TURN_RAD: f64 = 31.0 / 180.0 * std::f64::consts::PI;

/// An arc over less than this tells nothing about its radius.
const LEAST_ARC_RAD: f64 = 10.0 / 180.0 * std::f64::consts::PI;

/// Of a chain of few segments, how many times the shortest the longest may be: anything may lie on a circle by chance.
const ALIKE: f64 = 1.3;

/// The circle on which a chain of points goes round, if it does: steps are small enough to be meant as round, few of them
/// are all alike, and no vertex is farther off than `tolerance` or a two-hundredth of the radius. Points that lie
/// straight between their neighbours need not be on it.
#[must_use]
pub fn circle_of(points: &[DVec3], is_closed: bool, tolerance: f64) -> Option<(Curve, Fit)> {
    let corners = without_straight(points, is_closed, tolerance);
    let least = if is_closed { 8 } else { 4 };
    if corners.len() < least {
        return None;
    }
    let middle = mean(&corners);
    let normal = plane_of(&corners, middle)?;
    let (u, v) = normal.any_orthonormal_pair();
    let flat: Vec<DVec2> =
        corners.iter().map(|&point| DVec2::new((point - middle).dot(u), (point - middle).dot(v))).collect();
    let (center, radius) = circle_in_plane(&flat)?;
    let allowed = tolerance.max(radius * 5e-3);
    let fit = |flat: &[DVec2]| {
        let mut fit = Fit::default();
        for (point, flat) in corners.iter().zip(flat) {
            let across = (*point - middle).dot(normal);
            let off = (flat.distance(center) - radius).hypot(across);
            fit.max = fit.max.max(off);
            fit.rms += off * off;
        }
        fit.rms = (fit.rms / corners.len() as f64).sqrt();
        fit
    };
    let mut fit = fit(&flat);
    if fit.max > allowed {
        return None;
    }
    let turns = turns(&flat, center, is_closed);
    let total: f64 = turns.iter().sum();
    let (least, most) =
        turns.iter().fold((f64::INFINITY, 0.0_f64), |(a, b), turn| (a.min(turn.abs()), b.max(turn.abs())));
    let goes_on = turns.iter().all(|turn| turn.signum() == total.signum());
    let allowed_turn = if is_closed { MAX_TURN_RAD } else { MAX_OPEN_TURN_RAD };
    let few = if is_closed { 12 } else { 6 };
    let is_once = if is_closed {
        (total.abs() - std::f64::consts::TAU).abs() < 0.1
    } else {
        (LEAST_ARC_RAD..std::f64::consts::TAU + 0.1).contains(&total.abs())
    };
    let is_regular = corners.len() >= few || most <= ALIKE * least;
    if !goes_on || most > allowed_turn || !is_once || !is_regular {
        return None;
    }
    fit.chord = radius * (1.0 - math::cos(most * 0.5));
    let turn_rad = if is_closed { std::f64::consts::TAU } else { total.abs() };
    let center = middle + u * center.x + v * center.y;
    Some((Curve::Arc { center, normal: normal * total.signum(), radius, turn_rad }, fit))
}

/// The normal of the plane that points lie in, about.
fn plane_of(points: &[DVec3], middle: DVec3) -> Option<DVec3> {
    let mut matrix = [[0.0; 3]; 3];
    for point in points {
        let from = (*point - middle).to_array();
        for i in 0..3 {
            for j in 0..3 {
                matrix[i][j] += from[i] * from[j];
            }
        }
    }
    let (values, vectors) = eigen(matrix);
    (values[1] > values[2] * 1e-12).then(|| DVec3::from_array(vectors[0])).and_then(DVec3::try_normalize)
}

/// From point to point about a centre, each within half a turn.
fn turns(flat: &[DVec2], center: DVec2, is_closed: bool) -> Vec<f64> {
    let count = if is_closed { flat.len() } else { flat.len() - 1 };
    (0..count)
        .map(|i| {
            let (a, b) = (flat[i] - center, flat[(i + 1) % flat.len()] - center);
            math::atan2(a.perp_dot(b), a.dot(b))
        })
        .collect()
}

/// The points at which a chain bends.
fn without_straight(points: &[DVec3], is_closed: bool, tolerance: f64) -> Vec<DVec3> {
    let mut kept: Vec<DVec3> = Vec::with_capacity(points.len());
    let len = points.len();
    for (i, &point) in points.iter().enumerate() {
        let is_end = !is_closed && (i == 0 || i + 1 == len);
        let before = kept.last().copied().unwrap_or(points[(i + len - 1) % len]);
        let after = points[(i + 1) % len];
        let along = after - before;
        let beside = (point - before).cross(along);
        // A hundredth of a degree: finer circles than that have no straight bits that anybody made.
        let bends = beside.length() > 2e-4 * (point - before).length() * along.length()
            && beside.length() > 1e-2 * tolerance * along.length();
        if is_end || bends {
            kept.push(point);
        }
    }
    kept
}
