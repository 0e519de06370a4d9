//! The buffer of the file, with its views and accessors.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::pack::{self, Stream};
use super::quantize::{self, Grid};
use crate::formats::Compression;

const FLOAT: u32 = 5126;
const I8: u32 = 5120;
const U8: u32 = 5121;
const U16: u32 = 5123;
const U32: u32 = 5125;

/// Grows as accessors and images are added.
#[derive(Default)]
pub(super) struct Bin {
    data: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
    /// Where data and images go; `None` when all is in one file.
    beside: Option<Beside>,
    compression: Compression,
    /// How long the data of the packed views is unpacked.
    unpacked_len: usize,
}

/// Files beside the JSON.
struct Beside {
    /// What their names start with.
    stem: String,
    images: Vec<(String, Vec<u8>)>,
}

impl Bin {
    /// Everything goes into one file.
    pub(super) fn new(compression: Compression) -> Self {
        Self { compression, ..Self::default() }
    }

    /// Data and images go into files of their own, whose names start with this.
    pub(super) fn beside(stem: &str, compression: Compression) -> Self {
        let beside = Some(Beside { stem: stem.to_owned(), images: Vec::new() });
        Self { beside, ..Self::new(compression) }
    }

    /// How the data is made smaller.
    pub(super) fn compression(&self) -> Compression {
        self.compression
    }

    /// Vertex positions with their bounds, on a grid if there is one. Gives the accessor, as do the others.
    pub(super) fn positions(&mut self, points: &[[f32; 3]], grid: Option<&Grid>) -> usize {
        if let Some(grid) = grid {
            let steps: Vec<[u16; 4]> = points.iter().map(|point| grid.steps(*point)).collect();
            let (low, high) = quantize::bounds(&steps);
            let view = self.view(bytemuck::cast_slice(&steps), 8, Stream::Vertices);
            self.views[view]["byteStride"] = json!(8);
            return self.accessor(json!({
                "bufferView": view, "componentType": U16, "count": points.len(), "type": "VEC3",
                "min": low, "max": high,
            }));
        }
        let mut bounds = [[f32::INFINITY; 3], [f32::NEG_INFINITY; 3]];
        for point in points {
            for (axis, number) in point.iter().enumerate() {
                bounds[0][axis] = bounds[0][axis].min(*number);
                bounds[1][axis] = bounds[1][axis].max(*number);
            }
        }
        let view = self.view(bytemuck::cast_slice(points), 12, Stream::Vertices);
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": points.len(), "type": "VEC3",
            "min": bounds[0], "max": bounds[1],
        }))
    }

    /// Unit vectors, with a sign behind them or not.
    pub(super) fn directions<const N: usize>(&mut self, directions: &[[f32; N]]) -> usize {
        if !self.compression.is_quantized() {
            return self.vectors(directions);
        }
        let steps: Vec<[i8; 4]> = directions.iter().map(|direction| quantize::direction(direction)).collect();
        let view = self.view(bytemuck::cast_slice(&steps), 4, Stream::Vertices);
        self.views[view]["byteStride"] = json!(4);
        self.accessor(json!({
            "bufferView": view, "componentType": I8, "count": directions.len(), "type": format!("VEC{N}"),
            "normalized": true,
        }))
    }

    /// Texture coordinates; those outside of the picture are kept as they are.
    pub(super) fn uvs(&mut self, uvs: &[[f32; 2]]) -> usize {
        let steps = if self.compression.is_quantized() { quantize::uvs(uvs) } else { None };
        let Some(steps) = steps else { return self.vectors(uvs) };
        let view = self.view(bytemuck::cast_slice(&steps), 4, Stream::Vertices);
        self.accessor(json!({
            "bufferView": view, "componentType": U16, "count": uvs.len(), "type": "VEC2", "normalized": true,
        }))
    }

    /// Vectors of single-precision numbers.
    pub(super) fn vectors<const N: usize>(&mut self, vectors: &[[f32; N]]) -> usize {
        let view = self.view(bytemuck::cast_slice(vectors.as_flattened()), 4 * N, Stream::Vertices);
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": vectors.len(), "type": format!("VEC{N}"),
        }))
    }

    /// Colours, in as few bits as hold them exactly.
    pub(super) fn colors(&mut self, colors: &[[f32; 4]]) -> usize {
        let clamped: Vec<_> = colors.iter().map(|color| color.map(|number| number.clamp(0.0, 1.0))).collect();
        let numbers = clamped.as_flattened();
        let (component, view) = if let Some(bytes) = exact::<u8>(numbers, 255.0) {
            (U8, self.view(&bytes, 4, Stream::Vertices))
        } else if let Some(words) = exact::<u16>(numbers, 65535.0) {
            (U16, self.view(bytemuck::cast_slice(&words), 8, Stream::Vertices))
        } else {
            return self.vectors(&clamped);
        };
        self.accessor(json!({
            "bufferView": view, "componentType": component, "count": colors.len(), "type": "VEC4",
            "normalized": true,
        }))
    }

    /// Vectors that are all zero, without data.
    pub(super) fn zeros(&mut self, count: usize, kind: &str) -> usize {
        self.accessor(json!({ "componentType": FLOAT, "count": count, "type": kind }))
    }

    /// Indices of triangles into so many vertices.
    pub(super) fn triangles(&mut self, indices: &[u32], num_vertices: usize) -> usize {
        self.indices(indices, num_vertices, Stream::Triangles)
    }

    /// Indices of the ends of segments into so many vertices.
    pub(super) fn segments(&mut self, indices: &[u32], num_vertices: usize) -> usize {
        self.indices(indices, num_vertices, Stream::Segments)
    }

    fn indices(&mut self, indices: &[u32], num_vertices: usize, stream: Stream) -> usize {
        // The largest number of each type means something else.
        let (component, view) = if num_vertices <= usize::from(u16::MAX) {
            let short: Vec<_> =
                indices.iter().map(|index| u16::try_from(*index).expect("indices name vertices")).collect();
            (U16, self.view(bytemuck::cast_slice(&short), 2, stream))
        } else {
            (U32, self.view(bytemuck::cast_slice(indices), 4, stream))
        };
        self.accessor(json!({
            "bufferView": view, "componentType": component, "count": indices.len(), "type": "SCALAR",
        }))
    }

    /// Offsets of morph targets that move nothing, without data.
    pub(super) fn no_offsets(&mut self, count: usize) -> usize {
        self.accessor(json!({
            "componentType": FLOAT, "count": count, "type": "VEC3", "min": [0, 0, 0], "max": [0, 0, 0],
        }))
    }

    /// Joints of vertices, in as few bits as hold them.
    pub(super) fn joints(&mut self, joints: &[[u16; 4]]) -> usize {
        let bytes: Option<Vec<u8>> = joints.iter().flatten().map(|joint| u8::try_from(*joint).ok()).collect();
        let (component, view) = match bytes {
            Some(bytes) => (U8, self.view(&bytes, 4, Stream::Vertices)),
            None => (U16, self.view(bytemuck::cast_slice(joints), 8, Stream::Vertices)),
        };
        self.accessor(json!({
            "bufferView": view, "componentType": component, "count": joints.len(), "type": "VEC4",
        }))
    }

    /// Matrices, column by column.
    pub(super) fn matrices(&mut self, matrices: &[[[f32; 4]; 4]]) -> usize {
        let view = self.view(bytemuck::cast_slice(matrices), 64, Stream::Numbers);
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": matrices.len(), "type": "MAT4",
        }))
    }

    /// Times of an animation with their bounds.
    pub(super) fn times(&mut self, times_secs: &[f32]) -> usize {
        let view = self.view(bytemuck::cast_slice(times_secs), 4, Stream::Numbers);
        let first = times_secs.iter().copied().fold(f32::INFINITY, f32::min);
        let last = times_secs.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": times_secs.len(), "type": "SCALAR",
            "min": [first], "max": [last],
        }))
    }

    /// Numbers that are no vertices, 1 to 4 to an element.
    pub(super) fn numbers(&mut self, numbers: &[f32], width: usize) -> usize {
        let view = self.view(bytemuck::cast_slice(numbers), 4 * width.clamp(1, 4), Stream::Numbers);
        let kind = ["SCALAR", "VEC2", "VEC3", "VEC4"][width.clamp(1, 4) - 1];
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": numbers.len() / width.clamp(1, 4), "type": kind,
        }))
    }

    /// Writes an image file, and into its description where it is.
    pub(super) fn image(&mut self, media_type: &str, bytes: Vec<u8>, image: &mut Map<String, Value>) {
        match &mut self.beside {
            Some(beside) => {
                let extension = if media_type == "image/jpeg" { "jpg" } else { "png" };
                let name = format!("{}_{}.{extension}", beside.stem, beside.images.len());
                image.insert("uri".to_owned(), json!(percent_encoded(&name)));
                beside.images.push((name, bytes));
            }
            None => {
                image.insert("mimeType".to_owned(), json!(media_type));
                image.insert("bufferView".to_owned(), json!(self.view(&bytes, 1, Stream::File)));
            }
        }
    }

    /// Writes what describes the buffer, and gives its bytes, and the files beside the JSON, of which the first has them
    /// too.
    pub(super) fn finish(self, document: &mut Map<String, Value>) -> (Vec<u8>, Vec<(String, Vec<u8>)>) {
        let mut buffer = json!({ "byteLength": self.data.len() });
        let mut data = self.data;
        let mut files = Vec::new();
        if let Some(beside) = self.beside {
            let name = format!("{}.bin", beside.stem);
            buffer["uri"] = json!(percent_encoded(&name));
            files.push((name, std::mem::take(&mut data)));
            files.extend(beside.images);
        }
        let mut buffers = vec![buffer];
        if self.unpacked_len > 0 {
            buffers.push(pack::fallback(self.unpacked_len));
        }
        document.insert("buffers".to_owned(), Value::Array(buffers));
        document.insert("bufferViews".to_owned(), Value::Array(self.views));
        document.insert("accessors".to_owned(), Value::Array(self.accessors));
        (data, files)
    }

    /// Adds the extensions that the data takes.
    pub(super) fn note_extensions(
        &self,
        used: &mut BTreeSet<&'static str>,
        required: &mut Vec<&'static str>,
    ) {
        if self.compression.is_quantized() && !self.accessors.is_empty() {
            required.push(quantize::NAME);
        }
        if self.unpacked_len > 0 {
            required.push(pack::NAME);
        }
        used.extend(required.iter());
    }

    /// A view of elements of so many bytes.
    fn view(&mut self, bytes: &[u8], stride: usize, stream: Stream) -> usize {
        let packed = if self.compression.is_packed() { pack::pack(bytes, stride, stream) } else { None };
        self.data.resize(self.data.len().next_multiple_of(4), 0);
        let at = self.data.len();
        let mut view = match &packed {
            Some(packed) => {
                let mut view = packed.view(at, stride, bytes.len());
                view["byteOffset"] = json!(self.unpacked_len);
                self.unpacked_len += bytes.len().next_multiple_of(4);
                view
            }
            None => json!({ "buffer": 0, "byteOffset": at, "byteLength": bytes.len() }),
        };
        if let Some(target) = stream.target() {
            view["target"] = json!(target);
        }
        self.data.extend_from_slice(packed.as_ref().map_or(bytes, |packed| &packed.bytes));
        self.views.push(view);
        self.views.len() - 1
    }

    fn accessor(&mut self, accessor: Value) -> usize {
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }
}

/// A file name as a URI (RFC 3986).
fn percent_encoded(name: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    };
    name.bytes().map(encode).collect()
}

/// The numbers, all in 0 to 1, as whole parts of the type's largest number, if that loses nothing.
fn exact<T: TryFrom<u32>>(numbers: &[f32], one: f32) -> Option<Vec<T>> {
    let codes = numbers.iter().map(|number| {
        let code = (number * one).round();
        #[expect(clippy::cast_possible_truncation, reason = "whole")]
        #[expect(clippy::cast_sign_loss, reason = "not negative")]
        T::try_from(code as u32).ok().filter(|_| code / one == *number)
    });
    codes.collect()
}
