//! Smoother and finer surfaces.

use geometry::{Mesh, Progress, RefineError, Semantic};

use super::{Changes, Input};
use crate::{JobError, Refine, Remarks, Smooth, Subdivide};

/// No subdivision makes more triangles.
const MAX_TRIANGLES: usize = 50_000_000;

pub(super) fn smooth(
    smooth: &Smooth,
    input: &Input,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    progress.phase("Smoothing");
    let mesh = geometry::smooth(input.surface()?, smooth.rounds, progress)?;
    Ok((without_normals(mesh), Remarks::default()))
}

pub(super) fn refine(
    refine: &Refine,
    input: &Input,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    progress.phase("Refining");
    let before = input.surface()?;
    let mesh = geometry::refine(before, refine.max_length, progress).map_err(in_words)?;
    let remarks = added(before, &mesh);
    Ok((mesh, remarks))
}

pub(super) fn subdivide(
    subdivide: &Subdivide,
    input: &Input,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    progress.phase("Subdividing");
    let before = input.surface()?;
    let count = before.triangles.len().checked_mul(4_usize.saturating_pow(subdivide.rounds));
    if count.is_none_or(|count| count > MAX_TRIANGLES) {
        let message = format!("That would be more than {} million triangles", MAX_TRIANGLES / 1_000_000);
        return Err(JobError::failed("too-large", message));
    }
    let mesh = geometry::subdivide(before, subdivide.rounds, progress).map_err(in_words)?;
    let remarks = added(before, &mesh);
    Ok((without_normals(mesh), remarks))
}

fn in_words(error: RefineError) -> JobError {
    match error {
        RefineError::Cancelled(_) => JobError::Cancelled,
        RefineError::TooLarge => JobError::failed("too-large", error.to_string()),
        other => JobError::failed("not-refined", other.to_string()),
    }
}

fn added(before: &Mesh, after: &Mesh) -> Remarks {
    let mut changes = Changes::default();
    let count = after.triangles.len().saturating_sub(before.triangles.len());
    changes.add("added", count, "triangle was added", "triangles were added");
    Remarks { notes: Vec::new(), changes: changes.0 }
}

/// Normals of the shape before would show the shape before.
fn without_normals(mut mesh: Mesh) -> Mesh {
    mesh.channels.retain(|channel| !matches!(channel.semantic, Semantic::Normal | Semantic::Tangent));
    mesh
}
