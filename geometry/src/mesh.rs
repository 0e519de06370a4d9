//! The triangle mesh everything else works on.

use std::sync::Arc;

use glam::DVec3;
use serde::{Deserialize, Serialize};

/// Stands in [`CornerRows::PerCorner`] for “this corner has no value in this channel”.
pub const NO_ROW: u32 = u32::MAX;

/// An indexed triangle mesh with face-varying attributes.
///
/// Topology lives in `positions` and `triangles` alone: two triangles are neighbours when they name the same two
/// position indices. Attributes hang on *corners*, so a texture seam or a hard edge never splits a position.
///
/// Nothing is promised about a `Mesh` beyond what its constructor checked; [`Mesh::validate`] checks the lengths and
/// indices, `Mesh::check` the topology. Meshes of a document are behind `Arc` and never edited in place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mesh {
    /// Points in mesh space, millimetres.
    #[serde(with = "crate::bulk")]
    pub positions: Vec<DVec3>,
    /// Indices into `positions`, counter-clockwise seen from outside.
    #[serde(with = "crate::bulk")]
    pub triangles: Vec<[u32; 3]>,
    /// Any number of attribute channels; at most one of each [`Semantic`].
    pub channels: Vec<Channel>,
    /// Material slot of each triangle; empty when all are in slot 0, else as long as `triangles`.
    #[serde(with = "crate::bulk")]
    pub material_slots: Vec<u32>,
}

/// One attribute of the corners of a mesh: `width` numbers per row.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Channel {
    /// What the numbers mean.
    pub semantic: Semantic,
    /// Numbers per row, at least 1.
    pub width: u32,
    /// The rows one after another; the length is a multiple of `width`.
    #[serde(with = "crate::bulk")]
    pub values: Vec<f32>,
    /// Which row belongs to which corner.
    pub rows: CornerRows,
}

/// Which row of a [`Channel`] belongs to which corner of the mesh.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CornerRows {
    /// Row `i` belongs to position `i`; there are as many rows as positions.
    PerPosition,
    /// One row index per corner, in the order of `Mesh::triangles`; [`NO_ROW`] marks a corner without a value.
    /// Channels that split at the same seams share one table.
    PerCorner(#[serde(with = "crate::bulk::shared")] Arc<Vec<[u32; 3]>>),
}

/// The meaning of a [`Channel`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Semantic {
    /// Unit normal in mesh space, width 3.
    Normal,
    /// glTF tangent: unit vector in mesh space and the sign of the bitangent, width 4.
    Tangent,
    /// Texture coordinates of the given set, origin at the upper left, width 2.
    Uv(u8),
    /// Linear RGBA of the given set, width 4.
    Color(u8),
    /// Anything else a file carried; the number is the importer's.
    Custom(u16),
}

impl Semantic {
    /// The width channels of this meaning must have; `None` where any will do.
    #[must_use]
    pub fn width(self) -> Option<u32> {
        match self {
            Self::Normal => Some(3),
            Self::Tangent | Self::Color(_) => Some(4),
            Self::Uv(_) => Some(2),
            Self::Custom(_) => None,
        }
    }
}

/// Why a [`Mesh`] is not even well formed. Indices name the first offender.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MeshError {
    /// A coordinate is NaN or infinite.
    #[error("position {position} is not finite")]
    NonFinite {
        /// Index into `positions`.
        position: usize,
    },
    /// A triangle names a position that does not exist.
    #[error("triangle {triangle} refers to position {index}, but there are only {num_positions}")]
    IndexOutOfRange {
        /// Index into `triangles`.
        triangle: usize,
        /// The index it holds.
        index: u32,
        /// The number of positions there are.
        num_positions: usize,
    },
    /// There are more positions or corners of triangles than 32-bit indices can name.
    #[error("the mesh has {count} positions or corners, more than the {} that can be indexed", u32::MAX - 3)]
    TooLarge {
        /// How many there are.
        count: usize,
    },
    /// `material_slots` is neither empty nor as long as `triangles`.
    #[error("{found} material slots for {expected} triangles")]
    MaterialSlots {
        /// The length of `material_slots`.
        found: usize,
        /// The length of `triangles`.
        expected: usize,
    },
    /// A channel's lengths do not agree, or one of its row indices is out of range.
    #[error("channel {channel:?} is malformed: {what}")]
    Channel {
        /// Which channel.
        channel: Semantic,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Mesh {
    /// A mesh of positions and triangles without attributes.
    #[must_use]
    pub fn new(positions: Vec<DVec3>, triangles: Vec<[u32; 3]>) -> Self {
        Self { positions, triangles, channels: Vec::new(), material_slots: Vec::new() }
    }

    /// Whether there is no triangle.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }

    /// The three points of a triangle.
    ///
    /// # Panics
    /// When an index is out of range; see [`Mesh::validate`].
    #[must_use]
    pub fn triangle_points(&self, triangle: usize) -> [DVec3; 3] {
        self.triangles[triangle].map(|position| self.positions[position as usize])
    }

    /// The material slot of a triangle.
    #[must_use]
    pub fn material_slot(&self, triangle: usize) -> u32 {
        self.material_slots.get(triangle).copied().unwrap_or(0)
    }

    /// The channel of a meaning, if there is one.
    #[must_use]
    pub fn channel(&self, semantic: Semantic) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.semantic == semantic)
    }

    /// Smallest and largest corner of the box around all positions that a triangle uses; `None` without triangles.
    #[must_use]
    pub fn bounds(&self) -> Option<(DVec3, DVec3)> {
        let mut bounds: Option<(DVec3, DVec3)> = None;
        for &index in self.triangles.iter().flatten() {
            let point = self.positions[index as usize];
            bounds = Some(bounds.map_or((point, point), |(low, high)| (low.min(point), high.max(point))));
        }
        bounds
    }

    /// Checks finiteness, index ranges and array lengths, not topology.
    ///
    /// # Errors
    /// The first thing found wrong.
    pub fn validate(&self) -> Result<(), MeshError> {
        let count = self.positions.len().max(self.triangles.len().saturating_mul(3));
        if count > u32::MAX as usize - 3 {
            return Err(MeshError::TooLarge { count });
        }
        if let Some(position) = self.positions.iter().position(|point| !point.is_finite()) {
            return Err(MeshError::NonFinite { position });
        }
        let num_positions = self.positions.len();
        for (triangle, corners) in self.triangles.iter().enumerate() {
            if let Some(&index) = corners.iter().find(|&&index| index as usize >= num_positions) {
                return Err(MeshError::IndexOutOfRange { triangle, index, num_positions });
            }
        }
        if !self.material_slots.is_empty() && self.material_slots.len() != self.triangles.len() {
            return Err(MeshError::MaterialSlots {
                found: self.material_slots.len(),
                expected: self.triangles.len(),
            });
        }
        self.channels.iter().try_for_each(|channel| channel.validate(self))
    }
}

impl Channel {
    /// The number of rows.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        self.values.len() / self.width.max(1) as usize
    }

    /// The row that a corner uses, or `None` where the corner has no value.
    ///
    /// `corner` counts 0 to 2 within `triangle`; both must exist in `mesh`, and the channel must be the mesh's own.
    #[must_use]
    pub fn row_of_corner(&self, mesh: &Mesh, triangle: usize, corner: usize) -> Option<u32> {
        let row = match &self.rows {
            CornerRows::PerPosition => mesh.triangles[triangle][corner],
            CornerRows::PerCorner(rows) => rows[triangle][corner],
        };
        (row != NO_ROW).then_some(row)
    }

    /// The numbers of a row, `width` of them.
    #[must_use]
    pub fn row(&self, row: u32) -> &[f32] {
        let width = self.width as usize;
        &self.values[row as usize * width..][..width]
    }

    fn validate(&self, mesh: &Mesh) -> Result<(), MeshError> {
        let fail = |what| Err(MeshError::Channel { channel: self.semantic, what });
        if self.width == 0 || self.semantic.width().is_some_and(|width| width != self.width) {
            return fail("wrong width");
        }
        if !self.values.len().is_multiple_of(self.width as usize) {
            return fail("the values are not whole rows");
        }
        match &self.rows {
            CornerRows::PerPosition if self.num_rows() != mesh.positions.len() => {
                fail("as many rows as positions are needed")
            }
            CornerRows::PerCorner(rows) if rows.len() != mesh.triangles.len() => {
                fail("as many row triples as triangles are needed")
            }
            CornerRows::PerCorner(rows)
                if rows.iter().flatten().any(|&row| row != NO_ROW && row as usize >= self.num_rows()) =>
            {
                fail("a row index is out of range")
            }
            _ => Ok(()),
        }
    }
}
