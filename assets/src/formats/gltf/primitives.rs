//! Reads the primitives of meshes.

use geometry::{Cancelled, LineSet, PointSet, Progress, Semantic};
use glam::DVec3;
use serde_json::Value;

use super::accessor::{Accessor, Accessors, Unreadable};
use super::budget::Budget;
use super::json::{Lenient as _, Place, Report};
use super::mesh::{Look, MeshBuilder};
use super::pose::{Pose, Posed};
use super::rig::RigBuilder;
use super::topology::Mode;
use super::vertices::{Dropped, Scratch, Sequence};
use super::{attributes, draco, meshopt, variants};
use crate::{ImportError, ImportErrorKind, ImportedMesh};

/// How many triangles are read between two looks at the progress.
const TRIANGLES_PER_REPORT: usize = 1 << 16;

/// Reads meshes one after another.
pub(super) struct MeshReader<'a> {
    document: &'a Value,
    accessors: &'a Accessors<'a>,
    /// What is left of it is for what comes after the meshes.
    pub(super) budget: Budget,
    progress: &'a dyn Progress,
    num_materials: usize,
    num_variants: usize,
    /// Where the first geometry was lost, in case nothing is left.
    pub(super) first_loss: Option<ImportError>,
    scratch: Scratch,
}

impl<'a> MeshReader<'a> {
    /// A reader for the meshes of a document.
    pub(super) fn new(
        document: &'a Value,
        accessors: &'a Accessors<'a>,
        budget: Budget,
        progress: &'a dyn Progress,
    ) -> Self {
        Self {
            document,
            accessors,
            budget,
            progress,
            num_materials: document.elements("materials").len(),
            num_variants: variants::names(document).len(),
            first_loss: None,
            scratch: Scratch::default(),
        }
    }

    /// Reads a mesh in a pose; what cannot be read is left out with a warning.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub(super) fn read(
        &mut self,
        mesh: &Value,
        pose: Option<&Pose>,
        at: &Place<'_>,
        done: f64,
        report: &mut Report,
    ) -> Result<ImportedMesh, Cancelled> {
        let mut builder = MeshBuilder::new(RigBuilder::of(mesh));
        let primitives_at = at.key("primitives");
        for (index, primitive) in mesh.elements("primitives").iter().enumerate() {
            self.progress.report(done)?;
            self.read_primitive(primitive, pose, &primitives_at.at(index), done, &mut builder, report)?;
        }
        Ok(builder.finish(mesh.text("name").unwrap_or_default().to_owned()))
    }

    fn read_primitive(
        &mut self,
        primitive: &Value,
        pose: Option<&Pose>,
        at: &Place<'_>,
        done: f64,
        builder: &mut MeshBuilder,
        report: &mut Report,
    ) -> Result<(), Cancelled> {
        let Some(mode) = Mode::from_code(primitive.whole("mode").unwrap_or(4)) else {
            self.lose(ImportErrorKind::Malformed, at, "The primitive's mode does not exist.", report);
            return Ok(());
        };
        attributes::check_names(primitive, &at.key("attributes"), report);
        let Some(stored) = self.open_positions(primitive, at, report) else { return Ok(()) };
        let Some(sequence) = self.open_sequence(primitive, stored.count(), at, report) else {
            return Ok(());
        };
        let (num_elements, num_left_over) = mode.num_elements(sequence.len());
        if num_left_over > 0 {
            let message =
                format!("The last {num_left_over} vertices make no whole element and were left out.");
            report.warn("incomplete-primitive", at, message);
        }
        let is_indexed = matches!(sequence, Sequence::Indices(_));
        if !self.budget.spend(num_elements.saturating_mul(3)) {
            let message = "The primitives use the same data so often that the scene would fill the memory.";
            report.warn("too-many-elements", at, message);
            self.remember_loss(ImportErrorKind::TooLarge, at, message);
            return Ok(());
        }
        let posed =
            pose.and_then(|pose| pose.apply(primitive, stored, self.accessors, &mut self.budget, at, report));
        let positions: &Accessor<'_> = posed.as_ref().map_or(stored, |posed| &posed.positions);
        let look = Look {
            material: primitive.index("material").filter(|material| *material < self.num_materials),
            variants: variants::of_primitive(primitive, self.num_variants, self.num_materials),
        };
        self.scratch.begin(positions.count());
        let mut dropped = Dropped::default();
        if mode.is_surface() {
            builder.begin_part();
            builder.reserve(num_elements, positions.count());
            for index in 0..num_elements {
                if index % TRIANGLES_PER_REPORT == TRIANGLES_PER_REPORT - 1 {
                    self.progress.report(done)?;
                }
                let vertices = mode.triangle(index).map(|place| sequence.vertex(place));
                let [a, b, c] = vertices;
                if mode != Mode::Triangles && is_indexed && (a == b || b == c || c == a) {
                    continue; // Strips turn round and start anew with such triangles.
                }
                let rows = vertices.map(|vertex| self.scratch.row(vertex, positions, builder, &mut dropped));
                if rows.iter().all(|row| *row < Scratch::BAD) {
                    builder.corners.push(rows);
                } else {
                    dropped.num_elements += 1;
                }
            }
            builder.end_rows();
            let first_row = builder.position_of_row.len() - self.scratch.vertex_of_row.len();
            let posed = posed.as_ref();
            for (semantic, values) in self.read_attributes(primitive, posed, builder, first_row, at, report) {
                builder.add_values(semantic, values);
            }
            if let Some(rig) = &mut builder.rig {
                let vertices = &self.scratch.vertex_of_row;
                rig.add_part(primitive, stored, vertices, self.accessors, &mut self.budget, at, report);
            }
            builder.end_part(&look);
        } else {
            let loose = self.read_loose(primitive, mode, &sequence, positions, &mut dropped, at, report);
            match mode {
                Mode::Points => {
                    let Loose { positions, colors, .. } = loose;
                    builder.add_points(PointSet { positions, colors, material_slot: 0 }, &look);
                }
                _ => {
                    let Loose { positions, colors, segments } = loose;
                    builder.add_lines(LineSet { positions, segments, colors, material_slot: 0 }, &look);
                }
            }
        }
        dropped.report(at, report);
        Ok(())
    }

    fn open_positions(
        &mut self,
        primitive: &Value,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<&'a Accessor<'a>> {
        let attributes_at = at.key("attributes");
        let Some(index) = primitive.get("attributes").and_then(|attributes| attributes.index("POSITION"))
        else {
            report.warn(
                "no-positions",
                &attributes_at,
                "The primitive has no positions, so there is nothing to show.",
            );
            return None;
        };
        let positions = self.open_geometry(primitive, index, &attributes_at.key("POSITION"), report)?;
        if positions.num_components() < 3 {
            self.lose(
                ImportErrorKind::Malformed,
                &attributes_at.key("POSITION"),
                "Positions need three numbers.",
                report,
            );
            return None;
        }
        Some(positions)
    }

    fn open_sequence(
        &mut self,
        primitive: &Value,
        num_vertices: usize,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<Sequence<'a>> {
        let Some(index) = primitive.index("indices") else { return Some(Sequence::All(num_vertices)) };
        let indices_at = at.key("indices");
        let indices = self.open_geometry(primitive, index, &indices_at, report)?;
        if !indices.is_index() {
            self.lose(
                ImportErrorKind::Malformed,
                &indices_at,
                "Indices must be unsigned whole numbers.",
                report,
            );
            return None;
        }
        Some(Sequence::Indices(indices))
    }

    /// Opens an accessor without which the primitive cannot be shown.
    fn open_geometry(
        &mut self,
        primitive: &Value,
        index: usize,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<&'a Accessor<'a>> {
        let accessor = self.document.elements("accessors").get(index);
        let view = accessor.and_then(|accessor| accessor.index("bufferView"));
        match self.accessors.get(index) {
            Ok(accessor) => Some(accessor),
            Err(Unreadable::NoData) => {
                let view = view.and_then(|view| self.document.elements("bufferViews").get(view));
                let compression = match view {
                    Some(view) => meshopt::extension(view).map(|(name, _)| name),
                    None => primitive.extension(draco::NAME).map(|_| draco::NAME),
                };
                let message = match compression {
                    Some(name) => format!(
                        "The geometry's {name} data cannot be decoded. Save the file again, without compression if that \
                         is possible."
                    ),
                    None => "The data of the geometry is missing.".to_owned(),
                };
                self.lose(ImportErrorKind::Malformed, at, &message, report);
                None
            }
            Err(Unreadable::Malformed) => {
                self.remember_loss(ImportErrorKind::Malformed, at, "The geometry's accessor cannot be read.");
                None
            }
        }
    }

    fn lose(&mut self, kind: ImportErrorKind, at: &Place<'_>, message: &str, report: &mut Report) {
        report.warn("geometry-lost", at, message);
        self.remember_loss(kind, at, message);
    }

    fn remember_loss(&mut self, kind: ImportErrorKind, at: &Place<'_>, message: &str) {
        if self.first_loss.is_none() {
            self.first_loss = Some(ImportError::new(kind, at.location(), message));
        }
    }

    fn read_attributes(
        &self,
        primitive: &Value,
        posed: Option<&Posed>,
        builder: &MeshBuilder,
        first_row: usize,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Vec<(Semantic, Vec<f32>)> {
        let attributes_at = at.key("attributes");
        let mut read = Vec::new();
        for (name, semantic) in attributes::known(primitive) {
            let at = attributes_at.key(name);
            let Some(accessor) = self.open_attribute(primitive, name, semantic, &at, report) else {
                continue;
            };
            let accessor: &Accessor<'_> = match semantic {
                Semantic::Normal => posed.and_then(|posed| posed.normals.as_ref()).unwrap_or(accessor),
                Semantic::Tangent => posed.and_then(|posed| posed.tangents.as_ref()).unwrap_or(accessor),
                _ => accessor,
            };
            let vertices = &self.scratch.vertex_of_row;
            let values = match semantic {
                Semantic::Normal => {
                    let part = attributes::Part {
                        positions: &builder.welder.positions,
                        position_of_row: &builder.position_of_row,
                        first_row,
                        corners: builder.corners_of_part(),
                    };
                    attributes::read_normals(accessor, vertices, &part, &at, report)
                }
                Semantic::Tangent => match attributes::read_tangents(accessor, vertices, &at, report) {
                    Some(values) => values,
                    None => continue,
                },
                Semantic::Uv(_) => attributes::read_uvs(accessor, vertices, &at, report),
                _ => attributes::read_colors(accessor, vertices, &at, report).into_flattened(),
            };
            read.push((semantic, values));
        }
        read
    }

    fn open_attribute(
        &self,
        primitive: &Value,
        name: &str,
        semantic: Semantic,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<&'a Accessor<'a>> {
        let index = primitive.get("attributes")?.index(name)?;
        let accessor = self.accessors.get(index).ok()?;
        let needed =
            if matches!(semantic, Semantic::Color(_)) { 3 } else { semantic.width().unwrap_or(1) as usize };
        if accessor.num_components() < needed || accessor.num_components() > 4 {
            let message =
                format!("The attribute needs {needed} numbers, it has {}.", accessor.num_components());
            report.warn("attribute-type", at, message);
            return None;
        }
        let num_missing =
            self.scratch.vertex_of_row.iter().filter(|vertex| **vertex as usize >= accessor.count()).count();
        if num_missing > 0 {
            report.warn(
                "attribute-missing-values",
                at,
                format!("{num_missing} vertices have no value; the attribute was left out."),
            );
            return None;
        }
        Some(accessor)
    }

    /// Points and segments, not welded.
    fn read_loose(
        &mut self,
        primitive: &Value,
        mode: Mode,
        sequence: &Sequence<'_>,
        positions: &Accessor<'_>,
        dropped: &mut Dropped,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Loose {
        let mut loose = Loose::default();
        let (num_elements, _) = mode.num_elements(sequence.len());
        if mode == Mode::Points {
            for place in 0..num_elements {
                match self.scratch.loose_point(sequence.vertex(place), positions, dropped, true) {
                    Some((_, Some(point))) => loose.positions.push(point),
                    _ => dropped.num_elements += 1,
                }
            }
        } else {
            for index in 0..num_elements {
                let ends = mode.segment(index, sequence.len()).map(|place| {
                    let found = self.scratch.loose_point(sequence.vertex(place), positions, dropped, false);
                    found.map(|(row, point)| {
                        loose.positions.extend(point);
                        row
                    })
                });
                match ends {
                    [Some(from), Some(to)] => loose.segments.push([from, to]),
                    _ => dropped.num_elements += 1,
                }
            }
        }
        let colors_at = at.key("attributes");
        let colors_at = colors_at.key("COLOR_0");
        if let Some(accessor) =
            self.open_attribute(primitive, "COLOR_0", Semantic::Color(0), &colors_at, report)
        {
            loose.colors = attributes::read_colors(accessor, &self.scratch.vertex_of_row, &colors_at, report);
        }
        loose
    }
}

/// Points or segments of a primitive.
#[derive(Default)]
struct Loose {
    positions: Vec<DVec3>,
    colors: Vec<[f32; 4]>,
    segments: Vec<[u32; 2]>,
}
