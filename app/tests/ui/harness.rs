//! The panels around an empty view, with commands applied as the app applies them.

use document::NodeId;
use egui_kittest::Harness;
use kerf::command::{Command, Shape};
use kerf::job_queue::JobQueue;
use kerf::panels::Panels;
use kerf::settings::Settings;
use kerf::state::State;

/// Panels and state, and what was asked so far.
pub(crate) struct App {
    panels: Panels,
    pub(crate) state: State,
    pub(crate) commands: Vec<Command>,
}

/// An app of a size in points with some shapes in it.
pub(crate) fn app(size: [f32; 2], shapes: &[Shape]) -> Harness<'static, App> {
    app_with(size, shapes, Settings::default(), 1.0)
}

/// The same with settings and a number of pixels per point.
pub(crate) fn app_with(
    size: [f32; 2],
    shapes: &[Shape],
    settings: Settings,
    per_point: f32,
) -> Harness<'static, App> {
    let mut state = State::new(settings, JobQueue::unwatched());
    for shape in shapes {
        state.apply(Command::Add(*shape));
    }
    state.apply(Command::SelectNone);
    finish_jobs(&mut state);
    let app = App { panels: Panels::default(), state, commands: Vec::new() };
    let mut harness = Harness::builder()
        .with_size(size)
        .with_pixels_per_point(per_point)
        .with_max_steps(60)
        .build_ui_state(frame, app);
    harness.run_steps(4);
    harness
}

fn frame(ui: &mut egui::Ui, app: &mut App) {
    let mut commands = Vec::new();
    app.state.now_secs = ui.input(|input| input.time);
    app.panels.ui(ui, &mut app.state, &mut commands, |ui, state, _commands| {
        let view = ui.interact(ui.max_rect(), egui::Id::unique("view"), egui::Sense::click_and_drag());
        view.widget_info(|| egui::WidgetInfo::labeled(egui::accesskit::Role::Canvas, true, "3D view"));
        if std::mem::take(&mut state.view.keyboard_wanted) {
            view.request_focus();
        }
    });
    for command in &commands {
        app.state.apply(command.clone());
    }
    app.commands.extend(commands);
}

/// Waits until every shape has its mesh.
pub(crate) fn finish_jobs(state: &mut State) {
    let mut patience = 30_000;
    state.update();
    while state.jobs.num_running() > 0 {
        patience -= 1;
        assert!(patience > 0, "the jobs do not end");
        std::thread::sleep(std::time::Duration::from_millis(2));
        state.update();
    }
}

/// The node of a name.
pub(crate) fn node(state: &State, name: &str) -> NodeId {
    let mut nodes = state.document().nodes();
    nodes.find(|(_, node)| node.name == name).unwrap_or_else(|| panic!("there is no {name}")).0
}
