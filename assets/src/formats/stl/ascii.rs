//! Ascii STL. Read word by word, so that line breaks do not matter, and whatever is not understood is passed over.

use std::sync::Arc;

use geometry::Progress;
use glam::DVec3;

use super::{Damage, Solid, empty, is_generator, scene};
use crate::formats::convention::Convention;
use crate::formats::report::{Tally, Ticker, line_of};
use crate::formats::text::{self, Cursor};
use crate::{ImportError, ImportErrorKind, Imported, ImportedMesh, Location, Warning};

/// A name that is followed by a facet in the same line may be so long.
const MAX_NAME_BYTES: usize = 1024;

/// A keyword of the format.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keyword {
    Vertex,
    Normal,
    Loop,
    Facet,
    Solid,
    EndSolid,
    /// The ends of loops and facets.
    End,
    Comment,
}

fn keyword(word: &[u8]) -> Option<Keyword> {
    // Most words are the usual ones in the usual case; comparing without case comes after.
    const KEYWORDS: [(&str, Keyword); 9] = [
        ("vertex", Keyword::Vertex),
        ("facet", Keyword::Facet),
        ("normal", Keyword::Normal),
        ("outer", Keyword::Loop),
        ("loop", Keyword::Loop),
        ("endloop", Keyword::End),
        ("endfacet", Keyword::End),
        ("solid", Keyword::Solid),
        ("endsolid", Keyword::EndSolid),
    ];
    if word.first() == Some(&b'#') {
        return Some(Keyword::Comment);
    }
    let known = KEYWORDS.iter().find(|(name, _)| word.eq_ignore_ascii_case(name.as_bytes()));
    known.map(|&(_, keyword)| keyword)
}

/// What may be wrong with the text.
#[derive(Default)]
struct TextDamage {
    garbage: Tally,
    bad_vertices: Tally,
    bad_facets: Tally,
    polygons: Tally,
}

struct Reader<'a> {
    cursor: Cursor<'a>,
    convention: Convention,
    solid: Solid,
    solids: Vec<Solid>,
    generator: Option<String>,
    /// Corners of the facet being read.
    corners: Vec<DVec3>,
    /// Whether the facet being read has a corner that is not to be had.
    facet_is_bad: bool,
    facet_at: usize,
    damage: Damage,
    text_damage: TextDamage,
}

pub(super) fn read(
    text: &[u8],
    convention: Convention,
    progress: &dyn Progress,
) -> Result<Imported, ImportError> {
    let mut reader = Reader {
        cursor: Cursor::new(text),
        convention,
        solid: Solid::default(),
        solids: Vec::new(),
        generator: None,
        corners: Vec::with_capacity(4),
        facet_is_bad: false,
        facet_at: 0,
        damage: Damage::default(),
        text_damage: TextDamage::default(),
    };
    reader.run(progress)?;
    reader.finish()
}

impl Reader<'_> {
    fn run(&mut self, progress: &dyn Progress) -> Result<(), ImportError> {
        let mut ticker = Ticker::new(progress, self.cursor.text.len(), 1 << 19);
        let mut was_garbage = false;
        while let Some(word) = self.cursor.word() {
            let at = self.cursor.at - word.len();
            ticker.at(at)?;
            let keyword = keyword(word);
            if keyword.is_none() && !was_garbage {
                self.text_damage.garbage.add(at);
            }
            was_garbage = keyword.is_none();
            match keyword {
                Some(Keyword::Vertex) => self.vertex(at),
                Some(Keyword::Normal) => {
                    for _axis in 0..3 {
                        self.cursor.number();
                    }
                }
                Some(Keyword::Facet) => {
                    self.end_facet();
                    self.facet_at = at;
                }
                Some(Keyword::Loop) | None => {}
                Some(Keyword::End) => self.end_facet(),
                Some(Keyword::Comment) => {
                    self.cursor.rest_of_line();
                }
                Some(Keyword::Solid) => self.begin_solid(),
                Some(Keyword::EndSolid) => {
                    self.end_solid();
                    self.skip_name();
                }
            }
        }
        self.end_solid();
        Ok(())
    }

    fn vertex(&mut self, at: usize) {
        let mut read = || {
            while self.cursor.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
                self.cursor.at += 1;
            }
            self.cursor.number()
        };
        if let (Some(x), Some(y), Some(z)) = (read(), read(), read()) {
            self.corners.push(self.convention.point(DVec3::new(x, y, z)));
        } else {
            self.text_damage.bad_vertices.add(at);
            self.facet_is_bad = true;
            self.cursor.rest_of_line();
        }
    }

    fn end_facet(&mut self) {
        if !self.facet_is_bad && self.corners.len() >= 3 {
            if self.corners.len() > 3 {
                self.text_damage.polygons.add(self.facet_at);
            }
            for far in 2..self.corners.len() {
                let corners = [self.corners[0], self.corners[far - 1], self.corners[far]];
                self.solid.push(corners, self.facet_at, &mut self.damage);
            }
        } else if self.facet_is_bad || !self.corners.is_empty() {
            self.text_damage.bad_facets.add(self.facet_at);
        }
        self.corners.clear();
        self.facet_is_bad = false;
    }

    fn begin_solid(&mut self) {
        self.end_solid();
        let start = self.cursor.at;
        // In a file without line breaks the first facet ends the name; looking further than names are long would take
        // the square of the time.
        let near = &self.cursor.text[start..];
        let near = &near[..near.len().min(MAX_NAME_BYTES)];
        let near = near.split(|&byte| text::is_line_end(byte)).next().unwrap_or_default();
        let facet = near.windows(6).position(|window| window.eq_ignore_ascii_case(b"facet "));
        let line = match facet {
            Some(length) => {
                self.cursor.at = start + length;
                &near[..length]
            }
            None => self.cursor.rest_of_line(),
        };
        let comment = line.windows(2).position(|window| window == b" #").unwrap_or(line.len());
        let name = text::name(&line[..comment]);
        if let Some((name, _comment)) = name.split_once("Kerf: ")
            && let Some(stated) = Convention::from_comment(&text::name(line))
        {
            self.convention = stated;
            self.solid.name = name.trim().to_owned();
        } else if is_generator(&name) {
            self.generator = Some(name);
        } else {
            self.solid.name = name;
        }
    }

    /// Passes over the name after `endsolid`, up to what starts the next solid.
    fn skip_name(&mut self) {
        let mut ahead = self.cursor.clone();
        while let Some(word) = ahead.word_in_line() {
            if matches!(keyword(word), Some(Keyword::Facet | Keyword::Solid)) {
                return;
            }
            self.cursor.at = ahead.at;
        }
    }

    fn end_solid(&mut self) {
        self.end_facet();
        let solid = std::mem::take(&mut self.solid);
        if !solid.triangles.is_empty() {
            self.solids.push(solid);
        }
    }

    fn finish(self) -> Result<Imported, ImportError> {
        let mut warnings = Vec::new();
        self.warn(&mut warnings);
        if self.solids.is_empty() {
            return Err(match warnings.into_iter().next() {
                Some(first) => ImportError::new(
                    ImportErrorKind::Malformed,
                    first.at,
                    format!("The STL has no triangle that could be read. {}", first.message),
                ),
                None => empty(),
            });
        }
        let meshes = self.solids.into_iter().map(|mut solid| ImportedMesh {
            name: std::mem::take(&mut solid.name),
            surface: Arc::new(solid.into_mesh()),
            materials: vec![None],
            ..ImportedMesh::default()
        });
        let mut source = self.convention.source("STL (ascii)");
        source.generator = self.generator;
        Ok(Imported { scene: scene(meshes.collect(), source), warnings })
    }

    fn warn(&self, warnings: &mut Vec<Warning>) {
        let locate = line_of(self.cursor.text);
        let locate = |offset: usize| -> Location { locate(offset) };
        self.text_damage.bad_vertices.warn(
            warnings,
            "malformed-vertex",
            locate,
            [
                "vertex is not three numbers; its facet is left out. Export the file again.",
                "vertices are not three numbers; their facets are left out. Export the file again.",
            ],
        );
        self.text_damage.bad_facets.warn(
            warnings,
            "incomplete-facet",
            locate,
            [
                "facet has fewer than three usable corners; it is left out. Export the file again.",
                "facets have fewer than three usable corners; they are left out. Export the file again.",
            ],
        );
        self.text_damage.polygons.warn(
            warnings,
            "polygon-facet",
            locate,
            [
                "facet has more than three corners; it is split into triangles.",
                "facets have more than three corners; they are split into triangles.",
            ],
        );
        self.text_damage.garbage.warn(
            warnings,
            "unknown-text",
            locate,
            [
                "place holds text that is no STL; it is passed over.",
                "places hold text that is no STL; it is passed over.",
            ],
        );
        self.damage.warn(warnings, locate);
    }
}
