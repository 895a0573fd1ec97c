//! What a request says about a record, freed of what means nothing: empty texts, read-only properties, envelopes.

use serde_json::{Map, Value};

use super::{
    refusals::{unknown_property, wrong_kind},
    rules::Rules,
};
use crate::quickbooks::{
    faults::Service,
    kinds::{Kind, kind},
    shapes::Shape,
};

/// What every record carries and no request decides.
const ENVELOPE: [&str; 6] = ["Id", "SyncToken", "sparse", "domain", "MetaData", "status"];

pub(super) struct Draft {
    pub(super) id: Option<String>,
    pub(super) token: Option<String>,
    pub(super) sparse: bool,
    /// What is to be so.
    pub(super) set: Map<String, Value>,
    /// What was sent empty, which means "not set".
    pub(super) cleared: Vec<String>,
}

impl Draft {
    /// Reads a request's body. A property that the entity does not have is 2010, and
    /// so is a value of another kind.
    pub(super) fn read(body: &Map<String, Value>, shape: &Shape, rules: &Rules) -> Result<Self, Service> {
        let mut draft = Self {
            id: body.get("Id").and_then(text),
            token: body.get("SyncToken").and_then(text),
            sparse: body.get("sparse").is_some_and(is_true),
            set: Map::new(),
            cleared: Vec::new(),
        };
        let said = body.iter().filter(|(name, _)| !ENVELOPE.contains(&name.as_str()));
        for (name, value) in said {
            if shape.field(name) != Some(name) && !shape.ignores(name) {
                return Err(unknown_property());
            }
            if !rules.is_read_only(name) && !shape.ignores(name) {
                draft.take(name, value)?;
            }
        }
        Ok(draft)
    }

    fn take(&mut self, name: &str, value: &Value) -> Result<(), Service> {
        let kind = kind(name);
        let Some(value) = filled(value) else {
            // What is true or false is one of both, whatever is not said of it.
            if kind != Kind::Truth {
                self.cleared.push(name.to_owned());
            }
            return Ok(());
        };
        let value = of_kind(kind, value).ok_or_else(|| wrong_kind(name))?;
        self.set.insert(name.to_owned(), value);
        Ok(())
    }
}

/// The value as it is kept, if it can be of this kind: XML has only texts for switches and figures, and
/// python-quickbooks sends exact numbers as texts.
fn of_kind(kind: Kind, value: Value) -> Option<Value> {
    match kind {
        Kind::Text => text(&value).map(Value::String),
        Kind::Number => figure(&value),
        Kind::Truth => switch(&value),
        Kind::Reference => reference(&value),
        Kind::Object => value.is_object().then_some(value),
        Kind::List => value.is_array().then_some(value),
    }
}

/// The value without its empty parts, or nothing when nothing is left of it.
fn filled(value: &Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::Object(parts) => {
            let parts: Map<_, _> =
                parts.iter().filter_map(|(name, part)| Some((name.clone(), filled(part)?))).collect();
            (!parts.is_empty()).then_some(Value::Object(parts))
        }
        value => Some(value.clone()),
    }
}

/// A reference as it is kept: some clients send the Id as a number, or a `type` beside it.
fn reference(value: &Value) -> Option<Value> {
    let mut kept = Map::new();
    kept.insert("value".to_owned(), Value::String(text(value.get("value")?)?));
    if let Some(name) = value.get("name") {
        kept.insert("name".to_owned(), name.clone());
    }
    Some(Value::Object(kept))
}

fn switch(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(_) => Some(value.clone()),
        value => value.as_str()?.to_ascii_lowercase().parse().ok().map(Value::Bool),
    }
}

fn figure(value: &Value) -> Option<Value> {
    match value {
        Value::Number(_) => Some(value.clone()),
        value => serde_json::from_str(value.as_str()?).ok().filter(Value::is_number),
    }
}

/// A text or a number, as text; python-quickbooks sends `"SyncToken":0`.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true) || value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))
}
