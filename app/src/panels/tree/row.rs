//! One line of the tree.

use document::{Content, Edit, Node, NodeId};
use egui::accesskit::Role;
use egui::{CornerRadius, Key, Rect, Response, Sense, Ui, WidgetInfo, pos2, vec2};
use geometry::Primitive;
use jobs::{BooleanOp, OffsetKept, Operation, TrimKept};

use super::{Badge, Renaming, Row, Tree, drag, keyboard_id};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::panels::widgets::{self, IconButton};
use crate::panels::{Context, menu};
use crate::theme::{self, Palette};

/// How far children stand to the right of their parents.
const INDENT: f32 = 14.0;

impl Tree {
    pub(super) fn row_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, rows: &[Row], row: &Row, rect: Rect) {
        let Some(node) = cx.state.document().node(row.id).cloned() else { return };
        let id = egui::Id::unique(("tree row", row.id.0));
        let response = ui.interact(rect, id, Sense::CLICK | Sense::DRAG);
        let selected = cx.state.view.selection.contains(&row.id);
        response.widget_info(|| WidgetInfo::selected(Role::TreeItem, true, selected, &node.name));
        paint_background(ui, cx, rect, row.id, selected);
        if response.hovered() {
            self.pointed = Some(row.id);
        }
        let left = rect.left() + 6.0 + f32::from(row.depth) * INDENT;
        if row.has_children {
            self.disclosure_ui(
                ui,
                row,
                Rect::from_min_size(pos2(left, rect.top()), vec2(16.0, rect.height())),
            );
        }
        let shown = cx.state.is_shown(row.id);
        let palette = Palette::of(ui);
        let color = match () {
            () if !shown && !row.operand => palette.text_faint.gamma_multiply(0.8),
            () if row.operand => palette.text_faint,
            () => palette.text,
        };
        let icon_color = if selected { palette.accent } else { color.gamma_multiply(0.85) };
        let icon_rect = Rect::from_min_size(pos2(left + 17.0, rect.top()), vec2(16.0, rect.height()));
        icons::paint(ui.painter(), icon_rect, icon_of(&node), icon_color);
        let right = self.right_side_ui(ui, cx, row, &node, rect);
        let name = Rect::from_min_max(pos2(left + 38.0, rect.top()), pos2(right, rect.bottom()));
        if self.renaming.as_ref().is_some_and(|renaming| renaming.node == row.id) {
            self.rename_ui(ui, cx, name);
        } else {
            paint_name(ui, &node.name, name, color);
            self.react(ui, cx, rows, row, &response);
        }
    }

    fn disclosure_ui(&mut self, ui: &Ui, row: &Row, rect: Rect) {
        let palette = Palette::of(ui);
        let response = ui.interact(rect, egui::Id::unique(("tree open", row.id.0)), Sense::CLICK);
        let label = if row.open { "Collapse" } else { "Expand" };
        response.widget_info(|| WidgetInfo::selected(Role::DisclosureTriangle, true, row.open, label));
        let icon = if row.open { Icon::ChevronDown } else { Icon::ChevronRight };
        let color = if response.hovered() { palette.text } else { palette.text_faint };
        icons::paint_sized(ui.painter(), rect.center(), icon, color, 14.0);
        if response.clicked() {
            self.toggle(row.id);
        }
    }

    /// Marks and buttons at the right; gives where they begin.
    fn right_side_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        row: &Row,
        node: &Node,
        rect: Rect,
    ) -> f32 {
        let side = rect.height().min(if cx.touch { theme::TOUCH } else { 24.0 });
        let mut right = rect.right() - 4.0;
        let mut next = |width: f32| {
            right -= width;
            Rect::from_center_size(pos2(right + width * 0.5, rect.center().y), vec2(width, side))
        };
        let over = ui.rect_contains_pointer(rect);
        let id = egui::Id::unique(("tree buttons", row.id.0));
        if over || cx.touch || !node.visible {
            let (icon, verb) = if node.visible { (Icon::Eye, "Hide") } else { (Icon::EyeOff, "Show") };
            let label = format!("{verb} {}", node.name);
            let at = next(side);
            if !row.operand && IconButton::new(icon, &label).show_at(ui, at, id.with("eye")).clicked() {
                toggle_visible(cx, row.id);
            }
        }
        let alone = cx.state.view.isolated.as_ref().is_some_and(|shown| shown.contains(&row.id));
        if (over && !row.operand) || alone {
            let label = format!("{} {}", if alone { "End isolating" } else { "Isolate" }, node.name);
            let button = IconButton::new(Icon::Isolate, &label).selected(alone);
            if button.show_at(ui, next(side), id.with("isolate")).clicked() {
                if !alone {
                    cx.commands.push(Command::Select(vec![row.id]));
                }
                cx.commands.push(Command::Isolate);
            }
        }
        self.badge_ui(ui, cx, row.id, &mut next);
        operand_mark_ui(ui, cx, row.id, &mut next);
        right - 4.0
    }

    fn badge_ui(&mut self, ui: &Ui, cx: &Context<'_>, node: NodeId, next: &mut impl FnMut(f32) -> Rect) {
        let palette = Palette::of(ui);
        let (icon, color, text) = match self.badges.get(cx, node) {
            Badge::None => return,
            Badge::Working => {
                let at = next(20.0).center();
                if cx.state.jobs.num_running() > 0 {
                    widgets::spinner(ui, cx, at, palette.accent);
                } else {
                    icons::paint_sized(ui.painter(), at, Icon::Clock, palette.text_faint, 14.0);
                }
                return;
            }
            Badge::Failed(reason) => (Icon::Error, palette.error, reason),
            Badge::Warning(reason) => (Icon::Warning, palette.warning, reason),
        };
        let rect = next(20.0);
        icons::paint_sized(ui.painter(), rect.center(), icon, color, 14.0);
        ui.interact(rect, egui::Id::unique(("tree badge", node.0)), Sense::HOVER).on_hover_text(text);
    }

    fn rename_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, rect: Rect) {
        let Some(Renaming { node, text, begun }) = &mut self.renaming else { return };
        let id = egui::Id::unique("tree rename");
        let field = widgets::text_field(text, "Name").id(id).desired_width(rect.width());
        let response = ui.put(rect.shrink2(vec2(0.0, 1.0)), field).accessible_name("Name");
        if !*begun {
            *begun = true;
            response.request_focus();
            widgets::select_all(ui, id, text);
            return;
        }
        if response.lost_focus() {
            let name = text.trim().to_owned();
            let old = cx.state.document().node(*node).map(|node| node.name.clone());
            let escaped = ui.input(|input| input.key_pressed(Key::Escape));
            if !escaped && !name.is_empty() && old.is_some_and(|old| old != name) {
                cx.commands.push(Command::Edit(Edit::Rename(*node, name), None));
            }
            self.renaming = None;
            ui.memory_mut(|memory| memory.request_focus(keyboard_id()));
        }
    }

    fn react(&mut self, ui: &Ui, cx: &mut Context<'_>, rows: &[Row], row: &Row, response: &Response) {
        let modifiers = ui.input(|input| input.modifiers);
        let selected = cx.state.view.selection.contains(&row.id);
        if response.double_clicked() {
            cx.state.view.renaming = Some(row.id);
        } else if response.clicked() {
            self.select(cx, row.id, modifiers.shift, modifiers.command, rows);
            ui.memory_mut(|memory| memory.request_focus(keyboard_id()));
        }
        if response.secondary_clicked() && !selected {
            self.select(cx, row.id, false, false, rows);
        }
        drag::row(ui, cx, row, response);
        egui::Popup::context_menu(response).style(menu::style).show(|ui| menu::node_menu_ui(ui, cx));
    }
}

/// Shows a hidden node or hides a shown one; of a selection all.
pub(super) fn toggle_visible(cx: &mut Context<'_>, id: NodeId) {
    let Some(visible) = cx.state.document().node(id).map(|node| node.visible) else { return };
    let selection = &cx.state.view.selection;
    let nodes = if selection.contains(&id) { selection.clone() } else { vec![id] };
    cx.commands.push(Command::Edit(Edit::SetVisible(nodes, !visible), None));
}

fn paint_background(ui: &Ui, cx: &Context<'_>, rect: Rect, id: NodeId, selected: bool) {
    let palette = Palette::of(ui);
    let fill = match () {
        () if selected => palette.accent_soft,
        () if cx.state.view.hovered == Some(id) => palette.hover,
        () => return,
    };
    ui.painter().rect_filled(rect.shrink2(vec2(4.0, 0.5)), CornerRadius::same(5), fill);
}

fn paint_name(ui: &Ui, name: &str, rect: Rect, color: egui::Color32) {
    if rect.width() < 8.0 {
        return;
    }
    let mut job = egui::text::LayoutJob::simple_singleline(name.to_owned(), theme::plain(theme::TEXT), color);
    job.wrap = egui::text::TextWrapping::truncate_at_width(rect.width());
    let galley = ui.fonts_mut(|fonts| fonts.layout_job(job));
    let at = pos2(rect.left(), rect.center().y - galley.size().y * 0.5);
    ui.painter().galley(at, galley, color);
}

/// “A” is the part that a difference cuts, “B” is cut from it.
fn operand_mark_ui(ui: &Ui, cx: &Context<'_>, id: NodeId, next: &mut impl FnMut(f32) -> Rect) {
    let selection = &cx.state.view.selection;
    if selection.len() < 2 || selection.len() > 9 || !selection.contains(&id) {
        return;
    }
    if crate::command::enabled(&Command::Boolean(BooleanOp::Difference), cx.state).is_err() {
        return;
    }
    let palette = Palette::of(ui);
    let first = selection.first() == Some(&id);
    let (letter, fill, text) = match first {
        true => ("A", palette.accent, palette.on_accent),
        false => ("B", palette.text_faint, palette.panel),
    };
    widgets::mark(ui, next(20.0).center(), letter, fill, text);
}

/// The icon of a kind of node.
pub(in crate::panels) fn icon_of(node: &Node) -> Icon {
    match &node.content {
        Content::Group if node.children.is_empty() && node.camera.is_some() => Icon::Eye,
        Content::Group if node.children.is_empty() && node.light.is_some() => Icon::Sun,
        Content::Group => Icon::Group,
        Content::Part(content) if content.part.surface.triangles.is_empty() => Icon::Lines,
        Content::Part(_) => Icon::Part,
        Content::Primitive(primitive) => match primitive {
            Primitive::Box { .. } => Icon::Box,
            Primitive::Sphere { .. } => Icon::Sphere,
            Primitive::Cylinder { .. } => Icon::Cylinder,
            Primitive::Cone { .. } => Icon::Cone,
            Primitive::Torus { .. } => Icon::Torus,
        },
        Content::Operation(operation) => icon_of_operation(operation),
    }
}

fn icon_of_operation(operation: &Operation) -> Icon {
    match operation {
        Operation::Boolean(boolean) => match boolean.op {
            BooleanOp::Union => Icon::Union,
            BooleanOp::Difference => Icon::Difference,
            BooleanOp::Intersection => Icon::Intersection,
            BooleanOp::Xor => Icon::Xor,
            BooleanOp::Split => Icon::Split,
        },
        Operation::Repair(_) => Icon::Repair,
        Operation::Simplify(_) => Icon::Simplify,
        Operation::Hull => Icon::Hull,
        Operation::Offset(offset) => match offset.kept {
            OffsetKept::Solid => Icon::Offset,
            OffsetKept::Wall => Icon::Shell,
        },
        Operation::Trim(trim) => match trim.kept {
            TrimKept::Above | TrimKept::Below => Icon::Trim,
            TrimKept::Both => Icon::Cut,
        },
        Operation::Smooth(_) => Icon::Smooth,
        Operation::Refine(_) => Icon::Refine,
        Operation::Subdivide(_) => Icon::Subdivide,
    }
}
