//! Recipes: how the part of a live node is made from other parts.

use assets::Warning;
use glam::DAffine3;
use serde::{Deserialize, Serialize};

use crate::{Operation, PartRef};

/// How a part is made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Recipe {
    /// A shape with exact sizes.
    Primitive(geometry::Primitive),
    /// An operation on other parts.
    Operation {
        /// Which one.
        operation: Operation,
        /// At least one; for a difference the first is the one that is cut. All but booleans take them together as one.
        operands: Vec<Operand>,
    },
}

/// An operand of an operation: all of its parts together count as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Operand {
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

/// What is to be said of an evaluation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Remarks {
    /// What was assumed, or could not be done.
    pub notes: Vec<Warning>,
    /// What was changed, where an operation was asked to change what it finds.
    pub changes: Vec<Change>,
}

/// Something that was changed, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// A stable code, such as `filled-holes`.
    pub code: String,
    /// How often, above 0.
    pub count: usize,
    /// The same in words for people, such as “2 holes were filled”.
    pub message: String,
}
