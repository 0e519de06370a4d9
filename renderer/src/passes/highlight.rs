//! Where hovered and selected parts are, seen through everything; the last pass draws outlines from it.

use super::{DrawContext, Geometry, PipelineKey, ScenePipeline, color_target};
use crate::draw_list::Bucket;
use crate::gpu;
use crate::shaders;
use crate::targets::Target;

/// Describes the pipeline of this pass.
pub(super) fn pipeline<T>(create: impl FnOnce(&ScenePipeline<'_>) -> T) -> T {
    create(&ScenePipeline {
        label: "HighlightPass",
        source: shaders::MESH,
        vertex: "vertex",
        fragment: "highlighted",
        geometry: Geometry::Mesh,
        targets: &[color_target(gpu::HIGHLIGHT_FORMAT, None)],
        depth: None,
        cull: None,
    })
}

/// Records the pass.
pub(crate) fn record(encoder: &mut wgpu::CommandEncoder, target: &Target, context: &DrawContext<'_>) {
    let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some("HighlightPass"),
        color_attachments: &[Some(target.attachment(wgpu::Color::TRANSPARENT))],
        ..Default::default()
    });
    context.triangles(&mut pass, PipelineKey::Highlighted, Bucket::Highlighted);
}
