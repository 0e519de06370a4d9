//! Numbers along the grid's axes, the scale bar, and pictures of words.

use assets::LengthUnit;
use egui::{Align2, Color32, ColorImage, Painter, Pos2, Rect, Shape, Stroke, Ui, pos2, vec2};
use glam::{DVec2, DVec3};
use renderer::SectionPlane;

use super::look::round_step;
use super::picking::{PickOptions, pick};
use super::projector::Projector;
use crate::render_sync::Placed;
use crate::theme::{self, Palette};
use crate::units;

/// Numbers are at least this far apart where the camera looks, and on the screen anywhere.
const STEP_PT: f64 = 84.0;
const MIN_GAP_PT: f64 = 52.0;

/// Numbers on each side of the middle of the picture, at most.
const MOST: i64 = 24;

/// The scale bar is at least this long, at most two and a half times that.
const BAR_PT: f64 = 60.0;

/// Height of the letters that [`rasterized`] makes, in points.
const LETTER_PT: f32 = 15.0;

/// A number at a place of the screen.
#[derive(Clone, Debug, PartialEq)]
struct Mark {
    pos: Pos2,
    text: String,
    strength: f32,
}

/// The numbers of a view, kept until the view changes.
#[derive(Debug, Default)]
pub(crate) struct GridLabels {
    made_for: Option<(Projector, LengthUnit, u64, Vec<SectionPlane>)>,
    marks: Vec<Mark>,
}

impl GridLabels {
    /// Draws the numbers along X and Y on the ground, but for those that do not fit in or would stand in front of what is
    /// `taken`. `version` says which scene may hide them, as far as
    /// sections leave it.
    pub(crate) fn paint(
        &mut self,
        painter: &Painter,
        palette: &Palette,
        projector: &Projector,
        unit: LengthUnit,
        (placed, sections, version): (&[Placed], &[SectionPlane], u64),
        taken: &[Rect],
    ) {
        let wanted = (*projector, unit, version, sections.to_vec());
        if self.made_for.as_ref() != Some(&wanted) {
            self.marks = marks(projector, unit, painter.clip_rect(), placed, sections);
            self.made_for = Some(wanted);
        }
        for mark in &self.marks {
            let color = palette.text_dim.gamma_multiply(0.75 * mark.strength);
            let letters = painter.layout_no_wrap(mark.text.clone(), theme::plain(10.5), color);
            let rect = Rect::from_min_size(mark.pos + vec2(4.0, 3.0), letters.size());
            if painter.clip_rect().contains_rect(rect) && !taken.iter().any(|taken| taken.intersects(rect)) {
                painter.galley(rect.min, letters, color);
            }
        }
    }
}

fn marks(
    projector: &Projector,
    unit: LengthUnit,
    clip: Rect,
    placed: &[Placed],
    sections: &[SectionPlane],
) -> Vec<Mark> {
    let step = round_step(projector, unit, STEP_PT);
    let target = projector.camera().target_in_world;
    // The ground seen from its own plane has no numbers; they fade before.
    let tilt = projector.axes().z_axis.z.abs();
    let mut marks = Vec::new();
    for axis in [DVec3::X, DVec3::Y] {
        let middle = (target.dot(axis) / step).round() as i64;
        let mut seen: Vec<DVec2> = Vec::new();
        // From the middle outward, so that the gaps between numbers are kept from where the user looks.
        for offset in (0..=MOST).flat_map(|offset| [offset, -offset]).skip(1) {
            let number = middle.saturating_add(offset);
            if number == 0 {
                continue;
            }
            let point = axis * (number as f64 * step);
            let Some(at) = projector.project(point) else { continue };
            let is_inside = clip.shrink(14.0).contains(at.pos2());
            if !is_inside || seen.iter().any(|other| other.distance(at.pos) < MIN_GAP_PT) {
                continue;
            }
            seen.push(at.pos);
            let is_hidden =
                pick(projector, placed, sections, at.pos, PickOptions { max_set: 0, ghosts: false })
                    .is_some_and(|hit| {
                        let toward = projector.toward_eye(point);
                        (hit.point - point).dot(toward) > step * 1e-6
                    });
            let per_point = projector.mm_per_point(point);
            let far = (projector.mm_per_point(target) * 2.5 / per_point).clamp(0.0, 1.0) as f32;
            let strength = far * (tilt * 6.0).min(1.0) as f32;
            if !is_hidden && strength > 0.05 {
                let text = units::number(number as f64 * step / unit.millimetres());
                marks.push(Mark { pos: at.pos2(), text, strength });
            }
        }
    }
    marks
}

/// Draws a bar of a round length with that length, ending at a corner of the view. Gives the place that it takes.
pub(crate) fn scale_bar(
    painter: &Painter,
    palette: &Palette,
    projector: &Projector,
    unit: LengthUnit,
    corner: Pos2,
) -> Rect {
    let length = round_step(projector, unit, BAR_PT);
    let per_point = projector.mm_per_point(projector.camera().target_in_world);
    let width = (length / per_point) as f32;
    let stroke = Stroke::new(1.0, palette.text_dim.gamma_multiply(0.8));
    let [right, bottom] = [painter.round_to_pixel_center(corner.x), painter.round_to_pixel_center(corner.y)];
    let left = painter.round_to_pixel_center(right - width);
    let ends = [pos2(left, bottom - 4.0), pos2(left, bottom), pos2(right, bottom), pos2(right, bottom - 4.0)];
    painter.add(Shape::line(ends.to_vec(), stroke));
    let middle = pos2((left + right) * 0.5, bottom - 3.0);
    let text = units::length(length, unit);
    let letters = painter.text(middle, Align2::CENTER_BOTTOM, text, theme::plain(10.5), palette.text_dim);
    letters.union(Rect::from_points(&ends))
}

/// Words as a picture of white letters on nothing, with the place of each in pixels.
pub(crate) fn rasterized(ui: &Ui, words: &[&str]) -> (ColorImage, Vec<Rect>) {
    let density = ui.pixels_per_point();
    let font = theme::strong(LETTER_PT);
    let (galleys, atlas) = ui.fonts_mut(|fonts| {
        let galleys: Vec<_> = words
            .iter()
            .map(|word| fonts.layout_no_wrap((*word).to_owned(), font.clone(), Color32::WHITE))
            .collect();
        (galleys, fonts.image())
    });
    let sizes: Vec<[usize; 2]> = galleys
        .iter()
        .map(|galley| {
            let size = galley.rect.size() * density;
            [size.x.ceil() as usize + 2, size.y.ceil() as usize + 2]
        })
        .collect();
    let width = sizes.iter().map(|size| size[0]).max().unwrap_or(1);
    let height = sizes.iter().map(|size| size[1]).sum::<usize>().max(1);
    let mut image = ColorImage::filled([width, height], Color32::TRANSPARENT);
    let mut places = Vec::new();
    let mut top = 0;
    for (galley, size) in galleys.iter().zip(&sizes) {
        for placed in &galley.rows {
            let offset = placed.pos.to_vec2() * density + vec2(1.0, top as f32 + 1.0);
            for glyph in placed.row.visuals.mesh.vertices.chunks_exact(4) {
                let (first, last) = (glyph[0], glyph[3]);
                let to = first.pos.to_vec2() * density + offset;
                copy(&atlas, Rect::from_min_max(first.uv, last.uv), &mut image, [to.x, to.y]);
            }
        }
        places.push(Rect::from_min_size(pos2(0.0, top as f32), vec2(size[0] as f32, size[1] as f32)));
        top += size[1];
    }
    (image, places)
}

/// Copies pixels; what is outside of either picture is left out.
fn copy(from: &ColorImage, part: Rect, into: &mut ColorImage, to: [f32; 2]) {
    let [left, top] = [part.left().round() as usize, part.top().round() as usize];
    for y in 0..part.height().round().max(0.0) as usize {
        for x in 0..part.width().round().max(0.0) as usize {
            let (from_x, from_y) = (left + x, top + y);
            let (to_x, to_y) = (to[0].round() as usize + x, to[1].round() as usize + y);
            if from_x < from.size[0] && from_y < from.size[1] && to_x < into.size[0] && to_y < into.size[1] {
                into[(to_x, to_y)] = from[(from_x, from_y)];
            }
        }
    }
}
