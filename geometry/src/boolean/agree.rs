//! Turns triangles so that neighbours wind alike, where they do not.
//!
//! Across edges with two triangles it is clear which way a neighbour should wind; so the surface falls into pieces that
//! agree in themselves. At edges with more triangles the pieces meet, and each is turned to balance them as well as it
//! can. What was changed faces outward in the end, or inward where it lies inside another part.

use std::f64::consts::TAU;

use glam::DVec3;

use crate::Aabb;
use crate::draft::Draft;
use crate::progress::{Cancelled, Progress};
use crate::topology::{DisjointSets, Edges, start_of};
use crate::winding::solid_angle;

const NONE: u32 = u32::MAX;

/// Turns triangles of parts whose edges do not balance; returns how many.
pub(super) fn agree(draft: &mut Draft, progress: &dyn Progress) -> Result<usize, Cancelled> {
    let triangles = draft.triangles();
    let edges = Edges::new(triangles, draft.positions.len());
    let mut parts = DisjointSets::new(triangles.len());
    for halfedges in edges.iter() {
        halfedges.windows(2).for_each(|pair| parts.join(pair[0] / 3, pair[1] / 3));
    }
    let is_up = |halfedge: u32, is_turned: bool| {
        let (from, to) = (start_of(triangles, halfedge), crate::topology::end_of(triangles, halfedge));
        (from < to) != is_turned
    };
    // Single triangles at an edge are a matter of holes, not of winding.
    let is_mixed = |halfedges: &[u32]| {
        let sum: i32 = halfedges.iter().map(|&it| if is_up(it, false) { 1 } else { -1 }).sum();
        halfedges.len() > 1 && sum != 0
    };
    let mut is_part_mixed = vec![false; triangles.len()];
    for halfedges in edges.iter().filter(|halfedges| is_mixed(halfedges)) {
        is_part_mixed[parts.root(halfedges[0] / 3) as usize] = true;
    }
    let of_part: Vec<u32> = (0..triangles.len() as u32).map(|triangle| parts.root(triangle)).collect();
    let is_asked: Vec<bool> = of_part.iter().map(|&part| is_part_mixed[part as usize]).collect();
    if !is_asked.contains(&true) {
        return Ok(0);
    }
    progress.report(0.1)?;
    let mut is_turned = vec![false; triangles.len()];
    let piece_of = flood(triangles.len(), &edges, &is_asked, &is_up, &mut is_turned);
    progress.report(0.3)?;
    balance(&edges, &piece_of, &is_up, &mut is_turned);
    progress.report(0.5)?;
    face_outward(draft, &of_part, &is_part_mixed, &mut is_turned, progress)?;
    let turned: Vec<usize> = (0..draft.len()).filter(|&triangle| is_turned[triangle]).collect();
    turned.iter().for_each(|&triangle| draft.flip(triangle));
    Ok(turned.len())
}

/// Finds the pieces, and in each turns the smaller of two sides that disagree. The piece of each triangle, or [`NONE`].
fn flood(
    num_triangles: usize,
    edges: &Edges,
    is_asked: &[bool],
    is_up: &dyn Fn(u32, bool) -> bool,
    is_turned: &mut [bool],
) -> Vec<u32> {
    let mut across = vec![NONE; num_triangles * 3];
    for halfedges in edges.iter() {
        if let [one, other] = *halfedges {
            across[one as usize] = other;
            across[other as usize] = one;
        }
    }
    let mut piece_of = vec![NONE; num_triangles];
    let mut num_pieces = 0;
    for first in (0..num_triangles as u32).filter(|&triangle| is_asked[triangle as usize]) {
        if piece_of[first as usize] != NONE {
            continue;
        }
        piece_of[first as usize] = num_pieces;
        let mut members = vec![first];
        let mut next = 0;
        while let Some(&triangle) = members.get(next) {
            next += 1;
            for halfedge in triangle * 3..triangle * 3 + 3 {
                let other = across[halfedge as usize];
                if other == NONE || piece_of[other as usize / 3] != NONE {
                    continue;
                }
                let neighbor = other as usize / 3;
                piece_of[neighbor] = num_pieces;
                let here = is_up(halfedge, is_turned[triangle as usize]);
                is_turned[neighbor] = is_up(other, false) == here;
                members.push(neighbor as u32);
            }
        }
        num_pieces += 1;
        let num_turned = members.iter().filter(|&&it| is_turned[it as usize]).count();
        if num_turned * 2 > members.len() {
            members.iter().for_each(|&it| is_turned[it as usize] ^= true);
        }
    }
    piece_of
}

/// Turns whole pieces, one after the other, where that leaves less over at the edges that they share with pieces before
/// them. All stay as they are if the edges did not balance better in the end.
fn balance(edges: &Edges, piece_of: &[u32], is_up: &dyn Fn(u32, bool) -> bool, is_turned: &mut [bool]) {
    let num_pieces =
        piece_of.iter().filter(|&&piece| piece != NONE).max().map_or(0, |&last| last as usize + 1);
    let shared: Vec<&[u32]> = edges
        .iter()
        .filter(|halfedges| halfedges.len() > 2 && piece_of[halfedges[0] as usize / 3] != NONE)
        .collect();
    let mut at_piece: Vec<Vec<u32>> = vec![Vec::new(); num_pieces];
    for (edge, halfedges) in (0..).zip(&shared) {
        for &halfedge in *halfedges {
            let edges = &mut at_piece[piece_of[halfedge as usize / 3] as usize];
            if edges.last() != Some(&edge) {
                edges.push(edge);
            }
        }
    }
    let mut is_placed = vec![false; num_pieces];
    let mut turns = vec![false; num_pieces];
    // What the pieces placed so far leave over at an edge, and what one more adds.
    let sum = |edge: u32, is_counted: &dyn Fn(u32) -> bool, turns: &[bool]| -> i32 {
        let halfedges = shared[edge as usize].iter().filter(|&&it| is_counted(piece_of[it as usize / 3]));
        halfedges
            .map(|&halfedge| {
                let triangle = halfedge as usize / 3;
                let is_up = is_up(halfedge, is_turned[triangle] != turns[piece_of[triangle] as usize]);
                if is_up { 1 } else { -1 }
            })
            .sum()
    };
    let total = |turns: &[bool]| -> i32 {
        (0..shared.len() as u32).map(|edge| sum(edge, &|_| true, turns).abs()).sum()
    };
    let before = total(&turns);
    if before == 0 {
        return;
    }
    for first in 0..num_pieces as u32 {
        let mut pending = std::collections::VecDeque::from([first]);
        while let Some(piece) = pending.pop_front() {
            if std::mem::replace(&mut is_placed[piece as usize], true) {
                continue;
            }
            let left_over = |turns: &[bool]| -> i32 {
                let is_counted = |other: u32| is_placed[other as usize];
                at_piece[piece as usize].iter().map(|&edge| sum(edge, &is_counted, turns).abs()).sum()
            };
            let kept = left_over(&turns);
            turns[piece as usize] = true;
            if left_over(&turns) >= kept {
                turns[piece as usize] = false;
            }
            let neighbors = at_piece[piece as usize].iter().flat_map(|&edge| shared[edge as usize]);
            pending.extend(neighbors.map(|&halfedge| piece_of[halfedge as usize / 3]));
        }
    }
    if total(&turns) < before {
        for (is_turned, &piece) in is_turned.iter_mut().zip(piece_of) {
            *is_turned ^= piece != NONE && turns[piece as usize];
        }
    }
}

/// Turns the parts that were mixed to face outward, or inward where they are inside an odd number of others.
fn face_outward(
    draft: &Draft,
    of_part: &[u32],
    is_part_mixed: &[bool],
    is_turned: &mut [bool],
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let mut order: Vec<u32> =
        (0..draft.len() as u32).filter(|&it| !draft.is_degenerate(it as usize)).collect();
    order.sort_by_key(|&triangle| of_part[triangle as usize]);
    let parts: Vec<&[u32]> =
        order.chunk_by(|&one, &other| of_part[one as usize] == of_part[other as usize]).collect();
    let points = |triangle: u32, is_turned: &[bool]| {
        let [a, b, c] = draft.points(triangle as usize);
        if is_turned[triangle as usize] { [a, c, b] } else { [a, b, c] }
    };
    let bounds: Vec<Aabb> = parts
        .iter()
        .map(|part| {
            part.iter().fold(Aabb::EMPTY, |all, &it| all.union(&Aabb::around(&draft.points(it as usize))))
        })
        .collect();
    for (number, part) in parts.iter().enumerate() {
        if !is_part_mixed[of_part[part[0] as usize] as usize] {
            continue;
        }
        progress.report(0.5 + 0.5 * number as f64 / parts.len() as f64)?;
        let corner = draft.points(part[0] as usize)[0];
        let at_corner = Aabb::around(&[corner]);
        let mut depth = 0;
        for (other, _) in parts.iter().zip(&bounds).enumerate().filter(|(_, it)| it.1.contains(&at_corner)) {
            if other == number {
                continue;
            }
            let angle: f64 = parts[other].iter().map(|&it| solid_angle(corner, points(it, is_turned))).sum();
            // Half a turn around: closer to once than to not at all.
            depth += usize::from(angle.abs() > TAU);
        }
        // About the middle, so that holes do not count for more than they are.
        let middle = bounds[number].low() * 0.5 + bounds[number].high() * 0.5;
        let volume: f64 = part
            .iter()
            .map(|&it| {
                let [a, b, c] = points(it, is_turned).map(|point: DVec3| point - middle);
                a.dot(b.cross(c))
            })
            .sum();
        if volume != 0.0 && (volume < 0.0) == (depth % 2 == 0) {
            part.iter().for_each(|&it| is_turned[it as usize] ^= true);
        }
    }
    Ok(())
}
