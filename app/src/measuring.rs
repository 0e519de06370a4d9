//! What measurements say: pure functions from what they hold on to, where it stands now, to numbers and lines to draw.

use assets::LengthUnit;
use document::{Anchor, Document, Feature, Measurement};
use glam::{DAffine3, DVec3};
use serde_json::{Value, json};

use crate::units;

/// Directions that differ by less count as parallel: what single precision does to a small face.
const PARALLEL_RAD: f64 = 1e-4;

/// A measured number in millimetres or radians.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Amount {
    /// Millimetres.
    Length(f64),
    /// Square millimetres.
    Area(f64),
    /// Radians.
    Angle(f64),
}

impl Amount {
    /// The number in a unit.
    #[must_use]
    pub fn text(self, unit: LengthUnit) -> String {
        match self {
            Self::Length(length) => units::length(length, unit),
            Self::Area(area) => units::area(area, unit),
            Self::Angle(angle) => format!("{}°", units::number(angle.to_degrees())),
        }
    }
}

/// What a measurement says now.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// What kind of measurement it is, such as “Distance”.
    pub title: &'static str,
    /// The number that matters.
    pub main: Option<(&'static str, Amount)>,
    /// Others, with their names.
    pub more: Vec<(&'static str, Amount)>,
    /// Lines to draw, in the world; the first is what is measured.
    pub lines: Vec<[DVec3; 2]>,
    /// Points to mark, in the world.
    pub points: Vec<DVec3>,
    /// What the label belongs to, in the world.
    pub at: DVec3,
}

/// A feature in the world, as what it is for measuring.
#[derive(Clone, Copy, Debug)]
enum Seen {
    Point(DVec3),
    /// An edge by its ends, an axis.
    Line {
        ends: [DVec3; 2],
        direction: DVec3,
    },
    Plane {
        at: DVec3,
        normal: DVec3,
    },
}

/// What a measurement of a document says; `None` when a part is gone, or it makes no sense.
#[must_use]
pub fn of(document: &Document, measurement: &Measurement) -> Option<Reading> {
    reading(document, &measurement.anchors, measurement.is_gap)
}

/// What is to be said of one to three things.
#[must_use]
pub fn reading(document: &Document, anchors: &[Anchor], is_gap: bool) -> Option<Reading> {
    if anchors.iter().any(|anchor| document.node(anchor.node).is_none()) {
        return None;
    }
    let place = |anchor: &Anchor| document.world_from_node(anchor.node);
    let seen = |anchor: &Anchor| seen(&anchor.on, &place(anchor));
    match anchors {
        [one] => Some(size(&one.on, &place(one))),
        [one, other] => {
            let mut reading = between(seen(one)?, seen(other)?);
            if is_gap {
                reading.title = "Shortest distance";
            }
            Some(reading)
        }
        [one, corner, other] => {
            angle_at(point_of(seen(one)?), point_of(seen(corner)?), point_of(seen(other)?))
        }
        _ => None,
    }
}

/// Where something stands in the world, for marks.
#[must_use]
pub fn place_of(document: &Document, anchor: &Anchor) -> Option<DVec3> {
    seen(&anchor.on, &document.world_from_node(anchor.node)).map(point_of)
}

/// Whether two anchors are on the same thing, wherever on it they are.
#[must_use]
pub fn is_same(one: &Anchor, other: &Anchor) -> bool {
    let bare = |feature: &Feature| match *feature {
        Feature::Plane { normal, area, .. } => Feature::Plane { at: DVec3::ZERO, normal, area },
        Feature::Face { area, .. } => Feature::Face { at: DVec3::ZERO, area },
        Feature::Chain { length, .. } => Feature::Chain { at: DVec3::ZERO, length },
        other => other,
    };
    one.node == other.node && bare(&one.on) == bare(&other.on)
}

fn seen(feature: &Feature, place: &DAffine3) -> Option<Seen> {
    let at = |point: DVec3| place.transform_point3(point);
    Some(match *feature {
        Feature::Point { at: point } | Feature::Chain { at: point, .. } | Feature::Face { at: point, .. } => {
            Seen::Point(at(point))
        }
        Feature::Circle { center, .. } | Feature::Sphere { center, .. } | Feature::Torus { center, .. } => {
            Seen::Point(at(center))
        }
        Feature::Line { ends } | Feature::Axis { ends, .. } => {
            let ends = ends.map(at);
            Seen::Line { ends, direction: (ends[1] - ends[0]).try_normalize()? }
        }
        Feature::Plane { at: point, normal, .. } => {
            let normal = (place.matrix3.inverse().transpose() * normal).try_normalize()?;
            Seen::Plane { at: at(point), normal }
        }
    })
}

fn point_of(seen: Seen) -> DVec3 {
    match seen {
        Seen::Point(point) | Seen::Plane { at: point, .. } => point,
        Seen::Line { ends: [from, to], .. } => (from + to) * 0.5,
    }
}

/// What one thing says of itself. Radii are right where the part is not stretched.
fn size(feature: &Feature, place: &DAffine3) -> Reading {
    let at = |point: DVec3| place.transform_point3(point);
    let scale = place.matrix3.determinant().abs().cbrt();
    let length = |length: f64| Amount::Length(length * scale);
    let reading = |title, main, more, lines: Vec<[DVec3; 2]>, points: Vec<DVec3>, at| Reading {
        title,
        main: Some(main),
        more,
        lines,
        points,
        at,
    };
    // What is below does not show in the digits of the radius.
    let off = |deviation: f64, radius: f64| (deviation > 1e-4 * radius).then(|| ("±", length(deviation)));
    match *feature {
        Feature::Point { at: point } => {
            let point = at(point);
            let more =
                [("X", point.x), ("Y", point.y), ("Z", point.z)].map(|(name, it)| (name, Amount::Length(it)));
            Reading {
                title: "Point",
                main: None,
                more: more.to_vec(),
                lines: Vec::new(),
                points: vec![point],
                at: point,
            }
        }
        Feature::Line { ends } => {
            let ends = ends.map(at);
            let mut reading = distance("Edge", ends);
            reading.main = Some(("Length", Amount::Length(ends[0].distance(ends[1]))));
            reading
        }
        Feature::Circle { center, normal, radius, turn_rad, deviation } => {
            let across = normal.any_orthonormal_vector() * radius;
            let line = [at(center - across), at(center + across)];
            let mut more = vec![("R", length(radius))];
            if turn_rad < std::f64::consts::TAU {
                more.extend([("Angle", Amount::Angle(turn_rad)), ("Arc", length(radius * turn_rad))]);
                more.extend(off(deviation, radius));
                return reading(
                    "Arc",
                    ("Ø", length(radius * 2.0)),
                    more,
                    vec![[at(center), line[1]]],
                    vec![at(center)],
                    line[1],
                );
            }
            more.extend(off(deviation, radius));
            reading("Circle", ("Ø", length(radius * 2.0)), more, vec![line], vec![at(center)], line[1])
        }
        Feature::Chain { at: point, length: whole } => {
            reading("Edges", ("Length", length(whole)), Vec::new(), Vec::new(), Vec::new(), at(point))
        }
        Feature::Plane { at: point, area, .. } | Feature::Face { at: point, area } => {
            let area = Amount::Area(area * scale * scale);
            reading("Face", ("Area", area), Vec::new(), Vec::new(), Vec::new(), at(point))
        }
        Feature::Axis { ends, radii, is_hollow, deviation } => {
            let axis = ends.map(at);
            let depth = Amount::Length(axis[0].distance(axis[1]));
            let is_straight = radii[0] == radii[1];
            let title = match (is_straight, is_hollow) {
                (true, true) => "Hole",
                (true, false) => "Cylinder",
                (false, _) => "Cone",
            };
            let mut more = vec![(if is_hollow { "Depth" } else { "Length" }, depth)];
            if !is_straight {
                more.push(("to Ø", length(radii[1] * 2.0)));
            }
            more.extend(off(deviation, radii[0].max(radii[1])));
            let lines = vec![axis];
            reading(
                title,
                ("Ø", length(radii[0] * 2.0)),
                more,
                lines,
                axis.to_vec(),
                (axis[0] + axis[1]) * 0.5,
            )
        }
        Feature::Sphere { center, radius, deviation } => {
            let mut more = vec![("R", length(radius))];
            more.extend(off(deviation, radius));
            reading("Sphere", ("Ø", length(radius * 2.0)), more, Vec::new(), vec![at(center)], at(center))
        }
        Feature::Torus { center, axis, radii, deviation } => {
            let mut more = vec![("Ring R", length(radii[0]))];
            more.extend(off(deviation, radii[1]));
            let line = [at(center - axis * radii[1]), at(center + axis * radii[1])];
            reading("Ring", ("R", length(radii[1])), more, vec![line], vec![at(center)], at(center))
        }
    }
}

/// A distance with its components.
fn distance(title: &'static str, ends: [DVec3; 2]) -> Reading {
    let delta = (ends[1] - ends[0]).abs();
    let size = ends[0].abs().max(ends[1].abs()).max_element();
    let more = [("X", delta.x), ("Y", delta.y), ("Z", delta.z)]
        .map(|(name, it)| (name, Amount::Length(units::without_noise(it, size))));
    Reading {
        title,
        main: Some(("", Amount::Length(ends[0].distance(ends[1])))),
        more: more.to_vec(),
        lines: vec![ends],
        points: ends.to_vec(),
        at: (ends[0] + ends[1]) * 0.5,
    }
}

fn angle(title: &'static str, angle_rad: f64, from: DVec3, lines: Vec<[DVec3; 2]>) -> Reading {
    let main = Some(("", Amount::Angle(angle_rad)));
    Reading { title, main, more: Vec::new(), lines, points: vec![from], at: from }
}

/// The angle between directions without a sense, up to a right angle.
fn between_directions(one: DVec3, other: DVec3) -> f64 {
    one.cross(other).length().atan2(one.dot(other).abs())
}

fn between(one: Seen, other: Seen) -> Reading {
    match (one, other) {
        (Seen::Point(one), Seen::Point(other)) => distance("Distance", [one, other]),
        (Seen::Point(point), Seen::Line { ends, direction }) => {
            distance("Distance", [point, ends[0] + direction * (point - ends[0]).dot(direction)])
        }
        (Seen::Point(point), Seen::Plane { at, normal }) => {
            distance("Distance", [point, point - normal * (point - at).dot(normal)])
        }
        (Seen::Line { ends, direction }, Seen::Line { ends: others, direction: toward }) => {
            let angle_rad = between_directions(direction, toward);
            if angle_rad <= PARALLEL_RAD {
                let from = (ends[0] + ends[1]) * 0.5;
                let to = others[0] + direction * (from - others[0]).dot(direction);
                return distance("Distance", [from, to]);
            }
            // The two points in which the lines are nearest.
            let normal = direction.cross(toward);
            let apart = others[0] - ends[0];
            let along = |line: DVec3| apart.cross(line).dot(normal) / normal.length_squared();
            let nearest = [ends[0] + direction * along(toward), others[0] + toward * along(direction)];
            let mut reading = angle("Angle", angle_rad, nearest[0], vec![nearest]);
            reading.lines.extend([
                [nearest[0], (ends[0] + ends[1]) * 0.5],
                [nearest[1], (others[0] + others[1]) * 0.5],
            ]);
            reading.more.push(("Distance", Amount::Length(nearest[0].distance(nearest[1]))));
            reading
        }
        (Seen::Line { ends, direction }, Seen::Plane { at, normal }) => {
            let from = (ends[0] + ends[1]) * 0.5;
            let angle_rad = std::f64::consts::FRAC_PI_2 - between_directions(direction, normal);
            if angle_rad.abs() <= PARALLEL_RAD {
                return distance("Distance", [from, from - normal * (from - at).dot(normal)]);
            }
            angle("Angle", angle_rad, from, vec![[from, at]])
        }
        (Seen::Plane { at, normal }, Seen::Plane { at: other, normal: toward }) => {
            let angle_rad = between_directions(normal, toward);
            if angle_rad <= PARALLEL_RAD {
                return distance("Distance", [at, at - toward * (at - other).dot(toward)]);
            }
            let mut reading = angle("Angle", angle_rad, (at + other) * 0.5, vec![[at, other]]);
            // Between the faces as a carpenter sees them: through the material of a convex edge.
            reading.more.push(("inside", Amount::Angle(std::f64::consts::PI - normal.angle_between(toward))));
            reading
        }
        (one, other) => between(other, one),
    }
}

fn angle_at(one: DVec3, corner: DVec3, other: DVec3) -> Option<Reading> {
    let (toward, away) = ((one - corner).try_normalize()?, (other - corner).try_normalize()?);
    let angle_rad = toward.cross(away).length().atan2(toward.dot(away));
    let mut reading = angle("Angle", angle_rad, corner, vec![[one, corner], [corner, other]]);
    reading.points = vec![one, corner, other];
    Some(reading)
}

/// All measurements as a table: name, kind, value, unit, components, points.
#[must_use]
pub fn to_csv(document: &Document) -> String {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut text = "name,kind,quantity,value,unit,x1,y1,z1,x2,y2,z2\n".to_owned();
    for (_, measurement) in document.measurements() {
        let Some(reading) = of(document, measurement) else { continue };
        let ends = reading.lines.first().map_or_else(String::new, |[from, to]| {
            let all: Vec<String> =
                [from.to_array(), to.to_array()].concat().iter().map(f64::to_string).collect();
            all.join(",")
        });
        let ends = if ends.is_empty() { ",,,,,".to_owned() } else { ends };
        for (name, amount) in reading.main.iter().chain(&reading.more) {
            let (value, unit) = plain(*amount);
            let row = [
                quoted(&measurement.name),
                quoted(reading.title),
                quoted(name),
                value.to_string(),
                unit.to_owned(),
            ];
            text.push_str(&format!("{},{ends}\n", row.join(",")));
        }
    }
    text
}

/// The same as JSON, in millimetres and degrees.
#[must_use]
pub fn to_json(document: &Document) -> String {
    let all: Vec<Value> = document
        .measurements()
        .filter_map(|(_, measurement)| {
            let reading = of(document, measurement)?;
            let values: Vec<Value> = reading
                .main
                .iter()
                .chain(&reading.more)
                .map(|(name, amount)| {
                    let (value, unit) = plain(*amount);
                    json!({ "name": name, "value": value, "unit": unit })
                })
                .collect();
            let points: Vec<[f64; 3]> = reading.points.iter().map(|point| point.to_array()).collect();
            Some(json!({ "name": measurement.name, "kind": reading.title, "values": values, "points": points }))
        })
        .collect();
    format!("{:#}\n", json!({ "measurements": all }))
}

fn plain(amount: Amount) -> (f64, &'static str) {
    match amount {
        Amount::Length(length) => (length, "mm"),
        Amount::Area(area) => (area, "mm²"),
        Amount::Angle(angle) => (angle.to_degrees(), "°"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(x: f64, y: f64, z: f64) -> Seen {
        Seen::Point(DVec3::new(x, y, z))
    }

    fn line(from: [f64; 3], to: [f64; 3]) -> Seen {
        let ends = [from, to].map(DVec3::from_array);
        Seen::Line { ends, direction: (ends[1] - ends[0]).normalize_or_zero() }
    }

    fn plane(at: [f64; 3], normal: [f64; 3]) -> Seen {
        Seen::Plane { at: DVec3::from_array(at), normal: DVec3::from_array(normal).normalize_or_zero() }
    }

    #[track_caller]
    fn check(one: Seen, other: Seen, expected: Amount) {
        for (one, other) in [(one, other), (other, one)] {
            match (between(one, other).main.expect("it has a number").1, expected) {
                (Amount::Length(found), Amount::Length(expected))
                | (Amount::Angle(found), Amount::Angle(expected)) => {
                    assert!((found - expected).abs() < 1e-12, "{found} instead of {expected}");
                }
                (found, _) => panic!("{found:?} instead of {expected:?}"),
            }
        }
    }

    #[test]
    fn distances_and_angles_are_those_of_the_textbook() {
        use Amount::{Angle, Length};
        check(at(0.0, 0.0, 0.0), at(3.0, 4.0, 12.0), Length(13.0));
        check(at(5.0, 3.0, 4.0), line([0.0; 3], [1.0, 0.0, 0.0]), Length(5.0));
        check(at(5.0, 3.0, 4.0), plane([9.0, 9.0, 1.0], [0.0, 0.0, 1.0]), Length(3.0));
        check(line([0.0; 3], [1.0, 0.0, 0.0]), line([5.0, 0.0, 2.0], [9.0, 0.0, 2.0]), Length(2.0));
        check(
            line([0.0; 3], [1.0, 0.0, 0.0]),
            line([5.0, -1.0, 2.0], [5.0, 7.0, 2.0]),
            Angle(std::f64::consts::FRAC_PI_2),
        );
        check(plane([0.0; 3], [0.0, 0.0, 1.0]), plane([4.0, 4.0, 7.5], [0.0, 0.0, -1.0]), Length(7.5));
        check(
            plane([0.0; 3], [0.0, 0.0, 1.0]),
            plane([0.0; 3], [0.0, 1.0, 1.0]),
            Angle(std::f64::consts::FRAC_PI_4),
        );
        check(
            line([0.0; 3], [0.0, 0.0, 1.0]),
            plane([0.0; 3], [0.0, 1.0, 1.0]),
            Angle(std::f64::consts::FRAC_PI_4),
        );
        check(line([0.0, 0.0, 3.0], [4.0, 0.0, 3.0]), plane([0.0; 3], [0.0, 0.0, 1.0]), Length(3.0));
    }

    #[test]
    fn lines_that_pass_tell_how_near_they_come() {
        let reading = between(line([0.0; 3], [1.0, 0.0, 0.0]), line([5.0, -1.0, 2.0], [5.0, 7.0, 2.0]));
        assert_eq!(reading.more, [("Distance", Amount::Length(2.0))]);
        assert_eq!(reading.lines[0], [DVec3::new(5.0, 0.0, 0.0), DVec3::new(5.0, 0.0, 2.0)]);
    }

    #[test]
    fn three_points_have_an_angle_unless_two_are_one() {
        let angle = angle_at(DVec3::X, DVec3::ZERO, DVec3::new(-1.0, 1.0, 0.0)).expect("it has one");
        let Some((_, Amount::Angle(found))) = angle.main else { panic!("{angle:?}") };
        assert!((found.to_degrees() - 135.0).abs() < 1e-12);
        assert_eq!(angle_at(DVec3::X, DVec3::X, DVec3::Y), None);
    }
}
