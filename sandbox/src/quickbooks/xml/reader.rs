//! From a document to the JSON that would have said the same.

use quick_xml::{
    Reader, XmlVersion,
    events::{BytesRef, BytesStart, Event},
};
use serde_json::{Map, Value};

use super::{
    schema::{is_compound, is_list, is_reference, typed},
    text::is_legal,
};

/// Nothing of Intuit's is nested more deeply than a tenth of this.
const DEEPEST: usize = 64;

/// A document that is not well-formed, or says more than can be trusted: a document type, or endless nesting.
#[derive(Debug, thiserror::Error)]
#[error("the document is not well-formed XML")]
pub(crate) struct Malformed;

/// An element whose end has not come yet.
struct Open {
    name: String,
    fields: Map<String, Value>,
    text: String,
    has_children: bool,
}

/// The name of the root and its fields. Namespaces are not looked at: apps that leave them out are told by
/// their fields.
pub(crate) fn read(document: &str) -> Result<(String, Map<String, Value>), Malformed> {
    let mut reader = Reader::from_str(document.trim_start_matches('\u{FEFF}'));
    reader.config_mut().expand_empty_elements = true;
    let mut reading = Reading::default();
    loop {
        match reader.read_event().map_err(|_| Malformed)? {
            Event::Start(tag) => reading.start(&tag)?,
            Event::End(_) => reading.end()?,
            Event::Text(text) => reading.text(&text.xml10_content())?,
            Event::CData(text) => reading.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => reading.text(&resolved(&reference)?)?,
            Event::DocType(_) => return Err(Malformed),
            Event::Eof => return reading.whole(),
            Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
}

#[derive(Default)]
struct Reading {
    open: Vec<Open>,
    root: Option<(String, Map<String, Value>)>,
}

impl Reading {
    fn start(&mut self, tag: &BytesStart<'_>) -> Result<(), Malformed> {
        if self.open.len() == DEEPEST || self.root.is_some() {
            return Err(Malformed);
        }
        if let Some(parent) = self.open.last_mut() {
            parent.has_children = true;
        }
        let name = tag.local_name().as_ref().to_owned();
        self.open.push(Open { name, fields: attributes(tag)?, text: String::new(), has_children: false });
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), Malformed> {
        match self.open.last_mut() {
            _ if !text.chars().all(is_legal) => return Err(Malformed),
            Some(open) => open.text.push_str(text),
            None if is_blank(text) => {}
            None => return Err(Malformed),
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Malformed> {
        let open = self.open.pop().ok_or(Malformed)?;
        if open.has_children && !is_blank(&open.text) {
            return Err(Malformed);
        }
        let name = open.name.clone();
        let value = open.closed();
        match self.open.last_mut() {
            Some(parent) => parent.add(name, value),
            None => self.root = Some((name, fields(value))),
        }
        Ok(())
    }

    fn whole(self) -> Result<(String, Map<String, Value>), Malformed> {
        if self.open.is_empty() { self.root.ok_or(Malformed) } else { Err(Malformed) }
    }
}

impl Open {
    fn add(&mut self, name: String, value: Value) {
        let list = is_list(&self.name, &name);
        match self.fields.get_mut(&name) {
            Some(Value::Array(members)) => members.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                self.fields.insert(name, if list { Value::Array(vec![value]) } else { value });
            }
        }
    }

    fn closed(mut self) -> Value {
        if self.has_children || (is_blank(&self.text) && is_compound(&self.name) && self.fields.is_empty()) {
            return Value::Object(self.fields);
        }
        if is_reference(&self.name) || !(self.fields.is_empty() || is_blank(&self.text)) {
            self.fields.insert("value".to_owned(), Value::String(self.text));
            return Value::Object(self.fields);
        }
        if self.fields.is_empty() { typed(&self.name, self.text) } else { Value::Object(self.fields) }
    }
}

/// Attributes by their names; those with a prefix and the namespaces are somebody else's.
fn attributes(tag: &BytesStart<'_>) -> Result<Map<String, Value>, Malformed> {
    let mut fields = Map::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(|_| Malformed)?;
        let name = attribute.key.0;
        let text = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Malformed)?;
        if !text.chars().all(is_legal) {
            return Err(Malformed);
        }
        if name != "xmlns" && !name.contains(':') {
            fields.insert(name.to_owned(), typed(name, text.into_owned()));
        }
    }
    Ok(fields)
}

/// The character behind `&…;`. Entities of one's own need a document type, and that is refused.
fn resolved(reference: &BytesRef<'_>) -> Result<String, Malformed> {
    if let Some(letter) = reference.resolve_char_ref().map_err(|_| Malformed)? {
        return Ok(letter.to_string());
    }
    let text = match reference.as_ref() {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => return Err(Malformed),
    };
    Ok(text.to_owned())
}

fn fields(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}

fn is_blank(text: &str) -> bool {
    text.chars().all(|letter| matches!(letter, ' ' | '\t' | '\n' | '\r'))
}
