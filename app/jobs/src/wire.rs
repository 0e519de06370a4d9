//! Requests and outputs as bytes, for workers that share no memory with the app.
//!
//! Large arrays are runs of bytes (see [`geometry::bulk`]), so coding costs about a copy. Both ends are built from the
//! same source; the bytes are not a file format.

use geometry::bulk::detached::{self, Array};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The bytes of a message.
///
/// # Panics
/// Never for the types of this crate: they hold nothing that cannot be written.
#[must_use]
pub fn encode<T: Serialize>(message: &T) -> Vec<u8> {
    postcard::to_allocvec(message).expect("requests and outputs are plain data")
}

/// The bytes did not come from [`encode`] of the same build.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a message between the app and its worker is damaged: {0}")]
pub struct WireError(String);

/// The message that [`encode`] wrote.
///
/// # Errors
/// When the bytes are not such a message.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, WireError> {
    postcard::from_bytes(bytes).map_err(|error| WireError(error.to_string()))
}

/// As [`encode`], with large arrays handed to `sink` (bytes, alignment) one after another.
///
/// # Panics
/// Never, as [`encode`].
#[must_use]
pub fn encode_detached<T: Serialize>(message: &T, sink: impl FnMut(&[u8], usize) + 'static) -> Vec<u8> {
    detached::sending(sink, || encode(message))
}

/// The message of [`encode_detached`], which takes over the arrays that went into the sink, in the same order.
///
/// # Errors
/// When the bytes are not such a message, or an array is missing.
pub fn decode_detached<T: DeserializeOwned>(bytes: &[u8], arrays: Vec<Array>) -> Result<T, WireError> {
    detached::receiving(arrays, || decode(bytes))
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use geometry::{LineSet, Mesh, PointSet};
    use glam::DVec3;

    use super::*;
    use crate::Part;

    fn part(num_points: u32) -> Part {
        let positions = (0..num_points).map(|x| DVec3::new(f64::from(x), 0.5, -1.0)).collect();
        let triangles = (0..num_points / 3).map(|first| [first * 3, first * 3 + 1, first * 3 + 2]).collect();
        Part::from_mesh(Mesh::new(positions, triangles))
    }

    fn detached(part: &Part) -> (Vec<u8>, Vec<Array>) {
        let arrays = Rc::new(RefCell::new(Vec::new()));
        let sink = Rc::clone(&arrays);
        let head = encode_detached(part, move |bytes, align| {
            let mut array = Array::zeroed(bytes.len(), align).unwrap();
            array.bytes_mut().copy_from_slice(bytes);
            sink.borrow_mut().push(array);
        });
        (head, arrays.take())
    }

    #[test]
    fn small_and_large_parts_come_back_both_ways() {
        let mut large = part(30_000);
        large.lines = vec![LineSet::default().into()];
        large.points = vec![PointSet::default().into()];
        for part in [Part::default(), part(3), large] {
            assert_eq!(decode::<Part>(&encode(&part)).as_ref(), Ok(&part));
            let (head, arrays) = detached(&part);
            assert_eq!(decode_detached::<Part>(&head, arrays).as_ref(), Ok(&part));
        }
    }

    #[test]
    fn large_arrays_leave_the_message() {
        let (head, arrays) = detached(&part(30_000));
        assert_eq!(arrays.len(), 2);
        assert!(head.len() < 1000);
    }

    #[test]
    fn a_missing_or_foreign_array_is_an_error() {
        let (head, mut arrays) = detached(&part(30_000));
        assert!(decode_detached::<Part>(&head, arrays[..1].to_vec()).is_err());
        arrays.swap(0, 1);
        assert!(decode_detached::<Part>(&head, arrays).is_err());
    }
}
