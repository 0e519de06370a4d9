//! What a model part holds, as it is written; numbers are in millimetres.

use std::collections::BTreeMap;

use glam::{DAffine3, DVec3};

use crate::LengthUnit;

/// A model part: the XML files with the extension `.model`.
#[derive(Default)]
pub(super) struct Model {
    pub(super) unit: LengthUnit,
    pub(super) title: Option<String>,
    pub(super) application: Option<String>,
    /// Everything that has an id.
    pub(super) resources: BTreeMap<u32, Resource>,
    /// The build; what is shown.
    pub(super) items: Vec<Component>,
}

/// Something with an id, and the byte where it starts.
pub(super) struct Resource {
    pub(super) at: usize,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// `basematerials`.
    Bases(Vec<Base>),
    /// `colorgroup`: linear RGBA.
    Colors(Vec<[f32; 4]>),
    /// `texture2d`.
    Texture(Texture),
    /// `texture2dgroup`: the id of a texture, and places in it with their origin at the upper left.
    TextureGroup {
        texture: u32,
        uvs: Vec<[f32; 2]>,
    },
    /// `compositematerials`: the id of base materials, some of them, and how much of each.
    Composite {
        bases: u32,
        indices: Vec<u32>,
        mixes: Ragged<f32>,
    },
    /// `multiproperties`: ids of groups, how each covers those before it, and an index into each.
    Multi {
        layers: Vec<u32>,
        methods: Vec<Blend>,
        indices: Ragged<u32>,
    },
    /// `pbmetallicdisplayproperties` and its like.
    Displays(Vec<Display>),
    Object(Object),
    /// Something we have no use for; ids are unique all the same.
    Other,
}

/// Lists of different lengths, one after another.
#[derive(Default)]
pub(super) struct Ragged<T> {
    values: Vec<T>,
    ends: Vec<usize>,
}

impl<T> Ragged<T> {
    pub(super) fn push(&mut self, list: impl Iterator<Item = T>) {
        self.values.extend(list);
        self.ends.push(self.values.len());
    }

    pub(super) fn get(&self, number: usize) -> Option<&[T]> {
        let end = *self.ends.get(number)?;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        self.values.get(start..end)
    }
}

/// A base material.
pub(super) struct Base {
    pub(super) name: String,
    /// Linear RGBA.
    pub(super) color: [f32; 4],
    /// The id of display properties, which have as many entries as there are bases.
    pub(super) displays: Option<u32>,
}

/// How a material looks beyond its colour.
#[derive(Clone, Copy)]
pub(super) struct Display {
    pub(super) metallic: f64,
    pub(super) roughness: f64,
}

pub(super) struct Texture {
    /// The name of its part.
    pub(super) path: String,
    pub(super) wrap: [crate::Wrap; 2],
    pub(super) filter: crate::Filter,
}

/// How a layer covers those below it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Blend {
    Mix,
    Multiply,
}

pub(super) struct Object {
    pub(super) name: String,
    pub(super) kind: Kind,
    /// What triangles without a property of their own have.
    pub(super) property: Option<(u32, u32)>,
    pub(super) shape: Shape,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Model,
    Support,
    Other,
}

pub(super) enum Shape {
    Mesh(RawMesh),
    Components(Vec<Component>),
    /// Nothing that we know, such as a level set.
    Nothing,
}

/// A mesh as it is written.
#[derive(Default)]
pub(super) struct RawMesh {
    pub(super) positions: Vec<DVec3>,
    /// All indices exist.
    pub(super) triangles: Vec<[u32; 3]>,
    /// What triangles look like; may end early.
    pub(super) properties: Vec<Option<Property>>,
    pub(super) lattice: Option<Lattice>,
}

/// The property of a triangle: the id of a group and an index for each corner. Group 0 is the object's.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Property {
    pub(super) group: u32,
    pub(super) indices: [u32; 3],
}

/// Beams between vertices of a mesh.
#[derive(Default)]
pub(super) struct Lattice {
    pub(super) beams: Vec<Beam>,
    /// Vertices and radii.
    pub(super) balls: Vec<(u32, f64)>,
}

#[derive(Clone, Copy)]
pub(super) struct Beam {
    pub(super) ends: [u32; 2],
    pub(super) radii: [f64; 2],
    pub(super) is_round: [bool; 2],
}

/// An object at a place: a component of another, or an item of the build.
pub(super) struct Component {
    pub(super) object: u32,
    /// The model part that has it, when that is another.
    pub(super) path: Option<String>,
    pub(super) parent_from_object: DAffine3,
    /// Byte where it is written.
    pub(super) at: usize,
}

impl Component {
    /// An object of the same part, where it is.
    pub(super) fn here(object: u32) -> Self {
        Self { object, path: None, parent_from_object: DAffine3::IDENTITY, at: 0 }
    }
}

impl Model {
    pub(super) fn object(&self, id: u32) -> Option<&Object> {
        match &self.resources.get(&id)?.content {
            Content::Object(object) => Some(object),
            _ => None,
        }
    }
}
