//! OFF of Geomview: OFF, COFF, NOFF, STOFF and their mixtures, ascii and binary.
//!
//! OFF says nothing of units and axes: millimetres and Z up are assumed. Files without a `C` before their OFF have colours
//! all the same when their lines have three or four numbers more.

mod write;

use geometry::{NO_ROW, Progress};
use glam::DVec3;

use super::convention::Convention;
use super::indexed::{Indexed, whole};
use super::report::{Ticker, byte_at, grouped, line_of};
use super::text::Cursor;
use super::{ImportOptions, Sniff};
use crate::color::{linear_from_srgb, narrow};
use crate::{
    ImportError, ImportErrorKind, Imported, ImportedScene, Location, Material, Resolver, UpAxis, Warning,
};

pub(super) use write::export;

/// What the first word says.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Kind {
    has_uvs: bool,
    has_colors: bool,
    has_normals: bool,
    /// Four coordinates or any number of them.
    is_other_dimension: bool,
    is_binary: bool,
}

impl Kind {
    /// The kind of a header such as `STCNOFF`.
    fn of(word: &[u8]) -> Option<Self> {
        let mut kind = Self::default();
        let mut rest = word.strip_suffix(b"OFF")?;
        while let [first, after @ ..] = rest {
            match first {
                b'S' if after.first() == Some(&b'T') => {
                    kind.has_uvs = true;
                    rest = &after[1..];
                    continue;
                }
                b'C' => kind.has_colors = true,
                b'N' => kind.has_normals = true,
                b'4' | b'n' => kind.is_other_dimension = true,
                _ => return None,
            }
            rest = after;
        }
        Some(kind)
    }
}

/// Whether it is an OFF: that is its first word, after comments.
pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    let mut cursor = Cursor::new(bytes);
    if next_word(&mut cursor).and_then(Kind::of).is_some() { Sniff::Sure } else { Sniff::No }
}

fn next_word<'a>(cursor: &mut Cursor<'a>) -> Option<&'a [u8]> {
    loop {
        match cursor.word()? {
            word if word.starts_with(b"#") => cursor.skip_comment(),
            word => return Some(word),
        }
    }
}

pub(super) fn import(
    bytes: &[u8],
    options: &ImportOptions,
    _resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    progress.phase("Reading vertices and faces");
    let mut cursor = Cursor::new(bytes);
    let mut kind = next_word(&mut cursor).and_then(Kind::of).unwrap_or_default();
    if kind.is_other_dimension {
        return Err(ImportError::new(
            ImportErrorKind::Unsupported,
            Location::Line(1, 1),
            "The OFF has more than three coordinates to a vertex. Project it to three dimensions and export it as OFF.",
        ));
    }
    let mut ahead = cursor.clone();
    if ahead.word_in_line() == Some(b"BINARY") {
        kind.is_binary = true;
        ahead.skip_comment();
        cursor = ahead;
    }
    // Our own comment follows the first line.
    let start = String::from_utf8_lossy(&bytes[..bytes.len().min(100)]);
    let convention =
        Convention::from_comment(&start).unwrap_or_else(|| Convention::assumed(options, UpAxis::Z));
    let mut warnings = Vec::new();
    let content = if kind.is_binary {
        let mut reader = Reader::new(kind, convention, Binary { bytes, at: cursor.at });
        reader.run(progress, bytes.len(), &mut warnings)?;
        reader.content.warn(&mut warnings, byte_at);
        reader.content
    } else {
        let mut reader = Reader::new(kind, convention, Ascii { cursor });
        reader.run(progress, bytes.len(), &mut warnings)?;
        reader.content.warn(&mut warnings, line_of(bytes));
        reader.content
    };
    progress.report(1.0)?;
    Ok(Imported { scene: scene(content, kind, convention, &warnings)?, warnings })
}

fn scene(
    content: Indexed,
    kind: Kind,
    convention: Convention,
    warnings: &[Warning],
) -> Result<ImportedScene, ImportError> {
    if content.has_no_positions() {
        let why = warnings.first().map_or("", |warning| warning.message.as_str());
        return Err(ImportError::new(
            ImportErrorKind::Empty,
            Location::Whole,
            format!("The OFF holds no vertices that can be read. {why} Export it again."),
        ));
    }
    let has_colors = content.has_colors();
    let source = convention.source(if kind.is_binary { "OFF (binary)" } else { "OFF (ascii)" });
    let mut scene = content.into_scene(has_colors.then_some(0), source);
    if has_colors {
        scene.materials.push(Material { base_color: [1.0; 4], ..Material::default() });
    }
    Ok(scene)
}

/// Rows of numbers; `None` at the end of the file.
trait Source {
    /// The three counts.
    fn counts(&mut self) -> Option<[f64; 3]>;
    /// A vertex: at least `width` numbers.
    fn vertex(&mut self, width: usize, row: &mut Vec<f64>) -> Option<()>;
    /// A face: its corners, and then its colour, if any.
    fn face(&mut self, corners: &mut Vec<f64>, color: &mut Vec<f64>) -> Option<()>;
    fn at(&self) -> usize;
    fn bytes_left(&self) -> usize;
}

struct Ascii<'a> {
    cursor: Cursor<'a>,
}

impl Ascii<'_> {
    /// Moves to the next line with content.
    fn start_line(&mut self) -> Option<()> {
        loop {
            self.cursor.skip_blanks();
            match self.cursor.peek()? {
                b'#' | b'\n' | b'\r' => self.cursor.skip_comment(),
                _ => return Some(()),
            }
        }
    }
}

impl Source for Ascii<'_> {
    fn counts(&mut self) -> Option<[f64; 3]> {
        self.start_line()?;
        let counts = [self.cursor.number()?, self.cursor.number()?, self.cursor.number().unwrap_or(0.0)];
        self.cursor.skip_comment();
        Some(counts)
    }

    fn vertex(&mut self, _width: usize, row: &mut Vec<f64>) -> Option<()> {
        self.start_line()?;
        row.clear();
        row.extend(std::iter::from_fn(|| self.cursor.number()));
        self.cursor.skip_comment();
        Some(())
    }

    fn face(&mut self, corners: &mut Vec<f64>, color: &mut Vec<f64>) -> Option<()> {
        self.start_line()?;
        corners.clear();
        let count = self.cursor.number().and_then(whole).unwrap_or(0);
        for _corner in 0..count {
            // Long faces may go on in the next line; a colour may not.
            let number = self.cursor.number().or_else(|| {
                self.start_line()?;
                self.cursor.number()
            });
            corners.push(number?);
        }
        color.clear();
        color.extend(std::iter::from_fn(|| self.cursor.number()));
        self.cursor.skip_comment();
        Some(())
    }

    fn at(&self) -> usize {
        self.cursor.at
    }

    fn bytes_left(&self) -> usize {
        self.cursor.text.len().saturating_sub(self.cursor.at)
    }
}

/// Big-endian 32-bit numbers.
struct Binary<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Binary<'_> {
    fn take(&mut self) -> Option<[u8; 4]> {
        let taken = self.bytes.get(self.at..)?.first_chunk().copied()?;
        self.at += 4;
        Some(taken)
    }

    fn integer(&mut self) -> Option<f64> {
        self.take().map(|bytes| f64::from(i32::from_be_bytes(bytes)))
    }

    fn float(&mut self) -> Option<f64> {
        self.take().map(|bytes| f64::from(f32::from_be_bytes(bytes)))
    }

    /// A count of numbers that can still come.
    fn count(&mut self) -> Option<usize> {
        let count = self.integer().and_then(whole)?;
        (count <= self.bytes_left() / 4).then_some(count)
    }
}

impl Source for Binary<'_> {
    fn counts(&mut self) -> Option<[f64; 3]> {
        Some([self.integer()?, self.integer()?, self.integer()?])
    }

    fn vertex(&mut self, width: usize, row: &mut Vec<f64>) -> Option<()> {
        row.clear();
        (0..width).try_for_each(|_number| self.float().map(|number| row.push(number)))
    }

    fn face(&mut self, corners: &mut Vec<f64>, color: &mut Vec<f64>) -> Option<()> {
        corners.clear();
        color.clear();
        let count = self.count()?;
        (0..count).try_for_each(|_number| self.integer().map(|number| corners.push(number)))?;
        let count = self.count()?;
        (0..count).try_for_each(|_number| self.float().map(|number| color.push(number)))
    }

    fn at(&self) -> usize {
        self.at
    }

    fn bytes_left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }
}

struct Reader<S> {
    kind: Kind,
    convention: Convention,
    source: S,
    content: Indexed,
}

impl<S: Source> Reader<S> {
    fn new(kind: Kind, convention: Convention, source: S) -> Self {
        Self { kind, convention, source, content: Indexed::default() }
    }

    fn run(
        &mut self,
        progress: &dyn Progress,
        total_bytes: usize,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), ImportError> {
        let counts = self.source.counts();
        let Some([Some(num_vertices), Some(num_faces), _]) = counts.map(|counts| counts.map(whole)) else {
            return Err(ImportError::new(
                ImportErrorKind::Malformed,
                Location::Byte(self.source.at() as u64),
                "The OFF does not say how many vertices and faces it has: two whole numbers below 2^32 are due. Export it again.",
            ));
        };
        if num_vertices >= NO_ROW as usize {
            return Err(ImportError::new(
                ImportErrorKind::TooLarge,
                Location::Whole,
                format!(
                    "The OFF has {} vertices; Kerf can index {}.",
                    grouped(num_vertices),
                    grouped(NO_ROW as usize)
                ),
            ));
        }
        let mut ticker = Ticker::new(progress, total_bytes, 1 << 17);
        // A vertex has at least five bytes, a face four.
        self.content.expect_vertices(num_vertices.min(self.source.bytes_left() / 5));
        let vertices_read = self.vertices(num_vertices, &mut ticker)?;
        self.content.expect_faces(num_faces.min(self.source.bytes_left() / 4));
        let faces_read = self.faces(num_faces, &mut ticker)?;
        for (what, count, read) in
            [("vertices", num_vertices, vertices_read), ("faces", num_faces, faces_read)]
        {
            if read < count {
                warnings.push(Warning::new(
                    "truncated",
                    Location::Byte(self.source.at() as u64),
                    format!(
                        "The OFF ends early or is damaged: it says it has {} {what}, {} could be read. What is there is shown; export it again for the rest.",
                        grouped(count),
                        grouped(read),
                    ),
                ));
                break;
            }
        }
        self.content.drop_bad_triangles();
        Ok(())
    }

    /// Reads vertices and tells how many there were.
    fn vertices(&mut self, count: usize, ticker: &mut Ticker<'_>) -> Result<usize, ImportError> {
        let Kind { has_normals, has_colors, has_uvs, .. } = self.kind;
        let width = 3 + 3 * usize::from(has_normals) + 4 * usize::from(has_colors) + 2 * usize::from(has_uvs);
        let mut row = Vec::new();
        let mut colors: Vec<[f64; 4]> = Vec::new();
        let mut read = 0;
        while read < count {
            let at = self.source.at();
            ticker.at(at)?;
            if self.source.vertex(width, &mut row).is_none() {
                break;
            }
            read += 1;
            let point = row.first_chunk().map_or(DVec3::NAN, |&point| DVec3::from_array(point));
            self.content.vertex(self.convention.point(point), at);
            let mut rest = row.get(3..).unwrap_or_default();
            if has_normals {
                let normal = rest.first_chunk().map_or(DVec3::ZERO, |&normal| DVec3::from_array(normal));
                let normal = self.convention.direction(normal.normalize_or_zero());
                self.content.normals.push(normal.to_array().map(narrow));
                rest = rest.get(3..).unwrap_or_default();
            }
            if has_uvs {
                let (before, uv) = rest.split_at(rest.len().saturating_sub(2));
                let [u, v] = uv.first_chunk().copied().unwrap_or([0.0; 2]);
                self.content.uvs.push([narrow(u), narrow(1.0 - v)]);
                rest = before;
            }
            if has_colors || matches!(rest.len(), 3 | 4) {
                colors.resize(read - 1, [1.0; 4]);
                colors.push(rgba(rest));
            }
        }
        if !colors.is_empty() {
            colors.resize(read, [1.0; 4]);
        }
        self.content.colors = linear(&colors);
        Ok(read)
    }

    /// Reads faces and tells how many there were.
    fn faces(&mut self, count: usize, ticker: &mut Ticker<'_>) -> Result<usize, ImportError> {
        let (mut corners, mut color, mut face) = (Vec::new(), Vec::new(), Vec::new());
        let mut colors: Vec<[f64; 4]> = Vec::new();
        let mut read = 0;
        while read < count {
            let at = self.source.at();
            ticker.at(at)?;
            if self.source.face(&mut corners, &mut color).is_none() {
                break;
            }
            read += 1;
            if !self.content.face_indices(&corners, &mut face, at) {
                continue;
            }
            // One number is an index into a table of colours that hardly any program has.
            let row = matches!(color.len(), 3 | 4).then(|| {
                colors.push(rgba(&color));
                colors.len() - 1
            });
            self.content.face(&face, row, &[], at);
        }
        self.content.face_colors = linear(&colors);
        Ok(read)
    }
}

fn rgba(numbers: &[f64]) -> [f64; 4] {
    let at = |idx: usize| numbers.get(idx).copied();
    // An alpha that is not there is 1 on either scale.
    [at(0).unwrap_or(1.0), at(1).unwrap_or(1.0), at(2).unwrap_or(1.0), at(3).unwrap_or(f64::INFINITY)]
}

/// Colours as written, 0 to 1 or 0 to 255, as linear RGBA.
fn linear(colors: &[[f64; 4]]) -> Vec<[f32; 4]> {
    let is_bytes = colors.iter().flat_map(|color| &color[..3]).any(|&value| value > 1.0);
    let one = if is_bytes { 255.0 } else { 1.0 };
    let color = |&[r, g, b, alpha]: &[f64; 4]| {
        let [r, g, b] = [r, g, b].map(|value| linear_from_srgb(value / one));
        [r, g, b, if alpha.is_nan() { 1.0 } else { narrow((alpha / one).clamp(0.0, 1.0)) }]
    };
    colors.iter().map(color).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds() {
        assert_eq!(Kind::of(b"OFF"), Some(Kind::default()));
        let all = Kind::of(b"STCN4OFF").expect("a kind");
        assert!(all.has_uvs && all.has_colors && all.has_normals && all.is_other_dimension);
        assert_eq!(Kind::of(b"XOFF"), None);
    }
}
