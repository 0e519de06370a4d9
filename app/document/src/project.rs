//! The document as JSON: `document.json` in a project file, and what autosave keeps.
//!
//! Schema version 3. An object with `format` (“kerf-document”), `version`, `unit`, `nodes` (flat, with ids; `children`
//! give the tree; `transform` is the 3x4 matrix parent_from_node, column by column), `roots`, `materials` (with ids, the
//! fields of glTF's metallic-roughness model) and `images` (names of their content; textures refer to them by position).
//! `measurements` (with ids) hold on to geometry of nodes, in their space; a project without any has none.
//! Geometry is not in it: a part is named by the hash of its content and stored beside it. A node's `content` is `group`,
//! `part` (the hash), `primitive` (sizes) or `operation` (a kind, such as `boolean` or `repair`, and its parameters,
//! lengths in millimetres). A node may have a `camera`, a `light`, `skin` (an id) and `morph_weights`; what bends a part is
//! stored with its geometry. `skins` (with ids; joints are nodes) and `animations` (see [`crate::motion`]) name nodes that
//! may be gone. Version 2 had none of these; version 1 had `boolean` (the name of one) instead of `operation`.
//!
//! Reading never trusts it: whatever would break the tree is left out with a warning.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use assets::{Camera, Image, LengthUnit, Light, Location, Material, Warning};
use geometry::{ContentHash, Primitive};
use glam::DAffine3;
use jobs::{BooleanOp, Operation, Part, PartRef};
use serde::{Deserialize, Serialize};

use crate::motion::{Animation, Skin, SkinId};
use crate::{Content, Document, MaterialId, Measurement, MeasurementId, Node, NodeId, PartContent, Source};

#[cfg(test)]
mod tests;

const FORMAT: &str = "kerf-document";
const VERSION: u32 = 3;

/// Why nothing of a document could be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProjectError {
    /// The text is not JSON of the expected shape.
    #[error("the project's document.json is damaged: {0}")]
    Malformed(String),
    /// It was written by a later Kerf.
    #[error(
        "this project was saved by a newer Kerf (schema {found}, this one reads up to {VERSION}); update Kerf to open it"
    )]
    TooNew {
        /// Its schema version.
        found: u32,
    },
}

#[derive(Serialize, Deserialize)]
struct File {
    format: String,
    version: u32,
    unit: LengthUnit,
    roots: Vec<NodeId>,
    nodes: Vec<FileNode>,
    materials: Vec<FileMaterial>,
    images: Vec<ContentHash>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    skins: Vec<FileSkin>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    animations: Vec<Arc<Animation>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    measurements: Vec<FileMeasurement>,
}

#[derive(Serialize, Deserialize)]
struct FileMeasurement {
    id: MeasurementId,
    #[serde(flatten)]
    measurement: Measurement,
}

#[derive(Serialize, Deserialize)]
struct FileSkin {
    id: SkinId,
    #[serde(flatten)]
    skin: Skin,
}

#[derive(Serialize, Deserialize)]
struct FileNode {
    id: NodeId,
    name: String,
    #[serde(default = "yes")]
    visible: bool,
    transform: [f64; 12],
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    children: Vec<NodeId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    materials: Vec<Option<MaterialId>>,
    content: FileContent,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    camera: Option<Arc<Camera>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    light: Option<Arc<Light>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    skin: Option<SkinId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    morph_weights: Vec<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<Source>,
}

fn yes() -> bool {
    true
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum FileContent {
    Group,
    Part(ContentHash),
    Primitive(Primitive),
    Operation(Operation),
    /// Of version 1; never written.
    Boolean(BooleanOp),
}

#[derive(Serialize, Deserialize)]
struct FileMaterial {
    id: MaterialId,
    #[serde(flatten)]
    material: Material,
}

/// A document as it is stored.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The document as JSON text.
    pub json: String,
    /// The parts that must be stored with it.
    pub parts: Vec<PartRef>,
    /// The images that must be stored with it.
    pub images: Vec<(ContentHash, Arc<Image>)>,
}

/// The document as JSON text, and what must be stored with it.
#[must_use]
pub fn to_json(document: &Document) -> Stored {
    let mut parts = BTreeMap::new();
    let nodes = document
        .nodes()
        .map(|(id, node)| {
            let content = match &node.content {
                Content::Group => FileContent::Group,
                Content::Part(content) => {
                    parts.insert(content.hash, Arc::clone(&content.part));
                    FileContent::Part(content.hash)
                }
                Content::Primitive(primitive) => FileContent::Primitive(*primitive),
                Content::Operation(operation) => FileContent::Operation(*operation),
            };
            FileNode {
                id,
                name: node.name.clone(),
                visible: node.visible,
                transform: node.parent_from_node.to_cols_array(),
                children: node.children.clone(),
                materials: node.materials.clone(),
                content,
                camera: node.camera.clone(),
                light: node.light.clone(),
                skin: node.skin,
                morph_weights: node.morph_weights.clone(),
                source: node.source.as_deref().cloned(),
            }
        })
        .collect();
    let materials = document
        .materials()
        .map(|(id, material)| FileMaterial { id, material: (**material).clone() })
        .collect();
    let file = File {
        format: FORMAT.to_owned(),
        version: VERSION,
        unit: document.unit,
        roots: document.roots.to_vec(),
        nodes,
        materials,
        images: document.images.iter().map(|(hash, _)| *hash).collect(),
        skins: document.skins.iter().map(|(&id, skin)| FileSkin { id, skin: (**skin).clone() }).collect(),
        animations: document.animations.to_vec(),
        measurements: document
            .measurements()
            .map(|(id, measurement)| FileMeasurement { id, measurement: (**measurement).clone() })
            .collect(),
    };
    let json = serde_json::to_string_pretty(&file).expect("a document is plain data with string keys");
    let parts = parts.into_iter().map(|(hash, part)| PartRef { hash, part: Some(part) }).collect();
    Stored { json, parts, images: document.images.to_vec() }
}

/// The document that [`to_json`] wrote, with its parts and images found by name.
///
/// # Errors
/// When nothing of it can be read. Damage that leaves something to show gives warnings.
pub fn from_json(
    text: &str,
    part_of: &dyn Fn(ContentHash) -> Option<Arc<Part>>,
    image_of: &dyn Fn(ContentHash) -> Option<Arc<Image>>,
) -> Result<(Document, Vec<Warning>), ProjectError> {
    let head: Head =
        serde_json::from_str(text).map_err(|error| ProjectError::Malformed(error.to_string()))?;
    if head.format != FORMAT {
        return Err(ProjectError::Malformed(format!("its format is “{}”, not “{FORMAT}”", head.format)));
    }
    if head.version > VERSION {
        return Err(ProjectError::TooNew { found: head.version });
    }
    let file: File =
        serde_json::from_str(text).map_err(|error| ProjectError::Malformed(error.to_string()))?;
    let mut warnings = Vec::new();
    let mut reader = Reader { warnings: &mut warnings, part_of };
    let nodes: BTreeMap<NodeId, FileNode> = file.nodes.into_iter().map(|node| (node.id, node)).collect();
    let last_node = nodes.keys().map(|id| id.0).max().unwrap_or(0);
    let last_material = file.materials.iter().map(|material| material.id.0).max().unwrap_or(0);
    let mut images = Vec::new();
    for (position, hash) in file.images.into_iter().enumerate() {
        let image = image_of(hash).unwrap_or_else(|| {
            reader.warn(
                "missing-image",
                format!("/images/{position}"),
                format!("image {hash} is not in the project"),
            );
            Arc::new(Image { name: String::new(), width: 1, height: 1, rgba: vec![255; 4], encoded: None })
        });
        images.push((hash, image));
    }
    let materials = file
        .materials
        .into_iter()
        .map(|entry| (entry.id, Arc::new(reader.material(entry.id, entry.material, images.len()))))
        .collect();
    let last_skin = file.skins.iter().map(|skin| skin.id.0).max().unwrap_or(0);
    let skins = reader.skins(file.skins);
    let animations = reader.animations(file.animations);
    let (nodes, roots) = reader.tree(nodes, file.roots);
    let last_measurement = file.measurements.iter().map(|entry| entry.id.0).max().unwrap_or(0);
    let measurements = file
        .measurements
        .into_iter()
        .filter(|FileMeasurement { id, measurement }| {
            let is_kept = measurement.is_sound()
                && measurement.anchors.iter().all(|anchor| nodes.contains_key(&anchor.node));
            if !is_kept {
                let message =
                    format!("the measurement “{}” holds on to nothing and was left out", measurement.name);
                reader.warn("lost-measurement", format!("/measurements/{}", id.0), message);
            }
            is_kept
        })
        .map(|entry| (entry.id, Arc::new(entry.measurement)))
        .collect();
    let document = Document {
        nodes: Arc::new(nodes),
        roots: Arc::new(roots),
        materials: Arc::new(materials),
        images: Arc::new(images),
        skins: Arc::new(skins),
        animations: Arc::new(animations),
        measurements: Arc::new(measurements),
        unit: file.unit,
        last_id: last_node.max(last_material).max(last_skin).max(last_measurement),
    };
    Ok((document, warnings))
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

struct Reader<'a> {
    warnings: &'a mut Vec<Warning>,
    part_of: &'a dyn Fn(ContentHash) -> Option<Arc<Part>>,
}

impl Reader<'_> {
    fn warn(&mut self, code: &str, pointer: String, message: String) {
        self.warnings.push(Warning::new(code, Location::Json(pointer), message));
    }

    fn material(&mut self, id: MaterialId, mut material: Material, num_images: usize) -> Material {
        let name = material.name.clone();
        for texture in material.texture_slots_mut() {
            if texture.is_some_and(|texture| texture.image >= num_images) {
                *texture = None;
                self.warn(
                    "missing-image",
                    format!("/materials/{}", id.0),
                    format!("a texture of “{name}” names an image that does not exist"),
                );
            }
        }
        material
    }

    fn skins(&mut self, skins: Vec<FileSkin>) -> BTreeMap<SkinId, Arc<Skin>> {
        let mut kept = BTreeMap::new();
        for FileSkin { id, skin } in skins {
            let is_whole = skin.joints.len() == skin.joint_from_mesh.len()
                && skin.joint_from_mesh.iter().all(|transform| transform.is_finite());
            if is_whole {
                kept.insert(id, Arc::new(skin));
            } else {
                let message = format!("skin “{}” does not fit its joints and was left out", skin.name);
                self.warn("bad-skin", format!("/skins/{}", id.0), message);
            }
        }
        kept
    }

    fn animations(&mut self, mut animations: Vec<Arc<Animation>>) -> Vec<Arc<Animation>> {
        for (position, animation) in animations.iter_mut().enumerate() {
            let num_samplers = animation.samplers.len();
            if animation.channels.iter().all(|channel| channel.sampler < num_samplers) {
                continue;
            }
            Arc::make_mut(animation).channels.retain(|channel| channel.sampler < num_samplers);
            let message = format!("“{}” follows a curve that does not exist", animation.name);
            self.warn("bad-animation", format!("/animations/{position}"), message);
        }
        animations
    }

    /// Follows the children from the roots; what is reached twice or never is not part of a tree.
    fn tree(
        &mut self,
        mut unread: BTreeMap<NodeId, FileNode>,
        roots: Vec<NodeId>,
    ) -> (BTreeMap<NodeId, Arc<Node>>, Vec<NodeId>) {
        let mut nodes = BTreeMap::new();
        let mut kept_roots = Vec::new();
        let mut open: Vec<(NodeId, Option<NodeId>)> = Vec::new();
        for root in roots {
            if unread.contains_key(&root) && !kept_roots.contains(&root) {
                kept_roots.push(root);
            }
        }
        open.extend(kept_roots.iter().rev().map(|&root| (root, None)));
        // Roots claim their nodes before anybody's children do, each child goes to the first parent that names it.
        let mut claimed: BTreeSet<NodeId> = kept_roots.iter().copied().collect();
        while let Some((id, parent)) = open.pop() {
            let Some(file_node) = unread.remove(&id) else { continue };
            let mut node = self.node(file_node, parent);
            node.children.retain(|child| unread.contains_key(child) && claimed.insert(*child));
            open.extend(node.children.iter().rev().map(|&child| (child, Some(id))));
            nodes.insert(id, Arc::new(node));
        }
        for id in unread.keys() {
            self.warn(
                "lost-node",
                format!("/nodes/{}", id.0),
                "a node belongs to no parent and was left out".to_owned(),
            );
        }
        (nodes, kept_roots)
    }

    fn node(&mut self, file: FileNode, parent: Option<NodeId>) -> Node {
        let pointer = format!("/nodes/{}", file.id.0);
        let mut parent_from_node = DAffine3::from_cols_array(&file.transform);
        if !parent_from_node.is_finite() || !parent_from_node.inverse().is_finite() {
            parent_from_node = DAffine3::IDENTITY;
            self.warn(
                "bad-transform",
                pointer.clone(),
                format!("“{}” was put at its parent's origin", file.name),
            );
        }
        let content = match file.content {
            FileContent::Group => Content::Group,
            FileContent::Part(hash) => match (self.part_of)(hash) {
                Some(part) => Content::Part(PartContent { hash, part }),
                None => {
                    self.warn(
                        "missing-part",
                        pointer,
                        format!("the geometry of “{}” is not in the project", file.name),
                    );
                    Content::Group
                }
            },
            FileContent::Primitive(primitive) => match primitive.validate() {
                Ok(()) => Content::Primitive(primitive),
                Err(error) => {
                    self.warn("bad-primitive", pointer, format!("“{}”: {error}", file.name));
                    Content::Group
                }
            },
            FileContent::Operation(operation) => match operation.validate() {
                Ok(()) => Content::Operation(operation),
                Err(error) => {
                    self.warn("bad-parameters", pointer, format!("“{}”: {error}", file.name));
                    Content::Group
                }
            },
            FileContent::Boolean(op) => Content::Operation(op.into()),
        };
        Node {
            name: file.name,
            parent,
            children: file.children,
            visible: file.visible,
            parent_from_node,
            materials: file.materials,
            content,
            camera: file.camera,
            light: file.light,
            skin: file.skin,
            morph_weights: file.morph_weights,
            source: file.source.map(Arc::new),
        }
    }
}
