//! The desktop: disk, system dialogs, threads.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

use jobs::{FileRef, FileSource};
use serde_json::Value;

use super::{Arrival, ReplyId};

mod claims;

use claims::Claims;

const SETTINGS_FILE: &str = "settings.json";

/// Seconds since some moment before the first call; never goes back.
#[must_use]
pub fn now_secs() -> f64 {
    static START: OnceLock<Instant> = OnceLock::new();
    #[expect(clippy::disallowed_methods, reason = "this is the clock that everything else reads")]
    let now = Instant::now();
    now.duration_since(*START.get_or_init(|| now)).as_secs_f64()
}

/// Seconds since 1970, by the system's clock.
#[must_use]
pub fn unix_secs() -> f64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The files behind what was dropped on the window, folders opened up.
#[must_use]
pub fn dropped(files: &[egui::DroppedFileHandle]) -> Vec<FileRef> {
    files_below(&files.iter().map(|file| file.path().to_owned()).collect::<Vec<_>>())
}

/// The settings text of the last run, read at once, as the first frame already needs it.
#[must_use]
pub fn read_settings() -> Option<String> {
    std::fs::read_to_string(data_dir().join(SETTINGS_FILE)).ok()
}

/// Has the app stepped again after a delay: with the next frame.
pub fn step_after(ctx: &egui::Context, delay: Duration) {
    ctx.request_repaint_after(delay);
}

/// Makes the app look for news after a delay.
pub fn wake(ctx: &egui::Context, delay: Duration) {
    ctx.request_repaint_after(delay);
}

/// Asks the desktop and hears from it.
pub struct Platform {
    arrivals: Receiver<Arrival>,
    sender: Sender<Arrival>,
    store: Sender<StoreTask>,
    ctx: egui::Context,
    session: String,
    claims: Claims,
}

enum StoreTask {
    Put(String, Vec<u8>),
    Get(String),
    Delete(String),
    List,
}

impl Platform {
    /// Connects the app; `ctx` is repainted when something arrives.
    #[must_use]
    pub fn new(ctx: &egui::Context) -> Self {
        let (sender, arrivals) = channel();
        let (store, tasks) = channel();
        let door = Door { sender: sender.clone(), ctx: ctx.clone() };
        spawn("storage", move || keep_store(&data_dir(), &tasks, &door));
        // Unlike the number of a process, which comes again, the moment belongs to one run.
        let session = format!("{}-{:x}", std::process::id(), (unix_secs() * 1e3) as u64);
        let claims = Claims::new(&data_dir());
        if !claims.claim(&session) {
            log::warn!("another window might take over the unsaved changes of this one");
        }
        Self { arrivals, sender, store, ctx: ctx.clone(), session, claims }
    }

    /// What arrived since the last call. To be called once per frame.
    pub fn arrivals(&mut self) -> Vec<Arrival> {
        self.arrivals.try_iter().collect()
    }

    /// Opens files as if they were dropped.
    pub fn open_paths(&self, paths: &[PathBuf]) {
        let files = files_below(paths);
        if !files.is_empty() {
            self.door().send(Arrival::Open { files, reply: None });
        }
    }

    /// Opens a file of which only the path is known.
    pub fn open_again(&self, path: &str) {
        self.open_paths(&[PathBuf::from(path)]);
    }

    /// Lets the user choose files; they arrive as [`Arrival::Open`].
    pub fn choose_files(&self) {
        let door = self.door();
        spawn("file dialog", move || {
            if let Some(paths) = rfd::FileDialog::new().set_title("Open").pick_files() {
                door.send(Arrival::Open { files: files_below(&paths), reply: None });
            }
        });
    }

    /// Lets the user choose a path and writes a file there. [`Arrival::Saved`] tells what became of it.
    pub fn save_file(&self, name: &str, bytes: Vec<u8>, ticket: u64) {
        let (door, name) = (self.door(), name.to_owned());
        spawn("file dialog", move || {
            let path = rfd::FileDialog::new().set_title("Save").set_file_name(name).save_file();
            let outcome = path.map(|path| written(&path, &bytes)).transpose();
            door.send(Arrival::Saved { ticket, outcome });
        });
    }

    /// Writes a file to a path that is known. [`Arrival::Saved`] tells what became of it.
    pub fn write_file(&self, path: &str, bytes: Vec<u8>, ticket: u64) {
        let (door, path) = (self.door(), PathBuf::from(path));
        spawn("write file", move || {
            door.send(Arrival::Saved { ticket, outcome: written(&path, &bytes).map(Some) });
        });
    }

    /// Keeps bytes under a key, beyond the life of the process; newer ones replace older ones as a whole.
    pub fn store(&self, key: &str, bytes: Vec<u8>) {
        self.ask_store(StoreTask::Put(key.to_owned(), bytes));
    }

    /// Keeps the settings text for the next run.
    pub fn write_settings(&self, text: &str) {
        let (path, bytes) = (data_dir().join(SETTINGS_FILE), text.as_bytes().to_owned());
        spawn("settings", move || {
            if let Err(error) = written(&path, &bytes) {
                log::warn!("settings are not remembered: {error}");
            }
        });
    }

    /// Asks for what is stored under a key; it comes as [`Arrival::Stored`].
    pub fn load(&self, key: &str) {
        self.ask_store(StoreTask::Get(key.to_owned()));
    }

    /// Forgets what is stored under a key.
    pub fn forget(&self, key: &str) {
        self.ask_store(StoreTask::Delete(key.to_owned()));
    }

    /// Asks for all keys; they come as [`Arrival::StoredKeys`].
    pub fn list_stored(&self) {
        self.ask_store(StoreTask::List);
    }

    /// Tells the page's API what the state is; a desktop has none.
    pub fn publish_state(&self, _state: impl FnOnce() -> String) {}

    /// Tells the page's API of an event; a desktop has none.
    pub fn emit(&self, _event: &str, _detail: &Value) {}

    /// Answers the page; a desktop never asks.
    pub fn reply(&self, _to: ReplyId, _answer: Result<Value, String>) {}

    /// Answers the page with a file; a desktop never asks.
    pub fn reply_bytes(&self, _to: ReplyId, _mime: &str, _bytes: &[u8]) {}

    /// Notes a moment for measurements.
    pub fn mark(&self, name: &str) {
        log::debug!("{name} at {:.3} s", now_secs());
    }

    /// The address a file came from, where it came from one.
    #[must_use]
    pub fn url_of(&self, _file: &FileRef) -> Option<String> {
        None
    }

    /// Names this run of the app, for things stored only for it.
    #[must_use]
    pub fn session(&self) -> String {
        self.session.clone()
    }

    /// Whether what a session stored may be taken over: the run it names is this one, or is over.
    #[must_use]
    pub fn claim(&self, session: &str) -> bool {
        self.claims.claim(session)
    }

    /// Whether it is certain that no other run uses the storage.
    #[must_use]
    pub fn is_alone(&self) -> bool {
        self.claims.is_alone()
    }

    fn ask_store(&self, task: StoreTask) {
        if self.store.send(task).is_err() {
            let reason = "the storage thread could not be started".to_owned();
            self.door().send(Arrival::StoreFailed { key: String::new(), reason });
        }
    }

    fn door(&self) -> Door {
        Door { sender: self.sender.clone(), ctx: self.ctx.clone() }
    }
}

/// Where other threads put what arrives.
struct Door {
    sender: Sender<Arrival>,
    ctx: egui::Context,
}

impl Door {
    fn send(&self, arrival: Arrival) {
        // Fails only when the app is gone.
        drop(self.sender.send(arrival));
        self.ctx.request_repaint();
    }
}

fn spawn(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = std::thread::Builder::new().name(name.to_owned()).spawn(work) {
        log::error!("the thread for “{name}” could not be started: {error}");
    }
}

/// Files and the files in folders, named relative to what was given.
fn files_below(paths: &[PathBuf]) -> Vec<FileRef> {
    /// Nobody means to open more files than this by dropping a folder.
    const MAX_FILES: usize = 10_000;
    let mut files = Vec::new();
    let mut left: Vec<(PathBuf, PathBuf)> =
        paths.iter().rev().map(|path| (path.clone(), path.parent().unwrap_or(path).to_owned())).collect();
    while let Some((path, base)) = left.pop() {
        if path.is_dir() {
            let entries = std::fs::read_dir(&path).into_iter().flatten().flatten();
            let mut inner: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            inner.sort();
            left.extend(inner.into_iter().rev().map(|inner| (inner, base.clone())));
        } else if files.len() < MAX_FILES {
            let name = path.strip_prefix(&base).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            files.push(FileRef { name, source: FileSource::Path(path.to_string_lossy().into_owned()) });
        }
    }
    files
}

/// The folder for what is kept between runs: `KERF_DATA_DIR`, or the system's place for it.
fn data_dir() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    if let Some(dir) = variable("KERF_DATA_DIR") {
        return dir;
    }
    let home = || variable("HOME").or_else(|| variable("USERPROFILE")).unwrap_or_else(std::env::temp_dir);
    if cfg!(windows) {
        variable("APPDATA").unwrap_or_else(home).join("Kerf")
    } else if cfg!(target_os = "macos") {
        home().join("Library/Application Support/Kerf")
    } else {
        variable("XDG_DATA_HOME").unwrap_or_else(|| home().join(".local/share")).join("kerf")
    }
}

/// Answers storage tasks until the app is gone; the last ones are still done then.
fn keep_store(dir: &Path, tasks: &Receiver<StoreTask>, door: &Door) {
    for task in tasks {
        match task {
            StoreTask::Put(key, bytes) => {
                if let Err(reason) = written(&dir.join(file_name(&key)), &bytes) {
                    door.send(Arrival::StoreFailed { key, reason });
                }
            }
            StoreTask::Get(key) => {
                let bytes = std::fs::read(dir.join(file_name(&key))).ok();
                door.send(Arrival::Stored { key, bytes });
            }
            // What is not there is forgotten already.
            StoreTask::Delete(key) => drop(std::fs::remove_file(dir.join(file_name(&key)))),
            StoreTask::List => {
                let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
                let mut keys: Vec<String> =
                    entries.filter_map(|entry| key_of(&entry.file_name().to_string_lossy())).collect();
                keys.sort();
                door.send(Arrival::StoredKeys(keys));
            }
        }
    }
}

/// The file that keeps a key: letters, digits, `-`, `_` and `.` stay, every other byte becomes `%` and two digits.
fn file_name(key: &str) -> String {
    let mut name = String::from("kept.");
    for byte in key.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => name.push(char::from(byte)),
            _ => name.push_str(&format!("%{byte:02x}")),
        }
    }
    name
}

fn key_of(file_name: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = file_name.strip_prefix("kept.")?.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// Writes a file so that at every moment either the old or the new one is whole. Gives its path.
fn written(path: &Path, bytes: &[u8]) -> Result<String, String> {
    let attempt = || -> std::io::Result<()> {
        if let Some(dir) = path.parent() {
            std::fs::create_dir_all(dir)?;
        }
        let mut unfinished = path.as_os_str().to_owned();
        unfinished.push(format!(".{}.tmp", std::process::id()));
        let unfinished = PathBuf::from(unfinished);
        let mut file = std::fs::File::create(&unfinished)?;
        let done = file
            .write_all(bytes)
            .and_then(|()| file.sync_data())
            .and_then(|()| std::fs::rename(&unfinished, path));
        if done.is_err() {
            drop(std::fs::remove_file(&unfinished));
        }
        done
    };
    let shown = path.to_string_lossy().into_owned();
    attempt().map_err(|error| format!("{shown} could not be written: {error}"))?;
    Ok(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_key_names_a_file_and_comes_back() {
        for key in ["settings", "autosave/1/ä b.kerf", "..", "%41", ""] {
            let name = file_name(key);
            assert!(!name.contains(['/', '\\']), "{name}");
            assert_eq!(key_of(&name).as_deref(), Some(key));
        }
        assert_eq!(key_of("other.txt"), None);
        assert_eq!(key_of("kept.%4"), None);
    }

    #[test]
    fn what_is_stored_comes_back() {
        let dir = std::env::temp_dir().join(format!("kerf-store-{}", std::process::id()));
        let (sender, arrivals) = channel();
        let (store, tasks) = channel();
        for task in [
            StoreTask::Put("a/1".to_owned(), vec![1]),
            StoreTask::Put("a/1".to_owned(), vec![2]),
            StoreTask::Put("b".to_owned(), vec![3]),
            StoreTask::Delete("b".to_owned()),
            StoreTask::Delete("never there".to_owned()),
            StoreTask::Get("a/1".to_owned()),
            StoreTask::Get("b".to_owned()),
            StoreTask::List,
        ] {
            store.send(task).unwrap();
        }
        drop(store);
        keep_store(&dir, &tasks, &Door { sender, ctx: egui::Context::default() });
        let arrivals: Vec<Arrival> = arrivals.try_iter().collect();
        assert!(
            matches!(&arrivals[0], Arrival::Stored { key, bytes: Some(bytes) } if key == "a/1" && bytes == &[2])
        );
        assert!(matches!(&arrivals[1], Arrival::Stored { key, bytes: None } if key == "b"));
        assert!(matches!(&arrivals[2], Arrival::StoredKeys(keys) if keys == &["a/1"]));
        std::fs::remove_dir_all(dir).unwrap();
    }

    #[test]
    fn a_dropped_folder_brings_its_files_with_their_folders() {
        let dir = std::env::temp_dir().join(format!("kerf-folder-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("model/textures")).unwrap();
        std::fs::write(dir.join("model/a.gltf"), "x").unwrap();
        std::fs::write(dir.join("model/textures/wood.png"), "x").unwrap();
        let names: Vec<String> =
            files_below(&[dir.join("model")]).into_iter().map(|file| file.name).collect();
        assert_eq!(names, ["model/a.gltf", "model/textures/wood.png"]);
        std::fs::remove_dir_all(dir).unwrap();
    }
}
