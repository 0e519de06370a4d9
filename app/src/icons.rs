//! Icons as lines on a grid of 16, drawn with the painter: sharp at every scale, and a few bytes each.

use egui::{Color32, Mesh, Painter, Pos2, Rect, Shape, Stroke, Vec2, pos2, vec2};

/// The side of an icon, points.
pub const SIZE: f32 = 16.0;

/// Thickness of lines in units of the grid.
const LINE: f32 = 1.25;

/// A picture for a thing or an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs, reason = "the names say what they are")]
pub enum Icon {
    Kerf,
    Menu,
    Undo,
    Redo,
    Box,
    Sphere,
    Cylinder,
    Cone,
    Torus,
    Union,
    Difference,
    Intersection,
    Select,
    Move,
    Rotate,
    Scale,
    Snap,
    Measure,
    Shaded,
    ShadedEdges,
    Wireframe,
    XRay,
    Sun,
    Moon,
    Search,
    Eye,
    EyeOff,
    Isolate,
    ChevronRight,
    ChevronDown,
    Group,
    Part,
    Lines,
    Warning,
    Error,
    Info,
    Check,
    Close,
    Plus,
    Open,
    Save,
    Export,
    Settings,
    Trash,
    Copy,
    Tree,
    Properties,
    Activity,
    Bell,
    Keyboard,
    More,
    Fit,
    Clock,
    Command,
    Swap,
    File,
    Picture,
    Grid,
    Orthographic,
    Repair,
    Simplify,
    Hull,
    Offset,
    Shell,
    Trim,
    Cut,
    Smooth,
    Refine,
    Subdivide,
    Separate,
    Xor,
    Split,
}

/// A stroke or a fill of an icon, in units of the grid.
enum Piece {
    /// A line through points.
    Line(&'static [(f32, f32)]),
    /// A closed line through points.
    Loop(&'static [(f32, f32)]),
    /// A circle by centre and radius.
    Circle(f32, f32, f32),
    /// An ellipse by centre and radii.
    Ellipse(f32, f32, f32, f32),
    /// A filled circle.
    Dot(f32, f32, f32),
    /// A part of an ellipse by centre, radii, first and last angle in degrees, clockwise from the right.
    Arc(f32, f32, f32, f32, f32, f32),
    /// The same, faint.
    Faint(f32, f32, f32, f32, f32),
    /// A region around a point, bounded by arcs, in a light tone.
    Tone((f32, f32), &'static [(f32, f32, f32, f32, f32)]),
    /// A convex polygon in a light tone.
    Plane(&'static [(f32, f32)]),
    /// A convex polygon in the full colour.
    Solid(&'static [(f32, f32)]),
}

/// Draws an icon centred in a rectangle at its natural size.
pub fn paint(painter: &Painter, rect: Rect, icon: Icon, color: Color32) {
    paint_sized(painter, rect.center(), icon, color, SIZE);
}

/// Draws an icon of a size around a centre.
pub fn paint_sized(painter: &Painter, center: Pos2, icon: Icon, color: Color32, size: f32) {
    let per_point = painter.pixels_per_point();
    let corner = center - Vec2::splat(size * 0.5);
    // Whole pixels, so that lines on half units of the grid stay sharp.
    let corner = pos2((corner.x * per_point).round() / per_point, (corner.y * per_point).round() / per_point);
    let scale = size / SIZE;
    let pen = Pen { painter, corner, scale, color };
    for piece in pieces(icon) {
        pen.draw(piece);
    }
}

struct Pen<'a> {
    painter: &'a Painter,
    corner: Pos2,
    scale: f32,
    color: Color32,
}

impl Pen<'_> {
    fn at(&self, (x, y): (f32, f32)) -> Pos2 {
        self.corner + vec2(x, y) * self.scale
    }

    fn all(&self, points: &[(f32, f32)]) -> Vec<Pos2> {
        points.iter().map(|&point| self.at(point)).collect()
    }

    fn arc(&self, x: f32, y: f32, radii: (f32, f32), from_deg: f32, to_deg: f32) -> Vec<Pos2> {
        let steps = ((to_deg - from_deg).abs() / 9.0).ceil().max(2.0) as usize;
        let angle = |step: usize| (from_deg + (to_deg - from_deg) * step as f32 / steps as f32).to_radians();
        (0..=steps)
            .map(|step| self.at((x + radii.0 * angle(step).cos(), y + radii.1 * angle(step).sin())))
            .collect()
    }

    fn tone(&self) -> Color32 {
        self.color.gamma_multiply(0.32)
    }

    fn draw(&self, piece: &Piece) {
        let stroke = Stroke::new(LINE * self.scale, self.color);
        let shape = match *piece {
            Piece::Line(points) => Shape::line(self.all(points), stroke),
            Piece::Loop(points) => Shape::closed_line(self.all(points), stroke),
            Piece::Circle(x, y, radius) => Shape::circle_stroke(self.at((x, y)), radius * self.scale, stroke),
            Piece::Ellipse(x, y, a, b) => {
                let mut points = self.arc(x, y, (a, b), 0.0, 360.0);
                points.pop();
                Shape::closed_line(points, stroke)
            }
            Piece::Dot(x, y, radius) => {
                Shape::circle_filled(self.at((x, y)), radius * self.scale, self.color)
            }
            Piece::Arc(x, y, a, b, from, to) => Shape::line(self.arc(x, y, (a, b), from, to), stroke),
            Piece::Faint(x, y, radius, from, to) => {
                let faint = Stroke::new(stroke.width, self.color.gamma_multiply(0.45));
                Shape::line(self.arc(x, y, (radius, radius), from, to), faint)
            }
            Piece::Tone(center, arcs) => self.fan(center, arcs),
            Piece::Plane(points) => Shape::convex_polygon(self.all(points), self.tone(), Stroke::NONE),
            Piece::Solid(points) => Shape::convex_polygon(self.all(points), self.color, Stroke::NONE),
        };
        self.painter.add(shape);
    }

    /// A region that is seen as a whole from its centre.
    fn fan(&self, center: (f32, f32), arcs: &[(f32, f32, f32, f32, f32)]) -> Shape {
        let mut mesh = Mesh::default();
        let tone = self.tone();
        mesh.colored_vertex(self.at(center), tone);
        for &(x, y, radius, from, to) in arcs {
            for point in self.arc(x, y, (radius, radius), from, to) {
                mesh.colored_vertex(point, tone);
            }
        }
        let count = mesh.vertices.len() as u32;
        for corner in 1..count {
            mesh.add_triangle(0, corner, if corner + 1 < count { corner + 1 } else { 1 });
        }
        Shape::mesh(mesh)
    }
}

#[rustfmt::skip]
fn pieces(icon: Icon) -> &'static [Piece] {
    use Piece::{Arc, Circle, Dot, Ellipse, Faint, Line, Loop, Plane, Solid, Tone};
    match icon {
        Icon::Kerf => &[
            Plane(&[(2.0, 5.0), (8.0, 1.8), (8.0, 8.2), (2.0, 11.0)]),
            Loop(&[(2.0, 5.0), (8.0, 1.8), (14.0, 5.0), (14.0, 11.0), (8.0, 14.2), (2.0, 11.0)]),
            Line(&[(11.2, 3.6), (4.8, 12.4)]),
        ],
        Icon::Menu => &[Line(&[(2.5, 4.5), (13.5, 4.5)]), Line(&[(2.5, 8.0), (13.5, 8.0)]), Line(&[(2.5, 11.5), (13.5, 11.5)])],
        Icon::Undo => &[Line(&[(6.0, 2.5), (2.5, 6.0), (6.0, 9.5)]), Line(&[(2.5, 6.0), (9.5, 6.0)]), Arc(9.5, 9.75, 3.75, 3.75, -90.0, 90.0), Line(&[(9.5, 13.5), (6.5, 13.5)])],
        Icon::Redo => &[Line(&[(10.0, 2.5), (13.5, 6.0), (10.0, 9.5)]), Line(&[(13.5, 6.0), (6.5, 6.0)]), Arc(6.5, 9.75, 3.75, 3.75, -90.0, -270.0), Line(&[(6.5, 13.5), (9.5, 13.5)])],
        Icon::Box => &[Plane(&[(2.5, 5.0), (8.0, 7.8), (8.0, 14.2), (2.5, 11.2)]), Loop(&[(2.5, 5.0), (8.0, 2.0), (13.5, 5.0), (13.5, 11.2), (8.0, 14.2), (2.5, 11.2)]), Line(&[(2.5, 5.0), (8.0, 7.8), (13.5, 5.0)]), Line(&[(8.0, 7.8), (8.0, 14.2)])],
        Icon::Sphere => &[Circle(8.0, 8.0, 5.8), Arc(8.0, 8.0, 5.8, 2.2, 0.0, 180.0)],
        Icon::Cylinder => &[Ellipse(8.0, 4.0, 4.8, 2.0), Line(&[(3.2, 4.0), (3.2, 12.0)]), Line(&[(12.8, 4.0), (12.8, 12.0)]), Arc(8.0, 12.0, 4.8, 2.0, 0.0, 180.0)],
        Icon::Cone => &[Line(&[(2.8, 11.8), (8.0, 2.2), (13.2, 11.8)]), Ellipse(8.0, 11.8, 5.2, 2.0)],
        Icon::Torus => &[Ellipse(8.0, 8.0, 6.2, 4.4), Ellipse(8.0, 7.6, 2.5, 1.3)],
        Icon::Union => &[Tone((8.0, 8.0), &[(5.8, 8.0, 4.3, 59.0, 301.0), (10.2, 8.0, 4.3, -121.0, 121.0)]), Arc(5.8, 8.0, 4.3, 4.3, 59.0, 301.0), Arc(10.2, 8.0, 4.3, 4.3, -121.0, 121.0)],
        Icon::Difference => &[Tone((3.6, 8.0), &[(5.8, 8.0, 4.3, 59.0, 301.0), (10.2, 8.0, 4.3, 239.0, 121.0)]), Arc(5.8, 8.0, 4.3, 4.3, 59.0, 301.0), Arc(10.2, 8.0, 4.3, 4.3, 121.0, 239.0), Faint(10.2, 8.0, 4.3, -121.0, 121.0)],
        Icon::Intersection => &[Tone((8.0, 8.0), &[(5.8, 8.0, 4.3, -59.0, 59.0), (10.2, 8.0, 4.3, 121.0, 239.0)]), Arc(5.8, 8.0, 4.3, 4.3, -59.0, 59.0), Arc(10.2, 8.0, 4.3, 4.3, 121.0, 239.0), Faint(5.8, 8.0, 4.3, 59.0, 301.0), Faint(10.2, 8.0, 4.3, -121.0, 121.0)],
        Icon::Select => &[Loop(&[(3.5, 2.5), (13.0, 6.8), (8.8, 8.6), (7.0, 13.0)])],
        Icon::Move => &[Line(&[(8.0, 1.8), (8.0, 14.2)]), Line(&[(1.8, 8.0), (14.2, 8.0)]), Line(&[(6.0, 3.8), (8.0, 1.8), (10.0, 3.8)]), Line(&[(6.0, 12.2), (8.0, 14.2), (10.0, 12.2)]), Line(&[(3.8, 6.0), (1.8, 8.0), (3.8, 10.0)]), Line(&[(12.2, 6.0), (14.2, 8.0), (12.2, 10.0)])],
        Icon::Rotate => &[Arc(8.0, 8.4, 5.4, 5.4, -50.0, 230.0), Line(&[(11.6, 1.2), (11.6, 4.4), (8.4, 4.4)])],
        Icon::Scale => &[Loop(&[(2.5, 8.5), (7.5, 8.5), (7.5, 13.5), (2.5, 13.5)]), Line(&[(9.0, 7.0), (13.5, 2.5)]), Line(&[(9.5, 2.5), (13.5, 2.5), (13.5, 6.5)])],
        Icon::Snap => &[Line(&[(3.5, 2.5), (3.5, 8.0)]), Line(&[(12.5, 2.5), (12.5, 8.0)]), Arc(8.0, 8.5, 4.5, 4.8, 0.0, 180.0), Line(&[(6.5, 2.5), (6.5, 8.0)]), Line(&[(9.5, 2.5), (9.5, 8.0)]), Arc(8.0, 8.5, 1.5, 1.9, 0.0, 180.0), Line(&[(3.5, 2.5), (6.5, 2.5)]), Line(&[(9.5, 2.5), (12.5, 2.5)]), Line(&[(3.5, 5.2), (6.5, 5.2)]), Line(&[(9.5, 5.2), (12.5, 5.2)])],
        Icon::Measure => &[Loop(&[(1.5, 10.5), (10.5, 1.5), (14.5, 5.5), (5.5, 14.5)]), Line(&[(4.2, 7.8), (5.8, 9.4)]), Line(&[(6.3, 5.7), (8.6, 8.0)]), Line(&[(8.4, 3.6), (10.0, 5.2)])],
        Icon::Shaded => &[Dot(8.0, 8.0, 6.0)],
        Icon::ShadedEdges => &[Plane(&[(2.5, 5.0), (8.0, 7.8), (8.0, 14.2), (2.5, 11.2)]), Plane(&[(8.0, 7.8), (13.5, 5.0), (13.5, 11.2), (8.0, 14.2)]), Plane(&[(2.5, 5.0), (8.0, 2.0), (13.5, 5.0), (8.0, 7.8)]), Loop(&[(2.5, 5.0), (8.0, 2.0), (13.5, 5.0), (13.5, 11.2), (8.0, 14.2), (2.5, 11.2)]), Line(&[(2.5, 5.0), (8.0, 7.8), (13.5, 5.0)]), Line(&[(8.0, 7.8), (8.0, 14.2)])],
        Icon::Wireframe => &[Loop(&[(2.5, 5.0), (8.0, 2.0), (13.5, 5.0), (13.5, 11.2), (8.0, 14.2), (2.5, 11.2)]), Line(&[(2.5, 5.0), (8.0, 7.8), (13.5, 5.0)]), Line(&[(8.0, 2.0), (8.0, 14.2)]), Line(&[(2.5, 11.2), (8.0, 7.8), (13.5, 11.2)])],
        Icon::XRay => &[Plane(&[(2.5, 6.5), (9.5, 6.5), (9.5, 13.5), (2.5, 13.5)]), Loop(&[(2.5, 6.5), (9.5, 6.5), (9.5, 13.5), (2.5, 13.5)]), Loop(&[(6.5, 2.5), (13.5, 2.5), (13.5, 9.5), (6.5, 9.5)])],
        Icon::Sun => &[Circle(8.0, 8.0, 2.9), Line(&[(8.0, 1.4), (8.0, 2.9)]), Line(&[(8.0, 13.1), (8.0, 14.6)]), Line(&[(1.4, 8.0), (2.9, 8.0)]), Line(&[(13.1, 8.0), (14.6, 8.0)]), Line(&[(3.3, 3.3), (4.4, 4.4)]), Line(&[(11.6, 11.6), (12.7, 12.7)]), Line(&[(3.3, 12.7), (4.4, 11.6)]), Line(&[(11.6, 4.4), (12.7, 3.3)])],
        Icon::Moon => &[Arc(7.6, 8.4, 5.4, 5.4, 20.0, 285.0), Arc(10.6, 5.4, 5.3, 5.3, 65.0, 205.0)],
        Icon::Search => &[Circle(7.0, 7.0, 4.3), Line(&[(10.2, 10.2), (13.8, 13.8)])],
        Icon::Eye => &[Arc(8.0, 11.2, 7.4, 6.6, -154.0, -26.0), Arc(8.0, 4.8, 7.4, 6.6, 26.0, 154.0), Circle(8.0, 8.0, 1.9)],
        Icon::EyeOff => &[Arc(8.0, 4.8, 7.4, 6.6, 26.0, 154.0), Line(&[(8.0, 11.6), (8.0, 13.4)]), Line(&[(4.6, 10.7), (3.5, 12.2)]), Line(&[(11.4, 10.7), (12.5, 12.2)])],
        Icon::Isolate => &[Circle(8.0, 8.0, 2.4), Line(&[(2.5, 5.5), (2.5, 2.5), (5.5, 2.5)]), Line(&[(10.5, 2.5), (13.5, 2.5), (13.5, 5.5)]), Line(&[(13.5, 10.5), (13.5, 13.5), (10.5, 13.5)]), Line(&[(5.5, 13.5), (2.5, 13.5), (2.5, 10.5)])],
        Icon::ChevronRight => &[Line(&[(6.3, 4.5), (9.8, 8.0), (6.3, 11.5)])],
        Icon::ChevronDown => &[Line(&[(4.5, 6.3), (8.0, 9.8), (11.5, 6.3)])],
        Icon::Group => &[Loop(&[(1.8, 4.0), (6.2, 4.0), (7.6, 5.6), (14.2, 5.6), (14.2, 12.8), (1.8, 12.8)])],
        Icon::Part => &[Loop(&[(8.0, 2.0), (13.8, 12.8), (2.2, 12.8)]), Line(&[(5.1, 7.4), (10.9, 7.4), (8.0, 12.8), (5.1, 7.4)])],
        Icon::Lines => &[Line(&[(2.5, 12.5), (6.5, 4.0), (10.0, 10.0), (13.5, 3.5)]), Dot(2.5, 12.5, 1.3), Dot(13.5, 3.5, 1.3)],
        Icon::Warning => &[Loop(&[(8.0, 2.2), (14.4, 13.2), (1.6, 13.2)]), Line(&[(8.0, 6.4), (8.0, 9.6)]), Dot(8.0, 11.5, 0.8)],
        Icon::Error => &[Circle(8.0, 8.0, 6.0), Line(&[(8.0, 4.8), (8.0, 8.8)]), Dot(8.0, 11.0, 0.8)],
        Icon::Info => &[Circle(8.0, 8.0, 6.0), Line(&[(8.0, 7.4), (8.0, 11.2)]), Dot(8.0, 5.0, 0.8)],
        Icon::Check => &[Line(&[(3.0, 8.5), (6.5, 12.0), (13.0, 4.5)])],
        Icon::Close => &[Line(&[(4.0, 4.0), (12.0, 12.0)]), Line(&[(12.0, 4.0), (4.0, 12.0)])],
        Icon::Plus => &[Line(&[(8.0, 3.0), (8.0, 13.0)]), Line(&[(3.0, 8.0), (13.0, 8.0)])],
        Icon::Open => &[Line(&[(2.2, 12.8), (2.2, 3.6), (6.4, 3.6), (7.8, 5.2), (12.8, 5.2), (12.8, 7.2)]), Loop(&[(2.2, 12.8), (4.4, 7.2), (14.6, 7.2), (12.6, 12.8)])],
        Icon::Save => &[Loop(&[(2.5, 2.5), (11.0, 2.5), (13.5, 5.0), (13.5, 13.5), (2.5, 13.5)]), Line(&[(5.0, 2.5), (5.0, 5.8), (10.0, 5.8), (10.0, 2.5)]), Line(&[(4.8, 13.5), (4.8, 9.2), (11.2, 9.2), (11.2, 13.5)])],
        Icon::Export => &[Line(&[(8.0, 10.0), (8.0, 2.2)]), Line(&[(5.0, 5.2), (8.0, 2.2), (11.0, 5.2)]), Line(&[(2.5, 9.5), (2.5, 13.5), (13.5, 13.5), (13.5, 9.5)])],
        Icon::Settings => &[Circle(8.0, 8.0, 2.1), Loop(&[(6.8, 1.9), (9.2, 1.9), (9.6, 3.7), (10.9, 4.4), (12.7, 3.9), (13.9, 5.9), (12.6, 7.2), (12.6, 8.8), (13.9, 10.1), (12.7, 12.1), (10.9, 11.6), (9.6, 12.3), (9.2, 14.1), (6.8, 14.1), (6.4, 12.3), (5.1, 11.6), (3.3, 12.1), (2.1, 10.1), (3.4, 8.8), (3.4, 7.2), (2.1, 5.9), (3.3, 3.9), (5.1, 4.4), (6.4, 3.7)])],
        Icon::Trash => &[Line(&[(2.5, 4.2), (13.5, 4.2)]), Line(&[(5.8, 4.2), (5.8, 2.4), (10.2, 2.4), (10.2, 4.2)]), Line(&[(3.9, 4.2), (4.6, 13.6), (11.4, 13.6), (12.1, 4.2)])],
        Icon::Copy => &[Loop(&[(5.5, 5.5), (13.5, 5.5), (13.5, 13.5), (5.5, 13.5)]), Line(&[(3.0, 10.5), (2.5, 10.5), (2.5, 2.5), (10.5, 2.5), (10.5, 3.0)])],
        Icon::Tree => &[Line(&[(2.5, 3.5), (9.5, 3.5)]), Line(&[(6.0, 8.0), (13.5, 8.0)]), Line(&[(6.0, 12.5), (13.5, 12.5)]), Line(&[(3.5, 5.5), (3.5, 12.5)]), Dot(3.5, 8.0, 0.8), Dot(3.5, 12.5, 0.8)],
        Icon::Properties => &[Line(&[(2.0, 5.0), (7.6, 5.0)]), Circle(9.6, 5.0, 1.9), Line(&[(11.6, 5.0), (14.0, 5.0)]), Line(&[(2.0, 11.0), (4.4, 11.0)]), Circle(6.4, 11.0, 1.9), Line(&[(8.4, 11.0), (14.0, 11.0)])],
        Icon::Activity => &[Line(&[(1.5, 8.5), (4.5, 8.5), (6.5, 3.0), (9.5, 13.0), (11.5, 8.5), (14.5, 8.5)])],
        Icon::Bell => &[Arc(8.0, 7.2, 4.4, 5.0, -180.0, 0.0), Line(&[(3.6, 7.2), (3.6, 9.6), (2.2, 11.8), (13.8, 11.8), (12.4, 9.6), (12.4, 7.2)]), Arc(8.0, 12.2, 1.8, 1.8, 20.0, 160.0)],
        Icon::Keyboard => &[Loop(&[(1.5, 4.0), (14.5, 4.0), (14.5, 12.0), (1.5, 12.0)]), Dot(4.2, 6.6, 0.75), Dot(6.8, 6.6, 0.75), Dot(9.4, 6.6, 0.75), Dot(12.0, 6.6, 0.75), Line(&[(5.0, 9.6), (11.0, 9.6)])],
        Icon::More => &[Dot(3.5, 8.0, 1.1), Dot(8.0, 8.0, 1.1), Dot(12.5, 8.0, 1.1)],
        Icon::Fit => &[Line(&[(2.5, 6.0), (2.5, 2.5), (6.0, 2.5)]), Line(&[(10.0, 2.5), (13.5, 2.5), (13.5, 6.0)]), Line(&[(13.5, 10.0), (13.5, 13.5), (10.0, 13.5)]), Line(&[(6.0, 13.5), (2.5, 13.5), (2.5, 10.0)]), Solid(&[(6.0, 6.0), (10.0, 6.0), (10.0, 10.0), (6.0, 10.0)])],
        Icon::Clock => &[Circle(8.0, 8.0, 5.9), Line(&[(8.0, 4.4), (8.0, 8.0), (10.6, 9.6)])],
        Icon::Command => &[Line(&[(3.0, 4.5), (6.5, 8.0), (3.0, 11.5)]), Line(&[(8.0, 12.0), (13.0, 12.0)])],
        Icon::File => &[Loop(&[(3.5, 1.8), (9.2, 1.8), (12.5, 5.1), (12.5, 14.2), (3.5, 14.2)]), Line(&[(9.2, 1.8), (9.2, 5.1), (12.5, 5.1)])],
        Icon::Picture => &[Loop(&[(1.8, 3.0), (14.2, 3.0), (14.2, 13.0), (1.8, 13.0)]), Line(&[(1.8, 11.2), (5.8, 7.4), (9.0, 10.4), (10.8, 8.8), (14.2, 11.8)]), Circle(10.8, 5.9, 1.1)],
        Icon::Grid => &[Loop(&[(2.0, 2.0), (14.0, 2.0), (14.0, 14.0), (2.0, 14.0)]), Line(&[(6.0, 2.0), (6.0, 14.0)]), Line(&[(10.0, 2.0), (10.0, 14.0)]), Line(&[(2.0, 6.0), (14.0, 6.0)]), Line(&[(2.0, 10.0), (14.0, 10.0)])],
        Icon::Orthographic => &[Loop(&[(2.0, 5.5), (10.5, 5.5), (10.5, 14.0), (2.0, 14.0)]), Line(&[(2.0, 5.5), (5.5, 2.0), (14.0, 2.0), (14.0, 10.5), (10.5, 14.0)]), Line(&[(10.5, 5.5), (14.0, 2.0)])],
        Icon::Swap => &[Line(&[(2.5, 5.5), (13.0, 5.5)]), Line(&[(10.5, 3.0), (13.0, 5.5), (10.5, 8.0)]), Line(&[(13.5, 10.5), (3.0, 10.5)]), Line(&[(5.5, 8.0), (3.0, 10.5), (5.5, 13.0)])],
        Icon::Repair => &[Plane(&[(6.1, 6.1), (9.9, 2.3), (13.7, 6.1), (9.9, 9.9)]), Loop(&[(2.2, 10.0), (10.0, 2.2), (13.8, 6.0), (6.0, 13.8)]), Line(&[(6.1, 6.1), (9.9, 9.9)]), Dot(8.0, 8.0, 0.9), Dot(10.6, 5.4, 0.7), Dot(5.4, 10.6, 0.7)],
        Icon::Simplify => &[Loop(&[(8.0, 2.0), (14.0, 7.0), (11.5, 13.8), (4.5, 13.8), (2.0, 7.0)]), Line(&[(8.0, 2.0), (4.5, 13.8)]), Line(&[(8.0, 2.0), (11.5, 13.8)])],
        Icon::Hull => &[Plane(&[(3.0, 5.0), (9.5, 2.2), (14.0, 7.5), (11.0, 13.6), (3.6, 12.2)]), Loop(&[(3.0, 5.0), (9.5, 2.2), (14.0, 7.5), (11.0, 13.6), (3.6, 12.2)]), Dot(7.0, 7.0, 1.0), Dot(10.0, 9.0, 1.0), Dot(6.4, 10.2, 1.0)],
        Icon::Offset => &[Loop(&[(5.0, 5.0), (11.0, 5.0), (11.0, 11.0), (5.0, 11.0)]), Arc(4.5, 4.5, 2.7, 2.7, 180.0, 270.0), Line(&[(4.5, 1.8), (11.5, 1.8)]), Arc(11.5, 4.5, 2.7, 2.7, -90.0, 0.0), Line(&[(14.2, 4.5), (14.2, 11.5)]), Arc(11.5, 11.5, 2.7, 2.7, 0.0, 90.0), Line(&[(11.5, 14.2), (4.5, 14.2)]), Arc(4.5, 11.5, 2.7, 2.7, 90.0, 180.0), Line(&[(1.8, 11.5), (1.8, 4.5)])],
        Icon::Shell => &[Plane(&[(2.0, 2.0), (14.0, 2.0), (14.0, 5.0), (2.0, 5.0)]), Plane(&[(2.0, 11.0), (14.0, 11.0), (14.0, 14.0), (2.0, 14.0)]), Plane(&[(2.0, 5.0), (5.0, 5.0), (5.0, 11.0), (2.0, 11.0)]), Plane(&[(11.0, 5.0), (14.0, 5.0), (14.0, 11.0), (11.0, 11.0)]), Loop(&[(2.0, 2.0), (14.0, 2.0), (14.0, 14.0), (2.0, 14.0)]), Loop(&[(5.0, 5.0), (11.0, 5.0), (11.0, 11.0), (5.0, 11.0)])],
        Icon::Trim => &[Plane(&[(3.0, 8.0), (13.0, 8.0), (13.0, 13.5), (3.0, 13.5)]), Line(&[(3.0, 8.0), (3.0, 13.5), (13.0, 13.5), (13.0, 8.0)]), Line(&[(1.0, 8.0), (15.0, 8.0)]), Line(&[(3.0, 5.6), (3.0, 4.4)]), Line(&[(13.0, 5.6), (13.0, 4.4)]), Line(&[(6.4, 2.5), (9.6, 2.5)])],
        Icon::Cut => &[Plane(&[(3.0, 9.8), (13.0, 9.8), (13.0, 14.0), (3.0, 14.0)]), Loop(&[(3.0, 9.8), (13.0, 9.8), (13.0, 14.0), (3.0, 14.0)]), Loop(&[(3.0, 2.0), (13.0, 2.0), (13.0, 6.2), (3.0, 6.2)]), Line(&[(1.0, 8.0), (4.0, 8.0)]), Line(&[(6.5, 8.0), (9.5, 8.0)]), Line(&[(12.0, 8.0), (15.0, 8.0)])],
        Icon::Smooth => &[Arc(4.8, 8.0, 3.2, 4.0, 180.0, 360.0), Arc(11.2, 8.0, 3.2, 4.0, 0.0, 180.0)],
        Icon::Refine => &[Loop(&[(2.0, 2.0), (14.0, 2.0), (14.0, 14.0), (2.0, 14.0)]), Line(&[(8.0, 2.0), (8.0, 14.0)]), Line(&[(2.0, 8.0), (14.0, 8.0)]), Line(&[(2.0, 14.0), (14.0, 2.0)]), Line(&[(2.0, 8.0), (8.0, 2.0)]), Line(&[(8.0, 14.0), (14.0, 8.0)])],
        Icon::Subdivide => &[Circle(8.0, 8.0, 6.0), Loop(&[(8.0, 2.0), (13.2, 11.0), (2.8, 11.0)]), Line(&[(5.4, 6.5), (10.6, 6.5), (8.0, 11.0), (5.4, 6.5)])],
        Icon::Separate => &[Loop(&[(1.8, 5.0), (6.2, 5.0), (6.2, 11.0), (1.8, 11.0)]), Loop(&[(9.8, 5.0), (14.2, 5.0), (14.2, 11.0), (9.8, 11.0)]), Line(&[(8.0, 2.5), (8.0, 4.5)]), Line(&[(8.0, 7.0), (8.0, 9.0)]), Line(&[(8.0, 11.5), (8.0, 13.5)])],
        Icon::Xor => &[Tone((3.6, 8.0), &[(5.8, 8.0, 4.3, 59.0, 301.0), (10.2, 8.0, 4.3, 239.0, 121.0)]), Tone((12.4, 8.0), &[(10.2, 8.0, 4.3, -121.0, 121.0), (5.8, 8.0, 4.3, 59.0, -59.0)]), Circle(5.8, 8.0, 4.3), Circle(10.2, 8.0, 4.3)],
        Icon::Split => &[Tone((8.0, 8.0), &[(5.8, 8.0, 4.3, -59.0, 59.0), (10.2, 8.0, 4.3, 121.0, 239.0)]), Circle(5.8, 8.0, 4.3), Arc(10.2, 8.0, 4.3, 4.3, 121.0, 239.0), Faint(10.2, 8.0, 4.3, -121.0, 121.0)],
    }
}
