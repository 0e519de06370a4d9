//! glTF files made by hand: each data layout of the format, each topology, round trips, and damage.

#![allow(clippy::unwrap_used, reason = "a test may")]

use std::sync::Arc;

use assets::{
    AlphaMode, ExportError, ExportOptions, Filter, Format, Image, ImportError, ImportErrorKind,
    ImportOptions, Imported, ImportedMesh, ImportedNode, ImportedScene, Material, NoSideFiles, SceneRoots,
    TextureRef, Wrap, export, import,
};
use geometry::{CornerRows, LineSet, Mesh, PointSet, Semantic, Unwatched};
use glam::{DAffine3, DMat3, DVec3};
use proptest::prelude::*;
use serde_json::{Value, json};

/// A `.glb` of a document and the data of its first buffer.
fn glb(mut document: Value, data: &[u8]) -> Vec<u8> {
    document["asset"] = json!({ "version": "2.0" });
    document["buffers"] = json!([{ "byteLength": data.len() }]);
    let mut json = document.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    let mut bin = data.to_vec();
    bin.resize(bin.len().next_multiple_of(4), 0);
    let length = |len: usize| u32::try_from(len).unwrap().to_le_bytes();
    let header = [b"glTF", 2_u32.to_le_bytes().as_slice(), &length(28 + json.len() + bin.len())].concat();
    [&header, length(json.len()).as_slice(), b"JSON", &json, &length(bin.len()), b"BIN\0", &bin].concat()
}

/// The document of one node with one mesh of one primitive, whose accessors read from views of the same numbers.
fn one_primitive(primitive: Value, mut accessors: Value, views: Value) -> Value {
    for accessor in accessors.as_array_mut().into_iter().flatten() {
        accessor["min"] = json!([0, 0, 0]);
        accessor["max"] = json!([1, 1, 1]);
    }
    json!({
        "scenes": [{ "nodes": [0] }],
        "nodes": [{ "mesh": 0 }],
        "meshes": [{ "primitives": [primitive] }],
        "accessors": accessors,
        "bufferViews": views,
    })
}

fn read(bytes: &[u8]) -> Result<Imported, ImportError> {
    let mut imported = import("test.glb", bytes, &ImportOptions::default(), &NoSideFiles, &Unwatched)?;
    // The documents of these tests declare bounds that are not those of their data.
    imported.warnings.retain(|warning| warning.code != "accessor-bounds");
    Ok(imported)
}

/// The only mesh of a file that must be without fault.
fn read_mesh(document: Value, data: &[u8]) -> ImportedMesh {
    let imported = read(&glb(document, data)).unwrap();
    assert_eq!(imported.warnings, []);
    imported.scene.meshes[0].surface.validate().unwrap();
    imported.scene.meshes[0].clone()
}

fn write(scene: &ImportedScene) -> Vec<u8> {
    let files = export("out.glb", scene, Format::Glb, &ExportOptions::default(), &Unwatched).unwrap();
    files.into_iter().next().unwrap().1
}

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

const SQUARE: [f32; 12] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0];

/// The square in the document: upright in the plane of x and z.
fn square() -> Vec<DVec3> {
    [[0.0, 0.0], [1000.0, 0.0], [1000.0, 1000.0], [0.0, 1000.0]].map(|[x, z]| DVec3::new(x, 0.0, z)).to_vec()
}

#[test]
fn interleaved_attributes() {
    // Position, normal, and a colour of bytes, 28 bytes each.
    let mut data = Vec::new();
    for (index, point) in SQUARE.chunks_exact(3).enumerate() {
        data.extend(floats(point));
        data.extend(floats(&[0.0, 0.0, 1.0]));
        data.extend([255, 0, u8::try_from(index).unwrap(), 255]);
    }
    let indices_start = data.len();
    data.extend([0, 1, 2, 0, 2, 3]);
    let vertices = data.len() - 6;
    let document = one_primitive(
        json!({ "attributes": { "POSITION": 0, "NORMAL": 1, "COLOR_0": 2 }, "indices": 3 }),
        json!([
            { "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3" },
            { "bufferView": 0, "byteOffset": 12, "componentType": 5126, "count": 4, "type": "VEC3" },
            { "bufferView": 0, "byteOffset": 24, "componentType": 5121, "normalized": true, "count": 4, "type": "VEC4" },
            { "bufferView": 1, "componentType": 5121, "count": 6, "type": "SCALAR" },
        ]),
        json!([
            { "buffer": 0, "byteLength": vertices, "byteStride": 28 },
            { "buffer": 0, "byteOffset": indices_start, "byteLength": 6 },
        ]),
    );
    let mesh = read_mesh(document, &data).surface;
    assert_eq!(mesh.positions, square());
    assert_eq!(mesh.triangles, [[0, 1, 2], [0, 2, 3]]);
    let normals = mesh.channel(Semantic::Normal).unwrap();
    assert_eq!(normals.rows, CornerRows::PerPosition);
    assert_eq!(normals.row(3), [0.0, -1.0, 0.0]);
    assert_eq!(mesh.channel(Semantic::Color(0)).unwrap().row(2), [1.0, 0.0, 2.0 / 255.0, 1.0]);
}

#[test]
fn quantised_positions_normals_and_coordinates() {
    let mut data = Vec::new();
    // Positions of 16 bits padded to 8 bytes, normals of 8 bits padded to 4, coordinates of 16 bits.
    for point in SQUARE.chunks_exact(3) {
        data.extend(point.iter().chain(&[0.0]).flat_map(|number| ((number * 32767.0) as i16).to_le_bytes()));
    }
    data.extend([0, 0, 127, 0].repeat(4));
    for uv in [[0, 0], [65535, 0], [65535, 65535], [0, 65535_u16]] {
        data.extend(uv.iter().flat_map(|number| number.to_le_bytes()));
    }
    let mut document = one_primitive(
        json!({ "attributes": { "POSITION": 0, "NORMAL": 1, "TEXCOORD_0": 2 }, "mode": 6 }),
        json!([
            { "bufferView": 0, "componentType": 5122, "normalized": true, "count": 4, "type": "VEC3" },
            { "bufferView": 1, "componentType": 5120, "normalized": true, "count": 4, "type": "VEC3" },
            { "bufferView": 2, "componentType": 5123, "normalized": true, "count": 4, "type": "VEC2" },
        ]),
        json!([
            { "buffer": 0, "byteLength": 32, "byteStride": 8 },
            { "buffer": 0, "byteOffset": 32, "byteLength": 16, "byteStride": 4 },
            { "buffer": 0, "byteOffset": 48, "byteLength": 16, "byteStride": 4 },
        ]),
    );
    document["extensionsUsed"] = json!(["KHR_mesh_quantization"]);
    document["extensionsRequired"] = json!(["KHR_mesh_quantization"]);
    document["nodes"][0]["scale"] = json!([0.5, 0.5, 0.5]);
    let mesh = read_mesh(document, &data).surface;
    assert_eq!(mesh.positions, [0, 1, 2, 3].map(|index| square()[[1, 2, 0, 3][index]]));
    assert_eq!(mesh.channel(Semantic::Normal).unwrap().row(0), [0.0, -1.0, 0.0]);
    assert_eq!(mesh.channel(Semantic::Uv(0)).unwrap().row(1), [1.0, 1.0]);
}

#[test]
fn sparse_positions() {
    let mut data = floats(&SQUARE);
    data.extend([2, 3, 0, 0]);
    data.extend(floats(&[5.0, 6.0, 7.0, 8.0, 9.0, 10.0]));
    let document = one_primitive(
        json!({ "attributes": { "POSITION": 0 }, "mode": 5 }),
        json!([{
            "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3",
            "sparse": {
                "count": 2,
                "indices": { "bufferView": 1, "componentType": 5121 },
                "values": { "bufferView": 2 },
            },
        }]),
        json!([
            { "buffer": 0, "byteLength": 48 },
            { "buffer": 0, "byteOffset": 48, "byteLength": 2 },
            { "buffer": 0, "byteOffset": 52, "byteLength": 24 },
        ]),
    );
    let mesh = read_mesh(document, &data).surface;
    let expected =
        [[0.0, 0.0, 0.0], [1e3, 0.0, 0.0], [5e3, -7e3, 6e3], [8e3, -1e4, 9e3]].map(DVec3::from_array);
    let mut found = mesh.positions.clone();
    found.sort_by(|a, b| a.x.total_cmp(&b.x));
    assert_eq!(found, expected);
}

#[test]
fn points_and_lines_of_every_mode_and_index_width() {
    for (mode, segments) in [
        (1, vec![[0, 1], [2, 3]]),
        (2, vec![[0, 1], [1, 2], [2, 3], [3, 0]]),
        (3, vec![[0, 1], [1, 2], [2, 3]]),
    ] {
        for (code, width) in [(5121, 1), (5123, 2), (5125, 4_usize)] {
            let mut data = floats(&SQUARE);
            data.extend((0..4_u32).flat_map(|index| index.to_le_bytes()[..width].to_vec()));
            let document = one_primitive(
                json!({ "attributes": { "POSITION": 0 }, "indices": 1, "mode": mode }),
                json!([
                    { "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3" },
                    { "bufferView": 1, "componentType": code, "count": 4, "type": "SCALAR" },
                ]),
                json!([
                    { "buffer": 0, "byteLength": 48 },
                    { "buffer": 0, "byteOffset": 48, "byteLength": 4 * width },
                ]),
            );
            let mesh = read_mesh(document, &data);
            assert_eq!(mesh.lines[0].positions, square());
            assert_eq!(mesh.lines[0].segments, segments);
        }
    }
    let document = one_primitive(
        json!({ "attributes": { "POSITION": 0 }, "mode": 0 }),
        json!([{ "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3" }]),
        json!([{ "buffer": 0, "byteLength": 48 }]),
    );
    assert_eq!(read_mesh(document, &floats(&SQUARE)).points[0].positions, square());
}

#[test]
fn primitives_of_a_mesh_weld_and_keep_their_attributes() {
    // Two triangles of a square with different materials, the second without coordinates.
    let mut data = floats(&SQUARE);
    data.extend(floats(&[0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 1.0]));
    data.extend([0, 1, 2, 0, 0, 2, 3, 0]);
    let mut document = one_primitive(
        json!({ "attributes": { "POSITION": 0, "TEXCOORD_0": 1 }, "indices": 2, "material": 1 }),
        json!([
            { "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3" },
            { "bufferView": 0, "byteOffset": 48, "componentType": 5126, "count": 4, "type": "VEC2" },
            { "bufferView": 0, "byteOffset": 80, "componentType": 5121, "count": 3, "type": "SCALAR" },
            { "bufferView": 0, "byteOffset": 84, "componentType": 5121, "count": 3, "type": "SCALAR" },
        ]),
        json!([{ "buffer": 0, "byteLength": 88 }]),
    );
    document["materials"] = json!([{}, {}]);
    let second = json!({ "attributes": { "POSITION": 0 }, "indices": 3 });
    document["meshes"][0]["primitives"].as_array_mut().unwrap().push(second);
    let mesh = read_mesh(document, &data);
    assert_eq!(mesh.surface.positions, square());
    assert_eq!(mesh.surface.triangles, [[0, 1, 2], [0, 2, 3]]);
    assert_eq!(mesh.surface.material_slots, [0, 1]);
    assert_eq!(mesh.materials, [Some(1), None]);
    let uvs = mesh.surface.channel(Semantic::Uv(0)).unwrap();
    let row = |triangle, corner| uvs.row_of_corner(&mesh.surface, triangle, corner);
    assert_eq!(uvs.row(row(0, 2).unwrap()), [1.0, 1.0]);
    assert_eq!([row(1, 0), row(1, 1), row(1, 2)], [None; 3]);
}

#[test]
fn a_seam_splits_rows_and_not_positions() {
    let data =
        [floats(&SQUARE), floats(&SQUARE), floats(&(0..16_u8).map(f32::from).collect::<Vec<_>>())].concat();
    let data = [data, vec![0, 1, 2, 4, 6, 7]].concat();
    let document = one_primitive(
        json!({ "attributes": { "POSITION": 0, "TEXCOORD_0": 1 }, "indices": 2 }),
        json!([
            { "bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3" },
            { "bufferView": 0, "byteOffset": 96, "componentType": 5126, "count": 8, "type": "VEC2" },
            { "bufferView": 0, "byteOffset": 160, "componentType": 5121, "count": 6, "type": "SCALAR" },
        ]),
        json!([{ "buffer": 0, "byteLength": 166 }]),
    );
    let mesh = read_mesh(document, &data).surface;
    assert_eq!(mesh.positions.len(), 4);
    assert_eq!(mesh.triangles, [[0, 1, 2], [0, 2, 3]]);
    let uvs = mesh.channel(Semantic::Uv(0)).unwrap();
    assert_eq!(uvs.row(uvs.row_of_corner(&mesh, 0, 2).unwrap()), [4.0, 5.0]);
    assert_eq!(uvs.row(uvs.row_of_corner(&mesh, 1, 1).unwrap()), [12.0, 13.0]);
}

#[test]
fn faults_of_geometry_cost_only_what_they_touch() {
    let mut points = SQUARE;
    points[9] = f32::NAN;
    let mut data = floats(&points);
    data.extend([0, 1, 2, 0, 1, 9, 1, 2, 3]);
    let document = one_primitive(
        json!({ "attributes": { "POSITION": 0, "NORMAL": 2 }, "indices": 1 }),
        json!([
            { "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3" },
            { "bufferView": 0, "byteOffset": 48, "componentType": 5121, "count": 9, "type": "SCALAR" },
            { "componentType": 5126, "count": 4, "type": "VEC3" },
        ]),
        json!([{ "buffer": 0, "byteLength": 57 }]),
    );
    let imported = read(&glb(document, &data)).unwrap();
    let mesh = &imported.scene.meshes[0].surface;
    assert_eq!(mesh.triangles, [[0, 1, 2]]);
    // Normals of no length are made from the triangles.
    assert_eq!(mesh.channel(Semantic::Normal).unwrap().row(0), [0.0, -1.0, 0.0]);
    let codes: Vec<_> = imported.warnings.iter().map(|warning| warning.code.as_str()).collect();
    assert_eq!(codes, ["normals-invalid", "index-out-of-range", "position-not-finite"]);
}

#[test]
fn nothing_left_is_an_error_that_says_why() {
    let mut document = one_primitive(
        json!({
            "attributes": { "POSITION": 0 },
            "extensions": { "KHR_draco_mesh_compression": { "bufferView": 0, "attributes": {} } },
        }),
        json!([{ "componentType": 5126, "count": 4, "type": "VEC3" }]),
        json!([{ "buffer": 0, "byteLength": 4 }]),
    );
    let error = read(&glb(document.clone(), &[0; 4])).unwrap_err();
    assert_eq!(error.kind, ImportErrorKind::Malformed);
    assert!(error.message.contains("KHR_draco_mesh_compression"));
    document["meshes"][0]["primitives"][0] = json!({ "attributes": { "POSITION": 0 } });
    document["accessors"][0]["bufferView"] = json!(1);
    assert_eq!(read(&glb(document, &[0; 4])).unwrap_err().kind, ImportErrorKind::Malformed);
}

#[test]
fn shared_data_cannot_fill_the_memory() {
    // A hundred thousand primitives that each draw all of one buffer.
    let primitives = vec![json!({ "attributes": { "POSITION": 0 } }); 20_000];
    let mut document = one_primitive(
        Value::Null,
        json!([{ "bufferView": 0, "componentType": 5126, "count": 30_000, "type": "VEC3" }]),
        json!([{ "buffer": 0, "byteLength": 360_000 }]),
    );
    document["meshes"][0]["primitives"] = Value::Array(primitives);
    let imported = read(&glb(document, &vec![0; 360_000])).unwrap();
    assert!(imported.warnings.iter().any(|warning| warning.code == "too-many-elements"));
    assert!(imported.scene.meshes[0].surface.triangles.len() < 3_000_000);
}

/// Asks to stop after so many reports.
struct Impatient(std::sync::atomic::AtomicUsize);

impl geometry::Progress for Impatient {
    fn report(&self, done: f64) -> Result<(), geometry::Cancelled> {
        assert!((0.0..=1.0).contains(&done));
        let left =
            self.0.load(std::sync::atomic::Ordering::Relaxed).checked_sub(1).ok_or(geometry::Cancelled)?;
        self.0.store(left, std::sync::atomic::Ordering::Relaxed);
        Ok(())
    }
}

#[test]
fn reading_and_writing_stop_when_asked() {
    let bytes = write(&sample());
    let options = ImportOptions::default();
    let mut num_cancelled = 0;
    for patience in 0..100 {
        let impatient = Impatient(patience.into());
        match import("test.glb", &bytes, &options, &NoSideFiles, &impatient) {
            Err(error) => {
                assert_eq!(error.kind, ImportErrorKind::Cancelled);
                num_cancelled += 1;
            }
            Ok(_) => break,
        }
        let result = export(
            "out.glb",
            &sample(),
            Format::Glb,
            &ExportOptions::default(),
            &Impatient((patience / 2).into()),
        );
        assert!(patience > 10 || result == Err(ExportError::Cancelled));
    }
    assert!(num_cancelled > 5);
}

#[test]
fn side_files_are_named_once_and_decoded() {
    let document = json!({
        "asset": { "version": "2.0" },
        "buffers": [{ "uri": "a%20b.bin" }, { "uri": "data:;base64,AA==" }, { "uri": "a%20b.bin" }],
        "images": [{ "uri": "textures/wood.png" }, { "uri": "https://example.org/a.png" }, { "bufferView": 0 }],
    });
    let names = assets::side_files("test.gltf", document.to_string().as_bytes());
    assert_eq!(names, ["a b.bin", "textures/wood.png"]);
    assert_eq!(assets::side_files("test.gltf", b"{"), [""; 0]);
}

#[test]
fn textures_that_cannot_be_read_are_left_out() {
    let document = json!({
        "asset": { "version": "2.0" },
        "images": [{ "uri": "gone.png" }, { "uri": "data:image/webp;base64,UklGRgAAAABXRUJQVlA4IA==" }],
        "textures": [{ "source": 0 }, { "extensions": { "EXT_texture_webp": { "source": 1 } } }, {}],
        "materials": [
            { "emissiveTexture": { "index": 0 } },
            { "emissiveTexture": { "index": 1 } },
            { "emissiveTexture": { "index": 2 } },
        ],
        "extensionsUsed": ["EXT_texture_webp"],
    });
    let imported = read(document.to_string().as_bytes()).unwrap();
    assert!(imported.scene.materials.iter().all(|material| material.emissive_texture.is_none()));
    let warnings: Vec<_> =
        imported.warnings.iter().map(|warning| (warning.code.as_str(), warning.at.to_string())).collect();
    for expected in [
        ("missing-side-file", "/images/0/uri"),
        ("image-damaged", "/images/1"),
        ("texture-without-image", "/textures/2"),
    ] {
        assert!(warnings.contains(&(expected.0, expected.1.to_owned())), "{warnings:?}");
    }
}

/// A scene with everything that the format can hold.
fn sample() -> ImportedScene {
    let metres = |numbers: [f32; 3]| DVec3::from_array(numbers.map(|number| f64::from(number) * 1000.0));
    let corners = [[0.1, 0.2, 0.3], [1.1, 0.2, 0.3], [0.1, 1.7, 0.3], [0.1, 0.2, 2.3]].map(metres);
    let triangles = vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];
    let mut surface = Mesh::new(corners.to_vec(), triangles);
    surface.material_slots = vec![0, 0, 1, 2];
    let channel = |semantic: Semantic, values: Vec<f32>, rows| geometry::Channel {
        semantic,
        width: semantic.width().unwrap(),
        values,
        rows,
    };
    let table = Arc::new(vec![[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]);
    let uvs = (0..24_u8).map(|number| f32::from(number) / 7.0).collect();
    let normals = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.6, 0.8, 0.0]].concat();
    let colors = (0..16_u8).map(|number| f32::from(number) / 255.0).collect();
    let partial = Arc::new(vec![[0; 3], [geometry::NO_ROW; 3], [geometry::NO_ROW; 3], [0; 3]]);
    surface.channels = vec![
        channel(Semantic::Normal, normals, CornerRows::PerPosition),
        channel(Semantic::Uv(0), uvs, CornerRows::PerCorner(table)),
        channel(Semantic::Uv(1), vec![0.5, 0.25], CornerRows::PerCorner(partial)),
        channel(Semantic::Color(0), colors, CornerRows::PerPosition),
    ];
    surface.validate().unwrap();
    let points = PointSet { positions: corners.to_vec(), colors: vec![[0.25; 4]; 4], material_slot: 1 };
    let lines = LineSet { positions: corners.to_vec(), segments: vec![[0, 3], [1, 2]], ..LineSet::default() };
    let rgba = (0..4 * 4 * 4_u8).collect();
    let image = Image { name: "noise".to_owned(), width: 4, height: 4, rgba, encoded: None };
    let texture = TextureRef {
        uv_set: 1,
        wrap: [Wrap::ClampToEdge, Wrap::MirroredRepeat],
        filter: Filter::Nearest,
        offset: [0.5, 0.25],
        rotation_rad: 0.75,
        scale: [2.0, 3.0],
        ..TextureRef::new(0)
    };
    let material = Material {
        name: "all".to_owned(),
        base_color: [0.1, 0.2, 0.3, 0.4],
        metallic: 0.25,
        roughness: 0.75,
        emissive: [0.5, 4.0, 2.0],
        alpha_mode: AlphaMode::Mask(0.25),
        double_sided: true,
        unlit: true,
        base_color_texture: Some(texture),
        metallic_roughness_texture: Some(TextureRef::new(0)),
        normal_texture: Some(TextureRef { scale: [2.0, 2.0], ..TextureRef::new(0) }),
        normal_scale: 0.5,
        occlusion_texture: Some(TextureRef { uv_set: 1, ..TextureRef::new(0) }),
        occlusion_strength: 0.5,
        emissive_texture: Some(texture),
        extensions: None,
    };
    let plain = Material { name: "plain".to_owned(), alpha_mode: AlphaMode::Blend, ..Material::default() };
    let moved = DAffine3::from_translation(DVec3::new(10.0, -20.0, 30.0));
    let sheared = DAffine3::from_mat3(DMat3::from_cols(DVec3::X, DVec3::new(0.5, 1.0, 0.0), DVec3::Z));
    let node = |name: &str, children: &[usize], mesh, parent_from_node| ImportedNode {
        name: name.to_owned(),
        children: children.to_vec(),
        parent_from_node,
        mesh,
        ..ImportedNode::default()
    };
    ImportedScene {
        nodes: vec![
            node("root", &[1, 2], None, moved),
            node("a", &[], Some(0), moved),
            node("b", &[], Some(0), sheared),
        ],
        scenes: vec![
            SceneRoots { name: "empty".to_owned(), roots: vec![] },
            SceneRoots { name: "full".to_owned(), roots: vec![0] },
        ],
        default_scene: 1,
        meshes: vec![ImportedMesh {
            name: "solid".to_owned(),
            surface: Arc::new(surface),
            points: vec![Arc::new(points)],
            lines: vec![Arc::new(lines)],
            materials: vec![Some(0), Some(1), None],
            ..ImportedMesh::default()
        }],
        materials: vec![material, plain],
        images: vec![Arc::new(image)],
        ..ImportedScene::default()
    }
}

/// The position and all attributes of every corner of every triangle, with the material: what a surface is, however
/// its arrays are laid out.
fn corners(mesh: &ImportedMesh) -> Vec<String> {
    let surface = &mesh.surface;
    let mut channels: Vec<_> = surface.channels.iter().collect();
    channels.sort_by_key(|channel| channel.semantic);
    let mut described = Vec::new();
    for triangle in 0..surface.triangles.len() {
        let material = mesh.materials[surface.material_slot(triangle) as usize];
        let mut text = format!("{material:?}");
        for corner in 0..3 {
            text += &format!(" {:?}", surface.triangle_points(triangle)[corner]);
            for channel in &channels {
                if let Some(row) = channel.row_of_corner(surface, triangle, corner) {
                    text += &format!(" {:?} {:?}", channel.semantic, channel.row(row));
                }
            }
        }
        described.push(text);
    }
    described.sort();
    described
}

#[test]
fn everything_survives_the_round_trip() {
    let mut scene = sample();
    let imported = read(&write(&scene)).unwrap();
    assert_eq!(imported.warnings, []);
    let found = &imported.scene;
    // “No material” is written as what it looks like.
    scene.materials.push(Material {
        name: "Default".to_owned(),
        base_color: [1.0; 4],
        ..Material::default()
    });
    scene.meshes[0].materials[2] = Some(2);
    assert_eq!(corners(&found.meshes[0]), corners(&scene.meshes[0]));
    assert_eq!(found.meshes[0].points[0].positions, scene.meshes[0].points[0].positions);
    assert_eq!(found.meshes[0].points[0].colors, scene.meshes[0].points[0].colors);
    let ends = |lines: &LineSet| {
        lines.segments.iter().map(|ends| ends.map(|end| lines.positions[end as usize])).collect::<Vec<_>>()
    };
    assert_eq!(ends(&found.meshes[0].lines[0]), ends(&scene.meshes[0].lines[0]));
    assert_eq!(found.materials, scene.materials);
    assert_eq!(found.images[0].rgba, scene.images[0].rgba);
    assert_eq!(found.images[0].name, "noise");
    assert_eq!(found.scenes, scene.scenes);
    assert_eq!(found.default_scene, 1);
    assert_eq!(found.nodes[0].children, [1, 2]);
    assert_eq!(found.nodes[1].parent_from_node, scene.nodes[1].parent_from_node);
    // The shear came as two nodes.
    let [outer, inner] = [&found.nodes[2], &found.nodes[3]];
    assert_eq!((outer.name.as_str(), outer.mesh, inner.mesh), ("b", None, Some(0)));
    let both = outer.parent_from_node * inner.parent_from_node;
    assert!(both.abs_diff_eq(scene.nodes[2].parent_from_node, 1e-12));
    // Without the shear, what is read and written again is the same to the byte.
    scene.nodes[2].parent_from_node = scene.nodes[1].parent_from_node;
    let first = write(&read(&write(&scene)).unwrap().scene);
    let second = write(&read(&first).unwrap().scene);
    assert!(first == second, "the second file differs from the first");
}

#[test]
fn nothing_to_write_is_an_error() {
    let scene = ImportedScene { meshes: Vec::new(), nodes: Vec::new(), ..sample() };
    let result = export("out.glb", &scene, Format::Glb, &ExportOptions::default(), &Unwatched);
    assert_eq!(result.unwrap_err(), ExportError::Empty);
}

proptest! {
    #[test]
    fn positions_survive_to_the_bit(bits in prop::collection::vec(prop::array::uniform9(any::<u32>()), 1..40)) {
        let mut data = Vec::new();
        for number in bits.iter().flatten().map(|bits| f32::from_bits(*bits)) {
            data.extend(if number.is_finite() { number } else { 1.0 }.to_le_bytes());
        }
        let document = one_primitive(
            json!({ "attributes": { "POSITION": 0 } }),
            json!([{ "bufferView": 0, "componentType": 5126, "count": data.len() / 12, "type": "VEC3" }]),
            json!([{ "buffer": 0, "byteLength": data.len() }]),
        );
        let first = read(&glb(document, &data)).unwrap().scene;
        let second = read(&write(&first)).unwrap().scene;
        prop_assert_eq!(&first.meshes[0].surface.positions, &second.meshes[0].surface.positions);
        prop_assert_eq!(&first.meshes[0].surface.triangles, &second.meshes[0].surface.triangles);
    }

    #[test]
    fn a_damaged_file_is_answered(
        length in 0..100_000_usize,
        flips in prop::collection::vec((0..100_000_usize, any::<u8>()), 0..8),
    ) {
        let mut bytes = write(&sample());
        bytes.truncate(length % (bytes.len() + 1000));
        for (place, value) in flips {
            let len = bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(place % len) {
                *byte = value;
            }
        }
        if let Ok(imported) = read(&bytes) {
            for mesh in &imported.scene.meshes {
                prop_assert!(mesh.surface.validate().is_ok());
            }
        }
    }

    #[test]
    fn wrong_numbers_in_the_json_are_answered(choice in any::<prop::sample::Index>(), number in any::<i64>()) {
        let bytes = write(&sample());
        let json_len = u32::from_le_bytes(bytes[12..16].try_into().unwrap()) as usize;
        let text = std::str::from_utf8(&bytes[20..20 + json_len]).unwrap();
        let places: Vec<_> = text.match_indices(|character: char| character.is_ascii_digit()).collect();
        let (place, _) = places[choice.index(places.len())];
        let text = format!("{}{number}{}", &text[..place], &text[place + 1..]);
        let _ = read(text.as_bytes());
        let mut changed = [&bytes[..12], &u32::try_from(text.len()).unwrap().to_le_bytes(), b"JSON"].concat();
        changed.extend(text.as_bytes());
        changed.extend(&bytes[20 + json_len..]);
        if let Ok(imported) = read(&changed) {
            for mesh in &imported.scene.meshes {
                prop_assert!(mesh.surface.validate().is_ok());
            }
        }
    }
}

#[test]
fn a_file_given_with_the_model_stands_for_one_of_another_machine() {
    let data: Vec<u8> =
        [0.0_f32, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0].iter().flat_map(|n| n.to_le_bytes()).collect();
    let mut document = one_primitive(
        json!({ "attributes": { "POSITION": 0 } }),
        json!([{ "bufferView": 0, "componentType": 5126, "type": "VEC3", "count": 3 }]),
        json!([{ "buffer": 0, "byteLength": data.len() }]),
    );
    document["asset"] = json!({ "version": "2.0" });
    document["accessors"][0]["max"] = json!([1, 1, 0]);
    document["buffers"] =
        json!([{ "byteLength": data.len(), "uri": "https://far.example/a/three%20points.bin?v=1" }]);
    let text = document.to_string();
    let options = ImportOptions::default();
    let mut files = assets::SideFiles::new();
    let alone = import("a.gltf", text.as_bytes(), &options, &files, &Unwatched);
    assert!(
        alone.is_err() || alone.is_ok_and(|alone| alone.warnings.iter().any(|it| it.code == "remote-uri"))
    );
    files.insert("three points.bin", data);
    let imported = import("a.gltf", text.as_bytes(), &options, &files, &Unwatched).unwrap();
    assert_eq!(imported.warnings, []);
    assert_eq!(imported.scene.meshes[0].surface.triangles.len(), 1);
}
