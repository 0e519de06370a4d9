use std::f64::consts::PI;

use proptest::prelude::*;

use super::*;
use crate::{Primitive, Unwatched, section};

fn rectangle(low: [f64; 2], high: [f64; 2]) -> Vec<DVec2> {
    [[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]]
        .map(DVec2::from_array)
        .to_vec()
}

fn square(low: f64, high: f64) -> Region {
    Region::new(&[rectangle([low; 2], [high; 2])], RegionRule::Odd).expect("in range")
}

fn corner_of(region: &Region) -> usize {
    region.contours().map(Vec::len).sum()
}

#[test]
fn nested_contours_are_holes_and_islands() {
    let nested: Vec<Vec<DVec2>> =
        (0..4).map(|i| rectangle([f64::from(i); 2], [10.0 - f64::from(i); 2])).collect();
    let region = Region::new(&nested, RegionRule::Odd).expect("in range");
    assert_eq!((region.shapes().len(), region.shapes()[0].holes.len()), (2, 1));
    assert_eq!(region.area(), 100.0 - 64.0 + 36.0 - 16.0);
    assert_eq!(region.perimeter(), 4.0 * (10.0 + 8.0 + 6.0 + 4.0));
    assert!(region.centroid().expect("not empty").distance(DVec2::splat(5.0)) < 1e-14);
    assert_eq!(Region::new(&nested, RegionRule::NonZero).expect("in range").area(), 100.0);
    assert_eq!(Region::new(&[], RegionRule::Odd), Ok(Region::default()));
    assert_eq!(Region::default().centroid(), None);
}

#[test]
fn coordinates_keep_their_bits() {
    let corners = [[0.1, 0.2], [123.456_789, 1.0 / 3.0], [77.7, 99.9]].map(DVec2::from_array).to_vec();
    let region = Region::new(std::slice::from_ref(&corners), RegionRule::Odd).expect("in range");
    let mut found = region.shapes()[0].outer.clone();
    let first = found.iter().position(|&corner| corner == corners[0]).expect("it is there");
    found.rotate_left(first);
    assert_eq!(found, corners);
}

#[test]
fn broken_contours_are_named() {
    let mut corners = rectangle([0.0; 2], [1.0; 2]);
    corners[2].y = f64::NAN;
    let contours = [rectangle([0.0; 2], [1.0; 2]), corners];
    let expected = Err(RegionError::OutOfRange { contour: 1, corner: 2 });
    assert_eq!(Region::new(&contours, RegionRule::Odd), expected);
    // Too few corners enclose nothing.
    let line = vec![DVec2::ZERO, DVec2::ONE];
    assert!(Region::new(&[line, vec![], vec![DVec2::ONE]], RegionRule::Odd).expect("in range").is_empty());
}

#[test]
fn offsets_have_their_areas() {
    let base = square(0.0, 4.0);
    let grown = |distance: f64, join: Join| base.offset(&Offset { distance, join }).expect("in range");
    let mitre = Join::Mitre { limit: 2.0 };
    assert_eq!(grown(1.0, mitre).area(), 36.0);
    assert_eq!(grown(-1.0, mitre).area(), 4.0);
    assert!(grown(-2.0, mitre).is_empty() && grown(-3.0, Join::Bevel).is_empty());
    assert_eq!(grown(1.0, Join::Bevel).area(), 36.0 - 2.0);
    assert_eq!(grown(1.0, Join::Mitre { limit: 1.2 }).area(), 36.0 - 2.0);
    let round = grown(1.0, Join::Round { accuracy: 1e-4 });
    assert!((round.area() - (32.0 + PI)).abs() < 1e-3 && round.area() < 32.0 + PI);
    assert_eq!(grown(0.0, mitre), base);
    // A wall of 1 mm vanishes, and two parts become one.
    let dumbbell = square(0.0, 3.0)
        .combined(
            RegionOp::Union,
            &Region::new(&[rectangle([3.0, 1.0], [5.0, 2.0])], RegionRule::Odd).expect("in range"),
        )
        .combined(
            RegionOp::Union,
            &Region::new(&[rectangle([5.0, 0.0], [8.0, 3.0])], RegionRule::Odd).expect("in range"),
        );
    assert_eq!(dumbbell.shapes().len(), 1);
    let thin = dumbbell.offset(&Offset { distance: -0.75, join: mitre }).expect("in range");
    assert_eq!((thin.shapes().len(), thin.area()), (2, 4.5));
    // Holes shrink when the region grows.
    let frame = square(0.0, 9.0).combined(RegionOp::Difference, &square(3.0, 6.0));
    let grown = frame.offset(&Offset { distance: 1.0, join: mitre }).expect("in range");
    assert_eq!(grown.area(), 121.0 - 1.0);
    for distance in [f64::NAN, f64::INFINITY] {
        assert_eq!(base.offset(&Offset { distance, join: mitre }), Err(RegionError::Offset));
    }
    let nonsense = Offset { distance: 1.0, join: Join::Round { accuracy: 0.0 } };
    assert_eq!(base.offset(&nonsense), Err(RegionError::Offset));
}

#[test]
fn a_section_is_a_region_with_holes() {
    let torus =
        Primitive::Torus { major_radius: 4.0, minor_radius: 1.0, segments: 64 }.mesh().expect("allowed");
    let plane = Plane { origin: DVec3::new(1.0, 2.0, 0.25), normal: DVec3::new(0.1, -0.2, -3.0) };
    let outlines = section(&torus, &plane, &Unwatched).expect("nobody cancels");
    let (region, mesh_from_plane) = Region::of_section(&outlines, &plane).expect("all closed");
    assert_eq!((region.shapes().len(), region.shapes()[0].holes.len()), (1, 1));
    let vector: DVec3 = outlines.iter().map(Outline::area).sum();
    assert!((region.area() - vector.length()).abs() < 1e-9);
    let length: f64 = outlines.iter().map(Outline::length).sum();
    assert!((region.perimeter() - length).abs() < 1e-9);
    let corner = region.shapes()[0].outer[0];
    let point = mesh_from_plane.transform_point3(corner.extend(0.0));
    let nearest = outlines.iter().flat_map(|it| &it.points).map(|it| it.distance(point)).fold(9.0, f64::min);
    assert!(nearest < 1e-12);
    let open = [Outline { points: vec![DVec3::ZERO], is_closed: false }];
    assert_eq!(Region::of_section(&open, &plane), Err(RegionError::Open { outline: 0 }));
    let flat = Plane { normal: DVec3::ZERO, ..plane };
    assert_eq!(Region::of_section(&[], &flat), Err(RegionError::Plane));
}

proptest! {
    #[test]
    fn areas_add_up(
        one in prop::collection::vec([-9.0..9.0, -9.0..9.0], 3..30),
        other in prop::collection::vec([-9.0..9.0, -9.0..9.0], 3..30),
    ) {
        let region = |corners: &[[f64; 2]]| {
            let contour = corners.iter().map(|&corner| DVec2::from_array(corner)).collect();
            Region::new(&[contour], RegionRule::Odd).expect("in range")
        };
        let (one, other) = (region(&one), region(&other));
        let area = |op: RegionOp| one.combined(op, &other).area();
        let near = |a: f64, b: f64| (a - b).abs() < 1e-9;
        prop_assert!(near(area(RegionOp::Union) + area(RegionOp::Intersection), one.area() + other.area()));
        prop_assert!(near(area(RegionOp::Difference), one.area() - area(RegionOp::Intersection)));
        prop_assert!(near(area(RegionOp::Xor), area(RegionOp::Union) - area(RegionOp::Intersection)));
        prop_assert!(one.combined(RegionOp::Difference, &one).is_empty());
        for region in [&one, &one.combined(RegionOp::Xor, &other)] {
            for shape in region.shapes() {
                let triangles = shape.triangles();
                let corners: Vec<DVec2> = shape.outer.iter().chain(shape.holes.iter().flatten()).copied().collect();
                prop_assert_eq!(triangles.len(), corners.len() + 2 * shape.holes.len() - 2);
                let doubled: f64 = triangles.iter().map(|triangle| {
                    let [a, b, c] = triangle.map(|corner| corners[corner as usize]);
                    (b - a).perp_dot(c - a)
                }).sum();
                let shape = Region { shapes: vec![shape.clone()] };
                prop_assert!(near(doubled * 0.5, shape.area()), "{} {}", doubled * 0.5, shape.area());
            }
        }
    }

    /// Growing and shrinking again gives at least the region, shrinking and growing at most.
    #[test]
    fn offsets_are_ordered(
        boxes in prop::collection::vec(([0_u8..9, 0_u8..9], [1_u8..5, 1_u8..5]), 1..8),
        distance in 0.1..2.0,
    ) {
        let contours: Vec<Vec<DVec2>> = boxes.iter().map(|(low, size)| {
            let low = low.map(f64::from);
            rectangle(low, [low[0] + f64::from(size[0]), low[1] + f64::from(size[1])])
        }).collect();
        let region = Region::new(&contours, RegionRule::NonZero).expect("in range");
        let join = Join::Mitre { limit: 4.0 };
        let by = |region: &Region, distance: f64| region.offset(&Offset { distance, join }).expect("in range");
        let closed = by(&by(&region, distance), -distance);
        prop_assert!(region.combined(RegionOp::Difference, &closed).area() < 1e-9);
        let opened = by(&by(&region, -distance), distance);
        prop_assert!(opened.combined(RegionOp::Difference, &region).area() < 1e-9);
        prop_assert!(corner_of(&by(&region, distance)) > 3);
    }
}

#[test]
fn second_moments_are_those_of_closed_forms() {
    // Far from the origin, where moments about it would have lost the digits that count.
    let contours = [
        rectangle([1e6, 2e6], [1e6 + 6.0, 2e6 + 4.0]),
        rectangle([1e6 + 2.0, 2e6 + 1.0], [1e6 + 4.0, 2e6 + 3.0]),
    ];
    let region = Region::new(&contours, RegionRule::Odd).expect("finite");
    let [about_x, about_y, mixed] = region.second_moments().expect("an area");
    let bar = |width: f64, height: f64| width * height.powi(3) / 12.0;
    assert!((about_x - (bar(6.0, 4.0) - bar(2.0, 2.0))).abs() < 1e-6, "{about_x}");
    assert!((about_y - (bar(4.0, 6.0) - bar(2.0, 2.0))).abs() < 1e-6, "{about_y}");
    assert!(mixed.abs() < 1e-6, "{mixed}");
    assert_eq!(Region::default().second_moments(), None);
}
