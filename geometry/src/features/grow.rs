//! Faces grown from triangles.

use std::f64::consts::TAU;

use glam::DVec3;

use super::estimate::Patch;
use super::refine::refine;
use super::surface::{Kind, Surface};
use super::{Face, Fit, NONE, Shape};
use crate::progress::{Stretch, report_at};
use crate::topology::{BOUNDARY, DEGENERATE, Edges, NON_MANIFOLD};
use crate::{Cancelled, Mesh, Progress, math};

const DEGREE: f64 = TAU / 360.0;

/// The most that a surface bends at an edge and may still be meant as round, like the sides of a regular octagon.
const MAX_TURN_RAD: f64 = 46.0 * DEGREE;

/// What bends more at an edge are two faces, where nothing better is known.
const CREASE_RAD: f64 = 30.0 * DEGREE;

/// How much of a surface there must be before its radius means anything.
const LEAST_TURN_RAD: f64 = 8.0 * DEGREE;

/// How exactly a mesh is expected to follow a surface.
#[derive(Clone, Copy, Debug)]
struct Level {
    /// How far a vertex may be from a curved surface, in its radii.
    per_radius: f64,
    /// The same at least, and for planes, in sizes of the mesh.
    per_size: f64,
    /// How far the normals in a plane may differ.
    plane_rad: f64,
    /// How far other normals may differ, beyond what facets make.
    normal_rad: f64,
    /// Triangles that a curved surface must have.
    least: usize,
    /// Sizes of the neighbourhoods that suggest surfaces.
    neighbourhoods: &'static [usize],
}

/// Made by a program from a shape: wrong by the rounding of a file.
const MADE: Level = Level {
    per_radius: 1e-3,
    per_size: 1e-5,
    plane_rad: 0.5 * DEGREE,
    normal_rad: 4.0 * DEGREE,
    least: 3,
    neighbourhoods: &[8, 24, 64],
};

/// Measured: every vertex is a little off. It needs many triangles to say anything.
const SCANNED: Level = Level {
    per_radius: 1.5e-2,
    per_size: 3e-4,
    plane_rad: 20.0 * DEGREE,
    normal_rad: 25.0 * DEGREE,
    least: 40,
    neighbourhoods: &[200],
};

/// What the coordinates of a file are rounded to, as part of the largest: a few of the steps of single precision.
const ROUNDING: f64 = 5e-7;

/// Facets of what was measured turn by this at most from one to the next.
const SCANNED_TURN_RAD: f64 = 5.0 * DEGREE;

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
            if level.least > MADE.least
                && (around.len() < level.least || plane.triangles.len() >= around.len())
            {
                return Ok(self.grown_plane(seed, &MADE));
            }
            let curved = self.grow_curved(seed, &plane, level, progress)?;
            let best = match curved {
                // A facet of a round face is flat, but less than the face.
                Some(curved) if curved.area > 1.5 * plane.area => curved,
                _ => plane,
            };
            let is_curved = best.surface.kind != Kind::Plane;
            let is_certain = if level.least == MADE.least {
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
            let turn_rad = self.turn(&triangles).min(most_turn(level));
            // Flat as a whole: nothing curved goes through it.
            if turn_rad > MAX_TURN_RAD {
                continue;
            }
            for kind in [Kind::Cylinder, Kind::Cone, Kind::Sphere, Kind::Torus] {
                // What has already become much more than the suggestion is not likely to be beaten by it.
                let is_covered =
                    |best: &Region| best.surface.kind <= kind && best.triangles.len() > 4 * triangles.len();
                // A ring has so many sizes that it follows anything, about.
                let is_vague = level.least > MADE.least && kind == Kind::Torus;
                if is_vague || (level.least == MADE.least && best.as_ref().is_some_and(is_covered)) {
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
        if level.least == MADE.least && plane.triangles.len() <= 64 {
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
        if kind != Kind::Cylinder || level.least > MADE.least {
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
            turn_rad = turn_rad.max(frontier.min(most_turn(level)));
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
        let mut limit = if level.least == MADE.least { 16 } else { 200 };
        let mut slack = if level.least == MADE.least { 1.0 } else { 3.0 };
        let mut region = vec![seed];
        let mut last = 0;
        for round in 0..16 {
            if round == 0 && level.least > MADE.least {
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
        let tolerance = tolerance(&surface, self.size, level);
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
        (region.face.fit.rms <= allowed || level.least > MADE.least).then_some(region)
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
        let tolerance = tolerance(&surface, self.size, level);
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

    /// How far the normals of triangles are from their mean at most.
    fn spread(&self, triangles: &[u32]) -> f64 {
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
    fn smooth_around(&mut self, seed: u32, count: usize) -> Vec<u32> {
        let least = math::cos(MAX_TURN_RAD);
        self.flood(seed, count, |this, from, to| this.bends_less(from, to, least))
    }

    /// Triangles reached from a seed across edges of two triangles, at most so many; only those that no face has.
    fn flood(&mut self, seed: u32, limit: usize, takes: impl Fn(&Self, u32, u32) -> bool) -> Vec<u32> {
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

    fn neighbour(&self, triangle: u32, corner: usize) -> Option<u32> {
        match self.opposites[triangle as usize * 3 + corner] {
            BOUNDARY | NON_MANIFOLD | DEGENERATE => None,
            opposite => Some(opposite / 3),
        }
    }

    fn bends_less(&self, from: u32, to: u32, least_cosine: f64) -> bool {
        let (one, other) = (self.normal(from), self.normal(to));
        one == DVec3::ZERO || other == DVec3::ZERO || one.dot(other) >= least_cosine
    }

    fn normal(&self, triangle: u32) -> DVec3 {
        let [a, b, c] = self.mesh.triangle_points(triangle as usize);
        (b - a).cross(c - a).try_normalize().unwrap_or(DVec3::ZERO)
    }

    fn area(&self, triangle: u32) -> f64 {
        let [a, b, c] = self.mesh.triangle_points(triangle as usize);
        0.5 * (b - a).cross(c - a).length()
    }

    fn middle(&self, triangle: u32) -> DVec3 {
        self.mesh.triangle_points(triangle as usize).iter().sum::<DVec3>() / 3.0
    }

    /// By how much neighbours among some triangles bend; of those that bend, the middle one.
    fn turn(&self, triangles: &[u32]) -> f64 {
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
    fn patch(&self, triangles: &[u32], near: Option<(&Surface, f64)>) -> Patch {
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

/// The most that facets are expected to turn from one to the next.
fn most_turn(level: &Level) -> f64 {
    if level.least > MADE.least { SCANNED_TURN_RAD } else { f64::INFINITY }
}

fn tolerance(surface: &Surface, size: f64, level: &Level) -> f64 {
    let least = size * level.per_size;
    // On a small fillet of a large part the part's tolerance would be most of it, and that of a large radius most of a part.
    match surface.kind {
        Kind::Plane => least,
        _ => (surface.size().min(size * 0.25) * level.per_radius).max(least.min(surface.size() * 0.02)),
    }
}

/// Which triangles lie on a surface.
struct Acceptance {
    surface: Surface,
    tolerance: f64,
    chord_rad: f64,
    least_cosine: f64,
    /// How far a corner may be out of place.
    sliver: f64,
    sign: f64,
}

impl Acceptance {
    fn new(
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
        let tolerance = tolerance(&surface, of.size, level) * slack;
        let sliver = if level.least > MADE.least { tolerance } else { of.rounding };
        Self { surface, tolerance, chord_rad, least_cosine: math::cos(allowed_rad), sliver, sign }
    }

    fn takes(&self, of: &Recognizer<'_>, triangle: u32) -> bool {
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

#[derive(Clone, Copy, Debug)]
struct Measured {
    max: f64,
    squares: f64,
    count: usize,
    chord: f64,
    low: f64,
    high: f64,
}

impl Default for Measured {
    fn default() -> Self {
        Self { max: 0.0, squares: 0.0, count: 0, chord: 0.0, low: f64::INFINITY, high: f64::NEG_INFINITY }
    }
}

impl Measured {
    fn add(&mut self, surface: &Surface, point: DVec3, tolerance: f64) {
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

fn angles_about(surface: &Surface, points: &[DVec3]) -> Vec<f64> {
    let (u, v) = surface.axis.any_orthonormal_pair();
    let mut angles = Vec::with_capacity(points.len());
    for &point in points {
        let at = surface.cylindrical(point);
        if at.outward != DVec3::ZERO && at.rho > 0.0 {
            angles.push(math::atan2(at.outward.dot(v), at.outward.dot(u)));
        }
    }
    angles
}

/// Angles on a circle, those that are all but equal as one.
#[derive(Clone, Copy, Debug, Default)]
struct Steps {
    /// How many different ones there are.
    count: usize,
    /// From the first to the last, around the side that has them.
    turn_rad: f64,
    /// The largest step but for the gap.
    most: f64,
    /// The smallest.
    least: f64,
    /// The largest distance of neighbours.
    gap: f64,
}

impl Steps {
    fn of(angles: &[f64]) -> Self {
        let mut sorted = angles.to_vec();
        sorted.sort_by(f64::total_cmp);
        let mut different: Vec<f64> = Vec::new();
        for angle in sorted {
            if different.last().is_none_or(|&last| angle - last > 1e-4) {
                different.push(angle);
            }
        }
        if let [first, .., last] = different[..]
            && first + TAU - last <= 1e-4
        {
            different.pop();
        }
        let count = different.len();
        if count < 2 {
            return Self { count, ..Self::default() };
        }
        let step = |i: usize| match i + 1 < count {
            true => different[i + 1] - different[i],
            false => different[0] + TAU - different[i],
        };
        let widest = (0..count).max_by(|&a, &b| step(a).total_cmp(&step(b))).unwrap_or(0);
        let mut steps =
            Self { count, turn_rad: TAU - step(widest), most: 0.0, least: f64::INFINITY, gap: step(widest) };
        for i in (0..count).filter(|&i| i != widest) {
            steps.most = steps.most.max(step(i));
            steps.least = steps.least.min(step(i));
        }
        steps
    }

    /// Whether they go all round.
    fn is_closed(&self, turn_rad: f64) -> bool {
        self.gap <= 1.3 * self.most.max(turn_rad)
    }
}

/// Whether generators at some angles are meant as round: they turn little from one to the next, and where they are few they
/// are all alike, as anything of three sides may lie on a circle by chance.
fn is_round(angles: &[f64]) -> bool {
    let steps = Steps::of(angles);
    let is_closed = steps.count >= 8 && steps.gap <= 1.3 * steps.most;
    let most = if is_closed { MAX_TURN_RAD } else { CREASE_RAD + DEGREE };
    let few = if is_closed { 12 } else { 7 };
    let least_turn = LEAST_TURN_RAD;
    steps.count >= 4
        && steps.most <= most
        && (is_closed || steps.turn_rad >= least_turn)
        && (steps.count >= few || steps.most <= 1.3 * steps.least)
}
