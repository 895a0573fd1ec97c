//! From an answer in JSON to the same in XML.

use serde_json::{Map, Value};

use super::{
    schema::{NAMESPACE, is_attribute, is_name, place},
    text,
};
use crate::quickbooks::shapes::shape;

const DECLARATION: &str = r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#;

/// A whole answer as the document that Intuit sends for it. Fields that are `null` or have no name in XML
/// are left out, as are lists without members.
pub(crate) fn write(mut answer: Map<String, Value>) -> String {
    answer.insert("xmlns".to_owned(), Value::from(NAMESPACE));
    let mut out = DECLARATION.to_owned();
    compound(&mut out, "IntuitResponse", &answer);
    out
}

fn element(out: &mut String, name: &str, value: &Value) {
    match value {
        Value::Array(members) => members.iter().for_each(|member| element(out, name, member)),
        Value::Object(fields) => compound(out, name, fields),
        _ => {
            if let Some(text) = scalar(value) {
                open(out, name);
                out.push('>');
                text::content(out, &text);
                close(out, name);
            }
        }
    }
}

fn compound(out: &mut String, name: &str, fields: &Map<String, Value>) {
    let shape = shape(name);
    let mut ordered: Vec<_> = fields.iter().filter(|(field, _)| is_name(field)).collect();
    ordered.sort_by_cached_key(|(field, _)| place(shape, field));
    let (attributes, elements): (Vec<_>, Vec<_>) =
        ordered.into_iter().partition(|(field, value)| is_attribute(field, value));
    open(out, name);
    for (field, value) in attributes.iter().filter(|(field, _)| *field != "value") {
        attribute(out, field, value);
    }
    let text = fields.get("value").and_then(scalar);
    if text.is_none() && elements.is_empty() {
        return out.push_str("/>");
    }
    out.push('>');
    text::content(out, &text.unwrap_or_default());
    for (field, value) in elements {
        element(out, field, value);
    }
    close(out, name);
}

fn attribute(out: &mut String, field: &str, value: &Value) {
    let Some(value) = scalar(value) else { return };
    out.extend([" ", field, "=\""]);
    text::attribute(out, &value);
    out.push('"');
}

fn open(out: &mut String, name: &str) {
    out.extend(["<", name]);
}

fn close(out: &mut String, name: &str) {
    out.extend(["</", name, ">"]);
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}
