//! Handles that move, turn and scale the selection.
//!
//! Promise: what is written into the document is computed from where the drag began and where the pointer is now, or
//! from the typed number; nothing adds up along the way. A drag is one step of undo.

use document::{Document, Edit, NodeId};
use egui::{Painter, Rect};
use glam::{DAffine3, DMat3, DVec2, DVec3};

use super::projector::Projector;
use crate::command::Command;
use crate::render_sync::{RenderSync, bounds_of};
use crate::state::State;
use crate::theme::Palette;
use crate::view_state::Tool;

mod amount;
mod handles;
mod paint;
mod readout;

pub(crate) use amount::{Amount, MOVE_STEP_PT, TURN_STEPS_DEG, to_step};
pub(crate) use handles::{Handle, to_pos2, to_segment};
pub(crate) use paint::{ACTIVE, UNDERLAY};
pub(crate) use readout::chip;

/// Length of an arm on the screen, in points.
const ARM_PT: f64 = 92.0;

/// Merge keys of drags; the upper half keeps them apart from those of panels.
const FIRST_MERGE_KEY: u64 = 0x6769_7a6d_0000_0000;

/// Where the handles stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    /// The point that turns and scalings go around.
    pub pivot: DVec3,
    /// The directions of the handles, unit vectors.
    pub axes: DMat3,
}

/// A node that is being moved, as it was when the drag began.
#[derive(Clone, Copy, Debug)]
struct Origin {
    node: NodeId,
    world_from_parent: DAffine3,
    parent_from_node: DAffine3,
}

/// A drag, under way or just ended.
#[derive(Clone, Debug)]
struct Drag {
    handle: Handle,
    frame: Frame,
    origins: Vec<Origin>,
    /// The pointer when it went down.
    start: DVec2,
    /// The projector when it went down; turning the camera in between would change what the pointer means.
    projector: Projector,
    merge_key: u64,
    amount: Amount,
    /// Angle of the pointer at the last frame, to count full turns.
    last_angle_rad: f64,
    /// What was typed instead of dragged.
    typed: String,
    has_edited: bool,
}

/// The gizmo and the drag of one of its handles.
#[derive(Debug)]
pub(crate) struct Gizmo {
    drag: Option<Drag>,
    /// The last drag, whose amount can still be typed.
    ended: Option<Ended>,
    hovered: Option<Handle>,
    next_merge_key: u64,
}

/// A drag that ended, and the state in which its amount may still be changed.
#[derive(Clone, Debug)]
struct Ended {
    drag: Drag,
    revision: u64,
    selection: Vec<NodeId>,
    /// The text field, once the readout was clicked.
    field: Option<String>,
}

impl Default for Gizmo {
    fn default() -> Self {
        Self { drag: None, ended: None, hovered: None, next_merge_key: FIRST_MERGE_KEY }
    }
}

/// What the pointer and keys mean for a drag.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DragInput {
    /// Where the pointer is.
    pub pos: DVec2,
    /// Whether amounts are rounded.
    pub snap: bool,
    /// Whether they are rounded more finely.
    pub fine: bool,
}

impl Gizmo {
    /// Whether a handle is being dragged.
    #[must_use]
    pub(crate) fn is_dragging(&self) -> bool {
        self.drag.is_some()
    }

    /// Whether keys belong to the gizmo: during a drag, and in the field of its readout.
    #[must_use]
    pub(crate) fn wants_keys(&self) -> bool {
        self.drag.is_some() || self.ended.as_ref().is_some_and(|ended| ended.field.is_some())
    }

    /// The handle under the pointer.
    #[must_use]
    pub(crate) fn hovered(&self) -> Option<Handle> {
        self.hovered
    }

    /// Where the handles stand, if there is a tool with something to move.
    #[must_use]
    pub(crate) fn frame(&self, state: &State, sync: &RenderSync) -> Option<Frame> {
        if state.view.tool == Tool::Select || state.view.tool.measures() {
            return None;
        }
        let document = state.document();
        let nodes = movable(document, &state.view.selection);
        let first = *nodes.first()?;
        let pivot = match bounds_of(sync.corners_of(document, &nodes)) {
            Some([low, high]) => (low + high) * 0.5,
            None => document.world_from_node(first).translation,
        };
        // A part that is scaled along axes other than its own would be sheared.
        let axes = match (state.view.tool, nodes.len()) {
            (Tool::Scale, 1) => unit_axes(&document.world_from_node(first)),
            _ => DMat3::IDENTITY,
        };
        Some(Frame { pivot, axes })
    }

    /// Notes what the pointer is over.
    pub(crate) fn hover(
        &mut self,
        tool: Tool,
        frame: Option<&Frame>,
        projector: &Projector,
        pos: Option<DVec2>,
    ) {
        self.hovered = match (frame, pos) {
            (Some(frame), Some(pos)) => handles::at(tool, frame, projector, pos),
            _ => None,
        };
    }

    /// Begins to drag a handle.
    pub(crate) fn begin(
        &mut self,
        state: &State,
        frame: Frame,
        projector: Projector,
        handle: Handle,
        start: DVec2,
    ) {
        let document = state.document();
        let origins = movable(document, &state.view.selection)
            .into_iter()
            .filter_map(|node| {
                let content = document.node(node)?;
                let world_from_parent =
                    content.parent.map_or(DAffine3::IDENTITY, |parent| document.world_from_node(parent));
                Some(Origin { node, world_from_parent, parent_from_node: content.parent_from_node })
            })
            .collect();
        let frame = match handle {
            Handle::TurnOnScreen => Drag::screen_frame(&frame, projector.toward_eye(frame.pivot)),
            _ => frame,
        };
        self.next_merge_key += 1;
        self.ended = None;
        self.drag = Some(Drag {
            handle,
            frame,
            origins,
            start,
            projector,
            merge_key: self.next_merge_key,
            amount: Amount::none(handle),
            last_angle_rad: 0.0,
            typed: String::new(),
            has_edited: false,
        });
    }

    /// Follows the pointer; pushes an edit when the amount changed.
    pub(crate) fn drag(&mut self, input: DragInput, state: &State, commands: &mut Vec<Command>) {
        let Some(drag) = &mut self.drag else { return };
        let unit = state.document().unit();
        let amount = match amount::parsed(&drag.typed, drag.handle, unit) {
            Some(typed) => typed,
            None => drag.follow(input, unit),
        };
        if amount != drag.amount {
            drag.amount = amount;
            drag.has_edited = true;
            commands.push(drag.edit());
        }
    }

    /// Takes what was typed during a drag. `None` takes the last character back.
    pub(crate) fn type_text(&mut self, text: Option<&str>) {
        let Some(drag) = &mut self.drag else { return };
        match text {
            Some(text) => drag.typed.push_str(text),
            None => _ = drag.typed.pop(),
        }
    }

    /// Ends the drag and keeps what it did.
    pub(crate) fn end(&mut self, state: &State, commands: &mut Vec<Command>) {
        let Some(drag) = self.drag.take() else { return };
        if drag.has_edited {
            commands.push(Command::EndMerge);
            let selection = state.view.selection.clone();
            // The edit of this frame is still to be made.
            let revision = state.revision + u64::from(commands.iter().any(is_edit));
            self.ended = Some(Ended { drag, revision, selection, field: None });
        }
    }

    /// Ends the drag and takes back what it did.
    pub(crate) fn cancel(&mut self, commands: &mut Vec<Command>) {
        let Some(drag) = self.drag.take() else { return };
        commands.retain(|command| !is_edit(command));
        if drag.has_edited {
            commands.push(Command::EndMerge);
            commands.push(Command::Undo);
        }
    }

    /// Draws the handles and the readout, and lets its amount be typed.
    pub(crate) fn ui(
        &mut self,
        ui: &mut egui::Ui,
        painter: &Painter,
        view: (Rect, &Projector, Option<&Frame>),
        state: &State,
        commands: &mut Vec<Command>,
    ) {
        let palette = Palette::of(ui);
        let (rect, projector, frame) = view;
        if let Some(drag) = &self.drag {
            let frame = drag.frame_now();
            paint::handles(painter, projector, &frame, state.view.tool, Some(drag.handle), true);
            paint::trace(painter, projector, drag);
        } else if let Some(frame) = frame {
            paint::handles(painter, projector, frame, state.view.tool, self.hovered, false);
        }
        readout::ui(self, ui, painter, (rect, projector), &palette, state, commands);
    }
}

impl Drag {
    /// The edit that brings the nodes to where the amount says.
    fn edit(&self) -> Command {
        let placements = self.origins.iter().map(|origin| (origin.node, self.placed(origin))).collect();
        Command::Edit(Edit::Place(placements), Some(self.merge_key))
    }

    fn placed(&self, origin: &Origin) -> DAffine3 {
        let Origin { world_from_parent, parent_from_node, .. } = *origin;
        let is_plain = world_from_parent == DAffine3::IDENTITY;
        if let Amount::Move(offset) = self.amount {
            // Moving touches nothing but the translation.
            let in_world = self.frame.axes * offset;
            let shift = match is_plain {
                true => in_world,
                false => world_from_parent.inverse().transform_vector3(in_world),
            };
            let translation = parent_from_node.translation + shift;
            return DAffine3 { translation, ..parent_from_node };
        }
        let change = self.amount.change(&self.frame, self.handle);
        match is_plain {
            true => change * parent_from_node,
            false => world_from_parent.inverse() * change * world_from_parent * parent_from_node,
        }
    }

    /// The frame where the handles are now.
    fn frame_now(&self) -> Frame {
        match self.amount {
            Amount::Move(offset) => {
                Frame { pivot: self.frame.pivot + self.frame.axes * offset, ..self.frame }
            }
            Amount::Turn(_) | Amount::Scale(_) => self.frame,
        }
    }
}

/// The selected nodes that are not below another one.
fn movable(document: &Document, selection: &[NodeId]) -> Vec<NodeId> {
    document.topmost(selection)
}

fn is_edit(command: &Command) -> bool {
    matches!(command, Command::Edit(Edit::Place(_), Some(key)) if *key >= FIRST_MERGE_KEY)
}

/// The directions of a placement's axes, square to each other as far as the placement allows.
fn unit_axes(placement: &DAffine3) -> DMat3 {
    let [x, y, z] = [0, 1, 2].map(|axis| placement.matrix3.col(axis).try_normalize());
    match (x, y, z) {
        (Some(x), Some(y), Some(z)) => {
            let axes = DMat3::from_cols(x, y, z);
            let is_square = (axes.transpose() * axes).abs_diff_eq(DMat3::IDENTITY, 1e-9);
            if is_square { axes } else { DMat3::IDENTITY }
        }
        _ => DMat3::IDENTITY,
    }
}

#[cfg(test)]
mod tests;
