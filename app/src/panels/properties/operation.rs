//! The parameters of an operation, its operands, and what it says of its work.

use document::{Edit, Node, NodeId};
use egui::{RichText, Ui};
use geometry::HoleFill;
use geometry::boolean::WindingRule;
use glam::DVec3;
use jobs::{
    Boolean, BooleanOp, Direction, Offset, OffsetCorners, OffsetKept, Operation, Refine, Repair, Simplify,
    Smooth, Subdivide, Trim, TrimKept,
};

use super::send;
use crate::command::Command;
use crate::icons::Icon;
use crate::modifiers::round_length;
use crate::panels::Context;
use crate::panels::widgets::{self, NumberField, property, switch_row};
use crate::theme::{self, Palette};
use crate::units::Quantity;

/// Notes shown; more would hide everything else.
const MOST_NOTES: usize = 8;

/// Shows and edits it.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, node: &Node, operation: Operation) {
    match operation {
        Operation::Boolean(boolean) => boolean_ui(ui, cx, id, boolean),
        Operation::Repair(repair) => repair_ui(ui, cx, id, repair),
        Operation::Simplify(simplify) => simplify_ui(ui, cx, id, simplify),
        Operation::Hull => {}
        Operation::Offset(offset) => offset_ui(ui, cx, id, offset),
        Operation::Trim(trim) => trim_ui(ui, cx, id, trim),
        Operation::Smooth(smooth) => {
            rounds_ui(ui, cx, id, smooth.rounds, |rounds| Operation::Smooth(Smooth { rounds }));
        }
        Operation::Subdivide(subdivide) => {
            rounds_ui(ui, cx, id, subdivide.rounds, |rounds| Operation::Subdivide(Subdivide { rounds }));
        }
        Operation::Refine(refine) => {
            let length = Quantity::Length(cx.document().unit());
            number_ui(ui, cx, id, "Max. length", length, refine.max_length, |max_length| {
                Operation::Refine(Refine { max_length })
            });
        }
    }
    ui.add_space(2.0);
    operands_ui(ui, cx, id, node, operation.boolean());
    remarks_ui(ui, cx, id);
}

/// The title of the section.
pub(super) fn title(operation: &Operation) -> &'static str {
    match operation {
        Operation::Boolean(_) => "Boolean",
        other => other.name(),
    }
}

fn boolean_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, boolean: Boolean) {
    let all = [
        (BooleanOp::Union, Icon::Union, "Make it a union"),
        (BooleanOp::Difference, Icon::Difference, "Make it a difference"),
        (BooleanOp::Intersection, Icon::Intersection, "Make it an intersection"),
        (BooleanOp::Xor, Icon::Xor, "Make it an exclusive or"),
        (BooleanOp::Split, Icon::Split, "Make it a split"),
    ];
    if let Some(op) = property(ui, "Kind", |ui| widgets::choices(ui, boolean.op, &all)) {
        set(cx, id, Operation::Boolean(Boolean { op, ..boolean }));
    }
    let rules = [WindingRule::NonZero, WindingRule::Positive, WindingRule::Odd];
    let current = rules.iter().position(|&rule| rule == boolean.rule);
    let chosen = property(ui, "Inside", |ui| {
        widgets::segments(ui, "What counts as inside", &["Any", "Positive", "Odd"], current)
    });
    if let Some(chosen) = chosen {
        set(cx, id, Operation::Boolean(Boolean { rule: rules[chosen], ..boolean }));
    }
}

fn repair_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, repair: Repair) {
    let length = Quantity::Length(cx.document().unit());
    number_ui(ui, cx, id, "Weld within", length, repair.tolerance, |tolerance| {
        Operation::Repair(Repair { tolerance, ..repair })
    });
    let fills = [None, Some(HoleFill::Flat), Some(HoleFill::Smooth)];
    let current = fills.iter().position(|&fill| fill == repair.holes);
    let chosen =
        property(ui, "Holes", |ui| widgets::segments(ui, "Holes", &["Keep", "Flat", "Smooth"], current));
    if let Some(chosen) = chosen {
        set(cx, id, Operation::Repair(Repair { holes: fills[chosen], ..repair }));
    }
    if repair.holes.is_some() {
        let most = repair.max_hole_edges;
        count_ui(ui, cx, id, "Hole edges", "Larger holes stay open; 0 for no limit", most, |most| {
            Operation::Repair(Repair { max_hole_edges: most, ..repair })
        });
    }
    count_ui(
        ui,
        cx,
        id,
        "Pieces",
        "Only so many stay, the largest; 0 keeps all",
        repair.max_shells,
        |most| Operation::Repair(Repair { max_shells: most, ..repair }),
    );
    let mut switched = repair;
    switch_row(ui, "Split edges at T-junctions", &mut switched.splits_t_junctions);
    switch_row(ui, "Drop double triangles", &mut switched.drops_duplicates);
    switch_row(ui, "Turn triangles outward", &mut switched.orients);
    switch_row(ui, "Resolve crossings", &mut switched.resolves_crossings);
    if switched != repair {
        set(cx, id, Operation::Repair(switched));
    }
}

fn simplify_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, simplify: Simplify) {
    number_ui(ui, cx, id, "Keep", Quantity::Percent, simplify.share, |share| {
        Operation::Simplify(Simplify { share, ..simplify })
    });
    let mut switched = simplify;
    let mut limits = simplify.max_deviation.is_some();
    if switch_row(ui, "Limit the deviation", &mut limits).changed() {
        let size = cx.state.view.camera.comfortable_size();
        switched.max_deviation = limits.then_some(round_length(size * 1e-3));
    }
    if let Some(deviation) = simplify.max_deviation {
        let length = Quantity::Length(cx.document().unit());
        number_ui(ui, cx, id, "Deviation", length, deviation, |deviation| {
            Operation::Simplify(Simplify { max_deviation: Some(deviation), ..simplify })
        });
    }
    switch_row(ui, "Keep open edges in place", &mut switched.keeps_boundary);
    if switched != simplify {
        set(cx, id, Operation::Simplify(switched));
    }
}

fn offset_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, offset: Offset) {
    let length = Quantity::Length(cx.document().unit());
    let label = if offset.kept == OffsetKept::Wall { "Thickness" } else { "Distance" };
    number_ui(ui, cx, id, label, length, offset.distance, |distance| {
        Operation::Offset(Offset { distance, ..offset })
    });
    let directions = [Direction::Outward, Direction::Inward];
    let current = directions.iter().position(|&direction| direction == offset.direction);
    let texts = ["Outward", "Inward"];
    if let Some(chosen) = property(ui, "Side", |ui| widgets::segments(ui, "Side", &texts, current)) {
        set(cx, id, Operation::Offset(Offset { direction: directions[chosen], ..offset }));
    }
    let kinds = [OffsetKept::Solid, OffsetKept::Wall];
    let current = kinds.iter().position(|&kept| kept == offset.kept);
    let texts = ["Solid", "Wall"];
    if let Some(chosen) = property(ui, "Result", |ui| widgets::segments(ui, "Result", &texts, current)) {
        set(cx, id, Operation::Offset(Offset { kept: kinds[chosen], ..offset }));
    }
    let kinds = [OffsetCorners::Sharp, OffsetCorners::Rounded];
    let current = kinds.iter().position(|&corners| corners == offset.corners);
    let texts = ["Sharp", "Round"];
    if let Some(chosen) = property(ui, "Corners", |ui| widgets::segments(ui, "Corners", &texts, current)) {
        set(cx, id, Operation::Offset(Offset { corners: kinds[chosen], ..offset }));
    }
    if offset.corners == OffsetCorners::Sharp {
        return;
    }
    let row = ui.scope(|ui| {
        number_ui(ui, cx, id, "Detail", length, offset.detail, |detail| {
            Operation::Offset(Offset { detail, ..offset })
        });
    });
    row.response.on_hover_text("Smaller features are lost; less takes longer");
}

fn trim_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, trim: Trim) {
    let length = Quantity::Length(cx.document().unit());
    let current = DVec3::AXES.iter().position(|&axis| axis == trim.normal);
    let chosen = property(ui, "Across", |ui| widgets::segments(ui, "Across", &["X", "Y", "Z"], current));
    if let Some(chosen) = chosen {
        set(cx, id, Operation::Trim(Trim { normal: DVec3::AXES[chosen], ..trim }));
    }
    for (axis, label) in ["Normal X", "Normal Y", "Normal Z"].into_iter().enumerate() {
        number_ui(ui, cx, id, label, Quantity::Plain, trim.normal[axis], |value| {
            let mut normal = trim.normal;
            normal[axis] = value;
            Operation::Trim(Trim { normal, ..trim })
        });
    }
    number_ui(ui, cx, id, "At", length, trim.height, |height| Operation::Trim(Trim { height, ..trim }));
    let kinds = [TrimKept::Below, TrimKept::Above, TrimKept::Both];
    let current = kinds.iter().position(|&kept| kept == trim.kept);
    let texts = ["Below", "Above", "Both"];
    if let Some(chosen) = property(ui, "Keep", |ui| widgets::segments(ui, "Keep", &texts, current)) {
        set(cx, id, Operation::Trim(Trim { kept: kinds[chosen], ..trim }));
    }
    if trim.kept == TrimKept::Both {
        number_ui(ui, cx, id, "Apart", length, trim.gap, |gap| Operation::Trim(Trim { gap, ..trim }));
    }
    let mut switched = trim;
    switch_row(ui, "Close the cut", &mut switched.is_capped);
    if switched != trim {
        set(cx, id, Operation::Trim(switched));
    }
}

fn rounds_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, rounds: u32, with: impl Fn(u32) -> Operation) {
    number_ui(ui, cx, id, "Rounds", Quantity::Plain, f64::from(rounds), |rounds| {
        with(rounds.round().clamp(0.0, f64::from(u32::MAX)) as u32)
    });
}

fn set(cx: &mut Context<'_>, id: NodeId, operation: Operation) {
    cx.commands.push(Command::Edit(Edit::SetOperation(id, operation), None));
}

/// A field for a length or a plain number, live and one undo step.
fn number_ui(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    id: NodeId,
    label: &str,
    quantity: Quantity,
    value: f64,
    with: impl Fn(f64) -> Operation,
) {
    let speed = match quantity {
        Quantity::Length(_) => cx.state.view.camera.comfortable_size() * 0.01,
        Quantity::Percent => 0.001,
        Quantity::Angle | Quantity::Plain => 0.1,
    };
    let field = NumberField { label, prefix: "", prefix_color: None, quantity, speed, with_unit: true };
    let check = |value: f64| with(value).validate().map_err(|error| error.to_string());
    let change = property(ui, label, |ui| {
        let width = ui.available_width();
        ui.push_id(id.0, |ui| field.show(ui, width, value, check)).inner
    });
    send(cx, change, |value| Edit::SetOperation(id, with(value)));
}

/// A field for a count; 0 is for none.
fn count_ui(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    id: NodeId,
    label: &str,
    tooltip: &str,
    value: Option<u32>,
    with: impl Fn(Option<u32>) -> Operation,
) {
    let count = |value: f64| {
        let value = value.round();
        (value > 0.0).then_some(value.min(f64::from(u32::MAX)) as u32)
    };
    let shown = f64::from(value.unwrap_or(0));
    let row = ui.scope(|ui| {
        number_ui(ui, cx, id, label, Quantity::Plain, shown, |value| with(count(value)));
    });
    row.response.on_hover_text(tooltip);
}

fn operands_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, node: &Node, op: Option<BooleanOp>) {
    let palette = Palette::of(ui);
    let is_difference = op.is_some_and(BooleanOp::cuts_first);
    for (number, &operand) in node.children.iter().enumerate() {
        let Some(name) = cx.document().node(operand).map(|node| node.name.clone()) else { continue };
        ui.horizontal(|ui| {
            let row = ui.spacing().interact_size.y;
            let (_, rect) = ui.allocate_space(egui::vec2(20.0, row));
            let first = number == 0 && is_difference;
            let (letter, fill, text) = match first {
                true => ("A", palette.accent, palette.on_accent),
                false if is_difference => ("B", palette.text_faint, palette.panel),
                false => ("•", palette.pressed, palette.text_dim),
            };
            widgets::mark(ui, rect.center(), letter, fill, text);
            let up = number > 0 && op.is_some();
            let side = if cx.touch { row } else { 24.0 };
            let room = ui.available_width() - if up { side + 6.0 } else { 0.0 };
            let button = egui::Button::new(name.clone()).right_text("").frame_when_inactive(false).truncate();
            let response = ui.add_sized([room, row], button).on_hover_text("Select this operand");
            if response.accessible_name(format!("Operand {name}")).clicked() {
                cx.commands.push(Command::Select(vec![operand]));
            }
            let label = format!("Make {name} the first");
            if up && widgets::IconButton::new(Icon::Swap, &label).side(side).show(ui).clicked() {
                let edit = Edit::Reparent { nodes: vec![operand], parent: Some(id), position: 0 };
                cx.commands.push(Command::Edit(edit, None));
            }
        });
    }
}

/// What was changed, and what was assumed or could not be done.
fn remarks_ui(ui: &mut Ui, cx: &Context<'_>, id: NodeId) {
    let palette = Palette::of(ui);
    let Some(done) =
        document::evaluation_key(cx.document(), id).and_then(|key| cx.state.parts.evaluated(key))
    else {
        return;
    };
    let remarks = &done.remarks;
    let mut line = |text: &str, color| {
        let text = RichText::new(text).color(color).size(theme::SMALL);
        ui.add(egui::Label::new(text).wrap().selectable(true));
    };
    let repairs = cx
        .document()
        .node(id)
        .is_some_and(|node| matches!(node.content, document::Content::Operation(Operation::Repair(_))));
    if repairs && remarks.changes.is_empty() {
        line("Nothing had to be changed.", palette.text_dim);
    }
    for change in &remarks.changes {
        line(&change.message, palette.text_dim);
    }
    for note in remarks.notes.iter().take(MOST_NOTES) {
        line(&note.message, palette.warning);
    }
}
