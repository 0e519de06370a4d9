//! Handles of section planes: a thin frame, an arrow along which a plane is dragged, and knobs that tilt the active one.

use assets::LengthUnit;
use egui::{Color32, Painter, Shape, Stroke, vec2};
use glam::{DMat3, DVec2, DVec3};

use super::gizmo::{
    ACTIVE, DragInput, MOVE_STEP_PT, TURN_STEPS_DEG, UNDERLAY, chip, to_pos2, to_segment, to_step,
};
use super::look::round_step;
use super::projector::Projector;
use crate::command::Command;
use crate::sections::{Section, Sections};
use crate::theme::Palette;
use crate::units;

/// Length of an arrow on the screen, in points.
const ARROW_PT: f64 = 62.0;
/// How far knobs are from the middle.
const KNOB_PT: f64 = 58.0;
const KNOB_RADIUS_PT: f64 = 5.5;
/// How near the pointer must be to an arrow, and to a frame.
const NEAR_PT: f64 = 8.0;
const NEAR_FRAME_PT: f64 = 4.5;
/// Arrows that are seen shorter than this part of their length are dragged up and down instead.
const SHORT: f64 = 0.2;
/// Frames, arrows and knobs.
const COLOR: Color32 = Color32::from_rgb(255, 138, 60);

/// What can be dragged; the number is that of the plane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Grip {
    /// The plane along its normal.
    Move(usize),
    /// The plane around its own direction across (0) or up (1).
    Tilt(usize, usize),
}

impl Grip {
    fn plane(self) -> usize {
        match self {
            Self::Move(plane) | Self::Tilt(plane, _) => plane,
        }
    }
}

/// The handles and the drag of one of them.
#[derive(Debug, Default)]
pub(crate) struct SectionHandles {
    hovered: Option<Grip>,
    drag: Option<Drag>,
}

/// A drag under way: everything is computed from where it began.
#[derive(Clone, Debug)]
struct Drag {
    grip: Grip,
    start: DVec2,
    section: Section,
    pivot: DVec3,
    projector: Projector,
    pos: DVec2,
    degrees: f64,
}

/// The handles of one plane, as they are seen.
struct Seen {
    frame: Vec<DVec2>,
    center: DVec2,
    pivot: DVec3,
    /// The end of the arrow; the same as the centre when it points at the viewer.
    tip: DVec2,
    knobs: Vec<(usize, [DVec2; 2])>,
}

impl Seen {
    fn new(sections: &Sections, number: usize, projector: &Projector) -> Option<Self> {
        let section = sections.all().get(number)?;
        let corners = sections.frame(number);
        if corners.len() < 3 {
            return None;
        }
        let pivot = corners.iter().sum::<DVec3>() / corners.len() as f64;
        let project = |point: DVec3| Some(projector.project(point)?.pos);
        let frame: Vec<DVec2> = corners.iter().map(|&corner| project(corner)).collect::<Option<_>>()?;
        let per_point = projector.mm_per_point(pivot);
        let at = |direction: DVec3, length_pt: f64| project(pivot + direction * (per_point * length_pt));
        let mut knobs = Vec::new();
        let is_active = sections.active().is_some_and(|(active, _)| active == number);
        if is_active && !sections.is_box() {
            let axes = section.in_plane();
            for (idx, axis) in axes.into_iter().enumerate() {
                // A knob moves at a right angle to the axis that it turns around, which must be seen.
                let around = axes[1 - idx];
                if around.dot(projector.toward_eye(pivot)).abs() > 0.12 {
                    knobs.push((1 - idx, [at(axis, KNOB_PT)?, at(axis, -KNOB_PT)?]));
                }
            }
        }
        Some(Self { frame, center: project(pivot)?, pivot, tip: at(section.normal(), ARROW_PT)?, knobs })
    }

    fn edges(&self) -> impl Iterator<Item = [DVec2; 2]> + '_ {
        let next = self.frame.iter().cycle().skip(1);
        self.frame.iter().zip(next).map(|(from, to)| [*from, *to])
    }

    /// What of it is at a position, and how far away.
    fn at(&self, number: usize, pos: DVec2) -> Option<(f64, Grip)> {
        for (around, knobs) in &self.knobs {
            if knobs.iter().any(|knob| knob.distance(pos) <= KNOB_RADIUS_PT + 3.0) {
                return Some((0.0, Grip::Tilt(number, *around)));
            }
        }
        let arrow = to_segment(pos, self.center, self.tip);
        if arrow <= NEAR_PT {
            return Some((arrow, Grip::Move(number)));
        }
        let edge = self.edges().map(|[from, to]| to_segment(pos, from, to)).fold(f64::INFINITY, f64::min);
        // Arrows win.
        (edge <= NEAR_FRAME_PT).then_some((edge + NEAR_PT, Grip::Move(number)))
    }
}

/// The command that makes the plane of a grip the active one.
pub(crate) fn activated(sections: &Sections, grip: Grip) -> Option<Command> {
    let section = sections.all().get(grip.plane())?;
    Some(Command::SetSection(grip.plane(), Some(*section)))
}

impl SectionHandles {
    /// Whether one is being dragged.
    #[must_use]
    pub(crate) fn is_dragging(&self) -> bool {
        self.drag.is_some()
    }

    /// What the pointer is over.
    #[must_use]
    pub(crate) fn hovered(&self) -> Option<Grip> {
        self.hovered
    }

    /// Notes what the pointer is over.
    pub(crate) fn hover(&mut self, sections: &Sections, projector: &Projector, pos: Option<DVec2>) {
        if self.drag.is_some() {
            return;
        }
        self.hovered = pos.and_then(|pos| {
            let seen = (0..sections.all().len())
                .filter_map(|number| Seen::new(sections, number, projector)?.at(number, pos));
            seen.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, grip)| grip)
        });
    }

    /// Begins to drag.
    pub(crate) fn begin(&mut self, sections: &Sections, projector: Projector, grip: Grip, start: DVec2) {
        let section = sections.all().get(grip.plane());
        let seen = Seen::new(sections, grip.plane(), &projector);
        self.drag = section.zip(seen).map(|(section, seen)| Drag {
            grip,
            start,
            section: *section,
            pivot: seen.pivot,
            projector,
            pos: start,
            degrees: 0.0,
        });
    }

    /// Follows the pointer.
    pub(crate) fn drag(
        &mut self,
        input: DragInput,
        sections: &Sections,
        unit: LengthUnit,
    ) -> Option<Command> {
        let drag = self.drag.as_mut()?;
        drag.pos = input.pos;
        let section = match drag.grip {
            Grip::Move(_) => drag.moved(input, unit),
            Grip::Tilt(_, around) => drag.tilted(input, around),
        }?;
        let number = drag.grip.plane();
        (sections.all().get(number) != Some(&section)).then_some(Command::SetSection(number, Some(section)))
    }

    /// Ends the drag.
    pub(crate) fn end(&mut self) {
        self.drag = None;
    }

    /// Ends the drag and puts the plane back.
    pub(crate) fn cancel(&mut self) -> Option<Command> {
        let drag = self.drag.take()?;
        Some(Command::SetSection(drag.grip.plane(), Some(drag.section)))
    }

    /// Draws frames, arrows and knobs.
    pub(crate) fn paint(
        &self,
        painter: &Painter,
        palette: &Palette,
        projector: &Projector,
        sections: &Sections,
        unit: LengthUnit,
    ) {
        let held = self.drag.as_ref().map(|drag| drag.grip);
        let active = sections.active().map(|(number, _)| number);
        for number in 0..sections.all().len() {
            let is_other = held.is_some_and(|held| held.plane() != number);
            let Some(seen) = Seen::new(sections, number, projector) else { continue };
            let grip = held.or(self.hovered).filter(|grip| grip.plane() == number);
            let strength = match (is_other, active == Some(number)) {
                (true, _) => 0.25,
                (false, true) => 1.0,
                (false, false) => 0.6,
            };
            paint_frame(painter, &seen, grip.is_some(), strength);
            if !is_other {
                paint_arrow(painter, &seen, grip == Some(Grip::Move(number)), strength);
            }
            if held.is_none() || matches!(held, Some(Grip::Tilt(..))) {
                paint_knobs(painter, &seen, grip);
            }
        }
        if let Some(drag) = &self.drag
            && let Some(section) = sections.all().get(drag.grip.plane())
        {
            let text = match drag.grip {
                Grip::Move(_) => units::length(section.at, unit),
                Grip::Tilt(..) => format!("{}°", units::number(drag.degrees)),
            };
            let at = to_pos2(drag.pos) + vec2(18.0, 22.0);
            chip(painter, painter.clip_rect(), palette, at, &text, palette.text);
        }
    }
}

fn paint_frame(painter: &Painter, seen: &Seen, is_lit: bool, strength: f32) {
    let corners: Vec<_> = seen.frame.iter().copied().map(to_pos2).collect();
    let color = if is_lit { ACTIVE } else { COLOR }.gamma_multiply(strength);
    let below = UNDERLAY.gamma_multiply(0.7 * strength);
    let width = if is_lit { 1.75 } else { 1.25 };
    painter.add(Shape::closed_line(corners.clone(), Stroke::new(width + 1.25, below)));
    painter.add(Shape::closed_line(corners, Stroke::new(width, color)));
}

fn paint_arrow(painter: &Painter, seen: &Seen, is_lit: bool, strength: f32) {
    let color = if is_lit { ACTIVE } else { COLOR }.gamma_multiply(strength.max(0.8));
    let [from, to] = [seen.center, seen.tip].map(to_pos2);
    let along = to - from;
    if f64::from(along.length()) >= SHORT * ARROW_PT {
        let along = along.normalized();
        let (neck, across) = (to - along * 14.0, along.rot90() * 5.5);
        painter.line_segment([from, neck], Stroke::new(4.25, UNDERLAY));
        painter.line_segment([from, neck], Stroke::new(2.25, color));
        let head = vec![to, neck - along + across, neck - along - across];
        painter.add(Shape::convex_polygon(head, color, Stroke::new(1.0, UNDERLAY)));
    } else {
        painter.circle_stroke(from, 9.0, Stroke::new(3.5, UNDERLAY));
        painter.circle_stroke(from, 9.0, Stroke::new(2.0, color));
    }
    painter.circle_filled(from, 5.0, UNDERLAY);
    painter.circle_filled(from, 4.0, color);
}

fn paint_knobs(painter: &Painter, seen: &Seen, grip: Option<Grip>) {
    for (around, knobs) in &seen.knobs {
        let is_lit = matches!(grip, Some(Grip::Tilt(_, held)) if held == *around);
        let color = if is_lit { ACTIVE } else { COLOR };
        let [from, to] = knobs.map(to_pos2);
        painter.line_segment([from, to], Stroke::new(1.0, color.gamma_multiply(0.45)));
        for knob in [from, to] {
            let radius = KNOB_RADIUS_PT as f32;
            painter.circle(knob, radius + 0.75, UNDERLAY, Stroke::NONE);
            painter.circle(knob, radius - 1.0, color.gamma_multiply(0.35), Stroke::new(1.75, color));
        }
    }
}

impl Drag {
    fn moved(&self, input: DragInput, unit: LengthUnit) -> Option<Section> {
        let offset = self.along_axis(input.pos)? - self.along_axis(self.start)?;
        let mut at = self.section.at + offset;
        if input.snap {
            let step = round_step(&self.projector, unit, MOVE_STEP_PT) * if input.fine { 0.1 } else { 1.0 };
            at = to_step(at, step);
        }
        // Beyond the box there is nothing to see, and the handle would be lost.
        let [low, high] = self.section.reach();
        let at = at.clamp(low.min(self.section.at), high.max(self.section.at));
        Some(self.section.moved_to(at))
    }

    /// Where on the axis through the pivot the pointer is; up and down on the screen where the axis points at the viewer.
    fn along_axis(&self, pos: DVec2) -> Option<f64> {
        let axis = self.section.axis();
        let toward = self.projector.toward_eye(self.pivot);
        if axis.cross(toward).length() < SHORT {
            let sign = if axis.dot(toward) > 0.0 { 1.0 } else { -1.0 };
            return Some((self.start.y - pos.y) * self.projector.mm_per_point(self.pivot) * sign);
        }
        let ray = self.projector.ray_in_world(pos);
        let direction = ray.direction.try_normalize()?;
        let between = ray.origin - self.pivot;
        let cosine = axis.dot(direction);
        let along = (between.dot(axis) - between.dot(direction) * cosine) / (1.0 - cosine * cosine);
        along.is_finite().then_some(along)
    }

    fn tilted(&mut self, input: DragInput, around: usize) -> Option<Section> {
        let axis = self.section.in_plane()[around];
        let arm = |pos: DVec2| {
            let ray = self.projector.ray_in_world(pos);
            let t = (self.pivot - ray.origin).dot(axis) / ray.direction.dot(axis);
            let is_seen = t.is_finite() && (t > 0.0 || self.projector.is_parallel());
            is_seen.then(|| (ray.at(t) - self.pivot).try_normalize())?
        };
        let (from, to) = (arm(self.start)?, arm(input.pos)?);
        let mut degrees = from.cross(to).dot(axis).atan2(from.dot(to)).to_degrees();
        if input.snap {
            degrees = to_step(degrees, TURN_STEPS_DEG[usize::from(input.fine)]);
        }
        self.degrees = degrees;
        let turn = DMat3::from_axis_angle(axis, degrees.to_radians());
        self.section.turned(turn * self.section.axis(), self.pivot)
    }
}

#[cfg(test)]
mod tests {
    use egui::{Rect, pos2};
    use renderer::{Camera, Projection};

    use super::*;

    const AROUND: [DVec3; 2] = [DVec3::splat(-10.0), DVec3::splat(10.0)];

    fn projector(eye: DVec3) -> Projector {
        let projection = Projection::Perspective { fov_y_rad: 0.6 };
        let camera = Camera::look_at(eye, DVec3::ZERO, DVec3::Z, projection);
        Projector::new(camera, Rect::from_min_max(pos2(0.0, 0.0), pos2(800.0, 600.0)))
    }

    fn sections(axis: DVec3) -> Sections {
        let mut sections = Sections::default();
        sections.push(Section::through(DVec3::ZERO, axis, AROUND).expect("a direction"));
        sections
    }

    fn apply(sections: &mut Sections, command: Option<Command>) {
        match command {
            Some(Command::SetSection(number, section)) => sections.set(number, section),
            None => {}
            other => panic!("{other:?}"),
        }
    }

    fn dragged(handles: &mut SectionHandles, sections: &mut Sections, to: DVec2, snap: bool) {
        let input = DragInput { pos: to, snap, fine: false };
        let command = handles.drag(input, sections, LengthUnit::Millimetre);
        apply(sections, command);
    }

    #[test]
    fn the_arrow_follows_the_pointer_and_escape_puts_it_back() {
        let (mut sections, projector) = (sections(DVec3::X), projector(DVec3::new(60.0, -100.0, 50.0)));
        let mut handles = SectionHandles::default();
        let seen = Seen::new(&sections, 0, &projector).expect("it is seen");
        handles.hover(&sections, &projector, Some(seen.center.lerp(seen.tip, 0.7)));
        assert_eq!(handles.hovered(), Some(Grip::Move(0)));
        let start = seen.center;
        handles.begin(&sections, projector, Grip::Move(0), start);
        let to = projector.project(DVec3::X * 4.0).expect("in front").pos;
        dragged(&mut handles, &mut sections, to, false);
        assert!((sections.all()[0].at - 4.0).abs() < 1e-6, "{:?}", sections.all());
        dragged(&mut handles, &mut sections, to + DVec2::new(0.7, 0.3), true);
        assert_eq!(sections.all()[0].at, 4.0);
        let command = handles.cancel();
        apply(&mut sections, command);
        assert_eq!(sections.all()[0].at, 0.0);
        assert!(!handles.is_dragging());
    }

    #[test]
    fn a_plane_seen_face_on_is_dragged_up_and_down() {
        let (mut sections, projector) = (sections(DVec3::NEG_Y), projector(DVec3::new(0.0, -100.0, 0.0)));
        let mut handles = SectionHandles::default();
        let seen = Seen::new(&sections, 0, &projector).expect("it is seen");
        handles.begin(&sections, projector, Grip::Move(0), seen.center);
        dragged(&mut handles, &mut sections, seen.center - DVec2::Y * 10.0, false);
        let expected = 10.0 * projector.mm_per_point(DVec3::ZERO);
        assert!((sections.all()[0].at - expected).abs() < 1e-9, "towards the viewer");
        // No farther than there is something to see.
        dragged(&mut handles, &mut sections, seen.center - DVec2::Y * 4000.0, false);
        assert_eq!(sections.all()[0].at, 10.0);
    }

    #[test]
    fn a_knob_tilts_the_plane_around_its_middle() {
        let (mut sections, projector) = (sections(DVec3::Z), projector(DVec3::new(30.0, -100.0, 60.0)));
        let mut handles = SectionHandles::default();
        let seen = Seen::new(&sections, 0, &projector).expect("it is seen");
        let (around, [knob, _]) = seen.knobs[0];
        handles.hover(&sections, &projector, Some(knob));
        assert_eq!(handles.hovered(), Some(Grip::Tilt(0, around)));
        let axis = sections.all()[0].in_plane()[around];
        let at = |degrees: f64| {
            let across = sections.all()[0].in_plane()[1 - around];
            let arm = DMat3::from_axis_angle(axis, f64::to_radians(degrees)) * across;
            projector.project(arm * 8.0).expect("in front").pos
        };
        let (from, to) = (at(0.0), at(31.0));
        handles.begin(&sections, projector, Grip::Tilt(0, around), from);
        dragged(&mut handles, &mut sections, to, false);
        let angle = sections.all()[0].axis().angle_between(DVec3::Z).to_degrees();
        assert!((angle - 31.0).abs() < 1e-6, "{angle}");
        dragged(&mut handles, &mut sections, to, true);
        let angle = sections.all()[0].axis().angle_between(DVec3::Z).to_degrees();
        assert!((angle - 30.0).abs() < 1e-6, "{angle}");
        assert!(sections.all()[0].center().length() < 1e-9);
    }

    #[test]
    fn a_click_makes_a_plane_the_active_one() {
        let mut sections = Sections::default();
        sections.set_box([DVec3::splat(-5.0), DVec3::splat(5.0)], AROUND);
        let projector = projector(DVec3::new(30.0, -100.0, 60.0));
        let mut handles = SectionHandles::default();
        for number in 0..6 {
            let seen = Seen::new(&sections, number, &projector).expect("it is seen");
            assert!(seen.knobs.is_empty(), "a box stays a box");
            handles.hover(&sections, &projector, Some(seen.tip));
            assert_eq!(handles.hovered(), Some(Grip::Move(number)));
            let command = activated(&sections, Grip::Move(number));
            apply(&mut sections, command);
            assert_eq!(sections.active().map(|(active, _)| active), Some(number));
        }
    }
}
