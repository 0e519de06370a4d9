//! Normals from smoothing groups, for files that have those and no normals.

use std::collections::HashMap;
use std::sync::Arc;

use geometry::{Channel, CornerRows, NO_ROW, Semantic};
use glam::DVec3;

use crate::color::narrow;

/// The normals of corners: the mean over all triangles of the same group at the same position, weighted by area. Triangles
/// of group 0 are flat. `groups` is as long as `triangles`, whose indices exist.
pub(super) fn normals(triangles: &[[u32; 3]], groups: &[u32], positions: &[DVec3]) -> Channel {
    let mut sums: Vec<DVec3> = Vec::new();
    let mut rows = Vec::with_capacity(triangles.len());
    let mut row_of = RowOf::new(groups, positions.len());
    for (corners, &group) in triangles.iter().zip(groups) {
        let [a, b, c] = corners.map(|corner| positions[corner as usize]);
        let normal = (b - a).cross(c - a);
        let mut new_row = || {
            sums.push(DVec3::ZERO);
            u32::try_from(sums.len() - 1).unwrap_or(NO_ROW)
        };
        let of_triangle = if group == 0 {
            [new_row(); 3]
        } else {
            corners.map(|corner| {
                let row = row_of.entry(corner, group);
                if *row == NO_ROW {
                    *row = new_row();
                }
                *row
            })
        };
        // A flat triangle counts once, whatever its corners.
        let num_rows = if group == 0 { 1 } else { 3 };
        of_triangle[..num_rows].iter().for_each(|&row| sums[row as usize] += normal);
        rows.push(of_triangle);
    }
    let values: Vec<f32> =
        sums.iter().flat_map(|sum| sum.normalize_or_zero().to_array().map(narrow)).collect();
    for row in rows.as_flattened_mut() {
        if values[*row as usize * 3..][..3] == [0.0; 3] {
            *row = NO_ROW;
        }
    }
    Channel { semantic: Semantic::Normal, width: 3, values, rows: CornerRows::PerCorner(Arc::new(rows)) }
}

/// The row of a position in a group. Most files have one group, which needs no hashing.
enum RowOf {
    One(Vec<u32>),
    Many(HashMap<(u32, u32), u32>),
}

impl RowOf {
    fn new(groups: &[u32], num_positions: usize) -> Self {
        let mut smooth = groups.iter().filter(|&&group| group != 0);
        let first = smooth.next();
        if smooth.all(|group| Some(group) == first) {
            Self::One(vec![NO_ROW; num_positions])
        } else {
            Self::Many(HashMap::new())
        }
    }

    fn entry(&mut self, position: u32, group: u32) -> &mut u32 {
        match self {
            Self::One(rows) => &mut rows[position as usize],
            Self::Many(rows) => rows.entry((position, group)).or_insert(NO_ROW),
        }
    }
}
