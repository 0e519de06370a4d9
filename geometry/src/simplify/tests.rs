use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use glam::DVec3;
use proptest::prelude::*;

use super::*;
use crate::bvh::{Bvh, nearest_point};
use crate::weld::weld_positions;
use crate::{Cancelled, Channel, CornerRows, NO_ROW, Primitive, Semantic, Unwatched};

fn to_triangles(target_triangles: usize) -> SimplifyOptions {
    SimplifyOptions { target_triangles, ..SimplifyOptions::default() }
}

fn within(max_deviation: f64) -> SimplifyOptions {
    SimplifyOptions { max_deviation, ..SimplifyOptions::default() }
}

fn simplified(mesh: &Mesh, options: &SimplifyOptions) -> Mesh {
    let result = simplify(mesh, options, &Unwatched).expect("nothing is wrong");
    assert_eq!(result.validate(), Ok(()));
    let (before, after) = (mesh.check(), result.check());
    assert_eq!((after.num_degenerate, after.num_isolated), (0, 0));
    assert_eq!(after.num_shells, before.num_shells);
    assert_eq!(after.euler_characteristic(), before.euler_characteristic());
    assert_eq!(after.num_non_manifold_edges, before.num_non_manifold_edges);
    assert!(after.is_solid() || !before.is_solid());
    result
}

fn sphere(segments: u32) -> Mesh {
    Primitive::Sphere { radius: 10.0, segments }.mesh().expect("allowed")
}

/// A sheet of squares in the plane of X and Y, from 0 to `size`, without those that `is_hole` names.
fn sheet(size: u32, is_hole: impl Fn(u32, u32) -> bool) -> Mesh {
    let at = |x: u32, y: u32| y * (size + 1) + x;
    let mut mesh = Mesh::default();
    for y in 0..=size {
        mesh.positions.extend((0..=size).map(|x| DVec3::new(x.into(), y.into(), 0.0)));
    }
    for y in 0..size {
        for x in (0..size).filter(|&x| !is_hole(x, y)) {
            mesh.triangles.push([at(x, y), at(x + 1, y), at(x + 1, y + 1)]);
            mesh.triangles.push([at(x, y), at(x + 1, y + 1), at(x, y + 1)]);
        }
    }
    let (positions, triangles) = (mesh.positions.clone(), mesh.triangles.clone());
    let used = |position: usize| triangles.iter().flatten().any(|&corner| corner as usize == position);
    assert!((0..positions.len()).all(used), "a hole takes whole positions away");
    mesh
}

fn area_of(mesh: &Mesh, is_counted: impl Fn(usize) -> bool) -> f64 {
    (0..mesh.triangles.len())
        .filter(|&triangle| is_counted(triangle))
        .map(|triangle| {
            let [a, b, c] = mesh.triangle_points(triangle);
            (b - a).cross(c - a).length() * 0.5
        })
        .sum()
}

fn farthest(points: &[DVec3], surface: &Mesh) -> f64 {
    let bvh = Bvh::of_mesh(surface);
    let distance = |&point: &DVec3| {
        nearest_point(&bvh, surface, point, f64::INFINITY).expect("there is a surface").distance
    };
    points.iter().map(distance).fold(0.0, f64::max)
}

/// Points all over the triangles, `steps` along each side.
fn samples(mesh: &Mesh, steps: u32) -> Vec<DVec3> {
    let mut points = Vec::new();
    for triangle in 0..mesh.triangles.len() {
        let [a, b, c] = mesh.triangle_points(triangle);
        for i in 0..=steps {
            for j in 0..=steps - i {
                let (s, t) = (f64::from(i) / f64::from(steps), f64::from(j) / f64::from(steps));
                points.push(a + (b - a) * s + (c - a) * t);
            }
        }
    }
    points
}

#[test]
fn a_sphere_keeps_its_volume() {
    let fine = sphere(200);
    let mesh = simplified(&fine, &to_triangles(1000));
    assert!((998..=1000).contains(&mesh.triangles.len()), "{}", mesh.triangles.len());
    let ratio = mesh.properties().volume / fine.properties().volume;
    assert!((0.993..1.001).contains(&ratio), "{ratio}");
    // The best that a thousand triangles can do is about half of this.
    let away = [farthest(&samples(&mesh, 4), &fine), farthest(&fine.positions, &mesh)];
    assert!(away[0] < 0.12 && away[1] < 0.12, "{away:?}");
}

#[test]
fn no_position_is_farther_away_than_allowed() {
    let shapes = [
        sphere(120),
        Primitive::Torus { major_radius: 10.0, minor_radius: 3.0, segments: 120 }.mesh().expect("allowed"),
        Primitive::Cone { bottom_radius: 9.0, top_radius: 2.0, height: 8.0, segments: 90 }
            .mesh()
            .expect("allowed"),
    ];
    for (i, fine) in shapes.iter().enumerate() {
        for limit in [0.3, 0.01, 1e-9] {
            let mesh = simplified(fine, &within(limit));
            assert!(farthest(&fine.positions, &mesh) <= limit * (1.0 + 1e-9) + 1e-14);
            // Not promised, but it had better be near.
            let away = farthest(&samples(&mesh, 5), fine);
            assert!(away <= limit * 3.0 + 1e-12, "{away} instead of {limit}");
            let part = mesh.triangles.len() as f64 / fine.triangles.len() as f64;
            assert!(limit < 0.2 || part < 0.12, "{part} of shape {i}");
        }
    }
}

#[test]
fn a_box_of_many_squares_becomes_one_of_twelve_triangles() {
    let mut cube = Mesh::default();
    let plain = Primitive::Box { size: DVec3::splat(8.0) }.mesh().expect("allowed");
    for triangle in 0..plain.triangles.len() {
        let [a, b, c] = plain.triangle_points(triangle);
        let at = |i: u32, j: u32| a + ((b - a) * f64::from(i) + (c - a) * f64::from(j)) / 16.0;
        for i in 0..16 {
            for j in 0..16 - i {
                let mut add = |points: [DVec3; 3]| {
                    let first = cube.positions.len() as u32;
                    cube.positions.extend(points);
                    cube.triangles.push([first, first + 1, first + 2]);
                };
                add([at(i, j), at(i + 1, j), at(i, j + 1)]);
                if i + j < 15 {
                    add([at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)]);
                }
            }
        }
    }
    let (cube, _) = cube.welded(weld_positions(&cube.positions));
    assert_eq!((cube.triangles.len(), cube.check().is_solid()), (3072, true));
    let mesh = simplified(&cube, &within(1e-9));
    assert_eq!(mesh.triangles.len(), 12);
    assert!((mesh.properties().volume - 512.0).abs() < 1e-9);
}

#[test]
fn handles_and_shells_stay_whatever_the_target() {
    let torus =
        Primitive::Torus { major_radius: 5.0, minor_radius: 2.0, segments: 40 }.mesh().expect("allowed");
    let mesh = simplified(&torus, &to_triangles(0));
    assert_eq!(mesh.check().genus(), Some(1));
    assert!(mesh.triangles.len() < 60, "{}", mesh.triangles.len());
    let mut two = sphere(24);
    let shift = two.positions.len() as u32;
    two.positions.extend_from_within(..);
    two.positions[shift as usize..].iter_mut().for_each(|point| point.x += 30.0);
    two.triangles.extend_from_within(..);
    let half = two.triangles.len() / 2;
    two.triangles[half..].iter_mut().flatten().for_each(|corner| *corner += shift);
    let mesh = simplified(&two, &to_triangles(0));
    assert!(mesh.triangles.len() <= 24, "{}", mesh.triangles.len());
}

#[test]
fn outlines_stay_where_they_are() {
    let sheet = sheet(20, |x, y| (5..9).contains(&x) && y == 6);
    let mesh = simplified(&sheet, &within(1e-6));
    // Eight corners and one hole: eight triangles would do.
    assert!(mesh.triangles.len() <= 12, "{}", mesh.triangles.len());
    assert!((area_of(&mesh, |_| true) - 396.0).abs() < 1e-6);
    assert!((mesh.check().num_boundary_edges..=12).contains(&8));
    let held = SimplifyOptions { keeps_boundary: true, ..within(1e-6) };
    let mesh = simplified(&sheet, &held);
    assert_eq!(mesh.check().num_boundary_edges, sheet.check().num_boundary_edges);
}

#[test]
fn materials_keep_their_borders() {
    let mut sheet = sheet(16, |_, _| false);
    sheet.material_slots = (0..sheet.triangles.len())
        .map(|triangle| {
            let center = sheet.triangle_points(triangle).iter().sum::<DVec3>() / 3.0;
            u32::from(center.x > 5.0 && center.y > 7.0 && center.x < 11.0) + 3
        })
        .collect();
    let mesh = simplified(&sheet, &within(1e-6));
    for slot in [3, 4] {
        let before = area_of(&sheet, |triangle| sheet.material_slot(triangle) == slot);
        let after = area_of(&mesh, |triangle| mesh.material_slot(triangle) == slot);
        assert!((before - after).abs() < 1e-6, "{before} became {after}");
    }
    assert!(mesh.triangles.len() < 30, "{}", mesh.triangles.len());
}

#[test]
fn texture_coordinates_follow_their_positions() {
    let mut mesh = sheet(16, |_, _| false);
    let uv = |point: DVec3| [point.x as f32 * 0.25 + 1.0, point.y as f32 * -0.5];
    // Two tables of rows: left of x = 6 and right of it, where the coordinates are shifted.
    let mut values: Vec<f32> = mesh.positions.iter().flat_map(|&point| uv(point)).collect();
    values.extend(mesh.positions.iter().flat_map(|&point| [uv(point)[0] + 10.0, uv(point)[1]]));
    let num_positions = mesh.positions.len() as u32;
    let is_right = |mesh: &Mesh, triangle: usize| {
        mesh.triangle_points(triangle).iter().map(|point| point.x).sum::<f64>() > 18.0
    };
    let rows = (0..mesh.triangles.len())
        .map(|i| mesh.triangles[i].map(|corner| corner + if is_right(&mesh, i) { num_positions } else { 0 }))
        .collect();
    let rows = CornerRows::PerCorner(Arc::new(rows));
    mesh.channels.push(Channel { semantic: Semantic::Uv(0), width: 2, values, rows });
    let small = simplified(&mesh, &within(1e-6));
    assert!(small.triangles.len() < 20, "{}", small.triangles.len());
    for triangle in 0..small.triangles.len() {
        for corner in 0..3 {
            let channel = &small.channels[0];
            let row = channel.row_of_corner(&small, triangle, corner).expect("all corners have one");
            let mut expected = uv(small.triangle_points(triangle)[corner]);
            expected[0] += if is_right(&small, triangle) { 10.0 } else { 0.0 };
            let found = channel.row(row);
            assert!((found[0] - expected[0]).abs() + (found[1] - expected[1]).abs() < 1e-3);
        }
    }
}

#[test]
fn channels_per_position_stay_so_and_missing_values_stay_missing() {
    let mut mesh = sphere(60);
    let values = mesh.positions.iter().flat_map(|point| (*point / 10.0).as_vec3().to_array()).collect();
    mesh.channels.push(Channel {
        semantic: Semantic::Normal,
        width: 3,
        values,
        rows: CornerRows::PerPosition,
    });
    let small = simplified(&mesh, &to_triangles(300));
    assert_eq!(small.channels[0].rows, CornerRows::PerPosition);
    for (normal, point) in small.channels[0].values.as_chunks::<3>().0.iter().zip(&small.positions) {
        assert!(glam::Vec3::from_array(*normal).dot(point.normalize_or_zero().as_vec3()) > 0.99);
    }
    let rows: Vec<[u32; 3]> = mesh
        .triangles
        .iter()
        .enumerate()
        .map(|(i, &corners)| if i < 2000 { corners } else { [NO_ROW; 3] })
        .collect();
    mesh.channels[0].rows = CornerRows::PerCorner(Arc::new(rows));
    let small = simplified(&mesh, &to_triangles(400));
    let channel = &small.channels[0];
    let num_missing = (0..small.triangles.len())
        .filter(|&triangle| channel.row_of_corner(&small, triangle, 0).is_none())
        .count();
    assert!((100..300).contains(&num_missing), "{num_missing}");
    assert!(channel.values.len() > 30);
}

#[test]
fn levels_of_detail_share_their_vertices() {
    let fine = sphere(120);
    let positions: Vec<[f32; 3]> = fine.positions.iter().map(|point| point.as_vec3().to_array()).collect();
    let indices = fine.triangles.as_flattened();
    let list = simplify_triangles(&positions, indices, &to_triangles(800), &Unwatched).expect("fine");
    let mesh = Mesh::new(fine.positions.clone(), list.as_chunks::<3>().0.to_vec());
    let report = mesh.check();
    assert!(report.is_solid() && mesh.triangles.len() <= 800, "{report:?}");
    assert!(farthest(&fine.positions, &mesh) < 0.2);
    // Broken triangles are left out.
    let broken = [indices, &[0, 1, u32::MAX, 7]].concat();
    assert_eq!(simplify_triangles(&positions, &broken, &to_triangles(800), &Unwatched), Ok(list));
    assert_eq!(simplify_triangles(&[], &[], &to_triangles(0), &Unwatched), Ok(vec![]));
    assert_eq!(simplify_triangles(&[], &[], &within(f64::NAN), &Unwatched), Err(SimplifyError::Deviation));
}

struct StopsAfter(AtomicUsize);

impl Progress for StopsAfter {
    fn report(&self, _done: f64) -> Result<(), Cancelled> {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 { Err(Cancelled) } else { Ok(()) }
    }
}

#[test]
fn it_stops_when_asked() {
    let fine = sphere(100);
    for reports in 0..5 {
        let progress = StopsAfter(AtomicUsize::new(reports));
        assert_eq!(simplify(&fine, &to_triangles(0), &progress), Err(SimplifyError::Cancelled(Cancelled)));
    }
}

#[test]
fn nothing_and_nonsense_are_answered() {
    assert_eq!(simplify(&Mesh::default(), &to_triangles(0), &Unwatched), Ok(Mesh::default()));
    assert_eq!(simplify(&sphere(8), &within(-1.0), &Unwatched), Err(SimplifyError::Deviation));
    let huge = Mesh::new(
        [[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
            .map(|point| DVec3::from_array(point) * 1.7e308)
            .to_vec(),
        vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]],
    );
    assert_eq!(simplify(&huge, &to_triangles(0), &Unwatched), Ok(huge));
}

proptest! {
    /// Any soup: nothing gets worse than it was, and every position is near the result.
    #[test]
    fn soups_do_not_get_worse(
        corners in prop::collection::vec([0_i8..4, 0_i8..4, 0_i8..4], 3..40),
        triangles in prop::collection::vec([0_usize..40, 0_usize..40, 0_usize..40], 1..80),
        limit in prop_oneof![Just(f64::INFINITY), 0.1..2.0],
    ) {
        let positions: Vec<DVec3> =
            corners.iter().map(|&point| DVec3::from_array(point.map(f64::from))).collect();
        let triangles = triangles.iter().map(|t| t.map(|index| (index % positions.len()) as u32)).collect();
        let mesh = Mesh::new(positions, triangles);
        let result = simplify(&mesh, &within(limit), &Unwatched).expect("nothing is wrong");
        let (before, after) = (mesh.check(), result.check());
        prop_assert_eq!(after.num_shells, before.num_shells);
        prop_assert!(after.num_non_manifold_edges <= before.num_non_manifold_edges);
        prop_assert!(after.num_non_manifold_positions <= before.num_non_manifold_positions);
        prop_assert_eq!(after.num_degenerate, 0);
        prop_assert_eq!(result.validate(), Ok(()));
        if limit.is_finite() && !result.triangles.is_empty() {
            let used: Vec<DVec3> = mesh.triangles.iter().filter(|t| !crate::topology::is_degenerate(**t)).flatten()
                .map(|&corner| mesh.positions[corner as usize]).collect();
            prop_assert!(farthest(&used, &result) <= limit * (1.0 + 1e-9));
        }
    }

    /// Bumpy solids stay solids of the same genus.
    #[test]
    fn solids_stay_solids(bumps in prop::collection::vec(-0.4..0.4, 50), target in 0_usize..400) {
        let mut mesh = Primitive::Torus { major_radius: 5.0, minor_radius: 2.0, segments: 24 }.mesh().expect("allowed");
        for (i, point) in mesh.positions.iter_mut().enumerate() {
            *point += DVec3::new(bumps[i % 50], bumps[(i * 7) % 50], bumps[(i * 11) % 50]);
        }
        let small = simplified(&mesh, &to_triangles(target));
        prop_assert!(small.check().is_solid());
        prop_assert!(small.triangles.len() <= target.max(60));
    }
}
