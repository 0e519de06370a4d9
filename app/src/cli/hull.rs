//! `kerf hull A… -o OUT`

use clap::Args;
use jobs::Operation;

use super::compute::Operands;
use super::{Answer, Common, Failure};

#[derive(Args, Debug)]
pub(super) struct HullArguments {
    /// Models; the hull goes around all of them together.
    #[arg(required = true)]
    inputs: Vec<String>,
    /// The file to write; its extension says the format.
    #[arg(short, long)]
    output: String,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &HullArguments) -> Result<Answer, Failure> {
    Operands::read(&arguments.inputs, arguments.common)?.write(Operation::Hull, &arguments.output)
}
