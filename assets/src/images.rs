//! Image files in and out: encoded bytes ↔ [`Image`].
//!
//! PNG, JPEG, WebP and KTX 2.0 by crates in pure Rust without SIMD, so that every platform gives the same pixels. Before
//! anything is decoded the claimed size is held against the number of bytes that are there and against a budget.

mod ktx2;
mod webp;

use std::io::Cursor;

use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::{EncodedImage, Image};

const PNG: &str = "image/png";
const JPEG: &str = "image/jpeg";
const WEBP: &str = "image/webp";
const KTX2: &str = "image/ktx2";

/// How many more pixels the images of one file may decode to, so that no file fills the memory with textures. Four bytes
/// of encoded data count as a pixel.
#[derive(Clone, Copy, Debug)]
pub struct PixelBudget {
    left: u64,
}

impl Default for PixelBudget {
    /// 2²⁸ pixels, 1 GiB of RGBA.
    fn default() -> Self {
        Self { left: 1 << 28 }
    }
}

impl PixelBudget {
    /// Takes the pixels of an image that is computed; false when they do not fit, and then nothing is taken.
    pub(crate) fn take(&mut self, num_pixels: u64) -> bool {
        let left = self.left.checked_sub(num_pixels);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }
}

/// An image that could be decoded, at least in part.
#[derive(Clone, Debug)]
pub struct Decoded {
    /// The image with its encoded bytes.
    pub image: Image,
    /// What was wrong with the rest, in words for people.
    pub damage: Option<String>,
}

/// Why an image could not be decoded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ImageError {
    /// The first bytes are of no format we know, or of one that we only know the name of.
    #[error("{media_type} images cannot be read")]
    Unsupported {
        /// Such as `image/avif`, or `unknown`.
        media_type: String,
    },
    /// It is damaged beyond use.
    #[error("the {media_type} data is damaged: {what}")]
    Damaged {
        /// Such as `image/png`.
        media_type: String,
        /// What the decoder says.
        what: String,
    },
    /// It, or it and those before it, would take too much memory.
    #[error("the image is too large: {width} × {height} pixels")]
    TooLarge {
        /// Pixels across.
        width: u64,
        /// Pixels down.
        height: u64,
    },
}

/// Decodes an image, which its first bytes identify, whatever its name says.
///
/// # Errors
/// See [`ImageError`]. An image that ends early is no error when some of it can be shown.
pub fn decode(name: &str, bytes: &[u8], budget: &mut PixelBudget) -> Result<Decoded, ImageError> {
    let media_type = media_type(bytes);
    let (width, height, rgba, damage) = match media_type {
        PNG => decode_png(bytes, budget)?,
        JPEG => decode_jpeg(bytes, budget)?,
        WEBP => webp::decode(bytes, budget)?,
        KTX2 => ktx2::decode(bytes, budget)?,
        _ => return Err(ImageError::Unsupported { media_type: media_type.to_owned() }),
    };
    // A damaged file is not passed on: what could be read of it is encoded anew when it is needed.
    let encoded =
        damage.is_none().then(|| EncodedImage { media_type: media_type.to_owned(), bytes: bytes.to_vec() });
    Ok(Decoded { image: Image { name: name.to_owned(), width, height, rgba, encoded }, damage })
}

/// The image as a file: its own encoded bytes where it kept them, a PNG otherwise. Gives the media type and the bytes.
///
/// An image whose `rgba` is not as long as its size says is written as one transparent pixel.
#[must_use]
pub fn encode(image: &Image) -> (String, Vec<u8>) {
    match &image.encoded {
        Some(encoded) => (encoded.media_type.clone(), encoded.bytes.clone()),
        None => (PNG.to_owned(), to_png(image)),
    }
}

/// As [`encode`], for formats that only take PNG and JPEG.
#[must_use]
pub fn encode_as_png_or_jpeg(image: &Image) -> (String, Vec<u8>) {
    match &image.encoded {
        Some(encoded) if [PNG, JPEG].contains(&encoded.media_type.as_str()) => encode(image),
        _ => (PNG.to_owned(), to_png(image)),
    }
}

fn to_png(image: &Image) -> Vec<u8> {
    encode_png(image.width, image.height, &image.rgba)
        .or_else(|_| encode_png(1, 1, &[0; 4]))
        .expect("one pixel can be encoded")
}

/// The media type that the first bytes of an image tell; `unknown` if they tell none.
#[must_use]
pub fn media_type(bytes: &[u8]) -> &'static str {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => PNG,
        [0xff, 0xd8, ..] => JPEG,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => WEBP,
        [0xab, b'K', b'T', b'X', b' ', b'2', b'0', ..] => KTX2,
        [0xab, b'K', b'T', b'X', ..] => "image/ktx",
        [_, _, _, _, b'f', b't', b'y', b'p', b'a', b'v', b'i', b'f', ..] => "image/avif",
        [b'D', b'D', b'S', b' ', ..] => "image/vnd-ms.dds",
        [b's', b'B', ..] => "image/basis",
        [b'G', b'I', b'F', b'8', ..] => "image/gif",
        [b'B', b'M', ..] => "image/bmp",
        _ => "unknown",
    }
}

type Pixels = (u32, u32, Vec<u8>, Option<String>);

/// So many pixels any image may have, of however few bytes: formats that hardly store an image of one colour are held to
/// their bytes only beyond it.
const FREE_PIXELS: u64 = 1 << 20;

/// Checks the size that an image claims and takes it from the budget.
fn admit(
    [width, height]: [usize; 2],
    num_bytes: usize,
    max_pixels_per_byte: u64,
    media_type: &str,
    budget: &mut PixelBudget,
) -> Result<[u32; 2], ImageError> {
    let size = [width, height].map(|side| u64::try_from(side).unwrap_or(u64::MAX));
    let num_pixels = size[0].saturating_mul(size[1]);
    let too_large = || ImageError::TooLarge { width: size[0], height: size[1] };
    let damaged = |what: String| ImageError::Damaged { media_type: media_type.to_owned(), what };
    if num_pixels == 0 {
        return Err(damaged("it has no pixels".to_owned()));
    }
    let possible = (num_bytes as u64).saturating_mul(max_pixels_per_byte);
    let is_free = [WEBP, KTX2].contains(&media_type) && num_pixels <= FREE_PIXELS;
    if num_pixels > possible && !is_free {
        return Err(damaged(format!("{width} × {height} pixels cannot come from {num_bytes} bytes")));
    }
    // The encoded bytes are kept too.
    let cost = num_pixels.saturating_add(num_bytes as u64 / 4);
    budget.left = budget.left.checked_sub(cost).ok_or_else(too_large)?;
    let side = |side: usize| u32::try_from(side);
    match (side(width), side(height), usize::try_from(num_pixels.saturating_mul(4))) {
        (Ok(width), Ok(height), Ok(_)) => Ok([width, height]),
        _ => Err(too_large()),
    }
}

fn decode_png(bytes: &[u8], budget: &mut PixelBudget) -> Result<Pixels, ImageError> {
    /// A byte of deflated data makes at most 1032 bytes, and a byte at most 8 pixels.
    const MAX_PIXELS_PER_BYTE: u64 = 1032 * 8;
    let damaged = |error: png::DecodingError| ImageError::Damaged {
        media_type: PNG.to_owned(),
        what: error.to_string(),
    };
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(png::Transformations::ALPHA | png::Transformations::STRIP_16);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let info = decoder.read_header_info().map_err(damaged)?;
    let size = [info.width as usize, info.height as usize];
    let [width, height] = admit(size, bytes.len(), MAX_PIXELS_PER_BYTE, PNG, budget)?;
    let mut reader = decoder.read_info().map_err(damaged)?;
    let too_large = ImageError::TooLarge { width: width.into(), height: height.into() };
    let mut samples = vec![0; reader.output_buffer_size().ok_or(too_large)?];
    let damage = match reader.next_frame(&mut samples) {
        Ok(_) => None,
        Err(error) if samples.iter().any(|sample| *sample != 0) => Some(error.to_string()),
        Err(error) => return Err(damaged(error)),
    };
    let rgba = match reader.output_color_type().0 {
        png::ColorType::Rgba => samples,
        _ => samples.as_chunks().0.iter().flat_map(|[gray, alpha]| [*gray, *gray, *gray, *alpha]).collect(),
    };
    Ok((width, height, rgba, damage))
}

fn decode_jpeg(bytes: &[u8], budget: &mut PixelBudget) -> Result<Pixels, ImageError> {
    /// A block of 64 pixels needs a bit in each of the three channels, of which two may have a quarter of the blocks.
    const MAX_PIXELS_PER_BYTE: u64 = 512;
    let damaged = |what: String| ImageError::Damaged { media_type: JPEG.to_owned(), what };
    let side = usize::from(u16::MAX);
    let options = DecoderOptions::default()
        .set_use_unsafe(false)
        .set_max_width(side)
        .set_max_height(side)
        .jpeg_set_out_colorspace(ColorSpace::RGBA);
    let mut decoder = JpegDecoder::new_with_options(Cursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| damaged(error.to_string()))?;
    let (width, height) = decoder.dimensions().ok_or_else(|| damaged("it has no size".to_owned()))?;
    let [width, height] = admit([width, height], bytes.len(), MAX_PIXELS_PER_BYTE, JPEG, budget)?;
    let rgba = decoder.decode().map_err(|error| damaged(error.to_string()))?;
    if rgba.len() != width as usize * height as usize * 4 {
        return Err(damaged("its colours are of an unknown kind".to_owned()));
    }
    // The decoder fills up what is missing without a word.
    let has_end = bytes.windows(2).rev().any(|pair| pair == [0xff, 0xd9]);
    Ok((width, height, rgba, (!has_end).then(|| "it ends early".to_owned())))
}

fn encode_png(width: u32, height: u32, rgba: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgba);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgba)?;
    writer.finish()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sample() -> Image {
        let rgba = (0..8 * 5 * 4_u8).map(|index| index.wrapping_mul(37)).collect();
        Image { name: "sample".to_owned(), width: 8, height: 5, rgba, encoded: None }
    }

    fn decoded(bytes: &[u8]) -> Result<Decoded, ImageError> {
        decode("sample", bytes, &mut PixelBudget::default())
    }

    #[test]
    fn png_comes_back_and_keeps_its_bytes() {
        let (media_type, bytes) = encode(&sample());
        let decoded = decoded(&bytes).unwrap();
        assert_eq!(decoded.damage, None);
        assert_eq!(decoded.image.rgba, sample().rgba);
        assert_eq!(encode(&decoded.image), (media_type, bytes));
    }

    #[test]
    fn png_cut_short_keeps_its_upper_rows() {
        let noise: Vec<u8> =
            (0..64 * 64 * 4_u32).map(|index| index.wrapping_mul(2_654_435_761).to_be_bytes()[0]).collect();
        let bytes = encode_png(64, 64, &noise).unwrap();
        let decoded = decoded(&bytes[..bytes.len() / 2]).unwrap();
        assert!(decoded.damage.is_some());
        assert_eq!(decoded.image.rgba.len(), noise.len());
        assert_eq!(decoded.image.rgba[..64 * 4], noise[..64 * 4]);
    }

    #[test]
    fn claims_beyond_the_data_are_refused() {
        let mut bytes = encode(&sample()).1;
        bytes[16..24].copy_from_slice(&[0, 0, 0x40, 0, 0, 0, 0x40, 0]);
        assert!(matches!(decoded(&bytes), Err(ImageError::Damaged { .. })));
        let mut budget = PixelBudget { left: 39 };
        let refused = decode("sample", &encode(&sample()).1, &mut budget).unwrap_err();
        assert_eq!(refused, ImageError::TooLarge { width: 8, height: 5 });
    }

    #[test]
    fn a_wrong_length_does_not_stop_an_export() {
        let (_, bytes) = encode(&Image { rgba: vec![0; 3], ..sample() });
        assert_eq!(decoded(&bytes).unwrap().image.width, 1);
    }

    #[test]
    fn formats_that_are_not_read_are_named() {
        let error = decoded(b"\0\0\0\x20ftypavif").unwrap_err();
        assert_eq!(error.to_string(), "image/avif images cannot be read");
        assert!(matches!(decoded(b"RIFF\0\0\0\0WEBPVP8 "), Err(ImageError::Damaged { .. })));
        assert!(decoded(b"").is_err());
    }

    proptest! {
        #[test]
        fn flipped_bytes_never_panic(place in 0_usize..1000, value in any::<u8>(), length in 0_usize..1000) {
            let mut bytes = encode(&sample()).1;
            let last = bytes.len() - 1;
            bytes[place.min(last)] = value;
            bytes.truncate(length);
            let _ = decoded(&bytes);
        }
    }
}
