//! Writing PLY.

use std::collections::HashMap;
use std::io::Write as _;

use geometry::{NO_ROW, Progress, Semantic};
use glam::DVec3;

use crate::color::{narrow, quantized, srgb_from_linear};
use crate::formats::convention::Convention;
use crate::formats::flatten::{self, Placed};
use crate::formats::report::Ticker;
use crate::formats::{Encoding, ExportError, ExportOptions, Files};
use crate::{ImportedMesh, ImportedScene};

/// Writes the shown scene as one mesh: binary little endian, or ascii.
///
/// Coordinates are `float` where that is exact and `double` otherwise. Colours are 8-bit sRGB, as PLY programs have them.
/// A vertex is written once for each different set of attributes; reading welds them again.
pub(in crate::formats) fn export(
    name: &str,
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Files, ExportError> {
    progress.phase("Writing vertices and faces");
    let is_wanted =
        |mesh: &ImportedMesh| !mesh.surface.is_empty() || !mesh.points.is_empty() || !mesh.lines.is_empty();
    let parts = flatten::placed(scene, options, is_wanted)?;
    let num_triangles: usize = parts.iter().map(|part| part.mesh.surface.triangles.len()).sum();
    let mut table = Table::new(&parts);
    let mut ticker = Ticker::new(progress, num_triangles * 2, 1 << 12);
    for part in &parts {
        table.add_surface(part, &mut ticker)?;
        table.add_sets(part);
    }
    let count = table.vertices.len().max(table.faces.len());
    if i32::try_from(count).is_err() {
        return Err(ExportError::TooLarge {
            format: "PLY".to_owned(),
            what: format!("{count} vertices or faces"),
        });
    }
    let is_single = table.is_single();
    let mut out = Out { bytes: table.header(is_single, options), encoding: options.encoding, is_single };
    for (number, vertex) in table.vertices.iter().enumerate() {
        ticker.at(num_triangles + number.min(num_triangles))?;
        table.write_vertex(vertex, &mut out);
    }
    for face in &table.faces {
        out.byte(3);
        face.iter().for_each(|&vertex| out.index(vertex));
        out.end_row();
    }
    for edge in &table.edges {
        edge.iter().for_each(|&vertex| out.index(vertex));
        out.end_row();
    }
    Ok(vec![(name.to_owned(), out.bytes)])
}

/// What a vertex has; parts without an attribute get its neutral value where others have it.
struct Vertex {
    position: DVec3,
    normal: [f32; 3],
    uv: [f32; 2],
    color: [f32; 4],
}

struct Table {
    has_normals: bool,
    has_uvs: bool,
    has_colors: bool,
    vertices: Vec<Vertex>,
    faces: Vec<[u32; 3]>,
    edges: Vec<[u32; 2]>,
}

const NEUTRAL: Vertex = Vertex { position: DVec3::ZERO, normal: [0.0; 3], uv: [0.0; 2], color: [1.0; 4] };

impl Table {
    fn new(parts: &[Placed<'_>]) -> Self {
        let has = |semantic| parts.iter().any(|part| part.mesh.surface.channel(semantic).is_some());
        let sets_have_colors = parts.iter().any(|part| {
            part.mesh.points.iter().any(|set| !set.colors.is_empty())
                || part.mesh.lines.iter().any(|set| !set.colors.is_empty())
        });
        Self {
            has_normals: has(Semantic::Normal),
            has_uvs: has(Semantic::Uv(0)),
            has_colors: has(Semantic::Color(0)) || sets_have_colors,
            vertices: Vec::new(),
            faces: Vec::new(),
            edges: Vec::new(),
        }
    }

    fn push(&mut self, vertex: Vertex) -> u32 {
        self.vertices.push(vertex);
        u32::try_from(self.vertices.len() - 1).unwrap_or(u32::MAX)
    }

    fn add_surface(&mut self, part: &Placed<'_>, ticker: &mut Ticker<'_>) -> Result<(), ExportError> {
        let mesh = &part.mesh.surface;
        let channels =
            [Semantic::Normal, Semantic::Uv(0), Semantic::Color(0)].map(|semantic| mesh.channel(semantic));
        let normal_matrix = part.normal_matrix();
        let mut known: HashMap<[u32; 4], u32> = HashMap::new();
        for (triangle, corners) in mesh.triangles.iter().enumerate() {
            ticker.at(self.faces.len())?;
            let face = part.corner_order().map(|corner| {
                let [normal, uv, color] = channels.map(|channel| {
                    channel
                        .and_then(|channel| channel.row_of_corner(mesh, triangle, corner))
                        .unwrap_or(NO_ROW)
                });
                let position = corners[corner];
                *known.entry([position, normal, uv, color]).or_insert_with(|| {
                    let row = |number: usize, row: u32| {
                        channels[number].filter(|_channel| row != NO_ROW).map(|channel| channel.row(row))
                    };
                    let normal = row(0, normal).map_or(NEUTRAL.normal, |row| {
                        let normal = DVec3::new(f64::from(row[0]), f64::from(row[1]), f64::from(row[2]));
                        (normal_matrix * normal).normalize_or_zero().to_array().map(narrow)
                    });
                    let uv = row(1, uv).and_then(|row| row.first_chunk().copied()).unwrap_or(NEUTRAL.uv);
                    let color = row(2, color).and_then(|row| row.first_chunk().copied());
                    let position = part.point(mesh.positions[position as usize]);
                    self.push(Vertex { position, normal, uv, color: color.unwrap_or(NEUTRAL.color) })
                })
            });
            self.faces.push(face);
        }
        Ok(())
    }

    fn add_sets(&mut self, part: &Placed<'_>) {
        for set in &part.mesh.lines {
            let base = self.vertices.len();
            self.add_loose(part, &set.positions, &set.colors);
            let vertex = |number: u32| u32::try_from(base + number as usize).unwrap_or(u32::MAX);
            self.edges.extend(set.segments.iter().map(|segment| segment.map(vertex)));
        }
        for set in &part.mesh.points {
            self.add_loose(part, &set.positions, &set.colors);
        }
    }

    fn add_loose(&mut self, part: &Placed<'_>, positions: &[DVec3], colors: &[[f32; 4]]) {
        for (number, &position) in positions.iter().enumerate() {
            let color = colors.get(number).copied().unwrap_or(NEUTRAL.color);
            self.push(Vertex { position: part.point(position), color, ..NEUTRAL });
        }
    }

    fn is_single(&self) -> bool {
        let is_exact = |value: &f64| f64::from(narrow(*value)).to_bits() == value.to_bits();
        self.vertices.iter().all(|vertex| vertex.position.to_array().iter().all(is_exact))
    }

    fn header(&self, is_single: bool, options: &ExportOptions) -> Vec<u8> {
        let format = match options.encoding {
            Encoding::Binary => "binary_little_endian",
            Encoding::Text => "ascii",
        };
        let mut text = format!("ply\nformat {format} 1.0\ncomment {}\n", Convention::comment(options));
        text += &format!("element vertex {}\n", self.vertices.len());
        let kind = if is_single { "float" } else { "double" };
        let mut properties = |kind: &str, names: &[&str]| {
            names.iter().for_each(|name| text += &format!("property {kind} {name}\n"));
        };
        properties(kind, &["x", "y", "z"]);
        if self.has_normals {
            properties("float", &["nx", "ny", "nz"]);
        }
        if self.has_uvs {
            properties("float", &["s", "t"]);
        }
        if self.has_colors {
            properties("uchar", &["red", "green", "blue", "alpha"]);
        }
        if !self.faces.is_empty() {
            text += &format!("element face {}\nproperty list uchar int vertex_indices\n", self.faces.len());
        }
        if !self.edges.is_empty() {
            text +=
                &format!("element edge {}\nproperty int vertex1\nproperty int vertex2\n", self.edges.len());
        }
        text += "end_header\n";
        text.into_bytes()
    }
}

impl Table {
    fn write_vertex(&self, vertex: &Vertex, out: &mut Out) {
        vertex.position.to_array().into_iter().for_each(|value| out.coordinate(value));
        if self.has_normals {
            vertex.normal.into_iter().for_each(|value| out.number(value));
        }
        if self.has_uvs {
            let [u, v] = vertex.uv;
            out.number(u);
            out.number(1.0 - v);
        }
        if self.has_colors {
            let [r, g, b, alpha] = vertex.color;
            for value in [srgb_from_linear(r), srgb_from_linear(g), srgb_from_linear(b), f64::from(alpha)] {
                out.byte(u8::try_from(quantized(value, 255)).unwrap_or(u8::MAX));
            }
        }
        out.end_row();
    }
}

/// The body being written.
struct Out {
    bytes: Vec<u8>,
    encoding: Encoding,
    is_single: bool,
}

impl Out {
    fn put(&mut self, binary: &[u8], text: std::fmt::Arguments<'_>) {
        match self.encoding {
            Encoding::Binary => self.bytes.extend_from_slice(binary),
            Encoding::Text => self.bytes.write_fmt(text).expect("memory can be written"),
        }
    }

    fn coordinate(&mut self, value: f64) {
        if self.is_single {
            self.number(narrow(value));
        } else {
            self.put(&value.to_le_bytes(), format_args!("{value} "));
        }
    }

    fn number(&mut self, value: f32) {
        self.put(&value.to_le_bytes(), format_args!("{value} "));
    }

    fn byte(&mut self, value: u8) {
        self.put(&[value], format_args!("{value} "));
    }

    fn index(&mut self, value: u32) {
        self.put(&value.to_le_bytes(), format_args!("{value} "));
    }

    fn end_row(&mut self) {
        if self.encoding == Encoding::Text {
            self.bytes.push(b'\n');
        }
    }
}
