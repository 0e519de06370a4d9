//! Nodes and meshes out of model parts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use geometry::{Channel, CornerRows, Mesh, NO_ROW, Progress, Semantic};
use glam::DAffine3;

use super::beams;
use super::looks::Looks;
use super::model::{Component, Model, Object, Property, RawMesh, Shape};
use super::package::Package;
use super::report::{Report, Space};
use crate::weld::Welder;
use crate::{ImportError, ImportErrorKind, ImportedMesh, ImportedNode, ImportedScene, Location, SceneRoots};

/// How many nodes a file may unfold to: components of components multiply.
const MAX_NODES: usize = 1 << 17;
/// How deep objects may be nested.
const MAX_DEPTH: usize = 64;

/// The model parts of a file, the root first, and which of them a path names.
#[derive(Default)]
pub(super) struct Parts {
    pub(super) models: Vec<Model>,
    /// Where a part is, by the path a component gives; `None` for parts that cannot be had.
    pub(super) part_of_path: BTreeMap<String, Option<usize>>,
}

pub(super) fn scene(
    parts: &Parts,
    package: &Package<'_>,
    report: &mut Report,
    progress: &dyn Progress,
) -> Result<ImportedScene, ImportError> {
    let mut builder = Builder {
        parts,
        looks: Looks::new(package, progress),
        report,
        progress,
        scene: ImportedScene::default(),
        mesh_of_object: HashMap::new(),
        open: Vec::new(),
    };
    let root = &parts.models[0];
    let mut roots = Vec::new();
    for item in &root.items {
        roots.extend(builder.component(0, item)?);
    }
    if root.items.is_empty() {
        roots = builder.everything()?;
    }
    let Builder { mut scene, looks, .. } = builder;
    scene.scenes = vec![SceneRoots { name: root.title.clone().unwrap_or_default(), roots }];
    scene.materials = looks.materials;
    scene.images = looks.images;
    Ok(scene)
}

struct Builder<'a, 'r> {
    parts: &'a Parts,
    looks: Looks<'a>,
    report: &'r mut Report,
    progress: &'a dyn Progress,
    scene: ImportedScene,
    mesh_of_object: HashMap<(usize, u32), Option<usize>>,
    /// The objects we are inside of.
    open: Vec<(usize, u32)>,
}

impl Builder<'_, '_> {
    /// The node of a component or item; `None` when there is nothing to show, which is told.
    fn component(&mut self, part: usize, component: &Component) -> Result<Option<usize>, ImportError> {
        let part = match &component.path {
            None => Some(part),
            Some(path) => self.parts.part_of_path.get(path).copied().flatten(),
        };
        match part {
            Some(part) => self.object(part, component.object, component.parent_from_object),
            // What is wrong with the part was told when it was looked for.
            None => Ok(None),
        }
    }

    fn object(
        &mut self,
        part: usize,
        id: u32,
        parent_from_node: DAffine3,
    ) -> Result<Option<usize>, ImportError> {
        let parts = self.parts;
        let Some(object) = parts.models[part].object(id) else {
            self.report.warn("missing-object", || {
                (
                    Location::Whole,
                    format!(
                        "The object {id} is used and does not exist; it is left out. Export the file again."
                    ),
                )
            });
            return Ok(None);
        };
        if self.open.contains(&(part, id)) || self.open.len() >= MAX_DEPTH {
            self.report.warn("nested-too-deep", || {
                (Location::Whole, format!("The object {id} is inside itself or nested more than {MAX_DEPTH} deep; it is left out."))
            });
            return Ok(None);
        }
        if self.scene.nodes.len() >= MAX_NODES {
            return Err(ImportError::new(
                ImportErrorKind::TooLarge,
                Location::Whole,
                format!(
                    "The 3MF has more than {MAX_NODES} objects once its components are unfolded. Export a part of it."
                ),
            ));
        }
        let node = self.scene.nodes.len();
        self.scene.nodes.push(ImportedNode {
            name: object.name.clone(),
            parent_from_node,
            ..ImportedNode::default()
        });
        match &object.shape {
            Shape::Mesh(raw) => {
                let mesh = match self.mesh_of_object.get(&(part, id)) {
                    Some(&known) => known,
                    None => {
                        let mesh = self.mesh(part, object, raw)?;
                        self.mesh_of_object.insert((part, id), mesh);
                        mesh
                    }
                };
                self.scene.nodes[node].mesh = mesh;
            }
            Shape::Components(components) => {
                self.open.push((part, id));
                for component in components {
                    let child = self.component(part, component)?;
                    self.scene.nodes[node].children.extend(child);
                }
                self.open.pop();
            }
            Shape::Nothing => {}
        }
        Ok(Some(node))
    }

    /// All objects that are no components, for files that build nothing.
    fn everything(&mut self) -> Result<Vec<usize>, ImportError> {
        let model = &self.parts.models[0];
        let objects = || model.resources.keys().filter_map(|id| Some((*id, model.object(*id)?)));
        let used = |wanted: u32| {
            objects().any(|(_, object)| match &object.shape {
                Shape::Components(components) => {
                    components.iter().any(|it| it.path.is_none() && it.object == wanted)
                }
                _ => false,
            })
        };
        // Files that build nothing are small oddities; a large one is shown as it is, without the search.
        let is_small = model.resources.len() < 1000;
        let wanted: Vec<u32> = objects().map(|(id, _)| id).filter(|&id| !is_small || !used(id)).collect();
        if !wanted.is_empty() {
            self.report.warn("empty-build", || {
                (Location::Whole, "The 3MF has objects and builds none of them; all are shown.".to_owned())
            });
        }
        let mut roots = Vec::new();
        for id in wanted {
            roots.extend(self.object(0, id, DAffine3::IDENTITY)?);
        }
        Ok(roots)
    }

    fn mesh(&mut self, part: usize, object: &Object, raw: &RawMesh) -> Result<Option<usize>, ImportError> {
        self.progress.report(0.0)?;
        let mut painter = Painter::default();
        for (number, _) in raw.triangles.iter().enumerate() {
            let property = raw.properties.get(number).copied().flatten();
            let corners = self.corners(part, object, property, &mut painter)?;
            painter.paint(corners);
        }
        let mut mesh = welded(raw);
        if let Some(lattice) = &raw.lattice {
            let num_left_out = beams::add(raw, lattice, &mut mesh);
            if num_left_out > 0 {
                self.report.approximates(Space::Beams);
                self.report.warn("lattice-too-large", || {
                    (Location::Whole, format!("A lattice has {num_left_out} beams more than can be shown."))
                });
            }
            let corners = self.corners(part, object, None, &mut painter)?;
            while painter.slots.len() < mesh.triangles.len() {
                painter.paint(corners);
            }
        }
        if mesh.is_empty() {
            return Ok(None);
        }
        let materials = painter.finish(&mut mesh);
        self.scene.meshes.push(ImportedMesh {
            name: object.name.clone(),
            surface: Arc::new(mesh),
            materials,
            ..ImportedMesh::default()
        });
        Ok(Some(self.scene.meshes.len() - 1))
    }

    /// What the three corners of a triangle look like.
    fn corners(
        &mut self,
        part: usize,
        object: &Object,
        property: Option<Property>,
        painter: &mut Painter,
    ) -> Result<[Corner; 3], ImportError> {
        let of_object = object.property;
        let property = match (property, of_object) {
            (Some(property), _) if property.group != 0 => property,
            (Some(property), Some((group, _))) => Property { group, ..property },
            (None, Some((group, index))) => Property { group, indices: [index; 3] },
            (_, None) => return Ok([painter.plain(); 3]),
        };
        let mut corners = [Corner::default(); 3];
        for (corner, index) in corners.iter_mut().zip(property.indices) {
            let key = (property.group, index);
            *corner = match painter.known.get(&key) {
                Some(known) => *known,
                None => {
                    let model = &self.parts.models[part];
                    let look = self.looks.look(part, model, property.group, index, self.report)?;
                    let new = painter.corner(look.material, look.color, look.uv);
                    painter.known.insert(key, new);
                    new
                }
            };
        }
        Ok(corners)
    }
}

fn welded(raw: &RawMesh) -> Mesh {
    let mut welder = Welder::with_capacity(raw.positions.len());
    let numbers: Vec<u32> = raw.positions.iter().map(|&point| welder.number(point)).collect();
    let mut triangles = raw.triangles.clone();
    if welder.positions.len() != numbers.len() {
        triangles.as_flattened_mut().iter_mut().for_each(|corner| *corner = numbers[*corner as usize]);
    }
    Mesh::new(welder.positions, triangles)
}

/// What a corner has: a material slot, and rows of colours and of texture coordinates.
#[derive(Clone, Copy)]
struct Corner {
    slot: u32,
    color: u32,
    uv: u32,
}

impl Default for Corner {
    fn default() -> Self {
        Self { slot: 0, color: NO_ROW, uv: NO_ROW }
    }
}

/// Collects the materials and attributes of a mesh, triangle by triangle.
#[derive(Default)]
struct Painter {
    known: HashMap<(u32, u32), Corner>,
    materials: Vec<Option<usize>>,
    slot_of_material: BTreeMap<Option<usize>, u32>,
    colors: Vec<f32>,
    uvs: Vec<f32>,
    slots: Vec<u32>,
    color_rows: Vec<[u32; 3]>,
    uv_rows: Vec<[u32; 3]>,
}

impl Painter {
    fn plain(&mut self) -> Corner {
        self.corner(None, None, None)
    }

    fn corner(&mut self, material: Option<usize>, color: Option<[f32; 4]>, uv: Option<[f32; 2]>) -> Corner {
        let index = |number: usize| u32::try_from(number).unwrap_or(NO_ROW);
        let slot = *self.slot_of_material.entry(material).or_insert_with(|| {
            self.materials.push(material);
            index(self.materials.len() - 1)
        });
        let mut corner = Corner { slot, ..Corner::default() };
        if let Some(color) = color {
            corner.color = index(self.colors.len() / 4);
            self.colors.extend(color);
        }
        if let Some(uv) = uv {
            corner.uv = index(self.uvs.len() / 2);
            self.uvs.extend(uv);
        }
        corner
    }

    fn paint(&mut self, corners: [Corner; 3]) {
        self.slots.push(corners[0].slot);
        self.color_rows.push(corners.map(|corner| corner.color));
        self.uv_rows.push(corners.map(|corner| corner.uv));
    }

    /// Puts everything on the mesh; gives the materials of its slots.
    fn finish(self, mesh: &mut Mesh) -> Vec<Option<usize>> {
        let mut add = |semantic, width, values: Vec<f32>, rows: Vec<[u32; 3]>| {
            if !values.is_empty() {
                mesh.channels.push(Channel {
                    semantic,
                    width,
                    values,
                    rows: CornerRows::PerCorner(Arc::new(rows)),
                });
            }
        };
        add(Semantic::Uv(0), 2, self.uvs, self.uv_rows);
        add(Semantic::Color(0), 4, self.colors, self.color_rows);
        if self.slots.iter().any(|&slot| slot != 0) {
            mesh.material_slots = self.slots;
        }
        self.materials
    }
}
