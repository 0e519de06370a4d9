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
                if self.is_near(pair) && !self.divide(pair, |part| next.push(part)) {
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
        let mut pending = Vec::new();
        if self.is_near(part) {
            pending.push(part);
        }
        let mut num_steps = 0_u32;
        while let Some(pair) = pending.pop() {
            num_steps += 1;
            if num_steps.is_multiple_of(STEPS_PER_REPORT) {
                self.progress.report(0.5)?;
                held.set(bytes_of(&found))?;
            }
            let add = |pair: Pair| {
                if self.is_near(pair) {
                    pending.push(pair);
                }
            };
            if !self.divide(pair, add) {
                self.visit(pair, &mut found);
            }
        }
        held.set(bytes_of(&found))?;
        Ok((found, held))
    }

    fn node(&self, tree: usize, node: u32) -> &BvhNode {
        &self.trees[tree].bvh.nodes()[node as usize]
    }

    /// Whether something below a pair of nodes may be found.
    #[inline]
    fn is_near(&self, [one, other]: Pair) -> bool {
        let is_same = self.is_within && one == other;
        is_same || self.node(0, one).aabb().overlaps(&self.node(1, other).aabb())
    }

    /// Replaces a pair of nodes by pairs of smaller ones; `false` when both are leaves.
    #[inline]
    fn divide(&self, [one, other]: Pair, mut add: impl FnMut(Pair)) -> bool {
        let (a, b) = (self.node(0, one), self.node(1, other));
        if a.is_leaf() && b.is_leaf() {
            return false;
        }
        if self.is_within && one == other {
            let (left, right) = (a.first, a.first + 1);
            [[left, left], [left, right], [right, right]].into_iter().for_each(add);
        } else if b.is_leaf() || (!a.is_leaf() && widest(a) >= widest(b)) {
            [a.first, a.first + 1].into_iter().for_each(|child| add([child, other]));
        } else {
            [b.first, b.first + 1].into_iter().for_each(|child| add([one, child]));
        }
        true
    }

    fn visit<T>(&self, [one, other]: Pair, found: &mut Vec<T>)
    where
        K: Fn(u32, u32) -> Option<T>,
    {
        let [a, b] = self.trees;
        let is_same = self.is_within && one == other;
        let around = self.node(1, other).aabb();
        for i in self.node(0, one).items() {
            let others = self.node(1, other).items();
            let others = if is_same { i + 1..others.end } else { others };
            if !a.boxes()[i].overlaps(&around) {
                continue;
            }
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
