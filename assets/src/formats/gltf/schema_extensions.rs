//! What the objects of extensions must be, and where they may stand; part of `schema`, after the JSON schemas of the
//! extensions (Khronos, 2017 to 2025).

use std::f64::consts::FRAC_PI_2;

use super::material_extensions::name;
use super::schema::{
    ANY, BUFFER, BUFFER_VIEW, CHANNEL_TARGET, DOCUMENT, Kind, MATERIAL, NODE, PRIMITIVE, Shape, TEXTURE,
    TEXTURE_INFO, shape,
};
use super::{draco, specular_glossiness, stage, variants};

/// An extension, the objects that it may stand in, and what it must be.
type Row = (&'static str, &'static Shape, &'static Shape);

/// The extensions that we know, by where they may stand. Those that may stand anywhere are not here.
static TABLE: [Row; 30] = [
    (draco::NAME, &PRIMITIVE, &DRACO),
    ("EXT_mesh_gpu_instancing", &NODE, &INSTANCING),
    ("EXT_meshopt_compression", &BUFFER, &FREE),
    ("EXT_meshopt_compression", &BUFFER_VIEW, &MESHOPT),
    ("EXT_texture_webp", &TEXTURE, &OTHER_IMAGE),
    ("KHR_animation_pointer", &CHANNEL_TARGET, &POINTER),
    (stage::LIGHTS, &DOCUMENT, &LIGHTS),
    (stage::LIGHTS, &NODE, &NODE_LIGHT),
    (name::ANISOTROPY, &MATERIAL, &ANISOTROPY),
    (name::CLEARCOAT, &MATERIAL, &CLEARCOAT),
    (name::DIFFUSE_TRANSMISSION, &MATERIAL, &DIFFUSE_TRANSMISSION),
    (name::DISPERSION, &MATERIAL, &DISPERSION),
    ("KHR_materials_emissive_strength", &MATERIAL, &EMISSIVE_STRENGTH),
    (name::IOR, &MATERIAL, &IOR),
    (name::IRIDESCENCE, &MATERIAL, &IRIDESCENCE),
    (specular_glossiness::NAME, &MATERIAL, &SPECULAR_GLOSSINESS),
    (name::SHEEN, &MATERIAL, &SHEEN),
    (name::SPECULAR, &MATERIAL, &SPECULAR),
    (name::TRANSMISSION, &MATERIAL, &TRANSMISSION),
    ("KHR_materials_unlit", &MATERIAL, &FREE),
    (variants::NAME, &DOCUMENT, &VARIANTS),
    (variants::NAME, &PRIMITIVE, &VARIANT_MAPPINGS),
    (name::VOLUME, &MATERIAL, &VOLUME),
    // It is only ever declared.
    ("KHR_mesh_quantization", &FREE, &FREE),
    ("KHR_meshopt_compression", &BUFFER, &FREE),
    ("KHR_meshopt_compression", &BUFFER_VIEW, &MESHOPT),
    ("KHR_node_visibility", &NODE, &VISIBILITY),
    ("KHR_texture_basisu", &TEXTURE, &OTHER_IMAGE),
    ("KHR_texture_transform", &TEXTURE_INFO, &TEXTURE_TRANSFORM),
    ("MSFT_texture_dds", &TEXTURE, &OTHER_IMAGE),
];

/// What we know of an extension in an object.
pub(super) enum Known {
    /// Nothing.
    Nothing,
    /// It may not stand there.
    Misplaced,
    /// It must be this.
    As(&'static Shape),
}

/// What an extension must be in an object of a shape.
pub(super) fn of(name: &str, owner: &'static Shape) -> Known {
    let rows = || TABLE.iter().filter(|(known, _, _)| *known == name);
    match rows().find(|(_, place, _)| std::ptr::eq(*place, owner)) {
        Some((_, _, shape)) => Known::As(shape),
        None if rows().next().is_some() => Known::Misplaced,
        None => Known::Nothing,
    }
}

const UNIT: Kind = Kind::Number(0.0, 1.0);
const NOT_NEGATIVE: Kind = Kind::Number(0.0, ANY);
const INFO: Kind = Kind::Object(&TEXTURE_INFO);
const COLOR: Kind = Kind::Numbers(3, 0.0, 1.0);

static FREE: Shape = shape(&[], &[]);

static DRACO: Shape = shape(
    &["bufferView", "attributes"],
    &[("bufferView", Kind::Index("bufferViews")), ("attributes", Kind::Map(&Kind::Whole(0, u64::MAX)))],
);

static INSTANCING: Shape = shape(&["attributes"], &[("attributes", Kind::Map(&Kind::Index("accessors")))]);

static MESHOPT: Shape = shape(
    &["buffer", "byteLength", "byteStride", "count", "mode"],
    &[
        ("buffer", Kind::Index("buffers")),
        ("byteOffset", Kind::Whole(0, u64::MAX)),
        ("byteLength", Kind::Whole(1, u64::MAX)),
        ("byteStride", Kind::Whole(2, 256)),
        ("count", Kind::Whole(1, u64::MAX)),
        ("mode", Kind::Word(&["ATTRIBUTES", "TRIANGLES", "INDICES"])),
        ("filter", Kind::Word(&["NONE", "OCTAHEDRAL", "QUATERNION", "EXPONENTIAL", "COLOR"])),
    ],
);

static OTHER_IMAGE: Shape = shape(&[], &[("source", Kind::Index("images"))]);

static POINTER: Shape = shape(&["pointer"], &[("pointer", Kind::Text)]);

static LIGHTS: Shape = shape(&["lights"], &[("lights", Kind::List(&Kind::Object(&LIGHT)))]);

static LIGHT: Shape = shape(
    &["type"],
    &[
        ("color", COLOR),
        ("intensity", NOT_NEGATIVE),
        ("spot", Kind::Object(&SPOT)),
        ("type", Kind::Word(&["directional", "point", "spot"])),
        ("range", Kind::Number(f64::MIN_POSITIVE, ANY)),
        ("name", Kind::Text),
    ],
);

static SPOT: Shape = shape(
    &[],
    &[("innerConeAngle", Kind::Number(0.0, FRAC_PI_2)), ("outerConeAngle", Kind::Number(0.0, FRAC_PI_2))],
);

static NODE_LIGHT: Shape = Shape {
    required: &["light"],
    properties: &[("light", Kind::ExtensionIndex(stage::LIGHTS, "lights"))],
    exclusive: &[],
    needs: Some(stage::LIGHTS),
};

static VISIBILITY: Shape = shape(&[], &[("visible", Kind::Flag)]);

static TEXTURE_TRANSFORM: Shape = shape(
    &[],
    &[
        ("offset", Kind::Numbers(2, -ANY, ANY)),
        ("rotation", Kind::Number(-ANY, ANY)),
        ("scale", Kind::Numbers(2, -ANY, ANY)),
        ("texCoord", Kind::Whole(0, u64::MAX)),
    ],
);

static VARIANTS: Shape = shape(&["variants"], &[("variants", Kind::List(&Kind::Object(&VARIANT)))]);

static VARIANT: Shape = shape(&["name"], &[("name", Kind::Text)]);

static VARIANT_MAPPINGS: Shape =
    shape(&["mappings"], &[("mappings", Kind::List(&Kind::Object(&VARIANT_MAPPING)))]);

static VARIANT_MAPPING: Shape = Shape {
    required: &["material", "variants"],
    properties: &[
        ("material", Kind::Index("materials")),
        ("variants", Kind::Set(&Kind::ExtensionIndex(variants::NAME, "variants"))),
        ("name", Kind::Text),
    ],
    exclusive: &[],
    needs: Some(variants::NAME),
};

static ANISOTROPY: Shape = shape(
    &[],
    &[
        ("anisotropyStrength", UNIT),
        ("anisotropyRotation", Kind::Number(-ANY, ANY)),
        ("anisotropyTexture", INFO),
    ],
);

static CLEARCOAT: Shape = shape(
    &[],
    &[
        ("clearcoatFactor", UNIT),
        ("clearcoatTexture", INFO),
        ("clearcoatRoughnessFactor", UNIT),
        ("clearcoatRoughnessTexture", INFO),
        ("clearcoatNormalTexture", INFO),
    ],
);

static DIFFUSE_TRANSMISSION: Shape = shape(
    &[],
    &[
        ("diffuseTransmissionFactor", UNIT),
        ("diffuseTransmissionTexture", INFO),
        ("diffuseTransmissionColorFactor", Kind::Numbers(3, 0.0, ANY)),
        ("diffuseTransmissionColorTexture", INFO),
    ],
);

static DISPERSION: Shape = shape(&[], &[("dispersion", NOT_NEGATIVE)]);

static EMISSIVE_STRENGTH: Shape = shape(&[], &[("emissiveStrength", NOT_NEGATIVE)]);

static IOR: Shape = shape(&[], &[("ior", Kind::NumberOrZero(1.0, ANY))]);

static IRIDESCENCE: Shape = shape(
    &[],
    &[
        ("iridescenceFactor", UNIT),
        ("iridescenceTexture", INFO),
        ("iridescenceIor", Kind::Number(1.0, ANY)),
        ("iridescenceThicknessMinimum", NOT_NEGATIVE),
        ("iridescenceThicknessMaximum", NOT_NEGATIVE),
        ("iridescenceThicknessTexture", INFO),
    ],
);

static SPECULAR_GLOSSINESS: Shape = shape(
    &[],
    &[
        ("diffuseFactor", Kind::Numbers(4, 0.0, 1.0)),
        ("diffuseTexture", INFO),
        ("specularFactor", COLOR),
        ("glossinessFactor", UNIT),
        ("specularGlossinessTexture", INFO),
    ],
);

static SHEEN: Shape = shape(
    &[],
    &[
        ("sheenColorFactor", COLOR),
        ("sheenColorTexture", INFO),
        ("sheenRoughnessFactor", UNIT),
        ("sheenRoughnessTexture", INFO),
    ],
);

static SPECULAR: Shape = shape(
    &[],
    &[
        ("specularFactor", UNIT),
        ("specularTexture", INFO),
        ("specularColorFactor", Kind::Numbers(3, 0.0, ANY)),
        ("specularColorTexture", INFO),
    ],
);

static TRANSMISSION: Shape = shape(&[], &[("transmissionFactor", UNIT), ("transmissionTexture", INFO)]);

static VOLUME: Shape = shape(
    &[],
    &[
        ("thicknessFactor", NOT_NEGATIVE),
        ("thicknessTexture", INFO),
        ("attenuationDistance", Kind::Number(f64::MIN_POSITIVE, ANY)),
        ("attenuationColor", COLOR),
    ],
);
