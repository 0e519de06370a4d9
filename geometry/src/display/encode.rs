//! Numbers as the GPU stores them.

use glam::Vec3;

/// Packs a direction of any length into two signed 16-bit numbers: the octahedron is unfolded onto a square (Zina H.
/// Cigolle and others, “A Survey of Efficient Representations for Independent Unit Vectors”, 2014). Off by 0.004° at
/// most. A vector without a direction becomes +Z.
#[must_use]
pub fn encode_normal(direction: Vec3) -> [i16; 2] {
    let size = direction.abs();
    let sum = size.x + size.y + size.z;
    if !(sum > 0.0 && sum.is_finite()) {
        return [0, 0];
    }
    let flat = direction / sum;
    let (x, y) = if flat.z >= 0.0 {
        (flat.x, flat.y)
    } else {
        ((1.0 - flat.y.abs()).copysign(flat.x), (1.0 - flat.x.abs()).copysign(flat.y))
    };
    [snorm16(x), snorm16(y)]
}

/// The unit vector that [`encode_normal`] packed; what the vertex shader computes.
#[must_use]
pub fn decode_normal(packed: [i16; 2]) -> Vec3 {
    let [x, y] = packed.map(|number| (f32::from(number) / 32767.0).max(-1.0));
    let z = 1.0 - x.abs() - y.abs();
    let fold = (-z).max(0.0);
    Vec3::new(x - fold.copysign(x), y - fold.copysign(y), z).normalize_or_zero()
}

/// Rounds a number in −1 to 1 to 16 bits.
fn snorm16(value: f32) -> i16 {
    // The cast truncates and saturates; it is one instruction where `round` may be a call.
    (value * 32767.0 + 0.5_f32.copysign(value)) as i16
}

/// Rounds a number to 16 bits, 0 to 1; what is outside is clamped, NaN becomes 0.
pub(super) fn unorm16(value: f32) -> u16 {
    (value * 65535.0 + 0.5) as u16
}

/// Rounds a number to 8 bits, 0 to 1; what is outside is clamped, NaN becomes 0.
pub(super) fn unorm8(value: f32) -> u8 {
    (value * 255.0 + 0.5) as u8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn directions_survive(x in -1.0_f32..1.0, y in -1.0_f32..1.0, z in -1.0_f32..1.0, length in 1e-3_f32..1e3) {
            let direction = Vec3::new(x, y, z);
            prop_assume!(direction.length() > 1e-3);
            let unit = direction.normalize_or_zero();
            let decoded = decode_normal(encode_normal(direction * length));
            prop_assert!(decoded.distance(unit) < 7e-5, "{unit} became {decoded}");
        }
    }

    #[test]
    fn axes_are_exact() {
        for axis in [Vec3::X, Vec3::Y, Vec3::Z, -Vec3::X, -Vec3::Y, -Vec3::Z] {
            assert_eq!(decode_normal(encode_normal(axis)), axis);
        }
        for nothing in [Vec3::ZERO, Vec3::NAN, Vec3::INFINITY] {
            assert_eq!(decode_normal(encode_normal(nothing)), Vec3::Z);
        }
    }

    #[test]
    fn colors_are_rounded_and_clamped() {
        assert_eq!([-1.0, 0.0, 0.5, 1.0, 7.0, f32::NAN].map(unorm8), [0, 0, 128, 255, 255, 0]);
        assert_eq!([-1.0, 0.0, 0.5, 1.0, 7.0, f32::NAN].map(unorm16), [0, 0, 32768, 65535, 65535, 0]);
    }
}
