//! What the script calls to start.

use eframe::egui_wgpu::{WgpuSetup, WgpuSetupCreateNew};
use kerf::platform::web::Page;
use wasm_bindgen::prelude::*;

/// Stands in until the app runs.
struct StandIn {
    clicks: u32,
    platform: kerf::platform::Platform,
    queue: kerf::job_queue::JobQueue,
    log: Vec<String>,
}

impl eframe::App for StandIn {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        for arrival in self.platform.arrivals() {
            self.log.push(format!("{arrival:?}"));
            if let kerf::platform::Arrival::Open { files, reply } = arrival {
                self.queue.submit(jobs::JobRequest::Import { files, options: Default::default() }, "Open", None);
                if let Some(reply) = reply {
                    self.platform.reply(reply, Ok(serde_json::Value::Null));
                }
            }
        }
        for event in self.queue.poll() {
            let mut text = format!("{event:?}");
            text.truncate(200);
            self.log.push(text);
        }
        let log = &self.log;
        self.platform.publish_state(|| serde_json::json!({ "log": log, "clicks": self.clicks }).to_string());
        egui::CentralPanel::default().show(ui, |ui| {
            ui.heading("Kerf");
            if ui.button(format!("Clicked {}", self.clicks)).clicked() {
                self.clicks += 1;
            }
            for line in &self.log {
                ui.label(line);
            }
        });
    }
}

/// Starts the app on a canvas. `renderer` is `webgpu` or `webgl`.
///
/// # Errors
/// When the browser gives no device for it.
#[wasm_bindgen]
pub async fn start(canvas: web_sys::HtmlCanvasElement, renderer: String, page: Page) -> Result<(), JsValue> {
    kerf::platform::web::attach(page);
    let mut options = eframe::WebOptions::default();
    if let WgpuSetup::CreateNew(WgpuSetupCreateNew { instance_descriptor, .. }) = &mut options.wgpu_options.wgpu_setup {
        instance_descriptor.backends =
            if renderer == "webgl" { wgpu::Backends::GL } else { wgpu::Backends::BROWSER_WEBGPU };
    }
    let create: eframe::AppCreator<'static> = Box::new(|creation| {
        let ctx = creation.egui_ctx.clone();
        let waker = std::sync::Arc::new(move |delay| ctx.request_repaint_after(delay));
        Ok(Box::new(StandIn {
            clicks: 0,
            platform: kerf::platform::Platform::new(&creation.egui_ctx),
            queue: kerf::job_queue::JobQueue::new(waker),
            log: Vec::new(),
        }))
    });
    eframe::WebRunner::new().start(canvas, options, create).await
}
