//! Cameras and lights.

use std::f32::consts::FRAC_PI_4;

use serde_json::Value;

use super::convention::length_from_file;
use super::json::Lenient as _;
use crate::{Camera, Light, LightKind, Projection};

/// The extension that lights come with.
pub(super) const LIGHTS: &str = "KHR_lights_punctual";

/// All cameras; `None` for those that are of no kind.
pub(super) fn cameras(document: &Value) -> Vec<Option<Camera>> {
    document.elements("cameras").iter().map(camera).collect()
}

fn camera(value: &Value) -> Option<Camera> {
    let positive = |view: &Value, key: &str| view.single(key).filter(|number| *number > 0.0);
    let distance = |view: &Value, key: &str| view.single(key).map(|number| length_from_file(number.max(0.0)));
    let perspective = |view: &Value| {
        Some(Projection::Perspective {
            fov_y_rad: positive(view, "yfov")?,
            aspect: positive(view, "aspectRatio"),
            near: distance(view, "znear")?,
            far: distance(view, "zfar"),
        })
    };
    let orthographic = |view: &Value| {
        let half_size = [view.single("xmag")?, view.single("ymag")?].map(length_from_file);
        Some(Projection::Orthographic {
            half_size,
            near: distance(view, "znear")?,
            far: distance(view, "zfar")?,
        })
    };
    let projection = value.get("perspective").and_then(perspective);
    let projection = projection.or_else(|| value.get("orthographic").and_then(orthographic))?;
    Some(Camera { name: value.text("name").unwrap_or_default().to_owned(), projection })
}

/// All lights; `None` for those that are of no kind.
pub(super) fn lights(document: &Value) -> Vec<Option<Light>> {
    let lights = document.extension(LIGHTS).map_or(&[][..], |extension| extension.elements("lights"));
    lights.iter().map(light).collect()
}

fn light(value: &Value) -> Option<Light> {
    let spot = |key: &str| value.get("spot").and_then(|spot| spot.single(key));
    let kind = match value.text("type")? {
        "directional" => LightKind::Directional,
        "point" => LightKind::Point,
        "spot" => LightKind::Spot {
            inner_rad: spot("innerConeAngle").unwrap_or(0.0),
            outer_rad: spot("outerConeAngle").unwrap_or(FRAC_PI_4),
        },
        _ => return None,
    };
    Some(Light {
        name: value.text("name").unwrap_or_default().to_owned(),
        color: value.singles("color").unwrap_or([1.0; 3]).map(|number: f32| number.max(0.0)),
        intensity: value.single("intensity").map_or(1.0, |number| number.max(0.0)),
        range: value.single("range").filter(|range| *range > 0.0).map(length_from_file),
        kind,
    })
}

/// The elements that are there, and where each of the document went.
pub(super) fn packed<T>(list: Vec<Option<T>>) -> (Vec<T>, Vec<Option<usize>>) {
    let mut next = 0;
    let places = list.iter().map(|element| {
        element.as_ref().map(|_| {
            next += 1;
            next - 1
        })
    });
    let places = places.collect();
    (list.into_iter().flatten().collect(), places)
}
