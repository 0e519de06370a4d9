//! The body of a PLY: rows of elements.

use geometry::{NO_ROW, Progress};
use glam::DVec3;

use super::header::{Element, Encoding, Header, Type};
use super::roles::{ColorRole, all, list, normal_role, vector};
use super::source::{Ascii, Binary, Row, Source, whole};
use crate::color::narrow;
use crate::formats::convention::Convention;
use crate::formats::report::{Tally, Ticker, byte_at, grouped, line_of};
use crate::formats::text::Cursor;
use crate::polygon::triangulate;
use crate::weld::Welder;
use crate::{ImportError, ImportErrorKind, Location, Warning};

/// What the body holds, by vertex or by triangle.
#[derive(Default)]
pub(super) struct Content {
    /// For each vertex the number of its position; [`NO_ROW`] where it is not finite.
    pub(super) position_of_vertex: Vec<u32>,
    pub(super) welder: Welder,
    /// Linear RGBA of vertices; empty, or as long as `position_of_vertex`, as are the next two.
    pub(super) colors: Vec<[f32; 4]>,
    pub(super) normals: Vec<[f32; 3]>,
    /// Origin at the upper left.
    pub(super) uvs: Vec<[f32; 2]>,
    /// Numbers of vertices; all exist.
    pub(super) triangles: Vec<[u32; 3]>,
    /// For each triangle a row of `face_colors` and `face_normals`; empty when there are none.
    pub(super) face_of_triangle: Vec<u32>,
    pub(super) face_colors: Vec<[f32; 4]>,
    pub(super) face_normals: Vec<[f32; 3]>,
    /// For each triangle rows of `corner_uvs`; empty when there are none.
    pub(super) uv_rows: Vec<[u32; 3]>,
    pub(super) corner_uvs: Vec<[f32; 2]>,
    /// Pairs of vertices.
    pub(super) edges: Vec<[u32; 2]>,
    has_vertices: bool,
    damage: Damage,
}

#[derive(Default)]
struct Damage {
    non_finite: Tally,
    bad_index: Tally,
    degenerate: Tally,
    too_few: Tally,
    not_a_number: Tally,
}

/// Takes a row of an element, which starts at a byte, into the content.
type Taker = Box<dyn FnMut(&mut Content, &Row, usize)>;

pub(super) fn read(
    bytes: &[u8],
    header: &Header,
    convention: Convention,
    progress: &dyn Progress,
    warnings: &mut Vec<Warning>,
) -> Result<Content, ImportError> {
    let mut content = Content::default();
    let ticker = Ticker::new(progress, bytes.len(), 1 << 17);
    let at = header.body_at;
    match header.encoding {
        Encoding::Ascii => {
            let cursor = Cursor { text: bytes, at };
            let source = Ascii { cursor, bad_words: Tally::default() };
            content.read(source, header, convention, ticker, warnings)?;
            content.warn(warnings, line_of(bytes));
        }
        Encoding::Little => {
            content.read(Binary::<false> { bytes, at }, header, convention, ticker, warnings)?;
            content.warn(warnings, byte_at);
        }
        Encoding::Big => {
            content.read(Binary::<true> { bytes, at }, header, convention, ticker, warnings)?;
            content.warn(warnings, byte_at);
        }
    }
    Ok(content)
}

fn unit(normal: DVec3, convention: Convention) -> [f32; 3] {
    convention.direction(normal.normalize_or_zero()).to_array().map(narrow)
}

fn uv(u: f64, v: f64) -> [f32; 2] {
    [u, 1.0 - v].map(|value| if value.is_finite() { narrow(value) } else { 0.0 })
}

const INDEX_NAMES: [&str; 4] = ["vertex_indices", "vertex_index", "vertex_indexes", "vertices"];

impl Content {
    fn read<S: Source>(
        &mut self,
        mut source: S,
        header: &Header,
        convention: Convention,
        mut ticker: Ticker<'_>,
        warnings: &mut Vec<Warning>,
    ) -> Result<(), ImportError> {
        for element in &header.elements {
            if element.properties.is_empty() {
                continue;
            }
            let mut rows_read = 0;
            let ended =
                self.element(element, header, &mut source, convention, &mut ticker, &mut rows_read)?;
            if ended {
                warnings.push(Warning::new(
                    "truncated",
                    Location::Byte(source.at() as u64),
                    format!(
                        "The PLY ends early or is damaged: it says it has {} rows of “{}”, {} could be read. What is there is shown; export it again for the rest.",
                        grouped(usize::try_from(element.count).unwrap_or(usize::MAX)),
                        element.name,
                        grouped(rows_read),
                    ),
                ));
                break;
            }
        }
        self.damage.not_a_number = source.bad_words();
        self.drop_bad_triangles();
        Ok(())
    }

    /// Reads the rows of an element. True when the body ends before its last one.
    fn element<S: Source>(
        &mut self,
        element: &Element,
        header: &Header,
        source: &mut S,
        convention: Convention,
        ticker: &mut Ticker<'_>,
        rows_read: &mut usize,
    ) -> Result<bool, ImportError> {
        // Counts are believed as far as the bytes left allow.
        let min_row = element.min_row_bytes(header.encoding).max(1);
        let most = source.max_left(Type::U8)
            / min_row.div_ceil(if header.encoding == Encoding::Ascii { 2 } else { 1 });
        let expected = usize::try_from(element.count).unwrap_or(usize::MAX).min(most + 1);
        if expected >= NO_ROW as usize {
            return Err(ImportError::new(
                ImportErrorKind::TooLarge,
                Location::Whole,
                format!(
                    "The PLY has {} rows of “{}”; Kerf can index {}.",
                    grouped(expected),
                    element.name,
                    grouped(NO_ROW as usize)
                ),
            ));
        }
        let mut take: Taker = match element.name.as_str() {
            "vertex" => {
                self.has_vertices = true;
                self.vertex_taker(element, expected, convention)
            }
            "face" => self.face_taker(element, expected, convention),
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
            take(self, &row, at);
        }
        Ok(false)
    }

    fn vertex_taker(&mut self, element: &Element, expected: usize, convention: Convention) -> Taker {
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
        self.welder = Welder::with_capacity(expected);
        self.position_of_vertex.reserve_exact(expected);
        Box::new(move |content, row, at| {
            let point = position.map_or(DVec3::NAN, |role| convention.point(vector(row, role)));
            let number = if point.is_finite() {
                content.welder.number(point)
            } else {
                content.damage.non_finite.add(at);
                NO_ROW
            };
            content.position_of_vertex.push(number);
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

    fn face_taker(&mut self, element: &Element, expected: usize, convention: Convention) -> Taker {
        let indices = list(element, &INDEX_NAMES);
        let color = ColorRole::of(element);
        let normal = normal_role(element);
        let coordinates = list(element, &["texcoord"]);
        self.triangles.reserve_exact(expected);
        let mut face: Vec<u32> = Vec::new();
        let mut points: Vec<DVec3> = Vec::new();
        let mut num_faces = 0_u32;
        Box::new(move |content, row, at| {
            let Some(indices) = indices.map(|idx| &row.lists[idx]) else { return };
            if !content.face_indices(indices, &mut face, at) {
                return;
            }
            let coordinates = coordinates.map(|idx| row.lists[idx].as_slice()).unwrap_or_default();
            let first_uv = content.corner_uvs.len();
            let has_uvs = coordinates.len() == 2 * face.len();
            if has_uvs {
                content.corner_uvs.extend(coordinates.chunks_exact(2).map(|pair| uv(pair[0], pair[1])));
            }
            points.clear();
            if face.len() > 3 {
                points.extend(face.iter().map(|&vertex| content.point(vertex)));
            } else {
                points.resize(3, DVec3::ZERO);
            }
            triangulate(&points, |corners| {
                content.triangle(corners.map(|corner| face[corner]), at);
                if color.is_some() || normal.is_some() {
                    content.face_of_triangle.push(num_faces);
                }
                if has_uvs {
                    content.uv_rows.resize(content.triangles.len() - 1, [NO_ROW; 3]);
                    let row = corners.map(|corner| u32::try_from(first_uv + corner).unwrap_or(NO_ROW));
                    content.uv_rows.push(row);
                }
            });
            num_faces += 1;
            if let Some(role) = color {
                content.face_colors.push(role.color(row));
            }
            if let Some(role) = normal {
                content.face_normals.push(unit(vector(row, role), convention));
            }
        })
    }

    /// The vertices of a face, all of which exist; false when the face has to be left out.
    fn face_indices(&mut self, indices: &[f64], face: &mut Vec<u32>, at: usize) -> bool {
        face.clear();
        for &index in indices {
            let vertex =
                whole(index).filter(|&index| !self.has_vertices || index < self.position_of_vertex.len());
            let Some(vertex) = vertex else {
                self.damage.bad_index.add(at);
                return false;
            };
            face.push(u32::try_from(vertex).unwrap_or(NO_ROW));
        }
        if face.len() < 3 {
            self.damage.too_few.add(at);
        }
        face.len() >= 3
    }

    fn point(&self, vertex: u32) -> DVec3 {
        let position = self.position_of_vertex.get(vertex as usize).copied().unwrap_or(NO_ROW);
        self.welder.positions.get(position as usize).copied().unwrap_or(DVec3::ZERO)
    }

    #[inline]
    fn triangle(&mut self, vertices: [u32; 3], at: usize) {
        let [a, b, c] =
            vertices.map(|vertex| self.position_of_vertex.get(vertex as usize).copied().unwrap_or(vertex));
        if a == b || b == c || c == a {
            self.damage.degenerate.add(at);
        }
        self.triangles.push(vertices);
    }

    /// Leaves out triangles whose vertices have no position, or do not exist where faces come before vertices.
    fn drop_bad_triangles(&mut self) {
        let has_position = |&vertex: &u32| {
            self.position_of_vertex.get(vertex as usize).is_some_and(|&position| position != NO_ROW)
        };
        let keep: Vec<bool> =
            self.triangles.iter().map(|triangle| triangle.iter().all(has_position)).collect();
        self.edges.retain(|edge| edge.iter().all(has_position));
        if keep.iter().all(|&keep| keep) {
            return;
        }
        retain(&mut self.triangles, &keep);
        retain(&mut self.face_of_triangle, &keep);
        retain(&mut self.uv_rows, &keep);
    }

    fn warn(&self, warnings: &mut Vec<Warning>, locate: impl Fn(usize) -> Location) {
        let damage = &self.damage;
        damage.non_finite.warn(warnings, "non-finite-position", &locate, |count| {
            format!(
                "{count} vertices have no finite position; what uses them is left out. Export the file again."
            )
        });
        damage.bad_index.warn(warnings, "index-out-of-range", &locate, |count| {
            format!(
                "{count} faces name vertices that do not exist; they are left out. Export the file again."
            )
        });
        damage.too_few.warn(warnings, "malformed-face", &locate, |count| {
            format!("{count} faces have fewer than three corners; they are left out.")
        });
        damage.not_a_number.warn(warnings, "malformed-number", &locate, |count| {
            format!("{count} words are no numbers where numbers are due. Export the file again.")
        });
        damage.degenerate.warn(warnings, "degenerate-triangle", &locate, |count| {
            format!(
                "{count} triangles have two equal corners and so no area; they are kept. Repair removes them."
            )
        });
    }
}

fn retain<T>(values: &mut Vec<T>, keep: &[bool]) {
    let mut kept = keep.iter();
    values.retain(|_value| kept.next().copied().unwrap_or(false));
}

/// Triangle strips; −1 ends one and begins the next, with the winding of its first triangle.
fn strip_taker(element: &Element) -> Taker {
    let indices = list(element, &INDEX_NAMES);
    Box::new(move |content, row, at| {
        let Some(indices) = indices.map(|idx| &row.lists[idx]) else { return };
        let mut face = Vec::new();
        for strip in indices.split(|&index| index < 0.0) {
            for (number, corners) in strip.windows(3).enumerate() {
                let corners =
                    if number % 2 == 0 { [0, 1, 2] } else { [1, 0, 2] }.map(|corner| corners[corner]);
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
