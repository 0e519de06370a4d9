//! Making a sound mesh of what a file held.
//!
//! [`repair`] does, in this order and each only where asked: drop what is broken, weld, split edges at vertices that lie
//! on them, drop duplicates, keep the largest shells, turn triangles to wind alike and outward, and fill holes. A mesh
//! that passes through itself needs [`outer_hull`] afterwards.

use std::borrow::Cow;

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::boolean::{
    BooleanError, BooleanOp, BooleanOptions, Operand, SelfIntersections, WindingRule, boolean,
};
use crate::draft::Draft;
use crate::memory::{Holding, bytes_per};
use crate::progress::{Cancelled, Progress, Stretch};
use crate::topology::{Edges, NO_SHELL, is_degenerate};
use crate::weld::weld_positions_within_watched;
use crate::{Mesh, MeshError, Solid, SolidError};

mod duplicates;
pub(crate) mod holes;
pub(crate) mod junctions;
mod orient;
mod patch;
#[cfg(test)]
mod tests;

pub use holes::{HoleFill, HoleOptions};
pub use orient::Orientation;

/// What [`repair`] does. The default welds equal positions, drops what is degenerate or double, splits T-junctions, turns
/// triangles outward and fills no holes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RepairOptions {
    /// Positions at most this far apart become one, and vertices this near to an open edge split it, millimetres. 0 is for
    /// exact coincidence.
    pub tolerance: f64,
    /// Whether open edges are split where vertices at other open edges lie on them.
    pub splits_t_junctions: bool,
    /// Whether of triangles over the same positions only the first stays. Of a wall of double triangles that wind
    /// differently, between two closed parts, nothing stays.
    pub drops_duplicates: bool,
    /// Only this many shells stay, those with the largest area.
    pub max_shells: usize,
    /// How triangles are turned.
    pub orientation: Orientation,
    /// Which holes are filled, if any.
    pub holes: Option<HoleOptions>,
}

impl Default for RepairOptions {
    fn default() -> Self {
        Self {
            tolerance: 0.0,
            splits_t_junctions: true,
            drops_duplicates: true,
            max_shells: usize::MAX,
            orientation: Orientation::Outward,
            holes: None,
        }
    }
}

/// What a repair changed. All 0 for a mesh that was right.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepairReport {
    /// Triangles dropped because a position was missing or not finite.
    pub num_broken: usize,
    /// Positions that another one stands for now.
    pub num_merged: usize,
    /// Triangles dropped because they named a position twice, before or after the merge.
    pub num_degenerate: usize,
    /// Triangles dropped because there was another one over the same positions.
    pub num_duplicate: usize,
    /// Vertices at which edges were split.
    pub num_junctions: usize,
    /// Shells dropped.
    pub num_shells: usize,
    /// Triangles turned.
    pub num_turned: usize,
    /// Edges at which triangles cannot wind alike, since the surface has one side only.
    pub num_one_sided: usize,
    /// Holes filled.
    pub num_filled: usize,
    /// Triangles that fill them.
    pub num_added: usize,
    /// Holes left open: too large, or bounded by edges with more than two triangles.
    pub num_left_open: usize,
}

/// Why a mesh was not repaired.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RepairError {
    /// Arrays of the mesh do not fit together in a way that tells nothing of what was meant.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// The tolerance is NaN, infinite or negative.
    #[error("the tolerance must be a length of at least 0 mm")]
    Tolerance,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// Repairs a mesh and tells what was changed. Attributes follow; new triangles have none, and the material slot of a
/// neighbour.
///
/// # Errors
/// See [`RepairError`].
pub fn repair(
    mesh: &Mesh,
    options: &RepairOptions,
    progress: &dyn Progress,
) -> Result<(Mesh, RepairReport), RepairError> {
    if !(options.tolerance >= 0.0 && options.tolerance.is_finite()) {
        return Err(RepairError::Tolerance);
    }
    let mut report = RepairReport::default();
    // Edges and corners; the weld. Later there are orders, neighbours and new corners instead.
    let _held = Holding::new(progress, bytes_per(mesh, Edges::BYTES_PER_TRIANGLE + 24, 28))?;
    progress.report(0.0)?;
    let sound = without_broken(mesh, &mut report)?;
    progress.report(0.05)?;
    let welding = Stretch::new(progress, 0.05, 0.2);
    let weld = weld_positions_within_watched(&sound.positions, options.tolerance, &welding)?;
    report.num_merged = sound.positions.len() - weld.positions.len();
    let mut draft = Draft::over(&sound, weld.positions);
    progress.report(0.2)?;
    if report.num_merged > 0 {
        draft.map_corners(|corner| weld.new_from_old[corner as usize]);
    }
    progress.report(0.2)?;
    report.num_degenerate = drop_degenerate(&mut draft);
    progress.report(0.2)?;
    if options.splits_t_junctions {
        let splitting = Stretch::new(progress, 0.2, 0.35);
        report.num_junctions = junctions::split(&mut draft, options.tolerance, &splitting)?;
        report.num_degenerate += drop_degenerate(&mut draft);
    }
    if options.drops_duplicates {
        report.num_duplicate = duplicates::drop(&mut draft, &Stretch::new(progress, 0.35, 0.4))?;
    }
    let choosing = Stretch::new(progress, 0.4, 0.45);
    report.num_shells = keep_largest(&mut draft, options.max_shells, &choosing)?;
    orient::orient(&mut draft, options.orientation, &mut report, &Stretch::new(progress, 0.45, 0.7))?;
    if let Some(holes) = &options.holes {
        holes::fill(&mut draft, holes, &mut report, &Stretch::new(progress, 0.7, 1.0))?;
    }
    Ok((draft.finish(), report))
}

/// Drops triangles that have no corners to speak of. Arrays that do not fit together are an error.
fn without_broken<'a>(mesh: &'a Mesh, report: &mut RepairReport) -> Result<Cow<'a, Mesh>, MeshError> {
    match mesh.validate() {
        Ok(()) => return Ok(Cow::Borrowed(mesh)),
        Err(MeshError::NonFinite { .. } | MeshError::IndexOutOfRange { .. }) => {}
        Err(error) => return Err(error),
    }
    let is_sound = |corners: &[u32; 3]| {
        corners.iter().all(|&corner| mesh.positions.get(corner as usize).is_some_and(|it| it.is_finite()))
    };
    let first = mesh.triangles.iter().position(is_sound).map_or([0; 3], |triangle| mesh.triangles[triangle]);
    // With stand-ins for what is broken the rest can be checked.
    let mut whole = mesh.clone();
    whole.positions.iter_mut().filter(|point| !point.is_finite()).for_each(|point| *point = DVec3::ZERO);
    if whole.positions.is_empty() {
        report.num_broken = mesh.triangles.len();
        return Ok(Cow::Owned(Mesh::default()));
    }
    let sound: Vec<bool> = mesh.triangles.iter().map(is_sound).collect();
    for (corners, _) in whole.triangles.iter_mut().zip(&sound).filter(|(_, is_sound)| !**is_sound) {
        *corners = first;
    }
    whole.validate()?;
    let mut draft = Draft::of(&whole);
    report.num_broken = draft.retain(|triangle| sound[triangle]);
    Ok(Cow::Owned(draft.finish()))
}

fn drop_degenerate(draft: &mut Draft) -> usize {
    let degenerate: Vec<bool> = draft.triangles().iter().map(|&corners| is_degenerate(corners)).collect();
    draft.retain(|triangle| !degenerate[triangle])
}

/// Keeps the shells with the largest area, the first of equal ones; returns how many were dropped.
fn keep_largest(draft: &mut Draft, max_shells: usize, progress: &dyn Progress) -> Result<usize, Cancelled> {
    let edges =
        Edges::new_watched(draft.triangles(), draft.positions.len(), &Stretch::new(progress, 0.0, 0.5))?;
    let shells = edges.shells_watched(draft.triangles(), &Stretch::new(progress, 0.5, 0.9))?;
    if shells.len <= max_shells {
        return Ok(0);
    }
    let mut areas = vec![0.0; shells.len];
    for (triangle, &shell) in shells.of_triangle.iter().enumerate().filter(|(_, shell)| **shell != NO_SHELL) {
        let [a, b, c] = draft.points(triangle);
        areas[shell as usize] += (b - a).cross(c - a).length();
    }
    let mut order: Vec<usize> = (0..shells.len).collect();
    order.sort_by(|&one, &other| areas[other].total_cmp(&areas[one]));
    let mut is_kept = vec![false; shells.len];
    order[..max_shells].iter().for_each(|&shell| is_kept[shell] = true);
    draft.retain(|triangle| is_kept.get(shells.of_triangle[triangle] as usize).is_some_and(|&kept| kept));
    Ok(shells.len - max_shells)
}

/// Why there is no outer hull.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OuterHullError {
    /// The mesh cannot be prepared.
    #[error(transparent)]
    Solid(#[from] SolidError),
    /// The mesh is not closed, or the boolean failed in another way.
    #[error(transparent)]
    Boolean(#[from] BooleanError),
}

/// The surface of everything that is inside a closed mesh, by the rule given: without what lies within, and without
/// passing through itself. Exact, by a boolean with one operand.
///
/// # Errors
/// When the mesh is malformed or not closed.
pub fn outer_hull(mesh: &Mesh, rule: WindingRule, progress: &dyn Progress) -> Result<Mesh, OuterHullError> {
    // The copy with its connectivity and its tree.
    let _held = Holding::new(progress, bytes_per(mesh, 12 + 12 + 48, 24)).map_err(SolidError::from)?;
    let solid = Solid::new(mesh.clone(), &Stretch::new(progress, 0.0, 0.2))?;
    let options = BooleanOptions {
        winding_rule: rule,
        self_intersections: SelfIntersections::Resolve,
        ..BooleanOptions::default()
    };
    let stretch = Stretch::new(progress, 0.2, 1.0);
    Ok(boolean(BooleanOp::Union, &[Operand::new(solid)], &options, &stretch)?.mesh)
}
