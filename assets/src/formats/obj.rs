//! Wavefront OBJ with MTL.
//!
//! The format says nothing of units and axes. Millimetres are assumed, and Y up: Blender, Maya, 3ds Max, Rhino, ZBrush and
//! most converters write OBJ that way. OpenSCAD and FreeCAD write Z up and say who they are, so they are believed.
//!
//! The text is read twice, first vertices and then what uses them, so that faces may come before their vertices.
//! Each object (`o`) becomes a part. So does each group (`g`), unless it shares vertices with another group of the same
//! object: then both are patches of one surface, and splitting it would leave open edges.

mod build;
mod elements;
mod smoothing;
mod vertices;
mod write;

use std::collections::BTreeSet;

use geometry::Progress;
use geometry::progress::Stretch;

use super::report::{Tally, line_of};
use super::{ImportOptions, Sniff, detect, mtl, text};
use crate::{ImportError, ImportErrorKind, Imported, Location, Resolver};

pub(super) use write::export;

/// Whether it looks like an OBJ: text whose first lines all begin with its keywords.
pub(super) fn sniff(bytes: &[u8]) -> Sniff {
    let start = &bytes[..bytes.len().min(detect::SNIFF_BYTES)];
    let start = text::decode(start);
    let mut cursor = text::Cursor::new(&start);
    let (mut known, mut vertices) = (0, 0);
    while !cursor.is_at_end() {
        let keyword = cursor.word_in_line().unwrap_or_default();
        let is_whole_line = !cursor.is_at_end();
        match keyword {
            b"v" | b"vn" | b"vt" => vertices += usize::from(cursor.number().is_some()),
            b"f" | b"l" | b"p" | b"o" | b"g" | b"s" | b"usemtl" | b"mtllib" | b"vp" => known += 1,
            b"" => {}
            comment if comment[0] == b'#' => {
                cursor.skip_comment();
                continue;
            }
            _ if is_whole_line => return Sniff::No,
            _ => {}
        }
        cursor.rest_of_line();
    }
    match (known, vertices) {
        (_, 3..) => Sniff::Sure,
        (0, 0) => Sniff::No,
        _ => Sniff::Maybe,
    }
}

pub(super) fn import(
    bytes: &[u8],
    options: &ImportOptions,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let text = text::decode(bytes);
    let text = text.as_ref();
    progress.phase("Reading vertices");
    let mut vertices = vertices::read(text, options, &Stretch::new(progress, 0.0, 0.4))?;
    let mut warnings = Vec::new();
    let mut library = mtl::Library::default();
    for name in library_names(&vertices.libraries, resolver) {
        library.read(&name, resolver, &mut warnings);
    }
    if vertices.has_materials {
        library.read_text(text, resolver, &mut warnings);
    }
    progress.phase("Reading faces");
    let mut elements = elements::read(text, &vertices, library, &Stretch::new(progress, 0.4, 0.9))?;
    warn(text, &vertices, &elements, &mut warnings);
    let anything = !elements.groups.is_empty() || !vertices.positions.is_empty();
    if !anything {
        return Err(nothing(&vertices, &elements, warnings.first().map(|warning| warning.message.as_str())));
    }
    progress.phase("Building parts");
    let scene = build::scene(&mut vertices, &mut elements, &Stretch::new(progress, 0.9, 1.0))?;
    Ok(Imported { scene, warnings })
}

fn nothing(vertices: &vertices::Vertices, elements: &elements::Elements, why: Option<&str>) -> ImportError {
    if vertices.position_of_vertex.is_empty() && elements.unknown.count > 0 && elements.num_known == 0 {
        return ImportError::new(
            ImportErrorKind::Malformed,
            Location::Line(1, 1),
            "This is not an OBJ: no line begins with a keyword of the format. Check what was downloaded or exported.",
        );
    }
    let why = why.map_or_else(String::new, |why| format!(" {why}"));
    ImportError::new(
        ImportErrorKind::Empty,
        Location::Whole,
        format!("The OBJ holds nothing to show.{why} Export it again and check that a part is selected."),
    )
}

/// The library files that `mtllib` lines name. A line may name several files or one with spaces in its name.
fn library_names(lines: &[String], resolver: &dyn Resolver) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in lines {
        let is_one = resolver.resolve(line).is_some() || !line.contains(char::is_whitespace);
        let several = line.split_whitespace().all(|name| name.to_ascii_lowercase().ends_with(".mtl"));
        if is_one || !several {
            names.push(line.clone());
        } else {
            names.extend(line.split_whitespace().map(str::to_owned));
        }
    }
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// The material libraries a file names.
pub(super) fn side_files(bytes: &[u8]) -> Vec<String> {
    let text = text::decode(bytes);
    let mut cursor = text::Cursor::new(&text);
    let mut names = Vec::new();
    while !cursor.is_at_end() {
        let keyword = cursor.word_in_line();
        if keyword.is_some_and(|word| word.starts_with(b"#")) {
            cursor.skip_comment();
        } else if keyword == Some(b"mtllib") {
            let line = text::name(cursor.rest_of_line());
            let parts: Vec<&str> = line.split_whitespace().collect();
            if parts.len() > 1 && parts.iter().all(|part| part.to_ascii_lowercase().ends_with(".mtl")) {
                names.extend(parts.into_iter().map(str::to_owned));
            }
            names.push(line);
        } else {
            cursor.rest_of_line();
        }
    }
    names.retain(|name| !name.is_empty());
    let mut seen = BTreeSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

fn warn(
    text: &[u8],
    vertices: &vertices::Vertices,
    elements: &elements::Elements,
    warnings: &mut Vec<crate::Warning>,
) {
    let locate = line_of(text);
    let locate = |offset: usize| -> Location { locate(offset) };
    let mut warn = |tally: &Tally, code: &str, message: [&str; 2]| {
        tally.warn(warnings, code, locate, message);
    };
    warn(
        &vertices.malformed,
        "malformed-vertex",
        [
            "vertex is not three finite numbers; what uses it is left out. Export the file again.",
            "vertices are not three finite numbers; what uses them is left out. Export the file again.",
        ],
    );
    warn(
        &elements.bad_index,
        "index-out-of-range",
        [
            "face, line or point names a vertex that does not exist; it is left out. Export the file again.",
            "faces, lines or points name vertices that do not exist; they are left out. Export the file again.",
        ],
    );
    warn(
        &elements.bad_row,
        "index-out-of-range",
        [
            "corner names a texture coordinate or normal that does not exist; it goes without.",
            "corners name texture coordinates or normals that do not exist; they go without.",
        ],
    );
    warn(
        &elements.malformed,
        "malformed-face",
        [
            "face or line has too few corners or is no list of indices; it is left out.",
            "faces or lines have too few corners or are no list of indices; they are left out.",
        ],
    );
    warn(
        &elements.degenerate,
        "degenerate-triangle",
        [
            "triangle has two equal corners and so no area; it is kept. Repair removes it.",
            "triangles have two equal corners and so no area; they are kept. Repair removes them.",
        ],
    );
    warn(
        &elements.free_form,
        "free-form-geometry",
        [
            "free-form curve or surface is left out; export it as polygons.",
            "free-form curves or surfaces are left out; export them as polygons.",
        ],
    );
    warn(
        &elements.unknown,
        "unknown-keyword",
        [
            "line begins with no keyword of the format; it is passed over.",
            "lines begin with no keyword of the format; they are passed over.",
        ],
    );
    warn(
        &elements.missing_material,
        "missing-material",
        [
            "material is used but no library defines it; it is shown in grey. Open the .mtl file together with the .obj.",
            "materials are used but no library defines them; they are shown in grey. Open the .mtl file together with the .obj.",
        ],
    );
}
