//! Comparison with kept pictures.

use std::path::PathBuf;

use renderer::RenderError;
use renderer::headless::{Headless, Image};

use crate::scenes::Shot;

/// A device, or the printed reason why there is none.
pub(crate) fn device() -> Option<Headless> {
    match Headless::new() {
        Ok(headless) => Some(headless),
        Err(error @ (RenderError::NoAdapter { .. } | RenderError::NoDevice { .. })) => {
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

pub(crate) fn draw(headless: &mut Headless, shot: &Shot) -> Image {
    headless.renderer.retain(|_| false, |_| false);
    for (&key, mesh) in &shot.meshes {
        headless.renderer.queue_mesh(key, mesh.clone());
    }
    for (&key, image) in &shot.textures {
        headless.renderer.queue_texture(key, image.clone());
    }
    headless.render(&shot.scene, &shot.view).unwrap_or_else(|error| panic!("{}: {error}", shot.name))
}

pub(crate) fn pixel(image: &Image, x: u32, y: u32) -> [u8; 4] {
    let start = ((y * image.width + x) * 4) as usize;
    image.rgba[start..start + 4].try_into().unwrap()
}

fn path(name: &str) -> PathBuf {
    PathBuf::from(format!("tests/golden/{name}.png"))
}

pub(crate) fn write(path: &std::path::Path, image: &Image) {
    let file = std::fs::File::create(path).unwrap();
    let mut encoder = png::Encoder::new(std::io::BufWriter::new(file), image.width, image.height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header().unwrap().write_image_data(&image.rgba).unwrap();
}

fn read(path: &std::path::Path) -> Option<Image> {
    let file = std::fs::File::open(path).ok()?;
    let mut reader = png::Decoder::new(std::io::BufReader::new(file)).read_info().unwrap();
    let mut rgba = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut rgba).unwrap();
    Some(Image { width: info.width, height: info.height, rgba })
}

/// Pixels where any channel differs by more than `tolerance`.
pub(crate) fn num_different(a: &Image, b: &Image, tolerance: u8) -> usize {
    assert_eq!((a.width, a.height), (b.width, b.height));
    let pixels = a.rgba.as_chunks::<4>().0.iter().zip(b.rgba.as_chunks::<4>().0);
    pixels.filter(|(a, b)| a.iter().zip(*b).any(|(a, b)| a.abs_diff(*b) > tolerance)).count()
}

/// Compares with the kept picture. `tolerance` is per channel of 255, `allowed` the share of pixels that may be beyond
/// it. With `KERF_UPDATE_GOLDEN=1` the picture is kept instead.
pub(crate) fn check(name: &str, image: &Image, tolerance: u8, allowed: f64) {
    let path = path(name);
    if std::env::var_os("KERF_UPDATE_GOLDEN").is_some() {
        write(&path, image);
        println!("{name}: kept");
        return;
    }
    let kept =
        read(&path).unwrap_or_else(|| panic!("{name}: no kept picture; run with KERF_UPDATE_GOLDEN=1"));
    let different = num_different(image, &kept, tolerance);
    let total = kept.rgba.len() / 4;
    println!("{name}: {different} of {total} pixels differ by more than {tolerance}");
    if different as f64 > allowed * total as f64 {
        let found = std::env::temp_dir().join(format!("kerf-{name}.png"));
        write(&found, image);
        panic!(
            "{name}: {different} of {total} pixels differ by more than {tolerance}; see {}",
            found.display()
        );
    }
}
