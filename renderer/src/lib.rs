//! Kerf's renderer: a [`RenderScene`] and a [`View`] become an image.
//!
//! **Knows** wgpu, shaders, and the display arrays of [`geometry::display`].
//! **Never knows** egui, files, the document, the platform (it asks for a capability [`Tier`]), or the clock.
//!
//! Spaces: `world` is the document's (right-handed, Z up, millimetres, `f64`); `view` has its origin in the eye, looks
//! along -Z, Y up, and is where `f32` begins, so that parts far from the world's origin do not jitter; `clip` is wgpu's.
//! Colours are linear until the last pass; the target is written as sRGB bytes.

#![warn(missing_docs)]

mod scene;
mod view;

pub use scene::{
    AlphaMode, Highlight, Instance, MaterialKey, MeshKey, RenderMaterial, RenderScene, Sampling, TextureKey,
    TextureUse,
};
pub use view::{Background, Camera, DrawMode, Grid, Lighting, Projection, Tier, ToneMapping, View};
