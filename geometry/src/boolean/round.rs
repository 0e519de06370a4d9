//! Takes out the triangles that have no area any more once constructed points have `f64` coordinates, and the pieces that are
//! so thin that a rotation, which rounds every coordinate, may turn them inside out.
//!
//! Positions merge where they have become equal, and triangles change where three positions have come to lie on a line, so
//! nothing moves; of pieces, where they do so but for [`THIN`], which bounds how far the surface moves. Were such pieces
//! left, a later step would find them passing through their neighbours, cut them anew into thinner ones, and each step
//! would leave more of them than it found. Every step leaves as many triangles on one side of each edge as on the other,
//! that is, the surface closed; where it comes to touch itself, it is split afterwards.

use std::collections::HashSet;

use super::hash::IndexMap;
use super::shape::Shape;
use super::{BooleanReport, NONE};
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::solid::has_no_area;
use crate::topology::is_degenerate;

/// How often a triangle may be turned before it is left as it is, unless two of its corners are one: then they are merged,
/// which comes to an end by itself.
const MAX_VISITS: u32 = 64;

/// Pieces thinner than this part of the coordinates of their corners are taken to lie on a line: about as far as two
/// rotations may move a corner beside an edge, and ten times the distance of numbers there.
pub(super) const THIN: f64 = 2e-15;

/// Triangles between two questions whether to go on.
const STEP: usize = 1 << 12;

struct Rounding<'a> {
    shape: &'a mut Shape,
    /// The triangles at each position that a near triangle has; some may have left it.
    at: IndexMap<u32, Vec<u32>>,
    is_gone: HashSet<u32>,
    pending: Vec<u32>,
    /// How far the surface has moved at most.
    largest_move: f64,
}

/// Removes triangles without area.
pub(super) fn round(
    shape: &mut Shape,
    report: &mut BooleanReport,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let mut pending: Vec<u32> = Vec::new();
    for near in shape.near.chunks(STEP) {
        progress.report(0.3)?;
        pending.extend(near.iter().copied().filter(|&triangle| is_thin(shape, triangle)));
    }
    if pending.is_empty() {
        return Ok(());
    }
    let mut at: IndexMap<u32, Vec<u32>> = IndexMap::default();
    for (index, &triangle) in shape.near.iter().enumerate() {
        report_at(&Stretch::new(progress, 0.4, 0.7), index, shape.near.len())?;
        for corner in shape.triangles[triangle as usize] {
            at.entry(corner).or_default().push(triangle);
        }
    }
    let mut rounding = Rounding { shape, at, is_gone: HashSet::new(), pending, largest_move: 0.0 };
    report.num_flat = rounding.run(progress)?;
    report.rounding_bound += rounding.largest_move;
    let is_gone = rounding.is_gone;
    report.num_collapsed = is_gone.len();
    shape.near.retain(|triangle| !is_gone.contains(triangle));
    shape.is_gone.extend(is_gone);
    shape.has_collapsed = true;
    Ok(())
}

/// Whether a triangle has no area, decided exactly.
pub(super) fn is_flat(shape: &Shape, triangle: u32) -> bool {
    let [a, b, c] = shape.triangles[triangle as usize].map(|corner| shape.positions[corner as usize]);
    has_no_area(a, b, c)
}

/// What is taken for 0 at a triangle: nothing, unless it is a piece.
fn tolerance_at(shape: &Shape, triangle: u32) -> f64 {
    if shape.is_whole[triangle as usize] {
        return 0.0;
    }
    let points = shape.triangles[triangle as usize].map(|corner| shape.positions[corner as usize].abs());
    points[0].max(points[1]).max(points[2]).max_element() * THIN
}

/// Whether a triangle has no area, or is a piece and almost has none.
fn is_thin(shape: &Shape, triangle: u32) -> bool {
    let [a, b, c] = shape.triangles[triangle as usize].map(|corner| shape.positions[corner as usize]);
    let (ab, bc, ca) = (b - a, c - b, a - c);
    let longest = ab.length_squared().max(bc.length_squared()).max(ca.length_squared());
    let tolerance = tolerance_at(shape, triangle);
    let is_thin = ab.cross(ca).length_squared() <= longest * tolerance * tolerance;
    is_thin || has_no_area(a, b, c)
}

impl Rounding<'_> {
    /// Goes on until no triangle without area is left; tells how many had to be.
    fn run(&mut self, progress: &dyn Progress) -> Result<usize, Cancelled> {
        let mut visits: IndexMap<u32, u32> = IndexMap::default();
        let mut num_left = 0;
        while let Some(triangle) = self.pending.pop() {
            progress.report(0.7)?;
            if self.is_gone.contains(&triangle) || !is_thin(self.shape, triangle) {
                continue;
            }
            let visits = visits.entry(triangle).or_insert(0);
            *visits += 1;
            if !self.take_out(triangle, *visits <= MAX_VISITS) {
                num_left += usize::from(is_flat(self.shape, triangle));
            }
        }
        Ok(num_left)
    }

    /// Merges two corners or, if it may, turns an edge; `false` when neither was possible.
    fn take_out(&mut self, triangle: u32, may_turn: bool) -> bool {
        let corners = self.shape.triangles[triangle as usize];
        let points = corners.map(|corner| self.shape.positions[corner as usize]);
        let tolerance = tolerance_at(self.shape, triangle);
        let length = |i: usize| points[i].distance(points[(i + 1) % 3]);
        let shortest = (1..3).fold(0, |best, i| if length(i) < length(best) { i } else { best });
        if length(shortest) <= tolerance {
            self.largest_move = self.largest_move.max(length(shortest));
            self.merge(corners[shortest], corners[(shortest + 1) % 3]);
            return true;
        }
        if !may_turn {
            return false;
        }
        if !is_flat(self.shape, triangle) {
            self.largest_move = self.largest_move.max(tolerance);
        }
        let longest = (1..3).fold(0, |best, i| if length(i) > length(best) { i } else { best });
        self.turn(triangle, longest)
    }

    /// Makes two positions one.
    fn merge(&mut self, one: u32, other: u32) {
        self.take_in(one);
        self.take_in(other);
        let rank = |position: u32| (self.shape.points[position as usize], position);
        let (kept, dropped) = if rank(one) < rank(other) { (one, other) } else { (other, one) };
        let moved: Vec<u32> = self.triangles_at(dropped);
        for &triangle in &moved {
            for corner in &mut self.shape.triangles[triangle as usize] {
                if *corner == dropped {
                    *corner = kept;
                }
            }
        }
        self.at.entry(kept).or_default().extend(&moved);
        self.at.remove(&dropped);
        moved.iter().for_each(|&triangle| self.settle(triangle));
        self.pending.extend(moved);
    }

    /// Makes a position one at the cut, with all triangles around it: it may be one that only turning has brought there.
    fn take_in(&mut self, position: u32) {
        if self.shape.points[position as usize] != NONE {
            return;
        }
        let points = self.shape.points.iter().filter(|&&point| point != NONE);
        self.shape.points[position as usize] = points.max().map_or(0, |largest| largest + 1);
        let mut is_near: HashSet<u32> = self.shape.near.iter().copied().collect();
        for triangle in self.shape.triangles_at(position) {
            if self.is_gone.contains(&triangle) {
                continue;
            }
            for corner in self.shape.triangles[triangle as usize] {
                self.at.entry(corner).or_default().push(triangle);
            }
            if is_near.insert(triangle) {
                self.shape.near.push(triangle);
            }
        }
    }

    /// Lets a triangle go that names a position twice, or that another one undoes.
    fn settle(&mut self, triangle: u32) {
        // Another one may have undone it, and no second one may.
        if self.is_gone.contains(&triangle) {
            return;
        }
        let corners = self.shape.triangles[triangle as usize];
        if is_degenerate(corners) {
            self.is_gone.insert(triangle);
            return;
        }
        let is_known = |corner: &u32| self.shape.points[*corner as usize] != NONE;
        let corner = corners.into_iter().find(is_known).unwrap_or(corners[0]);
        let opposite = self.triangles_at(corner).into_iter().find(|&other| {
            let [a, b, c] = self.shape.triangles[other as usize];
            [[a, c, b], [c, b, a], [b, a, c]].contains(&corners)
        });
        if let Some(other) = opposite {
            self.is_gone.extend([triangle, other]);
        }
    }

    /// Turns the longest edge of a triangle whose corners lie on a line, so that its middle corner divides the
    /// neighbour instead.
    fn turn(&mut self, triangle: u32, longest: usize) -> bool {
        let corners = self.shape.triangles[triangle as usize];
        let (from, to, middle) = (corners[longest], corners[(longest + 1) % 3], corners[(longest + 2) % 3]);
        let neighbor = self.triangles_at(from).into_iter().find(|&other| {
            let corners = self.shape.triangles[other as usize];
            other != triangle && (0..3).any(|i| corners[i] == to && corners[(i + 1) % 3] == from)
        });
        let Some(neighbor) = neighbor else { return false };
        let apex = self.shape.triangles[neighbor as usize]
            .into_iter()
            .find(|&corner| corner != from && corner != to);
        let Some(apex) = apex else { return false };
        self.shape.triangles[triangle as usize] = [middle, apex, to];
        self.shape.triangles[neighbor as usize] = [apex, middle, from];
        self.shape.sources[triangle as usize] = self.shape.sources[neighbor as usize];
        self.shape.is_turned[triangle as usize] = self.shape.is_turned[neighbor as usize];
        for changed in [triangle, neighbor] {
            self.shape.is_whole[changed as usize] = false;
        }
        self.at.entry(apex).or_default().push(triangle);
        self.at.entry(middle).or_default().push(neighbor);
        [triangle, neighbor].into_iter().for_each(|changed| self.settle(changed));
        self.pending.extend([triangle, neighbor]);
        true
    }

    fn triangles_at(&self, position: u32) -> Vec<u32> {
        let mut triangles = self.at.get(&position).cloned().unwrap_or_default();
        triangles.retain(|triangle| {
            !self.is_gone.contains(triangle) && self.shape.triangles[*triangle as usize].contains(&position)
        });
        triangles.sort_unstable();
        triangles.dedup();
        triangles
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::super::Source;
    use super::super::shape::Triangle;
    use super::*;
    use crate::Unwatched;

    /// An octahedron of which two neighbours in a row are one point but for rounding, and only the triangles at one of them
    /// are known to be near a cut.
    #[test]
    fn merging_takes_along_triangles_away_from_the_cut() {
        let mut shape = Shape::default();
        let tiny = DVec3::new(1.0, 1e-17, 0.0);
        for (index, at) in [DVec3::X, tiny, -DVec3::X, -DVec3::Y, DVec3::Z, -DVec3::Z].into_iter().enumerate()
        {
            shape.add_position(at, if index == 0 { 7 } else { NONE });
        }
        for i in 0..4 {
            let (from, to) = (i, (i + 1) % 4);
            for corners in [[from, to, 4], [to, from, 5]] {
                let source = Source { operand: 0, triangle: shape.triangles.len() as u32 };
                let is_whole = !corners.contains(&0);
                let index = shape.add_triangle(Triangle { corners, source, is_turned: false, is_whole });
                if !is_whole {
                    shape.near.push(index);
                }
            }
        }
        let mut report = BooleanReport::default();
        round(&mut shape, &mut report, &Unwatched).unwrap();
        assert_eq!(report.num_collapsed, 2);
        let left = |triangle: &usize| !shape.is_gone.contains(&(*triangle as u32));
        let mut sides: Vec<[u32; 2]> = (0..shape.triangles.len())
            .filter(left)
            .flat_map(|it| {
                let [a, b, c] = shape.triangles[it];
                [[a, b], [b, c], [c, a]]
            })
            .collect();
        let mut others: Vec<[u32; 2]> = sides.iter().map(|&[a, b]| [b, a]).collect();
        sides.sort_unstable();
        others.sort_unstable();
        assert_eq!(sides, others, "open");
        assert_eq!(sides.len(), 18);
    }
}
