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

/// A grid that leaves a mesh of many triangles about a tenth of them, and a small one most: so many cells along its
/// longest side.
#[must_use]
pub fn stand_in_cells(num_triangles: usize) -> u32 {
    ((num_triangles as f64 / 16.0).sqrt() as u32).clamp(24, 90)
}

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
        let mut builder = CoarseBuilder::new([low, high], cells);
        let cluster_of_position: Vec<u32> =
            mesh.positions.iter().map(|&position| builder.add_position(position)).collect();
        for (chunk_idx, chunk) in mesh.triangles.chunks(CHUNK).enumerate() {
            progress.report(chunk_idx as f64 * CHUNK as f64 / mesh.triangles.len() as f64)?;
            for (idx, triangle) in chunk.iter().enumerate() {
                let triangle_idx = chunk_idx * CHUNK + idx;
                builder.add_triangle(
                    mesh.material_slot(triangle_idx),
                    triangle.map(|index| mesh.positions[index as usize]),
                    triangle.map(|index| cluster_of_position[index as usize]),
                    [0, 1, 2].map(|corner| triangle_idx * 3 + corner),
                );
            }
        }
        let attributes = Attributes::of(mesh);
        Ok(builder.finish(|corner| CornerLook {
            uv: [0, 1].map(|set| attributes.uv_at(set, corner).unwrap_or_default()),
            color: attributes.color_at(corner),
        }))
    }
}

/// Makes a stand-in of triangles as they come, see [`DisplayMesh::coarse`]. `C` is what its user calls a corner.
pub struct CoarseBuilder<C> {
    origin: DVec3,
    bounds: Aabb,
    clusters: Clusters,
    /// Slots and clusters of the triangles that stay.
    kept: Vec<(u32, [u32; 3])>,
    /// The corner that came first.
    corner_of_cluster: Vec<Option<C>>,
}

/// What a corner looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct CornerLook {
    /// Texture coordinates, sets 0 and 1.
    pub uv: [[f32; 2]; 2],
    /// Linear RGBA; `None` is opaque white.
    pub color: Option<[f32; 4]>,
}

impl<C: Copy> CoarseBuilder<C> {
    /// For triangles within a box, with so many cells (at most 126) along its longest side.
    #[must_use]
    pub fn new([low, high]: [DVec3; 2], cells: u32) -> Self {
        let origin = low * 0.5 + high * 0.5;
        Self {
            origin,
            bounds: Aabb::from_corners(low - origin, high - origin),
            clusters: Clusters::new(low, high, cells.clamp(1, MAX_CELLS)),
            kept: Vec::new(),
            corner_of_cluster: Vec::new(),
        }
    }

    /// Adds a position; gives its cluster. One outside the box goes to a cell at the border.
    pub fn add_position(&mut self, position: DVec3) -> u32 {
        self.clusters.add(position)
    }

    /// Adds a triangle whose corners have been added.
    ///
    /// # Panics
    /// When a cluster does not exist.
    pub fn add_triangle(&mut self, slot: u32, positions: [DVec3; 3], clusters: [u32; 3], corners: [C; 3]) {
        let [a, b, c] = positions;
        let normal = (b - a).cross(c - a).as_vec3();
        if self.corner_of_cluster.len() < self.clusters.sums.len() {
            self.corner_of_cluster.resize(self.clusters.sums.len(), None);
        }
        for (cluster, corner) in clusters.into_iter().zip(corners) {
            self.clusters.normals[cluster as usize] += normal;
            self.corner_of_cluster[cluster as usize].get_or_insert(corner);
        }
        let [a, b, c] = clusters;
        if a != b && b != c && c != a {
            self.kept.push((slot, clusters));
        }
    }

    /// The stand-in; asks for each cluster what its first corner looks like.
    #[must_use]
    pub fn finish(self, look_of: impl Fn(C) -> CornerLook) -> DisplayMesh {
        let Self { origin, bounds, clusters, mut kept, mut corner_of_cluster } = self;
        kept.sort_by_key(|&(slot, _)| slot);
        corner_of_cluster.resize(clusters.sums.len(), None);
        let vertex = |(cluster, &corner): (usize, &Option<C>)| {
            let (sum, count) = clusters.sums[cluster];
            let position = (sum / f64::from(count.max(1)) - origin).as_vec3();
            let normal = clusters.normals[cluster].try_normalize().unwrap_or(Vec3::ZERO);
            // A position that no triangle uses has no corner.
            let look = corner.map(&look_of).unwrap_or_default();
            DisplayVertex {
                position: position.to_array(),
                normal_oct: encode_normal(normal),
                uv: look.uv,
                color: look.color.map_or([u16::MAX; 4], |color| color.map(unorm16)),
                ..DisplayVertex::default()
            }
        };
        let vertices = corner_of_cluster.iter().enumerate().map(vertex).collect();
        let mut display = DisplayMesh {
            origin,
            bounds: [bounds.min, bounds.max],
            vertices,
            indices: kept.iter().flat_map(|&(_, corners)| corners).collect(),
            ..DisplayMesh::default()
        };
        let mut first_index = 0;
        for run in kept.chunk_by(|(a, _), (b, _)| a == b) {
            let num_indices = run.len() as u32 * 3;
            display.groups.push(DisplayGroup { material_slot: run[0].0, first_index, num_indices });
            first_index += num_indices;
        }
        display
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
