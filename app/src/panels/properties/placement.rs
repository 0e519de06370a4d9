//! Where a node stands in its parent: position, rotation, scale.

use document::{Edit, Node, NodeId};
use egui::{Align2, RichText, Ui};
use glam::{DAffine3, DQuat, DVec3, EulerRot};

use super::send;
use crate::panels::Context;
use crate::panels::widgets::{self, NumberField};
use crate::theme::Palette;
use crate::units::Quantity;

/// The angles the user typed, which a rotation alone does not tell.
#[derive(Default)]
pub(super) struct TypedAngles(Option<(NodeId, DAffine3, DVec3)>);

/// A placement without shear.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Placement {
    position: DVec3,
    angles_deg: DVec3,
    scale: DVec3,
}

impl Placement {
    /// `None` when the matrix is sheared: then no position, rotation and scale make it.
    fn from_matrix(matrix: DAffine3) -> Option<Self> {
        let (scale, rotation, position) = matrix.to_scale_rotation_translation();
        let again = DAffine3::from_scale_rotation_translation(scale, rotation, position);
        let size = matrix.matrix3.to_cols_array().iter().fold(0.0_f64, |most, value| most.max(value.abs()));
        let same = again.matrix3.abs_diff_eq(matrix.matrix3, size * 1e-9);
        let (z, y, x) = rotation.to_euler(EulerRot::ZYX);
        let angles_deg = DVec3::new(x.to_degrees(), y.to_degrees(), z.to_degrees());
        (same && again.is_finite()).then(|| Self {
            position,
            angles_deg: angles_deg.map(tidy),
            scale: scale.map(tidy),
        })
    }

    fn matrix(self) -> DAffine3 {
        let [x, y, z] = self.angles_deg.to_array().map(f64::to_radians);
        let rotation = DQuat::from_euler(EulerRot::ZYX, z, y, x);
        DAffine3::from_scale_rotation_translation(self.scale, rotation, self.position)
    }
}

/// Takes away what rounding left in the last digits.
fn tidy(value: f64) -> f64 {
    let tidied = (value * 1e9).round() / 1e9;
    if (tidied - value).abs() < 1e-10 { tidied + 0.0 } else { value }
}

/// Shows and edits it.
pub(super) fn ui(ui: &mut Ui, cx: &mut Context<'_>, id: NodeId, node: &Node, typed: &mut TypedAngles) {
    let matrix = node.parent_from_node;
    let Some(mut placement) = Placement::from_matrix(matrix) else { return sheared_ui(ui, cx, matrix) };
    if let Some((known, made, angles_deg)) = typed.0
        && (known, made) == (id, matrix)
    {
        placement.angles_deg = angles_deg;
    }
    let unit = cx.document().unit();
    let length = Quantity::Length(unit);
    let reach = cx.state.view.camera.comfortable_size() * 0.01;
    vector_ui(
        ui,
        cx,
        id,
        "Position",
        length,
        reach,
        placement.position,
        |_| Ok(()),
        |position| Placement { position, ..placement }.matrix(),
    );
    let mut angles = None;
    vector_ui(
        ui,
        cx,
        id,
        "Rotation",
        Quantity::Angle,
        0.5,
        placement.angles_deg,
        |_| Ok(()),
        |angles_deg| {
            let matrix = Placement { angles_deg, ..placement }.matrix();
            angles = Some((id, matrix, angles_deg));
            matrix
        },
    );
    if angles.is_some() {
        typed.0 = angles;
    }
    let not_flat =
        |value: f64| if value == 0.0 { Err("a scale of 0 leaves nothing".to_owned()) } else { Ok(()) };
    vector_ui(ui, cx, id, "Scale", Quantity::Plain, 0.01, placement.scale, not_flat, |scale| {
        Placement { scale, ..placement }.matrix()
    });
}

/// Three fields side by side.
fn vector_ui(
    ui: &mut Ui,
    cx: &mut Context<'_>,
    id: NodeId,
    label: &str,
    quantity: Quantity,
    speed: f64,
    value: DVec3,
    check: impl Fn(f64) -> Result<(), String>,
    mut matrix: impl FnMut(DVec3) -> DAffine3,
) {
    let palette = Palette::of(ui);
    ui.add_space(2.0);
    let (row, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), 18.0), egui::Sense::HOVER);
    let font = crate::theme::plain(crate::theme::SMALL);
    ui.painter().text(row.left_center(), Align2::LEFT_CENTER, label, font.clone(), palette.text_dim);
    if let Quantity::Length(unit) = quantity {
        // Said once here, as three fields side by side have no room for it.
        let at = row.right_center() - egui::vec2(1.0, 0.0);
        ui.painter().text(at, Align2::RIGHT_CENTER, unit.symbol(), font, palette.text_faint);
    }
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let width = ((ui.available_width() - 8.0) / 3.0).floor();
        for (axis, name) in ["X", "Y", "Z"].into_iter().enumerate() {
            let label = format!("{label} {name}");
            let color = axis_color(&palette, axis);
            let field = NumberField {
                label: &label,
                prefix: name,
                prefix_color: Some(color),
                quantity,
                speed,
                with_unit: quantity == Quantity::Angle,
            };
            let change = ui.push_id(id.0, |ui| field.show(ui, width, value[axis], &check)).inner;
            send(cx, change, |number| {
                let mut value = value;
                value[axis] = number;
                Edit::Place(vec![(id, matrix(value))])
            });
        }
    });
}

fn axis_color(palette: &Palette, axis: usize) -> egui::Color32 {
    match axis {
        0 => palette.error,
        1 => palette.good,
        _ => egui::Color32::from_rgb(84, 140, 235),
    }
}

fn sheared_ui(ui: &mut Ui, cx: &Context<'_>, matrix: DAffine3) {
    let palette = Palette::of(ui);
    let text = "This placement is sheared, so it has no rotation and scale. Its matrix:";
    ui.add(egui::Label::new(RichText::new(text).color(palette.text_dim)).wrap());
    let unit = cx.document().unit();
    let position = matrix.translation / unit.millimetres();
    for row in 0..3 {
        let values =
            [matrix.matrix3.row(row).x, matrix.matrix3.row(row).y, matrix.matrix3.row(row).z, position[row]];
        let text = values.map(crate::units::number).join("   ");
        widgets::fact(ui, ["X", "Y", "Z"][row], &text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_comes_back() {
        let angles_deg = DVec3::new(10.0, -20.0, 30.0);
        let placement =
            Placement { position: DVec3::new(1.0, 2.0, 3.0), angles_deg, scale: DVec3::new(1.0, 2.0, 0.5) };
        assert_eq!(Placement::from_matrix(placement.matrix()), Some(placement));
    }

    #[test]
    fn shear_has_no_rotation() {
        let mut matrix = DAffine3::IDENTITY;
        matrix.matrix3.y_axis.x = 0.3;
        assert_eq!(Placement::from_matrix(matrix), None);
    }
}
