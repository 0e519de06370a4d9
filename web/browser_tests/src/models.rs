//! Model files made for the tests.

use std::f64::consts::{PI, TAU};
use std::path::{Path, PathBuf};

/// Writes a binary STL of a closed ball with bumps, about `num_triangles` triangles, and gives its path.
///
/// # Panics
/// When the file cannot be written.
#[must_use]
pub fn ball(dir: &Path, name: &str, num_triangles: usize, center: [f64; 3], radius: f64) -> PathBuf {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a small count"
    )]
    let rings = ((num_triangles as f64 / 4.0).sqrt() as u32).max(3);
    let sectors = rings * 2;
    let point = |ring: u32, sector: u32| -> [f32; 3] {
        let theta = PI * f64::from(ring) / f64::from(rings);
        let phi = TAU * f64::from(sector % sectors) / f64::from(sectors);
        let bump = if ring == 0 || ring == rings {
            1.0
        } else {
            1.0 + 0.02 * (9.0 * phi).sin() * (7.0 * theta).sin()
        };
        let unit = [theta.sin() * phi.cos(), theta.sin() * phi.sin(), theta.cos()];
        let at = std::array::from_fn::<f64, 3, _>(|axis| center[axis] + radius * bump * unit[axis]);
        #[expect(clippy::cast_possible_truncation, reason = "STL holds single precision")]
        at.map(|value| value as f32)
    };
    let pole = |ring: u32| point(ring, 0);
    let mut triangles: Vec<[[f32; 3]; 3]> = Vec::new();
    for ring in 0..rings {
        for sector in 0..sectors {
            let (a, b) = (point(ring, sector), point(ring, sector + 1));
            let (c, d) = (point(ring + 1, sector), point(ring + 1, sector + 1));
            if ring > 0 {
                triangles.push([a, if ring + 1 == rings { pole(rings) } else { c }, b]);
            }
            if ring + 1 < rings {
                triangles.push([if ring == 0 { pole(0) } else { b }, c, d]);
            }
        }
    }
    let mut bytes = vec![0; 80];
    bytes.extend(u32::try_from(triangles.len()).expect("a small count").to_le_bytes());
    for triangle in &triangles {
        bytes.extend([0; 12]);
        bytes.extend(triangle.as_flattened().iter().flat_map(|value| value.to_le_bytes()));
        bytes.extend([0; 2]);
    }
    let path = dir.join(name);
    std::fs::write(&path, bytes).expect("the folder for temporary files can be written");
    path
}
