//! What an empty window says, what it shows while the first model is opened, and while files hover over it.

use egui::{Align, Align2, Layout, Rect, RichText, Sense, Stroke, StrokeKind, Ui, UiBuilder, pos2, vec2};

use super::{Context, Size, card, menu, widgets};
use crate::command::{Command, Shape};
use crate::icons::{self, Icon};
use crate::job_queue::JobInfo;
use crate::theme::{self, Palette};
use crate::{platform, units};

/// Opening takes this long before the card about it appears, so that it does not flash for small files.
const PATIENCE_SECS: f64 = 0.25;

/// The height of the place to drop files on.
const DROP_HEIGHT: f32 = 172.0;

/// Shows the first steps in the middle of the view, or how far the opening of the first model is.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, view: Rect) {
    let id = egui::Id::unique("opening since");
    let jobs = cx.state.opening_jobs();
    if jobs.is_empty() {
        ui.data_mut(|data| data.remove::<f64>(id));
        welcome_ui(ui, cx, view);
        return;
    }
    let now = ui.input(|input| input.time);
    let since = ui.data_mut(|data| *data.get_temp_mut_or(id, now));
    let wait = PATIENCE_SECS - (now - since);
    if wait > 0.0 {
        ui.ctx().request_repaint_after_secs(wait as f32);
    } else {
        opening_ui(ui, cx, view, &jobs);
    }
}

/// A card of a width in the middle of the view, as high as what is in it.
fn centered_card(ui: &mut Ui, view: Rect, width: f32, name: &str, add: impl FnOnce(&mut Ui)) {
    let id = egui::Id::unique(name);
    let width = width.min(view.width() - 24.0);
    let most = view.height() - 24.0;
    if width < 160.0 || most < 100.0 {
        return;
    }
    let known = ui.data(|data| data.get_temp::<f32>(id)).filter(|height| *height > 0.0);
    let height = known.unwrap_or(most).min(most);
    // A little above the middle looks centred.
    let center = view.center() - vec2(0.0, ((view.height() - height) * 0.08).max(0.0));
    let rect = Rect::from_center_size(center, vec2(width, height));
    let mut child = ui.new_child(UiBuilder::new().max_rect(rect).layout(Layout::top_down(Align::Min)));
    child.set_clip_rect(view.intersect(ui.clip_rect()));
    if known.is_none() {
        // Nobody shall see how its height is found out.
        child.set_invisible();
    }
    let frame = card(ui);
    child.painter().add(frame.paint(rect));
    let scroll = egui::ScrollArea::vertical().id_salt(name).max_height(height).auto_shrink([false, true]);
    let needed = scroll
        .show(&mut child, |ui| {
            egui::Frame::new().inner_margin(20.0).show(ui, |ui| {
                ui.set_width(width - 40.0);
                add(ui);
            });
        })
        .content_size
        .y;
    if known.is_none_or(|known| (known - needed).abs() > 0.5) {
        ui.data_mut(|data| data.insert_temp(id, needed));
        ui.ctx().request_discard("the height of a card is known now");
    }
}

/// How far the opening of the first model is.
fn opening_ui(ui: &mut Ui, cx: &mut Context<'_>, view: Rect, jobs: &[JobInfo]) {
    centered_card(ui, view, 400.0, "opening", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        for (number, job) in jobs.iter().take(4).enumerate() {
            ui.add_space(if number > 0 { 14.0 } else { 0.0 });
            opening_job_ui(ui, cx, job);
        }
        if jobs.len() > 4 {
            ui.add_space(10.0);
            let rest = format!("and {} more", jobs.len() - 4);
            ui.label(RichText::new(rest).color(Palette::of(ui).text_faint));
        }
    });
}

fn opening_job_ui(ui: &mut Ui, cx: &mut Context<'_>, job: &JobInfo) {
    let palette = Palette::of(ui);
    let side = cx.side();
    let (row, _) = ui.allocate_exact_size(vec2(ui.available_width(), side), Sense::HOVER);
    widgets::spinner(ui, cx, row.left_center() + vec2(8.0, 0.0), palette.accent);
    let close = Rect::from_min_max(pos2(row.right() - side, row.top()), row.max);
    let room = Rect::from_min_max(pos2(row.left() + 26.0, row.top()), pos2(close.left() - 8.0, row.bottom()));
    widgets::text_within(ui, room, Align2::LEFT_CENTER, &job.label, theme::strong(14.0), palette.text);
    let label = format!("Cancel {}", job.label);
    let enabled = if job.cancelling { Err("It is about to stop") } else { Ok(()) };
    let button = widgets::IconButton::new(Icon::Close, &label).enabled(enabled).side(side);
    if button.show_at(ui, close, ui.scope_id().with(("cancel", job.id.0))).clicked() {
        cx.commands.push(Command::CancelJob(job.id));
    }
    ui.add_space(8.0);
    let (bar, _) = ui.allocate_exact_size(vec2(ui.available_width(), 4.0), Sense::HOVER);
    widgets::progress(ui, bar, job.fraction);
    ui.add_space(6.0);
    let (notes, _) = ui.allocate_exact_size(vec2(ui.available_width(), 18.0), Sense::HOVER);
    let phase = match (job.cancelling, job.started_secs) {
        (true, _) => "Stopping",
        (false, None) => "Waiting",
        (false, Some(_)) => job.phase.as_str(),
    };
    let font = theme::plain(12.0);
    let elapsed = job.started_secs.map(|started| units::duration(platform::now_secs() - started));
    let percent = format!("{:.0} %", job.fraction.clamp(0.0, 1.0) * 100.0);
    let right = elapsed.map_or(percent.clone(), |elapsed| format!("{percent}  \u{b7}  {elapsed}"));
    let written =
        widgets::text_within(ui, notes, Align2::RIGHT_CENTER, &right, font.clone(), palette.text_faint);
    let room = Rect::from_min_max(notes.min, pos2(written.left() - 12.0, notes.bottom()));
    widgets::text_within(ui, room, Align2::LEFT_CENTER, phase, font, palette.text_dim);
}

fn welcome_ui(ui: &mut Ui, cx: &mut Context<'_>, view: Rect) {
    let columns = view.width() >= 500.0;
    centered_card(ui, view, if columns { 560.0 } else { 420.0 }, "welcome", |ui| {
        ui.spacing_mut().item_spacing.y = 0.0;
        drop_ui(ui, cx);
        ui.add_space(16.0);
        if columns {
            ui.columns(2, |columns| {
                start_ui(&mut columns[0], cx);
                right_ui(&mut columns[1], cx);
            });
        } else {
            start_ui(ui, cx);
            ui.add_space(12.0);
            right_ui(ui, cx);
        }
        ui.add_space(14.0);
        footer_ui(ui, cx);
    });
}

/// The place to drop files on, which opens the dialog when it is pressed.
fn drop_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let palette = Palette::of(ui);
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), DROP_HEIGHT), Sense::CLICK);
    response.widget_info(|| {
        egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, "Drop files here or choose them")
    });
    let hot = response.hovered() || response.has_focus();
    let fill = if hot { palette.accent.gamma_multiply(0.06) } else { palette.field };
    ui.painter().rect_filled(rect, 10.0, fill);
    dashed(ui, rect.shrink(1.0), if hot { palette.accent } else { palette.border_strong });
    let top = rect.center_top();
    icons::paint_sized(ui.painter(), top + vec2(0.0, 38.0), Icon::Kerf, palette.accent, 36.0);
    let say = |y: f32, text: &str, font, color| {
        let room = Rect::from_center_size(top + vec2(0.0, y), vec2(rect.width() - 24.0, 24.0));
        widgets::text_within(ui, room, Align2::CENTER_CENTER, text, font, color);
    };
    let title = if cx.touch { "Open a model" } else { "Drop a model here" };
    say(76.0, title, theme::strong(18.0), palette.text);
    let formats = "glTF \u{b7} STL \u{b7} OBJ \u{b7} PLY \u{b7} 3MF \u{b7} Kerf projects";
    say(100.0, formats, theme::plain(12.5), palette.text_dim);
    let size = vec2(112.0, if cx.touch { theme::TOUCH } else { 32.0 });
    let place = Rect::from_center_size(top + vec2(0.0, 138.0), size);
    let layout = Layout::centered_and_justified(egui::Direction::LeftToRight);
    let mut child = ui.new_child(UiBuilder::new().max_rect(place).layout(layout));
    let chosen = widgets::text_button(&mut child, "Open…", true, size).clicked();
    if chosen || response.clicked() {
        cx.commands.push(Command::ChooseFiles);
    }
}

fn heading_ui(ui: &mut Ui, text: &str) {
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 24.0), Sense::HOVER);
    let color = Palette::of(ui).text_faint;
    let at = rect.left_center() + vec2(8.0, 0.0);
    ui.painter().text(at, Align2::LEFT_CENTER, text, theme::strong(theme::SMALL), color);
}

fn row_height(cx: &Context<'_>) -> f32 {
    if cx.touch { 44.0 } else { 32.0 }
}

/// What to begin with when there is no file at hand.
fn start_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    heading_ui(ui, "Start with");
    let height = row_height(cx);
    let samples = [(Icon::Difference, "a drilled plate"), (Icon::Torus, "rings and balls")];
    for (number, (name, (icon, note))) in crate::samples::NAMES.iter().zip(samples).enumerate() {
        let text = format!("Sample: {name}");
        if widgets::list_row(ui, icon, &text, note, height)
            .on_hover_text("Made of shapes that can be taken apart")
            .clicked()
        {
            cx.commands.push(Command::OpenSample(number));
        }
    }
    if widgets::list_row(ui, Icon::Box, "A box", "with typed sizes", height).clicked() {
        cx.commands.push(Command::Add(Shape::Box));
    }
}

/// What was opened lately, or how to move around where nothing was.
fn right_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    if cx.state.settings.recent.is_empty() {
        hints_ui(ui, cx);
        return;
    }
    heading_ui(ui, "Recent");
    let height = row_height(cx);
    for path in cx.state.settings.recent.iter().take(3).cloned().collect::<Vec<_>>() {
        let name = menu::file_name(&path);
        let folder = menu::file_name(path.strip_suffix(name).unwrap_or_default());
        let icon = if name.ends_with(".kerf") { Icon::Kerf } else { Icon::File };
        if widgets::list_row(ui, icon, name, folder, height).on_hover_text(&path).clicked() {
            cx.commands.push(Command::OpenRecent(path));
        }
    }
}

fn hints_ui(ui: &mut Ui, cx: &Context<'_>) {
    heading_ui(ui, "Move around");
    let hints = match cx.size {
        Size::Narrow => [("Orbit", "One finger"), ("Pan and zoom", "Two fingers"), ("Select", "Tap")],
        Size::Medium | Size::Wide => [("Orbit", "Drag"), ("Pan", "Right drag"), ("Zoom", "Wheel")],
    };
    let palette = Palette::of(ui);
    for (what, how) in hints {
        let height = if cx.touch { 32.0 } else { row_height(cx) };
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::HOVER);
        let label = format!("{what}: {how}");
        response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Label, true, &label));
        let rect = rect.shrink2(vec2(8.0, 0.0));
        let font = theme::plain(theme::TEXT);
        ui.painter().text(rect.left_center(), Align2::LEFT_CENTER, what, font, palette.text_dim);
        widgets::key_cap(ui, rect.right_center(), how);
    }
}

fn footer_ui(ui: &mut Ui, cx: &Context<'_>) {
    let palette = Palette::of(ui);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::HOVER);
    ui.painter().hline(line.x_range(), line.center().y, Stroke::new(1.0, palette.border));
    ui.add_space(8.0);
    let (rect, _) = ui.allocate_exact_size(vec2(ui.available_width(), 22.0), Sense::HOVER);
    let rect = rect.shrink2(vec2(8.0, 0.0));
    let font = theme::plain(12.0);
    let text = "Everything stays on this device.";
    widgets::text_within(ui, rect, Align2::LEFT_CENTER, text, font.clone(), palette.text_faint);
    if cx.touch {
        return;
    }
    let keys = egui::KeyboardShortcut::new(egui::Modifiers::COMMAND, egui::Key::K);
    let left = widgets::key_cap(ui, rect.right_center(), &ui.ctx().format_shortcut(&keys));
    let at = pos2(left - 8.0, rect.center().y);
    ui.painter().text(at, Align2::RIGHT_CENTER, "All commands", font, palette.text_faint);
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
