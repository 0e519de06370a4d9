//! Meshes as they are found, which overlap themselves, are open and wound both ways, cut by a tetrahedron in many places.

use std::path::Path;

use geometry::boolean::BooleanOp::{Difference, Intersection, Union, Xor};
use geometry::boolean::{
    BooleanError, BooleanOptions, Expression, Holes, Operand, Precision, WindingRule, evaluate,
};
use geometry::{Mesh, Solid, Unwatched};
use glam::{DAffine3, DVec3};

use super::chains::Random;
use super::shapes::*;

const DIRTY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus/meshes-dirty");

/// Positions and faces of an OBJ file.
fn read_obj(path: &Path) -> Option<Mesh> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut mesh = Mesh::default();
    for line in text.lines() {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("v") => {
                let at: Vec<f64> = words.take(3).map(|word| word.parse().unwrap()).collect();
                mesh.positions.push(DVec3::from_slice(&at));
            }
            Some("f") => {
                let corner = |word: &str| match word.split('/').next().unwrap().parse::<i32>().unwrap() {
                    back if back < 0 => mesh.positions.len() as u32 - back.unsigned_abs(),
                    number => number as u32 - 1,
                };
                let face: Vec<u32> = words.map(corner).collect();
                let fan = (1..face.len() - 1).map(|i| [face[0], face[i], face[i + 1]]);
                mesh.triangles.extend(fan);
            }
            _ => {}
        }
    }
    Some(mesh)
}

fn tetrahedron() -> Mesh {
    let corners = [
        [0.0, 0.0, 2.0],
        [1.632993, -0.942809, -0.666667],
        [0.0, 1.885618, -0.666667],
        [-1.632993, -0.942809, -0.666667],
    ];
    let triangles = vec![[1, 0, 3], [2, 0, 1], [3, 0, 2], [3, 2, 1]];
    turned(Mesh::new(corners.map(DVec3::from_array).to_vec(), triangles))
}

/// Volume identities of all results of a mesh and a tetrahedron somewhere in its box.
fn check_at(mesh: &Solid, seed: u64) {
    let mut random = Random(seed);
    let (low, high) = mesh.mesh().bounds().unwrap();
    let size = (high - low).max_element();
    let rules = [WindingRule::NonZero, WindingRule::Positive, WindingRule::Odd, WindingRule::AtLeast(2)];
    let rule = rules[random.below(4)];
    let is_single = random.below(4) == 0 && rule != WindingRule::Odd;
    let options = BooleanOptions {
        winding_rule: rule,
        holes: if random.below(2) == 0 { Holes::Span } else { Holes::WindingNumber },
        // Where faces almost coincide, the odd rule leaves wide walls thinner than single precision tells apart; such results
        // are refused now and then.
        precision: if is_single { Precision::Single } else { Precision::Double },
        ..BooleanOptions::default()
    };
    let middle = low + (high - low) * (random.point() * 0.5 + 0.5);
    let scale = size * 0.5 * random.part();
    // As often at round places as anywhere.
    let (turn, middle, scale) = match random.below(2) {
        0 => (random.rotation(), middle, scale),
        _ => (glam::DMat3::IDENTITY, middle.round(), scale.ceil()),
    };
    let place = DAffine3::from_mat3_translation(turn * scale, middle);
    let operands =
        [Operand::new(mesh.clone()), Operand::placed(Solid::new(tetrahedron(), &Unwatched).unwrap(), place)];
    let mut wanted = vec![Expression::Operand(0), Expression::Operand(1)];
    wanted.extend([Union, Intersection, Difference, Xor].map(|op| Expression::of_operands(op, [0, 1])));
    let found = match evaluate(&wanted, &operands, &options, &Unwatched) {
        Ok(found) => found,
        Err(BooleanError::Flattened { .. }) => return,
        Err(error) => panic!("seed {seed}: {error} {options:?}"),
    };
    for output in &found {
        let check = output.mesh.check();
        let is_sound = check.is_closed() && check.is_oriented() && check.is_manifold();
        let is_sound = is_sound || output.report.num_kept > 0;
        assert!(output.mesh.is_empty() || is_sound, "seed {seed}: {check:?} {:?} {options:?}", output.report);
    }
    let [a, b, union, common, less, xor] =
        <[f64; 6]>::try_from(found.iter().map(|output| volume(&output.mesh)).collect::<Vec<_>>()).unwrap();
    let areas: f64 = found.iter().map(|output| area(&output.mesh)).sum();
    let snapping = found.iter().map(|output| output.report.snapping_bound).fold(0.0, f64::max) * 4.0;
    let far = low.abs().max(high.abs()).max_element() * 4.0;
    let bound = areas * (far * 1e-13 + snapping);
    for (left, right) in [(a + b, union + common), (less, a - common), (xor, union - common)] {
        assert!((left - right).abs() <= bound, "seed {seed}: {left} {right} {bound:e} {options:?}");
    }
}

#[test]
fn a_tetrahedron_in_found_meshes() {
    let names = [
        "manifold/openscad-nonmanifold-crash.obj",
        "trimesh/not_convex.obj",
        "trimesh/rabbit.obj",
        "trimesh/two_objects.obj",
    ];
    let count = std::env::var("KERF_FUZZ_CASES").ok().and_then(|it| it.parse().ok()).unwrap_or(4);
    for name in names {
        let Some(mesh) = read_obj(&Path::new(DIRTY).join(name)) else {
            println!("{name} is not there");
            continue;
        };
        let solid = Solid::new(mesh, &Unwatched).unwrap();
        (0..count).for_each(|seed| check_at(&solid, seed));
    }
}
