//! What materials have beyond metallic-roughness: the blocks of the `KHR_materials_*` extensions of glTF.
//!
//! They are kept so that a file can be written as it was read, and so that renderers may use those that they can.

use serde::{Deserialize, Serialize};

use crate::TextureRef;

/// The blocks that a material has. Factors multiply the channels of textures that are named with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MaterialExtensions {
    /// Index of refraction, 1 or more, or 0 for a mirror; 1.5 where absent.
    pub ior: Option<f32>,
    /// How dielectrics reflect.
    pub specular: Option<Specular>,
    /// What goes straight through a surface.
    pub transmission: Option<Transmission>,
    /// What the body behind the surface does to light.
    pub volume: Option<Volume>,
    /// How far the colours of refracted light part: 20 over the Abbe number; 0 is not at all.
    pub dispersion: Option<f32>,
    /// What goes through and is scattered.
    pub diffuse_transmission: Option<DiffuseTransmission>,
    /// A layer of varnish.
    pub clearcoat: Option<Clearcoat>,
    /// The fibres of cloth.
    pub sheen: Option<Sheen>,
    /// A thin film.
    pub iridescence: Option<Iridescence>,
    /// Roughness that differs along and across the tangent.
    pub anisotropy: Option<Anisotropy>,
}

/// `KHR_materials_specular`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Specular {
    /// Strength of the reflection, 0 to 1; alpha of its texture.
    pub factor: f32,
    /// Linear.
    pub texture: Option<TextureRef>,
    /// Linear RGB of the reflection seen straight on; may exceed 1.
    pub color: [f32; 3],
    /// sRGB.
    pub color_texture: Option<TextureRef>,
}

/// `KHR_materials_transmission`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transmission {
    /// Share of the light that is not reflected, 0 to 1; red of its texture.
    pub factor: f32,
    /// Linear.
    pub texture: Option<TextureRef>,
}

/// `KHR_materials_volume`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Volume {
    /// Thickness beneath the surface in millimetres; 0 is a thin wall. Green of its texture.
    pub thickness: f32,
    /// Linear.
    pub thickness_texture: Option<TextureRef>,
    /// Millimetres after which white light has the attenuation colour; `None` where the body is clear.
    pub attenuation_distance: Option<f32>,
    /// Linear RGB.
    pub attenuation_color: [f32; 3],
}

/// `KHR_materials_diffuse_transmission`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DiffuseTransmission {
    /// Share of the diffuse light that goes through, 0 to 1; alpha of its texture.
    pub factor: f32,
    /// Linear.
    pub texture: Option<TextureRef>,
    /// Linear RGB.
    pub color: [f32; 3],
    /// sRGB.
    pub color_texture: Option<TextureRef>,
}

/// `KHR_materials_clearcoat`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Clearcoat {
    /// 0 to 1; red of its texture.
    pub factor: f32,
    /// Linear.
    pub texture: Option<TextureRef>,
    /// 0 to 1; green of its texture.
    pub roughness: f32,
    /// Linear.
    pub roughness_texture: Option<TextureRef>,
    /// Tangent-space normal of the layer.
    pub normal_texture: Option<TextureRef>,
    /// Scales the x and y of the normal texture.
    pub normal_scale: f32,
}

/// `KHR_materials_sheen`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sheen {
    /// Linear RGB.
    pub color: [f32; 3],
    /// sRGB.
    pub color_texture: Option<TextureRef>,
    /// 0 to 1; alpha of its texture.
    pub roughness: f32,
    /// Linear.
    pub roughness_texture: Option<TextureRef>,
}

/// `KHR_materials_iridescence`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Iridescence {
    /// 0 to 1; red of its texture.
    pub factor: f32,
    /// Linear.
    pub texture: Option<TextureRef>,
    /// Index of refraction of the film.
    pub ior: f32,
    /// Thickness of the film in nanometres where green of its texture is 0 and where it is 1; the latter without one.
    pub thickness_range: [f32; 2],
    /// Linear.
    pub thickness_texture: Option<TextureRef>,
}

/// `KHR_materials_anisotropy`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anisotropy {
    /// 0 to 1; blue of its texture.
    pub strength: f32,
    /// Turn of the direction from the tangent, counter-clockwise.
    pub rotation_rad: f32,
    /// Red and green: the direction; linear.
    pub texture: Option<TextureRef>,
}

impl MaterialExtensions {
    /// How much light goes straight through all of the surface; 0 where a texture says that it differs.
    pub(crate) fn uniform_transmission(&self) -> f32 {
        match self.transmission {
            Some(Transmission { factor, texture: None }) => factor.clamp(0.0, 1.0),
            _ => 0.0,
        }
    }

    /// All places for uses of textures, in a fixed order.
    pub(crate) fn textures(&self) -> impl Iterator<Item = &Option<TextureRef>> {
        let Self { specular, transmission, volume, diffuse_transmission, clearcoat, sheen, .. } = self;
        let slots = [
            specular.as_ref().map(|block| &block.texture),
            specular.as_ref().map(|block| &block.color_texture),
            transmission.as_ref().map(|block| &block.texture),
            volume.as_ref().map(|block| &block.thickness_texture),
            diffuse_transmission.as_ref().map(|block| &block.texture),
            diffuse_transmission.as_ref().map(|block| &block.color_texture),
            clearcoat.as_ref().map(|block| &block.texture),
            clearcoat.as_ref().map(|block| &block.roughness_texture),
            clearcoat.as_ref().map(|block| &block.normal_texture),
            sheen.as_ref().map(|block| &block.color_texture),
            sheen.as_ref().map(|block| &block.roughness_texture),
            self.iridescence.as_ref().map(|block| &block.texture),
            self.iridescence.as_ref().map(|block| &block.thickness_texture),
            self.anisotropy.as_ref().map(|block| &block.texture),
        ];
        slots.into_iter().flatten()
    }

    /// All places for uses of textures, to change them.
    pub(crate) fn texture_slots_mut(&mut self) -> impl Iterator<Item = &mut Option<TextureRef>> {
        let specular =
            self.specular.as_mut().map(|block| [&mut block.texture, &mut block.color_texture]).into_iter();
        let transmission = self.transmission.as_mut().map(|block| &mut block.texture).into_iter();
        let volume = self.volume.as_mut().map(|block| &mut block.thickness_texture).into_iter();
        let diffuse = self.diffuse_transmission.as_mut();
        let diffuse = diffuse.map(|block| [&mut block.texture, &mut block.color_texture]).into_iter();
        let clearcoat = self.clearcoat.as_mut();
        let clearcoat = clearcoat
            .map(|block| [&mut block.texture, &mut block.roughness_texture, &mut block.normal_texture])
            .into_iter();
        let sheen = self.sheen.as_mut();
        let sheen = sheen.map(|block| [&mut block.color_texture, &mut block.roughness_texture]).into_iter();
        let iridescence = self.iridescence.as_mut();
        let iridescence =
            iridescence.map(|block| [&mut block.texture, &mut block.thickness_texture]).into_iter();
        let anisotropy = self.anisotropy.as_mut().map(|block| &mut block.texture).into_iter();
        specular
            .flatten()
            .chain(transmission)
            .chain(volume)
            .chain(diffuse.flatten())
            .chain(clearcoat.flatten())
            .chain(sheen.flatten())
            .chain(iridescence.flatten())
            .chain(anisotropy)
    }
}
