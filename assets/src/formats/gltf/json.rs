//! Reading JSON that may be anything: places in it, values of it, and the warnings about it.
//!
//! The getters are quiet: what has the wrong type is as good as absent. `schema` has complained about it before.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{Location, Warning};

/// A place in the document, as a chain of borrowed steps, so that naming every place costs nothing until it is needed.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// The document.
    Root,
    /// A property of the object at a place.
    Key(&'a Self, &'a str),
    /// An element of the array at a place.
    Index(&'a Self, usize),
}

impl Place<'_> {
    /// The place of a property.
    pub(super) fn key<'b>(&'b self, name: &'b str) -> Place<'b> {
        Place::Key(self, name)
    }

    /// The place of an element.
    pub(super) fn at(&self, index: usize) -> Place<'_> {
        Place::Index(self, index)
    }

    /// The place as a JSON pointer (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::new();
        self.write(&mut pointer);
        pointer
    }

    /// The place as a location in the file.
    pub(super) fn location(&self) -> Location {
        match self {
            Self::Root => Location::Whole,
            place => Location::Json(place.pointer()),
        }
    }

    fn write(&self, pointer: &mut String) {
        match self {
            Self::Root => {}
            Self::Key(parent, name) => {
                parent.write(pointer);
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
            }
            Self::Index(parent, index) => {
                parent.write(pointer);
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
    }
}

/// Collects warnings. A file with a million equal faults gets [`Report::MAX_PER_CODE`] warnings and a count of the rest.
#[derive(Default)]
pub(super) struct Report {
    warnings: Vec<Warning>,
    num_by_code: BTreeMap<&'static str, usize>,
}

impl Report {
    /// Enough to see what kind of fault it is, few enough to read.
    const MAX_PER_CODE: usize = 16;

    /// Adds a warning about a place in the document.
    pub(super) fn warn(&mut self, code: &'static str, place: &Place<'_>, message: impl Into<String>) {
        self.warn_at(code, place.location(), message);
    }

    /// Adds a warning about any location.
    pub(super) fn warn_at(&mut self, code: &'static str, location: Location, message: impl Into<String>) {
        let count = self.num_by_code.entry(code).or_default();
        *count += 1;
        if *count <= Self::MAX_PER_CODE {
            self.warnings.push(Warning::new(code, location, message));
        }
    }

    /// All warnings in the order found.
    pub(super) fn finish(mut self) -> Vec<Warning> {
        for (code, count) in self.num_by_code {
            if let Some(more) = count.checked_sub(Self::MAX_PER_CODE).filter(|more| *more > 0) {
                self.warnings.push(Warning::new(
                    code,
                    Location::Whole,
                    format!("{more} more of the same kind"),
                ));
            }
        }
        self.warnings
    }
}

/// Quiet getters for a value that should be an object.
pub(super) trait Lenient {
    /// A property; `None` also when this is not an object.
    fn property(&self, key: &str) -> Option<&Value>;

    /// The elements of an array property; none when there is no such.
    fn elements(&self, key: &str) -> &[Value] {
        self.property(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// A non-negative whole number, also when it is written as `3.0`.
    fn whole(&self, key: &str) -> Option<u64> {
        self.property(key).and_then(whole_number)
    }

    /// An index or a size in memory.
    fn index(&self, key: &str) -> Option<usize> {
        usize::try_from(self.whole(key)?).ok()
    }

    /// A number.
    fn number(&self, key: &str) -> Option<f64> {
        self.property(key).and_then(Value::as_f64)
    }

    /// A number in single precision; `None` when it would be infinite.
    fn single(&self, key: &str) -> Option<f32> {
        self.number(key).and_then(to_single)
    }

    /// An array of exactly `N` numbers.
    fn numbers<const N: usize>(&self, key: &str) -> Option<[f64; N]> {
        let elements = self.elements(key);
        if elements.len() != N {
            return None;
        }
        let mut numbers = [0.0; N];
        for (number, element) in numbers.iter_mut().zip(elements) {
            *number = element.as_f64()?;
        }
        Some(numbers)
    }

    /// An array of exactly `N` numbers in single precision.
    fn singles<const N: usize>(&self, key: &str) -> Option<[f32; N]> {
        let numbers = self.numbers::<N>(key)?;
        let mut singles = [0.0; N];
        for (single, number) in singles.iter_mut().zip(numbers) {
            *single = to_single(number)?;
        }
        Some(singles)
    }

    /// A string.
    fn text(&self, key: &str) -> Option<&str> {
        self.property(key).and_then(Value::as_str)
    }

    /// A boolean; absent is false.
    fn flag(&self, key: &str) -> bool {
        self.property(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// The object of an extension.
    fn extension(&self, name: &str) -> Option<&Value> {
        self.property("extensions")?.get(name)
    }
}

impl Lenient for Value {
    fn property(&self, key: &str) -> Option<&Value> {
        self.get(key)
    }
}

/// A value as a non-negative whole number, also when it is written as `3.0`.
pub(super) fn whole_number(value: &Value) -> Option<u64> {
    /// Up to here every whole number is a `f64`.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_u64().or_else(|| {
        let number = value.as_f64()?;
        #[expect(clippy::cast_possible_truncation, reason = "checked to be whole and in range")]
        #[expect(clippy::cast_sign_loss, reason = "checked to be non-negative")]
        ((0.0..=MAX_EXACT).contains(&number) && number.fract() == 0.0).then_some(number as u64)
    })
}

fn to_single(number: f64) -> Option<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "rounding to single precision is the point")]
    let single = number as f32;
    single.is_finite().then_some(single)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pointers_escape_what_they_must() {
        let root = Place::Root;
        let first = root.key("a/b~c");
        assert_eq!(first.at(3).pointer(), "/a~1b~0c/3");
        assert_eq!(root.location(), Location::Whole);
    }

    #[test]
    fn a_flood_of_warnings_is_counted() {
        let mut report = Report::default();
        for index in 0..20 {
            report.warn("flood", &Place::Root.at(index), "wet");
        }
        report.warn("other", &Place::Root, "dry");
        let warnings = report.finish();
        assert_eq!(warnings.len(), Report::MAX_PER_CODE + 2);
        assert_eq!(warnings.last().map(|warning| warning.message.as_str()), Some("4 more of the same kind"));
    }

    #[test]
    fn whole_numbers_may_be_written_as_floats() {
        let value =
            serde_json::json!({ "a": 3.0, "b": -1, "c": 2.5, "d": 1e300, "e": [1, 2], "f": [1, "x"] });
        assert_eq!(value.index("a"), Some(3));
        assert_eq!([value.index("b"), value.index("c"), value.index("d")], [None; 3]);
        assert_eq!(value.numbers::<2>("e"), Some([1.0, 2.0]));
        assert_eq!(value.numbers::<2>("f"), None);
        assert_eq!(value.single("d"), None);
    }
}
