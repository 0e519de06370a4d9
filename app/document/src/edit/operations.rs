//! Edits that put operations over nodes, change them, and replace them by what they made.

use std::sync::Arc;

use glam::{DAffine3, DMat3};
use jobs::Operation;

use super::{
    EditError, Outcome, common_parent, done, free_name, move_under, named, position_in_parent, remove,
    selecting,
};
use crate::{Content, Document, Node, NodeId, PartContent};

/// How far from a rigid motion a placement may be, as rounding leaves it.
const RIGID: f64 = 1e-9;

/// Puts nodes under a new operation each.
pub(super) fn add(
    document: &mut Document,
    operations: &[(Operation, Vec<NodeId>)],
) -> Result<Outcome, EditError> {
    let mut made = Vec::new();
    let mut label = String::new();
    for (operation, operands) in operations {
        operation.validate().map_err(|error| EditError::BadParameters(error.to_string()))?;
        let ordered = ordered(document, operands);
        match (operation.boolean(), ordered.len()) {
            (_, 0) => continue,
            (Some(_), 1) => return Err(EditError::TooFewOperands),
            _ => {}
        }
        label = format!("{} of {}", operation.name(), named(document, &ordered));
        made.push(add_one(document, *operation, &ordered)?);
    }
    match made.len() {
        0 => Err(EditError::Nothing),
        1 => Ok(selecting(label, made)),
        count => Ok(selecting(format!("{} of {count} parts", operations[0].0.name()), made)),
    }
}

/// Those that are not below another one, in the order given: the first is the one that a difference cuts.
fn ordered(document: &Document, operands: &[NodeId]) -> Vec<NodeId> {
    let top = document.topmost(operands);
    let mut ordered: Vec<NodeId> = Vec::new();
    for &id in operands {
        if top.contains(&id) && !ordered.contains(&id) {
            ordered.push(id);
        }
    }
    ordered
}

fn add_one(document: &mut Document, operation: Operation, operands: &[NodeId]) -> Result<NodeId, EditError> {
    let first = operands[0];
    let name = match operands {
        // What is made of one part goes on to be called by it.
        [_] => format!(
            "{} {}",
            document.node(first).map_or("", |node| &node.name),
            operation.name().to_lowercase()
        ),
        _ => operation.name().to_owned(),
    };
    let mut node = Node::new(free_name(document, name.trim()), Content::Operation(operation));
    node.parent = common_parent(document, operands, first);
    node.parent_from_node = place(document, &operation, operands);
    let (parent, position) = (node.parent, position_in_parent(document, first));
    let takes_place = operands.len() == 1
        && document.node(first).is_some_and(|operand| operand.parent_from_node == node.parent_from_node);
    let id = document.insert(node);
    document.detach(id);
    document.attach(id, parent, position);
    for &operand in operands {
        move_under(document, operand, Some(id), usize::MAX)?;
        if let Some(node) = document.node_mut(operand) {
            node.visible = true;
            if takes_place {
                // Exactly, so that its mesh is taken as it is.
                node.parent_from_node = DAffine3::IDENTITY;
            }
        }
    }
    Ok(id)
}

/// Where a new operation stands in its parent: a boolean where its parent stands; any other where its only operand stands,
/// so that moving it computes nothing anew. Where lengths would not be those of the world, it stands at the world's origin.
fn place(document: &Document, operation: &Operation, operands: &[NodeId]) -> DAffine3 {
    if operation.boolean().is_some() {
        return DAffine3::IDENTITY;
    }
    let parent = operands.first().and_then(|&first| common_parent(document, operands, first));
    let world_from_parent = parent.map_or(DAffine3::IDENTITY, |parent| document.world_from_node(parent));
    let parent_from_node = match operands {
        [only] => document.node(*only).map_or(DAffine3::IDENTITY, |node| node.parent_from_node),
        _ => DAffine3::IDENTITY,
    };
    if is_rigid(&(world_from_parent * parent_from_node)) {
        return parent_from_node;
    }
    let from_world = world_from_parent.inverse();
    if from_world.is_finite() { from_world } else { DAffine3::IDENTITY }
}

fn is_rigid(placement: &DAffine3) -> bool {
    let matrix = placement.matrix3;
    (matrix.transpose() * matrix).abs_diff_eq(DMat3::IDENTITY, RIGID) && matrix.determinant() > 0.0
}

/// Where an operation over nodes would stand in the world, so that its parameters can be chosen before it is there.
pub(super) fn world_from_new(document: &Document, operation: &Operation, operands: &[NodeId]) -> DAffine3 {
    let operands = ordered(document, operands);
    let parent = operands.first().and_then(|&first| common_parent(document, &operands, first));
    let world_from_parent = parent.map_or(DAffine3::IDENTITY, |parent| document.world_from_node(parent));
    world_from_parent * place(document, operation, &operands)
}

/// Gives an operation other parameters, or makes it another one.
pub(super) fn set(document: &mut Document, id: NodeId, operation: Operation) -> Result<Outcome, EditError> {
    operation.validate().map_err(|error| EditError::BadParameters(error.to_string()))?;
    let node = document.node_mut(id).ok_or(EditError::Nothing)?;
    let Content::Operation(current) = &mut node.content else {
        return Err(EditError::Nothing);
    };
    let (old, new) = (current.name(), operation.name());
    *current = operation;
    if old == new {
        return Ok(done(format!("Change {}", node.name)));
    }
    if node.name.starts_with(old) {
        node.name = node.name.replacen(old, new, 1);
    } else if node.name.contains(&old.to_lowercase()) {
        node.name = node.name.replacen(&old.to_lowercase(), &new.to_lowercase(), 1);
    }
    Ok(done(format!("Change to {new}")))
}

/// Replaces a live node by what it made; its operands go.
pub(super) fn freeze(document: &mut Document, id: NodeId, part: &PartContent) -> Result<Outcome, EditError> {
    let materials = crate::materials_of_slots(document, id);
    remove_children(document, id)?;
    let node = document.node_mut(id).ok_or(EditError::Nothing)?;
    node.materials = materials;
    node.content = Content::Part(part.clone());
    bends_no_more(node);
    Ok(done(format!("Freeze {}", node.name)))
}

/// Replaces a node by a group of the bodies it consists of.
pub(super) fn separate(
    document: &mut Document,
    id: NodeId,
    bodies: &[PartContent],
) -> Result<Outcome, EditError> {
    let materials = crate::materials_of_slots(document, id);
    remove_children(document, id)?;
    let node = document.node_mut(id).ok_or(EditError::Nothing)?;
    node.content = Content::Group;
    node.materials = Vec::new();
    bends_no_more(node);
    let (name, label) = (node.name.clone(), format!("Separate {}", node.name));
    for (number, body) in bodies.iter().enumerate() {
        let mut node = Node::new(format!("{name} {}", number + 1), Content::Part(body.clone()));
        node.parent = Some(id);
        node.materials.clone_from(&materials);
        document.insert(node);
    }
    Ok(selecting(label, vec![id]))
}

/// What is made of a part has no rig.
fn bends_no_more(node: &mut Node) {
    node.skin = None;
    node.morph_weights = Vec::new();
}

fn remove_children(document: &mut Document, id: NodeId) -> Result<(), EditError> {
    let node = Arc::clone(document.node(id).ok_or(EditError::Nothing)?);
    node.children.iter().for_each(|&child| remove(document, child));
    Ok(())
}
