//! Environment maps on the GPU, made by drawing, which works on every tier.

use std::cell::OnceCell;

use super::{Environment, Equirect, irradiance};
use crate::gpu;
use crate::gpu_data::PrefilterUniform;

/// Texels along a face of the reflection cube: mirrors show 0.7 degrees per texel, and a software rasteriser prefilters
/// it within a few frames' time.
pub(super) const FACE: u32 = 128;
/// Levels of the reflection cube: roughness 0, 1/4, 1/2, 3/4, 1.
pub(super) const LEVELS: u32 = 5;
/// Samples per texel of each rough level; rougher levels are smaller and can afford more.
const SAMPLES: [f32; 4] = [32.0, 48.0, 64.0, 96.0];
pub(super) const BRDF_SIZE: u32 = 64;
const UNIFORM_STRIDE: u64 = 256;

/// Right, down and out of each cube face.
const FACES: [[[f32; 3]; 3]; 6] = [
    [[0.0, 0.0, -1.0], [0.0, -1.0, 0.0], [1.0, 0.0, 0.0]],
    [[0.0, 0.0, 1.0], [0.0, -1.0, 0.0], [-1.0, 0.0, 0.0]],
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]],
    [[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, -1.0, 0.0]],
    [[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, 1.0]],
    [[-1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]],
];

/// What surfaces read.
pub(crate) struct EnvironmentMaps {
    pub(crate) reflections: wgpu::TextureView,
    pub(crate) irradiance: [[f32; 4]; 9],
}

impl EnvironmentMaps {
    /// The level that holds roughness 1.
    pub(crate) const HIGHEST_LEVEL: f32 = (LEVELS - 1) as f32;

    /// Darkness, for pictures without surfaces.
    pub(crate) fn dark(device: &wgpu::Device) -> Self {
        Self {
            reflections: cube_view(&cube(device, "EnvironmentMaps::dark", 1), 0, 1),
            irradiance: [[0.0; 4]; 9],
        }
    }
}

/// Makes [`EnvironmentMaps`] and the table of the split sum; its pipelines are made when they are first used.
pub(crate) struct Prefilter {
    device: wgpu::Device,
    layout: wgpu::BindGroupLayout,
    sampler: wgpu::Sampler,
    shader: wgpu::ShaderModule,
    pipelines: [OnceCell<wgpu::RenderPipeline>; 4],
}

/// What a draw of the prefilter does; the names of the fragment shaders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    FromEquirect,
    Halved,
    Rough,
    Brdf,
}

impl Stage {
    const ALL: [(Self, &str); 4] = [
        (Self::FromEquirect, "from_equirect"),
        (Self::Halved, "halved"),
        (Self::Rough, "rough"),
        (Self::Brdf, "brdf"),
    ];
}

impl Prefilter {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("Prefilter::layout"),
            entries: &[
                gpu::uniform_entry(0, true),
                gpu::sampler_entry(1, wgpu::SamplerBindingType::Filtering),
                gpu::texture_entry(2, wgpu::TextureViewDimension::D2),
                gpu::texture_entry(3, wgpu::TextureViewDimension::Cube),
            ],
        });
        let sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("Prefilter::sampler"),
            address_mode_u: wgpu::AddressMode::Repeat,
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            mipmap_filter: wgpu::MipmapFilterMode::Linear,
            ..Default::default()
        });
        let shader = gpu::shader(device, "environment.wgsl", crate::shaders::ENVIRONMENT);
        Self { device: device.clone(), layout, sampler, shader, pipelines: Default::default() }
    }

    fn pipeline(&self, stage: Stage) -> &wgpu::RenderPipeline {
        let (_, entry_point) = Stage::ALL[stage as usize];
        self.pipelines[stage as usize].get_or_init(|| {
            let layouts = [Some(&self.layout)];
            let (device, shader) = (&self.device, &self.shader);
            gpu::fullscreen_pipeline(
                device,
                "Prefilter",
                shader,
                entry_point.into(),
                &layouts,
                gpu::COLOR_FORMAT,
            )
        })
    }

    /// Makes the maps of an environment.
    pub(crate) fn maps(&self, queue: &wgpu::Queue, environment: &Environment) -> EnvironmentMaps {
        let device = &self.device;
        let image = Equirect::of(environment);
        let irradiance = irradiance::coefficients(&image);
        let source = upload(device, queue, &image);
        let flat = cube(device, "Prefilter::flat", FACE.ilog2() + 1);
        let reflections = cube(device, "EnvironmentMaps::reflections", LEVELS);
        let mut job = Job::new(self);
        let nothing = cube(device, "Prefilter::nothing", 1);
        let nothing = cube_view(&nothing, 0, 1);
        for face in 0..6 {
            for target in [&flat, &reflections] {
                job.draw(Stage::FromEquirect, &source, &nothing, (target, face, 0), [0.0; 2]);
            }
        }
        for level in 1..flat.mip_level_count() {
            let finer = cube_view(&flat, level - 1, 1);
            for face in 0..6 {
                job.draw(Stage::Halved, &source, &finer, (&flat, face, level), [0.0; 2]);
            }
        }
        let all = cube_view(&flat, 0, flat.mip_level_count());
        for (level, samples) in (1..LEVELS).zip(SAMPLES) {
            let roughness = level as f32 / EnvironmentMaps::HIGHEST_LEVEL;
            for face in 0..6 {
                job.draw(Stage::Rough, &source, &all, (&reflections, face, level), [roughness, samples]);
            }
        }
        job.submit(queue);
        EnvironmentMaps { reflections: cube_view(&reflections, 0, LEVELS), irradiance }
    }

    /// The table of the split sum's second half.
    pub(crate) fn brdf(&self, queue: &wgpu::Queue) -> wgpu::TextureView {
        let device = &self.device;
        let table = brdf_table(device);
        let black = Equirect { width: 1, height: 1, rgb: vec![[0.0; 3]] };
        let black = upload(device, queue, &black);
        let nothing = cube(device, "Prefilter::nothing", 1);
        let mut job = Job::new(self);
        job.draw(Stage::Brdf, &black, &cube_view(&nothing, 0, 1), (&table, 0, 0), [0.0; 2]);
        job.submit(queue);
        gpu::whole(&table)
    }
}

/// A table without content.
pub(super) fn brdf_table(device: &wgpu::Device) -> wgpu::Texture {
    let descriptor = gpu::TargetDescriptor {
        label: "Prefilter::brdf",
        size_px: [BRDF_SIZE; 2],
        format: gpu::COLOR_FORMAT,
        samples: 1,
        layers: 1,
        mips: 1,
    };
    gpu::target(device, &descriptor)
}

fn cube(device: &wgpu::Device, label: &'static str, mips: u32) -> wgpu::Texture {
    let descriptor = gpu::TargetDescriptor {
        label,
        size_px: [FACE; 2],
        format: gpu::COLOR_FORMAT,
        samples: 1,
        layers: 6,
        mips,
    };
    gpu::target(device, &descriptor)
}

pub(super) fn cube_view(cube: &wgpu::Texture, base_mip_level: u32, mips: u32) -> wgpu::TextureView {
    cube.create_view(&wgpu::TextureViewDescriptor {
        dimension: Some(wgpu::TextureViewDimension::Cube),
        base_mip_level,
        mip_level_count: Some(mips),
        ..Default::default()
    })
}

fn upload(device: &wgpu::Device, queue: &wgpu::Queue, image: &Equirect) -> wgpu::TextureView {
    let size =
        wgpu::Extent3d { width: image.width as u32, height: image.height as u32, depth_or_array_layers: 1 };
    let texture = device.create_texture(&wgpu::TextureDescriptor {
        label: Some("Prefilter::equirect"),
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: gpu::COLOR_FORMAT,
        usage: wgpu::TextureUsages::TEXTURE_BINDING | wgpu::TextureUsages::COPY_DST,
        view_formats: &[],
    });
    let half = |value| half::f16::from_f32(value).to_bits();
    let texels: Vec<[u16; 4]> =
        image.rgb.iter().map(|&[r, g, b]| [half(r), half(g), half(b), half(1.0)]).collect();
    let layout = wgpu::TexelCopyBufferLayout {
        offset: 0,
        bytes_per_row: Some(image.width as u32 * 8),
        rows_per_image: None,
    };
    queue.write_texture(texture.as_image_copy(), bytemuck::cast_slice(&texels), layout, size);
    gpu::whole(&texture)
}

/// Draws into cube faces, collected into one submission.
struct Job<'a> {
    prefilter: &'a Prefilter,
    encoder: wgpu::CommandEncoder,
    uniforms: wgpu::Buffer,
    bytes: Vec<u8>,
}

/// Faces times: the copies, the halved levels, the rough levels; enough for all draws of a job.
const MAX_DRAWS: u64 = 6 * (2 + 7 + 4);

impl<'a> Job<'a> {
    fn new(prefilter: &'a Prefilter) -> Self {
        let device = &prefilter.device;
        let uniforms = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("Prefilter::uniforms"),
            size: MAX_DRAWS * UNIFORM_STRIDE,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let encoder = device.create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        Self { prefilter, encoder, uniforms, bytes: Vec::new() }
    }

    /// Draws into a face and level of a target; `params`: roughness and number of samples.
    fn draw(
        &mut self,
        stage: Stage,
        source: &wgpu::TextureView,
        cube: &wgpu::TextureView,
        (target, face, level): (&wgpu::Texture, u32, u32),
        [roughness, samples]: [f32; 2],
    ) {
        let [right, down, out] = FACES[face as usize].map(|[x, y, z]| [x, y, z, 0.0]);
        let uniform = PrefilterUniform { right, down, out, params: [roughness, samples, FACE as f32, 0.0] };
        let offset = self.bytes.len() as u32;
        self.bytes.extend_from_slice(bytemuck::bytes_of(&uniform));
        self.bytes.resize(offset as usize + UNIFORM_STRIDE as usize, 0);
        let bind_group = self.prefilter.device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("Prefilter::bind_group"),
            layout: &self.prefilter.layout,
            entries: &[
                wgpu::BindGroupEntry {
                    binding: 0,
                    resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: &self.uniforms,
                        offset: 0,
                        size: wgpu::BufferSize::new(size_of::<PrefilterUniform>() as u64),
                    }),
                },
                gpu::sampler_binding(1, &self.prefilter.sampler),
                gpu::view_binding(2, source),
                gpu::view_binding(3, cube),
            ],
        });
        let view = target.create_view(&wgpu::TextureViewDescriptor {
            dimension: Some(wgpu::TextureViewDimension::D2),
            base_mip_level: level,
            mip_level_count: Some(1),
            base_array_layer: face,
            array_layer_count: Some(1),
            ..Default::default()
        });
        let mut pass = gpu::color_pass(&mut self.encoder, "environment", &view, None);
        pass.set_pipeline(self.prefilter.pipeline(stage));
        pass.set_bind_group(0, &bind_group, &[offset]);
        pass.draw(0..3, 0..1);
    }

    fn submit(self, queue: &wgpu::Queue) {
        queue.write_buffer(&self.uniforms, 0, &self.bytes);
        queue.submit([self.encoder.finish()]);
    }
}
