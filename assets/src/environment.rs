//! Radiance `.hdr` pictures as environment maps (Ward, “Real Pixels”, Graphics Gems II, 1991), and OpenEXR ones.
//!
//! All three ways of writing rows of `.hdr`: plain, the old run-length code, and the new one by channel.

mod exr;

use geometry::Progress;

use crate::{ImportError, ImportErrorKind, Location};

/// An equirectangular picture of what is around: u goes once around, v from the zenith down to the nadir.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Environment {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// Linear RGB, rows from the top; `width * height` of them, finite and not negative.
    pub rgb: Vec<[f32; 3]>,
}

/// No picture may have more pixels: 8192 × 4096, 400 MB as `f32`.
const MAX_PIXELS: u64 = 1 << 25;

/// Reads a picture of either kind.
///
/// # Errors
/// As [`read_hdr`].
pub fn read_environment(bytes: &[u8], progress: &dyn Progress) -> Result<Environment, ImportError> {
    if bytes.starts_with(&exr::MAGIC) { exr::read_exr(bytes, progress) } else { read_hdr(bytes, progress) }
}

/// Reads a Radiance picture.
///
/// A file that ends early gives its upper rows over black when at least half of them are whole.
///
/// # Errors
/// When it is none, too large, or nothing of it can be read.
pub fn read_hdr(bytes: &[u8], progress: &dyn Progress) -> Result<Environment, ImportError> {
    progress.phase("Reading the environment");
    let header = Header::read(bytes)?;
    let (columns, rows) = (header.columns, header.rows);
    let mut reader = Rows { bytes, at: header.body_at };
    let mut rgb: Vec<[f32; 3]> = Vec::new();
    let mut row = vec![[0_u8; 4]; columns];
    for number in 0..rows {
        progress.report(number as f64 / rows as f64)?;
        if reader.read(&mut row).is_none() {
            if number * 2 < rows {
                return Err(damaged(
                    ImportErrorKind::Truncated,
                    reader.at,
                    "more than half of it is missing",
                ));
            }
            break;
        }
        rgb.extend(row.iter().map(|&pixel| header.color(pixel)));
    }
    rgb.resize(columns * rows, [0.0; 3]);
    header.turn(&mut rgb);
    progress.report(1.0)?;
    Ok(Environment { width: header.width, height: header.height, rgb })
}

fn damaged(kind: ImportErrorKind, at: usize, what: &str) -> ImportError {
    ImportError::new(
        kind,
        Location::Byte(at as u64),
        format!(
            "The environment picture cannot be read: {what}. Download it again, or use another .hdr file."
        ),
    )
}

struct Header {
    width: u32,
    height: u32,
    columns: usize,
    rows: usize,
    /// Rows come from the bottom.
    is_upside_down: bool,
    /// Pixels of a row come from the right.
    is_mirrored: bool,
    /// Pixels are XYZ instead of RGB.
    is_xyz: bool,
    /// What the numbers have to be divided by.
    exposure: f64,
    body_at: usize,
}

impl Header {
    fn read(bytes: &[u8]) -> Result<Self, ImportError> {
        let malformed = |at, what: &str| damaged(ImportErrorKind::Malformed, at, what);
        if !bytes.starts_with(b"#?") {
            return Err(malformed(0, "it does not begin with “#?RADIANCE”"));
        }
        let (mut at, mut exposure, mut is_xyz) = (0, 1.0, false);
        loop {
            let line = line_at(bytes, at).ok_or_else(|| malformed(at, "it ends within its header"))?;
            at += line.len() + 1;
            let line = line.trim();
            if line.is_empty() {
                break;
            }
            match line.split_once('=') {
                Some(("FORMAT", "32-bit_rle_rgbe")) => is_xyz = false,
                Some(("FORMAT", "32-bit_rle_xyze")) => is_xyz = true,
                Some(("FORMAT", _)) => return Err(malformed(at, "its pixels are neither RGBE nor XYZE")),
                Some(("EXPOSURE", value)) => exposure *= value.trim().parse::<f64>().unwrap_or(1.0),
                _ => {}
            }
        }
        let line = line_at(bytes, at).ok_or_else(|| malformed(at, "it ends before its size"))?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let (vertical, horizontal, height, width) = match words[..] {
            [vertical @ ("-Y" | "+Y"), height, horizontal @ ("-X" | "+X"), width] => {
                (vertical, horizontal, height.parse().ok(), width.parse().ok())
            }
            _ => return Err(malformed(at, "its size is not written as “-Y height +X width”")),
        };
        let sizes: Option<(u32, u32)> = width.zip(height).filter(|&(width, height)| width > 0 && height > 0);
        let (width, height) =
            sizes.ok_or_else(|| malformed(at, "its size is not two whole numbers above 0"))?;
        if u64::from(width) * u64::from(height) > MAX_PIXELS {
            return Err(ImportError::new(
                ImportErrorKind::TooLarge,
                Location::Byte(at as u64),
                format!(
                    "The environment picture has {width} × {height} pixels; use one of 8192 × 4096 or fewer."
                ),
            ));
        }
        let body_at = at + line.len() + 1;
        // A run of the old code stands for up to 2^24 pixels, but no writer goes beyond the row; four bytes for 128 pixels
        // is what the new code reaches.
        let most_pixels = (bytes.len().saturating_sub(body_at) as u64).saturating_mul(64);
        if u64::from(width) > most_pixels {
            return Err(damaged(ImportErrorKind::Truncated, bytes.len(), "it ends before its first row"));
        }
        let is_sound = exposure.is_finite() && exposure > 0.0;
        Ok(Self {
            width,
            height,
            columns: width as usize,
            rows: height as usize,
            is_upside_down: vertical == "+Y",
            is_mirrored: horizontal == "-X",
            is_xyz,
            exposure: if is_sound { exposure } else { 1.0 },
            body_at,
        })
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding to f32, and limited to its range")]
    fn color(&self, [r, g, b, exponent]: [u8; 4]) -> [f32; 3] {
        if exponent == 0 {
            return [0.0; 3];
        }
        // 2^(e − 136), built from its bits.
        let scale = f64::from_bits((u64::from(exponent) + 1023 - 136) << 52) / self.exposure;
        let [x, y, z] = [r, g, b].map(|mantissa| (f64::from(mantissa) + 0.5) * scale);
        let rgb = if self.is_xyz { rgb_of_xyz([x, y, z]) } else { [x, y, z] };
        rgb.map(|value| value.clamp(0.0, f64::from(f32::MAX)) as f32)
    }

    fn turn(&self, rgb: &mut [[f32; 3]]) {
        if self.is_mirrored {
            rgb.chunks_exact_mut(self.columns).for_each(<[_]>::reverse);
        }
        if self.is_upside_down {
            for row in 0..self.rows / 2 {
                let (top, bottom) = rgb.split_at_mut((self.rows - 1 - row) * self.columns);
                top[row * self.columns..][..self.columns].swap_with_slice(&mut bottom[..self.columns]);
            }
        }
    }
}

/// sRGB primaries and the equal-energy white of Radiance.
fn rgb_of_xyz([x, y, z]: [f64; 3]) -> [f64; 3] {
    [2.565 * x - 1.167 * y - 0.398 * z, -1.022 * x + 1.978 * y + 0.044 * z, 0.075 * x - 0.252 * y + 1.177 * z]
}

/// The line at a place without its end; lines of a header are short.
fn line_at(bytes: &[u8], at: usize) -> Option<&str> {
    let rest = bytes.get(at..)?;
    let rest = &rest[..rest.len().min(4096)];
    let length = rest.iter().position(|&byte| byte == b'\n')?;
    str::from_utf8(&rest[..length]).ok()
}

/// The body of a picture, row by row.
struct Rows<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Rows<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn pixel(&mut self) -> Option<[u8; 4]> {
        let pixel = self.bytes.get(self.at..)?.first_chunk().copied();
        self.at += 4;
        pixel
    }

    /// Fills a row; `None` when it cannot be had.
    fn read(&mut self, row: &mut [[u8; 4]]) -> Option<()> {
        let start = self.bytes.get(self.at..)?;
        match *start {
            // The new code says the width again; it is never used for rows shorter than 8 or longer than 32767.
            [2, 2, high, low, ..] if high < 128 && (8..32768).contains(&row.len()) => {
                if usize::from(high) << 8 | usize::from(low) != row.len() {
                    return None;
                }
                self.at += 4;
                (0..4).try_for_each(|channel| self.channel(row, channel))
            }
            _ => self.old(row),
        }
    }

    /// One channel of a row: runs, and stretches without any.
    fn channel(&mut self, row: &mut [[u8; 4]], channel: usize) -> Option<()> {
        let mut at = 0;
        while at < row.len() {
            let length = self.byte()?;
            let is_run = length > 128;
            let length = usize::from(if is_run { length - 128 } else { length });
            if length == 0 {
                return None;
            }
            let pixels = row.get_mut(at..at + length)?;
            if is_run {
                let value = self.byte()?;
                pixels.iter_mut().for_each(|pixel| pixel[channel] = value);
            } else {
                for pixel in pixels {
                    pixel[channel] = self.byte()?;
                }
            }
            at += length;
        }
        Some(())
    }

    /// Pixels, and repetitions of the one before: `1 1 1 n`, several of which make one larger number.
    fn old(&mut self, row: &mut [[u8; 4]]) -> Option<()> {
        let (mut at, mut shift) = (0, 0);
        while at < row.len() {
            let pixel = self.pixel()?;
            if pixel[..3] == [1, 1, 1] && at > 0 {
                let length = usize::from(pixel[3]) << shift;
                let before = row[at - 1];
                row.get_mut(at..at + length)?.fill(before);
                at += length;
                shift = if shift < 16 { shift + 8 } else { return None };
            } else {
                row[at] = pixel;
                at += 1;
                shift = 0;
            }
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use geometry::Unwatched;

    use super::*;

    fn picture(size: &str, body: &[u8]) -> Vec<u8> {
        let mut bytes = format!("#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n{size}\n").into_bytes();
        bytes.extend_from_slice(body);
        bytes
    }

    fn read(size: &str, body: &[u8]) -> Result<Environment, ImportError> {
        read_hdr(&picture(size, body), &Unwatched)
    }

    /// Exponent 129 makes mantissa 127 + 0.5 nearly 1.
    const ONE: [u8; 4] = [127, 127, 127, 129];
    const BLACK: [u8; 4] = [0, 0, 0, 0];

    #[test]
    fn all_three_codes_give_the_same() {
        let plain = read("-Y 1 +X 9", &[[ONE; 8].as_flattened(), &BLACK].concat()).unwrap();
        let old = read("-Y 1 +X 9", &[&ONE[..], &[1, 1, 1, 7], &BLACK].concat()).unwrap();
        let runs: Vec<u8> = [127, 127, 127, 129].iter().flat_map(|&value| [128 + 8, value, 1, 0]).collect();
        let new = read("-Y 1 +X 9", &[&[2, 2, 0, 9][..], &runs].concat()).unwrap();
        assert_eq!(plain, old);
        assert_eq!(plain, new);
        assert!((plain.rgb[0][0] - 0.996).abs() < 1e-3);
        assert_eq!(plain.rgb[8], [0.0; 3]);
    }

    #[test]
    fn rows_and_columns_may_come_the_other_way() {
        let body = [ONE, BLACK, BLACK, BLACK];
        let lit = |size: &str| {
            let environment = read(size, body.as_flattened()).unwrap();
            environment.rgb.iter().position(|rgb| rgb[0] > 0.0)
        };
        assert_eq!(lit("-Y 2 +X 2"), Some(0));
        assert_eq!(lit("-Y 2 -X 2"), Some(1));
        assert_eq!(lit("+Y 2 +X 2"), Some(2));
        assert_eq!(lit("+Y 2 -X 2"), Some(3));
    }

    #[test]
    fn claims_are_not_believed() {
        assert_eq!(read("-Y 9999999 +X 9999999", &[]).unwrap_err().kind, ImportErrorKind::TooLarge);
        assert_eq!(read("-Y 4096 +X 8192", &[1; 8]).unwrap_err().kind, ImportErrorKind::Truncated);
        assert_eq!(read("-Y 0 +X 8", &ONE).unwrap_err().kind, ImportErrorKind::Malformed);
        let upper = read("-Y 2 +X 2", [ONE; 3].as_flattened()).unwrap();
        assert_eq!(upper.rgb[2], [0.0; 3]);
    }
}
