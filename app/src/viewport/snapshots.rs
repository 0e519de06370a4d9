//! Pictures taken for somebody, apart from the one in the view: drawn in full quality into a texture of their own.

use std::collections::VecDeque;

use eframe::egui_wgpu::wgpu;
use renderer::{RenderError, View};

use super::picture::Picture;
use super::readback::Readback;
use crate::platform::ReplyId;
use crate::render_sync::RenderSync;
use crate::snapshot::Shown;
use crate::view_state::WantedPicture;

/// A picture that was taken.
pub struct Taken {
    /// For whom; `None` is the user.
    pub reply: Option<ReplyId>,
    /// The PNG file, or why there is none.
    pub png: Result<Vec<u8>, String>,
}

/// The picture that is on its way back, and those that are back.
#[derive(Default)]
pub(super) struct Snapshots {
    underway: Option<(Option<ReplyId>, Readback)>,
    taken: Vec<Taken>,
}

impl Snapshots {
    /// What was taken since the last call.
    pub(super) fn take(&mut self) -> Vec<Taken> {
        std::mem::take(&mut self.taken)
    }

    /// Whether none is on its way.
    pub(super) fn is_idle(&self) -> bool {
        self.underway.is_none()
    }

    /// Refuses all that are wanted.
    pub(super) fn refuse(&mut self, wanted: &mut VecDeque<WantedPicture>, reason: &str) {
        let underway = self.underway.take().map(|(reply, _)| reply);
        let replies = underway.into_iter().chain(wanted.drain(..).map(|wanted| wanted.reply));
        self.taken.extend(replies.map(|reply| Taken { reply, png: Err(reason.to_owned()) }));
    }

    /// Goes on with what is wanted, one picture at a time; asks for another frame while there is some.
    pub(super) fn advance(
        &mut self,
        ctx: &egui::Context,
        picture: &mut Picture,
        sync: &mut RenderSync,
        shown: &Shown<'_>,
        wanted: &mut VecDeque<WantedPicture>,
    ) {
        if let Some((reply, readback)) = self.underway.take() {
            picture.poll();
            match readback.finish() {
                Ok(png) => {
                    let png = png.ok_or_else(|| "the graphics device could not read it back".to_owned());
                    self.taken.push(Taken { reply, png });
                }
                Err(waiting) => self.underway = Some((reply, waiting)),
            }
        }
        if self.underway.is_none()
            && let Some(first) = wanted.front()
        {
            let view = first.snapshot.view(shown);
            sync.cut(&view.sections);
            match picture.draw_apart(sync, &view) {
                Ok(Some(readback)) => self.underway = wanted.pop_front().map(|it| (it.reply, readback)),
                // Something that belongs to the picture is still on its way.
                Ok(None) => {}
                Err(error) => {
                    let reply = wanted.pop_front().and_then(|it| it.reply);
                    self.taken.push(Taken { reply, png: Err(error.to_string()) });
                }
            }
        }
        if self.underway.is_some() || !wanted.is_empty() {
            ctx.request_repaint_after_secs(0.004);
        }
    }
}

/// A texture that a picture is drawn into and read from.
pub(super) fn texture(
    device: &wgpu::Device,
    view: &View,
    format: wgpu::TextureFormat,
) -> Result<wgpu::Texture, RenderError> {
    let [width, height] = view.size_px;
    let max = device.limits().max_texture_dimension_2d;
    if width == 0 || height == 0 || width.max(height) > max {
        return Err(RenderError::Size { width, height, max });
    }
    Ok(device.create_texture(&wgpu::TextureDescriptor {
        label: Some("Snapshots::texture"),
        size: wgpu::Extent3d { width, height, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    }))
}
