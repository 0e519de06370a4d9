//! The exact sizes of a shape.

use document::{Edit, NodeId};
use egui::Ui;
use geometry::Primitive;

use super::send;
use crate::panels::Context;
use crate::panels::widgets::{NumberField, property};
use crate::units::Quantity;

/// A size of a shape: its name, its value, and the shape with another one.
type Size = (&'static str, f64, fn(Primitive, f64) -> Primitive);

/// Shows and edits them.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, primitive: Primitive) {
    let length = Quantity::Length(cx.document().unit());
    let speed = cx.state.view.camera.comfortable_size() * 0.01;
    for (label, value, set) in sizes(primitive) {
        let quantity = if label == "Segments" { Quantity::Plain } else { length };
        let speed = if label == "Segments" { 0.1 } else { speed };
        let check = |value: f64| set(primitive, value).validate().map_err(|error| error.to_string());
        let change = property(ui, label, |ui| {
            let field =
                NumberField { label, prefix: "", prefix_color: None, quantity, speed, with_unit: true };
            let width = ui.available_width();
            ui.push_id(id.0, |ui| field.show(ui, width, value, check)).inner
        });
        send(cx, change, |value| Edit::SetPrimitive(id, set(primitive, value)));
    }
}

fn sizes(primitive: Primitive) -> Vec<Size> {
    match primitive {
        Primitive::Box { size } => vec![
            ("Width", size.x, |shape, value| with(shape, 0, value)),
            ("Depth", size.y, |shape, value| with(shape, 1, value)),
            ("Height", size.z, |shape, value| with(shape, 2, value)),
        ],
        Primitive::Sphere { radius, segments } => {
            vec![("Radius", radius, |shape, value| with(shape, 0, value)), count(segments)]
        }
        Primitive::Cylinder { radius, height, segments } => vec![
            ("Radius", radius, |shape, value| with(shape, 0, value)),
            ("Height", height, |shape, value| with(shape, 1, value)),
            count(segments),
        ],
        Primitive::Cone { bottom_radius, top_radius, height, segments } => vec![
            ("Bottom", bottom_radius, |shape, value| with(shape, 0, value)),
            ("Top", top_radius, |shape, value| with(shape, 1, value)),
            ("Height", height, |shape, value| with(shape, 2, value)),
            count(segments),
        ],
        Primitive::Torus { major_radius, minor_radius, segments } => vec![
            ("Ring radius", major_radius, |shape, value| with(shape, 0, value)),
            ("Tube radius", minor_radius, |shape, value| with(shape, 1, value)),
            count(segments),
        ],
    }
}

fn count(segments: u32) -> Size {
    ("Segments", f64::from(segments), |shape, value| with(shape, SEGMENTS, value))
}

/// The position of the segments, which all round shapes have.
const SEGMENTS: usize = usize::MAX;

/// A shape with its size of a number replaced.
fn with(mut shape: Primitive, number: usize, value: f64) -> Primitive {
    match &mut shape {
        Primitive::Box { size } => {
            if number < 3 {
                size[number] = value;
            }
        }
        Primitive::Sphere { radius, segments } => {
            set(&mut [radius], segments, number, value);
        }
        Primitive::Cylinder { radius, height, segments } => {
            set(&mut [radius, height], segments, number, value);
        }
        Primitive::Cone { bottom_radius, top_radius, height, segments } => {
            set(&mut [bottom_radius, top_radius, height], segments, number, value);
        }
        Primitive::Torus { major_radius, minor_radius, segments } => {
            set(&mut [major_radius, minor_radius], segments, number, value);
        }
    }
    shape
}

fn set(lengths: &mut [&mut f64], segments: &mut u32, number: usize, value: f64) {
    if number == SEGMENTS {
        *segments = value.round().clamp(0.0, f64::from(u32::MAX)) as u32;
    } else if let Some(length) = lengths.get_mut(number) {
        **length = value;
    }
}
