//! A coarse level of a mesh for pictures while something moves, made in one pass.
//!
//! All vertices in one cell of a regular grid become one of them (Jarek Rossignac and Paul Borrel, “Multi-resolution 3D
//! approximations for rendering complex scenes”, 1993): the one with the least sum of squared distances to the planes of
//! the triangles around the cell (Peter Lindstrom, “Out-of-core simplification of large polygonal models”, 2000, who
//! solves for a new point). Existing vertices are kept so that the coarse level is a list of indices into the vertex
//! buffer that the fine one uses. Topology is not kept: shells may merge, thin parts become sheets.

/// The largest number of cells along the longest side of the box around a mesh.
pub const MAX_CELLS: u32 = 1024;

/// Marks a vertex without a cell, a cell without a vertex, and a free place in a table.
const NONE: u32 = u32::MAX;

/// How much the distance from the middle of its cell counts against a vertex, beside that from the planes. Decides where
/// the surface is flat, for evenly spaced vertices; small enough to leave corners and edges alone.
const PULL_TO_MIDDLE: f32 = 1e-3;

/// A coarse level: the triangles that stay when all vertices in one cell of a grid become one of them, as indices into the
/// same vertices, in the order of `indices`. Triangles with two corners in one cell are gone, and of triangles that become
/// the same (wound the same way) the first stays.
///
/// `indices` holds three per triangle; triangles with indices out of range or positions that are not finite are left out.
/// The cells are cubes, `cells_along_longest` of them along the longest side of the box around all positions, at least 1
/// and at most [`MAX_CELLS`]. No triangle moves by more than the diagonal of a cell.
#[must_use]
pub fn cluster_triangles(positions: &[[f32; 3]], indices: &[u32], cells_along_longest: u32) -> Vec<u32> {
    Clusters::new(positions, indices, cells_along_longest).triangles(indices)
}

/// Which vertex stands for which, for meshes whose triangles come in several runs, such as one per material.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clusters {
    /// For each vertex the one that stands for it; [`NONE`] for those that are not finite.
    representatives: Vec<u32>,
}

impl Clusters {
    /// Chooses the vertices; see [`cluster_triangles`].
    #[must_use]
    pub fn new(positions: &[[f32; 3]], indices: &[u32], cells_along_longest: u32) -> Self {
        let grid = Grid::new(positions, cells_along_longest.clamp(1, MAX_CELLS));
        let mut cells = Cells::new(positions, &grid);
        for triangle in indices.as_chunks::<3>().0 {
            cells.add_triangle(positions, &grid, *triangle);
        }
        let kept = cells.choose(positions, &grid);
        let representatives =
            cells.of_vertex.iter().map(|&cell| kept.get(cell as usize).copied().unwrap_or(NONE)).collect();
        Self { representatives }
    }

    /// What becomes of some triangles of the mesh the clusters were made for, as [`cluster_triangles`] says.
    #[must_use]
    pub fn triangles(&self, indices: &[u32]) -> Vec<u32> {
        let representative =
            |&vertex: &u32| self.representatives.get(vertex as usize).copied().unwrap_or(NONE);
        let mut triangles = TriangleSet::default();
        for [a, b, c] in indices.as_chunks::<3>().0 {
            let corners @ [a, b, c] = [a, b, c].map(representative);
            if a != b && b != c && c != a && !corners.contains(&NONE) {
                triangles.insert(corners);
            }
        }
        triangles.list.into_flattened()
    }
}

/// Cubes of equal size that fill the box around some points.
struct Grid {
    low: [f32; 3],
    /// Cells per unit of length.
    scale: f32,
    last: f32,
}

impl Grid {
    fn new(positions: &[[f32; 3]], cells_along_longest: u32) -> Self {
        let mut low = [f32::INFINITY; 3];
        let mut high = [f32::NEG_INFINITY; 3];
        for point in positions.iter().filter(|point| is_finite(point)) {
            for axis in 0..3 {
                low[axis] = low[axis].min(point[axis]);
                high[axis] = high[axis].max(point[axis]);
            }
        }
        let longest = (0..3).map(|axis| high[axis] - low[axis]).fold(0.0, f32::max);
        let scale = cells_along_longest as f32 / longest;
        // Without extent, or with one beyond the range of numbers, everything is in one cell.
        let scale = if scale.is_normal() { scale } else { 0.0 };
        Self { low, scale, last: (cells_along_longest - 1) as f32 }
    }

    /// A point in units of cells.
    #[inline]
    fn place(&self, point: [f32; 3]) -> [f32; 3] {
        [0, 1, 2].map(|axis| (point[axis] - self.low[axis]) * self.scale)
    }

    /// Number of the cell that a place lies in: ten bits per axis.
    #[inline]
    fn cell(&self, place: [f32; 3]) -> u32 {
        // The cast takes what is left of NaN and negative numbers to 0.
        let [x, y, z] = place.map(|x| x.min(self.last) as u32);
        x | y << 10 | z << 20
    }
}

fn is_finite(point: &[f32; 3]) -> bool {
    point.iter().all(|x| x.is_finite())
}

/// Cells in which there are vertices, in the order of their first ones.
struct Cells {
    /// The index of the cell of each vertex in `quadrics`; [`NONE`] for those that are not finite.
    of_vertex: Vec<u32>,
    /// The number of each cell in the grid.
    keys: Vec<u32>,
    quadrics: Vec<Quadric>,
}

impl Cells {
    fn new(positions: &[[f32; 3]], grid: &Grid) -> Self {
        let mut table = CellTable::new();
        let of_vertex = positions
            .iter()
            .map(|point| if is_finite(point) { table.index_of(grid.cell(grid.place(*point))) } else { NONE })
            .collect();
        let quadrics = vec![Quadric::default(); table.keys.len()];
        Self { of_vertex, keys: table.keys, quadrics }
    }

    /// The middle of a cell, in units of cells.
    #[inline]
    fn middle(&self, cell: u32) -> [f32; 3] {
        let key = self.keys[cell as usize];
        [key & 1023, key >> 10 & 1023, key >> 20].map(|x| x as f32 + 0.5)
    }

    fn add_triangle(&mut self, positions: &[[f32; 3]], grid: &Grid, triangle: [u32; 3]) {
        let cells = triangle.map(|vertex| self.of_vertex.get(vertex as usize).copied().unwrap_or(NONE));
        if cells.contains(&NONE) {
            return;
        }
        let [a, b, c] = triangle.map(|vertex| grid.place(positions[vertex as usize]));
        let normal = cross(minus(b, a), minus(c, a));
        for (corner, &cell) in cells.iter().enumerate() {
            if !cells[..corner].contains(&cell) {
                let offset = dot(normal, minus(a, self.middle(cell)));
                self.quadrics[cell as usize].add_plane(normal, offset);
            }
        }
    }

    /// For each cell its vertex with the least error, the first of several.
    fn choose(&self, positions: &[[f32; 3]], grid: &Grid) -> Vec<u32> {
        let mut chosen = vec![(f32::INFINITY, NONE); self.keys.len()];
        for (vertex, (&cell, &point)) in self.of_vertex.iter().zip(positions).enumerate() {
            if cell != NONE {
                let best = &mut chosen[cell as usize];
                let error = self.quadrics[cell as usize].error(minus(grid.place(point), self.middle(cell)));
                if error < best.0 || best.1 == NONE {
                    *best = (error, vertex as u32);
                }
            }
        }
        chosen.into_iter().map(|(_, vertex)| vertex).collect()
    }
}

/// The sum of squared distances from planes, each weighted by a squared area, as a function of a place.
#[derive(Clone, Copy, Default)]
struct Quadric {
    /// xx, yy, zz, xy, yz, zx of the sum of outer products of the normals.
    products: [f32; 6],
    /// The sum of normals times offsets.
    linear: [f32; 3],
}

impl Quadric {
    /// The plane of places `p` with `normal · p = offset`.
    #[inline]
    fn add_plane(&mut self, normal: [f32; 3], offset: f32) {
        let [x, y, z] = normal;
        for (sum, term) in self.products.iter_mut().zip([x * x, y * y, z * z, x * y, y * z, z * x]) {
            *sum += term;
        }
        for (sum, x) in self.linear.iter_mut().zip(normal) {
            *sum += x * offset;
        }
    }

    /// The error up to a constant, with the pull to the origin.
    #[inline]
    fn error(&self, [x, y, z]: [f32; 3]) -> f32 {
        let [xx, yy, zz, xy, yz, zx] = self.products;
        let pull = PULL_TO_MIDDLE * (xx + yy + zz);
        let squares = (xx + pull) * x * x + (yy + pull) * y * y + (zz + pull) * z * z;
        squares + 2.0 * (xy * x * y + yz * y * z + zx * z * x - dot(self.linear, [x, y, z]))
    }
}

#[inline]
fn minus(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[0] - b[0], a[1] - b[1], a[2] - b[2]]
}

#[inline]
fn dot(a: [f32; 3], b: [f32; 3]) -> f32 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

#[inline]
fn cross(a: [f32; 3], b: [f32; 3]) -> [f32; 3] {
    [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
}

/// Numbers cells in the order in which they are asked for. Places are probed one after another; the cells are spread by
/// a multiplication, and at most half of the places are taken.
struct CellTable {
    keys: Vec<u32>,
    /// Index into `keys`, or [`NONE`]; a power of two of them.
    places: Vec<u32>,
    /// The last answer: neighbours in a vertex buffer are neighbours in space.
    last: Option<(u32, u32)>,
}

impl CellTable {
    fn new() -> Self {
        Self { keys: Vec::new(), places: vec![NONE; 1 << 12], last: None }
    }

    #[inline]
    fn index_of(&mut self, key: u32) -> u32 {
        if let Some((last_key, index)) = self.last
            && last_key == key
        {
            return index;
        }
        let index = self.look_up(key);
        self.last = Some((key, index));
        index
    }

    fn look_up(&mut self, key: u32) -> u32 {
        let mut place = self.first_place(key);
        while self.places[place] != NONE {
            if self.keys[self.places[place] as usize] == key {
                return self.places[place];
            }
            place = (place + 1) & (self.places.len() - 1);
        }
        let index = self.keys.len() as u32;
        self.places[place] = index;
        self.keys.push(key);
        if self.keys.len() * 2 > self.places.len() {
            self.grow();
        }
        index
    }

    fn first_place(&self, key: u32) -> usize {
        (spread(key.into()) >> (64 - self.places.len().trailing_zeros())) as usize
    }

    fn grow(&mut self) {
        self.places = vec![NONE; self.places.len() * 2];
        for (index, &key) in self.keys.iter().enumerate() {
            let mut place = self.first_place(key);
            while self.places[place] != NONE {
                place = (place + 1) & (self.places.len() - 1);
            }
            self.places[place] = index as u32;
        }
    }
}

/// Triangles without exact duplicates, in the order in which they came.
#[derive(Default)]
struct TriangleSet {
    list: Vec<[u32; 3]>,
    /// Index into `list`, or [`NONE`]; a power of two of them once there are any.
    places: Vec<u32>,
}

impl TriangleSet {
    fn insert(&mut self, corners: [u32; 3]) {
        if self.list.len() * 2 >= self.places.len() {
            self.grow();
        }
        let key = rotated(corners);
        let mut place = self.first_place(key);
        while self.places[place] != NONE {
            if rotated(self.list[self.places[place] as usize]) == key {
                return;
            }
            place = (place + 1) & (self.places.len() - 1);
        }
        self.places[place] = self.list.len() as u32;
        self.list.push(corners);
    }

    fn first_place(&self, [a, b, c]: [u32; 3]) -> usize {
        let mixed = spread(u64::from(a) << 32 | u64::from(b)).rotate_left(32) ^ u64::from(c);
        (spread(mixed) >> (64 - self.places.len().trailing_zeros())) as usize
    }

    fn grow(&mut self) {
        self.places = vec![NONE; (self.places.len() * 2).max(1 << 12)];
        for (index, &corners) in self.list.iter().enumerate() {
            let mut place = self.first_place(rotated(corners));
            while self.places[place] != NONE {
                place = (place + 1) & (self.places.len() - 1);
            }
            self.places[place] = index as u32;
        }
    }
}

/// The same triangle from its smallest corner on.
fn rotated([a, b, c]: [u32; 3]) -> [u32; 3] {
    if a < b && a < c {
        [a, b, c]
    } else if b < c {
        [b, c, a]
    } else {
        [c, a, b]
    }
}

/// Brings all bits into the upper ones. The multiplier has the digits of the golden ratio.
#[inline]
fn spread(key: u64) -> u64 {
    (key ^ (key >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Mesh, Primitive};

    fn arrays(mesh: &Mesh) -> (Vec<[f32; 3]>, Vec<u32>) {
        let positions = mesh.positions.iter().map(|point| point.as_vec3().to_array()).collect();
        (positions, mesh.triangles.as_flattened().to_vec())
    }

    /// The coarse level as a mesh of the positions it uses.
    fn coarse(mesh: &Mesh, cells: u32) -> Mesh {
        let (positions, indices) = arrays(mesh);
        let list = cluster_triangles(&positions, &indices, cells);
        let mut used: Vec<u32> = list.clone();
        used.sort_unstable();
        used.dedup();
        let new = |old: &u32| used.binary_search(old).expect("it is used") as u32;
        let triangles = list.as_chunks::<3>().0.iter().map(|[a, b, c]| [a, b, c].map(new)).collect();
        Mesh::new(used.iter().map(|&old| mesh.positions[old as usize]).collect(), triangles)
    }

    #[test]
    fn a_fine_sphere_becomes_a_coarse_one() {
        let sphere = Primitive::Sphere { radius: 10.0, segments: 400 }.mesh().expect("allowed");
        let mesh = coarse(&sphere, 20);
        let report = mesh.check();
        assert!(report.is_closed() && report.num_degenerate == 0 && report.num_duplicate == 0, "{report:?}");
        assert_eq!(report.num_isolated, 0);
        // About two triangles per cell that the surface of the sphere meets, of which there are some 1.5 times 4πr².
        assert!((1500..6000).contains(&mesh.triangles.len()), "{}", mesh.triangles.len());
        let round = sphere.properties().volume;
        let volume = mesh.properties().volume;
        assert!((0.97..1.0).contains(&(volume / round)), "{volume} instead of {round}");
    }

    #[test]
    fn the_corners_of_a_box_stay() {
        // Each face a grid of 40 by 40, the cells of the clusters somewhere in between.
        let mut positions = Vec::new();
        let mut indices = Vec::new();
        for face in 0..6 {
            let first = positions.len() as u32;
            for i in 0..=40 {
                for j in 0..=40 {
                    let (u, v) = (i as f32 / 40.0, j as f32 / 40.0);
                    let w = (face % 2) as f32;
                    let [u, v] = if face % 2 == 0 { [v, u] } else { [u, v] };
                    positions.push(match face / 2 {
                        0 => [u, v, w],
                        1 => [v, w, u],
                        _ => [w, u, v],
                    });
                    if i < 40 && j < 40 {
                        let at = |i: u32, j: u32| first + i * 41 + j;
                        let (i, j) = (i as u32, j as u32);
                        indices.extend([at(i, j), at(i + 1, j), at(i + 1, j + 1)]);
                        indices.extend([at(i, j), at(i + 1, j + 1), at(i, j + 1)]);
                    }
                }
            }
        }
        let list = cluster_triangles(&positions, &indices, 7);
        assert!(list.len() < indices.len() / 10, "{}", list.len());
        let has = |corner: [f32; 3]| list.iter().any(|&vertex| positions[vertex as usize] == corner);
        for corner in 0..8_u32 {
            let corner = [corner & 1, corner >> 1 & 1, corner >> 2].map(|x| x as f32);
            assert!(has(corner), "{corner:?}");
        }
        // With the corners the whole volume: faces stay in their planes.
        let volume: f64 = list
            .as_chunks::<3>()
            .0
            .iter()
            .map(|triangle| {
                let [a, b, c] =
                    triangle.map(|vertex| glam::DVec3::from_array(positions[vertex as usize].map(f64::from)));
                a.dot(b.cross(c)) / 6.0
            })
            .sum();
        assert!((volume.abs() - 1.0).abs() < 1e-6, "{volume}");
    }

    #[test]
    fn enough_cells_change_nothing_but_one_cell_leaves_nothing() {
        let cube = Primitive::Box { size: glam::DVec3::ONE }.mesh().expect("allowed");
        let (positions, mut indices) = arrays(&cube);
        assert_eq!(cluster_triangles(&positions, &indices, 2), indices);
        assert!(cluster_triangles(&positions, &indices, 1).is_empty());
        assert!(cluster_triangles(&positions, &indices, 0).is_empty());
        // The first of duplicates stays; one that is wound the other way is no duplicate.
        let once = indices.clone();
        indices.extend([once[1], once[2], once[0]]);
        assert_eq!(cluster_triangles(&positions, &indices, u32::MAX), once);
        indices.extend([once[1], once[0], once[2]]);
        assert_eq!(cluster_triangles(&positions, &indices, u32::MAX).len(), once.len() + 3);
    }

    #[test]
    fn runs_of_triangles_share_their_vertices() {
        let sphere = Primitive::Sphere { radius: 1.0, segments: 100 }.mesh().expect("allowed");
        let (positions, indices) = arrays(&sphere);
        let clusters = Clusters::new(&positions, &indices, 12);
        let (one, other) = indices.split_at(indices.len() / 6 * 3);
        let both = [clusters.triangles(one), clusters.triangles(other)].concat();
        assert_eq!(both, clusters.triangles(&indices));
    }

    #[test]
    fn broken_input_is_left_out() {
        let positions =
            [[0.0; 3], [9.0, 0.0, 0.0], [0.0, 9.0, 0.0], [f32::NAN, 0.0, 0.0], [f32::INFINITY, 1.0, 1.0]];
        let indices = [0, 1, 2, 0, 1, 3, 0, 4, 2, 0, 1, 5, 1, 2, u32::MAX, 0, 1];
        assert_eq!(cluster_triangles(&positions, &indices, 8), [0, 1, 2]);
        assert!(cluster_triangles(&[], &[0, 1, 2], 8).is_empty());
        let huge = [[0.0; 3], [3e38, 0.0, 0.0], [-3e38, 3e38, 0.0]];
        assert!(cluster_triangles(&huge, &[0, 1, 2], 8).is_empty());
    }

    fn coordinate() -> impl Strategy<Value = f32> {
        prop_oneof![8 => -1.0_f32..1.0, 1 => Just(f32::NAN), 1 => -1e30_f32..1e30, 1 => Just(0.0_f32)]
    }

    proptest! {
        /// Whatever comes in: whole triangles of the mesh's own vertices, each once, none collapsed, and all of them images
        /// of some input triangle under a map that moves nothing out of its cell.
        #[test]
        fn anything_is_clustered(
            positions in prop::collection::vec([coordinate(), coordinate(), coordinate()], 0..60),
            indices in prop::collection::vec(0_u32..64, 0..200),
            cells in 0_u32..40,
        ) {
            let list = cluster_triangles(&positions, &indices, cells);
            let clusters = Clusters::new(&positions, &indices, cells);
            let grid = Grid::new(&positions, cells.clamp(1, MAX_CELLS));
            let mut seen: Vec<[u32; 3]> = Vec::new();
            for triangle in list.as_chunks::<3>().0 {
                let [a, b, c] = *triangle;
                prop_assert!(a != b && b != c && c != a);
                prop_assert!(!seen.contains(&rotated(*triangle)));
                seen.push(rotated(*triangle));
            }
            prop_assert!(list.len().is_multiple_of(3) && list.len() <= indices.len());
            for (vertex, &representative) in clusters.representatives.iter().enumerate() {
                let is_sound = is_finite(&positions[vertex]);
                prop_assert_eq!(is_sound, representative != NONE);
                if is_sound {
                    let cell = |vertex: usize| grid.cell(grid.place(positions[vertex]));
                    prop_assert_eq!(cell(vertex), cell(representative as usize));
                    prop_assert_eq!(clusters.representatives[representative as usize], representative);
                }
            }
        }
    }
}
