//! Dragging rows to another place in the tree.

use document::{Document, Edit, NodeId};
use egui::{Response, Stroke, StrokeKind, Ui};

use super::Row;
use crate::command::Command;
use crate::panels::Context;
use crate::theme::Palette;

/// The nodes on the way.
struct Dragged(Vec<NodeId>);

/// Where a drop would put them.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Target {
    Before,
    Into,
    After,
}

/// Starts, shows and ends drags that have to do with a row.
pub(super) fn row(ui: &Ui, cx: &mut Context<'_>, row: &Row, response: &Response) {
    if response.drag_started() {
        let selection = &cx.state.view.selection;
        let nodes = if selection.contains(&row.id) { selection.clone() } else { vec![row.id] };
        response.dnd_set_drag_payload(Dragged(nodes));
    }
    let Some(dragged) = response.dnd_hover_payload::<Dragged>() else { return };
    let document = cx.state.document();
    if dragged.0.iter().any(|&id| document.is_within(row.id, id)) {
        return;
    }
    let Some(target) = target(ui, document, row, response) else { return };
    paint_target(ui, row, response, target);
    if response.dnd_release_payload::<Dragged>().is_some() {
        let (parent, position) = match target {
            Target::Into => (Some(row.id), document.node(row.id).map_or(0, |node| node.children.len())),
            Target::Before => place_of(document, row.id, 0),
            Target::After => place_of(document, row.id, 1),
        };
        cx.commands.push(Command::Edit(Edit::Reparent { nodes: dragged.0.clone(), parent, position }, None));
    }
}

/// A drop below all rows puts nodes at the end of the roots.
pub(super) fn drop_at_end(ui: &Ui, cx: &mut Context<'_>, response: &Response) {
    if response.dnd_hover_payload::<Dragged>().is_none() {
        return;
    }
    let stroke = Stroke::new(2.0, Palette::of(ui).accent);
    ui.painter().hline(response.rect.x_range().shrink(6.0), response.rect.top() + 1.0, stroke);
    if let Some(dragged) = response.dnd_release_payload::<Dragged>() {
        let position = cx.state.document().roots().len();
        cx.commands
            .push(Command::Edit(Edit::Reparent { nodes: dragged.0.clone(), parent: None, position }, None));
    }
}

fn target(ui: &Ui, document: &Document, row: &Row, response: &Response) -> Option<Target> {
    let pointer = ui.input(|input| input.pointer.hover_pos())?;
    let at = (pointer.y - response.rect.top()) / response.rect.height();
    let holds = document.node(row.id)?.content.is_container();
    Some(match (holds, at) {
        (true, at) if at < 0.25 => Target::Before,
        (true, at) if at > 0.75 && !row.open => Target::After,
        (true, _) => Target::Into,
        (false, at) if at < 0.5 => Target::Before,
        (false, _) => Target::After,
    })
}

fn paint_target(ui: &Ui, row: &Row, response: &Response, target: Target) {
    let rect = response.rect;
    let stroke = Stroke::new(2.0, Palette::of(ui).accent);
    let line = egui::Rangef::new(rect.left() + 20.0 + f32::from(row.depth) * 14.0, rect.right() - 6.0);
    match target {
        Target::Before => _ = ui.painter().hline(line, rect.top(), stroke),
        Target::After => _ = ui.painter().hline(line, rect.bottom(), stroke),
        Target::Into => _ = ui.painter().rect_stroke(rect.shrink(3.0), 5.0, stroke, StrokeKind::Inside),
    }
}

/// The parent of a node and its place there, plus an offset.
fn place_of(document: &Document, id: NodeId, offset: usize) -> (Option<NodeId>, usize) {
    let parent = document.node(id).and_then(|node| node.parent);
    let siblings = match parent.and_then(|parent| document.node(parent)) {
        Some(parent) => &parent.children,
        None => document.roots(),
    };
    let position = siblings.iter().position(|&sibling| sibling == id).unwrap_or(siblings.len());
    (parent, position + offset)
}
