//! What becomes of files that the platform wrote, and of what autosave keeps.

use jobs::{JobRequest, OutputFile};

use super::State;
use super::results::Purpose;
use crate::effect::{Effect, SavedKind};
use crate::notify::Level;

impl State {
    /// Has a file written: to a known path, or where the user chooses.
    pub(crate) fn write_file(&mut self, path: Option<String>, name: String, bytes: Vec<u8>, kind: SavedKind) {
        self.num_tickets += 1;
        let ticket = self.num_tickets;
        self.tickets.push((ticket, kind));
        self.effects.push(match path {
            Some(path) => Effect::WriteFile { path, bytes, ticket },
            None => Effect::SaveFile { name, bytes, ticket },
        });
    }

    /// Hears what became of it.
    pub fn saved(&mut self, ticket: u64, outcome: Result<Option<String>, String>) {
        let Some(position) = self.tickets.iter().position(|(known, _)| *known == ticket) else { return };
        let (_, kind) = self.tickets.remove(position);
        match (outcome, kind) {
            (Err(reason), _) => self.notify(Level::Error, "The file was not written", vec![reason]),
            (Ok(None), _) => {}
            (Ok(Some(file)), SavedKind::Project(revision)) => {
                self.project.saved_revision = revision;
                self.settings.remember(&file);
                self.notify(Level::Info, format!("Saved {file}"), Vec::new());
                self.project.file = Some(file);
            }
            (Ok(Some(file)), SavedKind::Export) => {
                self.notify(Level::Info, format!("Wrote {file}"), Vec::new());
            }
        }
    }

    /// Hears that storage refused something; the user must know that a crash would now cost work.
    pub fn storage_failed(&mut self, key: &str, reason: &str) {
        let title = "Changes cannot be kept safe; save your work as a file";
        if self.notifications.all.iter().any(|known| known.title == title) {
            log::error!("{key} could not be stored: {reason}");
        } else {
            self.notify(Level::Warning, title, vec![reason.to_owned()]);
        }
    }

    /// Packs parts and images for storage.
    pub(crate) fn pack(&mut self, request: JobRequest) {
        self.submit(request, "Keeping a copy".to_owned(), Purpose::Pack);
    }

    /// What was packed since the last call.
    pub(crate) fn take_packed(&mut self) -> Vec<OutputFile> {
        std::mem::take(&mut self.packed)
    }

    /// Brings back the document of an earlier run.
    pub(crate) fn restore(
        &mut self,
        document: String,
        files: Vec<OutputFile>,
        file: Option<String>,
        dirty: bool,
    ) {
        let request = JobRequest::Restore { document, files };
        self.submit(request, "Restoring your work".to_owned(), Purpose::Restore { file, dirty });
    }
}
