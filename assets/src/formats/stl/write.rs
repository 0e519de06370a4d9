//! Writing STL.

use std::io::Write as _;

use geometry::{Mesh, Progress, Semantic};
use glam::DVec3;

use super::binary::{HEADER_BYTES, TRIANGLE_BYTES};
use crate::ImportedScene;
use crate::color::{narrow, quantized, srgb_from_linear};
use crate::formats::convention::Convention;
use crate::formats::flatten::{self, Placed};
use crate::formats::report::Ticker;
use crate::formats::{Encoding, ExportError, ExportOptions, Files};

/// Writes all triangles of the shown scene, `f32` as the format wants it; binary as one solid, ascii as one per part.
pub(in crate::formats) fn export(
    name: &str,
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Files, ExportError> {
    progress.phase("Writing triangles");
    let parts = flatten::placed(scene, options, |mesh| !mesh.surface.is_empty())?;
    let num_triangles: usize = parts.iter().map(|part| part.mesh.surface.triangles.len()).sum();
    let mut ticker = Ticker::new(progress, num_triangles, 1 << 13);
    let bytes = match options.encoding {
        Encoding::Binary => binary(&parts, num_triangles, options, &mut ticker)?,
        Encoding::Text => ascii(&parts, options, &mut ticker)?,
    };
    Ok(vec![(name.to_owned(), bytes)])
}

fn binary(
    parts: &[Placed<'_>],
    num_triangles: usize,
    options: &ExportOptions,
    ticker: &mut Ticker<'_>,
) -> Result<Vec<u8>, ExportError> {
    let count = u32::try_from(num_triangles).map_err(|_too_many| ExportError::TooLarge {
        format: "STL".to_owned(),
        what: format!("{num_triangles} triangles"),
    })?;
    let mut bytes = Vec::with_capacity(HEADER_BYTES + num_triangles * TRIANGLE_BYTES);
    // Not “solid”, so that nobody takes it for ascii.
    bytes.extend_from_slice(format!("Binary STL by {}", Convention::comment(options)).as_bytes());
    bytes.resize(80, 0);
    bytes.extend_from_slice(&count.to_le_bytes());
    let mut done = 0;
    for part in parts {
        for triangle in 0..part.mesh.surface.triangles.len() {
            ticker.at(done)?;
            done += 1;
            let (normal, corners) = facet(part, triangle);
            for number in [normal, corners[0], corners[1], corners[2]].as_flattened() {
                bytes.extend_from_slice(&number.to_le_bytes());
            }
            bytes.extend_from_slice(&attribute(&part.mesh.surface, triangle).to_le_bytes());
        }
    }
    Ok(bytes)
}

fn ascii(
    parts: &[Placed<'_>],
    options: &ExportOptions,
    ticker: &mut Ticker<'_>,
) -> Result<Vec<u8>, ExportError> {
    let mut bytes = Vec::new();
    let mut done = 0;
    for part in parts {
        let name = part.name.replace(['\n', '\r'], " ");
        put(&mut bytes, format_args!("solid {name} {}\n", Convention::comment(options)));
        for triangle in 0..part.mesh.surface.triangles.len() {
            ticker.at(done)?;
            done += 1;
            let (normal, corners) = facet(part, triangle);
            let [x, y, z] = normal;
            put(&mut bytes, format_args!("facet normal {x} {y} {z}\n outer loop\n"));
            for [x, y, z] in corners {
                put(&mut bytes, format_args!("  vertex {x:e} {y:e} {z:e}\n"));
            }
            bytes.extend_from_slice(b" endloop\nendfacet\n");
        }
        put(&mut bytes, format_args!("endsolid {name}\n"));
    }
    Ok(bytes)
}

fn put(bytes: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    bytes.write_fmt(text).expect("memory can be written");
}

/// Normal and corners of a triangle as they are written.
fn facet(part: &Placed<'_>, triangle: usize) -> ([f32; 3], [[f32; 3]; 3]) {
    let points = part.mesh.surface.triangle_points(triangle);
    let corners = part.corner_order().map(|corner| part.point(points[corner]));
    let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]).normalize_or_zero();
    (narrow_point(normal), corners.map(narrow_point))
}

fn narrow_point(point: DVec3) -> [f32; 3] {
    point.to_array().map(narrow)
}

/// The triangle's colour as VisCAM writes it; 0 when it has none.
fn attribute(mesh: &Mesh, triangle: usize) -> u16 {
    let Some(channel) = mesh.channel(Semantic::Color(0)) else { return 0 };
    let rows = [0, 1, 2].map(|corner| channel.row_of_corner(mesh, triangle, corner));
    let [Some(a), Some(b), Some(c)] = rows else { return 0 };
    let [a, b, c] = [a, b, c].map(|row| channel.row(row));
    let bits = |axis: usize| quantized(srgb_from_linear((a[axis] + b[axis] + c[axis]) / 3.0), 31);
    0x8000 | bits(0) << 10 | bits(1) << 5 | bits(2)
}
