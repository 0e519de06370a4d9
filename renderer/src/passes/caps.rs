//! Section caps: closed parts that are cut look solid.
//!
//! Where a line of sight comes in through a section plane, it is inside of as many parts as it leaves more often than it
//! enters from there on: that is counted in the stencil. Where it is inside of any, what was drawn is taken away, the
//! nearest inside is drawn flat in its place, and the depth becomes that of the plane.

use super::{DrawContext, Geometry, PipelineKey, ScenePipeline, color_target, depth_state};
use crate::draw_list::Bucket;
use crate::gpu;
use crate::shaders;

/// Describes a pipeline of the caps.
pub(super) fn pipeline<T>(key: PipelineKey, create: impl FnOnce(&ScenePipeline<'_>) -> T) -> T {
    use wgpu::CompareFunction::{Always, GreaterEqual};
    use wgpu::StencilOperation::{DecrementWrap, IncrementWrap};
    let (label, fragment, is_mesh, writes, compare) = match key {
        PipelineKey::CapFaces => ("Caps::faces", "capped", true, true, GreaterEqual),
        PipelineKey::CapClear => ("Caps::clear", "far", false, true, Always),
        PipelineKey::CapDepth => ("Caps::depth", "entry", false, true, Always),
        _ => ("Caps::count", "counted", true, false, Always),
    };
    let stencil = match key {
        PipelineKey::CapCount => counting(DecrementWrap, IncrementWrap),
        PipelineKey::CapCountMirrored => counting(IncrementWrap, DecrementWrap),
        _ => both(face(wgpu::CompareFunction::NotEqual, wgpu::StencilOperation::Keep)),
    };
    let write_mask = match key {
        PipelineKey::CapFaces => wgpu::ColorWrites::ALL,
        _ => wgpu::ColorWrites::empty(),
    };
    let target = color_target(gpu::COLOR_FORMAT, None);
    create(&ScenePipeline {
        label,
        source: if is_mesh { shaders::MESH } else { shaders::CAPS },
        vertex: "vertex",
        fragment,
        geometry: if is_mesh { Geometry::Mesh } else { Geometry::None },
        targets: &[target.map(|target| wgpu::ColorTargetState { write_mask, ..target })],
        depth: Some(wgpu::DepthStencilState { stencil, ..depth_state(writes, compare) }),
        cull: None,
    })
}

fn face(compare: wgpu::CompareFunction, pass_op: wgpu::StencilOperation) -> wgpu::StencilFaceState {
    let keep = wgpu::StencilOperation::Keep;
    wgpu::StencilFaceState { compare, fail_op: keep, depth_fail_op: keep, pass_op }
}

fn both(face: wgpu::StencilFaceState) -> wgpu::StencilState {
    wgpu::StencilState { front: face, back: face, read_mask: !0, write_mask: 0 }
}

fn counting(front: wgpu::StencilOperation, back: wgpu::StencilOperation) -> wgpu::StencilState {
    let always = wgpu::CompareFunction::Always;
    wgpu::StencilState { front: face(always, front), back: face(always, back), read_mask: !0, write_mask: !0 }
}

/// Records the caps, after all solid surfaces and before what is drawn over them. The stencil must be 0.
pub(super) fn record(pass: &mut wgpu::RenderPass<'_>, context: &DrawContext<'_>) {
    if !context.list.has_caps() {
        return;
    }
    pass.set_stencil_reference(0);
    context.triangles(pass, PipelineKey::CapCount, Bucket::Capped);
    context.triangles(pass, PipelineKey::CapCountMirrored, Bucket::CappedMirrored);
    whole_picture(pass, context, PipelineKey::CapClear);
    context.triangles(pass, PipelineKey::CapFaces, Bucket::Capped);
    context.triangles(pass, PipelineKey::CapFaces, Bucket::CappedMirrored);
    whole_picture(pass, context, PipelineKey::CapDepth);
}

fn whole_picture(pass: &mut wgpu::RenderPass<'_>, context: &DrawContext<'_>, pipeline: PipelineKey) {
    context.set_pipeline(pass, pipeline);
    pass.set_bind_group(0, context.frame, &[]);
    pass.draw(0..3, 0..1);
}
