//! Takes the facets and regions that bound the result, and joins them into one surface.

use super::arrange::{Arrangement, Facet};
use super::cells::Cells;
use super::frame::Frame;
use super::hash::IndexMap;
use super::regions::Regions;
use super::shape::{Shape, Triangle};
use super::sheets::Sheets;
use super::soup::Soup;
use super::whole::{self, Wholes};
use super::{BooleanError, BooleanReport, NONE, Source};
use crate::memory::{Holding, bytes_of};
use crate::progress::{Cancelled, Progress, STEP, Stretch, report_at};
use crate::solid::Placed;

/// What has been found out about the operands.
pub(super) struct Parts<'a> {
    pub(super) placed: &'a [Placed<'a>],
    pub(super) soup: &'a Soup,
    pub(super) arrangement: &'a Arrangement,
    pub(super) regions: &'a Regions,
    pub(super) sheets: Sheets<'a>,
    pub(super) frame: Frame,
}

/// Whether something bounds the result, and which way it faces then.
fn facing(sides: [u32; 2], is_inside: &[bool]) -> Option<bool> {
    let [front, back] = sides.map(|cell| is_inside[cell as usize]);
    (front != back).then_some(front)
}

/// Collects what bounds the result, and tells how it goes on at edges where it touches itself.
pub(super) fn assemble(
    parts: &Parts<'_>,
    cells: &Cells,
    is_inside: &[bool],
    report: &mut BooleanReport,
    progress: &dyn Progress,
) -> Result<(Shape, Pairs), BooleanError> {
    let whole_facing = |region: u32| facing(cells.of_region(region), is_inside);
    let Wholes { mut shape, mut position_of_point, whole_at } =
        whole::put_together(parts, &whole_facing, &Stretch::new(progress, 0.0, 0.5))?;
    let adding = Stretch::new(progress, 0.5, 0.8);
    let mut held = Holding::nothing(progress);
    let mut facet_at = vec![NONE; parts.arrangement.facets.len()];
    for (index, facet) in parts.arrangement.facets.iter().enumerate() {
        report_at(&adding, index, parts.arrangement.facets.len())?;
        if index % STEP == 0 {
            held.set(shape.num_bytes() + bytes_of(&facet_at) + bytes_of(&position_of_point))?;
        }
        let Some(is_turned) = facing(cells.of_facet(index), is_inside) else { continue };
        let (source, source_is_along) = source_of(parts, facet, is_turned);
        let mut corners = facet.corners.map(|point| {
            let known = position_of_point[point as usize];
            if known != NONE {
                return known;
            }
            let position = parts.soup.original_position(parts.placed, point);
            let position = position
                .unwrap_or_else(|| parts.frame.to_world(parts.arrangement.points[point as usize].approx));
            let new = shape.add_position(position, point);
            position_of_point[point as usize] = new;
            new
        });
        if is_turned {
            corners.swap(1, 2);
        }
        let piece = Triangle { corners, source, is_turned: is_turned == source_is_along, is_whole: false };
        facet_at[index] = shape.add_triangle(piece);
        shape.near.push(facet_at[index]);
    }
    if shape.triangles.len() >= (u32::MAX / 3) as usize {
        return Err(BooleanError::TooLarge);
    }
    let bounding = parts
        .arrangement
        .points
        .iter()
        .zip(&position_of_point)
        .filter(|(_, position)| **position != NONE)
        .fold(0.0_f64, |bound, (point, _)| bound.max(point.err));
    report.rounding_bound = bounding;
    let pairing = Stretch::new(progress, 0.8, 1.0);
    let pairs = pair_up(parts, cells, is_inside, &facet_at, &whole_at, &pairing)?;
    Ok((shape, pairs))
}

/// The triangle that a facet is taken to come from: of those that cover it one that faces as the result does, of these the
/// first; and whether it faces as the facet does.
fn source_of(parts: &Parts<'_>, facet: &Facet, is_turned: bool) -> (Source, bool) {
    let covers = parts.arrangement.covers_of(facet);
    let best = covers
        .iter()
        .min_by_key(|cover| (cover.is_along == is_turned, parts.soup.sources[cover.triangle as usize]))
        .expect("every facet is a piece of a triangle");
    (parts.soup.sources[best.triangle as usize], best.is_along)
}

/// At edges where the result touches itself: which two triangles go on in each other. The edge is given by points.
pub(super) type Pairs = IndexMap<[u32; 2], Vec<[u32; 2]>>;

fn pair_up(
    parts: &Parts<'_>,
    cells: &Cells,
    is_inside: &[bool],
    facet_at: &[u32],
    whole_at: &[u32],
    progress: &dyn Progress,
) -> Result<Pairs, Cancelled> {
    let place = |wing: u32| match parts.sheets.border(wing) {
        Some(border) => whole_at[border.local as usize],
        None => facet_at[wing as usize / 3],
    };
    let mut pairs = Pairs::default();
    // Wings that bound the result, and whether the result is ahead, towards larger angles.
    let mut kept: Vec<(u32, bool)> = Vec::new();
    for (index, around) in cells.rings.iter().enumerate() {
        report_at(progress, index, cells.rings.len())?;
        if around.len() <= 2 {
            continue;
        }
        kept.clear();
        for &wing in around {
            let (sheet, is_up) = parts.sheets.sheet(wing);
            let sides = cells.of_sheet(sheet);
            if facing(sides, is_inside).is_some() {
                // Ahead is the front of a wing that runs up the edge.
                kept.push((wing, is_inside[sides[usize::from(!is_up)] as usize]));
            }
        }
        if kept.len() < 3 {
            continue;
        }
        let mut found = Vec::with_capacity(kept.len() / 2);
        for (i, &(wing, is_inside_ahead)) in kept.iter().enumerate() {
            if is_inside_ahead {
                found.push([place(wing), place(kept[(i + 1) % kept.len()].0)]);
            }
        }
        pairs.insert(parts.sheets.wing(around[0]).edge, found);
    }
    Ok(pairs)
}
