//! Sorts out which places of space the facets separate, and the winding numbers there.
//!
//! Around every edge the facets are sorted by angle, exactly; two that follow each other bound the same cell. What is not
//! touched by anything takes part as whole regions of triangles. One ray per connected piece tells the winding numbers in
//! one cell, the others follow by stepping across facets.
//!
//! Source of the idea: Qingnan Zhou et al., “Mesh Arrangements for Solid Geometry”, 2016.

use glam::DVec3;

use super::arrange::{Arrangement, Facet};
use super::ray::{Base, look};
use super::soup::Soup;
use super::winding::Winding;
use super::{BooleanError, NONE, Source};
use crate::predicates::implicit::{Point, side_of};
use crate::progress::Progress;
use crate::solid::Placed;
use crate::topology::{DEGENERATE, DisjointSets};

/// Connected triangles of one operand that nothing touches.
pub(super) struct Regions {
    /// For each operand, for each triangle its region, or [`NONE`] for triangles that are touched or have no area.
    pub(super) of_triangle: Vec<Vec<u32>>,
    /// A triangle of each region.
    pub(super) samples: Vec<Source>,
}

/// The winding numbers on both sides of all facets and regions.
pub(super) struct Cells {
    num_facets: usize,
    /// The cells in front of and behind each facet, then of each region.
    sides: Vec<[u32; 2]>,
    pub(super) windings: Vec<Winding>,
    /// Everything at every edge of a facet, sorted by edge.
    pub(super) wings: Vec<Wing>,
}

impl Cells {
    /// The cells in front of and behind a facet.
    pub(super) fn of_facet(&self, facet: usize) -> [u32; 2] {
        self.sides[facet]
    }

    /// The cells in front of and behind what a [`Wing`] belongs to.
    pub(super) fn of_sheet(&self, sheet: u32) -> [u32; 2] {
        self.sides[sheet as usize]
    }

    /// The cells in front of and behind the triangles of a region.
    pub(super) fn of_region(&self, region: u32) -> [u32; 2] {
        self.sides[self.num_facets + region as usize]
    }
}

/// A facet or triangle at an edge.
#[derive(Clone, Copy)]
pub(super) struct Wing {
    /// The ends of the edge, the smaller id first.
    pub(super) edge: [u32; 2],
    /// The facet, or the number of facets plus the region.
    pub(super) sheet: u32,
    /// Whether it runs along the edge from the smaller id to the larger one.
    pub(super) is_up: bool,
    /// Its corner beside the edge.
    apex: u32,
    /// The triangle in whose plane it lies.
    pub(super) plane: u32,
}

/// Finds the connected triangles that nothing touches.
pub(super) fn find_regions(
    placed: &[Placed<'_>],
    soup: &Soup,
    progress: &dyn Progress,
) -> Result<Regions, BooleanError> {
    let mut regions = Regions { of_triangle: Vec::with_capacity(placed.len()), samples: Vec::new() };
    let mut pending = Vec::new();
    for (operand, body) in (0_u32..).zip(placed) {
        let num_triangles = body.solid.triangles().len();
        let opposites = body.solid.opposites();
        let mut of_triangle = vec![NONE; num_triangles];
        let is_free = |triangle: u32| {
            soup.local_triangle(Source { operand, triangle })
                .is_none_or(|local| !soup.is_touched[local as usize])
        };
        for start in 0..num_triangles as u32 {
            let takes_part = opposites[start as usize * 3] != DEGENERATE;
            if of_triangle[start as usize] != NONE || !takes_part || !is_free(start) {
                continue;
            }
            progress.report(0.0)?;
            let region = regions.samples.len() as u32;
            regions.samples.push(Source { operand, triangle: start });
            of_triangle[start as usize] = region;
            pending.push(start);
            let mut num_steps = 0_u32;
            while let Some(triangle) = pending.pop() {
                num_steps += 1;
                if num_steps.is_multiple_of(1 << 16) {
                    progress.report(0.0)?;
                }
                for &opposite in &opposites[triangle as usize * 3..][..3] {
                    let neighbor = opposite / 3;
                    if opposite < DEGENERATE && of_triangle[neighbor as usize] == NONE && is_free(neighbor) {
                        of_triangle[neighbor as usize] = region;
                        pending.push(neighbor);
                    }
                }
            }
        }
        regions.of_triangle.push(of_triangle);
    }
    Ok(regions)
}

/// Finds the winding numbers on both sides of everything.
///
/// # Errors
/// [`BooleanError::Open`] when the triangles of an operand do not close around a space.
pub(super) fn find_cells(
    placed: &[Placed<'_>],
    soup: &Soup,
    arrangement: &Arrangement,
    regions: &Regions,
    progress: &dyn Progress,
) -> Result<Cells, BooleanError> {
    let num_facets = arrangement.facets.len();
    let num_sheets = num_facets + regions.samples.len();
    let wings = wings(placed, soup, arrangement, regions);
    progress.report(0.2)?;
    check_closed(soup, arrangement, &wings)?;
    let mut sets = DisjointSets::new(num_sheets * 2);
    for (i, wings) in wings.chunk_by(|a, b| a.edge == b.edge).enumerate() {
        if i % 1024 == 0 {
            progress.report(0.3)?;
        }
        join_around_edge(soup, arrangement, wings, &mut sets);
    }
    let mut cells = name_cells(num_facets, num_sheets, &mut sets);
    cells.wings = wings;
    let deltas: Vec<Winding> = (0..num_sheets)
        .map(|sheet| match arrangement.facets.get(sheet) {
            Some(facet) => delta_of(soup, arrangement, facet),
            None => {
                let mut delta = Winding::default();
                delta.add(regions.samples[sheet - num_facets].operand, 1);
                delta
            }
        })
        .collect();
    spread(placed, soup, arrangement, regions, &mut cells, &deltas, progress)?;
    Ok(cells)
}

/// What is added to the winding numbers by stepping through a facet from the front to the back.
fn delta_of(soup: &Soup, arrangement: &Arrangement, facet: &Facet) -> Winding {
    let mut delta = Winding::default();
    for cover in arrangement.covers_of(facet) {
        delta.add(soup.sources[cover.triangle as usize].operand, if cover.is_along { 1 } else { -1 });
    }
    delta
}

/// Everything at every edge of a facet, sorted by edge.
fn wings(placed: &[Placed<'_>], soup: &Soup, arrangement: &Arrangement, regions: &Regions) -> Vec<Wing> {
    let num_facets = arrangement.facets.len() as u32;
    let mut wings = Vec::with_capacity(arrangement.facets.len() * 3);
    let mut add = |corners: [u32; 3], i: usize, sheet: u32, plane: u32| {
        let (from, to, apex) = (corners[i], corners[(i + 1) % 3], corners[(i + 2) % 3]);
        let edge = [from.min(to), from.max(to)];
        wings.push(Wing { edge, sheet, is_up: from < to, apex, plane });
    };
    for (index, facet) in (0..).zip(&arrangement.facets) {
        (0..3).for_each(|i| add(facet.corners, i, index, facet.plane));
    }
    // Where a touched triangle ends at a whole edge, a triangle of a region may go on.
    for local in 0..soup.triangles.len() as u32 {
        if soup.is_touched[local as usize] {
            continue;
        }
        let source = soup.sources[local as usize];
        let body = &placed[source.operand as usize];
        let region = regions.of_triangle[source.operand as usize][source.triangle as usize];
        for i in 0..3 {
            let opposite = body.across(source.triangle, i);
            let neighbor = Source { operand: source.operand, triangle: opposite / 3 };
            let is_at_touched = opposite < DEGENERATE
                && soup.local_triangle(neighbor).is_some_and(|local| soup.is_touched[local as usize]);
            if is_at_touched && region != NONE {
                add(soup.triangles[local as usize], i, num_facets + region, local);
            }
        }
    }
    wings.sort_unstable_by_key(|wing| (wing.edge, wing.sheet, wing.apex));
    wings
}

/// Whether at every edge as much begins as ends, for each operand.
fn check_closed(soup: &Soup, arrangement: &Arrangement, wings: &[Wing]) -> Result<(), BooleanError> {
    let mut num_open = 0;
    let mut first: Option<(DVec3, usize)> = None;
    for around in wings.chunk_by(|a, b| a.edge == b.edge) {
        let mut sum = Winding::default();
        for wing in around {
            let sign = if wing.is_up { 1 } else { -1 };
            if let Some(facet) = arrangement.facets.get(wing.sheet as usize) {
                sum = sum.plus(&delta_of(soup, arrangement, facet), sign);
            } else {
                sum.add(soup.sources[wing.plane as usize].operand, sign);
            }
        }
        if let Some((operand, _)) = sum.iter().next() {
            num_open += 1;
            first.get_or_insert((arrangement.points[around[0].edge[0] as usize].approx, operand as usize));
        }
    }
    match first {
        Some((position, operand)) => Err(BooleanError::Open { operand, num_edges: num_open, position }),
        None => Ok(()),
    }
}

/// Joins the sides that look at each other between facets that follow each other around an edge.
fn join_around_edge(soup: &Soup, arrangement: &Arrangement, wings: &[Wing], sets: &mut DisjointSets) {
    let mut sorted = wings.to_vec();
    sort_by_angle(soup, &arrangement.points, &mut sorted);
    for (i, wing) in sorted.iter().enumerate() {
        let next = &sorted[(i + 1) % sorted.len()];
        // A facet that runs up the edge has its front towards larger angles.
        let ahead = wing.sheet * 2 + u32::from(!wing.is_up);
        let behind = next.sheet * 2 + u32::from(next.is_up);
        sets.join(ahead, behind);
    }
}

/// Sorts by the angle around the edge, from the first one.
pub(super) fn sort_by_angle(soup: &Soup, points: &[Point], wings: &mut [Wing]) {
    if wings.len() < 3 {
        return;
    }
    let anchors = soup.anchors();
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
    let mut keyed: Vec<(i32, Wing)> = wings[1..].iter().map(|wing| (half(wing), *wing)).collect();
    keyed.sort_by(|(half_a, a), (half_b, b)| half_a.cmp(half_b).then_with(|| 0.cmp(&ahead(a, b.apex))));
    for (place, (_, wing)) in wings[1..].iter_mut().zip(keyed) {
        *place = wing;
    }
}

fn name_cells(num_facets: usize, num_sheets: usize, sets: &mut DisjointSets) -> Cells {
    let mut names = vec![NONE; num_sheets * 2];
    let mut num_cells = 0;
    let sides = (0..num_sheets as u32)
        .map(|sheet| {
            [0, 1].map(|side| {
                let root = sets.root(sheet * 2 + side) as usize;
                if names[root] == NONE {
                    names[root] = num_cells;
                    num_cells += 1;
                }
                names[root]
            })
        })
        .collect();
    Cells { num_facets, sides, windings: vec![Winding::default(); num_cells as usize], wings: Vec::new() }
}

/// Finds the winding numbers of every cell: one by a ray for each connected piece, the others by stepping across.
fn spread(
    placed: &[Placed<'_>],
    soup: &Soup,
    arrangement: &Arrangement,
    regions: &Regions,
    cells: &mut Cells,
    deltas: &[Winding],
    progress: &dyn Progress,
) -> Result<(), BooleanError> {
    let num_cells = cells.windings.len();
    let mut starts = vec![0_u32; num_cells + 1];
    for side in cells.sides.iter().flatten() {
        starts[*side as usize + 1] += 1;
    }
    for cell in 0..num_cells {
        starts[cell + 1] += starts[cell];
    }
    let mut sheets_at = vec![0_u32; cells.sides.len() * 2];
    let mut filled = starts.clone();
    for (sheet, sides) in (0..).zip(&cells.sides) {
        for side in sides {
            sheets_at[filled[*side as usize] as usize] = sheet;
            filled[*side as usize] += 1;
        }
    }
    let mut is_known = vec![false; num_cells];
    let num_facets = cells.num_facets;
    let order = (num_facets..cells.sides.len()).chain(0..num_facets);
    let mut pending = Vec::new();
    for (i, sheet) in order.enumerate() {
        let [front, back] = cells.sides[sheet];
        if is_known[front as usize] || is_known[back as usize] {
            continue;
        }
        if i % 16 == 0 {
            progress.report(0.6)?;
        }
        let beside = match arrangement.facets.get(sheet) {
            Some(facet) => {
                let corners = facet.corners.map(|corner| &arrangement.points[corner as usize]);
                look(
                    placed,
                    &Base { anchors: soup.anchors(), corners, plane: soup.anchors().corners(facet.plane) },
                )
            }
            None => look_from_region(placed, regions, (sheet - num_facets) as u32),
        };
        let Some(beside) = beside else { continue };
        let start = if beside.is_front { front } else { back };
        cells.windings[start as usize] = beside.winding;
        is_known[start as usize] = true;
        pending.push(start);
        while let Some(cell) = pending.pop() {
            for &sheet in &sheets_at[starts[cell as usize] as usize..starts[cell as usize + 1] as usize] {
                let [front, back] = cells.sides[sheet as usize];
                let (other, sign) = if front == cell { (back, 1) } else { (front, -1) };
                if !is_known[other as usize] {
                    is_known[other as usize] = true;
                    cells.windings[other as usize] =
                        cells.windings[cell as usize].plus(&deltas[sheet as usize], sign);
                    pending.push(other);
                }
            }
        }
    }
    if is_known.iter().all(|&is_known| is_known) { Ok(()) } else { Err(BooleanError::TooThin) }
}

/// Looks from the triangles of a region, one after the other until one has a place to start from.
fn look_from_region(placed: &[Placed<'_>], regions: &Regions, region: u32) -> Option<super::ray::Beside> {
    let sample = regions.samples[region as usize];
    let body = &placed[sample.operand as usize];
    let of_triangle = &regions.of_triangle[sample.operand as usize];
    (sample.triangle..of_triangle.len() as u32)
        .filter(|&triangle| of_triangle[triangle as usize] == region)
        .find_map(|triangle| {
            let plane = body.points(triangle).map(super::soup::decided);
            let corners = plane.map(Point::free);
            let anchors = crate::predicates::implicit::Anchors { positions: &[], triangles: &[] };
            look(placed, &Base { anchors, corners: corners.each_ref(), plane })
        })
}
