//! 3MF: the core specification with materials and properties, production and beam lattices; slices, volumetric and
//! encrypted content are named and not shown. Also the draft of 2013, without its textures.
//!
//! 3MF is strict by design: a file that breaks a rule which makes its meaning doubtful is refused with the rule's name and
//! place, other damage becomes warnings. Y, Z and the hand of its axes are ours; its unit is converted.

mod beams;
mod build;
mod looks;
mod mesh;
mod model;
mod package;
mod paint;
mod properties;
mod read;
mod report;
mod rules;
mod write;

use std::collections::BTreeSet;

use build::Parts;
use geometry::Progress;
use geometry::progress::Stretch;
use model::{Content, Model, Shape};
use package::{Package, PartError};
use report::{Report, Space, malformed};
pub(super) use write::export;

use super::report::Ticker;
use super::{ImportOptions, Sniff, detect, text};
use crate::zip::is_zip;
use crate::{ImportError, ImportErrorKind, Imported, Location, Resolver, SourceInfo, UpAxis};

/// Whether it is a 3MF: a zip archive whose list of files, or whose first file, is that of a package with a model.
pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    let has = |part: &[u8], name: &[u8]| detect::contains(part, name);
    let (head, tail) = (detect::head(bytes), detect::tail(bytes));
    let is_package = (has(tail, b".model") && has(tail, b"_rels/.rels"))
        || [&b"[Content_Types].xml"[..], b"_rels/.rels", b"3D/3dmodel.model"]
            .iter()
            .any(|name| has(head, name));
    if is_zip(bytes) && is_package { Sniff::Sure } else { Sniff::No }
}

pub(super) fn import(
    bytes: &[u8],
    _options: &ImportOptions,
    _resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    progress.phase("Unpacking");
    let mut report = Report::default();
    let package = Package::open(bytes, &mut report);
    if package.is_empty() {
        return Err(ImportError::new(
            ImportErrorKind::Truncated,
            Location::Byte(bytes.len() as u64),
            "The 3MF ends before anything in it is complete. Download or export it again.",
        ));
    }
    let root = root_part(&package, &mut report, progress)?;
    let mut loader =
        Loader { package: &package, report: &mut report, progress, from: 0.0, encrypted: BTreeSet::new() };
    let parts = loader.all(&root)?;
    let is_encrypted = !loader.encrypted.is_empty();
    progress.phase("Building parts");
    let building = Stretch::new(progress, 0.9, 1.0);
    let mut scene = build::scene(&parts, &package, &mut report, &building)?;
    progress.report(1.0)?;
    let (warnings, extensions) = report.finish();
    if scene.meshes.is_empty() {
        return Err(nothing(is_encrypted, warnings.first().map(|warning| warning.message.as_str())));
    }
    let model = &parts.models[0];
    scene.source = SourceInfo {
        format: "3MF".to_owned(),
        generator: model.application.clone(),
        up_axis: UpAxis::Z,
        unit: model.unit,
        extensions,
        ..SourceInfo::default()
    };
    Ok(Imported { scene, warnings })
}

fn nothing(is_encrypted: bool, why: Option<&str>) -> ImportError {
    if is_encrypted {
        return ImportError::new(
            ImportErrorKind::Unsupported,
            Location::Whole,
            "The models of this 3MF are encrypted (secure content), and only those who have a key can read them. Ask its author for a file without encryption.",
        );
    }
    let why = why.map_or_else(String::new, |why| format!(" {why}"));
    ImportError::new(
        ImportErrorKind::Empty,
        Location::Whole,
        format!("The 3MF holds nothing to show.{why} Export it again and check that a part is selected."),
    )
}

/// The name of the root model part; checks the relationships of the package on the way.
fn root_part(
    package: &Package<'_>,
    report: &mut Report,
    progress: &dyn Progress,
) -> Result<String, ImportError> {
    let still = Stretch::new(progress, 0.0, 0.0);
    let relationships = package.relationships("", &still)?;
    for relationship in &relationships {
        if relationship.kind.ends_with("/metadata/thumbnail") && !package.has(&relationship.target) {
            let what = format!("its thumbnail “{}” is not in it", relationship.target);
            return Err(malformed(relationship.at.clone(), what));
        }
    }
    let mut roots = relationships.into_iter().filter(|relationship| relationship.kind.ends_with("/3dmodel"));
    if let Some(root) = roots.next() {
        if !package.has(&root.target) {
            let what = format!("its model part “{}” is not in it", root.target);
            return Err(malformed(root.at, what));
        }
        return Ok(root.target);
    }
    let first = package
        .first_with_extension(".model")
        .ok_or_else(|| malformed(Location::Whole, "there is no model part in it"))?;
    report.warn("missing-relationship", || {
        let message =
            format!("The 3MF does not say which part is its model; “{first}” is shown. Export it again.");
        (Location::File("_rels/.rels".to_owned()), message)
    });
    Ok(first)
}

/// Reads model parts.
struct Loader<'a> {
    package: &'a Package<'a>,
    report: &'a mut Report,
    progress: &'a dyn Progress,
    /// How far we are.
    from: f64,
    /// The names of encrypted parts, in lower case.
    encrypted: BTreeSet<String>,
}

impl Loader<'_> {
    /// The root part and all parts that its components name.
    fn all(&mut self, root: &str) -> Result<Parts, ImportError> {
        let still = Stretch::new(self.progress, 0.0, 0.0);
        for of in ["", root] {
            let relationships = self.package.relationships(of, &still)?;
            let encrypted = relationships.iter().filter(|it| it.kind.ends_with("/encryptedfile"));
            self.encrypted.extend(encrypted.map(|it| it.target.to_lowercase()));
        }
        let mut parts = Parts::default();
        let model = self.part(root, true)?;
        parts.models.extend(model);
        let mut next = 0;
        while let Some(model) = parts.models.get(next) {
            let paths: BTreeSet<String> =
                paths(model).filter(|path| !parts.part_of_path.contains_key(*path)).cloned().collect();
            for path in paths {
                let name = path.trim_start_matches('/');
                let model = if name.eq_ignore_ascii_case(root) { None } else { self.part(name, false)? };
                let part = match model {
                    Some(model) => {
                        parts.models.push(model);
                        Some(parts.models.len() - 1)
                    }
                    None => name.eq_ignore_ascii_case(root).then_some(0),
                };
                parts.part_of_path.insert(path, part);
            }
            next += 1;
        }
        Ok(parts)
    }

    /// A model part; `None` for others than the root that cannot be had, which is told.
    fn part(&mut self, name: &str, is_root: bool) -> Result<Option<Model>, ImportError> {
        let place = || Location::File(name.to_owned());
        if self.encrypted.contains(&name.to_lowercase()) {
            self.report.uses(Space::Secure);
            self.report.warn("encrypted-part", || {
                (place(), format!("“{name}” is encrypted (secure content) and left out."))
            });
            if is_root {
                return Err(nothing(true, None));
            }
            return Ok(None);
        }
        // Nobody knows how many parts there are; each takes half of what is left.
        let (from, to) = (self.from, self.from + (0.9 - self.from) / 2.0);
        self.from = to;
        let unpacking = Stretch::new(self.progress, from, from + (to - from) * 0.2);
        let bytes = match self.package.part(name, &unpacking) {
            Ok(bytes) => bytes,
            Err(PartError::Unreadable(error)) if is_root || error.kind == ImportErrorKind::Cancelled => {
                return Err(error);
            }
            Err(PartError::Unreadable(error)) => {
                self.report.warn("unreadable-part", || (place(), error.message));
                return Ok(None);
            }
            Err(PartError::Missing) if is_root => {
                return Err(malformed(place(), "its model part is missing"));
            }
            Err(PartError::Missing) => {
                self.report.warn("missing-part", || {
                    (place(), format!("The part “{name}” is used and is not in the file; it is left out. Export it again."))
                });
                return Ok(None);
            }
        };
        let text = text::decode(&bytes);
        let reading = Stretch::new(self.progress, from + (to - from) * 0.2, to);
        let ticker = Ticker::new(&reading, text.len(), 1 << 18);
        read::model(name, &text, is_root, self.report, ticker).map(Some)
    }
}

/// The model parts that components and items name.
fn paths(model: &Model) -> impl Iterator<Item = &String> {
    let of_objects = model.resources.values().flat_map(|resource| match &resource.content {
        Content::Object(object) => match &object.shape {
            Shape::Components(components) => components.as_slice(),
            _ => &[],
        },
        _ => &[],
    });
    of_objects.chain(&model.items).filter_map(|component| component.path.as_ref())
}
