//! The surface of the result while it is being made.

use std::collections::HashSet;

use glam::DVec3;

use super::hash::IndexMap;
use super::{NONE, Source};
use crate::memory::bytes_of;
use crate::progress::{Cancelled, Progress, STEP};

/// Triangles and positions that may be added, replaced and taken out. Where some were taken out, others are put in their
/// place, so that large arrays that came from an operand are never moved.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) positions: Vec<DVec3>,
    /// The point of the arrangement at each position, or [`NONE`].
    pub(super) points: Vec<u32>,
    pub(super) triangles: Vec<[u32; 3]>,
    pub(super) sources: Vec<Source>,
    /// Whether a triangle faces the other way than the one it comes from.
    pub(super) is_turned: Vec<bool>,
    /// Whether a triangle is one of an operand, corner by corner.
    pub(super) is_whole: Vec<bool>,
    /// The triangles with a corner at a point of the arrangement; all others are whole and manifold already.
    pub(super) near: Vec<u32>,
    /// Triangles that have been taken out, until [`Shape::compact`].
    pub(super) is_gone: HashSet<u32>,
    /// Whether triangles collapsed, which may leave positions without triangles.
    pub(super) has_collapsed: bool,
    /// Places where no triangle and no position is, the last to be filled first.
    free_triangles: Vec<u32>,
    free_positions: Vec<u32>,
}

/// A triangle of the result.
#[derive(Clone, Copy)]
pub(super) struct Triangle {
    pub(super) corners: [u32; 3],
    pub(super) source: Source,
    pub(super) is_turned: bool,
    pub(super) is_whole: bool,
}

/// Triangles between two questions whether to go on, where little is done for each.
const LARGE_STEP: usize = 1 << 16;

/// Corners that are looked at together.
const BLOCK: usize = 64;

impl Shape {
    /// A shape that begins with the arrays of one operand, less some places in descending order.
    pub(super) fn from_arrays(
        operand: u32,
        positions: Vec<DVec3>,
        triangles: Vec<[u32; 3]>,
        free_positions: Vec<u32>,
        free_triangles: Vec<u32>,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let points = vec![NONE; positions.len()];
        progress.report(0.2)?;
        let mut sources = Vec::with_capacity(triangles.len());
        let count = triangles.len() as u32;
        for start in (0..count).step_by(LARGE_STEP) {
            progress.report(0.2 + 0.8 * f64::from(start) / f64::from(count))?;
            let end = count.min(start + LARGE_STEP as u32);
            sources.extend((start..end).map(|triangle| Source { operand, triangle }));
        }
        Ok(Self {
            points,
            sources,
            is_turned: vec![false; triangles.len()],
            is_whole: vec![true; triangles.len()],
            positions,
            triangles,
            free_positions,
            free_triangles,
            ..Self::default()
        })
    }

    /// The memory it holds.
    pub(super) fn num_bytes(&self) -> usize {
        bytes_of(&self.positions)
            + bytes_of(&self.points)
            + bytes_of(&self.triangles)
            + bytes_of(&self.sources)
            + bytes_of(&self.is_turned)
            + bytes_of(&self.is_whole)
            + bytes_of(&self.near)
            + bytes_of(&self.free_triangles)
            + bytes_of(&self.free_positions)
    }

    /// The memory that so many triangles and positions take.
    pub(super) fn bytes_for(num_triangles: usize, num_positions: usize) -> usize {
        num_triangles * (size_of::<[u32; 3]>() + size_of::<Source>() + 2)
            + num_positions * (size_of::<DVec3>() + size_of::<u32>())
    }

    pub(super) fn triangle(&self, index: u32) -> Triangle {
        let index = index as usize;
        Triangle {
            corners: self.triangles[index],
            source: self.sources[index],
            is_turned: self.is_turned[index],
            is_whole: self.is_whole[index],
        }
    }

    /// The triangles at a position, which takes going through all there are.
    pub(super) fn triangles_at(&self, position: u32) -> Vec<u32> {
        let found = (0_u32..).zip(&self.triangles).filter(|(_, corners)| corners.contains(&position));
        let is_here =
            |triangle: &u32| !self.is_gone.contains(triangle) && !self.free_triangles.contains(triangle);
        found.map(|(triangle, _)| triangle).filter(is_here).collect()
    }

    /// Adds a position at a point of the arrangement, or at [`NONE`].
    pub(super) fn add_position(&mut self, position: DVec3, point: u32) -> u32 {
        if let Some(free) = self.free_positions.pop() {
            self.positions[free as usize] = position;
            self.points[free as usize] = point;
            return free;
        }
        self.positions.push(position);
        self.points.push(point);
        self.positions.len() as u32 - 1
    }

    pub(super) fn add_triangle(&mut self, triangle: Triangle) -> u32 {
        if let Some(free) = self.free_triangles.pop() {
            self.put(free as usize, triangle);
            return free;
        }
        self.triangles.push(triangle.corners);
        self.sources.push(triangle.source);
        self.is_turned.push(triangle.is_turned);
        self.is_whole.push(triangle.is_whole);
        self.triangles.len() as u32 - 1
    }

    fn put(&mut self, index: usize, triangle: Triangle) {
        self.triangles[index] = triangle.corners;
        self.sources[index] = triangle.source;
        self.is_turned[index] = triangle.is_turned;
        self.is_whole[index] = triangle.is_whole;
    }

    /// Fills the places of what has been taken out by what is at the end. Triangles are numbered anew, so
    /// [`Shape::near`] no longer holds.
    pub(super) fn compact(&mut self, progress: &dyn Progress) -> Result<(), Cancelled> {
        self.near = Vec::new();
        let mut gone = std::mem::take(&mut self.free_triangles);
        gone.extend(self.is_gone.drain());
        gone.sort_unstable();
        let mut len = self.triangles.len();
        for (place, last) in moves(&gone, &mut len) {
            let triangle = self.triangle(last);
            self.put(place as usize, triangle);
        }
        self.triangles.truncate(len);
        self.sources.truncate(len);
        self.is_turned.truncate(len);
        self.is_whole.truncate(len);

        let mut unused = std::mem::take(&mut self.free_positions);
        if self.has_collapsed {
            let mut is_used = vec![false; self.positions.len()];
            for triangles in self.triangles.chunks(STEP) {
                progress.report(0.3)?;
                triangles.iter().flatten().for_each(|&corner| is_used[corner as usize] = true);
            }
            unused = (0..).zip(&is_used).filter(|(_, is_used)| !**is_used).map(|(index, _)| index).collect();
        }
        if unused.is_empty() {
            return Ok(());
        }
        unused.sort_unstable();
        let mut len = self.positions.len();
        let mut place_of: IndexMap<u32, u32> = IndexMap::default();
        for (place, last) in moves(&unused, &mut len) {
            self.positions[place as usize] = self.positions[last as usize];
            self.points[place as usize] = self.points[last as usize];
            place_of.insert(last, place);
        }
        self.positions.truncate(len);
        self.points.truncate(len);
        if place_of.is_empty() {
            return Ok(());
        }
        let first_moved = len as u32;
        for triangles in self.triangles.chunks_mut(LARGE_STEP) {
            progress.report(0.7)?;
            // Most have none of the last positions, which a whole block of them tells fastest.
            for corners in triangles.as_flattened_mut().chunks_mut(BLOCK) {
                let largest = corners.iter().fold(0, |largest, &corner| corner.max(largest));
                if largest >= first_moved {
                    for corner in corners.iter_mut().filter(|corner| **corner >= first_moved) {
                        *corner = place_of.get(corner).copied().unwrap_or(*corner);
                    }
                }
            }
        }
        Ok(())
    }
}

/// Pairs of a free place and the last element that is not free, until all free places are at the end; `len` becomes the
/// number of elements.
fn moves(free: &[u32], len: &mut usize) -> Vec<(u32, u32)> {
    let mut moves = Vec::new();
    let (mut first, mut end) = (0, free.len());
    while first < end {
        let last = *len as u32 - 1;
        *len -= 1;
        if free[end - 1] == last {
            end -= 1;
        } else {
            moves.push((free[first], last));
            first += 1;
        }
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_places_are_filled_from_the_end() {
        for pattern in 0_u32..1 << 8 {
            let free: Vec<u32> = (0..8).filter(|i| pattern >> i & 1 == 1).collect();
            let mut values: Vec<u32> = (0..8).collect();
            let mut len = values.len();
            for (place, last) in moves(&free, &mut len) {
                values[place as usize] = values[last as usize];
            }
            values.truncate(len);
            values.sort_unstable();
            let expected: Vec<u32> = (0..8).filter(|i| !free.contains(i)).collect();
            assert_eq!(values, expected);
        }
    }
}
