//! What a frame cost.

/// Counts of one frame, for the status line and for tests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FrameStats {
    /// Draw calls, all passes together.
    pub draws: u32,
    /// Triangles of meshes sent to the GPU in the main passes (shadows, lines and points not counted).
    pub triangles: u64,
    /// Instances inside of the picture.
    pub instances_drawn: u32,
    /// Instances left out because they are outside of the picture.
    pub instances_culled: u32,
    /// Instances left out because their mesh is not (fully) uploaded.
    pub instances_waiting: u32,
}
