//! `kerf info FILE`

use std::fmt::Write as _;

use assets::UpAxis;
use clap::Args;
use glam::DVec3;
use serde_json::json;

use super::{Answer, Common, Failure, load};
use crate::measures::{Effort, Measures};

#[derive(Args, Debug)]
pub(super) struct InfoArguments {
    /// The model.
    file: String,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &InfoArguments) -> Result<Answer, Failure> {
    let model = load::model(&arguments.file, arguments.common)?;
    let scene = &model.imported.scene;
    let source = &scene.source;
    let mut totals = Measures::default();
    for placed in load::placed(&model) {
        totals.add(placed.part, &placed.world_from_mesh, Effort::Exact);
    }
    let unit = source.unit.millimetres();
    let size = size_in_file(totals.size(), source.up_axis, unit);
    let (area, volume) = (totals.area.unwrap_or(0.0) / unit.powi(2), totals.volume / unit.powi(3));
    let warnings: Vec<_> = model
        .imported
        .warnings
        .iter()
        .map(|warning| json!({ "code": warning.code, "location": warning.at.to_string(), "message": warning.message }))
        .collect();
    let json = json!({
        "file": arguments.file,
        "bytes": model.size_bytes,
        "format": source.format,
        "generator": source.generator,
        "scenes": scene.scenes.len(),
        "nodes": scene.nodes.len(),
        "meshes": scene.meshes.len(),
        "materials": scene.materials.len(),
        "images": scene.images.len(),
        "skins": scene.skins.len(),
        "animations": scene.animations.len(),
        "cameras": scene.cameras.len(),
        "lights": scene.lights.len(),
        "variants": scene.variants,
        "metadata": source.metadata,
        "triangles": totals.num_triangles,
        "vertices": totals.num_vertices,
        "points": totals.num_points,
        "segments": totals.num_segments,
        "size": size.to_array(),
        "unit": source.unit.symbol(),
        "unit_assumed": source.unit_assumed,
        "up_axis": source.up_axis,
        "watertight": totals.is_watertight(),
        "boundary_edges": totals.num_boundary_edges,
        "non_manifold_edges": totals.num_non_manifold_edges,
        "area": area,
        "volume": volume,
        "warnings": warnings,
        "extensions": source.extensions,
    });
    let mut text = format!("{}: {}", arguments.file, source.format);
    let symbol = source.unit.symbol();
    let assumed = if source.unit_assumed { " (assumed)" } else { "" };
    let closed = if totals.is_watertight() { "watertight" } else { "not watertight" };
    _ = write!(
        text,
        "\n  {} nodes, {} meshes, {} triangles, {} vertices",
        scene.nodes.len(),
        scene.meshes.len(),
        totals.num_triangles,
        totals.num_vertices
    );
    _ = write!(text, "\n  size {:.6} x {:.6} x {:.6} {symbol}{assumed}", size.x, size.y, size.z);
    _ = write!(text, "\n  area {area:.6} {symbol}², volume {volume:.6} {symbol}³, {closed}");
    for (name, value) in &source.metadata {
        _ = write!(text, "\n  {name}: {value}");
    }
    for extension in &source.extensions {
        let required = if extension.required { ", required" } else { "" };
        let note = if extension.note.is_empty() { String::new() } else { format!(": {}", extension.note) };
        _ = write!(text, "\n  {} {:?}{required}{note}", extension.name, extension.status);
    }
    for warning in &model.imported.warnings {
        _ = write!(text, "\n  warning [{}] {} ({})", warning.code, warning.message, warning.at);
    }
    Ok(Answer { json, text })
}

/// Extents along the file's own axes, in its own unit.
fn size_in_file(size: DVec3, up_axis: UpAxis, millimetres_per_unit: f64) -> DVec3 {
    let size = size / millimetres_per_unit;
    match up_axis {
        UpAxis::Z => size,
        UpAxis::Y => DVec3::new(size.x, size.z, size.y),
    }
}
