//! Where a plane cuts a mesh.
//!
//! Which edges are cut is decided once per position, a position on the plane counting as above it; how the pieces join
//! follows from the topology alone. So a closed mesh gives closed outlines however the plane lies, also through its
//! corners or along its faces.

use std::collections::{BTreeMap, VecDeque};

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::bvh::Bvh;
use crate::progress::{Cancelled, Progress, STEP, Stretch, Unwatched, report_at};
use crate::topology::{DEGENERATE, Edges, end_of, is_degenerate, start_of};
use crate::{Aabb, Mesh};

/// A plane: the points whose offset from `origin` is at a right angle to `normal`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plane {
    /// A point of it.
    pub origin: DVec3,
    /// Points to above; need not have length 1.
    pub normal: DVec3,
}

/// A line that a plane cuts out of a surface.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// Its corners. Neighbours may coincide where the plane goes through a corner of the mesh.
    pub points: Vec<DVec3>,
    /// Whether the last corner joins the first. Outlines end where the surface ends. At an edge of more than two triangles
    /// they go on with one of those that begin there; which one, the inside does not depend on.
    pub is_closed: bool,
}

impl Outline {
    /// The vector area: as long as the area, in the direction of the normal around which the outline runs
    /// counter-clockwise. Meaningful for closed outlines.
    #[must_use]
    pub fn area(&self) -> DVec3 {
        let Some(&base) = self.points.first() else { return DVec3::ZERO };
        self.points.windows(2).map(|pair| (pair[0] - base).cross(pair[1] - base)).sum::<DVec3>() * 0.5
    }

    /// The length, with the way back to the first corner where it is closed.
    #[must_use]
    pub fn length(&self) -> f64 {
        let along: f64 = self.points.windows(2).map(|pair| pair[0].distance(pair[1])).sum();
        match (self.points.first(), self.points.last()) {
            (Some(first), Some(last)) if self.is_closed => along + last.distance(*first),
            _ => along,
        }
    }
}

/// The outlines in which a plane cuts the triangles of a mesh, in the order of their first triangles. Seen from above the
/// plane, the inside of a solid lies to their left: outlines of holes run clockwise.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When a triangle names a position that does not exist; see [`Mesh::validate`].
pub fn section(mesh: &Mesh, plane: &Plane, progress: &dyn Progress) -> Result<Vec<Outline>, Cancelled> {
    let mut heights = Vec::with_capacity(mesh.positions.len());
    for points in mesh.positions.chunks(STEP) {
        progress.report(0.0)?;
        heights.extend(points.iter().map(|&point| plane.height(point)));
    }
    progress.report(0.1)?;
    let height = |position: u32| heights[position as usize];
    let mut triangles: Vec<[u32; 3]> = Vec::new();
    for chunk in mesh.triangles.chunks(STEP) {
        progress.report(0.2)?;
        triangles.extend(chunk.iter().filter(|triangle| is_cut(**triangle, height)));
    }
    trace(mesh, plane, triangles, &Stretch::new(progress, 0.4, 1.0))
}

/// The same for those triangles that `takes` takes by their numbers, with the tree over the triangles of the mesh, in the
/// time that the cut triangles take: fast enough to follow a plane that is dragged.
///
/// # Panics
/// As [`section`], and when `bvh` was not made from `mesh`.
#[must_use]
pub fn section_by_tree(mesh: &Mesh, bvh: &Bvh, plane: &Plane, takes: impl Fn(u32) -> bool) -> Vec<Outline> {
    let height = |position: u32| plane.height(mesh.positions[position as usize]);
    let mut numbers: Vec<u32> = Vec::new();
    let mut pending: Vec<u32> = (0..u32::from(!bvh.nodes().is_empty())).collect();
    while let Some(index) = pending.pop() {
        let node = &bvh.nodes()[index as usize];
        if !plane.may_meet(&node.aabb()) {
            continue;
        }
        if node.is_leaf() {
            let items = bvh.order()[node.items()].iter().copied();
            let is_cut = |&triangle: &u32| is_cut(mesh.triangles[triangle as usize], height);
            numbers.extend(items.filter(is_cut).filter(|&triangle| takes(triangle)));
        } else {
            pending.extend([node.first, node.first + 1]);
        }
    }
    numbers.sort_unstable();
    let triangles = numbers.into_iter().map(|triangle| mesh.triangles[triangle as usize]).collect();
    trace(mesh, plane, triangles, &Unwatched).expect("nobody cancels")
}

impl Plane {
    /// How far a point is above, in lengths of the normal.
    fn height(&self, point: DVec3) -> f64 {
        (point - self.origin).dot(self.normal)
    }

    /// Whether the plane may go through a box; false only when it does not.
    fn may_meet(&self, aabb: &Aabb) -> bool {
        let [low, high] = [aabb.low(), aabb.high()];
        let middle = self.height(low * 0.5 + high * 0.5);
        let reach = self.normal.abs().dot((high - low) * 0.5);
        // More than the rounding of the terms.
        let size = low.abs().max(high.abs()) + self.origin.abs();
        middle.abs() <= reach + 1e-14 * self.normal.abs().dot(size)
    }
}

/// Whether a triangle has corners on both sides of a plane; on the plane counts as above.
fn is_cut(triangle: [u32; 3], height: impl Fn(u32) -> f64) -> bool {
    let num_above = triangle.iter().filter(|&&position| height(position) >= 0.0).count();
    (num_above == 1 || num_above == 2) && !is_degenerate(triangle)
}

/// Joins what a plane cuts of triangles, all of which it cuts, to outlines.
fn trace(
    mesh: &Mesh,
    plane: &Plane,
    mut triangles: Vec<[u32; 3]>,
    progress: &dyn Progress,
) -> Result<Vec<Outline>, Cancelled> {
    // From here on positions are numbered among those that are used, of which there are few.
    let mut used: Vec<u32> = triangles.as_flattened().to_vec();
    used.sort_unstable();
    used.dedup();
    for corner in triangles.as_flattened_mut() {
        *corner = used.binary_search(corner).expect("all corners are among them") as u32;
    }
    let positions: Vec<DVec3> = used.iter().map(|&position| mesh.positions[position as usize]).collect();
    let heights: Vec<f64> = positions.iter().map(|&point| plane.height(point)).collect();
    let is_above = |position: u32| heights[position as usize] >= 0.0;
    let edges = Edges::new_watched(&triangles, positions.len(), &Stretch::new(progress, 0.1, 0.4))?;
    let opposites = edges.opposites_watched(&triangles, &Stretch::new(progress, 0.4, 0.6))?;

    // The same for both triangles at an edge, since it is computed from the lower end to the upper one.
    let crossing = |halfedge: u32| {
        let (start, end) = (start_of(&triangles, halfedge), end_of(&triangles, halfedge));
        let (low, high) = if is_above(start) { (end, start) } else { (start, end) };
        let (low_height, high_height) = (heights[low as usize], heights[high as usize]);
        let (low, high) = (positions[low as usize], positions[high as usize]);
        low + (high - low) * (low_height / (low_height - high_height))
    };
    // Each triangle is entered where its border goes down through the plane and left where it comes up.
    let find = |triangle: u32, goes_down: bool| {
        let goes = |&halfedge: &u32| {
            is_above(start_of(&triangles, halfedge)) == goes_down
                && is_above(end_of(&triangles, halfedge)) != goes_down
        };
        (triangle * 3..triangle * 3 + 3).find(goes).expect("a cut triangle has corners on both sides")
    };
    // The markers for edges without exactly one neighbour are the largest numbers.
    let neighbor =
        |halfedge: u32| Some(opposites[halfedge as usize]).filter(|&h| h < DEGENERATE).map(|h| h / 3);

    let ends_of = |halfedge: u32| {
        let (start, end) = (start_of(&triangles, halfedge), end_of(&triangles, halfedge));
        [start.min(end), start.max(end)]
    };
    let mut is_taken = vec![false; triangles.len()];
    let mut outlines = Vec::new();
    // The edges at which outlines that are not closed begin and end.
    let mut loose: Vec<Option<[[u32; 2]; 2]>> = Vec::new();
    let tracing = Stretch::new(progress, 0.6, 1.0);
    for first in 0..triangles.len() as u32 {
        report_at(&tracing, first as usize, triangles.len())?;
        if is_taken[first as usize] {
            continue;
        }
        // Back to where the outline begins, or once around.
        let mut start = first;
        while let Some(before) = neighbor(find(start, true)).filter(|&before| before != first) {
            start = before;
        }
        let is_closed = neighbor(find(start, true)).is_some();
        let mut outline = Outline { points: vec![crossing(find(start, true))], is_closed };
        let begins = ends_of(find(start, true));
        let mut ends = begins;
        let mut next = Some(start);
        while let Some(triangle) = next.filter(|&triangle| !is_taken[triangle as usize]) {
            is_taken[triangle as usize] = true;
            let exit = find(triangle, false);
            outline.points.push(crossing(exit));
            ends = ends_of(exit);
            next = neighbor(exit);
        }
        if is_closed {
            outline.points.pop();
        }
        outlines.push(outline);
        loose.push((!is_closed).then_some([begins, ends]));
    }
    Ok(joined_at_edges(outlines, loose))
}

/// Joins outlines that end at an edge with others that begin there, as many do as surfaces meet there.
fn joined_at_edges(mut outlines: Vec<Outline>, mut loose: Vec<Option<[[u32; 2]; 2]>>) -> Vec<Outline> {
    let mut beginning: BTreeMap<[u32; 2], VecDeque<usize>> = BTreeMap::new();
    for (outline, edges) in loose.iter().enumerate() {
        if let Some([begins, _]) = edges {
            beginning.entry(*begins).or_default().push_back(outline);
        }
    }
    let mut take = |edge: &[u32; 2], is_free: &dyn Fn(usize) -> bool| {
        let waiting = beginning.get_mut(edge)?;
        let place = waiting.iter().position(|&outline| is_free(outline))?;
        waiting.remove(place)
    };
    let mut is_joined = vec![false; outlines.len()];
    for first in 0..outlines.len() {
        let Some([begins, mut ends]) = loose[first] else { continue };
        while ends != begins {
            let is_free = |outline: usize| outline != first && loose[outline].is_some();
            let Some(next) = take(&ends, &is_free) else { break };
            is_joined[next] = true;
            let points = std::mem::take(&mut outlines[next].points);
            // It begins where this one ends.
            outlines[first].points.extend(points.into_iter().skip(1));
            ends = loose[next].take().map_or(ends, |[_, next_ends]| next_ends);
        }
        loose[first] = Some([begins, ends]).filter(|_| ends != begins);
        if ends == begins {
            outlines[first].points.pop();
            outlines[first].is_closed = true;
        }
    }
    let mut is_joined = is_joined.into_iter();
    outlines.retain(|_| is_joined.next() != Some(true));
    outlines
}

#[cfg(test)]
mod tests {
    use std::f64::consts::TAU;

    use glam::{DAffine3, DMat3};
    use proptest::prelude::*;

    use super::*;
    use crate::{Primitive, math};

    fn cut(mesh: &Mesh, plane: Plane) -> Vec<Outline> {
        let outlines = section(mesh, &plane, &Unwatched).expect("nobody cancels");
        assert_eq!(section_by_tree(mesh, &Bvh::of_mesh(mesh), &plane, |_| true), outlines);
        outlines
    }

    fn horizontal(height: f64) -> Plane {
        Plane { origin: DVec3::Z * height, normal: DVec3::Z }
    }

    fn area_along(outlines: &[Outline], normal: DVec3) -> f64 {
        outlines.iter().map(|outline| outline.area().dot(normal)).sum()
    }

    #[test]
    fn a_box_is_cut_in_its_profile() {
        let mesh = Primitive::Box { size: DVec3::new(2.0, 3.0, 4.0) }.mesh().expect("allowed");
        let outlines = cut(&mesh, horizontal(1.0));
        assert_eq!((outlines.len(), outlines[0].points.len(), outlines[0].is_closed), (1, 8, true));
        assert_eq!(outlines[0].area(), DVec3::Z * 6.0);
        assert_eq!(outlines[0].length(), 10.0);
        let below = Plane { normal: -DVec3::Z, ..horizontal(1.0) };
        assert_eq!(cut(&mesh, below)[0].area(), -DVec3::Z * 6.0);
    }

    /// On the plane counts as above: the bottom's plane cuts nothing, the top's plane the whole profile.
    #[test]
    fn faces_in_the_plane_are_decided_one_way() {
        let mesh = Primitive::Box { size: DVec3::splat(2.0) }.mesh().expect("allowed");
        assert!(cut(&mesh, horizontal(0.0)).is_empty());
        assert_eq!(area_along(&cut(&mesh, horizontal(2.0)), DVec3::Z), 4.0);
        let diagonal = Plane { origin: DVec3::ZERO, normal: DVec3::new(1.0, 1.0, 0.0) };
        let outlines = cut(&mesh, diagonal);
        assert!(outlines.iter().all(|outline| outline.is_closed));
        let area = area_along(&outlines, diagonal.normal.normalize_or_zero());
        assert!((area - 4.0 * 2_f64.sqrt()).abs() < 1e-12, "{area}");
    }

    #[test]
    fn holes_run_the_other_way() {
        let torus = Primitive::Torus { major_radius: 4.0, minor_radius: 1.0, segments: 64 };
        let outlines = cut(&torus.mesh().expect("allowed"), horizontal(0.0));
        let polygon_area = |radius: f64| 32.0 * radius * radius * math::sin(TAU / 64.0);
        let areas: Vec<f64> = outlines.iter().map(|outline| outline.area().z).collect();
        assert_eq!(areas.len(), 2);
        assert!((areas[0] - polygon_area(5.0)).abs() < 1e-9 || (areas[1] - polygon_area(5.0)).abs() < 1e-9);
        assert!((areas[0] + areas[1] - polygon_area(5.0) + polygon_area(3.0)).abs() < 1e-9, "{areas:?}");
    }

    /// Two boxes that share an edge, of four triangles there.
    #[test]
    fn outlines_go_on_at_edges_of_many_triangles() {
        let mut mesh = Primitive::Box { size: DVec3::splat(2.0) }.mesh().expect("allowed");
        let first = mesh.positions.len() as u32;
        let shifted: Vec<DVec3> =
            mesh.positions.iter().map(|point| *point + DVec3::new(2.0, 2.0, 0.0)).collect();
        let number_of = |corner: u32| {
            let point = shifted[corner as usize];
            mesh.positions
                .iter()
                .position(|known| *known == point)
                .map_or(first + corner, |known| known as u32)
        };
        let more: Vec<[u32; 3]> = mesh.triangles.iter().map(|corners| corners.map(number_of)).collect();
        mesh.positions.extend(&shifted);
        mesh.triangles.extend(more);
        assert_eq!(mesh.check().num_non_manifold_edges, 1);
        let outlines = cut(&mesh, horizontal(1.0));
        assert!(outlines.iter().all(|outline| outline.is_closed), "{outlines:?}");
        assert_eq!(area_along(&outlines, DVec3::Z), 8.0);
        // The first box alone.
        let bvh = Bvh::of_mesh(&mesh);
        let alone = section_by_tree(&mesh, &bvh, &horizontal(1.0), |triangle| triangle < 12);
        assert_eq!((alone.len(), area_along(&alone, DVec3::Z)), (1, 4.0));
    }

    #[test]
    fn an_open_surface_gives_open_lines() {
        let mut mesh = Primitive::Cylinder { radius: 1.0, height: 2.0, segments: 8 }.mesh().expect("allowed");
        mesh.triangles.remove(0);
        let outlines = cut(&mesh, horizontal(1.0));
        assert_eq!((outlines.len(), outlines[0].is_closed, outlines[0].points.len()), (1, false, 16));
        assert!((outlines[0].length() - 15.0 * math::sin(TAU / 16.0)).abs() < 1e-12);
        assert!(cut(&Mesh::default(), horizontal(0.0)).is_empty());
    }

    proptest! {
        /// The area of the section, integrated over all heights, is the volume; and every outline is closed.
        #[test]
        fn sections_add_up_to_the_volume(
            axis in [-1.0..1.0, -1.0..1.0, -1.0..1.0],
            angle_rad in -4.0..4.0,
            shift in [-1e3..1e3, -1e3..1e3, -1e3..1e3],
        ) {
            let shape = Primitive::Cone { bottom_radius: 3.0, top_radius: 1.0, height: 5.0, segments: 12 };
            let mut mesh = shape.mesh().expect("allowed");
            let axis = DVec3::from_array(axis).try_normalize().unwrap_or(DVec3::Z);
            let rotation = DMat3::from_axis_angle(axis, angle_rad);
            let placement = DAffine3::from_mat3_translation(rotation, DVec3::from_array(shift));
            mesh.positions.iter_mut().for_each(|point| *point = placement.transform_point3(*point));
            // Along the cone's own axis the area is a parabola, for which Simpson's rule is exact.
            let up = rotation * DVec3::Z;
            let area_at = |height: f64| {
                let outlines = cut(&mesh, Plane { origin: placement.transform_point3(DVec3::Z * height), normal: up });
                assert!(outlines.iter().all(|outline| outline.is_closed));
                area_along(&outlines, up)
            };
            let (low, high) = (1e-6, 5.0 - 1e-6);
            let volume = (high - low) / 6.0 * (area_at(low) + 4.0 * area_at(2.5) + area_at(high));
            prop_assert!((volume / shape.volume() - 1.0).abs() < 1e-5, "{volume}");
        }

        #[test]
        fn any_plane_through_corners_gives_closed_outlines(corners in [0_usize..24, 0_usize..24, 0_usize..24]) {
            let mesh = Primitive::Sphere { radius: 2.0, segments: 8 }.mesh().expect("allowed");
            let [a, b, c] = corners.map(|corner| mesh.positions[corner % mesh.positions.len()]);
            let normal = (b - a).cross(c - a);
            let outlines = cut(&mesh, Plane { origin: a, normal });
            prop_assert!(outlines.iter().all(|outline| outline.is_closed));
            prop_assert!(outlines.iter().all(|outline| outline.area().dot(normal) >= -1e-9));
        }
    }
}
