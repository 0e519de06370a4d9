//! What there is to say of parts in numbers, found out once per change.

use document::{Document, NodeId, leaf_parts};
use egui::{RichText, Ui};
use geometry::Mesh;
use glam::{DAffine3, DVec3};

use super::fact_or_dash;
use crate::icons::{self, Icon};
use crate::panels::Context;
use crate::panels::widgets::{FACT, fact, labelled_row};
use crate::parts::{NodeStatus, PartStore};
use crate::theme::Palette;
use crate::units;

/// Sums over everything within some nodes, in the world.
#[derive(Clone, Debug, Default, PartialEq)]
struct Facts {
    num_parts: usize,
    num_triangles: usize,
    num_vertices: usize,
    num_points: usize,
    num_segments: usize,
    bounds: Option<(DVec3, DVec3)>,
    /// `None` when a part is too large to be measured at once.
    area: Option<f64>,
    /// `None` when something is open.
    volume: Option<f64>,
    num_open: usize,
    num_boundary_edges: usize,
    num_non_manifold_edges: usize,
    num_shells: usize,
    num_working: usize,
    num_failed: usize,
}

/// The facts of what was asked last.
#[derive(Default)]
pub(super) struct FactsCache {
    of: Option<(u64, u64, Vec<NodeId>)>,
    facts: Facts,
}

/// Meshes above this are not measured anew for uneven scales, as that would stop the view.
const MOST_MEASURED: usize = 300_000;

impl FactsCache {
    /// Shows the facts of nodes.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &Context<'_>, nodes: &[NodeId]) {
        let of = (cx.state.revision, cx.state.parts.version(), nodes.to_vec());
        if self.of.as_ref() != Some(&of) {
            self.facts = gather(cx.document(), &cx.state.parts, nodes);
            self.of = Some(of);
        }
        show(ui, cx, &self.facts);
    }
}

fn gather(document: &Document, parts: &PartStore, nodes: &[NodeId]) -> Facts {
    let mut facts = Facts { area: Some(0.0), volume: Some(0.0), ..Facts::default() };
    for &node in nodes {
        let world_from_node = document.world_from_node(node);
        for leaf in leaf_parts(document, node) {
            match parts.status(document, leaf.node) {
                NodeStatus::Ready => {}
                NodeStatus::Working => facts.num_working += 1,
                NodeStatus::Failed(_) => facts.num_failed += 1,
            }
            let Some(part) = parts.shown(document, leaf.node) else { continue };
            add(&mut facts, &part.facts, &part.part.surface, world_from_node * leaf.ancestor_from_leaf);
        }
    }
    facts
}

fn add(facts: &mut Facts, part: &jobs::PartFacts, mesh: &Mesh, world_from_part: DAffine3) {
    facts.num_parts += 1;
    facts.num_triangles += part.num_triangles;
    facts.num_vertices += part.num_vertices;
    facts.num_points += part.num_points;
    facts.num_segments += part.num_segments;
    facts.num_boundary_edges += part.num_boundary_edges;
    facts.num_non_manifold_edges += part.num_non_manifold_edges;
    facts.num_shells += part.num_shells;
    if part.num_triangles + part.num_points + part.num_segments > 0 {
        let (low, high) = world_bounds(part.bounds, mesh, world_from_part);
        let (known_low, known_high) = facts.bounds.unwrap_or((low, high));
        facts.bounds = Some((known_low.min(low), known_high.max(high)));
    }
    let area = world_area(part.area, mesh, world_from_part);
    facts.area = facts.area.zip(area).map(|(a, b)| a + b);
    if part.num_triangles > 0 {
        facts.num_open += usize::from(!part.closed);
        let volume = part.closed.then(|| part.volume * world_from_part.matrix3.determinant().abs());
        facts.volume = facts.volume.zip(volume).map(|(a, b)| a + b);
    }
}

/// The box around a part in the world: exact for small meshes and axis-parallel placements.
fn world_bounds([low, high]: [DVec3; 2], mesh: &Mesh, world_from_part: DAffine3) -> (DVec3, DVec3) {
    let linear = world_from_part.matrix3;
    let straight = [linear.x_axis, linear.y_axis, linear.z_axis]
        .iter()
        .all(|axis| axis.to_array().iter().filter(|value| **value != 0.0).count() <= 1);
    let nothing = (DVec3::INFINITY, DVec3::NEG_INFINITY);
    let around = |(low, high): (DVec3, DVec3), point: DVec3| (low.min(point), high.max(point));
    if !straight && !mesh.positions.is_empty() && mesh.positions.len() <= MOST_MEASURED {
        return mesh
            .positions
            .iter()
            .map(|&point| world_from_part.transform_point3(point))
            .fold(nothing, around);
    }
    (0..8)
        .map(|corner| {
            let pick = |axis: usize| if corner >> axis & 1 == 0 { low[axis] } else { high[axis] };
            world_from_part.transform_point3(DVec3::new(pick(0), pick(1), pick(2)))
        })
        .fold(nothing, around)
}

fn world_area(area: f64, mesh: &Mesh, world_from_part: DAffine3) -> Option<f64> {
    let linear = world_from_part.matrix3;
    let scales = DVec3::new(linear.x_axis.length(), linear.y_axis.length(), linear.z_axis.length());
    let scale = scales.x;
    let gram = linear.transpose() * linear;
    let square = glam::DMat3::from_diagonal(DVec3::splat(scale * scale));
    if gram.abs_diff_eq(square, scale * scale * 1e-9) {
        return Some(area * scale * scale);
    }
    (mesh.triangles.len() <= MOST_MEASURED).then(|| {
        let at = |vertex: u32| linear * mesh.positions[vertex as usize];
        let double = mesh.triangles.iter().map(|&[a, b, c]| (at(b) - at(a)).cross(at(c) - at(a)).length());
        double.sum::<f64>() * 0.5
    })
}

fn show(ui: &mut Ui, cx: &Context<'_>, facts: &Facts) {
    let palette = Palette::of(ui);
    let unit = cx.document().unit();
    if facts.num_parts == 0 {
        let text = match (facts.num_working, facts.num_failed) {
            (0, 0) => "Nothing to measure.",
            (0, _) => "It could not be made.",
            _ => "Being computed…",
        };
        ui.label(RichText::new(text).color(palette.text_faint));
        return;
    }
    if let Some((low, high)) = facts.bounds {
        let size = high - low;
        let value = |length: f64| units::number(length / unit.millimetres());
        let text = format!("{} × {} × {}", value(size.x), value(size.y), value(size.z));
        let thin = '\u{2009}';
        fact(ui, "Size", &format!("{text}{thin}{}", unit.symbol()))
            .on_hover_text("Along X, Y and Z of the scene");
    }
    if facts.num_triangles > 0 {
        fact_or_dash(ui, "Area", facts.area.map(|area| units::area(area, unit)));
        let why = if facts.num_open > 0 { "not closed" } else { "not known" };
        let volume = facts.volume.map_or_else(|| why.to_owned(), |volume| units::volume(volume, unit));
        fact(ui, "Volume", &volume);
        closed_ui(ui, facts);
        fact(ui, "Triangles", &units::count(facts.num_triangles));
        fact(ui, "Vertices", &units::count(facts.num_vertices));
        if facts.num_shells > 1 {
            fact(ui, "Pieces", &units::count(facts.num_shells)).on_hover_text("Connected pieces of surface");
        }
    }
    if facts.num_parts > 1 {
        fact(ui, "Parts", &units::count(facts.num_parts));
    }
    if facts.num_segments > 0 {
        fact(ui, "Lines", &units::count(facts.num_segments));
    }
    if facts.num_points > 0 {
        fact(ui, "Points", &units::count(facts.num_points));
    }
}

fn closed_ui(ui: &mut Ui, facts: &Facts) {
    let palette = Palette::of(ui);
    labelled_row(ui, "Closed", FACT, |ui| {
        let (icon, color, text) = match facts.num_open {
            0 => (Icon::Check, palette.good, "Yes".to_owned()),
            1 if facts.num_parts == 1 => (Icon::Warning, palette.warning, "No".to_owned()),
            open => (Icon::Warning, palette.warning, format!("{} open", units::count(open))),
        };
        let (_, rect) = ui.allocate_space(egui::vec2(16.0, 16.0));
        icons::paint_sized(ui.painter(), rect.center(), icon, color, 14.0);
        let name = format!("Closed: {text}");
        ui.label(text).widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &name));
    });
    if facts.num_open == 0 {
        return;
    }
    let mut reasons = Vec::new();
    if facts.num_boundary_edges > 0 {
        reasons
            .push(format!("{} edges with a face on one side only", units::count(facts.num_boundary_edges)));
    }
    if facts.num_non_manifold_edges > 0 {
        reasons
            .push(format!("{} edges with more than two faces", units::count(facts.num_non_manifold_edges)));
    }
    if reasons.is_empty() {
        reasons.push("faces that disagree about which side is outside".to_owned());
    }
    let text = RichText::new(reasons.join("\n")).color(palette.text_dim).size(crate::theme::SMALL);
    ui.add(egui::Label::new(text).wrap());
}
