//! Operations on what is selected, with parameters that suit it.

use document::{Document, Edit, NodeId, leaf_parts};
use glam::DVec3;
use jobs::{
    Direction, Offset, OffsetCorners, OffsetKept, Operation, Refine, Repair, Simplify, Smooth, Subdivide,
    Trim, TrimKept,
};

use crate::parts::PartStore;
use crate::state::State;

/// An operation that can be put over parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// Makes a sound mesh of a broken one.
    Repair,
    /// Takes fewer triangles.
    Simplify,
    /// The convex hull.
    Hull,
    /// Makes a body thicker or thinner.
    Offset,
    /// Makes a body hollow.
    Shell,
    /// Cuts along a plane and keeps one side.
    Trim,
    /// Cuts along a plane and keeps both sides.
    Cut,
    /// Takes roughness away.
    Smooth,
    /// Halves long edges.
    Refine,
    /// Makes a rounder surface.
    Subdivide,
}

/// What one operation is put over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// Everything that is selected, together.
    Together,
    /// Each thing that is selected, a group as a whole.
    EachNode,
    /// Each part with geometry of its own, also those within groups.
    EachPart,
}

/// Corners of a box.
type Bounds = [DVec3; 2];

/// Parts of more triangles get rounded corners at first, which take them less time.
const MOST_SHARP: usize = 20_000;

impl Modifier {
    fn scope(self) -> Scope {
        match self {
            Self::Hull => Scope::Together,
            Self::Trim | Self::Cut => Scope::EachNode,
            _ => Scope::EachPart,
        }
    }

    /// The operation for a part of so many triangles with these bounds in its space.
    #[must_use]
    pub fn operation(self, [low, high]: Bounds, num_triangles: usize) -> Operation {
        let size = high - low;
        let offset = |part: f64, direction, kept| {
            let distance = round_length(size.max_element() * part);
            // Three cubes to a wall, and no more than some millions in all.
            let detail = round_length((distance / 3.0).max(size.max_element() / 120.0));
            let corners = match num_triangles {
                0..=MOST_SHARP => OffsetCorners::Sharp,
                _ => OffsetCorners::Rounded,
            };
            Operation::Offset(Offset { distance, direction, kept, corners, detail })
        };
        match self {
            Self::Repair => Operation::Repair(Repair::default()),
            Self::Simplify => Operation::Simplify(Simplify::default()),
            Self::Hull => Operation::Hull,
            Self::Offset => offset(0.02, Direction::Outward, OffsetKept::Solid),
            Self::Shell => offset(0.05, Direction::Inward, OffsetKept::Wall),
            Self::Trim => Operation::Trim(across(low, high, TrimKept::Below)),
            Self::Cut => {
                let gap = round_length(size.max_element() * 0.1);
                Operation::Trim(Trim { gap, ..across(low, high, TrimKept::Both) })
            }
            Self::Smooth => Operation::Smooth(Smooth { rounds: 10 }),
            Self::Refine => Operation::Refine(Refine { max_length: round_length(size.max_element() * 0.05) }),
            Self::Subdivide => Operation::Subdivide(Subdivide { rounds: 1 }),
        }
    }
}

/// Through the middle, across the longest side.
fn across(low: DVec3, high: DVec3, kept: TrimKept) -> Trim {
    let (size, middle) = (high - low, (low + high) * 0.5);
    let axis = (0..3).rev().max_by(|&a, &b| size[a].total_cmp(&size[b])).unwrap_or(2);
    Trim { normal: DVec3::AXES[axis], height: middle[axis], kept, gap: 0.0, is_capped: true }
}

/// One digit is enough for a length that somebody will change.
#[must_use]
pub fn round_length(length: f64) -> f64 {
    let digit = 10_f64.powf(length.max(1e-9).log10().floor());
    (length / digit).round().max(1.0) * digit
}

impl State {
    /// What an operation on one part would be put over: the selection, or the only thing there is.
    #[must_use]
    pub fn modifiable(&self) -> Vec<NodeId> {
        let selected = self.document().topmost(&self.view.selection);
        match (selected.is_empty(), self.document().roots()) {
            (true, [only]) => vec![*only],
            _ => selected,
        }
    }

    /// The parts within a node that have a surface which is not closed, apart from those that are repairs already.
    #[must_use]
    pub fn open_parts(&self, top: NodeId) -> Vec<NodeId> {
        let document = self.document();
        let leaves = match document.node(top) {
            // What is wrong with an operation that could not be made is below it.
            Some(node) if node.content.is_operation() && self.parts.shown(document, top).is_none() => {
                node.children.iter().flat_map(|&child| leaf_parts(document, child)).collect()
            }
            _ => leaf_parts(document, top),
        };
        let is_open = |&id: &NodeId| {
            let is_repair = document.node(id).is_some_and(|node| {
                matches!(node.content, document::Content::Operation(Operation::Repair(_)))
            });
            let part = self.parts.shown(document, id);
            !is_repair && part.is_some_and(|part| part.facts.num_triangles > 0 && !part.facts.closed)
        };
        leaves.into_iter().map(|leaf| leaf.node).filter(is_open).collect()
    }

    /// Puts operations over nodes.
    pub(crate) fn modify(&mut self, modifier: Modifier, nodes: &[NodeId]) {
        let document = self.document();
        let groups: Vec<Vec<NodeId>> = match modifier.scope() {
            Scope::Together => vec![nodes.to_vec()],
            Scope::EachNode => document.topmost(nodes).into_iter().map(|node| vec![node]).collect(),
            Scope::EachPart => nodes
                .iter()
                .flat_map(|&node| leaf_parts(document, node))
                .filter(|leaf| {
                    let part = self.parts.shown(document, leaf.node);
                    part.is_none_or(|part| part.facts.num_triangles > 0)
                })
                .map(|leaf| vec![leaf.node])
                .collect(),
        };
        let operations = groups
            .into_iter()
            .map(|operands| (suited(modifier, document, &self.parts, &operands), operands))
            .collect();
        self.edit(&Edit::AddOperations(operations), None);
    }
}

/// The operation with parameters for these operands.
fn suited(modifier: Modifier, document: &Document, parts: &PartStore, operands: &[NodeId]) -> Operation {
    let some = modifier.operation([DVec3::ZERO, DVec3::ONE], 0);
    let operation_from_world = document::world_from_new_operation(document, &some, operands).inverse();
    let mut bounds: Option<Bounds> = None;
    let mut num_triangles = 0;
    for &operand in operands {
        let operation_from_operand = operation_from_world * document.world_from_node(operand);
        for leaf in leaf_parts(document, operand) {
            let Some(part) = parts.shown(document, leaf.node) else { continue };
            num_triangles += part.facts.num_triangles;
            let operation_from_leaf = operation_from_operand * leaf.ancestor_from_leaf;
            for corner in corners(part.facts.bounds) {
                let point = operation_from_leaf.transform_point3(corner);
                bounds = Some(bounds.map_or([point, point], |[low, high]| [low.min(point), high.max(point)]));
            }
        }
    }
    let usable = bounds.filter(|[low, high]| low.is_finite() && high.is_finite() && low != high);
    modifier.operation(usable.unwrap_or([DVec3::ZERO, DVec3::splat(10.0)]), num_triangles)
}

fn corners([low, high]: Bounds) -> impl Iterator<Item = DVec3> {
    (0..8).map(move |corner| {
        let pick = |axis: usize| if corner >> axis & 1 == 0 { low[axis] } else { high[axis] };
        DVec3::new(pick(0), pick(1), pick(2))
    })
}
