//! The surfaces of a document in outlines, straight from its accessors: nothing is welded, checked or told.

use std::collections::BTreeMap;
use std::sync::Arc;

use geometry::display::{CoarseBuilder, CornerLook, stand_in_cells};
use geometry::{Cancelled, Progress};
use glam::DVec3;
use serde_json::{Value, json};

use super::accessor::{Accessor, Accessors};
use super::budget::Budget;
use super::buffers::Buffers;
use super::convention::point_from_file;
use super::instancing;
use super::json::{Lenient as _, Report};
use super::materials::MaterialReader;
use super::nodes::Tree;
use super::pose::Pose;
use super::topology::Mode;
use super::vertices::Sequence;
use crate::glance::{Glance, GlanceMesh, Onlooker, bounds_of};
use crate::scene::placed_meshes;
use crate::{Material, NoSideFiles};

/// How many triangles are read between two looks at the progress.
const TRIANGLES_PER_REPORT: usize = 1 << 16;

/// Outlines of a large model whose meshes are rigid; `None` for others, and when there is nothing to be seen.
///
/// # Errors
/// [`Cancelled`].
pub(super) fn of(
    document: &Value,
    accessors: &Accessors<'_>,
    buffers: &Buffers<'_>,
    (tree, poses): (&Tree, &[Option<Pose>]),
    num_bytes: usize,
    onlooker: &dyn Onlooker,
    progress: &dyn Progress,
) -> Result<Option<Glance>, Cancelled> {
    let nodes = document.elements("nodes");
    let is_posed = poses.iter().any(Option::is_some);
    if is_posed || nodes.len() > onlooker.max_places() || nodes.iter().any(instancing::has_instances) {
        return Ok(None);
    }
    let meshes = document.elements("meshes");
    let mut shown = tree.nodes.clone();
    for (node, value) in shown.iter_mut().zip(nodes) {
        node.mesh = value.index("mesh").filter(|mesh| *mesh < meshes.len());
    }
    let roots = &tree.scenes[tree.default_scene].roots;
    let mut placed = placed_meshes(&shown, roots, onlooker.max_places());
    let mut drafts = BTreeMap::new();
    for &(mesh, _) in &placed {
        drafts.entry(mesh).or_insert_with(|| Draft::of(&meshes[mesh], accessors));
    }
    let num_triangles: usize = drafts.values().map(Draft::num_triangles).sum();
    let num_vertices: usize = drafts.values().map(Draft::num_vertices).sum();
    // Where meshes share one large list of vertices, each would go through all of it.
    let is_shared = num_vertices > num_triangles.saturating_mul(3);
    let is_affordable = Budget::new(num_bytes).spend(num_triangles.saturating_mul(3));
    if num_triangles < onlooker.min_triangles() || is_shared || !is_affordable {
        return Ok(None);
    }
    let mut glance = Glance { materials: materials(document, buffers, progress)?, ..Glance::default() };
    let mut place_of = BTreeMap::new();
    for (mesh, draft) in drafts {
        if let Some(made) = draft.make(glance.materials.len(), progress)? {
            place_of.insert(mesh, glance.meshes.len());
            glance.meshes.push(made);
        }
    }
    placed.retain_mut(|(mesh, _)| match place_of.get(mesh) {
        Some(place) => {
            *mesh = *place;
            true
        }
        None => false,
    });
    glance.placed = placed;
    Ok((!glance.placed.is_empty()).then_some(glance))
}

/// Materials as they are without their textures.
fn materials(
    document: &Value,
    buffers: &Buffers<'_>,
    progress: &dyn Progress,
) -> Result<Vec<Material>, Cancelled> {
    let bare: Vec<Value> = document.elements("materials").iter().map(without_textures).collect();
    let bare = json!({ "materials": bare });
    let (materials, _none) =
        MaterialReader::new(&bare, buffers, &NoSideFiles).read(progress, &mut Report::default())?;
    Ok(materials)
}

fn without_textures(value: &Value) -> Value {
    match value {
        Value::Object(properties) => {
            let kept = properties.iter().filter(|(key, _)| !key.ends_with("Texture"));
            Value::Object(kept.map(|(key, value)| (key.clone(), without_textures(value))).collect())
        }
        other => other.clone(),
    }
}

/// The surfaces of a mesh.
struct Draft<'a> {
    surfaces: Vec<Surface<'a>>,
    /// The accessors of their positions, each once.
    positions: BTreeMap<usize, &'a Accessor<'a>>,
}

/// A primitive of triangles.
struct Surface<'a> {
    mode: Mode,
    positions: usize,
    sequence: Sequence<'a>,
    colors: Option<&'a Accessor<'a>>,
    material: Option<usize>,
}

impl<'a> Draft<'a> {
    fn of(mesh: &Value, accessors: &'a Accessors<'a>) -> Self {
        let mut draft = Self { surfaces: Vec::new(), positions: BTreeMap::new() };
        for primitive in mesh.elements("primitives") {
            if let Some(surface) = Surface::of(primitive, accessors)
                && let Ok(positions) = accessors.get(surface.positions)
            {
                draft.positions.insert(surface.positions, positions);
                draft.surfaces.push(surface);
            }
        }
        draft
    }

    fn num_triangles(&self) -> usize {
        self.surfaces.iter().map(Surface::num_triangles).sum()
    }

    fn num_vertices(&self) -> usize {
        self.positions.values().map(|positions| positions.count()).sum()
    }

    fn make(&self, num_materials: usize, progress: &dyn Progress) -> Result<Option<GlanceMesh>, Cancelled> {
        let read = |accessor: &Accessor<'_>| -> Vec<DVec3> {
            (0..accessor.count()).map(|vertex| point_from_file(accessor.floats(vertex))).collect()
        };
        let points: BTreeMap<usize, Vec<DVec3>> =
            self.positions.iter().map(|(&index, accessor)| (index, read(accessor))).collect();
        let Some(bounds) = bounds_of(points.values().flatten().copied()) else { return Ok(None) };
        let mut builder = CoarseBuilder::new(bounds, stand_in_cells(self.num_triangles()));
        let clusters: BTreeMap<usize, Vec<u32>> = points
            .iter()
            .map(|(&index, points)| {
                (index, points.iter().map(|&point| builder.add_position(point)).collect())
            })
            .collect();
        let mut materials = Vec::new();
        for (surface, place) in self.surfaces.iter().zip(0_u32..) {
            materials.push(surface.material.filter(|material| *material < num_materials));
            let (points, clusters) = (&points[&surface.positions], &clusters[&surface.positions]);
            for index in 0..surface.num_triangles() {
                if index % TRIANGLES_PER_REPORT == 0 {
                    progress.report(0.0)?;
                }
                let vertices = surface.mode.triangle(index).map(|at| surface.sequence.vertex(at));
                if vertices.iter().any(|&vertex| points.get(vertex as usize).is_none_or(|at| !at.is_finite()))
                {
                    continue;
                }
                builder.add_triangle(
                    place,
                    vertices.map(|vertex| points[vertex as usize]),
                    vertices.map(|vertex| clusters[vertex as usize]),
                    vertices.map(|vertex| (place, vertex)),
                );
            }
        }
        let coarse = builder.finish(|(place, vertex)| {
            let colors = self.surfaces[place as usize].colors;
            CornerLook {
                color: colors.map(|colors| color_of(colors, vertex as usize)),
                ..CornerLook::default()
            }
        });
        Ok(Some(GlanceMesh { bounds, coarse: Arc::new(coarse), materials }))
    }
}

impl<'a> Surface<'a> {
    /// `None` for points, lines, and what cannot be read.
    fn of(primitive: &Value, accessors: &'a Accessors<'a>) -> Option<Self> {
        let mode = Mode::from_code(primitive.whole("mode").unwrap_or(4)).filter(|mode| mode.is_surface())?;
        let attributes = primitive.get("attributes")?;
        let positions = attributes.index("POSITION")?;
        let stored = accessors.get(positions).ok().filter(|stored| stored.num_components() >= 3)?;
        let sequence = match primitive.index("indices") {
            None => Sequence::All(stored.count()),
            Some(indices) => {
                Sequence::Indices(accessors.get(indices).ok().filter(|indices| indices.is_index())?)
            }
        };
        let colors = attributes.index("COLOR_0").and_then(|index| accessors.get(index).ok());
        let colors = colors.filter(|colors| (3..=4).contains(&colors.num_components()));
        Some(Self { mode, positions, sequence, colors, material: primitive.index("material") })
    }

    fn num_triangles(&self) -> usize {
        self.mode.num_elements(self.sequence.len()).0
    }
}

fn color_of(colors: &Accessor<'_>, vertex: usize) -> [f32; 4] {
    let [red, green, blue, alpha] = colors.floats::<4>(vertex);
    let alpha = if colors.num_components() == 4 { alpha } else { 1.0 };
    [red, green, blue, alpha].map(|number| if number.is_finite() { number } else { 0.0 })
}
