//! Axis-aligned boxes in `f32` that never lie: they are rounded outward from `f64` points.

use bytemuck::{Pod, Zeroable};
use glam::{DAffine3, DVec3};

/// An axis-aligned box that certainly holds what it was made from, 24 bytes.
///
/// Closed: boxes that share only a corner overlap. A box with a `min` above its `max` is empty; the one
/// made here overlaps no finite box.
/// No coordinate is ever NaN or −0.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Aabb {
    /// Smallest coordinates.
    pub min: [f32; 3],
    /// Largest coordinates.
    pub max: [f32; 3],
}

impl Default for Aabb {
    fn default() -> Self {
        Self::EMPTY
    }
}

impl Aabb {
    /// The box of nothing.
    pub const EMPTY: Self = Self { min: [f32::INFINITY; 3], max: [f32::NEG_INFINITY; 3] };

    /// The box of some points, rounded outward; NaN coordinates are left out.
    #[must_use]
    pub fn around(points: &[DVec3]) -> Self {
        let mut low = [f64::INFINITY; 3];
        let mut high = [f64::NEG_INFINITY; 3];
        for point in points {
            for (axis, coordinate) in point.to_array().into_iter().enumerate() {
                low[axis] = if coordinate < low[axis] { coordinate } else { low[axis] };
                high[axis] = if coordinate > high[axis] { coordinate } else { high[axis] };
            }
        }
        Self::from_corners(DVec3::from_array(low), DVec3::from_array(high))
    }

    /// The box between two corners, rounded outward; empty where `low` is above `high` or a coordinate is NaN.
    #[must_use]
    pub fn from_corners(low: DVec3, high: DVec3) -> Self {
        let is_box = low.x <= high.x && low.y <= high.y && low.z <= high.z;
        if !is_box {
            return Self::EMPTY;
        }
        Self { min: low.to_array().map(round_down), max: high.to_array().map(round_up) }
    }

    /// Whether there is no point in the box.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        (0..3).any(|axis| self.min[axis] > self.max[axis])
    }

    /// The smallest box that holds both.
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut result = *self;
        for axis in 0..3 {
            result.min[axis] = smaller(result.min[axis], other.min[axis]);
            result.max[axis] = larger(result.max[axis], other.max[axis]);
        }
        result
    }

    /// Whether the boxes have a point in common.
    #[must_use]
    #[inline]
    pub fn overlaps(&self, other: &Self) -> bool {
        // Without branches: where boxes are apart is as good as random.
        (self.min[0] <= other.max[0])
            & (other.min[0] <= self.max[0])
            & (self.min[1] <= other.max[1])
            & (other.min[1] <= self.max[1])
            & (self.min[2] <= other.max[2])
            & (other.min[2] <= self.max[2])
    }

    /// Whether `other` lies within this box.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        (0..3).all(|axis| self.min[axis] <= other.min[axis] && other.max[axis] <= self.max[axis])
    }

    /// The corner of smallest coordinates.
    #[must_use]
    pub fn low(&self) -> DVec3 {
        DVec3::from_array(self.min.map(f64::from))
    }

    /// The corner of largest coordinates.
    #[must_use]
    pub fn high(&self) -> DVec3 {
        DVec3::from_array(self.max.map(f64::from))
    }

    /// The square of the distance from a point to the box, 0 inside; a lower bound up to the rounding of `f64`.
    #[must_use]
    #[inline]
    pub fn distance_squared(&self, point: DVec3) -> f64 {
        (self.low() - point).max(point - self.high()).max(DVec3::ZERO).length_squared()
    }

    /// The box around this box after a placement, rounded outward.
    #[must_use]
    pub fn transformed(&self, target_from_source: &DAffine3) -> Self {
        if self.is_empty() {
            return Self::EMPTY;
        }
        // Halving before adding keeps the largest `f32` numbers finite.
        let center = self.low() * 0.5 + self.high() * 0.5;
        let half = self.high() * 0.5 - self.low() * 0.5;
        let matrix = &target_from_source.matrix3;
        let spread = |v: DVec3| {
            matrix.x_axis.abs() * v.x.abs()
                + matrix.y_axis.abs() * v.y.abs()
                + matrix.z_axis.abs() * v.z.abs()
        };
        let new_center = target_from_source.transform_point3(center);
        // Each coordinate is a sum of at most four rounded products; sixteen roundings of the sum of their sizes are
        // more than that can be wrong.
        let rounding =
            (spread(center) + spread(half) + target_from_source.translation.abs()) * (16.0 * f64::EPSILON);
        let new_half = spread(half) + rounding;
        Self::from_corners(new_center - new_half, new_center + new_half)
    }
}

/// More than the relative distance of any two neighbouring `f32` numbers, and at most two of their steps.
const STEP: f32 = 1.2e-7;

/// An `f32` that is not above `value`: `value` itself where it is one, else one of the two next below. Without branches
/// that depend on the digits, unlike `f32::next_down`: this is called six times per box.
#[inline]
fn round_down(value: f64) -> f32 {
    let nearest = smaller(value as f32, f32::MAX);
    let below = nearest - (nearest.abs() * STEP + f32::MIN_POSITIVE);
    // Adding zero turns −0 into +0, so that equal boxes have equal bits.
    (if f64::from(nearest) > value { below } else { nearest }) + 0.0
}

/// An `f32` that is not below `value`; see [`round_down`].
#[inline]
fn round_up(value: f64) -> f32 {
    -round_down(-value) + 0.0
}

/// Like `f32::min` for numbers that are not NaN, but one instruction.
#[inline]
fn smaller(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// Like `f32::max` for numbers that are not NaN, but one instruction.
#[inline]
fn larger(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holds(aabb: &Aabb, point: DVec3) -> bool {
        aabb.low().cmple(point).all() && aabb.high().cmpge(point).all()
    }

    #[test]
    fn exact_numbers_stay_exact() {
        let aabb = Aabb::around(&[DVec3::new(1.0, -2.0, -0.0), DVec3::new(0.5, 3.0, 0.0)]);
        assert_eq!(aabb.min, [0.5, -2.0, 0.0]);
        assert_eq!(aabb.max, [1.0, 3.0, 0.0]);
        assert!(aabb.min[2].is_sign_positive() && aabb.max[2].is_sign_positive());
    }

    #[test]
    fn numbers_beyond_f32_are_held() {
        let point = DVec3::new(1e300, -1e300, 1e-300);
        let aabb = Aabb::around(&[point]);
        assert!(holds(&aabb, point), "{aabb:?}");
        assert!(!aabb.is_empty());
    }

    #[test]
    fn empty_overlaps_nothing() {
        let everything = Aabb { min: [f32::MIN; 3], max: [f32::MAX; 3] };
        assert!(Aabb::EMPTY.is_empty());
        assert!(!Aabb::EMPTY.overlaps(&everything));
        assert_eq!(Aabb::around(&[]), Aabb::EMPTY);
        assert_eq!(Aabb::EMPTY.union(&everything), everything);
        assert_eq!(Aabb::around(&[DVec3::NAN]), Aabb::EMPTY);
    }

    fn coordinate() -> impl Strategy<Value = f64> {
        prop_oneof![-1e3..1e3, -1e-3..1e-3, -1e9..1e9, Just(0.0), Just(1e7)]
    }

    fn point() -> impl Strategy<Value = DVec3> {
        [coordinate(), coordinate(), coordinate()].prop_map(DVec3::from_array)
    }

    proptest! {
        #[test]
        fn boxes_hold_their_points(points in prop::collection::vec(point(), 1..8)) {
            let aabb = Aabb::around(&points);
            prop_assert!(points.iter().all(|&point| holds(&aabb, point)));
        }

        #[test]
        fn placed_boxes_hold_the_placed_points(
            points in prop::collection::vec(point(), 1..8),
            axis in point(),
            angle_rad in -7.0..7.0,
            shift in point(),
        ) {
            let axis = axis.try_normalize().unwrap_or(DVec3::X);
            let placement = DAffine3::from_translation(shift) * DAffine3::from_axis_angle(axis, angle_rad);
            let aabb = Aabb::around(&points).transformed(&placement);
            prop_assert!(points.iter().all(|&point| holds(&aabb, placement.transform_point3(point))));
        }
    }
}
