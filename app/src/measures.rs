//! Sums over parts in their places: how many triangles, how large, closed or not. The properties panel and the command
//! line say the same of the same parts because both add up here.

use geometry::Mesh;
use glam::{DAffine3, DVec3};
use jobs::{PartFacts, PreparedPart};

/// Meshes above this are not gone through again by [`Effort::Quick`], as that would stop the view.
const MOST_MEASURED: usize = 300_000;

/// How much time the sum may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effort {
    /// What is known of each part, carried over to its place; large parts in odd places have no area and a box that
    /// may be larger than needed.
    Quick,
    /// Every triangle in its place.
    Exact,
}

/// Sums over everything that was added, in the world.
#[derive(Clone, Debug, PartialEq)]
pub struct Measures {
    /// Parts.
    pub num_parts: usize,
    /// Triangles, those of a part that stands in two places twice.
    pub num_triangles: usize,
    /// Positions that triangles use.
    pub num_vertices: usize,
    /// Loose points.
    pub num_points: usize,
    /// Line segments.
    pub num_segments: usize,
    /// Corners of the box around everything.
    pub bounds: Option<(DVec3, DVec3)>,
    /// Square millimetres; `None` when a part was too large to be measured quickly.
    pub area: Option<f64>,
    /// Cubic millimetres; means something only when nothing is open.
    pub volume: f64,
    /// Parts with triangles that bound no volume.
    pub num_open: usize,
    /// Parts with triangles of which some edge has not exactly two.
    pub num_not_watertight: usize,
    /// Edges with a triangle on one side only.
    pub num_boundary_edges: usize,
    /// Edges with more than two triangles.
    pub num_non_manifold_edges: usize,
    /// Connected pieces of surface.
    pub num_shells: usize,
}

impl Default for Measures {
    fn default() -> Self {
        Self {
            num_parts: 0,
            num_triangles: 0,
            num_vertices: 0,
            num_points: 0,
            num_segments: 0,
            bounds: None,
            area: Some(0.0),
            volume: 0.0,
            num_open: 0,
            num_not_watertight: 0,
            num_boundary_edges: 0,
            num_non_manifold_edges: 0,
            num_shells: 0,
        }
    }
}

impl Measures {
    /// Adds a part in a place.
    pub fn add(&mut self, part: &PreparedPart, world_from_part: &DAffine3, effort: Effort) {
        let facts = &part.facts;
        self.num_parts += 1;
        self.num_triangles += facts.num_triangles;
        self.num_vertices += facts.num_vertices;
        self.num_points += facts.num_points;
        self.num_segments += facts.num_segments;
        self.num_boundary_edges += facts.num_boundary_edges;
        self.num_non_manifold_edges += facts.num_non_manifold_edges;
        self.num_shells += facts.num_shells;
        self.num_open += usize::from(facts.num_triangles > 0 && !facts.closed);
        self.num_not_watertight += usize::from(facts.num_triangles > 0 && !facts.watertight);
        self.add_bounds(part, world_from_part, effort);
        let surface = &part.part.surface;
        let (area, volume) = match effort {
            Effort::Exact => {
                let properties = surface.properties_placed(world_from_part);
                (Some(properties.area), properties.volume)
            }
            Effort::Quick => {
                let scale = world_from_part.matrix3.determinant().abs();
                (quick_area(facts, surface, world_from_part), facts.volume * scale)
            }
        };
        self.area = self.area.zip(area).map(|(a, b)| a + b);
        self.volume += volume;
    }

    /// Whether everything that has triangles is watertight, and there are some.
    #[must_use]
    pub fn is_watertight(&self) -> bool {
        self.num_triangles > 0 && self.num_not_watertight == 0
    }

    /// The extents of the box.
    #[must_use]
    pub fn size(&self) -> DVec3 {
        self.bounds.map_or(DVec3::ZERO, |(low, high)| high - low)
    }

    fn add_bounds(&mut self, part: &PreparedPart, world_from_part: &DAffine3, effort: Effort) {
        let facts = &part.facts;
        if facts.num_triangles + facts.num_points + facts.num_segments == 0 {
            return;
        }
        let linear = world_from_part.matrix3;
        let straight = [linear.x_axis, linear.y_axis, linear.z_axis]
            .iter()
            .all(|axis| axis.to_array().iter().filter(|value| **value != 0.0).count() <= 1);
        let small = part.part.surface.positions.len() <= MOST_MEASURED;
        if effort == Effort::Exact || (!straight && small) {
            all_positions(part).for_each(|point| self.surround(world_from_part.transform_point3(point)));
        } else {
            let [low, high] = facts.bounds;
            for corner in 0..8 {
                let pick = |axis: usize| if corner >> axis & 1 == 0 { low[axis] } else { high[axis] };
                let point = DVec3::new(pick(0), pick(1), pick(2));
                self.surround(world_from_part.transform_point3(point));
            }
        }
    }

    fn surround(&mut self, point: DVec3) {
        let (low, high) = self.bounds.unwrap_or((point, point));
        self.bounds = Some((low.min(point), high.max(point)));
    }
}

/// The positions of everything in a part that something uses.
pub fn all_positions(part: &PreparedPart) -> impl Iterator<Item = DVec3> {
    let part = &part.part;
    let mut used = vec![false; part.surface.positions.len()];
    part.surface.triangles.iter().flatten().for_each(|&index| used[index as usize] = true);
    let surface = part.surface.positions.iter().zip(used).filter(|(_, used)| *used).map(|(point, _)| *point);
    let lines = part.lines.iter().flat_map(|set| set.positions.iter().copied());
    let points = part.points.iter().flat_map(|set| set.positions.iter().copied());
    surface.chain(lines).chain(points)
}

fn quick_area(facts: &PartFacts, mesh: &Mesh, world_from_part: &DAffine3) -> Option<f64> {
    let linear = world_from_part.matrix3;
    let scale = linear.x_axis.length();
    let gram = linear.transpose() * linear;
    let square = glam::DMat3::from_diagonal(DVec3::splat(scale * scale));
    if gram.abs_diff_eq(square, scale * scale * 1e-9) {
        return Some(facts.area * scale * scale);
    }
    (mesh.triangles.len() <= MOST_MEASURED).then(|| mesh.properties_placed(world_from_part).area)
}

#[cfg(test)]
mod tests {
    use geometry::Primitive;

    use super::*;

    fn part(primitive: Primitive) -> PreparedPart {
        let part = jobs::Part::from_mesh(primitive.mesh().unwrap());
        let reference = jobs::PartRef { hash: part.content_hash(), part: Some(part.into()) };
        let request = jobs::JobRequest::Prepare { parts: vec![reference] };
        match crate::job_queue::run_here(request) {
            Ok(jobs::JobOutput::Prepared(mut parts)) => parts.remove(0),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn quick_and_exact_agree_in_any_place() {
        let part = part(Primitive::Box { size: DVec3::new(1.0, 2.0, 3.0) });
        let turned = glam::DQuat::from_rotation_z(0.4) * glam::DQuat::from_rotation_x(1.1);
        for scale in [DVec3::ONE, DVec3::splat(2.5), DVec3::new(1.0, 2.0, -3.0)] {
            let place = DAffine3::from_scale_rotation_translation(scale, turned, DVec3::new(5.0, 6.0, 7.0));
            let [mut quick, mut exact] = [Measures::default(), Measures::default()];
            quick.add(&part, &place, Effort::Quick);
            exact.add(&part, &place, Effort::Exact);
            let volume = 6.0 * scale.element_product().abs();
            assert!((quick.volume - volume).abs() < 1e-9 && (exact.volume.abs() - volume).abs() < 1e-9);
            assert!((quick.area.unwrap() - exact.area.unwrap()).abs() < 1e-9);
            assert!((quick.size() - exact.size()).length() < 1e-9);
            assert!(quick.is_watertight() && quick.num_open == 0);
        }
    }

    #[test]
    fn two_parts_are_twice_one() {
        let part = part(Primitive::Box { size: DVec3::ONE });
        let mut measures = Measures::default();
        for x in [0.0, 10.0] {
            measures.add(&part, &DAffine3::from_translation(DVec3::X * x), Effort::Quick);
        }
        assert_eq!((measures.num_parts, measures.num_triangles, measures.num_shells), (2, 24, 2));
        assert!((measures.volume - 2.0).abs() < 1e-12 && (measures.area.unwrap() - 12.0).abs() < 1e-12);
        assert_eq!(measures.size(), DVec3::new(11.0, 1.0, 1.0));
    }
}
