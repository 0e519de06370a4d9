//! Kerf's renderer: a [`RenderScene`] and a [`View`] become an image.
//!
//! **Knows** wgpu, shaders, and the display arrays of [`geometry::display`].
//! **Never knows** egui, files, the document, the platform (it asks for a capability [`Tier`]), or the clock.
//!
//! Spaces: `world` is the document's (right-handed, Z up, millimetres, `f64`); `eye` has the world's axes and its origin
//! in the eye, and is where `f32` begins, so that parts far from the world's origin do not jitter; `clip` is wgpu's with
//! reversed depth. Colours are linear until the last pass; the target is written as sRGB bytes.

#![warn(missing_docs)]

mod scene;
mod view;

mod blit;
pub mod headless;
mod renderer;

mod camera;
mod cuts;
mod draw_list;
mod environment;
mod frame;
mod materials;
mod passes;
mod rehearsal;
mod sections;
mod targets;
mod uploads;

mod device;
mod error;
mod gpu;
mod gpu_data;
mod shaders;
mod stats;

pub use blit::Blit;
pub use cuts::{Cut, CutOutline};
pub use device::{device_descriptor, required_limits, tier_of};
pub use environment::Environment;
pub use error::RenderError;
pub use renderer::Renderer;
pub use scene::{
    AlphaMode, Highlight, Instance, MaterialKey, MeshKey, RenderMaterial, RenderScene, Sampling, TextureKey,
    TextureUse,
};
pub use stats::FrameStats;
pub use uploads::{TextureData, UploadState};
pub use view::{
    Background, Camera, DrawMode, Grid, Lighting, Projection, Quality, SectionPlane, Tier, ToneMapping, View,
};
