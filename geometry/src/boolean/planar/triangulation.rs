//! The triangles of a planar arrangement and who is next to whom; knows nothing of where vertices are.

use crate::boolean::NONE;

/// Edge `i` runs from `corners[i]` to the next corner.
#[derive(Clone, Copy, Debug)]
pub(super) struct Triangle {
    pub(super) corners: [u32; 3],
    pub(super) neighbors: [u32; 3],
    pub(super) lines: [u32; 3],
}

/// Triangles that cover a convex region.
#[derive(Default)]
pub(super) struct Triangulation {
    pub(super) triangles: Vec<Triangle>,
    /// A triangle at each vertex.
    triangle_at: Vec<u32>,
}

impl Triangulation {
    /// Starts anew with one triangle of the vertices 0, 1 and 2.
    pub(super) fn start(&mut self, lines: [u32; 3]) {
        self.triangles.clear();
        self.triangle_at.clear();
        self.triangle_at.extend([0; 3]);
        self.triangles.push(Triangle { corners: [0, 1, 2], neighbors: [NONE; 3], lines });
    }

    /// Makes room for one more vertex.
    pub(super) fn add_vertex(&mut self) -> u32 {
        self.triangle_at.push(NONE);
        self.triangle_at.len() as u32 - 1
    }

    #[inline]
    pub(super) fn get(&self, triangle: u32) -> Triangle {
        self.triangles[triangle as usize]
    }

    /// A triangle at a vertex.
    #[inline]
    pub(super) fn at(&self, vertex: u32) -> u32 {
        self.triangle_at[vertex as usize]
    }

    /// The corner of the triangle across an edge that is not on the edge.
    #[inline]
    pub(super) fn apex_across(&self, triangle: u32, edge: usize) -> u32 {
        let Triangle { corners, neighbors, .. } = self.get(triangle);
        let other = neighbors[edge];
        let back = self.edge_from(other, corners[(edge + 1) % 3]).expect("neighbours share an edge");
        self.get(other).corners[(back + 2) % 3]
    }

    /// Puts a line on both sides of an edge.
    pub(super) fn set_line(&mut self, triangle: u32, edge: usize, line: u32) {
        let Triangle { corners, neighbors, .. } = self.get(triangle);
        self.triangles[triangle as usize].lines[edge] = line;
        if neighbors[edge] != NONE {
            let back = self.edge_from(neighbors[edge], corners[(edge + 1) % 3]);
            let back = back.expect("neighbours share an edge");
            self.triangles[neighbors[edge] as usize].lines[back] = line;
        }
    }

    /// Goes round a vertex through its triangles, each given with the place of the vertex in it, until `visit` finds
    /// something.
    pub(super) fn spin<T>(&self, vertex: u32, mut visit: impl FnMut(u32, usize) -> Option<T>) -> Option<T> {
        let place = |triangle: u32| {
            let [a, b, _] = self.triangles[triangle as usize].corners;
            if a == vertex {
                0
            } else if b == vertex {
                1
            } else {
                2
            }
        };
        let start = self.triangle_at[vertex as usize];
        let start_place = place(start);
        if let Some(found) = visit(start, start_place) {
            return Some(found);
        }
        for side in [2, 0] {
            let (mut triangle, mut corner) = (start, start_place);
            loop {
                let next = self.triangles[triangle as usize].neighbors[(corner + side) % 3];
                if next == start {
                    return None;
                }
                if next == NONE {
                    break;
                }
                triangle = next;
                corner = place(triangle);
                if let Some(found) = visit(triangle, corner) {
                    return Some(found);
                }
            }
        }
        None
    }

    #[inline]
    pub(super) fn edge_from(&self, triangle: u32, start: u32) -> Option<usize> {
        self.triangles[triangle as usize].corners.iter().position(|&corner| corner == start)
    }

    /// The triangle that has the edge from one vertex to another.
    pub(super) fn find_edge(&self, from: u32, to: u32) -> Option<(u32, usize)> {
        self.spin(from, |triangle, corner| {
            let next = self.triangles[triangle as usize].corners[(corner + 1) % 3];
            (next == to).then_some((triangle, corner))
        })
    }

    /// The same, looked for at a triangle first.
    pub(super) fn find_edge_near(&self, from: u32, to: u32, triangle: u32) -> Option<(u32, usize)> {
        let corners = self.triangles[triangle as usize].corners;
        match corners.iter().position(|&corner| corner == from) {
            Some(edge) if corners[(edge + 1) % 3] == to => Some((triangle, edge)),
            _ => self.find_edge(from, to),
        }
    }

    /// Divides a triangle at a vertex inside it.
    pub(super) fn split_triangle(&mut self, triangle: u32, vertex: u32) {
        let Triangle { corners: [a, b, c], neighbors, lines } = self.triangles[triangle as usize];
        let second = self.triangles.len() as u32;
        let third = second + 1;
        self.triangles[triangle as usize] = Triangle {
            corners: [a, b, vertex],
            neighbors: [neighbors[0], second, third],
            lines: [lines[0], NONE, NONE],
        };
        self.triangles.push(Triangle {
            corners: [b, c, vertex],
            neighbors: [neighbors[1], third, triangle],
            lines: [lines[1], NONE, NONE],
        });
        self.triangles.push(Triangle {
            corners: [c, a, vertex],
            neighbors: [neighbors[2], triangle, second],
            lines: [lines[2], NONE, NONE],
        });
        self.replace_neighbor(neighbors[1], triangle, second);
        self.replace_neighbor(neighbors[2], triangle, third);
        self.register(&[triangle, second, third]);
    }

    /// Divides an edge, and the triangles beside it, at a vertex.
    pub(super) fn split_edge(&mut self, triangle: u32, edge: usize, vertex: u32) {
        let Triangle { corners, neighbors, lines } = self.triangles[triangle as usize];
        let [i, j, k] = [edge, (edge + 1) % 3, (edge + 2) % 3];
        let (a, b, c) = (corners[i], corners[j], corners[k]);
        let other = neighbors[i];
        let second = self.triangles.len() as u32;
        let other_second = if other == NONE { NONE } else { second + 1 };
        self.triangles[triangle as usize] = Triangle {
            corners: [a, vertex, c],
            neighbors: [other, second, neighbors[k]],
            lines: [lines[i], NONE, lines[k]],
        };
        self.triangles.push(Triangle {
            corners: [vertex, b, c],
            neighbors: [other_second, neighbors[j], triangle],
            lines: [lines[i], lines[j], NONE],
        });
        self.replace_neighbor(neighbors[j], triangle, second);
        self.register(&[triangle, second]);
        if other == NONE {
            return;
        }
        let back = self.edge_from(other, b).expect("neighbours share an edge");
        let Triangle { corners, neighbors, lines } = self.triangles[other as usize];
        let [i, j, k] = [back, (back + 1) % 3, (back + 2) % 3];
        let d = corners[k];
        self.triangles[other as usize] = Triangle {
            corners: [vertex, a, d],
            neighbors: [triangle, neighbors[j], other_second],
            lines: [lines[i], lines[j], NONE],
        };
        self.triangles.push(Triangle {
            corners: [b, vertex, d],
            neighbors: [second, other, neighbors[k]],
            lines: [lines[i], NONE, lines[k]],
        });
        self.replace_neighbor(neighbors[k], other, other_second);
        self.register(&[other, other_second]);
    }

    /// Turns the edge between two triangles. Afterwards they are `[a, d, c]` and `[b, c, d]`, where the edge ran from `a`
    /// to `b`, `c` was the apex of the first one and `d` that of the other one.
    pub(super) fn flip(&mut self, triangle: u32, edge: usize) {
        let Triangle { corners, neighbors, lines } = self.triangles[triangle as usize];
        let [i, j, k] = [edge, (edge + 1) % 3, (edge + 2) % 3];
        let (a, b, c) = (corners[i], corners[j], corners[k]);
        let other = neighbors[i];
        let back = self.edge_from(other, b).expect("neighbours share an edge");
        let Triangle { corners: other_corners, neighbors: other_neighbors, lines: other_lines } =
            self.triangles[other as usize];
        let [_, q, r] = [back, (back + 1) % 3, (back + 2) % 3];
        let d = other_corners[r];
        self.triangles[triangle as usize] = Triangle {
            corners: [a, d, c],
            neighbors: [other_neighbors[q], other, neighbors[k]],
            lines: [other_lines[q], NONE, lines[k]],
        };
        self.triangles[other as usize] = Triangle {
            corners: [b, c, d],
            neighbors: [neighbors[j], triangle, other_neighbors[r]],
            lines: [lines[j], NONE, other_lines[r]],
        };
        self.replace_neighbor(other_neighbors[q], other, triangle);
        self.replace_neighbor(neighbors[j], triangle, other);
        self.register(&[triangle, other]);
    }

    fn replace_neighbor(&mut self, triangle: u32, old: u32, new: u32) {
        if triangle != NONE {
            for neighbor in &mut self.triangles[triangle as usize].neighbors {
                if *neighbor == old {
                    *neighbor = new;
                }
            }
        }
    }

    fn register(&mut self, triangles: &[u32]) {
        for &triangle in triangles {
            for corner in self.triangles[triangle as usize].corners {
                self.triangle_at[corner as usize] = triangle;
            }
        }
    }
}
