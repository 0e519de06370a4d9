//! A mesh prepared once for many booleans and queries.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use glam::{DAffine3, DVec3};

use crate::bvh::{BoxTree, BvhNode};
use crate::memory::{Holding, bytes_of, bytes_per};
use crate::predicates::{LARGEST, SMALLEST, are_collinear, decided};
use crate::progress::{Cancelled, STEP, Stretch, report_at};
use crate::stars::{Stars, find_stars};
use crate::topology::{DEGENERATE, DisjointSets, Edges, NO_SHELL, previous_halfedge};
use crate::weld::weld_positions_watched;
use crate::{Aabb, Mesh, MeshError, Progress, Unwatched, parallel};

/// An immutable mesh with its connectivity and its tree of boxes; a clone costs nothing.
///
/// Any mesh that [`Mesh::validate`] accepts can be prepared. What is odd about it is counted in [`Solid::condition`];
/// whether that matters is for the operation to say.
#[derive(Clone, Debug)]
pub struct Solid(Arc<Prepared>);

#[derive(Debug)]
struct Prepared {
    mesh: Arc<Mesh>,
    /// Triangles over welded positions; empty when nothing was welded and the mesh's own serve.
    welded: Vec<[u32; 3]>,
    opposites: Vec<u32>,
    tree: BoxTree,
    condition: Condition,
    /// Pairs of triangles that meet beyond being neighbours, once somebody has looked.
    self_meetings: OnceLock<Vec<[u32; 2]>>,
    shells: OnceLock<Shells>,
    valences: OnceLock<Valences>,
    stars: OnceLock<Stars>,
    pinched: OnceLock<Vec<u32>>,
}

/// Triangles that are connected across edges at which two of them meet.
#[derive(Debug)]
struct Shells {
    /// The shell of each triangle, [`NO_SHELL`] for those without area; empty when all are of one.
    of_triangle: Vec<u32>,
    /// A triangle of each shell.
    firsts: Vec<u32>,
}

/// How many triangles have a corner at each position, and whether each has any.
#[derive(Debug)]
struct Valences {
    of_position: Vec<u32>,
    are_used: bool,
}

/// What was found while preparing a mesh.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Condition {
    /// Triangles without area. They take no part in anything.
    pub num_degenerate: usize,
    /// Positions that are the same point as another one and were taken for it. Only looked for where edges are open.
    pub num_welded: usize,
    /// Edges with another number of triangles than two, or with two that wind differently.
    pub num_irregular_edges: usize,
    /// Edges where the triangles on both sides do not balance, and the halfedge of the first such edge.
    pub num_open_edges: usize,
    /// The first halfedge at an open edge.
    pub first_open_halfedge: Option<u32>,
}

/// Why a mesh cannot be prepared.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum SolidError {
    /// The arrays of the mesh do not fit together.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// A coordinate is too large to compute with.
    #[error("position {position} is farther out than {LARGEST:e} mm")]
    TooFar {
        /// Index into `positions`.
        position: usize,
    },
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl Solid {
    /// Prepares a mesh.
    ///
    /// # Errors
    /// When the mesh is malformed, too large or too far out, or when `progress` asks to stop.
    pub fn new(mesh: impl Into<Arc<Mesh>>, progress: &dyn Progress) -> Result<Self, SolidError> {
        let mesh = mesh.into();
        mesh.validate()?;
        if let Some(position) = mesh.positions.iter().position(|point| point.abs().max_element() > LARGEST) {
            return Err(SolidError::TooFar { position });
        }
        let _held = Holding::new(progress, bytes_to_prepare(&mesh))?;
        let flat = flat_triangles(&mesh, progress)?;
        let box_of = |triangle: usize| {
            // There are hardly ever any, so the search costs nothing.
            if flat.binary_search(&(triangle as u32)).is_ok() {
                return Aabb::EMPTY;
            }
            Aabb::around(&mesh.triangle_points(triangle))
        };
        let (connected, tree) = parallel::join(
            || connect_welded(&mesh, &flat, &Stretch::new(progress, 0.1, 0.5)),
            || BoxTree::build(mesh.triangles.len(), box_of, &Stretch::new(progress, 0.5, 1.0)),
        );
        let Connected { welded, opposites, condition } = connected?;
        let tree = tree?;
        Ok(Self(Arc::new(Prepared {
            mesh,
            welded,
            opposites,
            tree,
            condition,
            self_meetings: OnceLock::new(),
            shells: OnceLock::new(),
            valences: OnceLock::new(),
            stars: OnceLock::new(),
            pinched: OnceLock::new(),
        })))
    }

    /// Prepares several meshes, on several threads where the feature `parallel` allows it.
    ///
    /// # Errors
    /// Those of [`Solid::new`], for the first mesh that has any.
    pub fn prepare_all(meshes: &[Arc<Mesh>], progress: &dyn Progress) -> Result<Vec<Self>, SolidError> {
        // What is ready is held until all are, and then the caller's.
        let solids = parallel::map(meshes, |_, mesh| {
            let solid = Self::new(Arc::clone(mesh), progress)?;
            let held = Holding::new(progress, solid.num_bytes())?;
            Ok((solid, held))
        });
        solids.into_iter().map(|made| made.map(|(solid, _)| solid)).collect()
    }

    /// The memory it takes beside the mesh.
    fn num_bytes(&self) -> usize {
        let tree = &self.0.tree;
        bytes_of(&self.0.welded)
            + bytes_of(&self.0.opposites)
            + size_of_val(tree.boxes())
            + size_of_val(tree.bvh.nodes())
            + size_of_val(tree.bvh.order())
    }

    /// The mesh as it was given.
    #[must_use]
    pub fn mesh(&self) -> &Arc<Mesh> {
        &self.0.mesh
    }

    /// What is odd about the mesh.
    #[must_use]
    pub fn condition(&self) -> &Condition {
        &self.0.condition
    }

    /// The boxes of the triangles, in mesh space. Triangles without area are not in it.
    #[must_use]
    pub fn tree(&self) -> &BoxTree {
        &self.0.tree
    }

    /// The halfedge across each halfedge, or what is there instead; see [`crate::topology`].
    #[must_use]
    pub fn opposites(&self) -> &[u32] {
        &self.0.opposites
    }

    /// The triangles over positions of which no two that matter are the same point.
    #[must_use]
    pub fn triangles(&self) -> &[[u32; 3]] {
        if self.0.welded.is_empty() { &self.0.mesh.triangles } else { &self.0.welded }
    }

    /// Pairs of triangles that meet beyond being neighbours, or what `find` finds when nobody has looked before.
    pub(crate) fn self_meetings(
        &self,
        find: impl FnOnce() -> Result<Vec<[u32; 2]>, Cancelled>,
    ) -> Result<&[[u32; 2]], Cancelled> {
        if let Some(known) = self.0.self_meetings.get() {
            return Ok(known);
        }
        let found = find()?;
        Ok(self.0.self_meetings.get_or_init(|| found))
    }

    /// The number of parts that are connected across edges at which two triangles meet.
    pub(crate) fn num_shells(&self) -> usize {
        self.shells().firsts.len()
    }

    /// The shell of a triangle, or [`NO_SHELL`] for one without area.
    pub(crate) fn shell_of(&self, triangle: u32) -> u32 {
        let of_triangle = &self.shells().of_triangle;
        if of_triangle.is_empty() { 0 } else { of_triangle[triangle as usize] }
    }

    /// A triangle of a shell.
    pub(crate) fn first_of_shell(&self, shell: usize) -> u32 {
        self.shells().firsts[shell]
    }

    /// How many triangles have a corner at each position.
    pub(crate) fn valences(&self) -> &[u32] {
        &self.count_corners().of_position
    }

    /// Whether there are positions without triangles.
    pub(crate) fn has_unused_positions(&self) -> bool {
        !self.count_corners().are_used
    }

    fn count_corners(&self) -> &Valences {
        self.0.valences.get_or_init(|| {
            let mut of_position = vec![0; self.mesh().positions.len()];
            self.triangles().iter().flatten().for_each(|&corner| of_position[corner as usize] += 1);
            Valences { are_used: !of_position.contains(&0), of_position }
        })
    }

    /// Triangles with a corner at which their position has another fan of triangles too, in order. Fans that end at an edge
    /// without exactly two triangles do not count.
    pub(crate) fn pinched(&self, progress: &dyn Progress) -> Result<&[u32], Cancelled> {
        if let Some(known) = self.0.pinched.get() {
            return Ok(known);
        }
        let found = find_pinched(self.triangles(), &self.0.opposites, self.valences(), progress)?;
        Ok(self.0.pinched.get_or_init(|| found))
    }

    /// What is known about the triangles around each position.
    pub(crate) fn stars(&self, progress: &dyn Progress) -> Result<&Stars, Cancelled> {
        if let Some(known) = self.0.stars.get() {
            return Ok(known);
        }
        let found = find_stars(&self.mesh().positions, self.triangles(), &self.0.opposites, progress)?;
        Ok(self.0.stars.get_or_init(|| found))
    }

    /// Finds the shells now if nobody has asked for them yet, since later there is no way to stop.
    pub(crate) fn find_shells(&self, progress: &dyn Progress) -> Result<(), Cancelled> {
        if self.0.shells.get().is_none() {
            let found = find_shells(&self.0.opposites, progress)?;
            self.0.shells.get_or_init(|| found);
        }
        Ok(())
    }

    fn shells(&self) -> &Shells {
        self.0.shells.get_or_init(|| find_shells(&self.0.opposites, &Unwatched).expect("nobody cancels"))
    }

    /// Whether every triangle takes part and every edge has exactly two that wind alike.
    #[must_use]
    pub fn is_regular(&self) -> bool {
        self.0.condition.num_irregular_edges == 0 && self.0.condition.num_degenerate == 0
    }
}

/// A solid where it is for one operation.
pub(crate) struct Placed<'a> {
    pub(crate) solid: &'a Solid,
    pub(crate) placement: DAffine3,
    /// Whether the placement mirrors, so that triangles wind the other way round.
    pub(crate) is_mirrored: bool,
    /// Positions as they are in the result.
    pub(crate) positions: Cow<'a, [DVec3]>,
    /// Other coordinates that decisions are made about, where they differ.
    decided: Option<Vec<DVec3>>,
    pub(crate) tree: Cow<'a, BoxTree>,
}

/// What decisions about the triangles of a placed solid look at: plain arrays, for inner loops.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    points: &'a [DVec3],
    triangles: &'a [[u32; 3]],
    opposites: &'a [u32],
    is_mirrored: bool,
}

impl View<'_> {
    /// The corners of a triangle as position indices, wound as it is here.
    #[inline]
    pub(crate) fn corners(&self, triangle: u32) -> [u32; 3] {
        let [a, b, c] = self.triangles[triangle as usize];
        if self.is_mirrored { [a, c, b] } else { [a, b, c] }
    }

    /// Where a corner is, for decisions.
    #[inline]
    pub(crate) fn point(&self, corner: u32) -> DVec3 {
        self.points[corner as usize]
    }

    /// What is across the edge from corner `i` to the next one, counted as [`View::corners`] does.
    #[inline]
    pub(crate) fn across(&self, triangle: u32, i: usize) -> u32 {
        let halfedge = if self.is_mirrored { 2 - i } else { i };
        self.opposites[triangle as usize * 3 + halfedge]
    }

    /// Whether two triangles meet at an edge where there are no others.
    #[inline]
    pub(crate) fn are_neighbors(&self, triangle: u32, other: u32) -> bool {
        self.opposites[triangle as usize * 3..][..3].iter().any(|&opposite| opposite / 3 == other)
    }
}

impl<'a> Placed<'a> {
    /// Its arrays.
    pub(crate) fn view(&self) -> View<'_> {
        View {
            points: self.decided.as_deref().unwrap_or(&self.positions),
            triangles: self.solid.triangles(),
            opposites: self.solid.opposites(),
            is_mirrored: self.is_mirrored,
        }
    }

    /// A solid where its mesh is.
    pub(crate) fn in_mesh_space(solid: &'a Solid) -> Self {
        Self {
            solid,
            placement: DAffine3::IDENTITY,
            is_mirrored: false,
            positions: Cow::Borrowed(solid.mesh().positions.as_slice()),
            decided: None,
            tree: Cow::Borrowed(solid.tree()),
        }
    }

    pub(crate) fn new(
        solid: &'a Solid,
        placement: DAffine3,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        if placement == DAffine3::IDENTITY {
            return Ok(Self::in_mesh_space(solid));
        }
        let mut positions = Vec::with_capacity(solid.mesh().positions.len());
        for points in solid.mesh().positions.chunks(STEP) {
            progress.report(0.2)?;
            positions.extend(points.iter().map(|&point| placement.transform_point3(point)));
        }
        let triangles = solid.triangles();
        let box_of = |triangle: u32| {
            Aabb::around(&triangles[triangle as usize].map(|corner| positions[corner as usize]))
        };
        let tree = solid.tree().refitted(box_of, &Stretch::new(progress, 0.4, 1.0))?;
        let is_mirrored = placement.matrix3.determinant() < 0.0;
        Ok(Self {
            solid,
            placement,
            is_mirrored,
            positions: Cow::Owned(positions),
            decided: None,
            tree: Cow::Owned(tree),
        })
    }

    /// A solid of which the positions have been placed already.
    pub(crate) fn baked(solid: &'a Solid, placement: DAffine3) -> Self {
        Self { placement, is_mirrored: placement.matrix3.determinant() < 0.0, ..Self::in_mesh_space(solid) }
    }

    /// The corners of a triangle as position indices, wound as it is here.
    pub(crate) fn corners(&self, triangle: u32) -> [u32; 3] {
        let [a, b, c] = self.solid.triangles()[triangle as usize];
        if self.is_mirrored { [a, c, b] } else { [a, b, c] }
    }

    /// Where a corner is, for decisions.
    pub(crate) fn point(&self, corner: u32) -> DVec3 {
        self.decided.as_deref().unwrap_or(&self.positions)[corner as usize]
    }

    /// Where the corners of a triangle are, for decisions.
    pub(crate) fn points(&self, triangle: u32) -> [DVec3; 3] {
        self.corners(triangle).map(|corner| self.point(corner))
    }

    /// Has decisions made about other coordinates than those of the result.
    pub(crate) fn decide_by(&mut self, points: Vec<DVec3>, progress: &dyn Progress) -> Result<(), Cancelled> {
        let triangles = self.solid.triangles();
        let box_of =
            |triangle: u32| Aabb::around(&triangles[triangle as usize].map(|corner| points[corner as usize]));
        self.tree = Cow::Owned(self.solid.tree().refitted(box_of, progress)?);
        self.decided = Some(points);
        Ok(())
    }

    /// Has decisions made about the coordinates of the result again.
    pub(crate) fn decide_by_positions(&mut self, progress: &dyn Progress) -> Result<(), Cancelled> {
        if self.decided.is_some() {
            self.decide_by(self.positions.to_vec(), progress)?;
            self.decided = None;
        }
        Ok(())
    }

    /// Whether decisions are made about other coordinates than those of the result.
    pub(crate) fn is_aligned(&self) -> bool {
        self.decided.is_some()
    }

    /// Whether decisions are made about the coordinates of the mesh itself.
    pub(crate) fn is_in_mesh_space(&self) -> bool {
        self.decided.is_none() && self.placement == DAffine3::IDENTITY
    }

    /// What is across the edge from corner `i` to the next one, counted as [`Placed::corners`] does.
    pub(crate) fn across(&self, triangle: u32, i: usize) -> u32 {
        // Mirrored, the edges a→c, c→b, b→a are the halfedges 2, 1, 0.
        let halfedge = if self.is_mirrored { 2 - i } else { i };
        self.solid.opposites()[triangle as usize * 3 + halfedge]
    }

    pub(crate) fn bounds(&self) -> Aabb {
        self.tree.bvh.bounds()
    }
}

fn find_pinched(
    triangles: &[[u32; 3]],
    opposites: &[u32],
    valences: &[u32],
    progress: &dyn Progress,
) -> Result<Vec<u32>, Cancelled> {
    // How many triangles the fan of each position's first corner has. Every position's corners but one fan's are left over.
    let mut is_counted = vec![false; valences.len()];
    let mut is_pinched = vec![false; valences.len()];
    let mut has_any = false;
    for (triangle, corners) in (0_u32..).zip(triangles) {
        report_at(progress, triangle as usize, triangles.len())?;
        if opposites[triangle as usize * 3] == DEGENERATE {
            continue;
        }
        for (i, &corner) in (0_u32..).zip(corners) {
            if std::mem::replace(&mut is_counted[corner as usize], true) {
                continue;
            }
            let start = triangle * 3 + i;
            let mut halfedge = start;
            let mut num_found = 0;
            loop {
                num_found += 1;
                halfedge = opposites[previous_halfedge(halfedge) as usize];
                if halfedge == start || halfedge >= DEGENERATE {
                    break;
                }
            }
            if halfedge == start && num_found < valences[corner as usize] {
                is_pinched[corner as usize] = true;
                has_any = true;
            }
        }
    }
    if !has_any {
        return Ok(Vec::new());
    }
    let has_pinched = |&triangle: &u32| {
        opposites[triangle as usize * 3] != DEGENERATE
            && triangles[triangle as usize].iter().any(|&corner| is_pinched[corner as usize])
    };
    Ok((0..triangles.len() as u32).filter(has_pinched).collect())
}

fn find_shells(opposites: &[u32], progress: &dyn Progress) -> Result<Shells, Cancelled> {
    let num_triangles = opposites.len() / 3;
    // Neighbours are mostly near in memory, so joining them in order is faster than a flood.
    let mut sets = DisjointSets::new(num_triangles);
    for (halfedge, &opposite) in (0_u32..).zip(opposites) {
        report_at(progress, halfedge as usize, opposites.len())?;
        if opposite < halfedge {
            sets.join(opposite / 3, halfedge / 3);
        }
    }
    let mut shells = Shells { of_triangle: vec![NO_SHELL; num_triangles], firsts: Vec::new() };
    let mut num_found = 0;
    for triangle in 0..num_triangles {
        report_at(progress, triangle, num_triangles)?;
        if opposites[triangle * 3] == DEGENERATE {
            continue;
        }
        num_found += 1;
        // The root is the smallest triangle of its set, so it has its number by now.
        let root = sets.root(triangle as u32) as usize;
        if root == triangle {
            shells.of_triangle[triangle] = shells.firsts.len() as u32;
            shells.firsts.push(triangle as u32);
        } else {
            shells.of_triangle[triangle] = shells.of_triangle[root];
        }
    }
    if shells.firsts.len() == 1 && num_found == num_triangles {
        shells.of_triangle = Vec::new();
    }
    Ok(shells)
}

/// Beside lengths above this, coordinates that count as 0 do not matter.
const CLEAR: f64 = SMALLEST * 1e30;

/// Whether a triangle has no area, decided exactly.
pub(crate) fn has_no_area(a: DVec3, b: DVec3, c: DVec3) -> bool {
    let (ab, ac) = (b - a, c - a);
    let scale = ab.abs().max_element() * ac.abs().max_element();
    // A cross product of this size cannot be rounding, unless the corners themselves are far longer numbers, or so short
    // that some of their coordinates count as 0.
    let size = a.abs().max_element().max(ab.abs().max_element()).max(CLEAR);
    let is_clear = ab.cross(ac).abs().max_element() > scale * 1e-12
        && ab.abs().max_element().min(ac.abs().max_element()) > size * 1e-9;
    !is_clear && are_collinear(decided(a), decided(b), decided(c))
}

/// What preparing a mesh takes at most while connectivity and tree are made side by side.
fn bytes_to_prepare(mesh: &Mesh) -> usize {
    let connecting = Edges::BYTES_PER_TRIANGLE + 3 * size_of::<u32>();
    // Boxes twice, the items that are sorted, the nodes, and the order.
    let tree = 2 * size_of::<Aabb>() + 16 + size_of::<BvhNode>() / 2 + size_of::<u32>();
    bytes_per(mesh, connecting + tree, size_of::<u32>())
}

/// The triangles without area, in order.
fn flat_triangles(mesh: &Mesh, progress: &dyn Progress) -> Result<Vec<u32>, Cancelled> {
    let chunks: Vec<usize> = (0..mesh.triangles.len()).step_by(CHUNK).collect();
    let found: Result<Vec<Vec<u32>>, Cancelled> = parallel::map(&chunks, |_, &start| {
        progress.report(0.05)?;
        let end = (start + CHUNK).min(mesh.triangles.len());
        let is_flat = |&triangle: &u32| {
            let [a, b, c] = mesh.triangle_points(triangle as usize);
            has_no_area(a, b, c)
        };
        Ok((start as u32..end as u32).filter(is_flat).collect())
    })
    .into_iter()
    .collect();
    Ok(found?.concat())
}

/// Triangles between two questions whether to go on.
const CHUNK: usize = STEP;

struct Connected {
    welded: Vec<[u32; 3]>,
    opposites: Vec<u32>,
    condition: Condition,
}

/// Connects triangles by their indices and, where that leaves edges open, by equal positions.
fn connect_welded(mesh: &Mesh, flat: &[u32], progress: &dyn Progress) -> Result<Connected, Cancelled> {
    let mut condition = Condition { num_degenerate: flat.len(), ..Condition::default() };
    let mut welded = Vec::new();
    let mut opposites = connect(&mesh.triangles, mesh.positions.len(), flat, &mut condition, progress)?;
    if condition.num_open_edges > 0 {
        (welded, condition.num_welded) = weld(mesh, progress)?;
        if condition.num_welded > 0 {
            opposites = connect(&welded, mesh.positions.len(), flat, &mut condition, progress)?;
        } else {
            welded = Vec::new();
        }
    }
    Ok(Connected { welded, opposites, condition })
}

fn connect(
    triangles: &[[u32; 3]],
    num_positions: usize,
    flat: &[u32],
    condition: &mut Condition,
    progress: &dyn Progress,
) -> Result<Vec<u32>, Cancelled> {
    let kept: Cow<'_, [[u32; 3]]> = if flat.is_empty() {
        Cow::Borrowed(triangles)
    } else {
        let mut kept = triangles.to_vec();
        flat.iter().for_each(|&triangle| kept[triangle as usize] = [0; 3]);
        Cow::Owned(kept)
    };
    let edges = Edges::new_watched(&kept, num_positions, &Stretch::new(progress, 0.0, 0.6))?;
    let opposites = edges.opposites_watched(&kept, &Stretch::new(progress, 0.6, 0.9))?;
    condition.num_irregular_edges = 0;
    condition.num_open_edges = 0;
    condition.first_open_halfedge = None;
    if opposites.iter().all(|&opposite| opposite < DEGENERATE) {
        return Ok(opposites);
    }
    for (edge, halfedges) in edges.iter().enumerate() {
        report_at(progress, edge, edges.len())?;
        if opposites[halfedges[0] as usize] < DEGENERATE {
            continue;
        }
        condition.num_irregular_edges += 1;
        let runs_up = |halfedge: u32| {
            let corners = kept[halfedge as usize / 3];
            corners[halfedge as usize % 3] < corners[(halfedge as usize + 1) % 3]
        };
        let num_up = halfedges.iter().filter(|&&halfedge| runs_up(halfedge)).count();
        if num_up * 2 != halfedges.len() {
            condition.num_open_edges += 1;
            condition.first_open_halfedge.get_or_insert(halfedges[0]);
        }
    }
    Ok(opposites)
}

/// Takes equal positions for one, the first of them.
fn weld(mesh: &Mesh, progress: &dyn Progress) -> Result<(Vec<[u32; 3]>, usize), Cancelled> {
    let weld = weld_positions_watched(&mesh.positions, progress)?;
    let num_welded = mesh.positions.len() - weld.positions.len();
    let mut first_of = vec![u32::MAX; weld.positions.len()];
    for (old, &new) in (0..).zip(&weld.new_from_old) {
        let first = &mut first_of[new as usize];
        *first = (*first).min(old);
    }
    let first = |corner: u32| first_of[weld.new_from_old[corner as usize] as usize];
    let mut triangles = Vec::with_capacity(mesh.triangles.len());
    for corners in mesh.triangles.chunks(STEP) {
        progress.report(0.9)?;
        triangles.extend(corners.iter().map(|corners| corners.map(first)));
    }
    Ok((triangles, num_welded))
}
