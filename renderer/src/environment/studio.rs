//! The built-in environment: a photo studio described by a few lamps, evaluated for every direction.

use glam::{Vec2, Vec3};

use super::Equirect;

const WIDTH: usize = 512;
const HEIGHT: usize = 256;

/// A rectangular soft box on the walls of the world.
struct SoftBox {
    /// Towards its middle; need not be of unit length.
    towards: Vec3,
    /// Half of its size across and up, as tangents of angles.
    half: Vec2,
    /// Width of its soft border in the same measure.
    softness: f32,
    radiance: f32,
}

/// A large key box up in front, a ceiling panel, strips at both sides that draw the outlines of shiny parts, and a low,
/// wide box behind. Neutral white: the studio must not tint what it shows.
const BOXES: [SoftBox; 6] = [
    SoftBox {
        towards: Vec3::new(0.05, 0.10, 1.0),
        half: Vec2::new(0.85, 0.60),
        softness: 0.30,
        radiance: 3.1,
    },
    SoftBox {
        towards: Vec3::new(-0.45, -0.85, 0.75),
        half: Vec2::new(0.42, 0.34),
        softness: 0.12,
        radiance: 6.0,
    },
    SoftBox {
        towards: Vec3::new(1.0, -0.35, 0.35),
        half: Vec2::new(0.20, 0.62),
        softness: 0.10,
        radiance: 3.2,
    },
    SoftBox {
        towards: Vec3::new(-1.0, 0.15, 0.30),
        half: Vec2::new(0.16, 0.70),
        softness: 0.10,
        radiance: 3.4,
    },
    SoftBox {
        towards: Vec3::new(0.35, 1.0, 0.45),
        half: Vec2::new(0.60, 0.26),
        softness: 0.14,
        radiance: 2.8,
    },
    SoftBox {
        towards: Vec3::new(0.75, -1.0, 0.05),
        half: Vec2::new(0.30, 0.12),
        softness: 0.14,
        radiance: 1.0,
    },
];

/// Chosen so that what faces up gets half of the light that would make white of white; the key light adds the rest.
const BRIGHTNESS: f32 = 0.24;

/// The studio as an image.
pub(super) fn equirect() -> Equirect {
    let mut image = Equirect { width: WIDTH, height: HEIGHT, rgb: Vec::with_capacity(WIDTH * HEIGHT) };
    for y in 0..HEIGHT {
        for x in 0..WIDTH {
            let direction = Vec3::from(image.direction(x, y).0);
            image.rgb.push(radiance(direction).into());
        }
    }
    image
}

fn smoothstep(from: f32, to: f32, at: f32) -> f32 {
    let t = ((at - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

fn radiance(direction: Vec3) -> Vec3 {
    let z = direction.z;
    // Walls brighten towards the ceiling; the floor throws back what the boxes send down, most below the parts.
    let wall = 0.72 + 0.36 * smoothstep(-0.05, 0.9, z);
    let floor = 0.74 + 0.30 * smoothstep(0.1, 1.0, -z);
    let mut sum = Vec3::splat(wall + (floor - wall) * smoothstep(0.06, -0.10, z));
    for soft_box in &BOXES {
        sum += Vec3::splat(soft_box.radiance * cover(soft_box, direction));
    }
    sum * BRIGHTNESS
}

/// How much of a box is seen in a direction, 0 to 1.
fn cover(soft_box: &SoftBox, direction: Vec3) -> f32 {
    let out = soft_box.towards.normalize_or_zero();
    let across = Vec3::Z.cross(out).try_normalize().unwrap_or(Vec3::X);
    let up = out.cross(across);
    let depth = direction.dot(out);
    if depth <= 0.05 {
        return 0.0;
    }
    let at = Vec2::new(direction.dot(across), direction.dot(up)).abs() / depth;
    // Distance to a rectangle with rounded corners.
    let corner = soft_box.half - Vec2::splat(soft_box.softness);
    let outside = (at - corner).max(Vec2::ZERO).length();
    1.0 - smoothstep(0.35 * soft_box.softness, 1.35 * soft_box.softness, outside)
}

#[cfg(test)]
mod tests {
    use super::super::irradiance;

    /// The picture's brightness hangs on these numbers: a white surface shows them, before the key light is added.
    #[test]
    fn tops_are_brighter_than_sides_and_sides_than_undersides() {
        let image = super::equirect();
        let at = |normal: [f32; 3]| irradiance::at(&irradiance::coefficients(&image), normal);
        let [up, front, right, left, back, down] = [
            [0.0, 0.0, 1.0],
            [0.0, -1.0, 0.0],
            [1.0, 0.0, 0.0],
            [-1.0, 0.0, 0.0],
            [0.0, 1.0, 0.0],
            [0.0, 0.0, -1.0],
        ]
        .map(at);
        println!("up {up}, front {front}, right {right}, left {left}, back {back}, down {down}");
        assert!(up > front && front > down && right > down && left > down && back > down);
        assert!((0.6..0.75).contains(&up) && (0.15..0.3).contains(&down));
    }
}
