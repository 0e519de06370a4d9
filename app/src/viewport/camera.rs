//! The camera: a turntable around Z, in `f64`.

use glam::{DVec2, DVec3};

/// Where the user looks from.
#[derive(Clone, Debug)]
pub struct CameraRig {
    target: DVec3,
    distance: f64,
}

/// Half of the vertical opening angle's tangent: 30 degrees.
const TAN_HALF_FOV: f64 = 0.267_949_192_431_122_7;

impl Default for CameraRig {
    fn default() -> Self {
        Self { target: DVec3::ZERO, distance: 220.0 }
    }
}

impl CameraRig {
    /// A round length (1, 2 or 5 times a power of ten) that is about a sixth of what the view shows.
    #[must_use]
    pub fn comfortable_size(&self) -> f64 {
        let wanted = self.distance * TAN_HALF_FOV * 2.0 / 6.0;
        let decade = 10_f64.powf(wanted.log10().floor());
        let step = [5.0, 2.0, 1.0].into_iter().find(|step| step * decade <= wanted).unwrap_or(1.0);
        step * decade
    }

    /// The point of the ground nearest to where the camera looks, on a grid.
    #[must_use]
    pub fn target_on_grid(&self, step: f64) -> DVec3 {
        let [x, y] = (DVec2::new(self.target.x, self.target.y) / step).round().to_array();
        DVec3::new(x * step, y * step, 0.0)
    }
}
