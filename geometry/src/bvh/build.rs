//! Building a tree from the top down.
//!
//! Splits by a binned surface area heuristic on the widest axis (Ingo Wald, “On fast Construction of SAH-based Bounding
//! Volume Hierarchies”, 2007). The boxes of the items move along with the items.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};

use super::{Bvh, BvhNode, DEPTH_OF_HALVING};
use crate::aabb::{Aabb, larger, smaller};
use crate::progress::{Cancelled, Progress, Stretch};

/// Items in a leaf at most. Four triangles cost about what the two further boxes would.
const MAX_LEAF_ITEMS: usize = 4;

/// Bins per split. More than 16 changes the cost of a tree by less than a percent.
const NUM_BINS: usize = 16;

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
    /// Which of the two buffers they are in.
    buffer: usize,
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

/// Work between two looks at the progress, in items.
const STEP: usize = 1 << 16;

pub(super) fn build(
    num_items: usize,
    box_of: impl Fn(usize) -> Aabb,
    progress: &dyn Progress,
) -> Result<Bvh, Cancelled> {
    let count = u32::try_from(num_items).expect("items are numbered with 32 bits");
    let mut items = Vec::with_capacity(num_items);
    for id in 0..count {
        if (id as usize).is_multiple_of(STEP) {
            progress.report(0.2 * f64::from(id) / f64::from(count))?;
        }
        let aabb = box_of(id as usize);
        if !aabb.is_empty() {
            items.push(Item { id, min: aabb.min, max: aabb.max, zero: 0.0 });
        }
    }
    if items.is_empty() {
        return Ok(Bvh::default());
    }
    let root = Side::of(&items);
    let builder = Builder {
        nodes: Vec::with_capacity(items.len()),
        order: vec![0; items.len()],
        buffers: [items.clone(), items],
    };
    builder.run(root, &Stretch::new(progress, 0.2, 1.0))
}

/// Splits from the root down. A split moves the items of a node from one buffer to the same range of the other, so that
/// each pass reads and writes memory in order.
struct Builder {
    nodes: Vec<BvhNode>,
    order: Vec<u32>,
    buffers: [Vec<Item>; 2],
}

impl Builder {
    fn run(mut self, root: Side, progress: &dyn Progress) -> Result<Bvh, Cancelled> {
        let num_items = self.order.len();
        self.nodes.push(root.aabb.node());
        let mut pending =
            vec![Pending { node: 0, items: 0..num_items, buffer: 0, centers: root.centers, depth: 0 }];
        let mut num_moved = 0;
        while let Some(next) = pending.pop() {
            if next.items.len() <= MAX_LEAF_ITEMS {
                self.finish_leaf(&next);
                continue;
            }
            num_moved += next.items.len();
            if num_moved >= STEP {
                num_moved = 0;
                // Nodes are finished from the first item to the last.
                progress.report(next.items.start as f64 / num_items as f64)?;
            }
            pending.extend(self.split(&next));
        }
        Ok(Bvh { nodes: self.nodes, order: self.order })
    }

    fn finish_leaf(&mut self, leaf: &Pending) {
        let items = &self.buffers[leaf.buffer][leaf.items.clone()];
        for (place, item) in self.order[leaf.items.clone()].iter_mut().zip(items) {
            *place = item.id;
        }
        let node = &mut self.nodes[leaf.node];
        node.first = u32::try_from(leaf.items.start).expect("items are numbered with 32 bits");
        node.num_items = u32::try_from(leaf.items.len()).expect("a leaf is small");
    }

    /// Makes the children of a node; the right one comes first, to be taken last.
    fn split(&mut self, parent: &Pending) -> [Pending; 2] {
        let Pending { items, buffer, centers, .. } = parent;
        let [one, other] = &mut self.buffers;
        let (from, to) = if *buffer == 0 { (one, other) } else { (other, one) };
        let (from, to) = (&mut from[items.clone()], &mut to[items.clone()]);
        let by_area = if parent.depth < DEPTH_OF_HALVING { split_by_area(from, to, centers) } else { None };
        let (num_left, [left, right], buffer) = match by_area {
            Some((num_left, sides)) => (num_left, sides, 1 - buffer),
            None => {
                let (num_left, sides) = split_in_half(from, centers);
                (num_left, sides, *buffer)
            }
        };
        let node = self.nodes.len();
        self.nodes[parent.node].first = u32::try_from(node).expect("there are fewer nodes than items");
        self.nodes.extend([left.aabb.node(), right.aabb.node()]);
        let middle = items.start + num_left;
        let depth = parent.depth + 1;
        [
            Pending { node: node + 1, items: middle..items.end, buffer, centers: right.centers, depth },
            Pending { node, items: items.start..middle, buffer, centers: left.centers, depth },
        ]
    }
}

/// Moves the items so that the expected cost of a ray is least; `None`, with nothing moved, when the centres do not
/// differ in `f32`.
fn split_by_area(from: &[Item], to: &mut [Item], centers: &Lanes) -> Option<(usize, [Side; 2])> {
    // Few items do not fill many bins.
    let num_bins = if from.len() > 4 * NUM_BINS { NUM_BINS } else { NUM_BINS / 2 };
    let axis = centers.widest_axis();
    let low = centers.min[axis];
    // A little less than the number of bins, so that the largest centre falls into the last one.
    let scale = (num_bins as f32 * 0.9999) / (centers.max[axis] - low);
    if !(scale > 0.0 && scale.is_finite()) {
        return None;
    }
    let bin_of = |item: &Item| (((item.center(axis) - low) * scale) as i32 as usize).min(num_bins - 1);

    let mut bins = [(Side::EMPTY, 0_u32); NUM_BINS];
    for item in from {
        let (side, count) = &mut bins[bin_of(item)];
        side.add(item);
        *count += 1;
    }
    let (last_left_bin, sides) = best_split(&bins[..num_bins])?;
    let num_left = partition(from, to, |item| bin_of(item) <= last_left_bin);
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

/// Copies the items of the left side to the front of `to` and the others to its back, and counts the left ones. Without a
/// branch: which side an item belongs to cannot be predicted.
fn partition(from: &[Item], to: &mut [Item], is_left: impl Fn(&Item) -> bool) -> usize {
    let mut num_left = 0;
    let mut num_right = 0;
    for item in from {
        let goes_left = is_left(item);
        let place = if goes_left { num_left } else { from.len() - 1 - num_right };
        to[place] = *item;
        num_left += usize::from(goes_left);
        num_right += usize::from(!goes_left);
    }
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
