//! Runs jobs in Web Workers, which share no memory with the page.
//!
//! Each worker is a Wasm instance of its own. It is asked to stop by revoking a blob URL that it looks at while it
//! runs, so that what it remembers survives; one that does not answer is terminated. Large answers are copied into our
//! memory a slice per frame.

use std::cell::RefCell;
use std::collections::{HashSet, VecDeque};
use std::rc::Rc;
use std::time::Duration;

use geometry::ContentHash;
use geometry::bulk::detached;
use jobs::{FileRef, FileSource, JobError, JobOutput, JobRequest, Preview, wire};
use js_sys::{Array, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{JobId, Report, Waker};
use crate::platform;

/// Bytes copied between two looks at the clock.
const SLICE_BYTES: usize = 2 << 20;

/// How long a worker beyond the first may idle before its memory is given back.
const IDLE_SECS: f64 = 30.0;

/// Workers with one job each.
pub(super) struct Pool {
    seats: Vec<Seat>,
    /// Messages as they came, with the number of the seat they came to.
    inbox: Rc<RefCell<VecDeque<(u32, JsValue)>>>,
    arriving: Option<Arriving>,
    /// News that no worker sent.
    at_once: Vec<Report>,
    waker: Waker,
    max_seats: usize,
    next_number: u32,
}

/// A worker, the job it runs, and what it remembers.
struct Seat {
    number: u32,
    worker: web_sys::Worker,
    running: Option<Running>,
    known: HashSet<ContentHash>,
    idle_since_secs: f64,
    _on_message: Closure<dyn FnMut(web_sys::MessageEvent)>,
    _on_error: Closure<dyn FnMut(web_sys::Event)>,
}

struct Running {
    id: JobId,
    /// Kept to be sent again, to this worker or whole.
    request: JobRequest,
    /// The blob URL that says “go on” as long as it exists.
    token: String,
    /// Whether the worker has told nothing of it, and it was not sent again: then the worker may have been gone before.
    may_be_unheard: bool,
}

/// An answer on its way into our memory: a short message, and arrays beside it that are copied slice by slice.
struct Arriving {
    id: JobId,
    answer: Vec<u8>,
    /// Arrays with their alignments, the next one last.
    left: Vec<(Uint8Array, usize)>,
    current: Option<(Uint8Array, detached::Array, usize)>,
    whole: Vec<detached::Array>,
}

impl Arriving {
    /// Copies a slice; false when nothing is left.
    fn copy_slice(&mut self) -> Result<bool, JobError> {
        let Some((from, into, copied)) = &mut self.current else {
            let Some((from, align)) = self.left.pop() else { return Ok(false) };
            let into = detached::Array::zeroed(from.length() as usize, align)
                .ok_or_else(|| JobError::failed("wire", "an answer holds an array that cannot be"))?;
            self.current = Some((from, into, 0));
            return Ok(true);
        };
        let end = (from.length() as usize).min(*copied + SLICE_BYTES);
        #[expect(clippy::cast_possible_truncation, reason = "both are within the array's 32-bit length")]
        from.subarray(*copied as u32, end as u32).copy_to(&mut into.bytes_mut()[*copied..end]);
        *copied = end;
        if end == from.length() as usize {
            self.whole.extend(self.current.take().map(|(_, into, _)| into));
        }
        Ok(true)
    }

    fn decode(self) -> Result<JobOutput, JobError> {
        wire::decode_detached::<Result<JobOutput, JobError>>(&self.answer, self.whole)
            .unwrap_or_else(|error| Err(JobError::failed("wire", error.to_string())))
    }
}

impl Pool {
    pub(super) fn new(waker: Waker) -> Self {
        let num_cores = web_sys::window().map_or(2.0, |window| window.navigator().hardware_concurrency());
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small whole number")]
        let max_seats = (num_cores as usize).saturating_sub(1).clamp(1, 3);
        let inbox = Rc::default();
        let mut pool = Self {
            seats: Vec::new(),
            inbox,
            arriving: None,
            at_once: Vec::new(),
            waker,
            max_seats,
            next_number: 0,
        };
        pool.add_seat();
        pool
    }

    /// Starts a job; gives it back when no worker is free.
    pub(super) fn start(&mut self, id: JobId, mut request: JobRequest) -> Result<(), Box<JobRequest>> {
        let hashes: Vec<ContentHash> = request.parts_mut().iter().map(|part| part.hash).collect();
        let idle = self.seats.iter().enumerate().filter(|(_, seat)| seat.running.is_none());
        let best =
            idle.max_by_key(|(_, seat)| hashes.iter().filter(|hash| seat.known.contains(hash)).count());
        let seat_idx = match best.map(|(idx, _)| idx) {
            Some(idx) => idx,
            None if self.seats.len() < self.max_seats => self.add_seat(),
            None => return Err(Box::new(request)),
        };
        let seat = &mut self.seats[seat_idx];
        let token = new_token();
        seat.send(id, &request, &token);
        seat.running = Some(Running { id, request, token, may_be_unheard: true });
        Ok(())
    }

    pub(super) fn cancel(&mut self, id: JobId) {
        if self.arriving.as_ref().is_some_and(|arriving| arriving.id == id) {
            self.arriving = None;
            self.at_once.push(Report::Done { id, result: Err(JobError::Cancelled) });
            return;
        }
        let running = |seat: &&Seat| seat.running.as_ref().is_some_and(|running| running.id == id);
        if let Some(seat) = self.seats.iter().find(running) {
            seat.cancel();
        }
    }

    /// Terminates the worker of a job and starts a fresh one.
    pub(super) fn give_up(&mut self, id: JobId) {
        let running = |seat: &Seat| seat.running.as_ref().is_some_and(|running| running.id == id);
        if let Some(position) = self.seats.iter().position(running) {
            log::warn!("a job did not stop when asked; its worker was replaced");
            self.replace(position);
        }
    }

    /// Takes messages in until the deadline; what is left wakes the app again.
    pub(super) fn poll(&mut self, deadline_secs: f64) -> Vec<Report> {
        let mut reports = std::mem::take(&mut self.at_once);
        loop {
            if let Some(report) = self.take_slice() {
                reports.push(report);
            } else if self.arriving.is_none() {
                let Some((number, message)) = self.inbox.borrow_mut().pop_front() else { break };
                reports.extend(self.receive(number, &message));
            }
            if platform::now_secs() >= deadline_secs {
                (self.waker)(Duration::ZERO);
                break;
            }
        }
        self.retire_idle();
        reports
    }

    /// Copies a slice of the answer that is arriving; gives it when it is whole.
    fn take_slice(&mut self) -> Option<Report> {
        let arriving = self.arriving.as_mut()?;
        let id = arriving.id;
        let result = match arriving.copy_slice() {
            Ok(true) => return None,
            Ok(false) => self.arriving.take()?.decode(),
            Err(error) => Err(error),
        };
        self.arriving = None;
        Some(Report::Done { id, result })
    }

    fn receive(&mut self, number: u32, message: &JsValue) -> Option<Report> {
        let position = self.seats.iter().position(|seat| seat.number == number)?;
        let kind = text(message, "type");
        if kind == "lost" {
            let running = self.replace(position)?;
            if running.may_be_unheard {
                self.send_again(running);
                return None;
            }
            let message = text(message, "message");
            log::error!("a worker was lost: {message}");
            return Some(Report::Done { id: running.id, result: Err(JobError::WorkerLost { message }) });
        }
        let seat = &mut self.seats[position];
        let id = seat.running.as_ref()?.id;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "we made the number")]
        if number_of(message, "id") as u64 != id.0 {
            return None;
        }
        seat.running.iter_mut().for_each(|running| running.may_be_unheard = false);
        match kind.as_str() {
            "progress" => {
                #[expect(clippy::cast_possible_truncation, reason = "a fraction")]
                let fraction = number_of(message, "fraction") as f32;
                Some(Report::Progress { id, phase: text(message, "phase"), fraction })
            }
            "preview" => {
                let preview = preview_of(message)?;
                Some(Report::Preview { id, preview: Box::new(preview) })
            }
            "cancelled" => {
                seat.finish();
                Some(Report::Done { id, result: Err(JobError::Cancelled) })
            }
            "done" => {
                seat.known = hashes(&bytes_of(message, "known").to_vec());
                self.take_answer(position, id, message)
            }
            _ => None,
        }
    }

    fn take_answer(&mut self, position: usize, id: JobId, message: &JsValue) -> Option<Report> {
        let seat = &mut self.seats[position];
        let answer = bytes_of(message, "answer").to_vec();
        let arrays = Array::from(&get(message, "arrays"));
        if arrays.length() == 0 {
            let decoded = wire::decode_detached::<Result<JobOutput, JobError>>(&answer, Vec::new());
            let result = decoded.unwrap_or_else(|error| Err(JobError::failed("wire", error.to_string())));
            if matches!(&result, Err(JobError::Failed { code, .. }) if code == JobError::NEED_PARTS) {
                let running = seat.running.as_ref()?;
                seat.send(id, &running.request, &running.token);
                return None;
            }
            seat.finish();
            return Some(Report::Done { id, result });
        }
        seat.finish();
        let aligns = Array::from(&get(message, "aligns"));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 8")]
        let align = |value: JsValue| value.as_f64().unwrap_or_default() as usize;
        let left = arrays
            .iter()
            .zip(aligns.iter())
            .filter_map(|(array, value)| Some((array.dyn_into().ok()?, align(value))));
        let left = left.collect::<Vec<_>>().into_iter().rev().collect();
        self.arriving = Some(Arriving { id, answer, left, current: None, whole: Vec::new() });
        None
    }

    fn replace(&mut self, position: usize) -> Option<Running> {
        let mut seat = self.seats.swap_remove(position);
        seat.worker.terminate();
        let running = seat.finish();
        self.add_seat();
        running
    }

    /// Gives a job to the newest worker, because the one it was sent to was gone.
    fn send_again(&mut self, running: Running) {
        let Some(seat) = self.seats.last_mut() else { return };
        let token = new_token();
        seat.send(running.id, &running.request, &token);
        seat.running = Some(Running { token, may_be_unheard: false, ..running });
    }

    /// Gives back the memory of workers that have nothing to do, but for one.
    fn retire_idle(&mut self) {
        let now = platform::now_secs();
        while self.seats.len() > 1 {
            let is_idle = |seat: &Seat| seat.running.is_none() && now - seat.idle_since_secs > IDLE_SECS;
            let Some(position) = self.seats.iter().rposition(is_idle) else { return };
            self.seats.swap_remove(position).worker.terminate();
        }
    }

    /// Starts a worker and gives its position.
    fn add_seat(&mut self) -> usize {
        let number = self.next_number;
        self.next_number += 1;
        let worker = platform::web::page().start_worker();
        let on_message = {
            let (inbox, waker) = (Rc::clone(&self.inbox), self.waker.clone());
            Closure::<dyn FnMut(web_sys::MessageEvent)>::new(move |event: web_sys::MessageEvent| {
                inbox.borrow_mut().push_back((number, event.data()));
                waker(Duration::ZERO);
            })
        };
        let on_error = {
            let (inbox, waker) = (Rc::clone(&self.inbox), self.waker.clone());
            Closure::<dyn FnMut(web_sys::Event)>::new(move |event: web_sys::Event| {
                let lost = Object::new();
                let words = event
                    .dyn_ref::<web_sys::ErrorEvent>()
                    .map_or_else(String::new, web_sys::ErrorEvent::message);
                set(&lost, "type", &JsValue::from_str("lost"));
                set(&lost, "message", &JsValue::from_str(&words));
                inbox.borrow_mut().push_back((number, lost.into()));
                waker(Duration::ZERO);
            })
        };
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        self.seats.push(Seat {
            number,
            worker,
            running: None,
            known: HashSet::new(),
            idle_since_secs: platform::now_secs(),
            _on_message: on_message,
            _on_error: on_error,
        });
        self.seats.len() - 1
    }
}

impl Seat {
    /// Sends a request without the parts this worker remembers; when it has forgotten one after all it says so, and
    /// `known` was replaced by then.
    fn send(&self, id: JobId, request: &JobRequest, token: &str) {
        let mut slim = request.clone();
        for part in slim.parts_mut() {
            if self.known.contains(&part.hash) {
                part.part = None;
            }
        }
        let bytes = Uint8Array::from(wire::encode(&slim).as_slice()).buffer();
        let message = Object::new();
        set(&message, "type", &JsValue::from_str("job"));
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        set(&message, "id", &JsValue::from_f64(id.0 as f64));
        set(&message, "request", &bytes);
        set(&message, "files", &page_files(&slim));
        set(&message, "token", &JsValue::from_str(token));
        if let Err(error) = self.worker.post_message_with_transfer(&message, &Array::of1(&bytes)) {
            log::error!("a job could not be sent to its worker: {error:?}");
        }
    }

    fn cancel(&self) {
        let Some(running) = &self.running else { return };
        drop(web_sys::Url::revoke_object_url(&running.token));
        let message = Object::new();
        set(&message, "type", &JsValue::from_str("cancel"));
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        set(&message, "id", &JsValue::from_f64(running.id.0 as f64));
        drop(self.worker.post_message(&message));
    }

    fn finish(&mut self) -> Option<Running> {
        self.idle_since_secs = platform::now_secs();
        let running = self.running.take()?;
        drop(web_sys::Url::revoke_object_url(&running.token));
        Some(running)
    }
}

/// The preview that a message carries; it is small enough to be taken at once.
fn preview_of(message: &JsValue) -> Option<Preview> {
    let aligns = Array::from(&get(message, "aligns"));
    let arrays = Array::from(&get(message, "arrays"));
    let arrays = arrays.iter().zip(aligns.iter()).map(|(from, align)| {
        let from: Uint8Array = from.dyn_into().ok()?;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 8")]
        let mut into = detached::Array::zeroed(from.length() as usize, align.as_f64()? as usize)?;
        from.copy_to(into.bytes_mut());
        Some(into)
    });
    let arrays = arrays.collect::<Option<Vec<_>>>()?;
    wire::decode_detached(&bytes_of(message, "answer").to_vec(), arrays)
        .inspect_err(|error| log::warn!("a preview is damaged: {error}"))
        .ok()
}

/// The page's files that a request names, as `[number, name, source]`.
fn page_files(request: &JobRequest) -> Array {
    let files: &[FileRef] = match request {
        JobRequest::Import { files, .. } => files,
        JobRequest::OpenProject { file } | JobRequest::Environment { file } => std::slice::from_ref(file),
        _ => &[],
    };
    let list = Array::new();
    for file in files {
        if let FileSource::Page(number) = file.source
            && let Some(source) = platform::web::file_source(number)
        {
            list.push(&Array::of3(&JsValue::from(number), &JsValue::from_str(&file.name), &source));
        }
    }
    list
}

fn new_token() -> String {
    let blob = web_sys::Blob::new().ok();
    blob.and_then(|blob| web_sys::Url::create_object_url_with_blob(&blob).ok()).unwrap_or_default()
}

fn hashes(bytes: &[u8]) -> HashSet<ContentHash> {
    let (words, _) = bytes.as_chunks::<16>();
    words.iter().map(|word| ContentHash(u128::from_le_bytes(*word))).collect()
}

fn get(message: &JsValue, key: &str) -> JsValue {
    Reflect::get(message, &JsValue::from_str(key)).unwrap_or(JsValue::UNDEFINED)
}

fn set(object: &Object, key: &str, value: &JsValue) {
    // Fails for frozen objects only.
    drop(Reflect::set(object, &JsValue::from_str(key), value));
}

fn text(message: &JsValue, key: &str) -> String {
    get(message, key).as_string().unwrap_or_default()
}

fn number_of(message: &JsValue, key: &str) -> f64 {
    get(message, key).as_f64().unwrap_or_default()
}

fn bytes_of(message: &JsValue, key: &str) -> Uint8Array {
    get(message, key).dyn_into().unwrap_or_else(|_absent| Uint8Array::new_with_length(0))
}
