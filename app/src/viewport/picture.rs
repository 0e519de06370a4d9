//! The picture in the view: drawn by the renderer into a texture of its own, and only when something changed.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use eframe::egui_wgpu::{self, CallbackResources, RenderState, WgpuConfiguration, WgpuSetup, wgpu};
use renderer::{
    Blit, Environment, Quality, RenderError, Renderer, TextureData, TextureKey, Tier, UploadState, View,
};

use super::motion;
use super::readback::Readback;
use super::snapshots;
use crate::render_sync::{Change, RenderSync, coarse_key, mesh_key, parts_of, texture_key};
use crate::state::{EnvironmentMap, State};

const FORMAT: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// Bytes sent to the GPU per frame. On WebGL the driver copies on the main thread; 12 MiB take some 25 ms there.
const UPLOAD_BYTES: [(Tier, usize); 2] = [(Tier::WebGl2, 12 << 20), (Tier::WebGpu, 24 << 20)];

/// While meshes and images are sent, what is there so far is shown no more often than this.
const SHOW_UPLOADS_EVERY_SECS: f64 = 1.0;

/// How eframe has to make the device, so that the renderer can use it too.
#[must_use]
pub fn wgpu_configuration() -> WgpuConfiguration {
    let mut configuration = WgpuConfiguration::default();
    if let WgpuSetup::CreateNew(setup) = &mut configuration.wgpu_setup {
        setup.device_descriptor = Arc::new(renderer::device_descriptor);
    }
    configuration
}

/// The renderer with its target.
pub(crate) struct Picture {
    render_state: RenderState,
    renderer: Renderer,
    upload_bytes: usize,
    target: Option<Target>,
    drawn: Option<Drawn>,
    drawn_secs: f64,
    environment: Option<Arc<EnvironmentMap>>,
    /// Images that were handed in, be they refused or not.
    images: BTreeSet<TextureKey>,
    waiting: Vec<Awaited>,
    /// Whether images of the document have not been handed in yet.
    images_missing: bool,
    /// Whether there is nothing left to get ready.
    is_warm: bool,
    /// Whether the device has finished the last picture; followed until `is_warm`.
    is_idle: Arc<AtomicBool>,
    /// How far the uploads were after the last frame.
    pub uploads: UploadState,
}

/// How getting ready goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarmUp {
    /// There is nothing to do, or nothing yet.
    Done,
    /// There is more to do at once.
    GoesOn,
    /// There is more to do when the device has time.
    Waits,
}

/// The texture with the picture.
struct Target {
    texture: wgpu::Texture,
    view: wgpu::TextureView,
}

/// Shows the texture among what egui draws. egui's own way takes a software rasterizer ten times as long.
pub(crate) struct ShowPicture;

impl egui_wgpu::CallbackTrait for ShowPicture {
    fn paint(
        &self,
        _info: egui::PaintCallbackInfo,
        pass: &mut wgpu::RenderPass<'static>,
        resources: &CallbackResources,
    ) {
        if let Some(blit) = resources.get::<Blit>() {
            blit.draw(pass);
        }
    }
}

/// What the texture shows.
#[derive(PartialEq)]
struct Drawn {
    view: View,
    scene: u64,
}

/// What of a model has been shown for the first time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// What its job shows of it ahead.
    Preview,
    /// The model of this name.
    Model(String),
}

/// Models whose first picture the GPU is still working on.
struct Awaited {
    models: Vec<Shown>,
    done: Arc<AtomicBool>,
}

impl Picture {
    /// Prepares a renderer on egui's device.
    pub(crate) fn new(render_state: &RenderState) -> Self {
        let tier = renderer::tier_of(&render_state.adapter);
        let renderer = Renderer::new(render_state.device.clone(), render_state.queue.clone(), tier);
        let blit = Blit::new(&render_state.device, render_state.target_format);
        render_state.renderer.write().callback_resources.insert(blit);
        let upload_bytes =
            UPLOAD_BYTES.iter().find(|(of, _)| *of == tier).map_or(4 << 20, |(_, bytes)| *bytes);
        Self {
            render_state: render_state.clone(),
            renderer,
            upload_bytes,
            target: None,
            drawn: None,
            drawn_secs: 0.0,
            environment: None,
            images: BTreeSet::new(),
            waiting: Vec::new(),
            images_missing: false,
            is_warm: false,
            is_idle: Arc::default(),
            uploads: UploadState::default(),
        }
    }

    /// See [`Renderer::rehearse`]; only drivers of WebGL compile shaders when something is drawn.
    pub(crate) fn rehearse(&mut self, step: usize, slow: bool) -> bool {
        if self.renderer.tier() != Tier::WebGl2 {
            return false;
        }
        let quality = if slow { motion::HURRIED } else { Quality::default() };
        self.renderer.rehearse(step, quality, FORMAT).unwrap_or_else(|error| {
            log::warn!("no rehearsal: {error}");
            false
        })
    }

    /// See [`Renderer::warm_up`]; does nothing before there is a picture.
    /// Waits while the device draws: shaders would have to wait for it, and the app for them.
    pub(crate) fn warm_up(&mut self, qualities: &[Quality]) -> WarmUp {
        if self.is_warm || self.drawn.is_none() {
            return WarmUp::Done;
        }
        self.poll();
        if !self.is_idle.load(Ordering::Acquire) {
            return WarmUp::Waits;
        }
        self.is_warm = !self.renderer.warm_up(qualities, FORMAT);
        if self.is_warm { WarmUp::Done } else { WarmUp::GoesOn }
    }

    /// Hands new meshes and images to the renderer and lets it forget those that nothing shows.
    pub(crate) fn follow(&mut self, sync: &RenderSync, change: Change, state: &State) {
        let has_changed = match (&self.environment, &state.environment) {
            (Some(old), Some(new)) => !Arc::ptr_eq(old, new),
            (old, new) => old.is_some() != new.is_some(),
        };
        if has_changed {
            self.environment.clone_from(&state.environment);
            self.renderer.set_environment(match &state.environment {
                None => Environment::Studio,
                Some(map) => Environment::Equirect {
                    width: map.width,
                    height: map.height,
                    rgb: map.rgb.iter().flatten().copied().collect(),
                },
            });
            self.drawn = None;
        }
        if change == Change::Structure {
            for placed in &sync.placed {
                // First what can be shown soonest; what is there already is not taken again.
                if let Some(coarse) = &placed.part.coarse {
                    self.renderer.queue_mesh(coarse_key(placed.part.hash), Arc::clone(coarse));
                }
                self.renderer.queue_mesh(mesh_key(placed.part.hash), Arc::clone(&placed.part.display));
            }
            let previewed = state.preview.as_ref().map_or(&[][..], |shown| &shown.preview.parts);
            for part in previewed {
                self.renderer.queue_mesh(coarse_key(part.hash), Arc::clone(&part.coarse));
            }
            let is_previewed = |hash| previewed.iter().any(|part| part.hash == hash);
            let images: BTreeSet<TextureKey> =
                state.document().images().iter().map(|(hash, _)| texture_key(*hash)).collect();
            self.images.retain(|image| images.contains(image));
            self.renderer.retain(
                |mesh| {
                    let parts = parts_of(mesh);
                    parts.into_iter().any(|hash| state.parts.prepared(hash).is_some() || is_previewed(hash))
                },
                |texture| images.contains(&texture),
            );
        }
    }

    /// Hands in at most one image, as copying several would block a frame. Whether some are still missing.
    fn queue_image(&mut self, state: &State) -> bool {
        let images = state.document().images();
        let mut missing = images.iter().filter(|(hash, _)| !self.images.contains(&texture_key(*hash)));
        let Some((hash, image)) = missing.next() else { return false };
        let is_more = missing.next().is_some();
        self.images.insert(texture_key(*hash));
        let data = TextureData { width: image.width, height: image.height, rgba: image.rgba.clone() };
        self.renderer.queue_texture(texture_key(*hash), Arc::new(data));
        is_more
    }

    /// Draws the picture of the scene when it is out of date; [`ShowPicture`] shows it. Asks for another frame while uploads
    /// are under way.
    ///
    /// # Errors
    /// When the size is beyond the device.
    pub(crate) fn draw(
        &mut self,
        ctx: &egui::Context,
        sync: &RenderSync,
        view: &View,
        state: &mut State,
    ) -> Result<(), RenderError> {
        self.images_missing = self.queue_image(state);
        self.renderer.prepare(&sync.scene, view);
        let was_uploading = self.uploads.pending_bytes > 0;
        self.uploads = self.renderer.upload(self.upload_bytes);
        let uploading = self.images_missing || self.uploads.pending_bytes > 0;
        self.resize(view.size_px);
        let wanted = Drawn { view: view.clone(), scene: sync.version };
        let Some(target) = &self.target else {
            return Err(RenderError::Size { width: 0, height: 0, max: 0 });
        };
        let now_secs = ctx.input(|input| input.time);
        let is_stale = self.drawn.as_ref() != Some(&wanted);
        let is_due = if uploading {
            // Every picture drawn now holds up the uploads and soon is out of date.
            let has_moved = self.drawn.as_ref().is_none_or(|drawn| drawn.view != wanted.view);
            has_moved || now_secs - self.drawn_secs > SHOW_UPLOADS_EVERY_SECS
        } else {
            is_stale || was_uploading
        };
        if is_due {
            self.drawn_secs = now_secs;
            let device = &self.render_state.device;
            let descriptor = wgpu::CommandEncoderDescriptor { label: Some("Picture::draw") };
            let mut encoder = device.create_command_encoder(&descriptor);
            self.renderer.render(&sync.scene, view, &target.view, FORMAT, &mut encoder)?;
            self.render_state.queue.submit([encoder.finish()]);
            self.drawn = Some(wanted);
            if !self.is_warm {
                let is_idle = Arc::new(AtomicBool::new(false));
                self.is_idle = Arc::clone(&is_idle);
                self.render_state
                    .queue
                    .on_submitted_work_done(move || is_idle.store(true, Ordering::Release));
            }
        }
        if let Some(shown) = state.preview.as_mut().filter(|shown| !shown.drawn && !uploading && is_due) {
            shown.drawn = true;
            self.await_models(ctx, vec![Shown::Preview]);
        }
        if uploading {
            ctx.request_repaint();
        } else if sync.complete && !state.opening.is_empty() {
            let models = std::mem::take(&mut state.opening);
            self.await_models(ctx, models.into_iter().map(Shown::Model).collect());
        }
        Ok(())
    }

    fn await_models(&mut self, ctx: &egui::Context, models: Vec<Shown>) {
        let done = Arc::new(AtomicBool::new(false));
        let (flag, ctx) = (Arc::clone(&done), ctx.clone());
        self.render_state.queue.on_submitted_work_done(move || {
            flag.store(true, Ordering::Release);
            ctx.request_repaint();
        });
        self.waiting.push(Awaited { models, done });
    }

    /// Models whose first picture has been finished by the GPU since the last call. Asks for another frame while there
    /// are some to wait for.
    pub(crate) fn take_finished_models(&mut self, ctx: &egui::Context) -> Vec<Shown> {
        if self.waiting.is_empty() {
            return Vec::new();
        }
        self.poll();
        let (done, waiting): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|it| it.done.load(Ordering::Acquire));
        self.waiting = waiting;
        if !self.waiting.is_empty() {
            ctx.request_repaint_after_secs(0.004);
        }
        done.into_iter().flat_map(|awaited| awaited.models).collect()
    }

    /// Draws the scene once in another view, into a texture of its own that is on its way back then; `None` while
    /// something that belongs to it has not arrived on the GPU.
    ///
    /// # Errors
    /// When the size is beyond the device.
    pub(super) fn draw_apart(
        &mut self,
        sync: &RenderSync,
        view: &View,
    ) -> Result<Option<Readback>, RenderError> {
        self.renderer.prepare(&sync.scene, view);
        let mut uploads = self.renderer.upload(self.upload_bytes);
        self.uploads.pending_bytes = uploads.pending_bytes;
        self.uploads.refused.append(&mut uploads.refused);
        if self.images_missing || self.uploads.pending_bytes > 0 {
            return Ok(None);
        }
        let (device, queue) = (&self.render_state.device, &self.render_state.queue);
        let texture = snapshots::texture(device, view, FORMAT)?;
        let target = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let descriptor = wgpu::CommandEncoderDescriptor { label: Some("Picture::draw_apart") };
        let mut encoder = device.create_command_encoder(&descriptor);
        self.renderer.render(&sync.scene, view, &target, FORMAT, &mut encoder)?;
        queue.submit([encoder.finish()]);
        Ok(Some(Readback::start(device, queue, &texture)))
    }

    /// Models whose first picture the GPU will not finish any more.
    pub(crate) fn abandon_models(&mut self) -> Vec<Shown> {
        self.waiting.drain(..).flat_map(|awaited| awaited.models).collect()
    }

    /// What the device complained about, in its own words.
    pub(crate) fn take_errors(&mut self) -> Vec<String> {
        self.renderer.take_errors()
    }

    /// Lets the device call back; in the browser's WebGPU this is done by the event loop.
    pub(super) fn poll(&self) {
        if let Err(error) = self.render_state.device.poll(wgpu::PollType::Poll) {
            log::warn!("the GPU could not be polled: {error}");
        }
    }

    fn resize(&mut self, [width, height]: [u32; 2]) {
        let is_right = |target: &Target| target.texture.width() == width && target.texture.height() == height;
        let max = self.render_state.device.limits().max_texture_dimension_2d;
        if self.target.as_ref().is_some_and(is_right) || width.max(height) > max {
            return;
        }
        let device = &self.render_state.device;
        let texture = device.create_texture(&wgpu::TextureDescriptor {
            label: Some("Picture::target"),
            size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format: FORMAT,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT
                | wgpu::TextureUsages::TEXTURE_BINDING
                | wgpu::TextureUsages::COPY_SRC,
            view_formats: &[],
        });
        let view = texture.create_view(&wgpu::TextureViewDescriptor::default());
        let resources = &mut self.render_state.renderer.write().callback_resources;
        if let Some(blit) = resources.get_mut::<Blit>() {
            blit.set_source(&view);
        }
        self.target = Some(Target { texture, view });
        self.drawn = None;
    }
}
