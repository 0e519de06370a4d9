//! A flat tree of boxes over triangles or anything else that has a box.
//!
//! Promise: the same items give the same tree, bit for bit, on every platform. Queries are functions in the modules
//! below; each visits in an order that depends on the tree alone.

use std::ops::Range;

use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

use crate::progress::{STEP, report_at};
use crate::{Aabb, Cancelled, Mesh, Progress, Unwatched};

mod build;
mod nearest;
mod overlap;
mod ray;

pub use nearest::{NearestPoint, closest_point_of_triangle, for_each_in_box, nearest_point};
pub(crate) use nearest::{closest_point_of_segment, for_each_near};
pub use overlap::{for_each_overlap, for_each_overlap_placed, for_each_self_overlap};
pub use ray::{Ray, RayHit, any_hit, for_each_along_ray, for_each_hit, nearest_hit};

/// No leaf is deeper: each split uses up a bit of the codes, or halves items that have equal codes. A stack of this many
/// entries is enough for every query.
const MAX_DEPTH: usize = 3 * build::BITS_PER_AXIS as usize + 32;

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
        Self::of_mesh_watched(mesh, &Unwatched).expect("nobody cancels")
    }

    /// The same for large meshes: about a tenth of a second for a million triangles.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    ///
    /// # Panics
    /// As [`Bvh::of_mesh`].
    pub fn of_mesh_watched(mesh: &Mesh, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let box_of = |triangle| Aabb::around(&mesh.triangle_points(triangle));
        Self::build(mesh.triangles.len(), box_of, progress)
    }

    /// A tree over boxes, whose items are indices into `boxes`. Items with an empty box are never found.
    #[must_use]
    pub fn of_boxes(boxes: &[Aabb]) -> Self {
        Self::build(boxes.len(), |item| boxes[item], &Unwatched).expect("nobody cancels")
    }

    /// A tree over `num_items` items of which the box is known, without making an array of boxes first.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    ///
    /// # Panics
    /// When there are more than `u32::MAX` items.
    pub fn build(
        num_items: usize,
        box_of: impl Fn(usize) -> Aabb,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        build::build(num_items, box_of, progress)
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

    /// A tree over `num_items` items of which the box is known.
    ///
    /// # Errors
    /// When `progress` asks to stop.
    ///
    /// # Panics
    /// When there are more than `u32::MAX` items.
    pub fn build(
        num_items: usize,
        box_of: impl Fn(usize) -> Aabb,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let bvh = Bvh::build(num_items, &box_of, progress)?;
        let mut boxes = Vec::with_capacity(bvh.order.len());
        for items in bvh.order.chunks(STEP) {
            progress.report(1.0)?;
            boxes.extend(items.iter().map(|&item| box_of(item as usize)));
        }
        Ok(Self { bvh, boxes })
    }

    /// The boxes of the items in the order of [`Bvh::order`].
    #[must_use]
    pub fn boxes(&self) -> &[Aabb] {
        &self.boxes
    }

    /// The same tree over items that have moved: its structure stays, all boxes are taken anew.
    ///
    /// # Errors
    /// When `progress` asks to stop.
    pub fn refitted(&self, box_of: impl Fn(u32) -> Aabb, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let mut boxes = Vec::with_capacity(self.bvh.order.len());
        for items in self.bvh.order.chunks(STEP) {
            progress.report(0.0)?;
            boxes.extend(items.iter().map(|&item| box_of(item)));
        }
        let mut nodes = self.bvh.nodes.clone();
        for index in (0..nodes.len()).rev() {
            report_at(progress, nodes.len() - 1 - index, nodes.len())?;
            let node = nodes[index];
            let aabb = if node.is_leaf() {
                boxes[node.items()].iter().fold(Aabb::EMPTY, |all, next| all.union(next))
            } else {
                nodes[node.first as usize].aabb().union(&nodes[node.first as usize + 1].aabb())
            };
            nodes[index].min = aabb.min;
            nodes[index].max = aabb.max;
        }
        Ok(Self { bvh: Bvh { nodes, order: self.bvh.order.clone() }, boxes })
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
