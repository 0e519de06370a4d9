//! Narrow windows: tree and properties as drawers over the view, and a bar to open them.

use egui::{Align, Area, Color32, Frame, Id, Layout, Order, Rect, RectAlign, Sense, Stroke, Ui, vec2};

use super::messages::Messages;
use super::widgets::IconButton;
use super::{Context, jobs_list, menu, top_bar};
use crate::icons::Icon;
use crate::theme::{self, Palette};

/// The height of the bar at the bottom.
pub(super) const BAR_HEIGHT: f32 = 52.0;

/// The side of the buttons in the bars, so that all that the lower bar ever holds fits into a width.
pub(super) fn side(width: f32) -> f32 {
    const MOST_BUTTONS: f32 = 9.0;
    ((width - 2.0 * EDGE) / MOST_BUTTONS).clamp(32.0, 44.0).floor()
}

/// From the edge of the window to the first button.
const EDGE: f32 = 6.0;

/// A panel over the view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Drawer {
    Tree,
    Properties,
}

/// Which drawer is open, at most one.
#[derive(Default)]
pub(super) struct Drawers {
    open: Option<Drawer>,
    /// The switches of the panels as of the last frame, to notice commands.
    switches: Option<(bool, bool)>,
}

impl Drawers {
    /// The drawer that is open.
    pub(super) fn current(&mut self, cx: &Context<'_>) -> Option<Drawer> {
        let settings = &cx.state.settings;
        let switches = (settings.tree_open, settings.properties_open);
        let before = self.switches.replace(switches).unwrap_or(switches);
        if before.0 != switches.0 {
            self.toggle(Drawer::Tree);
        }
        if before.1 != switches.1 {
            self.toggle(Drawer::Properties);
        }
        self.open
    }

    fn toggle(&mut self, drawer: Drawer) {
        self.open = if self.open == Some(drawer) { None } else { Some(drawer) };
    }

    /// The bar.
    pub(super) fn bar_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, messages: &mut Messages) {
        let side = cx.side();
        ui.spacing_mut().item_spacing.x = 0.0;
        ui.spacing_mut().interact_size.y = side;
        ui.horizontal_centered(|ui| {
            ui.add_space(EDGE);
            self.switch_ui(ui, side, Drawer::Tree, Icon::Tree, "Scene tree");
            top_bar::tools_ui(ui, cx);
            let button = IconButton::new(Icon::Difference, "Combine parts").side(side).show(ui);
            menu::popup(&button, cx).align(RectAlign::TOP_START).show(|ui| top_bar::boolean_menu_ui(ui, cx));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                ui.add_space(EDGE);
                self.switch_ui(ui, side, Drawer::Properties, Icon::Properties, "Properties");
                messages.button_ui(ui, cx);
                if ui.available_width() > 200.0 {
                    jobs_list::button_ui(ui, cx);
                } else {
                    jobs_list::small_button_ui(ui, cx);
                }
            });
        });
    }

    fn switch_ui(&mut self, ui: &mut Ui, side: f32, drawer: Drawer, icon: Icon, label: &str) {
        let button = IconButton::new(icon, label).selected(self.open == Some(drawer)).side(side);
        if button.show(ui).clicked() {
            self.toggle(drawer);
        }
    }

    /// Shows the open drawer over the view.
    pub(super) fn show(&mut self, ui: &Ui, view: Rect, add: impl FnOnce(&mut Ui)) {
        let palette = Palette::of(ui);
        let width = (view.width() - 56.0).min(320.0);
        let left = self.open == Some(Drawer::Tree);
        let x = if left { view.left() } else { view.right() - width };
        let rect = Rect::from_min_size(egui::pos2(x, view.top()), vec2(width, view.height()));
        let rest = match left {
            true => Rect::from_min_max(rect.right_top(), view.right_bottom()),
            false => Rect::from_min_max(view.left_top(), rect.left_bottom()),
        };
        Area::new(Id::unique("drawer")).order(Order::Middle).fixed_pos(view.min).constrain(false).show(
            ui.ctx(),
            |ui| {
                ui.painter().rect_filled(rest, 0.0, Color32::from_black_alpha(60));
                let response = ui.interact(rest, Id::unique("drawer scrim"), Sense::CLICK);
                response.widget_info(|| {
                    egui::WidgetInfo::labeled(egui::accesskit::Role::Button, true, "Close the drawer")
                });
                if response.clicked() {
                    self.open = None;
                }
                let frame = Frame::new().fill(palette.panel).stroke(Stroke::new(1.0, palette.border));
                ui.scope_builder(egui::UiBuilder::new().max_rect(rect), |ui| {
                    frame.show(ui, |ui| {
                        ui.set_min_size(rect.size());
                        ui.set_max_size(rect.size());
                        ui.shrink_clip_rect(rect);
                        ui.spacing_mut().interact_size.y = theme::TOUCH;
                        add(ui);
                    });
                });
            },
        );
    }
}
