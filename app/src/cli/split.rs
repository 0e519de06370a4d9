//! `kerf split IN --out-dir DIR`: each body that a model consists of as a file of its own.

use std::path::Path;

use assets::{ExportOptions, ImportedMesh, ImportedNode, ImportedScene, SceneRoots};
use clap::Args;
use jobs::{JobOutput, JobRequest, PartRef, PreparedPart};
use serde_json::{Value, json};

use super::{Answer, Common, Failure, convert, load};

#[derive(Args, Debug)]
pub(super) struct SplitArguments {
    /// The model.
    input: String,
    /// The folder to write into; beside the model when it is not given.
    #[arg(long, value_name = "DIR")]
    out_dir: Option<String>,
    /// The format to write, such as stl or 3mf; that of the model when it is not given and can be written.
    #[arg(long, value_name = "FORMAT")]
    to: Option<String>,
    #[command(flatten)]
    pub(super) common: Common,
}

pub(super) fn run(arguments: &SplitArguments) -> Result<Answer, Failure> {
    let input = Path::new(&arguments.input);
    let own =
        input.extension().map_or_else(String::new, |extension| extension.to_string_lossy().into_owned());
    let extension = arguments.to.as_deref().unwrap_or(&own).trim_start_matches('.').to_lowercase();
    let format = convert::format_of(&format!("a.{extension}"))?;
    let model = load::model(&arguments.input, arguments.common)?;
    load::complain_about(&model);
    let folder = match &arguments.out_dir {
        Some(folder) => Path::new(folder),
        None => input.parent().unwrap_or(Path::new("")),
    };
    std::fs::create_dir_all(folder).map_err(|error| {
        Failure::new("not-written", format!("cannot make the folder {}: {error}", folder.display()))
    })?;
    let stem = input.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut written: Vec<Value> = Vec::new();
    let mut lines = Vec::new();
    for placed in load::placed(&model) {
        let part = PartRef { hash: placed.part.hash, part: Some(placed.part.part.clone()) };
        let JobOutput::Prepared(bodies) = load::run(JobRequest::Separate { part }, &arguments.input)? else {
            return Err(Failure::new("internal", "the kernel answered another question"));
        };
        for body in bodies {
            let name = format!("{stem}-{}.{extension}", written.len() + 1);
            let scene = ImportedScene {
                nodes: vec![ImportedNode {
                    name: name.clone(),
                    mesh: Some(0),
                    parent_from_node: placed.world_from_mesh,
                    ..ImportedNode::default()
                }],
                scenes: vec![SceneRoots { name: String::new(), roots: vec![0] }],
                meshes: vec![ImportedMesh {
                    materials: model.imported.scene.meshes[placed.mesh].materials.clone(),
                    ..ImportedMesh::default()
                }],
                materials: model.imported.scene.materials.clone(),
                images: model.imported.scene.images.clone(),
                ..ImportedScene::default()
            };
            let options = ExportOptions {
                up_axis: crate::state::export::usual_up_axis(format),
                ..ExportOptions::default()
            };
            let path = folder.join(&name).to_string_lossy().into_owned();
            let parts = vec![PartRef { hash: body.hash, part: Some(body.part.clone()) }];
            let files = convert::write(&path, scene, parts, format, options)?;
            lines.push(format!("wrote {}: {}", files.join(", "), in_words(&body)));
            written.push(json!({
                "files": files,
                "triangles": body.facts.num_triangles,
                "volume": body.facts.volume,
                "watertight": body.facts.closed,
            }));
        }
    }
    if written.is_empty() {
        return Err(Failure::new(
            "empty",
            format!("there is no surface to take apart — {}", arguments.input),
        ));
    }
    let json = json!({ "input": arguments.input, "bodies": written });
    Ok(Answer { json, text: lines.join("\n") })
}

fn in_words(body: &PreparedPart) -> String {
    let facts = &body.facts;
    let closed = if facts.closed { "watertight" } else { "not watertight" };
    format!("{} triangles, volume {:.6} mm³, {closed}", facts.num_triangles, facts.volume)
}
