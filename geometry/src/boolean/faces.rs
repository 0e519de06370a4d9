//! Faces: triangles of one operand that lie in one plane side by side and are cut as if there were no edges between them.
//!
//! How a modeller divided a flat face into triangles says nothing about the solid. Cut by itself, each such edge meets
//! everything that crosses the face, and leaves a point there on every other triangle. So edges inside a face are
//! dissolved: points that are only there because of them are void, and segments that they divided are joined again.
//! Not where the mesh has channels, which are interpolated in each triangle by itself.

use super::Source;
use super::hash::IndexMap;
use super::soup::{CONSTRUCTED, Constructed, Notes, Segment, Soup};
use crate::memory::bytes_of;
use crate::predicates::{side_of_plane, turn};
use crate::progress::{Cancelled, Progress, STEP, report_at};
use crate::solid::Placed;
use crate::sorting::sorted;
use crate::topology::{DEGENERATE, DisjointSets};

/// Which triangles form faces, and what has become void by that.
#[derive(Default)]
pub(super) struct Faces {
    /// For each triangle the smallest one of its face; empty when no face has two.
    first_of: Vec<u32>,
    /// For each side of each triangle whether it is inside a face; empty likewise.
    is_dissolved: Vec<[bool; 3]>,
    /// For each constructed point whether it is void; empty likewise.
    is_void: Vec<bool>,
}

impl Faces {
    pub(super) fn num_bytes(&self) -> usize {
        bytes_of(&self.first_of) + bytes_of(&self.is_dissolved) + bytes_of(&self.is_void)
    }

    /// The smallest triangle of a triangle's face.
    pub(super) fn of(&self, triangle: u32) -> u32 {
        self.first_of.get(triangle as usize).copied().unwrap_or(triangle)
    }

    /// Whether the side after a corner is inside a face.
    pub(super) fn is_dissolved(&self, triangle: u32, i: usize) -> bool {
        self.is_dissolved.get(triangle as usize).is_some_and(|sides| sides[i])
    }

    /// Whether a constructed point, by its preliminary id, is only there because of a dissolved edge.
    pub(super) fn is_void(&self, point: u32) -> bool {
        point >= CONSTRUCTED
            && self.is_void.get((point - CONSTRUCTED) as usize).is_some_and(|&is_void| is_void)
    }
}

/// Finds the faces of touched triangles.
pub(super) fn find(
    placed: &[Placed<'_>],
    soup: &Soup,
    notes: &Notes,
    progress: &dyn Progress,
) -> Result<Faces, Cancelled> {
    let candidates = flat_pairs(placed, soup, progress)?;
    if candidates.is_empty() {
        return Ok(Faces::default());
    }
    // An edge is only dissolved if that is all it is: no other triangle lies along it or ends there.
    let mut num_sides: IndexMap<[u32; 2], i32> = IndexMap::default();
    for (index, &[triangle, i, ..]) in candidates.iter().enumerate() {
        report_at(progress, index, candidates.len())?;
        *num_sides.entry(soup.edge(triangle, i as usize)).or_insert(0) -= 2;
    }
    for (index, crease) in notes.creases.iter().enumerate() {
        report_at(progress, index, notes.creases.len())?;
        if let Some(num_sides) = num_sides.get_mut(crease) {
            *num_sides = i32::MAX / 2;
        }
    }
    for triangle in 0..soup.triangles.len() as u32 {
        report_at(progress, triangle as usize, soup.triangles.len())?;
        for i in 0..3 {
            if let Some(num_sides) = num_sides.get_mut(&soup.edge(triangle, i)) {
                *num_sides += 1;
            }
        }
    }
    let is_plain = |[triangle, i, ..]: [u32; 4]| num_sides[&soup.edge(triangle, i as usize)] == 0;
    let folded = folded(soup, candidates.iter().copied().filter(|&pair| is_plain(pair)));
    let is_folded = |triangle: u32| folded.get(triangle as usize).is_some_and(|&is_folded| is_folded);
    let mut sets = DisjointSets::new(soup.triangles.len());
    let mut is_dissolved = vec![[false; 3]; soup.triangles.len()];
    let mut plane_at: IndexMap<[u32; 2], u32> = IndexMap::default();
    for (index, &[triangle, i, other, k]) in candidates.iter().enumerate() {
        report_at(progress, index, candidates.len())?;
        let edge = soup.edge(triangle, i as usize);
        if num_sides[&edge] == 0 && !is_folded(triangle) {
            sets.join(triangle, other);
            is_dissolved[triangle as usize][i as usize] = true;
            is_dissolved[other as usize][k as usize] = true;
            plane_at.insert(edge, triangle);
        }
    }
    let first_of = (0..soup.triangles.len() as u32).map(|triangle| sets.root(triangle)).collect();
    let lies_in = |edge: [u32; 2], triangle: u32| {
        let [a, b, c] = soup.points(triangle);
        edge.iter().all(|&end| side_of_plane(a, b, c, soup.positions[end as usize]) == 0)
    };
    let is_void = |point: &Constructed| match (plane_at.get(&point.edge), point.on_edge) {
        (own, None) => own.is_some(),
        (own, Some(other)) => match (own, plane_at.get(&other)) {
            (Some(_), Some(_)) => true,
            (Some(&plane), None) => lies_in(other, plane),
            (None, Some(&plane)) => lies_in(point.edge, plane),
            (None, None) => false,
        },
    };
    let mut voids = Vec::with_capacity(notes.constructed.len());
    for points in notes.constructed.chunks(STEP) {
        progress.report(0.9)?;
        voids.extend(points.iter().map(is_void));
    }
    Ok(Faces { first_of, is_dissolved, is_void: voids })
}

/// The triangles that these pairs would join to faces which cover a part of their plane more than once; empty when there are
/// none. A face knows only where it is, not how often.
fn folded(soup: &Soup, pairs: impl Iterator<Item = [u32; 4]>) -> Vec<bool> {
    if soup.overlaps.is_empty() {
        return Vec::new();
    }
    let num_triangles = soup.triangles.len();
    let mut sets = DisjointSets::new(num_triangles);
    pairs.for_each(|[triangle, _, other, _]| sets.join(triangle, other));
    let mut is_folded = vec![false; num_triangles];
    for &[one, other] in &soup.overlaps {
        let root = sets.root(one);
        is_folded[root as usize] |= sets.root(other) == root;
    }
    (0..num_triangles as u32).map(|triangle| is_folded[sets.root(triangle) as usize]).collect()
}

/// Touched triangles that are neighbours in one plane: triangle, side, other triangle, its side.
fn flat_pairs(
    placed: &[Placed<'_>],
    soup: &Soup,
    progress: &dyn Progress,
) -> Result<Vec<[u32; 4]>, Cancelled> {
    let mut pairs = Vec::new();
    for triangle in 0..soup.triangles.len() as u32 {
        report_at(progress, triangle as usize, soup.triangles.len())?;
        let source = soup.sources[triangle as usize];
        let body = &placed[source.operand as usize];
        let mesh = body.solid.mesh();
        if !soup.is_touched[triangle as usize] || !mesh.channels.is_empty() {
            continue;
        }
        let corners = soup.points(triangle);
        for i in 0..3 {
            let opposite = body.across(source.triangle, i as usize);
            if opposite >= DEGENERATE {
                continue;
            }
            let neighbor = Source { operand: source.operand, triangle: opposite / 3 };
            let Some(other) = soup.local_triangle(neighbor) else { continue };
            if other < triangle
                || !soup.is_touched[other as usize]
                || mesh.material_slot(source.triangle as usize)
                    != mesh.material_slot(neighbor.triangle as usize)
            {
                continue;
            }
            let side = (0..3).find(|&k| soup.edge(other, k) == soup.edge(triangle, i as usize));
            let Some(side) = side else { continue };
            let points = soup.points(other);
            let apex = points[(side + 2) % 3];
            let is_flat = side_of_plane(corners[0], corners[1], corners[2], apex) == 0;
            if is_flat && winds_alike(soup.axes[triangle as usize], points) {
                pairs.push([triangle, i, other, side as u32]);
            }
        }
    }
    Ok(pairs)
}

fn winds_alike(axes: [usize; 2], points: [glam::DVec3; 3]) -> bool {
    let [a, b, c] = points.map(|point| [point[axes[0]], point[axes[1]]]);
    turn(a, b, c) > 0
}

/// Joins the segments that void points divide. A void point that does not end exactly two segments between two faces is
/// none.
pub(super) fn join_segments(
    faces: &mut Faces,
    notes: &mut Notes,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    if faces.is_void.is_empty() {
        return Ok(());
    }
    // Segments by the faces they lie on and come from; only those that end at void points.
    let mut divided: Vec<([u32; 2], u32)> = Vec::new();
    for (index, (triangle, segment)) in (0_u32..).zip(&notes.segments) {
        report_at(progress, index as usize, notes.segments.len())?;
        if segment.ends.iter().any(|&end| faces.is_void(end)) {
            divided.push(([faces.of(*triangle), faces.of(segment.other)], index));
        }
    }
    let divided = sorted(divided, Ord::cmp, progress)?;
    let mut ends: Vec<(u32, u32)> = Vec::new();
    let mut is_odd = true;
    while is_odd {
        is_odd = false;
        for (index, group) in divided.chunk_by(|a, b| a.0 == b.0).enumerate() {
            report_at(progress, index, divided.len())?;
            void_ends(faces, notes, group, &mut ends);
            for around in ends.chunk_by(|a, b| a.0 == b.0) {
                if around.len() != 2 {
                    faces.is_void[(around[0].0 - CONSTRUCTED) as usize] = false;
                    is_odd = true;
                }
            }
        }
    }
    let mut is_gone = vec![false; notes.segments.len()];
    let mut joined = Vec::new();
    for (index, group) in divided.chunk_by(|a, b| a.0 == b.0).enumerate() {
        report_at(progress, index, divided.len())?;
        void_ends(faces, notes, group, &mut ends);
        for &(_, index) in group {
            if is_gone[index as usize]
                || !notes.segments[index as usize].1.ends.iter().any(|&e| faces.is_void(e))
            {
                continue;
            }
            is_gone[index as usize] = true;
            let (triangle, segment) = notes.segments[index as usize];
            let reached = segment.ends.map(|end| follow(faces, notes, &ends, &mut is_gone, end, index));
            if reached[0] != reached[1] {
                joined.push((triangle, Segment { ends: reached, other: segment.other }));
            }
        }
    }
    let mut index = 0;
    notes.segments.retain(|_| {
        index += 1;
        !is_gone[index - 1]
    });
    notes.segments.extend(joined);
    Ok(())
}

/// The void ends of segments, sorted, with the segments.
fn void_ends(faces: &Faces, notes: &Notes, group: &[([u32; 2], u32)], ends: &mut Vec<(u32, u32)>) {
    ends.clear();
    for &(_, index) in group {
        for end in notes.segments[index as usize].1.ends {
            if faces.is_void(end) {
                ends.push((end, index));
            }
        }
    }
    ends.sort_unstable();
}

/// Goes on through void points from an end of a segment to the next point that stays.
fn follow(
    faces: &Faces,
    notes: &Notes,
    ends: &[(u32, u32)],
    is_gone: &mut [bool],
    mut end: u32,
    mut segment: u32,
) -> u32 {
    while faces.is_void(end) {
        let place = ends.partition_point(|&(point, _)| point < end);
        let next = [place, place + 1].map(|place| ends[place].1).into_iter().find(|&next| next != segment);
        let Some(next) = next.filter(|&next| !is_gone[next as usize]) else { return end };
        is_gone[next as usize] = true;
        let [one, other] = notes.segments[next as usize].1.ends;
        end = if one == end { other } else { one };
        segment = next;
    }
    end
}
