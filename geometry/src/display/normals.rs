//! Normals of faces and of smooth groups, and the edges between the groups.

use glam::{DVec3, Vec3};

use crate::math;
use crate::progress::{Cancelled, Progress};
use crate::topology::{Edges, end_of, next_halfedge, previous_halfedge, start_of};

/// Marks a halfedge across which shading does not go on.
const HARD: u32 = u32::MAX;

/// Angles that exceed a limit by rounding only, such as those of a prism with twelve sides, are within it. 0.01° at 30°.
const COSINE_SLACK: f32 = 1e-4;

/// Work between two looks at the progress.
pub(crate) const STEP: usize = 1 << 13;

/// What each triangle contributes.
pub(crate) struct Faces {
    /// Unit normals; zero where the triangle has no area.
    pub(crate) normals: Vec<Vec3>,
    /// Angles at the corners, radians.
    pub(crate) angles: Vec<[f32; 3]>,
}

impl Faces {
    pub(crate) fn new(
        positions: &[DVec3],
        triangles: &[[u32; 3]],
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let mut faces = Self {
            normals: Vec::with_capacity(triangles.len()),
            angles: Vec::with_capacity(triangles.len()),
        };
        for (step, triangles_of_step) in triangles.chunks(STEP).enumerate() {
            progress.report((step * STEP) as f64 / triangles.len() as f64)?;
            for &triangle in triangles_of_step {
                let [a, b, c] = triangle.map(|index| positions[index as usize]);
                let normal = (b - a).cross(c - a);
                // Scaled down or up first, so that the square of the length is a number for all sizes.
                let largest = normal.abs().max_element();
                let unit = if largest > 0.0 { (normal / largest).normalize_or_zero() } else { DVec3::ZERO };
                faces.normals.push(unit.as_vec3());
                faces.angles.push(corner_angles(a, b, c));
            }
        }
        Ok(faces)
    }
}

/// The angles of a triangle in radians, to about 1e-4: they only serve as weights.
fn corner_angles(a: DVec3, b: DVec3, c: DVec3) -> [f32; 3] {
    let unit = |edge: DVec3| {
        let largest = edge.abs().max_element();
        if largest > 0.0 { (edge / largest).normalize_or_zero() } else { DVec3::ZERO }
    };
    let (ab, bc, ca) = (unit(b - a), unit(c - b), unit(a - c));
    let at_a = rough_acos(-(ab.dot(ca) as f32));
    let at_b = rough_acos(-(bc.dot(ab) as f32));
    [at_a, at_b, (std::f32::consts::PI - at_a - at_b).max(0.0)]
}

/// Arc cosine to 7e-5 (Milton Abramowitz and Irene Stegun, “Handbook of Mathematical Functions”, 1964, 4.4.45).
fn rough_acos(cosine: f32) -> f32 {
    let x = cosine.abs().min(1.0);
    let angle = (1.0 - x).sqrt() * (1.570_728_8 + x * (-0.212_114_4 + x * (0.074_261_0 - x * 0.018_729_3)));
    if cosine < 0.0 { std::f32::consts::PI - angle } else { angle }
}

/// The halfedge on the other side of each halfedge where shading goes on across the edge, else [`HARD`]; and the edges
/// that bend sharply, end, or have more than two triangles.
pub(crate) struct Creases {
    smooth_opposites: Vec<u32>,
    /// Position indices of the ends.
    pub(crate) feature_edges: Vec<[u32; 2]>,
}

impl Creases {
    /// `looks_smooth` tells for two opposite halfedges whether the mesh brings normals that make their edge smooth.
    pub(crate) fn new(
        triangles: &[[u32; 3]],
        edges: &Edges,
        faces: &Faces,
        crease_angle_rad: f64,
        feature_angle_rad: f64,
        looks_smooth: impl Fn(u32, u32) -> bool,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let limit =
            |angle_rad: f64| (math::cos(angle_rad.clamp(0.0, std::f64::consts::PI)) as f32) - COSINE_SLACK;
        let is_flat = crease_angle_rad <= 0.0;
        let (crease_limit, feature_limit) = (limit(crease_angle_rad), limit(feature_angle_rad));
        let mut creases =
            Self { smooth_opposites: vec![HARD; triangles.len() * 3], feature_edges: Vec::new() };
        for (number, halfedges) in edges.iter().enumerate() {
            if number.is_multiple_of(STEP) {
                progress.report(number as f64 / edges.len() as f64)?;
            }
            let first = halfedges[0];
            let is_feature = match *halfedges {
                [one, other] if start_of(triangles, one) != start_of(triangles, other) => {
                    let normals = [one, other].map(|halfedge| faces.normals[halfedge as usize / 3]);
                    let cosine = normals[0].dot(normals[1]);
                    if cosine >= crease_limit && !is_flat {
                        creases.smooth_opposites[one as usize] = other;
                        creases.smooth_opposites[other as usize] = one;
                    }
                    // A triangle without area does not say how far the surface bends.
                    let has_areas = normals[0] != Vec3::ZERO && normals[1] != Vec3::ZERO;
                    cosine < feature_limit && has_areas && !looks_smooth(one, other)
                }
                _ => true,
            };
            if is_feature {
                creases.feature_edges.push([start_of(triangles, first), end_of(triangles, first)]);
            }
        }
        Ok(creases)
    }

    /// The smooth group of each corner: groups are fans of triangles about a position, bounded by hard edges.
    pub(crate) fn groups(&self, faces: &Faces, progress: &dyn Progress) -> Result<SmoothGroups, Cancelled> {
        const UNKNOWN: u32 = u32::MAX;
        let num_corners = self.smooth_opposites.len();
        let mut groups = SmoothGroups { of_corner: vec![UNKNOWN; num_corners], normals: Vec::new() };
        for first in 0..num_corners {
            if first.is_multiple_of(STEP) {
                progress.report(first as f64 / num_corners as f64)?;
            }
            if groups.of_corner[first] != UNKNOWN {
                continue;
            }
            let group = groups.normals.len() as u32;
            let mut sum = Vec3::ZERO;
            let mut take = |corner: u32| {
                let is_new = groups.of_corner[corner as usize] == UNKNOWN;
                if is_new {
                    groups.of_corner[corner as usize] = group;
                    let (triangle, place) = (corner as usize / 3, corner as usize % 3);
                    sum += faces.normals[triangle] * faces.angles[triangle][place];
                }
                is_new
            };
            // Round about the position one way until a hard edge or the first corner, then the other way.
            let first = first as u32;
            let mut corner = first;
            while take(corner) {
                match self.smooth_opposites[previous_halfedge(corner) as usize] {
                    HARD => break,
                    opposite => corner = opposite,
                }
            }
            corner = first;
            loop {
                match self.smooth_opposites[corner as usize] {
                    HARD => break,
                    opposite => corner = next_halfedge(opposite),
                }
                if !take(corner) {
                    break;
                }
            }
            let normal = sum.try_normalize().unwrap_or(faces.normals[first as usize / 3]);
            groups.normals.push(normal);
        }
        Ok(groups)
    }
}

/// Corners that share a normal.
pub(crate) struct SmoothGroups {
    /// The group of each corner.
    pub(crate) of_corner: Vec<u32>,
    /// The unit normal of each group; zero where no triangle has an area.
    pub(crate) normals: Vec<Vec3>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn angles_are_right_enough() {
        let angles =
            corner_angles(DVec3::ZERO, DVec3::X * 1e200, DVec3::new(0.5, 3_f64.sqrt() / 2.0, 0.0) * 1e200);
        assert!(angles.iter().all(|angle| (angle - std::f32::consts::FRAC_PI_3).abs() < 2e-4), "{angles:?}");
        assert_eq!(corner_angles(DVec3::ZERO, DVec3::ZERO, DVec3::ZERO).map(f32::is_finite), [true; 3]);
        for degrees in 0..=180 {
            let angle = (degrees as f32).to_radians();
            assert!((rough_acos(angle.cos()) - angle).abs() < 4e-4, "{degrees}");
        }
    }
}
