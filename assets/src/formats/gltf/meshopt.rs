//! `EXT_meshopt_compression` and `KHR_meshopt_compression`: buffer views that are streams of the meshoptimizer codecs.

use meshoptimizer_rs::codec::{
    decode_filter_color, decode_filter_exp, decode_filter_oct, decode_filter_quat, decode_index_buffer,
    decode_index_sequence, decode_vertex_buffer,
};
use meshoptimizer_rs::{Error, Limits, Workspace};
use serde_json::Value;

use super::budget::Expansion;
use super::json::Lenient as _;

/// The extension by its names, the newer first.
const NAMES: [&str; 2] = ["KHR_meshopt_compression", "EXT_meshopt_compression"];

/// The extension of a buffer view or of a buffer, with the name it goes by.
pub(super) fn extension(owner: &Value) -> Option<(&'static str, &Value)> {
    NAMES.into_iter().find_map(|name| Some((name, owner.extension(name)?)))
}

/// The data of a view. `source` is what the extension's own buffer, offset and length say.
///
/// # Errors
/// In words for people.
pub(super) fn decode(extension: &Value, source: &[u8], expansion: &mut Expansion) -> Result<Vec<u8>, String> {
    let missing = |name: &str| format!("the property `{name}` is missing or wrong");
    let count = extension.index("count").ok_or_else(|| missing("count"))?;
    let stride = extension.index("byteStride").ok_or_else(|| missing("byteStride"))?;
    // Whatever the name of the extension, both versions of the streams are read.
    let decode = match extension.text("mode") {
        Some("ATTRIBUTES") => decode_vertex_buffer,
        Some("TRIANGLES") => decode_index_buffer,
        Some("INDICES") => decode_index_sequence,
        _ => return Err(missing("mode")),
    };
    let filter: fn(&mut [u8], usize, usize, &mut Workspace) -> Result<(), Error> =
        match extension.text("filter").unwrap_or("NONE") {
            "NONE" => |_, _, _, _| Ok(()),
            "OCTAHEDRAL" => decode_filter_oct,
            "QUATERNION" => decode_filter_quat,
            "EXPONENTIAL" => decode_filter_exp,
            "COLOR" => decode_filter_color,
            _ => return Err(missing("filter")),
        };
    let len = count.checked_mul(stride).filter(|len| expansion.take(*len));
    let len =
        len.ok_or_else(|| format!("{count} elements of {stride} bytes cannot come from {}", source.len()))?;
    // The codecs need little beside the output.
    let limits = Limits { max_bytes: len.saturating_mul(2).saturating_add(1 << 20), ..Limits::default() };
    let mut workspace = Workspace::new(limits);
    let decoded = decode(count, stride, source, &mut workspace).and_then(|mut data| {
        filter(&mut data, count, stride, &mut workspace)?;
        Ok(data)
    });
    decoded.map_err(|error| error.to_string())
}
