//! Pictures and how much they differ.

use std::path::Path;

use crate::{Failure, Result};

/// A picture: RGBA bytes, rows from the top, straight alpha.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Vec<u8>,
}

/// How much two pictures of one size differ.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Share of the pixels of which a channel differs by more than the tolerance.
    pub off_share: f64,
    /// Mean difference of all channels, in 255ths.
    pub mean: f64,
}

impl Picture {
    /// Reads a PNG file of 8 bits per channel, with or without alpha.
    ///
    /// # Errors
    /// When it is none.
    pub fn decode(png: &[u8]) -> Result<Self> {
        let failed = |error: png::DecodingError| Failure::new(error.to_string());
        let mut decoder = png::Decoder::new(std::io::Cursor::new(png));
        decoder.set_transformations(png::Transformations::ALPHA);
        let mut reader = decoder.read_info().map_err(failed)?;
        let mut rgba = vec![0; reader.output_buffer_size().unwrap_or_default()];
        let info = reader.next_frame(&mut rgba).map_err(failed)?;
        if (info.color_type, info.bit_depth) != (png::ColorType::Rgba, png::BitDepth::Eight) {
            return Err(Failure::new("not RGBA of 8 bits"));
        }
        Ok(Self { width: info.width, height: info.height, rgba })
    }

    /// Writes a PNG file.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn write(&self, path: &Path) {
        std::fs::write(path, encode(self.width, self.height, &self.rgba)).expect("a picture can be written");
    }

    /// How much it differs from another picture; `tolerance` is per channel, in 255ths.
    ///
    /// # Panics
    /// When the sizes differ.
    #[must_use]
    pub fn difference(&self, other: &Self, tolerance: u8) -> Difference {
        assert_eq!((self.width, self.height), (other.width, other.height));
        let pixels = self.rgba.as_chunks::<4>().0.iter().zip(other.rgba.as_chunks::<4>().0);
        let mut num_off = 0_u32;
        let mut sum = 0_u64;
        for (a, b) in pixels {
            let apart = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b));
            num_off += u32::from(apart.clone().any(|apart| apart > tolerance));
            sum += apart.map(u64::from).sum::<u64>();
        }
        let num_pixels = f64::from(self.width) * f64::from(self.height);
        #[expect(clippy::cast_precision_loss, reason = "small numbers")]
        let mean = sum as f64 / (4.0 * num_pixels);
        Difference { off_share: f64::from(num_off) / num_pixels, mean }
    }
}

/// RGBA bytes as a PNG file.
///
/// # Panics
/// When there are not as many bytes as the size promises.
#[must_use]
pub(crate) fn encode(width: u32, height: u32, rgba: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header().expect("memory takes everything");
    writer.write_image_data(rgba).expect("there are as many bytes as promised");
    writer.finish().expect("memory takes everything");
    bytes
}
