//! Booleans against closed forms, voxels and identities.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod boxes;
mod chains;
mod dirty;
mod faces;
mod fuzz;
mod grids;
mod inputs;
mod long_fuzz;
mod parts;
mod probes;
mod promises;
mod rounding;
mod shapes;
mod single;
mod spheres;
