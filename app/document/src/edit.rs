//! Every change a document can undergo.

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::{LengthUnit, Material};
use geometry::Primitive;
use glam::DAffine3;
use jobs::{ImportedModel, Operation};

use crate::{
    Content, Document, MaterialId, Measurement, MeasurementId, Node, NodeId, PartContent, measurement, motion,
};

mod operations;
#[cfg(test)]
mod tests;

/// A change. Ids that do not exist (any more) are passed over.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Adds everything a file held, under one new root.
    AddImported(Arc<ImportedModel>),
    /// Adds a shape.
    AddPrimitive {
        /// Its sizes.
        primitive: Primitive,
        /// Where it stands.
        world_from_node: DAffine3,
    },
    /// Puts nodes under new operations, each over its nodes in the given order: of a boolean the first is the one that a
    /// difference cuts, and there are at least two.
    AddOperations(Vec<(Operation, Vec<NodeId>)>),
    /// Gives an operation other parameters, or makes it another one.
    SetOperation(NodeId, Operation),
    /// Replaces a live node by its result; its operands go.
    Freeze(NodeId, PartContent),
    /// Replaces a node by a group of the bodies it consists of, in its place; its operands go.
    Separate(NodeId, Vec<PartContent>),
    /// Puts nodes into a new group.
    Group(Vec<NodeId>),
    /// Lets the children of groups and operations take their place.
    Dissolve(Vec<NodeId>),
    /// Removes nodes and everything below them.
    Delete(Vec<NodeId>),
    /// Adds copies of nodes beside them.
    Duplicate(Vec<NodeId>),
    /// Gives a node another name.
    Rename(NodeId, String),
    /// Shows or hides nodes.
    SetVisible(Vec<NodeId>, bool),
    /// Puts nodes under another parent (or makes them roots), where they stay in the world.
    Reparent {
        /// Which.
        nodes: Vec<NodeId>,
        /// The new parent; `None` for the roots.
        parent: Option<NodeId>,
        /// Position among the new siblings, counted before the nodes are taken from their old places.
        position: usize,
    },
    /// Sets where nodes stand in their parents.
    Place(Vec<(NodeId, DAffine3)>),
    /// Gives a primitive other sizes.
    SetPrimitive(NodeId, Primitive),
    /// Gives all slots of nodes and of everything below them one new material.
    Paint(Vec<NodeId>, Box<Material>),
    /// Changes a material wherever it is used.
    SetMaterial(MaterialId, Box<Material>),
    /// Keeps a measurement.
    AddMeasurement(Measurement),
    /// Gives a measurement another name.
    RenameMeasurement(MeasurementId, String),
    /// Shows or hides measurements.
    ShowMeasurements(Vec<MeasurementId>, bool),
    /// Removes measurements.
    DeleteMeasurements(Vec<MeasurementId>),
    /// Sets the unit that lengths are shown in.
    SetUnit(LengthUnit),
}

/// Why an [`Edit`] was not made. The document is as it was.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Nothing that exists was named.
    #[error("nothing is selected")]
    Nothing,
    /// A boolean needs two nodes, none within another.
    #[error("a boolean needs at least two parts; select the one to cut first")]
    TooFewOperands,
    /// A node cannot be put into itself or below itself.
    #[error("“{name}” cannot be put into itself")]
    IntoItself {
        /// Its name.
        name: String,
    },
    /// A node that is not a group or an operation cannot have children.
    #[error("“{name}” is a part and cannot hold others; group them first")]
    NotAContainer {
        /// Its name.
        name: String,
    },
    /// A placement is not finite or flattens the part.
    #[error("a part cannot be scaled to nothing or moved infinitely far")]
    BadPlacement,
    /// The sizes do not make a solid.
    #[error("{0}")]
    BadPrimitive(String),
    /// No operation can be computed with these parameters.
    #[error("{0}")]
    BadParameters(String),
}

/// What an [`Edit`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Words for the undo list, such as “Move Box”.
    pub label: String,
    /// What should be selected now; `None` leaves the selection.
    pub select: Option<Vec<NodeId>>,
}

impl Edit {
    /// The document after the edit.
    ///
    /// # Errors
    /// See [`EditError`]; nothing is changed then.
    pub fn apply(&self, document: &Document) -> Result<(Document, Outcome), EditError> {
        let mut next = document.clone();
        let outcome = self.apply_to(&mut next)?;
        measurement::let_go(&mut next);
        Ok((next, outcome))
    }

    fn apply_to(&self, document: &mut Document) -> Result<Outcome, EditError> {
        match self {
            Self::AddImported(model) => Ok(crate::import::add(document, model)),
            Self::AddPrimitive { primitive, world_from_node } => {
                add_primitive(document, *primitive, *world_from_node)
            }
            Self::AddOperations(operations) => operations::add(document, operations),
            Self::SetOperation(id, operation) => operations::set(document, *id, *operation),
            Self::Freeze(id, part) => operations::freeze(document, *id, part),
            Self::Separate(id, bodies) => operations::separate(document, *id, bodies),
            Self::Group(ids) => group(document, ids),
            Self::Dissolve(ids) => dissolve(document, ids),
            Self::Delete(ids) => delete(document, ids),
            Self::Duplicate(ids) => duplicate(document, ids),
            Self::Rename(id, name) => rename(document, *id, name),
            Self::SetVisible(ids, visible) => set_visible(document, ids, *visible),
            Self::Reparent { nodes, parent, position } => reparent(document, nodes, *parent, *position),
            Self::Place(placements) => place(document, placements),
            Self::SetPrimitive(id, primitive) => set_primitive(document, *id, *primitive),
            Self::Paint(ids, material) => paint(document, ids, material),
            Self::SetMaterial(id, material) => set_material(document, *id, material),
            Self::AddMeasurement(measurement) => measurement::add(document, measurement),
            Self::RenameMeasurement(id, name) => {
                measurement::change(document, &[*id], "Rename", |measurement| {
                    measurement.name.clone_from(name);
                })
            }
            Self::ShowMeasurements(ids, visible) => {
                let label = if *visible { "Show" } else { "Hide" };
                measurement::change(document, ids, label, |measurement| measurement.visible = *visible)
            }
            Self::DeleteMeasurements(ids) => measurement::delete(document, ids),
            Self::SetUnit(unit) => {
                document.unit = *unit;
                Ok(done(format!("Show lengths in {}", unit.symbol())))
            }
        }
    }
}

/// Where an operation over nodes would stand in the world, so that its parameters can be chosen before it is there.
#[must_use]
pub fn world_from_new_operation(document: &Document, operation: &Operation, operands: &[NodeId]) -> DAffine3 {
    operations::world_from_new(document, operation, operands)
}

fn done(label: impl Into<String>) -> Outcome {
    Outcome { label: label.into(), select: None }
}

fn selecting(label: impl Into<String>, ids: Vec<NodeId>) -> Outcome {
    Outcome { label: label.into(), select: Some(ids) }
}

/// “Box”, or “3 parts”.
fn named(document: &Document, ids: &[NodeId]) -> String {
    match ids {
        [id] => document.node(*id).map_or_else(String::new, |node| node.name.clone()),
        _ => format!("{} parts", ids.len()),
    }
}

fn existing(document: &Document, ids: &[NodeId]) -> Result<Vec<NodeId>, EditError> {
    let found: Vec<NodeId> = ids.iter().copied().filter(|&id| document.node(id).is_some()).collect();
    if found.is_empty() { Err(EditError::Nothing) } else { Ok(found) }
}

fn topmost(document: &Document, ids: &[NodeId]) -> Result<Vec<NodeId>, EditError> {
    let found = document.topmost(ids);
    if found.is_empty() { Err(EditError::Nothing) } else { Ok(found) }
}

/// A placement that can be undone by its inverse.
fn checked(placement: DAffine3) -> Result<DAffine3, EditError> {
    let determinant = placement.matrix3.determinant();
    let usable = placement.is_finite() && determinant.is_finite() && determinant != 0.0;
    if usable && placement.inverse().is_finite() { Ok(placement) } else { Err(EditError::BadPlacement) }
}

fn position_in_parent(document: &Document, id: NodeId) -> usize {
    let siblings = match document.node(id).and_then(|node| node.parent) {
        Some(parent) => document.node(parent).map_or(&[][..], |parent| &parent.children),
        None => document.roots(),
    };
    siblings.iter().position(|&sibling| sibling == id).unwrap_or(siblings.len())
}

fn add_primitive(
    document: &mut Document,
    primitive: Primitive,
    world_from_node: DAffine3,
) -> Result<Outcome, EditError> {
    check_primitive(primitive)?;
    let mut node = Node::new(free_name(document, primitive_name(primitive)), Content::Primitive(primitive));
    node.parent_from_node = checked(world_from_node)?;
    let label = format!("Add {}", node.name);
    let id = document.insert(node);
    Ok(selecting(label, vec![id]))
}

fn check_primitive(primitive: Primitive) -> Result<(), EditError> {
    primitive.validate().map_err(|error| EditError::BadPrimitive(error.to_string()))
}

fn primitive_name(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Box { .. } => "Box",
        Primitive::Sphere { .. } => "Sphere",
        Primitive::Cylinder { .. } => "Cylinder",
        Primitive::Cone { .. } => "Cone",
        Primitive::Torus { .. } => "Torus",
    }
}

/// The name itself, or with the first number that makes it new.
fn free_name(document: &Document, name: &str) -> String {
    let taken: std::collections::BTreeSet<&str> =
        document.nodes().map(|(_, node)| node.name.as_str()).collect();
    if !taken.contains(name) {
        return name.to_owned();
    }
    (2..)
        .map(|number| format!("{name} {number}"))
        .find(|name| !taken.contains(name.as_str()))
        .unwrap_or_default()
}

/// The parent of the first node, unless that would leave the others' tree.
fn common_parent(document: &Document, ids: &[NodeId], first: NodeId) -> Option<NodeId> {
    let parent = document.node(first)?.parent?;
    ids.iter().all(|&id| document.is_within(id, parent)).then_some(parent)
}

fn group(document: &mut Document, ids: &[NodeId]) -> Result<Outcome, EditError> {
    let ids = topmost(document, ids)?;
    let first = ids[0];
    let mut node = Node::new(free_name(document, "Group"), Content::Group);
    node.parent = common_parent(document, &ids, first);
    let (parent, position) = (node.parent, position_in_parent(document, first));
    let label = format!("Group {}", named(document, &ids));
    let id = document.insert(node);
    document.detach(id);
    document.attach(id, parent, position);
    for child in ids {
        move_under(document, child, Some(id), usize::MAX)?;
    }
    Ok(selecting(label, vec![id]))
}

fn dissolve(document: &mut Document, ids: &[NodeId]) -> Result<Outcome, EditError> {
    let ids = topmost(document, ids)?;
    let label = format!("Dissolve {}", named(document, &ids));
    let mut freed = Vec::new();
    for id in ids {
        let Some(node) = document.node(id).map(Arc::clone) else { continue };
        if !node.content.is_container() {
            continue;
        }
        let position = position_in_parent(document, id);
        for (offset, &child) in node.children.iter().enumerate() {
            move_under(document, child, node.parent, position + offset)?;
            freed.push(child);
        }
        remove(document, id);
    }
    if freed.is_empty() { Err(EditError::Nothing) } else { Ok(selecting(label, freed)) }
}

fn delete(document: &mut Document, ids: &[NodeId]) -> Result<Outcome, EditError> {
    let ids = topmost(document, ids)?;
    let label = format!("Delete {}", named(document, &ids));
    for id in ids {
        remove(document, id);
    }
    Ok(selecting(label, Vec::new()))
}

fn remove(document: &mut Document, id: NodeId) {
    let below = document.subtree(id);
    document.detach(id);
    let nodes = Arc::make_mut(&mut document.nodes);
    for id in below {
        nodes.remove(&id);
    }
}

fn duplicate(document: &mut Document, ids: &[NodeId]) -> Result<Outcome, EditError> {
    let ids = topmost(document, ids)?;
    let label = format!("Duplicate {}", named(document, &ids));
    let mut copies = Vec::new();
    for id in ids {
        let Some(original) = document.node(id).map(Arc::clone) else { continue };
        let mut copy = (*original).clone();
        copy.name =
            free_name(document, original.name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end());
        let copy_id = copy_subtree(document, id, copy);
        let position = position_in_parent(document, id) + 1;
        document.detach(copy_id);
        document.attach(copy_id, original.parent, position);
        copies.push(copy_id);
    }
    Ok(selecting(label, copies))
}

/// Inserts `top` and copies of everything below `id` under it.
fn copy_subtree(document: &mut Document, id: NodeId, top: Node) -> NodeId {
    let insert_bare = |document: &mut Document, node: Node| {
        let children = node.children.clone();
        (document.insert(Node { children: Vec::new(), ..node }), children)
    };
    debug_assert!(document.node(id).is_some(), "the original exists");
    let (top_id, children) = insert_bare(document, top);
    let mut copy_of = BTreeMap::from([(id, top_id)]);
    let mut open: Vec<(NodeId, NodeId)> = children.into_iter().rev().map(|child| (child, top_id)).collect();
    while let Some((original, parent)) = open.pop() {
        let Some(node) = document.node(original).map(|node| (**node).clone()) else { continue };
        let (copy, children) = insert_bare(document, Node { parent: Some(parent), ..node });
        copy_of.insert(original, copy);
        open.extend(children.into_iter().rev().map(|child| (child, copy)));
    }
    motion::follow_copies(document, &copy_of);
    top_id
}

fn rename(document: &mut Document, id: NodeId, name: &str) -> Result<Outcome, EditError> {
    let node = document.node_mut(id).ok_or(EditError::Nothing)?;
    let label = format!("Rename {}", node.name);
    name.trim().clone_into(&mut node.name);
    Ok(done(label))
}

fn set_visible(document: &mut Document, ids: &[NodeId], visible: bool) -> Result<Outcome, EditError> {
    let ids = existing(document, ids)?;
    let verb = if visible { "Show" } else { "Hide" };
    let label = format!("{verb} {}", named(document, &ids));
    for id in ids {
        if let Some(node) = document.node_mut(id) {
            node.visible = visible;
        }
    }
    Ok(done(label))
}

fn reparent(
    document: &mut Document,
    ids: &[NodeId],
    parent: Option<NodeId>,
    position: usize,
) -> Result<Outcome, EditError> {
    let ids = topmost(document, ids)?;
    let label = format!("Move {} in the tree", named(document, &ids));
    if let Some(parent) = parent {
        let container = document.node(parent).ok_or(EditError::Nothing)?;
        if !container.content.is_container() {
            return Err(EditError::NotAContainer { name: container.name.clone() });
        }
    }
    let mut position = position;
    for id in ids {
        let same_parent = document.node(id).is_some_and(|node| node.parent == parent);
        if same_parent && position_in_parent(document, id) < position {
            position -= 1;
        }
        move_under(document, id, parent, position)?;
        position = position.saturating_add(1);
    }
    Ok(done(label))
}

/// Gives a node another parent; it stays where it is in the world.
fn move_under(
    document: &mut Document,
    id: NodeId,
    parent: Option<NodeId>,
    position: usize,
) -> Result<(), EditError> {
    let node = Arc::clone(document.node(id).ok_or(EditError::Nothing)?);
    if parent.is_some_and(|parent| document.is_within(parent, id)) {
        return Err(EditError::IntoItself { name: node.name.clone() });
    }
    if node.parent != parent {
        let world_from_node = document.world_from_node(id);
        let world_from_parent = parent.map_or(DAffine3::IDENTITY, |parent| document.world_from_node(parent));
        // Placements of parents that are plain identities must not cost a bit.
        let parent_from_node = if world_from_parent == DAffine3::IDENTITY {
            world_from_node
        } else {
            checked(world_from_parent)?.inverse() * world_from_node
        };
        if let Some(node) = document.node_mut(id) {
            node.parent_from_node = parent_from_node;
        }
    }
    document.detach(id);
    document.attach(id, parent, position);
    Ok(())
}

fn place(document: &mut Document, placements: &[(NodeId, DAffine3)]) -> Result<Outcome, EditError> {
    let ids: Vec<NodeId> = placements.iter().map(|(id, _)| *id).collect();
    let label = format!("Move {}", named(document, &existing(document, &ids)?));
    for &(id, parent_from_node) in placements {
        let parent_from_node = checked(parent_from_node)?;
        if let Some(node) = document.node_mut(id) {
            node.parent_from_node = parent_from_node;
        }
    }
    Ok(done(label))
}

fn set_primitive(document: &mut Document, id: NodeId, primitive: Primitive) -> Result<Outcome, EditError> {
    check_primitive(primitive)?;
    let node = document.node_mut(id).ok_or(EditError::Nothing)?;
    let Content::Primitive(current) = &mut node.content else {
        return Err(EditError::Nothing);
    };
    *current = primitive;
    Ok(done(format!("Resize {}", node.name)))
}

fn paint(document: &mut Document, ids: &[NodeId], material: &Material) -> Result<Outcome, EditError> {
    let ids = topmost(document, ids)?;
    let label = format!("Paint {}", named(document, &ids));
    let new = document.insert_material(material.clone());
    for id in ids.iter().flat_map(|&id| document.subtree(id)).collect::<Vec<_>>() {
        let Some(node) = document.node_mut(id) else { continue };
        match &node.content {
            Content::Group | Content::Operation(_) => {}
            Content::Primitive(_) => node.materials = vec![Some(new)],
            Content::Part(_) => {
                let num_slots = node.materials.len().max(1);
                node.materials = vec![Some(new); num_slots];
            }
        }
    }
    Ok(done(label))
}

fn set_material(document: &mut Document, id: MaterialId, material: &Material) -> Result<Outcome, EditError> {
    let slot = Arc::make_mut(&mut document.materials).get_mut(&id).ok_or(EditError::Nothing)?;
    *slot = Arc::new(material.clone());
    Ok(done(format!("Change material {}", material.name)))
}
