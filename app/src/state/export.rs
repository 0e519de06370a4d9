//! Saving the project and exporting models.

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::{
    AnimationChannel, AnimationTarget, ExportOptions, Format, ImportedMesh, ImportedNode, ImportedScene,
    SceneRoots, Skin, UpAxis,
};
use document::motion::{Animation, SkinId, Target};
use document::{Content, MaterialId, Node, NodeId};
use jobs::{JobRequest, PartRef};

use super::results::Purpose;
use super::{Project, State};
use crate::notify::Level;

impl State {
    pub(super) fn save_project(&mut self, ask: bool) {
        let document::Stored { json: document, parts, images } = document::to_json(self.document());
        let name = self.project_name();
        let file = if ask { None } else { self.project.file.clone() };
        let purpose = Purpose::Save { revision: self.revision, file, name: format!("{name}.kerf") };
        let request = JobRequest::SaveProject { document, parts, images };
        self.submit(request, format!("Saving {name}"), purpose);
    }

    /// The document's name for titles and proposed file names: its file's, the sample's, that of the model it shows, its
    /// only root's, or “Untitled”.
    #[must_use]
    pub fn project_name(&self) -> String {
        let Project { file, name, .. } = &self.project;
        if let Some(name) = file.as_deref().and_then(|file| file.rsplit(['/', '\\']).next()) {
            return name.strip_suffix(".kerf").unwrap_or(name).to_owned();
        }
        if let Some(name) = name {
            return name.clone();
        }
        let roots = || self.document().roots().iter().filter_map(|&root| self.document().node(root));
        let model = roots().map(|root| self.innermost(root)).find(|node| node.source.is_some());
        let only = || roots().next().filter(|_| self.document().roots().len() == 1);
        model.or_else(only).map_or_else(|| "Untitled".to_owned(), |root| root.name.clone())
    }

    /// What operations were put over goes on to be what the document is about.
    fn innermost<'a>(&'a self, mut node: &'a Arc<Node>) -> &'a Arc<Node> {
        while let Some(&first) = node.children.first().filter(|_| node.content.is_operation()) {
            let Some(below) = self.document().node(first) else { break };
            node = below;
        }
        node
    }

    pub(super) fn export(&mut self, format: Format) {
        let selected = self.document().topmost(&self.view.selection);
        let tops = if selected.is_empty() { self.document().roots().to_vec() } else { selected };
        let name = match tops[..] {
            [only] => self.document().node(only).map_or_else(String::new, |node| node.name.clone()),
            _ => self.project_name(),
        };
        let (scene, parts) = self.export_scene(&tops);
        if parts.is_empty() {
            self.notify(Level::Warning, "There is nothing to write yet", Vec::new());
            return;
        }
        let name = format!("{}.{}", safe_file_name(&name), format.extensions()[0]);
        let options = ExportOptions {
            unit: self.settings.export_unit,
            compression: self.settings.export_compression,
            up_axis: usual_up_axis(format),
            ..ExportOptions::default()
        };
        let label = format!("Writing {name}");
        self.submit(
            JobRequest::Export { name, scene: Box::new(scene), parts, format, options },
            label,
            Purpose::Export,
        );
    }

    /// What is shown of some nodes, as a scene for an exporter. The meshes hold no arrays; the parts do.
    pub(crate) fn export_scene(&self, tops: &[NodeId]) -> (ImportedScene, Vec<PartRef>) {
        let mut builder = SceneBuilder {
            state: self,
            scene: ImportedScene::default(),
            parts: Vec::new(),
            materials: BTreeMap::new(),
            node_of: BTreeMap::new(),
        };
        let roots = tops.iter().filter_map(|&id| builder.node(id, true)).collect();
        builder.add_motion();
        builder.scene.scenes = vec![SceneRoots { name: String::new(), roots }];
        builder.scene.images = self.document().images().iter().map(|(_, image)| image.clone()).collect();
        (builder.scene, builder.parts)
    }
}

/// The up axis that other programs expect of a format. Ours is written into the file as well, where there is a place.
pub(crate) fn usual_up_axis(format: Format) -> UpAxis {
    match format {
        Format::Obj => UpAxis::Y,
        _ => UpAxis::Z,
    }
}

/// A name without what file systems refuse.
pub(super) fn safe_file_name(name: &str) -> String {
    let safe: String = name
        .chars()
        .map(|c| if c.is_control() || "/\\:*?\"<>|".contains(c) { '_' } else { c })
        .take(100)
        .collect();
    let safe = safe.trim().trim_matches('.').to_owned();
    if safe.is_empty() { "model".to_owned() } else { safe }
}

struct SceneBuilder<'a> {
    state: &'a State,
    scene: ImportedScene,
    parts: Vec<PartRef>,
    materials: BTreeMap<MaterialId, usize>,
    /// Where the nodes of the document are in the scene.
    node_of: BTreeMap<NodeId, usize>,
}

impl SceneBuilder<'_> {
    /// Adds a node and what is below it; roots keep their place in the world.
    fn node(&mut self, top: NodeId, is_root: bool) -> Option<usize> {
        let document = self.state.document();
        let mut top_index = None;
        let mut open = vec![(top, None::<usize>)];
        while let Some((id, parent)) = open.pop() {
            let node = document.node(id)?;
            if !node.visible && id != top {
                continue;
            }
            let index = self.scene.nodes.len();
            let mesh = self.mesh(id);
            let parent_from_node =
                if is_root && id == top { document.world_from_node(id) } else { node.parent_from_node };
            let camera = node.camera.as_ref().map(|camera| {
                self.scene.cameras.push((**camera).clone());
                self.scene.cameras.len() - 1
            });
            let light = node.light.as_ref().map(|light| {
                self.scene.lights.push((**light).clone());
                self.scene.lights.len() - 1
            });
            self.node_of.insert(id, index);
            self.scene.nodes.push(ImportedNode {
                name: node.name.clone(),
                children: Vec::new(),
                parent_from_node,
                mesh,
                skin: None,
                morph_weights: node.morph_weights.clone(),
                camera,
                light,
                hidden: false,
            });
            match parent {
                Some(parent) => self.scene.nodes[parent].children.push(index),
                None => top_index = Some(index),
            }
            if matches!(node.content, Content::Group) {
                open.extend(node.children.iter().rev().map(|&child| (child, Some(index))));
            }
        }
        top_index
    }

    fn mesh(&mut self, id: NodeId) -> Option<usize> {
        let document = self.state.document();
        let part = self.state.parts.shown(document, id)?;
        let materials = document::materials_of_slots(document, id)
            .into_iter()
            .map(|slot| slot.and_then(|material| self.material(material)))
            .collect();
        self.parts.push(PartRef { hash: part.hash, part: Some(part.part.clone()) });
        let name = document.node(id)?.name.clone();
        let rig = part.part.rig.clone();
        self.scene.meshes.push(ImportedMesh { name, materials, rig, ..ImportedMesh::default() });
        Some(self.scene.meshes.len() - 1)
    }

    /// Adds the skins and animations of what is in the scene by now. A part some of whose joints are not stays as it is
    /// posed.
    fn add_motion(&mut self) {
        let document = self.state.document();
        let mut skin_of: BTreeMap<SkinId, Option<usize>> = BTreeMap::new();
        for (&id, &index) in &self.node_of {
            let Some(skin_id) = document.node(id).and_then(|node| node.skin) else { continue };
            let skin = *skin_of.entry(skin_id).or_insert_with(|| {
                let skin = skin_in(&self.node_of, document.skin(skin_id)?)?;
                self.scene.skins.push(skin);
                Some(self.scene.skins.len() - 1)
            });
            let node = &mut self.scene.nodes[index];
            node.skin = skin;
            if let Some(mesh) = node.mesh.filter(|_| skin.is_none()) {
                self.scene.meshes[mesh].rig = None;
                node.morph_weights = Vec::new();
            }
        }
        let animations = document.animations().iter().map(|animation| self.animation(animation));
        self.scene.animations = animations.filter(|animation| !animation.channels.is_empty()).collect();
    }

    fn animation(&self, animation: &Animation) -> assets::Animation {
        let channels = animation.channels.iter().filter_map(|channel| {
            Some(AnimationChannel { sampler: channel.sampler, target: self.target(&channel.target)? })
        });
        assets::Animation {
            name: animation.name.clone(),
            channels: channels.collect(),
            samplers: animation.samplers.iter().map(|sampler| (**sampler).clone()).collect(),
        }
    }

    fn target(&self, target: &Target) -> Option<AnimationTarget> {
        let index = |node: &NodeId| self.node_of.get(node).copied();
        Some(match target {
            Target::Translation(node) => AnimationTarget::Translation(index(node)?),
            Target::Rotation(node) => AnimationTarget::Rotation(index(node)?),
            Target::Scale(node) => AnimationTarget::Scale(index(node)?),
            Target::MorphWeights(node) => {
                let index = index(node)?;
                self.scene.meshes.get(self.scene.nodes[index].mesh?)?.rig.as_ref()?;
                AnimationTarget::MorphWeights(index)
            }
            Target::OfNode(node, rest) => AnimationTarget::Pointer(format!("/nodes/{}/{rest}", index(node)?)),
            Target::OfMaterial(material, rest) => {
                let index = self.materials.get(material)?;
                AnimationTarget::Pointer(format!("/materials/{index}/{rest}"))
            }
        })
    }

    fn material(&mut self, id: MaterialId) -> Option<usize> {
        if let Some(&index) = self.materials.get(&id) {
            return Some(index);
        }
        let material = self.state.document().material(id)?;
        self.scene.materials.push((**material).clone());
        self.materials.insert(id, self.scene.materials.len() - 1);
        Some(self.scene.materials.len() - 1)
    }
}

/// A skin whose joints are all in a scene.
fn skin_in(node_of: &BTreeMap<NodeId, usize>, skin: &document::motion::Skin) -> Option<Skin> {
    let joints = skin.joints.iter().map(|joint| node_of.get(joint).copied()).collect::<Option<Vec<_>>>()?;
    Some(Skin {
        name: skin.name.clone(),
        joints,
        joint_from_mesh: skin.joint_from_mesh.clone(),
        skeleton: skin.skeleton.and_then(|node| node_of.get(&node).copied()),
    })
}
