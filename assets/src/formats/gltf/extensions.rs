//! What becomes of each extension.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::{Lenient as _, Place, Report};
use crate::ExtensionStatus::{self, Approximated, Honoured, Ignored};
use crate::ExtensionUse;

/// The extensions we know, what becomes of them, and what that means for the picture.
const KNOWN: [(&str, ExtensionStatus, &str); 31] = [
    ("EXT_mesh_gpu_instancing", Honoured, "every instance is a node"),
    // Topology that the exact weld finds by itself.
    ("EXT_mesh_manifold", Honoured, ""),
    ("EXT_meshopt_compression", Honoured, ""),
    ("EXT_texture_webp", Honoured, ""),
    ("KHR_animation_pointer", Ignored, "animations are kept and not played"),
    ("KHR_draco_mesh_compression", Honoured, ""),
    ("KHR_lights_punctual", Ignored, "the file's lights are kept; Kerf's own light shines"),
    ("KHR_materials_anisotropy", Ignored, "kept; highlights are round instead of drawn out"),
    ("KHR_materials_clearcoat", Ignored, "kept; the layer of varnish is not shown"),
    ("KHR_materials_diffuse_transmission", Ignored, "kept; no light shines through from behind"),
    ("KHR_materials_dispersion", Ignored, "kept; light is not split into colours"),
    ("KHR_materials_emissive_strength", Honoured, ""),
    ("KHR_materials_ior", Ignored, "kept; everything reflects as with an index of 1.5"),
    ("KHR_materials_iridescence", Ignored, "kept; no colours of thin films"),
    ("KHR_materials_pbrSpecularGlossiness", Approximated, "converted to metallic-roughness"),
    ("KHR_materials_sheen", Ignored, "kept; cloth has no sheen"),
    (
        "KHR_materials_specular",
        Ignored,
        "kept; reflections of non-metals have their usual strength and no colour",
    ),
    (
        "KHR_materials_transmission",
        Approximated,
        "shown as blended over what is behind, without refraction; opaque where a texture says how much",
    ),
    ("KHR_materials_unlit", Honoured, ""),
    ("KHR_materials_variants", Approximated, "the default look is shown; the others are kept"),
    ("KHR_materials_volume", Ignored, "kept; bodies do not tint or bend the light inside"),
    ("KHR_mesh_quantization", Honoured, ""),
    ("KHR_meshopt_compression", Honoured, ""),
    ("KHR_node_visibility", Honoured, ""),
    ("KHR_texture_basisu", Honoured, ""),
    ("KHR_texture_transform", Honoured, ""),
    ("KHR_xmp_json_ld", Honoured, "shown with what the file says of itself"),
    // Older files, which need nothing of them that the rest of the file does not say.
    ("KHR_technique_webgl", Ignored, "shaders in a file are not run; the plain material is shown"),
    ("KHR_techniques_webgl", Ignored, "shaders in a file are not run; the plain material is shown"),
    ("EXT_texture_avif", Ignored, "images of this kind are not read; others of the texture are used"),
    ("MSFT_texture_dds", Ignored, "images of this kind are not read; others of the texture are used"),
];

/// The extensions that a document declares, and what was done about them, sorted by name. Warns of required ones that
/// are left out.
pub(super) fn declared(document: &Value, report: &mut Report) -> Vec<ExtensionUse> {
    let mut required_by_name = BTreeMap::new();
    for (list, required) in [("extensionsUsed", false), ("extensionsRequired", true)] {
        for name in document.elements(list).iter().filter_map(Value::as_str) {
            *required_by_name.entry(name).or_insert(false) |= required;
        }
    }
    let root = Place::Root;
    let required_at = root.key("extensionsRequired");
    for (index, name) in document.elements("extensionsRequired").iter().enumerate() {
        let Some(name) = name.as_str() else { continue };
        let (status, note) = fate(name);
        if status == Ignored {
            let message = format!(
                "The file says that it cannot be shown right without {name}; the rest is shown ({note})."
            );
            report.warn("unsupported-extension", &required_at.at(index), message);
        }
    }
    let uses = required_by_name.into_iter().map(|(name, required)| {
        let (status, note) = fate(name);
        ExtensionUse { name: name.to_owned(), required, status, note: note.to_owned() }
    });
    uses.collect()
}

fn fate(name: &str) -> (ExtensionStatus, &'static str) {
    let known = KNOWN.iter().find(|(known, _, _)| *known == name);
    known.map_or((Ignored, "Kerf does not know it"), |(_, status, note)| (*status, *note))
}
