//! The table of formats, and the doors through which everything is read and written.
//!
//! A format is one file under this folder and one row in `formats!`.

use std::fmt;

use geometry::Progress;
use geometry::progress::Stretch;
use serde::{Deserialize, Serialize};

use crate::{ByteSource, ImportError, Imported, ImportedScene, LengthUnit, Resolver, UpAxis, coarse, source};

mod amf;
mod archive;
mod convention;
mod detect;
mod flatten;
mod gltf;
mod indexed;
mod mtl;
mod obj;
mod off;
pub(crate) mod ply;
mod points;
pub(crate) mod report;
pub(crate) mod stl;
mod text;
mod threemf;
mod xml;

pub use detect::detect;

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
    /// OFF of Geomview, ascii or binary.
    Off,
    /// 3D Manufacturing Format.
    ThreeMf,
    /// Additive Manufacturing File.
    Amf,
    /// Points in text: XYZ, PTS.
    Points,
    /// A zip archive of models in other formats.
    Zip,
}

/// How sure the content of a file makes us of its format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sniff {
    /// It is something else, or nothing speaks for it.
    No,
    /// It may be; the extension decides.
    Maybe,
    /// It is, whatever it is called.
    Sure,
}

/// What can be written in a format.
type Files = Vec<(String, Vec<u8>)>;

/// Reads the bytes of a file.
type ImportFn = fn(&[u8], &ImportOptions, &dyn Resolver, &dyn Progress) -> Result<Imported, ImportError>;

/// Writes a scene under a name.
type ExportFn = fn(&str, &ImportedScene, &ExportOptions, &dyn Progress) -> Result<Files, ExportError>;

/// What a format is called.
struct Names {
    /// As people call it.
    name: &'static str,
    /// In lower case, without the dot, the usual one first.
    extensions: &'static [&'static str],
    media_type: &'static str,
    can_export: bool,
}

/// What reads and writes a format.
struct Code {
    sniff: fn(&[u8]) -> Sniff,
    import: ImportFn,
    side_files: fn(&[u8]) -> Vec<String>,
    export: Option<ExportFn>,
}

/// Makes two tables of one, so that a program that only names formats does not carry the code of all of them.
macro_rules! formats {
    ($($format:ident { names: $names:expr, code: $code:expr })*) => {
        impl Format {
            /// All formats, in the order in which menus show them.
            pub const ALL: [Self; [$(Self::$format),*].len()] = [$(Self::$format),*];

            fn names(self) -> &'static Names {
                match self { $(Self::$format => { static NAMES: Names = $names; &NAMES })* }
            }

            fn code(self) -> &'static Code {
                match self { $(Self::$format => { static CODE: Code = $code; &CODE })* }
            }
        }
    };
}

formats! {
    Glb {
        names: Names {
            name: "glTF (binary)",
            extensions: &["glb"],
            media_type: "model/gltf-binary",
            can_export: true,
        },
        code: Code { sniff: detect::glb, import: gltf::import, side_files: gltf::side_files, export: Some(gltf::export_glb) }
    }
    Gltf {
        names: Names {
            name: "glTF",
            extensions: &["gltf"],
            media_type: "model/gltf+json",
            can_export: true,
        },
        code: Code { sniff: detect::gltf, import: gltf::import, side_files: gltf::side_files, export: Some(gltf::export_gltf) }
    }
    Stl {
        names: Names {
            name: "STL",
            extensions: &["stl", "stla", "stlb"],
            media_type: "model/stl",
            can_export: true,
        },
        code: Code { sniff: stl::sniff, import: stl::import, side_files: no_side_files, export: Some(stl::export) }
    }
    Obj {
        names: Names {
            name: "OBJ",
            extensions: &["obj"],
            media_type: "model/obj",
            can_export: true,
        },
        code: Code { sniff: obj::sniff, import: obj::import, side_files: obj::side_files, export: Some(obj::export) }
    }
    Ply {
        names: Names {
            name: "PLY",
            extensions: &["ply"],
            media_type: "model/ply",
            can_export: true,
        },
        code: Code { sniff: ply::sniff, import: ply::import, side_files: ply::side_files, export: Some(ply::export) }
    }
    Off {
        names: Names {
            name: "OFF",
            extensions: &["off", "coff", "noff"],
            media_type: "model/vnd.off",
            can_export: true,
        },
        code: Code { sniff: off::sniff, import: off::import, side_files: no_side_files, export: Some(off::export) }
    }
    ThreeMf {
        names: Names {
            name: "3MF",
            extensions: &["3mf"],
            media_type: "model/3mf",
            can_export: true,
        },
        code: Code { sniff: threemf::sniff, import: threemf::import, side_files: no_side_files, export: Some(threemf::export) }
    }
    Amf {
        names: Names {
            name: "AMF",
            extensions: &["amf"],
            media_type: "application/x-amf",
            can_export: false,
        },
        code: Code { sniff: amf::sniff, import: amf::import, side_files: no_side_files, export: None }
    }
    Points {
        names: Names {
            name: "XYZ points",
            extensions: &["xyz", "pts", "asc"],
            media_type: "text/plain",
            can_export: false,
        },
        code: Code { sniff: points::sniff, import: points::import, side_files: no_side_files, export: None }
    }
    Zip {
        names: Names {
            name: "zip archive",
            extensions: &["zip"],
            media_type: "application/zip",
            can_export: false,
        },
        code: Code { sniff: archive::sniff, import: archive::import, side_files: no_side_files, export: None }
    }
}

fn no_side_files(_bytes: &[u8]) -> Vec<String> {
    Vec::new()
}

impl Format {
    /// The format that files with an extension usually are; `extension` without the dot, in any case.
    #[must_use]
    pub fn from_extension(extension: &str) -> Option<Self> {
        let extension = extension.to_ascii_lowercase();
        Self::ALL.into_iter().find(|format| format.extensions().contains(&extension.as_str()))
    }

    /// The format that a file's name suggests.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::from_extension(extension_of(name))
    }

    /// As people call it, such as “STL”.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.names().name
    }

    /// The extensions of its files in lower case, without the dot, the usual one first.
    #[must_use]
    pub fn extensions(self) -> &'static [&'static str] {
        self.names().extensions
    }

    /// Such as `model/stl`.
    #[must_use]
    pub fn media_type(self) -> &'static str {
        self.names().media_type
    }

    /// Whether [`export`] can write it.
    #[must_use]
    pub fn can_export(self) -> bool {
        self.names().can_export
    }
}

impl fmt::Display for Format {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// The part of a file name after its last dot; empty when there is none.
fn extension_of(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.rsplit_once('.').map_or("", |(_stem, extension)| extension)
}

/// The last part of a file name without its extension.
fn stem_of(name: &str) -> &str {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    last.rsplit_once('.').map_or(last, |(stem, _extension)| stem)
}

/// How to read a file.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportOptions {
    /// The unit to assume where the format does not say; `None` takes the format's habit (millimetres for STL, OBJ, PLY).
    pub unit: Option<LengthUnit>,
    /// The up axis to assume where the format does not say; `None` takes the format's habit (Y for OBJ, Z for STL, PLY).
    pub up_axis: Option<UpAxis>,
    /// Show a model of more triangles with about so many: coarser, where it would not fit into memory.
    #[serde(default)]
    pub max_triangles: Option<u64>,
}

/// How to write a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportOptions {
    /// The unit of the numbers written; formats with a fixed unit (glTF: metres) ignore it.
    pub unit: LengthUnit,
    /// The up axis written; formats with a fixed axis ignore it.
    pub up_axis: UpAxis,
    /// Whether numbers are written as bytes or as text, for formats that have both (STL, PLY).
    #[serde(default)]
    pub encoding: Encoding,
    /// How geometry is made smaller, for glTF.
    #[serde(default)]
    pub compression: Compression,
}

/// How the geometry of a glTF file is made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Compression {
    /// Not at all: every reader understands it.
    #[default]
    None,
    /// By rounding (`KHR_mesh_quantization`): positions to 1/65535 of the size of their mesh, directions to half a degree.
    Quantized,
    /// By packing (`EXT_meshopt_compression`), without loss; triangles come in another order.
    Packed,
    /// By rounding and packing.
    QuantizedAndPacked,
}

impl Compression {
    /// Whether numbers are rounded.
    #[must_use]
    pub fn is_quantized(self) -> bool {
        matches!(self, Self::Quantized | Self::QuantizedAndPacked)
    }

    /// Whether data is packed.
    #[must_use]
    pub fn is_packed(self) -> bool {
        matches!(self, Self::Packed | Self::QuantizedAndPacked)
    }
}

/// How numbers are written in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Encoding {
    /// As bytes: small and exact.
    #[default]
    Binary,
    /// As text that people can read.
    Text,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            unit: LengthUnit::Millimetre,
            up_axis: UpAxis::Z,
            encoding: Encoding::Binary,
            compression: Compression::None,
        }
    }
}

/// Why a scene could not be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum ExportError {
    /// There is nothing that the format could hold.
    #[error("there is nothing to write: the selection has no triangles")]
    Empty,
    /// We read the format but do not write it.
    #[error("{format} cannot be written yet; choose another format, such as GLB or STL")]
    Unsupported {
        /// The format's name.
        format: String,
    },
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

impl From<geometry::Cancelled> for ExportError {
    fn from(_: geometry::Cancelled) -> Self {
        Self::Cancelled
    }
}

/// Reads a file.
///
/// `name` is the file's name with its extension; what the content says of its format goes before what the name says.
/// `resolver` finds the files beside it. A lone root node without a name is called like the file.
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
    import_from(name, &bytes, options, resolver, progress)
}

/// As [`import`], for bytes that are elsewhere. Formats that can be are read piece by piece, the others held as a whole.
///
/// # Errors
/// As [`import`], and when the bytes cannot be read.
pub fn import_from(
    name: &str,
    source: &dyn ByteSource,
    options: &ImportOptions,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let mut imported = if is_streamed(name, source)? {
        stl::import_streamed(source, options, resolver, progress)?
    } else {
        let is_here = source.in_memory().is_some();
        let fetched = if is_here { 0.0 } else { 0.1 };
        let bytes = source::read_whole(source, &Stretch::new(progress, 0.0, fetched))?;
        let format = detect(name, &bytes)?;
        let parsing = Stretch::new(progress, fetched, 1.0);
        let mut imported = (format.code().import)(&bytes, options, resolver, &parsing)?;
        drop(bytes);
        if let Some(most) = options.max_triangles {
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            imported.warnings.extend(coarse::thin_out(&mut imported.scene, most, &parsing)?);
        }
        imported
    };
    name_lone_root(&mut imported.scene, stem_of(name));
    Ok(imported)
}

/// Whether a file is read piece by piece.
pub(crate) fn is_streamed(name: &str, source: &dyn ByteSource) -> Result<bool, ImportError> {
    let head = source::head(source, detect::SNIFF_BYTES)?;
    // A part of the file is enough to tell all formats that say what they are at their start.
    let is_stl = || !head.is_empty() && detect(name, &head) == Ok(Format::Stl);
    Ok(stl::is_streamed(&head, source.size(), false)
        || (is_stl() && stl::is_streamed(&head, source.size(), true)))
}

fn name_lone_root(scene: &mut ImportedScene, name: &str) {
    if let [only] = scene.scenes.as_slice()
        && let [root] = only.roots[..]
        && let Some(node) = scene.nodes.get_mut(root)
        && node.name.is_empty()
    {
        name.clone_into(&mut node.name);
    }
}

/// The names of the side files that a file refers to, so that they can be fetched before [`import`] is called.
///
/// Side files may name others (`.obj` → `.mtl` → textures): call it on each file got until nothing new comes.
#[must_use]
pub fn side_files(name: &str, bytes: &[u8]) -> Vec<String> {
    if extension_of(name).eq_ignore_ascii_case("mtl") {
        return mtl::side_files(bytes);
    }
    match detect(name, bytes) {
        Ok(format) => (format.code().side_files)(bytes),
        Err(_) => Vec::new(),
    }
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
) -> Result<Files, ExportError> {
    match format.code().export {
        Some(write) => write(name, scene, options, progress),
        None => Err(ExportError::Unsupported { format: format.name().to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_written_is_written() {
        for format in Format::ALL {
            assert_eq!(format.names().can_export, format.code().export.is_some(), "{format}");
            assert_eq!(Format::from_extension(format.extensions()[0]), Some(format));
        }
    }
}
