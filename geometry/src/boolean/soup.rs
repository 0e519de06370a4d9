//! Where the operands meet: which triangles touch which, and in what points and segments.
//!
//! Only triangles that another one may meet get a place here; everything else of the operands is never looked at. A
//! point is one id however often it is met: corners at equal coordinates are one point, and so is what an edge and a
//! triangle, or two edges, have in common.

use glam::DVec3;

use super::hash::IndexMap;
use super::planar::edge_key;
use super::{NONE, Source};
use crate::predicates::implicit::{Anchors, Plane, Point};
use crate::predicates::{SMALLEST, side_of_plane, turn};
use crate::solid::Placed;
use crate::topology::DisjointSets;

/// A part of the boundary of a triangle, or its inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Spot {
    Corner(usize),
    /// Between this corner and the next one.
    Edge(usize),
    Inside,
}

/// A segment across a triangle, along which another one passes through it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) ends: [u32; 2],
    pub(super) other: u32,
}

/// A point that two triangles have in common.
struct Meeting {
    point: u32,
    spots: [Spot; 2],
}

/// The triangles that may meet, and where they do. Indices here are local: vertices count the different corner points,
/// triangles the ones that were registered.
#[derive(Default)]
pub(super) struct Soup {
    pub(super) positions: Vec<DVec3>,
    /// The operand and position that each vertex was first seen at.
    owners: Vec<(u32, u32)>,
    pub(super) triangles: Vec<[u32; 3]>,
    pub(super) sources: Vec<Source>,
    /// For each triangle the two coordinates in which it winds counter-clockwise and is not a line.
    pub(super) axes: Vec<[usize; 2]>,
    /// Whether a triangle meets anything; the others are registered but whole.
    pub(super) is_touched: Vec<bool>,
    /// First the corners, then the points where edges meet triangles and edges.
    pub(super) met: Vec<Point>,
    /// Points strictly between the ends of an edge.
    pub(super) edge_points: IndexMap<[u32; 2], Vec<u32>>,
    /// Points strictly inside a triangle.
    pub(super) inner_points: Vec<Vec<u32>>,
    pub(super) segments: Vec<Vec<Segment>>,
    /// Pairs of triangles in one plane that have area in common.
    pub(super) overlaps: Vec<[u32; 2]>,

    local_triangles: Vec<Vec<u32>>,
    local_vertices: Vec<Vec<u32>>,
    vertex_at: IndexMap<[u64; 3], u32>,
    edge_in_triangle: IndexMap<([u32; 2], u32), u32>,
    edge_on_edge: IndexMap<[[u32; 2]; 2], u32>,
    /// Constructed points until all corners are known; their ids start at [`CONSTRUCTED`].
    constructed: Vec<(u32, [u32; 2], u32)>,
}

/// Ids of constructed points while the corners are still being counted.
const CONSTRUCTED: u32 = 1 << 31;

impl Soup {
    /// `placed` are the operands.
    pub(super) fn new(placed: &[Placed<'_>]) -> Self {
        Self {
            local_triangles: placed
                .iter()
                .map(|operand| vec![NONE; operand.solid.triangles().len()])
                .collect(),
            local_vertices: placed.iter().map(|operand| vec![NONE; operand.positions.len()]).collect(),
            ..Self::default()
        }
    }

    pub(super) fn anchors(&self) -> Anchors<'_> {
        Anchors { positions: &self.positions, triangles: &self.triangles }
    }

    /// The place of a triangle of an operand, if it has one.
    pub(super) fn local_triangle(&self, source: Source) -> Option<u32> {
        let local = self.local_triangles[source.operand as usize][source.triangle as usize];
        (local != NONE).then_some(local)
    }

    /// The place of a position of an operand, if it has one.
    pub(super) fn local_vertex(&self, operand: usize, position: u32) -> Option<u32> {
        let local = self.local_vertices[operand][position as usize];
        (local != NONE).then_some(local)
    }

    /// The position of an input point as it was given, before [`decided`].
    pub(super) fn original_position(&self, placed: &[Placed<'_>], point: u32) -> Option<DVec3> {
        let (operand, position) = *self.owners.get(point as usize)?;
        Some(placed[operand as usize].positions[position as usize])
    }

    /// Gives a triangle a place.
    pub(super) fn register(&mut self, placed: &[Placed<'_>], source: Source) -> u32 {
        let operand = source.operand as usize;
        let local = self.local_triangles[operand][source.triangle as usize];
        if local != NONE {
            return local;
        }
        let corners = placed[operand]
            .corners(source.triangle)
            .map(|corner| self.register_vertex(operand, corner, placed[operand].point(corner)));
        let local = self.triangles.len() as u32;
        self.local_triangles[operand][source.triangle as usize] = local;
        self.triangles.push(corners);
        self.sources.push(source);
        self.axes.push(axes_of(corners.map(|corner| self.positions[corner as usize])));
        self.is_touched.push(false);
        self.inner_points.push(Vec::new());
        self.segments.push(Vec::new());
        local
    }

    fn register_vertex(&mut self, operand: usize, corner: u32, position: DVec3) -> u32 {
        let known = self.local_vertices[operand][corner as usize];
        if known != NONE {
            return known;
        }
        let position = decided(position);
        let next = self.positions.len() as u32;
        let local = *self.vertex_at.entry(position.to_array().map(f64::to_bits)).or_insert(next);
        if local == next {
            self.positions.push(position);
            self.owners.push((operand as u32, corner));
        }
        self.local_vertices[operand][corner as usize] = local;
        local
    }

    /// Notes what two triangles of the operands have in common, if anything.
    pub(super) fn meet(&mut self, placed: &[Placed<'_>], one: Source, other: Source) {
        let Some(Relation { sides, are_neighbors }) = relate(placed, one, other) else { return };
        let is_self = one.operand == other.operand;
        let locals = [self.register(placed, one), self.register(placed, other)];
        if sides[0] == [0; 3] {
            self.meet_in_plane(locals, is_self, are_neighbors);
        } else {
            self.meet_across(locals, sides, is_self, are_neighbors);
        }
    }

    fn meet_across(&mut self, triangles: [u32; 2], sides: [[i32; 3]; 2], is_self: bool, are_neighbors: bool) {
        let mut meetings: Vec<Meeting> = Vec::new();
        for me in 0..2 {
            let (mine, theirs) = (triangles[me], triangles[1 - me]);
            let mut add = |point: u32, my_spot: Spot, their_spot: Spot| {
                if meetings.iter().all(|meeting| meeting.point != point) {
                    let spots = if me == 0 { [my_spot, their_spot] } else { [their_spot, my_spot] };
                    meetings.push(Meeting { point, spots });
                }
            };
            let corners = self.triangles[mine as usize];
            for i in 0..3 {
                let j = (i + 1) % 3;
                if sides[me][i] == 0
                    && let Some(spot) = self.locate(theirs, corners[i])
                {
                    add(corners[i], Spot::Corner(i), spot);
                }
                if sides[me][i] * sides[me][j] >= 0 {
                    continue;
                }
                let edge = edge_key(corners[i], corners[j]);
                let above =
                    if sides[me][i] > 0 { [corners[i], corners[j]] } else { [corners[j], corners[i]] };
                match self.pierce(theirs, above) {
                    Some(Spot::Corner(k)) => {
                        add(self.triangles[theirs as usize][k], Spot::Edge(i), Spot::Corner(k));
                    }
                    Some(Spot::Edge(k)) => {
                        let crossed = self.edge(theirs, k);
                        let key = [edge.min(crossed), edge.max(crossed)];
                        let next = CONSTRUCTED + self.constructed.len() as u32;
                        let point = *self.edge_on_edge.entry(key).or_insert(next);
                        if point == next {
                            self.constructed.push((next, edge, theirs));
                        }
                        add(point, Spot::Edge(i), Spot::Edge(k));
                    }
                    Some(Spot::Inside) => {
                        let next = CONSTRUCTED + self.constructed.len() as u32;
                        let point = *self.edge_in_triangle.entry((edge, theirs)).or_insert(next);
                        if point == next {
                            self.constructed.push((next, edge, theirs));
                        }
                        add(point, Spot::Edge(i), Spot::Inside);
                    }
                    None => {}
                }
            }
        }
        self.note(triangles, &meetings, is_self && (are_neighbors || meetings.len() < 2));
    }

    /// Notes points on both triangles, and the segment between two of them. Where common corners are expected they are no
    /// news; two that are common by their coordinates alone are a common edge that connectivity does not know of.
    fn note(&mut self, triangles: [u32; 2], meetings: &[Meeting], corners_are_expected: bool) {
        debug_assert!(meetings.len() <= 2, "two triangles in different planes meet in a segment at most");
        let is_news = meetings.iter().any(|meeting| {
            !corners_are_expected || !matches!(meeting.spots, [Spot::Corner(_), Spot::Corner(_)])
        });
        if !is_news {
            return;
        }
        for (me, triangle) in triangles.into_iter().enumerate() {
            self.is_touched[triangle as usize] = true;
            for meeting in meetings {
                self.place(triangle, meeting.spots[me], meeting.point);
            }
            if let [one, other] = meetings
                && !is_along_side(one.spots[me], other.spots[me])
            {
                let ends = [one.point, other.point];
                self.segments[triangle as usize].push(Segment { ends, other: triangles[1 - me] });
            }
        }
    }

    fn place(&mut self, triangle: u32, spot: Spot, point: u32) {
        match spot {
            Spot::Corner(_) => {}
            Spot::Edge(edge) => {
                let key = self.edge(triangle, edge);
                self.edge_points.entry(key).or_default().push(point);
            }
            Spot::Inside => self.inner_points[triangle as usize].push(point),
        }
    }

    fn meet_in_plane(&mut self, triangles: [u32; 2], is_self: bool, are_neighbors: bool) {
        if self.overlap_in_plane(triangles) {
            self.overlaps.push(triangles);
            triangles.iter().for_each(|&triangle| self.is_touched[triangle as usize] = true);
            return;
        }
        let mut meetings = Vec::new();
        for me in 0..2 {
            for (i, corner) in self.triangles[triangles[me] as usize].into_iter().enumerate() {
                if let Some(spot) = self.locate(triangles[1 - me], corner) {
                    let spots = if me == 0 { [Spot::Corner(i), spot] } else { [spot, Spot::Corner(i)] };
                    meetings.push(Meeting { point: corner, spots });
                }
            }
        }
        // In one plane the segment that both have in common lies on a side of both, so only the points matter.
        let corners_are_expected = is_self && (are_neighbors || meetings.len() < 2);
        for meeting in meetings {
            self.note(triangles, &[meeting], corners_are_expected);
        }
    }

    /// Whether two triangles in one plane have area in common: no side of either separates them.
    fn overlap_in_plane(&self, triangles: [u32; 2]) -> bool {
        let axes = self.axes[triangles[0] as usize];
        let [a, b] =
            triangles.map(|triangle| self.triangles[triangle as usize].map(|corner| self.flat(corner, axes)));
        let is_separating = |side: [[f64; 2]; 2], inner: [f64; 2], others: &[[f64; 2]; 3]| {
            let inward = turn(side[0], side[1], inner);
            others.iter().all(|&other| turn(side[0], side[1], other) * inward <= 0)
        };
        (0..3).all(|i| {
            let [j, k] = [(i + 1) % 3, (i + 2) % 3];
            !is_separating([a[i], a[j]], a[k], &b) && !is_separating([b[i], b[j]], b[k], &a)
        })
    }

    /// Where in a triangle a corner point in its plane lies.
    fn locate(&self, triangle: u32, corner: u32) -> Option<Spot> {
        let corners = self.triangles[triangle as usize];
        if let Some(same) = corners.iter().position(|&own| own == corner) {
            return Some(Spot::Corner(same));
        }
        let axes = self.axes[triangle as usize];
        let point = self.flat(corner, axes);
        let flat = corners.map(|corner| self.flat(corner, axes));
        spot_of([0, 1, 2].map(|i| turn(flat[i], flat[(i + 1) % 3], point)))
    }

    /// Where a segment that crosses a triangle's plane, given from above to below, goes through the triangle.
    fn pierce(&self, triangle: u32, [above, below]: [u32; 2]) -> Option<Spot> {
        let corners = self.triangles[triangle as usize];
        let [p, q] = [above, below].map(|corner| self.positions[corner as usize]);
        spot_of([0, 1, 2].map(|i| {
            let [a, b] = [corners[i], corners[(i + 1) % 3]];
            if a == above || a == below || b == above || b == below {
                return 0;
            }
            // The same question about the same edge gets the same arithmetic, whichever triangle asks.
            let [low, high] = edge_key(a, b).map(|corner| self.positions[corner as usize]);
            let side = -side_of_plane(p, q, low, high);
            if a < b { side } else { -side }
        }))
    }

    /// The undirected edge after a corner.
    fn edge(&self, triangle: u32, i: usize) -> [u32; 2] {
        let corners = self.triangles[triangle as usize];
        edge_key(corners[i], corners[(i + 1) % 3])
    }

    fn flat(&self, vertex: u32, axes: [usize; 2]) -> [f64; 2] {
        let position = self.positions[vertex as usize];
        [position[axes[0]], position[axes[1]]]
    }

    /// Closes the search: gives constructed points their final ids after the corners.
    pub(super) fn finish(&mut self) {
        let first = self.positions.len() as u32;
        let mut met: Vec<Point> =
            (0..).zip(&self.positions).map(|(index, &position)| Point::input(index, position)).collect();
        let anchors = self.anchors();
        met.extend(
            self.constructed
                .iter()
                .map(|&(_, edge, triangle)| Point::on_line(anchors, edge, Plane::Triangle(triangle))),
        );
        self.met = met;
        let settle = |point: &mut u32| {
            if *point >= CONSTRUCTED {
                *point = *point - CONSTRUCTED + first;
            }
        };
        // The order of the map does not matter: every list is changed by itself.
        #[expect(clippy::iter_over_hash_type, reason = "each list is changed by itself")]
        for points in self.edge_points.values_mut() {
            points.iter_mut().for_each(settle);
            points.sort_unstable();
            points.dedup();
        }
        for points in &mut self.inner_points {
            points.iter_mut().for_each(settle);
            points.sort_unstable();
            points.dedup();
        }
        self.segments.iter_mut().flatten().for_each(|segment| segment.ends.iter_mut().for_each(settle));
    }

    /// Triangles in one plane that overlap, directly or through others, by smallest member; all others are alone.
    pub(super) fn clusters(&self) -> Vec<Vec<u32>> {
        let mut sets = DisjointSets::new(self.triangles.len());
        self.overlaps.iter().for_each(|&[one, other]| sets.join(one, other));
        let mut clusters: Vec<Vec<u32>> = Vec::new();
        let mut cluster_of = vec![NONE; self.triangles.len()];
        for triangle in 0..self.triangles.len() as u32 {
            if !self.is_touched[triangle as usize] {
                continue;
            }
            let root = sets.root(triangle) as usize;
            if cluster_of[root] == NONE {
                cluster_of[root] = clusters.len() as u32;
                clusters.push(Vec::new());
            }
            clusters[cluster_of[root] as usize].push(triangle);
        }
        clusters
    }
}

/// How two triangles lie to each other.
pub(super) struct Relation {
    /// For each triangle, on which side of the other's plane its corners are.
    sides: [[i32; 3]; 2],
    /// Whether they are of one operand and have an edge in common there.
    are_neighbors: bool,
}

/// How two triangles lie to each other, unless one is clearly beside the other's plane. Neighbours in one operand are
/// expected to share their edge or corner; only what goes beyond that counts.
pub(super) fn relate(placed: &[Placed<'_>], one: Source, other: Source) -> Option<Relation> {
    let is_self = one.operand == other.operand;
    let bodies = [one, other].map(|source| &placed[source.operand as usize]);
    let corners = [bodies[0].corners(one.triangle), bodies[1].corners(other.triangle)];
    let points = [0, 1].map(|i| corners[i].map(|corner| decided(bodies[i].point(corner))));
    let are_neighbors = is_self && (0..3).any(|i| bodies[0].across(one.triangle, i) / 3 == other.triangle);
    let mut sides = [[0; 3]; 2];
    for me in 0..2 {
        let [a, b, c] = points[1 - me];
        let mut num_shared = 0;
        for i in 0..3 {
            if is_self && corners[1 - me].contains(&corners[me][i]) {
                num_shared += 1;
            } else {
                sides[me][i] = side_of_plane(a, b, c, points[me][i]);
            }
        }
        // On one side of the other's plane, all that can be in common is what lies in the plane.
        let is_beside = sides[me].contains(&1) != sides[me].contains(&-1);
        let num_in_plane = sides[me].iter().filter(|&&side| side == 0).count();
        if is_beside && num_in_plane == num_shared && (num_shared < 2 || are_neighbors) {
            return None;
        }
    }
    if is_self && part_at_corner(corners, points, sides) {
        return None;
    }
    Some(Relation { sides, are_neighbors })
}

/// Whether two triangles with one common corner, each passing through the plane of the other, leave that corner in
/// different directions along the line in which their planes meet. Around a corner of a curved surface most do.
fn part_at_corner(corners: [[u32; 3]; 2], points: [[DVec3; 3]; 2], sides: [[i32; 3]; 2]) -> bool {
    let [above, below] = [1, -1].map(|side| sides[0].iter().position(|&found| found == side));
    let (Some(above), Some(below)) = (above, below) else { return false };
    let shared = 3 - above - below;
    let Some(i) = corners[1].iter().position(|&corner| corner == corners[0][shared]) else { return false };
    let (p, q) = (points[0][above], points[0][below]);
    let [v, b, c] = [i, (i + 1) % 3, (i + 2) % 3].map(|i| points[1][i]);
    // The first one's far edge goes through the second one's plane, on the far side of one of its sides at the corner.
    side_of_plane(p, q, v, b) > 0 || side_of_plane(p, q, c, v) > 0
}

/// The place in a triangle, from the sides of its three edges.
fn spot_of(signs: [i32; 3]) -> Option<Spot> {
    match signs {
        [1, 1, 1] => Some(Spot::Inside),
        [0, 1, 1] => Some(Spot::Edge(0)),
        [1, 0, 1] => Some(Spot::Edge(1)),
        [1, 1, 0] => Some(Spot::Edge(2)),
        [0, 0, 1] => Some(Spot::Corner(1)),
        [1, 0, 0] => Some(Spot::Corner(2)),
        [0, 1, 0] => Some(Spot::Corner(0)),
        _ => None,
    }
}

/// Whether two places lie on one side of a triangle.
fn is_along_side(one: Spot, other: Spot) -> bool {
    let touches = |spot: Spot, edge: usize| match spot {
        Spot::Corner(corner) => corner == edge || corner == (edge + 1) % 3,
        Spot::Edge(own) => own == edge,
        Spot::Inside => false,
    };
    (0..3).any(|edge| touches(one, edge) && touches(other, edge))
}

/// The coordinates that decisions are made about: −0 is 0, and so is what is too small to compute with.
pub(super) fn decided(position: DVec3) -> DVec3 {
    DVec3::from_array(position.to_array().map(|x| if x.abs() < SMALLEST { 0.0 } else { x }))
}

/// The two coordinates that show a triangle largest, in the order in which it winds counter-clockwise.
fn axes_of([a, b, c]: [DVec3; 3]) -> [usize; 2] {
    let normal = (b - a).cross(c - a).abs();
    let mut dropped = [0, 1, 2];
    dropped.sort_by(|&i, &j| normal[j].total_cmp(&normal[i]));
    for axis in dropped {
        let (x, y) = ((axis + 1) % 3, (axis + 2) % 3);
        match turn([a[x], a[y]], [b[x], b[y]], [c[x], c[y]]) {
            1 => return [x, y],
            -1 => return [y, x],
            _ => {}
        }
    }
    [0, 1]
}
