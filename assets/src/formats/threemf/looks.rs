//! From property groups to materials, colours of corners and places in textures.

use std::collections::BTreeMap;
use std::sync::Arc;

use geometry::Progress;

use super::model::{Base, Blend, Content, Display, Model};
use super::package::{Package, PartError};
use super::report::{Report, Space};
use crate::color::{linear_from_srgb, narrow, quantized, srgb_from_linear};
use crate::images::{self, PixelBudget};
use crate::{AlphaMode, Image, ImportError, ImportErrorKind, Location, Material, TextureRef};

/// How many texels may be mixed with colours below them, so that a small file cannot fill the memory.
const MAX_TEXELS_MADE: usize = 1 << 27;

/// What a corner looks like.
#[derive(Clone, Copy, Default)]
pub(super) struct Look {
    /// Index of a material.
    pub(super) material: Option<usize>,
    /// Linear RGBA that multiplies the material's colour.
    pub(super) color: Option<[f32; 4]>,
    pub(super) uv: Option<[f32; 2]>,
}

/// The materials and images made so far.
pub(super) struct Looks<'a> {
    package: &'a Package<'a>,
    progress: &'a dyn Progress,
    pub(super) materials: Vec<Material>,
    pub(super) images: Vec<Arc<Image>>,
    /// Materials by model part, group and entry.
    material_of: BTreeMap<(usize, u32, u32), Option<usize>>,
    image_of_path: BTreeMap<String, Option<usize>>,
    /// Materials for colours of corners: opaque and not.
    white: [Option<usize>; 2],
    budget: PixelBudget,
    texels_made: usize,
}

/// A group of a model part.
#[derive(Clone, Copy)]
struct Group<'m> {
    part: usize,
    model: &'m Model,
    id: u32,
}

impl<'m> Group<'m> {
    fn content(&self) -> Option<&'m Content> {
        self.model.resources.get(&self.id).map(|resource| &resource.content)
    }
}

impl<'a> Looks<'a> {
    pub(super) fn new(package: &'a Package<'a>, progress: &'a dyn Progress) -> Self {
        Self {
            package,
            progress,
            materials: Vec::new(),
            images: Vec::new(),
            material_of: BTreeMap::new(),
            image_of_path: BTreeMap::new(),
            white: [None; 2],
            budget: PixelBudget::default(),
            texels_made: 0,
        }
    }

    /// How an entry of a group looks; nothing particular when there is no such entry, which is told.
    pub(super) fn look(
        &mut self,
        part: usize,
        model: &Model,
        id: u32,
        index: u32,
        report: &mut Report,
    ) -> Result<Look, ImportError> {
        let group = Group { part, model, id };
        let look = self.found(group, index, report)?;
        if look.is_none() {
            report.warn("missing-property", || {
                let message = format!(
                    "A triangle has the property {index} of group {id}, which does not exist; it is shown in grey. Export the file again."
                );
                (Location::Whole, message)
            });
        }
        Ok(look.unwrap_or_default())
    }

    fn found(
        &mut self,
        group: Group<'_>,
        index: u32,
        report: &mut Report,
    ) -> Result<Option<Look>, ImportError> {
        let Some(content) = group.content() else { return Ok(None) };
        Ok(match content {
            Content::Bases(bases) => bases
                .get(index as usize)
                .map(|base| Look { material: Some(self.base(group, index, base)), ..Look::default() }),
            Content::Colors(_) | Content::Composite { .. } => {
                color_of(group, index).map(|color| self.colored(color))
            }
            Content::TextureGroup { uvs, .. } => match uvs.get(index as usize) {
                Some(&uv) => {
                    let material = self.textured(group, None, report)?;
                    Some(Look { material, color: None, uv: Some(uv) })
                }
                None => None,
            },
            Content::Multi { .. } => self.multi(group, index, report)?,
            _ => None,
        })
    }

    fn colored(&mut self, color: [f32; 4]) -> Look {
        let is_clear = color[3] < 1.0;
        let white = &mut self.white[usize::from(is_clear)];
        let material = *white.get_or_insert_with(|| {
            let alpha_mode = if is_clear { AlphaMode::Blend } else { AlphaMode::Opaque };
            self.materials.push(Material { base_color: [1.0; 4], alpha_mode, ..Material::default() });
            self.materials.len() - 1
        });
        Look { material: Some(material), color: Some(color), uv: None }
    }

    fn base(&mut self, group: Group<'_>, index: u32, base: &Base) -> usize {
        let key = (group.part, group.id, index);
        if let Some(Some(known)) = self.material_of.get(&key) {
            return *known;
        }
        let mut material =
            Material { name: base.name.clone(), base_color: base.color, ..Material::default() };
        if base.color[3] < 1.0 {
            material.alpha_mode = AlphaMode::Blend;
        }
        if let Some(display) = display_of(group.model, base, index) {
            material.metallic = narrow(display.metallic);
            material.roughness = narrow(display.roughness);
        }
        self.materials.push(material);
        self.material_of.insert(key, Some(self.materials.len() - 1));
        self.materials.len() - 1
    }

    /// The material of a texture group, over a colour where its texture is clear.
    fn textured(
        &mut self,
        group: Group<'_>,
        below: Option<[f32; 4]>,
        report: &mut Report,
    ) -> Result<Option<usize>, ImportError> {
        // The same group may be used alone and in a mixture.
        let key = (group.part, group.id, below.map_or(0, |color| 1 + pack(color) / 2));
        if let Some(&known) = self.material_of.get(&key) {
            return Ok(known);
        }
        let material = self.new_textured(group, below, report)?;
        self.material_of.insert(key, material);
        Ok(material)
    }

    fn new_textured(
        &mut self,
        group: Group<'_>,
        below: Option<[f32; 4]>,
        report: &mut Report,
    ) -> Result<Option<usize>, ImportError> {
        let Some(Content::TextureGroup { texture, .. }) = group.content() else { return Ok(None) };
        let texture = group.model.resources.get(texture).map(|resource| &resource.content);
        let Some(Content::Texture(texture)) = texture else { return Ok(None) };
        let Some(mut image) = self.image(&texture.path, report)? else { return Ok(None) };
        let mut alpha_mode = AlphaMode::Opaque;
        if has_alpha(&self.images[image]) {
            match below {
                Some(below) => image = self.mixed(image, below),
                None => alpha_mode = AlphaMode::Blend,
            }
        }
        let used = TextureRef { wrap: texture.wrap, filter: texture.filter, ..TextureRef::new(image) };
        self.materials.push(Material {
            base_color: [1.0; 4],
            base_color_texture: Some(used),
            alpha_mode,
            ..Material::default()
        });
        Ok(Some(self.materials.len() - 1))
    }

    fn image(&mut self, path: &str, report: &mut Report) -> Result<Option<usize>, ImportError> {
        if let Some(&known) = self.image_of_path.get(path) {
            return Ok(known);
        }
        let place = || Location::File(path.to_owned());
        let decoded = match self.package.part(path, self.progress) {
            Ok(bytes) => images::decode(path, &bytes, &mut self.budget).map_err(|error| error.to_string()),
            Err(PartError::Missing) => Err("it is not in the file".to_owned()),
            Err(PartError::Unreadable(error)) if error.kind == ImportErrorKind::Cancelled => {
                return Err(error);
            }
            Err(PartError::Unreadable(error)) => Err(error.message),
        };
        let image = match decoded {
            Ok(decoded) => {
                if let Some(damage) = decoded.damage {
                    report.warn("damaged-image", || {
                        (
                            place(),
                            format!("The picture “{path}” is damaged: {damage}. What can be read is shown."),
                        )
                    });
                }
                self.images.push(Arc::new(decoded.image));
                Some(self.images.len() - 1)
            }
            Err(why) => {
                report.warn("unreadable-image", || {
                    (place(), format!("The picture “{path}” is left out: {why}. Export the file again."))
                });
                None
            }
        };
        self.image_of_path.insert(path.to_owned(), image);
        Ok(image)
    }

    /// An image over a colour: linear light, as the extension asks.
    fn mixed(&mut self, image: usize, below: [f32; 4]) -> usize {
        let source = Arc::clone(&self.images[image]);
        self.texels_made += source.rgba.len() / 4;
        if self.texels_made > MAX_TEXELS_MADE {
            return image;
        }
        let linear: Vec<f32> = (0..=255).map(|byte| linear_from_srgb(f64::from(byte) / 255.0)).collect();
        let mut rgba = source.rgba.clone();
        for texel in rgba.as_chunks_mut::<4>().0 {
            let alpha = f32::from(texel[3]) / 255.0;
            if texel[3] < 255 {
                for (axis, byte) in texel[..3].iter_mut().enumerate() {
                    let mix = linear[usize::from(*byte)] * alpha + below[axis] * (1.0 - alpha);
                    *byte = u8::try_from(quantized(srgb_from_linear(mix), 255)).unwrap_or(u8::MAX);
                }
            }
            texel[3] = 255;
        }
        let name = format!("{} over a colour", source.name);
        self.images.push(Arc::new(Image { name, rgba, encoded: None, ..*source }));
        self.images.len() - 1
    }

    /// The layers of a mixture from below: colours are mixed exactly; of several textures the last is shown.
    fn multi(
        &mut self,
        group: Group<'_>,
        row: u32,
        report: &mut Report,
    ) -> Result<Option<Look>, ImportError> {
        let Some(Content::Multi { layers, methods, indices }) = group.content() else { return Ok(None) };
        let Some(row_indices) = indices.get(row as usize) else { return Ok(None) };
        // An index that is not written is the first.
        let index_of = |layer: usize| row_indices.get(layer).copied().unwrap_or(0);
        let group_of = |layer: usize| Group { id: layers[layer], ..group };
        let is_texture =
            |layer: &usize| matches!(group_of(*layer).content(), Some(Content::TextureGroup { .. }));
        let method = |layer: usize| methods.get(layer).copied().unwrap_or(Blend::Mix);
        let Some(texture) = (0..layers.len()).rev().find(is_texture) else {
            if let [only] = layers[..] {
                return self.found(Group { id: only, ..group }, index_of(0), report);
            }
            let color =
                blended(0..layers.len(), None, |layer| color_of(group_of(layer), index_of(layer)), method);
            return Ok(color.map(|color| self.colored(color)));
        };
        let num_textures = (0..layers.len()).filter(is_texture).count();
        if num_textures > 1 || (texture + 1..layers.len()).any(|layer| method(layer) == Blend::Mix) {
            report.approximates(Space::Material);
            report.warn("layers-simplified", || {
                let message = "Several textures lie over each other, or a colour over a texture; of the textures only the uppermost is shown.";
                (Location::Whole, message.to_owned())
            });
        }
        let uvs = match group_of(texture).content() {
            Some(Content::TextureGroup { uvs, .. }) => uvs,
            _ => return Ok(None),
        };
        let Some(&uv) = uvs.get(index_of(texture) as usize) else { return Ok(None) };
        let color_below = |index: &dyn Fn(usize) -> u32| {
            let color = |layer: usize| color_of(group_of(layer), index(layer));
            blended((0..texture).filter(|layer| !is_texture(layer)), None, color, method)
        };
        let below = color_below(&index_of);
        let is_product = method(texture) == Blend::Multiply;
        // One colour stands below all of a texture: that of the first entry.
        let first = indices.get(0).unwrap_or_default();
        let below_texture = color_below(&|layer| first.get(layer).copied().unwrap_or(0));
        let material =
            self.textured(group_of(texture), below_texture.filter(|_color| !is_product), report)?;
        let color = |layer: usize| color_of(group_of(layer), index_of(layer));
        let products = (texture + 1..layers.len()).filter(|&layer| method(layer) == Blend::Multiply);
        let color = blended(products, below.filter(|_color| is_product), color, method);
        Ok(Some(Look { material, color, uv: Some(uv) }))
    }
}

/// The colour of an entry that has one; linear RGBA.
fn color_of(group: Group<'_>, index: u32) -> Option<[f32; 4]> {
    match group.content()? {
        Content::Bases(bases) => bases.get(index as usize).map(|base| base.color),
        Content::Colors(colors) => colors.get(index as usize).copied(),
        Content::Composite { bases, indices, mixes } => {
            let Some(Content::Bases(bases)) = group.model.resources.get(bases).map(|it| &it.content) else {
                return None;
            };
            let mix = mixes.get(index as usize)?;
            let total: f32 = mix.iter().sum();
            let mut color = [0.0; 4];
            for (part, base) in mix.iter().zip(indices) {
                let base = bases.get(*base as usize)?;
                for (sum, value) in color.iter_mut().zip(base.color) {
                    *sum += value * part / total.max(f32::MIN_POSITIVE);
                }
            }
            (total > 0.0).then_some(color)
        }
        _ => None,
    }
}

/// Colours of layers over each other; `None` when no layer has one.
fn blended(
    layers: impl Iterator<Item = usize>,
    below: Option<[f32; 4]>,
    color: impl Fn(usize) -> Option<[f32; 4]>,
    method: impl Fn(usize) -> Blend,
) -> Option<[f32; 4]> {
    layers.fold(below, |below, layer| {
        let Some(over) = color(layer) else { return below };
        let Some(below) = below else { return Some(over) };
        let alpha = over[3];
        Some(std::array::from_fn(|axis| match method(layer) {
            Blend::Multiply => over[axis] * below[axis],
            Blend::Mix if axis == 3 => alpha + below[3] * (1.0 - alpha),
            Blend::Mix => over[axis] * alpha + below[axis] * (1.0 - alpha),
        }))
    })
}

fn display_of(model: &Model, base: &Base, index: u32) -> Option<Display> {
    let Content::Displays(displays) = &model.resources.get(&base.displays?)?.content else { return None };
    displays.get(index as usize).or(displays.first()).copied()
}

fn has_alpha(image: &Image) -> bool {
    image.rgba.as_chunks::<4>().0.iter().any(|texel| texel[3] != 255)
}

/// A colour as 32 bits, to tell colours apart.
fn pack(color: [f32; 4]) -> u32 {
    color.iter().fold(0, |bits, &value| bits << 8 | u32::from(quantized(f64::from(value), 255)))
}
