//! Takes the facets and regions that bound the result, and joins them into one surface.

use std::collections::HashSet;

use glam::DVec3;

use super::arrange::{Arrangement, Facet};
use super::cells::{Cells, Regions, Wing, sort_by_angle};
use super::frame::Frame;
use super::hash::IndexMap;
use super::soup::Soup;
use super::{BooleanError, BooleanReport, NONE, Source};
use crate::progress::Progress;
use crate::solid::Placed;

/// What has been found out about the operands.
pub(super) struct Parts<'a> {
    pub(super) placed: &'a [Placed<'a>],
    pub(super) soup: &'a Soup,
    pub(super) arrangement: &'a Arrangement,
    pub(super) regions: &'a Regions,
    pub(super) frame: Frame,
}

/// The surface of the result while it is being made.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) positions: Vec<DVec3>,
    /// The point of the arrangement at each position, or [`NONE`].
    pub(super) points: Vec<u32>,
    pub(super) triangles: Vec<[u32; 3]>,
    pub(super) sources: Vec<Source>,
    /// Whether a triangle faces the other way than the one it comes from.
    pub(super) is_turned: Vec<bool>,
    /// The triangles with a corner at a point of the arrangement; all others are whole and manifold already.
    pub(super) near: Vec<u32>,
    /// Whether a triangle is one of an operand, corner by corner.
    pub(super) is_whole: Vec<bool>,
    /// Triangles that have been taken out, until [`Shape::compact`].
    pub(super) is_gone: HashSet<u32>,
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
    let mut shape = Shape::default();
    let mut position_of_point = vec![NONE; parts.arrangement.points.len()];
    // For each local triangle of a region, its place in the shape.
    let mut whole_at = vec![NONE; parts.soup.triangles.len()];
    for (operand, body) in (0_u32..).zip(parts.placed) {
        let mut new_position = vec![NONE; body.positions.len()];
        for (triangle, &region) in (0_u32..).zip(&parts.regions.of_triangle[operand as usize]) {
            if triangle % (1 << 16) == 0 {
                progress.report(0.2)?;
            }
            if region == NONE {
                continue;
            }
            let Some(is_turned) = facing(cells.of_region(region), is_inside) else { continue };
            let mut is_near = false;
            let mut corners = body.corners(triangle).map(|corner| {
                let known = new_position[corner as usize];
                if known != NONE {
                    is_near |= shape.points[known as usize] != NONE;
                    return known;
                }
                let point = parts.soup.local_vertex(operand as usize, corner).unwrap_or(NONE);
                let new = if point == NONE {
                    shape.add_position(body.positions[corner as usize], NONE)
                } else {
                    is_near = true;
                    shape.position_of(point, &mut position_of_point, body.positions[corner as usize])
                };
                new_position[corner as usize] = new;
                new
            });
            if is_turned {
                corners.swap(1, 2);
            }
            let source = Source { operand, triangle };
            if is_near {
                shape.near.push(shape.triangles.len() as u32);
                if let Some(local) = parts.soup.local_triangle(source) {
                    whole_at[local as usize] = shape.triangles.len() as u32;
                }
            }
            shape.triangles.push(corners);
            shape.sources.push(source);
            shape.is_turned.push(is_turned);
            shape.is_whole.push(true);
        }
    }
    let mut facet_at = vec![NONE; parts.arrangement.facets.len()];
    for (index, facet) in parts.arrangement.facets.iter().enumerate() {
        let Some(is_turned) = facing(cells.of_facet(index), is_inside) else { continue };
        let (source, source_is_along) = source_of(parts, facet, is_turned);
        let mut corners = facet.corners.map(|point| {
            let position = parts.soup.original_position(parts.placed, point);
            let position = position
                .unwrap_or_else(|| parts.frame.to_world(parts.arrangement.points[point as usize].approx));
            shape.position_of(point, &mut position_of_point, position)
        });
        if is_turned {
            corners.swap(1, 2);
        }
        facet_at[index] = shape.triangles.len() as u32;
        shape.near.push(shape.triangles.len() as u32);
        shape.triangles.push(corners);
        shape.sources.push(source);
        shape.is_turned.push(is_turned == source_is_along);
        shape.is_whole.push(false);
    }
    if shape.triangles.len() >= (u32::MAX / 3) as usize {
        return Err(BooleanError::TooLarge);
    }
    progress.report(0.6)?;
    let bounding = parts
        .arrangement
        .points
        .iter()
        .zip(&position_of_point)
        .filter(|(_, position)| **position != NONE)
        .fold(0.0_f64, |bound, (point, _)| bound.max(point.err));
    report.rounding_bound = bounding;
    let pairs = pair_up(parts, cells, is_inside, &facet_at, &whole_at);
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

impl Shape {
    pub(super) fn add_position(&mut self, position: DVec3, point: u32) -> u32 {
        self.positions.push(position);
        self.points.push(point);
        self.positions.len() as u32 - 1
    }

    fn position_of(&mut self, point: u32, position_of_point: &mut [u32], position: DVec3) -> u32 {
        let known = position_of_point[point as usize];
        if known != NONE {
            return known;
        }
        let new = self.add_position(position, point);
        position_of_point[point as usize] = new;
        new
    }
}

/// At edges where the result touches itself: which two triangles go on in each other. The edge is given by points.
pub(super) type Pairs = IndexMap<[u32; 2], Vec<[u32; 2]>>;

fn pair_up(
    parts: &Parts<'_>,
    cells: &Cells,
    is_inside: &[bool],
    facet_at: &[u32],
    whole_at: &[u32],
) -> Pairs {
    let num_facets = facet_at.len();
    let place = |wing: &Wing| {
        let facet = wing.sheet as usize;
        if facet < num_facets { facet_at[facet] } else { whole_at[wing.plane as usize] }
    };
    let sides = |wing: &Wing| cells.of_sheet(wing.sheet);
    let mut pairs = Pairs::default();
    for around in cells.wings.chunk_by(|a, b| a.edge == b.edge) {
        let mut kept: Vec<Wing> =
            around.iter().copied().filter(|wing| facing(sides(wing), is_inside).is_some()).collect();
        if kept.len() < 3 {
            continue;
        }
        sort_by_angle(parts.soup, &parts.arrangement.points, &mut kept);
        let mut found = Vec::with_capacity(kept.len() / 2);
        for (i, wing) in kept.iter().enumerate() {
            // Ahead, towards larger angles, is the front of a wing that runs up the edge.
            let ahead = sides(wing)[usize::from(!wing.is_up)];
            if is_inside[ahead as usize] {
                found.push([place(wing), place(&kept[(i + 1) % kept.len()])]);
            }
        }
        pairs.insert(around[0].edge, found);
    }
    pairs
}
