//! Parts, nodes and materials out of what was read.

use std::sync::Arc;

use geometry::{Cancelled, Channel, CornerRows, LineSet, Mesh, NO_ROW, PointSet, Progress, Semantic};
use glam::DVec3;

use super::elements::{Elements, Group};
use super::smoothing;
use super::vertices::Vertices;
use crate::color::linear_from_srgb;
use crate::{ImportedMesh, ImportedNode, ImportedScene, Material, SceneRoots};

/// The scene; takes the large arrays out of what was read.
pub(super) fn scene(
    vertices: &mut Vertices,
    elements: &mut Elements,
    progress: &dyn Progress,
) -> Result<ImportedScene, Cancelled> {
    let colors = vertices.colors.iter().flat_map(|&[r, g, b, a]| linear_color([r, g, b], a));
    let mut colors: Vec<f32> = colors.collect();
    let mut scene = ImportedScene {
        materials: std::mem::take(&mut elements.library.materials),
        images: std::mem::take(&mut elements.library.images),
        source: vertices.convention.source("OBJ"),
        ..ImportedScene::default()
    };
    scene.source.generator = vertices.generator.take();
    let mut groups = merged(elements);
    if groups.is_empty() {
        let points = PointSet {
            positions: cloud(vertices),
            colors: cloud_colors(vertices, &colors),
            material_slot: 0,
        };
        let mesh =
            ImportedMesh { points: vec![Arc::new(points)], materials: vec![None], ..ImportedMesh::default() };
        add_tree(&mut scene, &elements.objects, vec![(0, mesh)]);
        return Ok(scene);
    }
    if !colors.is_empty() {
        show_colors_alone(&mut groups, &mut scene.materials);
    }
    let has_one_group = groups.len() == 1;
    let mut parts = Vec::with_capacity(groups.len());
    let mut compact = Compactor::default();
    let num_groups = groups.len();
    for (number, group) in groups.into_iter().enumerate() {
        progress.report(number as f64 / num_groups as f64)?;
        let object = group.object;
        let mesh = part(group, vertices, &mut colors, has_one_group, &mut compact);
        parts.push((object, mesh));
    }
    progress.report(1.0)?;
    add_tree(&mut scene, &elements.objects, parts);
    Ok(scene)
}

/// Colours multiply the material's; what has no material is shown in its colours alone.
fn show_colors_alone(groups: &mut [Group], materials: &mut Vec<Material>) {
    let mut bare =
        groups.iter_mut().flat_map(|group| &mut group.materials).filter(|material| material.is_none());
    if let Some(first) = bare.next() {
        let white = Some(materials.len());
        materials.push(Material { base_color: [1.0; 4], ..Material::default() });
        *first = white;
        bare.for_each(|material| *material = white);
    }
}

fn linear_color(rgb: [f32; 3], alpha: f32) -> [f32; 4] {
    let [r, g, b] = rgb.map(|value| linear_from_srgb(f64::from(value)));
    [r, g, b, if alpha.is_nan() { 1.0 } else { alpha.clamp(0.0, 1.0) }]
}

/// All vertices that have a position, for files that draw nothing with them.
fn cloud(vertices: &Vertices) -> Vec<DVec3> {
    let used = vertices.position_of_vertex.iter().filter(|&&position| position != NO_ROW);
    used.map(|&position| vertices.positions[position as usize]).collect()
}

fn cloud_colors(vertices: &Vertices, colors: &[f32]) -> Vec<[f32; 4]> {
    let with_position = vertices.position_of_vertex.iter().zip(colors.as_chunks().0);
    with_position.filter(|&(&position, _)| position != NO_ROW).map(|(_, &color)| color).collect()
}

/// One node for each part; under one for its object where that has several.
fn add_tree(scene: &mut ImportedScene, objects: &[String], parts: Vec<(usize, ImportedMesh)>) {
    let mut num_parts = vec![0_usize; objects.len()];
    for &(object, _) in &parts {
        num_parts[object] += 1;
    }
    let mut node_of_object: Vec<Option<usize>> = vec![None; objects.len()];
    let mut roots = Vec::new();
    for (object, mut mesh) in parts {
        let name = &objects[object];
        let parent = (num_parts[object] > 1 && !name.is_empty()).then(|| {
            *node_of_object[object].get_or_insert_with(|| {
                scene.nodes.push(ImportedNode { name: name.clone(), ..ImportedNode::default() });
                roots.push(scene.nodes.len() - 1);
                scene.nodes.len() - 1
            })
        });
        if parent.is_none() && !name.is_empty() {
            mesh.name.clone_from(name);
        }
        scene.nodes.push(ImportedNode {
            name: mesh.name.clone(),
            mesh: Some(scene.meshes.len()),
            ..ImportedNode::default()
        });
        let node = scene.nodes.len() - 1;
        match parent {
            Some(parent) => scene.nodes[parent].children.push(node),
            None => roots.push(node),
        }
        scene.meshes.push(mesh);
    }
    scene.scenes = vec![SceneRoots { name: String::new(), roots }];
}

/// The groups, those that share vertices made one, in the order of their first members.
fn merged(elements: &mut Elements) -> Vec<Group> {
    let mut groups = std::mem::take(&mut elements.groups);
    let mut leader: Vec<usize> = (0..groups.len()).collect();
    for &(a, b) in &elements.shared {
        let (a, b) = (lead(&mut leader, a as usize), lead(&mut leader, b as usize));
        leader[a.max(b)] = a.min(b);
    }
    for number in 0..groups.len() {
        let first = lead(&mut leader, number);
        if first != number {
            let group = std::mem::take(&mut groups[number]);
            append(&mut groups[first], group);
        }
    }
    let mut number = 0;
    groups.retain(|_group| {
        number += 1;
        leader[number - 1] == number - 1
    });
    groups
}

/// The first group of a set; paths are halved on the way (Tarjan 1975).
fn lead(leader: &mut [usize], mut group: usize) -> usize {
    while leader[group] != group {
        leader[group] = leader[leader[group]];
        group = leader[group];
    }
    group
}

fn append(to: &mut Group, from: Group) {
    let slot_of_slot: Vec<u32> = from.materials.iter().map(|&material| to.slot(material)).collect();
    let (before, added) = (to.triangles.len(), from.triangles.len());
    to.triangles.extend(from.triangles);
    to.vertices.extend(from.vertices);
    for (table, more) in [(&mut to.uvs, from.uvs), (&mut to.normals, from.normals)] {
        if !table.is_empty() || !more.is_empty() {
            table.resize(before, [NO_ROW; 3]);
            table.extend(more);
            table.resize(before + added, [NO_ROW; 3]);
        }
    }
    let slot = |triangle: usize| slot_of_slot[from.slots.get(triangle).copied().unwrap_or(0) as usize];
    to.slots.resize(before, 0);
    to.slots.extend((0..added).map(slot));
    if !to.smoothing.is_empty() || !from.smoothing.is_empty() {
        to.smoothing.resize(before, 0);
        to.smoothing.extend(from.smoothing);
        to.smoothing.resize(before + added, 0);
    }
    for (old, segments) in from.lines {
        to.lines.entry(slot_of_slot[old as usize]).or_default().extend(segments);
    }
    for (old, points) in from.points {
        to.points.entry(slot_of_slot[old as usize]).or_default().extend(points);
    }
}

fn part(
    mut group: Group,
    vertices: &mut Vertices,
    colors: &mut Vec<f32>,
    is_only: bool,
    compact: &mut Compactor,
) -> ImportedMesh {
    let lines =
        group.lines.into_iter().map(|(slot, segments)| Arc::new(line_set(slot, &segments, vertices, colors)));
    let lines = lines.collect();
    let points =
        group.points.into_iter().map(|(slot, points)| Arc::new(point_set(slot, &points, vertices, colors)));
    let points = points.collect();
    let mut channels = Vec::new();
    if !group.normals.is_empty() {
        drop_zero_normals(&mut group.normals, &vertices.normals);
        channels.push(compact.channel(Semantic::Normal, 3, group.normals, &mut vertices.normals, is_only));
    } else if !group.smoothing.is_empty() {
        channels.push(smoothing::normals(&group.triangles, &group.smoothing, &vertices.positions));
    }
    if !group.uvs.is_empty() {
        channels.push(compact.channel(Semantic::Uv(0), 2, group.uvs, &mut vertices.uvs, is_only));
    }
    if !group.vertices.is_empty() {
        channels.push(compact.channel(Semantic::Color(0), 4, group.vertices, colors, is_only));
    }
    share_equal_tables(&mut channels);
    let mut triangles = group.triangles;
    triangles.shrink_to_fit();
    let positions = compact.positions(&mut triangles, &mut vertices.positions, is_only);
    if group.slots.iter().all(|&slot| slot == 0) {
        group.slots.clear();
    }
    let mut mesh = Mesh::new(positions, triangles);
    mesh.channels = channels;
    mesh.material_slots = group.slots;
    ImportedMesh {
        name: group.name,
        surface: Arc::new(mesh),
        points,
        lines,
        materials: group.materials,
        ..ImportedMesh::default()
    }
}

/// Corners whose normal is zero go without.
fn drop_zero_normals(rows: &mut [[u32; 3]], values: &[f32]) {
    for row in rows.as_flattened_mut() {
        if *row != NO_ROW && values[*row as usize * 3..][..3] == [0.0; 3] {
            *row = NO_ROW;
        }
    }
}

/// Channels that split at the same seams share one table.
fn share_equal_tables(channels: &mut [Channel]) {
    for later in 1..channels.len() {
        let (before, rest) = channels.split_at_mut(later);
        let CornerRows::PerCorner(rows) = &mut rest[0].rows else { continue };
        for known in before {
            if let CornerRows::PerCorner(known) = &known.rows
                && known == rows
            {
                *rows = Arc::clone(known);
                break;
            }
        }
    }
}

fn line_set(slot: u32, segments: &[[u32; 2]], vertices: &Vertices, colors: &[f32]) -> LineSet {
    let mut rows: Vec<u32> = segments.as_flattened().to_vec();
    rows.sort_unstable();
    rows.dedup();
    let number = |vertex: u32| u32::try_from(rows.binary_search(&vertex).unwrap_or(0)).unwrap_or(0);
    LineSet {
        positions: rows.iter().map(|&vertex| position(vertices, vertex)).collect(),
        segments: segments.iter().map(|segment| segment.map(number)).collect(),
        colors: colors_of(&rows, colors),
        material_slot: slot,
    }
}

fn point_set(slot: u32, points: &[u32], vertices: &Vertices, colors: &[f32]) -> PointSet {
    PointSet {
        positions: points.iter().map(|&vertex| position(vertices, vertex)).collect(),
        colors: colors_of(points, colors),
        material_slot: slot,
    }
}

fn position(vertices: &Vertices, vertex: u32) -> DVec3 {
    vertices.positions[vertices.position_of_vertex[vertex as usize] as usize]
}

fn colors_of(rows: &[u32], colors: &[f32]) -> Vec<[f32; 4]> {
    if colors.is_empty() {
        return Vec::new();
    }
    rows.iter().map(|&vertex| colors.as_chunks().0[vertex as usize]).collect()
}

/// Gives each part only the rows it uses, in the order of their first use.
#[derive(Default)]
struct Compactor {
    /// For each row of the whole its new number; [`NO_ROW`] for those not met. All are [`NO_ROW`] between calls.
    number_of_row: Vec<u32>,
    /// Rows met, in order.
    met: Vec<u32>,
}

impl Compactor {
    fn run(&mut self, rows: &mut [[u32; 3]], num_rows: usize) {
        self.number_of_row.resize(self.number_of_row.len().max(num_rows), NO_ROW);
        self.met.clear();
        for row in rows.as_flattened_mut().iter_mut().filter(|row| **row != NO_ROW) {
            let number = &mut self.number_of_row[*row as usize];
            if *number == NO_ROW {
                *number = u32::try_from(self.met.len()).unwrap_or(NO_ROW);
                self.met.push(*row);
            }
            *row = *number;
        }
        for &row in &self.met {
            self.number_of_row[row as usize] = NO_ROW;
        }
    }

    /// The channel of a part; takes the values whole when the part is the only one and uses all of them.
    fn channel(
        &mut self,
        semantic: Semantic,
        width: u32,
        mut rows: Vec<[u32; 3]>,
        values: &mut Vec<f32>,
        is_only: bool,
    ) -> Channel {
        let num_values = width as usize;
        let num_rows = values.len() / num_values;
        let values = if is_only && uses_all(&rows, num_rows) {
            std::mem::take(values)
        } else {
            self.run(&mut rows, num_rows);
            self.met
                .iter()
                .flat_map(|&row| &values[row as usize * num_values..][..num_values])
                .copied()
                .collect()
        };
        rows.shrink_to_fit();
        Channel { semantic, width, values, rows: CornerRows::PerCorner(Arc::new(rows)) }
    }

    fn positions(
        &mut self,
        triangles: &mut [[u32; 3]],
        positions: &mut Vec<DVec3>,
        is_only: bool,
    ) -> Vec<DVec3> {
        if is_only && uses_all(triangles, positions.len()) {
            return std::mem::take(positions);
        }
        self.run(triangles, positions.len());
        self.met.iter().map(|&position| positions[position as usize]).collect()
    }
}

fn uses_all(rows: &[[u32; 3]], num_rows: usize) -> bool {
    let mut is_used = vec![false; num_rows];
    for &row in rows.as_flattened().iter().filter(|&&row| row != NO_ROW) {
        is_used[row as usize] = true;
    }
    is_used.into_iter().all(|used| used)
}
