//! Walks over the triangles of a mesh, and what is seen on the way.

use std::f64::consts::TAU;

use glam::DVec3;

use super::angles::MAX_TURN_RAD;
use super::{MAX_POINTS, Recognizer};
use crate::features::NONE;
use crate::features::estimate::Patch;
use crate::features::surface::Surface;
use crate::math;
use crate::topology::{BOUNDARY, DEGENERATE, NON_MANIFOLD};

impl Recognizer<'_> {
    /// How far the normals of triangles are from their mean at most.
    pub(super) fn spread(&self, triangles: &[u32]) -> f64 {
        let mean: DVec3 = triangles.iter().map(|&triangle| self.normal(triangle) * self.area(triangle)).sum();
        match mean.try_normalize() {
            Some(mean) => triangles
                .iter()
                .map(|&triangle| math::acos(self.normal(triangle).dot(mean)))
                .fold(0.0, f64::max),
            None => TAU,
        }
    }

    /// Triangles about a seed that are reached without a crease, in the order of their steps from it.
    pub(super) fn smooth_around(&mut self, seed: u32, count: usize) -> Vec<u32> {
        let least = math::cos(MAX_TURN_RAD);
        self.flood(seed, count, |this, from, to| this.bends_less(from, to, least))
    }

    /// Triangles reached from a seed across edges of two triangles, at most so many; only those that no face has.
    pub(super) fn flood(
        &mut self,
        seed: u32,
        limit: usize,
        takes: impl Fn(&Self, u32, u32) -> bool,
    ) -> Vec<u32> {
        self.num_floods += 1;
        let flood = self.num_floods;
        self.seen[seed as usize] = flood;
        let mut found = vec![seed];
        let mut next = 0;
        while next < found.len() && found.len() < limit {
            let from = found[next];
            next += 1;
            self.patience = self.patience.saturating_sub(1);
            for corner in 0..3 {
                let Some(to) = self.neighbour(from, corner) else { continue };
                let is_open = self.seen[to as usize] != flood && self.face_of_triangle[to as usize] == NONE;
                if is_open && found.len() < limit && takes(self, from, to) {
                    self.seen[to as usize] = flood;
                    found.push(to);
                }
            }
        }
        found
    }

    pub(super) fn neighbour(&self, triangle: u32, corner: usize) -> Option<u32> {
        match self.opposites[triangle as usize * 3 + corner] {
            BOUNDARY | NON_MANIFOLD | DEGENERATE => None,
            opposite => Some(opposite / 3),
        }
    }

    pub(super) fn bends_less(&self, from: u32, to: u32, least_cosine: f64) -> bool {
        let (one, other) = (self.normal(from), self.normal(to));
        one == DVec3::ZERO || other == DVec3::ZERO || one.dot(other) >= least_cosine
    }

    pub(super) fn normal(&self, triangle: u32) -> DVec3 {
        let [a, b, c] = self.mesh.triangle_points(triangle as usize);
        (b - a).cross(c - a).try_normalize().unwrap_or(DVec3::ZERO)
    }

    pub(super) fn area(&self, triangle: u32) -> f64 {
        let [a, b, c] = self.mesh.triangle_points(triangle as usize);
        0.5 * (b - a).cross(c - a).length()
    }

    pub(super) fn middle(&self, triangle: u32) -> DVec3 {
        self.mesh.triangle_points(triangle as usize).iter().sum::<DVec3>() / 3.0
    }

    /// By how much neighbours among some triangles bend; of those that bend, the middle one.
    pub(super) fn turn(&self, triangles: &[u32]) -> f64 {
        let mut sorted = triangles.to_vec();
        sorted.sort_unstable();
        let mut turns = Vec::new();
        for &triangle in triangles {
            for corner in 0..3 {
                let Some(other) = self.neighbour(triangle, corner).filter(|&other| other > triangle) else {
                    continue;
                };
                if sorted.binary_search(&other).is_ok() {
                    let turn = math::acos(self.normal(triangle).dot(self.normal(other)));
                    if turn > 1e-4 && self.bends_less(triangle, other, math::cos(MAX_TURN_RAD)) {
                        turns.push(turn);
                    }
                }
            }
        }
        turns.sort_by(f64::total_cmp);
        turns.get(turns.len() / 2).copied().unwrap_or(0.0)
    }

    /// What fits look at; of many triangles some, evenly. With a surface, points that are on it are preferred.
    pub(super) fn patch(&self, triangles: &[u32], near: Option<(&Surface, f64)>) -> Patch {
        let every = triangles.len().div_ceil(MAX_POINTS);
        let mut sample: Vec<u32> = triangles.iter().step_by(every.max(1)).copied().collect();
        let mut indices: Vec<u32> =
            sample.iter().flat_map(|&triangle| self.mesh.triangles[triangle as usize]).collect();
        indices.sort_unstable();
        indices.dedup();
        let mut points: Vec<DVec3> =
            indices.iter().map(|&index| self.mesh.positions[index as usize]).collect();
        if let Some((surface, tolerance)) = near {
            let on_it: Vec<DVec3> =
                points.iter().copied().filter(|&point| surface.distance(point).abs() <= tolerance).collect();
            if on_it.len() * 2 >= points.len() {
                points = on_it;
            }
            return Patch { points, ..Patch::default() };
        }
        let mut patch = Patch { points, ..Patch::default() };
        sample.sort_unstable();
        for &triangle in &sample {
            let normal = self.normal(triangle);
            if normal == DVec3::ZERO {
                continue;
            }
            patch.normals.push((normal, self.area(triangle).sqrt()));
            patch.centers.push(self.middle(triangle));
            let points = self.mesh.triangle_points(triangle as usize);
            for corner in 0..3 {
                let Some(other) = self.neighbour(triangle, corner).filter(|&other| other > triangle) else {
                    continue;
                };
                if let Some(mean) = (normal + self.normal(other)).try_normalize()
                    && sample.binary_search(&other).is_ok()
                {
                    patch.middles.push(((points[corner] + points[(corner + 1) % 3]) * 0.5, mean));
                }
            }
        }
        patch
    }
}
