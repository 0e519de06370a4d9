//! The walls between crates, and what must be absent behind them, as ARCHITECTURE.md promises.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new("..").canonicalize().expect("the workspace is above")
}

/// The source files below a folder of the workspace without their tests: paths relative to it, and text.
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = root();
    let rust = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs")
    };
    let found: Vec<_> = tests::files_below(&root.join(folder))
        .into_iter()
        .filter(rust)
        .map(|path| {
            let name = path.strip_prefix(&root).expect("it is below").to_string_lossy().replace('\\', "/");
            let text = std::fs::read_to_string(&path).expect("sources are UTF-8");
            (name, text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default().to_owned())
        })
        .collect();
    assert!(!found.is_empty(), "{folder} has no sources");
    found
}

/// Lines of code that hold a word, comments left out.
fn lines_with<'a>(text: &'a str, word: &str) -> Vec<&'a str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//") && line.contains(word)).collect()
}

#[test]
fn the_kernel_reads_no_clock_and_rounds_alike_everywhere() {
    const ABSENT: [&str; 9] = [
        "Instant",
        "SystemTime",
        "mul_add",
        ".sin()",
        ".cos()",
        ".sin_cos()",
        ".powf(",
        ".atan2(",
        "std::fs",
    ];
    for (name, text) in sources("geometry/src") {
        for word in ABSENT {
            assert_eq!(lines_with(&text, word), [""; 0], "{name}: {word} must not be in the kernel");
        }
    }
}

#[test]
fn the_platform_is_asked_for_in_few_places() {
    const PLACES: [&str; 5] =
        ["app/src/platform/", "app/src/job_queue/", "app/src/lib.rs", "app/src/main.rs", "app/src/app.rs"];
    for folder in ["geometry", "assets", "renderer", "app"] {
        for (name, text) in sources(folder) {
            if !PLACES.iter().any(|place| name.starts_with(place)) {
                let found = lines_with(&text, "target_arch");
                assert_eq!(found, [""; 0], "{name}: ask the platform module or the renderer's tier instead");
            }
        }
    }
}

#[test]
fn crates_use_only_what_is_below_them() {
    const WALLS: [(&str, &[&str]); 5] = [
        ("geometry", &["assets", "renderer", "jobs", "document", "kerf", "wgpu", "egui"]),
        ("assets", &["renderer", "jobs", "document", "kerf", "wgpu", "egui"]),
        ("renderer", &["assets", "jobs", "document", "kerf", "egui"]),
        ("app/jobs", &["renderer", "document", "kerf", "wgpu", "egui"]),
        ("app/document", &["renderer", "kerf", "wgpu", "egui"]),
    ];
    for (folder, absent) in WALLS {
        let manifest =
            std::fs::read_to_string(root().join(folder).join("Cargo.toml")).expect("a crate has a manifest");
        let (_, dependencies) = manifest.split_once("[dependencies]").expect("a crate has dependencies");
        let dependencies = dependencies.split("[dev-dependencies]").next().unwrap_or_default();
        for name in absent {
            let uses =
                |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['.', ' ', '=']));
            assert!(!dependencies.lines().any(uses), "{folder} must not use {name}");
        }
    }
}
