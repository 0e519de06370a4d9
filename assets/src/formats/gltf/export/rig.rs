//! Writes meshes that bend as they were before their pose, with joints, weights and morph targets.

use std::collections::BTreeSet;

use glam::Vec3;
use serde_json::{Map, Value, json};

use super::bin::Bin;
use crate::formats::gltf::convention::{direction_to_file, point_to_file};
use crate::{ImportedMesh, Rig};

/// The rig of a mesh, if it fits its surface.
pub(super) fn of(mesh: &ImportedMesh) -> Option<&Rig> {
    let rig = mesh.rig.as_deref()?;
    rig.fits(mesh.surface.triangles.len()).then_some(rig)
}

/// Whether the surface is posed: stands elsewhere than its rig says it does at rest.
pub(super) fn is_posed(mesh: &ImportedMesh, rig: &Rig) -> bool {
    let corners = mesh.surface.triangles.iter().flatten().zip(rig.corners.iter().flatten());
    corners
        .into_iter()
        .any(|(position, row)| mesh.surface.positions[*position as usize] != rig.positions[*row as usize])
}

/// Adds joints and weights of some rows to the attributes of a primitive.
pub(super) fn write_joints(rig: &Rig, rows: &[u32], bin: &mut Bin, attributes: &mut Map<String, Value>) {
    let row = |row: &u32| *row as usize;
    let is_held =
        |held: &u32| rig.joint_sets.iter().any(|set| set.weights[row(held)].iter().any(|w| *w > 0.0));
    if !rows.iter().any(is_held) {
        return;
    }
    let mut joints = vec![vec![[0_u16; 4]; rows.len()]; rig.joint_sets.len()];
    let mut weights = vec![vec![[0.0_f32; 4]; rows.len()]; rig.joint_sets.len()];
    for (place, held) in rows.iter().enumerate() {
        let mut seen = BTreeSet::new();
        let mut total = 0.0;
        for (set, known) in rig.joint_sets.iter().enumerate() {
            for slot in 0..4 {
                let (joint, weight) = (known.joints[row(held)][slot], known.weights[row(held)][slot]);
                // The format wants no joint twice, and those without weight to be the first.
                if weight > 0.0 && weight.is_finite() && seen.insert(joint) {
                    joints[set][place][slot] = joint;
                    weights[set][place][slot] = weight;
                    total += weight;
                }
            }
        }
        if total == 0.0 {
            weights[0][place][0] = 1.0;
        } else if (total - 1.0).abs() > 1e-6 {
            for weight in weights.iter_mut().flat_map(|set| &mut set[place]) {
                *weight /= total;
            }
        }
    }
    for (set, (joints, weights)) in joints.iter().zip(&weights).enumerate() {
        attributes.insert(format!("JOINTS_{set}"), json!(bin.joints(joints)));
        attributes.insert(format!("WEIGHTS_{set}"), json!(bin.vectors(weights)));
    }
}

/// The morph targets of some rows; none when the rig has none.
pub(super) fn write_targets(rig: &Rig, rows: &[u32], has_normals: bool, bin: &mut Bin) -> Vec<Value> {
    let targets = rig.morph_targets.iter().map(|target| {
        let gather = |list: &[[f32; 3]]| rows.iter().map(|row| list[*row as usize]).collect::<Vec<_>>();
        let mut value = Map::new();
        if target.positions.is_empty() {
            value.insert("POSITION".to_owned(), json!(bin.no_offsets(rows.len())));
        } else {
            let offsets: Vec<_> = gather(&target.positions)
                .into_iter()
                .map(|offset| point_to_file(Vec3::from_array(offset).as_dvec3()))
                .collect();
            value.insert("POSITION".to_owned(), json!(bin.positions(&offsets, None)));
        }
        if has_normals && !target.normals.is_empty() {
            let offsets: Vec<_> = gather(&target.normals).into_iter().map(direction_to_file).collect();
            value.insert("NORMAL".to_owned(), json!(bin.vectors(&offsets)));
        }
        Value::Object(value)
    });
    targets.collect()
}

/// As many targets as the rig has, which move nothing: all primitives of a mesh must have the same number.
pub(super) fn no_targets(rig: &Rig, num_vertices: usize, bin: &mut Bin) -> Vec<Value> {
    rig.morph_targets.iter().map(|_| json!({ "POSITION": bin.no_offsets(num_vertices) })).collect()
}

/// Adds the weights and names of the morph targets to a mesh.
pub(super) fn write_weights(rig: &Rig, mesh: &mut Map<String, Value>) {
    if rig.morph_targets.is_empty() {
        return;
    }
    if rig.morph_weights.len() == rig.morph_targets.len()
        && rig.morph_weights.iter().any(|weight| *weight != 0.0)
    {
        mesh.insert("weights".to_owned(), json!(rig.morph_weights));
    }
    if rig.morph_targets.iter().any(|target| !target.name.is_empty()) {
        let names: Vec<_> = rig.morph_targets.iter().map(|target| &target.name).collect();
        mesh.insert("extras".to_owned(), json!({ "targetNames": names }));
    }
}
