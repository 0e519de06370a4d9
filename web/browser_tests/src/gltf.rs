//! glTF files made for pictures: each shows some of what the renderer can draw.

use std::f32::consts::{PI, TAU};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// A glTF file with everything inside, as it grows.
#[derive(Default)]
struct Builder {
    buffer: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
    images: Vec<Value>,
    materials: Vec<Value>,
    meshes: Vec<Value>,
    nodes: Vec<Value>,
}

/// Corners of a mesh, one entry each per vertex.
#[derive(Default)]
struct Corners {
    positions: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    uvs: Vec<[f32; 2]>,
    indices: Vec<u32>,
}

impl Builder {
    fn view(&mut self, bytes: &[u8]) -> usize {
        self.buffer.resize(self.buffer.len().next_multiple_of(4), 0);
        self.views.push(json!({ "buffer": 0, "byteOffset": self.buffer.len(), "byteLength": bytes.len() }));
        self.buffer.extend_from_slice(bytes);
        self.views.len() - 1
    }

    fn floats<const N: usize>(&mut self, values: &[[f32; N]]) -> usize {
        let bytes: Vec<u8> = values.as_flattened().iter().flat_map(|value| value.to_le_bytes()).collect();
        let view = self.view(&bytes);
        let kind = ["SCALAR", "VEC2", "VEC3", "VEC4"][N - 1];
        let bound = |pick: fn(f32, f32) -> f32| -> Vec<f32> {
            (0..N).filter_map(|axis| values.iter().map(|value| value[axis]).reduce(pick)).collect()
        };
        self.accessors.push(json!({ "bufferView": view, "componentType": 5126, "count": values.len(),
            "type": kind, "min": bound(f32::min), "max": bound(f32::max) }));
        self.accessors.len() - 1
    }

    fn indices(&mut self, values: &[u32]) -> usize {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let view = self.view(&bytes);
        self.accessors.push(
            json!({ "bufferView": view, "componentType": 5125, "count": values.len(), "type": "SCALAR" }),
        );
        self.accessors.len() - 1
    }

    /// A square texture from a function of its pixels; gives its index.
    fn texture(&mut self, side: u32, pixel: impl Fn(u32, u32) -> [u8; 4]) -> Value {
        let rgba: Vec<u8> = (0..side * side).flat_map(|at| pixel(at % side, at / side)).collect();
        let view = self.view(&crate::picture::encode(side, side, &rgba));
        self.images.push(json!({ "bufferView": view, "mimeType": "image/png" }));
        json!({ "index": self.images.len() - 1 })
    }

    fn material(&mut self, material: Value) -> usize {
        self.materials.push(material);
        self.materials.len() - 1
    }

    fn surface(&mut self, corners: &Corners, material: usize) -> usize {
        let attributes = json!({ "POSITION": self.floats(&corners.positions),
            "NORMAL": self.floats(&corners.normals), "TEXCOORD_0": self.floats(&corners.uvs) });
        let indices = self.indices(&corners.indices);
        self.mesh(json!({ "attributes": attributes, "indices": indices, "material": material }))
    }

    /// Points (mode 0) or a line (mode 3) with colours.
    fn curve(&mut self, mode: u32, positions: &[[f32; 3]], colors: &[[f32; 3]]) -> usize {
        let attributes = json!({ "POSITION": self.floats(positions), "COLOR_0": self.floats(colors) });
        self.mesh(json!({ "attributes": attributes, "mode": mode }))
    }

    fn mesh(&mut self, primitive: Value) -> usize {
        self.meshes.push(json!({ "primitives": [primitive] }));
        self.meshes.len() - 1
    }

    fn place(&mut self, mesh: usize, at: [f32; 3]) {
        self.nodes.push(json!({ "mesh": mesh, "translation": at }));
    }

    fn write(self, path: PathBuf) -> PathBuf {
        let textures: Vec<Value> = (0..self.images.len()).map(|image| json!({ "source": image })).collect();
        let nodes: Vec<usize> = (0..self.nodes.len()).collect();
        let uri = format!("data:application/octet-stream;base64,{}", STANDARD.encode(&self.buffer));
        let mut file = json!({
            "asset": { "version": "2.0" },
            "scene": 0,
            "scenes": [{ "nodes": nodes }],
            "nodes": self.nodes,
            "meshes": self.meshes,
            "accessors": self.accessors,
            "bufferViews": self.views,
            "buffers": [{ "uri": uri, "byteLength": self.buffer.len() }],
        });
        for (name, list) in [("materials", self.materials), ("images", self.images), ("textures", textures)] {
            if !list.is_empty() {
                file[name] = json!(list);
            }
        }
        std::fs::write(&path, file.to_string()).expect("the folder for temporary files can be written");
        path
    }
}

/// A ball of radius 1, seams included.
fn ball() -> Corners {
    const RINGS: u32 = 24;
    const SECTORS: u32 = 48;
    let mut corners = Corners::default();
    for ring in 0..=RINGS {
        for sector in 0..=SECTORS {
            let [u, v] = [share(sector, SECTORS), share(ring, RINGS)];
            let (polar, around) = (PI * v, TAU * u);
            let normal = [polar.sin() * around.sin(), polar.cos(), polar.sin() * around.cos()];
            corners.positions.push(normal);
            corners.normals.push(normal);
            corners.uvs.push([u, v]);
            if ring < RINGS && sector < SECTORS {
                let (a, below) = (ring * (SECTORS + 1) + sector, SECTORS + 1);
                corners.indices.extend([a, a + below, a + below + 1, a, a + below + 1, a + 1]);
            }
        }
    }
    corners
}

/// An upright pane that faces +Z.
fn pane(half: f32) -> Corners {
    Corners {
        positions: vec![[-half, -half, 0.0], [half, -half, 0.0], [half, half, 0.0], [-half, half, 0.0]],
        normals: vec![[0.0, 0.0, 1.0]; 4],
        uvs: vec![[0.0, 1.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]],
        indices: vec![0, 1, 2, 0, 2, 3],
    }
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn share(part: u32, whole: u32) -> f32 {
    part as f32 / whole as f32
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a byte after clamping")]
fn byte(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 255.0).round() as u8
}

/// Two balls and a sheet with holes: all five textures, a metal, a mask.
#[must_use]
pub fn textured(dir: &Path) -> PathBuf {
    let mut file = Builder::default();
    let squares = |x: u32, y: u32, side: u32| (x / side + y / side).is_multiple_of(2);
    let base =
        file.texture(64, |x, y| if squares(x, y, 8) { [222, 196, 160, 255] } else { [30, 90, 120, 255] });
    let rough =
        file.texture(64, |x, y| [0, byte(0.15 + 0.8 * share(y, 64)), if x % 32 < 8 { 255 } else { 0 }, 255]);
    let bumps = file.texture(64, |x, y| {
        let slope = |at: u32| 0.35 * (TAU * share(at % 16, 16)).sin();
        [byte(0.5 + 0.5 * slope(x)), byte(0.5 - 0.5 * slope(y)), 240, 255]
    });
    let glow = file.texture(32, |x, y| {
        let near = |at: u32| (12..20).contains(&at);
        if near(x) && near(y) { [255, 120, 20, 255] } else { [0, 0, 0, 255] }
    });
    let shade = file.texture(32, |_, y| [byte(0.3 + 0.7 * share(y, 32)), 0, 0, 255]);
    let all = file.material(json!({
        "pbrMetallicRoughness": { "baseColorTexture": base, "metallicRoughnessTexture": rough },
        "normalTexture": bumps, "occlusionTexture": shade,
        "emissiveTexture": glow, "emissiveFactor": [1, 1, 1],
    }));
    let gold = file.material(json!({ "pbrMetallicRoughness":
        { "baseColorFactor": [1.0, 0.76, 0.34, 1.0], "metallicFactor": 1.0, "roughnessFactor": 0.2 } }));
    let holes = file.texture(32, |x, y| {
        let hole = |at: u32| (4..12).contains(&(at % 16));
        [60, 140, 80, if hole(x) && hole(y) { 0 } else { 255 }]
    });
    let sheet = file.material(json!({
        "pbrMetallicRoughness": { "baseColorTexture": holes, "metallicFactor": 0.0, "roughnessFactor": 0.6 },
        "alphaMode": "MASK", "doubleSided": true,
    }));
    let textured = file.surface(&ball(), all);
    let metal = file.surface(&ball(), gold);
    let sheet = file.surface(&pane(1.2), sheet);
    file.place(textured, [-1.1, 1.0, 0.0]);
    file.place(metal, [1.3, 1.0, 0.4]);
    file.place(sheet, [0.2, 1.2, -1.4]);
    file.write(dir.join("textured.gltf"))
}

/// Three panes of coloured glass before a ball, and a ball of glass.
#[must_use]
pub fn glass(dir: &Path) -> PathBuf {
    let mut file = Builder::default();
    let white = file.material(json!({ "pbrMetallicRoughness":
        { "baseColorFactor": [0.8, 0.8, 0.78, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.5 } }));
    let solid = file.surface(&ball(), white);
    file.place(solid, [0.0, 1.0, -1.0]);
    let colors = [[0.9, 0.15, 0.1], [0.1, 0.6, 0.2], [0.1, 0.25, 0.9], [0.9, 0.9, 0.95]];
    let glasses = colors.map(|[r, g, b]| {
        file.material(json!({
            "pbrMetallicRoughness":
                { "baseColorFactor": [r, g, b, 0.4], "metallicFactor": 0.0, "roughnessFactor": 0.1 },
            "alphaMode": "BLEND", "doubleSided": true,
        }))
    });
    for (glass, at) in glasses.into_iter().zip([[-0.7, 1.2, 0.6], [0.0, 1.0, 1.1], [0.7, 0.8, 1.6]]) {
        let pane = file.surface(&pane(0.8), glass);
        file.place(pane, at);
    }
    let clear = file.surface(&ball(), glasses[3]);
    file.place(clear, [2.0, 1.0, -0.4]);
    file.write(dir.join("glass.gltf"))
}

/// A cloud of coloured points inside a coloured helix.
#[must_use]
pub fn points_and_lines(dir: &Path) -> PathBuf {
    let mut file = Builder::default();
    let helix: Vec<[f32; 3]> = (0..=192)
        .map(|idx| {
            let t = share(idx, 192);
            [(t * 25.0).cos(), 2.0 * t, (t * 25.0).sin()]
        })
        .collect();
    let along = |positions: &[[f32; 3]]| -> Vec<[f32; 3]> {
        positions.iter().map(|[_, y, _]| [0.5 * y, 0.3, 1.0 - 0.5 * y]).collect()
    };
    let cloud: Vec<[f32; 3]> = (0..400)
        .map(|idx| {
            let (t, angle) = (share(idx, 400), share(idx, 1) * 2.399_963);
            [0.6 * t.sqrt() * angle.cos(), 2.0 * t, 0.6 * t.sqrt() * angle.sin()]
        })
        .collect();
    let line = file.curve(3, &helix, &along(&helix));
    let points = file.curve(0, &cloud, &along(&cloud));
    file.place(line, [0.0; 3]);
    file.place(points, [0.0; 3]);
    file.write(dir.join("points_and_lines.gltf"))
}
