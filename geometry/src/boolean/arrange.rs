//! Cuts the triangles that meet something into facets: pieces that nothing passes through.

use super::NONE;
use super::hash::IndexMap;
use super::planar::{Carrier, Planar, edge_key};
use super::soup::Soup;
use crate::parallel;
use crate::predicates::implicit::{Anchors, Kind, Point, coincide, compare};
use crate::predicates::turn;
use crate::progress::{Cancelled, Progress};

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

/// A triangle that covers a facet.
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

/// What came of one plane.
#[derive(Default)]
struct Piece {
    facets: Vec<Facet>,
    covers: Vec<Cover>,
    found: Vec<Point>,
}

impl Arrangement {
    pub(super) fn covers_of(&self, facet: &Facet) -> &[Cover] {
        &self.covers[facet.cover[0] as usize..facet.cover[1] as usize]
    }
}

/// Cuts everything that is touched.
pub(super) fn arrange(soup: &mut Soup, progress: &dyn Progress) -> Result<Arrangement, Cancelled> {
    let clusters = soup.clusters();
    let mut plane_of: Vec<u32> = (0..soup.triangles.len() as u32).collect();
    for cluster in &clusters {
        cluster.iter().for_each(|&member| plane_of[member as usize] = cluster[0]);
    }
    let pieces: Result<Vec<Piece>, Cancelled> = {
        let soup: &Soup = soup;
        parallel::map(&clusters, |i, cluster| {
            if i % 16 == 0 {
                progress.report(i as f64 / clusters.len() as f64)?;
            }
            match *cluster.as_slice() {
                [single] => Ok(cut_triangle(soup, single, &plane_of)),
                _ => cut_cluster(soup, cluster, &plane_of, progress),
            }
        })
        .into_iter()
        .collect()
    };
    let pieces = pieces?;
    let mut points = std::mem::take(&mut soup.met);
    let mut facets = Vec::new();
    let mut covers = Vec::new();
    let num_met = points.len() as u32;
    for piece in pieces {
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
    progress.report(1.0)?;
    let same = unify(soup.anchors(), &points);
    for facet in &mut facets {
        facet.corners = facet.corners.map(|point| same[point as usize]);
    }
    Ok(Arrangement { points, facets, covers })
}

fn cut_triangle(soup: &Soup, triangle: u32, plane_of: &[u32]) -> Piece {
    let corners = soup.triangles[triangle as usize];
    let sides = [0, 1, 2].map(|i| points_along(soup, corners[i], corners[(i + 1) % 3]));
    let segments = &soup.segments[triangle as usize];
    let inner = &soup.inner_points[triangle as usize];
    let cover = vec![Cover { triangle, is_along: true }];
    let facet = |corners: [u32; 3]| Facet { corners, plane: triangle, cover: [0, 1] };
    if segments.is_empty() && inner.is_empty() && sides.iter().all(Vec::is_empty) {
        return Piece { facets: vec![facet(corners)], covers: cover, found: Vec::new() };
    }
    let axes = soup.axes[triangle as usize];
    let mut planar = Planar::of_triangle(soup.anchors(), axes, triangle, &soup.met);
    let mut vertex_of = IndexMap::default();
    let mut num_vertices = 3;
    for (i, &corner) in corners.iter().enumerate() {
        vertex_of.insert(corner, i as u32);
    }
    for (i, side) in sides.iter().enumerate() {
        planar.split_side(i, side.iter().map(|same| same[0]));
        for same in side {
            vertex_of.extend(same.iter().map(|&point| (point, num_vertices)));
            num_vertices += 1;
        }
    }
    insert_inner(&mut planar, &mut vertex_of, inner);
    for segment in segments {
        let [from, to] = segment.ends.map(|end| vertex_of[&end]);
        planar.insert_segment(from, to, Carrier::Plane(plane_of[segment.other as usize]), None);
    }
    planar.improve();
    let mut facets = Vec::new();
    planar.for_each_triangle(|corners| facets.push(facet(corners)));
    Piece { facets, covers: cover, found: planar.into_found() }
}

fn insert_inner(planar: &mut Planar<'_>, vertex_of: &mut IndexMap<u32, u32>, points: &[u32]) {
    let mut near = 0;
    for &point in points {
        near = planar.insert_point(point, near);
        vertex_of.insert(point, near);
    }
}

fn cut_cluster(
    soup: &Soup,
    members: &[u32],
    plane_of: &[u32],
    progress: &dyn Progress,
) -> Result<Piece, Cancelled> {
    let plane = members[0];
    let axes = soup.axes[plane as usize];
    let mut low = [f64::INFINITY; 2];
    let mut high = [f64::NEG_INFINITY; 2];
    for corner in members.iter().flat_map(|&member| soup.triangles[member as usize]) {
        let position = soup.positions[corner as usize];
        for (i, &axis) in axes.iter().enumerate() {
            low[i] = low[i].min(position[axis]);
            high[i] = high[i].max(position[axis]);
        }
    }
    let mut planar = Planar::in_frame(soup.anchors(), axes, plane, &soup.met, [low, high]);
    let mut vertex_of = IndexMap::default();
    for &member in members {
        insert_inner(&mut planar, &mut vertex_of, &soup.triangles[member as usize]);
        insert_inner(&mut planar, &mut vertex_of, &soup.inner_points[member as usize]);
    }
    for (number, &member) in (0..).zip(members) {
        progress.report(0.5)?;
        let corners = soup.triangles[member as usize];
        for i in 0..3 {
            let (start, end) = (corners[i], corners[(i + 1) % 3]);
            let side = points_along(soup, start, end);
            side.iter().for_each(|same| insert_inner(&mut planar, &mut vertex_of, same));
            let carrier = Carrier::Edge(edge_key(start, end));
            let mut from = vertex_of[&start];
            for point in side.iter().map(|same| same[0]).chain([end]) {
                let to = vertex_of[&point];
                planar.insert_segment(from, to, carrier, Some(number));
                from = to;
            }
        }
    }
    for &member in members {
        progress.report(0.5)?;
        for segment in &soup.segments[member as usize] {
            let [from, to] = segment.ends.map(|end| vertex_of[&end]);
            planar.insert_segment(from, to, Carrier::Plane(plane_of[segment.other as usize]), None);
        }
    }
    planar.improve();
    let mut piece = Piece::default();
    planar.for_each_covered(|corners, cover| {
        let start = piece.covers.len() as u32;
        piece.covers.extend(cover.iter().map(|&number| {
            let triangle = members[number as usize];
            let [a, b, c] = soup.triangles[triangle as usize].map(|corner| {
                let position = soup.positions[corner as usize];
                [position[axes[0]], position[axes[1]]]
            });
            Cover { triangle, is_along: turn(a, b, c) > 0 }
        }));
        piece.facets.push(Facet { corners, plane, cover: [start, piece.covers.len() as u32] });
    });
    piece.found = planar.into_found();
    Ok(piece)
}

/// The points strictly between two corners, in the order from one to the other. Points that turn out to be the same are
/// listed together.
fn points_along(soup: &Soup, from: u32, to: u32) -> Vec<Vec<u32>> {
    let Some(points) = soup.edge_points.get(&edge_key(from, to)) else { return Vec::new() };
    let anchors = soup.anchors();
    let along = soup.positions[to as usize] - soup.positions[from as usize];
    let axis = (1..3).fold(0, |best, axis| if along[axis].abs() > along[best].abs() { axis } else { best });
    let order = |a: u32, b: u32| {
        let order = compare(anchors, axis, &soup.met[a as usize], &soup.met[b as usize]);
        if along[axis] < 0.0 { order.reverse() } else { order }
    };
    let mut points = points.clone();
    points.sort_by(|&a, &b| order(a, b).then(a.cmp(&b)));
    points.chunk_by(|&a, &b| order(a, b).is_eq()).map(<[u32]>::to_vec).collect()
}

/// For each point the first one that is the same.
fn unify(anchors: Anchors<'_>, points: &[Point]) -> Vec<u32> {
    let mut same: Vec<u32> = (0..points.len() as u32).collect();
    let mut by_kind: IndexMap<Kind, u32> = IndexMap::default();
    for (index, point) in (0..).zip(points) {
        if matches!(point.kind, Kind::Line { .. } | Kind::Planes(_)) {
            let first = *by_kind.entry(point.kind).or_insert(index);
            same[index as usize] = first;
        }
    }
    // Points that are the same have overlapping error boxes, and so share a cell of a grid in which every point is in all
    // cells that its error box touches.
    let size = points.iter().fold(0.0_f64, |size, point| size.max(point.approx.abs().max_element()));
    let widest = points.iter().fold(0.0_f64, |widest, point| widest.max(point.err));
    let cell = (size * 1e-9).max(widest * 4.0).max(1e-280);
    let mut cells: IndexMap<[i64; 3], u32> = IndexMap::default();
    let mut next_in_cell: Vec<(u32, u32)> = Vec::new();
    for (index, point) in (0..).zip(points) {
        if same[index as usize] != index || point.kind == Kind::Free {
            continue;
        }
        let low = (point.approx - point.err).to_array().map(|x| (x / cell).floor() as i64);
        let high = (point.approx + point.err).to_array().map(|x| (x / cell).floor() as i64);
        let mut found = NONE;
        let mut touched = Vec::with_capacity(1);
        for x in low[0]..=high[0] {
            for y in low[1]..=high[1] {
                for z in low[2]..=high[2] {
                    touched.push([x, y, z]);
                }
            }
        }
        for key in &touched {
            let mut entry = cells.get(key).copied().unwrap_or(NONE);
            while entry != NONE && found == NONE {
                let (other, next) = next_in_cell[entry as usize];
                if coincide(anchors, &points[other as usize], point) {
                    found = other;
                }
                entry = next;
            }
        }
        if found != NONE {
            same[index as usize] = found;
            continue;
        }
        for key in touched {
            let head = cells.entry(key).or_insert(NONE);
            next_in_cell.push((index, *head));
            *head = next_in_cell.len() as u32 - 1;
        }
    }
    for index in 0..same.len() {
        same[index] = same[same[index] as usize];
    }
    same
}
