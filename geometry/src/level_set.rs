//! Surfaces of functions: where a function of space is 0 becomes a closed mesh.
//!
//! The cubes of a grid are divided into six tetrahedra each, all alike and fitting together, and each tetrahedron gives no,
//! one or two triangles by the signs at its corners (Akio Doi and Akio Koide, “An Efficient Method of Triangulating
//! Equi-Valued Surfaces by Using Tetrahedral Cells”, 1991). No case is ambiguous, so the mesh is always closed and
//! manifold.

use std::collections::BTreeMap;

use glam::{DVec3, UVec3};

use crate::bvh::{Bvh, nearest_point};
use crate::memory::{Holding, bytes_of, bytes_per};
use crate::progress::{Cancelled, Progress, Stretch};
use crate::winding::WindingTree;
use crate::{Mesh, MeshError, parallel};

/// The largest number of cubes along an axis, and of grid points in all.
const MAX_CUBES: f64 = 4000.0;
const MAX_POINTS: f64 = 4e8;

/// Cubes along the side of a block that is looked at as a whole.
const BLOCK: u32 = 8;

/// No corner is nearer to a grid point than this part of its edge, so that triangles have area.
const NEAREST: f64 = 1e-3;

/// Where a function is looked at, and how closely.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LevelSet {
    /// Smallest corner of the box; nothing is found outside, and where the surface leaves it, it is closed.
    pub low: DVec3,
    /// Largest corner.
    pub high: DVec3,
    /// Side of the cubes, millimetres. Details smaller than this are lost.
    pub cell: f64,
    /// Whether the function never changes by more than the distance between two points. Then large empty parts of the box
    /// are passed over.
    pub is_distance: bool,
}

/// Why there is no surface.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum LevelSetError {
    /// The mesh to start from is malformed.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// The box is empty, or a number is NaN, infinite or not above 0.
    #[error("the box and the size of its cells must be above 0 mm")]
    Size,
    /// There would be too many cells.
    #[error("there would be too many cells; larger ones are needed")]
    TooFine,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The surface on which a function is 0, around the places where it is below 0: closed, oriented outward, manifold. NaN
/// counts as outside.
///
/// # Errors
/// See [`LevelSetError`].
pub fn level_set(
    function: impl Fn(DVec3) -> f64 + Sync,
    options: &LevelSet,
    progress: &dyn Progress,
) -> Result<Mesh, LevelSetError> {
    let grid = Grid::new(options)?;
    let blocks = grid.blocks();
    let mut surface =
        Surface { grid: &grid, positions: Vec::new(), triangles: Vec::new(), corners: BTreeMap::new() };
    let mut held = Holding::nothing(progress);
    // Layers of blocks, so that their corners can be forgotten above and below.
    for (number, layer) in blocks.chunk_by(|one, other| one.z == other.z).enumerate() {
        let done = number as f64 / f64::from(grid.cubes.z.div_ceil(BLOCK));
        let layer_progress = Stretch::new(progress, done, done);
        // Most blocks of a layer have no surface in them; those that have keep their values until it is made.
        held.set(surface.num_bytes() + layer.len() * size_of::<Option<Vec<f64>>>())?;
        let values = parallel::map(layer, |_, &block| grid.values(block, &function, &layer_progress));
        for (&block, values) in layer.iter().zip(values) {
            if let Some(values) = &values? {
                layer_progress.report(0.0)?;
                held.set(surface.num_bytes() + layer.len() * size_of::<Option<Vec<f64>>>())?;
                surface.add_block(block, values);
            }
        }
        let top = (layer[0].z + BLOCK).min(grid.cubes.z);
        surface.corners.retain(|&(point, kind), _| point[0] >= top || (point[0] + 1 == top && kind & 4 != 0));
    }
    Ok(Mesh::new(surface.positions, surface.triangles))
}

/// Everything within a distance of a closed mesh, or for a negative one everything that far inside of it: rounded outward,
/// to about a tenth of `cell` on flat faces and with edges cut off by up to `cell`. What is inside is told by winding
/// numbers, so small gaps do no harm.
///
/// # Errors
/// See [`LevelSetError`].
pub fn offset_solid(
    mesh: &Mesh,
    distance: f64,
    cell: f64,
    progress: &dyn Progress,
) -> Result<Mesh, LevelSetError> {
    mesh.validate()?;
    let Some((low, high)) = mesh.bounds() else { return Ok(Mesh::default()) };
    if !distance.is_finite() {
        return Err(LevelSetError::Size);
    }
    // Boxes, what is sorted twice, nodes and what is known of each, and the order.
    let _held = Holding::new(progress, bytes_per(mesh, 24 + 2 * 16 + 32 + 64, 0))?;
    let bvh = Bvh::of_mesh_watched(mesh, &Stretch::new(progress, 0.0, 0.1))?;
    let winding = WindingTree::new_watched(mesh, &bvh, &Stretch::new(progress, 0.1, 0.1))?;
    let margin = DVec3::splat(distance.max(0.0) + 2.0 * cell);
    let signed_distance = |point: DVec3| {
        let nearest = nearest_point(&bvh, mesh, point, f64::INFINITY).map_or(f64::NAN, |it| it.distance);
        (if winding.is_inside(point) { -nearest } else { nearest }) - distance
    };
    let options = LevelSet { low: low - margin, high: high + margin, cell, is_distance: true };
    level_set(signed_distance, &options, &Stretch::new(progress, 0.1, 1.0))
}

struct Grid {
    low: DVec3,
    cell: f64,
    /// Cubes along each axis. The points on the outside of the box count as outside.
    cubes: UVec3,
    is_distance: bool,
}

impl Grid {
    fn new(options: &LevelSet) -> Result<Self, LevelSetError> {
        let size = options.high - options.low;
        let is_sound = options.low.is_finite() && size.is_finite() && size.min_element() > 0.0;
        if !(is_sound && options.cell > 0.0 && options.cell.is_finite()) {
            return Err(LevelSetError::Size);
        }
        let cubes = (size / options.cell).ceil().max(DVec3::splat(2.0));
        let num_points = (cubes.x + 1.0) * (cubes.y + 1.0) * (cubes.z + 1.0);
        if cubes.max_element() > MAX_CUBES || num_points > MAX_POINTS {
            return Err(LevelSetError::TooFine);
        }
        Ok(Self {
            low: options.low,
            cell: options.cell,
            cubes: cubes.as_uvec3(),
            is_distance: options.is_distance,
        })
    }

    /// First cubes of the blocks, layer by layer.
    fn blocks(&self) -> Vec<UVec3> {
        let steps = |count: u32| (0..count).step_by(BLOCK as usize);
        steps(self.cubes.z)
            .flat_map(|z| {
                steps(self.cubes.y).flat_map(move |y| steps(self.cubes.x).map(move |x| UVec3::new(x, y, z)))
            })
            .collect()
    }

    fn point(&self, point: UVec3) -> DVec3 {
        self.low + point.as_dvec3() * self.cell
    }

    /// The values at the points of a block, or `None` where all have one sign.
    fn values(
        &self,
        block: UVec3,
        function: &impl Fn(DVec3) -> f64,
        progress: &dyn Progress,
    ) -> Result<Option<Vec<f64>>, Cancelled> {
        progress.report(0.0)?;
        let last = (block + BLOCK).min(self.cubes);
        if self.is_distance {
            let (low, high) = (self.point(block), self.point(last));
            // With a share for what the function rounds, and never where the box ends.
            let reach = (high - low).length() * 0.5 * (1.0 + 1e-9);
            let value = function((low + high) * 0.5);
            let is_inner = block.min_element() > 0 && last.cmplt(self.cubes).all();
            if value > reach || (value < -reach && is_inner) {
                return Ok(None);
            }
        }
        let mut values = Vec::with_capacity(((BLOCK + 1) * (BLOCK + 1) * (BLOCK + 1)) as usize);
        for z in block.z..=last.z {
            progress.report(0.0)?;
            for y in block.y..=last.y {
                for x in block.x..=last.x {
                    let point = UVec3::new(x, y, z);
                    let is_outside = point.min_element() == 0 || point.cmpeq(self.cubes).any();
                    let value = function(self.point(point));
                    // A share of the cell outside, so that the closing faces are near the box.
                    let is_sound = !is_outside && !value.is_nan();
                    values.push(if is_sound { value } else { value.max(self.cell) });
                }
            }
        }
        let has = |is_below: bool| values.iter().any(|&value| (value < 0.0) == is_below);
        Ok((has(true) && has(false)).then_some(values))
    }
}

/// Orders in which the three axes are walked from the lowest corner of a cube to the highest: one tetrahedron each.
const WALKS: [[usize; 3]; 6] = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]];

struct Surface<'a> {
    grid: &'a Grid,
    positions: Vec<DVec3>,
    triangles: Vec<[u32; 3]>,
    /// The position on each edge, by the lower end as z, y, x and the axes it goes along as bits.
    corners: BTreeMap<([u32; 3], u8), u32>,
}

impl Surface<'_> {
    /// About what it holds; entries of the tree are about two thirds full.
    fn num_bytes(&self) -> usize {
        let corners = self.corners.len() * (size_of::<(([u32; 3], u8), u32)>() * 3 / 2);
        bytes_of(&self.positions) + bytes_of(&self.triangles) + corners
    }

    fn add_block(&mut self, block: UVec3, values: &[f64]) {
        let last = (block + BLOCK).min(self.grid.cubes);
        let width = last - block + 1;
        let index = |point: UVec3| {
            let offset = point - block;
            ((offset.z * width.y + offset.y) * width.x + offset.x) as usize
        };
        for z in block.z..last.z {
            for y in block.y..last.y {
                for x in block.x..last.x {
                    let low = UVec3::new(x, y, z);
                    let corner = |bits: u8| {
                        low + UVec3::new((bits & 1).into(), (bits >> 1 & 1).into(), (bits >> 2).into())
                    };
                    let values: [f64; 8] = std::array::from_fn(|bits| values[index(corner(bits as u8))]);
                    let num_inside = values.iter().filter(|&&value| value < 0.0).count();
                    if num_inside == 0 || num_inside == 8 {
                        continue;
                    }
                    for (number, walk) in WALKS.iter().enumerate() {
                        let first = 1 << walk[0];
                        let second = first | 1 << walk[1];
                        // Every other walk turns the other way.
                        self.add_tetrahedron(low, [0, first, second, 7], &values, number < 3);
                    }
                }
            }
        }
    }

    /// `corners` are corners of the cube as bits, each a part of the next. `is_right` tells whether the last three are seen
    /// counter-clockwise from beyond them.
    fn add_tetrahedron(&mut self, low: UVec3, corners: [u8; 4], values: &[f64; 8], is_right: bool) {
        let inside: Vec<usize> = (0..4).filter(|&i| values[corners[i] as usize] < 0.0).collect();
        let mut at = |one: usize, other: usize| {
            self.corner(low, corners[one.min(other)], corners[one.max(other)], values)
        };
        // The corners that are alone on their side, in an order that keeps the turn.
        let (polygon, is_turned) = match *inside.as_slice() {
            [a] => {
                let [b, c, d] = others(a);
                (vec![at(a, b), at(a, c), at(a, d)], false)
            }
            [a, b] => {
                let [c, d] = even_rest(a, b);
                (vec![at(a, c), at(a, d), at(b, d), at(b, c)], false)
            }
            [_, _, _] => {
                let a = (0..4).find(|i| !inside.contains(i)).unwrap_or(0);
                let [b, c, d] = others(a);
                (vec![at(a, b), at(a, c), at(a, d)], true)
            }
            _ => return,
        };
        for i in 2..polygon.len() {
            let [a, b, c] = [polygon[0], polygon[i - 1], polygon[i]];
            self.triangles.push(if is_turned != is_right { [a, b, c] } else { [a, c, b] });
        }
    }

    /// The position on the edge between two corners of a cube, of which one is a part of the other.
    fn corner(&mut self, low: UVec3, from: u8, to: u8, values: &[f64; 8]) -> u32 {
        let offset = |bits: u8| UVec3::new((bits & 1).into(), (bits >> 1 & 1).into(), (bits >> 2).into());
        let start = low + offset(from);
        let key = ([start.z, start.y, start.x], to & !from);
        let positions = &mut self.positions;
        let grid = self.grid;
        *self.corners.entry(key).or_insert_with(|| {
            let (from_value, to_value) = (values[from as usize], values[to as usize]);
            let part = from_value / (from_value - to_value);
            // Where a value is infinite the middle will do.
            let part = if part.is_nan() { 0.5 } else { part.clamp(NEAREST, 1.0 - NEAREST) };
            let (start, end) = (grid.point(start), grid.point(low + offset(to)));
            positions.push(start + (end - start) * part);
            positions.len() as u32 - 1
        })
    }
}

/// The other three of four, so that together with the first they are an even permutation.
fn others(first: usize) -> [usize; 3] {
    [[1, 2, 3], [0, 3, 2], [3, 0, 1], [2, 1, 0]][first]
}

/// The other two of four, so that together with the first two they are an even permutation.
fn even_rest(a: usize, b: usize) -> [usize; 2] {
    let [c, d] = match others(a) {
        [x, y, z] if x == b => [y, z],
        [x, y, z] if y == b => [z, x],
        [x, y, _] => [x, y],
    };
    [c, d]
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use proptest::prelude::*;

    use super::*;
    use crate::{Primitive, Unwatched};

    fn around(radius: f64, cell: f64) -> LevelSet {
        LevelSet { low: DVec3::splat(-radius), high: DVec3::splat(radius), cell, is_distance: true }
    }

    #[test]
    fn a_ball_has_its_volume() {
        for is_distance in [true, false] {
            let options = LevelSet { is_distance, ..around(1.3, 0.05) };
            let mesh = level_set(|point| point.length() - 1.0, &options, &Unwatched).expect("fine");
            let report = mesh.check();
            assert!(report.is_solid() && report.num_zero_area == 0, "{report:?}");
            assert_eq!((report.num_shells, report.genus()), (1, Some(0)));
            let ratio = mesh.properties().volume / (4.0 / 3.0 * PI);
            assert!((0.99..1.0).contains(&ratio), "{ratio}");
            assert!(mesh.positions.iter().all(|point| (point.length() - 1.0).abs() < 2e-3));
        }
    }

    #[test]
    fn what_leaves_the_box_is_closed() {
        let options = LevelSet { is_distance: false, ..around(1.0, 0.1) };
        let mesh =
            level_set(|point| point.x.abs().max(point.y.abs()) - 0.5, &options, &Unwatched).expect("fine");
        assert!(mesh.check().is_solid());
        let volume = mesh.properties().volume;
        assert!((1.7..2.0).contains(&volume), "{volume}");
        let full = level_set(|_| -1.0, &around(1.0, 0.2), &Unwatched).expect("fine");
        assert!(full.check().is_solid() && full.properties().volume > 6.0);
        for nothing in [1.0, f64::NAN, f64::INFINITY] {
            assert!(level_set(|_| nothing, &around(1.0, 0.2), &Unwatched).expect("fine").is_empty());
        }
    }

    #[test]
    fn offsets_are_rounded_bodies() {
        let cube = Primitive::Box { size: DVec3::splat(2.0) }.mesh().expect("allowed");
        let grown = offset_solid(&cube, 0.5, 0.08, &Unwatched).expect("fine");
        assert!(grown.check().is_solid());
        // Steiner: volume, faces, quarter cylinders at the edges, eighths of balls at the corners.
        let expected = 8.0 + 24.0 * 0.5 + 12.0 * 2.0 * PI / 4.0 * 0.25 + 4.0 / 3.0 * PI * 0.125;
        let volume = grown.properties().volume;
        assert!((volume / expected - 1.0).abs() < 0.01, "{volume} instead of {expected}");
        let shrunk = offset_solid(&cube, -0.5, 0.08, &Unwatched).expect("fine");
        assert!(shrunk.check().is_solid());
        assert!((shrunk.properties().volume - 1.0).abs() < 0.05, "{}", shrunk.properties().volume);
        assert!(offset_solid(&cube, -1.5, 0.1, &Unwatched).expect("fine").is_empty());
        assert!(offset_solid(&Mesh::default(), 1.0, 0.1, &Unwatched).expect("fine").is_empty());
    }

    #[test]
    fn impossible_boxes_are_refused() {
        let zero = |_: DVec3| 0.0;
        for cell in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(level_set(zero, &around(1.0, cell), &Unwatched), Err(LevelSetError::Size));
        }
        assert_eq!(level_set(zero, &around(-1.0, 0.1), &Unwatched), Err(LevelSetError::Size));
        assert_eq!(level_set(zero, &around(1.0, 1e-9), &Unwatched), Err(LevelSetError::TooFine));
    }

    proptest! {
        /// Any signs at all: closed and manifold, and no triangle without area.
        #[test]
        fn any_values_give_solids(values in prop::collection::vec(-1.0..1.0, 100), step in 1_usize..97) {
            let options = LevelSet { is_distance: false, ..around(1.0, 0.21) };
            let value = |point: DVec3| {
                let [x, y, z] = (point * 100.0).to_array().map(|x| x.round() as i64 as usize);
                let scrambled = x.wrapping_mul(31) ^ y.wrapping_mul(17).rotate_left(7) ^ z.wrapping_mul(step);
                values[scrambled % 100]
            };
            let mesh = level_set(value, &options, &Unwatched).expect("fine");
            let report = mesh.check();
            prop_assert!(report.is_solid() && report.num_zero_area == 0, "{report:?}");
            prop_assert!(mesh.properties().volume >= 0.0);
        }
    }
}
