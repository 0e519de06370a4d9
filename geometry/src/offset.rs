//! Solids grown and shrunk with sharp corners, and shells.
//!
//! Every face is moved along its normal. A corner goes to where the moved planes of its faces meet, so that flat faces stay
//! flat and edges sharp. Where no triangle turns over by that, places are inside that the moved surface goes round at least
//! once, as for polygons (Xiaorui Chen and Sara McMains, “Polygon Offsetting by Computing Winding Numbers”, 2005). Otherwise
//! what the triangles sweep over on their way is added to the solid or taken from it, piece by piece.

use std::sync::Arc;

use glam::{DMat3, DVec3};

use crate::boolean::{
    BooleanError, BooleanOp, BooleanOptions, Operand, SelfIntersections, WindingRule, boolean,
};
use crate::level_set::{LevelSetError, offset_solid};
use crate::memory::{Holding, bytes_per};
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::properties::eigenvectors;
use crate::weld::weld_positions_watched;
use crate::{Mesh, MeshError, Solid, SolidError};

/// What becomes of corners and edges that a solid is grown around.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Corners {
    /// They stay sharp. Where that would take a corner that stands out farther than the limit times the distance, it goes
    /// only so far, and the faces beside it bend towards it.
    Sharp {
        /// At least 1; 2 is enough for the corners of boxes.
        limit: f64,
    },
    /// They are rounded; see [`offset_solid`].
    Rounded {
        /// How closely, millimetres.
        cell: f64,
    },
}

/// Why a solid cannot be grown or shrunk.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum OffsetError {
    /// The mesh is malformed.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// The distance is not finite, or 0 for a shell, or the limit below 1.
    #[error("the distance and the limit of corners must be numbers in range")]
    Size,
    /// Rounded corners cannot be had that closely.
    #[error(transparent)]
    Rounding(#[from] LevelSetError),
    /// The moved faces cannot be joined, most often because the mesh is open.
    #[error(transparent)]
    Joining(#[from] BooleanError),
    /// Coordinates are too large.
    #[error(transparent)]
    Preparing(#[from] SolidError),
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A closed mesh with every face moved outward by a distance, or inward by a negative one; what is thinner than that is
/// gone then. For sharp corners, material slots stay with their faces, and channels as long as no triangle turns over.
///
/// Promise: closed and manifold. With sharp corners, the planes of faces are exact where no more than three planes meet in
/// a corner and it is not beyond the limit; where more do, as on curved surfaces, the corner goes where it is off by least.
///
/// # Errors
/// See [`OffsetError`].
pub fn offset(
    mesh: &Mesh,
    distance: f64,
    corners: Corners,
    progress: &dyn Progress,
) -> Result<Mesh, OffsetError> {
    let limit = match corners {
        Corners::Rounded { cell } => return Ok(offset_solid(mesh, distance, cell, progress)?),
        Corners::Sharp { limit } => limit,
    };
    mesh.validate()?;
    if !distance.is_finite() || limit.is_nan() || limit < 1.0 {
        return Err(OffsetError::Size);
    }
    let moved = moved(mesh, distance, limit, &Stretch::new(progress, 0.0, 0.2))?;
    if !turns_over(mesh, &moved) {
        let solid = Solid::new(moved, &Stretch::new(progress, 0.2, 0.4))?;
        let options = BooleanOptions {
            winding_rule: WindingRule::Positive,
            self_intersections: SelfIntersections::Resolve,
            ..BooleanOptions::default()
        };
        let joining = Stretch::new(progress, 0.4, 1.0);
        return Ok(boolean(BooleanOp::Union, &[Operand::new(solid)], &options, &joining)?.mesh);
    }
    let mut meshes = vec![Arc::new(Mesh { channels: Vec::new(), ..mesh.clone() })];
    for (index, corners) in mesh.triangles.iter().enumerate() {
        report_at(progress, index, mesh.triangles.len())?;
        let slot = mesh.material_slot(index);
        meshes
            .extend(swept(&[mesh, &moved].map(|it| it.triangle_points(index)), *corners, slot).map(Arc::new));
    }
    let preparing = Stretch::new(progress, 0.2, 0.4);
    let operands: Vec<Operand> =
        Solid::prepare_all(&meshes, &preparing)?.into_iter().map(Operand::new).collect();
    let op = if distance > 0.0 { BooleanOp::Union } else { BooleanOp::Difference };
    let joining = Stretch::new(progress, 0.4, 1.0);
    Ok(boolean(op, &operands, &BooleanOptions::default(), &joining)?.mesh)
}

/// Whether a triangle faces another way than before.
fn turns_over(mesh: &Mesh, moved: &Mesh) -> bool {
    (0..mesh.triangles.len()).any(|triangle| {
        let [before, after] = [mesh, moved].map(|mesh| {
            let [a, b, c] = mesh.triangle_points(triangle);
            (b - a).cross(c - a)
        });
        before != DVec3::ZERO && before.dot(after) <= 0.0
    })
}

/// What a triangle sweeps over on its way, if that is anything; all of the surface has the triangle's slot. The corners
/// tell how sides are divided, so that those of neighbours coincide.
fn swept([from, to]: &[[DVec3; 3]; 2], corners: [u32; 3], slot: u32) -> Option<Mesh> {
    if (from[1] - from[0]).cross(from[2] - from[0]) == DVec3::ZERO {
        return None;
    }
    let mut triangles = vec![[0, 2, 1], [3, 4, 5]];
    for i in 0..3_u32 {
        let j = (i + 1) % 3;
        triangles.extend(if corners[i as usize] < corners[j as usize] {
            [[i, j, j + 3], [i, j + 3, i + 3]]
        } else {
            [[i, j, i + 3], [j, j + 3, i + 3]]
        });
    }
    let mut mesh = Mesh::new([*from, *to].concat(), triangles);
    if slot != 0 {
        mesh.material_slots = vec![slot; mesh.triangles.len()];
    }
    Some(mesh)
}

/// The space between a closed mesh and itself offset: a wall of a thickness outside of it, or inside for a negative one.
/// Where the solid is too thin to have anything left inside, it stays solid.
///
/// # Errors
/// See [`OffsetError`].
pub fn shell(
    mesh: &Mesh,
    thickness: f64,
    corners: Corners,
    progress: &dyn Progress,
) -> Result<Mesh, OffsetError> {
    if thickness == 0.0 {
        return Err(OffsetError::Size);
    }
    let other = offset(mesh, thickness, corners, &Stretch::new(progress, 0.0, 0.6))?;
    let (outer, inner) = if thickness > 0.0 { (&other, mesh) } else { (mesh, &other) };
    let preparing = Stretch::new(progress, 0.6, 0.7);
    let meshes = [outer, inner].map(|mesh| Arc::new(mesh.clone()));
    let operands: Vec<Operand> =
        Solid::prepare_all(&meshes, &preparing)?.into_iter().map(Operand::new).collect();
    let cutting = Stretch::new(progress, 0.7, 1.0);
    Ok(boolean(BooleanOp::Difference, &operands, &BooleanOptions::default(), &cutting)?.mesh)
}

/// Normals with a cross product below this are those of one plane: wider than the rounding of corners, narrower than any
/// drawn angle.
const SAME_PLANE: f64 = 1e-7;

/// Directions in which the planes of a corner hardly differ, by eigenvalues as parts of their sum, are left alone: planes
/// that meet at less than about three degrees say nothing about where along them the corner should go.
const MIN_SHARE: f64 = 1e-3;

/// The mesh with its faces moved, whatever they pass through.
fn moved(mesh: &Mesh, distance: f64, limit: f64, progress: &dyn Progress) -> Result<Mesh, Cancelled> {
    // Triangles by corner, the result, and what is taken for one position.
    let _held = Holding::new(progress, bytes_per(mesh, 24, 24 + 16))?;
    let weld = weld_positions_watched(&mesh.positions, &Stretch::new(progress, 0.0, 0.3))?;
    let mut around: Vec<(u32, u32)> = Vec::with_capacity(mesh.triangles.len() * 3);
    for (triangle, corners) in (0_u32..).zip(&mesh.triangles) {
        report_at(&Stretch::new(progress, 0.3, 0.4), triangle as usize, mesh.triangles.len())?;
        around.extend(corners.iter().map(|&corner| (weld.new_from_old[corner as usize], triangle)));
    }
    let around = crate::sorting::sorted(around, Ord::cmp, &Stretch::new(progress, 0.4, 0.7))?;
    let mut moves = vec![DVec3::ZERO; weld.positions.len()];
    let mut planes: Vec<DVec3> = Vec::new();
    let finding = Stretch::new(progress, 0.7, 1.0);
    for (index, corners) in around.chunk_by(|one, other| one.0 == other.0).enumerate() {
        report_at(&finding, index, moves.len())?;
        planes.clear();
        for &(_, triangle) in corners {
            let [a, b, c] = mesh.triangle_points(triangle as usize);
            let normal = (b - a).cross(c - a).normalize_or_zero();
            let is_known =
                |known: &DVec3| known.dot(normal) > 0.0 && known.cross(normal).length() < SAME_PLANE;
            if normal != DVec3::ZERO && !planes.iter().any(is_known) {
                planes.push(normal);
            }
        }
        let way = shift(&planes) * distance;
        let here = weld.positions[corners[0].0 as usize];
        let opens = corners.iter().all(|&(_, triangle)| {
            mesh.triangle_points(triangle as usize).iter().all(|&corner| (corner - here).dot(way) <= 0.0)
        });
        // Where faces move towards each other, how far the corner goes is how far they are gone.
        moves[corners[0].0 as usize] = if opens { way.clamp_length_max(limit * distance.abs()) } else { way };
    }
    let mut result = mesh.clone();
    for (position, &new) in result.positions.iter_mut().zip(&weld.new_from_old) {
        *position += moves[new as usize];
    }
    Ok(result)
}

/// Where the corner of some planes at the origin goes when each is moved along its normal by 1: the shortest way of those
/// that are off by least.
fn shift(normals: &[DVec3]) -> DVec3 {
    let mut matrix = DMat3::ZERO;
    for normal in normals {
        matrix += DMat3::from_cols(*normal * normal.x, *normal * normal.y, *normal * normal.z);
    }
    let sum: DVec3 = normals.iter().sum();
    let (values, vectors) = eigenvectors(&matrix);
    let least = normals.len() as f64 * MIN_SHARE;
    (0..3)
        .filter(|&i| values[i] > least)
        .map(|i| vectors.col(i) * (vectors.col(i).dot(sum) / values[i]))
        .sum()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use glam::{DAffine3, DVec2};

    use super::*;
    use crate::{Extrusion, Primitive, Region, RegionRule, Unwatched, extrude, math};

    const SHARP: Corners = Corners::Sharp { limit: 4.0 };

    fn volume(mesh: &Mesh) -> f64 {
        let report = mesh.check();
        assert!(report.is_solid(), "{report:?}");
        mesh.properties().volume
    }

    fn check(mesh: &Mesh, distance: f64, expected: f64) {
        let found = volume(&offset(mesh, distance, SHARP, &Unwatched).expect("sound"));
        assert!((found - expected).abs() <= expected.max(1.0) * 1e-9, "{distance}: {found} for {expected}");
    }

    fn cuboid(x: f64, y: f64, z: f64) -> Mesh {
        Primitive::Box { size: DVec3::new(x, y, z) }.mesh().expect("allowed")
    }

    fn prism(corners: &[[f64; 2]], holes: &[Vec<DVec2>], height: f64) -> Mesh {
        let mut contours = vec![corners.iter().map(|&it| DVec2::from_array(it)).collect()];
        contours.extend_from_slice(holes);
        let region = Region::new(&contours, RegionRule::Odd).expect("sound");
        extrude(&region, &Extrusion { height, ..Extrusion::default() }, &Unwatched).expect("sound")
    }

    #[test]
    fn boxes_grow_and_shrink_to_boxes() {
        let body = cuboid(10.0, 7.0, 5.0);
        for distance in [1.0, 0.3, -0.7, -2.0, -2.4] {
            let grown = 2.0 * distance;
            check(&body, distance, (10.0 + grown) * (7.0 + grown) * (5.0 + grown));
        }
        for distance in [-2.5, -2.6, -3.4, -3.6, -4.9, -5.1, -100.0] {
            let result = offset(&body, distance, SHARP, &Unwatched).expect("sound");
            assert!(result.triangles.is_empty(), "{distance}: {} left", result.properties().volume);
        }
        // Turned, it is the same but for rounding.
        let turn = DAffine3::from_axis_angle(DVec3::new(1.0, 2.0, 3.0).normalize_or_zero(), 0.7);
        let mut turned = body;
        turned.positions.iter_mut().for_each(|it| *it = turn.transform_point3(*it));
        check(&turned, 1.0, 12.0 * 9.0 * 7.0);
        check(&turned, -1.0, 8.0 * 5.0 * 3.0);
        check(&turned, -2.6, 0.0);
    }

    #[test]
    fn inner_corners_and_holes() {
        // An L: 6 by 6 less 4 by 4, 3 high.
        let l = prism(&[[0.0, 0.0], [6.0, 0.0], [6.0, 2.0], [2.0, 2.0], [2.0, 6.0], [0.0, 6.0]], &[], 3.0);
        check(&l, 0.5, (7.0 * 7.0 - 16.0) * 4.0);
        check(&l, -0.5, (5.0 * 5.0 - 16.0) * 2.0);
        check(&l, -1.1, 0.0);
        // A frame whose hole closes: 10 by 10 with a hole of 2 by 2.
        let hole = [[4.0, 4.0], [6.0, 4.0], [6.0, 6.0], [4.0, 6.0]].map(DVec2::from_array).to_vec();
        let frame = prism(&[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0], [0.0, 10.0]], &[hole], 2.0);
        check(&frame, 0.5, (121.0 - 1.0) * 3.0);
        check(&frame, 1.5, 169.0 * 5.0);
        check(&frame, -0.5, (81.0 - 9.0) * 1.0);
        // A slot between two legs that closes: the legs become one.
        let u =
            [[0.0, 0.0], [7.0, 0.0], [7.0, 5.0], [4.0, 5.0], [4.0, 2.0], [3.0, 2.0], [3.0, 5.0], [0.0, 5.0]];
        let u = prism(&u, &[], 2.0);
        check(&u, 0.25, (7.5 * 5.5 - 0.5 * 3.0) * 2.5);
        check(&u, 1.0, 9.0 * 7.0 * 4.0);
    }

    #[test]
    fn slanted_and_curved_bodies() {
        // A regular tetrahedron stays one: each height grows by four distances.
        let corners = [[1.0, 1.0, 1.0], [1.0, -1.0, -1.0], [-1.0, 1.0, -1.0], [-1.0, -1.0, 1.0]];
        let triangles = vec![[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]];
        let tetrahedron = Mesh::new(corners.map(DVec3::from_array).to_vec(), triangles);
        let height = 4.0 / 3.0_f64.sqrt();
        for distance in [0.5, -0.2] {
            let scale = (height + 4.0 * distance) / height;
            check(&tetrahedron, distance, 8.0 / 3.0 * scale * scale * scale);
        }
        // At a lower limit corners stay behind, at a still lower one more so.
        let at_limit = |limit: f64| {
            volume(&offset(&tetrahedron, 0.5, Corners::Sharp { limit }, &Unwatched).expect("sound"))
        };
        assert!(at_limit(1.5) < at_limit(2.0) && at_limit(2.0) < at_limit(3.0) * 0.9);
        // A cylinder of 24 sides: the radius of its flat faces grows.
        let sides = 24.0;
        let cylinder =
            Primitive::Cylinder { radius: 5.0, height: 8.0, segments: 24 }.mesh().expect("allowed");
        let inner = 5.0 * math::cos(PI / sides);
        for distance in [1.0, -1.0] {
            let radius = inner + distance;
            let area = sides * radius * radius * math::sin(PI / sides) / math::cos(PI / sides);
            check(&cylinder, distance, area * (8.0 + 2.0 * distance));
        }
        let ball = Primitive::Sphere { radius: 5.0, segments: 64 }.mesh().expect("allowed");
        for distance in [1.0_f64, -1.0] {
            let found = volume(&offset(&ball, distance, SHARP, &Unwatched).expect("sound"));
            let scale = 1.0 + distance / 5.0;
            let expected = volume(&ball) * scale * scale * scale;
            assert!((found / expected - 1.0).abs() < 5e-3, "{found} {expected}");
        }
    }

    #[test]
    fn shells_have_walls() {
        let body = cuboid(10.0, 7.0, 5.0);
        for (thickness, expected) in [(1.0, 12.0 * 9.0 * 7.0 - 350.0), (-1.0, 350.0 - 8.0 * 5.0 * 3.0)] {
            let wall = shell(&body, thickness, SHARP, &Unwatched).expect("sound");
            assert!((volume(&wall) - expected).abs() < 1e-9 * expected);
            assert_eq!(wall.check().num_shells, 2);
        }
        assert!((volume(&shell(&body, -3.0, SHARP, &Unwatched).expect("sound")) - 350.0).abs() < 1e-9);
        let rounded = shell(&body, 1.0, Corners::Rounded { cell: 0.25 }, &Unwatched).expect("sound");
        let edges = 4.0 * 22.0;
        let exact = 310.0 + edges * PI / 4.0 + 4.0 / 3.0 * PI;
        assert!((volume(&rounded) / exact - 1.0).abs() < 0.03, "{} {exact}", volume(&rounded));
    }

    #[test]
    fn seams_do_not_open_and_slots_stay() {
        let mut body = cuboid(2.0, 2.0, 2.0);
        // Every triangle with positions of its own.
        let points: Vec<DVec3> = (0..body.triangles.len()).flat_map(|it| body.triangle_points(it)).collect();
        body.triangles = (0..12).map(|it| [it * 3, it * 3 + 1, it * 3 + 2]).collect();
        body.positions = points;
        body.material_slots = (0..12).map(|it| u32::from(it >= 6)).collect();
        let grown = offset(&body, 1.0, SHARP, &Unwatched).expect("sound");
        assert!((volume(&grown) - 64.0).abs() < 1e-9);
        assert!((0..grown.triangles.len()).any(|it| grown.material_slot(it) == 1));
    }

    #[test]
    fn refusals() {
        let body = cuboid(1.0, 1.0, 1.0);
        assert_eq!(offset(&body, f64::NAN, SHARP, &Unwatched), Err(OffsetError::Size));
        assert_eq!(offset(&body, 1.0, Corners::Sharp { limit: 0.5 }, &Unwatched), Err(OffsetError::Size));
        assert_eq!(shell(&body, 0.0, SHARP, &Unwatched), Err(OffsetError::Size));
        let mut open = body.clone();
        open.triangles.pop();
        assert!(matches!(offset(&open, 0.1, SHARP, &Unwatched), Err(OffsetError::Joining(_))));
        struct Never;
        impl Progress for Never {
            fn report(&self, _done: f64) -> Result<(), Cancelled> {
                Err(Cancelled)
            }
        }
        assert_eq!(offset(&body, 0.1, SHARP, &Never), Err(OffsetError::Cancelled(Cancelled)));
    }
}
