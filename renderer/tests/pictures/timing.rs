//! What a frame costs; run with `cargo test -p renderer --release -- --ignored --nocapture frame_times`.

use std::time::Instant;

use glam::{DAffine3, DVec3};
use renderer::{Quality, SectionPlane};

use crate::compare::device;
use crate::scenes::{self, Shot};
use crate::sections;

#[test]
#[ignore = "prints times, decides nothing"]
fn frame_times() {
    let Some(mut headless) = device() else { return };
    println!("{}", headless.adapter_name());
    let full = Quality::default();
    let qualities = [
        ("4 samples, shadows", full),
        ("4 samples", Quality { shadows: false, ..full }),
        ("1 sample, shadows", Quality { samples: 1, ..full }),
        ("1 sample, half size", Quality { samples: 1, render_scale: 0.5, ..full }),
    ];
    for (name, quality) in qualities {
        let mut shot = scenes::assembly([1000, 700]);
        shot.view.quality = quality;
        time(&mut headless, &format!("assembly, {name}"), &mut shot);
    }
    time(&mut headless, "transparent, 4 samples, shadows", &mut scenes::transparent([1000, 700]));
    let (mut million, found) = sections::million([1000, 700]);
    println!("a million triangles: {:.2} ms to find what a plane cuts", found.as_secs_f64() * 1e3);
    time(&mut headless, "a million triangles", &mut million);
    million.view.sections = vec![SectionPlane { normal: DVec3::NEG_Y, offset: 0.0 }];
    sections::cut(&mut million);
    time(&mut headless, "a million triangles, cut", &mut million);
    let mut cut = sections::section([1000, 700]);
    time(&mut headless, "assembly, cut, 4 samples, shadows", &mut cut);
    time(&mut headless, "10,000 boxes", &mut scenes::boxes([1000, 700], 100));
}

/// The camera turns, so nothing but the shadows may be reused.
#[expect(clippy::disallowed_methods, reason = "a native measurement reads the clock")]
fn time(headless: &mut renderer::headless::Headless, name: &str, shot: &mut Shot) {
    crate::compare::draw(headless, shot);
    let frames = 10;
    let start = Instant::now();
    for _ in 0..frames {
        let turn = DAffine3::from_axis_angle(DVec3::Z, 0.01);
        shot.view.camera.world_from_view = turn * shot.view.camera.world_from_view;
        headless.render(&shot.scene, &shot.view).unwrap();
    }
    let each = start.elapsed().as_secs_f64() * 1e3 / f64::from(frames);
    println!("{name}: {each:.1} ms, {:?}", headless.last_stats());
}
