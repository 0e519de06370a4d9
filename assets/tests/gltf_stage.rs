//! What bends, moves, looks and shines in a glTF file: poses against closed forms, and all of it through a round trip.

#![allow(clippy::unwrap_used, reason = "a test may")]

mod common;

use assets::{
    AnimationTarget, ExportOptions, Format, ImportOptions, Imported, ImportedScene, Interpolation, LightKind,
    Projection, SideFiles, Transmission, VariantMaterial, export, import,
};
use geometry::Unwatched;
use glam::DVec3;
use serde_json::{Value, json};

use self::common::merged;

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// Reads a document whose only buffer has this data, one accessor after another as the list says: type, component
/// type, count, bytes.
fn read(mut document: Value, accessors: &[(&str, u32, usize, &[u8])]) -> Imported {
    let mut data = Vec::new();
    let (mut views, mut listed) = (Vec::new(), Vec::new());
    for (kind, component, count, bytes) in accessors {
        views.push(json!({ "buffer": 0, "byteOffset": data.len(), "byteLength": bytes.len() }));
        listed.push(json!({
            "bufferView": views.len() - 1, "type": kind, "componentType": component, "count": count,
        }));
        data.extend(*bytes);
        data.resize(data.len().next_multiple_of(4), 0);
    }
    document["asset"] = json!({ "version": "2.0" });
    document["buffers"] = json!([{ "byteLength": data.len(), "uri": "data.bin" }]);
    document["bufferViews"] = Value::Array(views);
    document["accessors"] = Value::Array(listed);
    let mut files = SideFiles::new();
    files.insert("data.bin", data);
    let text = document.to_string();
    import("test.gltf", text.as_bytes(), &ImportOptions::default(), &files, &Unwatched).unwrap()
}

fn again(scene: &ImportedScene) -> ImportedScene {
    let files = export("a b.gltf", scene, Format::Gltf, &ExportOptions::default(), &Unwatched).unwrap();
    let text = &files[0].1;
    assert_eq!(files[1].0, "a b.bin");
    import("a b.gltf", text, &ImportOptions::default(), &common::side_files(&files), &Unwatched)
        .unwrap()
        .scene
}

/// The corners of the shown triangles in metres along the file's axes, in order.
fn corners(scene: &ImportedScene) -> Vec<[f64; 3]> {
    let mesh = merged(scene);
    let point = |index: &u32| {
        let DVec3 { x, y, z } = mesh.positions[*index as usize] / 1000.0;
        [x, z, -y].map(|number| (number * 1e5).round() / 1e5 + 0.0)
    };
    mesh.triangles.iter().flatten().map(point).collect()
}

const TRIANGLE: [f32; 9] = [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0];

/// A triangle on two joints, of which the second is turned by a quarter about z.
fn bent() -> Imported {
    let document = json!({
        "scenes": [{ "nodes": [0, 1] }],
        "nodes": [
            { "mesh": 0, "skin": 0, "translation": [5, 0, 0] },
            { "children": [2] },
            { "rotation": [0, 0, std::f64::consts::FRAC_1_SQRT_2, std::f64::consts::FRAC_1_SQRT_2] },
        ],
        "skins": [{ "joints": [1, 2], "name": "bones" }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2 } }] }],
    });
    let joints = [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0];
    let weights = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0];
    read(
        document,
        &[
            ("VEC3", 5126, 3, &floats(&TRIANGLE)),
            ("VEC4", 5121, 3, &joints),
            ("VEC4", 5126, 3, &floats(&weights)),
        ],
    )
}

#[test]
fn joints_place_vertices_whatever_the_node_says() {
    let scene = bent().scene;
    let expected = [[0.0, 0.0, 0.0], [0.0, 1.0, 0.0], [-0.5, 0.5, 0.0]];
    assert_eq!(corners(&scene), expected);
    let rig = scene.meshes[0].rig.as_ref().unwrap();
    assert_eq!(rig.positions[1], DVec3::new(1000.0, 0.0, 0.0));
    assert_eq!(rig.joint_sets[0].joints[2], [0, 1, 0, 0]);
    assert_eq!(scene.skins[0].joints, [1, 2]);
    // Written at rest, and bent again when read.
    let second = again(&scene);
    assert_eq!(corners(&second), expected);
    assert_eq!(second.meshes[0].rig, scene.meshes[0].rig);
    assert_eq!(second.skins, scene.skins);
}

#[test]
fn a_mesh_that_its_skin_leaves_alone_keeps_its_bits() {
    let mut document = json!({
        "scenes": [{ "nodes": [0, 1] }],
        "nodes": [{ "mesh": 0, "skin": 0 }, {}],
        "skins": [{ "joints": [1] }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2 } }] }],
    });
    let points = [0.1, 0.2, 0.3, 1.1, 0.2, 0.3, 0.1, 1.2, 0.3];
    let accessors: [(&str, u32, usize, &[u8]); 3] = [
        ("VEC3", 5126, 3, &floats(&points)),
        ("VEC4", 5121, 3, &[0; 12]),
        ("VEC4", 5126, 3, &floats(&[1.0, 0.0, 0.0, 0.0].repeat(3))),
    ];
    let skinned = read(document.clone(), &accessors).scene;
    document["nodes"][0].as_object_mut().unwrap().remove("skin");
    let plain = read(document, &accessors).scene;
    assert_eq!(skinned.meshes[0].surface, plain.meshes[0].surface);
}

#[test]
fn morph_targets_have_their_default_weight() {
    let document = json!({
        "scenes": [{ "nodes": [0, 1] }],
        "nodes": [{ "mesh": 0 }, { "mesh": 0, "weights": [-1] }],
        "meshes": [{
            "primitives": [{ "attributes": { "POSITION": 0 }, "targets": [{ "POSITION": 1 }] }],
            "weights": [0.5],
            "extras": { "targetNames": ["smile"] },
        }],
    });
    let delta = [0.0, 0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
    let imported =
        read(document, &[("VEC3", 5126, 3, &floats(&TRIANGLE)), ("VEC3", 5126, 3, &floats(&delta))]);
    let mut found = corners(&imported.scene);
    found.retain(|point| point[0] == 0.0 && point[1] == 0.0);
    found.sort_by(|a, b| a[2].total_cmp(&b[2]));
    assert_eq!(found, [[0.0, 0.0, -2.0], [0.0, 0.0, 1.0]]);
    let rig = imported.scene.meshes[0].rig.as_ref().unwrap();
    assert_eq!((rig.morph_targets[0].name.as_str(), rig.morph_weights[0]), ("smile", 0.5));
    let second = again(&imported.scene);
    let sorted = |scene: &ImportedScene| {
        let mut corners = corners(scene);
        corners.sort_by(|a, b| a.partial_cmp(b).unwrap());
        corners
    };
    assert_eq!(sorted(&second), sorted(&imported.scene));
    assert_eq!(second.meshes[0].rig, imported.scene.meshes[0].rig);
}

#[test]
fn animations_are_kept_in_the_axes_of_the_document() {
    let document = json!({
        "scenes": [{ "nodes": [0] }],
        "nodes": [{ "mesh": 0 }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 } }] }],
        "animations": [{
            "name": "hop",
            "samplers": [{ "input": 1, "output": 2, "interpolation": "STEP" }, { "input": 1, "output": 3 }],
            "channels": [
                { "sampler": 0, "target": { "node": 0, "path": "translation" } },
                { "sampler": 0, "target": { "node": 0, "path": "scale" } },
                { "sampler": 1, "target": { "node": 0, "path": "rotation" } },
                { "sampler": 0, "target": { "path": "pointer", "extensions": {
                    "KHR_animation_pointer": { "pointer": "/nodes/0/translation" },
                } } },
                { "sampler": 7, "target": { "node": 0, "path": "scale" } },
            ],
        }],
        "extensionsUsed": ["KHR_animation_pointer"],
    });
    let imported = read(
        document,
        &[
            ("VEC3", 5126, 3, &floats(&TRIANGLE)),
            ("SCALAR", 5126, 2, &floats(&[0.0, 1.5])),
            ("VEC3", 5126, 2, &floats(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])),
            // Bytes that stand for 0, 0, 0, 1 and 0, 1, 0, 0.
            ("VEC4", 5120, 2, &[0, 0, 0, 1, 0, 1, 0, 0]),
        ],
    );
    let animation = &imported.scene.animations[0];
    let curve = |target: &AnimationTarget| {
        let channel = animation.channels.iter().find(|channel| channel.target == *target).unwrap();
        &animation.samplers[channel.sampler]
    };
    let moved = curve(&AnimationTarget::Translation(0));
    assert_eq!(moved.values, [1000.0, -3000.0, 2000.0, 4000.0, -6000.0, 5000.0]);
    assert_eq!((moved.interpolation, &moved.times_secs[..]), (Interpolation::Step, &[0.0, 1.5][..]));
    assert_eq!(curve(&AnimationTarget::Scale(0)).values, [1.0, 3.0, 2.0, 4.0, 6.0, 5.0]);
    assert_eq!(curve(&AnimationTarget::Rotation(0)).values, [0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0]);
    let pointer = AnimationTarget::Pointer("/nodes/0/translation".to_owned());
    assert_eq!(curve(&pointer).values, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert!(
        imported.warnings.iter().any(|warning| warning.at.to_string() == "/animations/0/channels/4/sampler")
    );
    assert_eq!(again(&imported.scene).animations, imported.scene.animations);
}

#[test]
fn cameras_lights_variants_and_blocks_survive() {
    let document = json!({
        "scenes": [{ "nodes": [0, 1, 2] }],
        "nodes": [
            { "mesh": 0, "extensions": { "KHR_node_visibility": { "visible": false } } },
            { "camera": 1 },
            { "extensions": { "KHR_lights_punctual": { "light": 0 } } },
        ],
        "cameras": [
            { "type": "unknown" },
            { "type": "perspective", "perspective": { "yfov": 0.75, "znear": 0.5 }, "name": "front" },
        ],
        "materials": [{}, {
            "extensions": {
                "KHR_materials_transmission": { "transmissionFactor": 0.5 },
                "KHR_materials_volume": { "thicknessFactor": 0.25, "attenuationDistance": 2 },
                "KHR_materials_ior": { "ior": 1.25 },
            },
        }],
        "meshes": [{ "primitives": [{
            "attributes": { "POSITION": 0 },
            "material": 0,
            "extensions": { "KHR_materials_variants": { "mappings": [{ "material": 1, "variants": [1] }] } },
        }] }],
        "extensions": {
            "KHR_lights_punctual": { "lights": [{
                "type": "spot", "range": 4, "color": [1, 0.5, 0.25], "spot": { "innerConeAngle": 0.25 },
            }] },
            "KHR_materials_variants": { "variants": [{ "name": "day" }, { "name": "night" }] },
        },
        "extensionsUsed": [
            "KHR_lights_punctual", "KHR_materials_ior", "KHR_materials_transmission", "KHR_materials_variants",
            "KHR_materials_volume", "KHR_node_visibility",
        ],
    });
    let scene = read(document, &[("VEC3", 5126, 3, &floats(&TRIANGLE))]).scene;
    assert!(scene.nodes[0].hidden && !scene.nodes[1].hidden);
    assert_eq!((scene.nodes[1].camera, scene.nodes[2].light), (Some(0), Some(0)));
    let perspective = Projection::Perspective { fov_y_rad: 0.75, aspect: None, near: 500.0, far: None };
    assert_eq!((scene.cameras[0].name.as_str(), scene.cameras[0].projection), ("front", perspective));
    let outer_rad = std::f32::consts::FRAC_PI_4;
    assert_eq!(scene.lights[0].kind, LightKind::Spot { inner_rad: 0.25, outer_rad });
    assert_eq!(scene.lights[0].range, Some(4000.0));
    assert_eq!(scene.variants, ["day", "night"]);
    assert_eq!(scene.meshes[0].variants, [VariantMaterial { variant: 1, slot: 0, material: 1 }]);
    let blocks = scene.materials[1].extensions.as_ref().unwrap();
    assert_eq!(
        (blocks.ior, blocks.transmission),
        (Some(1.25), Some(Transmission { factor: 0.5, texture: None }))
    );
    assert_eq!(blocks.volume.unwrap().thickness, 250.0);
    let (color, mode) = scene.materials[1].blended();
    assert_eq!(mode, assets::AlphaMode::Blend);
    assert!((color[3] - 0.575).abs() < 1e-6);
    let second = again(&scene);
    assert_eq!(second.materials, scene.materials);
    assert_eq!(second.meshes[0].variants, scene.meshes[0].variants);
    assert_eq!((second.cameras, second.lights), (scene.cameras, scene.lights));
    assert!(second.nodes[0].hidden);
}
