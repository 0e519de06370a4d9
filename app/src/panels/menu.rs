//! Menus, all made from the table of commands.

use egui::{Response, RichText, Ui};

use super::Context;
use super::tree;
use super::widgets::{self, icon_atom};
use crate::command::{Command, CommandInfo, Menu, enabled};
use crate::icons::Icon;
use crate::theme::{self, Palette};

/// How entries of menus look.
pub(super) fn style(style: &mut egui::Style) {
    egui::containers::menu::menu_style(style);
    style.spacing.button_padding = egui::vec2(8.0, 3.0);
    style.spacing.item_spacing = egui::vec2(8.0, 1.0);
    // What has the keyboard must be seen in menus too.
    let accent = Palette::new(style.visuals.dark_mode).accent;
    style.visuals.widgets.active.bg_stroke = egui::Stroke::new(1.0, accent);
}

/// The same for fingers.
pub(super) fn touch_style(style: &mut egui::Style) {
    self::style(style);
    style.spacing.interact_size.y = theme::TOUCH;
}

/// A menu below a button, or above it where there is no room.
pub(super) fn popup<'a>(button: &'a Response, cx: &Context<'_>) -> egui::Popup<'a> {
    let popup = egui::Popup::menu(button);
    if cx.touch { popup.style(touch_style) } else { popup.style(style) }
}

/// The menus side by side.
pub(super) fn bar_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let text_width = |title: &str| {
        let color = egui::Color32::PLACEHOLDER;
        ui.painter().layout_no_wrap(title.to_owned(), theme::plain(theme::TEXT), color).size().x
    };
    let width = Menu::ALL.iter().map(|(_, title)| text_width(title) + 16.0).sum();
    ui.allocate_ui(egui::vec2(width, theme::ROW), |ui| {
        let config = egui::containers::menu::MenuConfig::new().style(style);
        egui::MenuBar::new().config(config).style(style).ui(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 0.0;
            for (menu, title) in Menu::ALL {
                ui.menu_button(title, |ui| items_ui(ui, cx, menu));
            }
        });
    });
}

/// All menus behind one button.
pub(super) fn all_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    ui.set_min_width(140.0);
    for (menu, title) in Menu::ALL {
        let arrow = icon_atom(Some(Icon::ChevronRight), Some(Palette::of(ui).text_faint));
        let button = egui::Button::new(title).right_text(arrow);
        egui::containers::menu::SubMenuButton::from_button(button).ui(ui, |ui| items_ui(ui, cx, menu));
    }
}

fn items_ui(ui: &mut Ui, cx: &mut Context<'_>, menu: Menu) {
    ui.set_min_width(if cx.touch { 200.0 } else { 232.0 });
    let table = std::rc::Rc::clone(&cx.table);
    let mut last: Option<&CommandInfo> = None;
    for info in table.iter().filter(|info| info.menu == menu) {
        if last.is_some_and(|last| begins_a_group(last, info)) {
            separator(ui);
        }
        item_ui(ui, cx, info);
        last = Some(info);
    }
    if menu == Menu::File && !cx.state.settings.recent.is_empty() {
        separator(ui);
        recent_ui(ui, cx, 6);
    }
}

/// Files opened lately, as entries of a menu.
fn recent_ui(ui: &mut Ui, cx: &mut Context<'_>, most: usize) {
    for path in cx.state.settings.recent.iter().take(most).cloned().collect::<Vec<_>>() {
        let text = widgets::shortened(file_name(&path), 40);
        let icon = icon_atom(Some(Icon::Clock), Some(Palette::of(ui).text_dim));
        if ui.button((icon, text)).on_hover_text(&path).clicked() {
            cx.commands.push(Command::OpenRecent(path));
            ui.close();
        }
    }
}

/// The last part of a path or an address.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).find(|part| !part.is_empty()).unwrap_or(path)
}

fn separator(ui: &mut Ui) {
    ui.add(egui::Separator::default().spacing(9.0));
}

/// The part of an id before the point tells what belongs together.
fn begins_a_group(last: &CommandInfo, next: &CommandInfo) -> bool {
    let family = |info: &CommandInfo| match info.id {
        "view.projection" => "projection",
        "view.shaded" | "view.shaded-edges" | "view.wireframe" | "view.x-ray" => "draw",
        "view.grid" | "view.theme" | "view.tree" | "view.properties" => "show",
        "view.fit-all" | "view.fit-selection" => "fit",
        "edit.undo" | "edit.redo" => "history",
        "edit.select-all" | "edit.select-none" => "select",
        "edit.hide" | "edit.show-all" | "edit.isolate" => "visible",
        "file.screenshot" => "export",
        id => id.split('.').next().unwrap_or(id),
    };
    family(last) != family(next)
}

/// The pictures of commands, by their names in the table.
const PICTURES: [(&str, Icon); 62] = [
    ("file.open", Icon::Open),
    ("file.new", Icon::File),
    ("file.save", Icon::Save),
    ("file.screenshot", Icon::Picture),
    ("export.glb", Icon::Export),
    ("edit.undo", Icon::Undo),
    ("edit.redo", Icon::Redo),
    ("edit.delete", Icon::Trash),
    ("edit.duplicate", Icon::Copy),
    ("edit.group", Icon::Group),
    ("edit.hide", Icon::EyeOff),
    ("edit.show-all", Icon::Eye),
    ("edit.isolate", Icon::Isolate),
    ("add.box", Icon::Box),
    ("add.sphere", Icon::Sphere),
    ("add.cylinder", Icon::Cylinder),
    ("add.cone", Icon::Cone),
    ("add.torus", Icon::Torus),
    ("boolean.union", Icon::Union),
    ("boolean.difference", Icon::Difference),
    ("boolean.intersection", Icon::Intersection),
    ("modify.repair", Icon::Repair),
    ("modify.simplify", Icon::Simplify),
    ("modify.hull", Icon::Hull),
    ("boolean.xor", Icon::Xor),
    ("boolean.split", Icon::Split),
    ("modify.offset", Icon::Offset),
    ("modify.shell", Icon::Shell),
    ("modify.trim", Icon::Trim),
    ("modify.cut", Icon::Cut),
    ("section.trim", Icon::Trim),
    ("section.cut", Icon::Cut),
    ("section.svg", Icon::Export),
    ("section.dxf", Icon::Export),
    ("view.section-x", Icon::Trim),
    ("view.section-y", Icon::Trim),
    ("view.section-z", Icon::Trim),
    ("view.section-camera", Icon::Trim),
    ("view.section-face", Icon::Trim),
    ("view.section-box", Icon::Box),
    ("modify.smooth", Icon::Smooth),
    ("modify.refine", Icon::Refine),
    ("modify.subdivide", Icon::Subdivide),
    ("edit.separate", Icon::Separate),
    ("tool.select", Icon::Select),
    ("tool.move", Icon::Move),
    ("tool.rotate", Icon::Rotate),
    ("tool.scale", Icon::Scale),
    ("tool.snap", Icon::Snap),
    ("view.fit-all", Icon::Fit),
    ("view.projection", Icon::Orthographic),
    ("view.shaded", Icon::Shaded),
    ("view.shaded-edges", Icon::ShadedEdges),
    ("view.wireframe", Icon::Wireframe),
    ("view.x-ray", Icon::XRay),
    ("view.grid", Icon::Grid),
    ("view.theme", Icon::Moon),
    ("view.tree", Icon::Tree),
    ("view.properties", Icon::Properties),
    ("app.settings", Icon::Settings),
    ("app.palette", Icon::Command),
    ("app.shortcuts", Icon::Keyboard),
];

/// The picture of a command, where there is one.
pub(super) fn icon_of_command(id: &str) -> Option<Icon> {
    PICTURES.iter().find(|(known, _)| *known == id).map(|(_, icon)| *icon)
}

/// An entry for a command: its picture, or a check where it is on, its name and its keys.
pub(super) fn item_ui(ui: &mut Ui, cx: &mut Context<'_>, info: &CommandInfo) -> Response {
    let palette = Palette::of(ui);
    let state = enabled(&info.command, cx.state);
    let text = match (&info.command, state) {
        (Command::Undo, Ok(())) => with_label(info.text, cx.state.history.undo_label()),
        (Command::Redo, Ok(())) => with_label(info.text, cx.state.history.redo_label()),
        _ => info.text.to_owned(),
    };
    let icon = match cx.is_on(&info.command) {
        Some(true) => icon_atom(Some(Icon::Check), Some(palette.accent)),
        _ => icon_atom(icon_of_command(info.id), Some(palette.text_dim)),
    };
    let mut button = egui::Button::new((icon, text)).wrap_mode(egui::TextWrapMode::Extend);
    if let Some(shortcut) = info.shortcut.as_ref().filter(|_| !cx.touch) {
        let keys = ui.ctx().format_shortcut(shortcut);
        button = button.shortcut_text(RichText::new(keys).color(palette.text_faint));
    }
    let response = ui.add_enabled(state.is_ok(), button).on_hover_text(info.tooltip);
    let response = match state {
        Ok(()) => response,
        Err(reason) => response.on_disabled_hover_text(reason),
    };
    if response.clicked() {
        cx.commands.push(info.command.clone());
        ui.close();
    }
    response
}

fn with_label(text: &str, label: Option<&str>) -> String {
    match label {
        Some(label) if !label.is_empty() => format!("{text} {}", widgets::shortened(label, 32)),
        _ => text.to_owned(),
    }
}

/// What can be done with the selection, for a click with the other button.
pub(super) fn node_menu_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    let groups: [&[&str]; 7] = [
        &["edit.rename", "edit.duplicate", "view.fit-selection"],
        &["edit.hide", "edit.isolate", "edit.show-all"],
        &["view.section-face", "view.section-camera"],
        &["boolean.union", "boolean.difference", "boolean.intersection"],
        &["modify.repair", "modify.simplify", "modify.trim", "modify.cut", "modify.shell"],
        &["edit.group", "edit.dissolve", "edit.freeze"],
        &["edit.delete"],
    ];
    for (number, ids) in groups.iter().enumerate() {
        if number > 0 {
            separator(ui);
        }
        items_of_ui(ui, cx, ids);
    }
}

/// The shapes that can be added.
pub(super) fn add_menu_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    items_of_ui(ui, cx, &["add.box", "add.sphere", "add.cylinder", "add.cone", "add.torus"]);
}

/// Entries by the names of their commands.
pub(super) fn items_of_ui(ui: &mut Ui, cx: &mut Context<'_>, ids: &[&str]) {
    ui.set_min_width(176.0);
    let table = std::rc::Rc::clone(&cx.table);
    for id in ids {
        if let Some(info) = table.iter().find(|info| info.id == *id) {
            item_ui(ui, cx, info);
        }
    }
}

/// Whether the tree has the keyboard, so that its keys are not commands.
pub(super) fn tree_has_keyboard(ctx: &egui::Context) -> bool {
    ctx.memory(|memory| memory.has_focus(tree::keyboard_id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_belong_to_commands_that_exist() {
        let table = crate::command::table();
        for (id, _) in PICTURES {
            assert!(table.iter().any(|info| info.id == id), "there is no {id}");
        }
    }

    #[test]
    fn a_name_ends_a_path() {
        assert_eq!(file_name("/home/me/a b.stl"), "a b.stl");
        assert_eq!(file_name("C:\\parts\\x.glb"), "x.glb");
        assert_eq!(file_name("https://example.org/models/"), "models");
        assert_eq!(file_name("plain"), "plain");
    }
}
