//! What a mesh was made of: planes, cylinders, cones, spheres and rings among its triangles, lines and circles among its
//! edges, each with how well it fits.
//!
//! A face is grown from one triangle: small neighbourhoods suggest surfaces, which take in neighbours while these lie
//! on them, and are fitted again to what they took in; that which covers most wins. The outline of the idea is old (P. Besl,
//! R. Jain, “Segmentation through variable-order surface fitting”, 1988). Here it relies on what tessellated solids are
//! like: vertices lie on the true surface, flat facets cut its corners. So the fit is one to vertices, and how far facets are
//! off is told apart ([`Fit::chord`]).
//!
//! **Promise**: depends on the mesh alone; faces and chains are in the order of their first triangle and position.
//! **Non-promise**: what a surface was meant to be cannot be known; a regular prism of eight sides is a cylinder here, one
//! of six is not.

use glam::DVec3;
use serde::{Deserialize, Serialize};

use crate::bvh::Bvh;
use crate::picking::tree_of_segments;
use crate::progress::Stretch;
use crate::{Cancelled, LineSet, Mesh, Progress};

mod chains;
mod circle;
mod estimate;
mod grow;
mod linear;
mod refine;
mod surface;

pub use circle::circle_of;
pub use grow::Recognizer;

/// The face or chain of something that has none.
pub const NONE: u32 = u32::MAX;

/// How well a shape fits. Lengths in units of the mesh.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// The distance of the farthest vertex.
    pub max: f64,
    /// The root of the mean of the squares of the vertices' distances.
    pub rms: f64,
    /// How far the middle of a facet or edge is from the shape at most, as it is flat or straight. Vertices that lie in the
    /// middle of one, where another body cut through it, count here.
    pub chord: f64,
}

/// A surface of which a face is part. Directions have length 1; a hollow face has its material outside.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Shape {
    /// A plane.
    Plane {
        /// A point of it, in the middle of the face.
        point: DVec3,
        /// Away from the material.
        normal: DVec3,
    },
    /// A cylinder.
    Cylinder {
        /// The axis from where the face begins to where it ends.
        ends: [DVec3; 2],
        /// Half its diameter.
        radius: f64,
        /// Whether it is the inside of a hole.
        is_hollow: bool,
        /// How far the face goes round, up to a full turn.
        turn_rad: f64,
    },
    /// A cone or part of one.
    Cone {
        /// The axis from where the face begins to where it ends.
        ends: [DVec3; 2],
        /// The radii there.
        radii: [f64; 2],
        /// Whether it is the inside of a hole.
        is_hollow: bool,
        /// How far the face goes round, up to a full turn.
        turn_rad: f64,
    },
    /// A sphere.
    Sphere {
        /// Its centre.
        center: DVec3,
        /// Half its diameter.
        radius: f64,
        /// Whether it is the inside of a hollow.
        is_hollow: bool,
    },
    /// A ring.
    Torus {
        /// Its centre.
        center: DVec3,
        /// What it turns about.
        axis: DVec3,
        /// From the centre to the middle of the tube.
        major_radius: f64,
        /// Half the thickness of the tube.
        minor_radius: f64,
        /// Whether the material is outside of the tube.
        is_hollow: bool,
    },
}

impl Shape {
    /// The axis as a point and a direction; the middle of the face's stretch of it.
    #[must_use]
    pub fn axis(&self) -> Option<(DVec3, DVec3)> {
        match *self {
            Self::Cylinder { ends: [from, to], .. } | Self::Cone { ends: [from, to], .. } => {
                Some(((from + to) * 0.5, (to - from).try_normalize()?))
            }
            Self::Torus { center, axis, .. } => Some((center, axis)),
            Self::Plane { .. } | Self::Sphere { .. } => None,
        }
    }
}

/// Triangles that belong together: all on one shape, or such that bend little from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Face {
    /// What it is part of, if that was recognised.
    pub shape: Option<Shape>,
    /// How well that fits.
    pub fit: Fit,
    /// The area of its triangles.
    pub area: f64,
    /// How many there are.
    pub num_triangles: u32,
}

/// What a chain of edges is part of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Curve {
    /// A straight line between the chain's ends.
    Line,
    /// A circle, or an arc of one.
    Arc {
        /// Its centre.
        center: DVec3,
        /// Across its plane, of length 1: seen against it, the chain goes round counter-clockwise.
        normal: DVec3,
        /// Half its diameter.
        radius: f64,
        /// How far the chain goes round; a full turn when it closes.
        turn_rad: f64,
    },
    /// Anything else.
    Free,
}

/// Edges in a row between two faces, or at the border of one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Chain {
    /// Where its segments begin in [`Features::lines`].
    pub first_segment: u32,
    /// How many there are, at least 1; each begins where the one before ends.
    pub num_segments: u32,
    /// Whether the last one ends where the first one begins.
    pub is_closed: bool,
    /// The sum of their lengths.
    pub length: f64,
    /// What it is part of.
    pub curve: Curve,
    /// How well that fits.
    pub fit: Fit,
}

/// Everything recognised in a mesh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// The faces.
    pub faces: Vec<Face>,
    /// The face of each triangle.
    #[serde(with = "crate::bulk")]
    pub face_of_triangle: Vec<u32>,
    /// The chains of edges between faces.
    pub chains: Vec<Chain>,
    /// Their segments, chain after chain. The positions are those of the mesh that edges use.
    pub lines: LineSet,
    /// The chain of each segment.
    #[serde(with = "crate::bulk")]
    pub chain_of_segment: Vec<u32>,
    /// The tree over the segments, for picking.
    pub tree: Bvh,
}

impl Features {
    /// The points along a chain; of a closed one the first is not repeated.
    pub fn points_of(&self, chain: &Chain) -> impl Iterator<Item = DVec3> {
        let first = chain.first_segment as usize;
        let segments = self.lines.segments.get(first..first + chain.num_segments as usize).unwrap_or(&[]);
        let last = segments.last().filter(|_| !chain.is_closed).map(|segment| segment[1]);
        segments
            .iter()
            .map(|segment| segment[0])
            .chain(last)
            .map(|index| self.lines.positions[index as usize])
    }

    /// The triangles of a face, in order.
    pub fn triangles_of(&self, face: u32) -> impl Iterator<Item = u32> {
        (0..).zip(&self.face_of_triangle).filter(move |&(_, &of)| of == face).map(|(triangle, _)| triangle)
    }
}

/// Sorts all triangles into faces and the edges between them into chains. A triangle that has no area belongs to a face next
/// to it, or to none.
///
/// # Errors
/// [`Cancelled`] when `progress` asks for it.
///
/// # Panics
/// When a triangle names a position that does not exist; see [`Mesh::validate`].
pub fn recognize(mesh: &Mesh, progress: &dyn Progress) -> Result<Features, Cancelled> {
    let mut recognizer = Recognizer::new(mesh, &Stretch::new(progress, 0.0, 0.1))?;
    let (faces, face_of_triangle) = recognizer.all_faces(&Stretch::new(progress, 0.1, 0.85))?;
    let found = chains::find(
        mesh,
        recognizer.opposites(),
        &faces,
        &face_of_triangle,
        &Stretch::new(progress, 0.85, 1.0),
    )?;
    let tree = tree_of_segments(&found.lines);
    Ok(Features {
        faces,
        face_of_triangle,
        chains: found.chains,
        lines: found.lines,
        chain_of_segment: found.chain_of_segment,
        tree,
    })
}
