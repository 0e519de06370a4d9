//! `KHR_materials_variants`: several looks in one file.

use serde_json::Value;

use super::json::{Lenient as _, whole_number};

/// The name of the extension.
pub(super) const NAME: &str = "KHR_materials_variants";

/// The names of the looks.
pub(super) fn names(document: &Value) -> Vec<String> {
    let variants = document.extension(NAME).map_or(&[][..], |extension| extension.elements("variants"));
    variants.iter().map(|variant| variant.text("name").unwrap_or_default().to_owned()).collect()
}

/// The looks in which a primitive has another material, and which.
pub(super) fn of_primitive(
    primitive: &Value,
    num_variants: usize,
    num_materials: usize,
) -> Vec<(usize, usize)> {
    let mappings = primitive.extension(NAME).map_or(&[][..], |extension| extension.elements("mappings"));
    let mut found = Vec::new();
    for mapping in mappings {
        let Some(material) = mapping.index("material").filter(|material| *material < num_materials) else {
            continue;
        };
        let variants = mapping.elements("variants").iter().filter_map(whole_number);
        let variants = variants.filter_map(|variant| usize::try_from(variant).ok());
        found.extend(variants.filter(|variant| *variant < num_variants).map(|variant| (variant, material)));
    }
    // The first that a look names counts.
    found.sort_by_key(|(variant, _)| *variant);
    found.dedup_by_key(|(variant, _)| *variant);
    found
}
