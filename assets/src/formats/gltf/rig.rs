//! Keeps what a mesh was before its pose, row by row, for players and for writing it again.

use glam::DVec3;
use serde_json::Value;

use super::accessor::{Accessor, Accessors};
use super::budget::Budget;
use super::convention::{direction_from_file, point_from_file};
use super::json::{Lenient as _, Place, Report};
use super::pose;
use crate::{JointSet, MorphTarget, Rig};

/// Collects the parts of a mesh.
#[derive(Default)]
pub(super) struct RigBuilder {
    rig: Rig,
}

impl RigBuilder {
    /// A builder for a mesh, if any of its primitives can bend.
    pub(super) fn of(mesh: &Value) -> Option<Self> {
        let has_joints =
            |primitive: &Value| primitive.get("attributes").is_some_and(|set| set.get("JOINTS_0").is_some());
        let primitives = mesh.elements("primitives");
        let num_targets = primitives.iter().map(|primitive| primitive.elements("targets").len()).max();
        let num_targets = num_targets.unwrap_or(0);
        if num_targets == 0 && !primitives.iter().any(has_joints) {
            return None;
        }
        let names = mesh.get("extras").map_or(&[][..], |extras| extras.elements("targetNames"));
        let morph_targets = (0..num_targets).map(|target| MorphTarget {
            name: names.get(target).and_then(Value::as_str).unwrap_or_default().to_owned(),
            ..MorphTarget::default()
        });
        let weights = mesh.elements("weights");
        let weight = |target: usize| weights.get(target).and_then(Value::as_f64).unwrap_or(0.0);
        let morph_weights = (0..num_targets).map(|target| crate::color::narrow(weight(target))).collect();
        Some(Self { rig: Rig { morph_targets: morph_targets.collect(), morph_weights, ..Rig::default() } })
    }

    /// Adds the rows of a primitive, which are these vertices of it.
    pub(super) fn add_part(
        &mut self,
        primitive: &Value,
        positions: &Accessor<'_>,
        vertices: &[u32],
        accessors: &Accessors<'_>,
        budget: &mut Budget,
        at: &Place<'_>,
        report: &mut Report,
    ) {
        let rig = &mut self.rig;
        let first_row = rig.positions.len();
        let each = |vertex: &u32| *vertex as usize;
        rig.positions.extend(vertices.iter().map(|vertex| point_from_file(positions.floats(each(vertex)))));
        let targets = primitive.elements("targets");
        let joint_sets = pose::joint_sets(primitive, accessors);
        if !budget.spend(vertices.len().saturating_mul(2 * (targets.len() + joint_sets.len()) + 1)) {
            let message = "What bends the mesh would fill the memory; it was left out.";
            report.warn("too-many-elements", at, message);
            return;
        }
        let vectors = |owner: Option<&Value>, name: &str| {
            let accessor = accessors.get(owner?.index(name)?).ok()?;
            (accessor.num_components() == 3).then_some(accessor)
        };
        if let Some(normals) = vectors(primitive.get("attributes"), "NORMAL") {
            rig.normals.resize(first_row, [0.0; 3]);
            let read = |vertex| direction_from_file(normals.floats(each(vertex)));
            rig.normals.extend(vertices.iter().map(read));
        }
        for (place, set) in joint_sets.iter().enumerate() {
            if rig.joint_sets.len() <= place {
                rig.joint_sets.push(JointSet::default());
            }
            let kept = &mut rig.joint_sets[place];
            kept.joints.resize(first_row, [0; 4]);
            kept.weights.resize(first_row, [0.0; 4]);
            let joints = |vertex| {
                set.joints.wholes::<4>(each(vertex)).map(|joint| u16::try_from(joint).unwrap_or(u16::MAX))
            };
            let finite = |weight: f32| if weight.is_finite() { weight.max(0.0) } else { 0.0 };
            kept.joints.extend(vertices.iter().map(joints));
            kept.weights.extend(vertices.iter().map(|vertex| set.weights.floats(each(vertex)).map(finite)));
        }
        for (target, kept) in targets.iter().zip(&mut rig.morph_targets) {
            if let Some(deltas) = vectors(Some(target), "POSITION") {
                kept.positions.resize(first_row, [0.0; 3]);
                let read = |vertex| finite(point_from_file(deltas.floats(each(vertex))));
                kept.positions.extend(vertices.iter().map(read));
            }
            if let Some(deltas) = vectors(Some(target), "NORMAL") {
                kept.normals.resize(first_row, [0.0; 3]);
                let read = |vertex| direction_from_file(deltas.floats(each(vertex)));
                kept.normals.extend(vertices.iter().map(read));
            }
        }
    }

    /// The rig of a surface whose triangles have these rows; `None` when no triangle can bend.
    pub(super) fn finish(self, corners: &[[u32; 3]]) -> Option<Rig> {
        let mut rig = self.rig;
        let is_bent = |target: &MorphTarget| !(target.positions.is_empty() && target.normals.is_empty());
        if rig.joint_sets.is_empty() && !rig.morph_targets.iter().any(is_bent) {
            return None;
        }
        let num_rows = rig.positions.len();
        let fill = |list: &mut Vec<[f32; 3]>| {
            if !list.is_empty() {
                list.resize(num_rows, [0.0; 3]);
            }
        };
        fill(&mut rig.normals);
        for set in &mut rig.joint_sets {
            set.joints.resize(num_rows, [0; 4]);
            set.weights.resize(num_rows, [0.0; 4]);
        }
        for target in &mut rig.morph_targets {
            fill(&mut target.positions);
            fill(&mut target.normals);
        }
        rig.corners = corners.to_vec();
        Some(rig)
    }
}

fn finite(point: DVec3) -> [f32; 3] {
    if point.is_finite() { point.as_vec3().to_array() } else { [0.0; 3] }
}
