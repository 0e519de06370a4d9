//! Serialises large arrays of plain data as one run of bytes, little-endian as in memory, instead of element by element.
//!
//! For `#[serde(with = "geometry::bulk")]` in binary formats: a mesh crosses to a worker and back at the speed of a copy,
//! or, where arrays travel beside their message ([`detached`]), by handing them over.

pub mod detached;

use std::fmt;
use std::marker::PhantomData;

use bytemuck::Pod;
use serde::de::{Deserializer, Error, Visitor};
use serde::ser::Serializer;

#[cfg(target_endian = "big")]
compile_error!("bulk arrays are exchanged as little-endian bytes");

/// Writes the elements as one byte string.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<T: Pod, S: Serializer>(values: &[T], serializer: S) -> Result<S::Ok, S::Error> {
    let bytes = bytemuck::cast_slice(values);
    match detached::sent(bytes, align_of::<T>()) {
        Some(place) => serializer.serialize_bytes(&place),
        None => serializer.serialize_bytes(bytes),
    }
}

/// Reads what [`serialize`] wrote.
///
/// # Errors
/// Those of the deserializer, and when the bytes are not a whole number of elements.
pub fn deserialize<'de, T: Pod, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    deserializer.deserialize_bytes(BytesOf(PhantomData))
}

struct BytesOf<T>(PhantomData<T>);

impl<T: Pod> Visitor<'_> for BytesOf<T> {
    type Value = Vec<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a byte string that holds whole elements of {} bytes", size_of::<T>())
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
        let bytes = match detached::received(bytes) {
            detached::Received::Here(bytes) => bytes,
            detached::Received::Beside(array) => {
                return array
                    .into_elements()
                    .ok_or_else(|| E::custom("an array beside the message is of another kind"));
            }
            detached::Received::Missing => return Err(E::custom("an array beside the message is missing")),
        };
        if !bytes.len().is_multiple_of(size_of::<T>()) {
            return Err(E::invalid_length(bytes.len(), &self));
        }
        let mut values = vec![T::zeroed(); bytes.len() / size_of::<T>()];
        bytemuck::cast_slice_mut::<T, u8>(&mut values).copy_from_slice(bytes);
        Ok(values)
    }
}

/// The same for arrays behind an `Arc`.
pub mod shared {
    use std::sync::Arc;

    use super::{Deserializer, Pod, Serializer};

    /// Writes the elements as one byte string.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn serialize<T: Pod, S: Serializer>(values: &Arc<Vec<T>>, serializer: S) -> Result<S::Ok, S::Error> {
        super::serialize(values, serializer)
    }

    /// Reads what [`serialize`] wrote.
    ///
    /// # Errors
    /// As [`super::deserialize`].
    pub fn deserialize<'de, T: Pod, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Vec<T>>, D::Error> {
        super::deserialize(deserializer).map(Arc::new)
    }
}
