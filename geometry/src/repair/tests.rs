use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{Channel, CornerRows, NO_ROW, Primitive, Semantic, Unwatched};

fn cube() -> Mesh {
    Primitive::Box { size: DVec3::splat(2.0) }.mesh().expect("allowed")
}

fn sphere(segments: u32) -> Mesh {
    Primitive::Sphere { radius: 5.0, segments }.mesh().expect("allowed")
}

fn repaired(mesh: &Mesh, options: &RepairOptions) -> (Mesh, RepairReport) {
    let (mesh, report) = repair(mesh, options, &Unwatched).expect("it can be repaired");
    assert_eq!(mesh.validate(), Ok(()));
    let check = mesh.check();
    assert_eq!((check.num_degenerate, check.num_isolated), (0, 0), "{check:?}");
    (mesh, report)
}

fn filling(fill: HoleFill) -> RepairOptions {
    RepairOptions { holes: Some(HoleOptions { max_edges: 500, fill }), ..RepairOptions::default() }
}

/// Both in one mesh, the second moved.
fn beside(one: &Mesh, other: &Mesh, offset: DVec3) -> Mesh {
    let mut both = one.clone();
    let first = both.positions.len() as u32;
    both.positions.extend(other.positions.iter().map(|&point| point + offset));
    both.triangles.extend(other.triangles.iter().map(|corners| corners.map(|corner| corner + first)));
    both
}

/// Every triangle with its own positions.
fn soup(mesh: &Mesh) -> Mesh {
    let positions: Vec<DVec3> = (0..mesh.triangles.len()).flat_map(|it| mesh.triangle_points(it)).collect();
    let triangles = (0..mesh.triangles.len() as u32).map(|it| [it * 3, it * 3 + 1, it * 3 + 2]).collect();
    Mesh::new(positions, triangles)
}

#[test]
fn what_is_right_stays_as_it_is() {
    let mesh = sphere(20);
    assert_eq!(repaired(&mesh, &filling(HoleFill::Smooth)), (mesh, RepairReport::default()));
    let nothing = repair(&Mesh::default(), &RepairOptions::default(), &Unwatched);
    assert_eq!(nothing, Ok((Mesh::default(), RepairReport::default())));
}

#[test]
fn soup_with_all_kinds_of_dirt_becomes_a_box() {
    let mut dirty = soup(&cube());
    for triangle in [1, 4, 7] {
        dirty.triangles[triangle].swap(0, 1);
    }
    dirty.triangles.push([0, 0, 1]);
    dirty.triangles.push(dirty.triangles[3]);
    dirty.triangles.push([0, 1, 9999]);
    dirty.positions.push(DVec3::NAN);
    let nan = dirty.positions.len() as u32 - 1;
    dirty.triangles.push([0, 1, nan]);
    let (mesh, report) = repaired(&dirty, &RepairOptions::default());
    assert!(mesh.check().is_solid());
    assert_eq!(mesh.properties().volume, 8.0);
    let expected = RepairReport {
        num_broken: 2,
        num_merged: 28,
        num_degenerate: 1,
        num_duplicate: 1,
        num_turned: 3,
        ..RepairReport::default()
    };
    assert_eq!(report, expected);
}

#[test]
fn vertices_split_the_edges_they_lie_on() {
    // The lower half of a box split in the middle of two sides, the upper one not.
    let mut mesh = cube();
    let middle = mesh.positions.len() as u32;
    mesh.positions.push(DVec3::new(0.0, -1.0, 2.0));
    let top: Vec<usize> = (0..12).filter(|&it| mesh.triangle_points(it).iter().all(|p| p.z == 2.0)).collect();
    let at = |x: f64, y: f64| {
        mesh.positions.iter().position(|&p| p == DVec3::new(x, y, 2.0)).expect("a corner") as u32
    };
    let [a, b, c, d] = [at(-1.0, -1.0), at(1.0, -1.0), at(1.0, 1.0), at(-1.0, 1.0)];
    mesh.triangles[top[0]] = [a, middle, d];
    mesh.triangles[top[1]] = [middle, b, c];
    mesh.triangles.push([middle, c, d]);
    assert!(!mesh.check().is_closed());
    let (fixed, report) = repaired(&mesh, &RepairOptions::default());
    assert_eq!((report.num_junctions, fixed.triangles.len()), (1, 14));
    assert!(fixed.check().is_solid());
    assert_eq!(fixed.properties().volume, 8.0);
    // Within a tolerance also where it lies beside the edge.
    mesh.positions[middle as usize].y = -1.001;
    assert!(!repaired(&mesh, &RepairOptions::default()).0.check().is_closed());
    let near = RepairOptions { tolerance: 0.01, ..RepairOptions::default() };
    assert!(repaired(&mesh, &near).0.check().is_solid());
}

#[test]
fn texture_coordinates_are_split_too() {
    let mut mesh = Mesh::new(
        vec![DVec3::ZERO, DVec3::X * 4.0, DVec3::Y * 4.0, DVec3::X, -DVec3::Y],
        vec![[0, 1, 2], [3, 0, 4], [1, 3, 4]],
    );
    let values = mesh.positions.iter().flat_map(|point| [point.x as f32, point.y as f32 * 2.0]).collect();
    mesh.channels.push(Channel {
        semantic: Semantic::Uv(0),
        width: 2,
        values,
        rows: CornerRows::PerPosition,
    });
    let (fixed, report) = repaired(&mesh, &RepairOptions::default());
    assert_eq!((report.num_junctions, fixed.triangles.len()), (1, 4));
    for triangle in 0..4 {
        for (corner, point) in fixed.triangle_points(triangle).into_iter().enumerate() {
            let row = fixed.channels[0].row_of_corner(&fixed, triangle, corner).expect("it has one");
            assert_eq!(fixed.channels[0].row(row), [point.x as f32, point.y as f32 * 2.0]);
        }
    }
}

#[test]
fn walls_go_but_sheets_of_two_sides_keep_one() {
    let cubes = beside(&cube(), &cube(), DVec3::X * 2.0);
    let (mesh, report) = repaired(&cubes, &RepairOptions::default());
    assert!(mesh.check().is_solid());
    assert_eq!((mesh.properties().volume, report.num_duplicate), (16.0, 4));
    let sheet = Mesh::new(
        vec![DVec3::ZERO, DVec3::X, DVec3::Y, DVec3::ONE],
        vec![[0, 1, 2], [0, 2, 1], [1, 3, 2], [2, 3, 1]],
    );
    assert_eq!(repaired(&sheet, &RepairOptions::default()).0.triangles.len(), 2);
}

#[test]
fn shells_face_outward_and_cavities_inward() {
    let small = Primitive::Box { size: DVec3::splat(0.5) }.mesh().expect("allowed");
    let tiny = Primitive::Box { size: DVec3::splat(0.1) }.mesh().expect("allowed");
    let nested = beside(&cube(), &small, DVec3::Z * 0.5);
    let nested = beside(&nested, &tiny, DVec3::Z * 0.7);
    for turned in 0..8_u32 {
        let mut mesh = nested.clone();
        for (i, corners) in mesh.triangles.iter_mut().enumerate() {
            if turned >> (i / 12) & 1 == 1 {
                corners.swap(0, 1);
            }
        }
        let (mesh, _) = repaired(&mesh, &RepairOptions::default());
        let expected = 8.0 - 0.125 + 0.001;
        assert!((mesh.properties().volume - expected).abs() < 1e-12, "{turned}");
    }
}

#[test]
fn a_one_sided_surface_is_told() {
    // A Möbius band of six triangles.
    let triangles = (0..5).map(|i| [i, (i + 1) % 5, (i + 2) % 5]).collect();
    let positions =
        (0..5).map(|i| DVec3::new(f64::from(i), f64::from(i * i), f64::from(i * i * i))).collect();
    let (_, report) = repaired(&Mesh::new(positions, triangles), &RepairOptions::default());
    assert!(report.num_one_sided > 0);
}

#[test]
fn only_the_largest_shells_stay() {
    let mut mesh = cube();
    for i in 1..5 {
        mesh = beside(
            &mesh,
            &Primitive::Box { size: DVec3::splat(f64::from(i)) }.mesh().expect("allowed"),
            DVec3::X * f64::from(i) * 10.0,
        );
    }
    let options = RepairOptions { max_shells: 2, ..RepairOptions::default() };
    let (mesh, report) = repaired(&mesh, &options);
    assert_eq!((report.num_shells, mesh.properties().volume), (3, 64.0 + 27.0));
}

#[test]
fn holes_of_a_box_are_closed_flat() {
    for removed in 0..12 {
        let mut mesh = cube();
        mesh.triangles.remove(removed);
        let (mesh, report) = repaired(&mesh, &filling(HoleFill::Smooth));
        assert!(mesh.check().is_solid());
        assert_eq!((mesh.properties().volume, report.num_filled, report.num_added), (8.0, 1, 1));
    }
    let mut open = cube();
    open.triangles.drain(2..4);
    let (mesh, _) = repaired(&open, &filling(HoleFill::Flat));
    assert_eq!((mesh.properties().volume, mesh.check().is_solid()), (8.0, true));
    let small = RepairOptions {
        holes: Some(HoleOptions { max_edges: 3, fill: HoleFill::Flat }),
        ..RepairOptions::default()
    };
    let (mesh, report) = repaired(&open, &small);
    assert_eq!((mesh.triangles.len(), report.num_left_open), (10, 1));
}

#[test]
fn a_smooth_patch_goes_on_as_the_sphere_does() {
    let whole = sphere(48);
    let mut mesh = whole.clone();
    mesh.triangles.retain(|corners| {
        corners.iter().any(|&corner| {
            whole.positions[corner as usize].normalize_or_zero().dot(DVec3::new(0.6, 0.0, 0.8)) < 0.93
        })
    });
    let (flat, _) = repaired(&mesh, &filling(HoleFill::Flat));
    let (smooth, report) = repaired(&mesh, &filling(HoleFill::Smooth));
    assert!(flat.check().is_solid() && smooth.check().is_solid());
    assert_eq!(report.num_filled, 1);
    let missing = |mesh: &Mesh| 1.0 - mesh.properties().volume / whole.properties().volume;
    assert!(missing(&flat) > 5e-4, "{}", missing(&flat));
    assert!(missing(&smooth).abs() < 0.3 * missing(&flat), "{} {}", missing(&smooth), missing(&flat));
    for point in &smooth.positions {
        assert!((point.length() - 5.0).abs() < 0.15, "{}", point.length());
    }
}

#[test]
fn new_triangles_have_no_values_but_a_material() {
    let mut mesh = cube();
    mesh.triangles.pop();
    mesh.material_slots = vec![7; 11];
    let values = vec![0.5; 32];
    mesh.channels.push(Channel {
        semantic: Semantic::Color(0),
        width: 4,
        values,
        rows: CornerRows::PerPosition,
    });
    let (mesh, _) = repaired(&mesh, &filling(HoleFill::Flat));
    assert_eq!(mesh.material_slots, [7; 12]);
    let CornerRows::PerCorner(rows) = &mesh.channels[0].rows else { panic!("rows are per corner now") };
    assert_eq!(rows[11], [NO_ROW; 3]);
    assert!(!rows[..11].iter().flatten().any(|&row| row == NO_ROW));
}

#[test]
fn the_outer_hull_has_nothing_inside() {
    let overlapping = beside(&cube(), &cube(), DVec3::ONE);
    let mesh = outer_hull(&overlapping, WindingRule::NonZero, &Unwatched).expect("it is closed");
    assert!(mesh.check().is_solid());
    assert!((mesh.properties().volume - 15.0).abs() < 1e-12);
    let mut open = cube();
    open.triangles.pop();
    let error = outer_hull(&open, WindingRule::NonZero, &Unwatched).expect_err("it is open");
    assert!(matches!(error, OuterHullError::Boolean(BooleanError::Open { .. })));
}

#[test]
fn impossible_requests_are_refused() {
    for tolerance in [-1.0, f64::NAN, f64::INFINITY] {
        let options = RepairOptions { tolerance, ..RepairOptions::default() };
        assert_eq!(repair(&cube(), &options, &Unwatched), Err(RepairError::Tolerance));
    }
    let mut mesh = cube();
    mesh.channels.push(Channel {
        semantic: Semantic::Uv(0),
        width: 2,
        values: vec![0.0; 4],
        rows: CornerRows::PerCorner(Arc::new(vec![])),
    });
    assert!(matches!(repair(&mesh, &RepairOptions::default(), &Unwatched), Err(RepairError::Mesh(_))));
}

/// The mean of the corners of this hole is one of them, and its diagonals are edges elsewhere.
#[test]
fn a_hole_whose_middle_is_a_corner() {
    let positions = [[0, 0, 0], [0, 1, 1], [1, 1, 1], [1, 1, 2], [2, 1, 0]]
        .map(|it| DVec3::from_array(it.map(f64::from)));
    let mesh = Mesh::new(positions.to_vec(), vec![[0, 1, 2], [1, 4, 3], [4, 2, 3]]);
    for fill in [HoleFill::Flat, HoleFill::Smooth] {
        let options = filling(fill);
        let (once, _) = repaired(&mesh, &options);
        let (_, again) = repaired(&once, &options);
        assert_eq!((again.num_merged, again.num_degenerate), (0, 0), "{fill:?}: {once:?}");
    }
}

proptest! {
    /// Holes anywhere in a bumpy torus: it closes again, with its handle.
    #[test]
    fn any_holes_are_closed(
        removed in prop::collection::vec(1_usize..257, 1..40),
        bumps in prop::collection::vec(-0.2..0.2, 20),
        is_smooth in any::<bool>(),
    ) {
        let mut mesh = Primitive::Torus { major_radius: 5.0, minor_radius: 2.0, segments: 16 }.mesh().expect("allowed");
        for (i, point) in mesh.positions.iter_mut().enumerate() {
            *point += DVec3::new(bumps[i % 20], bumps[(i * 7) % 20], bumps[(i * 3) % 20]);
        }
        let mut index = 0;
        mesh.triangles.retain(|_| { index += 1; !removed.contains(&index) });
        let fill = if is_smooth { HoleFill::Smooth } else { HoleFill::Flat };
        let (mesh, report) = repaired(&mesh, &filling(fill));
        let check = mesh.check();
        prop_assert!(report.num_left_open > 0 || (check.is_closed() && check.is_oriented()), "{report:?} {check:?}");
        prop_assert_eq!(check.num_non_manifold_edges, 0);
        prop_assert!(report.num_filled > 0);
    }

    #[test]
    fn any_soup_is_answered(
        corners in prop::collection::vec([0_i8..3, 0_i8..3, 0_i8..3], 3..20),
        triangles in prop::collection::vec([0_u32..22, 0_u32..22, 0_u32..22], 1..50),
        tolerance in prop_oneof![Just(0.0), 0.0..1.5],
        is_smooth in any::<bool>(),
    ) {
        let positions: Vec<DVec3> = corners.iter().map(|&it| DVec3::from_array(it.map(f64::from))).collect();
        let fill = if is_smooth { HoleFill::Smooth } else { HoleFill::Flat };
        let options = RepairOptions { tolerance, ..filling(fill) };
        let (mesh, _) = repaired(&Mesh::new(positions, triangles), &options);
        prop_assert_eq!(mesh.check().num_duplicate, 0);
        // A second time there is nothing left to drop.
        let (_, again) = repaired(&mesh, &RepairOptions { tolerance: 0.0, ..options });
        prop_assert_eq!((again.num_degenerate, again.num_broken), (0, 0));
    }
}
