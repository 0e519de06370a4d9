//! The command line: the same kernel without a window.
//!
//! Exit codes: 0 fine, 1 failed, 2 wrong usage. With `--json` the answer on standard output is one JSON object, also
//! for failures; messages for people go to standard error.

use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use jobs::JobError;
use serde_json::json;

mod boolean;
mod check;
mod compute;
mod convert;
mod hull;
mod info;
mod load;
mod measure;
mod offset;
mod render;
mod repair;
mod section;
mod simplify;
mod smooth;
mod split;
mod trim;

/// A 3D model viewer and CAD tool. Without a command it opens a window.
#[derive(Parser, Debug)]
#[command(name = "kerf", version, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// What to do without a window.
    #[command(subcommand)]
    command: Option<Subcommands>,
    /// Models and projects to open in the window.
    files: Vec<String>,
}

#[derive(Subcommand, Debug)]
enum Subcommands {
    /// Say what a file holds.
    Info(info::InfoArguments),
    /// Read models and write them in another format.
    Convert(convert::ConvertArguments),
    /// Join, cut or intersect solids.
    Boolean(boolean::BooleanArguments),
    /// Make sound meshes of broken ones: close holes, weld, turn outward, resolve crossings.
    Repair(repair::RepairArguments),
    /// Take fewer triangles for about the same shape.
    Simplify(simplify::SimplifyArguments),
    /// Put the smallest convex solid around models.
    Hull(hull::HullArguments),
    /// Say whether meshes are sound, and what is wrong with them.
    Check(check::CheckArguments),
    /// Make bodies thicker, thinner or hollow.
    Offset(offset::OffsetArguments),
    /// Cut along a plane.
    Trim(trim::TrimArguments),
    /// Say what a plane cuts, and draw it.
    Section(section::SectionArguments),
    /// Say how large parts are, and which holes, shafts and circles they have.
    Measure(measure::MeasureArguments),
    /// Write each body that a model consists of as a file of its own.
    Split(split::SplitArguments),
    /// Take roughness away.
    Smooth(smooth::SmoothArguments),
    /// Halve edges until none is longer than a length.
    Refine(smooth::RefineArguments),
    /// Make rounder surfaces of four times as many triangles.
    Subdivide(smooth::SubdivideArguments),
    /// Draw a picture of models.
    Render(render::RenderArguments),
}

/// Options that every command has.
#[derive(Args, Debug, Clone, Copy)]
struct Common {
    /// Answer with one JSON object on standard output.
    #[arg(long)]
    json: bool,
    /// The unit assumed for files that do not say: um, mm, cm, m, in, ft.
    #[arg(long, value_parser = parse_unit)]
    unit: Option<assets::LengthUnit>,
    /// Read models of more triangles coarser, with at most so many.
    #[arg(long, value_name = "COUNT")]
    max_triangles: Option<u64>,
}

/// What to do after the arguments were read.
pub enum Start {
    /// Open a window with these files.
    Window(Vec<String>),
    /// Everything is done.
    Done(ExitCode),
}

/// Reads the arguments and does what they say, unless that is a window.
#[must_use]
pub fn start() -> Start {
    let arguments = Arguments::parse();
    let Some(command) = arguments.command else {
        return Start::Window(arguments.files);
    };
    let (json, result) = match &command {
        Subcommands::Info(arguments) => (arguments.common.json, info::run(arguments)),
        Subcommands::Convert(arguments) => (arguments.common.json, convert::run(arguments)),
        Subcommands::Boolean(arguments) => (arguments.common.json, boolean::run(arguments)),
        Subcommands::Repair(arguments) => (arguments.common.json, repair::run(arguments)),
        Subcommands::Simplify(arguments) => (arguments.common.json, simplify::run(arguments)),
        Subcommands::Hull(arguments) => (arguments.common.json, hull::run(arguments)),
        Subcommands::Check(arguments) => (arguments.common.json, check::run(arguments)),
        Subcommands::Offset(arguments) => (arguments.common.json, offset::run(arguments)),
        Subcommands::Trim(arguments) => (arguments.common.json, trim::run(arguments)),
        Subcommands::Section(arguments) => (arguments.common.json, section::run(arguments)),
        Subcommands::Measure(arguments) => (arguments.common.json, measure::run(arguments)),
        Subcommands::Split(arguments) => (arguments.common.json, split::run(arguments)),
        Subcommands::Smooth(arguments) => (arguments.common.json, smooth::smooth(arguments)),
        Subcommands::Refine(arguments) => (arguments.common.json, smooth::refine(arguments)),
        Subcommands::Subdivide(arguments) => (arguments.common.json, smooth::subdivide(arguments)),
        Subcommands::Render(arguments) => (arguments.common.json, render::run(arguments)),
    };
    Start::Done(report(json, result))
}

/// The code of failures that are wrong usage.
const USAGE: &str = "usage";

/// What a command answers: JSON for programs, lines for people.
struct Answer {
    json: serde_json::Value,
    text: String,
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Failure {
    code: String,
    message: String,
    /// What is answered instead of code and message, where some of several things went well.
    json: Option<serde_json::Value>,
}

impl Failure {
    fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), json: None }
    }

    /// Arguments that make no sense together.
    fn usage(message: &str) -> Self {
        Self::new(USAGE, message)
    }

    /// An error of a job about a file; the file's name comes last.
    fn of_file(error: JobError, file: &str) -> Self {
        match error {
            JobError::Failed { code, message } => Self::new(&code, format!("{message} — {file}")),
            other => Self::new("failed", format!("{other} — {file}")),
        }
    }
}

fn report(json: bool, result: Result<Answer, Failure>) -> ExitCode {
    match result {
        Ok(answer) if json => print_line(&format!("{:#}", answer.json)),
        Ok(answer) => print_line(&answer.text),
        Err(failure) => {
            if json {
                let error = || json!({ "error": { "code": failure.code, "message": failure.message } });
                print_line(&format!("{:#}", failure.json.clone().unwrap_or_else(error)));
            }
            complain(&format!("kerf: {}", failure.message));
            return ExitCode::from(if failure.code == USAGE { 2 } else { 1 });
        }
    }
    ExitCode::SUCCESS
}

/// Writes to standard output; a reader that went away (`kerf … | head`) is no failure of ours.
fn print_line(text: &str) {
    use std::io::Write as _;
    _ = writeln!(std::io::stdout(), "{text}");
}

/// Writes to standard error.
pub(crate) fn complain(text: &str) {
    use std::io::Write as _;
    _ = writeln!(std::io::stderr(), "{text}");
}

/// Parameters that make no sense are wrong usage.
fn checked(operation: jobs::Operation) -> Result<jobs::Operation, Failure> {
    operation.validate().map_err(|error| Failure::usage(&error.to_string()))?;
    Ok(operation)
}

fn parse_unit(text: &str) -> Result<assets::LengthUnit, String> {
    let name = if text == "um" { "µm" } else { text };
    assets::LengthUnit::ALL
        .into_iter()
        .find(|unit| unit.symbol() == name)
        .ok_or_else(|| format!("“{text}” is none of um, mm, cm, m, in, ft"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_arguments_are_well_formed() {
        super::Arguments::command().debug_assert();
    }
}
