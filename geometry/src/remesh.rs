//! Triangles of about one size and shape in place of those that a surface has.
//!
//! In rounds, long edges are halved, short ones contracted, edges turned to even out how many meet in a position, and
//! positions moved along the surface to the middle of their neighbours and back onto the surface as it was given (Mario
//! Botsch and Leif Kobbelt, “A Remeshing Approach to Multiresolution Modeling”, 2004). Creases, boundaries and borders
//! between materials stay where they are: positions on them only move along them.

use glam::DVec3;

use crate::memory::{Holding, bytes_per};
use crate::progress::{Cancelled, Progress, STEP, Stretch, report_at};
use crate::{Mesh, MeshError, parallel};

mod original;
mod surface;
#[cfg(test)]
mod tests;

use original::Original;
use surface::{Kind, Surface};

/// What the new triangles should be like.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RemeshOptions {
    /// The length that edges should have, millimetres.
    pub edge_length: f64,
    /// Edges at which the surface turns by more than this are creases, radians; so are corners of lines of creases that
    /// turn by more.
    pub crease_angle_rad: f64,
    /// How often everything is gone through; after five, little changes.
    pub rounds: u32,
}

impl Default for RemeshOptions {
    /// Edges of 1 mm, creases at 30 degrees, five rounds.
    fn default() -> Self {
        Self { edge_length: 1.0, crease_angle_rad: std::f64::consts::FRAC_PI_6, rounds: 5 }
    }
}

/// Why there are no new triangles.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RemeshError {
    /// The mesh is malformed.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// The length is NaN, infinite or not above 0.
    #[error("the length of edges must be above 0 mm")]
    Length,
    /// There would be more triangles than indices can name.
    #[error("there would be too many triangles; longer edges are needed")]
    TooLarge,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// More triangles are not made.
const MAX_TRIANGLES: f64 = 4e8;

/// Edges longer than this part of the length are halved, shorter ones than the other contracted. Halves of a long edge are
/// not short, and what contracting a short one makes is not long.
const LONGEST: f64 = 4.0 / 3.0;
const SHORTEST: f64 = 4.0 / 5.0;

/// The mesh with triangles of about one size. Triangles that name a position twice and positions without triangles are left
/// out, material slots stay with their places, channels are dropped.
///
/// Promise: what is closed stays closed, boundaries stay where they are, no edge gets more triangles than it had, and
/// positions lie on the surface as it was given, or between such positions at the ends of lines. Creases lie on creases.
/// Details smaller than the length are lost. Non-promise: where the surface is nearer to itself than the length, it may
/// come to pass through itself.
///
/// # Errors
/// See [`RemeshError`].
pub fn remesh(mesh: &Mesh, options: &RemeshOptions, progress: &dyn Progress) -> Result<Mesh, RemeshError> {
    mesh.validate()?;
    let length = options.edge_length;
    if !(length > 0.0 && length.is_finite()) {
        return Err(RemeshError::Length);
    }
    // Equilateral triangles of that side; of long thin faces at least as many as there are.
    let expected = mesh.properties().area / (length * length * 0.43) * 1.3 + mesh.triangles.len() as f64;
    if expected > MAX_TRIANGLES || expected.is_nan() {
        return Err(RemeshError::TooLarge);
    }
    // Edges, tree and copy of the old surface. Of the new one triangles, opposites, creases and slots, positions with what
    // is known of each, their new places, and the result; lists grow to twice of what is in them, triangles that go leave
    // their places behind.
    let old = bytes_per(mesh, 24 * 3 + 48 + 32, 24);
    let _held = Holding::new(progress, old + expected as usize * (2 * (12 + 12 + 3 + 4 + 15) + 16 + 28))?;
    let mut surface = Surface::new(mesh, options.crease_angle_rad, &Stretch::new(progress, 0.0, 0.05))?;
    let original = Original::new(mesh, &surface, &Stretch::new(progress, 0.05, 0.1))?;
    for round in 0..options.rounds {
        let share = |part: f64| 0.1 + 0.85 * (f64::from(round) + part) / f64::from(options.rounds);
        halve_long(&mut surface, length * LONGEST, &Stretch::new(progress, share(0.0), share(0.3)))?;
        let contracting = Stretch::new(progress, share(0.3), share(0.5));
        contract_short(&mut surface, length * SHORTEST, length * LONGEST, &contracting)?;
        turn_edges(&mut surface, &Stretch::new(progress, share(0.5), share(0.6)))?;
        relax(&mut surface, &original, length, &Stretch::new(progress, share(0.6), share(1.0)))?;
    }
    Ok(surface.into_mesh(&Stretch::new(progress, 0.95, 1.0))?)
}

/// Halves edges, the longest ones first, so that what long triangles are divided into is not longer still.
fn halve_long(surface: &mut Surface, longest: f64, progress: &dyn Progress) -> Result<(), RemeshError> {
    let mut largest = 0.0_f64;
    for halfedge in 0..surface.num_halfedges() {
        report_at(progress, halfedge as usize, surface.num_halfedges() as usize)?;
        if surface.is_alive(halfedge) {
            largest = largest.max(surface.length(halfedge));
        }
    }
    let mut limit = largest;
    while limit > longest {
        limit = (limit * 0.5).max(longest);
        // Again, since a triangle's edges are numbered anew when one of them is halved.
        while halve_above(surface, limit, progress)? {}
    }
    Ok(())
}

/// Goes through all edges once; whether there were any to halve.
fn halve_above(surface: &mut Surface, limit: f64, progress: &dyn Progress) -> Result<bool, RemeshError> {
    let mut has_halved = false;
    let mut halfedge = 0;
    while halfedge < surface.num_halfedges() {
        report_at(progress, halfedge as usize, surface.num_halfedges() as usize)?;
        if surface.is_alive(halfedge) && surface.length(halfedge) > limit && surface.can_halve(halfedge) {
            if f64::from(surface.num_halfedges()) > MAX_TRIANGLES * 3.0 {
                return Err(RemeshError::TooLarge);
            }
            surface.halve(halfedge);
            has_halved = true;
        }
        halfedge += 1;
    }
    Ok(has_halved)
}

fn contract_short(
    surface: &mut Surface,
    shortest: f64,
    longest: f64,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    for halfedge in 0..surface.num_halfedges() {
        report_at(progress, halfedge as usize, surface.num_halfedges() as usize)?;
        if surface.is_alive(halfedge) && surface.length(halfedge) < shortest {
            surface.contract(halfedge, longest);
        }
    }
    Ok(())
}

fn turn_edges(surface: &mut Surface, progress: &dyn Progress) -> Result<(), Cancelled> {
    for halfedge in 0..surface.num_halfedges() {
        report_at(progress, halfedge as usize, surface.num_halfedges() as usize)?;
        if surface.is_alive(halfedge) {
            surface.turn_for_valence(halfedge);
        }
    }
    Ok(())
}

/// Moves positions along the surface towards the middle of their neighbours.
fn relax(
    surface: &mut Surface,
    original: &Original<'_>,
    length: f64,
    progress: &dyn Progress,
) -> Result<(), Cancelled> {
    let num_positions = surface.positions.len() as u32;
    let chunks: Vec<u32> = (0..num_positions).step_by(STEP / 8).collect();
    let wanted = parallel::map(&chunks, |_, &start| {
        progress.report(0.9 * f64::from(start) / f64::from(num_positions))?;
        let end = (start + STEP as u32 / 8).min(num_positions);
        Ok((start..end).map(|position| place_for(surface, original, length, position)).collect())
    });
    let wanted: Result<Vec<Vec<Option<DVec3>>>, Cancelled> = wanted.into_iter().collect();
    for (position, place) in (0_u32..).zip(wanted?.into_iter().flatten()) {
        report_at(progress, position as usize, num_positions as usize)?;
        if let Some(place) = place {
            surface.try_move(position, place);
        }
    }
    Ok(())
}

/// Where a position would like to be.
fn place_for(surface: &Surface, original: &Original<'_>, length: f64, position: u32) -> Option<DVec3> {
    let here = surface.positions[position as usize];
    match surface.kind(position)? {
        Kind::Fixed => None,
        Kind::Line => {
            let [one, other] = surface.ends_of_line(position)?;
            let along = (other - one).try_normalize()?;
            original.on_crease(here + along * along.dot((one + other) * 0.5 - here), length)
        }
        Kind::Free => {
            let (middle, normal) = surface.surroundings(position)?;
            let flat = middle + normal * normal.dot(here - middle);
            original.on_surface(flat, normal, length)
        }
    }
}
