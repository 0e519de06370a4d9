//! Colour spaces. Everything in a scene is linear; most files hold sRGB.

use geometry::math::powf;

/// Linear light of an sRGB value; both 0 to 1, values outside are clamped and NaN is 0.
pub(crate) fn linear_from_srgb(value: f64) -> f32 {
    let value = if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) };
    let linear = if value <= 0.040_45 { value / 12.92 } else { powf((value + 0.055) / 1.055, 2.4) };
    narrow(linear)
}

/// The sRGB value of linear light; both 0 to 1, values outside are clamped and NaN is 0.
pub(crate) fn srgb_from_linear(value: f32) -> f64 {
    let value = if value.is_nan() { 0.0 } else { f64::from(value).clamp(0.0, 1.0) };
    if value <= 0.003_130_8 { value * 12.92 } else { 1.055 * powf(value, 1.0 / 2.4) - 0.055 }
}

/// A value of 0 to 1 as a whole number of 0 to `max`, rounded.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the value is clamped to the range"
)]
pub(crate) fn quantized(value: f64, max: u16) -> u16 {
    (value.clamp(0.0, 1.0) * f64::from(max) + 0.5) as u16
}

/// The nearest `f32`.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounding to the precision of the arrays is what it is for"
)]
pub(crate) fn narrow(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        for step in 0..=255_u8 {
            let linear = linear_from_srgb(f64::from(step) / 255.0);
            assert_eq!(quantized(srgb_from_linear(linear), 255), u16::from(step));
        }
        assert_eq!(
            (linear_from_srgb(0.0), linear_from_srgb(1.0), linear_from_srgb(f64::NAN)),
            (0.0, 1.0, 0.0)
        );
    }
}
