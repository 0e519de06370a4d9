//! Writing OFF.

use std::io::Write as _;

use geometry::{CornerRows, NO_ROW, Progress, Semantic};

use crate::ImportedScene;
use crate::color::{quantized, srgb_from_linear};
use crate::formats::convention::Convention;
use crate::formats::flatten::{self, Placed};
use crate::formats::report::Ticker;
use crate::formats::{ExportError, ExportOptions, Files};

/// Writes all triangles of the shown scene as one ascii mesh. Colours of vertices make it a COFF; where colours belong to
/// triangles or materials, each face has one.
pub(in crate::formats) fn export(
    name: &str,
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Files, ExportError> {
    progress.phase("Writing faces");
    let parts = flatten::placed(scene, options, |mesh| !mesh.surface.is_empty())?;
    let num_vertices: usize = parts.iter().map(|part| part.mesh.surface.positions.len()).sum();
    let num_faces: usize = parts.iter().map(|part| part.mesh.surface.triangles.len()).sum();
    let mut ticker = Ticker::new(progress, num_vertices + num_faces, 1 << 12);
    let has_vertex_colors = parts.iter().any(|part| vertex_rows(part).is_some());
    let mut text = Vec::new();
    let kind = if has_vertex_colors { "COFF" } else { "OFF" };
    let comment = Convention::comment(options);
    put(&mut text, format_args!("{kind}\n# {comment}\n{num_vertices} {num_faces} 0\n"));
    let mut done = 0;
    for part in &parts {
        let mesh = &part.mesh.surface;
        let rows = vertex_rows(part);
        let colors = mesh.channel(Semantic::Color(0));
        for (number, &position) in mesh.positions.iter().enumerate() {
            ticker.at(done)?;
            done += 1;
            let [x, y, z] = part.point(position).to_array();
            put(&mut text, format_args!("{x} {y} {z}"));
            if has_vertex_colors {
                let row = rows.as_ref().map(|rows| rows[number]).filter(|&row| row != NO_ROW);
                let color = colors.zip(row).and_then(|(colors, row)| colors.row(row).first_chunk().copied());
                let base = color_of_material(scene, part, 0).unwrap_or([1.0; 4]);
                put_color(&mut text, product(color.unwrap_or([1.0; 4]), base));
            }
            text.push(b'\n');
        }
    }
    let mut base = 0;
    for part in &parts {
        let mesh = &part.mesh.surface;
        for triangle in 0..mesh.triangles.len() {
            ticker.at(done)?;
            done += 1;
            text.push(b'3');
            for corner in part.corner_order() {
                put(&mut text, format_args!(" {}", base + mesh.triangles[triangle][corner] as usize));
            }
            if let Some(color) = face_color(scene, part, triangle).filter(|_color| !has_vertex_colors) {
                put_color(&mut text, color);
            }
            text.push(b'\n');
        }
        base += mesh.positions.len();
    }
    Ok(vec![(name.to_owned(), text)])
}

fn put(text: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("memory can be written");
}

fn put_color(text: &mut Vec<u8>, [r, g, b, alpha]: [f32; 4]) {
    let [r, g, b] = [r, g, b].map(|value| quantized(srgb_from_linear(value), 255));
    put(text, format_args!(" {r} {g} {b} {}", quantized(f64::from(alpha), 255)));
}

/// For each position the row of its colour; `None` when the mesh has no colours, or several at a position.
fn vertex_rows(part: &Placed<'_>) -> Option<Vec<u32>> {
    let mesh = &part.mesh.surface;
    let channel = mesh.channel(Semantic::Color(0))?;
    let num_positions = u32::try_from(mesh.positions.len()).ok()?;
    let CornerRows::PerCorner(rows) = &channel.rows else { return Some((0..num_positions).collect()) };
    let mut row_of_position = vec![NO_ROW; mesh.positions.len()];
    for (corners, rows) in mesh.triangles.iter().zip(rows.iter()) {
        for (&position, &row) in corners.iter().zip(rows) {
            let known = &mut row_of_position[position as usize];
            if *known != NO_ROW && *known != row && channel.row(*known) != row_or_nothing(channel, row) {
                return None;
            }
            *known = row;
        }
    }
    Some(row_of_position)
}

fn row_or_nothing(channel: &geometry::Channel, row: u32) -> &[f32] {
    if row == NO_ROW { &[] } else { channel.row(row) }
}

/// The colour of a triangle: the mean of its corners, times its material's.
fn face_color(scene: &ImportedScene, part: &Placed<'_>, triangle: usize) -> Option<[f32; 4]> {
    let mesh = &part.mesh.surface;
    let of_material = color_of_material(scene, part, mesh.material_slot(triangle));
    let of_corners = mesh.channel(Semantic::Color(0)).and_then(|channel| {
        let row = |corner| channel.row_of_corner(mesh, triangle, corner).map(|row| channel.row(row));
        let [a, b, c] = [row(0)?, row(1)?, row(2)?];
        Some(std::array::from_fn(|axis| (a[axis] + b[axis] + c[axis]) / 3.0))
    });
    match (of_material, of_corners) {
        (Some(material), Some(corners)) => Some(product(material, corners)),
        (material, corners) => material.or(corners),
    }
}

fn color_of_material(scene: &ImportedScene, part: &Placed<'_>, slot: u32) -> Option<[f32; 4]> {
    let material = part.mesh.materials.get(slot as usize).copied().flatten()?;
    Some(scene.materials.get(material)?.base_color)
}

fn product(a: [f32; 4], b: [f32; 4]) -> [f32; 4] {
    std::array::from_fn(|axis| a[axis] * b[axis])
}
