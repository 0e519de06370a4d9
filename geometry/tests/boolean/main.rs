//! Booleans against closed forms, voxels and identities.

mod attributes;
mod boxes;
mod fuzz;
mod grids;
mod probes;
mod shapes;
mod spheres;
