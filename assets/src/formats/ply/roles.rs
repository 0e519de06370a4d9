//! Which properties of an element mean what.

use glam::DVec3;

use super::header::{Element, Kind, Type};
use super::source::Row;
use crate::color::{linear_from_srgb, narrow};

/// Which property of an element has one of the names, with its type.
fn scalar(element: &Element, names: &[&str]) -> Option<(usize, Type)> {
    let idx = element.properties.iter().position(|property| names.contains(&property.name.as_str()))?;
    match element.properties[idx].kind {
        Kind::Scalar(kind) => Some((idx, kind)),
        Kind::List { .. } => None,
    }
}

pub(super) fn list(element: &Element, names: &[&str]) -> Option<usize> {
    element.properties.iter().position(|property| {
        matches!(property.kind, Kind::List { .. }) && names.contains(&property.name.as_str())
    })
}

pub(super) fn all<const N: usize>(element: &Element, names: [&[&str]; N]) -> Option<[(usize, Type); N]> {
    let found = names.map(|names| scalar(element, names));
    found.iter().all(Option::is_some).then(|| found.map(|found| found.unwrap_or((0, Type::F32))))
}

/// Colours of a row.
#[derive(Clone, Copy)]
pub(super) struct ColorRole {
    rgb: [(usize, Type); 3],
    alpha: Option<(usize, Type)>,
}

impl ColorRole {
    pub(super) fn of(element: &Element) -> Option<Self> {
        let rgb = all(
            element,
            [&["red", "r", "diffuse_red"], &["green", "g", "diffuse_green"], &["blue", "b", "diffuse_blue"]],
        )?;
        Some(Self { rgb, alpha: scalar(element, &["alpha", "a", "diffuse_alpha"]) })
    }

    pub(super) fn color(self, row: &Row) -> [f32; 4] {
        let [r, g, b] = self.rgb.map(|(idx, kind)| linear_from_srgb(row.scalars[idx] / kind.one()));
        let alpha = self.alpha.map_or(1.0, |(idx, kind)| row.scalars[idx] / kind.one());
        [r, g, b, if alpha.is_nan() { 1.0 } else { narrow(alpha.clamp(0.0, 1.0)) }]
    }
}

pub(super) fn normal_role(element: &Element) -> Option<[(usize, Type); 3]> {
    all(element, [&["nx", "normal_x"], &["ny", "normal_y"], &["nz", "normal_z"]])
}

pub(super) fn vector(row: &Row, role: [(usize, Type); 3]) -> DVec3 {
    DVec3::from_array(role.map(|(idx, _)| row.scalars[idx]))
}
