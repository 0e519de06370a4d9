//! Saving the project and exporting models.

use std::collections::BTreeMap;
use std::sync::Arc;

use assets::{ExportOptions, Format, ImportedMesh, ImportedNode, ImportedScene, SceneRoots, UpAxis};
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
        };
        let roots = tops.iter().filter_map(|&id| builder.node(id, true)).collect();
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
fn safe_file_name(name: &str) -> String {
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
            self.scene.nodes.push(ImportedNode {
                name: node.name.clone(),
                children: Vec::new(),
                parent_from_node,
                mesh,
                ..ImportedNode::default()
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
        self.scene.meshes.push(ImportedMesh { name, materials, ..ImportedMesh::default() });
        Some(self.scene.meshes.len() - 1)
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
