//! Fewer triangles for about the same shape.

mod cluster;

pub use cluster::{Clusters, MAX_CELLS, cluster_triangles};
