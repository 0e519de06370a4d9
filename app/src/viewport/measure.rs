//! The tool that measures: what the pointer is on stands out, clicks hold on to it, and numbers stand beside lines.

use std::sync::Arc;

use document::Anchor;
use egui::epaint::{Mesh, Vertex, WHITE_UV};
use egui::{Align2, Color32, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};
use geometry::ContentHash;
use glam::{DVec2, DVec3};

use super::picking::{PickOptions, pick};
use super::projector::Projector;
use super::snapping::{Snap, snap};
use crate::measuring::{self, Reading};
use crate::render_sync::Placed;
use crate::state::State;
use crate::theme::{self, Palette};
use crate::view_state::Tool;

/// Triangles of a face that are drawn when it stands out; of more every second, third, … is.
const MOST_TRIANGLES: usize = 20_000;

/// From what is measured to its label, in points.
const LEADER_PT: f32 = 34.0;

/// Where the tool draws, and what is there.
#[derive(Clone, Copy)]
pub(crate) struct Sheet<'a> {
    /// In the view.
    pub painter: &'a Painter,
    /// Its colours.
    pub palette: &'a Palette,
    /// From the world to the view.
    pub projector: &'a Projector,
    /// What is shown.
    pub placed: &'a [Placed],
    /// What is measured.
    pub state: &'a State,
}

/// What the tool remembers of the pointer.
#[derive(Debug, Default)]
pub(crate) struct Measure {
    snap: Option<Snap>,
    /// The triangles of the face that stands out.
    face: Option<((ContentHash, u32), Vec<u32>)>,
}

impl Measure {
    /// Looks at what is under the pointer.
    pub(crate) fn hover(
        &mut self,
        state: &mut State,
        projector: &Projector,
        placed: &[Placed],
        pos: Option<DVec2>,
        only_points: bool,
    ) {
        self.snap = None;
        let Some(pos) = pos.filter(|_| state.view.tool.measures()) else { return };
        let hit = pick(projector, placed, &state.view.sections.planes(), pos, PickOptions::HOVER);
        if let Some(part) = hit.and_then(|hit| placed.get(hit.index)) {
            state.want_features(&part.part);
        }
        let features = |placed: &Placed| state.features(placed.part.hash).map(Arc::clone);
        let only_points = only_points || state.view.tool == Tool::Angle;
        self.snap = snap(projector, placed, &features, hit, pos, only_points);
    }

    /// What a click holds on to.
    pub(crate) fn anchor(&self) -> Option<Anchor> {
        self.snap.as_ref().map(|snap| snap.anchor)
    }

    /// Draws kept measurements, the one under way, and what the pointer is on.
    pub(crate) fn paint(&mut self, sheet: Sheet<'_>, pointer: Option<Pos2>) {
        let Sheet { painter, palette, projector, state, .. } = sheet;
        let document = state.document();
        let mut taken: Vec<Rect> = Vec::new();
        for (_, measurement) in document.measurements().filter(|(_, measurement)| measurement.visible) {
            let is_seen = measurement.anchors.iter().all(|anchor| state.is_shown(anchor.node));
            if let Some(reading) = measuring::of(document, measurement).filter(|_| is_seen) {
                sheet.draw(&reading, &measurement.anchors, &mut taken);
            }
        }
        if !state.view.tool.measures() {
            return;
        }
        if let Some(snap) = self.snap.clone() {
            self.paint_snap(sheet, &snap);
        }
        for anchor in &state.view.measuring {
            if let Some(seen) = measuring::place_of(document, anchor).and_then(|at| projector.project(at)) {
                painter.circle(seen.pos2(), 4.5, palette.accent, Stroke::new(1.5, palette.on_accent));
            }
        }
        let Some(snap) = &self.snap else { return };
        let mut anchors = state.view.measuring.clone();
        if !anchors.last().is_some_and(|last| measuring::is_same(last, &snap.anchor)) {
            anchors.push(snap.anchor);
        }
        let wants_three = state.view.tool == Tool::Angle && anchors.len() < 3;
        let reading = measuring::reading(document, &anchors, false).filter(|_| !wants_three);
        if let Some(reading) = reading.as_ref().filter(|_| anchors.len() > 1) {
            sheet.draw_lines(reading);
        }
        let Some(pointer) = pointer else { return };
        let unit = state.document().unit();
        let mut lines = vec![snap.what.to_owned()];
        lines
            .extend(reading.as_ref().map(|reading| main_text(reading, unit)).filter(|text| !text.is_empty()));
        lines
            .extend(reading.as_ref().map(|reading| more_text(reading, unit)).filter(|text| !text.is_empty()));
        let size = sheet.size_of(&lines);
        let mut rect = Rect::from_min_size(pointer + vec2(18.0, 18.0), size);
        let room = painter.clip_rect().shrink(4.0);
        rect = rect.translate((room.max - rect.max).min(Vec2::ZERO));
        sheet.card(rect, &lines, palette.accent);
    }

    fn paint_snap(&mut self, sheet: Sheet<'_>, snap: &Snap) {
        let Sheet { painter, palette, projector, placed, state } = sheet;
        let Some(part) = placed.get(snap.index) else { return };
        let Some(features) = state.features(part.part.hash) else {
            sheet.mark(snap.point);
            return;
        };
        if let Some(face) = snap.face {
            let key = (part.part.hash, face);
            if self.face.as_ref().is_none_or(|known| known.0 != key) {
                self.face = Some((key, features.triangles_of(face).collect()));
            }
            if let Some((_, triangles)) = &self.face {
                painter.add(Shape::mesh(shade(projector, part, triangles, palette.accent)));
            }
        }
        let chain = snap.chain.and_then(|chain| features.chains.get(chain as usize));
        if let Some(chain) = chain {
            let mut points: Vec<DVec3> = features.points_of(chain).collect();
            if chain.is_closed {
                points.extend(points.first().copied());
            }
            let seen: Option<Vec<Pos2>> = points
                .into_iter()
                .map(|point| Some(projector.project(part.world_from_mesh.transform_point3(point))?.pos2()))
                .collect();
            if let Some(seen) = seen {
                painter.add(Shape::line(seen, Stroke::new(3.0, palette.accent)));
            }
        }
        sheet.mark(snap.point);
    }
}

impl Sheet<'_> {
    fn mark(self, point: DVec3) {
        if let Some(seen) = self.projector.project(point) {
            let palette = self.palette;
            self.painter.circle(seen.pos2(), 4.0, palette.on_accent, Stroke::new(2.0, palette.accent));
        }
    }

    /// The part of the screen that the measured parts take.
    fn around(self, anchors: &[Anchor]) -> Rect {
        let mut rect = Rect::NOTHING;
        for placed in
            self.placed.iter().filter(|placed| anchors.iter().any(|anchor| anchor.node == placed.node))
        {
            for corner in 0..8_usize {
                let side = |axis: usize| placed.bounds[corner >> axis & 1][axis];
                let point = DVec3::new(side(0), side(1), side(2));
                if let Some(seen) = self.projector.project(point) {
                    rect.extend_with(seen.pos2());
                }
            }
        }
        rect
    }

    fn draw_lines(self, reading: &Reading) {
        let Self { painter, palette, projector, .. } = self;
        let color = palette.accent;
        for (number, [from, to]) in reading.lines.iter().enumerate() {
            let (Some(from), Some(to)) = (projector.project(*from), projector.project(*to)) else { continue };
            let ends = [from.pos2(), to.pos2()];
            if number == 0 {
                painter.line_segment(ends, Stroke::new(3.5, palette.canvas.gamma_multiply(0.7)));
                painter.line_segment(ends, Stroke::new(1.6, color));
            } else {
                painter.extend(Shape::dashed_line(&ends, Stroke::new(1.0, color), 4.0, 3.0));
            }
        }
        for point in &reading.points {
            if let Some(seen) = projector.project(*point) {
                painter.circle(seen.pos2(), 3.0, color, Stroke::new(1.0, palette.canvas));
            }
        }
    }

    /// Draws a measurement, with its label where nothing is yet.
    fn draw(self, reading: &Reading, anchors: &[Anchor], taken: &mut Vec<Rect>) {
        let Self { painter, palette, projector, .. } = self;
        self.draw_lines(reading);
        let Some(at) = projector.project(reading.at).map(|seen| seen.pos2()) else { return };
        if !painter.clip_rect().contains(at) {
            return;
        }
        let unit = self.state.document().unit();
        let mut lines = vec![main_text(reading, unit)];
        lines.extend(Some(more_text(reading, unit)).filter(|text| !text.is_empty()));
        lines.retain(|line| !line.is_empty());
        let size = self.size_of(&lines);
        let rect = self.free_place(at, size, self.around(anchors), reading, taken);
        let from = rect.clamp(at);
        painter.line_segment([at, from], Stroke::new(1.0, palette.accent.gamma_multiply(0.7)));
        self.card(rect, &lines, palette.border_strong);
        taken.push(rect);
    }

    /// The place around a point where a label covers least: of other labels first, then of what it measures, then of the part.
    fn free_place(self, at: Pos2, size: Vec2, around: Rect, reading: &Reading, taken: &[Rect]) -> Rect {
        let Self { painter, projector, .. } = self;
        let room = painter.clip_rect().shrink(6.0);
        let lines: Vec<[Pos2; 2]> = reading
            .lines
            .iter()
            .filter_map(|[from, to]| Some([projector.project(*from)?.pos2(), projector.project(*to)?.pos2()]))
            .collect();
        let covered = |one: Rect, other: Rect| {
            let both = one.intersect(other);
            if both.is_positive() { both.area() / one.area() } else { 0.0 }
        };
        let mut best: Option<(f32, Rect)> = None;
        for step in 1..=4_u8 {
            for direction in 0..8_u8 {
                let toward = Vec2::angled(f32::from(direction) * std::f32::consts::FRAC_PI_4);
                let reach = toward * (LEADER_PT * f32::from(step)) + toward * size * 0.5;
                let rect = Rect::from_center_size(at + reach, size);
                let overlaps: f32 = taken.iter().map(|taken| covered(rect, taken.expand(3.0))).sum();
                let crossed = lines.iter().filter(|line| crosses(rect.expand(4.0), **line)).count() as f32;
                let outside = f32::from(u8::from(!room.contains_rect(rect)));
                let cost = 20.0 * outside
                    + 8.0 * overlaps
                    + 4.0 * crossed
                    + 2.0 * covered(rect, around)
                    + 0.6 * f32::from(step);
                if best.is_none_or(|best| cost < best.0) {
                    best = Some((cost, rect));
                }
            }
        }
        best.map_or_else(|| Rect::from_center_size(at, size), |best| best.1)
    }

    fn size_of(self, lines: &[String]) -> Vec2 {
        let mut size = Vec2::ZERO;
        for (number, line) in lines.iter().enumerate() {
            let letters = self.painter.layout_no_wrap(line.clone(), font(number), Color32::WHITE);
            size = vec2(size.x.max(letters.size().x), size.y + letters.size().y);
        }
        size + vec2(14.0, 8.0)
    }

    fn card(self, rect: Rect, lines: &[String], border: Color32) {
        let Self { painter, palette, .. } = self;
        painter.rect(rect, 5.0, palette.panel, Stroke::new(1.0, border), egui::StrokeKind::Inside);
        let mut top = rect.top() + 4.0;
        for (number, line) in lines.iter().enumerate() {
            let color = if number == 0 { palette.text } else { palette.text_dim };
            let place =
                painter.text(pos2(rect.left() + 7.0, top), Align2::LEFT_TOP, line, font(number), color);
            top = place.bottom();
        }
    }
}

/// Triangles of a part that face the viewer, as a light tone.
fn shade(projector: &Projector, part: &Placed, triangles: &[u32], color: Color32) -> Mesh {
    let surface = &part.part.part.surface;
    let color = color.gamma_multiply(0.35);
    let mut mesh = Mesh::default();
    let every = triangles.len().div_ceil(MOST_TRIANGLES).max(1);
    for &triangle in triangles.iter().step_by(every) {
        let corners = surface
            .triangle_points(triangle as usize)
            .map(|point| projector.project(part.world_from_mesh.transform_point3(point)));
        let [Some(a), Some(b), Some(c)] = corners else { continue };
        // On the screen Y goes down, so what winds counter-clockwise in the world has a negative area here.
        if (b.pos - a.pos).perp_dot(c.pos - a.pos) >= 0.0 {
            continue;
        }
        let first = mesh.vertices.len() as u32;
        mesh.vertices.extend([a, b, c].map(|at| Vertex { pos: at.pos2(), uv: WHITE_UV, color }));
        mesh.add_triangle(first, first + 1, first + 2);
    }
    mesh
}

/// Whether a line between two points comes into a rectangle: what is left of it between the sides is not nothing.
fn crosses(rect: Rect, [from, to]: [Pos2; 2]) -> bool {
    let (mut enters, mut leaves) = (0.0_f32, 1.0_f32);
    for axis in 0..2 {
        let way = to[axis] - from[axis];
        let [low, high] = [rect.min[axis] - from[axis], rect.max[axis] - from[axis]];
        if way == 0.0 {
            if low > 0.0 || high < 0.0 {
                return false;
            }
            continue;
        }
        let (one, other) = (low / way, high / way);
        enters = enters.max(one.min(other));
        leaves = leaves.min(one.max(other));
    }
    enters <= leaves
}

fn main_text(reading: &Reading, unit: assets::LengthUnit) -> String {
    match reading.main {
        Some(("", amount)) => amount.text(unit),
        Some((name, amount)) => format!("{name} {}", amount.text(unit)),
        None => String::new(),
    }
}

fn more_text(reading: &Reading, unit: assets::LengthUnit) -> String {
    let parts: Vec<String> =
        reading.more.iter().map(|(name, amount)| format!("{name} {}", amount.text(unit))).collect();
    parts.join("   ")
}

fn font(number: usize) -> egui::FontId {
    if number == 0 { theme::strong(12.5) } else { theme::plain(11.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_cross_what_they_come_into() {
        let rect = Rect::from_min_max(pos2(0.0, 0.0), pos2(10.0, 4.0));
        for (from, to, expected) in [
            ((-5.0, 2.0), (15.0, 2.0), true),
            ((-5.0, 5.0), (15.0, 5.0), false),
            ((3.0, 1.0), (4.0, 2.0), true),
            ((-1.0, 0.5), (3.0, -3.5), false),
            ((9.0, -2.0), (11.0, 6.0), true),
            ((5.0, 6.0), (5.0, 9.0), false),
        ] {
            assert_eq!(crosses(rect, [from.into(), to.into()]), expected, "{from:?} {to:?}");
        }
    }
}
