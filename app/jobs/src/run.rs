//! The one door: every request is answered here.

use geometry::Progress;

use crate::{Host, JobError, JobOutput, JobRequest};

/// Does a piece of work.
///
/// # Errors
/// See [`JobError`]; never [`JobError::WorkerLost`], which only a queue can know.
pub fn run(request: JobRequest, host: &dyn Host, progress: &dyn Progress) -> Result<JobOutput, JobError> {
    let _ = (request, host, progress);
    Err(JobError::failed("unsupported", "no job runs yet"))
}
