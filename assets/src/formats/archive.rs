//! Zip archives that hold models with their side files. Nothing is unpacked to disk; the files inside see each other.
//!
//! Of several models in different formats those of the richest format are read: an archive that offers the same part as
//! STL and as 3MF should not show it twice. Several of one format stand side by side, each under a node of its name; of
//! several glTF files, which are whole scenes, the one nearest to the archive's root is read.

use std::borrow::Cow;
use std::cell::Cell;

use geometry::Progress;
use geometry::progress::Stretch;
use glam::DAffine3;

use super::{Format, ImportOptions, Sniff, detect, stem_of, threemf};
use crate::zip::{self, Archive, Entry, ZipError, is_zip};
use crate::{
    ImportError, ImportErrorKind, Imported, ImportedNode, ImportedScene, Location, Resolver, Warning, merge,
};

/// Formats from the one that says most of a model to the one that says least.
const RICHEST_FIRST: [Format; 9] = [
    Format::Glb,
    Format::Gltf,
    Format::ThreeMf,
    Format::Obj,
    Format::Ply,
    Format::Amf,
    Format::Stl,
    Format::Off,
    Format::Points,
];

/// Whether it is an archive that is nothing more particular.
pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    let has = |part: &[u8]| detect::contains(part, b"document.json");
    let is_project = has(detect::head(bytes)) || has(detect::tail(bytes));
    let is_other = is_project || threemf::sniff(bytes) == Sniff::Sure;
    if is_zip(bytes) && !is_other { Sniff::Sure } else { Sniff::No }
}

pub(super) fn import(
    bytes: &[u8],
    options: &ImportOptions,
    _resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    progress.phase("Unpacking");
    let archive = Archive::read(bytes);
    let mut files = Vec::new();
    for entry in &archive.entries {
        let name = entry.name.replace('\\', "/");
        if leads_outside(&name) {
            return Err(ImportError::new(
                ImportErrorKind::Malformed,
                Location::File(entry.name.clone()),
                "The archive holds a file whose name leads outside of the archive; such archives are made to overwrite files and are not opened. Ask where it came from.",
            ));
        }
        if !is_clutter(&name) {
            files.push(File { name, entry });
        }
    }
    let inside = Inside { files: &files, folder: "", left_bytes: &Cell::new(zip::limit_bytes(bytes.len())) };
    let (models, others) = models(&files);
    if models.is_empty() {
        return Err(no_model(&files, archive.is_rebuilt));
    }
    let mut warnings = Vec::new();
    if archive.is_rebuilt {
        let message = "The archive ends early: its table of contents is missing. What could be found is shown; download it again.";
        warnings.push(Warning::new("truncated", Location::Byte(bytes.len() as u64), message));
    }
    if let Some(other) = others.first() {
        let message = format!(
            "The archive also holds {} that {} not shown, such as “{}”. Unpack it to open them.",
            if others.len() == 1 { "a model".to_owned() } else { format!("{} models", others.len()) },
            if others.len() == 1 { "is" } else { "are" },
            other.name
        );
        warnings.push(Warning::new("other-models", Location::File(other.name.clone()), message));
    }
    let read = read_all(&inside, &models, options, progress, &mut warnings)?;
    let mut imported = together(read);
    warnings.append(&mut imported.warnings);
    imported.warnings = warnings;
    imported.scene.source.format += " in a zip archive";
    Ok(imported)
}

/// A file in the archive that may matter.
struct File<'a> {
    /// With `/` between folders.
    name: String,
    entry: &'a Entry<'a>,
}

fn leads_outside(name: &str) -> bool {
    let has_drive = name.as_bytes().get(1) == Some(&b':');
    name.starts_with('/') || has_drive || name.contains('\0') || name.split('/').any(|step| step == "..")
}

/// Folders, and what systems put into archives for themselves.
fn is_clutter(name: &str) -> bool {
    name.ends_with('/') || name.split('/').any(|step| step == "__MACOSX" || step.starts_with('.'))
}

/// The models to read, and the others.
fn models<'f, 'a>(files: &'f [File<'a>]) -> (Vec<&'f File<'a>>, Vec<&'f File<'a>>) {
    let format = |file: &File<'_>| Format::from_name(&file.name).filter(|format| *format != Format::Zip);
    let best =
        RICHEST_FIRST.into_iter().find(|&wanted| files.iter().any(|file| format(file) == Some(wanted)));
    let (mut wanted, mut others): (Vec<_>, Vec<_>) =
        files.iter().filter(|file| format(file).is_some()).partition(|file| format(file) == best);
    if matches!(best, Some(Format::Glb | Format::Gltf)) {
        wanted.sort_by_key(|file| file.name.matches('/').count());
        others.extend(wanted.drain(1..));
    }
    (wanted, others)
}

fn no_model(files: &[File<'_>], is_cut: bool) -> ImportError {
    if files.is_empty() && is_cut {
        return ImportError::new(
            ImportErrorKind::Truncated,
            Location::Whole,
            "The archive ends before anything in it is complete. Download it again.",
        );
    }
    const MANY: usize = 5;
    let mut names: Vec<&str> = files.iter().take(MANY).map(|file| file.name.as_str()).collect();
    if files.len() > MANY {
        names.push("…");
    }
    let names = if names.is_empty() { "no files at all".to_owned() } else { names.join(", ") };
    ImportError::new(
        ImportErrorKind::Unsupported,
        Location::Whole,
        format!(
            "The archive holds no model that Kerf reads; it holds {names}. Export the model as GLB, STL, OBJ or PLY."
        ),
    )
}

/// Reads models. One that cannot be read is told and left out, unless it is the only one.
fn read_all(
    inside: &Inside<'_>,
    models: &[&File<'_>],
    options: &ImportOptions,
    progress: &dyn Progress,
    warnings: &mut Vec<Warning>,
) -> Result<Vec<(String, Imported)>, ImportError> {
    let mut read = Vec::new();
    let mut first_error = None;
    let share = 1.0 / models.len() as f64;
    for (number, model) in models.iter().enumerate() {
        let from = number as f64 * share;
        let stretch = Stretch::new(progress, from, from + share);
        match inside.import(model, options, &stretch) {
            Ok(mut imported) => {
                if models.len() > 1 {
                    for warning in &mut imported.warnings {
                        warning.at = Location::File(match &warning.at {
                            Location::Whole => model.name.clone(),
                            at => format!("{}: {at}", model.name),
                        });
                    }
                }
                read.push((model.name.clone(), imported));
            }
            Err(error) if error.kind == ImportErrorKind::Cancelled => return Err(error),
            Err(error) => {
                let at = Location::File(model.name.clone());
                warnings.push(Warning::new("unreadable-model", at, error.to_string()));
                first_error.get_or_insert(error);
            }
        }
    }
    match first_error {
        Some(error) if read.is_empty() => Err(error),
        _ => Ok(read),
    }
}

/// One scene of all models; each of several under a node of its name.
fn together(mut models: Vec<(String, Imported)>) -> Imported {
    if models.len() == 1
        && let Some((_, only)) = models.pop()
    {
        return only;
    }
    let mut whole = Imported::default();
    whole.scene.scenes.push(crate::SceneRoots::default());
    for (name, mut model) in models {
        if whole.scene.nodes.is_empty() {
            whole.scene.source = model.scene.source.clone();
        }
        whole.warnings.append(&mut model.warnings);
        append(&mut whole.scene, model.scene, stem_of(&name));
    }
    whole
}

/// Puts a scene under a new root node of another.
fn append(whole: &mut ImportedScene, mut part: ImportedScene, name: &str) {
    let first = whole.nodes.len() + 1;
    let shown = std::mem::take(&mut part.scenes).into_iter().nth(part.default_scene).unwrap_or_default();
    whole.scenes[0].roots.push(whole.nodes.len());
    whole.nodes.push(ImportedNode {
        name: name.to_owned(),
        children: shown.roots.iter().map(|root| root + first).collect(),
        parent_from_node: DAffine3::IDENTITY,
        ..ImportedNode::default()
    });
    merge::append(whole, part);
}

/// The files of an archive as a model in one of its folders sees them.
struct Inside<'a> {
    files: &'a [File<'a>],
    folder: &'a str,
    /// Bytes that may still be unpacked.
    left_bytes: &'a Cell<u64>,
}

impl Inside<'_> {
    fn import(
        &self,
        model: &File<'_>,
        options: &ImportOptions,
        progress: &dyn Progress,
    ) -> Result<Imported, ImportError> {
        let bytes = self.unpack(model.entry, &Stretch::new(progress, 0.0, 0.2)).map_err(|error| {
            let kind = match error {
                ZipError::Cancelled => return geometry::Cancelled.into(),
                ZipError::TooLarge { .. } => ImportErrorKind::TooLarge,
                ZipError::Damaged(_) => ImportErrorKind::Malformed,
            };
            let message =
                format!("“{}” in the archive cannot be unpacked: {error}. Download it again.", model.name);
            ImportError::new(kind, Location::File(model.name.clone()), message)
        })?;
        let format = detect(&model.name, &bytes)?;
        if format == Format::Zip {
            return Err(ImportError::new(
                ImportErrorKind::Unsupported,
                Location::File(model.name.clone()),
                "An archive inside an archive is not opened. Unpack the outer one.",
            ));
        }
        let folder = model.name.rsplit_once('/').map_or("", |(folder, _)| folder);
        let inside = Inside { files: self.files, folder, left_bytes: self.left_bytes };
        (format.code().import)(&bytes, options, &inside, &Stretch::new(progress, 0.2, 1.0))
    }

    /// The bytes of a file. Archives do not pack twice: one that does inside another is a bomb.
    fn unpack(&self, entry: &Entry<'_>, progress: &dyn Progress) -> Result<Vec<u8>, ZipError> {
        let bytes = entry.extract(self.left_bytes.get(), progress)?;
        let most_of_archive = 4 * entry.packed_bytes() + (1 << 16);
        if is_zip(&bytes) && bytes.len() > most_of_archive {
            return Err(ZipError::TooLarge { limit_bytes: most_of_archive as u64 });
        }
        self.left_bytes.set(self.left_bytes.get().saturating_sub(bytes.len() as u64));
        Ok(bytes)
    }

    /// The file that a name means, seen from the folder: exactly, or in another case, or else anywhere.
    fn find(&self, name: &str) -> Option<&File<'_>> {
        let mut path: Vec<&str> = self.folder.split('/').filter(|step| !step.is_empty()).collect();
        let name = name.replace('\\', "/");
        for step in name.split('/').filter(|step| !matches!(*step, "" | ".")) {
            if step == ".." {
                path.pop()?;
            } else {
                path.push(step);
            }
        }
        let path = path.join("/");
        let exact = self.files.iter().find(|file| file.name == path);
        let in_another_case = || self.files.iter().find(|file| file.name.eq_ignore_ascii_case(&path));
        let anywhere = || crate::best_match(self.files.iter().map(|file| (file.name.as_str(), file)), &name);
        exact.or_else(in_another_case).or_else(anywhere)
    }
}

impl Resolver for Inside<'_> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let file = self.find(name)?;
        self.unpack(file.entry, &geometry::Unwatched).ok().map(Cow::Owned)
    }
}
