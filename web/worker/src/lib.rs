//! The module that runs jobs in a Web Worker: `jobs` behind a message.
//!
//! `worker.js` owns the messages and the clock and survives a trap in here; this side owns the parts that are
//! remembered. Nothing of the app, egui or wgpu is in it, so that it stays small and starts fast.

#[cfg(target_arch = "wasm32")]
pub mod host;
#[cfg(target_arch = "wasm32")]
pub mod run;
