//! What the renderer promises beyond how a picture looks.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::compare::{device, draw, num_different, pixel};
use crate::{meshes, scenes};
use glam::{DAffine3, DVec3, Vec3};
use renderer::{Background, DrawMode, Projection, RenderError};

const SIZE: [u32; 2] = [256, 192];

/// Ten kilometres away, a thousandth of a millimetre still shows: nothing may move by as much as a pixel's shade.
#[test]
fn a_part_far_from_the_origin_looks_like_one_at_it() {
    let Some(mut headless) = device() else { return };
    let mut here = scenes::assembly(SIZE);
    // The ground lies at the world's Z = 0 and stays there; so do the axes.
    here.view.grid = None;
    let offset = DVec3::new(1e7, -1e7, 0.0);
    let mut there = scenes::moved(scenes::assembly(SIZE), offset);
    there.view.grid = None;
    let (a, b) = (draw(&mut headless, &here), draw(&mut headless, &there));
    let different = num_different(&a, &b, 2);
    println!("{different} of {} pixels differ by more than 2", SIZE[0] * SIZE[1]);
    assert!(different <= 10, "{different} pixels differ");
    // And the picture is not empty.
    let mut empty = scenes::assembly(SIZE);
    empty.view.grid = None;
    empty.scene.instances.clear();
    assert!(num_different(&a, &draw(&mut headless, &empty), 8) > 5_000);
}

#[test]
fn drawing_twice_gives_the_same_bytes() {
    let Some(mut headless) = device() else { return };
    let shot = scenes::highlights(SIZE);
    let first = draw(&mut headless, &shot);
    assert_eq!(first, draw(&mut headless, &shot));
}

#[test]
fn a_transparent_background_is_transparent_and_parts_are_not() {
    let Some(mut headless) = device() else { return };
    let mut shot = scenes::part(SIZE);
    shot.view.background = Background::Transparent;
    shot.view.grid = None;
    let image = draw(&mut headless, &shot);
    assert_eq!(pixel(&image, 2, 2)[3], 0);
    assert_eq!(pixel(&image, 100, 115)[3], 255);
    // The ground's shadow is black with some alpha.
    let shadow =
        image.rgba.as_chunks::<4>().0.iter().filter(|p| p[3] > 20 && p[3] < 235 && p[0] < 60).count();
    assert!(shadow > 50, "{shadow} pixels of shadow");
}

/// Orthographic and perspective agree where the camera looks, whichever way a part is turned or mirrored.
#[test]
fn a_unit_square_covers_the_pixels_it_should() {
    let Some(mut headless) = device() else { return };
    for mirrored in [1.0, -1.0] {
        let mut shot = scenes::Shot::new("square", [0.0, -100.0, 0.0], [0.0; 3], [200, 200]);
        shot.view.camera.projection = Projection::Orthographic { height: 20.0 };
        shot.view.grid = None;
        shot.view.background = Background::Transparent;
        shot.view.ground_shadow = 0.0;
        shot.view.mode = DrawMode::Shaded;
        let mesh = shot.mesh(meshes::cuboid(Vec3::new(5.0, 5.0, 2.5)));
        shot.place(mesh, [0.0; 3], &[]).world_from_mesh =
            DAffine3::from_scale(DVec3::new(mirrored, 1.0, 1.0));
        let image = draw(&mut headless, &shot);
        let covered = image.rgba.as_chunks::<4>().0.iter().filter(|p| p[3] == 255).count();
        assert_eq!(covered, 100 * 50, "mirrored {mirrored}");
        // Seen from outside: lit, not the dark of an inside.
        assert!(pixel(&image, 100, 100)[0] > 120, "{:?}", pixel(&image, 100, 100));
    }
}

#[test]
fn many_instances_are_few_draws() {
    let Some(mut headless) = device() else { return };
    let shot = scenes::boxes(SIZE, 100);
    draw(&mut headless, &shot);
    let stats = headless.last_stats();
    println!("{stats:?}");
    assert_eq!(stats.triangles, 12 * u64::from(stats.instances_drawn));
    assert_eq!(stats.instances_drawn + stats.instances_culled, 10_000);
    assert!(stats.instances_drawn > 5_000 && stats.draws < 20, "{stats:?}");
}

#[test]
fn uploads_come_in_slices() {
    let Some(mut headless) = device() else { return };
    let mesh = Arc::new(meshes::sphere(1.0, false));
    let bytes = mesh.vertices.len() * 48 + mesh.indices.len() * 4;
    let key = renderer::MeshKey(1);
    headless.renderer.queue_mesh(key, mesh);
    assert!(headless.renderer.has_mesh(key));
    let (mut calls, mut before) = (0, usize::MAX);
    loop {
        calls += 1;
        let state = headless.renderer.upload(16 << 10);
        assert!(state.refused.is_empty() && state.pending_bytes < before, "{state:?}");
        before = state.pending_bytes;
        if before == 0 {
            break;
        }
    }
    assert!(calls >= bytes / (16 << 10), "{calls} calls for {bytes} bytes");
    assert!(headless.renderer.memory_bytes() >= bytes);
    headless.renderer.retain(|_| false, |_| false);
    assert!(!headless.renderer.has_mesh(key) && headless.renderer.memory_bytes() < bytes);
}

#[test]
fn bad_input_gives_an_error_or_nothing_but_no_panic() {
    let Some(mut headless) = device() else { return };
    let mut shot = scenes::part([0, 10]);
    assert!(matches!(headless.render(&shot.scene, &shot.view), Err(RenderError::Size { .. })));
    shot.view.size_px = [1 << 20, 10];
    assert!(matches!(headless.render(&shot.scene, &shot.view), Err(RenderError::Size { .. })));
    shot.view.size_px = [64, 64];
    shot.view.camera.world_from_view = DAffine3::from_mat3_translation(glam::DMat3::ZERO, DVec3::ZERO);
    shot.scene.instances[0].world_from_mesh.translation.x = f64::NAN;
    let unknown = renderer::MeshKey(99);
    shot.place(unknown, [0.0; 3], &[renderer::MaterialKey(5)]);
    draw(&mut headless, &shot);
    let empty = shot.mesh(geometry::display::DisplayMesh::default());
    shot.place(empty, [0.0; 3], &[]);
    draw(&mut headless, &shot);
}

#[test]
fn an_environment_image_lights_the_scene() {
    let Some(mut headless) = device() else { return };
    let mut shot = scenes::part(SIZE);
    shot.view.lighting.key_intensity = 0.0;
    let rgb = [1.0, 0.0, 0.0].repeat(64 * 32);
    headless.renderer.set_environment(renderer::Environment::Equirect { width: 64, height: 32, rgb });
    let [r, g, b, _] = pixel(&draw(&mut headless, &shot), 100, 115);
    assert!(r > 150 && g < 60 && b < 60, "{r} {g} {b}");
    // An image that lies about its size is not used.
    let rgb = vec![0.0; 12];
    headless.renderer.set_environment(renderer::Environment::Equirect { width: 64, height: 32, rgb });
    let [r, g, _, _] = pixel(&draw(&mut headless, &shot), 100, 115);
    assert!(r.abs_diff(g) < 12 && r > 60, "{r} {g}");
}

#[test]
fn one_call_draws_without_a_renderer_at_hand() {
    let shot = scenes::part(SIZE);
    match renderer::headless::render_to_rgba(&shot.scene, &shot.meshes, &BTreeMap::new(), &shot.view) {
        Ok(image) => assert_eq!(image.rgba.len(), 256 * 192 * 4),
        Err(RenderError::NoAdapter { message }) => println!("skipped: {message}"),
        Err(error) => panic!("{error}"),
    }
}
