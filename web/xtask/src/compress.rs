//! Compressed twins of the site's files, kept between builds by content.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::Result;

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Brotli.
    Brotli,
    /// Gzip.
    Gzip,
}

impl Encoding {
    /// What is appended to the file's name.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gz",
        }
    }

    /// Its name in HTTP headers.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }
}

/// How much time compressing may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// A second for everything: for a server on the same machine.
    Little,
    /// The smallest files there can be.
    Best,
}

/// Both encodings, the better one first.
pub const ENCODINGS: [Encoding; 2] = [Encoding::Brotli, Encoding::Gzip];

/// A name for content: 16 hexadecimal digits.
#[must_use]
pub fn content_name(bytes: &[u8]) -> String {
    format!("{:016x}", twox_hash::XxHash3_64::oneshot(bytes))
}

/// Whether compressing pays.
#[must_use]
pub fn is_compressible(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    matches!(extension, "html" | "js" | "wasm" | "svg" | "json" | "webmanifest" | "txt" | "md")
}

/// Writes the compressed twins of every file of a folder, several at a time.
///
/// `cache` keeps results by content, since the best levels take seconds per file.
///
/// # Errors
/// When a file cannot be read or written.
pub fn folder(dir: &Path, cache: &Path, effort: Effort) -> Result<()> {
    std::fs::create_dir_all(cache)?;
    let mut jobs: Vec<(PathBuf, Encoding)> = Vec::new();
    for file in files_below(dir)? {
        if is_compressible(&file) {
            jobs.extend(ENCODINGS.map(|encoding| (file.clone(), encoding)));
        }
    }
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let running: Vec<_> = jobs
            .iter()
            .map(|(file, encoding)| scope.spawn(|| twin(file, *encoding, cache, effort)))
            .collect();
        running.into_iter().map(|job| job.join().expect("compressing does not panic")).collect()
    });
    results.into_iter().collect()
}

fn twin(file: &Path, encoding: Encoding, cache: &Path, effort: Effort) -> Result<()> {
    let bytes = std::fs::read(file)?;
    let name = format!("{}-{}-{effort:?}.{}", content_name(&bytes), bytes.len(), encoding.extension());
    let kept = cache.join(name);
    if !kept.is_file() {
        let unfinished = kept.with_extension(format!("{}.{}.tmp", encoding.extension(), std::process::id()));
        std::fs::write(&unfinished, compressed(&bytes, encoding, effort)?)?;
        std::fs::rename(&unfinished, &kept)?;
    }
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(encoding.extension());
    std::fs::copy(kept, PathBuf::from(name))?;
    Ok(())
}

/// Bytes in an encoding.
///
/// # Errors
/// Never for memory; the encoders report through `io`.
pub fn compressed(bytes: &[u8], encoding: Encoding, effort: Effort) -> Result<Vec<u8>> {
    let (quality, level) = match effort {
        Effort::Little => (5, flate2::Compression::default()),
        Effort::Best => (11, flate2::Compression::best()),
    };
    let mut out = Vec::new();
    match encoding {
        Encoding::Brotli => {
            let params = brotli::enc::BrotliEncoderParams { quality, lgwin: 24, ..Default::default() };
            brotli::BrotliCompress(&mut &bytes[..], &mut out, &params)?;
        }
        Encoding::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(&mut out, level);
            encoder.write_all(bytes)?;
            encoder.finish()?;
        }
    }
    Ok(out)
}

/// The files of a folder and its folders, sorted.
///
/// # Errors
/// When the folder cannot be read.
pub fn files_below(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![dir.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    Ok(files)
}
