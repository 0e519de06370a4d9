//! Vertices with attributes and faces that number them, as PLY and OFF have them, on their way to a mesh.

use std::sync::Arc;

use geometry::{Channel, CornerRows, LineSet, Mesh, NO_ROW, PointSet, Semantic};
use glam::DVec3;

use super::report::Tally;
use crate::weld::Welder;
use crate::{ImportedMesh, ImportedNode, ImportedScene, Location, SceneRoots, SourceInfo, Warning};

/// What was read so far, by vertex or by triangle.
#[derive(Default)]
pub(super) struct Indexed {
    /// For each vertex the number of its position; [`NO_ROW`] where it is not finite.
    pub(super) position_of_vertex: Vec<u32>,
    welder: Welder,
    /// Linear RGBA of vertices; empty, or as long as `position_of_vertex`, as are the next two.
    pub(super) colors: Vec<[f32; 4]>,
    /// Unit vectors, or zero.
    pub(super) normals: Vec<[f32; 3]>,
    /// Origin at the upper left.
    pub(super) uvs: Vec<[f32; 2]>,
    /// Numbers of vertices.
    triangles: Vec<[u32; 3]>,
    /// For each triangle a row of `face_colors` and `face_normals`; may end early.
    face_of_triangle: Vec<u32>,
    pub(super) face_colors: Vec<[f32; 4]>,
    pub(super) face_normals: Vec<[f32; 3]>,
    /// For each triangle rows of `corner_uvs`; may end early.
    uv_rows: Vec<[u32; 3]>,
    corner_uvs: Vec<[f32; 2]>,
    /// Pairs of vertices.
    pub(super) edges: Vec<[u32; 2]>,
    /// Whether indices can be checked: vertices come before faces.
    pub(super) has_vertices: bool,
    /// The corners of the face being added, and the triangles it is split into.
    points: Vec<DVec3>,
    split: Vec<[u32; 3]>,
    pub(super) damage: Damage,
}

/// What may be wrong.
#[derive(Default)]
pub(super) struct Damage {
    non_finite: Tally,
    pub(super) bad_index: Tally,
    degenerate: Tally,
    too_few: Tally,
    pub(super) not_a_number: Tally,
}

impl Indexed {
    /// Makes room; the counts are checked by the caller against what there can be.
    pub(super) fn expect_vertices(&mut self, count: usize) {
        self.welder = Welder::with_capacity(count);
        self.position_of_vertex.reserve_exact(count);
        self.has_vertices = true;
    }

    /// Makes room; the count is checked by the caller against what there can be.
    pub(super) fn expect_faces(&mut self, count: usize) {
        self.triangles.reserve_exact(count);
    }

    /// Whether no vertex has a position.
    pub(super) fn has_no_positions(&self) -> bool {
        self.welder.positions.is_empty()
    }

    /// Adds a vertex; `at` is where it was read.
    #[inline]
    pub(super) fn vertex(&mut self, point: DVec3, at: usize) {
        let number = if point.is_finite() {
            self.welder.number(point)
        } else {
            self.damage.non_finite.add(at);
            NO_ROW
        };
        self.position_of_vertex.push(number);
    }

    /// The vertices of a face, all of which exist; false when the face has to be left out.
    pub(super) fn face_indices(&mut self, indices: &[f64], face: &mut Vec<u32>, at: usize) -> bool {
        face.clear();
        for &index in indices {
            let vertex =
                whole(index).filter(|&index| !self.has_vertices || index < self.position_of_vertex.len());
            let Some(vertex) = vertex else {
                self.damage.bad_index.add(at);
                return false;
            };
            face.push(u32::try_from(vertex).unwrap_or(NO_ROW));
        }
        if face.len() < 3 {
            self.damage.too_few.add(at);
        }
        face.len() >= 3
    }

    /// Adds a polygon. `row` is its row in `face_colors` and `face_normals`; `uvs` has one for each corner, or none.
    pub(super) fn face(&mut self, face: &[u32], row: Option<usize>, uvs: &[[f32; 2]], at: usize) {
        let mut split = std::mem::take(&mut self.split);
        split.clear();
        if face.len() == 3 {
            split.push([0, 1, 2]);
        } else {
            self.points.clear();
            for &vertex in face {
                let point = self.point(vertex);
                self.points.push(point);
            }
            crate::polygon::split(&self.points, &mut split);
        }
        let first_uv = self.corner_uvs.len();
        let has_uvs = !uvs.is_empty() && uvs.len() == face.len();
        if has_uvs {
            self.corner_uvs.extend_from_slice(uvs);
        }
        for &corners in &split {
            self.triangle(corners.map(|corner| face[corner as usize]), at);
            let before = self.triangles.len() - 1;
            if let Some(row) = row {
                self.face_of_triangle.resize(before, NO_ROW);
                self.face_of_triangle.push(u32::try_from(row).unwrap_or(NO_ROW));
            }
            if has_uvs {
                self.uv_rows.resize(before, [NO_ROW; 3]);
                let row = corners.map(|corner| u32::try_from(first_uv + corner as usize).unwrap_or(NO_ROW));
                self.uv_rows.push(row);
            }
        }
        self.split = split;
    }

    fn point(&self, vertex: u32) -> DVec3 {
        let position = self.position_of_vertex.get(vertex as usize).copied().unwrap_or(NO_ROW);
        self.welder.positions.get(position as usize).copied().unwrap_or(DVec3::ZERO)
    }

    /// Adds a triangle without attributes of its own.
    #[inline]
    pub(super) fn triangle(&mut self, vertices: [u32; 3], at: usize) {
        let [a, b, c] =
            vertices.map(|vertex| self.position_of_vertex.get(vertex as usize).copied().unwrap_or(vertex));
        if a == b || b == c || c == a {
            self.damage.degenerate.add(at);
        }
        self.triangles.push(vertices);
    }

    /// Leaves out triangles whose vertices have no position, or do not exist where faces come before vertices.
    pub(super) fn drop_bad_triangles(&mut self) {
        let has_position = |&vertex: &u32| {
            self.position_of_vertex.get(vertex as usize).is_some_and(|&position| position != NO_ROW)
        };
        let keep: Vec<bool> =
            self.triangles.iter().map(|triangle| triangle.iter().all(has_position)).collect();
        self.edges.retain(|edge| edge.iter().all(has_position));
        if keep.iter().all(|&keep| keep) {
            return;
        }
        retain(&mut self.triangles, &keep);
        retain(&mut self.face_of_triangle, &keep);
        retain(&mut self.uv_rows, &keep);
    }

    pub(super) fn warn(&self, warnings: &mut Vec<Warning>, locate: impl Fn(usize) -> Location) {
        let damage = &self.damage;
        damage.non_finite.warn(
            warnings,
            "non-finite-position",
            &locate,
            [
                "vertex has no finite position; what uses it is left out. Export the file again.",
                "vertices have no finite position; what uses them is left out. Export the file again.",
            ],
        );
        damage.bad_index.warn(
            warnings,
            "index-out-of-range",
            &locate,
            [
                "face names a vertex that does not exist; it is left out. Export the file again.",
                "faces name vertices that do not exist; they are left out. Export the file again.",
            ],
        );
        damage.too_few.warn(
            warnings,
            "malformed-face",
            &locate,
            [
                "face has fewer than three corners; it is left out.",
                "faces have fewer than three corners; they are left out.",
            ],
        );
        damage.not_a_number.warn(
            warnings,
            "malformed-number",
            &locate,
            [
                "word is no number where a number is due. Export the file again.",
                "words are no numbers where numbers are due. Export the file again.",
            ],
        );
        damage.degenerate.warn(
            warnings,
            "degenerate-triangle",
            &locate,
            [
                "triangle has two equal corners and so no area; it is kept. Repair removes it.",
                "triangles have two equal corners and so no area; they are kept. Repair removes them.",
            ],
        );
    }

    pub(super) fn has_uvs(&self) -> bool {
        !self.uvs.is_empty() || !self.uv_rows.is_empty()
    }

    pub(super) fn has_colors(&self) -> bool {
        !self.colors.is_empty() || !self.face_colors.is_empty()
    }

    /// A scene of one node: the surface, its edges, or else the vertices as points. All share a material.
    pub(super) fn into_scene(self, material: Option<usize>, source: SourceInfo) -> ImportedScene {
        let mut mesh = ImportedMesh { materials: vec![material], ..ImportedMesh::default() };
        if !self.edges.is_empty() {
            mesh.lines.push(Arc::new(self.lines()));
        }
        if self.triangles.is_empty() && self.edges.is_empty() {
            mesh.points.push(Arc::new(self.cloud()));
        } else {
            mesh.surface = Arc::new(self.into_mesh());
        }
        ImportedScene {
            nodes: vec![ImportedNode { mesh: Some(0), ..ImportedNode::default() }],
            scenes: vec![SceneRoots { name: String::new(), roots: vec![0] }],
            meshes: vec![mesh],
            source,
            ..ImportedScene::default()
        }
    }

    fn cloud(&self) -> PointSet {
        let numbers = self.position_of_vertex.iter().enumerate();
        let vertices: Vec<usize> =
            numbers.filter(|&(_, &position)| position != NO_ROW).map(|(vertex, _)| vertex).collect();
        let position = |&vertex: &usize| self.welder.positions[self.position_of_vertex[vertex] as usize];
        let colors = vertices.iter().filter_map(|&vertex| self.colors.get(vertex).copied()).collect();
        PointSet { positions: vertices.iter().map(position).collect(), colors, material_slot: 0 }
    }

    fn lines(&self) -> LineSet {
        let mut vertices: Vec<u32> = self.edges.as_flattened().to_vec();
        vertices.sort_unstable();
        vertices.dedup();
        let number = |vertex: u32| u32::try_from(vertices.binary_search(&vertex).unwrap_or(0)).unwrap_or(0);
        LineSet {
            positions: vertices.iter().map(|&vertex| self.point(vertex)).collect(),
            segments: self.edges.iter().map(|edge| edge.map(number)).collect(),
            colors: vertices.iter().filter_map(|&vertex| self.colors.get(vertex as usize).copied()).collect(),
            material_slot: 0,
        }
    }

    fn into_mesh(mut self) -> Mesh {
        let mut channels = Vec::new();
        // Vertices are positions unless some were welded or have none.
        let is_welded = self.welder.positions.len() != self.position_of_vertex.len();
        let has_vertex_data = !self.colors.is_empty() || !self.normals.is_empty() || !self.uvs.is_empty();
        let mut triangles = std::mem::take(&mut self.triangles);
        let rows = if is_welded && has_vertex_data {
            CornerRows::PerCorner(Arc::new(triangles.clone()))
        } else {
            CornerRows::PerPosition
        };
        if is_welded {
            for vertex in triangles.as_flattened_mut() {
                *vertex = self.position_of_vertex[*vertex as usize];
            }
        }
        if self.normals.iter().any(|normal| *normal != [0.0; 3]) {
            channels.push(channel(Semantic::Normal, &self.normals, rows.clone()));
        }
        if !self.uvs.is_empty() {
            channels.push(channel(Semantic::Uv(0), &self.uvs, rows.clone()));
        } else if !self.uv_rows.is_empty() {
            self.uv_rows.resize(triangles.len(), [NO_ROW; 3]);
            let rows = CornerRows::PerCorner(Arc::new(std::mem::take(&mut self.uv_rows)));
            channels.push(channel(Semantic::Uv(0), &self.corner_uvs, rows));
        }
        if !self.colors.is_empty() {
            channels.push(channel(Semantic::Color(0), &self.colors, rows));
        }
        self.add_face_channels(triangles.len(), &mut channels);
        channels.sort_by_key(|channel| channel.semantic);
        self.welder.positions.shrink_to_fit();
        triangles.shrink_to_fit();
        let mut mesh = Mesh::new(self.welder.positions, triangles);
        mesh.channels = channels;
        mesh
    }

    /// Colours and normals of faces, where vertices have none.
    fn add_face_channels(&self, num_triangles: usize, channels: &mut Vec<Channel>) {
        if self.face_of_triangle.is_empty() {
            return;
        }
        let row = |triangle: usize| [self.face_of_triangle.get(triangle).copied().unwrap_or(NO_ROW); 3];
        let rows = CornerRows::PerCorner(Arc::new((0..num_triangles).map(row).collect()));
        if !self.face_colors.is_empty() && self.colors.is_empty() {
            channels.push(channel(Semantic::Color(0), &self.face_colors, rows.clone()));
        }
        let has_normals = channels.iter().any(|channel| channel.semantic == Semantic::Normal);
        let are_sound = self.face_normals.iter().all(|normal| *normal != [0.0; 3]);
        if !self.face_normals.is_empty() && !has_normals && are_sound {
            channels.push(channel(Semantic::Normal, &self.face_normals, rows));
        }
    }
}

fn channel<const WIDTH: usize>(semantic: Semantic, values: &[[f32; WIDTH]], rows: CornerRows) -> Channel {
    let width = u32::try_from(WIDTH).unwrap_or(1);
    Channel { semantic, width, values: values.as_flattened().to_vec(), rows }
}

fn retain<T>(values: &mut Vec<T>, keep: &[bool]) {
    let mut kept = keep.iter();
    values.retain(|_value| kept.next().copied().unwrap_or(false));
}

/// A number as a count or index.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range is checked")]
pub(super) fn whole(number: f64) -> Option<usize> {
    ((0.0..4_294_967_296.0).contains(&number) && number.trunc() == number).then_some(number as usize)
}
