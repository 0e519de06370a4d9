//! Reading the elements of an AMF. A damaged file gives what comes before the damage.

use std::collections::BTreeMap;

use geometry::Progress;
use glam::DVec3;

use crate::color::{linear_from_srgb, narrow};
use crate::formats::ImportOptions;
use crate::formats::report::{Tally, Ticker, line_of};
use crate::formats::xml::{self, Event, Xml, XmlError};
use crate::{ImportError, ImportErrorKind, LengthUnit, Warning};

/// Everything we take from a file; lengths are in millimetres, colours linear RGBA.
#[derive(Default)]
pub(super) struct Document {
    pub(super) unit: LengthUnit,
    pub(super) unit_is_stated: bool,
    pub(super) generator: Option<String>,
    pub(super) objects: Vec<Object>,
    pub(super) materials: BTreeMap<String, MaterialColor>,
    pub(super) constellations: BTreeMap<String, Vec<Instance>>,
}

#[derive(Default)]
pub(super) struct Object {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) color: Option<[f32; 4]>,
    /// Not finite where the file has no numbers.
    pub(super) positions: Vec<DVec3>,
    pub(super) vertex_colors: BTreeMap<usize, [f32; 4]>,
    pub(super) volumes: Vec<Volume>,
}

#[derive(Default)]
pub(super) struct Volume {
    pub(super) name: String,
    pub(super) material: Option<String>,
    pub(super) color: Option<[f32; 4]>,
    pub(super) triangles: Vec<[u32; 3]>,
    pub(super) triangle_colors: BTreeMap<usize, [f32; 4]>,
}

#[derive(Default)]
pub(super) struct MaterialColor {
    pub(super) name: String,
    pub(super) color: Option<[f32; 4]>,
}

/// An object or constellation at a place.
#[derive(Default)]
pub(super) struct Instance {
    pub(super) of: String,
    pub(super) offset: DVec3,
    /// Around x, then y, then z.
    pub(super) turns_deg: DVec3,
}

struct Reader<'a> {
    xml: Xml<'a, ()>,
    ticker: Ticker<'a>,
    document: Document,
    bad_numbers: Tally,
    bad_triangles: Tally,
    not_shown: Tally,
}

/// Why reading stops: somebody asked for it, or the XML is damaged.
enum Stop {
    Cancelled,
    Damaged(XmlError),
}

impl From<XmlError> for Stop {
    fn from(error: XmlError) -> Self {
        Self::Damaged(error)
    }
}

impl From<geometry::Cancelled> for Stop {
    fn from(_: geometry::Cancelled) -> Self {
        Self::Cancelled
    }
}

pub(super) fn document(
    text: &[u8],
    options: &ImportOptions,
    progress: &dyn Progress,
    warnings: &mut Vec<Warning>,
) -> Result<Document, ImportError> {
    let mut reader = Reader {
        xml: Xml::new(text, |_uri| ()),
        ticker: Ticker::new(progress, text.len(), 1 << 17),
        document: Document { unit: options.unit.unwrap_or_default(), ..Document::default() },
        bad_numbers: Tally::default(),
        bad_triangles: Tally::default(),
        not_shown: Tally::default(),
    };
    let end = reader.document();
    let locate = line_of(text);
    match end {
        Ok(()) => {}
        Err(Stop::Cancelled) => return Err(geometry::Cancelled.into()),
        Err(Stop::Damaged(error)) => {
            if reader.document.objects.is_empty() {
                let kind = if error.is_cut { ImportErrorKind::Truncated } else { ImportErrorKind::Malformed };
                let message = format!("The AMF is damaged: {}. Download or export it again.", error.what);
                return Err(ImportError::new(kind, locate(error.at), message));
            }
            let code = if error.is_cut { "truncated" } else { "damaged-xml" };
            let message = format!(
                "The AMF is damaged: {}. What comes before is shown; export it again for the rest.",
                error.what
            );
            warnings.push(Warning::new(code, locate(error.at), message));
        }
    }
    reader.bad_numbers.warn(
        warnings,
        "malformed-vertex",
        &locate,
        [
            "vertex is not three numbers; its triangles are left out. Export the file again.",
            "vertices are not three numbers; their triangles are left out. Export the file again.",
        ],
    );
    reader.bad_triangles.warn(
        warnings,
        "index-out-of-range",
        &locate,
        [
            "triangle names a vertex that does not exist; it is left out. Export the file again.",
            "triangles name vertices that do not exist; they are left out. Export the file again.",
        ],
    );
    reader.not_shown.warn(
        warnings,
        "not-shown",
        &locate,
        [
            "texture, mixed material or curved edge is left out; export it as coloured triangles.",
            "textures, mixed materials or curved edges are left out; export them as coloured triangles.",
        ],
    );
    Ok(reader.document)
}

impl Reader<'_> {
    fn next(&mut self) -> Result<Event, Stop> {
        self.ticker.at(self.xml.at())?;
        Ok(self.xml.next()?)
    }

    fn document(&mut self) -> Result<(), Stop> {
        self.next()?;
        if let Some(unit) = self.xml.attribute("unit") {
            let known = match unit.to_ascii_lowercase().as_str() {
                "millimeter" | "millimeters" => Some(LengthUnit::Millimetre),
                "inch" | "inches" => Some(LengthUnit::Inch),
                "feet" | "foot" => Some(LengthUnit::Foot),
                "meter" | "meters" => Some(LengthUnit::Metre),
                "micron" | "micrometer" => Some(LengthUnit::Micrometre),
                _ => None,
            };
            self.document.unit_is_stated = known.is_some();
            self.document.unit = known.unwrap_or(self.document.unit);
        }
        while self.next()? == Event::Start {
            match self.xml.name() {
                b"object" => self.object()?,
                b"material" => self.material()?,
                b"constellation" => self.constellation()?,
                b"metadata" => {
                    let (kind, text) = self.metadata()?;
                    if ["producer", "cad", "generator"].contains(&kind.as_str()) {
                        self.document.generator = Some(text);
                    }
                }
                _ => self.skip()?,
            }
        }
        Ok(())
    }

    /// Passes over an element that is not shown, and counts it where it would be seen.
    fn skip(&mut self) -> Result<(), Stop> {
        let name = self.xml.name();
        if [&b"texture"[..], b"texmap", b"map", b"composite", b"edge"].contains(&name) {
            self.not_shown.add(self.xml.at());
        }
        Ok(self.xml.skip()?)
    }

    fn metadata(&mut self) -> Result<(String, String), Stop> {
        let kind = self.xml.attribute("type").unwrap_or_default().to_lowercase();
        Ok((kind, self.xml.text()?.trim().to_owned()))
    }

    fn name(&mut self, name: &mut String) -> Result<(), Stop> {
        let (kind, text) = self.metadata()?;
        if kind == "name" {
            *name = text;
        }
        Ok(())
    }

    fn object(&mut self) -> Result<(), Stop> {
        let id = self.xml.attribute("id").unwrap_or_default();
        let mut object = Object { id, ..Object::default() };
        let end = self.object_content(&mut object);
        // What was read of a damaged object is kept.
        self.document.objects.push(object);
        end
    }

    fn object_content(&mut self, object: &mut Object) -> Result<(), Stop> {
        while self.next()? == Event::Start {
            match self.xml.name() {
                b"color" => object.color = self.color()?,
                b"metadata" => self.name(&mut object.name)?,
                b"mesh" => {
                    while self.next()? == Event::Start {
                        match self.xml.name() {
                            b"vertices" => self.vertices(object)?,
                            b"volume" => {
                                let mut volume = Volume {
                                    material: self.xml.attribute("materialid"),
                                    ..Volume::default()
                                };
                                let end = self.volume(&mut volume, object);
                                object.volumes.push(volume);
                                end?;
                            }
                            _ => self.skip()?,
                        }
                    }
                }
                _ => self.skip()?,
            }
        }
        Ok(())
    }

    fn vertices(&mut self, object: &mut Object) -> Result<(), Stop> {
        let scale = self.document.unit.millimetres();
        while self.next()? == Event::Start {
            if self.xml.name() != b"vertex" {
                self.skip()?;
                continue;
            }
            let at = self.xml.at();
            let mut point = DVec3::NAN;
            while self.next()? == Event::Start {
                match self.xml.name() {
                    b"coordinates" => point = self.triple([b"x", b"y", b"z"])?,
                    b"color" => {
                        let color = self.color()?;
                        object.vertex_colors.extend(color.map(|color| (object.positions.len(), color)));
                    }
                    _ => self.skip()?,
                }
            }
            let point = point * scale;
            if !point.is_finite() {
                self.bad_numbers.add(at);
            }
            object.positions.push(point);
        }
        Ok(())
    }

    fn volume(&mut self, volume: &mut Volume, object: &Object) -> Result<(), Stop> {
        while self.next()? == Event::Start {
            match self.xml.name() {
                b"metadata" => self.name(&mut volume.name)?,
                b"color" => volume.color = self.color()?,
                b"triangle" => self.triangle(volume, object)?,
                _ => self.skip()?,
            }
        }
        Ok(())
    }

    fn triangle(&mut self, volume: &mut Volume, object: &Object) -> Result<(), Stop> {
        let at = self.xml.at();
        let (mut corners, mut color) = ([None; 3], None);
        while self.next()? == Event::Start {
            let corner = match self.xml.name() {
                b"v1" => 0,
                b"v2" => 1,
                b"v3" => 2,
                b"color" => {
                    color = self.color()?;
                    continue;
                }
                _ => {
                    self.skip()?;
                    continue;
                }
            };
            corners[corner] = xml::index(self.xml.text()?.as_bytes());
        }
        let exists = |corner: u32| (corner as usize) < object.positions.len();
        let [Some(a), Some(b), Some(c)] = corners else {
            self.bad_triangles.add(at);
            return Ok(());
        };
        if ![a, b, c].into_iter().all(exists) {
            self.bad_triangles.add(at);
            return Ok(());
        }
        // What is wrong with a vertex without numbers was told where it is.
        if [a, b, c].into_iter().all(|corner| object.positions[corner as usize].is_finite()) {
            volume.triangle_colors.extend(color.map(|color| (volume.triangles.len(), color)));
            volume.triangles.push([a, b, c]);
        }
        Ok(())
    }

    fn material(&mut self) -> Result<(), Stop> {
        let id = self.xml.attribute("id").unwrap_or_default();
        let mut material = MaterialColor::default();
        while self.next()? == Event::Start {
            match self.xml.name() {
                b"metadata" => self.name(&mut material.name)?,
                b"color" => material.color = self.color()?,
                _ => self.skip()?,
            }
        }
        self.document.materials.insert(id, material);
        Ok(())
    }

    fn constellation(&mut self) -> Result<(), Stop> {
        let id = self.xml.attribute("id").unwrap_or_default();
        let scale = self.document.unit.millimetres();
        let mut instances = Vec::new();
        while self.next()? == Event::Start {
            if self.xml.name() != b"instance" {
                self.skip()?;
                continue;
            }
            let of = self.xml.attribute("objectid").unwrap_or_default();
            let mut numbers = [0.0; 6];
            while self.next()? == Event::Start {
                let names: [&[u8]; 6] = [b"deltax", b"deltay", b"deltaz", b"rx", b"ry", b"rz"];
                match names.iter().position(|name| *name == self.xml.name()) {
                    Some(axis) => numbers[axis] = xml::number(self.xml.text()?.as_bytes()).unwrap_or(0.0),
                    None => self.skip()?,
                }
            }
            let [x, y, z, rx, ry, rz] = numbers;
            let offset = DVec3::new(x, y, z) * scale;
            instances.push(Instance { of, offset, turns_deg: DVec3::new(rx, ry, rz) });
        }
        self.document.constellations.insert(id, instances);
        Ok(())
    }

    /// Numbers in elements of their own; NaN where one is missing or no number.
    fn triple(&mut self, names: [&[u8]; 3]) -> Result<DVec3, Stop> {
        let mut numbers = [f64::NAN; 3];
        while self.next()? == Event::Start {
            match names.iter().position(|name| *name == self.xml.name()) {
                Some(axis) => numbers[axis] = xml::number(self.xml.text()?.as_bytes()).unwrap_or(f64::NAN),
                None => self.skip()?,
            }
        }
        Ok(DVec3::from_array(numbers))
    }

    /// A colour; `None` when its parts are formulas.
    fn color(&mut self) -> Result<Option<[f32; 4]>, Stop> {
        let mut parts = [Some(0.0), Some(0.0), Some(0.0), Some(1.0)];
        while self.next()? == Event::Start {
            let names: [&[u8]; 4] = [b"r", b"g", b"b", b"a"];
            match names.iter().position(|name| *name == self.xml.name()) {
                Some(part) => parts[part] = xml::number(self.xml.text()?.as_bytes()),
                None => self.skip()?,
            }
        }
        let [Some(r), Some(g), Some(b), Some(a)] = parts else {
            self.not_shown.add(self.xml.at());
            return Ok(None);
        };
        let [r, g, b] = [r, g, b].map(linear_from_srgb);
        Ok(Some([r, g, b, narrow(a.clamp(0.0, 1.0))]))
    }
}
