//! Zip archives in memory: enough of the format (APPNOTE 6.3) for containers like ours and for what people pack. Stored
//! and deflated entries, also with the 64-bit sizes that some writers use for small files; no encryption.

use std::io::{Read as _, Write as _};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use geometry::{Cancelled, Progress};

const LOCAL: [u8; 4] = *b"PK\x03\x04";
const CENTRAL: [u8; 4] = *b"PK\x01\x02";
const END: [u8; 4] = *b"PK\x05\x06";
const END_64: [u8; 4] = *b"PK\x06\x06";
const LOCATOR_64: [u8; 4] = *b"PK\x06\x07";
/// Stands where a number has 64 bits and is elsewhere.
const ELSEWHERE: usize = u32::MAX as usize;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
/// Bytes worked on between two looks at the progress.
const CHUNK: usize = 1 << 18;

/// Why an archive or one of its entries cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ZipError {
    #[error("{0}")]
    Damaged(String),
    #[error("unpacked it is larger than {limit_bytes} bytes")]
    TooLarge { limit_bytes: u64 },
    #[error("cancelled")]
    Cancelled,
}

impl From<Cancelled> for ZipError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

/// How many bytes all files of an archive may have unpacked: deflate reaches 1032 : 1 on zeros, documents, models and XML
/// at most some 50 : 1.
pub(crate) fn limit_bytes(archive_bytes: usize) -> u64 {
    (archive_bytes as u64).saturating_mul(200).saturating_add(64 << 20)
}

/// Whether the bytes start as a zip archive does.
pub(crate) fn is_zip(bytes: &[u8]) -> bool {
    bytes.starts_with(&LOCAL) || bytes.starts_with(&END)
}

fn damaged<T>(what: impl Into<String>) -> Result<T, ZipError> {
    Err(ZipError::Damaged(what.into()))
}

/// A file in an archive.
pub(crate) struct Entry<'a> {
    pub(crate) name: String,
    method: u16,
    crc: u32,
    packed: &'a [u8],
    /// Bytes that its directory entry asks for but the archive does not have.
    num_missing: usize,
    /// How long its directory entry says it is unpacked; 0 where nothing says so.
    claimed: usize,
}

/// The files of an archive in order, and whether its directory had to be guessed.
pub(crate) struct Archive<'a> {
    pub(crate) entries: Vec<Entry<'a>>,
    /// The directory at the end is missing or damaged; the entries are those found one after another from the start.
    pub(crate) is_rebuilt: bool,
}

impl<'a> Archive<'a> {
    /// Reads the directory, or what can be found without it.
    pub(crate) fn read(bytes: &'a [u8]) -> Self {
        if let Some(entries) = directory(bytes) {
            return Self { entries, is_rebuilt: false };
        }
        Self { entries: scan(bytes), is_rebuilt: true }
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn usize_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32_at(bytes, at)?).ok()
}

fn usize_64_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u64::from_le_bytes(*bytes.get(at..)?.first_chunk()?)).ok()
}

/// The number of entries and where their directory starts, by the 64-bit record before the last one.
fn end_64(bytes: &[u8], end: usize) -> Option<(usize, usize)> {
    let locator = end.checked_sub(20)?;
    if !bytes.get(locator..)?.starts_with(&LOCATOR_64) {
        return None;
    }
    let record = usize_64_at(bytes, locator + 8)?;
    if !bytes.get(record..)?.starts_with(&END_64) {
        return None;
    }
    Some((usize_64_at(bytes, record.checked_add(32)?)?, usize_64_at(bytes, record.checked_add(48)?)?))
}

/// The 64-bit numbers of a directory entry, in place of those that are elsewhere: unpacked and packed size, offset.
fn numbers_64(extra: &[u8], numbers: [usize; 3]) -> Option<[usize; 3]> {
    const ID: u16 = 1;
    let mut rest = extra;
    while let Some(id) = u16_at(rest, 0) {
        let length = usize::from(u16_at(rest, 2)?);
        let field = rest.get(4..4 + length)?;
        if id == ID {
            let mut at = 0;
            let mut numbers = numbers;
            for number in numbers.iter_mut().filter(|number| **number == ELSEWHERE) {
                *number = usize_64_at(field, at)?;
                at += 8;
            }
            return Some(numbers);
        }
        rest = &rest[4 + length..];
    }
    Some(numbers)
}

fn directory(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    const END_BYTES: usize = 22;
    let last = bytes.len().checked_sub(END_BYTES)?;
    // A comment of up to 64 KiB may follow.
    let first = last.saturating_sub(usize::from(u16::MAX));
    let end = (first..=last).rev().find(|&at| bytes[at..].starts_with(&END))?;
    let mut count = usize::from(u16_at(bytes, end + 10)?);
    let mut at = usize_at(bytes, end + 16)?;
    if count == usize::from(u16::MAX) || at == ELSEWHERE {
        (count, at) = end_64(bytes, end).unwrap_or((count, at));
    }
    let mut entries = Vec::new();
    for _entry in 0..count {
        if !bytes.get(at..)?.starts_with(&CENTRAL) {
            return None;
        }
        let [name_length, extra_length, comment_length] =
            [u16_at(bytes, at + 28)?, u16_at(bytes, at + 30)?, u16_at(bytes, at + 32)?].map(usize::from);
        let name = bytes.get(at + 46..at + 46 + name_length)?;
        let sizes = [usize_at(bytes, at + 24)?, usize_at(bytes, at + 20)?, usize_at(bytes, at + 42)?];
        let extra = bytes.get(at + 46 + name_length..)?.get(..extra_length)?;
        let [unpacked, size, local] = numbers_64(extra, sizes)?;
        if !bytes.get(local..)?.starts_with(&LOCAL) {
            return None;
        }
        let data =
            local + 30 + usize::from(u16_at(bytes, local + 26)?) + usize::from(u16_at(bytes, local + 28)?);
        let mut entry = entry(bytes, name, u16_at(bytes, at + 10)?, u32_at(bytes, at + 16)?, data, size)?;
        entry.claimed = unpacked;
        entries.push(entry);
        at += 46 + name_length + extra_length + comment_length;
    }
    Some(entries)
}

/// Entries one after another from the start, up to the first that does not say how long it is.
fn scan(bytes: &[u8]) -> Vec<Entry<'_>> {
    const HAS_LENGTH_AFTER: u16 = 1 << 3;
    let mut entries = Vec::new();
    let mut at = 0;
    while bytes.get(at..).is_some_and(|rest| rest.starts_with(&LOCAL)) {
        let next = (|| {
            let flags = u16_at(bytes, at + 6)?;
            let size = usize_at(bytes, at + 18)?;
            let name_length = usize::from(u16_at(bytes, at + 26)?);
            let data = at + 30 + name_length + usize::from(u16_at(bytes, at + 28)?);
            let name = bytes.get(at + 30..at + 30 + name_length)?;
            let entry = entry(bytes, name, u16_at(bytes, at + 8)?, u32_at(bytes, at + 14)?, data, size)?;
            (flags & HAS_LENGTH_AFTER == 0).then_some((entry, data.checked_add(size)?))
        })();
        let Some((entry, end)) = next else { break };
        entries.push(entry);
        at = end;
    }
    entries
}

fn entry<'a>(
    bytes: &'a [u8],
    name: &[u8],
    method: u16,
    crc: u32,
    data: usize,
    size: usize,
) -> Option<Entry<'a>> {
    let rest = bytes.get(data..)?;
    let there = size.min(rest.len());
    let name = String::from_utf8_lossy(name).into_owned();
    Some(Entry { name, method, crc, packed: &rest[..there], num_missing: size - there, claimed: 0 })
}

impl Entry<'_> {
    /// How long the file is in the archive.
    pub(crate) fn packed_bytes(&self) -> usize {
        self.packed.len()
    }

    /// The bytes of the file, at most `limit_bytes` of them. Memory grows with what really comes out.
    pub(crate) fn extract(&self, limit_bytes: u64, progress: &dyn Progress) -> Result<Vec<u8>, ZipError> {
        if self.num_missing > 0 {
            return damaged(format!("its last {} bytes are missing", self.num_missing));
        }
        let bytes = match self.method {
            STORED if self.packed.len() as u64 > limit_bytes => {
                return Err(ZipError::TooLarge { limit_bytes });
            }
            STORED => self.packed.to_vec(),
            DEFLATED => self.inflate(limit_bytes, progress)?,
            other => return damaged(format!("it is packed by method {other}, which is not read")),
        };
        if crc32fast::hash(&bytes) != self.crc {
            return damaged("its checksum is wrong");
        }
        Ok(bytes)
    }

    fn inflate(&self, limit_bytes: u64, progress: &dyn Progress) -> Result<Vec<u8>, ZipError> {
        /// What text packs to. Claims beyond that are not believed before it comes out.
        const USUAL_RATIO: usize = 16;
        let mut decoder = DeflateDecoder::new(self.packed);
        let likely = self.claimed.min(self.packed.len().saturating_mul(USUAL_RATIO));
        let mut bytes = Vec::with_capacity(likely.min(usize::try_from(limit_bytes).unwrap_or(usize::MAX)));
        loop {
            let before = bytes.len();
            let read = decoder.by_ref().take(CHUNK as u64).read_to_end(&mut bytes);
            if let Err(error) = read {
                return damaged(format!("its packed data is damaged ({error})"));
            }
            if bytes.len() as u64 > limit_bytes {
                return Err(ZipError::TooLarge { limit_bytes });
            }
            if bytes.len() == before {
                return Ok(bytes);
            }
            progress.report(decoder.total_in() as f64 / self.packed.len().max(1) as f64)?;
        }
    }
}

/// An archive being written.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    directory: Vec<u8>,
    num_entries: usize,
}

impl Writer {
    /// Adds a file, deflated where that makes it clearly smaller.
    pub(crate) fn add(
        &mut self,
        name: &str,
        content: &[u8],
        progress: &dyn Progress,
    ) -> Result<(), ZipError> {
        let packed = if is_worth_packing(content) { Some(deflated(content, progress)?) } else { None };
        let packed = packed.filter(|packed| packed.len() < content.len());
        let (method, data) = packed.as_deref().map_or((STORED, content), |packed| (DEFLATED, packed));
        let size = |size: usize| {
            u32::try_from(size).or(Err(ZipError::TooLarge { limit_bytes: u64::from(u32::MAX) }))
        };
        let local = size(self.bytes.len())?;
        let name_length = u16::try_from(name.len()).or_else(|_too_long| damaged("a name is too long"))?;

        let mut common = Vec::with_capacity(26);
        // Version 2.0; names are UTF-8; the date is 1980-01-01, so that equal content gives equal bytes.
        for number in [20_u16, 1 << 11, method, 0, 0x21] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        for number in [crc32fast::hash(content), size(data.len())?, size(content.len())?] {
            common.extend_from_slice(&number.to_le_bytes());
        }
        common.extend_from_slice(&name_length.to_le_bytes());
        common.extend_from_slice(&[0; 2]);

        self.bytes.extend_from_slice(&LOCAL);
        self.bytes.extend_from_slice(&common);
        self.bytes.extend_from_slice(name.as_bytes());
        self.bytes.extend_from_slice(data);
        self.directory.extend_from_slice(&CENTRAL);
        self.directory.extend_from_slice(&[20, 0]);
        self.directory.extend_from_slice(&common);
        self.directory.extend_from_slice(&[0; 10]);
        self.directory.extend_from_slice(&local.to_le_bytes());
        self.directory.extend_from_slice(name.as_bytes());
        self.num_entries += 1;
        Ok(())
    }

    /// The archive.
    pub(crate) fn finish(mut self) -> Result<Vec<u8>, ZipError> {
        let too_large = |_number| ZipError::TooLarge { limit_bytes: u64::from(u32::MAX) };
        let count = u16::try_from(self.num_entries).map_err(too_large)?;
        let start = u32::try_from(self.bytes.len()).map_err(too_large)?;
        let length = u32::try_from(self.directory.len()).map_err(too_large)?;
        self.bytes.append(&mut self.directory);
        self.bytes.extend_from_slice(&END);
        self.bytes.extend_from_slice(&[0; 4]);
        self.bytes.extend_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&count.to_le_bytes());
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(&start.to_le_bytes());
        self.bytes.extend_from_slice(&[0; 2]);
        Ok(self.bytes)
    }
}

/// Whether a sample from the middle loses a tenth of its size or more. Pictures do not, and packing takes time.
fn is_worth_packing(content: &[u8]) -> bool {
    let sample = &content[content.len() / 2..];
    let sample = &sample[..sample.len().min(1 << 14)];
    let packed = deflated(sample, &geometry::Unwatched);
    packed.is_ok_and(|packed| packed.len() * 10 < sample.len() * 9)
}

fn deflated(content: &[u8], progress: &dyn Progress) -> Result<Vec<u8>, ZipError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::fast());
    for (number, chunk) in content.chunks(CHUNK).enumerate() {
        progress.report((number * CHUNK) as f64 / content.len() as f64)?;
        encoder.write_all(chunk).expect("memory can be written");
    }
    Ok(encoder.finish().expect("memory can be written"))
}

#[cfg(test)]
mod tests {
    use geometry::Unwatched;

    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = Writer::default();
        writer.add("text.txt", &b"again and ".repeat(1000), &Unwatched).unwrap();
        writer.add("ü/noise", &(0..=255_u8).collect::<Vec<_>>(), &Unwatched).unwrap();
        writer.add("empty", b"", &Unwatched).unwrap();
        writer.finish().unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = sample();
        assert!(bytes.len() < 1000);
        let archive = Archive::read(&bytes);
        assert!(!archive.is_rebuilt);
        let names: Vec<&str> = archive.entries.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["text.txt", "ü/noise", "empty"]);
        assert_eq!(archive.entries[0].extract(10_000, &Unwatched).unwrap(), b"again and ".repeat(1000));
        assert_eq!(archive.entries[1].extract(256, &Unwatched).unwrap().len(), 256);
        assert_eq!(archive.entries[2].extract(0, &Unwatched).unwrap(), b"");
    }

    #[test]
    fn limits_hold() {
        let bytes = sample();
        let archive = Archive::read(&bytes);
        let error = archive.entries[0].extract(9_999, &Unwatched);
        assert_eq!(error, Err(ZipError::TooLarge { limit_bytes: 9_999 }));
    }

    #[test]
    fn without_its_directory_the_entries_are_found() {
        let bytes = sample();
        let end = memchr::memmem::find(&bytes, &CENTRAL).unwrap();
        let archive = Archive::read(&bytes[..end]);
        assert!(archive.is_rebuilt);
        assert_eq!(archive.entries.len(), 3);
        let cut = memchr::memmem::find(&bytes, "ü/noise".as_bytes()).unwrap() + 100;
        let archive = Archive::read(&bytes[..cut]);
        assert!(archive.entries[0].extract(10_000, &Unwatched).is_ok());
        assert!(matches!(archive.entries[1].extract(10_000, &Unwatched), Err(ZipError::Damaged(_))));
    }

    #[test]
    fn flipped_and_missing_bytes_do_no_harm() {
        let bytes = sample();
        for at in 0..bytes.len() {
            for flipped in [bytes[at] ^ 1, bytes[at] ^ 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[at] = flipped;
                for entry in Archive::read(&bytes).entries {
                    let _any = entry.extract(1 << 20, &Unwatched);
                }
            }
            for entry in Archive::read(&bytes[..at]).entries {
                let _any = entry.extract(1 << 20, &Unwatched);
            }
        }
    }
}
