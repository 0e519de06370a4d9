//! What is shown of a model before it is read is where the model will be, and looks like it.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests too")]

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use assets::{
    ExportOptions, Format, Glance, ImportOptions, ImportedMesh, ImportedNode, ImportedScene, Material,
    Onlooker, Resolver, SceneRoots, export, import,
};
use geometry::{Primitive, Unwatched};
use glam::{DAffine3, DVec3};

/// Looks at models of so many triangles.
#[derive(Default)]
struct Watcher {
    min_triangles: usize,
    /// What there is beside the file.
    side: Vec<u8>,
    seen: RefCell<Vec<Glance>>,
}

impl Resolver for Watcher {
    fn resolve(&self, _name: &str) -> Option<Cow<'_, [u8]>> {
        Some(Cow::Borrowed(&self.side))
    }

    fn onlooker(&self) -> Option<&dyn Onlooker> {
        Some(self)
    }
}

impl Onlooker for Watcher {
    fn min_triangles(&self) -> usize {
        self.min_triangles
    }

    fn max_places(&self) -> usize {
        20
    }

    fn show(&self, glance: Glance) {
        self.seen.borrow_mut().push(glance);
    }
}

/// A red ball in two places, one of them in a node that is moved, and a green one that nobody sees.
fn scene() -> ImportedScene {
    let ball = |radius: f64, material| {
        let surface = Primitive::Sphere { radius, segments: 60 }.mesh().unwrap();
        let bare = ImportedMesh::default();
        ImportedMesh { surface: Arc::new(surface), materials: vec![Some(material)], ..bare }
    };
    let node = |mesh, children, x: f64| ImportedNode {
        mesh,
        children,
        parent_from_node: DAffine3::from_translation(DVec3::X * x),
        ..ImportedNode::default()
    };
    let color = |base_color| Material { base_color, ..Material::default() };
    ImportedScene {
        nodes: vec![
            node(Some(0), vec![1], 100.0),
            node(Some(0), vec![], 30.0),
            ImportedNode { hidden: true, ..node(Some(1), vec![], 0.0) },
        ],
        scenes: vec![SceneRoots { roots: vec![0, 2], ..SceneRoots::default() }],
        meshes: vec![ball(5.0, 0), ball(9.0, 1)],
        materials: vec![color([1.0, 0.0, 0.0, 1.0]), color([0.0, 1.0, 0.0, 1.0])],
        ..ImportedScene::default()
    }
}

fn written(scene: &ImportedScene, format: Format) -> Vec<u8> {
    let mut files = export("a", scene, format, &ExportOptions::default(), &Unwatched).unwrap();
    files.swap_remove(0).1
}

/// What is seen ahead of a file, and the model itself.
fn look(name: &str, bytes: &[u8], min_triangles: usize) -> (Vec<Glance>, ImportedScene) {
    let watcher = Watcher { min_triangles, ..Watcher::default() };
    let imported = import(name, bytes, &ImportOptions::default(), &watcher, &Unwatched).unwrap();
    (watcher.seen.take(), imported.scene)
}

/// Where the corners of what is shown are, in the world.
fn world_corners(glance: &Glance) -> Vec<[DVec3; 2]> {
    let corners = |&(mesh, world_from_mesh): &(usize, DAffine3)| {
        glance.meshes[mesh].bounds.map(|corner| world_from_mesh.transform_point3(corner))
    };
    glance.placed.iter().map(corners).collect()
}

#[test]
fn a_gltf_is_seen_where_it_stands_in_its_colours() {
    let bytes = written(&scene(), Format::Glb);
    let (seen, model) = look("a.glb", &bytes, 100);
    let [glance] = &seen[..] else { panic!("seen {} times", seen.len()) };
    for (found, x) in world_corners(glance).into_iter().zip([100.0, 130.0]) {
        let expected = [-1.0, 1.0].map(|side| DVec3::X * x + DVec3::splat(side * 5.0));
        assert!(
            found[0].abs_diff_eq(expected[0], 0.01) && found[1].abs_diff_eq(expected[1], 0.01),
            "{found:?}"
        );
    }
    assert_eq!(glance.placed.len(), 2);
    let [mesh] = &glance.meshes[..] else { panic!("one mesh is to be seen") };
    let color = mesh.materials[mesh.coarse.groups[0].material_slot as usize]
        .map(|material| glance.materials[material].base_color);
    assert_eq!(color, Some([1.0, 0.0, 0.0, 1.0]));
    // It is the model itself, not a box around it.
    let num_triangles = mesh.coarse.indices.len() / 3;
    let all = model.meshes[0].surface.triangles.len();
    assert!((all / 20..all).contains(&num_triangles), "{num_triangles} of {all}");
    for vertex in &mesh.coarse.vertices {
        let at = mesh.coarse.origin + DVec3::from_array(vertex.position.map(f64::from));
        assert!((at.length() - 5.0).abs() < 0.5, "{at}");
    }
}

#[test]
fn an_stl_is_seen_too() {
    let bytes = written(&scene(), Format::Stl);
    let (seen, model) = look("a.stl", &bytes, 100);
    let [glance] = &seen[..] else { panic!("seen {} times", seen.len()) };
    let (low, high) = model.meshes[0].surface.bounds().unwrap();
    assert_eq!(world_corners(glance), [[low, high]]);
    assert!(glance.meshes[0].coarse.indices.len() > 300);
}

#[test]
fn small_models_and_those_that_bend_are_not_seen_ahead() {
    let mut files = export("a", &scene(), Format::Gltf, &ExportOptions::default(), &Unwatched).unwrap();
    let [(_, main), (_, side)] = &mut files[..] else { panic!("a document and its data") };
    let num_seen = |document: &[u8], min_triangles| {
        let watcher = Watcher { min_triangles, side: side.clone(), ..Watcher::default() };
        import("a.gltf", document, &ImportOptions::default(), &watcher, &Unwatched).unwrap();
        watcher.seen.take().len()
    };
    assert_eq!((num_seen(main, 100), num_seen(main, 1_000_000)), (1, 0));
    let mut document: serde_json::Value = serde_json::from_slice(main).unwrap();
    for mesh in document["meshes"].as_array_mut().unwrap() {
        for primitive in mesh["primitives"].as_array_mut().unwrap() {
            primitive["targets"] = serde_json::json!([{ "POSITION": primitive["attributes"]["POSITION"] }]);
        }
        mesh["weights"] = serde_json::json!([0.5]);
    }
    assert_eq!(num_seen(document.to_string().as_bytes(), 100), 0);
}
