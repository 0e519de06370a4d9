//! `KHR_draco_mesh_compression`: primitives whose accessors are in a Draco stream.
//!
//! Everything is decoded before accessors are opened, and takes their places; so nothing else knows of it.

use draco_core::{DecodeLimits, DecoderBuffer, Mesh, MeshDecoder, PointAttribute};
use geometry::{Cancelled, Progress};
use serde_json::Value;

use super::accessor::{Accessor, Decoded, Unreadable};
use super::budget::{Budget, Expansion};
use super::buffers::Buffers;
use super::json::{Lenient as _, Place, Report, whole_number};

/// The name of the extension.
pub(super) const NAME: &str = "KHR_draco_mesh_compression";

/// Decodes all compressed primitives. What comes of them adds to the budget.
///
/// # Errors
/// [`Cancelled`].
pub(super) fn decode(
    document: &Value,
    buffers: &Buffers<'_>,
    budget: &mut Budget,
    progress: &dyn Progress,
    report: &mut Report,
) -> Result<Decoded, Cancelled> {
    let mut expansion = Expansion::new(buffers.num_bytes());
    let mut decoded = Decoded::new();
    let root = Place::Root;
    let meshes_at = root.key("meshes");
    let meshes = document.elements("meshes");
    for (mesh_index, mesh) in meshes.iter().enumerate() {
        let mesh_at = meshes_at.at(mesh_index);
        let primitives_at = mesh_at.key("primitives");
        for (index, primitive) in mesh.elements("primitives").iter().enumerate() {
            let Some(extension) = primitive.extension(NAME) else { continue };
            let targets = Targets::of(primitive, extension);
            if !targets.attributes.is_empty() && targets.all().all(|accessor| decoded.contains_key(&accessor))
            {
                continue; // Another primitive has the same data.
            }
            progress.report(mesh_index as f64 / meshes.len() as f64)?;
            match targets.decode(document, extension, buffers, &mut expansion) {
                Ok(accessors) => {
                    for (accessor, data) in accessors {
                        budget.earn(data.num_bytes());
                        decoded.insert(accessor, Ok(data));
                    }
                }
                Err(what) => {
                    let primitive_at = primitives_at.at(index);
                    let extensions_at = primitive_at.key("extensions");
                    let message = format!("The Draco data could not be decoded: {what}.");
                    report.warn("draco-damaged", &extensions_at.key(NAME), message);
                    // Some files have the data a second time, uncompressed.
                    for accessor in all_accessors(primitive).filter(|accessor| !has_view(document, *accessor))
                    {
                        decoded.entry(accessor).or_insert(Err(Unreadable::NoData));
                    }
                }
            }
        }
    }
    Ok(decoded)
}

/// The accessors of the vertices and indices of a primitive.
fn all_accessors(primitive: &Value) -> impl Iterator<Item = usize> {
    let attributes = primitive.get("attributes").and_then(Value::as_object);
    let attributes = attributes.into_iter().flatten().filter_map(|(_, index)| whole_number(index));
    let attributes = attributes.filter_map(|index| usize::try_from(index).ok());
    attributes.chain(primitive.index("indices"))
}

fn has_view(document: &Value, accessor: usize) -> bool {
    document.elements("accessors").get(accessor).is_some_and(|accessor| accessor.get("bufferView").is_some())
}

/// The accessors that a stream fills.
struct Targets {
    /// Accessor and the stream's number of the attribute.
    attributes: Vec<(usize, u32)>,
    indices: Option<usize>,
}

impl Targets {
    fn of(primitive: &Value, extension: &Value) -> Self {
        let ids = extension.get("attributes").and_then(Value::as_object);
        let attributes = ids.into_iter().flatten().filter_map(|(name, id)| {
            let accessor = primitive.get("attributes")?.index(name)?;
            Some((accessor, u32::try_from(id.as_u64()?).ok()?))
        });
        Self { attributes: attributes.collect(), indices: primitive.index("indices") }
    }

    fn all(&self) -> impl Iterator<Item = usize> {
        self.attributes.iter().map(|(accessor, _)| *accessor).chain(self.indices)
    }

    fn decode(
        &self,
        document: &Value,
        extension: &Value,
        buffers: &Buffers<'_>,
        expansion: &mut Expansion,
    ) -> Result<Vec<(usize, Accessor<'static>)>, String> {
        let view = extension.index("bufferView").and_then(|view| buffers.view(view));
        let (stream, _) = view.ok_or("its data is missing")?;
        // A point takes 12 bytes and more, a face as well.
        let most = expansion.left() / 12;
        let limits = DecodeLimits::default()
            .with_max_points(most)
            .with_max_faces(most)
            .with_max_decoded_bytes(expansion.left());
        let mut mesh = Mesh::new();
        let mut decoder = MeshDecoder::new();
        decoder
            .decode(&mut DecoderBuffer::new(stream).with_limits(limits), &mut mesh)
            .map_err(|error| error.to_string())?;
        let too_large = || "it would fill the memory".to_owned();
        let num_points = mesh.num_points();
        let mut accessors = Vec::new();
        for &(accessor, id) in &self.attributes {
            let attribute =
                mesh.attribute_by_unique_id(id).ok_or_else(|| format!("it has no attribute {id}"))?;
            let num_components = usize::from(attribute.num_components());
            if !(1..=4).contains(&num_components) {
                return Err(format!("an attribute has {num_components} numbers to a point"));
            }
            if !expansion.take(num_points.saturating_mul(num_components * 4)) {
                return Err(too_large());
            }
            let mut numbers = attribute.read_f32s(num_points, num_components);
            if let Some(value) = document.elements("accessors").get(accessor) {
                normalize(&mut numbers, attribute, value);
            }
            accessors.push((accessor, Accessor::of_floats(&numbers, num_components)));
        }
        if let Some(accessor) = self.indices {
            if !expansion.take(mesh.num_faces().saturating_mul(12)) {
                return Err(too_large());
            }
            let indices: Vec<_> = mesh.faces().iter().flatten().map(|point| point.0).collect();
            accessors.push((accessor, Accessor::of_indices(&indices)));
        }
        Ok(accessors)
    }
}

/// Whole numbers of the stream stand for 0 to 1 or -1 to 1 where the accessor says so.
fn normalize(numbers: &mut [f32], attribute: &PointAttribute, accessor: &Value) {
    let largest = match accessor.whole("componentType") {
        Some(5120) => 127.0,
        Some(5121) => 255.0,
        Some(5122) => 32767.0,
        Some(5123) => 65535.0,
        _ => return,
    };
    if accessor.flag("normalized") && attribute.data_type().is_integral() {
        for number in numbers {
            *number = (*number / largest).max(-1.0);
        }
    }
}
