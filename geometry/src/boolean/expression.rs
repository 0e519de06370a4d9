//! Trees of operations, evaluated place by place in one arrangement of all operands.

use super::hash::IndexMap;
use super::winding::Winding;
use super::{BooleanError, BooleanOp, WindingRule};

/// What belongs to a result, in terms of operands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// What is inside an operand, by index.
    Operand(usize),
    /// An operation on the results of others; of none of them, nothing.
    Apply(BooleanOp, Vec<Self>),
}

impl Expression {
    /// An operation on operands.
    #[must_use]
    pub fn of_operands(op: BooleanOp, operands: impl IntoIterator<Item = usize>) -> Self {
        Self::Apply(op, operands.into_iter().map(Self::Operand).collect())
    }
}

/// An expression as steps on a stack, so that no depth of it is too much.
pub(super) struct Program(Vec<Step>);

enum Step {
    Operand(u32),
    /// With the number of results it takes from the stack.
    Apply(BooleanOp, usize),
}

impl Program {
    pub(super) fn of(expression: &Expression, num_operands: usize) -> Result<Self, BooleanError> {
        // Each operation before what it is applied to, the last part first; then turned round.
        let mut steps = Vec::new();
        let mut pending = vec![expression];
        while let Some(expression) = pending.pop() {
            match expression {
                &Expression::Operand(operand) if operand < num_operands => {
                    steps.push(Step::Operand(operand as u32));
                }
                &Expression::Operand(operand) => {
                    return Err(BooleanError::NoSuchOperand { operand, num_operands });
                }
                Expression::Apply(op, parts) => {
                    steps.push(Step::Apply(*op, parts.len()));
                    pending.extend(parts);
                }
            }
        }
        steps.reverse();
        Ok(Self(steps))
    }

    /// Whether places with these winding numbers belong to the result. Places inside the same operands are asked for once.
    pub(super) fn of_cells(&self, windings: &[Winding], rule: WindingRule) -> Vec<bool> {
        let mut known: IndexMap<Vec<u32>, bool> = IndexMap::default();
        let mut stack = Vec::new();
        windings
            .iter()
            .map(|winding| {
                let inside: Vec<u32> = winding
                    .iter()
                    .filter(|&(_, number)| rule.is_inside(number))
                    .map(|(operand, _)| operand)
                    .collect();
                if let Some(&known) = known.get(&inside) {
                    return known;
                }
                let is_inside = self.is_inside(&inside, &mut stack);
                known.insert(inside, is_inside);
                is_inside
            })
            .collect()
    }

    /// Whether a place inside these operands, in order, belongs to the result.
    fn is_inside(&self, inside: &[u32], stack: &mut Vec<bool>) -> bool {
        stack.clear();
        for step in &self.0 {
            match *step {
                Step::Operand(operand) => stack.push(inside.binary_search(&operand).is_ok()),
                Step::Apply(op, num_parts) => {
                    let parts = stack.split_off(stack.len() - num_parts);
                    stack.push(op.joins(parts.into_iter()));
                }
            }
        }
        stack.pop().unwrap_or(false)
    }
}

impl BooleanOp {
    /// Whether a place belongs to the result that is or is not in each of the parts.
    fn joins(self, mut parts: impl Iterator<Item = bool>) -> bool {
        match self {
            Self::Union => parts.any(|is_inside| is_inside),
            Self::Difference => parts.next() == Some(true) && !parts.any(|is_inside| is_inside),
            Self::Intersection => parts.next() == Some(true) && parts.all(|is_inside| is_inside),
            Self::Xor => parts.filter(|is_inside| *is_inside).count() % 2 == 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Xor with operand 0, ten thousand times, one in the other.
    #[test]
    fn depth_does_not_matter() {
        let mut expression = Expression::Operand(1);
        for _ in 0..9_999 {
            expression = Expression::Apply(BooleanOp::Xor, vec![expression, Expression::Operand(0)]);
        }
        let program = Program::of(&expression, 2).expect("both operands exist");
        let mut stack = Vec::new();
        let found = [vec![], vec![0], vec![1], vec![0, 1]].map(|it| program.is_inside(&it, &mut stack));
        assert_eq!(found, [false, true, true, false]);
    }
}
