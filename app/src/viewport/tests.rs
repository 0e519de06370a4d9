//! The view as a person uses it: pointer and keys in, camera and commands out; no GPU.

use std::time::Duration;

use egui::{Event, Key, Modifiers, MouseWheelSource, MouseWheelUnit, PointerButton, TouchPhase, pos2, vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use glam::{DAffine3, DVec3};
use jobs::BooleanOp;
use renderer::{Highlight, SectionPlane};

use super::*;
use crate::command::Shape;
use crate::job_queue::JobQueue;
use crate::settings::Settings;
use crate::view_state::Tool;

const SIZE: egui::Vec2 = vec2(900.0, 700.0);

/// A view with its state; commands of a frame are carried out after it, as the app does.
struct Bench {
    state: State,
    view: ViewportPanel,
    commands: Vec<String>,
    /// Fonts are there from the frame after they were installed.
    installed: bool,
}

fn finish_jobs(state: &mut State) {
    while state.update_and_wait() {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn add_box(state: &mut State, size: f64, at: DVec3) -> document::NodeId {
    let edit = document::Edit::AddPrimitive {
        primitive: Shape::Box.primitive(size),
        world_from_node: DAffine3::from_translation(at),
    };
    state.apply(Command::Edit(edit, None));
    finish_jobs(state);
    *state.document().roots().last().expect("a box was added")
}

fn state() -> State {
    let mut state = State::new(Settings { snap: false, ..Settings::default() }, JobQueue::unwatched());
    add_box(&mut state, 20.0, DVec3::ZERO);
    state.apply(Command::SelectNone);
    state.view.wanted = Some(CameraWish::JumpToAll);
    state
}

fn harness(state: State) -> Harness<'static, Bench> {
    let bench = Bench { state, view: ViewportPanel::without_gpu(), commands: Vec::new(), installed: false };
    let mut harness =
        Harness::builder().with_size(SIZE).with_step_dt(1.0 / 60.0).with_max_steps(80).build_ui_state(
            |ui, bench: &mut Bench| {
                if !std::mem::replace(&mut bench.installed, true) {
                    crate::theme::install(ui.ctx());
                    ui.ctx().request_repaint();
                    return;
                }
                crate::theme::apply(ui.ctx(), true, 1.0);
                let mut commands = Vec::new();
                bench.view.ui(ui, &mut bench.state, &mut commands);
                for command in commands {
                    bench.commands.push(format!("{command:?}"));
                    bench.state.apply(command);
                }
            },
            bench,
        );
    harness.run();
    harness
}

fn rect(harness: &Harness<'_, Bench>) -> Rect {
    harness.get_by_label_contains("3D view").rect()
}

/// A position in the view, as parts of its width and height.
fn at(harness: &Harness<'_, Bench>, x: f32, y: f32) -> Pos2 {
    let rect = rect(harness);
    rect.min + vec2(rect.width() * x, rect.height() * y)
}

fn button(harness: &mut Harness<'_, Bench>, pos: Pos2, button: PointerButton, pressed: bool) {
    let modifiers = Modifiers::NONE;
    harness.event(Event::PointerButton { pos, button, pressed, modifiers });
    harness.step();
}

fn move_to(harness: &mut Harness<'_, Bench>, pos: Pos2) {
    harness.event(Event::PointerMoved(pos));
    harness.step();
}

fn click(harness: &mut Harness<'_, Bench>, pos: Pos2) {
    move_to(harness, pos);
    button(harness, pos, PointerButton::Primary, true);
    button(harness, pos, PointerButton::Primary, false);
    harness.run();
}

fn drag(harness: &mut Harness<'_, Bench>, with: PointerButton, from: Pos2, to: Pos2) {
    move_to(harness, from);
    button(harness, from, with, true);
    for step in 1..=4 {
        move_to(harness, from + (to - from) * (step as f32 / 4.0));
    }
    button(harness, to, with, false);
    harness.run();
}

fn surface_at(harness: &Harness<'_, Bench>, pos: Pos2) -> Option<DVec3> {
    let bench = harness.state();
    let projector = bench.state.view.camera.projector(rect(harness));
    pick(&projector, &bench.view.sync.placed, &[], precise(pos), PickOptions::CLICK).map(|hit| hit.point)
}

fn seen_at(harness: &Harness<'_, Bench>, point: DVec3) -> DVec2 {
    harness.state().state.view.camera.projector(rect(harness)).project(point).expect("it is in front").pos
}

#[test]
fn a_click_selects_what_is_under_the_pointer_and_hovering_says_so() {
    let mut harness = harness(state());
    let node = harness.state().state.document().roots()[0];
    let middle = at(&harness, 0.5, 0.5);
    move_to(&mut harness, middle);
    harness.run();
    assert_eq!(harness.state().state.view.hovered, Some(node));
    assert_eq!(harness.state().view.sync.scene.instances[0].highlight, Highlight::Hovered);
    click(&mut harness, middle);
    assert_eq!(harness.state().state.view.selection, [node]);
    harness.get_by_label("3D view, 1 part, selection: Box");
    assert_eq!(harness.state().view.sync.scene.instances[0].highlight, Highlight::Selected);
    let corner = at(&harness, 0.05, 0.95);
    click(&mut harness, corner);
    assert!(harness.state().state.view.selection.is_empty());
    assert_eq!(harness.state().state.view.hovered, None);
}

#[test]
fn the_grabbed_surface_stays_under_the_pointer_while_panning() {
    let mut harness = harness(state());
    let (from, to) = (at(&harness, 0.52, 0.45), at(&harness, 0.30, 0.70));
    let grabbed = surface_at(&harness, from).expect("the box is there");
    drag(&mut harness, PointerButton::Secondary, from, to);
    assert!(seen_at(&harness, grabbed).distance(precise(to)) < 1e-6);
    assert!(harness.state().commands.is_empty());
}

#[test]
fn a_drag_turns_around_the_surface_under_the_pointer() {
    let mut harness = harness(state());
    let (from, to) = (at(&harness, 0.48, 0.55), at(&harness, 0.70, 0.40));
    let pivot = surface_at(&harness, from).expect("the box is there");
    let before = *harness.state().state.view.camera.pose();
    drag(&mut harness, PointerButton::Primary, from, to);
    assert!(seen_at(&harness, pivot).distance(precise(from)) < 1e-6);
    let after = harness.state().state.view.camera.pose();
    assert!((after.yaw_rad - before.yaw_rad).abs() > 0.5);
    assert!(harness.state().state.view.selection.is_empty(), "a drag is not a click");
}

#[test]
fn the_wheel_zooms_to_the_pointer_at_once() {
    let mut harness = harness(state());
    let pos = at(&harness, 0.45, 0.40);
    let point = surface_at(&harness, pos).expect("the box is there");
    move_to(&mut harness, pos);
    let before = harness.state().state.view.camera.projector(rect(&harness)).mm_per_point(point);
    for _ in 0..3 {
        harness.event(Event::MouseWheel {
            unit: MouseWheelUnit::Line,
            delta: vec2(0.0, 1.0),
            phase: TouchPhase::Move,
            source: MouseWheelSource::Unknown,
            modifiers: Modifiers::NONE,
        });
        harness.step();
    }
    let after = harness.state().state.view.camera.projector(rect(&harness)).mm_per_point(point);
    assert!((before / after - 1.18_f64.powi(3)).abs() < 1e-9);
    assert!(seen_at(&harness, point).distance(precise(pos)) < 1e-6);
    harness.run();
    assert_eq!(harness.state().state.view.camera.projector(rect(&harness)).mm_per_point(point), after);
}

#[test]
fn keys_turn_and_zoom_a_view_with_the_focus() {
    let mut harness = harness(state());
    let pos = at(&harness, 0.05, 0.95);
    click(&mut harness, pos);
    let before = *harness.state().state.view.camera.pose();
    harness.key_press(Key::ArrowRight);
    harness.run();
    harness.key_press(Key::Plus);
    harness.run();
    let after = *harness.state().state.view.camera.pose();
    assert!((after.yaw_rad - before.yaw_rad - std::f64::consts::PI / 36.0).abs() < 1e-12);
    assert!((before.distance / after.distance - 1.18).abs() < 1e-12);
}

#[test]
fn a_double_click_fits_the_part_and_the_cube_turns_the_view() {
    let mut state = state();
    add_box(&mut state, 5.0, DVec3::new(60.0, 0.0, 0.0));
    state.view.selection.clear();
    let mut harness = harness(state);
    let small = DVec3::new(60.0, 0.0, 2.5);
    let pos = handles_pos(seen_at(&harness, small));
    move_to(&mut harness, pos);
    for pressed in [true, false, true, false] {
        button(&mut harness, pos, PointerButton::Primary, pressed);
    }
    harness.run();
    assert!(harness.state().commands.iter().any(|command| command == "FitSelection"));
    let distance = harness.state().state.view.camera.pose().distance;
    assert!(distance < 40.0, "{distance}");

    let cube = ViewCube::new(rect(&harness), harness.state().state.view.camera.pose());
    // From the corner view the top face lies above the middle.
    let top = cube.bounds().center() - vec2(0.0, cube.bounds().height() * 0.17);
    click(&mut harness, top);
    assert_eq!(harness.state().state.view.camera.pose().pitch_rad, std::f64::consts::FRAC_PI_2);
    harness.get_by_label("Home view").click();
    harness.run();
    assert_eq!(harness.state().state.view.camera.pose().yaw_rad, angles_of(StandardView::Iso)[0]);
}

fn handles_pos(pos: DVec2) -> Pos2 {
    pos2(pos.x as f32, pos.y as f32)
}

/// A bench whose box is selected with the tool to move, and the screen position of a point on the X arrow.
fn moving() -> (Harness<'static, Bench>, Pos2, DVec3) {
    let mut state = state();
    state.view.selection = state.document().roots().to_vec();
    state.apply(Command::Tool(Tool::Move));
    let harness = harness(state);
    let bench = harness.state();
    let frame = bench.view.gizmo.frame(&bench.state, &bench.view.sync).expect("something is selected");
    let projector = bench.state.view.camera.projector(rect(&harness));
    let tip = frame.pivot + DVec3::X * projector.mm_per_point(frame.pivot) * 70.0;
    let pos = handles_pos(seen_at(&harness, tip));
    (harness, pos, frame.pivot)
}

fn placed_at(harness: &Harness<'_, Bench>) -> DVec3 {
    let document = harness.state().state.document();
    document.node(document.roots()[0]).expect("the box").parent_from_node.translation
}

#[test]
fn an_arrow_moves_the_selection_in_one_step_of_undo() {
    let (mut harness, from, _) = moving();
    drag(&mut harness, PointerButton::Primary, from, from + vec2(60.0, 35.0));
    let moved = placed_at(&harness);
    assert!(moved.x > 2.0 && moved.y == 0.0 && moved.z == 0.0, "{moved}");
    assert_eq!(harness.state().commands.last().map(String::as_str), Some("EndMerge"));
    harness.state_mut().state.apply(Command::Undo);
    assert_eq!(placed_at(&harness), DVec3::ZERO);
}

#[test]
fn escape_takes_a_drag_back_and_typing_makes_it_exact() {
    let (mut harness, from, _) = moving();
    move_to(&mut harness, from);
    button(&mut harness, from, PointerButton::Primary, true);
    move_to(&mut harness, from + vec2(60.0, 35.0));
    move_to(&mut harness, from + vec2(61.0, 36.0));
    assert!(placed_at(&harness).x > 1.0);
    assert!(harness.state().state.view.handle_dragged);
    harness.key_press(Key::Escape);
    harness.step();
    assert_eq!(placed_at(&harness), DVec3::ZERO);
    button(&mut harness, from + vec2(61.0, 36.0), PointerButton::Primary, false);
    harness.run();
    assert_eq!(placed_at(&harness), DVec3::ZERO);

    button(&mut harness, from, PointerButton::Primary, true);
    move_to(&mut harness, from + vec2(40.0, 20.0));
    for text in ["1", "2", ".", "5"] {
        harness.event(Event::Text(text.to_owned()));
        harness.step();
    }
    move_to(&mut harness, from + vec2(80.0, 20.0));
    harness.key_press(Key::Enter);
    harness.step();
    assert_eq!(placed_at(&harness), DVec3::new(12.5, 0.0, 0.0));
    button(&mut harness, from + vec2(80.0, 20.0), PointerButton::Primary, false);
    harness.run();
    assert_eq!(placed_at(&harness), DVec3::new(12.5, 0.0, 0.0));
}

#[test]
fn the_tool_of_a_difference_is_a_ghost_while_it_matters() {
    let mut state = state();
    let base = state.document().roots()[0];
    let tool = add_box(&mut state, 12.0, DVec3::new(8.0, 8.0, 8.0));
    state.apply(Command::Select(vec![base, tool]));
    state.apply(Command::Boolean(BooleanOp::Difference));
    let boolean = state.document().roots()[0];
    let mut sync = RenderSync::default();

    // Before there is a result: the base as it was, the tool a ghost.
    sync.sync(&state);
    let shown = |sync: &RenderSync| -> Vec<_> {
        sync.placed.iter().map(|placed| (placed.node, placed.ghost)).collect()
    };
    assert_eq!(shown(&sync), [(base, false), (tool, true)]);
    assert!(!sync.complete);

    finish_jobs(&mut state);
    assert_eq!(sync.sync(&state), Change::Structure);
    assert_eq!(sync.sync(&state), Change::Nothing);
    assert!(sync.complete);
    assert_eq!(shown(&sync), [(boolean, false), (tool, true)], "the boolean is selected");

    state.apply(Command::Select(vec![tool]));
    sync.sync(&state);
    assert_eq!(shown(&sync), [(boolean, false), (tool, true)]);
    assert_eq!(sync.scene.instances[0].highlight, Highlight::None);
    assert_eq!(sync.scene.instances[1].highlight, Highlight::Selected);

    state.apply(Command::SelectNone);
    sync.sync(&state);
    assert_eq!(shown(&sync), [(boolean, false)]);
    state.view.hovered = Some(boolean);
    assert_eq!(sync.sync(&state), Change::Highlights);
    assert_eq!(sync.scene.instances[0].highlight, Highlight::Hovered);

    // While it is computed anew the last good result stays.
    let placement = DAffine3::from_translation(DVec3::new(8.0, 8.0, 6.0));
    state.apply(Command::Edit(document::Edit::Place(vec![(tool, placement)]), None));
    sync.sync(&state);
    assert_eq!(shown(&sync), [(boolean, false), (tool, true)]);
}

#[test]
fn picking_agrees_with_the_box_in_both_projections() {
    for orthographic in [false, true] {
        let mut state = state();
        state.settings.orthographic = orthographic;
        // The nearer of two boxes wins, also when the plane of the eye cuts through it.
        add_box(&mut state, 20.0, DVec3::new(0.0, -100.0, 0.0));
        state.view.wanted = None;
        let mut sync = RenderSync::default();
        sync.sync(&state);
        let mut rig = CameraRig::default();
        let [yaw_rad, pitch_rad] = angles_of(StandardView::Front);
        let target = DVec3::new(0.0, 0.0, 10.0);
        let distance = if orthographic { 100.0 } else { 400.0 };
        rig.set_pose(Pose { target, yaw_rad, pitch_rad, distance, orthographic });
        let rect = Rect::from_min_size(Pos2::ZERO, SIZE);
        let projector = rig.projector(rect);
        let hit =
            pick(&projector, &sync.placed, &[], precise(rect.center()), PickOptions::CLICK).expect("a hit");
        assert_eq!(hit.index, 1);
        assert!(hit.point.distance(DVec3::new(0.0, -110.0, 10.0)) < 1e-9, "{}", hit.point);
        let outside = DVec2::new(5.0, 5.0);
        assert_eq!(pick(&projector, &sync.placed, &[], outside, PickOptions::CLICK), None);
    }
}

#[test]
fn what_a_section_takes_away_is_not_picked() {
    for orthographic in [false, true] {
        let mut state = state();
        add_box(&mut state, 20.0, DVec3::new(0.0, -100.0, 0.0));
        let mut sync = RenderSync::default();
        sync.sync(&state);
        let mut rig = CameraRig::default();
        let [yaw_rad, pitch_rad] = angles_of(StandardView::Front);
        let target = DVec3::new(0.0, 0.0, 10.0);
        rig.set_pose(Pose { target, yaw_rad, pitch_rad, distance: 400.0, orthographic });
        let rect = Rect::from_min_size(Pos2::ZERO, SIZE);
        let projector = rig.projector(rect);
        let picked = |planes: &[SectionPlane]| {
            let middle = precise(rect.center());
            pick(&projector, &sync.placed, planes, middle, PickOptions::CLICK).map(|hit| hit.index)
        };
        let front = |y: f64| SectionPlane { normal: DVec3::NEG_Y, offset: -y };
        let back = |y: f64| SectionPlane { normal: DVec3::Y, offset: y };
        assert_eq!(picked(&[]), Some(1));
        // Through the nearer box, then between the two: what is behind the plane is found.
        assert_eq!(picked(&[front(-100.0)]), Some(1));
        assert_eq!(picked(&[front(-50.0)]), Some(0));
        // Between both planes there is nothing.
        assert_eq!(picked(&[front(-50.0), back(-40.0)]), None);
    }
}

#[test]
fn two_fingers_pan_and_zoom_and_hold_what_is_between_them() {
    let mut harness = harness(state());
    let middle = at(&harness, 0.45, 0.40);
    let point = surface_at(&harness, middle).expect("the box is there");
    let before = harness.state().state.view.camera.projector(rect(&harness)).mm_per_point(point);
    let touch = |harness: &mut Harness<'_, Bench>, phase: TouchPhase, center: Pos2, apart: f32| {
        for (finger, side) in [(1_u64, -1.0), (2, 1.0)] {
            let pos = center + vec2(apart * side, 0.0);
            let (device_id, id) = (egui::TouchDeviceId(1), egui::TouchId::from(finger));
            harness.event(Event::Touch { device_id, id, phase, pos, force: None });
            // Platforms let the first finger be the pointer too.
            if finger == 1 {
                harness.event(Event::PointerMoved(pos));
                let pressed = phase == TouchPhase::Start;
                if pressed || phase == TouchPhase::End {
                    let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
                    harness.event(Event::PointerButton { pos, button, pressed, modifiers });
                }
            }
        }
        harness.step();
    };
    touch(&mut harness, TouchPhase::Start, middle, 40.0);
    let moved = vec2(30.0, 20.0);
    for step in 1..=10 {
        let part = step as f32 / 10.0;
        touch(&mut harness, TouchPhase::Move, middle + moved * part, 40.0 + 40.0 * part);
    }
    touch(&mut harness, TouchPhase::End, middle + moved, 80.0);
    harness.run();
    let after = harness.state().state.view.camera.projector(rect(&harness)).mm_per_point(point);
    assert!(
        (before / after - 2.0).abs() < 0.02,
        "the fingers went apart by 2, the picture grew by {}",
        before / after
    );
    let seen = seen_at(&harness, point);
    assert!(seen.distance(precise(middle + moved)) < 2.0, "{seen} is not between the fingers");
    assert!(harness.state().state.view.selection.is_empty(), "two fingers select nothing");
}

/// A bench with the tool to measure, in which the shapes of the box are known.
fn measuring() -> Harness<'static, Bench> {
    let mut state = state();
    state.apply(Command::Tool(Tool::Measure));
    let mut harness = harness(state);
    let top = seen_at(&harness, DVec3::new(3.0, -2.0, 20.0));
    move_to(&mut harness, handles_pos(top));
    finish_jobs(&mut harness.state_mut().state);
    harness
}

fn measure_at(harness: &mut Harness<'_, Bench>, point: [f64; 3]) {
    let pos = handles_pos(seen_at(harness, DVec3::from_array(point)));
    move_to(harness, pos);
    click(harness, pos);
}

fn readings(harness: &Harness<'_, Bench>) -> Vec<crate::measuring::Reading> {
    let document = harness.state().state.document();
    document.measurements().filter_map(|(_, it)| crate::measuring::of(document, it)).collect()
}

#[test]
fn clicks_measure_between_corners_edges_and_faces() {
    use crate::measuring::Amount;
    let mut harness = measuring();
    // From corner to corner, across the top.
    measure_at(&mut harness, [-10.0, -10.0, 20.0]);
    assert_eq!(harness.state().state.view.measuring.len(), 1);
    measure_at(&mut harness, [10.0, 10.0, 20.0]);
    let all = readings(&harness);
    let Some((_, Amount::Length(diagonal))) = all[0].main else { panic!("{all:?}") };
    assert!((diagonal - 800.0_f64.sqrt()).abs() < 1e-9 && harness.state().state.view.measuring.is_empty());
    // The top twice: its area. The top and the front: their angle.
    measure_at(&mut harness, [3.0, -2.0, 20.0]);
    measure_at(&mut harness, [-3.0, 2.0, 20.0]);
    measure_at(&mut harness, [3.0, -2.0, 20.0]);
    measure_at(&mut harness, [4.0, -10.0, 7.0]);
    // An edge twice: its length.
    measure_at(&mut harness, [-5.0, -10.0, 20.0]);
    measure_at(&mut harness, [5.0, -10.0, 20.0]);
    let mains: Vec<_> =
        readings(&harness).into_iter().skip(1).map(|it| it.main.expect("a number").1).collect();
    assert_eq!(
        mains,
        [Amount::Area(400.0), Amount::Angle(std::f64::consts::FRAC_PI_2), Amount::Length(20.0)]
    );
    // It moves with its part, is undone, and written.
    let node = harness.state().state.document().roots()[0];
    let place = DAffine3::from_translation(DVec3::X * 50.0);
    harness.state_mut().state.apply(Command::Edit(document::Edit::Place(vec![(node, place)]), None));
    assert_eq!(readings(&harness)[0].points[0], DVec3::new(40.0, -10.0, 20.0));
    let text = crate::measuring::to_csv(harness.state().state.document());
    assert!(text.lines().count() > 4 && text.contains("28.28427"), "{text}");
    harness.state_mut().state.apply(Command::Undo);
    harness.state_mut().state.apply(Command::Undo);
    assert_eq!(readings(&harness).len(), 3);
}

#[test]
fn escape_leaves_what_was_clicked_and_then_the_tool() {
    let mut harness = measuring();
    measure_at(&mut harness, [-10.0, -10.0, 20.0]);
    assert_eq!(harness.state().state.view.measuring.len(), 1);
    harness.state_mut().state.apply(Command::SelectNone);
    let view = &harness.state().state.view;
    assert_eq!((view.measuring.len(), view.tool), (0, Tool::Measure));
    harness.state_mut().state.apply(Command::SelectNone);
    assert_eq!(harness.state().state.view.tool, Tool::Select);
}

#[test]
fn a_cylinder_tells_its_diameter_and_its_circle_its_centre() {
    use crate::measuring::Amount;
    let mut state = State::new(Settings { snap: false, ..Settings::default() }, JobQueue::unwatched());
    let primitive = Shape::Cylinder.primitive(20.0);
    let edit = document::Edit::AddPrimitive { primitive, world_from_node: DAffine3::IDENTITY };
    state.apply(Command::Edit(edit, None));
    finish_jobs(&mut state);
    state.apply(Command::SelectNone);
    state.apply(Command::Tool(Tool::Measure));
    state.view.wanted = Some(CameraWish::JumpToAll);
    let mut harness = harness(state);
    let eye = harness.state().state.view.camera.projector(rect(&harness)).eye();
    let side = eye.with_z(0.0).normalize_or_zero() * 10.0;
    let side = [side.x, side.y, 9.0];
    let pos = handles_pos(seen_at(&harness, DVec3::from_array(side)));
    move_to(&mut harness, pos);
    finish_jobs(&mut harness.state_mut().state);
    measure_at(&mut harness, side);
    measure_at(&mut harness, side);
    let rim = [side[0], side[1], 20.0];
    measure_at(&mut harness, rim);
    measure_at(&mut harness, [0.0, 0.0, 20.0]);
    let all = readings(&harness);
    let Some((_, Amount::Length(diameter))) = all[0].main else { panic!("{all:?}") };
    assert!((diameter - 20.0).abs() < 1e-9 && all[0].title == "Cylinder", "{all:?}");
    // The centre of the rim lies in the top.
    let Some((_, Amount::Length(apart))) = all[1].main else { panic!("{all:?}") };
    assert!(apart.abs() < 1e-9 && all[1].title == "Distance", "{all:?}");
}
