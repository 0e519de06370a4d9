//! Points that are given by what meets in them, and exact decisions about such points.
//!
//! A point where an edge meets a plane, or three planes meet, mostly has no `f64` coordinates. It is therefore kept as
//! that edge and plane, or those planes, beside an approximation with a bound on its error. Decisions look at the
//! approximation first and, where the bound leaves them open, at exact homogeneous coordinates.

use std::cmp::Ordering;
use std::sync::OnceLock;

use glam::DVec3;

use super::ball::Ball;
use super::big::Big;
use super::{side_of_plane, turn};

/// The input that implicit points refer to.
#[derive(Clone, Copy)]
pub(crate) struct Anchors<'a> {
    pub(crate) positions: &'a [DVec3],
    pub(crate) triangles: &'a [[u32; 3]],
}

/// A plane through input points.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Plane {
    /// That of a triangle.
    Triangle(u32),
    /// That through an edge and parallel to a coordinate axis, which the edge is not.
    Wall { edge: [u32; 2], axis: u8 },
}

/// What a point is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Kind {
    /// An input point.
    Input(u32),
    /// Given by its coordinates alone, the exact ones where the approximation has an error.
    Free,
    /// Where the line through two input points meets a plane.
    Line { line: [u32; 2], plane: Plane },
    /// Where the planes of three triangles meet.
    Planes([u32; 3]),
}

/// A point and what is known about where it lies.
#[derive(Clone, Debug)]
pub(crate) struct Point {
    pub(crate) kind: Kind,
    /// Coordinates that are wrong by `err` at most, each.
    pub(crate) approx: DVec3,
    /// 0 when `approx` is exact.
    pub(crate) err: f64,
    exact: OnceLock<Box<Homogeneous>>,
}

/// Exact homogeneous coordinates; the last one is positive.
#[derive(Clone, Debug)]
struct Homogeneous {
    xyz: [Big; 3],
    w: Big,
}

/// Error bounds above this part of the coordinates are not left to the filter.
const MAX_RELATIVE_ERR: f64 = 1e-12;

impl Anchors<'_> {
    pub(crate) fn corners(&self, triangle: u32) -> [DVec3; 3] {
        self.triangles[triangle as usize].map(|corner| self.positions[corner as usize])
    }

    fn plane_points(&self, plane: Plane) -> [DVec3; 3] {
        match plane {
            Plane::Triangle(triangle) => self.corners(triangle),
            Plane::Wall { edge, axis } => {
                let [from, to] = edge.map(|end| self.positions[end as usize]);
                let axis = usize::from(axis);
                let mut third = from;
                third[axis] += (to - from).abs().max_element();
                if third[axis] == from[axis] {
                    third[axis] = if from[axis] == 0.0 { 1.0 } else { from[axis] * 2.0 };
                }
                [from, to, third]
            }
        }
    }
}

impl Point {
    pub(crate) fn input(index: u32, position: DVec3) -> Self {
        Self { kind: Kind::Input(index), approx: position, err: 0.0, exact: OnceLock::new() }
    }

    pub(crate) fn free(position: DVec3) -> Self {
        Self { kind: Kind::Free, approx: position, err: 0.0, exact: OnceLock::new() }
    }

    /// Where a line meets a plane that it is not parallel to.
    pub(crate) fn on_line(anchors: Anchors<'_>, line: [u32; 2], plane: Plane) -> Self {
        let [p, q] = line.map(|end| anchors.positions[end as usize]);
        let [a, b, c] = anchors.plane_points(plane);
        let kind = Kind::Line { line, plane };
        if let Some(axis) = axis_across([a, b, c])
            && (0..3).all(|other| other == axis || p[other] == q[other])
        {
            let mut exact = p;
            exact[axis] = a[axis];
            return Self { kind, ..Self::free(exact) };
        }
        let origin = exact_balls(p);
        let normal = normal_of(a, b, c);
        let along = minus(exact_balls(q), origin);
        let share = dot(normal, minus(exact_balls(a), origin)).div(dot(normal, along));
        let approx = [0, 1, 2].map(|i| origin[i] + share * along[i]);
        Self::constructed(anchors, kind, approx, [p, q, a, b, c].iter())
    }

    /// Where the planes of three triangles meet that meet in one point only.
    pub(crate) fn on_planes(anchors: Anchors<'_>, mut triangles: [u32; 3]) -> Self {
        triangles.sort_unstable();
        let corners = triangles.map(|triangle| anchors.corners(triangle));
        if let [Some(i), Some(j), Some(k)] = corners.map(axis_across) {
            let mut exact = DVec3::ZERO;
            [i, j, k].into_iter().zip(corners).for_each(|(axis, corners)| exact[axis] = corners[0][axis]);
            return Self { kind: Kind::Planes(triangles), ..Self::free(exact) };
        }
        let origin = exact_balls(corners[0][0]);
        let normals = corners.map(|[a, b, c]| normal_of(a, b, c));
        let offsets: [Ball; 3] =
            [0, 1, 2].map(|i| dot(normals[i], minus(exact_balls(corners[i][0]), origin)));
        let crosses =
            [cross(normals[1], normals[2]), cross(normals[2], normals[0]), cross(normals[0], normals[1])];
        let w = dot(normals[0], crosses[0]);
        let approx = [0, 1, 2].map(|i| {
            let sum = offsets[0] * crosses[0][i] + offsets[1] * crosses[1][i] + offsets[2] * crosses[2][i];
            origin[i] + sum.div(w)
        });
        Self::constructed(anchors, Kind::Planes(triangles), approx, corners.iter().flatten())
    }

    fn constructed<'a>(
        anchors: Anchors<'_>,
        kind: Kind,
        approx: [Ball; 3],
        mut inputs: impl Iterator<Item = &'a DVec3>,
    ) -> Self {
        // Not `max`, which leaves out NaN.
        let err = approx.iter().fold(0.0_f64, |err, ball| if err >= ball.err { err } else { ball.err });
        let is_finite = approx.iter().all(|ball| ball.mid.is_finite() && ball.err.is_finite());
        let approx = DVec3::from_array(approx.map(|ball| ball.mid));
        let mut point = Self { kind, approx, err, exact: OnceLock::new() };
        let is_sure = is_finite && err <= approx.abs().max_element() * MAX_RELATIVE_ERR;
        // Short coordinates (whole millimetres, say) often meet in a point that has coordinates too. Deciding about it is
        // much faster then, and its coordinates are not off by a last bit.
        if !is_sure || inputs.all(|input| input.to_array().iter().all(|&x| is_short(x))) {
            point.settle(anchors);
        }
        point
    }

    /// Takes the approximation from the exact coordinates.
    fn settle(&mut self, anchors: Anchors<'_>) {
        let exact = self.homogeneous(anchors);
        let approx = DVec3::from_array([0, 1, 2].map(|i| exact.xyz[i].quotient(&exact.w)));
        let is_exact = (0..3).all(|i| Big::from_f64(approx[i]).mul(&exact.w) == exact.xyz[i]);
        let err = approx.abs().max_element() * (8.0 * f64::EPSILON) + 1e-300;
        self.approx = approx;
        self.err = if is_exact { 0.0 } else { err };
    }

    /// The mean of three points, whatever they are.
    pub(crate) fn mean(anchors: Anchors<'_>, points: [&Self; 3]) -> Self {
        let [a, b, c] = points.map(|point| point.homogeneous(anchors));
        let shares = [b.w.mul(&c.w), c.w.mul(&a.w), a.w.mul(&b.w)];
        let xyz = [0, 1, 2]
            .map(|i| a.xyz[i].mul(&shares[0]).add(&b.xyz[i].mul(&shares[1])).add(&c.xyz[i].mul(&shares[2])));
        let w = a.w.mul(&shares[0]).mul(&Big::from_f64(3.0));
        let exact = OnceLock::from(Box::new(Homogeneous { xyz, w }));
        let mut mean = Self { kind: Kind::Free, approx: DVec3::ZERO, err: f64::INFINITY, exact };
        mean.settle(anchors);
        mean
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.err == 0.0
    }

    fn homogeneous(&self, anchors: Anchors<'_>) -> &Homogeneous {
        self.exact.get_or_init(|| {
            Box::new(match self.kind {
                _ if self.is_exact() => Homogeneous { xyz: big_vector(self.approx), w: Big::from_f64(1.0) },
                Kind::Input(_) | Kind::Free => {
                    Homogeneous { xyz: big_vector(self.approx), w: Big::from_f64(1.0) }
                }
                Kind::Line { line, plane } => line_meets_plane(
                    line.map(|end| big_vector(anchors.positions[end as usize])),
                    &anchors.plane_points(plane).map(big_vector),
                ),
                Kind::Planes(triangles) => {
                    planes_meet(&triangles.map(|triangle| anchors.corners(triangle).map(big_vector)))
                }
            })
        })
    }
}

/// The axis that a plane is at right angles to, if there is one.
fn axis_across([a, b, c]: [DVec3; 3]) -> Option<usize> {
    (0..3).find(|&axis| a[axis] == b[axis] && b[axis] == c[axis])
}

/// Whether a coordinate has at most 21 significant bits.
fn is_short(value: f64) -> bool {
    value.to_bits().trailing_zeros() >= 32
}

/// How `a`, `b`, `c` turn when only the coordinates `axes` are looked at: 1 left, −1 right, 0 on a line.
pub(crate) fn turn_of(anchors: Anchors<'_>, axes: [usize; 2], a: &Point, b: &Point, c: &Point) -> i32 {
    let flat = |point: &Point| [point.approx[axes[0]], point.approx[axes[1]]];
    let (pa, pb, pc) = (flat(a), flat(b), flat(c));
    if a.is_exact() && b.is_exact() && c.is_exact() {
        return turn(pa, pb, pc);
    }
    let difference =
        |p: f64, q: f64, err: f64| Ball { mid: p - q, err: err + (p - q).abs() * (0.75 * f64::EPSILON) };
    let (err_b, err_c) = ((a.err + b.err) * (1.0 + f64::EPSILON), (a.err + c.err) * (1.0 + f64::EPSILON));
    let left = difference(pb[0], pa[0], err_b) * difference(pc[1], pa[1], err_c);
    let right = difference(pb[1], pa[1], err_b) * difference(pc[0], pa[0], err_c);
    (left - right).sign().unwrap_or_else(|| exact_turn(anchors, axes, a, b, c))
}

fn exact_turn(anchors: Anchors<'_>, [x, y]: [usize; 2], a: &Point, b: &Point, c: &Point) -> i32 {
    let [a, b, c] = [a, b, c].map(|point| point.homogeneous(anchors));
    let minor = |p: &Homogeneous, q: &Homogeneous| p.xyz[x].mul(&q.xyz[y]).sub(&p.xyz[y].mul(&q.xyz[x]));
    minor(b, c).mul(&a.w).add(&minor(c, a).mul(&b.w)).add(&minor(a, b).mul(&c.w)).sign()
}

/// Compares one coordinate of two points.
pub(crate) fn compare(anchors: Anchors<'_>, axis: usize, a: &Point, b: &Point) -> Ordering {
    let difference = a.approx[axis] - b.approx[axis];
    let bound = (a.err + b.err + difference.abs() * f64::EPSILON) * (1.0 + 4.0 * f64::EPSILON);
    if difference.abs() > bound || (a.is_exact() && b.is_exact()) {
        return difference.partial_cmp(&0.0).unwrap_or(Ordering::Equal);
    }
    let (a, b) = (a.homogeneous(anchors), b.homogeneous(anchors));
    a.xyz[axis].mul(&b.w).sub(&b.xyz[axis].mul(&a.w)).sign().cmp(&0)
}

/// Whether two points are the same.
pub(crate) fn coincide(anchors: Anchors<'_>, a: &Point, b: &Point) -> bool {
    (0..3).all(|axis| compare(anchors, axis, a, b).is_eq())
}

/// On which side of a triangle's plane a point lies: 1 outside, −1 inside, 0 on it.
pub(crate) fn side_of(anchors: Anchors<'_>, triangle: u32, point: &Point) -> i32 {
    let [a, b, c] = anchors.corners(triangle);
    if point.is_exact() {
        return side_of_plane(a, b, c, point.approx);
    }
    let from_a = [0, 1, 2].map(|i| {
        let mid = point.approx[i] - a[i];
        Ball { mid, err: point.err + mid.abs() * f64::EPSILON }
    });
    dot(normal_of(a, b, c), from_a).sign().unwrap_or_else(|| {
        let [a, b, c] = [a, b, c].map(big_vector);
        let normal = big_normal(&a, &b, &c);
        let exact = point.homogeneous(anchors);
        big_dot(&normal, &exact.xyz).sub(&big_dot(&normal, &a).mul(&exact.w)).sign()
    })
}

fn exact_balls(p: DVec3) -> [Ball; 3] {
    p.to_array().map(Ball::exact)
}

fn minus(a: [Ball; 3], b: [Ball; 3]) -> [Ball; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

fn cross(a: [Ball; 3], b: [Ball; 3]) -> [Ball; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

fn dot(a: [Ball; 3], b: [Ball; 3]) -> Ball {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn normal_of(a: DVec3, b: DVec3, c: DVec3) -> [Ball; 3] {
    let origin = exact_balls(a);
    cross(minus(exact_balls(b), origin), minus(exact_balls(c), origin))
}

fn big_vector(p: DVec3) -> [Big; 3] {
    p.to_array().map(Big::from_f64)
}

fn big_minus(a: &[Big; 3], b: &[Big; 3]) -> [Big; 3] {
    [a[0].sub(&b[0]), a[1].sub(&b[1]), a[2].sub(&b[2])]
}

fn big_cross(a: &[Big; 3], b: &[Big; 3]) -> [Big; 3] {
    let minor = |i: usize, j: usize| a[i].mul(&b[j]).sub(&a[j].mul(&b[i]));
    [minor(1, 2), minor(2, 0), minor(0, 1)]
}

fn big_dot(a: &[Big; 3], b: &[Big; 3]) -> Big {
    a[0].mul(&b[0]).add(&a[1].mul(&b[1])).add(&a[2].mul(&b[2]))
}

fn big_normal(a: &[Big; 3], b: &[Big; 3], c: &[Big; 3]) -> [Big; 3] {
    big_cross(&big_minus(b, a), &big_minus(c, a))
}

fn line_meets_plane([p, q]: [[Big; 3]; 2], [a, b, c]: &[[Big; 3]; 3]) -> Homogeneous {
    let normal = big_normal(a, b, c);
    let along = big_minus(&q, &p);
    let w = big_dot(&normal, &along);
    let share = big_dot(&normal, &big_minus(a, &p));
    let xyz = [0, 1, 2].map(|i| p[i].mul(&w).add(&along[i].mul(&share)));
    positive(xyz, w)
}

fn planes_meet(planes: &[[[Big; 3]; 3]; 3]) -> Homogeneous {
    let normals = planes.each_ref().map(|[a, b, c]| big_normal(a, b, c));
    let origin = &planes[0][0];
    let offsets = [0, 1, 2].map(|i| big_dot(&normals[i], &big_minus(&planes[i][0], origin)));
    let crosses = [
        big_cross(&normals[1], &normals[2]),
        big_cross(&normals[2], &normals[0]),
        big_cross(&normals[0], &normals[1]),
    ];
    let w = big_dot(&normals[0], &crosses[0]);
    let xyz = [0, 1, 2].map(|i| {
        let sum = offsets[0]
            .mul(&crosses[0][i])
            .add(&offsets[1].mul(&crosses[1][i]))
            .add(&offsets[2].mul(&crosses[2][i]));
        sum.add(&origin[i].mul(&w))
    });
    positive(xyz, w)
}

fn positive(xyz: [Big; 3], w: Big) -> Homogeneous {
    debug_assert!(w.sign() != 0, "points are only constructed where lines and planes meet in a point");
    if w.sign() < 0 {
        let zero = Big::default();
        return Homogeneous { xyz: xyz.map(|x| zero.sub(&x)), w: zero.sub(&w) };
    }
    Homogeneous { xyz, w }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn coordinate() -> impl Strategy<Value = f64> {
        prop_oneof![
            (-4_i32..=4).prop_map(f64::from),
            -1.0..1.0,
            (-4_i32..=4).prop_map(|x| 0.1 * f64::from(x))
        ]
    }

    fn position() -> impl Strategy<Value = DVec3> {
        [coordinate(), coordinate(), coordinate()].prop_map(DVec3::from_array)
    }

    proptest! {
        /// A point on an edge and a plane lies in that plane, on the line, and where the exact coordinates say.
        #[test]
        fn points_lie_where_they_are_defined(positions in prop::collection::vec(position(), 5)) {
            let triangles = [[0, 1, 2]];
            let anchors = Anchors { positions: &positions, triangles: &triangles };
            let [a, b, c] = anchors.corners(0);
            let sides = [3, 4].map(|i: usize| side_of_plane(a, b, c, positions[i]));
            prop_assume!(sides[0] * sides[1] < 0);
            let point = Point::on_line(anchors, [3, 4], Plane::Triangle(0));
            prop_assert_eq!(side_of(anchors, 0, &point), 0);
            let ends = [3, 4].map(|i: u32| Point::input(i, positions[i as usize]));
            for axes in [[0, 1], [1, 2], [2, 0]] {
                prop_assert_eq!(turn_of(anchors, axes, &ends[0], &ends[1], &point), 0);
            }
            let exact = point.homogeneous(anchors);
            for axis in 0..3 {
                let truth = exact.xyz[axis].quotient(&exact.w);
                prop_assert!((truth - point.approx[axis]).abs() <= point.err + truth.abs() * 1e-15);
            }
        }

        /// The same point constructed in two ways is found to be the same.
        #[test]
        fn three_planes_agree_with_line_and_plane(positions in prop::collection::vec(position(), 7)) {
            // Triangles 0 and 1 share the edge 3-4, so that their planes meet in its line.
            let triangles = [[0, 1, 2], [3, 4, 5], [4, 3, 6]];
            let anchors = Anchors { positions: &positions, triangles: &triangles };
            let [a, b, c] = anchors.corners(0);
            let side = |i: usize| side_of_plane(a, b, c, positions[i]);
            prop_assume!(side(3) * side(4) < 0);
            let [d, e, f] = anchors.corners(1);
            prop_assume!(side_of_plane(d, e, f, positions[6]) != 0);
            let one = Point::on_line(anchors, [3, 4], Plane::Triangle(0));
            let other = Point::on_planes(anchors, [2, 0, 1]);
            prop_assert!(coincide(anchors, &one, &other));
            let near = Point::free(one.approx + DVec3::splat(one.approx.abs().max_element() * 1e-15 + 1e-18));
            prop_assert!(!coincide(anchors, &near, &other));
        }
    }
}
