//! What a visitor downloads before the app answers, and the limit we hold it to.

use std::fmt;
use std::path::Path;

use crate::compress::{self, Effort, Encoding};
use crate::{Result, cargo};

/// Page, scripts and main Wasm, in brotli: three megabytes.
pub const LIMIT_BYTES: usize = 3_000_000;

/// Sizes of the first download.
pub struct Sizes {
    files: Vec<(String, [usize; 3])>,
}

/// Measures a site.
///
/// # Errors
/// When a file cannot be read.
pub fn of_first_download(site: &Path) -> Result<Sizes> {
    let cache = cargo::target_dir()?.join("site/compressed");
    compress::folder(site, &cache, Effort::Best)?;
    let mut files = Vec::new();
    for file in compress::files_below(site)? {
        let name = file.strip_prefix(site)?.to_string_lossy().into_owned();
        if !compress::is_compressible(&file) || is_later(&name) {
            continue;
        }
        let twin = |encoding: Encoding| -> Result<usize> {
            let path = format!("{}.{}", file.display(), encoding.extension());
            Ok(usize::try_from(std::fs::metadata(path)?.len())?)
        };
        let raw = usize::try_from(std::fs::metadata(&file)?.len())?;
        files.push((name, [raw, twin(Encoding::Gzip)?, twin(Encoding::Brotli)?]));
    }
    Ok(Sizes { files })
}

/// Whether a file is fetched only after the app answers: the worker's.
fn is_later(name: &str) -> bool {
    name.contains("worker-") || name.ends_with(".webmanifest")
}

impl Sizes {
    /// Bytes in all: raw, gzip, brotli.
    #[must_use]
    pub fn total(&self) -> [usize; 3] {
        self.files.iter().fold([0; 3], |sum, (_, sizes)| std::array::from_fn(|idx| sum[idx] + sizes[idx]))
    }

    /// Whether [`LIMIT_BYTES`] is kept.
    #[must_use]
    pub fn is_within_limit(&self) -> bool {
        self.total()[2] <= LIMIT_BYTES
    }
}

impl fmt::Display for Sizes {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "{:<42}{:>12}{:>12}{:>12}", "first download (bytes)", "raw", "gzip", "brotli")?;
        let total = ("total".to_owned(), self.total());
        for (name, [raw, gzip, brotli]) in self.files.iter().chain([&total]) {
            writeln!(formatter, "{name:<42}{raw:>12}{gzip:>12}{brotli:>12}")?;
        }
        let verdict = if self.is_within_limit() { "within" } else { "OVER" };
        writeln!(formatter, "{verdict} the limit of {LIMIT_BYTES} bytes in brotli")
    }
}
