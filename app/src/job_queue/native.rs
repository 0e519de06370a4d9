//! Runs jobs on named threads.

use std::panic::AssertUnwindSafe;
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use assets::ByteSource;
use geometry::{Cancelled, ContentHash, Progress};
use jobs::{
    FileRef, FileSource, Host, InMemory, JobError, JobOutput, JobRequest, Part, PartCache, Preview, ReadError,
};

use super::{JobId, Report, Waker};
use crate::platform;

/// Room for parts that jobs remember.
const CACHE_BYTES: usize = 1 << 30;

/// Deep trees need more stack than a thread has by default.
const STACK_BYTES: usize = 16 << 20;

/// Least time between two reports of progress of one job.
const REPORT_EVERY_SECS: f64 = 0.05;

/// What answers requests: [`jobs::run`], or a stand-in of a test.
type Run = fn(JobRequest, &dyn Host, &dyn Progress) -> Result<JobOutput, JobError>;

/// Threads that run one job each.
pub(super) struct Pool {
    run: Run,
    seats: Vec<Seat>,
    reports: Receiver<Report>,
    sender: Sender<Report>,
    cache: Arc<Mutex<PartCache>>,
    waker: Waker,
    num_threads_made: usize,
}

/// A thread and the job it runs.
struct Seat {
    tasks: Sender<Task>,
    running: Option<(JobId, Arc<AtomicBool>)>,
}

struct Task {
    id: JobId,
    request: JobRequest,
    stop: Arc<AtomicBool>,
}

impl Pool {
    pub(super) fn new(waker: Waker) -> Self {
        Self::running(jobs::run, waker)
    }

    /// A pool that answers requests in another way.
    pub(super) fn running(run: Run, waker: Waker) -> Self {
        let (sender, reports) = channel();
        let cache = Arc::new(Mutex::new(PartCache::new(CACHE_BYTES)));
        let mut pool = Self { run, seats: Vec::new(), reports, sender, cache, waker, num_threads_made: 0 };
        let num_cores = std::thread::available_parallelism().map_or(2, std::num::NonZeroUsize::get);
        for _ in 0..num_cores.saturating_sub(1).clamp(2, 4) {
            let seat = pool.new_seat();
            pool.seats.push(seat);
        }
        pool
    }

    /// Starts a job; gives it back when no thread is free.
    pub(super) fn start(&mut self, id: JobId, request: JobRequest) -> Result<(), Box<JobRequest>> {
        let Some(seat) = self.seats.iter_mut().find(|seat| seat.running.is_none()) else {
            return Err(Box::new(request));
        };
        let stop = Arc::new(AtomicBool::new(false));
        match seat.tasks.send(Task { id, request, stop: Arc::clone(&stop) }) {
            Ok(()) => seat.running = Some((id, stop)),
            Err(unsent) => {
                // The thread could not be started at all.
                let message = "no thread could be started".to_owned();
                let lost = Report::Done { id: unsent.0.id, result: Err(JobError::WorkerLost { message }) };
                drop(self.sender.send(lost));
                (self.waker)(Duration::ZERO);
            }
        }
        Ok(())
    }

    pub(super) fn cancel(&self, id: JobId) {
        for (running, stop) in self.seats.iter().filter_map(|seat| seat.running.as_ref()) {
            if *running == id {
                stop.store(true, Ordering::Relaxed);
            }
        }
    }

    /// Leaves a thread to itself; it ends when its job does, and nobody hears of the result.
    pub(super) fn give_up(&mut self, id: JobId) {
        let Some(position) = self.position_of(id) else { return };
        log::warn!("a job did not stop when asked; its thread was replaced");
        self.seats[position] = self.new_seat();
    }

    pub(super) fn poll(&mut self, _deadline_secs: f64) -> Vec<Report> {
        let reports: Vec<Report> = self.reports.try_iter().collect();
        for report in &reports {
            if let Report::Done { id, .. } = report
                && let Some(position) = self.position_of(*id)
            {
                self.seats[position].running = None;
            }
        }
        reports
    }

    fn position_of(&self, id: JobId) -> Option<usize> {
        self.seats.iter().position(|seat| seat.running.as_ref().is_some_and(|(running, _)| *running == id))
    }

    fn new_seat(&mut self) -> Seat {
        let (tasks, inbox) = channel();
        let worker = Worker {
            run: self.run,
            inbox,
            reports: self.sender.clone(),
            cache: Arc::clone(&self.cache),
            waker: Arc::clone(&self.waker),
        };
        self.num_threads_made += 1;
        let name = format!("jobs {}", self.num_threads_made);
        let builder = std::thread::Builder::new().name(name).stack_size(STACK_BYTES);
        if let Err(error) = builder.spawn(move || worker.run()) {
            log::error!("a thread for jobs could not be started: {error}");
        }
        Seat { tasks, running: None }
    }
}

/// What runs on a thread.
struct Worker {
    run: Run,
    inbox: Receiver<Task>,
    reports: Sender<Report>,
    cache: Arc<Mutex<PartCache>>,
    waker: Waker,
}

impl Worker {
    fn run(self) {
        for Task { id, request, stop } in &self.inbox {
            let watch = Watch {
                id,
                stop,
                reports: self.reports.clone(),
                waker: Arc::clone(&self.waker),
                told: Mutex::new(Told { phase: String::new(), next_secs: 0.0 }),
            };
            let show = |preview| {
                if watch.reports.send(Report::Preview { id, preview: Box::new(preview) }).is_ok() {
                    (watch.waker)(Duration::ZERO);
                }
            };
            let host = Disk { cache: &self.cache, show: Some(&show) };
            let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| (self.run)(request, &host, &watch)));
            let result =
                outcome.unwrap_or_else(|panic| Err(JobError::WorkerLost { message: panic_message(&*panic) }));
            if self.reports.send(Report::Done { id, result }).is_err() {
                return;
            }
            (self.waker)(Duration::ZERO);
        }
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

/// A poisoned lock guards nothing half-done here: a cache entry is in or out, a phase is text.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Tells the app how far a job is.
struct Watch {
    id: JobId,
    stop: Arc<AtomicBool>,
    reports: Sender<Report>,
    waker: Waker,
    told: Mutex<Told>,
}

struct Told {
    phase: String,
    next_secs: f64,
}

impl Progress for Watch {
    fn phase(&self, name: &str) {
        let mut told = locked(&self.told);
        name.clone_into(&mut told.phase);
        told.next_secs = 0.0;
    }

    fn report(&self, done: f64) -> Result<(), Cancelled> {
        if self.stop.load(Ordering::Relaxed) {
            return Err(Cancelled);
        }
        // A busy lock means that another thread of this job reports right now.
        if let Ok(mut told) = self.told.try_lock() {
            let now = platform::now_secs();
            if now >= told.next_secs {
                told.next_secs = now + REPORT_EVERY_SECS;
                #[expect(clippy::cast_possible_truncation, reason = "a fraction")]
                let fraction = done.clamp(0.0, 1.0) as f32;
                let report = Report::Progress { id: self.id, phase: told.phase.clone(), fraction };
                if self.reports.send(report).is_ok() {
                    (self.waker)(Duration::ZERO);
                }
            }
        }
        Ok(())
    }
}

/// Does a piece of work on this thread, with files from disk, for the command line.
///
/// # Errors
/// Those of [`jobs::run`].
pub fn run_here(request: JobRequest) -> Result<JobOutput, JobError> {
    let cache = Mutex::new(PartCache::new(CACHE_BYTES));
    jobs::run(request, &Disk { cache: &cache, show: None }, &geometry::Unwatched)
}

/// Files from disk, and the parts that jobs remember.
struct Disk<'a> {
    cache: &'a Mutex<PartCache>,
    /// Takes what jobs have so far, where somebody looks at it.
    show: Option<&'a dyn Fn(Preview)>,
}

impl Host for Disk<'_> {
    fn read(&self, file: &FileRef) -> Result<Arc<Vec<u8>>, ReadError> {
        let failed = |reason: String| ReadError { name: file.name.clone(), reason };
        match &file.source {
            FileSource::Memory(bytes) => Ok(Arc::clone(bytes)),
            FileSource::Path(path) => {
                std::fs::read(path).map(Arc::new).map_err(|error| failed(error.to_string()))
            }
            FileSource::Page(_) => Err(failed("it belongs to a web page".to_owned())),
        }
    }

    fn open(&self, file: &FileRef) -> Result<Box<dyn ByteSource + '_>, ReadError> {
        let FileSource::Path(path) = &file.source else {
            return Ok(Box::new(InMemory(self.read(file)?)));
        };
        let opened = std::fs::File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (size, opened) =
            opened.map_err(|error| ReadError { name: file.name.clone(), reason: error.to_string() })?;
        Ok(Box::new(OnDisk { file: opened, size }))
    }

    fn read_beside(&self, file: &FileRef, name: &str) -> Option<Vec<u8>> {
        let FileSource::Path(path) = &file.source else { return None };
        std::fs::read(beside(Path::new(path), name)?).ok()
    }

    fn cached_part(&self, hash: ContentHash) -> Option<Arc<Part>> {
        locked(self.cache).get(hash)
    }

    fn cache_part(&self, hash: ContentHash, part: &Arc<Part>) {
        locked(self.cache).insert(hash, part);
    }

    fn free_memory(&self) -> Option<u64> {
        free_memory()
    }

    fn is_watched(&self) -> bool {
        self.show.is_some()
    }

    fn show(&self, preview: Preview) {
        if let Some(show) = self.show {
            show(preview);
        }
    }
}

/// A file that is read where it is needed.
struct OnDisk {
    file: std::fs::File,
    size: u64,
}

impl ByteSource for OnDisk {
    fn size(&self) -> u64 {
        self.size
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        use std::io::{Read as _, Seek as _, SeekFrom};
        let mut file = &self.file;
        let read = file.seek(SeekFrom::Start(offset)).and_then(|_| file.read_exact(into));
        read.map_err(|error| error.to_string())
    }
}

/// What the system says could be had without moving anything to disk; where it does not say, nobody knows.
fn free_memory() -> Option<u64> {
    let text = std::fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}

/// The path of a side file, with each part of its name as written or else in another case; never outside the folder.
fn beside(file: &Path, name: &str) -> Option<PathBuf> {
    let mut path = file.parent()?.to_owned();
    let name = name.replace('\\', "/");
    for part in Path::new(&name).components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => {
                let exact = path.join(part);
                path = if exact.exists() { exact } else { in_another_case(&path, &part.to_string_lossy())? };
            }
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    path.is_file().then_some(path)
}

fn in_another_case(dir: &Path, name: &str) -> Option<PathBuf> {
    let wanted = name.to_lowercase();
    let mut paths = std::fs::read_dir(dir).ok()?.flatten().map(|entry| entry.path());
    paths.find(|path| path.file_name().is_some_and(|known| known.to_string_lossy().to_lowercase() == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn side_files_are_found_in_any_case_and_never_outside() {
        let dir = std::env::temp_dir().join(format!("kerf-beside-{}", std::process::id()));
        std::fs::create_dir_all(dir.join("inner/Textures")).unwrap();
        std::fs::write(dir.join("inner/Textures/Wood.PNG"), "x").unwrap();
        std::fs::write(dir.join("secret.bin"), "x").unwrap();
        let model = dir.join("inner/model.gltf");
        assert!(beside(&model, "textures\\wood.png").is_some());
        assert!(beside(&model, "./Textures/Wood.PNG").is_some());
        let absolute = dir.join("secret.bin").to_string_lossy().into_owned();
        for outside in ["../secret.bin", "Textures/../../secret.bin", &absolute, "Textures", ""] {
            assert_eq!(beside(&model, outside), None, "{outside}");
        }
        std::fs::remove_dir_all(dir).unwrap();
    }
}
