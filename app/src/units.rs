//! Numbers with units: what people type, and how numbers are written for them.
//!
//! An expression is arithmetic over numbers, each with or without a unit: `25.4/2 mm + 1/8in`. A unit binds to the
//! number before it, or to the quotient before it (`1/8in` is an eighth of an inch). A number without a unit takes the
//! unit of the field.

use assets::LengthUnit;

/// The narrow space between groups of digits and before units.
const THIN: char = '\u{2009}';

/// Nesting deeper than this is refused, so that no input exhausts the stack.
const MAX_DEPTH: u32 = 64;

/// What a field measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Quantity {
    /// A length; plain numbers are in the given unit, results in millimetres.
    Length(LengthUnit),
    /// An angle; plain numbers are degrees, results in degrees.
    Angle,
    /// A number without a unit.
    Plain,
    /// A share; plain numbers are percent, results parts of 1.
    Percent,
}

/// Why an expression has no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpressionError {
    /// There is nothing.
    #[error("type a number")]
    Empty,
    /// Something is missing at the end.
    #[error("something is missing at the end")]
    Incomplete,
    /// Something is not understood.
    #[error("“{0}” is not understood here")]
    Unexpected(String),
    /// The unit is not known, or not one of this quantity.
    #[error("“{0}” is not a unit that fits here")]
    Unit(String),
    /// A division by zero, or a number too large.
    #[error("the result is not a number")]
    NotFinite,
}

/// The value of an expression: millimetres, degrees or a plain number.
///
/// # Errors
/// See [`ExpressionError`].
pub fn parse(text: &str, quantity: Quantity) -> Result<f64, ExpressionError> {
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(ExpressionError::Empty);
    }
    let mut parser = Parser { tokens: &tokens, at: 0, quantity, depth: 0 };
    let value = parser.sum()?;
    if let Some(token) = parser.tokens.get(parser.at) {
        return Err(ExpressionError::Unexpected(token.text()));
    }
    let value = parser.resolve(value);
    if value.is_finite() { Ok(value) } else { Err(ExpressionError::NotFinite) }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Number(f64),
    Word(String),
    Sign(char),
}

impl Token {
    fn text(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Word(word) => word.clone(),
            Self::Sign(sign) => sign.to_string(),
        }
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            c if c.is_whitespace() => c.len_utf8(),
            '0'..='9' | '.' | ',' => {
                let length = number_length(rest);
                let digits = rest[..length].replace(',', ".");
                let number = digits.parse().map_err(|_error| ExpressionError::Unexpected(digits))?;
                tokens.push(Token::Number(number));
                length
            }
            '+' | '-' | '*' | '/' | '(' | ')' | '\u{2212}' | '\u{d7}' | '\u{f7}' => {
                tokens.push(Token::Sign(match first {
                    '\u{2212}' => '-',
                    '\u{d7}' => '*',
                    '\u{f7}' => '/',
                    other => other,
                }));
                first.len_utf8()
            }
            '"' | '\'' | '\u{b0}' | '%' | '\u{2032}' | '\u{2033}' => {
                tokens.push(Token::Word(first.to_string()));
                first.len_utf8()
            }
            c if c.is_alphabetic() => {
                let length = rest.find(|c: char| !c.is_alphabetic()).unwrap_or(rest.len());
                tokens.push(Token::Word(rest[..length].to_owned()));
                length
            }
            other => return Err(ExpressionError::Unexpected(other.to_string())),
        };
        rest = &rest[length..];
    }
    Ok(tokens)
}

/// How many bytes the number at the beginning takes, with its exponent.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut length = digits(0);
    if matches!(bytes.get(length), Some(b'.' | b',')) {
        length += 1;
        length += digits(length);
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits((length + 1 + sign).min(bytes.len()));
        if exponent > 0 {
            length += 1 + sign + exponent;
        }
    }
    length
}

/// A number, and whether a unit has been applied to it.
#[derive(Clone, Copy)]
struct Value {
    number: f64,
    has_unit: bool,
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    quantity: Quantity,
    depth: u32,
}

impl Parser<'_> {
    fn take(&mut self, signs: &[char]) -> Option<char> {
        match self.tokens.get(self.at) {
            Some(Token::Sign(sign)) if signs.contains(sign) => {
                self.at += 1;
                Some(*sign)
            }
            _ => None,
        }
    }

    /// A number without a unit takes the field's.
    fn resolve(&self, value: Value) -> f64 {
        match self.quantity {
            Quantity::Length(unit) if !value.has_unit => value.number * unit.millimetres(),
            Quantity::Percent if !value.has_unit => value.number / 100.0,
            _ => value.number,
        }
    }

    fn sum(&mut self) -> Result<Value, ExpressionError> {
        let mut left = self.product()?;
        while let Some(sign) = self.take(&['+', '-']) {
            let right = self.product()?;
            // Only when one of them has a unit does the other one need the field's.
            let has_unit = left.has_unit || right.has_unit;
            let number = |value: Value| if has_unit { self.resolve(value) } else { value.number };
            let (a, b) = (number(left), number(right));
            left = Value { number: if sign == '+' { a + b } else { a - b }, has_unit };
        }
        Ok(left)
    }

    fn product(&mut self) -> Result<Value, ExpressionError> {
        let mut left = self.signed()?;
        loop {
            left = self.unit(left)?;
            let Some(sign) = self.take(&['*', '/']) else { break };
            let right = self.signed()?;
            let number = if sign == '*' { left.number * right.number } else { left.number / right.number };
            left = Value { number, has_unit: left.has_unit || right.has_unit };
        }
        Ok(left)
    }

    /// The units that follow a value.
    fn unit(&mut self, mut value: Value) -> Result<Value, ExpressionError> {
        while let Some(Token::Word(word)) = self.tokens.get(self.at) {
            let factor = (!value.has_unit).then(|| factor(word, self.quantity)).flatten();
            let factor = factor.ok_or_else(|| ExpressionError::Unit(word.clone()))?;
            value = Value { number: value.number * factor, has_unit: true };
            self.at += 1;
        }
        Ok(value)
    }

    fn signed(&mut self) -> Result<Value, ExpressionError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(ExpressionError::Unexpected("(".to_owned()));
        }
        let value = match self.take(&['+', '-', '(']) {
            Some('-') => {
                let value = self.signed()?;
                Value { number: -value.number, ..value }
            }
            Some('+') => self.signed()?,
            Some(_) => {
                let value = self.sum()?;
                self.take(&[')']).ok_or(ExpressionError::Incomplete)?;
                value
            }
            None => self.number()?,
        };
        self.depth -= 1;
        Ok(value)
    }

    fn number(&mut self) -> Result<Value, ExpressionError> {
        match self.tokens.get(self.at) {
            Some(Token::Number(number)) => {
                self.at += 1;
                Ok(Value { number: *number, has_unit: false })
            }
            Some(token) => Err(ExpressionError::Unexpected(token.text())),
            None => Err(ExpressionError::Incomplete),
        }
    }
}

/// How much of the quantity's base unit a unit is.
fn factor(word: &str, quantity: Quantity) -> Option<f64> {
    match quantity {
        Quantity::Length(_) => length_unit(word).map(LengthUnit::millimetres),
        Quantity::Angle => match word {
            "\u{b0}" | "deg" | "degree" | "degrees" => Some(1.0),
            "rad" | "radian" | "radians" => Some(1.0_f64.to_degrees()),
            "turn" | "turns" => Some(360.0),
            _ => None,
        },
        Quantity::Plain | Quantity::Percent => (word == "%").then_some(0.01),
    }
}

fn length_unit(word: &str) -> Option<LengthUnit> {
    Some(match word {
        "um" | "\u{b5}m" | "\u{3bc}m" | "micron" | "microns" => LengthUnit::Micrometre,
        "mm" => LengthUnit::Millimetre,
        "cm" => LengthUnit::Centimetre,
        "m" => LengthUnit::Metre,
        "in" | "inch" | "inches" | "\"" | "\u{2033}" => LengthUnit::Inch,
        "ft" | "foot" | "feet" | "'" | "\u{2032}" => LengthUnit::Foot,
        _ => return None,
    })
}

/// A value, or 0 where it is nothing but what was rounded in sums of that size.
#[must_use]
pub fn without_noise(value: f64, size: f64) -> f64 {
    if value.abs() <= 1e-12 * size { 0.0 } else { value }
}

/// A length in a unit, with the unit's symbol.
#[must_use]
pub fn length(millimetres: f64, unit: LengthUnit) -> String {
    format!("{}{THIN}{}", number(millimetres / unit.millimetres()), unit.symbol())
}

/// An area of square millimetres in a unit.
#[must_use]
pub fn area(square_millimetres: f64, unit: LengthUnit) -> String {
    let unit = unit_of_amount(unit);
    format!("{}{THIN}{}²", number(square_millimetres / unit.millimetres().powi(2)), unit.symbol())
}

/// A volume of cubic millimetres in a unit.
#[must_use]
pub fn volume(cubic_millimetres: f64, unit: LengthUnit) -> String {
    let unit = unit_of_amount(unit);
    format!("{}{THIN}{}³", number(cubic_millimetres / unit.millimetres().powi(3)), unit.symbol())
}

/// Areas and volumes of micrometres would have too many digits.
fn unit_of_amount(unit: LengthUnit) -> LengthUnit {
    if unit == LengthUnit::Micrometre { LengthUnit::Millimetre } else { unit }
}

/// A number with five significant digits at most behind the point, none needed left out, digits in groups of three.
#[must_use]
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-4..1e12).contains(&magnitude) {
        return format!("{value:.3e}").replace('-', "\u{2212}");
    }
    let decimals = match magnitude {
        m if m >= 10_000.0 => 0,
        m if m >= 1000.0 => 1,
        m if m >= 100.0 => 2,
        m if m >= 1.0 => 3,
        _ => 4,
    };
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |whole| ("\u{2212}", whole));
    let sign = if whole == "0" && fraction.is_empty() { "" } else { sign };
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{}{point}{fraction}", grouped(whole))
}

/// A count with digits in groups of three.
#[must_use]
pub fn count(value: usize) -> String {
    grouped(&value.to_string())
}

/// A size of a file or of memory.
#[must_use]
pub fn bytes(value: u64) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut scaled = value as f64;
    let mut unit = 0;
    while scaled >= 999.5 && unit + 1 < UNITS.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(unit > 0 && scaled < 99.95);
    format!("{scaled:.decimals$}{THIN}{}", UNITS[unit])
}

/// A duration in words as short as possible.
#[must_use]
pub fn duration(secs: f64) -> String {
    let whole = secs.max(0.0) as u64;
    match whole {
        0..=9 => format!("{:.1}{THIN}s", secs.max(0.0)),
        10..=59 => format!("{whole}{THIN}s"),
        _ => format!("{}:{:02}{THIN}min", whole / 60, whole % 60),
    }
}

fn grouped(digits: &str) -> String {
    // Four digits are read without help.
    if digits.len() <= 4 {
        return digits.to_owned();
    }
    let mut text = String::with_capacity(digits.len() * 2);
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(THIN);
        }
        text.push(digit);
    }
    text
}

/// A value as it stands in a field: in the field's unit, as many digits as are needed to see what was typed.
#[must_use]
pub fn editable(value: f64, quantity: Quantity) -> String {
    let value = match quantity {
        Quantity::Length(unit) => value / unit.millimetres(),
        Quantity::Percent => value * 100.0,
        Quantity::Angle | Quantity::Plain => value,
    };
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e12).contains(&magnitude) {
        return format!("{value:e}");
    }
    let decimals = if magnitude >= 1e6 { 3 } else { 6 };
    let text = format!("{value:.decimals$}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const MM: Quantity = Quantity::Length(LengthUnit::Millimetre);
    const INCH: Quantity = Quantity::Length(LengthUnit::Inch);

    fn check(text: &str, quantity: Quantity, expected: f64) {
        let value = parse(text, quantity).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(
            (value - expected).abs() <= 1e-12 * expected.abs().max(1.0),
            "{text}: {value} instead of {expected}"
        );
    }

    #[test]
    fn expressions_have_the_values_people_mean() {
        check("25.4/2 mm + 1/8in", MM, 12.7 + 3.175);
        check("12", MM, 12.0);
        check("12", INCH, 304.8);
        check("2 + 1 mm", INCH, 51.8);
        check("1,5 cm", MM, 15.0);
        check("3/4\"", MM, 19.05);
        check("1' + 6\"", MM, 457.2);
        check("-(2 + 3) * 4", MM, -20.0);
        check("2*3mm", MM, 6.0);
        check("10mm/4", MM, 2.5);
        check("1e3 um", MM, 1.0);
        check("5 \u{b5}m", MM, 0.005);
        check("1 ft", INCH, 304.8);
        check(".5m", MM, 500.0);
        check("1\u{2212}3", MM, -2.0);
        check("90\u{b0} / 4", Quantity::Angle, 22.5);
        check("1/4 turn", Quantity::Angle, 90.0);
        check("50%", Quantity::Plain, 0.5);
        check("50%", Quantity::Percent, 0.5);
        check("10 + 2", Quantity::Percent, 0.12);
        check("--2", Quantity::Plain, 2.0);
    }

    #[test]
    fn what_has_no_value_is_told_with_its_reason() {
        let error = |text: &str, quantity| parse(text, quantity).expect_err(text);
        assert_eq!(error(" ", MM), ExpressionError::Empty);
        assert_eq!(error("1 +", MM), ExpressionError::Incomplete);
        assert_eq!(error("(1", MM), ExpressionError::Incomplete);
        assert_eq!(error("1 kg", MM), ExpressionError::Unit("kg".to_owned()));
        assert_eq!(error("1 mm mm", MM), ExpressionError::Unit("mm".to_owned()));
        assert_eq!(error("1 mm", Quantity::Angle), ExpressionError::Unit("mm".to_owned()));
        assert_eq!(error("1/0", MM), ExpressionError::NotFinite);
        assert_eq!(error("2 3", MM), ExpressionError::Unexpected("3".to_owned()));
        assert_eq!(error("#", MM), ExpressionError::Unexpected("#".to_owned()));
        assert!(parse(&"(".repeat(100_000), MM).is_err());
        assert!(parse(&"-".repeat(100_000), MM).is_err());
    }

    #[test]
    fn numbers_are_written_for_people() {
        assert_eq!(number(1234.5678), "1234.6");
        assert_eq!(number(12_345_678.9), "12\u{2009}345\u{2009}679");
        assert_eq!(number(-0.5), "\u{2212}0.5");
        assert_eq!(number(-0.00000001), "\u{2212}1.000e\u{2212}8");
        assert_eq!(number(0.0), "0");
        assert_eq!(number(-0.0), "0");
        assert_eq!(number(20.0), "20");
        assert_eq!(number(f64::NAN), "—");
        assert_eq!(length(25.4, LengthUnit::Inch), "1\u{2009}in");
        assert_eq!(volume(1000.0, LengthUnit::Centimetre), "1\u{2009}cm³");
        assert_eq!(count(1_234_567), "1\u{2009}234\u{2009}567");
        assert_eq!(bytes(1_234_567), "1.2\u{2009}MB");
        assert_eq!(bytes(999), "999\u{2009}B");
        assert_eq!(duration(75.0), "1:15\u{2009}min");
        assert_eq!(editable(12.7, INCH), "0.5");
        assert_eq!(editable(-0.0000001, MM), "-1e-7");
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_typed_again(value in -1e9..1e9_f64) {
            for quantity in [MM, INCH, Quantity::Angle, Quantity::Plain, Quantity::Percent] {
                let again = parse(&editable(value, quantity), quantity).expect("a plain number");
                prop_assert!((again - value).abs() <= 1.3e-5 + value.abs() * 1e-9, "{value} became {again}");
            }
        }

        #[test]
        fn nothing_typed_panics(text in "[0-9a-z.,()+*/ \"'µ°%-]{0,24}") {
            let _ = parse(&text, MM);
        }
    }
}
