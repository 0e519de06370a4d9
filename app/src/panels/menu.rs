//! Menus, all made from the table of commands.

use egui::{Response, RichText, Ui};

use super::Context;
use super::tree;
use crate::command::{Command, CommandInfo, Menu, enabled};
use crate::icons::{self, Icon};
use crate::theme::{self, Palette};

/// How entries of menus look.
pub(super) fn style(style: &mut egui::Style) {
    egui::containers::menu::menu_style(style);
    style.spacing.button_padding = egui::vec2(9.0, 3.0);
    style.spacing.item_spacing.y = 1.0;
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
    let width = Menu::ALL.iter().map(|(_, title)| text_width(title) + 18.0).sum();
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
    for (menu, title) in Menu::ALL {
        ui.menu_button(title, |ui| items_ui(ui, cx, menu));
    }
}

fn items_ui(ui: &mut Ui, cx: &mut Context<'_>, menu: Menu) {
    ui.set_min_width(220.0);
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
        ui.label(RichText::new("Recent").font(theme::strong(theme::SMALL)).color(Palette::of(ui).text_faint));
        recent_ui(ui, cx, 6);
    }
}

/// Files opened lately, as entries of a menu.
pub(super) fn recent_ui(ui: &mut Ui, cx: &mut Context<'_>, most: usize) {
    for path in cx.state.settings.recent.iter().take(most).cloned().collect::<Vec<_>>() {
        let name = path.rsplit(['/', '\\']).next().unwrap_or(&path).to_owned();
        if ui.button(name).on_hover_text(&path).clicked() {
            cx.open_recent(ui.ctx(), &path);
            ui.close();
        }
    }
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

/// An entry for a command.
pub(super) fn item_ui(ui: &mut Ui, cx: &mut Context<'_>, info: &CommandInfo) -> Response {
    let state = enabled(&info.command, cx.state);
    let on = cx.is_on(&info.command);
    let text = match (&info.command, state) {
        (Command::Undo, Ok(())) => with_label(info.text, cx.state.history.undo_label()),
        (Command::Redo, Ok(())) => with_label(info.text, cx.state.history.redo_label()),
        _ => info.text.to_owned(),
    };
    let mut button = egui::Button::new(text).wrap_mode(egui::TextWrapMode::Extend);
    if let Some(shortcut) = &info.shortcut {
        let keys = ui.ctx().format_shortcut(shortcut);
        button = button.shortcut_text(RichText::new(keys).color(Palette::of(ui).text_faint));
    } else if on == Some(true) {
        button = button.shortcut_text(RichText::new("✓").color(Palette::of(ui).accent));
    }
    let response = ui.add_enabled(state.is_ok(), button).on_hover_text(info.tooltip);
    let response = match state {
        Ok(()) => response,
        Err(reason) => response.on_disabled_hover_text(reason),
    };
    if on == Some(true) && info.shortcut.is_some() {
        let at = egui::pos2(response.rect.left() + 1.0, response.rect.center().y);
        ui.painter().circle_filled(at + egui::vec2(3.0, 0.0), 2.0, Palette::of(ui).accent);
    }
    if response.clicked() {
        cx.commands.push(info.command.clone());
        ui.close();
    }
    response
}

fn with_label(text: &str, label: Option<&str>) -> String {
    match label {
        Some(label) if !label.is_empty() => format!("{text} {label}"),
        _ => text.to_owned(),
    }
}

/// What can be done with the selection, for a click with the other button.
pub(super) fn node_menu_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    ui.set_min_width(200.0);
    let groups: [&[&str]; 5] = [
        &["edit.rename", "edit.duplicate", "view.fit-selection"],
        &["edit.hide", "edit.isolate", "edit.show-all"],
        &["boolean.union", "boolean.difference", "boolean.intersection"],
        &["edit.group", "edit.dissolve", "edit.freeze"],
        &["edit.delete"],
    ];
    let table = std::rc::Rc::clone(&cx.table);
    for (number, ids) in groups.iter().enumerate() {
        if number > 0 {
            separator(ui);
        }
        for id in *ids {
            if let Some(info) = table.iter().find(|info| info.id == *id) {
                item_ui(ui, cx, info);
            }
        }
    }
}

/// The shapes that can be added, with icons.
pub(super) fn add_menu_ui(ui: &mut Ui, cx: &mut Context<'_>) {
    icon_items_ui(
        ui,
        cx,
        &[
            ("add.box", Icon::Box),
            ("add.sphere", Icon::Sphere),
            ("add.cylinder", Icon::Cylinder),
            ("add.cone", Icon::Cone),
            ("add.torus", Icon::Torus),
        ],
    );
}

/// Entries with icons in front.
pub(super) fn icon_items_ui(ui: &mut Ui, cx: &mut Context<'_>, items: &[(&str, Icon)]) {
    ui.set_min_width(160.0);
    let table = std::rc::Rc::clone(&cx.table);
    ui.spacing_mut().button_padding.x = 34.0;
    for (id, icon) in items {
        let Some(info) = table.iter().find(|info| info.id == *id) else { continue };
        let response = item_ui(ui, cx, info);
        let palette = Palette::of(ui);
        let on = cx.is_on(&info.command) == Some(true);
        let color = if on { palette.accent } else { palette.text_dim };
        let at = egui::pos2(response.rect.left() + 18.0, response.rect.center().y);
        let color = if response.enabled() { color } else { color.gamma_multiply(0.4) };
        icons::paint_sized(ui.painter(), at, *icon, color, icons::SIZE);
    }
}

/// Whether the tree has the keyboard, so that its keys are not commands.
pub(super) fn tree_has_keyboard(ctx: &egui::Context) -> bool {
    ctx.memory(|memory| memory.has_focus(tree::keyboard_id()))
}
