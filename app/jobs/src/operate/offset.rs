//! Bodies made thicker, thinner or hollow.

use geometry::boolean::Operand as SolidOperand;
use geometry::progress::Stretch;
use geometry::{Corners, LevelSetError, Mesh, OffsetError, Progress, Solid, SolidError};

use super::{Input, boolean, note};
use crate::{Direction, Host, JobError, Offset, OffsetCorners, OffsetKept, Operand, Remarks};

/// Sharp corners that stand out farther than so many times the distance are cut off.
const SHARPEST: f64 = 4.0;

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
    let corners = match offset.corners {
        OffsetCorners::Sharp => Corners::Sharp { limit: SHARPEST },
        OffsetCorners::Rounded => Corners::Rounded { cell: offset.detail },
    };
    let name = super::names(operands);
    let surface = geometry::offset(input.surface()?, distance, corners, &offsetting)
        .map_err(|error| in_words(error, &name))?;
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
    let material_slots = match offset.corners {
        OffsetCorners::Sharp => Vec::new(),
        // All of it looks like the first of the part.
        OffsetCorners::Rounded => body.material_slots.iter().take(1).copied().collect(),
    };
    let surface = SolidOperand { material_slots, ..SolidOperand::new(surface) };
    let [outer, inner] = match offset.direction {
        Direction::Outward => [surface, body],
        Direction::Inward => [body, surface],
    };
    let wall = Stretch::new(progress, 0.8, 1.0);
    Ok((boolean::difference(outer, inner, &name, host, &wall)?, remarks))
}

fn in_words(error: OffsetError, name: &str) -> JobError {
    match error {
        OffsetError::Cancelled(_) | OffsetError::Rounding(LevelSetError::Cancelled(_)) => JobError::Cancelled,
        OffsetError::Rounding(LevelSetError::TooFine) => {
            JobError::failed("too-fine", "The detail is too fine for a part of this size; choose more")
        }
        OffsetError::Joining(error) => boolean::in_words(&error, &[name]),
        OffsetError::Preparing(SolidError::Cancelled(_)) => JobError::Cancelled,
        other => JobError::failed("no-offset", other.to_string()),
    }
}
