//! The scene tree: what there is, what of it is shown, and in which order it was selected.

use std::collections::{BTreeMap, BTreeSet};

use document::{Document, NodeId};
use egui::{Key, Modifiers, Rect, Sense, Ui, vec2};

use super::Context;
use super::widgets;
use crate::command::Command;
use crate::parts::NodeStatus;
use crate::theme::{self, Palette};

mod drag;
mod row;

pub(super) use row::icon_of;

/// What the tree remembers.
#[derive(Default)]
pub(super) struct Tree {
    /// Nodes that are not open or closed as they would be by themselves.
    toggled: BTreeSet<NodeId>,
    search: String,
    rows: Vec<Row>,
    rows_of: Option<(u64, u64, String)>,
    /// Rises with every change of what is open.
    version: u64,
    /// Where Shift begins.
    anchor: Option<NodeId>,
    /// The selection as of the last frame, to notice when somebody else selects.
    seen: Vec<NodeId>,
    renaming: Option<Renaming>,
    /// Whether the keyboard came by Tab, so that it must be seen where it is.
    focus_shown: bool,
    /// The row under the pointer, as of this frame.
    pointed: Option<NodeId>,
    badges: Badges,
}

struct Renaming {
    node: NodeId,
    text: String,
    /// Whether the field got the keyboard already.
    begun: bool,
}

/// A line of the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Row {
    id: NodeId,
    depth: u16,
    has_children: bool,
    open: bool,
    /// It is an operand, and as such hidden.
    operand: bool,
}

/// What is said of nodes at the right of their rows, found out once per change.
#[derive(Default)]
struct Badges {
    of: (u64, u64),
    known: BTreeMap<NodeId, Badge>,
}

#[derive(Clone, Debug, PartialEq)]
enum Badge {
    None,
    Working,
    Failed(String),
    Warning(String),
}

impl Badges {
    fn get(&mut self, cx: &Context<'_>, id: NodeId) -> Badge {
        let of = (cx.state.revision, cx.state.parts.version());
        if self.of != of {
            self.of = of;
            self.known.clear();
        }
        self.known.entry(id).or_insert_with(|| badge(cx, id)).clone()
    }
}

fn badge(cx: &Context<'_>, id: NodeId) -> Badge {
    let (document, parts) = (cx.state.document(), &cx.state.parts);
    match parts.status(document, id) {
        NodeStatus::Working => return Badge::Working,
        NodeStatus::Failed(error) => return Badge::Failed(error.to_string()),
        NodeStatus::Ready => {}
    }
    let mut warnings = Vec::new();
    if let Some(source) = document.node(id).and_then(|node| node.source.as_ref()) {
        warnings.extend(source.warnings.iter().map(|warning| warning.message.clone()));
    }
    if let Some(part) = parts.shown(document, id) {
        let facts = &part.facts;
        if facts.num_triangles > 0 && !facts.closed {
            warnings.push("Open mesh: booleans need a closed one".to_owned());
        }
    }
    if let Some(notes) = document::evaluation_key(document, id).and_then(|key| parts.evaluated(key)) {
        warnings.extend(notes.remarks.notes.iter().map(|note| note.message.clone()));
    }
    match warnings.len() {
        0 => Badge::None,
        1..=4 => Badge::Warning(warnings.join("\n")),
        count => Badge::Warning(format!("{}\nand {} more", warnings[..3].join("\n"), count - 3)),
    }
}

impl Tree {
    /// Shows the tree in all of the room there is.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        self.notice_selection(cx);
        self.notice_renaming(cx);
        self.header_ui(ui, cx);
        self.update_rows(cx);
        if cx.state.document().is_empty() {
            let palette = Palette::of(ui);
            ui.add_space(6.0);
            ui.horizontal(|ui| {
                ui.add_space(12.0);
                ui.label(egui::RichText::new("Parts appear here.").color(palette.text_faint));
            });
            return;
        }
        let rect = ui.available_rect_before_wrap();
        let scroll_to = self.keyboard(ui, cx);
        let before = self.pointed.take();
        self.rows_ui(ui, cx, scroll_to);
        if self.focus_shown {
            let stroke = egui::Stroke::new(1.5, Palette::of(ui).accent);
            ui.painter().rect_stroke(rect.shrink(1.0), 4.0, stroke, egui::StrokeKind::Inside);
        }
        if self.pointed.is_some() {
            cx.state.view.hovered = self.pointed;
        } else if before.is_some() && cx.state.view.hovered == before {
            cx.state.view.hovered = None;
        }
    }

    fn header_ui(&mut self, ui: &mut Ui, cx: &Context<'_>) {
        let palette = Palette::of(ui);
        egui::Frame::new().inner_margin(egui::Margin { left: 10, right: 8, top: 8, bottom: 6 }).show(
            ui,
            |ui| {
                ui.horizontal(|ui| {
                    ui.label(egui::RichText::new("Scene").font(theme::strong(theme::TEXT)));
                    let count = crate::units::count(cx.state.document().num_nodes());
                    ui.label(egui::RichText::new(count).color(palette.text_faint).size(theme::SMALL));
                });
                ui.add_space(2.0);
                if cx.touch {
                    ui.spacing_mut().interact_size.y = theme::TOUCH;
                }
                widgets::search_field(ui, &mut self.search, "Search", "Search the scene");
            },
        );
    }

    /// Opens what hides a selection that was made elsewhere.
    fn notice_selection(&mut self, cx: &Context<'_>) {
        let selection = &cx.state.view.selection;
        if *selection == self.seen {
            return;
        }
        self.seen.clone_from(selection);
        let Some(&last) = selection.last() else { return };
        if !self.rows.iter().any(|row| row.id == last) {
            self.reveal(cx.state.document(), last);
        }
    }

    fn reveal(&mut self, document: &Document, id: NodeId) {
        let mut next = document.node(id).and_then(|node| node.parent);
        while let Some(parent) = next {
            if !self.is_open(document, parent) {
                self.toggle(parent);
            }
            next = document.node(parent).and_then(|node| node.parent);
        }
    }

    fn notice_renaming(&mut self, cx: &mut Context<'_>) {
        if let Some(node) = cx.state.view.renaming.take()
            && let Some(name) = cx.state.document().node(node).map(|node| node.name.clone())
        {
            self.reveal(cx.state.document(), node);
            self.renaming = Some(Renaming { node, text: name, begun: false });
        }
    }

    fn is_open(&self, document: &Document, id: NodeId) -> bool {
        let Some(node) = document.node(id) else { return false };
        // Of large models only the top is shown at first.
        let by_itself = node.children.len() <= 60 && (node.parent.is_none() || document.num_nodes() <= 400);
        by_itself != self.toggled.contains(&id)
    }

    fn toggle(&mut self, id: NodeId) {
        if !self.toggled.remove(&id) {
            self.toggled.insert(id);
        }
        self.version += 1;
    }

    fn update_rows(&mut self, cx: &Context<'_>) {
        let of = (cx.state.revision, self.version, self.search.clone());
        if self.rows_of.as_ref() == Some(&of) {
            return;
        }
        let document = cx.state.document();
        self.rows =
            if self.search.trim().is_empty() { self.all_rows(document) } else { self.found_rows(document) };
        self.toggled.retain(|&id| document.node(id).is_some());
        self.rows_of = Some(of);
    }

    fn all_rows(&self, document: &Document) -> Vec<Row> {
        let mut rows = Vec::new();
        let mut stack: Vec<(NodeId, u16, bool)> =
            document.roots().iter().rev().map(|&id| (id, 0, false)).collect();
        while let Some((id, depth, operand)) = stack.pop() {
            let Some(node) = document.node(id) else { continue };
            let has_children = !node.children.is_empty();
            let open = has_children && self.is_open(document, id);
            rows.push(Row { id, depth, has_children, open, operand });
            if open {
                let operand = operand || node.content.is_operation();
                stack.extend(
                    node.children.iter().rev().map(|&child| (child, depth.saturating_add(1), operand)),
                );
            }
        }
        rows
    }

    fn found_rows(&self, document: &Document) -> Vec<Row> {
        let wanted = self.search.trim().to_lowercase();
        let mut rows = Vec::new();
        for &root in document.roots() {
            for id in document.subtree(root) {
                let Some(node) = document.node(id) else { continue };
                if node.name.to_lowercase().contains(&wanted) {
                    let operand = document.operation_above(id).is_some();
                    rows.push(Row { id, depth: 0, has_children: false, open: false, operand });
                }
            }
        }
        rows
    }

    fn rows_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, scroll_to: Option<usize>) {
        let height = if cx.touch { theme::TOUCH } else { theme::ROW };
        ui.spacing_mut().item_spacing.y = 0.0;
        if self.rows.is_empty() {
            ui.horizontal(|ui| {
                ui.add_space(12.0);
                ui.label(egui::RichText::new("Nothing has this name.").color(Palette::of(ui).text_faint));
            });
        }
        let rows = std::mem::take(&mut self.rows);
        let scroll = egui::ScrollArea::vertical().auto_shrink(false).id_salt("tree rows");
        let wanted = scroll_to.map(|row| egui::Rangef::new(row as f32 * height, (row + 1) as f32 * height));
        scroll.show_viewport(ui, |ui, visible| {
            ui.set_height(rows.len() as f32 * height + theme::ROW);
            if let Some(range) =
                wanted.filter(|range| range.min < visible.top() || range.max > visible.bottom())
            {
                let top = ui.max_rect().top();
                let target =
                    Rect::from_x_y_ranges(ui.max_rect().x_range(), (range.min + top)..=(range.max + top));
                ui.scroll_to_rect_animation(target, None, egui::style::ScrollAnimation::none());
            }
            let first = (visible.top() / height).floor().max(0.0) as usize;
            let last = ((visible.bottom() / height).ceil() as usize).min(rows.len());
            self.empty_space_ui(ui, cx, rows.len() as f32 * height);
            for (index, row) in rows.iter().enumerate().take(last).skip(first) {
                let top = ui.max_rect().top() + index as f32 * height;
                let rect = Rect::from_min_size(
                    egui::pos2(ui.max_rect().left(), top),
                    vec2(ui.max_rect().width(), height),
                );
                self.row_ui(ui, cx, &rows, row, rect);
            }
        });
        self.rows = rows;
    }

    /// A click below the rows selects nothing; a drop there goes to the end.
    fn empty_space_ui(&self, ui: &Ui, cx: &mut Context<'_>, used: f32) {
        let mut rect = ui.max_rect().intersect(ui.clip_rect());
        rect.min.y = rect.min.y.max(ui.max_rect().top() + used);
        if rect.height() <= 0.0 {
            return;
        }
        let response = ui.interact(rect, ui.scope_id().with("below the rows"), Sense::CLICK);
        if response.clicked() {
            cx.commands.push(Command::SelectNone);
        }
        drag::drop_at_end(ui, cx, &response);
    }

    /// Shows that the keyboard is here, which came by a key.
    pub(super) fn show_focus(&mut self) {
        self.focus_shown = true;
    }

    /// Arrows, Enter and Space while the tree has the keyboard; the row to bring into view.
    fn keyboard(&mut self, ui: &Ui, cx: &mut Context<'_>) -> Option<usize> {
        let id = keyboard_id();
        let rect = ui.available_rect_before_wrap();
        let response = ui.interact(rect, id, Sense::FOCUSABLE);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Tree, true, "Scene tree"));
        let filter =
            egui::EventFilter { vertical_arrows: true, horizontal_arrows: true, ..Default::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(id, filter));
        if response.gained_focus() {
            self.focus_shown = ui.input(|input| input.key_pressed(Key::Tab));
        }
        self.focus_shown &= response.has_focus();
        if !response.has_focus() || self.renaming.is_some() {
            return None;
        }
        let pressed = |key, modifiers| ui.input_mut(|input| input.consume_key(modifiers, key));
        let at =
            cx.state.view.selection.last().and_then(|last| self.rows.iter().position(|row| row.id == *last));
        let extend = pressed(Key::ArrowDown, Modifiers::SHIFT);
        let extend_up = pressed(Key::ArrowUp, Modifiers::SHIFT);
        if extend || pressed(Key::ArrowDown, Modifiers::NONE) {
            let next = at.map_or(0, |at| (at + 1).min(self.rows.len().saturating_sub(1)));
            return self.go_to(cx, next, extend);
        }
        if extend_up || pressed(Key::ArrowUp, Modifiers::NONE) {
            return self.go_to(cx, at.unwrap_or(0).saturating_sub(1), extend_up);
        }
        let at = at?;
        let row = *self.rows.get(at)?;
        if pressed(Key::ArrowRight, Modifiers::NONE) && row.has_children {
            if row.open {
                return self.go_to(cx, at + 1, false);
            }
            self.toggle(row.id);
        } else if pressed(Key::ArrowLeft, Modifiers::NONE) {
            if row.open {
                self.toggle(row.id);
            } else {
                let parent = cx.state.document().node(row.id)?.parent?;
                let position = self.rows.iter().position(|row| row.id == parent)?;
                return self.go_to(cx, position, false);
            }
        } else if pressed(Key::Enter, Modifiers::NONE) {
            cx.state.view.renaming = Some(row.id);
        } else if pressed(Key::Space, Modifiers::NONE) {
            row::toggle_visible(cx, row.id);
        }
        None
    }

    fn go_to(&mut self, cx: &mut Context<'_>, index: usize, extend: bool) -> Option<usize> {
        let row = *self.rows.get(index)?;
        self.select(cx, row.id, extend, false, &self.rows.clone());
        Some(index)
    }

    /// Selects as a click with these keys does.
    fn select(&mut self, cx: &mut Context<'_>, id: NodeId, range: bool, add: bool, rows: &[Row]) {
        let mut selection = cx.state.view.selection.clone();
        let position = |id: NodeId| rows.iter().position(|row| row.id == id);
        if range && let (Some(from), Some(to)) = (self.anchor.and_then(position), position(id)) {
            let between = &rows[from.min(to)..=from.max(to)];
            if !add {
                selection.clear();
            }
            // From the anchor on, so that the part that was clicked first stays the first.
            let in_order: Vec<NodeId> = match from <= to {
                true => between.iter().map(|row| row.id).collect(),
                false => between.iter().rev().map(|row| row.id).collect(),
            };
            selection.extend(in_order.into_iter().filter(|id| !cx.state.view.selection.contains(id) || !add));
        } else if add {
            match selection.iter().position(|&selected| selected == id) {
                Some(position) => _ = selection.remove(position),
                None => selection.push(id),
            }
            self.anchor = Some(id);
        } else {
            selection = vec![id];
            self.anchor = Some(id);
        }
        self.seen.clone_from(&selection);
        cx.commands.push(Command::Select(selection));
    }
}

/// The widget that stands for the tree's keyboard focus.
pub(super) fn keyboard_id() -> egui::Id {
    egui::Id::unique("scene tree keyboard")
}
