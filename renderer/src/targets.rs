//! The textures a frame is drawn into, kept while the size stays the same.

use crate::gpu::{self, TargetDescriptor};

pub(crate) struct Targets {
    pub(crate) size_px: [u32; 2],
    pub(crate) samples: u32,
    /// Whether the depth has a stencil beside it.
    pub(crate) has_stencil: bool,
    pub(crate) color: Target,
    pub(crate) depth: wgpu::TextureView,
    /// Sum of see-through layers and their weights; made when something is see-through.
    pub(crate) layers: Option<[Target; 2]>,
    /// Where highlighted parts are; made when something is highlighted.
    pub(crate) highlight: Option<Target>,
}

/// Drawn with several samples per pixel, read with one.
pub(crate) struct Target {
    /// `None` with one sample per pixel.
    multisampled: Option<wgpu::TextureView>,
    pub(crate) resolved: wgpu::TextureView,
}

impl Target {
    fn new(
        device: &wgpu::Device,
        label: &'static str,
        size_px: [u32; 2],
        format: wgpu::TextureFormat,
        samples: u32,
    ) -> Self {
        let texture = |samples| {
            let descriptor = TargetDescriptor { label, size_px, format, samples, layers: 1, mips: 1 };
            gpu::whole(&gpu::target(device, &descriptor))
        };
        Self { multisampled: (samples > 1).then(|| texture(samples)), resolved: texture(1) }
    }

    /// Cleared, drawn into, resolved.
    pub(crate) fn attachment(&self, clear: wgpu::Color) -> wgpu::RenderPassColorAttachment<'_> {
        let store = if self.multisampled.is_some() { wgpu::StoreOp::Discard } else { wgpu::StoreOp::Store };
        wgpu::RenderPassColorAttachment {
            view: self.multisampled.as_ref().unwrap_or(&self.resolved),
            depth_slice: None,
            resolve_target: self.multisampled.as_ref().map(|_| &self.resolved),
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(clear), store },
        }
    }
}

impl Targets {
    pub(crate) fn new(device: &wgpu::Device, size_px: [u32; 2], samples: u32, has_stencil: bool) -> Self {
        let depth = TargetDescriptor {
            label: "Targets::depth",
            size_px,
            format: if has_stencil { gpu::depth_stencil_format(device) } else { gpu::DEPTH_FORMAT },
            samples,
            layers: 1,
            mips: 1,
        };
        Self {
            size_px,
            samples,
            has_stencil,
            color: Target::new(device, "Targets::color", size_px, gpu::COLOR_FORMAT, samples),
            depth: gpu::whole(&gpu::target(device, &depth)),
            layers: None,
            highlight: None,
        }
    }

    /// Makes the targets that only some frames need; returns whether there are new ones.
    pub(crate) fn require(&mut self, device: &wgpu::Device, layers: bool, highlight: bool) -> bool {
        let (size_px, samples) = (self.size_px, self.samples);
        let mut has_new = false;
        if layers && self.layers.is_none() {
            self.layers = Some([
                Target::new(device, "Targets::layers", size_px, gpu::COLOR_FORMAT, samples),
                Target::new(device, "Targets::weights", size_px, gpu::WEIGHT_FORMAT, samples),
            ]);
            has_new = true;
        }
        if highlight && self.highlight.is_none() {
            self.highlight =
                Some(Target::new(device, "Targets::highlight", size_px, gpu::HIGHLIGHT_FORMAT, samples));
            has_new = true;
        }
        has_new
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let per_sample = 8
            + 4
            + if self.has_stencil { 4 } else { 0 }
            + if self.layers.is_some() { 10 } else { 0 }
            + if self.highlight.is_some() { 4 } else { 0 };
        let pixels = self.size_px[0] as usize * self.size_px[1] as usize;
        let num_copies = if self.samples > 1 { self.samples as usize + 1 } else { 1 };
        pixels * per_sample * num_copies
    }
}
