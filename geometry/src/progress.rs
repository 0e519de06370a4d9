//! How long-running work tells how far it is and learns that nobody waits for it any more.

/// The work was stopped because its [`Progress`] asked for it. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cancelled")]
pub struct Cancelled;

/// Watches over one long-running call. Implementations decide how often they really look at a clock or a message
/// queue, so callers may report as often as once per few hundred elements.
pub trait Progress: Sync {
    /// Tells which part of the work runs now, in words for people (“Reading triangles”).
    fn phase(&self, _name: &str) {}

    /// Tells how much of the whole call is done, from 0 to 1, and asks whether to go on.
    ///
    /// # Errors
    /// [`Cancelled`] when the caller should return as soon as it can.
    fn report(&self, done: f64) -> Result<(), Cancelled>;

    /// Tells that large arrays of so many bytes are about to be made, and asks whether they may; see
    /// [`MemoryLimit`](crate::MemoryLimit). What was asked for is given back with [`Progress::release`] in any case.
    ///
    /// # Errors
    /// [`Cancelled`] when they may not.
    fn hold(&self, _num_bytes: u64) -> Result<(), Cancelled> {
        Ok(())
    }

    /// Tells that so many of the bytes held are no longer.
    fn release(&self, _num_bytes: u64) {}
}

/// Items of a plain loop between two questions whether to go on: some tenths of a millisecond.
pub(crate) const STEP: usize = 1 << 13;

/// Reports before every [`STEP`]th item of a loop.
#[inline]
pub(crate) fn report_at(progress: &dyn Progress, index: usize, count: usize) -> Result<(), Cancelled> {
    if index.is_multiple_of(STEP) { progress.report(index as f64 / count.max(1) as f64) } else { Ok(()) }
}

/// For tests and short work: reports go nowhere, nothing is ever cancelled.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unwatched;

impl Progress for Unwatched {
    fn report(&self, _done: f64) -> Result<(), Cancelled> {
        Ok(())
    }
}

/// A stretch of a larger piece of work: what is reported as 0 to 1 here is passed on as `from` to `to`.
pub struct Stretch<'a> {
    whole: &'a dyn Progress,
    from: f64,
    to: f64,
}

impl<'a> Stretch<'a> {
    /// The stretch of `whole` from `from` to `to`, both in 0 to 1.
    #[must_use]
    pub fn new(whole: &'a dyn Progress, from: f64, to: f64) -> Self {
        Self { whole, from, to }
    }
}

impl Progress for Stretch<'_> {
    fn phase(&self, name: &str) {
        self.whole.phase(name);
    }

    fn report(&self, done: f64) -> Result<(), Cancelled> {
        self.whole.report(self.from + (self.to - self.from) * done)
    }

    fn hold(&self, num_bytes: u64) -> Result<(), Cancelled> {
        self.whole.hold(num_bytes)
    }

    fn release(&self, num_bytes: u64) {
        self.whole.release(num_bytes);
    }
}
