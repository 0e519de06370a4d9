//! From pointer, wheel, fingers and keys to camera moves.
//!
//! Left drag turns around the surface under the pointer, middle, right or Shift + left drag pans, the wheel zooms to
//! the pointer. One finger turns, two pan and zoom. With the keyboard: arrows turn, plus and minus zoom.

use egui::{Event, Key, MouseWheelSource, MouseWheelUnit, PointerButton, Pos2, Rect, Response, Ui, Vec2};
use glam::{DVec2, DVec3};
use renderer::SectionPlane;

use super::camera::CameraRig;
use super::picking::{PickOptions, pick};
use super::projector::precise;
use crate::render_sync::Placed;

/// Turn per point of the screen: a drag across 480 points is half a turn.
const TURN_RAD_PER_PT: f64 = std::f64::consts::PI / 480.0;

/// Turn per press of an arrow key.
const TURN_RAD_PER_KEY: f64 = std::f64::consts::PI / 36.0;

/// Factor of one notch of a wheel.
const ZOOM_PER_NOTCH: f64 = 1.18;

/// Points that a browser scrolls per notch.
const POINTS_PER_NOTCH: f64 = 110.0;

/// For how long the wheel keeps zooming to the same point while the pointer rests.
const ANCHOR_SECS: f64 = 0.6;

/// What a drag does to the camera.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Grab {
    /// Turns around a point; the last position of the pointer.
    Turn { pivot: DVec3, last: DVec2 },
    /// Keeps a point under the pointer.
    Pan { grabbed: DVec3 },
}

/// The point the wheel zooms to.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    point: DVec3,
    pos: Pos2,
    secs: f64,
}

/// What is under way.
#[derive(Debug, Default)]
pub(crate) struct Navigation {
    grab: Option<Grab>,
    anchor: Option<Anchor>,
    /// Set by a second finger; the first one does nothing more until all are lifted.
    fingers: bool,
}

/// What the camera moves in front of.
#[derive(Clone, Copy)]
pub(crate) struct Stage<'a> {
    /// Where the picture is.
    pub rect: Rect,
    /// What is in it.
    pub placed: &'a [Placed],
    /// What of it is cut away.
    pub sections: &'a [SectionPlane],
}

impl Stage<'_> {
    /// The surface at a position, else the point at the target's depth.
    fn point_at(&self, rig: &CameraRig, pos: DVec2) -> (DVec3, bool) {
        let projector = rig.projector(self.rect);
        match pick(&projector, self.placed, self.sections, pos, PickOptions::HOVER) {
            Some(hit) => (hit.point, true),
            None => (projector.at_depth_of(pos, rig.pose().target), false),
        }
    }
}

impl Navigation {
    /// Whether the pointer or fingers are moving the camera.
    #[must_use]
    pub(crate) fn is_active(&self) -> bool {
        self.grab.is_some() || self.fingers
    }

    /// The point that the camera is being turned around.
    #[must_use]
    pub(crate) fn turning_around(&self) -> Option<DVec3> {
        match self.grab? {
            Grab::Turn { pivot, .. } => Some(pivot),
            Grab::Pan { .. } => None,
        }
    }

    /// Whether the camera is being panned.
    #[must_use]
    pub(crate) fn is_panning(&self) -> bool {
        matches!(self.grab, Some(Grab::Pan { .. }))
    }

    /// Follows two fingers. Whether there are or were some, so that the drag of the first one means nothing.
    pub(crate) fn fingers(
        &mut self,
        ui: &Ui,
        response: &Response,
        rig: &mut CameraRig,
        stage: Stage<'_>,
    ) -> bool {
        let (touch, any) = ui.input(|input| (input.multi_touch(), input.any_touches()));
        if let Some(touch) = touch.filter(|touch| self.fingers || response.rect.contains(touch.start_pos)) {
            self.fingers = true;
            self.grab = None;
            rig.stop();
            let now = precise(touch.center_pos);
            let before = precise(touch.center_pos - touch.translation_delta);
            let (point, is_surface) = stage.point_at(rig, before);
            let pose = if is_surface { rig.pose().focused(point) } else { *rig.pose() };
            let pose = pose.panned(stage.rect, point, now).zoomed(point, 1.0 / f64::from(touch.zoom_delta));
            rig.set_pose(pose);
        }
        self.fingers &= any;
        self.fingers
    }

    /// Begins to turn around what is at a position.
    pub(crate) fn begin_turn(&mut self, rig: &mut CameraRig, stage: Stage<'_>, pos: DVec2) {
        rig.stop();
        let (point, is_surface) = stage.point_at(rig, pos);
        if is_surface {
            rig.set_pivot(point);
            rig.set_pose(rig.pose().focused(point));
        }
        self.begin_turn_around_pivot(rig, stage.rect, pos);
    }

    /// Begins to turn around the last pivot, or around the target when that is out of sight.
    pub(crate) fn begin_turn_around_pivot(&mut self, rig: &mut CameraRig, rect: Rect, pos: DVec2) {
        rig.stop();
        let seen = rig.projector(rect).project(rig.pivot());
        let is_seen = seen.is_some_and(|seen| rect.contains(seen.pos2()));
        let pivot = if is_seen { rig.pivot() } else { rig.pose().target };
        self.grab = Some(Grab::Turn { pivot, last: pos });
    }

    /// Begins to pan with what is at a position.
    pub(crate) fn begin_pan(&mut self, rig: &mut CameraRig, stage: Stage<'_>, pos: DVec2) {
        rig.stop();
        let (grabbed, is_surface) = stage.point_at(rig, pos);
        if is_surface {
            rig.set_pose(rig.pose().focused(grabbed));
        }
        self.grab = Some(Grab::Pan { grabbed });
    }

    /// Follows the pointer.
    pub(crate) fn drag(&mut self, rig: &mut CameraRig, rect: Rect, pos: DVec2) {
        match &mut self.grab {
            Some(Grab::Turn { pivot, last }) => {
                let turn = (pos - *last) * TURN_RAD_PER_PT;
                *last = pos;
                let pose = *rig.pose();
                rig.set_pose(pose.turned(*pivot, pose.yaw_rad - turn.x, pose.pitch_rad + turn.y));
            }
            Some(Grab::Pan { grabbed }) => rig.set_pose(rig.pose().panned(rect, *grabbed, pos)),
            None => {}
        }
    }

    /// Lets go.
    pub(crate) fn end(&mut self) {
        self.grab = None;
    }

    /// Follows the wheel, a trackpad and pinching.
    pub(crate) fn wheel(&mut self, ui: &Ui, rig: &mut CameraRig, stage: Stage<'_>, pos: Pos2, invert: bool) {
        let mut pan = Vec2::ZERO;
        let mut notches = 0.0;
        let (now, zoom) = ui.input(|input| {
            for event in &input.events {
                let Event::MouseWheel { unit, delta, source, modifiers, .. } = event else { continue };
                if modifiers.command || modifiers.ctrl {
                    // egui turns these into its zoom factor.
                    continue;
                }
                match source {
                    MouseWheelSource::Trackpad => pan += *delta,
                    // The camera stops when the fingers do.
                    MouseWheelSource::Momentum => {}
                    MouseWheelSource::Unknown | MouseWheelSource::Wheel => {
                        notches += notches_of(*unit, *delta);
                    }
                }
            }
            // Two fingers on a screen are followed elsewhere.
            (input.time, if input.multi_touch().is_some() { 1.0 } else { input.zoom_delta() })
        });
        if pan != Vec2::ZERO {
            rig.stop();
            let (point, _) = stage.point_at(rig, precise(pos));
            rig.set_pose(rig.pose().panned(stage.rect, point, precise(pos + pan)));
        }
        let direction = if invert { 1.0 } else { -1.0 };
        let factor = ZOOM_PER_NOTCH.powf(direction * notches) / f64::from(zoom);
        if factor != 1.0 && factor.is_finite() && factor > 0.0 {
            self.zoom(rig, stage, pos, now, factor);
        }
    }

    fn zoom(&mut self, rig: &mut CameraRig, stage: Stage<'_>, pos: Pos2, now: f64, factor: f64) {
        rig.stop();
        let kept = self
            .anchor
            .filter(|anchor| anchor.pos.distance(pos) < 2.0 && now - anchor.secs < ANCHOR_SECS)
            .map(|anchor| anchor.point);
        let point = kept.unwrap_or_else(|| {
            let (point, is_surface) = stage.point_at(rig, precise(pos));
            if is_surface {
                rig.set_pose(rig.pose().focused(point));
            }
            point
        });
        self.anchor = Some(Anchor { point, pos, secs: now });
        rig.set_pose(rig.pose().zoomed(point, factor));
    }

    /// Follows the keys of a view that has the focus.
    pub(crate) fn keys(ui: &Ui, rig: &mut CameraRig, rect: Rect) {
        let presses = |key: Key| ui.input(|input| input.num_presses(key)) as f64;
        let turn = DVec2::new(
            presses(Key::ArrowRight) - presses(Key::ArrowLeft),
            presses(Key::ArrowUp) - presses(Key::ArrowDown),
        ) * TURN_RAD_PER_KEY;
        let zoom = presses(Key::Plus) + presses(Key::Equals) - presses(Key::Minus);
        if turn == DVec2::ZERO && zoom == 0.0 {
            return;
        }
        rig.stop();
        let pose = *rig.pose();
        let seen = rig.projector(rect).project(rig.pivot());
        let pivot = if seen.is_some() { rig.pivot() } else { pose.target };
        let turned = pose.turned(pivot, pose.yaw_rad + turn.x, pose.pitch_rad + turn.y);
        rig.set_pose(turned.zoomed(turned.target, ZOOM_PER_NOTCH.powf(-zoom)));
    }
}

/// The button that a drag was begun with, and whether it pans.
#[must_use]
pub(crate) fn drag_button(response: &Response, shift: bool) -> Option<(PointerButton, bool)> {
    [(PointerButton::Primary, shift), (PointerButton::Middle, true), (PointerButton::Secondary, true)]
        .into_iter()
        .find(|(button, _)| response.drag_started_by(*button))
}

/// How far a wheel was turned; upwards and away from the user is positive.
fn notches_of(unit: MouseWheelUnit, delta: Vec2) -> f64 {
    // With Shift some systems turn the wheel sideways.
    let delta = f64::from(if delta.y == 0.0 { delta.x } else { delta.y });
    match unit {
        MouseWheelUnit::Point => delta / POINTS_PER_NOTCH,
        // Some browsers count three lines per notch.
        MouseWheelUnit::Line => {
            if delta.abs() >= 3.0 {
                delta / 3.0
            } else {
                delta
            }
        }
        MouseWheelUnit::Page => delta,
    }
}
