//! What a person does, without a window: open, add, cut, undo, save, reopen, recover. The state is the same that the
//! window shows; jobs run on real threads.

mod common;

use std::sync::Arc;

use assets::LengthUnit;
use common::{settle, state};
use document::{Content, Edit, NodeId};
use geometry::Primitive;
use glam::{DAffine3, DVec3};
use jobs::{BooleanOp, FileRef, FileSource, JobOutput, JobRequest, TrimKept};
use kerf::command::{Command, Shape, enabled, table};
use kerf::effect::Effect;
use kerf::modifiers::Modifier;
use kerf::notify::Level;
use kerf::parts::NodeStatus;
use kerf::state::State;
use kerf::state::sections::DrawingFormat;
use kerf::view_state::{Axis, Face};

fn add(state: &mut State, primitive: Primitive, at: [f64; 3]) -> NodeId {
    let world_from_node = DAffine3::from_translation(DVec3::from_array(at));
    state.apply(Command::Edit(Edit::AddPrimitive { primitive, world_from_node }, None));
    state.view.selection[0]
}

fn cube(state: &mut State, at: [f64; 3]) -> NodeId {
    add(state, Primitive::Box { size: DVec3::splat(10.0) }, at)
}

/// Two cubes that share a corner of 5 x 5 x 10 mm, and the difference of them.
fn difference(state: &mut State) -> [NodeId; 3] {
    let [a, b] = [cube(state, [0.0; 3]), cube(state, [5.0, 5.0, 0.0])];
    state.apply(Command::Select(vec![a, b]));
    state.apply(Command::Boolean(BooleanOp::Difference));
    settle(state);
    [a, b, state.view.selection[0]]
}

fn volume(state: &State, id: NodeId) -> f64 {
    let part = state.parts.shown(state.document(), id).expect("the node has a result");
    assert!(part.facts.closed);
    assert!(part.part.surface.check().is_solid());
    part.facts.volume
}

fn check_volume(state: &State, id: NodeId, expected: f64) {
    let found = volume(state, id);
    assert!((found - expected).abs() <= 1e-9 * expected, "volume {found}, expected {expected}");
}

fn errors(state: &State) -> Vec<String> {
    let all = &state.notifications.all;
    all.iter()
        .filter(|known| known.level == Level::Error)
        .map(|known| format!("{} {:?}", known.title, known.details))
        .collect()
}

#[test]
fn a_boolean_follows_its_operands() {
    let mut state = state();
    let [a, b, cut] = difference(&mut state);
    check_volume(&state, cut, 750.0);
    assert!(state.is_shown(cut) && !state.is_shown(a) && !state.is_shown(b));

    state.apply(Command::Edit(
        Edit::Place(vec![(b, DAffine3::from_translation(DVec3::new(8.0, 0.0, 0.0)))]),
        None,
    ));
    settle(&mut state);
    check_volume(&state, cut, 800.0);

    state.apply(Command::Edit(
        Edit::SetPrimitive(b, Primitive::Box { size: DVec3::new(10.0, 5.0, 10.0) }),
        None,
    ));
    settle(&mut state);
    check_volume(&state, cut, 900.0);

    state.apply(Command::Edit(Edit::SetOperation(cut, BooleanOp::Union.into()), None));
    settle(&mut state);
    check_volume(&state, cut, 1400.0);
    assert_eq!(errors(&state), [""; 0]);
}

#[test]
fn undo_finds_results_without_computing() {
    let mut state = state();
    let [_, b, cut] = difference(&mut state);
    state.apply(Command::Edit(
        Edit::Place(vec![(b, DAffine3::from_translation(DVec3::new(8.0, 0.0, 0.0)))]),
        None,
    ));
    settle(&mut state);
    state.apply(Command::Undo);
    state.update();
    assert_eq!(state.jobs.jobs().count(), 0, "nothing is left to compute after undo");
    check_volume(&state, cut, 750.0);
    state.apply(Command::Redo);
    state.update();
    assert_eq!(state.jobs.jobs().count(), 0, "nothing is left to compute after redo");
    check_volume(&state, cut, 800.0);
}

#[test]
fn moving_the_whole_boolean_computes_nothing() {
    let mut state = state();
    let [_, _, cut] = difference(&mut state);
    let there = DAffine3::from_translation(DVec3::new(1e7, -3.0, 0.1));
    state.apply(Command::Edit(Edit::Place(vec![(cut, there)]), None));
    state.update();
    assert_eq!(state.jobs.jobs().count(), 0);
    check_volume(&state, cut, 750.0);
}

#[test]
fn the_last_good_result_stays_while_the_new_one_is_made() {
    let mut state = state();
    let [_, b, cut] = difference(&mut state);
    state.apply(Command::Edit(
        Edit::Place(vec![(b, DAffine3::from_translation(DVec3::new(8.0, 0.0, 0.0)))]),
        None,
    ));
    assert_eq!(state.parts.status(state.document(), cut), NodeStatus::Working);
    check_volume(&state, cut, 750.0);
    settle(&mut state);
    check_volume(&state, cut, 800.0);
}

#[test]
fn a_saved_project_comes_back_as_it_was() {
    let mut first = state();
    let [_, _, cut] = difference(&mut first);
    first.apply(Command::SaveProjectAs);
    settle(&mut first);
    let Some(Effect::SaveFile { bytes, ticket, .. }) = first.effects.pop() else { panic!("no file to save") };
    first.saved(ticket, Ok(Some("there.kerf".to_owned())));
    assert!(!first.is_dirty());

    let mut second = state();
    let source = FileSource::Memory(Arc::new(bytes));
    second.apply(Command::OpenFiles(vec![FileRef { name: "there.kerf".to_owned(), source }]));
    settle(&mut second);
    assert_eq!(errors(&second), [""; 0]);
    assert_eq!(second.document(), first.document());
    check_volume(&second, cut, 750.0);
    let hash = |state: &State| state.parts.shown(state.document(), cut).unwrap().hash;
    assert_eq!(hash(&second), hash(&first), "the recipe gives the same bits again");
}

#[test]
fn every_format_takes_the_result_and_gives_it_back() {
    let mut state = state();
    let [_, _, cut] = difference(&mut state);
    for format in assets::Format::ALL.into_iter().filter(|format| format.can_export()) {
        state.apply(Command::Export(format));
        settle(&mut state);
        let files: Vec<(String, Vec<u8>)> = state
            .effects
            .drain(..)
            .filter_map(|effect| match effect {
                Effect::SaveFile { name, bytes, .. } => Some((name, bytes)),
                _ => None,
            })
            .collect();
        assert!(!files.is_empty(), "{format:?} wrote nothing: {:?}", errors(&state));
        let mut other = self::state();
        let file = |(name, bytes): &(String, Vec<u8>)| FileRef {
            name: name.clone(),
            source: FileSource::Memory(Arc::new(bytes.clone())),
        };
        other.apply(Command::OpenFiles(files.iter().map(file).collect()));
        settle(&mut other);
        assert_eq!(errors(&other), [""; 0], "{format:?}");
        let total: f64 = other
            .document()
            .nodes()
            .filter_map(|(id, _)| other.parts.shown(other.document(), id))
            .map(|part| part.facts.volume)
            .sum();
        assert!((total - 750.0).abs() < 1e-3, "{format:?} came back with volume {total}");
        assert!(volume(&state, cut) > 0.0);
    }
}

#[test]
fn an_open_mesh_in_a_boolean_says_what_to_do() {
    let mut state = state();
    let stl = "solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 9 0 0\nvertex 0 9 0\nendloop\nendfacet\nendsolid a\n";
    let source = FileSource::Memory(Arc::new(stl.as_bytes().to_vec()));
    state.apply(Command::OpenFiles(vec![FileRef { name: "sheet.stl".to_owned(), source }]));
    settle(&mut state);
    let sheet = state.document().roots()[0];
    let cube = cube(&mut state, [0.0; 3]);
    state.apply(Command::Select(vec![cube, sheet]));
    state.apply(Command::Boolean(BooleanOp::Difference));
    settle(&mut state);
    let cut = state.view.selection[0];
    let NodeStatus::Failed(error) = state.parts.status(state.document(), cut) else {
        panic!("it cannot be computed")
    };
    assert!(error.to_string().contains("sheet") && error.to_string().contains("open edges"), "{error}");
    state.apply(Command::Undo);
    settle(&mut state);
    assert_eq!(state.document().roots().len(), 2);
}

#[test]
fn a_file_that_cannot_be_read_costs_nothing() {
    let mut state = state();
    let cube = cube(&mut state, [0.0; 3]);
    settle(&mut state);
    let source = FileSource::Memory(Arc::new(b"no model at all".to_vec()));
    state.apply(Command::OpenFiles(vec![FileRef { name: "letter.doc".to_owned(), source }]));
    settle(&mut state);
    assert_eq!(errors(&state).len(), 1);
    assert!(state.document().node(cube).is_some());
}

#[test]
fn groups_count_as_one_operand() {
    let mut state = state();
    let [a, b] = [cube(&mut state, [0.0; 3]), cube(&mut state, [5.0, 0.0, 0.0])];
    state.apply(Command::Select(vec![a, b]));
    state.apply(Command::Group);
    let group = state.view.selection[0];
    let cutter = add(&mut state, Primitive::Box { size: DVec3::new(100.0, 100.0, 5.0) }, [0.0, 0.0, -1.0]);
    state.apply(Command::Select(vec![group, cutter]));
    state.apply(Command::Boolean(BooleanOp::Difference));
    settle(&mut state);
    check_volume(&state, state.view.selection[0], 15.0 * 10.0 * 6.0);
}

#[test]
fn what_autosave_packs_can_be_restored() {
    let mut state = state();
    let stl = Primitive::Sphere { radius: 4.0, segments: 16 }.mesh().unwrap();
    let part = jobs::Part::from_mesh(stl);
    let (hash, part) = (part.content_hash(), Arc::new(part));
    let request =
        JobRequest::Pack { parts: vec![jobs::PartRef { hash, part: Some(part) }], images: Vec::new() };
    let JobOutput::Files(files) = kerf::job_queue::run_here(request).unwrap() else { panic!("no files") };
    let request = JobRequest::Restore { document: "{}".to_owned(), files };
    let JobOutput::Project { parts, .. } = kerf::job_queue::run_here(request).unwrap() else {
        panic!("no project")
    };
    assert_eq!(parts[0].hash, hash);
    state.update();
}

#[test]
fn samples_are_made_of_recipes_and_come_out_closed() {
    for number in 0..kerf::samples::NAMES.len() {
        let mut state = state();
        state.apply(Command::OpenSample(number));
        settle(&mut state);
        assert_eq!(errors(&state), [""; 0]);
        for (id, node) in state.document().nodes() {
            assert!(!matches!(node.content, Content::Part(_)), "{} is not a recipe", node.name);
            if !matches!(node.content, Content::Group) {
                assert!(volume(&state, id) > 0.0);
            }
        }
    }
}

/// Whatever is called in whatever order: no panic, and the document stays a forest.
#[test]
fn no_command_breaks_the_state() {
    let mut state = state();
    for shape in Shape::ALL {
        state.apply(Command::Add(shape));
    }
    let mut seed = 7_u64;
    for _ in 0..300 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let commands = table();
        let info = &commands[(seed >> 33) as usize % commands.len()];
        if matches!(info.command, Command::ChooseFiles | Command::OpenSample(_) | Command::NewDocument) {
            continue;
        }
        // Over and over again these would make more and more triangles.
        if let Command::Modify(modifier) = info.command
            && !matches!(modifier, Modifier::Repair | Modifier::Hull | Modifier::Trim | Modifier::Simplify)
        {
            continue;
        }
        if enabled(&info.command, &state).is_ok() {
            state.apply(info.command.clone());
        }
        state.update();
        state.effects.clear();
        if (seed >> 20).is_multiple_of(5) {
            state.apply(Command::SelectAll);
        }
        let document = state.document();
        let reached: usize = document.roots().iter().map(|&root| document.subtree(root).len()).sum();
        assert_eq!(reached, document.num_nodes(), "after {}", info.id);
    }
    settle(&mut state);
}

#[test]
fn a_new_document_can_be_undone() {
    let mut state = state();
    state.apply(Command::Add(Shape::Box));
    let revision = state.revision;
    state.project =
        kerf::state::Project { file: Some("/parts/plate.kerf".into()), name: None, saved_revision: revision };
    state.apply(Command::NewDocument);
    assert!(state.document().is_empty() && state.project.file.is_none() && !state.is_dirty());
    assert_eq!(state.history.undo_label(), Some("New Document"));
    state.apply(Command::Add(Shape::Cone));
    state.apply(Command::Undo);
    state.apply(Command::Undo);
    assert!(state.document().nodes().any(|(_, node)| node.name == "Box"));
    assert_eq!(state.project.file.as_deref(), Some("/parts/plate.kerf"));
    assert_eq!(state.project_name(), "plate");
    state.apply(Command::Redo);
    assert!(state.document().is_empty() && state.project.file.is_none());
    assert_eq!(state.project_name(), "Untitled");
    state.apply(Command::OpenSample(0));
    assert_eq!(state.project_name(), "Bracket");
    state.apply(Command::Undo);
    assert!(state.document().is_empty());
    settle(&mut state);
}

#[test]
fn the_unit_of_an_empty_document_is_no_change() {
    let mut state = state();
    state.apply(Command::Edit(Edit::SetUnit(LengthUnit::Inch), None));
    assert_eq!(state.document().unit(), LengthUnit::Inch);
    assert!(state.history.undo_label().is_none() && !state.is_dirty());
    state.apply(Command::Add(Shape::Box));
    state.apply(Command::NewDocument);
    assert_eq!(state.document().unit(), LengthUnit::Inch, "new documents keep the choice");
    state.apply(Command::Undo);
    state.apply(Command::Edit(Edit::SetUnit(LengthUnit::Metre), None));
    assert_eq!(state.history.undo_label(), Some("Show lengths in m"), "with parts it is a step");
    settle(&mut state);
}

#[test]
fn a_section_goes_through_the_middle_and_is_flipped_and_ended() {
    let mut state = state();
    let call = |state: &mut State, id: &str| {
        let info = table().into_iter().find(|info| info.id == id).expect("the command is there");
        let allowed = enabled(&info.command, state).is_ok();
        if allowed {
            state.apply(info.command);
        }
        allowed
    };
    assert!(!call(&mut state, "view.section-x") && !call(&mut state, "view.section-flip"));
    cube(&mut state, [20.0, 0.0, 0.0]);
    cube(&mut state, [40.0, 0.0, 0.0]);
    settle(&mut state);
    assert!(call(&mut state, "view.section-x"));
    let plane =
        |state: &State| state.view.sections.planes().first().map(|plane| (plane.normal, plane.offset));
    assert_eq!(plane(&state), Some((DVec3::X, 30.0)));
    assert_eq!(state.view.sections.all()[0].reach(), [15.0, 45.0]);
    assert!(call(&mut state, "view.section-flip"));
    assert_eq!(plane(&state), Some((DVec3::NEG_X, -30.0)));
    assert!(call(&mut state, "view.section-z"));
    assert_eq!(state.view.sections.all().len(), 2);
    assert!(call(&mut state, "view.section-x"), "the second call ends it");
    assert_eq!(state.view.sections.all().len(), 1);
    assert!(call(&mut state, "view.section-off") && state.view.sections.is_empty());
    assert!(call(&mut state, "view.section-camera"));
    let back = state.view.camera.pose().camera().world_from_view.matrix3.z_axis;
    assert!(plane(&state).expect("it is there").0.distance(back) < 1e-9);
    assert!(call(&mut state, "view.section-box") && state.view.sections.is_box());
    assert!(call(&mut state, "view.section-y"), "a plane takes the place of the box");
    assert_eq!(state.view.sections.all().len(), 1);
    assert!(!call(&mut state, "view.section-face"), "no face was clicked");
    state.view.face = Some(Face { point: DVec3::splat(1.0), normal: DVec3::Z * 3.0 });
    assert!(call(&mut state, "view.section-face"));
    assert_eq!(state.view.sections.active().map(|(_, section)| section.at), Some(1.0));
}

/// What the active section cuts is measured by a job, written as a drawing, and parts are cut there.
#[test]
fn what_a_section_cuts_is_measured_drawn_and_cut_for_good() {
    let mut state = state();
    cube(&mut state, [0.0, 0.0, 0.0]);
    let second = cube(&mut state, [40.0, 0.0, 0.0]);
    settle(&mut state);
    state.apply(Command::SelectNone);
    state.apply(Command::ToggleSection(Axis::Z));
    settle(&mut state);
    let section = state.measured.section().expect("it was measured");
    assert_eq!((section.contours.len(), section.area, section.perimeter), (2, 200.0, 80.0));
    // Of the selection alone.
    state.apply(Command::Select(vec![second]));
    settle(&mut state);
    let section = state.measured.section().expect("it was measured");
    assert_eq!((section.contours.len(), section.area), (1, 100.0));
    state.apply(Command::ExportSection(DrawingFormat::Svg));
    settle(&mut state);
    let written = state.effects.iter().find_map(|effect| match effect {
        Effect::SaveFile { name, bytes, .. } => {
            Some((name.clone(), String::from_utf8_lossy(bytes).into_owned()))
        }
        _ => None,
    });
    let (name, text) = written.expect("a drawing");
    assert!(name.ends_with("section.svg") && text.contains("<svg"), "{name}");

    state.apply(Command::CutAtSection(TrimKept::Below));
    assert!(state.view.sections.is_empty(), "it has done its work");
    settle(&mut state);
    let volume = |state: &State, id| {
        let top = std::iter::successors(Some(id), |&id| state.document().node(id)?.parent).last()?;
        state.parts.shown(state.document(), top).map(|part| part.facts.volume)
    };
    assert!((volume(&state, second).expect("it is there") - 500.0).abs() < 1e-9);
    state.apply(Command::Undo);
    settle(&mut state);
    assert!((volume(&state, second).expect("it is there") - 1000.0).abs() < 1e-9);
    // Nowhere near.
    state.apply(Command::ToggleSection(Axis::Z));
    let (number, section) = state.view.sections.active().expect("it is there");
    state.apply(Command::SetSection(number, Some(section.moved_to(90.0))));
    state.apply(Command::CutAtSection(TrimKept::Both));
    assert!(!state.view.sections.is_empty() && state.history.redo_label().is_some(), "nothing was done");
}

#[test]
fn the_distance_of_two_parts_is_measured_kept_and_saved() {
    let mut state = state();
    let [a, b] = [cube(&mut state, [0.0; 3]), cube(&mut state, [13.0, 14.0, 0.0])];
    settle(&mut state);
    state.apply(Command::Select(vec![a, b]));
    assert!(enabled(&Command::MeasureGap, &state).is_ok());
    state.apply(Command::MeasureGap);
    settle(&mut state);
    let read = |state: &State| {
        let (_, measurement) = state.document().measurements().next().expect("it was kept");
        let reading = kerf::measuring::of(state.document(), measurement).expect("both parts are there");
        let Some((_, kerf::measuring::Amount::Length(length))) = reading.main else { panic!("{reading:?}") };
        (measurement.name.clone(), length)
    };
    let (name, length) = read(&state);
    assert!(name == "Shortest distance 1" && (length - 5.0).abs() < 1e-12, "{name} {length}");
    let stored = document::to_json(state.document());
    let part_of =
        |hash| stored.parts.iter().find(|part| part.hash == hash).and_then(|part| part.part.clone());
    let (again, warnings) =
        document::from_json(&stored.json, &part_of, &|_| None).expect("it was just written");
    assert!(warnings.is_empty() && again == *state.document());
    // A part that goes takes its measurements along; undo brings both back.
    state.apply(Command::Select(vec![b]));
    state.apply(Command::Delete);
    assert_eq!(state.document().measurements().count(), 0);
    state.apply(Command::Undo);
    assert_eq!(read(&state).1, length);
    // An older project has none.
    let older = stored.json.replace("\"measurements\"", "\"unknown\"");
    let (older, _) = document::from_json(&older, &part_of, &|_| None).expect("fields may be missing");
    assert_eq!(older.measurements().count(), 0);
}
