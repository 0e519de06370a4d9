//! Complains about JSON that is not as the specification wants it, so that everything else may read it quietly.
//!
//! The tables follow the JSON schemas of glTF 2.0 (Khronos, 2021), with what matters to a reader: types, required
//! properties, ranges, references, empty lists. A complaint never stops the import.

use std::collections::BTreeSet;

use serde_json::Value;

use super::json::{Lenient as _, Place, Report, whole_number};
use super::schema_extensions::{self, Known};

/// What a value must be.
pub(super) enum Kind {
    Text,
    Flag,
    /// A whole number in a range.
    Whole(u64, u64),
    /// A number in a range.
    Number(f64, f64),
    /// As that, or 0.
    NumberOrZero(f64, f64),
    /// This many numbers in a range; any number of them for 0.
    Numbers(usize, f64, f64),
    /// One of these numbers.
    Code(&'static [u64]),
    /// One of these words.
    Word(&'static [&'static str]),
    /// An index into an array at the top of the document.
    Index(&'static str),
    /// An index into an array of an extension at the top of the document.
    ExtensionIndex(&'static str, &'static str),
    Object(&'static Shape),
    /// An array that is not empty.
    List(&'static Self),
    /// An array that is not empty and names nothing twice.
    Set(&'static Self),
    /// An object with values of one kind, not empty.
    Map(&'static Self),
}

/// What an object must be.
pub(super) struct Shape {
    /// Properties that must be there.
    pub(super) required: &'static [&'static str],
    /// What its properties must be.
    pub(super) properties: &'static [(&'static str, Kind)],
    /// Properties of which at most one may be there.
    pub(super) exclusive: &'static [[&'static str; 2]],
    /// An extension that must be at the top of the document.
    pub(super) needs: Option<&'static str>,
}

/// No bound.
pub(super) const ANY: f64 = f64::INFINITY;
const COMPONENTS: &[u64] = &[5120, 5121, 5122, 5123, 5125, 5126];
const INDEX_COMPONENTS: &[u64] = &[5121, 5123, 5125];
const WRAPS: &[u64] = &[33071, 33648, 10497];

/// An object without conditions of its own.
pub(super) const fn shape(
    required: &'static [&'static str],
    properties: &'static [(&'static str, Kind)],
) -> Shape {
    Shape { required, properties, exclusive: &[], needs: None }
}

pub(super) static DOCUMENT: Shape = shape(
    &["asset"],
    &[
        ("accessors", Kind::List(&Kind::Object(&ACCESSOR))),
        ("animations", Kind::List(&Kind::Object(&ANIMATION))),
        ("asset", Kind::Object(&ASSET)),
        ("buffers", Kind::List(&Kind::Object(&BUFFER))),
        ("bufferViews", Kind::List(&Kind::Object(&BUFFER_VIEW))),
        ("cameras", Kind::List(&Kind::Object(&CAMERA))),
        ("extensionsRequired", Kind::Set(&Kind::Text)),
        ("extensionsUsed", Kind::Set(&Kind::Text)),
        ("images", Kind::List(&Kind::Object(&IMAGE))),
        ("materials", Kind::List(&Kind::Object(&MATERIAL))),
        ("meshes", Kind::List(&Kind::Object(&MESH))),
        ("nodes", Kind::List(&Kind::Object(&NODE))),
        ("samplers", Kind::List(&Kind::Object(&SAMPLER))),
        ("scene", Kind::Index("scenes")),
        ("scenes", Kind::List(&Kind::Object(&SCENE))),
        ("skins", Kind::List(&Kind::Object(&SKIN))),
        ("textures", Kind::List(&Kind::Object(&TEXTURE))),
    ],
);

static ASSET: Shape = shape(
    &["version"],
    &[
        ("copyright", Kind::Text),
        ("generator", Kind::Text),
        ("version", Kind::Text),
        ("minVersion", Kind::Text),
    ],
);

static ACCESSOR: Shape = shape(
    &["componentType", "count", "type"],
    &[
        ("bufferView", Kind::Index("bufferViews")),
        ("byteOffset", Kind::Whole(0, u64::MAX)),
        ("componentType", Kind::Code(COMPONENTS)),
        ("normalized", Kind::Flag),
        ("count", Kind::Whole(1, u64::MAX)),
        ("type", Kind::Word(&["SCALAR", "VEC2", "VEC3", "VEC4", "MAT2", "MAT3", "MAT4"])),
        ("max", Kind::Numbers(0, -ANY, ANY)),
        ("min", Kind::Numbers(0, -ANY, ANY)),
        ("sparse", Kind::Object(&SPARSE)),
        ("name", Kind::Text),
    ],
);

static SPARSE: Shape = shape(
    &["count", "indices", "values"],
    &[
        ("count", Kind::Whole(1, u64::MAX)),
        ("indices", Kind::Object(&SPARSE_INDICES)),
        ("values", Kind::Object(&SPARSE_VALUES)),
    ],
);

static SPARSE_INDICES: Shape = shape(
    &["bufferView", "componentType"],
    &[
        ("bufferView", Kind::Index("bufferViews")),
        ("byteOffset", Kind::Whole(0, u64::MAX)),
        ("componentType", Kind::Code(INDEX_COMPONENTS)),
    ],
);

static SPARSE_VALUES: Shape = shape(
    &["bufferView"],
    &[("bufferView", Kind::Index("bufferViews")), ("byteOffset", Kind::Whole(0, u64::MAX))],
);

static ANIMATION: Shape = shape(
    &["channels", "samplers"],
    &[
        ("channels", Kind::List(&Kind::Object(&CHANNEL))),
        ("samplers", Kind::List(&Kind::Object(&ANIMATION_SAMPLER))),
        ("name", Kind::Text),
    ],
);

static CHANNEL: Shape = shape(
    &["sampler", "target"],
    &[("sampler", Kind::Whole(0, u64::MAX)), ("target", Kind::Object(&CHANNEL_TARGET))],
);

pub(super) static CHANNEL_TARGET: Shape =
    shape(&["path"], &[("node", Kind::Index("nodes")), ("path", Kind::Text)]);

static ANIMATION_SAMPLER: Shape = shape(
    &["input", "output"],
    &[
        ("input", Kind::Index("accessors")),
        ("interpolation", Kind::Word(&["LINEAR", "STEP", "CUBICSPLINE"])),
        ("output", Kind::Index("accessors")),
    ],
);

pub(super) static BUFFER: Shape = shape(
    &["byteLength"],
    &[("uri", Kind::Text), ("byteLength", Kind::Whole(1, u64::MAX)), ("name", Kind::Text)],
);

pub(super) static BUFFER_VIEW: Shape = shape(
    &["buffer", "byteLength"],
    &[
        ("buffer", Kind::Index("buffers")),
        ("byteOffset", Kind::Whole(0, u64::MAX)),
        ("byteLength", Kind::Whole(1, u64::MAX)),
        ("byteStride", Kind::Whole(4, 252)),
        ("target", Kind::Code(&[34962, 34963])),
        ("name", Kind::Text),
    ],
);

static CAMERA: Shape = Shape {
    required: &["type"],
    properties: &[
        ("orthographic", Kind::Object(&ORTHOGRAPHIC)),
        ("perspective", Kind::Object(&PERSPECTIVE)),
        ("type", Kind::Word(&["perspective", "orthographic"])),
        ("name", Kind::Text),
    ],
    exclusive: &[["orthographic", "perspective"]],
    needs: None,
};

static ORTHOGRAPHIC: Shape = shape(
    &["xmag", "ymag", "zfar", "znear"],
    &[
        ("xmag", Kind::Number(-ANY, ANY)),
        ("ymag", Kind::Number(-ANY, ANY)),
        ("zfar", Kind::Number(0.0, ANY)),
        ("znear", Kind::Number(0.0, ANY)),
    ],
);

static PERSPECTIVE: Shape = shape(
    &["yfov", "znear"],
    &[
        ("aspectRatio", Kind::Number(0.0, ANY)),
        ("yfov", Kind::Number(0.0, ANY)),
        ("zfar", Kind::Number(0.0, ANY)),
        ("znear", Kind::Number(0.0, ANY)),
    ],
);

static IMAGE: Shape = Shape {
    required: &[],
    properties: &[
        ("uri", Kind::Text),
        ("mimeType", Kind::Text),
        ("bufferView", Kind::Index("bufferViews")),
        ("name", Kind::Text),
    ],
    exclusive: &[["uri", "bufferView"]],
    needs: None,
};

pub(super) static MATERIAL: Shape = shape(
    &[],
    &[
        ("name", Kind::Text),
        ("pbrMetallicRoughness", Kind::Object(&PBR)),
        ("normalTexture", Kind::Object(&TEXTURE_INFO)),
        ("occlusionTexture", Kind::Object(&TEXTURE_INFO)),
        ("emissiveTexture", Kind::Object(&TEXTURE_INFO)),
        ("emissiveFactor", Kind::Numbers(3, 0.0, 1.0)),
        ("alphaMode", Kind::Word(&["OPAQUE", "MASK", "BLEND"])),
        ("alphaCutoff", Kind::Number(0.0, ANY)),
        ("doubleSided", Kind::Flag),
    ],
);

static PBR: Shape = shape(
    &[],
    &[
        ("baseColorFactor", Kind::Numbers(4, 0.0, 1.0)),
        ("baseColorTexture", Kind::Object(&TEXTURE_INFO)),
        ("metallicFactor", Kind::Number(0.0, 1.0)),
        ("roughnessFactor", Kind::Number(0.0, 1.0)),
        ("metallicRoughnessTexture", Kind::Object(&TEXTURE_INFO)),
    ],
);

pub(super) static TEXTURE_INFO: Shape = shape(
    &["index"],
    &[
        ("index", Kind::Index("textures")),
        ("texCoord", Kind::Whole(0, u64::MAX)),
        ("scale", Kind::Number(-ANY, ANY)),
        ("strength", Kind::Number(0.0, 1.0)),
    ],
);

static MESH: Shape = shape(
    &["primitives"],
    &[
        ("primitives", Kind::List(&Kind::Object(&PRIMITIVE))),
        ("weights", Kind::Numbers(0, -ANY, ANY)),
        ("name", Kind::Text),
    ],
);

pub(super) static PRIMITIVE: Shape = shape(
    &["attributes"],
    &[
        ("attributes", Kind::Map(&Kind::Index("accessors"))),
        ("indices", Kind::Index("accessors")),
        ("material", Kind::Index("materials")),
        ("mode", Kind::Code(&[0, 1, 2, 3, 4, 5, 6])),
        ("targets", Kind::List(&Kind::Map(&Kind::Index("accessors")))),
    ],
);

pub(super) static NODE: Shape = Shape {
    required: &[],
    properties: &[
        ("camera", Kind::Index("cameras")),
        ("children", Kind::Set(&Kind::Index("nodes"))),
        ("skin", Kind::Index("skins")),
        ("matrix", Kind::Numbers(16, -ANY, ANY)),
        ("mesh", Kind::Index("meshes")),
        ("rotation", Kind::Numbers(4, -1.0, 1.0)),
        ("scale", Kind::Numbers(3, -ANY, ANY)),
        ("translation", Kind::Numbers(3, -ANY, ANY)),
        ("weights", Kind::Numbers(0, -ANY, ANY)),
        ("name", Kind::Text),
    ],
    exclusive: &[["matrix", "rotation"], ["matrix", "scale"], ["matrix", "translation"]],
    needs: None,
};

static SAMPLER: Shape = shape(
    &[],
    &[
        ("magFilter", Kind::Code(&[9728, 9729])),
        ("minFilter", Kind::Code(&[9728, 9729, 9984, 9985, 9986, 9987])),
        ("wrapS", Kind::Code(WRAPS)),
        ("wrapT", Kind::Code(WRAPS)),
        ("name", Kind::Text),
    ],
);

static SCENE: Shape = shape(&[], &[("nodes", Kind::Set(&Kind::Index("nodes"))), ("name", Kind::Text)]);

static SKIN: Shape = shape(
    &["joints"],
    &[
        ("inverseBindMatrices", Kind::Index("accessors")),
        ("skeleton", Kind::Index("nodes")),
        ("joints", Kind::Set(&Kind::Index("nodes"))),
        ("name", Kind::Text),
    ],
);

pub(super) static TEXTURE: Shape = shape(
    &[],
    &[("sampler", Kind::Index("samplers")), ("source", Kind::Index("images")), ("name", Kind::Text)],
);

/// Checks a whole document.
pub(super) fn check(document: &Value, report: &mut Report) {
    let declared = document.elements("extensionsUsed").iter().filter_map(Value::as_str).collect();
    Checker { document, declared, report }.object(document, &DOCUMENT, &Place::Root);
}

struct Checker<'a> {
    document: &'a Value,
    declared: BTreeSet<&'a str>,
    report: &'a mut Report,
}

impl Checker<'_> {
    fn object(&mut self, value: &Value, shape: &'static Shape, at: &Place<'_>) {
        let Some(object) = value.as_object() else { return self.wrong_type("an object", at) };
        for name in shape.required.iter().filter(|name| !object.contains_key(**name)) {
            self.report.warn("missing-property", at, format!("The property `{name}` is missing."));
        }
        if let Some(name) = shape.needs.filter(|name| self.document.extension(name).is_none()) {
            let message = format!("The document itself has no {name}, which this needs.");
            self.report.warn("unsatisfied-dependency", at, message);
        }
        for pair in shape.exclusive.iter().filter(|pair| pair.iter().all(|name| object.contains_key(*name))) {
            let message = format!("Only one of `{}` and `{}` may be there.", pair[0], pair[1]);
            self.report.warn("exclusive-properties", at, message);
        }
        for (name, kind) in shape.properties {
            if let Some(value) = object.get(*name) {
                self.value(value, kind, &at.key(name));
            }
        }
        if let Some(extensions) = object.get("extensions") {
            self.extensions(extensions, shape, &at.key("extensions"));
        }
    }

    fn extensions(&mut self, extensions: &Value, owner: &'static Shape, at: &Place<'_>) {
        let Some(extensions) = extensions.as_object() else { return self.wrong_type("an object", at) };
        for (name, value) in extensions {
            match schema_extensions::of(name, owner) {
                Known::As(shape) => self.object(value, shape, &at.key(name)),
                Known::Misplaced => {
                    self.report.warn(
                        "misplaced-extension",
                        &at.key(name),
                        format!("{name} has no place here."),
                    );
                }
                Known::Nothing if !value.is_object() => self.wrong_type("an object", &at.key(name)),
                Known::Nothing => {}
            }
            if !self.declared.contains(name.as_str()) {
                let message = format!("{name} is used and not listed in `extensionsUsed`.");
                self.report.warn("undeclared-extension", &at.key(name), message);
            }
        }
    }

    fn value(&mut self, value: &Value, kind: &'static Kind, at: &Place<'_>) {
        match kind {
            Kind::Text if !value.is_string() => self.wrong_type("a string", at),
            Kind::Flag if !value.is_boolean() => self.wrong_type("true or false", at),
            Kind::Text | Kind::Flag => {}
            Kind::Whole(low, high) => match whole_number(value) {
                None => self.wrong_type("a non-negative whole number", at),
                Some(number) if !(*low..=*high).contains(&number) => self.out_of_range(value, at),
                Some(_) => {}
            },
            Kind::Number(low, high) => self.number(value, *low, *high, at),
            Kind::NumberOrZero(low, high) => {
                if value.as_f64() != Some(0.0) {
                    self.number(value, *low, *high, at);
                }
            }
            Kind::Numbers(count, low, high) => {
                let Some(elements) = value.as_array() else {
                    return self.wrong_type("an array of numbers", at);
                };
                if *count > 0 && elements.len() != *count {
                    let message = format!("{count} numbers are needed, found {}.", elements.len());
                    self.report.warn("array-length", at, message);
                }
                for (index, element) in elements.iter().enumerate() {
                    self.number(element, *low, *high, &at.at(index));
                }
            }
            Kind::Code(codes) => match whole_number(value) {
                None => self.wrong_type("a whole number", at),
                Some(code) if !codes.contains(&code) => self.out_of_range(value, at),
                Some(_) => {}
            },
            Kind::Word(words) => match value.as_str() {
                None => self.wrong_type("a string", at),
                Some(word) if !words.contains(&word) => self.out_of_range(value, at),
                Some(_) => {}
            },
            Kind::Index(list) => self.index(value, self.document.elements(list).len(), list, at),
            Kind::ExtensionIndex(name, list) => {
                if let Some(extension) = self.document.extension(name) {
                    self.index(value, extension.elements(list).len(), list, at);
                }
            }
            Kind::Object(shape) => self.object(value, shape, at),
            Kind::List(kind) | Kind::Set(kind) => self.list(value, kind, at),
            Kind::Map(kind) => self.map(value, kind, at),
        }
        if let Kind::Set(_) = kind {
            self.unique(value, at);
        }
    }

    fn number(&mut self, value: &Value, low: f64, high: f64, at: &Place<'_>) {
        match value.as_f64() {
            None => self.wrong_type("a number", at),
            Some(number) if !(low..=high).contains(&number) => self.out_of_range(value, at),
            Some(_) => {}
        }
    }

    fn index(&mut self, value: &Value, count: usize, list: &str, at: &Place<'_>) {
        let Some(index) = whole_number(value) else { return self.wrong_type("an index", at) };
        if index >= count as u64 {
            let message = format!("Element {index} of `{list}` is meant, there are {count}.");
            self.report.warn("unresolved-reference", at, message);
        }
    }

    fn list(&mut self, value: &Value, kind: &'static Kind, at: &Place<'_>) {
        let Some(elements) = value.as_array() else { return self.wrong_type("an array", at) };
        if elements.is_empty() {
            self.report.warn("empty-entity", at, "An empty array should not be there.");
        }
        for (index, element) in elements.iter().enumerate() {
            self.value(element, kind, &at.at(index));
        }
    }

    fn map(&mut self, value: &Value, kind: &'static Kind, at: &Place<'_>) {
        let Some(object) = value.as_object() else { return self.wrong_type("an object", at) };
        if object.is_empty() {
            self.report.warn("empty-entity", at, "An empty object should not be there.");
        }
        for (name, element) in object {
            self.value(element, kind, &at.key(name));
        }
    }

    fn unique(&mut self, value: &Value, at: &Place<'_>) {
        let mut seen = BTreeSet::new();
        for (index, element) in value.as_array().into_iter().flatten().enumerate() {
            let key = whole_number(element).map(|number| number.to_string());
            if let Some(key) = key.or_else(|| element.as_str().map(str::to_owned))
                && !seen.insert(key)
            {
                self.report.warn("duplicate-element", &at.at(index), "The element is there twice.");
            }
        }
    }

    fn wrong_type(&mut self, expected: &str, at: &Place<'_>) {
        self.report.warn("wrong-type", at, format!("This must be {expected}."));
    }

    fn out_of_range(&mut self, value: &Value, at: &Place<'_>) {
        let text: String = value.to_string().chars().take(40).collect();
        self.report.warn("value-out-of-range", at, format!("The value {text} is not allowed here."));
    }
}
