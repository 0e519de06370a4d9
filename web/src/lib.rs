//! The page: starts the app on a canvas and speaks to the script around it.

#[cfg(target_arch = "wasm32")]
pub mod start;
