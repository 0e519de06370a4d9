//! glTF 2.0: `.gltf` with side files and `.glb`.
//!
//! The order of reading: `container` finds the JSON and the binary chunk, `schema` and `rules` complain about the JSON, `buffers`
//! fetches the data and, with `meshopt` and `draco`, decompresses it, `nodes` and `skins` say where everything stands,
//! `primitives` reads meshes in their `pose` through `accessor`, `materials` what they look like; `animations`, `rig` and
//! `stage` keep what is not shown yet.
//! `glance` shows large models ahead of all that comes after `accessor`. `export` is the way back. Only `convention` knows how the file's axes and unit differ from the document's.

mod accessor;
mod accessor_rules;
mod animations;
mod attributes;
mod budget;
mod buffers;
mod container;
mod convention;
mod data_rules;
mod draco;
mod export;
mod extensions;
mod glance;
mod import;
mod instancing;
mod json;
mod material_extensions;
mod materials;
mod mesh;
mod meshopt;
mod metadata;
mod nodes;
mod pose;
mod primitives;
mod rig;
mod rules;
mod schema;
mod schema_extensions;
mod skins;
mod specular_glossiness;
mod stage;
mod topology;
mod variants;
mod vertices;

pub(crate) use export::{export_glb, export_gltf};
pub(crate) use import::{import, side_files};
