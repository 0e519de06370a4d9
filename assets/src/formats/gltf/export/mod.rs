//! Writes scenes as `.glb`: one buffer, every accessor in a view of its own, images as they came.
//!
//! The files are meant to pass the Khronos validator without errors, and to come back through our own importer with the
//! same positions to the bit, as long as these are single-precision metres.

mod bin;
mod materials;
mod meshes;
mod transform;
mod vertices;

use geometry::{Progress, progress::Stretch};
use serde_json::{Map, Value, json};

use self::bin::Bin;
use self::materials::MaterialWriter;
use super::convention::transform_to_file;
use crate::formats::{ExportError, ExportOptions};
use crate::{ImportedNode, ImportedScene};

/// Writes a whole scene as one `.glb`. Axes and unit are the format's. Meshes that break [`geometry::Mesh::validate`]
/// are left out.
pub(crate) fn export_glb(
    scene: &ImportedScene,
    _options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Vec<u8>, ExportError> {
    progress.phase("Writing meshes");
    let mut bin = Bin::default();
    let mut materials = MaterialWriter::new(scene);
    let (meshes, mesh_of) =
        meshes::write(scene, &mut bin, &mut materials, &Stretch::new(progress, 0.0, 0.7))?;
    if meshes.is_empty() {
        return Err(ExportError::Empty);
    }
    progress.phase("Writing textures");
    let mut document = Map::new();
    document.insert("asset".to_owned(), json!({ "version": "2.0", "generator": "Kerf" }));
    document.insert("meshes".to_owned(), Value::Array(meshes));
    let extensions = materials.finish(&mut document, &mut bin, &Stretch::new(progress, 0.7, 0.9))?;
    if !extensions.is_empty() {
        document.insert("extensionsUsed".to_owned(), json!(extensions));
    }
    document.insert("nodes".to_owned(), write_nodes(&scene.nodes, &mesh_of));
    document.insert("scenes".to_owned(), write_scenes(scene));
    document.insert("scene".to_owned(), json!(scene.default_scene.min(scene.scenes.len().saturating_sub(1))));
    let data = bin.finish(&mut document);
    progress.report(0.95)?;
    let glb = container(&Value::Object(document), &data)?;
    progress.report(1.0)?;
    Ok(glb)
}

/// Nodes keep their indices; a sheared one gets an inner node at the end of the list, see [`transform::split`].
fn write_nodes(nodes: &[ImportedNode], mesh_of: &[Option<usize>]) -> Value {
    let mut written = Vec::with_capacity(nodes.len());
    let mut inner_nodes = Vec::new();
    for node in nodes {
        let [outer, inner] = transform::split(transform_to_file(node.parent_from_node));
        let mut value = Map::new();
        if !node.name.is_empty() {
            value.insert("name".to_owned(), json!(node.name));
        }
        outer.write(&mut value);
        let mut content = Map::new();
        if !node.children.is_empty() {
            content.insert("children".to_owned(), json!(node.children));
        }
        if let Some(mesh) = node.mesh.and_then(|mesh| mesh_of.get(mesh).copied().flatten()) {
            content.insert("mesh".to_owned(), json!(mesh));
        }
        if inner.is_identity() {
            value.append(&mut content);
        } else {
            value.insert("children".to_owned(), json!([nodes.len() + inner_nodes.len()]));
            inner.write(&mut content);
            inner_nodes.push(Value::Object(content));
        }
        written.push(Value::Object(value));
    }
    written.append(&mut inner_nodes);
    Value::Array(written)
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
