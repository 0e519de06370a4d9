//! Whether triangles meet, exactly.

use glam::DVec3;

use crate::boolean::pairs;
use crate::bvh::BoxTree;
use crate::memory::{Holding, bytes_per};
use crate::predicates::{LARGEST, are_collinear, side_of_plane, turn};
use crate::progress::{Cancelled, Progress, Stretch};
use crate::sorting::sorted;
use crate::topology::is_degenerate;
use crate::{Aabb, Mesh};

/// Whether two triangles have a point in common, decided exactly for coordinates that are 0 or between 1e-60 and 1e60 in
/// size. Triangles without area have none.
#[must_use]
pub fn triangles_intersect(one: [DVec3; 3], other: [DVec3; 3]) -> bool {
    has_area(one)
        && has_area(other)
        && (0..3).any(|i| {
            segment_meets([one[i], one[(i + 1) % 3]], other)
                || segment_meets([other[i], other[(i + 1) % 3]], one)
        })
}

/// The pairs of triangles of a mesh that meet in more than the corner or the edge they share by index, the smaller number
/// first, in ascending order. Exact; triangles without area are left out, and so is everything beyond 1e60 mm.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When a triangle names a position that does not exist; see [`Mesh::validate`].
pub fn self_intersections(mesh: &Mesh, progress: &dyn Progress) -> Result<Vec<[u32; 2]>, Cancelled> {
    let box_of = |triangle: usize| {
        let points = mesh.triangle_points(triangle);
        let is_near = points.iter().all(|point| point.abs().cmple(DVec3::splat(LARGEST)).all());
        let is_out = !is_near || is_degenerate(mesh.triangles[triangle]) || !has_area(points);
        if is_out { Aabb::EMPTY } else { Aabb::around(&points) }
    };
    // Boxes twice, what is sorted twice, nodes and the order.
    let _held = Holding::new(progress, bytes_per(mesh, 2 * 24 + 2 * 16 + 32 + 4, 0))?;
    let tree = BoxTree::build(mesh.triangles.len(), box_of, &Stretch::new(progress, 0.0, 0.3))?;
    let look = |one: u32, other: u32| {
        let [one, other] = [one.min(other), one.max(other)];
        meet_beyond_neighbors(mesh, one as usize, other as usize).then_some([one, other])
    };
    let found = pairs::within(&tree, look, &Stretch::new(progress, 0.3, 0.9))?;
    sorted(found, Ord::cmp, &Stretch::new(progress, 0.9, 1.0))
}

fn has_area([a, b, c]: [DVec3; 3]) -> bool {
    !are_collinear(a, b, c)
}

fn meet_beyond_neighbors(mesh: &Mesh, one: usize, other: usize) -> bool {
    let (first, second) = (mesh.triangles[one], mesh.triangles[other]);
    let (points, other_points) = (mesh.triangle_points(one), mesh.triangle_points(other));
    let shared: Vec<usize> = (0..3).filter(|&i| second.contains(&first[i])).collect();
    let other_shared: Vec<usize> = (0..3).filter(|&i| first.contains(&second[i])).collect();
    match (shared.as_slice(), other_shared.as_slice()) {
        ([], _) => triangles_intersect(points, other_points),
        // Whatever else they have in common is in the edge across the shared corner of one of them.
        (&[i], &[j]) => {
            segment_meets([points[(i + 1) % 3], points[(i + 2) % 3]], other_points)
                || segment_meets([other_points[(j + 1) % 3], other_points[(j + 2) % 3]], points)
        }
        (&[i, j], &[k, l]) => {
            // Only when folded onto each other.
            let (apex, other_apex) = (points[3 - i - j], other_points[3 - k - l]);
            let [a, b] = [points[i], points[j]];
            side_of_plane(a, b, apex, other_apex) == 0
                && (0..3).any(|axis| {
                    let flat = |point: DVec3| without(point, axis);
                    let side = turn(flat(a), flat(b), flat(apex));
                    side != 0 && side == turn(flat(a), flat(b), flat(other_apex))
                })
        }
        _ => true,
    }
}

/// Drops an axis.
fn without(point: DVec3, axis: usize) -> [f64; 2] {
    [point[(axis + 1) % 3], point[(axis + 2) % 3]]
}

/// Whether a segment and a triangle with area have a point in common.
fn segment_meets([p, q]: [DVec3; 2], [a, b, c]: [DVec3; 3]) -> bool {
    let (p_side, q_side) = (side_of_plane(a, b, c, p), side_of_plane(a, b, c, q));
    if p_side == 0 && q_side == 0 {
        return segment_meets_in_plane([p, q], [a, b, c]);
    }
    if p_side * q_side > 0 {
        return false;
    }
    // The line goes round the three sides the same way, or through one of them.
    let sides = [side_of_plane(p, q, a, b), side_of_plane(p, q, b, c), side_of_plane(p, q, c, a)];
    sides.iter().all(|&side| side >= 0) || sides.iter().all(|&side| side <= 0)
}

fn segment_meets_in_plane([p, q]: [DVec3; 2], [a, b, c]: [DVec3; 3]) -> bool {
    // A view in which the triangle has area.
    let seen = |axis: usize| turn(without(a, axis), without(b, axis), without(c, axis));
    let Some(axis) = (0..3).find(|&axis| seen(axis) != 0) else { return false };
    let [p, q, a, b, c] = [p, q, a, b, c].map(|point| without(point, axis));
    let orientation = turn(a, b, c);
    let is_inside = |point: [f64; 2]| {
        [turn(a, b, point), turn(b, c, point), turn(c, a, point)].iter().all(|side| side * orientation >= 0)
    };
    is_inside(p) || [[a, b], [b, c], [c, a]].iter().any(|&[start, end]| segments_meet(p, q, start, end))
}

/// Whether two segments in a plane have a point in common.
fn segments_meet(p: [f64; 2], q: [f64; 2], a: [f64; 2], b: [f64; 2]) -> bool {
    let (a_side, b_side) = (turn(p, q, a), turn(p, q, b));
    let (p_side, q_side) = (turn(a, b, p), turn(a, b, q));
    let is_between = |point: [f64; 2], from: [f64; 2], to: [f64; 2]| {
        (0..2).all(|i| point[i] >= from[i].min(to[i]) && point[i] <= from[i].max(to[i]))
    };
    (a_side * b_side < 0 && p_side * q_side < 0)
        || (a_side == 0 && is_between(a, p, q))
        || (b_side == 0 && is_between(b, p, q))
        || (p_side == 0 && is_between(p, a, b))
        || (q_side == 0 && is_between(q, a, b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Primitive, Unwatched};

    fn triangle(corners: [[f64; 3]; 3]) -> [DVec3; 3] {
        corners.map(DVec3::from_array)
    }

    #[test]
    fn touching_counts_and_one_bit_less_does_not() {
        let floor = triangle([[0.0, 0.0, 0.0], [4.0, 0.0, 0.0], [0.0, 4.0, 0.0]]);
        let above = |height: f64| triangle([[1.0, 1.0, height], [2.0, 1.0, 3.0], [1.0, 2.0, 3.0]]);
        assert!(triangles_intersect(floor, above(0.0)));
        assert!(triangles_intersect(floor, above(-1.0)));
        assert!(!triangles_intersect(floor, above(1e-60)));
        // In one plane: beside, over a side, within, around.
        let flat =
            |x: f64, y: f64, size: f64| triangle([[x, y, 0.0], [x + size, y, 0.0], [x, y + size, 0.0]]);
        assert!(!triangles_intersect(floor, flat(2.5, 2.5, 1.0)));
        assert!(triangles_intersect(floor, flat(2.0, 2.0, 1.0)));
        assert!(triangles_intersect(floor, flat(1.0, 1.0, 0.5)));
        assert!(triangles_intersect(floor, flat(-1.0, -1.0, 9.0)));
        let line = triangle([[0.0, 0.0, -1.0], [1.0, 1.0, 0.0], [2.0, 2.0, 1.0]]);
        assert!(!triangles_intersect(floor, line));
    }

    #[test]
    fn sound_solids_do_not_meet_themselves() {
        let shapes = [
            Primitive::Sphere { radius: 3.0, segments: 40 },
            Primitive::Torus { major_radius: 3.0, minor_radius: 1.0, segments: 40 },
            Primitive::Cone { bottom_radius: 1.0, top_radius: 0.0, height: 2.0, segments: 30 },
        ];
        for shape in shapes {
            let mesh = shape.mesh().expect("allowed");
            assert_eq!(self_intersections(&mesh, &Unwatched), Ok(vec![]));
        }
    }

    #[test]
    fn folds_duplicates_and_crossings_are_found() {
        let square = |apex: [f64; 3]| {
            let points = triangle([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]);
            Mesh::new([points.to_vec(), vec![DVec3::from_array(apex)]].concat(), vec![[0, 1, 2], [1, 0, 3]])
        };
        let found = |mesh: &Mesh| self_intersections(mesh, &Unwatched).expect("nobody cancels");
        assert!(found(&square([0.5, -1.0, 0.0])).is_empty());
        assert!(found(&square([0.5, 1.0, 1e-50])).is_empty());
        assert_eq!(found(&square([0.5, 1.0, 0.0])), [[0, 1]]);
        let mut twice = square([0.5, -1.0, 0.0]);
        twice.triangles.push([2, 1, 0]);
        assert_eq!(found(&twice), [[0, 2]]);
        // Two boxes, one pushed into the other: all pairs are of different ones.
        let mut boxes = Primitive::Box { size: DVec3::splat(2.0) }.mesh().expect("allowed");
        boxes.positions.extend_from_within(..);
        boxes.positions[8..].iter_mut().for_each(|point| *point += DVec3::new(0.3, 0.4, 0.5));
        let moved: Vec<[u32; 3]> = boxes.triangles.iter().map(|it| it.map(|corner| corner + 8)).collect();
        boxes.triangles.extend(moved);
        let pairs = found(&boxes);
        assert!(pairs.len() > 6 && pairs.iter().all(|&[one, other]| one < 12 && other >= 12), "{pairs:?}");
    }

    proptest! {
        /// Operands, corners and axes may change places; a point in both is found by neither side alone.
        #[test]
        fn meeting_is_symmetric(corners in prop::collection::vec([-2_i8..3, -2_i8..3, -2_i8..3], 6)) {
            let point = |i: usize| DVec3::from_array(corners[i].map(f64::from));
            let (one, other) = ([point(0), point(1), point(2)], [point(3), point(4), point(5)]);
            let found = triangles_intersect(one, other);
            prop_assert_eq!(found, triangles_intersect(other, one));
            prop_assert_eq!(found, triangles_intersect([one[2], one[1], one[0]], other));
            let turned = |t: [DVec3; 3]| t.map(|p| DVec3::new(p.z, -p.x, p.y + 7.0));
            prop_assert_eq!(found, triangles_intersect(turned(one), turned(other)));
            if has_area(one) && has_area(other) {
                let distance = super::super::gap::triangle_gap(one, other).0;
                prop_assert_eq!(found, distance == 0.0, "{}", distance);
            }
        }
    }
}
