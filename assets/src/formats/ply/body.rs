//! The body of a PLY: rows of elements.

use geometry::{NO_ROW, Progress};
use glam::DVec3;

use super::header::{Element, Encoding, Header, Type, shortened};
use super::roles::{ColorRole, all, list, normal_role, vector};
use super::source::{Ascii, Binary, Row, Source};
use crate::color::narrow;
use crate::formats::convention::Convention;
use crate::formats::indexed::Indexed;
use crate::formats::report::{Tally, Ticker, byte_at, grouped, line_of};
use crate::formats::text::Cursor;
use crate::{ImportError, ImportErrorKind, Location, Warning};

/// Takes a row of an element, which starts at a byte, into the content.
type Taker = Box<dyn FnMut(&mut Indexed, &Row, usize)>;

pub(super) fn read(
    bytes: &[u8],
    header: &Header,
    convention: Convention,
    progress: &dyn Progress,
    warnings: &mut Vec<Warning>,
) -> Result<Indexed, ImportError> {
    let mut body = Body { content: Indexed::default(), header, convention, has_faces: false };
    let ticker = Ticker::new(progress, bytes.len(), 1 << 17);
    let at = header.body_at;
    match header.encoding {
        Encoding::Ascii => {
            let cursor = Cursor { text: bytes, at };
            let source = Ascii { cursor, bad_words: Tally::default() };
            body.read(source, ticker, warnings)?;
            body.content.warn(warnings, line_of(bytes));
        }
        Encoding::Little => {
            body.read(Binary::<false> { bytes, at }, ticker, warnings)?;
            body.content.warn(warnings, byte_at);
        }
        Encoding::Big => {
            body.read(Binary::<true> { bytes, at }, ticker, warnings)?;
            body.content.warn(warnings, byte_at);
        }
    }
    Ok(body.content)
}

fn unit(normal: DVec3, convention: Convention) -> [f32; 3] {
    convention.direction(normal.normalize_or_zero()).to_array().map(narrow)
}

fn uv(u: f64, v: f64) -> [f32; 2] {
    [u, 1.0 - v].map(|value| if value.is_finite() { narrow(value) } else { 0.0 })
}

const INDEX_NAMES: [&str; 4] = ["vertex_indices", "vertex_index", "vertex_indexes", "vertices"];

/// A body being read.
struct Body<'a> {
    content: Indexed,
    header: &'a Header,
    convention: Convention,
    has_faces: bool,
}

impl Body<'_> {
    fn read<S: Source>(
        &mut self,
        mut source: S,
        mut ticker: Ticker<'_>,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), ImportError> {
        for element in &self.header.elements {
            if element.properties.is_empty() {
                continue;
            }
            let mut rows_read = 0;
            let ended = self.element(element, &mut source, &mut ticker, &mut rows_read)?;
            if ended {
                warnings.push(Warning::new(
                    "truncated",
                    Location::Byte(source.at() as u64),
                    format!(
                        "The PLY ends early or is damaged: it says it has {} rows of “{}”, {} could be read. What is there is shown; export it again for the rest.",
                        grouped(usize::try_from(element.count).unwrap_or(usize::MAX)),
                        shortened(&element.name),
                        grouped(rows_read),
                    ),
                ));
                break;
            }
        }
        self.content.damage.not_a_number = source.bad_words();
        self.content.drop_bad_triangles();
        Ok(())
    }

    /// Reads the rows of an element. True when the body ends before its last one.
    fn element<S: Source>(
        &mut self,
        element: &Element,
        source: &mut S,
        ticker: &mut Ticker<'_>,
        rows_read: &mut usize,
    ) -> Result<bool, ImportError> {
        // Counts are believed as far as the bytes left allow.
        let min_row = element.min_row_bytes(self.header.encoding).max(1);
        let most = source.max_left(Type::U8)
            / min_row.div_ceil(if self.header.encoding == Encoding::Ascii { 2 } else { 1 });
        let expected = usize::try_from(element.count).unwrap_or(usize::MAX).min(most + 1);
        if expected >= NO_ROW as usize {
            return Err(ImportError::new(
                ImportErrorKind::TooLarge,
                Location::Whole,
                format!(
                    "The PLY has {} rows of “{}”; Kerf can index {}.",
                    grouped(expected),
                    shortened(&element.name),
                    grouped(NO_ROW as usize)
                ),
            ));
        }
        let mut take: Taker = match element.name.as_str() {
            // A second table of the same name would renumber the rows of the first.
            "vertex" if !self.content.has_vertices => {
                self.content.expect_vertices(expected);
                vertex_taker(element, self.convention)
            }
            "face" if !self.has_faces => {
                self.has_faces = true;
                self.content.expect_faces(expected);
                face_taker(element, self.convention)
            }
            "tristrips" => strip_taker(element),
            "edge" => edge_taker(element),
            _ => Box::new(|_content, _row, _at| {}),
        };
        let mut row = Row::default();
        for _row in 0..element.count {
            let at = source.at();
            ticker.at(at)?;
            if row.read(element, source).is_err() {
                return Ok(true);
            }
            *rows_read += 1;
            take(&mut self.content, &row, at);
        }
        Ok(false)
    }
}

fn vertex_taker(element: &Element, convention: Convention) -> Taker {
    let position = all(element, [&["x"], &["y"], &["z"]]);
    let color = ColorRole::of(element);
    let normal = normal_role(element);
    let coordinates = all(
        element,
        [
            &["s", "u", "texture_u", "s0", "u0", "tx", "texture_s"],
            &["t", "v", "texture_v", "t0", "v0", "ty", "texture_t"],
        ],
    );
    Box::new(move |content, row, at| {
        content.vertex(position.map_or(DVec3::NAN, |role| convention.point(vector(row, role))), at);
        if let Some(role) = color {
            content.colors.push(role.color(row));
        }
        if let Some(role) = normal {
            content.normals.push(unit(vector(row, role), convention));
        }
        if let Some([u, v]) = coordinates {
            let of = |(idx, kind): (usize, Type)| row.scalars[idx] / kind.one();
            content.uvs.push(uv(of(u), of(v)));
        }
    })
}

fn face_taker(element: &Element, convention: Convention) -> Taker {
    let indices = list(element, &INDEX_NAMES);
    let color = ColorRole::of(element);
    let normal = normal_role(element);
    let coordinates = list(element, &["texcoord"]);
    let mut face: Vec<u32> = Vec::new();
    let mut uvs: Vec<[f32; 2]> = Vec::new();
    Box::new(move |content, row, at| {
        let Some(indices) = indices.map(|idx| &row.lists[idx]) else { return };
        if !content.face_indices(indices, &mut face, at) {
            return;
        }
        let coordinates = coordinates.map(|idx| row.lists[idx].as_slice()).unwrap_or_default();
        uvs.clear();
        uvs.extend(coordinates.chunks_exact(2).map(|pair| uv(pair[0], pair[1])));
        let colors = color.map(|role| role.color(row));
        let normals = normal.map(|role| unit(vector(row, role), convention));
        content.face_colors.extend(colors);
        content.face_normals.extend(normals);
        let num_rows = content.face_colors.len().max(content.face_normals.len());
        let has_row = colors.is_some() || normals.is_some();
        content.face(&face, has_row.then(|| num_rows - 1), &uvs, at);
    })
}

/// Triangle strips; −1 ends one and begins the next, with the winding of its first triangle.
fn strip_taker(element: &Element) -> Taker {
    let indices = list(element, &INDEX_NAMES);
    Box::new(move |content, row, at| {
        let Some(indices) = indices.map(|idx| &row.lists[idx]) else { return };
        let mut face = Vec::new();
        for strip in indices.split(|&index| index < 0.0) {
            for (number, corners) in strip.windows(3).enumerate() {
                let corners = if number.is_multiple_of(2) { [0, 1, 2] } else { [1, 0, 2] }
                    .map(|corner| corners[corner]);
                if content.face_indices(&corners, &mut face, at)
                    && let [a, b, c] = face[..]
                {
                    // Strips repeat corners to jump; such triangles are no damage.
                    if a != b && b != c && c != a {
                        content.triangle([a, b, c], at);
                    }
                }
            }
        }
    })
}

fn edge_taker(element: &Element) -> Taker {
    let ends = all(element, [&["vertex1"], &["vertex2"]]);
    Box::new(move |content, row, at| {
        let Some(ends) = ends else { return };
        let mut face = Vec::new();
        let [a, b] = ends.map(|(idx, _)| row.scalars[idx]);
        if content.face_indices(&[a, b, b], &mut face, at) {
            content.edges.push([face[0], face[1]]);
        }
    })
}
