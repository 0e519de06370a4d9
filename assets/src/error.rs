//! What can be wrong with a file, and where.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Location {
    /// The file as a whole.
    #[default]
    Whole,
    /// Bytes from the start of the file.
    Byte(u64),
    /// Line and column, both from 1.
    Line(u32, u32),
    /// A JSON pointer such as `/meshes/0/primitives/1`.
    Json(String),
    /// A file inside the file, or beside it, by name.
    File(String),
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole => Ok(()),
            Self::Byte(offset) => write!(formatter, "byte {offset}"),
            Self::Line(line, column) => write!(formatter, "line {line}, column {column}"),
            Self::Json(pointer) => formatter.write_str(pointer),
            Self::File(name) => formatter.write_str(name),
        }
    }
}

/// Why nothing of a file could be shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}{}", place_in_brackets(.at))]
pub struct ImportError {
    /// What went wrong, for programs.
    pub kind: ImportErrorKind,
    /// Where in the file.
    pub at: Location,
    /// What was expected, what was found and what to do, in words for people; without the file's name.
    pub message: String,
}

fn place_in_brackets(location: &Location) -> String {
    match location {
        Location::Whole => String::new(),
        place => format!(" ({place})"),
    }
}

/// The kinds of [`ImportError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ImportErrorKind {
    /// No importer knows this kind of file.
    UnknownFormat,
    /// The file is of a version or variant that we cannot read.
    Unsupported,
    /// The file breaks its own format so early or so badly that nothing is left to show.
    Malformed,
    /// The file ends before anything can be shown.
    Truncated,
    /// The file is well formed and holds nothing to show.
    Empty,
    /// Reading it would take more memory than there is or than the options allow.
    TooLarge,
    /// Its bytes could not be read, or not all of them.
    Unreadable,
    /// Somebody asked to stop.
    Cancelled,
}

impl ImportErrorKind {
    /// A stable code for scripts.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::UnknownFormat => "unknown-format",
            Self::Unsupported => "unsupported",
            Self::Malformed => "malformed",
            Self::Truncated => "truncated",
            Self::Empty => "empty",
            Self::TooLarge => "too-large",
            Self::Unreadable => "unreadable",
            Self::Cancelled => "cancelled",
        }
    }
}

impl ImportError {
    /// An error of a kind at a place.
    pub fn new(kind: ImportErrorKind, at: Location, message: impl Into<String>) -> Self {
        Self { kind, at, message: message.into() }
    }
}

impl From<geometry::Cancelled> for ImportError {
    fn from(_: geometry::Cancelled) -> Self {
        Self::new(ImportErrorKind::Cancelled, Location::Whole, "cancelled")
    }
}

/// Something in a file that was missing, damaged or done differently than asked; the rest is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// A stable code such as `missing-side-file`.
    pub code: String,
    /// Where in the file.
    pub at: Location,
    /// What was found and what was done instead, in words for people.
    pub message: String,
}

impl Warning {
    /// A warning with a code at a place.
    pub fn new(code: &str, at: Location, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), at, message: message.into() }
    }
}
