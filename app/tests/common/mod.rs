//! What the tests of the app share.
#![allow(unreachable_pub, reason = "a module of test binaries")]

use std::time::{Duration, Instant};

use kerf::job_queue::JobQueue;
use kerf::settings::Settings;
use kerf::state::State;

/// An app without a window.
pub fn state() -> State {
    State::new(Settings::default(), JobQueue::unwatched())
}

/// Lets all work finish.
pub fn settle(state: &mut State) {
    #[expect(clippy::disallowed_methods, reason = "a test that hangs must end")]
    let start = Instant::now();
    while state.update_and_wait() {
        assert!(start.elapsed() < Duration::from_secs(60), "work does not end");
        std::thread::sleep(Duration::from_millis(1));
    }
}
