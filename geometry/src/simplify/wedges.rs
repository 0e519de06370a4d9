//! Corners at one position with the same attributes, and what becomes of the attributes.

use std::sync::Arc;

use glam::{DVec3, Vec3};

use super::surface::GONE;
use crate::progress::{Cancelled, Progress, report_at};
use crate::{Channel, CornerRows, Mesh, NO_ROW, Semantic};

/// Normals at a position that differ by less than 30° count as the same.
const SMOOTH_COSINE: f32 = 0.866;

/// With so many wedges at a position corners are compared at most. Others become wedges of their own.
const MAX_COMPARED: usize = 32;

pub(super) struct Wedges {
    pub(super) of_corner: Vec<[u32; 3]>,
    /// Whether wedges are positions.
    is_simple: bool,
    /// The values of all channels of a wedge, one after another; NaN where there are none.
    values: Vec<f32>,
    width: usize,
    /// Set for wedges whose values were interpolated.
    is_blended: Vec<bool>,
}

impl Wedges {
    /// `mesh` must be well formed.
    pub(super) fn of_mesh(mesh: &Mesh, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let width = mesh.channels.iter().map(|channel| channel.width as usize).sum();
        let has_seams = mesh.channels.iter().any(|channel| channel.rows != CornerRows::PerPosition)
            || mesh.material_slots.windows(2).any(|pair| pair[0] != pair[1]);
        let (of_corner, examples) = if has_seams {
            distinguish(mesh, progress)?
        } else {
            (mesh.triangles.clone(), example_corners(mesh))
        };
        let mut values = Vec::with_capacity(examples.len() * width);
        for (index, example) in examples.iter().enumerate() {
            report_at(progress, index, examples.len())?;
            for channel in &mesh.channels {
                match example.and_then(|corner| row_at(mesh, channel, corner)) {
                    Some(row) => values.extend_from_slice(row),
                    None => values.extend(std::iter::repeat_n(f32::NAN, channel.width as usize)),
                }
            }
        }
        let is_blended = vec![false; examples.len()];
        Ok(Self { of_corner, is_simple: !has_seams, values, width, is_blended })
    }

    /// Moves the values of `kept` towards those of `removed`; all the way for a part of 1.
    pub(super) fn blend(&mut self, kept: u32, removed: u32, part: f64) {
        let part = part as f32;
        for i in 0..self.width {
            let other = self.values[removed as usize * self.width + i];
            let value = &mut self.values[kept as usize * self.width + i];
            *value += (other - *value) * part;
        }
        self.is_blended[kept as usize] = true;
    }

    /// The triangles that are left as a mesh with the channels and material slots of `mesh`.
    pub(super) fn into_mesh(
        mut self,
        mesh: &Mesh,
        triangles: &[[u32; 3]],
        wedges: &[[u32; 3]],
        position: impl Fn(usize) -> DVec3,
    ) -> Mesh {
        let is_left = |triangle: &usize| triangles[*triangle] != GONE;
        let left: Vec<usize> = (0..triangles.len()).filter(is_left).collect();
        let kept_positions = Renumbering::new(mesh.positions.len(), left.iter().map(|&i| triangles[i]));
        let mut result = Mesh::new(
            kept_positions.old.iter().map(|&old| position(old as usize)).collect(),
            left.iter().map(|&i| triangles[i].map(|corner| kept_positions.new[corner as usize])).collect(),
        );
        if !mesh.material_slots.is_empty() {
            result.material_slots = left.iter().map(|&i| mesh.material_slots[i]).collect();
        }
        if mesh.channels.is_empty() {
            return result;
        }
        self.make_units(mesh);
        let rows = Renumbering::new(self.is_blended.len(), left.iter().map(|&i| wedges[i]));
        let corners: Vec<[u32; 3]> =
            left.iter().map(|&i| wedges[i].map(|wedge| rows.new[wedge as usize])).collect();
        let corners = Arc::new(corners);
        let mut first = 0;
        for channel in &mesh.channels {
            let width = channel.width as usize;
            let value_of = |&wedge: &u32| &self.values[wedge as usize * self.width + first..][..width];
            let values: Vec<f32> = rows.old.iter().flat_map(value_of).copied().collect();
            let rows = if self.is_simple {
                CornerRows::PerPosition
            } else {
                without_missing(&corners, &values, width)
            };
            result.channels.push(Channel { values, rows, ..*channel });
            first += width;
        }
        result
    }

    /// Gives interpolated normals and tangents length 1 again.
    fn make_units(&mut self, mesh: &Mesh) {
        let mut first = 0;
        for channel in &mesh.channels {
            if matches!(channel.semantic, Semantic::Normal | Semantic::Tangent) {
                for wedge in (0..self.is_blended.len()).filter(|&wedge| self.is_blended[wedge]) {
                    let row = &mut self.values[wedge * self.width + first..][..channel.width as usize];
                    let unit = Vec3::new(row[0], row[1], row[2]).normalize_or_zero();
                    if row.iter().all(|value| value.is_nan()) {
                        continue;
                    }
                    row[..3].copy_from_slice(&unit.to_array());
                    if let Some(sign) = row.get_mut(3) {
                        *sign = if *sign < 0.0 { -1.0 } else { 1.0 };
                    }
                }
            }
            first += channel.width as usize;
        }
    }
}

/// Rows of corners, except where a row has no numbers.
fn without_missing(corners: &Arc<Vec<[u32; 3]>>, values: &[f32], width: usize) -> CornerRows {
    let is_missing = |row: u32| values[row as usize * width..][..width].iter().all(|value| value.is_nan());
    if !corners.iter().flatten().any(|&row| is_missing(row)) {
        return CornerRows::PerCorner(Arc::clone(corners));
    }
    let present = |row: u32| if is_missing(row) { NO_ROW } else { row };
    CornerRows::PerCorner(Arc::new(corners.iter().map(|rows| rows.map(present)).collect()))
}

/// What is used of some numbered things, in the old order.
struct Renumbering {
    new: Vec<u32>,
    old: Vec<u32>,
}

impl Renumbering {
    fn new(num_old: usize, used: impl Iterator<Item = [u32; 3]>) -> Self {
        let mut new = vec![u32::MAX; num_old];
        used.flatten().for_each(|index| new[index as usize] = 0);
        let mut old = Vec::new();
        for (index, number) in new.iter_mut().enumerate().filter(|(_, number)| **number == 0) {
            *number = old.len() as u32;
            old.push(index as u32);
        }
        Self { new, old }
    }
}

/// For each position one corner that is there.
fn example_corners(mesh: &Mesh) -> Vec<Option<[usize; 2]>> {
    let mut examples = vec![None; mesh.positions.len()];
    for (triangle, corners) in mesh.triangles.iter().enumerate() {
        for (corner, &position) in corners.iter().enumerate() {
            examples[position as usize].get_or_insert([triangle, corner]);
        }
    }
    examples
}

/// The wedge of each corner, and the first corner of each wedge.
type Distinguished = (Vec<[u32; 3]>, Vec<Option<[usize; 2]>>);

/// Numbers the wedges by position; with each comes its first corner.
fn distinguish(mesh: &Mesh, progress: &dyn Progress) -> Result<Distinguished, Cancelled> {
    let mut starts = vec![0_u32; mesh.positions.len() + 1];
    mesh.triangles.iter().flatten().for_each(|&position| starts[position as usize] += 1);
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    // Filled from the back, each end becomes a start.
    let mut corners = vec![[0_usize; 2]; sum as usize];
    for triangle in (0..mesh.triangles.len()).rev() {
        report_at(progress, mesh.triangles.len() - 1 - triangle, mesh.triangles.len())?;
        for corner in (0..3).rev() {
            let start = &mut starts[mesh.triangles[triangle][corner] as usize];
            *start -= 1;
            corners[*start as usize] = [triangle, corner];
        }
    }
    let mut of_corner = vec![[0; 3]; mesh.triangles.len()];
    let mut examples: Vec<Option<[usize; 2]>> = Vec::new();
    for (position, range) in starts.windows(2).enumerate() {
        report_at(progress, position, starts.len())?;
        let first = examples.len();
        for &corner in &corners[range[0] as usize..range[1] as usize] {
            let known = examples[first..].iter().take(MAX_COMPARED);
            let same = known.clone().position(|example| example.is_some_and(|it| is_same(mesh, it, corner)));
            let wedge = match same {
                Some(offset) => first + offset,
                None => {
                    examples.push(Some(corner));
                    examples.len() - 1
                }
            };
            of_corner[corner[0]][corner[1]] = wedge as u32;
        }
    }
    Ok((of_corner, examples))
}

fn row_at<'a>(mesh: &Mesh, channel: &'a Channel, [triangle, corner]: [usize; 2]) -> Option<&'a [f32]> {
    channel.row_of_corner(mesh, triangle, corner).map(|row| channel.row(row))
}

/// Whether two corners at one position look the same.
fn is_same(mesh: &Mesh, one: [usize; 2], other: [usize; 2]) -> bool {
    mesh.material_slot(one[0]) == mesh.material_slot(other[0])
        && mesh.channels.iter().all(|channel| {
            match (row_at(mesh, channel, one), row_at(mesh, channel, other)) {
                (Some(one), Some(other)) => match channel.semantic {
                    Semantic::Normal => {
                        let dot: f32 = one.iter().zip(other).map(|(a, b)| a * b).sum();
                        dot > SMOOTH_COSINE || one == other
                    }
                    // Tangents follow texture coordinates and normals.
                    Semantic::Tangent => true,
                    _ => one == other,
                },
                (one, other) => one.is_none() == other.is_none(),
            }
        })
}
