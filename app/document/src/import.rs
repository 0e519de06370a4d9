//! How an imported model becomes nodes.

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::{AnimationTarget, ImportedScene, Material};
use glam::DAffine3;
use jobs::ImportedModel;

use crate::motion::{Animation, Channel, Skin, Target};
use crate::{Content, Document, MaterialId, Node, NodeId, Outcome, PartContent, Source};

/// Adds everything a file held. A file with one mesh and nothing else becomes one node, any other a group.
pub(crate) fn add(document: &mut Document, model: &ImportedModel) -> Outcome {
    let scene = &model.imported.scene;
    let materials = add_materials(document, model);
    let mut root = Node::new(stem(&model.file_name), Content::Group);
    root.source = Some(Arc::new(Source {
        file_name: model.file_name.clone(),
        size_bytes: model.size_bytes,
        info: scene.source.clone(),
        warnings: model.imported.warnings.clone(),
    }));
    let mut import = Import { model, materials, made: BTreeMap::new() };
    match import.single_part() {
        Some((index, mesh)) => {
            let node = &scene.nodes[index];
            import.fill(&mut root, mesh);
            import.equip(&mut root, index);
            root.morph_weights.clone_from(&node.morph_weights);
            root.parent_from_node = usable(node.parent_from_node);
            let id = document.insert(root);
            import.made.insert(index, Made { node: id, shape: id });
        }
        None => {
            let id = document.insert(root);
            import.add_scenes(document, id);
        }
    }
    import.add_motion(document);
    // Nothing is selected: the first picture of a model should show the model, not an outline.
    Outcome { label: format!("Open {}", model.file_name), select: Some(Vec::new()) }
}

/// The file's name without folders and extension.
fn stem(file_name: &str) -> String {
    let name = file_name.rsplit(['/', '\\']).next().unwrap_or(file_name);
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem.to_owned(),
        _ => name.to_owned(),
    }
}

/// Adds materials and images; the textures of the materials then name the document's images.
fn add_materials(document: &mut Document, model: &ImportedModel) -> Vec<MaterialId> {
    let scene = &model.imported.scene;
    let image_of: Vec<usize> = scene
        .images
        .iter()
        .zip(&model.image_hashes)
        .map(|(image, &hash)| document.insert_image(hash, image))
        .collect();
    scene
        .materials
        .iter()
        .map(|material| {
            let mut material: Material = material.clone();
            for texture in material.texture_slots_mut() {
                *texture = texture.and_then(|mut texture| {
                    texture.image = *image_of.get(texture.image)?;
                    Some(texture)
                });
            }
            document.insert_material(material)
        })
        .collect()
}

struct Import<'a> {
    model: &'a ImportedModel,
    materials: Vec<MaterialId>,
    /// What became of the nodes of the scene; of one in several scenes, in the first.
    made: BTreeMap<usize, Made>,
}

/// What became of a node of the scene.
#[derive(Clone, Copy)]
struct Made {
    node: NodeId,
    /// What shows its mesh: itself, or a child of its own.
    shape: NodeId,
}

impl Import<'_> {
    fn scene(&self) -> &ImportedScene {
        &self.model.imported.scene
    }

    /// The node of a file that holds nothing else, and its mesh.
    fn single_part(&self) -> Option<(usize, usize)> {
        let [scene] = &self.scene().scenes[..] else { return None };
        let [root] = scene.roots[..] else { return None };
        let node = self.scene().nodes.get(root)?;
        let mesh = node.mesh.filter(|_| node.children.is_empty())?;
        Some((root, mesh))
    }

    /// Makes a node show a mesh of the scene.
    fn fill(&self, node: &mut Node, mesh: usize) {
        let Some(prepared) = self.model.parts.get(mesh) else { return };
        node.content = Content::Part(PartContent { hash: prepared.hash, part: Arc::clone(&prepared.part) });
        let slots = self.scene().meshes.get(mesh).map_or(&[][..], |mesh| &mesh.materials);
        node.materials =
            slots.iter().map(|slot| slot.and_then(|slot| self.materials.get(slot).copied())).collect();
    }

    /// Gives a node the camera and the light of one of the scene.
    fn equip(&self, node: &mut Node, index: usize) {
        let (scene, imported) = (self.scene(), &self.scene().nodes[index]);
        node.camera = imported.camera.and_then(|camera| scene.cameras.get(camera)).cloned().map(Arc::new);
        node.light = imported.light.and_then(|light| scene.lights.get(light)).cloned().map(Arc::new);
    }

    /// Adds skins and animations. What hangs on nodes that are in no scene stays as it is posed.
    fn add_motion(&self, document: &mut Document) {
        let node_of = |index: usize| self.made.get(&index).map(|made| made.node);
        let skins = self.scene().skins.iter().map(|skin| {
            let joints = skin.joints.iter().map(|&joint| node_of(joint)).collect::<Option<Vec<_>>>()?;
            Some(document.insert_skin(Skin {
                name: skin.name.clone(),
                joints,
                joint_from_mesh: skin.joint_from_mesh.clone(),
                skeleton: skin.skeleton.and_then(node_of),
            }))
        });
        let skins: Vec<_> = skins.collect();
        for (index, made) in &self.made {
            let skin = self.scene().nodes[*index].skin.and_then(|skin| *skins.get(skin)?);
            if let Some(node) = document.node_mut(made.shape).filter(|_| skin.is_some()) {
                node.skin = skin;
            }
        }
        let animations = self.scene().animations.iter().map(|animation| {
            let channel = |channel: &assets::AnimationChannel| {
                Some(Channel { sampler: channel.sampler, target: self.target(&channel.target)? })
            };
            Arc::new(Animation {
                name: animation.name.clone(),
                channels: animation.channels.iter().filter_map(channel).collect(),
                samplers: animation.samplers.iter().cloned().map(Arc::new).collect(),
            })
        });
        let animations: Vec<_> = animations.filter(|animation| !animation.channels.is_empty()).collect();
        if !animations.is_empty() {
            Arc::make_mut(&mut document.animations).extend(animations);
        }
    }

    fn target(&self, target: &AnimationTarget) -> Option<Target> {
        let made = |index: usize| self.made.get(&index).copied();
        match target {
            AnimationTarget::Translation(index) => Some(Target::Translation(made(*index)?.node)),
            AnimationTarget::Rotation(index) => Some(Target::Rotation(made(*index)?.node)),
            AnimationTarget::Scale(index) => Some(Target::Scale(made(*index)?.node)),
            AnimationTarget::MorphWeights(index) => Some(Target::MorphWeights(made(*index)?.shape)),
            AnimationTarget::Pointer(pointer) => {
                let mut parts = pointer.strip_prefix('/')?.splitn(3, '/');
                let (list, index) = (parts.next()?, parts.next()?.parse().ok()?);
                let rest = parts.next()?.to_owned();
                match list {
                    "nodes" => Some(Target::OfNode(made(index)?.node, rest)),
                    "materials" => Some(Target::OfMaterial(*self.materials.get(index)?, rest)),
                    // Cameras and lights belong to nodes here, and nothing else is kept in its place.
                    _ => None,
                }
            }
        }
    }

    fn add_scenes(&mut self, document: &mut Document, root: NodeId) {
        let scene = &self.model.imported.scene;
        if let [only] = &scene.scenes[..] {
            self.add_nodes(document, root, &only.roots);
            return;
        }
        for (position, roots) in scene.scenes.iter().enumerate() {
            let name =
                if roots.name.is_empty() { format!("Scene {}", position + 1) } else { roots.name.clone() };
            let mut group = Node::new(name, Content::Group);
            group.parent = Some(root);
            group.visible = position == scene.default_scene;
            let id = document.insert(group);
            self.add_nodes(document, id, &roots.roots);
        }
    }

    fn add_nodes(&mut self, document: &mut Document, parent: NodeId, roots: &[usize]) {
        let mut open: Vec<(usize, NodeId)> = roots.iter().rev().map(|&root| (root, parent)).collect();
        while let Some((index, parent)) = open.pop() {
            let Some(imported) = self.model.imported.scene.nodes.get(index) else { continue };
            let mut node = Node::new(self.name_of(index), Content::Group);
            node.parent = Some(parent);
            node.parent_from_node = usable(imported.parent_from_node);
            node.visible = !imported.hidden;
            self.equip(&mut node, index);
            let made = match imported.mesh {
                Some(mesh) if imported.children.is_empty() => {
                    self.fill(&mut node, mesh);
                    node.morph_weights.clone_from(&imported.morph_weights);
                    let id = document.insert(node);
                    Made { node: id, shape: id }
                }
                mesh => {
                    let id = document.insert(node);
                    let shape = mesh.map(|mesh| {
                        let mut part = Node::new(self.mesh_name(mesh), Content::Group);
                        part.parent = Some(id);
                        self.fill(&mut part, mesh);
                        part.morph_weights.clone_from(&imported.morph_weights);
                        document.insert(part)
                    });
                    open.extend(imported.children.iter().rev().map(|&child| (child, id)));
                    Made { node: id, shape: shape.unwrap_or(id) }
                }
            };
            self.made.entry(index).or_insert(made);
        }
    }

    fn name_of(&self, index: usize) -> String {
        let node = &self.scene().nodes[index];
        if !node.name.is_empty() {
            return node.name.clone();
        }
        node.mesh.map_or_else(|| format!("Node {}", index + 1), |mesh| self.mesh_name(mesh))
    }

    fn mesh_name(&self, mesh: usize) -> String {
        let name = self.scene().meshes.get(mesh).map_or("", |mesh| &mesh.name);
        if name.is_empty() { format!("Mesh {}", mesh + 1) } else { name.to_owned() }
    }
}

/// Files may flatten a node to nothing (glTF animations hide things so); such a node is kept, a hair thick, so that
/// its placement has an inverse.
fn usable(parent_from_node: DAffine3) -> DAffine3 {
    if parent_from_node.is_finite() && parent_from_node.inverse().is_finite() {
        parent_from_node
    } else {
        let (scale, rotation, translation) = parent_from_node.to_scale_rotation_translation();
        let scale = glam::DVec3::from_array(
            scale.to_array().map(|s| if s.is_finite() && s.abs() > 1e-9 { s } else { 1e-9 }),
        );
        let rotation = if rotation.is_finite() { rotation } else { glam::DQuat::IDENTITY };
        let translation = if translation.is_finite() { translation } else { glam::DVec3::ZERO };
        DAffine3::from_scale_rotation_translation(scale, rotation, translation)
    }
}
