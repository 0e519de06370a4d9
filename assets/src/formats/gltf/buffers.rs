//! Where the bytes of a document are: buffers, the views of them, and the URIs that name them.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::budget::Expansion;
use super::json::{Lenient as _, Place, Report};
use super::meshopt;
use crate::Resolver;

/// All buffers and buffer views of a document.
pub(super) struct Buffers<'a> {
    /// The data of each buffer, an index into `data`; buffers of the same name share it.
    buffers: Vec<Option<usize>>,
    data: Vec<Cow<'a, [u8]>>,
    views: Vec<Option<View>>,
}

#[derive(Clone, Copy)]
struct View {
    buffer: usize,
    start: usize,
    end: usize,
    stride: Option<usize>,
}

impl<'a> Buffers<'a> {
    /// Fetches all buffers and checks all views. What lies outside of a buffer is cut off, with a warning.
    pub(super) fn load(
        document: &Value,
        bin: Option<&'a [u8]>,
        resolver: &'a dyn Resolver,
        report: &mut Report,
    ) -> Self {
        let root = Place::Root;
        let buffers_at = root.key("buffers");
        let mut all = Self { buffers: Vec::new(), data: Vec::new(), views: Vec::new() };
        let mut by_uri: BTreeMap<&str, Option<usize>> = BTreeMap::new();
        for (index, buffer) in document.elements("buffers").iter().enumerate() {
            let at = buffers_at.at(index);
            let data = match buffer.text("uri") {
                Some(uri) => match by_uri.get(uri) {
                    Some(known) => *known,
                    None => {
                        let data = fetch(uri, resolver, &at.key("uri"), report).map(|data| all.keep(data));
                        by_uri.insert(uri, data);
                        data
                    }
                },
                None if index == 0 && bin.is_some() => bin.map(|bin| all.keep(Cow::Borrowed(bin))),
                None => (buffer.index("byteLength") == Some(0)).then(|| all.keep(Cow::Borrowed(&[]))),
            };
            match data.map(|data| all.data[data].len()) {
                Some(found) if buffer.index("byteLength").is_some_and(|length| length > found) => {
                    let expected = buffer.whole("byteLength").unwrap_or(0);
                    let message = format!("The buffer should have {expected} bytes, only {found} are there.");
                    report.warn("buffer-short", &at, message);
                }
                None if buffer.text("uri").is_none() && !is_fallback(buffer) => {
                    report.warn("buffer-missing", &at, "The buffer has no data.");
                }
                _ => {}
            }
            all.buffers.push(data);
        }
        let views_at = root.key("bufferViews");
        let mut expansion = Expansion::new(all.num_bytes());
        for (index, view) in document.elements("bufferViews").iter().enumerate() {
            let at = views_at.at(index);
            let decompressed = match meshopt::extension(view) {
                Some((name, extension)) => {
                    let extensions_at = at.key("extensions");
                    all.decompressed(extension, &mut expansion, &extensions_at.key(name), report)
                }
                None => None,
            };
            let view = decompressed.or_else(|| all.checked_view(view, &at, report));
            all.views.push(view);
        }
        all
    }

    /// The bytes of a view and its stride, if it says one. `None` when there is no such view or its buffer is missing.
    pub(super) fn view(&self, index: usize) -> Option<(&[u8], Option<usize>)> {
        let view = self.views.get(index).copied().flatten()?;
        Some((&self.bytes_of(view.buffer)?[view.start..view.end], view.stride))
    }

    /// How many bytes all buffers have together.
    pub(super) fn num_bytes(&self) -> usize {
        self.data.iter().map(|data| data.len()).sum()
    }

    fn keep(&mut self, data: Cow<'a, [u8]>) -> usize {
        self.data.push(data);
        self.data.len() - 1
    }

    fn bytes_of(&self, buffer: usize) -> Option<&[u8]> {
        let data = self.buffers.get(buffer).copied().flatten()?;
        Some(&self.data[data])
    }

    /// A view of what the compressed data of a view holds; `None`, and a warning, when it cannot be decoded.
    fn decompressed(
        &mut self,
        extension: &Value,
        expansion: &mut Expansion,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<View> {
        let source = extension.index("buffer").and_then(|buffer| self.bytes_of(buffer));
        let start = extension.index("byteOffset").unwrap_or(0);
        let len = extension.index("byteLength").unwrap_or(0);
        let source = source.and_then(|bytes| bytes.get(start..start.checked_add(len)?));
        let decoded = match source {
            Some(source) => meshopt::decode(extension, source, expansion),
            None => Err("it lies outside of its buffer, or that is missing".to_owned()),
        };
        match decoded {
            Ok(data) => {
                let end = data.len();
                let data = self.keep(Cow::Owned(data));
                self.buffers.push(Some(data));
                let stride = extension.index("byteStride");
                Some(View { buffer: self.buffers.len() - 1, start: 0, end, stride })
            }
            Err(what) => {
                let message = format!("The compressed data could not be decoded: {what}.");
                report.warn("meshopt-damaged", at, message);
                None
            }
        }
    }

    fn checked_view(&self, view: &Value, at: &Place<'_>, report: &mut Report) -> Option<View> {
        let buffer = view.index("buffer")?;
        let start = view.index("byteOffset").unwrap_or(0);
        let length = view.index("byteLength").unwrap_or(usize::MAX);
        let available = self.bytes_of(buffer)?.len();
        let end = start.saturating_add(length);
        if end > available {
            let message = format!("The view ends at byte {end} of a buffer of {available} bytes.");
            report.warn("buffer-view-too-long", &at.key("byteLength"), message);
        }
        let end = end.min(available);
        Some(View {
            buffer,
            start: start.min(end),
            end,
            stride: view.index("byteStride").filter(|stride| *stride > 0),
        })
    }
}

/// A buffer that only says how large the decompressed data is.
fn is_fallback(buffer: &Value) -> bool {
    meshopt::extension(buffer).is_some_and(|(_, extension)| extension.flag("fallback"))
}

/// The bytes behind a URI: in it, or in a side file. Warns and gives `None` where there are none.
pub(super) fn fetch<'a>(
    uri: &str,
    resolver: &'a dyn Resolver,
    at: &Place<'_>,
    report: &mut Report,
) -> Option<Cow<'a, [u8]>> {
    match classify(uri) {
        Uri::Data { base64: true, payload } => {
            let (bytes, complete) = decode_base64(payload);
            if !complete {
                report.warn(
                    "data-uri",
                    at,
                    "The data URI is damaged; what comes before the damage was read.",
                );
            }
            Some(Cow::Owned(bytes))
        }
        Uri::Data { base64: false, payload } => Some(Cow::Owned(percent_decode(payload))),
        Uri::BadData => {
            report.warn("data-uri", at, "The data URI has no comma, so no data.");
            None
        }
        Uri::Remote => {
            if let Some(given) = resolver.given(&String::from_utf8_lossy(&percent_decode(uri))) {
                return Some(given);
            }
            let message = format!(
                "“{}” is on another machine and was not fetched: files never make Kerf load anything from elsewhere. Download it and open it together with this file.",
                shortened(uri)
            );
            report.warn("remote-uri", at, message);
            None
        }
        Uri::Relative => {
            let name = String::from_utf8_lossy(&percent_decode(uri)).into_owned();
            // Some exporters forget to encode, so the name as written comes second.
            let found = resolver.resolve(&name).or_else(|| resolver.resolve(uri));
            if found.is_none() {
                let message =
                    format!("The file “{}” is missing; open it together with this one.", shortened(&name));
                report.warn("missing-side-file", at, message);
            }
            found
        }
    }
}

/// The name of the side file that a URI stands for; `None` for data URIs and other machines.
pub(super) fn side_file_name(uri: &str) -> Option<String> {
    matches!(classify(uri), Uri::Relative).then(|| String::from_utf8_lossy(&percent_decode(uri)).into_owned())
}

/// The media type of a data URI; `None` for others.
pub(super) fn data_media_type(uri: &str) -> Option<&str> {
    let head = uri.strip_prefix("data:")?.split(',').next()?;
    head.split(';').next()
}

enum Uri<'a> {
    Data { base64: bool, payload: &'a str },
    BadData,
    Remote,
    Relative,
}

fn classify(uri: &str) -> Uri<'_> {
    if let Some(data) = uri.strip_prefix("data:") {
        return match data.split_once(',') {
            Some((head, payload)) => Uri::Data { base64: head.ends_with(";base64"), payload },
            None => Uri::BadData,
        };
    }
    // `C:\wood.png` is a path; a scheme has two letters or more. `file:` is a path on the machine that wrote the file.
    match uri.split_once(':') {
        Some(("file", _)) => Uri::Relative,
        Some((scheme, _))
            if scheme.len() > 1
                && scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)) =>
        {
            Uri::Remote
        }
        _ if uri.starts_with("//") => Uri::Remote,
        _ => Uri::Relative,
    }
}

fn shortened(uri: &str) -> String {
    const MAX_CHARS: usize = 120;
    match uri.char_indices().nth(MAX_CHARS) {
        Some((end, _)) => format!("{}…", &uri[..end]),
        None => uri.to_owned(),
    }
}

fn percent_decode(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let digits = bytes.get(at + 1..at + 3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| byte == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(value) => {
                decoded.push(value);
                at += 3;
            }
            None => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    decoded
}

/// Decodes base64 in either alphabet, with or without padding and white space, up to the first other character.
/// Tells whether that was the end.
fn decode_base64(text: &str) -> (Vec<u8>, bool) {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3 + 3);
    let (mut bits, mut num_bits) = (0_u32, 0_u32);
    let mut complete = true;
    for byte in text.bytes() {
        let digit = BASE64_DIGITS[usize::from(byte)];
        if digit < 64 {
            bits = bits << 6 | u32::from(digit);
            num_bits += 6;
            if num_bits >= 8 {
                num_bits -= 8;
                decoded.push((bits >> num_bits & 0xff) as u8);
            }
        } else if !matches!(byte, b'=' | b'\n' | b'\r' | b' ' | b'\t') {
            complete = false;
            break;
        }
    }
    (decoded, complete)
}

/// The value of each base64 digit, 255 for other characters.
const BASE64_DIGITS: [u8; 256] = {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [255; 256];
    let mut value = 0;
    while value < 64 {
        table[digits[value as usize] as usize] = value;
        value += 1;
    }
    table[b'-' as usize] = 62;
    table[b'_' as usize] = 63;
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NoSideFiles, SideFiles};

    #[test]
    fn base64_in_all_its_forms() {
        for (text, expected) in [
            ("", &b""[..]),
            ("TQ==", b"M"),
            ("TWE", b"Ma"),
            ("TWFu", b"Man"),
            ("TW\nFu", b"Man"),
            ("-_-_", &[0xfb, 0xff, 0xbf]),
        ] {
            assert_eq!(decode_base64(text), (expected.to_vec(), true), "{text}");
        }
        assert_eq!(decode_base64("TWFu%TWFu"), (b"Man".to_vec(), false));
    }

    #[test]
    fn uris_are_told_apart() {
        assert_eq!(side_file_name("a%20b/c.bin").as_deref(), Some("a b/c.bin"));
        assert_eq!(side_file_name("100%.bin").as_deref(), Some("100%.bin"));
        assert_eq!(side_file_name("C:\\wood.png").as_deref(), Some("C:\\wood.png"));
        assert_eq!(side_file_name("https://example.org/a.bin"), None);
        assert_eq!(side_file_name("//example.org/a.bin"), None);
        assert_eq!(side_file_name("data:;base64,TQ=="), None);
        assert_eq!(data_media_type("data:image/png;base64,TQ=="), Some("image/png"));
    }

    #[test]
    fn views_are_cut_to_their_buffers() {
        let document = serde_json::json!({
            "buffers": [{ "byteLength": 4, "uri": "data:;base64,AQIDBA==" }, { "byteLength": 9, "uri": "gone.bin" }],
            "bufferViews": [
                { "buffer": 0, "byteOffset": 1, "byteLength": 2 },
                { "buffer": 0, "byteOffset": 3, "byteLength": 2 },
                { "buffer": 0, "byteOffset": 18_446_744_073_709_551_615_u64, "byteLength": 2 },
                { "buffer": 1, "byteLength": 2 },
                { "buffer": 7, "byteLength": 2 },
            ],
        });
        let mut report = Report::default();
        let buffers = Buffers::load(&document, None, &NoSideFiles, &mut report);
        let views: Vec<_> = (0..6).map(|index| buffers.view(index).map(|view| view.0)).collect();
        assert_eq!(views, [Some(&[2, 3][..]), Some(&[4][..]), Some(&[][..]), None, None, None]);
        let codes: Vec<_> = report.finish().into_iter().map(|warning| warning.code).collect();
        assert_eq!(codes, ["missing-side-file", "buffer-view-too-long", "buffer-view-too-long"]);
    }

    #[test]
    fn names_are_tried_decoded_and_as_written() {
        let mut files = SideFiles::new();
        files.insert("a b.bin", vec![1]);
        files.insert("50%25.bin", vec![2]);
        let mut report = Report::default();
        assert_eq!(fetch("a%20b.bin", &files, &Place::Root, &mut report).as_deref(), Some(&[1][..]));
        assert_eq!(fetch("50%25.bin", &files, &Place::Root, &mut report).as_deref(), Some(&[2][..]));
    }
}
