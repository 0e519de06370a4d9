//! The scene every importer makes and every exporter takes: plain data, indices instead of pointers.

use std::sync::Arc;

use geometry::{LineSet, Mesh, PointSet};
use glam::DAffine3;
use serde::{Deserialize, Serialize};

use crate::{Animation, Camera, Light, MaterialExtensions, Rig, Skin};

/// A tree of nodes with meshes, materials and images. Right-handed, Z up, millimetres.
///
/// All indices are valid and the nodes form a forest; importers guarantee it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ImportedScene {
    /// All nodes, in file order.
    pub nodes: Vec<ImportedNode>,
    /// The scenes of the file, each a list of root nodes; at least one.
    pub scenes: Vec<SceneRoots>,
    /// The scene to show, an index into `scenes`.
    pub default_scene: usize,
    /// Meshes that nodes refer to.
    pub meshes: Vec<ImportedMesh>,
    /// Materials that meshes refer to.
    pub materials: Vec<Material>,
    /// Decoded images that materials refer to.
    pub images: Vec<Arc<Image>>,
    /// Skins that nodes refer to.
    pub skins: Vec<Skin>,
    /// How nodes move; the nodes themselves stand as the file places them.
    pub animations: Vec<Animation>,
    /// Cameras that nodes refer to.
    pub cameras: Vec<Camera>,
    /// Lights that nodes refer to.
    pub lights: Vec<Light>,
    /// The names of the looks that the file offers; [`ImportedMesh::variants`] says what they change.
    pub variants: Vec<String>,
    /// What the file was.
    pub source: SourceInfo,
}

/// A scene of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SceneRoots {
    /// Its name; empty when it has none.
    pub name: String,
    /// Indices of its root nodes.
    pub roots: Vec<usize>,
}

/// A node of the scene tree.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ImportedNode {
    /// Its name; empty when it has none.
    pub name: String,
    /// Children, indices into `nodes`.
    pub children: Vec<usize>,
    /// Where the node sits in its parent.
    pub parent_from_node: DAffine3,
    /// Index into `meshes`.
    pub mesh: Option<usize>,
    /// What bends the mesh, an index into `skins`. The mesh is in its first pose already; see [`ImportedMesh::rig`].
    pub skin: Option<usize>,
    /// How much of each morph target of the mesh's rig its pose has; empty for those of the rig.
    pub morph_weights: Vec<f32>,
    /// Index into `cameras`; looks along the node's Y, and its Z is up.
    pub camera: Option<usize>,
    /// Index into `lights`; shines along the node's Y.
    pub light: Option<usize>,
    /// Whether the file says that the node and all below it are not to be seen.
    pub hidden: bool,
}

impl ImportedScene {
    /// The meshes of the default scene that are to be seen, each with where it stands in the world, depth first. About
    /// `most` at most.
    #[must_use]
    pub fn placed_meshes(&self, most: usize) -> Vec<(usize, DAffine3)> {
        let roots = self.scenes.get(self.default_scene).map_or(&[][..], |scene| &scene.roots);
        placed_meshes(&self.nodes, roots, most)
    }
}

/// The meshes below some nodes, see [`ImportedScene::placed_meshes`].
pub(crate) fn placed_meshes(nodes: &[ImportedNode], roots: &[usize], most: usize) -> Vec<(usize, DAffine3)> {
    let mut placed = Vec::new();
    let mut waiting: Vec<(usize, DAffine3, usize)> =
        roots.iter().rev().map(|&root| (root, DAffine3::IDENTITY, 0)).collect();
    while let Some((idx, world_from_parent, depth)) = waiting.pop() {
        let Some(node) = nodes.get(idx).filter(|node| !node.hidden) else { continue };
        // Importers make trees; whatever is deeper than this is none.
        if depth > nodes.len() || placed.len() > most {
            break;
        }
        let world_from_node = world_from_parent * node.parent_from_node;
        placed.extend(node.mesh.map(|mesh| (mesh, world_from_node)));
        waiting.extend(node.children.iter().rev().map(|&child| (child, world_from_node, depth + 1)));
    }
    placed
}

/// A mesh with what else belongs to the same part.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ImportedMesh {
    /// Its name; empty when it has none.
    pub name: String,
    /// Triangles, positions welded where their coordinates are equal to the bit.
    pub surface: Arc<Mesh>,
    /// Loose points.
    pub points: Vec<Arc<PointSet>>,
    /// Line segments.
    pub lines: Vec<Arc<LineSet>>,
    /// For each material slot of the mesh an index into `materials`; `None` is the default material.
    pub materials: Vec<Option<usize>>,
    /// What the looks of the file change.
    pub variants: Vec<VariantMaterial>,
    /// What a player needs to bend it anew; `None` for meshes that do not bend.
    pub rig: Option<Arc<Rig>>,
}

/// A material that a slot of a mesh has in one of the looks of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VariantMaterial {
    /// Index into [`ImportedScene::variants`].
    pub variant: usize,
    /// The material slot.
    pub slot: u32,
    /// Index into [`ImportedScene::materials`].
    pub material: usize,
}

/// A glTF metallic-roughness material. Textures multiply the factors.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Material {
    /// Its name; empty when it has none.
    pub name: String,
    /// Linear RGBA.
    pub base_color: [f32; 4],
    /// 0 to 1.
    pub metallic: f32,
    /// Perceptual roughness, 0 to 1.
    pub roughness: f32,
    /// Linear RGB; may exceed 1.
    pub emissive: [f32; 3],
    /// How alpha is used.
    pub alpha_mode: AlphaMode,
    /// Whether back faces are drawn and lit.
    pub double_sided: bool,
    /// Whether the base colour is shown without light.
    pub unlit: bool,
    /// sRGB colour and linear alpha.
    pub base_color_texture: Option<TextureRef>,
    /// Green: roughness, blue: metallic; linear.
    pub metallic_roughness_texture: Option<TextureRef>,
    /// Tangent-space normal, linear, +Y up.
    pub normal_texture: Option<TextureRef>,
    /// Scales the x and y of the normal texture.
    pub normal_scale: f32,
    /// Red: occlusion; linear.
    pub occlusion_texture: Option<TextureRef>,
    /// How much of the occlusion applies, 0 to 1.
    pub occlusion_strength: f32,
    /// sRGB colour.
    pub emissive_texture: Option<TextureRef>,
    /// What goes beyond the metallic-roughness model; `None` where nothing does.
    #[serde(default)]
    pub extensions: Option<Box<MaterialExtensions>>,
}

impl Material {
    /// All uses of textures, those of the extensions too.
    pub fn textures(&self) -> impl Iterator<Item = &TextureRef> {
        let own = [
            &self.base_color_texture,
            &self.metallic_roughness_texture,
            &self.normal_texture,
            &self.occlusion_texture,
            &self.emissive_texture,
        ];
        let extended = self.extensions.as_deref().map(MaterialExtensions::textures);
        own.into_iter().chain(extended.into_iter().flatten()).flatten()
    }

    /// All places for uses of textures, those of the extensions too.
    pub fn texture_slots_mut(&mut self) -> impl Iterator<Item = &mut Option<TextureRef>> {
        let own = [
            &mut self.base_color_texture,
            &mut self.metallic_roughness_texture,
            &mut self.normal_texture,
            &mut self.occlusion_texture,
            &mut self.emissive_texture,
        ];
        let extended = self.extensions.as_deref_mut().map(MaterialExtensions::texture_slots_mut);
        own.into_iter().chain(extended.into_iter().flatten())
    }

    /// Base colour and use of alpha for renderers that cannot bend light: what lets light through is blended over what
    /// is behind it.
    #[must_use]
    pub fn blended(&self) -> ([f32; 4], AlphaMode) {
        /// Of what goes straight through clear glass about so much is left after both of its sides.
        const CLEAR: f32 = 0.85;
        let transmission =
            self.extensions.as_ref().map_or(0.0, |extensions| extensions.uniform_transmission());
        if transmission == 0.0 || self.alpha_mode != AlphaMode::Opaque {
            return (self.base_color, self.alpha_mode);
        }
        let [red, green, blue, _] = self.base_color;
        ([red, green, blue, 1.0 - CLEAR * transmission], AlphaMode::Blend)
    }
}

impl Default for Material {
    /// Kerf's neutral part material, for files that bring none: light grey, matte.
    fn default() -> Self {
        Self {
            name: String::new(),
            base_color: [0.62, 0.64, 0.67, 1.0],
            metallic: 0.0,
            roughness: 0.55,
            emissive: [0.0; 3],
            alpha_mode: AlphaMode::Opaque,
            double_sided: false,
            unlit: false,
            base_color_texture: None,
            metallic_roughness_texture: None,
            normal_texture: None,
            normal_scale: 1.0,
            occlusion_texture: None,
            occlusion_strength: 1.0,
            emissive_texture: None,
            extensions: None,
        }
    }
}

/// What the alpha of a material means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum AlphaMode {
    /// Ignored.
    #[default]
    Opaque,
    /// Nothing is drawn where alpha is below the cutoff.
    Mask(f32),
    /// Blended over what is behind.
    Blend,
}

/// A texture as a material uses it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TextureRef {
    /// Index into `ImportedScene::images` (in a document: its image table).
    pub image: usize,
    /// Which texture coordinate set, 0 or 1.
    pub uv_set: u8,
    /// What happens outside of 0 to 1, for u and v.
    pub wrap: [Wrap; 2],
    /// How it is magnified; minification is trilinear with mipmaps, or nearest when this is.
    pub filter: Filter,
    /// Offset, rotation in radians and scale of the coordinates (`KHR_texture_transform`).
    pub offset: [f32; 2],
    /// See `offset`.
    pub rotation_rad: f32,
    /// See `offset`.
    pub scale: [f32; 2],
}

impl TextureRef {
    /// The plain use of an image: set 0, repeated, linear, untransformed.
    #[must_use]
    pub fn new(image: usize) -> Self {
        Self {
            image,
            uv_set: 0,
            wrap: [Wrap::Repeat; 2],
            filter: Filter::Linear,
            offset: [0.0; 2],
            rotation_rad: 0.0,
            scale: [1.0; 2],
        }
    }
}

/// Texture addressing outside of 0 to 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Wrap {
    /// Tiles.
    #[default]
    Repeat,
    /// Tiles, every other one mirrored.
    MirroredRepeat,
    /// Repeats the border.
    ClampToEdge,
}

/// Texture magnification.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Filter {
    /// Smooth.
    #[default]
    Linear,
    /// Square texels.
    Nearest,
}

/// A decoded image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Image {
    /// Its name or file name; empty when it has none.
    pub name: String,
    /// Pixels across.
    pub width: u32,
    /// Pixels down.
    pub height: u32,
    /// RGBA, 8 bits each, rows from the top; `4 * width * height` bytes. Whether colour is sRGB is up to its use.
    #[serde(with = "geometry::bulk")]
    pub rgba: Vec<u8>,
    /// The encoded file it came from and its media type, kept so that export does not lose quality; may be empty.
    pub encoded: Option<EncodedImage>,
}

/// The bytes of an image file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EncodedImage {
    /// Such as `image/png`.
    pub media_type: String,
    /// The file.
    #[serde(with = "geometry::bulk")]
    pub bytes: Vec<u8>,
}

/// What a file said of itself.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SourceInfo {
    /// The format as people call it, such as “STL (binary)”.
    pub format: String,
    /// The program that wrote it, if it says so.
    pub generator: Option<String>,
    /// Its up axis; assumed where the format does not say.
    pub up_axis: UpAxis,
    /// Its length unit; assumed where the format does not say.
    pub unit: LengthUnit,
    /// Whether the unit is the format's or only assumed.
    pub unit_assumed: bool,
    /// The extensions it uses and what became of them.
    pub extensions: Vec<ExtensionUse>,
    /// What it says of its making: name and text, such as `dc:creator` or `copyright`, in the order of the file.
    #[serde(default)]
    pub metadata: Vec<(String, String)>,
}

/// An extension that a file uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtensionUse {
    /// Such as `KHR_materials_unlit`.
    pub name: String,
    /// Whether the file says that it cannot be shown right without it.
    pub required: bool,
    /// What became of it.
    pub status: ExtensionStatus,
    /// What that means for the picture, in words for people; empty when there is nothing to say.
    #[serde(default)]
    pub note: String,
}

/// What was done about an extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ExtensionStatus {
    /// Shown as it should be.
    Honoured,
    /// Shown, but not quite as it should be.
    Approximated,
    /// Left out.
    Ignored,
}

/// Which axis points up in a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum UpAxis {
    /// Y, as in glTF.
    Y,
    /// Z, as in Kerf and most CAD.
    #[default]
    Z,
}

/// A unit of length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum LengthUnit {
    /// 0.001 mm.
    Micrometre,
    /// The document's own unit.
    #[default]
    Millimetre,
    /// 10 mm.
    Centimetre,
    /// 1000 mm.
    Metre,
    /// 25.4 mm.
    Inch,
    /// 304.8 mm.
    Foot,
}

impl LengthUnit {
    /// All units, small to large within each system.
    pub const ALL: [Self; 6] =
        [Self::Micrometre, Self::Millimetre, Self::Centimetre, Self::Metre, Self::Inch, Self::Foot];

    /// How many millimetres one of it is.
    #[must_use]
    pub fn millimetres(self) -> f64 {
        match self {
            Self::Micrometre => 0.001,
            Self::Millimetre => 1.0,
            Self::Centimetre => 10.0,
            Self::Metre => 1000.0,
            Self::Inch => 25.4,
            Self::Foot => 304.8,
        }
    }

    /// Its symbol, such as `mm`.
    #[must_use]
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Micrometre => "µm",
            Self::Millimetre => "mm",
            Self::Centimetre => "cm",
            Self::Metre => "m",
            Self::Inch => "in",
            Self::Foot => "ft",
        }
    }
}
