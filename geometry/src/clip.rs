//! A surface cut off at a plane, without a cap.

use crate::boolean::Side;
use crate::draft::{Between, Draft};
use crate::memory::{Holding, bytes_per};
use crate::progress::{Cancelled, Progress, report_at};
use crate::topology::Edges;
use crate::{Mesh, Plane};

/// The part of a surface on one side of a plane; where it is cut it ends. Open meshes may be cut. Neighbours stay
/// neighbours, also at the cut; attributes are interpolated.
///
/// Positions are on one side by the sign of their computed distance, those of distance 0 are above; those made on the
/// plane are rounded.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When the mesh is malformed; see [`Mesh::validate`].
pub fn clip(mesh: &Mesh, plane: &Plane, kept: Side, progress: &dyn Progress) -> Result<Mesh, Cancelled> {
    let _held = Holding::new(progress, bytes_per(mesh, Edges::BYTES_PER_TRIANGLE + 24, 8))?;
    let sign = if kept == Side::Above { 1.0 } else { -1.0 };
    let heights: Vec<f64> =
        mesh.positions.iter().map(|&point| sign * (point - plane.origin).dot(plane.normal)).collect();
    let is_kept = |position: u32| match kept {
        Side::Above => heights[position as usize] >= 0.0,
        Side::Below => heights[position as usize] > 0.0,
    };
    let mut draft = Draft::of(mesh);
    // Each edge is cut once, so that both of its triangles get the same position.
    let mut cuts = std::collections::BTreeMap::new();
    let num_triangles = draft.len();
    let mut is_dropped = vec![false; num_triangles];
    for (triangle, is_dropped) in is_dropped.iter_mut().enumerate() {
        report_at(progress, triangle, num_triangles)?;
        let corners = draft.triangles()[triangle];
        let num_kept = corners.iter().filter(|&&corner| is_kept(corner)).count();
        if num_kept == 0 {
            *is_dropped = true;
        }
        if num_kept == 0 || num_kept == 3 {
            continue;
        }
        let mut rim: Vec<Between> = Vec::with_capacity(4);
        for from in 0..3 {
            let to = (from + 1) % 3;
            let [start, end] = [corners[from], corners[to]];
            if is_kept(start) {
                rim.push(Between { position: start, from, to: from, part: 0.0 });
            }
            if is_kept(start) != is_kept(end) {
                let [low, high] = [start.min(end), start.max(end)];
                let [low_height, high_height] = [low, high].map(|it| heights[it as usize]);
                let part = low_height / (low_height - high_height);
                let mut cut = || {
                    let [a, b] = [low, high].map(|it| mesh.positions[it as usize]);
                    draft.positions.push(a + (b - a) * part);
                    draft.positions.len() as u32 - 1
                };
                let position = match () {
                    () if low_height == 0.0 => low,
                    () if high_height == 0.0 => high,
                    () => *cuts.entry([low, high]).or_insert_with(&mut cut),
                };
                let part = if start == low { part } else { 1.0 - part };
                rim.push(Between { position, from, to, part });
            }
        }
        let triangles: &[[u32; 3]] = if rim.len() == 3 { &[[0, 1, 2]] } else { &[[0, 1, 2], [0, 2, 3]] };
        draft.split(triangle, &rim, triangles);
    }
    draft.retain(|triangle| !is_dropped.get(triangle).copied().unwrap_or(false));
    let degenerate: Vec<bool> = (0..draft.len()).map(|triangle| draft.is_degenerate(triangle)).collect();
    draft.retain(|triangle| !degenerate[triangle]);
    Ok(draft.finish())
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::*;
    use crate::{Primitive, Unwatched};

    #[test]
    fn halves_of_a_ball_have_their_share_of_the_surface() {
        let ball = Primitive::Sphere { radius: 3.0, segments: 48 }.mesh().expect("allowed");
        let middle = ball.bounds().map(|(low, high)| (low + high) * 0.5).expect("it has a surface");
        let plane = Plane { origin: middle + DVec3::Z * 0.1, normal: DVec3::new(0.2, -0.3, 2.0) };
        let [above, below] =
            [Side::Above, Side::Below].map(|side| clip(&ball, &plane, side, &Unwatched).expect("no cancel"));
        let area = |mesh: &Mesh| mesh.properties().area;
        assert!((area(&above) + area(&below) - area(&ball)).abs() < 1e-9);
        for half in [&above, &below] {
            let report = half.check();
            assert!(half.validate().is_ok() && report.is_oriented() && report.is_manifold());
            assert_eq!((report.num_shells, report.num_degenerate), (1, 0));
            assert!(report.num_boundary_edges > 40);
            assert_eq!(report.euler_characteristic(), 1, "a disc");
        }
    }

    #[test]
    fn a_plane_beside_it_cuts_nothing() {
        let cube = Primitive::Box { size: DVec3::ONE }.mesh().expect("allowed");
        let plane = Plane { origin: DVec3::Z * 9.0, normal: DVec3::Z };
        assert_eq!(clip(&cube, &plane, Side::Below, &Unwatched).expect("nobody cancels"), cube);
        assert!(clip(&cube, &plane, Side::Above, &Unwatched).expect("nobody cancels").is_empty());
    }

    #[test]
    fn faces_in_the_plane_are_above_it() {
        let cube = Primitive::Box { size: DVec3::ONE }.mesh().expect("allowed");
        let plane = Plane { origin: DVec3::Z, normal: DVec3::Z };
        let lid = clip(&cube, &plane, Side::Above, &Unwatched).expect("nobody cancels");
        assert_eq!(lid.properties().area, 1.0);
        let rest = clip(&cube, &plane, Side::Below, &Unwatched).expect("nobody cancels");
        assert_eq!(rest.properties().area, 5.0);
        assert_eq!(rest.check().num_boundary_edges, 4);
    }
}
