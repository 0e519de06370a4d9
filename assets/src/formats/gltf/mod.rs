//! glTF 2.0: `.gltf` with side files and `.glb`.
//!
//! The order of reading: `container` finds the JSON and the binary chunk, `schema` and `rules` complain about the JSON, `buffers`
//! fetches the data, `primitives` and `materials` read what is shown through `accessor`, `nodes` puts it together.
//! `export` is the way back. Only `convention` knows how the file's axes and unit differ from the document's.

mod accessor;
mod attributes;
mod buffers;
mod container;
mod convention;
mod export;
mod extensions;
mod import;
mod json;
mod materials;
mod mesh;
mod nodes;
mod primitives;
mod rules;
mod schema;
mod topology;
mod vertices;

pub(crate) use export::export_glb;
pub(crate) use import::{import, side_files};
