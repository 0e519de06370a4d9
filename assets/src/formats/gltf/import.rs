//! Puts the parts of the importer in order.

use geometry::{Progress, progress::Stretch};
use serde_json::Value;

use super::accessor::{Accessors, Budget};
use super::buffers::{Buffers, side_file_name};
use super::container::{self, Container};
use super::json::{Lenient as _, Place, Report};
use super::materials::MaterialReader;
use super::primitives::MeshReader;
use super::{extensions, nodes, rules, schema};
use crate::formats::ImportOptions;
use crate::{
    ImportError, ImportErrorKind, Imported, ImportedMesh, ImportedScene, LengthUnit, Resolver, SourceInfo,
    UpAxis,
};

/// Reads a `.gltf` or a `.glb`; which of the two it is, its first bytes tell.
///
/// Skins, morph targets and animations are not applied: the meshes are shown as they are stored.
pub(crate) fn import(
    bytes: &[u8],
    _options: &ImportOptions,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let mut report = Report::default();
    progress.phase("Reading the file");
    progress.report(0.0)?;
    let container = container::open(bytes, &mut report)?;
    let document = container.parse(&mut report)?;
    schema::check(&document, &mut report);
    rules::check(&document, &mut report);
    progress.report(0.1)?;
    let buffers = Buffers::load(&document, container.bin, resolver, &mut report);

    progress.phase("Reading meshes");
    let num_bytes = bytes.len().saturating_add(buffers.num_bytes());
    let reading = Stretch::new(progress, 0.1, 0.7);
    let mut budget = Budget::new(num_bytes);
    let accessors = Accessors::open(&document, &buffers, &mut budget, &mut report);
    let reader = MeshReader::new(&document, &accessors, budget, &reading);
    let (meshes, mesh_of) = read_meshes(reader, &document, &container, &mut report)?;

    progress.phase("Decoding textures");
    let decoding = Stretch::new(progress, 0.7, 1.0);
    let (materials, images) =
        MaterialReader::new(&document, &buffers, resolver).read(&decoding, &mut report)?;

    let mut tree = nodes::read(&document, &mesh_of, &mut report);
    let is_shown = tree.nodes.iter().any(|node| node.mesh.is_some());
    if !is_shown && !meshes.is_empty() {
        let message = "No node shows the meshes; each is shown where it lies.";
        report.warn("meshes-without-nodes", &Place::Root, message);
        let names: Vec<_> = meshes.iter().map(|mesh| mesh.name.clone()).collect();
        tree.add_loose_meshes(&names);
    }
    if meshes.is_empty() {
        report.warn("nothing-to-show", &Place::Root, "The file holds nothing that can be shown.");
    }
    report_what_stands_still(&document, &mut report);
    let extensions = extensions::declared(&document, &mut report);
    progress.report(1.0)?;
    let source = SourceInfo {
        format: if container.is_binary { "glTF 2.0 (binary)" } else { "glTF 2.0" }.to_owned(),
        generator: document.get("asset").and_then(|asset| asset.text("generator")).map(str::to_owned),
        up_axis: UpAxis::Y,
        unit: LengthUnit::Metre,
        unit_assumed: false,
        extensions,
    };
    let scene = ImportedScene {
        nodes: tree.nodes,
        scenes: tree.scenes,
        default_scene: tree.default_scene,
        meshes,
        materials,
        images,
        source,
    };
    Ok(Imported { scene, warnings: report.finish() })
}

/// Reads the meshes that nodes show, or all if none are. Also gives for each mesh of the document the one read, if there
/// is anything in it.
fn read_meshes(
    mut reader: MeshReader<'_>,
    document: &Value,
    container: &Container<'_>,
    report: &mut Report,
) -> Result<(Vec<ImportedMesh>, Vec<Option<usize>>), ImportError> {
    let values = document.elements("meshes");
    let mut is_used = vec![false; values.len()];
    for mesh in document.elements("nodes").iter().filter_map(|node| node.index("mesh")) {
        if let Some(used) = is_used.get_mut(mesh) {
            *used = true;
        }
    }
    if !is_used.contains(&true) {
        is_used.fill(true);
    }
    let root = Place::Root;
    let meshes_at = root.key("meshes");
    let mut meshes = Vec::new();
    let mut mesh_of = vec![None; values.len()];
    for (index, value) in values.iter().enumerate().filter(|(index, _)| is_used[*index]) {
        let done = index as f64 / values.len() as f64;
        let mesh = reader.read(value, &meshes_at.at(index), done, report)?;
        if !(mesh.surface.is_empty() && mesh.points.is_empty() && mesh.lines.is_empty()) {
            mesh_of[index] = Some(meshes.len());
            meshes.push(mesh);
        }
    }
    match reader.first_loss {
        Some(mut loss) if meshes.is_empty() => {
            if container.is_truncated {
                loss.kind = ImportErrorKind::Truncated;
                loss.message = format!("The file ends early, and nothing can be shown. {}", loss.message);
            }
            Err(loss)
        }
        _ => Ok((meshes, mesh_of)),
    }
}

/// Says what of the file moves or bends and is shown at rest.
fn report_what_stands_still(document: &Value, report: &mut Report) {
    let root = Place::Root;
    for (key, code, message) in [
        ("animations", "animations-ignored", "Animations are not played yet; the scene is shown at rest."),
        ("skins", "skins-ignored", "Skins are not applied yet; meshes are shown as they are stored."),
    ] {
        if !document.elements(key).is_empty() {
            report.warn(code, &root.key(key), message);
        }
    }
    let meshes_at = root.key("meshes");
    for (index, mesh) in document.elements("meshes").iter().enumerate() {
        let is_bent = mesh.elements("weights").iter().any(|weight| weight.as_f64() != Some(0.0));
        if is_bent {
            let mesh_at = meshes_at.at(index);
            let message = "Morph targets are not applied yet; the mesh is shown without them.";
            report.warn("morphs-ignored", &mesh_at.key("weights"), message);
        }
    }
}

/// The names of the buffers and images beside a `.gltf` or `.glb`, as they are to be asked of the resolver.
pub(crate) fn side_files(bytes: &[u8]) -> Vec<String> {
    let mut report = Report::default();
    let Ok(document) = container::open(bytes, &mut report).and_then(|container| container.parse(&mut report))
    else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for value in ["buffers", "images"].iter().flat_map(|key| document.elements(key)) {
        if let Some(name) = value.text("uri").and_then(side_file_name)
            && seen.insert(name.clone())
        {
            names.push(name);
        }
    }
    names
}
