//! Project files and packed blobs.

use std::sync::Arc;

use assets::Image;
use geometry::{ContentHash, Progress};

use crate::{FileRef, Host, JobError, JobOutput, OutputFile, Part};

pub(crate) fn save(
    _document: String,
    _parts: Vec<(ContentHash, Arc<Part>)>,
    _images: Vec<(ContentHash, Arc<Image>)>,
    _progress: &dyn Progress,
) -> Result<JobOutput, JobError> {
    Err(JobError::failed("unsupported", "projects cannot be written yet"))
}

pub(crate) fn open(
    _file: &FileRef,
    _host: &dyn Host,
    _progress: &dyn Progress,
) -> Result<JobOutput, JobError> {
    Err(JobError::failed("unsupported", "projects cannot be read yet"))
}

pub(crate) fn pack(
    _parts: Vec<(ContentHash, Arc<Part>)>,
    _images: Vec<(ContentHash, Arc<Image>)>,
    _progress: &dyn Progress,
) -> Result<JobOutput, JobError> {
    Ok(JobOutput::Files(Vec::new()))
}

pub(crate) fn restore(
    _document: String,
    _files: Vec<OutputFile>,
    _host: &dyn Host,
    _progress: &dyn Progress,
) -> Result<JobOutput, JobError> {
    Err(JobError::failed("unsupported", "projects cannot be read yet"))
}
