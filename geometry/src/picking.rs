//! What lies under the pointer: the triangle a ray hits first, or the point or line it passes closest to.
//!
//! A [`PickMesh`] is two shared pointers; its tree is made where the mesh is prepared and handed over with it.

use std::sync::Arc;

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::bvh::{Bvh, BvhNode, Ray, nearest_hit};
use crate::{Aabb, LineSet, Mesh, PointSet, Unwatched};

/// A mesh with the tree over its triangles.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PickMesh {
    /// The mesh.
    pub mesh: Arc<Mesh>,
    /// The tree made from it.
    pub bvh: Arc<Bvh>,
}

/// Where a ray meets a mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PickHit {
    /// Which triangle of the mesh.
    pub triangle: u32,
    /// Parameter of the ray.
    pub t: f64,
    /// The point, in the plane of its triangle.
    pub point: DVec3,
    /// Unit normal of the triangle, on the side from which its corners wind counter-clockwise.
    pub normal: DVec3,
    /// From the ray's origin to the point.
    pub distance: f64,
    /// Whether the ray comes from the side of the normal.
    pub is_front: bool,
}

impl PickMesh {
    /// Makes the tree; about a tenth of a second for a million triangles.
    ///
    /// # Panics
    /// When a triangle names a position that does not exist; see [`Mesh::validate`].
    #[must_use]
    pub fn new(mesh: Arc<Mesh>) -> Self {
        let bvh = Arc::new(Bvh::of_mesh(&mesh));
        Self { mesh, bvh }
    }

    /// The first triangle that a ray in mesh space meets within `0..=max_t`, whichever side it comes from.
    ///
    /// A ray in world space is brought here by transforming its origin as a point and its direction as a vector; `t` is
    /// the same in both spaces then.
    #[must_use]
    pub fn pick(&self, ray_in_mesh: &Ray, max_t: f64) -> Option<PickHit> {
        let hit = nearest_hit(&self.bvh, &self.mesh, ray_in_mesh, max_t)?;
        let point = hit.point(&self.mesh);
        let [a, b, c] = self.mesh.triangle_points(hit.triangle as usize);
        Some(PickHit {
            triangle: hit.triangle,
            t: hit.t,
            point,
            normal: (b - a).cross(c - a).normalize_or_zero(),
            distance: point.distance(ray_in_mesh.origin),
            is_front: hit.is_front,
        })
    }
}

/// A ray with a thickness, for things that have none: a few pixels around the pointer. Its radius is `radius` at the
/// origin and grows by `spread` per unit of `t`: orthographic views need the first, perspective ones the second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PickCone {
    /// The middle.
    pub ray: Ray,
    /// Radius at the origin of the ray.
    pub radius: f64,
    /// Growth of the radius per unit of `t`, not negative.
    pub spread: f64,
}

/// The point of a set or of one of its segments that was picked.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NearRay {
    /// Index of the point or the segment.
    pub index: u32,
    /// Where on it.
    pub point: DVec3,
    /// The ray's parameter beside it.
    pub t: f64,
    /// How far from the middle of the cone, 1 being its surface.
    pub offset: f64,
}

/// A tree over the points of a set.
///
/// # Panics
/// When there are more than `u32::MAX` points.
#[must_use]
pub fn tree_of_points(set: &PointSet) -> Bvh {
    let box_of = |index: usize| Aabb::around(&set.positions[index..=index]);
    Bvh::build(set.positions.len(), box_of, &Unwatched).expect("nobody cancels")
}

/// A tree over the segments of a set.
///
/// # Panics
/// When a segment names a point that does not exist, or there are more than `u32::MAX` segments.
#[must_use]
pub fn tree_of_segments(set: &LineSet) -> Bvh {
    let box_of = |index| Aabb::around(&segment_ends(set, index as u32));
    Bvh::build(set.segments.len(), box_of, &Unwatched).expect("nobody cancels")
}

/// The point within the cone and `0..=max_t` that is closest to its middle; of equally close ones the nearer, then the
/// one with the smaller index.
///
/// # Panics
/// When `bvh` was not made from `set`.
#[must_use]
pub fn pick_point(bvh: &Bvh, set: &PointSet, cone: &PickCone, max_t: f64) -> Option<NearRay> {
    pick_near(bvh, cone, max_t, |index| {
        let point = set.positions[index as usize];
        (parameter_beside(&cone.ray, point), point)
    })
}

/// The segment within the cone and `0..=max_t` that is closest to its middle; ties as for [`pick_point`].
///
/// # Panics
/// When `bvh` was not made from `set`.
#[must_use]
pub fn pick_segment(bvh: &Bvh, set: &LineSet, cone: &PickCone, max_t: f64) -> Option<NearRay> {
    pick_near(bvh, cone, max_t, |index| {
        let point = closest_on_segment(&cone.ray, segment_ends(set, index));
        (parameter_beside(&cone.ray, point), point)
    })
}

fn segment_ends(set: &LineSet, index: u32) -> [DVec3; 2] {
    set.segments[index as usize].map(|end| set.positions[end as usize])
}

/// Goes through the leaves the cone meets. `closest` gives an item's closest point and the ray's parameter beside it.
fn pick_near(
    bvh: &Bvh,
    cone: &PickCone,
    max_t: f64,
    closest: impl Fn(u32) -> (f64, DVec3),
) -> Option<NearRay> {
    let has_direction = cone.ray.direction.is_finite() && cone.ray.direction != DVec3::ZERO;
    if !has_direction {
        return None;
    }
    let mut best: Option<NearRay> = None;
    let mut pending: Vec<u32> = (0..u32::from(!bvh.nodes().is_empty())).collect();
    while let Some(index) = pending.pop() {
        let node = &bvh.nodes()[index as usize];
        if !may_meet(cone, node) {
            continue;
        }
        if !node.is_leaf() {
            pending.extend([node.first + 1, node.first]);
            continue;
        }
        for &index in &bvh.order()[node.items()] {
            let (t, point) = closest(index);
            let offset = point.distance(cone.ray.at(t)) / (cone.radius + cone.spread * t);
            let found = NearRay { index, point, t, offset };
            let rank = |near: &NearRay| (near.offset, near.t, near.index);
            if offset <= 1.0 && t <= max_t && best.as_ref().is_none_or(|best| rank(&found) < rank(best)) {
                best = Some(found);
            }
        }
    }
    best
}

/// Whether the cone may meet a box: whether it meets the ball around the box.
fn may_meet(cone: &PickCone, node: &BvhNode) -> bool {
    let aabb = node.aabb();
    let center = aabb.low() * 0.5 + aabb.high() * 0.5;
    let ball_radius = aabb.high().distance(center);
    let t = parameter_beside(&cone.ray, center);
    let largest_t = t + ball_radius / cone.ray.direction.length();
    let reach = ball_radius + cone.radius + cone.spread * largest_t;
    // A little more than the rounding of the terms.
    center.distance(cone.ray.at(t)) <= reach + 1e-12 * (center - cone.ray.origin).length()
}

/// The parameter, at least 0, at which a ray is closest to a point.
fn parameter_beside(ray: &Ray, point: DVec3) -> f64 {
    ((point - ray.origin).dot(ray.direction) / ray.direction.length_squared()).max(0.0)
}

/// The point of a segment that is closest to a ray.
fn closest_on_segment(ray: &Ray, [from, to]: [DVec3; 2]) -> DVec3 {
    let along = to - from;
    let offset = from - ray.origin;
    let (dd, aa, da) = (ray.direction.length_squared(), along.length_squared(), ray.direction.dot(along));
    // Where the two lines are closest to each other; anywhere when they are parallel.
    let determinant = dd * aa - da * da;
    let on_lines = if determinant > 0.0 {
        ((da * ray.direction.dot(offset) - dd * along.dot(offset)) / determinant).clamp(0.0, 1.0)
    } else {
        0.0
    };
    let distance_at = |share: f64| {
        let point = from + along * share;
        (point.distance_squared(ray.at(parameter_beside(ray, point))), point)
    };
    // Behind the origin the ray's nearest point is the origin itself, so its foot on the segment is a candidate too.
    let foot = if aa > 0.0 { (-along.dot(offset) / aa).clamp(0.0, 1.0) } else { 0.0 };
    let mut best = distance_at(on_lines);
    for candidate in [distance_at(foot), distance_at(0.0), distance_at(1.0)] {
        if candidate.0 < best.0 {
            best = candidate;
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Primitive;

    #[test]
    fn a_box_is_picked_from_outside_and_inside() {
        let mesh = Primitive::Box { size: DVec3::new(2.0, 2.0, 2.0) }.mesh().expect("the sizes are allowed");
        let pick = PickMesh::new(Arc::new(mesh));
        let ray = Ray { origin: DVec3::new(0.25, 0.5, 10.0), direction: DVec3::new(0.0, 0.0, -2.0) };
        let hit = pick.pick(&ray, f64::INFINITY).expect("the box is there");
        assert_eq!(
            (hit.point, hit.normal, hit.distance, hit.t),
            (DVec3::new(0.25, 0.5, 2.0), DVec3::Z, 8.0, 4.0)
        );
        assert!(hit.is_front);
        let inside = Ray { origin: DVec3::new(0.25, 0.5, 1.0), ..ray };
        let hit = pick.pick(&inside, f64::INFINITY).expect("the bottom is there");
        assert_eq!((hit.point.z, hit.normal, hit.is_front), (0.0, -DVec3::Z, false));
        assert_eq!(pick.pick(&ray, 3.9), None);
    }

    /// Rays from inside a closed mesh, aimed at its corners and at the middles of its edges, must not slip out.
    #[test]
    fn no_ray_slips_through_an_edge() {
        let mesh = Primitive::Torus { major_radius: 3.0, minor_radius: 1.0, segments: 24 };
        let pick = PickMesh::new(Arc::new(mesh.mesh().expect("the sizes are allowed")));
        let origin = DVec3::new(3.0, 0.01, 0.02);
        for &[a, b, _] in &pick.mesh.triangles {
            let [a, b] = [a, b].map(|index| pick.mesh.positions[index as usize]);
            for target in [a, b, (a + b) * 0.5, a * 0.3 + b * 0.7] {
                let ray = Ray { origin, direction: target - origin };
                let hit = pick.pick(&ray, f64::INFINITY).expect("the surface is closed");
                assert!(hit.t <= 1.0 + 1e-9, "the ray to {target} came out at {}", hit.t);
            }
        }
    }

    #[test]
    fn thickness_grows_with_distance() {
        let set = PointSet {
            positions: vec![DVec3::new(10.0, 0.5, 0.0), DVec3::new(100.0, 3.0, 0.0)],
            ..PointSet::default()
        };
        let bvh = tree_of_points(&set);
        let ray = Ray { origin: DVec3::ZERO, direction: DVec3::X };
        let pick = |radius, spread, max_t| {
            pick_point(&bvh, &set, &PickCone { ray, radius, spread }, max_t).map(|near| near.index)
        };
        assert_eq!(pick(1.0, 0.0, f64::INFINITY), Some(0));
        assert_eq!(pick(0.0, 0.04, f64::INFINITY), Some(1));
        assert_eq!(pick(0.0, 0.04, 50.0), None);
        assert_eq!(pick(0.4, 0.0, f64::INFINITY), None);
    }

    fn point() -> impl Strategy<Value = DVec3> {
        [-5.0..5.0, -5.0..5.0, -5.0..5.0].prop_map(DVec3::from_array)
    }

    proptest! {
        #[test]
        fn picks_equal_brute_force(
            positions in prop::collection::vec(point(), 2..60),
            origin in point(),
            direction in point(),
            radius in 0.0..1.0,
            spread in 0.0..0.2,
        ) {
            let cone = PickCone { ray: Ray { origin, direction }, radius, spread };
            let count = positions.len() as u32;
            let segments = (1..count).map(|end| [end - 1, end]).collect();
            let lines = LineSet { positions: positions.clone(), segments, ..LineSet::default() };
            let points = PointSet { positions, ..PointSet::default() };
            let best = |found: Vec<NearRay>| {
                found.into_iter().min_by(|a, b| (a.offset, a.t, a.index).partial_cmp(&(b.offset, b.t, b.index)).expect("finite"))
            };
            let one_by_one = (0..count).filter_map(|index| {
                let single = PointSet { positions: vec![points.positions[index as usize]], ..PointSet::default() };
                let found = pick_point(&tree_of_points(&single), &single, &cone, 3.0)?;
                Some(NearRay { index, ..found })
            });
            prop_assert_eq!(pick_point(&tree_of_points(&points), &points, &cone, 3.0), best(one_by_one.collect()));
            let one_by_one = (0..count - 1).filter_map(|index| {
                let single = LineSet { positions: segment_ends(&lines, index).to_vec(), segments: vec![[0, 1]], ..LineSet::default() };
                let found = pick_segment(&tree_of_segments(&single), &single, &cone, 3.0)?;
                Some(NearRay { index, ..found })
            });
            prop_assert_eq!(pick_segment(&tree_of_segments(&lines), &lines, &cone, 3.0), best(one_by_one.collect()));
        }

        #[test]
        fn the_closest_point_of_a_segment_is_closest(origin in point(), direction in point(), from in point(), to in point()) {
            let ray = Ray { origin, direction };
            let distance = |point: DVec3| point.distance(ray.at(parameter_beside(&ray, point)));
            let closest = closest_on_segment(&ray, [from, to]);
            for step in 0..=50 {
                let sample = from + (to - from) * (f64::from(step) / 50.0);
                prop_assert!(distance(closest) <= distance(sample) + 1e-9, "{closest} is not as close as {sample}");
            }
        }
    }
}
