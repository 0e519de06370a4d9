//! Materials on the GPU: one uniform buffer for all factors, one bind group per set of textures.

use std::collections::BTreeMap;

use crate::gpu;
use crate::gpu_data::{MaterialUniform, material_flags};
use crate::uploads::{TextureRole, Uploads};
use crate::{AlphaMode, MaterialKey, RenderMaterial, RenderScene, Sampling, TextureUse};

const STRIDE: u64 = 256;

/// A texture of a material as it is bound: base colour, metallic-roughness, normal, occlusion, emissive.
type TextureSet = [Option<(crate::TextureKey, TextureRole, Sampling)>; 5];

/// A material as draws name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct MaterialSlot {
    /// Number of its bind group.
    pub(crate) bind_group: u32,
    /// Place of its factors in the uniform buffer.
    pub(crate) offset: u32,
}

/// What the draw list asks of a material.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct MaterialInfo {
    pub(crate) slot: MaterialSlot,
    pub(crate) alpha_mode: AlphaMode,
}

impl MaterialInfo {
    /// Whether the material uses no image; such materials share the first bind group.
    pub(crate) fn has_no_textures(&self) -> bool {
        self.slot.bind_group == 0
    }
}

pub(crate) struct Materials {
    pub(crate) layout: wgpu::BindGroupLayout,
    uniforms: gpu::GrowingBuffer,
    written: Vec<u8>,
    bind_groups: Vec<wgpu::BindGroup>,
    sets: BTreeMap<TextureSet, u32>,
    samplers: BTreeMap<Sampling, wgpu::Sampler>,
    infos: BTreeMap<MaterialKey, MaterialInfo>,
    fallback: MaterialInfo,
    white: wgpu::TextureView,
    textures_revision: u64,
}

impl Materials {
    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let mut entries = vec![gpu::uniform_entry(0, true)];
        for texture in 0..5 {
            entries.push(gpu::texture_entry(1 + 2 * texture, wgpu::TextureViewDimension::D2));
            entries.push(gpu::sampler_entry(2 + 2 * texture, wgpu::SamplerBindingType::Filtering));
        }
        let layout = device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("Materials::layout"),
            entries: &entries,
        });
        let descriptor = gpu::TargetDescriptor {
            label: "Materials::white",
            size_px: [1, 1],
            format: wgpu::TextureFormat::Rgba8Unorm,
            samples: 1,
            layers: 1,
            mips: 1,
        };
        let fallback = MaterialInfo {
            slot: MaterialSlot { bind_group: 0, offset: 0 },
            alpha_mode: RenderMaterial::default().alpha_mode,
        };
        Self {
            layout,
            uniforms: gpu::GrowingBuffer::new(device, "Materials::uniforms", wgpu::BufferUsages::UNIFORM),
            written: Vec::new(),
            bind_groups: Vec::new(),
            sets: BTreeMap::new(),
            samplers: BTreeMap::new(),
            infos: BTreeMap::new(),
            fallback,
            white: gpu::whole(&gpu::target(device, &descriptor)),
            textures_revision: 0,
        }
    }

    /// Asks for the images of all materials, in their roles.
    pub(crate) fn want_textures(scene: &RenderScene, uploads: &mut Uploads) {
        for material in scene.materials.values() {
            for (used, role) in texture_uses(material) {
                if let Some(used) = used {
                    uploads.want_texture(used.texture, role);
                }
            }
        }
    }

    /// Brings the GPU's materials up to date with the scene's and the images that are there.
    pub(crate) fn update(
        &mut self,
        device: &wgpu::Device,
        queue: &wgpu::Queue,
        scene: &RenderScene,
        uploads: &Uploads,
    ) {
        if self.textures_revision != uploads.textures_revision {
            self.textures_revision = uploads.textures_revision;
            self.sets.clear();
        }
        let mut bytes = Vec::with_capacity((scene.materials.len() + 1) * STRIDE as usize);
        let mut sets = vec![TextureSet::default()];
        push_uniform(&mut bytes, &RenderMaterial::default(), &TextureSet::default());
        self.infos.clear();
        for (&key, material) in &scene.materials {
            let offset = bytes.len() as u32;
            let set = texture_set(material, uploads);
            push_uniform(&mut bytes, material, &set);
            let bind_group = match sets.iter().rev().take(64).position(|other| *other == set) {
                Some(back) => sets.len() - 1 - back,
                None => {
                    sets.push(set);
                    sets.len() - 1
                }
            };
            let slot = MaterialSlot { bind_group: bind_group as u32, offset };
            self.infos.insert(key, MaterialInfo { slot, alpha_mode: material.alpha_mode });
        }
        if self.written != bytes {
            if self.uniforms.write(device, queue, &bytes) {
                self.sets.clear();
            }
            self.written = bytes;
        }
        self.update_bind_groups(device, &sets, uploads);
    }

    fn update_bind_groups(&mut self, device: &wgpu::Device, sets: &[TextureSet], uploads: &Uploads) {
        let is_current = self.sets.len() == sets.len()
            && sets.iter().enumerate().all(|(idx, set)| self.sets.get(set) == Some(&(idx as u32)));
        if is_current {
            return;
        }
        self.sets.clear();
        self.bind_groups.clear();
        for (idx, set) in sets.iter().enumerate() {
            let bind_group = self.bind_group(device, set, uploads);
            self.bind_groups.push(bind_group);
            self.sets.insert(*set, idx as u32);
        }
    }

    fn bind_group(&mut self, device: &wgpu::Device, set: &TextureSet, uploads: &Uploads) -> wgpu::BindGroup {
        let samplings = set.map(|used| used.map_or_else(Sampling::default, |(_, _, sampling)| sampling));
        for sampling in samplings {
            self.samplers.entry(sampling).or_insert_with(|| sampler(device, sampling));
        }
        let mut entries = vec![wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer: &self.uniforms.buffer,
                offset: 0,
                size: wgpu::BufferSize::new(size_of::<MaterialUniform>() as u64),
            }),
        }];
        for (binding, (used, sampling)) in (1..).step_by(2).zip(set.iter().zip(samplings)) {
            let view = used.and_then(|(key, role, _)| uploads.textures.get(&(key, role)));
            entries.push(gpu::view_binding(binding, view.unwrap_or(&self.white)));
            entries.push(gpu::sampler_binding(binding + 1, &self.samplers[&sampling]));
        }
        device.create_bind_group(&wgpu::BindGroupDescriptor {
            label: Some("Materials::bind_group"),
            layout: &self.layout,
            entries: &entries,
        })
    }

    pub(crate) fn info(&self, key: Option<MaterialKey>) -> MaterialInfo {
        key.and_then(|key| self.infos.get(&key)).copied().unwrap_or(self.fallback)
    }

    pub(crate) fn bind(&self, pass: &mut wgpu::RenderPass<'_>, slot: MaterialSlot) {
        pass.set_bind_group(1, &self.bind_groups[slot.bind_group as usize], &[slot.offset]);
    }
}

fn texture_uses(material: &RenderMaterial) -> [(&Option<TextureUse>, TextureRole); 5] {
    [
        (&material.base_color_texture, TextureRole::Color),
        (&material.metallic_roughness_texture, TextureRole::Data),
        (&material.normal_texture, TextureRole::Data),
        (&material.occlusion_texture, TextureRole::Data),
        (&material.emissive_texture, TextureRole::Color),
    ]
}

/// The textures of a material that are there.
fn texture_set(material: &RenderMaterial, uploads: &Uploads) -> TextureSet {
    texture_uses(material).map(|(used, role)| {
        let used = used.as_ref()?;
        uploads.textures.contains_key(&(used.texture, role)).then_some((used.texture, role, used.sampling))
    })
}

fn push_uniform(bytes: &mut Vec<u8>, material: &RenderMaterial, set: &TextureSet) {
    let mut flags = 0;
    if material.unlit {
        flags |= material_flags::UNLIT;
    }
    if material.double_sided {
        flags |= material_flags::DOUBLE_SIDED;
    }
    let mut uv_rows = [[0.0; 4]; 10];
    for (idx, (used, _)) in texture_uses(material).into_iter().enumerate() {
        if let (Some(used), true) = (used, set[idx].is_some()) {
            flags |= 1 << (material_flags::FIRST_TEXTURE + idx as u32);
            let [x, y, offset] = used.texture_from_uv;
            let uv_set = f32::from(used.uv_set.min(1));
            uv_rows[2 * idx] = [x[0], y[0], offset[0], uv_set];
            uv_rows[2 * idx + 1] = [x[1], y[1], offset[1], 0.0];
        }
    }
    let cutoff = if let AlphaMode::Mask(cutoff) = material.alpha_mode { cutoff.max(0.0) } else { -1.0 };
    let [r, g, b] = material.emissive;
    let uniform = MaterialUniform {
        base_color: material.base_color,
        emissive_and_cutoff: [r, g, b, cutoff],
        factors: [material.metallic, material.roughness, material.normal_scale, material.occlusion_strength],
        flags: [flags, 0, 0, 0],
        uv_rows,
    };
    bytes.extend_from_slice(bytemuck::bytes_of(&uniform));
    bytes.resize(bytes.len().next_multiple_of(STRIDE as usize), 0);
}

fn sampler(device: &wgpu::Device, sampling: Sampling) -> wgpu::Sampler {
    let address = |wrap| match wrap {
        1 => wgpu::AddressMode::MirrorRepeat,
        2 => wgpu::AddressMode::ClampToEdge,
        _ => wgpu::AddressMode::Repeat,
    };
    let filter = if sampling.nearest { wgpu::FilterMode::Nearest } else { wgpu::FilterMode::Linear };
    device.create_sampler(&wgpu::SamplerDescriptor {
        label: Some("Materials::sampler"),
        address_mode_u: address(sampling.wrap[0]),
        address_mode_v: address(sampling.wrap[1]),
        mag_filter: filter,
        min_filter: wgpu::FilterMode::Linear,
        mipmap_filter: wgpu::MipmapFilterMode::Linear,
        anisotropy_clamp: if sampling.nearest { 1 } else { 8 },
        ..Default::default()
    })
}
