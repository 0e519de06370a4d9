//! glTF 2.0: `.gltf` with side files and `.glb`.

use geometry::Progress;

use super::{ExportError, ExportOptions, ImportOptions};
use crate::{ImportError, ImportErrorKind, Imported, ImportedScene, Location, Resolver};

/// Reads a `.gltf` or a `.glb`; which of the two it is, its first bytes tell.
pub(crate) fn import(
    bytes: &[u8],
    options: &ImportOptions,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let _ = (bytes, options, resolver, progress);
    Err(ImportError::new(ImportErrorKind::UnknownFormat, Location::Whole, "no glTF importer yet"))
}

/// The relative names of the buffers and images that a `.gltf` or `.glb` refers to.
pub(crate) fn side_files(bytes: &[u8]) -> Vec<String> {
    let _ = bytes;
    Vec::new()
}

/// Writes a whole scene as one `.glb`.
pub(crate) fn export_glb(
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Vec<u8>, ExportError> {
    let _ = (scene, options, progress);
    Err(ExportError::Empty)
}
