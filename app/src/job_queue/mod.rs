//! Everything that takes time runs here, off the main thread.
//!
//! One queue, two ways to run it: named threads natively (`native`), Web Workers in a page (`web`). Both answer within
//! `CANCEL_GRACE_SECS` to a cancel, and replace a worker that died, without harm to other jobs.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests;
#[cfg(target_arch = "wasm32")]
mod web;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jobs::{JobError, JobOutput, JobRequest, Preview};

#[cfg(not(target_arch = "wasm32"))]
use native::Pool;
#[cfg(not(target_arch = "wasm32"))]
pub use native::run_here;
#[cfg(target_arch = "wasm32")]
use web::Pool;

use crate::platform;

/// How long a worker may take to notice a cancel before it is given up and replaced.
const CANCEL_GRACE_SECS: f64 = 0.12;

/// How long one [`JobQueue::poll`] may take messages in, unless a single one takes longer.
const POLL_BUDGET_SECS: f64 = 0.008;

/// Names a job for as long as the app runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// What the queue tells about a job.
#[derive(Debug)]
pub enum JobEvent {
    /// It came further.
    Progress {
        /// Which job.
        id: JobId,
        /// What it does now, in words for people.
        phase: String,
        /// How much is done, from 0 to 1.
        fraction: f32,
    },
    /// It can show something of what it will give.
    Preview {
        /// Which job.
        id: JobId,
        /// What to show.
        preview: Box<Preview>,
    },
    /// It is done.
    Finished {
        /// Which job.
        id: JobId,
        /// What it gives.
        output: JobOutput,
    },
    /// It could not be done.
    Failed {
        /// Which job.
        id: JobId,
        /// Why; never [`JobError::Cancelled`].
        error: JobError,
    },
    /// It was stopped on request, or gave way to a newer job of its slot.
    Cancelled {
        /// Which job.
        id: JobId,
    },
}

/// A job that waits or runs, for the jobs panel.
#[derive(Clone, Debug, PartialEq)]
pub struct JobInfo {
    /// Its name in the queue.
    pub id: JobId,
    /// What it does, in words for people.
    pub label: String,
    /// What it does right now.
    pub phase: String,
    /// How much is done, from 0 to 1.
    pub fraction: f32,
    /// When it began to run, in seconds of [`platform::now_secs`]; `None` while it waits.
    pub started_secs: Option<f64>,
    /// Whether it was asked to stop.
    pub cancelling: bool,
}

/// Called from any thread when [`JobQueue::poll`] has something to tell after the given time.
pub type Waker = Arc<dyn Fn(Duration) + Send + Sync>;

/// Jobs that wait, jobs that run, and news of them.
pub struct JobQueue {
    pool: Pool,
    entries: Vec<Entry>,
    waiting: VecDeque<(JobId, JobRequest)>,
    cancelled: Vec<JobId>,
    next_id: u64,
    waker: Waker,
}

struct Entry {
    info: JobInfo,
    slot: Option<String>,
    cancelled_secs: Option<f64>,
}

/// What a pool tells of a job it runs.
enum Report {
    Progress { id: JobId, phase: String, fraction: f32 },
    Preview { id: JobId, preview: Box<Preview> },
    Done { id: JobId, result: Result<JobOutput, JobError> },
}

impl JobQueue {
    /// An empty queue. `waker` is called when there is news.
    #[must_use]
    pub fn new(waker: Waker) -> Self {
        let pool = Pool::new(Arc::clone(&waker));
        Self::of(pool, waker)
    }

    fn of(pool: Pool, waker: Waker) -> Self {
        Self { pool, entries: Vec::new(), waiting: VecDeque::new(), cancelled: Vec::new(), next_id: 1, waker }
    }

    /// A queue that wakes nobody, for tests that poll by themselves.
    #[must_use]
    pub fn unwatched() -> Self {
        Self::new(Arc::new(|_delay| {}))
    }

    /// Queues a job. A job of a slot replaces the older ones of the same slot, waiting or running.
    pub fn submit(&mut self, request: JobRequest, label: impl Into<String>, slot: Option<String>) -> JobId {
        let id = JobId(self.next_id);
        self.next_id += 1;
        if slot.is_some() {
            let older = self.entries.iter().filter(|entry| entry.slot == slot).map(|entry| entry.info.id);
            for older in older.collect::<Vec<_>>() {
                self.cancel(older);
            }
        }
        let (label, phase) = (label.into(), "Waiting".to_owned());
        let info = JobInfo { id, label, phase, fraction: 0.0, started_secs: None, cancelling: false };
        self.entries.push(Entry { info, slot, cancelled_secs: None });
        self.waiting.push_back((id, request));
        self.start_waiting();
        id
    }

    /// Asks a job to stop. Its [`JobEvent::Cancelled`] comes with one of the next polls; an unknown job is none.
    pub fn cancel(&mut self, id: JobId) {
        let Some(entry) = self.entries.iter_mut().find(|entry| entry.info.id == id) else { return };
        if entry.cancelled_secs.is_some() {
            return;
        }
        entry.cancelled_secs = Some(platform::now_secs());
        entry.info.cancelling = true;
        if let Some(position) = self.waiting.iter().position(|(waiting, _)| *waiting == id) {
            self.waiting.remove(position);
            self.cancelled.push(id);
            (self.waker)(Duration::ZERO);
        } else {
            self.pool.cancel(id);
            (self.waker)(Duration::from_secs_f64(CANCEL_GRACE_SECS));
        }
    }

    /// Asks every job to stop.
    pub fn cancel_all(&mut self) {
        for id in self.entries.iter().map(|entry| entry.info.id).collect::<Vec<_>>() {
            self.cancel(id);
        }
    }

    /// How many jobs wait or run.
    #[must_use]
    pub fn num_running(&self) -> usize {
        self.entries.len()
    }

    /// Jobs that wait or run, oldest first.
    pub fn jobs(&self) -> impl Iterator<Item = &JobInfo> {
        self.entries.iter().map(|entry| &entry.info)
    }

    /// What happened since the last poll. To be called once per frame, before drawing.
    pub fn poll(&mut self) -> Vec<JobEvent> {
        let now = platform::now_secs();
        let mut events: Vec<JobEvent> = Vec::new();
        for id in std::mem::take(&mut self.cancelled) {
            self.finish(id, Err(JobError::Cancelled), &mut events);
        }
        for report in self.pool.poll(now + POLL_BUDGET_SECS) {
            match report {
                Report::Progress { id, phase, fraction } => self.progress(id, phase, fraction, &mut events),
                Report::Preview { id, preview } => events.push(JobEvent::Preview { id, preview }),
                Report::Done { id, result } => self.finish(id, result, &mut events),
            }
        }
        self.give_up_the_stuck(now, &mut events);
        self.start_waiting();
        events
    }

    fn progress(&mut self, id: JobId, phase: String, fraction: f32, events: &mut Vec<JobEvent>) {
        if let Some(entry) = self.entries.iter_mut().find(|entry| entry.info.id == id) {
            entry.info.phase.clone_from(&phase);
            entry.info.fraction = fraction;
            events.push(JobEvent::Progress { id, phase, fraction });
        }
    }

    fn finish(&mut self, id: JobId, result: Result<JobOutput, JobError>, events: &mut Vec<JobEvent>) {
        let Some(position) = self.entries.iter().position(|entry| entry.info.id == id) else { return };
        let entry = self.entries.remove(position);
        events.push(match result {
            _ if entry.cancelled_secs.is_some() => JobEvent::Cancelled { id },
            Ok(output) => JobEvent::Finished { id, output },
            Err(JobError::Cancelled) => JobEvent::Cancelled { id },
            Err(error) => JobEvent::Failed { id, error },
        });
    }

    /// Replaces workers that were asked to stop and do not answer.
    fn give_up_the_stuck(&mut self, now: f64, events: &mut Vec<JobEvent>) {
        let is_stuck = |entry: &&Entry| entry.cancelled_secs.is_some_and(|at| now - at >= CANCEL_GRACE_SECS);
        for id in self.entries.iter().filter(is_stuck).map(|entry| entry.info.id).collect::<Vec<_>>() {
            self.pool.give_up(id);
            self.finish(id, Err(JobError::Cancelled), events);
        }
        if self.entries.iter().any(|entry| entry.cancelled_secs.is_some()) {
            (self.waker)(Duration::from_millis(20));
        }
    }

    fn start_waiting(&mut self) {
        while let Some((id, request)) = self.waiting.pop_front() {
            if let Err(request) = self.pool.start(id, request) {
                self.waiting.push_front((id, *request));
                return;
            }
            if let Some(entry) = self.entries.iter_mut().find(|entry| entry.info.id == id) {
                entry.info.started_secs = Some(platform::now_secs());
                entry.info.phase = "Starting".to_owned();
            }
        }
    }
}
