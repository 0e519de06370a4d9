//! The parameters of operations. Lengths are millimetres in the space of the node.

use geometry::HoleFill;
use geometry::boolean::WindingRule;
use glam::DVec3;
use serde::{Deserialize, Serialize};

/// A boolean of two or more operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Boolean {
    /// Which one.
    pub op: BooleanOp,
    /// What is inside an operand that goes round a place more than once.
    #[serde(default)]
    pub rule: WindingRule,
}

/// A boolean operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum BooleanOp {
    /// What is in any of them.
    Union,
    /// What is in the first and in none of the others.
    Difference,
    /// What is in all of them.
    Intersection,
    /// What is in an odd number of them.
    Xor,
    /// The first, cut apart by the others: what is outside of them and what is inside, as bodies of their own.
    Split,
}

/// What a repair does, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Repair {
    /// Positions at most this far apart become one; 0 is for exact coincidence.
    pub tolerance: f64,
    /// Whether open edges are split where vertices at other open edges lie on them.
    pub splits_t_junctions: bool,
    /// Whether of triangles over the same positions only one stays.
    pub drops_duplicates: bool,
    /// Only so many connected pieces stay, those with the largest area.
    pub max_shells: Option<u32>,
    /// Whether triangles are turned to wind alike and outward.
    pub orients: bool,
    /// How holes are filled; `None` leaves them open.
    pub holes: Option<HoleFill>,
    /// Holes with more edges stay open.
    pub max_hole_edges: Option<u32>,
    /// Whether a closed mesh that passes through itself is replaced by the surface of what is inside.
    pub resolves_crossings: bool,
}

impl Default for Repair {
    /// Everything but dropping pieces.
    fn default() -> Self {
        Self {
            tolerance: 0.0,
            splits_t_junctions: true,
            drops_duplicates: true,
            max_shells: None,
            orients: true,
            holes: Some(HoleFill::Flat),
            max_hole_edges: None,
            resolves_crossings: true,
        }
    }
}

/// When a simplification stops: at the share of triangles or before the deviation is passed, whatever comes first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Simplify {
    /// The share of triangles to keep, 0 to 1.
    pub share: f64,
    /// How far a vertex may end up from the result; `None` for no limit.
    pub max_deviation: Option<f64>,
    /// Whether vertices where the surface ends stay exactly where they are.
    pub keeps_boundary: bool,
}

impl Default for Simplify {
    fn default() -> Self {
        Self { share: 0.5, max_deviation: None, keeps_boundary: false }
    }
}

/// A surface at a distance from another one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offset {
    /// How far, above 0.
    pub distance: f64,
    /// To which side.
    pub direction: Direction,
    /// What is kept.
    pub kept: OffsetKept,
    /// What becomes of corners and edges.
    #[serde(default)]
    pub corners: OffsetCorners,
    /// For rounded corners, the side of the cubes in which the surface is looked for: smaller details are lost.
    pub detail: f64,
}

/// What becomes of the corners and edges of an offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OffsetCorners {
    /// They stay sharp, and faces flat: every face is moved as it is. Parts of very many triangles take long.
    Sharp,
    /// They are rounded; every part takes about as long as its size and the detail say.
    #[default]
    Rounded,
}

/// A side of a closed surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// Away from the material.
    Outward,
    /// Into it.
    Inward,
}

/// What an offset gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OffsetKept {
    /// Everything within the new surface: a thicker or thinner body.
    Solid,
    /// What is between the old surface, which stays exactly as it is, and the new one: a hollow body.
    Wall,
}

/// A cut along a plane.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trim {
    /// A direction at a right angle to the plane, of any length; points to above.
    pub normal: DVec3,
    /// How far the plane is from the origin along the normal.
    pub height: f64,
    /// What is kept.
    pub kept: TrimKept,
    /// How far both sides are moved apart, where both are kept.
    #[serde(default)]
    pub gap: f64,
    /// Whether the cut is closed by faces; without them, open meshes can be cut too.
    #[serde(default = "yes")]
    pub is_capped: bool,
}

fn yes() -> bool {
    true
}

/// The sides of a plane that a [`Trim`] keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TrimKept {
    /// Where the normal points to.
    Above,
    /// The other one.
    Below,
    /// Both, as bodies of their own.
    Both,
}

/// A surface without its roughness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Smooth {
    /// How often it is smoothed.
    pub rounds: u32,
}

/// The same surface of shorter edges.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refine {
    /// No edge is longer.
    pub max_length: f64,
}

/// A rounder surface of more triangles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subdivide {
    /// How often every triangle becomes four.
    pub rounds: u32,
}

impl BooleanOp {
    /// Its name in labels.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Union => "Union",
            Self::Difference => "Difference",
            Self::Intersection => "Intersection",
            Self::Xor => "Xor",
            Self::Split => "Split",
        }
    }

    /// Whether the first operand is cut by the others.
    #[must_use]
    pub fn cuts_first(self) -> bool {
        matches!(self, Self::Difference | Self::Split)
    }
}
