//! The document as plain data, and questions about it.

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::{Camera, Image, LengthUnit, Light, Material, SourceInfo};
use geometry::{ContentHash, Primitive};
use glam::DAffine3;
use jobs::{Operation, Part};
use serde::{Deserialize, Serialize};

use crate::motion::{Animation, Skin, SkinId};
use crate::{Measurement, MeasurementId};

/// Names a node for the lifetime of a document; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NodeId(pub u32);

/// Names a material for the lifetime of a document; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MaterialId(pub u32);

/// Everything the user made. Right-handed, Z up, millimetres.
///
/// The nodes form a forest: every child names its parent and stands in the parent's list once. Only [`Edit`](crate::Edit)s change
/// it, and they keep that true.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    pub(crate) nodes: Arc<BTreeMap<NodeId, Arc<Node>>>,
    pub(crate) roots: Arc<Vec<NodeId>>,
    pub(crate) materials: Arc<BTreeMap<MaterialId, Arc<Material>>>,
    pub(crate) images: Arc<Vec<(ContentHash, Arc<Image>)>>,
    pub(crate) skins: Arc<BTreeMap<SkinId, Arc<Skin>>>,
    pub(crate) animations: Arc<Vec<Arc<Animation>>>,
    pub(crate) measurements: Arc<BTreeMap<MeasurementId, Arc<Measurement>>>,
    pub(crate) unit: LengthUnit,
    pub(crate) last_id: u32,
}

/// A node of the tree.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// Shown in the tree; need not be unique.
    pub name: String,
    /// The node it belongs to; `None` for a root.
    pub parent: Option<NodeId>,
    /// Its children in the order shown; for an operation, its operands.
    pub children: Vec<NodeId>,
    /// Whether it and everything below is shown.
    pub visible: bool,
    /// Where it stands in its parent (for a root: in the world).
    pub parent_from_node: DAffine3,
    /// The material of each slot of its part; `None` is the default material. An operation takes its operands' instead.
    pub materials: Vec<Option<MaterialId>>,
    /// What it is.
    pub content: Content,
    /// A camera that looks along the node's Y, with Z up.
    pub camera: Option<Arc<Camera>>,
    /// A light that shines along the node's Y.
    pub light: Option<Arc<Light>>,
    /// What bends its part. The part is in its first pose already; its rig tells how it was before.
    pub skin: Option<SkinId>,
    /// How much of each morph target of the part's rig its pose has; empty for those of the rig.
    pub morph_weights: Vec<f32>,
    /// The file it came from, on the root of an import.
    pub source: Option<Arc<Source>>,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Only its children.
    Group,
    /// Geometry as it was read.
    Part(PartContent),
    /// A shape with exact sizes.
    Primitive(Primitive),
    /// What an operation makes of its children, which are hidden underneath and stay editable.
    Operation(Operation),
}

impl Content {
    /// Whether it is made of its children, which are hidden underneath.
    #[must_use]
    pub fn is_operation(&self) -> bool {
        matches!(self, Self::Operation(_))
    }

    /// Whether it is made by a job from a recipe.
    #[must_use]
    pub fn is_live(&self) -> bool {
        matches!(self, Self::Primitive(_) | Self::Operation(_))
    }

    /// Whether other nodes can be put into it.
    #[must_use]
    pub fn is_container(&self) -> bool {
        matches!(self, Self::Group | Self::Operation(_))
    }
}

/// Geometry by name and by value.
#[derive(Clone, Debug)]
pub struct PartContent {
    /// The name of its content.
    pub hash: ContentHash,
    /// Its arrays.
    pub part: Arc<Part>,
}

impl PartialEq for PartContent {
    fn eq(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

/// A file that nodes came from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Source {
    /// Its name.
    pub file_name: String,
    /// Its size.
    pub size_bytes: u64,
    /// What it said of itself.
    pub info: SourceInfo,
    /// What was wrong with it.
    pub warnings: Vec<assets::Warning>,
}

impl Document {
    /// Whether there is no node.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// The number of nodes.
    #[must_use]
    pub fn num_nodes(&self) -> usize {
        self.nodes.len()
    }

    /// The nodes without a parent, in the order shown.
    #[must_use]
    pub fn roots(&self) -> &[NodeId] {
        &self.roots
    }

    /// A node, if it exists.
    #[must_use]
    pub fn node(&self, id: NodeId) -> Option<&Arc<Node>> {
        self.nodes.get(&id)
    }

    /// All nodes in the order of their ids.
    pub fn nodes(&self) -> impl Iterator<Item = (NodeId, &Arc<Node>)> {
        self.nodes.iter().map(|(&id, node)| (id, node))
    }

    /// A material, if it exists.
    #[must_use]
    pub fn material(&self, id: MaterialId) -> Option<&Arc<Material>> {
        self.materials.get(&id)
    }

    /// All materials in the order of their ids.
    pub fn materials(&self) -> impl Iterator<Item = (MaterialId, &Arc<Material>)> {
        self.materials.iter().map(|(&id, material)| (id, material))
    }

    /// The images that the textures of materials refer to by position.
    #[must_use]
    pub fn images(&self) -> &[(ContentHash, Arc<Image>)] {
        &self.images
    }

    /// What a part hangs on, if it exists.
    #[must_use]
    pub fn skin(&self, id: SkinId) -> Option<&Arc<Skin>> {
        self.skins.get(&id)
    }

    /// How nodes move over time; the nodes themselves stand as they were placed. What they refer to may be gone.
    #[must_use]
    pub fn animations(&self) -> &[Arc<Animation>] {
        &self.animations
    }

    /// All measurements in the order in which they were made.
    pub fn measurements(&self) -> impl Iterator<Item = (MeasurementId, &Arc<Measurement>)> {
        self.measurements.iter().map(|(&id, measurement)| (id, measurement))
    }

    /// The unit lengths are shown in.
    #[must_use]
    pub fn unit(&self) -> LengthUnit {
        self.unit
    }

    /// Where a node stands in the world; the identity when it does not exist.
    #[must_use]
    pub fn world_from_node(&self, id: NodeId) -> DAffine3 {
        let mut world_from_node = DAffine3::IDENTITY;
        let mut next = Some(id);
        while let Some(node) = next.and_then(|id| self.nodes.get(&id)) {
            world_from_node = node.parent_from_node * world_from_node;
            next = node.parent;
        }
        world_from_node
    }

    /// The node and everything below it, parents before children, in the order shown.
    #[must_use]
    pub fn subtree(&self, id: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut stack = vec![id];
        while let Some(id) = stack.pop() {
            if let Some(node) = self.nodes.get(&id) {
                found.push(id);
                stack.extend(node.children.iter().rev());
            }
        }
        found
    }

    /// Whether `id` is `ancestor` or below it.
    #[must_use]
    pub fn is_within(&self, id: NodeId, ancestor: NodeId) -> bool {
        let mut next = Some(id);
        while let Some(id) = next {
            if id == ancestor {
                return true;
            }
            next = self.nodes.get(&id).and_then(|node| node.parent);
        }
        false
    }

    /// The nearest operation above a node, whose hidden operand the node is part of.
    #[must_use]
    pub fn operation_above(&self, id: NodeId) -> Option<NodeId> {
        let mut next = self.nodes.get(&id)?.parent;
        while let Some(id) = next {
            let node = self.nodes.get(&id)?;
            if node.content.is_operation() {
                return Some(id);
            }
            next = node.parent;
        }
        None
    }

    /// Those of the nodes that are not below another of them, in the order shown in the tree.
    #[must_use]
    pub fn topmost(&self, ids: &[NodeId]) -> Vec<NodeId> {
        let chosen: std::collections::BTreeSet<NodeId> = ids.iter().copied().collect();
        let mut found = Vec::new();
        let mut stack: Vec<NodeId> = self.roots.iter().rev().copied().collect();
        while let Some(id) = stack.pop() {
            if chosen.contains(&id) {
                found.push(id);
            } else if let Some(node) = self.nodes.get(&id) {
                stack.extend(node.children.iter().rev());
            }
        }
        found
    }

    pub(crate) fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        Arc::make_mut(&mut self.nodes).get_mut(&id).map(Arc::make_mut)
    }

    pub(crate) fn new_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    /// Adds a node at the end of its parent's children (or of the roots) and gives it its id.
    pub(crate) fn insert(&mut self, node: Node) -> NodeId {
        let id = NodeId(self.new_id());
        match node.parent {
            Some(parent) => {
                if let Some(parent) = self.node_mut(parent) {
                    parent.children.push(id);
                }
            }
            None => Arc::make_mut(&mut self.roots).push(id),
        }
        Arc::make_mut(&mut self.nodes).insert(id, Arc::new(node));
        id
    }

    /// Takes a node out of its parent's children or the roots, without removing it.
    pub(crate) fn detach(&mut self, id: NodeId) {
        match self.nodes.get(&id).and_then(|node| node.parent) {
            Some(parent) => {
                if let Some(parent) = self.node_mut(parent) {
                    parent.children.retain(|&child| child != id);
                }
            }
            None => Arc::make_mut(&mut self.roots).retain(|&root| root != id),
        }
    }

    /// Puts a detached node under a parent, at a position among its children.
    pub(crate) fn attach(&mut self, id: NodeId, parent: Option<NodeId>, position: usize) {
        if let Some(node) = self.node_mut(id) {
            node.parent = parent;
        }
        match parent {
            Some(parent) => {
                if let Some(parent) = self.node_mut(parent) {
                    let position = position.min(parent.children.len());
                    parent.children.insert(position, id);
                }
            }
            None => {
                let roots = Arc::make_mut(&mut self.roots);
                roots.insert(position.min(roots.len()), id);
            }
        }
    }

    pub(crate) fn insert_material(&mut self, material: Material) -> MaterialId {
        let id = MaterialId(self.new_id());
        Arc::make_mut(&mut self.materials).insert(id, Arc::new(material));
        id
    }

    pub(crate) fn insert_skin(&mut self, skin: Skin) -> SkinId {
        let id = SkinId(self.new_id());
        Arc::make_mut(&mut self.skins).insert(id, Arc::new(skin));
        id
    }

    /// The position of an image in the table; adds it when it is new.
    pub(crate) fn insert_image(&mut self, hash: ContentHash, image: &Arc<Image>) -> usize {
        if let Some(position) = self.images.iter().position(|(known, _)| *known == hash) {
            return position;
        }
        let images = Arc::make_mut(&mut self.images);
        images.push((hash, Arc::clone(image)));
        images.len() - 1
    }
}

impl Node {
    /// A visible node at its parent's origin.
    #[must_use]
    pub fn new(name: impl Into<String>, content: Content) -> Self {
        Self {
            name: name.into(),
            parent: None,
            children: Vec::new(),
            visible: true,
            parent_from_node: DAffine3::IDENTITY,
            materials: Vec::new(),
            content,
            camera: None,
            light: None,
            skin: None,
            morph_weights: Vec::new(),
            source: None,
        }
    }
}
