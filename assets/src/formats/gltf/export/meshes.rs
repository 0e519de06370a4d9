//! Writes meshes: a primitive for each group of triangles, for each set of points and for each set of lines.

use std::collections::BTreeMap;

use geometry::{Channel, LineSet, Mesh, PointSet, Progress, Semantic};
use glam::{DVec3, Vec3};
use serde_json::{Map, Value, json};

use super::bin::Bin;
use super::materials::MaterialWriter;
use super::quantize::Grid;
use super::rig;
use super::vertices::{self, Group};
use crate::formats::ExportError;
use crate::formats::gltf::convention::{direction_to_file, point_to_file};
use crate::formats::gltf::variants;
use crate::{ImportedMesh, ImportedScene, Rig};

const POINTS: u32 = 0;
const LINES: u32 = 1;

/// The meshes of a file.
#[derive(Default)]
pub(super) struct Written {
    /// What is written of them.
    pub(super) meshes: Vec<Value>,
    /// For each of them the grid that its positions are on.
    pub(super) grids: Vec<Option<Grid>>,
    /// For each mesh of the scene the one written, if there is anything in it.
    pub(super) mesh_of: Vec<Option<usize>>,
}

/// Writes the meshes that nodes show.
pub(super) fn write(
    scene: &ImportedScene,
    bin: &mut Bin,
    materials: &mut MaterialWriter<'_>,
    progress: &dyn Progress,
) -> Result<Written, ExportError> {
    let mut is_shown = vec![false; scene.meshes.len()];
    for mesh in scene.nodes.iter().filter_map(|node| node.mesh) {
        if let Some(shown) = is_shown.get_mut(mesh) {
            *shown = true;
        }
    }
    let mut written = Written { mesh_of: vec![None; scene.meshes.len()], ..Written::default() };
    for (index, mesh) in scene.meshes.iter().enumerate().filter(|(index, _)| is_shown[*index]) {
        progress.report(index as f64 / scene.meshes.len() as f64)?;
        let grid = grid_of(mesh, bin);
        let primitives = write_primitives(
            mesh,
            grid.as_ref(),
            scene,
            bin,
            materials,
            progress,
            index as f64 / scene.meshes.len() as f64,
        )?;
        if primitives.is_empty() {
            continue;
        }
        written.mesh_of[index] = Some(written.meshes.len());
        let mut value = Map::new();
        if !mesh.name.is_empty() {
            value.insert("name".to_owned(), json!(mesh.name));
        }
        value.insert("primitives".to_owned(), Value::Array(primitives));
        if let Some(rig) = rig::of(mesh) {
            rig::write_weights(rig, &mut value);
        }
        written.meshes.push(Value::Object(value));
        written.grids.push(grid);
    }
    Ok(written)
}

/// The grid of a mesh whose positions are quantised. Those of meshes that bend are not: where they stand is said in too
/// many places.
fn grid_of(mesh: &ImportedMesh, bin: &Bin) -> Option<Grid> {
    if !bin.compression().is_quantized() || mesh.rig.is_some() || mesh.surface.validate().is_err() {
        return None;
    }
    let surface =
        mesh.surface.triangles.iter().flatten().map(|&vertex| mesh.surface.positions[vertex as usize]);
    let points = mesh.points.iter().flat_map(|set| set.positions.iter().copied());
    let lines = mesh.lines.iter().flat_map(|set| set.positions.iter().copied());
    let all = surface.chain(points).chain(lines).filter(|point| point.is_finite());
    Grid::around(all.map(point_to_file))
}

fn write_primitives(
    mesh: &ImportedMesh,
    grid: Option<&Grid>,
    scene: &ImportedScene,
    bin: &mut Bin,
    materials: &mut MaterialWriter<'_>,
    progress: &dyn Progress,
    done: f64,
) -> Result<Vec<Value>, ExportError> {
    let material = |slot: u32| mesh.materials.get(slot as usize).copied().flatten();
    let mut primitives = Vec::new();
    let is_sound = mesh.surface.validate().is_ok();
    let rig = rig::of(mesh).filter(|_| is_sound);
    let is_posed = rig.is_some_and(|rig| rig::is_posed(mesh, rig));
    if is_sound {
        for mut group in vertices::group(&mesh.surface) {
            progress.report(done)?;
            if is_posed {
                // They belong to the pose; readers make new ones.
                group.channels.retain(|channel| channel.semantic != Semantic::Tangent);
            }
            let mut primitive = write_group(&mesh.surface, &group, rig, grid, bin);
            let has_colors =
                group.channels.iter().any(|channel| matches!(channel.semantic, Semantic::Color(_)));
            primitive["material"] = json!(materials.of(material(group.slot), has_colors));
            write_variants(mesh, scene, group.slot, materials, &mut primitive);
            primitives.push(primitive);
        }
    }
    for points in mesh.points.iter().filter(|points| !points.positions.is_empty()) {
        let PointSet { positions, colors, material_slot } = points.as_ref();
        if let Some(mut primitive) = write_loose(positions, colors, rig, grid, bin) {
            primitive["mode"] = json!(POINTS);
            primitive["material"] = json!(materials.of(material(*material_slot), !colors.is_empty()));
            write_variants(mesh, scene, *material_slot, materials, &mut primitive);
            primitives.push(primitive);
        }
    }
    for lines in mesh.lines.iter().filter(|lines| !lines.segments.is_empty()) {
        let LineSet { positions, segments, colors, material_slot } = lines.as_ref();
        let ends = segments.as_flattened();
        if ends.iter().any(|end| *end as usize >= positions.len()) {
            continue;
        }
        if let Some(mut primitive) = write_loose(positions, colors, rig, grid, bin) {
            primitive["mode"] = json!(LINES);
            primitive["indices"] = json!(bin.segments(ends, positions.len()));
            primitive["material"] = json!(materials.of(material(*material_slot), !colors.is_empty()));
            write_variants(mesh, scene, *material_slot, materials, &mut primitive);
            primitives.push(primitive);
        }
    }
    Ok(primitives)
}

/// The materials that a slot has in the variants of the scene.
fn write_variants(
    mesh: &ImportedMesh,
    scene: &ImportedScene,
    slot: u32,
    materials: &mut MaterialWriter<'_>,
    primitive: &mut Value,
) {
    let mut mappings: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for variant in mesh.variants.iter().filter(|variant| variant.slot == slot) {
        if variant.variant < scene.variants.len() && variant.material < scene.materials.len() {
            mappings.entry(variant.material).or_default().push(variant.variant);
        }
    }
    if !mappings.is_empty() {
        let mappings: Vec<_> = mappings
            .into_iter()
            .map(|(material, variants)| json!({ "material": material, "variants": variants }))
            .collect();
        let name = materials.extension(variants::NAME);
        primitive["extensions"] = json!({ name: { "mappings": mappings } });
    }
}

fn write_group(
    mesh: &Mesh,
    group: &Group<'_>,
    rig: Option<&Rig>,
    grid: Option<&Grid>,
    bin: &mut Bin,
) -> Value {
    let mut vertices = vertices::split(mesh, group, rig.map(|rig| &rig.corners));
    if bin.compression().is_packed() {
        vertices.reorder();
    }
    let points: Vec<_> = match rig {
        Some(rig) => {
            vertices.extra_rows.iter().map(|row| point_to_file(rig.positions[*row as usize])).collect()
        }
        None => vertices
            .positions
            .iter()
            .map(|position| point_to_file(mesh.positions[*position as usize]))
            .collect(),
    };
    let mut attributes = Map::new();
    attributes.insert("POSITION".to_owned(), json!(bin.positions(&points, grid)));
    let normals_at_rest = rig.filter(|rig| rig.normals.len() == rig.positions.len());
    let (mut num_uvs, mut num_colors) = (0, 0);
    for (channel, rows) in group.channels.iter().zip(&vertices.rows) {
        let (name, accessor) = match channel.semantic {
            Semantic::Normal => {
                let normals: Vec<_> = match normals_at_rest {
                    Some(rig) => {
                        vertices.extra_rows.iter().map(|row| unit(rig.normals[*row as usize])).collect()
                    }
                    None => gather(channel, rows, unit),
                };
                ("NORMAL".to_owned(), bin.directions(&normals))
            }
            Semantic::Tangent => {
                ("TANGENT".to_owned(), bin.directions(&gather(channel, rows, unit_with_sign)))
            }
            Semantic::Uv(set) => {
                // Materials name sets by number, and the numbers must have no gaps.
                while num_uvs < set {
                    let zeros = bin.zeros(points.len(), "VEC2");
                    attributes.insert(format!("TEXCOORD_{num_uvs}"), json!(zeros));
                    num_uvs += 1;
                }
                num_uvs = set + 1;
                (format!("TEXCOORD_{set}"), bin.uvs(&gather(channel, rows, |uv: [f32; 2]| uv)))
            }
            _ => {
                num_colors += 1;
                let colors = gather(channel, rows, |color: [f32; 4]| color);
                (format!("COLOR_{}", num_colors - 1), bin.colors(&colors))
            }
        };
        attributes.insert(name, json!(accessor));
    }
    let mut primitive = Map::new();
    primitive.insert("indices".to_owned(), json!(bin.triangles(&vertices.indices, points.len())));
    if let Some(rig) = rig {
        rig::write_joints(rig, &vertices.extra_rows, bin, &mut attributes);
        let has_normals = attributes.contains_key("NORMAL");
        let targets = rig::write_targets(rig, &vertices.extra_rows, has_normals, bin);
        if !targets.is_empty() {
            primitive.insert("targets".to_owned(), Value::Array(targets));
        }
    }
    primitive.insert("attributes".to_owned(), Value::Object(attributes));
    Value::Object(primitive)
}

fn write_loose(
    positions: &[DVec3],
    colors: &[[f32; 4]],
    rig: Option<&Rig>,
    grid: Option<&Grid>,
    bin: &mut Bin,
) -> Option<Value> {
    if positions.iter().any(|position| !position.is_finite()) {
        return None;
    }
    let points: Vec<_> = positions.iter().map(|position| point_to_file(*position)).collect();
    let mut attributes = Map::new();
    attributes.insert("POSITION".to_owned(), json!(bin.positions(&points, grid)));
    if colors.len() == positions.len() && colors.iter().flatten().all(|number| number.is_finite()) {
        attributes.insert("COLOR_0".to_owned(), json!(bin.colors(colors)));
    }
    let mut primitive = json!({ "attributes": attributes });
    let targets = rig.map_or(Vec::new(), |rig| rig::no_targets(rig, positions.len(), bin));
    if !targets.is_empty() {
        primitive["targets"] = Value::Array(targets);
    }
    Some(primitive)
}

fn gather<const N: usize, const M: usize>(
    channel: &Channel,
    rows: &[u32],
    convert: impl Fn([f32; N]) -> [f32; M],
) -> Vec<[f32; M]> {
    let row =
        |row: &u32| channel.row(*row).try_into().expect("validated channels have the width of their meaning");
    rows.iter().map(|index| convert(row(index))).collect()
}

/// A direction in the file's axes; as it is where it is long enough, since that keeps its bits.
fn unit(direction: [f32; 3]) -> [f32; 3] {
    /// Well below what the validator lets pass.
    const NEAR: f32 = 1e-4;
    let vector = Vec3::from_array(direction_to_file(direction));
    if (vector.length_squared() - 1.0).abs() < NEAR {
        return vector.to_array();
    }
    // Scaled first, so that the square of the length neither overflows nor vanishes.
    let largest = vector.abs().max_element();
    let scaled = if largest > 0.0 && largest.is_finite() { vector / largest } else { Vec3::ZERO };
    scaled.normalize_or(Vec3::Y).to_array()
}

fn unit_with_sign([x, y, z, sign]: [f32; 4]) -> [f32; 4] {
    let [x, y, z] = unit([x, y, z]);
    [x, y, z, if sign < 0.0 { -1.0 } else { 1.0 }]
}
