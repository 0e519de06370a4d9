//! Booleans of real files: every pair of meshes gives closed results of which the volumes add up, or is refused because one
//! of them has holes. A part of the pairs always, all of them by hand:
//!
//! `cargo test --release -p assets --test booleans -- --ignored --nocapture`
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests are tests too")]

mod common;

use std::path::{Path, PathBuf};

use assets::ImportOptions;
use common::{Folder, corpus, merged};
use geometry::boolean::BooleanOp::{Difference, Intersection, Union};
use geometry::boolean::{BooleanError, BooleanOptions, BooleanOutput, Expression, Holes, Operand, evaluate};
use geometry::{Mesh, Solid, Unwatched};
use glam::{DAffine3, DMat3, DVec3};

/// Both sides of an identity agree to this part of the larger operand's volume, and of its box for bodies much thinner than
/// that: the operands are rounded where they are placed.
const ACCURACY: f64 = 1e-9;

struct Body {
    name: String,
    solid: Solid,
    low: DVec3,
    high: DVec3,
    /// Whether it closes, by its indices or by cutting: what a boolean with it alone says.
    is_closed: bool,
}

fn files(corpus: &Path) -> Vec<PathBuf> {
    let mut open: Vec<PathBuf> =
        ["meshes-boolean", "meshes-dirty", "stl", "obj", "off", "ply"].map(|it| corpus.join(it)).into();
    let mut found = Vec::new();
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() { open.push(path) } else { found.push(path) }
        }
    }
    found.sort();
    found
}

fn body(corpus: &Path, path: &Path, most_triangles: usize) -> Option<Body> {
    let bytes = std::fs::read(path).ok()?;
    let name = path.file_name()?.to_string_lossy().into_owned();
    let folder = Folder::of(path);
    let imported = assets::import(&name, &bytes, &ImportOptions::default(), &folder, &Unwatched).ok()?;
    let mesh = merged(&imported.scene);
    if mesh.triangles.is_empty() || mesh.triangles.len() > most_triangles || mesh.validate().is_err() {
        return None;
    }
    let (low, high) = mesh.bounds()?;
    let solid = Solid::new(mesh, &Unwatched).ok()?;
    let alone = evaluate(
        &[Expression::Operand(0)],
        &[Operand::new(solid.clone())],
        &BooleanOptions::default(),
        &Unwatched,
    );
    let is_closed = match alone {
        Ok(_) => true,
        Err(BooleanError::Open { .. }) => false,
        Err(error) => panic!("{name}: {error}"),
    };
    let name = path.strip_prefix(corpus).unwrap().to_string_lossy().into_owned();
    Some(Body { name, solid, low, high, is_closed })
}

/// The second body made as large as the first, turned, and put to its middle, a little aside.
fn beside(one: &Body, other: &Body, number: usize) -> DAffine3 {
    let size = |body: &Body| (body.high - body.low).length();
    let middle = |body: &Body| body.low * 0.5 + body.high * 0.5;
    let scale = if size(other) > 0.0 { 0.8 * size(one) / size(other) } else { 1.0 };
    let angle = number as f64 * 2.399;
    let axis = DVec3::new(1.0, 0.6, (number % 7) as f64 * 0.3).normalize_or_zero();
    let turn = if number.is_multiple_of(5) { DMat3::IDENTITY } else { DMat3::from_axis_angle(axis, angle) };
    let aside = (one.high - one.low) * DVec3::new(0.2, 0.1, -0.15);
    DAffine3::from_translation(middle(one) + aside)
        * DAffine3::from_mat3(turn * scale)
        * DAffine3::from_translation(-middle(other))
}

fn volume(output: &BooleanOutput) -> f64 {
    output.mesh.properties().volume
}

/// `Err` says what is wrong.
fn check(one: &Body, other: &Body, number: usize) -> Result<&'static str, String> {
    let operands =
        [Operand::new(one.solid.clone()), Operand::placed(other.solid.clone(), beside(one, other, number))];
    let wanted = [
        Expression::Operand(0),
        Expression::Operand(1),
        Expression::of_operands(Union, [0, 1]),
        Expression::of_operands(Intersection, [0, 1]),
        Expression::of_operands(Difference, [0, 1]),
        Expression::of_operands(Difference, [1, 0]),
    ];
    let is_closed = one.is_closed && other.is_closed;
    let mut options = BooleanOptions::default();
    let mut result = evaluate(&wanted, &operands, &options, &Unwatched);
    let mut told = "closed";
    if let Err(BooleanError::Open { operand, num_holes, holes, .. }) = &result {
        if is_closed {
            return Err(format!("refused, though both are closed: operand {operand}"));
        }
        if *num_holes == 0 || holes.is_empty() || holes.iter().any(|hole| !hole.low.is_finite()) {
            return Err(format!("refused without a place: {holes:?}"));
        }
        options.holes = Holes::Span;
        result = evaluate(&wanted, &operands, &options, &Unwatched);
        told = "refused, then spanned";
    }
    let found = match result {
        Ok(found) => found,
        Err(BooleanError::Flattened { .. }) => return Ok("refused: flattened by the placement"),
        Err(error) => return Err(error.to_string()),
    };
    for (number, output) in found.iter().enumerate() {
        let check = output.mesh.check();
        let is_sound = check.is_closed() && check.is_oriented() && check.is_manifold();
        if !output.mesh.is_empty() && !is_sound {
            return Err(format!("result {number} is not sound: {check:?} {:?}", output.report));
        }
        // Exactly: a needle may have an area that no `f64` can hold.
        let num_flat =
            Solid::new(output.mesh.clone(), &Unwatched).map_or(1, |solid| solid.condition().num_degenerate);
        if output.report.num_flat + num_flat + check.num_duplicate > 0 {
            return Err(format!("result {number} has bad triangles: {check:?} {:?}", output.report));
        }
    }
    let [a, b, union, common, less, rest] = [0, 1, 2, 3, 4, 5].map(|i| volume(&found[i]));
    let size = (one.high - one.low).length();
    let far = one.low.abs().max(one.high.abs()).max_element();
    // Positions are rounded where they are, and so are constructed ones, over the whole surface.
    let rounding = found[2].mesh.properties().area * far * 1e-14;
    let bound = ACCURACY * a.max(b).max(size.powi(3) * 1e-3) + rounding;
    for (name, left, right) in [
        ("A + B = A∪B + A∩B", a + b, union + common),
        ("A − B = A − A∩B", less, a - common),
        ("B − A = B − A∩B", rest, b - common),
    ] {
        let is_near = (left - right).abs() <= bound;
        if !is_near {
            return Err(format!("{name}: {left:e} {right:e}, off by {:e}", left - right));
        }
    }
    Ok(told)
}

/// Checks the pairs that `is_chosen`, on as many threads as asked for.
fn check_pairs(most_triangles: usize, num_threads: usize, is_chosen: impl Fn(usize, usize) -> bool + Sync) {
    let Some(corpus) = corpus() else { return };
    let bodies: Vec<Body> =
        files(&corpus).iter().filter_map(|path| body(&corpus, path, most_triangles)).collect();
    let num_closed = bodies.iter().filter(|body| body.is_closed).count();
    println!("{} meshes, {num_closed} of them closed", bodies.len());
    assert!(num_closed > 40, "the corpus has many closed meshes");
    let pairs: Vec<(usize, usize)> = (0..bodies.len())
        .flat_map(|i| (0..=i).map(move |j| (i, j)))
        .filter(|&(i, j)| is_chosen(i, j))
        .collect();
    let check_some = |first: usize| {
        let mut told = std::collections::BTreeMap::<String, usize>::new();
        let mut wrong = Vec::new();
        for &(i, j) in pairs.iter().skip(first).step_by(num_threads) {
            let (one, other) = (&bodies[i], &bodies[j]);
            match check(one, other, i * 31 + j * 7) {
                Ok(what) => *told.entry(what.to_owned()).or_default() += 1,
                Err(what) => {
                    println!("{} and {}: {what}", one.name, other.name);
                    wrong.push(format!("{} and {}: {what}", one.name, other.name));
                }
            }
        }
        (told, wrong)
    };
    let results: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..num_threads).map(|first| scope.spawn(move || check_some(first))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    for (told, _) in &results {
        println!("{told:?}");
    }
    let wrong: Vec<&String> = results.iter().flat_map(|(_, wrong)| wrong).collect();
    println!("{} pairs, {} wrong", pairs.len(), wrong.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn some_pairs_of_small_files() {
    check_pairs(3_000, 1, |i, j| (i * 37 + j * 101) % 64 == 0);
}

#[test]
#[ignore = "takes long"]
fn all_pairs() {
    let most_triangles =
        std::env::var("KERF_MOST_TRIANGLES").ok().and_then(|it| it.parse().ok()).unwrap_or(20_000);
    check_pairs(most_triangles, 2, |_, _| true);
}

/// The models that Manifold's own tests load in pairs.
#[test]
fn pairs_that_others_failed_at() {
    let Some(corpus) = corpus() else { return };
    let folder = corpus.join("meshes-boolean/manifold");
    for (left, right) in [
        ("Cray_left.obj", "Cray_right.obj"),
        ("Generic_Twin_7081.1.t0_left.obj", "Generic_Twin_7081.1.t0_right.obj"),
        ("Havocglass8_left.obj", "Havocglass8_right.obj"),
        ("Offset1.obj", "Offset2.obj"),
        ("Offset3.obj", "Offset4.obj"),
        ("hull-body.obj", "hull-mask.obj"),
    ] {
        let [one, other] = [left, right].map(|name| body(&corpus, &folder.join(name), usize::MAX).unwrap());
        // Where they are, not put beside each other.
        let operands = [&one, &other].map(|body| Operand::new(body.solid.clone()));
        let ops = [Union, Intersection, Difference].map(|op| Expression::of_operands(op, [0, 1]));
        let all = [ops.to_vec(), vec![Expression::Operand(0), Expression::Operand(1)]].concat();
        let found = evaluate(&all, &operands, &BooleanOptions::default(), &Unwatched)
            .unwrap_or_else(|error| panic!("{left}: {error}"));
        for output in &found {
            assert!(output.mesh.is_empty() || output.mesh.check().is_solid(), "{left}");
        }
        let [union, common, less, a, b] = [0, 1, 2, 3, 4].map(|i| volume(&found[i]));
        let near = |x: f64, y: f64| (x - y).abs() <= ACCURACY * a.max(b);
        assert!(near(a + b, union + common), "{left}: {a} + {b} != {union} + {common}");
        assert!(near(less, a - common), "{left}: {less} != {a} - {common}");
        println!("{left}: {a:.6} {b:.6} {union:.6} {common:.6}, {:?}", found[0].report.mended);
    }
}

/// A mesh for a boolean is not touched where nothing is cut: all files alone, and nothing else of them changes.
#[test]
fn alone_a_sound_mesh_stays_as_it_is() {
    let Some(corpus) = corpus() else { return };
    let mut num_sound = 0;
    for path in files(&corpus.join("meshes-boolean").join("..")) {
        let Some(body) = body(&corpus, &path, 3_000).filter(|body| body.is_closed) else { continue };
        let mesh: &Mesh = body.solid.mesh();
        let operands = [Operand::new(body.solid.clone())];
        let found = evaluate(&[Expression::Operand(0)], &operands, &BooleanOptions::default(), &Unwatched);
        let output = found.unwrap().remove(0);
        if output.report.num_touched == 0 && mesh.check().is_solid() && output.report.inside_out.is_empty() {
            let sorted = |mesh: &Mesh| {
                let used = mesh.triangles.iter().flatten().map(|&corner| mesh.positions[corner as usize]);
                let mut bits: Vec<[u64; 3]> =
                    used.map(|point| point.to_array().map(|x| (x + 0.0).to_bits())).collect();
                bits.sort_unstable();
                bits
            };
            assert!(sorted(&output.mesh) == sorted(mesh), "{}", body.name);
            num_sound += 1;
        }
    }
    println!("{num_sound} meshes");
    assert!(num_sound > 20);
}
