//! Point clouds in text: XYZ, PTS and their like, one point in a line. Columns are found out from the numbers: three
//! coordinates, then colours, an intensity or normals; normals are left out.
//!
//! The format says nothing of units and axes: millimetres and Z up are assumed.

use std::sync::Arc;

use geometry::{PointSet, Progress};
use glam::DVec3;

use super::convention::Convention;
use super::report::{Tally, Ticker, line_of};
use super::text::{self, is_line_end};
use super::{ImportOptions, Sniff, detect};
use crate::color::linear_from_srgb;
use crate::{
    ImportError, ImportErrorKind, Imported, ImportedMesh, ImportedNode, ImportedScene, Location, Material,
    Resolver, SceneRoots, UpAxis,
};

/// The most columns that are looked at.
const MAX_COLUMNS: usize = 10;

/// Whether it may be a point cloud: several lines of three numbers or more.
pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    let head = text::decode(detect::head(bytes));
    let mut rows = 0;
    for line in head.split(|&byte| is_line_end(byte)).filter(|line| !line.trim_ascii().is_empty()).take(8) {
        rows += usize::from(Row::of(line).is_some_and(|row| row.count >= 3));
    }
    if rows >= 3 { Sniff::Maybe } else { Sniff::No }
}

/// The numbers of a line.
struct Row {
    numbers: [f64; MAX_COLUMNS],
    count: usize,
}

impl Row {
    /// `None` when something in the line is no number.
    fn of(line: &[u8]) -> Option<Self> {
        let mut row = Self { numbers: [0.0; MAX_COLUMNS], count: 0 };
        let is_separator = |byte: &u8| matches!(byte, b' ' | b'\t' | b',' | b';' | 0x0b | 0x0c);
        for word in line.split(|byte| is_separator(byte)).filter(|word| !word.is_empty()) {
            let (number, length) = text::parse_number(word)?;
            if length != word.len() {
                return None;
            }
            if let Some(place) = row.numbers.get_mut(row.count) {
                *place = number;
                row.count += 1;
            }
        }
        Some(row)
    }
}

/// What the columns after the coordinates mean.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Columns {
    Plain,
    /// Red, green and blue start at a column, on a scale that ends at a number.
    Color(usize, f64),
    /// Brightness in a column.
    Intensity(usize),
}

pub(super) fn import(
    bytes: &[u8],
    options: &ImportOptions,
    _resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    progress.phase("Reading points");
    let text = text::decode(bytes);
    let convention = Convention::assumed(options, UpAxis::Z);
    let mut cloud = Cloud::default();
    let mut ticker = Ticker::new(progress, text.len(), 1 << 18);
    let (mut at, mut skipped, mut non_finite) = (0, Tally::default(), Tally::default());
    let mut has_points = false;
    for line in text.split(|&byte| is_line_end(byte)) {
        ticker.at(at)?;
        let start = at;
        at += line.len() + 1;
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with(b"#") || line.starts_with(b"//") {
            continue;
        }
        match Row::of(line) {
            // The number of points that follow, as PTS files have it, perhaps before each scan.
            Some(row) if row.count == 1 => cloud.has_count = true,
            Some(row) if row.count >= 3 => {
                has_points = true;
                let point = convention.point(DVec3::new(row.numbers[0], row.numbers[1], row.numbers[2]));
                if point.is_finite() {
                    cloud.push(point, &row);
                } else {
                    non_finite.add(start);
                }
            }
            // Names of columns stand before the first point.
            _ if !has_points => {}
            _ => skipped.add(start),
        }
    }
    let mut warnings = Vec::new();
    let locate = line_of(&text);
    skipped.warn(
        &mut warnings,
        "unknown-text",
        &locate,
        ["line is no point; it is passed over.", "lines are no points; they are passed over."],
    );
    non_finite.warn(
        &mut warnings,
        "non-finite-position",
        &locate,
        [
            "point has a coordinate that is not a finite number; it is left out.",
            "points have a coordinate that is not a finite number; they are left out.",
        ],
    );
    if cloud.points.is_empty() {
        return Err(ImportError::new(
            ImportErrorKind::Malformed,
            Location::Line(1, 1),
            "The file holds no points: lines of three numbers are due. Check what was downloaded or exported.",
        ));
    }
    progress.report(1.0)?;
    Ok(Imported { scene: cloud.scene(convention), warnings })
}

/// The points read so far, and the span of each further column.
#[derive(Default)]
struct Cloud {
    has_count: bool,
    points: Vec<DVec3>,
    /// The columns after the coordinates, [`MAX_COLUMNS`] − 3 at most, `width` of each point.
    others: Vec<f32>,
    width: usize,
    spans: [[f64; 2]; MAX_COLUMNS],
}

impl Cloud {
    fn push(&mut self, point: DVec3, row: &Row) {
        if self.points.is_empty() {
            self.width = row.count - 3;
            self.spans = [[f64::INFINITY, f64::NEG_INFINITY]; MAX_COLUMNS];
        }
        self.points.push(point);
        for column in 0..self.width {
            let number = row.numbers[column + 3];
            let number = if number.is_finite() { number } else { 0.0 };
            let [low, high] = &mut self.spans[column];
            (*low, *high) = (low.min(number), high.max(number));
            self.others.push(crate::color::narrow(number));
        }
    }

    fn columns(&self) -> Columns {
        let is_color = |start: usize| {
            let spans = &self.spans[start..start + 3];
            spans
                .iter()
                .all(|[low, high]| *low >= 0.0 && *high <= 255.0)
                .then(|| if spans.iter().any(|[_, high]| *high > 1.0) { 255.0 } else { 1.0 })
        };
        let color_at = |start: usize| is_color(start).map(|scale| Columns::Color(start, scale));
        match self.width {
            1 => Columns::Intensity(0),
            // Normals have negative parts somewhere.
            3 | 6 => {
                color_at(0).or_else(|| (self.width == 6).then(|| color_at(3))?).unwrap_or(Columns::Plain)
            }
            // An intensity before the colour, or an alpha after it.
            4 if self.has_count => color_at(1).unwrap_or(Columns::Intensity(0)),
            4 => color_at(0).or(color_at(1)).unwrap_or(Columns::Intensity(0)),
            7 => color_at(1).or(color_at(0)).unwrap_or(Columns::Intensity(0)),
            _ => Columns::Plain,
        }
    }

    fn scene(self, convention: Convention) -> ImportedScene {
        let columns = self.columns();
        let rows = self.others.chunks_exact(self.width.max(1));
        let srgb = |value: f64| linear_from_srgb(value);
        let colors: Vec<[f32; 4]> = match columns {
            Columns::Plain => Vec::new(),
            Columns::Color(start, scale) => rows
                .map(|row| {
                    let [r, g, b] = [0, 1, 2].map(|axis| srgb(f64::from(row[start + axis]) / scale));
                    [r, g, b, 1.0]
                })
                .collect(),
            Columns::Intensity(column) => {
                let [low, high] = self.spans[column];
                let span = if high > low { high - low } else { 1.0 };
                let gray = |row: &[f32]| srgb((f64::from(row[column]) - low) / span);
                rows.map(|row| [gray(row), gray(row), gray(row), 1.0]).collect()
            }
        };
        let mut scene = ImportedScene {
            nodes: vec![ImportedNode { mesh: Some(0), ..ImportedNode::default() }],
            scenes: vec![SceneRoots { name: String::new(), roots: vec![0] }],
            source: convention.source(if self.has_count { "PTS" } else { "XYZ" }),
            ..ImportedScene::default()
        };
        let has_colors = !colors.is_empty();
        if has_colors {
            scene.materials.push(Material { base_color: [1.0; 4], ..Material::default() });
        }
        scene.meshes.push(ImportedMesh {
            points: vec![Arc::new(PointSet { positions: self.points, colors, material_slot: 0 })],
            materials: vec![has_colors.then_some(0)],
            ..ImportedMesh::default()
        });
        scene
    }
}
