//! Reading a model part, and the rules of the format that hold for it alone.

use std::collections::{BTreeMap, BTreeSet};

use glam::{DAffine3, DVec3};

use super::model::{Component, Content, Kind, Model, Object, Resource, Shape};
use super::properties::OLD_COLORS;
use super::report::{Report, Space, at_part, malformed};
use crate::formats::report::Ticker;
use crate::formats::xml::{self, Event, Xml, XmlError};
use crate::{ImportError, ImportErrorKind, LengthUnit, Location};

/// A model part being read.
pub(super) struct Reader<'a, 'r> {
    pub(super) xml: Xml<'a, Space>,
    text: &'a [u8],
    part: &'a str,
    pub(super) report: &'r mut Report,
    pub(super) ticker: Ticker<'r>,
    pub(super) model: Model,
    /// Millimetres in the part's unit.
    pub(super) scale: f64,
    /// The single colours of the predecessor of 2013, and which of them an id is.
    pub(super) old_colors: Vec<[f32; 4]>,
    pub(super) old_color_of_id: BTreeMap<u32, u32>,
}

/// Names of metadata that need no namespace.
const METADATA: [&str; 9] = [
    "Title",
    "Designer",
    "Description",
    "Copyright",
    "LicenseTerms",
    "Rating",
    "CreationDate",
    "ModificationDate",
    "Application",
];

/// Reads a part. The root part must have a build, others may.
pub(super) fn model(
    part: &str,
    text: &[u8],
    is_root: bool,
    report: &mut Report,
    ticker: Ticker<'_>,
) -> Result<Model, ImportError> {
    let mut reader = Reader {
        xml: Xml::new(text, Space::of),
        text,
        part,
        report,
        ticker,
        model: Model::default(),
        scale: 1.0,
        old_colors: Vec::new(),
        old_color_of_id: BTreeMap::new(),
    };
    reader.document(is_root)?;
    if !reader.old_colors.is_empty() {
        let content = Content::Colors(std::mem::take(&mut reader.old_colors));
        reader.model.resources.insert(OLD_COLORS, Resource { at: 0, content });
    }
    super::rules::check(&reader)?;
    Ok(reader.model)
}

impl Reader<'_, '_> {
    fn document(&mut self, is_root: bool) -> Result<(), ImportError> {
        let starts = self.next()? == Event::Start;
        if !starts || self.xml.name() != b"model" || self.xml.namespace() == Some(Space::Foreign) {
            return Err(malformed(self.here(), "its model part does not start with <model>"));
        }
        if self.xml.has_doctype {
            return Err(malformed(self.here(), "XML type definitions (DOCTYPE) are not allowed in it"));
        }
        self.check_attributes()?;
        self.model.unit = self.unit()?;
        self.scale = self.model.unit.millimetres();
        self.required_extensions();
        let (mut has_resources, mut has_build) = (false, false);
        let mut names = BTreeSet::new();
        while self.next()? == Event::Start {
            match (self.space(), self.xml.name()) {
                (Space::Core, b"metadata") => self.metadata(&mut names)?,
                (Space::Core, b"resources") => {
                    has_resources = true;
                    self.check_attributes()?;
                    self.resources()?;
                }
                (Space::Core, b"build") => {
                    has_build = true;
                    self.check_attributes()?;
                    self.build()?;
                }
                _ => self.skip_unknown()?,
            }
        }
        // What follows the root element is an error.
        while self.next()? != Event::Eof {}
        if is_root && !(has_resources && has_build) {
            let missing = if has_resources { "build" } else { "resources" };
            return Err(malformed(Location::File(self.part.to_owned()), format!("it has no <{missing}>")));
        }
        Ok(())
    }

    fn unit(&self) -> Result<LengthUnit, ImportError> {
        Ok(match self.xml.attribute("unit").as_deref() {
            None | Some("millimeter") => LengthUnit::Millimetre,
            Some("micron") => LengthUnit::Micrometre,
            Some("centimeter") => LengthUnit::Centimetre,
            Some("inch") => LengthUnit::Inch,
            Some("foot") => LengthUnit::Foot,
            Some("meter") => LengthUnit::Metre,
            Some(other) => {
                let what =
                    format!("“{other}” is no unit; micron, millimeter, centimeter, inch, foot or meter are");
                return Err(malformed(self.here(), what));
            }
        })
    }

    fn required_extensions(&mut self) {
        let prefixes = self.xml.attribute("requiredextensions").unwrap_or_default();
        for prefix in prefixes.split_whitespace() {
            let uri = self.xml.raw_attributes().find_map(|(key, value)| {
                let is_it = key.strip_prefix(b"xmlns:") == Some(prefix.as_bytes());
                is_it.then(|| String::from_utf8_lossy(&value).into_owned())
            });
            let at = self.here();
            self.report.requires(uri.as_deref().unwrap_or(prefix), at);
        }
    }

    fn metadata(&mut self, names: &mut BTreeSet<String>) -> Result<(), ImportError> {
        self.check_attributes()?;
        let Some(name) = self.xml.attribute("name") else {
            return Err(malformed(self.here(), "a <metadata> has no name"));
        };
        let here = self.xml.at();
        let is_known = match name.split_once(':') {
            Some((prefix, _)) => self.xml.namespace_of(prefix.as_bytes()).is_some(),
            None => METADATA.contains(&name.as_str()),
        };
        if !is_known {
            self.warn("unknown-metadata", here, || {
                format!("The metadata “{name}” is none of the format's own and has no namespace; the format forbids that. It is passed over.")
            });
        }
        if !names.insert(name.clone()) {
            self.warn("duplicate-metadata", here, || {
                format!("The metadata “{name}” is there twice; the format forbids that. The last counts.")
            });
        }
        let text = self.text_of_element()?.trim().to_owned();
        match name.as_str() {
            "Title" => self.model.title = Some(text).filter(|text| !text.is_empty()),
            "Application" => self.model.application = Some(text).filter(|text| !text.is_empty()),
            _ => {}
        }
        Ok(())
    }

    fn resources(&mut self) -> Result<(), ImportError> {
        while self.next()? == Event::Start {
            let at = self.xml.at();
            let space = self.space();
            self.note_use(space);
            let is_ours = matches!(space, Space::Core | Space::Material);
            if !is_ours && self.xml.attribute("id").is_none() {
                self.skip_unknown()?;
                continue;
            }
            let id = self.required_index("id")?;
            self.check_attributes()?;
            let content = if !is_ours {
                self.skip()?;
                Content::Other
            } else if self.xml.name() == b"object" {
                Content::Object(self.object()?)
            } else {
                self.property_group()?
            };
            if id == OLD_COLORS || self.model.resources.contains_key(&id) {
                return Err(malformed(self.place(at), format!("two resources have the id {id}")));
            }
            self.model.resources.insert(id, Resource { at, content });
        }
        Ok(())
    }

    fn object(&mut self) -> Result<Object, ImportError> {
        let kind = match self.xml.attribute("type").as_deref() {
            None | Some("model" | "solid" | "surface") => Kind::Model,
            Some("support" | "solidsupport") => Kind::Support,
            Some("other") => Kind::Other,
            Some(other) => {
                return Err(malformed(self.here(), format!("“{other}” is no type of object")));
            }
        };
        let group = self.optional_index("pid")?.or(self.optional_index("materialid")?);
        let index = self.optional_index("pindex")?;
        if group.is_none() && index.is_some() {
            return Err(malformed(self.here(), "an object has a pindex but no pid"));
        }
        // The predecessor of 2013 has single colours and materials as resources.
        let property = match self.old_color(self.optional_index("colorid")?) {
            Some(number) => Some((OLD_COLORS, number)),
            None => group.map(|group| (group, index.unwrap_or(0))),
        };
        let name = self.xml.attribute("name").unwrap_or_default();
        let mut object = Object { name, kind, property, shape: Shape::Nothing };
        let at = self.xml.at();
        while self.next()? == Event::Start {
            match (self.space(), self.xml.name()) {
                (Space::Core, b"mesh") => {
                    let mesh = self.mesh()?;
                    object.shape = Shape::Mesh(mesh);
                }
                (Space::Core, b"components") => {
                    let components = self.components(b"component")?;
                    object.shape = Shape::Components(components);
                }
                // The mesh around a level set, or the first operand of a boolean: better than nothing.
                (space @ (Space::Volumetric | Space::Boolean), b"levelset" | b"booleanshape") => {
                    self.note_use(space);
                    let around = self.optional_index("meshid")?.or(self.optional_index("objectid")?);
                    object.shape = Shape::Components(around.map(Component::here).into_iter().collect());
                    self.skip()?;
                }
                _ => self.skip_unknown()?,
            }
        }
        if matches!(object.shape, Shape::Nothing) {
            let name = object.name.clone();
            self.warn("object-not-shown", at, || {
                format!("The object “{name}” is made by an extension that Kerf does not show. Export it as a mesh.")
            });
        }
        Ok(object)
    }

    fn build(&mut self) -> Result<(), ImportError> {
        self.model.items = self.components(b"item")?;
        Ok(())
    }

    /// Objects at places: the components of an object, or the items of the build.
    fn components(&mut self, element: &[u8]) -> Result<Vec<Component>, ImportError> {
        let mut components = Vec::new();
        while self.next()? == Event::Start {
            if self.space() != Space::Core || self.xml.name() != element {
                self.skip_unknown()?;
                continue;
            }
            self.check_attributes()?;
            let at = self.xml.at();
            let object = self.required_index("objectid")?;
            let path = self.xml.attribute_in(|space| space == Space::Production, "path");
            let parent_from_object = self.transform()?;
            components.push(Component { object, path, parent_from_object, at });
            self.skip()?;
        }
        Ok(components)
    }

    /// Three columns and an offset, in rows of three numbers; points are rows that multiply from the left.
    fn transform(&mut self) -> Result<DAffine3, ImportError> {
        let Some(text) = self.xml.attribute("transform") else { return Ok(DAffine3::IDENTITY) };
        let mut numbers = [0.0; 12];
        let mut words = text.split_ascii_whitespace();
        for number in &mut numbers {
            let word = words.next().and_then(|word| xml::number(word.as_bytes()));
            *number = word.ok_or_else(|| {
                malformed(self.here(), format!("a transform has to be twelve numbers, not “{text}”"))
            })?;
        }
        let column = |at: usize| DVec3::new(numbers[at], numbers[at + 1], numbers[at + 2]);
        let transform = DAffine3::from_cols(column(0), column(3), column(6), column(9) * self.scale);
        if transform.matrix3.determinant() == 0.0 {
            let at = self.xml.at();
            self.warn("flat-transform", at, || {
                "A transform makes an object flat; it is shown so. Export the file again.".to_owned()
            });
        }
        Ok(transform)
    }
}

/// What all readers of elements need.
impl Reader<'_, '_> {
    /// The next start or end; also passes on how far we are.
    pub(super) fn next(&mut self) -> Result<Event, ImportError> {
        let event = self.xml.next().map_err(|error| self.broken(&error))?;
        self.ticker.at(self.xml.at())?;
        Ok(event)
    }

    pub(super) fn skip(&mut self) -> Result<(), ImportError> {
        self.xml.skip().map_err(|error| self.broken(&error))
    }

    fn text_of_element(&mut self) -> Result<String, ImportError> {
        self.xml.text().map_err(|error| self.broken(&error))
    }

    fn broken(&self, error: &XmlError) -> ImportError {
        let kind = if error.is_cut { ImportErrorKind::Truncated } else { ImportErrorKind::Malformed };
        let message = format!("The 3MF holds damaged XML: {}. Download or export it again.", error.what);
        ImportError::new(kind, self.place(error.at), message)
    }

    /// Passes over an element that we do not know, and notes whose it is.
    pub(super) fn skip_unknown(&mut self) -> Result<(), ImportError> {
        let space = self.space();
        self.note_use(space);
        self.check_attributes()?;
        self.skip()
    }

    /// The space of the element that started last. Elements of undeclared prefixes are somebody's own.
    pub(super) fn space(&mut self) -> Space {
        let space = self.xml.namespace();
        if space.is_none() {
            let at = self.xml.at();
            self.warn("undeclared-prefix", at, || {
                "An element has a prefix that nothing declares; it is read as if its prefix were ours."
                    .to_owned()
            });
        }
        space.unwrap_or(Space::Foreign)
    }

    fn note_use(&mut self, space: Space) {
        self.report.uses(space);
        let (what, code) = match space {
            Space::Slice => ("slices, which are not shown; the meshes are", "slices-not-shown"),
            Space::Volumetric | Space::Implicit => (
                "volumetric content, which is not shown; only the meshes around it are",
                "volumetric-not-shown",
            ),
            Space::Displacement => ("displaced surfaces, which are not shown", "displacement-not-shown"),
            Space::Boolean => ("boolean operations, which are not computed", "boolean-not-computed"),
            _ => return,
        };
        let at = self.xml.at();
        self.warn(code, at, || format!("The file has {what}. Export it as a mesh to see all of it."));
    }

    /// Attributes that the format forbids everywhere, and those of extensions.
    pub(super) fn check_attributes(&mut self) -> Result<(), ImportError> {
        let mut names = BTreeSet::new();
        let mut is_repeated = false;
        let mut spaces = BTreeSet::new();
        for (key, _value) in self.xml.raw_attributes() {
            is_repeated |= !names.insert(key.to_vec());
            if key == b"xml:space" {
                return Err(malformed(self.here(), "the attribute xml:space is not allowed in it"));
            }
            let Some(colon) = key.iter().position(|&byte| byte == b':') else { continue };
            match self.xml.namespace_of(&key[..colon]) {
                Some(Space::SchemaInstance) => {
                    return Err(malformed(
                        self.here(),
                        "attributes of XML schema instances (xsi) are not allowed in it",
                    ));
                }
                Some(space) => {
                    spaces.insert(space);
                }
                None => {}
            }
        }
        spaces.into_iter().for_each(|space| self.report.uses(space));
        if is_repeated {
            let at = self.xml.at();
            self.warn("duplicate-attribute", at, || {
                "An element has an attribute twice; the first counts. Export the file again.".to_owned()
            });
        }
        Ok(())
    }

    pub(super) fn required_index(&self, name: &str) -> Result<u32, ImportError> {
        let Some(index) = self.optional_index(name)? else {
            let element = String::from_utf8_lossy(self.xml.name()).into_owned();
            return Err(malformed(self.here(), format!("<{element}> has no {name}")));
        };
        Ok(index)
    }

    pub(super) fn optional_index(&self, name: &str) -> Result<Option<u32>, ImportError> {
        let Some(text) = self.xml.attribute(name) else { return Ok(None) };
        let index = xml::index(text.as_bytes());
        let index = index
            .ok_or_else(|| malformed(self.here(), format!("{name} has to be a whole number, not “{text}”")));
        index.map(Some)
    }

    /// Where the last event is.
    pub(super) fn here(&self) -> Location {
        self.place(self.xml.at())
    }

    pub(super) fn place(&self, at: usize) -> Location {
        at_part(self.part, self.text, at)
    }

    pub(super) fn warn(&mut self, code: &'static str, at: usize, message: impl FnOnce() -> String) {
        let (part, text) = (self.part, self.text);
        self.report.warn(code, || (at_part(part, text, at), message()));
    }
}
