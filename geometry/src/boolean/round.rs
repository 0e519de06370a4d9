//! Takes out the triangles that have no area any more once constructed points have `f64` coordinates.
//!
//! Positions only ever merge where they have become equal, and edges only turn where three positions have come to lie on a
//! line, so nothing moves and the surface stays closed.

use std::collections::HashMap;

use super::assemble::Shape;
use super::{BooleanReport, NONE};
use crate::progress::{Cancelled, Progress};
use crate::solid::has_no_area;

/// How often a triangle may be looked at again before it is left as it is.
const MAX_VISITS: u32 = 16;

struct Rounding<'a> {
    shape: &'a mut Shape,
    /// The triangles at each position that a near triangle has.
    at: HashMap<u32, Vec<u32>>,
    is_gone: HashMap<u32, bool>,
    num_collapsed: usize,
    num_flat: usize,
}

/// Removes triangles without area, where that leaves the surface a manifold.
pub(super) fn round(
    shape: &mut Shape,
    report: &mut BooleanReport,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let pending: Vec<u32> = shape.near.iter().copied().filter(|&triangle| is_flat(shape, triangle)).collect();
    progress.report(0.5)?;
    if pending.is_empty() {
        return Ok(());
    }
    let mut at: HashMap<u32, Vec<u32>> = HashMap::new();
    for &triangle in &shape.near {
        for corner in shape.triangles[triangle as usize] {
            at.entry(corner).or_default().push(triangle);
        }
    }
    let mut rounding = Rounding { shape, at, is_gone: HashMap::new(), num_collapsed: 0, num_flat: 0 };
    rounding.run(pending, progress)?;
    let Rounding { is_gone, num_collapsed, num_flat, .. } = rounding;
    report.num_collapsed = num_collapsed;
    report.num_flat = num_flat;
    shape.remove(&is_gone);
    Ok(())
}

fn is_flat(shape: &Shape, triangle: u32) -> bool {
    let [a, b, c] = shape.triangles[triangle as usize].map(|corner| shape.positions[corner as usize]);
    has_no_area(a, b, c)
}

impl Rounding<'_> {
    fn run(&mut self, mut pending: Vec<u32>, progress: &dyn Progress) -> Result<(), Cancelled> {
        let mut visits: HashMap<u32, u32> = HashMap::new();
        while let Some(triangle) = pending.pop() {
            progress.report(0.7)?;
            if self.is_gone.contains_key(&triangle) || !is_flat(self.shape, triangle) {
                continue;
            }
            let visits = visits.entry(triangle).or_insert(0);
            *visits += 1;
            let changed = if *visits > MAX_VISITS { None } else { self.take_out(triangle) };
            match changed {
                Some(changed) => pending.extend(changed),
                None => self.num_flat += 1,
            }
        }
        Ok(())
    }

    /// Takes a triangle out and tells which others have changed by that; `None` when it cannot be.
    fn take_out(&mut self, triangle: u32) -> Option<Vec<u32>> {
        let corners = self.shape.triangles[triangle as usize];
        let points = corners.map(|corner| self.shape.positions[corner as usize]);
        for i in 0..3 {
            let j = (i + 1) % 3;
            if points[i] == points[j] {
                return self.merge(corners[i], corners[j]);
            }
        }
        let length = |i: usize| points[i].distance_squared(points[(i + 1) % 3]);
        let longest = (1..3).fold(0, |best, i| if length(i) > length(best) { i } else { best });
        self.turn(triangle, longest)
    }

    /// Makes two positions of equal coordinates one, unless that would leave more than two triangles at an edge.
    fn merge(&mut self, one: u32, other: u32) -> Option<Vec<u32>> {
        let is_constructed = |position: u32| self.shape.points[position as usize] == NONE;
        let (kept, dropped) = if is_constructed(one) { (other, one) } else { (one, other) };
        let around = |position: u32| {
            let mut around: Vec<u32> = self
                .triangles_at(position)
                .flat_map(|triangle| self.shape.triangles[triangle as usize])
                .filter(|&corner| corner != position)
                .collect();
            around.sort_unstable();
            around.dedup();
            around
        };
        let others = around(dropped);
        let num_common = around(kept).iter().filter(|corner| others.binary_search(corner).is_ok()).count();
        let between: Vec<u32> = self
            .triangles_at(dropped)
            .filter(|&triangle| self.shape.triangles[triangle as usize].contains(&kept))
            .collect();
        if between.len() != 2 || num_common != 2 {
            return None;
        }
        let moved: Vec<u32> =
            self.triangles_at(dropped).filter(|triangle| !between.contains(triangle)).collect();
        for &triangle in &between {
            self.is_gone.insert(triangle, true);
        }
        self.num_collapsed += 2;
        for &triangle in &moved {
            for corner in &mut self.shape.triangles[triangle as usize] {
                if *corner == dropped {
                    *corner = kept;
                }
            }
        }
        self.at.entry(kept).or_default().extend(&moved);
        self.at.remove(&dropped);
        Some(moved)
    }

    /// Turns the longest edge of a triangle whose corners lie on a line, so that its middle corner divides the
    /// neighbour instead.
    fn turn(&mut self, triangle: u32, longest: usize) -> Option<Vec<u32>> {
        let corners = self.shape.triangles[triangle as usize];
        let (from, to, middle) = (corners[longest], corners[(longest + 1) % 3], corners[(longest + 2) % 3]);
        let neighbor = self.triangles_at(from).find(|&other| {
            let corners = self.shape.triangles[other as usize];
            other != triangle && (0..3).any(|i| corners[i] == to && corners[(i + 1) % 3] == from)
        })?;
        let apex = self.shape.triangles[neighbor as usize]
            .into_iter()
            .find(|&corner| corner != from && corner != to)?;
        let exists = apex == middle
            || self.triangles_at(middle).any(|other| self.shape.triangles[other as usize].contains(&apex));
        if exists {
            return None;
        }
        self.shape.triangles[triangle as usize] = [middle, apex, to];
        self.shape.triangles[neighbor as usize] = [apex, middle, from];
        for changed in [triangle, neighbor] {
            self.shape.sources[changed as usize] = self.shape.sources[neighbor as usize];
            self.shape.is_turned[changed as usize] = self.shape.is_turned[neighbor as usize];
            self.shape.is_whole[changed as usize] = false;
        }
        self.at.entry(apex).or_default().push(triangle);
        self.at.entry(middle).or_default().push(neighbor);
        self.num_collapsed += 1;
        Some(vec![triangle, neighbor])
    }

    fn triangles_at(&self, position: u32) -> impl Iterator<Item = u32> + '_ {
        let listed = self.at.get(&position).map_or(&[][..], Vec::as_slice);
        listed.iter().copied().enumerate().filter_map(move |(i, triangle)| {
            let is_there = !self.is_gone.contains_key(&triangle)
                && self.shape.triangles[triangle as usize].contains(&position);
            // A triangle that left a position and came back is listed twice.
            (is_there && !listed[..i].contains(&triangle)).then_some(triangle)
        })
    }
}

impl Shape {
    /// Leaves out triangles, and positions that no triangle has.
    fn remove(&mut self, is_gone: &HashMap<u32, bool>) {
        let keep: Vec<bool> =
            (0..self.triangles.len() as u32).map(|triangle| !is_gone.contains_key(&triangle)).collect();
        retain(&mut self.triangles, &keep);
        retain(&mut self.sources, &keep);
        retain(&mut self.is_turned, &keep);
        retain(&mut self.is_whole, &keep);
        self.near.clear();
        let mut is_used = vec![false; self.positions.len()];
        self.triangles.iter().flatten().for_each(|&corner| is_used[corner as usize] = true);
        let mut next = 0;
        let new_index: Vec<u32> = is_used
            .iter()
            .map(|&is_used| {
                let index = next;
                next += u32::from(is_used);
                index
            })
            .collect();
        retain(&mut self.positions, &is_used);
        retain(&mut self.points, &is_used);
        self.triangles.iter_mut().flatten().for_each(|corner| *corner = new_index[*corner as usize]);
    }
}

fn retain<T>(values: &mut Vec<T>, keep: &[bool]) {
    let mut index = 0;
    values.retain(|_| {
        index += 1;
        keep[index - 1]
    });
}
