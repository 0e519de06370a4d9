//! Solids from regions: extruded along Z, or turned around it.

use std::f64::consts::TAU;

use glam::{DVec2, DVec3};
use serde::{Deserialize, Serialize};

use crate::primitives::unit_circle;
use crate::progress::{Cancelled, Progress};
use crate::region::{Region, Shape};
use crate::{Mesh, math};

#[cfg(test)]
mod tests;

/// The largest height, millimetres, and the largest number of slices or segments.
const MAX_HEIGHT: f64 = 1e9;
const MAX_STEPS: u32 = 100_000;

/// How [`extrude`] goes up.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extrusion {
    /// From Z = 0 to here, millimetres, above 0.
    pub height: f64,
    /// By how much the top is turned around Z, counter-clockwise.
    pub twist_rad: f64,
    /// The size of the top as part of the bottom's, around Z, above 0.
    pub top_scale: f64,
    /// Number of slices, at least 1. Straight sides need one, twisted ones more.
    pub slices: u32,
}

impl Default for Extrusion {
    /// 1 mm straight up.
    fn default() -> Self {
        Self { height: 1.0, twist_rad: 0.0, top_scale: 1.0, slices: 1 }
    }
}

/// How [`revolve`] turns.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Revolution {
    /// How far, above 0 and at most a whole turn; a whole turn closes on itself.
    pub angle_rad: f64,
    /// Number of straight pieces, at least 1, for a whole turn 3.
    pub segments: u32,
}

/// Why there is no solid.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum SweepError {
    /// There is nothing to sweep.
    #[error("the profile is empty")]
    Empty,
    /// A number is out of range.
    #[error("the {what} is out of range: {value}")]
    Number {
        /// Which one.
        what: &'static str,
        /// What it is.
        value: f64,
    },
    /// A profile to be turned reaches over the axis.
    #[error("the profile reaches over the axis, to {} mm", point.x)]
    OverAxis {
        /// The corner farthest on the wrong side.
        point: DVec2,
    },
    /// There are more corners than 32-bit indices can name.
    #[error("the solid would be too large")]
    TooLarge,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A closed, outward solid over a region of the plane of X and Y.
///
/// Where contours touch in a point, the sides stand on each other without sharing positions, so that the mesh is manifold.
///
/// # Errors
/// See [`SweepError`].
pub fn extrude(region: &Region, extrusion: &Extrusion, progress: &dyn Progress) -> Result<Mesh, SweepError> {
    let Extrusion { height, twist_rad, top_scale, slices } = *extrusion;
    check("height", height, height > 0.0 && height <= MAX_HEIGHT)?;
    check("twist", twist_rad, twist_rad.abs() <= 1e6)?;
    check("scale of the top", top_scale, (1e-6..=1e6).contains(&top_scale))?;
    check("number of slices", slices.into(), (1..=MAX_STEPS).contains(&slices))?;
    let corners = check_size(region, slices)?;
    let mut mesh = Mesh::default();
    for slice in 0..=slices {
        progress.report(0.7 * f64::from(slice) / f64::from(slices))?;
        let part = f64::from(slice) / f64::from(slices);
        let turn = if twist_rad == 0.0 {
            DVec2::X
        } else {
            DVec2::new(math::cos(twist_rad * part), math::sin(twist_rad * part))
        };
        let scale = 1.0 + (top_scale - 1.0) * part;
        let z = height * part;
        mesh.positions
            .extend(region.contours().flatten().map(|&corner| (turn.rotate(corner) * scale).extend(z)));
    }
    for slice in 0..slices {
        let (lower, upper) = (slice * corners, (slice + 1) * corners);
        for_each_side(region, |start, end| {
            let [a, b, c, d] = [lower + start, lower + end, upper + end, upper + start];
            add_square(&mut mesh, [a, b, c, d]);
        });
    }
    add_caps(&mut mesh, region, |corner| corner, |corner| slices * corners + corner, progress)?;
    Ok(mesh)
}

/// The shorter diagonal of a square that may be bent becomes an edge.
fn add_square(mesh: &mut Mesh, [a, b, c, d]: [u32; 4]) {
    let distance =
        |one: u32, other: u32| mesh.positions[one as usize].distance_squared(mesh.positions[other as usize]);
    if distance(a, c) <= distance(b, d) {
        mesh.triangles.extend([[a, b, c], [a, c, d]]);
    } else {
        mesh.triangles.extend([[a, b, d], [b, c, d]]);
    }
}

/// A closed, outward solid: the region, taken to stand with its X along X and its Y along Z, turned around Z. The region
/// must lie where its X is at least 0 and may touch the axis.
///
/// # Errors
/// See [`SweepError`].
pub fn revolve(
    region: &Region,
    revolution: &Revolution,
    progress: &dyn Progress,
) -> Result<Mesh, SweepError> {
    let Revolution { angle_rad, segments } = *revolution;
    check("angle", angle_rad, angle_rad > 0.0 && angle_rad <= TAU)?;
    let is_whole = angle_rad == TAU;
    let least = if is_whole { 3 } else { 1 };
    check("number of segments", segments.into(), (least..=MAX_STEPS).contains(&segments))?;
    check_size(region, segments)?;
    let over_axis = region.contours().flatten().min_by(|one, other| one.x.total_cmp(&other.x));
    if let Some(&point) = over_axis.filter(|point| point.x < 0.0) {
        return Err(SweepError::OverAxis { point });
    }
    let turns: Vec<DVec2> = (0..segments + u32::from(!is_whole))
        .map(|step| {
            if is_whole {
                return unit_circle(step, segments);
            }
            let part_rad = angle_rad * f64::from(step) / f64::from(segments);
            DVec2::new(math::cos(part_rad), math::sin(part_rad))
        })
        .collect();
    let mut mesh = Mesh::default();
    let rings = Rings::new(region, &turns, is_whole, &mut mesh.positions, progress)?;
    let num_rings = turns.len() as u32;
    for_each_side(region, |start, end| {
        let (start, end) = (&rings.leaving[start as usize], &rings.arriving[end as usize]);
        for step in 0..segments {
            let next = (step + 1) % num_rings;
            let at = |ring: &Ring, step: u32| ring.first + if ring.is_on_axis { 0 } else { step };
            let [a, b, c, d] = [at(start, step), at(start, next), at(end, next), at(end, step)];
            match (start.is_on_axis, end.is_on_axis) {
                (true, true) => {}
                (true, false) => mesh.triangles.push([a, c, d]),
                (false, true) => mesh.triangles.push([a, b, c]),
                (false, false) => mesh.triangles.extend([[a, b, c], [a, c, d]]),
            }
        }
    });
    if !is_whole {
        let last = |corner: u32| {
            let ring = &rings.leaving[corner as usize];
            ring.first + if ring.is_on_axis { 0 } else { segments }
        };
        // The first cap faces against the turn, and so the way a bottom does not.
        add_caps(&mut mesh, region, last, |corner| rings.leaving[corner as usize].first, progress)?;
    }
    Ok(mesh)
}

/// The positions that a corner of the profile becomes.
#[derive(Clone, Copy)]
struct Ring {
    first: u32,
    is_on_axis: bool,
}

/// The rings of all corners, as the side that leaves them and the side that arrives uses them. They differ for a corner
/// that alone touches the axis in a whole turn: there the surface touches itself.
struct Rings {
    leaving: Vec<Ring>,
    arriving: Vec<Ring>,
}

impl Rings {
    fn new(
        region: &Region,
        turns: &[DVec2],
        is_whole: bool,
        positions: &mut Vec<DVec3>,
        progress: &dyn Progress,
    ) -> Result<Self, Cancelled> {
        let mut rings = Self { leaving: Vec::new(), arriving: Vec::new() };
        for contour in region.contours() {
            for (number, &corner) in contour.iter().enumerate() {
                if number.is_multiple_of(64) {
                    progress.report(0.3)?;
                }
                let ring = Ring { first: positions.len() as u32, is_on_axis: corner.x == 0.0 };
                if !ring.is_on_axis {
                    positions.extend(turns.iter().map(|&turn| (turn * corner.x).extend(corner.y)));
                    rings.leaving.push(ring);
                    rings.arriving.push(ring);
                    continue;
                }
                positions.push(DVec3::Z * corner.y);
                rings.leaving.push(ring);
                let count = contour.len();
                let is_alone = [count - 1, 1].iter().all(|step| contour[(number + step) % count].x > 0.0);
                if is_whole && is_alone {
                    rings.arriving.push(Ring { first: positions.len() as u32, ..ring });
                    positions.push(DVec3::Z * corner.y);
                } else {
                    rings.arriving.push(ring);
                }
            }
        }
        Ok(rings)
    }
}

fn check(what: &'static str, value: f64, is_allowed: bool) -> Result<(), SweepError> {
    if is_allowed { Ok(()) } else { Err(SweepError::Number { what, value }) }
}

/// The number of corners of a region, when so many steps of it can be numbered.
fn check_size(region: &Region, steps: u32) -> Result<u32, SweepError> {
    let corners = region.contours().map(Vec::len).sum::<usize>();
    if corners == 0 {
        return Err(SweepError::Empty);
    }
    let largest = (corners as u64).saturating_mul(u64::from(steps) + 2).saturating_mul(6);
    if largest >= u64::from(u32::MAX) { Err(SweepError::TooLarge) } else { Ok(corners as u32) }
}

/// Visits the sides of all contours as corner numbers, counted through.
fn for_each_side(region: &Region, mut visit: impl FnMut(u32, u32)) {
    let mut first = 0;
    for contour in region.contours() {
        let count = contour.len() as u32;
        (0..count).for_each(|corner| visit(first + corner, first + (corner + 1) % count));
        first += count;
    }
}

/// Adds the region turned over at the bottom and as it is at the top.
fn add_caps(
    mesh: &mut Mesh,
    region: &Region,
    bottom: impl Fn(u32) -> u32,
    top: impl Fn(u32) -> u32,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let mut first = 0;
    for shape in region.shapes() {
        progress.report(0.8)?;
        for corners in shape.triangles() {
            let [a, b, c] = corners.map(|corner| first + corner);
            mesh.triangles.push([bottom(a), bottom(c), bottom(b)]);
            mesh.triangles.push([a, b, c].map(&top));
        }
        first += num_corners(shape);
    }
    Ok(())
}

fn num_corners(shape: &Shape) -> u32 {
    shape.outer.len() as u32 + shape.holes.iter().map(Vec::len).sum::<usize>() as u32
}
