//! What the tests of this crate share.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]
#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(unreachable_pub, reason = "a module of test binaries")]

pub mod pack;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assets::{ImportedMesh, ImportedNode, ImportedScene, Resolver, SceneRoots, SideFiles};
use geometry::Mesh;
use glam::DAffine3;

/// The folder of the public corpus beside the repository, if it is there.
pub fn corpus() -> Option<PathBuf> {
    let root = PathBuf::from("../../shared/corpus");
    if !root.join("MANIFEST.csv").exists() {
        println!("skipped: there is no corpus at {}", root.display());
        return None;
    }
    Some(root)
}

/// The rows of the manifest by column name.
pub fn rows(root: &Path) -> Vec<BTreeMap<String, String>> {
    let text = std::fs::read_to_string(root.join("MANIFEST.csv")).expect("the manifest");
    let mut lines = text.lines().map(fields);
    let names = lines.next().expect("a first line");
    lines.map(|fields| names.iter().cloned().zip(fields).collect()).collect()
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut field, mut quoted) = (Vec::new(), String::new(), false);
    for char in line.chars() {
        match char {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(std::mem::take(&mut field)),
            other => field.push(other),
        }
    }
    fields.push(field);
    fields
}

/// The files beside a file.
pub struct Folder(PathBuf);

impl Folder {
    pub fn of(file: &Path) -> Self {
        Self(file.parent().expect("a folder").to_owned())
    }
}

impl Resolver for Folder {
    fn resolve(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let name = name.replace('\\', "/");
        let last = name.rsplit('/').next().unwrap_or(&name).to_owned();
        [name, last].iter().find_map(|name| std::fs::read(self.0.join(name)).ok()).map(Cow::Owned)
    }
}

/// What an export gave, with its side files.
pub fn side_files(files: &[(String, Vec<u8>)]) -> SideFiles {
    let mut side_files = SideFiles::new();
    for (name, bytes) in &files[1..] {
        side_files.insert(name.clone(), bytes.clone());
    }
    side_files
}

/// All meshes of the shown scene as one, welded where coordinates are equal.
pub fn merged(scene: &ImportedScene) -> Mesh {
    let mut whole = Mesh::default();
    let mut stack: Vec<(usize, DAffine3)> =
        scene.scenes[scene.default_scene].roots.iter().map(|&root| (root, DAffine3::IDENTITY)).collect();
    while let Some((node, world_from_parent)) = stack.pop() {
        let node = &scene.nodes[node];
        let world_from_node = world_from_parent * node.parent_from_node;
        stack.extend(node.children.iter().map(|&child| (child, world_from_node)));
        let Some(mesh) = node.mesh.map(|mesh| &scene.meshes[mesh].surface) else { continue };
        let base = u32::try_from(whole.positions.len()).unwrap();
        whole.positions.extend(mesh.positions.iter().map(|&point| world_from_node.transform_point3(point)));
        whole.triangles.extend(mesh.triangles.iter().map(|triangle| triangle.map(|index| index + base)));
    }
    let weld = geometry::weld_positions(&whole.positions);
    let triangles =
        whole.triangles.iter().map(|corners| corners.map(|corner| weld.new_from_old[corner as usize]));
    Mesh::new(weld.positions.clone(), triangles.collect())
}

/// A scene of one mesh.
pub fn scene_of(mesh: Mesh) -> ImportedScene {
    ImportedScene {
        nodes: vec![ImportedNode { name: "part".to_owned(), mesh: Some(0), ..ImportedNode::default() }],
        scenes: vec![SceneRoots { name: String::new(), roots: vec![0] }],
        meshes: vec![ImportedMesh {
            surface: Arc::new(mesh),
            materials: vec![None],
            ..ImportedMesh::default()
        }],
        ..ImportedScene::default()
    }
}
