//! Cameras, lights and motion that came with a model.

use assets::{Camera, Light, LightKind, Projection};
use document::{Content, Node, NodeId};
use egui::Ui;

use crate::command::Command;
use crate::panels::Context;
use crate::panels::widgets::{fact, section, text_button};
use crate::units;

/// A camera, and a way to look from where it stands.
pub(super) fn camera_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, camera: &Camera) {
    let unit = cx.document().unit();
    let length = |millimetres: f32| units::length(f64::from(millimetres), unit);
    match camera.projection {
        Projection::Perspective { fov_y_rad, far, near, .. } => {
            fact(ui, "Projection", "Perspective");
            fact(ui, "Opening angle", &degrees(fov_y_rad));
            let end = far.map_or_else(|| "no end".to_owned(), length);
            fact(ui, "Sees", &format!("{} to {end}", length(near)));
        }
        Projection::Orthographic { half_size: [width, height], near, far } => {
            fact(ui, "Projection", "Parallel");
            fact(ui, "Sees", &format!("{} × {}", length(width * 2.0), length(height * 2.0)));
            fact(ui, "Depth", &format!("{} to {}", length(near), length(far)));
        }
    }
    ui.add_space(4.0);
    if text_button(ui, "Look from here", false, egui::vec2(120.0, ui.spacing().interact_size.y)).clicked() {
        cx.commands.push(Command::LookThrough(id));
    }
}

/// A light.
pub(super) fn light_ui(ui: &mut Ui, cx: &Context<'_>, light: &Light) {
    let (kind, symbol) = match light.kind {
        LightKind::Directional => ("Sun", "lx"),
        LightKind::Point => ("Lamp", "cd"),
        LightKind::Spot { .. } => ("Spot", "cd"),
    };
    fact(ui, "Kind", kind);
    fact(ui, "Intensity", &format!("{} {symbol}", units::number(f64::from(light.intensity))));
    let [red, green, blue] = light.color.map(|share| units::number(f64::from(share)));
    fact(ui, "Colour", &format!("{red}, {green}, {blue}")).on_hover_text("Linear red, green and blue");
    if let LightKind::Spot { inner_rad, outer_rad } = light.kind {
        fact(ui, "Cone", &format!("{} to {}", degrees(inner_rad), degrees(outer_rad)));
    }
    if let Some(range) = light.range {
        fact(ui, "Reach", &units::length(f64::from(range), cx.document().unit()));
    }
    fact(ui, "Shown", "No, but exported").on_hover_text("The view has lights of its own.");
}

/// What bends a part.
pub(super) fn motion_ui(ui: &mut Ui, cx: &Context<'_>, id: NodeId, node: &Node) {
    let Content::Part(content) = &node.content else { return };
    let Some(rig) = &content.part.rig else { return };
    section(ui, "Motion", |ui| {
        if let Some(skin) = node.skin.and_then(|skin| cx.document().skin(skin)) {
            fact(ui, "Joints", &units::count(skin.joints.len()));
        }
        if !rig.morph_targets.is_empty() {
            fact(ui, "Morph targets", &units::count(rig.morph_targets.len()));
        }
        let moves_it =
            cx.document().animations().iter().filter(|animation| {
                animation.channels.iter().any(|channel| channel.target.node() == Some(id))
            });
        fact(ui, "Animations", &units::count(moves_it.count()));
    });
}

/// The animations of the document.
pub(super) fn animations_ui(ui: &mut Ui, cx: &Context<'_>) {
    /// More than this are counted instead of shown.
    const MOST: usize = 30;
    let animations = cx.document().animations();
    if animations.is_empty() {
        return;
    }
    section(ui, "Animations", |ui| {
        for (position, animation) in animations.iter().take(MOST).enumerate() {
            let ends = animation.samplers.iter().filter_map(|sampler| sampler.times_secs.last().copied());
            let name = match animation.name.as_str() {
                "" => format!("Animation {}", position + 1),
                name => name.to_owned(),
            };
            fact(ui, &name, &units::duration(f64::from(ends.fold(0.0, f32::max))));
        }
        if animations.len() > MOST {
            fact(ui, "More", &units::count(animations.len() - MOST));
        }
    });
}

fn degrees(radians: f32) -> String {
    format!("{}°", units::number(f64::from(radians).to_degrees()))
}
