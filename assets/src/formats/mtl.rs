//! Material libraries of OBJ files: Phong materials and the PBR keys of later writers, as metallic-roughness materials.
//!
//! Colours are taken for sRGB, as writers mean them. `Ns` becomes a roughness by the width of the highlight (Karis 2013).

mod statement;
mod textures;

use std::collections::HashMap;
use std::sync::Arc;

pub(super) use statement::side_files;
use statement::{Phong, TextureUse};

use super::text::{self, Cursor};
use crate::color::{linear_from_srgb, narrow};
use crate::images::PixelBudget;
use crate::{AlphaMode, Image, Location, Material, Resolver, TextureRef, Warning, Wrap};

/// The materials of the libraries read so far.
#[derive(Default)]
pub(super) struct Library {
    pub(super) materials: Vec<Material>,
    pub(super) images: Vec<Arc<Image>>,
    material_of_name: HashMap<String, usize>,
    /// Images by the name and use they were asked for; `None` for those that cannot be had.
    image_of_name: HashMap<String, Option<usize>>,
    budget: PixelBudget,
    texels_made: usize,
}

impl Library {
    /// The index of a material.
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.material_of_name.get(&plain(name)).copied()
    }

    /// Adds a neutral material for a name that no library defines.
    pub(super) fn add_missing(&mut self, name: &str) -> usize {
        self.add(Material { name: plain(name), ..Material::default() })
    }

    /// Adds the materials of a library file. What goes wrong becomes a warning.
    pub(super) fn read(&mut self, name: &str, resolver: &dyn Resolver, warnings: &mut Vec<Warning>) {
        let Some(bytes) = resolver.resolve(name) else {
            warnings.push(missing_file(name, "the materials it holds are shown in grey"));
            return;
        };
        self.read_text(&text::decode(&bytes), resolver, warnings);
    }

    /// Adds the materials that a text holds.
    pub(super) fn read_text(&mut self, text: &[u8], resolver: &dyn Resolver, warnings: &mut Vec<Warning>) {
        for phong in statement::materials(text) {
            if self.find(&phong.name).is_none() {
                let material = self.material(&phong, resolver, warnings);
                self.add(material);
            }
        }
    }

    /// The index of a picture, for formats that name one without a library.
    pub(super) fn picture(
        &mut self,
        name: &str,
        resolver: &dyn Resolver,
        warnings: &mut Vec<Warning>,
    ) -> Option<usize> {
        textures::Context { library: self, resolver, warnings }.image(name)
    }

    fn add(&mut self, material: Material) -> usize {
        let index = self.materials.len();
        self.material_of_name.insert(plain(&material.name), index);
        self.materials.push(material);
        index
    }

    fn material(&mut self, phong: &Phong, resolver: &dyn Resolver, warnings: &mut Vec<Warning>) -> Material {
        let mut context = textures::Context { library: self, resolver, warnings };
        let base = context.base_color(phong);
        let bump = context.normal(phong);
        let metallic_roughness = context.metallic_roughness(phong);
        let emissive = phong.map_emissive.as_ref().and_then(|used| context.plain(used));
        let occlusion = phong.map_occlusion.as_ref().and_then(|used| context.plain(used));

        let has_base = base.is_some();
        let diffuse = match phong.diffuse {
            // Some writers leave black under a picture that others multiply with it.
            Some([0.0, 0.0, 0.0]) | None if has_base => [1.0; 3],
            Some(rgb) => rgb.map(linear_from_srgb),
            None => [Material::default().base_color[0]; 3],
        };
        let alpha = narrow(phong.alpha());
        let alpha_mode = match &base {
            Some((_, mode)) if *mode != AlphaMode::Opaque => *mode,
            _ if alpha < 1.0 => AlphaMode::Blend,
            _ => AlphaMode::Opaque,
        };
        Material {
            name: plain(&phong.name),
            base_color: [diffuse[0], diffuse[1], diffuse[2], alpha],
            metallic: narrow(phong.metallic.unwrap_or(f64::from(u8::from(phong.map_metallic.is_some())))),
            roughness: if phong.map_roughness.is_some() && metallic_roughness.is_some() {
                1.0
            } else {
                narrow(phong.roughness())
            },
            emissive: match phong.emissive {
                Some([0.0, 0.0, 0.0]) | None if emissive.is_some() => [1.0; 3],
                Some(rgb) => {
                    rgb.map(|value| if value > 1.0 { narrow(value) } else { linear_from_srgb(value) })
                }
                None => [0.0; 3],
            },
            alpha_mode,
            base_color_texture: base.map(|(texture, _)| texture),
            normal_scale: bump.map_or(1.0, |(_, scale)| scale),
            normal_texture: bump.map(|(texture, _)| texture),
            metallic_roughness_texture: metallic_roughness,
            emissive_texture: emissive,
            occlusion_texture: occlusion,
            ..Material::default()
        }
    }
}

/// A name with single spaces: files write `newmtl` and `usemtl` with different white space.
fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn missing_file(name: &str, consequence: &str) -> Warning {
    Warning::new(
        "missing-side-file",
        Location::File(name.to_owned()),
        format!("“{name}” is missing; {consequence}. Open it together with the model."),
    )
}

/// How a picture lies on the surface. OBJ's v axis points up, ours down: `1 − (s·(1 − v) + o) = s·v + (1 − s − o)`.
fn texture_ref(image: usize, used: &TextureUse) -> TextureRef {
    let [u, v] = used.offset;
    let [su, sv] = used.scale;
    TextureRef {
        wrap: [if used.clamp { Wrap::ClampToEdge } else { Wrap::Repeat }; 2],
        offset: [narrow(u), narrow(1.0 - sv - v)],
        scale: [narrow(su), narrow(sv)],
        ..TextureRef::new(image)
    }
}

/// Reads up to three numbers; one stands for all of them, as the format says.
fn color(cursor: &mut Cursor<'_>) -> Option<[f64; 3]> {
    let mut finite = || cursor.number().filter(|number| number.is_finite());
    let red = finite()?;
    match (finite(), finite()) {
        (Some(green), Some(blue)) => Some([red, green, blue]),
        _ => Some([red; 3]),
    }
}
