//! An array of optional indices that costs nothing where it is not used.

/// For each of many things an index or none. Memory that was never written is zero pages that the system has not even
/// fetched, so an array over a large body of which little is touched is as cheap as a map.
pub(super) struct Slots(Vec<u32>);

impl Slots {
    pub(super) fn new(len: usize) -> Self {
        Self(vec![0; len])
    }

    /// The memory that so many places take once all of them were written.
    pub(super) fn bytes(len: usize) -> usize {
        len * size_of::<u32>()
    }

    pub(super) fn num_bytes(&self) -> usize {
        Self::bytes(self.0.len())
    }

    /// The index at a place; places beyond the end have none.
    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<u32> {
        self.0.get(place as usize)?.checked_sub(1)
    }

    /// `index` must be below `u32::MAX`.
    #[inline]
    pub(super) fn set(&mut self, place: u32, index: u32) {
        self.0[place as usize] = index + 1;
    }
}
