//! Progress of a parser, and warnings that name a kind of damage once instead of a million times.

use geometry::{Cancelled, Progress};

use crate::{Location, Warning};

/// Passes on how many of a number of steps are done, once in a while.
pub(crate) struct Ticker<'a> {
    progress: &'a dyn Progress,
    total: f64,
    every: usize,
    next: usize,
}

impl<'a> Ticker<'a> {
    /// `total` steps in all, one report every `every` steps.
    pub(crate) fn new(progress: &'a dyn Progress, total: usize, every: usize) -> Self {
        Self { progress, total: total.max(1) as f64, every, next: 0 }
    }

    /// Tells that `done` steps are done.
    pub(crate) fn at(&mut self, done: usize) -> Result<(), Cancelled> {
        if done < self.next {
            return Ok(());
        }
        self.next = done.saturating_add(self.every);
        self.progress.report((done as f64 / self.total).min(1.0))
    }
}

/// Something that was wrong at one or more places.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    /// How often.
    pub(crate) count: usize,
    /// The byte offset where it was first.
    first: usize,
}

impl Tally {
    /// It is wrong at this byte too.
    pub(crate) fn add(&mut self, offset: usize) {
        if self.count == 0 {
            self.first = offset;
        }
        self.count += 1;
    }

    /// A warning at the first place, if there is any. Its message begins with how often; `message` is what follows a one,
    /// and what follows more.
    pub(crate) fn warn(
        &self,
        warnings: &mut Vec<Warning>,
        code: &str,
        locate: impl Fn(usize) -> Location,
        [one, many]: [&str; 2],
    ) {
        if self.count > 0 {
            let rest = if self.count == 1 { one } else { many };
            let message = format!("{} {rest}", grouped(self.count));
            warnings.push(Warning::new(code, locate(self.first), message));
        }
    }
}

/// A number with thin spaces between groups of three digits, as people read it.
pub(crate) fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (idx, digit) in digits.chars().enumerate() {
        if idx > 0 && (digits.len() - idx).is_multiple_of(3) && digits.len() > 3 {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}

/// A location for a byte offset in text.
pub(crate) fn line_of(text: &[u8]) -> impl Fn(usize) -> Location + '_ {
    |offset| {
        let before = &text[..offset.min(text.len())];
        let (mut lines, mut start) = (0, 0);
        for at in memchr::memchr2_iter(b'\n', b'\r', before) {
            if before[at] == b'\n' || text.get(at + 1) != Some(&b'\n') {
                lines += 1;
                start = at + 1;
            }
        }
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Location::Line(small(lines + 1), small(before.len() - start + 1))
    }
}

/// A location for a byte offset in binary data.
pub(crate) fn byte_at(offset: usize) -> Location {
    Location::Byte(offset as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_told_as_one() {
        const MESSAGE: [&str; 2] = ["facet is left out.", "facets are left out."];
        let mut warnings = Vec::new();
        let mut tally = Tally::default();
        tally.warn(&mut warnings, "none", byte_at, MESSAGE);
        tally.add(7);
        tally.warn(&mut warnings, "one", byte_at, MESSAGE);
        tally.add(9);
        tally.warn(&mut warnings, "two", byte_at, MESSAGE);
        let told: Vec<_> = warnings.iter().map(|warning| (warning.message.as_str(), &warning.at)).collect();
        let first = byte_at(7);
        assert_eq!(told, [("1 facet is left out.", &first), ("2 facets are left out.", &first)]);
    }
}
