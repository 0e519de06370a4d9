//! Reading models and preparing their parts for the app.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use assets::{ImportOptions, Resolver};
use geometry::bvh::Bvh;
use geometry::display::{DisplayMesh, DisplayOptions};
use geometry::progress::Stretch;
use geometry::{ContentHash, ContentHasher, Progress};

use crate::preview::{self, Stands};
use crate::{FileRef, Host, ImportedModel, JobError, JobOutput, Part, PartFacts, PreparedPart};

/// Reads a model: the first file is the main one, the others and what lies beside it are its side files.
pub(crate) fn run(
    files: &[FileRef],
    options: &ImportOptions,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<JobOutput, JobError> {
    let (main, others) =
        files.split_first().ok_or_else(|| JobError::failed("no-file", "no file was given"))?;
    progress.phase("Reading");
    let bytes = host.read(main).map_err(|error| JobError::failed("unreadable", error.to_string()))?;
    let size_bytes = bytes.len() as u64;
    let resolver = JobResolver { main, others, host };
    let reading = Stretch::new(progress, 0.0, 0.6);
    let mut imported = assets::import(&main.name, &bytes, options, &resolver, &reading)?;
    // The file may be as large as everything made of it; it goes before more is made.
    drop(bytes);

    progress.phase("Preparing");
    let parts: Vec<Arc<Part>> = imported
        .scene
        .meshes
        .iter_mut()
        .map(|mesh| {
            Arc::new(Part {
                surface: std::mem::take(&mut mesh.surface),
                lines: std::mem::take(&mut mesh.lines),
                points: std::mem::take(&mut mesh.points),
            })
        })
        .collect();
    let parts: Vec<_> = parts.into_iter().map(|part| (part.content_hash(), part)).collect();
    let mut stands = Stands::new();
    let stretch = Stretch::new(progress, 0.6, 0.65);
    if let Some(preview) = preview::of_scene(&imported.scene, &parts, &mut stands, &stretch)? {
        host.show(preview);
    }
    let parts = prepare_named(parts, &stands, host, &Stretch::new(progress, 0.65, 1.0))?;
    let image_hashes = imported.scene.images.iter().map(|image| image_hash(image)).collect();
    let file_name = main.name.clone();
    Ok(JobOutput::Imported(Box::new(ImportedModel { file_name, imported, parts, image_hashes, size_bytes })))
}

impl From<assets::ImportError> for JobError {
    fn from(error: assets::ImportError) -> Self {
        match error.kind {
            assets::ImportErrorKind::Cancelled => Self::Cancelled,
            kind => Self::failed(kind.code(), error.to_string()),
        }
    }
}

struct JobResolver<'a> {
    main: &'a FileRef,
    others: &'a [FileRef],
    host: &'a dyn Host,
}

impl Resolver for JobResolver<'_> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let together = assets::best_match(self.others.iter().map(|file| (file.name.as_str(), file)), name);
        if let Some(bytes) = together.and_then(|file| self.host.read(file).ok()) {
            return Some(Cow::Owned(bytes.to_vec()));
        }
        self.host.read_beside(self.main, name).map(Cow::Owned)
    }
}

/// The name of an image's pixels.
pub(crate) fn image_hash(image: &assets::Image) -> ContentHash {
    ContentHasher::new("image").array(&[image.width, image.height]).array(&image.rgba).finish()
}

/// Prepares parts; equal ones only once.
pub(crate) fn prepare_all(
    parts: Vec<Arc<Part>>,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<Vec<PreparedPart>, JobError> {
    let parts = parts.into_iter().map(|part| (part.content_hash(), part)).collect();
    prepare_named(parts, &Stands::new(), host, progress)
}

fn prepare_named(
    parts: Vec<(ContentHash, Arc<Part>)>,
    stands: &Stands,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<Vec<PreparedPart>, JobError> {
    let num_triangles = |part: &Part| part.surface.triangles.len() as f64 + 100.0;
    let total: f64 = parts.iter().map(|(_, part)| num_triangles(part)).sum();
    let mut done = 0.0;
    let mut known: BTreeMap<ContentHash, PreparedPart> = BTreeMap::new();
    let mut prepared = Vec::with_capacity(parts.len());
    for (hash, part) in parts {
        let next = done + num_triangles(&part);
        let entry = match known.get(&hash) {
            Some(entry) => entry.clone(),
            None => {
                let stretch = Stretch::new(progress, done / total, next / total);
                prepare_with(hash, part, stands.get(&hash).cloned(), host, &stretch)?
            }
        };
        known.entry(hash).or_insert_with(|| entry.clone());
        prepared.push(entry);
        done = next;
    }
    Ok(prepared)
}

/// Finds out everything about a part that takes time.
pub(crate) fn prepare(
    part: Arc<Part>,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<PreparedPart, JobError> {
    prepare_with(part.content_hash(), part, None, host, progress)
}

/// With the stand-in, if it was made already.
fn prepare_with(
    hash: ContentHash,
    part: Arc<Part>,
    coarse: Option<Arc<DisplayMesh>>,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<PreparedPart, JobError> {
    host.cache_part(hash, &part);
    progress.report(0.1)?;
    let coarse = match coarse {
        Some(coarse) => Some(coarse),
        None => preview::stand_in(&part, &Stretch::new(progress, 0.1, 0.1))?,
    };
    let mut display = DisplayMesh::build(
        &part.surface,
        &part.lines,
        &part.points,
        &DisplayOptions::default(),
        &Stretch::new(progress, 0.1, 0.6),
    )?;
    let bvh = Bvh::of_mesh_watched(&part.surface, &Stretch::new(progress, 0.6, 0.8))?;
    progress.report(0.8)?;
    let facts = facts(&part, &display);
    display.is_solid = facts.closed && facts.num_shells == 1 && facts.volume > 0.0;
    progress.report(1.0)?;
    Ok(PreparedPart { hash, part, display: Arc::new(display), coarse, bvh: Arc::new(bvh), facts })
}

fn facts(part: &Part, display: &DisplayMesh) -> PartFacts {
    let mesh = &part.surface;
    let check = mesh.check();
    let properties = mesh.properties();
    let [low, high] = display.bounds.map(|corner| display.origin + glam::Vec3::from_array(corner).as_dvec3());
    let bounds = mesh.bounds().filter(|_| part.lines.is_empty() && part.points.is_empty());
    PartFacts {
        num_triangles: mesh.triangles.len(),
        num_vertices: check.num_used_positions,
        num_points: part.points.iter().map(|set| set.positions.len()).sum(),
        num_segments: part.lines.iter().map(|set| set.segments.len()).sum(),
        bounds: bounds.map_or([low, high], |(low, high)| [low, high]),
        area: properties.area,
        volume: properties.volume,
        closed: check.is_closed() && !mesh.is_empty(),
        watertight: check.has_two_triangles_per_edge() && !mesh.is_empty(),
        num_boundary_edges: check.num_boundary_edges,
        num_non_manifold_edges: check.num_non_manifold_edges,
        num_shells: check.num_shells,
    }
}
