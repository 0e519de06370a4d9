//! What moves: skins and animations, which refer to nodes by id.
//!
//! Nodes may be moved, deleted and put elsewhere without regard to them: what refers to a node that is gone is passed over
//! where the document is written or played. Copies of nodes move and bend as their originals do.

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::AnimationSampler;
use glam::DAffine3;
use serde::{Deserialize, Serialize};

use crate::{Document, MaterialId, NodeId};

/// Names a skin for the lifetime of a document; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SkinId(pub u32);

/// Joints that a part hangs on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Skin {
    /// Its name; empty when it has none.
    pub name: String,
    /// What the joint sets of the part's rig count.
    pub joints: Vec<NodeId>,
    /// For each joint where the part is in it when nothing bends: `joint_from_mesh`. As long as `joints`.
    pub joint_from_mesh: Vec<DAffine3>,
    /// A node above all joints, if the file named one.
    pub skeleton: Option<NodeId>,
}

/// Something that moves nodes over time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Animation {
    /// Its name; empty when it has none.
    pub name: String,
    /// What follows which curve.
    pub channels: Vec<Channel>,
    /// The curves.
    #[serde(with = "samplers")]
    pub samplers: Vec<Arc<AnimationSampler>>,
}

/// A property that follows a curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// Position in [`Animation::samplers`].
    pub sampler: usize,
    /// What follows it.
    pub target: Target,
}

/// The property that an animation changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Three numbers, millimetres in the node's parent.
    Translation(NodeId),
    /// A unit quaternion: x, y, z, w.
    Rotation(NodeId),
    /// Three factors along the node's axes.
    Scale(NodeId),
    /// A number for each morph target.
    MorphWeights(NodeId),
    /// Another property of a node, as a JSON pointer within the node of a glTF; the numbers are as in the file.
    OfNode(NodeId, String),
    /// The same of a material.
    OfMaterial(MaterialId, String),
}

impl Target {
    /// The node it belongs to.
    #[must_use]
    pub fn node(&self) -> Option<NodeId> {
        match self {
            Self::Translation(node)
            | Self::Rotation(node)
            | Self::Scale(node)
            | Self::MorphWeights(node)
            | Self::OfNode(node, _) => Some(*node),
            Self::OfMaterial(..) => None,
        }
    }

    fn of(&self, node: NodeId) -> Self {
        match self {
            Self::Translation(_) => Self::Translation(node),
            Self::Rotation(_) => Self::Rotation(node),
            Self::Scale(_) => Self::Scale(node),
            Self::MorphWeights(_) => Self::MorphWeights(node),
            Self::OfNode(_, pointer) => Self::OfNode(node, pointer.clone()),
            Self::OfMaterial(..) => self.clone(),
        }
    }
}

/// Lets copies of nodes move as the originals do, and bend by those of their joints that were copied with them.
pub(crate) fn follow_copies(document: &mut Document, copy_of: &BTreeMap<NodeId, NodeId>) {
    let mut skin_of: BTreeMap<SkinId, SkinId> = BTreeMap::new();
    for &copy in copy_of.values() {
        let Some(id) = document.node(copy).and_then(|node| node.skin) else { continue };
        let Some(skin) = document.skins.get(&id).map(Arc::clone) else { continue };
        if !skin.joints.iter().any(|joint| copy_of.contains_key(joint)) {
            continue;
        }
        let known = skin_of.get(&id).copied();
        let new = known.unwrap_or_else(|| {
            let copied = |node: &NodeId| copy_of.get(node).copied().unwrap_or(*node);
            let joints = skin.joints.iter().map(copied).collect();
            let skeleton = skin.skeleton.as_ref().map(copied);
            document.insert_skin(Skin { joints, skeleton, ..(*skin).clone() })
        });
        skin_of.insert(id, new);
        if let Some(node) = document.node_mut(copy) {
            node.skin = Some(new);
        }
    }
    let is_copied = |channel: &Channel| channel.target.node().is_some_and(|node| copy_of.contains_key(&node));
    if !document.animations.iter().any(|animation| animation.channels.iter().any(is_copied)) {
        return;
    }
    for animation in Arc::make_mut(&mut document.animations) {
        let copies: Vec<Channel> = animation
            .channels
            .iter()
            .filter_map(|channel| {
                let copy = copy_of.get(&channel.target.node()?)?;
                Some(Channel { sampler: channel.sampler, target: channel.target.of(*copy) })
            })
            .collect();
        if !copies.is_empty() {
            Arc::make_mut(animation).channels.extend(copies);
        }
    }
}

/// Curves in JSON: numbers as the hexadecimal digits of their bits, exact and short.
mod samplers {
    use std::fmt::Write as _;
    use std::sync::Arc;

    use assets::{AnimationSampler, Interpolation};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize as _, Serializer};

    #[derive(serde::Serialize, Deserialize)]
    struct Curve {
        times_secs: String,
        interpolation: Interpolation,
        width: usize,
        values: String,
    }

    pub(super) fn serialize<S: Serializer>(
        samplers: &[Arc<AnimationSampler>],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let curve = |sampler: &Arc<AnimationSampler>| Curve {
            times_secs: digits(&sampler.times_secs),
            interpolation: sampler.interpolation,
            width: sampler.width,
            values: digits(&sampler.values),
        };
        samplers.iter().map(curve).collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Arc<AnimationSampler>>, D::Error> {
        let curves = Vec::<Curve>::deserialize(deserializer)?;
        let sampler = |curve: Curve| {
            let wrong = || D::Error::custom("a curve is no run of numbers, 8 hexadecimal digits each");
            Ok(Arc::new(AnimationSampler {
                times_secs: numbers(&curve.times_secs).ok_or_else(wrong)?,
                interpolation: curve.interpolation,
                width: curve.width,
                values: numbers(&curve.values).ok_or_else(wrong)?,
            }))
        };
        curves.into_iter().map(sampler).collect()
    }

    fn digits(numbers: &[f32]) -> String {
        let mut text = String::with_capacity(numbers.len() * 8);
        for number in numbers {
            write!(text, "{:08x}", number.to_bits()).expect("memory can be written");
        }
        text
    }

    fn numbers(text: &str) -> Option<Vec<f32>> {
        let (words, rest) = text.as_bytes().as_chunks::<8>();
        let number = |word: &[u8; 8]| {
            let word = std::str::from_utf8(word).ok().filter(|word| !word.starts_with('+'))?;
            u32::from_str_radix(word, 16).ok().map(f32::from_bits)
        };
        rest.is_empty().then(|| words.iter().map(number).collect()).flatten()
    }
}
