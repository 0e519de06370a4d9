//! The first reading: `v`, `vt`, `vn`, `mtllib`, and comments that tell who wrote the file.

use geometry::{NO_ROW, Progress};
use glam::DVec3;

use crate::color::narrow;
use crate::formats::ImportOptions;
use crate::formats::convention::Convention;
use crate::formats::report::{Tally, Ticker, grouped};
use crate::formats::text::{self, Cursor, is_blank};
use crate::weld::Welder;
use crate::{ImportError, ImportErrorKind, Location, UpAxis};

/// Everything that faces refer to.
pub(super) struct Vertices {
    pub(super) convention: Convention,
    pub(super) generator: Option<String>,
    /// For each `v` line the number of its position; [`NO_ROW`] where it has none.
    pub(super) position_of_vertex: Vec<u32>,
    /// The different positions, millimetres, Z up.
    pub(super) positions: Vec<DVec3>,
    /// RGB and alpha as written, for each `v` line; empty when no line has any.
    pub(super) colors: Vec<[f32; 4]>,
    /// As our texture coordinates are: origin at the upper left.
    pub(super) uvs: Vec<f32>,
    /// Unit vectors, Z up; zero where a line holds none.
    pub(super) normals: Vec<f32>,
    /// What `mtllib` lines say.
    pub(super) libraries: Vec<String>,
    /// Whether materials are in this very file.
    pub(super) has_materials: bool,
    pub(super) malformed: Tally,
}

impl Vertices {
    pub(super) fn num_uvs(&self) -> usize {
        self.uvs.len() / 2
    }

    pub(super) fn num_normals(&self) -> usize {
        self.normals.len() / 3
    }
}

pub(super) fn read(
    text: &[u8],
    options: &ImportOptions,
    progress: &dyn Progress,
) -> Result<Vertices, ImportError> {
    // A line of a vertex has more than 24 bytes in large files, and half of the file or more is something else.
    let mut welder = Welder::with_capacity(text.len() / 64);
    let (convention, generator) = header(text, options);
    let mut vertices = Vertices {
        convention,
        generator,
        position_of_vertex: Vec::new(),
        positions: Vec::new(),
        colors: Vec::new(),
        uvs: Vec::new(),
        normals: Vec::new(),
        libraries: Vec::new(),
        has_materials: false,
        malformed: Tally::default(),
    };
    let mut ticker = Ticker::new(progress, text.len(), 1 << 17);
    let mut cursor = Cursor::new(text);
    while !cursor.is_at_end() {
        cursor.skip_blanks();
        let start = cursor.at;
        ticker.at(start)?;
        match text.get(start..).unwrap_or_default() {
            [b'v', blank, ..] if is_blank(*blank) => {
                cursor.at += 1;
                vertices.vertex(&mut cursor, &mut welder, start);
            }
            [b'v', b't', blank, ..] if is_blank(*blank) => {
                cursor.at += 2;
                let u = cursor.number().unwrap_or(0.0);
                let v = cursor.number().unwrap_or(0.0);
                vertices.uvs.extend([u, 1.0 - v].map(finite));
            }
            [b'v', b'n', blank, ..] if is_blank(*blank) => {
                cursor.at += 2;
                let mut read = || cursor.number().unwrap_or(0.0);
                let normal = DVec3::new(read(), read(), read());
                let normal = vertices.convention.direction(normal.normalize_or_zero());
                vertices.normals.extend(normal.to_array().map(finite));
            }
            [b'm', b't', b'l', b'l', b'i', b'b', ..] => {
                cursor.at += 6;
                vertices.libraries.push(text::name(cursor.clone().rest_of_line()));
            }
            [b'n', b'e', b'w', b'm', b't', b'l', ..] => vertices.has_materials = true,
            [b'#', ..] => {
                cursor.skip_comment();
                continue;
            }
            _ => {}
        }
        cursor.rest_of_line();
    }
    if vertices.position_of_vertex.len() >= NO_ROW as usize {
        return Err(ImportError::new(
            ImportErrorKind::TooLarge,
            Location::Whole,
            format!(
                "The OBJ has {} vertices; Kerf can index {}.",
                grouped(vertices.position_of_vertex.len()),
                grouped(NO_ROW as usize)
            ),
        ));
    }
    vertices.positions = welder.positions;
    vertices.positions.shrink_to_fit();
    vertices.libraries.retain(|name| !name.is_empty());
    vertices.use_unit_colors();
    Ok(vertices)
}

impl Vertices {
    #[inline]
    fn vertex(&mut self, cursor: &mut Cursor<'_>, welder: &mut Welder, start: usize) {
        let position = match (cursor.number(), cursor.number(), cursor.number()) {
            (Some(x), Some(y), Some(z)) => self.convention.point(DVec3::new(x, y, z)),
            _ => DVec3::NAN,
        };
        let number = if position.is_finite() {
            welder.number(position)
        } else {
            self.malformed.add(start);
            NO_ROW
        };
        self.position_of_vertex.push(number);
        let Some(first) = cursor.number() else {
            if !self.colors.is_empty() {
                self.colors.push(WHITE);
            }
            return;
        };
        // One number more is the weight of a rational curve, three are RGB, four RGBA.
        if let (Some(green), Some(blue)) = (cursor.number(), cursor.number()) {
            let alpha = cursor.number().unwrap_or(1.0);
            self.colors.resize(self.position_of_vertex.len() - 1, WHITE);
            self.colors.push([first, green, blue, alpha].map(narrow));
        } else if !self.colors.is_empty() {
            self.colors.push(WHITE);
        }
    }

    /// Colours are 0 to 1, or 0 to 255 in some files.
    fn use_unit_colors(&mut self) {
        let is_bytes = self.colors.iter().flat_map(|color| &color[..3]).any(|&value| value > 1.5);
        if is_bytes {
            for color in &mut self.colors {
                for value in &mut color[..3] {
                    *value /= 255.0;
                }
                color[3] = if color[3] > 1.5 { color[3] / 255.0 } else { color[3] };
            }
        }
    }
}

const WHITE: [f32; 4] = [1.0; 4];

fn finite(value: f64) -> f32 {
    let value = narrow(value);
    if value.is_finite() { value } else { 0.0 }
}

/// What the comments before the first line of content say of axes, unit and writer.
fn header(text: &[u8], options: &ImportOptions) -> (Convention, Option<String>) {
    let mut convention = Convention::assumed(options, UpAxis::Y);
    let mut generator = None;
    let mut cursor = Cursor::new(text);
    for _line in 0..64 {
        cursor.skip_blanks();
        if cursor.peek().is_some_and(|byte| byte != b'#' && !text::is_line_end(byte)) {
            break;
        }
        let start = cursor.at;
        cursor.skip_comment();
        let line = &text[start..cursor.at];
        let comment = text::name(line.trim_ascii_start().strip_prefix(b"#").unwrap_or_default());
        if let Some(stated) = Convention::from_comment(&comment) {
            convention = stated;
        }
        if let Some(&(_, up_axis)) = WRITERS.iter().find(|(name, _)| comment.contains(name)) {
            if !convention.stated && options.up_axis.is_none() {
                convention.up_axis = up_axis;
            }
            generator.get_or_insert(comment);
        }
    }
    (convention, generator)
}

/// Writers that say who they are, and the up axis they write unless told otherwise.
const WRITERS: [(&str, UpAxis); 14] = [
    ("OpenSCAD", UpAxis::Z),
    ("FreeCAD", UpAxis::Z),
    ("Kerf", UpAxis::Z),
    ("Blender", UpAxis::Y),
    ("3ds Max", UpAxis::Y),
    ("Maya", UpAxis::Y),
    ("Rhino", UpAxis::Y),
    ("ZBrush", UpAxis::Y),
    ("MeshLab", UpAxis::Y),
    ("Meshlab", UpAxis::Y),
    ("Assimp", UpAxis::Y),
    ("assimp", UpAxis::Y),
    ("SketchUp", UpAxis::Y),
    ("trimesh", UpAxis::Y),
];
