//! Operations: their buttons, fields and words.

use std::sync::Arc;

use document::{Content, NodeId};
use egui::Key;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use glam::DVec3;
use jobs::{FileRef, FileSource, Operation};
use kerf::command::{Command, Shape};
use kerf::modifiers::Modifier;

use super::harness::{App, app, finish_jobs, node};

const SIZE: [f32; 2] = [1280.0, 1000.0];

fn modified(modifier: Modifier) -> Harness<'static, App> {
    let mut harness = app(SIZE, &[Shape::Box]);
    let state = &mut harness.state_mut().state;
    let part = node(state, "Box");
    state.apply(Command::Select(vec![part]));
    state.apply(Command::Modify(modifier));
    finish_jobs(state);
    harness.run_steps(4);
    harness
}

fn operation(app: &App) -> Operation {
    let selected = app.state.view.selection[0];
    match app.state.document().node(selected).map(|node| &node.content) {
        Some(Content::Operation(operation)) => *operation,
        other => panic!("{other:?} is selected"),
    }
}

fn enter(harness: &mut Harness<'static, App>, label: &str, text: &str) {
    harness.get_by_label(label).click();
    harness.run_steps(3);
    harness.get_by_label(label).type_text(text);
    harness.run_steps(3);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
}

#[test]
fn an_open_part_is_repaired_from_its_measures() {
    let mut harness = app(SIZE, &[]);
    let state = &mut harness.state_mut().state;
    let text = "v 0 0 0\nv 9 0 0\nv 0 9 0\nv 0 0 9\nf 1 3 2\nf 1 2 4\nf 1 4 3\n";
    let source = FileSource::Memory(Arc::new(text.as_bytes().to_vec()));
    state.apply(Command::OpenFiles(vec![FileRef { name: "corner.obj".to_owned(), source }]));
    finish_jobs(state);
    let corner = node(state, "corner");
    state.apply(Command::Select(vec![corner]));
    harness.run_steps(4);
    harness.get_by_label("Closed: No");
    harness.get_by_label("Repair").click();
    harness.run_steps(3);
    finish_jobs(&mut harness.state_mut().state);
    harness.run_steps(4);
    harness.get_by_label("Closed: Yes");
    harness.get_by_label("1 hole was filled");
    harness.get_by_label("Section Repair");
    // Its switches are live.
    harness.get_by_label("Holes: Keep").click();
    harness.run_steps(3);
    finish_jobs(&mut harness.state_mut().state);
    harness.run_steps(4);
    harness.get_by_label("Closed: No");
    assert_eq!(harness.state().state.history.undo_label(), Some("Change corner repair"));
}

#[test]
fn a_share_is_typed_in_percent() {
    let mut harness = modified(Modifier::Simplify);
    let share = |harness: &Harness<'static, App>| match operation(harness.state()) {
        Operation::Simplify(simplify) => simplify.share,
        other => panic!("{other:?}"),
    };
    enter(&mut harness, "Keep", "25");
    assert_eq!(share(&harness), 0.25);
    enter(&mut harness, "Keep", "1/3 * 100");
    assert!((share(&harness) - 1.0 / 3.0).abs() < 1e-12);
    enter(&mut harness, "Keep", "120");
    assert!(share(&harness) <= 1.0, "more than there is makes no sense");
    harness.get_by_label("Limit the deviation").click();
    harness.run_steps(3);
    enter(&mut harness, "Deviation", "1/8 in");
    let Operation::Simplify(simplify) = operation(harness.state()) else { panic!("it was one") };
    assert_eq!(simplify.max_deviation, Some(25.4 / 8.0));
}

#[test]
fn a_cut_is_turned_and_moved() {
    let mut harness = modified(Modifier::Trim);
    harness.get_by_label("Across: X").click();
    harness.run_steps(3);
    enter(&mut harness, "At", "2 mm");
    harness.get_by_label("Keep: Both").click();
    harness.run_steps(3);
    enter(&mut harness, "Apart", "3");
    let Operation::Trim(trim) = operation(harness.state()) else { panic!("it was one") };
    assert_eq!((trim.normal, trim.height, trim.gap), (DVec3::X, 2.0, 3.0));
    finish_jobs(&mut harness.state_mut().state);
    harness.run_steps(4);
    harness.get_by_label("Pieces: 2");
}

#[test]
fn a_shell_has_a_thickness_and_a_side() {
    let mut harness = modified(Modifier::Shell);
    enter(&mut harness, "Thickness", "0");
    enter(&mut harness, "Thickness", "0.5");
    assert!(harness.query_by_label("Detail").is_none(), "sharp corners need none");
    harness.get_by_label("Corners: Round").click();
    harness.run_steps(3);
    enter(&mut harness, "Detail", "0.25");
    harness.get_by_label("Side: Outward").click();
    harness.run_steps(3);
    let Operation::Offset(offset) = operation(harness.state()) else { panic!("it was one") };
    assert_eq!((offset.distance, offset.detail, offset.direction), (0.5, 0.25, jobs::Direction::Outward));
}

#[test]
fn operands_can_be_selected_from_the_properties() {
    let mut harness = modified(Modifier::Hull);
    harness.get_by_label("Section Hull");
    let hull: NodeId = harness.state().state.view.selection[0];
    let operand = harness.state().state.document().node(hull).map(|node| node.children[0]);
    harness.get_by_label("Operand Box").click();
    harness.run_steps(3);
    assert_eq!(harness.state().state.view.selection.first().copied(), operand);
}
