//! Drives the real page in Chromium as a person would: pointer, keys, dropped files, and a look at what is shown.
//!
//! **Knows** the page's contract (`window.kerf`, the accessibility tree, pixels). **Never knows** the app's code.
//! Tests skip with a printed reason where there is no browser or no built site; `cargo xtask test` brings both.

#![allow(clippy::print_stderr, reason = "tests tell why they skip")]

mod chromium;
mod devtools;
pub mod gltf;
pub mod models;
mod page;
mod picture;
mod site;
mod worker;

pub use chromium::{Backend, Browser};
pub use devtools::Failure;
pub use page::{Page, Point};
pub use picture::{Difference, Picture};
pub use site::Site;
pub use worker::Worker;

/// What the harness gives.
pub type Result<T> = std::result::Result<T, Failure>;

/// Runs a test on a fresh page with each backend, or says why not.
///
/// # Panics
/// When the test fails; the message names the backend.
pub fn on_each_backend(test: impl Fn(&Site, &mut Browser, &mut Page) -> Result<()>) {
    let Some(site) = Site::open() else { return };
    for backend in [Backend::WebGl, Backend::WebGpu] {
        let outcome = Browser::launch(backend).and_then(|mut browser| {
            let mut page = browser.open(&site.url(backend, ""))?;
            let outcome = page.wait_until_interactive().and_then(|()| test(&site, &mut browser, &mut page));
            if outcome.is_err() {
                page.tell_state(backend);
            }
            outcome
        });
        if let Err(failure) = outcome {
            panic!("with {backend:?}: {failure}");
        }
    }
}
