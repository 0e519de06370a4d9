//! The app: document, commands, panels.

pub mod job_queue;
pub mod platform;
