//! XML element by element, for formats made of it: names with their namespaces, attributes, texts and places.
//!
//! Entities other than the five of XML itself stay as they are written, so no document can grow by them.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::SyntaxError;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesStart, Event as Raw};

use super::text;

/// What comes next in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// An element starts; [`Xml::name`] and [`Xml::attribute`] tell which.
    Start,
    /// The innermost open element ends.
    End,
    /// The document ends, and all elements are closed.
    Eof,
}

/// Why a document cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct XmlError {
    /// Byte offset in the text.
    pub(crate) at: usize,
    /// Whether the text ends inside an element.
    pub(crate) is_cut: bool,
    /// What is wrong, in words.
    pub(crate) what: String,
}

/// A prefix while the element that declares it is open.
struct Scope<N> {
    depth: usize,
    prefix: Vec<u8>,
    namespace: N,
}

/// A document being read. `N` is what the format makes of a namespace; its default stands for none.
pub(crate) struct Xml<'a, N> {
    reader: Reader<&'a [u8]>,
    classify: fn(&str) -> N,
    scopes: Vec<Scope<N>>,
    current: BytesStart<'a>,
    namespace: Option<N>,
    depth: usize,
    at: usize,
    num_roots: usize,
    ends_at_once: bool,
    /// Whether there is a document type definition.
    pub(crate) has_doctype: bool,
}

impl<'a, N: Copy + Default> Xml<'a, N> {
    /// A document in UTF-8; `classify` makes of a namespace's URI what the format wants to know of it.
    pub(crate) fn new(text: &'a [u8], classify: fn(&str) -> N) -> Self {
        Self {
            reader: Reader::from_reader(text),
            classify,
            scopes: Vec::new(),
            current: BytesStart::new(""),
            namespace: None,
            depth: 0,
            at: 0,
            num_roots: 0,
            ends_at_once: false,
            has_doctype: false,
        }
    }

    /// Byte offset of what came last.
    pub(crate) fn at(&self) -> usize {
        self.at
    }

    /// Moves to the next start or end of an element; texts, comments and instructions are passed over.
    pub(crate) fn next(&mut self) -> Result<Event, XmlError> {
        self.next_or_text(&mut |_text| {})
    }

    fn next_or_text(&mut self, on_text: &mut dyn FnMut(&str)) -> Result<Event, XmlError> {
        if std::mem::take(&mut self.ends_at_once) {
            return Ok(self.close());
        }
        loop {
            self.at = self.position();
            match self.reader.read_event() {
                Ok(Raw::Start(start)) => return self.open(start),
                Ok(Raw::Empty(start)) => {
                    self.ends_at_once = true;
                    return self.open(start);
                }
                Ok(Raw::End(_)) => return Ok(self.close()),
                Ok(Raw::Text(text)) => on_text(&String::from_utf8_lossy(&text)),
                Ok(Raw::CData(text)) => on_text(&String::from_utf8_lossy(&text)),
                Ok(Raw::GeneralRef(name)) => {
                    let written = format!("&{};", String::from_utf8_lossy(&name));
                    on_text(&unescape(&written).unwrap_or(Cow::Borrowed(&written)));
                }
                Ok(Raw::DocType(_)) => self.has_doctype = true,
                Ok(Raw::Comment(_) | Raw::Decl(_) | Raw::PI(_)) => {}
                Ok(Raw::Eof) if self.depth == 0 => return Ok(Event::Eof),
                Ok(Raw::Eof) => return Err(self.error(true, "it ends inside an element")),
                Err(error) => {
                    let is_cut = matches!(&error, quick_xml::Error::Syntax(what) if *what != SyntaxError::InvalidBangMarkup);
                    return Err(self.error(is_cut, error.to_string()));
                }
            }
        }
    }

    fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX)
    }

    fn error(&self, is_cut: bool, what: impl Into<String>) -> XmlError {
        XmlError { at: self.at, is_cut, what: what.into() }
    }

    fn open(&mut self, start: BytesStart<'a>) -> Result<Event, XmlError> {
        self.depth += 1;
        if self.depth == 1 {
            self.num_roots += 1;
            if self.num_roots > 1 {
                return Err(self.error(false, "it has more than one outermost element"));
            }
        }
        if memchr::memmem::find(start.attributes_raw(), b"xmlns").is_some() {
            for attribute in start.attributes().with_checks(false).flatten() {
                let prefix: &[u8] = match attribute.key.as_ref() {
                    b"xmlns" => b"",
                    key => match key.strip_prefix(b"xmlns:") {
                        Some(prefix) => prefix,
                        None => continue,
                    },
                };
                let namespace = (self.classify)(&plain(&attribute.value));
                self.scopes.push(Scope { depth: self.depth, prefix: prefix.to_vec(), namespace });
            }
        }
        let name = start.name();
        let prefix = name.prefix().map_or(&b""[..], |prefix| prefix.into_inner());
        self.namespace = self.namespace_of(prefix);
        self.current = start;
        Ok(Event::Start)
    }

    fn close(&mut self) -> Event {
        self.depth = self.depth.saturating_sub(1);
        while self.scopes.last().is_some_and(|scope| scope.depth > self.depth) {
            self.scopes.pop();
        }
        Event::End
    }

    /// What a prefix stands for here; `None` when nothing declares it. The empty prefix always stands for something.
    pub(crate) fn namespace_of(&self, prefix: &[u8]) -> Option<N> {
        let declared = self.scopes.iter().rev().find(|scope| scope.prefix == prefix);
        declared.map(|scope| scope.namespace).or_else(|| prefix.is_empty().then(N::default))
    }

    /// The namespace of the element that started last; `None` when its prefix is not declared.
    pub(crate) fn namespace(&self) -> Option<N> {
        self.namespace
    }

    /// The name of the element that started last, without prefix.
    pub(crate) fn name(&self) -> &[u8] {
        let name: &[u8] = &self.current;
        let name = &name[..self.current.name().as_ref().len()];
        name.iter().position(|&byte| byte == b':').map_or(name, |colon| &name[colon + 1..])
    }

    /// The attributes of the element that started last: names with prefix, values as they are written.
    pub(crate) fn raw_attributes(&self) -> impl Iterator<Item = (&[u8], Cow<'_, [u8]>)> {
        let mut attributes = self.current.attributes();
        attributes.with_checks(false);
        attributes.flatten().map(|attribute| (attribute.key.into_inner(), attribute.value))
    }

    /// An attribute without prefix.
    pub(crate) fn attribute(&self, name: &str) -> Option<String> {
        self.raw_attributes().find(|(key, _)| *key == name.as_bytes()).map(|(_, value)| plain(&value))
    }

    /// An attribute whose prefix stands for a namespace that `fits`.
    pub(crate) fn attribute_in(&self, fits: impl Fn(N) -> bool, name: &str) -> Option<String> {
        let mut attributes = self.raw_attributes();
        let found = attributes.find(|(key, _)| {
            let Some(colon) = key.iter().position(|&byte| byte == b':') else { return false };
            &key[colon + 1..] == name.as_bytes() && self.namespace_of(&key[..colon]).is_some_and(&fits)
        });
        found.map(|(_, value)| plain(&value))
    }

    /// Passes over the rest of the element that started last.
    pub(crate) fn skip(&mut self) -> Result<(), XmlError> {
        let outside = self.depth - 1;
        while self.depth > outside {
            self.next()?;
        }
        Ok(())
    }

    /// The text of the element that started last, and of all elements in it, up to its end.
    pub(crate) fn text(&mut self) -> Result<String, XmlError> {
        let outside = self.depth - 1;
        let mut text = String::new();
        while self.depth > outside {
            self.next_or_text(&mut |part| text.push_str(part))?;
        }
        Ok(text)
    }
}

/// An attribute's value with its entities resolved.
fn plain(value: &[u8]) -> String {
    let value = String::from_utf8_lossy(value);
    unescape(&value).map_or_else(|_unknown_entity| value.to_string(), Cow::into_owned)
}

/// The one number that a value is; white space around it does not matter.
pub(crate) fn number(value: &[u8]) -> Option<f64> {
    let value = value.trim_ascii();
    let (number, length) = text::parse_number(value)?;
    (length == value.len() && number.is_finite()).then_some(number)
}

/// The one index that a value is.
pub(crate) fn index(value: &[u8]) -> Option<u32> {
    let value = value.trim_ascii();
    if value.is_empty() || value.len() > 10 {
        return None;
    }
    let digits = value
        .iter()
        .try_fold(0_u64, |number, &byte| byte.is_ascii_digit().then(|| number * 10 + u64::from(byte - b'0')));
    u32::try_from(digits?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn classify(uri: &str) -> usize {
        uri.len()
    }

    #[test]
    fn names_namespaces_and_texts() {
        let text = b"<?xml version='1.0'?><a xmlns='12' xmlns:p='123'><p:b c='1&lt;2' p:d='x'/><!-- no --><e>t&amp;<i>u</i>&#65;</e></a>";
        let mut xml = Xml::new(text, classify);
        assert_eq!(xml.next(), Ok(Event::Start));
        assert_eq!((xml.name(), xml.namespace()), (&b"a"[..], Some(2)));
        assert_eq!(xml.next(), Ok(Event::Start));
        assert_eq!((xml.name(), xml.namespace()), (&b"b"[..], Some(3)));
        assert_eq!(xml.attribute("c").as_deref(), Some("1<2"));
        assert_eq!(xml.attribute("d"), None);
        assert_eq!(xml.attribute_in(|it| it == 3, "d").as_deref(), Some("x"));
        assert_eq!(xml.next(), Ok(Event::End));
        assert_eq!(xml.next(), Ok(Event::Start));
        assert_eq!(xml.text().as_deref(), Ok("t&uA"));
        assert_eq!(xml.next(), Ok(Event::End));
        assert_eq!(xml.next(), Ok(Event::Eof));
    }

    #[test]
    fn damage_has_a_place() {
        let at = |text: &str| {
            let mut xml = Xml::new(text.as_bytes(), classify);
            loop {
                match xml.next() {
                    Ok(Event::Eof) => return None,
                    Ok(_) => {}
                    Err(error) => return Some((error.at, error.is_cut)),
                }
            }
        };
        assert_eq!(at("<a/>"), None);
        assert_eq!(at("<a/><b/>"), Some((4, false)));
        assert_eq!(at("<a></b>"), Some((3, false)));
        assert_eq!(at("<a>"), Some((3, true)));
        assert_eq!(at("<a><b c='"), Some((3, true)));
    }

    #[test]
    fn numbers_are_whole_values() {
        assert_eq!(number(b" 1.5e2 "), Some(150.0));
        assert_eq!(number(b"1,5"), None);
        assert_eq!(number(b"nan"), None);
        assert_eq!(index(b" 12"), Some(12));
        assert_eq!(index(b"-1"), None);
        assert_eq!(index(b"4294967296"), None);
        assert_eq!(index(b""), None);
    }

    #[test]
    fn undeclared_prefixes_have_no_namespace() {
        let mut xml = Xml::new(b"<p:a q:b='1'/>", classify);
        assert_eq!(xml.next(), Ok(Event::Start));
        assert_eq!(xml.namespace(), None);
        assert_eq!(xml.attribute_in(|_any| true, "b"), None);
    }
}
