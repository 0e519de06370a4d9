use std::f64::consts::PI;

use super::*;
use crate::topology::Edges;
use crate::{Primitive, Unwatched, extrude, refine};

fn options(edge_length: f64) -> RemeshOptions {
    RemeshOptions { edge_length, ..RemeshOptions::default() }
}

fn remeshed(mesh: &Mesh, edge_length: f64) -> Mesh {
    let result = remesh(mesh, &options(edge_length), &Unwatched).expect("sound");
    let report = result.check();
    let is_sound = report.is_well_formed() && report.is_oriented() && report.is_manifold();
    assert!(is_sound && report.num_zero_area + report.num_duplicate + report.num_isolated == 0, "{report:?}");
    result
}

fn primitive(primitive: Primitive) -> Mesh {
    primitive.mesh().expect("allowed")
}

/// The lengths of all edges, in order.
fn lengths(mesh: &Mesh) -> Vec<f64> {
    let edges = Edges::new(&mesh.triangles, mesh.positions.len());
    let mut lengths: Vec<f64> = edges
        .iter()
        .map(|halfedges| {
            let [from, to] = [crate::topology::start_of, crate::topology::end_of]
                .map(|end| mesh.positions[end(&mesh.triangles, halfedges[0]) as usize]);
            from.distance(to)
        })
        .collect();
    lengths.sort_by(f64::total_cmp);
    lengths
}

fn assert_even(mesh: &Mesh, edge_length: f64) {
    let lengths = lengths(mesh);
    let part = |share: f64| lengths[(lengths.len() as f64 * share) as usize] / edge_length;
    let mean = lengths.iter().sum::<f64>() / lengths.len() as f64 / edge_length;
    assert!((0.85..1.1).contains(&mean), "{mean}");
    assert!(part(0.02) > 0.6 && part(0.98) < 1.4, "{} {}", part(0.02), part(0.98));
}

/// The smallest angle of all triangles, but for a share of them.
fn small_angle_deg(mesh: &Mesh, share: f64) -> f64 {
    let mut angles: Vec<f64> = (0..mesh.triangles.len())
        .map(|triangle| {
            let points = mesh.triangle_points(triangle);
            let angle = |i: usize| {
                let (b, c) = (points[(i + 1) % 3] - points[i], points[(i + 2) % 3] - points[i]);
                crate::math::atan2(b.cross(c).length(), b.dot(c)).to_degrees()
            };
            angle(0).min(angle(1)).min(angle(2))
        })
        .collect();
    angles.sort_by(f64::total_cmp);
    angles[(angles.len() as f64 * share) as usize]
}

#[test]
fn a_ball_gets_even_triangles() {
    let ball = primitive(Primitive::Sphere { radius: 10.0, segments: 96 });
    for edge_length in [0.9, 2.0] {
        let result = remeshed(&ball, edge_length);
        assert!(result.is_watertight());
        assert_even(&result, edge_length);
        assert!(small_angle_deg(&result, 0.01) > 30.0, "{}", small_angle_deg(&result, 0.01));
        // A chord of this length is nowhere farther below the surface; the given ball is a little below the round one.
        let sag = 10.0 - (100.0 - edge_length * edge_length).sqrt();
        let volume = result.properties().volume;
        let round = 4.0 / 3.0 * PI * 1000.0;
        assert!(volume < round && volume > round * (1.0 - 3.0 * sag / 10.0 - 0.003), "{volume} {round}");
        for position in &result.positions {
            assert!((position.length() - 10.0).abs() < 0.02, "{position}");
        }
        let num_edges = result.triangles.len() * 3 / 2;
        assert_eq!(result.positions.len() + result.triangles.len() - num_edges, 2);
    }
}

#[test]
fn a_torus_keeps_its_hole() {
    let torus = primitive(Primitive::Torus { major_radius: 10.0, minor_radius: 3.0, segments: 64 });
    let result = remeshed(&torus, 0.8);
    assert!(result.is_watertight());
    assert_even(&result, 0.8);
    assert_eq!(result.positions.len(), result.triangles.len() / 2);
    let [old, new] = [&torus, &result].map(|mesh| mesh.properties().volume);
    assert!((old - new).abs() < old * 0.01, "{old} {new}");
}

#[test]
fn creases_stay() {
    let body = primitive(Primitive::Box { size: DVec3::new(10.0, 7.0, 5.0) });
    let result = remeshed(&body, 0.7);
    assert!(result.is_watertight());
    assert_even(&result, 0.7);
    assert!(small_angle_deg(&result, 0.01) > 25.0, "{}", small_angle_deg(&result, 0.01));
    let properties = result.properties();
    assert!((properties.volume - 350.0).abs() < 1e-9, "{}", properties.volume);
    assert!((properties.area - 310.0).abs() < 1e-9, "{}", properties.area);

    // Rims of a cylinder: on the chords of the given one.
    let cylinder = primitive(Primitive::Cylinder { radius: 5.0, height: 8.0, segments: 48 });
    let result = remeshed(&cylinder, 0.6);
    assert!(result.is_watertight());
    let rim: Vec<f64> = result
        .positions
        .iter()
        .filter(|it| it.z.abs() > 4.0 - 1e-9)
        .map(|it| it.truncate().length())
        .collect();
    let inner = 5.0 * crate::math::cos(PI / 48.0);
    let num_on_rim = rim.iter().filter(|&&radius| radius > inner - 1e-9).count();
    assert!(num_on_rim > 80, "{num_on_rim}");
    let [old, new] = [&cylinder, &result].map(|mesh| mesh.properties().volume);
    assert!((old - new).abs() < old * 2e-3, "{old} {new}");
}

#[test]
fn boundaries_and_borders_of_materials_stay() {
    let mut sheet = Mesh::new(
        [[0.0, 0.0], [4.0, 0.0], [10.0, 0.0], [10.0, 6.0], [4.0, 6.0], [0.0, 6.0]]
            .map(|[x, y]| DVec3::new(x, y, 0.0))
            .to_vec(),
        vec![[0, 1, 4], [0, 4, 5], [1, 2, 3], [1, 3, 4]],
    );
    sheet.material_slots = vec![1, 1, 0, 0];
    let result = remeshed(&sheet, 0.5);
    assert_even(&result, 0.5);
    let area = |slot: u32| -> f64 {
        let triangles = (0..result.triangles.len()).filter(|&it| result.material_slot(it) == slot);
        triangles
            .map(|it| {
                let [a, b, c] = result.triangle_points(it);
                (b - a).cross(c - a).z * 0.5
            })
            .sum()
    };
    assert!((area(1) - 24.0).abs() < 1e-9 && (area(0) - 36.0).abs() < 1e-9, "{} {}", area(1), area(0));
    let opposites = Edges::new(&result.triangles, result.positions.len()).opposites(&result.triangles);
    let on_rim = |halfedge: u32| {
        let at = |it: u32| result.positions[it as usize];
        let (from, to) = (
            at(crate::topology::start_of(&result.triangles, halfedge)),
            at(crate::topology::end_of(&result.triangles, halfedge)),
        );
        let is_on = |f: &dyn Fn(DVec3) -> f64, value: f64| f(from) == value && f(to) == value;
        is_on(&|p| p.x, 0.0) || is_on(&|p| p.x, 10.0) || is_on(&|p| p.y, 0.0) || is_on(&|p| p.y, 6.0)
    };
    let rim = (0..).zip(&opposites).filter(|&(_, &across)| across == crate::topology::BOUNDARY);
    assert!(rim.clone().count() > 50 && rim.clone().all(|(halfedge, _)| on_rim(halfedge)));
}

#[test]
fn coarser_and_finer_meshes_than_wanted_become_alike() {
    let ball = primitive(Primitive::Sphere { radius: 5.0, segments: 64 });
    let fine = refine(&ball, 0.2, &Unwatched).expect("sound");
    let [one, other] = [&ball, &fine].map(|mesh| remeshed(mesh, 0.8).triangles.len() as f64);
    assert!((one / other - 1.0).abs() < 0.06, "{one} {other}");
}

#[test]
fn odd_input_keeps_its_edges() {
    // Two boxes that share a corner, by index.
    let mut body = primitive(Primitive::Box { size: DVec3::splat(2.0) });
    let (low, high) = body.bounds().expect("it has corners");
    let far = (0..8).find(|&it| body.positions[it as usize] == high).expect("a corner");
    let other = body.clone();
    let first = body.positions.len() as u32;
    let twin = |corner: u32| {
        let at = other.positions[corner as usize];
        if at == low { far } else { first + corner }
    };
    body.triangles.extend(other.triangles.iter().map(|corners| corners.map(twin)));
    body.positions.extend(other.positions.iter().map(|&it| it + (high - low)));
    let result = remesh(&body, &options(0.3), &Unwatched).expect("sound");
    assert!(result.is_watertight());
    assert_eq!(result.check().num_non_manifold_positions, 1);
    assert!((result.properties().volume - 16.0).abs() < 1e-9);
    // A triangle that names a position twice, and a position without triangles.
    let mut odd = primitive(Primitive::Box { size: DVec3::splat(2.0) });
    odd.triangles.push([0, 0, 1]);
    odd.positions.push(DVec3::splat(100.0));
    assert!(remeshed(&odd, 0.5).is_watertight());
    // Three sheets at one edge.
    let fan = Mesh::new(
        [[0.0, 0.0, 0.0], [0.0, 0.0, 4.0], [4.0, 0.0, 0.0], [-3.0, 3.0, 0.0], [-3.0, -3.0, 0.0]]
            .map(DVec3::from_array)
            .to_vec(),
        vec![[0, 2, 1], [0, 3, 1], [0, 4, 1]],
    );
    let result = remesh(&fan, &options(0.5), &Unwatched).expect("sound");
    let [old, new] = [&fan, &result].map(|mesh| mesh.properties().area);
    assert!((old - new).abs() < 1e-9 && result.triangles.len() > 3, "{old} {new}");
    assert_eq!(
        Edges::new(&result.triangles, result.positions.len()).iter().filter(|it| it.len() == 3).count(),
        1
    );
}

#[test]
fn refusals_and_cancelling() {
    let body = primitive(Primitive::Box { size: DVec3::splat(2.0) });
    for length in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(remesh(&body, &options(length), &Unwatched), Err(RemeshError::Length));
    }
    assert_eq!(remesh(&body, &options(1e-9), &Unwatched), Err(RemeshError::TooLarge));
    assert_eq!(remesh(&Mesh::default(), &options(1.0), &Unwatched), Ok(Mesh::default()));
    struct Never;
    impl Progress for Never {
        fn report(&self, _done: f64) -> Result<(), Cancelled> {
            Err(Cancelled)
        }
    }
    assert_eq!(remesh(&body, &options(0.5), &Never), Err(RemeshError::Cancelled(Cancelled)));
}

#[test]
fn prisms_keep_their_volume() {
    let region = crate::Region::new(
        &[vec![
            glam::DVec2::ZERO,
            glam::DVec2::new(8.0, 0.0),
            glam::DVec2::new(8.0, 1.0),
            glam::DVec2::new(1.0, 8.0),
        ]],
        crate::RegionRule::Odd,
    )
    .expect("sound");
    let part = extrude(&region, &crate::Extrusion { height: 2.0, ..Default::default() }, &Unwatched);
    let part = part.expect("sound");
    let result = remeshed(&part, 0.4);
    let [old, new] = [&part, &result].map(|mesh| mesh.properties().volume);
    assert!((old - new).abs() < 1e-9 * old, "{old} {new}");
}
