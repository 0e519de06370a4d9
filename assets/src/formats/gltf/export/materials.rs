//! Writes materials, textures, samplers and images.

use std::collections::BTreeSet;

use geometry::{Cancelled, Progress};
use serde_json::{Map, Value, json};

use super::bin::Bin;
use crate::{AlphaMode, Filter, Image, ImportedScene, Material, TextureRef, Wrap, images};

/// Collects what meshes use.
pub(super) struct MaterialWriter<'a> {
    scene: &'a ImportedScene,
    /// The materials that stand for “none”: plain, and for meshes with colours of their own.
    defaults: [Option<usize>; 2],
    num_materials: usize,
    samplers: Vec<(Filter, [Wrap; 2])>,
    /// Image and sampler.
    textures: Vec<(usize, usize)>,
    /// The images that materials use, ascending: as they are written.
    images: Vec<usize>,
    extensions: Vec<&'static str>,
}

impl<'a> MaterialWriter<'a> {
    /// A writer for a scene's materials, which keep their indices.
    pub(super) fn new(scene: &'a ImportedScene) -> Self {
        let textures = scene.materials.iter().flat_map(Material::textures);
        let images: BTreeSet<_> =
            textures.map(|texture| texture.image).filter(|image| *image < scene.images.len()).collect();
        Self {
            scene,
            defaults: [None; 2],
            num_materials: scene.materials.len(),
            samplers: Vec::new(),
            textures: Vec::new(),
            images: images.into_iter().collect(),
            extensions: Vec::new(),
        }
    }

    /// The material of a slot. The format's own default is a white metal, so ours is written where there is none.
    pub(super) fn of(&mut self, material: Option<usize>, has_colors: bool) -> usize {
        if let Some(material) = material.filter(|material| *material < self.scene.materials.len()) {
            return material;
        }
        *self.defaults[usize::from(has_colors)].get_or_insert_with(|| {
            self.num_materials += 1;
            self.num_materials - 1
        })
    }

    /// Writes everything, and gives the extensions used, sorted.
    pub(super) fn finish(
        mut self,
        document: &mut Map<String, Value>,
        bin: &mut Bin,
        progress: &dyn Progress,
    ) -> Result<Vec<&'static str>, Cancelled> {
        let scene = self.scene;
        let mut materials: Vec<_> = scene.materials.iter().map(|material| self.material(material)).collect();
        let mut defaults: Vec<_> =
            self.defaults.iter().enumerate().filter_map(|(kind, index)| Some(((*index)?, kind))).collect();
        defaults.sort_unstable();
        for (_, kind) in defaults {
            let mut default = Material { name: "Default".to_owned(), ..Material::default() };
            if kind == 1 {
                default.base_color = [1.0; 4];
            }
            materials.push(self.material(&default));
        }
        let mut images = Vec::new();
        for (index, image) in self.images.iter().enumerate() {
            progress.report(index as f64 / self.images.len() as f64)?;
            images.push(write_image(&scene.images[*image], bin));
        }
        let samplers = self.samplers.iter().map(|(filter, wrap)| write_sampler(*filter, *wrap)).collect();
        let textures = self
            .textures
            .iter()
            .map(|(image, sampler)| json!({ "source": image, "sampler": sampler }))
            .collect();
        for (key, values) in
            [("materials", materials), ("textures", textures), ("samplers", samplers), ("images", images)]
        {
            if !values.is_empty() {
                document.insert(key.to_owned(), Value::Array(values));
            }
        }
        self.extensions.sort_unstable();
        Ok(self.extensions)
    }

    fn material(&mut self, material: &Material) -> Value {
        let mut pbr = Map::new();
        insert(&mut pbr, "baseColorFactor", material.base_color.map(unit_range), [1.0; 4]);
        insert(&mut pbr, "metallicFactor", unit_range(material.metallic), 1.0);
        insert(&mut pbr, "roughnessFactor", unit_range(material.roughness), 1.0);
        self.texture(&mut pbr, "baseColorTexture", material.base_color_texture, None);
        self.texture(&mut pbr, "metallicRoughnessTexture", material.metallic_roughness_texture, None);
        let mut value = Map::new();
        if !material.name.is_empty() {
            value.insert("name".to_owned(), json!(material.name));
        }
        value.insert("pbrMetallicRoughness".to_owned(), Value::Object(pbr));
        let scale = (material.normal_scale, 1.0);
        self.texture(&mut value, "normalTexture", material.normal_texture, Some(("scale", scale)));
        let strength = (unit_range(material.occlusion_strength), 1.0);
        self.texture(
            &mut value,
            "occlusionTexture",
            material.occlusion_texture,
            Some(("strength", strength)),
        );
        self.texture(&mut value, "emissiveTexture", material.emissive_texture, None);
        insert(&mut value, "doubleSided", material.double_sided, false);
        match material.alpha_mode {
            AlphaMode::Opaque => {}
            AlphaMode::Mask(cutoff) => {
                value.insert("alphaMode".to_owned(), json!("MASK"));
                insert(&mut value, "alphaCutoff", finite(cutoff, 0.5).max(0.0), 0.5);
            }
            AlphaMode::Blend => {
                value.insert("alphaMode".to_owned(), json!("BLEND"));
            }
        }
        let mut extensions = Map::new();
        let emissive = material.emissive.map(|number| finite(number, 0.0).max(0.0));
        let strength = emissive.into_iter().fold(1.0, f32::max);
        insert(&mut value, "emissiveFactor", emissive.map(|number| unit_range(number / strength)), [0.0; 3]);
        if strength > 1.0 {
            let name = self.extension("KHR_materials_emissive_strength");
            extensions.insert(name, json!({ "emissiveStrength": strength }));
        }
        if material.unlit {
            extensions.insert(self.extension("KHR_materials_unlit"), json!({}));
        }
        if let Some(blocks) = material.extensions.as_deref() {
            self.blocks(blocks, &mut extensions);
        }
        if !extensions.is_empty() {
            value.insert("extensions".to_owned(), Value::Object(extensions));
        }
        Value::Object(value)
    }

    /// Writes a use of a texture, and with it a factor where that is not its default.
    pub(super) fn texture(
        &mut self,
        owner: &mut Map<String, Value>,
        key: &str,
        texture: Option<TextureRef>,
        factor: Option<(&str, (f32, f32))>,
    ) {
        let Some(texture) = texture else { return };
        let Ok(image) = self.images.binary_search(&texture.image) else { return };
        let sampler = position_or_push(&mut self.samplers, (texture.filter, texture.wrap));
        let mut info = Map::new();
        info.insert("index".to_owned(), json!(position_or_push(&mut self.textures, (image, sampler))));
        insert(&mut info, "texCoord", texture.uv_set, 0);
        if let Some((name, (value, default))) = factor {
            insert(&mut info, name, finite(value, default), default);
        }
        let mut transform = Map::new();
        insert(&mut transform, "offset", texture.offset.map(|number| finite(number, 0.0)), [0.0; 2]);
        insert(&mut transform, "rotation", finite(texture.rotation_rad, 0.0), 0.0);
        insert(&mut transform, "scale", texture.scale.map(|number| finite(number, 1.0)), [1.0; 2]);
        if !transform.is_empty() {
            let name = self.extension("KHR_texture_transform");
            info.insert("extensions".to_owned(), json!({ name: transform }));
        }
        owner.insert(key.to_owned(), Value::Object(info));
    }

    /// Notes that an extension is used, and gives its name.
    pub(super) fn extension(&mut self, name: &'static str) -> String {
        position_or_push(&mut self.extensions, name);
        name.to_owned()
    }
}

fn write_image(image: &Image, bin: &mut Bin) -> Value {
    let (media_type, bytes) = images::encode_as_png_or_jpeg(image);
    let mut value = Map::new();
    if !image.name.is_empty() {
        value.insert("name".to_owned(), json!(image.name));
    }
    bin.image(&media_type, bytes, &mut value);
    Value::Object(value)
}

fn write_sampler(filter: Filter, wrap: [Wrap; 2]) -> Value {
    let (magnified, minified) = match filter {
        Filter::Linear => (9729, 9987),
        Filter::Nearest => (9728, 9728),
    };
    let [wrap_s, wrap_t] = wrap.map(|wrap| match wrap {
        Wrap::Repeat => 10497,
        Wrap::MirroredRepeat => 33648,
        Wrap::ClampToEdge => 33071,
    });
    json!({ "magFilter": magnified, "minFilter": minified, "wrapS": wrap_s, "wrapT": wrap_t })
}

/// Inserts a value that is not the default.
pub(super) fn insert<T: PartialEq + serde::Serialize>(
    object: &mut Map<String, Value>,
    key: &str,
    value: T,
    default: T,
) {
    if value != default {
        object.insert(key.to_owned(), json!(value));
    }
}

fn position_or_push<T: PartialEq>(list: &mut Vec<T>, item: T) -> usize {
    list.iter().position(|known| *known == item).unwrap_or_else(|| {
        list.push(item);
        list.len() - 1
    })
}

pub(super) fn finite(number: f32, otherwise: f32) -> f32 {
    if number.is_finite() { number } else { otherwise }
}

pub(super) fn unit_range(number: f32) -> f32 {
    finite(number, 1.0).clamp(0.0, 1.0)
}
