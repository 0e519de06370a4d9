//! Text formats at the level of bytes: encodings, words of a line, numbers.

use std::borrow::Cow;

/// The bytes of a text file without byte order mark, UTF-16 turned into UTF-8. Other encodings stay as they are, since
/// keywords and numbers are ASCII in all of them; [`name`] reads the rest.
pub(crate) fn decode(bytes: &[u8]) -> Cow<'_, [u8]> {
    if let Some(rest) = bytes.strip_prefix(b"\xef\xbb\xbf") {
        return Cow::Borrowed(rest);
    }
    let unit: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] | [1..=0x7f, 0, 1..=0x7f, 0, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] | [0, 1..=0x7f, 0, 1..=0x7f, ..] => u16::from_be_bytes,
        _ => return Cow::Borrowed(bytes),
    };
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text: String = char::decode_utf16(units)
        .map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER))
        .filter(|&char| char != '\u{feff}')
        .collect();
    Cow::Owned(text.into_bytes())
}

/// A name in a text file: UTF-8, or else Latin-1, without control characters and space around.
pub(crate) fn name(bytes: &[u8]) -> String {
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_not_utf8) => bytes.iter().map(|&byte| char::from(byte)).collect(),
    };
    text.replace(char::is_control, " ").trim().to_owned()
}

/// Blank between words of one line.
pub(crate) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | 0x0b | 0x0c)
}

pub(crate) fn is_line_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r')
}

fn is_space(byte: u8) -> bool {
    is_blank(byte) || is_line_end(byte)
}

/// A place in a text that moves on.
#[derive(Clone)]
pub(crate) struct Cursor<'a> {
    pub(crate) text: &'a [u8],
    /// Byte offset in `text`.
    pub(crate) at: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(text: &'a [u8]) -> Self {
        Self { text, at: 0 }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.at >= self.text.len()
    }

    pub(crate) fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// The next word, wherever it is; `None` at the end of the text.
    pub(crate) fn word(&mut self) -> Option<&'a [u8]> {
        while self.peek().is_some_and(is_space) {
            self.at += 1;
        }
        self.rest_of_word()
    }

    /// The next word of this line; `None` at its end.
    pub(crate) fn word_in_line(&mut self) -> Option<&'a [u8]> {
        self.skip_blanks();
        self.rest_of_word()
    }

    fn rest_of_word(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        while self.peek().is_some_and(|byte| !is_space(byte)) {
            self.at += 1;
        }
        (self.at > start).then(|| &self.text[start..self.at])
    }

    /// Skips blanks within a line; a backslash before the end of a line makes the next line part of it.
    #[inline]
    pub(crate) fn skip_blanks(&mut self) {
        loop {
            match self.peek() {
                Some(byte) if is_blank(byte) => self.at += 1,
                Some(b'\\') => match self.text.get(self.at + 1..) {
                    Some([b'\r', b'\n', ..]) => self.at += 3,
                    Some([b'\r' | b'\n', ..]) => self.at += 2,
                    _ => return,
                },
                _ => return,
            }
        }
    }

    /// The rest of this line without its end, which is passed over. Continued lines count as one.
    pub(crate) fn rest_of_line(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.at < self.text.len() {
            let rest = &self.text[self.at..];
            let end = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
            let line = &self.text[start..self.at + end];
            self.at += end;
            self.pass_line_end();
            if line.last() != Some(&b'\\') {
                return line;
            }
        }
        &self.text[start..]
    }

    /// Passes over the rest of this line; a backslash at its end means nothing, as in comments that hold paths.
    pub(crate) fn skip_comment(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at += memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        self.pass_line_end();
    }

    /// Passes over one line end, if here is one.
    fn pass_line_end(&mut self) {
        match self.text.get(self.at..) {
            Some([b'\r', b'\n', ..]) => self.at += 2,
            Some([b'\r' | b'\n', ..]) => self.at += 1,
            _ => {}
        }
    }

    /// The number that starts here within the line, after blanks; `None` (and nothing but blanks passed over) when the
    /// next word is no number.
    #[inline]
    pub(crate) fn number(&mut self) -> Option<f64> {
        self.skip_blanks();
        let (number, length) = parse_number(&self.text[self.at.min(self.text.len())..])?;
        let after = self.text.get(self.at + length);
        if after.is_some_and(|&byte| !is_space(byte) && byte != b'\\' && byte != b'#') {
            return None;
        }
        self.at += length;
        Some(number)
    }
}

/// Powers of ten that `f64` holds exactly.
const EXACT_POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// The decimal number at the start of the bytes, correctly rounded, and its length; also `nan`, `inf` and `infinity`.
///
/// Nearly all numbers in files have at most 19 digits and a small exponent. Then digits and power of ten are exact in
/// `f64` and one rounding remains (Clinger, “How to read floating point numbers accurately”, 1990); `std` does the rest.
#[inline]
pub(crate) fn parse_number(bytes: &[u8]) -> Option<(f64, usize)> {
    let negative = bytes.first() == Some(&b'-');
    let start = usize::from(matches!(bytes.first(), Some(b'-' | b'+')));
    let (mut at, mut mantissa, mut point) = (start, 0_u64, None);
    let mut digits = 0_usize;
    loop {
        match bytes.get(at) {
            Some(&byte @ b'0'..=b'9') => {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                // Leading zeros do not fill the mantissa.
                digits += usize::from(mantissa != 0 || digits > 0);
            }
            Some(b'.') if point.is_none() => point = Some(at),
            _ => break,
        }
        at += 1;
    }
    let num_digit_chars = at - start - usize::from(point.is_some());
    if num_digit_chars == 0 {
        return parse_named(bytes);
    }
    let decimals = point.map_or(0, |point| at - point - 1);
    let (exponent, length) = parse_exponent(bytes, at);
    let scale = exponent.saturating_sub(i64::try_from(decimals).unwrap_or(i64::MAX));
    if digits <= 19 && mantissa <= 1 << 53 && (-22..=22).contains(&scale) {
        let power = EXACT_POWERS[usize::try_from(scale.unsigned_abs()).unwrap_or(0)];
        #[expect(clippy::cast_precision_loss, reason = "at most 2^53 is exact")]
        let digits = mantissa as f64;
        let number = if scale < 0 { digits / power } else { digits * power };
        return Some((if negative { -number } else { number }, length));
    }
    let text = str::from_utf8(&bytes[..length]).ok()?;
    text.parse().ok().map(|number| (number, length))
}

/// The exponent at `at`, 0 when there is none, and where it ends.
fn parse_exponent(bytes: &[u8], at: usize) -> (i64, usize) {
    if !matches!(bytes.get(at), Some(b'e' | b'E')) {
        return (0, at);
    }
    let negative = bytes.get(at + 1) == Some(&b'-');
    let start = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'-' | b'+')));
    let (mut end, mut exponent) = (start, 0_i64);
    while let Some(&byte @ b'0'..=b'9') = bytes.get(end) {
        exponent = exponent.saturating_mul(10).saturating_add(i64::from(byte - b'0'));
        end += 1;
    }
    if end == start { (0, at) } else { (if negative { -exponent } else { exponent }, end) }
}

#[cold]
fn parse_named(bytes: &[u8]) -> Option<(f64, usize)> {
    let end = bytes.iter().position(|&byte| is_space(byte)).unwrap_or(bytes.len()).min(16);
    let word = str::from_utf8(&bytes[..end]).ok()?;
    let letters = word.trim_start_matches(['+', '-']);
    let named = ["nan", "inf", "infinity"].iter().any(|name| letters.eq_ignore_ascii_case(name));
    let microsoft = letters.get(..3).is_some_and(|start| start == "1.#");
    if named || microsoft { Some((f64::NAN, end)) } else { None }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: Option<(f64, usize)>) {
        assert_eq!(parse_number(text.as_bytes()), expected, "{text}");
    }

    #[test]
    fn numbers() {
        check("12.5 ", Some((12.5, 4)));
        check("-.5e1x", Some((-5.0, 5)));
        check("+3.", Some((3.0, 3)));
        check("1e", Some((1.0, 1)));
        check("0.1", Some((0.1, 3)));
        check("1e400", Some((f64::INFINITY, 5)));
        check("123456789012345678901234567890", Some((123_456_789_012_345_680_000_000_000_000.0, 30)));
        check("0000000000000000000000000000001", Some((1.0, 31)));
        check("2.2250738585072014e-308", Some((f64::MIN_POSITIVE, 23)));
        check("x", None);
        check("-", None);
        check("", None);
        check(".", None);
        assert!(parse_number(b"NaN 1").is_some_and(|(number, length)| number.is_nan() && length == 3));
        assert_eq!(parse_number(b"-0").map(|(number, _)| number.is_sign_negative()), Some(true));
    }

    proptest! {
        #[test]
        fn numbers_are_read_as_std_reads_them(mantissa in any::<i64>(), decimals in 0_usize..22, exponent in -30..30_i32) {
            let digits = format!("{:020}", mantissa.unsigned_abs());
            let (whole, fraction) = digits.split_at(digits.len() - decimals.min(digits.len()));
            let text = format!("{}{whole}.{fraction}e{exponent}", if mantissa < 0 { "-" } else { "" });
            let expected: f64 = text.parse().expect("a number");
            prop_assert_eq!(parse_number(text.as_bytes()), Some((expected, text.len())));
        }

        #[test]
        fn shortest_text_of_any_number_is_read_back(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            for text in [format!("{number}"), format!("{number:e}")] {
                let read = parse_number(text.as_bytes()).expect("a number");
                prop_assert_eq!(read.0.to_bits(), number.to_bits());
                prop_assert_eq!(read.1, text.len());
            }
        }
    }

    #[test]
    fn encodings() {
        let text = "v 1 é";
        let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&utf16).as_ref(), text.as_bytes());
        let big: Vec<u8> = "\u{feff}v 1 é".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&big).as_ref(), text.as_bytes());
        assert_eq!(decode(b"\xef\xbb\xbfv 1").as_ref(), b"v 1");
        assert_eq!(name(b" caf\xe9 "), "café");
    }

    #[test]
    fn continued_lines_are_one() {
        let mut cursor = Cursor::new(b"f 1 \\\r\n 2\nnext");
        assert_eq!(cursor.word_in_line(), Some(&b"f"[..]));
        assert_eq!((cursor.number(), cursor.number(), cursor.number()), (Some(1.0), Some(2.0), None));
        assert_eq!(cursor.rest_of_line(), b"");
        assert_eq!(cursor.rest_of_line(), b"next");
        assert!(cursor.is_at_end());
    }
}
