//! What is told about a 3MF: its extensions and what became of them, and each kind of damage once.

use std::collections::BTreeMap;

use crate::formats::report::{grouped, line_of};
use crate::{ExtensionStatus, ExtensionUse, ImportError, ImportErrorKind, Location, Warning};

/// What a namespace is to us.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Space {
    /// None, or the core specification (2015/02), or its predecessor of 2013/01.
    #[default]
    Core,
    Material,
    Production,
    Beams,
    Balls,
    Slice,
    Secure,
    Volumetric,
    Implicit,
    Displacement,
    Boolean,
    TriangleSets,
    /// The one for `xsi:type` and its like, which 3MF forbids.
    SchemaInstance,
    /// Somebody's own.
    Foreign,
}

const BASES: [&str; 2] =
    ["http://schemas.microsoft.com/3dmanufacturing/", "http://schemas.3mf.io/3dmanufacturing/"];

impl Space {
    /// What a namespace is, by its URI. Years do not matter: extensions grow, and their elements keep their meaning.
    pub(super) fn of(uri: &str) -> Self {
        if uri == "http://www.w3.org/2001/XMLSchema-instance" {
            return Self::SchemaInstance;
        }
        let Some(rest) = BASES.iter().find_map(|base| uri.strip_prefix(base)) else { return Self::Foreign };
        let mut steps = rest.split('/');
        match (steps.next().unwrap_or_default(), steps.next().unwrap_or_default()) {
            ("core" | "2013", _) => Self::Core,
            ("material", _) => Self::Material,
            ("production", _) => Self::Production,
            ("beamlattice", "balls") => Self::Balls,
            ("beamlattice", _) => Self::Beams,
            ("slice", _) => Self::Slice,
            ("securecontent", _) => Self::Secure,
            ("volumetric", _) => Self::Volumetric,
            ("implicit", _) => Self::Implicit,
            ("displacement", _) => Self::Displacement,
            ("booleanoperations", _) => Self::Boolean,
            ("trianglesets", _) => Self::TriangleSets,
            _ => Self::Foreign,
        }
    }

    /// Its name as the specifications have it; `None` for what is no extension.
    fn name(self) -> Option<&'static str> {
        Some(match self {
            Self::Material => "3MF materials and properties",
            Self::Production => "3MF production",
            Self::Beams => "3MF beam lattice",
            Self::Balls => "3MF beam lattice balls",
            Self::Slice => "3MF slice",
            Self::Secure => "3MF secure content",
            Self::Volumetric => "3MF volumetric",
            Self::Implicit => "3MF implicit functions",
            Self::Displacement => "3MF displacement",
            Self::Boolean => "3MF boolean operations",
            Self::TriangleSets => "3MF triangle sets",
            Self::Core | Self::SchemaInstance | Self::Foreign => return None,
        })
    }

    /// What becomes of it when nothing particular is said.
    fn usual_status(self) -> ExtensionStatus {
        match self {
            Self::Material | Self::Production | Self::Beams | Self::Balls => ExtensionStatus::Honoured,
            _ => ExtensionStatus::Ignored,
        }
    }
}

/// What is told about the file so far.
#[derive(Default)]
pub(super) struct Report {
    warnings: Vec<Warning>,
    /// How often each code came.
    count_of_code: BTreeMap<&'static str, usize>,
    extensions: BTreeMap<String, (bool, ExtensionStatus)>,
}

impl Report {
    /// A warning; of each code the first is kept, with the number of all.
    pub(super) fn warn(&mut self, code: &'static str, tell: impl FnOnce() -> (Location, String)) {
        let count = self.count_of_code.entry(code).or_default();
        *count += 1;
        if *count == 1 {
            let (at, message) = tell();
            self.warnings.push(Warning::new(code, at, message));
        }
    }

    /// The file uses an extension of ours.
    pub(super) fn uses(&mut self, space: Space) {
        if let Some(name) = space.name() {
            self.extension(name, false, space.usual_status());
        }
    }

    /// The file uses an extension, and it could not be shown quite right.
    pub(super) fn approximates(&mut self, space: Space) {
        if let Some(name) = space.name() {
            self.extension(name, false, ExtensionStatus::Approximated);
        }
    }

    /// The file says that it cannot be understood without an extension.
    pub(super) fn requires(&mut self, uri: &str, at: Location) {
        let space = Space::of(uri);
        let status = space.usual_status();
        let name = space.name().unwrap_or(uri);
        if space == Space::Core {
            return;
        }
        self.extension(name, true, status);
        if status == ExtensionStatus::Ignored {
            self.warn("unsupported-extension", || {
                let message = format!(
                    "The file asks for the extension “{name}”, which Kerf does not have. It is shown without it, which may be wrong."
                );
                (at, message)
            });
        }
    }

    /// The worst status and the strictest demand stay.
    fn extension(&mut self, name: &str, required: bool, status: ExtensionStatus) {
        let known = self.extensions.entry(name.to_owned()).or_insert((required, status));
        known.0 |= required;
        let rank = |status: ExtensionStatus| match status {
            ExtensionStatus::Honoured => 0,
            ExtensionStatus::Approximated => 1,
            ExtensionStatus::Ignored => 2,
        };
        if rank(status) > rank(known.1) {
            known.1 = status;
        }
    }

    /// Everything that was told.
    pub(super) fn finish(mut self) -> (Vec<Warning>, Vec<ExtensionUse>) {
        for warning in &mut self.warnings {
            let count = self.count_of_code.get(warning.code.as_str()).copied().unwrap_or(1);
            if count > 1 {
                warning.message += &format!(" ({} like it in all)", grouped(count));
            }
        }
        let extensions = self
            .extensions
            .into_iter()
            .map(|(name, (required, status))| ExtensionUse { name, required, status, note: String::new() })
            .collect();
        (self.warnings, extensions)
    }
}

/// A place in a part: its name, the line and the column.
pub(super) fn at_part(part: &str, text: &[u8], offset: usize) -> Location {
    match line_of(text)(offset) {
        Location::Line(line, column) => Location::File(format!("{part}:{line}:{column}")),
        _ => Location::File(part.to_owned()),
    }
}

/// The file breaks a rule of its format that makes everything after it doubtful.
pub(super) fn malformed(at: Location, what: impl std::fmt::Display) -> ImportError {
    let message = format!("The 3MF breaks a rule of its format: {what}. Export it again.");
    ImportError::new(ImportErrorKind::Malformed, at, message)
}
