//! The blocks of `KHR_materials_*`.

use serde_json::Value;

use super::convention::length_from_file;
use super::json::{Lenient as _, Place, Report};
use super::materials::{MaterialReader, unit_range};
use crate::{
    Anisotropy, Clearcoat, DiffuseTransmission, Iridescence, MaterialExtensions, Sheen, Specular,
    Transmission, Volume,
};

/// The names of the blocks, without what they share.
pub(super) mod name {
    pub(in super::super) const ANISOTROPY: &str = "KHR_materials_anisotropy";
    pub(in super::super) const CLEARCOAT: &str = "KHR_materials_clearcoat";
    pub(in super::super) const DIFFUSE_TRANSMISSION: &str = "KHR_materials_diffuse_transmission";
    pub(in super::super) const DISPERSION: &str = "KHR_materials_dispersion";
    pub(in super::super) const IOR: &str = "KHR_materials_ior";
    pub(in super::super) const IRIDESCENCE: &str = "KHR_materials_iridescence";
    pub(in super::super) const SHEEN: &str = "KHR_materials_sheen";
    pub(in super::super) const SPECULAR: &str = "KHR_materials_specular";
    pub(in super::super) const TRANSMISSION: &str = "KHR_materials_transmission";
    pub(in super::super) const VOLUME: &str = "KHR_materials_volume";
}

impl MaterialReader<'_> {
    /// All blocks of a material; `None` when it has none. `at` is the place of the material's extensions.
    pub(super) fn blocks(
        &mut self,
        material: &Value,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<Box<MaterialExtensions>> {
        let blocks = MaterialExtensions {
            ior: material.extension(name::IOR).map(|block| block.single("ior").unwrap_or(1.5)),
            dispersion: material
                .extension(name::DISPERSION)
                .map(|block| block.single("dispersion").unwrap_or(0.0).max(0.0)),
            specular: self.specular(material, at, report),
            transmission: self.transmission(material, at, report),
            volume: self.volume(material, at, report),
            diffuse_transmission: self.diffuse_transmission(material, at, report),
            clearcoat: self.clearcoat(material, at, report),
            sheen: self.sheen(material, at, report),
            iridescence: self.iridescence(material, at, report),
            anisotropy: self.anisotropy(material, at, report),
        };
        (blocks != MaterialExtensions::default()).then(|| Box::new(blocks))
    }

    fn specular(&mut self, material: &Value, at: &Place<'_>, report: &mut Report) -> Option<Specular> {
        let block = material.extension(name::SPECULAR)?;
        let at = at.key(name::SPECULAR);
        Some(Specular {
            factor: factor(block, "specularFactor", 1.0),
            texture: self.texture(block, "specularTexture", &at, report),
            color: color(block, "specularColorFactor", [1.0; 3]),
            color_texture: self.texture(block, "specularColorTexture", &at, report),
        })
    }

    fn transmission(
        &mut self,
        material: &Value,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<Transmission> {
        let block = material.extension(name::TRANSMISSION)?;
        let at = at.key(name::TRANSMISSION);
        Some(Transmission {
            factor: factor(block, "transmissionFactor", 0.0),
            texture: self.texture(block, "transmissionTexture", &at, report),
        })
    }

    fn volume(&mut self, material: &Value, at: &Place<'_>, report: &mut Report) -> Option<Volume> {
        let block = material.extension(name::VOLUME)?;
        let at = at.key(name::VOLUME);
        let distance = block.single("attenuationDistance").filter(|distance| *distance > 0.0);
        Some(Volume {
            thickness: length_from_file(block.single("thicknessFactor").unwrap_or(0.0).max(0.0)),
            thickness_texture: self.texture(block, "thicknessTexture", &at, report),
            attenuation_distance: distance.map(length_from_file),
            attenuation_color: color(block, "attenuationColor", [1.0; 3]),
        })
    }

    fn diffuse_transmission(
        &mut self,
        material: &Value,
        at: &Place<'_>,
        report: &mut Report,
    ) -> Option<DiffuseTransmission> {
        let block = material.extension(name::DIFFUSE_TRANSMISSION)?;
        let at = at.key(name::DIFFUSE_TRANSMISSION);
        Some(DiffuseTransmission {
            factor: factor(block, "diffuseTransmissionFactor", 0.0),
            texture: self.texture(block, "diffuseTransmissionTexture", &at, report),
            color: color(block, "diffuseTransmissionColorFactor", [1.0; 3]),
            color_texture: self.texture(block, "diffuseTransmissionColorTexture", &at, report),
        })
    }

    fn clearcoat(&mut self, material: &Value, at: &Place<'_>, report: &mut Report) -> Option<Clearcoat> {
        let block = material.extension(name::CLEARCOAT)?;
        let at = at.key(name::CLEARCOAT);
        let normal = block.get("clearcoatNormalTexture");
        Some(Clearcoat {
            factor: factor(block, "clearcoatFactor", 0.0),
            texture: self.texture(block, "clearcoatTexture", &at, report),
            roughness: factor(block, "clearcoatRoughnessFactor", 0.0),
            roughness_texture: self.texture(block, "clearcoatRoughnessTexture", &at, report),
            normal_texture: self.texture(block, "clearcoatNormalTexture", &at, report),
            normal_scale: normal.and_then(|normal| normal.single("scale")).unwrap_or(1.0),
        })
    }

    fn sheen(&mut self, material: &Value, at: &Place<'_>, report: &mut Report) -> Option<Sheen> {
        let block = material.extension(name::SHEEN)?;
        let at = at.key(name::SHEEN);
        Some(Sheen {
            color: color(block, "sheenColorFactor", [0.0; 3]),
            color_texture: self.texture(block, "sheenColorTexture", &at, report),
            roughness: factor(block, "sheenRoughnessFactor", 0.0),
            roughness_texture: self.texture(block, "sheenRoughnessTexture", &at, report),
        })
    }

    fn iridescence(&mut self, material: &Value, at: &Place<'_>, report: &mut Report) -> Option<Iridescence> {
        let block = material.extension(name::IRIDESCENCE)?;
        let at = at.key(name::IRIDESCENCE);
        let thickness = |key: &str, default: f32| block.single(key).unwrap_or(default).max(0.0);
        Some(Iridescence {
            factor: factor(block, "iridescenceFactor", 0.0),
            texture: self.texture(block, "iridescenceTexture", &at, report),
            ior: block.single("iridescenceIor").unwrap_or(1.3).max(1.0),
            thickness_range: [
                thickness("iridescenceThicknessMinimum", 100.0),
                thickness("iridescenceThicknessMaximum", 400.0),
            ],
            thickness_texture: self.texture(block, "iridescenceThicknessTexture", &at, report),
        })
    }

    fn anisotropy(&mut self, material: &Value, at: &Place<'_>, report: &mut Report) -> Option<Anisotropy> {
        let block = material.extension(name::ANISOTROPY)?;
        let at = at.key(name::ANISOTROPY);
        Some(Anisotropy {
            strength: factor(block, "anisotropyStrength", 0.0),
            rotation_rad: block.single("anisotropyRotation").unwrap_or(0.0),
            texture: self.texture(block, "anisotropyTexture", &at, report),
        })
    }
}

fn factor(block: &Value, key: &str, default: f32) -> f32 {
    block.single(key).map_or(default, unit_range)
}

fn color(block: &Value, key: &str, default: [f32; 3]) -> [f32; 3] {
    block.singles(key).map_or(default, |color: [f32; 3]| color.map(|number| number.max(0.0)))
}
