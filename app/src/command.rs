//! Everything the user can ask for, in one table: menus, palette, shortcuts, the page's API and tests all read it.

use assets::Format;
use document::Edit;
use egui::{Key, KeyboardShortcut, Modifiers};
use geometry::Primitive;
use jobs::{BooleanOp, FileRef, TrimKept};

use crate::modifiers::Modifier;
use crate::sections::Section;
use crate::state::sections::DrawingFormat;
use crate::state::{MeasurementFormat, State};
use crate::view_state::{Axis, Mode, StandardView, Tool};

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

const COMMAND: Modifiers = Modifiers::COMMAND;
const COMMAND_SHIFT: Modifiers = Modifiers::COMMAND.plus(Modifiers::SHIFT);
const NONE: Modifiers = Modifiers::NONE;
const SHIFT: Modifiers = Modifiers::SHIFT;

fn row(
    id: &'static str,
    menu: Menu,
    text: &'static str,
    tooltip: &'static str,
    keys: Option<(Modifiers, Key)>,
    command: Command,
) -> CommandInfo {
    let shortcut = keys.map(|(modifiers, key)| KeyboardShortcut::new(modifiers, key));
    CommandInfo { id, text, tooltip, shortcut, menu, command }
}

/// All commands that need no arguments, in menu order.
#[must_use]
pub fn table() -> Vec<CommandInfo> {
    use Command as C;
    use Menu as M;
    vec![
        row(
            "file.open",
            M::File,
            "Open…",
            "Add models, or open a project",
            Some((COMMAND, Key::O)),
            C::ChooseFiles,
        ),
        row(
            "file.new",
            M::File,
            "New",
            "Begin an empty document",
            Some((COMMAND_SHIFT, Key::N)),
            C::NewDocument,
        ),
        row(
            "file.save",
            M::File,
            "Save Project",
            "Save everything, still editable",
            Some((COMMAND, Key::S)),
            C::SaveProject,
        ),
        row(
            "file.save-as",
            M::File,
            "Save Project As…",
            "Save under another name",
            Some((COMMAND_SHIFT, Key::S)),
            C::SaveProjectAs,
        ),
        row(
            "export.glb",
            M::File,
            "Export GLB…",
            "glTF 2.0 with materials, for viewers and engines",
            Some((COMMAND, Key::E)),
            C::Export(Format::Glb),
        ),
        row("export.stl", M::File, "Export STL…", "Binary STL, for printing", None, C::Export(Format::Stl)),
        row(
            "export.obj",
            M::File,
            "Export OBJ…",
            "Wavefront OBJ with materials",
            None,
            C::Export(Format::Obj),
        ),
        row("export.ply", M::File, "Export PLY…", "Binary PLY with colours", None, C::Export(Format::Ply)),
        row(
            "export.3mf",
            M::File,
            "Export 3MF…",
            "3MF with colours, for printing",
            None,
            C::Export(Format::ThreeMf),
        ),
        row(
            "export.off",
            M::File,
            "Export OFF…",
            "OFF with colours, for research",
            None,
            C::Export(Format::Off),
        ),
        row(
            "section.svg",
            M::File,
            "Export Section as SVG…",
            "What the active section cuts, for browsers and drawing programs",
            None,
            C::ExportSection(DrawingFormat::Svg),
        ),
        row(
            "section.dxf",
            M::File,
            "Export Section as DXF…",
            "What the active section cuts, for CAD programs and laser cutters",
            None,
            C::ExportSection(DrawingFormat::Dxf),
        ),
        row("file.screenshot", M::File, "Save Picture…", "The view as PNG", None, C::Screenshot),
        row(
            "sample.bracket",
            M::File,
            "Sample: Bracket",
            "A drilled plate that can be taken apart",
            None,
            C::OpenSample(0),
        ),
        row(
            "sample.assembly",
            M::File,
            "Sample: Bearing",
            "Rings and balls, with colours",
            None,
            C::OpenSample(1),
        ),
        row("edit.undo", M::Edit, "Undo", "Go one step back", Some((COMMAND, Key::Z)), C::Undo),
        row("edit.redo", M::Edit, "Redo", "Go one step forward", Some((COMMAND_SHIFT, Key::Z)), C::Redo),
        row(
            "edit.select-all",
            M::Edit,
            "Select All",
            "Everything at the top level",
            Some((COMMAND, Key::A)),
            C::SelectAll,
        ),
        row(
            "edit.select-none",
            M::Edit,
            "Select Nothing",
            "End the selection",
            Some((NONE, Key::Escape)),
            C::SelectNone,
        ),
        row("edit.delete", M::Edit, "Delete", "Remove the selection", Some((NONE, Key::Delete)), C::Delete),
        row(
            "edit.duplicate",
            M::Edit,
            "Duplicate",
            "Copy the selection in place",
            Some((COMMAND, Key::D)),
            C::Duplicate,
        ),
        row(
            "edit.group",
            M::Edit,
            "Group",
            "Put the selection into a group",
            Some((COMMAND, Key::G)),
            C::Group,
        ),
        row(
            "edit.dissolve",
            M::Edit,
            "Dissolve",
            "Let the children of a group or a live operation take its place",
            Some((COMMAND_SHIFT, Key::G)),
            C::Dissolve,
        ),
        row(
            "edit.rename",
            M::Edit,
            "Rename",
            "Give the selected part another name",
            Some((NONE, Key::F2)),
            C::Rename,
        ),
        row("edit.hide", M::Edit, "Hide", "Hide the selection", Some((NONE, Key::H)), C::Hide),
        row(
            "edit.show-all",
            M::Edit,
            "Show All",
            "Show everything that was hidden",
            Some((SHIFT, Key::H)),
            C::ShowAll,
        ),
        row(
            "edit.isolate",
            M::Edit,
            "Isolate",
            "Show only the selection, or everything again",
            Some((NONE, Key::I)),
            C::Isolate,
        ),
        row("add.box", M::Add, "Box", "A box with typed sizes", None, C::Add(Shape::Box)),
        row("add.sphere", M::Add, "Sphere", "A sphere with a typed radius", None, C::Add(Shape::Sphere)),
        row("add.cylinder", M::Add, "Cylinder", "A cylinder with typed sizes", None, C::Add(Shape::Cylinder)),
        row("add.cone", M::Add, "Cone", "A cone or frustum with typed sizes", None, C::Add(Shape::Cone)),
        row("add.torus", M::Add, "Torus", "A ring with typed sizes", None, C::Add(Shape::Torus)),
        row(
            "boolean.union",
            M::Modify,
            "Union",
            "Join the selected parts",
            Some((COMMAND_SHIFT, Key::U)),
            C::Boolean(BooleanOp::Union),
        ),
        row(
            "boolean.difference",
            M::Modify,
            "Difference",
            "Cut the other selected parts from the first",
            Some((COMMAND_SHIFT, Key::D)),
            C::Boolean(BooleanOp::Difference),
        ),
        row(
            "boolean.intersection",
            M::Modify,
            "Intersection",
            "Keep what the selected parts share",
            Some((COMMAND_SHIFT, Key::I)),
            C::Boolean(BooleanOp::Intersection),
        ),
        row(
            "boolean.xor",
            M::Modify,
            "Exclusive Or",
            "Keep what is in an odd number of the selected parts",
            None,
            C::Boolean(BooleanOp::Xor),
        ),
        row(
            "boolean.split",
            M::Modify,
            "Split",
            "Cut the first part apart by the others and keep all bodies",
            None,
            C::Boolean(BooleanOp::Split),
        ),
        row(
            "modify.repair",
            M::Modify,
            "Repair",
            "Close holes, weld, turn triangles outward, resolve crossings",
            None,
            C::Modify(Modifier::Repair),
        ),
        row(
            "modify.simplify",
            M::Modify,
            "Simplify",
            "Fewer triangles for about the same shape",
            None,
            C::Modify(Modifier::Simplify),
        ),
        row(
            "modify.hull",
            M::Modify,
            "Convex Hull",
            "The smallest convex solid around the selection",
            None,
            C::Modify(Modifier::Hull),
        ),
        row(
            "modify.offset",
            M::Modify,
            "Offset",
            "Make a body thicker or thinner",
            None,
            C::Modify(Modifier::Offset),
        ),
        row(
            "modify.shell",
            M::Modify,
            "Shell",
            "Make a body hollow, with a wall of a thickness",
            None,
            C::Modify(Modifier::Shell),
        ),
        row(
            "modify.trim",
            M::Modify,
            "Trim by Plane",
            "Cut along a plane and keep one side",
            None,
            C::Modify(Modifier::Trim),
        ),
        row(
            "section.cut",
            M::Modify,
            "Cut at Section",
            "Cut the selection, or all, in two where the active section is",
            None,
            C::CutAtSection(TrimKept::Both),
        ),
        row(
            "section.trim",
            M::Modify,
            "Trim at Section",
            "Take away for good what the active section hides",
            None,
            C::CutAtSection(TrimKept::Below),
        ),
        row(
            "modify.cut",
            M::Modify,
            "Cut in Two",
            "Cut along a plane and keep both sides",
            None,
            C::Modify(Modifier::Cut),
        ),
        row("modify.smooth", M::Modify, "Smooth", "Take roughness away", None, C::Modify(Modifier::Smooth)),
        row(
            "modify.refine",
            M::Modify,
            "Refine",
            "Halve edges until none is longer than a length",
            None,
            C::Modify(Modifier::Refine),
        ),
        row(
            "modify.subdivide",
            M::Modify,
            "Subdivide",
            "A rounder surface of four times as many triangles",
            None,
            C::Modify(Modifier::Subdivide),
        ),
        row(
            "edit.separate",
            M::Modify,
            "Separate Bodies",
            "Make a part of each body that a part consists of",
            None,
            C::Separate,
        ),
        row("edit.freeze", M::Modify, "Freeze Result", "Replace a live shape by its mesh", None, C::Freeze),
        row("tool.select", M::Modify, "Select", "Click parts", Some((NONE, Key::Q)), C::Tool(Tool::Select)),
        row(
            "tool.move",
            M::Modify,
            "Move",
            "Drag arrows to move the selection",
            Some((NONE, Key::W)),
            C::Tool(Tool::Move),
        ),
        row(
            "tool.rotate",
            M::Modify,
            "Rotate",
            "Drag rings to turn the selection",
            Some((NONE, Key::E)),
            C::Tool(Tool::Rotate),
        ),
        row(
            "tool.scale",
            M::Modify,
            "Scale",
            "Drag handles to size the selection",
            Some((NONE, Key::R)),
            C::Tool(Tool::Scale),
        ),
        row(
            "tool.measure",
            M::Modify,
            "Measure",
            "Click edges, faces, holes and corners for sizes, distances and angles",
            Some((NONE, Key::M)),
            C::Tool(Tool::Measure),
        ),
        row(
            "tool.angle",
            M::Modify,
            "Angle by Three Points",
            "Click a point, the corner and another point",
            Some((SHIFT, Key::M)),
            C::Tool(Tool::Angle),
        ),
        row(
            "measure.gap",
            M::Modify,
            "Shortest Distance",
            "How far the two selected parts are apart, and where",
            None,
            C::MeasureGap,
        ),
        row(
            "measure.toggle",
            M::View,
            "Measurements",
            "Show or hide all measurements",
            None,
            C::ToggleMeasurements,
        ),
        row(
            "measure.delete-all",
            M::Modify,
            "Delete All Measurements",
            "Remove every measurement",
            None,
            C::DeleteMeasurements,
        ),
        row(
            "measure.export-csv",
            M::File,
            "Export Measurements as CSV…",
            "A table of all measurements",
            None,
            C::ExportMeasurements(MeasurementFormat::Csv),
        ),
        row(
            "measure.export-json",
            M::File,
            "Export Measurements as JSON…",
            "All measurements for programs",
            None,
            C::ExportMeasurements(MeasurementFormat::Json),
        ),
        row(
            "tool.snap",
            M::Modify,
            "Snap",
            "Snap drags to round values",
            Some((NONE, Key::S)),
            C::ToggleSnap,
        ),
        row(
            "view.fit-all",
            M::View,
            "Fit All",
            "Bring everything into the picture",
            Some((NONE, Key::A)),
            C::FitAll,
        ),
        row(
            "view.fit-selection",
            M::View,
            "Fit Selection",
            "Bring the selection into the picture",
            Some((NONE, Key::F)),
            C::FitSelection,
        ),
        row(
            "view.iso",
            M::View,
            "Isometric",
            "Look from the upper front right",
            Some((NONE, Key::Num0)),
            C::View(StandardView::Iso),
        ),
        row(
            "view.front",
            M::View,
            "Front",
            "Look along +Y",
            Some((NONE, Key::Num1)),
            C::View(StandardView::Front),
        ),
        row(
            "view.back",
            M::View,
            "Back",
            "Look along -Y",
            Some((NONE, Key::Num2)),
            C::View(StandardView::Back),
        ),
        row(
            "view.left",
            M::View,
            "Left",
            "Look along +X",
            Some((NONE, Key::Num3)),
            C::View(StandardView::Left),
        ),
        row(
            "view.right",
            M::View,
            "Right",
            "Look along -X",
            Some((NONE, Key::Num4)),
            C::View(StandardView::Right),
        ),
        row("view.top", M::View, "Top", "Look down", Some((NONE, Key::Num5)), C::View(StandardView::Top)),
        row(
            "view.bottom",
            M::View,
            "Bottom",
            "Look up",
            Some((NONE, Key::Num6)),
            C::View(StandardView::Bottom),
        ),
        row(
            "view.projection",
            M::View,
            "Parallel Projection",
            "Parallel lines stay parallel, instead of perspective",
            Some((NONE, Key::P)),
            C::ToggleProjection,
        ),
        row("view.shaded", M::View, "Shaded", "Surfaces only", None, C::DrawMode(Mode::Shaded)),
        row(
            "view.shaded-edges",
            M::View,
            "Shaded with Edges",
            "Surfaces and feature edges",
            None,
            C::DrawMode(Mode::ShadedWithEdges),
        ),
        row(
            "view.wireframe",
            M::View,
            "Wireframe",
            "Surfaces and every triangle",
            None,
            C::DrawMode(Mode::Wireframe),
        ),
        row(
            "view.x-ray",
            M::View,
            "X-Ray",
            "See through everything",
            Some((NONE, Key::X)),
            C::DrawMode(Mode::XRay),
        ),
        row(
            "view.section-x",
            M::View,
            "Section across X",
            "Look inside: cut through the middle, to be moved in the properties",
            None,
            C::ToggleSection(Axis::X),
        ),
        row(
            "view.section-y",
            M::View,
            "Section across Y",
            "Look inside: cut through the middle, to be moved in the properties",
            None,
            C::ToggleSection(Axis::Y),
        ),
        row(
            "view.section-z",
            M::View,
            "Section across Z",
            "Look inside: cut through the middle, to be moved in the properties",
            None,
            C::ToggleSection(Axis::Z),
        ),
        row(
            "view.section-camera",
            M::View,
            "Section Facing the Camera",
            "Look inside: cut across the line of sight",
            None,
            C::SectionToCamera,
        ),
        row(
            "view.section-face",
            M::View,
            "Section along the Clicked Face",
            "Cut in the plane of the face that was clicked last",
            None,
            C::SectionAtFace,
        ),
        row(
            "view.section-box",
            M::View,
            "Section Box",
            "Show only what is in a box with sides that can be dragged",
            None,
            C::ToggleSectionBox,
        ),
        row("view.section-flip", M::View, "Flip Section", "Show the other side", None, C::FlipSection),
        row("view.section-off", M::View, "End Section", "Show everything whole again", None, C::EndSections),
        row("view.grid", M::View, "Grid", "Show or hide the grid", Some((NONE, Key::G)), C::ToggleGrid),
        row("view.theme", M::View, "Dark Theme", "Switch between light and dark", None, C::ToggleTheme),
        row("view.tree", M::View, "Scene Tree", "Show or hide the tree", Some((NONE, Key::T)), C::ToggleTree),
        row(
            "view.properties",
            M::View,
            "Properties",
            "Show or hide the properties",
            Some((NONE, Key::N)),
            C::ToggleProperties,
        ),
        row(
            "view.next-region",
            M::View,
            "Next Region",
            "Move the keyboard to the next part of the window",
            Some((NONE, Key::F6)),
            C::GoToRegion { forward: true },
        ),
        row(
            "view.previous-region",
            M::View,
            "Previous Region",
            "Move the keyboard to the part of the window before",
            Some((SHIFT, Key::F6)),
            C::GoToRegion { forward: false },
        ),
        row("jobs.cancel", M::Help, "Cancel Running Work", "Stop all jobs", None, C::CancelJobs),
        row(
            "app.settings",
            M::Help,
            "Settings…",
            "Units, navigation and looks",
            Some((COMMAND, Key::Comma)),
            C::ToggleSettings,
        ),
        row(
            "app.palette",
            M::Help,
            "Command Palette…",
            "Find any command by name",
            Some((COMMAND_SHIFT, Key::P)),
            C::TogglePalette,
        ),
        row(
            "app.shortcuts",
            M::Help,
            "Keyboard Shortcuts",
            "All keys at a glance",
            Some((NONE, Key::Questionmark)),
            C::ToggleShortcuts,
        ),
    ]
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
