//! Operations for commands: on everything in some files together, or on each mesh of a file by itself.

use std::sync::Arc;

use assets::{ExportOptions, Format, Image, ImportedMesh, ImportedNode, ImportedScene, Material, SceneRoots};
use geometry::ContentHash;
use glam::DAffine3;
use jobs::{
    ImportedModel, JobOutput, JobRequest, Operand, Operation, PartFacts, PartRef, PlacedPart, PreparedPart,
    Recipe, Remarks,
};
use serde_json::{Value, json};

use super::{Answer, Common, Failure, convert, load};

/// Models as operands, and what their materials become.
#[derive(Default)]
pub(super) struct Operands {
    list: Vec<Operand>,
    materials: Vec<Material>,
    slots: Vec<Option<usize>>,
    images: Vec<Arc<Image>>,
}

impl Operands {
    /// Reads models, each as one operand.
    pub(super) fn read(paths: &[String], common: Common) -> Result<Self, Failure> {
        let mut operands = Self::default();
        for path in paths {
            let model = load::model(path, common)?;
            load::complain_about(&model);
            operands.add(&model, path)?;
        }
        Ok(operands)
    }

    /// Adds all meshes of a model as one operand.
    fn add(&mut self, model: &ImportedModel, path: &str) -> Result<(), Failure> {
        let scene = &model.imported.scene;
        let first_material = self.materials.len();
        let mut parts = Vec::new();
        for placed in load::placed(model) {
            let part = &placed.part.part;
            if part.surface.is_empty() && part.points.is_empty() && part.lines.is_empty() {
                continue;
            }
            let mut own: Vec<Option<usize>> = scene.meshes[placed.mesh]
                .materials
                .iter()
                .map(|slot| slot.map(|material| first_material + material))
                .collect();
            own.resize(own.len().max(1), None);
            let count = |slots: usize| {
                u32::try_from(slots)
                    .map_err(|_too_many| Failure::new("too-large", "there are too many materials"))
            };
            parts.push(PlacedPart {
                part: reference(placed.part),
                result_from_part: placed.world_from_mesh,
                first_slot: count(self.slots.len())?,
                num_slots: count(own.len())?,
            });
            self.slots.extend(own);
        }
        if parts.is_empty() {
            return Err(Failure::new("empty", format!("there is no surface to compute with — {path}")));
        }
        self.list.push(Operand { parts, name: path.to_owned() });
        let first_image = self.images.len();
        self.materials.extend(scene.materials.iter().map(|material| shifted(material, first_image)));
        self.images.extend(scene.images.iter().cloned());
        Ok(())
    }

    /// All parts, where they stand.
    pub(super) fn into_parts(self) -> Vec<PlacedPart> {
        self.list.into_iter().flat_map(|operand| operand.parts).collect()
    }

    /// Computes and writes one mesh.
    pub(super) fn write(self, operation: Operation, output: &str) -> Result<Answer, Failure> {
        let format = convert::format_of(output)?;
        let names: Vec<&str> = self.list.iter().map(|operand| operand.name.as_str()).collect();
        let names = names.join(", ");
        let (part, remarks) = evaluate(operation, self.list, &names)?;
        let scene = ImportedScene {
            nodes: vec![ImportedNode {
                name: load::file(output).name,
                mesh: Some(0),
                ..ImportedNode::default()
            }],
            scenes: vec![SceneRoots { name: String::new(), roots: vec![0] }],
            meshes: vec![ImportedMesh { materials: self.slots, ..ImportedMesh::default() }],
            materials: self.materials,
            images: self.images,
            ..ImportedScene::default()
        };
        let files = convert::write(output, scene, vec![reference(&part)], format, export_options(format))?;
        let facts = &part.facts;
        let mut text = format!(
            "wrote {}: {} triangles, volume {:.6} mm³, {}",
            files.join(", "),
            facts.num_triangles,
            facts.volume,
            closed_in_words(facts),
        );
        remarks.changes.iter().for_each(|change| text.push_str(&format!("\n  {}", change.message)));
        let mut json = json_of(&part, &remarks);
        json["files"] = json!(files);
        Ok(Answer { json, text })
    }
}

/// Puts an operation over each mesh of a model and writes all, as they stand in the scene.
pub(super) fn each_mesh(
    operation: Operation,
    input: &str,
    output: &str,
    common: Common,
) -> Result<Answer, Failure> {
    let format = convert::format_of(output)?;
    let model = load::model(input, common)?;
    load::complain_about(&model);
    let (mut scene, mut parts) = load::scene_with_arrays(&model);
    let mut text = String::new();
    let mut meshes: Vec<Value> = Vec::new();
    for (index, part) in parts.iter_mut().enumerate() {
        if model.parts[index].facts.num_triangles == 0 {
            continue;
        }
        let mesh = &mut scene.meshes[index];
        let name = if mesh.name.is_empty() { input.to_owned() } else { format!("{} in {input}", mesh.name) };
        let placed = PlacedPart {
            part: part.clone(),
            result_from_part: DAffine3::IDENTITY,
            first_slot: 0,
            num_slots: u32::try_from(mesh.materials.len().max(1)).unwrap_or(u32::MAX),
        };
        let operand = Operand { parts: vec![placed], name: name.clone() };
        // Lengths are meant as the model shows them.
        let operation = operation.scaled(1.0 / scale_of(&model, index));
        let (made, remarks) = evaluate(operation, vec![operand], &name)?;
        text.push_str(&format!(
            "\n  {}{} → {} triangles, {}",
            if mesh.name.is_empty() { String::new() } else { format!("{}: ", mesh.name) },
            model.parts[index].facts.num_triangles,
            made.facts.num_triangles,
            closed_in_words(&made.facts),
        ));
        remarks.changes.iter().for_each(|change| text.push_str(&format!("\n    {}", change.message)));
        let mut json = json_of(&made, &remarks);
        json["name"] = json!(mesh.name);
        meshes.push(json);
        // What is neither surface nor changed stays.
        mesh.surface = Arc::default();
        *part = with_lines_and_points(&made, part);
    }
    if meshes.is_empty() {
        return Err(Failure::new("empty", format!("there is no surface to compute with — {input}")));
    }
    let mut options = export_options(format);
    if format == Format::Obj {
        options.up_axis = scene.source.up_axis;
    }
    let files = convert::write(output, scene, parts, format, options)?;
    let all_closed = meshes.iter().all(|mesh| mesh["watertight"] == json!(true));
    let text = format!("wrote {}{text}", files.join(", "));
    Ok(Answer {
        json: json!({ "input": input, "files": files, "watertight": all_closed, "meshes": meshes }),
        text,
    })
}

/// Computes here and now, and says what was assumed.
fn evaluate(
    operation: Operation,
    operands: Vec<Operand>,
    about: &str,
) -> Result<(PreparedPart, Remarks), Failure> {
    let recipe = Recipe::Operation { operation, operands };
    let output = load::run(JobRequest::Evaluate { key: ContentHash::default(), recipe }, about)?;
    let JobOutput::Evaluated { part, remarks, .. } = output else {
        return Err(Failure::new("internal", "the kernel answered another question"));
    };
    remarks.notes.iter().for_each(|note| super::complain(&format!("kerf: {}", note.message)));
    Ok((*part, remarks))
}

fn json_of(part: &PreparedPart, remarks: &Remarks) -> Value {
    let facts = &part.facts;
    let notes = remarks.notes.iter().map(|note| json!({ "code": note.code, "message": note.message }));
    json!({
        "triangles": facts.num_triangles,
        "vertices": facts.num_vertices,
        "volume": facts.volume,
        "area": facts.area,
        "watertight": facts.closed,
        "hash": part.hash,
        "changes": remarks.changes,
        "notes": notes.collect::<Vec<_>>(),
    })
}

fn closed_in_words(facts: &PartFacts) -> &'static str {
    if facts.closed { "watertight" } else { "not watertight" }
}

fn reference(part: &PreparedPart) -> PartRef {
    PartRef { hash: part.hash, part: Some(part.part.clone()) }
}

/// The new surface with the lines and points of the old part.
fn with_lines_and_points(made: &PreparedPart, old: &PartRef) -> PartRef {
    let mut part = jobs::Part { surface: Arc::clone(&made.part.surface), ..jobs::Part::default() };
    if let Some(old) = &old.part {
        part.lines.clone_from(&old.lines);
        part.points.clone_from(&old.points);
    }
    PartRef { hash: part.content_hash(), part: Some(Arc::new(part)) }
}

/// How much larger a mesh is shown than it is, at the first place where it stands.
fn scale_of(model: &ImportedModel, mesh: usize) -> f64 {
    let placed = load::placed(model).into_iter().find(|placed| placed.mesh == mesh);
    let scale = placed.map_or(1.0, |placed| placed.world_from_mesh.matrix3.determinant().abs().cbrt());
    // A rotation is not exactly of size 1.
    if (scale - 1.0).abs() < 1e-9 || !scale.is_finite() || scale <= 0.0 { 1.0 } else { scale }
}

fn export_options(format: Format) -> ExportOptions {
    ExportOptions { up_axis: crate::state::export::usual_up_axis(format), ..ExportOptions::default() }
}

/// A material whose textures name images further down the table.
fn shifted(material: &Material, first_image: usize) -> Material {
    let mut shifted = material.clone();
    for texture in shifted.texture_slots_mut().flatten() {
        texture.image += first_image;
    }
    shifted
}
