//! The last pass: transparency, background and outlines come together and become bytes.

use std::collections::BTreeMap;

use crate::gpu;
use crate::shaders;
use crate::targets::Targets;

pub(crate) struct FinishPass {
    layout: wgpu::BindGroupLayout,
    shader: wgpu::ShaderModule,
    sampler: wgpu::Sampler,
    pipelines: BTreeMap<bool, (wgpu::TextureFormat, wgpu::RenderPipeline)>,
    bind_group: Option<wgpu::BindGroup>,
}

impl FinishPass {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let map = |binding| gpu::texture_entry(binding, wgpu::TextureViewDimension::D2);
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("FinishPass::layout"),
            entries: &[
                map(0),
                map(1),
                map(2),
                map(3),
                gpu::sampler_entry(4, wgpu::SamplerBindingType::Filtering),
            ],
        });
        Self {
            layout,
            shader: gpu::shader(device, "finish.wgsl", shaders::FINISH),
            sampler: gpu::linear_sampler(device),
            pipelines: BTreeMap::new(),
            bind_group: None,
        }
    }

    /// To be called when targets are made anew.
    pub(crate) fn bind(&mut self, device: &wgpu::Device, targets: &Targets) {
        let color = &targets.color.resolved;
        let [layers, weights] = match &targets.layers {
            Some([layers, weights]) => [&layers.resolved, &weights.resolved],
            None => [color, color],
        };
        let highlight = targets.highlight.as_ref().map_or(color, |target| &target.resolved);
        self.bind_group = Some(device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("FinishPass::bind_group"),
            layout: &self.layout,
            entries: &[
                gpu::view_binding(0, color),
                gpu::view_binding(1, layers),
                gpu::view_binding(2, weights),
                gpu::view_binding(3, highlight),
                gpu::sampler_binding(4, &self.sampler),
            ],
        }));
    }

    pub(crate) fn record(
        &mut self,
        device: &wgpu::Device,
        encoder: &mut wgpu::CommandEncoder,
        frame: (&wgpu::BindGroupLayout, &wgpu::BindGroup),
        target: &wgpu::TextureView,
        format: wgpu::TextureFormat,
    ) {
        let Some(bind_group) = &self.bind_group else { return };
        let create = || {
            let layouts = [Some(frame.0), Some(&self.layout)];
            let shader = &self.shader;
            gpu::fullscreen_pipeline(device, "FinishPass", shader, "fragment", &layouts, format)
        };
        // A program has one or two target formats: one that encodes sRGB by itself and one that does not.
        let slot = self.pipelines.entry(format.is_srgb()).or_insert_with(|| (format, create()));
        if slot.0 != format {
            *slot = (format, create());
        }
        let mut pass = gpu::color_pass(encoder, "FinishPass", target, None);
        pass.set_pipeline(&slot.1);
        pass.set_bind_group(0, frame.1, &[]);
        pass.set_bind_group(1, bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}
