//! Booleans of placed parts.

use std::sync::Arc;

use assets::Warning;
use geometry::boolean::{
    BooleanError, BooleanOp as KernelOp, BooleanOptions, BooleanReport, Expression, Hole,
    Operand as SolidOperand, WindingRule, boolean, evaluate,
};
use geometry::progress::Stretch;
use geometry::{Mesh, PlacedMesh, Progress, Solid, SolidError};
use glam::DAffine3;

use super::{over_limit, slots_of};
use crate::run::part_of;
use crate::{Boolean, BooleanOp, Host, JobError, Operand, PlacedPart, Remarks};

/// Computes a boolean; with the mesh come notes on what was assumed or mended.
pub(super) fn run(
    Boolean { op, rule }: Boolean,
    operands: &[Operand],
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    progress.phase("Preparing solids");
    let mut notes = Vec::new();
    let mut solids = Vec::with_capacity(operands.len());
    for (number, operand) in operands.iter().enumerate() {
        let at = number as f64 / operands.len() as f64;
        let stretch = Stretch::new(progress, 0.3 * at, 0.3 * (at + 1.0 / operands.len() as f64));
        solids.push(whole(operand, rule, host, &mut notes, &stretch)?);
    }
    progress.phase("Computing");
    let names: Vec<&str> = operands.iter().map(|operand| operand.name.as_str()).collect();
    let stretch = Stretch::new(progress, 0.3, 0.8);
    let expressions = expressions(op, solids.len());
    let outputs = evaluate(&expressions, &solids, &options(rule, host), &stretch)
        .map_err(|error| in_words(&error, &names))?;
    if let Some(output) = outputs.first() {
        notes.extend(notes_of(&output.report, &names));
    }
    let mut meshes: Vec<Mesh> = outputs.into_iter().map(|output| output.mesh).collect();
    let mesh = if meshes.len() == 1 { meshes.remove(0) } else { side_by_side(&meshes, progress)? };
    Ok((mesh, Remarks { notes, changes: Vec::new() }))
}

/// What belongs to each body of the result.
fn expressions(op: BooleanOp, num_operands: usize) -> Vec<Expression> {
    let all = |op| vec![Expression::of_operands(op, 0..num_operands)];
    match op {
        BooleanOp::Union => all(KernelOp::Union),
        BooleanOp::Difference => all(KernelOp::Difference),
        BooleanOp::Intersection => all(KernelOp::Intersection),
        BooleanOp::Xor => all(KernelOp::Xor),
        BooleanOp::Split => {
            let cutters = Expression::of_operands(KernelOp::Union, 1..num_operands);
            let inside = Expression::Apply(KernelOp::Intersection, vec![Expression::Operand(0), cutters]);
            vec![Expression::of_operands(KernelOp::Difference, 0..num_operands), inside]
        }
    }
}

/// Meshes that touch but are not joined.
fn side_by_side(meshes: &[Mesh], progress: &dyn Progress) -> Result<Mesh, JobError> {
    let placed: Vec<PlacedMesh<'_>> = meshes
        .iter()
        .map(|mesh| PlacedMesh { mesh, placement: DAffine3::IDENTITY, material_slots: Vec::new() })
        .collect();
    Ok(geometry::joined(&placed, &Stretch::new(progress, 0.8, 0.8))?)
}

/// Options without choices of the user's.
pub(super) fn usual_options(host: &dyn Host) -> BooleanOptions {
    options(WindingRule::NonZero, host)
}

fn options(winding_rule: WindingRule, host: &dyn Host) -> BooleanOptions {
    BooleanOptions { winding_rule, memory_limit: host.memory_limit(), ..BooleanOptions::default() }
}

/// All operands as one solid.
pub(super) fn together(
    operands: &[Operand],
    host: &dyn Host,
    notes: &mut Vec<Warning>,
    progress: &dyn Progress,
) -> Result<SolidOperand, JobError> {
    let parts = operands.iter().flat_map(|operand| operand.parts.iter().cloned()).collect();
    let all = Operand { parts, name: super::names(operands) };
    whole(&all, WindingRule::NonZero, host, notes, progress)
}

/// What is in one solid and not in the other.
pub(super) fn difference(
    body: SolidOperand,
    cutter: SolidOperand,
    name: &str,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<Mesh, JobError> {
    let output = boolean(KernelOp::Difference, &[body, cutter], &usual_options(host), progress)
        .map_err(|error| in_words(&error, &[name, name]))?;
    Ok(output.mesh)
}

/// An operand as one solid: several parts are joined first.
fn whole(
    operand: &Operand,
    rule: WindingRule,
    host: &dyn Host,
    notes: &mut Vec<Warning>,
    progress: &dyn Progress,
) -> Result<SolidOperand, JobError> {
    let parts = operand
        .parts
        .iter()
        .map(|placed| solid(placed, &operand.name, host, progress))
        .collect::<Result<Vec<_>, _>>()?;
    if let Ok([only]) = <[SolidOperand; 1]>::try_from(parts.clone()) {
        return Ok(only);
    }
    let names = vec![operand.name.as_str(); parts.len()];
    let joined = boolean(KernelOp::Union, &parts, &options(rule, host), progress)
        .map_err(|error| in_words(&error, &names))?;
    notes.extend(notes_of(&joined.report, &names));
    Ok(SolidOperand::new(
        Solid::new(joined.mesh, progress).map_err(|error| bad_solid(&error, &operand.name))?,
    ))
}

fn solid(
    placed: &PlacedPart,
    name: &str,
    host: &dyn Host,
    progress: &dyn Progress,
) -> Result<SolidOperand, JobError> {
    let part = part_of(&placed.part, host)?;
    let solid = Solid::new(Arc::clone(&part.surface), progress).map_err(|error| bad_solid(&error, name))?;
    let material_slots = slots_of(placed, &part.surface);
    Ok(SolidOperand { solid, placement: placed.result_from_part, material_slots })
}

fn bad_solid(error: &SolidError, name: &str) -> JobError {
    match error {
        SolidError::Cancelled(_) => JobError::Cancelled,
        other => JobError::failed("bad-mesh", format!("“{name}” cannot be computed with: {other}")),
    }
}

pub(super) fn in_words(error: &BooleanError, names: &[&str]) -> JobError {
    let name = |operand: &usize| names.get(*operand).copied().unwrap_or_default();
    match error {
        BooleanError::Cancelled(_) => JobError::Cancelled,
        BooleanError::Open { operand, num_edges, num_holes, holes, .. } => {
            let name = name(operand);
            let holes: Vec<String> = holes.iter().take(MAX_HOLES_TOLD).map(hole_in_words).collect();
            let more = if *num_holes > holes.len() { " and more" } else { "" };
            let holes = holes.join("; ");
            JobError::failed(
                JobError::OPEN_MESH,
                format!(
                    "“{name}” is not closed: it has {num_edges} open edges around {num_holes} holes: {holes}{more}. \
                     Repair it, or take another part"
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
        BooleanError::OverLimit(refusal) => over_limit(refusal.limit_bytes),
        BooleanError::TooLarge
        | BooleanError::NoSuchOperand { .. }
        | BooleanError::Plane
        | BooleanError::BeyondSingle
        | BooleanError::Unsnappable { .. } => JobError::failed("not-computed", error.to_string()),
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

pub(super) fn notes_of(report: &BooleanReport, names: &[&str]) -> Vec<Warning> {
    let mut notes = Vec::new();
    let mut note = |code: &str, message: String| notes.push(super::note(code, message));
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
