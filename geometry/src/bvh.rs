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
                (!aabb.is_empty()).then_some(Item { id, min: aabb.min, max: aabb.max, zero: 0.0 })
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

    /// The same tree over items that have moved: its structure stays, all boxes are taken anew.
    #[must_use]
    pub fn refitted(&self, box_of: impl Fn(u32) -> Aabb) -> Self {
        let boxes: Vec<Aabb> = self.bvh.order.iter().map(|&item| box_of(item)).collect();
        let mut nodes = self.bvh.nodes.clone();
        for index in (0..nodes.len()).rev() {
            let node = nodes[index];
            let aabb = if node.is_leaf() {
                boxes[node.items()].iter().fold(Aabb::EMPTY, |all, next| all.union(next))
            } else {
                nodes[node.first as usize].aabb().union(&nodes[node.first as usize + 1].aabb())
            };
            nodes[index].min = aabb.min;
            nodes[index].max = aabb.max;
        }
        Self { bvh: Bvh { nodes, order: self.bvh.order.clone() }, boxes }
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

/// An item while the tree is built. Each corner can be read as four lanes, of which the last holds some harmless number:
/// read as a float, the id would mostly be a subnormal one, with which arithmetic is a hundred times slower.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Item {
    id: u32,
    min: [f32; 3],
    max: [f32; 3],
    zero: f32,
}

impl Item {
    fn center(&self, axis: usize) -> f32 {
        self.min[axis] * 0.5 + self.max[axis] * 0.5
    }

    #[inline]
    fn lanes(&self) -> [[f32; 4]; 2] {
        let [x0, y0, z0] = self.min;
        let [x1, y1, z1] = self.max;
        [[x0, y0, z0, x1], [x1, y1, z1, self.zero]]
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

/// The box of some items and the box of their centres.
#[derive(Clone, Copy)]
struct Side {
    aabb: Lanes,
    centers: Lanes,
}

impl Side {
    const EMPTY: Self = Self { aabb: Lanes::EMPTY, centers: Lanes::EMPTY };

    #[inline]
    fn add(&mut self, item: &Item) {
        let [min, max] = item.lanes();
        self.aabb.grow(min, max);
        let mut center = [0.0; 4];
        for lane in 0..4 {
            center[lane] = min[lane] * 0.5 + max[lane] * 0.5;
        }
        self.centers.grow(center, center);
    }

    fn merge(&mut self, other: &Self) {
        self.aabb.grow(other.aabb.min, other.aabb.max);
        self.centers.grow(other.centers.min, other.centers.max);
    }

    fn of(items: &[Item]) -> Self {
        let mut side = Self::EMPTY;
        items.iter().for_each(|item| side.add(item));
        side
    }
}

fn build_nodes(items: &mut [Item]) -> Vec<BvhNode> {
    let mut nodes = Vec::new();
    if items.is_empty() {
        return nodes;
    }
    let root = Side::of(items);
    nodes.reserve(items.len());
    let mut scratch = items.to_vec();
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
        let split = if depth < DEPTH_OF_HALVING { split_by_area(part, &mut scratch, &centers) } else { None };
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

/// Splits where the expected cost of a ray is least; `None` when the centres do not differ in `f32`.
fn split_by_area(items: &mut [Item], scratch: &mut [Item], centers: &Lanes) -> Option<(usize, [Side; 2])> {
    // Few items do not fill many bins.
    let num_bins = if items.len() > 4 * NUM_BINS { NUM_BINS } else { NUM_BINS / 2 };
    let axis = centers.widest_axis();
    let low = centers.min[axis];
    // A little less than the number of bins, so that the largest centre falls into the last one.
    let scale = (num_bins as f32 * 0.9999) / (centers.max[axis] - low);
    if !(scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let bin_of = |item: &Item| (((item.center(axis) - low) * scale) as i32 as usize).min(num_bins - 1);

    let mut bins = [(Side::EMPTY, 0_u32); NUM_BINS];
    for item in items.iter() {
        let (side, count) = &mut bins[bin_of(item)];
        side.add(item);
        *count += 1;
    }
    let (last_left_bin, sides) = best_split(&bins[..num_bins])?;
    let num_left = partition(items, scratch, |item| bin_of(item) <= last_left_bin);
    Some((num_left, sides))
}

/// The last bin of the left side, and both sides; `None` when the areas are beyond `f32`.
fn best_split(bins: &[(Side, u32)]) -> Option<(usize, [Side; 2])> {
    let mut right_sides = [Side::EMPTY; NUM_BINS];
    let mut right_costs = [f32::INFINITY; NUM_BINS];
    let mut right = Side::EMPTY;
    let mut num_right = 0;
    for (index, (side, count)) in bins.iter().enumerate().skip(1).rev() {
        right.merge(side);
        num_right += count;
        right_sides[index] = right;
        if num_right > 0 {
            right_costs[index] = right.aabb.half_area() * num_right as f32;
        }
    }
    let mut best = None;
    let mut best_cost = f32::INFINITY;
    let mut left = Side::EMPTY;
    let mut num_left = 0;
    for (index, (side, count)) in bins[..bins.len() - 1].iter().enumerate() {
        left.merge(side);
        num_left += count;
        let cost = left.aabb.half_area() * num_left as f32 + right_costs[index + 1];
        if *count > 0 && cost < best_cost {
            best_cost = cost;
            best = Some((index, [left, right_sides[index + 1]]));
        }
    }
    best
}

/// Moves the items of the left side to the front and counts them, keeping the order within each side.
///
/// Each item is written to both sides and only one of the ends advances: which side it belongs to cannot be predicted,
/// and a wrong guess costs more than the second copy. `scratch` is at least as long as `items`.
fn partition(items: &mut [Item], scratch: &mut [Item], is_left: impl Fn(&Item) -> bool) -> usize {
    let mut num_left = 0;
    let mut num_right = 0;
    for index in 0..items.len() {
        let item = items[index];
        let goes_left = is_left(&item);
        items[num_left] = item;
        scratch[num_right] = item;
        num_left += usize::from(goes_left);
        num_right += usize::from(!goes_left);
    }
    items[num_left..].copy_from_slice(&scratch[..num_right]);
    num_left
}

/// Splits by count along the widest axis of the centres.
fn split_in_half(items: &mut [Item], centers: &Lanes) -> (usize, [Side; 2]) {
    let axis = centers.widest_axis();
    let middle = items.len() / 2;
    items.select_nth_unstable_by(middle, |a, b| {
        a.center(axis).total_cmp(&b.center(axis)).then(a.id.cmp(&b.id))
    });
    let (left, right) = items.split_at(middle);
    (middle, [Side::of(left), Side::of(right)])
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
