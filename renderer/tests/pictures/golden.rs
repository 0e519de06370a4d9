//! Pictures that must not change unnoticed. `KERF_UPDATE_GOLDEN=1` keeps new ones; look at them before committing.
//! `KERF_LOOK=folder` draws all scenes large into a folder instead.

use crate::compare::{check, device, draw, write};
use crate::scenes::{self, Shot};
use crate::sections;
use renderer::DrawMode;

const SIZE: [u32; 2] = [256, 192];
/// One device must give the same picture always; between devices, rounding moves edges by fractions of a pixel.
const TOLERANCE: u8 = 6;
const ALLOWED: f64 = 0.01;

fn shots(size_px: [u32; 2]) -> Vec<Shot> {
    vec![
        scenes::spheres(size_px),
        scenes::part(size_px),
        scenes::assembly(size_px),
        scenes::transparent(size_px),
        scenes::highlights(size_px),
        scenes::in_mode(size_px, "x_ray", DrawMode::XRay),
        scenes::in_mode(size_px, "wireframe", DrawMode::Wireframe),
        scenes::orthographic(size_px),
        scenes::points_and_lines(size_px),
        scenes::open_boxes(size_px),
        sections::section(size_px),
        sections::quarter(size_px),
        sections::nested(size_px),
        sections::touching(size_px),
        sections::see_through(size_px),
        sections::x_ray(size_px),
    ]
}

#[test]
fn kept_pictures() {
    let Some(mut headless) = device() else { return };
    println!("drawn by {}", headless.adapter_name());
    for shot in shots(SIZE) {
        let image = draw(&mut headless, &shot);
        check(shot.name, &image, TOLERANCE, ALLOWED);
    }
}

#[test]
fn large_pictures_to_look_at() {
    let Some(folder) = std::env::var_os("KERF_LOOK") else { return };
    let Some(mut headless) = device() else { return };
    for shot in shots([1000, 700]) {
        let image = draw(&mut headless, &shot);
        write(&std::path::Path::new(&folder).join(format!("{}.png", shot.name)), &image);
    }
}
