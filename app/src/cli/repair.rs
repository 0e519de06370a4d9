//! `kerf repair IN -o OUT`

use clap::{Args, ValueEnum};
use geometry::HoleFill;
use jobs::{Operation, Repair};

use super::{Answer, Common, Failure, compute};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Holes {
    /// Leave them open.
    Keep,
    /// With triangles between their corners.
    Flat,
    /// Bent to go on as the surface around them does.
    Smooth,
}

#[derive(Args, Debug)]
pub(super) struct RepairArguments {
    /// The model; each of its meshes is repaired.
    input: String,
    /// The file to write; its extension says the format.
    #[arg(short, long)]
    output: String,
    /// Join vertices that are this near to each other, and to open edges, in millimetres.
    #[arg(long, value_name = "MM", default_value_t = 0.0)]
    tolerance: f64,
    /// How holes are filled.
    #[arg(long, value_enum, default_value = "flat")]
    holes: Holes,
    /// Leave holes open that have more edges.
    #[arg(long, value_name = "COUNT")]
    max_hole_edges: Option<u32>,
    /// Keep only so many connected pieces of each mesh, the largest.
    #[arg(long, value_name = "COUNT")]
    largest: Option<u32>,
    /// Leave open edges whole where vertices at other open edges lie on them.
    #[arg(long)]
    keep_t_junctions: bool,
    /// Leave triangles over the same vertices.
    #[arg(long)]
    keep_duplicates: bool,
    /// Leave triangles as they wind.
    #[arg(long)]
    keep_winding: bool,
    /// Leave surfaces that pass through themselves.
    #[arg(long)]
    keep_crossings: bool,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &RepairArguments) -> Result<Answer, Failure> {
    let repair = Repair {
        tolerance: arguments.tolerance,
        splits_t_junctions: !arguments.keep_t_junctions,
        drops_duplicates: !arguments.keep_duplicates,
        max_shells: arguments.largest,
        orients: !arguments.keep_winding,
        holes: match arguments.holes {
            Holes::Keep => None,
            Holes::Flat => Some(HoleFill::Flat),
            Holes::Smooth => Some(HoleFill::Smooth),
        },
        max_hole_edges: arguments.max_hole_edges,
        resolves_crossings: !arguments.keep_crossings,
    };
    let operation = super::checked(Operation::Repair(repair))?;
    compute::each_mesh(operation, &arguments.input, &arguments.output, arguments.common)
}
