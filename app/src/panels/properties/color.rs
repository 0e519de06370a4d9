//! A field for a colour: a square for saturation and brightness, a bar for the hue, a number to type, and opacity.

use egui::accesskit::Role;
use egui::ecolor::{gamma_from_linear, hsv_from_rgb, linear_from_gamma, rgb_from_hsv};
use egui::{
    Color32, CornerRadius, Id, Mesh, PopupCloseBehavior, Pos2, Rect, Response, Sense, Stroke, StrokeKind, Ui,
    WidgetInfo, pos2, vec2,
};

use super::material::Change;
use crate::panels::widgets::{self, focus_ring};
use crate::theme::{self, Palette};

/// The width of the popup.
const WIDTH: f32 = 208.0;

/// Hue, saturation and brightness of the colour as the screen shows it, each from 0 to 1.
type Hsv = [f32; 3];

/// Shows a swatch that opens the popup. The colour is linear, with an alpha that is not multiplied in.
pub(super) fn ui(ui: &mut Ui, rgba: &mut [f32; 4], name: &str) -> Change {
    let palette = Palette::of(ui);
    let height = ui.spacing().interact_size.y;
    let (rect, response) = ui.allocate_exact_size(vec2(height.max(28.0), height), Sense::click());
    response
        .widget_info(|| WidgetInfo::labeled(Role::ColorWell, ui.is_enabled(), format!("Colour of {name}")));
    let swatch = rect.shrink2(vec2(0.0, 2.0));
    let [r, g, b, _] = *rgba;
    ui.painter().rect(
        swatch,
        CornerRadius::same(theme::RADIUS),
        shown(hsv_of([r, g, b])),
        Stroke::new(1.0, if response.hovered() { palette.text_dim } else { palette.border_strong }),
        StrokeKind::Inside,
    );
    focus_ring(ui, rect, &response);
    let mut change = Change::default();
    let popup = egui::Popup::from_toggle_button_response(&response)
        .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
        .frame(egui::Frame::popup(ui.style()).inner_margin(10.0));
    popup.show(|ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        popup_ui(ui, response.id, rgba, name, &mut change);
    });
    change
}

fn popup_ui(ui: &mut Ui, id: Id, rgba: &mut [f32; 4], name: &str, change: &mut Change) {
    ui.set_width(WIDTH);
    let mut hsv = known_hsv(ui, id, [rgba[0], rgba[1], rgba[2]]);
    let before = hsv;
    square_ui(ui, &mut hsv, name, change);
    hue_ui(ui, &mut hsv, name, change);
    if hsv != before {
        let [r, g, b] = linear_of(hsv);
        *rgba = [r, g, b, rgba[3]];
        change.changed = true;
        ui.data_mut(|data| data.insert_temp(id, (hsv, [r, g, b])));
    }
    hex_ui(ui, id, rgba, name, change);
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new("Opacity").color(Palette::of(ui).text_dim));
        ui.spacing_mut().slider_width = ui.available_width();
        ui.spacing_mut().interact_size.y = 16.0;
        let slider = egui::Slider::new(&mut rgba[3], 0.0..=1.0).show_value(false).trailing_fill(true);
        change.add(&ui.add(slider).accessible_name(format!("Opacity of {name}")));
    });
}

/// Grey has no hue and black no saturation; what was chosen before is kept as long as the colour is the same.
fn known_hsv(ui: &Ui, id: Id, rgb: [f32; 3]) -> Hsv {
    match ui.data(|data| data.get_temp::<(Hsv, [f32; 3])>(id)) {
        Some((hsv, of)) if of == rgb => hsv,
        _ => hsv_of(rgb),
    }
}

fn square_ui(ui: &mut Ui, hsv: &mut Hsv, name: &str, change: &mut Change) {
    const STEPS: u32 = 16;
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, 132.0), Sense::click_and_drag());
    response.widget_info(|| {
        WidgetInfo::labeled(Role::Slider, true, format!("Saturation and brightness of {name}"))
    });
    let mut mesh = Mesh::default();
    for row in 0..=STEPS {
        for column in 0..=STEPS {
            let [s, v] = [column as f32 / STEPS as f32, 1.0 - row as f32 / STEPS as f32];
            mesh.colored_vertex(in_rect(rect, s, 1.0 - v), shown([hsv[0], s, v]));
            if row > 0 && column > 0 {
                let corner = row * (STEPS + 1) + column;
                mesh.add_triangle(corner, corner - 1, corner - STEPS - 2);
                mesh.add_triangle(corner, corner - STEPS - 2, corner - STEPS - 1);
            }
        }
    }
    ui.painter().add(mesh);
    frame_ui(ui, rect, &response);
    if let Some(pos) = response.interact_pointer_pos() {
        hsv[1] = ((pos.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
        hsv[2] = 1.0 - ((pos.y - rect.top()) / rect.height()).clamp(0.0, 1.0);
    }
    let [x, y] = arrow_keys(ui, &response);
    hsv[1] = (hsv[1] + x * 0.01).clamp(0.0, 1.0);
    hsv[2] = (hsv[2] + y * 0.01).clamp(0.0, 1.0);
    change.done |= response.drag_stopped() || response.lost_focus();
    knob_ui(ui, in_rect(rect, hsv[1], 1.0 - hsv[2]), shown(*hsv));
}

fn hue_ui(ui: &mut Ui, hsv: &mut Hsv, name: &str, change: &mut Change) {
    const STEPS: u32 = 24;
    let (rect, response) = ui.allocate_exact_size(vec2(WIDTH, 16.0), Sense::click_and_drag());
    response.widget_info(|| WidgetInfo::labeled(Role::Slider, true, format!("Hue of {name}")));
    let mut mesh = Mesh::default();
    for step in 0..=STEPS {
        let hue = step as f32 / STEPS as f32;
        for y in [0.0, 1.0] {
            mesh.colored_vertex(in_rect(rect, hue, y), shown([hue, 1.0, 1.0]));
        }
        if step > 0 {
            let last = step * 2;
            mesh.add_triangle(last - 2, last - 1, last);
            mesh.add_triangle(last - 1, last, last + 1);
        }
    }
    ui.painter().add(mesh);
    frame_ui(ui, rect, &response);
    if let Some(pos) = response.interact_pointer_pos() {
        hsv[0] = ((pos.x - rect.left()) / rect.width()).clamp(0.0, 1.0);
    }
    hsv[0] = (hsv[0] + arrow_keys(ui, &response)[0] * 0.01).clamp(0.0, 1.0);
    change.done |= response.drag_stopped() || response.lost_focus();
    knob_ui(ui, in_rect(rect, hsv[0], 0.5), shown([hsv[0], 1.0, 1.0]));
}

/// The colour as six digits, as it stands in style sheets.
fn hex_ui(ui: &mut Ui, id: Id, rgba: &mut [f32; 4], name: &str, change: &mut Change) {
    let id = id.with("hex");
    let known = ui.data(|data| data.get_temp::<String>(id));
    let mut text = known.unwrap_or_else(|| hex_of(rgba));
    ui.horizontal(|ui| {
        ui.label(egui::RichText::new("Hex").color(Palette::of(ui).text_dim));
        let field = widgets::text_field(&mut text, "#RRGGBB").id(id).desired_width(ui.available_width());
        let response = ui.add(field).accessible_name(format!("Hex colour of {name}"));
        if response.changed()
            && let Some([r, g, b]) = parse_hex(&text)
        {
            *rgba = [r, g, b, rgba[3]];
            change.changed = true;
        }
        if response.has_focus() {
            ui.data_mut(|data| data.insert_temp(id, text.clone()));
        } else {
            ui.data_mut(|data| data.remove::<String>(id));
        }
        change.done |= response.lost_focus();
    });
}

/// How often the arrow keys were pressed while something has the keyboard: to the right, and up.
fn arrow_keys(ui: &Ui, response: &Response) -> [f32; 2] {
    if !response.has_focus() {
        return [0.0; 2];
    }
    let filter = egui::EventFilter { horizontal_arrows: true, vertical_arrows: true, ..Default::default() };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    let presses = |key| ui.input(|input| input.num_presses(key)) as f32;
    let right = presses(egui::Key::ArrowRight) - presses(egui::Key::ArrowLeft);
    [right, presses(egui::Key::ArrowUp) - presses(egui::Key::ArrowDown)]
}

fn frame_ui(ui: &Ui, rect: Rect, response: &Response) {
    let palette = Palette::of(ui);
    let stroke = match response.has_focus() {
        true => Stroke::new(1.5, palette.accent),
        false => Stroke::new(1.0, palette.border_strong),
    };
    ui.painter().rect_stroke(rect, 2.0, stroke, StrokeKind::Outside);
}

fn knob_ui(ui: &Ui, at: Pos2, color: Color32) {
    ui.painter().circle(at, 7.0, color, Stroke::new(2.0, Color32::WHITE));
    ui.painter().circle_stroke(at, 8.0, Stroke::new(1.0, Color32::from_black_alpha(110)));
}

fn in_rect(rect: Rect, x: f32, y: f32) -> Pos2 {
    pos2(rect.left() + rect.width() * x, rect.top() + rect.height() * y)
}

fn hsv_of(linear: [f32; 3]) -> Hsv {
    let (h, s, v) = hsv_from_rgb(linear.map(|channel| gamma_from_linear(channel.clamp(0.0, 1.0))));
    [h, s, v]
}

fn linear_of([h, s, v]: Hsv) -> [f32; 3] {
    rgb_from_hsv((h, s, v)).map(linear_from_gamma)
}

fn shown([h, s, v]: Hsv) -> Color32 {
    let [r, g, b] = rgb_from_hsv((h, s, v)).map(|channel| (channel * 255.0).round() as u8);
    Color32::from_rgb(r, g, b)
}

fn hex_of(rgba: &[f32; 4]) -> String {
    let byte = |channel: f32| (gamma_from_linear(channel.clamp(0.0, 1.0)) * 255.0).round() as u8;
    format!("#{:02X}{:02X}{:02X}", byte(rgba[0]), byte(rgba[1]), byte(rgba[2]))
}

/// Linear colour of `#RRGGBB` or `#RGB`, with or without the sign.
fn parse_hex(text: &str) -> Option<[f32; 3]> {
    let digits = text.trim().trim_start_matches('#');
    let digits: Vec<u32> = digits.chars().map(|c| c.to_digit(16)).collect::<Option<_>>()?;
    let bytes = match digits[..] {
        [r, g, b] => [r * 17, g * 17, b * 17],
        [a, b, c, d, e, f] => [a * 16 + b, c * 16 + d, e * 16 + f],
        _ => return None,
    };
    Some(bytes.map(|byte| linear_from_gamma(byte as f32 / 255.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_comes_back() {
        for text in ["#000000", "#FFFFFF", "#12AB9F", "#EB8428"] {
            let [r, g, b] = parse_hex(text).unwrap();
            assert_eq!(hex_of(&[r, g, b, 1.0]), text);
        }
        assert_eq!(parse_hex("f80"), parse_hex("#FF8800"));
        for wrong in ["", "#12", "#12345", "#GG0000", "red"] {
            assert_eq!(parse_hex(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn saturation_and_brightness_are_those_of_the_screen() {
        let grey = linear_of([0.3, 0.0, 0.5]);
        assert_eq!(hex_of(&[grey[0], grey[1], grey[2], 1.0]), "#808080");
        let [h, s, v] = hsv_of(parse_hex("#FF0000").unwrap());
        assert!((h - 0.0).abs() < 1e-4 && (s - 1.0).abs() < 1e-4 && (v - 1.0).abs() < 1e-4);
    }
}
