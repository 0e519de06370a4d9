//! Puts the triangles that stay whole into the result.
//!
//! Of the operand with the most of them the arrays are taken over as they are, and only what the cut took out is replaced.
//! So a small cut in a large body costs a copy of its arrays and what it touches, nothing else. The others, and bodies
//! where that would not be right, are gone through triangle by triangle.

use super::assemble::Parts;
use super::hash::IndexMap;
use super::shape::{Shape, Triangle};
use super::{BooleanError, NONE, Source};
use crate::memory::Holding;
use crate::progress::{Cancelled, Progress, report_at};
use crate::solid::Placed;
use crate::sorting::sorted;
use crate::topology::DEGENERATE;

/// The result as far as whole triangles make it up.
pub(super) struct Wholes {
    pub(super) shape: Shape,
    /// Where each point of the arrangement has a position, or [`NONE`].
    pub(super) position_of_point: Vec<u32>,
    /// For each local triangle that stays whole, its place in the shape.
    pub(super) whole_at: Vec<u32>,
}

/// Whether a region bounds the result, and whether it is turned then.
type Facing<'a> = dyn Fn(u32) -> Option<bool> + 'a;

/// Starts the result.
pub(super) fn put_together(
    parts: &Parts<'_>,
    facing: &Facing<'_>,
    progress: &dyn Progress,
) -> Result<Wholes, BooleanError> {
    let num_points = parts.arrangement.points.len();
    let of_points = (num_points + parts.soup.triangles.len()) * size_of::<u32>();
    let mut held = Holding::new(progress, of_points)?;
    let mut wholes = Wholes {
        shape: Shape::default(),
        position_of_point: vec![NONE; num_points],
        whole_at: vec![NONE; parts.soup.triangles.len()],
    };
    let largest = (0..parts.placed.len())
        .max_by_key(|&operand| (parts.placed[operand].solid.triangles().len(), parts.placed.len() - operand));
    let base = largest
        .filter(|&operand| parts.placed[operand].solid.triangles().len() >= MIN_BASE)
        .and_then(|operand| Base::new(parts, operand as u32, facing));
    if let Some(base) = &base {
        let body = &parts.placed[base.operand as usize];
        held.add(Shape::bytes_for(body.solid.triangles().len(), body.positions.len()))?;
        base.take_over(&mut wholes, progress)?;
    }
    let base = base.map(|base| base.operand);
    for operand in 0..parts.placed.len() as u32 {
        if Some(operand) != base {
            held.set(of_points + wholes.shape.num_bytes() + wholes.bytes_to_add(parts, operand, facing))?;
            wholes.add_one_by_one(parts, operand, facing, progress)?;
        }
    }
    Ok(wholes)
}

/// One part in so many may be dropped.
const MIN_STAYING: usize = 8;

/// Bodies of fewer triangles are not worth the trouble.
const MIN_BASE: usize = 256;

impl Wholes {
    /// The memory that an operand's triangles take at most.
    fn bytes_to_add(&self, parts: &Parts<'_>, operand: u32, facing: &Facing<'_>) -> usize {
        let body = &parts.placed[operand as usize];
        let stays = parts.regions.rests(operand).any(|region| facing(region).is_some());
        let num_triangles =
            if stays { body.solid.triangles().len() } else { parts.regions.flooded(operand).len() };
        let num_positions = body.positions.len().min(num_triangles * 3);
        Shape::bytes_for(num_triangles, num_positions) + body.positions.len() * size_of::<u32>()
    }

    fn add_one_by_one(
        &mut self,
        parts: &Parts<'_>,
        operand: u32,
        facing: &Facing<'_>,
        progress: &dyn Progress,
    ) -> Result<(), BooleanError> {
        let body = &parts.placed[operand as usize];
        let mut new_position: Vec<u32> = Vec::new();
        let mut add = |triangle: u32| {
            let source = Source { operand, triangle };
            let region = parts.regions.of(parts.placed, source);
            if region == NONE {
                return;
            }
            let Some(is_turned) = facing(region) else { return };
            if new_position.is_empty() {
                new_position = vec![NONE; body.positions.len()];
            }
            let mut is_near = false;
            let mut corners = body.corners(triangle).map(|corner| {
                let known = new_position[corner as usize];
                if known != NONE {
                    is_near |= self.shape.points[known as usize] != NONE;
                    return known;
                }
                let new = self.position_of_corner(parts, operand, corner, &mut is_near);
                new_position[corner as usize] = new;
                new
            });
            if is_turned {
                corners.swap(1, 2);
            }
            let index = self.shape.add_triangle(Triangle { corners, source, is_turned, is_whole: true });
            if is_near {
                self.shape.near.push(index);
                if let Some(local) = parts.soup.local_triangle(source) {
                    self.whole_at[local as usize] = index;
                }
            }
        };
        if parts.regions.rests(operand).any(|region| facing(region).is_some()) {
            for triangle in 0..body.solid.triangles().len() as u32 {
                report_at(progress, triangle as usize, body.solid.triangles().len())?;
                add(triangle);
            }
        } else {
            let flooded = sorted(parts.regions.flooded(operand).to_vec(), Ord::cmp, progress)?;
            for (index, &triangle) in flooded.iter().enumerate() {
                report_at(progress, index, flooded.len())?;
                add(triangle);
            }
        }
        Ok(())
    }

    fn position_of_corner(
        &mut self,
        parts: &Parts<'_>,
        operand: u32,
        corner: u32,
        is_near: &mut bool,
    ) -> u32 {
        let position = parts.placed[operand as usize].positions[corner as usize];
        let Some(point) = parts.soup.local_vertex(operand as usize, corner) else {
            return self.shape.add_position(position, NONE);
        };
        *is_near = true;
        let known = self.position_of_point[point as usize];
        if known != NONE {
            return known;
        }
        let new = self.shape.add_position(position, point);
        self.position_of_point[point as usize] = new;
        new
    }
}

/// What is to be replaced in the arrays of an operand.
struct Base<'a> {
    parts: &'a Parts<'a>,
    operand: u32,
    /// Triangles and positions that are not in the result, in descending order.
    dropped: Vec<u32>,
    unused: Vec<u32>,
    /// Positions that are in the result and at a point of the arrangement, with the point.
    pinned: Vec<(u32, u32)>,
    /// The triangles around these.
    near: Vec<u32>,
}

impl<'a> Base<'a> {
    /// `None` where the body's arrays cannot serve as they are.
    fn new(parts: &'a Parts<'a>, operand: u32, facing: &Facing<'_>) -> Option<Self> {
        let body = &parts.placed[operand as usize];
        let solid = body.solid;
        let stays = |region: u32| facing(region) == Some(false);
        let condition = solid.condition();
        let is_plain = solid.is_regular() && condition.num_welded == 0 && !body.is_mirrored;
        if !is_plain || !parts.regions.rests(operand).all(stays) || solid.has_unused_positions() {
            return None;
        }
        let mut base = Self {
            parts,
            operand,
            dropped: Vec::new(),
            unused: Vec::new(),
            pinned: Vec::new(),
            near: Vec::new(),
        };
        for &triangle in parts.regions.flooded(operand) {
            match facing(base.region(triangle)) {
                Some(false) => {}
                Some(true) => return None,
                None => base.dropped.push(triangle),
            }
        }
        // Where much goes, going through all that stays is faster than replacing what goes.
        if base.dropped.len() > solid.triangles().len() / MIN_STAYING {
            return None;
        }
        let locals = || {
            let is_mine = move |source: &&Source| source.operand == operand;
            parts.soup.sources.iter().filter(is_mine).map(|source| source.triangle)
        };
        let touched: Vec<u32> = locals().filter(|&triangle| base.region(triangle) == NONE).collect();
        base.dropped.extend(touched);
        base.dropped.sort_unstable_by(|a, b| b.cmp(a));
        base.find_unused();
        let mut is_seen: IndexMap<u32, ()> = IndexMap::default();
        let mut pin_of: IndexMap<u32, u32> = IndexMap::default();
        for triangle in locals() {
            for i in 0..3 {
                let corner = solid.triangles()[triangle as usize][i];
                if is_seen.insert(corner, ()).is_some() {
                    continue;
                }
                let is_used = base.add_fan(body, triangle, i as u32, facing)?;
                let point = parts.soup.local_vertex(operand as usize, corner)?;
                // Two positions at one point would have to become one.
                if is_used && pin_of.insert(point, corner).is_some() {
                    return None;
                }
                if is_used {
                    base.pinned.push((corner, point));
                }
            }
        }
        base.near.sort_unstable();
        base.near.dedup();
        Some(base)
    }

    fn region(&self, triangle: u32) -> u32 {
        self.parts.regions.of(self.parts.placed, Source { operand: self.operand, triangle })
    }

    /// Finds the positions that only dropped triangles have.
    fn find_unused(&mut self) {
        let solid = self.parts.placed[self.operand as usize].solid;
        let mut corners: Vec<u32> =
            self.dropped.iter().flat_map(|&triangle| solid.triangles()[triangle as usize]).collect();
        corners.sort_unstable_by(|a, b| b.cmp(a));
        for run in corners.chunk_by(|a, b| a == b) {
            if run.len() == solid.valences()[run[0] as usize] as usize {
                self.unused.push(run[0]);
            }
        }
    }

    /// Goes round a corner and notes the triangles there that stay; tells whether there are any, or `None` where some of
    /// the position's triangles cannot be reached that way.
    fn add_fan(
        &mut self,
        body: &Placed<'_>,
        triangle: u32,
        corner: u32,
        facing: &Facing<'_>,
    ) -> Option<bool> {
        let solid = body.solid;
        let start = triangle * 3 + corner;
        let mut halfedge = start;
        let mut num_found = 0;
        let mut is_used = false;
        loop {
            num_found += 1;
            let at = halfedge / 3;
            let region = self.region(at);
            if region != NONE && facing(region).is_some() {
                self.near.push(at);
                is_used = true;
            }
            // Across the edge that ends here lies the next triangle, whose halfedge there starts here.
            let before = if halfedge.is_multiple_of(3) { halfedge + 2 } else { halfedge - 1 };
            halfedge = solid.opposites()[before as usize];
            if halfedge >= DEGENERATE {
                return None;
            }
            if halfedge == start {
                break;
            }
        }
        let position = solid.triangles()[triangle as usize][corner as usize];
        (num_found == solid.valences()[position as usize]).then_some(is_used)
    }

    /// Starts the shape with the arrays of the body.
    fn take_over(&self, wholes: &mut Wholes, progress: &dyn Progress) -> Result<(), Cancelled> {
        let body = &self.parts.placed[self.operand as usize];
        let positions = copied(&body.positions, progress)?;
        let triangles = copied(body.solid.triangles(), progress)?;
        let (unused, dropped) = (self.unused.clone(), self.dropped.clone());
        wholes.shape = Shape::from_arrays(self.operand, positions, triangles, unused, dropped, progress)?;
        for &(position, point) in &self.pinned {
            wholes.shape.points[position as usize] = point;
            wholes.position_of_point[point as usize] = position;
        }
        for (local, source) in self.parts.soup.sources.iter().enumerate() {
            if source.operand == self.operand && self.near.binary_search(&source.triangle).is_ok() {
                wholes.whole_at[local] = source.triangle;
            }
        }
        wholes.shape.near.extend(&self.near);
        Ok(())
    }
}

fn copied<T: Copy>(values: &[T], progress: &dyn Progress) -> Result<Vec<T>, Cancelled> {
    let mut copy = Vec::with_capacity(values.len());
    for values in values.chunks(1 << 16) {
        progress.report(0.0)?;
        copy.extend_from_slice(values);
    }
    Ok(copy)
}
