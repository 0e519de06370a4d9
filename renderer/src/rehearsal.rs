//! A picture that nobody sees, with a little of everything that the first picture of a model needs.
//!
//! Drivers compile shaders when they are first drawn with, software ones for up to a second. Where that happens while
//! the model is still being read, nobody waits for it.

use std::sync::Arc;

use geometry::display::{DisplayGroup, DisplayMesh, DisplayVertex, encode_normal};
use glam::{DAffine3, DMat3, DVec3, Vec3};

use crate::passes::{PipelineKey, Variant};
use crate::{
    Camera, Grid, Highlight, Instance, MeshKey, Projection, Quality, RenderError, RenderScene, Renderer, View,
};

/// Pixels along a side.
const SIDE: u32 = 64;

/// What is drawn.
const TRIANGLE: MeshKey = MeshKey(u128::MAX);

/// What each picture draws that the one before does not. Closed parts make do with the pipeline of the others at first
/// (`DrawContext::made_of`).
const ADDED: [PipelineKey; 2] = [PipelineKey::Grid, PipelineKey::Plain];

impl Renderer {
    /// Draws pictures into a target of their own, each with one more of the things that the first picture of a part needs
    /// in this quality: nothing, the grid, a surface; with shadows also shadows, ground and edges.
    /// Every other step makes the shaders of the next picture. `format` is that of later targets. False after the last
    /// step.
    ///
    /// # Errors
    /// [`RenderError::Size`] only, for devices that cannot draw 64 pixels.
    pub fn rehearse(
        &mut self,
        step: usize,
        quality: Quality,
        format: wgpu::TextureFormat,
    ) -> Result<bool, RenderError> {
        let picture = step / 2;
        if step.is_multiple_of(2) {
            if let Some(&key) = picture.checked_sub(1).and_then(|added| ADDED.get(added)) {
                self.pipelines.get(key, Variant::new(quality, quality.shadows, false));
            } else {
                self.finish.make_next_pipeline(&self.device, &self.pipelines.layouts.frame, format);
            }
            return Ok(true);
        }
        let mut scene = RenderScene::default();
        if picture == ADDED.len() {
            self.queue_mesh(TRIANGLE, Arc::new(triangle(quality.shadows)));
            while self.upload(usize::MAX).pending_bytes > 0 {}
            scene.instances.push(Instance {
                id: 1,
                mesh: TRIANGLE,
                coarse: None,
                world_from_mesh: DAffine3::IDENTITY,
                materials: Vec::new(),
                highlight: Highlight::None,
                ghost: None,
            });
        }
        let camera = Camera {
            // From above, so that the ground is seen.
            world_from_view: DAffine3 { matrix3: DMat3::IDENTITY, translation: DVec3::Z * 10.0 },
            projection: Projection::Perspective { fov_y_rad: 0.8 },
            target_in_world: DVec3::ZERO,
        };
        let grid = (picture > 0).then_some(Grid { spacing: 1.0, color: [0.5; 4] });
        let view = View { quality, grid, ..View::new(camera, [SIDE; 2]) };
        let target = self.device().create_texture(&wgpu::TextureDescriptor {
            label: Some("Renderer::rehearse"),
            size: wgpu::Extent3d { width: SIDE, height: SIDE, depth_or_array_layers: 1 },
            mip_level_count: 1,
            sample_count: 1,
            dimension: wgpu::TextureDimension::D2,
            format,
            usage: wgpu::TextureUsages::RENDER_ATTACHMENT,
            view_formats: &[],
        });
        let target = target.create_view(&wgpu::TextureViewDescriptor::default());
        let mut encoder = self.device().create_command_encoder(&wgpu::CommandEncoderDescriptor::default());
        self.render(&scene, &view, &target, format, &mut encoder)?;
        self.queue().submit([encoder.finish()]);
        self.retain(|mesh| mesh != TRIANGLE, |_| true);
        Ok(picture < ADDED.len())
    }
}

fn triangle(has_edges: bool) -> DisplayMesh {
    let corners = [[-1.0, -1.0, 0.5], [1.0, -1.0, 0.5], [0.0, 1.0, 0.5]];
    let vertex = |position| DisplayVertex {
        position,
        normal_oct: encode_normal(Vec3::Z),
        color: [u16::MAX; 4],
        ..DisplayVertex::default()
    };
    DisplayMesh {
        bounds: [[-1.0, -1.0, 0.5], [1.0, 1.0, 0.5]],
        vertices: corners.map(vertex).to_vec(),
        indices: vec![0, 1, 2],
        groups: vec![DisplayGroup { material_slot: 0, first_index: 0, num_indices: 3 }],
        feature_edges: if has_edges { vec![[corners[0], corners[1]]] } else { Vec::new() },
        ..DisplayMesh::default()
    }
}
