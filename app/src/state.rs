//! All state of the app but the GPU's, and the one door through which it changes.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use document::{Document, Edit, History, Node, NodeId};
use glam::DAffine3;
use jobs::{JobRequest, OutputFile};

use crate::command::{Command, Shape};
use crate::effect::{Effect, SavedKind};
use crate::job_queue::{JobId, JobInfo, JobQueue};
use crate::notify::{Level, Notifications};
use crate::parts::PartStore;
use crate::settings::Settings;
use crate::snapshot::Snapshot;
use crate::view_state::{CameraWish, ViewState, WantedPicture};

pub(crate) mod export;
mod files;
mod measuring;
mod results;
mod saving;
pub mod sections;

pub use measuring::MeasurementFormat;

/// What a job shows of the model that it opens.
#[derive(Debug)]
pub struct ShownPreview {
    /// The job.
    pub job: JobId,
    /// What it shows.
    pub preview: jobs::Preview,
    /// Whether a picture with it has been drawn.
    pub drawn: bool,
}

/// The app without its window: panels read it, tests drive it.
pub struct State {
    /// The document and its past.
    pub history: History,
    /// How the user looks at it.
    pub view: ViewState,
    /// The user's choices.
    pub settings: Settings,
    /// Work off the main thread.
    pub jobs: JobQueue,
    /// What jobs found out about parts.
    pub parts: PartStore,
    /// Messages.
    pub notifications: Notifications,
    /// The project file the document belongs to.
    pub project: Project,
    /// Those of documents that undo and redo bring back, by the chapter of the history.
    other_projects: BTreeMap<u32, Project>,
    /// Rises whenever the document becomes another one.
    pub revision: u64,
    /// What the platform shall do: dialogs, downloads. Drained once per frame.
    pub effects: Vec<Effect>,
    /// Seconds since the app started, set once per frame.
    pub now_secs: f64,
    /// What the environment light is; `None` is the built-in studio.
    pub environment: Option<Arc<EnvironmentMap>>,
    /// Names of models whose first picture is still to come.
    pub opening: Vec<String>,
    /// What is shown of a large model while it is being opened.
    pub preview: Option<ShownPreview>,
    /// What is recognised in parts, by their content.
    features: BTreeMap<geometry::ContentHash, Arc<geometry::features::Features>>,
    running: Vec<(JobId, results::Purpose)>,
    evaluated_revision: Option<u64>,
    tickets: Vec<(u64, SavedKind)>,
    num_tickets: u64,
    packed: Vec<OutputFile>,
    job_news: Vec<serde_json::Value>,
    wake_secs: Option<f64>,
    /// What is known of the active section.
    pub measured: sections::Measured,
}

/// The file a document is saved in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Project {
    /// Its path natively, its name on the web; `None` before it was saved.
    pub file: Option<String>,
    /// What the document is called as long as it has no file of its own.
    pub name: Option<String>,
    /// The revision that is saved.
    pub saved_revision: u64,
}

/// An environment light from a file.
#[derive(Clone, Debug)]
pub struct EnvironmentMap {
    /// Its file name.
    pub name: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Linear RGB.
    pub rgb: Vec<[f32; 3]>,
}

impl State {
    /// Bytes of parts that only the undo list holds before it forgets.
    const HISTORY_BYTES: usize = 1 << 30;

    /// An empty document with the user's settings.
    #[must_use]
    pub fn new(settings: Settings, jobs: JobQueue) -> Self {
        let mut state = Self {
            history: History::new(Document::default(), Self::HISTORY_BYTES),
            view: ViewState::default(),
            settings,
            jobs,
            parts: PartStore::default(),
            notifications: Notifications::default(),
            project: Project::default(),
            other_projects: BTreeMap::new(),
            revision: 1,
            effects: Vec::new(),
            now_secs: 0.0,
            environment: None,
            opening: Vec::new(),
            preview: None,
            features: BTreeMap::new(),
            running: Vec::new(),
            evaluated_revision: None,
            tickets: Vec::new(),
            num_tickets: 0,
            packed: Vec::new(),
            job_news: Vec::new(),
            wake_secs: None,
            measured: sections::Measured::default(),
        };
        state.reset(state.empty_document(), None, "");
        state
    }

    /// The document as it is now.
    #[must_use]
    pub fn document(&self) -> &Document {
        self.history.document()
    }

    /// Whether there are changes that no project file holds.
    #[must_use]
    pub fn is_dirty(&self) -> bool {
        self.revision != self.project.saved_revision
    }

    /// Whether a selected node is of a kind.
    #[must_use]
    pub fn selects(&self, is: impl Fn(&Node) -> bool) -> bool {
        self.view.selection.iter().filter_map(|&id| self.document().node(id)).any(|node| is(node))
    }

    /// Whether a node is drawn: it and all above are visible, no operation above hides it, and it is not left out by
    /// isolation.
    #[must_use]
    pub fn is_shown(&self, id: NodeId) -> bool {
        let document = self.document();
        let mut isolated = self.view.isolated.is_none();
        let mut next = Some(id);
        while let Some(current) = next {
            let Some(node) = document.node(current) else { return false };
            let operand = current != id && node.content.is_operation();
            if !node.visible || operand {
                return false;
            }
            isolated |= self.view.isolated.as_ref().is_some_and(|shown| shown.contains(&current));
            next = node.parent;
        }
        isolated
    }

    /// Makes a wish come true, or tells why not.
    pub fn apply(&mut self, command: Command) {
        match command {
            Command::ChooseFiles => self.effects.push(Effect::ChooseFiles),
            Command::OpenFiles(files) => self.open(files),
            Command::OpenCoarser(files) => self.import(files, Some(jobs::COARSE_TRIANGLES)),
            Command::OpenRecent(file) => self.effects.push(Effect::OpenAgain(file)),
            Command::OpenSample(number) => self.open_sample(number),
            Command::NewDocument => self.reset(self.empty_document(), None, "New Document"),
            Command::SaveProject => self.save_project(false),
            Command::SaveProjectAs => self.save_project(true),
            Command::Export(format) => self.export(format),
            Command::Screenshot => {
                self.view.pictures.push_back(WantedPicture { snapshot: Snapshot::default(), reply: None });
            }
            Command::Undo => self.travel(History::undo),
            Command::Redo => self.travel(History::redo),
            Command::Edit(edit, merge_key) => self.edit(&edit, merge_key),
            Command::EndMerge => self.history.seal(),
            Command::Select(ids) => self.view.selection = ids,
            Command::SelectAll => self.view.selection = self.document().roots().to_vec(),
            Command::SelectNone => {
                if !self.leave_measuring() {
                    self.view.selection.clear();
                }
            }
            Command::Delete => self.edit_selection(Edit::Delete),
            Command::Duplicate => self.edit_selection(Edit::Duplicate),
            Command::Group => self.edit_selection(Edit::Group),
            Command::Dissolve => self.edit_selection(Edit::Dissolve),
            Command::Separate => self.separate(),
            Command::Freeze => self.freeze(),
            Command::Rename => self.view.renaming = self.view.selection.first().copied(),
            Command::Hide => self.edit_selection(|ids| Edit::SetVisible(ids, false)),
            Command::ShowAll => self.show_all(),
            Command::Isolate => self.isolate(),
            Command::Add(shape) => self.add(shape),
            Command::Boolean(op) => {
                let operands = self.view.selection.clone();
                self.edit(&Edit::AddOperations(vec![(op.into(), operands)]), None);
            }
            Command::Modify(modifier) => self.modify(modifier, &self.modifiable()),
            Command::ModifyNodes(modifier, nodes) => self.modify(modifier, &nodes),
            Command::Tool(tool) => {
                self.view.tool = tool;
                self.view.measuring.clear();
            }
            Command::MeasureAt(anchor) => self.measure(anchor),
            Command::MeasureGap => self.measure_gap(),
            Command::ToggleMeasurements => {
                let all: Vec<_> = self.document().measurements().map(|(id, it)| (id, it.visible)).collect();
                let visible = !all.iter().any(|(_, visible)| *visible);
                let ids = all.into_iter().map(|(id, _)| id).collect();
                self.edit(&Edit::ShowMeasurements(ids, visible), None);
            }
            Command::DeleteMeasurements => {
                let ids = self.document().measurements().map(|(id, _)| id).collect();
                self.edit(&Edit::DeleteMeasurements(ids), None);
            }
            Command::ExportMeasurements(format) => self.export_measurements(format),
            Command::View(view) => self.view.wanted = Some(CameraWish::Look(view)),
            Command::FitAll => self.view.wanted = Some(CameraWish::FitAll),
            Command::FitSelection => self.view.wanted = Some(CameraWish::FitSelection),
            Command::LookThrough(node) => self.view.wanted = Some(CameraWish::Through(node)),
            Command::ToggleProjection => self.view.wanted = Some(CameraWish::ToggleProjection),
            Command::DrawMode(mode) => self.settings.mode = mode,
            Command::ToggleSection(axis) => self.toggle_section(axis),
            Command::SectionToCamera => self.section_to_camera(),
            Command::SectionAtFace => self.section_at_face(),
            Command::ToggleSectionBox => self.toggle_section_box(),
            Command::SetSection(number, section) => self.view.sections.set(number, section),
            Command::FlipSection => self.flip_section(),
            Command::EndSections => self.view.sections = Default::default(),
            Command::ExportSection(format) => self.export_section(format),
            Command::CutAtSection(kept) => self.cut_at_section(kept),
            Command::ToggleGrid => self.settings.grid ^= true,
            Command::ToggleSnap => self.settings.snap ^= true,
            Command::ToggleTheme => self.settings.dark ^= true,
            Command::ToggleTree => self.settings.tree_open ^= true,
            Command::ToggleProperties => self.settings.properties_open ^= true,
            Command::TogglePalette => self.view.palette_open ^= true,
            Command::ToggleSettings => self.view.settings_open ^= true,
            Command::ToggleShortcuts => self.view.shortcuts_open ^= true,
            Command::GoToRegion { forward } => self.view.region_step = Some(forward),
            Command::CancelJobs => self.jobs.cancel_all(),
            Command::CancelJob(id) => self.jobs.cancel(id),
        }
    }

    /// A document without anything, in the user's unit.
    fn empty_document(&self) -> Document {
        let set_unit = Edit::SetUnit(self.settings.unit).apply(&Document::default());
        set_unit.map_or_else(|_| Document::default(), |(document, _)| document)
    }

    /// Puts another document into the place of the current one, which undo brings back, unless it is an empty one.
    pub(crate) fn reset(&mut self, document: Document, file: Option<String>, label: &str) {
        let nothing_to_lose = self.document().is_empty() && self.history.undo_label().is_none();
        if nothing_to_lose {
            self.history = History::new(document, Self::HISTORY_BYTES);
        } else {
            self.other_projects.insert(self.history.chapter(), self.project.clone());
            self.history.begin_chapter(label, document);
        }
        self.revision += 1;
        self.project = Project { file, name: None, saved_revision: self.revision };
        self.show_other_document();
    }

    /// Forgets how the document before was looked at.
    fn show_other_document(&mut self) {
        self.view.selection.clear();
        self.view.isolated = None;
        self.view.measuring.clear();
        self.features.clear();
        self.view.sections = Default::default();
        self.view.face = None;
        self.view.hovered = None;
        self.view.wanted = Some(CameraWish::JumpToAll);
        self.parts.forget_shown();
        self.parts.retain(std::iter::once(self.history.document()));
    }

    pub(crate) fn edit(&mut self, edit: &Edit, merge_key: Option<u64>) {
        if let Edit::SetUnit(unit) = edit
            && self.document().is_empty()
        {
            // It is the unit of what comes; there is nothing yet that could be saved or undone.
            self.settings.unit = *unit;
            if self.history.undo_label().is_none() {
                self.reset(self.empty_document(), None, "");
                return;
            }
        }
        self.parts.remember_shown(self.history.document());
        match edit.apply(self.document()) {
            Ok((document, outcome)) => {
                self.history.push(outcome.label, document, merge_key);
                if let Some(selection) = outcome.select {
                    self.view.selection = selection;
                }
                self.document_changed();
            }
            Err(error) => self.notify(Level::Warning, error.to_string(), Vec::new()),
        }
    }

    fn edit_selection(&mut self, edit: impl Fn(Vec<NodeId>) -> Edit) {
        self.edit(&edit(self.view.selection.clone()), None);
    }

    fn travel(&mut self, direction: impl Fn(&mut History) -> bool) {
        self.parts.remember_shown(self.history.document());
        let before = self.history.chapter();
        if !direction(&mut self.history) {
            return;
        }
        self.document_changed();
        let now = self.history.chapter();
        if now != before {
            let project = self.other_projects.remove(&now).unwrap_or_default();
            let left = std::mem::replace(&mut self.project, project);
            self.other_projects.insert(before, left);
            self.show_other_document();
        }
    }

    fn document_changed(&mut self) {
        self.revision += 1;
        let document = self.history.document();
        self.view.selection.retain(|&id| document.node(id).is_some());
        self.view.measuring.retain(|anchor| document.node(anchor.node).is_some());
        if self.view.hovered.is_some_and(|id| document.node(id).is_none()) {
            self.view.hovered = None;
        }
    }

    fn show_all(&mut self) {
        self.view.isolated = None;
        let hidden: Vec<NodeId> =
            self.document().nodes().filter(|(_, node)| !node.visible).map(|(id, _)| id).collect();
        if !hidden.is_empty() {
            self.edit(&Edit::SetVisible(hidden, true), None);
        }
    }

    fn isolate(&mut self) {
        let selected = self.view.selection.iter().copied().collect();
        self.view.isolated = match self.view.isolated.take() {
            Some(shown) if shown == selected || self.view.selection.is_empty() => None,
            _ => Some(selected),
        };
    }

    fn freeze(&mut self) {
        let Some((id, content)) = self.view.selection.iter().find_map(|&id| {
            let key = document::evaluation_key(self.document(), id)?;
            let (hash, part) = self.parts.result(key)?;
            Some((id, document::PartContent { hash, part }))
        }) else {
            self.notify(Level::Warning, "There is no result to freeze yet", Vec::new());
            return;
        };
        self.edit(&Edit::Freeze(id, content), None);
    }

    /// Adds a shape where the camera looks, of a size that suits what is there, standing on the grid.
    fn add(&mut self, shape: Shape) {
        let size = self.view.camera.comfortable_size();
        let at = self.view.camera.target_on_grid(size * 0.1);
        let lift = match shape {
            Shape::Sphere => size * 0.5,
            Shape::Torus => size * 0.15,
            Shape::Box | Shape::Cylinder | Shape::Cone => 0.0,
        };
        let world_from_node = DAffine3::from_translation(at + glam::DVec3::Z * lift);
        self.edit(&Edit::AddPrimitive { primitive: shape.primitive(size), world_from_node }, None);
        if self.document().num_nodes() == 1 {
            self.view.wanted = Some(CameraWish::JumpToAll);
        }
    }

    /// Tells the user something.
    pub fn notify(&mut self, level: Level, title: impl Into<String>, details: Vec<String>) {
        self.notifications.push(level, title, details, self.now_secs);
    }

    fn submit(&mut self, request: JobRequest, label: String, purpose: results::Purpose) -> JobId {
        let id = self.jobs.submit(request, label, purpose.slot());
        self.running.push((id, purpose));
        id
    }

    /// Asks for a frame after some seconds, though nothing else may happen until then.
    pub fn wake_after(&mut self, secs: f64) {
        self.wake_secs = Some(self.wake_secs.map_or(secs, |known| known.min(secs)));
    }

    /// When a frame was asked for.
    pub fn take_wake(&mut self) -> Option<Duration> {
        self.wake_secs.take().map(|secs| Duration::from_secs_f64(secs.max(0.0)))
    }

    /// What jobs did since the last call, for the page's script.
    pub fn take_job_news(&mut self) -> Vec<serde_json::Value> {
        std::mem::take(&mut self.job_news)
    }

    /// Whether files are being opened.
    #[must_use]
    pub fn is_opening(&self) -> bool {
        self.running.iter().any(|(_, purpose)| purpose.opens())
    }

    /// The jobs that the user asked for or waits for; keeping a copy is nobody's concern, and numbers come when they come.
    #[must_use]
    pub fn visible_jobs(&self) -> Vec<JobInfo> {
        let is_quiet = |id: JobId| {
            let mut running = self.running.iter();
            running.any(|(running, purpose)| *running == id && purpose.is_quiet())
        };
        self.jobs.jobs().filter(|job| !is_quiet(job.id)).cloned().collect()
    }

    /// The jobs that open files, for those who wait for them.
    #[must_use]
    pub fn opening_jobs(&self) -> Vec<JobInfo> {
        let opens =
            |id: JobId| self.running.iter().any(|(running, purpose)| *running == id && purpose.opens());
        self.jobs.jobs().filter(|job| opens(job.id)).cloned().collect()
    }

    /// Whether an earlier run's document is on its way back.
    #[must_use]
    pub fn is_restoring(&self) -> bool {
        self.running.iter().any(|(_, purpose)| matches!(purpose, results::Purpose::Restore { .. }))
    }
}
