//! What bends, moves, looks and shines in a model survives opening, editing, saving and exporting.

mod common;

use std::sync::Arc;

use assets::{AnimationTarget, Format, ImportOptions, ImportedScene, SideFiles};
use document::{Content, Document, Edit, NodeId};
use geometry::Unwatched;
use glam::{DAffine3, DVec3};
use jobs::{FileRef, FileSource};
use kerf::command::Command;
use kerf::effect::Effect;
use kerf::notify::Level;
use kerf::state::State;
use serde_json::{Value, json};

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A triangle that hangs on two joints, of which the second is turned and goes on turning, one that smiles, a camera and
/// a light.
fn model() -> [(&'static str, Vec<u8>); 2] {
    const TURNED: f64 = std::f64::consts::FRAC_1_SQRT_2;
    let triangle = floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0]);
    let accessors: [(&str, u32, usize, Vec<u8>); 8] = [
        ("VEC3", 5126, 3, triangle.clone()),
        ("VEC4", 5121, 3, vec![0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0]),
        ("VEC4", 5126, 3, floats(&[1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0])),
        ("VEC3", 5126, 3, floats(&[0.0, 0.0, 0.5].repeat(3))),
        ("SCALAR", 5126, 2, floats(&[0.0, 2.0])),
        ("VEC4", 5126, 2, floats(&[0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 1.0, 0.0])),
        ("SCALAR", 5126, 2, floats(&[0.0, 1.0])),
        ("VEC3", 5126, 3, triangle),
    ];
    let mut data = Vec::new();
    let (mut views, mut listed) = (Vec::new(), Vec::new());
    for (kind, component, count, bytes) in accessors {
        views.push(json!({ "buffer": 0, "byteOffset": data.len(), "byteLength": bytes.len() }));
        let view = views.len() - 1;
        let mut accessor =
            json!({ "bufferView": view, "type": kind, "componentType": component, "count": count });
        if kind == "SCALAR" {
            accessor["min"] = json!([0.0]);
            accessor["max"] = json!([if view == 4 { 2.0 } else { 1.0 }]);
        }
        listed.push(accessor);
        data.extend(bytes);
    }
    let document = json!({
        "asset": { "version": "2.0" },
        "extensionsUsed": ["KHR_lights_punctual"],
        "scenes": [{ "nodes": [0, 1, 3, 4, 5] }],
        "nodes": [
            { "name": "skin", "mesh": 0, "skin": 0 },
            { "name": "upper", "children": [2] },
            { "name": "lower", "rotation": [0, 0, TURNED, TURNED] },
            { "name": "eye", "camera": 0, "translation": [0, 0, 7] },
            { "name": "lamp", "extensions": { "KHR_lights_punctual": { "light": 0 } } },
            { "name": "face", "mesh": 1, "weights": [0.25], "children": [6] },
            { "name": "hat" },
        ],
        "skins": [{ "joints": [1, 2], "name": "bones" }],
        "meshes": [
            { "primitives": [{ "attributes": { "POSITION": 0, "JOINTS_0": 1, "WEIGHTS_0": 2 } }] },
            {
                "primitives": [{ "attributes": { "POSITION": 7 }, "targets": [{ "POSITION": 3 }] }],
                "extras": { "targetNames": ["smile"] },
            },
        ],
        "cameras": [{ "type": "perspective", "name": "lens", "perspective": { "yfov": 0.5, "znear": 0.1 } }],
        "extensions": { "KHR_lights_punctual": { "lights": [{ "type": "point", "intensity": 40 }] } },
        "animations": [{
            "name": "turn and smile",
            "channels": [
                { "sampler": 0, "target": { "node": 2, "path": "rotation" } },
                { "sampler": 1, "target": { "node": 5, "path": "weights" } },
            ],
            "samplers": [{ "input": 4, "output": 5 }, { "input": 4, "output": 6, "interpolation": "STEP" }],
        }],
        "buffers": [{ "byteLength": data.len(), "uri": "data.bin" }],
        "bufferViews": Value::Array(views),
        "accessors": Value::Array(listed),
    });
    [("model.gltf", document.to_string().into_bytes()), ("data.bin", data)]
}

/// Lets all work finish without an error.
fn settle(state: &mut State) {
    common::settle(state);
    let told = state.notifications.all.iter().filter(|known| known.level == Level::Error);
    let told: Vec<_> = told.map(|known| (&known.title, &known.details)).collect();
    assert!(told.is_empty(), "{told:?}");
}

fn opened(files: &[(&str, Vec<u8>)]) -> State {
    let mut state = common::state();
    let file = |(name, bytes): &(&str, Vec<u8>)| FileRef {
        name: (*name).to_owned(),
        source: FileSource::Memory(Arc::new(bytes.clone())),
    };
    state.apply(Command::OpenFiles(files.iter().map(file).collect()));
    settle(&mut state);
    state
}

fn saved(state: &mut State, command: Command) -> Vec<u8> {
    state.apply(command);
    settle(state);
    match state.effects.pop() {
        Some(Effect::SaveFile { bytes, .. }) => bytes,
        _ => panic!("no file"),
    }
}

fn exported(state: &mut State) -> ImportedScene {
    state.apply(Command::Select(Vec::new()));
    let bytes = saved(state, Command::Export(Format::Glb));
    let options = ImportOptions::default();
    let imported = assets::import("a.glb", &bytes, &options, &assets::NoSideFiles, &Unwatched)
        .expect("a model we wrote");
    // That animations are not played is said of every file that has some.
    let others =
        imported.warnings.iter().filter(|warning| !warning.message.starts_with("Animations are not"));
    assert_eq!(others.collect::<Vec<_>>(), Vec::<&assets::Warning>::new());
    imported.scene
}

fn original() -> ImportedScene {
    let [main, side] = model();
    let mut files = SideFiles::new();
    files.insert(side.0, side.1);
    assets::import(main.0, &main.1, &ImportOptions::default(), &files, &Unwatched)
        .expect("a good model")
        .scene
}

/// What follows which curve, with the names of nodes instead of their numbers.
fn curves(scene: &ImportedScene) -> Vec<(String, String, Vec<f32>)> {
    let name = |index: usize| scene.nodes[index].name.clone();
    let channels = scene
        .animations
        .iter()
        .flat_map(|animation| animation.channels.iter().map(move |channel| (animation, channel)));
    channels
        .map(|(animation, channel)| {
            let target = match &channel.target {
                AnimationTarget::Rotation(node) => format!("rotation of {}", name(*node)),
                // The mesh of a node with children is a node of its own in a document.
                AnimationTarget::MorphWeights(_) => "weights".to_owned(),
                other => format!("{other:?}"),
            };
            let sampler = &animation.samplers[channel.sampler];
            (
                target,
                format!("{:?}", sampler.interpolation),
                [&sampler.times_secs[..], &sampler.values].concat(),
            )
        })
        .collect()
}

/// The joints of all parts that hang on some, by name.
fn joints(scene: &ImportedScene) -> Vec<Vec<String>> {
    let skins = scene.nodes.iter().filter_map(|node| scene.skins.get(node.skin?));
    skins.map(|skin| skin.joints.iter().map(|&joint| scene.nodes[joint].name.clone()).collect()).collect()
}

/// Up to the rounding of single precision in metres.
fn assert_same_place(found: &[DVec3], expected: &[DVec3]) {
    assert_eq!(found.len(), expected.len());
    assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff_eq(*b, 1e-3)), "{found:?} {expected:?}");
}

fn check(scene: &ImportedScene) {
    let original = original();
    assert_eq!(scene.cameras, original.cameras);
    assert_eq!(scene.lights, original.lights);
    assert_eq!(joints(scene), joints(&original));
    assert_eq!(scene.skins[0].joint_from_mesh, original.skins[0].joint_from_mesh);
    assert_eq!(curves(scene), curves(&original));
    for (mesh, before) in scene.meshes.iter().zip(&original.meshes) {
        assert_eq!(mesh.rig, before.rig);
        assert_same_place(&mesh.surface.positions, &before.surface.positions);
    }
    let weights =
        |scene: &ImportedScene| scene.nodes.iter().find_map(|node| node.morph_weights.first().copied());
    assert_eq!(weights(scene), Some(0.25));
    let eye = scene.nodes.iter().find(|node| node.camera.is_some()).expect("it was kept");
    assert_eq!(eye.parent_from_node.translation, DVec3::new(0.0, -7000.0, 0.0));
}

fn named(document: &Document, name: &str) -> NodeId {
    document.nodes().find(|(_, node)| node.name == name).expect("it is there").0
}

#[test]
fn an_opened_model_is_exported_with_all_that_moves_it() {
    check(&exported(&mut opened(&model())));
}

#[test]
fn a_project_keeps_all_that_moves_a_model() {
    let mut first = opened(&model());
    let project = saved(&mut first, Command::SaveProjectAs);
    let mut second = opened(&[("there.kerf", project)]);
    assert_eq!(second.document(), first.document());
    check(&exported(&mut second));
}

#[test]
fn nodes_that_were_moved_in_the_tree_still_move() {
    let mut state = opened(&model());
    let [eye, upper] = ["eye", "upper"].map(|name| named(state.document(), name));
    state.apply(Command::Edit(Edit::Group(vec![eye, upper]), None));
    state.apply(Command::Edit(Edit::Rename(eye, "other".to_owned()), None));
    settle(&mut state);
    check(&exported(&mut state));
}

#[test]
fn copies_bend_by_copies_of_their_joints() {
    let mut state = opened(&model());
    let root = state.document().roots()[0];
    state.apply(Command::Edit(Edit::Duplicate(vec![root]), None));
    settle(&mut state);
    let scene = exported(&mut state);
    assert_eq!((scene.skins.len(), scene.cameras.len(), scene.lights.len()), (2, 2, 2));
    assert!(scene.skins[0].joints.iter().all(|joint| !scene.skins[1].joints.contains(joint)));
    assert_eq!(scene.animations.len(), 1);
    assert_eq!(curves(&scene).len(), 4);
}

#[test]
fn a_part_without_its_joints_stays_as_it_is_posed() {
    let mut state = opened(&model());
    let lower = named(state.document(), "lower");
    state.apply(Command::Edit(Edit::Delete(vec![lower]), None));
    settle(&mut state);
    let scene = exported(&mut state);
    assert!(scene.skins.is_empty());
    assert_eq!(curves(&scene).iter().map(|curve| curve.0.as_str()).collect::<Vec<_>>(), ["weights"]);
    let original = original();
    let posed = |scene: &ImportedScene| {
        let node = scene.nodes.iter().find(|node| node.name == "skin").expect("it is there");
        scene.meshes[node.mesh.expect("it has one")].surface.positions.clone()
    };
    assert_same_place(&posed(&scene), &posed(&original));
}

#[test]
fn what_is_made_of_a_part_bends_no_more() {
    let mut state = opened(&model());
    let skin = named(state.document(), "skin");
    let Content::Part(content) = state.document().node(skin).unwrap().content.clone() else {
        panic!("no part")
    };
    assert!(content.part.rig.is_some());
    let bare = jobs::Part { rig: None, ..(*content.part).clone() };
    let part = document::PartContent { hash: bare.content_hash(), part: Arc::new(bare) };
    state.apply(Command::Edit(Edit::Freeze(skin, part), None));
    settle(&mut state);
    assert_eq!(state.document().node(skin).unwrap().skin, None);
    assert!(exported(&mut state).skins.is_empty());
    // Where it stands is its own again.
    let edit = Edit::Place(vec![(skin, DAffine3::from_translation(DVec3::X))]);
    state.apply(Command::Edit(edit, None));
    settle(&mut state);
}
