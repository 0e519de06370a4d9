//! Names for content: equal content has equal names on every platform and in every later version.

use std::fmt;
use std::str::FromStr;

use bytemuck::Pod;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use twox_hash::XxHash3_128;

use crate::{CornerRows, LineSet, Mesh, PointSet, Semantic};

/// 128 bits that name some content (XXH3-128, not meant to resist forgers).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContentHash(pub u128);

impl fmt::Display for ContentHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", self.0)
    }
}

/// The text is not 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a content hash is 32 hexadecimal digits")]
pub struct ParseHashError;

impl FromStr for ContentHash {
    type Err = ParseHashError;

    fn from_str(text: &str) -> Result<Self, ParseHashError> {
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(ParseHashError);
        }
        u128::from_str_radix(text, 16).map(Self).map_err(|_not_hex| ParseHashError)
    }
}

impl Serialize for ContentHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ContentHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Builds a [`ContentHash`] out of parts. Every part is preceded by its length, so parts cannot run into each other.
pub struct ContentHasher(XxHash3_128);

impl ContentHasher {
    /// A hasher for content of a kind; the same parts under another kind give another hash.
    #[must_use]
    pub fn new(kind: &str) -> Self {
        let mut hasher = Self(XxHash3_128::with_seed(0));
        hasher.bytes(kind.as_bytes());
        hasher
    }

    /// Adds a run of bytes.
    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.write(&(bytes.len() as u64).to_le_bytes());
        self.0.write(bytes);
        self
    }

    /// Adds an array of plain data.
    pub fn array<T: Pod>(&mut self, values: &[T]) -> &mut Self {
        self.bytes(bytemuck::cast_slice(values))
    }

    /// Adds the name of other content.
    pub fn hash(&mut self, hash: ContentHash) -> &mut Self {
        self.bytes(&hash.0.to_le_bytes())
    }

    /// The hash of everything added.
    #[must_use]
    pub fn finish(&self) -> ContentHash {
        ContentHash(self.0.finish_128())
    }
}

impl Mesh {
    /// The name of this mesh's content: positions, triangles, channels and material slots, to the bit.
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        let mut hasher = ContentHasher::new("mesh");
        hasher.array(&self.positions).array(&self.triangles).array(&self.material_slots);
        for channel in &self.channels {
            let (kind, number) = match channel.semantic {
                Semantic::Normal => (0, 0),
                Semantic::Tangent => (1, 0),
                Semantic::Uv(set) => (2, u32::from(set)),
                Semantic::Color(set) => (3, u32::from(set)),
                Semantic::Custom(number) => (4, u32::from(number)),
            };
            hasher.array(&[kind, number, channel.width]).array(&channel.values);
            match &channel.rows {
                CornerRows::PerPosition => hasher.bytes(b"per position"),
                CornerRows::PerCorner(rows) => hasher.array(rows),
            };
        }
        hasher.finish()
    }
}

impl PointSet {
    /// The name of this set's content, to the bit.
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        let mut hasher = ContentHasher::new("points");
        hasher.array(&self.positions).array(&self.colors).array(&[self.material_slot]).finish()
    }
}

impl LineSet {
    /// The name of this set's content, to the bit.
    #[must_use]
    pub fn content_hash(&self) -> ContentHash {
        let mut hasher = ContentHasher::new("lines");
        hasher.array(&self.positions).array(&self.segments).array(&self.colors);
        hasher.array(&[self.material_slot]).finish()
    }
}

#[cfg(test)]
mod tests {
    use glam::DVec3;

    use super::*;

    #[test]
    fn is_stable_forever() {
        let mesh = Mesh::new(vec![DVec3::ZERO, DVec3::X, DVec3::Y], vec![[0, 1, 2]]);
        assert_eq!(mesh.content_hash().to_string(), GOLDEN);
        assert_eq!(mesh.content_hash().to_string().parse(), Ok(mesh.content_hash()));
    }

    /// Written down when the hash was made; project files hold such names, so it must never change.
    const GOLDEN: &str = "bb5867a309076263cd94b1866322b4a5";

    #[test]
    fn parts_do_not_run_into_each_other() {
        let one = ContentHasher::new("k").bytes(b"ab").bytes(b"c").finish();
        let two = ContentHasher::new("k").bytes(b"a").bytes(b"bc").finish();
        assert_ne!(one, two);
    }
}
