//! Winding numbers: how often each operand goes round a place.

/// The winding number of each operand, of those that are not 0. Most places are inside few operands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Winding(Vec<(u32, i32)>);

impl Winding {
    /// Adds to the number of an operand.
    pub(super) fn add(&mut self, operand: u32, count: i32) {
        match self.0.binary_search_by_key(&operand, |&(label, _)| label) {
            Ok(place) => {
                self.0[place].1 += count;
                if self.0[place].1 == 0 {
                    self.0.remove(place);
                }
            }
            Err(place) if count != 0 => self.0.insert(place, (operand, count)),
            Err(_) => {}
        }
    }

    /// `self + sign · other`.
    pub(super) fn plus(&self, other: &Self, sign: i32) -> Self {
        let mut sum = self.clone();
        other.0.iter().for_each(|&(operand, count)| sum.add(operand, sign * count));
        sum
    }

    /// The operands and their numbers, of those that are not 0, by operand.
    pub(super) fn iter(&self) -> impl Iterator<Item = (u32, i32)> + '_ {
        self.0.iter().copied()
    }
}
