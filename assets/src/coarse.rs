//! Fewer triangles, by vertex clustering (Rossignac and Borrel, “Multi-resolution 3D approximations for rendering complex
//! scenes”, 1993): points in the same cell of a grid become one, and triangles that lose a corner go.
//!
//! It works on triangles as they come, so that a model need never be held as a whole: everything is exact until there
//! are more triangles than wanted, and then the grid becomes twice as coarse as often as needed. Cells are powers of two,
//! so that the coarser grid follows from the finer one and nothing of the file is needed again.

use std::sync::Arc;

use geometry::{Cancelled, Channel, CornerRows, Mesh, NO_ROW, Progress};
use glam::DVec3;

use crate::ImportedScene;
use crate::formats::report::grouped;
use crate::weld::Welder;
use crate::{Location, Warning};

/// No grid is so coarse that fewer are left for certain: the eight cells around the origin never become one.
const LEAST: usize = 128;

/// Takes triangles and keeps about as many as wanted.
pub(crate) struct Coarsener {
    /// At most so many are kept.
    most: usize,
    /// The edge of a cell; 0 while points are kept exactly.
    cell: f64,
    /// Points while `cell` is 0, then the whole coordinates of cells.
    welder: Welder,
    /// For each cell the sum of the points in it, and their number.
    sums: Vec<(DVec3, f64)>,
    triangles: Vec<[u32; 3]>,
    /// What the caller calls each of `triangles`.
    tags: Vec<u32>,
}

impl Coarsener {
    /// Keeps at most so many triangles, or [`LEAST`].
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most: most.max(LEAST),
            cell: 0.0,
            welder: Welder::default(),
            sums: Vec::new(),
            triangles: Vec::new(),
            tags: Vec::new(),
        }
    }

    /// Takes a triangle with finite corners, and what the caller calls it.
    pub(crate) fn push(&mut self, corners: [DVec3; 3], tag: u32) {
        let numbers = corners.map(|corner| self.number(corner));
        if self.cell > 0.0 && is_collapsed(numbers) {
            return;
        }
        self.triangles.push(numbers);
        self.tags.push(tag);
        // A grid twice as coarse leaves about a quarter of them, but the first may leave most.
        while self.triangles.len() > self.most {
            self.coarsen();
        }
    }

    fn number(&mut self, point: DVec3) -> u32 {
        if self.cell == 0.0 {
            return self.welder.number(point);
        }
        let number = self.welder.number(cell_of(point, self.cell));
        self.add(number, point, 1.0);
        number
    }

    fn add(&mut self, number: u32, sum: DVec3, count: f64) {
        match self.sums.get_mut(number as usize) {
            Some(known) => *known = (known.0 + sum, known.1 + count),
            None => self.sums.push((sum, count)),
        }
    }

    /// Makes the grid coarser, the first time as coarse as the triangles are large.
    fn coarsen(&mut self) {
        let (was, welder, sums) =
            (self.cell, std::mem::take(&mut self.welder), std::mem::take(&mut self.sums));
        self.cell = if was == 0.0 { self.first_cell(&welder.positions) } else { was * 2.0 };
        let mut number_of = Vec::with_capacity(welder.positions.len());
        for (old, &place) in welder.positions.iter().enumerate() {
            let number = if was == 0.0 {
                self.number(place)
            } else {
                let number = self.welder.number((place * 0.5).floor());
                let (sum, count) = sums[old];
                self.add(number, sum, count);
                number
            };
            number_of.push(number);
        }
        let mut kept: Vec<([u32; 3], u32)> = Vec::with_capacity(self.triangles.len() / 2);
        for (triangle, &tag) in self.triangles.iter().zip(&self.tags) {
            let triangle = triangle.map(|vertex| number_of[vertex as usize]);
            if !is_collapsed(triangle) {
                kept.push((triangle, tag));
            }
        }
        // What was many small triangles may now be the same large one many times; one is as good.
        let mut order: Vec<u32> = (0..).take(kept.len()).collect();
        order.sort_unstable_by_key(|&at| (smallest_first(kept[at as usize].0), at));
        order.dedup_by_key(|at| smallest_first(kept[*at as usize].0));
        order.sort_unstable();
        self.triangles = order.iter().map(|&at| kept[at as usize].0).collect();
        self.tags = order.iter().map(|&at| kept[at as usize].1).collect();
    }

    /// A power of two near the mean length of an edge.
    fn first_cell(&self, points: &[DVec3]) -> f64 {
        const MOST_SAMPLES: usize = 4096;
        let step = self.triangles.len().div_ceil(MOST_SAMPLES).max(1);
        let (mut sum, mut count) = (0.0, 0.0);
        for &[a, b, _] in self.triangles.iter().step_by(step) {
            sum += points[a as usize].distance(points[b as usize]);
            count += 1.0;
        }
        let mean: f64 = sum / count;
        // The largest coordinate over 2^52 keeps the numbers of cells whole.
        let extent = points.iter().fold(0.0_f64, |most, point| most.max(point.abs().max_element()));
        power_of_two_near(mean.max(extent / 4_503_599_627_370_496.0))
    }

    /// The size of the cells whose points became one; 0 when nothing is coarser than it was.
    pub(crate) fn cell(&self) -> f64 {
        self.cell
    }

    /// The mesh, and what the caller called each of its triangles.
    pub(crate) fn finish(self) -> (Mesh, Vec<u32>) {
        let positions = if self.cell == 0.0 {
            self.welder.positions
        } else {
            self.sums.iter().map(|&(sum, count)| sum / count).collect()
        };
        (without_unused(positions, self.triangles), self.tags)
    }
}

fn cell_of(point: DVec3, cell: f64) -> DVec3 {
    (point / cell).floor()
}

fn is_collapsed([a, b, c]: [u32; 3]) -> bool {
    a == b || b == c || c == a
}

/// The same triangle, begun at its smallest corner.
fn smallest_first([a, b, c]: [u32; 3]) -> [u32; 3] {
    if a <= b && a <= c {
        [a, b, c]
    } else if b <= c {
        [b, c, a]
    } else {
        [c, a, b]
    }
}

/// Above 0 whatever comes in.
fn power_of_two_near(length: f64) -> f64 {
    let length = if length.is_finite() { length.clamp(1e-100, 1e100) } else { 1.0 };
    // The exponent alone.
    f64::from_bits(length.to_bits() & 0x7ff0_0000_0000_0000)
}

fn without_unused(positions: Vec<DVec3>, mut triangles: Vec<[u32; 3]>) -> Mesh {
    let mut number_of = vec![NO_ROW; positions.len()];
    let mut used = Vec::new();
    for vertex in triangles.as_flattened_mut() {
        let number = &mut number_of[*vertex as usize];
        if *number == NO_ROW {
            *number = u32::try_from(used.len()).unwrap_or(NO_ROW);
            used.push(positions[*vertex as usize]);
        }
        *vertex = *number;
    }
    Mesh::new(used, triangles)
}

/// Says what was made coarser: of so many triangles so many are left.
pub(crate) fn warning(before: usize, after: usize, cell: f64) -> Warning {
    let message = format!(
        "The model has {} triangles; {} are shown, as asked for: points closer than about {} mm became one. Open it whole to measure or export it.",
        grouped(before),
        grouped(after),
        (cell * 1e4).round() / 1e4,
    );
    Warning::new("opened-coarser", Location::Whole, message)
}

/// Leaves a scene about so many triangles. Meshes that bend no longer do.
pub(crate) fn thin_out(
    scene: &mut ImportedScene,
    most: usize,
    progress: &dyn Progress,
) -> Result<Option<Warning>, Cancelled> {
    let before = num_triangles(scene);
    if before <= most {
        return Ok(None);
    }
    let mut coarsest: f64 = 0.0;
    let mut done = 0;
    for mesh in &mut scene.meshes {
        progress.report(done as f64 / before as f64)?;
        let count = mesh.surface.triangles.len();
        done += count;
        // Small parts say more per triangle than large ones.
        let share = share_of(count, most, before).max(LEAST);
        if share < count {
            let (coarse, cell) = thinner(&mesh.surface, share);
            mesh.surface = Arc::new(coarse);
            mesh.rig = None;
            coarsest = coarsest.max(cell);
        }
    }
    Ok(Some(warning(before, num_triangles(scene), coarsest)))
}

fn num_triangles(scene: &ImportedScene) -> usize {
    scene.meshes.iter().map(|mesh| mesh.surface.triangles.len()).sum()
}

fn share_of(count: usize, most: usize, of: usize) -> usize {
    usize::try_from(count as u128 * most as u128 / of.max(1) as u128).unwrap_or(count)
}

/// A mesh of at most so many triangles with what its channels say at the corners that are left.
fn thinner(mesh: &Mesh, most: usize) -> (Mesh, f64) {
    let mut coarsener = Coarsener::new(most);
    for (number, triangle) in (0_u32..).zip(&mesh.triangles) {
        coarsener.push(triangle.map(|vertex| mesh.positions[vertex as usize]), number);
    }
    let cell = coarsener.cell();
    let (mut thin, tags) = coarsener.finish();
    if !mesh.material_slots.is_empty() {
        thin.material_slots = tags.iter().map(|&tag| mesh.material_slots[tag as usize]).collect();
    }
    thin.channels = mesh.channels.iter().map(|channel| kept_rows(channel, mesh, &tags)).collect();
    (thin, cell)
}

/// What a channel says at the corners of some triangles.
fn kept_rows(channel: &Channel, mesh: &Mesh, triangles: &[u32]) -> Channel {
    let width = channel.width as usize;
    let mut number_of = vec![NO_ROW; channel.values.len() / width.max(1)];
    let mut values = Vec::new();
    let mut number = |row: u32| {
        let known = number_of.get_mut(row as usize)?;
        if *known == NO_ROW {
            *known = u32::try_from(values.len() / width).unwrap_or(NO_ROW);
            values.extend_from_slice(&channel.values[row as usize * width..][..width]);
        }
        Some(*known)
    };
    let rows_of = |triangle: u32| match &channel.rows {
        CornerRows::PerPosition => mesh.triangles[triangle as usize],
        CornerRows::PerCorner(rows) => rows[triangle as usize],
    };
    let rows = triangles
        .iter()
        .map(|&tag| rows_of(tag).map(|row| number(row).unwrap_or(NO_ROW)))
        .collect::<Vec<_>>();
    Channel {
        semantic: channel.semantic,
        width: channel.width,
        values,
        rows: CornerRows::PerCorner(Arc::new(rows)),
    }
}

#[cfg(test)]
mod tests {
    use geometry::{Primitive, Semantic};

    use super::*;

    fn sphere(segments: u32) -> Mesh {
        Primitive::Sphere { radius: 10.0, segments }.mesh().unwrap()
    }

    #[test]
    fn few_triangles_stay_as_they_are() {
        let mesh = sphere(32);
        let (thin, cell) = thinner(&mesh, mesh.triangles.len());
        assert_eq!((thin.triangles.len(), cell), (mesh.triangles.len(), 0.0));
        assert_eq!(thin.properties().volume, mesh.properties().volume);
    }

    #[test]
    fn a_coarse_sphere_is_still_about_a_sphere() {
        let mesh = sphere(256);
        for most in [20_000, 5_000, 1_000] {
            let (thin, cell) = thinner(&mesh, most);
            let count = thin.triangles.len();
            assert!(count <= most && count > most / 16, "{count} of {most}");
            assert!(cell > 0.0);
            thin.validate().unwrap();
            let ratio = thin.properties().volume / mesh.properties().volume;
            assert!((0.8..1.05).contains(&ratio), "{ratio}");
            assert!(thin.positions.iter().all(|point| (point.length() - 10.0).abs() < cell));
        }
    }

    #[test]
    fn it_does_not_matter_that_everything_is_far_away() {
        let mut mesh = sphere(128);
        mesh.positions.iter_mut().for_each(|point| *point += DVec3::splat(1e9));
        let (thin, _) = thinner(&mesh, 1_000);
        assert!((100..=1_000).contains(&thin.triangles.len()));
    }

    #[test]
    fn points_on_one_spot_end_with_nothing() {
        let mut coarsener = Coarsener::new(0);
        for tag in 0..1000 {
            coarsener.push([DVec3::ONE; 3], tag);
        }
        assert!(coarsener.finish().0.triangles.len() <= LEAST);
    }

    #[test]
    fn slots_and_channels_go_with_their_triangles() {
        let mut mesh = sphere(64);
        let height = |point: &DVec3| [crate::color::narrow(point.z), 0.0];
        mesh.material_slots = mesh
            .triangles
            .iter()
            .map(|triangle| u32::from(mesh.positions[triangle[0] as usize].z > 0.0))
            .collect();
        mesh.channels.push(Channel {
            semantic: Semantic::Uv(0),
            width: 2,
            values: mesh.positions.iter().flat_map(height).collect(),
            rows: CornerRows::PerPosition,
        });
        let (thin, cell) = thinner(&mesh, 1_000);
        thin.validate().unwrap();
        let CornerRows::PerCorner(rows) = &thin.channels[0].rows else { panic!("rows of corners") };
        for (triangle, rows) in thin.triangles.iter().zip(rows.iter()) {
            for (&vertex, &row) in triangle.iter().zip(rows) {
                let value = f64::from(thin.channels[0].values[row as usize * 2]);
                assert!((value - thin.positions[vertex as usize].z).abs() < 2.0 * cell);
            }
        }
        let upper = thin.material_slots.iter().filter(|&&slot| slot == 1).count();
        assert!((0.3..0.7).contains(&(upper as f64 / thin.material_slots.len() as f64)));
    }
}
