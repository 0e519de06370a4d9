//! The winding numbers beside one triangle, by counting what lies above it.
//!
//! The ray starts at an exact point inside the triangle and runs along a coordinate axis. Where it meets an edge or a
//! corner, it is moved aside by less than any number (symbolic perturbation), so every crossing counts once.

use glam::DVec3;

use super::winding::Winding;
use crate::bvh::BvhNode;
use crate::predicates::decided;
use crate::predicates::implicit::{Anchors, Plane, Point, compare, turn_of};
use crate::predicates::turn;
use crate::solid::Placed;

/// A triangle or facet that the ray starts from.
pub(super) struct Base<'a> {
    pub(super) anchors: Anchors<'a>,
    /// Its corners, counter-clockwise seen from the front.
    pub(super) corners: [&'a Point; 3],
    /// Three points of its plane.
    pub(super) plane: [DVec3; 3],
}

/// Winding numbers on both sides of a triangle are known from those on one.
pub(super) struct Beside {
    pub(super) winding: Winding,
    /// Whether `winding` holds in front of the triangle, else behind it.
    pub(super) is_front: bool,
}

/// How far towards each corner the starts lie that are tried first. One will do unless the triangle is thinner than numbers
/// are dense.
const STARTS: [[f64; 3]; 5] =
    [[1.0, 1.0, 1.0], [2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0], [3.0, 2.0, 1.0]];

/// Then starts all over the triangle are tried, at so many steps from side to side: somewhere along a needle there may be
/// numbers in it.
const NUM_STEPS: usize = 24;

/// The shares of the corners of all starts that are tried.
fn starts() -> impl Iterator<Item = [f64; 3]> {
    let share = |part: usize| part as f64;
    let all_over = (1..NUM_STEPS - 1)
        .flat_map(move |i| (1..NUM_STEPS - i).map(move |j| [share(i), share(j), share(NUM_STEPS - i - j)]));
    STARTS.into_iter().chain(all_over)
}

/// Counts the winding numbers of all operands beside `base`; `None` when no start inside it can be written in `f64`.
pub(super) fn look(placed: &[Placed<'_>], base: &Base<'_>) -> Option<Beside> {
    let [a, b, c] = base.plane;
    let normal = (b - a).cross(c - a).abs();
    let mut order = [0, 1, 2];
    order.sort_by(|&i, &j| normal[j].total_cmp(&normal[i]));
    order.into_iter().find_map(|axis| look_along(placed, base, axis))
}

fn look_along(placed: &[Placed<'_>], base: &Base<'_>, axis: usize) -> Option<Beside> {
    let axes = [(axis + 1) % 3, (axis + 2) % 3];
    let [p, q, r] = base.corners;
    let facing = turn_of(base.anchors, axes, p, q, r);
    if facing == 0 {
        return None;
    }
    let start = starts().find_map(|weights| {
        let sum: f64 = weights.iter().sum();
        let mut start = (p.approx * weights[0] + q.approx * weights[1] + r.approx * weights[2]) / sum;
        start[axis] = 0.0;
        let point = Point::free(start);
        [(p, q), (q, r), (r, p)]
            .iter()
            .all(|&(from, to)| turn_of(base.anchors, axes, from, to, &point) == facing)
            .then_some(start)
    })?;
    let ray = Ray::new(start, axis, axes, base.plane);
    let mut winding = Winding::default();
    for (label, operand) in (0..).zip(placed) {
        let count = ray.count(operand);
        if count != 0 {
            winding.add(label, count);
        }
    }
    Some(Beside { winding, is_front: facing > 0 })
}

struct Ray {
    start: [f64; 2],
    axis: usize,
    axes: [usize; 2],
    /// Two points of its line, and three of the plane it starts from.
    line: [DVec3; 2],
    plane: [DVec3; 3],
    /// Bounds of where it starts.
    low: f64,
    high: f64,
}

impl Ray {
    fn new(start: DVec3, axis: usize, axes: [usize; 2], plane: [DVec3; 3]) -> Self {
        let mut second = start;
        second[axis] = 1.0;
        let line = [start, second];
        let positions = [line[0], line[1], plane[0], plane[1], plane[2]];
        let anchors = Anchors { positions: &positions, triangles: &[[2, 3, 4]] };
        let from = Point::on_line(anchors, [0, 1], Plane::Triangle(0));
        let (low, high) = (from.approx[axis] - from.err, from.approx[axis] + from.err);
        Self { start: [start[axes[0]], start[axes[1]]], axis, axes, line, plane, low, high }
    }

    /// Crossings from inside to outside less those from outside to inside, above the start.
    fn count(&self, operand: &Placed<'_>) -> i32 {
        let nodes = operand.tree.bvh.nodes();
        // Most operands are nowhere near, and cost nothing.
        if nodes.first().is_none_or(|root| self.misses(root)) {
            return 0;
        }
        let mut count = 0;
        let mut pending: Vec<u32> = vec![0];
        while let Some(index) = pending.pop() {
            let node = &nodes[index as usize];
            if self.misses(node) {
                continue;
            }
            if node.is_leaf() {
                for &triangle in &operand.tree.bvh.order()[node.items()] {
                    count += self.crossing(operand.points(triangle).map(decided));
                }
            } else {
                pending.extend([node.first, node.first + 1]);
            }
        }
        count
    }

    fn misses(&self, node: &BvhNode) -> bool {
        let is_aside = |i: usize| {
            f64::from(node.max[self.axes[i]]) < self.start[i]
                || f64::from(node.min[self.axes[i]]) > self.start[i]
        };
        f64::from(node.max[self.axis]) < self.low || is_aside(0) || is_aside(1)
    }

    /// 1 where the ray leaves through the triangle, −1 where it enters, 0 where it misses.
    fn crossing(&self, points: [DVec3; 3]) -> i32 {
        let heights = points.map(|point| point[self.axis]);
        if heights.iter().all(|&height| height < self.low) {
            return 0;
        }
        let flat = points.map(|point| [point[self.axes[0]], point[self.axes[1]]]);
        let facing = self.turn(flat[0], flat[1]);
        if self.turn(flat[1], flat[2]) != facing || self.turn(flat[2], flat[0]) != facing {
            return 0;
        }
        if heights.iter().all(|&height| height > self.high) || self.is_below(points) {
            return facing;
        }
        0
    }

    /// Whether the ray starts below the plane of a triangle that it goes through.
    fn is_below(&self, points: [DVec3; 3]) -> bool {
        let [a, b, c] = self.plane;
        let positions = [self.line[0], self.line[1], a, b, c, points[0], points[1], points[2]];
        let anchors = Anchors { positions: &positions, triangles: &[[2, 3, 4], [5, 6, 7]] };
        let start = Point::on_line(anchors, [0, 1], Plane::Triangle(0));
        let hit = Point::on_line(anchors, [0, 1], Plane::Triangle(1));
        compare(anchors, self.axis, &start, &hit).is_lt()
    }

    /// How the start, moved by (ε, ε²), lies beside a line; never 0 unless both points are the same.
    fn turn(&self, from: [f64; 2], to: [f64; 2]) -> i32 {
        let turned = turn(from, to, self.start);
        if turned != 0 {
            return turned;
        }
        if to[1] != from[1] {
            return if to[1] > from[1] { -1 } else { 1 };
        }
        if to[0] > from[0] {
            1
        } else if to[0] < from[0] {
            -1
        } else {
            0
        }
    }
}
