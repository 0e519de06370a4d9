//! Materials, textures, samplers and images.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use geometry::{Cancelled, Progress};
use serde_json::Value;

use super::buffers::{Buffers, data_media_type, fetch, side_file_name};
use super::json::{Lenient as _, Place, Report};
use super::specular_glossiness;
use crate::images::{self, ImageError, PixelBudget};
use crate::{AlphaMode, Filter, Image, Material, Resolver, TextureRef, Wrap};

/// Reads materials and the images they use.
pub(super) struct MaterialReader<'a> {
    document: &'a Value,
    buffers: &'a Buffers<'a>,
    resolver: &'a dyn Resolver,
    pub(super) budget: PixelBudget,
    /// What each image of the document became.
    found: Vec<Found>,
    /// What was read or made, in the order in which materials came upon it.
    pub(super) images: Vec<Arc<Image>>,
}

#[derive(Clone, Copy)]
enum Found {
    NotTried,
    Unreadable,
    Image(usize),
}

impl<'a> MaterialReader<'a> {
    /// A reader of a document's materials.
    pub(super) fn new(document: &'a Value, buffers: &'a Buffers<'a>, resolver: &'a dyn Resolver) -> Self {
        let found = vec![Found::NotTried; document.elements("images").len()];
        Self { document, buffers, resolver, budget: PixelBudget::default(), found, images: Vec::new() }
    }

    /// All materials, and the images that they use.
    ///
    /// # Errors
    /// [`Cancelled`].
    pub(super) fn read(
        mut self,
        progress: &dyn Progress,
        report: &mut Report,
    ) -> Result<(Vec<Material>, Vec<Arc<Image>>), Cancelled> {
        let root = Place::Root;
        let materials_at = root.key("materials");
        let values = self.document.elements("materials");
        let mut materials = Vec::with_capacity(values.len());
        for (index, value) in values.iter().enumerate() {
            progress.report(index as f64 / values.len() as f64)?;
            materials.push(self.material(value, &materials_at.at(index), report));
        }
        self.look_at_unused(report);
        let images = self.in_file_order(&mut materials);
        Ok((materials, images))
    }

    /// Reads images that no texture uses, only to complain about them.
    fn look_at_unused(&mut self, report: &mut Report) {
        let mut is_named = vec![false; self.found.len()];
        for texture in self.document.elements("textures") {
            let extensions = texture.get("extensions").and_then(Value::as_object);
            let extended = extensions.into_iter().flatten().map(|(_, extension)| extension);
            for source in std::iter::once(texture).chain(extended).filter_map(|owner| owner.index("source")) {
                if let Some(named) = is_named.get_mut(source) {
                    *named = true;
                }
            }
        }
        for index in (0..self.found.len()).filter(|index| !is_named[*index]) {
            self.read_image(index, report);
        }
    }

    /// The images that are used, in the order of the file instead of that in which materials came upon them, and then
    /// those that were made.
    fn in_file_order(self, materials: &mut [Material]) -> Vec<Arc<Image>> {
        let mut is_used = vec![false; self.images.len()];
        for texture in materials.iter().flat_map(Material::textures) {
            is_used[texture.image] = true;
        }
        let read = self.found.iter().filter_map(|found| match found {
            Found::Image(image) => Some(*image),
            Found::NotTried | Found::Unreadable => None,
        });
        let mut order: Vec<_> = read.collect();
        let is_read: BTreeSet<_> = order.iter().copied().collect();
        order.extend((0..self.images.len()).filter(|image| !is_read.contains(image)));
        order.retain(|image| is_used[*image]);
        let mut new_index = vec![0; self.images.len()];
        for (new, old) in order.iter().enumerate() {
            new_index[*old] = new;
        }
        for texture in materials.iter_mut().flat_map(Material::texture_slots_mut).flatten() {
            texture.image = new_index[texture.image];
        }
        order.into_iter().map(|image| Arc::clone(&self.images[image])).collect()
    }

    fn material(&mut self, value: &Value, at: &Place<'_>, report: &mut Report) -> Material {
        let null = Value::Null;
        let pbr = value.get("pbrMetallicRoughness").unwrap_or(&null);
        let pbr_at = at.key("pbrMetallicRoughness");
        let extensions_at = at.key("extensions");
        let strength = value
            .extension("KHR_materials_emissive_strength")
            .and_then(|extension| extension.single("emissiveStrength"))
            .map_or(1.0, |strength| strength.max(0.0));
        let emissive =
            value.singles("emissiveFactor").unwrap_or([0.0; 3]).map(|factor: f32| factor.max(0.0) * strength);
        let normal = value.get("normalTexture");
        let occlusion = value.get("occlusionTexture");
        let mut material = Material {
            name: value.text("name").unwrap_or_default().to_owned(),
            base_color: pbr.singles("baseColorFactor").unwrap_or([1.0; 4]).map(unit_range),
            metallic: pbr.single("metallicFactor").map_or(1.0, unit_range),
            roughness: pbr.single("roughnessFactor").map_or(1.0, unit_range),
            emissive,
            alpha_mode: match value.text("alphaMode") {
                Some("MASK") => AlphaMode::Mask(value.single("alphaCutoff").unwrap_or(0.5)),
                Some("BLEND") => AlphaMode::Blend,
                _ => AlphaMode::Opaque,
            },
            double_sided: value.flag("doubleSided"),
            unlit: value.extension("KHR_materials_unlit").is_some(),
            base_color_texture: self.texture(pbr, "baseColorTexture", &pbr_at, report),
            metallic_roughness_texture: self.texture(pbr, "metallicRoughnessTexture", &pbr_at, report),
            normal_texture: self.texture(value, "normalTexture", at, report),
            normal_scale: normal.and_then(|normal| normal.single("scale")).unwrap_or(1.0),
            occlusion_texture: self.texture(value, "occlusionTexture", at, report),
            occlusion_strength: occlusion
                .and_then(|occlusion| occlusion.single("strength"))
                .map_or(1.0, unit_range),
            emissive_texture: self.texture(value, "emissiveTexture", at, report),
            extensions: self.blocks(value, &extensions_at, report),
        };
        if let Some(extension) = value.extension(specular_glossiness::NAME) {
            let at = extensions_at.key(specular_glossiness::NAME);
            self.specular_glossiness(&mut material, extension, &at, report);
        }
        material
    }

    /// A use of a texture; `None` when there is none, or none that can be read.
    pub(super) fn texture(
        &mut self,
        owner: &Value,
        key: &str,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<TextureRef> {
        let info = owner.get(key)?;
        let texture_index = info.index("index")?;
        let texture = self.document.elements("textures").get(texture_index)?;
        let root = Place::Root;
        let textures_at = root.key("textures");
        let image = self.image_of(texture, &textures_at.at(texture_index), report)?;
        let transform = info.extension("KHR_texture_transform");
        let uv_set =
            transform.and_then(|transform| transform.index("texCoord")).or_else(|| info.index("texCoord"));
        let uv_set = match uv_set.unwrap_or(0) {
            0 => 0,
            1 => 1,
            other => {
                let message = format!("Texture coordinates {other} are not read; set 0 was taken.");
                report.warn("texture-coordinates", &at.key(key), message);
                0
            }
        };
        let mut found = TextureRef { uv_set, ..TextureRef::new(image) };
        if let Some(transform) = transform {
            found.offset = transform.singles("offset").unwrap_or(found.offset);
            found.scale = transform.singles("scale").unwrap_or(found.scale);
            found.rotation_rad = transform.single("rotation").unwrap_or(found.rotation_rad);
        }
        let sampler =
            texture.index("sampler").and_then(|sampler| self.document.elements("samplers").get(sampler));
        if let Some(sampler) = sampler {
            found.wrap = ["wrapS", "wrapT"].map(|key| match sampler.whole(key) {
                Some(33071) => Wrap::ClampToEdge,
                Some(33648) => Wrap::MirroredRepeat,
                _ => Wrap::Repeat,
            });
            if sampler.whole("magFilter") == Some(9728) {
                found.filter = Filter::Nearest;
            }
        }
        Some(found)
    }

    /// The first image of a texture that can be read: the plain one, or else those of extensions.
    fn image_of(&mut self, texture: &Value, at: &Place<'_>, report: &mut Report) -> Option<usize> {
        let extended = ["EXT_texture_webp", "KHR_texture_basisu", "EXT_texture_avif", "MSFT_texture_dds"];
        let of_extensions = extended.iter().filter_map(|name| texture.extension(name)?.index("source"));
        let sources: Vec<_> = texture.index("source").into_iter().chain(of_extensions).collect();
        if sources.is_empty() {
            report.warn(
                "texture-without-image",
                at,
                "The texture names no image that can be read; it was left out.",
            );
        }
        sources.into_iter().find_map(|source| self.image(source, report))
    }

    fn image(&mut self, index: usize, report: &mut Report) -> Option<usize> {
        match self.found.get(index)? {
            Found::Image(image) => return Some(*image),
            Found::Unreadable => return None,
            Found::NotTried => {}
        }
        let read = self.read_image(index, report).map(|image| {
            self.images.push(Arc::new(image));
            self.images.len() - 1
        });
        self.found[index] = read.map_or(Found::Unreadable, Found::Image);
        read
    }

    fn read_image(&mut self, index: usize, report: &mut Report) -> Option<Image> {
        let value = self.document.elements("images").get(index)?;
        let root = Place::Root;
        let images_at = root.key("images");
        let at = images_at.at(index);
        let uri = value.text("uri");
        let name = value.text("name").map(str::to_owned).or_else(|| side_file_name(uri?)).unwrap_or_default();
        let bytes = match (uri, value.index("bufferView")) {
            (Some(uri), _) => fetch(uri, self.resolver, &at.key("uri"), report)?,
            (None, Some(view)) => match self.buffers.view(view) {
                Some((bytes, _)) => Cow::Borrowed(bytes),
                None => {
                    report.warn(
                        "image-without-data",
                        &at.key("bufferView"),
                        "The image has no data; it was left out.",
                    );
                    return None;
                }
            },
            (None, None) => {
                report.warn("image-without-data", &at, "The image has no data; it was left out.");
                return None;
            }
        };
        let declared =
            value.text("mimeType").or_else(|| data_media_type(uri?)).filter(|declared| !declared.is_empty());
        match images::decode(&name, &bytes, &mut self.budget) {
            Ok(decoded) => {
                if let Some(damage) = decoded.damage {
                    report.warn(
                        "image-damaged",
                        &at,
                        format!("The image is damaged ({damage}); part of it is shown."),
                    );
                }
                let found = decoded.image.encoded.as_ref().map(|encoded| encoded.media_type.as_str());
                if let (Some(declared), Some(found)) = (declared, found)
                    && declared != found
                {
                    report.warn(
                        "image-media-type",
                        &at.key(if uri.is_some() { "uri" } else { "bufferView" }),
                        format!("The image is {found}, not {declared} as the file says."),
                    );
                }
                Some(decoded.image)
            }
            Err(error) => {
                let code = match error {
                    ImageError::Unsupported { .. } => "image-unsupported",
                    ImageError::Damaged { .. } => "image-damaged",
                    ImageError::TooLarge { .. } => "image-too-large",
                };
                report.warn(code, &at, format!("The texture was left out: {error}."));
                None
            }
        }
    }
}

pub(super) fn unit_range(number: f32) -> f32 {
    number.clamp(0.0, 1.0)
}
