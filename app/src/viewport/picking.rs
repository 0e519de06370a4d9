//! What is under the pointer: rays through the trees of parts, and a radius around lines and points.

use document::NodeId;
use geometry::bvh::{Ray, nearest_hit};
use geometry::{LineSet, PointSet};
use glam::{DAffine3, DVec2, DVec3};
use renderer::SectionPlane;

use super::projector::Projector;
use crate::render_sync::Placed;
use crate::view_state::Face;

/// How near to a line or a point the pointer must be, in points of the screen.
const RADIUS_PT: f64 = 5.0;

/// What was found under the pointer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Hit {
    /// Index of the instance.
    pub index: usize,
    /// Its node.
    pub node: NodeId,
    /// Where, in the world.
    pub point: DVec3,
    /// Along the ray, from where it comes in among what sections leave.
    pub t: f64,
    /// Which triangle of the part; none where a line or a point was found.
    pub triangle: Option<u32>,
}

/// What a question about the pointer may cost and answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PickOptions {
    /// Sets with more lines or points than this are passed over.
    pub max_set: usize,
    /// Whether ghosts are found, where there is nothing solid.
    pub ghosts: bool,
}

impl PickOptions {
    /// For a pointer that moves: must be answered within a fraction of a frame.
    pub(crate) const HOVER: Self = Self { max_set: 50_000, ghosts: false };
    /// For a click.
    pub(crate) const CLICK: Self = Self { max_set: usize::MAX, ghosts: true };
}

/// The nearest thing at a position of the screen that no section takes away. Surfaces are found from both sides, as both are drawn.
#[must_use]
pub(crate) fn pick(
    projector: &Projector,
    placed: &[Placed],
    sections: &[SectionPlane],
    pos: DVec2,
    options: PickOptions,
) -> Option<Hit> {
    let ray = projector.ray_in_world(pos);
    let ray = if projector.is_parallel() { pulled_back(ray, placed) } else { ray };
    let (ray, leave) = left_of(ray, sections)?;
    let solid = nearest(projector, placed, (&ray, leave), pos, options, false);
    match solid {
        None if options.ghosts => nearest(projector, placed, (&ray, leave), pos, options, true),
        _ => solid,
    }
}

fn nearest(
    projector: &Projector,
    placed: &[Placed],
    (ray, leave): (&Ray, f64),
    pos: DVec2,
    options: PickOptions,
    ghosts: bool,
) -> Option<Hit> {
    let mut candidates: Vec<(f64, usize)> = placed
        .iter()
        .enumerate()
        .filter(|(_, placed)| placed.ghost == ghosts)
        .filter_map(|(index, placed)| {
            let has_thin = !placed.part.part.lines.is_empty() || !placed.part.part.points.is_empty();
            let slack = if has_thin { reach(projector, &placed.bounds) } else { 0.0 };
            Some((enter_box(ray, &placed.bounds, slack)?, index))
        })
        .collect();
    candidates.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut best: Option<Hit> = None;
    for (enter, index) in candidates {
        let max_t = best.map_or(leave, |best| best.t);
        if enter > max_t {
            break;
        }
        if let Some((t, triangle)) = nearest_in(projector, &placed[index], ray, pos, options, max_t)
            && best.is_none_or(|best| t < best.t)
        {
            best = Some(Hit { index, node: placed[index].node, point: ray.at(t), t, triangle });
        }
    }
    best
}

/// In parallel projection parts may lie behind the plane of the eye: there the ray starts before all of them.
fn pulled_back(ray: Ray, placed: &[Placed]) -> Ray {
    let mut behind = 0.0_f64;
    let length_squared = ray.direction.length_squared();
    for placed in placed {
        let [low, high] = placed.bounds;
        let nearest = DVec3::select(ray.direction.cmplt(DVec3::ZERO), high, low);
        behind = behind.min((nearest - ray.origin).dot(ray.direction) / length_squared);
    }
    Ray { origin: ray.at(behind), direction: ray.direction }
}

/// The part of a ray that sections leave: it starts where it comes in among what is left, and ends at a parameter.
fn left_of(ray: Ray, sections: &[SectionPlane]) -> Option<(Ray, f64)> {
    let (mut enter, mut leave) = (0.0_f64, f64::INFINITY);
    for SectionPlane { normal, offset } in sections {
        let slope = normal.dot(ray.direction);
        let height = normal.dot(ray.origin) - offset;
        let crossing = -height / slope;
        if slope > 0.0 {
            leave = leave.min(crossing);
        } else if slope < 0.0 {
            enter = enter.max(crossing);
        } else if height > 0.0 {
            return None;
        }
    }
    let begins = Ray { origin: ray.at(enter), direction: ray.direction };
    (enter <= leave).then_some((begins, leave - enter))
}

/// Millimetres that the pick radius is at most within a box.
fn reach(projector: &Projector, bounds: &[DVec3; 2]) -> f64 {
    let center = (bounds[0] + bounds[1]) * 0.5;
    let radius = bounds[0].distance(bounds[1]) * 0.5;
    let depth = (-projector.view_from_world(center).z + radius).max(0.0);
    projector.mm_per_point_at_depth(depth) * RADIUS_PT
}

/// Where a ray enters a box that is grown by a slack.
fn enter_box(ray: &Ray, bounds: &[DVec3; 2], slack: f64) -> Option<f64> {
    let inverse = ray.direction.recip();
    let a = (bounds[0] - slack - ray.origin) * inverse;
    let b = (bounds[1] + slack - ray.origin) * inverse;
    // A ray within a face gives 0 times infinity; `f64::max` and `min` then keep the other number.
    let mut enter = 0.0_f64;
    let mut leave = f64::INFINITY;
    for axis in 0..3 {
        enter = enter.max(a[axis].min(b[axis]));
        leave = leave.min(a[axis].max(b[axis]));
    }
    (enter <= leave * (1.0 + 1e-12)).then_some(enter)
}

/// The nearest thing of one part.
fn nearest_in(
    projector: &Projector,
    placed: &Placed,
    ray: &Ray,
    pos: DVec2,
    options: PickOptions,
    max_t: f64,
) -> Option<(f64, Option<u32>)> {
    let part = &placed.part.part;
    // Both ends of the ray go through the same affine map, so its parameter stays what it is.
    let in_mesh = Ray {
        origin: placed.mesh_from_world.transform_point3(ray.origin),
        direction: placed.mesh_from_world.transform_vector3(ray.direction),
    };
    let surface = nearest_hit(&placed.part.bvh, &part.surface, &in_mesh, max_t);
    let mut best = surface.map(|hit| (hit.t, Some(hit.triangle)));
    let mut thin = |found: Option<f64>| {
        if let Some(t) = found.filter(|&t| t >= 0.0 && best.is_none_or(|(best, _)| t < best)) {
            best = Some((t, None));
        }
    };
    let pointer = Pointer { projector, ray, pos };
    for lines in part.lines.iter().filter(|lines| lines.segments.len() <= options.max_set) {
        thin(pointer.nearest_line(lines, &placed.world_from_mesh));
    }
    for points in part.points.iter().filter(|points| points.positions.len() <= options.max_set) {
        thin(pointer.nearest_point(points, &placed.world_from_mesh));
    }
    best.filter(|&(t, _)| t <= max_t)
}

impl Hit {
    /// The face that was hit, seen from the side that the pointer sees.
    pub(crate) fn face(&self, placed: &[Placed], projector: &Projector) -> Option<Face> {
        let placed = placed.get(self.index)?;
        let [a, b, c] = placed.part.part.surface.triangle_points(self.triangle? as usize);
        let [a, b, c] = [a, b, c].map(|corner| placed.world_from_mesh.transform_point3(corner));
        let normal = (b - a).cross(c - a).try_normalize()?;
        let is_seen = normal.dot(projector.toward_eye(self.point)) >= 0.0;
        Some(Face { point: self.point, normal: if is_seen { normal } else { -normal } })
    }
}

/// The pointer as thin things see it.
struct Pointer<'a> {
    projector: &'a Projector,
    ray: &'a Ray,
    pos: DVec2,
}

impl Pointer<'_> {
    /// The parameter of the ray at the depth of a point.
    fn t_of(&self, point: DVec3) -> f64 {
        (point - self.ray.origin).dot(self.ray.direction) / self.ray.direction.length_squared()
    }

    fn nearest_point(&self, points: &PointSet, world_from_mesh: &DAffine3) -> Option<f64> {
        let seen = |position: &DVec3| {
            let point = world_from_mesh.transform_point3(*position);
            let pos = self.projector.project(point)?.pos;
            (pos.distance(self.pos) <= RADIUS_PT).then(|| self.t_of(point))
        };
        points.positions.iter().filter_map(seen).min_by(f64::total_cmp)
    }

    fn nearest_line(&self, lines: &LineSet, world_from_mesh: &DAffine3) -> Option<f64> {
        let seen = |segment: &[u32; 2]| {
            let [a, b] = segment.map(|end| {
                lines.positions.get(end as usize).map(|&point| world_from_mesh.transform_point3(point))
            });
            let (a, b) = (a?, b?);
            let (pos_a, pos_b) = (self.projector.project(a)?.pos, self.projector.project(b)?.pos);
            let along = pos_b - pos_a;
            let part = ((self.pos - pos_a).dot(along) / along.length_squared().max(f64::MIN_POSITIVE))
                .clamp(0.0, 1.0);
            let is_near = (pos_a + along * part).distance(self.pos) <= RADIUS_PT;
            is_near.then(|| self.t_of(a.lerp(b, part)))
        };
        lines.segments.iter().filter_map(seen).min_by(f64::total_cmp)
    }
}
