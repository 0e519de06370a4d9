//! Writes the blocks of `KHR_materials_*`.

use serde_json::{Map, Value, json};

use super::materials::{MaterialWriter, finite, insert, unit_range};
use crate::MaterialExtensions;
use crate::formats::gltf::convention::length_to_file;
use crate::formats::gltf::material_extensions::name;

impl MaterialWriter<'_> {
    /// Adds the blocks of a material to its extensions.
    pub(super) fn blocks(&mut self, blocks: &MaterialExtensions, extensions: &mut Map<String, Value>) {
        let mut written: Vec<(&'static str, Map<String, Value>)> = Vec::new();
        if let Some(ior) = blocks.ior {
            let ior = finite(ior, 1.5);
            let ior = if ior == 0.0 { 0.0 } else { ior.max(1.0) };
            written.push((name::IOR, object("ior", ior, 1.5)));
        }
        if let Some(dispersion) = blocks.dispersion {
            written.push((name::DISPERSION, object("dispersion", finite(dispersion, 0.0).max(0.0), 0.0)));
        }
        if let Some(block) = &blocks.specular {
            let mut value = object("specularFactor", unit_range(block.factor), 1.0);
            self.texture(&mut value, "specularTexture", block.texture, None);
            insert(&mut value, "specularColorFactor", positive(block.color), [1.0; 3]);
            self.texture(&mut value, "specularColorTexture", block.color_texture, None);
            written.push((name::SPECULAR, value));
        }
        if let Some(block) = &blocks.transmission {
            let mut value = object("transmissionFactor", unit_range(block.factor), 0.0);
            self.texture(&mut value, "transmissionTexture", block.texture, None);
            written.push((name::TRANSMISSION, value));
        }
        if let Some(block) = &blocks.volume {
            let mut value = object("thicknessFactor", length_to_file(finite(block.thickness, 0.0)), 0.0);
            self.texture(&mut value, "thicknessTexture", block.thickness_texture, None);
            if let Some(distance) = block.attenuation_distance.filter(|distance| distance.is_finite()) {
                value.insert("attenuationDistance".to_owned(), json!(length_to_file(distance)));
            }
            let color = block.attenuation_color.map(unit_range);
            insert(&mut value, "attenuationColor", color, [1.0; 3]);
            written.push((name::VOLUME, value));
        }
        if let Some(block) = &blocks.diffuse_transmission {
            let mut value = object("diffuseTransmissionFactor", unit_range(block.factor), 0.0);
            self.texture(&mut value, "diffuseTransmissionTexture", block.texture, None);
            insert(&mut value, "diffuseTransmissionColorFactor", positive(block.color), [1.0; 3]);
            self.texture(&mut value, "diffuseTransmissionColorTexture", block.color_texture, None);
            written.push((name::DIFFUSE_TRANSMISSION, value));
        }
        if let Some(block) = &blocks.clearcoat {
            let mut value = object("clearcoatFactor", unit_range(block.factor), 0.0);
            self.texture(&mut value, "clearcoatTexture", block.texture, None);
            insert(&mut value, "clearcoatRoughnessFactor", unit_range(block.roughness), 0.0);
            self.texture(&mut value, "clearcoatRoughnessTexture", block.roughness_texture, None);
            let scale = Some(("scale", (block.normal_scale, 1.0)));
            self.texture(&mut value, "clearcoatNormalTexture", block.normal_texture, scale);
            written.push((name::CLEARCOAT, value));
        }
        if let Some(block) = &blocks.sheen {
            let mut value = object("sheenColorFactor", block.color.map(unit_range), [0.0; 3]);
            self.texture(&mut value, "sheenColorTexture", block.color_texture, None);
            insert(&mut value, "sheenRoughnessFactor", unit_range(block.roughness), 0.0);
            self.texture(&mut value, "sheenRoughnessTexture", block.roughness_texture, None);
            written.push((name::SHEEN, value));
        }
        if let Some(block) = &blocks.iridescence {
            let mut value = object("iridescenceFactor", unit_range(block.factor), 0.0);
            self.texture(&mut value, "iridescenceTexture", block.texture, None);
            insert(&mut value, "iridescenceIor", finite(block.ior, 1.3).max(1.0), 1.3);
            let [least, most] = block.thickness_range.map(|thickness| finite(thickness, 0.0).max(0.0));
            insert(&mut value, "iridescenceThicknessMinimum", least, 100.0);
            insert(&mut value, "iridescenceThicknessMaximum", most, 400.0);
            self.texture(&mut value, "iridescenceThicknessTexture", block.thickness_texture, None);
            written.push((name::IRIDESCENCE, value));
        }
        if let Some(block) = &blocks.anisotropy {
            let mut value = object("anisotropyStrength", unit_range(block.strength), 0.0);
            insert(&mut value, "anisotropyRotation", finite(block.rotation_rad, 0.0), 0.0);
            self.texture(&mut value, "anisotropyTexture", block.texture, None);
            written.push((name::ANISOTROPY, value));
        }
        for (name, value) in written {
            extensions.insert(self.extension(name), Value::Object(value));
        }
    }
}

fn object<T: PartialEq + serde::Serialize>(key: &str, value: T, default: T) -> Map<String, Value> {
    let mut object = Map::new();
    insert(&mut object, key, value, default);
    object
}

fn positive(color: [f32; 3]) -> [f32; 3] {
    color.map(|number| finite(number, 1.0).max(0.0))
}
