//! From a mesh to arrays for the GPU.

use std::sync::Arc;

use glam::{DVec3, Vec3};

use super::encode::unorm8;
use super::normals::{Creases, Faces};
use super::tangents::CornerTangents;
use super::vertices::{Attributes, Corners, Vertices};
use super::{DisplayGroup, DisplayMesh, DisplayOptions, DisplayPoint};
use crate::progress::{Cancelled, Progress, Stretch};
use crate::topology::{Edges, next_halfedge};
use crate::weld::weld_positions_watched;
use crate::{Aabb, LineSet, Mesh, PointSet};

impl DisplayMesh {
    /// Makes everything that is drawn of a mesh and of loose lines and points in its space.
    ///
    /// Normals and tangents come from the mesh where it has them. Positions with equal coordinates are treated as one,
    /// so that seams are neither feature edges nor creases. All triangles are kept, also those without area.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    ///
    /// # Panics
    /// When an index is out of range or array lengths do not agree; see [`Mesh::validate`].
    pub fn build(
        mesh: &Mesh,
        lines: &[Arc<LineSet>],
        points: &[Arc<PointSet>],
        options: &DisplayOptions,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let (low, high) = bounds(mesh, lines, points);
        let origin = low * 0.5 + high * 0.5;
        let aabb = Aabb::from_corners(low - origin, high - origin);
        let mut display = Self { origin, bounds: [aabb.min, aabb.max], ..Self::default() };
        if !mesh.is_empty() {
            let surface = Surface::build(mesh, origin, options, &Stretch::new(progress, 0.0, 0.9))?;
            display.vertices = surface.vertices.vertices;
            display.feature_edges = surface.feature_edges;
            display.fill_indices(mesh, &surface.vertices.of_corner);
        }
        progress.report(0.95)?;
        for set in lines {
            let point = |index: u32| display_point(&set.positions, &set.colors, index as usize, origin);
            display.lines.extend(set.segments.iter().map(|&segment| segment.map(point)));
        }
        for set in points {
            let point = |index| display_point(&set.positions, &set.colors, index, origin);
            display.points.extend((0..set.positions.len()).map(point));
        }
        Ok(display)
    }

    /// Sorts the triangles by material slot, keeping their order within each.
    fn fill_indices(&mut self, mesh: &Mesh, vertex_of_corner: &[u32]) {
        let num_triangles = mesh.triangles.len();
        self.source_triangles = (0..num_triangles as u32).collect();
        if mesh.material_slots.windows(2).any(|pair| pair[0] != pair[1]) {
            self.source_triangles.sort_by_key(|&triangle| mesh.material_slots[triangle as usize]);
            self.indices.reserve(num_triangles * 3);
            for &triangle in &self.source_triangles {
                self.indices.extend_from_slice(&vertex_of_corner[triangle as usize * 3..][..3]);
            }
        } else {
            self.indices = vertex_of_corner.to_vec();
        }
        let slot_of = |triangle: &u32| mesh.material_slot(*triangle as usize);
        let mut first_index = 0;
        for run in self.source_triangles.chunk_by(|a, b| slot_of(a) == slot_of(b)) {
            let num_indices = run.len() as u32 * 3;
            self.groups.push(DisplayGroup { material_slot: slot_of(&run[0]), first_index, num_indices });
            first_index += num_indices;
        }
    }
}

/// What is made of the triangles.
struct Surface {
    vertices: Vertices,
    feature_edges: Vec<[[f32; 3]; 2]>,
}

impl Surface {
    fn build(
        mesh: &Mesh,
        origin: DVec3,
        options: &DisplayOptions,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let weld = weld_positions_watched(&mesh.positions, &Stretch::new(progress, 0.0, 0.15))?;
        progress.report(0.15)?;
        let triangles: Vec<[u32; 3]> = mesh
            .triangles
            .iter()
            .map(|triangle| triangle.map(|index| weld.new_from_old[index as usize]))
            .collect();
        let (positions, triangles) = (weld.positions.as_slice(), triangles.as_slice());
        let edges = Edges::new_watched(triangles, positions.len(), &Stretch::new(progress, 0.15, 0.25))?;
        let faces = Faces::new(positions, triangles, &Stretch::new(progress, 0.25, 0.4))?;

        let attributes = Attributes::of(mesh);
        let looks_smooth = |one: u32, other: u32| looks_smooth(&attributes, one, other);
        let crease_angle_rad = options.crease_angle_rad;
        let feature_angle_rad = options.feature_angle_rad;
        let stretch = Stretch::new(progress, 0.4, 0.6);
        let creases = Creases::new(
            triangles,
            &edges,
            &faces,
            crease_angle_rad,
            feature_angle_rad,
            looks_smooth,
            &stretch,
        )?;
        let groups = creases.groups(&faces, &Stretch::new(progress, 0.6, 0.8))?;

        let needs_tangents =
            options.make_tangents && attributes.uv[0].is_some() && !attributes.has_tangents();
        let stretch = Stretch::new(progress, 0.8, 0.9);
        let tangents = if needs_tangents {
            Some(CornerTangents::new(&attributes, positions, triangles, &faces, &groups, &stretch)?)
        } else {
            None
        };
        let tangents = tangents.as_ref();
        let corners = Corners { attributes, positions, triangles, origin, groups: &groups, tangents };
        let vertices = corners.vertices(&Stretch::new(progress, 0.9, 1.0))?;
        let relative = |index: u32| (positions[index as usize] - origin).as_vec3().to_array();
        let feature_edges = creases.feature_edges.iter().map(|&ends| ends.map(relative)).collect();
        Ok(Self { vertices, feature_edges })
    }
}

/// Whether the mesh's own normals agree on both sides of an edge, at both of its ends.
fn looks_smooth(attributes: &Attributes<'_>, one: u32, other: u32) -> bool {
    let agree = |a: u32, b: u32| {
        let normals =
            [a, b].map(|corner| attributes.normal_at(corner as usize).and_then(Vec3::try_normalize));
        matches!(normals, [Some(a), Some(b)] if a.dot(b) > 0.999)
    };
    attributes.normal.is_some() && agree(one, next_halfedge(other)) && agree(next_halfedge(one), other)
}

/// The box around everything; both corners zero when there is nothing.
fn bounds(mesh: &Mesh, lines: &[Arc<LineSet>], points: &[Arc<PointSet>]) -> (DVec3, DVec3) {
    let mut low = DVec3::INFINITY;
    let mut high = DVec3::NEG_INFINITY;
    let mut add = |point: DVec3| {
        low = low.min(point);
        high = high.max(point);
    };
    if let Some((low, high)) = mesh.bounds() {
        add(low);
        add(high);
    }
    for set in lines {
        set.segments.iter().flatten().for_each(|&index| add(set.positions[index as usize]));
    }
    for set in points {
        set.positions.iter().for_each(|&point| add(point));
    }
    if low.cmple(high).all() { (low, high) } else { (DVec3::ZERO, DVec3::ZERO) }
}

fn display_point(positions: &[DVec3], colors: &[[f32; 4]], index: usize, origin: DVec3) -> DisplayPoint {
    DisplayPoint {
        position: (positions[index] - origin).as_vec3().to_array(),
        color: colors.get(index).map_or([u8::MAX; 4], |color| color.map(unorm8)),
    }
}
