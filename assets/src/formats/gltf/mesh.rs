//! From the primitives of a mesh to one welded surface with its attributes, points and lines.
//!
//! Vertices of the file become *rows*, numbered in the order in which triangles first use them; unused ones are dropped.
//! Rows with equal coordinates share a position. When every row has its own, attributes hang on positions; otherwise
//! all attributes share one table of rows per corner, so that a seam costs twelve bytes per triangle once.

use std::collections::BTreeMap;
use std::sync::Arc;

use geometry::{Channel, CornerRows, LineSet, Mesh, NO_ROW, PointSet, Semantic};
use glam::DVec3;

use super::rig::RigBuilder;
use crate::weld::Welder;
use crate::{ImportedMesh, VariantMaterial};

/// Collects the primitives of one mesh.
#[derive(Default)]
pub(super) struct MeshBuilder {
    pub(super) welder: Welder,
    pub(super) position_of_row: Vec<u32>,
    /// The positions of rows that are not welded yet.
    waiting: Vec<DVec3>,
    /// Three rows per triangle.
    pub(super) corners: Vec<[u32; 3]>,
    slots: Vec<u32>,
    parts: Vec<Part>,
    drafts: Vec<Draft>,
    points: Vec<Arc<PointSet>>,
    lines: Vec<Arc<LineSet>>,
    slot_of_look: BTreeMap<Look, u32>,
    /// The looks of the slots.
    looks: Vec<Look>,
    /// For meshes that can bend.
    pub(super) rig: Option<RigBuilder>,
}

/// What a primitive looks like.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Look {
    /// Its material.
    pub(super) material: Option<usize>,
    /// Variants in which it has another, and which.
    pub(super) variants: Vec<(usize, usize)>,
}

/// The triangles and rows of one primitive: from these numbers to those of the next.
#[derive(Clone, Copy)]
struct Part {
    first_triangle: usize,
    first_row: usize,
}

/// A channel in the making.
struct Draft {
    semantic: Semantic,
    width: usize,
    values: Vec<f32>,
    /// For each primitive that has the attribute, its part and its first row in `values`.
    parts: Vec<(usize, usize)>,
}

impl MeshBuilder {
    /// For a mesh that may bend.
    pub(super) fn new(rig: Option<RigBuilder>) -> Self {
        Self { rig, ..Self::default() }
    }

    /// Starts a primitive of triangles with a material; rows and corners follow.
    pub(super) fn begin_part(&mut self) {
        self.parts.push(Part { first_triangle: self.corners.len(), first_row: self.position_of_row.len() });
    }

    /// Adds a row with a position and gives its number. [`Self::end_rows`] comes before anybody asks for the position.
    #[inline]
    pub(super) fn add_row(&mut self, point: DVec3) -> u32 {
        const BATCH: usize = 1024;
        if self.waiting.len() == BATCH {
            self.end_rows();
        }
        let row = self.position_of_row.len() + self.waiting.len();
        self.waiting.push(point);
        u32::try_from(row).unwrap_or(u32::MAX)
    }

    /// Welds the positions of all rows so far.
    pub(super) fn end_rows(&mut self) {
        self.welder.number_all(&self.waiting, &mut self.position_of_row);
        self.waiting.clear();
    }

    /// Makes room for the triangles of a part and for at most so many vertices.
    pub(super) fn reserve(&mut self, num_triangles: usize, num_vertices: usize) {
        let num_rows = num_vertices.min(num_triangles.saturating_mul(3));
        self.corners.reserve(num_triangles);
        self.position_of_row.reserve(num_rows);
        self.welder.reserve(num_rows);
    }

    /// The corners since [`Self::begin_part`].
    pub(super) fn corners_of_part(&self) -> &[[u32; 3]] {
        self.parts.last().map_or(&[], |part| &self.corners[part.first_triangle..])
    }

    /// Gives all triangles since [`Self::begin_part`] their material.
    pub(super) fn end_part(&mut self, look: &Look) {
        let slot = self.slot(look);
        self.slots.resize(self.corners.len(), slot);
    }

    /// The values of an attribute for all rows of the current part.
    pub(super) fn add_values(&mut self, semantic: Semantic, values: Vec<f32>) {
        let part = self.parts.len() - 1;
        let width = semantic.width().expect("only attributes of known width are read") as usize;
        if let Some(draft) = self.drafts.iter_mut().find(|draft| draft.semantic == semantic) {
            draft.parts.push((part, draft.values.len() / width));
            draft.values.extend(values);
        } else {
            self.drafts.push(Draft { semantic, width, values, parts: vec![(part, 0)] });
        }
    }

    /// Adds loose points.
    pub(super) fn add_points(&mut self, mut points: PointSet, look: &Look) {
        points.material_slot = self.slot(look);
        self.points.push(Arc::new(points));
    }

    /// Adds line segments.
    pub(super) fn add_lines(&mut self, mut lines: LineSet, look: &Look) {
        lines.material_slot = self.slot(look);
        self.lines.push(Arc::new(lines));
    }

    fn slot(&mut self, look: &Look) -> u32 {
        if let Some(slot) = self.slot_of_look.get(look) {
            return *slot;
        }
        let next = u32::try_from(self.looks.len()).expect("there are fewer primitives than 2³²");
        self.slot_of_look.insert(look.clone(), next);
        self.looks.push(look.clone());
        next
    }

    /// The mesh.
    pub(super) fn finish(self, name: String) -> ImportedMesh {
        let Self {
            welder,
            position_of_row,
            corners,
            mut slots,
            parts,
            drafts,
            points,
            lines,
            looks,
            rig,
            ..
        } = self;
        let rig = rig.and_then(|rig| rig.finish(&corners)).map(Arc::new);
        // As many positions as rows: each row made its own, in the same order.
        let is_seamless = welder.positions.len() == position_of_row.len();
        let drafts: Vec<_> = drafts
            .into_iter()
            .map(|mut draft| {
                let rows = draft.place_rows(&parts, &corners, &position_of_row, is_seamless);
                (draft, rows)
            })
            .collect();
        let (triangles, table) = if is_seamless {
            (corners, Arc::default())
        } else {
            let triangles =
                corners.iter().map(|rows| rows.map(|row| position_of_row[row as usize])).collect();
            (triangles, Arc::new(corners))
        };
        let channels = drafts.into_iter().map(|(draft, rows)| Channel {
            semantic: draft.semantic,
            width: u32::try_from(draft.width).expect("widths are small"),
            values: draft.values,
            rows: match rows {
                DraftRows::Positions => CornerRows::PerPosition,
                DraftRows::AllRows => CornerRows::PerCorner(Arc::clone(&table)),
                DraftRows::Own(rows) => CornerRows::PerCorner(Arc::new(rows)),
            },
        });
        let channels = channels.collect();
        if slots.iter().all(|slot| *slot == 0) {
            slots = Vec::new();
        }
        let surface = Mesh { positions: welder.positions, triangles, channels, material_slots: slots };
        let materials = looks.iter().map(|look| look.material).collect();
        let variants = (0..).zip(&looks).flat_map(|(slot, look)| {
            let variants = look.variants.iter();
            variants.map(move |&(variant, material)| VariantMaterial { variant, slot, material })
        });
        let variants = variants.collect();
        ImportedMesh { name, surface: Arc::new(surface), points, lines, materials, variants, rig }
    }
}

/// Which rows the values of a draft are.
enum DraftRows {
    /// One per position.
    Positions,
    /// One per row.
    AllRows,
    /// What this table says.
    Own(Vec<[u32; 3]>),
}

impl Draft {
    fn place_rows(
        &mut self,
        parts: &[Part],
        corners: &[[u32; 3]],
        position_of_row: &[u32],
        is_seamless: bool,
    ) -> DraftRows {
        if self.parts.len() < parts.len() {
            return DraftRows::Own(self.table(parts, corners));
        }
        if is_seamless {
            return DraftRows::Positions;
        }
        match self.one_row_per_position(position_of_row) {
            Some(values) => {
                self.values = values;
                DraftRows::Positions
            }
            None => DraftRows::AllRows,
        }
    }

    /// The rows of each corner when some parts do not have the attribute.
    fn table(&self, parts: &[Part], corners: &[[u32; 3]]) -> Vec<[u32; 3]> {
        let mut table = vec![[NO_ROW; 3]; corners.len()];
        for &(part, first_value_row) in &self.parts {
            let Part { first_triangle, first_row } = parts[part];
            let end = parts.get(part + 1).map_or(corners.len(), |next| next.first_triangle);
            for (rows, corner_rows) in
                table[first_triangle..end].iter_mut().zip(&corners[first_triangle..end])
            {
                *rows = corner_rows.map(|row| {
                    u32::try_from(row as usize - first_row + first_value_row)
                        .expect("not more rows than before")
                });
            }
        }
        table
    }

    /// The values per position, if rows that share a position agree to the bit.
    fn one_row_per_position(&self, position_of_row: &[u32]) -> Option<Vec<f32>> {
        let mut values: Vec<f32> = Vec::new();
        for (row, &position) in self.values.chunks_exact(self.width).zip(position_of_row) {
            // Positions are numbered in the order in which rows first name them.
            match values.get(position as usize * self.width..(position as usize + 1) * self.width) {
                Some(known) if known.iter().zip(row).all(|(a, b)| a.to_bits() == b.to_bits()) => {}
                Some(_) => return None,
                None => values.extend(row),
            }
        }
        Some(values)
    }
}
