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
    // The picture brings its own dithering, and nothing else has gradients.
    let options = eframe::WebOptions { wgpu_options, dithering: false, ..eframe::WebOptions::default() };
    let create: eframe::AppCreator<'static> = Box::new(|creation| {
        Mirror::install(&creation.egui_ctx);
        Ok(Box::new(Shell { app: kerf::KerfApp::new(creation)?, ctx: creation.egui_ctx.clone() }))
    });
    let runner = RUNNER.with(Clone::clone);
    runner.start(canvas, options, create).await
}

/// The app, where the page can reach it between frames.
struct Shell {
    app: kerf::KerfApp,
    ctx: egui::Context,
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        self.app.logic(ctx, frame);
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        self.app.ui(ui, frame);
    }

    fn persist_egui_memory(&self) -> bool {
        self.app.persist_egui_memory()
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        self.app.clear_color(visuals)
    }

    fn as_any_mut(&mut self) -> Option<&mut dyn std::any::Any> {
        Some(self)
    }
}

/// Takes in what came from outside and from jobs, between frames.
#[wasm_bindgen]
pub fn step() {
    let runner = RUNNER.with(Clone::clone);
    // Nothing to do before the app runs, after it panicked, or while it is busy with a frame: that takes the news in.
    if let Some(mut shell) = runner.app_mut::<Shell>() {
        let Shell { app, ctx } = &mut *shell;
        app.step(ctx);
    }
}

/// What the app said when it panicked; nothing while it is well.
#[wasm_bindgen(js_name = lastWords)]
pub fn last_words() -> Option<String> {
    RUNNER.with(|runner| runner.panic_summary()).map(|summary| summary.message())
}
