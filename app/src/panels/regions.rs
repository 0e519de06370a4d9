//! F6 moves the keyboard from one region of the window to the next, Shift+F6 to the one before.
//!
//! In each region the first thing that takes the keyboard is a landmark: the tree and the view are their own, bars and
//! panels have one that is there only while it is needed, so that Tab does not stop at it on other ways.

use egui::{Id, Rect, Sense, Ui, WidgetInfo, accesskit::Role};

use super::tree;
use super::widgets::focus_ring;
use crate::state::State;

/// A region of the window, in the order in which F6 visits them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Region {
    TopBar,
    Tree,
    View,
    Properties,
    Status,
}

impl Region {
    fn name(self) -> &'static str {
        match self {
            Self::TopBar => "Top bar",
            Self::Tree => "Scene tree",
            Self::View => "3D view",
            Self::Properties => "Properties",
            Self::Status => "Status bar",
        }
    }

    fn landmark(self) -> Id {
        match self {
            Self::Tree => tree::keyboard_id(),
            _ => Id::unique(("landmark", self.name())),
        }
    }
}

/// Where the regions were in the last frame.
#[derive(Debug, Default)]
pub(super) struct Regions {
    /// In the order of [`Region`].
    shown: Vec<(Region, Rect)>,
    /// The region that the keyboard goes to in this frame.
    wanted: Option<Region>,
}

impl Regions {
    /// Begins a frame: moves the keyboard if that is wanted. True when it goes to the tree.
    pub(super) fn begin(&mut self, ui: &Ui, state: &mut State) -> bool {
        self.shown.sort_by_key(|(region, _)| *region);
        if let Some(forward) = state.view.region_step.take() {
            self.wanted = self.next(ui, forward);
        }
        self.shown.clear();
        match self.wanted {
            Some(Region::View) => {
                state.view.keyboard_wanted = true;
                self.wanted = None;
            }
            Some(region) => ui.memory_mut(|memory| memory.request_focus(region.landmark())),
            None => {}
        }
        self.wanted == Some(Region::Tree)
    }

    fn next(&self, ui: &Ui, forward: bool) -> Option<Region> {
        let focused = ui.memory(|memory| memory.focused()).and_then(|id| ui.ctx().read_response(id));
        let holds = |rect: Rect| focused.as_ref().is_some_and(|it| rect.contains(it.rect.center()));
        let current = self.shown.iter().position(|(_, rect)| holds(*rect));
        let count = self.shown.len();
        let next = match (current, forward) {
            (Some(at), true) => (at + 1) % count,
            (Some(at), false) => (at + count - 1) % count,
            // The view is where the hand is.
            (None, _) => self.shown.iter().position(|(region, _)| *region == Region::View)?,
        };
        self.shown.get(next).map(|(region, _)| *region)
    }

    /// Notes where a region is. To be called where its widgets begin.
    pub(super) fn note(&mut self, ui: &Ui, region: Region, rect: Rect) {
        self.shown.push((region, rect));
        let is_wanted = self.wanted == Some(region);
        if is_wanted {
            self.wanted = None;
        }
        let id = region.landmark();
        let is_own = !matches!(region, Region::Tree | Region::View);
        if is_own && (is_wanted || ui.memory(|memory| memory.has_focus(id))) {
            let response = ui.interact(rect, id, Sense::FOCUSABLE);
            response.widget_info(|| WidgetInfo::labeled(Role::Group, true, region.name()));
            focus_ring(ui, rect.shrink(2.0), &response);
        }
    }
}
