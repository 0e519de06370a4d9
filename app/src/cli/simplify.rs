//! `kerf simplify IN -o OUT --keep 10%`

use clap::Args;
use jobs::{Operation, Simplify};

use super::{Answer, Common, Failure, compute};

#[derive(Args, Debug)]
pub(super) struct SimplifyArguments {
    /// The model; each of its meshes is simplified.
    input: String,
    /// The file to write; its extension says the format.
    #[arg(short, long)]
    output: String,
    /// The share of triangles to keep, such as 10% or 0.1; 0 for as few as the deviation allows.
    #[arg(long, value_name = "SHARE", value_parser = parse_share, required_unless_present = "deviation")]
    keep: Option<f64>,
    /// How far a vertex may end up from the result, in millimetres.
    #[arg(long, value_name = "MM")]
    deviation: Option<f64>,
    /// Leave vertices where the surface ends exactly where they are.
    #[arg(long)]
    keep_boundary: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

fn parse_share(text: &str) -> Result<f64, String> {
    let (number, unit) = match text.strip_suffix('%') {
        Some(percent) => (percent, 0.01),
        None => (text, 1.0),
    };
    let share = number.trim().parse::<f64>().map(|number| number * unit).unwrap_or(f64::NAN);
    if (0.0..=1.0).contains(&share) {
        Ok(share)
    } else {
        Err(format!("“{text}” is no share from 0 to 100%"))
    }
}

pub(super) fn run(arguments: &SimplifyArguments) -> Result<Answer, Failure> {
    let simplify = Simplify {
        share: arguments.keep.unwrap_or(0.0),
        max_deviation: arguments.deviation,
        keeps_boundary: arguments.keep_boundary,
    };
    let operation = super::checked(Operation::Simplify(simplify))?;
    compute::each_mesh(operation, &arguments.input, &arguments.output, arguments.common)
}
