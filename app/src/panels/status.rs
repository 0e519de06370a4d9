//! The strip at the bottom: what the mouse does now, what is selected, units, and work in progress.

use assets::LengthUnit;
use document::Edit;
use egui::{Align, Layout, RichText, Sense, Ui, vec2};

use super::messages::Messages;
use super::{Context, Size, jobs_list};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::theme::{self, Palette};
use crate::units;
use crate::view_state::Tool;

/// The height of the strip.
pub(super) const HEIGHT: f32 = 30.0;

/// Shows the strip.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, messages: &mut Messages) {
    ui.spacing_mut().item_spacing.x = 6.0;
    ui.spacing_mut().interact_size.y = 22.0;
    ui.style_mut().text_styles.insert(egui::TextStyle::Body, theme::plain(12.0));
    ui.style_mut().text_styles.insert(egui::TextStyle::Button, theme::plain(12.0));
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(6.0);
        messages.button_ui(ui, cx);
        unit_ui(ui, cx);
        super::widgets::divider(ui);
        summary_ui(ui, cx);
        jobs_list::button_ui(ui, cx);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
            ui.add_space(10.0);
            let hint = RichText::new(hint(cx)).color(Palette::of(ui).text_faint);
            ui.add(egui::Label::new(hint).truncate());
        });
    });
}

/// What the mouse does now.
fn hint(cx: &Context<'_>) -> &'static str {
    let has_selection = !cx.state.view.selection.is_empty();
    match cx.state.view.tool {
        _ if cx.document().is_empty() => "Drop a file, or add a shape",
        Tool::Select => "Click selects · Drag orbits · Right drag pans · Wheel zooms to the pointer",
        Tool::Measure => {
            "Click two things · Click one twice to keep its size · Shift takes points · Esc goes back"
        }
        Tool::Angle => "Click a point, the corner, another point · Esc goes back",
        _ if !has_selection => "Click a part to get its handles",
        Tool::Move => "Drag an arrow to move · Hold Ctrl to turn snapping off or on",
        Tool::Rotate => "Drag a ring to turn · Hold Ctrl to turn snapping off or on",
        Tool::Scale => "Drag a handle to scale · Hold Ctrl to turn snapping off or on",
    }
}

fn summary_ui(ui: &mut Ui, cx: &Context<'_>) {
    let palette = Palette::of(ui);
    let triangles = num_triangles(ui, cx);
    if triangles > 0 && cx.size != Size::Narrow {
        let text = format!("{} triangles", units::count(triangles));
        ui.label(RichText::new(text).color(palette.text_dim));
    }
    let selection = &cx.state.view.selection;
    let text = match selection[..] {
        [] => return,
        [node] => cx.document().node(node).map_or_else(String::new, |node| node.name.clone()),
        _ => format!("{} selected", units::count(selection.len())),
    };
    if triangles > 0 {
        super::widgets::divider(ui);
    }
    // Long names must not push the rest away.
    ui.label(RichText::new(super::widgets::shortened(&text, 24)).color(palette.text));
}

/// Triangles of everything shown, counted once per change.
fn num_triangles(ui: &Ui, cx: &Context<'_>) -> usize {
    let id = egui::Id::unique("status triangles");
    let of = (cx.state.revision, cx.state.parts.version(), cx.state.view.isolated.is_some());
    if let Some((known, count)) = ui.data(|data| data.get_temp::<((u64, u64, bool), usize)>(id))
        && known == of
    {
        return count;
    }
    let document = cx.document();
    let shown = document.nodes().filter(|(id, _)| cx.state.is_shown(*id));
    let parts = shown.filter_map(|(id, _)| cx.state.parts.shown(document, id));
    let count = parts.map(|part| part.facts.num_triangles).sum();
    ui.data_mut(|data| data.insert_temp(id, (of, count)));
    count
}

/// The unit that lengths are shown in.
pub(super) fn unit_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let current = cx.document().unit();
    let (rect, response) = bar_button(ui, "Unit of length", if cx.touch { 56.0 } else { 44.0 });
    let response = response.on_hover_text("The unit that lengths are shown and typed in");
    let palette = Palette::of(ui);
    let at = rect.left_center() + vec2(8.0, 0.0);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, current.symbol(), theme::plain(12.0), palette.text);
    let arrow = rect.right_center() - vec2(10.0, 0.0);
    icons::paint_sized(ui.painter(), arrow, Icon::ChevronDown, palette.text_faint, 11.0);
    super::menu::popup(&response, cx).show(|ui| {
        ui.set_min_width(150.0);
        for unit in LengthUnit::ALL {
            let text = format!("{}  ({})", unit_name(unit), unit.symbol());
            if ui.add(egui::Button::selectable(unit == current, text)).clicked() {
                cx.state.settings.unit = unit;
                cx.commands.push(Command::Edit(Edit::SetUnit(unit), None));
                ui.close();
            }
        }
    });
}

/// The name of a unit in words.
pub(super) fn unit_name(unit: LengthUnit) -> &'static str {
    match unit {
        LengthUnit::Micrometre => "Micrometres",
        LengthUnit::Millimetre => "Millimetres",
        LengthUnit::Centimetre => "Centimetres",
        LengthUnit::Metre => "Metres",
        LengthUnit::Inch => "Inches",
        LengthUnit::Foot => "Feet",
    }
}

/// A place in a bar that can be clicked, as wide as its text.
pub(super) fn bar_button(ui: &mut Ui, label: &str, width: f32) -> (egui::Rect, egui::Response) {
    let height = ui.spacing().interact_size.y;
    let (rect, response) = ui.allocate_exact_size(vec2(width, height), Sense::click());
    response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, label));
    if response.hovered() {
        ui.painter().rect_filled(rect, theme::RADIUS, Palette::of(ui).hover);
    }
    super::widgets::focus_ring(ui, rect, &response);
    (rect, response)
}
