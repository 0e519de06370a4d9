//! What a view means in numbers that shaders read.

use glam::{DVec3, Vec3};

use crate::camera::{Bounds, Eye};
use crate::environment::EnvironmentMaps;
use crate::gpu_data::FrameUniform;
use crate::passes::main::Ground;
use crate::passes::shadow::{ShadowPass, ShadowSpace};
use crate::sections::Sections;
use crate::{Background, DrawMode, ToneMapping, View, gpu};

/// Towards the key light when the light is not turned: over the left shoulder of someone who looks along +Y.
const KEY_DIRECTION: DVec3 = DVec3::new(-0.36, -0.56, 0.80);
/// What the key light sends at intensity 1; with the studio, a white surface facing it comes out just below white.
const KEY_LIGHT: f32 = 1.75;
/// How much of the key light a shadow takes away.
const KEY_SHADOW: f32 = 0.9;
/// Opacity of surfaces in x-ray mode, seen face-on.
const X_RAY_OPACITY: f32 = 0.2;
/// Lines come towards the eye by this many pixels beyond their half width.
const LINE_LIFT_PX: f32 = 1.2;

/// Where the light comes from in this frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Light {
    /// Turn of the environment around Z.
    rotation_rad: f64,
    /// Unit vector.
    pub(crate) to_key: DVec3,
}

impl Light {
    pub(crate) fn new(view: &View) -> Self {
        let mut rotation_rad = f64::from(view.lighting.environment_rotation_rad);
        if view.lighting.follows_camera {
            let back = view.camera.world_from_view.matrix3.z_axis;
            rotation_rad += back.y.atan2(back.x) + std::f64::consts::FRAC_PI_2;
        }
        let to_key = glam::DMat3::from_rotation_z(rotation_rad) * KEY_DIRECTION;
        Self { rotation_rad, to_key: to_key.try_normalize().unwrap_or(DVec3::Z) }
    }
}

/// Everything a frame's uniform is made of.
pub(crate) struct FrameInputs<'a> {
    pub(crate) view: &'a View,
    pub(crate) size_px: [u32; 2],
    pub(crate) eye: &'a Eye,
    pub(crate) light: Light,
    /// `None` without shadows.
    pub(crate) shadow: Option<ShadowSpace>,
    pub(crate) irradiance: [[f32; 4]; 9],
    pub(crate) sections: &'a Sections,
    pub(crate) has_highlights: bool,
}

impl FrameInputs<'_> {
    /// What is drawn on the ground.
    pub(crate) fn ground(&self) -> Ground {
        let is_above = |height: f64| self.eye.is_orthographic || self.eye.pos_in_world.z > height;
        let looks_down = !self.eye.is_orthographic || self.eye.direction.z < 0.0;
        let has_shadow = self.view.ground_shadow > 0.0
            && looks_down
            && self.view.mode != DrawMode::XRay
            && self.shadow.is_some_and(|space| is_above(space.ground_in_world()));
        Ground { has_shadow, has_grid: self.view.grid.is_some_and(|grid| grid.spacing > 0.0) }
    }

    /// How near to a section plane counts as on it: the rounding of positions in eye space, some times over.
    fn on_section(&self) -> f32 {
        let farthest = self.eye.depth_range[1].abs().max(self.eye.reach);
        (1e-6 * farthest) as f32
    }

    fn has_key_shadow(&self) -> bool {
        self.shadow.is_some() && self.view.mode != DrawMode::XRay
    }

    pub(crate) fn uniform(&self) -> FrameUniform {
        let Self { view, eye, .. } = self;
        let [width, height] = self.size_px.map(|side| side as f32);
        let scale = view.pixels_per_point * height / view.size_px[1] as f32;
        let focus = (view.camera.target_in_world - eye.pos_in_world).as_vec3();
        let depth = eye.depth_range.map(|distance| distance as f32);
        let front = if eye.is_orthographic { depth[0] } else { depth[0].max(0.0) };
        let lighting = &view.lighting;
        let (sin, cos) = self.light.rotation_rad.sin_cos();
        let [key_light, key_direction] = self.key();
        let [grid_plane, grid_color, grid_fade] = self.grid();
        FrameUniform {
            clip_from_eye: eye.clip_from_eye.to_cols_array_2d(),
            shadow_from_eye: self.shadow.map_or([[0.0; 4]; 4], |space| {
                space.shadow_from_eye(eye.pos_in_world).as_mat4().to_cols_array_2d()
            }),
            view_direction: eye.direction.extend(f32::from(u8::from(eye.is_orthographic))).into(),
            viewport: [width, height, 1.0 / width, 1.0 / height],
            environment: [
                cos as f32,
                sin as f32,
                lighting.environment_intensity,
                EnvironmentMaps::HIGHEST_LEVEL,
            ],
            irradiance: self.irradiance,
            key_direction,
            key_light,
            tone: [
                lighting.exposure,
                match lighting.tone_mapping {
                    ToneMapping::Neutral => 0.0,
                    ToneMapping::Aces => 1.0,
                    ToneMapping::None => 2.0,
                },
                0.0,
                if view.mode == DrawMode::XRay { X_RAY_OPACITY } else { 0.0 },
            ],
            edge_color: linear_rgba(view.edge_color),
            sizes: [
                0.5 * view.edge_width_pt.max(0.0) * scale,
                0.5 * view.point_size_pt.max(0.0) * scale,
                0.5 * view.edge_width_pt.max(0.0) * scale + LINE_LIFT_PX,
                if self.has_highlights { (1.8 * scale).max(1.0) } else { 0.0 },
            ],
            outline: view.outline_colors.map(linear_rgba),
            background: background(view.background),
            grid_plane,
            grid_color,
            grid_fade,
            ground: [
                self.shadow.map_or(0.0, |space| (space.ground_in_world() - eye.pos_in_world.z) as f32),
                view.ground_shadow.clamp(0.0, 1.0),
                ShadowSpace::softness() as f32,
                0.0,
            ],
            contact_from_eye: self.shadow.map_or([1.0; 4], |space| space.contact_from_eye(eye.pos_in_world)),
            focus: focus.extend(1.0 / (depth[1] - front).max(1e-12)).into(),
            depth_range: [front, self.sections.len() as f32, scale, self.on_section()],
            sections: self.sections.in_eye(eye.pos_in_world),
        }
    }

    fn key(&self) -> [[f32; 4]; 2] {
        let strength = self.view.lighting.key_intensity.max(0.0) * KEY_LIGHT;
        let offset = self.shadow.map_or(0.0, |space| space.offset() as f32);
        let shadow = if self.has_key_shadow() && strength > 0.0 { KEY_SHADOW } else { 0.0 };
        let direction: Vec3 = self.light.to_key.as_vec3();
        [[strength, strength, strength, offset], direction.extend(shadow).into()]
    }

    fn grid(&self) -> [[f32; 4]; 3] {
        let Some(grid) = self.view.grid.filter(|grid| grid.spacing > 0.0) else { return [[0.0; 4]; 3] };
        let eye = self.eye.pos_in_world;
        // Only where the eye stands between two strong lines matters, which f32 can tell anywhere in the world.
        let phase = |at: f64| at.rem_euclid(10.0 * grid.spacing) as f32;
        let reach = self.eye.reach as f32;
        [
            [-eye.z as f32, phase(eye.x), phase(eye.y), grid.spacing as f32],
            linear_rgba(grid.color),
            [eye.x as f32, eye.y as f32, 1.6 * reach, 7.0 * reach],
        ]
    }
}

fn background(background: Background) -> [[f32; 4]; 2] {
    match background {
        Background::Gradient(colors) => colors.map(|[r, g, b]| [r, g, b, 1.0]),
        Background::Transparent => [[0.0; 4]; 2],
    }
}

/// The linear twin of a display-referred colour; alpha stays.
pub(crate) fn linear_rgba([r, g, b, a]: [f32; 4]) -> [f32; 4] {
    let linear = |value: f32| {
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    [linear(r), linear(g), linear(b), a]
}

/// The binding that all passes of a frame share, and its layout.
pub(crate) struct FrameBinding {
    uniform: wgpu::Buffer,
    pub(crate) group: Option<wgpu::BindGroup>,
    shadow_sampler: wgpu::Sampler,
    linear_sampler: wgpu::Sampler,
}

impl FrameBinding {
    pub(crate) fn layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
        device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("FrameBinding::layout"),
            entries: &[
                gpu::uniform_entry(0, false),
                gpu::texture_entry(1, wgpu::TextureViewDimension::Cube),
                gpu::sampler_entry(2, wgpu::SamplerBindingType::Filtering),
                gpu::texture_entry(3, wgpu::TextureViewDimension::D2),
                gpu::depth_texture_entry(4),
                gpu::sampler_entry(5, wgpu::SamplerBindingType::Comparison),
                gpu::texture_entry(6, wgpu::TextureViewDimension::D2),
            ],
        })
    }

    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let uniform = device.create_buffer(&wgpu::BufferDescriptor {
            label: Some("FrameBinding::uniform"),
            size: size_of::<FrameUniform>() as u64,
            usage: wgpu::BufferUsages::UNIFORM | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        });
        let shadow_sampler = device.create_sampler(&wgpu::SamplerDescriptor {
            label: Some("FrameBinding::shadow_sampler"),
            mag_filter: wgpu::FilterMode::Linear,
            min_filter: wgpu::FilterMode::Linear,
            compare: Some(wgpu::CompareFunction::LessEqual),
            ..Default::default()
        });
        Self { uniform, group: None, shadow_sampler, linear_sampler: gpu::linear_sampler(device) }
    }

    /// To be called when the light of the environment has changed.
    pub(crate) fn bind(
        &mut self,
        device: &wgpu::Device,
        layout: &wgpu::BindGroupLayout,
        [reflections, brdf]: [&wgpu::TextureView; 2],
        shadow: &ShadowPass,
    ) {
        self.group = Some(device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("FrameBinding::group"),
            layout,
            entries: &[
                wgpu::BindGroupEntry { binding: 0, resource: self.uniform.as_entire_binding() },
                gpu::view_binding(1, reflections),
                gpu::sampler_binding(2, &self.linear_sampler),
                gpu::view_binding(3, brdf),
                gpu::view_binding(4, &shadow.shadow_map),
                gpu::sampler_binding(5, &self.shadow_sampler),
                gpu::view_binding(6, &shadow.contact_map),
            ],
        }));
    }

    pub(crate) fn write(&self, queue: &wgpu::Queue, uniform: &FrameUniform) {
        queue.write_buffer(&self.uniform, 0, bytemuck::bytes_of(uniform));
    }
}

/// The box around everything that has one.
pub(crate) fn scene_bounds(boxes: &[Option<Bounds>]) -> Option<Bounds> {
    boxes.iter().flatten().copied().reduce(Bounds::union)
}
