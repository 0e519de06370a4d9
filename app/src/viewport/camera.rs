//! The camera: a turntable around Z, in `f64`, without inertia.
//!
//! Promise: what the user grabbed stays under the pointer. Panning keeps the grabbed point at its pixel, orbiting keeps
//! the pivot at its pixel and distance, zooming keeps the point under the pointer at its pixel; up to rounding, at every
//! scale and anywhere in the world.

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use egui::Rect;
use glam::{DAffine3, DMat3, DVec2, DVec3};
use renderer::{Camera, Projection};

use super::projector::Projector;
use crate::view_state::StandardView;

/// Tangent of half of the vertical opening angle, which is 30 degrees: long enough for parts to look as they are.
const TAN_HALF_FOV: f64 = 0.267_949_192_431_122_7;

/// Distances of the eye from the target that are allowed, in millimetres: from dust to a hundred kilometres.
const DISTANCES: [f64; 2] = [1e-4, 1e8];

/// How long an animated move takes.
const MOVE_SECS: f64 = 0.25;

/// Part of the picture that a fitted box leaves free at each side.
const FIT_MARGIN: f64 = 0.08;

/// The eye stays away from what it fits by at least this part of its radius.
const CLEARANCE: f64 = 0.1;

/// From where and how the camera looks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pose {
    /// The point in the middle of the picture that the distance is measured to.
    pub target: DVec3,
    /// Direction from the target to the eye, around Z from +X.
    pub yaw_rad: f64,
    /// Direction from the target to the eye, above the ground; straight up and down are allowed.
    pub pitch_rad: f64,
    /// From the target to the eye; in parallel projection it stands for the size of the picture.
    pub distance: f64,
    /// Parallel instead of perspective projection.
    pub orthographic: bool,
}

/// The camera and how it moves.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraRig {
    pose: Pose,
    pivot: DVec3,
    journey: Option<Journey>,
}

/// An animated move.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Journey {
    from: Pose,
    to: Pose,
    /// The point that moves evenly across the picture on the way.
    pivot: DVec3,
    start_secs: f64,
}

impl Default for Pose {
    /// From the upper front right, on something the size of a hand.
    fn default() -> Self {
        let [yaw_rad, pitch_rad] = angles_of(StandardView::Iso);
        Self { target: DVec3::ZERO, yaw_rad, pitch_rad, distance: 400.0, orthographic: false }
    }
}

impl Default for CameraRig {
    fn default() -> Self {
        Self { pose: Pose::default(), pivot: DVec3::ZERO, journey: None }
    }
}

impl Pose {
    /// The axes of the view in the world: right, up, and back towards the eye.
    #[must_use]
    pub fn world_from_view_axes(&self) -> DMat3 {
        let (sin_yaw, cos_yaw) = self.yaw_rad.sin_cos();
        // At the poles the cosine is set to zero, so that a view from the top is exactly one.
        let (sin_pitch, cos_pitch) = match self.pitch_rad.abs() >= FRAC_PI_2 {
            true => (self.pitch_rad.signum(), 0.0),
            false => self.pitch_rad.sin_cos(),
        };
        let right = DVec3::new(-sin_yaw, cos_yaw, 0.0);
        let back = DVec3::new(cos_pitch * cos_yaw, cos_pitch * sin_yaw, sin_pitch);
        DMat3::from_cols(right, back.cross(right), back)
    }

    /// From the origin of a space along its Y, as upright as ever; `half_height` of a parallel projection. The target is
    /// about as far away as `middle`. `None` when the space is flat.
    #[must_use]
    pub fn from_eye(world_from_eye: &DAffine3, half_height: Option<f64>, middle: DVec3) -> Option<Self> {
        let back = -world_from_eye.matrix3.y_axis.try_normalize()?;
        let eye = world_from_eye.translation;
        let away = (eye - middle).dot(back);
        let away = if away > 0.0 { away } else { eye.distance(middle) };
        let scale = world_from_eye.matrix3.z_axis.length();
        let distance = half_height.map_or(away, |half| half * scale / TAN_HALF_FOV);
        let distance = distance.clamp(DISTANCES[0], DISTANCES[1]);
        // Looking straight up or down, the picture's top is where the space's is.
        let yaw_rad = if back.x.hypot(back.y) > 1e-9 {
            back.y.atan2(back.x)
        } else {
            let up = world_from_eye.matrix3.z_axis * -back.z.signum();
            up.y.atan2(up.x)
        };
        let pitch_rad = back.z.clamp(-1.0, 1.0).asin();
        Some(Self {
            target: eye - back * distance,
            yaw_rad,
            pitch_rad,
            distance,
            orthographic: half_height.is_some(),
        })
    }

    /// Where the eye stands.
    #[must_use]
    pub fn eye(&self) -> DVec3 {
        self.target + self.world_from_view_axes().z_axis * self.distance
    }

    /// The same for the renderer.
    #[must_use]
    pub fn camera(&self) -> Camera {
        let axes = self.world_from_view_axes();
        let projection = match self.orthographic {
            true => Projection::Orthographic { height: 2.0 * self.distance * TAN_HALF_FOV },
            false => Projection::Perspective { fov_y_rad: 2.0 * TAN_HALF_FOV.atan() },
        };
        let eye = self.target + axes.z_axis * self.distance;
        Camera {
            world_from_view: DAffine3 { matrix3: axes, translation: eye },
            projection,
            target_in_world: self.target,
        }
    }

    /// The pose turned around a point, which stays where it is in the picture. The pitch ends at the poles.
    #[must_use]
    pub fn turned(&self, pivot: DVec3, yaw_rad: f64, pitch_rad: f64) -> Self {
        let turned =
            Self { yaw_rad: wrapped(yaw_rad), pitch_rad: pitch_rad.clamp(-FRAC_PI_2, FRAC_PI_2), ..*self };
        let offset_in_view = self.world_from_view_axes().transpose() * (self.target - pivot);
        Self { target: pivot + turned.world_from_view_axes() * offset_in_view, ..turned }
    }

    /// The pose drawn towards a point, which stays where it is in the picture. A factor below 1 comes closer.
    #[must_use]
    pub fn zoomed(&self, at: DVec3, factor: f64) -> Self {
        let distance = (self.distance * factor).clamp(DISTANCES[0], DISTANCES[1]);
        let factor = distance / self.distance;
        Self { target: at + (self.target - at) * factor, distance, ..*self }
    }

    /// The pose moved across the picture so that a point appears at a position of the screen.
    #[must_use]
    pub fn panned(&self, rect: Rect, grabbed: DVec3, pos: DVec2) -> Self {
        let projector = Projector::new(self.camera(), rect);
        let in_view = projector.view_from_world(grabbed);
        let wanted = projector.at_depth(pos, -in_view.z);
        Self { target: self.target + self.world_from_view_axes() * (in_view - wanted), ..*self }
    }

    /// The same picture with the target at the depth of a point. In parallel projection, where depth does not show, the
    /// distance stays.
    #[must_use]
    pub fn focused(&self, point: DVec3) -> Self {
        let back = self.world_from_view_axes().z_axis;
        let nearer = (point - self.target).dot(back);
        let distance = self.distance - nearer;
        if self.orthographic {
            Self { target: self.target + back * nearer, ..*self }
        } else if distance >= DISTANCES[0] {
            Self { target: self.target + back * nearer, distance, ..*self }
        } else {
            *self
        }
    }

    /// The pose from the same direction that holds all points in the picture and, with a margin, as large as can be.
    /// `middle` becomes the depth of the target. `None` when there are no points.
    #[must_use]
    pub fn fitted(&self, points: &[DVec3], middle: DVec3, aspect: f64) -> Option<Self> {
        let axes = self.world_from_view_axes();
        let in_view = axes.transpose();
        let tan_y = TAN_HALF_FOV * (1.0 - 2.0 * FIT_MARGIN);
        let tan_x = tan_y * aspect;
        // Each border of the picture is a plane through the eye (or, in parallel projection, at a distance from it).
        // The farthest point beyond each of them decides where the eye may stand.
        let slope = if self.orthographic { 0.0 } else { 1.0 };
        let mut reach = [f64::NEG_INFINITY; 4];
        let mut nearest = f64::NEG_INFINITY;
        let mut radius = 0.0_f64;
        for point in points {
            let p = in_view * (*point - middle);
            nearest = nearest.max(slope * p.z);
            radius = radius.max(p.length());
            let sides = [
                p.x + slope * tan_x * p.z,
                -p.x + slope * tan_x * p.z,
                p.y + slope * tan_y * p.z,
                -p.y + slope * tan_y * p.z,
            ];
            for (reach, side) in reach.iter_mut().zip(sides) {
                *reach = reach.max(side);
            }
        }
        let [right, left, top, bottom] = reach;
        let distance = ((right + left) / (2.0 * tan_x)).max((top + bottom) / (2.0 * tan_y));
        if !distance.is_finite() {
            return None;
        }
        // A needle that points at the eye would touch it.
        let distance = distance.max(nearest + CLEARANCE * radius);
        let distance = distance.clamp(DISTANCES[0], DISTANCES[1]);
        let center = DVec3::new((right - left) * 0.5, (top - bottom) * 0.5, 0.0);
        Some(Self { target: middle + axes * center, distance, ..*self })
    }

    /// Between this pose and another: a point moves evenly across the picture, the size changes by equal factors.
    fn toward(&self, to: &Self, pivot: DVec3, part: f64) -> Self {
        let offset =
            |pose: &Self| pose.world_from_view_axes().transpose() * (pose.target - pivot) / pose.distance;
        let distance = self.distance * (to.distance / self.distance).powf(part);
        let turn = wrapped(to.yaw_rad - self.yaw_rad);
        let between = Self {
            target: pivot,
            yaw_rad: wrapped(self.yaw_rad + turn * part),
            pitch_rad: self.pitch_rad + (to.pitch_rad - self.pitch_rad) * part,
            distance,
            orthographic: to.orthographic,
        };
        let offset_in_view = offset(self).lerp(offset(to), part) * distance;
        Self { target: pivot + between.world_from_view_axes() * offset_in_view, ..between }
    }
}

impl CameraRig {
    /// From where it looks now.
    #[must_use]
    pub fn pose(&self) -> &Pose {
        &self.pose
    }

    /// The point that a turn without a grabbed surface goes around.
    #[must_use]
    pub fn pivot(&self) -> DVec3 {
        self.pivot
    }

    /// What maps between the world and a part of the screen.
    #[must_use]
    pub fn projector(&self, rect: Rect) -> Projector {
        Projector::new(self.pose.camera(), rect)
    }

    /// A round length (1, 2 or 5 times a power of ten) that is about a sixth of what the view shows.
    #[must_use]
    pub fn comfortable_size(&self) -> f64 {
        let wanted = self.goal().distance * TAN_HALF_FOV * 2.0 / 6.0;
        let decade = 10_f64.powf(wanted.log10().floor());
        let step = [5.0, 2.0, 1.0].into_iter().find(|step| step * decade <= wanted).unwrap_or(1.0);
        step * decade
    }

    /// The point of the ground where the camera looks, on a grid: where its axis meets the ground if that is not far
    /// off, else straight below or above its target.
    #[must_use]
    pub fn target_on_grid(&self, step: f64) -> DVec3 {
        let pose = self.goal();
        let back = pose.world_from_view_axes().z_axis;
        let along = -pose.target.z / back.z;
        let at = match along.is_finite() && along.abs() <= pose.distance {
            true => pose.target + back * along,
            false => pose.target,
        };
        let [x, y] = (DVec2::new(at.x, at.y) / step).round().to_array();
        DVec3::new(x * step, y * step, 0.0)
    }

    /// Where it is and looks, for scripts.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let Pose { target, yaw_rad, pitch_rad, distance, orthographic } = self.pose;
        serde_json::json!({
            "eye": self.pose.eye().to_array(),
            "target": target.to_array(),
            "yaw": yaw_rad.to_degrees(),
            "pitch": pitch_rad.to_degrees(),
            "distance": distance,
            "orthographic": orthographic,
        })
    }

    /// Where an animated move leads, or the pose as it is.
    #[must_use]
    pub fn goal(&self) -> Pose {
        self.journey.map_or(self.pose, |journey| journey.to)
    }

    /// Takes another pose at once; ends an animated move.
    pub fn set_pose(&mut self, pose: Pose) {
        self.pose = pose;
        self.journey = None;
    }

    /// Remembers what turns go around.
    pub fn set_pivot(&mut self, pivot: DVec3) {
        self.pivot = pivot;
    }

    /// Switches the projection; what is at the target keeps its size.
    pub fn set_orthographic(&mut self, orthographic: bool) {
        self.pose.orthographic = orthographic;
        if let Some(journey) = &mut self.journey {
            journey.from.orthographic = orthographic;
            journey.to.orthographic = orthographic;
        }
    }

    /// Begins an animated move; `pivot` is what is looked at on the way.
    pub fn travel(&mut self, to: Pose, pivot: DVec3, now_secs: f64) {
        if to != self.pose {
            self.journey = Some(Journey { from: self.pose, to, pivot, start_secs: now_secs });
        }
    }

    /// Ends an animated move where it is.
    pub fn stop(&mut self) {
        self.journey = None;
    }

    /// Goes on with an animated move. Whether it is still under way.
    pub fn advance(&mut self, now_secs: f64) -> bool {
        let Some(journey) = self.journey else { return false };
        let part = ((now_secs - journey.start_secs) / MOVE_SECS).clamp(0.0, 1.0);
        if part >= 1.0 {
            self.set_pose(journey.to);
            return false;
        }
        let eased = part * part * (3.0 - 2.0 * part);
        self.pose = journey.from.toward(&journey.to, journey.pivot, eased);
        true
    }
}

/// Yaw and pitch of a standard view.
#[must_use]
pub fn angles_of(view: StandardView) -> [f64; 2] {
    match view {
        // The direction of a cube's corner, where all three axes look equally long.
        StandardView::Iso => [-PI / 4.0, (0.5_f64).sqrt().atan()],
        StandardView::Front => [-FRAC_PI_2, 0.0],
        StandardView::Back => [FRAC_PI_2, 0.0],
        StandardView::Left => [PI, 0.0],
        StandardView::Right => [0.0, 0.0],
        StandardView::Top => [-FRAC_PI_2, FRAC_PI_2],
        StandardView::Bottom => [-FRAC_PI_2, -FRAC_PI_2],
    }
}

/// An angle in `-π..=π`.
fn wrapped(angle_rad: f64) -> f64 {
    angle_rad - (angle_rad / TAU).round() * TAU
}

#[cfg(test)]
mod tests;
