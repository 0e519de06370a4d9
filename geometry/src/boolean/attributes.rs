//! Gives the result its channels, material slots and sources.
//!
//! Corners that an operand has keep its rows to the last bit. Corners that are new get rows interpolated in the triangle
//! they come from; where that has no row, they have none.

use std::sync::Arc;

use glam::{DMat3, DVec3};

use super::assemble::Parts;
use super::hash::IndexMap;
use super::shape::Shape;
use super::{BooleanError, BooleanOutput, BooleanReport, NONE, Operand, Source};
use crate::memory::Holding;
use crate::predicates::decided;
use crate::predicates::implicit::Kind;
use crate::progress::{Progress, report_at};
use crate::{Channel, CornerRows, Mesh, NO_ROW, Semantic};

/// Where a corner of the result lies in the triangle it comes from.
#[derive(Clone, Copy)]
enum Place {
    /// At a corner of the mesh's triangle.
    Corner(usize),
    /// The shares of the three corners of the mesh's triangle.
    Within([f64; 3]),
}

/// Makes the mesh of a shape.
pub(super) fn finish(
    operands: &[Operand],
    parts: &Parts<'_>,
    shape: Shape,
    report: BooleanReport,
    progress: &dyn Progress,
) -> Result<BooleanOutput, BooleanError> {
    let mut takes_part = vec![false; operands.len()];
    if operands.iter().any(|operand| !operand.solid.mesh().channels.is_empty()) {
        shape.sources.iter().for_each(|source| takes_part[source.operand as usize] = true);
    }
    let contributing = || operands.iter().zip(&takes_part).filter(|(_, takes_part)| **takes_part);
    let mut semantics: Vec<(Semantic, u32)> = contributing()
        .flat_map(|(operand, _)| operand.solid.mesh().channels.iter())
        .map(|channel| (channel.semantic, channel.width))
        .collect();
    semantics.sort_by_key(|&(semantic, _)| semantic);
    semantics.dedup_by_key(|&mut (semantic, _)| semantic);
    let mut channels: Vec<Channel> = Vec::with_capacity(semantics.len());
    for (i, &(semantic, width)) in semantics.iter().enumerate() {
        progress.report(i as f64 / semantics.len() as f64)?;
        let mut channel = Carrying::new(operands, parts, &shape, semantic, width).channel(progress)?;
        // Channels that split at the same seams share one table.
        if let CornerRows::PerCorner(rows) = &channel.rows {
            let shared = channels.iter().find_map(|other| match &other.rows {
                CornerRows::PerCorner(other) if other == rows => Some(Arc::clone(other)),
                _ => None,
            });
            if let Some(shared) = shared {
                channel.rows = CornerRows::PerCorner(shared);
            }
        }
        channels.push(channel);
    }
    let material_slots = material_slots(operands, &shape);
    let mesh = Mesh { positions: shape.positions, triangles: shape.triangles, channels, material_slots };
    Ok(BooleanOutput { mesh, sources: shape.sources, report })
}

fn material_slots(operands: &[Operand], shape: &Shape) -> Vec<u32> {
    let slot_of = |source: &Source| {
        let operand = &operands[source.operand as usize];
        let slot = operand.solid.mesh().material_slot(source.triangle as usize);
        operand.material_slots.get(slot as usize).copied().unwrap_or(slot)
    };
    let has_one_slot = |operand: &Operand| {
        operand.solid.mesh().material_slots.is_empty()
            && operand.material_slots.first().is_none_or(|&slot| slot == 0)
    };
    if operands.iter().all(has_one_slot) || shape.sources.iter().all(|source| slot_of(source) == 0) {
        return Vec::new();
    }
    shape.sources.iter().map(slot_of).collect()
}

/// One channel on its way from the operands to the result.
struct Carrying<'a> {
    operands: &'a [Operand],
    parts: &'a Parts<'a>,
    shape: &'a Shape,
    semantic: Semantic,
    width: usize,
    /// The channel of each operand, if it has one of the same width.
    sources: Vec<Option<&'a Channel>>,
    /// For each operand the new row of each row, as it is and turned.
    carried: Vec<[Vec<u32>; 2]>,
    /// Rows made at new corners, by position and value, so that corners that agree share a row.
    made: IndexMap<(u32, Vec<u32>), u32>,
    values: Vec<f32>,
}

impl<'a> Carrying<'a> {
    fn new(
        operands: &'a [Operand],
        parts: &'a Parts<'a>,
        shape: &'a Shape,
        semantic: Semantic,
        width: u32,
    ) -> Self {
        let sources: Vec<Option<&Channel>> = operands
            .iter()
            .map(|operand| operand.solid.mesh().channel(semantic).filter(|channel| channel.width == width))
            .collect();
        let carried = sources
            .iter()
            .map(|channel| [0, 1].map(|_| vec![NONE; channel.map_or(0, Channel::num_rows)]))
            .collect();
        Self {
            operands,
            parts,
            shape,
            semantic,
            width: width as usize,
            sources,
            carried,
            made: IndexMap::default(),
            values: Vec::new(),
        }
    }

    fn channel(mut self, progress: &dyn Progress) -> Result<Channel, BooleanError> {
        let num_rows: usize = self.sources.iter().flatten().map(|channel| channel.num_rows()).sum();
        // A row per corner, and for rows that are carried over their values and where they went.
        let num_bytes = self.shape.triangles.len() * 12 + num_rows * (self.width * size_of::<f32>() + 8);
        let _held = Holding::new(progress, num_bytes)?;
        let mut rows = Vec::with_capacity(self.shape.triangles.len());
        for triangle in 0..self.shape.triangles.len() {
            report_at(progress, triangle, self.shape.triangles.len())?;
            rows.push([0, 1, 2].map(|corner| self.row_at(triangle, corner)));
        }
        let (semantic, width) = (self.semantic, self.width as u32);
        Ok(Channel { semantic, width, values: self.values, rows: CornerRows::PerCorner(Arc::new(rows)) })
    }

    fn row_at(&mut self, triangle: usize, corner: usize) -> u32 {
        let Source { operand, triangle: source } = self.shape.sources[triangle];
        let Some(channel) = self.sources[operand as usize] else { return NO_ROW };
        let mesh = self.operands[operand as usize].solid.mesh();
        let is_turned = self.shape.is_turned[triangle];
        let row_of = |corner: usize| channel.row_of_corner(mesh, source as usize, corner);
        match place_of(self.parts, self.shape, triangle, corner) {
            Place::Corner(corner) => match row_of(corner) {
                Some(row) => self.carry(operand, row, is_turned),
                None => NO_ROW,
            },
            Place::Within(shares) => {
                let [Some(a), Some(b), Some(c)] = [0, 1, 2].map(row_of) else { return NO_ROW };
                let [a, b, c] = [a, b, c].map(|row| channel.row(row));
                let mut mixed: Vec<f32> = (0..self.width).map(|i| mix(shares, [a[i], b[i], c[i]])).collect();
                self.move_along(operand, &mut mixed, is_turned, true);
                let position = self.shape.triangles[triangle][corner];
                let bits = mixed.iter().map(|value| value.to_bits()).collect();
                let next = (self.values.len() / self.width) as u32;
                let row = *self.made.entry((position, bits)).or_insert(next);
                if row == next {
                    self.values.extend(mixed);
                }
                row
            }
        }
    }

    /// The new row of a row of an operand.
    fn carry(&mut self, operand: u32, row: u32, is_turned: bool) -> u32 {
        let is_turned = is_turned && matches!(self.semantic, Semantic::Normal | Semantic::Tangent);
        let known = self.carried[operand as usize][usize::from(is_turned)][row as usize];
        if known != NONE {
            return known;
        }
        let Some(channel) = self.sources[operand as usize] else { return NO_ROW };
        let mut values = channel.row(row).to_vec();
        self.move_along(operand, &mut values, is_turned, false);
        let new = (self.values.len() / self.width) as u32;
        self.values.extend(values);
        self.carried[operand as usize][usize::from(is_turned)][row as usize] = new;
        new
    }

    /// Directions move with the placement and turn with the surface; values that need neither stay as they are, unless
    /// they were mixed and have to get their length back.
    fn move_along(&self, operand: u32, values: &mut [f32], is_turned: bool, is_mixed: bool) {
        let body = &self.parts.placed[operand as usize];
        let is_moved = body.placement.matrix3 != DMat3::IDENTITY;
        let matrix = match self.semantic {
            _ if !is_moved => DMat3::IDENTITY,
            // The inverse transpose but for its length; a mirrored surface winds the other way and is turned with it.
            Semantic::Normal => {
                let [x, y, z] = body.placement.matrix3.to_cols_array_2d().map(DVec3::from_array);
                let cofactors = DMat3::from_cols(y.cross(z), z.cross(x), x.cross(y));
                if body.is_mirrored { cofactors * -1.0 } else { cofactors }
            }
            _ => body.placement.matrix3,
        };
        if !matches!(self.semantic, Semantic::Normal | Semantic::Tangent) {
            return;
        }
        if is_moved || is_mixed {
            let direction = DVec3::new(f64::from(values[0]), f64::from(values[1]), f64::from(values[2]));
            let direction = (matrix * direction).normalize_or_zero();
            (0..3).for_each(|i| values[i] = direction[i] as f32);
        }
        match self.semantic {
            Semantic::Normal if is_turned => values.iter_mut().for_each(|value| *value = -*value),
            // The tangent stays along the texture; its bitangent is the product with the normal, which turned.
            Semantic::Tangent if is_turned != body.is_mirrored => values[3] = -values[3],
            _ => {}
        }
    }
}

fn mix(shares: [f64; 3], values: [f32; 3]) -> f32 {
    let [a, b, c] = values.map(f64::from);
    if a == b && b == c {
        return values[0];
    }
    (shares[0] * a + shares[1] * b + shares[2] * c) as f32
}

/// Where a corner of the result lies in the triangle it comes from, in the mesh's order of corners.
fn place_of(parts: &Parts<'_>, shape: &Shape, triangle: usize, corner: usize) -> Place {
    let source = shape.sources[triangle];
    let body = &parts.placed[source.operand as usize];
    let mesh_corner = |i: usize| if body.is_mirrored { [0, 2, 1][i] } else { i };
    if shape.is_whole[triangle] {
        let i = if shape.is_turned[triangle] { [0, 2, 1][corner] } else { corner };
        return Place::Corner(mesh_corner(i));
    }
    let position = shape.triangles[triangle][corner];
    let point = shape.points[position as usize];
    let corners = body.corners(source.triangle);
    let locals = corners.map(|corner| parts.soup.local_vertex(source.operand as usize, corner));
    if point != NONE
        && let Some(i) = locals.iter().position(|&local| local == Some(point))
    {
        return Place::Corner(mesh_corner(i));
    }
    let points = corners.map(|corner| decided(body.positions[corner as usize]));
    let at = shape.positions[position as usize];
    let mut shares = None;
    if let Some(Kind::Line { line, .. }) =
        parts.arrangement.points.get(point as usize).map(|point| point.kind)
    {
        // On an edge both triangles mix the same two rows in the same way.
        let ends = line.map(|end| locals.iter().position(|&local| local == Some(end)));
        if let [Some(from), Some(to)] = ends {
            let along = points[to] - points[from];
            let share = ((at - points[from]).dot(along) / along.length_squared()).clamp(0.0, 1.0);
            let mut on_edge = [0.0; 3];
            on_edge[from] = 1.0 - share;
            on_edge[to] = share;
            shares = Some(on_edge);
        }
    }
    let shares = shares.unwrap_or_else(|| barycentric(at, points));
    let mut of_mesh = [0.0; 3];
    (0..3).for_each(|i| of_mesh[mesh_corner(i)] = shares[i]);
    Place::Within(of_mesh)
}

/// The shares of the corners of a triangle at a point in it, none negative.
fn barycentric(at: DVec3, [a, b, c]: [DVec3; 3]) -> [f64; 3] {
    let normal = (b - a).cross(c - a);
    let shares = [(b - at).cross(c - at), (c - at).cross(a - at), (a - at).cross(b - at)]
        .map(|area| area.dot(normal).max(0.0));
    let sum: f64 = shares.iter().sum();
    if sum > 0.0 { shares.map(|share| share / sum) } else { [1.0, 0.0, 0.0] }
}
