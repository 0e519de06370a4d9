//! A switch: on or off.

use egui::accesskit::Role;
use egui::{Align, Align2, Layout, Response, Rgba, Sense, Stroke, StrokeKind, Ui, WidgetInfo, pos2, vec2};

use crate::theme::{self, Palette};

/// Shows one at the cursor; `label` is its name for screen readers.
pub(in crate::panels) fn switch(ui: &mut Ui, label: &str, on: &mut bool) -> Response {
    let size = vec2(34.0_f32.max(ui.spacing().interact_size.y), ui.spacing().interact_size.y);
    let (room, mut response) = ui.allocate_exact_size(size, Sense::click());
    let rect = Align2::RIGHT_CENTER.align_size_within_rect(vec2(34.0, 20.0), room);
    if response.clicked() {
        *on = !*on;
        response.mark_changed();
    }
    let now = *on;
    response.widget_info(|| WidgetInfo::selected(Role::CheckBox, true, now, label));
    let palette = Palette::of(ui);
    let how_on = ui.ctx().animate_bool_responsive(response.id, now);
    let fill = egui::lerp(Rgba::from(palette.border_strong)..=Rgba::from(palette.accent), how_on);
    ui.painter().rect_filled(rect, 10.0, fill);
    let x = egui::lerp((rect.left() + 10.0)..=(rect.right() - 10.0), how_on);
    ui.painter().circle_filled(pos2(x, rect.center().y), 7.5, egui::Color32::WHITE);
    if response.has_focus() {
        let stroke = Stroke::new(1.5, palette.text);
        ui.painter().rect_stroke(rect.expand(2.0), 12.0, stroke, StrokeKind::Inside);
    }
    response
}

/// A row of a label and a switch at its right.
pub(in crate::panels) fn switch_row(ui: &mut Ui, label: &str, on: &mut bool) -> Response {
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let response = switch(ui, label, on);
            // Painted, because the switch carries the name for screen readers.
            let room = ui.available_rect_before_wrap();
            let color = Palette::of(ui).text_dim;
            super::text_within(ui, room, Align2::LEFT_CENTER, label, theme::plain(theme::TEXT), color);
            response
        })
        .inner
    })
    .inner
}
