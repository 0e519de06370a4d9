//! Corners with the same position and the same attributes become one vertex.

use glam::{DVec3, Vec3};

use super::DisplayVertex;
use super::encode::{encode_normal, unorm16};
use super::normals::{STEP, SmoothGroups};
use super::tangents::CornerTangents;
use crate::progress::{Cancelled, Progress};
use crate::{Channel, Mesh, Semantic};

/// Linear opaque white.
const WHITE: [u16; 4] = [u16::MAX; 4];

/// The end of a chain of vertices.
const NONE: u32 = u32::MAX;

/// The vertices of a mesh and which one each corner uses.
#[derive(Default)]
pub(super) struct Vertices {
    pub(super) vertices: Vec<DisplayVertex>,
    pub(super) of_corner: Vec<u32>,
}

/// The channels that end up in vertices.
pub(super) struct Attributes<'a> {
    mesh: &'a Mesh,
    pub(super) normal: Option<&'a Channel>,
    tangent: Option<&'a Channel>,
    pub(super) uv: [Option<&'a Channel>; 2],
    color: Option<&'a Channel>,
}

impl<'a> Attributes<'a> {
    pub(super) fn of(mesh: &'a Mesh) -> Self {
        Self {
            mesh,
            normal: mesh.channel(Semantic::Normal),
            tangent: mesh.channel(Semantic::Tangent),
            uv: [mesh.channel(Semantic::Uv(0)), mesh.channel(Semantic::Uv(1))],
            color: mesh.channel(Semantic::Color(0)),
        }
    }

    /// Whether a vertex is nothing but a position and a smooth group.
    pub(super) fn are_absent(&self) -> bool {
        let [uv0, uv1] = self.uv;
        [self.normal, self.tangent, uv0, uv1, self.color].iter().all(Option::is_none)
    }

    pub(super) fn has_tangents(&self) -> bool {
        self.tangent.is_some()
    }

    fn row(&self, channel: Option<&Channel>, corner: usize) -> Option<u32> {
        channel.and_then(|channel| channel.row_of_corner(self.mesh, corner / 3, corner % 3))
    }

    fn values(&self, channel: Option<&'a Channel>, corner: usize) -> Option<&'a [f32]> {
        let channel = channel?;
        self.row(Some(channel), corner).map(|row| channel.row(row))
    }

    /// The mesh's own normal at a corner, of any length but 0.
    pub(super) fn normal_at(&self, corner: usize) -> Option<Vec3> {
        let normal = Vec3::from_slice(self.values(self.normal, corner)?);
        (normal.is_finite() && normal != Vec3::ZERO).then_some(normal)
    }

    /// The first texture coordinates at a corner.
    pub(super) fn uv_at(&self, set: usize, corner: usize) -> Option<[f32; 2]> {
        self.values(self.uv[set], corner).map(|values| [values[0], values[1]])
    }

    /// The colour at a corner.
    pub(super) fn color_at(&self, corner: usize) -> Option<[f32; 4]> {
        self.values(self.color, corner).map(|color| [0, 1, 2, 3].map(|i| color[i]))
    }

    fn key(&self, corner: usize) -> [Option<u32>; 5] {
        [self.normal, self.tangent, self.uv[0], self.uv[1], self.color]
            .map(|channel| self.row(channel, corner))
    }
}

/// Everything vertices are made from.
pub(super) struct Corners<'a> {
    pub(super) attributes: Attributes<'a>,
    /// Welded positions and triangles over them.
    pub(super) positions: &'a [DVec3],
    pub(super) triangles: &'a [[u32; 3]],
    pub(super) origin: DVec3,
    pub(super) groups: &'a SmoothGroups,
    pub(super) tangents: Option<&'a CornerTangents>,
}

impl Corners<'_> {
    pub(super) fn vertices(&self, progress: &dyn Progress) -> Result<Vertices, Cancelled> {
        if self.attributes.are_absent() { self.vertices_of_groups() } else { self.vertices_by_key(progress) }
    }

    /// Without attributes the smooth groups are the vertices.
    fn vertices_of_groups(&self) -> Result<Vertices, Cancelled> {
        let mut vertices = Vec::with_capacity(self.groups.normals.len());
        for (corner, &group) in self.groups.of_corner.iter().enumerate() {
            // Groups are numbered by their first corners.
            if group as usize == vertices.len() {
                vertices.push(DisplayVertex {
                    position: self.position(corner),
                    normal_oct: encode_normal(self.groups.normals[group as usize]),
                    color: WHITE,
                    ..DisplayVertex::default()
                });
            }
        }
        Ok(Vertices { vertices, of_corner: self.groups.of_corner.clone() })
    }

    /// Looks for each corner through the vertices that its position has so far.
    fn vertices_by_key(&self, progress: &dyn Progress) -> Result<Vertices, Cancelled> {
        let num_corners = self.triangles.len() * 3;
        let mut result = Vertices { vertices: Vec::new(), of_corner: Vec::with_capacity(num_corners) };
        let mut keys = Vec::new();
        let mut first_of_position = vec![NONE; self.positions.len()];
        let mut next_of_vertex: Vec<u32> = Vec::new();
        for corner in 0..num_corners {
            if corner.is_multiple_of(STEP) {
                progress.report(corner as f64 / num_corners as f64)?;
            }
            let normal = self.attributes.normal_at(corner);
            let group = if normal.is_some() { NONE } else { self.groups.of_corner[corner] };
            let tangent = self.tangents.map_or(0, |tangents| tangents.group_of_corner[corner]);
            let key = (self.attributes.key(corner), group, tangent);
            let first = &mut first_of_position[self.triangles[corner / 3][corner % 3] as usize];
            let mut vertex = *first;
            while vertex != NONE && keys[vertex as usize] != key {
                vertex = next_of_vertex[vertex as usize];
            }
            if vertex == NONE {
                vertex = result.vertices.len() as u32;
                result.vertices.push(self.vertex(corner, normal));
                keys.push(key);
                next_of_vertex.push(*first);
                *first = vertex;
            }
            result.of_corner.push(vertex);
        }
        Ok(result)
    }

    fn vertex(&self, corner: usize, normal: Option<Vec3>) -> DisplayVertex {
        let attributes = &self.attributes;
        let normal = normal.unwrap_or_else(|| self.groups.normals[self.groups.of_corner[corner] as usize]);
        let (tangent, bitangent_sign) = match attributes.values(attributes.tangent, corner) {
            Some(&[x, y, z, sign]) => (Vec3::new(x, y, z), if sign < 0.0 { -1.0 } else { 1.0 }),
            _ => self.tangents.map_or((Vec3::ZERO, 0.0), |tangents| tangents.at(corner, normal)),
        };
        DisplayVertex {
            position: self.position(corner),
            normal_oct: encode_normal(normal),
            tangent_oct: encode_normal(tangent),
            uv: [0, 1].map(|set| attributes.uv_at(set, corner).unwrap_or_default()),
            color: attributes.color_at(corner).map_or(WHITE, |color| color.map(unorm16)),
            bitangent_sign,
        }
    }

    fn position(&self, corner: usize) -> [f32; 3] {
        let position = self.positions[self.triangles[corner / 3][corner % 3] as usize];
        (position - self.origin).as_vec3().to_array()
    }
}

/// A normal for the corner of a mesh, whether it brings one or not.
pub(super) fn normal_of_corner(attributes: &Attributes<'_>, groups: &SmoothGroups, corner: usize) -> Vec3 {
    let own = attributes.normal_at(corner).and_then(Vec3::try_normalize);
    own.unwrap_or_else(|| groups.normals[groups.of_corner[corner] as usize])
}
