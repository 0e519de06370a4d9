//! Joins what lies closer together than a tolerance: positions to positions, and edges to positions beside them.
//!
//! Only indices change; a position is given up for another one, and an edge goes through a position that it passed by.
//! Every step leaves as many triangles on one side of each edge as on the other, so what was closed stays closed. It may
//! lie upon itself afterwards, or pass through itself.

use glam::DVec3;

use super::hash::IndexMap;
use super::pairs;
use crate::Aabb;
use crate::bvh::BoxTree;
use crate::draft::{Between, Draft};
use crate::progress::{Cancelled, Progress, STEP, Stretch, report_at};
use crate::topology::is_degenerate;

/// An edge that was bent may pass by other positions than before; after so many passes it is left at that.
const MAX_PASSES: usize = 8;

/// A position beside an edge.
#[derive(Clone, Copy)]
struct Beside {
    edge: u32,
    /// 0 at the start of the edge, 1 at its end.
    part: f64,
    position: u32,
    distance: f64,
}

/// Joins everything within the tolerance; tells how far something was moved at most, over all passes. `None` where there would
/// be more than `most_triangles`, which happens when positions lie everywhere between the tolerance and twice as far from
/// each other.
pub(super) fn join(
    draft: &mut Draft,
    tolerance: f64,
    most_triangles: usize,
    progress: &dyn Progress,
) -> Result<Option<f64>, Cancelled> {
    let mut moved = join_positions(draft, tolerance, progress)?;
    for _ in 0..MAX_PASSES {
        let (edges, beside) = find_beside(draft, tolerance, progress)?;
        if beside.is_empty() {
            break;
        }
        let chains = Chains::new(&edges, &beside);
        if chains.num_bent(draft) > most_triangles {
            return Ok(None);
        }
        moved += beside.iter().fold(0.0, |largest: f64, found| largest.max(found.distance));
        bend(draft, &chains, progress)?;
    }
    Ok(Some(moved))
}

/// Gives up every position for an earlier one within the tolerance. Those that stay are farther apart than it, so nothing
/// moves farther, however dense they were.
fn join_positions(draft: &mut Draft, tolerance: f64, progress: &dyn Progress) -> Result<f64, Cancelled> {
    let cell_of = |point: DVec3| (point / tolerance).floor().to_array().map(|x| x as i64);
    let mut kept_at: IndexMap<[i64; 3], Vec<u32>> = IndexMap::default();
    let mut new_of: Vec<u32> = (0..draft.positions.len() as u32).collect();
    let mut moved = 0.0_f64;
    for (index, &point) in draft.positions.iter().enumerate() {
        report_at(progress, index, draft.positions.len())?;
        let cell = cell_of(point);
        let mut nearest: Option<(f64, u32)> = None;
        for neighbor in 0..27 {
            let at = [0, 1, 2].map(|axis| cell[axis] + neighbor / 3_i64.pow(axis as u32) % 3 - 1);
            for &kept in kept_at.get(&at).into_iter().flatten() {
                let distance = draft.positions[kept as usize].distance(point);
                if distance <= tolerance && nearest.is_none_or(|nearest| (distance, kept) < nearest) {
                    nearest = Some((distance, kept));
                }
            }
        }
        match nearest {
            Some((distance, kept)) => {
                new_of[index] = kept;
                moved = moved.max(distance);
            }
            None => kept_at.entry(cell).or_default().push(index as u32),
        }
    }
    draft.map_corners(|corner| new_of[corner as usize]);
    drop_folded(draft);
    Ok(moved)
}

/// Drops triangles that name a position twice, and those that others undo by winding the other way: folds have many.
fn drop_folded(draft: &mut Draft) {
    let sorted = |[a, b, c]: [u32; 3]| {
        let [low, middle, high] = if a < b && a < c {
            [a, b, c]
        } else if b < c {
            [b, c, a]
        } else {
            [c, a, b]
        };
        if middle < high { ([low, middle, high], 1) } else { ([low, high, middle], -1) }
    };
    let mut sums: IndexMap<[u32; 3], i32> = IndexMap::default();
    for &corners in draft.triangles() {
        let (key, winding) = sorted(corners);
        *sums.entry(key).or_default() += winding;
    }
    let mut is_kept = Vec::with_capacity(draft.len());
    for &corners in draft.triangles() {
        let (key, winding) = sorted(corners);
        let left = sums.entry(key).or_default();
        let is_left = !is_degenerate(corners) && *left * winding > 0;
        *left -= if is_left { winding } else { 0 };
        is_kept.push(is_left);
    }
    draft.retain(|triangle| is_kept[triangle]);
}

/// All edges, and the positions within the tolerance of each, in order along it.
fn find_beside(
    draft: &Draft,
    tolerance: f64,
    progress: &dyn Progress,
) -> Result<(Vec<[u32; 2]>, Vec<Beside>), Cancelled> {
    let mut edges: Vec<[u32; 2]> = Vec::with_capacity(draft.len() * 3);
    for triangles in draft.triangles().chunks(STEP) {
        progress.report(0.0)?;
        let sides = triangles.iter().flat_map(|&[a, b, c]| [[a, b], [b, c], [c, a]]);
        edges.extend(sides.map(|[from, to]| [from.min(to), from.max(to)]));
    }
    edges.sort_unstable();
    edges.dedup();
    let mut used: Vec<u32> = edges.iter().flatten().copied().collect();
    used.sort_unstable();
    used.dedup();
    let at = |position: u32| draft.positions[position as usize];
    let reach = DVec3::splat(tolerance);
    let box_of = |index: usize| {
        let [from, to] = edges[index].map(at);
        Aabb::from_corners(from.min(to) - reach, from.max(to) + reach)
    };
    let edge_tree = BoxTree::build(edges.len(), box_of, &Stretch::new(progress, 0.0, 0.3))?;
    let point_box = |index: usize| Aabb::around(&[at(used[index])]);
    let point_tree = BoxTree::build(used.len(), point_box, &Stretch::new(progress, 0.3, 0.5))?;
    let look = |edge: u32, index: u32| {
        let position = used[index as usize];
        let [start, end] = edges[edge as usize];
        if position == start || position == end {
            return None;
        }
        let (from, along) = (at(start), at(end) - at(start));
        let part = (at(position) - from).dot(along) / along.length_squared();
        let distance = (from + along * part).distance(at(position));
        let is_beside = part > 0.0 && part < 1.0 && distance <= tolerance;
        is_beside.then_some(Beside { edge, part, position, distance })
    };
    let mut beside = pairs::between(&edge_tree, &point_tree, look, &Stretch::new(progress, 0.5, 1.0))?;
    beside.sort_by(|a, b| {
        a.edge.cmp(&b.edge).then(a.part.total_cmp(&b.part)).then(a.position.cmp(&b.position))
    });
    Ok((edges, beside))
}

/// Lets edges go through the positions beside them: every triangle at such edges becomes what its sides go round then. Of a
/// needle that is nothing, where the two shorter sides go through the same positions as the longest one.
fn bend(draft: &mut Draft, chains: &Chains<'_>, progress: &dyn Progress) -> Result<(), Cancelled> {
    let num_triangles = draft.len();
    for triangle in 0..num_triangles {
        report_at(progress, triangle, num_triangles)?;
        let corners = draft.triangles()[triangle];
        let polygon = polygon_around(corners, chains);
        if polygon.len() > 3 {
            let at = |corner: u32| draft.positions[polygon[corner as usize].position as usize];
            let mut pieces: Vec<[u32; 3]> =
                loops_of(&polygon).iter().flat_map(|round| fill(&polygon, round, at)).collect();
            if pieces.is_empty() {
                // To be dropped.
                pieces.push([0; 3]);
            }
            draft.split(triangle, &polygon, &pieces);
        }
    }
    drop_folded(draft);
    Ok(())
}

/// The positions beside each edge.
struct Chains<'a> {
    beside: &'a [Beside],
    /// Where those of an edge begin and end.
    of_edge: IndexMap<[u32; 2], [u32; 2]>,
}

impl<'a> Chains<'a> {
    fn new(edges: &[[u32; 2]], beside: &'a [Beside]) -> Self {
        let mut of_edge: IndexMap<[u32; 2], [u32; 2]> = IndexMap::default();
        for (index, found) in (0..).zip(beside) {
            of_edge.entry(edges[found.edge as usize]).or_insert([index, index])[1] = index + 1;
        }
        Self { beside, of_edge }
    }

    /// In order from the smaller end to the larger one.
    fn of(&self, from: u32, to: u32) -> &'a [Beside] {
        let [start, end] = self.of_edge.get(&[from.min(to), from.max(to)]).copied().unwrap_or_default();
        &self.beside[start as usize..end as usize]
    }

    /// How many triangles there are at most after [`bend`], before those that undo each other are dropped.
    fn num_bent(&self, draft: &Draft) -> usize {
        let more = |&[a, b, c]: &[u32; 3]| [[a, b], [b, c], [c, a]].map(|[from, to]| self.of(from, to).len());
        draft.len() + draft.triangles().iter().flat_map(more).sum::<usize>()
    }
}

/// A triangle's corners, with the positions beside its sides between them.
fn polygon_around(corners: [u32; 3], chains: &Chains<'_>) -> Vec<Between> {
    let mut polygon = Vec::with_capacity(3);
    for from in 0..3 {
        let to = (from + 1) % 3;
        polygon.push(Between { position: corners[from], from, to: from, part: 0.0 });
        let chain = chains.of(corners[from], corners[to]);
        let between = |part: f64, found: &Beside| Between { position: found.position, from, to, part };
        if corners[from] < corners[to] {
            polygon.extend(chain.iter().map(|found| between(found.part, found)));
        } else {
            polygon.extend(chain.iter().rev().map(|found| between(1.0 - found.part, found)));
        }
    }
    polygon
}

/// Divides a polygon where it comes to a position again. What goes there and back is left out.
fn loops_of(polygon: &[Between]) -> Vec<Vec<u32>> {
    let mut loops = Vec::new();
    let mut path: Vec<u32> = Vec::new();
    for (place, corner) in (0_u32..).zip(polygon) {
        let is_here = |&known: &u32| polygon[known as usize].position == corner.position;
        if let Some(first) = path.iter().position(is_here) {
            loops.push(path[first..].to_vec());
            path.truncate(first);
        }
        path.push(place);
    }
    loops.push(path);
    loops.retain(|round| round.len() > 2);
    loops
}

/// Divides a loop of corners on the sides of a triangle into triangles, the smallest first: so that none lies on one side,
/// as far as that is possible.
fn fill(polygon: &[Between], round: &[u32], at: impl Fn(u32) -> DVec3) -> Vec<[u32; 3]> {
    let mut round = round.to_vec();
    let mut pieces = Vec::with_capacity(round.len() - 2);
    let is_on = |corner: u32, side: usize| {
        let corner = &polygon[corner as usize];
        // A corner of the triangle ends two sides.
        corner.from == side || corner.from == corner.to && corner.from == (side + 1) % 3
    };
    let mut num_on = [0, 1, 2].map(|side| round.iter().filter(|&&corner| is_on(corner, side)).count());
    while round.len() > 3 {
        let len = round.len();
        let around = |i: usize| [round[(i + len - 1) % len], round[i], round[(i + 1) % len]];
        let has_area = |i: &usize| {
            (0..3).all(|side| {
                let num_left = num_on[side] - usize::from(is_on(round[*i], side));
                num_left < len - 1 && !around(*i).iter().all(|&corner| is_on(corner, side))
            })
        };
        let across = |i: usize| at(around(i)[0]).distance_squared(at(around(i)[2]));
        let shorter = |a: &usize, b: &usize| across(*a).total_cmp(&across(*b)).then(a.cmp(b));
        let place = (0..len).filter(has_area).min_by(shorter).unwrap_or(0);
        pieces.push(around(place));
        let corner = round.remove(place);
        (0..3).for_each(|side| num_on[side] -= usize::from(is_on(corner, side)));
    }
    pieces.push([round[0], round[1], round[2]]);
    pieces
}
