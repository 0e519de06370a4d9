//! glTF files that are written smaller come back: to the bit when packed, within a step when quantised.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use std::sync::Arc;

use assets::{
    Compression, ExportOptions, Format, ImportOptions, Imported, ImportedScene, NoSideFiles, SideFiles,
    export, import,
};
use geometry::{Channel, CornerRows, LineSet, PointSet, Primitive, Semantic, Unwatched};
use glam::{DAffine3, DVec3};

fn scene() -> ImportedScene {
    let mut mesh = Primitive::Sphere { radius: 30.0, segments: 96 }.mesh().unwrap();
    let normals =
        mesh.positions.iter().flat_map(|point| point.normalize_or_zero().as_vec3().to_array()).collect();
    let uvs = mesh.positions.iter().flat_map(|point| [(point.x / 80.0 + 0.5) as f32, 0.25]).collect();
    let rows = CornerRows::PerPosition;
    mesh.channels = vec![
        Channel { semantic: Semantic::Normal, width: 3, values: normals, rows: rows.clone() },
        Channel { semantic: Semantic::Uv(0), width: 2, values: uvs, rows },
    ];
    let mut scene = common::scene_of(mesh);
    scene.nodes[0].name = "ball".to_owned();
    scene.nodes[0].parent_from_node =
        DAffine3::from_rotation_z(0.3) * DAffine3::from_translation(DVec3::new(5.0, 6.0, 7.0));
    // A second one that has a child, so that the grid needs a node of its own.
    let mut parent = scene.nodes[0].clone();
    parent.name = "parent".to_owned();
    parent.children = vec![2];
    let mut child = scene.nodes[0].clone();
    child.name = "child".to_owned();
    scene.nodes.extend([parent, child]);
    scene.scenes[0].roots.push(1);
    let positions = vec![DVec3::ZERO, DVec3::X, DVec3::splat(-50.0)];
    let lines =
        LineSet { positions: positions.clone(), segments: vec![[0, 1], [1, 2]], ..LineSet::default() };
    scene.meshes[0].lines = vec![Arc::new(lines)];
    scene.meshes[0].points = vec![Arc::new(PointSet { positions, ..PointSet::default() })];
    scene
}

fn read_back(files: &[(String, Vec<u8>)]) -> Imported {
    let mut beside = SideFiles::new();
    for (name, bytes) in &files[1..] {
        beside.insert(name.clone(), bytes.clone());
    }
    let (name, bytes) = &files[0];
    import(name, bytes, &ImportOptions::default(), &beside, &Unwatched).unwrap()
}

/// Where all corners of all meshes stand in the world.
fn corners(scene: &ImportedScene) -> Vec<[i64; 3]> {
    let mut corners = Vec::new();
    let mut open: Vec<_> = scene.scenes[0].roots.iter().map(|&root| (root, DAffine3::IDENTITY)).collect();
    while let Some((node, world_from_parent)) = open.pop() {
        let node = &scene.nodes[node];
        let world_from_node = world_from_parent * node.parent_from_node;
        open.extend(node.children.iter().map(|&child| (child, world_from_node)));
        if let Some(mesh) = node.mesh.map(|mesh| &scene.meshes[mesh]) {
            let surface = mesh.surface.triangles.iter().flatten();
            let surface = surface.map(|&vertex| mesh.surface.positions[vertex as usize]);
            let points = mesh.points.iter().flat_map(|set| set.positions.iter().copied());
            for point in surface.chain(points) {
                // In steps of a twentieth of a millimetre, many times the step of the grid.
                let point = world_from_node.transform_point3(point) * 20.0;
                corners.push(point.round().to_array().map(|number| number as i64));
            }
        }
    }
    corners.sort_unstable();
    corners
}

#[test]
fn compressed_files_come_back_and_are_smaller() {
    let scene = scene();
    let mut sizes = Vec::new();
    for format in [Format::Glb, Format::Gltf] {
        for compression in
            [Compression::None, Compression::Quantized, Compression::Packed, Compression::QuantizedAndPacked]
        {
            let options = ExportOptions { compression, ..ExportOptions::default() };
            let name = format!("a.{}", format.extensions()[0]);
            let files = export(&name, &scene, format, &options, &Unwatched).unwrap();
            sizes.push(files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>());
            let read = read_back(&files);
            assert_eq!(read.warnings, [], "{compression:?}");
            let back = read.scene;
            let names: Vec<&str> = back.nodes.iter().take(3).map(|node| node.name.as_str()).collect();
            assert_eq!(names, ["ball", "parent", "child"]);
            let mesh = &back.meshes[0].surface;
            assert!(mesh.check().is_solid(), "{compression:?}");
            assert_eq!(mesh.triangles.len(), scene.meshes[0].surface.triangles.len());
            assert_eq!(mesh.channels.len(), 2);
            assert_eq!((back.meshes[0].lines.len(), back.meshes[0].points.len()), (1, 1));
            let (found, expected) = (corners(&back), corners(&scene));
            assert_eq!(found.len(), expected.len());
            let is_near = |(a, b): (&[i64; 3], &[i64; 3])| a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1);
            // Sorting may swap neighbours that rounded differently; what matters is where things are.
            let near = found.iter().zip(&expected).filter(|pair| is_near(*pair)).count();
            assert!(near * 10 >= found.len() * 9, "{compression:?}: {near} of {}", found.len());
            let required: Vec<&str> = back.source.extensions.iter().map(|used| used.name.as_str()).collect();
            assert_eq!(required.contains(&"KHR_mesh_quantization"), compression.is_quantized());
            assert_eq!(required.contains(&"EXT_meshopt_compression"), compression.is_packed());
        }
    }
    println!("bytes: {sizes:?}");
    for sizes in sizes.chunks(4) {
        let [plain, quantized, packed, both] = [0, 1, 2, 3].map(|at| sizes[at] as f64);
        assert!(quantized < 0.7 * plain && packed < 0.7 * plain && both < 0.33 * plain, "{sizes:?}");
    }
}

#[test]
fn packing_loses_nothing() {
    let scene = scene();
    let positions = |scene: &ImportedScene| {
        let mesh = &scene.meshes[0].surface;
        let mut all: Vec<_> = mesh.positions.iter().map(|point| point.to_array().map(f64::to_bits)).collect();
        all.sort_unstable();
        all
    };
    let read = |compression| {
        let options = ExportOptions { compression, ..ExportOptions::default() };
        let files = export("a.glb", &scene, Format::Glb, &options, &Unwatched).unwrap();
        import("a.glb", &files[0].1, &ImportOptions::default(), &NoSideFiles, &Unwatched).unwrap().scene
    };
    assert!(positions(&read(Compression::Packed)) == positions(&read(Compression::None)));
}
