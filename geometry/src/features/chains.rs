//! Edges between faces, in rows.

use glam::DVec3;

use super::circle::circle_of;
use super::{Chain, Curve, Face, Fit, NONE};
use crate::progress::report_at;
use crate::topology::{BOUNDARY, DEGENERATE, NON_MANIFOLD, end_of, start_of};
use crate::{Cancelled, LineSet, Mesh, Progress, math};

/// What bends more at an edge is one to be seen, within a face of no shape as well.
const CREASE_RAD: f64 = 30.0 / 180.0 * std::f64::consts::PI;

/// In sizes of the mesh: what a file rounds.
const TOLERANCE: f64 = 1e-5;

pub(super) struct Found {
    pub(super) chains: Vec<Chain>,
    pub(super) lines: LineSet,
    pub(super) chain_of_segment: Vec<u32>,
}

pub(super) fn find(
    mesh: &Mesh,
    opposites: &[u32],
    faces: &[Face],
    face_of_triangle: &[u32],
    progress: &dyn Progress,
) -> Result<Found, Cancelled> {
    let edges = edges(mesh, opposites, faces, face_of_triangle, progress)?;
    let size = mesh.bounds().map_or(0.0, |(low, high)| low.distance(high));
    let graph = Graph::new(&edges);
    let mut found = Found { chains: Vec::new(), lines: LineSet::default(), chain_of_segment: Vec::new() };
    let mut new_index = vec![NONE; mesh.positions.len()];
    let mut is_used = vec![false; edges.len()];
    // Rows that end somewhere first; what is left goes round.
    for closed in [false, true] {
        for edge in 0..edges.len() {
            report_at(progress, edge, edges.len())?;
            for start in edges[edge] {
                if is_used[edge] || (!closed && graph.edges_at(start).len() == 2) {
                    continue;
                }
                let row = walk(&edges, &graph, &mut is_used, edge, start);
                for (row, is_closed, curve, fit) in split(mesh, &row, size * TOLERANCE) {
                    found.add(mesh, &mut new_index, &row, is_closed, curve, fit);
                }
            }
        }
    }
    Ok(found)
}

/// The edges to be seen, each once, by their first halfedge.
fn edges(
    mesh: &Mesh,
    opposites: &[u32],
    faces: &[Face],
    face_of_triangle: &[u32],
    progress: &dyn Progress,
) -> Result<Vec<[u32; 2]>, Cancelled> {
    let normal = |triangle: u32| {
        let [a, b, c] = mesh.triangle_points(triangle as usize);
        (b - a).cross(c - a).try_normalize()
    };
    let least = math::cos(CREASE_RAD);
    let mut edges = Vec::new();
    let mut tangled = Vec::new();
    for (halfedge, &opposite) in (0..).zip(opposites) {
        report_at(progress, halfedge as usize, opposites.len())?;
        let edge = [start_of(&mesh.triangles, halfedge), end_of(&mesh.triangles, halfedge)];
        match opposite {
            DEGENERATE => {}
            BOUNDARY => edges.push(edge),
            NON_MANIFOLD => tangled.push([edge[0].min(edge[1]), edge[0].max(edge[1])]),
            _ if opposite < halfedge => {}
            _ => {
                let (one, other) = (halfedge / 3, opposite / 3);
                let [face, other_face] = [one, other].map(|triangle| face_of_triangle[triangle as usize]);
                let is_free = faces.get(face as usize).is_none_or(|face| face.shape.is_none());
                let bends = || match (normal(one), normal(other)) {
                    (Some(one), Some(other)) => one.dot(other) < least,
                    _ => false,
                };
                if face != other_face || (is_free && bends()) {
                    edges.push(edge);
                }
            }
        }
    }
    tangled.sort_unstable();
    tangled.dedup();
    edges.extend(tangled);
    Ok(edges)
}

/// Which edges meet in which position.
struct Graph {
    /// Positions and edges, sorted.
    ends: Vec<(u32, u32)>,
}

impl Graph {
    fn new(edges: &[[u32; 2]]) -> Self {
        let mut ends: Vec<(u32, u32)> =
            (0..).zip(edges).flat_map(|(number, edge)| edge.map(|end| (end, number))).collect();
        ends.sort_unstable();
        Self { ends }
    }

    fn edges_at(&self, position: u32) -> &[(u32, u32)] {
        let from = self.ends.partition_point(|end| end.0 < position);
        let count = self.ends[from..].iter().take_while(|end| end.0 == position).count();
        &self.ends[from..from + count]
    }
}

/// Follows edges from one end until more or fewer than two meet, or back to the beginning.
fn walk(edges: &[[u32; 2]], graph: &Graph, is_used: &mut [bool], first: usize, start: u32) -> Vec<u32> {
    let mut row = vec![start];
    let mut edge = first;
    let mut at = start;
    loop {
        is_used[edge] = true;
        at = if edges[edge][0] == at { edges[edge][1] } else { edges[edge][0] };
        row.push(at);
        let around = graph.edges_at(at);
        let next = around.iter().map(|end| end.1 as usize).find(|&next| !is_used[next]);
        match next.filter(|_| around.len() == 2 && at != start) {
            Some(next) => edge = next,
            None => return row,
        }
    }
}

type Piece = (Vec<u32>, bool, Curve, Fit);

/// A row as a whole where it is one curve, else cut at its corners.
fn split(mesh: &Mesh, row: &[u32], tolerance: f64) -> Vec<Piece> {
    let is_closed = row.len() > 3 && row.first() == row.last();
    if let Some((curve, fit)) = curve_of(mesh, row, is_closed, tolerance) {
        return vec![(row.to_vec(), is_closed, curve, fit)];
    }
    let corners = corners(mesh, row, is_closed);
    if corners.is_empty() {
        return vec![(row.to_vec(), is_closed, Curve::Free, Fit::default())];
    }
    let mut rows = Vec::new();
    if is_closed {
        let count = row.len() - 1;
        for (number, &from) in corners.iter().enumerate() {
            let to = corners.get(number + 1).copied().unwrap_or(corners[0] + count);
            rows.push((from..=to).map(|i| row[i % count]).collect::<Vec<u32>>());
        }
    } else {
        let bounds: Vec<usize> = [0].into_iter().chain(corners).chain([row.len() - 1]).collect();
        rows.extend(bounds.windows(2).map(|pair| row[pair[0]..=pair[1]].to_vec()));
    }
    rows.into_iter()
        .map(|row| {
            let (curve, fit) =
                curve_of(mesh, &row, false, tolerance).unwrap_or((Curve::Free, Fit::default()));
            let is_closed = row.len() > 3 && row.first() == row.last();
            (row, is_closed, curve, fit)
        })
        .collect()
}

fn curve_of(mesh: &Mesh, row: &[u32], is_closed: bool, tolerance: f64) -> Option<(Curve, Fit)> {
    let count = row.len() - usize::from(is_closed);
    let points: Vec<DVec3> = row[..count].iter().map(|&index| mesh.positions[index as usize]).collect();
    if !is_closed && let Some(fit) = line_through(&points, tolerance) {
        return Some((Curve::Line, fit));
    }
    circle_of(&points, is_closed, tolerance)
}

fn line_through(points: &[DVec3], tolerance: f64) -> Option<Fit> {
    let (&first, &last) = (points.first()?, points.last()?);
    let along = (last - first).try_normalize()?;
    let mut fit = Fit::default();
    for &point in points {
        let from = point - first;
        let off = (from - along * from.dot(along)).length();
        fit.max = fit.max.max(off);
        fit.rms += off * off;
    }
    fit.rms = (fit.rms / points.len() as f64).sqrt();
    (fit.max <= tolerance).then_some(fit)
}

/// Where a row turns sharply.
fn corners(mesh: &Mesh, row: &[u32], is_closed: bool) -> Vec<usize> {
    let least = math::cos(CREASE_RAD);
    let at = |i: usize| mesh.positions[row[i] as usize];
    let is_corner = |before: usize, i: usize, after: usize| {
        let (into, out) = (at(i) - at(before), at(after) - at(i));
        into.dot(out) < least * into.length() * out.length()
    };
    let count = row.len() - 1;
    let first = is_closed && is_corner(count - 1, 0, 1);
    (0..usize::from(first)).chain((1..count).filter(|&i| is_corner(i - 1, i, i + 1))).collect()
}

impl Found {
    fn add(
        &mut self,
        mesh: &Mesh,
        new_index: &mut [u32],
        row: &[u32],
        is_closed: bool,
        curve: Curve,
        fit: Fit,
    ) {
        let first_segment = self.lines.segments.len() as u32;
        let mut length = 0.0;
        for pair in row.windows(2) {
            let segment = [pair[0], pair[1]].map(|index| {
                let known = &mut new_index[index as usize];
                if *known == NONE {
                    *known = self.lines.positions.len() as u32;
                    self.lines.positions.push(mesh.positions[index as usize]);
                }
                *known
            });
            length += mesh.positions[pair[0] as usize].distance(mesh.positions[pair[1] as usize]);
            self.lines.segments.push(segment);
            self.chain_of_segment.push(self.chains.len() as u32);
        }
        let num_segments = row.len() as u32 - 1;
        self.chains.push(Chain { first_segment, num_segments, is_closed, length, curve, fit });
    }
}
