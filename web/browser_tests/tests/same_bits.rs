//! The same recipe gives the same bits on the desktop and in the browser: shapes, booleans of booleans, display arrays
//! apart. Content hashes are compared, so one bit of one coordinate would show.

use std::collections::BTreeMap;
use std::time::Duration;

use browser_tests::on_each_backend;
use kerf::command::Command;
use kerf::job_queue::JobQueue;
use kerf::settings::Settings;
use kerf::state::State;
use serde_json::{Value, json};

/// The hash of what each node of a sample shows, computed here.
fn native_hashes(sample: usize) -> BTreeMap<String, String> {
    let mut state = State::new(Settings::default(), JobQueue::unwatched());
    state.apply(Command::OpenSample(sample));
    while state.update_and_wait() {
        std::thread::sleep(Duration::from_millis(1));
    }
    let document = state.document();
    let hash = |id| state.parts.shown(document, id).map(|part| part.hash.to_string());
    document.nodes().filter_map(|(id, node)| Some((node.name.clone(), hash(id)?))).collect()
}

#[test]
fn samples_come_out_the_same_to_the_bit() {
    let expected: Vec<_> = (0..kerf::samples::NAMES.len()).map(native_hashes).collect();
    on_each_backend(|_site, _browser, page| {
        for (command, expected) in ["sample.bracket", "sample.assembly"].into_iter().zip(&expected) {
            page.command(command, &Value::Null)?;
            page.wait_for(&format!(
                "kerf.state().nodes.filter((node) => node.facts).length === {} \
                 && kerf.state().nodes.every((node) => node.status === 'ready')",
                expected.len()
            ))?;
            let found = page.evaluate(
                "Object.fromEntries(kerf.state().nodes.filter((node) => node.facts)\
                 .map((node) => [node.name, node.facts.hash]))",
            )?;
            assert_eq!(found, json!(expected), "{command}");
        }
        Ok(())
    });
}
