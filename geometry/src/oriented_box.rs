//! Small boxes in any direction.

use glam::{DMat3, DVec2, DVec3};
use serde::{Deserialize, Serialize};

use crate::hull::{HullError, convex_hull};
use crate::{Cancelled, Progress, progress::Stretch};

/// A box in any direction.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrientedBox {
    /// The middle.
    pub center: DVec3,
    /// The directions of its edges, right-handed, the longest first.
    pub axes: [DVec3; 3],
    /// Half its lengths along them.
    pub half: DVec3,
}

impl OrientedBox {
    /// The space it takes.
    #[must_use]
    pub fn volume(&self) -> f64 {
        8.0 * self.half.element_product()
    }

    /// The corners, the bits of their numbers telling the side along each axis.
    #[must_use]
    pub fn corners(&self) -> [DVec3; 8] {
        std::array::from_fn(|number| {
            let side = |axis: usize| if number >> axis & 1 == 1 { self.half[axis] } else { -self.half[axis] };
            self.center + (0..3).map(|axis| self.axes[axis] * side(axis)).sum::<DVec3>()
        })
    }

    fn around(points: &[DVec3], axes: [DVec3; 3]) -> Self {
        let [mut low, mut high] = [DVec3::INFINITY, DVec3::NEG_INFINITY];
        for &point in points {
            let at = DVec3::from_array(axes.map(|axis| axis.dot(point)));
            low = low.min(at);
            high = high.max(at);
        }
        let center = DMat3::from_cols_array_2d(&axes.map(|axis| axis.to_array())) * ((low + high) * 0.5);
        Self { center, axes, half: (high - low) * 0.5 }
    }

    /// What is minimised: the volume, or the area where there is none.
    fn badness(&self) -> (f64, f64) {
        let [x, y, z] = self.half.to_array();
        (x * y * z, x * y + y * z + z * x)
    }

    fn sorted(self) -> Self {
        let mut order = [0, 1, 2];
        order.sort_by(|&a: &usize, &b| self.half[b].total_cmp(&self.half[a]).then(a.cmp(&b)));
        let [first, second, _] = order.map(|axis| self.axes[axis]);
        let half = DVec3::from_array(order.map(|axis| self.half[axis]));
        Self { center: self.center, axes: [first, second, first.cross(second)], half }
    }
}

/// Directions of faces that are tried; more make it slow and little smaller.
const MAX_FACES: usize = 400;

/// A small box around points: of those that lie flat on a face of the convex hull, the smallest, then turned about its own
/// axes while that makes it smaller. `None` without points.
///
/// The smallest of all has two faces that hold edges of the hull, but need not hold a face (J. O'Rourke, “Finding minimal
/// enclosing boxes”, 1985), so this one may be a little larger. The turning is as in C.-T. Chang, B. Gorissen, S. Melchior,
/// “Fast oriented bounding box optimization on the rotation group SO(3,ℝ)”, 2011, without its chance.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
pub fn oriented_box(points: &[DVec3], progress: &dyn Progress) -> Result<Option<OrientedBox>, Cancelled> {
    if points.is_empty() {
        return Ok(None);
    }
    let (corners, normals) = match convex_hull(points, &Stretch::new(progress, 0.0, 0.5)) {
        Ok(hull) => {
            let mut normals: Vec<(f64, DVec3)> = (0..hull.triangles.len())
                .filter_map(|triangle| {
                    let [a, b, c] = hull.triangle_points(triangle);
                    let normal = (b - a).cross(c - a);
                    Some((normal.length(), normal.try_normalize()?))
                })
                .collect();
            normals.sort_by(|a, b| b.0.total_cmp(&a.0));
            (hull.positions, normals.into_iter().map(|(_, normal)| normal).collect())
        }
        Err(HullError::Cancelled(cancelled)) => return Err(cancelled),
        // All in a plane or a line, or too far away for exact answers.
        Err(_) => (points.to_vec(), Vec::new()),
    };
    let mut different: Vec<DVec3> = Vec::new();
    for normal in normals.into_iter().chain(flat_normal(&corners)).chain([DVec3::Z, DVec3::X, DVec3::Y]) {
        if different.len() < MAX_FACES && different.iter().all(|known| known.dot(normal).abs() < 1.0 - 1e-10)
        {
            different.push(normal);
        }
    }
    let mut best: Option<OrientedBox> = None;
    for (number, &normal) in different.iter().enumerate() {
        progress.report(0.5 + 0.4 * number as f64 / different.len() as f64)?;
        let found = turned_about(&corners, normal);
        if best.is_none_or(|best| found.badness() < best.badness()) {
            best = Some(found);
        }
    }
    let mut best = best.unwrap_or_else(|| OrientedBox::around(&corners, DVec3::AXES));
    for _ in 0..24 {
        progress.report(0.9)?;
        let before = best.badness();
        for axis in 0..3 {
            let found = turned_about(&corners, best.axes[axis]);
            if found.badness() < best.badness() {
                best = found;
            }
        }
        if before.0 - best.badness().0 <= before.0 * 1e-9 {
            break;
        }
    }
    Ok(Some(best.sorted()))
}

/// Across points that lie in a plane.
fn flat_normal(points: &[DVec3]) -> Option<DVec3> {
    let first = *points.first()?;
    let far = |&a: &&DVec3, &b: &&DVec3| a.distance_squared(first).total_cmp(&b.distance_squared(first));
    let along = *points.iter().max_by(far)? - first;
    let across = points.iter().map(|&point| (point - first).cross(along));
    across.max_by(|a, b| a.length_squared().total_cmp(&b.length_squared()))?.try_normalize()
}

/// The box that is smallest seen along a direction: one side of it holds an edge of the outline (H. Freeman, R. Shapira,
/// “Determining the minimum-area encasing rectangle for an arbitrary closed curve”, 1975).
fn turned_about(points: &[DVec3], normal: DVec3) -> OrientedBox {
    let (u, v) = normal.any_orthonormal_pair();
    let outline = outline(points.iter().map(|point| DVec2::new(point.dot(u), point.dot(v))).collect());
    let mut best: Option<(f64, f64, DVec2)> = None;
    for (i, &point) in outline.iter().enumerate() {
        let Some(along) = (outline[(i + 1) % outline.len()] - point).try_normalize() else { continue };
        let across = along.perp();
        let span = |direction: DVec2| {
            let [low, high] = outline
                .iter()
                .map(|point| point.dot(direction))
                .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], at| [low.min(at), high.max(at)]);
            high - low
        };
        let (width, height) = (span(along), span(across));
        let measure = (width * height, width + height, along);
        if best.is_none_or(|best| (measure.0, measure.1) < (best.0, best.1)) {
            best = Some(measure);
        }
    }
    let along = best.map_or(DVec2::X, |best| best.2);
    let first = u * along.x + v * along.y;
    OrientedBox::around(points, [first, normal.cross(first), normal])
}

/// The convex outline of points in a plane, counter-clockwise (A. Andrew, “Another efficient algorithm for convex hulls in two
/// dimensions”, 1979). A point that rounding leaves out is so close that it does not matter here.
fn outline(mut points: Vec<DVec2>) -> Vec<DVec2> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    points.dedup();
    if points.len() < 3 {
        return points;
    }
    let half = |points: &mut dyn Iterator<Item = DVec2>| {
        let mut row: Vec<DVec2> = Vec::new();
        for point in points {
            while let [.., a, b] = row[..]
                && (b - a).perp_dot(point - b) <= 0.0
            {
                row.pop();
            }
            row.push(point);
        }
        row.pop();
        row
    };
    let mut lower = half(&mut points.iter().copied());
    lower.extend(half(&mut points.iter().rev().copied()));
    lower
}

#[cfg(test)]
mod tests {
    use glam::{DAffine3, DQuat};
    use proptest::prelude::*;

    use super::*;
    use crate::{Primitive, Unwatched};

    #[test]
    fn nothing_has_no_box_and_flat_things_have_flat_ones() {
        assert_eq!(oriented_box(&[], &Unwatched), Ok(None));
        let point = oriented_box(&[DVec3::ONE], &Unwatched).unwrap().unwrap();
        assert_eq!((point.center, point.half), (DVec3::ONE, DVec3::ZERO));
        let turn = DQuat::from_rotation_x(0.3) * DQuat::from_rotation_z(0.9);
        let flat =
            [[0.0, 0.0], [4.0, 0.0], [4.0, 2.0], [0.0, 2.0]].map(|[x, y]| turn * DVec3::new(x, y, 0.0));
        let found = oriented_box(&flat, &Unwatched).unwrap().unwrap();
        assert!((found.half - DVec3::new(2.0, 1.0, 0.0)).abs().max_element() < 1e-12, "{found:?}");
    }

    #[test]
    fn a_cylinder_in_any_direction_has_a_square_box() {
        let mesh = Primitive::Cylinder { radius: 2.0, height: 9.0, segments: 64 }.mesh().unwrap();
        let turn = DQuat::from_rotation_x(0.7) * DQuat::from_rotation_y(-0.4);
        let points: Vec<DVec3> = mesh.positions.iter().map(|&point| turn * point).collect();
        let found = oriented_box(&points, &Unwatched).unwrap().unwrap();
        assert!((found.volume() - 16.0 * 9.0).abs() < 0.5, "{}", found.volume());
        assert!(found.axes[0].dot(turn * DVec3::Z).abs() > 1.0 - 1e-9);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_holds_its_points_and_finds_a_turned_box(
            size in [0.5..20.0_f64, 0.5..20.0, 0.5..20.0],
            angles in [-3.0..3.0_f64, -3.0..3.0, -3.0..3.0],
            extra in prop::collection::vec([-0.5..0.5_f64, -0.5..0.5, -0.5..0.5], 0..20),
        ) {
            let [x, y, z] = angles;
            let turn = DQuat::from_euler(glam::EulerRot::XYZ, x, y, z);
            let place = DAffine3::from_rotation_translation(turn, DVec3::new(30.0, -7.0, 2.0));
            let size = DVec3::from_array(size);
            let mesh = Primitive::Box { size }.mesh().unwrap();
            let middle = mesh.bounds().map(|(low, high)| (low + high) * 0.5).unwrap();
            let inside = extra.iter().map(|at| middle + DVec3::from_array(*at) * size);
            let points: Vec<DVec3> =
                mesh.positions.iter().copied().chain(inside).map(|point| place.transform_point3(point)).collect();
            let found = oriented_box(&points, &Unwatched).unwrap().unwrap();
            prop_assert!((found.volume() / size.element_product() - 1.0).abs() < 1e-9);
            for point in points {
                let at = point - found.center;
                for axis in 0..3 {
                    prop_assert!(at.dot(found.axes[axis]).abs() <= found.half[axis] + 1e-9);
                }
            }
            prop_assert!((found.axes[0].cross(found.axes[1]) - found.axes[2]).length() < 1e-12);
        }
    }
}
