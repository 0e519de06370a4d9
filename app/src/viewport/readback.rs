//! A texture's way back: copied, mapped without blocking, encoded as PNG.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use eframe::egui_wgpu::wgpu;

const WAITING: u8 = 0;
const MAPPED: u8 = 1;
const FAILED: u8 = 2;

/// A copy of a texture on its way.
pub(crate) struct Readback {
    buffer: wgpu::Buffer,
    width: u32,
    height: u32,
    bytes_per_row: u32,
    state: Arc<AtomicU8>,
}

impl Readback {
    /// Copies an RGBA texture of 8 bits per channel into a buffer and asks to read it.
    pub(crate) fn start(device: &wgpu::Device, queue: &wgpu::Queue, texture: &wgpu::Texture) -> Self {
        let (width, height) = (texture.width(), texture.height());
        let bytes_per_row = (width * 4).next_multiple_of(wgpu::COPY_BYTES_PER_ROW_ALIGNMENT);
        let buffer = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("Readback::buffer"),
            size: u64::from(bytes_per_row) * u64::from(height),
            usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
            mapped_at_creation: false,
        });
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("Readback::start") };
        let mut encoder = device.create_command_encoder(&descriptor);
        let layout = wgpu::TexelCopyBufferLayout {
            offset: 0,
            bytes_per_row: Some(bytes_per_row),
            rows_per_image: None,
        };
        encoder.copy_texture_to_buffer(
            texture.as_image_copy(),
            wgpu::TexelCopyBufferInfo { buffer: &buffer, layout },
            texture.size(),
        );
        queue.submit([encoder.finish()]);
        let state = Arc::new(AtomicU8::new(WAITING));
        let shared = Arc::clone(&state);
        buffer.map_async(wgpu::MapMode::Read, .., move |result| {
            shared.store(if result.is_ok() { MAPPED } else { FAILED }, Ordering::Release);
        });
        Self { buffer, width, height, bytes_per_row, state }
    }

    /// The picture as PNG, `None` when the device could not do it; itself while it is still on its way.
    pub(crate) fn finish(self) -> Result<Option<Vec<u8>>, Self> {
        match self.state.load(Ordering::Acquire) {
            WAITING => Err(self),
            MAPPED => Ok(self.encode()),
            _ => Ok(None),
        }
    }

    fn encode(&self) -> Option<Vec<u8>> {
        let rows = self.buffer.get_mapped_range(..).ok()?;
        let mut rgba = Vec::with_capacity(self.width as usize * self.height as usize * 4);
        for row in rows.chunks_exact(self.bytes_per_row as usize) {
            rgba.extend_from_slice(&row[..self.width as usize * 4]);
        }
        renderer::headless::make_straight(&mut rgba);
        encode_png(self.width, self.height, &rgba)
    }
}

/// RGBA bytes, rows from the top, as a PNG file; `None` when there are no pixels, or not as many as were promised.
#[must_use]
pub fn encode_png(width: u32, height: u32, rgba: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    encoder.set_source_srgb(png::SrgbRenderingIntent::Perceptual);
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(rgba).ok()?;
    writer.finish().ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_survives_its_file() {
        let rgba: Vec<u8> = (0..3 * 2 * 4).map(|value| value * 9).collect();
        let file = encode_png(3, 2, &rgba).expect("there are pixels");
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut decoded = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut decoded).unwrap();
        assert_eq!((info.width, info.height), (3, 2));
        assert_eq!(decoded, rgba);
        assert_eq!(encode_png(0, 2, &[]), None);
    }
}
