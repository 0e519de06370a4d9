//! The command palette: any command by a few letters of its name.

use egui::{
    Align2, Area, Color32, CornerRadius, Id, Key, Margin, Modal, Modifiers, Order, Rect, Sense, Ui,
    WidgetInfo, pos2, vec2,
};

use super::widgets;
use super::{Context, card, centered};
use crate::command::{Command, CommandInfo, Menu, enabled};
use crate::icons::{self, Icon};
use crate::theme::{self, Palette};

/// Recent commands remembered.
const MOST_RECENT: usize = 6;

/// The height of a row.
const ROW: f32 = 34.0;

/// What the palette remembers.
#[derive(Default)]
pub(super) struct CommandPalette {
    query: String,
    chosen: usize,
    /// Ids of commands called lately, newest first.
    recent: Vec<&'static str>,
    was_open: bool,
}

impl CommandPalette {
    /// Shows it when it is open.
    pub(super) fn ui(&mut self, ui: &Ui, cx: &mut Context<'_>) {
        if !cx.state.view.palette_open {
            self.was_open = false;
            return;
        }
        let begun = !std::mem::replace(&mut self.was_open, true);
        if begun {
            self.query.clear();
            self.chosen = 0;
        }
        let screen = ui.ctx().content_rect();
        let rect = centered(screen, vec2(560.0, 420.0));
        let id = Id::unique("command palette");
        let area = Area::new(id).order(Order::Foreground).fixed_pos(rect.min).default_size(rect.size());
        let modal = Modal::new(id)
            .area(area)
            .frame(card(ui).inner_margin(Margin::same(8)))
            .backdrop_color(Color32::from_black_alpha(70));
        let response = modal.show(ui.ctx(), |ui| {
            ui.set_width(rect.width() - 16.0);
            self.content_ui(ui, cx, begun, rect.height());
        });
        if response.should_close() {
            cx.commands.push(Command::TogglePalette);
        }
    }

    fn content_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, begun: bool, height: f32) {
        let id = Id::unique("command palette query");
        let keys = ui.input_mut(|input| {
            let mut moves = input.count_and_consume_key(Modifiers::NONE, Key::ArrowDown) as isize;
            moves -= input.count_and_consume_key(Modifiers::NONE, Key::ArrowUp) as isize;
            (moves, input.consume_key(Modifiers::NONE, Key::Enter))
        });
        let field = widgets::text_field(&mut self.query, "Type a command")
            .id(id)
            .font(theme::plain(15.0))
            .min_size(vec2(0.0, 38.0))
            .frame(egui::Frame::NONE.inner_margin(Margin { left: 36, right: 8, top: 0, bottom: 0 }))
            .desired_width(ui.available_width());
        let response = ui.add(field).accessible_name("Command");
        let at = pos2(response.rect.left() + 18.0, response.rect.center().y);
        icons::paint(
            ui.painter(),
            Rect::from_center_size(at, vec2(16.0, 16.0)),
            Icon::Search,
            Palette::of(ui).text_faint,
        );
        if begun || !response.has_focus() {
            response.request_focus();
        }
        if response.changed() {
            self.chosen = 0;
        }
        let table = std::rc::Rc::clone(&cx.table);
        let found = self.found(&table);
        self.chosen = (self.chosen as isize + keys.0).clamp(0, found.len().max(1) as isize - 1) as usize;
        ui.add_space(2.0);
        ui.separator();
        ui.add_space(2.0);
        let palette = Palette::of(ui);
        if found.is_empty() {
            ui.add_space(8.0);
            ui.label(egui::RichText::new("No command has this name.").color(palette.text_faint));
        }
        let mut called = keys.1.then(|| found.get(self.chosen).copied()).flatten();
        ui.spacing_mut().item_spacing.y = 0.0;
        // The window remembers how high it was, and a shorter list must not limit a longer one.
        let list_height = (found.len() as f32 * ROW).min(height - 80.0);
        let scroll = egui::ScrollArea::vertical().max_height(list_height).min_scrolled_height(list_height);
        scroll.auto_shrink([false, true]).show(ui, |ui| {
            for (index, info) in found.iter().enumerate() {
                if self.row_ui(ui, cx, info, index, keys.0 != 0) {
                    called = Some(info);
                }
            }
        });
        if let Some(info) = called
            && enabled(&info.command, cx.state).is_ok()
        {
            self.recent.retain(|id| *id != info.id);
            self.recent.insert(0, info.id);
            self.recent.truncate(MOST_RECENT);
            // Closed first, so that a command that opens it again could.
            cx.commands.push(Command::TogglePalette);
            if !matches!(info.command, Command::TogglePalette) {
                cx.commands.push(info.command.clone());
            }
        }
    }

    /// The commands that match, best first.
    fn found<'t>(&self, table: &'t [CommandInfo]) -> Vec<&'t CommandInfo> {
        let recent =
            |info: &CommandInfo| self.recent.iter().position(|id| *id == info.id).unwrap_or(usize::MAX);
        let mut found: Vec<(i32, usize, &CommandInfo)> =
            table.iter().filter_map(|info| Some((score(&self.query, info)?, recent(info), info))).collect();
        found.sort_by_key(|(score, recent, _)| (-score, *recent));
        found.into_iter().map(|(_, _, info)| info).collect()
    }

    /// A command; whether it was clicked.
    fn row_ui(
        &mut self,
        ui: &mut Ui,
        cx: &Context<'_>,
        info: &CommandInfo,
        index: usize,
        follow: bool,
    ) -> bool {
        let palette = Palette::of(ui);
        let state = enabled(&info.command, cx.state);
        let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::CLICK);
        let chosen = index == self.chosen;
        response.widget_info(|| {
            WidgetInfo::selected(egui::accesskit::Role::ListBoxOption, state.is_ok(), chosen, info.text)
        });
        if response.hovered() && ui.input(|input| input.pointer.delta() != egui::Vec2::ZERO) {
            self.chosen = index;
        }
        if chosen {
            ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), palette.hover);
            if follow {
                response.scroll_to_me(None);
            }
        }
        let color = if state.is_ok() { palette.text } else { palette.text_faint };
        if let Some(icon) = super::menu::icon_of_command(info.id) {
            let color = if state.is_ok() { palette.text_dim } else { palette.text_faint.gamma_multiply(0.6) };
            let square = Rect::from_center_size(rect.left_center() + vec2(18.0, 0.0), vec2(16.0, 16.0));
            icons::paint(ui.painter(), square, icon, color);
        }
        let left = rect.left_center() + vec2(36.0, 0.0);
        let name = ui.painter().text(left, Align2::LEFT_CENTER, info.text, theme::plain(theme::TEXT), color);
        let note = state.err().unwrap_or(info.tooltip);
        let keys_left = self.keys_ui(ui, info, rect);
        let note_rect =
            Rect::from_min_max(pos2(name.right() + 12.0, rect.top()), pos2(keys_left - 8.0, rect.bottom()));
        if note_rect.width() > 40.0 {
            let color = if state.is_err() { palette.warning.gamma_multiply(0.8) } else { palette.text_faint };
            widgets::text_within(ui, note_rect, Align2::LEFT_CENTER, note, theme::plain(12.0), color);
        }
        response.clicked()
    }

    /// Keys, a mark of a recent command, and the menu; gives where they begin.
    fn keys_ui(&self, ui: &Ui, info: &CommandInfo, rect: Rect) -> f32 {
        let palette = Palette::of(ui);
        let mut right = rect.right() - 10.0;
        if let Some(shortcut) = &info.shortcut {
            let text = ui.ctx().format_shortcut(shortcut);
            right = widgets::key_cap(ui, pos2(right, rect.center().y), &text) - 8.0;
        }
        if self.query.is_empty() && self.recent.contains(&info.id) {
            icons::paint_sized(
                ui.painter(),
                pos2(right - 8.0, rect.center().y),
                Icon::Clock,
                palette.text_faint,
                13.0,
            );
            right -= 22.0;
        } else if rect.width() > 420.0 {
            let menu = Menu::ALL.iter().find(|(menu, _)| *menu == info.menu).map_or("", |(_, title)| title);
            let at = pos2(right, rect.center().y);
            let font = theme::plain(theme::SMALL);
            right = ui.painter().text(at, Align2::RIGHT_CENTER, menu, font, palette.text_faint).left();
        }
        right
    }
}

/// How well a query fits a command: its letters in order, better at the beginnings of words and side by side.
fn score(query: &str, info: &CommandInfo) -> Option<i32> {
    let by_name = fuzzy(query, info.text);
    let by_tooltip = fuzzy(query, info.tooltip).map(|score| score / 4 - 20).filter(|score| *score > 0);
    by_name.max(by_tooltip)
}

fn fuzzy(query: &str, text: &str) -> Option<i32> {
    let text: Vec<char> = text.to_lowercase().chars().collect();
    let mut score = 0;
    let mut at = 0;
    let mut last = None;
    for wanted in query.to_lowercase().chars().filter(|c| !c.is_whitespace()) {
        let begins_word = |position: usize| position == 0 || !text[position - 1].is_alphanumeric();
        let matching = (at..text.len()).filter(|&position| text[position] == wanted);
        let beside = last.map(|last: usize| last + 1);
        // The neighbour, else the next beginning of a word, else the next one.
        let mut candidates: Vec<usize> = matching.collect();
        candidates.sort_by_key(|&position| (Some(position) != beside, !begins_word(position), position));
        let position = *candidates.first()?;
        score += match () {
            () if Some(position) == beside => 14,
            () if begins_word(position) => 12,
            () => 2,
        };
        score += if position == 0 { 6 } else { 0 };
        last = Some(position);
        at = position + 1;
    }
    Some(score * 4 - if query.is_empty() { 0 } else { text.len() as i32 / 4 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn best(query: &str) -> &'static str {
        let table = crate::command::table();
        CommandPalette { query: query.to_owned(), ..CommandPalette::default() }.found(&table)[0].id
    }

    #[test]
    fn a_few_letters_find_a_command() {
        assert_eq!(best("uni"), "boolean.union");
        assert_eq!(best("fa"), "view.fit-all");
        assert_eq!(best("exp stl"), "export.stl");
        assert_eq!(best("box"), "add.box");
        assert_eq!(best("sn"), "tool.snap");
        assert_eq!(best("sno"), "edit.select-none");
        assert_eq!(best("undo"), "edit.undo");
        assert!(fuzzy("xyz", "Box").is_none());
    }

    #[test]
    fn recent_commands_come_first() {
        let table = crate::command::table();
        let palette = CommandPalette { recent: vec!["view.grid", "add.cone"], ..CommandPalette::default() };
        let ids: Vec<&str> = palette.found(&table).iter().map(|info| info.id).take(3).collect();
        assert_eq!(ids, ["view.grid", "add.cone", "file.open"]);
    }
}
