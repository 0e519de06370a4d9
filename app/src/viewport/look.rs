//! How the picture looks in each theme, and the grid's spacing.

use assets::LengthUnit;
use renderer::{Background, DrawMode, Grid, Lighting, View};

use super::projector::Projector;
use crate::settings::Settings;

/// Fine lines of the grid are at least this far apart at the target, in points of the screen.
const MIN_GRID_PT: f64 = 9.0;

/// The view of a camera with the user's choices.
#[must_use]
pub fn view(
    projector: &Projector,
    settings: &Settings,
    unit: LengthUnit,
    size_px: [u32; 2],
    pixels_per_point: f32,
) -> View {
    let mode = DrawMode::from(settings.mode);
    let mut view = View::new(*projector.camera(), size_px);
    view.pixels_per_point = pixels_per_point;
    view.mode = mode;
    view.lighting = Lighting { exposure: settings.exposure, ..Lighting::default() };
    let line = if settings.dark { [0.78, 0.82, 0.90] } else { [0.24, 0.27, 0.32] };
    let grid_alpha = if settings.dark { 0.042 } else { 0.075 };
    view.grid = settings.grid.then(|| Grid {
        spacing: grid_spacing(projector, unit),
        color: [line[0], line[1], line[2], grid_alpha],
    });
    if settings.dark {
        view.background = Background::Gradient([rgb(54, 58, 66), rgb(27, 29, 33)]);
        view.edge_color = [0.03, 0.035, 0.045, 0.85];
        view.ground_shadow = 0.6;
    } else {
        view.background = Background::Gradient([rgb(246, 247, 249), rgb(214, 218, 224)]);
        view.ground_shadow = 0.4;
    }
    view
}

fn rgb(red: u8, green: u8, blue: u8) -> [f32; 3] {
    [red, green, blue].map(|byte| f32::from(byte) / 255.0)
}

/// Millimetres between fine grid lines: a power of ten of the unit that is not too dense where the camera looks.
#[must_use]
pub(crate) fn grid_spacing(projector: &Projector, unit: LengthUnit) -> f64 {
    let per_point = projector.mm_per_point(projector.camera().target_in_world);
    let least = per_point * MIN_GRID_PT / unit.millimetres();
    let decade = least.log10().ceil().clamp(-9.0, 12.0) as i32;
    unit.millimetres() * power_of_ten(decade)
}

/// The smallest 1, 2 or 5 times a power of ten of the unit that takes at least `min_pt` points of the screen where the
/// camera looks, in millimetres.
#[must_use]
pub(crate) fn round_step(projector: &Projector, unit: LengthUnit, min_pt: f64) -> f64 {
    let per_point = projector.mm_per_point(projector.camera().target_in_world);
    let least = per_point * min_pt / unit.millimetres();
    let decade = power_of_ten(least.log10().floor().clamp(-9.0, 12.0) as i32);
    let digit = [1.0, 2.0, 5.0].into_iter().find(|digit| digit * decade >= least).unwrap_or(10.0);
    unit.millimetres() * digit * decade
}

/// A power of ten, exact from 1 upwards, and the nearest number below.
fn power_of_ten(decade: i32) -> f64 {
    if decade >= 0 { 10_f64.powi(decade) } else { 1.0 / 10_f64.powi(-decade) }
}

#[cfg(test)]
mod tests {
    use egui::{Rect, pos2, vec2};

    use super::*;
    use crate::viewport::camera::{CameraRig, Pose};

    fn projector(distance: f64) -> Projector {
        let mut rig = CameraRig::default();
        rig.set_pose(Pose { distance, ..Pose::default() });
        rig.projector(Rect::from_min_size(pos2(0.0, 0.0), vec2(800.0, 600.0)))
    }

    #[test]
    fn the_grid_follows_the_zoom_in_decades() {
        // At 400 mm, 600 points show 214 mm: 0.36 mm per point.
        assert_eq!(grid_spacing(&projector(400.0), LengthUnit::Millimetre), 10.0);
        assert_eq!(grid_spacing(&projector(40.0), LengthUnit::Millimetre), 1.0);
        assert_eq!(grid_spacing(&projector(400.0), LengthUnit::Inch), 25.4);
        assert_eq!(grid_spacing(&projector(4e6), LengthUnit::Metre), 100_000.0);
    }

    #[test]
    fn steps_are_round() {
        assert_eq!(round_step(&projector(400.0), LengthUnit::Millimetre, 70.0), 50.0);
        assert_eq!(round_step(&projector(100.0), LengthUnit::Millimetre, 70.0), 10.0);
        assert_eq!(round_step(&projector(1.0), LengthUnit::Millimetre, 70.0), 0.1);
    }
}
