//! The node tree: transforms, parents, scenes; made a forest whatever the file says. No recursion, so depth is no matter.

use std::collections::BTreeSet;

use glam::{DAffine3, DMat4, DQuat, DVec3};
use serde_json::Value;

use super::convention::transform_from_file;
use super::json::{Lenient as _, Place, Report, whole_number};
use crate::{ImportedNode, SceneRoots};

/// Nodes and scenes of a document.
pub(super) struct Tree {
    pub(super) nodes: Vec<ImportedNode>,
    pub(super) scenes: Vec<SceneRoots>,
    pub(super) default_scene: usize,
}

/// Reads nodes and scenes. Nothing hangs on the nodes yet.
pub(super) fn read(document: &Value, report: &mut Report) -> Tree {
    let root = Place::Root;
    let nodes_at = root.key("nodes");
    let values = document.elements("nodes");
    let mut nodes: Vec<_> = values
        .iter()
        .enumerate()
        .map(|(index, node)| ImportedNode {
            name: node.text("name").unwrap_or_default().to_owned(),
            parent_from_node: read_transform(node, &nodes_at.at(index), report),
            morph_weights: node.elements("weights").iter().filter_map(weight).collect(),
            hidden: node.extension("KHR_node_visibility").is_some_and(|extension| {
                extension.property("visible").and_then(Value::as_bool) == Some(false)
            }),
            ..ImportedNode::default()
        })
        .collect();
    let mut parents = read_parents(values, &nodes_at, report);
    let is_child: Vec<_> = parents.iter().map(Option::is_some).collect();
    cut_loops(&mut parents, &nodes_at, report);
    let (scenes, default_scene) = read_scenes(document, &mut parents, &is_child, report);
    for (index, value) in values.iter().enumerate() {
        nodes[index].children = children(value, values.len())
            .filter_map(|(_, child)| (parents[child] == Some(index)).then_some(child))
            .collect();
        // A child named twice is still one child.
        let mut seen = BTreeSet::new();
        nodes[index].children.retain(|child| seen.insert(*child));
    }
    let mut tree = Tree { nodes, scenes, default_scene };
    if tree.scenes.is_empty() {
        let roots = (0..tree.nodes.len()).filter(|node| parents[*node].is_none()).collect();
        tree.scenes.push(SceneRoots { name: String::new(), roots });
    }
    tree
}

fn weight(value: &Value) -> Option<f32> {
    value.as_f64().map(crate::color::narrow).filter(|weight| weight.is_finite())
}

impl Tree {
    /// Where every node stands.
    pub(super) fn world_from_nodes(&self) -> Vec<DAffine3> {
        let mut is_child = vec![false; self.nodes.len()];
        for &child in self.nodes.iter().flat_map(|node| &node.children) {
            is_child[child] = true;
        }
        let mut world_from_nodes = vec![DAffine3::IDENTITY; self.nodes.len()];
        let roots = (0..self.nodes.len()).filter(|node| !is_child[*node]);
        let mut open: Vec<_> = roots.map(|root| (root, DAffine3::IDENTITY)).collect();
        while let Some((node, world_from_parent)) = open.pop() {
            world_from_nodes[node] = world_from_parent * self.nodes[node].parent_from_node;
            open.extend(self.nodes[node].children.iter().map(|child| (*child, world_from_nodes[node])));
        }
        world_from_nodes
    }

    /// For files that hold meshes and no nodes: one node for each mesh.
    pub(super) fn add_loose_meshes(&mut self, names: &[String]) {
        for (mesh, name) in names.iter().enumerate() {
            self.scenes[self.default_scene].roots.push(self.nodes.len());
            self.nodes.push(ImportedNode { name: name.clone(), mesh: Some(mesh), ..ImportedNode::default() });
        }
    }
}

/// The valid children of a node with their places in its list.
fn children(node: &Value, num_nodes: usize) -> impl Iterator<Item = (usize, usize)> {
    node.elements("children").iter().enumerate().filter_map(move |(place, child)| {
        let child = usize::try_from(whole_number(child)?).ok()?;
        (child < num_nodes).then_some((place, child))
    })
}

fn read_parents(values: &[Value], at: &Place<'_>, report: &mut Report) -> Vec<Option<usize>> {
    let mut parents = vec![None; values.len()];
    for (index, node) in values.iter().enumerate() {
        for (place, child) in children(node, values.len()) {
            match parents[child] {
                None => parents[child] = Some(index),
                Some(first) => {
                    let node_at = at.at(index);
                    let children_at = node_at.key("children");
                    let message = format!("Node {child} has a parent already, node {first}; it stays there.");
                    report.warn("node-two-parents", &children_at.at(place), message);
                }
            }
        }
    }
    parents
}

/// Makes a node of each loop a root: the one that a walk up from the first node comes to first.
fn cut_loops(parents: &mut [Option<usize>], at: &Place<'_>, report: &mut Report) {
    /// So many nodes of a loop are named.
    const MAX_IN_LOOP: usize = 16;
    /// Not walked yet, or walked by the walk that started at a node.
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Walk(usize),
    }
    let mut marks = vec![Mark::New; parents.len()];
    for start in 0..parents.len() {
        let mut node = start;
        while marks[node] == Mark::New {
            marks[node] = Mark::Walk(start);
            match parents[node] {
                Some(parent) if marks[parent] == Mark::Walk(start) => {
                    let around = std::iter::successors(parents[parent], |above| parents[*above]);
                    for other in around.take_while(|above| *above != parent).take(MAX_IN_LOOP) {
                        report.warn("node-loop", &at.at(other), "The node is its own ancestor.");
                    }
                    report.warn(
                        "node-loop",
                        &at.at(parent),
                        "The node is its own ancestor; it was made a root.",
                    );
                    parents[parent] = None;
                    break;
                }
                Some(parent) => node = parent,
                None => break,
            }
        }
    }
}

fn read_scenes(
    document: &Value,
    parents: &mut [Option<usize>],
    is_child: &[bool],
    report: &mut Report,
) -> (Vec<SceneRoots>, usize) {
    let root = Place::Root;
    let scenes_at = root.key("scenes");
    let mut scenes = Vec::new();
    for (index, scene) in document.elements("scenes").iter().enumerate() {
        let scene_at = scenes_at.at(index);
        let nodes_at = scene_at.key("nodes");
        let listed: Vec<_> =
            scene.elements("nodes").iter().map(|node| whole_number(node).unwrap_or(u64::MAX)).collect();
        let valid = |node: u64| usize::try_from(node).ok().filter(|node| *node < parents.len());
        let in_scene: BTreeSet<_> = listed.iter().filter_map(|node| valid(*node)).collect();
        let mut roots = Vec::new();
        let mut placed = BTreeSet::new();
        let candidates: Vec<_> = listed.iter().map(|node| valid(*node)).collect();
        for (place, node) in candidates.into_iter().enumerate() {
            let Some(node) = node.filter(|node| placed.insert(*node)) else { continue };
            if is_child[node] {
                report.warn("node-not-root", &nodes_at.at(place), format!("Node {node} is not a root node."));
            }
            if parents[node].is_some() {
                // Some writers list all nodes; their children are shown where they are.
                if parents[node].is_some_and(|parent| in_scene.contains(&parent)) {
                    continue;
                }
                parents[node] = None;
            }
            roots.push(node);
        }
        scenes.push(SceneRoots { name: scene.text("name").unwrap_or_default().to_owned(), roots });
    }
    let default_scene = document.index("scene").filter(|scene| *scene < scenes.len()).unwrap_or(0);
    (scenes, default_scene)
}

fn read_transform(node: &Value, at: &Place<'_>, report: &mut Report) -> DAffine3 {
    let transform = if let Some(matrix) = node.numbers::<16>("matrix") {
        let matrix = DMat4::from_cols_array(&matrix);
        if matrix.row(3) != DMat4::IDENTITY.row(3) {
            report.warn(
                "node-matrix",
                &at.key("matrix"),
                "The matrix is a projection; its last row was left out.",
            );
        }
        DAffine3::from_mat4(matrix)
    } else {
        let translation = node.numbers("translation").map_or(DVec3::ZERO, DVec3::from_array);
        let scale = node.numbers("scale").map_or(DVec3::ONE, DVec3::from_array);
        let [x, y, z, w] = node.numbers("rotation").unwrap_or([0.0, 0.0, 0.0, 1.0]);
        let rotation = DQuat::from_xyzw(x, y, z, w);
        let length = rotation.length();
        let rotation = if length > 0.0 && length.is_finite() {
            if (length - 1.0).abs() > 1e-3 {
                report.warn("node-rotation", &at.key("rotation"), "The rotation is not of unit length.");
            }
            rotation / length
        } else {
            report.warn("node-rotation", &at.key("rotation"), "The rotation has no length; none was taken.");
            DQuat::IDENTITY
        };
        DAffine3::from_scale_rotation_translation(scale, rotation, translation)
    };
    let transform = transform_from_file(transform);
    if transform.is_finite() {
        return transform;
    }
    report.warn("node-transform", at, "The transform is too large for numbers; none was taken.");
    DAffine3::IDENTITY
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(nodes: Value, scenes: Value, expected: &[&[usize]], roots: &[usize], codes: &[&str]) {
        let document = json!({ "nodes": nodes, "scenes": scenes });
        let mut report = Report::default();
        let tree = read(&document, &mut report);
        let children: Vec<_> = tree.nodes.iter().map(|node| node.children.as_slice()).collect();
        assert_eq!(children, expected);
        assert_eq!(tree.scenes[tree.default_scene].roots, roots);
        let found: Vec<_> = report.finish().into_iter().map(|warning| warning.code).collect();
        assert_eq!(found, codes);
    }

    #[test]
    fn a_sound_tree_stays_as_it_is() {
        let nodes = json!([{ "children": [1, 2] }, {}, { "children": [3] }, {}]);
        check(nodes.clone(), json!([{ "nodes": [0] }]), &[&[1, 2], &[], &[3], &[]], &[0], &[]);
        check(nodes, json!([]), &[&[1, 2], &[], &[3], &[]], &[0], &[]);
    }

    #[test]
    fn loops_are_cut_once() {
        let scenes = json!([{ "nodes": [0] }]);
        let codes = ["node-loop", "node-loop", "node-loop", "node-not-root"];
        check(json!([{ "children": [0] }]), scenes.clone(), &[&[]], &[0], &codes[2..]);
        let nodes = json!([{ "children": [1] }, { "children": [2] }, { "children": [0] }]);
        check(nodes, scenes, &[&[1], &[2], &[]], &[0], &codes);
        // Entered from outside of the loop, which is found all the same.
        let nodes = json!([{ "children": [] }, { "children": [2] }, { "children": [1, 0] }]);
        check(nodes, json!([]), &[&[], &[], &[1, 0]], &[2], &codes[..2]);
    }

    #[test]
    fn two_parents_and_roots_that_are_children() {
        let nodes = json!([{ "children": [2, 2] }, { "children": [2] }, {}]);
        let codes = ["node-two-parents", "node-two-parents"];
        check(nodes, json!([{ "nodes": [0, 1] }]), &[&[2], &[], &[]], &[0, 1], &codes);
        let nodes = json!([{ "children": [1] }, {}]);
        check(nodes.clone(), json!([{ "nodes": [0, 1] }]), &[&[1], &[]], &[0], &["node-not-root"]);
        check(nodes, json!([{ "nodes": [1] }]), &[&[], &[]], &[1], &["node-not-root"]);
    }

    #[test]
    fn depth_does_not_matter() {
        let mut nodes: Vec<_> = (1..200_000).map(|child| json!({ "children": [child] })).collect();
        nodes.push(json!({}));
        let tree = read(&json!({ "nodes": nodes }), &mut Report::default());
        assert_eq!(tree.scenes[0].roots, [0]);
    }
}
