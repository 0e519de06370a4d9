//! `EXT_meshopt_compression`: the data of views as streams of the meshoptimizer codecs (Kapoulkine,
//! “meshoptimizer: vertex and index compression”, 2019–2023), without loss.

use meshoptimizer_rs::codec::{
    IndexEncoding, VertexEncoding, encode_index_buffer, encode_index_sequence, encode_vertex_buffer,
};
use meshoptimizer_rs::{Limits, Workspace};
use serde_json::{Value, json};

/// The extension's name.
pub(super) const NAME: &str = "EXT_meshopt_compression";

/// What a view holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stream {
    /// An attribute of vertices.
    Vertices,
    /// Three indices for each triangle.
    Triangles,
    /// Indices in pairs.
    Segments,
    /// Numbers that are no vertices.
    Numbers,
    /// A file.
    File,
}

impl Stream {
    /// What the view is for, by the codes of the format.
    pub(super) fn target(self) -> Option<u32> {
        match self {
            Self::Vertices => Some(34962),
            Self::Triangles | Self::Segments => Some(34963),
            Self::Numbers | Self::File => None,
        }
    }

    fn mode(self) -> &'static str {
        match self {
            Self::Triangles => "TRIANGLES",
            Self::Segments => "INDICES",
            _ => "ATTRIBUTES",
        }
    }
}

/// A packed view.
pub(super) struct Packed {
    /// The stream.
    pub(super) bytes: Vec<u8>,
    mode: &'static str,
}

impl Packed {
    /// The description of the view, whose stream is at an offset of the first buffer; `len` bytes of elements of `stride`
    /// bytes come out.
    pub(super) fn view(&self, at: usize, stride: usize, len: usize) -> Value {
        let extension = json!({
            "buffer": 0, "byteOffset": at, "byteLength": self.bytes.len(),
            "byteStride": stride, "count": len / stride, "mode": self.mode,
        });
        json!({ "buffer": 1, "byteLength": len, "extensions": { NAME: extension } })
    }
}

/// The buffer that the unpacked views are said to be in, which has no data.
pub(super) fn fallback(len: usize) -> Value {
    json!({ "byteLength": len, "extensions": { NAME: { "fallback": true } } })
}

/// Packs elements of `stride` bytes; `None` where that is not possible or does not make them smaller.
pub(super) fn pack(bytes: &[u8], stride: usize, stream: Stream) -> Option<Packed> {
    // The codec's own limits guard against input of others; this is ours.
    let mut workspace = Workspace::new(Limits { max_bytes: usize::MAX, max_work: u64::MAX });
    let packed = match stream {
        Stream::File => return None,
        Stream::Triangles | Stream::Segments => {
            let index = |element: &[u8]| match *element {
                [a, b] => Some(u32::from(u16::from_le_bytes([a, b]))),
                [a, b, c, d] => Some(u32::from_le_bytes([a, b, c, d])),
                _ => None,
            };
            let indices = bytes.chunks_exact(stride).map(index).collect::<Option<Vec<u32>>>()?;
            if stream == Stream::Triangles {
                encode_index_buffer(&indices, IndexEncoding::DEFAULT, &mut workspace)
            } else {
                encode_index_sequence(&indices, IndexEncoding::DEFAULT, &mut workspace)
            }
        }
        Stream::Vertices | Stream::Numbers => {
            // The extension knows version 0 only.
            let encoding = VertexEncoding::new(0, 0).ok()?;
            if stride == 0 || !stride.is_multiple_of(4) || stride > 256 {
                return None;
            }
            encode_vertex_buffer(bytes, bytes.len() / stride, stride, encoding, &mut workspace)
        }
    };
    let packed = packed.ok().filter(|packed| packed.len() < bytes.len())?;
    Some(Packed { bytes: packed, mode: stream.mode() })
}
