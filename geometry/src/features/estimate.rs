//! First guesses of surfaces from a few triangles, in closed form.

use glam::{DVec2, DVec3};

use super::circle::circle_in_plane;
use super::linear::{eigen, solve};
use super::surface::{Kind, Surface};
use crate::math;

/// A few triangles that may be part of one surface.
#[derive(Clone, Debug, Default)]
pub(super) struct Patch {
    /// Their corners, each once.
    pub(super) points: Vec<DVec3>,
    /// Their normals, of length 1, weighted by the roots of their areas so that slivers count little.
    pub(super) normals: Vec<(DVec3, f64)>,
    /// Points in their planes that belong to the normals.
    pub(super) centers: Vec<DVec3>,
    /// Middles of edges between them with the mean of both normals: where facets are alike, a normal of the surface.
    pub(super) middles: Vec<(DVec3, DVec3)>,
}

impl Patch {
    /// A surface of a kind through the patch, about.
    pub(super) fn estimate(&self, kind: Kind) -> Option<Surface> {
        let found = match kind {
            Kind::Plane => self.plane(),
            Kind::Cylinder => self.cylinder(),
            Kind::Cone => self.cone(),
            Kind::Sphere => self.sphere(),
            Kind::Torus => self.torus(),
        }?;
        found.is_sound().then_some(found)
    }

    pub(super) fn middle(&self) -> DVec3 {
        mean(&self.points)
    }

    fn plane(&self) -> Option<Surface> {
        let normal = self.normals.iter().map(|(normal, weight)| *normal * *weight).sum::<DVec3>();
        let axis = normal.try_normalize()?;
        Some(Surface { kind: Kind::Plane, origin: self.middle(), axis, radius: 0.0, other: 0.0 })
    }

    /// The direction in which the normals, less `around`, have the smallest part, if they have more in two others.
    fn flattest(&self, around: DVec3) -> Option<DVec3> {
        let mut matrix = [[0.0; 3]; 3];
        let mut sum = 0.0;
        for (normal, weight) in &self.normals {
            let normal = (*normal - around).to_array();
            sum += weight;
            for (i, row) in matrix.iter_mut().enumerate() {
                for (j, entry) in row.iter_mut().enumerate() {
                    *entry += weight * normal[i] * normal[j];
                }
            }
        }
        let (values, vectors) = eigen(matrix);
        // Normals that all but agree say nothing about an axis: less than half a degree of spread.
        (values[1] > sum * 2e-5).then(|| DVec3::from_array(vectors[0])).and_then(DVec3::try_normalize)
    }

    fn cylinder(&self) -> Option<Surface> {
        let axis = self.flattest(DVec3::ZERO)?;
        let middle = self.middle();
        let (u, v) = axis.any_orthonormal_pair();
        let flat: Vec<DVec2> = self
            .points
            .iter()
            .map(|&point| DVec2::new((point - middle).dot(u), (point - middle).dot(v)))
            .collect();
        let (center, radius) = circle_in_plane(&flat)?;
        let origin = middle + u * center.x + v * center.y;
        Some(Surface { kind: Kind::Cylinder, origin, axis, radius, other: 0.0 })
    }

    /// All planes of a cone's facets meet in its apex, and its normals have the same part along the axis.
    fn cone(&self) -> Option<Surface> {
        let weights: f64 = self.normals.iter().map(|(_, weight)| weight).sum();
        let mean_normal =
            self.normals.iter().map(|(normal, weight)| *normal * *weight).sum::<DVec3>() / weights;
        let mut axis = self.flattest(mean_normal)?;
        let middle = self.middle();
        let mut matrix = [[0.0; 3]; 3];
        let mut right = [0.0; 3];
        for ((normal, weight), center) in self.normals.iter().zip(&self.centers) {
            let offset = normal.dot(*center - middle);
            let normal = normal.to_array();
            for i in 0..3 {
                right[i] += weight * normal[i] * offset;
                for j in 0..3 {
                    matrix[i][j] += weight * normal[i] * normal[j];
                }
            }
        }
        let apex = middle + DVec3::from_array(solve(&matrix, &right, 3)?);
        if (middle - apex).dot(axis) < 0.0 {
            axis = -axis;
        }
        // Facets are steeper than the cone, whose angle is that of its vertices.
        let line = Surface { kind: Kind::Cone, origin: apex, axis, radius: 0.0, other: 0.0 };
        let [mut across, mut along] = [0.0; 2];
        for &point in &self.points {
            let at = line.cylindrical(point);
            across += at.rho * at.height;
            along += at.height * at.height;
        }
        let angle = math::atan2(across, along);
        let height = (middle - apex).dot(axis);
        let radius = height * math::sin(angle) / math::cos(angle);
        Some(Surface { origin: apex + axis * height, radius, other: angle, ..line })
    }

    fn sphere(&self) -> Option<Surface> {
        let middle = self.middle();
        let mut matrix = [[0.0; 4]; 4];
        let mut right = [0.0; 4];
        for &point in &self.points {
            let from = point - middle;
            let row = [2.0 * from.x, 2.0 * from.y, 2.0 * from.z, 1.0];
            let square = from.length_squared();
            for i in 0..4 {
                right[i] += row[i] * square;
                for j in 0..4 {
                    matrix[i][j] += row[i] * row[j];
                }
            }
        }
        let [x, y, z, rest] = solve(&matrix, &right, 4)?;
        let center = DVec3::new(x, y, z);
        let radius = (rest + center.length_squared()).sqrt();
        let origin = middle + center;
        Some(Surface { kind: Kind::Sphere, origin, axis: DVec3::Z, radius, other: 0.0 })
    }

    /// The normals of a surface of revolution meet its axis, which makes a linear system for the axis (H. Pottmann,
    /// T. Randrup, “Rotational and helical surface approximation for reverse engineering”, 1998); about it the points lie on a
    /// circle.
    fn torus(&self) -> Option<Surface> {
        let middle = self.middle();
        let size = self.points.iter().map(|point| point.distance(middle)).fold(0.0, f64::max);
        if self.middles.len() < 8 || size <= 0.0 {
            return None;
        }
        let mut matrix = [[0.0; 6]; 6];
        for (point, normal) in &self.middles {
            let moment = ((*point - middle) / size).cross(*normal);
            let row = [moment.x, moment.y, moment.z, normal.x, normal.y, normal.z];
            for i in 0..6 {
                for j in 0..6 {
                    matrix[i][j] += row[i] * row[j];
                }
            }
        }
        let (values, vectors) = eigen(matrix);
        // With a second solution it is a cylinder, a sphere or a plane.
        if values[1] < values[5] * 1e-9 {
            return None;
        }
        let [x, y, z, a, b, c] = vectors[0];
        let direction = DVec3::new(x, y, z);
        let length = direction.length();
        let axis = direction.try_normalize()?;
        let moment = DVec3::new(a, b, c) / length;
        let on_axis = middle + axis.cross(moment) * size;
        let line = Surface { kind: Kind::Torus, origin: on_axis, axis, radius: 0.0, other: 0.0 };
        let flat: Vec<DVec2> = self
            .points
            .iter()
            .map(|&point| {
                let at = line.cylindrical(point);
                DVec2::new(at.rho, at.height)
            })
            .collect();
        let (center, minor) = circle_in_plane(&flat)?;
        Some(Surface { origin: on_axis + axis * center.y, radius: center.x, other: minor, ..line })
    }
}

pub(super) fn mean(points: &[DVec3]) -> DVec3 {
    points.iter().sum::<DVec3>() / points.len().max(1) as f64
}
