//! From corners with rows in several channels to vertices that carry everything.

use std::collections::BTreeMap;

use geometry::{Channel, CornerRows, Mesh, NO_ROW, Semantic};
use meshoptimizer_rs::{Limits, Workspace, optimize_vertex_cache};

/// The triangles of a mesh that share a material slot and have the same attributes.
pub(super) struct Group<'a> {
    /// Material slot.
    pub(super) slot: u32,
    /// The channels all corners have a value in.
    pub(super) channels: Vec<&'a Channel>,
    /// Indices of triangles, ascending.
    pub(super) triangles: Vec<u32>,
}

/// Sorts the triangles of a mesh into groups, by slot.
pub(super) fn group(mesh: &Mesh) -> Vec<Group<'_>> {
    let mut channels: Vec<_> = mesh.channels.iter().filter(|channel| is_written(channel.semantic)).collect();
    channels.sort_by_key(|channel| channel.semantic);
    let mut groups: BTreeMap<(u32, u32), Vec<u32>> = BTreeMap::new();
    for triangle in 0..mesh.triangles.len() {
        let mut missing = 0_u32;
        for (bit, channel) in channels.iter().enumerate() {
            let complete = (0..3).all(|corner| {
                channel.row_of_corner(mesh, triangle, corner).is_some_and(|row| is_sound(channel, row))
            });
            missing |= u32::from(!complete) << bit;
        }
        let index = u32::try_from(triangle).expect("meshes have fewer than 2³² triangles");
        groups.entry((mesh.material_slot(triangle), missing)).or_default().push(index);
    }
    let groups = groups.into_iter().map(|((slot, missing), triangles)| {
        let has = |bit: usize| missing >> bit & 1 == 0;
        let mut present: Vec<_> =
            channels.iter().enumerate().filter(|(bit, _)| has(*bit)).map(|(_, channel)| *channel).collect();
        // A tangent without a normal means nothing.
        if !present.iter().any(|channel| channel.semantic == Semantic::Normal) {
            present.retain(|channel| channel.semantic != Semantic::Tangent);
        }
        Group { slot, channels: present, triangles }
    });
    groups.collect()
}

/// At most one channel of each of these, so their number fits the bits of a word.
fn is_written(semantic: Semantic) -> bool {
    match semantic {
        Semantic::Normal | Semantic::Tangent => true,
        Semantic::Uv(set) | Semantic::Color(set) => set < 8,
        Semantic::Custom(_) => false,
    }
}

/// Whether a row may be written: finite, and a direction where it should be one.
fn is_sound(channel: &Channel, row: u32) -> bool {
    let values = channel.row(row);
    let is_finite = values.iter().all(|value| value.is_finite());
    let is_direction = matches!(channel.semantic, Semantic::Normal | Semantic::Tangent);
    is_finite && (!is_direction || values.iter().take(3).any(|value| value.abs() > f32::MIN_POSITIVE))
}

/// The vertices of a group.
pub(super) struct Vertices {
    /// Three vertices per triangle.
    pub(super) indices: Vec<u32>,
    /// The position of each vertex.
    pub(super) positions: Vec<u32>,
    /// For each channel of the group, the row of each vertex.
    pub(super) rows: Vec<Vec<u32>>,
    /// The row of each vertex in the table of corners that was given beside the channels; empty without one.
    pub(super) extra_rows: Vec<u32>,
}

impl Vertices {
    /// Puts triangles that share vertices next to each other, and vertices in the order of their first use: packed they
    /// are smaller then, and caches of graphics cards like it too.
    pub(super) fn reorder(&mut self) {
        let mut workspace = Workspace::new(Limits { max_bytes: usize::MAX, max_work: u64::MAX });
        // What it cannot do is left as it is.
        if let Ok(indices) = optimize_vertex_cache(&self.indices, self.positions.len(), &mut workspace) {
            self.indices = indices;
        }
        let mut number_of = vec![NO_ROW; self.positions.len()];
        let mut order = Vec::with_capacity(self.positions.len());
        for vertex in &mut self.indices {
            let number = &mut number_of[*vertex as usize];
            if *number == NO_ROW {
                *number = u32::try_from(order.len()).expect("there were as many vertices before");
                order.push(*vertex as usize);
            }
            *vertex = *number;
        }
        let columns = [&mut self.positions, &mut self.extra_rows].into_iter().chain(&mut self.rows);
        for column in columns.filter(|column| !column.is_empty()) {
            *column = order.iter().map(|&vertex| column[vertex]).collect();
        }
    }
}

/// Makes one vertex of all corners that agree in position and in all rows, those of `extra` too, in the order of first use.
pub(super) fn split(mesh: &Mesh, group: &Group<'_>, extra: Option<&Vec<[u32; 3]>>) -> Vertices {
    // Channels that share a table, or hang on positions, agree or differ together.
    let mut tables: Vec<&Vec<[u32; 3]>> = Vec::new();
    let table_of_channel: Vec<Option<usize>> = group
        .channels
        .iter()
        .map(|channel| match &channel.rows {
            CornerRows::PerPosition => None,
            CornerRows::PerCorner(table) => {
                let known = tables.iter().position(|known| std::ptr::eq(*known, table.as_ref()));
                Some(known.unwrap_or_else(|| {
                    tables.push(table);
                    tables.len() - 1
                }))
            }
        })
        .collect();
    tables.extend(extra);
    let width = 1 + tables.len();
    let mut keys = Keys::new(width, group.triangles.len());
    let mut indices = Vec::with_capacity(group.triangles.len() * 3);
    let mut key = vec![0; width];
    for &triangle in &group.triangles {
        let triangle = triangle as usize;
        for corner in 0..3 {
            key[0] = mesh.triangles[triangle][corner];
            for (part, table) in key[1..].iter_mut().zip(&tables) {
                *part = table[triangle][corner];
            }
            indices.push(keys.number(&key));
        }
    }
    let column = |part: usize| keys.keys.iter().skip(part).step_by(width).copied().collect::<Vec<_>>();
    let rows = table_of_channel.iter().map(|table| column(table.map_or(0, |table| table + 1))).collect();
    let extra_rows = extra.map_or(Vec::new(), |_| column(width - 1));
    Vertices { indices, positions: column(0), rows, extra_rows }
}

/// Numbers keys of equal width in the order of first appearance; open addressing with linear probing.
struct Keys {
    width: usize,
    keys: Vec<u32>,
    slots: Vec<u32>,
}

const FREE: u32 = NO_ROW;

impl Keys {
    fn new(width: usize, expected: usize) -> Self {
        Self { width, keys: Vec::new(), slots: vec![FREE; (expected * 2).next_power_of_two().max(16)] }
    }

    fn number(&mut self, key: &[u32]) -> u32 {
        let count = self.keys.len() / self.width;
        if count * 2 >= self.slots.len() {
            self.grow();
        }
        let slot = self.find(key);
        if self.slots[slot] == FREE {
            self.slots[slot] = u32::try_from(count).expect("a mesh has fewer than 2³² corners that differ");
            self.keys.extend(key);
        }
        self.slots[slot]
    }

    /// The slot that holds a key, or the free one where it belongs.
    fn find(&self, key: &[u32]) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = hash(key) & mask;
        while self.slots[slot] != FREE && self.key(self.slots[slot]) != key {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn key(&self, number: u32) -> &[u32] {
        &self.keys[number as usize * self.width..][..self.width]
    }

    fn grow(&mut self) {
        self.slots = vec![FREE; self.slots.len() * 2];
        for number in 0..self.keys.len() / self.width {
            let number = u32::try_from(number).expect("it was one before");
            let slot = self.find(self.key(number));
            self.slots[slot] = number;
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the low bits are as good as any")]
fn hash(key: &[u32]) -> usize {
    let mixed = key.iter().fold(0x9e37_79b9_7f4a_7c15_u64, |mixed, part| {
        let mixed = (mixed ^ u64::from(*part)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 29)
    });
    (mixed ^ (mixed >> 32)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_numbered_in_order_through_growth() {
        let mut keys = Keys::new(2, 0);
        for _twice in 0..2 {
            for number in 0..1000 {
                assert_eq!(keys.number(&[number % 31, number]), number);
            }
        }
    }
}
