//! What files hold besides surfaces: loose points and line segments. They are shown and measured, not computed with.

use glam::DVec3;
use serde::{Deserialize, Serialize};

/// A point cloud in mesh space.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PointSet {
    /// Points, millimetres.
    #[serde(with = "crate::bulk")]
    pub positions: Vec<DVec3>,
    /// Linear RGBA per point; empty, or as long as `positions`.
    #[serde(with = "crate::bulk")]
    pub colors: Vec<[f32; 4]>,
    /// Material slot of all points.
    pub material_slot: u32,
}

/// Straight line segments in mesh space.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LineSet {
    /// Points, millimetres.
    #[serde(with = "crate::bulk")]
    pub positions: Vec<DVec3>,
    /// Pairs of indices into `positions`.
    #[serde(with = "crate::bulk")]
    pub segments: Vec<[u32; 2]>,
    /// Linear RGBA per point; empty, or as long as `positions`.
    #[serde(with = "crate::bulk")]
    pub colors: Vec<[f32; 4]>,
    /// Material slot of all segments.
    pub material_slot: u32,
}
