//! How much a file holds, guessed from its beginning and its size, before anything is made of it.

use serde_json::Value;

use crate::formats::{self, Format, is_streamed, ply, stl};
use crate::{ByteSource, ImportError, source};

/// What to expect of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Triangles and points; exact where the format says how many there are at its beginning.
    pub num_triangles: u64,
    /// The most memory that reading all of it takes, the file itself included where it has to be held.
    pub num_bytes: u64,
    /// Whether it is read piece by piece, so that reading it coarser takes less.
    pub is_streamed: bool,
}

/// Positions and corners of a triangle, and the table that welds them.
const BYTES_PER_TRIANGLE: u64 = 40;

/// Beginnings of files with everything that a header may say.
const HEAD_BYTES: usize = 1 << 16;

/// Documents beyond that are not read twice.
const MAX_JSON_BYTES: u64 = 64 << 20;

/// Estimates what reading a file takes. Nothing large is read for it, and what a file claims beyond its size is not
/// believed.
///
/// # Errors
/// When the bytes cannot be read.
pub fn estimate(name: &str, source: &dyn ByteSource) -> Result<Estimate, ImportError> {
    let size = source.size();
    let head = source::head(source, HEAD_BYTES)?;
    if head.is_empty() {
        return Ok(Estimate::default());
    }
    if is_streamed(name, source)? {
        let num_triangles = stl::num_streamed(&head, size);
        let num_bytes = num_triangles * BYTES_PER_TRIANGLE;
        return Ok(Estimate { num_triangles, num_bytes, is_streamed: true });
    }
    // An error is told by the import.
    let format = formats::detect(name, &head).ok();
    let counted = match format {
        Some(Format::Ply) => ply::num_items(&head),
        Some(Format::Glb | Format::Gltf) => num_in_json(&head, source)?,
        _ => None,
    };
    let typical = size / format.map_or(50, bytes_of_a_triangle);
    // No format takes less than half a byte for a triangle; the data of a glTF may be beside it.
    let most_per_byte = if format == Some(Format::Gltf) { 1000 } else { 2 };
    let num_triangles = counted.unwrap_or(typical).min(size.saturating_mul(most_per_byte));
    let num_bytes = size.saturating_add(num_triangles.saturating_mul(BYTES_PER_TRIANGLE));
    Ok(Estimate { num_triangles, num_bytes, is_streamed: false })
}

/// How many bytes of a file a triangle takes with its share of vertices, as most programs write it.
fn bytes_of_a_triangle(format: Format) -> u64 {
    match format {
        Format::Stl => 250,
        Format::Obj | Format::Points => 37,
        Format::Off => 32,
        Format::Ply | Format::Glb => 20,
        Format::Gltf => 40,
        Format::Amf => 250,
        // Packed.
        Format::ThreeMf | Format::Zip => 12,
    }
}

/// What the primitives of a glTF document number.
fn num_in_json(head: &[u8], source: &dyn ByteSource) -> Result<Option<u64>, ImportError> {
    let (start, length) = match head {
        [b'g', b'l', b'T', b'F', ..] => {
            let length =
                head.get(12..16).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes);
            (20, u64::from(length))
        }
        _ => (0, source.size()),
    };
    let length = length.min(source.size().saturating_sub(start));
    if length > MAX_JSON_BYTES {
        return Ok(None);
    }
    let mut text = vec![0; usize::try_from(length).unwrap_or(0)];
    source::read(source, start, &mut text)?;
    let Ok(document) = serde_json::from_slice::<Value>(&text) else { return Ok(None) };
    let list = |of: &Value, key: &str| of.get(key).and_then(Value::as_array).cloned().unwrap_or_default();
    let accessors = list(&document, "accessors");
    let count_of = |accessor: Option<&Value>| {
        let accessor = usize::try_from(accessor?.as_u64()?).ok()?;
        accessors.get(accessor)?.get("count")?.as_u64()
    };
    let count = |primitive: &Value| {
        let corners = count_of(primitive.get("indices"))
            .or_else(|| count_of(primitive.get("attributes")?.get("POSITION")))
            .unwrap_or(0);
        corners / 3
    };
    let meshes = list(&document, "meshes");
    Ok(Some(meshes.iter().flat_map(|mesh| list(mesh, "primitives")).map(|primitive| count(&primitive)).sum()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use geometry::{Primitive, Unwatched};

    use super::*;
    use crate::{Encoding, ExportOptions, ImportedMesh, ImportedNode, ImportedScene, SceneRoots, export};

    #[test]
    fn it_is_about_right_for_what_we_write_and_exact_where_it_can_be() {
        let surface = Primitive::Sphere { radius: 10.0, segments: 128 }.mesh().unwrap();
        let count = surface.triangles.len() as u64;
        let scene = ImportedScene {
            nodes: vec![ImportedNode { mesh: Some(0), ..ImportedNode::default() }],
            scenes: vec![SceneRoots { name: String::new(), roots: vec![0] }],
            meshes: vec![ImportedMesh { surface: Arc::new(surface), ..ImportedMesh::default() }],
            ..ImportedScene::default()
        };
        for format in Format::ALL.into_iter().filter(|format| format.can_export()) {
            for encoding in [Encoding::Binary, Encoding::Text] {
                let options = ExportOptions { encoding, ..ExportOptions::default() };
                let name = format!("a.{}", format.extensions()[0]);
                let files = export(&name, &scene, format, &options, &Unwatched).unwrap();
                let found = estimate(&name, &files[0].1.as_slice()).unwrap();
                let is_exact = matches!(format, Format::Ply | Format::Glb | Format::Gltf)
                    || (format == Format::Stl && encoding == Encoding::Binary);
                let ratio = found.num_triangles as f64 / count as f64;
                assert!(if is_exact { ratio == 1.0 } else { (0.3..3.0).contains(&ratio) }, "{name}: {ratio}");
                assert!(found.num_bytes >= found.num_triangles * BYTES_PER_TRIANGLE);
            }
        }
    }

    #[test]
    fn claims_are_not_believed() {
        let ply = "ply\nformat ascii 1.0\nelement face 99999999999999\nproperty list uchar int vertex_indices\nend_header\n";
        assert!(estimate("a.ply", &ply.as_bytes()).unwrap().num_triangles <= 2 * ply.len() as u64);
        let mut stl = vec![0_u8; 84 + 50];
        stl[80..84].fill(0xff);
        assert_eq!(estimate("a.stl", &stl.as_slice()).unwrap().num_triangles, 1);
        assert_eq!(estimate("a.stl", &[].as_slice()).unwrap(), Estimate::default());
    }
}
