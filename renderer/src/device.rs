//! What the renderer asks of a device; the same for the app, the command line and the tests.

use crate::Tier;

/// The tier an adapter can serve.
pub fn tier_of(adapter: &wgpu::Adapter) -> Tier {
    let needed = wgpu::DownlevelFlags::VERTEX_STORAGE | wgpu::DownlevelFlags::COMPUTE_SHADERS;
    if adapter.get_downlevel_capabilities().flags.contains(needed) { Tier::WebGpu } else { Tier::WebGl2 }
}

/// WebGL 2's limits everywhere, so that nothing works by luck on one machine only, except for the sizes of textures and
/// buffers: there the adapter's own.
pub fn required_limits(adapter: &wgpu::Adapter) -> wgpu::Limits {
    let own = adapter.limits();
    wgpu::Limits {
        max_buffer_size: own.max_buffer_size,
        ..wgpu::Limits::downlevel_webgl2_defaults().using_resolution(own.clone()).using_alignment(own)
    }
}

/// How to ask `adapter` for the device that [`Renderer`](crate::Renderer) needs.
pub fn device_descriptor(adapter: &wgpu::Adapter) -> wgpu::DeviceDescriptor<'static> {
    wgpu::DeviceDescriptor {
        label: Some("kerf"),
        // For section caps; without it their depth has fewer digits.
        required_features: adapter.features() & wgpu::Features::DEPTH32FLOAT_STENCIL8,
        required_limits: required_limits(adapter),
        ..Default::default()
    }
}
