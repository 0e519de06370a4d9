//! The number beside the pointer during a drag, and the field it becomes when it is clicked afterwards.

use egui::{
    Align2, Color32, CornerRadius, Key, Painter, Pos2, Rect, Sense, Stroke, TextEdit, Ui, pos2, vec2,
};

use super::super::projector::Projector;
use super::{Drag, Gizmo, amount, is_edit};
use crate::command::Command;
use crate::state::State;
use crate::theme::{self, Palette};

const HEIGHT_PT: f32 = 26.0;
const FIELD_PT: f32 = 120.0;

/// Shows the amount of the drag under way, or of the last one as long as nothing else happened.
pub(crate) fn ui(
    gizmo: &mut Gizmo,
    ui: &mut Ui,
    painter: &Painter,
    (rect, projector): (Rect, &Projector),
    palette: &Palette,
    state: &State,
    commands: &mut Vec<Command>,
) {
    let unit = state.document().unit();
    if let Some(drag) = &gizmo.drag {
        let Some(pos) = ui.input(|input| input.pointer.latest_pos()) else { return };
        let text = match drag.typed.is_empty() {
            true => amount::described(&drag.amount, drag.handle, unit),
            false => format!("{}|", drag.typed),
        };
        chip(painter, rect, palette, pos + vec2(18.0, 22.0), &text, palette.text);
        return;
    }
    let is_current = gizmo
        .ended
        .as_ref()
        .is_some_and(|ended| ended.revision == state.revision && ended.selection == state.view.selection);
    if !is_current {
        gizmo.ended = None;
        return;
    }
    let Some(ended) = &mut gizmo.ended else { return };
    let frame = ended.drag.frame_now();
    let Some(seen) = projector.project(frame.pivot) else { return };
    let at = seen.pos2() + vec2(16.0, super::ARM_PT as f32 * 0.55);
    let mut apply = None;
    match &mut ended.field {
        None => {
            let text = amount::described(&ended.drag.amount, ended.drag.handle, unit);
            let place = chip(painter, rect, palette, at, &text, palette.text_dim);
            let typed = amount::editable(&ended.drag.amount, ended.drag.handle, unit);
            let response = ui.interact(place, ui.scope_id().with("gizmo readout"), Sense::click());
            response.widget_info(|| {
                egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Last change: {text}"))
            });
            if response.hovered() && !typed.is_empty() {
                ui.ctx().set_cursor_icon(egui::CursorIcon::Text);
            }
            if response.clicked() && !typed.is_empty() {
                ended.field = Some(typed);
            }
        }
        Some(text) => {
            let place = Rect::from_min_size(inside(rect, at, FIELD_PT), vec2(FIELD_PT, HEIGHT_PT));
            let id = ui.scope_id().with("gizmo field");
            let edit = TextEdit::singleline(text).id(id).font(theme::plain(theme::TEXT));
            let response = ui.put(place, edit);
            if !response.has_focus() && !response.lost_focus() {
                response.request_focus();
                select_all(ui, id, text);
            }
            if response.lost_focus() {
                let confirmed = ui.input(|input| input.key_pressed(Key::Enter));
                apply = confirmed.then(|| amount::parsed(text, ended.drag.handle, unit)).flatten();
                ended.field = None;
            }
        }
    }
    if let Some(amount) = apply {
        gizmo.next_merge_key += 1;
        let drag = Drag { amount, merge_key: gizmo.next_merge_key, ..ended.drag.clone() };
        ended.revision = state.revision + 1;
        commands.push(drag.edit());
        debug_assert!(commands.iter().any(is_edit), "the edit was just pushed");
        commands.push(Command::EndMerge);
        ended.drag = drag;
    }
}

/// A short text on a rounded plate that stays within the view.
pub(crate) fn chip(
    painter: &Painter,
    rect: Rect,
    palette: &Palette,
    at: Pos2,
    text: &str,
    color: Color32,
) -> Rect {
    let galley = painter.layout_no_wrap(text.to_owned(), theme::plain(theme::TEXT), color);
    let width = galley.size().x + 20.0;
    let place = Rect::from_min_size(inside(rect, at, width), vec2(width, HEIGHT_PT));
    let round = CornerRadius::same(theme::RADIUS);
    painter.rect_filled(place, round, palette.raised.gamma_multiply(0.95));
    painter.rect_stroke(place, round, Stroke::new(1.0, palette.border_strong), egui::StrokeKind::Inside);
    let text_rect = Align2::CENTER_CENTER.anchor_size(place.center(), galley.size());
    painter.galley(text_rect.min, galley, color);
    place
}

/// A corner from which a plate of a width does not leave the view.
fn inside(rect: Rect, at: Pos2, width: f32) -> Pos2 {
    let low = rect.min + vec2(6.0, 6.0);
    let high = (rect.max - vec2(width + 6.0, HEIGHT_PT + 6.0)).max(low);
    pos2(at.x.clamp(low.x, high.x), at.y.clamp(low.y, high.y))
}

fn select_all(ui: &Ui, id: egui::Id, text: &str) {
    let mut state = egui::text_edit::TextEditState::load(ui.ctx(), id).unwrap_or_default();
    let all = egui::text::CCursorRange::two(
        egui::text::CCursor::new(0),
        egui::text::CCursor::new(text.chars().count()),
    );
    state.cursor.set_char_range(Some(all));
    state.store(ui.ctx(), id);
}
