//! Writes cameras and lights, and what nodes say besides their place.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::materials::insert;
use crate::formats::gltf::convention::length_to_file;
use crate::formats::gltf::{stage, variants};
use crate::{Camera, ImportedNode, ImportedScene, Light, LightKind, Projection};

const VISIBILITY: &str = "KHR_node_visibility";

/// Writes cameras, lights and the names of variants, and notes which extensions that takes.
pub(super) fn write(
    scene: &ImportedScene,
    document: &mut Map<String, Value>,
    used: &mut BTreeSet<&'static str>,
) {
    if !scene.cameras.is_empty() {
        document.insert("cameras".to_owned(), scene.cameras.iter().map(camera).collect());
    }
    let mut extensions = Map::new();
    if !scene.lights.is_empty() {
        let lights: Vec<_> = scene.lights.iter().map(light).collect();
        extensions.insert(stage::LIGHTS.to_owned(), json!({ "lights": lights }));
        used.insert(stage::LIGHTS);
    }
    if !scene.variants.is_empty() {
        let names: Vec<_> = scene.variants.iter().map(|name| json!({ "name": name })).collect();
        extensions.insert(variants::NAME.to_owned(), json!({ "variants": names }));
        used.insert(variants::NAME);
    }
    if !extensions.is_empty() {
        document.insert("extensions".to_owned(), Value::Object(extensions));
    }
}

/// Adds to a node its camera, its light, and whether it is hidden.
pub(super) fn write_node(
    node: &ImportedNode,
    scene: &ImportedScene,
    value: &mut Map<String, Value>,
    used: &mut BTreeSet<&'static str>,
) {
    if let Some(camera) = node.camera.filter(|camera| *camera < scene.cameras.len()) {
        value.insert("camera".to_owned(), json!(camera));
    }
    let mut extensions = Map::new();
    if let Some(light) = node.light.filter(|light| *light < scene.lights.len()) {
        extensions.insert(stage::LIGHTS.to_owned(), json!({ "light": light }));
    }
    if node.hidden {
        extensions.insert(VISIBILITY.to_owned(), json!({ "visible": false }));
        used.insert(VISIBILITY);
    }
    if !extensions.is_empty() {
        value.insert("extensions".to_owned(), Value::Object(extensions));
    }
}

fn named(name: &str) -> Map<String, Value> {
    let mut value = Map::new();
    if !name.is_empty() {
        value.insert("name".to_owned(), json!(name));
    }
    value
}

fn camera(camera: &Camera) -> Value {
    let mut value = named(&camera.name);
    let (kind, view) = match camera.projection {
        Projection::Perspective { fov_y_rad, aspect, near, far } => {
            let mut view = Map::new();
            view.insert("yfov".to_owned(), json!(fov_y_rad));
            // The format wants a near plane that is in front of the eye.
            view.insert("znear".to_owned(), json!(length_to_file(near).max(f32::MIN_POSITIVE)));
            if let Some(aspect) = aspect {
                view.insert("aspectRatio".to_owned(), json!(aspect));
            }
            if let Some(far) = far {
                view.insert("zfar".to_owned(), json!(length_to_file(far)));
            }
            ("perspective", Value::Object(view))
        }
        Projection::Orthographic { half_size, near, far } => {
            let [xmag, ymag] = half_size.map(length_to_file);
            let [znear, zfar] = [near, far].map(length_to_file);
            ("orthographic", json!({ "xmag": xmag, "ymag": ymag, "znear": znear, "zfar": zfar }))
        }
    };
    value.insert("type".to_owned(), json!(kind));
    value.insert(kind.to_owned(), view);
    Value::Object(value)
}

fn light(light: &Light) -> Value {
    let mut value = named(&light.name);
    insert(&mut value, "color", light.color.map(|number| number.clamp(0.0, 1.0)), [1.0; 3]);
    insert(&mut value, "intensity", light.intensity, 1.0);
    let kind = match light.kind {
        LightKind::Directional => "directional",
        LightKind::Point => "point",
        LightKind::Spot { inner_rad, outer_rad } => {
            let spot = json!({ "innerConeAngle": inner_rad, "outerConeAngle": outer_rad });
            value.insert("spot".to_owned(), spot);
            "spot"
        }
    };
    if let Some(range) = light.range.filter(|_| light.kind != LightKind::Directional) {
        value.insert("range".to_owned(), json!(length_to_file(range)));
    }
    value.insert("type".to_owned(), json!(kind));
    Value::Object(value)
}
