//! How often a surface goes round a point.

use glam::DVec3;

use crate::math;

/// The solid angle under which a triangle is seen, in `-2π..=2π`; positive when it is seen from behind, as the triangles
/// around an inner point are. (Adriaan van Oosterom and Jan Strackee, “The Solid Angle of a Plane
/// Triangle”, 1983.) 0 where the point is in the triangle's plane.
#[must_use]
pub fn solid_angle(point: DVec3, triangle: [DVec3; 3]) -> f64 {
    let [a, b, c] = triangle.map(|corner| corner - point);
    let (la, lb, lc) = (a.length(), b.length(), c.length());
    let numerator = a.dot(b.cross(c));
    if numerator == 0.0 {
        return 0.0;
    }
    let denominator = la * lb * lc + a.dot(b) * lc + b.dot(c) * la + c.dot(a) * lb;
    2.0 * math::atan2(numerator, denominator)
}
