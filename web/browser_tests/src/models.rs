//! Model files made for the tests.

use std::f64::consts::{PI, TAU};
use std::io::Write as _;
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
    let path = dir.join(name);
    let file = std::fs::File::create(&path).expect("the folder for temporary files can be written");
    let mut file = std::io::BufWriter::new(file);
    let mut write = |bytes: &[u8]| file.write_all(bytes).expect("there is room for temporary files");
    write(&[0; 80]);
    write(&(4 * rings * (rings - 1)).to_le_bytes());
    // Piece by piece: a file may be as large as all the memory that tests should take.
    let mut triangle = |corners: [[f32; 3]; 3]| {
        write(&[0; 12]);
        corners.as_flattened().iter().for_each(|value| write(&value.to_le_bytes()));
        write(&[0; 2]);
    };
    for ring in 0..rings {
        for sector in 0..sectors {
            let (a, b) = (point(ring, sector), point(ring, sector + 1));
            let (c, d) = (point(ring + 1, sector), point(ring + 1, sector + 1));
            if ring > 0 {
                triangle([a, if ring + 1 == rings { pole(rings) } else { c }, b]);
            }
            if ring + 1 < rings {
                triangle([if ring == 0 { pole(0) } else { b }, c, d]);
            }
        }
    }
    file.flush().expect("there is room for temporary files");
    path
}
