//! Buttons, keys and the palette: three ways to the same commands.

use egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use kerf::command::{Command, Shape};

use super::harness::{App, app, node};

const SIZE: [f32; 2] = [1280.0, 800.0];

fn is_disabled(node: &egui_kittest::Node<'_>) -> bool {
    use egui_kittest::kittest::NodeT as _;
    node.accesskit_node().is_disabled()
}

#[test]
fn booleans_need_two_parts() {
    let mut harness = app(SIZE, &[Shape::Box, Shape::Sphere]);
    assert!(is_disabled(&harness.get_by_label("Difference")));
    let state = &mut harness.state_mut().state;
    let both = vec![node(state, "Sphere"), node(state, "Box")];
    state.apply(Command::Select(vec![both[0]]));
    harness.run_steps(2);
    assert!(is_disabled(&harness.get_by_label("Difference")));
    harness.state_mut().state.apply(Command::Select(both));
    harness.run_steps(2);
    assert!(!is_disabled(&harness.get_by_label("Difference")));
    harness.get_by_label("Difference").click();
    harness.run_steps(3);
    let state = &harness.state().state;
    let made = state.document().node(node(state, "Difference")).expect("it was made").clone();
    assert_eq!(
        made.children,
        [node(state, "Sphere"), node(state, "Box")],
        "the first selected is the one that is cut"
    );
}

#[test]
fn the_palette_finds_and_calls() {
    let mut harness = app(SIZE, &[Shape::Box]);
    let before = harness.state().state.settings.grid;
    harness.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::P);
    harness.run_steps(4);
    harness.get_by_label("Command").type_text("grid");
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(4);
    assert_ne!(harness.state().state.settings.grid, before);
    assert!(!harness.state().state.view.palette_open);
    assert!(harness.query_by_label("Command").is_none());
}

#[test]
fn escape_closes_the_palette_and_keeps_the_selection() {
    let mut harness = app(SIZE, &[Shape::Box]);
    let state = &mut harness.state_mut().state;
    let part = node(state, "Box");
    state.apply(Command::Select(vec![part]));
    state.apply(Command::TogglePalette);
    harness.run_steps(3);
    harness.key_press(Key::Escape);
    harness.run_steps(4);
    let state = &harness.state().state;
    assert!(!state.view.palette_open);
    assert_eq!(state.view.selection, [part]);
}

#[test]
fn keys_are_for_text_while_text_is_typed() {
    let mut harness = app(SIZE, &[Shape::Box]);
    let grid = harness.state().state.settings.grid;
    harness.key_press(Key::G);
    harness.run_steps(2);
    assert_ne!(harness.state().state.settings.grid, grid);
    harness.get_by_label("Search the scene").click();
    harness.run_steps(2);
    harness.key_press(Key::G);
    harness.run_steps(2);
    assert_ne!(harness.state().state.settings.grid, grid, "G in a field is a letter");
}

#[test]
fn a_letter_with_ctrl_is_not_the_letter() {
    let mut harness = app(SIZE, &[Shape::Box, Shape::Cone]);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::A);
    harness.run_steps(2);
    assert_eq!(harness.state().state.view.selection.len(), 2);
    let fits = harness.state().commands.iter().any(|command| matches!(command, Command::FitAll));
    assert!(!fits, "Ctrl+A selects and does not fit");
}

#[test]
fn menus_call_commands() {
    let mut harness = app(SIZE, &[]);
    harness.get_by_label("Add").click();
    harness.run_steps(3);
    harness.get_by_label_contains("Cylinder").click();
    harness.run_steps(3);
    node(&harness.state().state, "Cylinder");
}

#[test]
fn the_palette_is_as_long_as_what_it_found() {
    let mut harness = app(SIZE, &[]);
    harness.state_mut().state.apply(Command::TogglePalette);
    harness.run_steps(3);
    let count = |harness: &egui_kittest::Harness<'_, App>| {
        harness.query_all_by_role(egui::accesskit::Role::ListBoxOption).count()
    };
    let all = count(&harness);
    harness.get_by_label("Command").type_text("export");
    harness.run_steps(4);
    let few = harness.get_by_label("Export STL…").rect();
    assert!(few.is_positive() && count(&harness) < all);
    harness.key_press(Key::Escape);
    harness.run_steps(3);
    harness.state_mut().state.apply(Command::TogglePalette);
    harness.run_steps(4);
    let rows = harness.query_all_by_role(egui::accesskit::Role::ListBoxOption);
    let seen = rows.filter(|row| row.rect().bottom() < 620.0).count();
    assert!(seen >= 9, "only {seen} rows are seen after a short list");
}

#[test]
fn menus_say_what_is_on() {
    let mut harness = app(SIZE, &[Shape::Box]);
    harness.get_by_label("View").click();
    harness.run_steps(4);
    harness.get_by_label_contains("Parallel Projection").click();
    harness.run_steps(3);
    let toggled = harness.state().commands.iter().any(|command| matches!(command, Command::ToggleProjection));
    assert!(toggled);
}
