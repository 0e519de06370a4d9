//! Nothing lies on top of something else, in windows of any size.

use egui::Rect;
use egui::accesskit::Role;
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kerf::command::{Command, Shape};
use kerf::settings::Settings;

use super::harness::{app, app_with, node};

/// Controls with their places: everything that can be clicked or typed into.
fn controls(harness: &egui_kittest::Harness<'_, super::harness::App>) -> Vec<(String, Rect)> {
    let roles =
        [Role::Button, Role::TextInput, Role::Slider, Role::ComboBox, Role::CheckBox, Role::ColorWell];
    let mut found = Vec::new();
    for role in roles {
        for node in harness.query_all_by_role(role) {
            let name = node.accesskit_node().label().unwrap_or_else(|| format!("{role:?}"));
            found.push((name, node.rect()));
        }
    }
    found
}

fn check_no_overlap(harness: &egui_kittest::Harness<'_, super::harness::App>, size: [f32; 2]) {
    let window = Rect::from_min_size(egui::Pos2::ZERO, size.into());
    let strip = harness.get_by_label("Messages").rect().top();
    // What is scrolled halfway under the strip at the bottom is cut off there.
    let is_cut = |rect: &Rect| rect.top() < strip && rect.bottom() > strip;
    let mut controls = controls(harness);
    controls.retain(|(_, rect)| window.intersect(*rect).is_positive() && !is_cut(rect));
    assert!(controls.len() > 8, "only {controls:?} were found");
    for (index, (name, rect)) in controls.iter().enumerate() {
        assert!(rect.left() >= -0.5 && rect.right() <= size[0] + 0.5, "{name} is cut off: {rect:?}");
        for (other, other_rect) in &controls[index + 1..] {
            let common = rect.intersect(*other_rect);
            let nested = rect.contains_rect(*other_rect) || other_rect.contains_rect(*rect);
            let overlaps = common.width() > 0.5 && common.height() > 0.5;
            assert!(!overlaps || nested, "{name} {rect:?} and {other} {other_rect:?} overlap at {size:?}");
        }
    }
}

#[test]
fn nothing_overlaps_with_a_part_selected() {
    for size in
        [[800.0, 600.0], [1024.0, 700.0], [1280.0, 800.0], [1920.0, 1080.0], [390.0, 800.0], [360.0, 640.0]]
    {
        let mut harness = app(size, &[Shape::Box, Shape::Cone]);
        let state = &mut harness.state_mut().state;
        let part = node(state, "Box");
        state.apply(Command::Select(vec![part]));
        harness.run_steps(6);
        check_no_overlap(&harness, size);
    }
}

#[test]
fn nothing_overlaps_in_an_empty_window() {
    for size in [[800.0, 600.0], [1280.0, 800.0], [390.0, 800.0]] {
        let mut harness = app(size, &[]);
        harness.run_steps(6);
        check_no_overlap(&harness, size);
        harness.get_by_label("Open…");
    }
}

#[test]
fn a_drawer_opens_and_closes_on_a_phone() {
    let size = [390.0, 800.0];
    let mut harness = app(size, &[Shape::Box]);
    assert!(harness.query_by_role(Role::TreeItem).is_none());
    harness.get_by_label("Scene tree").click();
    harness.run_steps(4);
    let row = harness.get_by_role_and_label(Role::TreeItem, "Box").rect();
    assert!(row.height() >= 40.0, "fingers need more than {}", row.height());
    harness.get_by_label("Close the drawer").click();
    harness.run_steps(4);
    assert!(harness.query_by_role(Role::TreeItem).is_none());
}

#[test]
fn targets_are_large_on_a_phone() {
    let harness = app([390.0, 800.0], &[Shape::Box]);
    for (name, rect) in controls(&harness) {
        assert!(rect.height() >= 40.0 && rect.width() >= 40.0, "{name} is only {:?}", rect.size());
    }
}

#[test]
fn two_pixels_per_point_change_no_place() {
    let once = app([800.0, 600.0], &[Shape::Box]);
    let twice = app_with([800.0, 600.0], &[Shape::Box], Settings::default(), 2.0);
    for ((name, rect), (_, other)) in controls(&once).into_iter().zip(controls(&twice)) {
        assert!((rect.center() - other.center()).length() < 2.0, "{name}: {rect:?} and {other:?}");
    }
}

#[test]
fn fields_are_large_in_a_drawer() {
    let mut harness = app([390.0, 800.0], &[Shape::Cylinder]);
    let state = &mut harness.state_mut().state;
    let part = node(state, "Cylinder");
    state.apply(Command::Select(vec![part]));
    harness.run_steps(3);
    harness.get_by_label("Properties").click();
    harness.run_steps(4);
    for label in ["Position X", "Radius", "Name of the part", "Paint Brass", "Colour of Default"] {
        let rect = harness.get_by_label(label).rect();
        assert!(rect.height() >= 40.0, "{label} is only {} high", rect.height());
    }
}

#[test]
fn a_small_window_keeps_most_of_its_room_for_the_view() {
    let mut harness = app([800.0, 600.0], &[Shape::Box]);
    let state = &mut harness.state_mut().state;
    let part = node(state, "Box");
    state.apply(Command::Select(vec![part]));
    harness.run_steps(4);
    let row = harness.get_by_role_and_label(Role::TreeItem, "Box").rect();
    let field = harness.get_by_label("Position X").rect();
    assert!(row.left() > 500.0 && field.left() > 500.0, "{row:?} {field:?}");
    assert!(row.bottom() < field.top(), "the tree is above");
}

#[test]
fn an_error_says_at_once_what_to_do() {
    let mut harness = app([1280.0, 800.0], &[Shape::Box]);
    let what = "STL ends early: export it again".to_owned();
    harness.state_mut().state.notify(kerf::notify::Level::Error, "notes.stl could not be opened", vec![what]);
    harness.run_steps(3);
    let title = harness.get_by_label("notes.stl could not be opened").rect();
    let what = harness.get_by_label("STL ends early: export it again").rect();
    assert!(what.top() > title.top() && what.is_positive());
    // Opening the list takes the cards away, as they would cover it.
    harness.get_by_label("Messages").click();
    harness.run_steps(4);
    assert!(harness.query_by_label("Close the message").is_none());
}
