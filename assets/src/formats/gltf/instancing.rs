//! `EXT_mesh_gpu_instancing`: a mesh shown many times, as so many child nodes.

use glam::{DAffine3, DQuat, DVec3};
use serde_json::Value;

use super::accessor::Accessors;
use super::budget::Budget;
use super::convention::transform_from_file;
use super::json::{Lenient as _, Place, Report};
use super::nodes::Tree;
use crate::ImportedNode;

/// The name of the extension.
const NAME: &str = "EXT_mesh_gpu_instancing";

/// What a node costs, in elements of the budget.
const COST: usize = 16;

/// Whether a node stands for many.
pub(super) fn has_instances(node: &Value) -> bool {
    node.extension(NAME).is_some()
}

/// Gives each node with instances a child for each of them, which show its mesh in its stead.
pub(super) fn expand(
    document: &Value,
    accessors: &Accessors<'_>,
    tree: &mut Tree,
    budget: &mut Budget,
    report: &mut Report,
) {
    let root = Place::Root;
    let nodes_at = root.key("nodes");
    for (index, value) in document.elements("nodes").iter().enumerate() {
        let (Some(extension), Some(mesh)) = (value.extension(NAME), tree.nodes[index].mesh) else { continue };
        let node_at = nodes_at.at(index);
        let extensions_at = node_at.key("extensions");
        let at = extensions_at.key(NAME);
        let null = Value::Null;
        let attributes = extension.get("attributes").unwrap_or(&null);
        let attribute = |name: &str, num_components: usize| {
            let accessor = accessors.get(attributes.index(name)?).ok()?;
            (accessor.num_components() == num_components).then_some(accessor)
        };
        let translations = attribute("TRANSLATION", 3);
        let rotations = attribute("ROTATION", 4);
        let scales = attribute("SCALE", 3);
        let counts: Vec<_> = [translations, rotations, scales]
            .into_iter()
            .flatten()
            .map(|accessor| accessor.count())
            .collect();
        let Some(&count) = counts.iter().min() else {
            report.warn("instances-missing", &at, "The places of the instances are missing; one is shown.");
            continue;
        };
        if counts.iter().any(|other| *other != count) {
            report.warn(
                "attribute-count",
                &at.key("attributes"),
                "All attributes must have the same length.",
            );
        }
        if !budget.spend(count.saturating_mul(COST)) {
            let message = format!("{count} instances would fill the memory; one is shown.");
            report.warn("too-many-elements", &at, message);
            continue;
        }
        let owner = &mut tree.nodes[index];
        owner.mesh = None;
        let (skin, morph_weights) = (owner.skin.take(), std::mem::take(&mut owner.morph_weights));
        let name = owner.name.clone();
        for instance in 0..count {
            let translation = translations.map_or([0.0; 3], |accessor| accessor.floats(instance));
            let rotation = rotations.map_or([0.0, 0.0, 0.0, 1.0], |accessor| accessor.floats(instance));
            let scale = scales.map_or([1.0; 3], |accessor| accessor.floats(instance));
            let rotation = DQuat::from_array(rotation.map(f64::from));
            let rotation =
                if rotation.length_squared() > 0.0 { rotation.normalize() } else { DQuat::IDENTITY };
            let placed = DAffine3::from_scale_rotation_translation(
                DVec3::from_array(scale.map(f64::from)),
                rotation,
                DVec3::from_array(translation.map(f64::from)),
            );
            let placed = transform_from_file(placed);
            if !placed.is_finite() {
                report.warn(
                    "node-transform",
                    &at,
                    "The place of an instance is not finite; it was left out.",
                );
                continue;
            }
            let child = tree.nodes.len();
            tree.nodes[index].children.push(child);
            tree.nodes.push(ImportedNode {
                name: if name.is_empty() { String::new() } else { format!("{name} {}", instance + 1) },
                parent_from_node: placed,
                mesh: Some(mesh),
                skin,
                morph_weights: morph_weights.clone(),
                ..ImportedNode::default()
            });
        }
    }
}
