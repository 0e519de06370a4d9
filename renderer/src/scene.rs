//! What is drawn, as plain data. The app derives it from the document; it may be thrown away at any time.

use std::collections::BTreeMap;

use glam::DAffine3;

use crate::Cut;

/// Names a mesh by its content; the same key always means the same arrays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeshKey(pub u128);

/// Names an image by its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextureKey(pub u128);

/// Names a material within a [`RenderScene`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MaterialKey(pub u64);

/// Everything that is drawn.
#[derive(Clone, Debug, Default)]
pub struct RenderScene {
    /// What stands where, in any order.
    pub instances: Vec<Instance>,
    /// The materials that instances name.
    pub materials: BTreeMap<MaterialKey, RenderMaterial>,
    /// What the section planes of the view cut of instances; without them the insides of parts are seen.
    pub cuts: Vec<Cut>,
}

/// A mesh at a place. Its arrays are handed to the renderer apart, under the same key; an instance whose mesh is not
/// (fully) uploaded yet is not drawn.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The app's number for it, for outlines and picking; not 0, and at most 2²⁴ - 1.
    pub id: u32,
    /// Its mesh.
    pub mesh: MeshKey,
    /// A mesh of fewer triangles in the same space, drawn instead while the mesh is not there yet, and where
    /// [`Quality::stand_ins`](crate::Quality::stand_ins) asks for it.
    pub coarse: Option<MeshKey>,
    /// Where it stands.
    pub world_from_mesh: DAffine3,
    /// The material of each slot of the mesh; slots beyond the end use the default material.
    pub materials: Vec<MaterialKey>,
    /// How it stands out.
    pub highlight: Highlight,
    /// Drawn as a transparent ghost of this linear RGBA colour, over everything, without edges; for the operands of a
    /// boolean and for tools while they move.
    pub ghost: Option<[f32; 4]>,
}

impl Instance {
    /// The mesh that is drawn, of those that are there.
    pub(crate) fn drawn_mesh(&self, stand_ins: bool, is_there: impl Fn(MeshKey) -> bool) -> MeshKey {
        let coarse = self.coarse.filter(|&coarse| is_there(coarse));
        coarse.filter(|_| stand_ins || !is_there(self.mesh)).unwrap_or(self.mesh)
    }
}

/// How an instance stands out from the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Highlight {
    /// Not at all.
    #[default]
    None,
    /// The pointer is over it: a soft tint and thin outline.
    Hovered,
    /// It is selected: an outline that stays visible through other parts.
    Selected,
}

/// A metallic-roughness material as the GPU needs it; the fields are those of glTF.
#[derive(Clone, Debug, PartialEq)]
pub struct RenderMaterial {
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
    /// Whether back faces are drawn and lit. Single-sided materials still draw back faces in a plain dark tone, so that
    /// an open or inside-out mesh is never invisible.
    pub double_sided: bool,
    /// Whether the base colour is shown without light.
    pub unlit: bool,
    /// sRGB.
    pub base_color_texture: Option<TextureUse>,
    /// Green: roughness, blue: metallic.
    pub metallic_roughness_texture: Option<TextureUse>,
    /// Tangent-space normal, +Y up.
    pub normal_texture: Option<TextureUse>,
    /// Scales x and y of the normal texture.
    pub normal_scale: f32,
    /// Red.
    pub occlusion_texture: Option<TextureUse>,
    /// 0 to 1.
    pub occlusion_strength: f32,
    /// sRGB.
    pub emissive_texture: Option<TextureUse>,
}

impl Default for RenderMaterial {
    /// Kerf's material for parts that bring none: a light, slightly warm grey, satin.
    fn default() -> Self {
        Self {
            base_color: [0.60, 0.60, 0.585, 1.0],
            metallic: 0.0,
            roughness: 0.42,
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
        }
    }
}

/// What the alpha of a material means.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TextureUse {
    /// Which image.
    pub texture: TextureKey,
    /// Which texture coordinate set, 0 or 1.
    pub uv_set: u8,
    /// How it is read outside of 0 to 1 and between texels.
    pub sampling: Sampling,
    /// Columns of the 2x3 matrix that maps mesh coordinates to texture coordinates: x axis, y axis, offset.
    pub texture_from_uv: [[f32; 2]; 3],
}

/// Texture addressing and filtering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sampling {
    /// For u and v: 0 repeat, 1 mirrored repeat, 2 clamp to edge.
    pub wrap: [u8; 2],
    /// Square texels instead of smooth ones.
    pub nearest: bool,
}
