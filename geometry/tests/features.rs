//! Recognised faces and edges against the shapes they were made from.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::f64::consts::{FRAC_PI_2, PI, TAU};

use geometry::boolean::{BooleanOp, BooleanOptions, Operand, boolean};
use geometry::features::{Chain, Curve, Face, Features, NONE, Recognizer, Shape, recognize};
use geometry::{
    Cancelled, Extrusion, Mesh, Primitive, Progress, Region, RegionRule, Revolution, Solid, Unwatched,
    extrude, revolve,
};
use glam::{DAffine3, DQuat, DVec2, DVec3};
use proptest::prelude::*;

/// As a binary STL of a part somewhere would hold it.
fn placed(mesh: &Mesh, place: &DAffine3) -> Mesh {
    let mut mesh = mesh.clone();
    for point in &mut mesh.positions {
        *point = place.transform_point3(*point).as_vec3().as_dvec3();
    }
    mesh
}

fn places() -> [DAffine3; 3] {
    let turn = DQuat::from_rotation_x(0.7) * DQuat::from_rotation_z(-1.3);
    [
        DAffine3::IDENTITY,
        DAffine3::from_rotation_translation(turn, DVec3::new(12.0, -40.0, 7.0)),
        DAffine3::from_scale_rotation_translation(DVec3::splat(25.0), turn.inverse(), DVec3::splat(-90.0)),
    ]
}

fn scale_of(place: &DAffine3) -> f64 {
    place.matrix3.x_axis.length()
}

fn found(mesh: &Mesh) -> Features {
    let features = recognize(mesh, &Unwatched).unwrap();
    let mut counts = vec![0_u32; features.faces.len()];
    for &face in features.face_of_triangle.iter().filter(|&&face| face != NONE) {
        counts[face as usize] += 1;
    }
    assert_eq!(counts, features.faces.iter().map(|face| face.num_triangles).collect::<Vec<_>>());
    let area: f64 = features.faces.iter().map(|face| face.area).sum();
    assert!((area / mesh.properties().area - 1.0).abs() < 1e-9);
    for (number, chain) in features.chains.iter().enumerate() {
        let points: Vec<DVec3> = features.points_of(chain).collect();
        assert_eq!(points.len(), chain.num_segments as usize + usize::from(!chain.is_closed));
        let of_segments =
            &features.chain_of_segment[chain.first_segment as usize..][..chain.num_segments as usize];
        assert!(of_segments.iter().all(|&of| of == number as u32));
    }
    features
}

fn cylinders(features: &Features) -> Vec<(&Face, f64, f64, bool, f64)> {
    let as_cylinder = |face| match &face {
        Face { shape: Some(Shape::Cylinder { ends, radius, is_hollow, turn_rad }), .. } => {
            Some((*radius, ends[0].distance(ends[1]), *is_hollow, *turn_rad))
        }
        _ => None,
    };
    let all = features.faces.iter();
    all.filter_map(|face| {
        as_cylinder(*face).map(|(radius, length, hollow, turn)| (face, radius, length, hollow, turn))
    })
    .collect()
}

fn num_planes(features: &Features) -> usize {
    features.faces.iter().filter(|face| matches!(face.shape, Some(Shape::Plane { .. }))).count()
}

fn circles(features: &Features) -> Vec<(&Chain, DVec3, f64, f64)> {
    let circle = |chain: &Chain| match chain.curve {
        Curve::Arc { center, radius, turn_rad, .. } => Some((center, radius, turn_rad)),
        _ => None,
    };
    features.chains.iter().filter_map(|chain| circle(chain).map(|(c, r, t)| (chain, c, r, t))).collect()
}

#[test]
fn a_box_has_six_planes_and_twelve_lines() {
    for place in places() {
        let mesh = placed(&Primitive::Box { size: DVec3::new(1.0, 2.0, 3.0) }.mesh().unwrap(), &place);
        let features = found(&mesh);
        assert_eq!((features.faces.len(), num_planes(&features), features.chains.len()), (6, 6, 12));
        assert!(features.chains.iter().all(|chain| chain.curve == Curve::Line && !chain.is_closed));
        let scale = scale_of(&place);
        let mut areas: Vec<f64> = features.faces.iter().map(|face| face.area / scale / scale).collect();
        areas.sort_by(f64::total_cmp);
        for (area, expected) in areas.iter().zip([2.0, 2.0, 3.0, 3.0, 6.0, 6.0]) {
            assert!((area / expected - 1.0).abs() < 1e-4);
        }
    }
}

#[test]
fn cylinders_of_any_resolution_are_cylinders() {
    for segments in [8, 12, 16, 24, 33, 64, 200, 720] {
        for place in places() {
            let mesh = Primitive::Cylinder { radius: 2.0, height: 5.0, segments }.mesh().unwrap();
            let mesh = placed(&mesh, &place);
            let scale = scale_of(&place);
            let features = found(&mesh);
            assert_eq!((features.faces.len(), num_planes(&features)), (3, 2), "{segments} segments");
            let &[(face, radius, length, is_hollow, turn)] = &cylinders(&features)[..] else {
                panic!("{:?}", features.faces)
            };
            assert!((radius / scale / 2.0 - 1.0).abs() < 1e-4 && (length / scale / 5.0 - 1.0).abs() < 1e-4);
            assert!(!is_hollow && turn == TAU && face.num_triangles == 2 * segments, "{segments} {face:?}");
            assert!(face.fit.max < 1e-4 * scale, "{:?}", face.fit);
            let sagitta = 2.0 * scale * (1.0 - (PI / f64::from(segments)).cos());
            assert!((0.3 * sagitta..1.01 * sagitta + 1e-4).contains(&face.fit.chord), "{:?}", face.fit);
            let (_, direction) = face.shape.unwrap().axis().unwrap();
            assert!(direction.dot(place.transform_vector3(DVec3::Z)).abs() / scale > 1.0 - 1e-8);
            let rims = circles(&features);
            assert_eq!((rims.len(), features.chains.len()), (2, 2));
            for (chain, center, radius, turn) in rims {
                assert!(chain.is_closed && turn == TAU && (radius / scale / 2.0 - 1.0).abs() < 1e-4);
                let from = place.inverse().transform_point3(center);
                assert!(
                    from.truncate().length() < 1e-3 && (from.z.abs() < 1e-3 || (from.z - 5.0).abs() < 1e-3)
                );
            }
        }
    }
}

#[test]
fn regular_prisms_of_few_sides_are_not_round() {
    for segments in [3, 4, 5, 6] {
        let mesh = Primitive::Cylinder { radius: 2.0, height: 5.0, segments }.mesh().unwrap();
        let features = found(&mesh);
        assert_eq!(num_planes(&features), segments as usize + 2);
        assert!(circles(&features).is_empty());
    }
}

#[test]
fn cones_of_any_resolution_are_cones() {
    for segments in [12, 24, 64, 200] {
        for (top_radius, place) in
            [0.0, 1.0, 2.4].into_iter().flat_map(|top| places().map(|place| (top, place)))
        {
            let cone = Primitive::Cone { bottom_radius: 3.0, top_radius, height: 4.0, segments };
            let features = found(&placed(&cone.mesh().unwrap(), &place));
            let scale = scale_of(&place);
            let all: Vec<_> = features
                .faces
                .iter()
                .filter(|face| !matches!(face.shape, Some(Shape::Plane { .. })))
                .collect();
            let [Face { shape: Some(Shape::Cone { ends, radii, is_hollow, turn_rad }), fit, .. }] = all[..]
            else {
                panic!("{segments} segments, {top_radius}: {:?}", features.faces)
            };
            let mut radii = *radii;
            radii.sort_by(f64::total_cmp);
            assert!((radii[1] / scale - 3.0).abs() < 3e-4, "{radii:?}");
            assert!((radii[0] / scale - top_radius).abs() < 3e-4, "{radii:?}");
            assert!((ends[0].distance(ends[1]) / scale - 4.0).abs() < 3e-4);
            assert!(!is_hollow && *turn_rad == TAU && fit.max < 1e-4 * scale);
        }
    }
}

#[test]
fn spheres_of_any_resolution_are_spheres() {
    for segments in [16, 24, 48, 96, 200] {
        for place in places() {
            let mesh = placed(&Primitive::Sphere { radius: 3.0, segments }.mesh().unwrap(), &place);
            let scale = scale_of(&place);
            let features = found(&mesh);
            let [Face { shape: Some(Shape::Sphere { center, radius, is_hollow }), fit, .. }] =
                features.faces[..]
            else {
                panic!("{segments} segments: {:?}", features.faces)
            };
            assert!((radius / scale / 3.0 - 1.0).abs() < 1e-5 && !is_hollow);
            assert!(center.distance(place.translation) < 1e-4 * scale && fit.max < 1e-4 * scale);
            assert!(features.chains.is_empty());
        }
    }
}

#[test]
fn rings_of_any_resolution_are_rings() {
    for segments in [24, 48, 96] {
        for place in places() {
            let torus = Primitive::Torus { major_radius: 5.0, minor_radius: 1.5, segments };
            let features = found(&placed(&torus.mesh().unwrap(), &place));
            let scale = scale_of(&place);
            let [
                Face {
                    shape: Some(Shape::Torus { center, major_radius, minor_radius, is_hollow, .. }), ..
                },
            ] = features.faces[..]
            else {
                panic!("{segments} segments: {} faces", features.faces.len())
            };
            assert!((major_radius / scale / 5.0 - 1.0).abs() < 1e-4 && !is_hollow);
            assert!((minor_radius / scale / 1.5 - 1.0).abs() < 1e-4);
            assert!(center.distance(place.translation) < 1e-3 * scale);
        }
    }
}

/// A plate of 60 × 40 × 8 with holes across its thickness: centres and radii.
fn drilled(holes: &[(DVec2, f64, u32)]) -> Mesh {
    let operand = |mesh: Mesh, shift: DVec3| {
        Operand::placed(Solid::new(mesh, &Unwatched).unwrap(), DAffine3::from_translation(shift))
    };
    let mut operands =
        vec![operand(Primitive::Box { size: DVec3::new(60.0, 40.0, 8.0) }.mesh().unwrap(), DVec3::ZERO)];
    for &(center, radius, segments) in holes {
        let mesh = Primitive::Cylinder { radius, height: 20.0, segments }.mesh().unwrap();
        operands.push(operand(mesh, center.extend(-5.0)));
    }
    boolean(BooleanOp::Difference, &operands, &BooleanOptions::default(), &Unwatched).unwrap().mesh
}

#[test]
fn the_holes_of_a_plate_have_their_diameters_depths_and_places() {
    let holes = [
        (DVec2::new(-20.0, -10.0), 2.0, 24),
        (DVec2::new(15.0, 5.0), 6.0, 64),
        (DVec2::new(-5.0, 10.0), 3.25, 32),
    ];
    for place in places() {
        let features = found(&placed(&drilled(&holes), &place));
        let scale = scale_of(&place);
        assert_eq!((features.faces.len(), num_planes(&features)), (9, 6), "{:?}", features.faces);
        let bores = cylinders(&features);
        for (center, expected, _) in holes {
            let bore = bores.iter().find(|bore| (bore.1 / scale - expected).abs() < 1e-3);
            let &(face, _, depth, is_hollow, turn) = bore.expect("each hole is found");
            assert!(
                (depth / scale - 8.0).abs() < 1e-3 && is_hollow && turn == TAU && face.fit.max < 1e-3 * scale
            );
            let at = place.inverse().transform_point3(face.shape.unwrap().axis().unwrap().0);
            assert!(at.truncate().distance(center) < 1e-3);
        }
        assert_eq!(circles(&features).len(), 6);
        assert_eq!(features.chains.len(), 6 + 12);
    }
}

/// A bar whose section is a rectangle with quarter circles of a radius at its corners, each of some segments.
fn rounded_bar(radius: f64, segments: u32) -> Mesh {
    let mut outline = Vec::new();
    for (corner, center) in [[10.0, 6.0], [-10.0, 6.0], [-10.0, -6.0], [10.0, -6.0]].into_iter().enumerate() {
        let center = DVec2::from_array(center) - DVec2::from_array(center).signum() * radius;
        for step in 0..=segments {
            let angle = FRAC_PI_2 * (corner as f64 + f64::from(step) / f64::from(segments));
            outline.push(center + radius * DVec2::new(angle.cos(), angle.sin()));
        }
    }
    let region = Region::new(&[outline], RegionRule::NonZero).unwrap();
    let extrusion = Extrusion { height: 30.0, twist_rad: 0.0, top_scale: 1.0, slices: 1 };
    extrude(&region, &extrusion, &Unwatched).unwrap()
}

#[test]
fn fillets_and_the_planes_they_touch_are_told_apart() {
    for (radius, segments) in [(3.0, 3), (3.0, 5), (1.0, 8), (0.5, 16), (4.0, 30)] {
        for place in places() {
            let features = found(&placed(&rounded_bar(radius, segments), &place));
            let scale = scale_of(&place);
            assert_eq!(
                (features.faces.len(), num_planes(&features)),
                (10, 6),
                "radius {radius}, {segments} segments: {:#?}",
                features.faces
            );
            for (face, found, length, is_hollow, turn) in cylinders(&features) {
                assert!((found / scale / radius - 1.0).abs() < 2e-3, "{found} for {radius}, {segments}");
                assert!((length / scale - 30.0).abs() < 1e-3 && !is_hollow);
                assert!(
                    (turn - FRAC_PI_2).abs() < 2e-3 && face.num_triangles == 2 * segments,
                    "{segments} {face:?}"
                );
            }
            let arcs = circles(&features);
            assert_eq!((arcs.len(), features.chains.len()), (8, 8 + 8 + 8), "{radius} {segments}");
            for (_, _, found, turn) in arcs {
                assert!((found / scale / radius - 1.0).abs() < 2e-3 && (turn - FRAC_PI_2).abs() < 1e-3);
            }
        }
    }
}

#[test]
fn a_chamfer_is_a_plane() {
    // Three sides of equal turns lie on a circle by chance.
    let outline = [[0.0, 0.0], [20.0, 0.0], [20.0, 9.0], [16.0, 13.0], [4.0, 13.0], [0.0, 9.0]];
    let region = Region::new(&[outline.map(DVec2::from_array).to_vec()], RegionRule::NonZero).unwrap();
    let extrusion = Extrusion { height: 5.0, twist_rad: 0.0, top_scale: 1.0, slices: 1 };
    let mesh = extrude(&region, &extrusion, &Unwatched).unwrap();
    let features = found(&mesh);
    assert_eq!((features.faces.len(), num_planes(&features)), (8, 8));
    assert!(circles(&features).is_empty());
}

#[test]
fn a_turned_part_is_what_its_profile_was() {
    // A stepped shaft with a conical shoulder and a rounded groove.
    let mut profile =
        [[0.0, 0.0], [5.0, 0.0], [5.0, 6.0], [3.0, 9.0], [3.0, 14.0]].map(DVec2::from_array).to_vec();
    profile.extend((1..12).map(|step| {
        let angle = -FRAC_PI_2 + PI * f64::from(step) / 12.0;
        DVec2::new(3.0 - angle.cos(), 15.0 + angle.sin())
    }));
    profile.extend([[3.0, 16.0], [3.0, 20.0], [0.0, 20.0]].map(DVec2::from_array));
    let region = Region::new(&[profile], RegionRule::NonZero).unwrap();
    let mesh = revolve(&region, &Revolution { angle_rad: TAU, segments: 48 }, &Unwatched).unwrap();
    for place in places() {
        let features = found(&placed(&mesh, &place));
        let scale = scale_of(&place);
        let shapes: Vec<Shape> = features.faces.iter().filter_map(|face| face.shape).collect();
        assert_eq!((features.faces.len(), num_planes(&features)), (7, 2), "{shapes:#?}");
        let mut radii: Vec<f64> = cylinders(&features).iter().map(|bore| bore.1 / scale).collect();
        radii.sort_by(f64::total_cmp);
        assert_eq!(
            radii.iter().map(|radius| (radius * 1e3).round() / 1e3).collect::<Vec<_>>(),
            [3.0, 3.0, 5.0]
        );
        let ring = shapes.iter().find_map(|shape| match shape {
            Shape::Torus { major_radius, minor_radius, is_hollow, .. } => {
                Some((major_radius / scale, minor_radius / scale, *is_hollow))
            }
            _ => None,
        });
        let (major, minor, is_hollow) = ring.expect("the groove");
        assert!((major - 3.0).abs() < 1e-3 && (minor - 1.0).abs() < 1e-3 && is_hollow);
        assert!(shapes.iter().any(|shape| matches!(shape, Shape::Cone { .. })));
    }
}

/// Adds something of at most `amplitude` to every coordinate, the same each time.
fn shaken(mesh: &Mesh, amplitude: f64) -> Mesh {
    let mut mesh = mesh.clone();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as f64 / f64::from(1_u32 << 30) - 1.0) * amplitude
    };
    for point in &mut mesh.positions {
        *point += DVec3::new(random(), random(), random());
    }
    mesh
}

#[test]
fn noise_is_told_as_a_fit_error() {
    let sphere = Primitive::Sphere { radius: 10.0, segments: 96 }.mesh().unwrap();
    let mesh = shaken(&sphere, 0.03);
    let mut recognizer = Recognizer::new(&mesh, &Unwatched).unwrap();
    let (face, triangles) = recognizer.face_at(3000, &Unwatched).unwrap();
    let Some(Shape::Sphere { center, radius, .. }) = face.shape else { panic!("{face:?}") };
    assert!(center.length() < 0.01 && (radius - 10.0).abs() < 0.01, "{center} {radius}");
    assert!(triangles.len() > mesh.triangles.len() * 9 / 10);
    assert!((0.02..0.06).contains(&face.fit.max) && (0.01..0.03).contains(&face.fit.rms), "{:?}", face.fit);
}

#[test]
fn a_pick_does_the_work_of_its_face_only() {
    struct Counting(std::sync::atomic::AtomicUsize);
    impl Progress for Counting {
        fn report(&self, _: f64) -> Result<(), Cancelled> {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            Ok(())
        }
    }
    let holes = [(DVec2::new(15.0, 5.0), 6.0, 64)];
    let mesh = drilled(&holes);
    let mut recognizer = Recognizer::new(&mesh, &Unwatched).unwrap();
    let all = found(&mesh);
    for triangle in 0..mesh.triangles.len() as u32 {
        let watched = Counting(0.into());
        let (face, triangles) = recognizer.face_at(triangle, &watched).unwrap();
        let expected = all.faces[all.face_of_triangle[triangle as usize] as usize];
        assert_eq!(triangles[0], triangle);
        assert_eq!(
            (face.num_triangles, triangles.len()),
            (expected.num_triangles, expected.num_triangles as usize)
        );
        assert!(watched.0.into_inner() < 2000);
    }
}

#[test]
fn it_stops_when_asked() {
    struct Never;
    impl Progress for Never {
        fn report(&self, done: f64) -> Result<(), Cancelled> {
            if done > 0.05 { Err(Cancelled) } else { Ok(()) }
        }
    }
    let mesh = Primitive::Sphere { radius: 3.0, segments: 200 }.mesh().unwrap();
    assert_eq!(recognize(&mesh, &Never), Err(Cancelled));
}

#[test]
fn what_is_no_surface_gives_faces_without_shapes_or_none() {
    assert_eq!(recognize(&Mesh::default(), &Unwatched).unwrap(), Features::default());
    let flat = Mesh::new(vec![DVec3::ZERO, DVec3::X, DVec3::X * 2.0], vec![[0, 1, 2], [0, 0, 1]]);
    let features = recognize(&flat, &Unwatched).unwrap();
    assert!(features.faces.iter().all(|face| face.shape.is_none()));
    assert_eq!(features.face_of_triangle[1], NONE);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn nothing_makes_it_panic(
        points in prop::collection::vec(([-2.0..2.0_f64, -2.0..2.0, -2.0..2.0], any::<bool>()), 3..40),
        corners in prop::collection::vec([0_u32..40, 0..40, 0..40], 1..80),
    ) {
        let count = points.len() as u32;
        let flatten = |([x, y, z], flat): ([f64; 3], bool)| DVec3::new(x, y, if flat { 0.0 } else { z });
        let positions = points.into_iter().map(flatten).collect();
        let triangles = corners.into_iter().map(|triangle| triangle.map(|corner| corner % count)).collect();
        let mesh = Mesh::new(positions, triangles);
        let features = recognize(&mesh, &Unwatched).unwrap();
        prop_assert_eq!(&features, &recognize(&mesh, &Unwatched).unwrap());
        for chain in &features.chains {
            prop_assert!(chain.num_segments > 0 && chain.length >= 0.0);
        }
    }
}

/// Run by hand for times: `cargo test --release -p geometry --test features -- --ignored --nocapture`.
#[test]
#[ignore = "takes long, prints times"]
fn times_of_a_million_triangles() {
    let sphere = Primitive::Sphere { radius: 50.0, segments: 1000 }.mesh().unwrap();
    let mut waves = sphere.clone();
    for point in &mut waves.positions {
        let at = *point;
        *point *= 1.0 + 0.05 * (at.x * 0.3).sin() * (at.y * 0.23).cos() * (at.z * 0.37).sin();
    }
    let scan = shaken(&sphere, 0.01);
    let plate = {
        let mut operands = Vec::new();
        let solid =
            Solid::new(Primitive::Box { size: DVec3::new(800.0, 800.0, 8.0) }.mesh().unwrap(), &Unwatched);
        operands.push(Operand::new(solid.unwrap()));
        for hole in 0..1024_i32 {
            let at =
                DVec3::new(f64::from(hole % 32) * 24.0 - 372.0, f64::from(hole / 32) * 24.0 - 372.0, -5.0);
            let mesh = Primitive::Cylinder { radius: 8.0, height: 20.0, segments: 240 }.mesh().unwrap();
            let solid = Solid::new(mesh, &Unwatched).unwrap();
            operands.push(Operand::placed(solid, DAffine3::from_translation(at)));
        }
        boolean(BooleanOp::Difference, &operands, &BooleanOptions::default(), &Unwatched).unwrap().mesh
    };
    for (name, mesh) in
        [("sphere", sphere), ("waves", waves), ("scanned sphere", scan), ("drilled plate", plate)]
    {
        let start = std::time::SystemTime::now();
        let features = recognize(&mesh, &Unwatched).unwrap();
        let millis = start.elapsed().unwrap().as_millis();
        let named = features.faces.iter().filter(|face| face.shape.is_some()).count();
        println!(
            "{name}: {} triangles, {millis} ms, {} faces, {named} with a shape",
            mesh.triangles.len(),
            features.faces.len()
        );
    }
}
