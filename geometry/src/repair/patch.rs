//! Smooth patches over holes: triangles refined to the size of those around, then points moved to where the surface bends
//! least (Peter Liepa, “Filling Holes in Meshes”, 2003; the refinement follows Ronald Pfeifle and Hans-Peter Seidel,
//! “Triangular B-splines for Blending and Filling of Polygonal Holes”, 1996).

use std::collections::BTreeMap;

use glam::DVec3;

use crate::draft::Draft;

/// A triangle is divided where its middle is this much farther from its corners than edges are long there.
const DENSITY: f64 = std::f64::consts::SQRT_2;

/// Rounds of refinement and of moving points. Each round of the first doubles the number of points at most; the second
/// converges to a tenth of a percent in fewer for patches of some hundred points.
const MAX_REFINEMENTS: usize = 12;
const MAX_MOVES: usize = 400;

/// No patch gets more triangles, so that no hole takes more than about a second.
const MAX_TRIANGLES: usize = 20_000;

/// The patch: points of which the first ones are the corners of the hole.
struct Patch {
    points: Vec<DVec3>,
    /// How long edges are around each point.
    sizes: Vec<f64>,
    triangles: Vec<[u32; 3]>,
    num_fixed: usize,
}

/// Adds a patch over the triangles that fill a hole, given by numbers of `points`: the corners of the hole, then new ones.
pub(super) fn add_smooth(
    draft: &mut Draft,
    corners: &[u32],
    points: Vec<DVec3>,
    triangles: &[[u32; 3]],
    neighbor: usize,
) {
    let around = Surroundings::new(draft, corners);
    let mut sizes = around.sizes.clone();
    sizes.resize(points.len(), around.sizes.iter().sum::<f64>() / corners.len() as f64);
    let mut patch = Patch { points, sizes, triangles: triangles.to_vec(), num_fixed: corners.len() };
    for _ in 0..MAX_REFINEMENTS {
        let has_divided = patch.divide();
        patch.swap_edges();
        if !has_divided || patch.triangles.len() > MAX_TRIANGLES {
            break;
        }
    }
    patch.smooth(&around);
    let first = draft.positions.len() as u32;
    let num_fixed = patch.num_fixed as u32;
    draft.positions.extend_from_slice(&patch.points[patch.num_fixed..]);
    for triangle in &patch.triangles {
        let position = |number: u32| match corners.get(number as usize) {
            Some(&corner) => corner,
            None => first + number - num_fixed,
        };
        draft.add(triangle.map(position), neighbor);
    }
}

/// The surface at the corners of the hole.
struct Surroundings {
    /// Mean length of the edges at each corner.
    sizes: Vec<f64>,
    /// Neighbours of each corner outside the hole.
    neighbors: Vec<Vec<DVec3>>,
}

impl Surroundings {
    fn new(draft: &Draft, corners: &[u32]) -> Self {
        let numbers: BTreeMap<u32, usize> =
            corners.iter().enumerate().map(|(i, &corner)| (corner, i)).collect();
        let mut neighbors: Vec<Vec<u32>> = vec![Vec::new(); corners.len()];
        for &[a, b, c] in draft.triangles() {
            for [corner, one, other] in [[a, b, c], [b, c, a], [c, a, b]] {
                if let Some(&number) = numbers.get(&corner) {
                    neighbors[number].extend([one, other]);
                }
            }
        }
        let mut around = Self { sizes: Vec::new(), neighbors: Vec::new() };
        for (list, &corner) in neighbors.iter_mut().zip(corners) {
            list.sort_unstable();
            list.dedup();
            let at = |position: u32| draft.positions[position as usize];
            let total: f64 = list.iter().map(|&neighbor| at(neighbor).distance(at(corner))).sum();
            around.sizes.push(total / list.len().max(1) as f64);
            // Those on the hole's rim belong to the patch too.
            list.retain(|neighbor| !numbers.contains_key(neighbor));
            around.neighbors.push(list.iter().map(|&neighbor| at(neighbor)).collect());
        }
        around
    }
}

impl Patch {
    /// Divides every triangle that is too large at its middle; whether there was one.
    fn divide(&mut self) -> bool {
        let before = self.triangles.len();
        for index in 0..before {
            let [a, b, c] = self.triangles[index];
            let corners = [a, b, c].map(|corner| self.points[corner as usize]);
            let sizes = [a, b, c].map(|corner| self.sizes[corner as usize]);
            let middle = (corners[0] + corners[1] + corners[2]) / 3.0;
            let size = (sizes[0] + sizes[1] + sizes[2]) / 3.0;
            let is_large = (0..3).all(|i| {
                let distance = DENSITY * middle.distance(corners[i]);
                distance > size && distance > sizes[i]
            });
            if is_large && size > 0.0 {
                let new = self.points.len() as u32;
                self.points.push(middle);
                self.sizes.push(size);
                self.triangles[index] = [a, b, new];
                self.triangles.extend([[b, c, new], [c, a, new]]);
            }
        }
        self.triangles.len() > before
    }

    /// Swaps edges whose opposite angles are together more than half a turn, until none is or for some rounds.
    fn swap_edges(&mut self) {
        for _ in 0..10 {
            let mut sides: BTreeMap<(u32, u32), usize> = BTreeMap::new();
            for (index, &[a, b, c]) in self.triangles.iter().enumerate() {
                for side in [(a, b), (b, c), (c, a)] {
                    sides.insert(side, index);
                }
            }
            let mut is_changed = vec![false; self.triangles.len()];
            let mut has_swapped = false;
            for (&(start, end), &one) in &sides {
                let Some(&other) = sides.get(&(end, start)).filter(|_| start < end) else { continue };
                if is_changed[one] || is_changed[other] {
                    continue;
                }
                let apex = |triangle: usize| {
                    self.triangles[triangle].into_iter().find(|&corner| corner != start && corner != end)
                };
                let (Some(left), Some(right)) = (apex(one), apex(other)) else { continue };
                // Two corners of the rim may be joined outside the patch already.
                let is_new = !sides.contains_key(&(left, right))
                    && !sides.contains_key(&(right, left))
                    && left.max(right) as usize >= self.num_fixed;
                if is_new && self.is_obtuse(start, end, left, right) {
                    self.triangles[one] = [left, right, end];
                    self.triangles[other] = [right, left, start];
                    is_changed[one] = true;
                    is_changed[other] = true;
                    has_swapped = true;
                }
            }
            if !has_swapped {
                return;
            }
        }
    }

    /// Whether the angles across an edge are together more than half a turn.
    fn is_obtuse(&self, start: u32, end: u32, left: u32, right: u32) -> bool {
        let [start, end, left, right] = [start, end, left, right].map(|it| self.points[it as usize]);
        let cotangent = |apex: DVec3| {
            let (one, other) = (start - apex, end - apex);
            one.dot(other) / one.cross(other).length()
        };
        cotangent(left) + cotangent(right) < -1e-9
    }

    /// Moves the inner points until each is where its neighbours' own means say: the discrete form of a surface that bends
    /// least and goes on from its surroundings without a kink.
    fn smooth(&mut self, around: &Surroundings) {
        let mut neighbors: Vec<Vec<u32>> = vec![Vec::new(); self.points.len()];
        for &[a, b, c] in &self.triangles {
            for [corner, one, other] in [[a, b, c], [b, c, a], [c, a, b]] {
                neighbors[corner as usize].extend([one, other]);
            }
        }
        for list in &mut neighbors {
            list.sort_unstable();
            list.dedup();
        }
        // How far each point is from the mean of its neighbours.
        let offset = |points: &[DVec3], point: usize| {
            let outside = around.neighbors.get(point).map_or(&[][..], Vec::as_slice);
            let inside = neighbors[point].iter().map(|&neighbor| points[neighbor as usize]);
            let count = (outside.len() + neighbors[point].len()) as f64;
            (inside.sum::<DVec3>() + outside.iter().sum::<DVec3>()) / count - points[point]
        };
        let inner = self.num_fixed..self.points.len();
        // First as a soap film, which is near and soon found.
        for _ in 0..MAX_MOVES {
            for point in inner.clone() {
                let step = offset(&self.points, point);
                self.points[point] += step;
            }
        }
        for _ in 0..MAX_MOVES {
            for point in inner.clone() {
                let own = offset(&self.points, point);
                let list = &neighbors[point];
                let mean = list.iter().map(|&it| offset(&self.points, it as usize)).sum::<DVec3>()
                    / list.len() as f64;
                // What a step of the point changes in the difference of the two.
                let shares: f64 = list
                    .iter()
                    .map(|&it| {
                        let outside = around.neighbors.get(it as usize).map_or(0, Vec::len);
                        1.0 / (neighbors[it as usize].len() + outside) as f64
                    })
                    .sum();
                self.points[point] += (own - mean) / (1.0 + shares / list.len() as f64);
            }
        }
    }
}
