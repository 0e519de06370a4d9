//! Beams and balls of a lattice as closed surfaces: frusta with rounded or flat ends.

use geometry::Mesh;
use geometry::math::{cos, sin};
use glam::DVec3;

use super::model::{Lattice, RawMesh};

/// How many triangles all beams of a mesh may have before they become coarser, and then fewer.
const MAX_FINE: usize = 4_000_000;
const MAX_COARSE: usize = 12_000_000;
/// The sine and cosine of 45°.
const DIAGONAL: f64 = std::f64::consts::FRAC_1_SQRT_2;

/// Adds the beams of a mesh to its surface, each as a shell of its own, and tells how many there was no room for.
pub(super) fn add(raw: &RawMesh, lattice: &Lattice, mesh: &mut Mesh) -> usize {
    let count = lattice.beams.len() + lattice.balls.len();
    let shape = if count.saturating_mul(64) <= MAX_FINE {
        Shape { num_sides: 8, is_fine: true }
    } else {
        Shape { num_sides: 6, is_fine: false }
    };
    let most = MAX_COARSE / 24;
    let directions = shape.directions();
    for beam in lattice.beams.iter().take(most) {
        let [from, to] = beam.ends.map(|end| raw.positions[end as usize]);
        let axis = (to - from).normalize_or_zero();
        let [r0, r1] = beam.radii;
        let bulge = |is_round: bool, radius: f64| if is_round { radius } else { 0.0 };
        let poles = [from - axis * bulge(beam.is_round[0], r0), to + axis * bulge(beam.is_round[1], r1)];
        let mut rings = Vec::with_capacity(4);
        if beam.is_round[0] && shape.is_fine {
            rings.push((from - axis * (r0 * DIAGONAL), r0 * DIAGONAL));
        }
        rings.push((from, r0));
        rings.push((to, r1));
        if beam.is_round[1] && shape.is_fine {
            rings.push((to + axis * (r1 * DIAGONAL), r1 * DIAGONAL));
        }
        add_shell(mesh, axis, poles, &rings, &directions);
    }
    for &(vertex, radius) in lattice.balls.iter().take(most.saturating_sub(lattice.beams.len())) {
        let center = raw.positions[vertex as usize];
        let high = DVec3::Z * (radius * DIAGONAL);
        let rings =
            [(center - high, radius * DIAGONAL), (center, radius), (center + high, radius * DIAGONAL)];
        let poles = [center - DVec3::Z * radius, center + DVec3::Z * radius];
        add_shell(mesh, DVec3::Z, poles, &rings, &directions);
    }
    count.saturating_sub(most)
}

struct Shape {
    num_sides: u32,
    /// Whether round ends have a ring between their edge and their pole.
    is_fine: bool,
}

impl Shape {
    /// Cosines and sines of the corners of a ring.
    fn directions(&self) -> Vec<[f64; 2]> {
        let angle = |side: u32| std::f64::consts::TAU * f64::from(side) / f64::from(self.num_sides);
        (0..self.num_sides).map(|side| [cos(angle(side)), sin(angle(side))]).collect()
    }
}

/// A surface of revolution around an axis, from pole to pole over rings of a centre and a radius.
fn add_shell(
    mesh: &mut Mesh,
    axis: DVec3,
    poles: [DVec3; 2],
    rings: &[(DVec3, f64)],
    directions: &[[f64; 2]],
) {
    let (u, v) = axis.any_orthonormal_pair();
    // Rings run counter-clockwise around the axis.
    let (u, v) = if u.cross(v).dot(axis) < 0.0 { (v, u) } else { (u, v) };
    let index = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let first = index(mesh.positions.len());
    mesh.positions.extend(poles);
    for &(center, radius) in rings {
        mesh.positions.extend(directions.iter().map(|[cos, sin]| center + (u * *cos + v * *sin) * radius));
    }
    let num_sides = directions.len();
    let at = |ring: usize, side: usize| first + 2 + index(ring * num_sides + side % num_sides);
    let last = rings.len() - 1;
    for side in 0..num_sides {
        mesh.triangles.push([first, at(0, side + 1), at(0, side)]);
        for ring in 0..last {
            mesh.triangles.push([at(ring, side), at(ring, side + 1), at(ring + 1, side + 1)]);
            mesh.triangles.push([at(ring, side), at(ring + 1, side + 1), at(ring + 1, side)]);
        }
        mesh.triangles.push([first + 1, at(last, side), at(last, side + 1)]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::model::Beam;
    use super::*;

    #[test]
    fn beams_are_closed_and_as_large_as_their_formula_says() {
        for is_round in [true, false] {
            let raw =
                RawMesh { positions: vec![DVec3::ZERO, DVec3::new(3.0, 4.0, 12.0)], ..RawMesh::default() };
            let beam = Beam { ends: [0, 1], radii: [1.0, 1.0], is_round: [is_round; 2] };
            let lattice = Lattice { beams: vec![beam], balls: Vec::new() };
            let mut mesh = Mesh::default();
            assert_eq!(add(&raw, &lattice, &mut mesh), 0);
            mesh.validate().expect("a well-formed mesh");
            assert!(mesh.is_watertight());
            // A regular octagon has the area 2√2; a rounded end is two frusta of octagons.
            let octagon = 8.0_f64.sqrt();
            let cap = octagon * (DIAGONAL * (1.0 + DIAGONAL + 0.5) / 3.0 + 0.5 * (1.0 - DIAGONAL) / 3.0);
            let expected = 13.0 * octagon + if is_round { 2.0 * cap } else { 0.0 };
            let volume = mesh.properties().volume;
            assert!((volume - expected).abs() < 1e-9, "{volume} instead of {expected}");
        }
    }

    #[test]
    fn balls_are_closed() {
        let raw = RawMesh { positions: vec![DVec3::ONE], ..RawMesh::default() };
        let mut mesh = Mesh::default();
        add(&raw, &Lattice { beams: Vec::new(), balls: vec![(0, 2.0)] }, &mut mesh);
        assert!(mesh.is_watertight() && mesh.properties().volume > 20.0);
    }
}
