//! The file that parts came from.

use assets::{ExtensionStatus, UpAxis};
use document::Source;
use egui::{RichText, Ui};

use crate::panels::widgets::fact;
use crate::theme::{self, Palette};
use crate::units;

/// More warnings than this are counted instead of shown.
const MOST: usize = 50;

/// Shows what is known of it.
pub(super) fn ui(ui: &mut Ui, source: &Source) {
    let palette = Palette::of(ui);
    fact(ui, "Name", &source.file_name).on_hover_text(&source.file_name);
    fact(ui, "Format", &source.info.format);
    if source.size_bytes > 0 {
        fact(ui, "Size", &units::bytes(source.size_bytes));
    }
    if let Some(generator) = &source.info.generator {
        fact(ui, "Made by", generator).on_hover_text(generator);
    }
    let assumed = if source.info.unit_assumed { ", assumed" } else { "" };
    let unit = fact(ui, "Unit", &format!("{}{assumed}", source.info.unit.symbol()));
    if source.info.unit_assumed {
        unit.on_hover_text("The file does not say its unit. What is assumed is chosen in the settings.");
    }
    fact(ui, "Up axis", if source.info.up_axis == UpAxis::Y { "Y" } else { "Z" });
    for extension in &source.info.extensions {
        let (color, status) = match extension.status {
            ExtensionStatus::Honoured => (palette.good, "shown"),
            ExtensionStatus::Approximated => (palette.warning, "approximated"),
            ExtensionStatus::Ignored if extension.required => (palette.error, "needed, but not supported"),
            ExtensionStatus::Ignored => (palette.warning, "not supported"),
        };
        ui.horizontal_wrapped(|ui| {
            ui.label(RichText::new(&extension.name).size(theme::SMALL));
            ui.label(RichText::new(status).size(theme::SMALL).color(color));
        });
        if !extension.note.is_empty() {
            let note = RichText::new(&extension.note).size(theme::SMALL).color(palette.text_dim);
            ui.add(egui::Label::new(note).wrap().selectable(true));
        }
    }
    if source.warnings.is_empty() {
        return;
    }
    let title = if source.warnings.len() == 1 {
        "1 warning".to_owned()
    } else {
        format!("{} warnings", source.warnings.len())
    };
    ui.add_space(4.0);
    ui.label(RichText::new(title).color(palette.warning).font(theme::strong(theme::SMALL)));
    for warning in source.warnings.iter().take(MOST) {
        let place = warning.at.to_string();
        let text =
            if place.is_empty() { warning.message.clone() } else { format!("{} ({place})", warning.message) };
        ui.add(
            egui::Label::new(RichText::new(text).size(theme::SMALL).color(palette.text_dim))
                .wrap()
                .selectable(true),
        );
    }
    if source.warnings.len() > MOST {
        let rest = units::count(source.warnings.len() - MOST);
        ui.label(RichText::new(format!("and {rest} more")).color(palette.text_faint));
    }
}
