//! Areas of a plane: polygons with holes, their booleans and offsets.
//!
//! Booleans run on whole numbers (crate `i_overlay`): decisions are made about coordinates rounded to 2⁻⁵⁹ of the largest
//! one, and exactly. So results are the same on every platform. Corners of the input that stay keep their bits.

use glam::{DAffine3, DMat3, DVec2, DVec3};
use i_overlay::core::fill_rule::FillRule;
use i_overlay::core::overlay::{IntOverlayOptions, Overlay};
use i_overlay::core::overlay_rule::OverlayRule;
use i_overlay::core::solver::Solver;
use i_overlay::i_float::int::point::IntPoint;

use crate::section::{Outline, Plane};

mod offset;
#[cfg(test)]
mod tests;
mod triangles;

pub use offset::{Join, Offset};

/// The largest coordinate, millimetres.
const LARGEST: f64 = 1e12;

/// Coordinates become whole numbers of at most this size.
const LARGEST_WHOLE: f64 = (1_u64 << 59) as f64;

/// An area: any number of polygons with holes.
///
/// Promise: contours have at least three corners, do not cross, and touch in single points at most; no corner lies on the
/// straight line between its neighbours. Outer contours run counter-clockwise, holes clockwise.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Region {
    shapes: Vec<Shape>,
}

/// A polygon with holes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shape {
    /// The outline, counter-clockwise, millimetres.
    pub outer: Vec<DVec2>,
    /// The outlines of holes, clockwise.
    pub holes: Vec<Vec<DVec2>>,
}

/// What to compute of two regions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegionOp {
    /// What is in either.
    Union,
    /// What is in the first and not in the second.
    Difference,
    /// What is in both.
    Intersection,
    /// What is in one only.
    Xor,
}

/// Which places contours enclose, by how often they go round them counter-clockwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RegionRule {
    /// Odd times, whichever way. What drawings mean by nested contours.
    #[default]
    Odd,
    /// More often than not at all, whichever way.
    NonZero,
    /// More often counter-clockwise than clockwise.
    Positive,
}

/// Why there is no region.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RegionError {
    /// A coordinate is NaN or too large.
    #[error("corner {corner} of contour {contour} is not finite or farther out than {LARGEST:e} mm")]
    OutOfRange {
        /// Index of the contour.
        contour: usize,
        /// Index of the corner.
        corner: usize,
    },
    /// An outline is not closed.
    #[error("outline {outline} is not closed")]
    Open {
        /// Index of the outline.
        outline: usize,
    },
    /// A plane has no normal.
    #[error("the plane has no direction")]
    Plane,
    /// The distance of an offset is NaN or too large, or its join makes no sense.
    #[error("the distance and the join of an offset must be numbers in range")]
    Offset,
}

impl Region {
    /// What closed contours enclose. They may cross, touch and overlap in any way; each goes on from its last corner to
    /// its first.
    ///
    /// # Errors
    /// [`RegionError::OutOfRange`].
    pub fn new(contours: &[Vec<DVec2>], rule: RegionRule) -> Result<Self, RegionError> {
        check(contours)?;
        let grid = Grid::for_contours(contours.iter());
        Ok(grid.overlay(contours, &[], OverlayRule::Subject, rule))
    }

    /// What closed outlines of a plane section enclose, in a frame of the plane; and the space of the mesh from that
    /// frame, in which the plane is Z = 0. Its X is horizontal, that of the mesh where the plane itself is. Outlines of holes run the other way, so that the inside of a solid is inside.
    ///
    /// # Errors
    /// When an outline is open, a coordinate out of range, or the plane has no normal.
    pub fn of_section(outlines: &[Outline], plane: &Plane) -> Result<(Self, DAffine3), RegionError> {
        if let Some(outline) = outlines.iter().position(|outline| !outline.is_closed) {
            return Err(RegionError::Open { outline });
        }
        let normal = plane.normal.try_normalize().ok_or(RegionError::Plane)?;
        let across = DVec3::Z.cross(normal).try_normalize().unwrap_or(DVec3::X);
        let mesh_from_plane = DAffine3::from_mat3_translation(
            DMat3::from_cols(across, normal.cross(across), normal),
            plane.origin,
        );
        let flat = |point: &DVec3| {
            let offset = *point - plane.origin;
            DVec2::new(offset.dot(across), offset.dot(normal.cross(across)))
        };
        let contours: Vec<Vec<DVec2>> =
            outlines.iter().map(|outline| outline.points.iter().map(flat).collect()).collect();
        Ok((Self::new(&contours, RegionRule::Positive)?, mesh_from_plane))
    }

    /// The polygons it consists of. They do not overlap.
    #[must_use]
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.shapes.is_empty()
    }

    /// All contours, outer ones before their holes.
    pub fn contours(&self) -> impl Iterator<Item = &Vec<DVec2>> {
        self.shapes.iter().flat_map(|shape| std::iter::once(&shape.outer).chain(&shape.holes))
    }

    /// A boolean with another region.
    #[must_use]
    pub fn combined(&self, op: RegionOp, other: &Self) -> Self {
        let rule = match op {
            RegionOp::Union => OverlayRule::Union,
            RegionOp::Difference => OverlayRule::Difference,
            RegionOp::Intersection => OverlayRule::Intersect,
            RegionOp::Xor => OverlayRule::Xor,
        };
        let grid = Grid::for_contours(self.contours().chain(other.contours()));
        let (one, two): (Vec<_>, Vec<_>) =
            (self.contours().cloned().collect(), other.contours().cloned().collect());
        grid.overlay(&one, &two, rule, RegionRule::NonZero)
    }

    /// The area, mm².
    #[must_use]
    pub fn area(&self) -> f64 {
        self.contours().map(|contour| moments(contour).0).sum()
    }

    /// The length of all contours, mm.
    #[must_use]
    pub fn perimeter(&self) -> f64 {
        self.contours().flat_map(|contour| sides(contour)).map(|(start, end)| start.distance(end)).sum()
    }

    /// The centre of the area; `None` when it is empty.
    #[must_use]
    pub fn centroid(&self) -> Option<DVec2> {
        let base = *self.contours().next()?.first()?;
        let mut sums = (0.0, DVec2::ZERO);
        for contour in self.contours() {
            let moved: Vec<DVec2> = contour.iter().map(|&corner| corner - base).collect();
            let (area, moment) = moments(&moved);
            sums = (sums.0 + area, sums.1 + moment);
        }
        (sums.0 > 0.0).then(|| base + sums.1 / sums.0)
    }

    /// The second moments of area about the centre of the area, mm⁴: ∫y², ∫x² and ∫xy; `None` when it is empty.
    #[must_use]
    pub fn second_moments(&self) -> Option<[f64; 3]> {
        let center = self.centroid()?;
        let mut sums = [0.0; 3];
        for (start, end) in self.contours().flat_map(|contour| sides(contour)) {
            let (start, end) = (start - center, end - center);
            let doubled = start.perp_dot(end);
            let squares = start * start + start * end + end * end;
            let mixed = start.x * end.y + 2.0 * (start.x * start.y + end.x * end.y) + end.x * start.y;
            sums[0] += doubled * squares.y / 12.0;
            sums[1] += doubled * squares.x / 12.0;
            sums[2] += doubled * mixed / 24.0;
        }
        Some(sums)
    }
}

/// The sides of a closed contour.
fn sides(contour: &[DVec2]) -> impl Iterator<Item = (DVec2, DVec2)> {
    contour.iter().copied().zip(contour.iter().copied().cycle().skip(1))
}

/// The area a contour encloses, and its first moment.
fn moments(contour: &[DVec2]) -> (f64, DVec2) {
    let Some(&base) = contour.first() else { return (0.0, DVec2::ZERO) };
    let mut area = 0.0;
    let mut moment = DVec2::ZERO;
    for (start, end) in sides(contour) {
        let (start, end) = (start - base, end - base);
        let doubled = start.perp_dot(end);
        area += doubled * 0.5;
        moment += (start + end) * (doubled / 6.0);
    }
    (area, moment + base * area)
}

fn check(contours: &[Vec<DVec2>]) -> Result<(), RegionError> {
    for (contour, corners) in contours.iter().enumerate() {
        let is_bad = |corner: &DVec2| !(corner.abs().max_element() <= LARGEST && corner.is_finite());
        if let Some(corner) = corners.iter().position(is_bad) {
            return Err(RegionError::OutOfRange { contour, corner });
        }
    }
    Ok(())
}

/// Between millimetres and whole numbers.
struct Grid {
    /// A power of two.
    steps_per_mm: f64,
}

impl Grid {
    fn for_contours<'a>(contours: impl Iterator<Item = &'a Vec<DVec2>>) -> Self {
        let largest = contours.flatten().map(|corner| corner.abs().max_element()).fold(1e-9, f64::max);
        let exponent = (LARGEST_WHOLE / largest).to_bits() >> 52;
        Self { steps_per_mm: f64::from_bits(exponent << 52) }
    }

    fn whole(&self, contours: &[Vec<DVec2>]) -> Vec<Vec<IntPoint<i64>>> {
        let whole = |x: f64| (x * self.steps_per_mm).round() as i64;
        let point = |corner: &DVec2| IntPoint::new(whole(corner.x), whole(corner.y));
        contours.iter().map(|contour| contour.iter().map(point).collect()).collect()
    }

    fn overlay(&self, one: &[Vec<DVec2>], other: &[Vec<DVec2>], op: OverlayRule, rule: RegionRule) -> Region {
        let fill = match rule {
            RegionRule::Odd => FillRule::EvenOdd,
            RegionRule::NonZero => FillRule::NonZero,
            RegionRule::Positive => FillRule::Positive,
        };
        let options = IntOverlayOptions::ogc();
        let wholes = [self.whole(one), self.whole(other)];
        let resources = (wholes[0].as_slice(), wholes[1].as_slice());
        let shapes =
            Overlay::<i64>::from_subj_and_clip_custom(resources.0, resources.1, options, Solver::default())
                .overlay(op, fill);
        // By place, the first of several.
        let mut known: Vec<([i64; 2], DVec2)> = wholes
            .iter()
            .flatten()
            .flatten()
            .map(|point| [point.x, point.y])
            .zip(one.iter().chain(other).flatten().copied())
            .collect();
        known.sort_by_key(|(place, _)| *place);
        known.dedup_by_key(|(place, _)| *place);
        let corner = |point: &IntPoint<i64>| match known.binary_search_by_key(&[point.x, point.y], |it| it.0)
        {
            Ok(index) => known[index].1,
            Err(_) => DVec2::new(point.x as f64, point.y as f64) / self.steps_per_mm,
        };
        let shapes = shapes.iter().filter_map(|shape| {
            let mut contours = shape.iter().map(|contour| contour.iter().map(corner).collect::<Vec<_>>());
            Some(Shape { outer: contours.next()?, holes: contours.collect() })
        });
        Region { shapes: shapes.collect() }
    }
}
