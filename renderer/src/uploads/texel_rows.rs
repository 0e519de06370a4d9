//! Points and segments in a texture, one texel per point: the vertex shader fetches them by number. So one draw call
//! can repeat them for many instances, which vertex buffers alone cannot, and WebGL 2 has no storage buffers.

use geometry::display::DisplayPoint;

use super::{Step, UploadContext, out_of_memory};

/// Texels per row; WGSL twin: `ROW` in `texels.wgsl`. Every device has textures this wide.
pub(crate) const ROW: usize = 2048;
const ROW_BYTES: usize = ROW * size_of::<DisplayPoint>();

/// Points ready for `texels.wgsl`.
pub(crate) struct TexelRows {
    pub(crate) bind_group: wgpu::BindGroup,
    /// Points, or two per segment.
    pub(crate) num_texels: u32,
    rows: usize,
}

impl TexelRows {
    pub(crate) fn memory_bytes(&self) -> usize {
        self.rows * ROW_BYTES
    }
}

pub(crate) struct RowsUpload {
    /// Padded to whole rows once it starts.
    texels: Vec<DisplayPoint>,
    num_texels: usize,
    texture: Option<wgpu::Texture>,
    rows_sent: usize,
}

impl RowsUpload {
    pub(crate) fn new(texels: Vec<DisplayPoint>) -> Self {
        Self { num_texels: texels.len(), texels, texture: None, rows_sent: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.num_texels == 0
    }

    fn num_rows(&self) -> usize {
        self.num_texels.div_ceil(ROW)
    }

    pub(crate) fn pending_bytes(&self) -> usize {
        (self.num_rows() - self.rows_sent) * ROW_BYTES
    }

    /// Sends rows worth about `budget` bytes, at least one.
    pub(crate) fn advance(
        &mut self,
        gpu: &UploadContext<'_>,
        what: &str,
        budget: usize,
    ) -> Result<Step, String> {
        let num_rows = self.num_rows();
        if self.texture.is_none() {
            self.texels.resize(num_rows * ROW, DisplayPoint::default());
            self.texture = Some(create_texture(gpu, what, num_rows)?);
        }
        let Some(texture) = &self.texture else { return Ok(Step { sent_bytes: 0, is_done: true }) };
        let first = self.rows_sent;
        let count = (budget / ROW_BYTES).max(1).min(num_rows - first);
        if count > 0 {
            let info = wgpu::TexelCopyTextureInfo {
                origin: wgpu::Origin3d { x: 0, y: first as u32, z: 0 },
                ..texture.as_image_copy()
            };
            let layout = wgpu::TexelCopyBufferLayout {
                offset: 0,
                bytes_per_row: Some(ROW_BYTES as u32),
                rows_per_image: None,
            };
            let size = wgpu::Extent3d { width: ROW as u32, height: count as u32, depth_or_array_layers: 1 };
            let bytes = bytemuck::cast_slice(&self.texels[first * ROW..(first + count) * ROW]);
            gpu.queue.write_texture(info, bytes, layout, size);
            self.rows_sent += count;
        }
        Ok(Step { sent_bytes: count * ROW_BYTES, is_done: self.rows_sent == num_rows })
    }

    /// Only after [`Self::advance`] said that all rows are there.
    pub(crate) fn finish(self, gpu: &UploadContext<'_>) -> TexelRows {
        let rows = self.num_rows();
        let texture = self.texture.expect("advance makes the texture before it says it is done");
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let bind_group = gpu.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("TexelRows::bind_group"),
            layout: gpu.rows_layout,
            entries: &[wgpu::BindGroupEntry {
                binding: 0,
                resource: wgpu::BindingResource::TextureView(&view),
            }],
        });
        TexelRows { bind_group, num_texels: self.num_texels as u32, rows }
    }
}

fn create_texture(gpu: &UploadContext<'_>, what: &str, rows: usize) -> Result<wgpu::Texture, String> {
    let max = gpu.device.limits().max_texture_dimension_2d as usize;
    if rows > max {
        return Err(format!("the {what} of a mesh are too many for this device: at most {} fit", max * ROW));
    }
    let descriptor = wgpu::TextureDescriptor {
        label: Some("TexelRows::texture"),
        size: wgpu::Extent3d { width: ROW as u32, height: rows.max(1) as u32, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba32Uint,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    };
    out_of_memory(gpu.device, || gpu.device.create_texture(&descriptor))
        .map_err(|error| format!("the {what} of a mesh find no room on the graphics device: {error}"))
}

/// The layout of [`TexelRows::bind_group`].
pub(crate) fn layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
    device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("TexelRows::layout"),
        entries: &[wgpu::BindGroupLayoutEntry {
            binding: 0,
            visibility: wgpu::ShaderStages::VERTEX,
            ty: wgpu::BindingType::Texture {
                sample_type: wgpu::TextureSampleType::Uint,
                view_dimension: wgpu::TextureViewDimension::D2,
                multisampled: false,
            },
            count: None,
        }],
    })
}
