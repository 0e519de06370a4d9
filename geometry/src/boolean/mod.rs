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
use serde::{Deserialize, Serialize};

use crate::memory::{Holding, MemoryLimit, OverLimit, bytes_of};
use crate::predicates::LARGEST;
use crate::progress::{Cancelled, Stretch};
use crate::{Mesh, Progress, Solid};

mod agree;
mod apart;
mod arrange;
mod assemble;
mod attributes;
mod cells;
mod contacts;
mod edges;
mod expression;
mod faces;
mod frame;
mod hash;
mod lists;
mod meetings;
mod mend;
mod near;
mod openings;
pub(crate) mod pairs;
mod place;
mod planar;
mod ray;
mod regions;
mod report;
mod round;
mod shape;
mod sheets;
mod slots;
mod snap;
mod soup;
mod split;
mod trim;
mod unify;
mod vote;
mod whole;
mod winding;

use crate::solid::Placed;
use expression::Program;
use frame::Frame;
use meetings::Depth;
use mend::Mend;
use openings::Openings;
use place::place;
use sheets::Sheets;
use split::Extent;
use winding::Winding;

pub use expression::Expression;
pub use openings::{Hole, MAX_NAMED_HOLES};
pub use report::{BooleanReport, Mended};
pub use trim::{Side, cut_by_plane, split_by, trim_by_plane};

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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WindingRule {
    /// Inside where it is not 0. A shell turned inside out counts as if it were not, a cavity is a cavity.
    #[default]
    NonZero,
    /// Inside where it is above 0.
    Positive,
    /// Inside where it is odd.
    Odd,
    /// Inside where it is at least this: with 2, where a body overlaps itself. At 0 and below, all of space would be inside,
    /// so that counts as 1.
    AtLeast(i32),
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

/// Which open edges of an operand are joined that lie close together. Only asked where an operand is open even after
/// everything has been cut; other operands are taken as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Cracks {
    /// Corners at open edges that are no farther apart than a millionth of the mesh's largest coordinate, and corners as
    /// near to an open edge: what single precision leaves of a common edge.
    #[default]
    ToSingle,
    /// The same with this distance in the space of the operand's mesh, millimetres.
    Within(f64),
    /// None.
    Keep,
}

/// What to do about an operand of which neighbouring triangles wind differently. Only asked where that leaves it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MixedWinding {
    /// The smaller part of each connected piece is turned, and the piece faces outward then, or inward where it lies
    /// inside another one. Pieces that agree in themselves stay as they are.
    #[default]
    Turn,
    /// It is open.
    Keep,
}

/// What to do about an operand that has holes after its cracks are closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Holes {
    /// [`BooleanError::Open`], which names them.
    #[default]
    Refuse,
    /// Triangles are spanned across each, flat or bent as little as possible, and count as surface.
    Span,
    /// Triangles are spanned across each, but only divide space: how often the operand goes round a place is the
    /// generalised winding number of what was there before, as a mean over the boundary of each undivided part of space,
    /// to the nearest whole number (Alec Jacobson et al., “Robust Inside-Outside Segmentation using Generalized Winding
    /// Numbers”, 2013). What sees more of the holes than of the surface is not inside then: between the ends of an open ring,
    /// nothing is.
    WindingNumber,
}

/// What to do where the exact result touches itself along edges and in single positions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Touching {
    /// Positions are doubled, so that every edge has two triangles and every position one fan.
    #[default]
    Split,
    /// Edges with four or more triangles stay; the surface is closed and oriented all the same.
    Keep,
}

/// The numbers that positions of the result are made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Precision {
    /// Those of the operands; new ones are rounded to `f64`.
    #[default]
    Double,
    /// All are exact in `f32`, and no triangles pass through each other for that; see [`BooleanReport::num_snaps`].
    Single,
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
    /// Which cracks of open operands are closed.
    pub cracks: Cracks,
    /// What to do about operands whose triangles wind differently.
    pub mixed_winding: MixedWinding,
    /// What to do about operands with holes.
    pub holes: Holes,
    /// What to do where the result touches itself.
    pub touching: Touching,
    /// The numbers of the result.
    pub precision: Precision,
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
    #[error(
        "operand {operand} is not closed: {num_edges} open edges around {num_holes} holes, one at {position}"
    )]
    Open {
        /// Index of the first operand of which this is true.
        operand: usize,
        /// The number of edges, over all operands.
        num_edges: usize,
        /// An end of such an edge.
        position: DVec3,
        /// The number of holes, over all operands.
        num_holes: usize,
        /// The holes with the most edges, at most [`MAX_NAMED_HOLES`] of them.
        holes: Vec<Hole>,
    },
    /// An expression names an operand that does not exist.
    #[error("the expression names operand {operand}, but there are only {num_operands}")]
    NoSuchOperand {
        /// The index it names.
        operand: usize,
        /// The number of operands.
        num_operands: usize,
    },
    /// A plane has no normal or a number that is not finite, or lies out of range.
    #[error("the plane has no direction")]
    Plane,
    /// More memory would have been needed than [`BooleanOptions::memory_limit`] allows.
    #[error(transparent)]
    OverLimit(#[from] OverLimit),
    /// The result reaches farther than single precision does.
    #[error("the result reaches farther out than numbers of single precision do")]
    BeyondSingle,
    /// In single precision the result passes through itself, even where what lies within this distance is joined.
    #[error(
        "the result passes through itself in single precision, even where {tolerance:e} mm count as nothing"
    )]
    Unsnappable {
        /// Millimetres: 1024 times the distance of `f32` numbers where they are farthest apart.
        tolerance: f64,
    },
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
            Self::AtLeast(least) => number >= least.max(1),
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
    let mut outputs = run(&[Choice::Op(op)], operands, options, progress)?;
    Ok(outputs.pop().expect("there is one result for each choice"))
}

/// Computes several results of the same operands at the cost of little more than one: everything is cut once.
///
/// # Errors
/// Those of [`boolean`], and when an expression names an operand that does not exist.
pub fn evaluate(
    expressions: &[Expression],
    operands: &[Operand],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Vec<BooleanOutput>, BooleanError> {
    let choices: Result<Vec<Choice>, BooleanError> = expressions
        .iter()
        .map(|expression| Ok(Choice::Program(Program::of(expression, operands.len())?)))
        .collect();
    run(&choices?, operands, options, progress)
}

/// What belongs to a result.
enum Choice {
    Op(BooleanOp),
    Program(Program),
}

impl Choice {
    fn of_cells(&self, num_operands: usize, windings: &[Winding], rule: WindingRule) -> Vec<bool> {
        match self {
            Self::Op(op) => {
                windings.iter().map(|winding| op.is_inside(num_operands, winding, rule)).collect()
            }
            Self::Program(program) => program.of_cells(windings, rule),
        }
    }
}

/// Why an attempt came to nothing.
enum Stop {
    Open(Openings),
    /// Stepping through space on different ways told different winding numbers: something passes through itself that was
    /// taken not to.
    Crossed,
    Error(BooleanError),
}

impl From<BooleanError> for Stop {
    fn from(error: BooleanError) -> Self {
        Self::Error(error)
    }
}

impl From<Cancelled> for Stop {
    fn from(cancelled: Cancelled) -> Self {
        Self::Error(cancelled.into())
    }
}

impl From<Stop> for BooleanError {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Open(openings) => openings.into_error(),
            Stop::Crossed => unreachable!("it is looked for what passes through itself then"),
            Stop::Error(error) => error,
        }
    }
}

/// Computes the results within the memory that there is for them.
fn run(
    choices: &[Choice],
    operands: &[Operand],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Vec<BooleanOutput>, BooleanError> {
    let Some(limit_bytes) = options.memory_limit else {
        return within_any_memory(choices, operands, options, progress);
    };
    let limit = MemoryLimit::new(progress, limit_bytes);
    match (within_any_memory(choices, operands, options, &limit), limit.refusal()) {
        (Err(BooleanError::Cancelled(_)), Some(refusal)) => Err(refusal.clone().into()),
        (result, _) => result,
    }
}

/// Computes the results; operands that turn out to be open are mended as the options say, and all is tried once more.
fn within_any_memory(
    choices: &[Choice],
    operands: &[Operand],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Vec<BooleanOutput>, BooleanError> {
    let mut outputs = mended(choices, operands, options, progress)?;
    if options.precision == Precision::Single {
        progress.phase("Rounding");
        for output in &mut outputs {
            *output = snap::snap(std::mem::take(output), options, progress)?;
        }
    }
    Ok(outputs)
}

/// The same without rounding to the options' precision.
fn mended(
    choices: &[Choice],
    operands: &[Operand],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Vec<BooleanOutput>, BooleanError> {
    match attempt(choices, operands, &[], options, progress) {
        Err(Stop::Open(openings)) => {
            progress.phase("Closing");
            let mends = mend::mend_all(operands, &openings.operands, options, progress)?;
            if mends.is_empty() {
                return Err(openings.into_error());
            }
            let mended = mend::with_mends(operands, &mends);
            let mut outputs = attempt(choices, &mended, &mends, options, progress)?;
            outputs.iter_mut().for_each(|output| mend::tell(&mends, output));
            Ok(outputs)
        }
        result => result.map_err(BooleanError::from),
    }
}

/// All the steps on operands as they are: on their meshes where they are placed, and where that leaves something open or
/// flat, on meshes that are made of the placed positions.
fn attempt(
    choices: &[Choice],
    operands: &[Operand],
    mends: &[Mend],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Vec<BooleanOutput>, Stop> {
    progress.phase("Placing");
    let _held = Holding::new(progress, place::bytes_to_place(operands))?;
    let stop = match place(operands, progress) {
        Ok(placed) => match align_and_combine(choices, operands, placed, mends, options, progress) {
            Err(stop @ Stop::Open(_)) => stop,
            result => return result,
        },
        Err(error @ BooleanError::Flattened { .. }) => error.into(),
        Err(error) => return Err(error.into()),
    };
    // What has no area in the mesh, or has it there, may be otherwise where rounding has placed it.
    let baked = place::bake(operands, matches!(stop, Stop::Error(_)), progress)?;
    if baked.iter().all(Option::is_none) {
        return Err(stop);
    }
    let placed: Result<Vec<Placed<'_>>, Cancelled> = operands
        .iter()
        .zip(&baked)
        .map(|(operand, baked)| match baked {
            Some(solid) => Ok(Placed::baked(solid, operand.placement)),
            None => Placed::new(&operand.solid, operand.placement, progress),
        })
        .collect();
    align_and_combine(choices, operands, placed?, mends, options, progress)
}

/// All the steps on placed operands, in a common frame if there is one.
fn align_and_combine<'a>(
    choices: &[Choice],
    operands: &[Operand],
    mut placed: Vec<Placed<'a>>,
    mends: &[Mend],
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Vec<BooleanOutput>, Stop> {
    let frame = match options.coincidence {
        Coincidence::ToRounding => frame::align(&mut placed, frame::DEFAULT_TOLERANCE, progress)?,
        Coincidence::Within(tolerance) if tolerance > 0.0 => frame::align(&mut placed, tolerance, progress)?,
        Coincidence::Within(_) | Coincidence::Exact => Frame::WORLD,
    };
    let is_moved = placed.iter().any(|body| !body.is_in_mesh_space());
    let mut result = combine(choices, operands, &placed, frame, mends, options, Depth::Mesh, progress);
    // What does not pass through itself may do so by the rounding of its placement, or was only said not to.
    if matches!(result, Err(Stop::Crossed)) || is_moved && matches!(result, Err(Stop::Open(_))) {
        result = combine(choices, operands, &placed, frame, mends, options, Depth::Placed, progress);
    }
    // What closes only by points that lie exactly on edges may not do so in another frame.
    if frame.largest_move > 0.0 && matches!(result, Err(Stop::Open(_))) {
        for body in &mut placed {
            body.decide_by_positions(progress)?;
        }
        let frame = Frame::WORLD;
        result = combine(choices, operands, &placed, frame, mends, options, Depth::Placed, progress);
    }
    result
}

/// All the steps on operands in their places.
fn combine(
    choices: &[Choice],
    operands: &[Operand],
    placed: &[Placed<'_>],
    frame: Frame,
    mends: &[Mend],
    options: &BooleanOptions,
    depth: Depth,
    progress: &dyn Progress,
) -> Result<Vec<BooleanOutput>, Stop> {
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
    let mut cells = cells::find_cells(placed, sheets, frame, depth, &Stretch::new(progress, 0.65, 0.8))?;
    held.add(regions.num_bytes() + cells.num_bytes() + bytes_of(&borders))?;
    let parts =
        assemble::Parts { placed, soup: &soup, arrangement: &arrangement, regions: &regions, sheets, frame };
    if options.holes == Holes::WindingNumber {
        vote::vote(&parts, mends, &mut cells, progress)?;
    }
    progress.phase("Assembling");
    let found = report::report_on(&parts, operands, &cells);
    let assemble_one = |(number, choice): (usize, &Choice)| {
        let share = |part: f64| 0.8 + 0.2 * (number as f64 + part) / choices.len() as f64;
        let is_inside = choice.of_cells(operands.len(), &cells.windings, options.winding_rule);
        let mut report = found.clone();
        let stretch = Stretch::new(progress, share(0.0), share(0.5));
        let (mut shape, pairs) = assemble::assemble(&parts, &cells, &is_inside, &mut report, &stretch)?;
        let _held = Holding::new(progress, shape.num_bytes())?;
        round::round(&mut shape, &mut report, &Stretch::new(progress, share(0.5), share(0.6)))?;
        let stretch = Stretch::new(progress, share(0.6), share(0.65));
        let extent = match (options.touching, options.precision) {
            (Touching::Keep, _) => Extent::Nothing,
            // Halves of an edge are no numbers of single precision.
            (Touching::Split, Precision::Single) => Extent::Positions,
            (Touching::Split, Precision::Double) => Extent::Edges,
        };
        split::split(&mut shape, &pairs, extent, &mut report, &stretch)?;
        shape.compact(&Stretch::new(progress, share(0.65), share(0.7)))?;
        let stretch = Stretch::new(progress, share(0.7), share(1.0));
        attributes::finish(operands, &parts, shape, report, &stretch).map_err(Stop::from)
    };
    choices.iter().enumerate().map(assemble_one).collect()
}
