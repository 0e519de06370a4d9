//! How exactly a mesh is expected to follow a surface.

use super::DEGREE;
use crate::features::surface::{Kind, Surface};

/// How exactly a mesh is expected to follow a surface.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    /// How far a vertex may be from a curved surface, in its radii.
    pub(super) per_radius: f64,
    /// The same at least, and for planes, in sizes of the mesh.
    pub(super) per_size: f64,
    /// How far the normals in a plane may differ.
    pub(super) plane_rad: f64,
    /// How far other normals may differ, beyond what facets make.
    pub(super) normal_rad: f64,
    /// Triangles that a curved surface must have.
    pub(super) least: usize,
    /// Sizes of the neighbourhoods that suggest surfaces.
    pub(super) neighbourhoods: &'static [usize],
}

/// Made by a program from a shape: wrong by the rounding of a file.
pub(super) const MADE: Level = Level {
    per_radius: 1e-3,
    per_size: 1e-5,
    plane_rad: 0.5 * DEGREE,
    normal_rad: 4.0 * DEGREE,
    least: 3,
    neighbourhoods: &[8, 24, 64],
};

/// Measured: every vertex is a little off. It needs many triangles to say anything.
pub(super) const SCANNED: Level = Level {
    per_radius: 1.5e-2,
    per_size: 3e-4,
    plane_rad: 20.0 * DEGREE,
    normal_rad: 25.0 * DEGREE,
    least: 40,
    neighbourhoods: &[200],
};

/// Facets of what was measured turn by this at most from one to the next.
const SCANNED_TURN_RAD: f64 = 5.0 * DEGREE;

impl Level {
    /// Whether every vertex may be a little off.
    pub(super) fn is_scanned(&self) -> bool {
        self.least > MADE.least
    }

    /// The most that facets are expected to turn from one to the next.
    pub(super) fn most_turn(&self) -> f64 {
        if self.is_scanned() { SCANNED_TURN_RAD } else { f64::INFINITY }
    }

    /// How far a vertex may be from a surface, in millimetres, on a mesh of a size.
    pub(super) fn tolerance(&self, surface: &Surface, size: f64) -> f64 {
        let least = size * self.per_size;
        // On a small fillet of a large part the part's tolerance would be most of it, and that of a large radius most of a
        // part.
        match surface.kind {
            Kind::Plane => least,
            _ => (surface.size().min(size * 0.25) * self.per_radius).max(least.min(surface.size() * 0.02)),
        }
    }
}
