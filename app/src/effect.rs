//! What the state asks of the platform.

use crate::platform::Platform;

/// A wish to the platform; the answer comes back as an arrival.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Ask the user for files to open.
    ChooseFiles,
    /// Open what was opened before: a path natively, an address on the web.
    OpenAgain(String),
    /// Save bytes under a name the user may change; natively a dialog, on the web a download.
    SaveFile {
        /// The proposed name.
        name: String,
        /// The content.
        bytes: Vec<u8>,
        /// Comes back with the answer.
        ticket: u64,
    },
    /// Write bytes to a path that is already known (native), or download again (web).
    WriteFile {
        /// Where.
        path: String,
        /// The content.
        bytes: Vec<u8>,
        /// Comes back with the answer.
        ticket: u64,
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

impl Effect {
    /// Hands the wish on.
    pub fn perform(self, platform: &Platform) {
        match self {
            Self::ChooseFiles => platform.choose_files(),
            Self::OpenAgain(file) => platform.open_again(&file),
            Self::SaveFile { name, bytes, ticket } => platform.save_file(&name, bytes, ticket),
            Self::WriteFile { path, bytes, ticket } => platform.write_file(&path, bytes, ticket),
        }
    }
}
