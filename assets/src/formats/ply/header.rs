//! The header of a PLY: which elements there are, how many, and what they consist of.

use crate::formats::text::{self, is_line_end};
use crate::{ImportError, ImportErrorKind, Location, Warning};

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Ascii,
    Little,
    Big,
}

/// A number type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    F32,
    F64,
}

impl Type {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "char" | "int8" => Self::I8,
            "uchar" | "uint8" => Self::U8,
            "short" | "int16" => Self::I16,
            "ushort" | "uint16" => Self::U16,
            "int" | "int32" => Self::I32,
            "uint" | "uint32" => Self::U32,
            "float" | "float32" => Self::F32,
            "double" | "float64" => Self::F64,
            _ => return None,
        })
    }

    pub(super) fn size_bytes(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// What stands for 1 in colours and texture coordinates.
    pub(super) fn one(self) -> f64 {
        match self {
            Self::I8 => 127.0,
            Self::U8 => 255.0,
            Self::I16 => 32_767.0,
            Self::U16 => 65_535.0,
            Self::I32 => 2_147_483_647.0,
            Self::U32 => 4_294_967_295.0,
            Self::F32 | Self::F64 => 1.0,
        }
    }
}

/// What a property holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Scalar(Type),
    List { count: Type, item: Type },
}

#[derive(Clone, Debug)]
pub(super) struct Property {
    /// In lower case.
    pub(super) name: String,
    pub(super) kind: Kind,
}

#[derive(Clone, Debug)]
pub(super) struct Element {
    /// In lower case.
    pub(super) name: String,
    /// As claimed.
    pub(super) count: u64,
    pub(super) properties: Vec<Property>,
}

impl Element {
    /// The least number of bytes that a row takes in a body.
    pub(super) fn min_row_bytes(&self, encoding: Encoding) -> usize {
        let size = |property: &Property| match (encoding, property.kind) {
            // A digit and a space.
            (Encoding::Ascii, _) => 2,
            (_, Kind::Scalar(kind)) => kind.size_bytes(),
            (_, Kind::List { count, .. }) => count.size_bytes(),
        };
        self.properties.iter().map(size).sum()
    }
}

pub(super) struct Header {
    pub(super) encoding: Encoding,
    pub(super) elements: Vec<Element>,
    pub(super) comments: Vec<String>,
    /// Where the body starts.
    pub(super) body_at: usize,
}

impl Header {
    /// The picture for texture coordinates, as MeshLab and others name it.
    pub(super) fn texture(&self) -> Option<String> {
        let name = self.comments.iter().find_map(|comment| {
            let (keyword, name) = comment.split_once(char::is_whitespace)?;
            keyword.eq_ignore_ascii_case("texturefile").then(|| name.trim().to_owned())
        });
        name.filter(|name| !name.is_empty())
    }
}

/// Lines of a header with their numbers.
struct Lines<'a> {
    bytes: &'a [u8],
    at: usize,
    number: u32,
}

impl<'a> Lines<'a> {
    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.bytes.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|&byte| is_line_end(byte)).unwrap_or(rest.len());
        self.at += length;
        self.number = self.number.saturating_add(1);
        match rest.get(length..) {
            Some([b'\r', b'\n', ..]) => self.at += 2,
            Some([_, ..]) => self.at += 1,
            _ => {}
        }
        Some(&rest[..length])
    }

    fn error(&self, kind: ImportErrorKind, message: String) -> ImportError {
        ImportError::new(kind, Location::Line(self.number.max(1), 1), message)
    }

    fn malformed(&self, what: &str) -> ImportError {
        self.error(
            ImportErrorKind::Malformed,
            format!("The header of the PLY is damaged: {what}. Export the file again."),
        )
    }
}

pub(super) fn read(bytes: &[u8], warnings: &mut Vec<Warning>) -> Result<Header, ImportError> {
    let mut lines = Lines { bytes, at: 0, number: 0 };
    let mut encoding = None;
    let mut elements: Vec<Element> = Vec::new();
    let mut comments = Vec::new();
    let mut started = false;
    loop {
        let Some(line) = lines.next() else {
            return Err(lines.error(
                ImportErrorKind::Truncated,
                "The PLY ends within its header: no “end_header” line was found. Export or download it again.".to_owned(),
            ));
        };
        let line = text::name(line);
        let mut words = line.split_whitespace();
        match words.next().unwrap_or_default() {
            "" => {}
            "ply" if !started => started = true,
            _ if !started => return Err(lines.malformed("the first line is not “ply”")),
            "comment" | "obj_info" => {
                comments.push(
                    line.split_once(char::is_whitespace).map_or("", |(_, rest)| rest).trim().to_owned(),
                );
            }
            "format" => encoding = Some(format(words, &lines)?),
            "element" => elements.push(element(words, &lines)?),
            "property" => {
                let property = property(words, &lines)?;
                let Some(element) = elements.last_mut() else {
                    return Err(lines.malformed("a property comes before any element"));
                };
                element.properties.push(property);
            }
            "end_header" => break,
            other => warnings.push(Warning::new(
                "unknown-header-line",
                Location::Line(lines.number, 1),
                format!("“{}” is no header line of a PLY; it is passed over.", shortened(other)),
            )),
        }
    }
    let encoding = encoding.ok_or_else(|| lines.malformed("there is no “format” line"))?;
    Ok(Header { encoding, elements, comments, body_at: lines.at })
}

fn format<'a>(mut words: impl Iterator<Item = &'a str>, lines: &Lines<'_>) -> Result<Encoding, ImportError> {
    match words.next().unwrap_or_default() {
        "ascii" => Ok(Encoding::Ascii),
        "binary_little_endian" => Ok(Encoding::Little),
        "binary_big_endian" => Ok(Encoding::Big),
        other => Err(lines.error(
            ImportErrorKind::Unsupported,
            format!(
                "The PLY has the format “{}”; there are ascii, binary_little_endian and binary_big_endian. Export it as one of them.",
                shortened(other)
            ),
        )),
    }
}

fn element<'a>(mut words: impl Iterator<Item = &'a str>, lines: &Lines<'_>) -> Result<Element, ImportError> {
    let name = words.next().ok_or_else(|| lines.malformed("an element has no name"))?.to_ascii_lowercase();
    let count = words.next().and_then(|count| count.parse().ok());
    let count = count.ok_or_else(|| lines.malformed("an element has no count that is a whole number"))?;
    Ok(Element { name, count, properties: Vec::new() })
}

fn property<'a>(
    mut words: impl Iterator<Item = &'a str>,
    lines: &Lines<'_>,
) -> Result<Property, ImportError> {
    let kind = |word: Option<&str>| {
        let word = word.unwrap_or_default();
        Type::named(word)
            .ok_or_else(|| lines.malformed(&format!("“{}” is no type of a property", shortened(word))))
    };
    let kind = match words.next() {
        Some("list") => Kind::List { count: kind(words.next())?, item: kind(words.next())? },
        word => Kind::Scalar(kind(word)?),
    };
    let name = words.next().ok_or_else(|| lines.malformed("a property has no name"))?.to_ascii_lowercase();
    Ok(Property { name, kind })
}

/// Enough of a word to recognise it.
pub(super) fn shortened(word: &str) -> String {
    word.chars()
        .take(40)
        .map(|char| if char.is_control() { char::REPLACEMENT_CHARACTER } else { char })
        .collect()
}
