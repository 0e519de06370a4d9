//! Coarse stand-ins for meshes of many triangles, for pictures while something moves or is still on its way.
//!
//! The vertices in each cell of a grid become one, and triangles that keep three different corners stay: vertex
//! clustering (Rossignac and Borrel, “Multi-resolution 3D approximations for rendering complex scenes”, 1993). Unlike
//! [`cluster_triangles`](crate::cluster_triangles) it needs no display vertices yet, and its own few make a small upload.

use glam::{DVec3, Vec3};

use super::encode::{encode_normal, unorm16};
use super::vertices::Attributes;
use super::{DisplayGroup, DisplayMesh, DisplayVertex};
use crate::progress::{Cancelled, Progress};
use crate::{Aabb, Mesh};

/// Largest number of cells along an axis; a table of all cells then takes eight megabytes.
const MAX_CELLS: u32 = 126;

/// Triangles between two looks at `progress`.
const CHUNK: usize = 1 << 16;

impl DisplayMesh {
    /// A stand-in for the surface of a mesh, on a grid with `cells` (at most 126) cells along the longest side: no
    /// vertex is off by more than the diagonal of a cell. Material slots stay; colours and texture coordinates are those
    /// of one corner per cell; normals are the mean of the faces around. There are no feature edges, and
    /// `source_triangles` is empty.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    ///
    /// # Panics
    /// When an index is out of range; see [`Mesh::validate`].
    pub fn coarse(mesh: &Mesh, cells: u32, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let Some((low, high)) = mesh.bounds() else { return Ok(Self::default()) };
        let origin = low * 0.5 + high * 0.5;
        let mut clusters = Clusters::new(low, high, cells.clamp(1, MAX_CELLS));
        let cluster_of_position: Vec<u32> =
            mesh.positions.iter().map(|&position| clusters.add(position)).collect();
        let mut kept: Vec<(u32, [u32; 3])> = Vec::new();
        let mut corner_of_cluster = vec![u32::MAX; clusters.sums.len()];
        for (chunk_idx, chunk) in mesh.triangles.chunks(CHUNK).enumerate() {
            progress.report(chunk_idx as f64 * CHUNK as f64 / mesh.triangles.len() as f64)?;
            for (idx, triangle) in chunk.iter().enumerate() {
                let triangle_idx = chunk_idx * CHUNK + idx;
                let [a, b, c] = triangle.map(|index| mesh.positions[index as usize]);
                let normal = (b - a).cross(c - a).as_vec3();
                let corners = triangle.map(|index| cluster_of_position[index as usize]);
                for (corner, &cluster) in corners.iter().enumerate() {
                    clusters.normals[cluster as usize] += normal;
                    let first = &mut corner_of_cluster[cluster as usize];
                    *first = (*first).min((triangle_idx * 3 + corner) as u32);
                }
                let [a, b, c] = corners;
                if a != b && b != c && c != a {
                    kept.push((mesh.material_slot(triangle_idx), corners));
                }
            }
        }
        kept.sort_by_key(|&(slot, _)| slot);

        let attributes = Attributes::of(mesh);
        let vertex = |(cluster, &corner): (usize, &u32)| {
            let (sum, count) = clusters.sums[cluster];
            let position = (sum / f64::from(count.max(1)) - origin).as_vec3();
            let normal = clusters.normals[cluster].try_normalize().unwrap_or(Vec3::ZERO);
            // A position that no triangle uses has no corner.
            let corner = (corner != u32::MAX).then_some(corner as usize);
            DisplayVertex {
                position: position.to_array(),
                normal_oct: encode_normal(normal),
                uv: [0, 1]
                    .map(|set| corner.and_then(|corner| attributes.uv_at(set, corner)).unwrap_or_default()),
                color: match corner.and_then(|corner| attributes.color_at(corner)) {
                    Some(color) => color.map(unorm16),
                    None => [u16::MAX; 4],
                },
                ..DisplayVertex::default()
            }
        };
        let bounds = Aabb::from_corners(low - origin, high - origin);
        let mut display = Self { origin, bounds: [bounds.min, bounds.max], ..Self::default() };
        display.vertices = corner_of_cluster.iter().enumerate().map(vertex).collect();
        display.indices = kept.iter().flat_map(|&(_, corners)| corners).collect();
        let mut first_index = 0;
        for run in kept.chunk_by(|(a, _), (b, _)| a == b) {
            let num_indices = run.len() as u32 * 3;
            display.groups.push(DisplayGroup { material_slot: run[0].0, first_index, num_indices });
            first_index += num_indices;
        }
        Ok(display)
    }
}

/// Cells with something in them.
struct Clusters {
    low: DVec3,
    cells_per_mm: f64,
    dims: [usize; 3],
    /// For each cell of the grid its cluster, plus one; 0 when there is nothing in it.
    cluster_of_cell: Vec<u32>,
    /// Sum and number of the positions of each cluster.
    sums: Vec<(DVec3, u32)>,
    /// Sum of the area normals of the faces around each cluster.
    normals: Vec<Vec3>,
}

impl Clusters {
    fn new(low: DVec3, high: DVec3, cells: u32) -> Self {
        let extent = high - low;
        let cells_per_mm = f64::from(cells) / extent.max_element().max(f64::MIN_POSITIVE);
        let dims = extent.to_array().map(|side| ((side * cells_per_mm) as usize).min(cells as usize) + 1);
        let num_cells = dims.iter().product();
        Self {
            low,
            cells_per_mm,
            dims,
            cluster_of_cell: vec![0; num_cells],
            sums: Vec::new(),
            normals: Vec::new(),
        }
    }

    /// Adds a position; gives its cluster. One outside the bounds (no triangle uses it) goes to the cell at the border.
    fn add(&mut self, position: DVec3) -> u32 {
        let at = ((position - self.low) * self.cells_per_mm).to_array();
        // Casts of what is negative or not a number give 0.
        let [x, y, z] = [0, 1, 2].map(|axis| (at[axis] as usize).min(self.dims[axis] - 1));
        let cell = &mut self.cluster_of_cell[(z * self.dims[1] + y) * self.dims[0] + x];
        if *cell == 0 {
            self.sums.push((DVec3::ZERO, 0));
            self.normals.push(Vec3::ZERO);
            *cell = self.sums.len() as u32;
        }
        let cluster = *cell - 1;
        let (sum, count) = &mut self.sums[cluster as usize];
        if position.is_finite() {
            *sum += position;
            *count += 1;
        }
        cluster
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Primitive, Unwatched};

    fn ball() -> Mesh {
        Primitive::Sphere { radius: 10.0, segments: 200 }.mesh().unwrap()
    }

    #[test]
    fn a_ball_stays_a_ball_to_within_a_cell() {
        let mesh = ball();
        for cells in [8, 32, 126] {
            let coarse = DisplayMesh::coarse(&mesh, cells, &Unwatched).unwrap();
            assert!(coarse.indices.len() < mesh.triangles.len() * 3, "{cells}");
            let diagonal = 20.0 / f64::from(cells) * 3f64.sqrt();
            for vertex in &coarse.vertices {
                let position = Vec3::from_array(vertex.position).as_dvec3() + coarse.origin;
                assert!((position.length() - 10.0).abs() <= diagonal, "{cells}: {position}");
                let normal = super::super::decode_normal(vertex.normal_oct).as_dvec3();
                assert!(normal.dot(position.normalize_or_zero()) > 0.8, "{cells}: {position} {normal}");
            }
            let count = coarse.indices.len() as u32;
            assert_eq!(
                coarse.groups,
                [DisplayGroup { material_slot: 0, first_index: 0, num_indices: count }]
            );
            assert!(coarse.indices.iter().all(|&index| (index as usize) < coarse.vertices.len()));
        }
    }

    #[test]
    fn slots_stay_together() {
        let mut mesh = ball();
        mesh.material_slots = (0..mesh.triangles.len() as u32).map(|idx| idx % 3).collect();
        let coarse = DisplayMesh::coarse(&mesh, 64, &Unwatched).unwrap();
        let slots: Vec<u32> = coarse.groups.iter().map(|group| group.material_slot).collect();
        assert_eq!(slots, [0, 1, 2]);
        let total: u32 = coarse.groups.iter().map(|group| group.num_indices).sum();
        assert_eq!(total as usize, coarse.indices.len());
    }

    #[test]
    fn nothing_flat_and_tiny_meshes_do_no_harm() {
        assert_eq!(DisplayMesh::coarse(&Mesh::default(), 64, &Unwatched).unwrap(), DisplayMesh::default());
        let point = Mesh { positions: vec![DVec3::ONE; 3], triangles: vec![[0, 1, 2]], ..Mesh::default() };
        assert!(DisplayMesh::coarse(&point, 64, &Unwatched).unwrap().indices.is_empty());
    }
}
