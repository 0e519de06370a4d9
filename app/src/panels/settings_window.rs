//! The settings: units, navigation, looks.

use assets::{Compression, LengthUnit};
use egui::{Align, Layout, RichText, Slider, Ui};

use super::status::unit_name;
use super::widgets::{self, IconButton};
use super::{Context, card, centered};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::settings::Settings;
use crate::theme::{self, Palette};

/// Shows the window when it is open.
pub(super) fn ui(ui: &Ui, cx: &mut Context<'_>) {
    if !cx.state.view.settings_open {
        return;
    }
    let rect = centered(ui.ctx().content_rect(), egui::vec2(440.0, 560.0));
    let id = egui::Id::unique("settings");
    let area = egui::Modal::default_area(id).default_size(rect.size());
    let modal = egui::Modal::new(id).area(area).frame(card(ui).inner_margin(16.0));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(rect.width() - 32.0);
        title_ui(ui, "Settings");
        egui::ScrollArea::vertical().max_height(rect.height() - 80.0).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            ui.spacing_mut().interact_size.y = if cx.touch { theme::TOUCH } else { theme::ROW };
            content_ui(ui, &mut cx.state.settings);
        });
    });
    if response.should_close() {
        cx.commands.push(Command::ToggleSettings);
    }
}

/// The title of a window, with a button that closes it.
pub(super) fn title_ui(ui: &mut Ui, title: &str) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(title).font(theme::strong(16.0)));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if IconButton::new(Icon::Close, "Close").show(ui).clicked() {
                ui.close();
            }
        });
    });
    ui.add_space(4.0);
}

fn content_ui(ui: &mut Ui, settings: &mut Settings) {
    heading_ui(ui, "Units");
    row_ui(ui, "New documents", "What lengths are shown in", |ui| {
        unit_box(ui, "Unit of new documents", &mut settings.unit);
    });
    row_ui(ui, "Files without a unit", "STL, OBJ and PLY do not say theirs", |ui| {
        let text = settings.assumed_unit.map_or("As usual for the format", unit_name);
        let combo =
            egui::ComboBox::from_id_salt("assumed unit").icon(chevron).width(170.0).selected_text(text);
        let shown = combo.show_ui(ui, |ui| {
            ui.selectable_value(&mut settings.assumed_unit, None, "As usual for the format");
            for unit in LengthUnit::ALL {
                ui.selectable_value(&mut settings.assumed_unit, Some(unit), unit_name(unit));
            }
        });
        shown.response.accessible_name("Unit of files without one");
    });
    row_ui(ui, "Exported files", "For formats that do not say theirs", |ui| {
        unit_box(ui, "Unit of exported files", &mut settings.export_unit);
    });
    row_ui(ui, "Exported GLB", "Smaller files need readers that know them", |ui| {
        let combo = egui::ComboBox::from_id_salt("compression").icon(chevron).width(170.0);
        let shown = combo.selected_text(compression_name(settings.export_compression)).show_ui(ui, |ui| {
            for each in [
                Compression::None,
                Compression::Quantized,
                Compression::Packed,
                Compression::QuantizedAndPacked,
            ] {
                ui.selectable_value(&mut settings.export_compression, each, compression_name(each));
            }
        });
        shown.response.accessible_name("Compression of exported GLB files");
    });
    heading_ui(ui, "Navigation");
    switch_ui(ui, "Invert zoom", "Scrolling up moves away", &mut settings.invert_zoom);
    switch_ui(ui, "Snap", "Drags stop at round values", &mut settings.snap);
    switch_ui(ui, "Grid", "Lines on the ground with distances", &mut settings.grid);
    heading_ui(ui, "Appearance");
    switch_ui(ui, "Dark theme", "", &mut settings.dark);
    row_ui(ui, "Exposure of the view", "", |ui| {
        let slider = Slider::new(&mut settings.exposure, 0.1..=4.0).logarithmic(true).fixed_decimals(2);
        ui.add(slider).accessible_name("Exposure of the view");
    });
    row_ui(ui, "Size of the interface", "", |ui| {
        // Buttons instead of a slider: it would move away under the pointer.
        let scales = [0.85, 1.0, 1.25, 1.5];
        let texts = scales.map(|scale: f32| format!("{:.0}%", scale * 100.0));
        let current = scales.iter().position(|scale| (settings.ui_scale - scale).abs() < 0.01);
        let texts = texts.each_ref().map(String::as_str);
        if let Some(chosen) = widgets::segments(ui, "Size of the interface", &texts, current) {
            settings.ui_scale = scales[chosen];
        }
    });
    ui.add_space(8.0);
    if ui.button("Reset all settings").clicked() {
        let recent = std::mem::take(&mut settings.recent);
        *settings = Settings { recent, welcomed: settings.welcomed, ..Settings::default() };
    }
}

fn heading_ui(ui: &mut Ui, title: &str) {
    ui.add_space(6.0);
    ui.label(RichText::new(title).font(theme::strong(theme::SMALL)).color(Palette::of(ui).text_faint));
}

fn row_ui(ui: &mut Ui, label: &str, note: &str, add: impl FnOnce(&mut Ui)) {
    ui.horizontal(|ui| {
        ui.set_min_height(ui.spacing().interact_size.y.max(32.0));
        if note.is_empty() {
            ui.label(label);
        } else {
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 0.0;
                ui.label(label);
                ui.label(RichText::new(note).color(Palette::of(ui).text_faint).size(theme::SMALL));
            });
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            ui.spacing_mut().slider_width = 110.0;
            add(ui);
        });
    });
}

fn unit_box(ui: &mut Ui, name: &str, unit: &mut LengthUnit) {
    let combo = egui::ComboBox::from_id_salt(name).icon(chevron).width(170.0).selected_text(unit_name(*unit));
    let shown = combo.show_ui(ui, |ui| {
        for each in LengthUnit::ALL {
            ui.selectable_value(unit, each, unit_name(each));
        }
    });
    shown.response.accessible_name(name);
}

fn compression_name(compression: Compression) -> &'static str {
    match compression {
        Compression::None => "For every reader",
        Compression::Quantized => "Rounded",
        Compression::Packed => "Packed (meshopt)",
        Compression::QuantizedAndPacked => "Rounded and packed",
    }
}

fn chevron(ui: &Ui, rect: egui::Rect, visuals: &egui::style::WidgetVisuals, _open: bool) {
    icons::paint_sized(ui.painter(), rect.center(), Icon::ChevronDown, visuals.fg_stroke.color, 14.0);
}

fn switch_ui(ui: &mut Ui, label: &str, note: &str, on: &mut bool) {
    row_ui(ui, label, note, |ui| _ = widgets::switch(ui, label, on));
}
