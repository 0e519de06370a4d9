//! Which edge is collapsed next, where its ends meet, and whether that spoils a triangle.

use glam::DVec3;

use super::SimplifyOptions;
use super::deviation::Deviation;
use super::quadric::Quadric;
use super::queue::Queue;
use super::surface::{EdgeEnds, GONE, Surface};
use super::wedges::Wedges;
use crate::Mesh;
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::topology::{next_halfedge, previous_halfedge};

/// Weight of a plane that holds the boundary or a seam in place, per squared length of the edge; a triangle's plane has
/// its area. High enough that outlines go last.
const BOUNDARY_WEIGHT: f64 = 10.0;
const SEAM_WEIGHT: f64 = 1.0;

/// What the squared length of an edge adds to its cost, per weight: short edges go first where the surface is flat. A
/// deviation of 1/30 000 of the length counts as much.
const LENGTH_COST: f64 = 1e-9;

/// Errors are only known to this part of the weight, in a frame of size 1: ends that are as good as the best point by it
/// are preferred, so that corners and flat faces keep their bits.
const NOISE: f64 = 1e-15;

/// The least cosine between the normals of a triangle before and after a collapse: 78°.
const LEAST_COSINE: f64 = 0.2;

/// Triangles flatter than this may not get ten times flatter still. Squared ratio of twice the area and the squared longest
/// side, 0.75 for an equilateral triangle: about 2°.
const SLIVER: f64 = 1e-3;

/// Up to this many edges around a point are sorted anew when it has changed; beyond, only the new ones. Keeps hubs of fans
/// from taking time in proportion to the square of their edges.
const MANY_EDGES: usize = 48;

/// Entries of the queue between two looks at the progress.
const STEP: usize = 1 << 10;

/// Where the ends of an edge meet.
pub(super) enum Placement {
    /// At one of the ends.
    Existing,
    /// Where the error is least; the values of wedges are interpolated.
    Best(Wedges),
}

pub(super) struct Collapser {
    surface: Surface,
    quadrics: Vec<Quadric>,
    placement: Placement,
    deviation: Option<Deviation>,
    /// Counts the changes to each vertex.
    versions: Vec<u32>,
    has_moved: Vec<bool>,
    target: usize,
}

struct Plan {
    ends: EdgeEnds,
    point: DVec3,
    cost: f64,
}

impl Collapser {
    pub(super) fn new(
        mut surface: Surface,
        options: &SimplifyOptions,
        placement: Placement,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        if options.keeps_boundary {
            surface.hold_boundary();
        }
        let num_vertices = surface.points.len();
        let deviation =
            options.max_deviation.is_finite().then(|| Deviation::new(&surface, options.max_deviation));
        Ok(Self {
            quadrics: quadrics_of(&surface, &Stretch::new(progress, 0.5, 1.0))?,
            surface,
            placement,
            deviation,
            versions: vec![0; num_vertices],
            has_moved: vec![false; num_vertices],
            target: options.target_triangles,
        })
    }

    /// Collapses edges until there are few enough triangles or none can go.
    pub(super) fn run(&mut self, progress: &dyn Progress) -> Result<(), Cancelled> {
        let mut queue = self.all_edges(progress)?;
        let mut ring = Vec::new();
        let mut spokes = Vec::new();
        let num_planned = self.surface.num_triangles.saturating_sub(self.target).max(1);
        let mut num_popped = 0_usize;
        while self.surface.num_triangles > self.target {
            let Some(entry) = queue.pop() else { break };
            num_popped += 1;
            if num_popped.is_multiple_of(STEP) {
                let num_left = self.surface.num_triangles - self.target;
                progress.report(1.0 - 0.7 * (num_left as f64 / num_planned as f64))?;
            }
            if self.surface.is_gone(entry.halfedge) || self.stamp(entry.halfedge) != entry.stamp {
                continue;
            }
            let Some(plan) = self.plan(entry.halfedge) else { continue };
            if self.surface.can_collapse(&plan.ends, &mut ring)
                && self.keeps_shape(&plan)
                && self.deviation.as_mut().is_none_or(|it| it.allows(&self.surface, &plan.ends, plan.point))
            {
                self.collapse(&plan, &mut spokes);
                for &halfedge in &spokes {
                    if let Some(plan) = self.plan(halfedge) {
                        queue.push(halfedge, self.stamp(halfedge), plan.cost);
                    }
                }
            }
        }
        Ok(())
    }

    fn all_edges(&self, progress: &dyn Progress) -> Result<Queue, Cancelled> {
        let num_halfedges = self.surface.triangles.len() as u32 * 3;
        let mut queue = Queue::new(num_halfedges as usize / 2);
        for halfedge in 0..num_halfedges {
            if (halfedge as usize).is_multiple_of(STEP * 16) {
                progress.report(0.1 + 0.2 * f64::from(halfedge) / f64::from(num_halfedges))?;
            }
            let is_first = self.surface.opposite(halfedge).is_none_or(|opposite| halfedge < opposite);
            if is_first
                && !self.surface.is_gone(halfedge)
                && let Some(plan) = self.plan(halfedge)
            {
                queue.push(halfedge, self.stamp(halfedge), plan.cost);
            }
        }
        Ok(queue)
    }

    /// Changes when one of the ends of an edge does.
    fn stamp(&self, halfedge: u32) -> u32 {
        let ends = [self.surface.start(halfedge), self.surface.end(halfedge)];
        self.versions[ends[0] as usize].wrapping_add(self.versions[ends[1] as usize])
    }

    /// `None` for edges that cannot be collapsed, and where numbers overflow.
    fn plan(&self, halfedge: u32) -> Option<Plan> {
        let mut ends = self.surface.ends(halfedge)?;
        let quadric = self.quadrics[ends.kept as usize].plus(&self.quadrics[ends.removed as usize]);
        let at = |vertex: u32| self.surface.points[vertex as usize];
        let (kept, removed) = (at(ends.kept), at(ends.removed));
        let length_squared = kept.distance_squared(removed);
        let is_free = self.surface.kinds[ends.kept as usize] == self.surface.kinds[ends.removed as usize];
        let mut point = kept;
        if is_free {
            let is_removed_better = quadric.at(removed) < quadric.at(kept);
            let end = if is_removed_better { removed } else { kept };
            let best = match &self.placement {
                Placement::Existing => end,
                Placement::Best(_) => {
                    let middle = (kept + removed) * 0.5;
                    let best = quadric.best_point(middle);
                    // Farther away than the edge is long only where planes hardly differ.
                    if best.distance_squared(middle) <= length_squared { best } else { middle }
                }
            };
            let is_end_best = quadric.at(end) <= quadric.at(best) + NOISE * quadric.weight;
            point = if is_end_best { end } else { best };
            if is_end_best && is_removed_better {
                std::mem::swap(&mut ends.kept, &mut ends.removed);
            }
        }
        let cost = quadric.at(point) + LENGTH_COST * quadric.weight * length_squared;
        cost.is_finite().then_some(Plan { ends, point, cost })
    }

    fn keeps_shape(&self, plan: &Plan) -> bool {
        let is_moved = plan.point != self.surface.points[plan.ends.kept as usize];
        self.keeps_fan(plan, plan.ends.removed) && (!is_moved || self.keeps_fan(plan, plan.ends.kept))
    }

    /// Whether the triangles around an end are neither turned over nor flattened when it moves.
    fn keeps_fan(&self, plan: &Plan, end: u32) -> bool {
        let surface = &self.surface;
        let at = |vertex: u32| surface.points[vertex as usize];
        let mut is_kept = true;
        surface.for_each_outgoing(end, |halfedge| {
            if is_kept && !surface.is_at(&plan.ends, halfedge / 3) {
                let (b, c) = (at(surface.end(halfedge)), at(surface.start(previous_halfedge(halfedge))));
                is_kept = is_triangle_kept([at(end), b, c], plan.point);
            }
        });
        is_kept
    }

    /// Leaves in `spokes` the edges whose cost has changed.
    fn collapse(&mut self, plan: &Plan, spokes: &mut Vec<u32>) {
        let (kept, removed) = (plan.ends.kept as usize, plan.ends.removed as usize);
        if let Some(deviation) = &mut self.deviation {
            deviation.accept();
        }
        if let Placement::Best(wedges) = &mut self.placement {
            let along = self.surface.points[removed] - self.surface.points[kept];
            let length_squared = along.length_squared();
            let part = (plan.point - self.surface.points[kept]).dot(along) / length_squared;
            if part > 0.0 {
                let mut done = None;
                for (removed, kept) in self.surface.wedge_pairs(&plan.ends) {
                    if done != Some(kept) {
                        wedges.blend(kept, removed, part.min(1.0));
                    }
                    done = Some(kept);
                }
            }
        }
        spokes.clear();
        self.surface.for_each_outgoing(plan.ends.removed, |halfedge| {
            if !self.surface.is_at(&plan.ends, halfedge / 3) {
                spokes.push(halfedge);
            }
        });
        self.surface.collapse(&plan.ends);
        self.has_moved[kept] |= plan.point != self.surface.points[kept];
        self.surface.points[kept] = plan.point;
        self.quadrics[kept] = self.quadrics[kept].plus(&self.quadrics[removed]);
        let mut num_edges = 0;
        self.surface.for_each_outgoing(plan.ends.kept, |_| num_edges += 1);
        if num_edges <= MANY_EDGES {
            spokes.clear();
            self.surface.for_each_outgoing(plan.ends.kept, |halfedge| {
                spokes.push(halfedge);
                let previous = previous_halfedge(halfedge);
                if self.surface.opposite(previous).is_none() {
                    spokes.push(previous);
                }
            });
            self.versions[kept] = self.versions[kept].wrapping_add(1);
        }
    }

    /// The triangles that are left, as wedges.
    pub(super) fn into_wedges(self) -> Vec<[u32; 3]> {
        let both = self.surface.wedges.into_iter().zip(self.surface.triangles);
        both.filter(|(_, corners)| *corners != GONE).map(|(wedges, _)| wedges).collect()
    }

    /// What is left of the mesh that the surface and the wedges were made of.
    pub(super) fn into_mesh(self, mesh: &Mesh) -> Mesh {
        let Placement::Best(wedges) = self.placement else { return Mesh::default() };
        let surface = self.surface;
        let position = |vertex: usize| {
            let moved = surface.points[vertex] * surface.size + surface.middle;
            if self.has_moved[vertex] { moved } else { mesh.positions[vertex] }
        };
        wedges.into_mesh(mesh, &surface.triangles, &surface.wedges, position)
    }
}

/// Whether a triangle keeps its direction and does not become a needle when its first corner moves.
fn is_triangle_kept([a, b, c]: [DVec3; 3], moved: DVec3) -> bool {
    let (ab, bc, ca) = (b - a, c - b, a - c);
    let (moved_ab, moved_ca) = (b - moved, moved - c);
    let (old, new) = (ab.cross(-ca), moved_ab.cross(-moved_ca));
    let (old_squared, new_squared) = (old.length_squared(), new.length_squared());
    let longest =
        |ab: DVec3, ca: DVec3| ab.length_squared().max(bc.length_squared()).max(ca.length_squared());
    let (old_longest, new_longest) = (longest(ab, ca), longest(moved_ab, moved_ca));
    let old_shape = old_squared / (old_longest * old_longest);
    let new_shape = new_squared / (new_longest * new_longest);
    if new_shape < SLIVER && new_shape < 0.1 * old_shape {
        return false;
    }
    // What a needle's normal says is noise.
    let has_normal = old_shape > 1e-20;
    !has_normal || old.dot(new) > LEAST_COSINE * (old_squared * new_squared).sqrt()
}

/// For each vertex the planes of its triangles, and planes upright on special edges.
fn quadrics_of(surface: &Surface, progress: &dyn Progress) -> Result<Vec<Quadric>, Cancelled> {
    let mut quadrics = vec![Quadric::default(); surface.points.len()];
    for (triangle, corners) in surface.triangles.iter().enumerate() {
        report_at(progress, triangle, surface.triangles.len())?;
        if *corners == GONE {
            continue;
        }
        let [a, b, c] = corners.map(|corner| surface.points[corner as usize]);
        let cross = (b - a).cross(c - a);
        let doubled_area = cross.length();
        if doubled_area > 0.0 {
            let normal = cross / doubled_area;
            let plane = Quadric::plane(a, normal, doubled_area * 0.5);
            for corner in corners {
                let quadric = &mut quadrics[*corner as usize];
                *quadric = quadric.plus(&plane);
            }
            for halfedge in triangle as u32 * 3..triangle as u32 * 3 + 3 {
                if surface.is_special(halfedge) {
                    let ends = [surface.start(halfedge), surface.start(next_halfedge(halfedge))];
                    let is_boundary = surface.opposite(halfedge).is_none();
                    let weight = if is_boundary { BOUNDARY_WEIGHT } else { SEAM_WEIGHT };
                    add_upright_plane(&mut quadrics, surface, ends, normal, weight);
                }
            }
        }
    }
    Ok(quadrics)
}

fn add_upright_plane(
    quadrics: &mut [Quadric],
    surface: &Surface,
    ends: [u32; 2],
    normal: DVec3,
    weight: f64,
) {
    let [start, end] = ends.map(|end| surface.points[end as usize]);
    let along = end - start;
    let cross = along.cross(normal);
    let length = cross.length();
    if length > 0.0 {
        let plane = Quadric::plane(start, cross / length, weight * along.length_squared());
        for end in ends {
            let quadric = &mut quadrics[end as usize];
            *quadric = quadric.plus(&plane);
        }
    }
}
