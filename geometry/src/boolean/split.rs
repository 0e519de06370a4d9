//! Splits the edges and positions where the result touches itself, so that every edge has two triangles and every position
//! one fan of them.

use glam::DVec3;

use super::assemble::Pairs;
use super::hash::IndexMap;
use super::lists::Lists;
use super::round::is_flat;
use super::shape::{Shape, Triangle};
use super::slots::Slots;
use super::{BooleanReport, NONE};
use crate::math::atan2;
use crate::memory::Holding;
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::solid::has_no_area;
use crate::topology::DisjointSets;

/// An edge with other than two triangles, and which of them go on in each other.
struct Tangle {
    edge: [u32; 2],
    pairs: Vec<[u32; 2]>,
}

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Extent {
    /// Nothing is split, only counted.
    Nothing,
    /// Every fan of triangles gets its own position. Both ends of an edge may belong to one fan each although four
    /// triangles meet at it; such edges stay and are counted.
    Positions,
    /// These edges get positions in the middle, so that every edge has two triangles.
    Edges,
}

/// Gives every fan of triangles its own position, and every edge two triangles.
pub(super) fn split(
    shape: &mut Shape,
    pairs: &Pairs,
    extent: Extent,
    report: &mut BooleanReport,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    // Sides in order and by their end, and the sets of those that are one fan.
    let of_places = Slots::bytes(shape.triangles.len() + shape.positions.len());
    let _held = Holding::new(progress, of_places + shape.near.len() * 3 * 4 * size_of::<u32>())?;
    let mut near_of = Slots::new(shape.triangles.len());
    for (near, &triangle) in (0_u32..).zip(&shape.near) {
        report_at(&Stretch::new(progress, 0.0, 0.1), near as usize, shape.near.len())?;
        near_of.set(triangle, near);
    }
    let side = |side: u32, shape: &Shape| {
        let corners = shape.triangles[shape.near[side as usize / 3] as usize];
        let (a, b) = (corners[side as usize % 3], corners[(side as usize + 1) % 3]);
        [a.min(b), a.max(b)]
    };
    let sides: Vec<u32> = (0..shape.near.len() as u32 * 3).collect();
    // The positions at the cut, numbered, so that the size of the body does not matter.
    let mut number_of = Slots::new(shape.positions.len());
    let mut num_ends = 0;
    for &it in &sides {
        report_at(&Stretch::new(progress, 0.1, 0.2), it as usize, sides.len())?;
        let end = side(it, shape)[0];
        if number_of.get(end).is_none() {
            number_of.set(end, num_ends);
            num_ends += 1;
        }
    }
    let end_of = |&it: &u32| (number_of.get(side(it, shape)[0]).expect("every end is numbered"), it);
    let by_end = Lists::sorted_watched(num_ends as usize, &sides, end_of, &Stretch::new(progress, 0.2, 0.4))?;
    let mut fans = DisjointSets::new(sides.len());
    let mut join = |edge: [u32; 2], triangles: [u32; 2], shape: &Shape| {
        for end in edge {
            let [one, other] = triangles.map(|triangle| {
                let corners = shape.triangles[triangle as usize];
                let place = corners.iter().position(|&corner| corner == end);
                let near = near_of.get(triangle).expect("triangles at the cut are near it");
                near * 3 + place.expect("the edge is one of the triangle") as u32
            });
            fans.join(one, other);
        }
    };
    let mut tangles = Vec::new();
    let mut at_end: Vec<([u32; 2], u32)> = Vec::new();
    for (i, sides) in by_end.iter().enumerate() {
        if i % (1 << 11) == 0 {
            progress.report(0.4 + 0.3 * i as f64 / by_end.len() as f64)?;
        }
        at_end.clear();
        at_end.extend(sides.iter().map(|&it| (side(it, shape), shape.near[it as usize / 3])));
        at_end.sort_unstable();
        for around in at_end.chunk_by(|a, b| a.0 == b.0) {
            let edge = around[0].0;
            match *around {
                // A whole triangle has no partner here where its edge leads away from the cut.
                [_] => {}
                [(_, one), (_, other)] => join(edge, [one, other], shape),
                _ => {
                    let triangles: Vec<u32> = around.iter().map(|&(_, triangle)| triangle).collect();
                    let found = known_pairs(shape, pairs, edge, &triangles)
                        .unwrap_or_else(|| pairs_by_angle(shape, edge, &triangles));
                    found.iter().for_each(|&pair| join(edge, pair, shape));
                    tangles.push(Tangle { edge, pairs: found });
                }
            }
        }
    }
    progress.report(0.6)?;
    if extent == Extent::Nothing {
        report.num_kept = tangles.len();
        return Ok(());
    }
    copy_positions(shape, &mut fans, report, &Stretch::new(progress, 0.7, 1.0))?;
    let mut halves = Halves::default();
    for tangle in tangles {
        match extent {
            Extent::Edges => halve(shape, &mut halves, &tangle, report),
            _ => report.num_kept += usize::from(is_shared(shape, &tangle)),
        }
    }
    Ok(())
}

/// The pairs found by exact angles, if they still are of the same triangles and these still run along the edge in opposite
/// directions: rounding may have turned a triangle to the other side of it.
fn known_pairs(shape: &Shape, pairs: &Pairs, edge: [u32; 2], triangles: &[u32]) -> Option<Vec<[u32; 2]>> {
    let points = edge.map(|end| shape.points[end as usize]);
    let found = pairs.get(&[points[0].min(points[1]), points[0].max(points[1])])?;
    let mut members: Vec<u32> = found.iter().flatten().copied().collect();
    members.sort_unstable();
    let mut triangles = triangles.to_vec();
    triangles.sort_unstable();
    let is_up = |triangle: u32| runs_up(shape, edge, triangle);
    let are_opposite = found.iter().all(|&[one, other]| is_up(one) != is_up(other));
    (members == triangles && are_opposite).then(|| found.clone())
}

/// Whether a triangle has an edge in this direction.
fn runs_up(shape: &Shape, edge: [u32; 2], triangle: u32) -> bool {
    let corners = shape.triangles[triangle as usize];
    (0..3).any(|i| corners[i] == edge[0] && corners[(i + 1) % 3] == edge[1])
}

/// Pairs triangles that rounding has brought to one edge: going round it, each that the inside follows with the next free
/// one that the inside comes before.
fn pairs_by_angle(shape: &Shape, edge: [u32; 2], triangles: &[u32]) -> Vec<[u32; 2]> {
    let [low, high] = edge.map(|end| shape.positions[end as usize]);
    let (x, y) = (high - low).normalize_or(DVec3::Z).any_orthonormal_pair();
    let mut wings: Vec<(f64, bool, u32)> = triangles
        .iter()
        .map(|&triangle| {
            let corners = shape.triangles[triangle as usize];
            let is_up = runs_up(shape, edge, triangle);
            let apex = corners.into_iter().find(|corner| !edge.contains(corner)).unwrap_or(edge[0]);
            let out = shape.positions[apex as usize] - low;
            (atan2(out.dot(y), out.dot(x)), is_up, triangle)
        })
        .collect();
    wings.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)).then(a.2.cmp(&b.2)));
    // Ahead, towards larger angles, a triangle that runs up the edge has its front, one that runs down its inside. Twice
    // around, because the first ones may belong to the last ones.
    let mut open: Vec<u32> = Vec::new();
    let mut is_paired = vec![false; wings.len()];
    let mut pairs = Vec::with_capacity(wings.len() / 2);
    for round in 0..2 {
        for (i, &(_, is_up, triangle)) in wings.iter().enumerate() {
            if is_up && !is_paired[i] {
                if let Some(partner) = open.pop() {
                    is_paired[i] = true;
                    pairs.push([partner, triangle]);
                }
            } else if !is_up && round == 0 {
                open.push(triangle);
            }
        }
    }
    pairs
}

/// The first fan at a position keeps it, the others get copies.
fn copy_positions(
    shape: &mut Shape,
    fans: &mut DisjointSets,
    report: &mut BooleanReport,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let mut owner: IndexMap<u32, u32> = IndexMap::default();
    let mut copy_of: IndexMap<u32, u32> = IndexMap::default();
    for near in 0..shape.near.len() {
        report_at(progress, near, shape.near.len())?;
        for i in 0..3 {
            let triangle = shape.near[near] as usize;
            let position = shape.triangles[triangle][i];
            if shape.points[position as usize] == NONE {
                continue;
            }
            let fan = fans.root((near * 3 + i) as u32);
            if *owner.entry(position).or_insert(fan) == fan {
                continue;
            }
            let copy = *copy_of.entry(fan).or_insert_with(|| {
                report.num_split += 1;
                let (at, point) = (shape.positions[position as usize], shape.points[position as usize]);
                shape.add_position(at, point)
            });
            shape.triangles[triangle][i] = copy;
        }
    }
    Ok(())
}

/// The place of a tangle's edge in a triangle: of the edge after this corner.
fn side_at(shape: &Shape, points: [u32; 2], triangle: u32) -> Option<usize> {
    let corners = shape.triangles[triangle as usize];
    let is_end = |corner: u32| points.contains(&shape.points[corner as usize]);
    (0..3).find(|&i| is_end(corners[i]) && is_end(corners[(i + 1) % 3]))
}

/// Whether two pairs of triangles have the edge in common after positions were copied.
fn is_shared(shape: &Shape, tangle: &Tangle) -> bool {
    let points = tangle.edge.map(|end| shape.points[end as usize]);
    let mut edges: Vec<[u32; 2]> = tangle
        .pairs
        .iter()
        .filter_map(|pair| {
            let i = side_at(shape, points, pair[0])?;
            let corners = shape.triangles[pair[0] as usize];
            Some([corners[i].min(corners[(i + 1) % 3]), corners[i].max(corners[(i + 1) % 3])])
        })
        .collect();
    edges.sort_unstable();
    edges.windows(2).any(|pair| pair[0] == pair[1])
}

/// For triangles that were halved their other halves, which may have been halved in turn.
type Halves = IndexMap<u32, Vec<u32>>;

/// The triangle that has the edge now of those that one was divided into, and the place of the edge in it.
fn holder(shape: &Shape, halves: &Halves, points: [u32; 2], triangle: u32) -> Option<(u32, usize)> {
    let mut pending = vec![triangle];
    while let Some(triangle) = pending.pop() {
        if let Some(i) = side_at(shape, points, triangle) {
            return Some((triangle, i));
        }
        pending.extend(halves.get(&triangle).into_iter().flatten());
    }
    None
}

/// Parts of the way along an edge where it may be divided, in the order of preference.
const PARTS: [f64; 7] = [0.5, 0.25, 0.75, 0.375, 0.625, 0.125, 0.875];

/// A point on an edge that leaves the halves of these triangles an area, if there is one: rounding may put it on a line
/// with the other corner of a needle. Where it always does, the numbers next to the rounded ones are tried as well.
fn middle_for(shape: &Shape, edge: [u32; 2], sides: &[(u32, usize)]) -> DVec3 {
    let [a, b] = edge.map(|end| shape.positions[end as usize]);
    let at = |part: &f64| a * (1.0 - part) + b * part;
    let is_good = |middle: &DVec3| {
        sides.iter().all(|&(triangle, i)| {
            let apex = shape.positions[shape.triangles[triangle as usize][(i + 2) % 3] as usize];
            !has_no_area(a, *middle, apex) && !has_no_area(*middle, b, apex)
        })
    };
    let nearby = PARTS.iter().flat_map(|part| neighbours(at(part)));
    PARTS.iter().map(at).chain(nearby).find(is_good).unwrap_or_else(|| at(&PARTS[0]))
}

/// The points with one coordinate replaced by the next number up or down; those next to zero are too small to compute with.
fn neighbours(point: DVec3) -> impl Iterator<Item = DVec3> {
    (0..6).filter_map(move |number| {
        let mut near = point;
        let coordinate = &mut near[number / 2];
        *coordinate = if number % 2 == 0 { coordinate.next_up() } else { coordinate.next_down() };
        coordinate.is_normal().then_some(near)
    })
}

/// Where both ends of an edge belong to one fan each, although four triangles meet at it, every pair of triangles but the
/// first gets a position of its own in the middle.
fn halve(shape: &mut Shape, halves: &mut Halves, tangle: &Tangle, report: &mut BooleanReport) {
    let points = tangle.edge.map(|end| shape.points[end as usize]);
    let mut seen: Vec<[u32; 2]> = Vec::new();
    for pair in &tangle.pairs {
        let Some((triangle, i)) = holder(shape, halves, points, pair[0]) else { continue };
        let corners = shape.triangles[triangle as usize];
        let (a, b) = (corners[i], corners[(i + 1) % 3]);
        let key = [a.min(b), a.max(b)];
        if !seen.contains(&key) {
            seen.push(key);
            continue;
        }
        report.num_split += 1;
        let sides: Vec<(u32, usize)> =
            pair.iter().filter_map(|&triangle| holder(shape, halves, points, triangle)).collect();
        let middle = shape.add_position(middle_for(shape, [a, b], &sides), NONE);
        for &triangle in pair {
            let Some((triangle, i)) = holder(shape, halves, points, triangle) else { continue };
            let mut half = Triangle { is_whole: false, ..shape.triangle(triangle) };
            shape.triangles[triangle as usize][(i + 1) % 3] = middle;
            shape.is_whole[triangle as usize] = false;
            half.corners[i] = middle;
            let half = shape.add_triangle(half);
            halves.entry(triangle).or_default().push(half);
            // A middle that had to be rounded may take the area from the halves of a needle.
            report.num_flat += [triangle, half].iter().filter(|&&it| is_flat(shape, it)).count();
        }
    }
}
