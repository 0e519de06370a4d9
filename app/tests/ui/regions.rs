//! The keyboard goes from region to region.

use egui::accesskit::Role;
use egui::{Key, Modifiers};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use kerf::command::Shape;

use super::harness::app;

#[test]
fn f6_goes_around_the_window_and_back() {
    let mut harness = app([1280.0, 800.0], &[Shape::Box]);
    let round = [
        (Role::Canvas, "3D view"),
        (Role::Group, "Properties"),
        (Role::Group, "Status bar"),
        (Role::Group, "Top bar"),
        (Role::Tree, "Scene tree"),
        (Role::Canvas, "3D view"),
    ];
    let back = round.iter().rev().skip(1);
    let ways = round.iter().map(|to| (Modifiers::NONE, to)).chain(back.map(|to| (Modifiers::SHIFT, to)));
    for (modifiers, (role, name)) in ways {
        harness.key_press_modifiers(modifiers, Key::F6);
        harness.run_steps(3);
        let region = harness.get_by_role_and_label(*role, name);
        assert!(region.accesskit_node().is_focused(), "{name} {modifiers:?}");
    }
    // From a bar, Tab goes to what is in it.
    harness.key_press(Key::F6);
    harness.run_steps(3);
    harness.key_press(Key::Tab);
    harness.run_steps(3);
    assert!(harness.query_by_role_and_label(Role::Group, "Properties").is_none());
}
