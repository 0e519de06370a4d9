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

/// An operand of a boolean.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BooleanOperand {
    /// Its part.
    pub part: PartRef,
    /// Where it stands in the space of the result.
    pub result_from_operand: DAffine3,
    /// The result's material slot for each of its own slots; the last one repeats.
    pub material_slots: Vec<u32>,
    /// Its name, for messages.
    pub name: String,
}
