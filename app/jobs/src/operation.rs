//! Operations: what a live node does with what is below it. Data only; `operate` does the work.

use geometry::boolean::WindingRule;
use serde::{Deserialize, Serialize};

mod parameters;

pub use parameters::{
    Boolean, BooleanOp, Direction, Offset, OffsetCorners, OffsetKept, Refine, Repair, Simplify, Smooth,
    Subdivide, Trim, TrimKept,
};

/// What a live node does with its operands. All but booleans take them together as one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Operation {
    /// Combines solids.
    Boolean(Boolean),
    /// Makes a sound mesh of a broken one.
    Repair(Repair),
    /// Takes fewer triangles for about the same shape.
    Simplify(Simplify),
    /// The smallest convex solid around everything.
    Hull,
    /// Makes a body thicker or thinner, or hollow.
    Offset(Offset),
    /// Cuts along a plane.
    Trim(Trim),
    /// Takes roughness away.
    Smooth(Smooth),
    /// Halves long edges.
    Refine(Refine),
    /// Makes a rounder surface of more triangles.
    Subdivide(Subdivide),
}

/// Parameters that no operation can work with, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadParameters(pub String);

/// More rounds of smoothing change nothing that can be seen.
const MAX_SMOOTHINGS: u32 = 1000;

/// After more rounds every triangle would be more than 65 000.
const MAX_SUBDIVISIONS: u32 = 8;

impl From<BooleanOp> for Operation {
    /// With the usual rule of what is inside.
    fn from(op: BooleanOp) -> Self {
        Self::Boolean(Boolean { op, rule: WindingRule::NonZero })
    }
}

impl Operation {
    /// Its name in labels, and of nodes that are made for it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Boolean(boolean) => boolean.op.name(),
            Self::Repair(_) => "Repair",
            Self::Simplify(_) => "Simplify",
            Self::Hull => "Hull",
            Self::Offset(offset) => match offset.kept {
                OffsetKept::Solid => "Offset",
                OffsetKept::Wall => "Shell",
            },
            Self::Trim(trim) => match trim.kept {
                TrimKept::Above | TrimKept::Below => "Trim",
                TrimKept::Both => "Cut",
            },
            Self::Smooth(_) => "Smooth",
            Self::Refine(_) => "Refine",
            Self::Subdivide(_) => "Subdivide",
        }
    }

    /// What it is, for people, after “live”.
    #[must_use]
    pub fn description(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "boolean",
            Self::Repair(_) => "repair",
            Self::Simplify(_) => "simplification",
            Self::Hull => "convex hull",
            Self::Offset(offset) => match offset.kept {
                OffsetKept::Solid => "offset",
                OffsetKept::Wall => "hollow shell",
            },
            Self::Trim(_) => "cut by a plane",
            Self::Smooth(_) => "smoothing",
            Self::Refine(_) => "refinement",
            Self::Subdivide(_) => "subdivision",
        }
    }

    /// A stable word for its kind, as in the project file.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Boolean(_) => "boolean",
            Self::Repair(_) => "repair",
            Self::Simplify(_) => "simplify",
            Self::Hull => "hull",
            Self::Offset(_) => "offset",
            Self::Trim(_) => "trim",
            Self::Smooth(_) => "smooth",
            Self::Refine(_) => "refine",
            Self::Subdivide(_) => "subdivide",
        }
    }

    /// The boolean, if it is one.
    #[must_use]
    pub fn boolean(&self) -> Option<BooleanOp> {
        match self {
            Self::Boolean(boolean) => Some(boolean.op),
            _ => None,
        }
    }

    /// The same with all lengths multiplied.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Repair(repair) => Self::Repair(Repair { tolerance: repair.tolerance * factor, ..repair }),
            Self::Simplify(simplify) => {
                let max_deviation = simplify.max_deviation.map(|limit| limit * factor);
                Self::Simplify(Simplify { max_deviation, ..simplify })
            }
            Self::Offset(offset) => Self::Offset(Offset {
                distance: offset.distance * factor,
                detail: offset.detail * factor,
                ..offset
            }),
            Self::Trim(trim) => {
                Self::Trim(Trim { height: trim.height * factor, gap: trim.gap * factor, ..trim })
            }
            Self::Refine(refine) => Self::Refine(Refine { max_length: refine.max_length * factor }),
            Self::Boolean(_) | Self::Hull | Self::Smooth(_) | Self::Subdivide(_) => self,
        }
    }

    /// Whether it can be computed with these parameters on some mesh.
    ///
    /// # Errors
    /// What is wrong with which parameter.
    pub fn validate(&self) -> Result<(), BadParameters> {
        match self {
            Self::Boolean(_) | Self::Hull => Ok(()),
            Self::Repair(repair) => length_or_zero("the tolerance", repair.tolerance),
            Self::Simplify(simplify) => {
                if !(0.0..=1.0).contains(&simplify.share) {
                    return bad("the share to keep must be between 0 and 100 %");
                }
                simplify.max_deviation.map_or(Ok(()), |limit| length_or_zero("the deviation", limit))
            }
            Self::Offset(offset) => {
                length("the distance", offset.distance)?;
                length("the detail", offset.detail)
            }
            Self::Trim(trim) => {
                if trim.normal.try_normalize().is_none() {
                    return bad("the direction of a cut must not be zero");
                }
                if !trim.height.is_finite() {
                    return bad("the height of a cut must be finite");
                }
                length_or_zero("the gap", trim.gap)
            }
            Self::Smooth(smooth) if smooth.rounds > MAX_SMOOTHINGS => {
                bad(&format!("more than {MAX_SMOOTHINGS} rounds change nothing any more"))
            }
            Self::Subdivide(subdivide) if subdivide.rounds > MAX_SUBDIVISIONS => {
                bad(&format!("more than {MAX_SUBDIVISIONS} rounds would be too many triangles"))
            }
            Self::Smooth(_) | Self::Subdivide(_) => Ok(()),
            Self::Refine(refine) => length("the length of edges", refine.max_length),
        }
    }
}

fn bad<T>(why: &str) -> Result<T, BadParameters> {
    Err(BadParameters(why.to_owned()))
}

fn length(what: &str, value: f64) -> Result<(), BadParameters> {
    if value > 0.0 && value.is_finite() { Ok(()) } else { bad(&format!("{what} must be a length above 0")) }
}

fn length_or_zero(what: &str, value: f64) -> Result<(), BadParameters> {
    let is_usable = value >= 0.0 && value.is_finite();
    if is_usable { Ok(()) } else { bad(&format!("{what} must be a length of at least 0")) }
}
