//! Brings a result to single precision without letting it pass through itself.
//!
//! Rounding every position may fold a surface or push it through another part of itself. So what meets itself then is cut
//! anew, exactly; the new points of that are rounded in turn, and so on, until a round brings no new points. Where that
//! goes on, it is because points lie as close to each other as rounding moves them; so after a few rounds points that are
//! hardly farther apart than `f32` numbers become one, and each round a little farther ones. What moved how far is
//! measured. Nobody has proved that this ends for every mesh, so there is a limit, beyond which it is an error.
//!
//! Sources: Qingnan Zhou et al., “Mesh Arrangements for Solid Geometry”, 2016, section 3.4, for rounding and cutting in
//! turn; Victor Milenkovic and Elisha Sacks, “Geometric rounding and feature separation in meshes”, 2019, for why points
//! have to be kept apart.

use glam::DVec3;

use super::{
    BooleanError, BooleanOp, BooleanOptions, BooleanOutput, Choice, Coincidence, Cracks, Holes, MixedWinding,
    Operand, Precision, SelfIntersections, WindingRule,
};
use crate::progress::Progress;
use crate::solid::SolidError;
use crate::weld::weld_positions_within;
use crate::{Mesh, Solid};

/// Rounds before it is given up: by then points 256 numbers of single precision apart become one.
const MAX_ROUNDS: usize = 12;

/// Rounds before points that are close to each other become one.
const NUM_PATIENT: usize = 3;

/// The result may have grown by so much before it is given up.
const MAX_GROWTH: usize = 8;

/// A result of which all positions are exact in `f32`.
///
/// # Errors
/// [`BooleanError::Unsnappable`] where it does not come to an end, or a coordinate is out of the range of `f32`.
pub(super) fn snap(
    mut output: BooleanOutput,
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<BooleanOutput, BooleanError> {
    let options = BooleanOptions {
        // What rounding turns inside out is smaller than its own error, and is nothing.
        winding_rule: WindingRule::Positive,
        self_intersections: SelfIntersections::Resolve,
        coincidence: Coincidence::Exact,
        cracks: Cracks::Keep,
        mixed_winding: MixedWinding::Keep,
        holes: Holes::Refuse,
        touching: options.touching,
        // Not again, but without positions in the middle of edges.
        precision: Precision::Single,
        // The progress knows about it.
        memory_limit: None,
    };
    if output.mesh.positions.iter().flat_map(|point| point.to_array()).any(|x| !(x as f32).is_finite()) {
        return Err(BooleanError::Unsnappable);
    }
    let most_triangles = output.mesh.triangles.len() * MAX_GROWTH + 1024;
    for round in 0..MAX_ROUNDS {
        let tolerance = match round.checked_sub(NUM_PATIENT) {
            Some(late) => spacing(&output.mesh) * f64::from(1_u32 << late),
            None => 0.0,
        };
        let largest_move = round_positions(&mut output.mesh, tolerance);
        output.report.num_snaps += 1;
        output.report.snapping_bound += largest_move;
        let solid = Solid::new(std::mem::take(&mut output.mesh), progress).map_err(|error| match error {
            SolidError::Cancelled(cancelled) => BooleanError::Cancelled(cancelled),
            SolidError::Mesh(_) | SolidError::TooFar { .. } => BooleanError::Unsnappable,
        })?;
        let union = [Choice::Op(BooleanOp::Union)];
        let mut cut = match super::mended(&union, &[Operand::new(solid)], &options, progress) {
            Err(BooleanError::Cancelled(cancelled)) => return Err(cancelled.into()),
            found => found.map_err(|_thin| BooleanError::Unsnappable)?,
        };
        let cut = cut.pop().expect("there is one result for each choice");
        output.mesh = cut.mesh;
        output.sources = cut.sources.iter().map(|it| output.sources[it.triangle as usize]).collect();
        output.report.num_split += cut.report.num_split;
        output.report.num_kept = cut.report.num_kept;
        if output.mesh.positions.iter().all(|&point| is_single(point)) {
            return Ok(output);
        }
        if output.mesh.triangles.len() > most_triangles {
            break;
        }
    }
    Err(BooleanError::Unsnappable)
}

fn single(point: DVec3) -> DVec3 {
    point.as_vec3().as_dvec3()
}

fn is_single(point: DVec3) -> bool {
    single(point) == point
}

/// The distance of `f32` numbers where they are farthest apart.
fn spacing(mesh: &Mesh) -> f64 {
    let largest =
        mesh.positions.iter().fold(0.0_f64, |largest, point| largest.max(point.abs().max_element()));
    let largest = largest as f32;
    f64::from(largest.next_up()) - f64::from(largest)
}

/// Rounds all positions, and makes those within the tolerance one; tells how far the farthest coordinate moved.
fn round_positions(mesh: &mut Mesh, tolerance: f64) -> f64 {
    let mut rounded: Vec<DVec3> = mesh.positions.iter().map(|&point| single(point)).collect();
    if tolerance > 0.0 {
        let weld = weld_positions_within(&rounded, tolerance);
        rounded = weld.new_from_old.iter().map(|&new| weld.positions[new as usize]).collect();
    }
    let moves = mesh.positions.iter().zip(&rounded).map(|(old, new)| (*old - *new).abs().max_element());
    let largest = moves.fold(0.0, f64::max);
    mesh.positions = rounded;
    largest
}
