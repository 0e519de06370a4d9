//! What shaders read, byte for byte.

use bytemuck::{Pod, Zeroable};

use crate::SectionPlane;

/// WGSL twin: `Frame` in `frame.wgsl`, where the fields are explained.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct FrameUniform {
    pub(crate) clip_from_eye: [[f32; 4]; 4],
    pub(crate) shadow_from_eye: [[f32; 4]; 4],
    pub(crate) view_direction: [f32; 4],
    pub(crate) viewport: [f32; 4],
    pub(crate) environment: [f32; 4],
    pub(crate) irradiance: [[f32; 4]; 9],
    pub(crate) key_direction: [f32; 4],
    pub(crate) key_light: [f32; 4],
    pub(crate) tone: [f32; 4],
    pub(crate) edge_color: [f32; 4],
    pub(crate) sizes: [f32; 4],
    pub(crate) outline: [[f32; 4]; 2],
    pub(crate) background: [[f32; 4]; 2],
    pub(crate) grid_plane: [f32; 4],
    pub(crate) grid_color: [f32; 4],
    pub(crate) grid_fade: [f32; 4],
    pub(crate) ground: [f32; 4],
    pub(crate) contact_from_eye: [f32; 4],
    pub(crate) focus: [f32; 4],
    pub(crate) depth_range: [f32; 4],
    pub(crate) sections: [[f32; 4]; SectionPlane::MAX],
}

/// WGSL twin: `Material` in `mesh.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct MaterialUniform {
    pub(crate) base_color: [f32; 4],
    pub(crate) emissive_and_cutoff: [f32; 4],
    pub(crate) factors: [f32; 4],
    pub(crate) flags: [u32; 4],
    pub(crate) uv_rows: [[f32; 4]; 10],
}

/// WGSL twin: `Cut` in `caps.wgsl`, where the fields are explained.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct CutUniform {
    pub(crate) origin_in_eye: [f32; 4],
    pub(crate) color: [f32; 4],
    pub(crate) ink: [f32; 4],
    pub(crate) line: [f32; 4],
    pub(crate) hatch: [f32; 4],
    pub(crate) extra: [f32; 4],
}

/// WGSL twins: the instance attributes of `MeshVertex` in `mesh.wgsl` and `TexelInstance` in `texels.wgsl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct InstanceData {
    /// Rows of the 3x4 matrix from the mesh's `f32` positions to eye space (to the scene's centre for shadows).
    pub(crate) rows: [[f32; 4]; 3],
    /// Colour of a ghost.
    pub(crate) tint: [f32; 4],
    pub(crate) flags: u32,
    pub(crate) padding: [u32; 3],
}

/// Bits of [`InstanceData::flags`]; WGSL twins in `mesh.wgsl`.
pub(crate) mod instance_flags {
    pub(crate) const MIRRORED: u32 = 1;
    pub(crate) const HOVERED: u32 = 2;
    pub(crate) const SELECTED: u32 = 4;
    pub(crate) const GHOST: u32 = 8;
}

/// Bits of [`MaterialUniform::flags`]; WGSL twins in `mesh.wgsl`.
pub(crate) mod material_flags {
    pub(crate) const UNLIT: u32 = 1;
    pub(crate) const DOUBLE_SIDED: u32 = 2;
    pub(crate) const FIRST_TEXTURE: u32 = 8;
}

/// WGSL twin: `Caster` in `shadow.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct CasterUniform {
    pub(crate) clip_from_scene: [[f32; 4]; 4],
    pub(crate) ground: [f32; 4],
    pub(crate) sections: [[f32; 4]; SectionPlane::MAX],
}

/// WGSL twin: `Prefilter` in `environment.wgsl`.
#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct PrefilterUniform {
    pub(crate) right: [f32; 4],
    pub(crate) down: [f32; 4],
    pub(crate) out: [f32; 4],
    pub(crate) params: [f32; 4],
}

/// Vertex layouts; WGSL twin: `MeshVertex` in `mesh.wgsl`.
pub(crate) const MESH_ATTRIBUTES: [wgpu::VertexAttribute; 6] = wgpu::vertex_attr_array![
    0 => Float32x3, 1 => Snorm16x2, 2 => Snorm16x2, 3 => Float32x4, 4 => Unorm16x4, 5 => Float32
];
pub(crate) const POSITION_ATTRIBUTES: [wgpu::VertexAttribute; 1] = wgpu::vertex_attr_array![0 => Float32x3];
pub(crate) const INSTANCE_ATTRIBUTES: [wgpu::VertexAttribute; 5] = wgpu::vertex_attr_array![
    6 => Float32x4, 7 => Float32x4, 8 => Float32x4, 9 => Float32x4, 10 => Uint32
];
/// WGSL twins: `Segment` and the vertices of `cover` in `caps.wgsl`.
pub(crate) const CUT_SEGMENT_ATTRIBUTES: [wgpu::VertexAttribute; 3] =
    wgpu::vertex_attr_array![0 => Float32x3, 1 => Float32x3, 2 => Float32x3];
pub(crate) const CUT_COVER_ATTRIBUTES: [wgpu::VertexAttribute; 1] = wgpu::vertex_attr_array![0 => Float32x3];

pub(crate) fn cut_segment_layout() -> wgpu::VertexBufferLayout<'static> {
    wgpu::VertexBufferLayout {
        array_stride: size_of::<crate::cuts::CutSegment>() as u64,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes: &CUT_SEGMENT_ATTRIBUTES,
    }
}

pub(crate) fn cut_cover_layout() -> wgpu::VertexBufferLayout<'static> {
    wgpu::VertexBufferLayout {
        array_stride: 12,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes: &CUT_COVER_ATTRIBUTES,
    }
}

pub(crate) fn vertex_layout(attributes: &[wgpu::VertexAttribute]) -> wgpu::VertexBufferLayout<'_> {
    wgpu::VertexBufferLayout {
        array_stride: size_of::<geometry::display::DisplayVertex>() as u64,
        step_mode: wgpu::VertexStepMode::Vertex,
        attributes,
    }
}

pub(crate) fn instance_layout(attributes: &[wgpu::VertexAttribute]) -> wgpu::VertexBufferLayout<'_> {
    wgpu::VertexBufferLayout {
        array_stride: size_of::<InstanceData>() as u64,
        step_mode: wgpu::VertexStepMode::Instance,
        attributes,
    }
}
