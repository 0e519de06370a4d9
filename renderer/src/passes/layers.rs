//! See-through surfaces in any order; `transparency.wgsl` says how.

use super::{DrawContext, Geometry, PipelineKey, ScenePipeline, color_target, depth_state};
use crate::draw_list::Bucket;
use crate::gpu;
use crate::shaders;
use crate::targets::{Target, Targets};

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

/// Describes a pipeline of this pass.
pub(super) fn pipeline<T>(key: PipelineKey, create: impl FnOnce(&ScenePipeline<'_>) -> T) -> T {
    use wgpu::CompareFunction::{Always, GreaterEqual};
    let (label, source, geometry, compare) = match key {
        PipelineKey::BlendedSegments => {
            ("LayersPass::segments", shaders::SEGMENTS, Geometry::Rows, GreaterEqual)
        }
        PipelineKey::Ghosts => ("LayersPass::ghosts", shaders::MESH, Geometry::Mesh, Always),
        _ => ("LayersPass::surfaces", shaders::MESH, Geometry::Mesh, GreaterEqual),
    };
    create(&ScenePipeline {
        label,
        source,
        vertex: "vertex",
        fragment: "blended",
        geometry,
        targets: &[
            color_target(gpu::COLOR_FORMAT, Some(BLEND)),
            color_target(gpu::WEIGHT_FORMAT, Some(BLEND)),
        ],
        depth: Some(depth_state(false, compare)),
        cull: None,
    })
}

/// Records the pass.
pub(crate) fn record(
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
            stencil_ops: targets
                .has_stencil
                .then_some(wgpu::Operations { load: wgpu::LoadOp::Clear(0), store: wgpu::StoreOp::Discard }),
        }),
        ..Default::default()
    });
    context.triangles(&mut pass, PipelineKey::BlendedSurfaces, Bucket::Blended);
    context.rows(&mut pass, PipelineKey::BlendedSegments, Bucket::BlendedSegments, 2);
    context.triangles(&mut pass, PipelineKey::Ghosts, Bucket::Ghost);
}
