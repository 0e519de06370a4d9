//! Booleans of placed parts.

use std::sync::Arc;

use assets::{Location, Warning};
use geometry::boolean::{BooleanError, BooleanOptions, BooleanReport, Hole, Operand, boolean};
use geometry::progress::Stretch;
use geometry::{Mesh, Progress, Solid, SolidError};

use crate::run::part_of;
use crate::{BooleanOp, BooleanOperand, Host, JobError, PlacedPart};

impl From<BooleanOp> for geometry::boolean::BooleanOp {
    fn from(op: BooleanOp) -> Self {
        match op {
            BooleanOp::Union => Self::Union,
            BooleanOp::Difference => Self::Difference,
            BooleanOp::Intersection => Self::Intersection,
        }
    }
}

/// Computes a boolean; with the mesh come notes on what was assumed or repaired.
pub(crate) fn run(
    op: BooleanOp,
    operands: &[BooleanOperand],
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<(Mesh, Vec<Warning>), JobError> {
    progress.phase("Preparing solids");
    let mut notes = Vec::new();
    let mut solids = Vec::with_capacity(operands.len());
    for (number, operand) in operands.iter().enumerate() {
        let at = number as f64 / operands.len() as f64;
        let stretch = Stretch::new(progress, 0.3 * at, 0.3 * (at + 1.0 / operands.len() as f64));
        solids.push(whole(operand, host, &mut notes, &stretch)?);
    }
    progress.phase("Computing");
    let names: Vec<&str> = operands.iter().map(|operand| operand.name.as_str()).collect();
    let stretch = Stretch::new(progress, 0.3, 0.8);
    let options = BooleanOptions { memory_limit: host.memory_limit(), ..BooleanOptions::default() };
    let output = boolean(op.into(), &solids, &options, &stretch).map_err(|error| in_words(&error, &names))?;
    notes.extend(notes_of(&output.report, &names));
    Ok((output.mesh, notes))
}

/// An operand as one solid: several parts are joined first.
fn whole(
    operand: &BooleanOperand,
    host: &dyn Host,
    notes: &mut Vec<Warning>,
    progress: &dyn Progress,
) -> Result<Operand, JobError> {
    let parts = operand
        .parts
        .iter()
        .map(|placed| solid(placed, &operand.name, host, progress))
        .collect::<Result<Vec<_>, _>>()?;
    if let Ok([only]) = <[Operand; 1]>::try_from(parts.clone()) {
        return Ok(only);
    }
    let names = vec![operand.name.as_str(); parts.len()];
    let options = BooleanOptions { memory_limit: host.memory_limit(), ..BooleanOptions::default() };
    let joined = boolean(geometry::boolean::BooleanOp::Union, &parts, &options, progress)
        .map_err(|error| in_words(&error, &names))?;
    notes.extend(notes_of(&joined.report, &names));
    Ok(Operand::new(Solid::new(joined.mesh, progress).map_err(|error| bad_solid(&error, &operand.name))?))
}

fn solid(
    placed: &PlacedPart,
    name: &str,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<Operand, JobError> {
    let part = part_of(&placed.part, host)?;
    let solid = Solid::new(Arc::clone(&part.surface), progress).map_err(|error| bad_solid(&error, name))?;
    let num_slots =
        part.surface.material_slots.iter().max().map_or(1, |&slot| slot + 1).max(placed.num_slots);
    let last = placed.num_slots.saturating_sub(1);
    let material_slots = (0..num_slots).map(|slot| placed.first_slot + slot.min(last)).collect();
    Ok(Operand { solid, placement: placed.result_from_part, material_slots })
}

fn bad_solid(error: &SolidError, name: &str) -> JobError {
    match error {
        SolidError::Cancelled(_) => JobError::Cancelled,
        other => JobError::failed("bad-mesh", format!("“{name}” cannot be computed with: {other}")),
    }
}

fn in_words(error: &BooleanError, names: &[&str]) -> JobError {
    let name = |operand: &usize| names.get(*operand).copied().unwrap_or_default();
    match error {
        BooleanError::Cancelled(_) => JobError::Cancelled,
        BooleanError::Open { operand, num_edges, num_holes, holes, .. } => {
            let name = name(operand);
            let holes: Vec<String> = holes.iter().take(MAX_HOLES_TOLD).map(hole_in_words).collect();
            let more = if *num_holes > holes.len() { " and more" } else { "" };
            let holes = holes.join("; ");
            JobError::failed(
                "open-mesh",
                format!(
                    "“{name}” is not closed: it has {num_edges} open edges around {num_holes} holes: {holes}{more}. \
                     Close the holes, or take another part"
                ),
            )
        }
        BooleanError::OutOfRange { operand, .. } => JobError::failed(
            "out-of-range",
            format!("“{}” stands too far away to compute with", name(operand)),
        ),
        BooleanError::Flattened { operand, triangle } => JobError::failed(
            "flattened",
            format!("the placement of “{}” flattens its triangle {triangle}; scale it less", name(operand)),
        ),
        BooleanError::OverLimit(refusal) => JobError::failed(
            "out-of-memory",
            format!(
                "This would take more than the {} MB of memory there are for it here. Simplify the parts, or take fewer of \
                 them at once",
                refusal.limit_bytes >> 20
            ),
        ),
        BooleanError::TooThin
        | BooleanError::TooLarge
        | BooleanError::NoSuchOperand { .. }
        | BooleanError::Plane
        | BooleanError::Unsnappable => JobError::failed("not-computed", error.to_string()),
    }
}

/// Holes named in one message.
const MAX_HOLES_TOLD: usize = 3;

fn hole_in_words(hole: &Hole) -> String {
    let (center, size) = (hole.center(), hole.high - hole.low);
    format!(
        "{} edges around ({:.3}, {:.3}, {:.3}) mm, {:.3} mm across",
        hole.num_edges,
        center.x,
        center.y,
        center.z,
        size.length()
    )
}

fn notes_of(report: &BooleanReport, names: &[&str]) -> Vec<Warning> {
    let mut notes = Vec::new();
    let mut note = |code: &str, message: String| notes.push(Warning::new(code, Location::Whole, message));
    let name = |operand: &usize| names.get(*operand).copied().unwrap_or_default();
    for operand in &report.closed_by_cutting {
        note(
            "closed-by-cutting",
            format!("“{}” was not closed by its indices, but its faces close it", name(operand)),
        );
    }
    for mended in &report.mended {
        let name = name(&mended.operand);
        if mended.num_joined + mended.num_junctions > 0 {
            note(
                "closed-cracks",
                format!(
                    "“{name}” had cracks: {} positions at open edges were joined and {} edges divided, by at most \
                     {:.3e} mm",
                    mended.num_joined, mended.num_junctions, mended.largest_move
                ),
            );
        }
        if mended.num_turned > 0 {
            note(
                "mixed-winding",
                format!(
                    "{} triangles of “{name}” were turned to wind as their neighbours do",
                    mended.num_turned
                ),
            );
        }
        if mended.num_spanned > 0 {
            note("spanned-holes", format!("{} holes of “{name}” were spanned", mended.num_spanned));
        }
    }
    for operand in &report.inside_out {
        note(
            "inside-out",
            format!("“{}” is wound inside out in places; it was taken as solid there", name(operand)),
        );
    }
    for operand in &report.overlapping {
        note("self-overlap", format!("“{}” overlaps itself; it counts once there", name(operand)));
    }
    if report.num_degenerate > 0 {
        note("degenerate", format!("{} triangles without area were left out", report.num_degenerate));
    }
    notes
}
