//! Complains about what the schemas cannot say: properties that need, contradict or measure each other.
//!
//! The rules are those of the specification of glTF 2.0 that a reader can check without looking at the data. As with
//! `schema`, a complaint never stops the import.

use std::collections::BTreeSet;
use std::f64::consts::FRAC_PI_4;

use serde_json::{Map, Value};

use super::buffers::data_media_type;
use super::json::{Lenient as _, Place, Report};
use super::material_extensions::name;
use super::stage::LIGHTS;

/// Of skeletons only so much is looked at; none is as large, but the work would grow with its product.
const MAX_SKINS: usize = 256;
const MAX_JOINTS: usize = 512;
const MAX_DEPTH: usize = 256;

/// Checks an element of one of the document's arrays, which lies at a place.
type Check = fn(&Value, &Value, &Place<'_>, &mut Report);

/// Checks a whole document.
pub(super) fn check(document: &Value, report: &mut Report) {
    let checks: [(&str, Check); 7] = [
        ("buffers", check_buffer),
        ("bufferViews", check_view),
        ("cameras", check_camera),
        ("images", check_image),
        ("meshes", check_mesh),
        ("nodes", check_node),
        ("skins", check_skin),
    ];
    let root = Place::Root;
    for (key, check) in checks {
        let at = root.key(key);
        for (index, value) in document.elements(key).iter().enumerate() {
            check(document, value, &at.at(index), report);
        }
    }
    check_skeletons(document, report);
    check_lights(document, report);
    check_declarations(document, report);
}

/// A spot light has a cone, and the cone an inside.
fn check_lights(document: &Value, report: &mut Report) {
    let root = Place::Root;
    let extensions_at = root.key("extensions");
    let extension_at = extensions_at.key(LIGHTS);
    let lights_at = extension_at.key("lights");
    let lights = document.extension(LIGHTS).map_or(&[][..], |extension| extension.elements("lights"));
    for (index, light) in lights.iter().enumerate() {
        let at = lights_at.at(index);
        match light.get("spot") {
            None if light.text("type") == Some("spot") => {
                report.warn("missing-property", &at, "The property `spot` is missing.");
            }
            None => {}
            Some(spot) => {
                let inner = spot.number("innerConeAngle").unwrap_or(0.0);
                let outer = spot.number("outerConeAngle").unwrap_or(FRAC_PI_4);
                if outer <= inner {
                    let spot_at = at.key("spot");
                    let message = "The inner cone is not within the outer one.";
                    report.warn("light-cone", &spot_at.key("outerConeAngle"), message);
                }
            }
        }
    }
}

/// Some extensions change what the plain format means, so that they must be required.
fn check_declarations(document: &Value, report: &mut Report) {
    let name = "KHR_mesh_quantization";
    let is_required =
        document.elements("extensionsRequired").iter().any(|required| required.as_str() == Some(name));
    let root = Place::Root;
    let used_at = root.key("extensionsUsed");
    for (index, used) in document.elements("extensionsUsed").iter().enumerate() {
        if used.as_str() == Some(name) && !is_required {
            report.warn("extension-not-required", &used_at.at(index), "This extension must be required.");
        }
    }
}

fn check_buffer(_document: &Value, buffer: &Value, at: &Place<'_>, report: &mut Report) {
    let media_type = buffer.text("uri").and_then(data_media_type).filter(|media_type| !media_type.is_empty());
    if let Some(media_type) = media_type
        && !["application/octet-stream", "application/gltf-buffer"].contains(&media_type)
    {
        let message = format!("A buffer is not of the media type {media_type}; it was read all the same.");
        report.warn("buffer-media-type", &at.key("uri"), message);
    }
}

fn check_view(_document: &Value, view: &Value, at: &Place<'_>, report: &mut Report) {
    if view.whole("byteStride") > view.whole("byteLength") {
        report.warn("buffer-view-stride", &at.key("byteStride"), "The stride is longer than the view.");
    }
}

fn check_camera(_document: &Value, camera: &Value, at: &Place<'_>, report: &mut Report) {
    for kind in ["orthographic", "perspective"] {
        let Some(view) = camera.get(kind) else {
            if camera.text("type") == Some(kind) {
                report.warn("missing-property", at, format!("The property `{kind}` is missing."));
            }
            continue;
        };
        let at = at.key(kind);
        if let (Some(near), Some(far)) = (view.number("znear"), view.number("zfar"))
            && far <= near
        {
            report.warn("camera-range", &at, "The far plane is not behind the near plane.");
        }
        for size in ["xmag", "ymag"] {
            if view.number(size) == Some(0.0) {
                report.warn("camera-size", &at.key(size), "The camera sees nothing.");
            }
        }
    }
}

fn check_image(_document: &Value, image: &Value, at: &Place<'_>, report: &mut Report) {
    if image.get("bufferView").is_some() && image.get("mimeType").is_none() {
        report.warn("missing-property", &at.key("bufferView"), "The property `mimeType` is missing.");
    }
}

fn check_mesh(document: &Value, mesh: &Value, at: &Place<'_>, report: &mut Report) {
    let primitives_at = at.key("primitives");
    let mut num_targets = None;
    for (index, primitive) in mesh.elements("primitives").iter().enumerate() {
        let at = primitives_at.at(index);
        check_attributes(document, primitive, &at, report);
        check_tangents(document, primitive, &at, report);
        let found = primitive.elements("targets").len();
        if found != *num_targets.get_or_insert(found) {
            let message = "The primitives of a mesh must have the same number of morph targets.";
            report.warn("morph-targets", &if found > 0 { at.key("targets") } else { at }, message);
        }
    }
    let num_weights = mesh.elements("weights").len();
    if num_weights > 0 && num_weights != num_targets.unwrap_or(0) {
        report.warn("morph-weights", &at.key("weights"), "There must be as many weights as morph targets.");
    }
}

/// Bumps of varnish and drawn-out highlights need tangents, or a normal texture that tangents can be made for.
fn check_tangents(document: &Value, primitive: &Value, at: &Place<'_>, report: &mut Report) {
    let material =
        primitive.index("material").and_then(|material| document.elements("materials").get(material));
    let Some(material) = material else { return };
    let has_bumps = material
        .extension(name::CLEARCOAT)
        .is_some_and(|clearcoat| clearcoat.get("clearcoatNormalTexture").is_some());
    let is_drawn_out = material.extension(name::ANISOTROPY).is_some();
    let has_tangents = primitive.get("attributes").is_some_and(|set| set.get("TANGENT").is_some());
    if (has_bumps || is_drawn_out) && !has_tangents && material.get("normalTexture").is_none() {
        let message = "The material needs tangents, which the primitive does not have.";
        report.warn("tangents-missing", &at.key("material"), message);
    }
}

fn check_attributes(document: &Value, primitive: &Value, at: &Place<'_>, report: &mut Report) {
    let empty = Map::new();
    let base = primitive.get("attributes").and_then(Value::as_object).unwrap_or(&empty);
    let attributes_at = at.key("attributes");
    check_set(document, base, None, &attributes_at, report);
    let targets_at = at.key("targets");
    for (index, target) in primitive.elements("targets").iter().enumerate() {
        if let Some(target) = target.as_object() {
            check_set(document, target, Some(base), &targets_at.at(index), report);
        }
    }
}

/// Checks the attributes of a primitive, or those of a morph target of it, of which `base` are the primitive's own.
fn check_set(
    document: &Value,
    attributes: &Map<String, Value>,
    base: Option<&Map<String, Value>>,
    at: &Place<'_>,
    report: &mut Report,
) {
    let accessor = |name: &str, attributes: &Map<String, Value>| {
        let index = usize::try_from(attributes.get(name)?.as_u64()?).ok()?;
        document.elements("accessors").get(index)
    };
    let count =
        accessor("POSITION", base.unwrap_or(attributes)).and_then(|positions| positions.whole("count"));
    for name in attributes.keys() {
        let at = at.key(name);
        let stem = name.split('_').next().unwrap_or_default();
        let is_morphable = ["POSITION", "NORMAL", "TANGENT", "TEXCOORD", "COLOR", ""].contains(&stem);
        if base.is_some() && !is_morphable {
            report.warn("attribute-name", &at, "Morph targets have no attribute of this name.");
        }
        if base.is_some_and(|base| !base.contains_key(name)) {
            report.warn("morph-attribute", &at, "The primitive itself has no such attribute.");
        }
        let Some(accessor) = accessor(name, attributes) else { continue };
        if count.is_some() && accessor.whole("count") != count {
            report.warn("attribute-count", &at, "All attributes of a primitive must have the same length.");
        }
        if name == "POSITION" && (accessor.get("min").is_none() || accessor.get("max").is_none()) {
            report.warn("position-bounds", &at, "The bounds of the positions are not declared.");
        }
    }
}

fn check_node(document: &Value, node: &Value, at: &Place<'_>, report: &mut Report) {
    if node.get("mesh").is_none() {
        for name in ["skin", "weights"].into_iter().filter(|name| node.get(name).is_some()) {
            report.warn(
                "missing-property",
                &at.key(name),
                "The property `mesh` is missing, which this is about.",
            );
        }
    }
    let mesh = node.index("mesh").and_then(|mesh| document.elements("meshes").get(mesh));
    let has_joints =
        |primitive: &Value| primitive.get("attributes").is_some_and(|set| set.get("JOINTS_0").is_some());
    if let Some(mesh) = mesh.filter(|_| node.get("skin").is_some())
        && !mesh.elements("primitives").iter().any(has_joints)
    {
        report.warn("skin-without-joints", at, "The node has a skin, and its mesh has no joints.");
    }
}

/// Which node is the parent of each.
struct Family {
    parents: Vec<Option<usize>>,
}

impl Family {
    fn of(document: &Value) -> Self {
        let nodes = document.elements("nodes");
        let mut parents = vec![None; nodes.len()];
        for (index, node) in nodes.iter().enumerate() {
            for child in node.elements("children").iter().filter_map(Value::as_u64) {
                let child = usize::try_from(child).ok().and_then(|child| parents.get_mut(child));
                if let Some(parent @ None) = child {
                    *parent = Some(index);
                }
            }
        }
        Self { parents }
    }

    /// A node and those above it, the nearest first; ends where a loop does.
    fn lineage(&self, node: usize) -> Vec<usize> {
        let mut lineage = Vec::new();
        let mut next = Some(node);
        while let Some(node) = next.filter(|node| *node < self.parents.len() && lineage.len() <= MAX_DEPTH) {
            lineage.push(node);
            next = self.parents[node];
        }
        lineage
    }
}

fn indices(value: &Value, key: &str) -> Vec<usize> {
    value.elements(key).iter().filter_map(|index| usize::try_from(index.as_u64()?).ok()).collect()
}

/// Joints must have a common root, be in the scenes that show their meshes, and hang below the skeleton.
fn check_skeletons(document: &Value, report: &mut Report) {
    let skins = document.elements("skins");
    if skins.is_empty() {
        return;
    }
    let family = Family::of(document);
    let root = Place::Root;
    let skins_at = root.key("skins");
    let mut tops_of_skin = Vec::new();
    for (index, skin) in skins.iter().take(MAX_SKINS).enumerate() {
        let at = skins_at.at(index);
        let joints = indices(skin, "joints");
        let lineages: Vec<_> = joints.iter().take(MAX_JOINTS).map(|joint| family.lineage(*joint)).collect();
        let tops: BTreeSet<_> = lineages.iter().filter_map(|lineage| lineage.last().copied()).collect();
        if tops.len() > 1 {
            report.warn("skin-no-common-root", &at.key("joints"), "The joints have no common root.");
        }
        let skeleton = skin.index("skeleton");
        if skeleton.is_some_and(|skeleton| lineages.iter().any(|lineage| !lineage.contains(&skeleton))) {
            report.warn("skin-skeleton", &at.key("skeleton"), "The skeleton is not above all joints.");
        }
        tops_of_skin.push(tops);
    }
    let nodes_at = root.key("nodes");
    let scenes: Vec<BTreeSet<_>> = document
        .elements("scenes")
        .iter()
        .map(|scene| indices(scene, "nodes").into_iter().collect())
        .collect();
    for (index, node) in document.elements("nodes").iter().enumerate() {
        let Some(tops) = node.index("skin").and_then(|skin| tops_of_skin.get(skin)) else { continue };
        let Some(top) = family.lineage(index).last().copied() else { continue };
        if scenes.iter().any(|roots| roots.contains(&top) && roots.is_disjoint(tops)) {
            let message = "A scene shows the node and not the joints of its skin.";
            report.warn("skin-not-in-scene", &nodes_at.at(index), message);
        }
    }
}

fn check_skin(document: &Value, skin: &Value, at: &Place<'_>, report: &mut Report) {
    let matrices =
        skin.index("inverseBindMatrices").and_then(|index| document.elements("accessors").get(index));
    if let Some(matrices) = matrices
        && (matrices.text("type") != Some("MAT4") || matrices.whole("componentType") != Some(5126))
    {
        let message = "The matrices must be 4 × 4 and of single-precision numbers.";
        report.warn("skin-matrices", &at.key("inverseBindMatrices"), message);
    }
}
