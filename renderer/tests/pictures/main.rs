//! Pictures drawn without a window, on whatever adapter there is; without any, tests say so and pass.

#![allow(clippy::unwrap_used, reason = "a test may fail by a panic, also in its helpers")]
#![allow(clippy::print_stdout, reason = "tests tell how much pictures differ and why they are skipped")]

mod compare;
mod golden;
mod meshes;
mod promises;
mod scenes;
mod sections;
mod timing;
