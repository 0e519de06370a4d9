//! Builds, serves and tests the web app.
//!
//! **Knows** cargo, wasm-bindgen and the layout of the site. **Never knows** what the app does.
//! A library too, so that the browser tests serve the site with the same server.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a command line tool speaks to its terminal")]

pub mod bundle;
pub mod cargo;
pub mod compress;
pub mod server;
pub mod size;
pub mod steps;
pub mod tests;

/// Why a command stopped, in words for the terminal.
pub type Error = Box<dyn std::error::Error + Send + Sync>;
/// What the commands give.
pub type Result<T> = std::result::Result<T, Error>;
