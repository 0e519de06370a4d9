//! The `kerf` binary: a command line, or a window.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(not(target_arch = "wasm32"))]
    {
        kerf::native::main()
    }
    // The page has its own entry; see the `web` crate.
    #[cfg(target_arch = "wasm32")]
    ExitCode::FAILURE
}
