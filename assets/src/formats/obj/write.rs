//! Writing OBJ and MTL.

use std::collections::BTreeMap;
use std::io::Write as _;

use geometry::{Channel, NO_ROW, Progress, Semantic};
use glam::DVec3;

use crate::color::{narrow, srgb_from_linear};
use crate::formats::convention::Convention;
use crate::formats::flatten::{self, Placed};
use crate::formats::report::Ticker;
use crate::formats::{ExportError, ExportOptions, Files, stem_of};
use crate::{AlphaMode, Image, ImportedScene, Material, TextureRef, images};

/// Writes all parts of the shown scene as objects; materials into an `.mtl` beside it, with the pictures they use.
/// Numbers are written so that reading gives the same bits; colours of vertices follow their positions.
pub(in crate::formats) fn export(
    name: &str,
    scene: &ImportedScene,
    options: &ExportOptions,
    progress: &dyn Progress,
) -> Result<Files, ExportError> {
    progress.phase("Writing faces");
    let is_wanted = |mesh: &crate::ImportedMesh| {
        !mesh.surface.is_empty() || !mesh.lines.is_empty() || !mesh.points.is_empty()
    };
    let parts = flatten::placed(scene, options, is_wanted)?;
    let total =
        parts.iter().map(|part| part.mesh.surface.positions.len() + part.mesh.surface.triangles.len()).sum();
    let names = MaterialNames::new(scene);
    let library = format!("{}.mtl", stem_of(name));
    let mut writer = Writer {
        text: Vec::new(),
        ticker: Ticker::new(progress, total, 1 << 12),
        done: 0,
        bases: [1; 3],
        names: &names,
    };
    put(&mut writer.text, format_args!("# {}\n", Convention::comment(options)));
    let uses_materials = parts.iter().any(|part| part.mesh.materials.iter().any(Option::is_some));
    if uses_materials {
        put(&mut writer.text, format_args!("mtllib {library}\n"));
    }
    for part in &parts {
        writer.part(part)?;
    }
    let mut files = vec![(name.to_owned(), writer.text)];
    if uses_materials {
        let (text, pictures) = library_text(scene, &names);
        files.push((library, text));
        files.extend(pictures);
    }
    Ok(files)
}

fn put(text: &mut Vec<u8>, arguments: std::fmt::Arguments<'_>) {
    text.write_fmt(arguments).expect("memory can be written");
}

/// A different name for each material, without line breaks.
struct MaterialNames(Vec<String>);

impl MaterialNames {
    fn new(scene: &ImportedScene) -> Self {
        let mut taken = std::collections::BTreeSet::new();
        let names = scene.materials.iter().enumerate().map(|(number, material)| {
            let wanted = material.name.split_whitespace().collect::<Vec<_>>().join(" ");
            let wanted = if wanted.is_empty() { format!("material {number}") } else { wanted };
            let mut name = wanted.clone();
            let mut copy = 2;
            while !taken.insert(name.clone()) {
                name = format!("{wanted} {copy}");
                copy += 1;
            }
            name
        });
        Self(names.collect())
    }
}

struct Writer<'a> {
    text: Vec<u8>,
    ticker: Ticker<'a>,
    done: usize,
    /// The number of the next `v`, `vt` and `vn`.
    bases: [usize; 3],
    names: &'a MaterialNames,
}

impl Writer<'_> {
    fn part(&mut self, part: &Placed<'_>) -> Result<(), ExportError> {
        let name = part.name.replace(['\n', '\r'], " ");
        put(&mut self.text, format_args!("o {}\n", if name.is_empty() { "part" } else { &name }));
        let mesh = &part.mesh.surface;
        let colors = colors_of_positions(part);
        for (number, &position) in mesh.positions.iter().enumerate() {
            self.tick()?;
            self.vertex(part.point(position), colors.get(number).copied().flatten());
        }
        let uvs = mesh.channel(Semantic::Uv(0));
        let normals = mesh.channel(Semantic::Normal);
        for uv in uvs.iter().flat_map(|channel| channel.values.chunks_exact(2)) {
            put(&mut self.text, format_args!("vt {} {}\n", uv[0], 1.0 - f64::from(uv[1])));
        }
        let normal_matrix = part.normal_matrix();
        for normal in normals.iter().flat_map(|channel| channel.values.chunks_exact(3)) {
            let normal = DVec3::new(f64::from(normal[0]), f64::from(normal[1]), f64::from(normal[2]));
            let [x, y, z] = (normal_matrix * normal).normalize_or_zero().to_array().map(narrow);
            put(&mut self.text, format_args!("vn {x} {y} {z}\n"));
        }
        self.faces(part, [uvs, normals])?;
        self.bases[0] += mesh.positions.len();
        self.bases[1] += uvs.map_or(0, Channel::num_rows);
        self.bases[2] += normals.map_or(0, Channel::num_rows);
        self.sets(part);
        Ok(())
    }

    fn tick(&mut self) -> Result<(), ExportError> {
        self.done += 1;
        Ok(self.ticker.at(self.done)?)
    }

    fn vertex(&mut self, point: DVec3, color: Option<[f32; 4]>) {
        let DVec3 { x, y, z } = point;
        match color {
            Some([r, g, b, _]) => {
                let [r, g, b] = [r, g, b].map(|value| narrow(srgb_from_linear(value)));
                put(&mut self.text, format_args!("v {x} {y} {z} {r} {g} {b}\n"));
            }
            None => put(&mut self.text, format_args!("v {x} {y} {z}\n")),
        }
    }

    /// Triangles by slot, so that each material is named once.
    fn faces(&mut self, part: &Placed<'_>, rows: [Option<&Channel>; 2]) -> Result<(), ExportError> {
        let mesh = &part.mesh.surface;
        let mut by_slot: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for triangle in 0..mesh.triangles.len() {
            by_slot.entry(mesh.material_slot(triangle)).or_default().push(triangle);
        }
        for (slot, triangles) in by_slot {
            self.use_material(part, slot);
            for triangle in triangles {
                self.tick()?;
                self.text.extend_from_slice(b"f");
                for corner in part.corner_order() {
                    let row = |channel: Option<&Channel>| {
                        channel.and_then(|channel| channel.row_of_corner(mesh, triangle, corner))
                    };
                    let position = self.bases[0] + mesh.triangles[triangle][corner] as usize;
                    let uv = row(rows[0]).map(|row| self.bases[1] + row as usize);
                    let normal = row(rows[1]).map(|row| self.bases[2] + row as usize);
                    match (uv, normal) {
                        (None, None) => put(&mut self.text, format_args!(" {position}")),
                        (Some(uv), None) => put(&mut self.text, format_args!(" {position}/{uv}")),
                        (None, Some(normal)) => put(&mut self.text, format_args!(" {position}//{normal}")),
                        (Some(uv), Some(normal)) => {
                            put(&mut self.text, format_args!(" {position}/{uv}/{normal}"));
                        }
                    }
                }
                self.text.push(b'\n');
            }
        }
        Ok(())
    }

    /// Lines and points, with vertices of their own.
    fn sets(&mut self, part: &Placed<'_>) {
        for set in &part.mesh.lines {
            self.use_material(part, set.material_slot);
            let base = self.loose_vertices(part, &set.positions, &set.colors);
            for [a, b] in &set.segments {
                put(&mut self.text, format_args!("l {} {}\n", base + *a as usize, base + *b as usize));
            }
        }
        for set in &part.mesh.points {
            self.use_material(part, set.material_slot);
            let base = self.loose_vertices(part, &set.positions, &set.colors);
            for number in 0..set.positions.len() {
                put(&mut self.text, format_args!("p {}\n", base + number));
            }
        }
    }

    fn loose_vertices(&mut self, part: &Placed<'_>, positions: &[DVec3], colors: &[[f32; 4]]) -> usize {
        for (number, &position) in positions.iter().enumerate() {
            self.vertex(part.point(position), colors.get(number).copied());
        }
        let base = self.bases[0];
        self.bases[0] += positions.len();
        base
    }

    fn use_material(&mut self, part: &Placed<'_>, slot: u32) {
        // Without a name the material before would go on.
        let material = part.mesh.materials.get(slot as usize).copied().flatten();
        let name = material.map_or("", |material| &self.names.0[material]);
        put(&mut self.text, format_args!("usemtl {name}\n"));
    }
}

/// The colour of each position: that of the first corner there.
fn colors_of_positions(part: &Placed<'_>) -> Vec<Option<[f32; 4]>> {
    let mesh = &part.mesh.surface;
    let Some(channel) = mesh.channel(Semantic::Color(0)) else { return Vec::new() };
    let mut row_of_position = vec![NO_ROW; mesh.positions.len()];
    for (triangle, corners) in mesh.triangles.iter().enumerate() {
        for (corner, &position) in corners.iter().enumerate() {
            let row = &mut row_of_position[position as usize];
            if *row == NO_ROW {
                *row = channel.row_of_corner(mesh, triangle, corner).unwrap_or(NO_ROW);
            }
        }
    }
    let color = |row: u32| (row != NO_ROW).then(|| channel.row(row).first_chunk().copied()).flatten();
    row_of_position.into_iter().map(color).collect()
}

/// The text of the library, and the pictures it names.
fn library_text(scene: &ImportedScene, names: &MaterialNames) -> (Vec<u8>, Files) {
    let mut text = Vec::new();
    let mut pictures = Pictures { scene, name_of_image: BTreeMap::new(), files: Vec::new() };
    for (material, name) in scene.materials.iter().zip(&names.0) {
        put(&mut text, format_args!("newmtl {name}\n"));
        write_material(&mut text, material, &mut pictures);
    }
    (text, pictures.files)
}

fn write_material(text: &mut Vec<u8>, material: &Material, pictures: &mut Pictures<'_>) {
    let [r, g, b, opacity] = material.base_color;
    let [r, g, b] = [r, g, b].map(|value| narrow(srgb_from_linear(value)));
    put(text, format_args!("Kd {r} {g} {b}\n"));
    let emissive =
        material.emissive.map(|value| if value > 1.0 { value } else { narrow(srgb_from_linear(value)) });
    if emissive != [0.0; 3] {
        put(text, format_args!("Ke {} {} {}\n", emissive[0], emissive[1], emissive[2]));
    }
    // The exponent whose highlight is as wide, for readers that do not know `Pr`.
    let alpha = f64::from(material.roughness * material.roughness);
    let alpha_squared = (alpha * alpha).max(1e-4);
    put(text, format_args!("Ns {}\n", narrow((2.0 / alpha_squared - 2.0).max(0.0))));
    put(text, format_args!("Pr {}\nPm {}\n", material.roughness, material.metallic));
    if material.alpha_mode != AlphaMode::Opaque {
        put(text, format_args!("d {opacity}\n"));
    }
    let maps = [
        ("map_Kd", &material.base_color_texture),
        ("norm", &material.normal_texture),
        ("map_Ke", &material.emissive_texture),
    ];
    for (keyword, texture) in maps {
        if let Some(texture) = texture {
            let name = pictures.name(texture.image);
            let is_scaled = keyword == "norm" && material.normal_scale != 1.0;
            let scale = if is_scaled { format!("-bm {} ", material.normal_scale) } else { String::new() };
            put(text, format_args!("{keyword} {scale}{}{name}\n", texture_options(texture)));
        }
    }
    if let Some(texture) = &material.metallic_roughness_texture {
        let options = texture_options(texture);
        for (keyword, channel) in [("map_Pr", 1), ("map_Pm", 2)] {
            if let Some(name) = pictures.channel(texture.image, channel) {
                put(text, format_args!("{keyword} {options}{name}\n"));
            }
        }
    }
    if let Some(texture) = &material.occlusion_texture {
        put(text, format_args!("map_ao {}{}\n", texture_options(texture), pictures.name(texture.image)));
    }
    if let (Some(texture), true) = (&material.base_color_texture, material.alpha_mode != AlphaMode::Opaque) {
        put(text, format_args!("map_d {}\n", pictures.name(texture.image)));
    }
}

/// The inverse of what reading makes of `-o` and `-s`.
fn texture_options(texture: &TextureRef) -> String {
    let [u, v] = texture.offset;
    let [su, sv] = texture.scale;
    let offset = [u, 1.0 - sv - v];
    let mut options = String::new();
    if offset != [0.0; 2] {
        options += &format!("-o {} {} 0 ", offset[0], offset[1]);
    }
    if [su, sv] != [1.0; 2] {
        options += &format!("-s {su} {sv} 1 ");
    }
    options
}

/// The files of the pictures named so far.
struct Pictures<'a> {
    scene: &'a ImportedScene,
    /// By image, and by channel where a picture holds only that.
    name_of_image: BTreeMap<(usize, Option<usize>), String>,
    files: Files,
}

impl Pictures<'_> {
    fn name(&mut self, image_idx: usize) -> String {
        if let Some(known) = self.name_of_image.get(&(image_idx, None)) {
            return known.clone();
        }
        let image = &self.scene.images[image_idx];
        let (media_type, bytes) = images::encode(image);
        let extension = if media_type == "image/jpeg" { "jpg" } else { "png" };
        self.add((image_idx, None), &image.name, extension, bytes)
    }

    /// One channel of a picture as grey, as OBJ wants roughness and metal; `None` when it is white all over.
    fn channel(&mut self, image_idx: usize, channel: usize) -> Option<String> {
        if let Some(known) = self.name_of_image.get(&(image_idx, Some(channel))) {
            return Some(known.clone());
        }
        let image = &self.scene.images[image_idx];
        let texels = image.rgba.as_chunks::<4>().0;
        if texels.iter().all(|texel| texel[channel] == 255) {
            return None;
        }
        let gray = |texel: &[u8; 4]| [texel[channel], texel[channel], texel[channel], 255];
        let rgba = texels.iter().flat_map(gray).collect();
        let what = if channel == 1 { "roughness" } else { "metal" };
        let name = format!("{} {what}", stem_of(&image.name));
        let image =
            Image { name: name.clone(), rgba, width: image.width, height: image.height, encoded: None };
        Some(self.add((image_idx, Some(channel)), &name, "png", images::encode(&image).1))
    }

    fn add(&mut self, key: (usize, Option<usize>), wanted: &str, extension: &str, bytes: Vec<u8>) -> String {
        let is_plain = |char: &char| char.is_alphanumeric() || "-_ ".contains(*char);
        let stem: String = stem_of(wanted).chars().filter(is_plain).collect();
        let stem = if stem.trim().is_empty() { "texture".to_owned() } else { stem.trim().to_owned() };
        let mut name = format!("{stem}.{extension}");
        let mut copy = 2;
        while self.files.iter().any(|(known, _)| *known == name) {
            name = format!("{stem}_{copy}.{extension}");
            copy += 1;
        }
        self.files.push((name.clone(), bytes));
        self.name_of_image.insert(key, name.clone());
        name
    }
}
