//! The arrangement of points and segments in one plane, as a constrained triangulation.
//!
//! Points are looked at along a coordinate axis, every decision is exact. Segments may cross: the crossing becomes a
//! point that is given by the two lines it lies on. Where triangles of the input lie in the plane, their edges are
//! segments too, and each triangle of the result knows which of them cover it.
//!
//! Source: the insertion of segments by flips follows S. W. Sloan, “A fast algorithm for generating constrained Delaunay
//! triangulations”, 1993.

use super::NONE;
use crate::predicates::implicit::{Anchors, Plane, Point, compare, turn_of};

/// What a segment lies on, besides the plane of the arrangement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// The line through two input points.
    Edge([u32; 2]),
    /// The plane of another triangle.
    Plane(u32),
}

/// What is known of a constrained edge.
#[derive(Clone, Debug)]
struct Line {
    carrier: Carrier,
    /// The members whose boundary runs along it.
    members: Vec<u32>,
}

/// Edge `i` runs from `corners[i]` to the next corner.
#[derive(Clone, Copy, Debug)]
struct Triangle {
    corners: [u32; 3],
    neighbors: [u32; 3],
    lines: [u32; 3],
}

/// Where a point was found.
enum Place {
    Vertex(u32),
    Edge(u32, usize),
    Inside(u32),
}

/// The first thing that a segment meets on its way.
enum Step {
    /// It runs along this edge of a triangle to the given vertex.
    Along(u32, usize, u32),
    /// It crosses this edge of a triangle.
    Across(u32, usize),
}

/// A triangulation that grows by points and segments.
pub(super) struct Planar<'a> {
    anchors: Anchors<'a>,
    /// The two coordinates that are looked at, in an order that shows the plane's front.
    axes: [usize; 2],
    /// The triangle that gives the plane.
    plane: u32,
    /// Points known before, and those found here; ids count through both.
    known: &'a [Point],
    found: Vec<Point>,
    /// The point of each vertex.
    vertices: Vec<u32>,
    /// A triangle at each vertex.
    triangle_at: Vec<u32>,
    triangles: Vec<Triangle>,
    lines: Vec<Line>,
    /// How many vertices at the front are no points of the arrangement but corners of its frame.
    num_frame: usize,
}

impl<'a> Planar<'a> {
    /// The arrangement within one triangle of the input, which also gives the plane.
    pub(super) fn of_triangle(
        anchors: Anchors<'a>,
        axes: [usize; 2],
        triangle: u32,
        known: &'a [Point],
    ) -> Self {
        let corners = anchors.triangles[triangle as usize];
        let mut planar = Self::empty(anchors, axes, triangle, known);
        planar.vertices.extend(corners);
        planar.triangle_at.extend([0; 3]);
        for i in 0..3 {
            let carrier = Carrier::Edge(edge_key(corners[i], corners[(i + 1) % 3]));
            planar.lines.push(Line { carrier, members: Vec::new() });
        }
        planar.triangles.push(Triangle { corners: [0, 1, 2], neighbors: [NONE; 3], lines: [0, 1, 2] });
        planar
    }

    /// The arrangement around points between `low` and `high`, seen along the axis left out of `axes`.
    pub(super) fn in_frame(
        anchors: Anchors<'a>,
        axes: [usize; 2],
        plane: u32,
        known: &'a [Point],
        [low, high]: [[f64; 2]; 2],
    ) -> Self {
        let mut planar = Self::empty(anchors, axes, plane, known);
        let size = (high[0] - low[0]).max(high[1] - low[1]).max(low[0].abs()).max(low[1].abs());
        let center = [low[0] * 0.5 + high[0] * 0.5, low[1] * 0.5 + high[1] * 0.5];
        for [x, y] in [[-20.0, -10.0], [20.0, -10.0], [0.0, 20.0]] {
            let mut corner = glam::DVec3::ZERO;
            corner[axes[0]] = center[0] + x * size;
            corner[axes[1]] = center[1] + y * size;
            planar.vertices.push((known.len() + planar.found.len()) as u32);
            planar.found.push(Point::free(corner));
        }
        planar.num_frame = 3;
        planar.triangle_at.extend([0; 3]);
        planar.triangles.push(Triangle { corners: [0, 1, 2], neighbors: [NONE; 3], lines: [NONE; 3] });
        planar
    }

    fn empty(anchors: Anchors<'a>, axes: [usize; 2], plane: u32, known: &'a [Point]) -> Self {
        Self {
            anchors,
            axes,
            plane,
            known,
            found: Vec::new(),
            vertices: Vec::new(),
            triangle_at: Vec::new(),
            triangles: Vec::new(),
            lines: Vec::new(),
            num_frame: 0,
        }
    }

    /// The points that were found here; their ids follow those of the points known before.
    pub(super) fn into_found(self) -> Vec<Point> {
        self.found
    }

    /// Puts points on edge `edge` of the first triangle, in the order in which they follow each other.
    pub(super) fn split_side(&mut self, edge: usize, points: impl Iterator<Item = u32>) {
        let end = (edge as u32 + 1) % 3;
        for point in points {
            let (triangle, place) = self
                .spin(end, |triangle, corner| {
                    let place = (corner + 2) % 3;
                    let line = self.triangles[triangle as usize].lines[place];
                    (line == edge as u32).then_some((triangle, place))
                })
                .expect("the rest of a side ends at its end");
            let vertex = self.add_vertex(point);
            self.split_edge(triangle, place, vertex);
        }
    }

    /// The vertex of a point, added where there is none yet.
    pub(super) fn insert_point(&mut self, point: u32, near: u32) -> u32 {
        match self.locate(point, near) {
            Place::Vertex(vertex) => vertex,
            Place::Edge(triangle, edge) => {
                let vertex = self.add_vertex(point);
                self.split_edge(triangle, edge, vertex);
                self.relax(vertex);
                vertex
            }
            Place::Inside(triangle) => {
                let vertex = self.add_vertex(point);
                self.split_triangle(triangle, vertex);
                self.relax(vertex);
                vertex
            }
        }
    }

    /// Keeps triangles compact while points come in, so that the way to the next one is short.
    fn relax(&mut self, vertex: u32) {
        let mut around = Vec::with_capacity(8);
        self.spin(vertex, |triangle, corner| {
            around.push((triangle, (corner + 1) % 3));
            None::<()>
        });
        self.flip_towards_delaunay(around, 64);
    }

    /// Makes the segment between two vertices a row of edges. Crossings with earlier segments become vertices.
    pub(super) fn insert_segment(&mut self, from: u32, to: u32, carrier: Carrier, member: Option<u32>) {
        let mut at = from;
        while at != to {
            match self.first_step(at, to) {
                Step::Along(triangle, edge, vertex) => {
                    self.constrain(triangle, edge, carrier, member);
                    at = vertex;
                }
                Step::Across(triangle, edge) => {
                    at = self.cut_through(at, to, (triangle, edge), carrier, member);
                }
            }
        }
    }

    /// Makes triangles better shaped where no constraint forbids it.
    pub(super) fn improve(&mut self) {
        let pending =
            (0..self.triangles.len() as u32).flat_map(|t| (0..3).map(move |edge| (t, edge))).collect();
        self.flip_towards_delaunay(pending, self.triangles.len() * 8);
    }

    /// Turns edges that a Delaunay triangulation would not have, beginning with the given ones. Only the choice depends
    /// on rounded numbers; whether a flip is possible is decided exactly.
    fn flip_towards_delaunay(&mut self, mut pending: Vec<(u32, usize)>, mut num_flips_left: usize) {
        while let Some((triangle, edge)) = pending.pop() {
            if num_flips_left == 0 {
                return;
            }
            if self.wants_flip(triangle, edge) && self.can_flip(triangle, edge) {
                num_flips_left -= 1;
                let other = self.triangles[triangle as usize].neighbors[edge];
                self.flip(triangle, edge);
                pending.extend([(triangle, 0), (triangle, 2), (other, 0), (other, 2)]);
            }
        }
    }

    /// Visits the triangles as points, with the members that cover them; `members` is how many there are.
    pub(super) fn for_each_covered(&self, mut visit: impl FnMut([u32; 3], &[u32])) {
        // From the frame inward: crossing a line leaves or enters the members whose boundary it is.
        let mut covers: Vec<Option<Vec<u32>>> = vec![None; self.triangles.len()];
        let outside = self.triangle_at[0];
        covers[outside as usize] = Some(Vec::new());
        let mut pending = vec![outside];
        while let Some(triangle) = pending.pop() {
            let cover = covers[triangle as usize].clone().unwrap_or_default();
            let Triangle { neighbors, lines, .. } = self.triangles[triangle as usize];
            for (neighbor, line) in neighbors.into_iter().zip(lines) {
                if neighbor != NONE && covers[neighbor as usize].is_none() {
                    let mut next = cover.clone();
                    if line != NONE {
                        toggle(&mut next, &self.lines[line as usize].members);
                    }
                    covers[neighbor as usize] = Some(next);
                    pending.push(neighbor);
                }
            }
        }
        for (triangle, cover) in self.triangles.iter().zip(&covers) {
            if let Some(cover) = cover.as_ref().filter(|cover| !cover.is_empty()) {
                visit(triangle.corners.map(|corner| self.vertices[corner as usize]), cover);
            }
        }
    }

    /// Visits all triangles as points.
    pub(super) fn for_each_triangle(&self, mut visit: impl FnMut([u32; 3])) {
        for triangle in &self.triangles {
            visit(triangle.corners.map(|corner| self.vertices[corner as usize]));
        }
    }

    fn point(&self, vertex: u32) -> &Point {
        self.point_of_id(self.vertices[vertex as usize])
    }

    fn point_of_id(&self, id: u32) -> &Point {
        let id = id as usize;
        self.known.get(id).unwrap_or_else(|| &self.found[id - self.known.len()])
    }

    fn turn(&self, a: u32, b: u32, c: u32) -> i32 {
        turn_of(self.anchors, self.axes, self.point(a), self.point(b), self.point(c))
    }

    fn add_vertex(&mut self, point: u32) -> u32 {
        self.vertices.push(point);
        self.triangle_at.push(NONE);
        self.vertices.len() as u32 - 1
    }

    fn locate(&self, point: u32, near: u32) -> Place {
        let target = self.point_of_id(point);
        let mut triangle = self.triangle_at[near as usize];
        // A walk from triangle to triangle may run in circles where they are not Delaunay; then all are tried.
        let mut came_from = NONE;
        for _ in 0..self.triangles.len() {
            let signs = self.signs(triangle, target);
            if let Some(place) = self.place(triangle, signs) {
                return place;
            }
            let Triangle { neighbors, .. } = self.triangles[triangle as usize];
            let next = (0..3)
                .map(|edge| (signs[edge], neighbors[edge]))
                .find(|&(sign, neighbor)| sign < 0 && neighbor != NONE && neighbor != came_from);
            let Some((_, next)) = next else { break };
            came_from = triangle;
            triangle = next;
        }
        (0..self.triangles.len() as u32)
            .find_map(|triangle| self.place(triangle, self.signs(triangle, target)))
            .expect("all points lie within the triangulation")
    }

    fn signs(&self, triangle: u32, target: &Point) -> [i32; 3] {
        let [a, b, c] = self.triangles[triangle as usize].corners.map(|corner| self.point(corner));
        [(a, b), (b, c), (c, a)].map(|(p, q)| turn_of(self.anchors, self.axes, p, q, target))
    }

    fn place(&self, triangle: u32, signs: [i32; 3]) -> Option<Place> {
        let corners = self.triangles[triangle as usize].corners;
        match signs {
            [1, 1, 1] => Some(Place::Inside(triangle)),
            [0, 1, 1] => Some(Place::Edge(triangle, 0)),
            [1, 0, 1] => Some(Place::Edge(triangle, 1)),
            [1, 1, 0] => Some(Place::Edge(triangle, 2)),
            [0, 0, 1] => Some(Place::Vertex(corners[1])),
            [1, 0, 0] => Some(Place::Vertex(corners[2])),
            [0, 1, 0] => Some(Place::Vertex(corners[0])),
            _ => None,
        }
    }

    /// Goes round a vertex through its triangles, each given with the place of the vertex in it, until `visit` finds
    /// something.
    fn spin<T>(&self, vertex: u32, mut visit: impl FnMut(u32, usize) -> Option<T>) -> Option<T> {
        let place = |triangle: u32| {
            let [a, b, _] = self.triangles[triangle as usize].corners;
            if a == vertex {
                0
            } else if b == vertex {
                1
            } else {
                2
            }
        };
        let start = self.triangle_at[vertex as usize];
        let start_place = place(start);
        if let Some(found) = visit(start, start_place) {
            return Some(found);
        }
        for side in [2, 0] {
            let (mut triangle, mut corner) = (start, start_place);
            loop {
                let next = self.triangles[triangle as usize].neighbors[(corner + side) % 3];
                if next == start {
                    return None;
                }
                if next == NONE {
                    break;
                }
                triangle = next;
                corner = place(triangle);
                if let Some(found) = visit(triangle, corner) {
                    return Some(found);
                }
            }
        }
        None
    }

    fn first_step(&self, at: u32, to: u32) -> Step {
        let straight = self.spin(at, |triangle, corner| {
            let corners = self.triangles[triangle as usize].corners;
            if corners[(corner + 1) % 3] == to {
                Some(Step::Along(triangle, corner, to))
            } else if corners[(corner + 2) % 3] == to {
                Some(Step::Along(triangle, (corner + 2) % 3, to))
            } else {
                None
            }
        });
        if let Some(step) = straight {
            return step;
        }
        let mut last = None;
        self.spin(at, |triangle, corner| {
            let corners = self.triangles[triangle as usize].corners;
            let (right, left) = (corners[(corner + 1) % 3], corners[(corner + 2) % 3]);
            let right_turn = match last {
                Some((vertex, turn)) if vertex == right => turn,
                _ => self.turn(at, to, right),
            };
            let left_turn = self.turn(at, to, left);
            last = Some((left, left_turn));
            if right_turn == 0 && self.is_ahead(at, to, right) {
                Some(Step::Along(triangle, corner, right))
            } else if left_turn == 0 && self.is_ahead(at, to, left) {
                Some(Step::Along(triangle, (corner + 2) % 3, left))
            } else if right_turn < 0 && left_turn > 0 {
                Some(Step::Across(triangle, (corner + 1) % 3))
            } else {
                None
            }
        })
        .expect("the triangles around a vertex cover every direction that leads to another one")
    }

    /// Whether `other`, on the line through `at` and `to`, lies on the same side of `at` as `to`.
    fn is_ahead(&self, at: u32, to: u32, other: u32) -> bool {
        self.axes
            .iter()
            .map(|&axis| {
                let ahead = compare(self.anchors, axis, self.point(at), self.point(to));
                (ahead, compare(self.anchors, axis, self.point(at), self.point(other)))
            })
            .find(|(ahead, _)| ahead.is_ne())
            .is_some_and(|(ahead, found)| ahead == found)
    }

    /// Clears the way from `at` towards `to`, which begins across the given edge, up to the next vertex or the next
    /// constrained edge; returns the vertex reached.
    fn cut_through(
        &mut self,
        at: u32,
        to: u32,
        (mut triangle, mut edge): (u32, usize),
        carrier: Carrier,
        member: Option<u32>,
    ) -> u32 {
        let mut crossed = Vec::new();
        let reached = loop {
            let Triangle { corners, neighbors, lines } = self.triangles[triangle as usize];
            let (right, left) = (corners[edge], corners[(edge + 1) % 3]);
            if lines[edge] != NONE {
                let other = self.lines[lines[edge] as usize].carrier;
                let crossing = self.crossing(carrier, other);
                let id = (self.known.len() + self.found.len()) as u32;
                self.found.push(crossing);
                let vertex = self.add_vertex(id);
                self.split_edge(triangle, edge, vertex);
                break vertex;
            }
            crossed.push((right, left));
            let next = neighbors[edge];
            let entry = self.edge_from(next, left).expect("neighbours share an edge");
            let apex = self.triangles[next as usize].corners[(entry + 2) % 3];
            if apex == to {
                break to;
            }
            match self.turn(at, to, apex) {
                0 => break apex,
                1 => edge = (entry + 1) % 3,
                _ => edge = (entry + 2) % 3,
            }
            triangle = next;
        };
        self.clear(at, reached, to, crossed);
        let (triangle, edge) = self.find_edge(at, reached).expect("the way has been cleared");
        self.constrain(triangle, edge, carrier, member);
        reached
    }

    /// Flips the crossed edges away, so that `at` and `reached`, on the line towards `to`, get an edge.
    fn clear(&mut self, at: u32, reached: u32, to: u32, crossed: Vec<(u32, u32)>) {
        let mut pending = std::collections::VecDeque::from(crossed);
        while let Some((right, left)) = pending.pop_front() {
            let (triangle, edge) = self.find_edge(right, left).expect("crossed edges stay until flipped");
            if !self.can_flip(triangle, edge) {
                pending.push_back((right, left));
                continue;
            }
            self.flip(triangle, edge);
            // The new edge runs between the two apexes, which `flip` leaves as corners 1 and 2.
            let [_, one, other] = self.triangles[triangle as usize].corners;
            if [one, other].iter().any(|&apex| apex == at || apex == reached) {
                continue;
            }
            match (self.turn(at, to, one), self.turn(at, to, other)) {
                (-1, 1) => pending.push_back((one, other)),
                (1, -1) => pending.push_back((other, one)),
                _ => {}
            }
        }
    }

    fn crossing(&self, one: Carrier, other: Carrier) -> Point {
        match (one, other) {
            (Carrier::Edge(line), Carrier::Plane(plane)) | (Carrier::Plane(plane), Carrier::Edge(line)) => {
                Point::on_line(self.anchors, line, Plane::Triangle(plane))
            }
            (Carrier::Plane(one), Carrier::Plane(other)) => {
                Point::on_planes(self.anchors, [self.plane, one, other])
            }
            (Carrier::Edge(one), Carrier::Edge(other)) => {
                let axis = (3 - self.axes[0] - self.axes[1]) as u8;
                let (line, edge) = if one < other { (one, other) } else { (other, one) };
                Point::on_line(self.anchors, line, Plane::Wall { edge, axis })
            }
        }
    }

    fn constrain(&mut self, triangle: u32, edge: usize, carrier: Carrier, member: Option<u32>) {
        let old = self.triangles[triangle as usize].lines[edge];
        let line = if old == NONE {
            self.lines.push(Line { carrier, members: member.into_iter().collect() });
            self.lines.len() as u32 - 1
        } else if let Some(member) = member {
            let Line { carrier, mut members } = self.lines[old as usize].clone();
            members.push(member);
            self.lines.push(Line { carrier, members });
            self.lines.len() as u32 - 1
        } else {
            return;
        };
        self.triangles[triangle as usize].lines[edge] = line;
        let neighbor = self.triangles[triangle as usize].neighbors[edge];
        if neighbor != NONE {
            let start = self.triangles[triangle as usize].corners[(edge + 1) % 3];
            let back = self.edge_from(neighbor, start).expect("neighbours share an edge");
            self.triangles[neighbor as usize].lines[back] = line;
        }
    }

    fn edge_from(&self, triangle: u32, start: u32) -> Option<usize> {
        self.triangles[triangle as usize].corners.iter().position(|&corner| corner == start)
    }

    /// The triangle that has the edge from one vertex to another.
    fn find_edge(&self, from: u32, to: u32) -> Option<(u32, usize)> {
        self.spin(from, |triangle, corner| {
            let next = self.triangles[triangle as usize].corners[(corner + 1) % 3];
            (next == to).then_some((triangle, corner))
        })
    }

    fn can_flip(&self, triangle: u32, edge: usize) -> bool {
        let Triangle { corners, neighbors, lines } = self.triangles[triangle as usize];
        if neighbors[edge] == NONE || lines[edge] != NONE {
            return false;
        }
        let (a, b, c) = (corners[edge], corners[(edge + 1) % 3], corners[(edge + 2) % 3]);
        let d = self.apex_across(triangle, edge);
        self.turn(a, d, c) > 0 && self.turn(d, b, c) > 0
    }

    fn apex_across(&self, triangle: u32, edge: usize) -> u32 {
        let Triangle { corners, neighbors, .. } = self.triangles[triangle as usize];
        let other = neighbors[edge];
        let back = self.edge_from(other, corners[(edge + 1) % 3]).expect("neighbours share an edge");
        self.triangles[other as usize].corners[(back + 2) % 3]
    }

    fn wants_flip(&self, triangle: u32, edge: usize) -> bool {
        let Triangle { corners, neighbors, lines } = self.triangles[triangle as usize];
        if neighbors[edge] == NONE || lines[edge] != NONE {
            return false;
        }
        let d = self.apex_across(triangle, edge);
        let is_frame = |vertex: u32| (vertex as usize) < self.num_frame;
        if corners.iter().any(|&corner| is_frame(corner)) || is_frame(d) {
            return false;
        }
        let flat = |vertex: u32| {
            let approx = self.point(vertex).approx;
            [approx[self.axes[0]], approx[self.axes[1]]]
        };
        let o = flat(d);
        let [a, b, c] = corners.map(flat).map(|p| [p[0] - o[0], p[1] - o[1]]);
        let square = |p: [f64; 2]| p[0] * p[0] + p[1] * p[1];
        let minor = |p: [f64; 2], q: [f64; 2]| p[0] * q[1] - p[1] * q[0];
        let terms = [square(a) * minor(b, c), square(b) * minor(c, a), square(c) * minor(a, b)];
        let size: f64 = terms.iter().map(|term| term.abs()).sum();
        terms[0] + terms[1] + terms[2] > size * 1e-9
    }

    fn split_triangle(&mut self, triangle: u32, vertex: u32) {
        let Triangle { corners: [a, b, c], neighbors, lines } = self.triangles[triangle as usize];
        let second = self.triangles.len() as u32;
        let third = second + 1;
        self.triangles[triangle as usize] = Triangle {
            corners: [a, b, vertex],
            neighbors: [neighbors[0], second, third],
            lines: [lines[0], NONE, NONE],
        };
        self.triangles.push(Triangle {
            corners: [b, c, vertex],
            neighbors: [neighbors[1], third, triangle],
            lines: [lines[1], NONE, NONE],
        });
        self.triangles.push(Triangle {
            corners: [c, a, vertex],
            neighbors: [neighbors[2], triangle, second],
            lines: [lines[2], NONE, NONE],
        });
        self.replace_neighbor(neighbors[1], triangle, second);
        self.replace_neighbor(neighbors[2], triangle, third);
        self.register(&[triangle, second, third]);
    }

    fn split_edge(&mut self, triangle: u32, edge: usize, vertex: u32) {
        let Triangle { corners, neighbors, lines } = self.triangles[triangle as usize];
        let [i, j, k] = [edge, (edge + 1) % 3, (edge + 2) % 3];
        let (a, b, c) = (corners[i], corners[j], corners[k]);
        let other = neighbors[i];
        let second = self.triangles.len() as u32;
        let other_second = if other == NONE { NONE } else { second + 1 };
        self.triangles[triangle as usize] = Triangle {
            corners: [a, vertex, c],
            neighbors: [other, second, neighbors[k]],
            lines: [lines[i], NONE, lines[k]],
        };
        self.triangles.push(Triangle {
            corners: [vertex, b, c],
            neighbors: [other_second, neighbors[j], triangle],
            lines: [lines[i], lines[j], NONE],
        });
        self.replace_neighbor(neighbors[j], triangle, second);
        self.register(&[triangle, second]);
        if other == NONE {
            return;
        }
        let back = self.edge_from(other, b).expect("neighbours share an edge");
        let Triangle { corners, neighbors, lines } = self.triangles[other as usize];
        let [i, j, k] = [back, (back + 1) % 3, (back + 2) % 3];
        let d = corners[k];
        self.triangles[other as usize] = Triangle {
            corners: [vertex, a, d],
            neighbors: [triangle, neighbors[j], other_second],
            lines: [lines[i], lines[j], NONE],
        };
        self.triangles.push(Triangle {
            corners: [b, vertex, d],
            neighbors: [second, other, neighbors[k]],
            lines: [lines[i], NONE, lines[k]],
        });
        self.replace_neighbor(neighbors[k], other, other_second);
        self.register(&[other, other_second]);
    }

    /// Turns the edge between two triangles. Afterwards they are `[a, d, c]` and `[b, c, d]`, where the edge ran from `a`
    /// to `b`, `c` was the apex of the first one and `d` that of the other one.
    fn flip(&mut self, triangle: u32, edge: usize) {
        let Triangle { corners, neighbors, lines } = self.triangles[triangle as usize];
        let [i, j, k] = [edge, (edge + 1) % 3, (edge + 2) % 3];
        let (a, b, c) = (corners[i], corners[j], corners[k]);
        let other = neighbors[i];
        let back = self.edge_from(other, b).expect("neighbours share an edge");
        let Triangle { corners: other_corners, neighbors: other_neighbors, lines: other_lines } =
            self.triangles[other as usize];
        let [_, q, r] = [back, (back + 1) % 3, (back + 2) % 3];
        let d = other_corners[r];
        self.triangles[triangle as usize] = Triangle {
            corners: [a, d, c],
            neighbors: [other_neighbors[q], other, neighbors[k]],
            lines: [other_lines[q], NONE, lines[k]],
        };
        self.triangles[other as usize] = Triangle {
            corners: [b, c, d],
            neighbors: [neighbors[j], triangle, other_neighbors[r]],
            lines: [lines[j], NONE, other_lines[r]],
        };
        self.replace_neighbor(other_neighbors[q], other, triangle);
        self.replace_neighbor(neighbors[j], triangle, other);
        self.register(&[triangle, other]);
    }

    fn replace_neighbor(&mut self, triangle: u32, old: u32, new: u32) {
        if triangle != NONE {
            for neighbor in &mut self.triangles[triangle as usize].neighbors {
                if *neighbor == old {
                    *neighbor = new;
                }
            }
        }
    }

    fn register(&mut self, triangles: &[u32]) {
        for &triangle in triangles {
            for corner in self.triangles[triangle as usize].corners {
                self.triangle_at[corner as usize] = triangle;
            }
        }
    }
}

/// An undirected edge.
pub(super) fn edge_key(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}

/// Removes the members that are in the sorted `cover` and adds those that are not.
fn toggle(cover: &mut Vec<u32>, members: &[u32]) {
    for member in members {
        match cover.binary_search(member) {
            Ok(place) => {
                cover.remove(place);
            }
            Err(place) => cover.insert(place, *member),
        }
    }
}
