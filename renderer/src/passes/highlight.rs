//! Where hovered and selected parts are, seen through everything; the last pass draws outlines from it.

use super::{DrawContext, Geometry, Layouts, ScenePipeline, color_target};
use crate::draw_list::Bucket;
use crate::gpu;
use crate::shaders;
use crate::targets::Target;

pub(crate) struct HighlightPass {
    pipeline: wgpu::RenderPipeline,
}

impl HighlightPass {
    pub(crate) fn new(device: &wgpu::Device, layouts: &Layouts, samples: u32) -> Self {
        let shader = gpu::shader(device, "HighlightPass", shaders::MESH);
        let pipeline = ScenePipeline {
            label: "HighlightPass",
            shader: &shader,
            fragment: "highlighted",
            geometry: Geometry::Mesh,
            targets: &[color_target(gpu::HIGHLIGHT_FORMAT, None)],
            depth: None,
            samples,
            vertex: "vertex",
            cull: None,
        };
        Self { pipeline: pipeline.create(device, layouts) }
    }

    pub(crate) fn record(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        target: &Target,
        context: &DrawContext<'_>,
    ) {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("HighlightPass"),
            color_attachments: &[Some(target.attachment(wgpu::Color::TRANSPARENT))],
            ..Default::default()
        });
        context.triangles(&mut pass, &self.pipeline, Bucket::Highlighted);
    }
}
