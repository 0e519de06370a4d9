//! What extensions compress: geometry by Draco and meshoptimizer, images by WebP and Basis Universal.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test may")]

mod common;

use std::path::Path;

use assets::images::{PixelBudget, decode};
use assets::{ImportOptions, Imported, SideFiles, import};
use geometry::Unwatched;
use glam::DVec3;
use meshoptimizer_rs::Workspace;
use meshoptimizer_rs::codec::{IndexEncoding, VertexEncoding, encode_index_buffer, encode_vertex_buffer};
use serde_json::{Value, json};

use self::common::{Folder, corpus, merged};

fn load(path: &Path) -> Imported {
    let name = path.file_name().unwrap().to_string_lossy();
    let bytes = std::fs::read(path).unwrap();
    import(&name, &bytes, &ImportOptions::default(), &Folder::of(path), &Unwatched).unwrap()
}

/// The middles of all triangles in order of their coordinates, rounded so that quantised meshes compare.
fn middles(imported: &Imported) -> Vec<[i64; 3]> {
    let mesh = merged(&imported.scene);
    let middle = |triangle| {
        let middle = mesh.triangle_points(triangle).into_iter().sum::<DVec3>() / 3.0;
        #[allow(clippy::cast_possible_truncation, reason = "small")]
        (middle / 5.0).round().to_array().map(|number| number as i64)
    };
    let mut middles: Vec<_> = (0..mesh.triangles.len()).map(middle).collect();
    middles.sort_unstable();
    middles
}

#[test]
fn a_draco_box_is_the_plain_box() {
    let Some(folder) = corpus() else { return };
    let plain = load(&folder.join("gltf/Online3DViewer/Box/glTF/Box.gltf"));
    for path in
        ["gltf/Online3DViewer/Box/glTF-Draco/Box.gltf", "gltf/glTF-Transform/extensions/BoxDraco.gltf"]
    {
        let compressed = load(&folder.join(path));
        assert_eq!(compressed.warnings, [], "{path}");
        assert_eq!(middles(&compressed), middles(&plain), "{path}");
        assert!(merged(&compressed.scene).check().is_closed(), "{path}");
    }
}

#[test]
fn a_meshopt_box_is_the_plain_box() {
    let Some(folder) = corpus() else { return };
    let plain = load(&folder.join("gltf/Online3DViewer/Box/glTF/Box.gltf"));
    for path in
        ["gltf/glTF-Transform/extensions/BoxMeshopt.gltf", "gltf/glTF-Transform/extensions/BoxMeshopt.glb"]
    {
        let compressed = load(&folder.join(path));
        assert_eq!(compressed.warnings, [], "{path}");
        assert_eq!(middles(&compressed), middles(&plain), "{path}");
        let normals = compressed.scene.meshes[0].surface.channel(geometry::Semantic::Normal).unwrap();
        assert!(normals.values.as_chunks::<3>().0.iter().all(|normal| {
            let length: f32 = normal.iter().map(|number| number * number).sum();
            (length - 1.0).abs() < 1e-3
        }));
    }
}

/// A grid of squares whose vertices and indices are compressed, in the newer stream format.
fn meshopt_grid(name: &str, version: u8) -> (Value, Vec<u8>) {
    let side = 20_u16;
    let points = (0..side).flat_map(|y| (0..side).map(move |x| [f32::from(x), f32::from(y), 0.0]));
    let vertices: Vec<u8> = points.flatten().flat_map(f32::to_le_bytes).collect();
    let mut indices = Vec::new();
    for (y, x) in (1..u32::from(side)).flat_map(|y| (1..u32::from(side)).map(move |x| (y, x))) {
        let corner = y * u32::from(side) + x;
        let below = corner - u32::from(side);
        indices.extend([below - 1, below, corner, below - 1, corner, corner - 1]);
    }
    let num_vertices = usize::from(side) * usize::from(side);
    let mut workspace = Workspace::default();
    let encoding = VertexEncoding::new(version, 2).unwrap();
    let packed_vertices =
        encode_vertex_buffer(&vertices, num_vertices, 12, encoding, &mut workspace).unwrap();
    let packed_indices = encode_index_buffer(&indices, IndexEncoding::DEFAULT, &mut workspace).unwrap();
    let data = [packed_vertices.as_slice(), &packed_indices].concat();
    let view = |offset: usize, len: usize, stride: usize, count: usize, mode: &str| {
        let extension = json!({
            "buffer": 0, "byteOffset": offset, "byteLength": len, "byteStride": stride, "count": count, "mode": mode,
        });
        json!({ "buffer": 1, "byteLength": stride * count, "extensions": { name: extension } })
    };
    let document = json!({
        "asset": { "version": "2.0" },
        "extensionsUsed": [name],
        "extensionsRequired": [name],
        "buffers": [
            { "byteLength": data.len(), "uri": "grid.bin" },
            { "byteLength": vertices.len() + 4 * indices.len(), "extensions": { name: { "fallback": true } } },
        ],
        "bufferViews": [
            view(0, packed_vertices.len(), 12, num_vertices, "ATTRIBUTES"),
            view(packed_vertices.len(), packed_indices.len(), 4, indices.len(), "TRIANGLES"),
        ],
        "accessors": [
            { "bufferView": 0, "componentType": 5126, "count": num_vertices, "type": "VEC3", "min": [0, 0, 0],
              "max": [side - 1, side - 1, 0] },
            { "bufferView": 1, "componentType": 5125, "count": indices.len(), "type": "SCALAR" },
        ],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1 }] }],
        "nodes": [{ "mesh": 0 }],
        "scenes": [{ "nodes": [0] }],
    });
    (document, data)
}

fn read_grid(document: &Value, data: &[u8]) -> Imported {
    let mut files = SideFiles::new();
    files.insert("grid.bin", data.to_vec());
    let text = document.to_string();
    import("grid.gltf", text.as_bytes(), &ImportOptions::default(), &files, &Unwatched).unwrap()
}

#[test]
fn both_stream_formats_under_both_names() {
    for (name, version) in
        [("EXT_meshopt_compression", 0), ("KHR_meshopt_compression", 0), ("KHR_meshopt_compression", 1)]
    {
        let (document, data) = meshopt_grid(name, version);
        let imported = read_grid(&document, &data);
        assert_eq!(imported.warnings, []);
        let mesh = merged(&imported.scene);
        assert_eq!(mesh.triangles.len(), 2 * 19 * 19);
        assert!((mesh.properties().area - 19.0 * 19.0 * 1e6).abs() < 1.0);
        assert_eq!(imported.scene.source.extensions[0].status, assets::ExtensionStatus::Honoured);
    }
}

#[test]
fn claims_beyond_the_compressed_data_are_refused() {
    let (mut document, data) = meshopt_grid("EXT_meshopt_compression", 0);
    document["bufferViews"][0]["extensions"]["EXT_meshopt_compression"]["count"] = json!(1_u64 << 40);
    let text = document.to_string();
    let mut files = SideFiles::new();
    files.insert("grid.bin", data);
    let error =
        import("grid.gltf", text.as_bytes(), &ImportOptions::default(), &files, &Unwatched).unwrap_err();
    assert!(error.message.contains("EXT_meshopt_compression"), "{error}");
}

fn pixels(path: &Path) -> (u32, u32, Vec<u8>) {
    let decoded = decode("image", &std::fs::read(path).unwrap(), &mut PixelBudget::default()).unwrap();
    assert_eq!(decoded.damage, None);
    (decoded.image.width, decoded.image.height, decoded.image.rgba)
}

/// The mean difference of the numbers of two images.
fn difference(a: &[u8], b: &[u8]) -> f64 {
    assert_eq!(a.len(), b.len());
    let sum: u64 = a.iter().zip(b).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    f64::from(u32::try_from(sum).unwrap()) / f64::from(u32::try_from(a.len()).unwrap())
}

#[test]
fn both_kinds_of_basis_textures_show_the_same() {
    let Some(folder) = corpus() else { return };
    let folder = folder.join("textures-ktx2");
    let pair = |first: &str, second: &str| {
        let [first, second] = [first, second].map(|name| pixels(&folder.join(format!("{name}.ktx2"))));
        assert_eq!((first.0, first.1), (second.0, second.1));
        difference(&first.2, &second.2)
    };
    let plain = pair("glTF-Transform/extensions/2d_etc1s", "glTF-Transform/extensions/2d_uastc");
    let clear = pair("magnum-plugins/BasisImporter/rgba", "magnum-plugins/BasisImporter/rgba-uastc");
    println!("ETC1S and UASTC of the same image: mean difference {plain:.2} and {clear:.2} of 255");
    assert!(plain < 12.0 && clear < 12.0);
}

#[test]
fn a_basis_texture_stands_in_for_a_plain_one() {
    let Some(folder) = corpus() else { return };
    let image = folder.join("textures-ktx2/glTF-Transform/extensions/2d_uastc.ktx2");
    let mut files = SideFiles::new();
    files.insert("wood.ktx2", std::fs::read(image).unwrap());
    let document = json!({
        "asset": { "version": "2.0" },
        "extensionsUsed": ["KHR_texture_basisu"],
        "extensionsRequired": ["KHR_texture_basisu"],
        "images": [{ "uri": "wood.ktx2", "mimeType": "image/ktx2" }],
        "textures": [{ "extensions": { "KHR_texture_basisu": { "source": 0 } } }],
        "materials": [{ "pbrMetallicRoughness": { "baseColorTexture": { "index": 0 } } }],
    });
    let text = document.to_string();
    let imported =
        import("wood.gltf", text.as_bytes(), &ImportOptions::default(), &files, &Unwatched).unwrap();
    assert!(imported.warnings.iter().all(|warning| warning.code == "nothing-to-show"));
    let scene = &imported.scene;
    let texture = scene.materials[0].base_color_texture.unwrap();
    assert_eq!((scene.images[texture.image].width, scene.images[texture.image].height), (40, 40));
    assert_eq!(scene.source.extensions[0].status, assets::ExtensionStatus::Honoured);
}

#[test]
fn webp_textures_show_what_png_shows() {
    let Some(folder) = corpus() else { return };
    let folder = folder.join("gltf/gltf-pipeline/2.0/extensions/EXT_texture_webp/box-textured-separate");
    let (webp, png) = (pixels(&folder.join("cesium logo.webp")), pixels(&folder.join("cesium logo.png")));
    assert_eq!((webp.0, webp.1), (png.0, png.1));
    let difference = difference(&webp.2, &png.2);
    println!("WebP and PNG: mean difference {difference:.2} of 255");
    assert!(difference < 4.0);
    let imported = load(&folder.join("box-textured-separate.gltf"));
    assert_eq!(imported.warnings, []);
    assert_eq!(imported.scene.images[0].encoded.as_ref().unwrap().media_type, "image/webp");
}

#[test]
fn instances_are_nodes() {
    let Some(folder) = corpus() else { return };
    let imported = load(&folder.join("gltf/MeshesLibrary/TeapotsGalore/TeapotsGalore.gltf"));
    let scene = &imported.scene;
    let mut uses = vec![0_usize; scene.meshes.len()];
    for mesh in scene.nodes.iter().filter_map(|node| node.mesh) {
        uses[mesh] += 1;
    }
    println!("instances by mesh: {uses:?}");
    assert!(uses.iter().any(|count| *count > 1000));
}

/// Knuth's generator; the upper bits are good enough to choose places.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }

    fn damaged(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        if self.below(4) == 0 {
            damaged.truncate(self.below(bytes.len() + 1));
        }
        for _ in 0..1 + self.below(6) {
            let place = self.below(damaged.len());
            if let Some(byte) = damaged.get_mut(place) {
                *byte = u8::try_from(self.below(256)).unwrap();
            }
        }
        damaged
    }
}

/// More rounds find more: set `KERF_FUZZ_ROUNDS`.
fn num_rounds() -> usize {
    std::env::var("KERF_FUZZ_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(60)
}

#[test]
fn damaged_images_are_answered() {
    let Some(folder) = corpus() else { return };
    let mut files =
        vec![folder.join(
            "gltf/gltf-pipeline/2.0/extensions/EXT_texture_webp/box-textured-separate/cesium logo.webp",
        )];
    for name in ["glTF-Transform/extensions", "magnum-plugins/BasisImporter", "magnum-plugins/KtxImporter"] {
        let entries = std::fs::read_dir(folder.join("textures-ktx2").join(name)).unwrap();
        files.extend(entries.map(|entry| entry.unwrap().path()));
    }
    let mut random = Random(7);
    let (mut num_inputs, mut num_read) = (0, 0);
    for file in files {
        let bytes = std::fs::read(&file).unwrap();
        for _ in 0..num_rounds() {
            num_inputs += 1;
            let damaged = random.damaged(&bytes);
            if let Ok(decoded) = decode("image", &damaged, &mut PixelBudget::default()) {
                let image = decoded.image;
                assert_eq!(image.rgba.len(), image.width as usize * image.height as usize * 4);
                num_read += 1;
            }
        }
    }
    println!("damaged images: {num_inputs} answered, {num_read} of them with pixels");
}

#[test]
fn damaged_compressed_meshes_are_answered() {
    let (mut num_inputs, mut num_read) = (0, 0);
    let mut random = Random(11);
    let mut try_all = |name: &str, text: &[u8], data_name: &str, data: &[u8]| {
        for _ in 0..num_rounds() * 4 {
            num_inputs += 1;
            let mut files = SideFiles::new();
            files.insert(data_name, random.damaged(data));
            if let Ok(imported) = import(name, text, &ImportOptions::default(), &files, &Unwatched) {
                num_read += 1;
                for mesh in &imported.scene.meshes {
                    mesh.surface.validate().unwrap();
                }
            }
        }
    };
    for version in [0, 1] {
        let (document, data) = meshopt_grid("KHR_meshopt_compression", version);
        try_all("grid.gltf", document.to_string().as_bytes(), "grid.bin", &data);
    }
    if let Some(folder) = corpus() {
        for (folder, name, data) in [
            ("gltf/Online3DViewer/Box/glTF-Draco", "Box.gltf", "Box.bin"),
            ("gltf/glTF-Transform/extensions", "BoxDraco.gltf", "0.bin"),
            ("gltf/glTF-Transform/extensions", "DracoSparseMesh.gltf", "DracoSparseMesh.bin"),
            ("gltf/glTF-Transform/extensions", "BoxMeshopt.gltf", "BoxMeshopt.bin"),
        ]
        .map(|(place, name, data)| (folder.join(place), name, data))
        {
            let text = std::fs::read(folder.join(name)).unwrap();
            try_all(name, &text, data, &std::fs::read(folder.join(data)).unwrap());
        }
    }
    println!("damaged compressed meshes: {num_inputs} answered, {num_read} of them with a scene");
}
