//! Jobs that the state starts by itself, and what becomes of their results.

use std::sync::Arc;

use document::{Content, Edit, NodeId, PartContent};
use geometry::ContentHash;
use jobs::{FileRef, ImportedModel, JobError, JobOutput, JobRequest, PartRef};
use serde_json::json;

use super::sections::DrawingFormat;
use super::{EnvironmentMap, ShownPreview, State};
use crate::effect::SavedKind;
use crate::job_queue::{JobEvent, JobId};
use crate::notify::{Level, Remedy};
use crate::view_state::CameraWish;

/// Why a job runs, and so what to do with what it gives.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Purpose {
    /// Add the model that is the first of these files.
    Import(Vec<FileRef>),
    /// Bring live nodes up to date.
    Evaluate(ContentHash),
    /// Take a node apart, as long as it is what it was.
    Separate { node: NodeId, key: ContentHash },
    /// Make display arrays of parts that came without.
    Prepare(Vec<ContentHash>),
    /// Write a file.
    Export,
    /// Tell the numbers of the active section.
    MeasureSection,
    /// Write what a section cuts.
    DrawSection(DrawingFormat),
    /// Write the project as of a revision, to a known file or one to be chosen.
    Save { revision: u64, file: Option<String>, name: String },
    /// Replace the document by a project.
    OpenProject(String),
    /// Know what a part consists of.
    Recognize(ContentHash),
    /// Keep how far two parts are apart, as long as they stand where they stood.
    Gap { nodes: [NodeId; 2], places: [glam::DAffine3; 2] },
    /// Replace the environment light.
    Environment,
    /// Pack parts for storage.
    Pack,
    /// Bring back the document of an earlier run: of which file, and whether it had unsaved changes.
    Restore { file: Option<String>, dirty: bool },
}

/// What a project job gives.
struct OpenedProject {
    document: String,
    parts: Vec<jobs::PreparedPart>,
    images: Vec<(ContentHash, Arc<assets::Image>)>,
    warnings: Vec<assets::Warning>,
}

impl Purpose {
    /// Jobs of one slot replace each other: only the newest matters.
    pub(super) fn slot(&self) -> Option<String> {
        match self {
            Self::OpenProject(_) => Some("project".to_owned()),
            Self::Environment => Some("environment".to_owned()),
            Self::Save { .. } => Some("save".to_owned()),
            Self::MeasureSection => Some("section".to_owned()),
            Self::Import(_) | Self::Evaluate(_) | Self::Prepare(_) | Self::Export => None,
            Self::DrawSection(_) => None,
            Self::Separate { .. } | Self::Pack | Self::Restore { .. } | Self::Recognize(_) => None,
            Self::Gap { .. } => Some("gap".to_owned()),
        }
    }

    /// Whether nobody needs to see that it runs.
    pub(super) fn is_quiet(&self) -> bool {
        matches!(self, Self::Pack | Self::MeasureSection)
    }

    /// Whether a model or a project is shown when it is done.
    pub(super) fn opens(&self) -> bool {
        matches!(self, Self::Import(_) | Self::OpenProject(_) | Self::Restore { .. })
    }
}

impl State {
    /// Takes what jobs have to say and starts those that the document needs. Once per frame, before drawing.
    pub fn update(&mut self) {
        for event in self.jobs.poll() {
            self.job_news.push(news_of(&event));
            let is_progress = matches!(event, JobEvent::Progress { .. });
            self.wake_after(if is_progress { self.view.animation_secs() } else { 0.0 });
            match event {
                JobEvent::Progress { .. } => {}
                JobEvent::Preview { id, preview } => self.show_preview(id, *preview),
                JobEvent::Finished { id, output } => {
                    let was_previewed = self.end_preview(id);
                    match (self.take_purpose(id), output) {
                        (Some(Purpose::MeasureSection), JobOutput::Sections(sections)) => {
                            self.section_measured(id, sections.into_iter().next());
                        }
                        (Some(purpose), output) => self.finished(purpose, output, was_previewed),
                        (None, _) => {}
                    }
                }
                JobEvent::Failed { id, error } => {
                    self.end_preview(id);
                    self.section_measured(id, None);
                    if let Some(purpose) = self.take_purpose(id) {
                        self.failed(purpose, &error);
                    }
                }
                JobEvent::Cancelled { id } => {
                    self.end_preview(id);
                    self.section_measured(id, None);
                    if let Some(purpose) = self.take_purpose(id) {
                        self.failed(purpose, &JobError::Cancelled);
                    }
                }
            }
        }
        if self.evaluated_revision != Some(self.revision) {
            self.evaluated_revision = Some(self.revision);
            self.evaluate();
        }
        self.measure_section();
    }

    /// [`State::update`], and whether work is still under way: for those who wait, without a window.
    pub fn update_and_wait(&mut self) -> bool {
        self.update();
        !self.running.is_empty() || self.evaluated_revision != Some(self.revision)
    }

    fn take_purpose(&mut self, id: JobId) -> Option<Purpose> {
        let position = self.running.iter().position(|(known, _)| *known == id)?;
        Some(self.running.remove(position).1)
    }

    /// Shows what a job has so far of the model that it opens.
    fn show_preview(&mut self, job: JobId, preview: jobs::Preview) {
        let is_import = |(id, purpose): &(_, Purpose)| *id == job && matches!(purpose, Purpose::Import(_));
        if self.running.iter().any(is_import) {
            self.preview = Some(ShownPreview { job, preview, drawn: false });
            self.jump_to_new();
        }
    }

    /// Whether the job had shown something.
    fn end_preview(&mut self, job: JobId) -> bool {
        self.preview.take_if(|shown| shown.job == job).is_some()
    }

    /// Moves the camera to what was opened, or to all if there was something before.
    fn jump_to_new(&mut self) {
        let was_empty = self.document().is_empty();
        self.view.wanted = Some(if was_empty { CameraWish::JumpToAll } else { CameraWish::FitAll });
    }

    fn finished(&mut self, purpose: Purpose, output: JobOutput, was_previewed: bool) {
        match (purpose, output) {
            (Purpose::Import(files), JobOutput::Imported(model)) => {
                if !was_previewed {
                    self.jump_to_new();
                }
                self.add_imported(files.first().map_or("", |file| &file.name), *model);
            }
            (Purpose::Evaluate(_), JobOutput::Evaluated { key, part, remarks }) => {
                self.parts.insert_result(key, *part, remarks);
                self.parts.remember_shown(self.history.document());
                self.evaluated_revision = None;
            }
            (Purpose::Prepare(_), JobOutput::Prepared(parts)) => {
                for part in parts {
                    self.parts.insert(part);
                }
                self.evaluated_revision = None;
            }
            (Purpose::Separate { node, key }, JobOutput::Prepared(bodies)) => {
                self.separated(node, key, bodies);
            }
            (Purpose::Recognize(_), JobOutput::Recognized { hash, features }) => {
                self.features.insert(hash, Arc::new(*features));
            }
            (Purpose::Gap { nodes, places }, JobOutput::Gap(gap)) => self.found_gap(nodes, places, gap),
            (Purpose::Export, JobOutput::Files(files)) => {
                for file in files {
                    self.write_file(None, file.name, file.bytes, SavedKind::Export);
                }
            }
            (Purpose::DrawSection(format), JobOutput::Sections(sections)) => {
                self.write_section(format, sections.into_iter().next().unwrap_or_default());
            }
            (Purpose::Save { revision, file, name }, JobOutput::Files(files)) => {
                if let Some(bytes) = files.into_iter().next().map(|file| file.bytes) {
                    self.write_file(file, name, bytes, SavedKind::Project(revision));
                }
            }
            (Purpose::OpenProject(file), JobOutput::Project { document, parts, images, warnings }) => {
                let project = OpenedProject { document, parts, images, warnings };
                self.replace_by_project(&file, Some(file.clone()), project);
            }
            (Purpose::Pack, JobOutput::Files(files)) => self.packed.extend(files),
            (Purpose::Restore { file, dirty }, JobOutput::Project { document, parts, images, warnings }) => {
                let project = OpenedProject { document, parts, images, warnings };
                self.replace_by_project("The work of your last visit", file, project);
                // An empty document is no model that was opened.
                if self.document().is_empty() {
                    self.opening.clear();
                }
                if dirty {
                    self.project.saved_revision = 0;
                    self.notify(Level::Info, "Your unsaved work was restored", Vec::new());
                }
            }
            (Purpose::Environment, JobOutput::Environment { name, width, height, rgb }) => {
                self.environment = Some(Arc::new(EnvironmentMap { name, width, height, rgb }));
            }
            (purpose, _) => {
                self.failed(purpose, &JobError::failed("internal", "the job answered another question"));
            }
        }
    }

    /// Starts to take the selected parts apart.
    pub(super) fn separate(&mut self) {
        let document = self.document();
        let mut found = Vec::new();
        for node in self.modifiable().iter().flat_map(|&node| document::leaf_parts(document, node)) {
            let id = node.node;
            let Some(key) = document::evaluation_key(document, id) else { continue };
            let known = match document.node(id).map(|node| &node.content) {
                Some(Content::Part(content)) => Some((content.hash, Arc::clone(&content.part))),
                _ => self.parts.result(key),
            };
            found.extend(known.map(|(hash, part)| (id, key, PartRef { hash, part: Some(part) })));
        }
        if found.is_empty() {
            self.notify(Level::Warning, "There is nothing to take apart yet", Vec::new());
        }
        for (node, key, part) in found {
            let name = self.document().node(node).map_or_else(String::new, |node| node.name.clone());
            let label = format!("Separating {name}");
            self.submit(JobRequest::Separate { part }, label, Purpose::Separate { node, key });
        }
    }

    /// Puts bodies into the place of a node, unless it became another one meanwhile.
    fn separated(&mut self, node: NodeId, key: ContentHash, bodies: Vec<jobs::PreparedPart>) {
        let name = self.document().node(node).map_or_else(String::new, |node| node.name.clone());
        if document::evaluation_key(self.document(), node) != Some(key) {
            self.notify(Level::Info, "The part was changed and so not taken apart", Vec::new());
            return;
        }
        if bodies.len() < 2 {
            self.notify(Level::Info, format!("{name} is a single body"), Vec::new());
            return;
        }
        let content =
            |body: &jobs::PreparedPart| PartContent { hash: body.hash, part: Arc::clone(&body.part) };
        let parts = bodies.iter().map(content).collect();
        bodies.into_iter().for_each(|body| self.parts.insert(body));
        self.edit(&Edit::Separate(node, parts), None);
    }

    fn add_imported(&mut self, name: &str, mut model: ImportedModel) {
        for part in std::mem::take(&mut model.parts) {
            model.parts.push(part.clone());
            self.parts.insert(part);
        }
        let warnings: Vec<String> = model
            .imported
            .warnings
            .iter()
            .map(|warning| format!("{} ({})", warning.message, warning.at))
            .collect();
        self.edit(&Edit::AddImported(Arc::new(model)), None);
        self.opening.push(name.to_owned());
        if !warnings.is_empty() {
            let title = match warnings.len() {
                1 => format!("{name} opened with a warning"),
                many => format!("{name} opened with {many} warnings"),
            };
            self.notify(Level::Warning, title, warnings);
        }
    }

    fn replace_by_project(&mut self, name: &str, file: Option<String>, project: OpenedProject) {
        let OpenedProject { document, parts, images, warnings } = project;
        let part_of = |hash| parts.iter().find(|part| part.hash == hash).map(|part| Arc::clone(&part.part));
        let image_of =
            |hash| images.iter().find(|(known, _)| *known == hash).map(|(_, image)| Arc::clone(image));
        match document::from_json(&document, &part_of, &image_of) {
            Ok((document, more)) => {
                self.reset(document, file, &format!("Open {name}"));
                for part in parts {
                    self.parts.insert(part);
                }
                self.opening.push(name.to_owned());
                let warnings: Vec<String> =
                    warnings.iter().chain(&more).map(|warning| warning.message.clone()).collect();
                if !warnings.is_empty() {
                    self.notify(Level::Warning, format!("{name}: damaged; what is left is shown"), warnings);
                }
            }
            Err(error) => {
                self.notify(Level::Error, format!("{name} could not be opened"), vec![error.to_string()]);
            }
        }
    }

    fn failed(&mut self, purpose: Purpose, error: &JobError) {
        let cancelled = *error == JobError::Cancelled;
        let title = match &purpose {
            Purpose::Evaluate(key) => {
                self.parts.insert_failure(*key, error.clone());
                if cancelled {
                    "Stopped; undo the change, or change it, to go on"
                } else {
                    "A shape could not be made"
                }
                .to_owned()
            }
            Purpose::Import(files) => {
                format!("{} could not be opened", files.first().map_or("The model", |file| &file.name))
            }
            Purpose::OpenProject(name) => format!("{name} could not be opened"),
            Purpose::Separate { .. } => "The part was not taken apart".to_owned(),
            Purpose::Recognize(hash) => {
                // Not tried again; points can be measured still.
                self.features.insert(*hash, Arc::default());
                "Shapes could not be recognised".to_owned()
            }
            Purpose::Gap { .. } => "The distance was not measured".to_owned(),
            Purpose::Prepare(_) => "A part could not be prepared for display".to_owned(),
            Purpose::Export | Purpose::Save { .. } | Purpose::DrawSection(_) => {
                "The file was not written".to_owned()
            }
            Purpose::MeasureSection => "The section could not be measured".to_owned(),
            Purpose::Environment => "The environment map could not be read".to_owned(),
            Purpose::Pack => "Changes cannot be kept safe; save your work as a file".to_owned(),
            Purpose::Restore { .. } => "The work of your last visit could not be restored".to_owned(),
        };
        match (&purpose, cancelled) {
            (Purpose::Evaluate(_), true) => self.notify(Level::Info, title, Vec::new()),
            (_, true) => {}
            (_, false) => {
                self.notify(Level::Error, title, vec![error.to_string()]);
                let remedy = self.remedy(purpose, error);
                if let Some(message) = self.notifications.all.last_mut() {
                    message.remedy = remedy;
                }
            }
        }
    }

    /// What helps against a failure.
    fn remedy(&self, purpose: Purpose, error: &JobError) -> Option<Remedy> {
        let JobError::Failed { code, .. } = error else { return None };
        match purpose {
            Purpose::Import(files) if code == jobs::NEEDS_MEMORY => Some(Remedy::OpenCoarser(files)),
            Purpose::Evaluate(key) if code == JobError::OPEN_MESH => {
                let document = self.document();
                let is_failed = |id| document::evaluation_key(document, id) == Some(key);
                let failed = document.nodes().map(|(id, _)| id).filter(|&id| is_failed(id));
                let open: Vec<NodeId> = failed.flat_map(|id| self.open_parts(id)).collect();
                (!open.is_empty()).then_some(Remedy::Repair(open))
            }
            _ => None,
        }
    }

    /// Starts the jobs that the document needs now and cancels those it needs no more.
    fn evaluate(&mut self) {
        let document = self.history.document();
        let mut wanted = Vec::new();
        let mut unprepared = Vec::new();
        for pending in document::pending_work(document, &|key| self.parts.result(key)) {
            if self.parts.failure(pending.key).is_none() {
                wanted.push(pending);
            }
        }
        for (_, node) in document.nodes() {
            if let Content::Part(content) = &node.content
                && self.parts.prepared(content.hash).is_none()
                && !unprepared.iter().any(|part: &PartRef| part.hash == content.hash)
            {
                unprepared.push(PartRef { hash: content.hash, part: Some(Arc::clone(&content.part)) });
            }
        }
        let stale: Vec<_> = self
            .running
            .iter()
            .filter(|(_, purpose)| {
                matches!(purpose, Purpose::Evaluate(key) if !wanted.iter().any(|pending| pending.key == *key))
            })
            .map(|(id, _)| *id)
            .collect();
        for id in stale {
            // Nobody asked for this to stop, so nobody is told: the purpose goes before the news comes.
            self.take_purpose(id);
            self.jobs.cancel(id);
        }
        for pending in wanted {
            let purpose = Purpose::Evaluate(pending.key);
            if self.running.iter().any(|(_, running)| *running == purpose) {
                continue;
            }
            let name = self.document().node(pending.node).map_or_else(String::new, |node| node.name.clone());
            self.submit(JobRequest::Evaluate { key: pending.key, recipe: pending.recipe }, name, purpose);
        }
        unprepared.retain(|part| {
            !self.running.iter().any(
                |(_, purpose)| matches!(purpose, Purpose::Prepare(hashes) if hashes.contains(&part.hash)),
            )
        });
        if !unprepared.is_empty() {
            let purpose = Purpose::Prepare(unprepared.iter().map(|part| part.hash).collect());
            self.submit(JobRequest::Prepare { parts: unprepared }, "Preparing parts".to_owned(), purpose);
        }
    }
}

/// An event as the page's script hears of it.
fn news_of(event: &JobEvent) -> serde_json::Value {
    let (id, kind, detail) = match event {
        JobEvent::Progress { id, phase, fraction } => {
            (id, "progress", json!({ "phase": phase, "fraction": fraction }))
        }
        JobEvent::Preview { id, .. } => (id, "preview", json!({})),
        JobEvent::Finished { id, .. } => (id, "finished", json!({})),
        JobEvent::Failed { id, error } => (id, "failed", json!({ "message": error.to_string() })),
        JobEvent::Cancelled { id } => (id, "cancelled", json!({})),
    };
    json!({ "id": id.0, "kind": kind, "detail": detail })
}

#[cfg(test)]
mod tests {
    use jobs::FileSource;

    use super::*;
    use crate::job_queue::JobQueue;
    use crate::settings::Settings;

    #[test]
    fn what_does_not_fit_is_offered_coarser() {
        let mut state = State::new(Settings::default(), JobQueue::unwatched());
        let files = vec![FileRef { name: "large.stl".to_owned(), source: FileSource::Page(7) }];
        state.failed(Purpose::Import(files.clone()), &JobError::failed("malformed", "it is damaged"));
        state.failed(Purpose::Import(files.clone()), &JobError::failed(jobs::NEEDS_MEMORY, "it is large"));
        let remedies: Vec<_> = state.notifications.all.iter().map(|message| message.remedy.clone()).collect();
        assert_eq!(remedies, [None, Some(Remedy::OpenCoarser(files.clone()))]);
        let remedy = remedies[1].clone().expect("it was just compared");
        state.apply(remedy.command());
        assert!(matches!(&state.running[..], [(_, Purpose::Import(opened))] if *opened == files));
    }
}
