//! What two triangles have in common, decided exactly by their corners alone: nothing is constructed and nothing noted
//! here, so any number of pairs can be looked at at once.

use glam::DVec3;

use crate::predicates::{decided, side_of_plane, turn};
use crate::solid::View;

/// A part of the boundary of a triangle, or its inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    Corner(u8),
    /// Between this corner and the next one.
    Edge(u8),
    Inside,
}

/// How the planes of two triangles that meet lie to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meeting {
    /// They cross, or the triangles touch across their common line: there are one or two common points.
    Across,
    /// They are one plane, and the triangles have area in common.
    Overlap,
    /// They are one plane, and the triangles touch in points or along their sides.
    Beside,
}

/// What two triangles have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contact {
    pub(super) triangles: [u32; 2],
    pub(super) meeting: Meeting,
    num_points: u8,
    points: [[Spot; 2]; MAX_POINTS],
}

/// Each corner of two triangles in one plane may touch the other one.
const MAX_POINTS: usize = 6;

impl Contact {
    fn new(triangles: [u32; 2], meeting: Meeting) -> Self {
        Self { triangles, meeting, num_points: 0, points: [[Spot::Inside; 2]; MAX_POINTS] }
    }

    /// The common points, each by its place in both triangles; none for an overlap.
    pub(super) fn points(&self) -> &[[Spot; 2]] {
        &self.points[..usize::from(self.num_points)]
    }

    fn add(&mut self, spots: [Spot; 2]) {
        // A point has one place in each triangle, so places tell points apart.
        if !self.points().contains(&spots) {
            self.points[usize::from(self.num_points)] = spots;
            self.num_points += 1;
        }
    }
}

/// Two triangles of one or two operands.
struct Pair<'a> {
    bodies: [View<'a>; 2],
    triangles: [u32; 2],
    is_self: bool,
    /// Position indices, which tell nothing across operands.
    corners: [[u32; 3]; 2],
    points: [[DVec3; 3]; 2],
}

/// How two triangles lie to each other.
struct Relation {
    /// For each triangle, on which side of the other's plane its corners are.
    sides: [[i32; 3]; 2],
    /// Whether they are of one operand and have an edge in common there.
    are_neighbors: bool,
}

/// What two triangles have in common, unless it is nothing or no more than is expected: within one operand neighbours
/// share an edge or a corner; across operands, triangles that touch with a corner each do not change what is inside.
pub(super) fn contact(bodies: [View<'_>; 2], triangles: [u32; 2], is_self: bool) -> Option<Contact> {
    let corners = [bodies[0].corners(triangles[0]), bodies[1].corners(triangles[1])];
    if is_self && are_plain_neighbors(bodies[0], triangles, corners) {
        return None;
    }
    let at = |i: usize| {
        let [a, b, c] = corners[i];
        [a, b, c].map(|corner| decided(bodies[i].point(corner)))
    };
    let points = [at(0), at(1)];
    let pair = Pair { bodies, triangles, is_self, corners, points };
    if !is_self && pair.is_apart_but_for_a_corner() {
        return None;
    }
    let Relation { sides, are_neighbors } = pair.relate()?;
    let contact = if sides[0] == [0; 3] { pair.meet_in_plane() } else { pair.meet_across(sides) };
    if contact.meeting == Meeting::Overlap {
        return Some(contact);
    }
    let corners_are_expected = (is_self && are_neighbors) || contact.num_points < 2;
    let is_news = contact
        .points()
        .iter()
        .any(|spots| !corners_are_expected || !matches!(spots, [Spot::Corner(_), Spot::Corner(_)]));
    is_news.then_some(contact)
}

impl Pair<'_> {
    /// Whether the boxes of the triangles show that they have no point in common, or only a corner of both. Parts that
    /// stand beside each other in a grid have many of these.
    fn is_apart_but_for_a_corner(&self) -> bool {
        let [a, b] = self.points.map(|[p, q, r]| (p.min(q).min(r), p.max(q).max(r)));
        let (low, high) = (a.0.max(b.0), a.1.min(b.1));
        low.cmpgt(high).any() || (low == high && self.points.iter().all(|points| points.contains(&low)))
    }

    /// How the triangles lie to each other, unless one is clearly beside the other's plane.
    fn relate(&self) -> Option<Relation> {
        let Self { corners, points, .. } = self;
        let is_shared = |me: usize, i: usize| {
            if self.is_self {
                corners[1 - me].contains(&corners[me][i])
            } else {
                points[1 - me].contains(&points[me][i])
            }
        };
        let are_neighbors =
            self.is_self && self.bodies[0].are_neighbors(self.triangles[0], self.triangles[1]);
        let mut sides = [[0; 3]; 2];
        for me in 0..2 {
            let [a, b, c] = points[1 - me];
            let mut num_shared = 0;
            for i in 0..3 {
                if is_shared(me, i) {
                    num_shared += 1;
                } else {
                    sides[me][i] = side_of_plane(a, b, c, points[me][i]);
                }
            }
            // On one side of the other's plane, all that can be in common is what lies in the plane.
            let is_beside = sides[me].contains(&1) != sides[me].contains(&-1);
            let num_in_plane = sides[me].iter().filter(|&&side| side == 0).count();
            if is_beside && num_in_plane == num_shared && (num_shared < 2 || are_neighbors) {
                return None;
            }
        }
        if self.is_self && self.part_at_corner(sides) {
            return None;
        }
        Some(Relation { sides, are_neighbors })
    }

    /// Whether two triangles with one common corner, each passing through the plane of the other, leave that corner in
    /// different directions along the line in which their planes meet. Around a corner of a curved surface most do.
    fn part_at_corner(&self, sides: [[i32; 3]; 2]) -> bool {
        let Self { corners, points, .. } = self;
        let [above, below] = [1, -1].map(|side| sides[0].iter().position(|&found| found == side));
        let (Some(above), Some(below)) = (above, below) else { return false };
        let shared = 3 - above - below;
        let Some(i) = corners[1].iter().position(|&corner| corner == corners[0][shared]) else {
            return false;
        };
        let (p, q) = (points[0][above], points[0][below]);
        let [v, b, c] = [i, (i + 1) % 3, (i + 2) % 3].map(|i| points[1][i]);
        // The first one's far edge goes through the second one's plane, on the far side of one of its sides at the corner.
        side_of_plane(p, q, v, b) > 0 || side_of_plane(p, q, c, v) > 0
    }

    fn meet_across(&self, sides: [[i32; 3]; 2]) -> Contact {
        let mut contact = Contact::new(self.triangles, Meeting::Across);
        for (me, sides) in sides.iter().enumerate() {
            let (mine, theirs) = (&self.points[me], &self.points[1 - me]);
            let mut add = |my_spot: Spot, their_spot: Spot| {
                contact.add(if me == 0 { [my_spot, their_spot] } else { [their_spot, my_spot] });
            };
            for i in 0..3 {
                let j = (i + 1) % 3;
                if sides[i] == 0
                    && let Some(spot) = locate(theirs, mine[i])
                {
                    add(Spot::Corner(i as u8), spot);
                }
                if sides[i] * sides[j] >= 0 {
                    continue;
                }
                let above = if sides[i] > 0 { [mine[i], mine[j]] } else { [mine[j], mine[i]] };
                if let Some(spot) = pierce(theirs, above) {
                    add(Spot::Edge(i as u8), spot);
                }
            }
        }
        debug_assert!(contact.num_points <= 2, "two triangles in different planes meet in a segment at most");
        contact
    }

    fn meet_in_plane(&self) -> Contact {
        let axes = axes_of(self.points[0]);
        let flat = self.points.map(|points| points.map(|point| flat(point, axes)));
        if overlap(flat) {
            return Contact::new(self.triangles, Meeting::Overlap);
        }
        let mut contact = Contact::new(self.triangles, Meeting::Beside);
        for me in 0..2 {
            for i in 0..3 {
                // Seen along one axis, the triangles may wind either way.
                let [a, b, c] = flat[1 - me];
                let facing = turn(a, b, c);
                if let Some(spot) = locate_flat(&flat[1 - me], facing, flat[me][i]) {
                    let own = Spot::Corner(i as u8);
                    contact.add(if me == 0 { [own, spot] } else { [spot, own] });
                }
            }
        }
        contact
    }
}

/// Whether two triangles share a corner, or an edge at which there are no others, and a glance shows that this is all:
/// most of the triangles of a surface that are near each other.
fn are_plain_neighbors(body: View<'_>, triangles: [u32; 2], [one, other]: [[u32; 3]; 2]) -> bool {
    let is_in =
        |corner: u32, corners: [u32; 3]| corner == corners[0] || corner == corners[1] || corner == corners[2];
    // Where three corners are shared or none, there are no or three others.
    let free_of = |corners: [u32; 3], others: [u32; 3]| {
        let mut free = [0; 3];
        let mut num_free = 0;
        for corner in corners {
            free[num_free] = corner;
            num_free += usize::from(!is_in(corner, others));
            if num_free == 3 {
                break;
            }
        }
        (free, num_free)
    };
    let (free, num_free) = free_of(other, one);
    if num_free == 0 || num_free == 3 {
        return false;
    }
    let point = |corner: u32| decided(body.point(corner));
    let side_of = |corners: [u32; 3], corner: u32| {
        side_of_plane(point(corners[0]), point(corners[1]), point(corners[2]), point(corner))
    };
    if num_free == 1 {
        return side_of(one, free[0]) != 0 && body.are_neighbors(triangles[0], triangles[1]);
    }
    let are_on_one_side = |corners: [u32; 3], free: [u32; 3]| {
        let side = side_of(corners, free[0]);
        side != 0 && side_of(corners, free[1]) == side
    };
    are_on_one_side(one, free) || are_on_one_side(other, free_of(one, other).0)
}

/// Whether two triangles in one plane have area in common: no side of either separates them.
fn overlap([a, b]: [[[f64; 2]; 3]; 2]) -> bool {
    let is_separating = |side: [[f64; 2]; 2], inner: [f64; 2], others: &[[f64; 2]; 3]| {
        let inward = turn(side[0], side[1], inner);
        others.iter().all(|&other| turn(side[0], side[1], other) * inward <= 0)
    };
    (0..3).all(|i| {
        let [j, k] = [(i + 1) % 3, (i + 2) % 3];
        !is_separating([a[i], a[j]], a[k], &b) && !is_separating([b[i], b[j]], b[k], &a)
    })
}

/// Where in a triangle a point of its plane lies.
fn locate(corners: &[DVec3; 3], point: DVec3) -> Option<Spot> {
    if let Some(same) = corners.iter().position(|&corner| corner == point) {
        return Some(Spot::Corner(same as u8));
    }
    let axes = axes_of(*corners);
    locate_flat(&corners.map(|corner| flat(corner, axes)), 1, flat(point, axes))
}

/// The same for a triangle seen along an axis, which winds left (1) or right (−1) there.
fn locate_flat(corners: &[[f64; 2]; 3], facing: i32, point: [f64; 2]) -> Option<Spot> {
    let mut signs = [0; 3];
    for (i, sign) in signs.iter_mut().enumerate() {
        *sign = turn(corners[i], corners[(i + 1) % 3], point) * facing;
        if *sign < 0 {
            return None;
        }
    }
    spot_of(signs)
}

fn flat(point: DVec3, axes: [usize; 2]) -> [f64; 2] {
    [point[axes[0]], point[axes[1]]]
}

/// Where a segment that crosses a triangle's plane, given from above to below, goes through the triangle.
fn pierce(corners: &[DVec3; 3], [above, below]: [DVec3; 2]) -> Option<Spot> {
    let mut signs = [0; 3];
    for (i, sign) in signs.iter_mut().enumerate() {
        let [a, b] = [corners[i], corners[(i + 1) % 3]];
        if a != above && a != below && b != above && b != below {
            *sign = -side_of_plane(above, below, a, b);
            if *sign < 0 {
                return None;
            }
        }
    }
    spot_of(signs)
}

/// The place in a triangle, from the sides of its three edges.
fn spot_of(signs: [i32; 3]) -> Option<Spot> {
    match signs {
        [1, 1, 1] => Some(Spot::Inside),
        [0, 1, 1] => Some(Spot::Edge(0)),
        [1, 0, 1] => Some(Spot::Edge(1)),
        [1, 1, 0] => Some(Spot::Edge(2)),
        [0, 0, 1] => Some(Spot::Corner(1)),
        [1, 0, 0] => Some(Spot::Corner(2)),
        [0, 1, 0] => Some(Spot::Corner(0)),
        _ => None,
    }
}

/// The side of a triangle that two places lie on, if there is one.
pub(super) fn common_side(one: Spot, other: Spot) -> Option<u8> {
    let touches = |spot: Spot, edge: u8| match spot {
        Spot::Corner(corner) => corner == edge || corner == (edge + 1) % 3,
        Spot::Edge(own) => own == edge,
        Spot::Inside => false,
    };
    (0..3).find(|&edge| touches(one, edge) && touches(other, edge))
}

/// The two coordinates that show a triangle largest, in the order in which it winds counter-clockwise.
pub(super) fn axes_of([a, b, c]: [DVec3; 3]) -> [usize; 2] {
    let normal = (b - a).cross(c - a).abs();
    let largest = if normal.x >= normal.y && normal.x >= normal.z {
        0
    } else if normal.y >= normal.z {
        1
    } else {
        2
    };
    // The others are only asked where the largest one is nothing but rounding.
    for axis in [largest, (largest + 1) % 3, (largest + 2) % 3] {
        let axes = [(axis + 1) % 3, (axis + 2) % 3];
        match turn(flat(a, axes), flat(b, axes), flat(c, axes)) {
            1 => return axes,
            -1 => return [axes[1], axes[0]],
            _ => {}
        }
    }
    [0, 1]
}
