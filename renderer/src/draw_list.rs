//! From instances to draw calls: what is seen, sorted so that the same mesh with the same material is one call.

use std::ops::Range;

use glam::{DAffine3, DVec3};

use crate::camera::{Bounds, Eye};
use crate::gpu_data::{InstanceData, instance_flags};
use crate::materials::{MaterialSlot, Materials};
use crate::sections::{Left, Sections};
use crate::uploads::{GpuMesh, TexelRows, Uploads};
use crate::{AlphaMode, DrawMode, FrameStats, Highlight, Instance, MeshKey, RenderScene};

/// Kinds of draws; within a pass they follow this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Bucket {
    /// Opaque, without textures, and only front faces can be seen.
    Solid,
    /// Opaque, without textures.
    Plain,
    /// Opaque, with textures.
    Opaque,
    Masked,
    Points,
    Segments,
    Blended,
    BlendedSegments,
    Ghost,
    Highlighted,
}

impl Bucket {
    /// Whether its triangles are drawn in another bucket too.
    fn repeats(self) -> bool {
        self == Self::Highlighted
    }
}

/// Which texels a draw of segments or points takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rows {
    FeatureEdges,
    Wireframe,
    Lines,
    Points,
}

/// What a draw call draws of a mesh.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Triangles { first_index: u32, num_indices: u32 },
    Rows(Rows),
}

/// One draw call.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    pub(crate) bucket: Bucket,
    pub(crate) material: MaterialSlot,
    pub(crate) mesh: MeshKey,
    pub(crate) part: Part,
    /// Range of [`DrawList::instances`].
    pub(crate) instances: Range<u32>,
}

/// A frame's draw calls, sorted by bucket.
#[derive(Debug, Default)]
pub(crate) struct DrawList {
    pub(crate) draws: Vec<Draw>,
    pub(crate) instances: Vec<InstanceData>,
    pub(crate) stats: FrameStats,
}

/// A draw of one instance, before instances are put together. The order of the fields is the order of sorting: first
/// what is expensive to change.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Item {
    bucket: Bucket,
    material: MaterialSlot,
    mesh: MeshKey,
    part: Part,
    instance: u32,
}

impl DrawList {
    /// `boxes` belong to the scene's instances one by one; see [`instance_bounds`].
    pub(crate) fn new(
        scene: &RenderScene,
        boxes: &[Option<Bounds>],
        (mode, stand_ins): (DrawMode, bool),
        (eye, sections): (&Eye, &Sections),
        uploads: &Uploads,
        materials: &Materials,
    ) -> Self {
        let mut list = Self::default();
        let mut items = Vec::new();
        let mut data = Vec::with_capacity(scene.instances.len());
        for (instance, bounds) in scene.instances.iter().zip(boxes) {
            let Some((key, mesh)) = uploads.mesh_of(instance, stand_ins) else {
                list.stats.instances_waiting += 1;
                continue;
            };
            let Some(bounds) = bounds else { continue };
            let left = sections.left_of(bounds);
            if left == Left::None || eye.is_outside(bounds) {
                list.stats.instances_culled += 1;
                continue;
            }
            list.stats.instances_drawn += 1;
            let idx = data.len() as u32;
            data.push(instance_data(instance, mesh.source.origin, eye.pos_in_world));
            let shows_inside = left == Left::Some || bounds.contains(eye.pos_in_world);
            push_items(&mut items, instance, idx, (key, mesh), mode, materials, shows_inside);
        }
        items.sort_unstable();
        list.join(&items, &data);
        list
    }

    /// Makes one draw of neighbours that differ in nothing but the instance.
    fn join(&mut self, items: &[Item], data: &[InstanceData]) {
        for same in items.chunk_by(|a, b| Item { instance: 0, ..*a } == Item { instance: 0, ..*b }) {
            let start = self.instances.len() as u32;
            self.instances.extend(same.iter().map(|item| data[item.instance as usize]));
            let Item { bucket, material, mesh, part, .. } = same[0];
            if let (Part::Triangles { num_indices, .. }, true) = (part, !bucket.repeats()) {
                self.stats.triangles += u64::from(num_indices / 3) * same.len() as u64;
            }
            let instances = start..self.instances.len() as u32;
            self.draws.push(Draw { bucket, material, mesh, part, instances });
        }
        self.stats.draws = self.draws.len() as u32;
    }

    /// The draws of one bucket.
    pub(crate) fn bucket(&self, bucket: Bucket) -> &[Draw] {
        let start = self.draws.partition_point(|draw| draw.bucket < bucket);
        let end = self.draws.partition_point(|draw| draw.bucket <= bucket);
        &self.draws[start..end]
    }

    /// Whether anything is see-through.
    pub(crate) fn has_layers(&self) -> bool {
        [Bucket::Blended, Bucket::BlendedSegments, Bucket::Ghost]
            .into_iter()
            .any(|bucket| !self.bucket(bucket).is_empty())
    }

    /// Whether anything is hovered or selected.
    pub(crate) fn has_highlights(&self) -> bool {
        !self.bucket(Bucket::Highlighted).is_empty()
    }
}

/// The boxes of all instances in the world; `None` where the mesh is not there or nothing can be drawn.
pub(crate) fn instance_bounds(scene: &RenderScene, uploads: &Uploads) -> Vec<Option<Bounds>> {
    let bounds = |instance: &Instance| {
        let (_, mesh) = uploads.mesh_of(instance, false)?;
        Bounds::of_instance(&instance.world_from_mesh, mesh.source.origin, mesh.source.bounds)
    };
    scene.instances.iter().map(bounds).collect()
}

/// The matrix from a mesh's `f32` positions to a space with the world's axes and `space_origin`, and the flags.
pub(crate) fn instance_data(instance: &Instance, mesh_origin: DVec3, space_origin: DVec3) -> InstanceData {
    let DAffine3 { matrix3, .. } = instance.world_from_mesh;
    // The large numbers cancel in f64; only their small difference becomes f32.
    let offset = instance.world_from_mesh.transform_point3(mesh_origin) - space_origin;
    let columns = [matrix3.x_axis, matrix3.y_axis, matrix3.z_axis, offset];
    let rows = [0, 1, 2].map(|row| columns.map(|column| column[row] as f32));
    let mut flags = match instance.highlight {
        Highlight::None => 0,
        Highlight::Hovered => instance_flags::HOVERED,
        Highlight::Selected => instance_flags::SELECTED,
    };
    if matrix3.determinant() < 0.0 {
        flags |= instance_flags::MIRRORED;
    }
    if instance.ghost.is_some() {
        flags |= instance_flags::GHOST;
    }
    InstanceData { rows, tint: instance.ghost.unwrap_or_default(), flags, padding: [0; 3] }
}

fn push_items(
    items: &mut Vec<Item>,
    instance: &Instance,
    idx: u32,
    (key, mesh): (MeshKey, &GpuMesh),
    mode: DrawMode,
    materials: &Materials,
    shows_inside: bool,
) {
    let is_mirrored = instance.world_from_mesh.matrix3.determinant() < 0.0;
    let shows_front_faces_only = mesh.source.is_solid && !is_mirrored && !shows_inside;
    let plain = materials.info(None).slot;
    let mut push = |bucket, material, part| {
        items.push(Item { bucket, material, mesh: key, part, instance: idx });
    };
    let mut is_blended = false;
    for group in &mesh.source.groups {
        let material = instance.materials.get(group.material_slot as usize).copied();
        let info = materials.info(material);
        let bucket = match (instance.ghost, mode, info.alpha_mode) {
            (Some(_), _, _) => Bucket::Ghost,
            (None, DrawMode::XRay, _) | (None, _, AlphaMode::Blend) => Bucket::Blended,
            (None, _, AlphaMode::Mask(_)) => Bucket::Masked,
            (None, _, AlphaMode::Opaque) if !info.has_no_textures() => Bucket::Opaque,
            (None, _, AlphaMode::Opaque) if shows_front_faces_only => Bucket::Solid,
            (None, _, AlphaMode::Opaque) => Bucket::Plain,
        };
        is_blended |= bucket == Bucket::Blended;
        let part = Part::Triangles { first_index: group.first_index, num_indices: group.num_indices };
        push(bucket, info.slot, part);
    }
    if instance.highlight != Highlight::None && !mesh.source.indices.is_empty() {
        let num_indices = mesh.source.indices.len() as u32;
        push(Bucket::Highlighted, plain, Part::Triangles { first_index: 0, num_indices });
    }
    if instance.ghost.is_some() {
        return;
    }
    // Edges of see-through parts belong between the layers, except in x-ray, where nothing hides them.
    let edges = if is_blended && mode != DrawMode::XRay { Bucket::BlendedSegments } else { Bucket::Segments };
    let mut push_rows = |bucket, rows: Rows| {
        if rows_of(mesh, rows).is_some() {
            push(bucket, plain, Part::Rows(rows));
        }
    };
    if mode != DrawMode::Shaded {
        push_rows(edges, Rows::FeatureEdges);
    }
    if mode == DrawMode::Wireframe {
        push_rows(edges, Rows::Wireframe);
    }
    push_rows(Bucket::Segments, Rows::Lines);
    push_rows(Bucket::Points, Rows::Points);
}

pub(crate) fn rows_of(mesh: &GpuMesh, rows: Rows) -> Option<&TexelRows> {
    match rows {
        Rows::FeatureEdges => mesh.feature_edges.as_ref(),
        Rows::Wireframe => mesh.wireframe.as_ref(),
        Rows::Lines => mesh.lines.as_ref(),
        Rows::Points => mesh.points.as_ref(),
    }
}
