//! Triangles of a polygon with holes.
//!
//! Holes are joined to the outline by bridges, one after another, from corner to visible corner (David Eberly,
//! “Triangulation by Ear Clipping”, 2002, describes the idea), then ears are cut. What is visible is decided exactly, about
//! holes that are drawn in a hair's breadth where they touch another contour: so nothing ever coincides.

use glam::DVec2;

use super::Shape;
use crate::predicates::turn;
use crate::triangulate;

impl Shape {
    /// Triangles, counter-clockwise, whose corners are numbered through: first the outer contour, then the holes. Every
    /// side of a contour is used once and no corner is added.
    #[must_use]
    pub fn triangles(&self) -> Vec<[u32; 3]> {
        let points = apart(self);
        let mut holes = Vec::new();
        let mut first = self.outer.len() as u32;
        for hole in &self.holes {
            let end = first + hole.len() as u32;
            if !hole.is_empty() {
                holes.push(from_leftmost(&points, (first..end).collect()));
            }
            first = end;
        }
        // Whatever is left of a hole has been joined or is not there yet.
        holes.sort_by(|one, other| {
            points[one[0] as usize]
                .partial_cmp(&points[other[0] as usize])
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        let mut polygon: Vec<u32> = (0..self.outer.len() as u32).collect();
        for number in 0..holes.len() {
            let (hole, later) = (&holes[number], &holes[number + 1..]);
            let place = bridge(&points, &polygon, hole, later);
            // There over the bridge, around the hole, and back.
            let there = [polygon[place]];
            let around = hole.iter().chain(&hole[..1]).chain(&there).copied().collect::<Vec<_>>();
            polygon.splice(place + 1..place + 1, around);
        }
        let corners: Vec<glam::DVec3> =
            polygon.iter().map(|&corner| DVec2::from_array(points[corner as usize]).extend(0.0)).collect();
        triangulate(&corners).iter().map(|triangle| triangle.map(|corner| polygon[corner as usize])).collect()
    }
}

/// How far a corner of a hole that touches another contour is drawn in, as a part of its shorter side. Triangles may be
/// turned over by that much.
const DRAWN_IN: f64 = 1e-7;

/// All corners, those of holes drawn in where several are at one place.
fn apart(shape: &Shape) -> Vec<[f64; 2]> {
    // Adding zero turns −0 into +0.
    let place = |corner: &DVec2| (*corner + DVec2::ZERO).to_array();
    let mut places: Vec<[f64; 2]> =
        shape.outer.iter().chain(shape.holes.iter().flatten()).map(place).collect();
    let mut points = places.clone();
    let order =
        |one: &[f64; 2], other: &[f64; 2]| one[0].total_cmp(&other[0]).then(one[1].total_cmp(&other[1]));
    places.sort_by(order);
    let is_touching = |place: &[f64; 2]| {
        let first = places.partition_point(|it| order(it, place).is_lt());
        places.get(first + 1).is_some_and(|next| next == place)
    };
    let mut number = shape.outer.len();
    for hole in &shape.holes {
        for (index, &corner) in hole.iter().enumerate() {
            if is_touching(&place(&corner)) {
                let before = corner - hole[(index + hole.len() - 1) % hole.len()];
                let after = hole[(index + 1) % hole.len()] - corner;
                // To the right of a hole's sides is its inside.
                let inward = -(before.normalize_or_zero().perp() + after.normalize_or_zero().perp());
                let reach = before.length().min(after.length()) * DRAWN_IN;
                points[number] = (corner + inward.normalize_or_zero() * reach).to_array();
            }
            number += 1;
        }
    }
    points
}

/// The same ring from its leftmost, then lowest corner on.
fn from_leftmost(points: &[[f64; 2]], mut ring: Vec<u32>) -> Vec<u32> {
    let mut first = 0;
    for place in 1..ring.len() {
        if points[ring[place] as usize] < points[ring[first] as usize] {
            first = place;
        }
    }
    ring.rotate_left(first);
    ring
}

/// The place in the polygon to which the first corner of a hole can be joined: the nearest corner that it sees.
fn bridge(points: &[[f64; 2]], polygon: &[u32], hole: &[u32], later: &[Vec<u32>]) -> usize {
    let at = |corner: u32| points[corner as usize];
    let from = at(hole[0]);
    let distance = |place: usize| {
        let [x, y] = at(polygon[place]);
        (x - from[0]) * (x - from[0]) + (y - from[1]) * (y - from[1])
    };
    let mut places: Vec<usize> = (0..polygon.len()).collect();
    places.sort_by(|&one, &other| distance(one).total_cmp(&distance(other)).then(one.cmp(&other)));
    let rings = || [polygon, hole].into_iter().chain(later.iter().map(Vec::as_slice));
    let is_free = |to: [f64; 2]| {
        rings().all(|ring| {
            let ends = ring.iter().zip(ring.iter().cycle().skip(1));
            ends.into_iter().all(|(&start, &end)| !blocks(at(start), at(end), from, to))
        })
    };
    let is_open = |place: usize| {
        let before = at(polygon[(place + polygon.len() - 1) % polygon.len()]);
        let after = at(polygon[(place + 1) % polygon.len()]);
        is_in_corner(before, at(polygon[place]), after, from)
    };
    let found = places.iter().find(|&&place| {
        let to = at(polygon[place]);
        to == from || (is_open(place) && is_free(to))
    });
    // A corner of a region always sees one; others get some triangles.
    found.copied().unwrap_or(places[0])
}

/// Whether a side has a point in common with the inside of the line from `from` to `to`, or an end of it with the side's
/// inside.
fn blocks(start: [f64; 2], end: [f64; 2], from: [f64; 2], to: [f64; 2]) -> bool {
    let is_end = |point: [f64; 2]| point == from || point == to;
    let (start_side, end_side) = (turn(from, to, start), turn(from, to, end));
    if start_side == 0 && !is_end(start) && is_between(start, from, to) {
        return true;
    }
    if end_side == 0 && !is_end(end) && is_between(end, from, to) {
        return true;
    }
    start_side * end_side < 0 && turn(start, end, from) * turn(start, end, to) < 0
}

/// Whether a point of the line through `from` and `to` lies between them.
fn is_between(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> bool {
    (0..2).all(|axis| point[axis] >= from[axis].min(to[axis]) && point[axis] <= from[axis].max(to[axis]))
}

/// Whether the way to a target starts into the polygon at a corner.
fn is_in_corner(before: [f64; 2], corner: [f64; 2], after: [f64; 2], target: [f64; 2]) -> bool {
    let (first, second) = (turn(corner, after, target) > 0, turn(before, corner, target) > 0);
    // At the end of a bridge the corner is a whole turn.
    if before == after {
        return true;
    }
    if turn(before, corner, after) > 0 { first && second } else { first || second }
}
