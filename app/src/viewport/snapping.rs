//! What a pointer that measures is on: a vertex, a middle, an edge, a circle, a face. Pure functions of what is shown.

use document::{Anchor, Feature};
use geometry::bvh::Ray;
use geometry::features::{Chain, Curve, Features, NONE, Shape};
use geometry::picking::{PickCone, pick_segment};
use glam::{DVec2, DVec3};

use super::picking::Hit;
use super::projector::Projector;
use crate::render_sync::Placed;

/// How near the pointer must be to points and to edges, in points of the screen.
const POINT_PT: f64 = 9.0;
const EDGE_PT: f64 = 7.0;

/// What the pointer is on.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Snap {
    /// To be measured.
    pub anchor: Anchor,
    /// In words.
    pub what: &'static str,
    /// Where, in the world.
    pub point: DVec3,
    /// The index of the part among those shown.
    pub index: usize,
    /// The face of the part's features that is meant.
    pub face: Option<u32>,
    /// The chain that is meant.
    pub chain: Option<u32>,
}

/// The best thing under the pointer: points before edges before faces, of equal ones the nearest. With `only_points`, the
/// point under the pointer on an edge or a face instead of the whole.
#[must_use]
pub(crate) fn snap(
    projector: &Projector,
    placed: &[Placed],
    features_of: &dyn Fn(&Placed) -> Option<std::sync::Arc<Features>>,
    hit: Option<Hit>,
    pos: DVec2,
    only_points: bool,
) -> Option<Snap> {
    let mut best: Option<(f64, Snap)> = None;
    for (index, part) in placed.iter().enumerate().filter(|(_, placed)| !placed.ghost) {
        let is_hit = hit.is_some_and(|hit| hit.index == index);
        if hit.is_some() && !is_hit {
            continue;
        }
        let Some(features) = features_of(part) else { continue };
        let on = Part { projector, part, index, features: &features, pos };
        if let Some(found) = on.edge(hit.filter(|_| is_hit), only_points)
            && best.as_ref().is_none_or(|best| found.0 < best.0)
        {
            best = Some(found);
        }
    }
    if let Some((_, snap)) = best {
        return Some(snap);
    }
    let hit = hit?;
    let part = placed.get(hit.index)?;
    let features = features_of(part);
    Some(face(part, &hit, features.as_deref(), only_points))
}

struct Part<'a> {
    projector: &'a Projector,
    part: &'a Placed,
    index: usize,
    features: &'a Features,
    pos: DVec2,
}

impl Part<'_> {
    fn world(&self, point: DVec3) -> DVec3 {
        self.part.world_from_mesh.transform_point3(point)
    }

    fn away(&self, point: DVec3) -> f64 {
        self.projector.project(self.world(point)).map_or(f64::INFINITY, |seen| seen.pos.distance(self.pos))
    }

    /// The nearest edge, or what is special on it; with how far it is from the pointer.
    fn edge(&self, hit: Option<Hit>, only_points: bool) -> Option<(f64, Snap)> {
        let (cone, max_t) = self.cone(hit)?;
        let near = pick_segment(&self.features.tree, &self.features.lines, &cone, max_t)?;
        let number = *self.features.chain_of_segment.get(near.index as usize)?;
        let chain = self.features.chains.get(number as usize)?;
        let away = self.away(near.point);
        if away > POINT_PT {
            return None;
        }
        let snap = |what, point: DVec3, on| Snap {
            anchor: Anchor { node: self.part.node, on },
            what,
            point: self.world(point),
            index: self.index,
            face: None,
            chain: Some(number),
        };
        let as_point = |what, at| snap(what, at, Feature::Point { at });
        // Ends and corners first, then the middle of a straight edge.
        let corner = self.corners(chain, near.index).into_iter().map(|at| (self.away(at), at));
        if let Some((away, at)) = corner.filter(|it| it.0 <= POINT_PT).min_by(|a, b| a.0.total_cmp(&b.0)) {
            return Some((away, as_point("Vertex", at)));
        }
        let ends: Vec<DVec3> = self.features.points_of(chain).collect();
        if chain.curve == Curve::Line
            && let [first, .., last] = ends[..]
        {
            let middle = (first + last) * 0.5;
            if self.away(middle) <= POINT_PT && self.length_pt(first, last) > 6.0 * POINT_PT {
                return Some((self.away(middle), as_point("Midpoint", middle)));
            }
        }
        if away > EDGE_PT {
            return None;
        }
        if only_points {
            return Some((away, as_point("Point on edge", near.point)));
        }
        Some((
            away,
            match chain.curve {
                Curve::Line => {
                    let ends = [*ends.first()?, *ends.last()?];
                    snap("Edge", near.point, Feature::Line { ends })
                }
                Curve::Arc { center, normal, radius, turn_rad } => {
                    let what = if chain.is_closed { "Circle" } else { "Arc" };
                    let deviation = chain.fit.max;
                    snap(what, near.point, Feature::Circle { center, normal, radius, turn_rad, deviation })
                }
                Curve::Free => {
                    snap("Edges", near.point, Feature::Chain { at: near.point, length: chain.length })
                }
            },
        ))
    }

    /// Corners at which the pointer may snap: the ends of the chain; along one of no simple shape all.
    fn corners(&self, chain: &Chain, segment: u32) -> Vec<DVec3> {
        match chain.curve {
            Curve::Free => self.features.lines.segments[segment as usize]
                .map(|index| self.features.lines.positions[index as usize])
                .to_vec(),
            _ if chain.is_closed => Vec::new(),
            _ => {
                let points: Vec<DVec3> = self.features.points_of(chain).collect();
                points.first().into_iter().chain(points.last()).copied().collect()
            }
        }
    }

    fn length_pt(&self, from: DVec3, to: DVec3) -> f64 {
        let seen = [from, to].map(|point| self.projector.project(self.world(point)).map(|seen| seen.pos));
        match seen {
            [Some(from), Some(to)] => from.distance(to),
            _ => 0.0,
        }
    }

    /// The pointer with a radius in the space of the part, and how far back it reaches: not through what it hits.
    fn cone(&self, hit: Option<Hit>) -> Option<(PickCone, f64)> {
        let ray = self.projector.ray_in_world(self.pos);
        let scale = self.part.world_from_mesh.matrix3.determinant().abs().cbrt();
        let reach = if self.projector.is_parallel() {
            self.part.bounds[0].distance(self.part.bounds[1]) + self.part.bounds[0].distance(ray.origin)
        } else {
            0.0
        };
        let (radius, spread) = match self.projector.is_parallel() {
            true => (self.projector.mm_per_point_at_depth(1.0) * POINT_PT, 0.0),
            false => (0.0, self.projector.mm_per_point_at_depth(1.0) * POINT_PT),
        };
        let max_t = hit.map_or(f64::INFINITY, |hit| {
            let depth = -self.projector.view_from_world(hit.point).z;
            reach + depth + 2.0 * POINT_PT * self.projector.mm_per_point(hit.point)
        });
        let origin = ray.origin - ray.direction * reach;
        let in_mesh = Ray {
            origin: self.part.mesh_from_world.transform_point3(origin),
            direction: self.part.mesh_from_world.transform_vector3(ray.direction),
        };
        (scale > 0.0)
            .then_some((PickCone { ray: in_mesh, radius: radius / scale, spread: spread / scale }, max_t))
    }
}

/// The face that was hit, or the point where nothing is known of it.
fn face(part: &Placed, hit: &Hit, features: Option<&Features>, only_points: bool) -> Snap {
    let at = part.mesh_from_world.transform_point3(hit.point);
    let mut snap = Snap {
        anchor: Anchor { node: part.node, on: Feature::Point { at } },
        what: "Point",
        point: hit.point,
        index: hit.index,
        face: None,
        chain: None,
    };
    let number = features.zip(hit.triangle).and_then(|(features, triangle)| {
        features.face_of_triangle.get(triangle as usize).copied().filter(|&face| face != NONE)
    });
    let Some((number, face)) =
        number.and_then(|number| Some((number, features?.faces.get(number as usize)?)))
    else {
        return snap;
    };
    snap.face = Some(number);
    if only_points {
        snap.what = "Point on face";
        return snap;
    }
    let deviation = face.fit.max;
    (snap.what, snap.anchor.on) = match face.shape {
        Some(Shape::Plane { normal, .. }) => ("Plane", Feature::Plane { at, normal, area: face.area }),
        Some(Shape::Cylinder { ends, radius, is_hollow, turn_rad }) => {
            let what = match (is_hollow, turn_rad > 6.0) {
                (true, true) => "Hole",
                (true, false) => "Hollow of a cylinder",
                (false, _) => "Cylinder",
            };
            (what, Feature::Axis { ends, radii: [radius; 2], is_hollow, deviation })
        }
        Some(Shape::Cone { ends, radii, is_hollow, .. }) => {
            ("Cone", Feature::Axis { ends, radii, is_hollow, deviation })
        }
        Some(Shape::Sphere { center, radius, .. }) => {
            ("Sphere", Feature::Sphere { center, radius, deviation })
        }
        Some(Shape::Torus { center, axis, major_radius, minor_radius, .. }) => {
            ("Ring", Feature::Torus { center, axis, radii: [major_radius, minor_radius], deviation })
        }
        None => ("Point on face", Feature::Point { at }),
    };
    snap
}
