//! Where operands do not close: the holes that an error names.

use glam::DVec3;

use super::BooleanError;
use super::hash::IndexMap;
use crate::topology::DisjointSets;

/// As many holes are named by [`BooleanError::Open`].
pub const MAX_NAMED_HOLES: usize = 16;

/// Open edges of one operand that are connected.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hole {
    /// Index of the operand.
    pub operand: usize,
    /// The number of edges around it, as they were cut.
    pub num_edges: usize,
    /// The lower corner of its box, in the space of the result.
    pub low: DVec3,
    /// The upper corner of its box.
    pub high: DVec3,
}

impl Hole {
    /// The middle of its box.
    #[must_use]
    pub fn center(&self) -> DVec3 {
        self.low * 0.5 + self.high * 0.5
    }
}

/// An edge where for some operand not as much begins as ends.
#[derive(Clone, Copy)]
pub(super) struct OpenEdge {
    /// Points of the arrangement.
    pub(super) edge: [u32; 2],
    pub(super) operand: u32,
}

/// All such edges in sum.
pub(super) struct Openings {
    /// The operands that have any, in order.
    pub(super) operands: Vec<usize>,
    num_edges: usize,
    num_holes: usize,
    /// Those with the most edges first.
    holes: Vec<Hole>,
    position: DVec3,
}

impl Openings {
    /// `edges` must not be empty.
    pub(super) fn of(edges: &[OpenEdge], position_of: impl Fn(u32) -> DVec3) -> Self {
        let mut number_of: IndexMap<(u32, u32), u32> = IndexMap::default();
        let mut number = |operand: u32, point: u32| {
            let next = number_of.len() as u32;
            *number_of.entry((operand, point)).or_insert(next)
        };
        let ends: Vec<[u32; 2]> =
            edges.iter().map(|open| open.edge.map(|point| number(open.operand, point))).collect();
        let mut sets = DisjointSets::new(number_of.len());
        ends.iter().for_each(|&[one, other]| sets.join(one, other));
        let mut hole_of: IndexMap<u32, usize> = IndexMap::default();
        let mut holes: Vec<Hole> = Vec::new();
        for (open, &[end, _]) in edges.iter().zip(&ends) {
            let place = *hole_of.entry(sets.root(end)).or_insert(holes.len());
            if place == holes.len() {
                holes.push(Hole {
                    operand: open.operand as usize,
                    num_edges: 0,
                    low: DVec3::INFINITY,
                    high: DVec3::NEG_INFINITY,
                });
            }
            let hole = &mut holes[place];
            hole.num_edges += 1;
            for position in open.edge.map(&position_of) {
                hole.low = hole.low.min(position);
                hole.high = hole.high.max(position);
            }
        }
        let mut operands: Vec<usize> = holes.iter().map(|hole| hole.operand).collect();
        operands.sort_unstable();
        operands.dedup();
        let first = edges.iter().min_by_key(|open| open.operand).expect("something is open");
        let num_holes = holes.len();
        // Sorting is stable, so holes of one size stay in the order of the points.
        holes.sort_by_key(|hole| std::cmp::Reverse(hole.num_edges));
        holes.truncate(MAX_NAMED_HOLES);
        Self {
            operands,
            num_edges: edges.chunk_by(|one, other| one.edge == other.edge).count(),
            num_holes,
            holes,
            position: position_of(first.edge[0]),
        }
    }

    pub(super) fn into_error(self) -> BooleanError {
        BooleanError::Open {
            operand: self.operands[0],
            num_edges: self.num_edges,
            position: self.position,
            num_holes: self.num_holes,
            holes: self.holes,
        }
    }
}
