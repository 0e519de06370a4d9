//! One image on its way to the GPU, with its mip levels.

use std::sync::Arc;

use super::{Step, TextureData, TextureRole, UploadContext, out_of_memory};

impl TextureRole {
    fn format(self) -> wgpu::TextureFormat {
        match self {
            Self::Color => wgpu::TextureFormat::Rgba8UnormSrgb,
            Self::Data => wgpu::TextureFormat::Rgba8Unorm,
        }
    }
}

pub(crate) struct TextureUpload {
    image: Arc<TextureData>,
    role: TextureRole,
    texture: Option<wgpu::Texture>,
    rows_sent: usize,
}

impl TextureUpload {
    pub(crate) fn new(image: Arc<TextureData>, role: TextureRole) -> Self {
        Self { image, role, texture: None, rows_sent: 0 }
    }

    fn row_bytes(&self) -> usize {
        self.image.width as usize * 4
    }

    pub(crate) fn pending_bytes(&self) -> usize {
        ((self.image.height as usize - self.rows_sent.min(self.image.height as usize)) * self.row_bytes())
            .max(1)
    }

    /// Sends rows worth about `budget` bytes, at least one.
    pub(crate) fn advance(&mut self, gpu: &UploadContext<'_>, budget: usize) -> Result<Step, String> {
        if self.texture.is_none() {
            self.start(gpu)?;
        }
        let Some(texture) = &self.texture else { return Ok(Step { sent_bytes: 0, is_done: true }) };
        let height = self.image.height as usize;
        let row_bytes = self.row_bytes();
        let count = (budget / row_bytes).max(1).min(height - self.rows_sent);
        if count > 0 {
            let first = self.rows_sent;
            let info = wgpu::TexelCopyTextureInfo {
                origin: wgpu::Origin3d { x: 0, y: first as u32, z: 0 },
                ..texture.as_image_copy()
            };
            let layout = wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(row_bytes as u32),
                rows_per_image: None,
            };
            let size =
                wgpu::Extent3d { width: self.image.width, height: count as u32, depth_or_array_layers: 1 };
            let bytes = &self.image.rgba[first * row_bytes..(first + count) * row_bytes];
            gpu.queue.write_texture(info, bytes, layout, size);
            self.rows_sent += count;
        }
        Ok(Step { sent_bytes: count * row_bytes, is_done: self.rows_sent == height })
    }

    /// Checks the image, halves it until it fits, and makes the texture.
    fn start(&mut self, gpu: &UploadContext<'_>) -> Result<(), String> {
        let TextureData { width, height, ref rgba } = *self.image;
        if width == 0 || height == 0 || rgba.len() as u64 != u64::from(width) * u64::from(height) * 4 {
            return Err(format!("an image of {width} x {height} pixels comes with {} bytes", rgba.len()));
        }
        let max = gpu.device.limits().max_texture_dimension_2d;
        while self.image.width.max(self.image.height) > max {
            self.image = Arc::new(halved(&self.image));
        }
        let size =
            wgpu::Extent3d { width: self.image.width, height: self.image.height, depth_or_array_layers: 1 };
        let descriptor = wgpu::TextureDescriptor {
            label: Some("TextureUpload::texture"),
            size,
            mip_level_count: size.max_mips(wgpu::TextureDimension::D2),
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: self.role.format(),
            usage: wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_DST
                | wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        };
        let texture = out_of_memory(gpu.device, || gpu.device.create_texture(&descriptor))
            .map_err(|error| format!("an image finds no room on the graphics device: {error}"))?;
        self.texture = Some(texture);
        Ok(())
    }

    /// Only after [`Self::advance`] said that all rows are there. Makes the mip levels.
    pub(crate) fn finish(self, gpu: &UploadContext<'_>) -> wgpu::TextureView {
        let texture = self.texture.expect("advance makes the texture before it says it is done");
        gpu.textures.make_mips(gpu.device, gpu.queue, &texture);
        texture.create_view(&wgpu::TextureViewDescriptor::default())
    }
}

/// Half as large, every pixel the mean of up to four; the last row or column of an odd size is dropped.
fn halved(image: &TextureData) -> TextureData {
    let (width, height) = ((image.width / 2).max(1), (image.height / 2).max(1));
    let pixel = |x: u32, y: u32| {
        let idx =
            (y.min(image.height - 1) as usize * image.width as usize + x.min(image.width - 1) as usize) * 4;
        [0, 1, 2, 3].map(|channel| u32::from(image.rgba[idx + channel]))
    };
    let mut rgba = Vec::with_capacity(width as usize * height as usize * 4);
    for y in 0..height {
        for x in 0..width {
            let four = [(0, 0), (1, 0), (0, 1), (1, 1)].map(|(dx, dy)| pixel(2 * x + dx, 2 * y + dy));
            rgba.extend((0..4).map(|channel| {
                let sum: u32 = four.iter().map(|pixel| pixel[channel]).sum();
                ((sum + 2) / 4) as u8
            }));
        }
    }
    TextureData { width, height, rgba }
}

/// Memory of an 8-bit RGBA texture, mip levels included.
pub(crate) fn bytes_with_mips(texture: &wgpu::Texture) -> usize {
    let level =
        |mip: u32| (texture.width() >> mip).max(1) as usize * (texture.height() >> mip).max(1) as usize * 4;
    (0..texture.mip_level_count()).map(level).sum()
}

/// Pipelines that make mip levels by drawing, which works on every tier.
pub(crate) struct TextureUploader {
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    pipelines: [(wgpu::TextureFormat, wgpu::RenderPipeline); 2],
}

impl TextureUploader {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("TextureUploader::layout"),
            entries: &[
                crate::gpu::texture_entry(0, wgpu::TextureViewDimension::D2),
                crate::gpu::sampler_entry(1, wgpu::SamplerBindingType::Filtering),
            ],
        });
        let shader = crate::gpu::shader(device, "mip.wgsl", crate::shaders::MIP);
        let pipelines = [TextureRole::Color, TextureRole::Data].map(|role| {
            let pipeline = crate::gpu::fullscreen_pipeline(
                device,
                "TextureUploader::pipeline",
                &shader,
                "fragment".into(),
                &[Some(&layout)],
                role.format(),
            );
            (role.format(), pipeline)
        });
        Self { layout, sampler: crate::gpu::linear_sampler(device), pipelines }
    }

    fn make_mips(&self, device: &wgpu::Device, queue: &wgpu::Queue, texture: &wgpu::Texture) {
        let Some((_, pipeline)) = self.pipelines.iter().find(|(format, _)| *format == texture.format())
        else {
            return;
        };
        let level = |base_mip_level| {
            texture.create_view(&wgpu::TextureViewDescriptor {
                base_mip_level,
                mip_level_count: Some(1),
                ..Default::default()
            })
        };
        let mut encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        for target in 1..texture.mip_level_count() {
            let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
                label: Some("TextureUploader::bind_group"),
                layout: &self.layout,
                entries: &[
                    crate::gpu::view_binding(0, &level(target - 1)),
                    crate::gpu::sampler_binding(1, &self.sampler),
                ],
            });
            let target = level(target);
            let mut pass = crate::gpu::color_pass(&mut encoder, "mip levels", &target, None);
            pass.set_pipeline(pipeline);
            pass.set_bind_group(0, &bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
        queue.submit([encoder.finish()]);
    }
}
