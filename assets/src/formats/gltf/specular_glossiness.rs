//! `KHR_materials_pbrSpecularGlossiness` as metallic-roughness.
//!
//! After the conversion that the extension came with (Khronos, glTF repository, examples/convert-between-workflows,
//! 2017): the metallic part is the one with which the brightness of diffuse and specular colour come out right.
//! Textures are converted texel by texel.

use std::sync::Arc;

use serde_json::Value;

use super::json::{Lenient as _, Place, Report};
use super::materials::{MaterialReader, unit_range};
use crate::color::{linear_from_srgb, quantized, srgb_from_linear};
use crate::{Image, Material, TextureRef};

/// The name of the extension.
pub(super) const NAME: &str = "KHR_materials_pbrSpecularGlossiness";

/// What every dielectric reflects.
const DIELECTRIC: f32 = 0.04;

/// Colour, metallic part.
fn convert(diffuse: [f32; 3], specular: [f32; 3]) -> ([f32; 3], f32) {
    let brightness = |[red, green, blue]: [f32; 3]| {
        (0.299 * red * red + 0.587 * green * green + 0.114 * blue * blue).sqrt()
    };
    let rest = 1.0 - specular.into_iter().fold(0.0, f32::max);
    let metallic = metallic(brightness(diffuse), brightness(specular), rest);
    let blend = metallic * metallic;
    let mut color = [0.0; 3];
    for (channel, number) in color.iter_mut().enumerate() {
        let of_diffuse = diffuse[channel] * rest / (1.0 - DIELECTRIC) / (1.0 - metallic).max(1e-6);
        let of_specular = (specular[channel] - DIELECTRIC * (1.0 - metallic)) / metallic.max(1e-6);
        *number = (of_diffuse + (of_specular - of_diffuse) * blend).clamp(0.0, 1.0);
    }
    (color, metallic)
}

/// Solves the quadratic equation that the two brightnesses give.
fn metallic(diffuse: f32, specular: f32, rest: f32) -> f32 {
    if specular < DIELECTRIC {
        return 0.0;
    }
    let b = diffuse * rest / (1.0 - DIELECTRIC) + specular - 2.0 * DIELECTRIC;
    let c = DIELECTRIC - specular;
    let discriminant = (b * b - 4.0 * DIELECTRIC * c).max(0.0);
    ((discriminant.sqrt() - b) / (2.0 * DIELECTRIC)).clamp(0.0, 1.0)
}

/// The factors of the extension.
struct Factors {
    diffuse: [f32; 4],
    specular: [f32; 3],
    glossiness: f32,
}

impl MaterialReader<'_> {
    /// Replaces what metallic-roughness says of a material by what this extension says.
    pub(super) fn specular_glossiness(
        &mut self,
        material: &mut Material,
        value: &Value,
        at: &Place<'_>,
        report: &mut Report,
    ) {
        let factors = Factors {
            diffuse: value.singles("diffuseFactor").unwrap_or([1.0; 4]).map(unit_range),
            specular: value.singles("specularFactor").unwrap_or([1.0; 3]).map(unit_range),
            glossiness: value.single("glossinessFactor").map_or(1.0, unit_range),
        };
        let diffuse = self.texture(value, "diffuseTexture", at, report);
        let specular = self.texture(value, "specularGlossinessTexture", at, report);
        let [red, green, blue, alpha] = factors.diffuse;
        let ([red, green, blue], metallic) = convert([red, green, blue], factors.specular);
        material.base_color = [red, green, blue, alpha];
        material.metallic = metallic;
        material.roughness = 1.0 - factors.glossiness;
        material.base_color_texture = diffuse;
        material.metallic_roughness_texture = None;
        let baked = match (diffuse, specular) {
            (None, None) => return,
            // One of them gives its place to the other; both lie the same way in all files we know.
            (Some(only), None) | (None, Some(only)) => self.bake(&factors, diffuse, specular, only),
            (Some(diffuse), Some(specular)) => {
                let is_same = TextureRef { image: diffuse.image, ..specular } == diffuse;
                if !is_same {
                    let message = "The two textures lie differently; the specular one was left out.";
                    report.warn("texture-mapping", &at.key("specularGlossinessTexture"), message);
                }
                let specular = is_same.then_some(specular);
                self.bake(&factors, Some(diffuse), specular, diffuse)
            }
        };
        let Some([color, metallic_roughness]) = baked else {
            report.warn("image-too-large", at, "The textures are too large to be converted.");
            return;
        };
        material.base_color = [1.0, 1.0, 1.0, 1.0];
        (material.metallic, material.roughness) = (1.0, 1.0);
        material.base_color_texture = Some(color);
        material.metallic_roughness_texture = Some(metallic_roughness);
    }

    /// Makes a base colour and a metallic-roughness image; `None` when there is no room for them.
    fn bake(
        &mut self,
        factors: &Factors,
        diffuse: Option<TextureRef>,
        specular: Option<TextureRef>,
        mapping: TextureRef,
    ) -> Option<[TextureRef; 2]> {
        let image =
            |texture: Option<TextureRef>| texture.map(|texture| Arc::clone(&self.images[texture.image]));
        let (diffuse, specular) = (image(diffuse), image(specular));
        let sizes = [&diffuse, &specular].into_iter().flatten().map(|image| (image.width, image.height));
        let (width, height) = sizes.max_by_key(|(width, height)| u64::from(*width) * u64::from(*height))?;
        let num_pixels = u64::from(width) * u64::from(height);
        if !self.budget.take(num_pixels.saturating_mul(2)) {
            return None;
        }
        let linear: Vec<f32> = (0..=255_u8).map(|step| linear_from_srgb(f64::from(step) / 255.0)).collect();
        let texel = |image: &Option<Arc<Image>>, x: u32, y: u32| match image {
            Some(image) => sample(image, [x, y], [width, height], &linear),
            None => [1.0; 4],
        };
        let len = usize::try_from(num_pixels).ok()?.checked_mul(4)?;
        let (mut colors, mut roughness) = (Vec::with_capacity(len), Vec::with_capacity(len));
        // Neighbours are often equal, and the powers are slow.
        let mut last = None;
        for (y, x) in (0..height).flat_map(|y| (0..width).map(move |x| (y, x))) {
            let key = (texel(&diffuse, x, y), texel(&specular, x, y));
            let pixels = match last {
                Some((known, pixels)) if known == key => pixels,
                _ => baked_texel(factors, key.0, key.1),
            };
            last = Some((key, pixels));
            colors.extend(pixels.0);
            roughness.extend(pixels.1);
        }
        let name = diffuse.or(specular).map_or_else(String::new, |image| image.name.clone());
        let mut add = |name: String, rgba: Vec<u8>| {
            self.images.push(Arc::new(Image { name, width, height, rgba, encoded: None }));
            TextureRef { image: self.images.len() - 1, ..mapping }
        };
        Some([add(name.clone(), colors), add(format!("{name} metallic roughness"), roughness)])
    }
}

/// The texel of an image nearest to a place in a grid of another size: linear colour, and alpha.
fn sample(image: &Image, [x, y]: [u32; 2], [width, height]: [u32; 2], linear: &[f32]) -> [f32; 4] {
    let scaled = |place: u32, from: u32, to: u32| u64::from(place) * u64::from(to) / u64::from(from.max(1));
    let row = scaled(y, height, image.height) * u64::from(image.width);
    let index = usize::try_from(row + scaled(x, width, image.width)).unwrap_or(usize::MAX);
    match image.rgba.as_chunks::<4>().0.get(index) {
        Some(&[red, green, blue, alpha]) => {
            let [red, green, blue] = [red, green, blue].map(|number| linear[usize::from(number)]);
            [red, green, blue, f32::from(alpha) / 255.0]
        }
        None => [1.0; 4],
    }
}

/// Base colour, and roughness and metallic part in green and blue, as bytes.
fn baked_texel(factors: &Factors, diffuse: [f32; 4], specular: [f32; 4]) -> ([u8; 4], [u8; 4]) {
    let scaled = |texel: [f32; 4], factor: &[f32]| {
        let mut color = [0.0; 3];
        for (channel, number) in color.iter_mut().enumerate() {
            *number = texel[channel] * factor[channel];
        }
        color
    };
    let (color, metallic) = convert(scaled(diffuse, &factors.diffuse), scaled(specular, &factors.specular));
    let roughness = 1.0 - specular[3] * factors.glossiness;
    let byte = |number: f64| u8::try_from(quantized(number, 255)).unwrap_or(u8::MAX);
    let [red, green, blue] = color.map(|number| byte(srgb_from_linear(number)));
    let alpha = byte(f64::from(diffuse[3] * factors.diffuse[3]));
    ([red, green, blue, alpha], [255, byte(f64::from(roughness)), byte(f64::from(metallic)), 255])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plastics_stay_and_metals_become_metals() {
        let (color, metallic) = convert([0.5, 0.25, 0.125], [DIELECTRIC; 3]);
        assert!(metallic < 1e-3, "{metallic}");
        assert!(
            color.iter().zip([0.5, 0.25, 0.125]).all(|(found, expected)| (found - expected).abs() < 1e-3)
        );
        let (color, metallic) = convert([0.0; 3], [1.0, 0.77, 0.34]);
        assert!(metallic > 0.99, "{metallic}");
        assert!(color.iter().zip([1.0, 0.77, 0.34]).all(|(found, expected)| (found - expected).abs() < 0.02));
    }
}
