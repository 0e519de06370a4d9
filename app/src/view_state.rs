//! How the user looks at the document: camera, selection, tool. Not undone, not part of the document.

use std::collections::{BTreeSet, VecDeque};

use document::{Anchor, NodeId};
use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::platform::ReplyId;
use crate::sections::Sections;
use crate::snapshot::Snapshot;
use crate::viewport::CameraRig;

/// Everything about the view that is not the document.
#[derive(Clone, Debug, Default)]
pub struct ViewState {
    /// The camera and how it moves.
    pub camera: CameraRig,
    /// Selected nodes in the order they were selected: a difference cuts the first.
    pub selection: Vec<NodeId>,
    /// The node under the pointer, in the view or in the tree.
    pub hovered: Option<NodeId>,
    /// When set, only these nodes and what is below them are shown.
    pub isolated: Option<BTreeSet<NodeId>>,
    /// What is cut away.
    pub sections: Sections,
    /// Where a face was clicked last.
    pub face: Option<Face>,
    /// What dragging does.
    pub tool: Tool,
    /// What was clicked for the measurement under way.
    pub measuring: Vec<Anchor>,
    /// A camera move that is wanted at the next frame, when the bounds are known.
    pub wanted: Option<CameraWish>,
    /// The node whose name is being edited in the tree.
    pub renaming: Option<NodeId>,
    /// Whether the palette is open.
    pub palette_open: bool,
    /// Whether the settings are open.
    pub settings_open: bool,
    /// Whether the list of shortcuts is open.
    pub shortcuts_open: bool,
    /// Whether a handle is being dragged: keys are numbers then, and no shortcuts.
    pub handle_dragged: bool,
    /// Whether the keyboard shall go to the next region of the window (true) or to the one before.
    pub region_step: Option<bool>,
    /// Whether the keyboard shall go to the 3D view.
    pub keyboard_wanted: bool,
    /// Pictures of the view that are wanted, oldest first.
    pub pictures: VecDeque<WantedPicture>,
    /// Whether the device takes long for a frame.
    pub is_slow: bool,
}

impl ViewState {
    /// Seconds between two frames of something that moves by itself, like the sign that work goes on. Where frames take
    /// long, they are made at the expense of that work.
    #[must_use]
    pub fn animation_secs(&self) -> f64 {
        if self.is_slow { 0.5 } else { 1.0 / 30.0 }
    }
}

/// A place on a surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Face {
    /// In the world.
    pub point: DVec3,
    /// To the outside; of any length but 0.
    pub normal: DVec3,
}

/// An axis of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// To the right.
    X,
    /// Away from the front.
    Y,
    /// Up.
    Z,
}

impl Axis {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::X, Self::Y, Self::Z];
}

/// A picture of the view that somebody wants.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedPicture {
    /// How it is taken.
    pub snapshot: Snapshot,
    /// The script that asked for it; `None` is the user, who gets a file.
    pub reply: Option<ReplyId>,
}

/// A camera move that a command asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameraWish {
    /// Everything in the picture, from where the camera looks now.
    FitAll,
    /// The same at once, without the animated move: for the first model.
    JumpToAll,
    /// The selection in the picture.
    FitSelection,
    /// A standard direction.
    Look(StandardView),
    /// From where a node's camera stands, the way it looks.
    Through(NodeId),
    /// The other projection.
    ToggleProjection,
}

/// What dragging in the view does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tool {
    /// Nothing but moving the camera; clicks select.
    #[default]
    Select,
    /// Handles move the selection.
    Move,
    /// Handles turn the selection.
    Rotate,
    /// Handles scale the selection.
    Scale,
    /// Clicks measure sizes, distances and angles.
    Measure,
    /// Clicks on three points measure their angle.
    Angle,
}

impl Tool {
    /// Whether clicks measure.
    #[must_use]
    pub fn measures(self) -> bool {
        matches!(self, Self::Measure | Self::Angle)
    }
}

/// A direction to look from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StandardView {
    /// From the upper front right.
    Iso,
    /// Along +Y.
    Front,
    /// Along -Y.
    Back,
    /// Along +X.
    Left,
    /// Along -X.
    Right,
    /// Along -Z.
    Top,
    /// Along +Z.
    Bottom,
}

impl StandardView {
    /// What the command line and scripts call them.
    pub const NAMES: [(&'static str, Self); 7] = [
        ("iso", Self::Iso),
        ("front", Self::Front),
        ("back", Self::Back),
        ("left", Self::Left),
        ("right", Self::Right),
        ("top", Self::Top),
        ("bottom", Self::Bottom),
    ];
}

/// How surfaces are drawn; the renderer's modes, remembered in the settings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mode {
    /// Surfaces only.
    Shaded,
    /// Surfaces and feature edges.
    #[default]
    ShadedWithEdges,
    /// Surfaces and every triangle.
    Wireframe,
    /// See-through.
    XRay,
}

impl Mode {
    /// What the command line and scripts call them.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("shaded", Self::Shaded),
        ("edges", Self::ShadedWithEdges),
        ("wireframe", Self::Wireframe),
        ("x-ray", Self::XRay),
    ];
}

impl From<Mode> for renderer::DrawMode {
    fn from(mode: Mode) -> Self {
        match mode {
            Mode::Shaded => Self::Shaded,
            Mode::ShadedWithEdges => Self::ShadedWithEdges,
            Mode::Wireframe => Self::Wireframe,
            Mode::XRay => Self::XRay,
        }
    }
}
