//! The door to everything else: keeps what is on the GPU and draws frames.

use std::sync::Arc;

use geometry::display::DisplayMesh;

use crate::{
    Environment, FrameStats, MeshKey, RenderError, RenderScene, TextureData, TextureKey, Tier, UploadState,
    View,
};

/// Draws pictures of scenes on one device.
pub struct Renderer {
    device: wgpu::Device,
    queue: wgpu::Queue,
    tier: Tier,
}

impl Renderer {
    /// Makes the pipelines. `device` must have at least [`required_limits`](crate::required_limits).
    ///
    /// From now on errors of the device come to [`Self::take_errors`] instead of ending the program.
    pub fn new(device: wgpu::Device, queue: wgpu::Queue, tier: Tier) -> Self {
        Self { device, queue, tier }
    }

    /// Hands in a mesh; it is sent by [`Self::upload`]. Does nothing when the key is known.
    pub fn queue_mesh(&mut self, _key: MeshKey, _mesh: Arc<DisplayMesh>) {}

    /// Hands in an image; it is sent when a material asks for it. Does nothing when the key is known.
    pub fn queue_texture(&mut self, _key: TextureKey, _image: Arc<TextureData>) {}

    /// Whether the mesh is on the GPU or on its way.
    pub fn has_mesh(&self, _key: MeshKey) -> bool {
        false
    }

    /// Whether the image was handed in.
    pub fn has_texture(&self, _key: TextureKey) -> bool {
        false
    }

    /// Sends at most about `budget_bytes` of what waits. Call it once per frame, before [`Self::render`], and draw again
    /// while something is pending.
    pub fn upload(&mut self, _budget_bytes: usize) -> UploadState {
        UploadState::default()
    }

    /// Forgets all meshes and images for which these say no.
    pub fn retain(&mut self, _mesh: impl Fn(MeshKey) -> bool, _texture: impl Fn(TextureKey) -> bool) {}

    /// GPU memory of meshes, images and targets.
    pub fn memory_bytes(&self) -> usize {
        0
    }

    /// Changes the environment; the light is computed anew within the next frame.
    pub fn set_environment(&mut self, _environment: Environment) {}

    /// Asks for the uploads that `scene` in `view` needs beyond its meshes (images in their roles, wireframes);
    /// [`Self::render`] does it too, so only those who draw one frame and no more call it.
    pub fn prepare(&mut self, _scene: &RenderScene, _view: &View) {}

    /// Draws `scene` into `target`, which is `view.size_px` large and of an 8-bit RGBA or BGRA `format`. The bytes
    /// written are sRGB with alpha premultiplied in both kinds of format: a `*Unorm` target gets encoded values, a
    /// `*UnormSrgb` target encodes by itself.
    ///
    /// Records into `encoder`, which the caller submits. Errors: [`RenderError::Size`] only.
    pub fn render(
        &mut self,
        _scene: &RenderScene,
        _view: &View,
        _target: &wgpu::TextureView,
        _format: wgpu::TextureFormat,
        _encoder: &mut wgpu::CommandEncoder,
    ) -> Result<FrameStats, RenderError> {
        log::debug!("{:?} {:?} {:?}", self.tier, self.device, self.queue);
        Ok(FrameStats::default())
    }

    /// What the device complained about since the last call, in its own words.
    pub fn take_errors(&mut self) -> Vec<String> {
        Vec::new()
    }
}
