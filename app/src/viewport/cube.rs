//! The cube in the corner: shows how the view is turned; its faces, edges and corners are directions to look from.

use std::f64::consts::{FRAC_PI_2, PI};

use egui::{Color32, Painter, Pos2, Rect, Shape, Stroke, TextureHandle, Ui, pos2, vec2};
use glam::{DMat3, DVec3};

use super::camera::Pose;
use super::labels;
use crate::theme::Palette;

/// Half of a face's inner square; the rest belongs to edges and corners.
const INNER: f64 = 0.70;

/// From the centre of the cube to a face, in points.
const HALF_PT: f32 = 31.0;

/// Between the cube's box and the border of the view, in points.
const MARGIN_PT: f32 = 14.0;

/// Height of the letters' line on a face of height 2; the longest name just fits.
const LETTER: f32 = 0.56;

/// How much nearer things look larger.
const PERSPECTIVE: f64 = 0.10;

/// A direction to look from: -1, 0 or 1 along each axis, not all 0.
pub(crate) type Zone = [i8; 3];

/// The cube's faces: name, direction, and the directions to the right and up of its letters.
pub(crate) const FACES: [(&str, Zone, Zone, Zone); 6] = [
    ("Top", [0, 0, 1], [1, 0, 0], [0, 1, 0]),
    ("Bottom", [0, 0, -1], [1, 0, 0], [0, -1, 0]),
    ("Front", [0, -1, 0], [1, 0, 0], [0, 0, 1]),
    ("Back", [0, 1, 0], [-1, 0, 0], [0, 0, 1]),
    ("Right", [1, 0, 0], [0, 1, 0], [0, 0, 1]),
    ("Left", [-1, 0, 0], [0, -1, 0], [0, 0, 1]),
];

/// Where the cube stands on the screen, and how it is turned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViewCube {
    center: Pos2,
    half_pt: f32,
    view_from_world: DMat3,
}

impl ViewCube {
    /// The cube in the upper right of a view.
    #[must_use]
    pub(crate) fn new(rect: Rect, pose: &Pose) -> Self {
        let small = rect.width().min(rect.height()) < 420.0;
        let half_pt = if small { HALF_PT * 0.8 } else { HALF_PT };
        // A corner that points up reaches √3 from the centre, a little more in perspective.
        let reach = half_pt * 1.8;
        let center = pos2(rect.right() - MARGIN_PT - reach, rect.top() + MARGIN_PT + reach);
        Self { center, half_pt, view_from_world: pose.world_from_view_axes().transpose() }
    }

    /// The box around everything the cube can reach.
    #[must_use]
    pub(crate) fn bounds(&self) -> Rect {
        Rect::from_center_size(self.center, vec2(3.6, 3.6) * self.half_pt)
    }

    /// Where the home button goes.
    #[must_use]
    pub(crate) fn home_rect(&self) -> Rect {
        let below = self.center + vec2(0.0, self.half_pt * 1.8 + 12.0);
        Rect::from_center_size(below, vec2(28.0, 28.0))
    }

    /// The direction at a position.
    #[must_use]
    pub(crate) fn zone_at(&self, pos: Pos2) -> Option<Zone> {
        zones().find(|&zone| {
            let polygon = self.polygon(zone);
            is_front(&polygon) && contains(&polygon, pos)
        })
    }

    fn project(&self, point: DVec3) -> Pos2 {
        let view = self.view_from_world * point;
        let scale = f64::from(self.half_pt) / (1.0 - PERSPECTIVE * view.z);
        self.center + vec2((view.x * scale) as f32, (-view.y * scale) as f32)
    }

    fn polygon(&self, zone: Zone) -> Vec<Pos2> {
        corners(zone).into_iter().map(|corner| self.project(corner)).collect()
    }

    /// Draws the cube.
    pub(crate) fn paint(
        &self,
        painter: &Painter,
        palette: &Palette,
        dark: bool,
        hovered: Option<Zone>,
        names: &Names,
    ) {
        for zone in zones() {
            let polygon = self.polygon(zone);
            if !is_front(&polygon) {
                continue;
            }
            let color = match hovered == Some(zone) {
                true => palette.accent,
                false => self.shade(zone, dark),
            };
            // The line in the same colour closes the gap that smooth borders would leave between neighbours.
            painter.add(Shape::convex_polygon(polygon, color, Stroke::new(0.75, color)));
        }
        for (index, (_, zone, right, up)) in FACES.into_iter().enumerate() {
            let polygon = self.polygon(zone);
            if is_front(&polygon) {
                let color = if hovered == Some(zone) { palette.on_accent } else { palette.text };
                let facing = (self.view_from_world * vector(zone)).z;
                // Letters seen from the side would only be noise.
                let strength = ((facing - 0.18) / 0.25).clamp(0.0, 1.0) as f32;
                self.paint_name(painter, names, index, [zone, right, up], color.gamma_multiply(strength));
            }
        }
    }

    /// Light from the upper left of the viewer.
    fn shade(&self, zone: Zone, dark: bool) -> Color32 {
        let normal = self.view_from_world * (vector(zone) / vector(zone).length());
        let light = normal.dot(DVec3::new(-0.30, 0.62, 0.72)).max(0.0);
        let [low, high] = if dark { [44.0, 86.0] } else { [206.0, 254.0] };
        // Edges and corners stand out a little, so that they are seen to be something to click.
        let lift = if is_face(zone) {
            0.0
        } else if dark {
            9.0
        } else {
            -9.0
        };
        let grey = low + (high - low) * light + lift;
        let byte = |value: f64| value.clamp(0.0, 255.0) as u8;
        Color32::from_rgb(byte(grey), byte(grey * 1.005 + 1.0), byte(grey * 1.02 + 3.0))
    }

    fn paint_name(
        &self,
        painter: &Painter,
        names: &Names,
        index: usize,
        [out, right, up]: [Zone; 3],
        color: Color32,
    ) {
        let Some((texture, uv, size)) = names.get(index) else { return };
        let half = vec2(size.x, size.y) * (0.5 * LETTER);
        let at = |x: f32, y: f32| {
            let (x, y) = (f64::from(x), f64::from(y));
            self.project(vector(out) + vector(right) * x + vector(up) * y)
        };
        let mut mesh = egui::Mesh::with_texture(texture);
        let corners = [
            (at(-half.x, half.y), uv.left_top()),
            (at(half.x, half.y), uv.right_top()),
            (at(half.x, -half.y), uv.right_bottom()),
            (at(-half.x, -half.y), uv.left_bottom()),
        ];
        for (pos, uv) in corners {
            mesh.vertices.push(egui::epaint::Vertex { pos, uv, color });
        }
        mesh.indices.extend([0, 1, 2, 0, 2, 3]);
        painter.add(Shape::mesh(mesh));
    }
}

/// The names of the faces as pictures of letters, so that they can lie on a turned face.
#[derive(Default)]
pub(crate) struct Names {
    made: Option<(f32, TextureHandle, Vec<Rect>)>,
}

impl Names {
    /// Makes them, once per pixel density.
    pub(crate) fn prepare(&mut self, ui: &Ui) {
        let density = ui.pixels_per_point();
        if self.made.as_ref().is_none_or(|(made_for, _, _)| *made_for != density) {
            let (image, places) = labels::rasterized(ui, &FACES.map(|(name, ..)| name));
            let options = egui::TextureOptions::LINEAR;
            let texture = ui.ctx().load_texture("view cube", image, options);
            self.made = Some((density, texture, places));
        }
    }

    /// The texture, the part of it with a name, and that part's size in letter heights.
    fn get(&self, index: usize) -> Option<(egui::TextureId, Rect, egui::Vec2)> {
        let (_, texture, places) = self.made.as_ref()?;
        let place = places.get(index)?;
        let size = texture.size_vec2();
        let uv = Rect::from_min_max(
            (place.min.to_vec2() / size).to_pos2(),
            (place.max.to_vec2() / size).to_pos2(),
        );
        Some((texture.id(), uv, place.size() / place.height()))
    }
}

/// Yaw and pitch that look from a zone. From straight above and below, the yaw nearest to the present one.
#[must_use]
pub(crate) fn angles_of(zone: Zone, pose: &Pose) -> [f64; 2] {
    let direction = vector(zone);
    if zone[0] == 0 && zone[1] == 0 {
        let quarter = (pose.yaw_rad / FRAC_PI_2).round() * FRAC_PI_2;
        return [quarter, FRAC_PI_2 * direction.z];
    }
    let flat = direction.x.hypot(direction.y);
    let yaw = direction.y.atan2(direction.x);
    [if yaw <= -PI { PI } else { yaw }, direction.z.atan2(flat)]
}

/// Draws the home button: a house on a round plate.
pub(crate) fn paint_home(painter: &Painter, rect: Rect, palette: &Palette, hovered: bool) {
    let color = if hovered { palette.text } else { palette.text_dim };
    if hovered {
        painter.rect_filled(rect, 8.0, palette.hover);
    }
    let center = rect.center();
    let at = |x: f32, y: f32| center + vec2(x, y);
    let stroke = Stroke::new(1.4, color);
    painter.line(vec![at(-7.0, 0.5), at(0.0, -6.0), at(7.0, 0.5)], stroke);
    let walls = vec![at(-4.75, -1.0), at(-4.75, 6.0), at(4.75, 6.0), at(4.75, -1.0)];
    painter.line(walls, stroke);
    painter.line(vec![at(-1.5, 6.0), at(-1.5, 2.0), at(1.5, 2.0), at(1.5, 6.0)], stroke);
}

fn zones() -> impl Iterator<Item = Zone> {
    (0..27_i8).filter(|&number| number != 13).map(|n| [n % 3 - 1, n / 3 % 3 - 1, n / 9 - 1])
}

fn vector(zone: Zone) -> DVec3 {
    DVec3::from_array(zone.map(f64::from))
}

fn is_face(zone: Zone) -> bool {
    zone.iter().filter(|&&sign| sign != 0).count() == 1
}

/// The corners of a zone's polygon on a cube from -1 to 1 with bevelled edges, counter-clockwise from outside.
fn corners(zone: Zone) -> Vec<DVec3> {
    let along: Vec<usize> = (0..3).filter(|&axis| zone[axis] != 0).collect();
    let across: Vec<usize> = (0..3).filter(|&axis| zone[axis] == 0).collect();
    let base = |outer: usize| {
        let mut point = DVec3::ZERO;
        for &axis in &along {
            point[axis] = f64::from(zone[axis]) * if axis == outer { 1.0 } else { INNER };
        }
        point
    };
    let with = |mut point: DVec3, axis: usize, sign: f64| {
        point[axis] = sign * INNER;
        point
    };
    let mut polygon = match (&along[..], &across[..]) {
        (&[a], &[u, v]) => [(1.0, 1.0), (-1.0, 1.0), (-1.0, -1.0), (1.0, -1.0)]
            .map(|(x, y)| with(with(base(a), u, x), v, y))
            .to_vec(),
        (&[a, b], &[u]) => {
            vec![with(base(a), u, 1.0), with(base(b), u, 1.0), with(base(b), u, -1.0), with(base(a), u, -1.0)]
        }
        _ => along.iter().map(|&axis| base(axis)).collect(),
    };
    let normal = (polygon[1] - polygon[0]).cross(polygon[2] - polygon[1]);
    if normal.dot(vector(zone)) < 0.0 {
        polygon.reverse();
    }
    polygon
}

/// Whether a polygon that is counter-clockwise from outside is seen from outside; y points down on the screen.
fn is_front(polygon: &[Pos2]) -> bool {
    let next = polygon.iter().cycle().skip(1);
    let doubled_area: f32 = polygon.iter().zip(next).map(|(a, b)| a.x * b.y - a.y * b.x).sum();
    doubled_area < -0.5
}

/// Whether a position lies in a convex polygon of either winding.
pub(crate) fn contains(polygon: &[Pos2], pos: Pos2) -> bool {
    let next = polygon.iter().cycle().skip(1);
    let mut sides = polygon.iter().zip(next).map(|(a, b)| {
        let (edge, to) = (*b - *a, pos - *a);
        edge.x * to.y - edge.y * to.x
    });
    let mut other = sides.clone();
    sides.all(|side| side >= 0.0) || other.all(|side| side <= 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cube(yaw_rad: f64, pitch_rad: f64) -> ViewCube {
        let rect = Rect::from_min_size(pos2(0.0, 0.0), vec2(900.0, 700.0));
        ViewCube::new(rect, &Pose { yaw_rad, pitch_rad, ..Pose::default() })
    }

    #[test]
    fn the_bevelled_cube_is_closed_and_turned_outward() {
        let mut edges = std::collections::BTreeMap::new();
        let key = |point: DVec3| point.to_array().map(|c| (c * 1000.0).round() as i64);
        for zone in zones() {
            let polygon = corners(zone);
            for (a, b) in polygon.iter().zip(polygon.iter().cycle().skip(1)) {
                *edges.entry((key(*a), key(*b))).or_insert(0) += 1;
            }
        }
        for ((a, b), count) in &edges {
            assert_eq!(*count, 1);
            assert_eq!(edges.get(&(*b, *a)), Some(&1), "an edge of the cube has no other side");
        }
    }

    #[test]
    fn the_zone_that_faces_the_viewer_is_in_the_middle() {
        for zone in zones() {
            let [yaw, pitch] = angles_of(zone, &Pose::default());
            let cube = cube(yaw, pitch);
            assert_eq!(cube.zone_at(cube.center), Some(zone));
            assert!(cube.bounds().contains(cube.project(vector(zone))));
        }
        assert_eq!(cube(0.3, 0.2).zone_at(pos2(5.0, 5.0)), None);
    }
}
