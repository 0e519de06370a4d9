//! Arrays ready for drawing, derived from a [`Mesh`](crate::Mesh) off the main thread.
//!
//! The main thread only uploads them. They are `f32` relative to [`DisplayMesh::origin`], so that a part far from the
//! world's origin keeps its shape to the last bit that `f32` can show.

use bytemuck::{Pod, Zeroable};
use glam::DVec3;
use serde::{Deserialize, Serialize};

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
    /// Linear RGBA, 8-bit normalised.
    pub color: [u8; 4],
}
