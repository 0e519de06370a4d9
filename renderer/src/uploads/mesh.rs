//! The arrays of one mesh on the GPU.

use std::sync::Arc;

use geometry::display::{DisplayMesh, DisplayPoint};

use super::texel_rows::{RowsUpload, TexelRows};
use super::{Step, UploadContext};

/// A mesh that can be drawn.
pub(crate) struct GpuMesh {
    /// Kept for the wireframe, which is made when it is first asked for, and for boxes and groups.
    pub(crate) source: Arc<DisplayMesh>,
    pub(crate) vertices: wgpu::Buffer,
    pub(crate) indices: wgpu::Buffer,
    pub(crate) feature_edges: Option<TexelRows>,
    pub(crate) lines: Option<TexelRows>,
    pub(crate) points: Option<TexelRows>,
    /// All triangle edges; absent until asked for.
    pub(crate) wireframe: Option<TexelRows>,
}

impl GpuMesh {
    pub(crate) fn memory_bytes(&self) -> usize {
        let rows = [&self.feature_edges, &self.lines, &self.points, &self.wireframe];
        let texels: usize = rows.into_iter().flatten().map(TexelRows::memory_bytes).sum();
        (self.vertices.size() + self.indices.size()) as usize + texels
    }
}

/// A mesh on its way, part by part.
pub(crate) struct MeshUpload {
    mesh: Arc<DisplayMesh>,
    buffers: Option<[wgpu::Buffer; 2]>,
    bytes_sent: usize,
    rows: [Option<RowsUpload>; 3],
}

const ROW_NAMES: [&str; 3] = ["feature edges", "lines", "points"];

impl MeshUpload {
    pub(crate) fn new(mesh: Arc<DisplayMesh>) -> Self {
        Self { mesh, buffers: None, bytes_sent: 0, rows: [None, None, None] }
    }

    pub(crate) fn pending_bytes(&self) -> usize {
        let buffers = size_of_val(&*self.mesh.vertices) + size_of_val(&*self.mesh.indices);
        let texels = [2 * self.mesh.feature_edges.len(), 2 * self.mesh.lines.len(), self.mesh.points.len()];
        let rows = self.rows.iter().zip(texels).map(|(rows, num_texels)| match rows {
            Some(rows) => rows.pending_bytes(),
            None => num_texels * size_of::<DisplayPoint>(),
        });
        (buffers - self.bytes_sent + rows.sum::<usize>()).max(1)
    }

    /// Sends about `budget` bytes.
    pub(crate) fn advance(&mut self, gpu: &UploadContext<'_>, budget: usize) -> Result<Step, String> {
        let mut sent_bytes = self.advance_buffers(gpu, budget)?;
        for (kind, name) in ROW_NAMES.iter().enumerate() {
            if sent_bytes >= budget {
                return Ok(Step { sent_bytes, is_done: false });
            }
            if self.rows[kind].is_none() {
                self.rows[kind] = Some(RowsUpload::new(texels_of(&self.mesh, kind)));
            }
            if let Some(rows) = self.rows[kind].as_mut().filter(|rows| rows.pending_bytes() > 0) {
                let step = rows.advance(gpu, name, budget - sent_bytes)?;
                sent_bytes += step.sent_bytes;
                if !step.is_done {
                    return Ok(Step { sent_bytes, is_done: false });
                }
            }
        }
        Ok(Step { sent_bytes, is_done: true })
    }

    /// Sends of vertices, then of indices, until `budget` is used up; returns the bytes sent.
    fn advance_buffers(&mut self, gpu: &UploadContext<'_>, budget: usize) -> Result<usize, String> {
        let arrays: [&[u8]; 2] =
            [bytemuck::cast_slice(&self.mesh.vertices), bytemuck::cast_slice(&self.mesh.indices)];
        if self.buffers.is_none() {
            let vertices = gpu.buffer("vertices", arrays[0].len() as u64, wgpu::BufferUsages::VERTEX)?;
            let indices = gpu.buffer("indices", arrays[1].len() as u64, wgpu::BufferUsages::INDEX)?;
            self.buffers = Some([vertices, indices]);
        }
        let Some(buffers) = &self.buffers else { return Ok(0) };
        // Writes go by four bytes; every length here is a multiple of four.
        let budget = budget.max(4) & !3;
        let mut sent_bytes = 0;
        let mut start = 0;
        for (array, buffer) in arrays.into_iter().zip(buffers) {
            let offset = self.bytes_sent.saturating_sub(start).min(array.len());
            let count = (array.len() - offset).min(budget - sent_bytes);
            if count > 0 {
                gpu.queue.write_buffer(buffer, offset as u64, &array[offset..offset + count]);
                self.bytes_sent += count;
                sent_bytes += count;
            }
            start += array.len();
        }
        Ok(sent_bytes)
    }

    /// Only after [`Self::advance`] said that everything is there.
    pub(crate) fn finish(self, gpu: &UploadContext<'_>) -> GpuMesh {
        let [vertices, indices] = self.buffers.expect("advance makes the buffers before it says it is done");
        let [feature_edges, lines, points] =
            self.rows.map(|rows| rows.filter(|rows| !rows.is_empty()).map(|rows| rows.finish(gpu)));
        GpuMesh { source: self.mesh, vertices, indices, feature_edges, lines, points, wireframe: None }
    }
}

fn texels_of(mesh: &DisplayMesh, kind: usize) -> Vec<DisplayPoint> {
    match kind {
        0 => mesh.feature_edges.iter().flatten().map(|&position| edge_point(position)).collect(),
        1 => mesh.lines.as_flattened().to_vec(),
        _ => mesh.points.clone(),
    }
}

/// Alpha 0 means: the view's edge colour; full strength without red, fainter with it. WGSL twin: `segments.wgsl`.
fn edge_point(position: [f32; 3]) -> DisplayPoint {
    DisplayPoint { position, color: [0; 4] }
}

fn wire_point(position: [f32; 3]) -> DisplayPoint {
    DisplayPoint { position, color: [255, 0, 0, 0] }
}

/// Every triangle edge once. An inner edge belongs to two triangles that run along it in opposite directions, so the
/// one whose start is smaller is taken; edges at a boundary may have only the other, but those are feature edges, which
/// are drawn too.
pub(super) fn wireframe_texels(mesh: &DisplayMesh) -> Vec<DisplayPoint> {
    let mut texels = Vec::with_capacity(mesh.indices.len());
    for triangle in mesh.indices.chunks_exact(3) {
        for corner in 0..3 {
            let ends = [triangle[corner], triangle[(corner + 1) % 3]];
            let [Some(from), Some(to)] = ends.map(|idx| mesh.vertices.get(idx as usize)) else { continue };
            if from.position < to.position {
                texels.extend([wire_point(from.position), wire_point(to.position)]);
            }
        }
    }
    texels
}
