//! Flips that make the triangles of an arrangement compact.

use super::Planar;
use super::triangulation::Triangle;
use crate::boolean::NONE;

impl Planar<'_> {
    /// Keeps triangles compact while points come in, so that the way to the next one is short.
    pub(super) fn relax(&mut self, vertex: u32) {
        let mut around = std::mem::take(&mut self.pending);
        self.mesh.spin(vertex, |triangle, corner| {
            around.push((triangle, (corner + 1) % 3));
            None::<()>
        });
        self.pending = around;
        self.flip_towards_delaunay(64);
    }

    /// Makes triangles better shaped where no constraint forbids it.
    pub(in crate::boolean) fn improve(&mut self) {
        let num_triangles = self.mesh.triangles.len();
        self.pending.extend((0..num_triangles as u32).flat_map(|t| (0..3).map(move |edge| (t, edge))));
        self.flip_towards_delaunay(num_triangles * 8);
    }

    /// Turns edges that a Delaunay triangulation would not have, beginning with the pending ones. Only the choice depends
    /// on rounded numbers; whether a flip is possible is decided exactly.
    fn flip_towards_delaunay(&mut self, mut num_flips_left: usize) {
        while let Some((triangle, edge)) = self.pending.pop() {
            if num_flips_left == 0 {
                self.pending.clear();
                return;
            }
            if self.wants_flip(triangle, edge) && self.can_flip(triangle, edge) {
                num_flips_left -= 1;
                let other = self.mesh.get(triangle).neighbors[edge];
                self.mesh.flip(triangle, edge);
                self.pending.extend([(triangle, 0), (triangle, 2), (other, 0), (other, 2)]);
            }
        }
    }

    pub(super) fn can_flip(&self, triangle: u32, edge: usize) -> bool {
        let Triangle { corners, neighbors, lines } = self.mesh.get(triangle);
        if neighbors[edge] == NONE || lines[edge] != NONE {
            return false;
        }
        let (a, b, c) = (corners[edge], corners[(edge + 1) % 3], corners[(edge + 2) % 3]);
        let d = self.mesh.apex_across(triangle, edge);
        self.turn(a, d, c) > 0 && self.turn(d, b, c) > 0
    }

    fn wants_flip(&self, triangle: u32, edge: usize) -> bool {
        let Triangle { corners, neighbors, lines } = self.mesh.get(triangle);
        if neighbors[edge] == NONE || lines[edge] != NONE {
            return false;
        }
        let d = self.mesh.apex_across(triangle, edge);
        let is_frame = |vertex: u32| (vertex as usize) < self.num_frame;
        if self.num_frame > 0 && (corners.iter().any(|&corner| is_frame(corner)) || is_frame(d)) {
            return false;
        }
        let flat = |vertex: u32| self.flat[vertex as usize];
        let o = flat(d);
        let [a, b, c] = corners.map(flat).map(|p| [p[0] - o[0], p[1] - o[1]]);
        let square = |p: [f64; 2]| p[0] * p[0] + p[1] * p[1];
        let minor = |p: [f64; 2], q: [f64; 2]| p[0] * q[1] - p[1] * q[0];
        let terms = [square(a) * minor(b, c), square(b) * minor(c, a), square(c) * minor(a, b)];
        let size: f64 = terms.iter().map(|term| term.abs()).sum();
        terms[0] + terms[1] + terms[2] > size * 1e-9
    }
}
