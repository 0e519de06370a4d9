//! The document as the renderer draws it: what stands where, in which material, and how it stands out.
//!
//! Derived and thrown away at will. [`RenderSync::sync`] compares what it was made from and does nothing when that is
//! unchanged; a pointer that merely moves over parts only rewrites highlights.

use std::collections::BTreeSet;
use std::sync::Arc;

use assets::{AlphaMode, Filter, Material, TextureRef, Wrap};
use document::{Content, Document, MaterialId, Node, NodeId};
use geometry::ContentHash;
use glam::{DAffine3, DVec3};
use jobs::{BooleanOp, Operation, PreparedPart, Preview, TrimKept};
use renderer::{
    Highlight, Instance, MaterialKey, MeshKey, RenderMaterial, RenderScene, Sampling, SectionPlane,
    TextureKey, TextureUse,
};

use crate::job_queue::JobId;
use crate::parts::NodeStatus;
use crate::sections::cuts_of;
use crate::state::State;

/// Linear colours of ghosts: what a difference takes away, and everything else.
const GHOST_OF_TOOL: [f32; 4] = [0.95, 0.30, 0.10, 0.20];
const GHOST_OF_OPERAND: [f32; 4] = [0.16, 0.42, 0.90, 0.20];

/// The key of the material for slots that have none.
const DEFAULT_MATERIAL: MaterialKey = MaterialKey(0);

/// A part at its place, for picking and for bounds; the twin of the instance with the same index.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The node that shows it.
    pub node: NodeId,
    /// Its arrays and its tree.
    pub part: Arc<PreparedPart>,
    /// Where it stands.
    pub world_from_mesh: DAffine3,
    /// The inverse.
    pub mesh_from_world: DAffine3,
    /// Smallest and largest corner of a box around it, in the world.
    pub bounds: [DVec3; 2],
    /// Whether it is drawn as a ghost only.
    pub ghost: bool,
}

/// What is drawn, and what it was made from.
#[derive(Debug, Default)]
pub struct RenderSync {
    /// For the renderer.
    pub scene: RenderScene,
    /// One for each instance of the scene, in the same order.
    pub placed: Vec<Placed>,
    /// Rises with every change of the scene.
    pub version: u64,
    /// Whether no shown node waits for its part.
    pub complete: bool,
    /// Corners of what is shown ahead of the document.
    preview_corners: Vec<DVec3>,
    made_from: Option<Source>,
    /// The planes that the scene's cuts belong to.
    cut_along: Vec<SectionPlane>,
    hovered: Option<NodeId>,
}

/// What the scene depends on, but for the pointer.
#[derive(Clone, Debug, PartialEq)]
struct Source {
    revision: u64,
    parts: u64,
    selection: Vec<NodeId>,
    isolated: Option<BTreeSet<NodeId>>,
    preview: Option<JobId>,
}

/// What a sync found changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing.
    Nothing,
    /// How instances stand out.
    Highlights,
    /// What stands where.
    Structure,
}

impl RenderSync {
    /// Follows the state.
    pub fn sync(&mut self, state: &State) -> Change {
        let is_current = self.made_from.as_ref().is_some_and(|source| {
            source.revision == state.revision
                && source.parts == state.parts.version()
                && source.selection == state.view.selection
                && source.isolated == state.view.isolated
                && source.preview == state.preview.as_ref().map(|shown| shown.job)
        });
        if is_current && self.hovered == state.view.hovered {
            return Change::Nothing;
        }
        self.version += 1;
        self.hovered = state.view.hovered;
        if is_current {
            self.highlight(state);
            return Change::Highlights;
        }
        self.made_from = Some(Source {
            revision: state.revision,
            parts: state.parts.version(),
            selection: state.view.selection.clone(),
            isolated: state.view.isolated.clone(),
            preview: state.preview.as_ref().map(|shown| shown.job),
        });
        self.rebuild(state);
        self.highlight(state);
        Change::Structure
    }

    /// Finds what planes cut of the scene, as far as that is not known.
    pub fn cut(&mut self, planes: &[SectionPlane]) {
        if self.cut_along == planes {
            return;
        }
        let mut known = std::mem::take(&mut self.scene.cuts);
        for (number, plane) in planes.iter().enumerate() {
            if self.cut_along.get(number) == Some(plane) {
                self.scene.cuts.extend(known.extract_if(.., |cut| cut.plane == number));
            } else {
                self.scene.cuts.extend(cuts_of(&self.placed, number, plane));
            }
        }
        self.cut_along = planes.to_vec();
    }

    /// The corners of the boxes of all solid parts, each turned as its part is.
    #[must_use]
    pub fn corners(&self) -> Vec<DVec3> {
        let placed = self.placed.iter().filter(|placed| !placed.ghost).flat_map(Placed::corners);
        placed.chain(self.preview_corners.iter().copied()).collect()
    }

    /// The corners of what belongs to nodes, ghosts included.
    #[must_use]
    pub fn corners_of(&self, document: &Document, nodes: &[NodeId]) -> Vec<DVec3> {
        let is_within = |placed: &&Placed| nodes.iter().any(|&node| document.is_within(placed.node, node));
        self.placed.iter().filter(is_within).flat_map(Placed::corners).collect()
    }

    fn rebuild(&mut self, state: &State) {
        let document = state.document();
        let mut builder = Builder {
            state,
            document,
            selected: state.view.selection.iter().copied().collect(),
            placed: Vec::new(),
            scene: RenderScene::default(),
            used_materials: BTreeSet::new(),
            complete: true,
        };
        builder.scene.materials.insert(DEFAULT_MATERIAL, RenderMaterial::default());
        let isolated = state.view.isolated.is_none();
        for &root in document.roots() {
            builder.visit(root, DAffine3::IDENTITY, isolated);
        }
        let Builder { placed, mut scene, used_materials, complete, .. } = builder;
        for id in used_materials {
            if let Some(material) = document.material(id) {
                scene.materials.insert(key_of(Some(id)), render_material(material, document));
            }
        }
        self.preview_corners.clear();
        if let Some(shown) = &state.preview {
            self.preview_corners = push_preview(&shown.preview, document, &mut scene);
        }
        self.placed = placed;
        self.scene = scene;
        self.cut_along.clear();
        self.complete = complete;
    }

    fn highlight(&mut self, state: &State) {
        let document = state.document();
        let selected: BTreeSet<NodeId> = state.view.selection.iter().copied().collect();
        for (instance, placed) in self.scene.instances.iter_mut().zip(&self.placed) {
            // An operation shows its own selection; that of an operand is shown by the operand's ghost.
            let is_selected = match placed.ghost {
                true => operand_is_selected(document, placed.node, &selected),
                false => lineage(document, placed.node).any(|id| selected.contains(&id)),
            };
            instance.highlight = if is_selected {
                Highlight::Selected
            } else if self.hovered.is_some_and(|hovered| document.is_within(placed.node, hovered))
                && !placed.ghost
            {
                Highlight::Hovered
            } else {
                Highlight::None
            };
        }
    }
}

impl Placed {
    /// The corners of the part's box, turned as the part is.
    pub fn corners(&self) -> impl Iterator<Item = DVec3> + '_ {
        corners_of(self.part.facts.bounds, self.world_from_mesh)
    }
}

fn corners_of([low, high]: [DVec3; 2], world_from_mesh: DAffine3) -> impl Iterator<Item = DVec3> {
    (0..8).map(move |corner| {
        let pick = |axis: usize| if corner >> axis & 1 == 0 { low[axis] } else { high[axis] };
        world_from_mesh.transform_point3(DVec3::new(pick(0), pick(1), pick(2)))
    })
}

/// Adds what is shown ahead of the document; gives its corners.
fn push_preview(preview: &Preview, document: &Document, scene: &mut RenderScene) -> Vec<DVec3> {
    /// Above the numbers of all materials of a document.
    const FIRST_MATERIAL: u64 = 1 << 40;
    let key = |material: &Option<usize>| {
        material.map_or(DEFAULT_MATERIAL, |idx| MaterialKey(FIRST_MATERIAL + idx as u64))
    };
    for (idx, material) in preview.materials.iter().enumerate() {
        scene.materials.insert(key(&Some(idx)), render_material(material, document));
    }
    let mut corners = Vec::new();
    for part in &preview.parts {
        if !part.world_from_mesh.inverse().is_finite() {
            continue;
        }
        corners.extend(corners_of(part.bounds, part.world_from_mesh));
        scene.instances.push(Instance {
            id: 0,
            mesh: coarse_key(part.hash),
            coarse: None,
            world_from_mesh: part.world_from_mesh,
            materials: part.materials.iter().map(key).collect(),
            highlight: Highlight::None,
            ghost: None,
        });
    }
    corners
}

/// The node and those above it.
fn lineage(document: &Document, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    std::iter::successors(Some(node), |&id| document.node(id)?.parent)
}

/// Whether a node within an operation, or something between it and the operation, is selected.
fn operand_is_selected(document: &Document, node: NodeId, selected: &BTreeSet<NodeId>) -> bool {
    lineage(document, node)
        .take_while(|&id| id == node || document.node(id).is_some_and(|node| !node.content.is_operation()))
        .any(|id| selected.contains(&id))
}

struct Builder<'a> {
    state: &'a State,
    document: &'a Document,
    selected: BTreeSet<NodeId>,
    placed: Vec<Placed>,
    scene: RenderScene,
    used_materials: BTreeSet<MaterialId>,
    complete: bool,
}

impl Builder<'_> {
    /// Adds what a node shows, and all below it.
    fn visit(&mut self, id: NodeId, world_from_parent: DAffine3, isolated: bool) {
        let Some(node) = self.document.node(id) else { return };
        if !node.visible {
            return;
        }
        let isolated = isolated || self.state.view.isolated.as_ref().is_some_and(|shown| shown.contains(&id));
        let world_from_node = world_from_parent * node.parent_from_node;
        match &node.content {
            Content::Group => {
                for &child in &node.children {
                    self.visit(child, world_from_node, isolated);
                }
            }
            Content::Part(_) | Content::Primitive(_) => {
                if isolated {
                    self.push(id, world_from_node, None);
                    self.complete &= self.state.parts.status(self.document, id) != NodeStatus::Working;
                }
            }
            Content::Operation(operation) => {
                if isolated {
                    self.visit_operation(id, node, operation, world_from_node);
                }
            }
        }
    }

    /// An operation shows its result, and ghosts of the operands that explain it: those of a selected one, the tools while
    /// the result is computed, and operands that are selected themselves. Before there is a first result its operands
    /// stay as they were.
    fn visit_operation(&mut self, id: NodeId, node: &Node, operation: &Operation, world_from_node: DAffine3) {
        let shown = self.push(id, world_from_node, None);
        let working = self.state.parts.status(self.document, id) == NodeStatus::Working;
        self.complete &= !working;
        let selected = self.selected.contains(&id);
        for (position, &operand) in node.children.iter().enumerate() {
            let is_tool = operation.boolean().is_some_and(BooleanOp::cuts_first) && position > 0;
            if !shown && !is_tool {
                self.visit(operand, world_from_node, true);
                continue;
            }
            let explains = match operation {
                Operation::Boolean(boolean) => match boolean.op {
                    BooleanOp::Difference | BooleanOp::Split => is_tool,
                    BooleanOp::Intersection | BooleanOp::Xor => true,
                    BooleanOp::Union => false,
                },
                Operation::Hull => true,
                // Where both sides are kept, nothing is missing that a ghost would show.
                Operation::Trim(trim) => trim.kept != TrimKept::Both,
                // What is nearly where the result is would only flicker.
                Operation::Repair(_)
                | Operation::Offset(_)
                | Operation::Simplify(_)
                | Operation::Smooth(_)
                | Operation::Refine(_)
                | Operation::Subdivide(_) => false,
            };
            let wanted = !shown || (selected && explains) || (working && position > 0);
            let color = if is_tool { GHOST_OF_TOOL } else { GHOST_OF_OPERAND };
            self.visit_ghost(operand, world_from_node, color, wanted);
        }
    }

    fn visit_ghost(&mut self, id: NodeId, world_from_parent: DAffine3, color: [f32; 4], wanted: bool) {
        let Some(node) = self.document.node(id) else { return };
        let wanted = (wanted && node.visible) || self.selected.contains(&id);
        let world_from_node = world_from_parent * node.parent_from_node;
        let is_operation = node.content.is_operation();
        if wanted && !matches!(node.content, Content::Group) {
            self.push(id, world_from_node, Some(color));
        }
        for &child in &node.children {
            self.visit_ghost(child, world_from_node, color, wanted && !is_operation);
        }
    }

    /// Adds an instance of what a node shows by itself; `false` when there is nothing yet.
    fn push(&mut self, id: NodeId, world_from_mesh: DAffine3, ghost: Option<[f32; 4]>) -> bool {
        /// Instances are numbered with 24 bits.
        const MOST: usize = (1 << 24) - 1;
        let Some(part) = self.state.parts.shown(self.document, id) else { return false };
        let mesh_from_world = world_from_mesh.inverse();
        if !mesh_from_world.is_finite() || self.placed.len() >= MOST {
            return true;
        }
        let materials = match ghost {
            Some(_) => Vec::new(),
            None => document::materials_of_slots(self.document, id),
        };
        self.used_materials.extend(materials.iter().copied().flatten());
        let mut placed = Placed {
            node: id,
            part: Arc::clone(part),
            world_from_mesh,
            mesh_from_world,
            bounds: [DVec3::ZERO; 2],
            ghost: ghost.is_some(),
        };
        placed.bounds = bounds_of(placed.corners()).unwrap_or([world_from_mesh.translation; 2]);
        self.placed.push(placed);
        self.scene.instances.push(Instance {
            id: u32::try_from(self.placed.len()).expect("instances are numbered with 24 bits"),
            mesh: mesh_key(part.hash),
            coarse: part.coarse.as_ref().map(|_| coarse_key(part.hash)),
            world_from_mesh,
            materials: materials.into_iter().map(key_of).collect(),
            highlight: Highlight::None,
            ghost,
        });
        true
    }
}

/// Smallest and largest coordinates; `None` without points.
#[must_use]
pub fn bounds_of(points: impl IntoIterator<Item = DVec3>) -> Option<[DVec3; 2]> {
    points.into_iter().fold(None, |bounds, point| match bounds {
        None => Some([point; 2]),
        Some([low, high]) => Some([low.min(point), high.max(point)]),
    })
}

/// The renderer's name for a mesh.
#[must_use]
pub fn mesh_key(hash: ContentHash) -> MeshKey {
    MeshKey(hash.0)
}

/// The renderer's name for the stand-in of a mesh of many triangles.
#[must_use]
pub fn coarse_key(hash: ContentHash) -> MeshKey {
    MeshKey(hash.0 ^ STAND_IN)
}

/// The part whose mesh, or whose stand-in, has a name.
#[must_use]
pub fn parts_of(key: MeshKey) -> [ContentHash; 2] {
    [ContentHash(key.0), ContentHash(key.0 ^ STAND_IN)]
}

/// Any number will do.
const STAND_IN: u128 = 0x5354_414e_445f_494e_5354_414e_445f_494e;

/// The renderer's name for an image.
#[must_use]
pub fn texture_key(hash: ContentHash) -> TextureKey {
    TextureKey(hash.0)
}

fn key_of(material: Option<MaterialId>) -> MaterialKey {
    material.map_or(DEFAULT_MATERIAL, |id| MaterialKey(u64::from(id.0) + 1))
}

/// A material of the document as the renderer takes it.
#[must_use]
pub fn render_material(material: &Material, document: &Document) -> RenderMaterial {
    let texture = |texture: &Option<TextureRef>| texture.as_ref().and_then(|it| texture_use(it, document));
    let (base_color, alpha_mode) = material.blended();
    RenderMaterial {
        base_color,
        metallic: material.metallic,
        roughness: material.roughness,
        emissive: material.emissive,
        alpha_mode: match alpha_mode {
            AlphaMode::Opaque => renderer::AlphaMode::Opaque,
            AlphaMode::Mask(cutoff) => renderer::AlphaMode::Mask(cutoff),
            AlphaMode::Blend => renderer::AlphaMode::Blend,
        },
        double_sided: material.double_sided,
        unlit: material.unlit,
        base_color_texture: texture(&material.base_color_texture),
        metallic_roughness_texture: texture(&material.metallic_roughness_texture),
        normal_texture: texture(&material.normal_texture),
        normal_scale: material.normal_scale,
        occlusion_texture: texture(&material.occlusion_texture),
        occlusion_strength: material.occlusion_strength,
        emissive_texture: texture(&material.emissive_texture),
    }
}

fn texture_use(texture: &TextureRef, document: &Document) -> Option<TextureUse> {
    let (hash, _) = document.images().get(texture.image)?;
    let wrap = |wrap: Wrap| match wrap {
        Wrap::Repeat => 0,
        Wrap::MirroredRepeat => 1,
        Wrap::ClampToEdge => 2,
    };
    Some(TextureUse {
        texture: texture_key(*hash),
        uv_set: texture.uv_set,
        sampling: Sampling { wrap: texture.wrap.map(wrap), nearest: texture.filter == Filter::Nearest },
        texture_from_uv: texture_from_uv(texture),
    })
}

/// Offset times rotation times scale, as `KHR_texture_transform` defines them: a positive angle turns the coordinates
/// so that, with V pointing down, the image turns counter-clockwise.
fn texture_from_uv(texture: &TextureRef) -> [[f32; 2]; 3] {
    let (sin, cos) = texture.rotation_rad.sin_cos();
    let [scale_u, scale_v] = texture.scale;
    [[cos * scale_u, -sin * scale_u], [sin * scale_v, cos * scale_v], texture.offset]
}
