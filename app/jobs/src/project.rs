//! Project files, and the packed blobs that autosave keeps.

use std::sync::Arc;

use assets::images::PixelBudget;
use assets::project::{OpenedProject, ProjectFiles, ProjectMesh};
use assets::{ExportError, Image, Warning};
use geometry::progress::Stretch;
use geometry::{ContentHash, Progress};

use crate::import::prepare_all;
use crate::{FileRef, Host, JobError, JobOutput, OutputFile, Part, PreparedPart};

type Parts = Vec<(ContentHash, Arc<Part>)>;
type Images = Vec<(ContentHash, Arc<Image>)>;

fn mesh_of(part: &Part) -> ProjectMesh {
    ProjectMesh {
        surface: Arc::clone(&part.surface),
        lines: part.lines.clone(),
        points: part.points.clone(),
        rig: part.rig.clone(),
    }
}

fn part_of(mesh: ProjectMesh) -> Arc<Part> {
    Arc::new(Part { surface: mesh.surface, lines: mesh.lines, points: mesh.points, rig: mesh.rig })
}

impl From<ExportError> for JobError {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::Cancelled => Self::Cancelled,
            other => Self::failed("not-written", other.to_string()),
        }
    }
}

/// Writes a project file.
pub(crate) fn save(
    document: String,
    parts: Parts,
    images: Images,
    progress: &dyn Progress,
) -> Result<JobOutput, JobError> {
    let meshes = parts.iter().map(|(hash, part)| (*hash, mesh_of(part))).collect();
    let files = ProjectFiles { document, meshes, images: images.into_iter().collect() };
    let bytes = assets::project::write(&files, progress)?;
    Ok(JobOutput::Files(vec![OutputFile { name: "project.kerf".to_owned(), bytes }]))
}

/// Reads a project file.
pub(crate) fn open(file: &FileRef, host: &dyn Host, progress: &dyn Progress) -> Result<JobOutput, JobError> {
    progress.phase("Reading");
    let bytes = host.read(file).map_err(|error| JobError::failed("unreadable", error.to_string()))?;
    let OpenedProject { files, warnings } = assets::project::read(&bytes, &Stretch::new(progress, 0.0, 0.5))?;
    drop(bytes);
    let parts = files.meshes.into_iter().map(|(hash, mesh)| (hash, part_of(mesh))).collect();
    let images = files.images.into_iter().collect();
    opened(files.document, parts, images, warnings, host, &Stretch::new(progress, 0.5, 1.0))
}

/// Packs parts and images, each as a file named by its hash.
pub(crate) fn pack(parts: Parts, images: Images, progress: &dyn Progress) -> Result<JobOutput, JobError> {
    progress.phase("Packing");
    let total = (parts.len() + images.len()) as f64;
    let mut files = Vec::new();
    for (hash, part) in parts {
        progress.report(files.len() as f64 / total)?;
        let bytes = assets::project::encode_mesh(&mesh_of(&part));
        files.push(OutputFile { name: format!("{hash}.kmesh"), bytes });
    }
    for (hash, image) in images {
        progress.report(files.len() as f64 / total)?;
        let (_, bytes) = assets::images::encode(&image);
        files.push(OutputFile { name: format!("{hash}.image"), bytes });
    }
    Ok(JobOutput::Files(files))
}

/// Reads what [`pack`] wrote.
pub(crate) fn restore(
    document: String,
    files: Vec<OutputFile>,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<JobOutput, JobError> {
    progress.phase("Unpacking");
    let mut parts = Vec::new();
    let mut images = Vec::new();
    let mut warnings = Vec::new();
    let mut budget = PixelBudget::default();
    for file in files {
        progress.report(0.0)?;
        let Some((stem, extension)) = file.name.split_once('.') else { continue };
        let Ok(hash) = stem.parse::<ContentHash>() else { continue };
        let damaged = |what: String| Warning::new("damaged", assets::Location::File(file.name.clone()), what);
        if extension == "kmesh" {
            match assets::project::decode_mesh(&file.bytes) {
                Ok(mesh) => parts.push((hash, part_of(mesh))),
                Err(error) => warnings.push(damaged(error.to_string())),
            }
        } else {
            match assets::images::decode("", &file.bytes, &mut budget) {
                Ok(decoded) => images.push((hash, Arc::new(decoded.image))),
                Err(error) => warnings.push(damaged(error.to_string())),
            }
        }
    }
    opened(document, parts, images, warnings, host, progress)
}

/// Prepares the parts; they keep the names that the document has for them.
fn opened(
    document: String,
    parts: Parts,
    images: Images,
    warnings: Vec<Warning>,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<JobOutput, JobError> {
    progress.phase("Preparing");
    let (hashes, parts): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
    let prepared = prepare_all(parts, host, progress)?;
    let parts = hashes.into_iter().zip(prepared).map(|(hash, part)| PreparedPart { hash, ..part }).collect();
    Ok(JobOutput::Project { document, parts, images, warnings })
}

#[cfg(test)]
mod tests {
    use geometry::{Primitive, Unwatched};

    use super::*;
    use crate::testing::Bare;

    fn sphere() -> (ContentHash, Arc<Part>) {
        let mesh = Primitive::Sphere { radius: 3.0, segments: 24 }.mesh().unwrap();
        let part = Arc::new(Part::from_mesh(mesh));
        (part.content_hash(), part)
    }

    fn image() -> (ContentHash, Arc<Image>) {
        let rgba = (0..64).collect();
        let image = Image { name: "a".to_owned(), width: 4, height: 4, rgba, encoded: None };
        (crate::import::image_hash(&image), Arc::new(image))
    }

    fn check(output: JobOutput) {
        let JobOutput::Project { document, parts, images, warnings } = output else {
            panic!("not a project")
        };
        assert_eq!(document, "{}");
        assert_eq!((parts[0].hash, &parts[0].part), (sphere().0, &sphere().1));
        assert_eq!((images[0].0, &images[0].1.rgba), (image().0, &image().1.rgba));
        assert_eq!(warnings, []);
    }

    #[test]
    fn a_project_comes_back_to_the_bit() {
        let JobOutput::Files(mut files) =
            save("{}".to_owned(), vec![sphere()], vec![image()], &Unwatched).unwrap()
        else {
            panic!("no file")
        };
        let source = crate::FileSource::Memory(Arc::new(files.remove(0).bytes));
        let file = FileRef { name: "a.kerf".to_owned(), source };
        check(open(&file, &Bare::default(), &Unwatched).unwrap());
    }

    #[test]
    fn what_was_packed_comes_back_to_the_bit() {
        let JobOutput::Files(files) = pack(vec![sphere()], vec![image()], &Unwatched).unwrap() else {
            panic!("no files")
        };
        check(restore("{}".to_owned(), files, &Bare::default(), &Unwatched).unwrap());
    }

    #[test]
    fn a_damaged_blob_is_a_warning() {
        let file = OutputFile { name: format!("{}.kmesh", ContentHash(1)), bytes: vec![1, 2, 3] };
        let output = restore("{}".to_owned(), vec![file], &Bare::default(), &Unwatched).unwrap();
        let JobOutput::Project { parts, warnings, .. } = output else { panic!("not a project") };
        assert_eq!((parts.len(), warnings.len()), (0, 1));
    }
}
