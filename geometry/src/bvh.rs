//! A flat tree of boxes over triangles or anything else that has a box.
//!
//! Promise: the same items give the same tree, bit for bit, on every platform. Queries are functions in the modules
//! below; each visits in an order that depends on the tree alone.
//!
//! The build is top-down with a binned surface area heuristic on the widest axis (Ingo Wald, “On fast Construction of
//! SAH-based Bounding Volume Hierarchies”, 2007), the item boxes being moved along with the partition so that every pass
//! reads memory in order.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use crate::Mesh;
use crate::aabb::{Aabb, larger, smaller};

mod nearest;
mod overlap;
mod ray;

pub use nearest::{NearestPoint, closest_point_of_triangle, for_each_in_box, nearest_point};
pub use overlap::{for_each_overlap, for_each_overlap_placed, for_each_self_overlap};
pub use ray::{Ray, RayHit, any_hit, for_each_along_ray, for_each_hit, nearest_hit};

/// Items in a leaf at most. Four triangles cost about what the two further boxes would.
const MAX_LEAF_ITEMS: usize = 4;

/// Bins per split. More than 16 changes the cost of a tree by less than a percent.
const NUM_BINS: usize = 16;

/// From this depth on splits are by count, so that no arrangement of boxes makes the tree deeper than [`MAX_DEPTH`].
const DEPTH_OF_HALVING: u32 = 56;

/// No leaf is deeper; a stack of this many entries is enough for every query.
const MAX_DEPTH: usize = DEPTH_OF_HALVING as usize + 32;

/// A node of a [`Bvh`], 32 bytes. Two children are neighbours in memory.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct BvhNode {
    /// Smallest coordinates.
    pub min: [f32; 3],
    /// For a leaf its first place in [`Bvh::order`], else the left child; the right one is next to it.
    pub first: u32,
    /// Largest coordinates.
    pub max: [f32; 3],
    /// Number of items of a leaf; 0 for an inner node.
    pub num_items: u32,
}

impl BvhNode {
    /// Whether this node has items instead of children.
    #[must_use]
    #[inline]
    pub fn is_leaf(&self) -> bool {
        self.num_items > 0
    }

    /// The box around everything below.
    #[must_use]
    #[inline]
    pub fn aabb(&self) -> Aabb {
        Aabb { min: self.min, max: self.max }
    }

    /// Places in [`Bvh::order`] of a leaf's items.
    #[must_use]
    #[inline]
    pub fn items(&self) -> Range<usize> {
        self.first as usize..self.first as usize + self.num_items as usize
    }
}

/// A tree of boxes; see the module for what it promises.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "BvhParts")]
pub struct Bvh {
    #[serde(with = "crate::bulk")]
    nodes: Vec<BvhNode>,
    #[serde(with = "crate::bulk")]
    order: Vec<u32>,
}

/// A tree that also keeps the box of each item, which the pair queries need: 24 bytes more per item.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BoxTree {
    /// The tree.
    pub bvh: Bvh,
    /// The boxes of the items in the order of [`Bvh::order`].
    boxes: Vec<Aabb>,
}

impl Bvh {
    /// A tree over the triangles of a mesh, whose items are triangle numbers.
    ///
    /// # Panics
    /// When a triangle names a position that does not exist; see [`Mesh::validate`].
    #[must_use]
    pub fn of_mesh(mesh: &Mesh) -> Self {
        Self::build(mesh.triangles.len(), |triangle| Aabb::around(&mesh.triangle_points(triangle)))
    }

    /// A tree over boxes, whose items are indices into `boxes`. Items with an empty box are never found.
    #[must_use]
    pub fn of_boxes(boxes: &[Aabb]) -> Self {
        Self::build(boxes.len(), |item| boxes[item])
    }

    /// A tree over `num_items` items of which the box is known, without making an array of boxes first.
    ///
    /// # Panics
    /// When there are more than `u32::MAX` items.
    #[must_use]
    pub fn build(num_items: usize, box_of: impl Fn(usize) -> Aabb) -> Self {
        let count = u32::try_from(num_items).expect("items are numbered with 32 bits");
        let mut items: Vec<Item> = (0..count)
            .filter_map(|id| {
                let aabb = box_of(id as usize);
                (!aabb.is_empty()).then_some(Item { min: aabb.min, id, max: aabb.max, unused: 0 })
            })
            .collect();
        let nodes = build_nodes(&mut items);
        Self { nodes, order: items.iter().map(|item| item.id).collect() }
    }

    /// The nodes, the root first; empty for a tree without items. A child comes after its parent.
    #[must_use]
    pub fn nodes(&self) -> &[BvhNode] {
        &self.nodes
    }

    /// The items in leaf order: neighbours in the array are mostly neighbours in space.
    #[must_use]
    pub fn order(&self) -> &[u32] {
        &self.order
    }

    /// The box around everything.
    #[must_use]
    pub fn bounds(&self) -> Aabb {
        self.nodes.first().map_or(Aabb::EMPTY, BvhNode::aabb)
    }
}

impl BoxTree {
    /// A tree over boxes, whose items are indices into `boxes`. Items with an empty box are never found.
    #[must_use]
    pub fn of_boxes(boxes: &[Aabb]) -> Self {
        let bvh = Bvh::of_boxes(boxes);
        let boxes = bvh.order.iter().map(|&item| boxes[item as usize]).collect();
        Self { bvh, boxes }
    }

    /// A tree over the triangles of a mesh.
    ///
    /// # Panics
    /// When a triangle names a position that does not exist; see [`Mesh::validate`].
    #[must_use]
    pub fn of_mesh(mesh: &Mesh) -> Self {
        let boxes: Vec<Aabb> =
            (0..mesh.triangles.len()).map(|triangle| Aabb::around(&mesh.triangle_points(triangle))).collect();
        Self::of_boxes(&boxes)
    }
}

/// What a serialised tree holds, before its structure has been checked.
#[derive(Deserialize)]
struct BvhParts {
    #[serde(with = "crate::bulk")]
    nodes: Vec<BvhNode>,
    #[serde(with = "crate::bulk")]
    order: Vec<u32>,
}

/// A serialised tree is not one: a child before its parent, a range that does not exist, or too many levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("node {node} of the tree refers to what is not there")]
pub struct BvhError {
    node: usize,
}

impl TryFrom<BvhParts> for Bvh {
    type Error = BvhError;

    fn try_from(parts: BvhParts) -> Result<Self, BvhError> {
        let mut depths = vec![0_u8; parts.nodes.len()];
        for (index, node) in parts.nodes.iter().enumerate() {
            let fits = if node.is_leaf() {
                node.first.checked_add(node.num_items).is_some_and(|end| end as usize <= parts.order.len())
            } else {
                let left = node.first as usize;
                let fits =
                    left > index && left + 1 < parts.nodes.len() && usize::from(depths[index]) < MAX_DEPTH;
                // A depth above 0 means that another node has this child already.
                let fits = fits && depths[left] == 0 && depths[left + 1] == 0;
                if fits {
                    depths[left] = depths[index] + 1;
                    depths[left + 1] = depths[index] + 1;
                }
                fits
            };
            if !fits {
                return Err(BvhError { node: index });
            }
        }
        Ok(Self { nodes: parts.nodes, order: parts.order })
    }
}

/// An item while the tree is built, laid out so that its two corners are four lanes each.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Item {
    min: [f32; 3],
    id: u32,
    max: [f32; 3],
    unused: u32,
}

impl Item {
    fn center(&self, axis: usize) -> f32 {
        self.min[axis] * 0.5 + self.max[axis] * 0.5
    }
}

/// A box in two times four lanes, of which the last means nothing: compilers turn its unions into two instructions.
#[derive(Clone, Copy)]
struct Lanes {
    min: [f32; 4],
    max: [f32; 4],
}

impl Lanes {
    const EMPTY: Self = Self { min: [f32::INFINITY; 4], max: [f32::NEG_INFINITY; 4] };

    #[inline]
    fn grow(&mut self, min: [f32; 4], max: [f32; 4]) {
        for lane in 0..4 {
            self.min[lane] = smaller(min[lane], self.min[lane]);
            self.max[lane] = larger(max[lane], self.max[lane]);
        }
    }

    #[inline]
    fn add_item(&mut self, item: &Item) {
        let [min, max]: [[f32; 4]; 2] = bytemuck::cast(*item);
        self.grow(min, max);
    }

    #[inline]
    fn add_center(&mut self, item: &Item) {
        let [min, max]: [[f32; 4]; 2] = bytemuck::cast(*item);
        let mut center = [0.0; 4];
        for lane in 0..4 {
            center[lane] = min[lane] * 0.5 + max[lane] * 0.5;
        }
        self.grow(center, center);
    }

    /// Half of the surface.
    fn half_area(&self) -> f32 {
        let size = |axis: usize| self.max[axis] - self.min[axis];
        size(0) * (size(1) + size(2)) + size(1) * size(2)
    }

    fn widest_axis(&self) -> usize {
        let size = |axis: usize| self.max[axis] - self.min[axis];
        let wider = if size(1) > size(0) { 1 } else { 0 };
        if size(2) > size(wider) { 2 } else { wider }
    }

    fn node(&self) -> BvhNode {
        let [x0, y0, z0, _] = self.min;
        let [x1, y1, z1, _] = self.max;
        BvhNode { min: [x0, y0, z0], first: 0, max: [x1, y1, z1], num_items: 0 }
    }
}

/// A node that still has to be split: its items and the box of their centres.
struct Pending {
    node: usize,
    items: Range<usize>,
    centers: Lanes,
    depth: u32,
}

/// One side of a split.
struct Side {
    aabb: Lanes,
    centers: Lanes,
}

fn build_nodes(items: &mut [Item]) -> Vec<BvhNode> {
    let mut nodes = Vec::new();
    if items.is_empty() {
        return nodes;
    }
    let root = measure(items);
    nodes.reserve(items.len());
    nodes.push(root.aabb.node());
    let mut pending = vec![Pending { node: 0, items: 0..items.len(), centers: root.centers, depth: 0 }];
    while let Some(Pending { node, items: range, centers, depth }) = pending.pop() {
        let first = u32::try_from(range.start).expect("items are numbered with 32 bits");
        if range.len() <= MAX_LEAF_ITEMS {
            nodes[node].first = first;
            nodes[node].num_items = u32::try_from(range.len()).expect("a leaf is small");
            continue;
        }
        let part = &mut items[range.clone()];
        let split = if depth < DEPTH_OF_HALVING { split_by_area(part, &centers) } else { None };
        let (num_left, [left, right]) = split.unwrap_or_else(|| split_in_half(part, &centers));
        let child = nodes.len();
        nodes[node].first = u32::try_from(child).expect("there are fewer nodes than items");
        nodes.push(left.aabb.node());
        nodes.push(right.aabb.node());
        let middle = range.start + num_left;
        let depth = depth + 1;
        pending.push(Pending { node: child + 1, items: middle..range.end, centers: right.centers, depth });
        pending.push(Pending { node: child, items: range.start..middle, centers: left.centers, depth });
    }
    nodes
}

fn measure(items: &[Item]) -> Side {
    let mut side = Side { aabb: Lanes::EMPTY, centers: Lanes::EMPTY };
    for item in items {
        side.aabb.add_item(item);
        side.centers.add_center(item);
    }
    side
}

/// Splits where the expected cost of a ray is least; `None` when the centres do not differ in `f32`.
fn split_by_area(items: &mut [Item], centers: &Lanes) -> Option<(usize, [Side; 2])> {
    let axis = centers.widest_axis();
    let low = centers.min[axis];
    // A little less than the number of bins, so that the largest centre falls into the last one.
    let scale = (NUM_BINS as f32 * 0.9999) / (centers.max[axis] - low);
    if !(scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let bin_of = |item: &Item| (((item.center(axis) - low) * scale) as i32 as usize).min(NUM_BINS - 1);

    let mut boxes = [Lanes::EMPTY; NUM_BINS];
    let mut counts = [0_u32; NUM_BINS];
    for item in items.iter() {
        let bin = bin_of(item);
        boxes[bin].add_item(item);
        counts[bin] += 1;
    }
    let best = best_split(&boxes, &counts)?;

    let mut sides = best.boxes.map(|aabb| Side { aabb, centers: Lanes::EMPTY });
    let num_left = partition(items, &mut sides, |item| bin_of(item) <= best.last_left_bin);
    Some((num_left, sides))
}

struct BestSplit {
    last_left_bin: usize,
    boxes: [Lanes; 2],
}

fn best_split(boxes: &[Lanes; NUM_BINS], counts: &[u32; NUM_BINS]) -> Option<BestSplit> {
    let mut right_boxes = [Lanes::EMPTY; NUM_BINS];
    let mut right_costs = [0.0_f32; NUM_BINS];
    let mut suffix = Lanes::EMPTY;
    let mut num_right = 0;
    for bin in (1..NUM_BINS).rev() {
        suffix.grow(boxes[bin].min, boxes[bin].max);
        num_right += counts[bin];
        right_boxes[bin] = suffix;
        right_costs[bin] = if num_right > 0 { suffix.half_area() * num_right as f32 } else { f32::INFINITY };
    }
    let mut best = None;
    let mut best_cost = f32::INFINITY;
    let mut prefix = Lanes::EMPTY;
    let mut num_left = 0;
    for bin in 0..NUM_BINS - 1 {
        prefix.grow(boxes[bin].min, boxes[bin].max);
        num_left += counts[bin];
        if counts[bin] == 0 {
            continue;
        }
        let cost = prefix.half_area() * num_left as f32 + right_costs[bin + 1];
        if cost < best_cost {
            best_cost = cost;
            best = Some(BestSplit { last_left_bin: bin, boxes: [prefix, right_boxes[bin + 1]] });
        }
    }
    best
}

/// Moves the items of the left side to the front, measures the centres of both sides and counts the left one.
fn partition(items: &mut [Item], sides: &mut [Side; 2], is_left: impl Fn(&Item) -> bool) -> usize {
    let [left, right] = sides;
    let mut start = 0;
    let mut end = items.len();
    loop {
        while start < end && is_left(&items[start]) {
            left.centers.add_center(&items[start]);
            start += 1;
        }
        while start < end && !is_left(&items[end - 1]) {
            end -= 1;
            right.centers.add_center(&items[end]);
        }
        if start == end {
            return start;
        }
        items.swap(start, end - 1);
    }
}

/// Splits by count along the widest axis of the centres.
fn split_in_half(items: &mut [Item], centers: &Lanes) -> (usize, [Side; 2]) {
    let axis = centers.widest_axis();
    let middle = items.len() / 2;
    items.select_nth_unstable_by(middle, |a, b| {
        a.center(axis).total_cmp(&b.center(axis)).then(a.id.cmp(&b.id))
    });
    let (left, right) = items.split_at(middle);
    (middle, [measure(left), measure(right)])
}

/// A stack of node numbers for one query.
struct Stack<T> {
    entries: [T; MAX_DEPTH + 1],
    len: usize,
}

impl<T: Copy + Default> Stack<T> {
    fn new() -> Self {
        Self { entries: [T::default(); MAX_DEPTH + 1], len: 0 }
    }

    #[inline]
    fn push(&mut self, entry: T) {
        self.entries[self.len] = entry;
        self.len += 1;
    }

    #[inline]
    fn pop(&mut self) -> Option<T> {
        self.len = self.len.checked_sub(1)?;
        Some(self.entries[self.len])
    }
}

#[cfg(test)]
mod tests;
