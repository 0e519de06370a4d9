//! Booleans of closed triangle meshes: exact in every decision, rounded once at the end.
//!
//! The way of two triangles through it:
//! 1. `meetings`: the operands' trees are descended together (`pairs`); triangles whose boxes overlap are tested exactly
//!    (`contacts`), and the points and segments they have in common are noted once (`soup`). All others are never looked
//!    at again. Triangles that divide one flat face are taken together (`faces`).
//! 2. `arrange`: each touched triangle is cut along what was noted on it; triangles that lie in one plane and overlap are
//!    cut together, so that where they coincide there is one facet, not several (`planar`).
//! 3. `regions`: what nothing touches is divided by what is touched into regions that stay or go as a whole.
//! 4. `cells`: around every edge the facets are sorted by angle. That tells which places the facets separate, and with
//!    one ray for each connected piece (`ray`) how often each operand goes round each place (`winding`).
//! 5. `assemble`: a facet stays when the result is on one side of it only. Untouched triangles keep their bits; those of
//!    the largest body even their places (`whole`).
//! 6. `round`: constructed points have got coordinates, and triangles that vanish by it are taken out.
//! 7. `split`: edges and positions where the result touches itself are split.
//! 8. `attributes`: rows of channels, material slots and sources.
//!
//! Sources: Gianmarco Cherchi et al., “Fast and Robust Mesh Arrangements using Floating-point Arithmetic”, 2020, and
//! “Interactive and Robust Mesh Booleans”, 2022; Qingnan Zhou et al., “Mesh Arrangements for Solid Geometry”, 2016. Ours
//! differs in cutting coplanar triangles together, in sorting around edges instead of casting a ray for each patch, and in
//! taking part of the input only where it is touched.

use glam::{DAffine3, DVec3};

use crate::memory::{Holding, MemoryLimit, OverLimit, bytes_of};
use crate::predicates::LARGEST;
use crate::progress::{Cancelled, Stretch, report_at};
use crate::{Mesh, Progress, Solid};

mod arrange;
mod assemble;
mod attributes;
mod cells;
mod contacts;
mod edges;
mod faces;
mod frame;
mod hash;
mod lists;
mod meetings;
pub(crate) mod pairs;
mod planar;
mod ray;
mod regions;
mod round;
mod shape;
mod sheets;
mod slots;
mod soup;
mod split;
mod unify;
mod whole;
mod winding;

use crate::solid::Placed;
use crate::topology::DEGENERATE;
use frame::Frame;
use meetings::Depth;
use sheets::Sheets;
use soup::Soup;
use winding::Winding;

/// In arrays of indices: there is none.
const NONE: u32 = u32::MAX;

/// What to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BooleanOp {
    /// What is in any operand.
    Union,
    /// What is in the first operand and in none of the others.
    Difference,
    /// What is in all operands.
    Intersection,
    /// What is in an odd number of operands.
    Xor,
}

/// How the winding number of an operand at a place tells whether the place is inside it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WindingRule {
    /// Inside where it is not 0. A shell turned inside out counts as if it were not, a cavity is a cavity.
    #[default]
    NonZero,
    /// Inside where it is above 0.
    Positive,
    /// Inside where it is odd.
    Odd,
}

/// Whether triangles of one operand that pass through each other are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SelfIntersections {
    /// They are found and cut, and the winding rule says what is inside.
    #[default]
    Resolve,
    /// They are taken to be absent, except where an operand is not closed by its indices. Faster; where the operand does
    /// pass through itself, the result may be wrong there.
    Trust,
}

/// What to do about faces that coincide but for rounding, as those of parts that were turned together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Coincidence {
    /// Where most of the surface faces along three directions at right angles, coordinates in these directions are taken
    /// to be equal when they differ by less than 4e-12 of the largest one.
    #[default]
    ToRounding,
    /// The same with another part of the largest coordinate.
    Within(f64),
    /// Coordinates are what they are.
    Exact,
}

/// Choices that all operands share.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BooleanOptions {
    /// What is inside an operand.
    pub winding_rule: WindingRule,
    /// What to do about operands that pass through themselves.
    pub self_intersections: SelfIntersections,
    /// What to do about faces that coincide but for rounding.
    pub coincidence: Coincidence,
    /// How much memory the call may take at once beyond its input, in bytes; [`MemoryLimit`] tells what is counted. No
    /// limit by default.
    pub memory_limit: Option<u64>,
}

/// A solid and where it is.
#[derive(Clone, Debug)]
pub struct Operand {
    /// The solid.
    pub solid: Solid,
    /// The space of the result from the space of the solid's mesh. May mirror; then triangles are turned.
    pub placement: DAffine3,
    /// The result's material slot for each slot of the mesh; slots beyond the end of the table stay as they are.
    pub material_slots: Vec<u32>,
}

/// Where a triangle of the result comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// Index of the operand.
    pub operand: u32,
    /// Index of the triangle in the operand's mesh. Where several divide one flat face and have no channels, it may be any
    /// one of them.
    pub triangle: u32,
}

/// What a boolean gives.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BooleanOutput {
    /// Closed, consistently oriented, with two triangles at every edge and one fan at every position. Empty when nothing
    /// is inside.
    pub mesh: Mesh,
    /// Where each triangle comes from.
    pub sources: Vec<Source>,
    /// What was found and assumed on the way.
    pub report: BooleanReport,
}

/// What was found and assumed on the way. Counts are 0 and places empty for clean input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BooleanReport {
    /// Triangles of the operands that met another one.
    pub num_touched: usize,
    /// Points that were constructed.
    pub num_constructed: usize,
    /// Triangles without area that were left out, over all operands.
    pub num_degenerate: usize,
    /// Positions that were taken for an equal one, over all operands.
    pub num_welded: usize,
    /// Operands that are not closed by their indices but turned out to close around a space.
    pub closed_by_cutting: Vec<usize>,
    /// Operands of which some part is wound inside out.
    pub inside_out: Vec<usize>,
    /// Operands that go round some place more than once.
    pub overlapping: Vec<usize>,
    /// Edges and positions where the exact result touches itself, and which were split.
    pub num_split: usize,
    /// Triangles that vanished when coordinates were rounded.
    pub num_collapsed: usize,
    /// Triangles without area that rounding made and that could not be taken out without opening the mesh.
    pub num_flat: usize,
    /// How far a coordinate was moved at most, for decisions only, to make faces coincide that do but for rounding.
    pub largest_alignment: f64,
    /// No constructed point was moved farther than this by rounding, in any coordinate, millimetres.
    pub rounding_bound: f64,
}

/// Why there is no result. Nothing was changed.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum BooleanError {
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A placement puts a position out of range.
    #[error(
        "position {position} of operand {operand} is not finite or farther out than {LARGEST:e} mm where it is placed"
    )]
    OutOfRange {
        /// Index of the operand.
        operand: usize,
        /// Index into the positions of its mesh.
        position: usize,
    },
    /// A placement leaves a triangle without area.
    #[error("triangle {triangle} of operand {operand} has no area where it is placed")]
    Flattened {
        /// Index of the operand.
        operand: usize,
        /// Index of the triangle.
        triangle: usize,
    },
    /// The triangles of an operand do not close around a space.
    #[error("operand {operand} is not closed: {num_edges} open edges, one at {position}")]
    Open {
        /// Index of the first operand of which this is true.
        operand: usize,
        /// The number of edges, over all operands.
        num_edges: usize,
        /// An end of such an edge.
        position: DVec3,
    },
    /// All triangles of some piece are thinner than numbers are dense there.
    #[error("a part is too thin to tell its inside from its outside")]
    TooThin,
    /// More memory would have been needed than [`BooleanOptions::memory_limit`] allows.
    #[error(transparent)]
    OverLimit(#[from] OverLimit),
    /// The result has more elements than 32-bit indices can name.
    #[error("the result would be too large")]
    TooLarge,
}

impl Operand {
    /// A solid where it is, with its own material slots.
    #[must_use]
    pub fn new(solid: Solid) -> Self {
        Self { solid, placement: DAffine3::IDENTITY, material_slots: Vec::new() }
    }

    /// The same somewhere else.
    #[must_use]
    pub fn placed(solid: Solid, placement: DAffine3) -> Self {
        Self { solid, placement, material_slots: Vec::new() }
    }
}

impl WindingRule {
    fn is_inside(self, number: i32) -> bool {
        match self {
            Self::NonZero => number != 0,
            Self::Positive => number > 0,
            Self::Odd => number % 2 != 0,
        }
    }
}

impl BooleanOp {
    /// Whether a place with these winding numbers belongs to the result.
    fn is_inside(self, num_operands: usize, winding: &Winding, rule: WindingRule) -> bool {
        let mut inside = winding.iter().filter(|&(_, number)| rule.is_inside(number)).map(|(label, _)| label);
        match self {
            Self::Union => inside.next().is_some(),
            Self::Difference => inside.next() == Some(0) && inside.next().is_none(),
            Self::Intersection => num_operands > 0 && inside.count() == num_operands,
            Self::Xor => inside.count() % 2 == 1,
        }
    }
}

/// Computes a boolean of any number of solids in one go.
///
/// All operands are cut against each other at once, so the result does not depend on the order of operands that the
/// operation treats alike, except for the order of triangles and positions in it.
///
/// # Errors
/// When an operand is not closed or out of range, when more memory than allowed would be needed, and when `progress` asks
/// to stop.
pub fn boolean(
    op: BooleanOp,
    operands: &[Operand],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<BooleanOutput, BooleanError> {
    let Some(limit_bytes) = options.memory_limit else {
        return within_any_memory(op, operands, options, progress);
    };
    let limit = MemoryLimit::new(progress, limit_bytes);
    match (within_any_memory(op, operands, options, &limit), limit.refusal()) {
        (Err(BooleanError::Cancelled(_)), Some(refusal)) => Err(refusal.clone().into()),
        (result, _) => result,
    }
}

fn within_any_memory(
    op: BooleanOp,
    operands: &[Operand],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<BooleanOutput, BooleanError> {
    progress.phase("Placing");
    let _held = Holding::new(progress, bytes_to_place(operands))?;
    let mut placed = place(operands, progress)?;
    let frame = match options.coincidence {
        Coincidence::ToRounding => frame::align(&mut placed, frame::DEFAULT_TOLERANCE, progress)?,
        Coincidence::Within(tolerance) if tolerance > 0.0 => frame::align(&mut placed, tolerance, progress)?,
        Coincidence::Within(_) | Coincidence::Exact => Frame::WORLD,
    };
    let is_moved = placed.iter().any(|body| !body.is_in_mesh_space());
    match combine(op, operands, &placed, frame, options, Depth::Mesh, progress) {
        // What does not pass through itself may do so by the rounding of its placement.
        Err(BooleanError::Open { .. }) if is_moved => {
            combine(op, operands, &placed, frame, options, Depth::Placed, progress)
        }
        result => result,
    }
}

/// All the steps on operands in their places.
fn combine(
    op: BooleanOp,
    operands: &[Operand],
    placed: &[Placed<'_>],
    frame: Frame,
    options: &BooleanOptions,
    depth: Depth,
    progress: &dyn Progress,
) -> Result<BooleanOutput, BooleanError> {
    // What stays until the end; the steps hold what they need besides.
    let mut held = Holding::nothing(progress);
    progress.phase("Finding what meets");
    let mut soup = meetings::find_meetings(placed, options, depth, &Stretch::new(progress, 0.05, 0.3))?;
    held.set(soup.num_bytes())?;
    progress.phase("Cutting");
    let arrangement = arrange::arrange(&mut soup, &Stretch::new(progress, 0.3, 0.6))?;
    held.set(soup.num_bytes() + arrangement.num_bytes())?;
    progress.phase("Telling inside from outside");
    let regions = regions::find_regions(placed, &soup, &Stretch::new(progress, 0.6, 0.65))?;
    let borders = sheets::borders(placed, &soup, &regions, progress)?;
    let sheets = Sheets::new(&soup, &arrangement, &regions, &borders);
    let cells = cells::find_cells(placed, sheets, &Stretch::new(progress, 0.65, 0.8))?;
    held.add(regions.num_bytes() + cells.num_bytes() + bytes_of(&borders))?;
    progress.phase("Assembling");
    let is_inside: Vec<bool> = cells
        .windings
        .iter()
        .map(|winding| op.is_inside(operands.len(), winding, options.winding_rule))
        .collect();
    let mut report = report_on(operands, &soup, &arrangement, &cells);
    report.largest_alignment = frame.largest_move;
    let parts =
        assemble::Parts { placed, soup: &soup, arrangement: &arrangement, regions: &regions, sheets, frame };
    let (mut shape, pairs) =
        assemble::assemble(&parts, &cells, &is_inside, &mut report, &Stretch::new(progress, 0.8, 0.9))?;
    held.add(shape.num_bytes())?;
    round::round(&mut shape, &mut report, &Stretch::new(progress, 0.9, 0.92))?;
    split::split(&mut shape, &pairs, &mut report, &Stretch::new(progress, 0.92, 0.93))?;
    shape.compact(&Stretch::new(progress, 0.93, 0.94))?;
    attributes::finish(operands, &parts, shape, report, &Stretch::new(progress, 0.94, 1.0))
}

/// What operands take that are not where their meshes are: positions, and trees of boxes.
fn bytes_to_place(operands: &[Operand]) -> usize {
    let of_one = |solid: &Solid| bytes_of(&solid.mesh().positions) + size_of_val(solid.tree().boxes()) * 2;
    let moved = operands.iter().filter(|operand| operand.placement != DAffine3::IDENTITY);
    moved.map(|operand| of_one(&operand.solid)).sum()
}

fn place<'a>(operands: &'a [Operand], progress: &dyn Progress) -> Result<Vec<Placed<'a>>, BooleanError> {
    let mut placed = Vec::with_capacity(operands.len());
    for (index, operand) in operands.iter().enumerate() {
        progress.report(0.05 * index as f64 / operands.len() as f64)?;
        let placing = Stretch::new(progress, 0.0, 0.05);
        let body = Placed::new(&operand.solid, operand.placement, &placing)?;
        if operand.placement != DAffine3::IDENTITY {
            let is_bad = |point: &DVec3| !point.is_finite() || point.abs().max_element() > LARGEST;
            if let Some(position) = body.positions.iter().position(is_bad) {
                return Err(BooleanError::OutOfRange { operand: index, position });
            }
            let opposites = operand.solid.opposites();
            let is_flat = |&triangle: &u32| {
                let [a, b, c] = body.points(triangle).map(contacts::decided);
                opposites[triangle as usize * 3] != DEGENERATE && crate::solid::has_no_area(a, b, c)
            };
            let num_triangles = operand.solid.triangles().len();
            for triangle in 0..num_triangles {
                report_at(&placing, triangle, num_triangles)?;
                if is_flat(&(triangle as u32)) {
                    return Err(BooleanError::Flattened { operand: index, triangle });
                }
            }
        }
        placed.push(body);
    }
    Ok(placed)
}

fn report_on(
    operands: &[Operand],
    soup: &Soup,
    arrangement: &arrange::Arrangement,
    cells: &cells::Cells,
) -> BooleanReport {
    let conditions = || operands.iter().map(|operand| operand.solid.condition());
    let labels = |is_odd: &dyn Fn(i32) -> bool| {
        let mut labels: Vec<usize> = cells
            .windings
            .iter()
            .flat_map(Winding::iter)
            .filter(|&(_, number)| is_odd(number))
            .map(|(label, _)| label as usize)
            .collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    };
    BooleanReport {
        num_touched: soup.is_touched.iter().filter(|&&is_touched| is_touched).count(),
        num_constructed: arrangement.points.len() - soup.positions.len(),
        num_degenerate: conditions().map(|condition| condition.num_degenerate).sum(),
        num_welded: conditions().map(|condition| condition.num_welded).sum(),
        closed_by_cutting: conditions()
            .enumerate()
            .filter(|(_, condition)| condition.num_open_edges > 0)
            .map(|(index, _)| index)
            .collect(),
        inside_out: labels(&|number| number < 0),
        overlapping: labels(&|number| number.abs() > 1),
        ..BooleanReport::default()
    }
}
