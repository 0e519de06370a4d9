//! What a file says of its making: `asset.copyright` and the packet of `KHR_xmp_json_ld` that describes all of it.

use serde_json::Value;

use super::json::Lenient as _;

const XMP: &str = "KHR_xmp_json_ld";

/// Names and texts, in the order of the file.
pub(super) fn read(document: &Value) -> Vec<(String, String)> {
    /// Enough for people to read.
    const MAX_ENTRIES: usize = 64;
    let null = Value::Null;
    let asset = document.get("asset").unwrap_or(&null);
    let copyright = asset.text("copyright").map(|text| ("copyright".to_owned(), shortened(text)));
    let packets = document.extension(XMP).map_or(&[][..], |extension| extension.elements("packets"));
    let of_asset = asset.extension(XMP).and_then(|extension| extension.index("packet"));
    let packet = of_asset.and_then(|packet| packets.get(packet)).and_then(Value::as_object);
    let entries = packet.into_iter().flatten().filter(|(name, _)| !name.starts_with('@'));
    let entries = entries.map(|(name, value)| (shortened(name), shortened(&text_of(value, 0))));
    let entries = entries.filter(|(_, text)| !text.is_empty());
    copyright.into_iter().chain(entries).take(MAX_ENTRIES).collect()
}

/// The texts in a value, which may be a list, a set, or alternatives by language.
fn text_of(value: &Value, depth: usize) -> String {
    const MAX_DEPTH: usize = 8;
    if depth > MAX_DEPTH {
        return String::new();
    }
    let joined =
        |texts: Vec<String>| texts.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ");
    match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Null => String::new(),
        Value::Array(elements) => {
            joined(elements.iter().map(|element| text_of(element, depth + 1)).collect())
        }
        Value::Object(object) => match object.get("@value") {
            Some(value) => text_of(value, depth + 1),
            None => {
                let shown =
                    object.iter().filter(|(name, _)| !["@type", "@language", "@id"].contains(&name.as_str()));
                joined(shown.map(|(_, value)| text_of(value, depth + 1)).collect())
            }
        },
    }
}

fn shortened(text: &str) -> String {
    const MAX_CHARS: usize = 500;
    text.chars().take(MAX_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn lists_and_languages_become_text() {
        let document = json!({
            "asset": { "copyright": "me", "extensions": { "KHR_xmp_json_ld": { "packet": 1 } } },
            "extensions": { "KHR_xmp_json_ld": { "packets": [{ "dc:title": "other" }, {
                "@context": { "dc": "http://purl.org/dc/elements/1.1/" },
                "dc:creator": { "@list": ["Ann", "Bob"] },
                "dc:title": { "@type": "rdf:Alt", "rdf:_1": { "@language": "en-us", "@value": "Box" } },
            }] } },
        });
        let found = super::read(&document);
        let expected = [("copyright", "me"), ("dc:creator", "Ann, Bob"), ("dc:title", "Box")];
        assert_eq!(found, expected.map(|(name, text)| (name.to_owned(), text.to_owned())));
    }
}
