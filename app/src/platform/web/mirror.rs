//! A mirror of the widgets in the page's own elements, for screen readers: a canvas tells them nothing.
//!
//! egui describes its widgets as an AccessKit tree. We hand the page a flat list of those that mean something; it keeps
//! one unseen element for each, in place, and tells us when one is clicked.

use std::collections::HashMap;

use egui::accesskit::{Action, ActionRequest, Node, NodeId, Role, Toggled, TreeId, TreeUpdate};
use serde_json::{Value, json};

use crate::platform;

/// Least time between two updates of the mirror.
const UPDATE_EVERY_SECS: f64 = 0.1;

/// Sends the widgets of each frame to the page, and clicks on their mirror images back.
#[derive(Default)]
pub struct Mirror {
    sent: String,
    sent_secs: f64,
}

impl Mirror {
    /// Starts mirroring the widgets of a context.
    pub fn install(ctx: &egui::Context) {
        ctx.enable_accesskit();
        ctx.add_plugin(Self::default());
    }
}

thread_local! {
    static CLICKED: std::cell::RefCell<Vec<u64>> = const { std::cell::RefCell::new(Vec::new()) };
}

/// Remembers a click on a mirror image for the next frame.
pub(super) fn click(id: u64) {
    CLICKED.with_borrow_mut(|clicked| clicked.push(id));
}

impl egui::Plugin for Mirror {
    fn debug_name(&self) -> &'static str {
        "mirror for screen readers"
    }

    fn input_hook(&mut self, _ctx: &egui::Context, input: &mut egui::RawInput) {
        for id in CLICKED.take() {
            for action in [Action::Focus, Action::Click] {
                let target_node = NodeId(id);
                let request = ActionRequest { action, target_tree: TreeId::ROOT, target_node, data: None };
                input.events.push(egui::Event::AccessKitActionRequest(request));
            }
        }
    }

    fn output_hook(&mut self, ctx: &egui::Context, output: &mut egui::FullOutput) {
        let Some(update) = &output.platform_output.accesskit_update else { return };
        let now = platform::now_secs();
        let wait_secs = self.sent_secs + UPDATE_EVERY_SECS - now;
        if wait_secs > 0.0 {
            ctx.request_repaint_after(std::time::Duration::from_secs_f64(wait_secs));
            return;
        }
        let text = described(update, f64::from(ctx.zoom_factor())).to_string();
        if text != self.sent {
            platform::web::page().mirror(&text);
            self.sent = text;
            self.sent_secs = now;
        }
    }
}

/// The widgets that mean something, in reading order, with places in CSS pixels.
fn described(update: &TreeUpdate, css_per_point: f64) -> Value {
    let nodes: HashMap<NodeId, &Node> = update.nodes.iter().map(|(id, node)| (*id, node)).collect();
    let mut widgets = Vec::new();
    let mut left: Vec<NodeId> = update.tree.iter().map(|tree| tree.root).collect();
    // Every node is visited once, whatever the tree says.
    let mut num_left = nodes.len();
    while let Some(id) = left.pop() {
        let Some(node) = nodes.get(&id).filter(|node| !node.is_hidden()) else { continue };
        if num_left == 0 {
            break;
        }
        num_left -= 1;
        widgets.extend(widget(id, node, &nodes, css_per_point));
        left.extend(node.children().iter().rev());
    }
    json!({ "focus": update.focus.0.to_string(), "widgets": widgets })
}

fn widget(id: NodeId, node: &Node, nodes: &HashMap<NodeId, &Node>, css_per_point: f64) -> Option<Value> {
    let role = aria_role(node.role())?;
    let text = |node: &Node| node.label().or_else(|| node.value()).map(str::to_owned);
    let labelled = || node.labelled_by().iter().filter_map(|id| nodes.get(id)).find_map(|node| text(node));
    let is_text = role == "text";
    let name =
        node.label().map(str::to_owned).or_else(labelled).or_else(|| is_text.then(|| text(node)).flatten());
    let name = name.or_else(|| node.placeholder().map(str::to_owned)).unwrap_or_default();
    if name.is_empty() && (is_text || !is_control(role)) {
        return None;
    }
    let bounds = node.bounds()?;
    let place = [bounds.x0, bounds.y0, bounds.x1 - bounds.x0, bounds.y1 - bounds.y0];
    let checked = node.toggled().map(|toggled| match toggled {
        Toggled::False => "false",
        Toggled::True => "true",
        Toggled::Mixed => "mixed",
    });
    Some(json!({
        "id": id.0.to_string(),
        "role": role,
        "name": name,
        "value": if is_text { None } else { node.value() },
        "number": node.numeric_value(),
        "checked": checked,
        "selected": node.is_selected(),
        "expanded": node.is_expanded(),
        "disabled": node.is_disabled(),
        "description": node.description(),
        "box": place.map(|points| (points * css_per_point).round()),
    }))
}

fn is_control(role: &str) -> bool {
    matches!(
        role,
        "button"
            | "checkbox"
            | "radio"
            | "textbox"
            | "slider"
            | "spinbutton"
            | "combobox"
            | "treeitem"
            | "menuitem"
            | "tab"
            | "link"
    )
}

/// The role's name on the web; `None` for what has no meaning by itself.
fn aria_role(role: Role) -> Option<&'static str> {
    Some(match role {
        Role::Button | Role::DefaultButton | Role::DisclosureTriangle | Role::ColorWell => "button",
        Role::CheckBox => "checkbox",
        Role::Switch => "switch",
        Role::RadioButton => "radio",
        Role::TextInput | Role::MultilineTextInput | Role::SearchInput | Role::PasswordInput => "textbox",
        Role::Slider => "slider",
        Role::SpinButton | Role::NumberInput => "spinbutton",
        Role::ComboBox | Role::EditableComboBox => "combobox",
        Role::Link => "link",
        Role::MenuItem | Role::MenuItemCheckBox | Role::MenuItemRadio => "menuitem",
        Role::Tab => "tab",
        Role::TreeItem => "treeitem",
        Role::ListItem => "listitem",
        Role::ListBoxOption | Role::MenuListOption => "option",
        Role::ProgressIndicator => "progressbar",
        Role::Image => "img",
        Role::Heading => "heading",
        Role::Alert => "alert",
        Role::Status => "status",
        Role::Tooltip => "tooltip",
        Role::Dialog | Role::AlertDialog => "dialog",
        Role::Label | Role::Paragraph => "text",
        _ => return None,
    })
}
