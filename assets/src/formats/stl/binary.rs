//! Binary STL: an 80-byte header, a count, 50 bytes per triangle.

use std::sync::Arc;

use geometry::display::{CoarseBuilder, CornerLook, stand_in_cells};
use geometry::progress::Stretch;
use geometry::{Channel, CornerRows, Mesh, Progress, Semantic};
use glam::{DAffine3, DVec3};

use super::{Damage, Solid, empty, scene};
use crate::coarse::{self, Coarsener};
use crate::color::{linear_from_srgb, narrow};
use crate::formats::convention::Convention;
use crate::formats::report::{byte_at, grouped};
use crate::formats::text;
use crate::glance::{Glance, GlanceMesh};
use crate::source::{self, Records};
use crate::weld::Welder;
use crate::{
    ByteSource, ImportError, ImportErrorKind, Imported, ImportedMesh, Location, Material, Resolver, Warning,
};

pub(super) const HEADER_BYTES: usize = 84;
pub(super) const TRIANGLE_BYTES: usize = 50;

/// Whether the length of a file is the one that the count in its header asks for. Text does not pass: as a count, four
/// letters mean more than 20 GB.
pub(super) fn has_exact_length(head: &[u8], size: u64) -> bool {
    claimed_count(head).is_some_and(|count| (HEADER_BYTES as u64) + count * TRIANGLE_BYTES as u64 == size)
}

pub(super) fn claimed_count(head: &[u8]) -> Option<u64> {
    let count = head.get(80..HEADER_BYTES)?;
    Some(u64::from(u32::from_le_bytes(count.try_into().ok()?)))
}

/// Reads a file piece by piece.
pub(super) fn read(
    source: &dyn ByteSource,
    mut convention: Convention,
    most: Option<usize>,
    resolver: &dyn Resolver,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let head = source::head(source, HEADER_BYTES)?;
    let Some(claimed) = claimed_count(&head) else {
        return Err(ImportError::new(
            ImportErrorKind::Truncated,
            Location::Byte(source.size()),
            format!(
                "The STL ends early: a binary STL has at least {HEADER_BYTES} bytes, found {}. Export or download it again.",
                source.size()
            ),
        ));
    };
    let mut warnings = Vec::new();
    let count = num_records(source.size(), claimed, &mut warnings)?;
    if count == 0 {
        return Err(if claimed == 0 { empty() } else { no_triangles(source.size(), claimed) });
    }
    let header = &head[..80];
    let comment = text::name(header.split(|&byte| byte == 0).next().unwrap_or_default());
    if let Some(stated) = Convention::from_comment(&comment) {
        convention = stated;
    }

    let records = || Records::new(source, HEADER_BYTES as u64, count, TRIANGLE_BYTES);
    if let Some(onlooker) = resolver.onlooker().filter(|onlooker| count >= onlooker.min_triangles()) {
        let looking = Stretch::new(progress, 0.0, 0.0);
        if let Some(glance) = glance(records(), records(), count, convention, &looking)? {
            onlooker.show(glance);
        }
    }
    let (mesh, attributes, damage) = match most.filter(|&most| count > most) {
        Some(most) => {
            let (mesh, damage, warning) = coarse_triangles(records(), count, most, convention, progress)?;
            warnings.push(warning);
            (mesh, Vec::new(), damage)
        }
        None => triangles(records(), count, convention, progress)?,
    };
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

/// How many triangle records are really there. A wrong count is common: writers forget to fill it in, or files are cut.
fn num_records(size: u64, claimed: u64, warnings: &mut Vec<Warning>) -> Result<usize, ImportError> {
    let body = size - HEADER_BYTES as u64;
    let present = body / TRIANGLE_BYTES as u64;
    let claimed_bytes = claimed * TRIANGLE_BYTES as u64;
    let mut count = claimed;
    if claimed_bytes < body {
        let extra = body - claimed_bytes;
        let is_whole = body.is_multiple_of(TRIANGLE_BYTES as u64);
        let done = if is_whole { "all of them are shown" } else { "the rest is left out" };
        let message = format!(
            "The STL says it has {} triangles, but {} bytes follow them; {done}.",
            grouped_64(claimed),
            grouped_64(extra),
        );
        let code = if is_whole { "wrong-triangle-count" } else { "trailing-bytes" };
        warnings.push(Warning::new(code, Location::Byte(HEADER_BYTES as u64 + claimed_bytes), message));
        count = if is_whole { present } else { claimed };
    } else if claimed_bytes > body {
        let message = format!(
            "The STL ends early: {} triangles need {} bytes, found {}. The first {} are shown; export it again for the rest.",
            grouped_64(claimed),
            grouped_64(claimed_bytes + HEADER_BYTES as u64),
            grouped_64(size),
            grouped_64(present),
        );
        warnings.push(Warning::new("truncated", Location::Byte(size), message));
        count = present;
    }
    let most = u64::from(u32::MAX / 3);
    usize::try_from(count).ok().filter(|_| count <= most).ok_or_else(|| {
        ImportError::new(
            ImportErrorKind::TooLarge,
            Location::Whole,
            format!("The STL has {} triangles; Kerf can index {}.", grouped_64(count), grouped_64(most)),
        )
    })
}

fn grouped_64(number: u64) -> String {
    grouped(usize::try_from(number).unwrap_or(usize::MAX))
}

fn no_triangles(size: u64, claimed: u64) -> ImportError {
    ImportError::new(
        ImportErrorKind::Truncated,
        Location::Byte(size),
        format!(
            "The STL ends early: it says it has {claimed} triangles, but not one is there. Export or download it again."
        ),
    )
}

/// Calls a function for each triangle with its number, its corners and its attribute word.
fn for_each_triangle(
    mut records: Records<'_>,
    count: usize,
    convention: Convention,
    progress: &dyn Progress,
    mut take: impl FnMut(usize, [DVec3; 3], u16),
) -> Result<(), ImportError> {
    let mut number = 0;
    loop {
        progress.report(number as f64 / count as f64)?;
        let piece = records.next_piece()?;
        if piece.is_empty() {
            return Ok(());
        }
        for record in piece.chunks_exact(TRIANGLE_BYTES) {
            let corners = [12, 24, 36].map(|at| convention.point(point(record, at)));
            take(number, corners, u16::from_le_bytes([record[48], record[49]]));
            number += 1;
        }
    }
}

/// The mesh, and the attribute word of each triangle if any differs from 0.
fn triangles(
    records: Records<'_>,
    count: usize,
    convention: Convention,
    progress: &dyn Progress,
) -> Result<(Mesh, Vec<u16>, Damage), ImportError> {
    // A closed mesh has half as many positions as triangles (Euler), most files are closed, and others grow.
    let mut solid = Solid { welder: Welder::with_capacity(count / 2), ..Solid::default() };
    solid.triangles.reserve_exact(count);
    let mut attributes: Vec<u16> = Vec::new();
    let mut damage = Damage::default();
    for_each_triangle(records, count, convention, progress, |number, corners, attribute| {
        if !solid.push(corners, number, &mut damage) {
            return;
        }
        if attribute != 0 && attributes.is_empty() {
            attributes.reserve_exact(count);
        }
        if attribute != 0 || !attributes.is_empty() {
            attributes.resize(solid.triangles.len() - 1, 0);
            attributes.push(attribute);
        }
    })?;
    Ok((solid.into_mesh(), attributes, damage))
}

/// The triangles in outlines, read twice: for the box around them, and for what is in it. Colours are left out.
fn glance(
    first: Records<'_>,
    second: Records<'_>,
    count: usize,
    convention: Convention,
    progress: &dyn Progress,
) -> Result<Option<Glance>, ImportError> {
    let empty = [DVec3::INFINITY, DVec3::NEG_INFINITY];
    let [mut low, mut high] = empty;
    for_each_triangle(first, count, convention, progress, |_number, corners, _attribute| {
        for corner in corners.into_iter().filter(|corner| corner.is_finite()) {
            (low, high) = (low.min(corner), high.max(corner));
        }
    })?;
    if [low, high] == empty {
        return Ok(None);
    }
    let mut builder = CoarseBuilder::new([low, high], stand_in_cells(count));
    for_each_triangle(second, count, convention, progress, |_number, corners, _attribute| {
        if corners.iter().all(|corner| corner.is_finite()) {
            let clusters = corners.map(|corner| builder.add_position(corner));
            builder.add_triangle(0, corners, clusters, [(); 3]);
        }
    })?;
    let coarse = Arc::new(builder.finish(|()| CornerLook::default()));
    let mesh = GlanceMesh { bounds: [low, high], coarse, materials: vec![None] };
    Ok(Some(Glance { meshes: vec![mesh], placed: vec![(0, DAffine3::IDENTITY)], materials: Vec::new() }))
}

/// A mesh of at most so many triangles; colours are left out.
fn coarse_triangles(
    records: Records<'_>,
    count: usize,
    most: usize,
    convention: Convention,
    progress: &dyn Progress,
) -> Result<(Mesh, Damage, Warning), ImportError> {
    let mut coarsener = Coarsener::new(most);
    let mut damage = Damage::default();
    for_each_triangle(records, count, convention, progress, |number, corners, _attribute| {
        if corners.iter().all(|corner| corner.is_finite()) {
            coarsener.push(corners, 0);
        } else {
            damage.non_finite.add(number);
        }
    })?;
    let cell = coarsener.cell();
    let (mesh, _) = coarsener.finish();
    let warning = coarse::warning(count, mesh.triangles.len(), cell);
    Ok((mesh, damage, warning))
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
