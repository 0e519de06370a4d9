//! What of a model can be shown while the rest of it is still being read.

use std::sync::Arc;

use geometry::display::DisplayMesh;
use glam::{DAffine3, DVec3};

use crate::Material;

/// A model in outlines: coarse, without textures, made of the data of the file as it lies there.
#[derive(Clone, Debug, Default)]
pub struct Glance {
    /// Its meshes.
    pub meshes: Vec<GlanceMesh>,
    /// What stands where: indices into `meshes`, and from their space to the world.
    pub placed: Vec<(usize, DAffine3)>,
    /// Materials, without textures.
    pub materials: Vec<Material>,
}

/// A mesh of a [`Glance`].
#[derive(Clone, Debug)]
pub struct GlanceMesh {
    /// Corners of the box around it, in mesh space.
    pub bounds: [DVec3; 2],
    /// What stands in for it.
    pub coarse: Arc<DisplayMesh>,
    /// For each material slot an index into [`Glance::materials`].
    pub materials: Vec<Option<usize>>,
}

/// Somebody who wants to see a model before it is read.
pub trait Onlooker {
    /// So many triangles are worth a [`Glance`]; models of fewer are read as soon as it would be made.
    fn min_triangles(&self) -> usize;

    /// Models with more meshes or more places of them are not worth one.
    fn max_places(&self) -> usize;

    /// Takes it; at most once for a file.
    fn show(&self, glance: Glance);
}

/// The smallest box around points; `None` when none is finite.
pub(crate) fn bounds_of(points: impl IntoIterator<Item = DVec3>) -> Option<[DVec3; 2]> {
    let finite = points.into_iter().filter(|point| point.is_finite());
    let empty = [DVec3::INFINITY, DVec3::NEG_INFINITY];
    let [low, high] = finite.fold(empty, |[low, high], point| [low.min(point), high.max(point)]);
    (low.x <= high.x).then_some([low, high])
}
