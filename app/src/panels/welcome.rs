//! What an empty window says, and what is shown while files hover over it.

use egui::{Align, Align2, Layout, Rect, RichText, Sense, Stroke, StrokeKind, Ui, UiBuilder, vec2};

use super::{Context, Size, menu, widgets};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::theme::{self, Palette};

/// Shows the first steps in the middle of the view.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, view: Rect) {
    let width = (view.width() - 32.0).min(460.0);
    if width < 160.0 || view.height() < 140.0 {
        return;
    }
    let height = (view.height() - 24.0).min(if cx.state.settings.recent.is_empty() { 372.0 } else { 440.0 });
    let rect = Rect::from_center_size(view.center(), vec2(width, height));
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Center)));
    child.set_clip_rect(view.intersect(ui.clip_rect()));
    let scroll = egui::ScrollArea::vertical().auto_shrink(false).id_salt("welcome");
    scroll.show(&mut child, |ui| content_ui(ui, cx));
}

fn content_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), 190.0), Sense::CLICK);
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, "Drop files here or choose them")
    });
    let line = if response.hovered() { palette.accent } else { palette.border_strong };
    ui.painter().rect_filled(rect, 12.0, palette.panel.gamma_multiply(0.85));
    dashed(ui, rect.shrink(1.0), line);
    icons::paint_sized(ui.painter(), rect.center_top() + vec2(0.0, 44.0), Icon::Kerf, palette.accent, 40.0);
    let say = |y: f32, text: &str, font, color| {
        let mut job = egui::text::LayoutJob::simple(text.to_owned(), font, color, rect.width() - 32.0);
        job.halign = Align::Center;
        let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
        ui.painter().galley(rect.center_top() + vec2(0.0, y), galley, color);
    };
    say(76.0, "Drop a model here", theme::strong(19.0), palette.text);
    say(106.0, "glTF, GLB, STL, OBJ, PLY — or a Kerf project", theme::plain(theme::TEXT), palette.text_dim);
    say(
        140.0,
        "Look at it, measure it, cut it. Everything stays on this device.",
        theme::plain(12.0),
        palette.text_faint,
    );
    if response.clicked() {
        cx.commands.push(Command::ChooseFiles);
    }
    ui.add_space(12.0);
    buttons_ui(ui, cx);
    recent_ui(ui, cx);
    ui.add_space(10.0);
    let lines: [&str; 3] = if cx.size == Size::Narrow {
        ["One finger orbits", "Two fingers pan and zoom", "Tap selects, + adds shapes"]
    } else {
        [
            "Drag orbits, right drag pans, the wheel zooms",
            "Select two parts and cut one from the other",
            "F fits the selection, Ctrl+K finds any command",
        ]
    };
    for line in lines {
        ui.label(RichText::new(line).color(palette.text_faint).size(12.0));
    }
}

fn buttons_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    // Rows of buttons are centred by their width, which is known once they have been drawn.
    let id = ui.scope_id().with("buttons width");
    let known = ui.data(|data| data.get_temp::<f32>(id)).unwrap_or(330.0);
    let left = ((ui.available_width() - known) * 0.5).max(0.0);
    let response = ui.horizontal_wrapped(|ui| {
        ui.add_space(left);
        let before = ui.cursor().left();
        if widgets::text_button(ui, "Open…", true).clicked() {
            cx.commands.push(Command::ChooseFiles);
        }
        for (number, name) in crate::samples::NAMES.iter().enumerate() {
            let text = format!("Sample: {name}");
            if widgets::text_button(ui, &text, false)
                .on_hover_text("Made of shapes that can be taken apart")
                .clicked()
            {
                cx.commands.push(Command::OpenSample(number));
            }
        }
        ui.min_rect().right() - before
    });
    if (response.inner - known).abs() > 1.0 {
        ui.data_mut(|data| data.insert_temp(id, response.inner));
        ui.ctx().request_repaint();
    }
}

fn recent_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    if cx.state.settings.recent.is_empty() {
        return;
    }
    ui.add_space(8.0);
    ui.label(RichText::new("Recent").font(theme::strong(theme::SMALL)).color(Palette::of(ui).text_faint));
    ui.scope(|ui| {
        ui.visuals_mut().widgets.inactive.weak_bg_fill = egui::Color32::TRANSPARENT;
        ui.visuals_mut().widgets.inactive.bg_stroke = Stroke::NONE;
        ui.spacing_mut().item_spacing.y = 0.0;
        menu::recent_ui(ui, cx, 3);
    });
}

fn dashed(ui: &Ui, rect: Rect, color: egui::Color32) {
    let radius = 12.0;
    let mut points = Vec::new();
    let corners = [
        (rect.right_top() + vec2(-radius, radius), -90.0_f32),
        (rect.right_bottom() + vec2(-radius, -radius), 0.0),
        (rect.left_bottom() + vec2(radius, -radius), 90.0),
        (rect.left_top() + vec2(radius, radius), 180.0),
    ];
    for (center, from) in corners {
        for step in 0..=6 {
            let angle = (from + step as f32 * 15.0).to_radians();
            points.push(center + vec2(angle.cos(), angle.sin()) * radius);
        }
    }
    points.extend(points.first().copied());
    ui.painter().extend(egui::Shape::dashed_line(&points, Stroke::new(1.5, color), 6.0, 5.0));
}

/// Says where files go while they hover over the window.
pub(super) fn drop_overlay_ui(ui: &Ui, view: Rect) {
    let hovering = ui.ctx().input(|input| input.raw.hovered_files.len());
    if hovering == 0 {
        return;
    }
    let palette = Palette::of(ui);
    let layer = egui::LayerId::new(egui::Order::Foreground, egui::Id::unique("drop overlay"));
    let painter = ui.ctx().layer_painter(layer);
    painter.rect_filled(view, 0.0, palette.canvas.gamma_multiply(0.75));
    let rect = view.shrink(16.0);
    painter.rect(
        rect,
        12.0,
        palette.accent.gamma_multiply(0.12),
        Stroke::new(2.0, palette.accent),
        StrokeKind::Inside,
    );
    let text =
        if hovering == 1 { "Drop to open".to_owned() } else { format!("Drop to open {hovering} files") };
    painter.text(rect.center(), Align2::CENTER_CENTER, text, theme::strong(20.0), palette.text);
}
