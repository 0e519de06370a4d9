//! `kerf smooth`, `kerf refine` and `kerf subdivide`

use clap::Args;
use jobs::{Operation, Refine, Smooth, Subdivide};

use super::{Answer, Common, Failure, compute};

/// What commands have that change each mesh of a model.
#[derive(Args, Debug)]
struct Files {
    /// The model; each of its meshes is changed.
    input: String,
    /// The file to write; its extension says the format.
    #[arg(short, long)]
    output: String,
}

#[derive(Args, Debug)]
pub(super) struct SmoothArguments {
    #[command(flatten)]
    files: Files,
    /// How often.
    #[arg(long, value_name = "COUNT", default_value_t = 10)]
    rounds: u32,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Args, Debug)]
pub(super) struct RefineArguments {
    #[command(flatten)]
    files: Files,
    /// No edge is longer afterwards, in millimetres.
    #[arg(long, value_name = "MM")]
    max_length: f64,
    #[command(flatten)]
    pub(super) common: Common,
}

#[derive(Args, Debug)]
pub(super) struct SubdivideArguments {
    #[command(flatten)]
    files: Files,
    /// How often every triangle becomes four.
    #[arg(long, value_name = "COUNT", default_value_t = 1)]
    rounds: u32,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn smooth(arguments: &SmoothArguments) -> Result<Answer, Failure> {
    change(Operation::Smooth(Smooth { rounds: arguments.rounds }), &arguments.files, arguments.common)
}

pub(super) fn refine(arguments: &RefineArguments) -> Result<Answer, Failure> {
    let operation = Operation::Refine(Refine { max_length: arguments.max_length });
    change(operation, &arguments.files, arguments.common)
}

pub(super) fn subdivide(arguments: &SubdivideArguments) -> Result<Answer, Failure> {
    change(Operation::Subdivide(Subdivide { rounds: arguments.rounds }), &arguments.files, arguments.common)
}

fn change(operation: Operation, files: &Files, common: Common) -> Result<Answer, Failure> {
    compute::each_mesh(super::checked(operation)?, &files.input, &files.output, common)
}
