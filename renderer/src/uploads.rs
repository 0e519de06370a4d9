//! Meshes and images on their way to the GPU and there, sent in slices so that no frame is blocked.

/// An image as it is handed in: straight alpha, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextureData {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` bytes.
    pub rgba: Vec<u8>,
}

/// How far the uploads are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadState {
    /// Bytes still to be sent; 0 when everything that was queued or asked for is there.
    pub pending_bytes: usize,
    /// What was refused since the last call, and why, in words for people.
    pub refused: Vec<String>,
}
