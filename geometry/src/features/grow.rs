//! Faces grown from triangles.

mod acceptance;
mod angles;
mod level;
mod walk;

use std::f64::consts::TAU;

use glam::DVec3;

use acceptance::{Acceptance, Measured};
use angles::{CREASE_RAD, LEAST_TURN_RAD, MAX_TURN_RAD, Steps, angles_about, is_round};
use level::{Level, MADE, SCANNED};

use super::estimate::Patch;
use super::refine::refine;
use super::surface::{Kind, Surface};
use super::{Face, Fit, NONE, Shape};
use crate::progress::{Stretch, report_at};
use crate::topology::Edges;
use crate::{Cancelled, Mesh, Progress, math};

const DEGREE: f64 = TAU / 360.0;

/// What the coordinates of a file are rounded to, as part of the largest: a few of the steps of single precision.
const ROUNDING: f64 = 5e-7;

/// Points that a fit looks at; more do not make it better.
const MAX_POINTS: usize = 240;

/// Triangles of which the bends are looked at again while a face grows.
const FRONTIER: usize = 300;

/// Neighbours of a flat facet that are looked at.
const MAX_FACETS: usize = 6;

/// Seeds that may fail before fewer are tried: a mesh without such surfaces would take long otherwise.
const PATIENCE: usize = 600;

/// How often each triangle of a mesh may be looked at in vain, on average: organic shapes have no such surfaces, and looking
/// for them takes longest.
const WORTH: usize = 12;

/// Small meshes are looked at more often.
const LEAST_WORTH: usize = 2_000_000;

/// Triangles around a failed seed that are not tried then.
const PASSED_OVER: usize = 200;

/// A surface that was measured is one where it ends at edges, or where it turns by this much; over a short way anything is a
/// sphere, about.
const CERTAIN_TURN_RAD: f64 = 60.0 * DEGREE;

/// Grows faces on one mesh.
pub struct Recognizer<'a> {
    mesh: &'a Mesh,
    opposites: Vec<u32>,
    size: f64,
    /// How far off positions may be because of the file they were in.
    rounding: f64,
    /// The number of the last flood that came by each triangle.
    seen: Vec<u32>,
    num_floods: u32,
    face_of_triangle: Vec<u32>,
    /// How many triangles may still be looked at in vain.
    patience: usize,
}

/// A face with its triangles, in the order in which they were found.
#[derive(Clone, Debug)]
struct Region {
    surface: Surface,
    triangles: Vec<u32>,
    area: f64,
    face: Face,
}

impl<'a> Recognizer<'a> {
    /// Finds out which triangles are neighbours; some hundredths of a second for a million.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    ///
    /// # Panics
    /// When a triangle names a position that does not exist; see [`Mesh::validate`].
    pub fn new(mesh: &'a Mesh, progress: &dyn Progress) -> Result<Self, Cancelled> {
        let edges =
            Edges::new_watched(&mesh.triangles, mesh.positions.len(), &Stretch::new(progress, 0.0, 0.7))?;
        let opposites = edges.opposites_watched(&mesh.triangles, &Stretch::new(progress, 0.7, 1.0))?;
        let bounds = mesh.bounds().unwrap_or_default();
        let size = bounds.0.distance(bounds.1);
        let rounding = ROUNDING * bounds.0.abs().max(bounds.1.abs()).max_element();
        let count = mesh.triangles.len();
        Ok(Self {
            mesh,
            opposites,
            size,
            rounding,
            seen: vec![0; count],
            num_floods: 0,
            face_of_triangle: vec![NONE; count],
            patience: usize::MAX,
        })
    }

    /// What is on the other side of each halfedge.
    pub(super) fn opposites(&self) -> &[u32] {
        &self.opposites
    }

    /// The face a triangle is in, and its triangles, the given one first. The work is that of the face, not of the mesh.
    /// A triangle without a shape that goes on beyond it is a plane.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    ///
    /// # Panics
    /// When there is no such triangle.
    pub fn face_at(&mut self, triangle: u32, progress: &dyn Progress) -> Result<(Face, Vec<u32>), Cancelled> {
        self.patience = usize::MAX;
        let found = self.grow(triangle, progress)?;
        Ok(match found {
            Some(region) => (region.face, region.triangles),
            None => {
                let face =
                    Face { shape: None, fit: Fit::default(), area: self.area(triangle), num_triangles: 1 };
                (face, vec![triangle])
            }
        })
    }

    /// Gives every triangle its face.
    pub(super) fn all_faces(&mut self, progress: &dyn Progress) -> Result<(Vec<Face>, Vec<u32>), Cancelled> {
        let count = self.mesh.triangles.len();
        let mut faces: Vec<Face> = Vec::new();
        let mut weak: Vec<Region> = Vec::new();
        let mut is_tried = vec![false; count];
        let mut num_failed = 0_usize;
        self.patience = count.saturating_mul(WORTH).saturating_add(LEAST_WORTH);
        for seed in 0..count as u32 {
            report_at(progress, seed as usize, count)?;
            if self.face_of_triangle[seed as usize] != NONE || is_tried[seed as usize] {
                continue;
            }
            let Some(region) = self.grow(seed, &Stretch::new(progress, 0.0, 0.0))? else { continue };
            let is_curved = region.surface.kind != Kind::Plane;
            if is_curved || self.stands_out(&region, |_| true) {
                self.take(&region, &mut faces);
                continue;
            }
            num_failed += 1;
            let beyond = self.smooth_around(seed, if num_failed > PATIENCE { PASSED_OVER } else { 1 });
            let tried = region.triangles.iter().chain(&beyond);
            tried.for_each(|&triangle| is_tried[triangle as usize] = true);
            weak.push(region);
        }
        // A flat bit between curved faces is a plane, one between many flat bits is a facet of something unknown.
        for region in weak {
            let is_free =
                region.triangles.iter().all(|&triangle| self.face_of_triangle[triangle as usize] == NONE);
            if is_free
                && self.stands_out(&region, |triangle| self.face_of_triangle[triangle as usize] == NONE)
            {
                self.take(&region, &mut faces);
            }
        }
        self.take_the_rest(&mut faces, progress)?;
        Ok((faces, self.face_of_triangle.clone()))
    }

    fn take(&mut self, region: &Region, faces: &mut Vec<Face>) {
        for &triangle in &region.triangles {
            self.face_of_triangle[triangle as usize] = faces.len() as u32;
        }
        faces.push(region.face);
    }

    /// What is left: faces without a shape, bounded by creases.
    fn take_the_rest(&mut self, faces: &mut Vec<Face>, progress: &dyn Progress) -> Result<(), Cancelled> {
        for seed in 0..self.mesh.triangles.len() as u32 {
            report_at(progress, seed as usize, self.mesh.triangles.len())?;
            if self.face_of_triangle[seed as usize] != NONE
                || crate::topology::is_degenerate(self.mesh.triangles[seed as usize])
            {
                continue;
            }
            let least = math::cos(CREASE_RAD);
            let triangles = self.flood(seed, usize::MAX, |this, from, to| this.bends_less(from, to, least));
            let area = triangles.iter().map(|&triangle| self.area(triangle)).sum();
            for &triangle in &triangles {
                self.face_of_triangle[triangle as usize] = faces.len() as u32;
            }
            let num_triangles = triangles.len() as u32;
            faces.push(Face { shape: None, fit: Fit::default(), area, num_triangles });
        }
        Ok(())
    }

    /// Whether less than half of a region's border leads on smoothly, to triangles that count.
    fn stands_out(&self, region: &Region, counts: impl Fn(u32) -> bool) -> bool {
        let mut sorted = region.triangles.clone();
        sorted.sort_unstable();
        let least = math::cos(CREASE_RAD);
        let [mut all, mut smooth] = [0.0; 2];
        for &triangle in &region.triangles {
            for corner in 0..3 {
                let neighbour = self.neighbour(triangle, corner);
                if neighbour.is_some_and(|other| sorted.binary_search(&other).is_ok()) {
                    continue;
                }
                let points = self.mesh.triangle_points(triangle as usize);
                let length = points[corner].distance(points[(corner + 1) % 3]);
                all += length;
                if neighbour.is_some_and(|other| counts(other) && self.bends_less(triangle, other, least)) {
                    smooth += length;
                }
            }
        }
        all == 0.0 || smooth < 0.5 * all
    }

    /// The face that covers most of those that a triangle may be in.
    fn grow(&mut self, seed: u32, progress: &dyn Progress) -> Result<Option<Region>, Cancelled> {
        if self.normal(seed) == DVec3::ZERO {
            return Ok(None);
        }
        for level in [&MADE, &SCANNED] {
            progress.report(0.0)?;
            if self.patience == 0 {
                break;
            }
            let patience = self.patience;
            let plane = self.grow_plane(seed, level, usize::MAX);
            let around = self.smooth_around(seed, SCANNED.neighbourhoods[0]);
            if level.is_scanned() && (around.len() < level.least || plane.triangles.len() >= around.len()) {
                return Ok(self.grown_plane(seed, &MADE));
            }
            let curved = self.grow_curved(seed, &plane, level, progress)?;
            let best = match curved {
                // A facet of a round face is flat, but less than the face.
                Some(curved) if curved.area > 1.5 * plane.area => curved,
                _ => plane,
            };
            let is_curved = best.surface.kind != Kind::Plane;
            let is_certain = if !level.is_scanned() {
                is_curved || best.triangles.len() >= around.len().min(SCANNED.least)
            } else {
                best.triangles.len() >= SCANNED.least
                    && (self.stands_out(&best, |_| true)
                        || (is_curved && self.spread(&best.triangles) >= CERTAIN_TURN_RAD))
            };
            if is_certain {
                if is_curved {
                    self.patience = patience;
                }
                return Ok(Some(best));
            }
        }
        Ok(self.grown_plane(seed, &MADE))
    }

    fn grown_plane(&mut self, seed: u32, level: &Level) -> Option<Region> {
        Some(self.grow_plane(seed, level, usize::MAX))
    }

    fn grow_curved(
        &mut self,
        seed: u32,
        plane: &Region,
        level: &Level,
        progress: &dyn Progress,
    ) -> Result<Option<Region>, Cancelled> {
        let mut best: Option<Region> = None;
        for triangles in self.suggestions(seed, plane, level) {
            progress.report(0.0)?;
            let patch = self.patch(&triangles, None);
            // What was measured has fine triangles, whose bends are mostly noise.
            let turn_rad = self.turn(&triangles).min(level.most_turn());
            // Flat as a whole: nothing curved goes through it.
            if turn_rad > MAX_TURN_RAD {
                continue;
            }
            for kind in [Kind::Cylinder, Kind::Cone, Kind::Sphere, Kind::Torus] {
                // What has already become much more than the suggestion is not likely to be beaten by it.
                let is_covered =
                    |best: &Region| best.surface.kind <= kind && best.triangles.len() > 4 * triangles.len();
                // A ring has so many sizes that it follows anything, about.
                let is_vague = level.is_scanned() && kind == Kind::Torus;
                if is_vague || (!level.is_scanned() && best.as_ref().is_some_and(is_covered)) {
                    continue;
                }
                let Some(region) = self.grow_kind(seed, kind, &patch, turn_rad, level, progress)? else {
                    continue;
                };
                // Simple kinds come first; another must cover more to be better.
                if best.as_ref().is_none_or(|best| region.area > 1.02 * best.area) {
                    best = Some(region);
                }
            }
        }
        Ok(best)
    }

    /// Sets of triangles about a seed that may be on one surface.
    fn suggestions(&mut self, seed: u32, plane: &Region, level: &Level) -> Vec<Vec<u32>> {
        let mut sets = Vec::new();
        let mut bends: Vec<f64> = Vec::new();
        // Two facets next to each other make a cylinder: of a fillet of few facets nothing else does.
        if !level.is_scanned() && plane.triangles.len() <= 64 {
            let mut known = plane.triangles.clone();
            for &triangle in &plane.triangles {
                for corner in 0..3 {
                    let Some(other) = self.neighbour(triangle, corner).filter(|other| !known.contains(other))
                    else {
                        continue;
                    };
                    if sets.len() >= MAX_FACETS || !self.bends_less(triangle, other, math::cos(MAX_TURN_RAD))
                    {
                        continue;
                    }
                    bends.push(math::acos(self.normal(triangle).dot(self.normal(other))));
                    let facet = self.grow_plane(other, level, 64).triangles;
                    known.extend(&facet);
                    sets.push(plane.triangles.iter().chain(&facet).copied().collect());
                }
            }
        }
        // A cone may end at edges that bend little, but more than those between its facets.
        bends.sort_by(f64::total_cmp);
        if let [first, .., last] = bends[..]
            && last > 1.3 * first
        {
            let least = math::cos(1.3 * first);
            sets.push(self.flood(seed, 24, |this, from, to| this.bends_less(from, to, least)));
        }
        for &count in level.neighbourhoods {
            let around = self.smooth_around(seed, count);
            let is_last = around.len() < count;
            sets.push(around);
            if is_last {
                break;
            }
        }
        sets
    }

    fn grow_kind(
        &mut self,
        seed: u32,
        kind: Kind,
        patch: &Patch,
        turn_rad: f64,
        level: &Level,
        progress: &dyn Progress,
    ) -> Result<Option<Region>, Cancelled> {
        let Some(mut surface) = patch.estimate(kind) else { return Ok(None) };
        if kind != Kind::Cylinder || level.is_scanned() {
            let Some(refined) = refine(surface, &patch.points) else { return Ok(None) };
            surface = refined;
        }
        let mut limit = 48;
        let mut slack = 4.0;
        let mut last = 0;
        let mut turn_rad = turn_rad;
        let mut region: Vec<u32> = Vec::new();
        for _ in 0..16 {
            progress.report(0.0)?;
            // What is nearly flat is not recognised as curved.
            if surface.size() > 60.0 * self.size {
                return Ok(None);
            }
            let accepts = Acceptance::new(self, seed, surface, turn_rad, slack, level);
            if !accepts.takes(self, seed) {
                return Ok(None);
            }
            region = self.flood(seed, limit, |this, _, to| accepts.takes(this, to));
            if region.len() < level.least {
                return Ok(None);
            }
            // Towards the pole of a sphere facets turn less than elsewhere.
            let frontier = self.turn(&region[region.len().saturating_sub(FRONTIER)..]);
            turn_rad = turn_rad.max(frontier.min(level.most_turn()));
            let tolerance = accepts.tolerance;
            let sample = self.patch(&region, Some((&surface, tolerance)));
            let Some(next) = refine(surface, &sample.points) else { break };
            surface = next;
            slack = 1.0;
            if region.len() < limit {
                if region.len() == last {
                    break;
                }
                last = region.len();
            } else {
                limit *= 4;
            }
        }
        Ok(self.finished(surface, region, turn_rad, level))
    }

    fn grow_plane(&mut self, seed: u32, level: &Level, most: usize) -> Region {
        let mut surface = Surface {
            kind: Kind::Plane,
            origin: self.middle(seed),
            axis: self.normal(seed),
            radius: 0.0,
            other: 0.0,
        };
        let mut limit = if !level.is_scanned() { 16 } else { 200 };
        let mut slack = if !level.is_scanned() { 1.0 } else { 3.0 };
        let mut region = vec![seed];
        let mut last = 0;
        for round in 0..16 {
            if round == 0 && level.is_scanned() {
                let around = self.smooth_around(seed, 60);
                if let Some(plane) = self.patch(&around, None).estimate(Kind::Plane) {
                    surface = plane;
                }
            }
            let accepts = Acceptance::new(self, seed, surface, 0.0, slack, level);
            if !accepts.takes(self, seed) {
                break;
            }
            let found = self.flood(seed, limit.min(most), |this, _, to| accepts.takes(this, to));
            let sample = self.patch(&found, None);
            region = found;
            if let Some(next) = refine(surface, &sample.points).or_else(|| sample.estimate(Kind::Plane)) {
                surface = next;
            }
            slack = 1.0;
            if region.len() >= most || region.len() == last {
                break;
            }
            if region.len() < limit {
                last = region.len();
            } else {
                limit = limit.saturating_mul(4);
            }
        }
        if surface.axis.dot(self.normal(seed)) < 0.0 {
            surface.axis = -surface.axis;
        }
        self.region(surface, region, 0.0, level)
    }

    /// Makes a face of what was grown, if it is more than chance.
    fn finished(
        &self,
        surface: Surface,
        triangles: Vec<u32>,
        turn_rad: f64,
        level: &Level,
    ) -> Option<Region> {
        if triangles.len() < level.least || !surface.is_sound() {
            return None;
        }
        let surface = self.steadied(surface, &triangles);
        let tolerance = level.tolerance(&surface, self.size);
        let mut on_it = Vec::new();
        let mut indices: Vec<u32> =
            triangles.iter().flat_map(|&triangle| self.mesh.triangles[triangle as usize]).collect();
        indices.sort_unstable();
        indices.dedup();
        for &index in &indices {
            let point = self.mesh.positions[index as usize];
            if surface.distance(point).abs() <= tolerance {
                on_it.push(point);
            }
        }
        let is_meant = match surface.kind {
            Kind::Plane => true,
            Kind::Cylinder | Kind::Cone => is_round(&angles_about(&surface, &on_it)),
            Kind::Sphere => {
                let spread = self.spread(&triangles);
                on_it.len() >= 12 && turn_rad <= CREASE_RAD && spread >= LEAST_TURN_RAD
            }
            Kind::Torus => {
                let around = angles_about(&surface, &on_it);
                let tube: Vec<f64> = on_it
                    .iter()
                    .map(|&point| {
                        let at = surface.cylindrical(point);
                        math::atan2(at.height, at.rho - surface.radius)
                    })
                    .collect();
                let steps = Steps::of(&tube);
                on_it.len() >= 16
                    && is_round(&around)
                    && steps.count >= 3
                    && steps.turn_rad >= LEAST_TURN_RAD
                    && steps.most <= 1.5 * MAX_TURN_RAD
            }
        };
        if !is_meant {
            return None;
        }
        let region = self.region(surface, triangles, turn_rad, level);
        // What was made on a surface is on it; what fills the tolerance is held together by nothing else.
        // A few points come near to something by chance.
        let share = 0.03 + 0.27 * ((on_it.len() as f64 - 30.0) / 70.0).clamp(0.0, 1.0);
        let allowed = (share * tolerance).max(self.rounding);
        (region.face.fit.rms <= allowed || level.is_scanned()).then_some(region)
    }

    /// A cone through a circle and its apex may lean: facets know better than vertices where it points.
    fn steadied(&self, surface: Surface, triangles: &[u32]) -> Surface {
        if surface.kind != Kind::Cone {
            return surface;
        }
        let patch = self.patch(triangles, None);
        let worst = |surface: &Surface| {
            patch.points.iter().map(|&point| surface.distance(point).abs()).fold(0.0, f64::max)
        };
        match patch.estimate(Kind::Cone) {
            Some(straight) if worst(&straight) <= 3.0 * worst(&surface) + self.rounding => straight,
            _ => surface,
        }
    }

    fn region(&self, surface: Surface, triangles: Vec<u32>, turn_rad: f64, level: &Level) -> Region {
        let area = triangles.iter().map(|&triangle| self.area(triangle)).sum();
        let tolerance = level.tolerance(&surface, self.size);
        let mut measured = Measured::default();
        let mut hollow = 0.0;
        for &triangle in &triangles {
            let middle = self.middle(triangle);
            hollow -= self.area(triangle) * self.normal(triangle).dot(surface.normal(middle));
            measured.chord = measured.chord.max(surface.distance(middle).abs());
            for point in self.mesh.triangle_points(triangle as usize) {
                measured.add(&surface, point, tolerance);
            }
        }
        let fit = Fit {
            max: measured.max,
            rms: (measured.squares / measured.count.max(1) as f64).sqrt(),
            chord: if surface.kind == Kind::Plane { 0.0 } else { measured.chord },
        };
        let shape = self.shape(&surface, &triangles, &measured, hollow > 0.0, turn_rad, tolerance);
        let face = Face { shape: Some(shape), fit, area, num_triangles: triangles.len() as u32 };
        Region { surface, triangles, area, face }
    }

    fn shape(
        &self,
        surface: &Surface,
        triangles: &[u32],
        measured: &Measured,
        is_hollow: bool,
        turn_rad: f64,
        tolerance: f64,
    ) -> Shape {
        let Surface { origin, axis, radius, other, .. } = *surface;
        let heights = [measured.low, measured.high];
        let ends = heights.map(|height| origin + axis * height);
        let goes_round = || {
            let points = triangles.iter().flat_map(|&triangle| self.mesh.triangle_points(triangle as usize));
            let on_it: Vec<DVec3> =
                points.filter(|&point| surface.distance(point).abs() <= tolerance).collect();
            let steps = Steps::of(&angles_about(surface, &on_it));
            if steps.is_closed(turn_rad) { TAU } else { steps.turn_rad }
        };
        match surface.kind {
            Kind::Plane => {
                let weighted: DVec3 =
                    triangles.iter().map(|&triangle| self.middle(triangle) * self.area(triangle)).sum();
                let total: f64 = triangles.iter().map(|&triangle| self.area(triangle)).sum();
                let middle = if total > 0.0 { weighted / total } else { origin };
                Shape::Plane { point: middle - axis * surface.distance(middle), normal: axis }
            }
            Kind::Cylinder => Shape::Cylinder { ends, radius, is_hollow, turn_rad: goes_round() },
            Kind::Cone => {
                let slope = math::sin(other) / math::cos(other);
                let radii = heights.map(|height| (radius + height * slope).max(0.0));
                Shape::Cone { ends, radii, is_hollow, turn_rad: goes_round() }
            }
            Kind::Sphere => Shape::Sphere { center: origin, radius, is_hollow },
            Kind::Torus => {
                Shape::Torus { center: origin, axis, major_radius: radius, minor_radius: other, is_hollow }
            }
        }
    }
}
