//! Getting ready for the first frame in short steps.
//!
//! Browsers compile each function of a module when it is first called, and each shader when something is first drawn with
//! it. All at once that would hold the page up for longer than a person's patience with a click; so before the first
//! frame each part of the window is laid out once where nobody sees it, with pauses for the page in between.

use egui::{Context, Pos2, RawInput, Rect, Vec2};

use crate::panels::Panels;
use crate::settings::Settings;
use crate::state::State;
use crate::viewport::ViewportPanel;

/// What may be open beside the view, in the order in which it is laid out.
const SIDES: [(bool, bool); 3] = [(false, false), (true, false), (true, true)];

/// A window that nobody sees.
pub struct Rehearsal {
    ctx: Context,
    size: Vec2,
    panels: Panels,
    view: ViewportPanel,
    /// The next picture; none when all are drawn.
    picture: Option<usize>,
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
            picture: Some(0),
            next_frame: 0,
        }
    }

    /// First pictures of the window's own view, so that the graphics device has something to do; then the panels with a
    /// state that is as it was made.
    pub(crate) fn step(&mut self, state: &mut State, view: &mut ViewportPanel) -> bool {
        if let Some(picture) = self.picture {
            self.picture = view.rehearse(picture).then_some(picture + 1);
            return true;
        }
        let frame = self.next_frame;
        self.next_frame += 1;
        // The typeface is there after the first frame.
        let Some(&(tree, properties)) = SIDES.get(frame.saturating_sub(1)) else {
            self.lay_out(state, true);
            return false;
        };
        let Settings { tree_open, properties_open, .. } = state.settings;
        state.settings.tree_open &= tree;
        state.settings.properties_open &= properties;
        self.lay_out(state, false);
        state.settings = Settings { tree_open, properties_open, ..std::mem::take(&mut state.settings) };
        true
    }

    fn lay_out(&mut self, state: &mut State, with_view: bool) {
        let Self { ctx, size, panels, view, .. } = self;
        let screen_rect = Some(Rect::from_min_size(Pos2::ZERO, *size));
        let mut output = ctx.run_ui(RawInput { screen_rect, ..RawInput::default() }, |ui| {
            panels.ui(ui, state, &mut Vec::new(), |ui, state, commands| {
                if with_view {
                    view.ui(ui, state, commands);
                }
            });
        });
        let shapes = std::mem::take(&mut output.shapes);
        drop(ctx.tessellate(shapes, output.pixels_per_point));
        output.drop_without_applying_deltas();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job_queue::JobQueue;

    #[test]
    fn every_part_of_every_window_is_rehearsed_in_a_few_steps() {
        for size in [egui::vec2(1280.0, 800.0), egui::vec2(800.0, 600.0), egui::vec2(360.0, 640.0)] {
            let mut rehearsal = Rehearsal::new(size);
            let mut state = State::new(Settings::default(), JobQueue::unwatched());
            let mut view = ViewportPanel::without_gpu();
            let mut num_steps = 1;
            while rehearsal.step(&mut state, &mut view) {
                num_steps += 1;
                assert!(num_steps < 20);
            }
            // Without a device one step finds that there are no pictures to draw.
            assert_eq!(num_steps, 1 + 1 + SIDES.len() + 1);
            assert_eq!(state.settings, Settings::default());
        }
    }
}
