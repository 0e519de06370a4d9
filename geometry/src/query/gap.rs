//! The smallest distance between two surfaces.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use glam::DVec3;
use serde::{Deserialize, Serialize};

use super::intersect::triangles_intersect;
use crate::bvh::{Bvh, closest_point_of_triangle};
use crate::progress::{Cancelled, Progress};
use crate::{Aabb, Mesh};

/// Where two surfaces are nearest to each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Gap {
    /// How far that is; exactly 0 where they meet.
    pub distance: f64,
    /// The points, on the first and on the second surface. Equal but for rounding where they meet.
    pub points: [DVec3; 2],
    /// The triangles they are on.
    pub triangles: [u32; 2],
}

/// Pairs of nodes or triangles between two looks at the progress.
const STEP: usize = 1024;

/// The smallest distance between the triangles of two meshes, which must be in the same space, and where it is; `None` when
/// it is above `max_distance` or one has no triangles. What one surface encloses does not count.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When a tree names triangles or positions that its mesh has not.
pub fn gap(
    one: (&Bvh, &Mesh),
    other: (&Bvh, &Mesh),
    max_distance: f64,
    progress: &dyn Progress,
) -> Result<Option<Gap>, Cancelled> {
    let node = |index: [u32; 2]| [&one.0.nodes()[index[0] as usize], &other.0.nodes()[index[1] as usize]];
    let mut waiting = BinaryHeap::new();
    if !one.0.nodes().is_empty() && !other.0.nodes().is_empty() {
        let [first, second] = node([0; 2]);
        waiting.push(Pair { distance: boxes_apart(&first.aabb(), &second.aabb()), nodes: [0; 2] });
    }
    let mut best: Option<Gap> = None;
    let mut num_steps = 0_usize;
    while let Some(pair) = waiting.pop() {
        let limit = best.map_or(max_distance, |gap| gap.distance);
        // Nothing is nearer than what has been found already.
        if pair.distance > limit || (best.is_some() && pair.distance >= limit) {
            break;
        }
        num_steps += 1;
        if num_steps.is_multiple_of(STEP) {
            progress.report(1.0 - 1.0 / (1.0 + num_steps as f64 / (64.0 * STEP as f64)))?;
        }
        let [first, second] = node(pair.nodes);
        if first.is_leaf() && second.is_leaf() {
            for &a in &one.0.order()[first.items()] {
                let points = one.1.triangle_points(a as usize);
                let around = Aabb::around(&points);
                for &b in &other.0.order()[second.items()] {
                    let other_points = other.1.triangle_points(b as usize);
                    let limit = best.map_or(max_distance, |gap| gap.distance);
                    if boxes_apart(&around, &Aabb::around(&other_points)) > limit {
                        continue;
                    }
                    let (distance, points) = triangle_gap(points, other_points);
                    let is_better = best.is_none_or(|gap| {
                        (distance, [a, b]).partial_cmp(&(gap.distance, gap.triangles)) == Some(Ordering::Less)
                    });
                    if distance <= max_distance && is_better {
                        best = Some(Gap { distance, points, triangles: [a, b] });
                    }
                }
            }
            continue;
        }
        // The larger of the two is opened.
        let extent = |aabb: Aabb| (aabb.high() - aabb.low()).length_squared();
        let opens_first =
            !first.is_leaf() && (second.is_leaf() || extent(first.aabb()) >= extent(second.aabb()));
        let opened = if opens_first { first.first } else { second.first };
        for child in [opened, opened + 1] {
            let nodes = if opens_first { [child, pair.nodes[1]] } else { [pair.nodes[0], child] };
            let [first, second] = node(nodes);
            let distance = boxes_apart(&first.aabb(), &second.aabb());
            if distance <= best.map_or(max_distance, |gap| gap.distance) {
                waiting.push(Pair { distance, nodes });
            }
        }
    }
    Ok(best)
}

/// How far two boxes are apart; not a number too large, since boxes are rounded outward.
fn boxes_apart(one: &Aabb, other: &Aabb) -> f64 {
    let apart = (one.low() - other.high()).max(other.low() - one.high()).max(DVec3::ZERO);
    // Less what the length rounds.
    apart.length() * (1.0 - 4.0 * f64::EPSILON)
}

/// Two nodes, the nearest pair first, of equally near ones that with the smaller numbers.
#[derive(PartialEq)]
struct Pair {
    distance: f64,
    nodes: [u32; 2],
}

impl Eq for Pair {}

impl Ord for Pair {
    fn cmp(&self, other: &Self) -> Ordering {
        other.distance.total_cmp(&self.distance).then(other.nodes.cmp(&self.nodes))
    }
}

impl PartialOrd for Pair {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// The distance between two triangles and where it is. Unless they meet, a corner of one or two edges are nearest.
pub(super) fn triangle_gap(one: [DVec3; 3], other: [DVec3; 3]) -> (f64, [DVec3; 2]) {
    let mut best = (f64::INFINITY, [one[0], other[0]]);
    let mut offer = |points: [DVec3; 2]| {
        let distance = points[0].distance(points[1]);
        if distance < best.0 {
            best = (distance, points);
        }
    };
    for i in 0..3 {
        let [a, b, c] = other;
        offer([one[i], closest_point_of_triangle(one[i], a, b, c)]);
        let [a, b, c] = one;
        offer([closest_point_of_triangle(other[i], a, b, c), other[i]]);
        for j in 0..3 {
            offer(segment_gap([one[i], one[(i + 1) % 3]], [other[j], other[(j + 1) % 3]]));
        }
    }
    if best.0 > 0.0 && triangles_intersect(one, other) {
        // An edge of one goes through the other somewhere: the middle of the nearest points of all edges will do.
        let place = crossing(one, other).unwrap_or((best.1[0] + best.1[1]) * 0.5);
        return (0.0, [place; 2]);
    }
    best
}

/// Where an edge of one triangle goes through the other, rounded.
fn crossing(one: [DVec3; 3], other: [DVec3; 3]) -> Option<DVec3> {
    let mut best: Option<(f64, DVec3)> = None;
    for (edges, [a, b, c]) in [(one, other), (other, one)] {
        let normal = (b - a).cross(c - a);
        for i in 0..3 {
            let (start, end) = (edges[i], edges[(i + 1) % 3]);
            let (low, high) = ((start - a).dot(normal), (end - a).dot(normal));
            if low * high <= 0.0 && low != high {
                let point = start + (end - start) * (low / (low - high));
                let distance = closest_point_of_triangle(point, a, b, c).distance(point);
                if best.is_none_or(|(least, _)| distance < least) {
                    best = Some((distance, point));
                }
            }
        }
    }
    best.map(|(_, point)| point)
}

/// The nearest points of two segments (after Christer Ericson, “Real-Time Collision Detection”, 2004, 5.1.9).
fn segment_gap([p, q]: [DVec3; 2], [a, b]: [DVec3; 2]) -> [DVec3; 2] {
    let (along, other_along, between) = (q - p, b - a, p - a);
    let (length, other_length) = (along.length_squared(), other_along.length_squared());
    let (towards, other_towards) = (along.dot(between), other_along.dot(between));
    if length == 0.0 && other_length == 0.0 {
        return [p, a];
    }
    let (s, t);
    if length == 0.0 {
        s = 0.0;
        t = (other_towards / other_length).clamp(0.0, 1.0);
    } else if other_length == 0.0 {
        t = 0.0;
        s = (-towards / length).clamp(0.0, 1.0);
    } else {
        let both = along.dot(other_along);
        let denominator = length * other_length - both * both;
        // Parallel ones are nearest at an end, among other places.
        let start = if denominator > 0.0 {
            ((both * other_towards - towards * other_length) / denominator).clamp(0.0, 1.0)
        } else {
            0.0
        };
        let end = (both * start + other_towards) / other_length;
        t = end.clamp(0.0, 1.0);
        s = if t == end { start } else { ((both * t - towards) / length).clamp(0.0, 1.0) };
    }
    [p + along * s, a + other_along * t]
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DMat3};
    use proptest::prelude::*;

    use super::*;
    use crate::{Primitive, Unwatched};

    fn between(one: &Mesh, other: &Mesh, max_distance: f64) -> Option<Gap> {
        gap((&Bvh::of_mesh(one), one), (&Bvh::of_mesh(other), other), max_distance, &Unwatched)
            .expect("nobody cancels")
    }

    fn placed(primitive: Primitive, placement: DAffine3) -> Mesh {
        let mut mesh = primitive.mesh().expect("allowed");
        mesh.positions.iter_mut().for_each(|point| *point = placement.transform_point3(*point));
        mesh
    }

    #[test]
    fn boxes_are_apart_by_their_formula() {
        let cube = Primitive::Box { size: DVec3::splat(2.0) };
        let at = |offset: DVec3| placed(cube, DAffine3::from_translation(offset));
        let here = at(DVec3::ZERO);
        let apart = |offset: DVec3| between(&here, &at(offset), f64::INFINITY).expect("both have triangles");
        assert_eq!(apart(DVec3::X * 3.0).distance, 1.0);
        assert_eq!(apart(DVec3::splat(3.0)).distance, 3_f64.sqrt());
        let touching = apart(DVec3::X * 2.0);
        assert_eq!((touching.distance, touching.points[0].x), (0.0, 1.0));
        assert_eq!(apart(DVec3::splat(0.5)).distance, 0.0);
        assert_eq!(between(&here, &at(DVec3::X * 3.0), 0.9), None);
        assert_eq!(between(&here, &at(DVec3::X * 3.0), 1.0).map(|gap| gap.distance), Some(1.0));
        assert_eq!(between(&here, &Mesh::default(), 9.0), None);
        // One inside the other: the surfaces are apart.
        let large = placed(cube, DAffine3::from_scale(DVec3::splat(3.0)));
        let inside = between(&at(DVec3::Z), &large, f64::INFINITY).expect("both have triangles");
        assert_eq!(inside.distance, 1.0);
    }

    proptest! {
        #[test]
        fn it_is_that_of_brute_force(
            offset in [-9.0..9.0, -9.0..9.0, -9.0..9.0],
            axis in [-1.0..1.0, -1.0..1.0, -1.0..1.0],
            angle_rad in -4.0..4.0,
        ) {
            let axis = DVec3::from_array(axis).try_normalize().unwrap_or(DVec3::Z);
            let placement =
                DAffine3::from_mat3_translation(DMat3::from_axis_angle(axis, angle_rad), DVec3::from_array(offset));
            let one = placed(Primitive::Torus { major_radius: 3.0, minor_radius: 1.0, segments: 10 }, DAffine3::IDENTITY);
            let other = placed(Primitive::Cylinder { radius: 1.0, height: 3.0, segments: 9 }, placement);
            let found = between(&one, &other, f64::INFINITY).expect("both have triangles");
            let mut least = f64::INFINITY;
            for a in 0..one.triangles.len() {
                for b in 0..other.triangles.len() {
                    least = least.min(triangle_gap(one.triangle_points(a), other.triangle_points(b)).0);
                }
            }
            prop_assert_eq!(found.distance, least);
            prop_assert!((found.points[0].distance(found.points[1]) - least).abs() < 1e-12);
            for (mesh, point, triangle) in [(&one, found.points[0], found.triangles[0]), (&other, found.points[1], found.triangles[1])] {
                let [a, b, c] = mesh.triangle_points(triangle as usize);
                prop_assert!(closest_point_of_triangle(point, a, b, c).distance(point) < 1e-9);
            }
        }
    }
}
