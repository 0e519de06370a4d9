//! The handles of each tool: where they are on the screen, and which one the pointer is over.

use egui::Pos2;
use glam::{DVec2, DVec3};

use super::super::cube::contains;
use super::super::projector::{Projector, precise};
use super::{ARM_PT, Frame};
use crate::view_state::Tool;

/// Radius of the rings, and of the ring around them, in lengths of an arm.
pub(crate) const RING: f64 = 0.86;
pub(crate) const OUTER_RING: f64 = 1.04;

/// Where arms begin, and where the squares between them begin and end, in lengths of an arm.
pub(crate) const ARM_START: f64 = 0.17;
pub(crate) const SQUARE: [f64; 2] = [0.30, 0.48];

/// How near the pointer must be to a line, in points.
const NEAR_PT: f64 = 7.0;

/// Something to drag. Numbers are axes of the [`Frame`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handle {
    /// Along an axis.
    MoveAlong(usize),
    /// In the plane across an axis.
    MoveAcross(usize),
    /// In the plane of the screen.
    MoveOnScreen,
    /// Around an axis.
    TurnAround(usize),
    /// Around the line of sight.
    TurnOnScreen,
    /// Along an axis.
    ScaleAlong(usize),
    /// In all directions.
    ScaleAll,
}

/// What a tool offers, what lies on top first.
#[must_use]
pub(crate) fn of(tool: Tool) -> &'static [Handle] {
    use Handle as H;
    match tool {
        Tool::Select | Tool::Measure | Tool::Angle => &[],
        Tool::Move => &[
            H::MoveOnScreen,
            H::MoveAcross(0),
            H::MoveAcross(1),
            H::MoveAcross(2),
            H::MoveAlong(0),
            H::MoveAlong(1),
            H::MoveAlong(2),
        ],
        Tool::Rotate => &[H::TurnAround(0), H::TurnAround(1), H::TurnAround(2), H::TurnOnScreen],
        Tool::Scale => &[H::ScaleAll, H::ScaleAlong(0), H::ScaleAlong(1), H::ScaleAlong(2)],
    }
}

/// A frame as it is seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub frame: &'a Frame,
    pub projector: &'a Projector,
    /// Millimetres of an arm, so that it has its length on the screen.
    pub arm: f64,
    /// The pivot on the screen.
    pub center: DVec2,
    /// From the pivot to the viewer.
    pub toward_eye: DVec3,
}

impl<'a> Seen<'a> {
    /// `None` when the pivot is behind the viewer.
    pub(crate) fn new(frame: &'a Frame, projector: &'a Projector) -> Option<Self> {
        let center = projector.project(frame.pivot)?.pos;
        let arm = projector.mm_per_point(frame.pivot) * ARM_PT;
        Some(Self { frame, projector, arm, center, toward_eye: projector.toward_eye(frame.pivot) })
    }

    /// A point in the frame's axes, in lengths of an arm, on the screen.
    pub(crate) fn at(&self, in_arms: DVec3) -> DVec2 {
        let point = self.frame.pivot + self.frame.axes * (in_arms * self.arm);
        self.projector.project(point).map_or(self.center, |seen| seen.pos)
    }

    /// How much of an axis is seen, 0 when it points at the viewer.
    pub(crate) fn length_seen(&self, axis: usize) -> f64 {
        self.frame.axes.col(axis).cross(self.toward_eye).length()
    }

    /// The two ends of an arm.
    pub(crate) fn arm_ends(&self, axis: usize) -> [DVec2; 2] {
        [self.at(DVec3::AXES[axis] * ARM_START), self.at(DVec3::AXES[axis])]
    }

    /// The square that moves across an axis.
    pub(crate) fn square(&self, axis: usize) -> [Pos2; 4] {
        let [u, v] = [DVec3::AXES[(axis + 1) % 3], DVec3::AXES[(axis + 2) % 3]];
        let [near, far] = SQUARE;
        [(near, near), (far, near), (far, far), (near, far)].map(|(a, b)| to_pos2(self.at(u * a + v * b)))
    }

    /// How openly a square is seen, 0 from its edge.
    pub(crate) fn openness(&self, axis: usize) -> f64 {
        self.frame.axes.col(axis).dot(self.toward_eye).abs()
    }

    /// The half of a ring in front of the pivot, or all of it when it faces the viewer, and the other half.
    pub(crate) fn ring(&self, axis: usize) -> [Vec<Pos2>; 2] {
        const STEPS: usize = 48;
        let normal = self.frame.axes.col(axis);
        let toward = self.frame.axes.transpose() * self.toward_eye;
        let toward = (toward - DVec3::AXES[axis] * toward[axis]).try_normalize();
        let Some(front) = toward.filter(|_| self.openness(axis) < 0.985) else {
            let u = DVec3::AXES[(axis + 1) % 3];
            return [self.arc(axis, u, STEPS, std::f64::consts::TAU), Vec::new()];
        };
        debug_assert!(normal.is_finite(), "axes are unit vectors");
        let side = front.cross(DVec3::AXES[axis]);
        [
            self.arc(axis, side, STEPS / 2, std::f64::consts::PI),
            self.arc(axis, -side, STEPS / 2, std::f64::consts::PI),
        ]
    }

    /// An arc around an axis from a direction on.
    pub(crate) fn arc(&self, axis: usize, from: DVec3, steps: usize, angle_rad: f64) -> Vec<Pos2> {
        let other = DVec3::AXES[axis].cross(from);
        (0..=steps)
            .map(|step| {
                let (sin, cos) = (angle_rad * step as f64 / steps as f64).sin_cos();
                to_pos2(self.at((from * cos + other * sin) * RING))
            })
            .collect()
    }
}

/// The handle at a position of the screen.
#[must_use]
pub(crate) fn at(tool: Tool, frame: &Frame, projector: &Projector, pos: DVec2) -> Option<Handle> {
    let seen = Seen::new(frame, projector)?;
    let mut nearest = None;
    for &handle in of(tool) {
        let Some(distance) = distance(&seen, handle, pos) else { continue };
        // What covers an area wins over lines that end in it.
        if distance == 0.0 {
            return Some(handle);
        }
        if distance <= NEAR_PT && nearest.is_none_or(|(best, _)| distance < best) {
            nearest = Some((distance, handle));
        }
    }
    nearest.map(|(_, handle)| handle)
}

/// From a position to a handle, in points; `None` when the handle cannot be used from where the viewer is.
fn distance(seen: &Seen<'_>, handle: Handle, pos: DVec2) -> Option<f64> {
    let from_center = seen.center.distance(pos);
    match handle {
        Handle::MoveOnScreen | Handle::ScaleAll => (from_center <= ARM_PT * ARM_START * 0.7).then_some(0.0),
        Handle::MoveAlong(axis) | Handle::ScaleAlong(axis) => {
            let [from, to] = seen.arm_ends(axis);
            (seen.length_seen(axis) > 0.15).then(|| to_segment(pos, from, to))
        }
        Handle::MoveAcross(axis) => {
            let square = seen.square(axis);
            (seen.openness(axis) > 0.15 && contains(&square, to_pos2(pos))).then_some(0.0)
        }
        Handle::TurnAround(axis) => {
            let [front, _] = seen.ring(axis);
            let pairs = front.windows(2).map(|pair| to_segment(pos, precise(pair[0]), precise(pair[1])));
            // Never exactly 0, so that another ring may be nearer.
            Some(pairs.fold(f64::INFINITY, f64::min).max(1e-3))
        }
        Handle::TurnOnScreen => Some((from_center - ARM_PT * OUTER_RING).abs().max(1e-3)),
    }
}

pub(crate) fn to_segment(pos: DVec2, a: DVec2, b: DVec2) -> f64 {
    let along = b - a;
    let part = ((pos - a).dot(along) / along.length_squared().max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
    (a + along * part).distance(pos)
}

/// A position for egui.
pub(crate) fn to_pos2(pos: DVec2) -> Pos2 {
    Pos2::new(pos.x as f32, pos.y as f32)
}
