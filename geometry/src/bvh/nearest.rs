//! What is near a point or within a box.

use glam::DVec3;

use super::{Bvh, Stack};
use crate::Mesh;
use crate::aabb::Aabb;

/// The point of a surface that is nearest to another point.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NearestPoint {
    /// The triangle it lies on.
    pub triangle: u32,
    /// Where it is.
    pub point: DVec3,
    /// How far away it is.
    pub distance: f64,
}

/// Visits the items of all leaves whose box overlaps `aabb`; the boxes of the items themselves may not.
pub fn for_each_in_box(bvh: &Bvh, aabb: &Aabb, mut visit: impl FnMut(u32)) {
    let mut stack = Stack::<u32>::new();
    if !bvh.nodes().is_empty() {
        stack.push(0);
    }
    while let Some(index) = stack.pop() {
        let node = &bvh.nodes()[index as usize];
        if !node.aabb().overlaps(aabb) {
            continue;
        }
        if node.is_leaf() {
            bvh.order()[node.items()].iter().for_each(|&item| visit(item));
        } else {
            stack.push(node.first + 1);
            stack.push(node.first);
        }
    }
}

/// The nearest point of a mesh's triangles that is at most `max_distance` away; `None` also for a point that is not
/// finite.
///
/// # Panics
/// When `bvh` names triangles or positions that `mesh` has not.
#[must_use]
pub fn nearest_point(bvh: &Bvh, mesh: &Mesh, point: DVec3, max_distance: f64) -> Option<NearestPoint> {
    let mut nearest: Option<NearestPoint> = None;
    for_each_near(bvh, point, max_distance, |triangle| {
        let [a, b, c] = mesh.triangle_points(triangle as usize);
        let on_triangle = closest_point_of_triangle(point, a, b, c);
        let distance = on_triangle.distance(point);
        let limit = nearest.map_or(max_distance, |old| old.distance);
        let wins_tie = nearest.is_none_or(|old| triangle < old.triangle);
        if distance < limit || (distance == limit && wins_tie) {
            nearest = Some(NearestPoint { triangle, point: on_triangle, distance });
        }
        nearest.map_or(max_distance, |found| found.distance)
    });
    nearest
}

/// Visits items in leaves at most some distance away, roughly from near to far. `visit` returns the largest distance
/// that is still of interest.
pub(crate) fn for_each_near(bvh: &Bvh, point: DVec3, max_distance: f64, mut visit: impl FnMut(u32) -> f64) {
    if !point.is_finite() {
        return;
    }
    let mut limit = max_distance * max_distance;
    let distance_to = |node: u32| bvh.nodes()[node as usize].aabb().distance_squared(point);
    let mut stack = Stack::<(u32, f64)>::new();
    if !bvh.nodes().is_empty() {
        stack.push((0, distance_to(0)));
    }
    while let Some((index, distance)) = stack.pop() {
        if distance > limit {
            continue;
        }
        let node = &bvh.nodes()[index as usize];
        if node.is_leaf() {
            for &item in &bvh.order()[node.items()] {
                let max_distance = visit(item);
                limit = max_distance * max_distance;
            }
            continue;
        }
        let left = (node.first, distance_to(node.first));
        let right = (node.first + 1, distance_to(node.first + 1));
        let (near, far) = if left.1 <= right.1 { (left, right) } else { (right, left) };
        stack.push(far);
        stack.push(near);
    }
}

/// The point of a triangle that is nearest to `point`, also for triangles without area: above the triangle the foot of
/// the perpendicular, elsewhere the nearest point of the three edges.
#[must_use]
pub fn closest_point_of_triangle(point: DVec3, a: DVec3, b: DVec3, c: DVec3) -> DVec3 {
    let (ab, ac, ap) = (b - a, c - a, point - a);
    let normal = ab.cross(ac);
    let area_squared = normal.length_squared();
    if area_squared > 0.0 && area_squared.is_finite() {
        let v = ap.cross(ac).dot(normal);
        let w = ab.cross(ap).dot(normal);
        let u = area_squared - v - w;
        if u >= 0.0 && v >= 0.0 && w >= 0.0 {
            return a + ab * (v / area_squared) + ac * (w / area_squared);
        }
    }
    let mut nearest = closest_point_of_segment(point, a, b);
    for (from, to) in [(b, c), (c, a)] {
        let candidate = closest_point_of_segment(point, from, to);
        if candidate.distance_squared(point) < nearest.distance_squared(point) {
            nearest = candidate;
        }
    }
    nearest
}

/// The point of a segment that is nearest to `point`, also for a segment without length.
#[must_use]
pub(crate) fn closest_point_of_segment(point: DVec3, from: DVec3, to: DVec3) -> DVec3 {
    let along = to - from;
    let length_squared = along.length_squared();
    if length_squared > 0.0 {
        from + along * ((point - from).dot(along) / length_squared).clamp(0.0, 1.0)
    } else {
        from
    }
}
