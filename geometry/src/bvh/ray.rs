//! Rays against the triangles of a mesh.
//!
//! The triangle test is that of Sven Woop, Carsten Benthin and Ingo Wald, “Watertight Ray/Triangle Intersection”, 2013,
//! in `f64`: a ray through a closed surface cannot slip through between two triangles that share an edge. A ray that
//! meets the edge itself hits both triangles.

use std::ops::ControlFlow;

use glam::DVec3;

use super::{Bvh, BvhNode, Stack};
use crate::Mesh;

/// A ray: the points `origin + t * direction` for `t >= 0`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Ray {
    /// Where it starts.
    pub origin: DVec3,
    /// Where it goes; need not have length 1. A ray without a direction hits nothing.
    pub direction: DVec3,
}

impl Ray {
    /// The point at parameter `t`.
    #[must_use]
    pub fn at(&self, t: f64) -> DVec3 {
        self.origin + self.direction * t
    }
}

/// Where a ray meets a triangle.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RayHit {
    /// Which triangle.
    pub triangle: u32,
    /// Parameter of the ray: a length only if the direction has length 1.
    pub t: f64,
    /// Weights of the three corners; they are not negative and their sum is 1.
    pub barycentric: [f64; 3],
    /// Whether the ray comes from the side where the triangle winds counter-clockwise.
    pub is_front: bool,
}

impl RayHit {
    /// The point that was hit, computed from the corners of its triangle, so that it lies in the triangle's plane
    /// however far away the ray began.
    #[must_use]
    pub fn point(&self, mesh: &Mesh) -> DVec3 {
        let [a, b, c] = mesh.triangle_points(self.triangle as usize);
        a + (b - a) * self.barycentric[1] + (c - a) * self.barycentric[2]
    }
}

/// The hit of smallest `t` within `0..=max_t`; of several with the same `t` the one with the smallest triangle number.
///
/// # Panics
/// When `bvh` was made from a mesh with more triangles or names positions that `mesh` has not; so do the others here.
#[must_use]
pub fn nearest_hit(bvh: &Bvh, mesh: &Mesh, ray: &Ray, max_t: f64) -> Option<RayHit> {
    let mut nearest: Option<RayHit> = None;
    for_each_along_ray(bvh, ray, max_t, |triangle, max_t| {
        if let Some(hit) = hit_triangle(mesh, triangle, ray, *max_t) {
            let is_nearer =
                nearest.is_none_or(|old| hit.t < old.t || (hit.t == old.t && hit.triangle < old.triangle));
            if is_nearer {
                nearest = Some(hit);
                *max_t = hit.t;
            }
        }
        ControlFlow::Continue(())
    });
    nearest
}

/// Whether anything is hit within `0..=max_t`. Faster than [`nearest_hit`].
#[must_use]
pub fn any_hit(bvh: &Bvh, mesh: &Mesh, ray: &Ray, max_t: f64) -> bool {
    let mut found = false;
    for_each_hit(bvh, mesh, ray, max_t, |_| {
        found = true;
        ControlFlow::Break(())
    });
    found
}

/// Visits every hit within `0..=max_t`, in no order of `t`, until `visit` breaks.
pub fn for_each_hit(
    bvh: &Bvh,
    mesh: &Mesh,
    ray: &Ray,
    max_t: f64,
    mut visit: impl FnMut(RayHit) -> ControlFlow<()>,
) {
    for_each_along_ray(bvh, ray, max_t, |triangle, max_t| match hit_triangle(mesh, triangle, ray, *max_t) {
        Some(hit) => visit(hit),
        None => ControlFlow::Continue(()),
    });
}

/// Visits the items of all leaves whose box the ray meets within `0..=max_t`, roughly from near to far, until `visit`
/// breaks. `visit` may lower the second argument, the largest `t` still of interest, never raise it.
pub fn for_each_along_ray(
    bvh: &Bvh,
    ray: &Ray,
    max_t: f64,
    mut visit: impl FnMut(u32, &mut f64) -> ControlFlow<()>,
) {
    let mut max_t = max_t;
    let Some(slabs) = Slabs::new(ray) else { return };
    let nodes = bvh.nodes();
    let mut stack = Stack::<(u32, f64)>::new();
    if let Some(t) = nodes.first().and_then(|root| slabs.enter(root, max_t)) {
        stack.push((0, t));
    }
    while let Some((index, t)) = stack.pop() {
        if t > max_t {
            continue;
        }
        let node = &nodes[index as usize];
        if node.is_leaf() {
            for &item in &bvh.order()[node.items()] {
                if visit(item, &mut max_t).is_break() {
                    return;
                }
            }
            continue;
        }
        let (left, right) = (node.first, node.first + 1);
        let enter_left = slabs.enter(&nodes[left as usize], max_t);
        let enter_right = slabs.enter(&nodes[right as usize], max_t);
        match (enter_left, enter_right) {
            (Some(near), Some(far)) if near <= far => {
                stack.push((right, far));
                stack.push((left, near));
            }
            (Some(far), Some(near)) => {
                stack.push((left, far));
                stack.push((right, near));
            }
            (Some(t), None) => stack.push((left, t)),
            (None, Some(t)) => stack.push((right, t)),
            (None, None) => {}
        }
    }
}

/// A ray prepared for boxes.
struct Slabs {
    origin: DVec3,
    inverse: DVec3,
}

impl Slabs {
    /// `None` for a ray without a direction.
    fn new(ray: &Ray) -> Option<Self> {
        let has_direction =
            ray.direction.is_finite() && ray.direction != DVec3::ZERO && ray.origin.is_finite();
        has_direction.then(|| Self { origin: ray.origin, inverse: ray.direction.recip() })
    }

    /// The parameter at which the ray enters a box within `0..=max_t`.
    ///
    /// A ray that runs within a face of the box gives 0 times infinity there; `f64::min` and `max` then keep the other
    /// number, which counts the face as inside. The last factor covers the rounding of the six quotients (Thiago Ize,
    /// “Robust BVH Ray Traversal”, 2013).
    #[inline]
    fn enter(&self, node: &BvhNode, max_t: f64) -> Option<f64> {
        let mut enter = 0.0_f64;
        let mut leave = f64::INFINITY;
        for axis in 0..3 {
            let low = (f64::from(node.min[axis]) - self.origin[axis]) * self.inverse[axis];
            let high = (f64::from(node.max[axis]) - self.origin[axis]) * self.inverse[axis];
            let (near, far) = if self.inverse[axis] >= 0.0 { (low, high) } else { (high, low) };
            enter = if near > enter { near } else { enter };
            leave = if far < leave { far } else { leave };
        }
        let slack = 1.0 + 8.0 * f64::EPSILON;
        (enter <= leave * slack && enter <= max_t * slack).then_some(enter / slack)
    }
}

/// The hit of one triangle within `0..=max_t`.
fn hit_triangle(mesh: &Mesh, triangle: u32, ray: &Ray, max_t: f64) -> Option<RayHit> {
    let [a, b, c] = mesh.triangle_points(triangle as usize).map(|point| point - ray.origin);
    // The axis along which the ray goes furthest becomes z; the other two are swapped so as to keep the winding.
    let direction = ray.direction.to_array();
    let size = ray.direction.abs();
    let z = if size.x >= size.y && size.x >= size.z {
        0
    } else if size.y >= size.z {
        1
    } else {
        2
    };
    let (x, y) = ((z + 1) % 3, (z + 2) % 3);
    let shear_x = direction[x] / direction[z];
    let shear_y = direction[y] / direction[z];
    let sheared = |point: DVec3| (point[x] - shear_x * point[z], point[y] - shear_y * point[z]);
    let (ax, ay) = sheared(a);
    let (bx, by) = sheared(b);
    let (cx, cy) = sheared(c);

    // Twice the areas of the triangles that the ray's point makes with the edges. The neighbour across an edge computes
    // the same products the other way round and so gets exactly the opposite sign.
    let u = cx * by - cy * bx;
    let v = ax * cy - ay * cx;
    let w = bx * ay - by * ax;
    let is_inside = (u >= 0.0 && v >= 0.0 && w >= 0.0) || (u <= 0.0 && v <= 0.0 && w <= 0.0);
    let determinant = u + v + w;
    if !is_inside || determinant == 0.0 {
        return None;
    }
    let barycentric = [u / determinant, v / determinant, w / determinant];
    let depth = barycentric[0] * a[z] + barycentric[1] * b[z] + barycentric[2] * c[z];
    let t = depth / direction[z];
    let is_front = (determinant > 0.0) == (direction[z] > 0.0);
    (t >= 0.0 && t <= max_t).then_some(RayHit { triangle, t, barycentric, is_front })
}
