//! Scenes from seeds, of the kinds that break booleans: a few run always, as many as wanted by hand.
//!
//! `KERF_FUZZ_CASES=1000000 KERF_FUZZ_SEED=5000000 cargo test --release -p geometry --test boolean -- --ignored any_scene`

use std::panic::{AssertUnwindSafe, catch_unwind};

use geometry::boolean::BooleanOp::{Difference, Intersection, Union, Xor};
use geometry::boolean::{
    BooleanError, BooleanOptions, BooleanOutput, Coincidence, Expression, Holes, Operand, Precision,
    Touching, WindingRule, evaluate,
};
use geometry::{Mesh, Solid, Unwatched, convex_hull};
use glam::{DAffine3, DVec3};

use super::chains::Random;
use super::shapes::*;

/// Seeds that once failed, with what it was.
const FOUND: [u64; 23] = [
    18,      // a coordinate too small to compute with made a triangle flat in one place and not in another
    1082,    // a position with two fans of triangles, which nothing else touched
    1351,    // a triangle with two edges that had to be halved
    1506,    // triangles without area in the mesh, but not where it was placed
    2932,    // spans without area, the same
    4918,    // halves that had to be halved
    7005942, // triangles of a piece that were all thinner than numbers are dense: no ray could start in them
    7014881, // a triangle with corners at 0 and at the smallest number there is was taken to have an area
    7018291, // a flat face that lay upon itself
    8024405, // a triangle that had been undone by another one undid a third
    8119697, // the same in single precision, where it left a position with two fans
    8069909, // a position with two fans, of which a triangle without area hid one
    9508117, // of four triangles at an edge, rounding had turned one to its other side, and it was taken for its own partner's
    8056773, // needles along one line, in single precision: dividing each at the ends of all others came to no end
    8040178, // layers that rounding pushed through each other again and again, however coarse the steps, and so are the rest
    8077281, 8089935, 8102699, 8131992, 8183934, 8219509, 8246761, 9537366,
];

#[test]
fn seeds_that_once_failed() {
    FOUND.into_iter().for_each(check_scene);
}

#[test]
fn a_few_scenes() {
    (0..400).for_each(check_scene);
}

#[test]
#[ignore = "runs as long as wanted"]
fn any_scene() {
    let number = |name: &str, default: u64| {
        std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
    };
    let (first, count) = (number("KERF_FUZZ_SEED", 1_000_000), number("KERF_FUZZ_CASES", 100_000));
    let mut failed = Vec::new();
    for seed in first..first + count {
        if catch_unwind(AssertUnwindSafe(|| check_scene(seed))).is_err() {
            failed.push(seed);
        }
    }
    assert!(failed.is_empty(), "{failed:?}");
}

/// Every identity between results of one arrangement, under random options.
fn check_scene(seed: u64) {
    let mut random = Random(seed);
    let meshes = scene(&mut random);
    let rules = [WindingRule::NonZero, WindingRule::Positive, WindingRule::Odd, WindingRule::AtLeast(2)];
    let options = BooleanOptions {
        winding_rule: rules[random.below(4)],
        coincidence: if random.below(2) == 0 { Coincidence::Exact } else { Coincidence::ToRounding },
        holes: if random.below(4) == 0 { Holes::WindingNumber } else { Holes::Span },
        touching: if random.below(4) == 0 { Touching::Keep } else { Touching::Split },
        precision: if random.below(6) == 0 { Precision::Single } else { Precision::Double },
        ..BooleanOptions::default()
    };
    let operands: Vec<Operand> = meshes
        .iter()
        .map(|mesh| {
            let mut placed = operand(mesh.clone());
            if random.below(4) == 0 {
                placed.placement = DAffine3::from_mat3_translation(random.rotation(), random.point());
            }
            placed
        })
        .collect();
    let wanted = [
        Expression::Operand(0),
        Expression::Operand(1),
        Expression::of_operands(Union, [0, 1]),
        Expression::of_operands(Intersection, [0, 1]),
        Expression::of_operands(Difference, [0, 1]),
        Expression::of_operands(Xor, [0, 1]),
    ];
    let found = match evaluate(&wanted, &operands, &options, &Unwatched) {
        Ok(found) => found,
        // A needle that a placement leaves without area.
        Err(BooleanError::Flattened { .. }) => return,
        Err(error) => panic!("seed {seed}: {error} {options:?}"),
    };
    found.iter().for_each(|output| check_output(output, &options, seed));
    let [a, b, union, common, less, xor] =
        <[f64; 6]>::try_from(found.iter().map(|output| volume(&output.mesh)).collect::<Vec<_>>()).unwrap();
    let size = operands
        .iter()
        .flat_map(|it| it.solid.mesh().positions.iter().map(|&point| it.placement.transform_point3(point)))
        .fold(0.0_f64, |size, point| size.max(point.abs().max_element()));
    let areas: f64 = found.iter().map(|output| area(&output.mesh)).sum();
    let rounding = if options.precision == Precision::Single {
        found.iter().map(|output| output.report.snapping_bound).fold(0.0, f64::max) * 4.0
    } else {
        0.0
    };
    let bound = areas * (size * 1e-14 + rounding) + size.powi(3) * 1e-14;
    for (name, left, right) in [
        ("A + B = A∪B + A∩B", a + b, union + common),
        ("A − B = A − A∩B", less, a - common),
        ("A ⊕ B = A∪B − A∩B", xor, union - common),
    ] {
        assert!((left - right).abs() <= bound, "seed {seed}: {name}: {left} {right} {options:?}");
    }
}

fn check_output(output: &BooleanOutput, options: &BooleanOptions, seed: u64) {
    let check = output.mesh.check();
    let is_split = options.touching == Touching::Split && output.report.num_kept == 0;
    let is_sound = check.is_closed() && check.is_oriented() && (check.is_manifold() || !is_split);
    assert!(output.mesh.is_empty() || is_sound, "seed {seed}: {check:?} {:?} {options:?}", output.report);
    // Exactly, since a needle may have an area that no `f64` can hold; and never more than the report says.
    let num_flat = Solid::new(output.mesh.clone(), &Unwatched).unwrap().condition().num_degenerate;
    let is_told = num_flat <= output.report.num_flat;
    assert!(is_told && check.num_degenerate == 0, "seed {seed}: {num_flat} {:?} {options:?}", output.report);
    assert!(check.num_duplicate == 0 || !is_split, "seed {seed} {options:?}");
    assert_eq!(output.sources.len(), output.mesh.triangles.len());
}

/// Two meshes that seek trouble with each other.
fn scene(random: &mut Random) -> [Mesh; 2] {
    let kind = random.below(8);
    let mut pair = [0, 1].map(|_| match kind {
        // Soup between points of a small grid: open, double, passing through itself.
        0 => soup(random, 6, 10),
        1 | 2 => heap(random, 3, 2),
        3 => heap(random, 8, 4),
        4 => hull(random),
        5 => damaged(random),
        6 => needles(random),
        _ => boxes(random),
    });
    // Moved so that what was exact is no longer so; together, and then by single roundings.
    if random.below(2) == 0 {
        let (turn, scale, shift) =
            (random.rotation(), 10_f64.powi(random.below(9) as i32 - 4), random.point());
        let shift = shift * 10_f64.powi(random.below(5) as i32);
        let place = |point: DVec3| (turn * point + shift) * scale;
        pair.iter_mut().flat_map(|mesh| &mut mesh.positions).for_each(|point| *point = place(*point));
    }
    if random.below(3) == 0 {
        for point in pair.iter_mut().flat_map(|mesh| &mut mesh.positions) {
            *point = DVec3::from_array(point.to_array().map(|x| match random.below(4) {
                0 => x.next_up(),
                1 => x.next_down(),
                _ => x,
            }));
        }
    }
    pair
}

fn grid_point(random: &mut Random, size: usize) -> DVec3 {
    DVec3::from_array([0; 3].map(|_: i32| random.below(size + 1) as f64))
}

fn soup(random: &mut Random, most_points: usize, most_triangles: usize) -> Mesh {
    let points: Vec<DVec3> = (0..3 + random.below(most_points)).map(|_| grid_point(random, 3)).collect();
    let corner = |random: &mut Random| random.below(points.len()) as u32;
    let triangles =
        (0..1 + random.below(most_triangles)).map(|_| [0; 3].map(|_: i32| corner(random))).collect();
    Mesh::new(points.clone(), triangles)
}

fn heap(random: &mut Random, size: usize, most: usize) -> Mesh {
    let parts: Vec<Mesh> = (0..1 + random.below(most))
        .map(|_| {
            let corners = [0; 4].map(|_: i32| grid_point(random, size));
            let [a, b, c, d] = corners;
            let triangles = vec![[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]];
            let mesh = Mesh::new(corners.to_vec(), triangles);
            if (b - a).cross(c - a).dot(d - a) < 0.0 { turned(mesh) } else { mesh }
        })
        .collect();
    joined(&parts)
}

fn hull(random: &mut Random) -> Mesh {
    let is_on_grid = random.below(2) == 0;
    let points: Vec<DVec3> = (0..8 + random.below(24))
        .map(|_| if is_on_grid { grid_point(random, 4) } else { random.point() })
        .collect();
    convex_hull(&points, &Unwatched).unwrap_or_default()
}

/// A closed body less some triangles, and with some turned.
fn damaged(random: &mut Random) -> Mesh {
    let mut mesh = match random.below(3) {
        0 => icosphere(2, 1.0, random.point() * 0.5),
        1 => cuboid([0.0; 3], [1.0 + random.part(), 1.0, 1.0]),
        _ => heap(random, 4, 2),
    };
    for _ in 0..random.below(4) {
        let triangle = random.below(mesh.triangles.len());
        mesh.triangles[triangle].swap(0, 1);
    }
    for _ in 0..random.below(3) {
        mesh.triangles.swap_remove(random.below(mesh.triangles.len()));
    }
    mesh
}

/// Tetrahedra thinner than a millionth of their length, side by side.
pub(crate) fn needles(random: &mut Random) -> Mesh {
    let thickness = 10_f64.powi(-(random.below(12) as i32));
    let mut mesh = heap(random, 4, 3);
    let along = random.below(3);
    for point in &mut mesh.positions {
        for axis in (0..3).filter(|&axis| axis != along) {
            point[axis] *= thickness;
        }
    }
    mesh
}

fn boxes(random: &mut Random) -> Mesh {
    let parts: Vec<Mesh> = (0..1 + random.below(4))
        .map(|_| {
            let low = grid_point(random, 4);
            let size = grid_point(random, 2) + 1.0;
            cuboid(low.to_array(), (low + size).to_array())
        })
        .collect();
    joined(&parts)
}
