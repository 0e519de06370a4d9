//! Writing the looks of triangles: property groups, and what each triangle takes from them.

use std::collections::{BTreeMap, BTreeSet};

use geometry::math::{cos, sin};
use geometry::{Channel, Semantic};

use super::write::{put, quoted};
use crate::color::{quantized, srgb_from_linear};
use crate::formats::stem_of;
use crate::{Filter, ImportedMesh, ImportedScene, TextureRef, Wrap, images};

/// Property groups being written.
pub(super) struct Paint<'a> {
    scene: &'a ImportedScene,
    next_id: u32,
    /// The id of the group of all materials, which come in the scene's order, and that of how they look.
    bases: [u32; 2],
    uses_bases: bool,
    /// The ids of textures, by image and way of repeating.
    texture_of: BTreeMap<(usize, [u8; 3]), u32>,
    texture_text: Vec<u8>,
    /// The files of the pictures.
    pub(super) textures: Vec<(String, Vec<u8>)>,
    name_of_image: BTreeMap<usize, String>,
    mesh: MeshPaint,
}

/// The groups of one mesh.
#[derive(Default)]
struct MeshPaint {
    /// The id of the group of colours, and their indices.
    colors: Option<u32>,
    color_index: BTreeMap<[u8; 4], usize>,
    color_text: Vec<u8>,
    /// The groups of texture coordinates by material.
    uvs: BTreeMap<usize, UvGroup>,
}

/// A group of texture coordinates being written.
#[derive(Default)]
struct UvGroup {
    id: u32,
    index_of_row: BTreeMap<u32, usize>,
    text: Vec<u8>,
}

impl<'a> Paint<'a> {
    pub(super) fn new(scene: &'a ImportedScene) -> Self {
        Self {
            scene,
            next_id: 3,
            bases: [1, 2],
            uses_bases: false,
            texture_of: BTreeMap::new(),
            texture_text: Vec::new(),
            textures: Vec::new(),
            name_of_image: BTreeMap::new(),
            mesh: MeshPaint::default(),
        }
    }

    /// An id that nothing else has.
    pub(super) fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }

    pub(super) fn begin_mesh(&mut self, mesh: &ImportedMesh) {
        self.mesh = MeshPaint::default();
        if mesh.surface.channel(Semantic::Color(0)).is_some() {
            self.mesh.colors = Some(self.new_id());
        }
    }

    /// Writes the property of a triangle as attributes.
    pub(super) fn triangle(&mut self, mesh: &ImportedMesh, triangle: usize, text: &mut Vec<u8>) {
        let surface = &mesh.surface;
        let slot = surface.material_slot(triangle) as usize;
        let material_idx = mesh.materials.get(slot).copied().flatten();
        let rows = |channel: &Channel| {
            let rows = [0, 1, 2].map(|corner| channel.row_of_corner(surface, triangle, corner));
            Some([rows[0]?, rows[1]?, rows[2]?])
        };
        let texture = material_idx.and_then(|it| Some((it, self.scene.materials[it].base_color_texture?)));
        if let Some((material_idx, texture)) = texture
            && let Some(channel) = surface.channel(Semantic::Uv(texture.uv_set))
            && let Some(rows) = rows(channel)
        {
            let (group, indices) = self.uv_indices(material_idx, &texture, channel, rows);
            attributes(text, group, indices);
        } else if let Some(group) = self.mesh.colors
            && let Some(channel) = surface.channel(Semantic::Color(0))
            && let Some(rows) = rows(channel)
        {
            let base = material_idx.map_or([1.0; 4], |it| self.scene.materials[it].base_color);
            let indices = rows.map(|row| self.mesh.color(channel.row(row), base));
            attributes(text, group, indices);
        } else if let Some(material_idx) = material_idx {
            self.uses_bases = true;
            attributes(text, self.bases[0], [material_idx; 3]);
        }
    }

    /// The groups that only this mesh has.
    pub(super) fn end_mesh(&mut self) -> Vec<u8> {
        let mesh = std::mem::take(&mut self.mesh);
        let mut text = Vec::new();
        if let Some(id) = mesh.colors.filter(|_id| !mesh.color_index.is_empty()) {
            put(&mut text, format_args!("  <m:colorgroup id=\"{id}\">\n"));
            text.extend_from_slice(&mesh.color_text);
            text.extend_from_slice(b"  </m:colorgroup>\n");
        }
        for (material, UvGroup { id, text: places, .. }) in mesh.uvs {
            let texture = self.scene.materials[material].base_color_texture;
            let Some(texture) = texture.map(|texture| self.texture(&texture)) else { continue };
            put(&mut text, format_args!("  <m:texture2dgroup id=\"{id}\" texid=\"{texture}\">\n"));
            text.extend_from_slice(&places);
            text.extend_from_slice(b"  </m:texture2dgroup>\n");
        }
        text
    }

    /// The groups that all meshes share: materials and textures.
    pub(super) fn groups(&self) -> Vec<u8> {
        let mut text = Vec::new();
        if self.uses_bases {
            let [bases, displays] = self.bases;
            put(&mut text, format_args!("  <m:pbmetallicdisplayproperties id=\"{displays}\">\n"));
            for (number, material) in self.scene.materials.iter().enumerate() {
                let (metallic, roughness) = (material.metallic, material.roughness);
                let name = name_or_number(&material.name, number);
                put(
                    &mut text,
                    format_args!(
                        "   <m:pbmetallic name=\"{name}\" metallicness=\"{metallic}\" roughness=\"{roughness}\"/>\n"
                    ),
                );
            }
            text.extend_from_slice(b"  </m:pbmetallicdisplayproperties>\n");
            put(
                &mut text,
                format_args!("  <basematerials id=\"{bases}\" m:displaypropertiesid=\"{displays}\">\n"),
            );
            for (number, material) in self.scene.materials.iter().enumerate() {
                let name = name_or_number(&material.name, number);
                let color = hex(bytes_of(&material.base_color, [1.0; 4]));
                put(&mut text, format_args!("   <base name=\"{name}\" displaycolor=\"{color}\"/>\n"));
            }
            text.extend_from_slice(b"  </basematerials>\n");
        }
        text.extend_from_slice(&self.texture_text);
        text
    }

    fn uv_indices(
        &mut self,
        material: usize,
        texture: &TextureRef,
        channel: &Channel,
        rows: [u32; 3],
    ) -> (u32, [usize; 3]) {
        if !self.mesh.uvs.contains_key(&material) {
            let id = self.new_id();
            self.mesh.uvs.insert(material, UvGroup { id, ..UvGroup::default() });
        }
        let UvGroup { id, index_of_row, text } = self.mesh.uvs.entry(material).or_default();
        let indices = rows.map(|row| {
            let next = index_of_row.len();
            *index_of_row.entry(row).or_insert_with(|| {
                let [u, v] = place(texture, channel.row(row));
                put(text, format_args!("   <m:tex2coord u=\"{u}\" v=\"{v}\"/>\n"));
                next
            })
        });
        (*id, indices)
    }

    /// The id of a texture.
    fn texture(&mut self, texture: &TextureRef) -> u32 {
        let style = |wrap: Wrap| match wrap {
            Wrap::Repeat => "wrap",
            Wrap::MirroredRepeat => "mirror",
            Wrap::ClampToEdge => "clamp",
        };
        let is_nearest = texture.filter == Filter::Nearest;
        let key = (texture.image, [texture.wrap[0] as u8, texture.wrap[1] as u8, u8::from(is_nearest)]);
        if let Some(&known) = self.texture_of.get(&key) {
            return known;
        }
        let id = self.new_id();
        self.texture_of.insert(key, id);
        let name = self.picture(texture.image);
        let media_type = if name.ends_with(".jpg") { "image/jpeg" } else { "image/png" };
        let [u, v] = texture.wrap.map(style);
        let filter = if is_nearest { "nearest" } else { "linear" };
        put(
            &mut self.texture_text,
            format_args!(
                "  <m:texture2d id=\"{id}\" path=\"/{name}\" contenttype=\"{media_type}\" tilestyleu=\"{u}\" tilestylev=\"{v}\" filter=\"{filter}\"/>\n"
            ),
        );
        id
    }

    /// The name of a picture's part.
    fn picture(&mut self, image_idx: usize) -> String {
        if let Some(known) = self.name_of_image.get(&image_idx) {
            return known.clone();
        }
        let image = &self.scene.images[image_idx];
        let (media_type, bytes) = images::encode_as_png_or_jpeg(image);
        let extension = if media_type == "image/jpeg" { "jpg" } else { "png" };
        let is_plain = |char: &char| char.is_ascii_alphanumeric() || "-_".contains(*char);
        let stem: String = stem_of(&image.name).chars().filter(is_plain).collect();
        let taken: BTreeSet<&String> = self.name_of_image.values().collect();
        let mut name = format!("3D/Textures/{}.{extension}", if stem.is_empty() { "texture" } else { &stem });
        if taken.contains(&name) {
            name = format!("3D/Textures/{stem}_{image_idx}.{extension}");
        }
        self.textures.push((name.clone(), bytes));
        self.name_of_image.insert(image_idx, name.clone());
        name
    }
}

impl MeshPaint {
    /// The index of a colour.
    fn color(&mut self, color: &[f32], base: [f32; 4]) -> usize {
        let bytes = bytes_of(color, base);
        let next = self.color_index.len();
        let text = &mut self.color_text;
        *self.color_index.entry(bytes).or_insert_with(|| {
            put(text, format_args!("   <m:color color=\"{}\"/>\n", hex(bytes)));
            next
        })
    }
}

fn attributes(text: &mut Vec<u8>, group: u32, [a, b, c]: [usize; 3]) {
    put(text, format_args!(" pid=\"{group}\" p1=\"{a}\""));
    if [a, b, c] != [a; 3] {
        put(text, format_args!(" p2=\"{b}\" p3=\"{c}\""));
    }
}

fn name_or_number(name: &str, number: usize) -> String {
    if name.is_empty() { format!("material {number}") } else { quoted(name) }
}

/// The product of two linear colours as sRGB and alpha.
fn bytes_of(color: &[f32], base: [f32; 4]) -> [u8; 4] {
    std::array::from_fn(|axis| {
        let value = color.get(axis).copied().unwrap_or(1.0) * base[axis];
        let value = if axis == 3 { f64::from(value) } else { srgb_from_linear(value) };
        u8::try_from(quantized(value, 255)).unwrap_or(u8::MAX)
    })
}

fn hex([r, g, b, a]: [u8; 4]) -> String {
    if a == 255 { format!("#{r:02X}{g:02X}{b:02X}") } else { format!("#{r:02X}{g:02X}{b:02X}{a:02X}") }
}

/// A place in a texture with the transform of its use, and its origin at the lower left.
fn place(texture: &TextureRef, uv: &[f32]) -> [f64; 2] {
    let [u, v] = [0, 1].map(|axis| f64::from(uv[axis]) * f64::from(texture.scale[axis]));
    let angle = f64::from(texture.rotation_rad);
    let (cos, sin) = if angle == 0.0 { (1.0, 0.0) } else { (cos(angle), sin(angle)) };
    let [left, top] = texture.offset.map(f64::from);
    [cos * u + sin * v + left, 1.0 - (cos * v - sin * u + top)]
}
