//! A second reading of the language, as simple as it can be and as slow as it likes: every record is looked at, every
//! key is sorted by in turn, and every pattern is tried in every place.

use std::cmp::Ordering;

use serde_json::Value;

use super::{customers::TIMES, seconds::seconds};
use crate::quickbooks::query::{Condition, Operator, Statement};

/// The Ids of a statement's hits, in order, all pages.
pub(super) fn hits(statement: &Statement, rows: &[Value]) -> Vec<String> {
    let asks = statement.conditions.iter().any(|condition| condition.property.to_lowercase() == "active");
    let mut hits: Vec<&Value> = rows
        .iter()
        .filter(|row| asks || row["Active"] != false)
        .filter(|row| statement.conditions.iter().all(|condition| holds(condition, row)))
        .collect();
    for order in statement.order.iter().rev() {
        hits.sort_by(|left, right| {
            let order_of_values = match order.property.to_lowercase().as_str() {
                "id" => place(left, rows).cmp(&place(right, rows)),
                property => sorts(property, left, right),
            };
            if order.descending { order_of_values.reverse() } else { order_of_values }
        });
    }
    hits.iter().map(|row| row["Id"].as_str().unwrap().to_owned()).collect()
}

pub(super) fn page(statement: &Statement, hits: &[String]) -> Vec<String> {
    let first = statement.start.unwrap_or(1);
    let places = first..first.saturating_add(statement.max.unwrap_or(100));
    hits.iter().zip(1..).filter(|(_, place)| places.contains(place)).map(|(id, _)| id.clone()).collect()
}

fn value(property: &str, row: &Value) -> Value {
    let mut value = row.clone();
    for part in property.to_lowercase().split('.') {
        let fields = value.as_object().cloned().unwrap_or_default();
        value = fields
            .into_iter()
            .find(|(name, _)| name.to_lowercase() == part)
            .map_or(Value::Null, |(_, value)| value);
    }
    match value {
        Value::Null if property.to_lowercase() == "active" => Value::Bool(true),
        Value::Object(fields) => fields.get("value").or(fields.get("Address")).cloned().unwrap_or_default(),
        value => value,
    }
}

fn holds(condition: &Condition, row: &Value) -> bool {
    let found = value(&condition.property, row);
    let any = |fits: &dyn Fn(Ordering) -> bool| {
        let orders =
            condition.values.iter().map(|wanted| compares(&condition.property, &found, wanted.text()));
        orders.flatten().any(fits)
    };
    let holds = match condition.operator {
        Operator::Equal | Operator::In => any(&|order| order == Ordering::Equal),
        Operator::Unequal => !any(&|order| order == Ordering::Equal),
        Operator::Less => any(&|order| order == Ordering::Less),
        Operator::LessOrEqual => any(&|order| order != Ordering::Greater),
        Operator::Greater => any(&|order| order == Ordering::Greater),
        Operator::GreaterOrEqual => any(&|order| order != Ordering::Less),
        Operator::Like => condition.values.iter().any(|pattern| match &found {
            Value::Null => false,
            Value::String(text) => glob(&letters(text), &letters(pattern.text())),
            other => glob(&letters(&other.to_string()), &letters(pattern.text())),
        }),
    };
    holds ^ condition.negated
}

fn compares(property: &str, found: &Value, wanted: &str) -> Option<Ordering> {
    let property = property.to_lowercase();
    match found {
        Value::Bool(truth) => {
            let wanted = ["false", "true"].iter().position(|word| *word == wanted.to_lowercase())?;
            Some(usize::from(*truth).cmp(&wanted))
        }
        Value::Number(number) => number.as_f64()?.partial_cmp(&decimal(wanted)?),
        Value::String(text) if property == "id" => (text == wanted).then_some(Ordering::Equal),
        Value::String(text) if property.ends_with("time") => match seconds(text) {
            Some(seconds_found) => Some(seconds_found.cmp(&seconds(wanted)?)),
            None => Some(letters(text).cmp(&letters(wanted))),
        },
        Value::String(text) => Some(letters(text).cmp(&letters(wanted))),
        _ => None,
    }
}

/// Digits, perhaps with a sign, perhaps with digits after a point.
fn decimal(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix('-').or(text.strip_prefix('+')).unwrap_or(text);
    let parts: Vec<_> = unsigned.split('.').collect();
    let digits = |part: &&str| !part.is_empty() && part.chars().all(|letter| letter.is_ascii_digit());
    (parts.len() <= 2 && parts.iter().all(digits)).then(|| text.parse().ok())?
}

fn place(row: &Value, rows: &[Value]) -> Option<usize> {
    rows.iter().position(|other| other["Id"] == row["Id"])
}

fn sorts(property: &str, left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(text) if property.to_lowercase().ends_with("time") && seconds(text).is_some() => 3,
        _ => 4,
    };
    let (left, right) = (value(property, left), value(property, right));
    match &right {
        _ if rank(&left) != rank(&right) => rank(&left).cmp(&rank(&right)),
        Value::Null => Ordering::Equal,
        Value::String(text) => compares(property, &left, text).unwrap(),
        other => compares(property, &left, &other.to_string()).unwrap(),
    }
}

fn letters(text: &str) -> Vec<char> {
    text.chars().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}

fn glob(text: &[char], pattern: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('%', rest)) => (0..=text.len()).any(|skipped| glob(&text[skipped..], rest)),
        Some((letter, rest)) => text.first() == Some(letter) && glob(&text[1..], rest),
    }
}

/// Whether every time that a statement speaks of is in a form that is read here, or is plainly none.
pub(super) fn understands(statement: &Statement) -> bool {
    let timed =
        statement.conditions.iter().filter(|condition| condition.property.to_lowercase().ends_with("time"));
    timed.flat_map(|condition| &condition.values).all(|value| {
        let text = value.text().to_uppercase();
        TIMES.iter().any(|time| time.to_uppercase() == text)
            || !text.contains(|letter: char| letter.is_ascii_digit())
    })
}
