//! Exact welding: equal coordinates become one position.

use glam::DVec3;

/// Gives equal points, to the bit (−0 counts as +0), the same number. Numbers follow the order of first appearance,
/// so that neither the hash nor the platform shows in the result.
#[derive(Debug, Default)]
pub(crate) struct Welder {
    /// The different points so far, by number.
    pub(crate) positions: Vec<DVec3>,
    /// Open addressing with linear probing; a slot holds a number or [`FREE`]. Its length is a power of two and at least
    /// 4/3 of the number of positions.
    slots: Vec<u32>,
}

const FREE: u32 = u32::MAX;

impl Welder {
    /// A welder that expects about so many different points. The caller has checked the number against what it holds.
    pub(crate) fn with_capacity(num_points: usize) -> Self {
        let mut welder = Self { positions: Vec::with_capacity(num_points), slots: Vec::new() };
        welder.resize((num_points + num_points / 3 + 8).next_power_of_two());
        welder
    }

    /// Makes room for more points; the caller has checked the number against what it holds.
    pub(crate) fn reserve(&mut self, additional: usize) {
        self.positions.reserve(additional);
        let num_points = self.positions.len() + additional;
        let num_slots = (num_points + num_points / 3 + 8).next_power_of_two();
        if num_slots > self.slots.len() {
            self.resize(num_slots);
        }
    }

    /// The number of a point.
    #[inline]
    pub(crate) fn number(&mut self, point: DVec3) -> u32 {
        // Adding +0 turns −0 into +0 and changes nothing else.
        let point = point + 0.0;
        if self.slots.len() <= self.positions.len() + self.positions.len() / 3 {
            self.resize((self.slots.len() * 2).max(16));
        }
        let mask = self.slots.len() - 1;
        let mut slot = hash(point) & mask;
        loop {
            let number = self.slots[slot];
            if number == FREE {
                break;
            }
            if self.positions[number as usize] == point {
                return number;
            }
            slot = (slot + 1) & mask;
        }
        let number = u32::try_from(self.positions.len()).unwrap_or(FREE);
        assert!(number != FREE, "importers refuse files with 2^32 points");
        self.slots[slot] = number;
        self.positions.push(point);
        number
    }

    /// As [`Self::number`] for many points, appended to `numbers`.
    ///
    /// The table is larger than the caches, and a search that waits for memory keeps the processor from beginning the next
    /// one. So all of a batch look at their first slot before anything depends on what is there.
    pub(crate) fn number_all(&mut self, points: &[DVec3], numbers: &mut Vec<u32>) {
        const BATCH: usize = 32;
        for batch in points.chunks(BATCH) {
            if self.slots.is_empty() {
                self.resize(16);
            }
            let mask = self.slots.len() - 1;
            let mut seen = [FREE; BATCH];
            for (seen, &point) in seen.iter_mut().zip(batch) {
                *seen = self.slots[hash(point + 0.0) & mask];
            }
            let mut is_known = [false; BATCH];
            for ((is_known, &seen), &point) in is_known.iter_mut().zip(&seen).zip(batch) {
                *is_known = self.positions.get(seen as usize) == Some(&point);
            }
            for ((&is_known, &seen), &point) in is_known.iter().zip(&seen).zip(batch) {
                numbers.push(if is_known { seen } else { self.number(point) });
            }
        }
    }

    fn resize(&mut self, num_slots: usize) {
        self.slots = vec![FREE; num_slots];
        let mask = num_slots - 1;
        for (number, &point) in (0_u32..).zip(&self.positions) {
            let mut slot = hash(point) & mask;
            while self.slots[slot] != FREE {
                slot = (slot + 1) & mask;
            }
            self.slots[slot] = number;
        }
    }
}

/// Mixes all bits of all coordinates; the last steps are those of MurmurHash3 (Appleby).
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "the low bits are as good as any")]
fn hash(point: DVec3) -> usize {
    let mut mixed = point.x.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 32) ^ point.y.to_bits()).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 32) ^ point.z.to_bits()).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed = (mixed ^ (mixed >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed ^ (mixed >> 33)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_to_the_bit_is_equal() {
        let mut welder = Welder::default();
        assert_eq!(welder.number(DVec3::new(0.0, 1.0, 2.0)), 0);
        assert_eq!(welder.number(DVec3::new(0.0, 1.0, 2.0_f64.next_up())), 1);
        assert_eq!(welder.number(DVec3::new(-0.0, 1.0, 2.0)), 0);
        assert_eq!(welder.positions.len(), 2);
        assert!(welder.positions[0].x.is_sign_positive());
    }

    #[test]
    fn many_at_once_get_the_numbers_that_they_get_one_by_one() {
        let points: Vec<DVec3> = (0_u32..10_000)
            .map(|idx| {
                let idx = f64::from(idx.wrapping_mul(2_654_435_761) % 3000);
                DVec3::new(idx - 1500.0, if idx % 2.0 == 0.0 { -0.0 } else { 0.0 }, 0.1 * idx)
            })
            .collect();
        let (mut one, mut all) = (Welder::default(), Welder::default());
        let expected: Vec<u32> = points.iter().map(|&point| one.number(point)).collect();
        let mut found = Vec::new();
        for points in points.chunks(777) {
            all.number_all(points, &mut found);
        }
        assert_eq!((found, &all.positions), (expected, &one.positions));
        assert!(all.positions.len() <= 3000);
    }

    #[test]
    fn a_grid_keeps_its_points_through_growth() {
        let mut welder = Welder::default();
        let point =
            |idx: u32| DVec3::new(f64::from(idx % 64), f64::from(idx / 64 % 64), f64::from(idx / 4096));
        for _twice in 0..2 {
            for idx in 0..20_000 {
                assert_eq!(welder.number(point(idx)), idx);
            }
        }
    }
}
