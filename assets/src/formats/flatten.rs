//! A scene as formats without a tree hold it: parts in world space.

use glam::{DAffine3, DMat3, DVec3};

use super::{ExportError, ExportOptions, convention};
use crate::{ImportedMesh, ImportedScene};

/// A mesh where a node of the shown scene puts it.
pub(super) struct Placed<'a> {
    /// The node's name, or the mesh's when the node has none.
    pub(super) name: &'a str,
    pub(super) mesh: &'a ImportedMesh,
    /// The file's axes and unit included.
    pub(super) file_from_mesh: DAffine3,
}

impl Placed<'_> {
    /// A point of the mesh as it is written.
    pub(super) fn point(&self, point: DVec3) -> DVec3 {
        self.file_from_mesh.transform_point3(point)
    }

    /// What takes normals of the mesh into the file, up to their length.
    pub(super) fn normal_matrix(&self) -> DMat3 {
        let matrix = self.file_from_mesh.matrix3;
        // The cofactors: the inverse transpose up to a factor, without a division that a flat part would not survive.
        let cofactors = DMat3::from_cols(
            matrix.y_axis.cross(matrix.z_axis),
            matrix.z_axis.cross(matrix.x_axis),
            matrix.x_axis.cross(matrix.y_axis),
        );
        if self.is_mirrored() { -cofactors } else { cofactors }
    }

    /// Whether triangles have to be turned around to keep their outside outside.
    pub(super) fn is_mirrored(&self) -> bool {
        self.file_from_mesh.matrix3.determinant() < 0.0
    }

    /// A triangle of the mesh with its corners in the order in which they are written.
    pub(super) fn corner_order(&self) -> [usize; 3] {
        if self.is_mirrored() { [0, 2, 1] } else { [0, 1, 2] }
    }
}

/// All meshes of the shown scene in the order of its tree.
///
/// # Errors
/// [`ExportError::Empty`] when none of them holds anything that `wanted` accepts.
pub(super) fn placed<'a>(
    scene: &'a ImportedScene,
    options: &ExportOptions,
    wanted: impl Fn(&ImportedMesh) -> bool,
) -> Result<Vec<Placed<'a>>, ExportError> {
    let file_from_scene = DAffine3::from_mat3(convention::file_from_scene(options));
    let roots = scene.scenes.get(scene.default_scene).map(|shown| shown.roots.as_slice()).unwrap_or_default();
    let mut stack: Vec<(usize, DAffine3)> = roots.iter().rev().map(|&root| (root, file_from_scene)).collect();
    let mut placed = Vec::new();
    while let Some((node_idx, file_from_parent)) = stack.pop() {
        let node = &scene.nodes[node_idx];
        let file_from_mesh = file_from_parent * node.parent_from_node;
        if let Some(mesh) = node.mesh.map(|mesh| &scene.meshes[mesh]).filter(|&mesh| wanted(mesh)) {
            let name = if node.name.is_empty() { &mesh.name } else { &node.name };
            placed.push(Placed { name, mesh, file_from_mesh });
        }
        stack.extend(node.children.iter().rev().map(|&child| (child, file_from_mesh)));
    }
    if placed.is_empty() { Err(ExportError::Empty) } else { Ok(placed) }
}
