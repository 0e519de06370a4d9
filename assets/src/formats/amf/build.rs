//! The scene of an AMF.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use geometry::math::{cos, sin};
use geometry::{Channel, CornerRows, Mesh, NO_ROW, Semantic};
use glam::{DAffine3, DMat3, DVec3};

use super::read::{Document, Instance, Object, Volume};
use crate::weld::Welder;
use crate::{AlphaMode, ImportedMesh, ImportedNode, ImportedScene, Material, SceneRoots, SourceInfo, UpAxis};

/// How many nodes constellations of constellations may unfold to, and how deep.
const MAX_NODES: usize = 1 << 16;
const MAX_DEPTH: usize = 32;

pub(super) fn scene(document: Document) -> ImportedScene {
    let mut builder =
        Builder { document: &document, scene: ImportedScene::default(), material_of: BTreeMap::new() };
    let mut meshes_of = BTreeMap::new();
    for object in &document.objects {
        meshes_of.insert(object.id.as_str(), (object, builder.meshes(object)));
    }
    let used: BTreeSet<&str> =
        document.constellations.values().flatten().map(|instance| instance.of.as_str()).collect();
    let mut roots = Vec::new();
    let is_root = |id: &&str| !used.contains(id);
    let constellations: Vec<&str> =
        document.constellations.keys().map(String::as_str).filter(is_root).collect();
    for constellation in constellations {
        for instance in &document.constellations[constellation] {
            builder.instance(instance, &meshes_of, 0, &mut roots);
        }
    }
    for object in document.objects.iter().filter(|object| is_root(&object.id.as_str())) {
        let whole = Instance { of: object.id.clone(), ..Instance::default() };
        builder.instance(&whole, &meshes_of, 0, &mut roots);
    }
    let mut scene = builder.scene;
    scene.scenes = vec![SceneRoots { name: String::new(), roots }];
    scene.source = SourceInfo {
        format: "AMF".to_owned(),
        generator: document.generator.clone(),
        up_axis: UpAxis::Z,
        unit: document.unit,
        unit_assumed: !document.unit_is_stated,
        ..SourceInfo::default()
    };
    scene
}

struct Builder<'a> {
    document: &'a Document,
    scene: ImportedScene,
    /// Materials by the id in the file and the colour of a volume that overrides it.
    material_of: BTreeMap<(Option<&'a str>, Option<[u32; 4]>), usize>,
}

impl<'a> Builder<'a> {
    fn instance(
        &mut self,
        instance: &Instance,
        meshes_of: &BTreeMap<&str, (&Object, Vec<usize>)>,
        depth: usize,
        siblings: &mut Vec<usize>,
    ) {
        if depth >= MAX_DEPTH || self.scene.nodes.len() >= MAX_NODES {
            return;
        }
        let document = self.document;
        let index = self.scene.nodes.len();
        let node = ImportedNode { parent_from_node: placed(instance), ..ImportedNode::default() };
        if let Some(instances) = document.constellations.get(&instance.of) {
            self.scene.nodes.push(node);
            let mut children = Vec::new();
            for inner in instances {
                self.instance(inner, meshes_of, depth + 1, &mut children);
            }
            self.scene.nodes[index].children = children;
        } else if let Some((object, meshes)) = meshes_of.get(instance.of.as_str()) {
            self.scene.nodes.push(ImportedNode { name: object.name.clone(), ..node });
            if let [only] = meshes[..] {
                self.scene.nodes[index].mesh = Some(only);
            } else {
                for &mesh in meshes {
                    let name = self.scene.meshes[mesh].name.clone();
                    let child = self.scene.nodes.len();
                    self.scene.nodes.push(ImportedNode { name, mesh: Some(mesh), ..ImportedNode::default() });
                    self.scene.nodes[index].children.push(child);
                }
            }
        } else {
            return;
        }
        siblings.push(index);
    }

    /// One mesh for each volume that has triangles.
    fn meshes(&mut self, object: &'a Object) -> Vec<usize> {
        let volumes = object.volumes.iter().filter(|volume| !volume.triangles.is_empty());
        let mut meshes = Vec::new();
        for volume in volumes {
            let mesh = self.mesh(object, volume);
            meshes.push(self.scene.meshes.len());
            self.scene.meshes.push(mesh);
        }
        meshes
    }

    fn mesh(&mut self, object: &'a Object, volume: &'a Volume) -> ImportedMesh {
        let mut welder = Welder::default();
        let triangles = volume
            .triangles
            .iter()
            .map(|corners| corners.map(|corner| welder.number(object.positions[corner as usize])))
            .collect();
        let mut mesh = Mesh::new(welder.positions, triangles);
        let of_volume = volume.color.or(object.color);
        // Colours of triangles go before those of vertices, which go before those of volumes, objects and materials.
        let mut values = Vec::new();
        let mut rows = vec![[NO_ROW; 3]; volume.triangles.len()];
        let mut add = |color: &[f32; 4]| {
            values.extend(color);
            u32::try_from(values.len() / 4 - 1).unwrap_or(NO_ROW)
        };
        let row_of_vertex: BTreeMap<usize, u32> =
            object.vertex_colors.iter().map(|(&vertex, color)| (vertex, add(color))).collect();
        for (triangle, corners) in volume.triangles.iter().enumerate() {
            rows[triangle] = match volume.triangle_colors.get(&triangle) {
                Some(color) => [add(color); 3],
                None => {
                    corners.map(|corner| row_of_vertex.get(&(corner as usize)).copied().unwrap_or(NO_ROW))
                }
            };
        }
        let is_colored = |rows: &[u32; 3]| rows.iter().all(|&row| row != NO_ROW);
        let plain = self.material(volume.material.as_deref(), of_volume);
        let mut materials = vec![plain];
        if rows.iter().any(is_colored) {
            materials.push(self.material(None, Some([1.0; 4])));
            mesh.material_slots = rows.iter().map(|rows| u32::from(is_colored(rows))).collect();
            for rows in rows.iter_mut().filter(|rows| !is_colored(rows)) {
                *rows = [NO_ROW; 3];
            }
            let rows = CornerRows::PerCorner(Arc::new(rows));
            mesh.channels.push(Channel { semantic: Semantic::Color(0), width: 4, values, rows });
        }
        ImportedMesh {
            name: volume.name.clone(),
            surface: Arc::new(mesh),
            materials,
            ..ImportedMesh::default()
        }
    }

    fn material(&mut self, id: Option<&'a str>, color: Option<[f32; 4]>) -> Option<usize> {
        let of_file = id.and_then(|id| self.document.materials.get(id));
        let base_color = color.or(of_file.and_then(|material| material.color));
        if of_file.is_none() && base_color.is_none() {
            return None;
        }
        let materials = &mut self.scene.materials;
        let index =
            self.material_of.entry((id, color.map(|color| color.map(f32::to_bits)))).or_insert_with(|| {
                let base_color = base_color.unwrap_or(Material::default().base_color);
                let alpha_mode = if base_color[3] < 1.0 { AlphaMode::Blend } else { AlphaMode::Opaque };
                let name = of_file.map_or_else(String::new, |material| material.name.clone());
                materials.push(Material { name, base_color, alpha_mode, ..Material::default() });
                materials.len() - 1
            });
        Some(*index)
    }
}

fn placed(instance: &Instance) -> DAffine3 {
    let [x, y, z] = instance.turns_deg.to_array().map(|angle| match angle {
        0.0 => (0.0, 1.0),
        angle => (sin(angle.to_radians()), cos(angle.to_radians())),
    });
    let columns = |a: [f64; 3], b: [f64; 3], c: [f64; 3]| {
        DMat3::from_cols(DVec3::from_array(a), DVec3::from_array(b), DVec3::from_array(c))
    };
    let around_x = columns([1.0, 0.0, 0.0], [0.0, x.1, x.0], [0.0, -x.0, x.1]);
    let around_y = columns([y.1, 0.0, -y.0], [0.0, 1.0, 0.0], [y.0, 0.0, y.1]);
    let around_z = columns([z.1, z.0, 0.0], [-z.0, z.1, 0.0], [0.0, 0.0, 1.0]);
    DAffine3::from_mat3_translation(around_z * around_y * around_x, instance.offset)
}
