//! Colours and surfaces of what is selected.

use std::collections::BTreeSet;

use assets::Material;
use document::{Content, Document, Edit, MaterialId, NodeId};
use egui::{RichText, Sense, Ui, WidgetInfo, vec2};

use super::color;
use crate::command::Command;
use crate::panels::Context;
use crate::panels::widgets::{self, property};
use crate::theme::{self, Palette};
use crate::units;

/// More materials than this are counted instead of shown.
const MOST: usize = 6;

/// Ready colours, sRGB, with metallic and roughness.
const SWATCHES: [(&str, [u8; 3], f32, f32); 8] = [
    ("Light grey", [206, 209, 213], 0.0, 0.55),
    ("Graphite", [62, 66, 72], 0.0, 0.5),
    ("Red", [200, 58, 50], 0.0, 0.45),
    ("Orange", [235, 132, 40], 0.0, 0.45),
    ("Green", [72, 152, 88], 0.0, 0.45),
    ("Blue", [52, 110, 196], 0.0, 0.45),
    ("Steel", [188, 192, 198], 1.0, 0.32),
    ("Brass", [214, 176, 98], 1.0, 0.3),
];

/// Shows and edits them.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, nodes: &[NodeId]) {
    let used = used(cx.document(), nodes);
    let named: Vec<MaterialId> = used.iter().flatten().copied().collect();
    match (used.len(), named.as_slice()) {
        (0, _) => {
            ui.label(RichText::new("Nothing here has a surface.").color(Palette::of(ui).text_faint));
            return;
        }
        (1, []) => default_ui(ui, cx, nodes),
        (_, named) => {
            for &id in named.iter().take(MOST) {
                material_ui(ui, cx, id);
                ui.add_space(4.0);
            }
            if named.len() > MOST {
                let rest = units::count(named.len() - MOST);
                ui.label(RichText::new(format!("and {rest} more")).color(Palette::of(ui).text_faint));
            }
        }
    }
    swatches_ui(ui, cx, nodes);
}

/// The materials of everything within nodes; `None` is the default one.
fn used(document: &Document, nodes: &[NodeId]) -> BTreeSet<Option<MaterialId>> {
    let mut found = BTreeSet::new();
    for id in document.topmost(nodes).into_iter().flat_map(|id| document.subtree(id)) {
        let Some(node) = document.node(id) else { continue };
        match &node.content {
            Content::Group | Content::Operation(_) => {}
            Content::Part(_) | Content::Primitive(_) if node.materials.is_empty() => _ = found.insert(None),
            Content::Part(_) | Content::Primitive(_) => found.extend(node.materials.iter().copied()),
        }
    }
    found
}

/// The default material becomes one of its own when it is changed.
fn default_ui(ui: &mut Ui, cx: &mut Context<'_>, nodes: &[NodeId]) {
    let mut material = Material::default();
    let change = edit_ui(ui, &mut material, "Default");
    if change.changed {
        material.name = "Material".to_owned();
        let edit = Edit::Paint(nodes.to_vec(), Box::new(material));
        cx.commands.push(Command::Edit(edit, Some(ui.scope_id().value())));
    }
}

fn material_ui(ui: &mut Ui, cx: &mut Context<'_>, id: MaterialId) {
    let Some(known) = cx.document().material(id).cloned() else { return };
    let mut material = (*known).clone();
    let name = if known.name.is_empty() { format!("Material {}", id.0) } else { known.name.clone() };
    let change = ui.push_id(("material", id.0), |ui| edit_ui(ui, &mut material, &name)).inner;
    if change.changed {
        let key = ui.scope_id().with(("material", id.0)).value();
        cx.commands.push(Command::Edit(Edit::SetMaterial(id, Box::new(material)), Some(key)));
    }
    if change.done {
        cx.commands.push(Command::EndMerge);
    }
}

/// What became of a control this frame.
#[derive(Default)]
pub(super) struct Change {
    /// It has another value.
    pub(super) changed: bool,
    /// The user is done with it.
    pub(super) done: bool,
}

impl Change {
    /// Takes in what became of one more control.
    pub(super) fn add(&mut self, response: &egui::Response) {
        self.changed |= response.changed();
        self.done |= response.drag_stopped() || response.lost_focus();
    }
}

fn edit_ui(ui: &mut Ui, material: &mut Material, name: &str) -> Change {
    let mut change = Change::default();
    ui.horizontal(|ui| {
        let painted = color::ui(ui, &mut material.base_color, name);
        change.changed |= painted.changed;
        change.done |= painted.done;
        ui.add(egui::Label::new(RichText::new(name).color(Palette::of(ui).text)).truncate());
        let textures = [
            &material.base_color_texture,
            &material.metallic_roughness_texture,
            &material.normal_texture,
            &material.occlusion_texture,
            &material.emissive_texture,
        ];
        let num_textures = textures.iter().filter(|texture| texture.is_some()).count();
        if num_textures > 0 {
            let text =
                if num_textures == 1 { "1 texture".to_owned() } else { format!("{num_textures} textures") };
            ui.label(RichText::new(text).color(Palette::of(ui).text_faint).size(theme::SMALL));
        }
    });
    for (label, value) in [("Metallic", &mut material.metallic), ("Roughness", &mut material.roughness)] {
        property(ui, label, |ui| {
            let width = 54.0;
            ui.spacing_mut().slider_width = (ui.available_width() - width - 6.0).max(40.0);
            let usual = ui.spacing().interact_size.y;
            ui.spacing_mut().interact_size.y = (usual - 10.0).clamp(16.0, 28.0);
            let slider = egui::Slider::new(value, 0.0..=1.0).show_value(false).trailing_fill(true);
            change.add(&ui.add(slider).accessible_name(format!("{label} of {name}")));
            ui.spacing_mut().interact_size.y = usual;
            let typed_label = format!("{label} of {name}, typed");
            let field = widgets::NumberField {
                label: &typed_label,
                prefix: "",
                prefix_color: None,
                quantity: units::Quantity::Plain,
                speed: 0.005,
                with_unit: false,
            };
            let check = |value: f64| match (0.0..=1.0).contains(&value) {
                true => Ok(()),
                false => Err("it must be between 0 and 1".to_owned()),
            };
            let rounded = (f64::from(*value) * 1e3).round() / 1e3;
            let typed = field.show(ui, width, rounded, check);
            if let Some(number) = typed.value {
                *value = number as f32;
                change.changed = true;
            }
            change.done |= typed.done;
        });
    }
    change
}

fn swatches_ui(ui: &mut Ui, cx: &mut Context<'_>, nodes: &[NodeId]) {
    const GAP: f32 = 5.0;
    ui.add_space(4.0);
    let columns = if cx.touch { 4 } else { SWATCHES.len() };
    let width = (ui.available_width() - GAP * (columns as f32 - 1.0)) / columns as f32;
    let height = if cx.touch { theme::TOUCH } else { 22.0 };
    for row in SWATCHES.chunks(columns) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = GAP;
            ui.spacing_mut().interact_size.y = height;
            for &swatch in row {
                swatch_ui(ui, cx, nodes, swatch, vec2(width, height));
            }
        });
    }
}

fn swatch_ui(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    nodes: &[NodeId],
    (name, [red, green, blue], metallic, roughness): (&str, [u8; 3], f32, f32),
    size: egui::Vec2,
) {
    let palette = Palette::of(ui);
    let color = egui::Color32::from_rgb(red, green, blue);
    let (rect, response) = ui.allocate_exact_size(size, Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(egui::accesskit::Role::Button, true, format!("Paint {name}")));
    let border = if response.hovered() { palette.text } else { palette.border_strong };
    let round = egui::CornerRadius::same(theme::RADIUS - 1);
    ui.painter().rect(rect, round, color, egui::Stroke::new(1.0, border), egui::StrokeKind::Inside);
    if metallic > 0.5 {
        // A metal has a streak of light across it.
        let (top, bottom) = (rect.top() + 1.0, rect.bottom() - 1.0);
        let [left, right] = [0.30, 0.52].map(|part| rect.left() + rect.width() * part);
        let slant = rect.width() * 0.14;
        let streak =
            [(left + slant, top), (right + slant, top), (right - slant, bottom), (left - slant, bottom)];
        let shine = egui::Color32::WHITE.gamma_multiply(0.42);
        let points = streak.map(|(x, y)| egui::pos2(x, y)).to_vec();
        ui.painter().add(egui::Shape::convex_polygon(points, shine, egui::Stroke::NONE));
    }
    widgets::focus_ring(ui, rect.expand(2.0), &response);
    if response.on_hover_text(format!("Paint the selection {}", name.to_lowercase())).clicked() {
        let [r, g, b, _] = egui::Rgba::from(color).to_array();
        let base_color = [r, g, b, 1.0];
        let material =
            Material { name: name.to_owned(), base_color, metallic, roughness, ..Material::default() };
        cx.commands.push(Command::Edit(Edit::Paint(nodes.to_vec(), Box::new(material)), None));
    }
}
