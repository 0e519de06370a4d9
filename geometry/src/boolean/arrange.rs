//! Cuts the triangles that meet something into facets: pieces that nothing passes through.

use std::ops::Range;

use super::NONE;
use super::lists::Lists;
use super::planar::{Carrier, Planar, edge_key};
use super::soup::Soup;
use super::unify::unify;
use crate::memory::{Holding, bytes_of};
use crate::parallel;
use crate::predicates::implicit::Point;
use crate::predicates::turn;
use crate::progress::{Cancelled, Progress, STEP, Stretch};

/// A piece of one or more triangles in one plane.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facet {
    /// Points, counter-clockwise seen from the front of `plane`.
    pub(super) corners: [u32; 3],
    /// The triangle that gives the plane and its front.
    pub(super) plane: u32,
    /// Where in [`Arrangement::covers`] the triangles that it is a piece of are listed.
    pub(super) cover: [u32; 2],
}

/// A face that covers a facet, by its first triangle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cover {
    pub(super) triangle: u32,
    /// Whether its front is that of the facet.
    pub(super) is_along: bool,
}

/// All facets, and the points they are made of.
pub(super) struct Arrangement {
    pub(super) points: Vec<Point>,
    pub(super) facets: Vec<Facet>,
    pub(super) covers: Vec<Cover>,
}

impl Arrangement {
    pub(super) fn num_bytes(&self) -> usize {
        bytes_of(&self.points) + bytes_of(&self.facets) + bytes_of(&self.covers)
    }

    pub(super) fn covers_of(&self, facet: &Facet) -> &[Cover] {
        &self.covers[facet.cover[0] as usize..facet.cover[1] as usize]
    }
}

/// What came of some planes.
#[derive(Default)]
struct Piece {
    facets: Vec<Facet>,
    covers: Vec<Cover>,
    found: Vec<Point>,
}

impl Piece {
    fn num_bytes(&self) -> usize {
        bytes_of(&self.facets) + bytes_of(&self.covers) + bytes_of(&self.found)
    }
}

/// Triangles that are cut in one go, those with many segments counted for several; larger clusters have one to themselves.
const BATCH: usize = 128;

/// Batches of which the pieces are put together between two questions whether to go on.
const PIECES_PER_REPORT: usize = 16;

/// Cuts everything that is touched.
pub(super) fn arrange(soup: &mut Soup, progress: &dyn Progress) -> Result<Arrangement, Cancelled> {
    let clusters = soup.clusters(&Stretch::new(progress, 0.0, 0.02))?;
    let mut plane_of: Vec<u32> = (0..soup.triangles.len() as u32).collect();
    for cluster in clusters.iter() {
        cluster.iter().for_each(|&member| plane_of[member as usize] = cluster[0]);
    }
    let batches = batches(soup, &clusters);
    let pieces: Result<Vec<(Piece, Holding<'_>)>, Cancelled> = {
        let soup: &Soup = soup;
        parallel::map(&batches, |i, batch| {
            progress.report(0.02 + 0.88 * i as f64 / batches.len() as f64)?;
            let mut cutter = Cutter::new(soup, &plane_of);
            for cluster in batch.clone() {
                match *clusters.of(cluster) {
                    [single] => cutter.cut_triangle(single),
                    ref cluster => cutter.cut_cluster(cluster, progress)?,
                }
            }
            let piece = cutter.finish();
            let held = Holding::new(progress, piece.num_bytes())?;
            Ok((piece, held))
        })
        .into_iter()
        .collect()
    };
    let pieces = pieces?;
    let count = |len: &dyn Fn(&Piece) -> usize| -> usize { pieces.iter().map(|(piece, _)| len(piece)).sum() };
    let num_facets = count(&|piece| piece.facets.len());
    let num_covers = count(&|piece| piece.covers.len());
    let num_found = count(&|piece| piece.found.len());
    let _held = Holding::new(
        progress,
        num_facets * size_of::<Facet>() + num_covers * size_of::<Cover>() + num_found * size_of::<Point>(),
    )?;
    let mut points = std::mem::take(&mut soup.met);
    points.reserve_exact(num_found);
    let mut facets = Vec::with_capacity(num_facets);
    let mut covers = Vec::with_capacity(num_covers);
    let num_met = points.len() as u32;
    for (index, (piece, _piece_held)) in pieces.into_iter().enumerate() {
        if index.is_multiple_of(PIECES_PER_REPORT) {
            progress.report(0.9)?;
        }
        let shift = points.len() as u32 - num_met;
        let cover_shift = covers.len() as u32;
        facets.extend(piece.facets.into_iter().map(|facet| Facet {
            corners: facet.corners.map(|point| if point < num_met { point } else { point + shift }),
            plane: facet.plane,
            cover: facet.cover.map(|place| place + cover_shift),
        }));
        covers.extend(piece.covers);
        points.extend(piece.found);
    }
    let same = unify(soup.anchors(), &points, &Stretch::new(progress, 0.9, 1.0))?;
    for facets in facets.chunks_mut(STEP) {
        progress.report(1.0)?;
        facets.iter_mut().for_each(|facet| facet.corners = facet.corners.map(|point| same[point as usize]));
    }
    Ok(Arrangement { points, facets, covers })
}

/// Divides clusters into runs that are about the same work: triangles, and what lies on them.
fn batches(soup: &Soup, clusters: &Lists<u32>) -> Vec<Range<u32>> {
    let mut batches = Vec::new();
    let (mut start, mut work) = (0, 0);
    let work_of =
        |&member: &u32| 1 + (soup.segments.of(member).len() + soup.inner_points.of(member).len()) / 4;
    for (cluster, members) in (0_u32..).zip(clusters.iter()) {
        work += members.iter().map(work_of).sum::<usize>();
        if work >= BATCH {
            batches.push(start..cluster + 1);
            (start, work) = (cluster + 1, 0);
        }
    }
    batches.push(start..clusters.len() as u32);
    batches
}

/// Cuts one cluster after the other, in the same memory.
struct Cutter<'a> {
    soup: &'a Soup,
    plane_of: &'a [u32],
    planar: Planar<'a>,
    vertex_of: VertexMap,
    piece: Piece,
}

impl<'a> Cutter<'a> {
    fn new(soup: &'a Soup, plane_of: &'a [u32]) -> Self {
        let planar = Planar::new(soup.anchors(), &soup.met);
        Self { soup, plane_of, planar, vertex_of: VertexMap::default(), piece: Piece::default() }
    }

    fn finish(self) -> Piece {
        Piece { found: self.planar.into_found(), ..self.piece }
    }

    fn cut_triangle(&mut self, triangle: u32) {
        let Self { soup, planar, vertex_of, piece, .. } = self;
        let corners = soup.triangles[triangle as usize];
        let segments = soup.segments.of(triangle);
        let inner = soup.inner_points.of(triangle);
        let start = piece.covers.len() as u32;
        piece.covers.push(Cover { triangle, is_along: true });
        let cover = [start, start + 1];
        let mut add = |corners: [u32; 3]| piece.facets.push(Facet { corners, plane: triangle, cover });
        let is_whole = |i: usize| soup.edge_points.is_empty_between(corners[i], corners[(i + 1) % 3]);
        if segments.is_empty() && inner.is_empty() && (0..3).all(is_whole) {
            add(corners);
            return;
        }
        planar.start_in_triangle(soup.axes[triangle as usize], triangle);
        vertex_of.clear();
        (0..).zip(corners).for_each(|(i, corner)| vertex_of.insert(corner, i));
        for i in 0..3 {
            let mut vertex = NONE;
            soup.edge_points.for_each_between(corners[i], corners[(i + 1) % 3], |point, is_again| {
                if !is_again {
                    vertex = planar.split_side(i, point);
                }
                vertex_of.insert(point, vertex);
            });
        }
        insert_inner(planar, vertex_of, inner);
        vertex_of.seal();
        for segment in segments {
            let [from, to] = segment.ends.map(|end| vertex_of.get(end));
            planar.insert_segment(from, to, Carrier::Plane(self.plane_of[segment.other as usize]), None);
        }
        planar.improve();
        planar.for_each_triangle(add);
    }

    fn cut_cluster(&mut self, members: &[u32], progress: &dyn Progress) -> Result<(), Cancelled> {
        let Self { soup, planar, vertex_of, piece, plane_of } = self;
        let plane = members[0];
        let axes = soup.axes[plane as usize];
        planar.start_in_frame(axes, plane, bounds(soup, members, axes));
        vertex_of.clear();
        for &member in members {
            let corners = soup.triangles[member as usize];
            insert_inner(planar, vertex_of, &corners);
            insert_inner(planar, vertex_of, soup.inner_points.of(member));
            for i in 0..3 {
                soup.edge_points.for_each_between(corners[i], corners[(i + 1) % 3], |point, _| {
                    vertex_of.insert(point, planar.insert_point(point));
                });
            }
            progress.report(0.5)?;
        }
        vertex_of.seal();
        for &member in members {
            progress.report(0.5)?;
            let face = soup.faces.of(member);
            let corners = soup.triangles[member as usize];
            for i in 0..3 {
                if soup.faces.is_dissolved(member, i) {
                    continue;
                }
                let (start, end) = (corners[i], corners[(i + 1) % 3]);
                let carrier = Carrier::Edge(edge_key(start, end));
                let mut from = vertex_of.get(start);
                soup.edge_points.for_each_between(start, end, |point, _| {
                    let to = vertex_of.get(point);
                    planar.insert_segment(from, to, carrier, Some(face));
                    from = to;
                });
                planar.insert_segment(from, vertex_of.get(end), carrier, Some(face));
            }
        }
        for &member in members {
            progress.report(0.5)?;
            for segment in soup.segments.of(member) {
                let [from, to] = segment.ends.map(|end| vertex_of.get(end));
                planar.insert_segment(from, to, Carrier::Plane(plane_of[segment.other as usize]), None);
            }
        }
        planar.improve();
        planar.for_each_covered(|corners, cover| {
            let start = piece.covers.len() as u32;
            piece.covers.extend(cover.iter().map(|&triangle| {
                let [a, b, c] = soup.points(triangle).map(|point| [point[axes[0]], point[axes[1]]]);
                Cover { triangle, is_along: turn(a, b, c) > 0 }
            }));
            piece.facets.push(Facet { corners, plane, cover: [start, piece.covers.len() as u32] });
        });
        Ok(())
    }
}

fn bounds(soup: &Soup, members: &[u32], axes: [usize; 2]) -> [[f64; 2]; 2] {
    let mut low = [f64::INFINITY; 2];
    let mut high = [f64::NEG_INFINITY; 2];
    for point in members.iter().flat_map(|&member| soup.points(member)) {
        for (i, &axis) in axes.iter().enumerate() {
            low[i] = low[i].min(point[axis]);
            high[i] = high[i].max(point[axis]);
        }
    }
    [low, high]
}

fn insert_inner(planar: &mut Planar<'_>, vertex_of: &mut VertexMap, points: &[u32]) {
    for &point in points {
        vertex_of.insert(point, planar.insert_point(point));
    }
}

/// The vertex of each point, for the few points of a cut.
#[derive(Default)]
struct VertexMap(Vec<(u32, u32)>);

/// Maps of this size are searched from the start.
const FEW: usize = 12;

impl VertexMap {
    fn clear(&mut self) {
        self.0.clear();
    }

    fn insert(&mut self, point: u32, vertex: u32) {
        self.0.push((point, vertex));
    }

    /// To be called between the last insertion and the first question.
    fn seal(&mut self) {
        if self.0.len() > FEW {
            self.0.sort_unstable();
        }
    }

    fn get(&self, point: u32) -> u32 {
        let place = if self.0.len() > FEW {
            self.0.binary_search_by_key(&point, |&(point, _)| point).ok()
        } else {
            self.0.iter().position(|&(known, _)| known == point)
        };
        self.0[place.expect("every point of a cut has been inserted")].1
    }
}
