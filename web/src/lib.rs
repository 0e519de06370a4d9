//! The page: starts the app on a canvas and speaks to the script around it.
#![cfg(target_arch = "wasm32")]

use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

/// Stands in until the app runs.
#[derive(Default)]
struct StandIn {
    clicks: u32,
}

impl eframe::App for StandIn {
    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        egui::CentralPanel::default().show(ui, |ui| {
            ui.heading("Kerf");
            if ui.button(format!("Clicked {}", self.clicks)).clicked() {
                self.clicks += 1;
            }
        });
    }
}

/// Starts the app.
///
/// # Errors
/// When neither WebGPU nor WebGL2 works.
#[wasm_bindgen]
pub async fn start(canvas: web_sys::HtmlCanvasElement) -> Result<(), JsValue> {
    eframe::WebRunner::new()
        .start(canvas, eframe::WebOptions::default(), Box::new(|_cc| Ok(Box::<StandIn>::default())))
        .await
}
