//! A polygon in space as triangles.
//!
//! Ears are cut off (Gary Meisters, “Polygons have ears”, 1975). Which corner is an ear is decided exactly, on the
//! coordinates themselves: the polygon is projected by dropping the axis its normal is closest to, which rounds nothing.

use std::collections::VecDeque;

use glam::DVec3;

use crate::predicates::turn;

/// Tests of a point against an ear after which the rest is cut without looking, so that no polygon takes more than about a
/// second. A spiral of ten thousand corners needs a hundredth of them.
const MAX_TESTS: usize = 20_000_000;

/// Splits a polygon, given by its corners in order, into triangles of corner numbers, in the polygon's own winding.
///
/// Promise: two triangles less than there are corners, each corner and each side used, for any input; none for fewer than
/// three corners. For a simple polygon (in its projection) the triangles do not overlap, and none is without area unless
/// all corners lie on a line or coincide. A polygon that crosses itself, or holds a NaN, gets some split or other.
/// A convex polygon is split as a fan from its first corner, as most programs do, and a quadrilateral where possible.
#[must_use]
pub fn triangulate(points: &[DVec3]) -> Vec<[u32; 3]> {
    let mut triangles = Vec::with_capacity(points.len().saturating_sub(2));
    triangulate_into(points, &mut triangles);
    triangles
}

/// As [`triangulate`], adding to an array: for files of millions of polygons.
pub fn triangulate_into(points: &[DVec3], triangles: &mut Vec<[u32; 3]>) {
    match *points {
        [] | [_] | [_, _] => {}
        [_, _, _] => triangles.push([0, 1, 2]),
        _ if points.iter().any(|point| !point.is_finite()) => {
            triangles.extend((2..points.len() as u32).map(|corner| [0, corner - 1, corner]));
        }
        [a, b, c, d] => {
            let [a, b, c, d] = [a, b, c, d].map(projection(points));
            if turn(a, b, c) > 0 && turn(a, c, d) > 0 {
                triangles.extend([[0, 1, 2], [0, 2, 3]]);
            } else if turn(b, c, d) > 0 && turn(b, d, a) > 0 {
                triangles.extend([[1, 2, 3], [1, 3, 0]]);
            } else {
                Ears::new(vec![a, b, c, d]).cut(triangles);
            }
        }
        _ => {
            let flat: Vec<[f64; 2]> = points.iter().copied().map(projection(points)).collect();
            if is_fan(&flat) {
                triangles.extend((2..points.len() as u32).map(|corner| [0, corner - 1, corner]));
            } else {
                Ears::new(flat).cut(triangles);
            }
        }
    }
}

/// Whether the triangles from the first corner to each side make up the polygon, as those of convex ones do: all wind as
/// the polygon does and together they span less than half a turn. Most programs split so, and polygons that are not quite
/// flat get the same shape here as there.
fn is_fan(points: &[[f64; 2]]) -> bool {
    let [first, rest @ ..] = points else { return false };
    let sides_wind = rest.windows(2).all(|side| turn(*first, side[0], side[1]) > 0);
    sides_wind && turn(*first, rest[0], rest[rest.len() - 1]) > 0
}

/// Drops the axis that the polygon's normal is closest to, so that the polygon winds counter-clockwise.
fn projection(points: &[DVec3]) -> impl Fn(DVec3) -> [f64; 2] + use<> {
    // Newell's normal (Ivan Sutherland, Robert Sproull and Robert Schumacker, “A Characterization of Ten Hidden-Surface
    // Algorithms”, 1974), relative to a corner and scaled, so that neither place nor size costs digits.
    let size = points.iter().fold(0.0, |size: f64, point| size.max((*point - points[0]).abs().max_element()));
    let relative = |point: DVec3| (point - points[0]) / size;
    let normal: DVec3 = points.windows(2).map(|pair| relative(pair[0]).cross(relative(pair[1]))).sum();
    let [x, y, z] = normal.abs().to_array();
    let (first, second, dropped) = if z >= x && z >= y {
        (0, 1, 2)
    } else if x >= y {
        (1, 2, 0)
    } else {
        (2, 0, 1)
    };
    // Mirroring by exchanging the axes keeps the numbers as they are.
    let (first, second) = if normal[dropped] < 0.0 { (second, first) } else { (first, second) };
    move |point| [point[first], point[second]]
}

/// A polygon whose corners are cut off one after another.
struct Ears {
    points: Vec<[f64; 2]>,
    next: Vec<u32>,
    previous: Vec<u32>,
    /// The corners that may lie in an ear.
    obstacles: Grid,
    is_cut: Vec<bool>,
    num_tests: usize,
}

impl Ears {
    fn new(points: Vec<[f64; 2]>) -> Self {
        let count = points.len() as u32;
        let mut ears = Self {
            next: (1..count).chain([0]).collect(),
            previous: [count - 1].into_iter().chain(0..count - 1).collect(),
            obstacles: Grid::default(),
            is_cut: vec![false; points.len()],
            num_tests: 0,
            points,
        };
        // Only corners that are not convex: cutting an ear makes no corner of a simple polygon less convex.
        let obstacles: Vec<u32> = (0..count).filter(|&corner| ears.turn_at(corner) <= 0).collect();
        ears.obstacles = Grid::new(&ears.points, &obstacles);
        ears
    }

    /// Corners wait in a queue to be looked at. Cutting one sends its neighbours to the end of the queue, so that every
    /// other corner of a convex stretch is cut, then every other one of those left: rounder triangles than a fan has. A
    /// corner that is not an ear leaves the queue until a neighbour changes or the queue has run empty.
    fn cut(&mut self, triangles: &mut Vec<[u32; 3]>) {
        let count = self.points.len() as u32;
        let mut num_left = count;
        // Only the latest entry of a corner counts.
        let mut entry_of = vec![0_u32; self.points.len()];
        let mut queue: VecDeque<(u32, u32)> = (0..count).map(|corner| (corner, 0)).collect();
        let mut taken = Taken::Ears;
        let mut has_cut = false;
        while num_left > 3 {
            if queue.is_empty() {
                let left = (0..count).filter(|&corner| !self.is_cut[corner as usize]);
                queue.extend(left.map(|corner| (corner, entry_of[corner as usize])));
                taken = if has_cut { Taken::Ears } else { taken.more() };
                has_cut = false;
            }
            if self.num_tests > MAX_TESTS {
                taken = Taken::All;
            }
            let (corner, entry) = queue.pop_front().expect("more than three corners are left");
            if entry != entry_of[corner as usize] || self.is_cut[corner as usize] {
                continue;
            }
            let is_taken = match taken {
                Taken::Ears => self.is_ear(corner),
                Taken::EarsAndFlat => self.is_ear(corner) || self.turn_at(corner) == 0,
                Taken::All => true,
            };
            if is_taken {
                taken = Taken::Ears;
                has_cut = true;
                let [previous, _, next] = self.around(corner);
                triangles.push([previous, corner, next]);
                self.is_cut[corner as usize] = true;
                self.next[previous as usize] = next;
                self.previous[next as usize] = previous;
                num_left -= 1;
                for changed in [previous, next] {
                    entry_of[changed as usize] += 1;
                    queue.push_back((changed, entry_of[changed as usize]));
                }
            }
        }
        let last = (0..count).find(|&corner| !self.is_cut[corner as usize]).expect("three corners are left");
        triangles.push(self.around(last));
    }

    fn turn_at(&self, corner: u32) -> i32 {
        let [a, b, c] = self.around(corner).map(|corner| self.points[corner as usize]);
        turn(a, b, c)
    }

    fn around(&self, corner: u32) -> [u32; 3] {
        [self.previous[corner as usize], corner, self.next[corner as usize]]
    }

    /// Whether a corner is convex and no other corner lies in or on its triangle, except where it coincides with one of
    /// the triangle's.
    fn is_ear(&mut self, corner: u32) -> bool {
        let ear = self.around(corner);
        let [a, b, c] = ear.map(|corner| self.points[corner as usize]);
        if turn(a, b, c) <= 0 {
            return false;
        }
        let low = [0, 1].map(|axis| a[axis].min(b[axis]).min(c[axis]));
        let high = [0, 1].map(|axis| a[axis].max(b[axis]).max(c[axis]));
        let ([first_column, first_row], [last_column, last_row]) =
            (self.obstacles.cell(low), self.obstacles.cell(high));
        for row in first_row..=last_row {
            let corners = self.obstacles.run(row, first_column, last_column);
            self.num_tests += corners.len() + 1;
            for &other in corners {
                let point = self.points[other as usize];
                let is_free = self.is_cut[other as usize] || point == a || point == b || point == c;
                if !is_free && turn(a, b, point) >= 0 && turn(b, c, point) >= 0 && turn(c, a, point) >= 0 {
                    return false;
                }
            }
        }
        true
    }
}

/// Which corners are cut. A simple polygon always has ears; others need the rest.
#[derive(Clone, Copy)]
enum Taken {
    Ears,
    EarsAndFlat,
    All,
}

impl Taken {
    fn more(self) -> Self {
        match self {
            Self::Ears => Self::EarsAndFlat,
            Self::EarsAndFlat | Self::All => Self::All,
        }
    }
}

/// Corners by the cells of a regular grid, about as many cells as corners.
#[derive(Default)]
struct Grid {
    low: [f64; 2],
    /// Cells per unit of length.
    scale: [f64; 2],
    /// Cells in a row and rows.
    side: usize,
    /// Where in `corners` each cell begins, row after row, and the end of the last one.
    starts: Vec<u32>,
    corners: Vec<u32>,
}

impl Grid {
    fn new(points: &[[f64; 2]], corners: &[u32]) -> Self {
        let mut low = [f64::INFINITY; 2];
        let mut high = [f64::NEG_INFINITY; 2];
        for &corner in corners {
            let point = points[corner as usize];
            low = [0, 1].map(|axis| low[axis].min(point[axis]));
            high = [0, 1].map(|axis| high[axis].max(point[axis]));
        }
        let side = ((corners.len() as f64).sqrt() as usize).max(1);
        let scale = [0, 1].map(|axis| side as f64 / (high[axis] - low[axis]));
        // Without extent all corners are in one column or row; the same goes for one beyond the range of numbers.
        let scale = scale.map(|scale| if scale.is_finite() { scale } else { 0.0 });
        let mut grid =
            Self { low, scale, side, starts: vec![0; side * side + 1], corners: vec![0; corners.len()] };
        let cell_of = |grid: &Self, corner: u32| {
            let [column, row] = grid.cell(points[corner as usize]);
            row * side + column
        };
        for &corner in corners {
            let cell = cell_of(&grid, corner);
            grid.starts[cell] += 1;
        }
        let mut sum = 0;
        for start in &mut grid.starts {
            sum += *start;
            *start = sum;
        }
        // Filled from the back, each cell's end becomes its start.
        for &corner in corners.iter().rev() {
            let cell = cell_of(&grid, corner);
            grid.starts[cell] -= 1;
            let place = grid.starts[cell] as usize;
            grid.corners[place] = corner;
        }
        grid
    }

    /// Column and row of a point, or of the nearest cell. Never smaller for a larger coordinate, whatever is rounded.
    fn cell(&self, point: [f64; 2]) -> [usize; 2] {
        // The cast takes negative numbers and NaN to 0.
        [0, 1].map(|axis| (((point[axis] - self.low[axis]) * self.scale[axis]) as usize).min(self.side - 1))
    }

    /// The corners in some neighbouring cells of a row.
    fn run(&self, row: usize, first_column: usize, last_column: usize) -> &[u32] {
        let start = self.starts[row * self.side + first_column] as usize;
        &self.corners[start..self.starts[row * self.side + last_column + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use glam::{DMat3, DVec2};
    use proptest::prelude::*;

    use super::*;
    use crate::math;

    fn flat(points: &[[f64; 2]]) -> Vec<DVec3> {
        points.iter().map(|&[x, y]| DVec3::new(x, y, 0.0)).collect()
    }

    fn doubled_area(points: &[DVec3], triangle: [u32; 3]) -> f64 {
        let [a, b, c] = triangle.map(|corner| points[corner as usize]);
        DVec2::perp_dot((b - a).truncate(), (c - a).truncate())
    }

    /// As many triangles as promised; every side of the polygon once, every other edge once each way.
    fn assert_splits(points: &[DVec3], triangles: &[[u32; 3]]) {
        let count = points.len() as u32;
        assert_eq!(triangles.len(), points.len() - 2);
        let mut edges: Vec<(u32, u32)> =
            triangles.iter().flat_map(|&[a, b, c]| [(a, b), (b, c), (c, a)]).collect();
        edges.extend((0..count).map(|corner| ((corner + 1) % count, corner)));
        edges.sort_unstable();
        let mut opposite: Vec<(u32, u32)> = edges.iter().map(|&(a, b)| (b, a)).collect();
        opposite.sort_unstable();
        assert!(edges == opposite, "the sides or diagonals of {} corners do not match", points.len());
    }

    /// Splits, and for a simple counter-clockwise polygon: all triangles face up and together have its area.
    fn check(points: &[[f64; 2]]) {
        let points = flat(points);
        let triangles = triangulate(&points);
        assert_splits(&points, &triangles);
        let areas: Vec<f64> = triangles.iter().map(|&triangle| doubled_area(&points, triangle)).collect();
        let upside_down = areas.iter().position(|&area| area <= 0.0);
        assert_eq!(
            upside_down.map(|index| (triangles[index], areas[index])),
            None,
            "of {} triangles",
            areas.len()
        );
        let pairs = points.iter().zip(points.iter().cycle().skip(1));
        let expected: f64 = pairs.map(|(a, b)| a.truncate().perp_dot(b.truncate())).sum();
        let found: f64 = areas.iter().sum();
        assert!((found - expected).abs() <= 1e-9 * expected, "{found} instead of {expected}");
    }

    #[test]
    fn few_corners_need_no_thought() {
        assert!(triangulate(&[]).is_empty());
        assert!(triangulate(&[DVec3::ZERO; 2]).is_empty());
        assert_eq!(triangulate(&[DVec3::ZERO; 3]), [[0, 1, 2]]);
    }

    #[test]
    fn simple_polygons_are_covered() {
        check(&[[0.0, 0.0], [2.0, 0.0], [2.0, 1.0], [0.0, 1.0]]);
        check(&[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0], [0.0, 1.0]]);
        // An arrow, whose only inner diagonal starts at the notch.
        check(&[[0.0, 0.0], [2.0, 2.0], [0.0, 1.0], [-2.0, 2.0]]);
        // Corners on straight sides.
        check(&[
            [0.0, 0.0],
            [1.0, 0.0],
            [2.0, 0.0],
            [2.0, 1.0],
            [2.0, 2.0],
            [1.0, 2.0],
            [0.0, 2.0],
            [0.0, 1.0],
        ]);
        // A comb.
        check(&[
            [0.0, 0.0],
            [5.0, 0.0],
            [5.0, 3.0],
            [4.0, 1.0],
            [3.0, 3.0],
            [2.0, 1.0],
            [1.0, 3.0],
            [0.0, 1.0],
        ]);
        // A hole joined to the outline by a seam that is run through twice.
        check(&[
            [0.0, 0.0],
            [4.0, 0.0],
            [4.0, 4.0],
            [0.0, 4.0],
            [0.0, 0.0],
            [1.0, 1.0],
            [1.0, 3.0],
            [3.0, 3.0],
            [3.0, 1.0],
            [1.0, 1.0],
        ]);
    }

    #[test]
    fn quadrilaterals_are_split_at_their_first_corner() {
        let square = flat(&[[0.0, 0.0], [3.0, 0.0], [1.0, 1.0], [0.0, 1.0]]);
        assert_eq!(triangulate(&square), [[0, 1, 2], [0, 2, 3]]);
        let arrow = flat(&[[2.0, 2.0], [0.0, 1.0], [-2.0, 2.0], [0.0, 0.0]]);
        assert_eq!(triangulate(&arrow), [[1, 2, 3], [1, 3, 0]]);
    }

    #[test]
    fn a_long_spiral_takes_no_forever() {
        let arm = |turn: f64, radius: f64| {
            let angle_rad = turn * std::f64::consts::TAU;
            [radius * math::cos(angle_rad), radius * math::sin(angle_rad)]
        };
        let count = 5000;
        let at = |i: i32| f64::from(i) / 100.0;
        let outward = (0..count).map(|i| arm(at(i), 1.0 + at(i)));
        let inward = (0..count).rev().map(|i| arm(at(i), 0.6 + at(i)));
        // Outward on the outer side, back on the inner side.
        let points: Vec<[f64; 2]> = outward.chain(inward).collect();
        check(&points);
    }

    #[test]
    fn hopeless_polygons_are_split_somehow() {
        let line: Vec<DVec3> = (0..9).map(|i| DVec3::X * f64::from(i % 4)).collect();
        assert_splits(&line, &triangulate(&line));
        let point = [DVec3::ONE; 7];
        assert_splits(&point, &triangulate(&point));
        let bow_tie = flat(&[[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0], [-1.0, 0.5]]);
        assert_splits(&bow_tie, &triangulate(&bow_tie));
        let nan = [DVec3::NAN, DVec3::X, DVec3::Y, DVec3::ONE];
        assert_splits(&nan, &triangulate(&nan));
        let huge = [DVec3::ZERO, DVec3::X * 1e308, DVec3::ONE * 1e308, DVec3::Y * 1e308, DVec3::X * -1e308];
        assert_splits(&huge, &triangulate(&huge));
    }

    proptest! {
        /// Star-shaped polygons, which are simple, at any place and turn, slightly out of their plane.
        #[test]
        fn stars_are_covered(
            radii in prop::collection::vec(0.1..10.0, 4..60),
            axis in [-1.0..1.0, -1.0..1.0, -1.0..1.0],
            angle_rad in -4.0..4.0,
            shift in [-1e3..1e3, -1e3..1e3, -1e3..1e3],
            bend in -0.01..0.01,
        ) {
            let count = radii.len();
            let star: Vec<DVec3> = radii.iter().enumerate().map(|(i, radius)| {
                let angle_rad = std::f64::consts::TAU * i as f64 / count as f64;
                DVec3::new(radius * math::cos(angle_rad), radius * math::sin(angle_rad), bend * (i % 3) as f64)
            }).collect();
            check(&star.iter().map(|point| [point.x, point.y]).collect::<Vec<_>>());

            let axis = DVec3::from_array(axis).try_normalize().unwrap_or(DVec3::Z);
            let rotation = DMat3::from_axis_angle(axis, angle_rad);
            let placed: Vec<DVec3> = star.iter().map(|&point| rotation * point + DVec3::from_array(shift)).collect();
            let triangles = triangulate(&placed);
            assert_splits(&placed, &triangles);
            // Seen along the star's own normal the triangles must still face up and add up. The projection they were
            // decided in is another one, so needles of the size of the bend may be turned over.
            let areas: Vec<f64> = triangles.iter().map(|&triangle| doubled_area(&star, triangle)).collect();
            let pairs = star.iter().zip(star.iter().cycle().skip(1));
            let expected: f64 = pairs.map(|(a, b)| a.truncate().perp_dot(b.truncate())).sum();
            prop_assert!((areas.iter().sum::<f64>() - expected).abs() <= 1e-9 * expected);
            prop_assert!(areas.iter().all(|&area| area > -1.0), "{areas:?}");
        }

        #[test]
        fn anything_is_split(points in prop::collection::vec([-2_i8..3, -2_i8..3, -2_i8..3], 3..40)) {
            let points: Vec<DVec3> = points.iter().map(|point| DVec3::from_array(point.map(f64::from))).collect();
            assert_splits(&points, &triangulate(&points));
        }
    }
}
