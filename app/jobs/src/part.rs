//! A part: what one node of a document shows, and everything about it that takes time to find out.

use std::sync::Arc;

use assets::Rig;
use geometry::bvh::Bvh;
use geometry::display::DisplayMesh;
use geometry::{ContentHash, ContentHasher, LineSet, Mesh, PointSet};
use glam::{DAffine3, DVec3};
use serde::{Deserialize, Serialize};

/// Geometry in mesh space; never edited in place.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// Triangles.
    pub surface: Arc<Mesh>,
    /// Line segments.
    pub lines: Vec<Arc<LineSet>>,
    /// Loose points.
    pub points: Vec<Arc<PointSet>>,
    /// What a player needs to bend the surface anew; `None` for surfaces that do not bend.
    pub rig: Option<Arc<Rig>>,
}

impl Part {
    /// A part of triangles only.
    #[must_use]
    pub fn from_mesh(mesh: Mesh) -> Self {
        Self { surface: Arc::new(mesh), ..Self::default() }
    }

    /// The name of its content.
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        if self.lines.is_empty() && self.points.is_empty() && self.rig.is_none() {
            return self.surface.content_hash();
        }
        let mut hasher = ContentHasher::new("part");
        hasher.hash(self.surface.content_hash());
        for lines in &self.lines {
            hasher.hash(lines.content_hash());
        }
        for points in &self.points {
            hasher.hash(points.content_hash());
        }
        if let Some(rig) = &self.rig {
            hasher.hash(rig.content_hash());
        }
        hasher.finish()
    }

    /// Bytes its arrays take in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        let mesh = &self.surface;
        let channels: usize = mesh.channels.iter().map(|channel| channel.values.len() * 4).sum();
        let surface = mesh.positions.len() * 24 + mesh.triangles.len() * 12 + mesh.material_slots.len() * 4;
        let lines: usize =
            self.lines.iter().map(|set| set.positions.len() * 24 + set.segments.len() * 8).sum();
        let points: usize =
            self.points.iter().map(|set| set.positions.len() * 24 + set.colors.len() * 16).sum();
        surface + channels + lines + points + self.rig.as_deref().map_or(0, Rig::memory_bytes)
    }
}

/// A part by name, with its arrays where the receiver may not have them yet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PartRef {
    /// The name of its content.
    pub hash: ContentHash,
    /// Its arrays; `None` when the receiver is known to remember them.
    pub part: Option<Arc<Part>>,
}

/// A part with everything the app wants to know of it, so that the main thread only has to take it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreparedPart {
    /// The name of its content.
    pub hash: ContentHash,
    /// Its arrays.
    pub part: Arc<Part>,
    /// Arrays ready for upload.
    pub display: Arc<DisplayMesh>,
    /// A stand-in of fewer triangles, for pictures of a part of many while something moves.
    pub coarse: Option<Arc<DisplayMesh>>,
    /// The tree over its triangles, for picking.
    pub bvh: Arc<Bvh>,
    /// Of each triangle whether its piece of surface is open (1) or bounds a volume (0), where both kinds are there.
    pub open_pieces: Option<Arc<Vec<u8>>>,
    /// What there is to say about it.
    pub facts: PartFacts,
}

/// What a job shows of a large model before it is done with it: coarse, without textures and edges.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Preview {
    /// What stands where.
    pub parts: Vec<PreviewPart>,
    /// The materials they use.
    pub materials: Vec<assets::Material>,
}

/// A part of a [`Preview`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PreviewPart {
    /// The name that the part will have; another one when the part is not read yet.
    pub hash: ContentHash,
    /// Where it stands.
    pub world_from_mesh: DAffine3,
    /// Corners of the box around it, in mesh space.
    pub bounds: [DVec3; 2],
    /// What stands in for it; of a part that is read, it becomes [`PreparedPart::coarse`].
    pub coarse: Arc<DisplayMesh>,
    /// For each material slot an index into [`Preview::materials`].
    pub materials: Vec<Option<usize>>,
}

/// What the properties panel says of a part, in mesh space.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PartFacts {
    /// Number of triangles.
    pub num_triangles: usize,
    /// Number of positions that triangles use.
    pub num_vertices: usize,
    /// Number of loose points.
    pub num_points: usize,
    /// Number of line segments.
    pub num_segments: usize,
    /// Corners of the box around everything; both zero when there is nothing.
    pub bounds: [DVec3; 2],
    /// Square millimetres.
    pub area: f64,
    /// Signed volume in cubic millimetres; meaningful as a volume only when `closed`.
    pub volume: f64,
    /// Whether the surface bounds a volume: every edge is run through as often one way as the other.
    pub closed: bool,
    /// Whether every edge has exactly two triangles, whichever way they wind.
    pub watertight: bool,
    /// Edges with one triangle.
    pub num_boundary_edges: usize,
    /// Edges with more than two triangles.
    pub num_non_manifold_edges: usize,
    /// Connected pieces of surface.
    pub num_shells: usize,
}
