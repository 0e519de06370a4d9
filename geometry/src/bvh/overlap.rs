//! Pairs of items whose boxes overlap.

use glam::DAffine3;

use super::{BoxTree, Bvh};
use crate::aabb::Aabb;

/// Visits each pair of an item of `a` and an item of `b` whose boxes overlap, once.
pub fn for_each_overlap(a: &BoxTree, b: &BoxTree, visit: impl FnMut(u32, u32)) {
    descend(a, b, |aabb| *aabb, visit);
}

/// The same for a `b` that has been placed: its boxes are turned into the space of `a` and grow by that.
pub fn for_each_overlap_placed(a: &BoxTree, b: &BoxTree, a_from_b: &DAffine3, visit: impl FnMut(u32, u32)) {
    descend(a, b, |aabb| aabb.transformed(a_from_b), visit);
}

/// Visits each pair of different items of one tree whose boxes overlap, once, in either order within the pair.
pub fn for_each_self_overlap(tree: &BoxTree, mut visit: impl FnMut(u32, u32)) {
    let nodes = tree.bvh.nodes();
    let mut singles = Vec::new();
    if !nodes.is_empty() {
        singles.push(0);
    }
    while let Some(index) = singles.pop() {
        let node = &nodes[index as usize];
        if node.is_leaf() {
            for i in node.items() {
                for j in i + 1..node.items().end {
                    if tree.boxes[i].overlaps(&tree.boxes[j]) {
                        visit(tree.bvh.order()[i], tree.bvh.order()[j]);
                    }
                }
            }
        } else {
            let (left, right) = (node.first, node.first + 1);
            descend_from(tree, tree, (left, right), &|aabb| *aabb, &mut visit);
            singles.push(right);
            singles.push(left);
        }
    }
}

fn descend(a: &BoxTree, b: &BoxTree, place: impl Fn(&Aabb) -> Aabb, mut visit: impl FnMut(u32, u32)) {
    if !a.bvh.nodes().is_empty() && !b.bvh.nodes().is_empty() {
        descend_from(a, b, (0, 0), &place, &mut visit);
    }
}

/// Goes down both trees from a pair of nodes, always into the larger of the two.
fn descend_from(
    a: &BoxTree,
    b: &BoxTree,
    roots: (u32, u32),
    place: &impl Fn(&Aabb) -> Aabb,
    visit: &mut impl FnMut(u32, u32),
) {
    let placed = |bvh: &Bvh, node: u32| place(&bvh.nodes()[node as usize].aabb());
    let mut pending = vec![(roots.0, roots.1, placed(&b.bvh, roots.1))];
    while let Some((a_index, b_index, b_box)) = pending.pop() {
        let a_node = &a.bvh.nodes()[a_index as usize];
        let b_node = &b.bvh.nodes()[b_index as usize];
        let a_box = a_node.aabb();
        if !a_box.overlaps(&b_box) {
            continue;
        }
        match (a_node.is_leaf(), b_node.is_leaf()) {
            (true, true) => {
                for j in b_node.items() {
                    let item_box = place(&b.boxes[j]);
                    for i in a_node.items() {
                        if a.boxes[i].overlaps(&item_box) {
                            visit(a.bvh.order()[i], b.bvh.order()[j]);
                        }
                    }
                }
            }
            (a_is_leaf, b_is_leaf) => {
                if b_is_leaf || (!a_is_leaf && widest(&a_box) >= widest(&b_box)) {
                    pending.push((a_node.first + 1, b_index, b_box));
                    pending.push((a_node.first, b_index, b_box));
                } else {
                    for child in [b_node.first + 1, b_node.first] {
                        pending.push((a_index, child, placed(&b.bvh, child)));
                    }
                }
            }
        }
    }
}

fn widest(aabb: &Aabb) -> f32 {
    (0..3).map(|axis| aabb.max[axis] - aabb.min[axis]).fold(0.0, f32::max)
}
