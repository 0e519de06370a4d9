//! The arrangement of points and segments in one plane, as a constrained triangulation.
//!
//! Points are looked at along a coordinate axis, every decision is exact. Segments may cross: the crossing becomes a
//! point that is given by the two lines it lies on. Where triangles of the input lie in the plane, their edges are
//! segments too, and each triangle of the result knows which of them cover it.
//!
//! Source: the insertion of segments by flips follows S. W. Sloan, “A fast algorithm for generating constrained Delaunay
//! triangulations”, 1993.

use std::collections::VecDeque;

use super::NONE;
use crate::predicates::implicit::{Anchors, Plane, Point, compare, turn_of};

mod cover;
mod shape;
mod triangulation;

use triangulation::{Triangle, Triangulation};

/// What a segment lies on, besides the plane of the arrangement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carrier {
    /// The line through two input points.
    Edge([u32; 2]),
    /// The plane of another triangle.
    Plane(u32),
}

/// What is known of a constrained edge.
#[derive(Clone, Copy, Debug)]
struct Line {
    carrier: Carrier,
    /// The members whose boundary runs along it: an entry of [`Planar::members`].
    members: u32,
}

/// Ids of the corners of the frame begin here.
const FIRST_OF_FRAME: u32 = u32::MAX - 3;

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

/// An edge that a segment has to get across, from its right end to its left one.
#[derive(Clone, Copy)]
struct Crossed {
    right: u32,
    left: u32,
    /// The triangle to its left when it was found. Flips may have made another one of it.
    triangle: u32,
}

/// A triangulation that grows by points and segments. One serves for many planes, one after the other.
pub(super) struct Planar<'a> {
    anchors: Anchors<'a>,
    /// The two coordinates that are looked at, in an order that shows the plane's front.
    axes: [usize; 2],
    /// The triangle that gives the plane.
    plane: u32,
    /// Points known before, and those found here; ids count through both.
    known: &'a [Point],
    found: Vec<Point>,
    /// The point of each vertex, and about where it is.
    vertices: Vec<u32>,
    flat: Vec<[f64; 2]>,
    mesh: Triangulation,
    lines: Vec<Line>,
    /// Lists of members: a member and the next entry.
    members: Vec<(u32, u32)>,
    /// The corners of the frame, which are no points of the arrangement; ids from [`FIRST_OF_FRAME`].
    frame: Vec<Point>,
    /// How many vertices at the front are no points of the arrangement but corners of its frame.
    num_frame: usize,
    /// The vertex inserted last.
    near: u32,
    /// Edges that may be turned.
    pending: Vec<(u32, usize)>,
    /// Edges that a segment has to get across.
    crossed: VecDeque<Crossed>,
}

impl<'a> Planar<'a> {
    /// An arrangement of points that are known before.
    pub(super) fn new(anchors: Anchors<'a>, known: &'a [Point]) -> Self {
        Self {
            anchors,
            axes: [0, 1],
            plane: NONE,
            known,
            found: Vec::new(),
            vertices: Vec::new(),
            flat: Vec::new(),
            mesh: Triangulation::default(),
            lines: Vec::new(),
            members: Vec::new(),
            frame: Vec::new(),
            num_frame: 0,
            near: 0,
            pending: Vec::new(),
            crossed: VecDeque::new(),
        }
    }

    /// Starts anew with one triangle of the input, which also gives the plane.
    pub(super) fn start_in_triangle(&mut self, axes: [usize; 2], triangle: u32) {
        self.start(axes, triangle, [0, 1, 2]);
        let corners = self.anchors.triangles[triangle as usize];
        for i in 0..3 {
            self.push_vertex(corners[i]);
            let carrier = Carrier::Edge(edge_key(corners[i], corners[(i + 1) % 3]));
            self.lines.push(Line { carrier, members: NONE });
        }
    }

    /// Starts anew around points between `low` and `high`, seen along the axis left out of `axes`.
    pub(super) fn start_in_frame(&mut self, axes: [usize; 2], plane: u32, [low, high]: [[f64; 2]; 2]) {
        self.start(axes, plane, [NONE; 3]);
        let size = (high[0] - low[0]).max(high[1] - low[1]).max(low[0].abs()).max(low[1].abs());
        let center = [low[0] * 0.5 + high[0] * 0.5, low[1] * 0.5 + high[1] * 0.5];
        for [x, y] in [[-20.0, -10.0], [20.0, -10.0], [0.0, 20.0]] {
            let mut corner = glam::DVec3::ZERO;
            corner[axes[0]] = center[0] + x * size;
            corner[axes[1]] = center[1] + y * size;
            self.frame.push(Point::free(corner));
            self.push_vertex(FIRST_OF_FRAME + self.frame.len() as u32 - 1);
        }
        self.num_frame = 3;
    }

    fn start(&mut self, axes: [usize; 2], plane: u32, lines: [u32; 3]) {
        self.axes = axes;
        self.plane = plane;
        self.vertices.clear();
        self.flat.clear();
        self.lines.clear();
        self.members.clear();
        self.frame.clear();
        self.num_frame = 0;
        self.near = 0;
        self.mesh.start(lines);
    }

    /// The points that were found since [`Planar::new`]; their ids follow those of the points known before.
    pub(super) fn into_found(self) -> Vec<Point> {
        self.found
    }

    /// Puts a point on edge `edge` of the first triangle, behind those put there before.
    pub(super) fn split_side(&mut self, edge: usize, point: u32) -> u32 {
        let end = (edge as u32 + 1) % 3;
        let (triangle, place) = self
            .mesh
            .spin(end, |triangle, corner| {
                let place = (corner + 2) % 3;
                (self.mesh.get(triangle).lines[place] == edge as u32).then_some((triangle, place))
            })
            .expect("the rest of a side ends at its end");
        let vertex = self.add_vertex(point);
        self.mesh.split_edge(triangle, place, vertex);
        vertex
    }

    /// The vertex of a point, added where there is none yet. Fast where it is near the one before.
    pub(super) fn insert_point(&mut self, point: u32) -> u32 {
        self.near = match self.locate(point, self.near) {
            Place::Vertex(vertex) => vertex,
            Place::Edge(triangle, edge) => {
                let vertex = self.add_vertex(point);
                self.mesh.split_edge(triangle, edge, vertex);
                self.relax(vertex);
                vertex
            }
            Place::Inside(triangle) => {
                let vertex = self.add_vertex(point);
                self.mesh.split_triangle(triangle, vertex);
                self.relax(vertex);
                vertex
            }
        };
        self.near
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

    /// Visits all triangles as points.
    pub(super) fn for_each_triangle(&self, mut visit: impl FnMut([u32; 3])) {
        for triangle in &self.mesh.triangles {
            visit(triangle.corners.map(|corner| self.vertices[corner as usize]));
        }
    }

    fn point(&self, vertex: u32) -> &Point {
        self.point_of_id(self.vertices[vertex as usize])
    }

    fn point_of_id(&self, id: u32) -> &Point {
        if id >= FIRST_OF_FRAME {
            return &self.frame[(id - FIRST_OF_FRAME) as usize];
        }
        let id = id as usize;
        self.known.get(id).unwrap_or_else(|| &self.found[id - self.known.len()])
    }

    fn turn(&self, a: u32, b: u32, c: u32) -> i32 {
        turn_of(self.anchors, self.axes, self.point(a), self.point(b), self.point(c))
    }

    fn push_vertex(&mut self, point: u32) {
        let approx = self.point_of_id(point).approx;
        self.vertices.push(point);
        self.flat.push([approx[self.axes[0]], approx[self.axes[1]]]);
    }

    fn add_vertex(&mut self, point: u32) -> u32 {
        self.push_vertex(point);
        self.mesh.add_vertex()
    }

    fn locate(&self, point: u32, near: u32) -> Place {
        let target = self.point_of_id(point);
        let mut triangle = self.mesh.at(near);
        // A walk from triangle to triangle may run in circles where they are not Delaunay; then all are tried.
        let mut came_from = NONE;
        for _ in 0..self.mesh.triangles.len() {
            let Triangle { corners, neighbors, .. } = self.mesh.get(triangle);
            let mut signs = [0; 3];
            let mut next = NONE;
            for edge in 0..3 {
                let neighbor = neighbors[edge];
                if neighbor == came_from && neighbor != NONE {
                    // The way led across this edge, so the point is strictly on its inner side.
                    signs[edge] = 1;
                    continue;
                }
                signs[edge] = self.sign(corners[edge], corners[(edge + 1) % 3], target);
                if signs[edge] < 0 && neighbor != NONE {
                    next = neighbor;
                    break;
                }
            }
            if next == NONE {
                if let Some(place) = place(triangle, corners, signs) {
                    return place;
                }
                break;
            }
            came_from = triangle;
            triangle = next;
        }
        (0..self.mesh.triangles.len() as u32)
            .find_map(|triangle| {
                let corners = self.mesh.get(triangle).corners;
                let sign = |i: usize| self.sign(corners[i], corners[(i + 1) % 3], target);
                place(triangle, corners, [sign(0), sign(1), sign(2)])
            })
            .expect("all points lie within the triangulation")
    }

    fn sign(&self, from: u32, to: u32, target: &Point) -> i32 {
        turn_of(self.anchors, self.axes, self.point(from), self.point(to), target)
    }

    fn first_step(&self, at: u32, to: u32) -> Step {
        let straight = self.mesh.spin(at, |triangle, corner| {
            let corners = self.mesh.get(triangle).corners;
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
        let step = self.mesh.spin(at, |triangle, corner| {
            let corners = self.mesh.get(triangle).corners;
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
        });
        step.expect("the triangles around a vertex cover every direction that leads to another one")
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
        self.crossed.clear();
        let reached = loop {
            let Triangle { corners, neighbors, lines } = self.mesh.get(triangle);
            let (right, left) = (corners[edge], corners[(edge + 1) % 3]);
            if lines[edge] != NONE {
                let other = self.lines[lines[edge] as usize].carrier;
                let crossing = self.crossing(carrier, other);
                self.found.push(crossing);
                let vertex = self.add_vertex((self.known.len() + self.found.len()) as u32 - 1);
                self.mesh.split_edge(triangle, edge, vertex);
                break vertex;
            }
            self.crossed.push_back(Crossed { right, left, triangle });
            let next = neighbors[edge];
            let entry = self.mesh.edge_from(next, left).expect("neighbours share an edge");
            let apex = self.mesh.get(next).corners[(entry + 2) % 3];
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
        self.clear(at, reached, to);
        let (triangle, edge) = self.mesh.find_edge(at, reached).expect("the way has been cleared");
        self.constrain(triangle, edge, carrier, member);
        reached
    }

    /// Flips the crossed edges away, so that `at` and `reached`, on the line towards `to`, get an edge.
    fn clear(&mut self, at: u32, reached: u32, to: u32) {
        while let Some(crossed) = self.crossed.pop_front() {
            let (triangle, edge) = self
                .mesh
                .find_edge_near(crossed.right, crossed.left, crossed.triangle)
                .expect("crossed edges stay until flipped");
            if !self.can_flip(triangle, edge) {
                self.crossed.push_back(Crossed { triangle, ..crossed });
                continue;
            }
            let beside = self.mesh.get(triangle).neighbors[edge];
            self.mesh.flip(triangle, edge);
            // The new edge runs between the two apexes, which `flip` leaves as corners 1 and 2.
            let [_, one, other] = self.mesh.get(triangle).corners;
            if [one, other].iter().any(|&apex| apex == at || apex == reached) {
                continue;
            }
            match (self.turn(at, to, one), self.turn(at, to, other)) {
                (-1, 1) => self.crossed.push_back(Crossed { right: one, left: other, triangle }),
                (1, -1) => self.crossed.push_back(Crossed { right: other, left: one, triangle: beside }),
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
        let old = self.mesh.get(triangle).lines[edge];
        let old = (old != NONE).then(|| self.lines[old as usize]);
        if old.is_some() && member.is_none() {
            return;
        }
        // Pieces of a line that was divided share the rest of the list.
        let mut members = old.map_or(NONE, |old| old.members);
        if let Some(member) = member {
            self.members.push((member, members));
            members = self.members.len() as u32 - 1;
        }
        self.lines.push(Line { carrier: old.map_or(carrier, |old| old.carrier), members });
        self.mesh.set_line(triangle, edge, self.lines.len() as u32 - 1);
    }
}

fn place(triangle: u32, corners: [u32; 3], signs: [i32; 3]) -> Option<Place> {
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

/// An undirected edge.
pub(super) fn edge_key(a: u32, b: u32) -> [u32; 2] {
    [a.min(b), a.max(b)]
}
