//! Reading models and preparing their parts for the app.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::Arc;

use assets::{ByteSource, Glance, ImportOptions, Onlooker, Resolver};
use geometry::bvh::Bvh;
use geometry::display::{DisplayMesh, DisplayOptions};
use geometry::progress::Stretch;
use geometry::topology::{Edges, end_of, start_of};
use geometry::{Cancelled, ContentHash, ContentHasher, Mesh, Progress};

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
    let source = host.open(main).map_err(|error| JobError::failed("unreadable", error.to_string()))?;
    let size_bytes = source.size();
    check_memory(&main.name, &*source, options, host)?;
    let resolver = JobResolver { main, others, host, has_shown: Cell::new(false) };
    let reading = Stretch::new(progress, 0.0, 0.6);
    let mut imported = assets::import_from(&main.name, &*source, options, &resolver, &reading)?;
    // The file may be as large as everything made of it; it goes before more is made.
    drop(source);

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
                rig: mesh.rig.take(),
            })
        })
        .collect();
    let parts: Vec<_> = parts.into_iter().map(|part| (part.content_hash(), part)).collect();
    let mut stands = Stands::new();
    let stretch = Stretch::new(progress, 0.6, 0.65);
    if host.is_watched()
        && !resolver.has_shown.get()
        && let Some(preview) = preview::of_scene(&imported.scene, &parts, &mut stands, &stretch)?
    {
        host.show(preview);
    }
    let parts = prepare_named(parts, &stands, host, &Stretch::new(progress, 0.65, 1.0))?;
    let image_hashes = imported.scene.images.iter().map(|image| image_hash(image)).collect();
    let file_name = main.name.clone();
    Ok(JobOutput::Imported(Box::new(ImportedModel { file_name, imported, parts, image_hashes, size_bytes })))
}

/// What a triangle takes while its part is prepared: arrays, those for display, the tree for picking, and what is needed to
/// make them. Measured on closed surfaces.
const PREPARING_BYTES_PER_TRIANGLE: u64 = 190;

/// What a triangle takes that is kept while many others come and go.
const COARSE_BYTES_PER_TRIANGLE: u64 = 120;

/// Files below that fit anywhere.
const SMALL_FILE_BYTES: u64 = 16 << 20;

/// With so many triangles a model opens wherever Kerf runs.
pub const COARSE_TRIANGLES: u64 = 3_000_000;

/// The code of a failure that means: the model would not fit, but does with fewer triangles.
pub const NEEDS_MEMORY: &str = "needs-memory";

/// Says that a model would not fit before anything is made of it.
fn check_memory(
    name: &str,
    source: &dyn ByteSource,
    options: &ImportOptions,
    host: &dyn Host,
) -> Result<(), JobError> {
    let Some(free) = host.free_memory().filter(|_| source.size() > SMALL_FILE_BYTES) else { return Ok(()) };
    let estimate = assets::estimate(name, source)?;
    let shown = options.max_triangles.unwrap_or(u64::MAX).min(estimate.num_triangles);
    // Formats that are read as a whole have all triangles before some of them go.
    let is_coarser_at_once = estimate.is_streamed && shown < estimate.num_triangles;
    let reading =
        if is_coarser_at_once { shown.saturating_mul(COARSE_BYTES_PER_TRIANGLE) } else { estimate.num_bytes };
    let needed = reading.max(shown.saturating_mul(PREPARING_BYTES_PER_TRIANGLE));
    if needed <= free {
        return Ok(());
    }
    let message = format!(
        "The model has about {:.1} million triangles; opening it takes about {:.1} GB of memory, and about {:.1} GB are free. Open it coarser, with at most {} million triangles, or close other models first.",
        estimate.num_triangles as f64 / 1e6,
        needed as f64 / 1e9,
        free as f64 / 1e9,
        COARSE_TRIANGLES / 1_000_000,
    );
    Err(JobError::failed(NEEDS_MEMORY, message))
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
    has_shown: Cell<bool>,
}

impl Resolver for JobResolver<'_> {
    fn resolve(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let together = assets::best_match(self.others.iter().map(|file| (file.name.as_str(), file)), name);
        if let Some(bytes) = together.and_then(|file| self.host.read(file).ok()) {
            return Some(Cow::Owned(bytes.to_vec()));
        }
        self.host.read_beside(self.main, name).map(Cow::Owned)
    }

    fn given(&self, uri: &str) -> Option<Cow<'_, [u8]>> {
        let files = self.others.iter().map(|file| (file.name.as_str(), file));
        let file = assets::best_match(files, assets::name_of_uri(uri))?;
        Some(Cow::Owned(self.host.read(file).ok()?.to_vec()))
    }

    fn onlooker(&self) -> Option<&dyn Onlooker> {
        self.host.is_watched().then_some(self as &dyn Onlooker)
    }
}

impl Onlooker for JobResolver<'_> {
    fn min_triangles(&self) -> usize {
        preview::MANY_TRIANGLES
    }

    fn max_places(&self) -> usize {
        preview::MAX_PLACES
    }

    fn show(&self, glance: Glance) {
        self.has_shown.set(true);
        self.host.show(preview::of_glance(glance));
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
    let open_pieces = match facts.closed || facts.num_shells < 2 {
        true => None,
        false => open_pieces(&part.surface, &Stretch::new(progress, 0.9, 1.0))?.map(Arc::new),
    };
    progress.report(1.0)?;
    Ok(PreparedPart {
        hash,
        part,
        display: Arc::new(display),
        coarse,
        bvh: Arc::new(bvh),
        open_pieces,
        facts,
    })
}

/// Tells triangles of open pieces (1) from those of closed ones (0); `None` where all are of one kind. Pieces are joined by
/// edges; one is closed when each of its edges is run through as often one way as the other.
fn open_pieces(mesh: &Mesh, progress: &dyn Progress) -> Result<Option<Vec<u8>>, Cancelled> {
    let edges = Edges::new_watched(&mesh.triangles, mesh.positions.len(), progress)?;
    let mut pieces: Vec<u32> = (0..mesh.triangles.len() as u32).collect();
    let root = |pieces: &mut Vec<u32>, triangle: u32| {
        let mut piece = triangle;
        while pieces[piece as usize] != piece {
            let above = pieces[pieces[piece as usize] as usize];
            pieces[piece as usize] = above;
            piece = above;
        }
        piece
    };
    let mut loose: Vec<u32> = Vec::new();
    for halfedges in edges.iter() {
        let Some((&first, others)) = halfedges.split_first() else { continue };
        for &other in others {
            let [a, b] = [first, other].map(|halfedge| root(&mut pieces, halfedge / 3));
            pieces[a.max(b) as usize] = a.min(b);
        }
        let goes_up =
            |&halfedge: &u32| start_of(&mesh.triangles, halfedge) < end_of(&mesh.triangles, halfedge);
        if 2 * halfedges.iter().filter(|halfedge| goes_up(halfedge)).count() != halfedges.len() {
            loose.push(first / 3);
        }
    }
    let mut is_open = vec![0_u8; mesh.triangles.len()];
    for triangle in loose {
        let piece = root(&mut pieces, triangle);
        is_open[piece as usize] = 1;
    }
    for triangle in 0..mesh.triangles.len() as u32 {
        let piece = root(&mut pieces, triangle);
        is_open[triangle as usize] = is_open[piece as usize];
    }
    let is_mixed = is_open.contains(&0) && is_open.contains(&1);
    Ok(is_mixed.then_some(is_open))
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

#[cfg(test)]
mod tests {
    use geometry::Unwatched;

    use super::*;
    use crate::FileSource;
    use crate::testing::Bare;

    /// A flat square of so many small ones on a side, two triangles each, as binary STL.
    fn sheet(side: u32) -> FileRef {
        let mut bytes = vec![b' '; 80];
        bytes.extend((side * side * 2).to_le_bytes());
        for (x, y) in (0..side).flat_map(|x| (0..side).map(move |y| (x, y))) {
            for corners in [[(0, 0), (1, 0), (1, 1)], [(0, 0), (1, 1), (0, 1)]] {
                bytes.extend([0; 12]);
                for (dx, dy) in corners {
                    for number in [(x + dx) as f32, (y + dy) as f32, 0.0] {
                        bytes.extend(number.to_le_bytes());
                    }
                }
                bytes.extend([0; 2]);
            }
        }
        FileRef { name: "sheet.stl".to_owned(), source: FileSource::Memory(Arc::new(bytes)) }
    }

    #[test]
    fn open_pieces_are_told_from_closed_ones() {
        let mut mesh = geometry::Primitive::Box { size: glam::DVec3::ONE }.mesh().expect("allowed");
        assert_eq!(open_pieces(&mesh, &Unwatched), Ok(None));
        let first = mesh.positions.len() as u32;
        mesh.positions.extend(mesh.positions.clone());
        let more: Vec<[u32; 3]> = mesh.triangles.iter().map(|corners| corners.map(|it| it + first)).collect();
        mesh.triangles.extend(&more[1..]);
        let mut expected = vec![0; 12];
        expected.extend([1; 11]);
        assert_eq!(open_pieces(&mesh, &Unwatched), Ok(Some(expected)));
        mesh.triangles.remove(0);
        assert_eq!(open_pieces(&mesh, &Unwatched), Ok(None));
    }

    #[test]
    fn what_would_not_fit_is_told_before_and_fits_when_read_coarser() {
        let file = sheet(420);
        let read = |free, max_triangles| {
            let options = ImportOptions { max_triangles, ..ImportOptions::default() };
            run(std::slice::from_ref(&file), &options, &Bare { free_memory: Some(free) }, &Unwatched)
        };
        let Err(JobError::Failed { code, message }) = read(20 << 20, None) else { panic!("it does not fit") };
        assert_eq!(code, NEEDS_MEMORY);
        assert!(message.contains("0.4 million triangles"), "{message}");
        let Ok(JobOutput::Imported(model)) = read(20 << 20, Some(20_000)) else { panic!("it fits now") };
        let facts = &model.parts[0].facts;
        assert!((2_000..=20_000).contains(&facts.num_triangles), "{}", facts.num_triangles);
        // Nothing of the sheet is lost but its rim, where points move inwards by less than a cell.
        assert!((0.9 * 420.0 * 420.0..=420.0 * 420.0).contains(&facts.area), "{}", facts.area);
        let Ok(JobOutput::Imported(model)) = read(1 << 30, None) else { panic!("it fits") };
        assert_eq!(model.parts[0].facts.num_triangles, 420 * 420 * 2);
    }
}
