//! Faces that coincide but for rounding.
//!
//! Parts of one drawing that were turned together no longer have exactly coincident faces: the rotation rounds every
//! corner. Decided exactly, that leaves walls as thin as the rounding. So before anything is decided, the directions that
//! most of the surface faces are looked for; if three of them are at right angles, the operands are looked at in that
//! frame, and coordinates that differ by no more than the tolerance are taken to be equal there. Only decisions see these
//! coordinates. Positions of the operands stay as they are in the result, to the last bit.

use glam::{DMat3, DVec3};

use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::solid::{Placed, has_no_area};
use crate::sorting::sorted;

/// Coordinates closer than this part of the scene's size are taken to be equal, when the caller says nothing else. Some
/// thousand roundings: a chain of placements stays far below, and drawn details are far above.
pub(super) const DEFAULT_TOLERANCE: f64 = 4e-12;

/// Triangles that are asked which way they face, over all operands, and of each.
const MAX_SAMPLES: usize = 1 << 16;
const MIN_SAMPLES_EACH: usize = 16;
const MAX_SAMPLES_EACH: usize = 1 << 10;

/// Triangles that are asked for the directions.
const MAX_LARGEST: usize = 1024;

/// Different directions that are told apart.
const MAX_DIRECTIONS: usize = 64;

/// Directions with a cross product below this are the same. Wider than rounding, narrower than any drawn angle.
const SAME_DIRECTION: f64 = 1e-7;

/// The part of the surface that has to face along the frame's axes.
const MIN_SHARE: f64 = 0.5;

/// The space that decisions are made in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Frame {
    world_from_frame: DMat3,
    is_world: bool,
    /// No coordinate was moved farther than this, millimetres.
    pub(super) largest_move: f64,
}

impl Frame {
    pub(super) const WORLD: Self =
        Self { world_from_frame: DMat3::IDENTITY, is_world: true, largest_move: 0.0 };

    /// A point of the result.
    pub(super) fn to_world(self, point: DVec3) -> DVec3 {
        if self.is_world { point } else { self.world_from_frame * point }
    }
}

/// Moves the operands' coordinates for decisions into a common frame, if there is one and if that makes any of them equal.
pub(super) fn align(
    placed: &mut [Placed<'_>],
    tolerance: f64,
    progress: &dyn Progress,
) -> Result<Frame, Cancelled> {
    let Some(axes) = common_axes(placed) else { return Ok(Frame::WORLD) };
    let progress = &Stretch::new(progress, 0.05, 0.05);
    let is_world = axes == DMat3::IDENTITY;
    let frame_from_world = axes.transpose();
    let mut coordinates: Vec<Vec<DVec3>> = Vec::with_capacity(placed.len());
    for body in placed.iter() {
        progress.report(0.0)?;
        let points = body.positions.iter();
        coordinates.push(if is_world {
            points.copied().collect()
        } else {
            points.map(|&p| frame_from_world * p).collect()
        });
    }
    let largest =
        coordinates.iter().flatten().fold(0.0_f64, |size, point| size.max(point.abs().max_element()));
    let mut largest_move = 0.0_f64;
    for axis in 0..3 {
        largest_move = largest_move.max(level(&mut coordinates, axis, largest * tolerance, progress)?);
    }
    if largest_move == 0.0 {
        return Ok(Frame::WORLD);
    }
    for (body, points) in placed.iter().zip(&coordinates) {
        let opposites = body.solid.opposites().chunks_exact(3);
        for (index, (opposites, corners)) in opposites.zip(body.solid.triangles()).enumerate() {
            report_at(progress, index, body.solid.triangles().len())?;
            let [a, b, c] = corners.map(|corner| points[corner as usize]);
            if opposites[0] != crate::topology::DEGENERATE && has_no_area(a, b, c) {
                return Ok(Frame::WORLD);
            }
        }
    }
    for (body, points) in placed.iter_mut().zip(coordinates) {
        body.decide_by(points, progress)?;
    }
    Ok(Frame { world_from_frame: axes, is_world, largest_move })
}

/// Makes coordinates equal that are within a tolerance of the smallest of them; tells how far the farthest one moved.
fn level(
    coordinates: &mut [Vec<DVec3>],
    axis: usize,
    tolerance: f64,
    progress: &dyn Progress,
) -> Result<f64, Cancelled> {
    let all: Vec<f64> = coordinates.iter().flatten().map(|point| point[axis]).collect();
    let mut all = sorted(all, f64::total_cmp, progress)?;
    all.dedup();
    let mut levels: Vec<(f64, f64)> = Vec::new();
    let mut start = 0;
    for end in 1..=all.len() {
        if end == all.len() || all[end] - all[start] > tolerance {
            let middle = all[start + (end - start) / 2];
            let level = if end - start == 1 { middle } else { shortest_near(middle, tolerance) };
            levels.push((all[start], level));
            start = end;
        }
    }
    let mut largest_move = 0.0_f64;
    let num_points = coordinates.iter().map(Vec::len).sum();
    for (index, point) in coordinates.iter_mut().flatten().enumerate() {
        report_at(progress, index, num_points)?;
        let place = levels.partition_point(|&(first, _)| first <= point[axis]);
        if let Some(&(_, level)) = place.checked_sub(1).and_then(|place| levels.get(place)) {
            largest_move = largest_move.max((level - point[axis]).abs());
            point[axis] = level;
        }
    }
    Ok(largest_move)
}

/// A number near `value` with few digits: that makes later decisions fast.
fn shortest_near(value: f64, tolerance: f64) -> f64 {
    let mut unit = 1.0;
    while unit > tolerance * 0.25 && unit > f64::MIN_POSITIVE {
        let rounded = (value / unit).round() * unit;
        if (rounded - value).abs() <= tolerance * 0.25 {
            return rounded;
        }
        unit *= 0.5;
    }
    value
}

/// Three directions at right angles that most of the surface of all operands together faces along.
fn common_axes(placed: &[Placed<'_>]) -> Option<DMat3> {
    if placed.len() < 2 {
        return None;
    }
    let num_samples = (MAX_SAMPLES / placed.len()).clamp(MIN_SAMPLES_EACH, MAX_SAMPLES_EACH);
    let mut samples: Vec<(f64, DVec3)> = Vec::new();
    for body in placed {
        let num_triangles = body.solid.triangles().len();
        let step = (num_triangles / num_samples).max(1);
        for triangle in (0..num_triangles as u32).step_by(step) {
            let [a, b, c] = body.points(triangle);
            let normal = (b - a).cross(c - a);
            let area = normal.length();
            if area > 0.0 && area.is_finite() {
                // Each stands for as many as are passed over, lest a small tool outweigh a large body.
                samples.push((area * step as f64, normal / area));
            }
        }
    }
    // The largest triangles tell what the directions are; whether they are those of the surface, all samples tell.
    let by_area = |a: &(f64, DVec3), b: &(f64, DVec3)| {
        let key = |normal: DVec3| normal.to_array().map(f64::to_bits);
        b.0.total_cmp(&a.0).then_with(|| key(a.1).cmp(&key(b.1)))
    };
    if samples.len() > MAX_LARGEST {
        samples.select_nth_unstable_by(MAX_LARGEST, by_area);
    }
    let num_largest = samples.len().min(MAX_LARGEST);
    samples[..num_largest].sort_unstable_by(by_area);
    let mut directions: Vec<(f64, DVec3)> = Vec::new();
    for &(area, normal) in &samples[..num_largest] {
        let same = directions
            .iter()
            .position(|(_, known)| known.cross(normal).length_squared() < SAME_DIRECTION * SAME_DIRECTION);
        match same {
            Some(same) => directions[same].0 += area,
            None if directions.len() < MAX_DIRECTIONS => directions.push((area, normal)),
            None => {}
        }
    }
    directions.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (_, x) = *directions.first()?;
    let is_square = |one: DVec3, other: DVec3| one.dot(other).abs() < SAME_DIRECTION;
    let (_, y) = *directions.iter().find(|(_, direction)| is_square(x, *direction))?;
    let total: f64 = samples.iter().map(|(area, _)| area).sum();
    let share: f64 = samples
        .iter()
        .filter(|(_, direction)| {
            let along =
                |axis: DVec3| axis.cross(*direction).length_squared() < SAME_DIRECTION * SAME_DIRECTION;
            along(x) || along(y) || along(x.cross(y))
        })
        .map(|(area, _)| area)
        .sum();
    if share < total * MIN_SHARE {
        return None;
    }
    let is_along_axis = |direction: DVec3| (direction.abs().max_element() - 1.0).abs() < 1e-14;
    if is_along_axis(x) && is_along_axis(y) {
        return Some(DMat3::IDENTITY);
    }
    let y = (y - x * x.dot(y)).normalize_or_zero();
    Some(DMat3::from_cols(x, y, x.cross(y)))
}
