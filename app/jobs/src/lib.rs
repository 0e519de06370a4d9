//! What Kerf does off the main thread: [`JobRequest`] → [`JobOutput`], pure functions over `geometry` and `assets`.
//!
//! **Knows** the kernel, the formats, and how both are combined into an answer the app can use without more work.
//! **Never knows** UI, GPU, the document, threads or workers; what it needs of the outside comes through a [`Host`].
//!
//! Requests and outputs are plain data, so that one [`run()`] serves a thread, a Web Worker (through [`wire`]) and a test.

mod cache;
mod evaluate;
mod files;
mod health;
mod import;
mod measure;
mod operate;
mod operation;
mod part;
mod preview;
mod project;
mod request;
mod run;
mod section;
#[cfg(test)]
mod testing;
pub mod wire;

pub use cache::PartCache;
pub use evaluate::{Change, Operand, PlacedPart, Recipe, Remarks};
pub use files::{FileRef, FileSource, Host, InMemory, ReadError};
pub use health::{Finding, Severity};
pub use import::{COARSE_TRIANGLES, NEEDS_MEMORY};
pub use operation::{
    BadParameters, Boolean, BooleanOp, Direction, Offset, OffsetCorners, OffsetKept, Operation, Refine,
    Repair, Simplify, Smooth, Subdivide, Trim, TrimKept,
};
pub use part::{Part, PartFacts, PartRef, PreparedPart, Preview, PreviewPart};
pub use request::{ImportedModel, JobError, JobOutput, JobRequest, OutputFile};
pub use run::{MISSING_PART, run};
pub use section::Section;
