//! More triangles: to a bound on their edges, or for a rounder shape.

use glam::DVec3;

use crate::draft::{Between, Draft};
use crate::memory::Holding;
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::topology::{Edges, end_of, previous_halfedge, start_of};
use crate::{Mesh, MeshError};

/// No refinement makes more triangles.
const MAX_TRIANGLES: usize = 100_000_000;

/// Why a mesh was not refined.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RefineError {
    /// The mesh is malformed.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// The length is NaN or not above 0.
    #[error("the length of edges must be above 0 mm")]
    Length,
    /// The result would be too large.
    #[error("that would be more than {MAX_TRIANGLES} triangles")]
    TooLarge,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The same surface with no edge longer than `max_length`, millimetres: longer ones are halved again and again. Attributes
/// are interpolated. A closed mesh stays closed.
///
/// # Errors
/// See [`RefineError`].
pub fn refine(mesh: &Mesh, max_length: f64, progress: &dyn Progress) -> Result<Mesh, RefineError> {
    mesh.validate()?;
    if max_length.is_nan() || max_length <= 0.0 {
        return Err(RefineError::Length);
    }
    // No triangle of the result is larger than the equilateral one.
    if mesh.properties().area / (0.44 * max_length * max_length) > MAX_TRIANGLES as f64 {
        return Err(RefineError::TooLarge);
    }
    let mut draft = Draft::of(mesh);
    let mut round = 0;
    loop {
        let share = |round: u32| 1.0 - 1.0 / f64::from(1 + round);
        let progress = &Stretch::new(progress, share(round), share(round + 1));
        round += 1;
        let mut held = Holding::new(progress, bytes_of_round(&draft, mesh, 0))?;
        let finding = Stretch::new(progress, 0.0, 0.4);
        let edges = Edges::new_watched(draft.triangles(), draft.positions.len(), &finding)?;
        let is_long = |halfedges: &[u32]| {
            let [start, end] = ends(&draft, halfedges[0]);
            // Where numbers are as dense as that, nothing gets shorter.
            let middle = (start + end) * 0.5;
            start.distance(end) > max_length && middle != start && middle != end
        };
        let mut long = Vec::with_capacity(edges.len());
        for (edge, halfedges) in edges.iter().enumerate() {
            report_at(&Stretch::new(progress, 0.4, 0.5), edge, edges.len())?;
            long.push(is_long(halfedges));
        }
        if !long.contains(&true) {
            return Ok(draft.finish());
        }
        let num_long = long.iter().filter(|&&is_long| is_long).count();
        held.set(bytes_of_round(&draft, mesh, num_long))?;
        let adding = Stretch::new(progress, 0.5, 0.6);
        let middles = add_middles(&mut draft, &edges, |edge| long[edge], &adding)?;
        split(&mut draft, &middles, &Stretch::new(progress, 0.6, 1.0))?;
    }
}

/// A rounder surface of four times as many triangles per round (Charles Loop, “Smooth Subdivision Surfaces Based on
/// Triangles”, 1987). Edges with another number of triangles than two stay sharp lines. Attributes are interpolated.
///
/// # Errors
/// See [`RefineError`].
pub fn subdivide(mesh: &Mesh, rounds: u32, progress: &dyn Progress) -> Result<Mesh, RefineError> {
    mesh.validate()?;
    let mut draft = Draft::of(mesh);
    for round in 0..rounds {
        let share = |round: u32| f64::from(round) / f64::from(rounds);
        let progress = &Stretch::new(progress, share(round), share(round + 1));
        let _held = Holding::new(progress, bytes_of_round(&draft, mesh, draft.len() * 3 / 2))?;
        let finding = Stretch::new(progress, 0.0, 0.3);
        let edges = Edges::new_watched(draft.triangles(), draft.positions.len(), &finding)?;
        let moved = moved_vertices(&draft, &edges, &Stretch::new(progress, 0.3, 0.5))?;
        let before = draft.positions.len();
        let middles = add_middles(&mut draft, &edges, |_| true, &Stretch::new(progress, 0.5, 0.6))?;
        draft.positions[..before].copy_from_slice(&moved.old);
        draft.positions[before..].copy_from_slice(&moved.new);
        split(&mut draft, &middles, &Stretch::new(progress, 0.6, 1.0))?;
    }
    Ok(draft.finish())
}

/// What a round takes that halves so many edges: edges and middles, and positions, triangles and rows of before and after.
fn bytes_of_round(draft: &Draft, mesh: &Mesh, num_halved: usize) -> usize {
    let per_corners = 12 * (1 + mesh.channels.len());
    let finding = draft.len() * (Edges::BYTES_PER_TRIANGLE + 12 + per_corners) + draft.positions.len() * 24;
    finding + num_halved * (2 * per_corners + 2 * 24)
}

fn ends(draft: &Draft, halfedge: u32) -> [DVec3; 2] {
    let triangles = draft.triangles();
    [start_of(triangles, halfedge), end_of(triangles, halfedge)].map(|end| draft.positions[end as usize])
}

const NONE: u32 = u32::MAX;

/// Adds a position in the middle of each edge that is wanted; for each halfedge its middle.
fn add_middles(
    draft: &mut Draft,
    edges: &Edges,
    is_wanted: impl Fn(usize) -> bool,
    progress: &dyn Progress,
) -> Result<Vec<u32>, RefineError> {
    let mut middles = vec![NONE; draft.len() * 3];
    let mut num_added = 0;
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(progress, edge, edges.len())?;
        if !is_wanted(edge) {
            continue;
        }
        let [start, end] = ends(draft, halfedges[0]);
        let middle = draft.positions.len() as u32;
        draft.positions.push((start + end) * 0.5);
        for &halfedge in halfedges {
            middles[halfedge as usize] = middle;
            num_added += 1;
        }
    }
    if draft.len() + num_added > MAX_TRIANGLES { Err(RefineError::TooLarge) } else { Ok(middles) }
}

/// Splits every triangle at the middles of its edges, if any.
fn split(draft: &mut Draft, middles: &[u32], progress: &dyn Progress) -> Result<(), Cancelled> {
    for triangle in 0..middles.len() / 3 {
        report_at(progress, triangle, middles.len() / 3)?;
        let middles = &middles[triangle * 3..triangle * 3 + 3];
        // Turned so that the sides with middles come first.
        let has = |side: usize| middles[side % 3] != NONE;
        let Some(first) = (0..3).find(|&side| has(side) && (has(side + 1) || !has(side + 2))) else {
            continue;
        };
        let corner = |number: usize| {
            let corner = (first + number) % 3;
            Between { position: draft.triangles()[triangle][corner], from: corner, to: corner, part: 0.0 }
        };
        let middle = |number: usize| {
            let side = (first + number) % 3;
            Between { position: middles[side], from: side, to: (side + 1) % 3, part: 0.5 }
        };
        let corners = [corner(0), corner(1), corner(2), middle(0), middle(1), middle(2)];
        let at = |place: usize| draft.positions[corners[place].position as usize];
        if has(first + 1) && has(first + 2) {
            draft.split(triangle, &corners, &[[3, 4, 5], [0, 3, 5], [3, 1, 4], [5, 4, 2]]);
        } else if has(first + 1) {
            // The corner between the middles is cut off, and the rest along its shorter diagonal.
            let is_first_shorter = at(0).distance_squared(at(4)) <= at(3).distance_squared(at(2));
            let rest = if is_first_shorter { [[0, 3, 4], [0, 4, 2]] } else { [[0, 3, 2], [3, 4, 2]] };
            draft.split(triangle, &corners[..5], &[[3, 1, 4], rest[0], rest[1]]);
        } else {
            draft.split(triangle, &corners[..4], &[[0, 3, 2], [3, 1, 2]]);
        }
    }
    Ok(())
}

/// Where Loop's rules put the old positions and the middles of edges.
struct Moved {
    old: Vec<DVec3>,
    new: Vec<DVec3>,
}

fn moved_vertices(draft: &Draft, edges: &Edges, progress: &dyn Progress) -> Result<Moved, Cancelled> {
    let triangles = draft.triangles();
    let at = |position: u32| draft.positions[position as usize];
    let count = draft.positions.len();
    // Sums over neighbours, and over those along sharp lines.
    let (mut sums, mut nums) = (vec![DVec3::ZERO; count], vec![0_u32; count]);
    let (mut sharp_sums, mut sharp_nums) = (vec![DVec3::ZERO; count], vec![0_u32; count]);
    let mut new = Vec::with_capacity(edges.len());
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(progress, edge, edges.len())?;
        let ends = [start_of(triangles, halfedges[0]), end_of(triangles, halfedges[0])];
        let [start, end] = ends.map(at);
        let is_smooth = halfedges.len() == 2;
        new.push(if is_smooth {
            let apex = |halfedge: u32| at(start_of(triangles, previous_halfedge(halfedge)));
            (start + end) * 0.375 + (apex(halfedges[0]) + apex(halfedges[1])) * 0.125
        } else {
            (start + end) * 0.5
        });
        for (one, other) in [(ends[0], end), (ends[1], start)] {
            let one = one as usize;
            sums[one] += other;
            nums[one] += 1;
            if !is_smooth {
                sharp_sums[one] += other;
                sharp_nums[one] += 1;
            }
        }
    }
    let old = (0..count)
        .map(|index| {
            let position = draft.positions[index];
            match sharp_nums[index] {
                0 if nums[index] > 0 => {
                    // Joe Warren's simpler weights.
                    let num = f64::from(nums[index]);
                    let weight = if nums[index] == 3 { 3.0 / 16.0 } else { 3.0 / (8.0 * num) };
                    position * (1.0 - num * weight) + sums[index] * weight
                }
                2 => position * 0.75 + sharp_sums[index] * 0.125,
                _ => position,
            }
        })
        .collect();
    Ok(Moved { old, new })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Channel, CornerRows, Primitive, Semantic, Unwatched};

    #[test]
    fn edges_get_short_and_the_shape_stays() {
        let mut mesh = Primitive::Box { size: DVec3::new(1.0, 2.0, 7.0) }.mesh().expect("allowed");
        let values = mesh.positions.iter().flat_map(|point| [point.x as f32, point.z as f32]).collect();
        mesh.channels.push(Channel {
            semantic: Semantic::Uv(0),
            width: 2,
            values,
            rows: CornerRows::PerPosition,
        });
        let fine = refine(&mesh, 0.3, &Unwatched).expect("all in range");
        assert!(fine.check().is_solid());
        assert!(fine.channels[0].rows == CornerRows::PerPosition);
        for (row, point) in fine.channels[0].values.as_chunks::<2>().0.iter().zip(&fine.positions) {
            assert_eq!(*row, [point.x as f32, point.z as f32]);
        }
        for triangle in 0..fine.triangles.len() {
            let [a, b, c] = fine.triangle_points(triangle);
            assert!(a.distance(b).max(b.distance(c)).max(c.distance(a)) <= 0.3);
        }
        assert!((fine.properties().volume - 14.0).abs() < 1e-12);
        assert!((fine.properties().area - mesh.properties().area).abs() < 1e-12);
        assert_eq!(refine(&mesh, 9.0, &Unwatched), Ok(mesh.clone()));
        assert_eq!(refine(&mesh, 0.0, &Unwatched), Err(RefineError::Length));
        assert_eq!(refine(&mesh, 1e-9, &Unwatched), Err(RefineError::TooLarge));
    }

    #[test]
    fn an_octahedron_gets_round() {
        let corners = [DVec3::X, DVec3::Y, DVec3::Z, -DVec3::X, -DVec3::Y, -DVec3::Z];
        let octahedron = crate::convex_hull(&corners, &Unwatched).expect("not flat");
        let mesh = subdivide(&octahedron, 4, &Unwatched).expect("all in range");
        assert_eq!((mesh.triangles.len(), mesh.check().is_solid()), (8 * 256, true));
        let radii: Vec<f64> = mesh.positions.iter().map(|point| point.length()).collect();
        let (low, high) = radii.iter().fold((9.0_f64, 0.0_f64), |(low, high), &r| (low.min(r), high.max(r)));
        assert!(high / low < 1.25 && low > 0.4, "{low} to {high}");
    }

    #[test]
    fn a_flat_sheet_stays_flat_and_its_outline_gets_round() {
        let square = Mesh::new(
            vec![DVec3::ZERO, DVec3::X, DVec3::new(1.0, 1.0, 0.0), DVec3::Y],
            vec![[0, 1, 2], [0, 2, 3]],
        );
        let mesh = subdivide(&square, 5, &Unwatched).expect("all in range");
        assert!(mesh.positions.iter().all(|point| point.z == 0.0));
        // The boundary tends to the cubic B-spline of the square's corners, which goes through their weighted means.
        let on_spline = DVec3::new(5.0 / 6.0, 5.0 / 6.0, 0.0);
        let nearest = mesh.positions.iter().map(|it| it.distance(on_spline)).fold(1.0, f64::min);
        assert!(nearest < 1e-3, "{nearest}");
        let area = mesh.properties().area;
        assert!((0.67..0.69).contains(&area), "{area}");
        assert_eq!(mesh.check().num_shells, 1);
    }

    proptest! {
        #[test]
        fn any_soup_can_be_refined(
            corners in prop::collection::vec([0_i8..4, 0_i8..4, 0_i8..4], 3..12),
            triangles in prop::collection::vec([0_usize..12, 0_usize..12, 0_usize..12], 1..20),
            length in 0.4..3.0,
        ) {
            let positions: Vec<DVec3> = corners.iter().map(|&it| DVec3::from_array(it.map(f64::from))).collect();
            let triangles = triangles.iter().map(|t| t.map(|i| (i % positions.len()) as u32)).collect();
            let mesh = Mesh::new(positions, triangles);
            let fine = refine(&mesh, length, &Unwatched).expect("all in range");
            let (before, after) = (mesh.check(), fine.check());
            prop_assert_eq!(before.num_shells, after.num_shells);
            prop_assert_eq!(before.is_closed(), after.is_closed());
            prop_assert!((mesh.properties().area - fine.properties().area).abs() < 1e-9);
            let round = subdivide(&mesh, 1, &Unwatched).expect("all in range");
            prop_assert_eq!(round.check().is_closed(), before.is_closed());
        }
    }
}
