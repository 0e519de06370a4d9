//! Animations: curves and what follows them, in the document's axes and millimetres. Nothing is played here.

use serde_json::Value;

use super::accessor::{Accessor, Accessors};
use super::budget::Budget;
use super::convention::{point_from_file, rotation_from_file, scale_from_file};
use super::json::{Lenient as _, Place, Report};
use crate::{Animation, AnimationChannel, AnimationSampler, AnimationTarget, Interpolation};

/// Reads all animations; what cannot be read is left out with a warning.
pub(super) fn read(
    document: &Value,
    accessors: &Accessors<'_>,
    budget: &mut Budget,
    report: &mut Report,
) -> Vec<Animation> {
    let root = Place::Root;
    let animations_at = root.key("animations");
    let reader = Reader { document, accessors };
    let animations = document.elements("animations").iter().enumerate();
    animations
        .map(|(index, value)| reader.animation(value, &animations_at.at(index), budget, report))
        .filter(|animation| !animation.channels.is_empty())
        .collect()
}

struct Reader<'a> {
    document: &'a Value,
    accessors: &'a Accessors<'a>,
}

/// What numbers mean, by which they change with the axes. Samplers may serve several.
#[derive(Clone, Copy, PartialEq)]
enum Meaning {
    Translation,
    Rotation,
    Scale,
    Plain,
}

impl Reader<'_> {
    fn animation(
        &self,
        value: &Value,
        at: &Place<'_>,
        budget: &mut Budget,
        report: &mut Report,
    ) -> Animation {
        let mut animation =
            Animation { name: value.text("name").unwrap_or_default().to_owned(), ..Animation::default() };
        let channels_at = at.key("channels");
        let samplers_at = at.key("samplers");
        let samplers = value.elements("samplers");
        // The samplers that were read, each for a meaning.
        let mut known: Vec<(usize, Meaning, Option<usize>)> = Vec::new();
        for (index, channel) in value.elements("channels").iter().enumerate() {
            let at = channels_at.at(index);
            let Some((target, meaning)) = self.target(channel.get("target").unwrap_or(&Value::Null)) else {
                continue; // Channels without a target are to be ignored.
            };
            let Some(sampler) = channel.index("sampler").filter(|sampler| *sampler < samplers.len()) else {
                report.warn("animation-sampler", &at.key("sampler"), "The channel has no sampler.");
                continue;
            };
            let found = known.iter().find(|(index, kind, _)| (*index, *kind) == (sampler, meaning));
            let read = match found {
                Some((_, _, read)) => *read,
                None => {
                    let read =
                        self.sampler(&samplers[sampler], &target, &samplers_at.at(sampler), budget, report);
                    let read = read.map(|mut read| {
                        convert(&mut read, meaning);
                        animation.samplers.push(read);
                        animation.samplers.len() - 1
                    });
                    known.push((sampler, meaning, read));
                    read
                }
            };
            if let Some(sampler) = read {
                animation.channels.push(AnimationChannel { sampler, target });
            }
        }
        animation
    }

    fn target(&self, target: &Value) -> Option<(AnimationTarget, Meaning)> {
        if let Some(pointer) = target.extension("KHR_animation_pointer").and_then(|it| it.text("pointer")) {
            return Some((AnimationTarget::Pointer(pointer.to_owned()), Meaning::Plain));
        }
        let node = target.index("node").filter(|node| *node < self.document.elements("nodes").len())?;
        Some(match target.text("path")? {
            "translation" => (AnimationTarget::Translation(node), Meaning::Translation),
            "rotation" => (AnimationTarget::Rotation(node), Meaning::Rotation),
            "scale" => (AnimationTarget::Scale(node), Meaning::Scale),
            "weights" => (AnimationTarget::MorphWeights(node), Meaning::Plain),
            _ => return None,
        })
    }

    /// How many morph targets a node's mesh has.
    fn num_targets(&self, node: usize) -> Option<usize> {
        let mesh = self.document.elements("nodes").get(node)?.index("mesh")?;
        let primitives = self.document.elements("meshes").get(mesh)?.elements("primitives");
        Some(primitives.first()?.elements("targets").len())
    }

    fn sampler(
        &self,
        value: &Value,
        target: &AnimationTarget,
        at: &Place<'_>,
        budget: &mut Budget,
        report: &mut Report,
    ) -> Option<AnimationSampler> {
        let accessor = |key: &str| self.accessors.get(value.index(key)?).ok();
        let (Some(input), Some(output)) = (accessor("input"), accessor("output")) else {
            report.warn("animation-data", at, "The sampler has no data; what it moves stands still.");
            return None;
        };
        let interpolation = match value.text("interpolation") {
            Some("STEP") => Interpolation::Step,
            Some("CUBICSPLINE") => Interpolation::CubicSpline,
            _ => Interpolation::Linear,
        };
        let values_per_time = if interpolation == Interpolation::CubicSpline { 3 } else { 1 };
        let per_element = output.num_components();
        let width = match target {
            AnimationTarget::MorphWeights(node) => self.num_targets(*node)?,
            AnimationTarget::Translation(_) | AnimationTarget::Scale(_) => 3,
            AnimationTarget::Rotation(_) => 4,
            // Arrays of numbers, such as weights, have several elements to a time.
            AnimationTarget::Pointer(_) => {
                let num_values = input.count().saturating_mul(values_per_time).max(1);
                per_element * (output.count() / num_values).max(1)
            }
        };
        let needed = input.count().checked_mul(values_per_time)?.checked_mul(width)?;
        let available = output.count().saturating_mul(per_element);
        if width == 0 || input.count() == 0 || needed > available || !width.is_multiple_of(per_element) {
            let message = format!("{available} numbers do not fit {} times of {width} each.", input.count());
            report.warn("animation-data", &at.key("output"), message);
            return None;
        }
        if !budget.spend(needed.saturating_add(input.count())) {
            report.warn(
                "too-many-elements",
                at,
                "The animations would fill the memory; this one was left out.",
            );
            return None;
        }
        let times_secs: Vec<_> = (0..input.count()).map(|index| input.floats::<1>(index)[0]).collect();
        if !times_secs.is_sorted_by(|a, b| a < b) {
            let message = "The times of an animation must rise.";
            report.warn("animation-times", &at.key("input"), message);
        }
        let values = numbers(output, needed / per_element);
        if !(times_secs.iter().chain(&values).all(|number| number.is_finite())) {
            report.warn("animation-data", at, "Numbers of the animation are infinite or not a number.");
            return None;
        }
        Some(AnimationSampler { times_secs, interpolation, width, values })
    }
}

fn numbers(accessor: &Accessor<'_>, num_elements: usize) -> Vec<f32> {
    let per_element = accessor.num_components();
    let mut numbers = Vec::with_capacity(num_elements * per_element);
    for element in 0..num_elements {
        numbers.extend(&accessor.floats::<16>(element)[..per_element]);
    }
    numbers
}

fn convert(sampler: &mut AnimationSampler, meaning: Meaning) {
    match meaning {
        Meaning::Translation => {
            for value in sampler.values.as_chunks_mut().0 {
                *value = point_from_file(*value).as_vec3().to_array();
            }
        }
        Meaning::Rotation => {
            for value in sampler.values.as_chunks_mut().0 {
                *value = rotation_from_file(*value);
            }
        }
        Meaning::Scale => {
            for value in sampler.values.as_chunks_mut().0 {
                *value = scale_from_file(*value);
            }
        }
        Meaning::Plain => {}
    }
}
