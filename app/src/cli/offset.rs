//! `kerf offset IN -o OUT --distance 2`, and `--wall` for a hollow body.

use clap::{Args, ValueEnum};
use jobs::{Direction, Offset, OffsetCorners, OffsetKept, Operation};

use super::{Answer, Common, Failure, compute};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Side {
    /// Away from the material.
    Outward,
    /// Into it.
    Inward,
}

#[derive(Args, Debug)]
pub(super) struct OffsetArguments {
    /// The model; each of its meshes is offset.
    input: String,
    /// The file to write; its extension says the format.
    #[arg(short, long)]
    output: String,
    /// How far, in millimetres.
    #[arg(short, long, value_name = "MM")]
    distance: f64,
    /// To which side.
    #[arg(long, value_enum, default_value = "outward")]
    side: Side,
    /// Keep what is between the old surface and the new one: a hollow body.
    #[arg(long)]
    wall: bool,
    /// Round corners and edges; otherwise they stay sharp. For parts of very many triangles this is quicker.
    #[arg(long)]
    rounded: bool,
    /// For rounded corners, the side of the cubes in which the new surface is looked for, in millimetres; smaller features
    /// are lost. A third of the distance when it is not given.
    #[arg(long, value_name = "MM", requires = "rounded")]
    detail: Option<f64>,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &OffsetArguments) -> Result<Answer, Failure> {
    let offset = Offset {
        distance: arguments.distance,
        direction: match arguments.side {
            Side::Outward => Direction::Outward,
            Side::Inward => Direction::Inward,
        },
        kept: if arguments.wall { OffsetKept::Wall } else { OffsetKept::Solid },
        corners: if arguments.rounded { OffsetCorners::Rounded } else { OffsetCorners::Sharp },
        detail: arguments.detail.unwrap_or(arguments.distance / 3.0),
    };
    let operation = super::checked(Operation::Offset(offset))?;
    compute::each_mesh(operation, &arguments.input, &arguments.output, arguments.common)
}
