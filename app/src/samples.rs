//! Documents to begin with, made by our own recipes: whoever opens one can take it apart.

use assets::Material;
use document::{Document, Edit, NodeId};
use geometry::Primitive;
use glam::{DAffine3, DQuat, DVec3};
use jobs::BooleanOp;

/// The samples' names, by number.
pub const NAMES: [&str; 2] = ["Bracket", "Bearing"];

/// The sample of a number; the last one for numbers beyond.
#[must_use]
pub fn sample(number: usize) -> Document {
    match number {
        0 => bracket(),
        _ => bearing(),
    }
}

/// Builds a document by the same edits a user would make.
#[derive(Default)]
struct Builder {
    document: Document,
}

impl Builder {
    fn edit(&mut self, edit: &Edit) -> Vec<NodeId> {
        let (document, outcome) =
            edit.apply(&self.document).expect("samples make only edits that are allowed");
        self.document = document;
        outcome.select.unwrap_or_default()
    }

    fn add(&mut self, name: &str, primitive: Primitive, world_from_node: DAffine3) -> NodeId {
        let id = self.edit(&Edit::AddPrimitive { primitive, world_from_node })[0];
        self.edit(&Edit::Rename(id, name.to_owned()));
        id
    }

    fn boolean(&mut self, name: &str, op: BooleanOp, operands: Vec<NodeId>) -> NodeId {
        let id = self.edit(&Edit::AddOperations(vec![(op.into(), operands)]))[0];
        self.edit(&Edit::Rename(id, name.to_owned()));
        id
    }

    fn paint(&mut self, ids: Vec<NodeId>, name: &str, color: [f32; 3], metallic: f32, roughness: f32) {
        let [red, green, blue] = color;
        let material = Material {
            name: name.to_owned(),
            base_color: [red, green, blue, 1.0],
            metallic,
            roughness,
            ..Material::default()
        };
        self.edit(&Edit::Paint(ids, Box::new(material)));
    }
}

fn at(x: f64, y: f64, z: f64) -> DAffine3 {
    DAffine3::from_translation(DVec3::new(x, y, z))
}

fn cylinder(radius: f64, height: f64) -> Primitive {
    Primitive::Cylinder { radius, height, segments: 96 }
}

/// An angle bracket: two plates joined, four bolt holes, a bore through a boss.
fn bracket() -> Document {
    let mut builder = Builder::default();
    let foot = builder.add("Foot", Primitive::Box { size: DVec3::new(100.0, 60.0, 10.0) }, at(0.0, 0.0, 0.0));
    let wall =
        builder.add("Wall", Primitive::Box { size: DVec3::new(100.0, 10.0, 60.0) }, at(0.0, 25.0, 0.0));
    let lying = DAffine3::from_rotation_translation(
        DQuat::from_xyzw(std::f64::consts::FRAC_1_SQRT_2, 0.0, 0.0, std::f64::consts::FRAC_1_SQRT_2),
        DVec3::new(0.0, 35.0, 38.0),
    );
    let boss = builder.add("Boss", cylinder(18.0, 25.0), lying);
    let body = builder.boolean("Body", BooleanOp::Union, vec![foot, wall, boss]);
    let mut operands = vec![body];
    for (number, (x, y)) in [(-38.0, -18.0), (38.0, -18.0), (-38.0, 8.0), (38.0, 8.0)].into_iter().enumerate()
    {
        operands.push(builder.add(&format!("Bolt hole {}", number + 1), cylinder(4.5, 20.0), at(x, y, -5.0)));
    }
    let bore = DAffine3 { translation: DVec3::new(0.0, 45.0, 38.0), ..lying };
    operands.push(builder.add("Bore", cylinder(11.0, 50.0), bore));
    let bracket = builder.boolean("Bracket", BooleanOp::Difference, operands.clone());
    builder.paint(vec![bracket], "Steel blue", [0.19, 0.30, 0.45], 0.35, 0.42);
    builder.paint(operands[1..].to_vec(), "Machined", [0.66, 0.67, 0.68], 0.9, 0.3);
    builder.document
}

/// A ball bearing: two rings with a running groove, and balls.
fn bearing() -> Document {
    let mut builder = Builder::default();
    let groove = Primitive::Torus { major_radius: 35.0, minor_radius: 8.6, segments: 128 };
    let outer = builder.add("Outer blank", cylinder(50.0, 20.0), at(0.0, 0.0, 0.0));
    let outer_bore = builder.add("Outer bore", cylinder(39.0, 30.0), at(0.0, 0.0, -5.0));
    let outer_groove = builder.add("Outer groove", groove, at(0.0, 0.0, 10.0));
    let outer = builder.boolean("Outer ring", BooleanOp::Difference, vec![outer, outer_bore, outer_groove]);
    let inner = builder.add("Inner blank", cylinder(31.0, 20.0), at(0.0, 0.0, 0.0));
    let inner_bore = builder.add("Inner bore", cylinder(20.0, 30.0), at(0.0, 0.0, -5.0));
    let inner_groove = builder.add("Inner groove", groove, at(0.0, 0.0, 10.0));
    let inner = builder.boolean("Inner ring", BooleanOp::Difference, vec![inner, inner_bore, inner_groove]);
    let balls: Vec<NodeId> = (0..10)
        .map(|number| {
            let angle_rad = f64::from(number) * std::f64::consts::TAU / 10.0;
            let (x, y) = (35.0 * geometry::math::cos(angle_rad), 35.0 * geometry::math::sin(angle_rad));
            let ball = Primitive::Sphere { radius: 8.0, segments: 48 };
            builder.add(&format!("Ball {}", number + 1), ball, at(x, y, 10.0))
        })
        .collect();
    builder.paint(vec![outer, inner], "Bearing steel", [0.62, 0.63, 0.65], 1.0, 0.28);
    builder.paint(balls.clone(), "Brass", [0.80, 0.56, 0.20], 1.0, 0.22);
    let group = builder.edit(&Edit::Group(balls))[0];
    builder.edit(&Edit::Rename(group, "Balls".to_owned()));
    builder.document
}
