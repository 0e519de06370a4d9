//! Triangles with neighbours from which edges can be collapsed. Knows nothing of positions' values or costs.

use glam::DVec3;

use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::topology::{
    BOUNDARY, DEGENERATE, Edges, NON_MANIFOLD, end_of, is_degenerate, next_halfedge, previous_halfedge,
    start_of,
};

/// The corners of a triangle that is gone.
pub(super) const GONE: [u32; 3] = [u32::MAX; 3];

/// What an edge at a vertex may do to it. The larger of two kinds stays when they become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// No special edge: goes wherever it is cheap.
    Smooth,
    /// Two special edges: goes along them.
    Curve,
    /// Others come to it, but it does not move: a corner of seams or of the boundary.
    Corner,
    /// Several fans or an edge with more than two triangles: no edge here is ever collapsed.
    Frozen,
}

/// A triangulated surface. A special edge is one at the boundary, or where wedges change: a seam.
pub(super) struct Surface {
    /// In a frame in which the mesh is about 1 in size.
    pub(super) points: Vec<DVec3>,
    pub(super) triangles: Vec<[u32; 3]>,
    /// A wedge is a stretch of corners at one position with the same attributes.
    pub(super) wedges: Vec<[u32; 3]>,
    opposites: Vec<u32>,
    /// An outgoing halfedge of each vertex, at the boundary the first one counter-clockwise.
    outgoing: Vec<u32>,
    pub(super) kinds: Vec<Kind>,
    pub(super) num_triangles: usize,
    /// The original is `point * size + middle`.
    pub(super) size: f64,
    pub(super) middle: DVec3,
}

/// An edge about to be collapsed: its ends, and the triangles at it as halfedges along it.
#[derive(Clone, Copy)]
pub(super) struct EdgeEnds {
    pub(super) kept: u32,
    pub(super) removed: u32,
    /// One or two.
    halfedges: [Option<u32>; 2],
}

impl Surface {
    /// Wedges are given per corner. Triangles that name a position twice are gone from the start.
    pub(super) fn new(
        positions: &[DVec3],
        triangles: &[[u32; 3]],
        wedges: Vec<[u32; 3]>,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let edges = Edges::new_watched(triangles, positions.len(), &Stretch::new(progress, 0.0, 0.2))?;
        let opposites = edges.opposites_watched(triangles, &Stretch::new(progress, 0.2, 0.3))?;
        drop(edges);
        let triangles: Vec<[u32; 3]> =
            triangles.iter().map(|&corners| if is_degenerate(corners) { GONE } else { corners }).collect();
        let (size, middle) = frame(positions, &triangles);
        let mut surface = Self {
            points: positions.iter().map(|&point| (point - middle) / size).collect(),
            num_triangles: triangles.iter().filter(|&&corners| corners != GONE).count(),
            triangles,
            wedges,
            opposites,
            outgoing: vec![u32::MAX; positions.len()],
            kinds: vec![Kind::Smooth; positions.len()],
            size,
            middle,
        };
        surface.find_kinds(&Stretch::new(progress, 0.3, 0.5))?;
        Ok(surface)
    }

    fn find_kinds(&mut self, progress: &dyn Progress) -> Result<(), Cancelled> {
        let mut num_corners = vec![0_u32; self.points.len()];
        for halfedge in 0..self.opposites.len() as u32 {
            report_at(progress, halfedge as usize, self.opposites.len())?;
            if !self.is_gone(halfedge) {
                let start = self.start(halfedge) as usize;
                num_corners[start] += 1;
                if self.opposites[halfedge as usize] == NON_MANIFOLD {
                    let end = self.end(halfedge) as usize;
                    self.kinds[start] = Kind::Frozen;
                    self.kinds[end] = Kind::Frozen;
                }
                if self.outgoing[start] == u32::MAX {
                    self.outgoing[start] = halfedge;
                }
            }
        }
        for vertex in 0..self.points.len() as u32 {
            let index = vertex as usize;
            report_at(progress, index, self.points.len())?;
            if num_corners[index] == 0 || self.kinds[index] == Kind::Frozen {
                continue;
            }
            self.rewind(vertex);
            let (mut num_found, mut num_special) = (0, 0);
            self.for_each_outgoing(vertex, |halfedge| {
                num_found += 1;
                num_special += u32::from(self.is_special(halfedge));
                let last = previous_halfedge(halfedge);
                num_special += u32::from(self.opposites[last as usize] == BOUNDARY);
            });
            self.kinds[index] = match num_special {
                _ if num_found != num_corners[index] => Kind::Frozen,
                0 => Kind::Smooth,
                2 => Kind::Curve,
                _ => Kind::Corner,
            };
        }
        Ok(())
    }

    /// Makes every vertex at the boundary a corner.
    pub(super) fn hold_boundary(&mut self) {
        for halfedge in 0..self.opposites.len() as u32 {
            if self.opposites[halfedge as usize] == BOUNDARY {
                for end in [self.start(halfedge), self.end(halfedge)] {
                    let kind = &mut self.kinds[end as usize];
                    *kind = (*kind).max(Kind::Corner);
                }
            }
        }
    }

    #[inline]
    pub(super) fn is_gone(&self, halfedge: u32) -> bool {
        self.triangles[halfedge as usize / 3] == GONE
    }

    #[inline]
    pub(super) fn start(&self, halfedge: u32) -> u32 {
        start_of(&self.triangles, halfedge)
    }

    #[inline]
    pub(super) fn end(&self, halfedge: u32) -> u32 {
        end_of(&self.triangles, halfedge)
    }

    fn wedge(&self, halfedge: u32) -> u32 {
        start_of(&self.wedges, halfedge)
    }

    /// The halfedge across, if there is exactly one.
    #[inline]
    pub(super) fn opposite(&self, halfedge: u32) -> Option<u32> {
        Some(self.opposites[halfedge as usize]).filter(|&opposite| opposite < DEGENERATE)
    }

    /// Whether a halfedge is at the boundary or a seam.
    pub(super) fn is_special(&self, halfedge: u32) -> bool {
        let Some(opposite) = self.opposite(halfedge) else { return true };
        self.wedge(halfedge) != self.wedge(next_halfedge(opposite))
            || self.wedge(next_halfedge(halfedge)) != self.wedge(opposite)
    }

    /// Visits the halfedges that start at a vertex that is not frozen, counter-clockwise.
    #[inline]
    pub(super) fn for_each_outgoing(&self, vertex: u32, mut visit: impl FnMut(u32)) {
        let first = self.outgoing[vertex as usize];
        let mut halfedge = first;
        loop {
            visit(halfedge);
            match self.opposite(previous_halfedge(halfedge)) {
                Some(next) if next != first => halfedge = next,
                _ => return,
            }
        }
    }

    /// Turns the outgoing halfedge of a vertex clockwise to the boundary, if there is one.
    fn rewind(&mut self, vertex: u32) {
        let first = self.outgoing[vertex as usize];
        let mut halfedge = first;
        while let Some(opposite) = self.opposite(halfedge) {
            halfedge = next_halfedge(opposite);
            if halfedge == first {
                break;
            }
        }
        self.outgoing[vertex as usize] = halfedge;
    }

    /// The ends of an edge by what may become of it; `None` when it can never be collapsed while its ends are what they
    /// are. Of two ends of the same kind the start is removed.
    pub(super) fn ends(&self, halfedge: u32) -> Option<EdgeEnds> {
        let (start, end) = (self.start(halfedge), self.end(halfedge));
        let (start_kind, end_kind) = (self.kinds[start as usize], self.kinds[end as usize]);
        let (low, high) = (start_kind.min(end_kind), start_kind.max(end_kind));
        if high == Kind::Frozen || low == Kind::Corner || (low == Kind::Curve && !self.is_special(halfedge)) {
            return None;
        }
        let (kept, removed) = if start_kind <= end_kind { (end, start) } else { (start, end) };
        Some(EdgeEnds { kept, removed, halfedges: [Some(halfedge), self.opposite(halfedge)] })
    }

    /// Whether the surface stays a surface of the same topology with the same seams. `ring` is scratch space.
    pub(super) fn can_collapse(&self, ends: &EdgeEnds, ring: &mut Vec<u32>) -> bool {
        for halfedge in ends.halfedges.into_iter().flatten() {
            let others = [next_halfedge(halfedge), previous_halfedge(halfedge)];
            if others.iter().all(|&other| self.is_special(other)) {
                return false;
            }
        }
        self.keeps_wedges(ends) && self.is_link_simple(ends, ring)
    }

    /// The wedges at the removed and at the kept end on each side of the edge.
    pub(super) fn wedge_pairs(&self, ends: &EdgeEnds) -> impl Iterator<Item = (u32, u32)> {
        let removed = ends.removed;
        ends.halfedges.into_iter().flatten().map(move |halfedge| {
            let (at_start, at_end) = (self.wedge(halfedge), self.wedge(next_halfedge(halfedge)));
            if self.start(halfedge) == removed { (at_start, at_end) } else { (at_end, at_start) }
        })
    }

    fn keeps_wedges(&self, ends: &EdgeEnds) -> bool {
        let mut pairs = self.wedge_pairs(ends);
        let Some(one) = pairs.next() else { return false };
        let other = pairs.next().unwrap_or(one);
        // Wedges that are one on one end and two on the other could go either way.
        let mut is_clear = (one.0 == other.0) == (one.1 == other.1);
        self.for_each_outgoing(ends.removed, |halfedge| {
            let wedge = self.wedge(halfedge);
            is_clear &= wedge == one.0 || wedge == other.0;
        });
        is_clear
    }

    /// Whether the neighbours that both ends have are exactly those in the triangles at the edge, and no triangle faces
    /// the edge from both ends (the link condition of Tamal Dey et al., “Topology Preserving Edge Contraction”, 1999).
    fn is_link_simple(&self, ends: &EdgeEnds, ring: &mut Vec<u32>) -> bool {
        ring.clear();
        self.for_each_neighbor(ends.kept, |neighbor| ring.push(neighbor));
        let num_triangles = ends.halfedges.iter().flatten().count();
        let mut num_common = 0;
        self.for_each_neighbor(ends.removed, |neighbor| num_common += usize::from(ring.contains(&neighbor)));
        if num_common != num_triangles {
            return false;
        }
        // Only a tetrahedron has a triangle across from the edge at each end.
        let [Some(one), Some(other)] = ends.halfedges else { return true };
        let apexes = [one, other].map(|halfedge| self.start(previous_halfedge(halfedge)));
        let mut faces = 0;
        for vertex in [ends.kept, ends.removed] {
            self.for_each_outgoing(vertex, |halfedge| {
                let across = [self.end(halfedge), self.start(previous_halfedge(halfedge))];
                faces += u32::from(across == apexes || across == [apexes[1], apexes[0]]);
            });
        }
        faces < 2
    }

    /// Visits the vertices that an edge joins to one that is not frozen.
    #[inline]
    fn for_each_neighbor(&self, vertex: u32, mut visit: impl FnMut(u32)) {
        self.for_each_outgoing(vertex, |halfedge| {
            visit(self.end(halfedge));
            let previous = previous_halfedge(halfedge);
            if self.opposites[previous as usize] == BOUNDARY {
                visit(self.start(previous));
            }
        });
    }

    /// Whether a triangle is at an edge about to be collapsed, and will be gone.
    #[inline]
    pub(super) fn is_at(&self, ends: &EdgeEnds, triangle: u32) -> bool {
        ends.halfedges.iter().flatten().any(|halfedge| halfedge / 3 == triangle)
    }

    /// Lets the removed end become the kept one. Both must have been found able to.
    pub(super) fn collapse(&mut self, ends: &EdgeEnds) {
        let mut pairs = self.wedge_pairs(ends);
        let one = pairs.next().unwrap_or_default();
        let other = pairs.next().unwrap_or(one);
        drop(pairs);
        let mut halfedge = self.outgoing[ends.removed as usize];
        let first = halfedge;
        loop {
            let (triangle, corner) = (halfedge as usize / 3, halfedge as usize % 3);
            let wedge = &mut self.wedges[triangle][corner];
            *wedge = if *wedge == one.0 { one.1 } else { other.1 };
            self.triangles[triangle][corner] = ends.kept;
            match self.opposite(previous_halfedge(halfedge)) {
                Some(next) if next != first => halfedge = next,
                _ => break,
            }
        }
        for halfedge in ends.halfedges.into_iter().flatten() {
            let (next, previous) = (next_halfedge(halfedge), previous_halfedge(halfedge));
            let apex = self.start(previous);
            let outer = [next, previous].map(|inner| self.opposites[inner as usize]);
            // At most one of them is the boundary.
            for (mine, others) in [(outer[0], outer[1]), (outer[1], outer[0])] {
                if mine < DEGENERATE {
                    self.opposites[mine as usize] = others;
                    for outgoing in [mine, next_halfedge(mine)] {
                        let start = self.start(outgoing);
                        self.outgoing[start as usize] = outgoing;
                    }
                }
            }
            if self.kinds[apex as usize] != Kind::Frozen {
                self.rewind(apex);
            }
        }
        for halfedge in ends.halfedges.into_iter().flatten() {
            self.triangles[halfedge as usize / 3] = GONE;
            self.num_triangles -= 1;
        }
        self.rewind(ends.kept);
    }
}

/// Size and middle of the box around everything, or 1 where there is no size to divide by.
fn frame(positions: &[DVec3], triangles: &[[u32; 3]]) -> (f64, DVec3) {
    let mut low = DVec3::INFINITY;
    let mut high = DVec3::NEG_INFINITY;
    for &index in triangles.iter().filter(|&&corners| corners != GONE).flatten() {
        low = low.min(positions[index as usize]);
        high = high.max(positions[index as usize]);
    }
    let size = (high - low).max_element();
    if size.is_normal() && size > 0.0 { (size, low * 0.5 + high * 0.5) } else { (1.0, DVec3::ZERO) }
}
