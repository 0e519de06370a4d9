//! Winding numbers: how often each operand goes round a place.

/// The winding number of each operand, of those that are not 0, by operand. Most places are inside few operands, so the
/// first ones need no memory of their own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Winding {
    num_few: u32,
    few: [(u32, i32); NUM_FEW],
    /// All of them, where they are more than fit into `few`; else empty.
    many: Vec<(u32, i32)>,
}

const NUM_FEW: usize = 3;

impl Winding {
    /// Adds to the number of an operand.
    pub(super) fn add(&mut self, operand: u32, count: i32) {
        match self.as_slice().binary_search_by_key(&operand, |&(label, _)| label) {
            Ok(place) => {
                let number = &mut self.as_mut_slice()[place].1;
                *number += count;
                if *number == 0 {
                    self.remove(place);
                }
            }
            Err(place) if count != 0 => self.insert(place, (operand, count)),
            Err(_) => {}
        }
    }

    /// The operands and their numbers, of those that are not 0, by operand.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, i32)> + '_ {
        self.as_slice().iter().copied()
    }

    fn as_slice(&self) -> &[(u32, i32)] {
        if self.many.is_empty() { &self.few[..self.num_few as usize] } else { &self.many }
    }

    fn as_mut_slice(&mut self) -> &mut [(u32, i32)] {
        if self.many.is_empty() { &mut self.few[..self.num_few as usize] } else { &mut self.many }
    }

    fn insert(&mut self, place: usize, entry: (u32, i32)) {
        let len = self.num_few as usize;
        if !self.many.is_empty() {
            self.many.insert(place, entry);
        } else if len == NUM_FEW {
            self.many.extend(self.few);
            self.many.insert(place, entry);
            (self.num_few, self.few) = (0, Default::default());
        } else {
            self.few.copy_within(place..len, place + 1);
            self.few[place] = entry;
            self.num_few += 1;
        }
    }

    fn remove(&mut self, place: usize) {
        if self.many.is_empty() {
            self.few.copy_within(place + 1..self.num_few as usize, place);
            self.num_few -= 1;
            // What is not in use is always the same, so that equal numbers compare equal.
            self.few[self.num_few as usize] = (0, 0);
            return;
        }
        self.many.remove(place);
        if self.many.len() == NUM_FEW {
            self.few.copy_from_slice(&self.many);
            self.num_few = NUM_FEW as u32;
            self.many.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sums_are_those_of_a_map(steps in prop::collection::vec((0_u32..6, -2_i32..3), 0..40)) {
            let mut winding = Winding::default();
            let mut expected = BTreeMap::new();
            for (operand, count) in steps {
                winding.add(operand, count);
                *expected.entry(operand).or_insert(0) += count;
                expected.retain(|_, number| *number != 0);
                let found: Vec<(u32, i32)> = winding.iter().collect();
                prop_assert_eq!(&found, &expected.clone().into_iter().collect::<Vec<_>>());
                let mut again = Winding::default();
                found.iter().for_each(|&(operand, count)| again.add(operand, count));
                prop_assert_eq!(&again, &winding);
            }
        }
    }
}
