//! Points that were constructed in different ways and are the same.

use super::NONE;
use super::hash::IndexMap;
use crate::memory::{Holding, bytes_of, bytes_of_map};
use crate::predicates::implicit::{Anchors, Kind, Point, coincide};
use crate::progress::{Cancelled, Progress, STEP, Stretch, report_at};

/// For each point the first one that is the same.
pub(super) fn unify(
    anchors: Anchors<'_>,
    points: &[Point],
    progress: &dyn Progress,
) -> Result<Vec<u32>, Cancelled> {
    let mut held = Holding::new(progress, points.len() * size_of::<u32>())?;
    let mut same: Vec<u32> = (0..points.len() as u32).collect();
    let mut by_kind: IndexMap<Kind, u32> = IndexMap::default();
    for (index, point) in (0_u32..).zip(points) {
        report_at(&Stretch::new(progress, 0.0, 0.3), index as usize, points.len())?;
        if matches!(point.kind, Kind::Line { .. } | Kind::Planes(_)) {
            let first = *by_kind.entry(point.kind).or_insert(index);
            same[index as usize] = first;
        }
    }
    // Points that are the same have overlapping error boxes, and so share a cell of a grid in which every point is in all
    // cells that its error box touches.
    let size = points.iter().fold(0.0_f64, |size, point| size.max(point.approx.abs().max_element()));
    let widest = points.iter().fold(0.0_f64, |widest, point| widest.max(point.err));
    let cell = (size * 1e-9).max(widest * 4.0).max(1e-280);
    let mut cells: IndexMap<[i64; 3], u32> = IndexMap::default();
    let mut next_in_cell: Vec<(u32, u32)> = Vec::new();
    for (index, point) in (0_u32..).zip(points) {
        report_at(&Stretch::new(progress, 0.3, 1.0), index as usize, points.len())?;
        if (index as usize).is_multiple_of(STEP) {
            let maps = bytes_of_map::<Kind, u32>(by_kind.capacity())
                + bytes_of_map::<[i64; 3], u32>(cells.capacity());
            held.set(bytes_of(&same) + maps + bytes_of(&next_in_cell))?;
        }
        if same[index as usize] != index || point.kind == Kind::Free {
            continue;
        }
        let low = (point.approx - point.err).to_array().map(|x| (x / cell).floor() as i64);
        let high = (point.approx + point.err).to_array().map(|x| (x / cell).floor() as i64);
        let mut found = NONE;
        let mut touched = Vec::with_capacity(1);
        for x in low[0]..=high[0] {
            for y in low[1]..=high[1] {
                for z in low[2]..=high[2] {
                    touched.push([x, y, z]);
                }
            }
        }
        for key in &touched {
            let mut entry = cells.get(key).copied().unwrap_or(NONE);
            while entry != NONE && found == NONE {
                let (other, next) = next_in_cell[entry as usize];
                if coincide(anchors, &points[other as usize], point) {
                    found = other;
                }
                entry = next;
            }
        }
        if found != NONE {
            same[index as usize] = found;
            continue;
        }
        for key in touched {
            let head = cells.entry(key).or_insert(NONE);
            next_in_cell.push((index, *head));
            *head = next_in_cell.len() as u32 - 1;
        }
    }
    for index in 0..same.len() {
        same[index] = same[same[index] as usize];
    }
    Ok(same)
}
