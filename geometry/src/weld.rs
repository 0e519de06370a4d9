//! Merging positions that are the same point.

use std::sync::Arc;

use glam::DVec3;

use crate::boolean::pairs;
use crate::bvh::BoxTree;
use crate::progress::{Cancelled, Progress, Stretch, Unwatched, report_at};
use crate::sorting::sorted;
use crate::topology::{DisjointSets, is_degenerate};
use crate::{Aabb, CornerRows, Mesh};

/// Which positions became one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Weld {
    /// The remaining positions, in the order in which each first appeared.
    pub positions: Vec<DVec3>,
    /// For each old position its index in `positions`.
    pub new_from_old: Vec<u32>,
}

/// What welding a mesh changed. Nothing was dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WeldReport {
    /// Positions that another one stands for now.
    pub num_merged: usize,
    /// Triangles that name a position twice now and did not before. They are still there.
    pub num_collapsed: usize,
}

/// Merges positions with equal coordinates, where −0 equals +0. All NaN count as one number.
///
/// # Panics
/// When there are more positions than `u32` can number.
#[must_use]
pub fn weld_positions(positions: &[DVec3]) -> Weld {
    weld_positions_watched(positions, &Unwatched).expect("nobody cancels")
}

/// The same for many positions.
pub(crate) fn weld_positions_watched(
    positions: &[DVec3],
    progress: &dyn Progress,
) -> Result<Weld, Cancelled> {
    let keys = |index: u32| key(positions[index as usize]);
    match weld_by_hashing(positions, &keys, progress)? {
        Some(weld) => Ok(weld),
        None => weld_by_sorting(positions, &keys, progress),
    }
}

/// Merges positions that are connected by steps of at most `tolerance`, millimetres. Whatever the order of the positions,
/// the same ones are merged, and the one with the smallest coordinates (by x, then y, then z) stands for all.
///
/// A chain of small steps is merged however long it is, and where many positions are close together this takes time in
/// proportion to the number of close pairs.
///
/// # Panics
/// When there are more positions than `u32` can number.
#[must_use]
pub fn weld_positions_within(positions: &[DVec3], tolerance: f64) -> Weld {
    weld_positions_within_watched(positions, tolerance, &Unwatched).expect("nobody cancels")
}

/// The same for many positions.
pub(crate) fn weld_positions_within_watched(
    positions: &[DVec3],
    tolerance: f64,
    progress: &dyn Progress,
) -> Result<Weld, Cancelled> {
    let exact = weld_positions_watched(positions, &Stretch::new(progress, 0.0, 0.2))?;
    if tolerance.is_nan() || tolerance <= 0.0 {
        return Ok(exact);
    }
    let points = &exact.positions;
    let reach = DVec3::splat(tolerance * 0.5);
    // Boxes around points closer than the tolerance overlap, since boxes are rounded outward.
    let box_of = |index: usize| Aabb::from_corners(points[index] - reach, points[index] + reach);
    let tree = BoxTree::build(points.len(), box_of, &Stretch::new(progress, 0.2, 0.5))?;
    let look = |one: u32, other: u32| {
        let is_near = points[one as usize].distance_squared(points[other as usize]) <= tolerance * tolerance;
        is_near.then_some([one, other])
    };
    let near = pairs::within(&tree, look, &Stretch::new(progress, 0.5, 0.8))?;
    let mut sets = DisjointSets::new(points.len());
    for (index, &[one, other]) in near.iter().enumerate() {
        report_at(progress, index, near.len())?;
        sets.join(one, other);
    }
    let mut smallest = points.clone();
    for (index, candidate) in points.iter().enumerate() {
        report_at(progress, index, points.len())?;
        let root = sets.root(index as u32) as usize;
        let current = smallest[root];
        if candidate.to_array().partial_cmp(&current.to_array()).is_some_and(|order| order.is_lt()) {
            smallest[root] = *candidate;
        }
    }
    let mut merged = Weld { positions: Vec::new(), new_from_old: vec![0; points.len()] };
    for index in 0..points.len() {
        report_at(progress, index, points.len())?;
        let root = sets.root(index as u32) as usize;
        // The root is the smallest index of its set, so it has been numbered by now.
        merged.new_from_old[index] = if root == index {
            merged.positions.push(smallest[root]);
            merged.positions.len() as u32 - 1
        } else {
            merged.new_from_old[root]
        };
    }
    let new_from_old = exact.new_from_old.iter().map(|&index| merged.new_from_old[index as usize]).collect();
    Ok(Weld { positions: merged.positions, new_from_old })
}

impl Mesh {
    /// This mesh after a weld of its positions. Channels keep their values: rows per position become rows per corner.
    ///
    /// # Panics
    /// When the weld was not made from this mesh's positions, or an index is out of range; see [`Mesh::validate`].
    #[must_use]
    pub fn welded(&self, weld: Weld) -> (Self, WeldReport) {
        let num_merged = self.positions.len() - weld.positions.len();
        if num_merged == 0 {
            return (Self { positions: weld.positions, ..self.clone() }, WeldReport::default());
        }
        let mut mesh = self.clone();
        let old_triangles = Arc::new(self.triangles.clone());
        for channel in &mut mesh.channels {
            if channel.rows == CornerRows::PerPosition {
                channel.rows = CornerRows::PerCorner(Arc::clone(&old_triangles));
            }
        }
        mesh.positions = weld.positions;
        let mut num_collapsed = 0;
        for triangle in &mut mesh.triangles {
            let was_degenerate = is_degenerate(*triangle);
            *triangle = triangle.map(|index| weld.new_from_old[index as usize]);
            num_collapsed += usize::from(is_degenerate(*triangle) && !was_degenerate);
        }
        (mesh, WeldReport { num_merged, num_collapsed })
    }
}

/// The bits of a point, the same for equal coordinates.
#[inline]
fn key(point: DVec3) -> [u64; 3] {
    // Adding zero turns −0 into +0.
    point.to_array().map(|x| if x.is_nan() { u64::MAX } else { (x + 0.0).to_bits() })
}

/// Marks a free place in the hash table.
const FREE: u32 = u32::MAX;

/// How many places in a row may be taken before the keys are considered made to collide. Among honest ones not even a
/// tenth occurs, the table being at most half full.
const MAX_PROBES: usize = 1000;

/// `None` when the keys collide too much.
fn weld_by_hashing(
    positions: &[DVec3],
    key_of: &impl Fn(u32) -> [u64; 3],
    progress: &dyn Progress,
) -> Result<Option<Weld>, Cancelled> {
    let count = u32::try_from(positions.len()).expect("positions are numbered with 32 bits");
    let num_places = (positions.len() * 2).next_power_of_two();
    let shift = 64 - num_places.trailing_zeros().max(1);
    let mask = num_places - 1;
    let mut table = vec![FREE; num_places];
    let mut weld = Weld { positions: Vec::new(), new_from_old: Vec::with_capacity(positions.len()) };
    for old in 0..count {
        report_at(progress, old as usize, positions.len())?;
        let key = key_of(old);
        let first_place = (hash(key) >> shift) as usize & mask;
        let mut new = None;
        for probe in 0..MAX_PROBES {
            let place = &mut table[(first_place + probe) & mask];
            if *place == FREE {
                *place = weld.positions.len() as u32;
                weld.positions.push(positions[old as usize]);
                new = Some(*place);
                break;
            }
            if self::key(weld.positions[*place as usize]) == key {
                new = Some(*place);
                break;
            }
        }
        let Some(new) = new else { return Ok(None) };
        weld.new_from_old.push(new);
    }
    Ok(Some(weld))
}

/// The same result by sorting, which nothing slows down.
fn weld_by_sorting(
    positions: &[DVec3],
    key_of: &(impl Fn(u32) -> [u64; 3] + Sync),
    progress: &dyn Progress,
) -> Result<Weld, Cancelled> {
    let order: Vec<u32> = (0..positions.len() as u32).collect();
    let by_key = |&one: &u32, &other: &u32| (key_of(one), one).cmp(&(key_of(other), other));
    let order = sorted(order, by_key, progress)?;
    let mut first_of = vec![0; positions.len()];
    let mut first = 0;
    for (place, &index) in order.iter().enumerate() {
        report_at(progress, place, order.len())?;
        if place == 0 || key_of(order[place - 1]) != key_of(index) {
            first = index;
        }
        first_of[index as usize] = first;
    }
    let mut weld = Weld { positions: Vec::new(), new_from_old: vec![0; positions.len()] };
    for (index, &first) in first_of.iter().enumerate() {
        weld.new_from_old[index] = if first as usize == index {
            weld.positions.push(positions[index]);
            weld.positions.len() as u32 - 1
        } else {
            weld.new_from_old[first as usize]
        };
    }
    Ok(weld)
}

/// Spreads the bits of a point over the upper bits of the result. The multipliers are odd digits of the golden ratio and
/// of the roots of 2 and 3.
#[inline]
fn hash([x, y, z]: [u64; 3]) -> u64 {
    let mixed = x.wrapping_mul(0x9e37_79b9_7f4a_7c15)
        ^ y.wrapping_mul(0x6a09_e667_f3bc_c909).rotate_left(21)
        ^ z.wrapping_mul(0xbb67_ae85_84ca_a73b).rotate_left(42);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed ^ (mixed >> 29)).wrapping_mul(0xbb67_ae85_84ca_a73b)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Channel, Semantic};

    #[test]
    fn zeros_are_equal_and_neighbours_are_not() {
        let points = [DVec3::ZERO, DVec3::new(-0.0, 0.0, -0.0), DVec3::new(f64::from_bits(1), 0.0, 0.0)];
        let weld = weld_positions(&points);
        assert_eq!(weld.new_from_old, [0, 0, 1]);
        assert_eq!(weld.positions, [points[0], points[2]]);
        assert_eq!(weld_positions(&[]), Weld::default());
    }

    #[test]
    fn values_per_position_survive() {
        let corners = [DVec3::ZERO, DVec3::X, DVec3::Y];
        let mut mesh = Mesh::new([corners, corners].concat(), vec![[0, 1, 2], [3, 5, 4], [0, 3, 1]]);
        let values: Vec<f32> = (0..12).map(|i| i as f32).collect();
        mesh.channels.push(Channel {
            semantic: Semantic::Uv(0),
            width: 2,
            values,
            rows: CornerRows::PerPosition,
        });
        let (welded, report) = mesh.welded(weld_positions(&mesh.positions));
        assert_eq!(report, WeldReport { num_merged: 3, num_collapsed: 1 });
        assert_eq!(welded.triangles, [[0, 1, 2], [0, 2, 1], [0, 0, 1]]);
        assert_eq!(welded.validate(), Ok(()));
        for triangle in 0..3 {
            for corner in 0..3 {
                let row = |mesh: &Mesh| {
                    let channel = &mesh.channels[0];
                    channel.row_of_corner(mesh, triangle, corner).map(|row| channel.row(row).to_vec())
                };
                assert_eq!(row(&mesh), row(&welded));
            }
        }
    }

    #[test]
    fn a_chain_is_merged_whole() {
        let points: Vec<DVec3> = [3, 0, 2, 1, 9].iter().map(|&x| DVec3::X * f64::from(x)).collect();
        let weld = weld_positions_within(&points, 1.0);
        assert_eq!(weld.new_from_old, [0, 0, 0, 0, 1]);
        assert_eq!(weld.positions, [DVec3::ZERO, DVec3::X * 9.0]);
        assert_eq!(weld_positions_within(&points, 0.999).positions.len(), 5);
        for no_tolerance in [0.0, -1.0, f64::NAN] {
            assert_eq!(weld_positions_within(&points, no_tolerance).positions.len(), 5);
        }
    }

    fn coordinate() -> impl Strategy<Value = f64> {
        prop_oneof![(-2_i32..3).prop_map(f64::from), Just(-0.0), Just(1.0 + f64::EPSILON), -2.0..2.0]
    }

    fn points() -> impl Strategy<Value = Vec<DVec3>> {
        prop::collection::vec([coordinate(), coordinate(), coordinate()].prop_map(DVec3::from_array), 0..80)
    }

    proptest! {
        #[test]
        fn hashing_equals_sorting_equals_brute_force(points in points()) {
            let weld = weld_positions(&points);
            prop_assert_eq!(&weld, &weld_by_sorting(&points, &|index| key(points[index as usize]), &Unwatched).expect("nobody cancels"));
            for (i, a) in points.iter().enumerate() {
                prop_assert_eq!(weld.positions[weld.new_from_old[i] as usize], *a);
                for (j, b) in points.iter().enumerate() {
                    prop_assert_eq!(a == b, weld.new_from_old[i] == weld.new_from_old[j]);
                }
            }
        }

        #[test]
        fn tolerance_merges_the_same_in_any_order(points in points(), tolerance in 0.01..0.8, turn in 0_usize..80) {
            let mut turned = points.clone();
            if !points.is_empty() {
                turned.rotate_left(turn % points.len());
            }
            let remaining = |points: &[DVec3]| {
                let mut remaining: Vec<[u64; 3]> =
                    weld_positions_within(points, tolerance).positions.into_iter().map(key).collect();
                remaining.sort_unstable();
                remaining
            };
            prop_assert_eq!(remaining(&points), remaining(&turned));
            let weld = weld_positions_within(&points, tolerance);
            for (i, a) in points.iter().enumerate() {
                for (j, b) in points.iter().enumerate() {
                    if a.distance(*b) <= tolerance * (1.0 - 1e-12) {
                        prop_assert_eq!(weld.new_from_old[i], weld.new_from_old[j]);
                    }
                }
            }
        }
    }
}
