//! `kerf check FILE…`: whether meshes are sound; exit code 1 when something is found that is as bad as asked for.

use std::fmt::Write as _;

use clap::{Args, ValueEnum};
use glam::DAffine3;
use jobs::{Finding, JobOutput, JobRequest, PartRef, Severity};
use serde_json::{Value, json};

use super::{Answer, Common, Failure, load};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    /// Anything worth knowing, such as several pieces.
    Info,
    /// What may trouble other programs, such as triangles without area.
    Warning,
    /// What makes a mesh no solid, such as holes.
    Error,
    /// Never.
    None,
}

impl Level {
    fn includes(self, severity: Severity) -> bool {
        match self {
            Self::Info => true,
            Self::Warning => severity >= Severity::Warning,
            Self::Error => severity >= Severity::Error,
            Self::None => false,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct CheckArguments {
    /// Models.
    #[arg(required = true)]
    files: Vec<String>,
    /// Exit with 1 when something is found that is at least this bad.
    #[arg(long, value_enum, default_value = "error")]
    fail_on: Level,
    /// Do not look for triangles that pass through each other, which takes longest.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

/// The code of a failure that is a finding, not an error.
const UNSOUND: &str = "unsound";

pub(super) fn run(arguments: &CheckArguments) -> Result<Answer, Failure> {
    let mut text = String::new();
    let mut files: Vec<Value> = Vec::new();
    let mut num_bad = 0;
    for file in &arguments.files {
        let (json, is_bad) = check(file, arguments, &mut text)?;
        files.push(json);
        num_bad += usize::from(is_bad);
    }
    let json = json!({ "sound": num_bad == 0, "files": files });
    let text = text.trim_end().to_owned();
    if num_bad == 0 {
        return Ok(Answer { json, text });
    }
    if !arguments.common.json {
        super::print_line(&text);
    }
    let message = match arguments.files.len() {
        1 => "the model is not sound; kerf repair may help".to_owned(),
        count => format!("{num_bad} of {count} models are not sound; kerf repair may help"),
    };
    Err(Failure { json: Some(json), ..Failure::new(UNSOUND, message) })
}

/// Checks every mesh of a file; whether something is as bad as asked for.
fn check(file: &str, arguments: &CheckArguments, text: &mut String) -> Result<(Value, bool), Failure> {
    let model = load::model(file, arguments.common)?;
    let scene = &model.imported.scene;
    let mut meshes: Vec<Value> = Vec::new();
    let mut is_bad = false;
    for (index, part) in model.parts.iter().enumerate().filter(|(_, part)| part.facts.num_triangles > 0) {
        let request = JobRequest::Check {
            part: PartRef { hash: part.hash, part: Some(part.part.clone()) },
            looks_for_crossings: !arguments.quick,
        };
        let JobOutput::Checked(findings) = load::run(request, file)? else {
            return Err(Failure::new("internal", "the checker answered another question"));
        };
        is_bad |= findings.iter().any(|finding| arguments.fail_on.includes(finding.severity));
        let name = scene.meshes.get(index).map_or("", |mesh| mesh.name.as_str());
        let about = if name.is_empty() { file.to_owned() } else { format!("{file}: {name}") };
        let placed = load::placed(&model).into_iter().find(|placed| placed.mesh == index);
        let world_from_mesh = placed.map_or(DAffine3::IDENTITY, |placed| placed.world_from_mesh);
        describe(&about, part.facts.num_triangles, &findings, text);
        let findings: Vec<Value> =
            findings.iter().map(|finding| json_of(finding, &world_from_mesh)).collect();
        meshes.push(json!({ "name": name, "triangles": part.facts.num_triangles, "findings": findings }));
    }
    if meshes.is_empty() {
        return Err(Failure::new("empty", format!("there is no surface to check — {file}")));
    }
    let warnings: Vec<Value> = model
        .imported
        .warnings
        .iter()
        .map(|warning| json!({ "code": warning.code, "location": warning.at.to_string(), "message": warning.message }))
        .collect();
    Ok((json!({ "file": file, "sound": !is_bad, "meshes": meshes, "warnings": warnings }), is_bad))
}

fn describe(about: &str, num_triangles: usize, findings: &[Finding], text: &mut String) {
    let verdict = if findings.is_empty() { "sound" } else { "findings" };
    _ = writeln!(text, "{about}: {num_triangles} triangles, {verdict}");
    for finding in findings {
        let severity = match finding.severity {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        };
        _ = writeln!(text, "  {severity} [{}] {}", finding.code, finding.message);
    }
}

/// With places as they are in the scene, millimetres.
fn json_of(finding: &Finding, world_from_mesh: &DAffine3) -> Value {
    let places = finding.places.iter().map(|&place| world_from_mesh.transform_point3(place).to_array());
    json!({
        "code": finding.code,
        "severity": finding.severity,
        "count": finding.count,
        "message": finding.message,
        "places": places.collect::<Vec<_>>(),
    })
}
