//! Holds the result near the original: every position that is no longer a corner is kept on the list of the triangle it is
//! nearest to of those that took its place, and followed from collapse to collapse (in the manner of Reinhard Klein,
//! Gunther Liebich and Wolfgang Straßer, “Mesh Reduction with Error Control”, 1996). Distances are to the triangles
//! around the collapsed edge, so the true ones are at most as large. Positions on the boundary and on seams must also be
//! near the boundary or a seam.

use glam::DVec3;

use super::surface::{EdgeEnds, Kind, Surface};
use crate::bvh::closest_point_of_triangle;
use crate::topology::{next_halfedge, previous_halfedge};

const NONE: u32 = u32::MAX;

pub(super) struct Deviation {
    limit_squared: f64,
    /// Where the vertices were.
    originals: Vec<DVec3>,
    /// For each triangle the first vertex on its list.
    heads: Vec<u32>,
    next: Vec<u32>,
    is_listed: Vec<bool>,
    /// Whether a vertex was on the boundary or on a seam.
    is_on_line: Vec<bool>,
    /// What was found by the last call of `allows`.
    found: Found,
}

#[derive(Default)]
struct Found {
    /// Triangles whose lists are redistributed.
    emptied: Vec<u32>,
    /// What will be around the kept end.
    facets: Vec<(u32, [DVec3; 3])>,
    /// The special edges of the facets.
    lines: Vec<[DVec3; 2]>,
    followed: Vec<u32>,
    /// For each vertex followed its new triangle.
    assigned: Vec<u32>,
}

impl Deviation {
    pub(super) fn new(surface: &Surface, max_deviation: f64) -> Self {
        let limit = max_deviation / surface.size;
        Self {
            limit_squared: limit * limit,
            originals: surface.points.clone(),
            heads: vec![NONE; surface.triangles.len()],
            next: vec![NONE; surface.points.len()],
            is_listed: vec![false; surface.points.len()],
            is_on_line: surface.kinds.iter().map(|&kind| kind != Kind::Smooth).collect(),
            found: Found::default(),
        }
    }

    /// Whether all positions of the original stay near when the ends of an edge meet at `point`, and `point` is near what
    /// was there before.
    pub(super) fn allows(&mut self, surface: &Surface, ends: &EdgeEnds, point: DVec3) -> bool {
        let is_moved = point != surface.points[ends.kept as usize];
        self.gather(surface, ends, point, is_moved);
        if is_moved && !self.is_near_old(surface, ends, point) {
            return false;
        }
        self.found.assigned.clear();
        for &vertex in &self.found.followed {
            let original = self.originals[vertex as usize];
            let mut nearest = (f64::INFINITY, NONE);
            for &(triangle, [a, b, c]) in &self.found.facets {
                let distance = closest_point_of_triangle(original, a, b, c).distance_squared(original);
                if distance < nearest.0 {
                    nearest = (distance, triangle);
                }
            }
            // Also where nothing is left or numbers overflow.
            if nearest.1 == NONE || nearest.0 > self.limit_squared {
                return false;
            }
            if self.is_on_line[vertex as usize] && !self.is_near_line(original) {
                return false;
            }
            self.found.assigned.push(nearest.1);
        }
        true
    }

    fn gather(&mut self, surface: &Surface, ends: &EdgeEnds, point: DVec3, is_moved: bool) {
        let found = &mut self.found;
        found.emptied.clear();
        found.facets.clear();
        found.followed.clear();
        found.lines.clear();
        let at = |vertex: u32| surface.points[vertex as usize];
        for end in [ends.removed, ends.kept] {
            let is_changed = end == ends.removed || is_moved;
            if is_changed && !self.is_listed[end as usize] {
                found.followed.push(end);
            }
            surface.for_each_outgoing(end, |halfedge| {
                let triangle = halfedge / 3;
                let is_at_edge = surface.is_at(ends, triangle);
                if !is_at_edge {
                    let (next, previous) = (next_halfedge(halfedge), previous_halfedge(halfedge));
                    let (b, c) = (at(surface.start(next)), at(surface.start(previous)));
                    found.facets.push((triangle, [point, b, c]));
                    for (edge, line) in [(halfedge, [point, b]), (next, [b, c]), (previous, [c, point])] {
                        if surface.is_special(edge) {
                            found.lines.push(line);
                        }
                    }
                }
                if is_changed && !(is_at_edge && end == ends.kept) {
                    found.emptied.push(triangle);
                    let mut vertex = self.heads[triangle as usize];
                    while vertex != NONE {
                        found.followed.push(vertex);
                        vertex = self.next[vertex as usize];
                    }
                }
            });
        }
    }

    fn is_near_line(&self, point: DVec3) -> bool {
        self.found.lines.iter().any(|&[start, end]| {
            let along = end - start;
            let part = ((point - start).dot(along) / along.length_squared()).clamp(0.0, 1.0);
            (start + along * part).distance_squared(point) <= self.limit_squared
        })
    }

    fn is_near_old(&self, surface: &Surface, ends: &EdgeEnds, point: DVec3) -> bool {
        let at = |vertex: u32| surface.points[vertex as usize];
        let mut is_near = false;
        for end in [ends.removed, ends.kept] {
            surface.for_each_outgoing(end, |halfedge| {
                if !is_near {
                    let across = [surface.end(halfedge), surface.start(previous_halfedge(halfedge))].map(at);
                    let nearest = closest_point_of_triangle(point, at(end), across[0], across[1]);
                    is_near = nearest.distance_squared(point) <= self.limit_squared;
                }
            });
        }
        is_near
    }

    /// The collapse that was allowed last takes place.
    pub(super) fn accept(&mut self) {
        for &triangle in &self.found.emptied {
            self.heads[triangle as usize] = NONE;
        }
        for (&vertex, &triangle) in self.found.followed.iter().zip(&self.found.assigned) {
            self.is_listed[vertex as usize] = true;
            self.next[vertex as usize] = self.heads[triangle as usize];
            self.heads[triangle as usize] = vertex;
        }
    }
}
