//! Writes skins and animations.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::bin::Bin;
use crate::formats::gltf::convention::{point_to_file, rotation_to_file, scale_from_file, transform_to_file};
use crate::{Animation, AnimationSampler, AnimationTarget, ImportedScene, Interpolation, Skin};

const POINTER: &str = "KHR_animation_pointer";

/// Writes all skins.
pub(super) fn write_skins(scene: &ImportedScene, bin: &mut Bin, document: &mut Map<String, Value>) {
    if !scene.skins.is_empty() {
        let skins = scene.skins.iter().map(|skin| write_skin(skin, bin)).collect();
        document.insert("skins".to_owned(), skins);
    }
}

fn write_skin(skin: &Skin, bin: &mut Bin) -> Value {
    let matrices: Vec<_> = skin
        .joint_from_mesh
        .iter()
        .map(|transform| {
            let transform = transform_to_file(*transform);
            let [x, y, z] =
                [0, 1, 2].map(|axis| transform.matrix3.col(axis).as_vec3().extend(0.0).to_array());
            [x, y, z, transform.translation.as_vec3().extend(1.0).to_array()]
        })
        .collect();
    let mut value = Map::new();
    if !skin.name.is_empty() {
        value.insert("name".to_owned(), json!(skin.name));
    }
    value.insert("joints".to_owned(), json!(skin.joints));
    value.insert("inverseBindMatrices".to_owned(), json!(bin.matrices(&matrices)));
    if let Some(skeleton) = skin.skeleton {
        value.insert("skeleton".to_owned(), json!(skeleton));
    }
    Value::Object(value)
}

/// Writes all animations, and notes which extensions that takes.
pub(super) fn write(
    scene: &ImportedScene,
    bin: &mut Bin,
    document: &mut Map<String, Value>,
    used: &mut BTreeSet<&'static str>,
) {
    let animations = scene.animations.iter();
    let written: Vec<_> = animations.filter_map(|animation| write_one(animation, scene, bin, used)).collect();
    if !written.is_empty() {
        document.insert("animations".to_owned(), Value::Array(written));
    }
}

fn write_one(
    animation: &Animation,
    scene: &ImportedScene,
    bin: &mut Bin,
    used: &mut BTreeSet<&'static str>,
) -> Option<Value> {
    let mut samplers = Vec::new();
    let mut channels = Vec::new();
    let mut written = vec![None; animation.samplers.len()];
    for channel in &animation.channels {
        let (Some(sampler), Some(target)) =
            (animation.samplers.get(channel.sampler), write_target(&channel.target, scene))
        else {
            continue;
        };
        // The format does not allow times that stand still or run back, and nobody knows what they mean.
        if !sampler.times_secs.is_sorted_by(|a, b| a < b) {
            continue;
        }
        if matches!(channel.target, AnimationTarget::Pointer(_)) {
            used.insert(POINTER);
        }
        // A sampler has one meaning: importers make another for every other.
        let index = *written[channel.sampler].get_or_insert_with(|| {
            samplers.push(write_sampler(sampler, &channel.target, bin));
            samplers.len() - 1
        });
        channels.push(json!({ "sampler": index, "target": target }));
    }
    if channels.is_empty() {
        return None;
    }
    let mut value = Map::new();
    if !animation.name.is_empty() {
        value.insert("name".to_owned(), json!(animation.name));
    }
    value.insert("channels".to_owned(), Value::Array(channels));
    value.insert("samplers".to_owned(), Value::Array(samplers));
    Some(Value::Object(value))
}

fn write_target(target: &AnimationTarget, scene: &ImportedScene) -> Option<Value> {
    let (node, path) = match target {
        AnimationTarget::Translation(node) => (*node, "translation"),
        AnimationTarget::Rotation(node) => (*node, "rotation"),
        AnimationTarget::Scale(node) => (*node, "scale"),
        AnimationTarget::MorphWeights(node) => (*node, "weights"),
        AnimationTarget::Pointer(pointer) => {
            // Only nodes and materials are written in the places where they were read.
            let mut parts = pointer.strip_prefix('/')?.split('/');
            let count = match parts.next()? {
                "nodes" => scene.nodes.len(),
                "materials" => scene.materials.len(),
                _ => return None,
            };
            parts.next()?.parse::<usize>().ok().filter(|index| *index < count)?;
            let extension = json!({ POINTER: { "pointer": pointer } });
            return Some(json!({ "path": "pointer", "extensions": extension }));
        }
    };
    (node < scene.nodes.len()).then(|| json!({ "node": node, "path": path }))
}

fn write_sampler(sampler: &AnimationSampler, target: &AnimationTarget, bin: &mut Bin) -> Value {
    let mut values = sampler.values.clone();
    let width = match target {
        AnimationTarget::Translation(_) => {
            for value in values.as_chunks_mut().0 {
                *value = point_to_file(glam::Vec3::from_array(*value).as_dvec3());
            }
            3
        }
        AnimationTarget::Rotation(_) => {
            for value in values.as_chunks_mut().0 {
                *value = rotation_to_file(*value);
            }
            4
        }
        AnimationTarget::Scale(_) => {
            for value in values.as_chunks_mut().0 {
                *value = scale_from_file(*value);
            }
            3
        }
        AnimationTarget::Pointer(_) if sampler.width <= 4 => sampler.width,
        AnimationTarget::MorphWeights(_) | AnimationTarget::Pointer(_) => 1,
    };
    let input = bin.times(&sampler.times_secs);
    let output = bin.numbers(&values, width);
    let interpolation = match sampler.interpolation {
        Interpolation::Linear => "LINEAR",
        Interpolation::Step => "STEP",
        Interpolation::CubicSpline => "CUBICSPLINE",
    };
    json!({ "input": input, "output": output, "interpolation": interpolation })
}
