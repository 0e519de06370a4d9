//! The key light's shadow map and the contact shadow on the ground. Both belong to the scene, not to the camera, so they
//! are drawn again only when the parts or the light have changed.

use std::cell::OnceCell;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use glam::{DMat4, DVec3, DVec4};

use crate::camera::Bounds;
use crate::draw_list::instance_data;
use crate::gpu::{self, GrowingBuffer, TargetDescriptor};
use crate::gpu_data::{self, CasterUniform, INSTANCE_ATTRIBUTES, InstanceData, POSITION_ATTRIBUTES};
use crate::materials::Materials;
use crate::sections::Sections;
use crate::shaders;
use crate::uploads::Uploads;
use crate::{AlphaMode, MeshKey, Quality, RenderScene};

/// Texels along a side of the shadow map: sharp enough for a part a fiftieth as large as the scene, and every WebGL 2
/// device has it.
const SHADOW_SIZE: u32 = 2048;
/// Soft edge of the key light's shadow, in texels.
const SOFTNESS_TEXELS: f64 = 3.2;
const CONTACT_SIZE: u32 = 256;
const CONTACT_FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;
/// Steps of the blurs in texels of the contact map, across and down in turn.
const BLURS: [[f32; 2]; 4] = [[1.0, 0.0], [0.0, 1.0], [2.0, 0.0], [0.0, 2.0]];
const UNIFORM_STRIDE: u64 = 256;

/// Where the light comes from and what it falls on, all in world space.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct ShadowSpace {
    center: DVec3,
    /// Height of the ground above the centre; negative.
    ground: f64,
    /// From points relative to the centre to the key light's clip space (depth not reversed).
    light: DMat4,
    /// World size of a texel of the shadow map.
    texel: f64,
    /// Middle and half size of the square of ground that the contact shadow covers.
    contact: [DVec3; 2],
    /// How high above the ground parts still darken it.
    contact_height: f64,
}

impl ShadowSpace {
    /// `to_light` is a unit vector.
    pub(crate) fn new(scene: Bounds, to_light: DVec3) -> Self {
        let right = to_light.any_orthonormal_vector();
        let right = DVec3::Z.cross(to_light).try_normalize().unwrap_or(right);
        let up = to_light.cross(right);
        let radius = scene.radius().max(1e-9);
        let extent = |axis: DVec3| (axis.abs().dot(scene.half) * 1.03).max(1e-3 * radius);
        let (half_right, half_up) = (extent(right), extent(up));
        // Behind the scene along the light lies ground that it shadows.
        let (front, back) = (1.02 * radius, 6.0 * radius);
        let rows = [
            (right / half_right).extend(0.0),
            (up / half_up).extend(0.0),
            (-to_light / (front + back)).extend(front / (front + back)),
            DVec4::W,
        ];
        let light = DMat4::from_cols(rows[0], rows[1], rows[2], rows[3]).transpose();
        let ground_in_world = scene.min().z.min(0.0);
        let widest = scene.half.x.max(scene.half.y).max(0.25 * radius);
        let half = scene.half.truncate() + glam::DVec2::splat(0.45 * widest);
        Self {
            center: scene.center,
            ground: ground_in_world - scene.center.z,
            light,
            texel: 2.0 * half_right.max(half_up) / f64::from(SHADOW_SIZE),
            contact: [scene.center, half.extend(0.0)],
            contact_height: 0.55 * widest,
        }
    }

    /// The matrix to shadow map coordinates from points relative to `eye`.
    pub(crate) fn shadow_from_eye(&self, eye: DVec3) -> DMat4 {
        let uv_from_clip = DMat4::from_cols_array_2d(&[
            [0.5, 0.0, 0.0, 0.0],
            [0.0, -0.5, 0.0, 0.0],
            [0.0, 0.0, 1.0, 0.0],
            [0.5, 0.5, 0.0, 1.0],
        ]);
        uv_from_clip * self.light * DMat4::from_translation(eye - self.center)
    }

    /// Scale and offset to contact map coordinates from points relative to `eye`.
    pub(crate) fn contact_from_eye(&self, eye: DVec3) -> [f32; 4] {
        let [middle, half] = self.contact;
        let scale = [0.5 / half.x, 0.5 / half.y];
        let offset = [(eye.x - middle.x) * scale[0] + 0.5, (eye.y - middle.y) * scale[1] + 0.5];
        [scale[0] as f32, scale[1] as f32, offset[0] as f32, offset[1] as f32]
    }

    pub(crate) fn ground_in_world(&self) -> f64 {
        self.ground + self.center.z
    }

    /// How far to step off a surface before asking for its shadow.
    pub(crate) fn offset(&self) -> f64 {
        1.6 * self.texel
    }

    /// Half width of a soft edge in shadow map coordinates.
    pub(crate) fn softness() -> f64 {
        SOFTNESS_TEXELS / f64::from(SHADOW_SIZE)
    }

    /// Seen from below, filling the contact map; depth does not matter.
    fn contact_clip(&self) -> DMat4 {
        let half = self.contact[1];
        DMat4::from_cols_array_2d(&[
            [1.0 / half.x, 0.0, 0.0, 0.0],
            [0.0, -1.0 / half.y, 0.0, 0.0],
            [0.0, 0.0, 0.0, 0.0],
            [0.0, 0.0, 0.5, 1.0],
        ])
    }
}

/// The pipelines of the pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Depth,
    Contact,
    Blur,
    /// Depth of what section planes leave.
    CutDepth,
}

pub(crate) struct ShadowPass {
    pub(crate) shadow_map: wgpu::TextureView,
    pub(crate) contact_map: wgpu::TextureView,
    blurred: wgpu::TextureView,
    device: wgpu::Device,
    pipelines: [OnceCell<wgpu::RenderPipeline>; 4],
    casters_layout: wgpu::BindGroupLayout,
    blur_layout: wgpu::BindGroupLayout,
    uniforms: wgpu::Buffer,
    casters: wgpu::BindGroup,
    blurs: [wgpu::BindGroup; 4],
    instances: GrowingBuffer,
    drawn: Option<Drawn>,
}

/// What the maps show.
#[derive(Clone, Debug, PartialEq)]
struct Drawn {
    fingerprint: u64,
    sections: Sections,
    /// Whether parts were drawn by their stand-ins.
    is_coarse: bool,
}

/// Where the casters of a scene come from.
#[derive(Clone, Copy)]
pub(crate) struct Casters<'a> {
    pub(crate) scene: &'a RenderScene,
    pub(crate) uploads: &'a Uploads,
    pub(crate) materials: &'a Materials,
}

/// A run of indices that throws a shadow.
struct CasterDraw {
    mesh: MeshKey,
    indices: std::ops::Range<u32>,
    instance: u32,
}

impl ShadowPass {
    pub(crate) fn new(device: &wgpu::Device, queue: &wgpu::Queue) -> Self {
        let texture = |label, size, format| {
            let descriptor =
                TargetDescriptor { label, size_px: [size; 2], format, samples: 1, layers: 1, mips: 1 };
            gpu::whole(&gpu::target(device, &descriptor))
        };
        let shadow_map = texture("ShadowPass::shadow_map", SHADOW_SIZE, gpu::DEPTH_FORMAT);
        let contact_map = texture("ShadowPass::contact_map", CONTACT_SIZE, CONTACT_FORMAT);
        let blurred = texture("ShadowPass::blurred", CONTACT_SIZE, CONTACT_FORMAT);
        let uniforms = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("ShadowPass::uniforms"),
            size: 6 * UNIFORM_STRIDE,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let (casters_layout, casters) = caster_bindings(device, &uniforms);
        let (blur_layout, blurs) = blur_bindings(device, queue, &uniforms, &[&contact_map, &blurred]);
        let instances = GrowingBuffer::new(device, "ShadowPass::instances", wgpu::BufferUsages::VERTEX);
        Self {
            shadow_map,
            contact_map,
            blurred,
            device: device.clone(),
            pipelines: Default::default(),
            casters_layout,
            blur_layout,
            uniforms,
            casters,
            blurs,
            instances,
            drawn: None,
        }
    }

    /// Makes one of the pipelines that are not there yet; false when all are.
    pub(crate) fn make_next_pipeline(&self) -> bool {
        let stages = [Stage::Depth, Stage::Contact, Stage::Blur];
        let missing = stages.into_iter().find(|&stage| self.pipelines[stage as usize].get().is_none());
        missing.map(|stage| self.pipeline(stage)).is_some()
    }

    fn pipeline(&self, stage: Stage) -> &wgpu::RenderPipeline {
        self.pipelines[stage as usize].get_or_init(|| match stage {
            Stage::Depth => caster_pipeline(&self.device, &self.casters_layout, None),
            Stage::CutDepth => caster_pipeline(&self.device, &self.casters_layout, Some("cut_depth")),
            Stage::Contact => caster_pipeline(&self.device, &self.casters_layout, Some("contact")),
            Stage::Blur => blur_pipeline(&self.device, &self.blur_layout),
        })
    }

    /// Whether the maps show these casters, be it by their stand-ins, or cut elsewhere.
    pub(crate) fn shows(&self, casters: Casters<'_>, space: &ShadowSpace) -> bool {
        self.drawn.as_ref().is_some_and(|drawn| drawn.fingerprint == casters.fingerprint(space))
    }

    /// Draws the maps when they are not what they should be; returns the number of draw calls. What the quality asks for
    /// decides whether parts may be drawn by their stand-ins, and whether maps that show the parts cut elsewhere will do.
    pub(crate) fn record(
        &mut self,
        queue: &wgpu::Queue,
        encoder: &mut wgpu::CommandEncoder,
        casters: Casters<'_>,
        space: &ShadowSpace,
        (sections, quality): (&Sections, Quality),
    ) -> u32 {
        let stand_ins = quality.stand_ins;
        let fingerprint = casters.fingerprint(space);
        let is_there = |drawn: &Drawn| {
            drawn.fingerprint == fingerprint
                && (stand_ins || !drawn.is_coarse)
                && (drawn.sections == *sections || !quality.shadows)
        };
        if self.drawn.as_ref().is_some_and(is_there) {
            return 0;
        }
        self.drawn = Some(Drawn { fingerprint, sections: sections.clone(), is_coarse: stand_ins });
        let (instances, draws) = casters.draws(space, stand_ins);
        let uploads = casters.uploads;
        self.instances.write(&self.device, queue, bytemuck::cast_slice(&instances));
        self.write_uniforms(queue, space, sections);

        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            label: Some("ShadowPass::depth"),
            depth_stencil_attachment: Some(wgpu::RenderPassDepthStencilAttachment {
                view: &self.shadow_map,
                depth_ops: Some(wgpu::Operations {
                    load: wgpu::LoadOp::Clear(1.0),
                    store: wgpu::StoreOp::Store,
                }),
                stencil_ops: None,
            }),
            ..Default::default()
        });
        let depth = if sections.is_empty() { Stage::Depth } else { Stage::CutDepth };
        let mut num_calls = self.draw_casters(&mut pass, depth, 0, &draws, uploads);
        drop(pass);
        let mut pass = gpu::color_pass(encoder, "ShadowPass::contact", &self.contact_map, None);
        num_calls += self.draw_casters(&mut pass, Stage::Contact, 1, &draws, uploads);
        drop(pass);
        for (idx, bind_group) in self.blurs.iter().enumerate() {
            let target = if idx % 2 == 0 { &self.blurred } else { &self.contact_map };
            let mut pass = gpu::color_pass(encoder, "ShadowPass::blur", target, None);
            pass.set_pipeline(self.pipeline(Stage::Blur));
            pass.set_bind_group(0, bind_group, &[]);
            pass.draw(0..3, 0..1);
        }
        num_calls + self.blurs.len() as u32
    }

    fn write_uniforms(&self, queue: &wgpu::Queue, space: &ShadowSpace, sections: &Sections) {
        let num_planes = sections.len() as f32;
        let ground = [space.ground as f32, (1.0 / space.contact_height) as f32, num_planes, 0.0];
        let sections = sections.in_eye(space.center);
        for (idx, matrix) in [space.light, space.contact_clip()].into_iter().enumerate() {
            let uniform =
                CasterUniform { clip_from_scene: matrix.as_mat4().to_cols_array_2d(), ground, sections };
            queue.write_buffer(&self.uniforms, idx as u64 * UNIFORM_STRIDE, bytemuck::bytes_of(&uniform));
        }
    }

    fn draw_casters(
        &self,
        pass: &mut wgpu::RenderPass<'_>,
        stage: Stage,
        uniform: u32,
        draws: &[CasterDraw],
        uploads: &Uploads,
    ) -> u32 {
        pass.set_pipeline(self.pipeline(stage));
        pass.set_bind_group(0, &self.casters, &[uniform * UNIFORM_STRIDE as u32]);
        pass.set_vertex_buffer(1, self.instances.buffer.slice(..));
        let mut num_calls = 0;
        // Neighbours of one run are one call.
        for same in draws.chunk_by(|a, b| (a.mesh, &a.indices) == (b.mesh, &b.indices)) {
            let Some(mesh) = uploads.meshes.get(&same[0].mesh) else { continue };
            pass.set_vertex_buffer(0, mesh.vertices.slice(..));
            pass.set_index_buffer(mesh.indices.slice(..), wgpu::IndexFormat::Uint32);
            let first = same[0].instance;
            pass.draw_indexed(same[0].indices.clone(), 0, first..first + same.len() as u32);
            num_calls += 1;
        }
        num_calls
    }
}

impl Casters<'_> {
    /// All runs of indices that throw a shadow, sorted by mesh, each with an instance of its own.
    fn draws(self, space: &ShadowSpace, stand_ins: bool) -> (Vec<InstanceData>, Vec<CasterDraw>) {
        let Self { scene, uploads, materials } = self;
        let mut runs = Vec::new();
        for (idx, instance) in scene.instances.iter().enumerate() {
            let Some((key, mesh)) = uploads.mesh_of(instance, stand_ins) else { continue };
            if instance.ghost.is_some() || !instance.world_from_mesh.is_finite() {
                continue;
            }
            for group in &mesh.source.groups {
                let material = instance.materials.get(group.material_slot as usize).copied();
                if materials.info(material).alpha_mode != AlphaMode::Blend {
                    runs.push((key, group.first_index, group.num_indices, idx));
                }
            }
        }
        runs.sort_unstable();
        let mut instances = Vec::with_capacity(runs.len());
        let mut draws = Vec::with_capacity(runs.len());
        for (mesh, first, count, idx) in runs {
            let instance = &scene.instances[idx];
            let origin = uploads.meshes.get(&mesh).map_or(DVec3::ZERO, |mesh| mesh.source.origin);
            draws.push(CasterDraw { mesh, indices: first..first + count, instance: instances.len() as u32 });
            let rows = instance_data(instance, origin, space.center).rows;
            instances.push(InstanceData { rows, ..InstanceData::default() });
        }
        (instances, draws)
    }

    /// Differs whenever the maps would, except for stand-ins in place of their parts.
    fn fingerprint(self, space: &ShadowSpace) -> u64 {
        let (instances, draws) = self.draws(space, false);
        let mut hasher = DefaultHasher::new();
        hasher.write(bytemuck::cast_slice(&instances));
        for draw in &draws {
            (draw.mesh, &draw.indices).hash(&mut hasher);
        }
        let floats = space.light.to_cols_array().map(f64::to_bits);
        (floats, space.ground.to_bits(), space.contact_height.to_bits()).hash(&mut hasher);
        hasher.finish()
    }
}

fn caster_bindings(
    device: &wgpu::Device,
    uniforms: &wgpu::Buffer,
) -> (wgpu::BindGroupLayout, wgpu::BindGroup) {
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("ShadowPass::casters"),
        entries: &[gpu::uniform_entry(0, true)],
    });
    let bind_group = device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("ShadowPass::casters"),
        layout: &layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: uniforms,
                offset: 0,
                size: wgpu::BufferSize::new(size_of::<CasterUniform>() as u64),
            }),
        }],
    });
    (layout, bind_group)
}

fn caster_pipeline(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    fragment: Option<&str>,
) -> wgpu::RenderPipeline {
    let is_contact = fragment == Some("contact");
    let shader = &gpu::shader(device, "shadow.wgsl", shaders::SHADOW);
    let nearest = wgpu::BlendComponent {
        src_factor: wgpu::BlendFactor::One,
        dst_factor: wgpu::BlendFactor::One,
        operation: wgpu::BlendOperation::Max,
    };
    let targets = [Some(wgpu::ColorTargetState {
        format: CONTACT_FORMAT,
        blend: Some(wgpu::BlendState { color: nearest, alpha: nearest }),
        write_mask: wgpu::ColorWrites::ALL,
    })];
    let depth = wgpu::DepthStencilState {
        format: gpu::DEPTH_FORMAT,
        depth_write_enabled: Some(true),
        depth_compare: Some(wgpu::CompareFunction::LessEqual),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState { constant: 0, slope_scale: 1.6, clamp: 0.0 },
    };
    let label = if is_contact { "ShadowPass::contact" } else { "ShadowPass::depth" };
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label: Some(label),
        layout: Some(&gpu::pipeline_layout(device, label, &[Some(layout)])),
        vertex: wgpu::VertexState {
            module: shader,
            entry_point: Some("vertex"),
            compilation_options: Default::default(),
            buffers: &[
                Some(gpu_data::vertex_layout(&POSITION_ATTRIBUTES)),
                Some(gpu_data::instance_layout(&INSTANCE_ATTRIBUTES)),
            ],
        },
        primitive: wgpu::PrimitiveState::default(),
        depth_stencil: (!is_contact).then_some(depth),
        multisample: wgpu::MultisampleState::default(),
        fragment: fragment.map(|entry_point| wgpu::FragmentState {
            module: shader,
            entry_point: Some(entry_point),
            compilation_options: Default::default(),
            targets: if is_contact { &targets } else { &[] },
        }),
        multiview_mask: None,
        cache: None,
    })
}

fn blur_pipeline(device: &wgpu::Device, layout: &wgpu::BindGroupLayout) -> wgpu::RenderPipeline {
    let shader = gpu::shader(device, "blur.wgsl", shaders::BLUR);
    let fragment = "fragment".into();
    gpu::fullscreen_pipeline(device, "ShadowPass::blur", &shader, fragment, &[Some(layout)], CONTACT_FORMAT)
}

fn blur_bindings(
    device: &wgpu::Device,
    queue: &wgpu::Queue,
    uniforms: &wgpu::Buffer,
    maps: &[&wgpu::TextureView; 2],
) -> (wgpu::BindGroupLayout, [wgpu::BindGroup; 4]) {
    let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
        label: Some("ShadowPass::blur"),
        entries: &[
            gpu::texture_entry(0, wgpu::TextureViewDimension::D2),
            gpu::sampler_entry(1, wgpu::SamplerBindingType::Filtering),
            gpu::uniform_entry(2, false),
        ],
    });
    let sampler = gpu::linear_sampler(device);
    let bind_groups = std::array::from_fn(|idx| {
        let step = BLURS[idx].map(|texels| texels / CONTACT_SIZE as f32);
        let offset = (2 + idx as u64) * UNIFORM_STRIDE;
        queue.write_buffer(uniforms, offset, bytemuck::bytes_of(&[step[0], step[1], 0.0, 0.0]));
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("ShadowPass::blur"),
            layout: &layout,
            entries: &[
                gpu::view_binding(0, maps[idx % 2]),
                gpu::sampler_binding(1, &sampler),
                wgpu::BindGroupEntry {
                    binding: 2,
                    resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                        buffer: uniforms,
                        offset,
                        size: wgpu::BufferSize::new(16),
                    }),
                },
            ],
        })
    });
    (layout, bind_groups)
}
