//! The container of a Kerf project: a zip archive that any unpacker opens.
//!
//! | entry | content |
//! |---|---|
//! | `document.json` | the document; its schema and version are the document's own |
//! | `meshes/<hash>.kmesh` | geometry by the name of its content, see [`encode_mesh`] |
//! | `images/<hash>.<extension>` | pictures as ordinary image files by the name of their content |
//! | `images.json` | an object from hash to the picture's own name |
//!
//! A damaged project gives what can be read and warnings: each entry has its checksum, and entries are found even when the
//! archive's directory is cut off.

mod kmesh;

use std::collections::BTreeMap;
use std::sync::Arc;

use geometry::progress::Stretch;
use geometry::{ContentHash, LineSet, Mesh, PointSet, Progress};

pub use kmesh::{decode_mesh, encode_mesh};

use crate::images::{self, PixelBudget};
use crate::zip::{self, Archive, Entry, Writer, ZipError};
use crate::{ExportError, Image, ImportError, ImportErrorKind, Location, Rig, Warning};

/// What a project file holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProjectFiles {
    /// The document as JSON text.
    pub document: String,
    /// Geometry by the name that the document has for it.
    pub meshes: BTreeMap<ContentHash, ProjectMesh>,
    /// Pictures by the name that the document has for them.
    pub images: BTreeMap<ContentHash, Arc<Image>>,
}

/// The geometry of a part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProjectMesh {
    /// Triangles.
    pub surface: Arc<Mesh>,
    /// Line segments.
    pub lines: Vec<Arc<LineSet>>,
    /// Loose points.
    pub points: Vec<Arc<PointSet>>,
    /// What a player needs to bend the surface anew.
    pub rig: Option<Arc<Rig>>,
}

/// A project as far as it could be read, and what was wrong with the rest.
#[derive(Clone, Debug, Default)]
pub struct OpenedProject {
    /// What could be read.
    pub files: ProjectFiles,
    /// What is missing or damaged.
    pub warnings: Vec<Warning>,
}

/// The name of the document's entry.
const DOCUMENT: &str = "document.json";
const IMAGE_NAMES: &str = "images.json";

/// Writes a project. Equal content gives equal bytes.
///
/// # Errors
/// [`ExportError::Cancelled`], and [`ExportError::TooLarge`] from 4 GiB.
pub fn write(files: &ProjectFiles, progress: &dyn Progress) -> Result<Vec<u8>, ExportError> {
    progress.phase("Writing the project");
    let total = (files.meshes.len() + files.images.len() + 1) as f64;
    let stretch = |done: usize| Stretch::new(progress, done as f64 / total, (done + 1) as f64 / total);
    let mut writer = Writer::default();
    writer.add(DOCUMENT, files.document.as_bytes(), &stretch(0)).map_err(not_written)?;
    let mut done = 1;
    for (hash, mesh) in &files.meshes {
        let name = format!("meshes/{hash}.kmesh");
        writer.add(&name, &encode_mesh(mesh), &stretch(done)).map_err(not_written)?;
        done += 1;
    }
    let mut names = BTreeMap::new();
    for (hash, image) in &files.images {
        let (media_type, bytes) = images::encode(image);
        let name = format!("images/{hash}.{}", extension_of_media_type(&media_type));
        writer.add(&name, &bytes, &stretch(done)).map_err(not_written)?;
        names.insert(hash.to_string(), &image.name);
        done += 1;
    }
    if !names.is_empty() {
        let names = serde_json::to_vec(&names).expect("names are strings");
        writer.add(IMAGE_NAMES, &names, progress).map_err(not_written)?;
    }
    progress.report(1.0)?;
    writer.finish().map_err(not_written)
}

fn not_written(error: ZipError) -> ExportError {
    match error {
        ZipError::Cancelled => ExportError::Cancelled,
        _ => ExportError::TooLarge { format: "A Kerf project".to_owned(), what: "4 GiB or more".to_owned() },
    }
}

fn extension_of_media_type(media_type: &str) -> &str {
    match media_type {
        "image/jpeg" => "jpg",
        other => other.strip_prefix("image/").unwrap_or("png"),
    }
}

/// Reads a project.
///
/// # Errors
/// When there is no document in it that can be read. Meshes and pictures that cannot be read become warnings.
pub fn read(bytes: &[u8], progress: &dyn Progress) -> Result<OpenedProject, ImportError> {
    progress.phase("Reading the project");
    let archive = Archive::read(bytes);
    let mut opened = OpenedProject::default();
    if archive.is_rebuilt && !archive.entries.is_empty() {
        opened.warnings.push(Warning::new(
            "truncated",
            Location::Byte(bytes.len() as u64),
            "The project ends early: its table of contents is missing. What could be found is shown; save it again under another name.",
        ));
    }
    let mut left_bytes = zip::limit_bytes(bytes.len());
    let document = archive.entries.iter().find(|entry| entry.name == DOCUMENT);
    opened.files.document = read_document(document, left_bytes, progress)?;
    left_bytes = left_bytes.saturating_sub(opened.files.document.len() as u64);
    let mut budget = PixelBudget::default();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let num_entries = archive.entries.len() as f64;
    for (number, entry) in archive.entries.iter().enumerate() {
        let stretch = Stretch::new(progress, number as f64 / num_entries, (number + 1) as f64 / num_entries);
        let Some(kind) = EntryKind::of(&entry.name) else { continue };
        let content = match entry.extract(left_bytes, &stretch) {
            Ok(content) => content,
            Err(ZipError::Cancelled) => return Err(geometry::Cancelled.into()),
            Err(error) => {
                opened.warnings.push(lost(&entry.name, &error.to_string()));
                continue;
            }
        };
        left_bytes = left_bytes.saturating_sub(content.len() as u64);
        match kind {
            EntryKind::Mesh(hash) => match decode_mesh(&content) {
                Ok(mesh) => {
                    opened.files.meshes.insert(hash, mesh);
                }
                Err(error) => opened.warnings.push(lost(&entry.name, &error.to_string())),
            },
            EntryKind::Image(hash) => match images::decode(&entry.name, &content, &mut budget) {
                Ok(decoded) => {
                    opened.files.images.insert(hash, Arc::new(decoded.image));
                }
                Err(error) => opened.warnings.push(lost(&entry.name, &error.to_string())),
            },
            EntryKind::ImageNames => names = serde_json::from_slice(&content).unwrap_or_default(),
        }
    }
    for (hash, image) in &mut opened.files.images {
        Arc::make_mut(image).name = names.get(&hash.to_string()).cloned().unwrap_or_default();
    }
    progress.report(1.0)?;
    Ok(opened)
}

fn lost(name: &str, why: &str) -> Warning {
    Warning::new(
        "damaged-entry",
        Location::File(name.to_owned()),
        format!("“{name}” is lost: {why}. What uses it is shown without."),
    )
}

/// What an entry is by its name.
enum EntryKind {
    Mesh(ContentHash),
    Image(ContentHash),
    ImageNames,
}

impl EntryKind {
    fn of(name: &str) -> Option<Self> {
        if name == IMAGE_NAMES {
            return Some(Self::ImageNames);
        }
        let (folder, file) = name.split_once('/')?;
        let (hash, extension) = file.split_once('.')?;
        let hash = hash.parse().ok()?;
        match (folder, extension) {
            ("meshes", "kmesh") => Some(Self::Mesh(hash)),
            ("images", _) => Some(Self::Image(hash)),
            _ => None,
        }
    }
}

fn read_document(
    entry: Option<&Entry<'_>>,
    limit_bytes: u64,
    progress: &dyn Progress,
) -> Result<String, ImportError> {
    let malformed = |what: String| {
        ImportError::new(
            ImportErrorKind::Malformed,
            Location::File(DOCUMENT.to_owned()),
            format!("The project cannot be opened: {what}. Open a backup or an autosave of it."),
        )
    };
    let Some(entry) = entry else {
        return Err(malformed("it holds no document, so it is no Kerf project or badly damaged".to_owned()));
    };
    let bytes = match entry.extract(limit_bytes, &Stretch::new(progress, 0.0, 0.0)) {
        Ok(bytes) => bytes,
        Err(ZipError::Cancelled) => return Err(geometry::Cancelled.into()),
        Err(error) => return Err(malformed(format!("its document is lost: {error}"))),
    };
    let text =
        String::from_utf8(bytes).map_err(|error| malformed(format!("its document is no text ({error})")))?;
    match serde_json::from_str::<serde::de::IgnoredAny>(&text) {
        Ok(_) => Ok(text),
        Err(error) => Err(malformed(format!("its document is no JSON ({error})"))),
    }
}
