//! Bodies made thicker, thinner or hollow.

use geometry::boolean::Operand as SolidOperand;
use geometry::progress::Stretch;
use geometry::{LevelSetError, Mesh, Progress, Solid, SolidError, offset_solid};

use super::{Input, boolean, note};
use crate::{Direction, Host, JobError, Offset, OffsetKept, Operand, Remarks};

pub(super) fn run(
    offset: &Offset,
    operands: &[Operand],
    host: &dyn Host,
    input: &Input,
    progress: &dyn Progress,
) -> Result<(Mesh, Remarks), JobError> {
    progress.phase("Offsetting");
    let distance = match offset.direction {
        Direction::Outward => offset.distance,
        Direction::Inward => -offset.distance,
    };
    let offsetting = Stretch::new(progress, 0.0, 0.7);
    let surface =
        offset_solid(input.surface()?, distance, offset.detail, &offsetting).map_err(
            |error| match error {
                LevelSetError::Cancelled(_) => JobError::Cancelled,
                LevelSetError::TooFine => JobError::failed(
                    "too-fine",
                    "The detail is too fine for a part of this size; choose more",
                ),
                other => JobError::failed("no-offset", other.to_string()),
            },
        )?;
    let mut remarks = Remarks::default();
    if surface.is_empty() {
        match offset.kept {
            OffsetKept::Solid => {
                return Err(JobError::failed("nothing-left", "Nothing is left so far inside; choose less"));
            }
            OffsetKept::Wall => {
                remarks
                    .notes
                    .push(note("solid", "The wall leaves no room inside, so the part stays as it is"));
            }
        }
    }
    if offset.kept == OffsetKept::Solid {
        return Ok((surface, remarks));
    }
    progress.phase("Hollowing out");
    let body = boolean::together(operands, host, &mut remarks.notes, &Stretch::new(progress, 0.7, 0.8))?;
    let surface = Solid::new(surface, progress).map_err(|error| match error {
        SolidError::Cancelled(_) => JobError::Cancelled,
        other => JobError::failed("no-offset", other.to_string()),
    })?;
    // The wall looks like the rest of the part.
    let material_slots = body.material_slots.iter().take(1).copied().collect();
    let surface = SolidOperand { material_slots, ..SolidOperand::new(surface) };
    let [outer, inner] = match offset.direction {
        Direction::Outward => [surface, body],
        Direction::Inward => [body, surface],
    };
    let wall = Stretch::new(progress, 0.8, 1.0);
    Ok((boolean::difference(outer, inner, &super::names(operands), host, &wall)?, remarks))
}
