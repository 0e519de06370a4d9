//! Arrays that travel beside a message instead of in it, so that a receiver which must not stop for long can take them
//! in piece by piece, and then gets them without another copy.
//!
//! While [`sending`] or [`receiving`] runs on a thread, every array of [`super`] on that thread begins with a byte that
//! tells where its content is: here, or beside the message.

use std::cell::RefCell;

use bytemuck::Pod;

/// Arrays below this size stay in the message: they cost less than a place of their own.
const MIN_BYTES: usize = 1 << 16;

const HERE: u8 = 0;
const BESIDE: u8 = 1;

type Sink = Box<dyn FnMut(&[u8], usize)>;

struct Sending {
    sink: Sink,
    num_sent: u32,
}

thread_local! {
    static SENDING: RefCell<Option<Sending>> = const { RefCell::new(None) };
    static RECEIVING: RefCell<Option<Vec<Option<Array>>>> = const { RefCell::new(None) };
}

/// The bytes of an array, in memory that becomes the array's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Array {
    /// Of elements aligned to 1 byte.
    By1(Vec<u8>),
    /// Of elements aligned to 2 bytes.
    By2(Vec<u16>),
    /// Of elements aligned to 4 bytes.
    By4(Vec<u32>),
    /// Of elements aligned to 8 bytes.
    By8(Vec<u64>),
}

impl Array {
    /// Zeros to be overwritten; `None` for an alignment or a length that no array sent has.
    #[must_use]
    pub fn zeroed(size_bytes: usize, align: usize) -> Option<Self> {
        if align == 0 || !size_bytes.is_multiple_of(align) {
            return None;
        }
        match align {
            1 => Some(Self::By1(vec![0; size_bytes])),
            2 => Some(Self::By2(vec![0; size_bytes / 2])),
            4 => Some(Self::By4(vec![0; size_bytes / 4])),
            8 => Some(Self::By8(vec![0; size_bytes / 8])),
            _ => None,
        }
    }

    /// Its bytes.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        match self {
            Self::By1(words) => words,
            Self::By2(words) => bytemuck::cast_slice_mut(words),
            Self::By4(words) => bytemuck::cast_slice_mut(words),
            Self::By8(words) => bytemuck::cast_slice_mut(words),
        }
    }

    /// The elements, in the same memory; `None` when the bytes are no whole number of them or are aligned otherwise.
    pub(super) fn into_elements<T: Pod>(self) -> Option<Vec<T>> {
        use bytemuck::allocation::try_cast_vec;
        match self {
            Self::By1(words) => try_cast_vec(words).ok(),
            Self::By2(words) => try_cast_vec(words).ok(),
            Self::By4(words) => try_cast_vec(words).ok(),
            Self::By8(words) => try_cast_vec(words).ok(),
        }
    }
}

/// Runs a serialisation whose large arrays go to `sink` (bytes, alignment) instead of into the message.
pub fn sending<R>(sink: impl FnMut(&[u8], usize) + 'static, serialise: impl FnOnce() -> R) -> R {
    SENDING.set(Some(Sending { sink: Box::new(sink), num_sent: 0 }));
    let result = serialise();
    SENDING.set(None);
    result
}

/// Runs the deserialisation of such a message, given what went into the sink, in the same order.
pub fn receiving<R>(arrays: Vec<Array>, deserialise: impl FnOnce() -> R) -> R {
    RECEIVING.set(Some(arrays.into_iter().map(Some).collect()));
    let result = deserialise();
    RECEIVING.set(None);
    result
}

/// What stands in the message for an array that is being sent; `None` when nothing is.
pub(super) fn sent(bytes: &[u8], align: usize) -> Option<Vec<u8>> {
    SENDING.with_borrow_mut(|sending| {
        let sending = sending.as_mut()?;
        if bytes.len() < MIN_BYTES || align > 8 {
            let mut place = Vec::with_capacity(bytes.len() + 1);
            place.push(HERE);
            place.extend_from_slice(bytes);
            return Some(place);
        }
        (sending.sink)(bytes, align);
        let number = sending.num_sent;
        sending.num_sent += 1;
        Some([&[BESIDE][..], &number.to_le_bytes()].concat())
    })
}

/// Where the content of an array is.
pub(super) enum Received<'a> {
    Here(&'a [u8]),
    Beside(Array),
    Missing,
}

/// Reads what [`sent`] made; other bytes, where nothing is being received, are the content.
pub(super) fn received(place: &[u8]) -> Received<'_> {
    RECEIVING.with_borrow_mut(|receiving| {
        let Some(arrays) = receiving.as_mut() else { return Received::Here(place) };
        match place {
            [HERE, bytes @ ..] => Received::Here(bytes),
            [BESIDE, a, b, c, d] => {
                let number = u32::from_le_bytes([*a, *b, *c, *d]) as usize;
                arrays.get_mut(number).and_then(Option::take).map_or(Received::Missing, Received::Beside)
            }
            _ => Received::Missing,
        }
    })
}
