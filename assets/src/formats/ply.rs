//! Stanford PLY: ascii and binary of both byte orders, any properties in any order and of any type.
//!
//! PLY says nothing of units and axes: millimetres and Z up are assumed. Texture coordinates have their origin at the lower
//! left, and colours are sRGB, as the programs that write them do it.

mod body;
mod build;
mod header;
mod roles;
mod source;
mod write;

use geometry::Progress;

use super::convention::Convention;
use super::text;
use super::{ImportOptions, Sniff};
use crate::{ImportError, Imported, Resolver, UpAxis};

pub(super) use write::export;

/// Whether it is a PLY: it starts with the word.
pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    let is_ply = matches!(bytes.trim_ascii_start(), [b'p', b'l', b'y', b'\n' | b'\r' | b' ' | b'\t', ..]);
    if is_ply { Sniff::Sure } else { Sniff::No }
}

pub(super) fn import(
    bytes: &[u8],
    options: &ImportOptions,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    progress.phase("Reading the header");
    let text = text::decode(bytes);
    // Binary data that happens to look like UTF-16 does not start with “ply”.
    let bytes = if sniff(bytes) == Sniff::Sure { bytes } else { text.as_ref() };
    let mut warnings = Vec::new();
    let header = header::read(bytes, &mut warnings)?;
    let convention = header.comments.iter().find_map(|comment| Convention::from_comment(comment));
    let convention = convention.unwrap_or_else(|| Convention::assumed(options, UpAxis::Z));
    progress.phase("Reading vertices and faces");
    let content = body::read(bytes, &header, convention, progress, &mut warnings)?;
    let scene = build::scene(&header, content, convention, resolver, &mut warnings)?;
    progress.report(1.0)?;
    Ok(Imported { scene, warnings })
}

/// How many faces a file says it has, or vertices where it has no faces; `None` when its header cannot be read.
pub(crate) fn num_items(head: &[u8]) -> Option<u64> {
    let header = header::read(head, &mut Vec::new()).ok()?;
    let count = |name: &str| header.elements.iter().find(|element| element.name == name).map(|it| it.count);
    count("face").filter(|&count| count > 0).or_else(|| count("vertex"))
}

/// The picture that the header names.
pub(super) fn side_files(bytes: &[u8]) -> Vec<String> {
    let header = header::read(bytes, &mut Vec::new());
    header.ok().and_then(|header| header.texture()).into_iter().collect()
}
