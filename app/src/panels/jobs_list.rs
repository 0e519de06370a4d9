//! Work in progress: a summary in the bar, and a list with progress and cancel behind it.

use egui::{Align, Align2, Layout, Popup, RectAlign, RichText, Ui, vec2};

use super::Context;
use super::status::bar_button;
use super::widgets::{self, IconButton};
use crate::command::Command;
use crate::icons::Icon;
use crate::job_queue::JobInfo;
use crate::theme::{self, Palette};
use crate::{platform, units};

/// The summary; shows the list when pressed. Nothing when there is no work.
pub(super) fn button_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let jobs = cx.state.visible_jobs();
    let Some(first) = jobs.first() else { return };
    let palette = Palette::of(ui);
    let text = match jobs.len() {
        1 => widgets::shortened(&first.label, 26),
        count => format!("{count} jobs"),
    };
    let galley = ui.painter().layout_no_wrap(text, theme::plain(12.0), palette.text);
    let width = galley.size().x + 20.0 + 56.0 + 12.0;
    let (rect, response) = bar_button(ui, "Jobs", width);
    widgets::spinner(ui, cx, rect.left_center() + vec2(12.0, 0.0), palette.accent);
    let at = Align2::LEFT_CENTER.align_size_within_rect(galley.size(), rect.translate(vec2(22.0, 0.0)));
    ui.painter().galley(at.min, galley, palette.text);
    let fraction = jobs.iter().map(|job| job.fraction).sum::<f32>() / jobs.len() as f32;
    let bar = egui::Rect::from_center_size(rect.right_center() - vec2(32.0, 0.0), vec2(48.0, 4.0));
    widgets::progress(ui, bar, fraction);
    Popup::from_toggle_button_response(&response)
        .align(RectAlign::TOP_END)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .frame(super::card(ui).inner_margin(14.0))
        .show(|ui| list_ui(ui, cx, &jobs));
}

fn list_ui(ui: &mut Ui, cx: &mut Context<'_>, jobs: &[JobInfo]) {
    ui.set_width(300.0);
    ui.horizontal(|ui| {
        ui.label(RichText::new("Jobs").font(theme::strong(14.0)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if jobs.len() > 1 && ui.button("Cancel all").clicked() {
                cx.commands.push(Command::CancelJobs);
            }
        });
    });
    egui::ScrollArea::vertical().max_height(260.0).show(ui, |ui| {
        for job in jobs {
            job_ui(ui, cx, job);
        }
    });
}

fn job_ui(ui: &mut Ui, cx: &mut Context<'_>, job: &JobInfo) {
    let palette = Palette::of(ui);
    ui.horizontal(|ui| {
        let label = format!("Cancel {}", job.label);
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let enabled = if job.cancelling { Err("It is about to stop") } else { Ok(()) };
            if IconButton::new(Icon::Close, &label)
                .enabled(enabled)
                .side(if cx.touch { theme::TOUCH } else { 24.0 })
                .show(ui)
                .clicked()
            {
                cx.commands.push(Command::CancelJob(job.id));
            }
            if let Some(started) = job.started_secs {
                let elapsed = platform::now_secs() - started;
                let mut text = units::duration(elapsed);
                if let Some(left) = secs_left(elapsed, job.fraction) {
                    text += &format!(", about {} left", units::duration(left));
                }
                ui.label(RichText::new(text).color(palette.text_faint).size(theme::SMALL));
            }
            ui.with_layout(Layout::top_down(Align::Min), |ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                ui.add(egui::Label::new(&job.label).truncate());
                let phase = if job.cancelling { "Stopping" } else { &job.phase };
                ui.label(RichText::new(phase).color(palette.text_faint).size(theme::SMALL));
            });
        });
    });
    let (_, rect) = ui.allocate_space(vec2(ui.available_width(), 4.0));
    widgets::progress(ui, rect, job.fraction);
    ui.add_space(4.0);
}

/// How long a job still takes if it goes on as it did; `None` while that says nothing yet.
fn secs_left(elapsed_secs: f64, fraction: f32) -> Option<f64> {
    const LEAST_SECS: f64 = 1.5;
    let fraction = f64::from(fraction);
    (elapsed_secs >= LEAST_SECS && (0.03..1.0).contains(&fraction))
        .then(|| elapsed_secs * (1.0 - fraction) / fraction)
}

/// The summary for bars without room: only the turning arc.
pub(super) fn small_button_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let jobs = cx.state.visible_jobs();
    if jobs.is_empty() {
        return;
    }
    let (rect, response) = bar_button(ui, "Jobs", cx.side());
    widgets::spinner(ui, cx, rect.center(), Palette::of(ui).accent);
    Popup::from_toggle_button_response(&response)
        .align(RectAlign::TOP_END)
        .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
        .frame(super::card(ui).inner_margin(14.0))
        .show(|ui| list_ui(ui, cx, &jobs));
}
