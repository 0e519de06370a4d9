//! OpenEXR pictures as environment maps: the first layer with red, green and blue, whichever way it is packed (but for
//! DWAA and DWAB, which need a decoder that the `exr` crate has not).

use std::io::Cursor;

use exr::prelude::{ReadChannels as _, ReadLayers as _, read};
use geometry::Progress;

use super::{Environment, MAX_PIXELS};
use crate::{ImportError, ImportErrorKind, Location};

/// What such pictures begin with.
pub(super) const MAGIC: [u8; 4] = [0x76, 0x2f, 0x31, 0x01];

/// Pictures of one colour pack to a thousandth; what claims more is not believed.
const MOST_PIXELS_PER_BYTE: u64 = 1000;

/// Reads a picture.
///
/// # Errors
/// When it is none, too large, or damaged.
pub(super) fn read_exr(bytes: &[u8], progress: &dyn Progress) -> Result<Environment, ImportError> {
    progress.phase("Reading the environment");
    progress.report(0.0)?;
    let meta = exr::meta::MetaData::read_from_buffered(Cursor::new(bytes), false)
        .map_err(|error| damaged(&error))?;
    for header in &meta.headers {
        let (width, height) = (header.layer_size.0 as u64, header.layer_size.1 as u64);
        let num_pixels = width.saturating_mul(height);
        if num_pixels > MAX_PIXELS || num_pixels / MOST_PIXELS_PER_BYTE > bytes.len() as u64 {
            let message = format!(
                "The environment picture has {width} × {height} pixels; use one of 8192 × 4096 or fewer."
            );
            return Err(ImportError::new(ImportErrorKind::TooLarge, Location::Whole, message));
        }
    }
    let image = read()
        .no_deep_data()
        .largest_resolution_level()
        .rgb_channels(
            |size, _channels| Environment {
                width: u32::try_from(size.0).unwrap_or(0),
                height: u32::try_from(size.1).unwrap_or(0),
                rgb: vec![[0.0; 3]; size.0 * size.1],
            },
            |environment, at, (red, green, blue): (f32, f32, f32)| {
                let place = at.1 * environment.width as usize + at.0;
                if let Some(pixel) = environment.rgb.get_mut(place) {
                    *pixel = [red, green, blue].map(light);
                }
            },
        )
        .first_valid_layer()
        .all_attributes()
        .non_parallel()
        .from_buffered(Cursor::new(bytes))
        .map_err(|error| damaged(&error))?;
    progress.report(1.0)?;
    Ok(image.layer_data.channel_data.pixels)
}

/// No light is negative or infinite.
fn light(number: f32) -> f32 {
    if number.is_finite() { number.max(0.0) } else { 0.0 }
}

fn damaged(error: &exr::error::Error) -> ImportError {
    let kind = match error {
        exr::error::Error::NotSupported(_) => ImportErrorKind::Unsupported,
        _ => ImportErrorKind::Malformed,
    };
    let message = format!(
        "The environment picture cannot be read: {error}. Download it again, or use a .hdr file, or an .exr packed with ZIP or PIZ."
    );
    ImportError::new(kind, Location::Whole, message)
}

#[cfg(test)]
mod tests {
    use exr::prelude::{Encoding, Image, Layer, LayerAttributes, SpecificChannels, WritableImage as _};
    use geometry::Unwatched;

    use super::*;

    fn picture(encoding: Encoding) -> Vec<u8> {
        let channels =
            SpecificChannels::rgb(|at: exr::math::Vec2<usize>| (at.0 as f32, at.1 as f32 * 0.5, -1.0_f32));
        let layer = Layer::new((20, 10), LayerAttributes::named("light"), encoding, channels);
        let mut bytes = Cursor::new(Vec::new());
        Image::from_layer(layer).write().non_parallel().to_buffered(&mut bytes).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn pictures_are_read_whichever_way_they_are_packed() {
        for encoding in [Encoding::UNCOMPRESSED, Encoding::FAST_LOSSLESS, Encoding::SMALL_LOSSLESS] {
            let found = super::super::read_environment(&picture(encoding), &Unwatched).unwrap();
            assert_eq!((found.width, found.height, found.rgb.len()), (20, 10, 200));
            assert_eq!(found.rgb[3 * 20 + 7], [7.0, 1.5, 0.0]);
        }
    }

    #[test]
    fn cut_and_flipped_files_are_answered() {
        let bytes = picture(Encoding::SMALL_LOSSLESS);
        for at in 0..bytes.len() {
            assert!(read_exr(&bytes[..at], &Unwatched).is_err());
            for flip in [1, 0x10, 0x80] {
                let mut bytes = bytes.clone();
                bytes[at] ^= flip;
                if let Ok(found) = read_exr(&bytes, &Unwatched) {
                    assert!(
                        found.rgb.as_flattened().iter().all(|number| number.is_finite() && *number >= 0.0)
                    );
                }
            }
        }
    }
}
