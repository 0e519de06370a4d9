//! `kerf measure FILE…`: sizes, and the planes, holes, shafts and circles that parts are made of; with two files and
//! `--distance`, how far they are apart.

use std::f64::consts::TAU;
use std::fmt::Write as _;

use clap::Args;
use geometry::features::{Curve, Face, Features, Fit, Shape};
use glam::{DAffine3, DVec3};
use jobs::{JobOutput, JobRequest, PartRef, PlacedPart};
use serde_json::{Value, json};

use super::compute::Operands;
use super::{Answer, Common, Failure, load};

#[derive(Args, Debug)]
pub(super) struct MeasureArguments {
    /// Models.
    #[arg(required = true)]
    files: Vec<String>,
    /// Say how far two models are apart, and where.
    #[arg(long)]
    distance: bool,
    /// List planes and faces of no simple shape too.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &MeasureArguments) -> Result<Answer, Failure> {
    if arguments.distance {
        return distance(arguments);
    }
    let mut text = String::new();
    let mut files: Vec<Value> = Vec::new();
    for file in &arguments.files {
        files.push(measured(file, arguments, &mut text)?);
    }
    Ok(Answer { json: json!({ "files": files }), text: text.trim_end().to_owned() })
}

/// How far two models are apart.
fn distance(arguments: &MeasureArguments) -> Result<Answer, Failure> {
    let [one, other] = &arguments.files[..] else {
        return Err(Failure::usage("--distance needs two models"));
    };
    let read = |file: &String| Ok(Operands::read(std::slice::from_ref(file), arguments.common)?.into_parts());
    let (ones, others): (Vec<PlacedPart>, Vec<PlacedPart>) = (read(one)?, read(other)?);
    let about = format!("{one}, {other}");
    let mut best: Option<geometry::Gap> = None;
    for one in &ones {
        for other in &others {
            let request = JobRequest::Gap { parts: Box::new([one.clone(), other.clone()]) };
            let JobOutput::Gap(gap) = load::run(request, &about)? else {
                return Err(Failure::new("internal", "the kernel answered another question"));
            };
            if let Some(gap) = gap.filter(|gap| best.is_none_or(|best| gap.distance < best.distance)) {
                best = Some(gap);
            }
        }
    }
    let gap =
        best.ok_or_else(|| Failure::new("empty", format!("there is no surface to measure — {about}")))?;
    let [from, to] = gap.points;
    Ok(Answer {
        json: json!({ "distance": gap.distance, "points": [from.to_array(), to.to_array()], "delta": (to - from).to_array() }),
        text: format!("distance {:.6} mm, from {} to {}", gap.distance, point(from), point(to)),
    })
}

fn measured(file: &str, arguments: &MeasureArguments, text: &mut String) -> Result<Value, Failure> {
    let model = load::model(file, arguments.common)?;
    load::complain_about(&model);
    let mut parts: Vec<Value> = Vec::new();
    let mut around: Vec<PlacedPart> = Vec::new();
    for placed in load::placed(&model).into_iter().filter(|placed| placed.part.facts.num_triangles > 0) {
        let part = PartRef { hash: placed.part.hash, part: Some(placed.part.part.clone()) };
        let JobOutput::Recognized { features, .. } =
            load::run(JobRequest::Recognize { part: part.clone() }, file)?
        else {
            return Err(Failure::new("internal", "the kernel answered another question"));
        };
        let name = model.imported.scene.meshes.get(placed.mesh).map_or("", |mesh| mesh.name.as_str());
        let title = if name.is_empty() { file.to_owned() } else { format!("{file}: {name}") };
        _ = writeln!(text, "{title}: {} faces", features.faces.len());
        parts.push(describe(&features, &placed.world_from_mesh, arguments.all, text, name));
        around.push(PlacedPart {
            part,
            result_from_part: placed.world_from_mesh,
            first_slot: 0,
            num_slots: 1,
        });
    }
    if parts.is_empty() {
        return Err(Failure::new("empty", format!("there is no surface to measure — {file}")));
    }
    let JobOutput::OrientedBox(found) = load::run(JobRequest::OrientedBox { parts: around }, file)? else {
        return Err(Failure::new("internal", "the kernel answered another question"));
    };
    let oriented = found.map(|found| {
        let size = found.half * 2.0;
        _ = writeln!(text, "  smallest box {:.4} × {:.4} × {:.4} mm", size.x, size.y, size.z);
        json!({
            "size": size.to_array(), "center": found.center.to_array(), "volume": found.volume(),
            "axes": found.axes.map(|axis| axis.to_array()),
        })
    });
    Ok(json!({ "file": file, "parts": parts, "oriented_box": oriented }))
}

/// Everything recognised, in the scene. Sizes are right where the part is not stretched.
fn describe(features: &Features, place: &DAffine3, all: bool, text: &mut String, name: &str) -> Value {
    let scale = place.matrix3.determinant().abs().cbrt();
    let mut faces: Vec<Value> = Vec::new();
    for face in &features.faces {
        let (value, line) = face_in(face, place, scale);
        let is_listed = all || !matches!(face.shape, None | Some(Shape::Plane { .. }));
        if is_listed {
            _ = writeln!(text, "  {line}{}", deviation(&face.fit, scale));
            faces.push(value);
        }
    }
    let mut circles: Vec<Value> = Vec::new();
    for chain in &features.chains {
        if let Curve::Arc { center, radius, turn_rad, .. } = chain.curve {
            let (center, radius) = (place.transform_point3(center), radius * scale);
            if turn_rad >= TAU {
                _ = writeln!(text, "  circle Ø {:.4} mm at {}", radius * 2.0, point(center));
            }
            circles.push(json!({
                "center": center.to_array(), "radius": radius, "turn_deg": turn_rad.to_degrees(),
                "length": chain.length * scale, "deviation": chain.fit.max * scale,
            }));
        }
    }
    let count = |is: fn(&Shape) -> bool| {
        features.faces.iter().filter_map(|face| face.shape.as_ref()).filter(|shape| is(shape)).count()
    };
    json!({
        "name": name, "faces": faces, "circles": circles,
        "counts": {
            "faces": features.faces.len(),
            "planes": count(|shape| matches!(shape, Shape::Plane { .. })),
            "holes": count(|shape| matches!(shape, Shape::Cylinder { is_hollow: true, .. })),
            "cylinders": count(|shape| matches!(shape, Shape::Cylinder { is_hollow: false, .. })),
            "cones": count(|shape| matches!(shape, Shape::Cone { .. })),
            "spheres": count(|shape| matches!(shape, Shape::Sphere { .. })),
            "tori": count(|shape| matches!(shape, Shape::Torus { .. })),
            "without_shape": features.faces.iter().filter(|face| face.shape.is_none()).count(),
        },
    })
}

fn face_in(face: &Face, place: &DAffine3, scale: f64) -> (Value, String) {
    let at = |point: DVec3| place.transform_point3(point);
    let toward = |direction: DVec3| place.transform_vector3(direction).normalize_or_zero();
    let area = face.area * scale * scale;
    let (mut value, line) = match face.shape {
        Some(Shape::Plane { point: origin, normal }) => {
            let (origin, normal) = (at(origin), toward(normal));
            let value = json!({ "kind": "plane", "point": origin.to_array(), "normal": normal.to_array() });
            (value, format!("plane facing {}, area {area:.4} mm²", point(normal)))
        }
        Some(Shape::Cylinder { ends, radius, is_hollow, turn_rad }) => {
            let [from, to] = ends.map(at);
            let kind = if is_hollow { "hole" } else { "cylinder" };
            let value = json!({
                "kind": kind, "diameter": radius * scale * 2.0, "length": from.distance(to),
                "axis": [from.to_array(), to.to_array()], "turn_deg": turn_rad.to_degrees(),
            });
            let part =
                if turn_rad < TAU { format!(", {:.1}°", turn_rad.to_degrees()) } else { String::new() };
            let (diameter, length) = (radius * scale * 2.0, from.distance(to));
            (
                value,
                format!(
                    "{kind} Ø {diameter:.4} mm, {length:.4} mm long{part}, axis from {} to {}",
                    point(from),
                    point(to)
                ),
            )
        }
        Some(Shape::Cone { ends, radii, is_hollow, turn_rad }) => {
            let [from, to] = ends.map(at);
            let diameters = radii.map(|radius| radius * scale * 2.0);
            let value = json!({
                "kind": "cone", "hollow": is_hollow, "diameters": diameters, "length": from.distance(to),
                "axis": [from.to_array(), to.to_array()], "turn_deg": turn_rad.to_degrees(),
            });
            (
                value,
                format!(
                    "cone Ø {:.4} to {:.4} mm, {:.4} mm long",
                    diameters[0],
                    diameters[1],
                    from.distance(to)
                ),
            )
        }
        Some(Shape::Sphere { center, radius, is_hollow }) => {
            let (center, diameter) = (at(center), radius * scale * 2.0);
            let value = json!({ "kind": "sphere", "hollow": is_hollow, "diameter": diameter, "center": center.to_array() });
            (value, format!("sphere Ø {diameter:.4} mm at {}", point(center)))
        }
        Some(Shape::Torus { center, axis, major_radius, minor_radius, is_hollow }) => {
            let (center, axis) = (at(center), toward(axis));
            let radii = [major_radius * scale, minor_radius * scale];
            let value = json!({
                "kind": "torus", "hollow": is_hollow, "radii": radii, "center": center.to_array(), "axis": axis.to_array(),
            });
            (value, format!("ring of radii {:.4} and {:.4} mm at {}", radii[0], radii[1], point(center)))
        }
        None => (json!({ "kind": "free" }), format!("face without a simple shape, area {area:.4} mm²")),
    };
    value["area"] = json!(area);
    value["triangles"] = json!(face.num_triangles);
    value["deviation"] =
        json!({ "max": face.fit.max * scale, "rms": face.fit.rms * scale, "chord": face.fit.chord * scale });
    (value, line)
}

fn deviation(fit: &Fit, scale: f64) -> String {
    if fit.max * scale >= 5e-5 { format!(" (± {:.4} mm)", fit.max * scale) } else { String::new() }
}

fn point(point: DVec3) -> String {
    format!("({:.4}, {:.4}, {:.4})", point.x + 0.0, point.y + 0.0, point.z + 0.0)
}
