//! Where a job gets the bytes of files: the disk, memory, or the page.

use std::sync::Arc;

use assets::ByteSource;
use geometry::ContentHash;
use serde::{Deserialize, Serialize};

use crate::{Part, Preview};

/// A file a job reads.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileRef {
    /// Its name with extension, and with folders where it was dropped as part of one.
    pub name: String,
    /// Where its bytes are.
    pub source: FileSource,
}

/// Where the bytes of a [`FileRef`] are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FileSource {
    /// Here.
    Memory(#[serde(with = "geometry::bulk::shared")] Arc<Vec<u8>>),
    /// On disk (native only).
    Path(String),
    /// In the page, under a number that the page and its worker agree on (web only): a dropped file, or a fetched URL.
    Page(u32),
}

/// Why a file could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} could not be read: {reason}")]
pub struct ReadError {
    /// The file.
    pub name: String,
    /// Why, in words for people.
    pub reason: String,
}

/// A file that is in memory already.
pub struct InMemory(pub Arc<Vec<u8>>);

impl ByteSource for InMemory {
    fn size(&self) -> u64 {
        self.0.as_slice().size()
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        self.0.as_slice().read_at(offset, into)
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(&self.0)
    }
}

/// What a job may ask of the place it runs in.
pub trait Host {
    /// The bytes of a file.
    ///
    /// # Errors
    /// When there is no such file or it cannot be read.
    fn read(&self, file: &FileRef) -> Result<Arc<Vec<u8>>, ReadError>;

    /// A file whose bytes are read where they are needed.
    ///
    /// # Errors
    /// As [`Host::read`].
    fn open(&self, file: &FileRef) -> Result<Box<dyn ByteSource + '_>, ReadError> {
        Ok(Box::new(InMemory(self.read(file)?)))
    }

    /// The bytes of a file beside `file` (same folder, or same base URL); `None` when there is none of that name.
    ///
    /// `name` is relative and never leaves the folder: implementations refuse absolute paths and `..`.
    fn read_beside(&self, file: &FileRef, name: &str) -> Option<Vec<u8>>;

    /// A part this place remembers from an earlier job.
    fn cached_part(&self, hash: ContentHash) -> Option<Arc<Part>>;

    /// Remembers a part for later jobs, as long as there is room.
    fn cache_part(&self, hash: ContentHash, part: &Arc<Part>);

    /// How many bytes a computation may take beyond its input, where too many would cost more than the job.
    fn memory_limit(&self) -> Option<u64> {
        None
    }

    /// How many bytes a model and everything made of it may take here; `None` where nobody knows.
    fn free_memory(&self) -> Option<u64> {
        None
    }

    /// Whether somebody looks at what [`Host::show`] is given; nothing is made for it otherwise.
    fn is_watched(&self) -> bool {
        false
    }

    /// Shows what a job has so far.
    fn show(&self, _preview: Preview) {}
}
