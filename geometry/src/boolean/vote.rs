//! Has the generalised winding number of a surface with holes tell what is inside.
//!
//! The number is not whole then and changes from place to place. So it is asked for close to the boundary of each cell, on
//! its side, and the mean over the area, to the nearest whole number, holds for all of the cell.
//!
//! Source: Alec Jacobson, Ladislav Kavan and Olga Sorkine-Hornung, “Robust Inside-Outside Segmentation using Generalized
//! Winding Numbers”, 2013. There the mean is taken over tetrahedra; ours needs none.

use glam::DVec3;

use super::assemble::Parts;
use super::cells::Cells;
use super::mend::Mend;
use super::{NONE, Source};
use crate::bvh::Bvh;
use crate::progress::{Cancelled, Progress};
use crate::{Mesh, WindingTree};

/// Places are asked this part of the size of a facet away from it.
const OFFSET: f64 = 1e-6;

/// Triangles of untouched regions of an operand that are asked, at most.
const MAX_SAMPLES: usize = 1 << 14;

/// Questions between two as to whether to go on.
const STEP: usize = 64;

/// Replaces the winding numbers of operands of which holes were spanned.
pub(super) fn vote(
    parts: &Parts<'_>,
    mends: &[Mend],
    cells: &mut Cells,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    if !mends.iter().any(|mend| mend.told.is_voted) {
        return Ok(());
    }
    let samples = samples(parts, cells);
    for mend in mends.iter().filter(|mend| mend.told.is_voted) {
        let operand = mend.told.operand;
        let body = &parts.placed[operand];
        let triangles = (0..mend.num_surface as u32).map(|triangle| body.corners(triangle)).collect();
        let surface = Mesh::new(body.positions.to_vec(), triangles);
        let bvh = Bvh::of_mesh_watched(&surface, progress)?;
        let tree = WindingTree::new(&surface, &bvh);
        let mut sums = vec![(0.0, 0.0); cells.windings.len()];
        for (i, sample) in samples.iter().enumerate() {
            if i % STEP == 0 {
                progress.report(0.8)?;
            }
            for (cell, offset) in sample.cells.into_iter().zip([sample.offset, -sample.offset]) {
                let (sum, weight) = &mut sums[cell as usize];
                *sum += sample.area * tree.at(sample.middle + offset);
                *weight += sample.area;
            }
        }
        for (winding, (sum, weight)) in cells.windings.iter_mut().zip(sums) {
            let known = winding.iter().find(|&(label, _)| label as usize == operand);
            let number = if weight > 0.0 { (sum / weight).round() as i32 } else { 0 };
            winding.add(operand as u32, number - known.map_or(0, |(_, number)| number));
        }
    }
    Ok(())
}

/// A piece of the boundary between two cells.
struct Sample {
    middle: DVec3,
    area: f64,
    /// To the front.
    offset: DVec3,
    /// In front and behind.
    cells: [u32; 2],
}

impl Sample {
    fn of([a, b, c]: [DVec3; 3], cells: [u32; 2]) -> Self {
        let normal = (b - a).cross(c - a);
        let area = normal.length() * 0.5;
        let offset = normal.normalize_or_zero() * (area.sqrt() * OFFSET);
        Self { middle: (a + b + c) / 3.0, area, offset, cells }
    }
}

fn samples(parts: &Parts<'_>, cells: &Cells) -> Vec<Sample> {
    let mut samples = Vec::new();
    for (index, facet) in parts.arrangement.facets.iter().enumerate() {
        let corners =
            facet.corners.map(|point| parts.frame.to_world(parts.arrangement.points[point as usize].approx));
        samples.push(Sample::of(corners, cells.of_facet(index)));
    }
    for (operand, body) in (0..).zip(parts.placed) {
        let num_triangles = body.solid.triangles().len();
        let step = num_triangles.div_ceil(MAX_SAMPLES).max(1);
        for triangle in (0..num_triangles as u32).step_by(step) {
            let region = parts.regions.of(parts.placed, Source { operand, triangle });
            if region != NONE {
                let corners = body.corners(triangle).map(|corner| body.positions[corner as usize]);
                samples.push(Sample::of(corners, cells.of_region(region)));
            }
        }
    }
    samples
}
