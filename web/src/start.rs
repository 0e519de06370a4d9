//! What the script calls to start.

use std::cell::RefCell;
use std::rc::Rc;

use eframe::egui_wgpu::{RenderState, WgpuSetup, WgpuSetupCreateNew, WgpuSetupExisting};
use kerf::KerfApp;
use kerf::platform::web::{self, Mirror, Page};
use kerf::rehearsal::Rehearsal;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wgpu::rwh::{DisplayHandle, HandleError, HasDisplayHandle};

thread_local! {
    static RUNNER: eframe::WebRunner = eframe::WebRunner::new();

    /// The app while it has no window to draw in: before the first one, and after a device was lost.
    static WAITING: RefCell<Option<KerfApp>> = const { RefCell::new(None) };

    /// What of its rehearsal is left.
    static UNREHEARSED: RefCell<Option<Rehearsal>> = const { RefCell::new(None) };
}

/// Makes the app for a page of this size in its pixels, and gets ready what needs no graphics device, until there is one:
/// then that comes first, as its driver compiles the shaders while the rest of this is done.
#[wasm_bindgen]
pub async fn prepare(page: Page, width: f32, height: f32) {
    web::attach(page);
    let mut app = KerfApp::new(&egui::Context::default());
    UNREHEARSED.set(Some(Rehearsal::new(egui::vec2(width, height))));
    breath().await;
    while !web::page().has_graphics() && rehearse(&mut app) {
        breath().await;
    }
    WAITING.set(Some(app));
}

/// One step; false when there are no more.
fn rehearse(app: &mut KerfApp) -> bool {
    let Some(mut rehearsal) = UNREHEARSED.take() else { return false };
    let is_more = app.rehearse(&mut rehearsal);
    UNREHEARSED.set(is_more.then_some(rehearsal));
    is_more
}

/// Starts the app that was prepared on a canvas. `renderer` is `webgpu` or `webgl`.
///
/// # Errors
/// When the browser gives no device for it.
#[wasm_bindgen]
pub async fn start(canvas: web_sys::HtmlCanvasElement, renderer: String) -> Result<(), JsValue> {
    run(canvas, &renderer, KerfApp::enter).await
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
    run(canvas, &renderer, KerfApp::go_on).await
}

/// Every stage is a task of its own, so that the page can answer in between.
async fn run(
    canvas: web_sys::HtmlCanvasElement,
    renderer: &str,
    enter: fn(&mut KerfApp, &RenderState, &egui::Context),
) -> Result<(), JsValue> {
    let mut wgpu_options = kerf::viewport::wgpu_configuration();
    if let WgpuSetup::CreateNew(setup) = wgpu_options.wgpu_setup {
        wgpu_options.wgpu_setup = open_device(setup, &canvas, renderer).await?.into();
    }
    // The picture brings its own dithering, and nothing else has gradients.
    let options = eframe::WebOptions { wgpu_options, dithering: false, ..eframe::WebOptions::default() };
    let made = Rc::new(RefCell::new(None));
    let create: eframe::AppCreator<'static> = Box::new({
        let made = Rc::clone(&made);
        move |creation| {
            let ctx = creation.egui_ctx.clone();
            let render_state = kerf::app::device_of(creation)?.clone();
            Mirror::install(&ctx);
            web::set_context(&ctx);
            watch(&render_state);
            made.replace(Some((render_state, ctx.clone())));
            Ok(Box::new(Shell { app: None, ctx }))
        }
    });
    let runner = RUNNER.with(Clone::clone);
    runner.start(canvas, options, create).await?;
    let (render_state, ctx) = made.take().expect("the runner has called it");
    breath().await;
    let mut app = WAITING.take().ok_or("there is no app to start")?;
    enter(&mut app, &render_state, &ctx);
    breath().await;
    let mut next_picture = 0;
    while app.rehearse_picture(next_picture) {
        next_picture += 1;
        breath().await;
    }
    breath().await;
    while rehearse(&mut app) {
        breath().await;
    }
    // The model in the address is asked for, and what there is of it already taken in, so that the first frame shows it.
    for _ in 0..2 {
        app.step(&ctx);
        breath().await;
    }
    match runner.app_mut::<Shell>() {
        Some(mut shell) => shell.app = Some(app),
        // The device was lost meanwhile.
        None => WAITING.set(Some(app)),
    }
    ctx.request_repaint();
    Ok(())
}

/// Lets the page do what else it has to do.
async fn breath() {
    // It never fails: nothing rejects the promise.
    let _ = JsFuture::from(web::page().breath()).await;
}

/// What eframe would do at once.
async fn open_device(
    setup: WgpuSetupCreateNew,
    canvas: &web_sys::HtmlCanvasElement,
    renderer: &str,
) -> Result<WgpuSetupExisting, JsValue> {
    let text = |error: &dyn std::fmt::Display| JsValue::from_str(&error.to_string());
    breath().await;
    let instance = wgpu::Instance::new(wgpu::InstanceDescriptor {
        backends: if renderer == "webgl" { wgpu::Backends::GL } else { wgpu::Backends::BROWSER_WEBGPU },
        display: Some(Box::new(WebDisplay)),
        ..setup.instance_descriptor
    });
    let surface =
        instance.create_surface(wgpu::SurfaceTarget::Canvas(canvas.clone())).map_err(|error| text(&error))?;
    breath().await;
    let adapter = instance
        .request_adapter(&wgpu::RequestAdapterOptions {
            power_preference: setup.power_preference,
            compatible_surface: Some(&surface),
            ..wgpu::RequestAdapterOptions::default()
        })
        .await
        .map_err(|error| text(&error))?;
    breath().await;
    let (device, queue) =
        adapter.request_device(&(setup.device_descriptor)(&adapter)).await.map_err(|error| text(&error))?;
    breath().await;
    // A program that is needed anyway: with it the translator of shaders is compiled, which is a large part of ours. First
    // what reads them, then what writes them.
    let format = surface.get_capabilities(&adapter).formats.first().copied();
    if let Some(format) = format {
        drop(renderer::Blit::shader(&device));
        breath().await;
        drop(renderer::Blit::new(&device, format));
        breath().await;
    }
    Ok(WgpuSetupExisting { instance, adapter, device, queue })
}

/// The only display of a page.
#[derive(Debug)]
struct WebDisplay;

impl HasDisplayHandle for WebDisplay {
    fn display_handle(&self) -> Result<DisplayHandle<'_>, HandleError> {
        Ok(DisplayHandle::web())
    }
}

/// Tells the page when a WebGPU device is lost; of WebGL's context it hears by itself.
fn watch(render_state: &RenderState) {
    if render_state.adapter.get_info().backend == wgpu::Backend::BrowserWebGpu {
        render_state.device.set_device_lost_callback(|_reason, message| web::page().graphics_lost(&message));
    }
}

/// The app, where the page can reach it between frames.
struct Shell {
    /// Absent while it gets ready, and once its device was lost.
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
