//! Which records a statement's conditions let through.

use std::cmp::Ordering;

use serde_json::Value;

use super::{
    Condition, Operator, Statement,
    property::{Key, Property, Wanted, says_active},
};
use crate::quickbooks::folding::fold;

/// The conditions of a statement, prepared once for all records.
pub(super) struct Filter<'a> {
    tests: Vec<Test<'a>>,
    /// Unless a statement asks about `Active`, what is inactive is hidden.
    hides_inactive: bool,
}

impl<'a> Filter<'a> {
    pub(super) fn new(statement: &'a Statement) -> Self {
        let tests = statement.conditions.iter().map(Test::new).collect();
        Self { tests, hides_inactive: !statement.mentions("Active") }
    }

    pub(super) fn admits(&self, row: &Value) -> bool {
        let hidden = self.hides_inactive && !says_active(row.get("Active"));
        !hidden && self.tests.iter().all(|test| test.holds(row))
    }
}

struct Test<'a> {
    property: Property<'a>,
    negated: bool,
    operator: Operator,
    wanted: Vec<Wanted<'a>>,
}

impl<'a> Test<'a> {
    fn new(condition: &'a Condition) -> Self {
        Self {
            property: Property::new(&condition.property),
            negated: condition.negated,
            operator: condition.operator,
            wanted: condition.values.iter().map(Wanted::new).collect(),
        }
    }

    /// What is missing fulfils nothing, and so it fulfils what is negated.
    fn holds(&self, row: &Value) -> bool {
        let holds = match self.operator {
            Operator::Like => self.is_like(row),
            _ => self.compares(&self.property.key(row)),
        };
        holds != self.negated
    }

    fn compares(&self, key: &Key) -> bool {
        let any =
            |fits: fn(Ordering) -> bool| self.wanted.iter().any(|wanted| wanted.order(key).is_some_and(fits));
        match self.operator {
            Operator::Equal | Operator::In => any(Ordering::is_eq),
            Operator::Unequal => !any(Ordering::is_eq),
            Operator::Less => any(Ordering::is_lt),
            Operator::LessOrEqual => any(Ordering::is_le),
            Operator::Greater => any(Ordering::is_gt),
            Operator::GreaterOrEqual => any(Ordering::is_ge),
            Operator::Like => false,
        }
    }

    fn is_like(&self, row: &Value) -> bool {
        let text = match self.property.of(row) {
            Some(Value::String(text)) => fold(text),
            Some(value @ (Value::Number(_) | Value::Bool(_))) => value.to_string(),
            _ => return false,
        };
        self.wanted.iter().any(|pattern| like(&text, &pattern.folded))
    }
}

/// `%` stands for anything, and there is no other wildcard.
fn like(text: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('%') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(head) else { return false };
    let (middle, tail) = rest.rsplit_once('%').unwrap_or(("", rest));
    for part in middle.split('%') {
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    text.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quickbooks::query::tests::parsed;
    use serde_json::json;

    fn admits(conditions: &str, row: &Value) -> bool {
        Filter::new(&parsed(&format!("SELECT * FROM Customer WHERE {conditions}"))).admits(row)
    }

    #[test]
    fn a_percent_sign_stands_for_anything() {
        for (text, pattern, expected) in [
            ("harbour", "%", true),
            ("", "%", true),
            ("harbour", "har%", true),
            ("harbour", "%our", true),
            ("harbour", "%rb%u%", true),
            ("harbour", "harbour", true),
            ("harbour", "%%harbour%%", true),
            ("harbour", "%x%", false),
            ("harbour", "harb_ur", false),
            ("aba", "ab%ba", false),
            ("abab", "%ab", true),
        ] {
            assert_eq!(like(text, pattern), expected, "{text} like {pattern}");
        }
    }

    #[test]
    fn what_is_missing_fulfils_only_what_is_negated() {
        let row = json!({ "Id": "1", "Active": true });
        for condition in ["GivenName = ''", "GivenName LIKE '%'", "Balance < 5", "GivenName IN ('', 'x')"] {
            assert!(!admits(condition, &row), "{condition}");
            assert!(admits(&format!("NOT {condition}"), &row), "{condition}");
        }
        assert!(admits("GivenName != 'Amy'", &row));
    }

    #[test]
    fn what_is_inactive_shows_when_active_is_asked_about() {
        let row = json!({ "Id": "1", "Active": false });
        assert!(!admits("Id = '1'", &row));
        for condition in ["Active = false", "Active = 'False'", "active IN (true, false)", "NOT Active"] {
            assert!(admits(condition, &row), "{condition}");
        }
        assert!(!admits("Active = true", &row));
    }

    #[test]
    fn all_conditions_have_to_hold() {
        let row = json!({ "Balance": 20, "DisplayName": "Amy" });
        assert!(admits("Balance > 5 AND Balance <= '20' AND DisplayName LIKE 'A%'", &row));
        assert!(!admits("Balance > 5 AND Balance < 20 AND DisplayName LIKE 'A%'", &row));
    }
}
