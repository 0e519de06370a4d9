//! Short words for wgpu's long ones, as far as several passes use them.

pub(crate) const DEPTH_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Depth32Float;
pub(crate) const COLOR_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba16Float;
pub(crate) const WEIGHT_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::R16Float;
pub(crate) const HIGHLIGHT_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Depth of pictures with section planes, whose caps are counted in the stencil.
pub(crate) fn depth_stencil_format(device: &wgpu::Device) -> wgpu::TextureFormat {
    if device.features().contains(wgpu::Features::DEPTH32FLOAT_STENCIL8) {
        wgpu::TextureFormat::Depth32FloatStencil8
    } else {
        wgpu::TextureFormat::Depth24PlusStencil8
    }
}

const BOTH: wgpu::ShaderStages = wgpu::ShaderStages::VERTEX_FRAGMENT;

pub(crate) fn shader(device: &wgpu::Device, label: &str, source: &'static str) -> wgpu::ShaderModule {
    device.create_shader_module(wgpu::ShaderModuleDescriptor {
        label: Some(label),
        source: wgpu::ShaderSource::Wgsl(source.into()),
    })
}

pub(crate) fn uniform_entry(binding: u32, has_dynamic_offset: bool) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry {
        binding,
        visibility: BOTH,
        ty: wgpu::BindingType::Buffer {
            ty: wgpu::BufferBindingType::Uniform,
            has_dynamic_offset,
            min_binding_size: None,
        },
        count: None,
    }
}

fn entry(binding: u32, ty: wgpu::BindingType) -> wgpu::BindGroupLayoutEntry {
    wgpu::BindGroupLayoutEntry { binding, visibility: wgpu::ShaderStages::FRAGMENT, ty, count: None }
}

pub(crate) fn texture_entry(
    binding: u32,
    view_dimension: wgpu::TextureViewDimension,
) -> wgpu::BindGroupLayoutEntry {
    let sample_type = wgpu::TextureSampleType::Float { filterable: true };
    entry(binding, wgpu::BindingType::Texture { sample_type, view_dimension, multisampled: false })
}

pub(crate) fn depth_texture_entry(binding: u32) -> wgpu::BindGroupLayoutEntry {
    let (sample_type, view_dimension) = (wgpu::TextureSampleType::Depth, wgpu::TextureViewDimension::D2);
    entry(binding, wgpu::BindingType::Texture { sample_type, view_dimension, multisampled: false })
}

pub(crate) fn sampler_entry(binding: u32, ty: wgpu::SamplerBindingType) -> wgpu::BindGroupLayoutEntry {
    entry(binding, wgpu::BindingType::Sampler(ty))
}

pub(crate) fn view_binding(binding: u32, view: &wgpu::TextureView) -> wgpu::BindGroupEntry<'_> {
    wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::TextureView(view) }
}

pub(crate) fn sampler_binding(binding: u32, sampler: &wgpu::Sampler) -> wgpu::BindGroupEntry<'_> {
    wgpu::BindGroupEntry { binding, resource: wgpu::BindingResource::Sampler(sampler) }
}

pub(crate) fn linear_sampler(device: &wgpu::Device) -> wgpu::Sampler {
    device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("linear_sampler"),
        mag_filter: wgpu::FilterMode::Linear,
        min_filter: wgpu::FilterMode::Linear,
        mipmap_filter: wgpu::MipmapFilterMode::Linear,
        ..Default::default()
    })
}

/// A texture to draw into and to read from.
pub(crate) struct TargetDescriptor {
    pub(crate) label: &'static str,
    pub(crate) size_px: [u32; 2],
    pub(crate) format: wgpu::TextureFormat,
    pub(crate) samples: u32,
    pub(crate) layers: u32,
    pub(crate) mips: u32,
}

pub(crate) fn target(device: &wgpu::Device, descriptor: &TargetDescriptor) -> wgpu::Texture {
    let [width, height] = descriptor.size_px;
    // Tests look at what was drawn.
    let copying = if cfg!(test) { wgpu::TextureUsages::COPY_SRC } else { wgpu::TextureUsages::empty() };
    let reading = if descriptor.samples == 1 {
        wgpu::TextureUsages::TEXTURE_BINDING
    } else {
        wgpu::TextureUsages::empty()
    };
    device.create_texture(&wgpu::TextureDescriptor {
        label: Some(descriptor.label),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: descriptor.layers },
        mip_level_count: descriptor.mips,
        sample_count: descriptor.samples,
        dimension: wgpu::TextureDimension::D2,
        format: descriptor.format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | reading | copying,
        view_formats: &[],
    })
}

pub(crate) fn whole(texture: &wgpu::Texture) -> wgpu::TextureView {
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

pub(crate) fn pipeline_layout(
    device: &wgpu::Device,
    label: &str,
    bind_group_layouts: &[Option<&wgpu::BindGroupLayout>],
) -> wgpu::PipelineLayout {
    device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor {
        label: Some(label),
        bind_group_layouts,
        immediate_size: 0,
    })
}

/// A fragment entry with values for its overridable constants.
#[derive(Clone, Copy)]
pub(crate) struct Fragment<'a> {
    pub(crate) entry_point: &'a str,
    pub(crate) constants: &'a [(&'a str, f64)],
}

impl<'a> From<&'a str> for Fragment<'a> {
    fn from(entry_point: &'a str) -> Self {
        Self { entry_point, constants: &[] }
    }
}

/// A pipeline that runs a fragment entry over one triangle that covers the target.
pub(crate) fn fullscreen_pipeline(
    device: &wgpu::Device,
    label: &str,
    shader: &wgpu::ShaderModule,
    fragment: Fragment<'_>,
    bind_group_layouts: &[Option<&wgpu::BindGroupLayout>],
    format: wgpu::TextureFormat,
) -> wgpu::RenderPipeline {
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: Some(&pipeline_layout(device, label, bind_group_layouts)),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some("vertex"),
            compilation_options: Default::default(),
            buffers: &[],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: None,
        multisample: wgpu::MultisampleState::default(),
        fragment: Some(wgpu::FragmentState {
            module: shader,
            entry_point: Some(fragment.entry_point),
            compilation_options: wgpu::PipelineCompilationOptions {
                constants: fragment.constants,
                ..Default::default()
            },
            targets: &[Some(format.into())],
        }),
        multiview_mask: None,
        cache: None,
    })
}

/// A pass into one cleared colour target.
pub(crate) fn color_pass<'encoder>(
    encoder: &'encoder mut wgpu::CommandEncoder,
    label: &str,
    view: &wgpu::TextureView,
    resolve_target: Option<&wgpu::TextureView>,
) -> wgpu::RenderPass<'encoder> {
    let store = if resolve_target.is_some() { wgpu::StoreOp::Discard } else { wgpu::StoreOp::Store };
    encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
        label: Some(label),
        color_attachments: &[Some(wgpu::RenderPassColorAttachment {
            view,
            depth_slice: None,
            resolve_target,
            ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::TRANSPARENT), store },
        })],
        ..Default::default()
    })
}

/// A buffer that grows with what is written into it.
pub(crate) struct GrowingBuffer {
    label: &'static str,
    usage: wgpu::BufferUsages,
    pub(crate) buffer: wgpu::Buffer,
}

impl GrowingBuffer {
    pub(crate) fn new(device: &wgpu::Device, label: &'static str, usage: wgpu::BufferUsages) -> Self {
        Self { label, usage, buffer: Self::create(device, label, usage, 4096) }
    }

    fn create(device: &wgpu::Device, label: &str, usage: wgpu::BufferUsages, size: u64) -> wgpu::Buffer {
        device.create_buffer(&wgpu::BufferDescriptor {
            label: Some(label),
            size,
            usage: usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    }

    /// Replaces the content; returns whether `buffer` is another one now.
    pub(crate) fn write(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, bytes: &[u8]) -> bool {
        let has_grown = bytes.len() as u64 > self.buffer.size();
        if has_grown {
            let size = (bytes.len() as u64).next_power_of_two().min(device.limits().max_buffer_size);
            self.buffer = Self::create(device, self.label, self.usage, size);
        }
        if !bytes.is_empty() {
            queue.write_buffer(&self.buffer, 0, bytes);
        }
        has_grown
    }
}
