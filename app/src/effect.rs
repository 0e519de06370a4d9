//! What the state asks of the platform.

/// A wish to the platform; the answer comes back as a [`Command`](crate::command::Command).
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the user for files to open.
    ChooseFiles,
    /// Save bytes under a name the user may change; natively a dialog, on the web a download.
    SaveFile {
        /// The proposed name.
        name: String,
        /// The content.
        bytes: Vec<u8>,
        /// What it is.
        kind: SavedKind,
    },
    /// Write bytes to a path that is already known (native), or download again (web).
    WriteFile {
        /// Where.
        path: String,
        /// The content.
        bytes: Vec<u8>,
        /// What it is.
        kind: SavedKind,
    },
}

/// What a saved file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SavedKind {
    /// The project, as of a revision of the document.
    Project(u64),
    /// An exported model or a picture.
    Export,
}
