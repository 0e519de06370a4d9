//! A mesh being made from another one: triangles are dropped, turned, split and added, and their attributes follow.

use std::collections::BTreeMap;
use std::sync::Arc;

use glam::DVec3;

use crate::topology::is_degenerate;
use crate::{Channel, CornerRows, Mesh, NO_ROW};

/// Positions, triangles and, for each channel, rows per corner. Triangles and rows may be edited freely through the
/// methods, positions directly.
pub(crate) struct Draft {
    pub(crate) positions: Vec<DVec3>,
    triangles: Vec<[u32; 3]>,
    /// As long as `triangles`, or empty where all slots are 0.
    slots: Vec<u32>,
    channels: Vec<DraftChannel>,
    /// The triangle of the mesh that each triangle was made of, or that it was put beside.
    origins: Vec<u32>,
}

struct DraftChannel {
    /// With rows that no longer count.
    channel: Channel,
    rows: Vec<[u32; 3]>,
    /// Whether rows were one per position in the beginning.
    is_per_position: bool,
    /// Rows between two others, by these, the smaller first, and the bits of the part: so that what shared rows still does.
    between: BTreeMap<(u32, u32, u64), u32>,
}

/// A corner of a polygon that replaces a triangle: between two corners of it.
#[derive(Clone, Copy)]
pub(crate) struct Between {
    pub(crate) position: u32,
    /// Corners 0 to 2.
    pub(crate) from: usize,
    pub(crate) to: usize,
    /// 0 at `from`, 1 at `to`.
    pub(crate) part: f64,
}

impl Draft {
    /// `mesh` must be well formed.
    pub(crate) fn of(mesh: &Mesh) -> Self {
        Self::over(mesh, mesh.positions.clone())
    }

    /// The same over other positions.
    pub(crate) fn over(mesh: &Mesh, positions: Vec<DVec3>) -> Self {
        let channels = mesh
            .channels
            .iter()
            .map(|channel| {
                let (rows, is_per_position) = match &channel.rows {
                    CornerRows::PerPosition => (mesh.triangles.clone(), true),
                    CornerRows::PerCorner(rows) => (rows.to_vec(), false),
                };
                DraftChannel { channel: channel.clone(), rows, is_per_position, between: BTreeMap::new() }
            })
            .collect();
        Self {
            positions,
            triangles: mesh.triangles.clone(),
            slots: mesh.material_slots.clone(),
            channels,
            origins: (0..mesh.triangles.len() as u32).collect(),
        }
    }

    /// The triangle of the mesh that each triangle was made of, or that it was put beside.
    pub(crate) fn origins(&self) -> &[u32] {
        &self.origins
    }

    pub(crate) fn triangles(&self) -> &[[u32; 3]] {
        &self.triangles
    }

    pub(crate) fn len(&self) -> usize {
        self.triangles.len()
    }

    /// The points of a triangle.
    pub(crate) fn points(&self, triangle: usize) -> [DVec3; 3] {
        self.triangles[triangle].map(|corner| self.positions[corner as usize])
    }

    /// Gives every corner another position; attributes stay.
    pub(crate) fn map_corners(&mut self, new_of: impl Fn(u32) -> u32) {
        self.triangles.iter_mut().flatten().for_each(|corner| *corner = new_of(*corner));
    }

    /// Drops triangles; returns how many.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(usize) -> bool) -> usize {
        let before = self.triangles.len();
        fn filter<T>(list: &mut Vec<T>, is_kept: &impl Fn(usize) -> bool) {
            let mut index = 0;
            list.retain(|_| {
                index += 1;
                is_kept(index - 1)
            });
        }
        filter(&mut self.triangles, &is_kept);
        filter(&mut self.slots, &is_kept);
        filter(&mut self.origins, &is_kept);
        for channel in &mut self.channels {
            filter(&mut channel.rows, &is_kept);
        }
        before - self.triangles.len()
    }

    /// Turns a triangle over.
    pub(crate) fn flip(&mut self, triangle: usize) {
        self.triangles[triangle].swap(1, 2);
        for channel in &mut self.channels {
            channel.rows[triangle].swap(1, 2);
        }
    }

    /// Adds a triangle without values, in the slot of another one.
    pub(crate) fn add(&mut self, corners: [u32; 3], like: usize) {
        self.triangles.push(corners);
        self.origins.push(self.origins[like]);
        if let Some(&slot) = self.slots.get(like) {
            self.slots.push(slot);
        }
        for channel in &mut self.channels {
            channel.rows.push([NO_ROW; 3]);
        }
    }

    /// Replaces a triangle by triangles of corners on its sides; the first takes its place, the others come at the end.
    pub(crate) fn split(&mut self, triangle: usize, corners: &[Between], triangles: &[[u32; 3]]) {
        let all_rows: Vec<Vec<u32>> = self
            .channels
            .iter_mut()
            .map(|channel| corners.iter().map(|corner| channel.row_between(triangle, corner)).collect())
            .collect();
        for (number, chosen) in triangles.iter().enumerate() {
            let position = |corner: u32| corners[corner as usize].position;
            let place = if number == 0 {
                triangle
            } else {
                self.add([0; 3], triangle);
                self.triangles.len() - 1
            };
            self.triangles[place] = chosen.map(position);
            for (channel, rows) in self.channels.iter_mut().zip(&all_rows) {
                channel.rows[place] = chosen.map(|corner| rows[corner as usize]);
            }
        }
    }

    /// The mesh, without positions and rows that nothing uses; and whether each position is used.
    pub(crate) fn finish(self) -> Mesh {
        let positions = Used::new(self.positions.len(), &self.triangles);
        let mut mesh = Mesh::new(
            positions.old.iter().map(|&old| self.positions[old as usize]).collect(),
            self.triangles
                .iter()
                .map(|corners| corners.map(|corner| positions.new[corner as usize]))
                .collect(),
        );
        mesh.material_slots = self.slots;
        for DraftChannel { channel, rows, is_per_position, .. } in self.channels {
            let is_per_position = is_per_position && has_row_per_position(&self.triangles, &rows, &positions);
            let used = if is_per_position {
                // In the order of the positions.
                let mut old = vec![0; positions.old.len()];
                for (corner, row) in mesh.triangles.iter().flatten().zip(rows.iter().flatten()) {
                    old[*corner as usize] = *row;
                }
                Used { old, new: Vec::new() }
            } else {
                Used::new(channel.num_rows(), &rows)
            };
            let values = used.old.iter().flat_map(|&row| channel.row(row)).copied().collect();
            let new_row = |row: u32| if row == NO_ROW { NO_ROW } else { used.new[row as usize] };
            let rows = if is_per_position {
                CornerRows::PerPosition
            } else {
                CornerRows::PerCorner(Arc::new(rows.iter().map(|rows| rows.map(new_row)).collect()))
            };
            mesh.channels.push(Channel { values, rows, ..channel });
        }
        mesh
    }

    /// Whether a triangle names a position twice.
    pub(crate) fn is_degenerate(&self, triangle: usize) -> bool {
        is_degenerate(self.triangles[triangle])
    }
}

impl DraftChannel {
    /// The row for a corner between two corners of a triangle, a new one where needed.
    fn row_between(&mut self, triangle: usize, corner: &Between) -> u32 {
        let (from, to) = (self.rows[triangle][corner.from], self.rows[triangle][corner.to]);
        if from == NO_ROW || to == NO_ROW || corner.part <= 0.0 {
            return from;
        }
        if corner.part >= 1.0 || from == to {
            return to;
        }
        let (from, to, part) =
            if from < to { (from, to, corner.part) } else { (to, from, 1.0 - corner.part) };
        let key = (from, to, part.to_bits());
        if let Some(&known) = self.between.get(&key) {
            return known;
        }
        let width = self.channel.width as usize;
        let new = self.channel.num_rows() as u32;
        self.between.insert(key, new);
        for i in 0..width {
            let value = |row: u32| f64::from(self.channel.values[row as usize * width + i]);
            let between = value(from) + (value(to) - value(from)) * part;
            self.channel.values.push(between as f32);
        }
        new
    }
}

/// Whether all corners at a position use one row.
fn has_row_per_position(triangles: &[[u32; 3]], rows: &[[u32; 3]], positions: &Used) -> bool {
    let mut row_of = vec![NO_ROW; positions.new.len()];
    triangles.iter().flatten().zip(rows.iter().flatten()).all(|(&corner, &row)| {
        let known = &mut row_of[corner as usize];
        if *known == NO_ROW {
            *known = row;
        }
        row != NO_ROW && *known == row
    })
}

/// What is used of some numbered things, in the old order.
struct Used {
    new: Vec<u32>,
    old: Vec<u32>,
}

impl Used {
    fn new(num_old: usize, used: &[[u32; 3]]) -> Self {
        let mut new = vec![u32::MAX; num_old];
        used.iter().flatten().filter(|&&index| index != NO_ROW).for_each(|&index| new[index as usize] = 0);
        let mut old = Vec::new();
        for (index, number) in new.iter_mut().enumerate().filter(|(_, number)| **number == 0) {
            *number = old.len() as u32;
            old.push(index as u32);
        }
        Self { new, old }
    }
}
