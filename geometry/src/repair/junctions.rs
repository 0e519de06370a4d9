//! Vertices on the open edges of others.

use glam::DVec3;

use crate::bvh::{Bvh, for_each_in_box};
use crate::draft::{Between, Draft};
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::topology::{BOUNDARY, Edges, end_of, start_of};
use crate::{Aabb, triangulate};

/// Splits open edges where vertices at open edges lie within the tolerance of them, farther than it from their ends.
/// Returns the number of splits.
pub(crate) fn split(draft: &mut Draft, tolerance: f64, progress: &dyn Progress) -> Result<usize, Cancelled> {
    let triangles = draft.triangles();
    let edges = Edges::new_watched(triangles, draft.positions.len(), &Stretch::new(progress, 0.0, 0.3))?;
    let opposites = edges.opposites_watched(triangles, &Stretch::new(progress, 0.3, 0.4))?;
    let open: Vec<u32> = (0..)
        .zip(&opposites)
        .filter(|&(_, &opposite)| opposite == BOUNDARY)
        .map(|(halfedge, _)| halfedge)
        .collect();
    let mut vertices: Vec<u32> = open.iter().map(|&halfedge| start_of(triangles, halfedge)).collect();
    vertices.extend(open.iter().map(|&halfedge| end_of(triangles, halfedge)));
    vertices.sort_unstable();
    vertices.dedup();
    let box_of = |index: usize| Aabb::around(&[draft.positions[vertices[index] as usize]]);
    let tree = Bvh::build(vertices.len(), box_of, &Stretch::new(progress, 0.4, 0.5))?;

    // For each triangle the vertices on its sides, as corners of a polygon.
    let mut splits: Vec<(usize, Vec<Between>)> = Vec::new();
    let mut num_splits = 0;
    let mut index = 0;
    let mut num_looked_at = 0;
    while index < open.len() {
        report_at(&Stretch::new(progress, 0.5, 0.9), num_looked_at, open.len())?;
        num_looked_at += 1;
        let triangle = open[index] as usize / 3;
        let mut polygon = Vec::new();
        for corner in 0..3 {
            let ends = [corner, (corner + 1) % 3];
            let [start, end] = ends.map(|corner| triangles[triangle][corner]);
            polygon.push(Between { position: start, from: corner, to: corner, part: 0.0 });
            if open.get(index).is_some_and(|&halfedge| halfedge as usize == triangle * 3 + corner) {
                index += 1;
                for (position, part) in vertices_on(draft, &vertices, &tree, [start, end], tolerance) {
                    if !triangles[triangle].contains(&position) {
                        polygon.push(Between { position, from: ends[0], to: ends[1], part });
                    }
                }
            }
        }
        if polygon.len() > 3 {
            num_splits += polygon.len() - 3;
            splits.push((triangle, polygon));
        }
    }
    for (number, (triangle, polygon)) in splits.into_iter().enumerate() {
        if number.is_multiple_of(256) {
            progress.report(0.9)?;
        }
        let points: Vec<DVec3> = polygon
            .iter()
            .map(|corner| {
                // On the sides, where no split makes the polygon cross itself.
                let [from, to] = [corner.from, corner.to].map(|corner| draft.points(triangle)[corner]);
                from + (to - from) * corner.part
            })
            .collect();
        draft.split(triangle, &polygon, &triangulate(&points));
    }
    Ok(num_splits)
}

/// Vertices on an edge, from its start to its end, with the part of the way.
fn vertices_on(
    draft: &Draft,
    vertices: &[u32],
    tree: &Bvh,
    [start, end]: [u32; 2],
    tolerance: f64,
) -> Vec<(u32, f64)> {
    let [from, to] = [start, end].map(|end| draft.positions[end as usize]);
    let reach = DVec3::splat(tolerance);
    let along = to - from;
    let length_squared = along.length_squared();
    let mut found = Vec::new();
    for_each_in_box(tree, &Aabb::from_corners(from.min(to) - reach, from.max(to) + reach), |item| {
        let vertex = vertices[item as usize];
        let point = draft.positions[vertex as usize];
        let part = (point - from).dot(along) / length_squared;
        let distance = (from + along * part).distance(point);
        let is_inside = part > 0.0 && part < 1.0 && vertex != start && vertex != end;
        if is_inside && distance <= tolerance && point.distance(from).min(point.distance(to)) > tolerance {
            found.push((vertex, part));
        }
    });
    found.sort_by(|one, other| one.1.total_cmp(&other.1).then(one.0.cmp(&other.0)));
    found
}
