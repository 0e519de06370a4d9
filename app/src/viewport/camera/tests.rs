use egui::{Rect, pos2};
use proptest::prelude::*;

use super::*;

fn rect() -> Rect {
    Rect::from_min_max(pos2(250.0, 40.0), pos2(1130.0, 700.0))
}

fn pose() -> impl Strategy<Value = Pose> {
    let target = [-1e4..1e4, -1e4..1e4, -1e4..1e4].prop_map(DVec3::from_array);
    let target = prop_oneof![target.clone(), target.prop_map(|target| target + DVec3::splat(1e7))];
    (target, -4.0..4.0, -1.5..1.5, -2.0..5.0, any::<bool>()).prop_map(
        |(target, yaw_rad, pitch_rad, decade, orthographic)| Pose {
            target,
            yaw_rad,
            pitch_rad,
            distance: 10_f64.powf(decade),
            orthographic,
        },
    )
}

fn pixel() -> impl Strategy<Value = DVec2> {
    (250.0..1130.0, 40.0..700.0).prop_map(|(x, y)| DVec2::new(x, y))
}

/// A point at a pixel, at some depth in front of the eye.
fn seen_at(pose: &Pose, pixel: DVec2, depth: f64) -> DVec3 {
    let projector = Projector::new(pose.camera(), rect());
    projector.eye() + projector.axes() * projector.at_depth(pixel, pose.distance * depth)
}

fn shown_at(pose: &Pose, point: DVec3) -> DVec2 {
    Projector::new(pose.camera(), rect()).project(point).expect("the point is in front of the eye").pos
}

/// 1e-6 pixels, or what the coordinates themselves can express at this scale.
fn slack(pose: &Pose, point: DVec3) -> f64 {
    let per_point = Projector::new(pose.camera(), rect()).mm_per_point(point);
    1e-6 + 32.0 * f64::EPSILON * (point.abs().max_element() + pose.eye().abs().max_element()) / per_point
}

proptest! {
    #[test]
    fn pixels_and_points_belong_together(pose in pose(), pixel in pixel(), depth in 0.2..4.0) {
        let point = seen_at(&pose, pixel, depth);
        prop_assert!(shown_at(&pose, point).distance(pixel) <= slack(&pose, point));
        let ray = Projector::new(pose.camera(), rect()).ray_in_world(pixel);
        let t = pose.distance * depth;
        prop_assert!(ray.at(t).distance(point) <= 1e-9 * (t + point.length()));
    }

    #[test]
    fn panning_keeps_the_grabbed_point_under_the_pointer(
        pose in pose(), from in pixel(), to in pixel(), depth in 0.2..4.0,
    ) {
        let point = seen_at(&pose, from, depth);
        let panned = pose.panned(rect(), point, to);
        prop_assert!(shown_at(&panned, point).distance(to) <= slack(&panned, point));
        prop_assert_eq!(panned.distance, pose.distance);
    }

    #[test]
    fn zooming_keeps_the_point_under_the_pointer(
        pose in pose(), pixel in pixel(), depth in 0.2..4.0, factor in 0.3..3.0,
    ) {
        let point = seen_at(&pose, pixel, depth);
        let zoomed = pose.zoomed(point, factor);
        prop_assert!(shown_at(&zoomed, point).distance(pixel) <= slack(&zoomed, point));
        let grown = Projector::new(zoomed.camera(), rect()).mm_per_point(point)
            / Projector::new(pose.camera(), rect()).mm_per_point(point);
        prop_assert!((grown / factor - 1.0).abs() < 1e-6);
    }

    #[test]
    fn turning_keeps_the_pivot_in_place(
        pose in pose(), pixel in pixel(), depth in 0.2..4.0, yaw in -7.0..7.0, pitch in -3.0..3.0,
    ) {
        let pivot = seen_at(&pose, pixel, depth);
        let turned = pose.turned(pivot, yaw, pitch);
        prop_assert!(shown_at(&turned, pivot).distance(pixel) <= slack(&turned, pivot));
        prop_assert!(turned.pitch_rad.abs() <= FRAC_PI_2);
        prop_assert!(turned.world_from_view_axes().z_axis.is_normalized());
    }

    #[test]
    fn a_new_focus_does_not_change_the_picture(
        pose in pose(), pixel in pixel(), depth in 0.2..4.0, other in pixel(), other_depth in 0.2..4.0,
    ) {
        let point = seen_at(&pose, pixel, depth);
        let focused = pose.focused(point);
        let witness = seen_at(&pose, other, other_depth);
        prop_assert!(shown_at(&focused, witness).distance(other) <= slack(&pose, witness));
        let back = pose.world_from_view_axes().z_axis;
        prop_assert!((focused.target - point).dot(back).abs() <= 1e-9 * (pose.distance * 4.0 + point.length()));
    }

    #[test]
    fn a_fit_holds_every_point_and_wastes_nothing(
        pose in pose(),
        points in prop::collection::vec([-50.0..50.0, -50.0..50.0, -50.0..50.0].prop_map(DVec3::from_array), 2..9),
        aspect in 0.4..2.5,
    ) {
        let pose = Pose { target: DVec3::ZERO, ..pose };
        let rect = Rect::from_min_size(pos2(0.0, 0.0), egui::vec2(600.0 * aspect as f32, 600.0));
        let aspect = f64::from(rect.width() / rect.height());
        let middle = points.iter().sum::<DVec3>() / points.len() as f64;
        let fitted = pose.fitted(&points, middle, aspect).expect("there are points");
        let projector = Projector::new(fitted.camera(), rect);
        let mut fullest = 0.0_f64;
        for point in &points {
            let at = projector.project(*point);
            prop_assert!(at.is_some(), "{point} is behind the eye");
            let pos = at.expect("checked").pos;
            let x = (pos.x / f64::from(rect.width()) - 0.5).abs() * 2.0;
            let y = (pos.y / 600.0 - 0.5).abs() * 2.0;
            fullest = fullest.max(x).max(y);
        }
        let limit = 1.0 - 2.0 * FIT_MARGIN;
        prop_assert!(fullest <= limit + 1e-6, "the picture is full up to {fullest} instead of {limit}");
        let radius = points.iter().map(|point| point.distance(middle)).fold(0.0, f64::max);
        let depths = points.iter().map(|point| projector.project(*point).expect("checked").depth);
        let clearance = depths.fold(f64::INFINITY, f64::min);
        let is_as_near_as_can_be = clearance <= CLEARANCE * radius * (1.0 + 1e-6);
        // In parallel projection only the size counts, which is never less than the clearance.
        let is_small = fitted.distance <= CLEARANCE * radius * (1.0 + 1e-6);
        prop_assert!(
            fullest >= limit - 1e-6 || is_as_near_as_can_be || is_small,
            "the picture is full up to {fullest} only",
        );
    }

    #[test]
    fn the_projections_agree_at_the_target(pose in pose(), pixel in pixel()) {
        let other = Pose { orthographic: !pose.orthographic, ..pose };
        let point = seen_at(&pose, pixel, 1.0);
        prop_assert!(shown_at(&other, point).distance(pixel) <= slack(&pose, point));
    }

    #[test]
    fn a_journey_ends_where_it_should(from in pose(), to in pose(), part in 0.0..1.0) {
        let mut rig = CameraRig::default();
        rig.set_pose(from);
        rig.travel(to, to.target, 10.0);
        prop_assert!(rig.advance(10.0));
        rig.advance(10.0 + part * MOVE_SECS);
        prop_assert!(rig.pose().eye().is_finite());
        prop_assert!(!rig.advance(10.0 + MOVE_SECS));
        prop_assert_eq!(*rig.pose(), to);
    }
}

#[test]
fn standard_views_look_along_the_axes() {
    let back = |view| {
        let [yaw_rad, pitch_rad] = angles_of(view);
        Pose { yaw_rad, pitch_rad, ..Pose::default() }.world_from_view_axes()
    };
    let close = |a: DVec3, b: DVec3| assert!(a.distance(b) < 1e-15, "{a} instead of {b}");
    close(back(StandardView::Front).z_axis, DVec3::NEG_Y);
    close(back(StandardView::Front).x_axis, DVec3::X);
    close(back(StandardView::Right).z_axis, DVec3::X);
    close(back(StandardView::Left).z_axis, DVec3::NEG_X);
    close(back(StandardView::Back).x_axis, DVec3::NEG_X);
    close(back(StandardView::Top).z_axis, DVec3::Z);
    close(back(StandardView::Top).y_axis, DVec3::Y);
    close(back(StandardView::Bottom).y_axis, DVec3::NEG_Y);
    close(back(StandardView::Iso).z_axis, DVec3::new(1.0, -1.0, 1.0) / 3_f64.sqrt());
}

#[test]
fn shapes_are_added_in_round_sizes_where_the_camera_looks() {
    let mut rig = CameraRig::default();
    for (distance, size) in [(400.0, 20.0), (40.0, 2.0), (1.2e5, 10_000.0), (0.3, 0.02)] {
        rig.set_pose(Pose { distance, ..Pose::default() });
        assert!((rig.comfortable_size() / size - 1.0).abs() < 1e-12, "{}", rig.comfortable_size());
    }
    rig.set_pose(Pose { target: DVec3::new(12.3, -47.8, 0.0), ..Pose::default() });
    assert_eq!(rig.target_on_grid(2.0), DVec3::new(12.0, -48.0, 0.0));
}

#[test]
fn a_camera_of_a_model_is_looked_through() {
    for (yaw_rad, pitch_rad) in [(0.3, 0.2), (-2.0, -1.1), (1.0, FRAC_PI_2), (2.0, -FRAC_PI_2)] {
        let pose = Pose { yaw_rad, pitch_rad, target: DVec3::new(5.0, -3.0, 2.0), ..Pose::default() };
        // Ours looks along its -Z, with Y up; that of a model along its Y, with Z up.
        let axes = pose.world_from_view_axes();
        let space = DAffine3 {
            matrix3: DMat3::from_cols(axes.x_axis, -axes.z_axis, axes.y_axis),
            translation: pose.eye(),
        };
        let found = Pose::from_eye(&space, None, pose.target).expect("the space is not flat");
        assert!(found.eye().distance(pose.eye()) < 1e-9 && found.target.distance(pose.target) < 1e-9);
        assert!(found.world_from_view_axes().abs_diff_eq(axes, 1e-7), "{yaw_rad} {pitch_rad}");
        assert!(!found.orthographic);
        let parallel = Pose::from_eye(&space, Some(100.0), pose.target).expect("the space is not flat");
        assert!(parallel.orthographic && (parallel.distance * TAN_HALF_FOV - 100.0).abs() < 1e-9);
    }
    assert_eq!(Pose::from_eye(&DAffine3::from_scale(DVec3::ZERO), None, DVec3::ZERO), None);
}
