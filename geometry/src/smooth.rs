//! Taking noise out of a surface.

use glam::DVec3;

use crate::Mesh;
use crate::memory::{Holding, bytes_per};
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::topology::{Edges, end_of, start_of};

/// How far a position goes towards the mean of its neighbours and then away from it (Gabriel Taubin, “A Signal Processing
/// Approach to Fair Surface Design”, 1995): what is longer than about ten edges stays.
const TOWARDS: f64 = 0.5;
const AWAY: f64 = -0.53;

/// The mesh with its positions smoothed so many times; triangles and attributes stay. Positions at edges with another
/// number of triangles than two only go along such edges, and those where more than two of them meet stay.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When a triangle names a position that does not exist; see [`Mesh::validate`].
pub fn smooth(mesh: &Mesh, rounds: u32, progress: &dyn Progress) -> Result<Mesh, Cancelled> {
    // Edges, the lines they become, and the result; sums and numbers of neighbours.
    let _held = Holding::new(progress, bytes_per(mesh, Edges::BYTES_PER_TRIANGLE + 24, 56))?;
    let lines = lines_between(mesh, &Stretch::new(progress, 0.0, 0.2))?;
    let mut result = mesh.clone();
    let mut sums = vec![DVec3::ZERO; mesh.positions.len()];
    for round in 0..rounds {
        let share = |round: u32| 0.2 + 0.8 * f64::from(round) / f64::from(rounds);
        let moving = Stretch::new(progress, share(round), share(round + 1));
        for factor in [TOWARDS, AWAY] {
            sums.fill(DVec3::ZERO);
            for (index, &[one, other]) in lines.pairs.iter().enumerate() {
                report_at(&moving, index, lines.pairs.len())?;
                // Seen from each end, so that no sum is of large numbers.
                let offset = result.positions[other as usize] - result.positions[one as usize];
                sums[one as usize] += offset;
                sums[other as usize] -= offset;
            }
            for &[one, other] in &lines.to_held {
                sums[one as usize] += result.positions[other as usize] - result.positions[one as usize];
            }
            for (index, position) in result.positions.iter_mut().enumerate() {
                report_at(&moving, index, sums.len())?;
                if lines.nums[index] > 0 {
                    *position += sums[index] * (factor / f64::from(lines.nums[index]));
                }
            }
        }
    }
    Ok(result)
}

/// Who pulls whom.
struct Lines {
    /// Ends that pull each other.
    pairs: Vec<[u32; 2]>,
    /// A position that is pulled by one that is not.
    to_held: Vec<[u32; 2]>,
    /// How many pull each position; 0 for those that stay.
    nums: Vec<u32>,
}

fn lines_between(mesh: &Mesh, progress: &dyn Progress) -> Result<Lines, Cancelled> {
    let edges = Edges::new_watched(&mesh.triangles, mesh.positions.len(), progress)?;
    let ends =
        |halfedges: &[u32]| [start_of(&mesh.triangles, halfedges[0]), end_of(&mesh.triangles, halfedges[0])];
    let mut num_special = vec![0_u32; mesh.positions.len()];
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(progress, edge, edges.len())?;
        if halfedges.len() == 2 {
            continue;
        }
        ends(halfedges).iter().for_each(|&end| num_special[end as usize] += 1);
    }
    let mut lines = Lines { pairs: Vec::new(), to_held: Vec::new(), nums: vec![0; mesh.positions.len()] };
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(progress, edge, edges.len())?;
        let is_special = halfedges.len() != 2;
        let [one, other] = ends(halfedges);
        let is_pulled = |end: u32| match num_special[end as usize] {
            0 => true,
            2 => is_special,
            _ => false,
        };
        match (is_pulled(one), is_pulled(other)) {
            (true, true) => lines.pairs.push([one, other]),
            (true, false) => lines.to_held.push([one, other]),
            (false, true) => lines.to_held.push([other, one]),
            (false, false) => {}
        }
        for end in [one, other] {
            lines.nums[end as usize] += u32::from(is_pulled(end));
        }
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Primitive, Unwatched};

    #[test]
    fn noise_goes_and_the_volume_stays() {
        let round = Primitive::Sphere { radius: 10.0, segments: 60 }.mesh().expect("allowed");
        let mut noisy = round.clone();
        let mut seed = 1_u32;
        for point in &mut noisy.positions {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            *point *= 1.0 + (f64::from(seed >> 16) / 65_536.0 - 0.5) * 0.04;
        }
        let roughness = |mesh: &Mesh| {
            let sum: f64 = mesh.positions.iter().map(|point| (point.length() - 10.0).powi(2)).sum();
            (sum / mesh.positions.len() as f64).sqrt()
        };
        let smoothed = smooth(&noisy, 10, &Unwatched).expect("nobody cancels");
        assert!(smoothed.check().is_solid());
        assert!(roughness(&smoothed) < 0.5 * roughness(&noisy), "{}", roughness(&smoothed));
        let ratio = smoothed.properties().volume / round.properties().volume;
        assert!((0.99..1.01).contains(&ratio), "{ratio}");
        assert_eq!(smooth(&noisy, 0, &Unwatched), Ok(noisy));
    }

    #[test]
    fn a_flat_sheet_keeps_its_plane_and_its_straight_sides() {
        let at = |x: u32, y: u32| y * 6 + x;
        let positions = (0..36).map(|i| DVec3::new(f64::from(i % 6), f64::from(i / 6), 0.0)).collect();
        let squares = (0..25).map(|i| (i % 5, i / 5));
        let triangles = squares
            .flat_map(|(x, y)| {
                [[at(x, y), at(x + 1, y), at(x + 1, y + 1)], [at(x, y), at(x + 1, y + 1), at(x, y + 1)]]
            })
            .collect();
        let mesh = smooth(&Mesh::new(positions, triangles), 1, &Unwatched).expect("nobody cancels");
        assert!(mesh.positions.iter().all(|point| point.z == 0.0));
        let middle_of_side = mesh.positions[at(2, 0) as usize];
        assert!(middle_of_side.y.abs() < 1e-12 && (middle_of_side.x - 2.0).abs() < 1e-12);
    }
}
