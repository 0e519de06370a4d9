//! Section caps: what is cut looks solid.
//!
//! The outline of a cut winds around its inside. A triangle from some point of the plane to each of its pieces, counted in
//! the stencil up or down by the side that is seen, leaves how often it does, with the edges of multisampled triangles
//! (stencil, then cover: Loop and Blinn's and Kilgard's way to fill paths). So shells may be nested, touch and overlap, and
//! each part has its own colour where parts overlap.

use super::{DrawContext, Geometry, PipelineKey, ScenePipeline, color_target, depth_state};
use crate::cuts::Fill;
use crate::gpu;
use crate::shaders;

/// Describes a pipeline of the caps.
pub(super) fn pipeline<T>(key: PipelineKey, create: impl FnOnce(&ScenePipeline<'_>) -> T) -> T {
    use wgpu::CompareFunction::{Always, GreaterEqual, NotEqual};
    use wgpu::StencilOperation::{DecrementWrap, IncrementWrap, Zero};
    let (label, vertex, fragment, geometry) = match key {
        PipelineKey::CapFan => ("Caps::fan", "fan", "nothing", Geometry::CutSegments),
        PipelineKey::CapCover => ("Caps::cover", "cover", "filled", Geometry::CutCover),
        PipelineKey::CapCoverTranslucent => ("Caps::translucent", "cover", "filled", Geometry::CutCover),
        PipelineKey::CapRest => ("Caps::rest", "cover", "nothing", Geometry::CutCover),
        _ => ("Caps::outline", "outline", "line", Geometry::CutSegments),
    };
    let draws =
        matches!(key, PipelineKey::CapCover | PipelineKey::CapCoverTranslucent | PipelineKey::CapOutline);
    let face = |compare, pass_op| wgpu::StencilFaceState {
        compare,
        fail_op: wgpu::StencilOperation::Keep,
        depth_fail_op: pass_op,
        pass_op,
    };
    let counted = match key {
        PipelineKey::CapFan => Some([face(Always, IncrementWrap), face(Always, DecrementWrap)]),
        // What is looked at is 0 again for the next part.
        PipelineKey::CapCover | PipelineKey::CapCoverTranslucent => Some([face(NotEqual, Zero); 2]),
        PipelineKey::CapRest => Some([face(Always, Zero); 2]),
        _ => None,
    };
    let stencil = counted.map_or_else(wgpu::StencilState::default, |[front, back]| wgpu::StencilState {
        front,
        back,
        read_mask: !0,
        write_mask: !0,
    });
    let target =
        color_target(gpu::COLOR_FORMAT, draws.then_some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING));
    let write_mask = if draws { wgpu::ColorWrites::ALL } else { wgpu::ColorWrites::empty() };
    let compare = if draws { GreaterEqual } else { Always };
    create(&ScenePipeline {
        label,
        source: shaders::CAPS,
        vertex,
        fragment,
        geometry,
        targets: &[target.map(|target| wgpu::ColorTargetState { write_mask, ..target })],
        depth: Some(wgpu::DepthStencilState {
            stencil,
            ..depth_state(key == PipelineKey::CapCover, compare)
        }),
        cull: None,
    })
}

/// Fills the insides, after all solid surfaces and before what is drawn over them. The stencil must be 0.
pub(super) fn record(pass: &mut wgpu::RenderPass<'_>, context: &DrawContext<'_>) {
    let filled = || context.cuts.draws.iter().filter(|draw| draw.fill != Fill::None);
    if filled().next().is_none() {
        return;
    }
    pass.set_stencil_reference(0);
    pass.set_bind_group(0, context.frame, &[]);
    for draw in filled() {
        context.set_pipeline(pass, PipelineKey::CapFan);
        pass.set_bind_group(1, &context.cuts.bind_group, &[draw.uniform]);
        pass.set_vertex_buffer(0, context.cuts.segments.buffer.slice(..));
        pass.draw(0..3, draw.segments.clone());
        pass.set_vertex_buffer(0, context.cuts.covers.buffer.slice(..));
        context.set_pipeline(
            pass,
            match draw.fill {
                Fill::Translucent => PipelineKey::CapCoverTranslucent,
                Fill::Opaque | Fill::None => PipelineKey::CapCover,
            },
        );
        pass.draw(draw.cover.clone(), 0..1);
        if let Some(rest) = &draw.rest {
            context.set_pipeline(pass, PipelineKey::CapRest);
            pass.draw(rest.clone(), 0..1);
        }
    }
}

/// Draws the outlines, with the other lines.
pub(super) fn record_outlines(pass: &mut wgpu::RenderPass<'_>, context: &DrawContext<'_>) {
    if context.cuts.draws.is_empty() {
        return;
    }
    context.set_pipeline(pass, PipelineKey::CapOutline);
    pass.set_bind_group(0, context.frame, &[]);
    pass.set_vertex_buffer(0, context.cuts.segments.buffer.slice(..));
    for draw in &context.cuts.draws {
        pass.set_bind_group(1, &context.cuts.bind_group, &[draw.uniform]);
        pass.draw(0..6, draw.segments.clone());
    }
}
