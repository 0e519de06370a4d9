//! The list of measurements: rename, hide, copy, remove.

use document::{Edit, MeasurementId};
use egui::{RichText, Ui, vec2};

use crate::command::Command;
use crate::icons::Icon;
use crate::measuring;
use crate::panels::Context;
use crate::panels::widgets::{self, IconButton, text_button};
use crate::state::MeasurementFormat;
use crate::theme::{self, Palette};

/// A name while it is typed.
pub(super) type Typed = Option<(MeasurementId, String)>;

/// Shows all measurements, or how to make one.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, typed: &mut Typed) {
    let palette = Palette::of(ui);
    let unit = cx.document().unit();
    let rows: Vec<_> = cx
        .document()
        .measurements()
        .map(|(id, it)| (id, it.name.clone(), it.visible, measuring::of(cx.document(), it)))
        .collect();
    if rows.is_empty() {
        let hint = "Click two things for their distance or angle; click one twice to keep its size.";
        ui.label(RichText::new(hint).color(palette.text_faint));
        return;
    }
    for (id, name, visible, reading) in rows {
        let parts = reading.iter().flat_map(|reading| reading.main.iter().chain(&reading.more));
        let texts: Vec<String> =
            parts.map(|(what, amount)| format!("{what} {}", amount.text(unit)).trim().to_owned()).collect();
        let value = if texts.is_empty() { "—".to_owned() } else { texts.join("   ") };
        ui.push_id(id.0, |ui| {
            ui.horizontal(|ui| {
                name_ui(ui, cx, id, &name, typed);
                let (icon, label) = if visible { (Icon::Eye, "Hide") } else { (Icon::EyeOff, "Show") };
                if button(ui, icon, &format!("{label} {name}")) {
                    cx.commands.push(Command::Edit(Edit::ShowMeasurements(vec![id], !visible), None));
                }
                if button(ui, Icon::Copy, &format!("Copy {name}")) {
                    ui.ctx().copy_text(value.clone());
                }
                if button(ui, Icon::Trash, &format!("Delete {name}")) {
                    cx.commands.push(Command::Edit(Edit::DeleteMeasurements(vec![id]), None));
                }
            });
            ui.add(egui::Label::new(RichText::new(value).color(palette.text_dim).size(theme::SMALL)).wrap());
        });
    }
    ui.horizontal(|ui| {
        let least = vec2((ui.available_width() - 6.0) * 0.5, 24.0);
        if text_button(ui, "Export CSV…", false, least).clicked() {
            cx.commands.push(Command::ExportMeasurements(MeasurementFormat::Csv));
        }
        if text_button(ui, "Export JSON…", false, least).clicked() {
            cx.commands.push(Command::ExportMeasurements(MeasurementFormat::Json));
        }
    });
}

fn button(ui: &mut Ui, icon: Icon, label: &str) -> bool {
    IconButton::new(icon, label).side(24.0).show(ui).clicked()
}

fn name_ui(ui: &mut Ui, cx: &mut Context<'_>, id: MeasurementId, name: &str, typed: &mut Typed) {
    let mut text = match typed {
        Some((typing, text)) if *typing == id => text.clone(),
        _ => name.to_owned(),
    };
    let width = (ui.available_width() - 3.0 * 30.0).max(40.0);
    let field = widgets::text_field(&mut text, "Name").id_salt(("measurement", id.0)).desired_width(width);
    let response = ui.add(field);
    if response.has_focus() {
        *typed = Some((id, text.clone()));
    }
    if response.lost_focus() {
        let escaped = ui.input(|input| input.key_pressed(egui::Key::Escape));
        let new = text.trim();
        if !escaped && !new.is_empty() && new != name {
            cx.commands.push(Command::Edit(Edit::RenameMeasurement(id, new.to_owned()), None));
        }
        *typed = None;
    }
}
