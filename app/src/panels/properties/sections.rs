//! Where what is shown is cut, which side stays, and what the active plane cuts.

use egui::{RichText, Slider, Ui, WidgetInfo, accesskit::Role, vec2};
use glam::DVec3;

use crate::command::Command;
use crate::panels::Context;
use crate::panels::menu;
use crate::panels::widgets::{NumberField, fact, property, text_button};
use crate::sections::Section;
use crate::theme::Palette;
use crate::units::{self, Quantity};

/// Shows and moves the planes that there are.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let sections = cx.state.view.sections.clone();
    let active = sections.active().map(|(number, _)| number);
    for (number, section) in sections.all().iter().enumerate() {
        let is_active = active == Some(number);
        ui.push_id(number, |ui| plane_ui(ui, cx, (number, sections.name(number)), section, is_active));
    }
    let Some((number, section)) = sections.active() else { return };
    if !sections.is_box() {
        facing_ui(ui, cx, number, &section);
    }
    buttons_ui(ui, cx, number, section);
    ui.scope(|ui| measured_ui(ui, cx));
}

/// Where a plane is, as a number, and with a slider where it is the active one.
fn plane_ui(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    (number, label): (usize, &str),
    section: &Section,
    active: bool,
) {
    let quantity = Quantity::Length(cx.document().unit());
    let [low, high] = section.reach();
    let typed = property(ui, label, |ui| {
        let speed = (high - low).max(1e-9) * 0.005;
        let field = NumberField { label, prefix: "", prefix_color: None, quantity, speed, with_unit: true };
        let width = ui.available_width();
        field.show(ui, width, section.at, |_| Ok(())).value
    });
    let mut at = section.at.clamp(low, high);
    let mut slid = None;
    if active {
        ui.spacing_mut().slider_width = ui.available_width();
        let slider = ui.add(Slider::new(&mut at, low..=high).show_value(false));
        slider.widget_info(|| WidgetInfo::labeled(Role::Slider, true, format!("{label}, slider")));
        slid = slider.changed().then_some(at);
    }
    if let Some(at) = typed.or(slid) {
        cx.commands.push(Command::SetSection(number, Some(section.moved_to(at))));
    }
}

/// The direction to what is gone, as three numbers.
fn facing_ui(ui: &mut Ui, cx: &mut Context<'_>, number: usize, section: &Section) {
    const NAMES: [(&str, &str); 3] = [("X", "Facing X"), ("Y", "Facing Y"), ("Z", "Facing Z")];
    let normal = section.normal().to_array().map(|value| (value * 1e6).round() / 1e6 + 0.0);
    let typed = property(ui, "Facing", |ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let width = ((ui.available_width() - 8.0) / 3.0).floor();
        let mut typed = None;
        for (axis, (prefix, label)) in NAMES.into_iter().enumerate() {
            let (quantity, speed) = (Quantity::Plain, 0.01);
            let field = NumberField { label, prefix, prefix_color: None, quantity, speed, with_unit: false };
            let others = DVec3::from_array(normal) * (DVec3::ONE - DVec3::AXES[axis]);
            let check = |value: f64| match (others + DVec3::AXES[axis] * value).try_normalize() {
                Some(_) => Ok(()),
                None => Err("a plane must face somewhere".to_owned()),
            };
            let changed = ui.push_id(axis, |ui| field.show(ui, width, normal[axis], check)).inner.value;
            typed = typed.or(changed.map(|value| others + DVec3::AXES[axis] * value));
        }
        typed
    });
    let facing = typed.map(|normal| if section.flipped { -normal } else { normal });
    let turned = facing.and_then(|axis| section.turned(axis, section.center()));
    cx.commands.extend(turned.map(|turned| Command::SetSection(number, Some(turned))));
}

fn buttons_ui(ui: &mut Ui, cx: &mut Context<'_>, number: usize, section: Section) {
    ui.horizontal(|ui| {
        let least = vec2((ui.available_width() - 12.0) / 3.0, 24.0);
        if text_button(ui, "Flip", false, least).clicked() {
            cx.commands.push(Command::SetSection(number, Some(section.turned_over())));
        }
        let is_last = cx.state.view.sections.all().len() == 1 || cx.state.view.sections.is_box();
        if text_button(ui, "Off", false, least).clicked() {
            let remove = Command::SetSection(number, None);
            cx.commands.push(if is_last { Command::EndSections } else { remove });
        }
        let more = text_button(ui, "More…", false, least);
        let ids = ["view.section-camera", "section.svg", "section.dxf", "section.cut", "section.trim"];
        menu::popup(&more, cx).show(|ui| menu::items_of_ui(ui, cx, &ids));
    });
}

/// What the active plane cuts of the selection, or of everything.
fn measured_ui(ui: &mut Ui, cx: &Context<'_>) {
    let palette = Palette::of(ui);
    let unit = cx.document().unit();
    let Some(section) = cx.state.measured.last() else {
        let text = match (cx.state.measured.is_underway(), cx.state.view.handle_dragged) {
            (true, _) | (_, true) => "Measuring what is cut…",
            (false, false) => "Nothing is cut, or too much to be measured.",
        };
        ui.label(RichText::new(text).color(palette.text_faint));
        return;
    };
    if cx.state.measured.section().is_none() {
        ui.multiply_opacity(0.5);
    }
    fact(ui, "Cut area", &units::area(section.area, unit));
    fact(ui, "Perimeter", &units::length(section.perimeter, unit));
    fact(ui, "Contours", &units::count(section.contours.len()));
    if !section.open.is_empty() {
        fact(ui, "Open lines", &units::count(section.open.len()));
    }
    if let Some(centroid) = section.centroid {
        let center = section.world_from_plane.transform_point3(centroid.extend(0.0));
        let size = section.perimeter.max(center.abs().max_element());
        let [x, y, z] =
            center.to_array().map(|it| units::number(units::without_noise(it, size) / unit.millimetres()));
        fact(ui, "Centroid", &format!("{x}, {y}, {z}"));
    }
    if let Some(moments) = section.second_moments {
        for (label, value) in ["Moment Ix", "Moment Iy", "Moment Ixy"].into_iter().zip(moments) {
            let shown = units::number(
                units::without_noise(value, moments[0] + moments[1]) / unit.millimetres().powi(4),
            );
            fact(ui, label, &format!("{shown} {}⁴", unit.symbol()));
        }
    }
}
