//! The surface as it was given, for positions to come back to.

use glam::DVec3;

use super::surface::Surface;
use crate::bvh::{Bvh, closest_point_of_segment, for_each_near, nearest_point};
use crate::progress::{Cancelled, Progress, Stretch};
use crate::{Aabb, Mesh};

pub(super) struct Original<'a> {
    mesh: &'a Mesh,
    tree: Bvh,
    creases: Vec<[DVec3; 2]>,
    crease_tree: Bvh,
}

impl<'a> Original<'a> {
    /// `surface` as it was made from `mesh`.
    pub(super) fn new(mesh: &'a Mesh, surface: &Surface, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let creases = surface.creases();
        let box_of = |crease: usize| Aabb::around(&creases[crease]);
        let crease_tree = Bvh::build(creases.len(), box_of, &Stretch::new(progress, 0.0, 0.2))?;
        let tree = Bvh::of_mesh_watched(mesh, &Stretch::new(progress, 0.2, 1.0))?;
        Ok(Self { mesh, tree, creases, crease_tree })
    }

    /// The nearest point of the surface, unless it is too far away or on a side that faces elsewhere.
    pub(super) fn on_surface(&self, point: DVec3, normal: DVec3, max_distance: f64) -> Option<DVec3> {
        let nearest = nearest_point(&self.tree, self.mesh, point, max_distance)?;
        let [a, b, c] = self.mesh.triangle_points(nearest.triangle as usize);
        ((b - a).cross(c - a).dot(normal) > 0.0).then_some(nearest.point)
    }

    /// The nearest point of a crease, unless it is too far away.
    pub(super) fn on_crease(&self, point: DVec3, max_distance: f64) -> Option<DVec3> {
        let mut found: Option<(f64, u32, DVec3)> = None;
        for_each_near(&self.crease_tree, point, max_distance, |crease| {
            let [a, b] = self.creases[crease as usize];
            let nearest = closest_point_of_segment(point, a, b);
            let distance = nearest.distance(point);
            let is_nearer = found.is_none_or(|(old, number, _)| (distance, crease) < (old, number));
            if distance <= max_distance && is_nearer {
                found = Some((distance, crease, nearest));
            }
            found.map_or(max_distance, |(distance, ..)| distance)
        });
        found.map(|(.., nearest)| nearest)
    }
}
