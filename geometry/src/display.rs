//! Arrays ready for drawing, derived from a [`Mesh`](crate::Mesh) off the main thread.
//!
//! The main thread only uploads them. They are `f32` relative to [`DisplayMesh::origin`], so that a part far from the
//! world's origin keeps its shape to the last bit that `f32` can show.

use bytemuck::{Pod, Zeroable};
use glam::DVec3;
use serde::{Deserialize, Serialize};

mod build;
mod coarse;
mod encode;
pub(crate) mod normals;
mod tangents;
mod vertices;

pub use coarse::{CoarseBuilder, CornerLook, stand_in_cells};
pub use encode::{decode_normal, encode_normal};

/// How [`DisplayMesh::build`] derives what a mesh does not bring.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisplayOptions {
    /// Neighbours whose normals differ by at most this angle are shaded as one smooth surface, where the mesh has no
    /// normals of its own; 0 shades every triangle flat.
    pub crease_angle_rad: f64,
    /// Edges that bend by more than this angle are feature edges.
    pub feature_angle_rad: f64,
    /// Whether to make tangents for a mesh with texture coordinates and without tangents. Only normal maps need them.
    pub make_tangents: bool,
}

impl Default for DisplayOptions {
    /// 30° for both angles, with tangents.
    fn default() -> Self {
        let angle_rad = std::f64::consts::FRAC_PI_6;
        Self { crease_angle_rad: angle_rad, feature_angle_rad: angle_rad, make_tangents: true }
    }
}

/// One vertex as the GPU reads it, 48 bytes. WGSL twin: `MeshVertex` in the renderer's `mesh.wgsl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct DisplayVertex {
    /// Millimetres relative to [`DisplayMesh::origin`].
    pub position: [f32; 3],
    /// Unit normal in mesh space, octahedral mapping, two signed 16-bit normalised numbers.
    pub normal_oct: [i16; 2],
    /// Unit tangent, octahedral mapping, two signed 16-bit normalised numbers.
    pub tangent_oct: [i16; 2],
    /// Texture coordinates, sets 0 and 1.
    pub uv: [[f32; 2]; 2],
    /// Linear RGBA, 16-bit normalised; opaque white where the mesh has no colours.
    pub color: [u16; 4],
    /// Sign of the bitangent, 1 or -1; 0 where there is no tangent.
    pub bitangent_sign: f32,
}

/// A mesh as it is drawn. All of its arrays may be dropped after the upload.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DisplayMesh {
    /// The point in mesh space that the `f32` positions are relative to.
    pub origin: DVec3,
    /// Smallest and largest corner of the box around everything, relative to `origin`.
    pub bounds: [[f32; 3]; 2],
    /// Whether the surface is one closed shell that faces outwards, so that nobody outside sees a back face. Not found
    /// out by [`DisplayMesh::build`]; who knows it may say so.
    pub is_solid: bool,
    /// Vertices of the triangles.
    #[serde(with = "crate::bulk")]
    pub vertices: Vec<DisplayVertex>,
    /// Three indices into `vertices` per triangle, sorted by material slot.
    #[serde(with = "crate::bulk")]
    pub indices: Vec<u32>,
    /// For each triangle of `indices`, its number in the mesh it came from.
    #[serde(with = "crate::bulk")]
    pub source_triangles: Vec<u32>,
    /// Runs of `indices` that share a material slot, in order, covering all of it.
    pub groups: Vec<DisplayGroup>,
    /// Feature edges: pairs of points relative to `origin`, where the surface bends sharply or ends.
    #[serde(with = "crate::bulk")]
    pub feature_edges: Vec<[[f32; 3]; 2]>,
    /// Segments from line sets, with their colours.
    #[serde(with = "crate::bulk")]
    pub lines: Vec<[DisplayPoint; 2]>,
    /// Points from point sets.
    #[serde(with = "crate::bulk")]
    pub points: Vec<DisplayPoint>,
}

/// A run of indices of one material slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisplayGroup {
    /// Material slot.
    pub material_slot: u32,
    /// First index, a multiple of 3.
    pub first_index: u32,
    /// Number of indices, a multiple of 3.
    pub num_indices: u32,
}

/// A coloured point, 16 bytes: an end of a line or a point of a cloud.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct DisplayPoint {
    /// Millimetres relative to [`DisplayMesh::origin`].
    pub position: [f32; 3],
    /// Linear RGBA, 8-bit normalised; opaque white where the set has no colours.
    pub color: [u8; 4],
}

#[cfg(test)]
mod tests;
