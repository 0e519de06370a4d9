//! The winding numbers beside one triangle, by counting what lies above it.
//!
//! The ray starts at an exact point inside the triangle and runs along a coordinate axis. Where it meets an edge or a
//! corner, it is moved aside by less than any number (symbolic perturbation), so every crossing counts once.

use glam::DVec3;

use super::winding::Winding;
use crate::bvh::BvhNode;
use crate::predicates::decided;
use crate::predicates::implicit::{Anchors, Plane, Point, compare, side_of, turn_of};
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

/// Shares of the corners in the starts that are tried first. One will do unless the triangle is thinner than numbers are
/// dense; then it is an exact point, which costs more.
const STARTS: [[f64; 3]; 5] =
    [[1.0, 1.0, 1.0], [2.0, 1.0, 1.0], [1.0, 2.0, 1.0], [1.0, 1.0, 2.0], [3.0, 2.0, 1.0]];

/// Counts the winding numbers of all operands beside `base`.
pub(super) fn look(placed: &[Placed<'_>], base: &Base<'_>) -> Beside {
    let [a, b, c] = base.plane;
    let normal = (b - a).cross(c - a).abs();
    let mut order = [0, 1, 2];
    order.sort_by(|&i, &j| normal[j].total_cmp(&normal[i]));
    let [p, q, r] = base.corners;
    let facing_along = |axis: usize| turn_of(base.anchors, [(axis + 1) % 3, (axis + 2) % 3], p, q, r);
    let (axis, facing) = order
        .into_iter()
        .map(|axis| (axis, facing_along(axis)))
        .find(|&(_, facing)| facing != 0)
        .expect("triangles that take part have an area, so they are seen along some axis");
    let ray = Ray::from_inside(base, axis, facing);
    let mut winding = Winding::default();
    for (label, operand) in (0..).zip(placed) {
        let count = ray.count(operand);
        if count != 0 {
            winding.add(label, count);
        }
    }
    Beside { winding, is_front: facing > 0 }
}

struct Ray {
    start: Start,
    axis: usize,
    axes: [usize; 2],
    /// Bounds of where it starts.
    low: DVec3,
    high: DVec3,
}

enum Start {
    /// On the line through two points, in the plane of three. Seen along the axis, the coordinates of the line are exact.
    Written { line: [DVec3; 2], plane: [DVec3; 3] },
    /// A point that is given by exact coordinates.
    Exact(Point),
}

impl Ray {
    /// A ray from inside a triangle that is seen as `facing` says along an axis.
    fn from_inside(base: &Base<'_>, axis: usize, facing: i32) -> Self {
        let axes = [(axis + 1) % 3, (axis + 2) % 3];
        let [p, q, r] = base.corners;
        let is_inside = |start: DVec3| {
            let point = Point::free(start);
            let turn = |from: &Point, to: &Point| turn_of(base.anchors, axes, from, to, &point);
            turn(p, q) == facing && turn(q, r) == facing && turn(r, p) == facing
        };
        let written = STARTS.iter().find_map(|weights| {
            let sum: f64 = weights.iter().sum();
            let mut start = (p.approx * weights[0] + q.approx * weights[1] + r.approx * weights[2]) / sum;
            start[axis] = 0.0;
            is_inside(start).then_some(start)
        });
        let Some(start) = written else {
            let mean = Point::mean(base.anchors, base.corners);
            let (low, high) = (mean.approx - mean.err, mean.approx + mean.err);
            return Self { start: Start::Exact(mean), axis, axes, low, high };
        };
        let mut second = start;
        second[axis] = 1.0;
        let (line, plane) = ([start, second], base.plane);
        let positions = [line[0], line[1], plane[0], plane[1], plane[2]];
        let anchors = Anchors { positions: &positions, triangles: &[[2, 3, 4]] };
        let from = Point::on_line(anchors, [0, 1], Plane::Triangle(0));
        let (mut low, mut high) = (start, start);
        (low[axis], high[axis]) = (from.approx[axis] - from.err, from.approx[axis] + from.err);
        Self { start: Start::Written { line, plane }, axis, axes, low, high }
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
        let is_beside = |axis: usize| {
            f64::from(node.max[axis]) < self.low[axis] || f64::from(node.min[axis]) > self.high[axis]
        };
        f64::from(node.max[self.axis]) < self.low[self.axis] || self.axes.iter().any(|&axis| is_beside(axis))
    }

    /// 1 where the ray leaves through the triangle, −1 where it enters, 0 where it misses.
    fn crossing(&self, points: [DVec3; 3]) -> i32 {
        let heights = points.map(|point| point[self.axis]);
        if heights.iter().all(|&height| height < self.low[self.axis]) {
            return 0;
        }
        let facing = self.turn(points[0], points[1]);
        if self.turn(points[1], points[2]) != facing || self.turn(points[2], points[0]) != facing {
            return 0;
        }
        let is_below =
            heights.iter().all(|&height| height > self.high[self.axis]) || self.is_below(points, facing);
        if is_below { facing } else { 0 }
    }

    /// Whether the ray starts below the plane of a triangle that it goes through, and sees as `facing` says.
    fn is_below(&self, points: [DVec3; 3], facing: i32) -> bool {
        match &self.start {
            Start::Written { line, plane: [a, b, c] } => {
                let positions = [line[0], line[1], *a, *b, *c, points[0], points[1], points[2]];
                let anchors = Anchors { positions: &positions, triangles: &[[2, 3, 4], [5, 6, 7]] };
                let start = Point::on_line(anchors, [0, 1], Plane::Triangle(0));
                let hit = Point::on_line(anchors, [0, 1], Plane::Triangle(1));
                compare(anchors, self.axis, &start, &hit).is_lt()
            }
            Start::Exact(start) => {
                let anchors = Anchors { positions: &points, triangles: &[[0, 1, 2]] };
                side_of(anchors, 0, start) * facing < 0
            }
        }
    }

    /// How the start, moved by (ε, ε²), lies beside a line; never 0 unless both points are the same.
    fn turn(&self, from: DVec3, to: DVec3) -> i32 {
        let flat = |point: DVec3| self.axes.map(|axis| point[axis]);
        let turned = match &self.start {
            Start::Written { line, .. } => turn(flat(from), flat(to), flat(line[0])),
            Start::Exact(start) => {
                let anchors = Anchors { positions: &[], triangles: &[] };
                turn_of(anchors, self.axes, &Point::free(from), &Point::free(to), start)
            }
        };
        if turned != 0 {
            return turned;
        }
        let (from, to) = (flat(from), flat(to));
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
