//! The one door: every request is answered here.

use std::sync::Arc;

use geometry::Progress;

use crate::{
    Host, JobError, JobOutput, JobRequest, OutputFile, Part, PartRef, Recipe, Remarks, health, import,
    measure, operate, project, section,
};

/// Does a piece of work.
///
/// # Errors
/// See [`JobError`]; never [`JobError::WorkerLost`], which only a queue can know.
pub fn run(request: JobRequest, host: &dyn Host, progress: &dyn Progress) -> Result<JobOutput, JobError> {
    match request {
        JobRequest::Import { files, options } => import::run(&files, &options, host, progress),
        JobRequest::Evaluate { key, recipe } => {
            let (mesh, remarks) = match recipe {
                Recipe::Primitive(primitive) => {
                    let made =
                        primitive.mesh().map_err(|error| JobError::failed("bad-sizes", error.to_string()))?;
                    (made, Remarks::default())
                }
                Recipe::Operation { operation, operands } => {
                    operate::run(&operation, &operands, host, progress)?
                }
            };
            let part = Arc::new(Part::from_mesh(mesh));
            let part = import::prepare(part, host, &geometry::progress::Stretch::new(progress, 0.8, 1.0))?;
            Ok(JobOutput::Evaluated { key, part: Box::new(part), remarks })
        }
        JobRequest::Separate { part } => {
            progress.phase("Separating");
            let surface = Arc::clone(&part_of(&part, host)?.surface);
            surface.validate().map_err(|error| JobError::failed("bad-mesh", error.to_string()))?;
            let separating = geometry::progress::Stretch::new(progress, 0.0, 0.4);
            let bodies = geometry::separate(&surface, &separating)?;
            let parts = bodies.into_iter().map(|body| Arc::new(Part::from_mesh(body))).collect();
            let preparing = geometry::progress::Stretch::new(progress, 0.4, 1.0);
            import::prepare_all(parts, host, &preparing).map(JobOutput::Prepared)
        }
        JobRequest::Check { part, looks_for_crossings } => {
            let part = part_of(&part, host)?;
            health::check(&part.surface, looks_for_crossings, progress).map(JobOutput::Checked)
        }
        JobRequest::Section { parts, planes } => {
            section::sections(&parts, &planes, host, progress).map(JobOutput::Sections)
        }
        JobRequest::Recognize { part } => {
            let hash = part.hash;
            let features = measure::recognized(&part, host, progress)?;
            Ok(JobOutput::Recognized { hash, features: Box::new(features) })
        }
        JobRequest::Gap { parts } => measure::gap(&parts, host, progress).map(JobOutput::Gap),
        JobRequest::OrientedBox { parts } => {
            measure::oriented_box(&parts, host, progress).map(JobOutput::OrientedBox)
        }
        JobRequest::Prepare { parts } => {
            let parts = parts_of(&parts, host)?;
            import::prepare_all(parts, host, progress).map(JobOutput::Prepared)
        }
        JobRequest::Export { name, mut scene, parts, format, options } => {
            progress.phase("Writing");
            for (mesh, part) in scene.meshes.iter_mut().zip(parts_of(&parts, host)?) {
                mesh.surface = Arc::clone(&part.surface);
                mesh.lines.clone_from(&part.lines);
                mesh.points.clone_from(&part.points);
            }
            let files = assets::export(&name, &scene, format, &options, progress)?;
            Ok(JobOutput::Files(files.into_iter().map(|(name, bytes)| OutputFile { name, bytes }).collect()))
        }
        JobRequest::SaveProject { document, parts, images } => {
            let parts = parts.iter().map(|part| part.hash).zip(parts_of(&parts, host)?).collect();
            project::save(document, parts, images, progress)
        }
        JobRequest::OpenProject { file } => project::open(&file, host, progress),
        JobRequest::Environment { file } => {
            progress.phase("Reading");
            let bytes =
                host.read(&file).map_err(|error| JobError::failed("unreadable", error.to_string()))?;
            let map = assets::environment::read_environment(&bytes, progress)?;
            Ok(JobOutput::Environment { name: file.name, width: map.width, height: map.height, rgb: map.rgb })
        }
        JobRequest::Pack { parts, images } => {
            let parts = parts.iter().map(|part| part.hash).zip(parts_of(&parts, host)?).collect();
            project::pack(parts, images, progress)
        }
        JobRequest::Restore { document, files } => project::restore(document, files, host, progress),
    }
}

/// The arrays of parts, from the request or from what this place remembers.
fn parts_of(parts: &[PartRef], host: &dyn Host) -> Result<Vec<Arc<Part>>, JobError> {
    parts.iter().map(|part| part_of(part, host)).collect()
}

pub(crate) fn part_of(part: &PartRef, host: &dyn Host) -> Result<Arc<Part>, JobError> {
    let found = part.part.clone().or_else(|| host.cached_part(part.hash));
    let found = found.ok_or_else(|| JobError::failed(MISSING_PART, part.hash.to_string()))?;
    host.cache_part(part.hash, &found);
    Ok(found)
}

/// The code of a failure that means: a part left out of the request is not remembered here; send it whole.
pub const MISSING_PART: &str = "missing-part";
