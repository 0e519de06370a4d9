//! Not written yet.

use geometry::Progress;

use super::{ExportError, ExportOptions, Files, ImportOptions, Sniff};
use crate::{ImportError, ImportErrorKind, Imported, ImportedScene, Location, Resolver};

pub(super) fn sniff(_bytes: &[u8]) -> Sniff {
    Sniff::No
}

pub(super) fn import(
    _bytes: &[u8],
    _options: &ImportOptions,
    _resolver: &dyn Resolver,
    _progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    Err(ImportError::new(ImportErrorKind::Unsupported, Location::Whole, "not yet"))
}

pub(super) fn side_files(_bytes: &[u8]) -> Vec<String> {
    Vec::new()
}

pub(super) fn export(
    _name: &str,
    _scene: &ImportedScene,
    _options: &ExportOptions,
    _progress: &dyn Progress,
) -> Result<Files, ExportError> {
    Err(ExportError::Empty)
}
