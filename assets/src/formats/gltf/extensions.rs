//! What becomes of each extension.

use std::collections::BTreeMap;

use serde_json::Value;

use super::json::{Lenient as _, Place, Report};
use crate::{ExtensionStatus, ExtensionUse};

/// Extensions that are shown, fully or nearly. All others are ignored.
const SHOWN: [(&str, ExtensionStatus); 6] = [
    ("KHR_materials_emissive_strength", ExtensionStatus::Honoured),
    ("KHR_materials_pbrSpecularGlossiness", ExtensionStatus::Approximated),
    ("KHR_materials_unlit", ExtensionStatus::Honoured),
    ("KHR_mesh_quantization", ExtensionStatus::Honoured),
    ("KHR_texture_transform", ExtensionStatus::Honoured),
    // Topology that the exact weld finds by itself.
    ("EXT_mesh_manifold", ExtensionStatus::Honoured),
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
        if let Some(name) = name.as_str().filter(|name| status(name) == ExtensionStatus::Ignored) {
            let message = format!(
                "The file says that it cannot be shown right without {name}, which Kerf does not know yet; the rest is \
                 shown."
            );
            report.warn("unsupported-extension", &required_at.at(index), message);
        }
    }
    let uses = required_by_name.into_iter().map(|(name, required)| ExtensionUse {
        name: name.to_owned(),
        required,
        status: status(name),
    });
    uses.collect()
}

fn status(name: &str) -> ExtensionStatus {
    SHOWN.iter().find(|(known, _)| *known == name).map_or(ExtensionStatus::Ignored, |(_, status)| *status)
}
