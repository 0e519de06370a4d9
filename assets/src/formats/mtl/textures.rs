//! Pictures of a material: found, decoded, and combined into those that a metallic-roughness material has.

use std::sync::Arc;

use super::{Library, Phong, TextureUse, missing_file, texture_ref};
use crate::color::narrow;
use crate::{AlphaMode, Image, Location, Resolver, TextureRef, Warning, images};

/// How many texels the pictures made here may have in all, so that a small library cannot fill the memory.
const MAX_TEXELS_MADE: usize = 1 << 27;

/// Where the pictures of a material come from and go to.
pub(super) struct Context<'a> {
    pub(super) library: &'a mut Library,
    pub(super) resolver: &'a dyn Resolver,
    pub(super) warnings: &'a mut Vec<Warning>,
}

impl Context<'_> {
    /// A picture as it is.
    pub(super) fn plain(&mut self, used: &TextureUse) -> Option<TextureRef> {
        self.image(&used.name).map(|image| texture_ref(image, used))
    }

    /// `map_Kd`, or `map_Ka` in its absence, with the opacity of `map_d` as alpha.
    pub(super) fn base_color(&mut self, phong: &Phong) -> Option<(TextureRef, AlphaMode)> {
        let color = phong.map_diffuse.as_ref().or(phong.map_ambient.as_ref());
        let color_image = color.and_then(|used| self.image(&used.name));
        let opacity_image = phong.map_opacity.as_ref().and_then(|used| self.image(&used.name));
        let used = color.or(phong.map_opacity.as_ref())?;
        let Some(opacity_idx) = opacity_image else {
            return color_image.map(|image| (texture_ref(image, used), AlphaMode::Opaque));
        };
        let opacity = Arc::clone(&self.library.images[opacity_idx]);
        let color = color_image.map(|image| Arc::clone(&self.library.images[image]));
        let alpha_of = if has_alpha(&opacity) { |rgba: [u8; 4]| rgba[3] } else { luminance };
        let name = format!("{} + {}", color.as_ref().map_or("", |image| &image.name), opacity.name);
        let image = self.combined(name, [color.as_deref(), Some(&opacity)], |[color, opacity]| {
            let [r, g, b, _] = color.unwrap_or([255; 4]);
            [r, g, b, opacity.map_or(255, alpha_of)]
        })?;
        let mode = alpha_mode(&self.library.images[image]);
        Some((texture_ref(image, used), mode))
    }

    /// `norm`, or `map_Bump`, which is a height by the book and a normal map in many files.
    pub(super) fn normal(&mut self, phong: &Phong) -> Option<(TextureRef, f32)> {
        if let Some(used) = &phong.map_normal
            && let Some(texture) = self.plain(used)
        {
            return Some((texture, narrow(used.bump)));
        }
        let used = phong.map_bump.as_ref()?;
        let image = self.image(&used.name)?;
        let height = Arc::clone(&self.library.images[image]);
        if is_normal_map(&height) {
            return Some((texture_ref(image, used), narrow(used.bump)));
        }
        self.library.texels_made += height.rgba.len() / 4;
        if self.library.texels_made > MAX_TEXELS_MADE {
            return None;
        }
        let normals = normals_of_heights(&height);
        let image = self.remember(normals)?;
        Some((texture_ref(image, used), narrow(used.bump)))
    }

    /// `map_Pr` in green and `map_Pm` in blue.
    pub(super) fn metallic_roughness(&mut self, phong: &Phong) -> Option<TextureRef> {
        let used = phong.map_roughness.as_ref().or(phong.map_metallic.as_ref())?;
        let mut load = |used: &Option<TextureUse>| {
            let image = used.as_ref().and_then(|used| self.image(&used.name))?;
            Some(Arc::clone(&self.library.images[image]))
        };
        let (roughness, metallic) = (load(&phong.map_roughness), load(&phong.map_metallic));
        let name = [&roughness, &metallic].into_iter().flatten().map(|image| image.name.as_str());
        let name = name.collect::<Vec<_>>().join(" + ");
        let image =
            self.combined(name, [roughness.as_deref(), metallic.as_deref()], |[roughness, metallic]| {
                let channel = |rgba: Option<[u8; 4]>| rgba.map_or(255, luminance);
                [255, channel(roughness), channel(metallic), 255]
            })?;
        Some(texture_ref(image, used))
    }

    /// The index of a picture by the name a library uses; told once when it cannot be had.
    pub(super) fn image(&mut self, name: &str) -> Option<usize> {
        if let Some(&known) = self.library.image_of_name.get(name) {
            return known;
        }
        let image = self.load(name);
        let index = image.and_then(|image| self.add(image));
        self.library.image_of_name.insert(name.to_owned(), index);
        index
    }

    fn load(&mut self, name: &str) -> Option<Image> {
        let Some(bytes) = self.resolver.resolve(name) else {
            self.warnings.push(missing_file(name, "the material is shown without this picture"));
            return None;
        };
        let place = || Location::File(name.to_owned());
        match images::decode(name, &bytes, &mut self.library.budget) {
            Ok(decoded) => {
                if let Some(damage) = decoded.damage {
                    let message =
                        format!("The picture “{name}” is damaged: {damage}. What can be read is shown.");
                    self.warnings.push(Warning::new("damaged-image", place(), message));
                }
                Some(decoded.image)
            }
            Err(error) => {
                let message = format!("The picture “{name}” is left out: {error}. Save it as PNG or JPEG.");
                self.warnings.push(Warning::new("unreadable-image", place(), message));
                None
            }
        }
    }

    fn add(&mut self, image: Image) -> Option<usize> {
        self.library.images.push(Arc::new(image));
        Some(self.library.images.len() - 1)
    }

    /// Adds an image that was made here unless one of its name was made before.
    fn remember(&mut self, image: Image) -> Option<usize> {
        let key = format!("made: {}", image.name);
        if let Some(&known) = self.library.image_of_name.get(&key) {
            return known;
        }
        let index = self.add(image);
        self.library.image_of_name.insert(key, index);
        index
    }

    /// A picture as large as the larger of two, each texel made of theirs; `None` when both are missing or there have been
    /// too many.
    fn combined(
        &mut self,
        name: String,
        sources: [Option<&Image>; 2],
        texel: impl Fn([Option<[u8; 4]>; 2]) -> [u8; 4],
    ) -> Option<usize> {
        let key = format!("made: {name}");
        if let Some(&known) = self.library.image_of_name.get(&key) {
            return known;
        }
        let larger = sources.into_iter().flatten().max_by_key(|image| image.rgba.len())?;
        let (width, height) = (larger.width, larger.height);
        self.library.texels_made += larger.rgba.len() / 4;
        if self.library.texels_made > MAX_TEXELS_MADE {
            return None;
        }
        let mut rgba = Vec::new();
        for y in 0..height {
            for x in 0..width {
                rgba.extend(texel(
                    sources.map(|image| image.map(|image| sample(image, [x, y], [width, height]))),
                ));
            }
        }
        self.remember(Image { name, width, height, rgba, encoded: None })
    }
}

/// The texel of an image below one of a picture of another size.
fn sample(image: &Image, [x, y]: [u32; 2], [width, height]: [u32; 2]) -> [u8; 4] {
    let scaled = |at: u32, from: u32, to: u32| u64::from(at) * u64::from(to) / u64::from(from.max(1));
    let texel = scaled(y, height, image.height) * u64::from(image.width) + scaled(x, width, image.width);
    let at = usize::try_from(texel * 4).unwrap_or(usize::MAX);
    image.rgba.get(at..).and_then(|rest| rest.first_chunk()).copied().unwrap_or([255; 4])
}

fn texels(image: &Image) -> impl Iterator<Item = [u8; 4]> + '_ {
    image.rgba.as_chunks().0.iter().copied()
}

fn has_alpha(image: &Image) -> bool {
    texels(image).any(|texel| texel[3] != 255)
}

fn luminance([r, g, b, _]: [u8; 4]) -> u8 {
    let sum = 54 * u32::from(r) + 183 * u32::from(g) + 19 * u32::from(b);
    u8::try_from(sum >> 8).unwrap_or(u8::MAX)
}

/// Cut out where alpha is nearly always all or nothing, as in leaves and fences; blended otherwise.
fn alpha_mode(image: &Image) -> AlphaMode {
    let (mut total, mut between) = (0_usize, 0_usize);
    for texel in texels(image) {
        total += 1;
        between += usize::from((8..248).contains(&texel[3]));
    }
    if !has_alpha(image) {
        AlphaMode::Opaque
    } else if between * 20 <= total {
        AlphaMode::Mask(0.5)
    } else {
        AlphaMode::Blend
    }
}

/// Whether most texels are unit vectors that point out of the surface.
fn is_normal_map(image: &Image) -> bool {
    let (mut total, mut unit) = (0_usize, 0_usize);
    for [r, g, b, _] in texels(image).step_by(7) {
        let [x, y, z] = [r, g, b].map(|value| f64::from(value) / 127.5 - 1.0);
        total += 1;
        unit += usize::from(z > 0.0 && (x * x + y * y + z * z - 1.0).abs() < 0.2);
    }
    total > 0 && unit * 10 >= total * 8
}

/// Normals from central differences of heights, tiled; a step from black to white over two texels is a slope of 2.
fn normals_of_heights(image: &Image) -> Image {
    let heights: Vec<f64> = texels(image).map(|texel| f64::from(luminance(texel)) / 255.0).collect();
    let (width, height) = (image.width.max(1) as usize, image.height.max(1) as usize);
    let at = |x: usize, y: usize| heights.get(y % height * width + x % width).copied().unwrap_or(0.0);
    let mut rgba = Vec::with_capacity(image.rgba.len());
    for y in 0..height {
        for x in 0..width {
            let slope_u = 2.0 * (at(x + 1, y) - at(x + width - 1, y));
            // Rows go down, the bitangent goes up.
            let slope_v = 2.0 * (at(x, y + height - 1) - at(x, y + 1));
            let length = (slope_u * slope_u + slope_v * slope_v + 1.0).sqrt();
            let components = [-slope_u / length, -slope_v / length, 1.0 / length];
            let bytes = components.map(|value| crate::color::quantized(value * 0.5 + 0.5, 255));
            rgba.extend(bytes.map(|byte| u8::try_from(byte).unwrap_or(u8::MAX)));
            rgba.push(255);
        }
    }
    Image {
        name: format!("{} (normals)", image.name),
        width: image.width,
        height: image.height,
        rgba,
        encoded: None,
    }
}
