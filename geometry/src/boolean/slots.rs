//! An array of optional indices that costs little where it is not used.

/// For each of many things an index or none. Room is only made for pages of neighbours in which something was set, so
/// over a large body of which little is touched it is nearly as small as a map, and nearly as fast as an array.
pub(super) struct Slots {
    /// Where each page begins in `entries`, plus one; 0 where nothing was set.
    pages: Vec<u32>,
    /// Indices plus one, 0 for none.
    entries: Vec<u32>,
}

/// Places in a page: a few lines of the cache.
const PAGE: usize = 1 << PAGE_BITS;
const PAGE_BITS: u32 = 6;

impl Slots {
    pub(super) fn new(len: usize) -> Self {
        Self { pages: vec![0; len.div_ceil(PAGE)], entries: Vec::new() }
    }

    /// The memory that so many places take once all of them were written.
    pub(super) fn bytes(len: usize) -> usize {
        (len + len.div_ceil(PAGE)) * size_of::<u32>()
    }

    pub(super) fn num_bytes(&self) -> usize {
        (self.pages.len() + self.entries.capacity()) * size_of::<u32>()
    }

    /// The index at a place; places beyond the end have none.
    #[inline]
    pub(super) fn get(&self, place: u32) -> Option<u32> {
        let page = (*self.pages.get(place as usize / PAGE)?).checked_sub(1)?;
        self.entries[page as usize + place as usize % PAGE].checked_sub(1)
    }

    /// `index` must be below `u32::MAX`.
    #[inline]
    pub(super) fn set(&mut self, place: u32, index: u32) {
        let page = &mut self.pages[place as usize / PAGE];
        if *page == 0 {
            *page = self.entries.len() as u32 + 1;
            self.entries.resize(self.entries.len() + PAGE, 0);
        }
        self.entries[*page as usize - 1 + place as usize % PAGE] = index + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_set_is_there_and_nothing_else() {
        let mut slots = Slots::new(1000);
        let places = [999, 0, 64, 63, 500, 501];
        for (index, place) in (7..).zip(places) {
            slots.set(place, index);
        }
        for place in 0..1100 {
            let expected = (7..).zip(places).find(|&(_, it)| it == place).map(|(index, _)| index);
            assert_eq!(slots.get(place), expected, "{place}");
        }
        assert!(slots.num_bytes() < Slots::bytes(1000));
    }
}
