//! Cutting a body by a plane, and by another body into both sides.

use glam::DVec3;

use super::{BooleanError, BooleanOp, BooleanOptions, BooleanOutput, Expression, Operand, evaluate};
use crate::progress::Progress;
use crate::section::Plane;
use crate::solid::SolidError;
use crate::{Mesh, Solid};

/// A side of a plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Where the normal points to.
    Above,
    /// The other one.
    Below,
}

/// What of a body is on one side of a plane, closed by a cap in the plane, whose triangles have the material slot given and
/// as source operand 1.
///
/// The plane is that of three points rounded to `f64`, exact where it is at a right angle to an axis, else off by a few
/// roundings of the body's size.
///
/// # Errors
/// Those of [`boolean`](super::boolean()), and [`BooleanError::Plane`] when the plane has no direction.
pub fn trim_by_plane(
    body: &Operand,
    plane: &Plane,
    kept: Side,
    cap_slot: u32,
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<BooleanOutput, BooleanError> {
    let mut found = halves(body, plane, &[kept], cap_slot, options, progress)?;
    Ok(found.pop().expect("there is one result for each side"))
}

/// What of a body is above and what is below a plane; see [`trim_by_plane`]. Everything is cut once, so the caps are the
/// same triangles, turned.
///
/// # Errors
/// Those of [`trim_by_plane`].
pub fn cut_by_plane(
    body: &Operand,
    plane: &Plane,
    cap_slot: u32,
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<[BooleanOutput; 2], BooleanError> {
    let found = halves(body, plane, &[Side::Above, Side::Below], cap_slot, options, progress)?;
    Ok(found.try_into().expect("there is one result for each side"))
}

/// What of a body is outside and what is inside another one. Everything is cut once, so both have the same triangles where
/// they meet, turned.
///
/// # Errors
/// Those of [`boolean`](super::boolean()).
pub fn split_by(
    body: &Operand,
    cutter: &Operand,
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<[BooleanOutput; 2], BooleanError> {
    let sides =
        [BooleanOp::Difference, BooleanOp::Intersection].map(|op| Expression::of_operands(op, [0, 1]));
    let found = evaluate(&sides, &[body.clone(), cutter.clone()], options, progress)?;
    Ok(found.try_into().expect("there is one result for each expression"))
}

fn halves(
    body: &Operand,
    plane: &Plane,
    sides: &[Side],
    cap_slot: u32,
    options: &BooleanOptions,
    progress: &dyn Progress,
) -> Result<Vec<BooleanOutput>, BooleanError> {
    let solid = Solid::new(below(body, plane)?, progress).map_err(|error| match error {
        SolidError::Cancelled(cancelled) => BooleanError::Cancelled(cancelled),
        SolidError::Mesh(_) | SolidError::TooFar { .. } => BooleanError::Plane,
    })?;
    let below = Operand { material_slots: vec![cap_slot], ..Operand::new(solid) };
    let op = |side: &Side| match side {
        Side::Above => BooleanOp::Difference,
        Side::Below => BooleanOp::Intersection,
    };
    let expressions: Vec<Expression> =
        sides.iter().map(|side| Expression::of_operands(op(side), [0, 1])).collect();
    evaluate(&expressions, &[body.clone(), below], options, progress)
}

/// A tetrahedron with one side in the plane that holds everything of the body that is below it.
fn below(body: &Operand, plane: &Plane) -> Result<Mesh, BooleanError> {
    let mut normal = plane.normal.try_normalize().ok_or(BooleanError::Plane)?;
    // Along an axis the length is known without rounding.
    if normal.to_array().iter().filter(|&&part| part != 0.0).count() == 1 {
        normal =
            DVec3::from_array(normal.to_array().map(|part| if part == 0.0 { 0.0 } else { part.signum() }));
    }
    if !plane.origin.is_finite() {
        return Err(BooleanError::Plane);
    }
    let positions =
        || body.solid.mesh().positions.iter().map(|&point| body.placement.transform_point3(point));
    let low = positions().fold(DVec3::INFINITY, DVec3::min);
    let high = positions().fold(DVec3::NEG_INFINITY, DVec3::max);
    if !(low.is_finite() && high.is_finite()) {
        return Ok(Mesh::default());
    }
    let middle = low * 0.5 + high * 0.5;
    let radius = (high - middle).length().max(f64::MIN_POSITIVE);
    let offset = middle - plane.origin;
    let height = offset.dot(normal);
    if height > 2.0 * radius {
        return Ok(Mesh::default());
    }
    // A body that is far below is not nearer than it has to be.
    let depth = radius * 2.0 + (-height).max(0.0);
    // Exact along an axis.
    let foot = plane.origin + (offset - normal * height);
    let (x, y) = normal.any_orthonormal_pair();
    let reach = 8.0 * depth;
    let corners = [
        foot + x * reach,
        foot - x * (reach * 0.5) + y * reach,
        foot - x * (reach * 0.5) - y * reach,
        foot - normal * reach,
    ];
    Ok(Mesh::new(corners.to_vec(), vec![[0, 1, 2], [0, 3, 1], [1, 3, 2], [2, 3, 0]]))
}
