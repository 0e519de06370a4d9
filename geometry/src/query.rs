//! Questions about distances and about surfaces that meet: see [`crate::bvh`] for rays and nearest points.

mod crease;
mod gap;
mod intersect;
mod k_nearest;

pub use crease::{crease_edges, with_smooth_normals};
pub use gap::{Gap, gap};
pub use intersect::{self_intersections, triangles_intersect};
pub use k_nearest::k_nearest_points;
