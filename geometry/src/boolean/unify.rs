//! Points that were constructed in different ways and are the same.

use super::NONE;
use super::hash::IndexMap;
use crate::memory::{Holding, bytes_of, bytes_of_map};
use crate::predicates::implicit::{Anchors, Kind, Point, coincide};
use crate::progress::{Cancelled, Progress, STEP, report_at};

/// Points by the cells of a grid: for each cell its last entry.
struct Grid {
    last_in_cell: IndexMap<[i64; 3], u32>,
    /// Points, each with the entry before it in the same cell.
    entries: Vec<(u32, u32)>,
}

/// For each point the first one that is the same.
pub(super) fn unify(
    anchors: Anchors<'_>,
    points: &[Point],
    progress: &dyn Progress,
) -> Result<Vec<u32>, Cancelled> {
    let num_bytes = size_of::<u32>() + size_of::<(u32, u32)>() + bytes_of_map::<[i64; 3], u32>(1);
    let mut held = Holding::new(progress, points.len() * num_bytes)?;
    let mut same: Vec<u32> = (0..points.len() as u32).collect();
    // Points that are the same have overlapping error boxes, and so share a cell of a grid in which every point is in all
    // cells that its error box touches.
    let size = points.iter().fold(0.0_f64, |size, point| size.max(point.approx.abs().max_element()));
    let widest = points.iter().fold(0.0_f64, |widest, point| widest.max(point.err));
    let cell = (size * 1e-9).max(widest * 4.0).max(1e-280);
    let mut grid = Grid {
        last_in_cell: IndexMap::with_capacity_and_hasher(points.len(), Default::default()),
        entries: Vec::with_capacity(points.len()),
    };
    let mut touched: Vec<[i64; 3]> = Vec::new();
    for (index, point) in (0_u32..).zip(points) {
        report_at(progress, index as usize, points.len())?;
        if (index as usize).is_multiple_of(STEP) {
            held.set(bytes_of(&same) + grid.num_bytes())?;
        }
        if point.kind == Kind::Free {
            continue;
        }
        let is_same = |other: u32| {
            let other = &points[other as usize];
            other.kind == point.kind || coincide(anchors, other, point)
        };
        let low = (point.approx - point.err).to_array().map(|x| (x / cell).floor() as i64);
        let high = (point.approx + point.err).to_array().map(|x| (x / cell).floor() as i64);
        if low == high {
            same[index as usize] = grid.find_or_add(low, index, is_same);
            continue;
        }
        touched.clear();
        for x in low[0]..=high[0] {
            for y in low[1]..=high[1] {
                touched.extend((low[2]..=high[2]).map(|z| [x, y, z]));
            }
        }
        match touched.iter().find_map(|&key| grid.find(key, is_same)) {
            Some(found) => same[index as usize] = found,
            None => touched.iter().for_each(|&key| grid.add(key, index)),
        }
    }
    Ok(same)
}

impl Grid {
    fn num_bytes(&self) -> usize {
        bytes_of(&self.entries) + bytes_of_map::<[i64; 3], u32>(self.last_in_cell.capacity())
    }

    /// The point of a cell that `is_same`, of which there is one at most.
    fn find(&self, key: [i64; 3], is_same: impl Fn(u32) -> bool) -> Option<u32> {
        find_from(&self.entries, self.last_in_cell.get(&key).copied().unwrap_or(NONE), is_same)
    }

    fn add(&mut self, key: [i64; 3], point: u32) {
        let last = self.last_in_cell.entry(key).or_insert(NONE);
        self.entries.push((point, *last));
        *last = self.entries.len() as u32 - 1;
    }

    /// The point of a cell that `is_same`, or else `point`, which is in it from now on.
    fn find_or_add(&mut self, key: [i64; 3], point: u32, is_same: impl Fn(u32) -> bool) -> u32 {
        let last = self.last_in_cell.entry(key).or_insert(NONE);
        if let Some(found) = find_from(&self.entries, *last, is_same) {
            return found;
        }
        self.entries.push((point, *last));
        *last = self.entries.len() as u32 - 1;
        point
    }
}

fn find_from(entries: &[(u32, u32)], mut entry: u32, is_same: impl Fn(u32) -> bool) -> Option<u32> {
    while entry != NONE {
        let (other, before) = entries[entry as usize];
        if is_same(other) {
            return Some(other);
        }
        entry = before;
    }
    None
}
