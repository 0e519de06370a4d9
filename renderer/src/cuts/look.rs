//! Colours and hatching of cuts.

use std::f64::consts::FRAC_PI_4;

use glam::{DVec3, Vec3};

use crate::View;
use crate::frame::linear_rgba;

/// Points of the screen between lines of the hatching, at least; at most twice as many.
const SPACING_PT: f64 = 7.0;
/// Display-referred colour of outlines that enclose nothing.
const OPEN: [f32; 4] = [0.93, 0.33, 0.10, 1.0];
/// Below this luminance lines are lighter than the ground they are on.
const DARK: f32 = 0.05;

/// What the colours of a cut are made of.
pub(super) struct Look {
    /// Linear, without light.
    pub(super) base: Vec3,
    /// A display-referred colour and how much of it is mixed in.
    pub(super) tint: Option<([f32; 4], f32)>,
    pub(super) is_closed: bool,
    pub(super) opacity: f32,
}

impl Look {
    /// Linear colours of the inside, of the hatching (alpha: how strong), and of the outline (alpha: half width in pixels).
    pub(super) fn colors(&self, view: &View) -> [[f32; 4]; 3] {
        let Self { tint, is_closed, opacity, .. } = *self;
        let base = self.base.clamp(Vec3::ZERO, Vec3::ONE);
        let luminance = base.dot(Vec3::new(0.2126, 0.7152, 0.0722));
        let is_dark = luminance < DARK;
        // A little less bright than in the light, so that a cut is told from a face; never so dark that lines are lost.
        let mut color = base * 0.78 + 0.012;
        let ink = if is_dark { color + 0.10 } else { color * 0.30 };
        let mut line = if is_dark { (color + 0.30).min(Vec3::ONE) } else { base * 0.04 };
        if let Some((tint, share)) = tint {
            let [r, g, b, _] = linear_rgba(tint);
            color = color.lerp(Vec3::new(r, g, b), share);
        }
        let mut width_pt = 1.35 * view.edge_width_pt.max(0.0);
        if !is_closed {
            let [r, g, b, _] = linear_rgba(OPEN);
            line = Vec3::new(r, g, b);
            width_pt *= 1.6;
        }
        let half_width = 0.5 * width_pt * view.pixels_per_point * view.quality.render_scale.clamp(0.25, 1.0);
        let strength = if opacity < 1.0 { 0.3 } else { 0.7 };
        [color.extend(opacity), ink.extend(strength), line.extend(half_width)].map(Into::into)
    }
}

/// Parallel lines of a plane that stay where they are in the world.
pub(super) struct Hatching {
    /// Across the lines, the reciprocal of twice their distance long.
    across: DVec3,
    /// How strong every second line is: they fade before the others come so near to each other that half of them do.
    pub(super) fading: f32,
}

impl Hatching {
    /// Neighbours are hatched differently, as in a drawing.
    pub(super) fn of(id: u32, [across, up]: [DVec3; 2], mm_per_point: f64) -> Self {
        // 45 and 135 degrees in turn, then some degrees off.
        let angle = FRAC_PI_4 + 2.0 * FRAC_PI_4 * f64::from(id % 2) + 0.3 * f64::from(id / 2 % 3);
        let level = (SPACING_PT * mm_per_point).log2();
        let spacing = level.floor().exp2();
        let (sin, cos) = angle.sin_cos();
        let fading = 1.0 - (level - level.floor()) as f32;
        Self { across: (across * cos + up * sin) / (2.0 * spacing), fading }
    }

    /// For shaders: whole numbers of `dot(xyz, point in eye space) + w` are lines, and halves the fading ones.
    pub(super) fn in_eye(&self, eye: DVec3) -> [f32; 4] {
        // The large numbers cancel in f64.
        self.across.as_vec3().extend(self.across.dot(eye).rem_euclid(1.0) as f32).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Zooming by two gives the same lines, half of them at full strength and half of them just appearing.
    #[test]
    fn lines_come_and_go_without_a_jump() {
        let axes = [DVec3::X, DVec3::Y];
        let spacing = |hatching: &Hatching| 1.0 / hatching.across.length();
        let before = Hatching::of(0, axes, 1.0 / SPACING_PT * 1.999_999);
        let after = Hatching::of(0, axes, 1.0 / SPACING_PT * 2.000_001);
        assert!((spacing(&after) / spacing(&before) - 2.0).abs() < 1e-9);
        assert!(before.fading < 1e-4 && after.fading > 1.0 - 1e-4, "{} {}", before.fading, after.fading);
    }

    #[test]
    fn lines_stay_in_the_world() {
        let hatching = Hatching::of(3, [DVec3::X, DVec3::Z], 0.2);
        let point = DVec3::new(3.0, 1.0, -7.0);
        let place = |eye: DVec3| {
            let [x, y, z, w] = hatching.in_eye(eye);
            (Vec3::new(x, y, z).dot((point - eye).as_vec3()) + w).rem_euclid(1.0)
        };
        assert!((place(DVec3::new(10.0, -50.0, 3.0)) - place(DVec3::new(-40.0, -10.0, 30.0))).abs() < 1e-4);
    }
}
