//! Skins: which joints a mesh hangs on.

use glam::{DAffine3, DMat4};
use serde_json::Value;

use super::accessor::Accessors;
use super::convention::transform_from_file;
use super::json::{Lenient as _, Place, Report, whole_number};
use super::nodes::Tree;
use crate::Skin;

/// Reads all skins and lets the nodes know theirs. A skin whose joints are no nodes is left out.
pub(super) fn read(
    document: &Value,
    accessors: &Accessors<'_>,
    tree: &mut Tree,
    report: &mut Report,
) -> Vec<Skin> {
    let root = Place::Root;
    let skins_at = root.key("skins");
    let mut skins = Vec::new();
    let mut skin_of = Vec::new();
    for (index, value) in document.elements("skins").iter().enumerate() {
        let read = read_skin(value, accessors, tree.nodes.len(), &skins_at.at(index), report);
        skin_of.push(read.map(|skin| {
            skins.push(skin);
            skins.len() - 1
        }));
    }
    for (node, value) in tree.nodes.iter_mut().zip(document.elements("nodes")) {
        let skin = value.get("mesh").and(value.index("skin"));
        node.skin = skin.and_then(|skin| skin_of.get(skin).copied().flatten());
    }
    skins
}

fn read_skin(
    value: &Value,
    accessors: &Accessors<'_>,
    num_nodes: usize,
    at: &Place<'_>,
    report: &mut Report,
) -> Option<Skin> {
    let node = |value: &Value| usize::try_from(whole_number(value)?).ok().filter(|node| *node < num_nodes);
    let joints: Option<Vec<_>> = value.elements("joints").iter().map(node).collect();
    let Some(joints) = joints.filter(|joints| !joints.is_empty()) else {
        report.warn("skin-joints", &at.key("joints"), "The skin has no joints, or some that are no nodes.");
        return None;
    };
    let matrices = value.index("inverseBindMatrices").and_then(|index| accessors.get(index).ok());
    let matrices = matrices.filter(|matrices| matrices.num_components() == 16);
    if let Some(matrices) = matrices
        && matrices.count() < joints.len()
    {
        let message = format!("There are {} matrices for {} joints.", matrices.count(), joints.len());
        report.warn("skin-matrices", &at.key("inverseBindMatrices"), message);
    }
    let joint_from_mesh = (0..joints.len()).map(|joint| {
        let numbers = matrices.filter(|matrices| joint < matrices.count())?.floats::<16>(joint);
        let transform = DAffine3::from_mat4(DMat4::from_cols_array(&numbers.map(f64::from)));
        transform.is_finite().then(|| transform_from_file(transform))
    });
    let joint_from_mesh = joint_from_mesh.map(|transform| transform.unwrap_or(DAffine3::IDENTITY)).collect();
    Some(Skin {
        name: value.text("name").unwrap_or_default().to_owned(),
        joints,
        joint_from_mesh,
        skeleton: value.index("skeleton").filter(|node| *node < num_nodes),
    })
}
