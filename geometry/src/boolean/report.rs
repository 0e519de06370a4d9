//! What a boolean tells about its way.

use super::Operand;
use super::arrange::Arrangement;
use super::cells::Cells;
use super::soup::Soup;
use super::winding::Winding;

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
    /// Operands that were open even after cutting, and what was done about it.
    pub mended: Vec<Mended>,
    /// Edges and positions where the exact result touches itself, and which were split.
    pub num_split: usize,
    /// Edges that have more than two triangles because it was asked not to split them, or because in single precision
    /// they cannot be.
    pub num_kept: usize,
    /// Triangles that vanished when coordinates were rounded.
    pub num_collapsed: usize,
    /// Triangles without area that rounding made and that could not be taken out without opening the mesh.
    pub num_flat: usize,
    /// How far a coordinate was moved at most, for decisions only, to make faces coincide that do but for rounding.
    pub largest_alignment: f64,
    /// No constructed point was moved farther than this by rounding, in any coordinate, millimetres.
    pub rounding_bound: f64,
    /// How often positions were rounded to `f32` and what passed through itself then was cut anew, until nothing did.
    pub num_snaps: usize,
    /// The sum over these rounds of how far each moved a part of the surface at most along any axis, millimetres: none
    /// lies farther from where it would be otherwise. About the distance of `f32` numbers in most cases; where many
    /// layers lie close to each other, some or even hundreds of these.
    pub snapping_bound: f64,
}

/// What was done about an operand that was open even after cutting.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Mended {
    /// Index of the operand.
    pub operand: usize,
    /// Positions at open edges that another one close by stands for.
    pub num_joined: usize,
    /// Positions at which open edges close by were divided.
    pub num_junctions: usize,
    /// No position was moved farther than this by closing cracks, millimetres in the space of the mesh.
    pub largest_move: f64,
    /// Triangles that were turned to wind as their neighbours.
    pub num_turned: usize,
    /// Holes that were spanned with triangles.
    pub num_spanned: usize,
    /// These triangles. As source they have a triangle beside the hole.
    pub num_added: usize,
    /// Whether the generalised winding number says what is inside.
    pub is_voted: bool,
}

pub(super) fn report_on(
    operands: &[Operand],
    soup: &Soup,
    arrangement: &Arrangement,
    cells: &Cells,
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
