//! The page: its files, its storage, its script.
//!
//! `page.js` owns DOM and browser APIs and offers them as a [`Page`]; it calls the exported functions at the end of
//! this file. Files of the page stay outside our memory, under a number, until a worker reads them.

pub mod mirror;

use std::cell::RefCell;
use std::time::Duration;

use jobs::{FileRef, FileSource};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::{Arrival, ReplyId};
pub use mirror::Mirror;

#[wasm_bindgen]
extern "C" {
    /// What `page.js` offers.
    #[derive(Clone)]
    pub type Page;

    /// A worker that gets its module as soon as that is compiled.
    #[wasm_bindgen(method, js_name = startWorker)]
    pub fn start_worker(this: &Page) -> web_sys::Worker;

    #[wasm_bindgen(method, js_name = chooseFiles)]
    fn choose_files(this: &Page);

    #[wasm_bindgen(method)]
    fn download(this: &Page, name: &str, bytes: &[u8]);

    #[wasm_bindgen(method)]
    fn store(this: &Page, key: &str, bytes: &[u8]);

    #[wasm_bindgen(method)]
    fn load(this: &Page, key: &str);

    #[wasm_bindgen(method)]
    fn forget(this: &Page, key: &str);

    #[wasm_bindgen(method, js_name = listStored)]
    fn list_stored(this: &Page);

    #[wasm_bindgen(method)]
    fn emit(this: &Page, event: &str, detail: &str);

    #[wasm_bindgen(method)]
    fn reply(this: &Page, to: u32, error: Option<&str>, answer: &str);

    #[wasm_bindgen(method, js_name = replyBytes)]
    fn reply_bytes(this: &Page, to: u32, mime: &str, bytes: &[u8]);

    /// Has the app's `step` called after some milliseconds, whether or not there is a frame until then.
    #[wasm_bindgen(method, js_name = stepAfter)]
    fn step_after(this: &Page, millis: f64);

    #[wasm_bindgen(method)]
    fn mirror(this: &Page, widgets: &str);

    #[wasm_bindgen(method)]
    fn mark(this: &Page, name: &str);

    #[wasm_bindgen(method)]
    fn session(this: &Page) -> String;

    /// Whether what a session stored is ours: its tab is this one, or is gone.
    #[wasm_bindgen(method)]
    fn claims(this: &Page, session: &str) -> bool;

    /// Whether it is certain that there is no other tab.
    #[wasm_bindgen(method, js_name = isAlone)]
    fn is_alone(this: &Page) -> bool;

    #[wasm_bindgen(method, js_name = openAddress)]
    fn open_address(this: &Page, address: &str);

    /// Resolves when the page has done what else it had to do.
    #[wasm_bindgen(method)]
    pub fn breath(this: &Page) -> js_sys::Promise;

    /// Whether the browser has its graphics ready.
    #[wasm_bindgen(method, js_name = hasGraphics)]
    pub fn has_graphics(this: &Page) -> bool;

    /// The graphics device is gone, and with it everything on it.
    #[wasm_bindgen(method, js_name = graphicsLost)]
    pub fn graphics_lost(this: &Page, reason: &str);
}

const SETTINGS_KEY: &str = "kerf-settings";

/// The settings text of the last visit, read at once, as the first frame already needs it.
#[must_use]
pub fn read_settings() -> Option<String> {
    local_storage()?.get_item(SETTINGS_KEY).ok()?
}

/// `None` where the user forbids it.
fn local_storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok()?
}

/// What the page and the app share. One page, one app, one thread.
#[derive(Default)]
struct Shared {
    page: Option<Page>,
    ctx: Option<egui::Context>,
    arrivals: Vec<Arrival>,
    files: Vec<JsValue>,
    state: String,
}

thread_local! {
    static SHARED: RefCell<Shared> = RefCell::default();
}

/// Seconds since the page was opened; never goes back.
#[must_use]
pub fn now_secs() -> f64 {
    thread_local! {
        static CLOCK: Option<web_sys::Performance> = web_sys::window().and_then(|window| window.performance());
    }
    CLOCK.with(|clock| clock.as_ref().map_or(0.0, |clock| clock.now() / 1000.0))
}

/// Seconds since 1970, by the system's clock.
#[must_use]
pub fn unix_secs() -> f64 {
    js_sys::Date::now() / 1000.0
}

/// None: the page takes what is dropped on it, and it comes as [`Arrival::Open`].
#[must_use]
pub fn dropped(_files: &[egui::DroppedFileHandle]) -> Vec<FileRef> {
    Vec::new()
}

/// Makes the app look for news after a delay.
///
/// A frame comes only when the GPU has finished those before it, which may take seconds on a slow one. News must not
/// wait for that: a job that is to stop has to hear of it at once.
pub fn wake(ctx: &egui::Context, delay: Duration) {
    // Whoever waits since before a graphics device was lost knows a context that draws no more.
    let current = SHARED.with_borrow(|shared| shared.ctx.clone());
    current.as_ref().unwrap_or(ctx).request_repaint_after(delay);
    page().step_after(delay.as_secs_f64() * 1000.0);
}

/// Has the app stepped again after a delay, without a frame.
pub fn step_after(_ctx: &egui::Context, delay: Duration) {
    page().step_after(delay.as_secs_f64() * 1000.0);
}

/// Has another context repainted from now on.
pub fn set_context(ctx: &egui::Context) {
    SHARED.with_borrow_mut(|shared| shared.ctx = Some(ctx.clone()));
}

/// Makes the script's side known. To be called before the app starts.
pub fn attach(page: Page) {
    SHARED.with_borrow_mut(|shared| shared.page = Some(page));
}

/// The script's side.
///
/// # Panics
/// Before [`attach`].
#[must_use]
pub fn page() -> Page {
    SHARED
        .with_borrow(|shared| shared.page.clone())
        .expect("the page attaches itself before it starts the app")
}

/// A file of the page: a `Blob`, or an address.
#[must_use]
pub fn file_source(number: u32) -> Option<JsValue> {
    SHARED.with_borrow(|shared| shared.files.get(number as usize).cloned())
}

/// Asks the page and hears from it.
pub struct Platform {
    page: Page,
}

impl Platform {
    /// Connects the app; `ctx` is repainted when something arrives.
    #[must_use]
    pub fn new(ctx: &egui::Context) -> Self {
        set_context(ctx);
        ctx.request_repaint();
        Self { page: page() }
    }

    /// What arrived since the last call. To be called once per frame.
    pub fn arrivals(&mut self) -> Vec<Arrival> {
        SHARED.with_borrow_mut(|shared| std::mem::take(&mut shared.arrivals))
    }

    /// Lets the user choose files; they arrive as [`Arrival::Open`].
    pub fn choose_files(&self) {
        self.page.choose_files();
    }

    /// Opens a file by its address, as if the page's address named it.
    pub fn open_again(&self, address: &str) {
        self.page.open_address(address);
    }

    /// Offers a file as a download. [`Arrival::Saved`] tells when it was handed over.
    pub fn save_file(&self, name: &str, bytes: Vec<u8>, ticket: u64) {
        self.page.download(name, &bytes);
        arrive(Arrival::Saved { ticket, outcome: Ok(Some(name.to_owned())) });
    }

    /// Offers a file as a download again.
    pub fn write_file(&self, path: &str, bytes: Vec<u8>, ticket: u64) {
        self.save_file(path, bytes, ticket);
    }

    /// Keeps bytes under a key, beyond the life of the page; newer ones replace older ones as a whole.
    pub fn store(&self, key: &str, bytes: Vec<u8>) {
        self.page.store(key, &bytes);
    }

    /// Keeps the settings text for the next visit.
    pub fn write_settings(&self, text: &str) {
        if local_storage().is_none_or(|storage| storage.set_item(SETTINGS_KEY, text).is_err()) {
            log::warn!("settings are not remembered: the browser does not let us");
        }
    }

    /// Asks for what is stored under a key; it comes as [`Arrival::Stored`].
    pub fn load(&self, key: &str) {
        self.page.load(key);
    }

    /// Forgets what is stored under a key.
    pub fn forget(&self, key: &str) {
        self.page.forget(key);
    }

    /// Asks for all keys; they come as [`Arrival::StoredKeys`].
    pub fn list_stored(&self) {
        self.page.list_stored();
    }

    /// Tells the page's API what the state is, as JSON.
    pub fn publish_state(&self, state: impl FnOnce() -> String) {
        let state = state();
        SHARED.with_borrow_mut(|shared| shared.state = state);
    }

    /// Tells the page's API of an event.
    pub fn emit(&self, event: &str, detail: &Value) {
        self.page.emit(event, &detail.to_string());
    }

    /// Answers a question of the page.
    pub fn reply(&self, to: ReplyId, answer: Result<Value, String>) {
        match answer {
            Ok(value) => self.page.reply(to.0, None, &value.to_string()),
            Err(message) => self.page.reply(to.0, Some(&message), "null"),
        }
    }

    /// Answers a question of the page with a file.
    pub fn reply_bytes(&self, to: ReplyId, mime: &str, bytes: &[u8]) {
        self.page.reply_bytes(to.0, mime, bytes);
    }

    /// Notes a moment for measurements: a performance mark of this name.
    pub fn mark(&self, name: &str) {
        self.page.mark(name);
    }

    /// The address a file came from, where it came from one.
    #[must_use]
    pub fn url_of(&self, file: &FileRef) -> Option<String> {
        match file.source {
            FileSource::Page(number) => file_source(number)?.as_string(),
            FileSource::Memory(_) | FileSource::Path(_) => None,
        }
    }

    /// Names this tab, for things stored only for it; the same after a reload.
    #[must_use]
    pub fn session(&self) -> String {
        self.page.session()
    }

    /// Whether what a session stored may be taken over: the tab it names is this one, or is gone.
    #[must_use]
    pub fn claim(&self, session: &str) -> bool {
        self.page.claims(session)
    }

    /// Whether it is certain that no other tab uses the storage.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.page.is_alone()
    }
}

fn arrive(arrival: Arrival) {
    SHARED.with_borrow_mut(|shared| shared.arrivals.push(arrival));
    wake_app();
}

fn wake_app() {
    if let Some(ctx) = SHARED.with_borrow(|shared| shared.ctx.clone()) {
        wake(&ctx, Duration::ZERO);
    }
}

fn reply_id(number: u32) -> Option<ReplyId> {
    (number != 0).then_some(ReplyId(number))
}

/// Opens files of the page: `sources` are `Blob`s or addresses, one per name. `reply` 0 wants no answer.
#[wasm_bindgen(js_name = pageOpen)]
pub fn page_open(names: Vec<String>, sources: Vec<JsValue>, reply: u32) {
    let files = SHARED.with_borrow_mut(|shared| {
        let mut number = |source: JsValue| {
            shared.files.push(source);
            FileSource::Page(u32::try_from(shared.files.len() - 1).unwrap_or(u32::MAX))
        };
        names
            .into_iter()
            .zip(sources)
            .map(|(name, source)| FileRef { name, source: number(source) })
            .collect()
    });
    arrive(Arrival::Open { files, reply: reply_id(reply) });
}

/// Runs a command of the table. False when the arguments are not JSON.
#[wasm_bindgen(js_name = pageCommand)]
pub fn page_command(id: String, args: &str, reply: u32) -> bool {
    let Ok(args) = serde_json::from_str(args) else { return false };
    arrive(Arrival::Command { id, args, reply: ReplyId(reply) });
    true
}

/// Asks for a picture of the view; the options are JSON. False when they are not.
#[wasm_bindgen(js_name = pageScreenshot)]
pub fn page_screenshot(options: &str, reply: u32) -> bool {
    let Ok(options) = serde_json::from_str(options) else { return false };
    arrive(Arrival::Screenshot { options, reply: ReplyId(reply) });
    true
}

/// The state as JSON; empty before the app told it.
#[wasm_bindgen(js_name = pageState)]
pub fn page_state() -> String {
    SHARED.with_borrow(|shared| shared.state.clone())
}

/// Brings what was stored under a key; `None` when there is nothing.
#[wasm_bindgen(js_name = pageStored)]
pub fn page_stored(key: String, bytes: Option<Vec<u8>>) {
    arrive(Arrival::Stored { key, bytes });
}

/// Brings all keys.
#[wasm_bindgen(js_name = pageStoredKeys)]
pub fn page_stored_keys(keys: Vec<String>) {
    arrive(Arrival::StoredKeys(keys));
}

/// Tells that something could not be stored.
#[wasm_bindgen(js_name = pageStoreFailed)]
pub fn page_store_failed(key: String, reason: String) {
    arrive(Arrival::StoreFailed { key, reason });
}

/// A mirror image was clicked; `id` is the number it was given with.
#[wasm_bindgen(js_name = pageClicked)]
pub fn page_clicked(id: &str) {
    if let Ok(id) = id.parse() {
        mirror::click(id);
        wake_app();
    }
}
