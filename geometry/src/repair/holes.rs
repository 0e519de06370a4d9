//! Filling holes.
//!
//! Flat holes are split into triangles in their plane; others so that neighbouring triangles, those around the hole
//! included, bend least and then have the least area (Gill Barequet and Micha Sharir, “Filling gaps in the boundary of a
//! polyhedron”, 1995, with the measure of Peter Liepa, “Filling Holes in Meshes”, 2003).

use std::collections::BTreeSet;

use glam::DVec3;
use serde::{Deserialize, Serialize};

use super::{RepairReport, patch};
use crate::draft::Draft;
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::topology::{BoundaryLoop, Edges, boundary_loops, end_of, previous_halfedge, start_of};
use crate::triangulate;

/// Larger holes that are not flat are split like flat ones: the search takes time with the third power of the edges.
const MAX_SEARCHED: usize = 150;

/// Points this near to a common plane, as a part of their distances, are split in that plane.
const FLATNESS: f64 = 1e-9;

/// How a hole is filled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum HoleFill {
    /// With triangles between the corners of the hole.
    #[default]
    Flat,
    /// With triangles as large as those around the hole, bent to go on as the surface does (Liepa, 2003). Flat holes are
    /// filled flat.
    Smooth,
}

/// Which holes are filled and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoleOptions {
    /// Holes with more edges stay open.
    pub max_edges: usize,
    /// How they are filled.
    pub fill: HoleFill,
}

impl Default for HoleOptions {
    /// All holes, without new positions.
    fn default() -> Self {
        Self { max_edges: usize::MAX, fill: HoleFill::Flat }
    }
}

/// A hole: its corners in the direction in which triangles that fill it run through its edges, and for each edge the
/// corner across in the triangle on its other side.
struct Hole {
    corners: Vec<u32>,
    apexes: Vec<u32>,
    /// A triangle at its edge.
    neighbor: usize,
}

pub(crate) fn fill(
    draft: &mut Draft,
    options: &HoleOptions,
    report: &mut RepairReport,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let edges =
        Edges::new_watched(draft.triangles(), draft.positions.len(), &Stretch::new(progress, 0.0, 0.1))?;
    let opposites = edges.opposites_watched(draft.triangles(), &Stretch::new(progress, 0.1, 0.15))?;
    let loops = boundary_loops(&opposites);
    let mut holes = Vec::new();
    for boundary in &loops {
        if boundary.is_closed {
            holes.extend(simple_holes(draft, boundary));
        } else {
            report.num_left_open += 1;
        }
    }
    // Edges that exist, so that no diagonal becomes their third triangle.
    let mut taken: BTreeSet<(u32, u32)> = BTreeSet::new();
    if !holes.is_empty() {
        let ends = |halfedges: &[u32]| {
            let (start, end) =
                (start_of(draft.triangles(), halfedges[0]), end_of(draft.triangles(), halfedges[0]));
            ordered(start, end)
        };
        let mut ordered_ends = Vec::with_capacity(edges.len());
        for (edge, halfedges) in edges.iter().enumerate() {
            report_at(&Stretch::new(progress, 0.15, 0.25), edge, edges.len())?;
            ordered_ends.push(ends(halfedges));
        }
        // Edges come sorted, so the set is made in one go.
        taken = ordered_ends.into_iter().collect();
    }
    for (number, hole) in holes.iter().enumerate() {
        progress.report(0.3 + 0.7 * number as f64 / holes.len() as f64)?;
        let is_back = hole.corners.len() == 3 && hole.apexes.iter().all(|apex| hole.corners.contains(apex));
        if hole.corners.len() > options.max_edges || is_back {
            report.num_left_open += 1;
            continue;
        }
        let mut points: Vec<DVec3> =
            hole.corners.iter().map(|&corner| draft.positions[corner as usize]).collect();
        let is_flat = is_flat(&points);
        let triangles = match split(draft, hole, &points, is_flat, &taken) {
            Some(triangles) => triangles,
            None => {
                let Some(middle) = middle(&points) else {
                    report.num_left_open += 1;
                    continue;
                };
                points.push(middle);
                let count = hole.corners.len() as u32;
                (0..count).map(|corner| [corner, (corner + 1) % count, count]).collect()
            }
        };
        let before = draft.len();
        match options.fill {
            HoleFill::Smooth if !is_flat => {
                patch::add_smooth(draft, &hole.corners, points, &triangles, hole.neighbor);
            }
            _ => add(draft, hole, &points, &triangles),
        }
        for &[a, b, c] in &draft.triangles()[before..] {
            taken.extend([ordered(a, b), ordered(b, c), ordered(c, a)]);
        }
        report.num_filled += 1;
        report.num_added += draft.len() - before;
    }
    Ok(())
}

fn ordered(one: u32, other: u32) -> (u32, u32) {
    (one.min(other), one.max(other))
}

/// The holes of a boundary, which is divided where it comes to the same position again.
fn simple_holes(draft: &Draft, boundary: &BoundaryLoop) -> Vec<Hole> {
    let triangles = draft.triangles();
    let mut holes = Vec::new();
    // Edges as start and apex, in the direction of the fill, which is against that of the boundary.
    let mut open: Vec<(u32, u32)> = Vec::new();
    for &halfedge in boundary.halfedges.iter().rev() {
        let (start, end) = (end_of(triangles, halfedge), start_of(triangles, halfedge));
        open.push((start, start_of(triangles, previous_halfedge(halfedge))));
        if let Some(first) = open.iter().position(|&(earlier, _)| earlier == end) {
            let (corners, apexes) = open.drain(first..).unzip();
            holes.push(Hole { corners, apexes, neighbor: halfedge as usize / 3 });
        }
    }
    holes
}

fn is_flat(points: &[DVec3]) -> bool {
    let normal: DVec3 = points.windows(2).map(|pair| (pair[0] - points[0]).cross(pair[1] - points[0])).sum();
    let normal = normal.normalize_or_zero();
    let size = points.iter().map(|point| point.distance(points[0])).fold(0.0, f64::max);
    normal != DVec3::ZERO
        && points.iter().all(|point| (*point - points[0]).dot(normal).abs() <= FLATNESS * size)
}

/// Triangles of corner numbers; `None` when every split has an edge that exists elsewhere, so that a new point is needed.
fn split(
    draft: &Draft,
    hole: &Hole,
    points: &[DVec3],
    is_flat: bool,
    taken: &BTreeSet<(u32, u32)>,
) -> Option<Vec<[u32; 3]>> {
    let count = points.len() as u32;
    let is_free = |triangles: &[[u32; 3]]| {
        let is_side = |one: u32, other: u32| one.abs_diff(other) == 1 || one.abs_diff(other) == count - 1;
        let corner = |number: u32| hole.corners[number as usize];
        triangles
            .iter()
            .flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)])
            .all(|(one, other)| is_side(one, other) || !taken.contains(&ordered(corner(one), corner(other))))
    };
    if is_flat || points.len() > MAX_SEARCHED {
        let triangles = triangulate(points);
        if is_free(&triangles) {
            return Some(triangles);
        }
    }
    if points.len() > MAX_SEARCHED {
        return None;
    }
    let apexes: Vec<DVec3> = hole.apexes.iter().map(|&apex| draft.positions[apex as usize]).collect();
    let is_taken =
        |one: usize, other: usize| taken.contains(&ordered(hole.corners[one], hole.corners[other]));
    least_bent(points, &apexes, is_taken)
}

/// A point that triangles to all sides of a hole may share: the mean of its corners, unless that is one of them, as where
/// the outline turns inward. Then it is the one, of the means of neighbouring corners and of corners and the mean, whose
/// smallest triangle is largest. `None` when all of them are corners.
fn middle(points: &[DVec3]) -> Option<DVec3> {
    let mean = points.iter().sum::<DVec3>() / points.len() as f64;
    if !points.contains(&mean) {
        return Some(mean);
    }
    let around = |idx: usize| points[idx % points.len()];
    let smallest = |middle: DVec3| {
        let doubled = |idx: usize| (around(idx) - middle).cross(around(idx + 1) - middle).length_squared();
        (0..points.len()).map(doubled).fold(f64::INFINITY, f64::min)
    };
    let thirds = (0..points.len()).map(|idx| (around(idx) + around(idx + 1) + around(idx + 2)) / 3.0);
    let halves = points.iter().map(|point| (*point + mean) * 0.5);
    thirds
        .chain(halves)
        .filter(|candidate| !points.contains(candidate))
        .max_by(|one, other| smallest(*one).total_cmp(&smallest(*other)))
}

/// `points` are the corners of the hole, then the new ones.
fn add(draft: &mut Draft, hole: &Hole, points: &[DVec3], triangles: &[[u32; 3]]) {
    let count = hole.corners.len();
    let first_new = draft.positions.len() as u32;
    draft.positions.extend_from_slice(&points[count..]);
    for triangle in triangles {
        let position = |number: u32| match hole.corners.get(number as usize) {
            Some(&corner) => corner,
            None => first_new + number - count as u32,
        };
        draft.add(triangle.map(position), hole.neighbor);
    }
}

/// The largest bend between neighbours, as one minus the cosine, and the area.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
struct Measure {
    bend: f64,
    area: f64,
}

impl Measure {
    fn plus(self, other: Self) -> Self {
        Self { bend: self.bend.max(other.bend), area: self.area + other.area }
    }
}

/// The best split of a polygon in space; `None` when every one uses an edge that is taken, or numbers overflow.
///
/// `apexes[i]` is the corner across the side from corner `i` to the next.
fn least_bent(
    points: &[DVec3],
    apexes: &[DVec3],
    is_taken: impl Fn(usize, usize) -> bool,
) -> Option<Vec<[u32; 3]>> {
    let count = points.len();
    let place = |from: usize, to: usize| from * count + to;
    // The best way to fill between a chord and the corners from its one end to its other, and the corner it goes over.
    let mut best = vec![None::<(Measure, usize)>; count * count];
    let side_apex = |from: usize| apexes[from];
    for span in 2..count {
        for from in 0..count - span {
            let to = from + span;
            let is_last = span == count - 1;
            if !is_last && is_taken(from, to) {
                continue;
            }
            let mut chosen: Option<(Measure, usize)> = None;
            for over in from + 1..to {
                let [a, b, c] = [points[from], points[over], points[to]];
                let normal = (b - a).cross(c - a);
                let mut measure = Measure { bend: 0.0, area: normal.length() };
                let mut is_possible = true;
                for (start, end) in [(from, over), (over, to)] {
                    let apex = if end == start + 1 {
                        side_apex(start)
                    } else if let Some((below, apex)) = best[place(start, end)] {
                        measure = measure.plus(below);
                        points[apex]
                    } else {
                        is_possible = false;
                        break;
                    };
                    measure.bend = measure.bend.max(bend(points[start], points[end], apex, normal));
                }
                if is_last {
                    measure.bend = measure.bend.max(bend(points[to], points[from], side_apex(to), normal));
                }
                if is_possible && chosen.is_none_or(|(least, _)| measure < least) && measure.area.is_finite()
                {
                    chosen = Some((measure, over));
                }
            }
            best[place(from, to)] = chosen;
        }
    }
    let mut triangles = Vec::with_capacity(count - 2);
    let mut waiting = vec![(0, count - 1)];
    while let Some((from, to)) = waiting.pop() {
        if to - from < 2 {
            continue;
        }
        let (_, over) = best[place(from, to)]?;
        triangles.push([from as u32, over as u32, to as u32]);
        waiting.extend([(over, to), (from, over)]);
    }
    Some(triangles)
}

/// How far the surface bends at an edge of a triangle with this normal, which runs from `start` to `end` there, towards the
/// triangle on the other side: 0 where it goes straight on, 2 where it folds back.
fn bend(start: DVec3, end: DVec3, apex: DVec3, normal: DVec3) -> f64 {
    let other = (start - end).cross(apex - end);
    let lengths = (other.length_squared() * normal.length_squared()).sqrt();
    // What has no area bends in the worst way.
    if lengths > 0.0 { 1.0 - other.dot(normal) / lengths } else { 2.0 }
}
