//! `kerf info FILE`

use std::fmt::Write as _;

use assets::UpAxis;
use clap::Args;
use glam::DVec3;
use serde_json::json;

use super::{Answer, Common, Failure, load};

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
    let mut totals = Totals::default();
    for placed in load::placed(&model) {
        totals.add(&placed);
    }
    let unit = source.unit.millimetres();
    let size = totals.size_in_file(source.up_axis, unit);
    let (area, volume) = (totals.area / unit.powi(2), totals.volume / unit.powi(3));
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
        "triangles": totals.triangles,
        "vertices": totals.vertices,
        "points": totals.points,
        "segments": totals.segments,
        "size": size.to_array(),
        "unit": source.unit.symbol(),
        "unit_assumed": source.unit_assumed,
        "up_axis": source.up_axis,
        "watertight": totals.watertight(),
        "boundary_edges": totals.boundary_edges,
        "non_manifold_edges": totals.non_manifold_edges,
        "area": area,
        "volume": volume,
        "warnings": warnings,
        "extensions": source.extensions,
    });
    let mut text = format!("{}: {}", arguments.file, source.format);
    let symbol = source.unit.symbol();
    let assumed = if source.unit_assumed { " (assumed)" } else { "" };
    let closed = if totals.watertight() { "watertight" } else { "not watertight" };
    _ = write!(
        text,
        "\n  {} nodes, {} meshes, {} triangles, {} vertices",
        scene.nodes.len(),
        scene.meshes.len(),
        totals.triangles,
        totals.vertices
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

/// Sums over everything shown.
#[derive(Default)]
struct Totals {
    triangles: usize,
    vertices: usize,
    points: usize,
    segments: usize,
    boundary_edges: usize,
    non_manifold_edges: usize,
    open_parts: usize,
    area: f64,
    volume: f64,
    bounds: Option<(DVec3, DVec3)>,
}

impl Totals {
    fn add(&mut self, placed: &load::Placed<'_>) {
        let facts = &placed.part.facts;
        self.triangles += facts.num_triangles;
        self.vertices += facts.num_vertices;
        self.points += facts.num_points;
        self.segments += facts.num_segments;
        self.boundary_edges += facts.num_boundary_edges;
        self.non_manifold_edges += facts.num_non_manifold_edges;
        self.open_parts += usize::from(facts.num_triangles > 0 && !facts.watertight);
        let properties = placed.part.part.surface.properties_placed(&placed.world_from_mesh);
        self.area += properties.area;
        self.volume += properties.volume;
        for point in load::all_positions(placed.part) {
            let point = placed.world_from_mesh.transform_point3(point);
            self.bounds =
                Some(self.bounds.map_or((point, point), |(low, high)| (low.min(point), high.max(point))));
        }
    }

    fn watertight(&self) -> bool {
        self.triangles > 0 && self.open_parts == 0
    }

    /// Extents along the file's own axes, in its own unit.
    fn size_in_file(&self, up_axis: UpAxis, millimetres_per_unit: f64) -> DVec3 {
        let size = self.bounds.map_or(DVec3::ZERO, |(low, high)| high - low) / millimetres_per_unit;
        match up_axis {
            UpAxis::Z => size,
            UpAxis::Y => DVec3::new(size.x, size.z, size.y),
        }
    }
}
