//! Puts several scenes into one.

use crate::{AnimationTarget, ImportedScene};

/// Adds the contents of a scene behind those of another. Its list of scenes and what its file was are left out.
pub(crate) fn append(whole: &mut ImportedScene, part: ImportedScene) {
    let (nodes, meshes, skins) = (whole.nodes.len(), whole.meshes.len(), whole.skins.len());
    let (materials, images) = (whole.materials.len(), whole.images.len());
    let (cameras, lights, variants) = (whole.cameras.len(), whole.lights.len(), whole.variants.len());
    whole.nodes.extend(part.nodes.into_iter().map(|mut node| {
        shift(&mut node.children, nodes);
        shift(&mut node.mesh, meshes);
        shift(&mut node.skin, skins);
        shift(&mut node.camera, cameras);
        shift(&mut node.light, lights);
        node
    }));
    whole.meshes.extend(part.meshes.into_iter().map(|mut mesh| {
        shift(mesh.materials.iter_mut().flatten(), materials);
        shift(mesh.variants.iter_mut().map(|variant| &mut variant.material), materials);
        shift(mesh.variants.iter_mut().map(|variant| &mut variant.variant), variants);
        mesh
    }));
    whole.materials.extend(part.materials.into_iter().map(|mut material| {
        shift(material.texture_slots_mut().flatten().map(|texture| &mut texture.image), images);
        material
    }));
    whole.skins.extend(part.skins.into_iter().map(|mut skin| {
        shift(&mut skin.joints, nodes);
        shift(&mut skin.skeleton, nodes);
        skin
    }));
    whole.animations.extend(part.animations.into_iter().map(|mut animation| {
        animation.channels.retain_mut(|channel| match &mut channel.target {
            AnimationTarget::Translation(node)
            | AnimationTarget::Rotation(node)
            | AnimationTarget::Scale(node)
            | AnimationTarget::MorphWeights(node) => {
                *node += nodes;
                true
            }
            // It names a place in the file that it came from.
            AnimationTarget::Pointer(_) => false,
        });
        animation
    }));
    whole.images.extend(part.images);
    whole.cameras.extend(part.cameras);
    whole.lights.extend(part.lights);
    whole.variants.extend(part.variants);
}

fn shift<'a>(indices: impl IntoIterator<Item = &'a mut usize>, by: usize) {
    for index in indices {
        *index += by;
    }
}
