//! Nothing is lost: every change is in the platform's storage within a second, and comes back after a crash.
//!
//! Keys: `autosave/<session>` holds the record of one run of the app (header and `document.json`), `blob/<name>` holds
//! the packed parts and images that records name, each written once. A record goes when another run takes it over; one
//! whose document was saved goes with its blobs at the next start. What belongs to a window that is open is left alone.

use std::collections::BTreeSet;

use document::Document;
use jobs::{JobRequest, OutputFile, PartRef};
use serde::{Deserialize, Serialize};

use crate::platform::{self, Platform};
use crate::state::State;

/// At least this long between two writes.
const PAUSE_SECS: f64 = 0.4;

const RECORDS: &str = "autosave/";
const BLOBS: &str = "blob/";

/// Writes the document to storage, and finds the one that an earlier run left there.
pub struct Autosave {
    session: String,
    stage: Stage,
    written_revision: u64,
    written_secs: f64,
    /// Names of blobs that are in storage or on their way there.
    stored: BTreeSet<String>,
    /// The record of another run that came back here, until our own is written.
    taken_over: Option<String>,
}

/// How far the recovery at the start is.
enum Stage {
    /// The keys were asked for.
    Listing,
    /// Records were asked for; those that came.
    Reading { waiting: usize, records: Vec<(String, Record)> },
    /// The blobs of a record were asked for; those that came.
    Fetching { key: String, record: Record, waiting: BTreeSet<String>, files: Vec<OutputFile> },
    /// The recovery is over.
    Watching,
}

/// What is stored of one run.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    /// When it was written, seconds since 1970.
    unix_secs: f64,
    /// Whether it holds changes that no project file has.
    dirty: bool,
    /// The project file, if there is one.
    file: Option<String>,
    /// The document as JSON text.
    document: String,
    /// The names of the blobs it needs.
    blobs: Vec<String>,
}

impl Autosave {
    /// Begins with looking for what an earlier run left.
    #[must_use]
    pub fn new(platform: &Platform) -> Self {
        platform.list_stored();
        Self {
            session: platform.session(),
            stage: Stage::Listing,
            written_revision: 1,
            written_secs: f64::NEG_INFINITY,
            stored: BTreeSet::new(),
            taken_over: None,
        }
    }

    /// Whether it is known by now if an earlier run's document comes back.
    #[must_use]
    pub fn is_decided(&self) -> bool {
        matches!(self.stage, Stage::Watching)
    }

    /// Takes the list of keys.
    pub fn keys_arrived(&mut self, keys: &[String], platform: &Platform) {
        self.stored = keys.iter().filter_map(|key| key.strip_prefix(BLOBS)).map(str::to_owned).collect();
        if !matches!(self.stage, Stage::Listing) {
            return;
        }
        let records: Vec<&String> = keys.iter().filter(|key| key.starts_with(RECORDS)).collect();
        for key in &records {
            platform.load(key);
        }
        self.stage = match records.len() {
            0 => Stage::Watching,
            waiting => Stage::Reading { waiting, records: Vec::new() },
        };
    }

    /// Takes what is stored under a key.
    pub fn value_arrived(
        &mut self,
        key: &str,
        bytes: Option<Vec<u8>>,
        state: &mut State,
        platform: &Platform,
    ) {
        match &mut self.stage {
            Stage::Reading { waiting, records } if key.starts_with(RECORDS) => {
                *waiting -= 1;
                let record = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
                records.extend(record.map(|record| (key.to_owned(), record)));
                if *waiting == 0 {
                    let records = std::mem::take(records);
                    self.choose(records, state, platform);
                }
            }
            Stage::Fetching { waiting, files, .. } => {
                let Some(name) = key.strip_prefix(BLOBS) else { return };
                if waiting.remove(name)
                    && let Some(bytes) = bytes
                {
                    files.push(OutputFile { name: name.to_owned(), bytes });
                }
                if waiting.is_empty() {
                    self.restore(state);
                }
            }
            Stage::Listing | Stage::Reading { .. } | Stage::Watching => {}
        }
    }

    /// This tab's own record (after a reload) goes first, else the newest one with unsaved changes.
    fn choose(&mut self, records: Vec<(String, Record)>, state: &mut State, platform: &Platform) {
        self.stage = Stage::Watching;
        let own = self.key();
        // What belongs to a window that is open stays with it.
        let (records, others): (Vec<_>, Vec<_>) = records.into_iter().partition(|(key, _)| {
            *key == own || key.strip_prefix(RECORDS).is_some_and(|session| platform.claim(session))
        });
        if others.is_empty() && platform.is_alone() {
            self.tidy(&records, platform);
        }
        let rank = |(key, record): &(String, Record)| (*key == own, record.unix_secs);
        let best = records
            .into_iter()
            .filter(|(key, record)| record.dirty || *key == own)
            .max_by(|a, b| rank(a).partial_cmp(&rank(b)).unwrap_or(std::cmp::Ordering::Equal));
        let Some((key, record)) = best else { return };
        if !state.document().is_empty() {
            return;
        }
        for name in &record.blobs {
            platform.load(&format!("{BLOBS}{name}"));
        }
        let waiting = record.blobs.iter().cloned().collect();
        self.stage = Stage::Fetching { key, record, waiting, files: Vec::new() };
        if matches!(&self.stage, Stage::Fetching { waiting, .. } if waiting.is_empty()) {
            self.restore(state);
        }
    }

    /// Forgets records of runs that ended with everything saved, and blobs that no record needs.
    fn tidy(&mut self, records: &[(String, Record)], platform: &Platform) {
        let mut needed = BTreeSet::new();
        for (key, record) in records {
            if record.dirty || *key == self.key() {
                needed.extend(record.blobs.iter().cloned());
            } else {
                platform.forget(key);
            }
        }
        for name in self.stored.iter().filter(|name| !needed.contains(*name)) {
            platform.forget(&format!("{BLOBS}{name}"));
        }
        self.stored.retain(|name| needed.contains(name));
    }

    fn restore(&mut self, state: &mut State) {
        let Stage::Fetching { key, record, files, .. } = std::mem::replace(&mut self.stage, Stage::Watching)
        else {
            return;
        };
        // The other run is over and what it left is ours now; its record goes once our own is written.
        self.taken_over = Some(key).filter(|key| *key != self.key());
        state.restore(record.document, files, record.file, record.dirty);
    }

    fn key(&self) -> String {
        format!("{RECORDS}{}", self.session)
    }

    /// Writes what changed. Once per frame; does nothing most of the time.
    pub fn update(&mut self, state: &mut State, platform: &Platform) {
        for file in state.take_packed() {
            self.stored.insert(file.name.clone());
            platform.store(&format!("{BLOBS}{}", file.name), file.bytes);
        }
        let changed = state.revision != self.written_revision;
        if !self.is_decided() || !changed || state.is_restoring() {
            return;
        }
        let due_secs = self.written_secs + PAUSE_SECS - state.now_secs;
        if due_secs > 0.0 {
            state.wake_after(due_secs);
            return;
        }
        self.written_revision = state.revision;
        self.written_secs = state.now_secs;
        self.write(state, platform);
    }

    fn write(&mut self, state: &mut State, platform: &Platform) {
        let document::Stored { json, parts, images } = document::to_json(state.document());
        let names = blob_names(state.document());
        let missing = |name: &String| !self.stored.contains(name);
        let parts: Vec<PartRef> = parts.into_iter().filter(|part| missing(&part_name(part.hash))).collect();
        let images: Vec<_> = images.into_iter().filter(|(hash, _)| missing(&image_name(*hash))).collect();
        // Remembered at once, so that the next change does not pack them again.
        self.stored.extend(parts.iter().map(|part| part_name(part.hash)));
        self.stored.extend(images.iter().map(|(hash, _)| image_name(*hash)));
        if !parts.is_empty() || !images.is_empty() {
            state.pack(JobRequest::Pack { parts, images });
        }
        let record = Record {
            unix_secs: platform::unix_secs(),
            dirty: state.is_dirty(),
            file: state.project.file.clone(),
            document: json,
            blobs: names,
        };
        let bytes = serde_json::to_vec(&record).expect("a record is plain data");
        platform.store(&self.key(), bytes);
        if let Some(key) = self.taken_over.take() {
            platform.forget(&key);
        }
    }
}

/// The name of a packed part, in storage and in the files that [`JobRequest::Pack`] gives.
fn part_name(hash: geometry::ContentHash) -> String {
    format!("{hash}.kmesh")
}

/// The name of a packed image.
fn image_name(hash: geometry::ContentHash) -> String {
    format!("{hash}.image")
}

fn blob_names(document: &Document) -> Vec<String> {
    let mut names = BTreeSet::new();
    for (_, node) in document.nodes() {
        if let document::Content::Part(content) = &node.content {
            names.insert(part_name(content.hash));
        }
    }
    names.extend(document.images().iter().map(|(hash, _)| image_name(*hash)));
    names.into_iter().collect()
}
