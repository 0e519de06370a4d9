//! Minkowski sums: everything that one solid sweeps over when its origin goes everywhere in another one.

use std::sync::Arc;

use glam::DVec3;

use crate::boolean::{BooleanError, BooleanOp, BooleanOptions, Operand, boolean};
use crate::hull::{HullError, convex_hull};
use crate::predicates::side_of_plane;
use crate::progress::{Cancelled, Progress, Stretch, Unwatched, report_at};
use crate::topology::{Edges, NO_SHELL};
use crate::{Mesh, Solid, SolidError};

/// No sum is made of more pieces, each a hull of its own.
const MAX_PIECES: usize = 200_000;

/// No hull is made of more points.
const MAX_POINTS: usize = 20_000_000;

/// How many pieces are united at once.
const BATCH: usize = 64;

/// Why there is no sum.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum MinkowskiError {
    /// An operand cannot be prepared.
    #[error(transparent)]
    Solid(#[from] SolidError),
    /// A point is out of range, or an operand is flat.
    #[error(transparent)]
    Hull(#[from] HullError),
    /// An operand is not closed, or the union failed in another way.
    #[error(transparent)]
    Boolean(#[from] BooleanError),
    /// An operand is not closed.
    #[error("operand {operand} is not closed")]
    Open {
        /// 0 or 1.
        operand: usize,
    },
    /// There would be too many pieces.
    #[error("the operands have too many triangles: the sum would be of {num_pieces} pieces")]
    TooLarge {
        /// How many.
        num_pieces: usize,
    },
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The sum of two closed solids, closed and without passing through itself; empty when one of them is. Positions are sums of
/// positions, rounded.
///
/// The sum of two convex solids is the hull of the sums of their corners. Else it is the union of the sums of the triangles
/// of what is not convex, and of the operands at each other's corners for what is inside. That takes a hull for each
/// triangle of an operand that is not convex, and where both are not, for each pair of triangles.
///
/// # Errors
/// See [`MinkowskiError`].
pub fn minkowski_sum(one: &Mesh, other: &Mesh, progress: &dyn Progress) -> Result<Mesh, MinkowskiError> {
    if one.is_empty() || other.is_empty() {
        return Ok(Mesh::default());
    }
    let checking = Stretch::new(progress, 0.0, 0.0);
    for (operand, mesh) in [one, other].into_iter().enumerate() {
        mesh.validate().map_err(SolidError::from)?;
        if !mesh.check_watched(&checking)?.is_closed() {
            return Err(MinkowskiError::Open { operand });
        }
    }
    match (is_convex_watched(one, &checking)?, is_convex_watched(other, &checking)?) {
        (true, true) => Ok(convex_hull(&sums(&used_points(one), &used_points(other))?, progress)?),
        (is_one_convex, is_other_convex) => {
            let pieces = |mesh: &Mesh, is_convex: bool| {
                if is_convex {
                    vec![used_points(mesh)]
                } else {
                    (0..mesh.triangles.len())
                        .map(|triangle| mesh.triangle_points(triangle).to_vec())
                        .collect()
                }
            };
            unite(one, other, &pieces(one, is_one_convex), &pieces(other, is_other_convex), progress)
        }
    }
}

fn unite(
    one: &Mesh,
    other: &Mesh,
    pieces: &[Vec<DVec3>],
    other_pieces: &[Vec<DVec3>],
    progress: &dyn Progress,
) -> Result<Mesh, MinkowskiError> {
    let num_pieces = pieces.len().saturating_mul(other_pieces.len());
    if num_pieces > MAX_PIECES {
        return Err(MinkowskiError::TooLarge { num_pieces });
    }
    let mut parts: Vec<Mesh> = Vec::with_capacity(num_pieces);
    for (number, piece) in pieces.iter().enumerate() {
        let stretch = Stretch::new(progress, 0.0, 0.3);
        stretch.report(number as f64 / pieces.len() as f64)?;
        for other_piece in other_pieces {
            match convex_hull(&sums(piece, other_piece)?, &stretch) {
                Ok(hull) => parts.push(hull),
                // Parallel triangles; their neighbours cover what they would.
                Err(HullError::Flat) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
    // Where a copy of one lies inside the other altogether, no triangles meet.
    parts.extend(shell_corners(other).iter().map(|&corner| moved(one, corner)));
    parts.extend(shell_corners(one).iter().map(|&corner| moved(other, corner)));
    let stretch = Stretch::new(progress, 0.3, 1.0);
    let num_parts = parts.len();
    let mut num_left = num_parts;
    while parts.len() > 1 {
        let mut united = Vec::with_capacity(parts.len() / BATCH + 1);
        for batch in parts.chunks(BATCH) {
            stretch.report(1.0 - num_left as f64 / num_parts as f64)?;
            united.push(union_of(batch, progress)?);
            num_left = num_left.saturating_sub(batch.len() - 1);
        }
        parts = united;
    }
    Ok(parts.pop().unwrap_or_default())
}

fn union_of(meshes: &[Mesh], progress: &dyn Progress) -> Result<Mesh, MinkowskiError> {
    // Progress within is of no use to anybody, but the question whether to go on is.
    let stretch = Stretch::new(progress, 0.3, 0.3);
    let shared: Vec<Arc<Mesh>> = meshes.iter().map(|mesh| Arc::new(mesh.clone())).collect();
    let operands: Vec<Operand> =
        Solid::prepare_all(&shared, &stretch)?.into_iter().map(Operand::new).collect();
    Ok(boolean(BooleanOp::Union, &operands, &BooleanOptions::default(), &stretch)?.mesh)
}

fn moved(mesh: &Mesh, offset: DVec3) -> Mesh {
    Mesh::new(mesh.positions.iter().map(|&point| point + offset).collect(), mesh.triangles.clone())
}

fn sums(points: &[DVec3], others: &[DVec3]) -> Result<Vec<DVec3>, MinkowskiError> {
    if points.len().saturating_mul(others.len()) > MAX_POINTS {
        return Err(MinkowskiError::TooLarge { num_pieces: 1 });
    }
    Ok(points.iter().flat_map(|&point| others.iter().map(move |&other| point + other)).collect())
}

fn used_points(mesh: &Mesh) -> Vec<DVec3> {
    let mut is_used = vec![false; mesh.positions.len()];
    mesh.triangles.iter().flatten().for_each(|&corner| is_used[corner as usize] = true);
    mesh.positions.iter().zip(is_used).filter(|(_, is_used)| *is_used).map(|(&point, _)| point).collect()
}

/// One corner of each shell.
fn shell_corners(mesh: &Mesh) -> Vec<DVec3> {
    let shells = Edges::new(&mesh.triangles, mesh.positions.len()).shells(&mesh.triangles);
    let mut corners = vec![None; shells.len];
    for (triangle, &shell) in shells.of_triangle.iter().enumerate().filter(|(_, shell)| **shell != NO_SHELL) {
        corners[shell as usize].get_or_insert(mesh.positions[mesh.triangles[triangle][0] as usize]);
    }
    corners.into_iter().flatten().collect()
}

/// Whether no point of a closed mesh is above a triangle, exactly.
#[must_use]
pub fn is_convex(mesh: &Mesh) -> bool {
    is_convex_watched(mesh, &Unwatched).expect("nobody cancels")
}

fn is_convex_watched(mesh: &Mesh, progress: &dyn Progress) -> Result<bool, Cancelled> {
    let report = mesh.check_watched(progress)?;
    if !report.is_solid() || report.num_shells != 1 || report.genus() != Some(0) {
        return Ok(false);
    }
    let triangles = &mesh.triangles;
    let edges = Edges::new_watched(triangles, mesh.positions.len(), progress)?;
    let opposites = edges.opposites_watched(triangles, progress)?;
    // A closed surface of one shell and without handles that bends outward at every edge is convex, unless it goes round
    // more than once, which flat edges around a corner can hide; the second test is for that.
    for (halfedge, &opposite) in opposites.iter().enumerate() {
        report_at(progress, halfedge, opposites.len())?;
        let [a, b, c] = mesh.triangle_points(halfedge / 3);
        let apex = triangles[opposite as usize / 3][(opposite as usize % 3 + 2) % 3];
        if side_of_plane(a, b, c, mesh.positions[apex as usize]) > 0 {
            return Ok(false);
        }
    }
    let extremes = extreme_points(mesh);
    for triangle in 0..triangles.len() {
        report_at(progress, triangle, triangles.len())?;
        let [a, b, c] = mesh.triangle_points(triangle);
        if extremes.iter().any(|&point| side_of_plane(a, b, c, point) > 0) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// The points farthest out along the axes.
fn extreme_points(mesh: &Mesh) -> Vec<DVec3> {
    let points = used_points(mesh);
    let along = [DVec3::X, DVec3::Y, DVec3::Z, -DVec3::X, -DVec3::Y, -DVec3::Z];
    along
        .iter()
        .filter_map(|axis| {
            points.iter().copied().max_by(|one, other| one.dot(*axis).total_cmp(&other.dot(*axis)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Primitive, Unwatched};

    fn cuboid(size: [f64; 3], offset: [f64; 3]) -> Mesh {
        let mesh = Primitive::Box { size: DVec3::from_array(size) }.mesh().expect("allowed");
        moved(&mesh, DVec3::from_array(offset))
    }

    fn sum(one: &Mesh, other: &Mesh) -> Mesh {
        let mesh = minkowski_sum(one, other, &Unwatched).expect("both are closed");
        assert!(mesh.check().is_solid(), "{:?}", mesh.check());
        mesh
    }

    fn union(one: &Mesh, other: &Mesh) -> Mesh {
        union_of(&[one.clone(), other.clone()], &Unwatched).expect("both are closed")
    }

    #[test]
    fn convexity_is_seen() {
        let sphere = Primitive::Sphere { radius: 2.0, segments: 12 }.mesh().expect("allowed");
        assert!(is_convex(&cuboid([1.0, 2.0, 3.0], [0.0; 3])));
        assert!(is_convex(&convex_hull(&sphere.positions, &Unwatched).expect("not flat")));
        let corner = union(&cuboid([2.0; 3], [0.0; 3]), &cuboid([2.0; 3], [1.0; 3]));
        assert!(!is_convex(&corner) && !is_convex(&Mesh::default()));
        let torus = Primitive::Torus { major_radius: 3.0, minor_radius: 1.0, segments: 12 };
        assert!(!is_convex(&torus.mesh().expect("allowed")));
    }

    #[test]
    fn an_angle_plus_a_box() {
        // An L of two boxes: its sum with a box is the union of the boxes' sums.
        let parts = [cuboid([4.0, 1.0, 1.0], [2.0, 0.5, 0.0]), cuboid([1.0, 4.0, 1.0], [0.5, 2.0, 0.0])];
        let angle = union(&parts[0], &parts[1]);
        let small = cuboid([1.0; 3], [0.0; 3]);
        for mesh in [sum(&angle, &small), sum(&small, &angle)] {
            assert_eq!(mesh.check().genus(), Some(0));
            assert!((mesh.properties().volume - 2.0 * (5.0 * 2.0 * 2.0 - 2.0 * 2.0)).abs() < 1e-9);
        }
        // Both not convex: an L and a tetrahedron with a dent. The sums with the boxes take another way.
        let at = DVec3::new;
        let corners =
            vec![DVec3::ZERO, at(3.0, 0.0, 0.0), at(0.0, 3.0, 0.0), at(0.0, 0.0, 3.0), at(0.5, 0.5, 0.5)];
        let triangles = vec![[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 4], [2, 3, 4], [3, 1, 4]];
        let dented = Mesh::new(corners, triangles);
        assert!(!is_convex(&dented));
        let both = sum(&angle, &dented);
        let [one, other] = parts.map(|part| sum(&part, &dented));
        let expected = union(&one, &other).properties().volume;
        assert!(
            (both.properties().volume - expected).abs() < 1e-9,
            "{} {expected}",
            both.properties().volume
        );
    }

    #[test]
    fn a_cavity_is_narrowed_or_filled() {
        let hollow = {
            let mut mesh = cuboid([4.0; 3], [0.0, 0.0, -2.0]);
            let inner = cuboid([2.0; 3], [0.0, 0.0, -1.0]);
            mesh.positions.extend(inner.positions);
            mesh.triangles.extend(inner.triangles.iter().map(|&[a, b, c]| [a + 8, c + 8, b + 8]));
            mesh
        };
        let narrowed = sum(&hollow, &cuboid([1.0; 3], [0.0, 0.0, -0.5]));
        assert!((narrowed.properties().volume - (125.0 - 1.0)).abs() < 1e-9);
        let filled = sum(&hollow, &cuboid([3.0; 3], [0.0, 0.0, -1.5]));
        assert!((filled.properties().volume - 343.0).abs() < 1e-9);
    }

    #[test]
    fn impossible_sums_are_refused() {
        let cube = cuboid([1.0; 3], [0.0; 3]);
        let mut open = cube.clone();
        open.triangles.pop();
        assert_eq!(minkowski_sum(&cube, &open, &Unwatched), Err(MinkowskiError::Open { operand: 1 }));
        assert_eq!(minkowski_sum(&cube, &Mesh::default(), &Unwatched), Ok(Mesh::default()));
        let fine =
            Primitive::Torus { major_radius: 3.0, minor_radius: 1.0, segments: 100 }.mesh().expect("allowed");
        assert!(matches!(minkowski_sum(&fine, &fine, &Unwatched), Err(MinkowskiError::TooLarge { .. })));
    }

    proptest! {
        /// Boxes add their sides; and a sum does not depend on the order.
        #[test]
        fn convex_sums_follow_their_formulas(
            one in [0.1..9.0, 0.1..9.0, 0.1..9.0],
            other in [0.1..9.0, 0.1..9.0, 0.1..9.0],
            points in prop::collection::vec([-3.0..3.0, -3.0..3.0, -3.0..3.0], 5..12),
        ) {
            let (a, b) = (cuboid(one, [1.0; 3]), cuboid(other, [-3.0; 3]));
            let expected: f64 = (0..3).map(|i| one[i] + other[i]).product();
            prop_assert!((sum(&a, &b).properties().volume - expected).abs() < 1e-9 * expected);
            let points: Vec<DVec3> = points.into_iter().map(DVec3::from_array).collect();
            if let Ok(hull) = convex_hull(&points, &Unwatched) {
                // Steiner's formula for a box: the volume grows by the areas of the shadows, the lengths and the box itself.
                let (here, there) = (sum(&hull, &a), sum(&a, &hull));
                prop_assert!((here.properties().volume - there.properties().volume).abs() < 1e-9);
                let volume = here.properties().volume;
                prop_assert!(volume > hull.properties().volume + a.properties().volume);
            }
        }
    }
}
