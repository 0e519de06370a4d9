//! `kerf boolean union|difference|intersection|xor|split A B… -o OUT`

use clap::{Args, ValueEnum};
use geometry::boolean::WindingRule;
use jobs::{Boolean, BooleanOp, Operation};

use super::compute::Operands;
use super::{Answer, Common, Failure};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Op {
    /// What is in any of them.
    Union,
    /// What is in the first and in none of the others.
    Difference,
    /// What is in all of them.
    Intersection,
    /// What is in an odd number of them.
    Xor,
    /// The first, cut apart by the others.
    Split,
}

impl From<Op> for BooleanOp {
    fn from(op: Op) -> Self {
        match op {
            Op::Union => Self::Union,
            Op::Difference => Self::Difference,
            Op::Intersection => Self::Intersection,
            Op::Xor => Self::Xor,
            Op::Split => Self::Split,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct BooleanArguments {
    /// Which boolean.
    op: Op,
    /// Two or more solids.
    #[arg(required = true, num_args = 2..)]
    operands: Vec<String>,
    /// The file to write; its extension says the format.
    #[arg(short, long)]
    output: String,
    /// What is inside a solid that goes round a place more than once: nonzero, positive, odd, or at least a number of times,
    /// such as 2 for where it overlaps itself.
    #[arg(long, default_value = "nonzero", value_parser = parse_rule)]
    rule: WindingRule,
    #[command(flatten)]
    pub(super) common: Common,
}

fn parse_rule(text: &str) -> Result<WindingRule, String> {
    match text {
        "nonzero" => Ok(WindingRule::NonZero),
        "positive" => Ok(WindingRule::Positive),
        "odd" => Ok(WindingRule::Odd),
        number => match number.parse() {
            Ok(least) if least > 0 => Ok(WindingRule::AtLeast(least)),
            _ => Err(format!("“{text}” is none of nonzero, positive, odd and a number from 1 on")),
        },
    }
}

pub(super) fn run(arguments: &BooleanArguments) -> Result<Answer, Failure> {
    let operands = Operands::read(&arguments.operands, arguments.common)?;
    let boolean = Boolean { op: arguments.op.into(), rule: arguments.rule };
    operands.write(Operation::Boolean(boolean), &arguments.output)
}
