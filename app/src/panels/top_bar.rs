//! The bar at the top: menus, the document's name, and what is used most.

use egui::{Align, Layout, RichText, Ui, vec2};

use super::widgets::{self, IconButton};
use super::{Context, Size, menu};
use crate::command::{Command, enabled};
use crate::icons::{self, Icon};
use crate::theme::{self, Palette};
use crate::view_state::Mode;

const BOOLEANS: [(&str, Icon); 3] = [
    ("boolean.union", Icon::Union),
    ("boolean.difference", Icon::Difference),
    ("boolean.intersection", Icon::Intersection),
];

const TOOLS: [(&str, Icon); 5] = [
    ("tool.select", Icon::Select),
    ("tool.move", Icon::Move),
    ("tool.rotate", Icon::Rotate),
    ("tool.scale", Icon::Scale),
    ("tool.measure", Icon::Measure),
];

const MODES: [(&str, Icon); 4] = [
    ("view.shaded", Icon::Shaded),
    ("view.shaded-edges", Icon::ShadedEdges),
    ("view.wireframe", Icon::Wireframe),
    ("view.x-ray", Icon::XRay),
];

/// The height of the bar.
pub(super) fn height(cx: &Context<'_>) -> f32 {
    if cx.touch { 52.0 } else { 44.0 }
}

/// Shows the bar.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>) {
    ui.spacing_mut().item_spacing.x = 2.0;
    ui.horizontal_centered(|ui| {
        ui.add_space(6.0);
        menus_ui(ui, cx);
        if cx.size == Size::Narrow {
            narrow_ui(ui, cx);
        } else {
            wide_ui(ui, cx);
        }
    });
}

fn menus_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let palette = Palette::of(ui);
    if cx.size == Size::Wide {
        let (_, rect) = ui.allocate_space(vec2(28.0, 28.0));
        icons::paint_sized(ui.painter(), rect.center(), Icon::Kerf, palette.accent, 20.0);
        menu::bar_ui(ui, cx);
    } else {
        let button = IconButton::new(Icon::Menu, "Menu").side(cx.side()).show(ui);
        menu::popup(&button, cx).show(|ui| menu::all_ui(ui, cx));
    }
}

fn name_ui(ui: &mut Ui, cx: &Context<'_>, width: f32) {
    let palette = Palette::of(ui);
    let file = cx.state.project.file.as_deref();
    let name = cx.state.project_name();
    let dirty = cx.state.is_dirty() && !cx.state.document().is_empty();
    ui.allocate_ui_with_layout(vec2(width, 28.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.add_space(4.0);
        let mark_width = if dirty { 14.0 } else { 0.0 };
        ui.scope(|ui| {
            ui.set_max_width((width - 4.0 - mark_width).max(0.0));
            let text = RichText::new(&name).font(theme::strong(theme::TEXT));
            let response = ui.add(egui::Label::new(text).truncate());
            response.on_hover_text(file.unwrap_or("Not saved as a project yet"));
        });
        if dirty {
            let (rect, response) = ui.allocate_exact_size(vec2(12.0, 12.0), egui::Sense::HOVER);
            ui.painter().circle_filled(rect.center(), 3.0, palette.accent);
            response.on_hover_text(
                "There are changes that are not saved in a project file. A copy is kept all the time.",
            );
        }
    });
}

fn wide_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    widgets::divider(ui);
    let spare = ui.available_width() - needed_width(cx);
    name_ui(ui, cx, spare.clamp(64.0, 220.0));
    widgets::divider(ui);
    for (id, icon) in [("edit.undo", Icon::Undo), ("edit.redo", Icon::Redo)] {
        command_button(ui, cx, id, icon);
    }
    widgets::divider(ui);
    add_ui(ui, cx);
    for (id, icon) in BOOLEANS {
        command_button(ui, cx, id, icon);
    }
    widgets::divider(ui);
    for (id, icon) in TOOLS {
        command_button(ui, cx, id, icon);
    }
    command_button(ui, cx, "tool.snap", Icon::Snap);
    ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
        ui.add_space(6.0);
        command_button(ui, cx, "app.palette", Icon::Command);
        command_button(ui, cx, "app.settings", Icon::Settings);
        theme_ui(ui, cx);
        widgets::divider(ui);
        if cx.size == Size::Wide {
            for (id, icon) in MODES.into_iter().rev() {
                command_button(ui, cx, id, icon);
            }
        } else {
            mode_menu_ui(ui, cx);
        }
        section_ui(ui, cx);
    });
}

/// What all but the name needs, so that the name gives way first.
fn needed_width(cx: &Context<'_>) -> f32 {
    let modes = if cx.size == Size::Wide { 4.0 * 30.0 } else { 42.0 };
    let buttons = 2.0 + BOOLEANS.len() as f32 + TOOLS.len() as f32 + 1.0 + 3.0;
    buttons * 30.0 + 2.0 * 42.0 + modes + 4.0 * 13.0 + 20.0
}

fn narrow_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let side = cx.side();
    let buttons = 4.0 * (side + 2.0) + 10.0 + 14.0;
    name_ui(ui, cx, (ui.available_width() - buttons).max(40.0));
    for (id, icon) in [("edit.undo", Icon::Undo), ("edit.redo", Icon::Redo)] {
        command_button(ui, cx, id, icon);
    }
    add_ui(ui, cx);
    command_button(ui, cx, "app.palette", Icon::Search);
}

fn add_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let button = IconButton::new(Icon::Plus, "Add a shape").tooltip("Box, sphere, cylinder, cone or torus");
    let button = button.arrow().side(cx.side()).show(ui);
    menu::popup(&button, cx).show(|ui| menu::add_menu_ui(ui, cx));
}

fn mode_menu_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let icon = match cx.state.settings.mode {
        Mode::Shaded => Icon::Shaded,
        Mode::ShadedWithEdges => Icon::ShadedEdges,
        Mode::Wireframe => Icon::Wireframe,
        Mode::XRay => Icon::XRay,
    };
    let button = IconButton::new(icon, "How surfaces are drawn").arrow().side(cx.side()).show(ui);
    menu::popup(&button, cx).show(|ui| menu::items_of_ui(ui, cx, &MODES.map(|(id, _)| id)));
}

fn section_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    const IDS: [&str; 8] = [
        "view.section-x",
        "view.section-y",
        "view.section-z",
        "view.section-camera",
        "view.section-face",
        "view.section-box",
        "view.section-flip",
        "view.section-off",
    ];
    let button =
        IconButton::new(Icon::Trim, "Sections").tooltip("Look inside: cut what is shown along planes");
    let is_cut = !cx.state.view.sections.is_empty();
    let button = button.arrow().selected(is_cut).side(cx.side()).show(ui);
    menu::popup(&button, cx).show(|ui| menu::items_of_ui(ui, cx, &IDS));
}

fn theme_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let icon = if cx.state.settings.dark { Icon::Sun } else { Icon::Moon };
    command_button(ui, cx, "view.theme", icon);
}

/// The booleans behind one button, for narrow windows.
pub(super) fn boolean_menu_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    menu::items_of_ui(ui, cx, &BOOLEANS.map(|(id, _)| id));
}

/// The tools in a row.
pub(super) fn tools_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    for (id, icon) in TOOLS {
        command_button(ui, cx, id, icon);
    }
}

/// A button for a row of the table of commands.
pub(super) fn command_button(ui: &mut Ui, cx: &mut Context<'_>, id: &str, icon: Icon) {
    let table = std::rc::Rc::clone(&cx.table);
    let Some(info) = table.iter().find(|info| info.id == id) else { return };
    // A theme or a window is not “on” in the way a tool is.
    let selected = cx.is_on(&info.command) == Some(true) && !matches!(info.command, Command::ToggleTheme);
    let response = IconButton::new(icon, info.text)
        .tooltip(info.tooltip)
        .shortcut(info.shortcut)
        .enabled(enabled(&info.command, cx.state))
        .selected(selected)
        .side(cx.side())
        .show(ui);
    if response.clicked() {
        cx.commands.push(info.command.clone());
    }
}
