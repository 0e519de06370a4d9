//! Everything that differs between a desktop and a page: files, dialogs, storage, the clock.
//!
//! The app asks through [`Platform`]; what comes of it, and what comes from outside (dropped files, the page's API), is
//! an [`Arrival`], drained once per frame. Nothing here waits.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
pub mod web;

#[cfg(not(target_arch = "wasm32"))]
use native as here;
#[cfg(target_arch = "wasm32")]
use web as here;

use jobs::FileRef;

pub use here::{Platform, dropped, now_secs, read_settings, step_after, unix_secs, wake};

/// What comes from outside.
#[derive(Debug)]
pub enum Arrival {
    /// Files that were dropped, pasted, chosen or named on start, together.
    Open {
        /// The files.
        files: Vec<FileRef>,
        /// To be answered once they are shown or failed; only for the page's API.
        reply: Option<ReplyId>,
    },
    /// A command of the page's API.
    Command {
        /// Its name in the command table.
        id: String,
        /// Its arguments.
        args: serde_json::Value,
        /// To be answered.
        reply: ReplyId,
    },
    /// The page wants a picture of the view, as PNG.
    Screenshot {
        /// How it is taken, as the script said it; see [`crate::snapshot::Snapshot::from_json`].
        options: serde_json::Value,
        /// To be answered with [`Platform::reply_bytes`].
        reply: ReplyId,
    },
    /// A file was written, or not.
    Saved {
        /// The number given with the wish.
        ticket: u64,
        /// Its path, or on the web its name; `None` when the user thought better of it.
        outcome: Result<Option<String>, String>,
    },
    /// What is stored under a key.
    Stored {
        /// The key.
        key: String,
        /// What was put there; `None` when there is nothing.
        bytes: Option<Vec<u8>>,
    },
    /// The keys there are.
    StoredKeys(Vec<String>),
    /// Something could not be stored.
    StoreFailed {
        /// The key.
        key: String,
        /// Why, in words for people.
        reason: String,
    },
}

/// Names a question of the page that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ReplyId(pub u32);
