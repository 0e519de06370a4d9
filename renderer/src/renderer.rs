//! The door to everything else: keeps what is on the GPU and draws frames.

use std::sync::{Arc, Mutex};

use geometry::display::DisplayMesh;

use crate::camera::Eye;
use crate::cuts::{CutInputs, Cuts};
use crate::draw_list::{DrawList, instance_bounds};
use crate::environment::EnvironmentLight;
use crate::frame::{FrameBinding, FrameInputs, Light, scene_bounds};
use crate::gpu::GrowingBuffer;
use crate::materials::Materials;
use crate::passes::finish::{Finish, FinishPass};
use crate::passes::shadow::{Casters, ShadowPass, ShadowSpace};
use crate::passes::{DrawContext, Layouts, Pass, PipelineKey, Pipelines, Variant, highlight, layers, main};
use crate::sections::Sections;
use crate::targets::Targets;
use crate::uploads::{TextureUploader, UploadContext, Uploads, rows_layout};
use crate::{
    DrawMode, Environment, FrameStats, MeshKey, Quality, RenderError, RenderScene, TextureData, TextureKey,
    Tier, UploadState, View,
};

/// More of the device's complaints than these are not kept.
const MAX_ERRORS: usize = 16;

/// Draws pictures of scenes on one device.
pub struct Renderer {
    pub(crate) device: wgpu::Device,
    queue: wgpu::Queue,
    tier: Tier,
    pub(crate) pipelines: Pipelines,
    uploads: Uploads,
    texture_uploader: TextureUploader,
    materials: Materials,
    environment: EnvironmentLight,
    /// Whether `frame` binds the environment as it is now.
    is_environment_bound: bool,
    frame: FrameBinding,
    instances: GrowingBuffer,
    shadow: ShadowPass,
    pub(crate) finish: FinishPass,
    cuts: Cuts,
    targets: Option<Targets>,
    errors: Arc<Mutex<Vec<String>>>,
}

impl Renderer {
    /// Makes the pipelines. `device` must have at least [`required_limits`](crate::required_limits).
    ///
    /// From now on errors of the device come to [`Self::take_errors`] instead of ending the program.
    pub fn new(device: wgpu::Device, queue: wgpu::Queue, tier: Tier) -> Self {
        let errors = Arc::new(Mutex::new(Vec::new()));
        let errors_of_device = errors.clone();
        device.on_uncaptured_error(Arc::new(move |error: wgpu::Error| {
            log::error!("graphics device: {error}");
            if let Ok(mut errors) = errors_of_device.lock()
                && errors.len() < MAX_ERRORS
            {
                errors.push(error.to_string());
            }
        }));
        let materials = Materials::new(&device);
        let layouts = Layouts {
            frame: FrameBinding::layout(&device),
            material: materials.layout.clone(),
            rows: rows_layout(&device),
            cut: Cuts::layout(&device),
        };
        Self {
            tier,
            uploads: Uploads::new(),
            texture_uploader: TextureUploader::new(&device),
            materials,
            environment: EnvironmentLight::new(&device),
            is_environment_bound: false,
            frame: FrameBinding::new(&device),
            instances: GrowingBuffer::new(&device, "Renderer::instances", wgpu::BufferUsages::VERTEX),
            shadow: ShadowPass::new(&device, &queue),
            finish: FinishPass::new(&device),
            cuts: Cuts::new(&device),
            targets: None,
            errors,
            pipelines: Pipelines::new(&device, layouts),
            device,
            queue,
        }
    }

    /// The tier it was made for.
    pub fn tier(&self) -> Tier {
        self.tier
    }

    /// Hands in a mesh; it is sent by [`Self::upload`]. Does nothing when the key is known.
    pub fn queue_mesh(&mut self, key: MeshKey, mesh: Arc<DisplayMesh>) {
        self.uploads.queue_mesh(key, mesh);
    }

    /// Hands in an image; it is sent when a material asks for it. Does nothing when the key is known.
    pub fn queue_texture(&mut self, key: TextureKey, image: Arc<TextureData>) {
        self.uploads.queue_texture(key, image);
    }

    /// Whether the mesh is on the GPU, on its way, or was refused.
    pub fn has_mesh(&self, key: MeshKey) -> bool {
        self.uploads.has_mesh(key)
    }

    /// Whether the image was handed in.
    pub fn has_texture(&self, key: TextureKey) -> bool {
        self.uploads.has_image(key)
    }

    /// Sends at most about `budget_bytes` of what waits. Call it once per frame, before [`Self::render`], and draw again
    /// while something is pending.
    pub fn upload(&mut self, budget_bytes: usize) -> UploadState {
        let context = UploadContext {
            device: &self.device,
            queue: &self.queue,
            rows_layout: &self.pipelines.layouts.rows,
            textures: &self.texture_uploader,
        };
        self.uploads.upload(&context, budget_bytes)
    }

    /// Forgets all meshes and images for which these say no.
    pub fn retain(&mut self, mesh: impl Fn(MeshKey) -> bool, texture: impl Fn(TextureKey) -> bool) {
        self.uploads.retain(mesh, texture);
    }

    /// GPU memory of meshes, images and the targets of the last picture.
    pub fn memory_bytes(&self) -> usize {
        self.uploads.memory_bytes() + self.targets.as_ref().map_or(0, Targets::memory_bytes)
    }

    /// Changes the environment; its maps are made within the next frame that shows a surface.
    pub fn set_environment(&mut self, environment: Environment) {
        self.environment.set(environment);
    }

    /// Makes one of the things that pictures need and that take time: first what the first picture of a part needs
    /// (shaders, maps of the environment), then what later ones may; false when there is nothing left. Without it
    /// [`Self::render`] makes them when it needs them. `qualities` are those of later pictures, `format` that of the target.
    pub fn warm_up(&mut self, qualities: &[Quality], format: wgpu::TextureFormat) -> bool {
        if self.make_next_pipeline(&PipelineKey::FIRST, qualities, format) {
            return true;
        }
        if self.environment.is_ready() {
            return self.make_next_pipeline(&PipelineKey::LATER, qualities, format);
        }
        self.environment.make_ready(&self.queue);
        self.is_environment_bound = false;
        true
    }

    pub(crate) fn device(&self) -> &wgpu::Device {
        &self.device
    }

    pub(crate) fn queue(&self) -> &wgpu::Queue {
        &self.queue
    }

    /// One of these, or of those that every picture needs; false when all are there.
    fn make_next_pipeline(
        &self,
        keys: &[PipelineKey],
        qualities: &[Quality],
        format: wgpu::TextureFormat,
    ) -> bool {
        for &quality in qualities {
            let variant = Variant::new(quality, quality.shadows, false);
            if let Some(&key) = keys.iter().find(|&&key| !self.pipelines.has(key, variant)) {
                self.pipelines.get(key, variant);
                return true;
            }
        }
        self.shadow.make_next_pipeline()
            || self.finish.make_next_pipeline(&self.device, &self.pipelines.layouts.frame, format)
    }

    /// Asks for the uploads that `scene` in `view` needs beyond its meshes (images in their roles, triangle edges);
    /// [`Self::render`] does it too, so only those who draw one frame and no more call it, after their meshes are there.
    pub fn prepare(&mut self, scene: &RenderScene, view: &View) {
        Materials::want_textures(scene, &mut self.uploads);
        if view.mode == DrawMode::Wireframe {
            for instance in &scene.instances {
                self.uploads.want_wireframe(instance.mesh);
            }
        }
    }

    /// What the device complained about since the last call, in its own words.
    pub fn take_errors(&mut self) -> Vec<String> {
        self.errors.lock().map(|mut errors| std::mem::take(&mut *errors)).unwrap_or_default()
    }

    /// Draws `scene` into `target`, which is `view.size_px` large and of an 8-bit RGBA or BGRA `format`. The bytes
    /// written are sRGB with alpha premultiplied (after encoding) in both kinds of format: a `*Unorm` target gets encoded
    /// values, a `*UnormSrgb` target encodes by itself.
    ///
    /// Records into `encoder`, which the caller submits before the next call: buffers are shared between frames.
    /// Errors: [`RenderError::Size`] only.
    pub fn render(
        &mut self,
        scene: &RenderScene,
        view: &View,
        target: &wgpu::TextureView,
        format: wgpu::TextureFormat,
        encoder: &mut wgpu::CommandEncoder,
    ) -> Result<FrameStats, RenderError> {
        let size_px = self.internal_size(view)?;
        let samples = if view.quality.samples > 1 { 4 } else { 1 };
        self.prepare(scene, view);
        self.materials.update(&self.device, &self.queue, scene, &self.uploads);

        let boxes = instance_bounds(scene, &self.uploads);
        let bounds = scene_bounds(&boxes);
        let eye = Eye::new(&view.camera, f64::from(view.size_px[0]) / f64::from(view.size_px[1]), bounds);
        let sections = Sections::new(view);
        let list = DrawList::new(
            scene,
            &boxes,
            (view.mode, view.quality.stand_ins),
            (&eye, &sections),
            &self.uploads,
            &self.materials,
        );
        self.instances.write(&self.device, &self.queue, bytemuck::cast_slice(&list.instances));
        let uploads = &self.uploads;
        let cuts = CutInputs { scene, boxes: &boxes, view, eye: &eye, sections: &sections, uploads };
        self.cuts.prepare(&self.device, &self.queue, &cuts);
        self.prepare_environment(!list.draws.is_empty());
        self.prepare_targets(size_px, samples, !sections.is_empty(), &list);

        let light = Light::new(view);
        let casters = Casters { scene, uploads: &self.uploads, materials: &self.materials };
        let shadow = bounds
            .map(|bounds| ShadowSpace::new(bounds, light.to_key))
            .filter(|space| view.quality.shadows || self.shadow.shows(casters, space));
        let inputs = FrameInputs {
            view,
            size_px,
            eye: &eye,
            light,
            shadow,
            irradiance: self.environment.irradiance(),
            sections: &sections,
            has_highlights: list.has_highlights(),
        };
        self.frame.write(&self.queue, &inputs.uniform());
        let mut stats = list.stats;
        for pass in Pass::ORDER {
            stats.draws += self.record(pass, scene, &inputs, &list, (target, format), encoder);
        }
        Ok(stats)
    }

    /// Pixels that are computed for a view.
    fn internal_size(&self, view: &View) -> Result<[u32; 2], RenderError> {
        let max = self.device.limits().max_texture_dimension_2d;
        let [width, height] = view.size_px;
        if width == 0 || height == 0 || width.max(height) > max {
            return Err(RenderError::Size { width, height, max });
        }
        let scale = view.quality.render_scale.clamp(0.25, 1.0);
        Ok(view.size_px.map(|side| ((side as f32 * scale).round() as u32).clamp(1, side)))
    }

    fn prepare_environment(&mut self, has_surfaces: bool) {
        if has_surfaces && !self.environment.is_ready() {
            self.environment.make_ready(&self.queue);
            self.is_environment_bound = false;
        }
        if !self.is_environment_bound {
            let layout = &self.pipelines.layouts.frame;
            self.frame.bind(&self.device, layout, self.environment.views(), &self.shadow);
            self.is_environment_bound = true;
        }
    }

    fn prepare_targets(&mut self, size_px: [u32; 2], samples: u32, has_stencil: bool, list: &DrawList) {
        let fits = |targets: &Targets| {
            (targets.size_px, targets.samples, targets.has_stencil) == (size_px, samples, has_stencil)
        };
        let mut has_new = !self.targets.as_ref().is_some_and(fits);
        if has_new {
            self.targets = Some(Targets::new(&self.device, size_px, samples, has_stencil));
        }
        if let Some(targets) = &mut self.targets {
            has_new |= targets.require(&self.device, list.has_layers(), list.has_highlights());
            if has_new {
                self.finish.bind(&self.device, targets);
            }
        }
    }

    /// Records one pass; returns its draw calls beyond those of the list.
    fn record(
        &mut self,
        pass: Pass,
        scene: &RenderScene,
        inputs: &FrameInputs<'_>,
        list: &DrawList,
        (target, format): (&wgpu::TextureView, wgpu::TextureFormat),
        encoder: &mut wgpu::CommandEncoder,
    ) -> u32 {
        let ground = inputs.ground();
        if let (Pass::Shadow, Some(space)) = (pass, &inputs.shadow) {
            let is_needed = ground.has_shadow || inputs.view.lighting.key_intensity > 0.0;
            let casters = Casters { scene, uploads: &self.uploads, materials: &self.materials };
            let cut = (inputs.sections, inputs.view.quality);
            let shadow = &mut self.shadow;
            return if is_needed { shadow.record(&self.queue, encoder, casters, space, cut) } else { 0 };
        }
        let (Some(targets), Some(frame)) = (&self.targets, &self.frame.group) else { return 0 };
        let context = DrawContext {
            frame,
            list,
            instances: &self.instances.buffer,
            uploads: &self.uploads,
            materials: &self.materials,
            cuts: &self.cuts,
            pipelines: &self.pipelines,
            variant: Variant::new(inputs.view.quality, inputs.shadow.is_some(), !inputs.sections.is_empty()),
        };
        match pass {
            Pass::Shadow => 0,
            Pass::Main => {
                main::record(encoder, targets, &context, ground);
                self.cuts.num_calls() + u32::from(ground.has_shadow) + u32::from(ground.has_grid)
            }
            Pass::Layers => {
                if let (Some(layers), true) = (&targets.layers, list.has_layers()) {
                    layers::record(encoder, targets, layers, &context);
                }
                0
            }
            Pass::Highlight => {
                if let (Some(highlight), true) = (&targets.highlight, list.has_highlights()) {
                    highlight::record(encoder, highlight, &context);
                }
                0
            }
            Pass::Finish => {
                self.finish.record(
                    &self.device,
                    encoder,
                    (&self.pipelines.layouts.frame, frame),
                    (target, format),
                    Finish { has_layers: list.has_layers(), has_highlights: list.has_highlights() },
                );
                1
            }
        }
    }
}
