//! Requests and outputs as bytes, for workers that share no memory with the app.
//!
//! Large arrays are runs of bytes (see [`geometry::bulk`]), so coding costs about a copy. Both ends are built from the
//! same source; the bytes are not a file format.

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
