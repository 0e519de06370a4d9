//! The document: what the user makes, undoes and saves.
//!
//! **Knows** nodes, materials, edits, history, the project file's schema, and which [`jobs`] an up-to-date view needs.
//! **Never knows** UI, GPU, threads, files on disk, or the clock.
//!
//! A document is a graph of nodes. Some hold a part, others a recipe (a primitive, an operation on their children) whose
//! part is made by a job and found again by the hash of everything that goes into it. A [`Document`] is cheap to clone:
//! meshes, images and curves are behind `Arc` and never edited in place, so undo is a list of snapshots.

mod edit;
mod evaluation;
mod history;
mod import;
mod measurement;
mod model;
pub mod motion;
mod project;

pub use edit::{Edit, EditError, Outcome, world_from_new_operation};
pub use evaluation::{LeafPart, Pending, evaluation_key, leaf_parts, materials_of_slots, pending_work};
pub use history::{History, Step};
pub use measurement::{Anchor, Feature, Measurement, MeasurementId};
pub use model::{Content, Document, MaterialId, Node, NodeId, PartContent, Source};
pub use project::{ProjectError, Stored, from_json, to_json};
