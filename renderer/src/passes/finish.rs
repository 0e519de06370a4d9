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
    /// By what there is, and whether the target encodes sRGB by itself: a program has one or two target formats.
    pipelines: RefCell<BTreeMap<(Finish, bool), (wgpu::TextureFormat, wgpu::RenderPipeline)>>,
    bind_group: Option<wgpu::BindGroup>,
}

/// What comes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finish {
    pub(crate) has_layers: bool,
    pub(crate) has_highlights: bool,
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

    /// Makes one of the pipelines for a format of the target; false when all are there.
    pub(crate) fn make_next_pipeline(
        &self,
        device: &wgpu::Device,
        frame: &wgpu::BindGroupLayout,
        format: wgpu::TextureFormat,
    ) -> bool {
        let all = [(false, false), (false, true), (true, false), (true, true)];
        let mut all =
            all.map(|(has_layers, has_highlights)| Finish { has_layers, has_highlights }).into_iter();
        all.any(|finish| self.make_pipeline(device, frame, finish, format))
    }

    /// Makes a pipeline for a format of the target; false when it is there.
    fn make_pipeline(
        &self,
        device: &wgpu::Device,
        frame: &wgpu::BindGroupLayout,
        finish: Finish,
        format: wgpu::TextureFormat,
    ) -> bool {
        let mut pipelines = self.pipelines.borrow_mut();
        let key = (finish, format.is_srgb());
        if pipelines.get(&key).is_some_and(|(made_for, _)| *made_for == format) {
            return false;
        }
        let layouts = [Some(frame), Some(&self.layout)];
        let constants = [
            ("HAS_LAYERS", f64::from(u8::from(finish.has_layers))),
            ("HAS_HIGHLIGHTS", f64::from(u8::from(finish.has_highlights))),
            ("ENCODES", f64::from(u8::from(!format.is_srgb()))),
        ];
        let fragment = gpu::Fragment { entry_point: "fragment", constants: &constants };
        let pipeline =
            gpu::fullscreen_pipeline(device, "FinishPass", &self.shader, fragment, &layouts, format);
        pipelines.insert(key, (format, pipeline));
        true
    }

    pub(crate) fn record(
        &self,
        device: &wgpu::Device,
        encoder: &mut wgpu::CommandEncoder,
        frame: (&wgpu::BindGroupLayout, &wgpu::BindGroup),
        (target, format): (&wgpu::TextureView, wgpu::TextureFormat),
        finish: Finish,
    ) {
        let Some(bind_group) = &self.bind_group else { return };
        self.make_pipeline(device, frame.0, finish, format);
        let pipelines = self.pipelines.borrow();
        let Some((_, pipeline)) = pipelines.get(&(finish, format.is_srgb())) else { return };
        let mut pass = gpu::color_pass(encoder, "FinishPass", target, None);
        pass.set_pipeline(pipeline);
        pass.set_bind_group(0, frame.1, &[]);
        pass.set_bind_group(1, bind_group, &[]);
        pass.draw(0..3, 0..1);
    }
}
