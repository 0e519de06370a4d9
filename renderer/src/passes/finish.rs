//! The last pass: transparency, background and outlines come together and become bytes.

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::gpu;
use crate::shaders;
use crate::targets::Targets;

pub(crate) struct FinishPass {
    layout: wgpu::BindGroupLayout,
    shader: wgpu::ShaderModule,
    sampler: wgpu::Sampler,
    /// By whether the target encodes sRGB by itself: a program has one or two target formats.
    pipelines: RefCell<BTreeMap<bool, (wgpu::TextureFormat, wgpu::RenderPipeline)>>,
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
            pipelines: RefCell::default(),
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

    /// Makes the pipeline for a format of the target; false when it is there.
    pub(crate) fn make_pipeline(
        &self,
        device: &wgpu::Device,
        frame: &wgpu::BindGroupLayout,
        format: wgpu::TextureFormat,
    ) -> bool {
        let mut pipelines = self.pipelines.borrow_mut();
        if pipelines.get(&format.is_srgb()).is_some_and(|(made_for, _)| *made_for == format) {
            return false;
        }
        let (layouts, shader) = ([Some(frame), Some(&self.layout)], &self.shader);
        let pipeline = gpu::fullscreen_pipeline(device, "FinishPass", shader, "fragment", &layouts, format);
        pipelines.insert(format.is_srgb(), (format, pipeline));
        true
    }

    pub(crate) fn record(
        &self,
        device: &wgpu::Device,
        encoder: &mut wgpu::CommandEncoder,
        frame: (&wgpu::BindGroupLayout, &wgpu::BindGroup),
        target: &wgpu::TextureView,
        format: wgpu::TextureFormat,
    ) {
        let Some(bind_group) = &self.bind_group else { return };
        self.make_pipeline(device, frame.0, format);
        let pipelines = self.pipelines.borrow();
        let Some((_, pipeline)) = pipelines.get(&format.is_srgb()) else { return };
        let mut pass = gpu::color_pass(encoder, "FinishPass", target, None);
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, frame.1, &[]);
        pass.set_bind_group(1, bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}
