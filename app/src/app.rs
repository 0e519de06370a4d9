//! The window: input goes to panels and view, their commands go to the state, the state's effects to the platform.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui_wgpu::RenderState;
use egui::{Context, Ui};

use crate::autosave::Autosave;
use crate::command::Command;
use crate::job_queue::JobQueue;
use crate::notify::Level;
use crate::page_api::PageApi;
use crate::panels::Panels;
use crate::platform::{self, Arrival, Platform};
use crate::rehearsal::Rehearsal;
use crate::settings::Settings;
use crate::state::State;
use crate::viewport::{ViewportPanel, WarmUp};

/// Time between two looks whether the device has finished a picture.
const WARM_UP_WAIT: Duration = Duration::from_millis(100);

/// How long a click may take where a picture may come between pressing and releasing.
const SLOW_CLICK_SECS: f64 = 3.0;

/// Kerf as an eframe app.
pub struct KerfApp {
    state: State,
    panels: Panels,
    viewport: ViewportPanel,
    platform: Platform,
    autosave: Autosave,
    api: PageApi,
    /// What arrived before it was known whether an earlier run's document comes back.
    early: Vec<Arrival>,
    /// The settings as they were last written.
    saved_settings: Settings,
}

impl KerfApp {
    /// The app before it has a window to draw in; `ctx` is repainted when something arrives.
    #[must_use]
    pub fn new(ctx: &Context) -> Self {
        let settings: Settings =
            platform::read_settings().and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let saved_settings = settings.clone();
        let waking = ctx.clone();
        // What jobs tell is taken in at once; whether it is worth a frame is found out then.
        let waker = Arc::new(move |delay| platform::step_after(&waking, delay));
        let platform = Platform::new(ctx);
        Self {
            state: State::new(settings, JobQueue::new(waker)),
            panels: Panels::default(),
            viewport: ViewportPanel::without_gpu(),
            autosave: Autosave::new(&platform),
            platform,
            api: PageApi::default(),
            early: Vec::new(),
            saved_settings,
        }
    }

    /// Lays out panels ahead of the first frame ever, a short step per call; false after the last.
    pub fn rehearse(&mut self, rehearsal: &mut Rehearsal) -> bool {
        rehearsal.step(&mut self.state)
    }

    /// Draws pictures ahead of the first frame in a window, a short step per call; false after the last.
    pub fn rehearse_picture(&mut self, step: usize) -> bool {
        self.viewport.rehearse(step)
    }

    /// Goes into a window, with whose device it draws from now on.
    pub fn enter(&mut self, render_state: &RenderState, ctx: &Context) {
        self.viewport = ViewportPanel::new(render_state);
        if self.viewport.is_slow() {
            ctx.options_mut(|options| options.input_options.max_click_duration = SLOW_CLICK_SECS);
        }
    }

    /// Lets go of a graphics device that was lost. Everything else stays, for [`Self::go_on`].
    pub fn lose_device(&mut self) {
        self.viewport.lose_device(&mut self.state);
        self.api.frame_finished(&mut self.viewport, &mut self.state, &self.platform);
    }

    /// Goes on in a window with another graphics device, which gets everything anew.
    pub fn go_on(&mut self, render_state: &RenderState, ctx: &Context) {
        self.enter(render_state, ctx);
        self.panels = Panels::default();
        let nothing_lost = vec!["The view was made anew. Nothing was lost.".to_owned()];
        self.state.notify(Level::Warning, "The graphics device was reset", nothing_lost);
    }

    /// Takes in what came from outside and from jobs. Once before each frame, and in between where frames are slow.
    pub fn step(&mut self, ctx: &Context) {
        self.state.now_secs = platform::now_secs();
        self.take_arrivals();
        self.state.update();
        for effect in std::mem::take(&mut self.state.effects) {
            effect.perform(&self.platform);
        }
        self.autosave.update(&mut self.state, &self.platform);
        self.api.publish(&mut self.state, &self.platform);
        if let Some(delay) = self.state.take_wake() {
            ctx.request_repaint_after(delay);
        }
        if !self.state.is_opening() && self.state.opening.is_empty() {
            match self.viewport.warm_up() {
                WarmUp::Done => {}
                WarmUp::GoesOn => platform::step_after(ctx, Duration::ZERO),
                WarmUp::Waits => platform::step_after(ctx, WARM_UP_WAIT),
            }
        }
    }

    /// Opens files that the command line named.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn open_paths(&self, paths: &[std::path::PathBuf]) {
        self.platform.open_paths(paths);
    }

    fn save_settings(&mut self) {
        if self.state.settings != self.saved_settings {
            let text = serde_json::to_string_pretty(&self.state.settings).expect("settings are plain data");
            self.platform.write_settings(&text);
            self.saved_settings = self.state.settings.clone();
        }
    }

    fn take_arrivals(&mut self) {
        let mut arrivals = std::mem::take(&mut self.early);
        let num_early = arrivals.len();
        arrivals.extend(self.platform.arrivals());
        for (number, arrival) in arrivals.into_iter().enumerate() {
            let Self { state, platform, autosave, api, .. } = self;
            if let Arrival::Open { files, .. } = &arrival {
                state.remember_addresses(files, |file| platform.url_of(file));
            }
            match arrival {
                Arrival::StoredKeys(keys) => autosave.keys_arrived(&keys, platform),
                Arrival::Stored { key, bytes } => autosave.value_arrived(&key, bytes, state, platform),
                Arrival::StoreFailed { key, reason } => state.storage_failed(&key, &reason),
                Arrival::Saved { ticket, outcome } => state.saved(ticket, outcome),
                // Whatever opens or changes something waits until it is known what was there before.
                other if !autosave.is_decided() || state.is_restoring() => self.early.push(other),
                // A page that is reloaded names its model again; it came back with the rest already.
                Arrival::Open { files, reply } if number < num_early && state.has_opened(&files) => {
                    api.take(Arrival::Open { files: Vec::new(), reply }, state);
                }
                other => api.take(other, state),
            }
        }
    }
}

/// The graphics device of a window.
///
/// # Errors
/// When it has none.
pub fn device_of<'a>(creation: &'a eframe::CreationContext<'_>) -> Result<&'a RenderState, &'static str> {
    creation
        .wgpu_render_state
        .as_ref()
        .ok_or("Kerf needs a GPU with Vulkan, Metal, DirectX 12, WebGPU or WebGL 2; none was found")
}

impl eframe::App for KerfApp {
    fn logic(&mut self, ctx: &Context, _frame: &mut eframe::Frame) {
        let dropped = platform::dropped(&ctx.input(|input| input.raw.dropped_files.clone()));
        if !dropped.is_empty() {
            self.state.apply(Command::OpenFiles(dropped));
        }
        self.step(ctx);
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut eframe::Frame) {
        let mut commands = Vec::new();
        let Self { state, panels, viewport, .. } = self;
        state.view.is_slow = viewport.is_slow();
        panels.ui(ui, state, &mut commands, |ui, state, commands| viewport.ui(ui, state, commands));
        if !commands.is_empty() {
            for command in commands {
                state.apply(command);
            }
            ui.ctx().request_repaint();
        }
        self.save_settings();
        self.api.frame_finished(&mut self.viewport, &mut self.state, &self.platform);
    }

    fn persist_egui_memory(&self) -> bool {
        false
    }

    fn clear_color(&self, visuals: &egui::Visuals) -> [f32; 4] {
        visuals.panel_fill.to_normalized_gamma_f32()
    }
}
