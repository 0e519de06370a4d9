//! Loops and pairs of steps that may run on several threads. Results are ordered by index, so the number of threads never
//! shows in them. Without the feature `parallel` everything runs on the calling thread.

/// Does something for each item; the results are in the order of the items.
#[cfg(feature = "parallel")]
pub(crate) fn map<T: Sync, R: Send>(items: &[T], each: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    use rayon::prelude::{IndexedParallelIterator as _, IntoParallelRefIterator as _, ParallelIterator as _};
    items.par_iter().enumerate().map(|(index, item)| each(index, item)).collect()
}

/// Does something for each item; the results are in the order of the items.
#[cfg(not(feature = "parallel"))]
pub(crate) fn map<T: Sync, R: Send>(items: &[T], each: impl Fn(usize, &T) -> R + Sync) -> Vec<R> {
    items.iter().enumerate().map(|(index, item)| each(index, item)).collect()
}

/// Does two things.
#[cfg(feature = "parallel")]
pub(crate) fn join<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    rayon::join(one, other)
}

/// Does two things.
#[cfg(not(feature = "parallel"))]
pub(crate) fn join<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    (one(), other())
}
