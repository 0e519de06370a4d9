//! See-through surfaces in any order; `transparency.wgsl` says how.

use super::{DrawContext, Geometry, Layouts, ScenePipeline, color_target, depth_state};
use crate::draw_list::Bucket;
use crate::gpu;
use crate::shaders;
use crate::targets::{Target, Targets};

pub(crate) struct LayersPass {
    surfaces: wgpu::RenderPipeline,
    segments: wgpu::RenderPipeline,
    ghosts: wgpu::RenderPipeline,
}

/// Colour adds up, alpha multiplies; the same for both targets, since WebGL 2 has one blend state for all.
const BLEND: wgpu::BlendState = wgpu::BlendState {
    color: wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::One,
        dst_factor: wgpu::BlendFactor::One,
        operation: wgpu::BlendOperation::Add,
    },
    alpha: wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::Zero,
        dst_factor: wgpu::BlendFactor::OneMinusSrcAlpha,
        operation: wgpu::BlendOperation::Add,
    },
};

impl LayersPass {
    pub(crate) fn new(device: &wgpu::Device, layouts: &Layouts, samples: u32) -> Self {
        use wgpu::CompareFunction::{Always, GreaterEqual};
        let targets =
            [color_target(gpu::COLOR_FORMAT, Some(BLEND)), color_target(gpu::WEIGHT_FORMAT, Some(BLEND))];
        let create = |label, source, geometry, compare| {
            let shader = gpu::shader(device, label, source);
            let depth = Some(depth_state(false, compare));
            let pipeline = ScenePipeline {
                label,
                shader: &shader,
                fragment: "blended",
                geometry,
                targets: &targets,
                depth,
                samples,
                vertex: "vertex",
                cull: None,
            };
            pipeline.create(device, layouts)
        };
        Self {
            surfaces: create("LayersPass::surfaces", shaders::MESH, Geometry::Mesh, GreaterEqual),
            segments: create("LayersPass::segments", shaders::SEGMENTS, Geometry::Rows, GreaterEqual),
            ghosts: create("LayersPass::ghosts", shaders::MESH, Geometry::Mesh, Always),
        }
    }

    pub(crate) fn record(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        targets: &Targets,
        layers: &[Target; 2],
        context: &DrawContext<'_>,
    ) {
        let [colors, weights] = layers;
        let untouched = wgpu::Color { r: 0.0, g: 0.0, b: 0.0, a: 1.0 };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("LayersPass"),
            color_attachments: &[Some(colors.attachment(untouched)), Some(weights.attachment(untouched))],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &targets.depth,
                depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Load, store: wgpu::StoreOp::Discard }),
                stencil_ops: None,
            }),
            ..Default::default()
        });
        context.triangles(&mut pass, &self.surfaces, Bucket::Blended);
        context.rows(&mut pass, &self.segments, Bucket::BlendedSegments, 2);
        context.triangles(&mut pass, &self.ghosts, Bucket::Ghost);
    }
}
