//! Typed values.

use document::Content;
use egui::Key;
use egui_kittest::kittest::Queryable as _;
use geometry::Primitive;
use glam::DVec3;
use kerf::command::{Command, Shape};

use super::harness::{App, app, node};

const SIZE: [f32; 2] = [1280.0, 800.0];

fn with_box() -> egui_kittest::Harness<'static, App> {
    let mut harness = app(SIZE, &[Shape::Box]);
    let state = &mut harness.state_mut().state;
    let part = node(state, "Box");
    state.apply(Command::Select(vec![part]));
    harness.run_steps(3);
    harness
}

/// Replaces what stands in a field, as a person does: click, type, Enter.
fn enter(harness: &mut egui_kittest::Harness<'static, App>, label: &str, text: &str, end: Key) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
    harness.get_by_label(label).type_text(text);
    harness.run_steps(3);
    harness.key_press(end);
    harness.run_steps(3);
}

fn size(app: &App) -> DVec3 {
    let content = &app.state.document().node(node(&app.state, "Box")).expect("it is there").content;
    let Content::Primitive(Primitive::Box { size }) = content else { panic!("{content:?}") };
    *size
}

fn position(app: &App) -> DVec3 {
    app.state.document().node(node(&app.state, "Box")).expect("it is there").parent_from_node.translation
}

#[test]
fn expressions_with_units_become_exact_sizes() {
    let mut harness = with_box();
    enter(&mut harness, "Width", "25.4/2 mm + 1/8in", Key::Enter);
    assert_eq!(size(harness.state()).x, 25.4 / 2.0 + 1.0 / 8.0 * 25.4);
    enter(&mut harness, "Height", "1 cm", Key::Enter);
    assert_eq!(size(harness.state()).z, 10.0);
}

#[test]
fn typing_into_a_field_is_one_step_back() {
    let mut harness = with_box();
    let before = size(harness.state());
    enter(&mut harness, "Width", "123.5", Key::Enter);
    assert_eq!(size(harness.state()).x, 123.5);
    harness.state_mut().state.apply(Command::Undo);
    assert_eq!(size(harness.state()), before);
}

#[test]
fn escape_takes_back_what_was_typed() {
    let mut harness = with_box();
    let before = size(harness.state());
    enter(&mut harness, "Depth", "77", Key::Escape);
    assert_eq!(size(harness.state()), before);
}

#[test]
fn what_cannot_be_changes_nothing_and_says_nothing() {
    let mut harness = with_box();
    let before = size(harness.state());
    enter(&mut harness, "Width", "0", Key::Enter);
    enter(&mut harness, "Width", "12 kg", Key::Enter);
    assert_eq!(size(harness.state()), before);
    assert!(
        harness.state().state.notifications.all.is_empty(),
        "{:?}",
        harness.state().state.notifications.all
    );
}

#[test]
fn a_place_is_typed_per_axis() {
    let mut harness = with_box();
    let before = position(harness.state());
    enter(&mut harness, "Position Y", "-12.5", Key::Enter);
    assert_eq!(position(harness.state()), DVec3::new(before.x, -12.5, before.z));
    enter(&mut harness, "Rotation Z", "90", Key::Enter);
    let state = &harness.state().state;
    let turned = state.document().node(node(state, "Box")).expect("it is there").parent_from_node;
    assert!(turned.matrix3.x_axis.abs_diff_eq(DVec3::Y, 1e-12), "{turned:?}");
}

#[test]
fn typed_angles_stay_as_typed() {
    let mut harness = with_box();
    enter(&mut harness, "Rotation X", "200", Key::Enter);
    let field = harness.get_by_label("Rotation X");
    assert_eq!(field.value().as_deref(), Some("200"));
}

#[test]
fn several_parts_have_sums() {
    let mut harness = app(SIZE, &[Shape::Box, Shape::Box]);
    harness.state_mut().state.apply(Command::SelectAll);
    harness.run_steps(3);
    harness.get_by_label("Triangles: 24");
    harness.get_by_label("Pieces: 2");
}

#[test]
fn a_name_can_be_changed_above_the_sizes() {
    let mut harness = with_box();
    enter(&mut harness, "Name of the part", "Base", Key::Enter);
    let state = &harness.state().state;
    // The field's text was extended or replaced; what matters is that the document knows it.
    let name = &state.document().node(state.view.selection[0]).expect("it is there").name;
    assert!(name.contains("Base"), "{name}");
}
