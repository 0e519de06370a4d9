//! Edges where a surface bends, and normals that do not go over them.

use std::sync::Arc;

use glam::DVec3;

use crate::display::normals::{Creases, Faces};
use crate::math;
use crate::progress::{Cancelled, Progress, Stretch};
use crate::topology::{Edges, end_of, start_of};
use crate::{Channel, CornerRows, Mesh, Semantic};

/// The edges, as position indices, where the surface bends by more than an angle, ends, or has another number of triangles
/// than two; in the order of their positions. A triangle without area does not bend.
///
/// # Panics
/// When a triangle names a position that does not exist; see [`Mesh::validate`].
#[must_use]
pub fn crease_edges(mesh: &Mesh, angle_rad: f64) -> Vec<[u32; 2]> {
    let triangles = &mesh.triangles;
    let least = math::cos(angle_rad.clamp(0.0, std::f64::consts::PI));
    let normal = |halfedge: u32| {
        let [a, b, c] = mesh.triangle_points(halfedge as usize / 3);
        (b - a).cross(c - a).normalize_or_zero()
    };
    let is_crease = |halfedges: &[u32]| match *halfedges {
        [one, other] if start_of(triangles, one) != start_of(triangles, other) => {
            let (one, other) = (normal(one), normal(other));
            one != DVec3::ZERO && other != DVec3::ZERO && one.dot(other) < least
        }
        _ => true,
    };
    Edges::new(triangles, mesh.positions.len())
        .iter()
        .filter(|halfedges| is_crease(halfedges))
        .map(|halfedges| [start_of(triangles, halfedges[0]), end_of(triangles, halfedges[0])])
        .collect()
}

/// The mesh with normals of its own: the mean of neighbours that bend by at most an angle, weighted by their angles at the
/// corner; 0 gives every triangle its own. Normals that were there are replaced.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When a triangle names a position that does not exist; see [`Mesh::validate`].
pub fn with_smooth_normals(
    mesh: &Mesh,
    crease_angle_rad: f64,
    progress: &dyn Progress,
) -> Result<Mesh, Cancelled> {
    let triangles = &mesh.triangles;
    let edges = Edges::new_watched(triangles, mesh.positions.len(), &Stretch::new(progress, 0.0, 0.2))?;
    let faces = Faces::new(&mesh.positions, triangles, &Stretch::new(progress, 0.2, 0.5))?;
    let stretch = Stretch::new(progress, 0.5, 0.8);
    let creases = Creases::new(triangles, &edges, &faces, crease_angle_rad, 0.0, |_, _| false, &stretch)?;
    let groups = creases.groups(&faces, &Stretch::new(progress, 0.8, 1.0))?;
    let mut result = mesh.clone();
    result.channels.retain(|channel| channel.semantic != Semantic::Normal);
    result.channels.push(Channel {
        semantic: Semantic::Normal,
        width: 3,
        values: groups.normals.iter().flat_map(|normal| normal.to_array()).collect(),
        rows: CornerRows::PerCorner(Arc::new(groups.of_corner.as_chunks::<3>().0.to_vec())),
    });
    Ok(result)
}

#[cfg(test)]
mod tests {
    use std::f64::consts::FRAC_PI_6;

    use super::*;
    use crate::{Primitive, Unwatched};

    #[test]
    fn a_cylinder_bends_at_its_rims() {
        let cylinder =
            Primitive::Cylinder { radius: 2.0, height: 3.0, segments: 24 }.mesh().expect("allowed");
        let creases = crease_edges(&cylinder, FRAC_PI_6);
        assert_eq!(creases.len(), 48);
        let is_level = |edge: &[u32; 2]| {
            cylinder.positions[edge[0] as usize].z == cylinder.positions[edge[1] as usize].z
        };
        assert!(creases.iter().all(is_level));
        // With a smaller angle also the sides, with a large one nothing.
        assert_eq!(crease_edges(&cylinder, 0.2).len(), 72);
        assert!(crease_edges(&cylinder, 2.0).is_empty());
        let sheet = Mesh::new(vec![DVec3::ZERO, DVec3::X, DVec3::Y], vec![[0, 1, 2]]);
        assert_eq!(crease_edges(&sheet, 2.0).len(), 3);
    }

    #[test]
    fn normals_go_round_but_not_over_rims() {
        let cylinder =
            Primitive::Cylinder { radius: 2.0, height: 3.0, segments: 24 }.mesh().expect("allowed");
        let mesh = with_smooth_normals(&cylinder, FRAC_PI_6, &Unwatched).expect("nobody cancels");
        assert_eq!(mesh.validate(), Ok(()));
        let channel = mesh.channel(Semantic::Normal).expect("it has normals now");
        for triangle in 0..mesh.triangles.len() {
            for (corner, point) in mesh.triangle_points(triangle).into_iter().enumerate() {
                let row = channel.row_of_corner(&mesh, triangle, corner).expect("all corners have one");
                let normal = DVec3::from_array([0, 1, 2].map(|i| f64::from(channel.row(row)[i])));
                let radial = point.with_z(0.0).normalize_or_zero();
                assert!(normal.dot(radial) > 0.999 || normal.z.abs() > 0.999, "{normal}");
            }
        }
        let again = with_smooth_normals(&mesh, 0.0, &Unwatched).expect("nobody cancels");
        assert_eq!(again.channels.len(), 1);
    }
}
