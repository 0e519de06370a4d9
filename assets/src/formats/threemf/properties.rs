//! Reading property groups: base materials, colours, textures, mixtures of them, and how materials look.

use super::model::{Base, Blend, Content, Display, Ragged, Texture};
use super::read::Reader;
use super::report::{Space, malformed};
use crate::color::{linear_from_srgb, narrow};
use crate::formats::xml::{Event, index, number};
use crate::{Filter, ImportError, Wrap};

/// The id of the group that the single colours of the predecessor of 2013 are put into; no file may use it.
pub(super) const OLD_COLORS: u32 = u32::MAX;

impl Reader<'_, '_> {
    /// Reads a resource of the core or the materials extension that is no object.
    pub(super) fn property_group(&mut self) -> Result<Content, ImportError> {
        match self.xml.name() {
            b"basematerials" => self.bases(),
            b"colorgroup" => self.colors(),
            b"texture2d" => self.texture(),
            b"texture2dgroup" => self.texture_group(),
            b"compositematerials" => self.composite(),
            b"multiproperties" => self.multi(),
            b"pbmetallicdisplayproperties" => self.displays(|reader| Display {
                metallic: reader.fraction("metallicness").unwrap_or(0.0),
                roughness: reader.fraction("roughness").unwrap_or(1.0),
            }),
            b"pbspeculardisplayproperties" => {
                self.report.approximates(Space::Material);
                self.displays(|reader| Display {
                    metallic: 0.0,
                    roughness: 1.0 - reader.fraction("glossiness").unwrap_or(0.0),
                })
            }
            b"translucentdisplayproperties" => {
                self.report.approximates(Space::Material);
                self.displays(|reader| Display {
                    metallic: 0.0,
                    roughness: reader.fraction("roughness").unwrap_or(0.0),
                })
            }
            b"color" => self.old_color_resource(),
            b"material" => self.old_material(),
            name => {
                if name.ends_with(b"displayproperties") || name == b"texture" {
                    self.report.approximates(Space::Material);
                }
                self.skip()?;
                Ok(Content::Other)
            }
        }
    }

    /// Reads the children of a group that have a name.
    fn each(
        &mut self,
        name: &[u8],
        mut read: impl FnMut(&mut Self) -> Result<(), ImportError>,
    ) -> Result<(), ImportError> {
        while self.next()? == Event::Start {
            if self.xml.name() == name {
                read(self)?;
                self.skip()?;
            } else {
                self.skip_unknown()?;
            }
        }
        Ok(())
    }

    fn bases(&mut self) -> Result<Content, ImportError> {
        let of_group = match self.xml.attribute_in(|space| space == Space::Material, "displaypropertiesid") {
            Some(id) => index(id.as_bytes()),
            None => self.optional_index("displaypropertiesid")?,
        };
        let mut bases = Vec::new();
        self.each(b"base", |reader| {
            let color = reader.color("displaycolor")?.unwrap_or([1.0; 4]);
            let displays = reader.optional_index("displaypropertiesid")?.or(of_group);
            bases.push(Base { name: reader.xml.attribute("name").unwrap_or_default(), color, displays });
            Ok(())
        })?;
        Ok(Content::Bases(bases))
    }

    fn colors(&mut self) -> Result<Content, ImportError> {
        let mut colors = Vec::new();
        self.each(b"color", |reader| {
            let color = reader.color("color")?;
            colors.push(color.ok_or_else(|| malformed(reader.here(), "a <color> has no color"))?);
            Ok(())
        })?;
        Ok(Content::Colors(colors))
    }

    fn texture(&mut self) -> Result<Content, ImportError> {
        let Some(path) = self.xml.attribute("path").filter(|path| !path.is_empty()) else {
            return Err(malformed(self.here(), "a <texture2d> has no path"));
        };
        let media_type = self.xml.attribute("contenttype").unwrap_or_default();
        if !["image/png", "image/jpeg", "image/jpg"].contains(&media_type.as_str()) {
            let what = format!(
                "the content type of a texture has to be image/png or image/jpeg, not “{media_type}”"
            );
            return Err(malformed(self.here(), what));
        }
        let wrap = |style: Option<String>| match style.as_deref() {
            Some("mirror") => Wrap::MirroredRepeat,
            Some("clamp" | "none") => Wrap::ClampToEdge,
            _ => Wrap::Repeat,
        };
        let wrap = ["tilestyleu", "tilestylev"].map(|name| wrap(self.xml.attribute(name)));
        let is_nearest = self.xml.attribute("filter").is_some_and(|filter| filter == "nearest");
        let filter = if is_nearest { Filter::Nearest } else { Filter::Linear };
        self.skip()?;
        Ok(Content::Texture(Texture { path, wrap, filter }))
    }

    fn texture_group(&mut self) -> Result<Content, ImportError> {
        let texture = self.required_index("texid")?;
        let mut uvs = Vec::new();
        self.each(b"tex2coord", |reader| {
            let place = |name: &str| reader.xml.attribute(name).and_then(|text| number(text.as_bytes()));
            let (Some(u), Some(v)) = (place("u"), place("v")) else {
                return Err(malformed(reader.here(), "a <tex2coord> has to have two numbers u and v"));
            };
            uvs.push([narrow(u), narrow(1.0 - v)]);
            Ok(())
        })?;
        Ok(Content::TextureGroup { texture, uvs })
    }

    fn composite(&mut self) -> Result<Content, ImportError> {
        let bases = self.required_index("matid")?;
        let indices = self.indices("matindices")?;
        let mut mixes = Ragged::default();
        self.each(b"composite", |reader| {
            let text = reader.xml.attribute("values").unwrap_or_default();
            let words = text.split_ascii_whitespace().take(indices.len());
            mixes.push(words.map(|word| narrow(number(word.as_bytes()).unwrap_or(0.0).max(0.0))));
            Ok(())
        })?;
        Ok(Content::Composite { bases, indices, mixes })
    }

    fn multi(&mut self) -> Result<Content, ImportError> {
        let layers = self.indices("pids")?;
        let methods = self.xml.attribute("blendmethods").unwrap_or_default();
        let method = |word| if word == "multiply" { Blend::Multiply } else { Blend::Mix };
        // The first layer covers nothing.
        let methods: Vec<Blend> =
            std::iter::once(Blend::Mix).chain(methods.split_ascii_whitespace().map(method)).collect();
        let mut indices = Ragged::default();
        self.each(b"multi", |reader| {
            let text = reader.xml.attribute("pindices").unwrap_or_default();
            let words = text.split_ascii_whitespace().take(layers.len());
            indices.push(words.map(|word| index(word.as_bytes()).unwrap_or(0)));
            Ok(())
        })?;
        Ok(Content::Multi { layers, methods, indices })
    }

    fn displays(&mut self, read: impl Fn(&Self) -> Display) -> Result<Content, ImportError> {
        let mut displays = Vec::new();
        while self.next()? == Event::Start {
            // An undeclared prefix is noted, and what it stands before is read all the same.
            self.space();
            displays.push(read(self));
            self.skip()?;
        }
        Ok(Content::Displays(displays))
    }

    /// A list of indices that has to be there.
    fn indices(&self, name: &str) -> Result<Vec<u32>, ImportError> {
        let text = self.xml.attribute(name).unwrap_or_default();
        let indices: Option<Vec<u32>> =
            text.split_ascii_whitespace().map(|word| index(word.as_bytes())).collect();
        indices.filter(|indices| !indices.is_empty()).ok_or_else(|| {
            let element = String::from_utf8_lossy(self.xml.name()).into_owned();
            malformed(self.here(), format!("<{element}> has no list {name} of whole numbers"))
        })
    }

    fn fraction(&self, name: &str) -> Option<f64> {
        Some(number(self.xml.attribute(name)?.as_bytes())?.clamp(0.0, 1.0))
    }

    /// A colour as linear RGBA.
    fn color(&self, name: &str) -> Result<Option<[f32; 4]>, ImportError> {
        let Some(text) = self.xml.attribute(name) else { return Ok(None) };
        let color = color(&text);
        let what = || malformed(self.here(), format!("“{text}” is no colour; #RRGGBB and #RRGGBBAA are"));
        color.ok_or_else(what).map(Some)
    }

    /// A colour of 2013, which is a resource of its own.
    fn old_color_resource(&mut self) -> Result<Content, ImportError> {
        let id = self.required_index("id")?;
        let value = self.xml.attribute("value").unwrap_or_default();
        let at = self.xml.at();
        let color = color(&value).unwrap_or_else(|| {
            self.warn("old-texture", at, || {
                "The file is of the draft of 2013; its textures are left out. Export it again with a current program.".to_owned()
            });
            [1.0; 4]
        });
        let number = u32::try_from(self.old_colors.len()).unwrap_or(0);
        self.old_colors.push(color);
        self.old_color_of_id.insert(id, number);
        self.skip()?;
        Ok(Content::Other)
    }

    /// A material of 2013, which is a resource of its own and names a colour.
    fn old_material(&mut self) -> Result<Content, ImportError> {
        let color = self.old_color(self.optional_index("colorid")?);
        let color = color.and_then(|number| self.old_colors.get(number as usize)).copied();
        let name = self.xml.attribute("name").unwrap_or_default();
        self.skip()?;
        Ok(Content::Bases(vec![Base { name, color: color.unwrap_or([1.0; 4]), displays: None }]))
    }

    /// The index of a colour of 2013 in the group of all of them.
    pub(super) fn old_color(&self, id: Option<u32>) -> Option<u32> {
        self.old_color_of_id.get(&id?).copied()
    }
}

/// `#RRGGBB` or `#RRGGBBAA`, sRGB, as linear RGBA.
fn color(text: &str) -> Option<[f32; 4]> {
    let digits = text.trim().strip_prefix('#')?;
    if !matches!(digits.len(), 6 | 8) || !digits.is_ascii() {
        return None;
    }
    let byte =
        |at: usize| u8::from_str_radix(digits.get(at..at + 2)?, 16).ok().map(|it| f64::from(it) / 255.0);
    let alpha = if digits.len() == 8 { byte(6)? } else { 1.0 };
    Some([linear_from_srgb(byte(0)?), linear_from_srgb(byte(2)?), linear_from_srgb(byte(4)?), narrow(alpha)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors() {
        assert_eq!(color("#FF000080"), Some([1.0, 0.0, 0.0, narrow(128.0 / 255.0)]));
        assert_eq!(color("#00ff00"), Some([0.0, 1.0, 0.0, 1.0]));
        for wrong in ["", "#FFF", "FF0000", "#GG0000", "#ü0000"] {
            assert_eq!(color(wrong), None, "{wrong}");
        }
    }
}
