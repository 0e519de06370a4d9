//! Reading models for commands.

use assets::{ImportOptions, ImportedScene};
use glam::DAffine3;
use jobs::{FileRef, FileSource, ImportedModel, JobOutput, JobRequest, PreparedPart};

use super::{Common, Failure};

/// A file on disk.
pub(crate) fn file(path: &str) -> FileRef {
    let name = std::path::Path::new(path)
        .file_name()
        .map_or_else(|| path.to_owned(), |name| name.to_string_lossy().into_owned());
    FileRef { name, source: FileSource::Path(path.to_owned()) }
}

/// Runs a job here and now.
pub(super) fn run(request: JobRequest, about: &str) -> Result<JobOutput, Failure> {
    crate::job_queue::run_here(request).map_err(|error| Failure::of_file(error, about))
}

/// Reads a model from disk.
pub(super) fn model(path: &str, common: Common) -> Result<ImportedModel, Failure> {
    let options =
        ImportOptions { unit: common.unit, max_triangles: common.max_triangles, ..ImportOptions::default() };
    match run(JobRequest::Import { files: vec![file(path)], options }, path)? {
        JobOutput::Imported(model) => Ok(*model),
        _ => Err(Failure::new("internal", "the importer answered another question")),
    }
}

/// Says on standard error what was wrong with a model that was read all the same.
pub(super) fn complain_about(model: &ImportedModel) {
    for warning in &model.imported.warnings {
        super::complain(&format!("kerf: {} ({}) — {}", warning.message, warning.at, model.file_name));
    }
}

/// A mesh of a scene at one of the places where it stands.
pub(super) struct Placed<'a> {
    /// Index of the mesh in the scene.
    pub(super) mesh: usize,
    /// Its part.
    pub(super) part: &'a PreparedPart,
    /// Where it stands.
    pub(super) world_from_mesh: DAffine3,
}

/// Every mesh of the default scene at every place where it stands.
pub(super) fn placed(model: &ImportedModel) -> Vec<Placed<'_>> {
    let scene = &model.imported.scene;
    let roots = scene.scenes.get(scene.default_scene).map_or(&[][..], |scene| &scene.roots);
    let mut found = Vec::new();
    let mut open: Vec<(usize, DAffine3)> =
        roots.iter().rev().map(|&root| (root, DAffine3::IDENTITY)).collect();
    while let Some((index, world_from_parent)) = open.pop() {
        let Some(node) = scene.nodes.get(index) else { continue };
        let world_from_node = world_from_parent * node.parent_from_node;
        if let Some(mesh) = node.mesh
            && let Some(part) = model.parts.get(mesh)
        {
            found.push(Placed { mesh, part, world_from_mesh: world_from_node });
        }
        open.extend(node.children.iter().rev().map(|&child| (child, world_from_node)));
    }
    found
}

/// A scene with one root per model, for exporters: meshes hold the arrays again.
pub(super) fn scene_with_arrays(model: &ImportedModel) -> (ImportedScene, Vec<jobs::PartRef>) {
    let parts = model
        .parts
        .iter()
        .map(|part| jobs::PartRef { hash: part.hash, part: Some(part.part.clone()) })
        .collect();
    let mut scene = model.imported.scene.clone();
    for (mesh, part) in scene.meshes.iter_mut().zip(&model.parts) {
        mesh.rig.clone_from(&part.part.rig);
    }
    (scene, parts)
}
