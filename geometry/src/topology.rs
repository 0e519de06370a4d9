//! Which triangles are neighbours: edges, opposite halfedges, shells, boundary loops.
//!
//! Looks at indices only, never at positions. Halfedge `3 * t + c` runs from corner `c` of triangle `t` to the next
//! corner. A triangle that names a position twice has no area and no edges here: its halfedges belong to no edge.

use std::ops::Range;

use crate::progress::{Cancelled, Progress, STEP, Stretch, Unwatched, report_at};

/// In an array of opposites: no other triangle is at this edge.
pub const BOUNDARY: u32 = u32::MAX;

/// In an array of opposites: not exactly two triangles in opposite directions meet at this edge, but more than one.
pub const NON_MANIFOLD: u32 = u32::MAX - 1;

/// In an array of opposites: the halfedge of a triangle that names a position twice.
pub const DEGENERATE: u32 = u32::MAX - 2;

/// The shell of a triangle that names a position twice.
pub const NO_SHELL: u32 = u32::MAX;

/// The next halfedge of the same triangle.
#[must_use]
#[inline]
pub fn next_halfedge(halfedge: u32) -> u32 {
    if halfedge % 3 == 2 { halfedge - 2 } else { halfedge + 1 }
}

/// The previous halfedge of the same triangle.
#[must_use]
#[inline]
pub fn previous_halfedge(halfedge: u32) -> u32 {
    if halfedge.is_multiple_of(3) { halfedge + 2 } else { halfedge - 1 }
}

/// The position a halfedge starts from.
#[must_use]
#[inline]
pub fn start_of(triangles: &[[u32; 3]], halfedge: u32) -> u32 {
    triangles[halfedge as usize / 3][halfedge as usize % 3]
}

/// The position a halfedge runs to.
#[must_use]
#[inline]
pub fn end_of(triangles: &[[u32; 3]], halfedge: u32) -> u32 {
    start_of(triangles, next_halfedge(halfedge))
}

/// Whether a triangle names a position twice.
#[must_use]
#[inline]
pub fn is_degenerate([a, b, c]: [u32; 3]) -> bool {
    a == b || b == c || c == a
}

/// The undirected edges of a mesh, each with its halfedges. Edges are sorted by their smaller position index and then by
/// the larger one, the halfedges of an edge by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// Where in `halfedges` each edge begins, and the end of the last one.
    starts: Vec<u32>,
    halfedges: Vec<u32>,
}

impl Edges {
    /// What [`Edges::new`] takes while it works, at most: keys of halfedges to sort, the halfedges, and where each edge
    /// begins.
    pub(crate) const BYTES_PER_TRIANGLE: usize = 3 * (size_of::<u64>() + size_of::<u32>() + size_of::<u32>());

    /// Collects the edges by one bucket per position.
    ///
    /// # Panics
    /// When a triangle names a position at or beyond `num_positions`, or there are more than `u32::MAX / 3 - 1` triangles;
    /// see [`Mesh::validate`](crate::Mesh::validate).
    #[must_use]
    pub fn new(triangles: &[[u32; 3]], num_positions: usize) -> Self {
        Self::new_watched(triangles, num_positions, &Unwatched).expect("nobody cancels")
    }

    /// The same for large meshes: some hundredths of a second for a million triangles.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    ///
    /// # Panics
    /// As [`Edges::new`].
    pub fn new_watched(
        triangles: &[[u32; 3]],
        num_positions: usize,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        assert!(triangles.len() < u32::MAX as usize / 3, "halfedges are numbered with 32 bits");
        // The bucket of a position holds the edges of which it is the smaller end.
        let mut bucket_ends = vec![0_u32; num_positions + 1];
        let counting = Stretch::new(progress, 0.0, 0.2);
        for_each_halfedge(triangles, &counting, |_, low, _| bucket_ends[low as usize] += 1)?;
        let mut sum = 0;
        for end in &mut bucket_ends {
            sum += *end;
            *end = sum;
        }
        // Filled from the back, each bucket's end becomes its start.
        let mut keys = vec![0_u64; sum as usize];
        let filling = Stretch::new(progress, 0.2, 0.6);
        for_each_halfedge(triangles, &filling, |halfedge, low, high| {
            let place = &mut bucket_ends[low as usize];
            *place -= 1;
            keys[*place as usize] = u64::from(high) << 32 | u64::from(halfedge);
        })?;
        let bucket_starts = bucket_ends;
        let sorting = Stretch::new(progress, 0.6, 1.0);

        let mut starts = Vec::with_capacity(keys.len() / 2 + 1);
        let mut halfedges = Vec::with_capacity(keys.len());
        for (position, bucket) in bucket_starts.windows(2).enumerate() {
            report_at(&sorting, position, num_positions)?;
            let bucket = &mut keys[bucket[0] as usize..bucket[1] as usize];
            bucket.sort_unstable();
            let mut last_high = None;
            for &mut key in bucket {
                let high = key >> 32;
                if last_high != Some(high) {
                    starts.push(halfedges.len() as u32);
                    last_high = Some(high);
                }
                halfedges.push(key as u32);
            }
        }
        starts.push(halfedges.len() as u32);
        Ok(Self { starts, halfedges })
    }

    /// The number of edges.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Whether there is no edge.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The halfedges of an edge, at least one.
    #[must_use]
    pub fn halfedges(&self, edge: usize) -> &[u32] {
        &self.halfedges[self.range(edge)]
    }

    /// The halfedges of each edge in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        (0..self.len()).map(|edge| self.halfedges(edge))
    }

    /// The halfedge on the other side of each halfedge, or [`BOUNDARY`], [`NON_MANIFOLD`] or [`DEGENERATE`].
    ///
    /// `triangles` must be the ones the edges were made from, here and below.
    #[must_use]
    pub fn opposites(&self, triangles: &[[u32; 3]]) -> Vec<u32> {
        self.opposites_watched(triangles, &Unwatched).expect("nobody cancels")
    }

    /// The same for large meshes.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    pub fn opposites_watched(
        &self,
        triangles: &[[u32; 3]],
        progress: &dyn Progress,
    ) -> Result<Vec<u32>, Cancelled> {
        let mut opposites = vec![DEGENERATE; triangles.len() * 3];
        for (edge, halfedges) in self.iter().enumerate() {
            report_at(progress, edge, self.len())?;
            match *halfedges {
                [single] => opposites[single as usize] = BOUNDARY,
                [one, other] if start_of(triangles, one) != start_of(triangles, other) => {
                    opposites[one as usize] = other;
                    opposites[other as usize] = one;
                }
                _ => halfedges.iter().for_each(|&halfedge| opposites[halfedge as usize] = NON_MANIFOLD),
            }
        }
        Ok(opposites)
    }

    /// Sorts the triangles into shells: those connected across edges, whatever the edge is like.
    #[must_use]
    pub fn shells(&self, triangles: &[[u32; 3]]) -> Shells {
        self.shells_watched(triangles, &Unwatched).expect("nobody cancels")
    }

    /// The same for large meshes.
    ///
    /// # Errors
    /// [`Cancelled`] when `progress` asks for it.
    pub fn shells_watched(
        &self,
        triangles: &[[u32; 3]],
        progress: &dyn Progress,
    ) -> Result<Shells, Cancelled> {
        let mut sets = DisjointSets::new(triangles.len());
        for (edge, halfedges) in self.iter().enumerate() {
            report_at(progress, edge, self.len())?;
            for pair in halfedges.windows(2) {
                sets.join(pair[0] / 3, pair[1] / 3);
            }
        }
        let mut of_triangle = vec![NO_SHELL; triangles.len()];
        let mut len = 0;
        for triangle in 0..triangles.len() {
            report_at(progress, triangle, triangles.len())?;
            if is_degenerate(triangles[triangle]) {
                continue;
            }
            // The root is the smallest triangle of its set, so it has its number by now.
            let root = sets.root(triangle as u32) as usize;
            if root == triangle {
                of_triangle[triangle] = len;
                len += 1;
            } else {
                of_triangle[triangle] = of_triangle[root];
            }
        }
        Ok(Shells { of_triangle, len: len as usize })
    }

    fn range(&self, edge: usize) -> Range<usize> {
        self.starts[edge] as usize..self.starts[edge + 1] as usize
    }
}

/// The shell of each triangle, numbered in the order of their first triangles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shells {
    /// The shell of each triangle, or [`NO_SHELL`].
    pub of_triangle: Vec<u32>,
    /// The number of shells.
    pub len: usize,
}

/// Boundary halfedges in a row, each starting where the one before ends. The surface lies to their left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoundaryLoop {
    /// The halfedges.
    pub halfedges: Vec<u32>,
    /// Whether the last one leads to the first one. A row that ends at a non-manifold edge is not closed.
    pub is_closed: bool,
}

/// The rows of [`BOUNDARY`] halfedges, by their smallest halfedge where they are closed, after those that are not.
///
/// Where several rows meet in one position, each goes on along the fan of triangles it came by, so that the rows do not
/// cross.
#[must_use]
pub fn boundary_loops(opposites: &[u32]) -> Vec<BoundaryLoop> {
    let boundary: Vec<u32> = (0..)
        .zip(opposites)
        .filter(|&(_, &opposite)| opposite == BOUNDARY)
        .map(|(halfedge, _)| halfedge)
        .collect();
    let place =
        |halfedge: u32| boundary.binary_search(&halfedge).expect("the array is of all boundary halfedges");
    let successors: Vec<Option<usize>> =
        boundary.iter().map(|&halfedge| next_on_boundary(opposites, halfedge).map(place)).collect();
    let mut has_predecessor = vec![false; boundary.len()];
    successors.iter().flatten().for_each(|&successor| has_predecessor[successor] = true);

    let mut is_taken = vec![false; boundary.len()];
    let mut walk = |start: usize, is_closed: bool, loops: &mut Vec<BoundaryLoop>| {
        let mut halfedges = Vec::new();
        let mut place = Some(start);
        while let Some(current) = place.filter(|&current| !is_taken[current]) {
            is_taken[current] = true;
            halfedges.push(boundary[current]);
            place = successors[current];
        }
        if !halfedges.is_empty() {
            loops.push(BoundaryLoop { halfedges, is_closed });
        }
    };
    let mut loops = Vec::new();
    (0..boundary.len())
        .filter(|&start| !has_predecessor[start])
        .for_each(|start| walk(start, false, &mut loops));
    (0..boundary.len()).for_each(|start| walk(start, true, &mut loops));
    loops
}

/// The boundary halfedge that begins where a boundary halfedge ends, found by turning about that end.
fn next_on_boundary(opposites: &[u32], halfedge: u32) -> Option<u32> {
    let mut spoke = next_halfedge(halfedge);
    loop {
        match opposites[spoke as usize] {
            BOUNDARY => return Some(spoke),
            NON_MANIFOLD | DEGENERATE => return None,
            opposite => spoke = next_halfedge(opposite),
        }
    }
}

/// Visits the halfedges of all triangles that are not degenerate, with the smaller and the larger end.
fn for_each_halfedge(
    triangles: &[[u32; 3]],
    progress: &dyn Progress,
    mut visit: impl FnMut(u32, u32, u32),
) -> Result<(), Cancelled> {
    for (number, chunk) in triangles.chunks(STEP).enumerate() {
        let start = number * STEP;
        progress.report(start as f64 / triangles.len() as f64)?;
        for (first, &triangle) in (start as u32 * 3..).step_by(3).zip(chunk) {
            if !is_degenerate(triangle) {
                let [a, b, c] = triangle;
                visit(first, a.min(b), a.max(b));
                visit(first + 1, b.min(c), b.max(c));
                visit(first + 2, c.min(a), c.max(a));
            }
        }
    }
    Ok(())
}

/// Union–find of which each root is the smallest member.
pub(crate) struct DisjointSets {
    parents: Vec<u32>,
}

impl DisjointSets {
    /// Sets of one member each.
    pub(crate) fn new(len: usize) -> Self {
        Self { parents: (0..len as u32).collect() }
    }

    /// The smallest member of a member's set.
    pub(crate) fn root(&mut self, member: u32) -> u32 {
        let mut member = member;
        loop {
            let parent = self.parents[member as usize];
            if parent == member {
                return member;
            }
            let grandparent = self.parents[parent as usize];
            self.parents[member as usize] = grandparent;
            member = grandparent;
        }
    }

    /// Makes the sets of two members one.
    pub(crate) fn join(&mut self, one: u32, other: u32) {
        let (one, other) = (self.root(one), self.root(other));
        self.parents[one.max(other) as usize] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TETRAHEDRON: [[u32; 3]; 4] = [[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];

    fn num_positions(triangles: &[[u32; 3]]) -> usize {
        triangles.iter().flatten().max().map_or(0, |&max| max as usize + 1)
    }

    fn edges_of(triangles: &[[u32; 3]]) -> Edges {
        Edges::new(triangles, num_positions(triangles))
    }

    #[test]
    fn a_tetrahedron_has_six_edges() {
        let edges = edges_of(&TETRAHEDRON);
        assert_eq!(edges.len(), 6);
        let opposites = edges.opposites(&TETRAHEDRON);
        for (halfedge, &opposite) in (0..).zip(&opposites) {
            assert_eq!(start_of(&TETRAHEDRON, halfedge), end_of(&TETRAHEDRON, opposite));
            assert_eq!(end_of(&TETRAHEDRON, halfedge), start_of(&TETRAHEDRON, opposite));
            assert_eq!(opposites[opposite as usize], halfedge);
        }
        assert_eq!(edges.shells(&TETRAHEDRON).len, 1);
        assert!(boundary_loops(&opposites).is_empty());
    }

    #[test]
    fn nothing_has_no_edges() {
        assert!(edges_of(&[]).is_empty());
        assert!(Edges::default().is_empty());
        assert_eq!(edges_of(&[]).shells(&[]), Shells::default());
        assert!(edges_of(&[[3, 3, 4]]).is_empty());
        assert_eq!(edges_of(&[[3, 3, 4]]).opposites(&[[3, 3, 4]]), [DEGENERATE; 3]);
    }

    #[test]
    fn a_hole_is_one_loop() {
        let triangles = &TETRAHEDRON[..3];
        let opposites = edges_of(triangles).opposites(triangles);
        let loops = boundary_loops(&opposites);
        assert_eq!(loops.len(), 1);
        assert!(loops[0].is_closed);
        let starts: Vec<u32> =
            loops[0].halfedges.iter().map(|&halfedge| start_of(triangles, halfedge)).collect();
        assert_eq!(starts, [0, 2, 3]);
    }

    /// Two triangles that share a corner: the loops must stay with their triangle instead of crossing over.
    #[test]
    fn loops_do_not_cross_at_a_shared_corner() {
        let triangles = [[0, 1, 2], [0, 3, 4]];
        let loops = boundary_loops(&edges_of(&triangles).opposites(&triangles));
        let halfedges: Vec<Vec<u32>> = loops.into_iter().map(|found| found.halfedges).collect();
        assert_eq!(halfedges, [vec![0, 1, 2], vec![3, 4, 5]]);
    }

    #[test]
    fn three_triangles_at_an_edge_are_not_manifold() {
        let triangles = [[0, 1, 2], [1, 0, 3], [0, 1, 4]];
        let edges = edges_of(&triangles);
        assert_eq!(edges.halfedges(0), [0, 3, 6]);
        let opposites = edges.opposites(&triangles);
        assert_eq!(opposites.iter().filter(|&&opposite| opposite == NON_MANIFOLD).count(), 3);
        assert_eq!(edges.shells(&triangles).len, 1);
        let loops = boundary_loops(&opposites);
        assert_eq!(loops.len(), 3);
        assert!(loops.iter().all(|found| !found.is_closed && found.halfedges.len() == 2));
    }

    #[test]
    fn neighbours_that_wind_differently_are_not_opposite() {
        let triangles = [[0, 1, 2], [0, 1, 3]];
        let edges = edges_of(&triangles);
        assert_eq!(edges.opposites(&triangles)[0], NON_MANIFOLD);
        assert_eq!(edges.shells(&triangles).len, 1);
    }

    #[test]
    fn shells_are_numbered_by_first_triangle() {
        let mut triangles = TETRAHEDRON.to_vec();
        triangles.insert(1, [5, 5, 6]);
        triangles.insert(2, [7, 8, 9]);
        let shells = edges_of(&triangles).shells(&triangles);
        assert_eq!(shells, Shells { of_triangle: vec![0, NO_SHELL, 1, 0, 0, 0], len: 2 });
    }

    proptest! {
        #[test]
        fn edges_equal_brute_force(triangles in prop::collection::vec([0_u32..9, 0_u32..9, 0_u32..9], 0..40)) {
            let edges = Edges::new(&triangles, 9);
            let mut brute = std::collections::BTreeMap::<(u32, u32), Vec<u32>>::new();
            for halfedge in 0..triangles.len() as u32 * 3 {
                let (start, end) = (start_of(&triangles, halfedge), end_of(&triangles, halfedge));
                if !is_degenerate(triangles[halfedge as usize / 3]) {
                    brute.entry((start.min(end), start.max(end))).or_default().push(halfedge);
                }
            }
            let found: Vec<Vec<u32>> = edges.iter().map(<[u32]>::to_vec).collect();
            prop_assert_eq!(found, brute.into_values().collect::<Vec<_>>());
        }

        #[test]
        fn loops_hold_every_boundary_halfedge_once(
            triangles in prop::collection::vec([0_u32..9, 0_u32..9, 0_u32..9], 0..20),
        ) {
            let opposites = Edges::new(&triangles, 9).opposites(&triangles);
            let loops = boundary_loops(&opposites);
            let mut all: Vec<u32> = loops.iter().flat_map(|found| found.halfedges.clone()).collect();
            all.sort_unstable();
            let boundary = (0..opposites.len() as u32).filter(|&h| opposites[h as usize] == BOUNDARY);
            prop_assert_eq!(all, boundary.collect::<Vec<_>>());
            for found in &loops {
                let joints = found.halfedges.windows(2).map(|pair| (pair[0], pair[1]));
                let seam = found.is_closed.then(|| (found.halfedges[found.halfedges.len() - 1], found.halfedges[0]));
                for (one, next) in joints.chain(seam) {
                    prop_assert_eq!(end_of(&triangles, one), start_of(&triangles, next));
                }
            }
        }
    }
}
