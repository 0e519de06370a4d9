//! The nearest places on several triangles.

use glam::DVec3;

use crate::Mesh;
use crate::bvh::{Bvh, NearestPoint, closest_point_of_triangle, for_each_near};

/// The `count` triangles that are nearest to a point and at most `max_distance` away, each with its nearest point; nearest
/// first, of equally near ones the one with the smaller number. None for a point that is not finite.
///
/// # Panics
/// When `bvh` names triangles or positions that `mesh` has not.
#[must_use]
pub fn k_nearest_points(
    bvh: &Bvh,
    mesh: &Mesh,
    point: DVec3,
    count: usize,
    max_distance: f64,
) -> Vec<NearestPoint> {
    let mut found: Vec<NearestPoint> = Vec::new();
    if count == 0 {
        return found;
    }
    let is_before = |one: &NearestPoint, other: &NearestPoint| {
        (one.distance, one.triangle)
            .partial_cmp(&(other.distance, other.triangle))
            .is_some_and(|it| it.is_lt())
    };
    // What is as near as the limit must not be lost to what distances round.
    let size = point.abs().max_element();
    let widened = |distance: f64| distance + 64.0 * f64::EPSILON * (distance + size);
    for_each_near(bvh, point, widened(max_distance), |triangle| {
        let [a, b, c] = mesh.triangle_points(triangle as usize);
        let nearest = closest_point_of_triangle(point, a, b, c);
        let new = NearestPoint { triangle, point: nearest, distance: nearest.distance(point) };
        let is_wanted = found.len() < count || found.last().is_some_and(|last| is_before(&new, last));
        if new.distance <= max_distance && is_wanted {
            let place = found.partition_point(|old| is_before(old, &new));
            found.insert(place, new);
            found.truncate(count);
        }
        let last = found.last().filter(|_| found.len() == count);
        widened(last.map_or(max_distance, |last| last.distance))
    });
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Primitive;

    proptest! {
        #[test]
        fn they_are_those_of_brute_force(
            point in [-9.0..9.0, -9.0..9.0, -9.0..9.0],
            count in 0_usize..30,
            max_distance in prop_oneof![0.1..20.0, Just(f64::INFINITY)],
        ) {
            let mesh = Primitive::Sphere { radius: 5.0, segments: 16 }.mesh().expect("allowed");
            let point = DVec3::from_array(point);
            let found = k_nearest_points(&Bvh::of_mesh(&mesh), &mesh, point, count, max_distance);
            let mut expected: Vec<(f64, u32)> = (0..mesh.triangles.len()).map(|triangle| {
                let [a, b, c] = mesh.triangle_points(triangle);
                (closest_point_of_triangle(point, a, b, c).distance(point), triangle as u32)
            }).filter(|it| it.0 <= max_distance).collect();
            expected.sort_by(|one, other| one.partial_cmp(other).expect("no NaN"));
            expected.truncate(count);
            let found: Vec<(f64, u32)> = found.iter().map(|it| (it.distance, it.triangle)).collect();
            prop_assert_eq!(found, expected);
        }
    }

    #[test]
    fn nothing_is_near_nonsense() {
        let mesh = Primitive::Box { size: DVec3::ONE }.mesh().expect("allowed");
        assert!(k_nearest_points(&Bvh::of_mesh(&mesh), &mesh, DVec3::NAN, 5, f64::INFINITY).is_empty());
        assert!(
            k_nearest_points(&Bvh::default(), &Mesh::default(), DVec3::ZERO, 5, f64::INFINITY).is_empty()
        );
    }
}
