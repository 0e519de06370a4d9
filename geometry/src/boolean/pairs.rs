//! Pairs of triangles that may meet, found by going down two trees together.

use crate::bvh::{BoxTree, BvhNode};
use crate::memory::{Holding, bytes_of};
use crate::parallel;
use crate::progress::{Cancelled, Progress};

/// Parts that the search is divided into for several threads. The order of the pairs follows the parts, so it must not
/// depend on how many threads there are.
const NUM_PARTS: usize = 64;

/// Trees of fewer nodes are searched in one go.
const MIN_NODES: usize = 1 << 11;

/// Steps between two questions whether to go on.
const STEPS_PER_REPORT: u32 = 4096;

/// A node of each tree; within one tree, twice the same node stands for all pairs below it.
type Pair = [u32; 2];

struct Search<'a, K> {
    trees: [&'a BoxTree; 2],
    is_within: bool,
    look: K,
    progress: &'a dyn Progress,
}

/// What `look` finds about items of two trees whose boxes overlap.
pub(crate) fn between<T: Clone + Send>(
    one: &BoxTree,
    other: &BoxTree,
    look: impl Fn(u32, u32) -> Option<T> + Sync,
    progress: &dyn Progress,
) -> Result<Vec<T>, Cancelled> {
    Search { trees: [one, other], is_within: false, look, progress }.run()
}

/// What `look` finds about pairs of different items of one tree whose boxes overlap.
pub(crate) fn within<T: Clone + Send>(
    tree: &BoxTree,
    look: impl Fn(u32, u32) -> Option<T> + Sync,
    progress: &dyn Progress,
) -> Result<Vec<T>, Cancelled> {
    Search { trees: [tree, tree], is_within: true, look, progress }.run()
}

impl<K> Search<'_, K> {
    fn run<T: Clone + Send>(&self) -> Result<Vec<T>, Cancelled>
    where
        K: Fn(u32, u32) -> Option<T> + Sync,
    {
        if self.trees.iter().any(|tree| tree.bvh.nodes().is_empty()) {
            return Ok(Vec::new());
        }
        let num_nodes: usize = self.trees.iter().map(|tree| tree.bvh.nodes().len()).sum();
        if num_nodes < MIN_NODES {
            return Ok(self.search([0, 0])?.0);
        }
        let mut parts: Vec<Pair> = vec![[0, 0]];
        while parts.len() < NUM_PARTS {
            let mut next = Vec::with_capacity(parts.len() * 4);
            let mut has_grown = false;
            for &pair in &parts {
                let len = next.len();
                if !self.divide(pair, &mut next) {
                    next.push(pair);
                }
                has_grown |= next.len() != len + 1;
            }
            parts = next;
            if !has_grown {
                break;
            }
        }
        let found: Result<Vec<(Vec<T>, Holding<'_>)>, Cancelled> =
            parallel::map(&parts, |_, &part| self.search(part)).into_iter().collect();
        let found = found?;
        let count = found.iter().map(|(found, _)| found.len()).sum();
        let _all_held = Holding::new(self.progress, count * size_of::<T>())?;
        let mut all = Vec::with_capacity(count);
        for (found, _held) in found {
            self.progress.report(1.0)?;
            all.extend(found);
        }
        Ok(all)
    }

    fn search<T>(&self, part: Pair) -> Result<(Vec<T>, Holding<'_>), Cancelled>
    where
        K: Fn(u32, u32) -> Option<T>,
    {
        let mut found = Vec::new();
        let mut held = Holding::nothing(self.progress);
        let mut pending = vec![part];
        let mut num_steps = 0_u32;
        while let Some(pair) = pending.pop() {
            num_steps += 1;
            if num_steps.is_multiple_of(STEPS_PER_REPORT) {
                self.progress.report(0.5)?;
                held.set(bytes_of(&found))?;
            }
            if !self.divide(pair, &mut pending) {
                self.visit(pair, &mut found);
            }
        }
        held.set(bytes_of(&found))?;
        Ok((found, held))
    }

    fn node(&self, tree: usize, node: u32) -> &BvhNode {
        &self.trees[tree].bvh.nodes()[node as usize]
    }

    /// Replaces a pair of nodes by pairs of smaller ones, or by none where their boxes are apart; `false` when both are
    /// leaves.
    fn divide(&self, [one, other]: Pair, into: &mut Vec<Pair>) -> bool {
        let (a, b) = (self.node(0, one), self.node(1, other));
        if self.is_within && one == other {
            if a.is_leaf() {
                return false;
            }
            let (left, right) = (a.first, a.first + 1);
            into.extend([[left, left], [left, right], [right, right]]);
            return true;
        }
        if !a.aabb().overlaps(&b.aabb()) {
            return true;
        }
        if a.is_leaf() && b.is_leaf() {
            return false;
        }
        if b.is_leaf() || (!a.is_leaf() && widest(a) >= widest(b)) {
            into.extend([[a.first, other], [a.first + 1, other]]);
        } else {
            into.extend([[one, b.first], [one, b.first + 1]]);
        }
        true
    }

    fn visit<T>(&self, [one, other]: Pair, found: &mut Vec<T>)
    where
        K: Fn(u32, u32) -> Option<T>,
    {
        let [a, b] = self.trees;
        for i in self.node(0, one).items() {
            let others = self.node(1, other).items();
            let others = if self.is_within && one == other { i + 1..others.end } else { others };
            for j in others {
                if a.boxes()[i].overlaps(&b.boxes()[j]) {
                    found.extend((self.look)(a.bvh.order()[i], b.bvh.order()[j]));
                }
            }
        }
    }
}

fn widest(node: &BvhNode) -> f32 {
    (0..3).map(|axis| node.max[axis] - node.min[axis]).fold(0.0, f32::max)
}
