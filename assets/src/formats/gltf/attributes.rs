//! Reads the attributes of a primitive's vertices and mends what would spoil the picture.

use geometry::Semantic;
use glam::{DVec3, Vec3};
use serde_json::Value;

use super::accessor::Accessor;
use super::convention::direction_from_file;
use super::json::{Place, Report};

/// How many sets of texture coordinates and of colours are read.
const MAX_SETS: u8 = 4;

/// Up to this, the square of a normal's length may differ from 1 before it counts as a fault of the file. Normals of
/// 8 bits differ by up to 0.014.
const MAX_LENGTH_ERROR: f32 = 0.02;

/// The attributes of a primitive that we keep, with their names.
pub(super) fn known(primitive: &Value) -> Vec<(&str, Semantic)> {
    let attributes = primitive.get("attributes").and_then(Value::as_object);
    attributes.into_iter().flatten().filter_map(|(name, _)| Some((name.as_str(), semantic(name)?))).collect()
}

fn semantic(name: &str) -> Option<Semantic> {
    let set = |text: &str| (0..MAX_SETS).find(|set| text == set.to_string());
    match name {
        "NORMAL" => Some(Semantic::Normal),
        "TANGENT" => Some(Semantic::Tangent),
        _ => match name.split_once('_')? {
            ("TEXCOORD", text) => set(text).map(Semantic::Uv),
            ("COLOR", text) => set(text).map(Semantic::Color),
            _ => None,
        },
    }
}

/// Complains about names that are not of the format, and about sets that do not start at 0 or have gaps.
pub(super) fn check_names(primitive: &Value, at: &Place<'_>, report: &mut Report) {
    let attributes = primitive.get("attributes").and_then(Value::as_object);
    for name in attributes.into_iter().flat_map(|attributes| attributes.keys()) {
        let numbered = |text: &str| {
            text == "0" || (text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0'))
        };
        let is_known = match name.split_once('_') {
            None => matches!(name.as_str(), "POSITION" | "NORMAL" | "TANGENT"),
            Some(("", _)) => true, // The application's own.
            Some((stem, set)) => numbered_stems().contains(&stem) && !set.is_empty() && numbered(set),
        };
        if !is_known {
            report.warn(
                "attribute-name",
                &at.key(name),
                "The format has no attribute of this name; it was left out.",
            );
        }
    }
    let has = |stem: &str, set: usize| {
        attributes.is_some_and(|attributes| attributes.contains_key(&format!("{stem}_{set}")))
    };
    for stem in numbered_stems() {
        if (1..usize::from(MAX_SETS)).any(|set| has(stem, set) && !has(stem, set - 1)) {
            report.warn("attribute-gap", at, format!("The sets of {stem} do not start at 0 or have gaps."));
        }
    }
}

fn numbered_stems() -> [&'static str; 4] {
    ["TEXCOORD", "COLOR", "JOINTS", "WEIGHTS"]
}

/// The triangles of the primitive that is being read.
pub(super) struct Part<'a> {
    pub(super) positions: &'a [DVec3],
    pub(super) position_of_row: &'a [u32],
    pub(super) first_row: usize,
    pub(super) corners: &'a [[u32; 3]],
}

/// Normals in the document's axes, of unit length. Those that have no direction are made from the triangles.
pub(super) fn read_normals(
    accessor: &Accessor<'_>,
    vertices: &[u32],
    part: &Part<'_>,
    at: &Place<'_>,
    report: &mut Report,
) -> Vec<f32> {
    let mut values = Vec::with_capacity(vertices.len() * 3);
    let (mut bad, mut num_not_unit) = (Vec::new(), 0_usize);
    for (row, &vertex) in vertices.iter().enumerate() {
        let normal = direction_from_file(accessor.floats::<3>(vertex as usize));
        let (unit, length_error) = unit(normal, accessor.is_float());
        num_not_unit += usize::from(length_error > MAX_LENGTH_ERROR);
        if unit.is_none() {
            bad.push(row);
        }
        values.extend(unit.unwrap_or([0.0, 0.0, 1.0]));
    }
    if num_not_unit > bad.len() {
        let message = format!("{} normals were not of unit length.", num_not_unit - bad.len());
        report.warn("normals-not-unit", at, message);
    }
    if !bad.is_empty() {
        let message = format!("{} normals have no direction; they were made from the triangles.", bad.len());
        report.warn("normals-invalid", at, message);
        mend_normals(&mut values, &bad, part);
    }
    values
}

/// Replaces the normals of bad rows by the sum of the area vectors of the triangles around them.
fn mend_normals(values: &mut [f32], bad: &[usize], part: &Part<'_>) {
    let mut sums = vec![DVec3::ZERO; values.len() / 3];
    for rows in part.corners {
        let [a, b, c] = rows.map(|row| part.positions[part.position_of_row[row as usize] as usize]);
        let area = (b - a).cross(c - a);
        for row in rows {
            sums[*row as usize - part.first_row] += area;
        }
    }
    for &row in bad {
        let normal = sums[row].try_normalize().unwrap_or(DVec3::Z).as_vec3();
        values[row * 3..row * 3 + 3].copy_from_slice(&normal.to_array());
    }
}

/// Tangents in the document's axes, of unit length, with a sign. `None` when some have no direction: better none than
/// a broken picture, since they can be made anew.
pub(super) fn read_tangents(
    accessor: &Accessor<'_>,
    vertices: &[u32],
    at: &Place<'_>,
    report: &mut Report,
) -> Option<Vec<f32>> {
    let mut values = Vec::with_capacity(vertices.len() * 4);
    let mut num_mended = 0_usize;
    for &vertex in vertices {
        let [x, y, z, sign] = accessor.floats::<4>(vertex as usize);
        let (unit, length_error) = unit(direction_from_file([x, y, z]), accessor.is_float());
        let Some(unit) = unit else {
            report.warn(
                "tangents-invalid",
                at,
                "A tangent has no direction; all of the primitive were left out.",
            );
            return None;
        };
        num_mended +=
            usize::from(length_error > MAX_LENGTH_ERROR || (sign.abs() - 1.0).abs() > MAX_LENGTH_ERROR);
        values.extend(unit);
        values.push(if sign < 0.0 { -1.0 } else { 1.0 });
    }
    if num_mended > 0 {
        report.warn(
            "tangents-not-unit",
            at,
            format!("{num_mended} tangents were not of unit length or had no sign."),
        );
    }
    Some(values)
}

/// A vector made unit length, and by how much the square of its length missed 1. Floats that are near enough stay as
/// they are.
fn unit(vector: [f32; 3], keep_near: bool) -> (Option<[f32; 3]>, f32) {
    const NEAR: f32 = 1e-4;
    let vector = Vec3::from_array(vector);
    let length_error = (vector.length_squared() - 1.0).abs();
    if keep_near && length_error < NEAR {
        return (Some(vector.to_array()), length_error);
    }
    // Scaled first, so that the square of the length neither overflows nor vanishes.
    let largest = vector.abs().max_element();
    let scaled = if largest > 0.0 && largest.is_finite() { vector / largest } else { Vec3::ZERO };
    let unit = if vector.is_finite() { scaled.try_normalize() } else { None };
    let length_error = if length_error.is_finite() { length_error } else { f32::INFINITY };
    (unit.map(|unit| unit.to_array()), length_error)
}

/// Texture coordinates.
pub(super) fn read_uvs(
    accessor: &Accessor<'_>,
    vertices: &[u32],
    at: &Place<'_>,
    report: &mut Report,
) -> Vec<f32> {
    let mut values = Vec::with_capacity(vertices.len() * 2);
    for &vertex in vertices {
        values.extend(accessor.floats::<2>(vertex as usize));
    }
    zero_if_not_finite(&mut values, at, report);
    values
}

/// Linear RGBA, opaque where the file has no alpha.
pub(super) fn read_colors(
    accessor: &Accessor<'_>,
    vertices: &[u32],
    at: &Place<'_>,
    report: &mut Report,
) -> Vec<[f32; 4]> {
    let has_alpha = accessor.num_components() == 4;
    let colors = vertices.iter().map(|&vertex| {
        let [red, green, blue, alpha] = accessor.floats::<4>(vertex as usize);
        [red, green, blue, if has_alpha { alpha } else { 1.0 }]
    });
    let mut colors: Vec<_> = colors.collect();
    zero_if_not_finite(colors.as_flattened_mut(), at, report);
    let num_outside = colors.iter().flatten().filter(|number| !(0.0..=1.0).contains(*number)).count();
    if num_outside > 0 {
        report.warn(
            "colors-out-of-range",
            at,
            format!("{num_outside} colour components lie outside of 0 to 1."),
        );
    }
    colors
}

fn zero_if_not_finite(values: &mut [f32], at: &Place<'_>, report: &mut Report) {
    let mut num_bad = 0_usize;
    for value in values.iter_mut().filter(|value| !value.is_finite()) {
        *value = 0.0;
        num_bad += 1;
    }
    if num_bad > 0 {
        report.warn(
            "attribute-not-finite",
            at,
            format!("{num_bad} numbers are infinite or not a number; 0 was taken."),
        );
    }
}
