//! What a boolean tells about its way.

use glam::DVec3;

use super::assemble::Parts;
use super::cells::Cells;
use super::winding::Winding;
use super::{NONE, Operand, Source};
use crate::solid::Placed;

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
    /// Operands of which some part is wound inside out, and not only a sliver that rounding may have folded: one with no
    /// more volume than a plate as large as it is long would have that is 1e-14 of the largest coordinate thick, or
    /// [`BooleanReport::largest_alignment`].
    pub inside_out: Vec<usize>,
    /// Operands that go round some place more than once, with the same exception.
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
    /// No constructed point was moved farther than this by rounding, in any coordinate, and no piece by being too thin to
    /// stay, millimetres.
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

/// What rounding of coordinates may fold is no thicker than this part of the largest one.
const FOLDED: f64 = 1e-14;

pub(super) fn report_on(parts: &Parts<'_>, operands: &[Operand], cells: &Cells) -> BooleanReport {
    let conditions = || operands.iter().map(|operand| operand.solid.condition());
    let is_odd = |winding: &Winding| winding.iter().any(|(_, number)| !(0..=1).contains(&number));
    let is_told: Vec<bool> = match cells.windings.iter().any(is_odd) {
        true => thick_cells(parts, cells),
        false => Vec::new(),
    };
    let labels = |is_odd: &dyn Fn(i32) -> bool| {
        let told = cells.windings.iter().zip(&is_told).filter(|&(_, &is_told)| is_told);
        let mut labels: Vec<usize> = told
            .flat_map(|(winding, _)| winding.iter())
            .filter(|&(_, number)| is_odd(number))
            .map(|(label, _)| label as usize)
            .collect();
        labels.sort_unstable();
        labels.dedup();
        labels
    };
    BooleanReport {
        num_touched: parts.soup.is_touched.iter().filter(|&&is_touched| is_touched).count(),
        num_constructed: parts.arrangement.points.len() - parts.soup.positions.len(),
        num_degenerate: conditions().map(|condition| condition.num_degenerate).sum(),
        num_welded: conditions().map(|condition| condition.num_welded).sum(),
        closed_by_cutting: conditions()
            .enumerate()
            .filter(|(_, condition)| condition.num_open_edges > 0)
            .map(|(index, _)| index)
            .collect(),
        inside_out: labels(&|number| number < 0),
        overlapping: labels(&|number| number.abs() > 1),
        largest_alignment: parts.frame.largest_move,
        ..BooleanReport::default()
    }
}

/// For each cell, whether it is more than a sliver that rounding may have folded.
fn thick_cells(parts: &Parts<'_>, cells: &Cells) -> Vec<bool> {
    let bounds = parts.placed.iter().map(Placed::bounds);
    let largest =
        bounds.fold(0.0_f64, |size, it| size.max(it.low().abs().max(it.high().abs()).max_element()));
    let thickness = (largest * FOLDED).max(parts.frame.largest_move);
    let mut extents = vec![Extent::default(); cells.windings.len()];
    for (index, facet) in parts.arrangement.facets.iter().enumerate() {
        let points = facet.corners.map(|corner| parts.arrangement.points[corner as usize].approx);
        let [front, back] = cells.of_facet(index);
        extents[front as usize].add(points, -1.0);
        extents[back as usize].add(points, 1.0);
    }
    let mut is_rest = vec![false; cells.windings.len()];
    for (operand, body) in (0..).zip(parts.placed) {
        for &triangle in parts.regions.flooded(operand) {
            let region = parts.regions.of(parts.placed, Source { operand, triangle });
            if region != NONE {
                let [front, back] = cells.of_region(region);
                extents[front as usize].add(body.points(triangle), -1.0);
                extents[back as usize].add(body.points(triangle), 1.0);
            }
        }
        let rests = parts.regions.rests(operand).flat_map(|region| cells.of_region(region));
        rests.for_each(|cell| is_rest[cell as usize] = true);
    }
    extents
        .iter()
        .zip(is_rest)
        .map(|(extent, is_rest)| is_rest || extent.is_thicker_than(thickness))
        .collect()
}

/// What a cell takes up.
#[derive(Clone, Copy)]
struct Extent {
    volume: f64,
    /// A point of its boundary, once there is one: so the volume of something small far out is not lost in rounding.
    origin: Option<DVec3>,
    low: DVec3,
    high: DVec3,
}

impl Default for Extent {
    fn default() -> Self {
        Self { volume: 0.0, origin: None, low: DVec3::INFINITY, high: DVec3::NEG_INFINITY }
    }
}

impl Extent {
    /// Adds a triangle of its boundary: seen from outside, or with a sign of −1 from inside.
    fn add(&mut self, [a, b, c]: [DVec3; 3], sign: f64) {
        let origin = *self.origin.get_or_insert(a);
        self.volume += (a - origin).dot((b - origin).cross(c - origin)) / 6.0 * sign;
        self.low = self.low.min(a).min(b).min(c);
        self.high = self.high.max(a).max(b).max(c);
    }

    /// Whether there is more of it than of a plate as large as it is long, and so thick.
    fn is_thicker_than(&self, thickness: f64) -> bool {
        self.volume.abs() > (self.high - self.low).length_squared() * thickness
    }
}
