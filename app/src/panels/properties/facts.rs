//! What there is to say of parts in numbers, found out once per change.

use document::{Document, NodeId, leaf_parts};
use egui::{RichText, Ui};

use super::fact_or_dash;
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::measures::{Effort, Measures};
use crate::modifiers::Modifier;
use crate::panels::Context;
use crate::panels::widgets::{FACT, fact, labelled_row, text_button};
use crate::parts::{NodeStatus, PartStore};
use crate::theme::Palette;
use crate::units;

/// Sums over everything within some nodes, in the world.
#[derive(Clone, Debug, Default, PartialEq)]
struct Facts {
    measures: Measures,
    num_working: usize,
    num_failed: usize,
    /// Parts with a surface that is not closed, apart from those that are repairs already.
    open: Vec<NodeId>,
}

/// The facts of what was asked last.
#[derive(Default)]
pub(super) struct FactsCache {
    of: Option<(u64, u64, Vec<NodeId>)>,
    facts: Facts,
}

impl FactsCache {
    /// Shows the facts of nodes.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, nodes: &[NodeId]) {
        let of = (cx.state.revision, cx.state.parts.version(), nodes.to_vec());
        if self.of.as_ref() != Some(&of) {
            self.facts = gather(cx.document(), &cx.state.parts, nodes);
            self.facts.open = nodes.iter().flat_map(|&node| cx.state.open_parts(node)).collect();
            self.of = Some(of);
        }
        show(ui, cx, &self.facts);
        repair_ui(ui, cx, &self.facts.open);
    }
}

fn gather(document: &Document, parts: &PartStore, nodes: &[NodeId]) -> Facts {
    let mut facts = Facts::default();
    for &node in nodes {
        let world_from_node = document.world_from_node(node);
        for leaf in leaf_parts(document, node) {
            match parts.status(document, leaf.node) {
                NodeStatus::Ready => {}
                NodeStatus::Working => facts.num_working += 1,
                NodeStatus::Failed(_) => facts.num_failed += 1,
            }
            let Some(part) = parts.shown(document, leaf.node) else { continue };
            let world_from_part = world_from_node * leaf.ancestor_from_leaf;
            facts.measures.add(part, &world_from_part, Effort::Quick);
        }
    }
    facts
}

fn show(ui: &mut Ui, cx: &Context<'_>, facts: &Facts) {
    let palette = Palette::of(ui);
    let unit = cx.document().unit();
    let (Facts { num_working, num_failed, .. }, facts) = (facts, &facts.measures);
    if facts.num_parts == 0 {
        let text = match (num_working, num_failed) {
            (0, 0) => "Nothing to measure.",
            (0, _) => "It could not be made.",
            _ => "Being computed…",
        };
        ui.label(RichText::new(text).color(palette.text_faint));
        return;
    }
    if facts.bounds.is_some() {
        let size = facts.size();
        let value = |length: f64| units::number(length / unit.millimetres());
        let text = format!("{} × {} × {}", value(size.x), value(size.y), value(size.z));
        let thin = '\u{2009}';
        fact(ui, "Size", &format!("{text}{thin}{}", unit.symbol()))
            .on_hover_text("Along X, Y and Z of the scene");
    }
    if facts.num_triangles > 0 {
        fact_or_dash(ui, "Area", facts.area.map(|area| units::area(area, unit)));
        let volume = match facts.num_open {
            0 => units::volume(facts.volume, unit),
            _ => "not closed".to_owned(),
        };
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

/// What can be done about what is open.
pub(super) fn repair_ui(ui: &mut Ui, cx: &mut Context<'_>, open: &[NodeId]) {
    if open.is_empty() {
        return;
    }
    ui.add_space(4.0);
    let least = egui::vec2(88.0, ui.spacing().interact_size.y);
    let text = if open.len() == 1 {
        "Repair".to_owned()
    } else {
        format!("Repair {} parts", units::count(open.len()))
    };
    if text_button(ui, &text, false, least).clicked() {
        cx.commands.push(Command::ModifyNodes(Modifier::Repair, open.to_vec()));
    }
}

fn closed_ui(ui: &mut Ui, facts: &Measures) {
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
