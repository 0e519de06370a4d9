//! Writes scenes as `.glb`.

use geometry::Progress;

use crate::ImportedScene;
use crate::formats::{ExportError, ExportOptions};

/// Writes a whole scene as one `.glb`.
pub(crate) fn export_glb(
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Vec<u8>, ExportError> {
    let _ = (scene, options, progress);
    Err(ExportError::Empty)
}
