//! Growing and shrinking regions.
//!
//! Every side is moved, moved sides are joined at corners that open and led back over the corner at those that close, and
//! of the loops this makes everything is kept that they go round more often one way than the other (Xiaorui Chen and Sara
//! McMains, “Polygon Offsetting by Computing Winding Numbers”, 2005).

use glam::DVec2;
use serde::{Deserialize, Serialize};

use super::{LARGEST, Region, RegionError, RegionRule};
use crate::math;

/// What becomes of corners that open.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Join {
    /// An arc around the corner, replaced by chords that are nowhere farther inside than the accuracy, millimetres.
    Round {
        /// Above 0.
        accuracy: f64,
    },
    /// The sides go on until they meet. Where that is farther from the corner than the limit times the distance, the corner
    /// is cut off.
    Mitre {
        /// At least 1.
        limit: f64,
    },
    /// The ends of the moved sides are joined.
    Bevel,
}

/// How far to go and how corners look.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offset {
    /// Millimetres; negative to shrink.
    pub distance: f64,
    /// What becomes of outer corners when growing, and of those of holes when shrinking.
    pub join: Join,
}

/// No corner gets more chords.
const MAX_CHORDS: f64 = 1000.0;

impl Region {
    /// The places within some distance of the region, or those that far inside of it.
    ///
    /// # Errors
    /// [`RegionError::Offset`] when a number is out of range, [`RegionError::OutOfRange`] when the result is.
    pub fn offset(&self, offset: &Offset) -> Result<Self, RegionError> {
        let is_join_sound = match offset.join {
            Join::Round { accuracy } => accuracy > 0.0,
            Join::Mitre { limit } => limit >= 1.0,
            Join::Bevel => true,
        };
        if !(offset.distance.abs() <= LARGEST && is_join_sound) {
            return Err(RegionError::Offset);
        }
        if offset.distance == 0.0 {
            return Ok(self.clone());
        }
        let contours: Vec<Vec<DVec2>> = self.contours().map(|contour| moved(contour, offset)).collect();
        Self::new(&contours, RegionRule::Positive)
    }
}

/// A contour with its sides moved to their right.
fn moved(contour: &[DVec2], offset: &Offset) -> Vec<DVec2> {
    let count = contour.len();
    let mut corners = Vec::with_capacity(count * 3);
    // No contour of a region has sides without length.
    let normal = |from: DVec2, to: DVec2| (-(to - from).perp()).normalize_or_zero();
    for index in 0..count {
        let corner = contour[index];
        let before = normal(contour[(index + count - 1) % count], corner);
        let after = normal(corner, contour[(index + 1) % count]);
        let (start, end) = (corner + before * offset.distance, corner + after * offset.distance);
        let (sine, cosine) = (before.perp_dot(after), before.dot(after));
        let opens = sine * offset.distance > 0.0 || (sine == 0.0 && cosine < 0.0);
        if !opens {
            // Over the corner, so that what the sides pass over is gone round the other way.
            corners.extend([start, corner, end]);
            continue;
        }
        corners.push(start);
        match offset.join {
            Join::Mitre { limit } if (1.0 + cosine) * limit * limit >= 2.0 => {
                corners.push(corner + (before + after) * (offset.distance / (1.0 + cosine)));
            }
            Join::Round { accuracy } => {
                add_arc(&mut corners, corner, before, math::atan2(sine, cosine), offset.distance, accuracy);
            }
            Join::Mitre { .. } | Join::Bevel => {}
        }
        corners.push(end);
    }
    corners
}

/// The points between the ends of an arc.
fn add_arc(
    corners: &mut Vec<DVec2>,
    center: DVec2,
    from: DVec2,
    angle_rad: f64,
    distance: f64,
    accuracy: f64,
) {
    // Half the angle of the chord that is this far inside at its middle.
    let half_rad = math::acos(1.0 - (accuracy / distance.abs()).min(1.0));
    // With a share for rounding, so that a whole number stays one.
    let num_chords = (angle_rad.abs() / (2.0 * half_rad) - 1e-9).ceil().clamp(1.0, MAX_CHORDS) as u32;
    for number in 1..num_chords {
        let part_rad = angle_rad * f64::from(number) / f64::from(num_chords);
        let turn = DVec2::new(math::cos(part_rad), math::sin(part_rad));
        corners.push(center + turn.rotate(from) * distance);
    }
}
