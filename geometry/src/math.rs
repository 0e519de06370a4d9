//! Functions whose last bit depends on the platform in `std`, taken from `libm` so that it does not.

/// Sine of an angle in radians, the same bits everywhere.
#[must_use]
pub fn sin(angle_rad: f64) -> f64 {
    libm::sin(angle_rad)
}

/// Cosine of an angle in radians, the same bits everywhere.
#[must_use]
pub fn cos(angle_rad: f64) -> f64 {
    libm::cos(angle_rad)
}

/// Arc cosine in radians; the argument is clamped to `-1..=1`.
#[must_use]
pub fn acos(cosine: f64) -> f64 {
    libm::acos(cosine.clamp(-1.0, 1.0))
}

/// Angle of the vector `(x, y)` in radians, in `-π..=π`.
#[must_use]
pub fn atan2(y: f64, x: f64) -> f64 {
    libm::atan2(y, x)
}

/// `base` to the power `exponent`.
#[must_use]
pub fn powf(base: f64, exponent: f64) -> f64 {
    libm::pow(base, exponent)
}
