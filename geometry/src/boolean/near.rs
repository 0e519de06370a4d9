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

/// More triangles than twice as many as there were and these are gone through for those that undo each other.
const MIN_MORE: usize = 1 << 10;

/// A position beside an edge.
#[derive(Clone, Copy)]
struct Beside {
    edge: u32,
    /// 0 at the start of the edge, 1 at its end.
    part: f64,
    position: u32,
    distance: f64,
}

/// Joins everything within the tolerance; tells how far something was moved at most, over all passes. It stops early where
/// there are more than `most_triangles`, which happens when positions lie everywhere between the tolerance and twice as far
/// from each other.
pub(super) fn join(
    draft: &mut Draft,
    tolerance: f64,
    most_triangles: usize,
    progress: &dyn Progress,
) -> Result<f64, Cancelled> {
    let mut moved = join_positions(draft, tolerance, progress)?;
    for _ in 0..MAX_PASSES {
        let (edges, beside) = find_beside(draft, tolerance, progress)?;
        if beside.is_empty() || draft.len() > most_triangles {
            break;
        }
        moved += beside.iter().fold(0.0, |largest: f64, found| largest.max(found.distance));
        bend(draft, &edges, &beside, most_triangles, progress)?;
    }
    Ok(moved)
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

/// Lets edges go through the positions beside them: every triangle at such an edge becomes a fan around its corner across
/// from it. Where that corner is one of these positions itself, the triangle is folded up. What is divided is divided again
/// at its other edges, so what undoes each other has to go meanwhile; it stops early where there are still too many.
fn bend(
    draft: &mut Draft,
    edges: &[[u32; 2]],
    beside: &[Beside],
    most_triangles: usize,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let mut at = triangles_at(draft);
    let mut is_enough = draft.len() * 2 + MIN_MORE;
    for (index, found) in beside.chunk_by(|a, b| a.edge == b.edge).enumerate() {
        report_at(progress, index, beside.len())?;
        if draft.len() > is_enough {
            // Many may undo each other by now.
            drop_folded(draft);
            if draft.len() > most_triangles {
                break;
            }
            at = triangles_at(draft);
            is_enough = draft.len() * 2 + MIN_MORE;
        }
        let [start, end] = edges[found[0].edge as usize];
        let mut around = at[start as usize].clone();
        around.retain(|&triangle| {
            let corners = draft.triangles()[triangle as usize];
            !is_degenerate(corners) && corners.contains(&start) && corners.contains(&end)
        });
        around.sort_unstable();
        around.dedup();
        for triangle in around {
            let before = draft.len() as u32;
            divide(draft, triangle as usize, [start, end], found);
            for changed in std::iter::once(triangle).chain(before..draft.len() as u32) {
                draft.triangles()[changed as usize]
                    .iter()
                    .for_each(|&corner| at[corner as usize].push(changed));
            }
        }
    }
    drop_folded(draft);
    Ok(())
}

/// The triangles at each position.
fn triangles_at(draft: &Draft) -> Vec<Vec<u32>> {
    let mut at: Vec<Vec<u32>> = vec![Vec::new(); draft.positions.len()];
    for (index, corners) in (0_u32..).zip(draft.triangles()) {
        corners.iter().for_each(|&corner| at[corner as usize].push(index));
    }
    at
}

/// Replaces a triangle by a fan between the positions along one of its sides and the corner across from it.
fn divide(draft: &mut Draft, triangle: usize, [start, end]: [u32; 2], found: &[Beside]) {
    let corners = draft.triangles()[triangle];
    let Some(apex) = (0..3).find(|&i| corners[i] != start && corners[i] != end) else { return };
    let (from, to) = ((apex + 1) % 3, (apex + 2) % 3);
    let mut polygon = vec![Between { position: corners[apex], from: apex, to: apex, part: 0.0 }];
    polygon.push(Between { position: corners[from], from, to: from, part: 0.0 });
    let between = |found: &Beside| {
        let part = if corners[from] == start { found.part } else { 1.0 - found.part };
        Between { position: found.position, from, to, part }
    };
    if corners[from] == start {
        polygon.extend(found.iter().map(between));
    } else {
        polygon.extend(found.iter().rev().map(between));
    }
    polygon.push(Between { position: corners[to], from: to, to, part: 0.0 });
    let mut fan: Vec<[u32; 3]> = (1..polygon.len() as u32 - 1).map(|i| [0, i, i + 1]).collect();
    fan.retain(|places| !is_degenerate(places.map(|place| polygon[place as usize].position)));
    if fan.is_empty() {
        // To be dropped.
        fan.push([0; 3]);
    }
    draft.split(triangle, &polygon, &fan);
}
