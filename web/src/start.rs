//! What the script calls to start.

use std::cell::RefCell;

use eframe::egui_wgpu::WgpuSetup;
use kerf::KerfApp;
use kerf::platform::web::{self, Mirror, Page};
use wasm_bindgen::prelude::*;

thread_local! {
    static RUNNER: eframe::WebRunner = eframe::WebRunner::new();

    /// The app while it has no graphics device.
    static WAITING: RefCell<Option<KerfApp>> = const { RefCell::new(None) };
}

/// Starts the app on a canvas. `renderer` is `webgpu` or `webgl`.
///
/// # Errors
/// When the browser gives no device for it.
#[wasm_bindgen]
pub async fn start(canvas: web_sys::HtmlCanvasElement, renderer: String, page: Page) -> Result<(), JsValue> {
    web::attach(page);
    run(canvas, &renderer).await
}

/// Stops drawing, because the graphics device was lost; the app waits for [`restart`].
#[wasm_bindgen]
pub fn lose() {
    let runner = RUNNER.with(Clone::clone);
    if let Some(mut app) = runner.app_mut::<Shell>().and_then(|mut shell| shell.app.take()) {
        app.lose_device();
        WAITING.set(Some(app));
    }
    runner.destroy();
}

/// Goes on on another canvas; one whose context was lost gives no other.
///
/// # Errors
/// When the browser gives no device; then it may be tried again.
#[wasm_bindgen]
pub async fn restart(canvas: web_sys::HtmlCanvasElement, renderer: String) -> Result<(), JsValue> {
    run(canvas, &renderer).await
}

async fn run(canvas: web_sys::HtmlCanvasElement, renderer: &str) -> Result<(), JsValue> {
    let mut wgpu_options = kerf::viewport::wgpu_configuration();
    if let WgpuSetup::CreateNew(setup) = &mut wgpu_options.wgpu_setup {
        setup.instance_descriptor.backends =
            if renderer == "webgl" { wgpu::Backends::GL } else { wgpu::Backends::BROWSER_WEBGPU };
    }
    // The picture brings its own dithering, and nothing else has gradients.
    let options = eframe::WebOptions { wgpu_options, dithering: false, ..eframe::WebOptions::default() };
    let create: eframe::AppCreator<'static> = Box::new(|creation| {
        let ctx = creation.egui_ctx.clone();
        Mirror::install(&ctx);
        web::set_context(&ctx);
        watch(creation);
        let app = match WAITING.take() {
            Some(mut app) => {
                app.go_on(creation)?;
                app
            }
            None => KerfApp::new(creation)?,
        };
        Ok(Box::new(Shell { app: Some(app), ctx }))
    });
    let runner = RUNNER.with(Clone::clone);
    runner.start(canvas, options, create).await
}

/// Tells the page when a WebGPU device is lost; of WebGL's context it hears by itself.
fn watch(creation: &eframe::CreationContext<'_>) {
    let Some(render_state) = &creation.wgpu_render_state else { return };
    if render_state.adapter.get_info().backend == wgpu::Backend::BrowserWebGpu {
        render_state.device.set_device_lost_callback(|_reason, message| web::page().graphics_lost(&message));
    }
}

/// The app, where the page can reach it between frames.
struct Shell {
    /// Gone once its device was lost.
    app: Option<KerfApp>,
    ctx: egui::Context,
}

impl eframe::App for Shell {
    fn logic(&mut self, ctx: &egui::Context, frame: &mut eframe::Frame) {
        if let Some(app) = &mut self.app {
            app.logic(ctx, frame);
        }
    }

    fn ui(&mut self, ui: &mut egui::Ui, frame: &mut eframe::Frame) {
        if let Some(app) = &mut self.app {
            app.ui(ui, frame);
        }
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
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
        if let Some(app) = app {
            app.step(ctx);
        }
    }
}

/// What the app said when it panicked; nothing while it is well.
#[wasm_bindgen(js_name = lastWords)]
pub fn last_words() -> Option<String> {
    RUNNER.with(|runner| runner.panic_summary()).map(|summary| summary.message())
}
