//! What a statement finds in a company's lists.

use std::{borrow::Cow, cmp::Ordering};

use serde_json::Value;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use super::{Condition, Operator, Selection, Statement};
use crate::quickbooks::{
    faults::Service,
    shapes::{Shape, shape},
};

/// The records that a statement is run on.
pub(crate) trait Records {
    /// How many records the entity has, inactive ones too.
    fn count(&self, entity: &str) -> usize;
    /// Whether none of them is inactive, so that counts and pages need no look at each.
    fn all_active(&self, entity: &str) -> bool;
    /// Those from the nth on (from 0), in the order of their Ids, inactive ones too.
    fn from<'a>(&'a self, entity: &'a str, nth: usize) -> Box<dyn Iterator<Item = Cow<'a, Value>> + 'a>;
    /// The one with this Id.
    fn get(&self, entity: &str, id: &str) -> Option<Cow<'_, Value>>;
}

/// The answer to a statement.
pub(crate) enum Found {
    Count(usize),
    Rows {
        entity: &'static str,
        rows: Vec<Value>,
        start: usize,
        /// Given for whole, unfiltered lists only.
        total: Option<usize>,
    },
}

/// Runs a statement over the records of one company.
pub(crate) fn run(statement: &Statement, records: &impl Records) -> Result<Found, Service> {
    let entity = &statement.entity;
    let shape = shape(entity).ok_or_else(|| {
        Service::invalid(format!("QueryValidationError: Metadata not found for Entity {entity}"))
    })?;
    check(statement, shape)?;
    let hide_inactive = !statement.mentions("Active");
    let mut rows: Vec<Cow<'_, Value>> = records
        .from(shape.name, 0)
        .filter(|row| !(hide_inactive && row.get("Active") == Some(&Value::Bool(false))))
        .filter(|row| statement.conditions.iter().all(|condition| holds(condition, row)))
        .collect();
    if statement.selection == Selection::Count {
        return Ok(Found::Count(rows.len()));
    }
    rows.sort_by(|left, right| {
        statement.order.iter().fold(Ordering::Equal, |so_far, order| {
            let next = {
                let (left, right) = (property(left, &order.property), property(right, &order.property));
                compare(left.as_deref(), right.as_deref())
            };
            so_far.then(if order.descending { next.reverse() } else { next })
        })
    });
    let total = rows.len();
    let whole = statement.conditions.is_empty() && statement.start.is_none() && statement.max.is_none();
    let start = statement.start.unwrap_or(1);
    let partial = matches!(statement.selection, Selection::Fields(_));
    let rows = rows
        .into_iter()
        .skip(start - 1)
        .take(statement.page())
        .map(|row| copy(row.into_owned(), partial))
        .collect();
    Ok(Found::Rows { entity: shape.name, rows, start, total: whole.then_some(total) })
}

/// Every property that a statement names has to exist.
fn check(statement: &Statement, shape: &Shape) -> Result<(), Service> {
    if !shape.is_described() {
        return Ok(());
    }
    let selected: &[String] = match &statement.selection {
        Selection::Fields(names) => names,
        Selection::All | Selection::Count => &[],
    };
    let conditions = statement.conditions.iter().map(|condition| &condition.property);
    let order = statement.order.iter().map(|order| &order.property);
    for name in selected.iter().chain(conditions).chain(order) {
        let first = name.split('.').next().unwrap_or_default();
        if shape.field(first).is_none() {
            return Err(Service::invalid(format!(
                "QueryValidationError: Property {name} not found for Entity {}",
                shape.name
            )));
        }
    }
    Ok(())
}

fn copy(mut row: Value, partial: bool) -> Value {
    if partial && let Some(sparse) = row.get_mut("sparse") {
        *sparse = Value::Bool(true);
    }
    row
}

fn holds(condition: &Condition, row: &Value) -> bool {
    let Some(found) = property(row, &condition.property) else { return false };
    let against = |value: &String| compare(Some(&found), Some(value));
    let mut orders = condition.values.iter().map(against);
    match condition.operator {
        Operator::Equal | Operator::In => orders.any(Ordering::is_eq),
        Operator::Less => orders.all(Ordering::is_lt),
        Operator::LessOrEqual => orders.all(Ordering::is_le),
        Operator::Greater => orders.all(Ordering::is_gt),
        Operator::GreaterOrEqual => orders.all(Ordering::is_ge),
        Operator::Like => {
            condition.values.iter().any(|pattern| like(&found.to_lowercase(), &pattern.to_lowercase()))
        }
    }
}

/// The value of a property as text; a reference or an address compares by its inner value.
fn property(row: &Value, path: &str) -> Option<String> {
    let mut value = row;
    for name in path.split('.') {
        value = field(value, name)?;
    }
    if value.is_object() {
        value = ["value", "Address", "FreeFormNumber", "URI"].iter().find_map(|name| value.get(name))?;
    }
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

fn field<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    value.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Numbers by size, moments by time, everything else by letters in any case; what is missing comes first.
fn compare(left: Option<&str>, right: Option<&str>) -> Ordering {
    let (Some(left), Some(right)) = (left, right) else {
        return left.is_some().cmp(&right.is_some());
    };
    if let (Ok(left), Ok(right)) = (left.parse::<f64>(), right.parse::<f64>()) {
        return left.total_cmp(&right);
    }
    let moment = |text: &str| OffsetDateTime::parse(text, &Rfc3339).ok();
    if let (Some(left), Some(right)) = (moment(left), moment(right)) {
        return left.cmp(&right);
    }
    left.to_lowercase().cmp(&right.to_lowercase())
}

/// `%` stands for anything, and there is no other wildcard.
fn like(text: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('%') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('%').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_sign_stands_for_anything() {
        for (text, pattern, expected) in [
            ("harbour", "%", true),
            ("harbour", "har%", true),
            ("harbour", "%our", true),
            ("harbour", "%rb%u%", true),
            ("harbour", "harbour", true),
            ("harbour", "%x%", false),
            ("aba", "ab%ba", false),
        ] {
            assert_eq!(like(text, pattern), expected, "{text} like {pattern}");
        }
    }

    #[test]
    fn numbers_compare_by_size() {
        assert!(compare(Some("9"), Some("10")).is_lt());
        assert!(compare(Some("TAX"), Some("tax")).is_eq());
        assert!(compare(Some("2025-01-01T00:00:00-08:00"), Some("2025-01-01T07:00:00Z")).is_gt());
        assert!(compare(None, Some("")).is_lt());
    }
}
