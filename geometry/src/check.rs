//! What is right and wrong with a mesh. Every test that makes a mesh ends here.

use serde::{Deserialize, Serialize};

use crate::Mesh;
use crate::progress::{Cancelled, Progress, Stretch, Unwatched, report_at};
use crate::topology::{
    BOUNDARY, DEGENERATE, Edges, NON_MANIFOLD, is_degenerate, next_halfedge, previous_halfedge, start_of,
};
use crate::weld::weld_positions;

/// The findings of [`Mesh::check`]. All counts are 0 for a mesh that is right in every way, except the first five.
///
/// Edges and neighbours are by index: two positions with equal coordinates are different ones. Triangles that name a
/// position twice or one that does not exist are counted and then left out of everything else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckReport {
    /// Triangles that count: neither degenerate nor out of range.
    pub num_triangles: usize,
    /// Undirected edges.
    pub num_edges: usize,
    /// Fans of triangles around positions. A position where two solids touch with their corners counts twice.
    pub num_fans: usize,
    /// Sets of triangles connected across edges.
    pub num_shells: usize,
    /// Positions that some triangle uses.
    pub num_used_positions: usize,

    /// Positions with a coordinate that is NaN or infinite.
    pub num_non_finite: usize,
    /// Triangles that name a position that does not exist.
    pub num_out_of_range: usize,
    /// Triangles that name a position twice.
    pub num_degenerate: usize,
    /// Triangles of three positions whose area is 0 in `f64`.
    pub num_zero_area: usize,
    /// Triangles over the same three positions as an earlier one, wound either way.
    pub num_duplicate: usize,
    /// Positions that no triangle uses.
    pub num_isolated: usize,
    /// Edges with one triangle.
    pub num_boundary_edges: usize,
    /// Edges with more than two triangles.
    pub num_non_manifold_edges: usize,
    /// Edges with two triangles that wind differently.
    pub num_inconsistent_edges: usize,
    /// Edges that are not run through as often one way as the other.
    pub num_unbalanced_edges: usize,
    /// Positions with more than one fan of triangles.
    pub num_non_manifold_positions: usize,
}

impl CheckReport {
    /// Whether all positions are finite and all indices exist.
    #[must_use]
    pub fn is_well_formed(&self) -> bool {
        self.num_non_finite == 0 && self.num_out_of_range == 0
    }

    /// Whether every edge is run through as often one way as the other, so that the surface bounds a volume. Solids that
    /// touch along an edge are closed without being manifold.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.num_unbalanced_edges == 0
    }

    /// Whether every edge has exactly two triangles, whichever way they wind.
    #[must_use]
    pub fn has_two_triangles_per_edge(&self) -> bool {
        self.num_boundary_edges == 0 && self.num_non_manifold_edges == 0
    }

    /// Whether no two neighbours wind differently. Says nothing about edges with more than two triangles.
    #[must_use]
    pub fn is_oriented(&self) -> bool {
        self.num_inconsistent_edges == 0
    }

    /// Whether the surface looks like a disc or half a disc around every point.
    #[must_use]
    pub fn is_manifold(&self) -> bool {
        self.num_non_manifold_edges == 0 && self.num_non_manifold_positions == 0
    }

    /// Whether the mesh is well formed, closed, oriented, manifold and without degenerate triangles; an empty one is.
    #[must_use]
    pub fn is_solid(&self) -> bool {
        self.is_well_formed()
            && self.is_closed()
            && self.is_oriented()
            && self.is_manifold()
            && self.num_degenerate == 0
    }

    /// Vertices − edges + faces, a position with several fans counting once per fan.
    #[must_use]
    pub fn euler_characteristic(&self) -> i64 {
        self.num_fans as i64 - self.num_edges as i64 + self.num_triangles as i64
    }

    /// The number of handles of all shells together; `None` unless all of them are closed, oriented and free of edges
    /// with more than two triangles.
    #[must_use]
    pub fn genus(&self) -> Option<i64> {
        let is_surface = self.has_two_triangles_per_edge() && self.is_oriented();
        is_surface.then(|| self.num_shells as i64 - self.euler_characteristic() / 2)
    }
}

impl Mesh {
    /// Looks for everything [`CheckReport`] tells of. Takes time about in proportion to the number of triangles.
    #[must_use]
    pub fn check(&self) -> CheckReport {
        self.check_watched(&Unwatched).expect("nobody cancels")
    }

    /// The same for large meshes.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    pub fn check_watched(&self, progress: &dyn Progress) -> Result<CheckReport, Cancelled> {
        progress.report(0.0)?;
        let num_positions = self.positions.len();
        let mut report = CheckReport {
            num_non_finite: self.positions.iter().filter(|point| !point.is_finite()).count(),
            ..CheckReport::default()
        };
        let exists = |triangle: &[u32; 3]| triangle.iter().all(|&index| (index as usize) < num_positions);
        report.num_out_of_range = self.triangles.iter().filter(|&triangle| !exists(triangle)).count();
        let kept: Vec<[u32; 3]>;
        let triangles = if report.num_out_of_range == 0 {
            &self.triangles
        } else {
            kept = self.triangles.iter().copied().filter(exists).collect();
            &kept
        };
        self.check_triangles(triangles, &mut report, &Stretch::new(progress, 0.0, 0.1))?;
        let edges = Edges::new_watched(triangles, num_positions, &Stretch::new(progress, 0.1, 0.4))?;
        check_edges(triangles, &edges, &mut report, &Stretch::new(progress, 0.4, 0.6))?;
        check_fans(triangles, &edges, num_positions, &mut report, &Stretch::new(progress, 0.6, 0.9))?;
        report.num_shells = edges.shells_watched(triangles, &Stretch::new(progress, 0.9, 1.0))?.len;
        Ok(report)
    }

    /// Whether every edge has exactly two triangles once positions with equal coordinates are merged and triangles that
    /// have become degenerate are left out; `false` for a mesh without triangles. Winding plays no part.
    ///
    /// Positions that do not exist count as open edges.
    #[must_use]
    pub fn is_watertight(&self) -> bool {
        let weld = weld_positions(&self.positions);
        let new_index = |index: u32| weld.new_from_old.get(index as usize).copied();
        let mut triangles = Vec::with_capacity(self.triangles.len());
        for &[a, b, c] in &self.triangles {
            let (Some(a), Some(b), Some(c)) = (new_index(a), new_index(b), new_index(c)) else {
                return false;
            };
            triangles.push([a, b, c]);
        }
        let edges = Edges::new(&triangles, weld.positions.len());
        !edges.is_empty() && edges.iter().all(|halfedges| halfedges.len() == 2)
    }

    fn check_triangles(
        &self,
        triangles: &[[u32; 3]],
        report: &mut CheckReport,
        progress: &dyn Progress,
    ) -> Result<(), Cancelled> {
        for (index, &triangle) in triangles.iter().enumerate() {
            report_at(progress, index, triangles.len())?;
            if is_degenerate(triangle) {
                report.num_degenerate += 1;
                continue;
            }
            report.num_triangles += 1;
            let [a, b, c] = triangle.map(|index| self.positions[index as usize]);
            if (b - a).cross(c - a) == glam::DVec3::ZERO {
                report.num_zero_area += 1;
            }
        }
        Ok(())
    }
}

fn check_edges(
    triangles: &[[u32; 3]],
    edges: &Edges,
    report: &mut CheckReport,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    report.num_edges = edges.len();
    let mut apexes = Vec::new();
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(progress, edge, edges.len())?;
        let first_start = start_of(triangles, halfedges[0]);
        let num_forward =
            halfedges.iter().filter(|&&halfedge| start_of(triangles, halfedge) == first_start).count();
        match halfedges.len() {
            1 => report.num_boundary_edges += 1,
            2 if num_forward == 2 => report.num_inconsistent_edges += 1,
            2 => {}
            _ => report.num_non_manifold_edges += 1,
        }
        if num_forward * 2 != halfedges.len() {
            report.num_unbalanced_edges += 1;
        }
        report.num_duplicate += count_duplicates(triangles, halfedges, &mut apexes);
    }
    Ok(())
}

/// Triangles over this edge that repeat an earlier one. Each triangle is counted at one of its edges only, the one
/// between its two smaller indices.
fn count_duplicates(triangles: &[[u32; 3]], halfedges: &[u32], apexes: &mut Vec<u32>) -> usize {
    if halfedges.len() < 2 {
        return 0;
    }
    apexes.clear();
    for &halfedge in halfedges {
        let apex = start_of(triangles, previous_halfedge(halfedge));
        let ends = [start_of(triangles, halfedge), start_of(triangles, next_halfedge(halfedge))];
        if ends.into_iter().all(|end| end < apex) {
            apexes.push(apex);
        }
    }
    apexes.sort_unstable();
    apexes.windows(2).filter(|pair| pair[0] == pair[1]).count()
}

/// Counts the fans of triangles around each position by turning about it across edges with two opposite halfedges.
fn check_fans(
    triangles: &[[u32; 3]],
    edges: &Edges,
    num_positions: usize,
    report: &mut CheckReport,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let opposites = edges.opposites_watched(triangles, &Stretch::new(progress, 0.0, 0.4))?;
    // The halfedge that starts from the same position as `halfedge` and comes next about it.
    let turn = |halfedge: u32| match opposites[previous_halfedge(halfedge) as usize] {
        BOUNDARY | NON_MANIFOLD | DEGENERATE => None,
        opposite => Some(opposite),
    };
    let mut num_fans_of = vec![0_u32; num_positions];
    let mut is_seen = vec![false; opposites.len()];
    // Open fans have one last halfedge each. What they pass is marked from their first one, which has nothing before it.
    let is_first = |halfedge: u32| matches!(opposites[halfedge as usize], BOUNDARY | NON_MANIFOLD);
    for only_open in [true, false] {
        for halfedge in 0..opposites.len() as u32 {
            report_at(&Stretch::new(progress, 0.4, 1.0), halfedge as usize, opposites.len())?;
            let starts_fan =
                if only_open { is_first(halfedge) } else { opposites[halfedge as usize] != DEGENERATE };
            if !starts_fan || is_seen[halfedge as usize] {
                continue;
            }
            num_fans_of[start_of(triangles, halfedge) as usize] += 1;
            let mut spoke = Some(halfedge);
            while let Some(current) = spoke.filter(|&current| !is_seen[current as usize]) {
                is_seen[current as usize] = true;
                spoke = turn(current);
            }
        }
    }
    report.num_fans = num_fans_of.iter().map(|&count| count as usize).sum();
    report.num_isolated = num_fans_of.iter().filter(|&&count| count == 0).count();
    report.num_used_positions = num_positions - report.num_isolated;
    report.num_non_manifold_positions = num_fans_of.iter().filter(|&&count| count > 1).count();
    Ok(())
}

#[cfg(test)]
mod tests {
    use glam::DVec3;
    use proptest::prelude::*;

    use super::*;

    fn tetrahedron() -> Mesh {
        Mesh::new(
            vec![DVec3::ZERO, DVec3::X, DVec3::Y, DVec3::Z],
            vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]],
        )
    }

    fn joined(a: &Mesh, b: &Mesh, glue: &[(u32, u32)]) -> Mesh {
        let offset = a.positions.len() as u32;
        let index = |i: u32| glue.iter().find(|pair| pair.1 == i).map_or(i + offset, |pair| pair.0);
        let mut mesh = a.clone();
        mesh.positions.extend(b.positions.iter().map(|&point| point * -1.0));
        mesh.triangles.extend(b.triangles.iter().map(|&[a, b, c]| [index(a), index(c), index(b)]));
        mesh
    }

    #[test]
    fn a_tetrahedron_is_a_solid() {
        let report = tetrahedron().check();
        let expected = CheckReport {
            num_triangles: 4,
            num_edges: 6,
            num_fans: 4,
            num_shells: 1,
            num_used_positions: 4,
            ..CheckReport::default()
        };
        assert_eq!(report, expected);
        assert!(report.is_solid() && tetrahedron().is_watertight());
        assert_eq!(report.genus(), Some(0));
    }

    #[test]
    fn an_empty_mesh_is_a_solid_but_not_watertight() {
        assert!(Mesh::default().check().is_solid());
        assert!(!Mesh::default().is_watertight());
    }

    #[test]
    fn a_missing_triangle_leaves_three_open_edges() {
        let mut mesh = tetrahedron();
        mesh.triangles.pop();
        let report = mesh.check();
        assert_eq!((report.num_boundary_edges, report.num_unbalanced_edges, report.num_fans), (3, 3, 4));
        assert!(!report.is_closed() && report.is_oriented() && report.is_manifold() && !mesh.is_watertight());
        assert_eq!(report.genus(), None);
    }

    #[test]
    fn a_flipped_triangle_is_noticed() {
        let mut mesh = tetrahedron();
        mesh.triangles[2].swap(0, 1);
        let report = mesh.check();
        assert_eq!((report.num_inconsistent_edges, report.num_unbalanced_edges), (3, 3));
        assert!(!report.is_oriented() && !report.is_closed() && report.has_two_triangles_per_edge());
        assert!(mesh.is_watertight(), "winding plays no part");
    }

    #[test]
    fn solids_that_touch_are_closed() {
        let one = tetrahedron();
        let corner = joined(&one, &one, &[(0, 0)]).check();
        assert_eq!((corner.num_non_manifold_positions, corner.num_shells, corner.num_isolated), (1, 2, 1));
        assert!(corner.is_closed() && corner.is_oriented() && !corner.is_manifold());
        assert_eq!(corner.genus(), Some(0));

        let edge = joined(&one, &one, &[(0, 0), (1, 1)]).check();
        assert_eq!((edge.num_non_manifold_edges, edge.num_boundary_edges), (1, 0));
        assert!(edge.is_closed() && !edge.is_manifold() && !edge.has_two_triangles_per_edge());
        assert_eq!(edge.genus(), None);
    }

    #[test]
    fn bad_triangles_are_counted_and_left_out() {
        let mut mesh = tetrahedron();
        mesh.positions.push(DVec3::new(f64::NAN, 0.0, 0.0));
        mesh.positions.push(DVec3::X * 0.5);
        mesh.triangles.extend([[0, 1, 99], [2, 2, 1], [1, 0, 3]]);
        let report = mesh.check();
        assert_eq!((report.num_non_finite, report.num_out_of_range, report.num_degenerate), (1, 1, 1));
        assert_eq!((report.num_duplicate, report.num_isolated, report.num_triangles), (1, 2, 5));
        assert!(!report.is_well_formed() && !mesh.is_watertight());
        let needle = Mesh::new(mesh.positions, vec![[0, 5, 1]]);
        assert_eq!(needle.check().num_zero_area, 1);
    }

    #[test]
    fn loose_triangles_of_a_solid_are_watertight() {
        let solid = tetrahedron();
        let positions: Vec<DVec3> =
            solid.triangles.iter().flatten().map(|&i| solid.positions[i as usize]).collect();
        let mut loose = Mesh::new(positions, vec![[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]);
        assert_eq!(loose.check().num_boundary_edges, 12);
        assert!(loose.is_watertight());
        loose.triangles.push([0, 0, 1]);
        assert!(loose.is_watertight(), "a triangle without area closes and opens nothing");
        loose.positions[0].x += 1e-15;
        assert!(!loose.is_watertight());
    }

    proptest! {
        #[test]
        fn counts_equal_brute_force(triangles in prop::collection::vec([0_u32..8, 0_u32..8, 0_u32..8], 0..30)) {
            let mesh = Mesh::new((0..8).map(|i| DVec3::splat(f64::from(i))).collect(), triangles.clone());
            let report = mesh.check();
            let kept: Vec<[u32; 3]> = triangles.iter().copied().filter(|&t| !is_degenerate(t)).collect();
            let sets: std::collections::BTreeSet<[u32; 3]> = kept
                .iter()
                .map(|&triangle| {
                    let mut triangle = triangle;
                    triangle.sort_unstable();
                    triangle
                })
                .collect();
            prop_assert_eq!(report.num_triangles, kept.len());
            prop_assert_eq!(report.num_degenerate, triangles.len() - kept.len());
            prop_assert_eq!(report.num_duplicate, kept.len() - sets.len());
            prop_assert_eq!(report.num_zero_area, kept.len());
            let used: std::collections::BTreeSet<u32> = kept.iter().flatten().copied().collect();
            prop_assert_eq!(report.num_used_positions, used.len());
            prop_assert_eq!(report.num_fans, brute_force_fans(&kept));
        }
    }

    /// Corners that share a position are in one fan when an edge between them has exactly two opposite halfedges.
    fn brute_force_fans(triangles: &[[u32; 3]]) -> usize {
        let mut sets = crate::topology::DisjointSets::new(triangles.len() * 3);
        let end_of = |h: u32| start_of(triangles, next_halfedge(h));
        let halfedges = 0..triangles.len() as u32 * 3;
        for one in halfedges.clone() {
            let (start, end) = (start_of(triangles, one), end_of(one));
            let at_edge: Vec<u32> = halfedges
                .clone()
                .filter(|&h| [(start, end), (end, start)].contains(&(start_of(triangles, h), end_of(h))))
                .collect();
            if let [a, b] = at_edge[..]
                && start_of(triangles, a) != start_of(triangles, b)
            {
                sets.join(a, next_halfedge(b));
                sets.join(next_halfedge(a), b);
            }
        }
        halfedges.filter(|&corner| sets.root(corner) == corner).count()
    }
}
