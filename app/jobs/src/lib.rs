//! What Kerf does off the main thread: [`JobRequest`] → [`JobOutput`], pure functions over `geometry` and `assets`.
//!
//! **Knows** the kernel, the formats, and how both are combined into an answer the app can use without more work.
//! **Never knows** UI, GPU, the document, threads or workers; what it needs of the outside comes through a [`Host`].
//!
//! Requests and outputs are plain data, so that one [`run()`] serves a thread, a Web Worker (through [`wire`]) and a test.

mod boolean;
mod cache;
mod evaluate;
mod files;
mod import;
mod part;
mod preview;
mod project;
mod request;
mod run;
pub mod wire;

pub use cache::PartCache;
pub use evaluate::{BooleanOp, BooleanOperand, PlacedPart, Recipe};
pub use files::{FileRef, FileSource, Host, InMemory, ReadError};
pub use import::{COARSE_TRIANGLES, NEEDS_MEMORY};
pub use part::{Part, PartFacts, PartRef, PreparedPart, Preview, PreviewPart};
pub use request::{ImportedModel, JobError, JobOutput, JobRequest, OutputFile};
pub use run::{MISSING_PART, run};
