//! Diffuse light of an environment as nine numbers per colour.
//!
//! Source: Ravi Ramamoorthi and Pat Hanrahan, "An Efficient Representation for Irradiance Environment Maps", 2001.

use super::Equirect;

/// The factors of the nine polynomials 1, y, z, x, xy, yz, 3z²-1, xz, x²-y² whose sum is the irradiance divided by pi
/// for a unit normal; what a white diffuse surface sends back. WGSL twin: `irradiance` in `light.wgsl`.
pub(super) fn coefficients(image: &Equirect) -> [[f32; 4]; 9] {
    // Squares of the normalisations, times the cosine lobe's 1, 2/3 and 1/4.
    const FACTORS: [f64; 9] = [
        0.079_577_47,
        0.238_732_41 * 2.0 / 3.0,
        0.238_732_41 * 2.0 / 3.0,
        0.238_732_41 * 2.0 / 3.0,
        1.193_662_07 * 0.25,
        1.193_662_07 * 0.25,
        0.099_471_84 * 0.25,
        1.193_662_07 * 0.25,
        0.298_415_52 * 0.25,
    ];
    let mut sums = [[0.0_f64; 3]; 9];
    for y in 0..image.height {
        for x in 0..image.width {
            let (direction, solid_angle) = image.direction(x, y);
            let light = image.rgb[y * image.width + x];
            for (sum, value) in sums.iter_mut().zip(polynomials(direction)) {
                for channel in 0..3 {
                    sum[channel] += f64::from(light[channel] * solid_angle * value);
                }
            }
        }
    }
    std::array::from_fn(|idx| {
        let [r, g, b] = sums[idx].map(|sum| (sum * FACTORS[idx]) as f32);
        [r, g, b, 0.0]
    })
}

fn polynomials([x, y, z]: [f32; 3]) -> [f32; 9] {
    [1.0, y, z, x, x * y, y * z, 3.0 * z * z - 1.0, x * z, x * x - y * y]
}

/// The irradiance divided by pi for a unit normal, red only; what `light.wgsl` computes.
#[cfg(test)]
pub(super) fn at(coefficients: &[[f32; 4]; 9], normal: [f32; 3]) -> f32 {
    coefficients.iter().zip(polynomials(normal)).map(|(factor, value)| factor[0] * value).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(radiance: impl Fn([f32; 3]) -> f32) -> Equirect {
        let mut image = Equirect { width: 128, height: 64, rgb: vec![] };
        for y in 0..64 {
            for x in 0..128 {
                let value = radiance(image.direction(x, y).0);
                image.rgb.push([value; 3]);
            }
        }
        image
    }

    fn irradiance(image: &Equirect, normal: [f32; 3]) -> f32 {
        at(&coefficients(image), normal)
    }

    #[test]
    fn even_light_lights_evenly() {
        let even = image(|_| 0.7);
        for normal in [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, -0.6, 0.8]] {
            assert!((irradiance(&even, normal) - 0.7).abs() < 1e-3);
        }
    }

    /// The integral of (d·z)(d·n)+ over the sphere is 2 pi / 3 for n = z.
    #[test]
    fn light_that_grows_upwards_matches_the_integral() {
        let graded = image(|direction| 1.0 + direction[2]);
        assert!((irradiance(&graded, [0.0, 0.0, 1.0]) - (1.0 + 2.0 / 3.0)).abs() < 2e-3);
        assert!((irradiance(&graded, [0.0, 0.0, -1.0]) - (1.0 - 2.0 / 3.0)).abs() < 2e-3);
        assert!((irradiance(&graded, [0.0, 1.0, 0.0]) - 1.0).abs() < 2e-3);
    }
}
