//! Where the operands meet: the points and segments that their triangles have in common, each noted once.
//!
//! Only triangles that another one may meet get a place here; everything else of the operands is never looked at. A
//! point is one id however often it is met: corners at equal coordinates are one point, and so is what an edge and a
//! triangle, or two edges, have in common.

use glam::DVec3;

use super::contacts::{Contact, Meeting, Spot, axes_of, common_side};
use super::edges::EdgePoints;
use super::faces::{self, Faces};
use super::hash::IndexMap;
use super::lists::Lists;
use super::planar::edge_key;
use super::slots::Slots;
use super::{NONE, Source};
use crate::memory::{bytes_of, bytes_of_map};
use crate::parallel;
use crate::predicates::decided;
use crate::predicates::implicit::{Anchors, Plane, Point};
use crate::progress::{Cancelled, Progress, STEP, Stretch, report_at};
use crate::solid::Placed;
use crate::sorting::sorted;
use crate::topology::DisjointSets;

/// A segment across a triangle, along which another one passes through it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) ends: [u32; 2],
    pub(super) other: u32,
}

/// A point where an edge meets a triangle.
#[derive(Clone, Copy)]
pub(super) struct Constructed {
    pub(super) edge: [u32; 2],
    pub(super) triangle: u32,
    /// The edge of the triangle that it lies on too.
    pub(super) on_edge: Option<[u32; 2]>,
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
    pub(super) edge_points: EdgePoints,
    /// Points strictly inside each triangle.
    pub(super) inner_points: Lists<u32>,
    /// The segments across each triangle.
    pub(super) segments: Lists<Segment>,
    /// Triangles that are cut as one.
    pub(super) faces: Faces,
    /// Pairs of triangles in one plane that have area in common.
    pub(super) overlaps: Vec<[u32; 2]>,

    local_triangles: Vec<Slots>,
    local_vertices: Vec<Slots>,
    vertex_at: IndexMap<[u64; 3], u32>,
    notes: Notes,
}

/// What has been found while not all triangles and points are known.
#[derive(Default)]
pub(super) struct Notes {
    edge_in_triangle: IndexMap<([u32; 2], u32), u32>,
    edge_on_edge: IndexMap<[[u32; 2]; 2], u32>,
    /// Constructed points; their ids start at [`CONSTRUCTED`] until all corners are known.
    pub(super) constructed: Vec<Constructed>,
    pub(super) edge_points: Vec<([u32; 2], u32)>,
    pub(super) inner_points: Vec<(u32, u32)>,
    pub(super) segments: Vec<(u32, Segment)>,
    /// Edges along which a triangle in another plane lies.
    pub(super) creases: Vec<[u32; 2]>,
}

impl Notes {
    fn num_bytes(&self) -> usize {
        bytes_of_map::<([u32; 2], u32), u32>(self.edge_in_triangle.capacity())
            + bytes_of_map::<[[u32; 2]; 2], u32>(self.edge_on_edge.capacity())
            + bytes_of(&self.constructed)
            + bytes_of(&self.edge_points)
            + bytes_of(&self.inner_points)
            + bytes_of(&self.segments)
            + bytes_of(&self.creases)
    }
}

/// Ids of constructed points while the corners are still being counted.
pub(super) const CONSTRUCTED: u32 = 1 << 31;

/// With fewer contacts, maps grow fast enough by themselves.
const MANY_CONTACTS: usize = 1 << 14;

/// Elements between two questions whether to go on.
const CHUNK: usize = 1 << 11;

impl Soup {
    /// `placed` are the operands.
    pub(super) fn new(placed: &[Placed<'_>]) -> Self {
        Self {
            local_triangles: placed.iter().map(|body| Slots::new(body.solid.triangles().len())).collect(),
            local_vertices: placed.iter().map(|body| Slots::new(body.positions.len())).collect(),
            ..Self::default()
        }
    }

    /// The memory that [`Soup::new`] takes.
    pub(super) fn bytes_to_start(placed: &[Placed<'_>]) -> usize {
        let of_one = |body: &Placed<'_>| Slots::bytes(body.solid.triangles().len() + body.positions.len());
        placed.iter().map(of_one).sum()
    }

    /// The memory it holds now.
    pub(super) fn num_bytes(&self) -> usize {
        let slots = self.local_triangles.iter().chain(&self.local_vertices);
        slots.map(Slots::num_bytes).sum::<usize>()
            + bytes_of(&self.positions)
            + bytes_of(&self.owners)
            + bytes_of(&self.triangles)
            + bytes_of(&self.sources)
            + bytes_of(&self.axes)
            + bytes_of(&self.is_touched)
            + bytes_of(&self.met)
            + bytes_of(&self.overlaps)
            + bytes_of_map::<[u64; 3], u32>(self.vertex_at.capacity())
            + self.edge_points.num_bytes()
            + self.inner_points.num_bytes()
            + self.segments.num_bytes()
            + self.faces.num_bytes()
            + self.notes.num_bytes()
    }

    /// The memory that [`Soup::finish`] takes beside what is noted, at most.
    pub(super) fn bytes_to_finish(&self) -> usize {
        let notes = &self.notes;
        // Sorted copies of what was noted, the map of edges, the points, and what tells faces apart.
        let sorting = bytes_of(&notes.edge_points).max(bytes_of(&notes.inner_points)) * 2;
        let per_edge = bytes_of_map::<[u32; 2], [u32; 2]>(notes.edge_points.len() * 2);
        let points = (notes.constructed.len() + self.positions.len()) * (size_of::<Point>() + 5);
        sorting + per_edge + points + self.triangles.len() * 24 + bytes_of(&notes.segments)
    }

    pub(super) fn anchors(&self) -> Anchors<'_> {
        Anchors { positions: &self.positions, triangles: &self.triangles }
    }

    /// The place of a triangle of an operand, if it has one.
    pub(super) fn local_triangle(&self, source: Source) -> Option<u32> {
        self.local_triangles[source.operand as usize].get(source.triangle)
    }

    /// The place of a position of an operand, if it has one.
    pub(super) fn local_vertex(&self, operand: usize, position: u32) -> Option<u32> {
        self.local_vertices[operand].get(position)
    }

    /// Whether a triangle of an operand meets anything.
    pub(super) fn is_touched(&self, source: Source) -> bool {
        self.local_triangle(source).is_some_and(|local| self.is_touched[local as usize])
    }

    /// The position of an input point as it was given, before [`decided`].
    pub(super) fn original_position(&self, placed: &[Placed<'_>], point: u32) -> Option<DVec3> {
        let (operand, position) = *self.owners.get(point as usize)?;
        Some(placed[operand as usize].positions[position as usize])
    }

    /// Where the corners of a triangle are, for decisions.
    pub(super) fn points(&self, triangle: u32) -> [DVec3; 3] {
        self.anchors().corners(triangle)
    }

    /// Gives a triangle a place.
    pub(super) fn register(&mut self, placed: &[Placed<'_>], source: Source) -> u32 {
        let operand = source.operand as usize;
        if let Some(local) = self.local_triangles[operand].get(source.triangle) {
            return local;
        }
        let corners = placed[operand]
            .corners(source.triangle)
            .map(|corner| self.register_vertex(operand, corner, placed[operand].point(corner)));
        let local = self.triangles.len() as u32;
        self.local_triangles[operand].set(source.triangle, local);
        self.triangles.push(corners);
        self.sources.push(source);
        self.axes.push(axes_of(corners.map(|corner| self.positions[corner as usize])));
        self.is_touched.push(false);
        local
    }

    fn register_vertex(&mut self, operand: usize, corner: u32, position: DVec3) -> u32 {
        if let Some(known) = self.local_vertices[operand].get(corner) {
            return known;
        }
        let position = decided(position);
        let next = self.positions.len() as u32;
        let local = *self.vertex_at.entry(position.to_array().map(f64::to_bits)).or_insert(next);
        if local == next {
            self.positions.push(position);
            self.owners.push((operand as u32, corner));
        }
        self.local_vertices[operand].set(corner, local);
        local
    }

    /// Makes room for what will be noted: most triangles that go through each other have a point at an edge that no other
    /// pair before has noted.
    pub(super) fn make_room(&mut self, num_across: usize) {
        if num_across > MANY_CONTACTS {
            self.notes.edge_in_triangle.reserve(num_across);
            self.notes.constructed.reserve(num_across);
        }
    }

    /// Notes what two triangles of the operands have in common.
    pub(super) fn note(&mut self, placed: &[Placed<'_>], operands: [u32; 2], contact: &Contact) {
        let triangles = [0, 1].map(|i| {
            let source = Source { operand: operands[i], triangle: contact.triangles[i] };
            self.register(placed, source)
        });
        triangles.iter().for_each(|&triangle| self.is_touched[triangle as usize] = true);
        if contact.meeting == Meeting::Overlap {
            self.overlaps.push(triangles);
            return;
        }
        let mut ends = [NONE; 2];
        for (i, &spots) in contact.points().iter().enumerate() {
            let point = self.point_at(triangles, spots);
            ends[i.min(1)] = point;
        }
        // In one plane the segment that both have in common lies on a side of both, so only the points matter.
        let (Meeting::Across, &[one, other]) = (contact.meeting, contact.points()) else { return };
        for (me, triangle) in triangles.into_iter().enumerate() {
            match common_side(one[me], other[me]) {
                Some(side) => self.notes.creases.push(self.edge(triangle, usize::from(side))),
                None => {
                    let segment = Segment { ends, other: triangles[1 - me] };
                    self.notes.segments.push((triangle, segment));
                }
            }
        }
    }

    /// The id of a common point, which is noted on what it divides.
    fn point_at(&mut self, triangles: [u32; 2], spots: [Spot; 2]) -> u32 {
        let corner = |i: u8, me: usize| self.triangles[triangles[me] as usize][usize::from(i)];
        match spots {
            [Spot::Corner(i), Spot::Corner(_)] => corner(i, 0),
            [Spot::Corner(i), spot] => self.put(corner(i, 0), triangles[1], spot),
            [spot, Spot::Corner(i)] => self.put(corner(i, 1), triangles[0], spot),
            [Spot::Edge(i), Spot::Edge(k)] => {
                let edges = [self.edge(triangles[0], i.into()), self.edge(triangles[1], k.into())];
                self.crossing_of_edges(edges, triangles)
            }
            [Spot::Edge(i), Spot::Inside] => {
                self.crossing_in_triangle(self.edge(triangles[0], i.into()), triangles[1])
            }
            [Spot::Inside, Spot::Edge(k)] => {
                self.crossing_in_triangle(self.edge(triangles[1], k.into()), triangles[0])
            }
            [Spot::Inside, Spot::Inside] => unreachable!("common segments end on a side of one triangle"),
        }
    }

    fn put(&mut self, corner: u32, triangle: u32, spot: Spot) -> u32 {
        match spot {
            Spot::Edge(k) => self.notes.edge_points.push((self.edge(triangle, k.into()), corner)),
            _ => self.notes.inner_points.push((triangle, corner)),
        }
        corner
    }

    fn crossing_of_edges(&mut self, [one, other]: [[u32; 2]; 2], triangles: [u32; 2]) -> u32 {
        let next = CONSTRUCTED + self.notes.constructed.len() as u32;
        let key = [one.min(other), one.max(other)];
        let point = *self.notes.edge_on_edge.entry(key).or_insert(next);
        if point == next {
            // One edge may lie in the plane of the triangle that the other one belongs to.
            let is_across = |edge: [u32; 2], triangle: u32| {
                let [a, b, c] = self.points(triangle);
                edge.iter()
                    .any(|&end| crate::predicates::side_of_plane(a, b, c, self.positions[end as usize]) != 0)
            };
            let constructed = if is_across(one, triangles[1]) {
                Constructed { edge: one, triangle: triangles[1], on_edge: Some(other) }
            } else {
                Constructed { edge: other, triangle: triangles[0], on_edge: Some(one) }
            };
            self.notes.constructed.push(constructed);
            self.notes.edge_points.extend([(one, point), (other, point)]);
        }
        point
    }

    fn crossing_in_triangle(&mut self, edge: [u32; 2], triangle: u32) -> u32 {
        let next = CONSTRUCTED + self.notes.constructed.len() as u32;
        let point = *self.notes.edge_in_triangle.entry((edge, triangle)).or_insert(next);
        if point == next {
            self.notes.constructed.push(Constructed { edge, triangle, on_edge: None });
            self.notes.edge_points.push((edge, point));
            self.notes.inner_points.push((triangle, point));
        }
        point
    }

    /// The undirected edge after a corner.
    pub(super) fn edge(&self, triangle: u32, i: usize) -> [u32; 2] {
        let corners = self.triangles[triangle as usize];
        edge_key(corners[i], corners[(i + 1) % 3])
    }

    /// Closes the search: finds the faces, gives constructed points their final ids after the corners, and sorts what was
    /// noted.
    pub(super) fn finish(&mut self, placed: &[Placed<'_>], progress: &dyn Progress) -> Result<(), Cancelled> {
        let mut notes = std::mem::take(&mut self.notes);
        notes.edge_in_triangle = IndexMap::default();
        notes.edge_on_edge = IndexMap::default();
        self.faces = faces::find(placed, self, &notes, &Stretch::new(progress, 0.6, 0.75))?;
        faces::join_segments(&mut self.faces, &mut notes, &Stretch::new(progress, 0.75, 0.8))?;
        let kept = self.construct(&notes.constructed, &Stretch::new(progress, 0.8, 0.85))?;
        let settle = |point: u32| {
            if point < CONSTRUCTED { point } else { kept[(point - CONSTRUCTED) as usize] }
        };
        let inner_points = settled(notes.inner_points, settle, &Stretch::new(progress, 0.85, 0.86))?;
        self.inner_points = Lists::new(self.triangles.len(), &inner_points);
        for segments in notes.segments.chunks_mut(STEP) {
            progress.report(0.86)?;
            segments.iter_mut().for_each(|(_, segment)| segment.ends = segment.ends.map(settle));
        }
        self.segments = Lists::new(self.triangles.len(), &notes.segments);
        let edge_points = settled(notes.edge_points, settle, &Stretch::new(progress, 0.87, 0.9))?;
        self.edge_points =
            EdgePoints::new(self.anchors(), &self.met, &edge_points, &Stretch::new(progress, 0.9, 1.0))?;
        Ok(())
    }

    /// Makes the points that are kept; tells the id of each, or [`NONE`].
    fn construct(
        &mut self,
        constructed: &[Constructed],
        progress: &dyn Progress,
    ) -> Result<Vec<u32>, Cancelled> {
        let mut ids = vec![NONE; constructed.len()];
        let mut kept = Vec::with_capacity(constructed.len());
        for (index, id) in ids.iter_mut().enumerate() {
            report_at(progress, index, constructed.len())?;
            if !self.faces.is_void(CONSTRUCTED + index as u32) {
                *id = (self.positions.len() + kept.len()) as u32;
                kept.push(constructed[index]);
            }
        }
        let chunks: Vec<&[Constructed]> = kept.chunks(CHUNK).collect();
        let anchors = self.anchors();
        let found: Result<Vec<_>, Cancelled> = parallel::map(&chunks, |_, chunk| {
            progress.report(0.5)?;
            let point = |it: &Constructed| Point::on_line(anchors, it.edge, Plane::Triangle(it.triangle));
            Ok(chunk.iter().map(point).collect::<Vec<Point>>())
        })
        .into_iter()
        .collect();
        let mut met = Vec::with_capacity(self.positions.len() + kept.len());
        let mut index = 0;
        for positions in self.positions.chunks(STEP) {
            progress.report(0.9)?;
            met.extend((index..).zip(positions).map(|(index, &position)| Point::input(index, position)));
            index += STEP as u32;
        }
        for points in found? {
            progress.report(0.9)?;
            met.extend(points);
        }
        self.met = met;
        Ok(ids)
    }

    /// Triangles that are cut together: those of one face, and those in one plane that overlap, directly or through
    /// others. By smallest member.
    pub(super) fn clusters(&self, progress: &dyn Progress) -> Result<Lists<u32>, Cancelled> {
        let mut sets = DisjointSets::new(self.triangles.len());
        self.overlaps.iter().for_each(|&[one, other]| sets.join(one, other));
        let mut number_of = vec![NONE; self.triangles.len()];
        let mut num_clusters = 0;
        let mut members = Vec::new();
        for triangle in 0..self.triangles.len() as u32 {
            report_at(progress, triangle as usize, self.triangles.len())?;
            sets.join(triangle, self.faces.of(triangle));
        }
        for triangle in 0..self.triangles.len() as u32 {
            report_at(progress, triangle as usize, self.triangles.len())?;
            if self.is_touched[triangle as usize] {
                let number = &mut number_of[sets.root(triangle) as usize];
                if *number == NONE {
                    *number = num_clusters;
                    num_clusters += 1;
                }
                members.push((*number, triangle));
            }
        }
        Ok(Lists::new(num_clusters as usize, &members))
    }
}

/// What was noted, with final ids, sorted and each once.
fn settled<K: Copy + Ord + Send + Sync>(
    noted: Vec<(K, u32)>,
    settle: impl Fn(u32) -> u32,
    progress: &dyn Progress,
) -> Result<Vec<(K, u32)>, Cancelled> {
    let mut settled = Vec::with_capacity(noted.len());
    for noted in noted.chunks(STEP) {
        progress.report(0.0)?;
        let noted = noted.iter().map(|&(key, point)| (key, settle(point)));
        settled.extend(noted.filter(|&(_, point)| point != NONE));
    }
    let mut settled = sorted(settled, Ord::cmp, progress)?;
    settled.dedup();
    Ok(settled)
}
