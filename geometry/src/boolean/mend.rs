//! Closes operands that are open even after cutting, as far as the options allow, and notes what was done.
//!
//! Cracks first, then triangles that wind differently than their neighbours, then holes. Whatever is not a matter of these
//! stays as it is: no position away from open edges moves, and no triangle of a part that agrees in itself is turned.

use std::collections::BTreeMap;

use glam::DVec3;

use super::agree::agree;
use super::{
    BooleanError, BooleanOptions, BooleanOutput, Cracks, Holes, Mended, MixedWinding, Operand, Source,
};
use crate::draft::Draft;
use crate::progress::{Cancelled, Progress, Stretch};
use crate::repair::{HoleOptions, RepairReport, holes, junctions};
use crate::solid::SolidError;
use crate::topology::{Edges, end_of, start_of};
use crate::weld::{weld_positions, weld_positions_within};
use crate::{Solid, parallel, triangulate};

/// Positions closer than this part of the largest coordinate are taken for one at open edges: some roundings of `f32`.
const SINGLE_TOLERANCE: f64 = 1e-6;

/// An operand that was mended.
pub(super) struct Mend {
    pub(super) solid: Solid,
    /// The triangles of its mesh before this one are surface; the others only span holes.
    pub(super) num_surface: usize,
    pub(super) told: Mended,
    /// The triangle of the operand's mesh that each triangle comes from.
    origins: Vec<u32>,
}

/// Mends these operands; leaves out those at which nothing can be done.
pub(super) fn mend_all(
    operands: &[Operand],
    open: &[usize],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Vec<Mend>, BooleanError> {
    let mended =
        parallel::map(open, |_, &operand| mend(&operands[operand].solid, operand, options, progress));
    let mut mends = Vec::with_capacity(open.len());
    for mend in mended {
        mends.extend(mend?);
    }
    Ok(mends)
}

/// The operands with those that were mended in their places.
pub(super) fn with_mends(operands: &[Operand], mends: &[Mend]) -> Vec<Operand> {
    let mut operands = operands.to_vec();
    mends.iter().for_each(|mend| operands[mend.told.operand].solid = mend.solid.clone());
    operands
}

/// Puts what was done into the report of a result, and makes its sources those of the operands as they were given.
pub(super) fn tell(mends: &[Mend], output: &mut BooleanOutput) {
    output.report.mended = mends.iter().map(|mend| mend.told).collect();
    for Source { operand, triangle } in &mut output.sources {
        if let Some(mend) = mends.iter().find(|mend| mend.told.operand == *operand as usize) {
            *triangle = mend.origins[*triangle as usize];
        }
    }
}

fn mend(
    solid: &Solid,
    operand: usize,
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Option<Mend>, BooleanError> {
    let mesh = solid.mesh();
    let mut told = Mended { operand, ..Mended::default() };
    let mut draft = Draft::of(mesh);
    let weld = weld_positions(&mesh.positions);
    draft.map_corners(|corner| weld.new_from_old[corner as usize]);
    draft.positions = weld.positions;
    drop_degenerate(&mut draft);
    progress.report(0.1)?;
    let size = draft.positions.iter().fold(0.0_f64, |size, point| size.max(point.abs().max_element()));
    let tolerance = match options.cracks {
        Cracks::ToSingle => size * SINGLE_TOLERANCE,
        Cracks::Within(tolerance) if tolerance.is_finite() => tolerance.max(0.0),
        Cracks::Within(_) | Cracks::Keep => 0.0,
    };
    if tolerance > 0.0 {
        close_cracks(&mut draft, tolerance, &mut told, &Stretch::new(progress, 0.1, 0.2))?;
    }
    progress.report(0.2)?;
    if options.mixed_winding == MixedWinding::Turn {
        told.num_turned = agree(&mut draft, &Stretch::new(progress, 0.2, 0.5))?;
    }
    let num_surface = draft.len();
    if options.holes != Holes::Refuse {
        span(&mut draft, &mut told, &Stretch::new(progress, 0.5, 0.8))?;
        told.is_voted = options.holes == Holes::WindingNumber && told.num_added > 0;
    }
    if told.num_joined + told.num_junctions + told.num_turned + told.num_added == 0 {
        return Ok(None);
    }
    let origins = draft.origins().to_vec();
    let solid =
        Solid::new(draft.finish(), &Stretch::new(progress, 0.8, 1.0)).map_err(|error| match error {
            SolidError::Cancelled(cancelled) => BooleanError::Cancelled(cancelled),
            SolidError::Mesh(_) | SolidError::TooFar { .. } => BooleanError::TooLarge,
        })?;
    Ok(Some(Mend { solid, num_surface, told, origins }))
}

/// Triangles that merely have no area stay: where the operand is placed, they may have one.
fn drop_degenerate(draft: &mut Draft) {
    let is_kept: Vec<bool> = (0..draft.len()).map(|triangle| !draft.is_degenerate(triangle)).collect();
    draft.retain(|triangle| is_kept[triangle]);
}

/// Joins positions at open edges, then divides open edges at such positions.
fn close_cracks(
    draft: &mut Draft,
    tolerance: f64,
    told: &mut Mended,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let triangles = draft.triangles();
    let mut rim: Vec<u32> = Edges::new(triangles, draft.positions.len())
        .iter()
        .filter(|halfedges| halfedges.len() == 1)
        .flat_map(|halfedges| [start_of(triangles, halfedges[0]), end_of(triangles, halfedges[0])])
        .collect();
    rim.sort_unstable();
    rim.dedup();
    let points: Vec<DVec3> = rim.iter().map(|&position| draft.positions[position as usize]).collect();
    let weld = weld_positions_within(&points, tolerance);
    told.num_joined = points.len() - weld.positions.len();
    if told.num_joined > 0 {
        let mut first_of = vec![u32::MAX; weld.positions.len()];
        let mut new_of: Vec<u32> = (0..draft.positions.len() as u32).collect();
        for ((&position, point), &new) in rim.iter().zip(&points).zip(&weld.new_from_old) {
            let first = &mut first_of[new as usize];
            *first = (*first).min(position);
            new_of[position as usize] = *first;
            let joined = weld.positions[new as usize];
            draft.positions[position as usize] = joined;
            told.largest_move = told.largest_move.max(joined.distance(*point));
        }
        draft.map_corners(|corner| new_of[corner as usize]);
        drop_degenerate(draft);
    }
    told.num_junctions = junctions::split(draft, tolerance, progress)?;
    if told.num_junctions > 0 {
        told.largest_move = told.largest_move.max(tolerance);
        drop_degenerate(draft);
    }
    Ok(())
}

/// Spans triangles across all holes.
fn span(draft: &mut Draft, told: &mut Mended, progress: &dyn Progress) -> Result<(), Cancelled> {
    let before = draft.len();
    let mut report = RepairReport::default();
    holes::fill(draft, &HoleOptions::default(), &mut report, progress)?;
    told.num_spanned = report.num_filled;
    // What is left lies at edges with several triangles. As much as runs in there runs out, so it is made of loops.
    for (corners, neighbor) in loops(draft) {
        let points: Vec<DVec3> = corners.iter().map(|&corner| draft.positions[corner as usize]).collect();
        for triangle in triangulate(&points) {
            draft.add(triangle.map(|corner| corners[corner as usize]), neighbor as usize);
        }
        told.num_spanned += 1;
    }
    told.num_added = draft.len() - before;
    Ok(())
}

/// The loops that close what is open, in the direction of the triangles to span, each with a triangle beside it.
fn loops(draft: &Draft) -> Vec<(Vec<u32>, u32)> {
    let triangles = draft.triangles();
    let mut ways: BTreeMap<u32, Vec<(u32, u32)>> = BTreeMap::new();
    for halfedges in Edges::new(triangles, draft.positions.len()).iter() {
        let ends = |halfedge: u32| (start_of(triangles, halfedge), end_of(triangles, halfedge));
        let (low, high) = {
            let (from, to) = ends(halfedges[0]);
            (from.min(to), from.max(to))
        };
        let num_up = halfedges.iter().filter(|&&halfedge| ends(halfedge).0 == low).count();
        let num_down = halfedges.len() - num_up;
        let (from, to) = if num_up > num_down { (high, low) } else { (low, high) };
        let missing = num_up.abs_diff(num_down);
        ways.entry(from).or_default().extend(std::iter::repeat_n((to, halfedges[0] / 3), missing));
    }
    let mut loops = Vec::new();
    while let Some(start) = ways.iter().find(|(_, ends)| !ends.is_empty()).map(|(&start, _)| start) {
        let mut path: Vec<(u32, u32)> = Vec::new();
        let mut at = start;
        while let Some((next, neighbor)) = ways.get_mut(&at).and_then(Vec::pop) {
            path.push((at, neighbor));
            at = next;
            if let Some(first) = path.iter().position(|&(corner, _)| corner == at) {
                let found: Vec<(u32, u32)> = path.drain(first..).collect();
                loops.push((found.iter().map(|&(corner, _)| corner).collect(), found[0].1));
            }
        }
        ways.retain(|_, ends| !ends.is_empty());
    }
    loops
}
