//! Everything around the picture: bars, tree, properties, windows. Panels read the state and push commands; what they
//! change by themselves is only what concerns the view.

use std::rc::Rc;

use document::Document;
use egui::{Frame, Panel, Rect, Stroke, Ui, vec2};

use crate::command::{self, Command, CommandInfo};
use crate::icons::Icon;
use crate::state::State;
use crate::theme::{self, Palette};

mod drawers;
mod jobs_list;
mod menu;
mod messages;
mod palette;
mod properties;
mod regions;
mod settings_window;
mod shortcuts;
mod status;
mod top_bar;
mod tree;
mod welcome;
mod widgets;

pub use shortcuts::handle_shortcuts;

use regions::{Region, Regions};

/// What panels remember from frame to frame that concerns nobody else.
pub struct Panels {
    table: Rc<Vec<CommandInfo>>,
    tree: tree::Tree,
    properties: properties::Properties,
    palette: palette::CommandPalette,
    messages: messages::Messages,
    drawers: drawers::Drawers,
    regions: Regions,
    installed: bool,
    /// What the window is called.
    title: String,
}

impl Default for Panels {
    fn default() -> Self {
        Self {
            table: Rc::new(command::table()),
            tree: tree::Tree::default(),
            properties: properties::Properties::default(),
            palette: palette::CommandPalette::default(),
            messages: messages::Messages::default(),
            drawers: drawers::Drawers::default(),
            regions: Regions::default(),
            installed: false,
            title: String::new(),
        }
    }
}

/// The side of a button in the bars, for mice.
const BUTTON: f32 = 28.0;

/// Below this width tree and properties share one side.
const ONE_SIDE: f32 = 960.0;

/// How much room there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Size {
    /// A phone: panels are drawers over the view.
    Narrow,
    /// A small window: menus and draw modes fold up.
    Medium,
    /// Room for everything.
    Wide,
}

impl Size {
    fn of(width: f32) -> Self {
        match width {
            width if width < 700.0 => Self::Narrow,
            width if width < 1180.0 => Self::Medium,
            _ => Self::Wide,
        }
    }
}

/// What can be laid out alone, from the simplest to what is made of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// One button with an icon.
    Button,
    /// The bar at the top.
    TopBar,
    /// The bar at the bottom.
    Status,
    /// The scene's tree.
    Tree,
    /// The properties.
    Properties,
    /// Messages and windows over everything else.
    Above,
}

impl Part {
    /// All of them, in that order.
    pub(crate) const ALL: [Self; 6] =
        [Self::Button, Self::TopBar, Self::Status, Self::Tree, Self::Properties, Self::Above];
}

/// What every panel gets.
pub(crate) struct Context<'a> {
    state: &'a mut State,
    commands: &'a mut Vec<Command>,
    table: Rc<Vec<CommandInfo>>,
    size: Size,
    /// Fingers are likely: targets are larger.
    touch: bool,
    /// The side of a button in the bars.
    side: f32,
}

impl Context<'_> {
    /// The side of a button in the bars.
    fn side(&self) -> f32 {
        self.side
    }

    fn document(&self) -> &Document {
        self.state.document()
    }

    /// Whether what a command switches is on; `None` when it switches nothing.
    fn is_on(&self, command: &Command) -> Option<bool> {
        let (settings, view) = (&self.state.settings, &self.state.view);
        Some(match command {
            Command::Tool(tool) => view.tool == *tool,
            Command::DrawMode(mode) => settings.mode == *mode,
            Command::ToggleMeasurements => self.document().measurements().any(|(_, it)| it.visible),
            Command::ToggleSection(axis) => view.sections.across(*axis).is_some() && !view.sections.is_box(),
            Command::ToggleSectionBox => view.sections.is_box(),
            Command::ToggleGrid => settings.grid,
            Command::ToggleSnap => settings.snap,
            Command::ToggleTheme => settings.dark,
            Command::ToggleProjection => settings.orthographic,
            Command::ToggleTree => settings.tree_open,
            Command::ToggleProperties => settings.properties_open,
            Command::TogglePalette => view.palette_open,
            Command::ToggleSettings => view.settings_open,
            Command::ToggleShortcuts => view.shortcuts_open,
            Command::Isolate => view.isolated.is_some(),
            _ => return None,
        })
    }
}

impl Panels {
    /// Lays out the window and calls `viewport` for the centre.
    pub fn ui(
        &mut self,
        ui: &mut Ui,
        state: &mut State,
        commands: &mut Vec<Command>,
        viewport: impl FnOnce(&mut Ui, &mut State, &mut Vec<Command>),
    ) {
        if !self.installed {
            self.install(ui);
            // The typeface is there from the next pass on; until then there are no letters at all.
            ui.ctx().request_discard("the typeface was installed");
            ui.ctx().request_repaint();
            return;
        }
        theme::apply(ui.ctx(), state.settings.dark, state.settings.ui_scale);
        handle_shortcuts(ui.ctx(), state, commands);
        repaint_after_typing(ui);
        self.name_window(ui, state);
        if self.regions.begin(ui, state) {
            self.tree.show_focus();
        }
        let mut cx = self.context(ui, state, commands);
        let view = if cx.size == Size::Narrow {
            self.narrow_ui(ui, &mut cx, viewport)
        } else {
            self.wide_ui(ui, &mut cx, viewport)
        };
        self.above_ui(ui, &mut cx, view);
    }

    /// Brings the typeface and what else the window looks like; from the next pass on.
    pub(crate) fn install(&mut self, ui: &Ui) {
        theme::install(ui.ctx());
        self.installed = true;
    }

    /// Lays out one of the [`Part`]s alone.
    pub(crate) fn part_ui(&mut self, ui: &mut Ui, state: &mut State, part: Part) {
        theme::apply(ui.ctx(), state.settings.dark, state.settings.ui_scale);
        let commands = &mut Vec::new();
        let whole = ui.max_rect();
        let mut cx = self.context(ui, state, commands);
        match part {
            Part::Button => top_bar::command_button(ui, &mut cx, "edit.undo", Icon::Undo),
            Part::TopBar => top_bar::ui(ui, &mut cx),
            Part::Status if cx.size == Size::Narrow => self.drawers.bar_ui(ui, &mut cx, &mut self.messages),
            Part::Status => status::ui(ui, &mut cx, &mut self.messages),
            Part::Tree => self.tree.ui(ui, &mut cx),
            Part::Properties => self.properties.ui(ui, &mut cx),
            Part::Above => self.above_ui(ui, &mut cx, whole),
        }
    }

    fn context<'a>(&self, ui: &Ui, state: &'a mut State, commands: &'a mut Vec<Command>) -> Context<'a> {
        let width = ui.max_rect().width();
        let size = Size::of(width);
        let touch = size == Size::Narrow;
        let side = if touch { drawers::side(width) } else { BUTTON };
        Context { state, commands, table: Rc::clone(&self.table), size, touch, side }
    }

    /// What lies over everything else.
    fn above_ui(&mut self, ui: &Ui, cx: &mut Context<'_>, view: Rect) {
        welcome::drop_overlay_ui(ui, view);
        self.messages.ui(ui, cx, view);
        self.palette.ui(ui, cx);
        settings_window::ui(ui, cx);
        shortcuts::window_ui(ui, cx);
    }

    /// Writes the document's name where the system shows windows.
    fn name_window(&mut self, ui: &Ui, state: &State) {
        let title = match state.document().is_empty() && state.project.file.is_none() {
            true => "Kerf".to_owned(),
            false => {
                let mark = if state.is_dirty() { " \u{2022}" } else { "" };
                format!("{}{mark} — Kerf", state.project_name())
            }
        };
        if title != self.title {
            ui.ctx().send_viewport_cmd(egui::ViewportCommand::Title(title.clone()));
            self.title = title;
        }
    }

    fn wide_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        viewport: impl FnOnce(&mut Ui, &mut State, &mut Vec<Command>),
    ) -> Rect {
        bar(Panel::top("top bar"), top_bar::height(cx)).show(ui, |ui| {
            self.regions.note(ui, Region::TopBar, ui.max_rect());
            top_bar::ui(ui, cx);
        });
        bar(Panel::bottom("status"), status::HEIGHT).show(ui, |ui| {
            self.regions.note(ui, Region::Status, ui.max_rect());
            status::ui(ui, cx, &mut self.messages);
        });
        if ui.max_rect().width() < ONE_SIDE {
            self.one_side_ui(ui, cx);
        } else {
            self.two_sides_ui(ui, cx);
        }
        let view = center_ui(ui, cx, viewport);
        self.regions.note(ui, Region::View, view);
        view
    }

    /// The tree to the left of the view, the properties to its right.
    fn two_sides_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let width = ui.max_rect().width();
        let frame = Frame::new();
        let mut open = cx.state.settings.tree_open;
        Panel::left("tree")
            .frame(frame)
            .default_size((width * 0.2).clamp(200.0, 260.0))
            .size_range(150.0..=(width * 0.32))
            .show_collapsible(ui, &mut open, |ui| {
                ui.set_min_width(ui.available_width());
                self.regions.note(ui, Region::Tree, ui.max_rect());
                self.tree.ui(ui, cx);
            });
        cx.state.settings.tree_open = open;
        let mut open = cx.state.settings.properties_open;
        Panel::right("properties")
            .frame(frame)
            .default_size((width * 0.24).clamp(244.0, 300.0))
            .size_range(236.0..=(width * 0.4).max(244.0))
            .show_collapsible(ui, &mut open, |ui| {
                ui.set_min_width(ui.available_width());
                self.regions.note(ui, Region::Properties, ui.max_rect());
                self.properties.ui(ui, cx);
            });
        cx.state.settings.properties_open = open;
    }

    /// Both on one side, the tree above the properties, so that a small window keeps most of its room for the view.
    fn one_side_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let settings = &cx.state.settings;
        let (tree, properties) = (settings.tree_open, settings.properties_open);
        if !tree && !properties {
            return;
        }
        let frame = Frame::new();
        let side = Panel::right("side").frame(frame).default_size(248.0).size_range(236.0..=320.0);
        side.show(ui, |ui| {
            ui.set_min_width(ui.available_width());
            if tree && properties {
                let height = ui.available_height();
                let above = Panel::top("tree above").frame(frame).default_size(height * 0.36);
                above.resizable(true).size_range(90.0..=(height * 0.7).max(90.0)).show(ui, |ui| {
                    ui.set_min_size(ui.available_size());
                    self.regions.note(ui, Region::Tree, ui.max_rect());
                    self.tree.ui(ui, cx);
                });
            } else if tree {
                self.regions.note(ui, Region::Tree, ui.max_rect());
                self.tree.ui(ui, cx);
            }
            if properties {
                self.regions.note(ui, Region::Properties, ui.available_rect_before_wrap());
                self.properties.ui(ui, cx);
            }
        });
    }

    fn narrow_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut Context<'_>,
        viewport: impl FnOnce(&mut Ui, &mut State, &mut Vec<Command>),
    ) -> Rect {
        bar(Panel::top("top bar"), top_bar::height(cx)).show(ui, |ui| {
            self.regions.note(ui, Region::TopBar, ui.max_rect());
            top_bar::ui(ui, cx);
        });
        bar(Panel::bottom("status"), drawers::BAR_HEIGHT).show(ui, |ui| {
            self.regions.note(ui, Region::Status, ui.max_rect());
            self.drawers.bar_ui(ui, cx, &mut self.messages);
        });
        let rect = center_ui(ui, cx, viewport);
        self.regions.note(ui, Region::View, rect);
        match self.drawers.current(cx) {
            Some(drawers::Drawer::Tree) => {
                self.drawers.show(ui, rect, |ui| self.tree.ui(ui, cx));
            }
            Some(drawers::Drawer::Properties) => {
                self.drawers.show(ui, rect, |ui| self.properties.ui(ui, cx));
            }
            None => {}
        }
        rect
    }
}

/// A text field shows the first letter a frame late, as it still lays out its hint when the letter comes; without a
/// blinking cursor nothing else would draw that frame.
fn repaint_after_typing(ui: &Ui) {
    let is_typed = |event: &egui::Event| {
        matches!(event, egui::Event::Text(_) | egui::Event::Paste(_) | egui::Event::Ime(_))
    };
    if ui.input(|input| input.events.iter().any(is_typed)) {
        ui.ctx().request_repaint();
    }
}

/// What can be done with the selection, for menus that are not in a panel.
pub(crate) fn selection_menu_ui(ui: &mut Ui, state: &mut State, commands: &mut Vec<Command>) {
    let table = Rc::new(command::table());
    let mut cx = Context { state, commands, table, size: Size::Wide, touch: false, side: BUTTON };
    menu::node_menu_ui(ui, &mut cx);
}

/// How menus look that are not in a panel.
pub(crate) fn menu_style(style: &mut egui::Style) {
    menu::style(style);
}

/// A strip along an edge. Like all panels it has the colour that the window is cleared to.
fn bar(panel: Panel, height: f32) -> Panel {
    panel.exact_size(height).resizable(false).frame(Frame::new())
}

fn center_ui(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    viewport: impl FnOnce(&mut Ui, &mut State, &mut Vec<Command>),
) -> Rect {
    egui::CentralPanel::no_frame()
        .show(ui, |ui| {
            let rect = ui.max_rect();
            viewport(ui, cx.state, cx.commands);
            if cx.document().is_empty() && cx.state.opening.is_empty() && cx.state.preview.is_none() {
                welcome::ui(ui, cx, rect);
            }
            rect
        })
        .inner
}

/// A card above everything else.
fn card(ui: &Ui) -> Frame {
    let palette = Palette::of(ui);
    Frame::new()
        .fill(palette.raised)
        .stroke(Stroke::new(1.0, palette.border))
        .corner_radius(10.0)
        .shadow(ui.visuals().window_shadow)
}

/// The middle of a screen, a little above the centre, at most `size` large.
fn centered(screen: Rect, size: egui::Vec2) -> Rect {
    let size = size.min(screen.size() - vec2(24.0, 24.0));
    Rect::from_center_size(screen.center() - vec2(0.0, (screen.height() - size.y) * 0.12), size)
}
