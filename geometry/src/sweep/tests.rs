use proptest::prelude::*;

use super::*;
use crate::{Offset, RegionOp, RegionRule, Unwatched};

fn rectangle(low: [f64; 2], high: [f64; 2]) -> Vec<DVec2> {
    [[low[0], low[1]], [high[0], low[1]], [high[0], high[1]], [low[0], high[1]]]
        .map(DVec2::from_array)
        .to_vec()
}

fn region(contours: &[Vec<DVec2>]) -> Region {
    Region::new(contours, RegionRule::Odd).expect("in range")
}

fn polygon(radius: f64, count: u32) -> Vec<DVec2> {
    (0..count).map(|i| unit_circle(i, count) * radius).collect()
}

fn assert_solid(mesh: &Mesh, genus: i64, volume: f64) {
    let report = mesh.check();
    assert!(report.is_solid() && report.num_zero_area == 0 && report.num_isolated == 0, "{report:?}");
    assert_eq!(report.genus(), Some(genus), "{report:?}");
    let found = mesh.properties().volume;
    assert!((found - volume).abs() <= 1e-9 * volume, "{found} instead of {volume}");
}

fn up(region: &Region, extrusion: Extrusion) -> Mesh {
    extrude(region, &extrusion, &Unwatched).expect("all in range")
}

#[test]
fn a_frame_goes_straight_up() {
    let frame = region(&[rectangle([0.0, 0.0], [4.0, 3.0]), rectangle([1.0, 1.0], [2.0, 2.0])]);
    let mesh = up(&frame, Extrusion { height: 5.0, ..Extrusion::default() });
    assert_solid(&mesh, 1, 11.0 * 5.0);
    assert_eq!(mesh.bounds(), Some((DVec3::ZERO, DVec3::new(4.0, 3.0, 5.0))));
    let many: Vec<Vec<DVec2>> = std::iter::once(rectangle([0.0, 0.0], [41.0, 41.0]))
        .chain((0..400).map(|i| {
            let (x, y) = (f64::from(i % 20) * 2.0 + 1.0, f64::from(i / 20) * 2.0 + 1.0);
            rectangle([x, y], [x + 1.0, y + 1.0])
        }))
        .collect();
    assert_solid(&up(&region(&many), Extrusion::default()), 400, 41.0 * 41.0 - 400.0);
}

#[test]
fn tapered_and_twisted_solids_have_their_volumes() {
    let square = region(&[rectangle([-1.0, -1.0], [1.0, 1.0])]);
    let frustum = up(&square, Extrusion { height: 3.0, top_scale: 0.5, ..Extrusion::default() });
    assert_solid(&frustum, 0, 3.0 * (4.0 + 2.0 + 1.0) / 3.0);
    // By Cavalieri the volume of the smooth solid is that of the straight one; that of the slices comes near.
    let twisted = Extrusion { height: 3.0, twist_rad: 2.0, slices: 200, ..Extrusion::default() };
    let mesh = up(&square, twisted);
    let volume = mesh.properties().volume;
    assert_solid(&mesh, 0, volume);
    assert!((volume - 12.0).abs() < 0.05, "{volume}");
}

/// Squares that touch with a corner, and a hole that touches the outline.
#[test]
fn touching_contours_make_manifold_solids() {
    let two = region(&[rectangle([0.0, 0.0], [1.0, 1.0]), rectangle([1.0, 1.0], [2.0, 2.0])]);
    let mesh = up(&two, Extrusion::default());
    assert_eq!(mesh.check().num_shells, 2);
    assert_solid(&mesh, 0, 2.0);
    let diamond = [[0.0, 2.0], [1.0, 1.0], [2.0, 2.0], [1.0, 3.0]].map(DVec2::from_array).to_vec();
    let notched = region(&[rectangle([0.0, 0.0], [4.0, 4.0]), diamond]);
    let mesh = up(&notched, Extrusion::default());
    assert!(mesh.check().is_solid());
    assert!((mesh.properties().volume - 14.0).abs() < 1e-9);
}

/// Found by the test below: the bridge to a hole that touches the outline went through the hole, and two bridges became
/// one edge.
#[test]
fn holes_in_the_corners_of_outlines_are_cut_out() {
    let of_boxes = |boxes: &[[u8; 4]], num_united: usize| {
        boxes.iter().enumerate().fold(Region::default(), |sum, (i, &[x, y, width, height])| {
            let low = [f64::from(x), f64::from(y)];
            let part = region(&[rectangle(low, [low[0] + f64::from(width), low[1] + f64::from(height)])]);
            sum.combined(if i < num_united { RegionOp::Union } else { RegionOp::Xor }, &part)
        })
    };
    let one = of_boxes(&[[0, 1, 4, 3], [0, 5, 4, 1], [0, 2, 2, 3], [3, 4, 1, 2]], 3);
    let boxes =
        [[1, 0, 3, 3], [0, 2, 1, 2], [0, 4, 4, 3], [5, 4, 2, 4], [6, 8, 1, 4], [2, 7, 4, 4], [3, 2, 2, 3]];
    for region in [one, of_boxes(&boxes, 0)] {
        let mesh = up(&region, Extrusion { height: 2.0, ..Extrusion::default() });
        assert!(mesh.check().is_solid());
        assert!((mesh.properties().volume - 2.0 * region.area()).abs() < 1e-9);
    }
}

#[test]
fn turned_solids_follow_pappus() {
    let square = region(&[rectangle([2.0, -1.0], [4.0, 1.0])]);
    let segments = 64;
    // The path of the centroid, with the circle replaced by its polygon: chords of the sector's area.
    let ring = revolve(&square, &Revolution { angle_rad: TAU, segments }, &Unwatched).expect("all in range");
    let factor = f64::from(segments) * math::sin(TAU / f64::from(segments));
    assert_solid(&ring, 1, factor * 3.0 * 4.0);
    let quarter = Revolution { angle_rad: TAU / 4.0, segments: 16 };
    let mesh = revolve(&square, &quarter, &Unwatched).expect("all in range");
    assert_solid(&mesh, 0, factor / 4.0 * 3.0 * 4.0);
    let tube = region(
        &[polygon(2.0, 12), polygon(1.0, 12)].map(|ring| ring.iter().map(|p| *p + DVec2::X * 5.0).collect()),
    );
    let mesh = revolve(&tube, &Revolution { angle_rad: TAU, segments }, &Unwatched).expect("all in range");
    assert_eq!(mesh.check().num_shells, 2);
    assert!(mesh.check().is_solid());
    let mesh = revolve(&tube, &quarter, &Unwatched).expect("all in range");
    assert_solid(&mesh, 1, tube.area() * 5.0 * factor / 4.0);
}

#[test]
fn profiles_may_touch_the_axis() {
    let segments = 32;
    let factor = f64::from(segments) * math::sin(TAU / f64::from(segments));
    let whole = Revolution { angle_rad: TAU, segments };
    let half = Revolution { angle_rad: TAU / 2.0, segments: 16 };
    let cylinder = region(&[rectangle([0.0, 0.0], [2.0, 3.0])]);
    assert_solid(&revolve(&cylinder, &whole, &Unwatched).expect("fine"), 0, factor * 6.0);
    assert_solid(&revolve(&cylinder, &half, &Unwatched).expect("fine"), 0, factor * 3.0);
    // A square on its corner: the whole turn touches itself at the axis.
    let diamond = [[0.0, 0.0], [1.0, -1.0], [2.0, 0.0], [1.0, 1.0]].map(DVec2::from_array).to_vec();
    let diamond = region(&[diamond]);
    assert_solid(&revolve(&diamond, &whole, &Unwatched).expect("fine"), 0, factor * 2.0);
    assert_solid(&revolve(&diamond, &half, &Unwatched).expect("fine"), 0, factor);
}

#[test]
fn impossible_sweeps_are_refused() {
    let square = region(&[rectangle([-1.0, 0.0], [1.0, 1.0])]);
    let turn = Revolution { angle_rad: 1.0, segments: 4 };
    let error = revolve(&square, &turn, &Unwatched).expect_err("it crosses the axis");
    assert!(matches!(error, SweepError::OverAxis { point } if point.x == -1.0));
    for angle_rad in [0.0, -1.0, 7.0, f64::NAN] {
        let turn = Revolution { angle_rad, ..turn };
        assert!(matches!(revolve(&square, &turn, &Unwatched), Err(SweepError::Number { what: "angle", .. })));
    }
    assert_eq!(extrude(&Region::default(), &Extrusion::default(), &Unwatched), Err(SweepError::Empty));
    for height in [0.0, -2.0, f64::NAN, f64::INFINITY] {
        let error = extrude(&square, &Extrusion { height, ..Extrusion::default() }, &Unwatched);
        assert!(matches!(error, Err(SweepError::Number { what: "height", .. })), "{height}");
    }
    let much = Extrusion { slices: 100_000, ..Extrusion::default() };
    let many = region(&[polygon(1.0, 20_000)]);
    assert_eq!(extrude(&many, &much, &Unwatched), Err(SweepError::TooLarge));
}

proptest! {
    /// Whatever overlaps on a coarse grid, where corners and sides coincide often: solids with the volume of the area.
    #[test]
    fn any_region_can_be_extruded(
        boxes in prop::collection::vec(([0_u8..9, 0_u8..9], [1_u8..5, 1_u8..5]), 1..12),
        cut in 0_usize..6,
        grow in -0.7..0.7,
    ) {
        let rectangles: Vec<Region> = boxes
            .iter()
            .map(|(low, size)| {
                let low = low.map(f64::from);
                region(&[rectangle(low, [low[0] + f64::from(size[0]), low[1] + f64::from(size[1])])])
            })
            .collect();
        let mut sum = Region::default();
        for (i, rectangle) in rectangles.iter().enumerate() {
            sum = sum.combined(if i < cut { RegionOp::Union } else { RegionOp::Xor }, rectangle);
        }
        let offset = Offset { distance: grow, join: crate::Join::Round { accuracy: 0.01 } };
        for region in [sum.offset(&offset).expect("in range"), sum] {
            if !region.is_empty() {
                let mesh = up(&region, Extrusion { twist_rad: grow, slices: 2, ..Extrusion::default() });
                prop_assert!(mesh.check().is_solid(), "{:?}", mesh.check());
                let straight = up(&region, Extrusion::default());
                let volume = straight.properties().volume;
                prop_assert!((volume - region.area()).abs() <= 1e-9 * volume, "{} {}", volume, region.area());
                let turned = revolve(&region, &Revolution { angle_rad: 1.0, segments: 3 }, &Unwatched);
                if let Ok(mesh) = turned {
                    prop_assert!(mesh.check().is_closed() && mesh.check().is_oriented());
                }
            }
        }
    }
}
