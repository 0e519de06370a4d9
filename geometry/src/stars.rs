//! Positions around which a surface certainly does not meet itself.
//!
//! Around most positions of a surface the triangles can all be seen at once from one direction, each from its front and
//! none before another: then they are apart but for the edges and the corner they share. That is found by going through
//! the triangles in order, with a few products for each corner, and spares the exact test of all pairs around a corner,
//! which are most of the pairs of triangles that are near each other.

use glam::{DVec3, Vec3};

use crate::memory::Holding;
use crate::predicates::decided;
use crate::progress::{Cancelled, Progress, report_at};
use crate::topology::DEGENERATE;

/// What is known about the triangles around each position.
#[derive(Debug, Default)]
pub(crate) struct Stars {
    is_plain: Vec<bool>,
}

impl Stars {
    /// Whether the triangles around a position are one closed fan, and no two of them have anything in common but this
    /// position or an edge at it. `false` tells nothing.
    #[inline]
    pub(crate) fn is_plain(&self, position: u32) -> bool {
        self.is_plain[position as usize]
    }
}

/// Where the triangles around a position are looked at from, and what was found so far.
#[derive(Clone, Copy, Default)]
struct View {
    /// Towards the eye: any direction will do.
    eye: Vec3,
    /// How often the edges go past the mark on their way round.
    num_rounds: u16,
    is_odd: bool,
}

/// A direction that no drawing is aligned to; seen from the eye, the mark lies across it.
const SKEW: Vec3 = Vec3::new(0.421, 0.683, 0.597);

/// Many times what the sums below can be off by, relative to the largest products in them: there are about a dozen
/// roundings to `f32` in each, of half an epsilon.
const MARGIN: f32 = 64.0 * f32::EPSILON;

/// Sides need to be longer than this, millimetres, so that no product loses digits for being small.
const SHORTEST: f32 = 1e-10;

/// Finds them for triangles that are connected by `opposites`.
pub(crate) fn find_stars(
    points: &[DVec3],
    triangles: &[[u32; 3]],
    opposites: &[u32],
    progress: &dyn Progress,
) -> Result<Stars, Cancelled> {
    let _held = Holding::new(progress, points.len() * size_of::<View>())?;
    let mut views = vec![View::default(); points.len()];
    let sides_of = |corners: [u32; 3]| {
        let [a, b, c] = corners.map(|corner| decided(points[corner as usize]));
        [b - a, c - b, a - c].map(|side| side.as_vec3())
    };
    let takes_part = |triangle: usize| opposites[triangle * 3] != DEGENERATE;
    for (triangle, &corners) in triangles.iter().enumerate() {
        report_at(progress, triangle, triangles.len() * 2)?;
        if takes_part(triangle) {
            let sides = sides_of(corners);
            let normal = sides[0].cross(-sides[2]);
            let lengths = sides.map(Vec3::length);
            let unit = normal.normalize_or_zero();
            for i in 0..3 {
                // By the angle, so that it does not matter into which triangles a face is divided.
                let before = (i + 2) % 3;
                let cosine = -sides[i].dot(sides[before]) / (lengths[i] * lengths[before]);
                views[corners[i] as usize].eye += unit * rough_acos(cosine);
            }
        }
    }
    for (triangle, &corners) in triangles.iter().enumerate() {
        report_at(progress, triangles.len() + triangle, triangles.len() * 2)?;
        if takes_part(triangle) {
            look(sides_of(corners), corners, &opposites[triangle * 3..][..3], &mut views);
        }
    }
    Ok(Stars { is_plain: views.iter().map(|view| !view.is_odd && view.num_rounds == 1).collect() })
}

/// An angle to about a ten-thousandth (Milton Abramowitz and Irene Stegun, “Handbook of Mathematical Functions”, 4.4.45).
fn rough_acos(cosine: f32) -> f32 {
    let x = cosine.abs().min(1.0);
    let angle = (1.0 - x).sqrt() * (1.570_728_8 + x * (-0.212_114_4 + x * (0.074_261 - x * 0.018_729_3)));
    if cosine < 0.0 { std::f32::consts::PI - angle } else { angle }
}

/// Looks at a triangle from its three corners.
///
/// Where all normals are towards the eye, the edges at a position turn left from each triangle to the next, by less than
/// half a turn, in closed fans; so each fan goes round a whole number of times, at least once. If all together go past the
/// mark once, there is one fan that goes round once, and its triangles lie beside each other. All this is about the exact
/// edges: what is not clear in `f32`, with numbers too large or too small for it, is odd.
#[inline]
fn look(sides: [Vec3; 3], corners: [u32; 3], across: &[u32], views: &mut [View]) {
    let normal = sides[0].cross(-sides[2]);
    let sizes = sides.map(|side| side.abs().max_element());
    let is_sizable = (sizes[0] > SHORTEST) & (sizes[1] > SHORTEST) & (sizes[2] > SHORTEST);
    let normal_margin = sizes[0] * sizes[2] * MARGIN;
    let margins = sizes.map(|size| size * MARGIN);
    for i in 0..3 {
        let before = (i + 2) % 3;
        let view = &mut views[corners[i] as usize];
        let eye_size = view.eye.abs().element_sum();
        let mark = view.eye.cross(SKEW);
        let (out, back) = (sides[i].dot(mark), -sides[before].dot(mark));
        let is_regular = (across[i] < DEGENERATE) & (across[before] < DEGENERATE);
        let is_front = normal.dot(view.eye) > normal_margin * eye_size;
        let is_clear = (out.abs() > margins[i] * eye_size) & (back.abs() > margins[before] * eye_size);
        view.is_odd |= !(is_regular & is_sizable & is_front & is_clear);
        view.num_rounds = view.num_rounds.saturating_add(u16::from((out < 0.0) & (back > 0.0)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::topology::Edges;
    use crate::{Mesh, Primitive, Unwatched};

    fn stars(mesh: &Mesh) -> Stars {
        let opposites = Edges::new(&mesh.triangles, mesh.positions.len()).opposites(&mesh.triangles);
        find_stars(&mesh.positions, &mesh.triangles, &opposites, &Unwatched).expect("nobody cancels")
    }

    /// A closed fan of triangles around the first position through points at heights over a circle, `turns` times round.
    fn fan(turns: u32, height: impl Fn(u32) -> f64) -> Mesh {
        let num = 7 * turns;
        let rim = (0..num).map(|i| {
            let angle_rad = std::f64::consts::TAU * f64::from(i) / 7.0 + 0.01 * f64::from(i / 7);
            DVec3::new(crate::math::cos(angle_rad), crate::math::sin(angle_rad), height(i))
        });
        let positions = std::iter::once(DVec3::ZERO).chain(rim).collect();
        Mesh::new(positions, (0..num).map(|i| [0, 1 + i, 1 + (i + 1) % num]).collect())
    }

    #[test]
    fn all_positions_of_everyday_bodies_are_plain() {
        let shapes = [
            Primitive::Box { size: DVec3::new(1.0, 2.0, 3.0) },
            Primitive::Sphere { radius: 3.0, segments: 40 },
            Primitive::Torus { major_radius: 3.0, minor_radius: 1.0, segments: 40 },
            Primitive::Cylinder { radius: 1.0, height: 2.0, segments: 64 },
            Primitive::Cone { bottom_radius: 1.0, top_radius: 0.0, height: 2.0, segments: 30 },
        ];
        for shape in shapes {
            let mesh = shape.mesh().expect("allowed");
            let stars = stars(&mesh);
            assert!((0..mesh.positions.len() as u32).all(|it| stars.is_plain(it)), "{shape:?}");
        }
    }

    #[test]
    fn folds_and_second_rounds_are_not_plain() {
        assert!(stars(&fan(1, |_| 0.0)).is_plain(0));
        assert!(stars(&fan(1, |i| if i % 2 == 0 { 0.4 } else { -0.4 })).is_plain(0));
        // Twice round, as a screw that closes: all are seen from the front.
        assert!(!stars(&fan(2, |i| f64::from(i) * 0.01)).is_plain(0));
        // A fold: two triangles are seen from behind.
        let mut folded = fan(1, |_| 0.0);
        folded.positions[3] = folded.positions[1] * 0.5 - folded.positions[2] * 0.1;
        assert!(!stars(&folded).is_plain(0));
        // An open fan.
        let mut open = fan(1, |_| 0.0);
        open.triangles.pop();
        assert!(!stars(&open).is_plain(0));
        // Two fans at one position.
        let mut two = fan(1, |_| 1.0);
        let more = fan(1, |_| 2.0);
        two.triangles.extend(more.triangles.iter().map(|&[_, a, b]| [0, a + 7, b + 7]));
        two.positions.extend(&more.positions[1..]);
        assert!(!stars(&two).is_plain(0));
    }
}
