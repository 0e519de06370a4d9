//! How often a surface goes round a point.

use std::f64::consts::TAU;

use glam::DVec3;

use crate::bvh::Bvh;
use crate::progress::{Cancelled, Progress, Unwatched, report_at};
use crate::{Mesh, math};

/// Nodes farther away than this many times their radius are seen as one facet. The error is below a hundredth of a turn,
/// far less than what tells inside from outside; with half of it it was found to be twice that.
const FAR: f64 = 5.0;

/// The solid angle under which a triangle is seen, in `-2π..=2π`; positive when it is seen from behind, as the triangles
/// around an inner point are (Adriaan van Oosterom and Jan Strackee, “The Solid Angle of a Plane Triangle”, 1983). 0 where
/// the point is in the triangle's plane.
#[must_use]
pub fn solid_angle(point: DVec3, triangle: [DVec3; 3]) -> f64 {
    let [a, b, c] = triangle.map(|corner| corner - point);
    let (la, lb, lc) = (a.length(), b.length(), c.length());
    let numerator = a.dot(b.cross(c));
    if numerator == 0.0 {
        return 0.0;
    }
    let denominator = la * lb * lc + a.dot(b) * lc + b.dot(c) * la + c.dot(a) * lb;
    2.0 * math::atan2(numerator, denominator)
}

/// The generalised winding number (Alec Jacobson, Ladislav Kavan and Olga Sorkine-Hornung, “Robust Inside-Outside
/// Segmentation using Generalized Winding Numbers”, 2013): 1 inside a closed outward surface, 0 outside, and near to one of
/// them where a surface is almost closed. Takes time in proportion to the number of triangles; see [`WindingTree`].
///
/// # Panics
/// When a triangle names a position that does not exist; see [`Mesh::validate`].
#[must_use]
pub fn winding_number(mesh: &Mesh, point: DVec3) -> f64 {
    let angles = (0..mesh.triangles.len()).map(|triangle| solid_angle(point, mesh.triangle_points(triangle)));
    angles.sum::<f64>() / (2.0 * TAU)
}

/// Answers for many points in about the time of a search in a tree: far parts count as one facet each (Gavin Barill et al.,
/// “Fast Winding Numbers for Soups and Clouds”, 2018, with the first two terms of their expansion).
#[derive(Clone, Debug)]
pub struct WindingTree<'a> {
    mesh: &'a Mesh,
    bvh: &'a Bvh,
    facets: Vec<Facet>,
}

/// What a node looks like from far away.
#[derive(Clone, Copy, Debug, Default)]
struct Facet {
    /// Mean of the triangles' middles, weighted by area.
    middle: DVec3,
    /// Everything below is within this distance of the middle.
    radius: f64,
    area: f64,
    /// Sum of the normals, each as long as the triangle's area.
    normal: DVec3,
    /// Sum of outer products of offset from the middle and normal, by columns of the normal's coordinates.
    moments: [DVec3; 3],
}

impl<'a> WindingTree<'a> {
    /// Prepares a mesh; `bvh` must be a tree over its triangles.
    ///
    /// # Panics
    /// When `bvh` names triangles or positions that `mesh` has not.
    #[must_use]
    pub fn new(mesh: &'a Mesh, bvh: &'a Bvh) -> Self {
        Self::new_watched(mesh, bvh, &Unwatched).expect("nobody cancels")
    }

    /// The same for large meshes.
    pub(crate) fn new_watched(
        mesh: &'a Mesh,
        bvh: &'a Bvh,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let mut facets = vec![Facet::default(); bvh.nodes().len()];
        // Children come after their parents.
        for index in (0..facets.len()).rev() {
            report_at(progress, facets.len() - 1 - index, facets.len())?;
            let node = &bvh.nodes()[index];
            facets[index] = if node.is_leaf() {
                Facet::of_triangles(mesh, &bvh.order()[node.items()])
            } else {
                let first = node.first as usize;
                Facet::of_both(&facets[first], &facets[first + 1])
            };
            // No farther than the farthest corner of the box.
            let middle = facets[index].middle;
            let bounds = node.aabb();
            facets[index].radius = (bounds.high() - middle).max(middle - bounds.low()).length();
        }
        Ok(Self { mesh, bvh, facets })
    }

    /// The winding number at a point, to a hundredth.
    #[must_use]
    pub fn at(&self, point: DVec3) -> f64 {
        let mut angle = 0.0;
        let mut waiting = Vec::with_capacity(64);
        if !self.facets.is_empty() {
            waiting.push(0);
        }
        while let Some(index) = waiting.pop() {
            let (node, facet) = (&self.bvh.nodes()[index], &self.facets[index]);
            let offset = facet.middle - point;
            if offset.length_squared() > (FAR * facet.radius) * (FAR * facet.radius) {
                angle += facet.angle(offset);
            } else if node.is_leaf() {
                for &triangle in &self.bvh.order()[node.items()] {
                    angle += solid_angle(point, self.mesh.triangle_points(triangle as usize));
                }
            } else {
                waiting.push(node.first as usize + 1);
                waiting.push(node.first as usize);
            }
        }
        angle / (2.0 * TAU)
    }

    /// Whether the surface goes round a point more than half.
    #[must_use]
    pub fn is_inside(&self, point: DVec3) -> bool {
        self.at(point) > 0.5
    }
}

impl Facet {
    fn of_triangles(mesh: &Mesh, triangles: &[u32]) -> Self {
        let mut facet = Self::default();
        let parts = triangles.iter().map(|&triangle| {
            let [a, b, c] = mesh.triangle_points(triangle as usize);
            ((a + b + c) / 3.0, (b - a).cross(c - a) * 0.5)
        });
        let mut sum = DVec3::ZERO;
        for (middle, normal) in parts.clone() {
            let area = normal.length();
            sum += middle * area;
            facet.area += area;
            facet.normal += normal;
        }
        let any = parts.clone().next().map_or(DVec3::ZERO, |(middle, _)| middle);
        facet.middle = if facet.area > 0.0 { sum / facet.area } else { any };
        for (middle, normal) in parts {
            facet.add_moments(middle - facet.middle, normal);
        }
        facet
    }

    fn of_both(one: &Self, other: &Self) -> Self {
        let area = one.area + other.area;
        let middle =
            if area > 0.0 { (one.middle * one.area + other.middle * other.area) / area } else { one.middle };
        let mut both = Self { middle, area, normal: one.normal + other.normal, ..Self::default() };
        for part in [one, other] {
            for (sum, moment) in both.moments.iter_mut().zip(part.moments) {
                *sum += moment;
            }
            both.add_moments(part.middle - middle, part.normal);
        }
        both
    }

    fn add_moments(&mut self, offset: DVec3, normal: DVec3) {
        for (sum, coordinate) in self.moments.iter_mut().zip(normal.to_array()) {
            *sum += offset * coordinate;
        }
    }

    /// The solid angle from far away: the field of a dipole, and its change over the offsets.
    fn angle(&self, offset: DVec3) -> f64 {
        let squared = offset.length_squared();
        let cubed = squared * squared.sqrt();
        let trace = self.moments[0].x + self.moments[1].y + self.moments[2].z;
        // The moments applied to the direction from both sides.
        let along: f64 =
            self.moments.iter().zip(offset.to_array()).map(|(moment, x)| moment.dot(offset) * x).sum();
        self.normal.dot(offset) / cubed + trace / cubed - 3.0 * along / (cubed * squared)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Primitive;

    #[test]
    fn a_face_of_a_cube_fills_a_sixth_of_the_view() {
        let cube = Primitive::Box { size: DVec3::splat(2.0) }.mesh().expect("allowed");
        let middle = DVec3::Z;
        for face in 0..6 {
            let angle: f64 =
                (face * 2..face * 2 + 2).map(|it| solid_angle(middle, cube.triangle_points(it))).sum();
            assert!((angle - 2.0 * TAU / 6.0).abs() < 1e-14);
        }
        assert!((winding_number(&cube, middle) - 1.0).abs() < 1e-14);
        assert!(winding_number(&cube, DVec3::splat(5.0)).abs() < 1e-14);
        assert_eq!(winding_number(&Mesh::default(), middle), 0.0);
        assert_eq!(WindingTree::new(&Mesh::default(), &Bvh::default()).at(middle), 0.0);
    }

    proptest! {
        /// Near to the exact number everywhere, also for a surface with a hole.
        #[test]
        fn the_tree_agrees_with_all_triangles(
            point in [-9.0..9.0, -9.0..9.0, -5.0..5.0],
            removed in 0_usize..300,
        ) {
            let torus = Primitive::Torus { major_radius: 5.0, minor_radius: 2.0, segments: 48 };
            let mut mesh = torus.mesh().expect("allowed");
            mesh.triangles.drain(..removed);
            let bvh = Bvh::of_mesh(&mesh);
            let point = DVec3::from_array(point);
            let tree = WindingTree::new(&mesh, &bvh);
            let (found, expected) = (tree.at(point), winding_number(&mesh, point));
            prop_assert!((found - expected).abs() < 0.01, "{} instead of {}", found, expected);
            prop_assert_eq!(tree.is_inside(point), found > 0.5);
        }
    }
}
