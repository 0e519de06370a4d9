//! How the handles look: three axis colours, one highlight, nothing that is not needed.

use egui::{Color32, Painter, Pos2, Shape, Stroke, vec2};
use glam::DVec3;

use super::super::projector::Projector;
use super::handles::{self, OUTER_RING, Seen, to_pos2};
use super::{ARM_PT, Amount, Drag, Frame, Handle};
use crate::view_state::Tool;

/// Red, green and blue for X, Y and Z, of equal weight on light and dark.
const AXES: [Color32; 3] =
    [Color32::from_rgb(232, 73, 80), Color32::from_rgb(88, 178, 62), Color32::from_rgb(62, 126, 245)];

/// Handles of no axis.
const NEUTRAL: Color32 = Color32::from_rgb(214, 218, 226);

/// What is under the pointer or being dragged.
pub(crate) const ACTIVE: Color32 = Color32::from_rgb(255, 200, 60);

/// Below everything, so that handles are seen on every background.
pub(crate) const UNDERLAY: Color32 = Color32::from_rgba_premultiplied(0, 0, 0, 70);

const LINE_PT: f32 = 2.25;

/// Draws the handles of a tool. While one is dragged the others are left out.
pub(crate) fn handles(
    painter: &Painter,
    projector: &Projector,
    frame: &Frame,
    tool: Tool,
    active: Option<Handle>,
    dragging: bool,
) {
    let Some(seen) = Seen::new(frame, projector) else { return };
    let mut shown: Vec<Handle> =
        handles::of(tool).iter().copied().filter(|&handle| !dragging || active == Some(handle)).collect();
    // Far arms first.
    shown.sort_by(|&a, &b| nearness(&seen, a).total_cmp(&nearness(&seen, b)));
    for handle in shown {
        paint(painter, &seen, handle, active == Some(handle));
    }
}

fn nearness(seen: &Seen<'_>, handle: Handle) -> f64 {
    match handle {
        Handle::TurnOnScreen => -2.0,
        Handle::TurnAround(_) => -1.0,
        Handle::MoveAlong(axis) | Handle::ScaleAlong(axis) => {
            seen.frame.axes.col(axis).dot(seen.toward_eye) * 0.1
        }
        Handle::MoveAcross(_) => 1.0,
        Handle::MoveOnScreen | Handle::ScaleAll => 2.0,
    }
}

fn paint(painter: &Painter, seen: &Seen<'_>, handle: Handle, active: bool) {
    let color = |base: Color32| if active { ACTIVE } else { base };
    let center = to_pos2(seen.center);
    match handle {
        Handle::MoveAlong(axis) => arrow(painter, seen, axis, color(AXES[axis])),
        Handle::ScaleAlong(axis) => rod(painter, seen, axis, color(AXES[axis])),
        Handle::MoveAcross(axis) => {
            let fade = fade(seen.openness(axis), 0.15, 0.3);
            let color = color(AXES[axis]).gamma_multiply(fade);
            let square = seen.square(axis).to_vec();
            let fill = color.gamma_multiply(if active { 0.75 } else { 0.45 });
            painter.add(Shape::convex_polygon(square, fill, Stroke::new(1.25, color)));
        }
        Handle::MoveOnScreen => {
            painter.circle(center, 7.0, color(NEUTRAL).gamma_multiply(0.25), Stroke::new(3.0, UNDERLAY));
            painter.circle_stroke(center, 7.0, Stroke::new(1.75, color(NEUTRAL)));
        }
        Handle::ScaleAll => {
            let rect = egui::Rect::from_center_size(center, vec2(13.0, 13.0));
            painter.rect_filled(rect.expand(1.0), 3.5, UNDERLAY);
            painter.rect_filled(rect, 2.5, color(NEUTRAL));
        }
        Handle::TurnAround(axis) => {
            let [front, back] = seen.ring(axis);
            let color = color(AXES[axis]);
            if !back.is_empty() {
                painter.add(Shape::line(back, Stroke::new(1.0, color.gamma_multiply(0.28))));
            }
            painter.add(Shape::line(front.clone(), Stroke::new(LINE_PT + 2.0, UNDERLAY)));
            painter.add(Shape::line(front, Stroke::new(LINE_PT, color)));
        }
        Handle::TurnOnScreen => {
            let radius = (ARM_PT * OUTER_RING) as f32;
            painter.circle_stroke(center, radius, Stroke::new(3.0, UNDERLAY.gamma_multiply(0.6)));
            painter.circle_stroke(center, radius, Stroke::new(1.5, color(NEUTRAL).gamma_multiply(0.8)));
        }
    }
}

fn arrow(painter: &Painter, seen: &Seen<'_>, axis: usize, color: Color32) {
    let fade = fade(seen.length_seen(axis), 0.15, 0.3);
    let [from, to] = seen.arm_ends(axis).map(to_pos2);
    let Some((along, across)) = directions(from, to) else { return };
    let (length, half) = (15.0, 5.5);
    let color = color.gamma_multiply(fade);
    let neck = to - along * (length - 1.0);
    painter.line_segment([from, neck], Stroke::new(LINE_PT + 2.0, UNDERLAY.gamma_multiply(fade)));
    painter.line_segment([from, neck], Stroke::new(LINE_PT, color));
    let base = to - along * length;
    let head = vec![to, base + across * half, base - across * half];
    painter.add(Shape::convex_polygon(head, color, Stroke::new(1.0, UNDERLAY.gamma_multiply(fade))));
}

fn rod(painter: &Painter, seen: &Seen<'_>, axis: usize, color: Color32) {
    let fade = fade(seen.length_seen(axis), 0.15, 0.3);
    let [from, to] = seen.arm_ends(axis).map(to_pos2);
    let color = color.gamma_multiply(fade);
    painter.line_segment([from, to], Stroke::new(LINE_PT + 2.0, UNDERLAY.gamma_multiply(fade)));
    painter.line_segment([from, to], Stroke::new(LINE_PT, color));
    let knob = egui::Rect::from_center_size(to, vec2(11.0, 11.0));
    painter.rect_filled(knob.expand(1.0), 3.0, UNDERLAY.gamma_multiply(fade));
    painter.rect_filled(knob, 2.0, color);
}

/// Draws what a drag has done so far: the way of a move, the sector of a turn.
pub(crate) fn trace(painter: &Painter, projector: &Projector, drag: &Drag) {
    match (drag.amount, drag.handle) {
        (Amount::Move(offset), _) => {
            let ends = [drag.frame.pivot, drag.frame.pivot + drag.frame.axes * offset];
            let [Some(from), Some(to)] = ends.map(|end| projector.project(end)) else { return };
            let line = [from.pos2(), to.pos2()];
            painter.extend(Shape::dashed_line(
                &line,
                Stroke::new(1.25, NEUTRAL.gamma_multiply(0.8)),
                5.0,
                4.0,
            ));
            painter.circle_filled(from.pos2(), 2.5, NEUTRAL.gamma_multiply(0.8));
        }
        (Amount::Turn(degrees), handle) => {
            let axis = if let Handle::TurnAround(axis) = handle { axis } else { 2 };
            sector(painter, projector, drag, axis, degrees);
        }
        (Amount::Scale(_), _) => {}
    }
}

fn sector(painter: &Painter, projector: &Projector, drag: &Drag, axis: usize, degrees: f64) {
    let Some(seen) = Seen::new(&drag.frame, projector) else { return };
    let Some(from) = drag.direction_at_start(axis) else { return };
    let shown = degrees.clamp(-360.0, 360.0);
    let steps = (shown.abs() / 4.0).ceil() as usize + 1;
    let arc = seen.arc(axis, from, steps, shown.to_radians());
    let center = to_pos2(seen.center);
    let mut fan = egui::Mesh::default();
    let fill = ACTIVE.gamma_multiply(0.22);
    fan.colored_vertex(center, fill);
    for pos in &arc {
        fan.colored_vertex(*pos, fill);
    }
    for step in 1..arc.len() as u32 {
        fan.add_triangle(0, step, step + 1);
    }
    painter.add(Shape::mesh(fan));
    let stroke = Stroke::new(1.25, ACTIVE.gamma_multiply(0.9));
    for pos in [arc.first(), arc.last()].into_iter().flatten() {
        painter.line_segment([center, *pos], stroke);
    }
}

/// The direction of a line on the screen and the one to its left.
fn directions(from: Pos2, to: Pos2) -> Option<(egui::Vec2, egui::Vec2)> {
    let along = to - from;
    (along.length() > 0.5).then(|| (along.normalized(), along.normalized().rot90()))
}

fn fade(value: f64, low: f64, high: f64) -> f32 {
    ((value - low) / (high - low)).clamp(0.0, 1.0) as f32
}

impl Drag {
    /// Where on the ring the pointer went down, in the axes of the frame.
    fn direction_at_start(&self, axis: usize) -> Option<DVec3> {
        let normal = self.frame.axes.col(axis);
        let point = self.in_plane(normal, self.start);
        let from_center = match point {
            Some(point) if normal.dot(self.projector.toward_eye(self.frame.pivot)).abs() > 0.25 => {
                point - self.frame.pivot
            }
            _ => self.projector.toward_eye(self.frame.pivot),
        };
        let in_frame = self.frame.axes.transpose() * from_center;
        (in_frame - DVec3::AXES[axis] * in_frame[axis]).try_normalize()
    }
}
