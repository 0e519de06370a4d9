//! Complains about data that is not as the JSON around it says: bounds, indices, joints and weights.
//!
//! Only what lies in the file is looked at, and each accessor at most once for each thing it is used for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::accessor::{Accessor, Accessors};
use super::json::{Lenient as _, Place, Report};
use super::pose::joint_sets;

/// Checks the data of all accessors that meshes use.
pub(super) fn check(document: &Value, accessors: &Accessors<'_>, report: &mut Report) {
    let root = Place::Root;
    let accessors_at = root.key("accessors");
    for (index, value) in document.elements("accessors").iter().enumerate() {
        if let Ok(accessor) = accessors.get(index) {
            check_bounds(value, accessor, &accessors_at.at(index), report);
        }
    }
    let num_joints = joints_of_meshes(document);
    let meshes_at = root.key("meshes");
    let mut restarts = BTreeSet::new();
    for (index, mesh) in document.elements("meshes").iter().enumerate() {
        let mesh_at = meshes_at.at(index);
        let primitives_at = mesh_at.key("primitives");
        for (place, primitive) in mesh.elements("primitives").iter().enumerate() {
            let at = primitives_at.at(place);
            check_weights(primitive, accessors, num_joints[index], &at.key("attributes"), report);
            let Some(indices) = primitive.index("indices").filter(|indices| restarts.insert(*indices)) else {
                continue;
            };
            if let Ok(accessor) = accessors.get(indices)
                && has_restart(document.elements("accessors").get(indices), accessor)
            {
                let message = "The largest number of the type is not allowed as an index.";
                report.warn("index-restart", &at.key("indices"), message);
            }
        }
    }
}

/// For each mesh how many joints the smallest skin has that it is used with; `None` without a skin.
fn joints_of_meshes(document: &Value) -> Vec<Option<usize>> {
    let mut num_joints: Vec<Option<usize>> = vec![None; document.elements("meshes").len()];
    for node in document.elements("nodes") {
        let skin = node.index("skin").and_then(|skin| document.elements("skins").get(skin));
        if let (Some(skin), Some(mesh)) = (skin, node.index("mesh"))
            && let Some(least) = num_joints.get_mut(mesh)
        {
            let found = skin.elements("joints").len();
            *least = Some(least.map_or(found, |least| least.min(found)));
        }
    }
    num_joints
}

/// The declared bounds must be those of the data.
fn check_bounds(value: &Value, accessor: &Accessor<'_>, at: &Place<'_>, report: &mut Report) {
    let num_components = accessor.num_components();
    let declared = |key: &str| {
        let numbers: Option<Vec<f64>> = value.elements(key).iter().map(Value::as_f64).collect();
        numbers.filter(|numbers| numbers.len() == num_components)
    };
    let (min, max) = (declared("min"), declared("max"));
    // Without a view it is all zeros, or was compressed, and then the data only comes near.
    if (min.is_none() && max.is_none()) || value.get("bufferView").is_none() {
        return;
    }
    let (low, high) = match num_components {
        1 => extremes::<1>(accessor),
        3 => extremes::<3>(accessor),
        _ => extremes::<16>(accessor),
    };
    if accessor.count() == 0 {
        return;
    }
    for (key, declared, found) in [("min", min, low), ("max", max, high)] {
        let at = at.key(key);
        for (component, declared) in declared.into_iter().flatten().enumerate() {
            // What was written with fewer digits than it has is still the same single-precision number.
            let is_same = declared == found[component]
                || accessor.is_float()
                    && crate::color::narrow(declared) == crate::color::narrow(found[component]);
            if !is_same && found[component].is_finite() {
                let message =
                    format!("The bound is declared as {declared}; in the data it is {}.", found[component]);
                report.warn("accessor-bounds", &at.at(component), message);
            }
        }
    }
}

/// The smallest and the largest of each number of the elements, of which there are at most `N` to an element.
fn extremes<const N: usize>(accessor: &Accessor<'_>) -> ([f64; 16], [f64; 16]) {
    let (mut low, mut high) = ([f64::INFINITY; 16], [f64::NEG_INFINITY; 16]);
    for index in 0..accessor.count() {
        for (component, number) in accessor.stored::<N>(index).into_iter().enumerate() {
            low[component] = low[component].min(number);
            high[component] = high[component].max(number);
        }
    }
    (low, high)
}

fn has_restart(value: Option<&Value>, accessor: &Accessor<'_>) -> bool {
    let restart = match value.and_then(|value| value.whole("componentType")) {
        Some(5121) => 0xff,
        Some(5123) => 0xffff,
        Some(5125) => u32::MAX,
        _ => return false,
    };
    (0..accessor.count()).any(|index| accessor.index(index) == restart)
}

/// Joints must exist and not be named twice, weights be positive and sum to 1.
fn check_weights(
    primitive: &Value,
    accessors: &Accessors<'_>,
    num_joints: Option<usize>,
    at: &Place<'_>,
    report: &mut Report,
) {
    /// By so much for each weight the sum may miss 1.
    const SLACK: f32 = 2e-7;
    let sets = joint_sets(primitive, accessors);
    let count = sets.iter().map(|set| set.joints.count().min(set.weights.count())).min().unwrap_or(0);
    let (mut foreign, mut twice, mut negative) =
        (vec![0; sets.len()], vec![0; sets.len()], vec![0; sets.len()]);
    let mut num_unbalanced = 0_usize;
    for vertex in 0..count {
        let mut seen = Vec::with_capacity(4 * sets.len());
        let (mut sum, mut num_weights) = (0.0, 0.0);
        for (index, set) in sets.iter().enumerate() {
            let weights: [f32; 4] = set.weights.floats(vertex);
            for (joint, weight) in set.joints.wholes::<4>(vertex).into_iter().zip(weights) {
                foreign[index] += usize::from(num_joints.is_some_and(|count| joint as usize >= count));
                negative[index] += usize::from(weight < 0.0);
                if weight != 0.0 {
                    twice[index] += usize::from(seen.contains(&joint));
                    seen.push(joint);
                    num_weights += 1.0;
                }
                sum += weight.max(0.0);
            }
        }
        // Weights of whole numbers are rounded; they need not sum to 1 exactly.
        let slack = if sets.iter().all(|set| set.weights.is_float()) { SLACK * num_weights } else { 0.01 };
        num_unbalanced += usize::from((sum - 1.0).abs() > slack.max(SLACK) || !sum.is_finite());
    }
    for index in 0..sets.len() {
        let (joints, weights) = (format!("JOINTS_{index}"), format!("WEIGHTS_{index}"));
        for (code, count, name, what) in [
            ("joint-out-of-range", foreign[index], &joints, "joints are not in the skin"),
            ("joint-duplicate", twice[index], &joints, "joints are named twice for a vertex"),
            ("weights-negative", negative[index], &weights, "weights are negative"),
            (
                "weights-not-normalized",
                num_unbalanced,
                &weights,
                "vertices have weights that do not sum to 1",
            ),
        ] {
            if count > 0 {
                report.warn(code, &at.key(name), format!("{count} {what}."));
            }
        }
    }
}
