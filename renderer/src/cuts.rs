//! What section planes cut of parts: outlines, and what a frame needs to fill them.
//!
//! Outlines come from the caller, who has the trees over the parts' triangles; `geometry::section_by_tree` makes them
//! while a plane is dragged.

use std::ops::Range;
use std::sync::Arc;

use bytemuck::{Pod, Zeroable};
use geometry::Outline;
use glam::{DAffine3, DVec2, DVec3, Vec3};

use crate::camera::{Bounds, Eye};
use crate::gpu::GrowingBuffer;
use crate::gpu_data::CutUniform;
use crate::sections::Sections;
use crate::uploads::Uploads;
use crate::{
    AlphaMode, DrawMode, Highlight, Instance, Projection, RenderMaterial, RenderScene, SectionPlane, View,
    gpu,
};

mod look;

/// What one section plane cuts of one instance.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The place of the plane in [`View::sections`].
    pub plane: usize,
    /// The place of the instance in [`RenderScene::instances`].
    pub instance: usize,
    /// Whether the part is closed, so that what is cut has an inside. Of another part only the outline is drawn, in the colour
    /// of a warning.
    pub is_closed: bool,
    /// Where the surface is cut.
    pub outline: Arc<CutOutline>,
}

/// The lines in which a plane cuts the surface of a part.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CutOutline {
    /// A point of them in world space.
    origin: DVec3,
    segments: Vec<CutSegment>,
    /// A rectangle of the plane around them, relative to the origin.
    corners: [DVec3; 4],
}

/// A piece of an outline, relative to its origin, with the world's axes. WGSL twin: `Segment` in `caps.wgsl`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct CutSegment {
    from: [f32; 3],
    to: [f32; 3],
    /// Any point of the plane, the same for all pieces of a closed line.
    anchor: [f32; 3],
}

impl CutOutline {
    /// Takes what [`geometry::section`] found in mesh space along `plane`, which is in world space. `None` when that is
    /// nothing, or nothing that numbers can tell.
    #[must_use]
    pub fn new(outlines: &[Outline], world_from_mesh: &DAffine3, plane: &SectionPlane) -> Option<Self> {
        let (normal, _) = plane.normalized()?;
        let [across, up] = in_plane(normal);
        let first = outlines.iter().find_map(|outline| outline.points.first())?;
        let origin = world_from_mesh.transform_point3(*first);
        let relative = |point: &DVec3| world_from_mesh.transform_point3(*point) - origin;
        let mut low = DVec2::INFINITY;
        let mut high = DVec2::NEG_INFINITY;
        let mut segments = Vec::new();
        // Where surfaces meet in an edge of four, outlines end, but all of them together are closed; then one anchor
        // serves them all.
        let mut anchor_of_open = None;
        for outline in outlines {
            let points: Vec<DVec3> = outline.points.iter().map(relative).collect();
            for point in &points {
                let flat = DVec2::new(point.dot(across), point.dot(up));
                (low, high) = (low.min(flat), high.max(flat));
            }
            let points: Vec<[f32; 3]> = points.iter().map(|point| point.as_vec3().to_array()).collect();
            let Some(&start) = points.first() else { continue };
            let anchor = if outline.is_closed { start } else { *anchor_of_open.get_or_insert(start) };
            let closing = points.first().filter(|_| outline.is_closed);
            let ends = points.iter().skip(1).chain(closing);
            let pieces = points.iter().zip(ends).filter(|(from, to)| from != to);
            segments.extend(pieces.map(|(&from, &to)| CutSegment { from, to, anchor }));
        }
        // So that rounding leaves nothing at the border unfilled.
        let slack = DVec2::splat(1e-3 * (high - low).max_element());
        let (low, high) = (low - slack, high + slack);
        let corner = |x: f64, y: f64| across * x + up * y;
        let corners =
            [corner(low.x, low.y), corner(high.x, low.y), corner(high.x, high.y), corner(low.x, high.y)];
        let is_sound = origin.is_finite() && corners.iter().all(|corner| corner.is_finite());
        (is_sound && !segments.is_empty()).then_some(Self { origin, segments, corners })
    }
}

/// Directions across and up in a plane, the first horizontal; as in `geometry::Region::of_section`.
fn in_plane(normal: DVec3) -> [DVec3; 2] {
    let across = DVec3::Z.cross(normal).try_normalize().unwrap_or(DVec3::X);
    [across, normal.cross(across)]
}

/// How the inside of a cut is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Not at all.
    None,
    /// Hides what is behind.
    Opaque,
    /// What is behind shines through.
    Translucent,
}

/// The draws of one cut.
#[derive(Clone, Debug)]
pub(crate) struct CutDraw {
    pub(crate) segments: Range<u32>,
    /// Vertices that cover the inside, as far as other planes leave it.
    pub(crate) cover: Range<u32>,
    /// Vertices that cover what the other planes take away, where they take some.
    pub(crate) rest: Option<Range<u32>>,
    /// Place of its numbers in the uniform buffer.
    pub(crate) uniform: u32,
    pub(crate) fill: Fill,
}

/// What of a frame the cuts are made from.
pub(crate) struct CutInputs<'a> {
    pub(crate) scene: &'a RenderScene,
    /// Of the scene's instances.
    pub(crate) boxes: &'a [Option<Bounds>],
    pub(crate) view: &'a View,
    pub(crate) eye: &'a Eye,
    pub(crate) sections: &'a Sections,
    pub(crate) uploads: &'a Uploads,
}

/// The cuts on the GPU.
pub(crate) struct Cuts {
    layout: wgpu::BindGroupLayout,
    pub(crate) segments: GrowingBuffer,
    pub(crate) covers: GrowingBuffer,
    uniforms: GrowingBuffer,
    pub(crate) bind_group: wgpu::BindGroup,
    pub(crate) draws: Vec<CutDraw>,
    /// Which of the segments belong to which cut of the scene.
    ranges: Vec<Range<u32>>,
    /// What `segments` was made from.
    made_from: (Vec<Arc<CutOutline>>, Sections),
}

/// Bytes from the numbers of one cut to those of the next; every device allows it.
const STRIDE: usize = 256;

impl Cuts {
    pub(crate) fn layout(device: &wgpu::Device) -> wgpu::BindGroupLayout {
        device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor {
            label: Some("Cuts::layout"),
            entries: &[gpu::uniform_entry(0, true)],
        })
    }

    pub(crate) fn new(device: &wgpu::Device) -> Self {
        let layout = Self::layout(device);
        let uniforms = GrowingBuffer::new(device, "Cuts::uniforms", wgpu::BufferUsages::UNIFORM);
        Self {
            bind_group: bind_group(device, &layout, &uniforms.buffer),
            layout,
            segments: GrowingBuffer::new(device, "Cuts::segments", wgpu::BufferUsages::VERTEX),
            covers: GrowingBuffer::new(device, "Cuts::covers", wgpu::BufferUsages::VERTEX),
            uniforms,
            draws: Vec::new(),
            ranges: Vec::new(),
            made_from: Default::default(),
        }
    }

    /// How many draw calls the cuts take.
    pub(crate) fn num_calls(&self) -> u32 {
        let calls = |draw: &CutDraw| match draw.fill {
            Fill::None => 1,
            Fill::Opaque | Fill::Translucent => 3 + u32::from(draw.rest.is_some()),
        };
        self.draws.iter().map(calls).sum()
    }

    /// Makes the draws of a frame.
    pub(crate) fn prepare(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, inputs: &CutInputs<'_>) {
        self.draws.clear();
        let cuts = &inputs.scene.cuts;
        if cuts.is_empty() || inputs.sections.is_empty() {
            return;
        }
        self.write_segments(device, queue, inputs);
        let mut uniforms: Vec<u8> = Vec::new();
        let mut covers: Vec<[f32; 3]> = Vec::new();
        for (cut, segments) in cuts.iter().zip(&self.ranges) {
            let segments = segments.clone();
            let rank = self.draws.len();
            let Some((uniform, fill, cover, rest)) = inputs.draw_of(cut, rank) else { continue };
            let mut push = |corners: &[DVec3]| {
                let start = covers.len() as u32;
                covers.extend(fan(corners).map(|corner| corner.to_array()));
                start..covers.len() as u32
            };
            let (cover, rest) = (push(&cover), rest.map(|rest| push(&rest)));
            self.draws.push(CutDraw { segments, cover, rest, uniform: uniforms.len() as u32, fill });
            uniforms.extend_from_slice(bytemuck::bytes_of(&uniform));
            uniforms.resize(self.draws.len() * STRIDE, 0);
        }
        self.covers.write(device, queue, bytemuck::cast_slice(&covers));
        if self.uniforms.write(device, queue, &uniforms) {
            self.bind_group = bind_group(device, &self.layout, &self.uniforms.buffer);
        }
    }
}

impl Cuts {
    /// Brings the segments up to date; nothing to do while only the camera moves.
    fn write_segments(&mut self, device: &wgpu::Device, queue: &wgpu::Queue, inputs: &CutInputs<'_>) {
        let cuts = &inputs.scene.cuts;
        let (outlines, sections) = &self.made_from;
        let is_current = sections == inputs.sections
            && outlines.len() == cuts.len()
            && outlines.iter().zip(cuts).all(|(old, new)| Arc::ptr_eq(old, &new.outline));
        if is_current {
            return;
        }
        let outlines = cuts.iter().map(|cut| Arc::clone(&cut.outline)).collect();
        self.made_from = (outlines, inputs.sections.clone());
        let mut segments: Vec<CutSegment> = Vec::new();
        self.ranges.clear();
        for cut in cuts {
            let start = segments.len() as u32;
            segments.extend_from_slice(&cut.outline.segments);
            if cut.is_closed {
                segments.extend(seams(cut, inputs.sections));
            }
            self.ranges.push(start..segments.len() as u32);
        }
        self.segments.write(device, queue, bytemuck::cast_slice(&segments));
    }
}

/// Where the inside of a cut meets those that later planes cut of the same part. The pieces are their own anchors, so that
/// nothing winds around them.
fn seams(cut: &Cut, sections: &Sections) -> Vec<CutSegment> {
    let Some((own, normal)) = sections.plane(cut.plane) else { return Vec::new() };
    let mut seams = Vec::new();
    let CutOutline { origin, segments, .. } = &*cut.outline;
    for (other, offset) in sections.after(own, *origin) {
        let along = normal.cross(other);
        // Where along the line that the planes share the outline crosses it, and from which side.
        let mut crossings: Vec<(f64, i32, DVec3)> = Vec::new();
        for segment in segments {
            let [from, to] = [segment.from, segment.to].map(|point| Vec3::from(point).as_dvec3());
            let [low, high] = [from, to].map(|point| other.dot(point) + offset);
            if (low >= 0.0) != (high >= 0.0) {
                let point = from + (to - from) * (low / (low - high));
                crossings.push((point.dot(along), if low < 0.0 { 1 } else { -1 }, point));
            }
        }
        crossings.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut winding = 0;
        for pair in crossings.windows(2) {
            winding += pair[0].1;
            if winding != 0 {
                let [from, to] = [pair[0].2, pair[1].2].map(|point| point.as_vec3().to_array());
                seams.push(CutSegment { from, to, anchor: from });
            }
        }
    }
    seams
}

fn bind_group(
    device: &wgpu::Device,
    layout: &wgpu::BindGroupLayout,
    buffer: &wgpu::Buffer,
) -> wgpu::BindGroup {
    device.create_bind_group(&wgpu::BindGroupDescriptor {
        label: Some("Cuts::bind_group"),
        layout,
        entries: &[wgpu::BindGroupEntry {
            binding: 0,
            resource: wgpu::BindingResource::Buffer(wgpu::BufferBinding {
                buffer,
                offset: 0,
                size: wgpu::BufferSize::new(size_of::<CutUniform>() as u64),
            }),
        }],
    })
}

/// The triangles of a convex polygon.
fn fan(corners: &[DVec3]) -> impl Iterator<Item = Vec3> + '_ {
    let pairs = corners.windows(2).skip(1);
    pairs.flat_map(|pair| [corners[0], pair[0], pair[1]]).map(DVec3::as_vec3)
}

type DrawOf = (CutUniform, Fill, Vec<DVec3>, Option<Vec<DVec3>>);

impl CutInputs<'_> {
    /// The numbers of a cut, how it is filled, and the polygons it needs; `None` where nothing of it is seen. `rank` is its
    /// number among the cuts that are drawn.
    fn draw_of(&self, cut: &Cut, rank: usize) -> Option<DrawOf> {
        let instance = self.scene.instances.get(cut.instance).filter(|instance| instance.ghost.is_none())?;
        let bounds = self.boxes.get(cut.instance)?.as_ref()?;
        let (own, normal) = self.sections.plane(cut.plane)?;
        if self.eye.is_outside(bounds) {
            return None;
        }
        let CutOutline { origin, corners, .. } = &*cut.outline;
        let cover = self.sections.left_of_polygon(corners, *origin, own);
        if cover.is_empty() {
            return None;
        }
        let rest = (cover != corners).then(|| corners.to_vec());
        let material = self.material(instance);
        let is_seen_through = self.view.mode == DrawMode::XRay || material.alpha_mode == AlphaMode::Blend;
        let fill = match (cut.is_closed, is_seen_through) {
            (false, _) => Fill::None,
            (true, false) => Fill::Opaque,
            (true, true) => Fill::Translucent,
        };
        let offset = (*origin - self.eye.pos_in_world).as_vec3();
        let look = look::Look {
            base: self.base_color(instance, material),
            tint: match instance.highlight {
                Highlight::None => None,
                Highlight::Hovered => Some((self.view.outline_colors[0], 0.12)),
                Highlight::Selected => Some((self.view.outline_colors[1], 0.16)),
            },
            is_closed: cut.is_closed,
            opacity: if fill == Fill::Translucent { 0.35 } else { 1.0 },
        };
        let [color, ink, line] = look.colors(self.view);
        let hatching = look::Hatching::of(instance.id, in_plane(normal), self.mm_per_point());
        let uniform = CutUniform {
            // Of caps in one plane the later is in front, for every pixel alike.
            origin_in_eye: offset.extend(2e-6 * (1 + rank % 8) as f32).into(),
            color,
            ink,
            line,
            hatch: hatching.in_eye(self.eye.pos_in_world),
            extra: [hatching.fading, own as f32, self.eye.reach as f32, 0.0],
        };
        Some((uniform, fill, cover, rest))
    }

    /// The material of most triangles.
    fn material(&self, instance: &Instance) -> &RenderMaterial {
        static FALLBACK: std::sync::LazyLock<RenderMaterial> =
            std::sync::LazyLock::new(RenderMaterial::default);
        let mesh = self.uploads.mesh_of(instance, false);
        let largest =
            mesh.and_then(|(_, mesh)| mesh.source.groups.iter().max_by_key(|group| group.num_indices));
        let slot = largest.map_or(0, |group| group.material_slot as usize);
        let key = instance.materials.get(slot);
        key.and_then(|key| self.scene.materials.get(key)).unwrap_or(&FALLBACK)
    }

    /// The colour without light: that of the material times the mean of some vertices.
    fn base_color(&self, instance: &Instance, material: &RenderMaterial) -> Vec3 {
        const LOOKED_AT: usize = 64;
        let [r, g, b, _] = material.base_color;
        let base = Vec3::new(r, g, b);
        let Some((_, mesh)) = self.uploads.mesh_of(instance, false) else { return base };
        let vertices = &mesh.source.vertices;
        let step = (vertices.len() / LOOKED_AT).max(1);
        let colors = vertices.iter().step_by(step).map(|vertex| {
            let [r, g, b, _] = vertex.color.map(|channel| f32::from(channel) / f32::from(u16::MAX));
            Vec3::new(r, g, b)
        });
        let (sum, count) = colors.fold((Vec3::ZERO, 0.0), |(sum, count), color| (sum + color, count + 1.0));
        if count > 0.0 { base * (sum / count) } else { base }
    }

    /// World size of a point of the screen where the camera looks at; it stays while the camera turns around that.
    fn mm_per_point(&self) -> f64 {
        let View { camera, size_px, pixels_per_point, .. } = self.view;
        let height = match camera.projection {
            Projection::Perspective { fov_y_rad } => 2.0 * self.eye.reach * (0.5 * fov_y_rad).tan(),
            Projection::Orthographic { .. } => self.eye.reach,
        };
        (height * f64::from(*pixels_per_point) / f64::from(size_px[1])).max(1e-12)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn square(side: f64, is_closed: bool) -> Outline {
        let corner = |x: f64, z: f64| DVec3::new(x * side, 0.0, z * side);
        Outline {
            points: vec![corner(0.0, 0.0), corner(1.0, 0.0), corner(1.0, 1.0), corner(0.0, 1.0)],
            is_closed,
        }
    }

    #[test]
    fn outlines_become_pieces_with_an_anchor_and_a_rectangle() {
        let plane = SectionPlane { normal: DVec3::NEG_Y, offset: -1e6 };
        let place = DAffine3::from_translation(DVec3::Y * 1e6);
        let outline = CutOutline::new(&[square(2.0, true)], &place, &plane).expect("it is there");
        assert_eq!((outline.segments.len(), outline.origin), (4, DVec3::Y * 1e6));
        assert!(outline.segments.iter().all(|segment| segment.anchor == [0.0; 3]));
        let [low, _, high, _] = outline.corners;
        assert!((high - low).length() < 2.0 * 1.01 * 2.0_f64.sqrt(), "{low} {high}");
        let open = CutOutline::new(&[square(2.0, false)], &place, &plane).expect("it is there");
        assert_eq!(open.segments.len(), 3);
    }

    #[test]
    fn planes_meet_in_a_line_within_the_cut() {
        let planes = [
            SectionPlane { normal: DVec3::NEG_Y, offset: 0.0 },
            SectionPlane { normal: DVec3::X, offset: 0.5 },
            SectionPlane { normal: DVec3::X, offset: 9.0 },
        ];
        let camera = crate::Camera::look_at(
            DVec3::NEG_Y,
            DVec3::ZERO,
            DVec3::Z,
            Projection::Orthographic { height: 1.0 },
        );
        let sections = Sections::new(&View { sections: planes.to_vec(), ..View::new(camera, [1, 1]) });
        let outline = CutOutline::new(&[square(2.0, true)], &DAffine3::IDENTITY, &planes[0]);
        let outline = Arc::new(outline.expect("it is there"));
        let cut = |plane| Cut { plane, instance: 0, is_closed: true, outline: Arc::clone(&outline) };
        let found = seams(&cut(0), &sections);
        assert_eq!(found.len(), 1);
        let [from, to] = [found[0].from, found[0].to];
        assert_eq!([from[0], to[0], (from[2] - to[2]).abs()], [0.5, 0.5, 2.0]);
        assert!(seams(&cut(2), &sections).is_empty(), "no later plane");
    }

    #[test]
    fn nothing_and_nonsense_are_no_outlines() {
        let plane = SectionPlane { normal: DVec3::Y, offset: 0.0 };
        assert_eq!(CutOutline::new(&[], &DAffine3::IDENTITY, &plane), None);
        assert_eq!(CutOutline::new(&[square(0.0, true)], &DAffine3::IDENTITY, &plane), None);
        assert_eq!(CutOutline::new(&[square(f64::NAN, true)], &DAffine3::IDENTITY, &plane), None);
        let none = SectionPlane { normal: DVec3::ZERO, offset: 0.0 };
        assert_eq!(CutOutline::new(&[square(1.0, true)], &DAffine3::IDENTITY, &none), None);
    }
}
