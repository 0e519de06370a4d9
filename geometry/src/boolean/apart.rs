//! Whether a surface does not meet itself, without looking at each pair of its triangles.
//!
//! Most pairs of triangles that are near each other are neighbours of neighbours in a smooth piece of surface, and it takes
//! long to find out of all of them that they are apart. Here patches are looked at instead, along a coordinate axis. Let
//! all triangles that can be reached from a patch without leaving a window around it be seen from the front. How often they
//! cover a point is how often their boundary goes round it, as each covers its own inside once. The boundary is outside of
//! the window, so that is the same all over the window; if it is once at one point, no two of these triangles have anything
//! in common in the window but corners and edges of the mesh. What remains are triangles that come near the patch from
//! elsewhere; there mostly are none.
//!
//! All comparisons are of coordinates as they are given, and a side that rounding leaves open is taken for a failure, so
//! the answer is exact. Where a patch fails, smaller ones are tried, and the last ones pair by pair.

use glam::DVec3;

use crate::bvh::{BoxTree, BvhNode};
use crate::parallel;
use crate::predicates::turn;
use crate::progress::{Cancelled, Progress};
use crate::solid::View;
use crate::topology::DEGENERATE;

/// Triangles in the patches that are tried, the largest first: larger ones have less that lies around them, smaller ones
/// are flatter. Those of the last size are leaves of the tree and looked at pair by pair.
const SIZES: [u32; 3] = [96, 16, 1];

/// Surfaces of fewer triangles are looked at pair by pair.
const MIN_TRIANGLES: usize = 128;

/// More triangles than this in and around a window are a failure.
const MAX_REACHED: usize = 1 << 10;

/// Places in the table of those reached, few of them used.
const NUM_PLACES: usize = MAX_REACHED * 4;

/// Parts that are looked at side by side.
const NUM_PARTS: usize = 16;

/// Patches between two questions whether to go on.
const PATCHES_PER_REPORT: usize = 16;

/// Whether no two triangles of a body have more in common than neighbours have. `false` also where it takes looking at each
/// pair to know.
///
/// `meet` tells whether two triangles have more in common than that.
pub(super) fn is_apart(
    body: View<'_>,
    tree: &BoxTree,
    meet: &(dyn Fn(u32, u32) -> bool + Sync),
    progress: &dyn Progress,
) -> Result<bool, Cancelled> {
    if tree.boxes().len() < MIN_TRIANGLES {
        return Ok(false);
    }
    let patches = patches(tree, 0, SIZES[0]);
    let parts: Vec<&[Patch]> = patches.chunks(patches.len().div_ceil(NUM_PARTS)).collect();
    let found = parallel::map(&parts, |_, patches| {
        let mut search =
            Search { body, tree, meet, reached: Reached::new(), pending: Vec::new(), nodes: Vec::new() };
        for (index, &patch) in patches.iter().enumerate() {
            if index.is_multiple_of(PATCHES_PER_REPORT) {
                progress.report(index as f64 / patches.len() as f64)?;
            }
            if !search.is_apart(patch, 0) {
                return Ok(false);
            }
        }
        Ok(true)
    });
    let found: Result<Vec<bool>, Cancelled> = found.into_iter().collect();
    Ok(found?.into_iter().all(|is_apart| is_apart))
}

/// Triangles that a node of the tree stands for: neighbours in its order.
#[derive(Clone, Copy)]
struct Patch {
    node: u32,
    start: u32,
    end: u32,
}

/// Patches of at most so many triangles below a node, or of single leaves.
fn patches(tree: &BoxTree, from: u32, size: u32) -> Vec<Patch> {
    let nodes = tree.bvh.nodes();
    let mut patches: Vec<Patch> = Vec::new();
    let mut pending = vec![from];
    // Items of leaves come in order, so the first and the last leaf tell what is between.
    let edge = |mut node: u32, side: u32| loop {
        let it = &nodes[node as usize];
        if it.is_leaf() {
            return it.items();
        }
        node = it.first + side;
    };
    while let Some(node) = pending.pop() {
        let (start, end) = (edge(node, 0).start as u32, edge(node, 1).end as u32);
        if end - start <= size || nodes[node as usize].is_leaf() {
            patches.push(Patch { node, start, end });
        } else {
            let first = nodes[node as usize].first;
            pending.extend([first + 1, first]);
        }
    }
    patches
}

struct Search<'a> {
    body: View<'a>,
    tree: &'a BoxTree,
    meet: &'a (dyn Fn(u32, u32) -> bool + Sync),
    reached: Reached,
    pending: Vec<u32>,
    nodes: Vec<u32>,
}

impl Search<'_> {
    fn is_apart(&mut self, patch: Patch, level: usize) -> bool {
        self.reached.clear();
        let len = patch.end - patch.start;
        let is_last = level + 1 == SIZES.len() || self.tree.bvh.nodes()[patch.node as usize].is_leaf();
        if is_last || self.lies_flat(patch) {
            return self.is_apart_from_others(patch);
        }
        let next = (level + 1..SIZES.len()).find(|&level| SIZES[level] < len).unwrap_or(SIZES.len() - 1);
        patches(self.tree, patch.node, SIZES[next]).into_iter().all(|patch| self.is_apart(patch, next))
    }

    /// Whether the triangles of a patch have nothing in common with those that come after them in the tree's order, and
    /// with each other if nothing was reached from it, but for those that were.
    fn is_apart_from_others(&mut self, patch: Patch) -> bool {
        let order = self.tree.bvh.order();
        let boxes = self.tree.boxes();
        let around = self.tree.bvh.nodes()[patch.node as usize].aabb();
        let mine = patch.start as usize..patch.end as usize;
        // Pairs within the patch, if it is not known of them.
        let from = if self.reached.is_empty() { mine.start } else { mine.end };
        self.nodes.clear();
        self.nodes.push(0);
        while let Some(node) = self.nodes.pop() {
            let node: &BvhNode = &self.tree.bvh.nodes()[node as usize];
            if !node.aabb().overlaps(&around) {
                continue;
            }
            if !node.is_leaf() {
                self.nodes.extend([node.first + 1, node.first]);
                continue;
            }
            for other in node.items().start.max(from)..node.items().end {
                if !boxes[other].overlaps(&around) || self.reached.contains(order[other]) {
                    continue;
                }
                for one in mine.start..mine.end.min(other) {
                    if boxes[one].overlaps(&boxes[other]) && (self.meet)(order[one], order[other]) {
                        return false;
                    }
                }
            }
        }
        true
    }

    /// Whether everything that can be reached from a patch without leaving the window around it covers the window once. It
    /// is in `reached` then.
    fn lies_flat(&mut self, patch: Patch) -> bool {
        let order = &self.tree.bvh.order()[patch.start as usize..patch.end as usize];
        let seed = order[order.len() / 2];
        let points = self.points(seed);
        let normal = (points[1] - points[0]).cross(points[2] - points[0]);
        let size = normal.abs();
        let axis = if size.x >= size.y && size.x >= size.z { 0 } else { 1 + usize::from(size.z > size.y) };
        let axes = if normal[axis] > 0.0 {
            [(axis + 1) % 3, (axis + 2) % 3]
        } else {
            [(axis + 2) % 3, (axis + 1) % 3]
        };
        let around = self.tree.bvh.nodes()[patch.node as usize].aabb();
        let (low, high) = (flat(around.low(), axes), flat(around.high(), axes));
        let window = Window { low, high };
        let [a, b, c] = points.map(|point| flat(point, axes));
        let sample = [0, 1].map(|i| (a[i] + b[i] + c[i]) / 3.0);
        if !window.overlaps(sample, sample) {
            return false;
        }
        let mut num_covering = 0;
        self.pending.clear();
        self.pending.push(seed);
        self.reached.insert(seed);
        while let Some(triangle) = self.pending.pop() {
            let corners = self.points(triangle).map(|point| flat(point, axes));
            if !is_certainly_left(corners) {
                return false;
            }
            num_covering += u32::from(holds(corners, sample));
            for i in 0..3 {
                let (from, to) = (corners[i], corners[(i + 1) % 3]);
                let low = [from[0].min(to[0]), from[1].min(to[1])];
                let high = [from[0].max(to[0]), from[1].max(to[1])];
                if !window.overlaps(low, high) {
                    continue;
                }
                let across = self.body.across(triangle, i);
                if across >= DEGENERATE {
                    return false;
                }
                if self.reached.insert(across / 3) {
                    if self.reached.len() > MAX_REACHED {
                        return false;
                    }
                    self.pending.push(across / 3);
                }
            }
        }
        num_covering == 1 && order.iter().all(|&triangle| self.reached.contains(triangle))
    }

    #[inline]
    fn points(&self, triangle: u32) -> [DVec3; 3] {
        self.body.corners(triangle).map(|corner| crate::predicates::decided(self.body.point(corner)))
    }
}

fn flat(point: DVec3, axes: [usize; 2]) -> [f64; 2] {
    [point[axes[0]], point[axes[1]]]
}

/// A rectangle, with its boundary.
struct Window {
    low: [f64; 2],
    high: [f64; 2],
}

impl Window {
    #[inline]
    fn overlaps(&self, low: [f64; 2], high: [f64; 2]) -> bool {
        (low[0] <= self.high[0])
            & (self.low[0] <= high[0])
            & (low[1] <= self.high[1])
            & (self.low[1] <= high[1])
    }
}

/// Whether a triangle winds left, by more than could be rounding.
#[inline]
fn is_certainly_left([a, b, c]: [[f64; 2]; 3]) -> bool {
    let left = (a[0] - c[0]) * (b[1] - c[1]);
    let right = (a[1] - c[1]) * (b[0] - c[0]);
    left - right > (left.abs() + right.abs()) * (4.0 * f64::EPSILON)
}

/// Whether a point lies in a triangle that winds left, or on its boundary.
#[inline]
fn holds([a, b, c]: [[f64; 2]; 3], point: [f64; 2]) -> bool {
    let is_beside = |i: usize| {
        (a[i] < point[i] && b[i] < point[i] && c[i] < point[i])
            || (a[i] > point[i] && b[i] > point[i] && c[i] > point[i])
    };
    !is_beside(0)
        && !is_beside(1)
        && turn(a, b, point) >= 0
        && turn(b, c, point) >= 0
        && turn(c, a, point) >= 0
}

/// A set of triangles that is soon emptied.
struct Reached {
    /// Triangles, each with the round it was put there in.
    places: Vec<(u32, u32)>,
    round: u32,
    len: usize,
}

impl Reached {
    fn new() -> Self {
        Self { places: vec![(0, 0); NUM_PLACES], round: 1, len: 0 }
    }

    fn clear(&mut self) {
        self.len = 0;
        self.round += 1;
    }

    fn len(&self) -> usize {
        self.len
    }

    fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Where a triangle is or would be.
    #[inline]
    fn place(&self, triangle: u32) -> usize {
        // By Fibonacci hashing, to the next place that is free.
        let mut place = (triangle.wrapping_mul(0x9e37_79b9) >> 16) as usize % NUM_PLACES;
        while self.places[place].1 == self.round && self.places[place].0 != triangle {
            place = (place + 1) % NUM_PLACES;
        }
        place
    }

    #[inline]
    fn contains(&self, triangle: u32) -> bool {
        self.places[self.place(triangle)].1 == self.round
    }

    /// Whether it was not there before.
    #[inline]
    fn insert(&mut self, triangle: u32) -> bool {
        let place = self.place(triangle);
        if self.places[place].1 == self.round {
            return false;
        }
        self.places[place] = (triangle, self.round);
        self.len += 1;
        true
    }
}
