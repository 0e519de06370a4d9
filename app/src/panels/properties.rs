//! What is selected, in numbers that can be typed.

use document::{Content, Document, Edit, Node, NodeId};
use egui::{RichText, Ui};

use jobs::JobError;

use super::Context;
use super::tree::icon_of;
use super::widgets::{self, fact, property, section};
use crate::command::Command;
use crate::icons::{self, Icon};
use crate::parts::NodeStatus;
use crate::theme::{self, Palette};
use crate::units;

mod color;
mod facts;
mod material;
mod measurements;
mod operation;
mod placement;
mod sections;
mod shape;
mod source;
mod stage;

/// What the properties remember.
#[derive(Default)]
pub(super) struct Properties {
    /// The name while it is typed.
    name: Option<(NodeId, String)>,
    angles: placement::TypedAngles,
    facts: facts::FactsCache,
    measurement: measurements::Typed,
}

impl Properties {
    /// Shows them in all of the room there is.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let scroll = egui::ScrollArea::vertical().auto_shrink(false).id_salt("properties");
        scroll.show(ui, |ui| {
            egui::Frame::new().inner_margin(egui::Margin { left: 12, right: 12, top: 8, bottom: 12 }).show(
                ui,
                |ui| {
                    ui.spacing_mut().item_spacing = egui::vec2(6.0, 4.0);
                    ui.set_max_width(ui.available_width());
                    if !cx.state.view.sections.is_empty() {
                        section(ui, "Section", |ui| sections::ui(ui, cx));
                    }
                    if cx.state.view.tool.measures() || cx.document().measurements().next().is_some() {
                        section(ui, "Measurements", |ui| measurements::ui(ui, cx, &mut self.measurement));
                    }
                    let selection = cx.state.view.selection.clone();
                    match selection[..] {
                        [] => self.document_ui(ui, cx),
                        [node] => self.node_ui(ui, cx, node),
                        _ => self.several_ui(ui, cx, &selection),
                    }
                },
            );
        });
    }

    fn document_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>) {
        let palette = Palette::of(ui);
        title_ui(ui, None, "Document");
        if cx.document().is_empty() {
            ui.label(
                RichText::new("Select a part to see its sizes, place and material here.")
                    .color(palette.text_faint),
            );
            return;
        }
        let roots = cx.document().roots().to_vec();
        property(ui, "Unit", |ui| super::status::unit_ui(ui, cx));
        section(ui, "Everything", |ui| self.facts.ui(ui, cx, &roots));
        stage::animations_ui(ui, cx);
        ui.add_space(4.0);
        ui.label(RichText::new("Nothing is selected.").color(palette.text_faint));
    }

    fn node_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, id: NodeId) {
        let Some(node) = cx.document().node(id).cloned() else { return };
        self.name_ui(ui, cx, id, &node);
        status_ui(ui, cx, id);
        section(ui, "Placement", |ui| placement::ui(ui, cx, id, &node, &mut self.angles));
        match &node.content {
            Content::Primitive(primitive) => section(ui, "Shape", |ui| shape::ui(ui, cx, id, *primitive)),
            Content::Operation(operation) => {
                section(ui, operation::title(operation), |ui| operation::ui(ui, cx, id, &node, *operation));
            }
            Content::Group | Content::Part(_) => {}
        }
        if let Some(camera) = &node.camera {
            section(ui, "Camera", |ui| stage::camera_ui(ui, cx, id, camera));
        }
        if let Some(light) = &node.light {
            section(ui, "Light", |ui| stage::light_ui(ui, cx, light));
        }
        let is_bare = node.content == Content::Group && node.children.is_empty();
        if !is_bare {
            section(ui, "Material", |ui| material::ui(ui, cx, &[id]));
            section(ui, "Measures", |ui| self.facts.ui(ui, cx, &[id]));
        }
        stage::motion_ui(ui, cx, id, &node);
        if let Some(source) = source_of(cx.document(), id) {
            section(ui, "File", |ui| source::ui(ui, &source));
        }
    }

    fn several_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, selection: &[NodeId]) {
        let count = units::count(selection.len());
        title_ui(ui, Some(Icon::Copy), &format!("{count} selected"));
        section(ui, "Material", |ui| material::ui(ui, cx, selection));
        let top = cx.document().topmost(selection);
        section(ui, "Together", |ui| self.facts.ui(ui, cx, &top));
    }

    fn name_ui(&mut self, ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, node: &Node) {
        let palette = Palette::of(ui);
        let mut text = match &self.name {
            Some((typing, text)) if *typing == id => text.clone(),
            _ => node.name.clone(),
        };
        let response = ui
            .horizontal(|ui| {
                let (_, rect) = ui.allocate_space(egui::vec2(20.0, 30.0));
                icons::paint_sized(ui.painter(), rect.center(), icon_of(node), palette.accent, 18.0);
                let field = widgets::text_field(&mut text, "Name")
                    .id_salt(("name", id.0))
                    .font(theme::strong(14.0))
                    .min_size(egui::vec2(0.0, ui.spacing().interact_size.y))
                    .desired_width(ui.available_width());
                ui.add(field).accessible_name("Name of the part")
            })
            .inner;
        if response.has_focus() {
            self.name = Some((id, text.clone()));
        }
        if response.lost_focus() {
            let escaped = ui.input(|input| input.key_pressed(egui::Key::Escape));
            let name = text.trim();
            if !escaped && !name.is_empty() && name != node.name {
                cx.commands.push(Command::Edit(Edit::Rename(id, name.to_owned()), None));
            }
            self.name = None;
        }
        ui.label(RichText::new(kind(node)).color(palette.text_faint).size(theme::SMALL));
        ui.add_space(2.0);
    }
}

fn title_ui(ui: &mut Ui, icon: Option<Icon>, text: &str) {
    ui.horizontal(|ui| {
        ui.set_min_height(30.0);
        if let Some(icon) = icon {
            let (_, rect) = ui.allocate_space(egui::vec2(20.0, 20.0));
            icons::paint_sized(ui.painter(), rect.center(), icon, Palette::of(ui).accent, 18.0);
        }
        ui.label(RichText::new(text).font(theme::strong(14.0)));
    });
}

fn kind(node: &Node) -> String {
    match &node.content {
        Content::Group if node.children.is_empty() && node.camera.is_some() => "Camera".to_owned(),
        Content::Group if node.children.is_empty() && node.light.is_some() => "Light".to_owned(),
        Content::Group => format!("Group of {}", units::count(node.children.len())),
        Content::Part(content) => {
            let part = &content.part;
            match (part.surface.triangles.is_empty(), part.points.is_empty()) {
                (false, _) => "Mesh".to_owned(),
                (true, true) => "Lines".to_owned(),
                (true, false) => "Points".to_owned(),
            }
        }
        Content::Primitive(_) => "Shape with exact sizes".to_owned(),
        Content::Operation(operation) if operation.boolean().is_some() => {
            format!("Live boolean of {} parts", node.children.len())
        }
        Content::Operation(operation) => format!("Live {}", operation.description()),
    }
}

/// Says that a node is worked on or could not be made, and what can be done.
fn status_ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId) {
    let palette = Palette::of(ui);
    let status = cx.state.parts.status(cx.document(), id);
    let is_open = matches!(
        &status,
        NodeStatus::Failed(JobError::Failed { code, .. }) if code == JobError::OPEN_MESH
    );
    let (icon, color, text) = match status {
        NodeStatus::Ready => return,
        NodeStatus::Working => {
            (Icon::Clock, palette.accent, "Being computed; what you see may be older.".to_owned())
        }
        NodeStatus::Failed(error) => (Icon::Error, palette.error, error.to_string()),
    };
    egui::Frame::new()
        .fill(color.gamma_multiply(0.12))
        .corner_radius(6.0)
        .inner_margin(egui::Margin::symmetric(8, 6))
        .show(ui, |ui| {
            ui.horizontal_top(|ui| {
                let (_, rect) = ui.allocate_space(egui::vec2(18.0, 18.0));
                icons::paint(ui.painter(), rect, icon, color);
                ui.add(egui::Label::new(text).wrap().selectable(true));
            });
            if is_open {
                let open = cx.state.open_parts(id);
                facts::repair_ui(ui, cx, &open);
            }
        });
    ui.add_space(4.0);
}

/// The file a node came from: its own, or that of the nearest node above.
fn source_of(document: &Document, id: NodeId) -> Option<std::sync::Arc<document::Source>> {
    let mut next = Some(id);
    while let Some(node) = next.and_then(|id| document.node(id)) {
        if let Some(source) = &node.source {
            return Some(std::sync::Arc::clone(source));
        }
        next = node.parent;
    }
    None
}

/// Sends a change of a field: live, as one undo step until the user is done.
fn send(cx: &mut Context<'_>, change: widgets::FieldChange, edit: impl FnOnce(f64) -> Edit) {
    if let Some(value) = change.value {
        cx.commands.push(Command::Edit(edit(value), Some(change.merge_key)));
    }
    if change.done {
        cx.commands.push(Command::EndMerge);
    }
}

/// A fact in a row, or a dash.
fn fact_or_dash(ui: &mut Ui, label: &str, value: Option<String>) {
    fact(ui, label, value.as_deref().unwrap_or("—"));
}
