//! Sorts out which places of space the facets separate, and the winding numbers there.
//!
//! Around every edge the facets are sorted by angle, exactly; two that follow each other bound the same cell. What is not
//! touched by anything takes part as whole regions of triangles. One ray per connected piece tells the winding numbers in
//! one cell, the others follow by stepping across facets.
//!
//! Source of the idea: Qingnan Zhou et al., “Mesh Arrangements for Solid Geometry”, 2016.

use super::frame::Frame;
use super::lists::Lists;
use super::meetings::Depth;
use super::openings::{OpenEdge, Openings};
use super::ray::{Base, Beside, look};
use super::sheets::{Sheets, Wing};
use super::winding::Winding;
use super::{NONE, Source, Stop};
use crate::memory::{Holding, bytes_of};
use crate::parallel;
use crate::predicates::decided;
use crate::predicates::implicit::{Anchors, Point, side_of};
use crate::progress::{Cancelled, Progress, STEP, Stretch, report_at};
use crate::solid::Placed;
use crate::topology::DisjointSets;

/// The winding numbers on both sides of all facets and regions.
pub(super) struct Cells {
    num_facets: usize,
    /// The cells in front of and behind each facet, then of each region.
    sides: Vec<[u32; 2]>,
    pub(super) windings: Vec<Winding>,
    /// The wings at each edge of a facet.
    pub(super) rings: Rings,
}

/// Wings sorted by edge, and around each edge by angle.
#[derive(Default)]
pub(super) struct Rings {
    ids: Vec<u32>,
    /// Where the wings of each edge begin, and the end of the last ones.
    starts: Vec<u32>,
}

impl Rings {
    /// The number of edges.
    pub(super) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The wings of each edge, by edge.
    pub(super) fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.starts.windows(2).map(|range| &self.ids[range[0] as usize..range[1] as usize])
    }
}

impl Cells {
    pub(super) fn num_bytes(&self) -> usize {
        bytes_of(&self.sides)
            + bytes_of(&self.windings)
            + bytes_of(&self.rings.ids)
            + bytes_of(&self.rings.starts)
    }

    /// The cells in front of and behind a facet.
    pub(super) fn of_facet(&self, facet: usize) -> [u32; 2] {
        self.sides[facet]
    }

    /// The cells in front of and behind a facet or region.
    pub(super) fn of_sheet(&self, sheet: u32) -> [u32; 2] {
        self.sides[sheet as usize]
    }

    /// The cells in front of and behind the triangles of a region.
    pub(super) fn of_region(&self, region: u32) -> [u32; 2] {
        self.sides[self.num_facets + region as usize]
    }
}

/// Finds the winding numbers on both sides of everything.
///
/// # Errors
/// [`Stop::Open`] when the triangles of an operand do not close around a space, and [`Stop::Crossed`] when some pass
/// through each other that were not looked at where they are placed.
pub(super) fn find_cells(
    placed: &[Placed<'_>],
    sheets: Sheets<'_>,
    frame: Frame,
    depth: Depth,
    progress: &dyn Progress,
) -> Result<Cells, Stop> {
    // Wings five times over (in order, by point, in rings, with where these begin), the lists by point, and what tells
    // cells apart.
    let num_points = sheets.arrangement.points.len();
    let num_bytes = (sheets.num_facets() * 3 * 5 + num_points + sheets.len() * 10) * size_of::<u32>();
    let _held = Holding::new(progress, num_bytes)?;
    let rings = find_rings(placed, sheets, frame, &Stretch::new(progress, 0.0, 0.5))?;
    let mut sets = DisjointSets::new(sheets.len() * 2);
    let joining = Stretch::new(progress, 0.5, 0.6);
    for (i, around) in rings.iter().enumerate() {
        report_at(&joining, i, rings.len())?;
        join_around_edge(sheets, around, &mut sets);
    }
    let mut cells = name_cells(sheets, &mut sets, &Stretch::new(progress, 0.6, 0.65))?;
    cells.rings = rings;
    let is_consistent = spread(placed, sheets, &mut cells, &Stretch::new(progress, 0.65, 1.0))?;
    debug_assert!(is_consistent || depth == Depth::Mesh, "what is cut everywhere is consistent");
    if is_consistent || depth == Depth::Placed { Ok(cells) } else { Err(Stop::Crossed) }
}

/// Points whose edges are sorted in one go.
const BATCH: u32 = 1 << 12;

/// Sorts wings by edge, and around each edge by angle.
///
/// # Errors
/// [`Stop::Open`] when at some edge more of an operand begins than ends.
fn find_rings(
    placed: &[Placed<'_>],
    sheets: Sheets<'_>,
    frame: Frame,
    progress: &dyn Progress,
) -> Result<Rings, Stop> {
    let ids = sheets.wing_ids(placed, &Stretch::new(progress, 0.0, 0.1))?;
    let num_points = sheets.arrangement.points.len();
    let sorting = Stretch::new(progress, 0.1, 0.2);
    let by_point = Lists::sorted_watched(num_points, &ids, |&wing| (sheets.low_end(wing), wing), &sorting)?;
    let batches: Vec<u32> = (0..num_points as u32).step_by(BATCH as usize).collect();
    let sorted = parallel::map(&batches, |_, &start| {
        progress.report(0.5)?;
        let mut part = Part::default();
        for point in start..(start + BATCH).min(num_points as u32) {
            part.add(sheets, by_point.of(point));
        }
        Ok::<_, Cancelled>(part)
    });
    let mut rings = Rings { ids: Vec::with_capacity(ids.len()), starts: Vec::with_capacity(ids.len() / 2) };
    let mut open: Vec<OpenEdge> = Vec::new();
    for part in sorted {
        progress.report(0.9)?;
        let part = part?;
        let first = rings.ids.len() as u32;
        rings.starts.extend(part.starts.iter().map(|start| first + start));
        rings.ids.extend(part.ids);
        open.extend(part.open);
    }
    rings.starts.push(rings.ids.len() as u32);
    if open.is_empty() {
        return Ok(rings);
    }
    let position = |point: u32| {
        let given = sheets.soup.original_position(placed, point);
        given.unwrap_or_else(|| frame.to_world(sheets.arrangement.points[point as usize].approx))
    };
    Err(Stop::Open(Openings::of(&open, position)))
}

/// The rings of some points.
#[derive(Default)]
struct Part {
    ids: Vec<u32>,
    starts: Vec<u32>,
    open: Vec<OpenEdge>,
    wings: Vec<Wing>,
    keyed: Vec<(i32, Wing)>,
}

impl Part {
    fn add(&mut self, sheets: Sheets<'_>, ids: &[u32]) {
        let mut wings = std::mem::take(&mut self.wings);
        wings.clear();
        wings.extend(ids.iter().map(|&id| sheets.wing(id)));
        wings.sort_unstable_by_key(|wing| (wing.edge[1], wing.id));
        for around in wings.chunk_by_mut(|a, b| a.edge == b.edge) {
            self.check(sheets, around);
            sort_by_angle(sheets, around, &mut self.keyed);
            self.starts.push(self.ids.len() as u32);
            self.ids.extend(around.iter().map(|wing| wing.id));
        }
        self.wings = wings;
    }

    /// Notes an edge where for some operand not as much begins as ends.
    fn check(&mut self, sheets: Sheets<'_>, around: &[Wing]) {
        if let [one, other] = around
            && one.is_up != other.is_up
            && sheets.are_of_one_face(one.id, other.id)
        {
            return;
        }
        let mut sum = Winding::default();
        for wing in around {
            let (sheet, is_up) = sheets.sheet(wing.id);
            sheets.step(&mut sum, sheet, if is_up { 1 } else { -1 });
        }
        let edge = around[0].edge;
        self.open.extend(sum.iter().map(|(operand, _)| OpenEdge { edge, operand }));
    }
}

/// Joins the sides that look at each other between facets that follow each other around an edge.
fn join_around_edge(sheets: Sheets<'_>, around: &[u32], sets: &mut DisjointSets) {
    let Some(&last) = around.last() else { return };
    let mut before = sheets.sheet(last);
    for &wing in around {
        let next = sheets.sheet(wing);
        // A facet that runs up the edge has its front towards larger angles.
        sets.join(before.0 * 2 + u32::from(!before.1), next.0 * 2 + u32::from(next.1));
        before = next;
    }
}

/// Sorts by the angle around the edge, from the first one.
fn sort_by_angle(sheets: Sheets<'_>, wings: &mut [Wing], keyed: &mut Vec<(i32, Wing)>) {
    if wings.len() < 3 {
        return;
    }
    let anchors = sheets.soup.anchors();
    let points = &sheets.arrangement.points;
    // Towards larger angles is in front of a wing that runs up the edge.
    let ahead = |wing: &Wing, apex: u32| {
        let side = side_of(anchors, wing.plane, &points[apex as usize]);
        if wing.is_up { side } else { -side }
    };
    let first = wings[0];
    let half = |wing: &Wing| match ahead(&first, wing.apex) {
        1 => 0,
        0 => 1,
        _ => 2,
    };
    keyed.clear();
    keyed.extend(wings[1..].iter().map(|wing| (half(wing), *wing)));
    keyed.sort_by(|(half_a, a), (half_b, b)| half_a.cmp(half_b).then_with(|| 0.cmp(&ahead(a, b.apex))));
    for (place, (_, wing)) in wings[1..].iter_mut().zip(keyed) {
        *place = *wing;
    }
}

fn name_cells(
    sheets: Sheets<'_>,
    sets: &mut DisjointSets,
    progress: &dyn Progress,
) -> Result<Cells, Cancelled> {
    let num_sheets = sheets.len();
    let mut names = vec![NONE; num_sheets * 2];
    let mut num_cells = 0;
    let mut sides = Vec::with_capacity(num_sheets);
    for sheet in 0..num_sheets as u32 {
        report_at(progress, sheet as usize, num_sheets)?;
        sides.push([0, 1].map(|side| {
            let root = sets.root(sheet * 2 + side) as usize;
            if names[root] == NONE {
                names[root] = num_cells;
                num_cells += 1;
            }
            names[root]
        }));
    }
    Ok(Cells {
        num_facets: sheets.num_facets(),
        sides,
        windings: vec![Winding::default(); num_cells as usize],
        rings: Rings::default(),
    })
}

/// Finds the winding numbers of every cell: one by a ray for each connected piece, the others by stepping across. Tells
/// whether every step from a known cell to a known cell agrees.
fn spread(
    placed: &[Placed<'_>],
    sheets: Sheets<'_>,
    cells: &mut Cells,
    progress: &dyn Progress,
) -> Result<bool, Cancelled> {
    let num_cells = cells.windings.len();
    let mut starts = vec![0_u32; num_cells + 1];
    for sides in cells.sides.chunks(STEP) {
        progress.report(0.0)?;
        sides.iter().flatten().for_each(|&side| starts[side as usize + 1] += 1);
    }
    for cell in 0..num_cells {
        starts[cell + 1] += starts[cell];
    }
    let mut sheets_at = vec![0_u32; cells.sides.len() * 2];
    let mut filled = starts.clone();
    for (sheet, sides) in (0_u32..).zip(&cells.sides) {
        report_at(&Stretch::new(progress, 0.0, 0.2), sheet as usize, cells.sides.len())?;
        for side in sides {
            sheets_at[filled[*side as usize] as usize] = sheet;
            filled[*side as usize] += 1;
        }
    }
    let mut is_known = vec![false; num_cells];
    let mut is_consistent = true;
    let num_facets = cells.num_facets;
    let order = (num_facets..cells.sides.len()).chain(0..num_facets);
    let mut pending = Vec::new();
    let (mut num_looks, mut num_steps) = (0_usize, 0_usize);
    for (i, sheet) in order.enumerate() {
        report_at(&Stretch::new(progress, 0.2, 1.0), i, cells.sides.len())?;
        let [front, back] = cells.sides[sheet];
        if is_known[front as usize] || is_known[back as usize] {
            continue;
        }
        num_looks += 1;
        if num_looks.is_multiple_of(16) {
            progress.report(0.6)?;
        }
        let beside = match sheets.arrangement.facets.get(sheet) {
            Some(facet) => {
                let corners = facet.corners.map(|corner| &sheets.arrangement.points[corner as usize]);
                let plane = sheets.soup.points(facet.plane);
                look(placed, &Base { anchors: sheets.soup.anchors(), corners, plane })
            }
            None => look_from(placed, sheets.regions.samples[sheet - num_facets]),
        };
        let start = if beside.is_front { front } else { back };
        cells.windings[start as usize] = beside.winding;
        is_known[start as usize] = true;
        pending.push(start);
        while let Some(cell) = pending.pop() {
            for &sheet in &sheets_at[starts[cell as usize] as usize..starts[cell as usize + 1] as usize] {
                num_steps += 1;
                if num_steps.is_multiple_of(STEP) {
                    progress.report(0.6)?;
                }
                let [front, back] = cells.sides[sheet as usize];
                let (other, sign) = if front == cell { (back, 1) } else { (front, -1) };
                let mut winding = cells.windings[cell as usize].clone();
                sheets.step(&mut winding, sheet, sign);
                if !is_known[other as usize] {
                    is_known[other as usize] = true;
                    cells.windings[other as usize] = winding;
                    pending.push(other);
                } else {
                    is_consistent &= cells.windings[other as usize] == winding;
                }
            }
        }
    }
    Ok(is_consistent)
}

/// Looks from a triangle that nothing touches.
fn look_from(placed: &[Placed<'_>], source: Source) -> Beside {
    let plane = placed[source.operand as usize].points(source.triangle).map(decided);
    let corners = plane.map(Point::free);
    let anchors = Anchors { positions: &[], triangles: &[] };
    look(placed, &Base { anchors, corners: corners.each_ref(), plane })
}
