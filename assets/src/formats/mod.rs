//! The table of formats, and the doors through which everything is read and written.

mod gltf;

use geometry::Progress;
use serde::{Deserialize, Serialize};

use crate::{ImportError, ImportErrorKind, Imported, ImportedScene, LengthUnit, Location, Resolver, UpAxis};

/// A file format that can be read or written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Format {
    /// glTF 2.0, JSON with side files (`.gltf`).
    Gltf,
    /// glTF 2.0, binary (`.glb`).
    Glb,
    /// STL, ascii or binary.
    Stl,
    /// Wavefront OBJ with MTL.
    Obj,
    /// Stanford PLY, ascii or binary.
    Ply,
}

/// How to read a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportOptions {
    /// The unit to assume where the format does not say; `None` takes the format's habit (millimetres for STL, OBJ, PLY).
    pub unit: Option<LengthUnit>,
    /// The up axis to assume where the format does not say; `None` takes the format's habit.
    pub up_axis: Option<UpAxis>,
}

/// How to write a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportOptions {
    /// The unit of the numbers written; formats with a fixed unit (glTF: metres) ignore it.
    pub unit: LengthUnit,
    /// The up axis written; formats with a fixed axis ignore it.
    pub up_axis: UpAxis,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self { unit: LengthUnit::Millimetre, up_axis: UpAxis::Z }
    }
}

/// Why a scene could not be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ExportError {
    /// There is nothing that the format could hold.
    #[error("there is nothing to write: the selection has no triangles")]
    Empty,
    /// The format cannot hold so much.
    #[error("{format} cannot hold {what}")]
    TooLarge {
        /// The format's name.
        format: String,
        /// What is too much.
        what: String,
    },
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

/// Reads a file.
///
/// `name` is the file's name with its extension; `resolver` finds the files beside it.
///
/// # Errors
/// When nothing of the file can be shown. A damaged file gives what can be read and warnings.
pub fn import(
    name: &str,
    bytes: &[u8],
    options: &ImportOptions,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let _ = (name, bytes, options, resolver, progress);
    Err(ImportError::new(ImportErrorKind::UnknownFormat, Location::Whole, "no importer yet"))
}

/// The names of the side files that a file refers to, so that they can be fetched before [`import`] is called.
///
/// Side files may name others (`.obj` → `.mtl` → textures): call it on each file got until nothing new comes.
#[must_use]
pub fn side_files(name: &str, bytes: &[u8]) -> Vec<String> {
    let _ = (name, bytes);
    Vec::new()
}

/// Writes a scene. The first file is the main one, named `name`; others are side files that belong beside it.
///
/// # Errors
/// See [`ExportError`].
pub fn export(
    name: &str,
    scene: &ImportedScene,
    format: Format,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Vec<(String, Vec<u8>)>, ExportError> {
    let _ = (name, scene, format, options, progress);
    Err(ExportError::Empty)
}
