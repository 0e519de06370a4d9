//! One description of some scenes, drawn natively and by the page with both backends, against one kept picture each.
//!
//! `KERF_UPDATE_GOLDEN=1` keeps what is drawn natively; look at it before committing. `KERF_LOOK=folder` writes what the
//! page drew into a folder.

#![allow(clippy::print_stdout, reason = "tests tell how much pictures differ")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use browser_tests::{Backend, Failure, Page, Picture, Result, Site, gltf, on_each_backend};
use jobs::{FileRef, FileSource};
use kerf::command::Command;
use kerf::job_queue::JobQueue;
use kerf::settings::Settings;
use kerf::snapshot::Snapshot;
use kerf::state::State;
use serde_json::{Value, json};

/// Per channel, in 255ths. Up to this nobody sees a difference of a few pixels at the edge of something.
const TOLERANCE: u8 = 12;

/// What one renderer may do differently from the one that drew the kept pictures.
struct Limits {
    /// Share of pixels beyond [`TOLERANCE`]: rasterisers choose differently at edges.
    off_share: f64,
    /// Mean difference in 255ths: a picture that is a little darker all over is beyond this.
    mean: f64,
}

/// Natively, with whatever Vulkan there is.
const NATIVE: Limits = Limits { off_share: 0.01, mean: 0.2 };
/// In Chromium, which draws with SwiftShader, while Mesa's rasteriser drew the kept pictures: soft lines of the grid and
/// borders inside textures come out differently by some 255ths (0.9 % beyond the tolerance and 0.48 in the mean at most).
const PAGE: Limits = Limits { off_share: 0.012, mean: 0.6 };

/// A scene and how it is looked at.
struct Scene {
    name: &'static str,
    what: What,
    /// Number of a selected node.
    selected: Option<u32>,
    /// As for `kerf.screenshot()`, without the size.
    look: Value,
}

enum What {
    /// A sample by its command.
    Sample(&'static str),
    /// A file to be made in a folder.
    File(fn(&Path) -> PathBuf),
}

fn scenes() -> Vec<Scene> {
    let scene = |name, what, look| Scene { name, what, selected: None, look };
    vec![
        scene(
            "textured",
            What::File(gltf::textured),
            json!({ "view": "iso", "mode": "shaded", "background": "light", "grid": false }),
        ),
        scene(
            "glass",
            What::File(gltf::glass),
            json!({ "view": "front", "mode": "shaded", "background": "light", "grid": false }),
        ),
        scene(
            "points_and_lines",
            What::File(gltf::points_and_lines),
            json!({ "view": "iso", "mode": "shaded", "background": "dark", "grid": true }),
        ),
        scene(
            "edges_and_grid",
            What::Sample("sample.bracket"),
            json!({ "view": "iso", "mode": "edges", "background": "light", "grid": true }),
        ),
        scene(
            "section",
            What::Sample("sample.assembly"),
            json!({ "view": "iso", "mode": "edges", "background": "light", "grid": true, "sections": [
                { "normal": [1, 0, 0], "offset": 0 }, { "normal": [0, 0, 1], "offset": 6 },
            ] }),
        ),
        scene(
            "wireframe",
            What::Sample("sample.assembly"),
            json!({ "view": "iso", "mode": "wireframe", "background": "dark", "grid": false }),
        ),
        scene(
            "x_ray_without_background",
            What::Sample("sample.bracket"),
            json!({ "view": "front", "mode": "x-ray", "background": "transparent", "orthographic": true, "grid": false }),
        ),
        Scene {
            selected: Some(2),
            ..scene(
                "selected",
                What::Sample("sample.assembly"),
                json!({ "view": "iso", "mode": "edges", "background": "dark", "grid": true }),
            )
        },
    ]
}

fn options(scene: &Scene) -> Value {
    let mut options = scene.look.clone();
    options["width"] = json!(320);
    options["height"] = json!(240);
    options
}

fn kept(name: &str) -> PathBuf {
    PathBuf::from(format!("tests/pictures/{name}.png"))
}

/// Compares with the kept picture.
fn check(who: &str, scene: &Scene, found: &Picture, limits: &Limits) -> Result<()> {
    let file = kept(scene.name);
    let bytes = std::fs::read(&file).map_err(|error| {
        Failure::new(format!("{}: {error}; KERF_UPDATE_GOLDEN=1 makes it", file.display()))
    })?;
    let difference = found.difference(&Picture::decode(&bytes)?, TOLERANCE);
    println!(
        "{who}, {}: {:.3} % of the pixels differ by more than {TOLERANCE}, {:.3} in the mean",
        scene.name,
        difference.off_share * 100.0,
        difference.mean
    );
    if let Some(folder) = std::env::var_os("KERF_LOOK") {
        found.write(&Path::new(&folder).join(format!("{}-{who}.png", scene.name)));
    }
    if difference.off_share > limits.off_share || difference.mean > limits.mean {
        let look = std::env::temp_dir().join(format!("kerf-{}-{who}.png", scene.name));
        found.write(&look);
        return Err(Failure::new(format!("{who}, {}: {difference:?}; see {}", scene.name, look.display())));
    }
    Ok(())
}

/// What `kerf render` draws.
fn drawn_natively(scene: &Scene, dir: &Path) -> Result<Picture> {
    let mut state = State::new(Settings::default(), JobQueue::unwatched());
    match &scene.what {
        What::Sample(id) => {
            let sample = kerf::command::table().into_iter().find(|info| info.id == *id);
            state.apply(sample.ok_or_else(|| Failure::new(format!("no command {id}")))?.command);
        }
        What::File(make) => {
            let path = make(dir).to_string_lossy().into_owned();
            let name = format!("{}.gltf", scene.name);
            state.apply(Command::OpenFiles(vec![FileRef { name, source: FileSource::Path(path) }]));
        }
    }
    while state.update_and_wait() {
        std::thread::sleep(Duration::from_millis(1));
    }
    state.apply(Command::Select(scene.selected.map(document::NodeId).into_iter().collect()));
    let snapshot = Snapshot::from_json(&options(scene)).map_err(Failure::new)?;
    let image = kerf::headless::draw(&state, &snapshot).map_err(|error| Failure::new(error.to_string()))?;
    let image = image.ok_or_else(|| Failure::new(format!("{}: nothing is shown", scene.name)))?;
    Ok(Picture { width: image.width, height: image.height, rgba: image.rgba })
}

/// What the page draws.
fn drawn_by(page: &Page, site: &Site, scene: &Scene) -> Result<Picture> {
    // Refused while the document is empty.
    page.command("file.new", &Value::Null).or(Ok(Value::Null))?;
    match &scene.what {
        What::Sample(id) => drop(page.command(id, &Value::Null)?),
        What::File(make) => {
            let file = make(&site.models);
            let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            page.evaluate(&format!("kerf.open({})", json!(site.model_url(&name))))?;
        }
    }
    page.wait_for(
        "kerf.state().num_nodes > 0 && kerf.state().nodes.every((node) => node.status === 'ready')",
    )?;
    page.command("select", &json!({ "nodes": scene.selected.into_iter().collect::<Vec<_>>() }))?;
    page.picture(&options(scene))
}

#[test]
fn the_command_line_draws_the_kept_pictures() {
    let dir = std::env::temp_dir().join(format!("kerf-pictures-{}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("the folder for temporary files can be written");
    let mut failures = Vec::new();
    for scene in scenes() {
        let picture = drawn_natively(&scene, &dir).expect("software Vulkan draws everywhere");
        if std::env::var_os("KERF_UPDATE_GOLDEN").is_some() {
            picture.write(&kept(scene.name));
        }
        failures.extend(check("native", &scene, &picture, &NATIVE).err().map(|failure| failure.to_string()));
    }
    drop(std::fs::remove_dir_all(&dir));
    assert_eq!(failures, [""; 0]);
}

#[test]
fn the_page_draws_the_kept_pictures() {
    on_each_backend(|site, _browser, page| {
        let backend: Backend = page.backend();
        let mut failures = Vec::new();
        for scene in scenes() {
            let picture = drawn_by(page, site, &scene)?;
            failures.extend(
                check(backend.name(), &scene, &picture, &PAGE).err().map(|failure| failure.to_string()),
            );
        }
        if failures.is_empty() { Ok(()) } else { Err(Failure::new(failures.join("\n"))) }
    });
}
