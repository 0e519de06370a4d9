//! Takes the facets and regions that bound the result, and joins them into one surface.

use std::collections::HashMap;

use glam::DVec3;

use super::arrange::{Arrangement, Facet};
use super::cells::{Cells, Regions, Wing, sort_by_angle};
use super::soup::Soup;
use super::{BooleanError, BooleanReport, NONE, Source};
use crate::progress::Progress;
use crate::solid::Placed;
use crate::topology::DisjointSets;

/// What has been found out about the operands.
pub(super) struct Parts<'a> {
    pub(super) placed: &'a [Placed<'a>],
    pub(super) soup: &'a Soup,
    pub(super) arrangement: &'a Arrangement,
    pub(super) regions: &'a Regions,
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
}

/// Whether something bounds the result, and which way it faces then.
fn facing(sides: [u32; 2], is_inside: &[bool]) -> Option<bool> {
    let [front, back] = sides.map(|cell| is_inside[cell as usize]);
    (front != back).then_some(front)
}

/// Collects what bounds the result.
pub(super) fn assemble(
    parts: &Parts<'_>,
    cells: &Cells,
    is_inside: &[bool],
    report: &mut BooleanReport,
    progress: &dyn Progress,
) -> Result<Shape, BooleanError> {
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
            let position = position.unwrap_or(parts.arrangement.points[point as usize].approx);
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
    split(&mut shape, &pairs, report);
    Ok(shape)
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
type Pairs = HashMap<[u32; 2], Vec<[u32; 2]>>;

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
    let mut pairs = Pairs::new();
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

/// Gives every fan of triangles its own position, and every edge two triangles.
fn split(shape: &mut Shape, pairs: &Pairs, report: &mut BooleanReport) {
    let mut sets = DisjointSets::new(shape.near.len() * 3);
    let mut near_of: HashMap<u32, u32> = HashMap::with_capacity(shape.near.len());
    let mut sides: Vec<([u32; 2], u32)> = Vec::with_capacity(shape.near.len() * 3);
    for (near, &triangle) in (0_u32..).zip(&shape.near) {
        near_of.insert(triangle, near);
        let corners = shape.triangles[triangle as usize];
        for i in 0..3 {
            let (a, b) = (corners[i], corners[(i + 1) % 3]);
            sides.push(([a.min(b), a.max(b)], near * 3 + i as u32));
        }
    }
    sides.sort_unstable();
    let mut join = |edge: [u32; 2], one: u32, other: u32, shape: &Shape| {
        for end in edge {
            let corner = |near: u32| {
                let corners = shape.triangles[shape.near[near as usize] as usize];
                let place = corners.iter().position(|&corner| corner == end);
                near * 3 + place.expect("the edge is one of the triangle") as u32
            };
            sets.join(corner(one), corner(other));
        }
    };
    let mut tangled: Vec<([u32; 2], Vec<[u32; 2]>)> = Vec::new();
    for around in sides.chunk_by(|a, b| a.0 == b.0) {
        let edge = around[0].0;
        if let [(_, one), (_, other)] = around {
            join(edge, one / 3, other / 3, shape);
            continue;
        }
        let points = edge.map(|end| shape.points[end as usize]);
        let key = [points[0].min(points[1]), points[0].max(points[1])];
        // A triangle of a region has no partner here when the edge leads away from the cut.
        let Some(found) = pairs.get(&key) else { continue };
        for &[one, other] in found {
            join(edge, near_of[&one], near_of[&other], shape);
        }
        tangled.push((edge, found.clone()));
    }
    // The first fan at a position keeps it, the others get copies.
    let mut owner: HashMap<u32, u32> = HashMap::new();
    let mut copy_of: HashMap<u32, u32> = HashMap::new();
    for near in 0..shape.near.len() {
        for i in 0..3 {
            let triangle = shape.near[near] as usize;
            let position = shape.triangles[triangle][i];
            if shape.points[position as usize] == NONE {
                continue;
            }
            let fan = sets.root((near * 3 + i) as u32);
            if *owner.entry(position).or_insert(fan) == fan {
                continue;
            }
            let copy = *copy_of.entry(fan).or_insert_with(|| {
                report.num_split += 1;
                shape.positions.push(shape.positions[position as usize]);
                shape.points.push(shape.points[position as usize]);
                shape.positions.len() as u32 - 1
            });
            shape.triangles[triangle][i] = copy;
        }
    }
    for (edge, found) in tangled {
        split_tangled_edge(shape, edge, &found, report);
    }
}

/// Where both ends of an edge belong to one fan each, although four triangles meet at it, every pair of triangles but the
/// first gets a position of its own in the middle.
fn split_tangled_edge(shape: &mut Shape, edge: [u32; 2], pairs: &[[u32; 2]], report: &mut BooleanReport) {
    let points = edge.map(|end| shape.points[end as usize]);
    let side = |shape: &Shape, triangle: u32| {
        let corners = shape.triangles[triangle as usize];
        let is_end = |corner: u32| points.contains(&shape.points[corner as usize]);
        (0..3).find(|&i| is_end(corners[i]) && is_end(corners[(i + 1) % 3]))
    };
    let mut seen: Vec<[u32; 2]> = Vec::new();
    for pair in pairs {
        let Some(i) = side(shape, pair[0]) else { continue };
        let corners = shape.triangles[pair[0] as usize];
        let (a, b) = (corners[i], corners[(i + 1) % 3]);
        let key = [a.min(b), a.max(b)];
        if !seen.contains(&key) {
            seen.push(key);
            continue;
        }
        report.num_split += 1;
        let middle = shape.positions[a as usize] * 0.5 + shape.positions[b as usize] * 0.5;
        let middle = shape.add_position(middle, NONE);
        for &triangle in pair {
            let Some(i) = side(shape, triangle) else { continue };
            let mut half = shape.triangles[triangle as usize];
            shape.triangles[triangle as usize][(i + 1) % 3] = middle;
            half[i] = middle;
            shape.near.push(shape.triangles.len() as u32);
            shape.triangles.push(half);
            shape.sources.push(shape.sources[triangle as usize]);
            shape.is_turned.push(shape.is_turned[triangle as usize]);
            shape.is_whole.push(false);
            shape.is_whole[triangle as usize] = false;
        }
    }
}
