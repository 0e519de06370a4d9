//! What moves and what looks: skins, morph targets, animations, cameras and lights of an imported scene.
//!
//! Everything is in the scene's axes and in millimetres. Importers pose meshes as the file's nodes stand; what is here is for
//! players and for writing the file again.

use geometry::{ContentHash, ContentHasher};
use glam::{DAffine3, DVec3};
use serde::{Deserialize, Serialize};

/// Joints that a mesh hangs on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Skin {
    /// Its name; empty when it has none.
    pub name: String,
    /// Indices of nodes; what [`JointSet::joints`] count.
    pub joints: Vec<usize>,
    /// For each joint where the mesh is in it when nothing bends: `joint_from_mesh`. As long as `joints`.
    pub joint_from_mesh: Vec<DAffine3>,
    /// A node above all joints, if the file names one.
    pub skeleton: Option<usize>,
}

/// A mesh before its pose, one row for each vertex of the file: what a player needs to bend the surface anew.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rig {
    /// For each triangle of the surface the rows of its corners.
    #[serde(with = "geometry::bulk")]
    pub corners: Vec<[u32; 3]>,
    /// The positions before the pose, one per row.
    #[serde(with = "geometry::bulk")]
    pub positions: Vec<DVec3>,
    /// The normals before the pose, one per row, or none; zero where a part of the mesh has none.
    #[serde(with = "geometry::bulk")]
    pub normals: Vec<[f32; 3]>,
    /// Joints and weights, four of each to a row and set.
    pub joint_sets: Vec<JointSet>,
    /// What can be added to positions and normals.
    pub morph_targets: Vec<MorphTarget>,
    /// How much of each morph target the pose has; as long as `morph_targets`.
    pub morph_weights: Vec<f32>,
}

impl Rig {
    /// The name of its content.
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        let mut hasher = ContentHasher::new("rig");
        hasher.array(&self.corners).array(&self.positions).array(&self.normals);
        for set in &self.joint_sets {
            hasher.bytes(b"joints").array(&set.joints).array(&set.weights);
        }
        for target in &self.morph_targets {
            hasher.bytes(b"target").bytes(target.name.as_bytes());
            hasher.array(&target.positions).array(&target.normals);
        }
        hasher.array(&self.morph_weights).finish()
    }

    /// Bytes its arrays take in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let own = size_of_val(&self.corners[..])
            + size_of_val(&self.positions[..])
            + size_of_val(&self.normals[..]);
        let joints = |set: &JointSet| size_of_val(&set.joints[..]) + size_of_val(&set.weights[..]);
        let moved =
            |target: &MorphTarget| size_of_val(&target.positions[..]) + size_of_val(&target.normals[..]);
        own + self.joint_sets.iter().map(joints).sum::<usize>()
            + self.morph_targets.iter().map(moved).sum::<usize>()
    }

    /// Whether all lengths agree and all rows exist, for a surface of so many triangles.
    #[must_use]
    pub fn fits(&self, num_triangles: usize) -> bool {
        let num_rows = self.positions.len();
        self.corners.len() == num_triangles
            && self.corners.iter().flatten().all(|row| (*row as usize) < num_rows)
            && self.positions.iter().all(|position| position.is_finite())
            && self.joint_sets.iter().all(|set| set.joints.len() == num_rows && set.weights.len() == num_rows)
            && self.morph_targets.iter().all(|target| {
                [&target.positions, &target.normals]
                    .iter()
                    .all(|list| list.is_empty() || list.len() == num_rows)
            })
    }
}

/// Four joints and their weights for each row of a [`Rig`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct JointSet {
    /// Places in [`Skin::joints`].
    #[serde(with = "geometry::bulk")]
    pub joints: Vec<[u16; 4]>,
    /// How much each counts; over all sets they sum to 1, or to 0 where a part of the mesh does not bend.
    #[serde(with = "geometry::bulk")]
    pub weights: Vec<[f32; 4]>,
}

/// Differences that a morph target adds, one per row of its [`Rig`], or none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MorphTarget {
    /// Its name; empty when it has none.
    pub name: String,
    /// Millimetres.
    #[serde(with = "geometry::bulk")]
    pub positions: Vec<[f32; 3]>,
    /// Added to unit normals.
    #[serde(with = "geometry::bulk")]
    pub normals: Vec<[f32; 3]>,
}

/// Something that moves nodes over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Animation {
    /// Its name; empty when it has none.
    pub name: String,
    /// What follows which curve.
    pub channels: Vec<AnimationChannel>,
    /// The curves.
    pub samplers: Vec<AnimationSampler>,
}

/// A property that follows a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AnimationChannel {
    /// Index into [`Animation::samplers`].
    pub sampler: usize,
    /// What follows it.
    pub target: AnimationTarget,
}

/// The property that an animation changes; numbers are indices of nodes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum AnimationTarget {
    /// Three numbers, millimetres in the node's parent.
    Translation(usize),
    /// A unit quaternion: x, y, z, w.
    Rotation(usize),
    /// Three factors along the node's axes.
    Scale(usize),
    /// A number for each morph target.
    MorphWeights(usize),
    /// Any other property, as a JSON pointer into the file; the numbers are as in the file.
    Pointer(String),
}

/// A curve over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AnimationSampler {
    /// Seconds, rising.
    #[serde(with = "geometry::bulk")]
    pub times_secs: Vec<f32>,
    /// What lies between the times.
    pub interpolation: Interpolation,
    /// Numbers of one value.
    pub width: usize,
    /// One value for each time; with cubic splines three: the tangent before it, the value, the tangent after it.
    #[serde(with = "geometry::bulk")]
    pub values: Vec<f32>,
}

/// What lies between the times of a curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interpolation {
    /// The way straight to the next value; for rotations along the shorter arc.
    #[default]
    Linear,
    /// The value before.
    Step,
    /// Hermite splines.
    CubicSpline,
}

/// A camera.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Camera {
    /// Its name; empty when it has none.
    pub name: String,
    /// What it sees.
    pub projection: Projection,
}

/// What a camera sees; distances in millimetres.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Projection {
    /// With vanishing points.
    Perspective {
        /// From the lower to the upper edge.
        fov_y_rad: f32,
        /// Width over height; `None` for that of the window.
        aspect: Option<f32>,
        /// Nearest thing seen.
        near: f32,
        /// Farthest thing seen; `None` for no end.
        far: Option<f32>,
    },
    /// Without vanishing points.
    Orthographic {
        /// Half of the width and of the height.
        half_size: [f32; 2],
        /// Nearest thing seen.
        near: f32,
        /// Farthest thing seen.
        far: f32,
    },
}

/// A light (`KHR_lights_punctual`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Light {
    /// Its name; empty when it has none.
    pub name: String,
    /// Linear RGB.
    pub color: [f32; 3],
    /// Candela, or lux for directional lights.
    pub intensity: f32,
    /// Millimetres after which there is nothing of it; `None` for no end.
    pub range: Option<f32>,
    /// Where it shines.
    pub kind: LightKind,
}

/// Where a light shines.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum LightKind {
    /// Everywhere in one direction.
    Directional,
    /// From a point to all sides.
    Point,
    /// From a point into a cone.
    Spot {
        /// From here on it gets darker, radians from the axis.
        inner_rad: f32,
        /// From here on it is dark.
        outer_rad: f32,
    },
}
