//! What has to be computed for a document, named by the hash of everything that goes into it.

use std::sync::Arc;

use geometry::{ContentHash, ContentHasher};
use glam::DAffine3;
use jobs::{Operand, Part, PartRef, PlacedPart, Recipe};

use crate::{Content, Document, MaterialId, NodeId};

/// A node with geometry of its own, as part of something larger.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeafPart {
    /// The node.
    pub node: NodeId,
    /// Where it stands in the space of the node it was collected from.
    pub ancestor_from_leaf: DAffine3,
}

/// Work that would bring a node up to date.
#[derive(Clone, Debug)]
pub struct Pending {
    /// The node.
    pub node: NodeId,
    /// The name its result will have.
    pub key: ContentHash,
    /// How to make it; all parts it needs are there.
    pub recipe: Recipe,
}

/// The nodes within `top` whose geometry makes up what `top` shows: parts, primitives and operations as a whole, hidden
/// ones left out (`top` itself counts as shown).
#[must_use]
pub fn leaf_parts(document: &Document, top: NodeId) -> Vec<LeafPart> {
    let mut leaves = Vec::new();
    let mut open = vec![(top, DAffine3::IDENTITY)];
    while let Some((id, ancestor_from_node)) = open.pop() {
        let Some(node) = document.node(id) else { continue };
        if !node.visible && id != top {
            continue;
        }
        match node.content {
            Content::Group => open.extend(node.children.iter().rev().filter_map(|&child| {
                Some((child, ancestor_from_node * document.node(child)?.parent_from_node))
            })),
            Content::Part(_) | Content::Primitive(_) | Content::Operation(_) => {
                leaves.push(LeafPart { node: id, ancestor_from_leaf: ancestor_from_node });
            }
        }
    }
    leaves
}

/// The name of what a node shows by itself: a hash of everything that goes into it. `None` for groups, and for an
/// operation whose operands hold nothing.
#[must_use]
pub fn evaluation_key(document: &Document, id: NodeId) -> Option<ContentHash> {
    let node = document.node(id)?;
    match &node.content {
        Content::Group => None,
        Content::Part(content) => Some(content.hash),
        Content::Primitive(primitive) => {
            let recipe = serde_json::to_vec(primitive).expect("sizes are plain data");
            Some(ContentHasher::new("primitive").bytes(&recipe).finish())
        }
        Content::Operation(operation) => {
            let recipe = serde_json::to_vec(operation).expect("parameters are plain data");
            let mut hasher = ContentHasher::new("operation");
            hasher.bytes(&recipe);
            let mut num_slots = 0;
            for &operand in &node.children {
                let placement = document.node(operand)?.parent_from_node;
                hasher.bytes(b"operand");
                for leaf in leaf_parts(document, operand) {
                    let result_from_leaf = placement * leaf.ancestor_from_leaf;
                    let slots = materials_of_slots(document, leaf.node).len().max(1);
                    hasher.hash(evaluation_key(document, leaf.node)?);
                    hasher.array(&result_from_leaf.to_cols_array()).array(&[num_slots, slots as u64]);
                    num_slots += slots as u64;
                }
            }
            (num_slots > 0).then(|| hasher.finish())
        }
    }
}

/// The material of each slot of what a node shows by itself; an operation's slots are its operands' one after another.
#[must_use]
pub fn materials_of_slots(document: &Document, id: NodeId) -> Vec<Option<MaterialId>> {
    let Some(node) = document.node(id) else { return Vec::new() };
    if !node.content.is_operation() {
        return node.materials.clone();
    }
    let mut slots = Vec::new();
    for &operand in &node.children {
        for leaf in leaf_parts(document, operand) {
            let mut materials = materials_of_slots(document, leaf.node);
            materials.resize(materials.len().max(1), None);
            slots.extend(materials);
        }
    }
    slots
}

/// The work that is possible now for nodes that `is_known` has no result of yet, innermost first.
///
/// `part_of` gives the result of a key, once there is one. An operation waits until all of its operands have results.
pub fn pending_work(
    document: &Document,
    part_of: &dyn Fn(ContentHash) -> Option<(ContentHash, Arc<Part>)>,
) -> Vec<Pending> {
    let mut pending = Vec::new();
    for (id, node) in document.nodes() {
        let Some(key) = evaluation_key(document, id) else { continue };
        if part_of(key).is_some() {
            continue;
        }
        let recipe = match &node.content {
            Content::Group | Content::Part(_) => None,
            Content::Primitive(primitive) => Some(Recipe::Primitive(*primitive)),
            Content::Operation(operation) => operands(document, id, part_of)
                .map(|operands| Recipe::Operation { operation: *operation, operands }),
        };
        if let Some(recipe) = recipe {
            pending.push(Pending { node: id, key, recipe });
        }
    }
    pending
}

fn operands(
    document: &Document,
    operation: NodeId,
    part_of: &dyn Fn(ContentHash) -> Option<(ContentHash, Arc<Part>)>,
) -> Option<Vec<Operand>> {
    let mut first_slot: u32 = 0;
    let mut operands = Vec::new();
    for &operand in &document.node(operation)?.children {
        let node = document.node(operand)?;
        let mut parts = Vec::new();
        for leaf in leaf_parts(document, operand) {
            let (hash, part) = match &document.node(leaf.node)?.content {
                Content::Part(content) => (content.hash, Arc::clone(&content.part)),
                _ => part_of(evaluation_key(document, leaf.node)?)?,
            };
            let num_slots = u32::try_from(materials_of_slots(document, leaf.node).len().max(1)).ok()?;
            parts.push(PlacedPart {
                part: PartRef { hash, part: Some(part) },
                result_from_part: node.parent_from_node * leaf.ancestor_from_leaf,
                first_slot,
                num_slots,
            });
            first_slot += num_slots;
        }
        operands.push(Operand { parts, name: node.name.clone() });
    }
    Some(operands)
}
