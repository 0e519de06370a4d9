//! Recipes: how the part of a live node is made from other parts.

use glam::DAffine3;
use serde::{Deserialize, Serialize};

use crate::PartRef;

/// How a part is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Recipe {
    /// A shape with exact sizes.
    Primitive(geometry::Primitive),
    /// A boolean of solids.
    Boolean {
        /// Which one.
        op: BooleanOp,
        /// At least one; for a difference the first is the one that is cut.
        operands: Vec<BooleanOperand>,
    },
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
}

/// An operand of a boolean: all of its parts together count as one solid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BooleanOperand {
    /// Its parts; none make it empty.
    pub parts: Vec<PlacedPart>,
    /// Its name, for messages.
    pub name: String,
}

/// A part of an operand, and what becomes of its place and its materials.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlacedPart {
    /// The part.
    pub part: PartRef,
    /// Where it stands in the space of the result.
    pub result_from_part: DAffine3,
    /// The result's material slot for its slot 0.
    pub first_slot: u32,
    /// How many slots it has, at least 1; triangles of slots beyond take the last.
    pub num_slots: u32,
}
