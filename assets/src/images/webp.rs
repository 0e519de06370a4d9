//! WebP, lossy and lossless; of an animation the first frame.

use std::io::Cursor;

use image_webp::{DecodingError, WebPDecoder};

use super::{ImageError, PixelBudget, Pixels, WEBP, admit};

pub(super) fn decode(bytes: &[u8], budget: &mut PixelBudget) -> Result<Pixels, ImageError> {
    /// One colour costs nothing in the lossless kind, whatever the size; beyond the free size it must cost something.
    const MAX_PIXELS_PER_BYTE: u64 = 1 << 13;
    let damaged =
        |error: DecodingError| ImageError::Damaged { media_type: WEBP.to_owned(), what: error.to_string() };
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    let (width, height) = decoder.dimensions();
    let size = [width as usize, height as usize];
    let [width, height] = admit(size, bytes.len(), MAX_PIXELS_PER_BYTE, WEBP, budget)?;
    let too_large = ImageError::TooLarge { width: width.into(), height: height.into() };
    let mut samples = vec![0; decoder.output_buffer_size().ok_or(too_large)?];
    decoder.read_image(&mut samples).map_err(damaged)?;
    let rgba = if decoder.has_alpha() {
        samples
    } else {
        samples.as_chunks().0.iter().flat_map(|[red, green, blue]| [*red, *green, *blue, 255]).collect()
    };
    Ok((width, height, rgba, None))
}

#[cfg(test)]
mod tests {
    use super::super::{Decoded, PixelBudget, decode};

    /// 2 × 1 pixels, lossless, written by hand after the specification of the format: one prefix code of one symbol for
    /// each channel, so no bits for the pixels.
    fn one_color() -> Vec<u8> {
        let mut bits: Vec<(u32, u32)> = vec![(0x2f, 8), (1, 14), (0, 14), (1, 1), (0, 3)];
        // No transforms, no colour cache, one group of codes.
        bits.extend([(0, 1), (0, 1), (0, 1)]);
        // Green, red, blue, alpha and distance: simple codes of one 8-bit symbol.
        for symbol in [20, 10, 30, 40, 0] {
            bits.extend([(1, 1), (0, 1), (1, 1), (symbol, 8)]);
        }
        let mut data = vec![0_u8; 64];
        let mut place = 0;
        for (value, count) in bits {
            for bit in 0..count {
                data[place / 8] |= u8::try_from((value >> bit & 1) << (place % 8)).unwrap();
                place += 1;
            }
        }
        data.truncate(place.div_ceil(8).next_multiple_of(2));
        let len = u32::try_from(data.len()).unwrap();
        [b"RIFF", &(len + 12).to_le_bytes()[..], b"WEBPVP8L", &len.to_le_bytes(), &data].concat()
    }

    #[test]
    fn a_lossless_image() {
        let bytes = one_color();
        let Decoded { image, damage } = decode("a", &bytes, &mut PixelBudget::default()).unwrap();
        assert_eq!((image.width, image.height, damage), (2, 1, None));
        assert_eq!(image.rgba, [10, 20, 30, 40, 10, 20, 30, 40]);
        assert_eq!(image.encoded.map(|encoded| encoded.media_type).as_deref(), Some("image/webp"));
    }
}
