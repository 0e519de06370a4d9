//! Open and mixed input: what is mended by which choice, and what the report says.

use geometry::boolean::BooleanOp::{Difference, Intersection, Union};
use geometry::boolean::{
    BooleanError, BooleanOp, BooleanOptions, BooleanOutput, Cracks, Holes, MixedWinding, Operand,
    WindingRule, boolean,
};
use geometry::{Mesh, Primitive, Unwatched};
use glam::DVec3;
use proptest::prelude::*;

use super::shapes::*;

fn run_with(op: BooleanOp, meshes: &[Mesh], options: BooleanOptions) -> Result<BooleanOutput, BooleanError> {
    let operands: Vec<Operand> = meshes.iter().cloned().map(operand).collect();
    let result = boolean(op, &operands, &options, &Unwatched);
    if let Ok(output) = &result {
        assert_sound(output);
    }
    result
}

fn holes(holes: Holes) -> BooleanOptions {
    BooleanOptions { holes, ..BooleanOptions::default() }
}

/// A box of side 2 without its lid.
fn tub() -> Mesh {
    let mut open = cuboid([0.0; 3], [2.0; 3]);
    open.triangles.drain(2..4);
    open
}

fn sheet() -> Mesh {
    let corners = [[-5.0, -5.0, 0.75], [5.0, -5.0, 0.75], [5.0, 5.0, 0.75], [-5.0, 5.0, 0.75]];
    Mesh::new(corners.map(DVec3::from_array).to_vec(), vec![[0, 1, 2], [0, 2, 3]])
}

#[test]
fn holes_are_refused_by_name() {
    let cutter = cuboid([0.5, 0.5, -0.5], [1.5, 1.5, 1.0]);
    match try_run(Difference, &[cutter, tub()]) {
        Err(BooleanError::Open { operand: 1, num_edges: 4, num_holes: 1, position, holes }) => {
            assert_eq!(position.z, 2.0);
            assert_eq!((holes[0].operand, holes[0].num_edges), (1, 4));
            assert_eq!((holes[0].low, holes[0].high), (DVec3::new(0.0, 0.0, 2.0), DVec3::splat(2.0)));
            assert_eq!(holes[0].center(), DVec3::new(1.0, 1.0, 2.0));
        }
        other => panic!("{other:?}"),
    }
    let result = try_run(Intersection, &[cuboid([0.0; 3], [1.0, 1.0, 2.0]), sheet()]);
    assert!(matches!(result, Err(BooleanError::Open { operand: 1, .. })), "{result:?}");
}

/// The two sides of a tube are open: two holes, and the one with more edges comes first.
#[test]
fn every_hole_is_named() {
    let mut sphere = icosphere(4, 1.0, DVec3::ZERO);
    let is_kept = |corners: &[u32; 3]| {
        let z: f64 = corners.iter().map(|&corner| sphere.positions[corner as usize].z).sum();
        (-2.5..1.5).contains(&z)
    };
    sphere.triangles = sphere.triangles.iter().copied().filter(is_kept).collect();
    let Err(BooleanError::Open { num_holes: 2, holes, .. }) = try_run(Union, &[sphere]) else {
        panic!("it has two holes")
    };
    assert!(holes[0].num_edges > holes[1].num_edges && holes[0].low.z > 0.0 && holes[1].high.z < 0.0);
}

#[test]
fn a_spanned_hole_is_a_lid() {
    let cutter = cuboid([0.5, 0.5, 1.0], [1.5, 1.5, 3.0]);
    for choice in [Holes::Span, Holes::WindingNumber] {
        let output = run_with(Difference, &[tub(), cutter.clone()], holes(choice)).unwrap();
        assert_close(volume(&output.mesh), 7.0, 1e-14);
        let [mended] = output.report.mended[..] else { panic!("{:?}", output.report) };
        assert_eq!((mended.operand, mended.num_spanned, mended.num_added), (0, 1, 2));
        assert_eq!(mended.is_voted, choice == Holes::WindingNumber);
        // The lid has the sources of its neighbours.
        assert!(output.sources.iter().all(|source| source.operand == 1 || source.triangle < 10));
    }
}

/// A sheet encloses nothing, however it is looked at, if that is asked for.
#[test]
fn a_sheet_encloses_nothing() {
    let body = cuboid([0.0; 3], [1.0, 1.0, 2.0]);
    for choice in [Holes::Span, Holes::WindingNumber] {
        let output = run_with(Difference, &[body.clone(), sheet()], holes(choice)).unwrap();
        assert_close(volume(&output.mesh), 2.0, 1e-14);
    }
}

/// A ring of which both ends are open. Spanned it is a disc, but what is within a low one sees hardly any ring.
#[test]
fn the_winding_number_decides_by_how_much_is_enclosed() {
    let ring = |height: f64| {
        let mut ring = Primitive::Cylinder { radius: 1.0, height, segments: 24 }.mesh().unwrap();
        let points = ring.positions.clone();
        let is_side = |corners: &[u32; 3]| {
            let z = corners.map(|corner| points[corner as usize].z);
            z[0] != z[1] || z[1] != z[2]
        };
        ring.triangles.retain(is_side);
        ring.channels.clear();
        ring
    };
    let disc = 12.0 * (std::f64::consts::TAU / 24.0).sin();
    for (height, voted) in [(0.2, 0.0), (4.0, 4.0 * disc)] {
        for (choice, expected) in [(Holes::Span, height * disc), (Holes::WindingNumber, voted)] {
            let output = run_with(Union, &[ring(height)], holes(choice)).unwrap();
            assert_close(volume(&output.mesh), expected, 1e-14);
            assert_eq!(output.report.mended[0].num_spanned, 2);
        }
    }
}

#[test]
fn mixed_winding_is_turned() {
    let cutter = cuboid([0.5, -0.5, -0.5], [1.5; 3]);
    for step in [2, 3, 5, 7] {
        let mut mixed = cuboid([0.0; 3], [1.0; 3]);
        mixed.triangles.iter_mut().step_by(step).for_each(|corners| corners.swap(1, 2));
        let output =
            run_with(Difference, &[mixed.clone(), cutter.clone()], BooleanOptions::default()).unwrap();
        assert_close(volume(&output.mesh), 0.5, 1e-14);
        assert_eq!(output.report.mended[0].num_turned, 12_usize.div_ceil(step));
        assert_eq!(output.report.inside_out, [0; 0]);
        let keep = BooleanOptions { mixed_winding: MixedWinding::Keep, ..BooleanOptions::default() };
        let result = run_with(Difference, &[mixed, cutter.clone()], keep);
        assert!(matches!(result, Err(BooleanError::Open { operand: 0, .. })), "{result:?}");
    }
}

/// A cavity whose triangles disagree faces inward in the end; the shell around it was right and stays.
#[test]
fn a_mixed_cavity_stays_a_cavity() {
    let mut cavity = turned(cuboid([1.0; 3], [2.0; 3]));
    cavity.triangles.iter_mut().step_by(3).for_each(|corners| corners.swap(1, 2));
    let body = joined(&[cuboid([0.0; 3], [3.0; 3]), cavity]);
    let rule = WindingRule::Positive;
    let options = BooleanOptions { winding_rule: rule, ..BooleanOptions::default() };
    let output = run_with(Union, &[body], options).unwrap();
    assert_close(volume(&output.mesh), 26.0, 1e-14);
}

/// Two boxes that share an edge of four triangles, of which some are turned.
#[test]
fn mixed_winding_at_an_edge_of_four_triangles() {
    let mut body = joined(&[cuboid([0.0; 3], [1.0; 3]), cuboid([1.0, 1.0, 0.0], [2.0, 2.0, 1.0])]);
    let points = body.positions.clone();
    let first =
        |corner: u32| points.iter().position(|point| *point == points[corner as usize]).unwrap() as u32;
    body.triangles.iter_mut().for_each(|corners| *corners = corners.map(first));
    for pattern in [0b1_u32, 0b1010_0000, 0b1111_1111_1111, 0b1111_1111_1110, 0x0055_5555] {
        let mut mixed = body.clone();
        for (triangle, corners) in mixed.triangles.iter_mut().enumerate() {
            if pattern >> triangle & 1 == 1 {
                corners.swap(1, 2);
            }
        }
        let output = run_with(Union, &[mixed], BooleanOptions::default()).unwrap();
        assert_close(volume(&output.mesh), 2.0, 1e-14);
    }
}

/// Every triangle by itself, its corners moved about: one position becomes six that are nearly the same.
fn crumbled(mesh: &Mesh, amount: f64) -> Mesh {
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    };
    let positions: Vec<DVec3> = mesh
        .triangles
        .iter()
        .flatten()
        .map(|&corner| {
            mesh.positions[corner as usize] + DVec3::new(random(), random(), random()) * (amount * 0.5)
        })
        .collect();
    Mesh::new(positions, (0..mesh.triangles.len() as u32).map(|i| [3 * i, 3 * i + 1, 3 * i + 2]).collect())
}

#[test]
fn cracks_close_up_to_the_tolerance() {
    let sphere = icosphere(6, 1.0, DVec3::ZERO);
    let cutter = cuboid([0.0, -2.0, -2.0], [2.0; 3]);
    let expected = volume(&run(Difference, &[sphere.clone(), cutter.clone()]).mesh);
    // By default to single precision.
    let output = try_run(Difference, &[crumbled(&sphere, 1e-7), cutter.clone()]).unwrap();
    assert_sound(&output);
    assert_close(volume(&output.mesh), expected, 1e-6);
    let [mended] = output.report.mended[..] else { panic!("{:?}", output.report) };
    assert!(mended.num_joined > 500 && (1e-9..1e-6).contains(&mended.largest_move), "{mended:?}");
    // Farther only when asked.
    let wide = crumbled(&sphere, 1e-4);
    let result = try_run(Difference, &[wide.clone(), cutter.clone()]);
    assert!(matches!(result, Err(BooleanError::Open { operand: 0, .. })), "{result:?}");
    let options = BooleanOptions { cracks: Cracks::Within(1e-3), ..BooleanOptions::default() };
    let output = run_with(Difference, &[wide.clone(), cutter.clone()], options).unwrap();
    assert_close(volume(&output.mesh), expected, 1e-3);
    let options = BooleanOptions { cracks: Cracks::Keep, ..BooleanOptions::default() };
    let result = run_with(Difference, &[wide, cutter], options);
    assert!(matches!(result, Err(BooleanError::Open { .. })), "{result:?}");
}

/// An edge that is divided on one side only, at a point a little beside it.
#[test]
fn a_crack_at_a_t_junction() {
    let mut body = cuboid([0.0; 3], [1.0; 3]);
    body.positions.push(DVec3::new(0.5, -1e-7, 1e-7));
    body.triangles.drain(..2);
    body.triangles.extend([[0, 3, 8], [8, 3, 2], [8, 2, 1]]);
    let output = run(Difference, &[body, cuboid([0.25, 0.25, -0.5], [0.75, 0.75, 0.5])]);
    assert_close(volume(&output.mesh), 0.875, 1e-6);
    assert_eq!(output.report.mended[0].num_junctions, 1);
}

/// What agrees in itself and is closed does not change because another operand has to be mended.
#[test]
fn others_stay_as_they_are() {
    let inside_out = turned(cuboid([0.0; 3], [1.0; 3]));
    let mut mixed = cuboid([5.0; 3], [6.0; 3]);
    mixed.triangles[3].swap(0, 1);
    let output = run(Union, &[inside_out, mixed]);
    assert_eq!(output.report.inside_out, [0]);
    assert_eq!(output.report.mended.len(), 1);
}

#[test]
fn at_least_k_times() {
    let piled = joined(&[0.0, 0.25, 0.5].map(|x| cuboid([x, 0.0, 0.0], [x + 1.0, 1.0, 1.0])));
    for (least, expected) in [(-1, 1.5), (0, 1.5), (1, 1.5), (2, 1.0), (3, 0.5), (4, 0.0)] {
        let options =
            BooleanOptions { winding_rule: WindingRule::AtLeast(least), ..BooleanOptions::default() };
        let output = run_with(Union, std::slice::from_ref(&piled), options).unwrap();
        assert_close(volume(&output.mesh), expected, 1e-14);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Any triangles taken out of a body and any of them turned: either there is a result or an error that names holes,
    /// and with holes spanned there is always a closed result.
    #[test]
    fn damaged_bodies(
        removed in prop::collection::vec(0_usize..80, 0..6),
        flipped in prop::collection::vec(0_usize..80, 0..6),
        offset in [-1.0..1.0_f64, -1.0..1.0, -1.0..1.0],
    ) {
        let mut body = icosphere(2, 1.0, DVec3::ZERO);
        flipped.iter().for_each(|&triangle| body.triangles[triangle].swap(1, 2));
        let mut number = 0;
        body.triangles.retain(|_| { number += 1; !removed.contains(&(number - 1)) });
        let pair = [body, cuboid(offset, offset.map(|x| x + 1.0))];
        let whole = volume(&icosphere(2, 1.0, DVec3::ZERO));
        match try_run(Difference, &pair) {
            Ok(output) => {
                assert_sound(&output);
                prop_assert!(removed.is_empty() && volume(&output.mesh) <= whole + 1e-12);
            }
            Err(BooleanError::Open { operand: 0, num_edges, num_holes, holes: named, .. }) => {
                prop_assert!(!removed.is_empty() && num_holes > 0 && num_holes == named.len());
                prop_assert_eq!(named.iter().map(|hole| hole.num_edges).sum::<usize>(), num_edges);
            }
            Err(error) => panic!("{error}"),
        }
        for choice in [Holes::Span, Holes::WindingNumber] {
            let output = run_with(Difference, &pair, holes(choice)).unwrap();
            prop_assert!(volume(&output.mesh) <= whole + 1e-12);
        }
    }

    /// Triangles in any order between few points, open, double, passing through each other: spanned, all is closed.
    #[test]
    fn any_soup(
        corners in prop::collection::vec([0_u8..4, 0_u8..4, 0_u8..4], 4..9),
        triangles in prop::collection::vec([0_u32..9, 0_u32..9, 0_u32..9], 1..12),
        is_voted in any::<bool>(),
        rule in prop::sample::select(vec![
            WindingRule::NonZero, WindingRule::Positive, WindingRule::Odd, WindingRule::AtLeast(2),
        ]),
    ) {
        let num_corners = corners.len() as u32;
        let positions = corners.iter().map(|it| DVec3::from_array(it.map(f64::from))).collect();
        let triangles = triangles.iter().map(|it| it.map(|corner| corner % num_corners)).collect();
        let soup = Mesh::new(positions, triangles);
        let choice = if is_voted { Holes::WindingNumber } else { Holes::Span };
        let options = BooleanOptions { winding_rule: rule, holes: choice, ..BooleanOptions::default() };
        let pair = [soup, cuboid([0.5; 3], [2.5; 3])];
        let [union, both, alone] = [
            run_with(Union, &pair, options),
            run_with(Intersection, &pair, options),
            run_with(Union, &pair[..1], options),
        ]
        .map(|result| volume(&result.unwrap().mesh));
        if !is_voted && rule != WindingRule::AtLeast(2) {
            assert_close(union + both, alone + 8.0, 1e-12);
        }
    }
}
