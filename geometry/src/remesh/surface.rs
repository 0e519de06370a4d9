//! Triangles that know their neighbours while edges are halved, contracted and turned.

use glam::DVec3;

use super::RemeshError;
use crate::Mesh;
use crate::math::cos;
use crate::progress::{Cancelled, Progress, Stretch, report_at};
use crate::topology::{
    BOUNDARY, DEGENERATE, Edges, end_of, is_degenerate, next_halfedge, previous_halfedge, start_of,
};

const NONE: u32 = u32::MAX;

/// A triangle may turn by no more than this when a corner of it moves or an edge is turned: the cosine of 60 degrees.
const MAX_TURN_COSINE: f64 = 0.5;

/// How a position may move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Free,
    /// Along a line of creases.
    Line,
    Fixed,
}

/// The surface while it changes.
pub(super) struct Surface {
    pub(super) positions: Vec<DVec3>,
    /// [`NONE`] three times where a triangle is gone.
    triangles: Vec<[u32; 3]>,
    /// The halfedge across each halfedge, or what [`crate::topology`] says of edges without.
    opposites: Vec<u32>,
    is_crease: Vec<bool>,
    slots: Vec<u32>,
    kinds: Vec<Kind>,
    /// A halfedge from each position, or [`NONE`].
    out: Vec<u32>,
    /// Whether a position has triangles that cannot be reached from `out`.
    is_pinched: Vec<bool>,
    /// Whether there are edges with three triangles and more, or with two that wind differently.
    has_irregular: bool,
}

impl Surface {
    pub(super) fn new(
        mesh: &Mesh,
        crease_angle_rad: f64,
        progress: &dyn Progress,
    ) -> Result<Self, RemeshError> {
        let kept: Vec<usize> =
            (0..mesh.triangles.len()).filter(|&it| !is_degenerate(mesh.triangles[it])).collect();
        let triangles: Vec<[u32; 3]> = kept.iter().map(|&it| mesh.triangles[it]).collect();
        let edges = Edges::new_watched(&triangles, mesh.positions.len(), &Stretch::new(progress, 0.0, 0.5))?;
        let opposites = edges.opposites_watched(&triangles, &Stretch::new(progress, 0.5, 0.7))?;
        let mut surface = Self {
            positions: mesh.positions.clone(),
            is_crease: vec![false; triangles.len() * 3],
            slots: kept.iter().map(|&it| mesh.material_slot(it)).collect(),
            kinds: vec![Kind::Free; mesh.positions.len()],
            out: vec![NONE; mesh.positions.len()],
            is_pinched: vec![false; mesh.positions.len()],
            has_irregular: opposites.iter().any(|across| (DEGENERATE..BOUNDARY).contains(across)),
            triangles,
            opposites,
        };
        surface.find_creases(crease_angle_rad, &Stretch::new(progress, 0.7, 0.8))?;
        surface.find_kinds(crease_angle_rad, &Stretch::new(progress, 0.8, 1.0))?;
        Ok(surface)
    }

    fn find_creases(&mut self, crease_angle_rad: f64, progress: &dyn Progress) -> Result<(), Cancelled> {
        let least = cos(crease_angle_rad);
        for halfedge in 0..self.num_halfedges() {
            report_at(progress, halfedge as usize, self.is_crease.len())?;
            let across = self.opposites[halfedge as usize];
            self.is_crease[halfedge as usize] = across >= DEGENERATE || {
                let (here, there) = (halfedge / 3, across / 3);
                let (normal, other) = (self.normal(here), self.normal(there));
                self.slots[here as usize] != self.slots[there as usize]
                    || normal.dot(other) < least * normal.length() * other.length()
            };
        }
        Ok(())
    }

    fn find_kinds(&mut self, crease_angle_rad: f64, progress: &dyn Progress) -> Result<(), Cancelled> {
        let mut num_corners = vec![0_u32; self.positions.len()];
        for halfedge in 0..self.num_halfedges() {
            let start = self.start(halfedge) as usize;
            self.out[start] = halfedge;
            num_corners[start] += 1;
        }
        let least = cos(crease_angle_rad);
        for position in 0..self.positions.len() as u32 {
            report_at(progress, position as usize, self.positions.len())?;
            if self.out[position as usize] == NONE {
                continue;
            }
            let star = self.star(position);
            let is_pinched = star.len() < num_corners[position as usize] as usize;
            let is_irregular = star.iter().any(|&halfedge| {
                [halfedge, previous_halfedge(halfedge)]
                    .iter()
                    .any(|&it| (DEGENERATE..BOUNDARY).contains(&self.opposites[it as usize]))
            });
            let lines = self.crease_ends(position);
            let here = self.positions[position as usize];
            let is_straight = |one: u32, other: u32| {
                let [one, other] =
                    [one, other].map(|end| (self.positions[end as usize] - here).normalize_or_zero());
                -one.dot(other) >= least
            };
            self.is_pinched[position as usize] = is_pinched;
            self.kinds[position as usize] = match *lines {
                _ if is_pinched || is_irregular => Kind::Fixed,
                [] => Kind::Free,
                [one, other] if is_straight(one, other) => Kind::Line,
                _ => Kind::Fixed,
            };
        }
        Ok(())
    }

    pub(super) fn num_halfedges(&self) -> u32 {
        self.opposites.len() as u32
    }

    pub(super) fn is_alive(&self, halfedge: u32) -> bool {
        self.triangles[halfedge as usize / 3][0] != NONE
    }

    fn start(&self, halfedge: u32) -> u32 {
        start_of(&self.triangles, halfedge)
    }

    fn end(&self, halfedge: u32) -> u32 {
        end_of(&self.triangles, halfedge)
    }

    fn at(&self, position: u32) -> DVec3 {
        self.positions[position as usize]
    }

    pub(super) fn length(&self, halfedge: u32) -> f64 {
        self.at(self.start(halfedge)).distance(self.at(self.end(halfedge)))
    }

    /// Twice the area along the normal.
    fn normal(&self, triangle: u32) -> DVec3 {
        let [a, b, c] = self.triangles[triangle as usize].map(|corner| self.at(corner));
        (b - a).cross(c - a)
    }

    /// How a position may move; `None` for one without triangles.
    pub(super) fn kind(&self, position: u32) -> Option<Kind> {
        (self.out[position as usize] != NONE).then(|| self.kinds[position as usize])
    }

    /// The halfedges from a position, one for each triangle of its fan.
    fn star(&self, position: u32) -> Vec<u32> {
        let first = self.out[position as usize];
        let mut star = vec![first];
        let mut halfedge = first;
        loop {
            halfedge = self.opposites[previous_halfedge(halfedge) as usize];
            if halfedge == first {
                return star;
            }
            if halfedge >= DEGENERATE {
                break;
            }
            star.push(halfedge);
        }
        // An open fan: the triangles on the other side.
        halfedge = first;
        loop {
            let across = self.opposites[halfedge as usize];
            if across >= DEGENERATE {
                return star;
            }
            halfedge = next_halfedge(across);
            star.push(halfedge);
        }
    }

    /// The ends of the edges at a position, each once.
    fn neighbors(&self, position: u32) -> Vec<u32> {
        let star = self.star(position);
        let mut ends: Vec<u32> = star.iter().map(|&halfedge| self.end(halfedge)).collect();
        let first_of_edge = star.iter().map(|&halfedge| self.start(previous_halfedge(halfedge)));
        ends.extend(first_of_edge);
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    /// The ends of the creases at a position.
    fn crease_ends(&self, position: u32) -> Vec<u32> {
        let mut ends = Vec::new();
        for halfedge in self.star(position) {
            let before = previous_halfedge(halfedge);
            if self.is_crease[halfedge as usize] {
                ends.push(self.end(halfedge));
            }
            if self.is_crease[before as usize] {
                ends.push(self.start(before));
            }
        }
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    /// Where the two creases at a position lead.
    pub(super) fn ends_of_line(&self, position: u32) -> Option<[DVec3; 2]> {
        match *self.crease_ends(position) {
            [one, other] => Some([self.at(one), self.at(other)]),
            _ => None,
        }
    }

    /// The middle of the neighbours of a position and the direction that its triangles face.
    pub(super) fn surroundings(&self, position: u32) -> Option<(DVec3, DVec3)> {
        let star = self.star(position);
        let sum: DVec3 = star.iter().map(|&halfedge| self.at(self.end(halfedge))).sum();
        let normal: DVec3 = star.iter().map(|&halfedge| self.normal(halfedge / 3)).sum();
        Some((sum / star.len() as f64, normal.try_normalize()?))
    }

    /// The creases as they are now.
    pub(super) fn creases(&self) -> Vec<[DVec3; 2]> {
        let is_first = |&halfedge: &u32| {
            let across = self.opposites[halfedge as usize];
            self.is_crease[halfedge as usize] && (across >= DEGENERATE || halfedge < across)
        };
        let ends = |halfedge: u32| [self.at(self.start(halfedge)), self.at(self.end(halfedge))];
        (0..self.num_halfedges()).filter(is_first).map(ends).collect()
    }

    /// Whether the triangles of some halfedges keep about their direction when one position moves, but for those with
    /// another one.
    fn keep_direction(&self, star: &[u32], moved: u32, place: DVec3, but_for: u32) -> bool {
        star.iter().filter(|&&halfedge| !self.triangles[halfedge as usize / 3].contains(&but_for)).all(
            |&it| {
                let before = self.normal(it / 3);
                let [a, b, c] = self.triangles[it as usize / 3]
                    .map(|corner| if corner == moved { place } else { self.at(corner) });
                let after = (b - a).cross(c - a);
                after.dot(before) > MAX_TURN_COSINE * after.length() * before.length()
                // What had no area may become anything that has.
                || (before == DVec3::ZERO && after != DVec3::ZERO)
            },
        )
    }

    /// Moves a position unless a triangle would turn over.
    pub(super) fn try_move(&mut self, position: u32, place: DVec3) {
        if self.keep_direction(&self.star(position), position, place, NONE) {
            self.positions[position as usize] = place;
        }
    }

    /// Whether an edge may get a middle. Those with three triangles and more may not, so that all of these still fit. Where
    /// there are such edges, others may only as the longest of their triangles, or there would be no end of it.
    pub(super) fn can_halve(&self, halfedge: u32) -> bool {
        let across = self.opposites[halfedge as usize];
        let length = self.length(halfedge);
        let is_longest = |it: u32| {
            self.length(next_halfedge(it)) <= length && self.length(previous_halfedge(it)) <= length
        };
        (across < DEGENERATE || across == BOUNDARY)
            && (!self.has_irregular || (is_longest(halfedge) && (across >= DEGENERATE || is_longest(across))))
    }

    fn join(&mut self, one: u32, other: u32, is_crease: bool) {
        for (halfedge, across) in [(one, other), (other, one)] {
            if halfedge < DEGENERATE {
                self.opposites[halfedge as usize] = across;
                self.is_crease[halfedge as usize] = is_crease;
            }
        }
    }

    fn add_triangle(&mut self, corners: [u32; 3], slot: u32) -> u32 {
        self.triangles.push(corners);
        self.opposites.extend([BOUNDARY; 3]);
        self.is_crease.extend([true; 3]);
        self.slots.push(slot);
        self.triangles.len() as u32 - 1
    }

    /// What is across the edges of a triangle, beginning with the edge of a halfedge.
    fn around(&self, halfedge: u32) -> [(u32, bool); 3] {
        [halfedge, next_halfedge(halfedge), previous_halfedge(halfedge)]
            .map(|it| (self.opposites[it as usize], self.is_crease[it as usize]))
    }

    /// Puts a position in the middle of an edge for which [`Surface::can_halve`] holds.
    pub(super) fn halve(&mut self, halfedge: u32) {
        let (a, b) = (self.start(halfedge), self.end(halfedge));
        let middle = self.positions.len() as u32;
        self.positions.push((self.at(a) + self.at(b)) * 0.5);
        let [(across, is_crease), ..] = self.around(halfedge);
        self.kinds.push(if is_crease { Kind::Line } else { Kind::Free });
        self.is_pinched.push(false);
        self.out.push(NONE);
        let [first, second] = self.halve_side(halfedge, middle);
        if across < DEGENERATE {
            let [other_first, other_second] = self.halve_side(across, middle);
            self.join(first, other_second, is_crease);
            self.join(second, other_first, is_crease);
        } else {
            self.join(first, across, true);
            self.join(second, across, true);
        }
    }

    /// Divides the triangle at a halfedge; the halves of the halfedge.
    fn halve_side(&mut self, halfedge: u32, middle: u32) -> [u32; 2] {
        let triangle = halfedge / 3;
        let [_, (after, after_crease), (before, before_crease)] = self.around(halfedge);
        let (a, b) = (self.start(halfedge), self.end(halfedge));
        let c = self.start(previous_halfedge(halfedge));
        let [first, second] =
            [triangle * 3, self.add_triangle([middle, b, c], self.slots[triangle as usize]) * 3];
        self.triangles[triangle as usize] = [a, middle, c];
        self.join(first + 1, second + 2, false);
        self.join(first + 2, before, before_crease);
        self.join(second + 1, after, after_crease);
        self.out[a as usize] = first;
        self.out[middle as usize] = second;
        self.out[b as usize] = second + 1;
        self.out[c as usize] = first + 2;
        [first, second]
    }

    /// Takes one end of an edge to the other one if that does no harm.
    pub(super) fn contract(&mut self, halfedge: u32, longest: f64) {
        let across = self.opposites[halfedge as usize];
        if self.can_contract(halfedge, longest) {
            self.contract_start(halfedge);
        } else if across < DEGENERATE && self.can_contract(across, longest) {
            self.contract_start(across);
        }
    }

    /// Whether the start of a halfedge may go to its end.
    fn can_contract(&self, halfedge: u32, longest: f64) -> bool {
        let (a, b) = (self.start(halfedge), self.end(halfedge));
        let across = self.opposites[halfedge as usize];
        let is_along = match self.kinds[a as usize] {
            Kind::Free => true,
            Kind::Line => self.is_crease[halfedge as usize],
            Kind::Fixed => false,
        };
        if !is_along || self.is_pinched[b as usize] {
            return false;
        }
        // The edges beside it become one with those of the end; no line may be lost by that.
        let mut sides = vec![previous_halfedge(halfedge)];
        if across < DEGENERATE {
            sides.push(next_halfedge(across));
        }
        let is_open =
            |side: &u32| self.is_crease[*side as usize] || self.opposites[*side as usize] >= DEGENERATE;
        if sides.iter().any(is_open) {
            return false;
        }
        // The ends must have no other neighbours in common than the apexes (Tamal Dey and others, “Topology Preserving Edge
        // Contraction”, 1999), and the four triangles of a tetrahedron stay.
        let (neighbors, others) = (self.neighbors(a), self.neighbors(b));
        let num_common = neighbors.iter().filter(|it| others.binary_search(it).is_ok()).count();
        let star = self.star(a);
        if num_common != sides.len() || (star.len() == 3 && self.star(b).len() == 3) {
            return false;
        }
        let place = self.at(b);
        neighbors.iter().all(|&it| it == b || self.at(it).distance(place) <= longest)
            && self.keep_direction(&star, a, place, b)
    }

    fn contract_start(&mut self, halfedge: u32) {
        let (a, b) = (self.start(halfedge), self.end(halfedge));
        let across = self.opposites[halfedge as usize];
        let star = self.star(a);
        for &it in &star {
            self.triangles[it as usize / 3][it as usize % 3] = b;
        }
        self.close(next_halfedge(halfedge), previous_halfedge(halfedge));
        if across < DEGENERATE {
            self.close(previous_halfedge(across), next_halfedge(across));
        }
        self.out[a as usize] = NONE;
    }

    /// Takes out a triangle of which one side has no length any more: what is across the other two is joined. `kept` is
    /// the one at the end that stays, and across the other one there is a triangle.
    fn close(&mut self, kept: u32, other: u32) {
        let (beyond, is_crease) = (self.opposites[kept as usize], self.is_crease[kept as usize]);
        let inner = self.opposites[other as usize];
        self.triangles[kept as usize / 3] = [NONE; 3];
        self.join(inner, beyond, is_crease);
        for halfedge in [inner, next_halfedge(inner)] {
            let start = self.start(halfedge);
            self.out[start as usize] = halfedge;
        }
    }

    /// Turns an edge where that brings the positions around nearer to six edges each, or four on a line.
    pub(super) fn turn_for_valence(&mut self, halfedge: u32) {
        let across = self.opposites[halfedge as usize];
        if self.is_crease[halfedge as usize] || across >= DEGENERATE || across < halfedge {
            return;
        }
        let (a, b) = (self.start(halfedge), self.end(halfedge));
        let (c, d) = (self.start(previous_halfedge(halfedge)), self.start(previous_halfedge(across)));
        if c == d || (self.is_pinched[c as usize] && self.is_pinched[d as usize]) {
            return;
        }
        let excess = |position: u32, change: i64| {
            let is_open = self.star(position).iter().any(|&it| self.opposites[it as usize] >= DEGENERATE);
            let wanted = if is_open { 4 } else { 6 };
            (self.neighbors(position).len() as i64 + change - wanted).abs()
        };
        let sum =
            |change: i64| excess(a, -change) + excess(b, -change) + excess(c, change) + excess(d, change);
        let from = if self.is_pinched[c as usize] { d } else { c };
        if sum(1) >= sum(0) || self.neighbors(from).contains(if from == c { &d } else { &c }) {
            return;
        }
        let whole = self.normal(halfedge / 3) + self.normal(across / 3);
        let [pa, pb, pc, pd] = [a, b, c, d].map(|corner| self.at(corner));
        let is_sound = |normal: DVec3| normal.dot(whole) > MAX_TURN_COSINE * normal.length() * whole.length();
        if is_sound((pd - pa).cross(pc - pa)) && is_sound((pb - pd).cross(pc - pd)) {
            self.turn(halfedge, [a, b, c, d]);
        }
    }

    fn turn(&mut self, halfedge: u32, [a, b, c, d]: [u32; 4]) {
        let across = self.opposites[halfedge as usize];
        let [_, (bc, is_bc_crease), (ca, is_ca_crease)] = self.around(halfedge);
        let [_, (ad, is_ad_crease), (db, is_db_crease)] = self.around(across);
        let (one, other) = (halfedge / 3 * 3, across / 3 * 3);
        self.triangles[one as usize / 3] = [a, d, c];
        self.triangles[other as usize / 3] = [d, b, c];
        self.join(one, ad, is_ad_crease);
        self.join(one + 1, other + 2, false);
        self.join(one + 2, ca, is_ca_crease);
        self.join(other, db, is_db_crease);
        self.join(other + 1, bc, is_bc_crease);
        for (position, halfedge) in [(a, one), (b, other + 1), (c, one + 2), (d, other)] {
            self.out[position as usize] = halfedge;
        }
    }

    /// The surface as a mesh.
    pub(super) fn into_mesh(self, progress: &dyn Progress) -> Result<Mesh, Cancelled> {
        let mut new_of = vec![NONE; self.positions.len()];
        let mut mesh = Mesh::default();
        for (index, corners) in self.triangles.iter().enumerate() {
            report_at(progress, index, self.triangles.len())?;
            if corners[0] == NONE {
                continue;
            }
            mesh.triangles.push(corners.map(|corner| {
                let new = &mut new_of[corner as usize];
                if *new == NONE {
                    *new = mesh.positions.len() as u32;
                    mesh.positions.push(self.positions[corner as usize]);
                }
                *new
            }));
            mesh.material_slots.push(self.slots[index]);
        }
        if mesh.material_slots.iter().all(|&slot| slot == 0) {
            mesh.material_slots = Vec::new();
        }
        Ok(mesh)
    }
}
