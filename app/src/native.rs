//! The start of the desktop app.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::app::{self, KerfApp};
use crate::cli::{self, Start};

/// Runs a command of the command line, or opens a window.
#[must_use]
pub fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("warn")).init();
    match cli::start() {
        Start::Done(code) => code,
        Start::Window(files) => open_window(files),
    }
}

fn open_window(files: Vec<String>) -> ExitCode {
    let paths: Vec<PathBuf> = files.into_iter().map(PathBuf::from).collect();
    let options = eframe::NativeOptions {
        viewport: egui::ViewportBuilder::default()
            .with_title("Kerf")
            .with_app_id("kerf")
            .with_icon(icon())
            .with_inner_size([1280.0, 800.0])
            .with_min_inner_size([360.0, 360.0])
            .with_drag_and_drop(true),
        wgpu_options: crate::viewport::wgpu_configuration(),
        // The picture brings its own dithering, and nothing else has gradients.
        dithering: false,
        ..eframe::NativeOptions::default()
    };
    let create: eframe::AppCreator<'_> = Box::new(move |creation| {
        let render_state = app::device_of(creation)?;
        let mut app = KerfApp::new(&creation.egui_ctx);
        app.enter(render_state, &creation.egui_ctx);
        app.open_paths(&paths);
        Ok(Box::new(app))
    });
    match eframe::run_native("Kerf", options, create) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            cli::complain(&format!(
                "kerf: no window could be opened: {error}. The command line works without one: kerf --help"
            ));
            ExitCode::from(1)
        }
    }
}

/// What the window is known by in the task bar: the page's icon as pixels.
fn icon() -> egui::IconData {
    eframe::icon_data::from_png_bytes(include_bytes!("../assets/icon.png")).expect("it is a picture of ours")
}
