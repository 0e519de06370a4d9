//! The picture of a state without a window.

use std::collections::BTreeMap;
use std::sync::Arc;

use renderer::headless::Image;
use renderer::{RenderError, TextureData};

use crate::render_sync::{RenderSync, mesh_key, texture_key};
use crate::snapshot::{Shown, Snapshot};
use crate::state::State;

/// Draws what is shown, on a device of its own. `None` when nothing is. Blocks.
///
/// # Errors
/// No device, or what it complained about.
pub fn draw(state: &State, snapshot: &Snapshot) -> Result<Option<Image>, RenderError> {
    const SIZE_PX: [u32; 2] = [1280, 960];
    let mut sync = RenderSync::default();
    sync.sync(state);
    let corners = sync.corners();
    if corners.is_empty() {
        return Ok(None);
    }
    let sections = state.view.sections.planes();
    let view = snapshot.view(&Shown {
        pose: *state.view.camera.pose(),
        settings: &state.settings,
        unit: state.document().unit(),
        corners: &corners,
        sections: &sections,
        size_px: SIZE_PX,
        pixels_per_point: 1.0,
    });
    sync.cut(&view.sections);
    let meshes: BTreeMap<_, _> = sync
        .placed
        .iter()
        .map(|placed| (mesh_key(placed.part.hash), Arc::clone(&placed.part.display)))
        .collect();
    let textures: BTreeMap<_, _> = state
        .document()
        .images()
        .iter()
        .map(|(hash, image)| {
            let data = TextureData { width: image.width, height: image.height, rgba: image.rgba.clone() };
            (texture_key(*hash), Arc::new(data))
        })
        .collect();
    renderer::headless::render_to_rgba(&sync.scene, &meshes, &textures, &view).map(Some)
}
