//! What tests over several crates share: the corpus of real files, and jobs run here and now.

use std::path::{Path, PathBuf};

use jobs::{FileRef, FileSource, JobError, JobOutput, JobRequest};

/// The folder of real model files beside the repository, or `None` with a printed reason where it is absent. Cargo runs tests in
/// the folder of their package; where it built them may be another clone's, so that is not asked.
#[must_use]
pub fn corpus() -> Option<PathBuf> {
    let folder = PathBuf::from("../../shared/corpus");
    if folder.join("MANIFEST.csv").is_file() {
        return Some(folder);
    }
    #[expect(clippy::print_stdout, reason = "a skipped test says why")]
    {
        println!("skipped: there is no corpus at {}", folder.display());
    }
    None
}

/// All files below a folder, in the order of their paths.
#[must_use]
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// A file on disk, for a job.
#[must_use]
pub fn file(path: &Path) -> FileRef {
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    FileRef { name, source: FileSource::Path(path.to_string_lossy().into_owned()) }
}

/// Reads a model as the app does.
///
/// # Errors
/// Those of the job.
pub fn open(path: &Path) -> Result<JobOutput, JobError> {
    let request = JobRequest::Import { files: vec![file(path)], options: assets::ImportOptions::default() };
    kerf::job_queue::run_here(request)
}
