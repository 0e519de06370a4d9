//! The 3D view: camera, input, picking, overlays, and the picture the renderer makes.

mod camera;

pub use camera::CameraRig;
