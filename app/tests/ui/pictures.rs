//! Pictures of the panels to look at: set `KERF_UI_PICTURES` to a folder. Nothing is compared.

use std::path::Path;

use jobs::BooleanOp;
use kerf::command::{Command, Shape};
use kerf::notify::Level;
use kerf::settings::Settings;

use super::harness::{App, app_with, finish_jobs, node};

fn save(harness: &mut egui_kittest::Harness<'static, App>, folder: &Path, name: &str) {
    let image = harness.render().expect("there is a GPU, or a software one");
    let file = std::fs::File::create(folder.join(format!("{name}.png"))).expect("the folder can be written");
    let mut encoder = png::Encoder::new(file, image.width(), image.height());
    encoder.set_color(png::ColorType::Rgba);
    encoder
        .write_header()
        .and_then(|mut writer| writer.write_image_data(image.as_raw()))
        .expect("the disk has room");
}

fn picture(
    folder: &Path,
    name: &str,
    size: [f32; 2],
    per_point: f32,
    dark: bool,
    prepare: impl Fn(&mut App),
) {
    let settings = Settings { dark, ..Settings::default() };
    let empty = name.starts_with("empty");
    let shapes: &[Shape] =
        if empty { &[] } else { &[Shape::Box, Shape::Sphere, Shape::Cylinder, Shape::Torus] };
    let mut harness = app_with(size, shapes, settings, per_point);
    prepare(harness.state_mut());
    finish_jobs(&mut harness.state_mut().state);
    harness.run_steps(12);
    save(&mut harness, folder, name);
}

fn select(app: &mut App, names: &[&str]) {
    let nodes = names.iter().map(|name| node(&app.state, name)).collect();
    app.state.apply(Command::Select(nodes));
}

fn cut(app: &mut App) {
    select(app, &["Box", "Cylinder"]);
    app.state.apply(Command::Boolean(BooleanOp::Difference));
}

#[test]
fn pictures_for_people() {
    let Ok(folder) = std::env::var("KERF_UI_PICTURES") else {
        println!("skipped: KERF_UI_PICTURES names no folder");
        return;
    };
    let folder = Path::new(&folder);
    let desk = [1280.0, 800.0];
    for dark in [true, false] {
        let name = |what: &str| format!("{what}-{}", if dark { "dark" } else { "light" });
        picture(folder, &name("empty"), desk, 1.0, dark, |_| {});
        picture(folder, &name("box"), desk, 1.0, dark, |app| select(app, &["Box"]));
        picture(folder, &name("cut"), desk, 2.0, dark, cut);
        picture(folder, &name("several"), [800.0, 600.0], 1.0, dark, |app| select(app, &["Sphere", "Torus"]));
        picture(folder, &name("palette"), desk, 1.0, dark, |app| app.state.apply(Command::TogglePalette));
        picture(folder, &name("phone"), [390.0, 800.0], 2.0, dark, |app| select(app, &["Box"]));
    }
    picture(folder, "settings", desk, 1.0, true, |app| app.state.apply(Command::ToggleSettings));
    picture(folder, "shortcuts", desk, 1.0, false, |app| app.state.apply(Command::ToggleShortcuts));
    picture(folder, "empty-phone", [390.0, 800.0], 1.0, true, |_| {});
    picture(folder, "messages", desk, 1.0, true, |app| {
        app.state.notify(Level::Info, "bracket.stl was opened", vec![]);
        app.state.notify(
            Level::Warning,
            "2 textures are missing",
            vec!["wood.png".to_owned(), "steel.png".to_owned()],
        );
        let text =
            "STL ends early: 1 200 triangles need 60 084 bytes, found 41 230. Export it again. — bracket.stl";
        app.state.notify(Level::Error, text, vec![]);
    });
}
