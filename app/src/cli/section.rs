//! `kerf section IN… -o OUT.svg --normal z --at 12`: what a plane cuts, as a drawing and as numbers.

use std::path::Path;

use assets::Drawing;
use clap::Args;
use geometry::Plane;
use glam::DVec3;
use jobs::{JobOutput, JobRequest, Section};
use serde_json::{Value, json};

use super::compute::Operands;
use super::trim::parse_direction;
use super::{Answer, Common, Failure};

/// Slices at most.
const MOST: usize = 10_000;

#[derive(Args, Debug)]
pub(super) struct SectionArguments {
    /// Models; all together are cut.
    #[arg(required = true)]
    inputs: Vec<String>,
    /// The drawing to write, .svg or .dxf; of several slices each gets a number.
    #[arg(short, long)]
    output: Option<String>,
    /// The direction that the plane faces: x, y, z, or three numbers such as 0,1,1.
    #[arg(long, default_value = "z", value_parser = parse_direction, allow_hyphen_values = true)]
    normal: DVec3,
    /// How far the plane is from the origin along that direction, in millimetres.
    #[arg(long, value_name = "MM", default_value_t = 0.0, allow_hyphen_values = true)]
    at: f64,
    /// How many slices, each `--pitch` farther along the normal than the one before.
    #[arg(long, default_value_t = 1)]
    slices: usize,
    /// The distance between slices, in millimetres.
    #[arg(long, value_name = "MM", default_value_t = 1.0)]
    pitch: f64,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &SectionArguments) -> Result<Answer, Failure> {
    if !(1..=MOST).contains(&arguments.slices) {
        return Err(Failure::new(super::USAGE, format!("--slices must be from 1 to {MOST}")));
    }
    if !(arguments.at.is_finite() && arguments.pitch.is_finite() && arguments.pitch > 0.0) {
        return Err(Failure::new(super::USAGE, "--at must be finite, and --pitch above 0"));
    }
    let write = arguments.output.as_deref().map(|output| Ok((output, writer(output)?))).transpose()?;
    let normal = arguments.normal.normalize_or_zero();
    let heights: Vec<f64> =
        (0..arguments.slices).map(|number| arguments.at + number as f64 * arguments.pitch).collect();
    let planes = heights.iter().map(|&height| Plane { origin: normal * height, normal }).collect();
    let parts = Operands::read(&arguments.inputs, arguments.common)?.into_parts();
    let about = arguments.inputs.join(", ");
    let JobOutput::Sections(sections) = super::load::run(JobRequest::Section { parts, planes }, &about)?
    else {
        return Err(Failure::new("internal", "the kernel answered another question"));
    };
    let mut lines = Vec::new();
    let mut answers: Vec<Value> = Vec::new();
    for (number, (section, &height)) in sections.iter().zip(&heights).enumerate() {
        let mut answer = json_of(section, height);
        let mut line = format!(
            "at {height} mm: area {:.6} mm², perimeter {:.6} mm, {} contours",
            section.area,
            section.perimeter,
            section.contours.len()
        );
        if !section.open.is_empty() {
            line.push_str(&format!(", {} open lines that enclose nothing", section.open.len()));
        }
        if let Some((output, write)) = &write {
            let path = numbered(output, (sections.len() > 1).then_some(number + 1));
            let drawing = Drawing { contours: section.contours.clone(), open: section.open.clone() };
            std::fs::write(&path, write(&drawing))
                .map_err(|error| Failure::new("not-written", format!("cannot write {path}: {error}")))?;
            line.push_str(&format!(" → {path}"));
            answer["file"] = json!(path);
        }
        lines.push(line);
        answers.push(answer);
    }
    Ok(Answer { json: json!({ "sections": answers }), text: lines.join("\n") })
}

fn writer(output: &str) -> Result<fn(&Drawing) -> String, Failure> {
    let extension = Path::new(output).extension().map(|extension| extension.to_string_lossy().to_lowercase());
    match extension.as_deref() {
        Some("svg") => Ok(Drawing::to_svg),
        Some("dxf") => Ok(Drawing::to_dxf),
        _ => Err(Failure::new(super::USAGE, format!("drawings are written as .svg or .dxf — {output}"))),
    }
}

/// With a number before the extension, where there are several.
fn numbered(path: &str, number: Option<usize>) -> String {
    let (Some(number), Some((stem, extension))) = (number, path.rsplit_once('.')) else {
        return path.to_owned();
    };
    format!("{stem}-{number:04}.{extension}")
}

/// Places are those of the plane's frame, but for the centroid, which is that of the scene too.
fn json_of(section: &Section, height: f64) -> Value {
    let centroid_in_world = section
        .centroid
        .map(|centroid| section.world_from_plane.transform_point3(centroid.extend(0.0)).to_array());
    let axes = section.world_from_plane;
    json!({
        "at": height,
        "area": section.area,
        "perimeter": section.perimeter,
        "centroid": section.centroid.map(|centroid| centroid.to_array()),
        "centroid_in_scene": centroid_in_world,
        "second_moments": section.second_moments,
        "frame": { "origin": axes.translation.to_array(), "x": axes.matrix3.x_axis.to_array(), "y": axes.matrix3.y_axis.to_array() },
        "contours": section.contours.len(),
        "open": section.open.len(),
    })
}
