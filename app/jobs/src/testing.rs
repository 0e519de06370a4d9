//! A place for jobs of unit tests.

use std::sync::Arc;

use geometry::ContentHash;

use crate::{FileRef, FileSource, Host, Part, ReadError};

/// Files are in memory, nothing is remembered, and there may be so many bytes for a model.
#[derive(Default)]
pub(crate) struct Bare {
    /// What [`Host::free_memory`] tells.
    pub(crate) free_memory: Option<u64>,
}

impl Host for Bare {
    fn read(&self, file: &FileRef) -> Result<Arc<Vec<u8>>, ReadError> {
        match &file.source {
            FileSource::Memory(bytes) => Ok(Arc::clone(bytes)),
            _ => Err(ReadError { name: file.name.clone(), reason: "only memory".to_owned() }),
        }
    }
    fn read_beside(&self, _file: &FileRef, _name: &str) -> Option<Vec<u8>> {
        None
    }
    fn cached_part(&self, _hash: ContentHash) -> Option<Arc<Part>> {
        None
    }
    fn cache_part(&self, _hash: ContentHash, _part: &Arc<Part>) {}
    fn free_memory(&self) -> Option<u64> {
        self.free_memory
    }
}
