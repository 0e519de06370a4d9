//! Small meshes and scenes to draw, and the comparison with kept pictures.

pub mod compare;
pub mod meshes;
pub mod scenes;
