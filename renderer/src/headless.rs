//! Pictures without a window.

use std::collections::BTreeMap;
use std::sync::Arc;

use geometry::display::DisplayMesh;

use crate::{
    FrameStats, MeshKey, RenderError, RenderScene, Renderer, TextureData, TextureKey, View,
    device_descriptor, tier_of,
};

/// A finished picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` sRGB bytes with straight alpha, rows from the top.
    pub rgba: Vec<u8>,
}

/// Draws one picture on a device of its own, be it a software one. Blocks; not for the browser.
///
/// Errors: no adapter or device, a size the device cannot do, or what the device complained about.
pub fn render_to_rgba(
    scene: &RenderScene,
    meshes: &BTreeMap<MeshKey, Arc<DisplayMesh>>,
    textures: &BTreeMap<TextureKey, Arc<TextureData>>,
    view: &View,
) -> Result<Image, RenderError> {
    let mut headless = Headless::new()?;
    for (&key, mesh) in meshes {
        headless.renderer.queue_mesh(key, mesh.clone());
    }
    for (&key, image) in textures {
        headless.renderer.queue_texture(key, image.clone());
    }
    headless.render(scene, view)
}

/// A renderer on a device of its own, for several pictures.
pub struct Headless {
    device: wgpu::Device,
    queue: wgpu::Queue,
    adapter_name: String,
    stats: FrameStats,
    /// Hand meshes, images and the environment to it.
    pub renderer: Renderer,
}

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

impl Headless {
    /// Opens the best adapter there is; the environment variables that wgpu knows (`WGPU_BACKEND`) choose another.
    pub fn new() -> Result<Self, RenderError> {
        let instance = wgpu::Instance::new(wgpu::InstanceDescriptor::new_without_display_handle_from_env());
        let request = |force_fallback_adapter| {
            pollster::block_on(instance.request_adapter(&wgpu::RequestAdapterOptions {
                power_preference: wgpu::PowerPreference::HighPerformance,
                force_fallback_adapter,
                ..Default::default()
            }))
        };
        let adapter = request(false)
            .or_else(|_| request(true))
            .map_err(|error| RenderError::NoAdapter { message: error.to_string() })?;
        let info = adapter.get_info();
        let (device, queue) =
            pollster::block_on(adapter.request_device(&device_descriptor(&adapter))).map_err(|error| {
                RenderError::NoDevice { adapter: info.name.clone(), message: error.to_string() }
            })?;
        let renderer = Renderer::new(device.clone(), queue.clone(), tier_of(&adapter));
        let adapter_name = format!("{} ({:?})", info.name, info.backend);
        Ok(Self { device, queue, adapter_name, stats: FrameStats::default(), renderer })
    }

    /// Name of the adapter and of its backend.
    pub fn adapter_name(&self) -> &str {
        &self.adapter_name
    }

    /// What the last picture cost.
    pub fn last_stats(&self) -> FrameStats {
        self.stats
    }

    /// Sends everything that waits and draws a picture.
    pub fn render(&mut self, scene: &RenderScene, view: &View) -> Result<Image, RenderError> {
        // Twice: what the view asks for beyond the meshes can be made once the meshes are there.
        for _ in 0..2 {
            let state = self.renderer.upload(usize::MAX);
            if let Some(message) = state.refused.into_iter().next() {
                return Err(RenderError::Gpu { message });
            }
            self.renderer.prepare(scene, view);
        }
        self.renderer.upload(usize::MAX);

        let [width, height] = view.size_px;
        let max = self.device.limits().max_texture_dimension_2d;
        if width == 0 || height == 0 || width.max(height) > max {
            return Err(RenderError::Size { width, height, max });
        }
        let texture = self.device.create_texture(&wgpu::TextureDescriptor {
            label: Some("Headless::target"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let target = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = self.device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.stats = self.renderer.render(scene, view, &target, FORMAT, &mut encoder)?;
        let rgba = self.read_back(encoder, &texture)?;
        if let Some(message) = self.renderer.take_errors().into_iter().next() {
            return Err(RenderError::Gpu { message });
        }
        Ok(Image { width, height, rgba })
    }

    /// The device and its queue, for tests that draw by themselves.
    #[cfg(test)]
    pub(crate) fn device(&self) -> (&wgpu::Device, &wgpu::Queue) {
        (&self.device, &self.queue)
    }

    /// Submits, waits and returns straight alpha.
    fn read_back(
        &self,
        mut encoder: wgpu::CommandEncoder,
        texture: &wgpu::Texture,
    ) -> Result<Vec<u8>, RenderError> {
        let row_bytes = texture.width() as usize * 4;
        let padded = (row_bytes as u32).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = self.device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("Headless::buffer"),
            size: u64::from(padded) * u64::from(texture.height()),
            usage: wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let destination = wgpu::TexelCopyBufferInfo {
            buffer: &buffer,
            layout: wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(padded),
                rows_per_image: None,
            },
        };
        encoder.copy_texture_to_buffer(texture.as_image_copy(), destination, texture.size());
        self.queue.submit([encoder.finish()]);
        buffer.slice(..).map_async(wgpu::MapMode::Read, |_| {});
        let gpu_error = |message: String| RenderError::Gpu { message };
        self.device
            .poll(wgpu::PollType::Wait { submission_index: None, timeout: None })
            .map_err(|error| gpu_error(error.to_string()))?;
        let mapped = buffer.slice(..).get_mapped_range().map_err(|error| gpu_error(error.to_string()))?;
        let rows = mapped.chunks_exact(padded as usize).flat_map(|row| &row[..row_bytes]).copied();
        let mut rgba: Vec<u8> = rows.collect();
        make_straight(&mut rgba);
        Ok(rgba)
    }
}

/// From premultiplied to straight alpha, as image files want it: RGBA bytes.
pub fn make_straight(rgba: &mut [u8]) {
    for pixel in rgba.as_chunks_mut::<4>().0 {
        let alpha = u32::from(pixel[3]);
        if alpha == 0 || alpha == 255 {
            continue;
        }
        for channel in &mut pixel[..3] {
            *channel = ((u32::from(*channel) * 255 + alpha / 2) / alpha).min(255) as u8;
        }
    }
}
