//! Fewer triangles for about the same shape.
//!
//! [`simplify`] and [`simplify_triangles`] collapse one edge after another, always the one that costs least (Michael
//! Garland and Paul Heckbert, “Surface Simplification Using Quadric Error Metrics”, 1997): good triangles, topology and
//! seams kept. [`cluster_triangles`] merges all vertices of a cell: coarse, but in a tenth of the time.

use glam::DVec3;

use crate::memory::{Holding, bytes_per};
use crate::progress::{Cancelled, Progress, Stretch};
use crate::topology::Edges;
use crate::weld::weld_positions_watched;
use crate::{Mesh, MeshError};

mod cluster;
mod collapse;
mod deviation;
mod quadric;
mod queue;
mod surface;
#[cfg(test)]
mod tests;
mod wedges;

pub use cluster::{Clusters, MAX_CELLS, cluster_triangles};

use collapse::{Collapser, Placement};
use surface::Surface;
use wedges::Wedges;

/// When [`simplify`] stops, and what it leaves alone.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimplifyOptions {
    /// No edge is collapsed once there are at most this many triangles.
    pub target_triangles: usize,
    /// No position of the original ends up farther than this from the result, millimetres; infinite for no limit. Takes
    /// about twice as long as without.
    pub max_deviation: f64,
    /// Whether positions where the surface ends stay exactly where they are.
    pub keeps_boundary: bool,
}

impl Default for SimplifyOptions {
    /// As few triangles as possible: a limit is for the caller to set.
    fn default() -> Self {
        Self { target_triangles: 0, max_deviation: f64::INFINITY, keeps_boundary: false }
    }
}

/// Why a mesh was not simplified.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SimplifyError {
    /// The mesh is malformed.
    #[error(transparent)]
    Mesh(#[from] MeshError),
    /// The deviation allowed is NaN or negative.
    #[error("the deviation must be at least 0 mm")]
    Deviation,
    /// Nobody waits for it any more.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// The mesh with fewer triangles: one to two seconds from a million to a hundred thousand.
///
/// Every collapse keeps the topology: a closed mesh stays closed, no shell, hole or handle vanishes, and no edge gets a
/// third triangle. No triangle is turned by more than 78° at once, but the result may pass through itself where the
/// original nearly does. Edges with more than two triangles and positions with several fans stay as they are. Seams of
/// channels and borders between material slots are kept as lines and moved as little as the shape. Values of channels are
/// interpolated along collapsed edges; normals that differ by less than 30° at a position become one. Where a corner has
/// no value in a channel, its neighbours may lose theirs.
///
/// Triangles that name a position twice are dropped, and so are positions that no triangle uses.
///
/// # Errors
/// See [`SimplifyError`].
pub fn simplify(
    mesh: &Mesh,
    options: &SimplifyOptions,
    progress: &dyn Progress,
) -> Result<Mesh, SimplifyError> {
    mesh.validate()?;
    if options.max_deviation.is_nan() || options.max_deviation < 0.0 {
        return Err(SimplifyError::Deviation);
    }
    // Edges twice (to find neighbours, and by cost), corners, neighbours and wedges; points, quadrics and examples of
    // corners.
    let _held = Holding::new(progress, bytes_per(mesh, Edges::BYTES_PER_TRIANGLE + 42, 150))?;
    let wedges = Wedges::of_mesh(mesh, &Stretch::new(progress, 0.0, 0.02))?;
    let preparing = Stretch::new(progress, 0.02, 0.1);
    let surface = Surface::new(&mesh.positions, &mesh.triangles, wedges.of_corner.clone(), &preparing)?;
    let mut collapser = Collapser::new(surface, options, Placement::Best(wedges), &preparing)?;
    collapser.run(progress)?;
    Ok(collapser.into_mesh(mesh))
}

/// Fewer triangles over the same vertices: the result lists indices into `positions` like `indices`, three per triangle,
/// so that levels of detail share one vertex buffer. Vertices at the same position are one point of the surface; where a
/// surface goes from one to the other there is a seam, which is kept as a line. Otherwise as [`simplify`], except that
/// vertices are not moved, which takes some 20 % more triangles for the same deviation.
///
/// Triangles with indices out of range or positions that are not finite are left out.
///
/// # Errors
/// See [`SimplifyError`].
///
/// # Panics
/// When there are more positions or indices than `u32` can number.
pub fn simplify_triangles(
    positions: &[[f32; 3]],
    indices: &[u32],
    options: &SimplifyOptions,
    progress: &dyn Progress,
) -> Result<Vec<u32>, SimplifyError> {
    if options.max_deviation.is_nan() || options.max_deviation < 0.0 {
        return Err(SimplifyError::Deviation);
    }
    let points: Vec<DVec3> =
        positions.iter().map(|&[x, y, z]| DVec3::new(x.into(), y.into(), z.into())).collect();
    let is_sound = |&vertex: &u32| points.get(vertex as usize).is_some_and(|point| point.is_finite());
    let wedges: Vec<[u32; 3]> =
        indices.as_chunks::<3>().0.iter().filter(|corners| corners.iter().all(is_sound)).copied().collect();
    let weld = weld_positions_watched(&points, &Stretch::new(progress, 0.0, 0.02))?;
    let triangles: Vec<[u32; 3]> =
        wedges.iter().map(|corners| corners.map(|vertex| weld.new_from_old[vertex as usize])).collect();
    let preparing = Stretch::new(progress, 0.02, 0.1);
    let surface = Surface::new(&weld.positions, &triangles, wedges, &preparing)?;
    let mut collapser = Collapser::new(surface, options, Placement::Existing, &preparing)?;
    collapser.run(progress)?;
    Ok(collapser.into_wedges().into_flattened())
}
