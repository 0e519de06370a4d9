//! Everything the user can ask for, in one table: menus, palette, shortcuts, the page's API and tests all read it.

mod table;

use assets::Format;
use document::Edit;
use egui::KeyboardShortcut;
use geometry::Primitive;
use jobs::{BooleanOp, FileRef, TrimKept};

use crate::modifiers::Modifier;
use crate::sections::Section;
use crate::state::sections::DrawingFormat;
use crate::state::{MeasurementFormat, State};
use crate::view_state::{Axis, Mode, StandardView, Tool};

pub use table::table;

/// A wish. [`State::apply`] is the only place where wishes come true.
#[derive(Clone, Debug)]
pub enum Command {
    /// Let the user choose files to open.
    ChooseFiles,
    /// Open files that came together: one of them is the model, the others its side files. A project replaces the
    /// document, an environment map the light, anything else is added.
    OpenFiles(Vec<FileRef>),
    /// Open files that are too large for the memory there is, with as many triangles as fit.
    OpenCoarser(Vec<FileRef>),
    /// Open a recent file again: a path natively, an address on the web.
    OpenRecent(String),
    /// Open a sample that our own recipes make.
    OpenSample(usize),
    /// Begin an empty document.
    NewDocument,
    /// Save the project under its name, or ask for one.
    SaveProject,
    /// Save the project under another name.
    SaveProjectAs,
    /// Write the selection, or everything, as a model.
    Export(Format),
    /// Write a picture of the view.
    Screenshot,
    /// Go one step back.
    Undo,
    /// Go one step forward.
    Redo,
    /// Change the document. With a merge key, consecutive edits of the same key are one undo step.
    Edit(Edit, Option<u64>),
    /// End a drag, so that the next edit is its own undo step.
    EndMerge,
    /// Select exactly these nodes.
    Select(Vec<document::NodeId>),
    /// Select what is shown at the top level.
    SelectAll,
    /// Select nothing.
    SelectNone,
    /// Remove the selection.
    Delete,
    /// Copy the selection in place.
    Duplicate,
    /// Put the selection into a group.
    Group,
    /// Let the children of selected groups and operations take their place.
    Dissolve,
    /// Make a part of each body that the selected parts consist of.
    Separate,
    /// Replace a selected live node by its result.
    Freeze,
    /// Rename the selected node in the tree.
    Rename,
    /// Hide the selection.
    Hide,
    /// Show everything.
    ShowAll,
    /// Show only the selection, or end that.
    Isolate,
    /// Add a shape of default sizes.
    Add(Shape),
    /// Put the selection into a boolean; the part selected first is the one that is cut.
    Boolean(BooleanOp),
    /// Put an operation over the selection, or over the only thing there is.
    Modify(Modifier),
    /// Put operations over these.
    ModifyNodes(Modifier, Vec<document::NodeId>),
    /// Choose what dragging does.
    Tool(Tool),
    /// Hold on to something for a measurement.
    MeasureAt(document::Anchor),
    /// Measure how far the two selected parts are apart.
    MeasureGap,
    /// Show all measurements, or none.
    ToggleMeasurements,
    /// Remove all measurements.
    DeleteMeasurements,
    /// Write all measurements as a file.
    ExportMeasurements(MeasurementFormat),
    /// Look from a standard direction.
    View(StandardView),
    /// Move the camera so that everything shown is in the picture.
    FitAll,
    /// Move the camera so that the selection fills the picture.
    FitSelection,
    /// Look from where a node's camera stands.
    LookThrough(document::NodeId),
    /// Switch between perspective and parallel projection.
    ToggleProjection,
    /// Choose how surfaces are drawn.
    DrawMode(Mode),
    /// Cut what is shown through its middle, across an axis, or do not any more.
    ToggleSection(Axis),
    /// Cut along a plane that faces the camera.
    SectionToCamera,
    /// Cut along the face that was clicked last.
    SectionAtFace,
    /// Show only what is in a box, or do not any more.
    ToggleSectionBox,
    /// Change one of the sections, or end it.
    SetSection(usize, Option<Section>),
    /// Show the other side of the active section.
    FlipSection,
    /// End all sections.
    EndSections,
    /// Write what the active section cuts.
    ExportSection(DrawingFormat),
    /// Cut parts along the active section.
    CutAtSection(TrimKept),
    /// Show or hide the grid.
    ToggleGrid,
    /// Snap drags to round values, or do not.
    ToggleSnap,
    /// Switch between light and dark.
    ToggleTheme,
    /// Show or hide the tree.
    ToggleTree,
    /// Show or hide the properties.
    ToggleProperties,
    /// Open or close the command palette.
    TogglePalette,
    /// Open or close the settings.
    ToggleSettings,
    /// Show or hide the list of shortcuts.
    ToggleShortcuts,
    /// Move the keyboard to the next region of the window, or to the one before.
    GoToRegion {
        /// Whether to the next one.
        forward: bool,
    },
    /// Stop all running jobs.
    CancelJobs,
    /// Stop one job.
    CancelJob(crate::job_queue::JobId),
}

/// A shape that can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A cube.
    Box,
    /// A sphere.
    Sphere,
    /// A cylinder.
    Cylinder,
    /// A cone.
    Cone,
    /// A ring.
    Torus,
}

impl Shape {
    /// All shapes in menu order.
    pub const ALL: [Self; 5] = [Self::Box, Self::Sphere, Self::Cylinder, Self::Cone, Self::Torus];

    /// The shape with a size of about `size` millimetres.
    #[must_use]
    pub fn primitive(self, size: f64) -> Primitive {
        let (radius, segments) = (size * 0.5, 64);
        match self {
            Self::Box => Primitive::Box { size: glam::DVec3::splat(size) },
            Self::Sphere => Primitive::Sphere { radius, segments },
            Self::Cylinder => Primitive::Cylinder { radius, height: size, segments },
            Self::Cone => Primitive::Cone { bottom_radius: radius, top_radius: 0.0, height: size, segments },
            Self::Torus => Primitive::Torus { major_radius: radius, minor_radius: size * 0.15, segments },
        }
    }
}

/// The menu a command stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// Open, save, export.
    File,
    /// Undo, selection, structure.
    Edit,
    /// Shapes.
    Add,
    /// Operations and tools.
    Modify,
    /// Camera and looks.
    View,
    /// The rest.
    Help,
}

impl Menu {
    /// All menus in order, with their titles.
    pub const ALL: [(Self, &'static str); 6] = [
        (Self::File, "File"),
        (Self::Edit, "Edit"),
        (Self::Add, "Add"),
        (Self::Modify, "Modify"),
        (Self::View, "View"),
        (Self::Help, "Help"),
    ];
}

/// A row of the table.
#[derive(Clone, Debug)]
pub struct CommandInfo {
    /// A stable name for scripts, such as `view.fit-all`.
    pub id: &'static str,
    /// Words for menus and the palette.
    pub text: &'static str,
    /// One sentence more.
    pub tooltip: &'static str,
    /// Keys that call it.
    pub shortcut: Option<KeyboardShortcut>,
    /// Where it stands.
    pub menu: Menu,
    /// What it does.
    pub command: Command,
}

/// Whether a command can be called now; if not, why, in words for people.
///
/// # Errors
/// The reason.
pub fn enabled(command: &Command, state: &State) -> Result<(), &'static str> {
    let num_selected = state.view.selection.len();
    let document = state.document();
    let need = |condition: bool, reason: &'static str| if condition { Ok(()) } else { Err(reason) };
    match command {
        Command::Undo => need(state.history.undo_label().is_some(), "Nothing to undo"),
        Command::Redo => need(state.history.redo_label().is_some(), "Nothing to redo"),
        Command::SaveProject | Command::SaveProjectAs | Command::Export(_) | Command::SelectAll => {
            need(!document.is_empty(), "The document is empty")
        }
        Command::NewDocument | Command::FitAll | Command::ShowAll => {
            need(!document.is_empty(), "The document is empty")
        }
        Command::Delete | Command::Duplicate | Command::Hide | Command::FitSelection => {
            need(num_selected > 0, "Select a part first")
        }
        Command::SelectNone => need(num_selected > 0 || state.view.tool.measures(), "Select a part first"),
        Command::Tool(tool) if tool.measures() => need(!document.is_empty(), "The document is empty"),
        Command::MeasureGap => need(state.gap_nodes().is_some(), "Select two parts first"),
        Command::ToggleMeasurements | Command::DeleteMeasurements | Command::ExportMeasurements(_) => {
            need(document.measurements().next().is_some(), "Nothing was measured yet")
        }
        Command::Group => need(num_selected > 0, "Select parts first"),
        Command::Isolate => need(num_selected > 0 || state.view.isolated.is_some(), "Select a part first"),
        Command::Rename => need(num_selected == 1, "Select one part first"),
        Command::Dissolve => {
            need(state.selects(|node| !node.children.is_empty()), "Select a group or a live operation first")
        }
        Command::Freeze => {
            need(state.selects(|node| node.content.is_live()), "Select a shape or a live operation first")
        }
        Command::Boolean(_) => need(
            document.topmost(&state.view.selection).len() >= 2,
            "Select two or more parts; the first is the one that is cut",
        ),
        Command::Modify(_) | Command::Separate => need(!state.modifiable().is_empty(), "Select a part first"),
        Command::ToggleSection(_) | Command::SectionToCamera | Command::ToggleSectionBox => {
            need(!document.is_empty() || !state.view.sections.is_empty(), "The document is empty")
        }
        Command::SectionAtFace => need(state.view.face.is_some(), "Click a face first"),
        Command::FlipSection
        | Command::EndSections
        | Command::ExportSection(_)
        | Command::CutAtSection(_) => need(!state.view.sections.is_empty(), "Nothing is cut"),
        Command::CancelJobs => need(state.jobs.jobs().next().is_some(), "Nothing is running"),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_and_shortcuts_are_unique() {
        let mut ids = BTreeSet::new();
        let mut shortcuts = Vec::new();
        for info in table() {
            assert!(ids.insert(info.id), "{} stands twice in the table", info.id);
            if let Some(shortcut) = info.shortcut {
                assert!(!shortcuts.contains(&shortcut), "{} shares its keys with another", info.id);
                shortcuts.push(shortcut);
            }
        }
    }
}
