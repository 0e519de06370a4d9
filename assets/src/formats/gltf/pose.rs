//! Where morph targets and skins put the vertices of a mesh when the nodes stand as the file places them.
//!
//! Meshes that their pose leaves where they are, which is most of those made for animation, have no [`Pose`]: they keep
//! their bits and can be shared.

use glam::{DAffine3, DMat3, DVec3, Vec3};
use serde_json::Value;

use super::accessor::{Accessor, Accessors};
use super::budget::Budget;
use super::convention::transform_to_file;
use super::json::{Lenient as _, Place, Report};
use super::nodes::Tree;
use crate::Skin;

/// The pose of the mesh of a node.
pub(super) struct Pose {
    /// For each joint where it takes points of the mesh: `node_from_mesh`, in the file's axes. Empty when nothing bends.
    joints: Vec<DAffine3>,
    /// Empty when there is nothing to add.
    morph_weights: Vec<f32>,
}

/// The poses of all nodes of the document.
pub(super) fn of_nodes(document: &Value, tree: &Tree, skins: &[Skin]) -> Vec<Option<Pose>> {
    let world_from_node = tree.world_from_nodes();
    let meshes = document.elements("meshes");
    let nodes = document.elements("nodes").iter().zip(&tree.nodes).enumerate();
    let poses = nodes.map(|(index, (value, node))| {
        let mesh = meshes.get(value.index("mesh")?)?;
        let skin = node.skin.and_then(|skin| skins.get(skin));
        let joints = skin.map_or(Vec::new(), |skin| bent(skin, index, &world_from_node));
        let own = value.elements("weights");
        let weights = if own.is_empty() { mesh.elements("weights") } else { own };
        let mut morph_weights: Vec<_> = weights.iter().map(|weight| single(weight).unwrap_or(0.0)).collect();
        if morph_weights.iter().all(|weight| *weight == 0.0) {
            morph_weights.clear();
        }
        (!joints.is_empty() || !morph_weights.is_empty()).then_some(Pose { joints, morph_weights })
    });
    poses.collect()
}

fn single(value: &Value) -> Option<f32> {
    value.as_f64().map(crate::color::narrow).filter(|number| number.is_finite())
}

/// Where the joints take points of the mesh; empty if they leave them where they are.
fn bent(skin: &Skin, node: usize, world_from_node: &[DAffine3]) -> Vec<DAffine3> {
    /// Products of three matrices of single precision miss the identity by less.
    const NEAR: f64 = 1e-5;
    let node_from_world = world_from_node[node].inverse();
    if !node_from_world.is_finite() {
        return Vec::new(); // Flattened to nothing; nobody sees where its points are.
    }
    let joints = skin.joints.iter().zip(&skin.joint_from_mesh);
    let joints: Vec<_> = joints
        .map(|(joint, joint_from_mesh)| node_from_world * world_from_node[*joint] * *joint_from_mesh)
        .collect();
    let reach = skin.joint_from_mesh.iter().map(|transform| transform.translation.length());
    let reach = reach.fold(0.0, f64::max);
    let is_still = |transform: &DAffine3| {
        transform.matrix3.abs_diff_eq(DMat3::IDENTITY, NEAR)
            && transform.translation.abs_diff_eq(DVec3::ZERO, NEAR * reach)
    };
    if joints.iter().all(is_still) || !joints.iter().all(|joint| joint.is_finite()) {
        return Vec::new();
    }
    joints.into_iter().map(transform_to_file).collect()
}

/// The vertices of a primitive in a pose.
pub(super) struct Posed {
    pub(super) positions: Accessor<'static>,
    pub(super) normals: Option<Accessor<'static>>,
    pub(super) tangents: Option<Accessor<'static>>,
}

/// What a morph target adds to positions, normals and tangents, and how much of it.
struct Delta<'a> {
    weight: f32,
    accessors: [Option<&'a Accessor<'a>>; 3],
}

impl Pose {
    /// The primitive in this pose; `None` where it is as it was.
    pub(super) fn apply(
        &self,
        primitive: &Value,
        positions: &Accessor<'_>,
        accessors: &Accessors<'_>,
        budget: &mut Budget,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<Posed> {
        let deltas = self.deltas(primitive, accessors);
        let joint_sets = if self.joints.is_empty() { Vec::new() } else { joint_sets(primitive, accessors) };
        if deltas.is_empty() && joint_sets.is_empty() {
            return None;
        }
        let num_read = 3 + 3 * deltas.len() + 2 * joint_sets.len();
        if !budget.spend(positions.count().saturating_mul(num_read)) {
            report.warn(
                "too-many-elements",
                at,
                "The pose would fill the memory; the primitive is shown without it.",
            );
            return None;
        }
        let attribute = |name: &str| accessors.get(primitive.get("attributes")?.index(name)?).ok();
        let mut posed = Vec::with_capacity(positions.count());
        let normals = attribute("NORMAL").filter(|normals| normals.num_components() == 3);
        let tangents = attribute("TANGENT").filter(|tangents| tangents.num_components() == 4);
        let (mut new_normals, mut new_tangents) = (Vec::new(), Vec::new());
        let mut num_foreign = 0_usize;
        for vertex in 0..positions.count() {
            let morphed = |kind: usize, base: [f32; 3]| {
                let added = deltas.iter().filter_map(|delta| {
                    Some(Vec3::from_array(delta.accessors[kind]?.floats(vertex)) * delta.weight)
                });
                (Vec3::from_array(base) + added.sum::<Vec3>()).as_dvec3()
            };
            let node_from_mesh = self.blended(&joint_sets, vertex, &mut num_foreign);
            posed.push(
                node_from_mesh.transform_point3(morphed(0, positions.floats(vertex))).as_vec3().to_array(),
            );
            if let Some(normals) = normals {
                let normal = morphed(1, normals.floats(vertex));
                let turned = inverse_transpose(node_from_mesh.matrix3) * normal;
                new_normals.push(turned.normalize_or(DVec3::ZERO).as_vec3().to_array());
            }
            if let Some(tangents) = tangents {
                let [x, y, z, sign] = tangents.floats(vertex);
                let turned = node_from_mesh.matrix3 * morphed(2, [x, y, z]);
                new_tangents.push(turned.normalize_or(DVec3::ZERO).as_vec3().extend(sign).to_array());
            }
        }
        if num_foreign > 0 {
            let message = format!("{num_foreign} weights are for joints that the skin does not have.");
            report.warn("joint-out-of-range", at, message);
        }
        Some(Posed {
            positions: Accessor::of_floats(posed.as_flattened(), 3),
            normals: normals.map(|_| Accessor::of_floats(new_normals.as_flattened(), 3)),
            tangents: tangents.map(|_| Accessor::of_floats(new_tangents.as_flattened(), 4)),
        })
    }

    fn deltas<'a>(&self, primitive: &Value, accessors: &'a Accessors<'a>) -> Vec<Delta<'a>> {
        let targets = primitive.elements("targets").iter().zip(&self.morph_weights);
        let shown = targets.filter(|(_, weight)| **weight != 0.0);
        let deltas = shown.map(|(target, weight)| Delta {
            weight: *weight,
            accessors: ["POSITION", "NORMAL", "TANGENT"].map(|name| accessors.get(target.index(name)?).ok()),
        });
        deltas.collect()
    }

    /// The transform of a vertex; the identity where nothing holds it.
    fn blended(&self, sets: &[JointSet<'_>], vertex: usize, num_foreign: &mut usize) -> DAffine3 {
        let mut sum = DAffine3::from_cols_array(&[0.0; 12]);
        let mut total = 0.0;
        for set in sets {
            let weights: [f32; 4] = set.weights.floats(vertex);
            for (joint, weight) in set.joints.wholes::<4>(vertex).into_iter().zip(weights) {
                if weight <= 0.0 || !weight.is_finite() {
                    continue;
                }
                let Some(joint) = self.joints.get(joint as usize) else {
                    *num_foreign += 1;
                    continue;
                };
                let weight = f64::from(weight);
                sum.matrix3 += joint.matrix3 * weight;
                sum.translation += joint.translation * weight;
                total += weight;
            }
        }
        if total > 0.0 {
            DAffine3 { matrix3: sum.matrix3 * total.recip(), translation: sum.translation / total }
        } else {
            DAffine3::IDENTITY
        }
    }
}

fn inverse_transpose(matrix: DMat3) -> DMat3 {
    let inverse = matrix.inverse();
    if inverse.is_finite() { inverse.transpose() } else { matrix }
}

/// Joints and weights of all vertices, four to a vertex.
pub(super) struct JointSet<'a> {
    pub(super) joints: &'a Accessor<'a>,
    pub(super) weights: &'a Accessor<'a>,
}

/// The sets of joints and weights of a primitive.
pub(super) fn joint_sets<'a>(primitive: &Value, accessors: &'a Accessors<'a>) -> Vec<JointSet<'a>> {
    /// More than anybody writes.
    const MAX_SETS: usize = 8;
    let attribute = |name: String| accessors.get(primitive.get("attributes")?.index(&name)?).ok();
    let sets = (0..MAX_SETS).map_while(|set| {
        let joints = attribute(format!("JOINTS_{set}"))?;
        let weights = attribute(format!("WEIGHTS_{set}"))?;
        (joints.num_components() == 4 && weights.num_components() == 4)
            .then_some(JointSet { joints, weights })
    });
    sets.collect()
}
