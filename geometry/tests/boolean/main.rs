//! Booleans against closed forms, voxels and identities.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod boxes;
mod faces;
mod fuzz;
mod grids;
mod probes;
mod promises;
mod shapes;
mod spheres;
