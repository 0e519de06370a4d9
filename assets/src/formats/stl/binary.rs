//! Binary STL: an 80-byte header, a count, 50 bytes per triangle.

use std::sync::Arc;

use geometry::{Channel, CornerRows, Mesh, Progress, Semantic};
use glam::DVec3;

use super::{Damage, Solid, empty, scene};
use crate::color::{linear_from_srgb, narrow};
use crate::formats::convention::Convention;
use crate::formats::report::{Ticker, byte_at, grouped};
use crate::formats::text;
use crate::weld::Welder;
use crate::{ImportError, ImportErrorKind, Imported, ImportedMesh, Location, Material, Warning};

pub(super) const HEADER_BYTES: usize = 84;
pub(super) const TRIANGLE_BYTES: usize = 50;

/// Whether the length is the one that the count asks for. Text does not pass: as a count, four letters mean more than
/// 20 GB.
pub(super) fn has_exact_length(bytes: &[u8]) -> bool {
    claimed_count(bytes)
        .is_some_and(|count| (HEADER_BYTES as u64) + count * TRIANGLE_BYTES as u64 == bytes.len() as u64)
}

fn claimed_count(bytes: &[u8]) -> Option<u64> {
    let count = bytes.get(80..HEADER_BYTES)?;
    Some(u64::from(u32::from_le_bytes(count.try_into().ok()?)))
}

pub(super) fn read(
    bytes: &[u8],
    mut convention: Convention,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let Some(claimed) = claimed_count(bytes) else {
        return Err(ImportError::new(
            ImportErrorKind::Truncated,
            Location::Byte(bytes.len() as u64),
            format!(
                "The STL ends early: a binary STL has at least {HEADER_BYTES} bytes, found {}. Export or download it again.",
                bytes.len()
            ),
        ));
    };
    let mut warnings = Vec::new();
    let records = records(bytes, claimed, &mut warnings);
    if records.is_empty() {
        return Err(if claimed == 0 { empty() } else { no_triangles(bytes, claimed) });
    }
    let header = &bytes[..80];
    let comment = text::name(header.split(|&byte| byte == 0).next().unwrap_or_default());
    if let Some(stated) = Convention::from_comment(&comment) {
        convention = stated;
    }

    let (mesh, attributes, damage) = triangles(records, convention, progress)?;
    damage.warn(&mut warnings, |record| byte_at(HEADER_BYTES + record * TRIANGLE_BYTES));
    if mesh.is_empty() {
        return Err(ImportError::new(
            ImportErrorKind::Malformed,
            Location::Byte(HEADER_BYTES as u64),
            "None of the triangles has finite coordinates; this is probably not an STL. Export it again.",
        ));
    }
    let mut part = ImportedMesh { materials: vec![None], ..ImportedMesh::default() };
    let colored = colors(header, &attributes, mesh.triangles.len());
    let mut materials = Vec::new();
    let mut mesh = mesh;
    if let Some(colors) = colored {
        mesh.channels.push(colors);
        materials.push(Material { base_color: [1.0; 4], ..Material::default() });
        part.materials = vec![Some(0)];
    }
    part.surface = Arc::new(mesh);
    let mut source = convention.source("STL (binary)");
    let is_readable = !comment.is_empty() && comment.chars().all(|char| !char.is_control());
    source.generator = is_readable.then_some(comment);
    let mut scene = scene(vec![part], source);
    scene.materials = materials;
    Ok(Imported { scene, warnings })
}

/// The triangle records that are really there. A wrong count is common: writers forget to fill it in, or files are cut.
fn records<'a>(bytes: &'a [u8], claimed: u64, warnings: &mut Vec<Warning>) -> &'a [u8] {
    let body = &bytes[HEADER_BYTES..];
    let present = body.len() / TRIANGLE_BYTES;
    let present_bytes = present * TRIANGLE_BYTES;
    let claimed_bytes = claimed.saturating_mul(TRIANGLE_BYTES as u64);
    match usize::try_from(claimed_bytes) {
        Ok(exact) if exact == body.len() => body,
        Ok(less) if less < body.len() => {
            let extra = body.len() - less;
            let is_whole = present_bytes == body.len();
            let done = if is_whole { "all of them are shown" } else { "the rest is left out" };
            let message = format!(
                "The STL says it has {} triangles, but {} bytes follow them; {done}.",
                grouped(usize::try_from(claimed).unwrap_or(usize::MAX)),
                grouped(extra),
            );
            let code = if is_whole { "wrong-triangle-count" } else { "trailing-bytes" };
            warnings.push(Warning::new(code, byte_at(HEADER_BYTES + less), message));
            if is_whole { body } else { &body[..less] }
        }
        _ => {
            let message = format!(
                "The STL ends early: {} triangles need {} bytes, found {}. The first {} are shown; export it again for the rest.",
                grouped(usize::try_from(claimed).unwrap_or(usize::MAX)),
                grouped(usize::try_from(claimed_bytes).unwrap_or(usize::MAX).saturating_add(HEADER_BYTES)),
                grouped(bytes.len()),
                grouped(present),
            );
            warnings.push(Warning::new("truncated", byte_at(bytes.len()), message));
            &body[..present_bytes]
        }
    }
}

fn no_triangles(bytes: &[u8], claimed: u64) -> ImportError {
    ImportError::new(
        ImportErrorKind::Truncated,
        Location::Byte(bytes.len() as u64),
        format!(
            "The STL ends early: it says it has {claimed} triangles, but not one is there. Export or download it again."
        ),
    )
}

/// The mesh, and the attribute word of each triangle if any differs from 0.
fn triangles(
    records: &[u8],
    convention: Convention,
    progress: &dyn Progress,
) -> Result<(Mesh, Vec<u16>, Damage), ImportError> {
    let count = records.len() / TRIANGLE_BYTES;
    if count > u32::MAX as usize / 3 {
        return Err(ImportError::new(
            ImportErrorKind::TooLarge,
            Location::Whole,
            format!(
                "The STL has {} triangles; Kerf can index {}.",
                grouped(count),
                grouped(u32::MAX as usize / 3)
            ),
        ));
    }
    // A closed mesh has half as many positions as triangles (Euler), most files are closed, and others grow.
    let mut solid = Solid { welder: Welder::with_capacity(count / 2), ..Solid::default() };
    solid.triangles.reserve_exact(count);
    let mut attributes: Vec<u16> = Vec::new();
    let mut damage = Damage::default();
    let mut ticker = Ticker::new(progress, count, 1 << 13);
    for (number, record) in records.chunks_exact(TRIANGLE_BYTES).enumerate() {
        ticker.at(number)?;
        let corners = [12, 24, 36].map(|at| convention.point(point(record, at)));
        if !solid.push(corners, number, &mut damage) {
            continue;
        }
        let attribute = u16::from_le_bytes([record[48], record[49]]);
        if attribute != 0 && attributes.is_empty() {
            attributes.reserve_exact(count);
        }
        if attribute != 0 || !attributes.is_empty() {
            attributes.resize(solid.triangles.len() - 1, 0);
            attributes.push(attribute);
        }
    }
    Ok((solid.into_mesh(), attributes, damage))
}

#[inline]
fn point(record: &[u8], at: usize) -> DVec3 {
    let number = |at: usize| {
        f64::from(f32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]))
    };
    DVec3::new(number(at), number(at + 4), number(at + 8))
}

/// The colour of each triangle, from 15 bits in its attribute word.
///
/// Materialise Magics writes `COLOR=` and RGBA into the header; then red is lowest, and the highest bit means “as in the
/// header”. VisCAM and SolidView have blue lowest, and the highest bit means “has a colour”.
fn colors(header: &[u8], attributes: &[u16], num_triangles: usize) -> Option<Channel> {
    const OWN: u16 = 0x8000;
    let of_header = header
        .windows(10)
        .find(|window| window.starts_with(b"COLOR="))
        .map(|window| [6, 7, 8, 9].map(|at| f64::from(window[at]) / 255.0));
    let is_viscam = attributes.iter().any(|&attribute| attribute & OWN != 0);
    if of_header.is_none() && !is_viscam {
        return None;
    }
    let fallback = of_header.map_or(Material::default().base_color, |rgba| {
        let [r, g, b, a] = rgba;
        [linear_from_srgb(r), linear_from_srgb(g), linear_from_srgb(b), narrow(a)]
    });
    let mut values = fallback.to_vec();
    let mut row_of_attribute = vec![0_u32; 1 << 15];
    let mut num_rows = 1;
    let mut rows = Vec::with_capacity(num_triangles);
    for triangle in 0..num_triangles {
        let attribute =
            attributes.get(triangle).copied().unwrap_or(if of_header.is_some() { OWN } else { 0 });
        let has_own = (attribute & OWN != 0) == of_header.is_none();
        let row = if has_own { &mut row_of_attribute[usize::from(attribute & !OWN)] } else { &mut 0 };
        if has_own && *row == 0 {
            *row = num_rows;
            num_rows += 1;
            let [low, middle, high] = [0, 5, 10].map(|shift| f64::from(attribute >> shift & 31) / 31.0);
            let rgb = if of_header.is_some() { [low, middle, high] } else { [high, middle, low] };
            values.extend(rgb.map(linear_from_srgb));
            values.push(1.0);
        }
        rows.push([*row; 3]);
    }
    Some(Channel {
        semantic: Semantic::Color(0),
        width: 4,
        values,
        rows: CornerRows::PerCorner(Arc::new(rows)),
    })
}
