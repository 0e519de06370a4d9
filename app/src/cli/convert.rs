//! `kerf convert IN OUT`

use assets::{Encoding, ExportOptions, Format, ImportedScene, LengthUnit, UpAxis};
use clap::Args;
use jobs::{JobOutput, JobRequest, OutputFile, PartRef};
use serde_json::json;

use super::{Answer, Common, Failure, load, parse_unit};

#[derive(Args, Debug)]
pub(super) struct ConvertArguments {
    /// The model to read.
    input: String,
    /// The file to write; its extension says the format.
    output: String,
    /// The unit of the numbers written, where the format has no unit of its own.
    #[arg(long, default_value = "mm", value_parser = parse_unit)]
    to_unit: LengthUnit,
    /// The up axis written, where the format has none of its own: y or z.
    #[arg(long, default_value = "z", value_parser = parse_axis)]
    to_up: UpAxis,
    /// Write text where the format has both (STL, PLY).
    #[arg(long)]
    ascii: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn parse_axis(text: &str) -> Result<UpAxis, String> {
    match text.to_lowercase().as_str() {
        "y" => Ok(UpAxis::Y),
        "z" => Ok(UpAxis::Z),
        _ => Err(format!("“{text}” is neither y nor z")),
    }
}

pub(super) fn run(arguments: &ConvertArguments) -> Result<Answer, Failure> {
    let format = format_of(&arguments.output)?;
    let model = load::model(&arguments.input, arguments.common)?;
    load::complain_about(&model);
    let (scene, parts) = load::scene_with_arrays(&model);
    let encoding = if arguments.ascii { Encoding::Text } else { Encoding::Binary };
    let options = ExportOptions { unit: arguments.to_unit, up_axis: arguments.to_up, encoding };
    let files = write(&arguments.output, scene, parts, format, options)?;
    Ok(Answer {
        json: json!({ "input": arguments.input, "files": files }),
        text: files.iter().map(|file| format!("wrote {file}")).collect::<Vec<_>>().join("\n"),
    })
}

/// The format of a file to write, by its extension.
pub(super) fn format_of(path: &str) -> Result<Format, Failure> {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    let format = Format::from_extension(extension).filter(|format| format.can_export());
    format.ok_or_else(|| {
        let known: Vec<_> = Format::ALL
            .into_iter()
            .filter(|format| format.can_export())
            .map(|format| format.extensions()[0])
            .collect();
        Failure::new(
            "unknown-format",
            format!("cannot write “.{extension}”; use one of {} — {path}", known.join(", ")),
        )
    })
}

/// Writes a scene and its side files beside the path; gives the paths written.
pub(super) fn write(
    path: &str,
    scene: ImportedScene,
    parts: Vec<PartRef>,
    format: Format,
    options: ExportOptions,
) -> Result<Vec<String>, Failure> {
    let name = load::file(path).name;
    let folder = std::path::Path::new(path).parent().unwrap_or(std::path::Path::new(""));
    let request = JobRequest::Export { name, scene, parts, format, options };
    let JobOutput::Files(files) = load::run(request, path)? else {
        return Err(Failure::new("internal", "the exporter answered another question"));
    };
    files
        .into_iter()
        .map(|OutputFile { name, bytes }| {
            let path = folder.join(name);
            std::fs::write(&path, bytes).map_err(|error| {
                Failure::new("not-written", format!("cannot write {}: {error}", path.display()))
            })?;
            Ok(path.to_string_lossy().into_owned())
        })
        .collect()
}
