//! Many short lists in one array.

use crate::memory::bytes_of;
use crate::progress::{Cancelled, Progress, STEP, Unwatched};

/// For each of a number of keys a list of values.
pub(super) struct Lists<T> {
    starts: Vec<u32>,
    values: Vec<T>,
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { starts: vec![0], values: Vec::new() }
    }
}

impl<T: Copy> Lists<T> {
    /// Sorts pairs of a key below `num_keys` and a value by key; values of one key keep their order.
    pub(super) fn new(num_keys: usize, pairs: &[(u32, T)]) -> Self {
        Self::sorted(num_keys, pairs, |&(key, value)| (key, value))
    }

    /// The same for items that are a key and a value.
    pub(super) fn sorted<I>(num_keys: usize, items: &[I], split: impl Fn(&I) -> (u32, T)) -> Self {
        Self::sorted_watched(num_keys, items, split, &Unwatched).expect("nobody cancels")
    }

    /// The same for many items.
    pub(super) fn sorted_watched<I>(
        num_keys: usize,
        items: &[I],
        split: impl Fn(&I) -> (u32, T),
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let mut starts = vec![0_u32; num_keys + 1];
        for items in items.chunks(STEP) {
            progress.report(0.0)?;
            items.iter().for_each(|item| starts[split(item).0 as usize + 1] += 1);
        }
        for key in 0..num_keys {
            starts[key + 1] += starts[key];
        }
        let Some(first) = items.first() else { return Ok(Self { starts, values: Vec::new() }) };
        let mut values = vec![split(first).1; items.len()];
        // Filling moves each start to the end of its list, that is, to the start of the next one.
        for items in items.chunks(STEP) {
            progress.report(0.5)?;
            for item in items {
                let (key, value) = split(item);
                let place = &mut starts[key as usize];
                values[*place as usize] = value;
                *place += 1;
            }
        }
        starts.copy_within(..num_keys, 1);
        starts[0] = 0;
        Ok(Self { starts, values })
    }

    /// The values of a key.
    #[inline]
    pub(super) fn of(&self, key: u32) -> &[T] {
        &self.values[self.starts[key as usize] as usize..self.starts[key as usize + 1] as usize]
    }

    pub(super) fn num_bytes(&self) -> usize {
        bytes_of(&self.starts) + bytes_of(&self.values)
    }

    /// The number of keys.
    pub(super) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// The values of each key, by key.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[T]> {
        (0..self.len() as u32).map(|key| self.of(key))
    }
}
