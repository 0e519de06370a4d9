//! Meshes and images on their way to the GPU and there, sent in slices so that no frame is blocked.

mod mesh;
mod texel_rows;
mod texture;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use geometry::display::DisplayMesh;

use crate::{Instance, MeshKey, TextureKey};
pub(crate) use mesh::GpuMesh;
pub(crate) use texel_rows::{TexelRows, layout as rows_layout};
pub(crate) use texture::TextureUploader;

/// An image as it is handed in: straight alpha, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextureData {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Vec<u8>,
}

/// How far the uploads are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadState {
    /// Bytes still to be sent; 0 when everything that was queued or asked for is there.
    pub pending_bytes: usize,
    /// What was refused since the last call, and why, in words for people.
    pub refused: Vec<String>,
}

/// The role of an image decides its format on the GPU.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TextureRole {
    /// sRGB colours.
    Color,
    /// Numbers.
    Data,
}

enum Pending {
    Mesh(MeshKey, Box<mesh::MeshUpload>),
    Wireframe(MeshKey, texel_rows::RowsUpload),
    Texture((TextureKey, TextureRole), texture::TextureUpload),
}

/// Everything that was handed to the renderer by key.
pub(crate) struct Uploads {
    pub(crate) meshes: BTreeMap<MeshKey, GpuMesh>,
    pub(crate) textures: BTreeMap<(TextureKey, TextureRole), wgpu::TextureView>,
    /// Counts changes of `textures`, so that bind groups can be made anew.
    pub(crate) textures_revision: u64,
    images: BTreeMap<TextureKey, Arc<TextureData>>,
    queue: VecDeque<Pending>,
    /// What stands in `queue`, or was refused and is not tried again.
    asked_meshes: BTreeSet<MeshKey>,
    asked_wireframes: BTreeSet<MeshKey>,
    asked_textures: BTreeSet<(TextureKey, TextureRole)>,
    refused: Vec<String>,
}

impl Uploads {
    pub(crate) fn new() -> Self {
        Self {
            meshes: BTreeMap::new(),
            textures: BTreeMap::new(),
            textures_revision: 0,
            images: BTreeMap::new(),
            queue: VecDeque::new(),
            asked_meshes: BTreeSet::new(),
            asked_wireframes: BTreeSet::new(),
            asked_textures: BTreeSet::new(),
            refused: Vec::new(),
        }
    }

    pub(crate) fn queue_mesh(&mut self, key: MeshKey, mesh: Arc<DisplayMesh>) {
        if !self.meshes.contains_key(&key) && self.asked_meshes.insert(key) {
            self.queue.push_back(Pending::Mesh(key, Box::new(mesh::MeshUpload::new(mesh))));
        }
    }

    /// The mesh that is drawn for an instance, with its name; `None` while there is none.
    pub(crate) fn mesh_of(&self, instance: &Instance, stand_ins: bool) -> Option<(MeshKey, &GpuMesh)> {
        let key = instance.drawn_mesh(stand_ins, |key| self.meshes.contains_key(&key));
        self.meshes.get(&key).map(|mesh| (key, mesh))
    }

    pub(crate) fn has_mesh(&self, key: MeshKey) -> bool {
        self.meshes.contains_key(&key) || self.asked_meshes.contains(&key)
    }

    pub(crate) fn queue_texture(&mut self, key: TextureKey, image: Arc<TextureData>) {
        self.images.entry(key).or_insert(image);
    }

    pub(crate) fn has_image(&self, key: TextureKey) -> bool {
        self.images.contains_key(&key)
    }

    /// Asks for an image in a role; nothing happens until the image itself is handed in.
    pub(crate) fn want_texture(&mut self, key: TextureKey, role: TextureRole) {
        let Some(image) = self.images.get(&key) else { return };
        if !self.textures.contains_key(&(key, role)) && self.asked_textures.insert((key, role)) {
            let upload = texture::TextureUpload::new(image.clone(), role);
            self.queue.push_back(Pending::Texture((key, role), upload));
        }
    }

    /// Asks for all triangle edges of a mesh that is there.
    pub(crate) fn want_wireframe(&mut self, key: MeshKey) {
        let Some(mesh) = self.meshes.get(&key) else { return };
        if mesh.wireframe.is_none() && self.asked_wireframes.insert(key) {
            let texels = mesh::wireframe_texels(&mesh.source);
            self.queue.push_back(Pending::Wireframe(key, texel_rows::RowsUpload::new(texels)));
        }
    }

    /// Sends at most about `budget_bytes` (at least one row of an image, so that it always moves on).
    pub(crate) fn upload(&mut self, gpu: &UploadContext<'_>, budget_bytes: usize) -> UploadState {
        let mut budget = budget_bytes.max(1);
        while budget > 0
            && let Some(mut pending) = self.queue.pop_front()
        {
            let step = match &mut pending {
                Pending::Mesh(_, upload) => upload.advance(gpu, budget),
                Pending::Wireframe(_, upload) => upload.advance(gpu, "edges of all triangles", budget),
                Pending::Texture(_, upload) => upload.advance(gpu, budget),
            };
            match step {
                Ok(step) => {
                    budget = budget.saturating_sub(step.sent_bytes);
                    if step.is_done {
                        self.finish(gpu, pending);
                    } else {
                        self.queue.push_front(pending);
                    }
                }
                Err(reason) => {
                    log::warn!("{reason}");
                    self.refused.push(reason);
                }
            }
        }
        UploadState { pending_bytes: self.pending_bytes(), refused: std::mem::take(&mut self.refused) }
    }

    fn finish(&mut self, gpu: &UploadContext<'_>, pending: Pending) {
        match pending {
            Pending::Mesh(key, upload) => {
                self.meshes.insert(key, upload.finish(gpu));
                self.asked_meshes.remove(&key);
            }
            Pending::Wireframe(key, upload) => {
                if let Some(mesh) = self.meshes.get_mut(&key) {
                    mesh.wireframe = Some(upload.finish(gpu));
                }
                self.asked_wireframes.remove(&key);
            }
            Pending::Texture(key, upload) => {
                self.textures.insert(key, upload.finish(gpu));
                self.asked_textures.remove(&key);
                self.textures_revision += 1;
            }
        }
    }

    fn pending_bytes(&self) -> usize {
        let bytes_of = |pending: &Pending| match pending {
            Pending::Mesh(_, upload) => upload.pending_bytes(),
            Pending::Wireframe(_, upload) => upload.pending_bytes(),
            Pending::Texture(_, upload) => upload.pending_bytes(),
        };
        self.queue.iter().map(bytes_of).sum()
    }

    pub(crate) fn retain(&mut self, mesh: impl Fn(MeshKey) -> bool, texture: impl Fn(TextureKey) -> bool) {
        self.meshes.retain(|&key, _| mesh(key));
        self.images.retain(|&key, _| texture(key));
        let num_textures = self.textures.len();
        self.textures.retain(|&(key, _), _| texture(key));
        if self.textures.len() != num_textures {
            self.textures_revision += 1;
        }
        self.queue.retain(|pending| match pending {
            Pending::Mesh(key, _) | Pending::Wireframe(key, _) => mesh(*key),
            Pending::Texture((key, _), _) => texture(*key),
        });
        self.asked_meshes.retain(|&key| mesh(key));
        self.asked_wireframes.retain(|&key| mesh(key));
        self.asked_textures.retain(|&(key, _)| texture(key));
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        let meshes: usize = self.meshes.values().map(GpuMesh::memory_bytes).sum();
        let textures: usize =
            self.textures.values().map(|view| texture::bytes_with_mips(view.texture())).sum();
        meshes + textures
    }
}

/// How far one call has brought an upload.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    sent_bytes: usize,
    is_done: bool,
}

/// What an upload needs of the renderer.
pub(crate) struct UploadContext<'a> {
    pub(crate) device: &'a wgpu::Device,
    pub(crate) queue: &'a wgpu::Queue,
    pub(crate) rows_layout: &'a wgpu::BindGroupLayout,
    pub(crate) textures: &'a TextureUploader,
}

impl UploadContext<'_> {
    /// A buffer, or why there is none.
    fn buffer(&self, label: &str, size: u64, usage: wgpu::BufferUsages) -> Result<wgpu::Buffer, String> {
        let max = self.device.limits().max_buffer_size;
        if size > max {
            return Err(format!(
                "a mesh is too large for this device: {label} need {size} bytes, at most {max} fit"
            ));
        }
        let descriptor = wgpu::BufferDescriptor {
            label: Some(label),
            size: size.max(4),
            usage: usage | wgpu::BufferUsages::COPY_DST,
            mapped_at_creation: false,
        };
        out_of_memory(self.device, || self.device.create_buffer(&descriptor))
            .map_err(|error| format!("a mesh finds no room on the graphics device: {error}"))
    }
}

/// Runs `create` and tells when the device says at once that it has no memory left. A device that says so later (the
/// browser's) reports through the renderer's error list instead.
pub(crate) fn out_of_memory<T>(device: &wgpu::Device, create: impl FnOnce() -> T) -> Result<T, String> {
    let scope = device.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
    let made = create();
    let mut answer = std::pin::pin!(scope.pop());
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match answer.as_mut().poll(&mut context) {
        std::task::Poll::Ready(Some(error)) => Err(error.to_string()),
        _ => Ok(made),
    }
}
