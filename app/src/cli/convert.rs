//! `kerf convert IN OUT`, and `kerf convert IN… --to FORMAT --out-dir DIR` for many files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use assets::{Compression, Encoding, ExportOptions, Format, ImportedScene, LengthUnit, UpAxis};
use clap::{Args, ValueEnum};
use jobs::{JobOutput, JobRequest, OutputFile, PartRef};
use serde_json::{Value, json};

use super::{Answer, Common, Failure, load, parse_unit};

#[derive(Args, Debug)]
pub(super) struct ConvertArguments {
    /// The model to read and the file to write, whose extension says the format. With --to: models, or folders of them.
    #[arg(required = true)]
    files: Vec<String>,
    /// Convert every file given to this format, such as glb, stl or 3mf.
    #[arg(long, value_name = "FORMAT")]
    to: Option<String>,
    /// The folder to write into; beside each model when it is not given.
    #[arg(long, value_name = "DIR", requires = "to")]
    out_dir: Option<String>,
    /// The unit of the numbers written, where the format has no unit of its own.
    #[arg(long, default_value = "mm", value_parser = parse_unit)]
    to_unit: LengthUnit,
    /// The up axis written, where the format has none of its own: y or z. OBJ keeps that of the model read, others have z.
    #[arg(long, value_parser = parse_axis)]
    to_up: Option<UpAxis>,
    /// Write text where the format has both (STL, PLY).
    #[arg(long)]
    ascii: bool,
    /// Make glTF files smaller.
    #[arg(long, value_enum)]
    compress: Option<Compress>,
    #[command(flatten)]
    pub(super) common: Common,
}

/// How glTF files are made smaller.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Compress {
    /// Round positions to 16 bits and directions to 8 (KHR_mesh_quantization).
    Quantize,
    /// Round, and pack what is left (EXT_meshopt_compression).
    Meshopt,
    /// Pack without rounding.
    MeshoptLossless,
}

impl Compress {
    fn compression(self) -> Compression {
        match self {
            Self::Quantize => Compression::Quantized,
            Self::Meshopt => Compression::QuantizedAndPacked,
            Self::MeshoptLossless => Compression::Packed,
        }
    }
}

pub(super) fn parse_axis(text: &str) -> Result<UpAxis, String> {
    match text.to_lowercase().as_str() {
        "y" => Ok(UpAxis::Y),
        "z" => Ok(UpAxis::Z),
        _ => Err(format!("“{text}” is neither y nor z")),
    }
}

pub(super) fn run(arguments: &ConvertArguments) -> Result<Answer, Failure> {
    if let Some(to) = &arguments.to {
        return many(arguments, to);
    }
    let [input, output] = arguments.files.as_slice() else {
        return Err(Failure::usage(
            "convert takes one file to read and one to write; for many files say --to FORMAT",
        ));
    };
    let files = one(arguments, input, output, format_of(output)?)?;
    Ok(Answer {
        json: json!({ "input": input, "files": files }),
        text: files.iter().map(|file| format!("wrote {file}")).collect::<Vec<_>>().join("\n"),
    })
}

fn one(
    arguments: &ConvertArguments,
    input: &str,
    output: &str,
    format: Format,
) -> Result<Vec<String>, Failure> {
    let model = load::model(input, arguments.common)?;
    load::complain_about(&model);
    let (scene, parts) = load::scene_with_arrays(&model);
    let encoding = if arguments.ascii { Encoding::Text } else { Encoding::Binary };
    // OBJ has no axis of its own, and its readers guess; what was one keeps its own.
    let habit = if format == Format::Obj { scene.source.up_axis } else { UpAxis::Z };
    let up_axis = arguments.to_up.unwrap_or(habit);
    let compression = arguments.compress.map_or(Compression::None, Compress::compression);
    let options = ExportOptions { unit: arguments.to_unit, up_axis, encoding, compression };
    write(output, scene, parts, format, options)
}

/// Converts every file; what fails is told and does not stop the others.
fn many(arguments: &ConvertArguments, to: &str) -> Result<Answer, Failure> {
    let extension = to.trim_start_matches('.').to_lowercase();
    let format = format_of(&format!("a.{extension}"))?;
    let inputs = inputs(&arguments.files)?;
    if let Some(folder) = &arguments.out_dir {
        std::fs::create_dir_all(folder).map_err(|error| {
            Failure::new("not-written", format!("cannot make the folder {folder}: {error}"))
        })?;
    }
    let mut taken = BTreeSet::new();
    let mut results = Vec::new();
    let mut num_failed = 0;
    for input in &inputs {
        let output = output_path(input, arguments.out_dir.as_deref(), &extension, &mut taken);
        let result = if is_same_file(input, &output) {
            let message = format!("it would be written over itself; say --out-dir — {input}");
            Err(Failure::new("not-written", message))
        } else {
            one(arguments, input, &output.to_string_lossy(), format)
        };
        match result {
            Ok(files) => {
                if !arguments.common.json {
                    files.iter().for_each(|file| super::print_line(&format!("wrote {file}")));
                }
                results.push(json!({ "input": input, "files": files }));
            }
            Err(failure) => {
                num_failed += 1;
                super::complain(&format!("kerf: {}", failure.message));
                let error = json!({ "code": failure.code, "message": failure.message });
                results.push(json!({ "input": input, "error": error }));
            }
        }
    }
    finish(inputs.len(), num_failed, &results)
}

fn finish(num_files: usize, num_failed: usize, results: &[Value]) -> Result<Answer, Failure> {
    let num_converted = num_files - num_failed;
    let json = json!({ "converted": num_converted, "failed": num_failed, "results": results });
    let text = format!("{num_converted} of {num_files} files converted");
    if num_failed == 0 {
        return Ok(Answer { json, text });
    }
    Err(Failure { json: Some(json), ..Failure::new("some-failed", text) })
}

/// The files to read: those given, and of folders the models in them by name.
fn inputs(given: &[String]) -> Result<Vec<String>, Failure> {
    let mut inputs = Vec::new();
    for path in given {
        if !Path::new(path).is_dir() {
            inputs.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path)
            .map_err(|error| Failure::new("unreadable", format!("cannot read the folder {path}: {error}")))?;
        let mut inside: Vec<String> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.is_file() && Format::from_name(&path.to_string_lossy()).is_some())
            .map(|path| path.to_string_lossy().into_owned())
            .collect();
        inside.sort();
        if inside.is_empty() {
            return Err(Failure::new("no-file", format!("there is no model in the folder {path}")));
        }
        inputs.append(&mut inside);
    }
    Ok(inputs)
}

/// Where a converted file goes: its own name with another extension, numbered where two inputs have the same.
fn output_path(input: &str, folder: Option<&str>, extension: &str, taken: &mut BTreeSet<PathBuf>) -> PathBuf {
    let input = Path::new(input);
    let stem = input.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let folder = folder.map_or_else(|| input.parent().unwrap_or(Path::new("")), Path::new);
    let mut path = folder.join(format!("{stem}.{extension}"));
    let mut copy = 2;
    while !taken.insert(path.clone()) {
        path = folder.join(format!("{stem}-{copy}.{extension}"));
        copy += 1;
    }
    path
}

fn is_same_file(input: &str, output: &Path) -> bool {
    match (std::fs::canonicalize(input), std::fs::canonicalize(output)) {
        (Ok(input), Ok(output)) => input == output,
        _ => false,
    }
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
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let request = JobRequest::Export { name, scene: Box::new(scene), parts, format, options };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_numbered() {
        let mut taken = BTreeSet::new();
        let mut path = |input: &str, folder| {
            output_path(input, folder, "glb", &mut taken).to_string_lossy().into_owned()
        };
        assert_eq!(path("a/part.stl", None), "a/part.glb");
        assert_eq!(path("a/part.obj", None), "a/part-2.glb");
        assert_eq!(path("a/part.stl", Some("out")), "out/part.glb");
        assert_eq!(path("b/part.stl", Some("out")), "out/part-2.glb");
    }

    #[test]
    fn one_bad_file_does_not_stop_the_rest() {
        let folder = std::env::temp_dir().join(format!("kerf-convert-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for temporary files");
        let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
        std::fs::write(path("a.obj"), "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n").expect("a file");
        std::fs::write(path("b.stl"), "nothing").expect("a file");
        let common = Common { json: true, unit: None, max_triangles: None };
        let arguments = |files: Vec<String>| ConvertArguments {
            files,
            to: Some("3mf".to_owned()),
            out_dir: Some(path("out")),
            to_unit: LengthUnit::Millimetre,
            to_up: None,
            ascii: false,
            compress: None,
            common,
        };
        let failure = match run(&arguments(vec![path("")])) {
            Err(failure) => failure,
            Ok(_) => panic!("a bad file is a failure"),
        };
        let json = failure.json.expect("the results");
        assert_eq!((&json["converted"], &json["failed"]), (&json!(1), &json!(1)));
        assert_eq!(json["results"][0]["files"], json!([path("out/a.3mf")]));
        assert!(json["results"][1]["error"]["code"].is_string());
        assert!(run(&arguments(vec![path("a.obj")])).is_ok());
        std::fs::remove_dir_all(&folder).expect("the folder of this test");
    }
}
