//! KTX 2.0: the largest level of the first layer and face, as RGBA of 8 bits.
//!
//! Basis Universal (ETC1S with BasisLZ, UASTC) and plain bytes, with or without Zstandard (Khronos, KTX File Format
//! Specification 2.0). Every size is held against the bytes that are there before memory is taken for it.

use std::io::Read as _;

use basisu::basislz::etc1s::Etc1sTranscoder;
use basisu::uastc::unpack::unpack_uastc;

use super::{ImageError, KTX2, PixelBudget, Pixels, admit};

const HEADER_LEN: usize = 80;
const LEVEL_LEN: usize = 24;
const LZ: u32 = 1;
const ZSTD: u32 = 2;
const MODEL_ETC1S: u8 = 163;
const MODEL_UASTC: u8 = 166;

/// Blocks of one colour cost next to nothing in BasisLZ and Zstandard.
const MAX_PIXELS_PER_BYTE: u64 = 1 << 13;

pub(super) fn decode(bytes: &[u8], budget: &mut PixelBudget) -> Result<Pixels, ImageError> {
    let file = File { bytes };
    let header = file.header().ok_or_else(|| damaged("its header ends early"))?;
    if header.width == 0 || header.height == 0 || header.depth > 0 {
        return Err(unsupported("image/ktx2 that is not flat"));
    }
    let kind = header.kind()?;
    let size = [header.width as usize, header.height as usize];
    let [width, height] = admit(size, bytes.len(), MAX_PIXELS_PER_BYTE, KTX2, budget)?;
    let level = file.slice(header.level_offset, header.level_len);
    let level = level.ok_or_else(|| damaged("its first level lies outside of it"))?;
    let rgba = match kind {
        Kind::Etc1s => file.etc1s(&header, level).ok_or_else(|| damaged("its ETC1S blocks do not decode"))?,
        Kind::Uastc => {
            let num_blocks = width.div_ceil(4) as usize * height.div_ceil(4) as usize;
            uastc(&header.inflated(level, num_blocks * 16)?, width, height)
                .ok_or_else(|| damaged("its UASTC blocks do not decode"))?
        }
        Kind::Plain(channels) => {
            let num_pixels = width as usize * height as usize;
            let samples = header.inflated(level, num_pixels * channels.len())?;
            let pixels = samples.chunks_exact(channels.len());
            pixels.flat_map(|samples| plain_pixel(samples, channels)).collect()
        }
    };
    Ok((width, height, rgba, None))
}

fn damaged(what: &str) -> ImageError {
    ImageError::Damaged { media_type: KTX2.to_owned(), what: what.to_owned() }
}

fn unsupported(what: &str) -> ImageError {
    ImageError::Unsupported { media_type: what.to_owned() }
}

/// How pixels are stored.
#[derive(Clone, Copy)]
enum Kind {
    Etc1s,
    Uastc,
    /// A byte for each of these places in RGBA.
    Plain(&'static [usize]),
}

struct Header {
    vk_format: u32,
    width: u32,
    height: u32,
    depth: u32,
    num_images: u64,
    compression: u32,
    color_model: u8,
    global_offset: u64,
    global_len: u64,
    level_offset: u64,
    level_len: u64,
}

impl Header {
    fn kind(&self) -> Result<Kind, ImageError> {
        let kind = match (self.vk_format, self.color_model) {
            (0, MODEL_ETC1S) if self.compression == LZ => Kind::Etc1s,
            (0, MODEL_UASTC) => Kind::Uastc,
            (9 | 15, _) => Kind::Plain(&[0]),
            (16 | 22, _) => Kind::Plain(&[0, 1]),
            (23 | 29, _) => Kind::Plain(&[0, 1, 2]),
            (30 | 36, _) => Kind::Plain(&[2, 1, 0]),
            (37 | 43, _) => Kind::Plain(&[0, 1, 2, 3]),
            (44 | 50, _) => Kind::Plain(&[2, 1, 0, 3]),
            (format, model) => {
                let what = format!("image/ktx2 of Vulkan format {format} and colour model {model}");
                return Err(unsupported(&what));
            }
        };
        match (kind, self.compression) {
            (Kind::Etc1s, LZ) | (Kind::Uastc | Kind::Plain(_), 0 | ZSTD) => Ok(kind),
            (_, other) => Err(unsupported(&format!("image/ktx2 with supercompression {other}"))),
        }
    }

    /// The data of a level, which must be exactly so long.
    fn inflated(&self, level: &[u8], len: usize) -> Result<Vec<u8>, ImageError> {
        if self.compression != ZSTD {
            return level
                .get(..len)
                .map(<[u8]>::to_vec)
                .ok_or_else(|| damaged("its first level is too short"));
        }
        let not_zstd = |what: String| damaged(&format!("its Zstandard data does not decode: {what}"));
        let mut decoder =
            ruzstd::decoding::StreamingDecoder::new(level).map_err(|error| not_zstd(error.to_string()))?;
        let mut data = vec![0; len];
        decoder.read_exact(&mut data).map_err(|error| not_zstd(error.to_string()))?;
        Ok(data)
    }
}

struct File<'a> {
    bytes: &'a [u8],
}

impl<'a> File<'a> {
    fn u16(&self, offset: usize) -> Option<u16> {
        Some(u16::from_le_bytes(*self.bytes.get(offset..)?.first_chunk()?))
    }

    fn u32(&self, offset: usize) -> Option<u32> {
        Some(u32::from_le_bytes(*self.bytes.get(offset..)?.first_chunk()?))
    }

    fn u64(&self, offset: usize) -> Option<u64> {
        Some(u64::from_le_bytes(*self.bytes.get(offset..)?.first_chunk()?))
    }

    fn slice(&self, offset: u64, len: u64) -> Option<&'a [u8]> {
        let start = usize::try_from(offset).ok()?;
        let end = usize::try_from(offset.checked_add(len)?).ok()?;
        self.bytes.get(start..end)
    }

    fn header(&self) -> Option<Header> {
        let descriptor = self.u32(48)? as usize;
        let num_levels = self.u32(40)?.max(1);
        let [num_layers, num_faces] = [self.u32(32)?, self.u32(36)?].map(|count| u64::from(count.max(1)));
        let num_images = num_layers.saturating_mul(num_faces).saturating_mul(num_levels.into());
        self.bytes.get(HEADER_LEN..HEADER_LEN + LEVEL_LEN)?;
        Some(Header {
            vk_format: self.u32(12)?,
            width: self.u32(20)?,
            height: self.u32(24)?,
            depth: self.u32(28)?,
            num_images,
            compression: self.u32(44)?,
            // The basic descriptor block follows the total size: two words, then the model.
            color_model: *self.bytes.get(descriptor.checked_add(12)?)?,
            global_offset: self.u64(64)?,
            global_len: self.u64(72)?,
            level_offset: self.u64(HEADER_LEN)?,
            level_len: self.u64(HEADER_LEN + 8)?,
        })
    }

    /// The codebooks and tables lie in the global data, behind a description of each image; the first is the one we want.
    fn etc1s(&self, header: &Header, level: &[u8]) -> Option<Vec<u8>> {
        const GLOBAL_HEADER_LEN: u64 = 20;
        const IMAGE_LEN: u64 = 20;
        self.slice(header.global_offset, header.global_len)?;
        let at = usize::try_from(header.global_offset).ok()?;
        let (num_endpoints, num_selectors) = (self.u16(at)?, self.u16(at + 2)?);
        let images_len = header.num_images.checked_mul(IMAGE_LEN)?;
        let mut offset = header.global_offset.checked_add(GLOBAL_HEADER_LEN)?.checked_add(images_len)?;
        let mut section = |len: u32| {
            let data = self.slice(offset, len.into());
            offset = offset.saturating_add(len.into());
            data
        };
        let endpoints = section(self.u32(at + 4)?)?;
        let selectors = section(self.u32(at + 8)?)?;
        let tables = section(self.u32(at + 12)?)?;
        if num_endpoints == 0 || num_selectors == 0 {
            return None;
        }
        let mut transcoder = Etc1sTranscoder::new();
        let is_read =
            transcoder.decode_palettes(num_endpoints.into(), endpoints, num_selectors.into(), selectors)
                && transcoder.decode_tables(tables);
        if !is_read {
            return None;
        }
        let image = at + 20;
        let slice = |place: usize| {
            let start = self.u32(image + place)? as usize;
            let len = self.u32(image + place + 4)? as usize;
            level.get(start..start.checked_add(len)?)
        };
        let (color, alpha) = (slice(4)?, slice(12)?);
        let (width, height) = (header.width, header.height);
        let [across, down] = [width, height].map(|side| side.div_ceil(4));
        let mut rgba = vec![0; width as usize * height as usize * 4];
        if alpha.is_empty() {
            transcoder.transcode_slice_rgba32(color, across, down, width, height, None, &mut rgba)?;
        } else {
            transcoder.transcode_image_rgba32(color, alpha, across, down, width, height, None, &mut rgba)?;
        }
        Some(rgba)
    }
}

fn uastc(blocks: &[u8], width: u32, height: u32) -> Option<Vec<u8>> {
    let (width, height) = (width as usize, height as usize);
    let mut rgba = vec![0; width * height * 4];
    let across = width.div_ceil(4);
    for (index, block) in blocks.as_chunks::<16>().0.iter().enumerate() {
        let pixels = unpack_uastc(block, false)?;
        let (left, top) = (index % across * 4, index / across * 4);
        for (place, pixel) in pixels.iter().enumerate() {
            let (x, y) = (left + place % 4, top + place / 4);
            if x < width && y < height {
                rgba[(y * width + x) * 4..][..4].copy_from_slice(&pixel.c);
            }
        }
    }
    Some(rgba)
}

fn plain_pixel(samples: &[u8], channels: &[usize]) -> [u8; 4] {
    let mut pixel = [0, 0, 0, 255];
    for (sample, channel) in samples.iter().zip(channels) {
        pixel[*channel] = *sample;
    }
    pixel
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(vk_format: u32, size: [u32; 2], level: &[u8]) -> Vec<u8> {
        let mut bytes = b"\xabKTX 20\xbb\r\n\x1a\n".to_vec();
        for word in [vk_format, 1, size[0], size[1], 0, 0, 1, 1, 0, 104, 44, 0, 0] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([0; 16]);
        for word in [148_u64, level.len() as u64, level.len() as u64] {
            bytes.extend(word.to_le_bytes());
        }
        bytes.extend([0; 44]);
        bytes.extend(level);
        bytes
    }

    #[test]
    fn plain_bytes_in_any_order() {
        let read = |bytes: &[u8]| decode(bytes, &mut PixelBudget::default()).map(|pixels| pixels.2);
        assert_eq!(read(&file(44, [1, 2], &[3, 2, 1, 4, 7, 6, 5, 8])).unwrap(), [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(read(&file(23, [1, 1], &[1, 2, 3])).unwrap(), [1, 2, 3, 255]);
        assert!(matches!(read(&file(23, [1, 2], &[1, 2, 3])), Err(ImageError::Damaged { .. })));
        assert!(matches!(read(&file(97, [1, 2], &[0; 16])), Err(ImageError::Unsupported { .. })));
        // As many layers as faces, found by flipping bytes: their product with the levels overflowed.
        let mut many = file(23, [1, 1], &[1, 2, 3]);
        many[32..44].fill(0xff);
        assert_eq!(read(&many).unwrap(), [1, 2, 3, 255]);
        for len in 0..160 {
            let _ = read(&file(37, [2, 1], &[0; 8])[..len.min(156)]);
        }
    }
}
