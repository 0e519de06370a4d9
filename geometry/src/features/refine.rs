//! Least squares of the distances of points from a surface (K. Levenberg, 1944; D. Marquardt, 1963).

use glam::DVec3;

use super::linear::solve;
use super::surface::{Kind, Surface};

const MAX_UNKNOWNS: usize = 7;

/// The surface of the same kind that is nearest to some points, beginning from one that is near.
pub(super) fn refine(mut surface: Surface, points: &[DVec3]) -> Option<Surface> {
    let size = extent(points);
    if points.len() < unknowns(surface.kind) || size <= 0.0 {
        return None;
    }
    center(&mut surface, points);
    let mut error = squares(&surface, points);
    let mut damping = 1e-4;
    for _ in 0..24 {
        let (matrix, right) = normal_equations(&surface, points, size);
        let mut better = None;
        for _ in 0..6 {
            let mut damped = matrix;
            for (i, row) in damped.iter_mut().enumerate() {
                row[i] *= 1.0 + damping;
            }
            let step = solve(&damped, &right, unknowns(surface.kind));
            let next = step.and_then(|step| moved(&surface, &step, size)).filter(Surface::is_sound);
            if let Some((next, smaller)) =
                next.map(|next| (next, squares(&next, points))).filter(|it| it.1 < error)
            {
                better = Some((next, smaller));
                damping = (damping * 0.1).max(1e-12);
                break;
            }
            damping *= 10.0;
        }
        let Some((next, smaller)) = better else { break };
        let gain = error - smaller;
        (surface, error) = (next, smaller);
        if gain <= error * 1e-6 {
            break;
        }
    }
    surface.is_sound().then_some(surface)
}

fn unknowns(kind: Kind) -> usize {
    match kind {
        Kind::Plane => 3,
        Kind::Sphere => 4,
        Kind::Cylinder => 5,
        Kind::Cone => 6,
        Kind::Torus => 7,
    }
}

fn extent(points: &[DVec3]) -> f64 {
    let low = points.iter().copied().fold(DVec3::INFINITY, DVec3::min);
    let high = points.iter().copied().fold(DVec3::NEG_INFINITY, DVec3::max);
    (high - low).max_element()
}

/// Puts the origin of an axis beside the points, where turning it moves them least.
fn center(surface: &mut Surface, points: &[DVec3]) {
    let middle = super::estimate::mean(points);
    match surface.kind {
        Kind::Plane => surface.origin = middle - surface.axis * surface.distance(middle),
        Kind::Cylinder | Kind::Cone => {
            let height = surface.cylindrical(middle).height;
            surface.origin += surface.axis * height;
            if surface.kind == Kind::Cone {
                surface.radius += height * crate::math::sin(surface.other) / crate::math::cos(surface.other);
            }
        }
        Kind::Sphere | Kind::Torus => {}
    }
}

fn squares(surface: &Surface, points: &[DVec3]) -> f64 {
    points.iter().map(|&point| surface.distance(point).powi(2)).sum()
}

type Matrix = [[f64; MAX_UNKNOWNS]; MAX_UNKNOWNS];

/// Unknowns: a shift along two axes across the axis, then what the kind has: a shift along the axis, turns about both (in
/// units of the size), the sizes.
fn normal_equations(surface: &Surface, points: &[DVec3], size: f64) -> (Matrix, [f64; MAX_UNKNOWNS]) {
    let (u, v) = surface.axis.any_orthonormal_pair();
    let n = unknowns(surface.kind);
    let mut matrix = [[0.0; MAX_UNKNOWNS]; MAX_UNKNOWNS];
    let mut right = [0.0; MAX_UNKNOWNS];
    for &point in points {
        let at = surface.cylindrical(point);
        let profile = surface.profile(&at);
        let from = point - surface.origin;
        let shift = |axis: DVec3| -(profile.by_rho * at.outward.dot(axis));
        let turn = |axis: DVec3| {
            (profile.by_height * from.dot(axis) - profile.by_rho * at.height * at.outward.dot(axis)) / size
        };
        let along = -profile.by_height;
        let [first, second] = profile.by_sizes;
        let row = match surface.kind {
            Kind::Plane => [along, turn(u), turn(v), 0.0, 0.0, 0.0, 0.0],
            Kind::Sphere => [shift(u), shift(v), along, first, 0.0, 0.0, 0.0],
            Kind::Cylinder => [shift(u), shift(v), turn(u), turn(v), first, 0.0, 0.0],
            Kind::Cone => [shift(u), shift(v), turn(u), turn(v), first, second / size, 0.0],
            Kind::Torus => [shift(u), shift(v), along, turn(u), turn(v), first, second],
        };
        for i in 0..n {
            right[i] -= row[i] * profile.distance;
            for j in 0..n {
                matrix[i][j] += row[i] * row[j];
            }
        }
    }
    (matrix, right)
}

fn moved(surface: &Surface, step: &[f64; MAX_UNKNOWNS], size: f64) -> Option<Surface> {
    let (u, v) = surface.axis.any_orthonormal_pair();
    let mut next = *surface;
    let (turns, sizes) = match surface.kind {
        Kind::Plane => {
            next.origin += surface.axis * step[0];
            ([step[1], step[2]], [0.0; 2])
        }
        Kind::Sphere => {
            next.origin += u * step[0] + v * step[1] + surface.axis * step[2];
            ([0.0; 2], [step[3], 0.0])
        }
        Kind::Cylinder | Kind::Cone => {
            next.origin += u * step[0] + v * step[1];
            let second = if surface.kind == Kind::Cone { step[5] / size } else { 0.0 };
            ([step[2], step[3]], [step[4], second])
        }
        Kind::Torus => {
            next.origin += u * step[0] + v * step[1] + surface.axis * step[2];
            ([step[3], step[4]], [step[5], step[6]])
        }
    };
    next.axis = (surface.axis + (u * turns[0] + v * turns[1]) / size).try_normalize()?;
    next.radius += sizes[0];
    next.other += sizes[1];
    Some(next)
}
