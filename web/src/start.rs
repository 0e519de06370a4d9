//! What the script calls to start.

use eframe::egui_wgpu::WgpuSetup;
use kerf::platform::web::{Mirror, Page};
use wasm_bindgen::prelude::*;

thread_local! {
    static RUNNER: eframe::WebRunner = eframe::WebRunner::new();
}

/// Starts the app on a canvas. `renderer` is `webgpu` or `webgl`.
///
/// # Errors
/// When the browser gives no device for it.
#[wasm_bindgen]
pub async fn start(canvas: web_sys::HtmlCanvasElement, renderer: String, page: Page) -> Result<(), JsValue> {
    kerf::platform::web::attach(page);
    let mut wgpu_options = kerf::viewport::wgpu_configuration();
    if let WgpuSetup::CreateNew(setup) = &mut wgpu_options.wgpu_setup {
        setup.instance_descriptor.backends =
            if renderer == "webgl" { wgpu::Backends::GL } else { wgpu::Backends::BROWSER_WEBGPU };
    }
    let options = eframe::WebOptions { wgpu_options, ..eframe::WebOptions::default() };
    let create: eframe::AppCreator<'static> = Box::new(|creation| {
        Mirror::install(&creation.egui_ctx);
        Ok(Box::new(kerf::KerfApp::new(creation)?))
    });
    let runner = RUNNER.with(Clone::clone);
    runner.start(canvas, options, create).await
}

/// What the app said when it panicked; nothing while it is well.
#[wasm_bindgen(js_name = lastWords)]
pub fn last_words() -> Option<String> {
    RUNNER.with(|runner| runner.panic_summary()).map(|summary| summary.message())
}
