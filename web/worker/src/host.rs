//! The place a job runs in, as the script offers it.

use std::cell::{Cell, RefCell};
use std::sync::Arc;

use assets::ByteSource;
use geometry::{Cancelled, ContentHash, Progress};
use jobs::{FileRef, FileSource, Host, InMemory, Part, PartCache, Preview, ReadError, wire};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// What `worker.js` offers while a job runs.
    #[derive(Clone)]
    pub type Script;

    /// Size in bytes of a file of the page; throws when it is not there.
    #[wasm_bindgen(method, catch)]
    fn size(this: &Script, file: u32) -> Result<f64, JsValue>;

    /// Fills a buffer with bytes of a file, from an offset on.
    #[wasm_bindgen(method, catch)]
    fn read(this: &Script, file: u32, offset: f64, into: &mut [u8]) -> Result<(), JsValue>;

    /// The bytes of a file beside a file of the page, or nothing.
    #[wasm_bindgen(method)]
    fn beside(this: &Script, file: u32, name: &str) -> Option<Vec<u8>>;

    /// Milliseconds.
    #[wasm_bindgen(method)]
    fn now(this: &Script) -> f64;

    /// Whether the page wants the job to stop. Costs milliseconds.
    #[wasm_bindgen(method)]
    fn cancelled(this: &Script) -> bool;

    /// Tells the page how far the job is.
    #[wasm_bindgen(method)]
    fn report(this: &Script, phase: &str, fraction: f64);

    /// Takes a copy of an array that travels beside the answer, with its alignment.
    #[wasm_bindgen(method, js_name = besideAnswer)]
    pub fn beside_answer(this: &Script, bytes: &[u8], align: usize);

    /// Takes a copy of an array that travels beside the preview.
    #[wasm_bindgen(method, js_name = besidePreview)]
    fn beside_preview(this: &Script, bytes: &[u8], align: usize);

    /// Shows something before the answer.
    #[wasm_bindgen(method)]
    fn preview(this: &Script, message: &[u8]);

    /// Keeps the message of a panic, for the page to hear after the trap.
    #[wasm_bindgen(js_namespace = self, js_name = kerfLastWords)]
    pub fn last_words(message: &str);
}

/// Least time between two reports.
const REPORT_EVERY_MS: f64 = 50.0;

/// Least time between two looks whether to stop: a third of what an answer may take.
const PROBE_EVERY_MS: f64 = 30.0;

/// A look may take this share of the time at most, on machines where it is slow.
const MAX_PROBE_SHARE: f64 = 0.08;

/// What a boolean may take of the 4 GiB that a worker has at most: the rest is for its input, the parts that are remembered,
/// the answer on its way, and what lies idle between arrays, since this memory is never given back.
const MEMORY_LIMIT: u64 = 2 << 30;

/// What a model and everything made of it may take of those 4 GiB: less than for a boolean has to be left over, as nothing
/// else is going on.
const FREE_MEMORY: u64 = 3 << 30;

/// How much of a file is read at once.
const SLICE_BYTES: usize = 8 << 20;

/// One job's view of the script.
pub struct Scope<'a> {
    script: &'a Script,
    cache: &'a RefCell<PartCache>,
    phase: RefCell<String>,
    next_report_ms: Cell<f64>,
    next_probe_ms: Cell<f64>,
}

#[expect(unsafe_code, reason = "`Progress` asks for `Sync`, and the script's object is bound to its thread")]
// SAFETY: wasm32-unknown-unknown without atomics has exactly one thread per memory, so nothing is ever shared.
#[cfg(not(target_feature = "atomics"))]
unsafe impl Sync for Scope<'_> {}

impl<'a> Scope<'a> {
    /// The view of a job that starts now.
    pub fn new(script: &'a Script, cache: &'a RefCell<PartCache>) -> Self {
        let now = script.now();
        Self {
            script,
            cache,
            phase: RefCell::default(),
            next_report_ms: Cell::new(now),
            next_probe_ms: Cell::new(now + PROBE_EVERY_MS),
        }
    }

    fn is_cancelled(&self, now: f64) -> bool {
        if now < self.next_probe_ms.get() {
            return false;
        }
        let cancelled = self.script.cancelled();
        let after = self.script.now();
        self.next_probe_ms.set(after + PROBE_EVERY_MS.max((after - now) / MAX_PROBE_SHARE));
        cancelled
    }
}

impl Progress for Scope<'_> {
    fn phase(&self, name: &str) {
        name.clone_into(&mut self.phase.borrow_mut());
    }

    fn report(&self, done: f64) -> Result<(), Cancelled> {
        let now = self.script.now();
        if self.is_cancelled(now) {
            return Err(Cancelled);
        }
        if now >= self.next_report_ms.get() {
            self.next_report_ms.set(now + REPORT_EVERY_MS);
            self.script.report(&self.phase.borrow(), done.clamp(0.0, 1.0));
        }
        Ok(())
    }
}

impl Host for Scope<'_> {
    fn read(&self, file: &FileRef) -> Result<Arc<Vec<u8>>, ReadError> {
        let failed = |reason: String| ReadError { name: file.name.clone(), reason };
        match &file.source {
            FileSource::Memory(bytes) => Ok(Arc::clone(bytes)),
            FileSource::Path(_) => Err(failed("a page has no disk".to_owned())),
            FileSource::Page(number) => {
                self.read_page_file(*number).map(Arc::new).map_err(|error| failed(words(&error)))
            }
        }
    }

    fn open(&self, file: &FileRef) -> Result<Box<dyn ByteSource + '_>, ReadError> {
        let FileSource::Page(number) = file.source else {
            return Ok(Box::new(InMemory(self.read(file)?)));
        };
        let size = self
            .script
            .size(number)
            .map_err(|error| ReadError { name: file.name.clone(), reason: words(&error) })?;
        Ok(Box::new(OfPage { script: self.script, number, size }))
    }

    fn read_beside(&self, file: &FileRef, name: &str) -> Option<Vec<u8>> {
        let FileSource::Page(number) = file.source else { return None };
        let name = name.replace('\\', "/");
        let leaves = name.starts_with('/') || name.contains(':') || name.split('/').any(|part| part == "..");
        if leaves { None } else { self.script.beside(number, &name) }
    }

    fn cached_part(&self, hash: ContentHash) -> Option<Arc<Part>> {
        self.cache.borrow_mut().get(hash)
    }

    fn cache_part(&self, hash: ContentHash, part: &Arc<Part>) {
        self.cache.borrow_mut().insert(hash, part);
    }

    fn memory_limit(&self) -> Option<u64> {
        Some(MEMORY_LIMIT)
    }

    fn free_memory(&self) -> Option<u64> {
        Some(FREE_MEMORY)
    }

    fn is_watched(&self) -> bool {
        true
    }

    fn show(&self, preview: Preview) {
        let sink = self.script.clone();
        let message = wire::encode_detached(&preview, move |bytes, align| sink.beside_preview(bytes, align));
        self.script.preview(&message);
    }
}

/// A file of the page, read where it is needed.
struct OfPage<'a> {
    script: &'a Script,
    number: u32,
    size: f64,
}

impl ByteSource for OfPage<'_> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the script checked it")]
    fn size(&self) -> u64 {
        self.size as u64
    }

    #[expect(clippy::cast_precision_loss, reason = "file sizes are far below 2^53")]
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        self.script.read(self.number, offset as f64, into).map_err(|error| words(&error))
    }
}

impl Scope<'_> {
    fn read_page_file(&self, number: u32) -> Result<Vec<u8>, JsValue> {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the script checked it")]
        let size = self.script.size(number)? as usize;
        let mut bytes = Vec::new();
        bytes
            .try_reserve_exact(size)
            .map_err(|_too_large| JsValue::from_str("it does not fit into memory"))?;
        bytes.resize(size, 0);
        for (idx, slice) in bytes.chunks_mut(SLICE_BYTES).enumerate() {
            #[expect(clippy::cast_precision_loss, reason = "file sizes are far below 2^53")]
            self.script.read(number, (idx * SLICE_BYTES) as f64, slice)?;
        }
        Ok(bytes)
    }
}

fn words(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &JsValue::from_str("message")).ok();
    message
        .and_then(|message| message.as_string())
        .or_else(|| error.as_string())
        .unwrap_or_else(|| "unreadable".to_owned())
}
