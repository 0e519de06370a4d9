//! What the script calls.

use std::cell::RefCell;

use assets::ImportOptions;
use jobs::{FileRef, FileSource, JobError, JobOutput, JobRequest, PartCache, wire};
use wasm_bindgen::prelude::*;

use crate::host::{Scope, Script};

/// Room for parts that are remembered between jobs. A Wasm memory has 4 GB at most and never shrinks.
const CACHE_BYTES: usize = 512 << 20;

thread_local! {
    static CACHE: RefCell<PartCache> = RefCell::new(PartCache::new(CACHE_BYTES));

    /// What [`read_early`] gave.
    static EARLY: RefCell<Option<Result<JobOutput, JobError>>> = const { RefCell::new(None) };
}

#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| crate::host::last_words(&info.to_string())));
}

/// Reads a model before the app asks for it; the answer is kept for [`run_job`].
#[wasm_bindgen]
pub fn read_early(name: String, script: &Script) {
    let files = vec![FileRef { name, source: FileSource::Page(0) }];
    let request = JobRequest::Import { files, options: ImportOptions::default() };
    let result = run(request, script);
    EARLY.set((!matches!(result, Err(JobError::Cancelled))).then_some(result));
}

/// Answers a request: both are in the form of [`wire`]; the answer is a `Result<JobOutput, JobError>`, its large arrays
/// are given to [`Script::beside_answer`] in order. `is_early` when the request is for the very file that
/// [`read_early`] has read.
///
/// A request that names parts which are not remembered here fails with [`JobError::NEED_PARTS`].
#[wasm_bindgen]
pub fn run_job(request: Vec<u8>, script: &Script, is_early: bool) -> Vec<u8> {
    let result =
        wire::decode::<JobRequest>(&request).map_err(|error| JobError::failed("wire", error.to_string()));
    drop(request);
    let early = EARLY.take().filter(|_| is_early);
    let answer = result.and_then(|request| match (early, &request) {
        (Some(early), JobRequest::Import { options, .. }) if *options == ImportOptions::default() => early,
        _ => run(request, script),
    });
    let sink = Script::clone(script);
    wire::encode_detached(&answer, move |bytes, align| sink.beside_answer(bytes, align))
}

fn run(mut request: JobRequest, script: &Script) -> Result<JobOutput, JobError> {
    CACHE.with(|cache| {
        for part in request.parts_mut() {
            match &part.part {
                Some(arrays) => cache.borrow_mut().insert(part.hash, arrays),
                None => part.part = cache.borrow_mut().get(part.hash),
            }
            if part.part.is_none() {
                return Err(JobError::failed(JobError::NEED_PARTS, "a part was forgotten"));
            }
        }
        let scope = Scope::new(script, cache);
        let output = jobs::run(request, &scope, &scope)?;
        for (hash, part) in output.parts() {
            cache.borrow_mut().insert(hash, part);
        }
        Ok(output)
    })
}

/// The names of all parts that are remembered, 16 bytes each.
#[wasm_bindgen]
pub fn remembered() -> Vec<u8> {
    CACHE.with_borrow(|cache| cache.hashes().iter().flat_map(|hash| hash.0.to_le_bytes()).collect())
}

/// The names of the files that a file refers to.
#[wasm_bindgen]
pub fn side_files(name: &str, bytes: &[u8]) -> Vec<String> {
    assets::side_files(name, bytes)
}
