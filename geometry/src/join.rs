//! Several meshes as one, each in its place.

use std::sync::Arc;

use glam::{DAffine3, DMat3, DVec3};

use crate::memory::{Holding, bytes_per};
use crate::progress::{Cancelled, Progress};
use crate::{Channel, CornerRows, Mesh, NO_ROW, Semantic};

/// A mesh and where it is put.
#[derive(Clone, Debug)]
pub struct PlacedMesh<'a> {
    /// The mesh; well formed, see [`Mesh::validate`].
    pub mesh: &'a Mesh,
    /// The space of the result from that of the mesh. May mirror; then triangles are turned.
    pub placement: DAffine3,
    /// The result's material slot for each slot of the mesh; slots beyond the end of the table stay as they are.
    pub material_slots: Vec<u32>,
}

/// All triangles of some meshes, one mesh after another. Nothing is welded or cut: what was a neighbour by index stays one,
/// and nothing else becomes one. Corners of a mesh that lacks a channel of another one have no value in it. Positions of
/// meshes placed by the identity keep their bits.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When there are more positions or rows than `u32` can number.
pub fn joined(meshes: &[PlacedMesh<'_>], progress: &dyn Progress) -> Result<Mesh, Cancelled> {
    let num_bytes: usize = meshes.iter().map(|placed| bytes_per(placed.mesh, 16, 24)).sum();
    let _held = Holding::new(progress, num_bytes)?;
    let mut all = Mesh::default();
    let mut slots: Vec<u32> = Vec::new();
    for placed in meshes {
        progress.report(0.0)?;
        let first = index(all.positions.len());
        index(all.positions.len() + placed.mesh.positions.len());
        let is_moved = placed.placement != DAffine3::IDENTITY;
        all.positions.extend(
            placed
                .mesh
                .positions
                .iter()
                .map(|&point| if is_moved { placed.placement.transform_point3(point) } else { point }),
        );
        let is_mirrored = placed.is_mirrored();
        all.triangles.extend(
            placed
                .mesh
                .triangles
                .iter()
                .map(|&corners| turned(corners.map(|corner| corner + first), is_mirrored)),
        );
        slots.extend((0..placed.mesh.triangles.len()).map(|triangle| {
            let slot = placed.mesh.material_slot(triangle);
            placed.material_slots.get(slot as usize).copied().unwrap_or(slot)
        }));
    }
    if slots.iter().any(|&slot| slot != 0) {
        all.material_slots = slots;
    }
    let mut semantics: Vec<(Semantic, u32)> = meshes
        .iter()
        .flat_map(|placed| &placed.mesh.channels)
        .map(|channel| (channel.semantic, channel.width))
        .collect();
    semantics.sort_unstable();
    semantics.dedup_by_key(|(semantic, _)| *semantic);
    for (semantic, width) in semantics {
        progress.report(0.5)?;
        all.channels.push(channel(meshes, semantic, width));
    }
    Ok(all)
}

impl PlacedMesh<'_> {
    fn is_mirrored(&self) -> bool {
        self.placement.matrix3.determinant() < 0.0
    }
}

fn index(count: usize) -> u32 {
    u32::try_from(count).expect("meshes have fewer elements than can be numbered")
}

fn turned([a, b, c]: [u32; 3], is_mirrored: bool) -> [u32; 3] {
    if is_mirrored { [a, c, b] } else { [a, b, c] }
}

fn channel(meshes: &[PlacedMesh<'_>], semantic: Semantic, width: u32) -> Channel {
    let mut values: Vec<f32> = Vec::new();
    let mut rows: Vec<[u32; 3]> = Vec::new();
    let mut is_per_position = true;
    for placed in meshes {
        let (mesh, is_mirrored) = (placed.mesh, placed.is_mirrored());
        let Some(known) = mesh.channel(semantic).filter(|channel| channel.width == width) else {
            rows.extend(vec![[NO_ROW; 3]; mesh.triangles.len()]);
            is_per_position = false;
            continue;
        };
        let first = index(values.len() / width as usize);
        index(first as usize + known.num_rows());
        let moved = |row: u32| if row == NO_ROW { NO_ROW } else { row + first };
        let old = match &known.rows {
            CornerRows::PerPosition => &mesh.triangles,
            CornerRows::PerCorner(rows) => {
                is_per_position = false;
                &**rows
            }
        };
        rows.extend(old.iter().map(|&corners| turned(corners.map(moved), is_mirrored)));
        push_values(&mut values, known, &placed.placement);
    }
    let rows = if is_per_position { CornerRows::PerPosition } else { CornerRows::PerCorner(Arc::new(rows)) };
    Channel { semantic, width, values, rows }
}

/// Directions go with the placement; everything else stays.
fn push_values(values: &mut Vec<f32>, channel: &Channel, placement: &DAffine3) {
    let direction = |row: &[f32], matrix: DMat3| {
        let old = DVec3::new(row[0].into(), row[1].into(), row[2].into());
        (matrix * old).try_normalize().unwrap_or(old).as_vec3().to_array()
    };
    let rows = channel.values.chunks_exact(channel.width as usize);
    match channel.semantic {
        _ if placement.matrix3 == DMat3::IDENTITY => values.extend(&channel.values),
        Semantic::Normal => {
            let normals = placement.matrix3.inverse().transpose();
            values.extend(rows.flat_map(|row| direction(row, normals)));
        }
        Semantic::Tangent => {
            let sign = if placement.matrix3.determinant() < 0.0 { -1.0 } else { 1.0 };
            values.extend(rows.flat_map(|row| {
                let [x, y, z] = direction(row, placement.matrix3);
                [x, y, z, row[3] * sign]
            }));
        }
        Semantic::Uv(_) | Semantic::Color(_) | Semantic::Custom(_) => values.extend(&channel.values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Primitive, Unwatched};

    fn cube() -> Mesh {
        Primitive::Box { size: DVec3::splat(2.0) }.mesh().expect("allowed")
    }

    /// With the normal of its triangle at each corner.
    fn with_normals(mut mesh: Mesh) -> Mesh {
        let normal = |triangle| {
            let [a, b, c] = mesh.triangle_points(triangle);
            (b - a).cross(c - a).normalize_or_zero().as_vec3().to_array()
        };
        let count = mesh.triangles.len();
        let values = (0..count).flat_map(normal).collect();
        let rows = CornerRows::PerCorner(Arc::new((0..count as u32).map(|row| [row; 3]).collect()));
        mesh.channels = vec![Channel { semantic: Semantic::Normal, width: 3, values, rows }];
        mesh
    }

    fn placed(mesh: &Mesh, placement: DAffine3) -> PlacedMesh<'_> {
        PlacedMesh { mesh, placement, material_slots: Vec::new() }
    }

    #[test]
    fn what_stands_where_it_is_keeps_its_bits() {
        let cube = cube();
        assert_eq!(joined(&[placed(&cube, DAffine3::IDENTITY)], &Unwatched).expect("nobody cancels"), cube);
        assert_eq!(joined(&[], &Unwatched).expect("nobody cancels"), Mesh::default());
    }

    #[test]
    fn volumes_add_up_and_mirrored_bodies_face_outward() {
        let cube = cube();
        let moved = DAffine3::from_translation(DVec3::X * 5.0);
        let mirrored = DAffine3::from_scale(DVec3::new(-2.0, 1.0, 1.0));
        let all = joined(&[placed(&cube, moved), placed(&cube, mirrored)], &Unwatched).expect("no cancel");
        assert!(all.validate().is_ok() && all.check().is_solid());
        assert_eq!(all.properties().volume, 8.0 + 16.0);
        assert_eq!(all.check().num_shells, 2);
    }

    #[test]
    fn normals_stay_at_right_angles_to_their_faces() {
        let cube = with_normals(cube());
        let shear = DAffine3::from_mat3(DMat3::from_cols(DVec3::NEG_X, DVec3::new(0.7, 2.0, 0.0), DVec3::Z));
        let all = joined(&[placed(&cube, shear)], &Unwatched).expect("nobody cancels");
        let normals = all.channel(Semantic::Normal).expect("it was given them");
        for triangle in 0..all.triangles.len() {
            let [a, b, c] = all.triangle_points(triangle);
            let outward = (b - a).cross(c - a).normalize_or_zero();
            for corner in 0..3 {
                let row = normals.row_of_corner(&all, triangle, corner).expect("every corner has one");
                let [x, y, z] = <[f32; 3]>::try_from(normals.row(row)).expect("three numbers");
                assert!(outward.abs_diff_eq(DVec3::new(x.into(), y.into(), z.into()), 1e-6));
            }
        }
    }

    #[test]
    fn a_missing_channel_invents_nothing() {
        let (with, without) = (with_normals(cube()), cube());
        let slots = |slot| vec![slot];
        let all = joined(
            &[
                PlacedMesh { mesh: &with, placement: DAffine3::IDENTITY, material_slots: slots(0) },
                PlacedMesh { mesh: &without, placement: DAffine3::IDENTITY, material_slots: slots(3) },
            ],
            &Unwatched,
        )
        .expect("nobody cancels");
        assert!(all.validate().is_ok());
        let normals = all.channel(Semantic::Normal).expect("one has them");
        assert!(normals.row_of_corner(&all, 0, 0).is_some());
        assert!(normals.row_of_corner(&all, 12, 0).is_none());
        assert_eq!((all.material_slot(0), all.material_slot(12)), (0, 3));
    }
}
