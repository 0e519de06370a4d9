//! Puts operands in their places.

use std::sync::Arc;

use glam::{DAffine3, DVec3};

use super::{BooleanError, Operand};
use crate::memory::bytes_of;
use crate::predicates::{LARGEST, decided};
use crate::progress::{Progress, Stretch, report_at};
use crate::solid::{Placed, SolidError, has_no_area};
use crate::topology::DEGENERATE;
use crate::{Mesh, Solid, parallel};

/// What operands take that are not where their meshes are: positions, and trees of boxes.
pub(super) fn bytes_to_place(operands: &[Operand]) -> usize {
    let of_one = |solid: &Solid| bytes_of(&solid.mesh().positions) + size_of_val(solid.tree().boxes()) * 2;
    let moved = operands.iter().filter(|operand| operand.placement != DAffine3::IDENTITY);
    moved.map(|operand| of_one(&operand.solid)).sum()
}

/// The operands where they are.
///
/// # Errors
/// When a placement takes a position out of range or the area from a triangle.
pub(super) fn place<'a>(
    operands: &'a [Operand],
    progress: &dyn Progress,
) -> Result<Vec<Placed<'a>>, BooleanError> {
    let mut placed = Vec::with_capacity(operands.len());
    for (index, operand) in operands.iter().enumerate() {
        progress.report(0.05 * index as f64 / operands.len() as f64)?;
        let placing = Stretch::new(progress, 0.0, 0.05);
        let body = Placed::new(&operand.solid, operand.placement, &placing)?;
        if operand.placement != DAffine3::IDENTITY {
            let is_bad = |point: &DVec3| !point.is_finite() || point.abs().max_element() > LARGEST;
            if let Some(position) = body.positions.iter().position(is_bad) {
                return Err(BooleanError::OutOfRange { operand: index, position });
            }
            let opposites = operand.solid.opposites();
            let is_flat = |&triangle: &u32| {
                let [a, b, c] = body.points(triangle).map(decided);
                opposites[triangle as usize * 3] != DEGENERATE && has_no_area(a, b, c)
            };
            let num_triangles = operand.solid.triangles().len();
            for triangle in 0..num_triangles {
                report_at(&placing, triangle, num_triangles)?;
                if is_flat(&(triangle as u32)) {
                    return Err(BooleanError::Flattened { operand: index, triangle });
                }
            }
        }
        placed.push(body);
    }
    Ok(placed)
}

/// Operands that have been placed and prepared anew, of those that have triangles without area, or of all that are moved.
/// There nothing is left out that has an area where it is, and nothing taken part that has none. None of those that a
/// placement flattens as a whole.
pub(super) fn bake(
    operands: &[Operand],
    all: bool,
    progress: &dyn Progress,
) -> Result<Vec<Option<Solid>>, BooleanError> {
    let baked = parallel::map(operands, |_, operand| {
        let placement = operand.placement;
        let is_odd = all || operand.solid.condition().num_degenerate > 0;
        if !is_odd || placement == DAffine3::IDENTITY || placement.matrix3.determinant() == 0.0 {
            return Ok(None);
        }
        let mesh = Mesh {
            positions: operand
                .solid
                .mesh()
                .positions
                .iter()
                .map(|&at| placement.transform_point3(at))
                .collect(),
            ..Mesh::clone(operand.solid.mesh())
        };
        Solid::new(Arc::new(mesh), progress).map(Some)
    });
    baked
        .into_iter()
        .map(|baked| {
            baked.map_err(|error| match error {
                SolidError::Cancelled(cancelled) => cancelled.into(),
                SolidError::Mesh(_) | SolidError::TooFar { .. } => BooleanError::TooLarge,
            })
        })
        .collect()
}
