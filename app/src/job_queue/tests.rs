//! The queue with jobs that do what their file is called.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use geometry::Progress;
use jobs::{FileRef, FileSource, Host, JobError, JobOutput, JobRequest};

use super::native::Pool;
use super::{JobEvent, JobId, JobQueue};
use crate::platform;

/// Does what the name of its file says.
fn act(request: JobRequest, host: &dyn Host, progress: &dyn Progress) -> Result<JobOutput, JobError> {
    let JobRequest::Environment { file } = request else {
        return Err(JobError::failed("test", "another request"));
    };
    match file.name.as_str() {
        "panics" => panic!("as asked"),
        "runs until cancelled" => loop {
            progress.phase("Turning");
            progress.report(0.5)?;
            std::thread::yield_now();
        },
        "is deaf" => {
            let start = platform::now_secs();
            // Far longer than any test waits, and yet it ends.
            while platform::now_secs() - start < 3600.0 {
                std::thread::park_timeout(Duration::from_secs(1));
            }
            Ok(JobOutput::Prepared(Vec::new()))
        }
        "fails" => host
            .read(&file)
            .map(|_| JobOutput::Prepared(Vec::new()))
            .map_err(|error| JobError::failed("read", error.to_string())),
        _ => Ok(JobOutput::Prepared(Vec::new())),
    }
}

struct Watched {
    queue: JobQueue,
    news: Arc<(Mutex<u64>, Condvar)>,
    events: Vec<JobEvent>,
}

impl Watched {
    fn new() -> Self {
        let news = Arc::new((Mutex::new(0), Condvar::new()));
        let waker: super::Waker = {
            let news = Arc::clone(&news);
            Arc::new(move |_delay| {
                *news.0.lock().unwrap() += 1;
                news.1.notify_all();
            })
        };
        let queue = JobQueue::of(Pool::running(act, Arc::clone(&waker)), waker);
        Self { queue, news, events: Vec::new() }
    }

    fn submit(&mut self, what: &str, slot: Option<&str>) -> JobId {
        let file = FileRef { name: what.to_owned(), source: FileSource::Path("/nowhere/at all".to_owned()) };
        self.queue.submit(JobRequest::Environment { file }, what, slot.map(str::to_owned))
    }

    /// Polls, as frames would, until an event of a job is found; gives what it says.
    fn wait_for<T>(&mut self, is: impl Fn(&JobEvent) -> Option<T>) -> T {
        let start = platform::now_secs();
        loop {
            self.events.extend(self.queue.poll());
            if let Some(found) = self.events.iter().find_map(&is) {
                return found;
            }
            assert!(platform::now_secs() - start < 30.0, "waited in vain; events: {:?}", self.events);
            let guard = self.news.0.lock().unwrap();
            drop(self.news.1.wait_timeout(guard, Duration::from_millis(10)).unwrap());
        }
    }

    fn end_of(&mut self, job: JobId) -> Result<(), Option<JobError>> {
        self.wait_for(|event| match event {
            JobEvent::Finished { id, .. } if *id == job => Some(Ok(())),
            JobEvent::Failed { id, error } if *id == job => Some(Err(Some(error.clone()))),
            JobEvent::Cancelled { id } if *id == job => Some(Err(None)),
            _ => None,
        })
    }
}

#[test]
fn a_job_ends_and_leaves_the_list() {
    let mut watched = Watched::new();
    let job = watched.submit("works", None);
    assert_eq!(watched.queue.jobs().map(|info| info.label.as_str()).collect::<Vec<_>>(), ["works"]);
    assert_eq!(watched.end_of(job), Ok(()));
    assert_eq!(watched.queue.num_running(), 0);
}

#[test]
fn a_failure_is_told_in_words() {
    let mut watched = Watched::new();
    let job = watched.submit("fails", None);
    let Err(Some(JobError::Failed { code, message })) = watched.end_of(job) else {
        panic!("it failed otherwise")
    };
    assert!(code == "read" && message.contains("fails"), "{message}");
}

#[test]
fn a_panic_costs_one_job_and_nothing_else() {
    let mut watched = Watched::new();
    let others: Vec<JobId> = (0..2).map(|_| watched.submit("runs until cancelled", None)).collect();
    let lost: Vec<JobId> = (0..5).map(|_| watched.submit("panics", None)).collect();
    watched.queue.cancel(others[0]);
    assert_eq!(watched.end_of(others[0]), Err(None));
    for job in lost {
        let Err(Some(JobError::WorkerLost { message })) = watched.end_of(job) else {
            panic!("it ended otherwise")
        };
        assert!(message.contains("as asked"), "{message}");
    }
    let after = watched.submit("works", None);
    assert_eq!(watched.end_of(after), Ok(()));
    watched.queue.cancel(others[1]);
    assert_eq!(watched.end_of(others[1]), Err(None));
}

#[test]
fn progress_is_told_and_listed() {
    let mut watched = Watched::new();
    let job = watched.submit("runs until cancelled", None);
    let phase = watched.wait_for(|event| match event {
        JobEvent::Progress { phase, fraction, .. } if *fraction > 0.0 => Some(phase.clone()),
        _ => None,
    });
    assert_eq!(phase, "Turning");
    let info = watched.queue.jobs().next().unwrap();
    assert!(info.id == job && info.phase == "Turning" && info.started_secs.is_some());
    watched.queue.cancel_all();
    assert_eq!(watched.end_of(job), Err(None));
}

#[test]
fn a_deaf_job_is_given_up_and_replaced() {
    let mut watched = Watched::new();
    let deaf: Vec<JobId> = (0..6).map(|_| watched.submit("is deaf", None)).collect();
    let start = platform::now_secs();
    watched.queue.cancel_all();
    for job in deaf {
        assert_eq!(watched.end_of(job), Err(None));
    }
    assert!(platform::now_secs() - start < 5.0, "all were cancelled at once, so they end at once");
    let after = watched.submit("works", None);
    assert_eq!(watched.end_of(after), Ok(()));
}

#[test]
fn the_newest_of_a_slot_wins() {
    let mut watched = Watched::new();
    let older = watched.submit("runs until cancelled", Some("preview"));
    let other = watched.submit("works", Some("another"));
    let newest = watched.submit("works", Some("preview"));
    assert_eq!(watched.end_of(older), Err(None));
    assert_eq!(watched.end_of(newest), Ok(()));
    assert_eq!(watched.end_of(other), Ok(()));
}
