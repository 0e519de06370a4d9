//! Does what an [`Operation`] says.

use std::sync::Arc;

use assets::{Location, Warning};
use geometry::progress::Stretch;
use geometry::{HullError, MemoryLimit, Mesh, PlacedMesh, Progress};

use crate::run::part_of;
use crate::{Change, Host, JobError, Operand, Operation, PlacedPart, Remarks};

mod boolean;
mod offset;
mod repair;
mod simplify;
mod surface;
mod trim;

/// Computes an operation; with the mesh comes what is to be said of it.
pub(crate) fn run(
    operation: &Operation,
    operands: &[Operand],
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    operation.validate().map_err(|error| JobError::failed("bad-parameters", error.to_string()))?;
    let on_one = |work: &OnOne<'_>| {
        within_memory(host, progress, |progress| {
            progress.phase("Gathering");
            let input = Input::gather(operands, host, &Stretch::new(progress, 0.0, 0.05))?;
            work(&input, &Stretch::new(progress, 0.05, 0.8))
        })
    };
    match operation {
        Operation::Boolean(boolean) => boolean::run(*boolean, operands, host, progress),
        Operation::Repair(repair) => on_one(&|input, progress| repair::run(repair, input, progress)),
        Operation::Simplify(simplify) => on_one(&|input, progress| simplify::run(simplify, input, progress)),
        Operation::Hull => on_one(&|input, progress| hull(operands, host, input, progress)),
        Operation::Offset(offset) => {
            on_one(&|input, progress| offset::run(offset, operands, host, input, progress))
        }
        Operation::Trim(trim) => on_one(&|input, progress| trim::run(trim, operands, host, input, progress)),
        Operation::Smooth(smooth) => on_one(&|input, progress| surface::smooth(smooth, input, progress)),
        Operation::Refine(refine) => on_one(&|input, progress| surface::refine(refine, input, progress)),
        Operation::Subdivide(subdivide) => {
            on_one(&|input, progress| surface::subdivide(subdivide, input, progress))
        }
    }
}

/// Work on everything together.
type OnOne<'a> = dyn Fn(&Input, &dyn Progress) -> Result<(Mesh, Remarks), JobError> + 'a;

/// What an operation with one operand works on.
struct Input {
    mesh: Arc<Mesh>,
}

impl Input {
    /// Everything together. A single part that stands where the result stands is taken as it is.
    fn gather(operands: &[Operand], host: &dyn Host, progress: &dyn Progress) -> Result<Self, JobError> {
        let placed: Vec<&PlacedPart> = operands.iter().flat_map(|operand| &operand.parts).collect();
        let mut meshes = Vec::with_capacity(placed.len());
        for placed in &placed {
            let mesh = Arc::clone(&part_of(&placed.part, host)?.surface);
            mesh.validate().map_err(|error| {
                JobError::failed("bad-mesh", format!("“{}” is damaged: {error}", names(operands)))
            })?;
            meshes.push(mesh);
        }
        if let ([only], [mesh]) = (&placed[..], &meshes[..])
            && only.result_from_part == glam::DAffine3::IDENTITY
            && slots_of(only, mesh).iter().zip(0..).all(|(&slot, own)| slot == own)
        {
            return Ok(Self { mesh: Arc::clone(mesh) });
        }
        let parts: Vec<PlacedMesh<'_>> = placed
            .iter()
            .zip(&meshes)
            .map(|(placed, mesh)| PlacedMesh {
                mesh,
                placement: placed.result_from_part,
                material_slots: slots_of(placed, mesh),
            })
            .collect();
        Ok(Self { mesh: Arc::new(geometry::joined(&parts, progress)?) })
    }

    /// The same, where there must be triangles.
    fn surface(&self) -> Result<&Mesh, JobError> {
        if self.mesh.is_empty() {
            return Err(JobError::failed("empty", "There is no surface to work with"));
        }
        Ok(&self.mesh)
    }
}

fn names(operands: &[Operand]) -> String {
    operands.iter().map(|operand| operand.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The result's slot for each slot of a part.
fn slots_of(placed: &PlacedPart, mesh: &Mesh) -> Vec<u32> {
    let num_slots = mesh.material_slots.iter().max().map_or(1, |&slot| slot + 1).max(placed.num_slots);
    let last = placed.num_slots.saturating_sub(1);
    (0..num_slots).map(|slot| placed.first_slot + slot.min(last)).collect()
}

/// Works with as much memory as there is; more of it than that is an error, not an abort.
fn within_memory<T>(
    host: &dyn Host,
    progress: &dyn Progress,
    work: impl FnOnce(&dyn Progress) -> Result<T, JobError>,
) -> Result<T, JobError> {
    let Some(limit_bytes) = host.memory_limit() else { return work(progress) };
    let limit = MemoryLimit::new(progress, limit_bytes);
    let result = work(&limit);
    match (result, limit.refusal()) {
        (Err(JobError::Cancelled), Some(refusal)) => Err(over_limit(refusal.limit_bytes)),
        (result, _) => result,
    }
}

fn over_limit(limit_bytes: u64) -> JobError {
    JobError::failed(
        "out-of-memory",
        format!(
            "This would take more than the {} MB of memory there are for it here. Simplify the parts, or take fewer of \
             them at once",
            limit_bytes >> 20
        ),
    )
}

/// The smallest convex solid around all corners and loose points.
fn hull(
    operands: &[Operand],
    host: &dyn Host,
    input: &Input,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    progress.phase("Computing");
    let mut points: Vec<glam::DVec3> =
        input.mesh.triangles.iter().flatten().map(|&corner| input.mesh.positions[corner as usize]).collect();
    for placed in operands.iter().flat_map(|operand| &operand.parts) {
        let part = part_of(&placed.part, host)?;
        let lines = part.lines.iter().flat_map(|lines| &lines.positions);
        let loose = lines.chain(part.points.iter().flat_map(|points| &points.positions));
        points.extend(loose.map(|&point| placed.result_from_part.transform_point3(point)));
    }
    let mesh = geometry::convex_hull(&points, progress).map_err(|error| match error {
        HullError::Cancelled(_) => JobError::Cancelled,
        other => JobError::failed("no-hull", other.to_string()),
    })?;
    Ok((mesh, Remarks::default()))
}

/// A note about everything.
fn note(code: &str, message: impl Into<String>) -> Warning {
    Warning::new(code, Location::Whole, message)
}

/// Collects what was changed, leaving out what was not.
#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    /// `one` and `many` follow the count: “hole was filled”, “holes were filled”.
    fn add(&mut self, code: &str, count: usize, one: &str, many: &str) {
        if count > 0 {
            let what = if count == 1 { one } else { many };
            let message = format!("{} {what}", grouped(count));
            self.0.push(Change { code: code.to_owned(), count, message });
        }
    }
}

/// A count with thin spaces between groups of three digits.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (number, digit) in digits.chars().enumerate() {
        if number > 0 && (digits.len() - number).is_multiple_of(3) && digits.len() > 4 {
            text.push('\u{2009}');
        }
        text.push(digit);
    }
    text
}
