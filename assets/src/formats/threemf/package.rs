//! The package around a 3MF: parts in a zip archive, and the relationships between them (Open Packaging Conventions,
//! ECMA-376 part 2).

use std::cell::Cell;
use std::collections::BTreeMap;

use geometry::Progress;

use super::report::{Report, at_part};
use crate::formats::xml::{Event, Xml};
use crate::zip::{self, Archive, Entry, ZipError};
use crate::{ImportError, ImportErrorKind, Location};

/// The parts of a package by name. Names are compared without regard to case, as the conventions ask.
pub(super) struct Package<'a> {
    entries: Vec<Entry<'a>>,
    entry_of_name: BTreeMap<String, usize>,
    /// Bytes that may still be unpacked.
    left_bytes: Cell<u64>,
}

/// What a part has to do with another.
pub(super) struct Relationship {
    /// The URI that says what it is.
    pub(super) kind: String,
    /// The name of the other part, without a slash at its start.
    pub(super) target: String,
    /// Where it is written.
    pub(super) at: Location,
}

/// Why a part cannot be had.
pub(super) enum PartError {
    /// There is none of this name.
    Missing,
    /// It is damaged or too large.
    Unreadable(ImportError),
}

impl<'a> Package<'a> {
    pub(super) fn open(bytes: &'a [u8], report: &mut Report) -> Self {
        let archive = Archive::read(bytes);
        if archive.is_rebuilt && !archive.entries.is_empty() {
            report.warn("truncated", || {
                let message = "The 3MF ends early: its table of contents is missing. What could be found is shown; download or export it again.";
                (Location::Byte(bytes.len() as u64), message.to_owned())
            });
        }
        let mut entry_of_name = BTreeMap::new();
        for (number, entry) in archive.entries.iter().enumerate() {
            entry_of_name.entry(key(&entry.name)).or_insert(number);
        }
        let left_bytes = Cell::new(zip::limit_bytes(bytes.len()));
        Self { entries: archive.entries, entry_of_name, left_bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entry_of_name.contains_key(&key(name))
    }

    /// The first part whose name ends so, for packages that do not say which is the model.
    pub(super) fn first_with_extension(&self, extension: &str) -> Option<String> {
        self.entries.iter().map(|entry| &entry.name).find(|name| key(name).ends_with(extension)).cloned()
    }

    /// The bytes of a part.
    pub(super) fn part(&self, name: &str, progress: &dyn Progress) -> Result<Vec<u8>, PartError> {
        let entry = self.entry_of_name.get(&key(name)).ok_or(PartError::Missing)?;
        let bytes = self.entries[*entry].extract(self.left_bytes.get(), progress);
        match bytes {
            Ok(bytes) => {
                self.left_bytes.set(self.left_bytes.get().saturating_sub(bytes.len() as u64));
                Ok(bytes)
            }
            Err(error) => Err(PartError::Unreadable(unreadable(name, &error))),
        }
    }

    /// What a part (or the package itself, whose name is empty) refers to.
    ///
    /// # Errors
    /// When it refers to something outside of the package, or the list is no XML.
    pub(super) fn relationships(
        &self,
        of: &str,
        progress: &dyn Progress,
    ) -> Result<Vec<Relationship>, ImportError> {
        let (folder, last) = of.rsplit_once('/').unwrap_or(("", of));
        let name = [folder, "_rels", &format!("{last}.rels")].join("/");
        let name = name.trim_start_matches('/');
        let bytes = match self.part(name, progress) {
            Ok(bytes) => bytes,
            Err(PartError::Missing) => return Ok(Vec::new()),
            Err(PartError::Unreadable(error)) => return Err(error),
        };
        let text = crate::formats::text::decode(&bytes);
        let malformed = |at: usize, what: String| {
            ImportError::new(ImportErrorKind::Malformed, at_part(name, &text, at), what)
        };
        let mut xml = Xml::new(&text, |_uri| ());
        let mut found = Vec::new();
        loop {
            match xml.next() {
                Ok(Event::Start) if xml.name() == b"Relationship" => {
                    let target = xml.attribute("Target").unwrap_or_default();
                    let is_external = xml.attribute("TargetMode").is_some_and(|mode| mode == "External");
                    let inside = if is_external { None } else { resolved(folder, &target) };
                    let Some(inside) = inside else {
                        return Err(malformed(
                            xml.at(),
                            format!(
                                "The 3MF refers to “{target}”, which is outside of it; the format forbids that, and Kerf does not open it. Export the file again."
                            ),
                        ));
                    };
                    let kind = xml.attribute("Type").unwrap_or_default();
                    found.push(Relationship { kind, target: inside, at: at_part(name, &text, xml.at()) });
                }
                Ok(Event::Start | Event::End) => {}
                Ok(Event::Eof) => return Ok(found),
                Err(error) => {
                    let what = format!(
                        "The list of relationships is damaged: {}. Export the file again.",
                        error.what
                    );
                    return Err(malformed(error.at, what));
                }
            }
        }
    }
}

fn unreadable(name: &str, error: &ZipError) -> ImportError {
    let kind = match error {
        ZipError::Cancelled => return geometry::Cancelled.into(),
        ZipError::TooLarge { .. } => ImportErrorKind::TooLarge,
        ZipError::Damaged(_) => ImportErrorKind::Malformed,
    };
    let message = format!(
        "“{name}” in the file cannot be unpacked: {error}. Download the file again or export it again."
    );
    ImportError::new(kind, Location::File(name.to_owned()), message)
}

/// The name of a part as it is compared: no slash at the start, `/` between folders, no case, no percent codes.
fn key(name: &str) -> String {
    percent_decoded(&name.replace('\\', "/")).trim_start_matches('/').to_lowercase()
}

fn percent_decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = (first == b'%').then(|| after.get(..2)).flatten();
        let code = code.and_then(|digits| str::from_utf8(digits).ok());
        match code.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The part that a target names, seen from a folder; `None` when that is outside of the package.
fn resolved(folder: &str, target: &str) -> Option<String> {
    let before_path = target.split('/').next().unwrap_or_default();
    if before_path.contains(':') || target.starts_with("//") {
        return None;
    }
    let mut path: Vec<&str> = if target.starts_with('/') { Vec::new() } else { folder.split('/').collect() };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => {
                path.pop()?;
            }
            name => path.push(name),
        }
    }
    Some(path.join("/").trim_start_matches('/').to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_seen_from_their_folder_and_never_outside() {
        let check = |folder: &str, target: &str, expected: Option<&str>| {
            assert_eq!(resolved(folder, target).as_deref(), expected, "{folder} {target}");
        };
        check("3D", "/3D/a.model", Some("3D/a.model"));
        check("3D", "Textures/a.png", Some("3D/Textures/a.png"));
        check("3D", "../2D/a.model", Some("2D/a.model"));
        check("", "3D/a.model", Some("3D/a.model"));
        check("3D", "../../a", None);
        check("3D", "C:/a.png", None);
        check("3D", "http://example.com/a.png", None);
        check("3D", "//host/a.png", None);
    }

    #[test]
    fn names_are_compared_without_case_and_codes() {
        assert_eq!(key("/3D/A%20b.Model"), "3d/a b.model");
        assert_eq!(key("100%.png"), "100%.png");
    }
}
