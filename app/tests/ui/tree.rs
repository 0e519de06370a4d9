//! The scene tree.

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use jobs::BooleanOp;
use kerf::command::{Command, Shape};

use super::harness::{App, app, node};

const SIZE: [f32; 2] = [1280.0, 800.0];

fn row<'t>(harness: &'t Harness<'_, App>, name: &'t str) -> egui_kittest::Node<'t> {
    harness.get_by_role_and_label(egui::accesskit::Role::TreeItem, name)
}

#[test]
fn clicks_select_and_remember_their_order() {
    let mut harness = app(SIZE, &[Shape::Box, Shape::Sphere, Shape::Cone]);
    row(&harness, "Sphere").click();
    harness.run_steps(2);
    row(&harness, "Box").click_modifiers(Modifiers::COMMAND);
    harness.run_steps(2);
    let state = &harness.state().state;
    assert_eq!(state.view.selection, [node(state, "Sphere"), node(state, "Box")]);
    row(&harness, "Cone").click_modifiers(Modifiers::SHIFT);
    harness.run_steps(2);
    let state = &harness.state().state;
    assert_eq!(state.view.selection, [node(state, "Box"), node(state, "Sphere"), node(state, "Cone")]);
}

#[test]
fn a_name_is_typed_in_place() {
    let mut harness = app(SIZE, &[Shape::Box]);
    row(&harness, "Box").click();
    harness.run_steps(2);
    harness.key_press(Key::F2);
    harness.run_steps(4);
    harness.get_by_label("Name").type_text("Plate");
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    assert!(row(&harness, "Plate").rect().is_positive());
    // The old name was selected, so that typing replaced it.
    let state = &harness.state().state;
    assert_eq!(state.document().node(node(state, "Plate")).map(|node| node.name.as_str()), Some("Plate"));
    assert_eq!(state.history.undo_label(), Some("Rename Box"), "renaming is one step");
}

#[test]
fn escape_keeps_the_old_name() {
    let mut harness = app(SIZE, &[Shape::Box]);
    row(&harness, "Box").click();
    harness.run_steps(2);
    harness.key_press(Key::F2);
    harness.run_steps(4);
    harness.get_by_label("Name").type_text("Plate");
    harness.run_steps(2);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    let state = &harness.state().state;
    node(state, "Box");
}

#[test]
fn the_eye_hides_and_shows() {
    let mut harness = app(SIZE, &[Shape::Box]);
    row(&harness, "Box").hover();
    harness.run_steps(3);
    harness.get_by_label("Hide Box").click();
    harness.run_steps(3);
    let state = &harness.state().state;
    assert!(!state.is_shown(node(state, "Box")));
    harness.get_by_label("Show Box").click();
    harness.run_steps(3);
    let state = &harness.state().state;
    assert!(state.is_shown(node(state, "Box")));
}

#[test]
fn arrows_walk_open_and_close() {
    let mut harness = app(SIZE, &[Shape::Box, Shape::Sphere]);
    let state = &mut harness.state_mut().state;
    let operands = vec![node(state, "Box"), node(state, "Sphere")];
    state.apply(Command::Select(operands));
    state.apply(Command::Boolean(BooleanOp::Union));
    harness.run_steps(3);
    row(&harness, "Union").click();
    harness.run_steps(3);
    harness.key_press(Key::ArrowDown);
    harness.run_steps(3);
    let state = &harness.state().state;
    assert_eq!(state.view.selection, [node(state, "Box")]);
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    let state = &harness.state().state;
    assert_eq!(state.view.selection, [node(state, "Union")], "left goes to the parent");
    harness.key_press(Key::ArrowLeft);
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(egui::accesskit::Role::TreeItem, "Box").is_none(), "left closes");
    harness.key_press(Key::ArrowRight);
    harness.run_steps(3);
    assert!(row(&harness, "Box").rect().is_positive());
}

#[test]
fn the_search_leaves_what_it_finds() {
    let mut harness = app(SIZE, &[Shape::Box, Shape::Sphere, Shape::Cone]);
    harness.get_by_label("Search the scene").click();
    harness.run_steps(2);
    harness.get_by_label("Search the scene").type_text("sph");
    harness.run_steps(3);
    assert!(row(&harness, "Sphere").rect().is_positive());
    assert!(harness.query_by_role_and_label(egui::accesskit::Role::TreeItem, "Box").is_none());
    harness.get_by_label("Clear the search").click();
    harness.run_steps(3);
    assert!(row(&harness, "Box").rect().is_positive());
}

#[test]
fn dragging_puts_a_part_before_another() {
    let mut harness = app(SIZE, &[Shape::Box, Shape::Sphere, Shape::Cone]);
    let from = row(&harness, "Cone").rect().center();
    let to = row(&harness, "Box").rect();
    harness.hover_at(from);
    harness.run_steps(1);
    harness.drag_at(from);
    harness.run_steps(1);
    for step in 1..=4 {
        let target = egui::pos2(from.x, to.top() + 3.0);
        harness.hover_at(from + (target - from) * (step as f32 / 4.0));
        harness.run_steps(1);
    }
    harness.drop_at(egui::pos2(from.x, to.top() + 3.0));
    harness.run_steps(3);
    let state = &harness.state().state;
    let names: Vec<_> = ["Cone", "Box", "Sphere"].iter().map(|name| node(state, name)).collect();
    assert_eq!(state.document().roots(), names);
}

#[test]
fn thousands_of_parts_make_few_rows() {
    let mut harness = app(SIZE, &[Shape::Box]);
    let state = &mut harness.state_mut().state;
    let first = node(state, "Box");
    let mut all = vec![first];
    while all.len() < 2_000 {
        state.apply(Command::Select(all.clone()));
        state.apply(Command::Duplicate);
        all = state.document().roots().to_vec();
    }
    state.apply(Command::SelectNone);
    harness.run_steps(2);
    let rows = harness.query_all_by_role(egui::accesskit::Role::TreeItem).count();
    assert!((10..60).contains(&rows), "{rows} rows are made for a window of 800 points");
}
