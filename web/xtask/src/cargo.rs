//! Calls of cargo, rustup and the system.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Result;

/// The target triple of the web app.
pub const WASM: &str = "wasm32-unknown-unknown";

/// A cargo command in the workspace.
#[must_use]
pub fn cargo() -> Command {
    Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}

/// The folder of the workspace.
///
/// # Errors
/// When this source has been moved away from it.
pub fn workspace_root() -> Result<PathBuf> {
    // Clones may share a build folder, and cargo does not build this anew in each: where it runs counts, not where it was built.
    let package = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    let root = Path::new(&package).join("../..");
    Ok(root.canonicalize().map_err(|error| format!("the workspace is not at {}: {error}", root.display()))?)
}

/// The folder cargo builds into.
///
/// # Errors
/// When the workspace is not found.
pub fn target_dir() -> Result<PathBuf> {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => Ok(std::path::absolute(dir)?),
        None => Ok(workspace_root()?.join("target")),
    }
}

/// Runs a command and fails when it fails.
///
/// # Errors
/// When it cannot be started, or ends with a failure.
pub fn run(command: &mut Command) -> Result<()> {
    let status =
        command.status().map_err(|error| format!("{} cannot be started: {error}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("{} failed ({status})", shown(command)).into()) }
}

/// Whether a program can be started.
#[must_use]
pub fn has(program: &str) -> bool {
    let mut probe = Command::new(program);
    probe.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    probe.status().is_ok_and(|status| status.success())
}

/// A command as one would type it.
#[must_use]
pub fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Installs the Wasm target of the toolchain in use when it is missing.
///
/// # Errors
/// When it is missing and cannot be installed; the message says what to do.
pub fn ensure_wasm_target() -> Result<()> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).args(["--print", "target-libdir", "--target", WASM]).output()?;
    let libdir = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if output.status.success() && libdir.is_dir() {
        return Ok(());
    }
    println!("installing the Rust target {WASM}");
    run(Command::new("rustup").args(["target", "add", WASM])).map_err(|error| {
        format!("the Rust target {WASM} is missing ({error}); install it with `rustup target add {WASM}`")
            .into()
    })
}

/// Opens a page in the browser of the desktop; does nothing where there is none.
pub fn open_browser(url: &str) {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else if std::env::var_os("DISPLAY").is_some() || std::env::var_os("WAYLAND_DISPLAY").is_some() {
        "xdg-open"
    } else {
        return;
    };
    let opened = Command::new(program).arg(url).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    if opened.is_err() {
        println!("no browser could be opened; open the address above yourself");
    }
}
