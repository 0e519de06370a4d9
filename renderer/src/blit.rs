//! Shows a finished picture inside somebody else's render pass.

use crate::gpu;
use crate::shaders;

/// Copies a texture into the viewport of a render pass, whatever is there.
pub struct Blit {
    device: wgpu::Device,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    pipeline: wgpu::RenderPipeline,
    source: Option<wgpu::BindGroup>,
}

impl Blit {
    /// For render passes with one target of this `format`, one sample per pixel and no depth.
    pub fn new(device: &wgpu::Device, format: wgpu::TextureFormat) -> Self {
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("Blit::layout"),
            entries: &[
                gpu::texture_entry(0, wgpu::TextureViewDimension::D2),
                gpu::sampler_entry(1, wgpu::SamplerBindingType::Filtering),
            ],
        });
        let shader = Self::shader(device);
        let constants = [("DECODES", f64::from(u8::from(format.is_srgb())))];
        let fragment = gpu::Fragment { entry_point: "fragment", constants: &constants };
        Self {
            pipeline: gpu::fullscreen_pipeline(device, "Blit", &shader, fragment, &[Some(&layout)], format),
            sampler: device.create_sampler(&wgpu::SamplerDescriptor::default()),
            layout,
            source: None,
            device: device.clone(),
        }
    }

    /// Its program alone, for those who make ready in short steps.
    pub fn shader(device: &wgpu::Device) -> wgpu::ShaderModule {
        gpu::shader(device, "blit.wgsl", shaders::BLIT)
    }

    /// What is copied from now on: a picture drawn by [`Renderer::render`](crate::Renderer::render) into a `*Unorm` texture.
    pub fn set_source(&mut self, source: &wgpu::TextureView) {
        self.source = Some(self.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("Blit::source"),
            layout: &self.layout,
            entries: &[gpu::view_binding(0, source), gpu::sampler_binding(1, &self.sampler)],
        }));
    }

    /// Fills the viewport; nearest texels where the sizes differ. Nothing happens before [`Self::set_source`].
    pub fn draw(&self, pass: &mut wgpu::RenderPass<'_>) {
        let Some(source) = &self.source else { return };
        pass.set_pipeline(&self.pipeline);
        pass.set_bind_group(0, source, &[]);
        pass.draw(0..3, 0..1);
    }
}
