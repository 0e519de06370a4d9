//! Messages: cards at the lower right that go by themselves unless something failed, and a log of all.

use std::collections::BTreeSet;

use egui::{
    Align, Area, Frame, Id, Label, Layout, Margin, Order, Popup, Pos2, Rect, RectAlign, RichText, Ui, vec2,
};

use super::widgets::IconButton;
use super::{Context, card};
use crate::icons::{self, Icon};
use crate::notify::{Level, Notification};
use crate::theme::{self, Palette};

/// Cards shown at a time.
const MOST: usize = 4;

/// What the messages remember.
#[derive(Default)]
pub(super) struct Messages {
    /// Numbers of messages whose details are open.
    open: BTreeSet<u64>,
    /// The last message that was there when the log was opened.
    seen: u64,
}

/// How long a message stays; `None` means until it is closed.
fn lifetime_secs(level: Level) -> Option<f64> {
    match level {
        Level::Info => Some(5.0),
        Level::Warning => Some(12.0),
        Level::Error => None,
    }
}

fn look(level: Level, palette: &Palette) -> (Icon, egui::Color32) {
    match level {
        Level::Info => (Icon::Info, palette.text_dim),
        Level::Warning => (Icon::Warning, palette.warning),
        Level::Error => (Icon::Error, palette.error),
    }
}

impl Messages {
    /// Shows the cards over the view.
    pub(super) fn ui(&mut self, ui: &Ui, cx: &mut Context<'_>, view: Rect) {
        let now = cx.state.now_secs;
        let mut soonest = f64::INFINITY;
        for message in &mut cx.state.notifications.all {
            let lifetime = lifetime_secs(message.level).filter(|_| !self.open.contains(&message.number));
            if let Some(lifetime) = lifetime.filter(|_| !message.closed) {
                let left = message.time_secs + lifetime - now;
                message.closed |= left <= 0.0;
                soonest = if left > 0.0 { soonest.min(left) } else { soonest };
            }
        }
        if soonest.is_finite() {
            ui.ctx().request_repaint_after_secs(soonest as f32 + 0.02);
        }
        let shown: Vec<Notification> = cx
            .state
            .notifications
            .all
            .iter()
            .rev()
            .filter(|message| !message.closed)
            .take(MOST)
            .cloned()
            .collect();
        if shown.is_empty() {
            return;
        }
        let corner = view.right_bottom() - vec2(12.0, 12.0);
        let width = (view.width() - 24.0).clamp(120.0, 340.0);
        Area::new(Id::unique("messages"))
            .order(Order::Foreground)
            .pivot(egui::Align2::RIGHT_BOTTOM)
            .fixed_pos(corner)
            .show(ui.ctx(), |ui| {
                ui.set_width(width);
                for message in shown.iter().rev() {
                    self.card_ui(ui, cx, message);
                }
            });
    }

    fn card_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, message: &Notification) {
        let palette = Palette::of(ui);
        let (icon, color) = look(message.level, &palette);
        let open = self.open.contains(&message.number);
        let side = if cx.touch { theme::TOUCH } else { 24.0 };
        card(ui).inner_margin(Margin { left: 12, right: 6, top: 6, bottom: 8 }).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                let (_, rect) = ui.allocate_space(vec2(20.0, 24.0));
                icons::paint(ui.painter(), rect, icon, color);
                ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
                    ui.spacing_mut().item_spacing.x = 0.0;
                    if IconButton::new(Icon::Close, "Close the message").side(side).show(ui).clicked() {
                        close(cx, message.number);
                    }
                    if message.details.len() > 1 {
                        let (icon, label) = if open {
                            (Icon::ChevronDown, "Hide details")
                        } else {
                            (Icon::ChevronRight, "Show details")
                        };
                        if IconButton::new(icon, label).side(side).show(ui).clicked()
                            && !self.open.remove(&message.number)
                        {
                            self.open.insert(message.number);
                        }
                    }
                    if message.level == Level::Error || open {
                        copy_ui(ui, message, side);
                    }
                    ui.with_layout(Layout::top_down(Align::Min), |ui| {
                        ui.add_space(3.0);
                        ui.add(Label::new(&message.title).wrap().selectable(true));
                    });
                });
            });
            // What is wrong and what to do about it is the message; the title alone would only worry.
            let shown = if open { message.details.len() } else { message.details.len().min(1) };
            details_ui(ui, message, shown);
            if let Some(remedy) = &message.remedy {
                Frame::new().inner_margin(Margin { left: 26, right: 8, top: 4, bottom: 2 }).show(ui, |ui| {
                    if ui.button(remedy.label()).clicked() {
                        cx.commands.push(remedy.command());
                        close(cx, message.number);
                    }
                });
            }
        });
    }

    /// The button of the log, with a mark when something new came.
    pub(super) fn button_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let all = &cx.state.notifications.all;
        let worst =
            all.iter().filter(|message| message.number > self.seen).map(|message| message.level).max();
        let response = IconButton::new(Icon::Bell, "Messages")
            .tooltip("Everything there was to say so far")
            .side(if cx.touch { cx.side() } else { 24.0 })
            .show(ui);
        let palette = Palette::of(ui);
        if let Some(level) = worst.filter(|level| *level > Level::Info) {
            let at = response.rect.center() + vec2(5.0, -5.0);
            ui.painter().circle_filled(at, 3.0, look(level, &palette).1);
        }
        let shown = Popup::from_toggle_button_response(&response)
            .align(RectAlign::TOP_END)
            .close_behavior(egui::PopupCloseBehavior::CloseOnClickOutside)
            .frame(card(ui).inner_margin(14.0))
            .show(|ui| log_ui(ui, cx));
        if shown.is_some() {
            // Everything is in the list now; the cards would only cover it.
            cx.state.notifications.all.iter_mut().for_each(|message| message.closed = true);
            self.seen = cx.state.notifications.all.last().map_or(0, |last| last.number);
        }
    }
}

fn close(cx: &mut Context<'_>, number: u64) {
    if let Some(message) = cx.state.notifications.all.iter_mut().find(|message| message.number == number) {
        message.closed = true;
    }
}

fn copy_ui(ui: &mut Ui, message: &Notification, side: f32) {
    if IconButton::new(Icon::Copy, "Copy the message").side(side).show(ui).clicked() {
        let lines: Vec<&str> = std::iter::once(message.title.as_str())
            .chain(message.details.iter().map(String::as_str))
            .collect();
        ui.ctx().copy_text(lines.join("\n"));
    }
}

fn details_ui(ui: &mut Ui, message: &Notification, shown: usize) {
    if shown == 0 {
        return;
    }
    let palette = Palette::of(ui);
    Frame::new().inner_margin(Margin { left: 26, right: 8, top: 2, bottom: 2 }).show(ui, |ui| {
        egui::ScrollArea::vertical().max_height(180.0).id_salt(message.number).show(ui, |ui| {
            for line in &message.details[..shown] {
                let text = RichText::new(line).color(palette.text_dim).size(12.0);
                ui.add(Label::new(text).wrap().selectable(true));
            }
        });
    });
}

fn log_ui(ui: &mut Ui, cx: &Context<'_>) {
    let palette = Palette::of(ui);
    ui.set_width(320.0_f32.min(ui.ctx().content_rect().width() - 40.0));
    ui.label(RichText::new("Messages").font(theme::strong(14.0)));
    ui.add_space(4.0);
    let all = &cx.state.notifications.all;
    if all.is_empty() {
        ui.label(RichText::new("No messages yet.").color(palette.text_faint));
    }
    egui::ScrollArea::vertical().max_height(320.0).show(ui, |ui| {
        for message in all.iter().rev() {
            let (icon, color) = look(message.level, &palette);
            ui.horizontal_top(|ui| {
                let (_, rect) = ui.allocate_space(vec2(18.0, 20.0));
                icons::paint_sized(
                    ui.painter(),
                    Pos2::new(rect.center().x, rect.center().y),
                    icon,
                    color,
                    14.0,
                );
                ui.vertical(|ui| {
                    ui.add(Label::new(&message.title).wrap().selectable(true));
                    for line in &message.details {
                        let text = RichText::new(line).color(palette.text_faint).size(theme::SMALL);
                        ui.add(Label::new(text).wrap().selectable(true));
                    }
                });
            });
            ui.add_space(6.0);
        }
    });
}
