//! Who bears which name. Names are unique over customers, vendors and employees, and within every other list;
//! upper and lower case are the same. A record that is deactivated gives its name free and is called ` (deleted)`.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::rules::{Naming, Rules};
use crate::quickbooks::folding::fold;

/// A record that bears a name.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Bearer {
    pub(super) entity: &'static str,
    pub(super) id: String,
}

/// The names of everything that is held in memory. Computed lists know their own.
#[derive(Default)]
pub(super) struct Names {
    bearers: HashMap<(&'static str, String), Bearer>,
}

impl Names {
    pub(super) fn bearer(&self, rules: &Rules, name: &str) -> Option<&Bearer> {
        self.bearers.get(&(space(rules), folded(name)))
    }

    pub(super) fn insert(&mut self, rules: &Rules, record: &Value) {
        if let (Some(name), Some(id)) = (unique(rules, record), record.get("Id").and_then(Value::as_str)) {
            let bearer = Bearer { entity: rules.entity, id: id.to_owned() };
            self.bearers.insert((space(rules), folded(name)), bearer);
        }
    }

    pub(super) fn remove(&mut self, rules: &Rules, record: &Value) {
        if let Some(name) = unique(rules, record) {
            self.bearers.remove(&(space(rules), folded(name)));
        }
    }
}

/// The text that no other record of the list may have.
pub(super) fn unique<'a>(rules: &Rules, record: &'a Value) -> Option<&'a str> {
    let field = match rules.naming {
        Naming::Branch => "FullyQualifiedName",
        naming => naming.field()?,
    };
    record.get(field)?.as_str()
}

/// Names as they are compared.
pub(super) fn folded(name: &str) -> String {
    fold(name.trim())
}

/// The lists that share their names.
fn space(rules: &Rules) -> &'static str {
    match rules.naming {
        Naming::Person => "people",
        _ => rules.entity,
    }
}

/// The name that a record had before it was deactivated.
pub(super) fn alive(name: &str) -> &str {
    let Some((alive, rest)) = name.rsplit_once(" (deleted") else { return name };
    let number = rest.strip_suffix(')').map(|rest| rest.strip_prefix('-').unwrap_or(rest));
    if number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit())) { alive } else { name }
}

/// The nth name of a record that is deactivated. Intuit shows the first form; what it does when that is taken
/// is open, so the others count on.
pub(super) fn deleted(name: &str, nth: usize) -> String {
    match nth {
        0 => format!("{name} (deleted)"),
        nth => format!("{name} (deleted-{nth})"),
    }
}

/// The name of a person that did not say one: its parts, as QuickBooks joins them.
pub(super) fn display_name(record: &Map<String, Value>) -> Option<String> {
    let part = |field: &&str| record.get(*field).and_then(Value::as_str);
    let parts: Vec<_> =
        ["Title", "GivenName", "MiddleName", "FamilyName", "Suffix"].iter().filter_map(part).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_comes_back_from_the_dead() {
        for (name, expected) in [
            ("Cool Cars", "Cool Cars"),
            ("Cool Cars (deleted)", "Cool Cars"),
            ("Cool Cars (deleted-12)", "Cool Cars"),
            ("Cool Cars (deleted by me)", "Cool Cars (deleted by me)"),
            ("(deleted)", "(deleted)"),
        ] {
            assert_eq!(alive(name), expected);
        }
        assert_eq!(alive(&deleted("A", 0)), "A");
        assert_eq!(alive(&deleted("A", 3)), "A");
    }
}
