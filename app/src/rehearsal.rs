//! Getting ready for the first frame in short steps.
//!
//! Browsers compile each function of a module when it is first called, and each shader when something is first drawn with
//! it. All at once that would hold the page up for longer than a person's patience with a click; so before the first
//! frame each part of the window is laid out once where nobody sees it, with pauses for the page in between.

use egui::{Context, Pos2, RawInput, Rect, Ui, Vec2};

use crate::panels::{Panels, Part};
use crate::state::State;
use crate::viewport::ViewportPanel;

/// A window that nobody sees.
pub struct Rehearsal {
    ctx: Context,
    size: Vec2,
    panels: Panels,
    view: ViewportPanel,
    next_frame: usize,
}

impl Rehearsal {
    /// Of a window of this size in points.
    #[must_use]
    pub fn new(size: Vec2) -> Self {
        Self {
            ctx: Context::default(),
            size,
            panels: Panels::default(),
            view: ViewportPanel::without_gpu(),
            next_frame: 0,
        }
    }

    /// Lays out one thing more, with a state that is as it was made; false after the last.
    pub(crate) fn step(&mut self, state: &mut State) -> bool {
        let frame = self.next_frame;
        self.next_frame += 1;
        match frame {
            0 => self.lay_out(|ui, panels, _| panels.install(ui)),
            1 => self.lay_out(|ui, _, _| _ = ui.label("Kerf")),
            2 => self.lay_out(|ui, _, _| _ = ui.button("Kerf")),
            _ => match Part::ALL.get(frame - 3) {
                Some(&part) => self.lay_out(|ui, panels, _| panels.part_ui(ui, state, part)),
                None if frame == 3 + Part::ALL.len() => self.lay_out_window(state, false),
                None => {
                    self.lay_out_window(state, true);
                    return false;
                }
            },
        }
        true
    }

    fn lay_out_window(&mut self, state: &mut State, with_view: bool) {
        self.lay_out(|ui, panels, view| {
            panels.ui(ui, state, &mut Vec::new(), |ui, state, commands| {
                if with_view {
                    view.ui(ui, state, commands);
                }
            });
        });
    }

    fn lay_out(&mut self, mut add: impl FnMut(&mut Ui, &mut Panels, &mut ViewportPanel)) {
        let Self { ctx, size, panels, view, .. } = self;
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, *size));
        let input = RawInput { screen_rect, ..RawInput::default() };
        let mut output = ctx.run_ui(input, |ui| add(ui, panels, view));
        let shapes = std::mem::take(&mut output.shapes);
        drop(ctx.tessellate(shapes, output.pixels_per_point));
        output.drop_without_applying_deltas();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job_queue::JobQueue;
    use crate::settings::Settings;

    #[test]
    fn every_part_of_every_window_is_rehearsed_in_a_few_steps() {
        for size in [egui::vec2(1280.0, 800.0), egui::vec2(800.0, 600.0), egui::vec2(360.0, 640.0)] {
            let mut rehearsal = Rehearsal::new(size);
            let mut state = State::new(Settings::default(), JobQueue::unwatched());
            let mut num_steps = 1;
            while rehearsal.step(&mut state) {
                num_steps += 1;
                assert!(num_steps < 20);
            }
            assert_eq!(num_steps, 3 + Part::ALL.len() + 2);
            assert_eq!(state.settings, Settings::default());
        }
    }
}
