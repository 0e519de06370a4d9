use assets::LengthUnit;
use egui::{Rect, pos2, vec2};
use glam::DQuat;
use proptest::prelude::*;

use super::*;
use crate::viewport::camera::{CameraRig, Pose};

fn projector(orthographic: bool) -> Projector {
    let mut rig = CameraRig::default();
    rig.set_pose(Pose { orthographic, ..Pose::default() });
    rig.projector(Rect::from_min_size(pos2(0.0, 0.0), vec2(900.0, 700.0)))
}

fn frame() -> Frame {
    Frame { pivot: DVec3::new(5.0, -3.0, 8.0), axes: DMat3::IDENTITY }
}

fn drag(handle: Handle, projector: Projector, start: DVec2, origins: Vec<Origin>) -> Drag {
    Drag {
        handle,
        frame: frame(),
        origins,
        start,
        projector,
        merge_key: FIRST_MERGE_KEY,
        amount: Amount::none(handle),
        last_angle_rad: 0.0,
        typed: String::new(),
        has_edited: false,
    }
}

fn free(pos: DVec2) -> DragInput {
    DragInput { pos, snap: false, fine: false }
}

fn seen(projector: &Projector, point: DVec3) -> DVec2 {
    projector.project(point).expect("it is in front").pos
}

const MM: LengthUnit = LengthUnit::Millimetre;

proptest! {
    #[test]
    fn what_is_moved_stays_under_the_pointer(
        axis in 0_usize..3, way in -60.0..60.0, grabbed in -20.0..40.0, orthographic in any::<bool>(),
    ) {
        let projector = projector(orthographic);
        let on_axis = |along: f64| frame().pivot + DVec3::AXES[axis] * along;
        let mut drag = drag(Handle::MoveAlong(axis), projector, seen(&projector, on_axis(grabbed)), Vec::new());
        let amount = drag.follow(free(seen(&projector, on_axis(grabbed + way))), MM);
        let Amount::Move(offset) = amount else { panic!("a move was asked for") };
        prop_assert!(offset.distance(DVec3::AXES[axis] * way) < 1e-6, "{offset} instead of {way}");
    }

    #[test]
    fn planes_keep_the_grabbed_point_too(
        axis in 0_usize..3, u in -40.0..40.0, v in -40.0..40.0, orthographic in any::<bool>(),
    ) {
        let projector = projector(orthographic);
        let offset = DVec3::AXES[(axis + 1) % 3] * u + DVec3::AXES[(axis + 2) % 3] * v;
        let mut drag = drag(Handle::MoveAcross(axis), projector, seen(&projector, frame().pivot), Vec::new());
        let amount = drag.follow(free(seen(&projector, frame().pivot + offset)), MM);
        let Amount::Move(moved) = amount else { panic!("a move was asked for") };
        prop_assert!(moved.distance(offset) < 1e-6);
        prop_assert_eq!(moved[axis], 0.0);
    }

    #[test]
    fn rings_turn_with_the_pointer_and_count_full_turns(axis in 0_usize..3, steps in 1_usize..40) {
        let projector = projector(false);
        let on_ring = |degrees: f64| {
            let (sin, cos) = degrees.to_radians().sin_cos();
            let (u, v) = (DVec3::AXES[(axis + 1) % 3], DVec3::AXES[(axis + 2) % 3]);
            seen(&projector, frame().pivot + (u * cos + v * sin) * 30.0)
        };
        let mut drag = drag(Handle::TurnAround(axis), projector, on_ring(0.0), Vec::new());
        for step in 1..=steps {
            let degrees = 25.0 * step as f64;
            let Amount::Turn(turned) = drag.follow(free(on_ring(degrees)), MM) else { panic!("a turn") };
            prop_assert!((turned - degrees).abs() < 1e-6, "{turned} instead of {degrees}");
        }
    }

    #[test]
    fn a_part_under_a_turned_parent_goes_where_the_handle_goes(
        angle in -3.0..3.0, x in -50.0..50.0, degrees in -180.0..180.0,
    ) {
        let world_from_parent = DAffine3::from_scale_rotation_translation(
            DVec3::splat(2.5),
            DQuat::from_axis_angle(DVec3::new(0.6, 0.0, 0.8), angle),
            DVec3::new(x, 4.0, -9.0),
        );
        let parent_from_node = DAffine3::from_translation(DVec3::new(1.0, x, 3.0));
        let origin = Origin { node: NodeId(1), world_from_parent, parent_from_node };
        let mut turning = drag(Handle::TurnAround(2), projector(false), DVec2::ZERO, vec![origin]);
        turning.amount = Amount::Turn(degrees);
        let expected = turning.amount.change(&turning.frame, turning.handle) * world_from_parent * parent_from_node;
        let placed = world_from_parent * turning.placed(&origin);
        prop_assert!(placed.abs_diff_eq(expected, 1e-9));
        let mut moving = drag(Handle::MoveAlong(0), projector(false), DVec2::ZERO, vec![origin]);
        moving.amount = Amount::Move(DVec3::new(x, 0.0, 0.0));
        let placed = world_from_parent * moving.placed(&origin);
        let expected = DAffine3::from_translation(DVec3::X * x) * world_from_parent * parent_from_node;
        prop_assert!(placed.abs_diff_eq(expected, 1e-9));
    }
}

#[test]
fn typed_and_snapped_amounts_are_exact() {
    let origin = Origin {
        node: NodeId(1),
        world_from_parent: DAffine3::IDENTITY,
        parent_from_node: DAffine3::from_translation(DVec3::new(0.1, 0.2, 0.3)),
    };
    let mut moving = drag(Handle::MoveAlong(0), projector(false), DVec2::ZERO, vec![origin]);
    moving.amount = amount::parsed("1 in", moving.handle, MM).expect("a length");
    assert_eq!(moving.placed(&origin).translation, DVec3::new(0.1 + 25.4, 0.2, 0.3));
    assert_eq!(amount::parsed("90", Handle::TurnAround(2), MM), Some(Amount::Turn(90.0)));
    let frame = Frame { pivot: DVec3::ZERO, axes: DMat3::IDENTITY };
    let quarter = Amount::Turn(90.0).change(&frame, Handle::TurnAround(2));
    assert_eq!(quarter.transform_point3(DVec3::X), DVec3::Y);
    let back = Amount::Turn(-450.0).change(&frame, Handle::TurnAround(0));
    assert_eq!(back.transform_point3(DVec3::Y), DVec3::NEG_Z);
    let both = amount::parsed("3, -4", Handle::MoveAcross(2), MM);
    assert_eq!(both, Some(Amount::Move(DVec3::new(3.0, -4.0, 0.0))));
    assert_eq!(amount::parsed("0", Handle::ScaleAll, MM), None);
    assert_eq!(amount::parsed("-", Handle::MoveAlong(1), MM), None);

    // At this distance 8 points are 2.9 mm, so the step is 5 mm; finer, it is half a millimetre.
    let projector = projector(true);
    let to = seen(&projector, DVec3::new(5.0 + 12.0, -3.0, 8.0));
    let mut moving =
        drag(Handle::MoveAlong(0), projector, seen(&projector, DVec3::new(5.0, -3.0, 8.0)), vec![]);
    let snapped = moving.follow(DragInput { pos: to, snap: true, fine: false }, MM);
    assert_eq!(snapped, Amount::Move(DVec3::new(10.0, 0.0, 0.0)));
    let fine = moving.follow(DragInput { pos: to, snap: true, fine: true }, MM);
    assert_eq!(fine, Amount::Move(DVec3::new(12.0, 0.0, 0.0)));
}

#[test]
fn every_handle_is_found_where_it_is_drawn() {
    let projector = projector(false);
    let frame = frame();
    let seen = handles::Seen::new(&frame, &projector).expect("it is in front");
    for axis in 0..3 {
        let tip = seen.at(DVec3::AXES[axis]);
        assert_eq!(handles::at(Tool::Move, &frame, &projector, tip), Some(Handle::MoveAlong(axis)));
        assert_eq!(handles::at(Tool::Scale, &frame, &projector, tip), Some(Handle::ScaleAlong(axis)));
        let square = seen.square(axis);
        let middle = square.iter().fold(vec2(0.0, 0.0), |sum, corner| sum + corner.to_vec2()) / 4.0;
        let found =
            handles::at(Tool::Move, &frame, &projector, super::super::projector::precise(middle.to_pos2()));
        assert_eq!(found, Some(Handle::MoveAcross(axis)));
        let [front, _] = seen.ring(axis);
        let on_ring = super::super::projector::precise(front[front.len() / 3]);
        assert_eq!(handles::at(Tool::Rotate, &frame, &projector, on_ring), Some(Handle::TurnAround(axis)));
    }
    let center = seen.center;
    assert_eq!(handles::at(Tool::Move, &frame, &projector, center), Some(Handle::MoveOnScreen));
    assert_eq!(handles::at(Tool::Scale, &frame, &projector, center), Some(Handle::ScaleAll));
    assert_eq!(handles::at(Tool::Rotate, &frame, &projector, center), None);
    assert_eq!(handles::at(Tool::Select, &frame, &projector, center), None);
}
