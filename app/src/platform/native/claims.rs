//! Which runs of the app are still there.
//!
//! Each run holds a lock on a file of its own in the data folder. The system lets go of the lock when the process ends,
//! however it ends; so what a run left behind may be taken over exactly when its lock is free.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The locks that this run holds: its own, and those of runs that are over.
pub(super) struct Claims {
    dir: PathBuf,
    held: Mutex<BTreeMap<String, File>>,
}

impl Claims {
    /// Locks in a folder; nothing is held yet.
    pub(super) fn new(dir: &Path) -> Self {
        Self { dir: dir.to_owned(), held: Mutex::default() }
    }

    /// Whether this run may take what a session left: it is its own, or the run it belongs to is over. From then on no
    /// other run may.
    pub(super) fn claim(&self, session: &str) -> bool {
        let Ok(mut held) = self.held.lock() else { return false };
        if held.contains_key(session) {
            return true;
        }
        let open = || {
            std::fs::create_dir_all(&self.dir)?;
            OpenOptions::new().create(true).truncate(false).write(true).open(self.path(session))
        };
        let Ok(file) = open() else { return false };
        match file.try_lock() {
            Ok(()) => {
                held.insert(session.to_owned(), file);
                true
            }
            Err(TryLockError::WouldBlock) => false,
            // A file system without locks: then nobody knows better.
            Err(TryLockError::Error(error)) => {
                log::warn!("whether other windows are open cannot be known: {error}");
                true
            }
        }
    }

    /// Whether no other run is there. Takes the locks of all that are over.
    pub(super) fn is_alone(&self) -> bool {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let names: Vec<_> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        let sessions = names.iter().filter_map(|name| name.strip_prefix("run.")?.strip_suffix(".lock"));
        // All are tried, so that the files of those that are over go at the end.
        sessions.filter(|session| !self.claim(session)).count() == 0
    }

    fn path(&self, session: &str) -> PathBuf {
        self.dir.join(format!("run.{session}.lock"))
    }
}

impl Drop for Claims {
    fn drop(&mut self) {
        let Ok(held) = self.held.lock() else { return };
        for session in held.keys() {
            // A file that stays is a free lock, and goes at the end of the next run.
            drop(std::fs::remove_file(self.path(session)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_belongs_to_one_run_until_that_is_over() {
        let dir = std::env::temp_dir().join(format!("kerf-claims-{}", std::process::id()));
        let first = Claims::new(&dir);
        assert!(first.claim("1") && first.claim("1"));
        assert!(first.is_alone());
        // A second description of the same file is refused like one of another process.
        let second = Claims::new(&dir);
        assert!(second.claim("2"));
        assert!(!second.claim("1") && !second.is_alone() && !first.is_alone());
        drop(first);
        assert!(second.is_alone() && second.claim("1"));
        drop(second);
        assert_eq!(std::fs::read_dir(&dir).unwrap().count(), 0);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
