//! Scenes that section planes cut, with what they cut of each part.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use geometry::bvh::Bvh;
use geometry::display::{DisplayMesh, DisplayOptions};
use geometry::{Extrusion, Mesh, Plane, Primitive, Region, RegionRule, Unwatched, extrude, section_by_tree};
use glam::{DMat3, DVec2, DVec3, Vec3};
use renderer::{AlphaMode, Camera, Cut, CutOutline, DrawMode, Projection, RenderMaterial, SectionPlane};

use crate::compare::{device, draw, num_different, pixel};
use crate::meshes;
use crate::scenes::{self, Shot, colored};

/// The triangles of display arrays, welded where positions are nearly the same.
fn welded(display: &DisplayMesh) -> Mesh {
    let mut numbers = BTreeMap::new();
    let mut mesh = Mesh::default();
    let number = |vertex: &u32| {
        let position = Vec3::from(display.vertices[*vertex as usize].position).as_dvec3();
        let key = (position * 1024.0).round().as_i64vec3().to_array();
        *numbers.entry(key).or_insert_with(|| {
            mesh.positions.push(display.origin + position);
            mesh.positions.len() as u32 - 1
        })
    };
    let corners: Vec<u32> = display.indices.iter().map(number).collect();
    let is_sound =
        |corners: &[u32; 3]| corners[0] != corners[1] && corners[1] != corners[2] && corners[2] != corners[0];
    mesh.triangles = corners.as_chunks::<3>().0.iter().copied().filter(is_sound).collect();
    mesh
}

/// Finds what the planes of the view cut.
pub(crate) fn cut(shot: &mut Shot) {
    shot.scene.cuts.clear();
    let surfaces: BTreeMap<_, _> = shot.meshes.iter().map(|(&key, mesh)| (key, welded(mesh))).collect();
    for (idx, instance) in shot.scene.instances.iter().enumerate() {
        let mesh = &surfaces[&instance.mesh];
        let bvh = Bvh::of_mesh(mesh);
        for (plane_idx, plane) in shot.view.sections.iter().enumerate() {
            let normal = instance.world_from_mesh.matrix3.transpose() * plane.normal;
            let offset = plane.offset - plane.normal.dot(instance.world_from_mesh.translation);
            let in_mesh = Plane { origin: normal * (offset / normal.length_squared()), normal };
            let outlines = section_by_tree(mesh, &bvh, &in_mesh, |_| true);
            let outline = CutOutline::new(&outlines, &instance.world_from_mesh, plane);
            shot.scene.cuts.extend(outline.map(|outline| Cut {
                plane: plane_idx,
                instance: idx,
                is_closed: mesh.check().is_closed(),
                outline: Arc::new(outline),
            }));
        }
    }
}

fn displayed(mesh: &Mesh) -> DisplayMesh {
    DisplayMesh::build(mesh, &[], &[], &DisplayOptions::default(), &Unwatched).expect("nobody cancels")
}

fn mesh_of(shape: Primitive) -> Mesh {
    shape.mesh().expect("the sizes are allowed")
}

fn turned(mut mesh: Mesh) -> Mesh {
    mesh.triangles.iter_mut().for_each(|corners| corners.swap(0, 1));
    mesh
}

fn together(mut mesh: Mesh, other: &Mesh) -> Mesh {
    let first = mesh.positions.len() as u32;
    mesh.positions.extend(&other.positions);
    mesh.triangles.extend(other.triangles.iter().map(|corners| corners.map(|corner| first + corner)));
    mesh
}

/// A plate with five holes.
fn drilled() -> DisplayMesh {
    let ring = |x: f64, y: f64, radius: f64| -> Vec<DVec2> {
        let angle = |step: i32| f64::from(step) / 24.0 * std::f64::consts::TAU;
        (0..24).map(|step| DVec2::new(x, y) + radius * DVec2::from_angle(angle(step))).collect()
    };
    let corners = [(-42.0, -28.0), (42.0, -28.0), (42.0, 28.0), (-42.0, 28.0)].map(DVec2::from).to_vec();
    let holes = [(-30.0, -18.0), (30.0, -18.0), (-30.0, 18.0), (30.0, 18.0)];
    let mut contours = vec![corners, ring(0.0, 0.0, 12.0)];
    contours.extend(holes.map(|(x, y)| ring(x, y, 6.0)));
    let region = Region::new(&contours, RegionRule::Odd).expect("small numbers");
    let extrusion = Extrusion { height: 12.0, ..Extrusion::default() };
    displayed(&extrude(&region, &extrusion, &Unwatched).expect("allowed"))
}

/// The assembly cut along its middle: the closed parts are filled, the textured block, which lacks a face, is not.
pub(crate) fn section(size_px: [u32; 2]) -> Shot {
    let mut shot = scenes::assembly(size_px);
    shot.name = "section";
    let plate = shot.scene.instances[0].mesh;
    shot.meshes.insert(plate, Arc::new(drilled()));
    let open = shot.meshes.values_mut().next_back().expect("there are some");
    let open = Arc::make_mut(open);
    open.indices.truncate(30);
    open.groups[0].num_indices = 30;
    shot.view.sections = vec![SectionPlane { normal: DVec3::NEG_Y, offset: 20.0 }];
    cut(&mut shot);
    shot
}

/// Two planes leave a quarter of a plate and of a mirrored copy, seen without perspective; the edges behind the caps
/// are hidden.
pub(crate) fn quarter(size_px: [u32; 2]) -> Shot {
    let mut shot = scenes::orthographic(size_px);
    shot.name = "quarter";
    let mesh = shot.scene.instances[0].mesh;
    shot.meshes.insert(mesh, Arc::new(drilled()));
    shot.place(mesh, [0.0, 0.0, 34.0], &[]).world_from_mesh *=
        glam::DAffine3::from_scale(DVec3::new(1.0, 1.0, -1.0));
    shot.scene.instances[1].world_from_mesh.translation.z = 60.0;
    shot.view.sections = vec![
        SectionPlane { normal: DVec3::X, offset: 0.0 },
        SectionPlane { normal: DVec3::new(0.3, -1.0, 0.0), offset: 4.0 },
    ];
    cut(&mut shot);
    shot
}

/// A ball in a thick shell in another one, each a part of its own, cut by two planes.
pub(crate) fn nested(size_px: [u32; 2]) -> Shot {
    let mut shot = Shot::new("section_nested", [70.0, -90.0, 80.0], [0.0, 0.0, 20.0], size_px);
    let colors = [[0.10, 0.28, 0.60], [0.70, 0.45, 0.08], [0.55, 0.06, 0.05]];
    for (color, [outer, inner]) in colors.into_iter().zip([[24.0, 18.0], [17.0, 10.0], [8.0, 0.0]]) {
        let material = shot.material(colored(color[0], color[1], color[2]));
        let ball = |radius| mesh_of(Primitive::Sphere { radius, segments: 48 });
        let mesh = if inner > 0.0 { together(ball(outer), &turned(ball(inner))) } else { ball(outer) };
        let mesh = shot.mesh(displayed(&mesh));
        shot.place(mesh, [0.0, 0.0, 24.0], &[material]);
    }
    shot.view.sections = vec![
        SectionPlane { normal: DVec3::NEG_Y, offset: 2.0 },
        SectionPlane { normal: DVec3::new(1.0, 0.0, 1.0), offset: 38.0 },
    ];
    cut(&mut shot);
    shot
}

/// Boxes side by side, boxes that overlap, and a pipe that lacks some of its wall; shadows are those of what is left.
pub(crate) fn touching(size_px: [u32; 2]) -> Shot {
    let mut shot = Shot::new("section_touching", [60.0, -110.0, 110.0], [0.0, 0.0, 6.0], size_px);
    let mesh = shot.mesh(displayed(&mesh_of(Primitive::Box { size: DVec3::splat(20.0) })));
    let colors = [[0.5, 0.08, 0.06], [0.08, 0.30, 0.12], [0.08, 0.2, 0.5], [0.6, 0.6, 0.6]];
    let places = [[-26.0, 16.0, 0.0], [-6.0, 16.0, 0.0], [-18.0, -16.0, 0.0], [-6.0, -22.0, 0.0]];
    for (color, at) in colors.into_iter().zip(places) {
        let material = shot.material(colored(color[0], color[1], color[2]));
        shot.place(mesh, at, &[material]);
    }
    let mut pipe = mesh_of(Primitive::Cylinder { radius: 14.0, height: 30.0, segments: 48 });
    pipe.triangles.retain(|corners| corners.iter().any(|&corner| pipe.positions[corner as usize].x < 8.0));
    let pipe = shot.mesh(displayed(&pipe));
    let material = shot.material(colored(0.3, 0.45, 0.35));
    shot.place(pipe, [30.0, 0.0, 0.0], &[material]);
    shot.view.sections = vec![SectionPlane { normal: DVec3::Z, offset: 12.0 }];
    cut(&mut shot);
    shot
}

/// A slab of a block of glass with a red ball in it, both cut by two planes; the ball has holes in its alpha.
pub(crate) fn see_through(size_px: [u32; 2]) -> Shot {
    let mut shot = Shot::new("section_see_through", [40.0, -80.0, 60.0], [0.0, 0.0, 14.0], size_px);
    let ball = shot.mesh(displayed(&mesh_of(Primitive::Sphere { radius: 12.0, segments: 48 })));
    let red = shot.material(RenderMaterial { alpha_mode: AlphaMode::Mask(0.5), ..colored(0.6, 0.05, 0.04) });
    shot.place(ball, [0.0, 0.0, 14.0], &[red]);
    let block = shot.mesh(displayed(&mesh_of(Primitive::Box { size: DVec3::splat(28.0) })));
    let glass = shot.material(RenderMaterial {
        base_color: [0.2, 0.5, 0.9, 0.35],
        alpha_mode: AlphaMode::Blend,
        ..RenderMaterial::default()
    });
    shot.place(block, [0.0; 3], &[glass]);
    shot.view.sections = vec![
        SectionPlane { normal: DVec3::NEG_Y, offset: 4.0 },
        SectionPlane { normal: DVec3::Y, offset: 8.0 },
    ];
    cut(&mut shot);
    shot
}

/// A ball of a million triangles, whole; and the time it takes to find what a plane through its middle cuts of it.
#[expect(clippy::disallowed_methods, reason = "a native measurement reads the clock")]
pub(crate) fn million(size_px: [u32; 2]) -> (Shot, Duration) {
    let mut shot = Shot::new("million", [70.0, -90.0, 80.0], [0.0, 0.0, 20.0], size_px);
    let mesh = mesh_of(Primitive::Sphere { radius: 24.0, segments: 1000 });
    let bvh = Bvh::of_mesh(&mesh);
    let start = Instant::now();
    let plane = Plane { origin: DVec3::ZERO, normal: DVec3::new(0.1, -1.0, 0.2) };
    let outlines = section_by_tree(&mesh, &bvh, &plane, |_| true);
    let elapsed = start.elapsed();
    assert!(outlines.iter().all(|outline| outline.is_closed));
    let mesh = shot.mesh(displayed(&mesh));
    shot.place(mesh, [0.0, 0.0, 24.0], &[]);
    (shot, elapsed)
}

/// The nested parts in x-ray, cut.
pub(crate) fn x_ray(size_px: [u32; 2]) -> Shot {
    let mut shot = nested(size_px);
    shot.name = "section_x_ray";
    shot.view.mode = DrawMode::XRay;
    shot
}

const SIZE: [u32; 2] = [256, 192];

/// Seen straight along -Y, without anything but parts.
fn plain(name: &'static str) -> Shot {
    let mut shot = Shot::new(name, [0.0, -60.0, 0.0], [0.0; 3], SIZE);
    shot.view.grid = None;
    shot.view.ground_shadow = 0.0;
    shot.view.mode = DrawMode::Shaded;
    shot.view.sections = vec![SectionPlane { normal: DVec3::NEG_Y, offset: 0.0 }];
    shot
}

fn count(image: &renderer::headless::Image, is: impl Fn(&[u8; 4]) -> bool) -> usize {
    image.rgba.as_chunks::<4>().0.iter().filter(|rgba| is(rgba)).count()
}

fn is_red(rgba: &[u8; 4]) -> bool {
    rgba[0] > 60 && rgba[1] < 50 && rgba[2] < 50
}

/// A cube cut in half, seen straight on: where the cut is, there is a flat tone with lines and nothing behind shows through,
/// and what lies in front of the plane is gone.
#[test]
fn a_cut_closed_part_is_filled_and_an_open_one_is_not() {
    let Some(mut headless) = device() else { return };
    let mut shot = plain("cut");
    let red = shot.material(colored(0.5, 0.0, 0.0));
    for (is_closed, least, most) in [(true, 5_000, 14_000), (false, 0, 0)] {
        let mut mesh = meshes::cuboid(Vec3::splat(8.0));
        if !is_closed {
            // Without the face to the left.
            mesh.indices.drain(6..12);
            mesh.groups[0].num_indices = 30;
        }
        shot.scene.instances.clear();
        let mesh = shot.mesh(mesh);
        shot.place(mesh, [0.0; 3], &[red]);
        cut(&mut shot);
        let image = draw(&mut headless, &shot);
        let found = count(&image, is_red);
        assert!((least..=most).contains(&found), "{found} red pixels, closed: {is_closed}");
        let warning = count(&image, |rgba| rgba[0] > 200 && rgba[1].abs_diff(100) < 60 && rgba[2] < 90);
        assert_eq!(warning > 50, !is_closed, "{warning} pixels of a warning");
    }
    // A plane that leaves all changes nothing but rounding, and one that leaves nothing leaves the background.
    shot.view.sections[0].offset = 9.0;
    cut(&mut shot);
    let whole = draw(&mut headless, &shot);
    shot.view.sections.clear();
    assert!(num_different(&whole, &draw(&mut headless, &shot), 2) < 20);
    shot.view.sections = vec![SectionPlane { normal: DVec3::NEG_Y, offset: -9.0 }];
    cut(&mut shot);
    let nothing = draw(&mut headless, &shot);
    shot.scene.instances.clear();
    shot.scene.cuts.clear();
    assert_eq!(num_different(&nothing, &draw(&mut headless, &shot), 0), 0);
}

/// A line of sight that comes into a solid through one plane and leaves it through another meets no surface at all.
#[test]
fn a_slab_out_of_a_solid_is_filled() {
    let Some(mut headless) = device() else { return };
    let mut shot = plain("slab");
    shot.view.sections.push(SectionPlane { normal: DVec3::Y, offset: 1.0 });
    shot.view.sections.extend([DVec3::X, DVec3::Z].map(|normal| SectionPlane { normal, offset: 4.0 }));
    let red = shot.material(colored(0.5, 0.0, 0.0));
    let mesh = shot.mesh(meshes::cuboid(Vec3::splat(8.0)));
    shot.place(mesh, [0.0; 3], &[red]);
    cut(&mut shot);
    assert_eq!(shot.scene.cuts.len(), 4);
    let image = draw(&mut headless, &shot);
    // Twelve by twelve of sixteen by sixteen millimetres are left, and the outer half of the outline.
    let side = 192.0 / (2.0 * 60.0 * 0.3_f64.tan());
    let expected = (12.0 * side).powi(2);
    let found = count(&image, |rgba| rgba[0] > rgba[2].saturating_add(20)) as f64;
    assert!((found / expected - 1.0).abs() < 0.06, "{found} of {expected} pixels");
}

/// A cavity stays empty, a part in it has its own colour, and where parts overlap the later one is seen, everywhere alike.
#[test]
fn cavities_nested_and_overlapping_parts_have_their_colours() {
    let Some(mut headless) = device() else { return };
    let mut shot = plain("nested");
    let [red, green] = [[0.5, 0.0, 0.0], [0.0, 0.4, 0.0]].map(|[r, g, b]| shot.material(colored(r, g, b)));
    let sized = |size: f64| {
        let mut mesh = mesh_of(Primitive::Box { size: DVec3::splat(size) });
        mesh.positions.iter_mut().for_each(|point| point.z -= 0.5 * size);
        mesh
    };
    let shell = shot.mesh(displayed(&together(sized(16.0), &turned(sized(10.0)))));
    let core = shot.mesh(displayed(&sized(6.0)));
    shot.place(shell, [0.0; 3], &[red]);
    shot.place(core, [0.0; 3], &[green]);
    // Half in the shell's wall, half out of it.
    shot.place(core, [8.0, 0.0, 0.0], &[green]);
    cut(&mut shot);
    let image = draw(&mut headless, &shot);
    let side = 192.0 / (2.0 * 60.0 * 0.3_f64.tan());
    let at = |x: f64, z: f64| {
        // What most of the pixels there are, as there may be lines.
        let around = (-4..=4).flat_map(|dx| (-4..=4).map(move |dy| (dx, dy)));
        let pixels: Vec<[u8; 4]> = around
            .map(|(dx, dy)| {
                let (x, y) = (128.0 + x * side + f64::from(dx), 96.0 - z * side + f64::from(dy));
                pixel(&image, x as u32, y as u32)
            })
            .collect();
        let reds = pixels.iter().filter(|rgba| rgba[0] > rgba[1].saturating_add(15)).count();
        let greens = pixels.iter().filter(|rgba| rgba[1] > rgba[0].saturating_add(15)).count();
        let name = match (reds == pixels.len(), greens == pixels.len()) {
            (true, _) => "red",
            (_, true) => "green",
            _ => "other",
        };
        let brightness = pixels.iter().map(|rgba| rgba[0].max(rgba[1]));
        let [least, most] = [brightness.clone().min(), brightness.max()].map(|it| it.expect("not empty"));
        (name, most - least > 25)
    };
    // Colour, and whether there are lines.
    assert_eq!(at(-6.5, 0.0), ("red", true), "the wall");
    assert_eq!(at(0.0, -6.5), ("red", true), "the wall");
    assert_eq!(at(-4.0, 0.0), ("red", false), "the cavity, whose farther wall is seen");
    assert_eq!(at(0.0, 0.0), ("green", true), "the part in it");
    assert_eq!(at(6.5, 0.0), ("green", true), "the part in the wall");
    assert_eq!(at(6.5, 6.0), ("red", true), "the wall beside it");
}

/// The hatching belongs to the plane: from the other end of the world it is the same, and turning the camera moves it as it
/// moves the part.
#[test]
fn the_hatching_stays_where_it_is() {
    let Some(mut headless) = device() else { return };
    let mut shot = plain("hatched");
    let grey = shot.material(colored(0.5, 0.5, 0.5));
    let mesh = shot.mesh(meshes::cuboid(Vec3::new(30.0, 8.0, 30.0)));
    shot.place(mesh, [0.0; 3], &[grey]);
    cut(&mut shot);
    let straight = draw(&mut headless, &shot);
    let darkness = |image: &renderer::headless::Image, x: u32, y: u32| 255 - u32::from(pixel(image, x, y)[0]);
    let profile: Vec<u32> = (60..196).map(|x| darkness(&straight, x, 96)).collect();
    let [low, high] = [profile.iter().min(), profile.iter().max()].map(|value| *value.expect("not empty"));
    assert!(high > low + 40, "there are lines: {low} to {high}");
    // The same picture rolled about the line of sight by half a turn is itself half turned.
    let camera = &mut shot.view.camera;
    camera.world_from_view.matrix3 *= DMat3::from_rotation_z(std::f64::consts::PI);
    let rolled = draw(&mut headless, &shot);
    let differing = (60..196)
        .filter(|&x| darkness(&straight, x, 96).abs_diff(darkness(&rolled, 255 - x, 95)) > 30)
        .count();
    assert!(differing < 8, "{differing} of 136 pixels");
    let far = Camera::look_at(
        DVec3::new(0.0, -61.0, 0.0),
        DVec3::Y * -1.0,
        DVec3::Z,
        Projection::Perspective { fov_y_rad: 0.6 },
    );
    shot.view.camera = far;
    let farther = draw(&mut headless, &shot);
    assert!(num_different(&straight, &farther, 60) < 4000, "a step back changes little");
}
