//! The text of a material library.

use std::collections::BTreeSet;

use super::color;
use crate::formats::text::{self, Cursor};

/// A material as a library states it. `None` where it says nothing.
#[derive(Debug, Default)]
pub(super) struct Phong {
    pub(super) name: String,
    /// `Kd`, sRGB.
    pub(super) diffuse: Option<[f64; 3]>,
    /// `Ks`, sRGB.
    pub(super) specular: Option<[f64; 3]>,
    /// `Ke`, sRGB, or linear above 1.
    pub(super) emissive: Option<[f64; 3]>,
    /// `Ns`.
    pub(super) shininess: Option<f64>,
    /// `d`.
    pub(super) opacity: Option<f64>,
    /// `Tr`.
    pub(super) transparency: Option<f64>,
    /// `Pm`.
    pub(super) metallic: Option<f64>,
    /// `Pr`.
    pub(super) roughness: Option<f64>,
    pub(super) map_diffuse: Option<TextureUse>,
    pub(super) map_ambient: Option<TextureUse>,
    pub(super) map_opacity: Option<TextureUse>,
    pub(super) map_emissive: Option<TextureUse>,
    pub(super) map_bump: Option<TextureUse>,
    pub(super) map_normal: Option<TextureUse>,
    pub(super) map_metallic: Option<TextureUse>,
    pub(super) map_roughness: Option<TextureUse>,
    pub(super) map_occlusion: Option<TextureUse>,
}

/// A picture with the options of its statement.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct TextureUse {
    pub(super) name: String,
    /// `-o`.
    pub(super) offset: [f64; 2],
    /// `-s`.
    pub(super) scale: [f64; 2],
    /// `-clamp on`.
    pub(super) clamp: bool,
    /// `-bm`.
    pub(super) bump: f64,
}

impl Phong {
    /// 1 for opaque. `Tr 1` alone is taken for opaque too: some writers confuse it with `d`, and nobody writes a
    /// material that cannot be seen.
    pub(super) fn alpha(&self) -> f64 {
        match (self.opacity, self.transparency) {
            (Some(opacity), _) => opacity.clamp(0.0, 1.0),
            (None, Some(transparency)) if transparency < 1.0 => (1.0 - transparency).clamp(0.0, 1.0),
            _ => 1.0,
        }
    }

    /// Perceptual roughness whose highlight is as wide as that of the Phong exponent: α² = 2 / (n + 2), α = r².
    pub(super) fn roughness(&self) -> f64 {
        if let Some(roughness) = self.roughness {
            return roughness.clamp(0.0, 1.0);
        }
        let is_dull = self.specular.is_some_and(|specular| specular.iter().all(|&value| value < 0.01));
        match self.shininess {
            Some(shininess) if !is_dull => (2.0 / (shininess.max(0.0) + 2.0)).sqrt().sqrt(),
            _ if is_dull => 0.9,
            _ => 0.55,
        }
    }

    fn maps(&self) -> [&Option<TextureUse>; 9] {
        [
            &self.map_diffuse,
            &self.map_ambient,
            &self.map_opacity,
            &self.map_emissive,
            &self.map_bump,
            &self.map_normal,
            &self.map_metallic,
            &self.map_roughness,
            &self.map_occlusion,
        ]
    }
}

/// The pictures a library names.
pub(in crate::formats) fn side_files(bytes: &[u8]) -> Vec<String> {
    let text = text::decode(bytes);
    let mut names = Vec::new();
    let mut seen = BTreeSet::new();
    for material in materials(&text) {
        for map in material.maps().into_iter().flatten() {
            if seen.insert(map.name.clone()) {
                names.push(map.name.clone());
            }
        }
    }
    names
}

/// All materials of a library in order.
pub(super) fn materials(text: &[u8]) -> Vec<Phong> {
    let mut materials: Vec<Phong> = Vec::new();
    let mut cursor = Cursor::new(text);
    while !cursor.is_at_end() {
        let keyword = text::name(cursor.word_in_line().unwrap_or_default()).to_ascii_lowercase();
        if keyword.starts_with('#') {
            cursor.skip_comment();
            continue;
        }
        if keyword == "newmtl" {
            let name = text::name(cursor.clone().rest_of_line());
            materials.push(Phong { name, ..Phong::default() });
        } else if let Some(material) = materials.last_mut() {
            state(material, &keyword, &mut cursor.clone());
        }
        cursor.rest_of_line();
    }
    materials
}

fn state(material: &mut Phong, keyword: &str, cursor: &mut Cursor<'_>) {
    let number = |cursor: &Cursor<'_>| cursor.clone().number().filter(|number| number.is_finite());
    match keyword {
        "kd" => material.diffuse = color(cursor),
        "ks" => material.specular = color(cursor),
        "ke" => material.emissive = color(cursor),
        "ns" => material.shininess = number(cursor),
        "d" => {
            // `d -halo 0.5`: the halo is left out.
            let mut ahead = cursor.clone();
            if ahead.word_in_line() == Some(b"-halo") {
                *cursor = ahead;
            }
            material.opacity = cursor.number().filter(|number| number.is_finite());
        }
        "tr" => material.transparency = number(cursor),
        "pm" => material.metallic = number(cursor).map(|value| value.clamp(0.0, 1.0)),
        "pr" => material.roughness = number(cursor),
        "map_kd" => material.map_diffuse = texture_use(cursor),
        "map_ka" => material.map_ambient = texture_use(cursor),
        "map_d" | "map_tr" => material.map_opacity = texture_use(cursor),
        "map_ke" => material.map_emissive = texture_use(cursor),
        "map_bump" | "bump" => material.map_bump = texture_use(cursor),
        "norm" | "map_kn" | "map_norm" => material.map_normal = texture_use(cursor),
        "map_pm" => material.map_metallic = texture_use(cursor),
        "map_pr" => material.map_roughness = texture_use(cursor),
        "map_ao" => material.map_occlusion = texture_use(cursor),
        _ => {}
    }
}

/// The options and the name, which is the rest of the line and may hold spaces.
fn texture_use(cursor: &mut Cursor<'_>) -> Option<TextureUse> {
    let mut used =
        TextureUse { name: String::new(), offset: [0.0; 2], scale: [1.0; 2], clamp: false, bump: 1.0 };
    loop {
        let mut ahead = cursor.clone();
        match ahead.word_in_line().map(<[u8]>::to_ascii_lowercase).as_deref() {
            Some(b"-o") => used.offset = pair(&mut ahead, used.offset),
            Some(b"-s") => used.scale = pair(&mut ahead, used.scale),
            Some(b"-t") => {
                pair(&mut ahead, [0.0; 2]);
            }
            Some(b"-mm") => {
                ahead.number();
                ahead.number();
            }
            Some(b"-bm") => used.bump = ahead.number().filter(|number| number.is_finite()).unwrap_or(1.0),
            Some(b"-boost" | b"-texres") => {
                ahead.word_in_line();
            }
            Some(b"-clamp") => used.clamp = ahead.word_in_line() == Some(b"on"),
            Some(b"-blendu" | b"-blendv" | b"-cc" | b"-imfchan" | b"-type") => {
                ahead.word_in_line();
            }
            _ => break,
        }
        *cursor = ahead;
    }
    used.name = text::name(cursor.rest_of_line());
    let is_quoted = used.name.len() > 2 && used.name.starts_with('"') && used.name.ends_with('"');
    if is_quoted {
        used.name = used.name.trim_matches('"').to_owned();
    }
    (!used.name.is_empty()).then_some(used)
}

/// One to three numbers, of which the first two count; a scale of 0 in the third is common and means nothing.
fn pair(cursor: &mut Cursor<'_>, default: [f64; 2]) -> [f64; 2] {
    let mut next = || cursor.number().filter(|number| number.is_finite());
    let pair = [next().unwrap_or(default[0]), next().unwrap_or(default[1])];
    next();
    pair
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_before_names_with_spaces() {
        let text =
            b"newmtl a\nmap_Kd -o 0.1 0.2 0.0 -s 2 3 -clamp on my wood.png \nbump -bm 0.5 b.png\nmap_Ks -x";
        let materials = materials(text);
        let map = materials[0].map_diffuse.as_ref().expect("a map");
        assert_eq!(map.name, "my wood.png");
        assert_eq!((map.offset, map.scale, map.clamp), ([0.1, 0.2], [2.0, 3.0], true));
        assert_eq!(materials[0].map_bump.as_ref().map(|map| map.bump), Some(0.5));
        assert_eq!(side_files(text), ["my wood.png", "b.png"]);
    }

    #[test]
    fn opacity_and_its_confusions() {
        let alpha = |text: &str| materials(format!("newmtl a\n{text}").as_bytes())[0].alpha();
        assert_eq!(alpha(""), 1.0);
        assert_eq!(alpha("d 0.25"), 0.25);
        assert_eq!(alpha("d -halo 0.25"), 0.25);
        assert_eq!(alpha("Tr 0.25"), 0.75);
        assert_eq!(alpha("Tr 1"), 1.0);
        assert_eq!(alpha("d 1\nTr 1"), 1.0);
    }

    #[test]
    fn shininess_becomes_roughness() {
        let roughness = |text: &str| materials(format!("newmtl a\n{text}").as_bytes())[0].roughness();
        assert_eq!(roughness("Ns 0"), 1.0);
        assert_eq!(roughness("Ns 30"), 0.5);
        assert_eq!(roughness("Ns 30\nPr 0.2"), 0.2);
        assert_eq!(roughness("Ns 30\nKs 0 0 0"), 0.9);
    }
}
