//! Puts the parts of the importer in order.

use std::collections::{BTreeMap, BTreeSet};

use geometry::{Progress, progress::Stretch};
use serde_json::Value;

use super::accessor::Accessors;
use super::budget::Budget;
use super::buffers::{Buffers, side_file_name};
use super::container::{self, Container};
use super::json::{Lenient as _, Place, Report};
use super::materials::MaterialReader;
use super::nodes::Tree;
use super::pose::{self, Pose};
use super::primitives::MeshReader;
use super::{
    accessor_rules, animations, data_rules, draco, extensions, glance, instancing, metadata, nodes, rules,
    schema, skins, stage, variants,
};
use crate::formats::ImportOptions;
use crate::{
    Camera, ImportError, ImportErrorKind, Imported, ImportedMesh, ImportedScene, LengthUnit, Light, Resolver,
    SourceInfo, UpAxis,
};

/// Reads a `.gltf` or a `.glb`; which of the two it is, its first bytes tell.
///
/// Skins and morph targets are applied as the nodes stand; animations are kept and not played.
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
    accessor_rules::check(&document, &buffers, &mut report);

    progress.phase("Reading meshes");
    let mut budget = Budget::new(bytes.len().saturating_add(buffers.num_bytes()));
    let decoding = Stretch::new(progress, 0.1, 0.3);
    let decoded = draco::decode(&document, &buffers, &mut budget, &decoding, &mut report)?;
    let accessors = Accessors::open(&document, &buffers, decoded, &mut budget, &mut report);
    let mut tree = nodes::read(&document, &mut report);
    let skins = skins::read(&document, &accessors, &mut tree, &mut report);
    let poses = pose::of_nodes(&document, &tree, &skins);
    if let Some(onlooker) = resolver.onlooker() {
        let num_bytes = bytes.len().saturating_add(buffers.num_bytes());
        let looking = Stretch::new(progress, 0.3, 0.3);
        let stands = (&tree, &poses[..]);
        if let Some(glance) =
            glance::of(&document, &accessors, &buffers, stands, num_bytes, onlooker, &looking)?
        {
            onlooker.show(glance);
        }
    }
    data_rules::check(&document, &accessors, &mut report);
    let reading = Stretch::new(progress, 0.3, 0.7);
    let mut reader = MeshReader::new(&document, &accessors, budget, &reading);
    let meshes = read_meshes(&mut reader, &document, &poses, &mut tree, &container, &mut report)?;
    let mut budget = reader.budget;
    instancing::expand(&document, &accessors, &mut tree, &mut budget, &mut report);
    let animations = animations::read(&document, &accessors, &mut budget, &mut report);
    let (cameras, lights) = read_stage(&document, &mut tree);

    progress.phase("Decoding textures");
    let decoding = Stretch::new(progress, 0.7, 1.0);
    let (materials, images) =
        MaterialReader::new(&document, &buffers, resolver).read(&decoding, &mut report)?;

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
    if !animations.is_empty() {
        let message = "Animations are not played yet; the scene is shown as its nodes stand.";
        report.warn("animations-ignored", &Place::Root.key("animations"), message);
    }
    let extensions = extensions::declared(&document, &mut report);
    progress.report(1.0)?;
    let source = SourceInfo {
        format: if container.is_binary { "glTF 2.0 (binary)" } else { "glTF 2.0" }.to_owned(),
        generator: document.get("asset").and_then(|asset| asset.text("generator")).map(str::to_owned),
        up_axis: UpAxis::Y,
        unit: LengthUnit::Metre,
        unit_assumed: false,
        extensions,
        metadata: metadata::read(&document),
    };
    let scene = ImportedScene {
        nodes: tree.nodes,
        scenes: tree.scenes,
        default_scene: tree.default_scene,
        meshes,
        materials,
        images,
        skins,
        animations,
        cameras,
        lights,
        variants: variants::names(&document),
        source,
    };
    Ok(Imported { scene, warnings: report.finish() })
}

/// Reads the meshes that nodes show, each in all its poses, or all if none are shown; lets the nodes know theirs.
fn read_meshes(
    reader: &mut MeshReader<'_>,
    document: &Value,
    poses: &[Option<Pose>],
    tree: &mut Tree,
    container: &Container<'_>,
    report: &mut Report,
) -> Result<Vec<ImportedMesh>, ImportError> {
    let values = document.elements("meshes");
    // A mesh and the node whose pose it has; nodes without a pose share it.
    let uses: Vec<_> = document
        .elements("nodes")
        .iter()
        .enumerate()
        .map(|(node, value)| {
            let mesh = value.index("mesh").filter(|mesh| *mesh < values.len())?;
            Some((mesh, poses[node].is_some().then_some(node)))
        })
        .collect();
    let mut wanted: BTreeSet<_> = uses.iter().flatten().copied().collect();
    if wanted.is_empty() {
        wanted = (0..values.len()).map(|mesh| (mesh, None)).collect();
    }
    let root = Place::Root;
    let meshes_at = root.key("meshes");
    let mut meshes = Vec::new();
    let mut read = BTreeMap::new();
    let num_wanted = wanted.len();
    for (place, (index, posed)) in wanted.into_iter().enumerate() {
        let done = place as f64 / num_wanted as f64;
        let pose = posed.and_then(|node| poses[node].as_ref());
        let mesh = reader.read(&values[index], pose, &meshes_at.at(index), done, report)?;
        if !(mesh.surface.is_empty() && mesh.points.is_empty() && mesh.lines.is_empty()) {
            read.insert((index, posed), meshes.len());
            meshes.push(mesh);
        }
    }
    for (node, used) in tree.nodes.iter_mut().zip(&uses) {
        node.mesh = used.and_then(|used| read.get(&used).copied());
    }
    match reader.first_loss.take() {
        Some(mut loss) if meshes.is_empty() => {
            if container.is_truncated {
                loss.kind = ImportErrorKind::Truncated;
                loss.message = format!("The file ends early, and nothing can be shown. {}", loss.message);
            }
            Err(loss)
        }
        _ => Ok(meshes),
    }
}

/// Reads cameras and lights, and lets the nodes know theirs.
fn read_stage(document: &Value, tree: &mut Tree) -> (Vec<Camera>, Vec<Light>) {
    let (cameras, camera_of) = stage::packed(stage::cameras(document));
    let (lights, light_of) = stage::packed(stage::lights(document));
    let place = |index: Option<usize>, places: &[Option<usize>]| places.get(index?).copied().flatten();
    for (node, value) in tree.nodes.iter_mut().zip(document.elements("nodes")) {
        node.camera = place(value.index("camera"), &camera_of);
        let light = value.extension(stage::LIGHTS).and_then(|extension| extension.index("light"));
        node.light = place(light, &light_of);
    }
    (cameras, lights)
}

/// The names of the buffers and images beside a `.gltf` or `.glb`, as they are to be asked of the resolver.
pub(crate) fn side_files(bytes: &[u8]) -> Vec<String> {
    let mut report = Report::default();
    let Ok(document) = container::open(bytes, &mut report).and_then(|container| container.parse(&mut report))
    else {
        return Vec::new();
    };
    let mut names: Vec<String> = Vec::new();
    let mut seen = BTreeSet::new();
    for value in ["buffers", "images"].iter().flat_map(|key| document.elements(key)) {
        if let Some(name) = value.text("uri").and_then(side_file_name)
            && seen.insert(name.clone())
        {
            names.push(name);
        }
    }
    names
}
