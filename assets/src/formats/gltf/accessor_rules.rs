//! Complains about accessors that do not fit their views, and animations that do not fit what they move.

use serde_json::Value;

use super::buffers::Buffers;
use super::json::{Lenient as _, Place, Report};

/// Checks all accessors and animations of a document.
pub(super) fn check(document: &Value, buffers: &Buffers<'_>, report: &mut Report) {
    let root = Place::Root;
    let accessors_at = root.key("accessors");
    for (index, accessor) in document.elements("accessors").iter().enumerate() {
        let Some(view_index) = accessor.index("bufferView") else { continue };
        if let Some(view) = document.elements("bufferViews").get(view_index) {
            let has_data = buffers.view(view_index).is_some();
            check_layout(accessor, view, has_data, &accessors_at.at(index), report);
        }
    }
    let animations_at = root.key("animations");
    for (index, animation) in document.elements("animations").iter().enumerate() {
        check_animation(document, animation, &animations_at.at(index), report);
    }
}

/// Bytes of a number and of an element of so many columns and rows.
fn sizes(accessor: &Value) -> Option<(u64, u64, bool)> {
    let size: u64 = match accessor.whole("componentType")? {
        5120 | 5121 => 1,
        5122 | 5123 => 2,
        5125 | 5126 => 4,
        _ => return None,
    };
    let (columns, rows) = match accessor.text("type")? {
        "SCALAR" => (1, 1),
        "VEC2" => (1, 2),
        "VEC3" => (1, 3),
        "VEC4" => (1, 4),
        "MAT2" => (2, 2),
        "MAT3" => (3, 3),
        "MAT4" => (4, 4),
        _ => return None,
    };
    // Each column of a matrix starts at a multiple of four bytes.
    let is_matrix = columns > 1;
    let column: u64 = if is_matrix { (rows * size).next_multiple_of(4) } else { rows * size };
    Some((size, columns * column, is_matrix))
}

fn check_layout(accessor: &Value, view: &Value, has_data: bool, at: &Place<'_>, report: &mut Report) {
    let Some((size, element_len, is_matrix)) = sizes(accessor) else { return };
    let offset = accessor.whole("byteOffset").unwrap_or(0);
    let offset_at = at.key("byteOffset");
    if is_matrix && !offset.is_multiple_of(4) {
        report.warn("accessor-alignment", &offset_at, "Matrices must start at a multiple of 4 bytes.");
    } else if !offset.is_multiple_of(size) {
        let message = format!("The offset is not a multiple of the {size} bytes of a number.");
        report.warn("accessor-alignment", &offset_at, message);
    }
    let total = view.whole("byteOffset").unwrap_or(0).saturating_add(offset);
    if !total.is_multiple_of(size) {
        let message = format!("With that of its view the offset is {total}, not a multiple of {size}.");
        report.warn("accessor-alignment", at, message);
    }
    let stride = view.whole("byteStride").filter(|stride| *stride > 0);
    if stride.is_some_and(|stride| stride < element_len) {
        let message = format!("Elements of {element_len} bytes overlap at the stride of their view.");
        report.warn("accessor-stride", at, message);
    }
    let (Some(count), Some(len)) = (accessor.whole("count"), view.whole("byteLength")) else { return };
    // The last column of the last matrix needs no padding. Where there is data, that is measured instead.
    let last = if is_matrix { element_len.saturating_sub(3) } else { element_len };
    let needed = count.saturating_sub(1).saturating_mul(stride.unwrap_or(element_len)).saturating_add(last);
    if !has_data && count > 0 && offset.saturating_add(needed) > len {
        let message = format!("The accessor needs {needed} bytes from byte {offset} of a view of {len}.");
        report.warn("accessor-too-long", if offset >= len { &offset_at } else { at }, message);
    }
}

fn check_animation(document: &Value, animation: &Value, at: &Place<'_>, report: &mut Report) {
    let channels_at = at.key("channels");
    for (index, channel) in animation.elements("channels").iter().enumerate() {
        let at = channels_at.at(index);
        let Some(target) = channel.get("target") else { continue };
        let node = target.index("node").and_then(|node| document.elements("nodes").get(node));
        let Some(path) = target.text("path") else { continue };
        let mesh = node.and_then(|node| document.elements("meshes").get(node.index("mesh")?));
        let has_targets = mesh.is_some_and(|mesh| {
            mesh.elements("primitives").iter().any(|primitive| !primitive.elements("targets").is_empty())
        });
        if path == "weights" && node.is_some() && !has_targets {
            let message = "The node has no mesh with morph targets.";
            report.warn("animation-target", &at.key("target"), message);
        }
        let sampler = channel.index("sampler").and_then(|it| animation.elements("samplers").get(it));
        let output = sampler.and_then(|sampler| document.elements("accessors").get(sampler.index("output")?));
        let expected = match path {
            "translation" | "scale" => "VEC3",
            "rotation" => "VEC4",
            "weights" => "SCALAR",
            _ => continue,
        };
        if let Some(found) = output.and_then(|output| output.text("type"))
            && found != expected
        {
            let message = format!("The values of a {path} must be {expected}, they are {found}.");
            report.warn("animation-output", &at.key("sampler"), message);
        }
    }
}
