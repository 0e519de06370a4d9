//! The buffer of the file, with its views and accessors.

use serde_json::{Map, Value, json};

const FLOAT: u32 = 5126;
const U8: u32 = 5121;
const U16: u32 = 5123;
const U32: u32 = 5125;

/// Grows as accessors and images are added.
#[derive(Default)]
pub(super) struct Bin {
    data: Vec<u8>,
    views: Vec<Value>,
    accessors: Vec<Value>,
}

/// What a view is for, by the codes of the format.
#[derive(Clone, Copy)]
enum Target {
    Vertices = 34962,
    Indices = 34963,
}

impl Bin {
    /// Vertex positions with their bounds. Gives the accessor, as do the others.
    pub(super) fn positions(&mut self, points: &[[f32; 3]]) -> usize {
        let mut bounds = [[f32::INFINITY; 3], [f32::NEG_INFINITY; 3]];
        for point in points {
            for (axis, number) in point.iter().enumerate() {
                bounds[0][axis] = bounds[0][axis].min(*number);
                bounds[1][axis] = bounds[1][axis].max(*number);
            }
        }
        let view = self.view(bytemuck::cast_slice(points), Some(Target::Vertices));
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": points.len(), "type": "VEC3",
            "min": bounds[0], "max": bounds[1],
        }))
    }

    /// Vectors of single-precision numbers.
    pub(super) fn vectors<const N: usize>(&mut self, vectors: &[[f32; N]]) -> usize {
        let view = self.view(bytemuck::cast_slice(vectors.as_flattened()), Some(Target::Vertices));
        self.accessor(json!({
            "bufferView": view, "componentType": FLOAT, "count": vectors.len(), "type": format!("VEC{N}"),
        }))
    }

    /// Colours, in as few bits as hold them exactly.
    pub(super) fn colors(&mut self, colors: &[[f32; 4]]) -> usize {
        let clamped: Vec<_> = colors.iter().map(|color| color.map(|number| number.clamp(0.0, 1.0))).collect();
        let numbers = clamped.as_flattened();
        let (component, view) = if let Some(bytes) = exact::<u8>(numbers, 255.0) {
            (U8, self.view(&bytes, Some(Target::Vertices)))
        } else if let Some(words) = exact::<u16>(numbers, 65535.0) {
            (U16, self.view(bytemuck::cast_slice(&words), Some(Target::Vertices)))
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

    /// Indices into so many vertices.
    pub(super) fn indices(&mut self, indices: &[u32], num_vertices: usize) -> usize {
        // The largest number of each type means something else.
        let (component, view) = if num_vertices <= usize::from(u16::MAX) {
            let short: Vec<_> =
                indices.iter().map(|index| u16::try_from(*index).expect("indices name vertices")).collect();
            (U16, self.view(bytemuck::cast_slice(&short), Some(Target::Indices)))
        } else {
            (U32, self.view(bytemuck::cast_slice(indices), Some(Target::Indices)))
        };
        self.accessor(json!({
            "bufferView": view, "componentType": component, "count": indices.len(), "type": "SCALAR",
        }))
    }

    /// The bytes of an image file. Gives the view.
    pub(super) fn image(&mut self, bytes: &[u8]) -> usize {
        self.view(bytes, None)
    }

    /// Writes what describes the buffer, and gives its bytes.
    pub(super) fn finish(self, document: &mut Map<String, Value>) -> Vec<u8> {
        document.insert("buffers".to_owned(), json!([{ "byteLength": self.data.len() }]));
        document.insert("bufferViews".to_owned(), Value::Array(self.views));
        document.insert("accessors".to_owned(), Value::Array(self.accessors));
        self.data
    }

    fn view(&mut self, bytes: &[u8], target: Option<Target>) -> usize {
        self.data.resize(self.data.len().next_multiple_of(4), 0);
        let mut view = json!({ "buffer": 0, "byteOffset": self.data.len(), "byteLength": bytes.len() });
        if let Some(target) = target {
            view["target"] = json!(target as u32);
        }
        self.data.extend_from_slice(bytes);
        self.views.push(view);
        self.views.len() - 1
    }

    fn accessor(&mut self, accessor: Value) -> usize {
        self.accessors.push(accessor);
        self.accessors.len() - 1
    }
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
