//! Writes scenes as `.glb` and `.gltf`: one buffer, every accessor in a view of its own, images as they came; a `.gltf` has
//! its buffer and its images beside it.
//!
//! The files are meant to pass the Khronos validator without errors, and to come back through our own importer with the
//! same positions to the bit, as long as these are single-precision metres and nothing was quantised.

mod animations;
mod bin;
mod material_extensions;
mod materials;
mod meshes;
mod pack;
mod quantize;
mod rig;
mod stage;
mod transform;
mod vertices;

use std::collections::BTreeSet;

use geometry::{Progress, progress::Stretch};
use glam::DAffine3;
use serde_json::{Map, Value, json};

use self::bin::Bin;
use self::materials::MaterialWriter;
use self::meshes::Written;
use self::quantize::Grid;
use super::convention::transform_to_file;
use crate::formats::{ExportError, ExportOptions, Files, stem_of};
use crate::{AnimationTarget, ImportedNode, ImportedScene};

/// Writes a whole scene as one `.glb`. Axes and unit are the format's. Meshes that break [`geometry::Mesh::validate`]
/// are left out.
pub(crate) fn export_glb(
    name: &str,
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Files, ExportError> {
    let (document, data, _) = write(scene, Bin::new(options.compression), progress)?;
    let glb = container(&document, &data)?;
    progress.report(1.0)?;
    Ok(vec![(name.to_owned(), glb)])
}

/// As [`export_glb`], as JSON that people can read, with a `.bin` and images beside it.
pub(crate) fn export_gltf(
    name: &str,
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Files, ExportError> {
    let bin = Bin::beside(stem_of(name), options.compression);
    let (document, _, files) = write(scene, bin, progress)?;
    let text = format!("{document:#}\n");
    progress.report(1.0)?;
    Ok(std::iter::once((name.to_owned(), text.into_bytes())).chain(files).collect())
}

/// The document, the data of its buffer, and the files beside it.
fn write(
    scene: &ImportedScene,
    mut bin: Bin,
    progress: &dyn Progress,
) -> Result<(Value, Vec<u8>, Files), ExportError> {
    progress.phase("Writing meshes");
    let mut materials = MaterialWriter::new(scene);
    let Written { meshes, grids, mesh_of } =
        meshes::write(scene, &mut bin, &mut materials, &Stretch::new(progress, 0.0, 0.7))?;
    if meshes.is_empty() {
        return Err(ExportError::Empty);
    }
    progress.phase("Writing textures");
    let mut document = Map::new();
    let mut asset = json!({ "version": "2.0", "generator": "Kerf" });
    if let Some((_, copyright)) = scene.source.metadata.iter().find(|(name, _)| name == "copyright") {
        asset["copyright"] = json!(copyright);
    }
    document.insert("asset".to_owned(), asset);
    let mut used: BTreeSet<_> =
        materials.finish(&mut document, &mut bin, &Stretch::new(progress, 0.7, 0.9))?.into_iter().collect();
    let mut nodes = NodeWriter {
        scene,
        meshes: &meshes,
        grids: &grids,
        mesh_of: &mesh_of,
        moved: &moved_nodes(scene),
        used: &mut used,
        inner: Vec::new(),
    };
    document.insert("nodes".to_owned(), nodes.write());
    document.insert("meshes".to_owned(), Value::Array(meshes));
    document.insert("scenes".to_owned(), write_scenes(scene));
    document.insert("scene".to_owned(), json!(scene.default_scene.min(scene.scenes.len().saturating_sub(1))));
    stage::write(scene, &mut document, &mut used);
    animations::write_skins(scene, &mut bin, &mut document);
    animations::write(scene, &mut bin, &mut document, &mut used);
    let mut required = Vec::new();
    bin.note_extensions(&mut used, &mut required);
    if !required.is_empty() {
        document.insert("extensionsRequired".to_owned(), json!(required));
    }
    if !used.is_empty() {
        document.insert("extensionsUsed".to_owned(), json!(used));
    }
    let (data, files) = bin.finish(&mut document);
    progress.report(0.95)?;
    Ok((Value::Object(document), data, files))
}

/// Nodes whose place is not the file's alone: something moves them, or bends by them.
fn moved_nodes(scene: &ImportedScene) -> BTreeSet<usize> {
    let channels = scene.animations.iter().flat_map(|animation| &animation.channels);
    let targets = channels.filter_map(|channel| match channel.target {
        AnimationTarget::Translation(node)
        | AnimationTarget::Rotation(node)
        | AnimationTarget::Scale(node)
        | AnimationTarget::MorphWeights(node) => Some(node),
        AnimationTarget::Pointer(_) => None,
    });
    targets.chain(scene.skins.iter().flat_map(|skin| skin.joints.iter().copied())).collect()
}

struct NodeWriter<'a> {
    scene: &'a ImportedScene,
    meshes: &'a [Value],
    /// For each mesh the grid that its positions are on.
    grids: &'a [Option<Grid>],
    mesh_of: &'a [Option<usize>],
    moved: &'a BTreeSet<usize>,
    used: &'a mut BTreeSet<&'static str>,
    /// Nodes behind those of the scene.
    inner: Vec<Value>,
}

impl NodeWriter<'_> {
    /// Nodes keep their indices; a sheared one gets an inner node at the end of the list, see [`transform::split`], and so
    /// does one whose mesh is on a grid, unless nothing but the mesh hangs on the place of the node.
    fn write(&mut self) -> Value {
        let nodes = &self.scene.nodes;
        let mut written = Vec::with_capacity(nodes.len());
        for (index, node) in nodes.iter().enumerate() {
            let mut parent_from_content = transform_to_file(node.parent_from_node);
            let mut grid = self.mesh(node).and_then(|mesh| self.grids[mesh]);
            let is_bare = node.children.is_empty() && node.camera.is_none() && node.light.is_none();
            if is_bare && !self.moved.contains(&index) {
                parent_from_content *= grid.take().map_or(DAffine3::IDENTITY, |grid| grid.mesh_from_steps());
            }
            let [outer, inner] = transform::split(parent_from_content);
            let mut value = Map::new();
            if !node.name.is_empty() {
                value.insert("name".to_owned(), json!(node.name));
            }
            outer.write(&mut value);
            let mut content = self.content(node);
            if let Some(grid) = grid {
                self.move_mesh_to_grid(&grid, &mut content);
            }
            if inner.is_identity() {
                value.append(&mut content);
            } else {
                inner.write(&mut content);
                let child = self.add_inner(content);
                value.insert("children".to_owned(), json!([child]));
            }
            written.push(Value::Object(value));
        }
        written.append(&mut self.inner);
        Value::Array(written)
    }

    fn add_inner(&mut self, node: Map<String, Value>) -> usize {
        self.inner.push(Value::Object(node));
        self.scene.nodes.len() + self.inner.len() - 1
    }

    /// Gives the mesh of a node to a child that stands where its grid is.
    fn move_mesh_to_grid(&mut self, grid: &Grid, content: &mut Map<String, Value>) {
        let mut child = Map::new();
        transform::split(grid.mesh_from_steps())[0].write(&mut child);
        child.extend(content.remove("mesh").map(|mesh| ("mesh".to_owned(), mesh)));
        let child = json!(self.add_inner(child));
        match content.get_mut("children").and_then(Value::as_array_mut) {
            Some(children) => children.push(child),
            None => {
                content.insert("children".to_owned(), json!([child]));
            }
        }
    }

    /// The mesh that is written for a node.
    fn mesh(&self, node: &ImportedNode) -> Option<usize> {
        node.mesh.and_then(|mesh| self.mesh_of.get(mesh).copied().flatten())
    }

    /// What a node has besides a name and a place.
    fn content(&mut self, node: &ImportedNode) -> Map<String, Value> {
        let mut content = Map::new();
        if !node.children.is_empty() {
            content.insert("children".to_owned(), json!(node.children));
        }
        if let Some(mesh) = self.mesh(node) {
            content.insert("mesh".to_owned(), json!(mesh));
            let primitives = self.meshes[mesh]["primitives"].as_array();
            let has = |key: &str| {
                let mut primitives = primitives.into_iter().flatten();
                primitives.any(|primitive| primitive["attributes"].get(key).is_some())
            };
            if let Some(skin) = node.skin.filter(|skin| *skin < self.scene.skins.len() && has("JOINTS_0")) {
                content.insert("skin".to_owned(), json!(skin));
            }
            let targets = primitives.and_then(|primitives| primitives.first()?["targets"].as_array());
            let num_targets = targets.map_or(0, Vec::len);
            if num_targets > 0 && node.morph_weights.len() == num_targets {
                content.insert("weights".to_owned(), json!(node.morph_weights));
            }
        }
        stage::write_node(node, self.scene, &mut content, self.used);
        content
    }
}

fn write_scenes(scene: &ImportedScene) -> Value {
    let scenes = scene.scenes.iter().map(|scene| {
        let mut value = Map::new();
        if !scene.name.is_empty() {
            value.insert("name".to_owned(), json!(scene.name));
        }
        if !scene.roots.is_empty() {
            value.insert("nodes".to_owned(), json!(scene.roots));
        }
        Value::Object(value)
    });
    Value::Array(scenes.collect())
}

/// Puts the JSON and the data into a binary container.
fn container(document: &Value, data: &[u8]) -> Result<Vec<u8>, ExportError> {
    const HEADER_LEN: usize = 12;
    const CHUNK_HEADER_LEN: usize = 8;
    let mut json = document.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let data_len = data.len().next_multiple_of(4);
    let total = HEADER_LEN + 2 * CHUNK_HEADER_LEN + json.len() + data_len;
    let Ok(declared) = u32::try_from(total) else {
        return Err(ExportError::TooLarge { format: "GLB".to_owned(), what: "4 GiB or more".to_owned() });
    };
    let chunk_len = |len: usize| u32::try_from(len).expect("a part is smaller than the whole");
    let mut glb = Vec::with_capacity(total);
    glb.extend(b"glTF");
    glb.extend(2_u32.to_le_bytes());
    glb.extend(declared.to_le_bytes());
    glb.extend(chunk_len(json.len()).to_le_bytes());
    glb.extend(b"JSON");
    glb.extend(&json);
    glb.extend(chunk_len(data_len).to_le_bytes());
    glb.extend(b"BIN\0");
    glb.extend(data);
    glb.resize(total, 0);
    Ok(glb)
}
