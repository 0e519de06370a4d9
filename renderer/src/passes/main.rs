//! Solid surfaces, then the ground's shadow and the grid, then edges, lines and points, which blend at their borders.

use super::{DrawContext, Geometry, Layouts, ScenePipeline, color_target, depth_state};
use crate::draw_list::Bucket;
use crate::gpu;
use crate::shaders;
use crate::targets::Targets;

pub(crate) struct MainPass {
    solid: wgpu::RenderPipeline,
    opaque: wgpu::RenderPipeline,
    masked: wgpu::RenderPipeline,
    ground: wgpu::RenderPipeline,
    grid: wgpu::RenderPipeline,
    segments: wgpu::RenderPipeline,
    points: wgpu::RenderPipeline,
}

/// What is on the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ground {
    pub(crate) has_shadow: bool,
    pub(crate) has_grid: bool,
}

impl MainPass {
    pub(crate) fn new(device: &wgpu::Device, layouts: &Layouts, samples: u32) -> Self {
        use wgpu::CompareFunction::GreaterEqual;
        let solid = [color_target(gpu::COLOR_FORMAT, None)];
        let blended = [color_target(gpu::COLOR_FORMAT, Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING))];
        let create = |label, source, fragment, geometry| {
            let shader = gpu::shader(device, label, source);
            let is_surface = geometry == Geometry::Mesh;
            let depth = match label {
                "MainPass::points" => depth_state(true, GreaterEqual),
                _ => depth_state(is_surface, GreaterEqual),
            };
            let targets = if is_surface { &solid } else { &blended };
            let pipeline = ScenePipeline {
                label,
                shader: &shader,
                fragment,
                geometry,
                targets,
                depth: Some(depth),
                samples,
                vertex: if fragment == "plain" { "vertex_plain" } else { "vertex" },
                cull: (fragment == "plain").then_some(wgpu::Face::Back),
            };
            pipeline.create(device, layouts)
        };
        Self {
            solid: create("MainPass::solid", shaders::MESH, "plain", Geometry::Mesh),
            opaque: create("MainPass::opaque", shaders::MESH, "opaque", Geometry::Mesh),
            masked: create("MainPass::masked", shaders::MESH, "masked", Geometry::Mesh),
            ground: create("MainPass::ground", shaders::GROUND, "opaque", Geometry::None),
            grid: create("MainPass::grid", shaders::GRID, "opaque", Geometry::None),
            segments: create("MainPass::segments", shaders::SEGMENTS, "opaque", Geometry::Rows),
            points: create("MainPass::points", shaders::POINTS, "opaque", Geometry::Rows),
        }
    }

    pub(crate) fn record(
        &self,
        encoder: &mut wgpu::CommandEncoder,
        targets: &Targets,
        context: &DrawContext<'_>,
        ground: Ground,
    ) {
        let depth_store =
            if context.list.has_layers() { wgpu::StoreOp::Store } else { wgpu::StoreOp::Discard };
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("MainPass"),
            color_attachments: &[Some(targets.color.attachment(wgpu::Color::TRANSPARENT))],
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &targets.depth,
                depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(0.0), store: depth_store }),
                stencil_ops: None,
            }),
            ..Default::default()
        });
        context.triangles(&mut pass, &self.solid, Bucket::Solid);
        context.triangles(&mut pass, &self.opaque, Bucket::Opaque);
        context.triangles(&mut pass, &self.masked, Bucket::Masked);
        for (is_there, pipeline) in [(ground.has_shadow, &self.ground), (ground.has_grid, &self.grid)] {
            if is_there {
                pass.set_pipeline(pipeline);
                pass.set_bind_group(0, context.frame, &[]);
                pass.draw(0..6, 0..1);
            }
        }
        context.rows(&mut pass, &self.segments, Bucket::Segments, 2);
        context.rows(&mut pass, &self.points, Bucket::Points, 1);
    }
}
