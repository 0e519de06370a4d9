//! Simplification, and what is left.

use geometry::{Mesh, Progress, SimplifyError, SimplifyOptions};

use super::{Changes, Input, grouped, note};
use crate::{JobError, Remarks, Simplify};

pub(super) fn run(
    options: &Simplify,
    input: &Input,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    progress.phase("Simplifying");
    let mesh = input.surface()?;
    let before = mesh.triangles.len();
    let options = SimplifyOptions {
        target_triangles: (before as f64 * options.share).ceil() as usize,
        max_deviation: options.max_deviation.unwrap_or(f64::INFINITY),
        keeps_boundary: options.keeps_boundary,
    };
    let simple = geometry::simplify(mesh, &options, progress).map_err(|error| match error {
        SimplifyError::Cancelled(_) => JobError::Cancelled,
        other => JobError::failed("not-simplified", other.to_string()),
    })?;
    let left = simple.triangles.len();
    let mut changes = Changes::default();
    changes.add("removed", before - left, "triangle was taken away", "triangles were taken away");
    let mut remarks = Remarks { notes: Vec::new(), changes: changes.0 };
    if left > options.target_triangles
        && options.max_deviation == f64::INFINITY
        && options.target_triangles > 0
    {
        remarks.notes.push(note(
            "not-simpler",
            format!("{} triangles are left: fewer would change what is connected with what", grouped(left)),
        ));
    }
    Ok((simple, remarks))
}
