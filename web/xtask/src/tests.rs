//! Every check of the project, in the order that finds mistakes soonest.

use std::process::Command;

use crate::bundle::{self, Build, Options};
use crate::cargo::{WASM, cargo, ensure_wasm_target, has, run as run_command, target_dir, workspace_root};
use crate::steps::Tally;
use crate::{Result, size};

/// How much is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Everything, as in CI.
    Everything,
    /// Without the shipped build and the browser.
    Fast,
}

/// Crates that also run as Wasm.
const WASM_CRATES: [&str; 8] =
    ["geometry", "assets", "renderer", "jobs", "document", "kerf", "web", "worker"];

/// Runs the checks and tells whether all of them passed.
///
/// # Errors
/// When something needed is missing and cannot be installed.
pub fn run(scope: Scope) -> Result<bool> {
    ensure_wasm_target()?;
    ensure_system(scope)?;
    let root = workspace_root()?;
    let mut tally = Tally::default();
    let in_root = |args: &[&str]| {
        let mut command = cargo();
        command.current_dir(&root).args(args);
        command
    };
    tally.command("format", &mut in_root(&["fmt", "--all", "--check"]));
    tally
        .command("clippy", &mut in_root(&["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]));
    let mut clippy_wasm = in_root(&["clippy", "--lib", "--target", WASM]);
    clippy_wasm
        .env("CLIPPY_CONF_DIR", root.join("web/lints"))
        .args(WASM_CRATES.iter().flat_map(|name| ["-p", name]));
    tally.command("clippy for wasm32", clippy_wasm.args(["--", "-D", "warnings"]));
    let mut docs = in_root(&["doc", "--workspace", "--no-deps", "--document-private-items"]);
    tally.command("docs", docs.env("RUSTDOCFLAGS", "-D warnings"));
    let tests = ["test", "--workspace", "--no-fail-fast", "--exclude", "browser_tests"];
    fetch_validator()?;
    tally.command(
        "unit, property and corpus tests",
        &mut in_root(&[&tests[..], &["--lib", "--bins", "--tests"]].concat()),
    );
    same_bits(&mut tally, &in_root)?;
    tally.command("doc tests", &mut in_root(&[&tests[..], &["--doc"]].concat()));
    if scope == Scope::Everything {
        browser(&mut tally, &in_root)?;
    }
    Ok(tally.finish())
}

/// Gets the validator that the tests of our glTF files use, where there is npm. They say so where it is missing.
fn fetch_validator() -> Result<()> {
    let prefix = target_dir()?.join("tmp/gltf-validator");
    if prefix.join("node_modules").is_dir() {
        return Ok(());
    }
    let mut install = Command::new("npm");
    install
        .args(["install", "--no-fund", "--no-audit", "--prefix"])
        .arg(&prefix)
        .arg("gltf-validator@2.0.0-dev.3.10");
    if !has("npm") || run_command(&mut install).is_err() {
        println!("written glTF files are not validated: npm could not get gltf-validator");
    }
    Ok(())
}

/// The kernel as Wasm against the kernel here.
fn same_bits(tally: &mut Tally, in_root: &dyn Fn(&[&str]) -> Command) -> Result<()> {
    if !has("node") {
        println!("the kernel as Wasm is not compared with the kernel here: there is no node");
        return Ok(());
    }
    let mut build = in_root(&["build", "-p", "same_bits", "--lib", "--target", WASM]);
    if tally.check("the kernel as Wasm", || run_command(&mut build)) {
        let module = target_dir()?.join(WASM).join("debug/same_bits.wasm");
        let mut test = in_root(&["test", "-p", "same_bits", "--tests"]);
        tally.command("same bits as Wasm", test.env("KERF_SAME_BITS_WASM", module));
    }
    Ok(())
}

fn browser(tally: &mut Tally, in_root: &dyn Fn(&[&str]) -> Command) -> Result<()> {
    let options = Options::of(Build::Release)?;
    if !tally.check("web build", || bundle::build(&options).map(drop)) {
        return Ok(());
    }
    tally.check("size of the first download", || {
        let sizes = size::of_first_download(&options.dir)?;
        print!("{sizes}");
        if sizes.is_within_limit() { Ok(()) } else { Err("the first download is too large".into()) }
    });
    // One browser at a time: software rasterizers on few cores make tests wait for each other.
    let mut tests = in_root(&["test", "-p", "browser_tests", "--no-fail-fast", "--", "--test-threads=1"]);
    tally.command("browser tests", tests.env("KERF_SITE_DIR", &options.dir));
    Ok(())
}

/// What the system must bring, by the program that shows its presence, and the Debian packages that bring it.
fn ensure_system(scope: Scope) -> Result<()> {
    let mut missing: Vec<&str> = Vec::new();
    if scope == Scope::Everything && !has_chromium() {
        missing.push("chromium");
    }
    if cfg!(target_os = "linux") && !has_software_vulkan() {
        missing.extend(["mesa-vulkan-drivers", "libvulkan1"]);
    }
    if missing.is_empty() {
        return Ok(());
    }
    let install = format!("apt-get install -y {}", missing.join(" "));
    if !(has("apt-get") && is_root()) {
        return Err(
            format!("missing on this system: {}; install with `{install}`", missing.join(", ")).into()
        );
    }
    println!("installing {}", missing.join(", "));
    run_command(Command::new("apt-get").arg("update"))?;
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "--no-install-recommends"])
        .args(&missing);
    run_command(&mut apt).map_err(|error| format!("{error}; install with `{install}`").into())
}

fn has_chromium() -> bool {
    ["chromium", "chromium-browser", "google-chrome"].into_iter().any(has)
        || std::env::var_os("KERF_CHROMIUM").is_some()
}

fn has_software_vulkan() -> bool {
    let folders = ["/usr/share/vulkan/icd.d", "/etc/vulkan/icd.d", "/usr/local/share/vulkan/icd.d"];
    let mut drivers = folders.into_iter().filter_map(|dir| std::fs::read_dir(dir).ok()).flatten().flatten();
    drivers.any(|entry| entry.path().extension().is_some_and(|extension| extension == "json"))
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output();
    id.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim() == "0")
}
