//! Brings a result to single precision without letting it pass through itself.
//!
//! Rounding every position may fold a surface or push it through another part of itself. So what meets itself then is cut
//! anew, exactly; the new points of that are rounded in turn, and so on, until a round brings no new points. Mostly it
//! takes two or three rounds.
//!
//! Where it goes on, many layers lie about as close to each other as rounding moves them: every point that is put between
//! them pushes others through each other. Then it is begun once more from the exact result, and first of all what lies
//! within a tolerance is joined (`near`): points to points, and points to edges that they lie beside. So needles and folds
//! thinner than the tolerance become flat, what is flat is nothing, and what is left lies farther apart than rounding moves
//! it. Only this step is as coarse as the tolerance; points that cutting makes afterwards are rounded to single precision, as
//! joining them as well would push others through each other again. The tolerance is doubled until that comes to an end.
//! What moved how far is measured. With a tolerance as large as the body nothing would be left, so there is an end always;
//! but what has moved farther than [`MAX_SPACINGS`] is no longer taken for the result.
//!
//! Sources: Qingnan Zhou et al., “Mesh Arrangements for Solid Geometry”, 2016, section 3.4, for rounding and cutting in
//! turn; Dan Halperin and Eli Packer, “Iterated snap rounding”, 2002, for joining edges to points until none is near;
//! Victor Milenkovic and Elisha Sacks, “Geometric rounding and feature separation in meshes”, 2019, for taking features
//! apart first and rounding then.

use glam::DVec3;

use super::{
    BooleanError, BooleanOp, BooleanOptions, BooleanOutput, Choice, Coincidence, Cracks, Holes, MixedWinding,
    Operand, Precision, SelfIntersections, WindingRule, near,
};
use crate::draft::Draft;
use crate::progress::Progress;
use crate::solid::SolidError;
use crate::{Mesh, Solid};

/// What lies as many numbers of single precision apart is joined at most.
const MAX_SPACINGS: u32 = 1 << 10;

/// Rounds before it is tried with a larger tolerance.
const MAX_ROUNDS: usize = 8;

/// The result may have grown by so much in a round before it is tried with a larger tolerance.
const MAX_GROWTH: usize = 2;

/// The same as triangles, for small results.
const MAX_MORE: usize = 256;

/// So many times more there may be while near things are being joined: of many needles along a line each is divided at
/// the ends of all others before they cancel out.
const MAX_GROWTH_BETWEEN: usize = 16;

/// A result of which all positions are exact in `f32`.
///
/// # Errors
/// [`BooleanError::BeyondSingle`] where a coordinate is out of the range of `f32`, and [`BooleanError::Unsnappable`] where
/// there is no end within the greatest tolerance.
pub(super) fn snap(
    output: BooleanOutput,
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<BooleanOutput, BooleanError> {
    if output.mesh.positions.iter().flat_map(|point| point.to_array()).any(|x| !(x as f32).is_finite()) {
        return Err(BooleanError::BeyondSingle);
    }
    let spacing = spacing(&output.mesh);
    let mut num_spacings = 0;
    loop {
        let tolerance = spacing * f64::from(num_spacings);
        if let Some(snapped) = snap_within(&output, tolerance, options, progress)? {
            return Ok(snapped);
        }
        // Half of it is a distance of `f32` numbers.
        num_spacings = (num_spacings * 2).max(2);
        if num_spacings > MAX_SPACINGS {
            return Err(BooleanError::Unsnappable { tolerance });
        }
    }
}

/// The same after joining what lies within a tolerance; `None` where that comes to no end.
fn snap_within(
    exact: &BooleanOutput,
    tolerance: f64,
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Option<BooleanOutput>, BooleanError> {
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
    let mut output = exact.clone();
    if tolerance > 0.0 && !join_near(&mut output, tolerance, progress)? {
        return Ok(None);
    }
    for _ in 0..MAX_ROUNDS {
        let most_triangles = most_after(output.mesh.triangles.len());
        output.report.num_snaps += 1;
        output.report.snapping_bound += round_positions(&mut output.mesh, rounded);
        let solid = match Solid::new(std::mem::take(&mut output.mesh), progress) {
            Ok(solid) => solid,
            Err(SolidError::Cancelled(cancelled)) => return Err(cancelled.into()),
            Err(SolidError::Mesh(_) | SolidError::TooFar { .. }) => return Ok(None),
        };
        let union = [Choice::Op(BooleanOp::Union)];
        let mut cut = super::mended(&union, &[Operand::new(solid)], &options, progress)?;
        let cut = cut.pop().expect("there is one result for each choice");
        output.mesh = cut.mesh;
        output.sources = cut.sources.iter().map(|it| output.sources[it.triangle as usize]).collect();
        output.report.num_split += cut.report.num_split;
        output.report.num_kept = cut.report.num_kept;
        if output.mesh.positions.iter().all(|&point| rounded(point) == point) {
            return Ok(Some(output));
        }
        if output.mesh.triangles.len() > most_triangles {
            break;
        }
    }
    Ok(None)
}

/// How many triangles there may be after a step that began with so many.
fn most_after(num_triangles: usize) -> usize {
    num_triangles * MAX_GROWTH + MAX_MORE
}

/// Joins what lies within the tolerance; `false` where that makes too many triangles.
fn join_near(
    output: &mut BooleanOutput,
    tolerance: f64,
    progress: &dyn Progress,
) -> Result<bool, BooleanError> {
    let most_triangles = most_after(output.mesh.triangles.len());
    output.report.snapping_bound +=
        round_positions(&mut output.mesh, |point| rounded_within(point, tolerance));
    let mut draft = Draft::of(&output.mesh);
    let joined = near::join(&mut draft, tolerance, most_triangles * MAX_GROWTH_BETWEEN, progress)?;
    let Some(largest_move) = joined.filter(|_| draft.len() <= most_triangles) else { return Ok(false) };
    output.report.snapping_bound += largest_move;
    output.sources = draft.origins().iter().map(|&origin| output.sources[origin as usize]).collect();
    output.mesh = draft.finish();
    Ok(true)
}

/// The nearest point of which all coordinates are `f32` numbers.
fn rounded(point: DVec3) -> DVec3 {
    point.as_vec3().as_dvec3()
}

/// The nearest point of which all coordinates are multiples of half the tolerance: those are numbers in even steps, so what is
/// thin along an axis becomes flat. Half of it, so that points of a needle along any direction do not get farther away from
/// its edges than the tolerance: by √3 quarters of it, and the edge by as much.
fn rounded_within(point: DVec3, tolerance: f64) -> DVec3 {
    let step = tolerance * 0.5;
    (point / step).round() * step
}

/// The distance of `f32` numbers where they are farthest apart.
fn spacing(mesh: &Mesh) -> f64 {
    let largest =
        mesh.positions.iter().fold(0.0_f64, |largest, point| largest.max(point.abs().max_element()));
    let largest = largest as f32;
    f64::from(largest.next_up()) - f64::from(largest)
}

/// Rounds all positions; tells how far the farthest coordinate moved.
fn round_positions(mesh: &mut Mesh, round: impl Fn(DVec3) -> DVec3) -> f64 {
    let mut largest_move = 0.0_f64;
    for point in &mut mesh.positions {
        let rounded = round(*point);
        largest_move = largest_move.max((rounded - *point).abs().max_element());
        *point = rounded;
    }
    largest_move
}
