//! Kerf's mesh kernel: triangle meshes in `f64` and what can be computed from them.
//!
//! **Knows** meshes, their topology, boxes and trees, booleans, measuring, display arrays.
//! **Never knows** GPU, UI, files, threads of the app, or the clock.
//!
//! Conventions: right-handed axes, Z up, millimetres; triangles wind counter-clockwise seen from outside; angles in
//! radians; colours linear RGB with straight alpha.
//!
//! Promise: the same input gives the same bits on every platform and with any number of threads. So there is no
//! `mul_add`, no `std` trigonometry (see [`math`]) and no hash-map order in a result.

#![warn(missing_docs)]

pub mod bulk;
pub mod math;
mod memory;
pub mod progress;

mod aabb;
mod mesh;
mod parallel;
mod sets;
mod sorting;

pub mod boolean;
pub mod bvh;
mod check;
mod clip;
mod content_hash;
pub mod display;
mod draft;
pub mod features;
mod hull;
mod join;
mod level_set;
mod minkowski;
mod offset;
mod oriented_box;
pub mod picking;
mod polygon;
pub mod predicates;
mod primitives;
mod properties;
mod query;
mod refine;
mod region;
mod remesh;
mod repair;
mod section;
mod separate;
mod simplify;
mod smooth;
mod solid;
mod stars;
mod sweep;
pub mod topology;
mod weld;
mod winding;

pub use aabb::Aabb;
pub use check::CheckReport;
pub use clip::clip;
pub use content_hash::{ContentHash, ContentHasher, ParseHashError};
pub use hull::{HullError, convex_hull};
pub use join::{PlacedMesh, joined};
pub use level_set::{LevelSet, LevelSetError, level_set, offset_solid};
pub use memory::{MemoryLimit, OverLimit};
pub use mesh::{Channel, CornerRows, Mesh, MeshError, NO_ROW, Semantic};
pub use minkowski::{MinkowskiError, is_convex, minkowski_sum};
pub use offset::{Corners, OffsetError, offset, shell};
pub use oriented_box::{OrientedBox, oriented_box};
pub use polygon::{triangulate, triangulate_into};
pub use primitives::{MAX_LENGTH, MAX_SEGMENTS, MIN_LENGTH, Primitive, PrimitiveError};
pub use progress::{Cancelled, Progress, Unwatched};
pub use properties::Properties;
pub use query::{
    Gap, crease_edges, gap, k_nearest_points, self_intersections, triangles_intersect, with_smooth_normals,
};
pub use refine::{RefineError, refine, subdivide};
pub use region::{Join, Offset, Region, RegionError, RegionOp, RegionRule, Shape};
pub use remesh::{RemeshError, RemeshOptions, remesh};
pub use repair::{
    HoleFill, HoleOptions, Orientation, OuterHullError, RepairError, RepairOptions, RepairReport, outer_hull,
    repair,
};
pub use section::{Outline, Plane, section, section_by_tree};
pub use separate::separate;
pub use sets::{LineSet, PointSet};
pub use simplify::{
    Clusters, MAX_CELLS, SimplifyError, SimplifyOptions, cluster_triangles, simplify, simplify_triangles,
};
pub use smooth::smooth;
pub use solid::{Condition, Solid, SolidError};
pub use sweep::{Extrusion, Revolution, SweepError, extrude, revolve};
pub use weld::{Weld, WeldReport, weld_positions, weld_positions_within};
pub use winding::{WindingTree, solid_angle, winding_number};
