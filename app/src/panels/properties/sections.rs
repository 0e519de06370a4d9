//! Where what is shown is cut, and which side stays.

use egui::{Slider, Ui, WidgetInfo, accesskit::Role, vec2};

use crate::command::Command;
use crate::panels::Context;
use crate::panels::widgets::{NumberField, property, text_button};
use crate::units::Quantity;
use crate::view_state::{Axis, Section};

const AXES: [(Axis, &str); 3] = [(Axis::X, "Section X"), (Axis::Y, "Section Y"), (Axis::Z, "Section Z")];

/// Shows and moves the planes that there are.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>) {
    for (axis, label) in AXES {
        if let Some(section) = cx.state.view.sections[axis as usize] {
            ui.push_id(label, |ui| plane_ui(ui, cx, (axis, label), section));
        }
    }
}

fn plane_ui(ui: &mut Ui, cx: &mut Context<'_>, (axis, label): (Axis, &str), section: Section) {
    let quantity = Quantity::Length(cx.document().unit());
    let [low, high] = section.reach;
    let typed = property(ui, label, |ui| {
        let speed = (high - low).max(1e-9) * 0.005;
        let field = NumberField { label, prefix: "", prefix_color: None, quantity, speed, with_unit: true };
        let width = ui.available_width();
        field.show(ui, width, section.at, |_| Ok(())).value
    });
    let mut at = section.at.clamp(low, high);
    ui.spacing_mut().slider_width = ui.available_width();
    let slider = ui.add(Slider::new(&mut at, low..=high).show_value(false));
    slider.widget_info(|| WidgetInfo::labeled(Role::Slider, true, format!("{label}, slider")));
    let mut changed = typed.or(slider.changed().then_some(at)).map(|at| Some(Section { at, ..section }));
    ui.horizontal(|ui| {
        let least = vec2((ui.available_width() - 6.0) * 0.5, 24.0);
        if text_button(ui, "Flip", false, least).clicked() {
            changed = Some(Some(Section { flipped: !section.flipped, ..section }));
        }
        if text_button(ui, "Off", false, least).clicked() {
            changed = Some(None);
        }
    });
    cx.commands.extend(changed.map(|section| Command::SetSection(axis, section)));
}
