//! From bytes to the JSON document and the binary chunk, for `.gltf` and `.glb` alike.

use std::borrow::Cow;

use serde_json::Value;

use super::json::{Place, Report};
use crate::{ImportError, ImportErrorKind, Location};

const MAGIC: &[u8; 4] = b"glTF";
const HEADER_LEN: usize = 12;
const CHUNK_HEADER_LEN: usize = 8;
const JSON_CHUNK: u32 = 0x4e4f_534a;
const BIN_CHUNK: u32 = 0x004e_4942;

/// What a file holds.
pub(super) struct Container<'a> {
    /// The JSON text, without a byte order mark or padding.
    json: &'a [u8],
    /// Where it starts in the file.
    json_offset: usize,
    /// The binary chunk of a `.glb`, as much of it as there is.
    pub(super) bin: Option<&'a [u8]>,
    /// Whether it is a `.glb`.
    pub(super) is_binary: bool,
    /// Whether the file ends before it says it does.
    pub(super) is_truncated: bool,
}

/// Whether the file starts as a `.glb` does.
pub(super) fn is_glb(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// Finds the parts of a file.
///
/// # Errors
/// When there is no JSON in it, or it is a binary glTF of version 1.
pub(super) fn open<'a>(bytes: &'a [u8], report: &mut Report) -> Result<Container<'a>, ImportError> {
    if is_glb(bytes) {
        return open_glb(bytes, report);
    }
    let json = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if json.trim_ascii().is_empty() {
        let message = "The file is empty. Export or download it again.";
        return Err(ImportError::new(ImportErrorKind::Truncated, Location::Whole, message));
    }
    let json_offset = bytes.len() - json.len();
    Ok(Container { json, json_offset, bin: None, is_binary: false, is_truncated: false })
}

fn open_glb<'a>(bytes: &'a [u8], report: &mut Report) -> Result<Container<'a>, ImportError> {
    let (Some(version), Some(declared)) = (u32_at(bytes, 4), u32_at(bytes, 8)) else {
        let message =
            format!("The file ends in its header: {HEADER_LEN} bytes are needed, found {}.", bytes.len());
        return Err(ImportError::new(ImportErrorKind::Truncated, Location::Byte(0), message));
    };
    if version == 1 {
        return Err(version_1(Location::Byte(4)));
    }
    if version != 2 {
        let message = format!("The container says version {version}; it was read as version 2.");
        report.warn_at("glb-version", Location::Byte(4), message);
    }
    let declared = usize::try_from(declared).unwrap_or(usize::MAX);
    if declared != bytes.len() {
        let message = format!("The header says {declared} bytes, the file has {}.", bytes.len());
        report.warn_at("glb-length", Location::Byte(8), message);
    }
    let chunks = read_chunks(bytes, declared, report);
    let Some((json_offset, json)) = chunks.json else {
        let message = "There is no JSON chunk in the file, so nothing says what its data means.";
        let kind = if chunks.is_truncated { ImportErrorKind::Truncated } else { ImportErrorKind::Malformed };
        return Err(ImportError::new(kind, Location::Byte(HEADER_LEN as u64), message));
    };
    let json = trim_padding(json);
    Ok(Container { json, json_offset, bin: chunks.bin, is_binary: true, is_truncated: chunks.is_truncated })
}

#[derive(Default)]
struct Chunks<'a> {
    json: Option<(usize, &'a [u8])>,
    bin: Option<&'a [u8]>,
    is_truncated: bool,
}

fn read_chunks<'a>(bytes: &'a [u8], declared: usize, report: &mut Report) -> Chunks<'a> {
    let mut chunks = Chunks::default();
    let mut offset = HEADER_LEN;
    let mut num_chunks = 0;
    // What lies behind the declared end is not ours, unless the declared length is nonsense.
    while offset < bytes.len() && (offset < declared || chunks.json.is_none()) {
        let at = Location::Byte(offset as u64);
        let (Some(length), Some(kind)) = (u32_at(bytes, offset), u32_at(bytes, offset + 4)) else {
            report.warn_at("glb-truncated", at, "The file ends in the header of a chunk.");
            chunks.is_truncated = true;
            break;
        };
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let rest = &bytes[offset + CHUNK_HEADER_LEN..];
        if length > rest.len() {
            let message = format!("A chunk needs {length} bytes, only {} are there.", rest.len());
            report.warn_at("glb-truncated", at.clone(), message);
            chunks.is_truncated = true;
        } else if !length.is_multiple_of(4) {
            report.warn_at(
                "glb-chunk",
                at.clone(),
                format!("A chunk's length, {length}, is not a multiple of 4."),
            );
        }
        let data = &rest[..length.min(rest.len())];
        if num_chunks == 0 && kind != JSON_CHUNK {
            report.warn_at("glb-chunk", at.clone(), "The first chunk is not the JSON chunk.");
        }
        match kind {
            JSON_CHUNK if chunks.json.is_none() => {
                chunks.json = Some((offset + CHUNK_HEADER_LEN, data));
            }
            BIN_CHUNK if chunks.bin.is_none() => {
                if num_chunks != 1 {
                    report.warn_at("glb-chunk", at, "The binary chunk is not the second chunk.");
                }
                chunks.bin = Some(data);
            }
            JSON_CHUNK | BIN_CHUNK => {
                report.warn_at("glb-chunk", at, "A second chunk of the same kind was left out.");
            }
            _ => {} // Other chunks may be there and are to be ignored.
        }
        num_chunks += 1;
        offset = offset.saturating_add(CHUNK_HEADER_LEN).saturating_add(length);
    }
    chunks
}

impl Container<'_> {
    /// Parses the JSON.
    ///
    /// # Errors
    /// When it is no JSON object, or a glTF document of version 1.
    pub(super) fn parse(&self, report: &mut Report) -> Result<Value, ImportError> {
        let document = match std::str::from_utf8(self.json) {
            Ok(_) => serde_json::from_slice::<Value>(self.json),
            Err(error) => {
                let at = Location::Byte((self.json_offset + error.valid_up_to()) as u64);
                report.warn_at("json-encoding", at, "The JSON is not UTF-8; other characters were replaced.");
                serde_json::from_str(&self.lossy())
            }
        };
        let document = document.map_err(|error| self.not_json(&error))?;
        if !document.is_object() {
            let message = "The JSON of a glTF file is an object; this is something else.";
            return Err(ImportError::new(ImportErrorKind::Malformed, Location::Whole, message));
        }
        check_version(&document, report)?;
        Ok(document)
    }

    fn lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(self.json)
    }

    fn not_json(&self, error: &serde_json::Error) -> ImportError {
        let kind = if error.is_eof() { ImportErrorKind::Truncated } else { ImportErrorKind::Malformed };
        let at = if self.is_binary {
            Location::Byte(self.json_offset as u64)
        } else {
            let [line, column] = [error.line(), error.column()].map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            Location::Line(line, column)
        };
        let message =
            format!("This is not a glTF file, or it is damaged: its JSON does not parse ({error}).");
        ImportError::new(kind, at, message)
    }
}

fn check_version(document: &Value, report: &mut Report) -> Result<(), ImportError> {
    let at = Place::Root;
    let asset_at = at.key("asset");
    let version_at = asset_at.key("version");
    // Version 1 keeps its meshes in objects by name; it also exists without `asset`.
    let is_version_1 = ["meshes", "nodes", "accessors"]
        .iter()
        .any(|key| document.get(key).and_then(Value::as_object).is_some_and(|objects| !objects.is_empty()));
    let version = document.get("asset").and_then(|asset| asset.get("version"));
    let text = version.map(|version| version.as_str().map_or_else(|| version.to_string(), str::to_owned));
    let major = text.as_deref().and_then(|text| text.split('.').next());
    match major {
        Some("2") => {}
        Some("0" | "1") => return Err(version_1(version_at.location())),
        _ if is_version_1 => return Err(version_1(version_at.location())),
        Some(_) => {
            let message = format!("glTF version {} was read as version 2.0.", text.unwrap_or_default());
            report.warn("gltf-version", &version_at, message);
        }
        None => {
            report.warn("gltf-version", &asset_at, "The file does not say its version; it was read as 2.0.");
        }
    }
    let minimum = document.get("asset").and_then(|asset| asset.get("minVersion")).and_then(Value::as_str);
    if let Some(minimum) = minimum.filter(|minimum| *minimum != "2.0") {
        let message = format!("The file asks for a reader of glTF {minimum}; it was read as version 2.0.");
        report.warn("gltf-version", &asset_at.key("minVersion"), message);
    }
    Ok(())
}

fn version_1(at: Location) -> ImportError {
    let message = "This is glTF 1.0, which is not read. Convert it to 2.0, for example with `gltf-pipeline`.";
    ImportError::new(ImportErrorKind::Unsupported, at, message)
}

fn u32_at(bytes: &[u8], offset: usize) -> Option<u32> {
    let bytes = bytes.get(offset..offset.checked_add(4)?)?;
    Some(u32::from_le_bytes(bytes.try_into().expect("the slice has four bytes")))
}

fn trim_padding(json: &[u8]) -> &[u8] {
    // Spaces are the rule, but NUL is common.
    let end = json.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |last| last + 1);
    let json = &json[..end];
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn glb(version: u32, declared: Option<u32>, chunks: &[(u32, &[u8])]) -> Vec<u8> {
        let mut body = Vec::new();
        for (kind, data) in chunks {
            body.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
            body.extend(kind.to_le_bytes());
            body.extend(*data);
        }
        let length = declared.unwrap_or_else(|| u32::try_from(body.len() + HEADER_LEN).unwrap());
        [MAGIC.as_slice(), &version.to_le_bytes(), &length.to_le_bytes(), &body].concat()
    }

    const JSON: &[u8] = br#"{"asset":{"version":"2.0"}}     "#;

    #[test]
    fn reads_chunks_of_a_sound_file() {
        let bytes = glb(2, None, &[(JSON_CHUNK, JSON), (BIN_CHUNK, b"abcd"), (7, b"else")]);
        let mut report = Report::default();
        let container = open(&bytes, &mut report).unwrap();
        assert_eq!(container.bin, Some(b"abcd".as_slice()));
        container.parse(&mut report).unwrap();
        assert_eq!(report.finish(), []);
    }

    #[test]
    fn reads_what_is_there_of_a_file_cut_short() {
        let mut bytes = glb(2, None, &[(JSON_CHUNK, JSON), (BIN_CHUNK, b"abcdefgh")]);
        bytes.truncate(bytes.len() - 3);
        let mut report = Report::default();
        let container = open(&bytes, &mut report).unwrap();
        assert_eq!(container.bin, Some(b"abcde".as_slice()));
        let codes: Vec<_> = report.finish().into_iter().map(|warning| warning.code).collect();
        assert_eq!(codes, ["glb-length", "glb-truncated"]);
    }

    #[test]
    fn wrong_declared_length_does_not_hide_the_content() {
        for declared in [0, 12, 13, 4000] {
            let bytes = glb(2, Some(declared), &[(JSON_CHUNK, JSON)]);
            assert!(open(&bytes, &mut Report::default()).is_ok(), "{declared}");
        }
    }

    #[test]
    fn version_1_is_named() {
        let mut report = Report::default();
        for bytes in [
            glb(1, None, &[]),
            br#"{"asset":{"version":"1.0"}}"#.to_vec(),
            br#"{"asset":{"version":1.0}}"#.to_vec(),
            br#"{"meshes":{"a":{}}}"#.to_vec(),
        ] {
            let error = open(&bytes, &mut report).and_then(|container| container.parse(&mut report));
            assert_eq!(error.unwrap_err().kind, ImportErrorKind::Unsupported);
        }
    }

    #[test]
    fn broken_json_says_where() {
        let mut report = Report::default();
        let container = open(b"{\n  \"asset\": }", &mut report).ok().unwrap();
        let error = container.parse(&mut report).unwrap_err();
        assert_eq!(error.at, Location::Line(2, 12));
        assert_eq!(error.kind, ImportErrorKind::Malformed);
    }
}
