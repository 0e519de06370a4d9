//! What is shown of a large model before it is ready.

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::{Glance, ImportedScene, Material};
use geometry::display::{DisplayMesh, stand_in_cells};
use geometry::{Cancelled, ContentHash, ContentHasher, Progress};

use crate::{Part, Preview, PreviewPart};

/// Models of fewer triangles are ready as soon as a preview would be; parts of fewer need no stand-in.
pub(crate) const MANY_TRIANGLES: usize = 150_000;

/// Of models with more parts, or more places of them, the preview would be as much work as the model.
pub(crate) const MAX_PLACES: usize = 2000;

/// Stand-ins that were made already, by the name of their part.
pub(crate) type Stands = BTreeMap<ContentHash, Arc<DisplayMesh>>;

/// The stand-in of a part of many triangles.
pub(crate) fn stand_in(part: &Part, progress: &dyn Progress) -> Result<Option<Arc<DisplayMesh>>, Cancelled> {
    if part.surface.triangles.len() < MANY_TRIANGLES {
        return Ok(None);
    }
    DisplayMesh::coarse(&part.surface, stand_in_cells(part.surface.triangles.len()), progress)
        .map(|mesh| Some(Arc::new(mesh)))
}

/// The preview of a model that was only glanced at.
pub(crate) fn of_glance(glance: Glance) -> Preview {
    let Glance { meshes, placed, materials } = glance;
    let hashes: Vec<ContentHash> = meshes.iter().map(|mesh| name_of(&mesh.coarse)).collect();
    let placed = placed.into_iter().filter_map(|(idx, world_from_mesh)| {
        let mesh = meshes.get(idx)?;
        Some(PreviewPart {
            hash: hashes[idx],
            world_from_mesh,
            bounds: mesh.bounds,
            coarse: Arc::clone(&mesh.coarse),
            materials: mesh.materials.clone(),
        })
    });
    Preview { parts: placed.collect(), materials }
}

/// The name of a stand-in for something that has no name yet.
fn name_of(coarse: &DisplayMesh) -> ContentHash {
    ContentHasher::new("glance")
        .array(&coarse.origin.to_array())
        .array(&coarse.vertices)
        .array(&coarse.indices)
        .finish()
}

/// The preview of a scene whose meshes have become `parts`, one each; `None` for models that need none. What it makes of
/// parts of many triangles goes to `stands`.
pub(crate) fn of_scene(
    scene: &ImportedScene,
    parts: &[(ContentHash, Arc<Part>)],
    stands: &mut Stands,
    progress: &dyn Progress,
) -> Result<Option<Preview>, Cancelled> {
    let num_triangles: usize = parts.iter().map(|(_, part)| part.surface.triangles.len()).sum();
    let placed = scene.placed_meshes(MAX_PLACES);
    if num_triangles < MANY_TRIANGLES || placed.len() > MAX_PLACES || parts.len() > MAX_PLACES {
        return Ok(None);
    }
    let mut coarse = Vec::with_capacity(parts.len());
    for (hash, part) in parts {
        let mesh = match stands.get(hash) {
            Some(mesh) => Arc::clone(mesh),
            None => {
                let num_triangles = part.surface.triangles.len();
                let mesh =
                    Arc::new(DisplayMesh::coarse(&part.surface, stand_in_cells(num_triangles), progress)?);
                if num_triangles >= MANY_TRIANGLES {
                    stands.insert(*hash, Arc::clone(&mesh));
                }
                mesh
            }
        };
        coarse.push(mesh);
    }
    let materials = scene.materials.iter().map(without_textures).collect();
    let mut preview = Preview { parts: Vec::new(), materials };
    for (mesh_idx, world_from_mesh) in placed {
        let (Some((hash, part)), Some(mesh)) = (parts.get(mesh_idx), coarse.get(mesh_idx)) else { continue };
        let Some((low, high)) = part.surface.bounds() else { continue };
        preview.parts.push(PreviewPart {
            hash: *hash,
            world_from_mesh,
            bounds: [low, high],
            coarse: Arc::clone(mesh),
            materials: scene.meshes[mesh_idx].materials.clone(),
        });
    }
    Ok((!preview.parts.is_empty()).then_some(preview))
}

/// Images come with the model.
fn without_textures(material: &Material) -> Material {
    Material {
        base_color_texture: None,
        metallic_roughness_texture: None,
        normal_texture: None,
        occlusion_texture: None,
        emissive_texture: None,
        ..material.clone()
    }
}

#[cfg(test)]
mod tests {
    use assets::{ImportedMesh, ImportedNode, SceneRoots};
    use geometry::{Primitive, Unwatched};
    use glam::{DAffine3, DVec3};

    use super::*;

    fn scene_of(segments: u32) -> (ImportedScene, Vec<(ContentHash, Arc<Part>)>) {
        let part = Part::from_mesh(Primitive::Sphere { radius: 5.0, segments }.mesh().unwrap());
        let node = |mesh, children, shift: f64| ImportedNode {
            mesh,
            children,
            parent_from_node: DAffine3::from_translation(DVec3::X * shift),
            ..ImportedNode::default()
        };
        let scene = ImportedScene {
            nodes: vec![
                node(None, vec![1, 2], 100.0),
                node(Some(0), vec![], 20.0),
                node(Some(0), vec![], -20.0),
            ],
            scenes: vec![SceneRoots { roots: vec![0], ..SceneRoots::default() }],
            meshes: vec![ImportedMesh::default()],
            ..ImportedScene::default()
        };
        (scene, vec![(part.content_hash(), Arc::new(part))])
    }

    #[test]
    fn a_large_model_is_previewed_where_it_will_stand() {
        let (scene, parts) = scene_of(800);
        assert!(parts[0].1.surface.triangles.len() >= MANY_TRIANGLES);
        let mut stands = Stands::new();
        let preview = of_scene(&scene, &parts, &mut stands, &Unwatched).unwrap().unwrap();
        let at: Vec<f64> = preview.parts.iter().map(|part| part.world_from_mesh.translation.x).collect();
        assert_eq!(at, [120.0, 80.0]);
        for part in &preview.parts {
            assert_eq!(part.hash, parts[0].0);
            let num_triangles = part.coarse.indices.len() / 3;
            let all = parts[0].1.surface.triangles.len();
            assert!((1000..all / 3).contains(&num_triangles), "{num_triangles} of {all}");
            assert!(part.bounds[0].abs_diff_eq(DVec3::splat(-5.0), 0.01));
        }
        assert_eq!(stands.keys().copied().collect::<Vec<_>>(), [parts[0].0]);
    }

    #[test]
    fn a_small_model_needs_no_preview() {
        let (scene, parts) = scene_of(32);
        assert_eq!(of_scene(&scene, &parts, &mut Stands::new(), &Unwatched).unwrap(), None);
        assert_eq!(stand_in(&parts[0].1, &Unwatched).unwrap(), None);
    }
}
