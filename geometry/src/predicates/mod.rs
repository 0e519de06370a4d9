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

/// On which side of the plane through `a`, `b`, `c` the point `d` lies: 1 where `a`, `b`, `c` are seen counter-clockwise
/// (outside, for a triangle of a solid), −1 on the other side, 0 on the plane.
#[must_use]
pub fn side_of_plane(a: DVec3, b: DVec3, c: DVec3, d: DVec3) -> i32 {
    let coord = |p: DVec3| Coord3D { x: p.x, y: p.y, z: p.z };
    -sign(robust::orient3d(coord(a), coord(b), coord(c), coord(d)))
}

/// Whether `a`, `b`, `c` turn left (1), right (−1) or lie on a line (0).
#[must_use]
pub fn turn(a: [f64; 2], b: [f64; 2], c: [f64; 2]) -> i32 {
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
