//! STL, ascii and binary, with the colours of VisCAM and Materialise Magics.
//!
//! STL says nothing of units and axes: millimetres and Z up are assumed. Its normals are redundant and ignored.

mod ascii;
mod binary;
mod write;

use geometry::{Mesh, Progress};
use glam::DVec3;

use super::convention::Convention;
use super::report::Tally;
use super::{ImportOptions, Sniff, detect, text};
use crate::weld::Welder;
use crate::{
    ByteSource, ImportError, ImportErrorKind, Imported, ImportedMesh, ImportedNode, ImportedScene, Location,
    Resolver, SceneRoots, SourceInfo, UpAxis, Warning,
};

pub(super) use write::export;

/// Whether it is an STL. Binary files have no magic number, but their length follows from their count.
pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    if binary::has_exact_length(bytes, bytes.len() as u64) || is_text(bytes) {
        Sniff::Sure
    } else {
        Sniff::No
    }
}

/// Whether a file of that size that begins like that is a binary STL, which need not be in memory as a whole. `is_stl`
/// when nothing but its name says so.
pub(super) fn is_streamed(head: &[u8], size: u64, is_stl: bool) -> bool {
    binary::has_exact_length(head, size) || (is_stl && head.len() >= binary::HEADER_BYTES && !is_text(head))
}

/// How many triangles a binary STL has, as far as its size allows.
pub(crate) fn num_streamed(head: &[u8], size: u64) -> u64 {
    let present = size.saturating_sub(binary::HEADER_BYTES as u64) / binary::TRIANGLE_BYTES as u64;
    binary::claimed_count(head).unwrap_or(0).max(1).min(present)
}

/// Whether it is an ascii STL: it starts with “solid” and goes on in text. Many binary files start with “solid” too.
fn is_text(bytes: &[u8]) -> bool {
    if binary::has_exact_length(bytes, bytes.len() as u64) {
        return false;
    }
    let start = text::decode(&bytes[..bytes.len().min(detect::SNIFF_BYTES)]).to_ascii_lowercase();
    let mut cursor = text::Cursor::new(&start);
    let is_solid = loop {
        match cursor.word() {
            Some(word) if word.starts_with(b"#") => {
                cursor.rest_of_line();
            }
            word => break word.is_some_and(|word| word == b"solid" || word == b"facet"),
        }
    };
    is_solid && !start.contains(&0)
}

pub(super) fn import(
    bytes: &[u8],
    options: &ImportOptions,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    if !is_text(bytes) {
        return import_streamed(&bytes, options, resolver, progress);
    }
    progress.phase("Reading triangles");
    let imported = ascii::read(&text::decode(bytes), Convention::assumed(options, UpAxis::Z), progress)?;
    progress.report(1.0)?;
    Ok(imported)
}

/// Reads a binary STL piece by piece.
pub(super) fn import_streamed(
    source: &dyn ByteSource,
    options: &ImportOptions,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    progress.phase("Reading triangles");
    let most = options.max_triangles.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
    let imported = binary::read(source, Convention::assumed(options, UpAxis::Z), most, resolver, progress)?;
    progress.report(1.0)?;
    Ok(imported)
}

/// Collects the triangles of one solid.
#[derive(Default)]
struct Solid {
    name: String,
    welder: Welder,
    triangles: Vec<[u32; 3]>,
}

impl Solid {
    #[inline]
    fn push(&mut self, corners: [DVec3; 3], offset: usize, damage: &mut Damage) -> bool {
        if !corners.iter().all(|corner| corner.is_finite()) {
            damage.non_finite.add(offset);
            return false;
        }
        let [a, b, c] = corners.map(|corner| self.welder.number(corner));
        if a == b || b == c || c == a {
            damage.degenerate.add(offset);
        }
        self.triangles.push([a, b, c]);
        true
    }

    fn into_mesh(mut self) -> Mesh {
        self.welder.positions.shrink_to_fit();
        self.triangles.shrink_to_fit();
        Mesh::new(self.welder.positions, self.triangles)
    }
}

/// What may be wrong with triangles.
#[derive(Default)]
struct Damage {
    non_finite: Tally,
    degenerate: Tally,
}

impl Damage {
    fn warn(&self, warnings: &mut Vec<Warning>, locate: impl Fn(usize) -> Location) {
        self.non_finite.warn(
            warnings,
            "non-finite-position",
            &locate,
            [
                "triangle has a corner that is not a number; it is left out. Export the file again.",
                "triangles have a corner that is not a number; they are left out. Export the file again.",
            ],
        );
        self.degenerate.warn(
            warnings,
            "degenerate-triangle",
            &locate,
            [
                "triangle has two equal corners and so no area; it is kept. Repair removes it.",
                "triangles have two equal corners and so no area; they are kept. Repair removes them.",
            ],
        );
    }
}

fn empty() -> ImportError {
    ImportError::new(
        ImportErrorKind::Empty,
        Location::Whole,
        "The STL holds no triangles. Export it again and check that a part is selected.",
    )
}

/// One node per mesh, side by side.
fn scene(meshes: Vec<ImportedMesh>, source: SourceInfo) -> ImportedScene {
    let nodes: Vec<ImportedNode> = meshes
        .iter()
        .enumerate()
        .map(|(idx, mesh)| ImportedNode {
            name: mesh.name.clone(),
            mesh: Some(idx),
            ..ImportedNode::default()
        })
        .collect();
    let roots = (0..nodes.len()).collect();
    ImportedScene {
        nodes,
        scenes: vec![SceneRoots { name: String::new(), roots }],
        meshes,
        source,
        ..ImportedScene::default()
    }
}

/// A header or solid name that tells which program wrote the file, rather than what is in it.
fn is_generator(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["generated by", "created by", "exported from", "exported by", "written by", "produced by", "output from"]
        .iter()
        .any(|phrase| text.contains(phrase))
}
