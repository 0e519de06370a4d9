//! Which triangles lie on a surface, and how far they are off.

use glam::DVec3;

use super::Recognizer;
use super::level::Level;
use crate::features::surface::{Kind, Surface};
use crate::math;

/// Which triangles lie on a surface.
pub(super) struct Acceptance {
    surface: Surface,
    pub(super) tolerance: f64,
    chord_rad: f64,
    least_cosine: f64,
    /// How far a corner may be out of place.
    sliver: f64,
    sign: f64,
}

impl Acceptance {
    pub(super) fn new(
        of: &Recognizer<'_>,
        seed: u32,
        surface: Surface,
        turn_rad: f64,
        slack: f64,
        level: &Level,
    ) -> Self {
        let sign = surface.normal(of.middle(seed)).dot(of.normal(seed)).signum();
        let allowed_rad = match surface.kind {
            Kind::Plane => level.plane_rad,
            // A triangle's middle is not that of its facet.
            _ => 0.75 * turn_rad + level.normal_rad,
        };
        // The diagonal of a square facet is longer than its sides.
        let chord_rad = 1.5 * turn_rad;
        let tolerance = level.tolerance(&surface, of.size) * slack;
        let sliver = if level.is_scanned() { tolerance } else { of.rounding };
        Self { surface, tolerance, chord_rad, least_cosine: math::cos(allowed_rad), sliver, sign }
    }

    pub(super) fn takes(&self, of: &Recognizer<'_>, triangle: u32) -> bool {
        let points = of.mesh.triangle_points(triangle as usize);
        let middle = (points[0] + points[1] + points[2]) / 3.0;
        let allowed = self.tolerance + self.surface.chord(middle, self.chord_rad);
        if points.iter().chain([&middle]).any(|&point| self.surface.distance(point).abs() > allowed) {
            return false;
        }
        let across = (points[1] - points[0]).cross(points[2] - points[0]);
        let length = across.length();
        let longest = (0..3).map(|i| points[i].distance(points[(i + 1) % 3])).fold(0.0, f64::max);
        let normal = self.surface.normal(middle);
        // The normal of a sliver says little: with a corner moved by what is rounded it would agree.
        across.cross(normal).length() <= self.sliver * longest
            || across.dot(normal) * self.sign >= self.least_cosine * length
    }
}

/// How far points are off a surface, and how far along its axis they reach.
#[derive(Clone, Copy, Debug)]
pub(super) struct Measured {
    pub(super) max: f64,
    pub(super) squares: f64,
    pub(super) count: usize,
    pub(super) chord: f64,
    pub(super) low: f64,
    pub(super) high: f64,
}

impl Default for Measured {
    fn default() -> Self {
        Self { max: 0.0, squares: 0.0, count: 0, chord: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl Measured {
    pub(super) fn add(&mut self, surface: &Surface, point: DVec3, tolerance: f64) {
        let at = surface.cylindrical(point);
        self.low = self.low.min(at.height);
        self.high = self.high.max(at.height);
        let off = surface.profile(&at).distance.abs();
        if off <= tolerance || surface.kind == Kind::Plane {
            self.max = self.max.max(off);
            self.squares += off * off;
            self.count += 1;
        } else {
            self.chord = self.chord.max(off);
        }
    }
}
