//! `kerf boolean union|difference|intersection A B… -o OUT`

use assets::{ExportOptions, ImportedMesh, ImportedNode, ImportedScene, Material, SceneRoots};
use clap::{Args, ValueEnum};
use geometry::ContentHash;
use jobs::{
    BooleanOp, BooleanOperand, ImportedModel, JobOutput, JobRequest, PartRef, PlacedPart, PreparedPart,
    Recipe,
};
use serde_json::json;

use super::{Answer, Common, Failure, convert, load};

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Op {
    Union,
    Difference,
    Intersection,
}

impl From<Op> for BooleanOp {
    fn from(op: Op) -> Self {
        match op {
            Op::Union => Self::Union,
            Op::Difference => Self::Difference,
            Op::Intersection => Self::Intersection,
        }
    }
}

#[derive(Args, Debug)]
pub(super) struct BooleanArguments {
    /// Which boolean; a difference cuts the others from the first.
    op: Op,
    /// Two or more solids.
    #[arg(required = true, num_args = 2..)]
    operands: Vec<String>,
    /// The file to write; its extension says the format.
    #[arg(short, long)]
    output: String,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &BooleanArguments) -> Result<Answer, Failure> {
    let format = convert::format_of(&arguments.output)?;
    let mut materials: Vec<Material> = Vec::new();
    let mut slots: Vec<Option<usize>> = Vec::new();
    let mut images = Vec::new();
    let mut operands = Vec::new();
    for path in &arguments.operands {
        let model = load::model(path, arguments.common)?;
        load::complain_about(&model);
        operands.push(operand(&model, path, &mut slots, materials.len())?);
        materials
            .extend(model.imported.scene.materials.iter().map(|material| shifted(material, images.len())));
        images.extend(model.imported.scene.images.iter().cloned());
    }
    let recipe = Recipe::Boolean { op: arguments.op.into(), operands };
    let names = arguments.operands.join(", ");
    let output = load::run(JobRequest::Evaluate { key: ContentHash::default(), recipe }, &names)?;
    let JobOutput::Evaluated { part, notes, .. } = output else {
        return Err(Failure::new("internal", "the kernel answered another question"));
    };
    for note in &notes {
        super::complain(&format!("kerf: {}", note.message));
    }
    let scene = ImportedScene {
        nodes: vec![ImportedNode {
            name: load::file(&arguments.output).name,
            mesh: Some(0),
            ..ImportedNode::default()
        }],
        scenes: vec![SceneRoots { name: String::new(), roots: vec![0] }],
        meshes: vec![ImportedMesh { materials: slots, ..ImportedMesh::default() }],
        materials,
        images,
        ..ImportedScene::default()
    };
    answer(arguments, &part, &notes, scene, format)
}

fn answer(
    arguments: &BooleanArguments,
    part: &PreparedPart,
    notes: &[assets::Warning],
    scene: ImportedScene,
    format: assets::Format,
) -> Result<Answer, Failure> {
    let parts = vec![PartRef { hash: part.hash, part: Some(part.part.clone()) }];
    let options =
        ExportOptions { up_axis: crate::state::export::usual_up_axis(format), ..ExportOptions::default() };
    let files = convert::write(&arguments.output, scene, parts, format, options)?;
    let facts = &part.facts;
    let text = format!(
        "wrote {}: {} triangles, volume {:.6} mm³, {}",
        files.join(", "),
        facts.num_triangles,
        facts.volume,
        if facts.closed { "watertight" } else { "not watertight" },
    );
    let json = json!({
        "files": files,
        "triangles": facts.num_triangles,
        "vertices": facts.num_vertices,
        "volume": facts.volume,
        "area": facts.area,
        "watertight": facts.closed,
        "hash": part.hash,
        "notes": notes.iter().map(|note| json!({ "code": note.code, "message": note.message })).collect::<Vec<_>>(),
    });
    Ok(Answer { json, text })
}

/// All meshes of a model as one operand; their materials go to the end of `slots`.
fn operand(
    model: &ImportedModel,
    path: &str,
    slots: &mut Vec<Option<usize>>,
    first_material: usize,
) -> Result<BooleanOperand, Failure> {
    let mut parts = Vec::new();
    for placed in load::placed(model) {
        if placed.part.part.surface.is_empty() {
            continue;
        }
        let mut own: Vec<Option<usize>> = model.imported.scene.meshes[placed.mesh]
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
            part: PartRef { hash: placed.part.hash, part: Some(placed.part.part.clone()) },
            result_from_part: placed.world_from_mesh,
            first_slot: count(slots.len())?,
            num_slots: count(own.len())?,
        });
        slots.extend(own);
    }
    if parts.is_empty() {
        return Err(Failure::new("empty", format!("there is no surface to compute with — {path}")));
    }
    Ok(BooleanOperand { parts, name: path.to_owned() })
}

/// A material whose textures name images further down the table.
fn shifted(material: &Material, first_image: usize) -> Material {
    let mut shifted = material.clone();
    for texture in shifted.texture_slots_mut().flatten() {
        texture.image += first_image;
    }
    shifted
}
