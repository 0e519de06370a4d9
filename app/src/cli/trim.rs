//! `kerf trim IN… -o OUT --normal 0,0,1 --at 12`

use clap::{Args, ValueEnum};
use glam::DVec3;
use jobs::{Operation, Trim, TrimKept};

use super::compute::Operands;
use super::{Answer, Common, Failure};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Keep {
    /// Where the normal points to.
    Above,
    /// The other side.
    Below,
    /// Both sides, as bodies of their own.
    Both,
}

#[derive(Args, Debug)]
pub(super) struct TrimArguments {
    /// Models; all together are cut.
    #[arg(required = true)]
    inputs: Vec<String>,
    /// The file to write; its extension says the format.
    #[arg(short, long)]
    output: String,
    /// The direction that the plane faces: x, y, z, or three numbers such as 0,1,1.
    #[arg(long, default_value = "z", value_parser = parse_direction, allow_hyphen_values = true)]
    normal: DVec3,
    /// How far the plane is from the origin along that direction, in millimetres.
    #[arg(long, value_name = "MM", default_value_t = 0.0, allow_hyphen_values = true)]
    at: f64,
    /// What is kept.
    #[arg(long, value_enum, default_value = "below")]
    keep: Keep,
    /// How far both sides are moved apart, in millimetres.
    #[arg(long, value_name = "MM", default_value_t = 0.0)]
    gap: f64,
    /// Leave the cut open; then open meshes can be cut too.
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

/// An axis or three numbers.
pub(super) fn parse_direction(text: &str) -> Result<DVec3, String> {
    let axis = |name: &str| ["x", "y", "z"].iter().position(|known| *known == name);
    let lower = text.to_lowercase();
    if let Some(axis) = axis(&lower) {
        return Ok(DVec3::AXES[axis]);
    }
    if let Some(axis) = lower.strip_prefix('-').and_then(axis) {
        return Ok(-DVec3::AXES[axis]);
    }
    let numbers: Result<Vec<f64>, _> = text.split(',').map(|part| part.trim().parse()).collect();
    match numbers.as_deref() {
        Ok(&[x, y, z]) if DVec3::new(x, y, z).try_normalize().is_some() => Ok(DVec3::new(x, y, z)),
        _ => Err(format!("“{text}” is neither an axis nor three numbers such as 0,1,1")),
    }
}

pub(super) fn run(arguments: &TrimArguments) -> Result<Answer, Failure> {
    let trim = Trim {
        normal: arguments.normal,
        height: arguments.at,
        kept: match arguments.keep {
            Keep::Above => TrimKept::Above,
            Keep::Below => TrimKept::Below,
            Keep::Both => TrimKept::Both,
        },
        gap: arguments.gap,
        is_capped: !arguments.open,
    };
    let operation = super::checked(Operation::Trim(trim))?;
    Operands::read(&arguments.inputs, arguments.common)?.write(operation, &arguments.output)
}
