//! AMF (ISO/ASTM 52915): objects, volumes with materials and colours, constellations. Compressed files are zip archives
//! and come through the importer of those. Textures, composites and curved triangles are left out and told.
//!
//! Every volume becomes a part of its own: volumes share vertices, but each is a solid.

mod build;
mod read;

use geometry::Progress;

use super::{ImportOptions, Sniff, detect, text};
use crate::{ImportError, ImportErrorKind, Imported, Location, Resolver};

/// Whether it is an AMF: an XML whose first element is called so.
pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    if detect::contains(&text::decode(detect::head(bytes)), b"<amf") { Sniff::Sure } else { Sniff::No }
}

pub(super) fn import(
    bytes: &[u8],
    options: &ImportOptions,
    _resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    progress.phase("Reading objects");
    let text = text::decode(bytes);
    let mut warnings = Vec::new();
    let document = read::document(&text, options, progress, &mut warnings)?;
    let scene = build::scene(document);
    progress.report(1.0)?;
    if scene.meshes.is_empty() {
        let why = warnings.first().map_or(String::new(), |warning| format!(" {}", warning.message));
        return Err(ImportError::new(
            if warnings.is_empty() { ImportErrorKind::Empty } else { ImportErrorKind::Malformed },
            warnings.first().map_or(Location::Whole, |warning| warning.at.clone()),
            format!("The AMF holds no triangles.{why} Export it again and check that a part is selected."),
        ));
    }
    Ok(Imported { scene, warnings })
}
