//! The app: state and commands, panels and 3D view, queues and platform; the desktop window and the command line.
//!
//! **Knows** everything; it is the only crate that does. [`state::State`] is the app without its window: the only way
//! to change it is [`state::State::apply`]. What differs between a desktop and a page is in [`platform`] and
//! [`job_queue`] alone.

pub mod app;
pub mod autosave;
pub mod command;
pub mod effect;
pub mod icons;
pub mod job_queue;
pub mod measures;
pub mod measuring;
pub mod modifiers;
pub mod notify;
pub mod page_api;
pub mod panels;
pub mod parts;
pub mod platform;
pub mod rehearsal;
pub mod render_sync;
pub mod samples;
pub mod sections;
pub mod settings;
pub mod snapshot;
pub mod state;
pub mod theme;
pub mod units;
pub mod view_state;
pub mod viewport;

#[cfg(not(target_arch = "wasm32"))]
pub mod cli;
#[cfg(not(target_arch = "wasm32"))]
pub mod headless;
#[cfg(not(target_arch = "wasm32"))]
pub mod native;

pub use app::KerfApp;
