//! Polygons in space as triangles.

use glam::{DVec2, DVec3};

/// Beyond this many corners a polygon is split as a fan: cutting ears takes the square of the time at least.
const MAX_EAR_CORNERS: usize = 512;

/// Splits a polygon into triangles of corner numbers, as many as it has corners less two, in the polygon's own winding.
///
/// A fan from the first corner where that covers the polygon, as with all convex ones; otherwise ears are cut from its
/// projection along its normal (Meisters, “Polygons have ears”, 1975). A polygon that crosses itself gives the same
/// number of triangles, some of them turned over.
pub(crate) fn triangulate(points: &[DVec3], mut emit: impl FnMut([usize; 3])) {
    let num_corners = points.len();
    let flat = if num_corners > 3 && num_corners <= MAX_EAR_CORNERS { projected(points) } else { Vec::new() };
    let is_fan = (2..flat.len()).all(|far| turn(flat[0], flat[far - 1], flat[far]) >= 0.0);
    if is_fan {
        (2..num_corners).for_each(|far| emit([0, far - 1, far]));
        return;
    }
    let mut left: Vec<usize> = (0..num_corners).collect();
    while left.len() > 3 {
        let ear = (0..left.len()).find(|&corner| is_ear(&flat, &left, corner)).unwrap_or(1);
        emit(around(&left, ear));
        left.remove(ear);
    }
    emit([left[0], left[1], left[2]]);
}

/// The corners before, at and after a corner.
fn around(left: &[usize], corner: usize) -> [usize; 3] {
    let count = left.len();
    [left[(corner + count - 1) % count], left[corner], left[(corner + 1) % count]]
}

fn is_ear(flat: &[DVec2], left: &[usize], corner: usize) -> bool {
    let ear = around(left, corner);
    let [a, b, c] = ear.map(|number| flat[number]);
    if turn(a, b, c) <= 0.0 {
        return false;
    }
    left.iter().filter(|number| !ear.contains(number)).map(|&number| flat[number]).all(|point| {
        let is_corner = point == a || point == b || point == c;
        is_corner || turn(a, b, point) < 0.0 || turn(b, c, point) < 0.0 || turn(c, a, point) < 0.0
    })
}

/// The polygon along the axis that its normal is closest to, counter-clockwise.
fn projected(points: &[DVec3]) -> Vec<DVec2> {
    // Newell's normal (Sutherland, Sproull, Schumacker 1974), relative to a corner so that far polygons keep digits.
    let base = points[0];
    let pairs = points.iter().zip(points.iter().cycle().skip(1));
    let normal: DVec3 = pairs.map(|(&a, &b)| (a - base).cross(b - base)).sum();
    let size = normal.abs();
    points
        .iter()
        .map(|&point| {
            let point = point - base;
            if size.x > size.y && size.x > size.z {
                DVec2::new(point.y, point.z * normal.x.signum())
            } else if size.y > size.z {
                DVec2::new(point.z, point.x * normal.y.signum())
            } else {
                DVec2::new(point.x, point.y * normal.z.signum())
            }
        })
        .collect()
}

/// Positive when `c` is left of the way from `a` to `b`.
fn turn(a: DVec2, b: DVec2, c: DVec2) -> f64 {
    (b - a).perp_dot(c - a)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(points: &[DVec3], expected_area: f64) {
        let mut area = DVec3::ZERO;
        let mut absolute_area = 0.0;
        let mut count = 0;
        triangulate(points, |corners| {
            let [a, b, c] = corners.map(|corner| points[corner]);
            let cross = (b - a).cross(c - a) * 0.5;
            area += cross;
            absolute_area += cross.length();
            count += 1;
        });
        assert_eq!(count, points.len() - 2);
        assert!((absolute_area - expected_area).abs() < 1e-12, "{absolute_area}");
        assert!((area.length() - expected_area).abs() < 1e-12, "{area}");
    }

    #[test]
    fn convex_and_concave_polygons_in_any_plane() {
        let square = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]];
        let arrow = [[1.0, 1.0], [0.0, 2.0], [0.0, 0.0], [2.0, 0.0]];
        let comb = [
            [0.0, 0.0],
            [5.0, 0.0],
            [5.0, 2.0],
            [4.0, 2.0],
            [4.0, 1.0],
            [3.0, 1.0],
            [3.0, 2.0],
            [2.0, 2.0],
            [2.0, 1.0],
            [1.0, 1.0],
            [1.0, 2.0],
            [0.0, 2.0],
        ];
        for turned in 0..3 {
            for flipped in [false, true] {
                let place = |points: &[[f64; 2]]| -> Vec<DVec3> {
                    let mut placed: Vec<DVec3> = points
                        .iter()
                        .map(|&[x, y]| match turned {
                            0 => DVec3::new(x, y, 7.0),
                            1 => DVec3::new(7.0, x, y),
                            _ => DVec3::new(y, 7.0, x),
                        })
                        .collect();
                    if flipped {
                        placed.reverse();
                    }
                    placed
                };
                check(&place(&square), 1.0);
                check(&place(&arrow), 2.0);
                check(&place(&comb), 8.0);
            }
        }
    }
}
