//! Solid surfaces and section caps, then the ground's shadow and the grid, then edges, lines and points, which blend at
//! their borders.

use super::caps;
use super::{DrawContext, Geometry, PipelineKey, ScenePipeline, color_target, depth_state};
use crate::draw_list::Bucket;
use crate::gpu;
use crate::shaders;
use crate::targets::Targets;

/// What is on the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Ground {
    pub(crate) has_shadow: bool,
    pub(crate) has_grid: bool,
}

/// Describes a pipeline of this pass.
pub(super) fn pipeline<T>(key: PipelineKey, create: impl FnOnce(&ScenePipeline<'_>) -> T) -> T {
    use wgpu::CompareFunction::GreaterEqual;
    let (label, source, fragment, geometry) = match key {
        PipelineKey::Solid => ("MainPass::solid", shaders::MESH, "plain", Geometry::Mesh),
        PipelineKey::Plain => ("MainPass::plain", shaders::MESH, "plain", Geometry::Mesh),
        PipelineKey::Masked => ("MainPass::masked", shaders::MESH, "masked", Geometry::Mesh),
        PipelineKey::Ground => ("MainPass::ground", shaders::GROUND, "opaque", Geometry::None),
        PipelineKey::Grid => ("MainPass::grid", shaders::GRID, "opaque", Geometry::None),
        PipelineKey::Segments => ("MainPass::segments", shaders::SEGMENTS, "opaque", Geometry::Rows),
        PipelineKey::Points => ("MainPass::points", shaders::POINTS, "opaque", Geometry::Rows),
        _ => ("MainPass::opaque", shaders::MESH, "opaque", Geometry::Mesh),
    };
    let is_surface = geometry == Geometry::Mesh;
    let is_plain = matches!(key, PipelineKey::Solid | PipelineKey::Plain);
    let blend = (!is_surface).then_some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING);
    create(&ScenePipeline {
        label,
        source,
        vertex: if is_plain { "vertex_plain" } else { "vertex" },
        fragment,
        geometry,
        targets: &[color_target(gpu::COLOR_FORMAT, blend)],
        depth: Some(depth_state(is_surface || key == PipelineKey::Points, GreaterEqual)),
        cull: (key == PipelineKey::Solid).then_some(wgpu::Face::Back),
    })
}

/// Records the pass.
pub(crate) fn record(
    encoder: &mut wgpu::CommandEncoder,
    targets: &Targets,
    context: &DrawContext<'_>,
    ground: Ground,
) {
    let depth_store = if context.list.has_layers() { wgpu::StoreOp::Store } else { wgpu::StoreOp::Discard };
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("MainPass"),
        color_attachments: &[Some(targets.color.attachment(wgpu::Color::TRANSPARENT))],
        depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
            view: &targets.depth,
            depth_ops: Some(wgpu::Operations { load: wgpu::LoadOp::Clear(0.0), store: depth_store }),
            stencil_ops: targets
                .has_stencil
                .then_some(wgpu::Operations { load: wgpu::LoadOp::Clear(0), store: wgpu::StoreOp::Discard }),
        }),
        ..Default::default()
    });
    context.triangles(&mut pass, context.made_of([PipelineKey::Solid, PipelineKey::Plain]), Bucket::Solid);
    context.triangles(&mut pass, PipelineKey::Plain, Bucket::Plain);
    context.triangles(&mut pass, PipelineKey::Opaque, Bucket::Opaque);
    context.triangles(&mut pass, PipelineKey::Masked, Bucket::Masked);
    caps::record(&mut pass, context);
    for (is_there, pipeline) in
        [(ground.has_shadow, PipelineKey::Ground), (ground.has_grid, PipelineKey::Grid)]
    {
        if is_there {
            context.set_pipeline(&mut pass, pipeline);
            pass.set_bind_group(0, context.frame, &[]);
            pass.draw(0..6, 0..1);
        }
    }
    context.rows(&mut pass, PipelineKey::Segments, Bucket::Segments, 2);
    caps::record_outlines(&mut pass, context);
    context.rows(&mut pass, PipelineKey::Points, Bucket::Points, 1);
}
