//! Rules of the format about what may name what. Numbers are sections of the materials and properties extension 1.2 and
//! of the core specification 1.3.

use super::model::{Content, Kind, Model, Shape};
use super::read::Reader;
use super::report::malformed;
use crate::ImportError;

pub(super) fn check(reader: &Reader<'_, '_>) -> Result<(), ImportError> {
    let model = &reader.model;
    for (id, resource) in &model.resources {
        if let Some(what) = broken_reference(model, &resource.content) {
            return Err(malformed(reader.place(resource.at), format!("{what} (resource {id})")));
        }
        if let Content::Object(object) = &resource.content
            && let Shape::Components(components) = &object.shape
            && let Some(wrong) = components.iter().find(|it| it.path.is_none() && it.object == *id)
        {
            return Err(malformed(
                reader.place(wrong.at),
                format!("the object {id} is a component of itself"),
            ));
        }
    }
    for item in model.items.iter().filter(|item| item.path.is_none()) {
        match model.object(item.object) {
            None => {
                let what = format!("the build has an object {}, which does not exist", item.object);
                return Err(malformed(reader.place(item.at), what));
            }
            // Core 3.4.3.1.
            Some(object) if object.kind == Kind::Other => {
                let what =
                    format!("the build has the object {}, whose type “other” must not be built", item.object);
                return Err(malformed(reader.place(item.at), what));
            }
            Some(_) => {}
        }
    }
    Ok(())
}

fn broken_reference(model: &Model, content: &Content) -> Option<String> {
    let content_of = |id: &u32| model.resources.get(id).map(|resource| &resource.content);
    match content {
        // Materials 3.
        Content::TextureGroup { texture, .. }
            if !matches!(content_of(texture), Some(Content::Texture(_))) =>
        {
            Some(format!("a texture group names {texture}, which is no texture"))
        }
        // Materials 4.
        Content::Composite { bases, .. } if !matches!(content_of(bases), Some(Content::Bases(_))) => {
            Some(format!("a composite names {bases}, which is no group of base materials"))
        }
        // Materials 5.
        Content::Multi { layers, .. } => {
            let (mut num_materials, mut num_colors) = (0, 0);
            for layer in layers {
                match content_of(layer) {
                    Some(Content::Bases(_) | Content::Composite { .. }) => num_materials += 1,
                    Some(Content::Colors(_)) => num_colors += 1,
                    // Files of the conformance set that must pass name the texture instead of its group.
                    Some(Content::TextureGroup { .. } | Content::Texture(_)) => {}
                    _ => {
                        return Some(format!(
                            "multiproperties name {layer}, which they cannot have as a layer"
                        ));
                    }
                }
            }
            let too_many = if num_materials > 1 {
                "groups of materials"
            } else if num_colors > 1 {
                "groups of colours"
            } else {
                return None;
            };
            Some(format!("multiproperties have several {too_many}"))
        }
        _ => None,
    }
}
