//! How far a handle was dragged or what was typed, and what that does to the world.

use assets::LengthUnit;
use geometry::bvh::Ray;
use glam::{DAffine3, DMat3, DVec2, DVec3};

use super::super::look::round_step;
use super::{ARM_PT, Drag, DragInput, Frame, Handle};
use crate::units::{self, Quantity};

/// Steps that amounts are rounded to: coarse and fine.
pub(crate) const TURN_STEPS_DEG: [f64; 2] = [15.0, 5.0];
const SCALE_STEPS: [f64; 2] = [0.1, 0.01];

/// Steps of moves are at least this long on the screen, in points.
pub(crate) const MOVE_STEP_PT: f64 = 8.0;

/// No part is scaled to less by dragging.
const LEAST_SCALE: f64 = 0.01;

/// What a drag amounts to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Amount {
    /// Millimetres along the axes of the frame.
    Move(DVec3),
    /// Degrees around the axis; counter-clockwise seen from its tip.
    Turn(f64),
    /// Factors along the axes of the frame.
    Scale(DVec3),
}

impl Amount {
    /// What a handle does before it is dragged.
    #[must_use]
    pub(crate) fn none(handle: Handle) -> Self {
        match handle {
            Handle::MoveAlong(_) | Handle::MoveAcross(_) | Handle::MoveOnScreen => Self::Move(DVec3::ZERO),
            Handle::TurnAround(_) | Handle::TurnOnScreen => Self::Turn(0.0),
            Handle::ScaleAlong(_) | Handle::ScaleAll => Self::Scale(DVec3::ONE),
        }
    }

    /// What it does to the world.
    #[must_use]
    pub(crate) fn change(&self, frame: &Frame, handle: Handle) -> DAffine3 {
        let linear = match *self {
            Self::Move(offset) => return DAffine3::from_translation(frame.axes * offset),
            Self::Turn(degrees) => match handle {
                Handle::TurnAround(axis) => {
                    frame.axes * turn_around_axis(axis, degrees) * frame.axes.transpose()
                }
                // The line of sight is in the third axis; see `Drag::screen_frame`.
                _ => frame.axes * turn_around_axis(2, degrees) * frame.axes.transpose(),
            },
            Self::Scale(factors) => frame.axes * DMat3::from_diagonal(factors) * frame.axes.transpose(),
        };
        let translation = frame.pivot - linear * frame.pivot;
        DAffine3 { matrix3: linear, translation }
    }
}

/// A turn around a coordinate axis; quarter turns are exact.
fn turn_around_axis(axis: usize, degrees: f64) -> DMat3 {
    let quarters = degrees / 90.0;
    let (sin, cos) = match quarters == quarters.round() {
        true => [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)][quarters.rem_euclid(4.0) as usize],
        false => degrees.to_radians().sin_cos(),
    };
    let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
    let mut columns = [DVec3::ZERO; 3];
    columns[axis][axis] = 1.0;
    columns[u][u] = cos;
    columns[u][v] = sin;
    columns[v][u] = -sin;
    columns[v][v] = cos;
    DMat3::from_cols(columns[0], columns[1], columns[2])
}

/// A typed amount; `None` while it is not a number. Planes take one number per direction, with commas between.
#[must_use]
pub(crate) fn parsed(text: &str, handle: Handle, unit: LengthUnit) -> Option<Amount> {
    if text.trim().is_empty() {
        return None;
    }
    let length = |text: &str| units::parse(text, Quantity::Length(unit)).ok();
    let factor = |text: &str| {
        let factor = units::parse(text, Quantity::Plain).ok()?;
        (factor != 0.0).then_some(factor)
    };
    match handle {
        Handle::MoveAlong(axis) => Some(Amount::Move(DVec3::AXES[axis] * length(text)?)),
        Handle::MoveAcross(axis) => {
            let (first, second) = text.split_once([',', ';']).unwrap_or((text, "0"));
            let [u, v] = in_order((axis + 1) % 3, (axis + 2) % 3);
            Some(Amount::Move(DVec3::AXES[u] * length(first)? + DVec3::AXES[v] * length(second)?))
        }
        Handle::MoveOnScreen => None,
        Handle::TurnAround(_) | Handle::TurnOnScreen => {
            units::parse(text, Quantity::Angle).ok().map(Amount::Turn)
        }
        Handle::ScaleAlong(axis) => {
            let mut factors = DVec3::ONE;
            factors[axis] = factor(text)?;
            Some(Amount::Scale(factors))
        }
        Handle::ScaleAll => factor(text).map(|factor| Amount::Scale(DVec3::splat(factor))),
    }
}

/// An amount in words.
#[must_use]
pub(crate) fn described(amount: &Amount, handle: Handle, unit: LengthUnit) -> String {
    let length = |millimetres: f64| units::number(millimetres / unit.millimetres());
    match (*amount, handle) {
        (Amount::Move(offset), Handle::MoveAlong(axis)) => {
            format!("{}  {} {}", name(axis), length(offset[axis]), unit.symbol())
        }
        (Amount::Move(offset), Handle::MoveAcross(axis)) => {
            let [u, v] = in_order((axis + 1) % 3, (axis + 2) % 3);
            let (a, b) = (length(offset[u]), length(offset[v]));
            format!("{}  {a}   {}  {b} {}", name(u), name(v), unit.symbol())
        }
        (Amount::Move(offset), _) => {
            let [x, y, z] = offset.to_array().map(length);
            format!("X  {x}   Y  {y}   Z  {z} {}", unit.symbol())
        }
        (Amount::Turn(degrees), _) => format!("{}°", units::number(degrees)),
        (Amount::Scale(factors), Handle::ScaleAlong(axis)) => {
            format!("{}  × {}", name(axis), units::number(factors[axis]))
        }
        (Amount::Scale(factors), _) => format!("× {}", units::number(factors.x)),
    }
}

/// An amount as it is typed.
#[must_use]
pub(crate) fn editable(amount: &Amount, handle: Handle, unit: LengthUnit) -> String {
    let length = |millimetres: f64| units::editable(millimetres, Quantity::Length(unit));
    match (*amount, handle) {
        (Amount::Move(offset), Handle::MoveAcross(axis)) => {
            let [u, v] = in_order((axis + 1) % 3, (axis + 2) % 3);
            format!("{}, {}", length(offset[u]), length(offset[v]))
        }
        (Amount::Move(offset), Handle::MoveAlong(axis)) => length(offset[axis]),
        (Amount::Move(_), _) => String::new(),
        (Amount::Turn(degrees), _) => units::editable(degrees, Quantity::Angle),
        (Amount::Scale(factors), Handle::ScaleAlong(axis)) => units::editable(factors[axis], Quantity::Plain),
        (Amount::Scale(factors), _) => units::editable(factors.x, Quantity::Plain),
    }
}

fn name(axis: usize) -> &'static str {
    ["X", "Y", "Z"][axis]
}

/// Two axes in the order of the alphabet.
fn in_order(a: usize, b: usize) -> [usize; 2] {
    [a.min(b), a.max(b)]
}

impl Drag {
    /// The amount that the pointer asks for.
    pub(super) fn follow(&mut self, input: DragInput, unit: LengthUnit) -> Amount {
        match self.handle {
            Handle::MoveAlong(axis) => {
                let along = |pos| self.along_axis(axis, pos);
                let (Some(from), Some(to)) = (along(self.start), along(input.pos)) else {
                    return self.amount;
                };
                self.moved(DVec3::AXES[axis] * (to - from), input, unit)
            }
            Handle::MoveAcross(axis) => self.moved_in_plane(self.frame.axes.col(axis), input, unit),
            Handle::MoveOnScreen => self.moved_in_plane(self.projector.axes().z_axis, input, unit),
            Handle::TurnAround(axis) => {
                let normal = self.frame.axes.col(axis);
                self.turned(normal, input)
            }
            Handle::TurnOnScreen => {
                let normal = self.frame.axes.z_axis;
                self.turned(normal, input)
            }
            Handle::ScaleAlong(axis) => {
                let along = |pos| self.along_axis(axis, pos);
                let (Some(from), Some(to)) = (along(self.start), along(input.pos)) else {
                    return self.amount;
                };
                let mut factors = DVec3::ONE;
                factors[axis] = rounded_scale(to / from, input);
                Amount::Scale(factors)
            }
            Handle::ScaleAll => {
                // Right and up is larger; the length of an arm doubles.
                let way = input.pos - self.start;
                let factor = ((way.x - way.y) / ARM_PT).exp2();
                Amount::Scale(DVec3::splat(rounded_scale(factor, input)))
            }
        }
    }

    /// The frame of a turn around the line of sight: its third axis points at the viewer.
    pub(super) fn screen_frame(frame: &Frame, toward_eye: DVec3) -> Frame {
        let (x, y) = toward_eye.any_orthonormal_pair();
        Frame { axes: DMat3::from_cols(x, y, toward_eye), ..*frame }
    }

    fn moved(&self, offset: DVec3, input: DragInput, unit: LengthUnit) -> Amount {
        if !input.snap {
            return Amount::Move(offset);
        }
        let step = round_step(&self.projector, unit, MOVE_STEP_PT) * if input.fine { 0.1 } else { 1.0 };
        Amount::Move(offset.map(|length| to_step(length, step)))
    }

    fn moved_in_plane(&self, normal: DVec3, input: DragInput, unit: LengthUnit) -> Amount {
        let (Some(from), Some(to)) = (self.in_plane(normal, self.start), self.in_plane(normal, input.pos))
        else {
            return self.amount;
        };
        let mut offset = self.frame.axes.transpose() * (to - from);
        if let Handle::MoveAcross(axis) = self.handle {
            offset[axis] = 0.0;
        }
        match self.moved(offset, input, unit) {
            // Rounding each coordinate would leave the plane of the screen.
            Amount::Move(_) if self.handle == Handle::MoveOnScreen => Amount::Move(offset),
            amount => amount,
        }
    }

    fn turned(&mut self, normal: DVec3, input: DragInput) -> Amount {
        let Some(angle) = self.angle_between(normal, self.start, input.pos) else { return self.amount };
        // The pointer may go around several times.
        let turns = ((self.last_angle_rad - angle) / std::f64::consts::TAU).round();
        self.last_angle_rad = angle + turns * std::f64::consts::TAU;
        let degrees = self.last_angle_rad.to_degrees();
        let step = TURN_STEPS_DEG[usize::from(input.fine)];
        Amount::Turn(if input.snap { to_step(degrees, step) } else { degrees })
    }

    /// The parameter of the axis nearest to the pointer's ray, from the pivot on.
    fn along_axis(&self, axis: usize, pos: DVec2) -> Option<f64> {
        let Ray { origin, direction } = self.projector.ray_in_world(pos);
        let axis = self.frame.axes.col(axis);
        let direction = direction.try_normalize()?;
        let between = origin - self.frame.pivot;
        let cosine = axis.dot(direction);
        let sine_squared = 1.0 - cosine * cosine;
        let along = (between.dot(axis) - between.dot(direction) * cosine) / sine_squared;
        (sine_squared > 1e-6 && along.is_finite()).then_some(along)
    }

    pub(super) fn in_plane(&self, normal: DVec3, pos: DVec2) -> Option<DVec3> {
        let ray = self.projector.ray_in_world(pos);
        let t = (self.frame.pivot - ray.origin).dot(normal) / ray.direction.dot(normal);
        // Beyond the horizon of the plane the pointer means nothing.
        (t.is_finite() && (t > 0.0 || self.projector.is_parallel())).then(|| ray.at(t))
    }

    /// The angle around a normal between two positions of the pointer. A ring seen from its edge is turned by going
    /// along it.
    fn angle_between(&self, normal: DVec3, from: DVec2, to: DVec2) -> Option<f64> {
        let toward = self.projector.toward_eye(self.frame.pivot);
        let center = self.projector.project(self.frame.pivot)?.pos;
        if normal.dot(toward).abs() > 0.25 {
            let arm = |pos| Some((self.in_plane(normal, pos)? - self.frame.pivot).try_normalize());
            let (a, b) = (arm(from)??, arm(to)??);
            return Some(a.cross(b).dot(normal).atan2(a.dot(b)));
        }
        let front = normal.cross(toward);
        let per_point = self.projector.mm_per_point(self.frame.pivot);
        let tip = self.projector.project(self.frame.pivot + front * (per_point * ARM_PT))?.pos;
        let along = (tip - center).try_normalize()?;
        Some((to - from).dot(along) / (ARM_PT * super::handles::RING))
    }
}

/// The nearest multiple of a step; with steps of a tenth of something the number that people would write.
pub(crate) fn to_step(value: f64, step: f64) -> f64 {
    let per_unit = (1.0 / step).round();
    let is_fraction = step < 1.0 && (per_unit * step - 1.0).abs() < 1e-12;
    if is_fraction { (value * per_unit).round() / per_unit } else { (value / step).round() * step }
}

fn rounded_scale(factor: f64, input: DragInput) -> f64 {
    let step = SCALE_STEPS[usize::from(input.fine)];
    let factor = if input.snap { to_step(factor, step) } else { factor };
    if factor.is_finite() { factor.max(if input.snap { step } else { LEAST_SCALE }) } else { 1.0 }
}
