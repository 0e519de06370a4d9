//! The passes of a frame, in order. Each has one file here and its WGSL in `shaders`.

pub(crate) mod caps;
pub(crate) mod finish;
pub(crate) mod highlight;
pub(crate) mod layers;
pub(crate) mod main;
pub(crate) mod shadow;

use std::cell::RefCell;
use std::collections::BTreeMap;

use crate::Quality;
use crate::cuts::Cuts;
use crate::draw_list::{Bucket, DrawList, Part, rows_of};
use crate::gpu;
use crate::gpu_data::{self, INSTANCE_ATTRIBUTES, MESH_ATTRIBUTES};
use crate::materials::Materials;
use crate::uploads::Uploads;

/// What happens in a frame, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pass {
    /// Shadow map and contact shadow; only when the parts or the light have changed.
    Shadow,
    /// Solid surfaces, section caps, ground and grid, points and edges.
    Main,
    /// See-through surfaces.
    Layers,
    /// Where highlighted parts are.
    Highlight,
    /// Everything together, as bytes.
    Finish,
}

impl Pass {
    pub(crate) const ORDER: [Self; 5] =
        [Self::Shadow, Self::Main, Self::Layers, Self::Highlight, Self::Finish];
}

/// The layouts that pipelines of the scene share.
pub(crate) struct Layouts {
    pub(crate) frame: wgpu::BindGroupLayout,
    pub(crate) material: wgpu::BindGroupLayout,
    pub(crate) rows: wgpu::BindGroupLayout,
    pub(crate) cut: wgpu::BindGroupLayout,
}

/// What draws read.
pub(crate) struct DrawContext<'a> {
    pub(crate) frame: &'a wgpu::BindGroup,
    pub(crate) list: &'a DrawList,
    pub(crate) instances: &'a wgpu::Buffer,
    pub(crate) uploads: &'a Uploads,
    pub(crate) materials: &'a Materials,
    pub(crate) cuts: &'a Cuts,
    pub(crate) pipelines: &'a Pipelines,
    pub(crate) variant: Variant,
}

impl DrawContext<'_> {
    fn set_pipeline(&self, pass: &mut wgpu::RenderPass<'_>, key: PipelineKey) {
        pass.set_pipeline(&self.pipelines.get(key, self.variant));
    }

    /// The first of two pipelines that give the same picture, unless only the second is made: nobody should wait for what
    /// is merely faster.
    fn made_of(&self, [best, other]: [PipelineKey; 2]) -> PipelineKey {
        let is_made = |key| self.pipelines.has(key, self.variant);
        if !is_made(best) && is_made(other) { other } else { best }
    }

    /// Draws the triangles of a bucket.
    fn triangles(&self, pass: &mut wgpu::RenderPass<'_>, pipeline: PipelineKey, bucket: Bucket) {
        let draws = self.list.bucket(bucket);
        if draws.is_empty() {
            return;
        }
        self.set_pipeline(pass, pipeline);
        pass.set_bind_group(0, self.frame, &[]);
        pass.set_vertex_buffer(1, self.instances.slice(..));
        let (mut material, mut bound_mesh) = (None, None);
        for draw in draws {
            let Part::Triangles { first_index, num_indices } = draw.part else { continue };
            if material.replace(draw.material) != Some(draw.material) {
                self.materials.bind(pass, draw.material);
            }
            if bound_mesh.replace(draw.mesh) != Some(draw.mesh) {
                let Some(mesh) = self.uploads.meshes.get(&draw.mesh) else { continue };
                pass.set_vertex_buffer(0, mesh.vertices.slice(..));
                pass.set_index_buffer(mesh.indices.slice(..), wgpu::IndexFormat::Uint32);
            }
            pass.draw_indexed(first_index..first_index + num_indices, 0, draw.instances.clone());
        }
    }

    /// Draws the segments or points of a bucket; one rectangle per `texels_each` texels.
    fn rows(&self, pass: &mut wgpu::RenderPass<'_>, pipeline: PipelineKey, bucket: Bucket, texels_each: u32) {
        let draws = self.list.bucket(bucket);
        if draws.is_empty() {
            return;
        }
        self.set_pipeline(pass, pipeline);
        pass.set_bind_group(0, self.frame, &[]);
        pass.set_vertex_buffer(0, self.instances.slice(..));
        for draw in draws {
            let Part::Rows(kind) = draw.part else { continue };
            let rows = self.uploads.meshes.get(&draw.mesh).and_then(|mesh| rows_of(mesh, kind));
            if let Some(rows) = rows {
                pass.set_bind_group(1, &rows.bind_group, &[]);
                pass.draw(0..6 * (rows.num_texels / texels_each), draw.instances.clone());
            }
        }
    }
}

/// Where the vertices of a pipeline come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Geometry {
    /// Vertex and index buffers of a mesh.
    Mesh,
    /// Rows of texels.
    Rows,
    /// Pieces of the outlines of cuts.
    CutSegments,
    /// Corners of triangles that cover the insides of cuts.
    CutCover,
    /// Made up by the vertex shader.
    None,
}

/// What differs between the pipelines of the scene.
struct ScenePipeline<'a> {
    label: &'a str,
    source: &'static str,
    vertex: &'a str,
    fragment: &'a str,
    geometry: Geometry,
    targets: &'a [Option<wgpu::ColorTargetState>],
    depth: Option<wgpu::DepthStencilState>,
    /// Which faces are left out.
    cull: Option<wgpu::Face>,
}

/// The names of the scene's pipelines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum PipelineKey {
    /// Closed parts without textures, seen from outside.
    Solid,
    /// Other parts without textures.
    Plain,
    /// Parts with textures.
    Opaque,
    /// Surfaces with holes in their alpha.
    Masked,
    /// The contact shadow on the ground.
    Ground,
    /// The grid.
    Grid,
    /// Edges and lines.
    Segments,
    /// Points.
    Points,
    /// See-through surfaces.
    BlendedSurfaces,
    /// Edges of see-through surfaces.
    BlendedSegments,
    /// Ghosts, which nothing hides.
    Ghosts,
    /// Where highlighted parts are.
    Highlighted,
    /// How often outlines of cuts wind around places.
    CapFan,
    /// The insides of cuts.
    CapCover,
    /// Those of see-through parts.
    CapCoverTranslucent,
    /// What other planes take away of them.
    CapRest,
    /// The outlines of cuts.
    CapOutline,
}

impl PipelineKey {
    /// What the first picture of a part usually needs.
    pub(crate) const FIRST: [Self; 5] = [Self::Grid, Self::Solid, Self::Plain, Self::Ground, Self::Segments];

    /// Everything else, what is soonest needed first.
    pub(crate) const LATER: [Self; 7] = [
        Self::Opaque,
        Self::Highlighted,
        Self::Ghosts,
        Self::BlendedSurfaces,
        Self::BlendedSegments,
        Self::Masked,
        Self::Points,
    ];
}

/// What of a picture its pipelines depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Variant {
    /// Samples per pixel of the targets: 1 or 4.
    pub(crate) samples: u32,
    /// Whether the key light throws shadows.
    pub(crate) has_shadows: bool,
    /// Whether surfaces mirror the environment.
    pub(crate) has_reflections: bool,
    /// Whether something is cut away.
    pub(crate) has_sections: bool,
}

impl Variant {
    /// Of a picture of this quality. `has_shadows`: whether there is a shadow map to look into.
    pub(crate) fn new(quality: Quality, has_shadows: bool, has_sections: bool) -> Self {
        let samples = if quality.samples > 1 { 4 } else { 1 };
        Self { samples, has_shadows, has_reflections: quality.reflections, has_sections }
    }

    /// As far as it matters to a pipeline.
    fn of(self, key: PipelineKey) -> Self {
        let is_lit = matches!(
            key,
            PipelineKey::Solid
                | PipelineKey::Plain
                | PipelineKey::Opaque
                | PipelineKey::Masked
                | PipelineKey::BlendedSurfaces
        );
        Self {
            has_shadows: self.has_shadows || !is_lit,
            has_reflections: self.has_reflections || !is_lit,
            ..self
        }
    }
}

/// The pipelines of the scene, each made when it is first used: making all of them at once blocks for a second or more
/// where shaders are compiled in software.
pub(crate) struct Pipelines {
    device: wgpu::Device,
    pub(crate) layouts: Layouts,
    modules: RefCell<BTreeMap<&'static str, wgpu::ShaderModule>>,
    made: RefCell<BTreeMap<(PipelineKey, Variant), wgpu::RenderPipeline>>,
}

impl Pipelines {
    pub(crate) fn new(device: &wgpu::Device, layouts: Layouts) -> Self {
        Self { device: device.clone(), layouts, modules: RefCell::default(), made: RefCell::default() }
    }

    /// Whether a pipeline has been made.
    pub(crate) fn has(&self, key: PipelineKey, variant: Variant) -> bool {
        self.made.borrow().contains_key(&(key, variant.of(key)))
    }

    /// A pipeline; the first call makes it.
    pub(crate) fn get(&self, key: PipelineKey, variant: Variant) -> wgpu::RenderPipeline {
        let variant = variant.of(key);
        let mut made = self.made.borrow_mut();
        made.entry((key, variant)).or_insert_with(|| self.make(key, variant)).clone()
    }

    fn make(&self, key: PipelineKey, variant: Variant) -> wgpu::RenderPipeline {
        match key {
            PipelineKey::Solid
            | PipelineKey::Plain
            | PipelineKey::Opaque
            | PipelineKey::Masked
            | PipelineKey::Ground
            | PipelineKey::Grid
            | PipelineKey::Segments
            | PipelineKey::Points => main::pipeline(key, |description| self.create(description, variant)),
            PipelineKey::BlendedSurfaces | PipelineKey::BlendedSegments | PipelineKey::Ghosts => {
                layers::pipeline(key, |description| self.create(description, variant))
            }
            PipelineKey::Highlighted => highlight::pipeline(|description| self.create(description, variant)),
            PipelineKey::CapFan
            | PipelineKey::CapCover
            | PipelineKey::CapCoverTranslucent
            | PipelineKey::CapRest
            | PipelineKey::CapOutline => caps::pipeline(key, |description| self.create(description, variant)),
        }
    }

    fn create(&self, description: &ScenePipeline<'_>, variant: Variant) -> wgpu::RenderPipeline {
        let (device, layouts, label) = (&self.device, &self.layouts, description.label);
        let mut modules = self.modules.borrow_mut();
        let module = modules
            .entry(description.source)
            .or_insert_with(|| gpu::shader(device, label, description.source));
        let frame = Some(&layouts.frame);
        let instances = Some(gpu_data::instance_layout(&INSTANCE_ATTRIBUTES));
        let (bind_groups, buffers) = match description.geometry {
            Geometry::Mesh => (
                vec![frame, Some(&layouts.material)],
                vec![Some(gpu_data::vertex_layout(&MESH_ATTRIBUTES)), instances],
            ),
            Geometry::Rows => (vec![frame, Some(&layouts.rows)], vec![instances]),
            Geometry::CutSegments => {
                (vec![frame, Some(&layouts.cut)], vec![Some(gpu_data::cut_segment_layout())])
            }
            Geometry::CutCover => (vec![frame, Some(&layouts.cut)], vec![Some(gpu_data::cut_cover_layout())]),
            Geometry::None => (vec![frame], vec![]),
        };
        let depth_stencil = description.depth.clone().map(|depth| match variant.has_sections {
            true => wgpu::DepthStencilState { format: gpu::depth_stencil_format(device), ..depth },
            false => depth,
        });
        let mut constants = Vec::new();
        if !variant.has_shadows {
            constants.push(("HAS_SHADOWS", 0.0));
        }
        if !variant.has_reflections {
            constants.push(("HAS_REFLECTIONS", 0.0));
        }
        if variant.has_sections && matches!(description.geometry, Geometry::Mesh | Geometry::Rows) {
            constants.push(("HAS_SECTIONS", 1.0));
        }
        device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
            label: Some(label),
            layout: Some(&gpu::pipeline_layout(device, label, &bind_groups)),
            vertex: wgpu::VertexState {
                module,
                entry_point: Some(description.vertex),
                compilation_options: Default::default(),
                buffers: &buffers,
            },
            primitive: wgpu::PrimitiveState { cull_mode: description.cull, ..Default::default() },
            depth_stencil,
            multisample: wgpu::MultisampleState { count: variant.samples, ..Default::default() },
            fragment: Some(wgpu::FragmentState {
                module,
                entry_point: Some(description.fragment),
                compilation_options: wgpu::PipelineCompilationOptions {
                    constants: &constants,
                    ..Default::default()
                },
                targets: description.targets,
            }),
            multiview_mask: None,
            cache: None,
        })
    }
}

/// Depth is reversed: greater is nearer.
fn depth_state(writes: bool, compare: wgpu::CompareFunction) -> wgpu::DepthStencilState {
    wgpu::DepthStencilState {
        format: gpu::DEPTH_FORMAT,
        depth_write_enabled: Some(writes),
        depth_compare: Some(compare),
        stencil: wgpu::StencilState::default(),
        bias: wgpu::DepthBiasState::default(),
    }
}

fn color_target(
    format: wgpu::TextureFormat,
    blend: Option<wgpu::BlendState>,
) -> Option<wgpu::ColorTargetState> {
    Some(wgpu::ColorTargetState { format, blend, write_mask: wgpu::ColorWrites::ALL })
}
