//! Cuts along a plane.

use geometry::boolean::{Side, cut_by_plane, trim_by_plane};
use geometry::progress::Stretch;
use geometry::{Mesh, PlacedMesh, Plane, Progress};
use glam::DAffine3;

use super::{Input, boolean, note};
use crate::{Host, JobError, Operand, Remarks, Trim, TrimKept};

pub(super) fn run(
    trim: &Trim,
    operands: &[Operand],
    host: &dyn Host,
    input: &Input,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    input.surface()?;
    let normal = trim.normal.try_normalize().ok_or_else(|| JobError::failed("bad-plane", "no direction"))?;
    let plane = Plane { origin: normal * trim.height, normal: trim.normal };
    let mut remarks = Remarks::default();
    let sides = match trim.kept {
        TrimKept::Above => vec![Side::Above],
        TrimKept::Below => vec![Side::Below],
        TrimKept::Both => vec![Side::Above, Side::Below],
    };
    let mut halves: Vec<Mesh> = if trim.is_capped {
        capped(&plane, &sides, operands, host, &mut remarks, progress)?
    } else {
        progress.phase("Cutting");
        sides
            .iter()
            .map(|&side| geometry::clip(&input.mesh, &plane, side, progress))
            .collect::<Result<_, _>>()?
    };
    if halves.iter().all(Mesh::is_empty) {
        remarks.notes.push(note("nothing-left", "The plane leaves nothing on the side that is kept"));
    }
    if let [only] = &mut halves[..] {
        return Ok((std::mem::take(only), remarks));
    }
    let placed: Vec<PlacedMesh<'_>> = halves
        .iter()
        .zip(&sides)
        .map(|(mesh, side)| PlacedMesh {
            mesh,
            placement: DAffine3::from_translation(normal * apart(trim, *side)),
            material_slots: Vec::new(),
        })
        .collect();
    Ok((geometry::joined(&placed, progress)?, remarks))
}

/// How far a side is moved along the normal.
fn apart(trim: &Trim, side: Side) -> f64 {
    let half = if trim.kept == TrimKept::Both { trim.gap * 0.5 } else { 0.0 };
    match side {
        Side::Above => half,
        Side::Below => -half,
    }
}

fn capped(
    plane: &Plane,
    sides: &[Side],
    operands: &[Operand],
    host: &dyn Host,
    remarks: &mut Remarks,
    progress: &dyn Progress,
) -> Result<Vec<Mesh>, JobError> {
    progress.phase("Preparing solids");
    let body = boolean::together(operands, host, &mut remarks.notes, &Stretch::new(progress, 0.0, 0.4))?;
    progress.phase("Cutting");
    // The cut looks like the rest of the part.
    let cap_slot = body.material_slots.first().copied().unwrap_or(0);
    let options = boolean::usual_options(host);
    let cutting = Stretch::new(progress, 0.4, 1.0);
    let outputs = match sides {
        [side] => trim_by_plane(&body, plane, *side, cap_slot, &options, &cutting).map(|output| vec![output]),
        _ => cut_by_plane(&body, plane, cap_slot, &options, &cutting).map(Vec::from),
    };
    let outputs = outputs.map_err(|error| boolean::in_words(&error, &[&super::names(operands)]))?;
    if let Some(output) = outputs.first() {
        remarks.notes.extend(boolean::notes_of(&output.report, &[&super::names(operands)]));
    }
    Ok(outputs.into_iter().map(|output| output.mesh).collect())
}
