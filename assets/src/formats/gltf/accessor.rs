//! Reading accessors: every component type, normalised, strided, interleaved, sparse, or without data (all zeros).
//!
//! Nothing here panics or believes a count: an accessor is as long as its data.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::Value;

use super::budget::Budget;
use super::buffers::Buffers;
use super::json::{Lenient as _, Place, Report};

/// The type of the numbers in an accessor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Component {
    I8,
    U8,
    I16,
    U16,
    U32,
    F32,
}

impl Component {
    fn from_code(code: u64) -> Option<Self> {
        Some(match code {
            5120 => Self::I8,
            5121 => Self::U8,
            5122 => Self::I16,
            5123 => Self::U16,
            5125 => Self::U32,
            5126 => Self::F32,
            _ => return None,
        })
    }

    fn size(self) -> usize {
        match self {
            Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::U32 | Self::F32 => 4,
        }
    }
}

/// An accessor ready to be read.
pub(super) struct Accessor<'a> {
    /// From the first element on; empty when all elements are zero.
    data: Cow<'a, [u8]>,
    stride: usize,
    count: usize,
    component: Component,
    num_components: usize,
    normalized: bool,
}

/// Why an accessor cannot be read.
#[derive(Clone, Copy)]
pub(super) enum Unreadable {
    /// Its data is missing; what that means is for the caller to explain.
    NoData,
    /// It is malformed or does not exist; reported.
    Malformed,
}

/// Accessors that do not lie in a buffer as they are, by index.
pub(super) type Decoded = BTreeMap<usize, Result<Accessor<'static>, Unreadable>>;

/// All accessors of a document, each opened once, so that each fault is reported once.
pub(super) struct Accessors<'a> {
    opened: Vec<Result<Accessor<'a>, Unreadable>>,
}

impl<'a> Accessors<'a> {
    /// Opens all accessors. Those in `decoded` were decompressed before.
    pub(super) fn open(
        document: &Value,
        buffers: &'a Buffers<'_>,
        mut decoded: Decoded,
        budget: &mut Budget,
        report: &mut Report,
    ) -> Self {
        let root = Place::Root;
        let at = root.key("accessors");
        let accessors = document.elements("accessors").iter().enumerate();
        let opened = accessors.map(|(index, accessor)| match decoded.remove(&index) {
            Some(decoded) => decoded,
            None => Accessor::open(accessor, buffers, &at.at(index), budget, report),
        });
        Self { opened: opened.collect() }
    }

    /// The accessor of an index.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub(super) fn get(&self, index: usize) -> Result<&Accessor<'a>, Unreadable> {
        self.opened
            .get(index)
            .map_or(Err(Unreadable::Malformed), |opened| opened.as_ref().map_err(|error| *error))
    }
}

impl Accessor<'static> {
    /// Single-precision numbers, so many to an element.
    pub(super) fn of_floats(numbers: &[f32], num_components: usize) -> Self {
        Self::of_words(bytemuck::cast_slice(numbers).to_vec(), Component::F32, num_components)
    }

    /// Indices.
    pub(super) fn of_indices(indices: &[u32]) -> Self {
        Self::of_words(bytemuck::cast_slice(indices).to_vec(), Component::U32, 1)
    }

    fn of_words(data: Vec<u8>, component: Component, num_components: usize) -> Self {
        let stride = num_components * component.size();
        let count = data.len().checked_div(stride).unwrap_or(0);
        Self { data: Cow::Owned(data), stride, count, component, num_components, normalized: false }
    }
}

impl<'a> Accessor<'a> {
    fn open(
        accessor: &Value,
        buffers: &'a Buffers<'_>,
        at: &Place<'_>,
        budget: &mut Budget,
        report: &mut Report,
    ) -> Result<Self, Unreadable> {
        let component = accessor.whole("componentType").and_then(Component::from_code);
        let num_components = accessor.text("type").and_then(num_components);
        let (Some(component), Some(num_components)) = (component, num_components) else {
            report.warn("accessor-type", at, "The accessor is of no type that exists.");
            return Err(Unreadable::Malformed);
        };
        let count = accessor.index("count").unwrap_or(0);
        let element_len = component.size() * num_components;
        let normalized = accessor.flag("normalized");
        if normalized && component.size() == 4 {
            report.warn(
                "accessor-normalized",
                &at.key("normalized"),
                "Only 8 and 16 bits can be normalised.",
            );
        }
        let zeros = Self {
            data: Cow::Borrowed(&[]),
            stride: element_len,
            count,
            component,
            num_components,
            normalized,
        };
        let mut opened = match accessor.index("bufferView") {
            Some(view) => {
                let (bytes, stride) = buffers.view(view).ok_or(Unreadable::NoData)?;
                let offset = accessor.index("byteOffset").unwrap_or(0);
                let data = bytes.get(offset..).unwrap_or(&[]);
                zeros.over(data, stride, at, report)
            }
            None if count.checked_mul(element_len).is_some_and(|len| budget.spend(len)) => zeros,
            None => {
                let message = format!("The accessor claims {count} elements without data.");
                report.warn("too-many-elements", &at.key("count"), message);
                return Err(Unreadable::Malformed);
            }
        };
        if let Some(sparse) = accessor.get("sparse") {
            opened.apply_sparse(sparse, buffers, budget, &at.key("sparse"), report);
        }
        Ok(opened)
    }

    /// Puts the accessor over data, as far as the data reaches.
    fn over(mut self, data: &'a [u8], stride: Option<usize>, at: &Place<'_>, report: &mut Report) -> Self {
        let element_len = self.stride;
        self.stride = stride.unwrap_or(element_len);
        let available = match data.len().checked_sub(element_len) {
            Some(rest) => rest / self.stride + 1,
            None => 0,
        };
        if self.count > available {
            let message =
                format!("The accessor claims {} elements, its data ends after {available}.", self.count);
            report.warn("accessor-too-long", at, message);
            self.count = available;
        }
        self.data = Cow::Borrowed(data);
        self
    }

    /// Copies the elements and replaces some of them.
    fn apply_sparse(
        &mut self,
        sparse: &Value,
        buffers: &Buffers<'_>,
        budget: &mut Budget,
        at: &Place<'_>,
        report: &mut Report,
    ) {
        let element_len = self.component.size() * self.num_components;
        let count = sparse.index("count").unwrap_or(0);
        let indices = sparse.get("indices").and_then(|indices| {
            let component = Component::from_code(indices.whole("componentType")?)?;
            let (bytes, _) = buffers.view(indices.index("bufferView")?)?;
            Some((component, bytes.get(indices.index("byteOffset").unwrap_or(0)..)?))
        });
        let values = sparse.get("values").and_then(|values| {
            let (bytes, _) = buffers.view(values.index("bufferView")?)?;
            bytes.get(values.index("byteOffset").unwrap_or(0)..)
        });
        let (Some((component, indices)), Some(values)) = (indices, values) else {
            report.warn("accessor-sparse", at, "The sparse elements have no data and were left out.");
            return;
        };
        let available = (indices.len() / component.size()).min(values.len() / element_len);
        if count > self.count {
            let message = format!("{count} sparse elements replace only {}.", self.count);
            report.warn("accessor-sparse", &at.key("count"), message);
        }
        if count > available {
            let message = format!("{count} sparse elements are claimed, the data ends after {available}.");
            report.warn("accessor-sparse", at, message);
        }
        // The same data may be under many accessors, and overlapping elements need more room than they had.
        let dense_len = self.count.checked_mul(element_len).filter(|len| budget.spend(*len));
        let Some(dense_len) = dense_len else {
            report.warn(
                "too-many-elements",
                at,
                "Copies of the elements would fill the memory; they were left as they are.",
            );
            return;
        };
        let mut dense = vec![0; dense_len];
        for (index, element) in dense.chunks_exact_mut(element_len).enumerate() {
            if let Some(source) = self.data.get(index * self.stride..index * self.stride + element_len) {
                element.copy_from_slice(source);
            }
        }
        for place in 0..count.min(available) {
            let index = read_whole(indices, place * component.size(), component) as usize;
            match dense.chunks_exact_mut(element_len).nth(index) {
                Some(element) => element.copy_from_slice(&values[place * element_len..][..element_len]),
                None => {
                    let message = format!("A sparse element replaces element {index} of {}.", self.count);
                    report.warn("accessor-sparse", &at.key("indices"), message);
                }
            }
        }
        self.stride = element_len;
        self.data = Cow::Owned(dense);
    }

    /// How many bytes it keeps for itself.
    pub(super) fn num_bytes(&self) -> usize {
        self.data.len()
    }

    /// The number of elements.
    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// Numbers per element: 1 to 4 for scalars and vectors, 16 for 4×4 matrices.
    pub(super) fn num_components(&self) -> usize {
        self.num_components
    }

    /// Whether its numbers are single-precision floats.
    pub(super) fn is_float(&self) -> bool {
        self.component == Component::F32
    }

    /// Whether it may hold indices.
    pub(super) fn is_index(&self) -> bool {
        self.num_components == 1 && matches!(self.component, Component::U8 | Component::U16 | Component::U32)
    }

    /// The first `N` numbers of an element, zero for those it does not have. Zero beyond the end.
    pub(super) fn floats<const N: usize>(&self, index: usize) -> [f32; N] {
        let mut numbers = [0.0; N];
        let Some(start) = index.checked_mul(self.stride) else { return numbers };
        let size = self.component.size();
        let len = N.min(self.num_components) * size;
        let Some(element) = self.data.get(start..start.saturating_add(len)) else { return numbers };
        for (number, bytes) in numbers.iter_mut().zip(element.chunks_exact(size)) {
            *number = self.number(bytes);
        }
        numbers
    }

    /// The first `N` numbers of an element as they are stored, whole numbers not divided; zero for those it does not have.
    pub(super) fn stored<const N: usize>(&self, index: usize) -> [f64; N] {
        let mut numbers = [0.0; N];
        let size = self.component.size();
        let Some(start) = index.checked_mul(self.stride) else { return numbers };
        for (place, number) in numbers.iter_mut().enumerate().take(self.num_components) {
            let bytes = self.data.get(start + place * size..).unwrap_or(&[]);
            *number = match (self.component, bytes) {
                (Component::I8, &[a, ..]) => f64::from(a.cast_signed()),
                (Component::I16, &[a, b, ..]) => f64::from(i16::from_le_bytes([a, b])),
                (Component::F32, &[a, b, c, d, ..]) => f64::from(f32::from_le_bytes([a, b, c, d])),
                (component, bytes) => f64::from(read_whole(bytes, 0, component)),
            };
        }
        numbers
    }

    /// The first `N` numbers of an element as they are stored, for unsigned whole numbers; zero for others.
    pub(super) fn wholes<const N: usize>(&self, index: usize) -> [u32; N] {
        let mut numbers = [0; N];
        let Some(start) = index.checked_mul(self.stride).filter(|_| index < self.count) else {
            return numbers;
        };
        for (place, number) in numbers.iter_mut().enumerate().take(self.num_components) {
            *number = match self.component {
                // Decompressed data is of floats.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
                Component::F32 => self.floats::<N>(index)[place] as u32,
                component => read_whole(&self.data, start + place * component.size(), component),
            };
        }
        numbers
    }

    /// An element as an index, for accessors where [`Self::is_index`]. Zero beyond the end.
    #[inline]
    pub(super) fn index(&self, index: usize) -> u32 {
        index.checked_mul(self.stride).map_or(0, |start| read_whole(&self.data, start, self.component))
    }

    #[inline]
    fn number(&self, bytes: &[u8]) -> f32 {
        match (self.component, bytes) {
            (Component::F32, &[a, b, c, d]) => f32::from_le_bytes([a, b, c, d]),
            (Component::U8, &[a]) if self.normalized => f32::from(a) / 255.0,
            (Component::U8, &[a]) => f32::from(a),
            (Component::I8, &[a]) if self.normalized => (f32::from(a.cast_signed()) / 127.0).max(-1.0),
            (Component::I8, &[a]) => f32::from(a.cast_signed()),
            (Component::U16, &[a, b]) if self.normalized => f32::from(u16::from_le_bytes([a, b])) / 65535.0,
            (Component::U16, &[a, b]) => f32::from(u16::from_le_bytes([a, b])),
            (Component::I16, &[a, b]) if self.normalized => {
                (f32::from(i16::from_le_bytes([a, b])) / 32767.0).max(-1.0)
            }
            (Component::I16, &[a, b]) => f32::from(i16::from_le_bytes([a, b])),
            (Component::U32, &[a, b, c, d]) => {
                let whole = u32::from_le_bytes([a, b, c, d]);
                if self.normalized { whole as f32 / u32::MAX as f32 } else { whole as f32 }
            }
            _ => 0.0,
        }
    }
}

/// An unsigned number; zero where there is no data, and for types that are not unsigned whole numbers.
#[inline]
fn read_whole(data: &[u8], start: usize, component: Component) -> u32 {
    match (component, data.get(start..).unwrap_or(&[])) {
        (Component::U8, &[a, ..]) => u32::from(a),
        (Component::U16, &[a, b, ..]) => u32::from(u16::from_le_bytes([a, b])),
        (Component::U32, &[a, b, c, d, ..]) => u32::from_le_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn num_components(name: &str) -> Option<usize> {
    // Small matrices pad their columns, which nothing we read makes use of.
    Some(match name {
        "SCALAR" => 1,
        "VEC2" => 2,
        "VEC3" => 3,
        "VEC4" | "MAT2" => 4,
        "MAT3" => 9,
        "MAT4" => 16,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::NoSideFiles;

    fn check<const N: usize>(data: &[u8], mut accessor: Value, expected: &[[f32; N]], codes: &[&str]) {
        if data.is_empty() {
            accessor.as_object_mut().unwrap().remove("bufferView");
        }
        let document = json!({
            "buffers": [{ "byteLength": data.len() }],
            "bufferViews": [
                { "buffer": 0, "byteLength": data.len() },
                { "buffer": 0, "byteLength": data.len(), "byteStride": 4 },
            ],
            "accessors": [accessor],
        });
        let mut report = Report::default();
        let buffers = Buffers::load(&document, Some(data), &NoSideFiles, &mut report);
        let mut budget = Budget::new(data.len());
        let accessors = Accessors::open(&document, &buffers, Decoded::new(), &mut budget, &mut report);
        let read: Vec<[f32; N]> = accessors
            .get(0)
            .map_or(Vec::new(), |opened| (0..opened.count()).map(|index| opened.floats(index)).collect());
        assert_eq!(read, expected);
        let found: Vec<_> = report.finish().into_iter().map(|warning| warning.code).collect();
        assert_eq!(found, codes);
    }

    #[test]
    fn every_component_type_plain_and_normalised() {
        let bytes = [0x80, 0xff, 0x00, 0x7f];
        let scalar = |code: u32, count: u32, normalized: bool| json!({ "bufferView": 0, "componentType": code, "count": count, "type": "SCALAR", "normalized": normalized });
        check(&bytes, scalar(5120, 4, false), &[[-128.0], [-1.0], [0.0], [127.0]], &[]);
        check(&bytes, scalar(5120, 4, true), &[[-1.0], [-1.0 / 127.0], [0.0], [1.0]], &[]);
        check(&bytes, scalar(5121, 4, false), &[[128.0], [255.0], [0.0], [127.0]], &[]);
        check(&bytes, scalar(5121, 2, true), &[[128.0 / 255.0], [1.0]], &[]);
        check(&bytes, scalar(5122, 2, false), &[[-128.0], [32512.0]], &[]);
        check(&[0, 0x80, 0xff, 0x7f], scalar(5122, 2, true), &[[-1.0], [1.0]], &[]);
        check(&bytes, scalar(5123, 2, false), &[[65408.0], [32512.0]], &[]);
        check(&[0xff, 0xff], scalar(5123, 1, true), &[[1.0]], &[]);
        check(&[1, 0, 0, 0], scalar(5125, 1, false), &[[1.0]], &[]);
        check(&1.5_f32.to_le_bytes(), scalar(5126, 1, false), &[[1.5]], &[]);
    }

    #[test]
    fn strides_offsets_and_the_last_short_element() {
        // Three bytes every four, the last element without its padding.
        let bytes = [9, 1, 2, 3, 9, 4, 5, 6];
        let accessor =
            json!({ "bufferView": 1, "byteOffset": 1, "componentType": 5121, "count": 2, "type": "VEC3" });
        check(&bytes, accessor, &[[1.0, 2.0, 3.0, 0.0], [4.0, 5.0, 6.0, 0.0]], &[]);
    }

    #[test]
    fn claims_end_with_the_data() {
        let accessor =
            json!({ "bufferView": 0, "componentType": 5121, "count": 4_000_000_000_u64, "type": "VEC2" });
        check(&[1, 2, 3], accessor, &[[1.0, 2.0]], &["accessor-too-long"]);
        let accessor = json!({ "componentType": 5121, "count": 4_000_000_000_u64, "type": "VEC2" });
        check::<2>(&[], accessor, &[], &["too-many-elements"]);
        let accessor = json!({ "bufferView": 0, "byteOffset": u64::MAX, "componentType": 5121, "count": 1, "type": "SCALAR" });
        check::<1>(&[1, 2, 3], accessor, &[], &["accessor-too-long"]);
    }

    #[test]
    fn sparse_over_data_and_over_nothing() {
        let bytes = [1, 2, 3, 0, 2, 7, 8];
        let sparse = json!({
            "count": 2,
            "indices": { "bufferView": 0, "byteOffset": 3, "componentType": 5121 },
            "values": { "bufferView": 0, "byteOffset": 5 },
        });
        let mut accessor =
            json!({ "bufferView": 0, "componentType": 5121, "count": 3, "type": "SCALAR", "sparse": sparse });
        check(&bytes, accessor.clone(), &[[7.0], [2.0], [8.0]], &[]);
        accessor.as_object_mut().unwrap().remove("bufferView");
        check(&bytes, accessor.clone(), &[[7.0], [0.0], [8.0]], &[]);
        accessor["count"] = json!(2);
        check(&bytes, accessor, &[[7.0], [0.0]], &["accessor-sparse"]);
    }
}
