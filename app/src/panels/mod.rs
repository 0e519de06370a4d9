//! Everything around the picture: bars, tree, properties, windows. Panels read the state and push commands.

use crate::command::Command;
use crate::state::State;

/// What panels remember from frame to frame that concerns nobody else.
#[derive(Default)]
pub struct Panels {}

impl Panels {
    /// Lays out the window and calls `viewport` for the centre.
    pub fn ui(
        &mut self,
        ui: &mut egui::Ui,
        state: &mut State,
        commands: &mut Vec<Command>,
        viewport: impl FnOnce(&mut egui::Ui, &mut State, &mut Vec<Command>),
    ) {
        egui::CentralPanel::no_frame().show(ui, |ui| viewport(ui, state, commands));
    }
}
