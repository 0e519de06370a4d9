//! How operations are kept from taking more memory than there is.
//!
//! A large boolean in a browser tab ends at 4 GiB, and an allocation that fails there takes the whole worker with it. So
//! operations tell their [`Progress`] how much they are about to take, and a [`MemoryLimit`] around it says no in time.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use crate::Mesh;
use crate::progress::{Cancelled, Progress};

/// Makes operations stop that would take more than a number of bytes at once.
///
/// They end with their error for being cancelled then, and [`MemoryLimit::refusal`] tells that memory was the reason, at
/// which stage, and how much it would have been. [`BooleanOptions`](crate::boolean::BooleanOptions) have a limit of their
/// own, with an error of its own.
///
/// **What is counted**: the large arrays that a call makes, its result among them, as long as they are held together. In
/// booleans they are counted as they grow; in other operations they are estimated from the size of the input when a stage
/// begins. **What is not**: the input, what the caller holds besides, and what the allocator keeps for itself, which on
/// wasm32 may be a third more, as memory there is never given back. Threads that work side by side take their scratch
/// space at the same time, so a limit that just suffices for one may not for many; what comes out never depends on it.
pub struct MemoryLimit<'a> {
    whole: &'a dyn Progress,
    limit_bytes: u64,
    held_bytes: AtomicU64,
    peak_bytes: AtomicU64,
    stage: Mutex<String>,
    refusal: OnceLock<OverLimit>,
}

/// More memory would have been needed than was allowed. Nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{stage} would take {needed_bytes} bytes of memory, but only {limit_bytes} are allowed")]
pub struct OverLimit {
    /// What was allowed.
    pub limit_bytes: u64,
    /// What would have been held with the next array.
    pub needed_bytes: u64,
    /// The phase the work was in, in words for people; “Preparing” where it has told none.
    pub stage: String,
}

impl<'a> MemoryLimit<'a> {
    /// A limit for one call or for several, one after the other; reports are passed on to `whole`.
    #[must_use]
    pub fn new(whole: &'a dyn Progress, limit_bytes: u64) -> Self {
        Self {
            whole,
            limit_bytes,
            held_bytes: AtomicU64::new(0),
            peak_bytes: AtomicU64::new(0),
            stage: Mutex::new("Preparing".to_owned()),
            refusal: OnceLock::new(),
        }
    }

    /// Why a call ended early, if memory was the reason.
    #[must_use]
    pub fn refusal(&self) -> Option<&OverLimit> {
        self.refusal.get()
    }

    /// The most that was counted at once so far.
    #[must_use]
    pub fn peak_bytes(&self) -> u64 {
        self.peak_bytes.load(Ordering::Relaxed)
    }
}

impl Progress for MemoryLimit<'_> {
    fn phase(&self, name: &str) {
        name.clone_into(&mut self.stage.lock().unwrap_or_else(PoisonError::into_inner));
        self.whole.phase(name);
    }

    fn report(&self, done: f64) -> Result<(), Cancelled> {
        if self.refusal.get().is_some() {
            return Err(Cancelled);
        }
        self.whole.report(done)
    }

    fn hold(&self, num_bytes: u64) -> Result<(), Cancelled> {
        let held = self.held_bytes.fetch_add(num_bytes, Ordering::Relaxed).saturating_add(num_bytes);
        let taken = self.whole.hold(num_bytes);
        if held > self.limit_bytes {
            let stage = self.stage.lock().unwrap_or_else(PoisonError::into_inner).clone();
            self.refusal.get_or_init(|| OverLimit {
                limit_bytes: self.limit_bytes,
                needed_bytes: held,
                stage,
            });
            return Err(Cancelled);
        }
        self.peak_bytes.fetch_max(held, Ordering::Relaxed);
        taken
    }

    fn release(&self, num_bytes: u64) {
        self.held_bytes.fetch_sub(num_bytes, Ordering::Relaxed);
        self.whole.release(num_bytes);
    }
}

/// What is held until this is dropped.
pub(crate) struct Holding<'a> {
    progress: &'a dyn Progress,
    num_bytes: u64,
}

impl<'a> Holding<'a> {
    /// Nothing yet.
    pub(crate) fn nothing(progress: &'a dyn Progress) -> Self {
        Self { progress, num_bytes: 0 }
    }

    /// So many bytes, to be asked for before they are taken.
    pub(crate) fn new(progress: &'a dyn Progress, num_bytes: usize) -> Result<Self, Cancelled> {
        let mut holding = Self::nothing(progress);
        holding.add(num_bytes)?;
        Ok(holding)
    }

    /// More bytes.
    pub(crate) fn add(&mut self, num_bytes: usize) -> Result<(), Cancelled> {
        // Counted even when refused, as it is released when this is dropped.
        self.num_bytes += num_bytes as u64;
        self.progress.hold(num_bytes as u64)
    }

    /// So many bytes instead of what it was.
    pub(crate) fn set(&mut self, num_bytes: usize) -> Result<(), Cancelled> {
        let num_bytes = num_bytes as u64;
        if num_bytes < self.num_bytes {
            self.progress.release(self.num_bytes - num_bytes);
        }
        let before = std::mem::replace(&mut self.num_bytes, num_bytes);
        if num_bytes > before { self.progress.hold(num_bytes - before) } else { Ok(()) }
    }
}

impl Drop for Holding<'_> {
    fn drop(&mut self) {
        self.progress.release(self.num_bytes);
    }
}

/// So many bytes for each triangle and each position of a mesh.
pub(crate) fn bytes_per(mesh: &Mesh, triangle: usize, position: usize) -> usize {
    mesh.triangles.len() * triangle + mesh.positions.len() * position
}

/// The memory behind a list.
pub(crate) fn bytes_of<T>(list: &Vec<T>) -> usize {
    list.capacity() * size_of::<T>()
}

/// The memory behind a map with room for so many entries: one byte each beside the entry, and up to twice as many places
/// as entries.
pub(crate) fn bytes_of_map<K, V>(capacity: usize) -> usize {
    capacity * 8 / 7 * (size_of::<(K, V)>() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Unwatched;

    #[test]
    fn what_is_dropped_counts_no_more() {
        let limit = MemoryLimit::new(&Unwatched, 100);
        {
            let mut holding = Holding::new(&limit, 60).expect("below the limit");
            holding.add(40).expect("just the limit");
            holding.set(30).expect("less");
            holding.set(90).expect("still below");
        }
        assert_eq!((limit.peak_bytes(), limit.refusal()), (100, None));
        limit.phase("Growing");
        let _one = Holding::new(&limit, 70).expect("all was given back");
        assert!(Holding::new(&limit, 31).is_err());
        let expected = OverLimit { limit_bytes: 100, needed_bytes: 101, stage: "Growing".to_owned() };
        assert_eq!(limit.refusal(), Some(&expected));
        // From then on every question is answered with no.
        assert_eq!(limit.report(0.5), Err(Cancelled));
        assert!(Holding::new(&limit, 30).is_ok());
    }
}
