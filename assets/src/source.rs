//! Where the bytes of a file are, for importers that need not hold all of them.

use std::borrow::Cow;

use geometry::Progress;

use crate::{ImportError, ImportErrorKind, Location};

/// The bytes of a file, wherever they are: in memory, on disk, behind a page.
pub trait ByteSource {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Fills a buffer with the bytes from an offset on; the range lies within the file.
    ///
    /// # Errors
    /// When they cannot be read, in words for people.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String>;

    /// All bytes, where they are in memory already.
    fn in_memory(&self) -> Option<&[u8]> {
        None
    }
}

impl ByteSource for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let range = start.checked_add(into.len()).and_then(|end| self.get(start..end));
        into.copy_from_slice(range.ok_or("it is shorter than it was")?);
        Ok(())
    }

    fn in_memory(&self) -> Option<&[u8]> {
        Some(self)
    }
}

/// How much is read between two reports of progress.
const SLICE_BYTES: usize = 4 << 20;

/// The first bytes of a file, at most so many.
pub(crate) fn head(source: &dyn ByteSource, most: usize) -> Result<Cow<'_, [u8]>, ImportError> {
    let size = usize::try_from(source.size()).unwrap_or(usize::MAX).min(most);
    if let Some(bytes) = source.in_memory() {
        return Ok(Cow::Borrowed(&bytes[..size]));
    }
    let mut bytes = vec![0; size];
    read(source, 0, &mut bytes)?;
    Ok(Cow::Owned(bytes))
}

/// All bytes of a file.
pub(crate) fn read_whole<'a>(
    source: &'a dyn ByteSource,
    progress: &dyn Progress,
) -> Result<Cow<'a, [u8]>, ImportError> {
    if let Some(bytes) = source.in_memory() {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut bytes = Vec::new();
    let size = usize::try_from(source.size()).ok();
    let size = size.filter(|&size| bytes.try_reserve_exact(size).is_ok()).ok_or_else(|| {
        ImportError::new(
            ImportErrorKind::TooLarge,
            Location::Whole,
            format!(
                "The file has {:.1} GB, which do not fit into memory. Split it, or convert it to binary STL, which is read piece by piece.",
                source.size() as f64 / 1e9
            ),
        )
    })?;
    while bytes.len() < size {
        progress.report(bytes.len() as f64 / size as f64)?;
        let start = bytes.len();
        bytes.resize(size.min(start + SLICE_BYTES), 0);
        read(source, start as u64, &mut bytes[start..])?;
    }
    Ok(Cow::Owned(bytes))
}

/// Fills a buffer from an offset on.
pub(crate) fn read(source: &dyn ByteSource, offset: u64, into: &mut [u8]) -> Result<(), ImportError> {
    source.read_at(offset, into).map_err(|reason| {
        let message = format!("The file could not be read on: {reason}. Copy or download it again.");
        ImportError::new(ImportErrorKind::Unreadable, Location::Byte(offset), message)
    })
}

/// A stretch of a file in pieces of whole records.
pub(crate) struct Records<'a> {
    source: &'a dyn ByteSource,
    at: u64,
    end: u64,
    record_bytes: usize,
    piece: Vec<u8>,
}

impl<'a> Records<'a> {
    /// Records of so many bytes, `count` of them from an offset on; they lie within the file.
    pub(crate) fn new(source: &'a dyn ByteSource, start: u64, count: usize, record_bytes: usize) -> Self {
        let end = start + (count * record_bytes) as u64;
        Self { source, at: start, end, record_bytes, piece: Vec::new() }
    }

    /// The next records; nothing at the end.
    pub(crate) fn next_piece(&mut self) -> Result<&[u8], ImportError> {
        /// Small enough for the caches, large enough that a browser can be asked for each.
        const PIECE_BYTES: usize = 1 << 20;
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let size = (PIECE_BYTES / self.record_bytes * self.record_bytes).min(left);
        self.piece.resize(size, 0);
        read(self.source, self.at, &mut self.piece)?;
        self.at += size as u64;
        Ok(&self.piece)
    }
}

#[cfg(test)]
mod tests {
    use geometry::Unwatched;

    use super::*;

    /// Bytes that are not here.
    struct Elsewhere(Vec<u8>);

    impl ByteSource for Elsewhere {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
            self.0.as_slice().read_at(offset, into)
        }
    }

    #[test]
    fn pieces_make_the_whole() {
        let bytes: Vec<u8> = (0..9_000_000_u32).map(|number| (number % 251) as u8).collect();
        let source = Elsewhere(bytes.clone());
        assert!(read_whole(&source, &Unwatched).unwrap() == bytes.as_slice());
        assert_eq!(head(&source, 5).unwrap().as_ref(), &bytes[..5]);
        let mut records = Records::new(&source, 84, 100_000, 50);
        let mut found = Vec::new();
        loop {
            let piece = records.next_piece().unwrap();
            if piece.is_empty() {
                break;
            }
            assert!(piece.len().is_multiple_of(50));
            found.extend_from_slice(piece);
        }
        assert!(found == bytes[84..84 + 5_000_000]);
    }

    #[test]
    fn a_file_that_shrinks_is_an_error() {
        let mut into = [0; 4];
        assert!(read(&[1_u8, 2, 3].as_slice(), 0, &mut into).is_err());
    }
}
