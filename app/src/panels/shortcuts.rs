//! Keys: calling commands by them, and a window that lists them.

use egui::{Align, Context as EguiContext, Key, KeyboardShortcut, Layout, Modifiers, Popup, RichText, Ui};

use super::{Context, centered, menu};
use crate::command::{self, Command, CommandInfo, Menu};
use crate::state::State;
use crate::theme::{self, Palette};

/// Further keys for commands of the table.
const ALIASES: [(&str, KeyboardShortcut); 3] = [
    ("edit.delete", KeyboardShortcut::new(Modifiers::NONE, Key::Backspace)),
    ("edit.redo", KeyboardShortcut::new(Modifiers::COMMAND, Key::Y)),
    ("app.palette", KeyboardShortcut::new(Modifiers::COMMAND, Key::K)),
];

/// Turns pressed keys into commands, unless a text field or a menu has the keyboard.
pub fn handle_shortcuts(ctx: &EguiContext, state: &State, commands: &mut Vec<Command>) {
    // Escape and Enter take the keyboard from a field before anybody is asked, so the last frame counts too.
    let id = egui::Id::unique("typing last frame");
    let now = ctx.text_edit_focused();
    let typing = now || ctx.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    ctx.data_mut(|data| data.insert_temp(id, now));
    let pressed = ctx.input(|input| {
        input.events.iter().any(|event| matches!(event, egui::Event::Key { pressed: true, .. }))
    });
    if !pressed {
        return;
    }
    let covered = state.view.palette_open || state.view.handle_dragged || Popup::is_any_open(ctx);
    let mut rows: Vec<(KeyboardShortcut, CommandInfo)> = Vec::new();
    for info in command::table() {
        let aliases = ALIASES.iter().filter(|(id, _)| *id == info.id).map(|(_, shortcut)| *shortcut);
        rows.extend(info.shortcut.into_iter().chain(aliases).map(|shortcut| (shortcut, info.clone())));
    }
    // With the most modifiers first, because fewer match as well.
    rows.sort_by_key(|(shortcut, _)| std::cmp::Reverse(num_modifiers(shortcut.modifiers)));
    for (shortcut, info) in rows {
        let always = matches!(info.command, Command::TogglePalette);
        let file =
            matches!(info.command, Command::SaveProject | Command::SaveProjectAs | Command::ChooseFiles);
        if !always && (covered || (typing && !file)) {
            continue;
        }
        let plain = shortcut.modifiers.is_none();
        let in_tree = menu::tree_has_keyboard(ctx) && matches!(shortcut.logical_key, Key::Enter | Key::Space);
        // A key without modifiers must not be taken for one with: Ctrl+A is not A.
        let held = ctx.input(|input| input.modifiers);
        if in_tree || (plain && (held.command || held.ctrl || held.alt)) {
            continue;
        }
        if !ctx.input_mut(|input| input.consume_shortcut(&shortcut)) {
            continue;
        }
        if command::enabled(&info.command, state).is_ok() {
            commands.push(info.command);
        }
    }
}

fn num_modifiers(modifiers: Modifiers) -> u32 {
    [modifiers.command || modifiers.ctrl, modifiers.shift, modifiers.alt].into_iter().map(u32::from).sum()
}

/// The window that lists all keys.
pub(super) fn window_ui(ui: &Ui, cx: &mut Context<'_>) {
    if !cx.state.view.shortcuts_open {
        return;
    }
    let rect = centered(ui.ctx().content_rect(), egui::vec2(620.0, 560.0));
    let id = egui::Id::unique("shortcuts");
    let area = egui::Modal::default_area(id).default_size(rect.size());
    let modal = egui::Modal::new(id).area(area).frame(super::card(ui).inner_margin(16.0));
    let response = modal.show(ui.ctx(), |ui| {
        ui.set_width(rect.width() - 32.0);
        super::settings_window::title_ui(ui, "Keyboard shortcuts");
        egui::ScrollArea::vertical().max_height(rect.height() - 80.0).show(ui, |ui| {
            let two = ui.available_width() > 460.0;
            let table = std::rc::Rc::clone(&cx.table);
            let menus: Vec<_> =
                Menu::ALL.iter().filter(|(menu, _)| table.iter().any(|info| has_keys(info, *menu))).collect();
            if two {
                ui.columns(2, |columns| {
                    for (number, (menu, title)) in menus.iter().enumerate() {
                        // The view's list is as long as all others together.
                        let column = usize::from(*menu == Menu::View || number + 1 == menus.len());
                        group_ui(&mut columns[column], &table, *menu, title);
                    }
                });
            } else {
                for (menu, title) in menus {
                    group_ui(ui, &table, *menu, title);
                }
            }
        });
    });
    if response.should_close() {
        cx.commands.push(Command::ToggleShortcuts);
    }
}

fn has_keys(info: &CommandInfo, menu: Menu) -> bool {
    info.menu == menu && info.shortcut.is_some()
}

fn group_ui(ui: &mut Ui, table: &[CommandInfo], menu: Menu, title: &str) {
    let palette = Palette::of(ui);
    ui.add_space(4.0);
    ui.label(RichText::new(title).font(theme::strong(theme::SMALL)).color(palette.text_faint));
    for info in table.iter().filter(|info| has_keys(info, menu)) {
        let Some(shortcut) = &info.shortcut else { continue };
        ui.spacing_mut().interact_size.y = 20.0;
        ui.horizontal(|ui| {
            ui.label(info.text.trim_end_matches('…'));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(8.0);
                ui.label(RichText::new(ui.ctx().format_shortcut(shortcut)).color(palette.text_dim));
            });
        });
    }
}
