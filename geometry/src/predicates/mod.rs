//! Exact decisions about points, lines and planes.
//!
//! Every function answers for the numbers as they are given, however close the call: a floating-point filter decides the
//! easy cases, adaptive or exact arithmetic the others. No tolerance is involved anywhere.
//!
//! Sources: Jonathan Shewchuk, “Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric Predicates”, 1997
//! (through the `robust` crate, for input points); Marco Attene, “Indirect Predicates for Geometric Constructions”, 2020
//! (the idea of deciding about constructed points from what they are constructed of).
//!
//! Domain: coordinates that are 0 or between [`SMALLEST`] and [`LARGEST`] in size, so that no product of the filters can
//! overflow or lose digits.

use glam::DVec3;
use robust::{Coord, Coord3D};

pub(crate) mod ball;
pub(crate) mod big;
pub(crate) mod implicit;

/// The largest coordinate that is decided about, in millimetres.
pub const LARGEST: f64 = 1e60;

/// The smallest coordinate other than 0 that is decided about; smaller ones count as 0.
pub const SMALLEST: f64 = 1e-60;

/// The coordinates that decisions are made about: −0 is 0, and so is what is too small to compute with.
#[inline]
pub(crate) fn decided(position: DVec3) -> DVec3 {
    let is_plain =
        position.x.abs() >= SMALLEST && position.y.abs() >= SMALLEST && position.z.abs() >= SMALLEST;
    if is_plain {
        return position;
    }
    DVec3::from_array(position.to_array().map(|x| if x.abs() < SMALLEST { 0.0 } else { x }))
}

/// On which side of the plane through `a`, `b`, `c` the point `d` lies: 1 where `a`, `b`, `c` are seen counter-clockwise
/// (outside, for a triangle of a solid), −1 on the other side, 0 on the plane.
#[must_use]
#[inline]
pub fn side_of_plane(a: DVec3, b: DVec3, c: DVec3, d: DVec3) -> i32 {
    let (ad, bd, cd) = (a - d, b - d, c - d);
    let (bc, ca, ab) = ([bd.x * cd.y, cd.x * bd.y], [cd.x * ad.y, ad.x * cd.y], [ad.x * bd.y, bd.x * ad.y]);
    let determinant = ad.z * (bc[0] - bc[1]) + bd.z * (ca[0] - ca[1]) + cd.z * (ab[0] - ab[1]);
    let size = (bc[0].abs() + bc[1].abs()) * ad.z.abs()
        + (ca[0].abs() + ca[1].abs()) * bd.z.abs()
        + (ab[0].abs() + ab[1].abs()) * cd.z.abs();
    // Shewchuk's bound for this way of computing it.
    let bound = (7.0 + 56.0 * ROUNDING) * ROUNDING * size;
    if determinant > bound || -determinant > bound || size == 0.0 {
        return -sign(determinant);
    }
    side_of_plane_closely([a, b, c, d], [ad, bd, cd], determinant)
}

/// What the filter left open.
#[cold]
fn side_of_plane_closely([a, b, c, d]: [DVec3; 4], differences: [DVec3; 3], determinant: f64) -> i32 {
    let corners = [a, b, c];
    if (0..3).all(|i| is_exact_difference(corners[i], d, differences[i])) && are_short(&differences) {
        return -sign(determinant);
    }
    let coord = |p: DVec3| Coord3D { x: p.x, y: p.y, z: p.z };
    -sign(robust::orient3d(coord(a), coord(b), coord(c), coord(d)))
}

/// Whether `difference` is `a - b` to the last bit.
fn is_exact_difference(a: DVec3, b: DVec3, difference: DVec3) -> bool {
    // The two errors of a sum, found as by Knuth; both vanish only where the difference is exact.
    let b_virtual = a - difference;
    let a_virtual = difference + b_virtual;
    (b_virtual - b) + (a - a_virtual) == DVec3::ZERO && b_virtual == b && a_virtual == a
}

/// Whether all coordinates are multiples of one power of two, at most 2¹⁶ times. Then every product of three and every
/// sum of such products is exact: coordinates of drawings, in whole millimetres say, mostly are so.
fn are_short(vectors: &[DVec3; 3]) -> bool {
    let largest = vectors.iter().fold(0.0_f64, |largest, vector| largest.max(vector.abs().max_element()));
    let exponent = (largest.to_bits() >> 52) as i64 - 1023;
    if !(-900..900).contains(&exponent) {
        return false;
    }
    // 2¹⁵ units are at most the largest number, and that is below 2¹⁶.
    let units_per_one = f64::from_bits(((1023 + 15 - exponent) as u64) << 52);
    vectors.iter().all(|vector| {
        let units = *vector * units_per_one;
        units == units.trunc()
    })
}

/// Half the distance from 1 to the next `f64`.
const ROUNDING: f64 = f64::EPSILON * 0.5;

/// Whether `a`, `b`, `c` turn left (1), right (−1) or lie on a line (0).
#[must_use]
#[inline]
pub fn turn(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> i32 {
    let left = (a[0] - c[0]) * (b[1] - c[1]);
    let right = (a[1] - c[1]) * (b[0] - c[0]);
    let determinant = left - right;
    let size = left.abs() + right.abs();
    // Shewchuk's bound for this way of computing it. A product is only 0 where a difference is, and that is exact.
    let bound = (3.0 + 16.0 * ROUNDING) * ROUNDING * size;
    if determinant > bound || -determinant > bound || size == 0.0 {
        return sign(determinant);
    }
    let coord = |p: [f64; 2]| Coord { x: p[0], y: p[1] };
    sign(robust::orient2d(coord(a), coord(b), coord(c)))
}

/// Whether three points lie on one line, or two of them coincide.
#[must_use]
pub fn are_collinear(a: DVec3, b: DVec3, c: DVec3) -> bool {
    turn([a.x, a.y], [b.x, b.y], [c.x, c.y]) == 0
        && turn([a.y, a.z], [b.y, b.z], [c.y, c.z]) == 0
        && turn([a.z, a.x], [b.z, b.x], [c.z, c.x]) == 0
}

fn sign(value: f64) -> i32 {
    if value > 0.0 {
        1
    } else if value < 0.0 {
        -1
    } else {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_of_a_plane() {
        let [a, b, c] = [DVec3::ZERO, DVec3::X, DVec3::Y];
        assert_eq!(side_of_plane(a, b, c, DVec3::Z), 1);
        assert_eq!(side_of_plane(a, b, c, DVec3::NEG_Z * 1e-60), -1);
        assert_eq!(side_of_plane(a, b, c, DVec3::new(0.1, 0.7, 0.0)), 0);
    }

    #[test]
    fn short_numbers_agree_with_long_ones() {
        let number = |seed: &mut u32| {
            *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f64::from(*seed >> 28) * 0.25
        };
        let mut seed = 1;
        let mut num_in_plane = 0;
        for _ in 0..20_000 {
            let [a, b, c, d] = [(); 4].map(|()| DVec3::from_array([(); 3].map(|()| number(&mut seed))));
            let coord = |p: DVec3| Coord3D { x: p.x, y: p.y, z: p.z };
            let expected = -sign(robust::orient3d(coord(a), coord(b), coord(c), coord(d)));
            assert_eq!(side_of_plane(a, b, c, d), expected);
            // The same far away, where differences are still exact.
            let shift = DVec3::splat(1e6);
            assert_eq!(side_of_plane(a + shift, b + shift, c + shift, d + shift), expected);
            num_in_plane += u32::from(expected == 0);
        }
        assert!(num_in_plane > 100, "{num_in_plane}");
    }

    #[test]
    fn one_bit_off_a_line() {
        let (a, b) = ([12.0, 12.0], [24.0, 24.0]);
        for i in 0..40 {
            let x = 0.5 + f64::from(i) * f64::EPSILON;
            for j in 0..40 {
                let y = 0.5 + f64::from(j) * f64::EPSILON;
                assert_eq!(turn(a, b, [x, y]), i32::signum(j - i));
            }
        }
    }
}
