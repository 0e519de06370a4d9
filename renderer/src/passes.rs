//! The passes of a frame, in order. Each has one file here and its WGSL in `shaders`.

pub(crate) mod finish;
pub(crate) mod highlight;
pub(crate) mod layers;
pub(crate) mod main;
pub(crate) mod shadow;

use crate::draw_list::{Bucket, DrawList, Part, rows_of};
use crate::gpu;
use crate::gpu_data::{self, INSTANCE_ATTRIBUTES, MESH_ATTRIBUTES};
use crate::materials::Materials;
use crate::uploads::Uploads;

/// What happens in a frame, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Shadow map and contact shadow; only when the parts or the light have changed.
    Shadow,
    /// Solid surfaces, ground and grid, points and edges.
    Main,
    /// See-through surfaces.
    Layers,
    /// Where highlighted parts are.
    Highlight,
    /// Everything together, as bytes.
    Finish,
}

impl Pass {
    pub(crate) const ORDER: [Self; 5] =
        [Self::Shadow, Self::Main, Self::Layers, Self::Highlight, Self::Finish];
}

/// The layouts that pipelines of the scene share.
pub(crate) struct Layouts {
    pub(crate) frame: wgpu::BindGroupLayout,
    pub(crate) material: wgpu::BindGroupLayout,
    pub(crate) rows: wgpu::BindGroupLayout,
}

/// What draws read.
pub(crate) struct DrawContext<'a> {
    pub(crate) frame: &'a wgpu::BindGroup,
    pub(crate) list: &'a DrawList,
    pub(crate) instances: &'a wgpu::Buffer,
    pub(crate) uploads: &'a Uploads,
    pub(crate) materials: &'a Materials,
}

impl DrawContext<'_> {
    /// Draws the triangles of a bucket.
    fn triangles(&self, pass: &mut wgpu::RenderPass<'_>, pipeline: &wgpu::RenderPipeline, bucket: Bucket) {
        let draws = self.list.bucket(bucket);
        if draws.is_empty() {
            return;
        }
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, self.frame, &[]);
        pass.set_vertex_buffer(1, self.instances.slice(..));
        let (mut material, mut bound_mesh) = (None, None);
        for draw in draws {
            let Part::Triangles { first_index, num_indices } = draw.part else { continue };
            if material.replace(draw.material) != Some(draw.material) {
                self.materials.bind(pass, draw.material);
            }
            if bound_mesh.replace(draw.mesh) != Some(draw.mesh) {
                let Some(mesh) = self.uploads.meshes.get(&draw.mesh) else { continue };
                pass.set_vertex_buffer(0, mesh.vertices.slice(..));
                pass.set_index_buffer(mesh.indices.slice(..), wgpu::IndexFormat::Uint32);
            }
            pass.draw_indexed(first_index..first_index + num_indices, 0, draw.instances.clone());
        }
    }

    /// Draws the segments or points of a bucket; one rectangle per `texels_each` texels.
    fn rows(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        pipeline: &wgpu::RenderPipeline,
        bucket: Bucket,
        texels_each: u32,
    ) {
        let draws = self.list.bucket(bucket);
        if draws.is_empty() {
            return;
        }
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, self.frame, &[]);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        for draw in draws {
            let Part::Rows(kind) = draw.part else { continue };
            let rows = self.uploads.meshes.get(&draw.mesh).and_then(|mesh| rows_of(mesh, kind));
            if let Some(rows) = rows {
                pass.set_bind_group(1, &rows.bind_group, &[]);
                pass.draw(0..6 * (rows.num_texels / texels_each), draw.instances.clone());
            }
        }
    }
}

/// Where the vertices of a pipeline come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Geometry {
    /// Vertex and index buffers of a mesh.
    Mesh,
    /// Rows of texels.
    Rows,
    /// Made up by the vertex shader.
    None,
}

/// What differs between the pipelines of the scene.
struct ScenePipeline<'a> {
    label: &'a str,
    shader: &'a wgpu::ShaderModule,
    vertex: &'a str,
    fragment: &'a str,
    geometry: Geometry,
    targets: &'a [Option<wgpu::ColorTargetState>],
    depth: Option<wgpu::DepthStencilState>,
    samples: u32,
    /// Which faces are left out.
    cull: Option<wgpu::Face>,
}

impl ScenePipeline<'_> {
    fn create(&self, device: &wgpu::Device, layouts: &Layouts) -> wgpu::RenderPipeline {
        let frame = Some(&layouts.frame);
        let instances = Some(gpu_data::instance_layout(&INSTANCE_ATTRIBUTES));
        let (bind_groups, buffers) = match self.geometry {
            Geometry::Mesh => (
                vec![frame, Some(&layouts.material)],
                vec![Some(gpu_data::vertex_layout(&MESH_ATTRIBUTES)), instances],
            ),
            Geometry::Rows => (vec![frame, Some(&layouts.rows)], vec![instances]),
            Geometry::None => (vec![frame], vec![]),
        };
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(self.label),
            layout: Some(&gpu::pipeline_layout(device, self.label, &bind_groups)),
            vertex: wgpu::VertexState {
                module: self.shader,
                entry_point: Some(self.vertex),
                compilation_options: Default::default(),
                buffers: &buffers,
            },
            primitive: wgpu::PrimitiveState { cull_mode: self.cull, ..Default::default() },
            depth_stencil: self.depth.clone(),
            multisample: wgpu::MultisampleState { count: self.samples, ..Default::default() },
            fragment: Some(wgpu::FragmentState {
                module: self.shader,
                entry_point: Some(self.fragment),
                compilation_options: Default::default(),
                targets: self.targets,
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}

/// Depth is reversed: greater is nearer.
fn depth_state(writes: bool, compare: wgpu::CompareFunction) -> wgpu::DepthStencilState {
    wgpu::DepthStencilState {
        format: gpu::DEPTH_FORMAT,
        depth_write_enabled: Some(writes),
        depth_compare: Some(compare),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState::default(),
    }
}

fn color_target(
    format: wgpu::TextureFormat,
    blend: Option<wgpu::BlendState>,
) -> Option<wgpu::ColorTargetState> {
    Some(wgpu::ColorTargetState { format, blend, write_mask: wgpu::ColorWrites::ALL })
}
