//! Rows of numbers out of the body of a PLY, whichever way it is written.

use super::header::{Element, Kind, Type};
use crate::formats::indexed::whole;
use crate::formats::report::Tally;
use crate::formats::text::{Cursor, is_blank, is_line_end};

/// The body has ended or makes no sense any more.
pub(super) struct Ended;

/// Where numbers come from.
pub(super) trait Source {
    fn number(&mut self, kind: Type) -> Result<f64, Ended>;
    /// The length of a list; `is_first` when nothing of the row was read before.
    fn count(&mut self, kind: Type, _is_first: bool) -> Result<f64, Ended> {
        self.number(kind)
    }
    fn end_row(&mut self);
    fn at(&self) -> usize;
    /// How many numbers of a type can still come at most.
    fn max_left(&self, kind: Type) -> usize;
    /// How many words were no numbers.
    fn bad_words(&self) -> Tally;
}

pub(super) struct Binary<'a, const BIG: bool> {
    pub(super) bytes: &'a [u8],
    pub(super) at: usize,
}

impl<const BIG: bool> Binary<'_, BIG> {
    #[inline]
    fn take<const N: usize>(&mut self) -> Result<[u8; N], Ended> {
        let taken: [u8; N] = *self.bytes.get(self.at..).and_then(|rest| rest.first_chunk()).ok_or(Ended)?;
        self.at += N;
        let mut taken = taken;
        if BIG {
            taken.reverse();
        }
        Ok(taken)
    }
}

impl<const BIG: bool> Source for Binary<'_, BIG> {
    #[inline]
    fn number(&mut self, kind: Type) -> Result<f64, Ended> {
        Ok(match kind {
            Type::I8 => f64::from(i8::from_le_bytes(self.take()?)),
            Type::U8 => f64::from(u8::from_le_bytes(self.take()?)),
            Type::I16 => f64::from(i16::from_le_bytes(self.take()?)),
            Type::U16 => f64::from(u16::from_le_bytes(self.take()?)),
            Type::I32 => f64::from(i32::from_le_bytes(self.take()?)),
            Type::U32 => f64::from(u32::from_le_bytes(self.take()?)),
            Type::F32 => f64::from(f32::from_le_bytes(self.take()?)),
            Type::F64 => f64::from_le_bytes(self.take()?),
        })
    }

    fn end_row(&mut self) {}

    fn at(&self) -> usize {
        self.at
    }

    fn max_left(&self, kind: Type) -> usize {
        self.bytes.len().saturating_sub(self.at) / kind.size_bytes()
    }

    fn bad_words(&self) -> Tally {
        Tally::default()
    }
}

pub(super) struct Ascii<'a> {
    pub(super) cursor: Cursor<'a>,
    pub(super) bad_words: Tally,
}

impl Source for Ascii<'_> {
    #[inline]
    fn number(&mut self, _kind: Type) -> Result<f64, Ended> {
        loop {
            if let Some(number) = self.cursor.number() {
                return Ok(number);
            }
            let word = self.cursor.word().ok_or(Ended)?;
            match word {
                // Comments have no place in the body, but some writers put them there.
                b"comment" | b"obj_info" => self.cursor.skip_comment(),
                _ => {
                    let start = self.cursor.at - word.len();
                    self.cursor.at = start;
                    if let Some(number) = self.cursor.number() {
                        return Ok(number);
                    }
                    self.cursor.at = start + word.len();
                    self.bad_words.add(start);
                    return Ok(f64::NAN);
                }
            }
        }
    }

    /// Some writers leave out lists at the end of a row.
    fn count(&mut self, kind: Type, is_first: bool) -> Result<f64, Ended> {
        self.cursor.skip_blanks();
        let is_left_out = !is_first && self.cursor.peek().is_none_or(is_line_end);
        if is_left_out { Ok(0.0) } else { self.number(kind) }
    }

    /// What is left of the line belongs to no property.
    fn end_row(&mut self) {
        while self.cursor.peek().is_some_and(is_blank) {
            self.cursor.at += 1;
        }
        self.cursor.skip_comment();
    }

    fn at(&self) -> usize {
        self.cursor.at
    }

    fn max_left(&self, _kind: Type) -> usize {
        self.cursor.text.len().saturating_sub(self.cursor.at).div_ceil(2)
    }

    fn bad_words(&self) -> Tally {
        self.bad_words
    }
}

/// One row of an element: scalars by property, and the items of its lists.
#[derive(Default)]
pub(super) struct Row {
    pub(super) scalars: Vec<f64>,
    pub(super) lists: Vec<Vec<f64>>,
}

impl Row {
    pub(super) fn read(&mut self, element: &Element, source: &mut impl Source) -> Result<(), Ended> {
        self.scalars.resize(element.properties.len(), 0.0);
        self.lists.resize_with(element.properties.len(), Vec::new);
        for (idx, property) in element.properties.iter().enumerate() {
            match property.kind {
                Kind::Scalar(kind) => self.scalars[idx] = source.number(kind)?,
                Kind::List { count, item } => {
                    let count = whole(source.count(count, idx == 0)?).ok_or(Ended)?;
                    let list = &mut self.lists[idx];
                    list.clear();
                    if count > source.max_left(item) {
                        return Err(Ended);
                    }
                    for _item in 0..count {
                        list.push(source.number(item)?);
                    }
                }
            }
        }
        source.end_row();
        Ok(())
    }
}
