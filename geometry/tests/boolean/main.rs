//! Booleans against closed forms, voxels and identities.

mod boxes;
mod shapes;
mod spheres;
