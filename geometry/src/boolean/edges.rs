//! The points between the ends of each edge, in the order in which they follow each other.

use std::cmp::Ordering;

use super::hash::IndexMap;
use super::planar::edge_key;
use crate::memory::{bytes_of, bytes_of_map};
use crate::parallel;
use crate::predicates::implicit::{Anchors, Point, compare};
use crate::progress::{Cancelled, Progress};

/// Points on edges. Points of one edge that turned out to be the same are neighbours.
#[derive(Default)]
pub(super) struct EdgePoints {
    /// Where the points of an edge are.
    ranges: IndexMap<[u32; 2], [u32; 2]>,
    /// From the end of the smaller id to the other one.
    points: Vec<u32>,
    /// Whether a point is the same as the one before it.
    is_again: Vec<bool>,
}

/// Edges that are sorted in one go.
const CHUNK: usize = 256;

impl EdgePoints {
    /// `noted` is sorted by edge.
    pub(super) fn new(
        anchors: Anchors<'_>,
        met: &[Point],
        noted: &[([u32; 2], u32)],
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let edges: Vec<&[([u32; 2], u32)]> = noted.chunk_by(|a, b| a.0 == b.0).collect();
        let chunks: Vec<_> = edges.chunks(CHUNK).collect();
        let sorted: Result<Vec<_>, Cancelled> = parallel::map(&chunks, |_, chunk| {
            progress.report(0.5)?;
            let mut sorted: Vec<(u32, bool)> = Vec::with_capacity(chunk.len() * 2);
            for edge in *chunk {
                sort_along(anchors, met, edge, &mut sorted);
            }
            Ok(sorted)
        })
        .into_iter()
        .collect();
        let mut ranges = IndexMap::with_capacity_and_hasher(edges.len(), Default::default());
        let mut start = 0;
        for edge in edges {
            let end = start + edge.len() as u32;
            ranges.insert(edge[0].0, [start, end]);
            start = end;
        }
        let (points, is_again) = sorted?.into_iter().flatten().unzip();
        Ok(Self { ranges, points, is_again })
    }

    pub(super) fn num_bytes(&self) -> usize {
        bytes_of_map::<[u32; 2], [u32; 2]>(self.ranges.capacity())
            + bytes_of(&self.points)
            + bytes_of(&self.is_again)
    }

    /// Whether there is no point between two corners.
    pub(super) fn is_empty_between(&self, from: u32, to: u32) -> bool {
        !self.ranges.contains_key(&edge_key(from, to))
    }

    /// Visits the points strictly between two corners, in the order from one to the other, and whether each is the same as
    /// the one visited before.
    pub(super) fn for_each_between(&self, from: u32, to: u32, mut visit: impl FnMut(u32, bool)) {
        let Some(&[start, end]) = self.ranges.get(&edge_key(from, to)) else { return };
        let range = start as usize..end as usize;
        if from < to {
            range.for_each(|place| visit(self.points[place], self.is_again[place]));
        } else {
            let last = range.end;
            range.rev().for_each(|place| {
                visit(self.points[place], place + 1 < last && self.is_again[place + 1]);
            });
        }
    }
}

fn sort_along(anchors: Anchors<'_>, met: &[Point], noted: &[([u32; 2], u32)], sorted: &mut Vec<(u32, bool)>) {
    let [from, to] = noted[0].0.map(|end| anchors.positions[end as usize]);
    let along = to - from;
    let axis = (1..3).fold(0, |best, axis| if along[axis].abs() > along[best].abs() { axis } else { best });
    let order = |a: u32, b: u32| -> Ordering {
        let order = compare(anchors, axis, &met[a as usize], &met[b as usize]);
        if along[axis] < 0.0 { order.reverse() } else { order }
    };
    let start = sorted.len();
    sorted.extend(noted.iter().map(|&(_, point)| (point, false)));
    let sorted = &mut sorted[start..];
    if let [_] = sorted {
        return;
    }
    sorted.sort_by(|&(a, _), &(b, _)| order(a, b).then(a.cmp(&b)));
    for i in 1..sorted.len() {
        sorted[i].1 = order(sorted[i - 1].0, sorted[i].0).is_eq();
    }
}
