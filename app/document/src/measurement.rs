//! Measurements the user keeps: what they hold on to, never their values, which follow from it.

use std::sync::Arc;

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::{Document, EditError, NodeId, Outcome};

/// Names a measurement for the lifetime of a document; never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct MeasurementId(pub u32);

/// Something measured: the size of one thing, how two are to each other, the angle of three points.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// Shown in the list; need not be unique.
    pub name: String,
    /// Whether it is drawn in the view.
    #[serde(default = "yes")]
    pub visible: bool,
    /// What it holds on to, one to three of them; the middle one of three is the corner.
    pub anchors: Vec<Anchor>,
    /// Whether the two points are those where two parts were nearest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_gap: bool,
}

fn yes() -> bool {
    true
}

/// Something on a part, in the space of its node, so that it moves with it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Anchor {
    /// The part.
    pub node: NodeId,
    /// What of it.
    pub on: Feature,
}

/// A piece of geometry that can be measured. Millimetres; directions have length 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Feature {
    /// A point.
    Point {
        /// Where.
        at: DVec3,
    },
    /// A straight edge.
    Line {
        /// Its ends.
        ends: [DVec3; 2],
    },
    /// A circle, or an arc.
    Circle {
        /// Its centre.
        center: DVec3,
        /// Across its plane.
        normal: DVec3,
        /// Half its diameter.
        radius: f64,
        /// How far it goes round.
        turn_rad: f64,
        /// How far vertices are off at most.
        deviation: f64,
    },
    /// Edges in a row.
    Chain {
        /// A point of it.
        at: DVec3,
        /// The sum of their lengths.
        length: f64,
    },
    /// A flat face.
    Plane {
        /// A point of it.
        at: DVec3,
        /// Away from the material.
        normal: DVec3,
        /// Its area.
        area: f64,
    },
    /// A cylinder or a cone about an axis.
    Axis {
        /// The axis as far as the face goes.
        ends: [DVec3; 2],
        /// The radii there.
        radii: [f64; 2],
        /// Whether it is the inside of a hole.
        is_hollow: bool,
        /// How far vertices are off at most.
        deviation: f64,
    },
    /// A sphere.
    Sphere {
        /// Its centre.
        center: DVec3,
        /// Half its diameter.
        radius: f64,
        /// How far vertices are off at most.
        deviation: f64,
    },
    /// A ring.
    Torus {
        /// Its centre.
        center: DVec3,
        /// What it turns about.
        axis: DVec3,
        /// From the centre to the middle of the tube, and the radius of the tube.
        radii: [f64; 2],
        /// How far vertices are off at most.
        deviation: f64,
    },
    /// A face of no simple shape.
    Face {
        /// A point of it.
        at: DVec3,
        /// Its area.
        area: f64,
    },
}

impl Feature {
    /// Whether all numbers are finite.
    #[must_use]
    pub fn is_finite(&self) -> bool {
        let point = |point: &DVec3| point.is_finite();
        match self {
            Self::Point { at } => point(at),
            Self::Line { ends } => ends.iter().all(point),
            Self::Circle { center, normal, radius, turn_rad, .. } => {
                point(center) && point(normal) && radius.is_finite() && turn_rad.is_finite()
            }
            Self::Chain { at, length } => point(at) && length.is_finite(),
            Self::Plane { at, normal, area } => point(at) && point(normal) && area.is_finite(),
            Self::Axis { ends, radii, .. } => ends.iter().all(point) && radii.iter().all(|it| it.is_finite()),
            Self::Sphere { center, radius, .. } => point(center) && radius.is_finite(),
            Self::Torus { center, axis, radii, .. } => {
                point(center) && point(axis) && radii.iter().all(|it| it.is_finite())
            }
            Self::Face { at, area } => point(at) && area.is_finite(),
        }
    }
}

impl Measurement {
    /// Whether it makes sense: as many anchors as there may be, with finite numbers.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        (1..=3).contains(&self.anchors.len()) && self.anchors.iter().all(|anchor| anchor.on.is_finite())
    }
}

pub(crate) fn add(document: &mut Document, measurement: &Measurement) -> Result<Outcome, EditError> {
    let exists = |anchor: &Anchor| document.node(anchor.node).is_some();
    if !measurement.is_sound() || !measurement.anchors.iter().all(exists) {
        return Err(EditError::Nothing);
    }
    let label = format!("Measure {}", measurement.name);
    let id = MeasurementId(document.new_id());
    Arc::make_mut(&mut document.measurements).insert(id, Arc::new(measurement.clone()));
    Ok(Outcome { label, select: None })
}

pub(crate) fn change(
    document: &mut Document,
    ids: &[MeasurementId],
    label: &str,
    change: impl Fn(&mut Measurement),
) -> Result<Outcome, EditError> {
    let all = Arc::make_mut(&mut document.measurements);
    let mut names = Vec::new();
    for id in ids {
        if let Some(measurement) = all.get_mut(id) {
            let measurement = Arc::make_mut(measurement);
            names.push(measurement.name.clone());
            change(measurement);
        }
    }
    outcome(label, &names)
}

pub(crate) fn delete(document: &mut Document, ids: &[MeasurementId]) -> Result<Outcome, EditError> {
    let all = Arc::make_mut(&mut document.measurements);
    let names: Vec<String> = ids.iter().filter_map(|id| Some(all.remove(id)?.name.clone())).collect();
    outcome("Delete", &names)
}

fn outcome(label: &str, names: &[String]) -> Result<Outcome, EditError> {
    let label = match names {
        [] => return Err(EditError::Nothing),
        [name] => format!("{label} {name}"),
        _ => format!("{label} {} measurements", names.len()),
    };
    Ok(Outcome { label, select: None })
}

/// Takes away what holds on to nodes that are gone.
pub(crate) fn let_go(document: &mut Document) {
    let exists = |measurement: &Measurement| {
        measurement.anchors.iter().all(|anchor| document.nodes.contains_key(&anchor.node))
    };
    if !document.measurements.values().all(|measurement| exists(measurement)) {
        let mut kept = (*document.measurements).clone();
        kept.retain(|_, measurement| exists(measurement));
        document.measurements = Arc::new(kept);
    }
}
